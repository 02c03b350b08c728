"""Checks at the door of a call: what is not as it must be is told in words."""

import numbers
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

NOT_NEGATIVE = ("0 or more", lambda x: 0 <= x < np.inf)
SHARE = ("a number between 0 and 1", lambda x: 0 < x < 1)
FLOATS = {np.dtype(np.float64), np.dtype(np.float32)}


class ShapeError(ValueError):
    """An array has not the shape that the book's table gives it."""


class NotFiniteError(ValueError):
    """An array holds nan or infinity."""


DOORS = ("forward", "backward", "descend", "predict", "step", "Network")


@contextmanager
def called(where: str) -> Iterator[None]:
    """Name in a message the function that was called, not one that it uses.

    >>> with called("train"):
    ...     raise ValueError("descend: Y must be (n[L], m).")
    Traceback (most recent call last):
    ValueError: train: Y must be (n[L], m).
    """
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as e:
        door, colon, text = str(e).partition(": ")
        if colon and door in DOORS:
            e.args = (f"{where}: {text}",)
        elif str(e).startswith("descend()"):  # Python's, of a wrong keyword
            e.args = (str(e).replace("descend", where, 1),)
        raise


def kind(cls: type) -> str:
    """Return the full name of a class.

    A module that is loaded again makes its classes anew: they are other
    objects, and have the same names.
    """
    return f"{cls.__module__}.{cls.__qualname__}"


def is_a(x: Any, cls: type) -> bool:
    """Whether ``x`` is of this class, however often its module was loaded."""
    return isinstance(x, cls) or kind(cls) in map(kind, type(x).__mro__)


def frozen(x: np.ndarray) -> np.ndarray:
    """Return ``x``, or a copy of it, that nobody else can write to."""
    if x.flags.writeable or x.base is not None:
        x = x.copy(order="K")
        x.setflags(write=False)
    return x


def as_float(where: str, name: str, x: Any) -> np.ndarray:
    """Return ``x`` as a float array; float32 and float64 come back as given.

    Lists, integers, booleans, float16 and data frames become float64.
    Raises TypeError or ValueError, in words, for anything that is not real
    numbers in a rectangle.
    """
    if type(x) is np.ndarray and x.dtype in FLOATS:
        return x
    if isinstance(x, np.matrix):
        raise TypeError(
            f"{where}: {name} is an np.matrix, whose * is a "
            f"matrix product. Use np.asarray({name})."
        )
    if isinstance(x, np.ma.MaskedArray) and np.ma.getmaskarray(x).any():
        raise ValueError(
            f"{where}: {name} is masked, and a network would "
            f"see through the mask. Fill or drop those entries."
        )
    if hasattr(x, "toarray"):
        raise TypeError(f"{where}: {name} is sparse. Use {name}.toarray().")
    if x is None:
        raise TypeError(f"{where}: {name} must be an array, got None.")
    try:
        array = np.asarray(x)
    except ValueError:
        raise ShapeError(
            f"{where}: {name} must be a rectangle, but not "
            f"every row has the same length."
        ) from None
    kind = array.dtype.kind
    if kind in "USTO":
        words = [v for v in array.ravel().tolist() if type(v) in (str, bytes)]
        if words:
            raise TypeError(
                f"{where}: {name} must be numeric, got strings such as "
                f"{words[0]!r}.{_numbers(name, array)}"
            )
    if kind == "c":
        raise TypeError(f"{where}: {name} must be real, got complex numbers.")
    if kind == "O":
        for value in array.flat:
            if not isinstance(value, numbers.Real | np.bool_):
                raise TypeError(
                    f"{where}: {name} must be numeric, but holds "
                    f"a {type(value).__name__}: {value!r}."
                )
    elif kind not in "biuf":
        raise TypeError(
            f"{where}: {name} must be numeric, got dtype {array.dtype}."
        )
    try:
        return array.astype(np.float32 if array.dtype == np.float32 else float)
    except OverflowError:
        raise ValueError(
            f"{where}: {name} holds a whole number beyond 1.8e308, which no "
            f"float is. Divide it by a power of ten."
        ) from None


def _numbers(name, array):
    """How strings become numbers."""
    try:
        array.astype(float)
    except (ValueError, TypeError):
        if name in ("Y", "ids"):
            return (
                f" Class names become class numbers by "
                f"np.unique({name}, return_inverse=True)[1]."
            )
        return " That is no number: leave it out, or put numbers for it."
    return f" Convert first: np.asarray({name}, dtype=float)."


def as_callable(where: str, name: str, f: Any, wanted: str) -> None:
    """Raise TypeError when ``f`` is no function, such as ``wanted``.

    >>> as_callable("sweep", "run", 5, "run(lr)")
    Traceback (most recent call last):
        ...
    TypeError: sweep: run must be a function run(lr), got a int.
    """
    if not callable(f):
        raise TypeError(
            f"{where}: {name} must be a function {wanted}, got a "
            f"{type(f).__name__}."
        )


def check_finite(where: str, name: str, x: np.ndarray) -> np.ndarray:
    """Return ``x``; raise NotFiniteError naming the first nan or inf."""
    if not np.isfinite(x).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        entry = f"{name}{list(at)}" if at else "it"
        raise NotFiniteError(
            f"{where}: {name} must be finite, but {entry} is {x[at]}. Find "
            f"where it came from, or leave that sample out."
        )
    return x


