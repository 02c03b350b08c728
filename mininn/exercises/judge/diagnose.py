"""Compare what an answer gave with what is right and with known mistakes.

The verdict on each part is a line that teaches: the message of the mistake
that gives the same numbers, or of two mistakes at once, or else what is seen
from outside. Parts are judged apart: what is wrong in one output, or in one
group of cases, hides nothing in another.
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from mininn.exercises.judge import pairs
from mininn.exercises.judge.describe import described
from mininn.exercises.judge.keys import Key, Mistake
from mininn.exercises.judge.outcomes import NOT_YET, Outcome, decode
from mininn.exercises.judge.sight import Seen, Sight
from mininn.exercises.judge.sight import alike as same

OWN_ERRORS = {"Unusable", "Missing", "Timeout", "Crash"}  # not Python's
IN_PLACE = "(in place)"
CHANGED = (
    "right, but it changes {} in place, which costs half: work on a copy."
)
HALF = "right, but half of it is lost: see the last line."
NOTE = "It changes {} in place: work on a copy."
MANY = 20  # answers of a network; as many are not alike by chance
TWO = "two things at once.\n1. {}\n2. {}"
PUBLIC_TEXT = re.compile(
    r"name '\w+' is not defined.*"
    r"|.*local variable '\w+'.*"
    r"|(module )?'[\w.]+'( object)? has no attribute '\w+'.*"
    r"|'[\w.]+' object (is|does|cannot) .*"
    r"|unsupported operand type.*|bad operand type.*"
    r"|operands could not be broadcast together.*"
    r"|non-broadcastable output operand.*"
    r"|(matmul|dot|inner|outer|einsum).*(dimension|broadcast).*"
    r"|shapes \(.*\) and \(.*\) not aligned.*"
    r"|cannot reshape array of size \d+ into shape .*"
    r"|all the input array.*|could not broadcast input array.*"
    r"|(list |tuple )?index .*out of (range|bounds).*"
    r"|axis \d+ is out of bounds.*"
    r"|(too many|not enough) values to unpack.*"
    r"|No module named .*|import of .*"
    r"|.* positional argument.*|.* keyword argument.*"
    r"|.* takes (exactly|no|from|at) .*argument.*|only .* can be converted.*"
    r"|can't start new thread"
    r"|(integer |float )?division by zero|maximum recursion depth.*",
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
    note: str = ""
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
            return f"{self.exercise}: {self.parts[0].message}"
        score = f"{self.points:g} of {self.of:g} points"
        if self.points == self.of:
            return f"{self.exercise}: all right, {score}"
        if len({part.message for part in self.parts}) == 1:
            said = self.parts[0].message.replace("\n", "\n  ")
            said += f"\n  {self.note}" if self.note else ""
            return f"{self.exercise}: {score}\n  {said}"
        width = max(len(part.name) for part in self.parts)
        newline = "\n"
        gap = newline + " " * (width + 4)
        lines = [
            f"  {p.name.ljust(width)}  {p.message.replace(newline, gap)}"
            for p in self.parts
        ]
        lines += [f"  {self.note}"] if self.note else []
        return "\n".join([f"{self.exercise}: {score}", *lines])


def judge_outcomes(key: Key, outcomes: list[Outcome]) -> Verdict:
    """Return the verdict on the outcomes of an answer, one per case."""
    parts = [_part(key, name, outcomes) for name in key.points]
    tried = not all(part.message.startswith(NOT_YET) for part in parts)
    parts, note = _once([_titled(part) for part in parts], outcomes)
    return Verdict(key.name, parts, note, attempted=tried)


def _once(parts, outcomes):
    """Return the parts, and one line on what is changed in place.

    It costs half of each part that is right, and nothing of one that is
    wrong, where the line comes as well.
    """
    found = [n for done in outcomes for n in done.changed.split(", ") if n]
    names = ", ".join(dict.fromkeys(found))
    said = {part.message for part in parts}
    if not names or len(said) == 1:
        return parts, ""
    parts = [
        replace(p, message=HALF) if p.mistake == IN_PLACE else p for p in parts
    ]
    return parts, NOTE.format(names)


def _titled(part):
    """Return the part under the name that people read: "A (large)"."""
    output, _, group = part.name.partition(":")
    name = f"{output} ({group})" if group else output
    return Part(name, part.points, part.of, part.message, part.mistake)


def _part(key, name, outcomes):
    """Judge one output on the cases of one group."""
    output, here = key.part(name)
    of = key.points[name]
    wrong = [
        i
        for i in here
        if not agrees(key, output, outcomes[i], key.expected[i])
    ]
    if not wrong:
        changed = max((outcomes[i].changed for i in here), key=len)
        if changed:
            return Part(name, of / 2, of, CHANGED.format(changed), IN_PLACE)
        return Part(name, of, of, "right")
    named = _named(key, name, outcomes) or _paired(key, name, outcomes, wrong)
    if named:
        return Part(name, 0, of, *named)
    return Part(name, 0, of, describe(key, name, outcomes, wrong))


def _named(key, name, outcomes):
    """Return what to say of a known mistake, and its name; or None.

    Of several that give this part, the one that gives most others as well,
    alone or beside a second mistake.
    """
    output, here = key.part(name)
    found = [m for m in key.mistakes if shows(key, name, outcomes, m)]
    fits = {m.name: _fit(key, outcomes, m) for m in found}
    if len(found) > 1:
        halves = _halves(key, outcomes)
        found.sort(key=lambda m: (-fits[m.name], -halves.count(m.name)))
    if not found:
        return None
    alone = fits[found[0].name] == 1 < len(key.points)
    if alone and _ran_away(key, name, outcomes):
        return None
    case = key.cases[telling(key, output, found[0], here)]
    message = found[0].message.format(**case.facts | {"out": output})
    return message, found[0].name


def _ran_away(key, name, outcomes):
    """Whether many entries are one number: a network that learnt nothing.

    Many ways lead there, so that in one part alone it tells no mistake.
    """
    output, here = key.part(name)
    found = [outcomes[i].outputs.get(output) for i in here]
    return all(
        x is not None
        and x.size >= MANY
        and np.ptp(x) <= key.tol * np.abs(x).max()
        for x in found
    )


def _halves(key, outcomes):
    """Return the names in the pairs that an answer gives, part by part."""
    found = [_pair(key, part, outcomes) for part in key.points]
    return [name for pair in found if pair for name in pair.split(pairs.AND)]


def _fit(key, outcomes, mistake):
    """Return in how many parts an answer gives what a mistake gives."""
    return sum(matches(key, part, outcomes, mistake) for part in key.points)


def _paired(key, name, outcomes, wrong):
    """Return what to say of two mistakes at once, and their name; or None."""
    pair = _pair(key, name, outcomes)
    if not pair:
        return None
    facts = key.cases[wrong[0]].facts | {"out": key.part(name)[0]}
    told = {m.name: m.message for m in key.mistakes}
    both = (told[m].format(**facts) for m in pair.split(pairs.AND))
    return TWO.format(*both), pair


def _pair(key, name, outcomes):
    """Return the name of the pair that a part shows; "" when there is none."""
    known = key.pairs.get(name)
    if not known:
        return ""
    ours = pairs.trace(key, name, outcomes)
    gap = pairs.slack(key, name, outcomes)
    met = (p for p, theirs in known.items() if pairs.meet(ours, theirs, gap))
    return next(met, "")


def said(key: Key) -> dict[str, str]:
    """Return the general message of each mistake and of each pair."""
    each = {m.name: general(m.message) for m in key.mistakes}
    both = {pair for known in key.pairs.values() for pair in known}
    return each | {
        pair: " And: ".join(each[m] for m in pair.split(pairs.AND))
        for pair in sorted(both)
    }


def general(message: str) -> str:
    """Return a mistake's message for any output and any sizes.

    >>> general("your {out} is {m} times too large")
    'your output is m times too large'
    """
    line = " ".join(message.split()).replace("{out}", "output")
    return re.sub(r"\{(\w+)[^}]*\}", r"\1", line)


def telling(key: Key, output: str, mistake: Mistake, here) -> int | None:
    """Return the first of some cases in which a mistake is wrong."""
    for i in here:
        if not agrees(key, output, mistake.outcomes[i], key.expected[i]):
            return i
    return None


def shows(key: Key, name: str, outcomes, mistake: Mistake) -> bool:
    """Whether a part is wrong in the way of a mistake.

    An exception says little, and None less: where the mistake has nothing
    else in all cases of the part, the answer must give what it gives in all
    other parts too.
    """
    output, here = key.part(name)
    if not matches(key, name, outcomes, mistake):
        return False
    if all(_says_nothing(mistake.outcomes[i], output) for i in here):
        both = zip(outcomes, mistake.outcomes, strict=True)
        if _fit(key, outcomes, mistake) < len(key.points):
            return False
        if not all(a.text == b.text for a, b in both if b.text):
            return False
    return telling(key, output, mistake, here) is not None


def _says_nothing(outcome, output):
    """Whether an outcome is an exception, or is not there yet."""
    return bool(outcome.error) or outcome.odd.get(output) == NOT_YET


def matches(key: Key, name: str, outcomes, mistake: Mistake) -> bool:
    """Whether an answer gives what a mistake gives, in one part."""
    output, here = key.part(name)
    return all(
        agrees(key, output, outcomes[i], mistake.outcomes[i]) for i in here
    )


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


def share(a, b) -> float:
    """Return the share of entries on the same side of one half."""
    return float(((a > 0.5) == (b > 0.5)).mean()) if a.size else 1.0


def describe(key: Key, name: str, outcomes, wrong: list[int]) -> str:
    """Say what is seen of a wrong part that no known mistake explains."""
    output, here = key.part(name)
    told = _without_numbers(key, output, outcomes, here, wrong)
    if told:
        return told
    if key.least is not None and all(
        outcomes[i].outputs[output].shape
        == key.expected[i].outputs[output].shape
        for i in wrong
    ):
        return _shares(key, output, outcomes, wrong)
    seen = [_seen(key, output, outcomes, i) for i in wrong]
    sight = Sight(output, seen, min(key.tol, 1e-4), key.public)
    right = [key.cases[i].facts for i in here if i not in wrong]
    return described(sight, right)


def _seen(key, output, outcomes, i):
    """Return what is seen of an output in one case."""
    case, right = key.cases[i], key.expected[i].outputs
    given = dict(zip(key.arguments, map(decode, case.args), strict=False))
    others = {name: x for name, x in right.items() if name != output}
    got = outcomes[i].outputs[output]
    return Seen(got, right[output], case.facts, given, others)


def _without_numbers(key, output, outcomes, here, wrong) -> str:
    """Say why there are no numbers in some case, and in which; or ""."""
    why = {i: _why_none(key, output, outcomes[i]) for i in wrong}
    there = [i for i in wrong if why[i]]
    if not there:
        return ""
    told = why[there[0]]
    if len(there) == len(here) or told.startswith(NOT_YET):
        return told
    facts = key.cases[there[0]].facts.items()
    sizes = ", ".join(f"{k} = {v}" for k, v in facts if type(v) is int)
    end = f" when {sizes}." if sizes else f" in {len(there)} of the cases."
    return told.rstrip(".") + end


def _why_none(key, output, outcome) -> str:
    """Say why an outcome has no numbers; "" when it has."""
    if outcome.error == "NotImplementedError":
        return NOT_YET
    if outcome.error in OWN_ERRORS:
        return outcome.text
    if outcome.error:
        return _exception(outcome, key)
    return outcome.odd.get(output, "")


def _exception(outcome, key):
    """Say where an answer stopped, and why.

    What an exception says may hold the numbers of the case. Of a secret
    case it is told only when it is Python's or NumPy's word on names,
    types and shapes.
    """
    where = f" in {outcome.where}" if outcome.where else ""
    if key.public or PUBLIC_TEXT.fullmatch(outcome.text):
        text = f": {outcome.text}" if outcome.text else ""
        return f"it stops{where} with {outcome.error}{text}"
    return f"it stops{where} with {outcome.error}."


def _shares(key, output, outcomes, wrong):
    """Say how many points a classifier has on the right side."""
    both = [
        (outcomes[i].outputs[output], key.expected[i].outputs[output])
        for i in wrong
    ]
    got, want = min(both, key=lambda pair: share(*pair))
    if np.ptp(got) == 0:
        return f"{output} is {got.flat[0]:.4g} for every point."
    return (
        f"{output} has {share(got, want):.1%} of the points on the right "
        f"side, wanted {key.least:.0%}."
    )
