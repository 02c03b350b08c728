"""Say what a wrong output is, when no known mistake gives it.

Each description is a function of a ``Sight``, and true in all its cases or
not given. What holds in all wrong cases is said first; else what holds in
some of them, and in which.
"""

import warnings
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from mininn.exercises.judge import by_numbers, by_place
from mininn.exercises.judge.by_numbers import BY_NUMBERS, nearly
from mininn.exercises.judge.by_place import BY_PLACE
from mininn.exercises.judge.by_shape import BY_SHAPE
from mininn.exercises.judge.sight import Seen, Sight

REST = (
    by_numbers.not_finite,
    by_numbers.sign,
    by_numbers.factor,
    by_numbers.one_value,
    by_numbers.added,
)
LOOSE = (by_numbers.one_value, by_place.own_factors, by_place.whole_lines)


def described(s: Sight, right: Iterable[dict] = ()) -> str:
    """Return a sentence or two about an output that is wrong.

    Parameters
    ----------
    s : Sight
        The output in the cases in which it is wrong.
    right : iterable of dict
        The facts of the cases in which it is right.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told, rest = _by_layer(s) or _first(s), ""
        if not told:
            told, rest = _in_some(s)
        if not told:
            return _worst(s) + _when(s.seen[0].facts)
        return told + (rest or _right_when(s, list(right)))


def _first(s: Sight) -> str | None:
    """Return the first description that is true in all cases."""
    shaped = [c.got.shape != c.want.shape for c in s.seen]
    if any(shaped) and not all(shaped):
        return None
    for describe in BY_SHAPE if any(shaped) else BY_NUMBERS + BY_PLACE:
        told = describe(s)
        if told:
            return told
    if any(shaped):
        return None
    return _by_place(s) or _nearly(s) or by_place.own_factors(s)


def _nearly(s):
    """Say that it is nearly right, and where it is worst."""
    told = nearly(s)
    if told and s.public:
        worst = f"{_worst_entry(s)}{_when(s.seen[0].facts)}"
        return f"{told} {_begun(worst, s.out)}"
    return told


def _by_place(s: Sight) -> str | None:
    """Say where it is right, and what it is elsewhere."""
    found = by_place.place(s)
    if not found:
        return by_place.whole_lines(s)
    words, wrong = found
    seen = [
        Seen(c.got[w], c.want[w], c.facts, c.numbers)
        for c, w in zip(s.seen, wrong, strict=True)
        if w.any()
    ]
    elsewhere = replace(s, out="there it" if "except" in words else "the rest")
    rest = [describe(elsewhere.only(seen)) for describe in REST]
    more = next((r for r in rest if r), by_place.own_factors(s))
    if not more:
        odd = next(c for c, w in zip(s.seen, wrong, strict=True) if w.any())
        more = _worst_entry(s.only([odd])) + _when(odd.facts)
    return f"{s.out} is right {words}. {_begun(more, s.out)}"


def _begun(text, out):
    """Return a sentence with its first letter large, unless it is a name."""
    named = text.startswith((f"{out} ", f"{out}["))
    return text if named else f"{text[0].upper()}{text[1:]}"


def _in_some(s: Sight) -> tuple[str, str]:
    """Return what is true in some wrong cases, and in which of them.

    What is loose may be true by chance, so in one of many it tells nothing.
    """
    best, many = "", list[Seen]()
    for c in s.seen:
        told = _one(s, c)
        if not told:
            continue
        same = [d for d in s.seen if _one(s, d) == told]
        if len(same) == 1 and len(s.seen) > 2 and _is_loose(s, c, told):
            continue
        if len(same) > len(many):
            best, many = told, same
    if not best:
        return "", ""
    where = _facts(many[0].facts)
    if len(many) == len(s.seen):
        return best, ""
    other = next(d for d in s.seen if not any(d is c for c in many))
    if where in ("", _facts(other.facts)):
        share = f"{len(many)} of {len(s.seen)} wrong cases"
        return best, f" So it is in {share}; the others are wrong otherwise."
    less = f" So it is when {where};"
    return best, f"{less} it is wrong in another way{_when(other.facts)}"


def _one(s, c):
    """Return what is true in one case."""
    alone = s.only([c])
    return _by_layer(alone) or _first(alone)


def _is_loose(s, c, told):
    """Whether few numbers may be so by chance."""
    if c.got.shape != c.want.shape:
        return False
    return any(describe(s.only([c])) == told for describe in LOOSE)


def _by_layer(s: Sight) -> str | None:
    """Describe matrices by layer: which are wrong, and what they are."""
    if any(c.got.ndim != 3 or c.want.ndim != 3 for c in s.seen):
        return None
    wrong: list[Seen] = []
    patterns = []
    for c in s.seen:
        mine, right = layers(c.got), layers(c.want)
        if {*mine} != {*right}:
            continue
        bad = [
            k
            for k in right
            if not s.only([replace(c, got=mine[k], want=right[k])]).all(
                lambda c: c.want
            )
        ]
        patterns.append((bad, sorted(right)))
        wrong += [replace(c, got=mine[k], want=right[k]) for k in bad]
    if not patterns:
        return _other_layers(s.out, s.seen[0])
    if not wrong or len(patterns) < len(s.seen):
        return None
    where = _which(s.out, patterns)
    there = replace(s, seen=wrong, out=where or s.out)
    told = _some_layers(there, patterns) or _first_shape(there)
    if told or not where:
        return told
    return _worst(there) + _when(wrong[0].facts)


def _some_layers(s, patterns):
    """Describe the wrong matrices, and say so where others are right."""
    told = _first(s)
    if all(bad == whole for bad, whole in patterns) or "[" in (told or "["):
        return told
    if s.out.startswith("the last "):
        return told
    return _first(replace(s, out=f"each wrong {s.out}"))


def _first_shape(s):
    """Describe the wrong shapes among cases of which some are right."""
    odd = [c for c in s.seen if c.got.shape != c.want.shape]
    return _first(s.only(odd)) if odd else None


def layers(x: np.ndarray) -> dict[int, np.ndarray]:
    """Return the matrices that ``stacked`` made one array of."""
    found = {}
    for k, plane in enumerate(x):
        there = ~np.isnan(plane)
        if there.any():
            rows, columns = there.any(axis=1), there.any(axis=0)
            r, c = (int(np.flatnonzero(t)[-1]) + 1 for t in (rows, columns))
            found[k] = plane[:r, :c]
    return found


def _other_layers(out, c):
    """Say which matrices of a case are missing, or too many."""
    mine, right = layers(c.got), layers(c.want)
    lack = ", ".join(f"{out}[{k}]" for k in sorted({*right} - {*mine}))
    more = ", ".join(f"{out}[{k}]" for k in sorted({*mine} - {*right}))
    if lack:
        return (
            f"{lack} {'is' if ',' not in lack else 'are'} not there, or nan."
        )
    return f"{more} should not be there."


def _which(out, patterns):
    """Name the layers that are wrong, when it is the same in all cases."""
    wrong = [bad for bad, _ in patterns]
    if any(len(all_) < 2 for _, all_ in patterns if len(patterns) == 1):
        return ""
    if all(bad == wrong[0] for bad in wrong) and len(wrong[0]) == 1:
        return f"{out}[{wrong[0][0]}]"
    if all(bad == all_[-1:] for bad, all_ in patterns):
        return f"the last {out}"
    return ""


def _worst(s: Sight) -> str:
    """Say of the first case what stands at the worst place.

    Of a secret case the numbers are not shown.
    """
    c = s.seen[0]
    if c.got.shape != c.want.shape:
        return f"{s.out} has shape {c.got.shape}, expected {c.want.shape}"
    more = by_place.sums(s) or by_place.share_right(s)
    worst = _worst_entry(s)
    return f"{more} {_begun(worst, s.out)}" if more else worst


def _worst_entry(s):
    """Say of the first case what came at the worst place."""
    c = s.seen[0]
    gap = np.where(np.isfinite(c.want), np.abs(c.got - c.want), 0.0)
    at = np.unravel_index(int(gap.argmax()), gap.shape)
    where = f"{s.out}{list(map(int, at))}" if at else s.out
    if s.public:
        mine, right = apart(c.got[at], c.want[at])
        return f"{where} is {mine}, expected {right}"
    top = float(np.abs(c.want[np.isfinite(c.want)]).max(initial=0.0))
    part = f"{gap[at] / top:.0%} of the largest number" if top else "that"
    rough = gap[at] / top >= 0.005 if top else False
    off = f"off by {part}" if rough else "slightly off"
    return f"{where} is {off}"


def apart(a: float, b: float) -> tuple[str, str]:
    """Return two numbers as texts, with the digits that tell them apart.

    >>> apart(0.18461538, 0.18461557)
    ('0.184615', '0.184616')
    """
    pairs = ((f"{a:.{n}g}", f"{b:.{n}g}") for n in range(4, 18))
    return next((p for p in pairs if p[0] != p[1]), (str(a), str(b)))


def _facts(facts):
    """Return the sizes of a case in words: "m = 7"."""
    sizes = [f"{k} = {v}" for k, v in facts.items() if type(v) is int]
    return ", ".join(sizes)


def _when(facts):
    """Return the end of a sentence about a case."""
    words = _facts(facts)
    return f" when {words}." if words else "."


def _right_when(s: Sight, right: list[dict]) -> str:
    """Say what tells the right cases from the wrong ones."""
    wrong = [c.facts for c in s.seen]
    if not right:
        return ""
    names = [k for k, v in wrong[0].items() if type(v) is int]
    names.sort(key=lambda k: {f.get(k) for f in right} != {1})
    for name in names:
        good, bad = ({f.get(name) for f in some} for some in (right, wrong))
        if good & bad:
            continue
        if len(good) == 1:
            return f" It is right when {name} = {good.pop()}."
        if len(bad) == 1:
            return f" It is wrong only when {name} = {bad.pop()}."
    if all(map(_even, right)) and not any(map(_even, wrong)):
        return " It is right when all sizes are equal."
    return f" It is right in {len(right)} of {len(right + wrong)} cases."


def _even(facts):
    """Whether all sizes of a case are equal."""
    sizes = [v for v in facts.values() if type(v) is int]
    return len(sizes) > 1 and len({*sizes}) == 1
