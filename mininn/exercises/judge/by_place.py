"""Descriptions by place: where the right numbers stand."""

import numpy as np

from mininn.exercises.judge.sight import Sight, alike

AXES = {0: "row", 1: "column"}


def _plane(s: Sight) -> bool:
    """Whether all are matrices of the right shape."""
    return s.same_shape and all(c.got.ndim == 2 for c in s.seen)


def turned(s: Sight) -> str | None:
    """A square matrix is transposed."""
    if _plane(s) and s.all(lambda c: c.want.T):
        return f"{s.out} is the right answer turned round (transposed)."
    return None


def reordered(s: Sight) -> str | None:
    """The right rows or columns, in another order."""
    if not _plane(s):
        return None
    for axis, kind in AXES.items():
        if not any(c.want.shape[axis] > 1 for c in s.seen):
            continue
        if s.all(lambda c, a=axis: np.flip(c.want, a)):
            return f"{s.out} has the right {kind}s from last to first."
        for k in (1, -1):
            if s.all(lambda c, a=axis, k=k: np.roll(c.want, k, a)):
                return f"{s.out} has the right {kind}s, all moved by one."
        if all(_shuffled(c.got, c.want, axis, s.tol) for c in s.seen):
            return f"{s.out} has the right {kind}s in another order."
    return None


def _shuffled(got, want, axis, tol):
    """Whether the rows or columns of one array are those of another."""
    a, b = np.moveaxis(got, axis, 0), np.moveaxis(want, axis, 0)
    left = list(range(len(b)))
    for x in a:
        top = np.abs(b[np.isfinite(b)]).max(initial=0.0)
        here = [k for k in left if _near(x, b[k], tol * top + 1e-12)]
        if not here:
            return False
        left.remove(here[0])
    return True


def _near(a, b, gap):
    """Whether two rows differ by no more than a gap."""
    with np.errstate(all="ignore"):
        return bool((np.abs(a - b) <= gap).all())


def same_numbers(s: Sight) -> str | None:
    """All the right numbers, at other places."""
    if not s.same_shape or any(c.got.size < 2 for c in s.seen):
        return None

    def ordered(x):
        return np.sort(x, axis=None)

    if all(alike(ordered(c.got), ordered(c.want), s.tol) for c in s.seen):
        return f"{s.out} has the right numbers, at other places."
    return None


def one_repeated(s: Sight) -> str | None:
    """One row or column stands for all."""
    if not _plane(s):
        return None
    for axis, kind in AXES.items():
        wide = [c.want.shape[axis] > 1 for c in s.seen]
        flat = [
            alike(c.got, np.take(c.got, [0], axis) + 0 * c.got, s.tol)
            for c in s.seen
        ]
        if not all(wide) or not all(flat):
            continue
        for at, name in ((0, "first"), (-1, "last")):
            if s.all(
                lambda c, a=axis, i=at: np.take(c.want, [i], a) + 0 * c.want
            ):
                return f"{s.out} has the {name} {kind} in the place of all."
        for how in ("mean", "sum"):
            if s.all(
                lambda c, a=axis, h=how: (
                    getattr(c.want, h)(axis=a, keepdims=True) + 0 * c.want
                )
            ):
                return f"{s.out} has the {how} of the {kind}s in each {kind}."
        return f"all {kind}s of {s.out} are alike, and should not be."
    return None


def own_factors(s: Sight) -> str | None:
    """Each row or column has a factor, or an added number, of its own."""
    if not _plane(s):
        return None
    for axis, kind in AXES.items():
        other = 1 - axis
        if not any(min(c.want.shape) > 1 for c in s.seen):
            return None

        def scaled(c, other=other):
            norm = (c.want**2).sum(axis=other, keepdims=True)
            k = (c.got * c.want).sum(axis=other, keepdims=True) / norm
            return k * c.want

        def moved(c, other=other):
            gap = (c.got - c.want).mean(axis=other, keepdims=True)
            return c.want + gap

        if s.all(scaled):
            return (
                f"each {kind} of {s.out} is right up to a factor of its own."
            )
        if s.all(moved):
            return f"each {kind} of {s.out} is off by a number of its own."
    return None


def _right(c, tol):
    """Return where entries are right."""
    top = np.abs(c.want[np.isfinite(c.want)]).max(initial=0.0)
    with np.errstate(all="ignore"):
        near = np.abs(c.got - c.want) <= tol * top + 1e-12
    return near | (np.isnan(c.got) & np.isnan(c.want))


