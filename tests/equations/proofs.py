"""What the proofs of the equation ledger and of the claims share.

Each test of an equation is marked with ``@proves("eq-...")``;
``test_ledger.py`` compares the labels proved with those of the book. What
a chapter says in words is measured by tests under ``@claims("chapter",
"words")``; ``test_claims.py`` looks the words up.
"""

import math

import numpy as np
import pytest

import mininn as mn

SIZES = [
    pytest.param((4, 3, 2), 5, id="all-different"),
    pytest.param((3, 3, 3), 3, id="all-equal"),
]
both_sizes = pytest.mark.parametrize(("n", "m"), SIZES)


def proves(*labels):
    """Mark a test as the proof of these equations."""
    return pytest.mark.proves(*labels)


def claims(chapter, *words):
    """Say which words of a chapter a test measures."""
    return lambda test: test


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


class Batch:
    """A two-layer sigmoid network, a batch, and its forward pass by loops."""

    def __init__(self, n, m, seed=0):
        rng = np.random.default_rng(seed)
        self.n, self.m = n, m
        self.W = {l: rng.standard_normal((n[l], n[l - 1])) for l in (1, 2)}
        self.b = {l: rng.standard_normal((n[l], 1)) for l in (1, 2)}
        self.X = rng.standard_normal((n[0], m))
        self.Y = (rng.random((n[2], m)) > 0.5) * 1.0
        self.net = mn.Network(self.W, self.b, {1: "sigmoid", 2: "sigmoid"})
        self.A = {0: self.X}
        self.Z = {}
        for l in (1, 2):
            self.Z[l] = self.product_plus_bias(l)
            self.A[l] = np.vectorize(s)(self.Z[l])

    def product_plus_bias(self, l):
        W, A, b = self.W[l], self.A[l - 1], self.b[l]
        Z = np.empty((self.n[l], self.m))
        for k in range(self.n[l]):
            for i in range(self.m):
                Z[k, i] = b[k, 0] + sum(
                    W[k, j] * A[j, i] for j in range(self.n[l - 1])
                )
        return Z

    def J_from(self, l, Z):
        """The cost as a function of Z[l], by loops over samples."""
        if l == 1:
            Z = self.W[2] @ np.vectorize(s)(Z) + self.b[2]
        total = 0.0
        for i in range(Z.shape[1]):
            for k in range(Z.shape[0]):
                total += ell(s(Z[k, i]), self.Y[k, i])
        return total / Z.shape[1]

    def grads(self):
        cache = mn.forward(self.net, self.X)
        return mn.backward(self.net, cache, self.Y, mn.binary_cross_entropy)
