"""Descriptions of numbers: what was done to the right ones."""

import math

import numpy as np

from mininn.exercises.judge.sight import Sight, alike, close, law, plain, ratio


def _softmax(x):
    """Return the softmax of each column."""
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0)


FUNCTIONS = {
    "the square of the right answer": np.square,
    "the root of the right answer": np.sqrt,
    "e to the power of the right answer": np.exp,
    "the logarithm of the right answer": np.log,
    "1 minus the right answer": lambda x: 1 - x,
    "1 divided by the right answer": lambda x: 1 / x,
    "the sigmoid of the right answer": lambda x: 1 / (1 + np.exp(-x)),
    "tanh of the right answer": np.tanh,
    "the right answer with numbers below 0 set to 0": lambda x: np.maximum(
        x, 0
    ),
    "the right answer with numbers above 0 set to 0": lambda x: np.minimum(
        x, 0
    ),
}
LAST = {
    "the sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "max(0, z)": lambda x: np.maximum(x, 0),
    "the softmax down its columns": _softmax,
    "the absolute value": np.abs,
}
FACTORS = {
    "{}": lambda a: a,
    "1/{}": lambda a: 1 / a,
    "{}²": lambda a: a**2,
    "1/{}²": lambda a: 1 / a**2,
    "(1 - {})": lambda a: 1 - a,
    "(1 - {}²)": lambda a: 1 - a**2,
    "{name} (1 - {name})": lambda a: a * (1 - a),
}
ADDED = (1, -1, 2, -2, 0.5, -0.5)
CAUSES = {
    "nan": "A nan may come of inf - inf, inf / inf, 0 / 0, or a root or "
    "logarithm of a number below 0.",
    "inf": "An inf may come of a division by 0, a logarithm of 0, or a large "
    "power.",
}


def not_finite(s: Sight) -> str | None:
    """There is nan or inf where numbers belong."""
    firsts = []
    for c in s.seen:
        odd = ~np.isfinite(c.got) & ~_both_odd(c)
        if not odd.any():
            return None
        firsts.append((odd, np.argwhere(odd)[0], c))
    odd, at, c = firsts[0]
    kind = "nan" if np.isnan(c.got[tuple(at)]) else "inf"
    if all(odd.all() and odd.size > 1 for odd, _, _ in firsts):
        return f"{s.out} is {kind} everywhere. {CAUSES[kind]}"
    where = [int(k) for k in at]
    rest = [alike(c.got[~o], c.want[~o], s.tol) for o, _, c in firsts]
    more = (
        " The other entries are right." if all(rest) and c.got.size > 1 else ""
    )
    return f"{s.out}{where or ''} is {kind}.{more} {CAUSES[kind]}"


def _both_odd(c):
    """Return where nan or inf is what is wanted."""
    same = (c.got == c.want) | (np.isnan(c.got) & np.isnan(c.want))
    return same & ~np.isfinite(c.want)


def an_argument(s: Sight) -> str | None:
    """An argument came back as it was."""
    for name in s.seen[0].arrays:
        if s.all(lambda c, name=name: c.arrays.get(name)):
            return f"{s.out} is the argument {name}, unchanged."
        if s.all(lambda c, name=name: -c.arrays[name]):
            return f"{s.out} is minus the argument {name}, and nothing more."
    return None


def another_output(s: Sight) -> str | None:
    """It is what another output should be."""
    for name in s.seen[0].others:
        if s.all(lambda c, name=name: c.others.get(name)):
            return (
                f"{s.out} is what {name} should be: are they returned in "
                f"another order?"
            )
    return None


def one_value(s: Sight) -> str | None:
    """All entries are one number, and should not be."""
    whole = [c.got[np.isfinite(c.got)] for c in s.seen]
    if any(w.size < 2 or np.ptp(w) > 1e-12 for w in whole):
        return None
    values = {float(w[0]) for w in whole}
    if len(values) == 1 and values <= {0.0, 1.0, -1.0}:
        return f"{s.out} is {values.pop() + 0:g} everywhere."
    for how in ("mean", "sum", "max", "min"):
        if s.all(
            lambda c, how=how: c.want * 0 + getattr(np, f"nan{how}")(c.want)
        ):
            return f"{s.out} holds the {how} of the right answer everywhere."
    return f"{s.out} holds one number, again and again."


