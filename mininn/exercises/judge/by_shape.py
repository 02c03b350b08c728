"""Descriptions of an output that has not the right shape."""

import numpy as np

from mininn.exercises.judge.sight import Sight

AXES = {0: "rows", 1: "columns"}


def _shapes(s: Sight) -> str:
    """Return "shape (2,), expected (1, 2)" of the first case."""
    case = s.seen[0]
    return f"shape {case.got.shape}, expected {case.want.shape}"


def one_for_all(s: Sight) -> str | None:
    """One array where there should be one for each layer, or batch."""
    if any(c.want.ndim != 3 or c.got.ndim > 2 for c in s.seen):
        return None
    case = s.seen[0]
    there = [k for k, x in enumerate(case.want) if not np.isnan(x).all()]
    wanted = ", ".join(f"{s.out}[{k}]" for k in there)
    return f"{s.out} is one array {case.got.shape}, where {wanted} belong."


def transposed(s: Sight) -> str | None:
    """Rows and columns have changed places."""
    if s.all(lambda c: c.want.T):
        return f"{s.out} is the right answer turned round: {_shapes(s)}."
    return None


def another_form(s: Sight) -> str | None:
    """The right numbers in their order, in another shape."""
    if not s.all(lambda c: c.want.reshape(c.got.shape)):
        return None
    lost = all(c.got.ndim < c.want.ndim for c in s.seen)
    more = " An axis is lost: keep it." if lost else ""
    return f"{s.out} has the right numbers, but {_shapes(s)}.{more}"


def not_summed(s: Sight) -> str | None:
    """A sum or a mean over one axis would make it right."""
    for axis, kind in AXES.items():
        for how in ("sum", "mean"):

            def done(c, axis=axis, how=how):
                return getattr(c.got, how)(axis=axis, keepdims=True)

            if s.all(done, of="want"):
                return (
                    f"{s.out} is not yet one number for all {kind}: "
                    f"{_shapes(s)}. The {how} of its {kind} is right."
                )
    return None


def repeated(s: Sight) -> str | None:
    """The right answer, spread over a larger array."""
    if s.all(lambda c: np.broadcast_to(c.want, c.got.shape)):
        return f"{s.out} is right and repeated: {_shapes(s)}."
    return None


def one_number(s: Sight) -> str | None:
    """The sum, or the mean, of all that should be there."""
    if any(c.got.size != 1 for c in s.seen):
        return None
    for how in ("sum", "mean", "max", "min"):

        def whole(c, how=how):
            return getattr(c.want, how)().reshape(c.got.shape)

        if s.all(whole):
            return (
                f"{s.out} is one number, the {how} of the right ones: "
                f"{_shapes(s)}."
            )
    return None


def summed_along(s: Sight) -> str | None:
    """A sum or a mean, where all rows or columns should be there."""
    for axis, kind in AXES.items():
        for how in ("sum", "mean"):

            def less(c, axis=axis, how=how):
                done = getattr(c.want, how)(axis=axis)
                return done.reshape(c.got.shape)

            if s.all(less):
                return (
                    f"{s.out} is the {how} of the right {kind}: {_shapes(s)}."
                )
    return None


def too_few(s: Sight) -> str | None:
    """The first or last rows or columns are missing."""
    for end in ("first", "last"):

        def cut(c, end=end):
            if c.got.ndim != c.want.ndim:
                return None
            pairs = zip(c.got.shape, c.want.shape, strict=True)
            spans = [
                slice(k) if end == "first" else slice(n - k, n)
                for k, n in pairs
            ]
            return c.want[tuple(spans)]

        if s.all(cut):
            return (
                f"{s.out} holds the {end} of the right numbers, and not all: "
                f"{_shapes(s)}."
            )
    return None


def too_many(s: Sight) -> str | None:
    """The right answer, and rows or columns more."""

    def cut(c):
        if c.got.ndim != c.want.ndim:
            return None
        return c.got[tuple(slice(n) for n in c.want.shape)]

    if s.all(cut, of="want"):
        return f"{s.out} begins right, and goes on too long: {_shapes(s)}."
    return None


def shape_of_another(s: Sight) -> str | None:
    """The shape is that of an argument, or of another output."""
    for name in s.seen[0].arrays | s.seen[0].others:
        named = [(c.arrays | c.others).get(name) for c in s.seen]
        if all(
            x is not None and x.ndim and x.shape == c.got.shape
            for x, c in zip(named, s.seen, strict=True)
        ):
            return f"{s.out} has the shape of {name}: {_shapes(s)}."
    return None


def wrong_shape(s: Sight) -> str | None:
    """Nothing more is known of the shape."""
    turned = all(c.got.shape == c.want.shape[::-1] for c in s.seen)
    return f"{s.out} has {_shapes(s)}." + " It is turned round." * turned


BY_SHAPE = (
    one_for_all,
    transposed,
    another_form,
    repeated,
    not_summed,
    one_number,
    summed_along,
    too_few,
    too_many,
    shape_of_another,
    wrong_shape,
)
