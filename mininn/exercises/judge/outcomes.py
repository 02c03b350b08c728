"""Call an answer: its numbers by name, or why there are none.

This file and ``loading`` are also sent, as text, to the child that runs a
student's code, so they import NumPy and the standard library only.
"""

import inspect
import warnings
from dataclasses import dataclass, field

import numpy as np

MOST_NUMBERS = 1_000_000


class Unusable(Exception):
    """What came back cannot be compared; the text says why, to a student."""


@dataclass
class Outcome:
    """What one call gave: arrays by name, or what stopped it.

    ``odd`` holds, by name, why an output is no array of numbers; ``error``
    is the type of the exception, ``text`` what it said, ``where`` its line;
    ``changed`` names the arguments that were changed in place.
    """

    outputs: dict = field(default_factory=dict)
    odd: dict = field(default_factory=dict)
    error: str = ""
    text: str = ""
    where: str = ""
    changed: str = ""


def decode(x):
    """Return the argument that a value of the key stands for."""
    if isinstance(x, list):
        return [decode(v) for v in x]
    if not isinstance(x, dict):
        return x
    if "array" in x:
        flat = [float(v) for v in x["array"]]
        return np.array(flat).astype(x["dtype"]).reshape(x["shape"])
    if "tuple" in x:
        return tuple(decode(v) for v in x["tuple"])
    if "dict" in x:
        return {decode(k): decode(v) for k, v in x["dict"]}
    if "code" in x:
        return eval(x["code"], {"np": np})
    return float(x["float"])


def unchanged(x, given):
    """Whether an argument is still what ``x``, a value of the key, says.

    Numbers may be off by rounding, as when they were moved and put back.
    What ``Code`` made is taken to be unchanged.
    """
    if isinstance(x, dict) and "code" in x:
        return True
    fresh = decode(x)
    if type(given) is not type(fresh):
        return False
    if isinstance(fresh, np.ndarray):
        if (fresh.dtype, fresh.shape) != (given.dtype, given.shape):
            return False
        return np.allclose(given, fresh, 1e-12, 1e-12, equal_nan=True)
    if isinstance(fresh, dict):
        pairs = zip(x["dict"], given.values(), strict=False)
        return [*given] == [*fresh] and all(
            unchanged(v, mine) for (_, v), mine in pairs
        )
    if isinstance(fresh, list | tuple):
        items = x if isinstance(x, list) else x["tuple"]
        return len(given) == len(fresh) and all(map(unchanged, items, given))
    return given == fresh or fresh != fresh  # nan stays nan


def changed(answer, args, given):
    """Return the names of the arguments that a call changed: "W, b"."""
    try:
        known = [
            p.name
            for p in inspect.signature(answer).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        known = []
    known += [f"argument {i + 1}" for i in range(len(known), len(args))]
    triples = zip(known, args, given, strict=False)
    return ", ".join(
        str(n) for n, x, mine in triples if not unchanged(x, mine)
    )


def numbers(name, x):
    """Return one output as a float64 array, or raise Unusable."""
    if x is None or x is ...:
        raise Unusable(
            f"{name} is {x}: not there yet, or is a return missing?"
        )
    try:
        array = np.asarray(x)
    except ValueError:
        raise Unusable(f"{name} is no rectangle of numbers.") from None
    if array.dtype.kind not in "fiub":
        raise Unusable(f"{name} holds {array.dtype} where numbers belong.")
    if array.size > MOST_NUMBERS or array.ndim > 4:
        raise Unusable(f"{name} has shape {array.shape}: far too large.")
    return np.array(array, dtype=np.float64, order="C")


def by_name(value, names):
    """Return what a function returned as a dict with these names."""
    if isinstance(value, dict):
        return {name: value.get(name) for name in names}
    if len(names) == 1:
        return {names[0]: value}
    if isinstance(value, tuple | list) and len(value) == len(names):
        return dict(zip(names, value, strict=True))
    wanted = ", ".join(names)
    if value is None:
        raise Unusable(f"returns None: end with return {wanted}.")
    raise Unusable(f"should return {len(names)} things: {wanted}.")


def call(answer, args, names, view=None):
    """Call ``answer`` on copies of ``args``; never raises.

    Parameters
    ----------
    answer : callable
    args : list
        As the key holds them: ``decode`` makes fresh ones for each call.
    names : list of str
        What the outputs are called, in the order of a returned tuple.
    view : str, optional
        Python for a function that turns what is returned into the outputs.

    Returns
    -------
    Outcome
    """
    outcome = Outcome()
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = [decode(a) for a in args]
            value = answer(*given)
            if view:
                value = eval(view, {"np": np})(value)
            for name, x in by_name(value, names).items():
                try:
                    outcome.outputs[name] = numbers(name, x)
                except Unusable as why:
                    outcome.odd[name] = str(why)
            outcome.changed = changed(answer, args, given)
    except BaseException as error:
        return stopped(error, answer)
    return outcome


def stopped(error, answer):
    """Describe an exception as an Outcome."""
    code = getattr(answer, "__code__", None)
    ours, where = getattr(code, "co_filename", None), ""
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file.startswith(("cell ", "your file")):
            where = f"{file}, line {step.tb_lineno}"
        elif file == ours:
            where = f"line {step.tb_lineno}"
        step = step.tb_next
    try:
        text = str(error).strip().split("\n")[0][:200]
    except BaseException:
        text = ""
    return Outcome(error=type(error).__name__, text=text, where=where)