def rounded(s: Sight) -> str | None:
    """The right numbers were rounded, or cut."""
    if s.all(lambda c: np.trunc(c.want)) or s.all(lambda c: np.floor(c.want)):
        return (
            f"{s.out} is the right answer cut to whole numbers: was an array "
            f"of integers filled in?"
        )
    for k in range(7):
        if s.all(lambda c, k=k: np.round(c.want, k)):
            digits = f"{k} decimals" if k else "whole numbers"
            return f"{s.out} is rounded to {digits}: leave that out."
    return None


def sign(s: Sight) -> str | None:
    """The sign is turned round, or lost."""
    if s.all(lambda c: -c.want):
        return f"{s.out} is right up to its sign."
    if s.all(lambda c: np.abs(c.want)):
        return f"{s.out} has lost its signs: numbers below 0 came out above."
    return None


def factor(s: Sight) -> str | None:
    """One number times the right answer: which, or another in each case."""
    found = [ratio(c.got, c.want, s.tol) for c in s.seen]
    ratios = [r for r in found if r is not None]
    if len(ratios) < len(found):
        return None
    sizes = [
        0 if math.isnan(r) else int(np.count_nonzero(np.nan_to_num(c.want)))
        for r, c in zip(ratios, s.seen, strict=True)
    ]
    if sum(sizes) < 2 or all(abs(r - 1) < 1e-3 for r in ratios):
        return None  # that is nearly right
    text = law(ratios, [c.numbers for c in s.seen])
    if text and (max(sizes) > 1 or len(sizes) > 2 or _simple(text)):
        return f"{s.out} is right up to a factor: the right one times {text}."
    if max(sizes) > 2:
        return f"{s.out} is right up to a factor, another one in each case."
    return None


def _simple(text):
    """Whether a law is a constant that one would guess: 2, 1/3."""
    return text.lstrip("-").replace("1/", "").isdigit()


def added(s: Sight) -> str | None:
    """One number was added to all of it."""
    gaps = [c.got - c.want for c in s.seen]
    wide = 0
    values = []
    for gap, c in zip(gaps, s.seen, strict=True):
        flat = gap[np.isfinite(c.want)]
        top = np.abs(c.want[np.isfinite(c.want)]).max(initial=0.0)
        if not flat.size or not np.isfinite(flat).all():
            return None
        if np.ptp(flat) > 2 * s.tol * max(top, np.abs(flat).max()):
            return None
        values.append(float(flat.mean()))
        wide = max(wide, flat.size)
    if wide < 2 and len(values) < 3:
        return None
    text = law(values, [c.numbers for c in s.seen])
    if text and (len(values) > 1 or _simple(text)):
        return f"{s.out} is the right answer plus {text}."
    if wide < 2:
        return None
    return f"{s.out} is off by one number, the same in all its entries."


def plus_argument(s: Sight) -> str | None:
    """An argument is missing, or was added once more."""
    for name in s.seen[0].arrays | s.seen[0].others:
        found = [_gap_ratio(c, name, s.tol) for c in s.seen]
        ratios = [r for r in found if r is not None]
        if len(ratios) < len(found) or all(map(math.isnan, ratios)):
            continue
        text = law(ratios, [c.numbers for c in s.seen]).split(",")[0]
        if text:
            times = "" if text in ("1", "-1") else f"{text.lstrip('-')} times "
            less = text.startswith("-")
            return (
                f"{s.out} is the right answer "
                f"{'minus' if less else 'plus'} {times}{name}."
            )
    return None


def _gap_ratio(c, name, tol):
    """Return k when got = want + k times what has a name."""
    x = (c.arrays | c.others).get(name)
    if x is None or x.size < 2 or np.ptp(x) == 0:
        return None
    try:
        x = np.broadcast_to(x, c.want.shape)
    except ValueError:
        return None
    gap = c.got - c.want
    top = np.abs(c.want).max(initial=0.0)
    if not np.isfinite(gap).all() or np.abs(gap).max() <= 1e3 * tol * top:
        return None
    k = ratio(gap, x, tol)
    if k is None or not alike(c.got, c.want + k * x, tol):
        return None
    return k


