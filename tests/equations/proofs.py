"""What the proofs of the equation ledger share.

Each test of an equation is marked with ``@proves("eq-...")``;
``test_ledger.py`` compares the labels proved with those of the book.
"""

import math

import numpy as np
import pytest
from kit import central_differences, make_problem, relative_difference

import mininn as mn

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
    """The central difference of the book, of a function of one number."""
    return (f(x + h) - f(x - h)) / (2 * h)


def agree(ours, f, at, h=2e-4):
    """``ours`` is the derivative of f at ``at``, entry by entry."""
    assert relative_difference(ours, central_differences(f, at, h)) <= 1e-8


def s(z):
    """The logistic function of one number, from the math module."""
    return 1 / (1 + math.exp(-z))


def ell(a, y):
    return -(y * math.log(a) + (1 - y) * math.log(1 - a))


class Batch:
    """A two-layer sigmoid network, a batch, and its forward pass by loops."""

    def __init__(self, n, m, seed=0):
        self.n, self.m = n, m
        self.net, self.X, self.Y = make_problem(
            n, m, "sigmoid", mn.binary_cross_entropy, seed
        )
        self.W, self.b = self.net.W, self.net.b
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
