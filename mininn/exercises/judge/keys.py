"""The key of an exercise: cases, right answers and known mistakes, no code.

A key is numbers. The public one of each exercise is a JSON file in
``mininn/exercises/keys``; the one that gives marks is made from a secret seed
and never stored.
"""

import difflib
import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from mininn.exercises.judge.outcomes import Outcome
from mininn.exercises.judge.pairs import AND
from mininn.exercises.judge.pairs import DIGITS as DIGITS_OF_PAIRS

FOLDER: Any = resources.files("mininn.exercises") / "keys"  # or in a zip
PLAIN = (
    "name",
    "function",
    "arguments",
    "public",
    "points",
    "tol",
    "least",
    "view",
    "seconds",
)
DIGITS = 12  # stored of each number; on these all machines agree


class ExerciseError(Exception):
    """An exercise, a key or a submission is not what it should be."""


@dataclass(frozen=True)
class Code:
    """An argument that is no number: Python text, evaluated for each call.

    >>> Code("lambda x: float((x**3).sum())")
    Code(text='lambda x: float((x**3).sum())')
    """

    text: str


@dataclass(frozen=True)
class Case:
    """The arguments of one call, its group, and facts for the messages."""

    group: str
    args: list
    facts: dict


@dataclass(frozen=True)
class Mistake:
    """A known mistake: its message, and what it gives on every case."""

    name: str
    message: str
    outcomes: list[Outcome]


@dataclass(frozen=True)
class Key:
    """All that is needed to judge an answer.

    ``points`` holds what each part is worth; a part is an output, such as
    ``"dW1"``, or an output on one group of cases, such as ``"A:large"``.
    Of a key that is not ``public`` no number is told to a student. ``pairs``
    holds, part by part, what two mistakes at once give; see ``judge.pairs``.
    """

    name: str
    function: str
    points: dict[str, float]
    cases: list[Case]
    expected: list[Outcome]
    mistakes: list[Mistake] = field(default_factory=list)
    tol: float = 1e-5
    least: float | None = None
    view: str | None = None
    seconds: float = 10.0
    arguments: list[str] = field(default_factory=list)
    public: bool = True
    pairs: dict[str, dict[str, list]] = field(default_factory=dict)

    @property
    def outputs(self) -> list[str]:
        """The names of what the function returns, in order."""
        return list(dict.fromkeys(p.split(":")[0] for p in self.points))

    @property
    def total(self) -> float:
        """All points there are."""
        return sum(self.points.values())

    @cached_property
    def _parts(self) -> dict[str, tuple[str, list[int]]]:
        """The output and the cases of each part."""
        found = {}
        for name in self.points:
            output, _, group = name.partition(":")
            cases = enumerate(self.cases)
            here = [i for i, case in cases if case.group == group]
            found[name] = output, here
        return found

    def part(self, name: str) -> tuple[str, list[int]]:
        """Return the output of a part, and which cases it is judged on."""
        return self._parts[name]


def encode(x: Any) -> Any:
    """Return an argument as JSON can hold it; ``decode`` gives it back."""
    if isinstance(x, np.ndarray):
        flat = [_number(v) for v in x.ravel().tolist()]
        return {"array": flat, "shape": x.shape, "dtype": x.dtype.name}
    if isinstance(x, Code):
        return {"code": x.text}
    if isinstance(x, dict):
        return {"dict": [[encode(k), encode(v)] for k, v in x.items()]}
    if isinstance(x, tuple):
        return {"tuple": [encode(v) for v in x]}
    if isinstance(x, list):
        return [encode(v) for v in x]
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, float) and not math.isfinite(x):
        return {"float": str(x)}
    if x is None or isinstance(x, bool | int | float | str):
        return x
    raise ExerciseError(
        f"cases: an argument is a {type(x).__name__}, which a key cannot "
        f"hold. Use numbers, arrays, lists, dicts, or Code('...')."
    )


def _number(v):
    """Return a number as JSON holds it: inf and nan are strings."""
    return v if math.isfinite(v) else str(v)


def rounded(outcome: Outcome) -> Outcome:
    """Return an outcome with the digits that a key stores."""
    outputs = {}
    for name, a in outcome.outputs.items():
        flat = [float(f"{v:.{DIGITS}g}") for v in a.ravel().tolist()]
        outputs[name] = np.array(flat).reshape(a.shape)
    return Outcome(outputs, outcome.odd, outcome.error, outcome.text)


def _stored(outcome, expected=None):
    """Return an outcome for JSON, without the outputs that are right."""
    if outcome.error:
        return {"error": outcome.error, "text": outcome.text}
    stored = {}
    for name, a in outcome.outputs.items():
        right = expected.outputs.get(name) if expected else None
        if right is None or not np.array_equal(a, right, equal_nan=True):
            flat = [_number(v) for v in a.ravel().tolist()]
            stored[name] = {"shape": a.shape, "array": flat}
    return {"outputs": stored} | ({"odd": outcome.odd} if outcome.odd else {})