def times_argument(s: Sight) -> str | None:
    """An argument came in as a factor, entry by entry."""
    for name in s.seen[0].arrays:
        for text, make in FACTORS.items():

            def product(c, name=name, make=make):
                x = c.arrays.get(name)
                if x is None or x.size < 2:
                    return None
                return c.want * np.broadcast_to(make(x), c.want.shape)

            if s.all(product):
                what = text.format(name, name=name)
                return (
                    f"{s.out} is multiplied, entry by entry, by {what}, "
                    f"which does not belong there."
                )
    return None


def function_of_right(s: Sight) -> str | None:
    """A simple function was applied to the right answer, or left out."""
    for text, f in FUNCTIONS.items():
        if s.all(lambda c, f=f: f(c.want)):
            return f"{s.out} is {text}."
    return None


def left_out(s: Sight) -> str | None:
    """A last function is missing."""
    for text, f in LAST.items():
        if s.all(lambda c, f=f: f(c.got), of="want"):
            return f"{s.out} is not yet the answer: {text} of it is right."
    return None


def clipped(s: Sight) -> str | None:
    """Right within bounds, and cut off at them."""
    for end, cut in (("above", np.maximum), ("below", np.minimum)):
        bounds = []
        for c in s.seen:
            if not c.got.size or not np.isfinite(c.got).all():
                return None
            bounds.append(float(cut.reduce(c.got, axis=None)))
        limit = max(bounds) if end == "above" else min(bounds)
        other = np.minimum if end == "above" else np.maximum
        hit = [int((np.abs(c.got - limit) < 1e-9).sum()) for c in s.seen]
        kept = sum(c.got.size for c in s.seen) - sum(hit)
        if kept < 2 or min(hit) < 1:
            continue
        if s.all(lambda c, o=other, k=limit: o(c.want, k)):
            return f"{s.out} is right, but nothing in it is {end} {limit:.4g}."
    return None


def affine(s: Sight) -> str | None:
    """A factor and an added number, the same in all cases."""
    got = np.concatenate([c.got.ravel() for c in s.seen])
    want = np.concatenate([c.want.ravel() for c in s.seen])
    good = np.isfinite(want)
    if not np.isfinite(got[good]).all() or np.unique(want[good]).size < 4:
        return None
    got, want = got[good], want[good]
    low, high = int(want.argmin()), int(want.argmax())
    k = float((got[high] - got[low]) / (want[high] - want[low]))
    more = float(got[low] - k * want[low])
    if not np.isfinite([k, more]).all() or abs(k) < 1e-9 or close(more, 0):
        return None
    if s.all(lambda c: k * c.want + more):
        way = "plus" if more > 0 else "minus"
        return (
            f"{s.out} is {plain(k)} times the right answer, {way} "
            f"{plain(abs(more))}."
        )
    return None


def running(s: Sight) -> str | None:
    """Sums up to each entry, or differences, where the entries belong."""
    for axis, kind in ((0, "down"), (-1, "along")):
        if s.all(lambda c, axis=axis: np.cumsum(c.want, axis=axis)):
            return f"{s.out} has running sums {kind} the right answer."
    return None


def nearly(s: Sight) -> str | None:
    """Nearly right: a number too small or too rough came in."""
    off = []
    for c in s.seen:
        good = np.isfinite(c.want)
        top = np.abs(c.want[good]).max(initial=0.0)
        if not np.isfinite(c.got[good]).all() or not top:
            return None
        off.append(float(np.abs(c.got - c.want)[good].max() / top))
    if max(off) > 5e-3:
        return None
    return (
        f"{s.out} is nearly right, but off by {max(off):.1g} of its largest "
        f"number where {s.tol:.0e} is allowed: is something rounded, or a "
        f"small number added?"
    )


BY_NUMBERS = (
    not_finite,
    an_argument,
    another_output,
    rounded,
    sign,
    factor,
    one_value,
    added,
    plus_argument,
    times_argument,
    function_of_right,
    left_out,
    clipped,
    affine,
    running,
)
