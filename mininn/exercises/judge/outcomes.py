"""Call an answer: its numbers by name, or why there are none.

This file and ``loading`` are also sent, as text, to the child that runs a
student's code, so they import NumPy and the standard library only.
"""

import inspect
import math
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

MOST_NUMBERS = 1_000_000
VIEW = "<view>"
KINDS = {"U": "text", "S": "bytes", "c": "complex numbers", "O": "objects"}
NOT_YET = "not attempted yet"
NO_RETURN = (
    "not attempted yet, for None comes back. If it is written, end with {}."
)


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
        return np.array_equal(given, fresh) or np.allclose(
            given, fresh, 1e-12, 1e-12, equal_nan=True
        )
    if isinstance(fresh, dict):
        pairs = zip(x["dict"], given.values(), strict=False)
        return [*given] == [*fresh] and all(
            unchanged(v, mine) for (_, v), mine in pairs
        )
    if isinstance(fresh, list | tuple):
        items = x if isinstance(x, list) else x["tuple"]
        return len(given) == len(fresh) and all(map(unchanged, items, given))
    return given == fresh or fresh != fresh  # nan stays nan


def arguments(answer):
    """Return the names of the arguments of a function; [] if it has none."""
    try:
        return [
            p.name
            for p in inspect.signature(answer).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        return []


def changed(answer, args, given):
    """Return the names of the arguments that a call changed: "W, b"."""
    both = enumerate(zip(args, given, strict=True))
    odd = [i for i, (x, mine) in both if not unchanged(x, mine)]
    known = arguments(answer) if odd else []
    return ", ".join(
        str(known[i]) if i < len(known) else f"argument {i + 1}" for i in odd
    )


def numbers(name, x):
    """Return one output as a float64 array, or raise Unusable.

    A dict by layer, or a list of matrices of several sizes, is one array of
    three axes; see ``stacked``.
    """
    if x is None or x is ...:
        raise Unusable(NOT_YET)
    if isinstance(x, dict):
        return stacked(name, by_layer(name, x))
    try:
        array = np.asarray(x)
    except ValueError:
        if all(isinstance(item, np.ndarray) for item in x):
            return stacked(name, dict(enumerate(x)))
        raise Unusable(f"{name} is no rectangle of numbers.") from None
    return _checked(name, array)


def _checked(name, array):
    """Return an array of numbers as float64, or raise Unusable."""
    if array.dtype.kind not in "fiub":
        nones = (
            [v is None for v in array.flat] if array.dtype == object else []
        )
        if nones and all(nones):
            raise Unusable(NOT_YET)
        what = "None" if any(nones) else KINDS.get(array.dtype.kind, "odds")
        raise Unusable(f"{name} holds {what} where numbers belong.")
    if array.size > MOST_NUMBERS or array.ndim > 4:
        raise Unusable(f"{name} has shape {array.shape}: far too large.")
    return np.array(array, dtype=np.float64, order="C")


def by_layer(name, x):
    """Return a dict by whole numbers: ``{"W1": w}`` as ``{1: w}``."""
    layers = {}
    for key, item in x.items():
        digits = re.fullmatch(r"\D*(\d{1,3})", spelled(key))
        if not digits or int(digits[1]) in layers:
            raise Unusable(f"{name} is {shown(x)}, where layers belong.")
        layers[int(digits[1])] = item
    return layers


def stacked(name, layers):
    """Return matrices by number as one array, filled up with nan.

    >>> stacked("b", {1: np.ones((2, 1)), 2: np.ones((1, 1))})[:, :, 0]
    array([[nan, nan],
           [ 1.,  1.],
           [ 1., nan]])
    """
    parts = {}
    for l, x in layers.items():
        where = f"{name}[{l}]"
        if x is None or x is ...:
            continue
        try:
            parts[l] = np.atleast_2d(_checked(where, np.asarray(x)))
        except ValueError:
            raise Unusable(f"{where} is no rectangle of numbers.") from None
        if parts[l].ndim > 2:
            raise Unusable(f"{where} has shape {parts[l].shape}: too many.")
    if not parts:
        raise Unusable(NOT_YET if layers else f"{name} is empty.")
    rows, columns = zip(*(x.shape for x in parts.values()), strict=True)
    shape = (1 + max(parts), max(rows), max(columns))
    if math.prod(shape) > MOST_NUMBERS:
        raise Unusable(f"{name} has shape {shape}: far too large.")
    whole = np.full(shape, np.nan)
    for l, x in parts.items():
        whole[l, : x.shape[0], : x.shape[1]] = x
    return whole


def shown(value, depth=1):
    """Say in words what a function returned, without its numbers.

    >>> shown((np.ones((2, 3)), None))
    'a tuple of 2 (an array (2, 3), None)'
    """
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array {value.shape}"
    kind = type(value).__name__
    article = "an" if kind[:1] in "aeiou" else "a"
    if isinstance(value, dict):
        if not value:
            return f"an empty {kind}"
        keys = ", ".join(str(k)[:12] for k in [*value][:4])
        rest = ", ..." if len(value) > 4 else ""
        return f"{article} {kind} with the keys {keys}{rest}"
    if isinstance(value, tuple | list):
        items = [shown(v, depth - 1) for v in value[:4]] if depth else []
        more = ["..."] if items and len(value) > 4 else []
        inside = f" ({', '.join(items + more)})" if items else ""
        return f"{article} {kind} of {len(value)}{inside}"
    return f"{article} {kind}"


def spelled(key):
    """Return a key of a dict in the plainest spelling.

    >>> [spelled(k) for k in ("W1", "W[1]", "W_1", "W^[1]", ("W", 1))]
    ['W1', 'W1', 'W1', 'W1', 'W1']
    """
    parts = key if isinstance(key, tuple) else (key,)
    return "".join(c for part in parts for c in str(part) if c.isalnum())


def from_dict(value, names):
    """Return the outputs that a dict holds, however its keys are spelled.

    ``W1``, ``W[1]``, ``W_1``, ``("W", 1)`` are one name, and so is 1 in a
    dict called ``W``. Capitals count. What is not there is None.

    Raises
    ------
    Unusable
        When no name is there, or when two keys are one name.
    """
    found = {}
    for name, x in _flat(value, names):
        if name in found:
            raise Unusable(f"returns {shown(value)}: two of them are {name}.")
        found[name] = x
    whole = {name: found.get(name) for name in names}
    for name in names:
        layers = {k: v for k, v in found.items() if _layer_of(k, name)}
        if name not in found and layers:
            whole[name] = layers
    if all(x is None for x in whole.values()) and not {*found} & {*names}:
        raise Unusable(
            f"returns {shown(value)}; the keys should be {', '.join(names)}."
        )
    return whole


def _flat(value, names):
    """Yield the pairs of a dict; of a dict by layer, each layer's."""
    for key, x in value.items():
        name = key if key in names else spelled(key)
        if isinstance(x, dict) and name not in names:
            yield from ((f"{name}{spelled(k)}", v) for k, v in x.items())
        else:
            yield name, x


def _layer_of(key, name):
    """Whether a key is one layer of a name: "W1" of "W"."""
    return re.fullmatch(re.escape(name) + r"\d{1,3}", key)


def _only(value, names):
    """Whether a dict is the one output itself, with its layers as keys."""
    own = any(spelled(key).startswith(names[0]) for key in value)
    return len(names) == 1 and not own


def by_name(value, names):
    """Return what a function returned as a dict with these names."""
    if isinstance(value, dict) and not _only(value, names):
        return from_dict(value, names)
    if value is None:
        raise Unusable(NO_RETURN.format(f"return {', '.join(names)}"))
    if len(names) == 1:
        return {names[0]: value}
    if isinstance(value, tuple | list) and len(value) == len(names):
        return dict(zip(names, value, strict=True))
    raise Unusable(
        f"returns {shown(value)}, where {len(names)} things belong: "
        f"{', '.join(names)}."
    )


@lru_cache(maxsize=32)
def _compiled(view):
    """Return the code of a view."""
    return compile(view, VIEW, "eval")


def outputs(value, names, view):
    """Return the outputs that are found in what a function returned.

    Raises
    ------
    Unusable
        When they are not to be found, also because the view cannot read it:
        what a view raises says nothing to a student.
    """
    if not view:
        return by_name(value, names)
    if value is None:
        raise Unusable(NO_RETURN.format("a return"))
    try:
        look = eval(_compiled(view), {"np": np})
        return by_name(look(value), names)
    except Exception:
        raise Unusable(
            f"returns {shown(value)}, which cannot be read as "
            f"{', '.join(names)}."
        ) from None


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
            if isinstance(value, Iterator):
                value = list(value)
            _read(outcome, value, names, view)
            outcome.changed = changed(answer, args, given)
    except BaseException as error:
        return stopped(error, answer)
    return outcome


def _read(outcome, value, names, view):
    """Write into an outcome what a function returned, output by output."""
    try:
        found = outputs(value, names, view)
    except Unusable as why:
        found = dict.fromkeys(names, why)
    for name, x in found.items():
        try:
            if isinstance(x, Unusable):
                raise x
            outcome.outputs[name] = numbers(name, x)
        except Unusable as why:
            outcome.odd[name] = str(why)


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
