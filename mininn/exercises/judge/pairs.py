"""Two known mistakes at once, each pair kept as two numbers.

A pair has no message of its own: both of its mistakes are told. What it
gives in a part is kept as sums with weights, enough to know it again.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from mininn.exercises.judge.outcomes import Outcome

AND = " + "  # between the names of two mistakes
WIDEST = 1e-4  # tolerance; two sums would meet by chance within more
GOLDEN = (5**0.5 - 1) / 2  # no two entries have the same weight
NOTHING = 1e-9  # of the largest number of the right answer
DIGITS = 7
GONE = "!"  # stands for a case that has no array


def named(one: str, two: str) -> str:
    """Return the name of a pair.

    >>> named("no_mean", "no_prime")
    'no_mean + no_prime'
    """
    return f"{one}{AND}{two}"


def trace(key: Any, part: str, outcomes: list[Outcome]) -> list:
    """Return what is kept of a part: two sums over all of its cases.

    A text stands first when in some case the output has another shape than
    the right one, or is nan or inf elsewhere, or is not there.
    """
    output, here = key.part(part)
    sums, codes = np.zeros(2), []
    for n, i in enumerate(here):
        got = outcomes[i].outputs.get(output)
        codes.append(_code(outcomes[i], got, key.expected[i].outputs[output]))
        if got is not None:
            scale = _top(key.expected[i].outputs[output]) or 1.0
            sums += _sums(got[np.isfinite(got)] / scale, n) / len(here)
    kept = [float(f"{s:.{DIGITS}g}") if np.isfinite(s) else 0.0 for s in sums]
    return ["|".join(codes), *kept] if any(codes) else kept


def _code(outcome, got, want):
    """Return "" for an array like the right one, else how it differs."""
    if outcome.error or got is None:
        return GONE + outcome.error
    odd = ~np.isfinite(got)
    if got.shape == want.shape and np.array_equal(
        got[odd], want[odd], equal_nan=True
    ):
        return ""
    infinite = (got == np.inf).sum(), (got == -np.inf).sum()
    return f"{got.shape} {np.isnan(got).sum()} {infinite[0]} {infinite[1]}"


def _top(x):
    """Return the largest number of an array that is finite."""
    return float(np.abs(x[np.isfinite(x)]).max(initial=0.0))


def _sums(flat, n):
    """Return two weighted means of the numbers of case ``n``."""
    if not flat.size:
        return np.zeros(2)
    with np.errstate(all="ignore"):
        return (_weights(flat.size, n) * flat).sum(axis=1) / flat.size


@lru_cache(maxsize=1024)
def _weights(size, n):
    """Return the weights of the ``size`` numbers of case ``n``, by sum."""
    i = np.arange(1, size + 1) + 100 * n
    return np.array([0.5 + i * GOLDEN % 1, 0.5 + i * GOLDEN**2 * 3 % 1])


def slack(key: Any, part: str, outcomes: list[Outcome]) -> float:
    """Return how far the sums of a part may be off.

    Two sums tell less than many numbers, so a wide tolerance is cut.
    """
    tops = _tops(key, part, outcomes)
    return 1.5 * min(key.tol, WIDEST) * sum(tops) / len(tops) + 1e-12


def _tops(key, part, outcomes):
    """Return the largest number of each case, beside the right one's."""
    output, here = key.part(part)
    tops = []
    for i in here:
        got = outcomes[i].outputs.get(output)
        right = _top(key.expected[i].outputs[output]) or 1.0
        tops.append(0.0 if got is None else _top(got) / right)
    return tops


def meet(ours: list, theirs: list, gap: float) -> bool:
    """Whether two traces of one part are of the same outcomes.

    >>> meet([0.5, 2.0], [0.5, 2.00001], 1e-4)
    True
    """
    return len(ours) == len(theirs) and all(
        x == y
        if isinstance(x, str)
        else abs(x - y) <= gap + 10**-DIGITS * abs(x)
        for x, y in zip(ours, theirs, strict=True)
    )


def news(key: Any, part: str, runs: dict[str, list[Outcome]]) -> dict:
    """Return the traces of pairs in a part, by name.

    Left out is a pair that gives what is right, what one mistake gives, or
    what a pair before it gives, and one that stops in every case. So is one
    that gives 0 everywhere: so does ``np.zeros``, and who fills it in later.
    """
    output, here = key.part(part)
    singles = [m.outcomes for m in key.mistakes]
    known: dict[int, list] = {}
    for outcomes in (key.expected, *singles):
        ours = trace(key, part, outcomes)
        known.setdefault(len(ours), []).append(ours)
    found = {}
    for name, outcomes in runs.items():
        if all(outcomes[i].outputs.get(output) is None for i in here):
            continue
        ours = trace(key, part, outcomes)
        if len(ours) == 2 and max(_tops(key, part, outcomes)) < NOTHING:
            continue
        gap = slack(key, part, outcomes)
        near = known.setdefault(len(ours), [])
        if not _any_meets(ours, near, gap):
            near.append(ours)
            found[name] = ours
    return found


def _any_meets(ours, known, gap):
    """Whether one of many traces meets ours; numbers are compared at once."""
    if not known:
        return False
    numbers = np.array([k[-2:] for k in known])
    mine = np.array(ours[-2:])
    near = np.abs(numbers - mine) <= gap + 10**-DIGITS * np.abs(mine)
    return any(
        known[i][:-2] == ours[:-2] for i in np.flatnonzero(near.all(axis=1))
    )
