"""What is seen of a wrong output, and the laws that numbers may follow.

A description looks at one output in several cases at once, and holds only
when it is true in all of them.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

NEAR = 1e-4  # of itself, by which a factor may be off
KNOWN = {
    "1/ln 2": 1 / math.log(2),
    "1/ln 10": 1 / math.log(10),
    "ln 2": math.log(2),
    "ln 10": math.log(10),
    "pi": math.pi,
}


@dataclass(frozen=True)
class Seen:
    """One output in one case: what came, what is right, what is known."""

    got: np.ndarray
    want: np.ndarray
    facts: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    others: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, float]:
        """The single numbers that are known by name, but 0 and 1."""
        known = self.facts | self.given
        return {
            name: float(x)
            for name, x in known.items()
            if isinstance(x, int | float) and not isinstance(x, bool)
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arguments that are arrays, by name; of a dict, each array."""
        found = {}
        for name, x in self.given.items():
            parts = {name: x}
            if isinstance(x, dict):
                parts = {f"{name}[{key}]": item for key, item in x.items()}
            for each, item in parts.items():
                if isinstance(item, np.ndarray) and item.dtype.kind in "fiub":
                    found[each] = np.asarray(item, float)
        return found


@dataclass(frozen=True)
class Sight:
    """An output as it is seen in the cases that a description is about."""

    out: str
    seen: list[Seen]
    tol: float = 1e-5
    public: bool = True

    def all(self, make: Callable[..., Any], of: str = "got") -> bool:
        """Whether in each case ``make`` gives what came."""
        for case in self.seen:
            with np.errstate(all="ignore"):
                try:
                    made = make(case)
                except (ValueError, IndexError):
                    return False
            if made is None or not alike(getattr(case, of), made, self.tol):
                return False
        return True

    def only(self, seen: list[Seen]) -> "Sight":
        """Return the sight of other cases."""
        return replace(self, seen=seen)

    @property
    def same_shape(self) -> bool:
        """Whether each output has the right shape."""
        return all(c.got.shape == c.want.shape for c in self.seen)