def _restored(stored, expected=None):
    """Return the outcome that ``_stored`` made JSON of."""
    if "error" in stored:
        return Outcome(error=stored["error"], text=stored["text"])
    odd = stored.get("odd", {})
    right = expected.outputs if expected else {}
    outputs = {k: v for k, v in right.items() if k not in odd}
    for name, a in stored["outputs"].items():
        flat = [float(v) for v in a["array"]]
        outputs[name] = np.array(flat).reshape(a["shape"])
    return Outcome(outputs, odd)


def dump(key: Key) -> str:
    """Return a key as JSON text, the same bytes for the same key."""
    plain = {name: getattr(key, name) for name in PLAIN}
    plain["cases"] = [
        {"group": c.group, "args": c.args, "facts": c.facts} for c in key.cases
    ]
    plain["expected"] = [_stored(e) for e in key.expected]
    plain["mistakes"] = [
        {
            "name": m.name,
            "message": m.message,
            "outcomes": list(map(_stored, m.outcomes, key.expected)),
        }
        for m in key.mistakes
    ]
    plain["pairs"] = _stored_pairs(key)
    return json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n"


def _stored_pairs(key):
    """Return the pairs for JSON: names as numbers of mistakes, one text.

    It is "0+1 0.25 0.5; 0+2 0.125 -1.5" for each part. Of a trace that
    begins with a text this one stands last, after a colon.
    """
    numbers = {m.name: str(n) for n, m in enumerate(key.mistakes)}
    return {
        part: ";".join(
            " ".join(
                [
                    "+".join(numbers[m] for m in pair.split(AND)),
                    *(f"{x:.{DIGITS_OF_PAIRS}g}" for x in kept[-2:]),
                    *kept[:-2],
                ]
            )
            for pair, kept in known.items()
        )
        for part, known in key.pairs.items()
    }


def _restored_pairs(stored, mistakes):
    """Return the pairs that ``_stored_pairs`` made texts of."""
    names = [m["name"] for m in mistakes]
    found: dict = {}
    for part, text in stored.items():
        found[part] = {}
        for entry in text.split(";") if text else ():
            who, *sums, code = [*entry.split(" ", 3), ""][:4]
            pair = AND.join(names[int(n)] for n in who.split("+"))
            found[part][pair] = [*([code] if code else []), *map(float, sums)]
    return found


def parse(text: str | bytes) -> Key:
    """Return the key that a JSON text holds."""
    plain = json.loads(text)
    expected = [_restored(e) for e in plain["expected"]]
    mistakes = [
        m | {"outcomes": list(map(_restored, m["outcomes"], expected))}
        for m in plain["mistakes"]
    ]
    return Key(
        **plain
        | {
            "cases": [Case(**c) for c in plain["cases"]],
            "expected": expected,
            "mistakes": [Mistake(**m) for m in mistakes],
            "pairs": _restored_pairs(plain.get("pairs", {}), mistakes),
        }
    )


def names() -> list[str]:
    """Return the exercises that have a public key."""
    files = (p.name.split(".") for p in FOLDER.iterdir())
    return sorted(name for name, kind in files if kind == "json")


def key_path(name: str) -> Path:
    """Return where the public key of an exercise is.

    Beside the notebook, for exercises of an instructor's own; else in the
    package.

    Raises
    ------
    ExerciseError
        When there is none.
    """
    file = f"{Path(str(name)).name}.json"
    for path in (Path(file), FOLDER / file):
        if path.is_file():
            return path
    near = difflib.get_close_matches(str(name), names(), 1, 0.8)
    meant = f"Did you mean {near[0]!r}? Else put" if near else "Put"
    raise ExerciseError(
        f"there is no exercise called {name!r} in the book, and no {file} in "
        f"{Path.cwd()}. {meant} the {file} that came with this notebook "
        f"there, beside it (Colab: the folder on the left, then the sign for "
        f"uploads). The book has: {', '.join(names())}."
    )


def load_key(name: str) -> Key:
    """Return the public key of an exercise; see ``key_path``.

    Raises
    ------
    ExerciseError
        When there is none, or when what is beside the notebook is no key.
    """
    path = key_path(name)
    return key_in(path, path.read_bytes())


def key_in(path: Any, text: str | bytes) -> Key:
    """Return the key that is in the text of a file called ``path``.

    Raises
    ------
    ExerciseError
        When it is no key, or that of an exercise with another name.
    """
    try:
        key = parse(text)
        sound = key.name == path.name.removesuffix(".json") and _whole(key)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ):
        sound = False
    if not sound:
        raise ExerciseError(
            f"{path} is not the key of an exercise. Download it again, or "
            f"give it another name."
        )
    return key


def _whole(key):
    """Whether a key has cases, points, and an answer to each of them."""
    lists = [key.expected, *(m.outcomes for m in key.mistakes)]
    right = all({*key.outputs} == {*e.outputs} for e in key.expected)
    return (
        right
        and 0 < key.total < math.inf
        and {p.partition(":")[2] for p in key.points}
        == {case.group for case in key.cases}
        and all(len(outcomes) == len(key.cases) for outcomes in lists)
        and min(key.tol, key.seconds) > 0
        and all(type(case.args) is list for case in key.cases)
    )