def _corner(shape):
    mask = np.zeros(shape, bool)
    mask[(0,) * len(shape)] = True
    return mask


def _lines(axis, at):
    """Return a mask: True on one row or column."""

    def mask(c):
        found = np.zeros(c.want.shape, bool)
        found[(slice(None),) * axis + (at,)] = True
        return found

    return mask


def _signs(name, rule):
    """Return a mask: True where an array of the case is above 0, or 0."""

    def mask(c):
        x = c.want if name is None else c.arrays.get(name)
        if x is None:
            return np.zeros(c.want.shape, bool)
        try:
            return np.broadcast_to(rule(x), c.want.shape)
        except ValueError:
            return np.zeros(c.want.shape, bool)

    return mask


def _places(s):
    """Yield (words, mask of a case) for places that have a name."""
    yield "in the first entry", lambda c: _corner(c.want.shape)
    if _plane(s):
        for axis, kind in AXES.items():
            yield f"in the first {kind}", _lines(axis, 0)
            yield f"in the last {kind}", _lines(axis, -1)
        yield "on the diagonal", lambda c: np.eye(*c.want.shape) > 0
        for axis, kind in AXES.items():
            most = min(c.want.shape[axis] for c in s.seen)
            for k in range(1, most):
                yield f"in {kind} {k}", _lines(axis, k)
    for name in (None, *s.seen[0].arrays):
        said = name or "the right answer"
        yield f"where {said} is above 0", _signs(name, lambda x: x > 0)
        yield f"where {said} is 1 or more", _signs(name, lambda x: x >= 1)
        yield f"where {said} is 0", _signs(name, lambda x: x == 0)


def place(s: Sight) -> tuple[str, list[np.ndarray]] | None:
    """Return where it is right, in words, and where it is wrong, by case.

    The words end a sentence: "only in row 2". One right entry is no place:
    it may be right by chance.
    """
    if not s.same_shape:
        return None
    right = [_right(c, s.tol) for c in s.seen]
    if not any(r.any() for r in right) or sum(r.size for r in right) < 4:
        return None
    for words, mask in _places(s):
        masks = [mask(c) for c in s.seen]
        if not any(m.any() and not m.all() for m in masks):
            continue
        pairs = list(zip(right, masks, strict=True))
        many = sum(m.sum() for m in masks)
        if many > 1 and all((r == m).all() for r, m in pairs):
            return f"only {words}", [~r for r in right]
        if all((r == ~m).all() for r, m in pairs):
            return f"except {words}", [~r for r in right]
    return None


def whole_lines(s: Sight) -> str | None:
    """Some rows or columns are right, the others are not: say which."""
    if not _plane(s) or len(s.seen) > 1 or 1 in s.seen[0].want.shape:
        return None
    right = _right(s.seen[0], s.tol)
    for axis, kind in AXES.items():
        lines = right.all(axis=1 - axis)
        if lines.any() and not lines.all() and len(lines) > 2:
            good = ", ".join(map(str, np.flatnonzero(lines)))
            return f"{s.out} is right in {kind} {good}, counted from 0, only."
    return None


def share_right(s: Sight) -> str | None:
    """How many entries are right, when more than a quarter are."""
    right = [_right(c, s.tol) & np.isfinite(c.want) for c in s.seen]
    of = [int(np.isfinite(c.want).sum()) for c in s.seen]
    many = sum(int(r.sum()) for r in right)
    if sum(of) < 4 or many < sum(of) / 4:
        return None
    return f"{many} of the {sum(of)} entries of {s.out} are right."


def sums(s: Sight) -> str | None:
    """Columns should sum to 1, and do not."""
    if not _plane(s):
        return None
    for axis, kind in ((0, "column"), (1, "row")):
        wanted = [
            alike(c.want.sum(axis), np.ones(c.want.shape[1 - axis]), 1e-6)
            for c in s.seen
        ]
        came = [
            alike(c.got.sum(axis), np.ones(c.want.shape[1 - axis]), 1e-6)
            for c in s.seen
        ]
        if all(wanted) and not any(came):
            return f"the {kind}s of {s.out} do not sum to 1."
    return None


BY_PLACE = (turned, reordered, one_repeated, same_numbers)
