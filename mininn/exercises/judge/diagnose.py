"""Compare what an answer gave with what is right and with known mistakes.

The verdict on each part is a line that teaches: the message of the mistake
that gives the same numbers, or else what is seen from outside, in the order
exception, shape, nan, factor, worst entry.
"""

import re
from dataclasses import dataclass

import numpy as np

from mininn.exercises.judge.keys import Key, Mistake
from mininn.exercises.judge.outcomes import Outcome

OWN_ERRORS = {"Unusable", "Missing", "Timeout", "Crash"}  # not Python's
NOT_YET = "not attempted yet"
IN_PLACE = "(in place)"
CHANGED = (
    "right, but it changes {} in place, which costs half: work on a copy."
)


@dataclass(frozen=True)
class Part:
    """The verdict on one part: points, and a line that says why."""

    name: str
    points: float
    of: float
    message: str
    mistake: str = ""


@dataclass(frozen=True)
class Verdict:
    """The verdict on an answer, part by part."""

    exercise: str
    parts: list[Part]
    attempted: bool = True

    @property
    def points(self) -> float:
        """The points reached."""
        return sum(part.points for part in self.parts)

    @property
    def of(self) -> float:
        """The points there are."""
        return sum(part.of for part in self.parts)

    def __str__(self) -> str:
        if not self.attempted:
            return f"{self.exercise}: {NOT_YET}"
        score = f"{self.points:g} of {self.of:g} points"
        if self.points == self.of:
            return f"{self.exercise}: all right, {score}"
        if len({part.message for part in self.parts}) == 1:
            return f"{self.exercise}: {score}\n  {self.parts[0].message}"
        width = max(len(part.name) for part in self.parts)
        newline = "\n"
        gap = newline + " " * (width + 4)
        lines = [
            f"  {p.name.ljust(width)}  {p.message.replace(newline, gap)}"
            for p in self.parts
        ]
        return "\n".join([f"{self.exercise}: {score}", *lines])


def judge_outcomes(key: Key, outcomes: list[Outcome]) -> Verdict:
    """Return the verdict on the outcomes of an answer, one per case."""
    if all(outcome.error == "NotImplementedError" for outcome in outcomes):
        parts = [Part(n, 0, of, NOT_YET) for n, of in key.points.items()]
        return Verdict(key.name, [_titled(p) for p in parts], attempted=False)
    parts = [_part(key, name, outcomes) for name in key.points]
    return Verdict(key.name, [_titled(p) for p in parts])


def _titled(part):
    """Return the part under the name that people read: "A (large)"."""
    output, _, group = part.name.partition(":")
    name = f"{output} ({group})" if group else output
    return Part(name, part.points, part.of, part.message, part.mistake)


def _part(key, name, outcomes):
    """Judge one output on the cases of one group."""
    output, _, group = name.partition(":")
    here = [i for i, case in enumerate(key.cases) if case.group == group]
    wrong = [
        i
        for i in here
        if not agrees(key, output, outcomes[i], key.expected[i])
    ]
    of = key.points[name]
    if not wrong:
        changed = max((outcomes[i].changed for i in here), key=len)
        if changed:
            return Part(name, of / 2, of, CHANGED.format(changed), IN_PLACE)
        return Part(name, of, of, "right")
    for mistake in key.mistakes:
        if not matches(key, output, outcomes, mistake):
            continue
        i = telling(key, output, mistake)
        if i is not None:
            facts = key.cases[i].facts | {"out": output}
            said = mistake.message.format(**facts)
            return Part(name, 0, of, said, mistake.name)
    return Part(name, 0, of, describe(key, output, outcomes, wrong))


def general(message: str) -> str:
    """Return a mistake's message for any output and any sizes.

    >>> general("your {out} is {m} times too large")
    'your output is m times too large'
    """
    line = " ".join(message.split()).replace("{out}", "output")
    return re.sub(r"\{(\w+)[^}]*\}", r"\1", line)


def telling(key: Key, output: str, mistake: Mistake) -> int | None:
    """Return the first case in which a mistake makes this output wrong."""
    pairs = zip(mistake.outcomes, key.expected, strict=True)
    for i, (bad, right) in enumerate(pairs):
        if not agrees(key, output, bad, right):
            return i
    return None


def matches(key: Key, output: str, outcomes, mistake: Mistake) -> bool:
    """Whether an answer gives what the mistake gives, in every case."""
    pairs = list(zip(outcomes, mistake.outcomes, strict=True))
    if all(bad.error for _, bad in pairs):
        return all((a.error, a.text) == (b.error, b.text) for a, b in pairs)
    return all(agrees(key, output, a, b) for a, b in pairs)


