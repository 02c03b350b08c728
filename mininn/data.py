"""Data, generated: X is (n[0], m), one sample a column."""

from typing import Any

import numpy as np

from mininn.shapes import count, generator


def circles(
    m: int, *, rng: Any, factor: float = 0.3, noise: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
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
    count("circles", "m", m, least=2)
    if not 0 < factor < 1:
        raise ValueError(
            f"circles: factor must lie between 0 and 1, got {factor!r}."
        )
    if not 0 <= noise < np.inf:
        raise ValueError(f"circles: noise must be 0 or more, got {noise!r}.")
    rng = generator("circles", rng)
    rings = []
    for radius, k in ((1, m // 2), (factor, m - m // 2)):
        angle = 2 * np.pi * np.arange(k) / k
        rings.append(radius * np.array([np.cos(angle), np.sin(angle)]))
    X = np.hstack(rings) + noise * rng.standard_normal((2, m))
    Y = (np.arange(m) >= m // 2).astype(float)[np.newaxis]
    order = rng.permutation(m)
    return X[:, order], Y[:, order]