def expect(
    where: str,
    name: str,
    x: Any,
    symbols: str,
    shape: tuple[int | None, ...],
    dtype: Any = None,
) -> np.ndarray:
    """Return ``x`` as a finite float array of this shape, or say what is off.

    Parameters
    ----------
    where, name : str
        The function that asks, and its argument: both open the message.
    x : array
        Not modified.
    symbols : str
        The shape in the book's symbols, such as ``"(n[0], m)"``.
    shape : tuple
        The shape in numbers; ``None`` admits any length of one or more.
    dtype : float64 or float32, optional
        What to return; else what ``x`` is.

    Raises
    ------
    ShapeError
        When the shape is another one, or the array is empty.
    TypeError, ValueError
        When the entries are not finite real numbers.

    Examples
    --------
    >>> expect("forward", "X", [[1, 2, 3]], "(n[0], m)", (1, None))
    array([[1., 2., 3.]])
    """
    array = as_float(where, name, x)
    got = array.shape
    if not _fits(got, shape):
        letters = symbols.strip("()").split(", ")
        want = ", ".join(
            s if k is None else str(k)
            for s, k in zip(letters, shape, strict=True)
        )
        equals = "" if f"({want})" == symbols else f" = ({want})"
        raise ShapeError(
            f"{where}: {name} must be {symbols}{equals}, "
            f"got {got}.{_advice(name, x, got, shape)}"
        )
    check_finite(where, name, array)
    if dtype is None or dtype == array.dtype:
        return array
    with np.errstate(over="ignore"):
        return check_finite(
            where, f"{name}.astype({dtype})", array.astype(dtype)
        )


def _fits(got, shape):
    """Whether a shape is the one wanted; None is any length but 0."""
    for g, s in zip(got, shape, strict=False):
        if g != s and (s is not None or g == 0):
            return False
    return len(got) == len(shape)


def _advice(name, x, got, shape):
    """What to do about a shape that does not fit, where we can tell."""
    given = isinstance(x, np.ndarray)  # else there may be no x.T, no reshape
    T = f"{name}.T" if given or hasattr(x, "T") else f"np.transpose({name})"
    row, column = (
        f"{name}.reshape{k}" if given else f"np.reshape({name}, {k})"
        for k in ((1, -1), (-1, 1))
    )
    if len(got) == 2 and 0 in got and "[" in name:
        return " A layer has at least one unit, and at least one input."
    if len(got) == 2 and got[0] == 0:
        return " It has 0 features: a sample needs at least one row."
    if len(got) == 2 and got[1] == 0:
        return " The batch is empty: its mean needs at least one column."
    if len(got) == 2 and _fits(got[::-1], shape) and "[" in name:
        return f" Its transpose, {T}, has the right shape."
    if len(got) == 2 and _fits(got[::-1], shape):
        return (
            f" Examples are columns: did you mean {T}? "
            "The transpose has the right shape."
        )
    if len(got) == 1 and shape[1] == 1:
        return f" A column is (n, 1): {column}."
    if (
        name == "Y"
        and (shape[0] or 1) > 1
        and got in (shape[1:], (1, *shape[1:]))
    ):
        return f" Class numbers become columns by one_hot(Y, {shape[0]})."
    if len(got) == 1 and (shape[0] == 1 or got == shape[1:]):
        kind = "row of labels" if name == "Y" else "row"
        return f" A single {kind} is {row}."
    if len(got) == 1 and "[" not in name and _fits((got[0], 1), shape):
        return f" A single sample is a column: {column}."
    return ""


def as_generator(where: str, rng: Any) -> "np.random.Generator":
    """Return a generator from a seed or a generator; None is refused.

    So is True, which NumPy would take for the seed 1.
    """
    try:
        if rng is not None and not isinstance(rng, bool):
            return np.random.default_rng(rng)
    except (TypeError, ValueError):
        pass
    raise ValueError(
        f"{where}: rng must be a seed such as rng=0, or a "
        f"numpy.random.Generator, got {rng!r}."
    )


def as_real(
    where: str,
    name: str,
    x: Any,
    wanted: str = "a positive number",
    fits: Callable[[float], bool] = lambda x: 0 < x < np.inf,
) -> float:
    """Return ``x`` as a float; raise ValueError unless it fits."""
    try:
        number = isinstance(x, numbers.Real) and not isinstance(x, bool)
        if number and fits(float(x)):
            return float(x)
    except OverflowError:
        pass
    raise ValueError(f"{where}: {name} must be {wanted}, got {x!r}.")


def as_count(where: str, name: str, x: Any, least: int = 1) -> int:
    """Return ``x`` as an int; raise ValueError unless it is one >= least."""
    wanted = "a positive int" if least == 1 else f"an int of {least} or more"
    try:
        number = operator.index(x)
    except TypeError:
        number = least - 1
    if number < least or isinstance(x, bool):
        raise ValueError(f"{where}: {name} must be {wanted}, got {x!r}.")
    return number


def as_sizes(where: str, n: Sequence[int]) -> tuple[int, ...]:
    """Return the layer sizes n[0], ..., n[L] as a tuple of positive ints."""
    if isinstance(n, str | bytes) or not hasattr(n, "__iter__"):
        raise TypeError(
            f"{where}: n must be a list of layer sizes such as "
            f"[2, 3, 1], got {n!r}."
        )
    n = tuple(n)
    if len(n) < 2:
        raise ValueError(
            f"{where}: n must hold at least two sizes, inputs "
            f"and outputs, got {list(n)}."
        )
    return tuple(as_count(where, f"n[{l}]", size) for l, size in enumerate(n))