def agrees(key: Key, output: str, ours: Outcome, theirs: Outcome) -> bool:
    """Whether two outcomes have the same output, or the same failure."""
    if ours.error or theirs.error:
        return ours.error == theirs.error
    a, b = ours.outputs.get(output), theirs.outputs.get(output)
    if a is None or b is None:
        return ours.odd.get(output) == theirs.odd.get(output)
    if key.least is None:
        return same(a, b, key.tol)
    return a.shape == b.shape and share(a, b) >= key.least


def same(a, b, tol: float) -> bool:
    """Whether two arrays agree: in shape, in nan and inf, and in numbers.

    Numbers may differ by ``tol`` times the largest that is finite.

    >>> same(np.array([1.0, np.nan]), np.array([1.0 + 1e-9, np.nan]), 1e-5)
    True
    """
    if a.shape != b.shape:
        return False
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return False
    a, b = a[finite], b[finite]
    if not np.isfinite(a).all():
        return False
    top = np.abs(b).max(initial=0.0)
    return bool((np.abs(a - b) <= tol * top + 1e-12).all())


def share(a, b) -> float:
    """Return the share of entries on the same side of one half."""
    return float(((a > 0.5) == (b > 0.5)).mean()) if a.size else 1.0


def describe(key: Key, output: str, outcomes, wrong: list[int]) -> str:
    """Say what is seen of a wrong output that no known mistake explains."""
    for i in wrong:
        if outcomes[i].error in OWN_ERRORS:
            return outcomes[i].text
        if outcomes[i].error:
            return _exception(outcomes[i])
        if output in outcomes[i].odd:
            return outcomes[i].odd[output]
    pairs = [
        (outcomes[i].outputs[output], key.expected[i].outputs[output])
        for i in wrong
    ]
    for got, want in pairs:
        if got.shape != want.shape:
            return _shapes(output, got, want)
    if key.least is not None:
        return _shares(key, output, pairs)
    return _numbers(output, pairs, _under(key.cases[wrong[0]]))


def _exception(outcome):
    """Say where an answer stopped, and why."""
    where = f" in {outcome.where}" if outcome.where else ""
    text = f": {outcome.text}" if outcome.text else ""
    return f"it stops{where} with {outcome.error}{text}"


def _shapes(output, got, want):
    """Say which shape came and which was wanted."""
    turned = got.shape[::-1] == want.shape
    hint = " It is turned round." if turned else ""
    return f"{output} has shape {got.shape}, expected {want.shape}.{hint}"


def _shares(key, output, pairs):
    """Say how many points a classifier has on the right side."""
    got, want = min(pairs, key=lambda pair: share(*pair))
    if np.ptp(got) == 0:
        return f"{output} is {got.flat[0]:.4g} for every point."
    return (
        f"{output} has {share(got, want):.1%} of the points on the right "
        f"side, wanted {key.least:.0%}."
    )


def _under(case):
    """Return the facts of a case in words: " when m = 7"."""
    facts = [f"{k} = {v}" for k, v in case.facts.items() if isinstance(v, int)]
    return f" when {', '.join(facts)}" if facts else ""


def _numbers(output, pairs, when):
    """Say what is wrong with numbers of the right shape."""
    for got, want in pairs:
        for bad in ("nan", "inf"):
            here = getattr(np, f"is{bad}")(got)
            if (here & np.isfinite(want)).any():
                first = [int(k) for k in np.argwhere(here)[0]]
                return f"{output}{first or ''} is {bad}{when}."
    factors = [_factor(got, want) for got, want in pairs]
    if None not in factors:
        if np.ptp(factors) <= 1e-5 * max(map(abs, factors)):
            when = " everywhere"
        return f"{output} is {factors[0]:.4g} times the right answer{when}."
    got, want = pairs[0]
    gap = np.abs(got - want)
    at = np.unravel_index(gap.argmax(), gap.shape)
    where = f"{output}{list(map(int, at))}" if at else output
    mine, right = _apart(got[at], want[at])
    return f"{where} is {mine}, expected {right}{when}."


def _apart(a, b):
    """Return two numbers as texts, with the digits that tell them apart.

    >>> _apart(0.18461538, 0.18461557)
    ('0.184615', '0.184616')
    """
    pairs = ((f"{a:.{n}g}", f"{b:.{n}g}") for n in range(4, 18))
    return next((p for p in pairs if p[0] != p[1]), (str(a), str(b)))


def _factor(got, want):
    """Return c when got = c want with one number c, else None."""
    square = float((want * want).sum())
    if want.size < 2 or square == 0.0 or not np.isfinite(square):
        return None
    c = float((got * want).sum()) / square
    if not c or f"{c:.4g}" == "1":
        return None
    return c if same(got, c * want, 1e-5) else None
