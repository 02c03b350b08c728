"""What the proofs of the equation ledger share.

Each ``test_equations*.py`` marks its tests with ``@proves("eq-...")``;
``test_ledger.py`` compares the labels proved with those of the book.
"""

import math

import numpy as np
import pytest

SIZES = [
    pytest.param((4, 3, 2), 5, id="all-different"),
    pytest.param((3, 3, 3), 3, id="all-equal"),
]
both_sizes = pytest.mark.parametrize(("n", "m"), SIZES)


def proves(*labels):
    """Mark a test as the proof of these equations."""
    return pytest.mark.proves(*labels)


def close(a, b, rtol=1e-12):
    a, b = np.asarray(a, float), np.asarray(b, float)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-14)


def slope(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


def agree(ours, f, at, h=1e-5):
    """``ours`` has the shape of ``at`` and is the derivative of f there."""
    assert ours.shape == at.shape
    numeric = np.empty_like(at)
    for i in np.ndindex(at.shape):

        def g(v, i=i):
            x = at.copy()
            x[i] = v
            return f(x)

        numeric[i] = slope(g, at[i], h)
    top = max(np.abs(ours).max(), np.abs(numeric).max())
    assert np.abs(ours - numeric).max() <= 1e-8 * top


def s(z):
    """The logistic function of one number, from the math module."""
    return 1 / (1 + math.exp(-z))


def ell(a, y):
    return -(y * math.log(a) + (1 - y) * math.log(1 - a))
