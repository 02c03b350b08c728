"""Data, generated or shipped: X is (n[0], m), one sample a column."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from mininn.checks import (
    NOT_NEGATIVE,
    SHARE,
    ShapeError,
    as_count,
    as_float,
    as_generator,
    as_real,
    check_finite,
    expect,
)

Data = tuple[np.ndarray, np.ndarray]
DIGITS = Path(__file__).with_name("digits.npz")


def circles(
    m: int, *, rng: Any, factor: float = 0.3, noise: float = 0.1
) -> Data:
    """Draw two rings, the outer one of class 0, the inner one of class 1.

    Parameters
    ----------
    m : int
        Samples, 2 or more; half of them (rounded down) on the outer ring.
    rng : numpy.random.Generator or int
        The source of randomness; a seed is turned into a generator.
    factor : float
        Radius of the inner ring, between 0 and 1; the outer one has 1.
    noise : float
        Standard deviation of what is added to each coordinate, 0 or more.

    Returns
    -------
    X : (2, m) array
    Y : (1, m) array of 0. and 1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> X, Y = circles(6, rng=0)
    >>> X.shape, Y.shape, Y.sum()
    ((2, 6), (1, 6), np.float64(3.0))
    """
    rng, noise = _asked("circles", m, rng, noise)
    factor = as_real("circles", "factor", factor, *SHARE)
    rings = []
    for radius, k in ((1, m // 2), (factor, m - m // 2)):
        angle = 2 * np.pi * np.arange(k) / k
        rings.append(radius * np.array([np.cos(angle), np.sin(angle)]))
    return _mixed(rings, noise, rng)


def moons(m: int, *, rng: Any, noise: float = 0.1) -> Data:
    """Draw two half circles that reach into each other, class 0 and 1.

    Arguments, returns and errors as for ``circles``.

    >>> [A.shape for A in moons(5, rng=0)]
    [(2, 5), (1, 5)]
    """
    rng, noise = _asked("moons", m, rng, noise)
    upper = np.pi * np.linspace(0, 1, m // 2)
    lower = np.pi * np.linspace(0, 1, m - m // 2)
    arcs = [
        np.array([np.cos(upper) - 0.5, np.sin(upper) - 0.25]),
        np.array([0.5 - np.cos(lower), 0.25 - np.sin(lower)]),
    ]
    return _mixed(arcs, noise, rng)


def xor(m: int, *, rng: Any, noise: float = 0.0) -> Data:
    """Draw points of [-1, 1]²; class 1 where x1 and x2 differ in sign.

    Arguments, returns and errors as for ``circles``. The classes are drawn
    too, so their numbers differ from each other by chance.

    >>> X, Y = xor(5, rng=0)
    >>> bool(((X[0] * X[1] < 0) == Y[0]).all())
    True
    """
    rng, noise = _asked("xor", m, rng, noise)
    X = rng.uniform(-1, 1, (2, m))
    Y = (X[:1] * X[1:] < 0).astype(float)
    return X + noise * rng.standard_normal((2, m)), Y


def spirals(
    m: int, *, rng: Any, noise: float = 0.05, turns: float = 1.0
) -> Data:
    """Draw two arms that wind around each other, class 0 and 1.

    ``turns``, a positive number, says how far round each arm goes; the rest
    as for ``circles``.

    >>> [A.shape for A in spirals(5, rng=0)]
    [(2, 5), (1, 5)]
    """
    rng, noise = _asked("spirals", m, rng, noise)
    turns = as_real("spirals", "turns", turns)
    arms = []
    for sign, k in ((1, m // 2), (-1, m - m // 2)):
        r = np.linspace(0.1, 1, k)
        angle = 2 * np.pi * turns * r
        arms.append(sign * r * np.array([np.cos(angle), np.sin(angle)]))
    return _mixed(arms, noise, rng)


def _asked(where, m, rng, noise):
    as_count(where, "m", m, least=2)
    rng = as_generator(where, rng)
    return rng, as_real(where, "noise", noise, *NOT_NEGATIVE)


def _mixed(classes, noise, rng):
    """Return the columns of class 0 and class 1, noisy and shuffled."""
    X, m = np.hstack(classes), sum(c.shape[1] for c in classes)
    X = X + noise * rng.standard_normal((2, m))
    Y = (np.arange(m) >= classes[0].shape[1]).astype(float)[np.newaxis]
    order = rng.permutation(m)
    return X[:, order], Y[:, order]


def digits() -> Data:
    """Return 1797 handwritten digits of 8 by 8 pixels, and their classes.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten
    Digits, UCI Machine Learning Repository (1998), the test part; licence
    CC BY 4.0. Shipped in the package; nothing is downloaded.

    Returns
    -------
    X : (64, 1797) array
        Pixels row by row, 0 (white) to 1 (black) in steps of 1/16.
    Y : (10, 1797) array
        One-hot: row k for the digit k.

    Raises
    ------
    OSError
        When the file of the digits was changed, or is gone.

    Examples
    --------
    >>> X, Y = digits()
    >>> X.shape, Y.sum(axis=1).astype(int).tolist()
    ((64, 1797), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    """
    from pkgutil import get_data

    try:
        data = get_data("mininn", DIGITS.name)  # from a zip too
        with np.load(BytesIO(data or b""), allow_pickle=False) as stored:
            return stored["images"] / 16, one_hot(stored["labels"], 10)
    except Exception:  # whatever zipfile makes of another file
        raise OSError(
            f"digits: {DIGITS} is not the file that mininn came with. "
            f"Install mininn again."
        ) from None


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Subtracts a mean and divides by a standard deviation, both (n, 1)."""

    mean: np.ndarray
    std: np.ndarray

    @np.errstate(under="ignore")
    def __call__(self, X: Any) -> np.ndarray:
        """Return (X - mean) / std, (n, m), for the X of any samples."""
        n = len(self.mean)
        X = expect("standardise", "X", X, "(n[0], m)", (n, None))
        return ((X - self.mean) / self.std).astype(X.dtype, copy=False)


def standardise(X: Any) -> Standardiser:
    """Return the function that gives each feature mean 0 and deviation 1.

    It keeps ``mean`` and ``std`` of these samples, and applies them to any
    others (eq-tuning-standardise). Take them from the training data, and
    apply them to training, held-out and test data alike. A feature that is
    constant tells nothing: it becomes 0, and what differs from it later keeps
    its difference.

    Parameters
    ----------
    X : (n[0], m) array
        One sample a column. Not modified.

    Returns
    -------
    callable
        Maps (n[0], k) to (n[0], k); ``mean`` and ``std``, each (n[0], 1) and
        read-only, are what it uses. ``std`` is 1 for a constant feature.

    Raises
    ------
    ShapeError, ValueError, TypeError
        Also by the function, when it is given another number of features.

    Examples
    --------
    >>> scale = standardise([[1.0, 3.0], [5.0, 5.0]])
    >>> scale([[1.0, 3.0, 7.0], [5.0, 5.0, 6.0]])
    array([[-1.,  1.,  5.],
           [ 0.,  0.,  1.]])
    """
    X = expect("standardise", "X", X, "(n[0], m)", (None, None))
    constant = (X == X[:, :1]).all(axis=1, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        mean = np.where(constant, X[:, :1], X.mean(1, float, keepdims=True))
        std = np.where(constant, 1, X.std(1, float, keepdims=True))
    check_finite("standardise", "std", std)
    std = np.where(std == 0, 1, std)  # below all floats
    mean.flags.writeable = std.flags.writeable = False
    return Standardiser(mean, std)


def one_hot(ids: Any, classes: int) -> np.ndarray:
    """Return (classes, m): column i is 1 in row ids[i], 0 elsewhere.

    Parameters
    ----------
    ids : (m,) or (1, m) array of whole numbers 0..classes - 1
    classes : int

    Raises
    ------
    ShapeError, ValueError, TypeError
        When ids are no row of numbers, or one of them is no class.

    Examples
    --------
    >>> one_hot([2, 0], 3)
    array([[0., 1.],
           [0., 0.],
           [1., 0.]])
    """
    classes = as_count("one_hot", "classes", classes)
    row = as_float("one_hot", "ids", ids)
    if row.size == 0 or row.shape not in ((row.size,), (1, row.size)):
        flat = row.size and row.shape in ((), (row.size, 1))
        more = " A row of them is np.ravel(ids)." if flat else ""
        raise ShapeError(
            f"one_hot: ids must be (m,) or (1, m), got {row.shape}.{more}"
        )
    row = row.reshape(-1)
    wrong = [i for i in row.tolist() if i not in range(classes)]
    if wrong:
        more = " Classes are counted from 0." if classes in wrong else ""
        raise ValueError(
            f"one_hot: ids must be whole numbers 0..{classes - 1}, "
            f"got {wrong[0]:g}.{more}"
        )
    return (np.arange(classes)[:, np.newaxis] == row).astype(float)


def split(
    X: Any, Y: Any, *, held_out: float = 0.1, rng: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shuffle the samples and hold a share of them out.

    Parameters
    ----------
    X, Y : (n[0], m) and (n[L], m) arrays
    held_out : float
        The share, between 0 and 1; at least one sample goes to each side.
    rng : numpy.random.Generator or int

    Returns
    -------
    X, Y, X_held_out, Y_held_out : arrays
        Every sample is in one of the two parts, once.

    Raises
    ------
    ShapeError, ValueError
        When X and Y differ in m, m is 1, or held_out is no such share.

    Examples
    --------
    >>> [A.shape for A in split(*circles(50, rng=0), rng=0)]
    [(2, 45), (1, 45), (2, 5), (1, 5)]
    """
    X, Y = paired("split", X, Y)
    m, rng = X.shape[1], as_generator("split", rng)
    held_out = as_real("split", "held_out", held_out, *SHARE)
    if m < 2:
        raise ShapeError("split: one sample cannot be split; got m = 1.")
    k = min(max(round(held_out * m), 1), m - 1)
    order = rng.permutation(m)
    kept, held = order[k:], order[:k]
    return X[:, kept], Y[:, kept], X[:, held], Y[:, held]


def batches(m: int, batch_size: int, rng: Any) -> Iterator[np.ndarray]:
    """Yield the column numbers of each batch of one shuffled epoch.

    Every column comes once. The last batch may be smaller.

    >>> [len(columns) for columns in batches(148, 64, rng=0)]
    [64, 64, 20]
    """
    order = as_generator("batches", rng).permutation(m)
    for first in range(0, m, batch_size):
        yield order[first : first + batch_size]


def minibatches(
    X: Any, Y: Any, batch_size: int, *, rng: Any
) -> Iterator[Data]:
    """Yield X and Y in shuffled batches of columns; the last may be smaller.

    Raises ValueError or ShapeError, at the call, when X and Y differ in m,
    or batch_size is not in 1..m.

    >>> X, Y = circles(10, rng=0)
    >>> [x.shape for x, y in minibatches(X, Y, 4, rng=0)]
    [(2, 4), (2, 4), (2, 2)]
    """
    X, Y = paired("minibatches", X, Y)
    m, rng = X.shape[1], as_generator("minibatches", rng)
    if as_count("minibatches", "batch_size", batch_size) > m:
        raise ValueError(
            f"minibatches: batch_size must be at most m = {m}, the number "
            f"of samples, got {batch_size}."
        )
    return ((X[:, i], Y[:, i]) for i in batches(m, batch_size, rng))


def paired(where: str, X: Any, Y: Any) -> Data:
    """Return X and Y as float arrays with one sample a column in both."""
    x = expect(where, "X", X, "(n[0], m)", (None, None))
    y = as_float(where, "Y", Y)
    m, rows = x.shape[1], len(x)
    if m not in y.shape and rows > 1 and rows in y.shape:
        expect(where, "X", X, "(n[0], m)", (None, rows))  # it is X that lies
    return x, expect(where, "Y", Y, "(n[L], m)", (None, m))