def alike(a: Any, b: Any, tol: float) -> bool:
    """Whether two arrays agree: in shape, in nan and inf, and in numbers.

    Numbers may differ by ``tol`` times the largest that is finite.

    >>> alike(np.array([1.0, np.nan]), np.array([1.0 + 1e-9, np.nan]), 1e-5)
    True
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape:
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        gap = float(np.abs(a - b).max(initial=0.0))
    if math.isfinite(gap):
        return gap <= tol * float(np.abs(b).max(initial=0.0)) + 1e-12
    finite = np.isfinite(b)
    if finite.all() or not np.isfinite(a[finite]).all():
        return False
    odd = np.array_equal(a[~finite], b[~finite], equal_nan=True)
    return odd and alike(a[finite], b[finite], tol)


def close(x: float, y: float) -> bool:
    """Whether two numbers are the same factor."""
    return math.isclose(x, y, rel_tol=NEAR, abs_tol=1e-9)


def plain(c: float) -> str:
    """Return a number as one would say it.

    >>> [plain(c) for c in (2.0, 0.5, -1 / 3, 0.31, 2 / 3, 1 / math.log(2))]
    ['2', '1/2', '-1/3', '0.31', '2/3', '1/ln 2']
    """
    sign, size = "-" * (c < 0), abs(c)
    if not 1e-4 < size < 1e6:
        return f"{c:.4g}"
    near = Fraction(size).limit_denominator(9)
    short = math.isclose(size, float(f"{size:.2g}"), rel_tol=1e-6)
    if close(size, float(near)) and (near.numerator == 1 or not short):
        return f"{sign}{near}"
    name = next((k for k, v in KNOWN.items() if close(v, size)), "")
    return f"{sign}{name}" if name else f"{c:.4g}"


def _laws(names):
    """Yield (text, function of the named numbers) for simple laws."""
    for s in names:
        yield s, lambda n, s=s: n[s]
        yield f"1/{s}", lambda n, s=s: 1 / n[s]
        yield f"{s}²", lambda n, s=s: n[s] ** 2
        yield f"1/{s}²", lambda n, s=s: 1 / n[s] ** 2
        yield f"2 {s}", lambda n, s=s: 2 * n[s]
        yield f"{s}/2", lambda n, s=s: n[s] / 2
        yield f"2/{s}", lambda n, s=s: 2 / n[s]
        yield f"1/(2 {s})", lambda n, s=s: 1 / (2 * n[s])
        yield f"(1 - {s})", lambda n, s=s: 1 - n[s]
        yield f"1/(1 - {s})", lambda n, s=s: 1 / (1 - n[s])
        yield f"({s} - 1)/{s}", lambda n, s=s: (n[s] - 1) / n[s]
        yield f"{s}/({s} - 1)", lambda n, s=s: n[s] / (n[s] - 1)
        yield f"the root of {s}", lambda n, s=s: n[s] ** 0.5
        yield f"1 over the root of {s}", lambda n, s=s: n[s] ** -0.5
    for s, t in itertools.combinations(names, 2):
        yield f"{s} {t}", lambda n, s=s, t=t: n[s] * n[t]
        yield f"1/({s} {t})", lambda n, s=s, t=t: 1 / (n[s] * n[t])
        yield f"{s}/{t}", lambda n, s=s, t=t: n[s] / n[t]
        yield f"{t}/{s}", lambda n, s=s, t=t: n[t] / n[s]


def law(values: list[float], numbers: list[dict[str, float]]) -> str:
    """Say which law a number follows from case to case, or "".

    Parameters
    ----------
    values : list of float
        The number in each case; nan where any would do.
    numbers : list of dict
        The numbers that are known in each case.

    Examples
    --------
    >>> law([0.5, 0.5], [{"m": 2}, {"m": 5}])
    '1/2'
    >>> law([2, 5], [{"m": 2}, {"m": 5}])
    'm'
    >>> law([7.0], [{"m": 7}])
    '7, which is m'
    """
    pairs = [
        (v, n)
        for v, n in zip(values, numbers, strict=True)
        if not math.isnan(v)
    ]
    if not pairs:
        return ""
    first = pairs[0][0]
    fixed = all(close(v, first) for v, _ in pairs)
    names = [k for k in pairs[0][1] if all(k in n for _, n in pairs)]
    if fixed:
        text = plain(first)
        guess = close(abs(math.log(abs(first) or 1)), math.log(2))
        rules = [] if guess or close(abs(first), 1) else _laws(names)
        meant = [t for t, rule in rules if _follows(rule, pairs, 1)]
        short = [t for t in meant if t.removeprefix("1/").strip("²") in names]
        return f"{text}, which is {short[0]}" if short else text
    for text, rule in _laws(names):
        for sign, mark in ((1, ""), (-1, "-")):
            if _follows(rule, pairs, sign):
                return mark + text
    return _with_constant(pairs, names)


def _with_constant(pairs, names):
    """Return a law with a constant before it, when three cases follow it."""
    if len(pairs) < 3:
        return ""
    for name in names:
        for text, power in ((name, 1), (f"{name}²", 2), (f"1/{name}", -1)):
            try:
                k = [v / n[name] ** power for v, n in pairs]
            except (ZeroDivisionError, OverflowError):
                continue
            if all(close(x, k[0]) for x in k):
                return f"{plain(k[0])} {text}"
    return ""


def _follows(rule, pairs, sign):
    """Whether all values are what a rule says."""
    try:
        return all(close(v, sign * rule(n)) for v, n in pairs)
    except (ZeroDivisionError, OverflowError, TypeError):
        return False


def ratio(got: np.ndarray, want: np.ndarray, tol: float) -> float | None:
    """Return c when got = c want; nan when any c would do; else None."""
    finite = np.isfinite(want)
    if got.shape != want.shape:
        return None
    if not np.array_equal(got[~finite], want[~finite], equal_nan=True):
        return None
    a, b = got[finite], want[finite]
    square = float(b @ b)
    if not np.isfinite(a).all() or not np.isfinite(square):
        return None
    if square == 0.0:
        return math.nan if not a.any() else None
    c = float(a @ b) / square
    return c if alike(a, c * b, max(tol, 1e-9)) and c else None
