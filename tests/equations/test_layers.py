"""The equation ledger: the equations of the chapter ``layers``."""

import math
from fractions import Fraction

import numpy as np
import pytest
from equations.proofs import both_sizes, close, proves

import mininn as mn


def drawn(n, m, seed=0):
    """W, b of one layer n[1] over n[0], and a batch."""
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal((n[1], n[0])),
        rng.standard_normal((n[1], 1)),
        rng.standard_normal((n[0], m)),
    )


@pytest.mark.parametrize("size", [2, 3, 5])
@proves("eq-layers-foot", "eq-layers-distance")
def test_the_distance_is_that_of_the_nearest_point(size):
    rng = np.random.default_rng(size)
    w, x = rng.standard_normal((2, size))
    b = 0.7
    z = w @ x + b
    foot = x - z / (w @ w) * w
    assert abs(w @ foot + b) < 1e-12
    signed = z / math.sqrt(sum(w**2))
    close(abs(signed), math.dist(x, foot))
    assert (z > 0) == (signed > 0)
    for _ in range(50):  # no other point of the line is nearer
        step = rng.standard_normal(size)
        step -= (step @ w) / (w @ w) * w
        assert abs(w @ (foot + step) + b) < 1e-12
        assert math.dist(x, foot + step) > abs(signed)
    close((3 * w) @ foot + 3 * b, 0.0)  # w and b times 3: the same line


@both_sizes
@proves("eq-layers-rows")
def test_row_k_of_the_matrix_is_unit_k(n, m):
    W, b, X = drawn(n, 1)
    net = mn.Network({1: W}, {1: b}, {1: "identity"})
    together = mn.forward(net, X).Z[1]
    for k in range(n[1]):
        unit = mn.Network({1: W[[k]]}, {1: b[[k]]}, {1: "identity"})
        close(mn.forward(unit, X).Z[1], together[[k]])
        by_hand = b[k, 0] + math.fsum(W[k, j] * X[j, 0] for j in range(n[0]))
        close(together[k, 0], by_hand)


@both_sizes
@proves("eq-layers-entry")
def test_an_entry_is_one_unit_on_one_sample(n, m):
    W, b, X = drawn(n, m)
    net = mn.Network({1: W}, {1: b}, {1: "identity"})
    Z = mn.forward(net, X).Z[1]
    assert Z.shape == (n[1], m)
    for k in range(n[1]):
        for i in range(m):
            total = sum(W[k, j] * X[j, i] for j in range(n[0])) + b[k, 0]
            close(Z[k, i], total)
            pushed = X.copy()
            pushed[:, i] += 1  # only column i may notice
            other = mn.forward(net, pushed).Z[1]
            moved = (other != Z).any(axis=0)
            assert moved.tolist() == [c == i for c in range(m)]


class Counted:
    """A number without value that counts what is done to it."""

    def __init__(self, log):
        self.log = log

    def __mul__(self, other):
        self.log["products"] = self.log.get("products", 0) + 1
        return self

    def __add__(self, other):
        self.log["sums"] = self.log.get("sums", 0) + 1
        return self


def operations(n, m):
    """Run W @ X + b for one layer n[1] over n[0]; return what it did."""
    log = {}

    def array(p, q):
        return np.array([[Counted(log) for _ in range(q)] for _ in range(p)])

    _ = array(n[1], n[0]) @ array(n[0], m) + array(n[1], 1)
    return log


@both_sizes
@proves("eq-layers-operations")
def test_a_layer_does_as_many_operations(n, m):
    log = operations(n, m)
    assert log["products"] == log["sums"] == n[1] * n[0] * m
    assert sum(log.values()) == 2 * n[1] * n[0] * m


@both_sizes
@proves("eq-layers-reuse")
def test_operations_for_each_number_of_the_product(n, m):
    W, _, X = drawn(n, m)
    numbers = W.size + X.size + (W @ X).size
    ratio = Fraction(sum(operations(n, m).values()), numbers)
    n_, p = n[1], n[0]
    assert ratio == Fraction(2 * n_ * p * m, n_ * p + p * m + n_ * m)
    for N in (1, 3, 1000):
        cube = Fraction(2 * N * N * N, 3 * N * N)
        assert cube == Fraction(2, 3) * N
        assert Fraction(2 * N * p, N * p + p + N) < 2  # m = 1


@both_sizes
@proves("eq-layers-parameters")
def test_parameters_are_counted_one_by_one(n, m):
    net = mn.init(n, rng=0)
    entries = [*net.W.values(), *net.b.values()]
    counted = sum(1 for array in entries for _ in array.flat)
    total = sum(n[l] * (n[l - 1] + 1) for l in range(1, len(n)))
    assert counted == total == net.size
    assert mn.init([2, 4, 6, 6, 4, 1], rng=0).size == 12 + 30 + 42 + 28 + 5


@both_sizes
@proves("eq-layers-bias-node")
def test_a_row_of_ones_carries_the_bias(n, m):
    W, b, X = drawn(n, m)
    wide = np.empty((n[1], n[0] + 1))
    wide[:, :-1], wide[:, [-1]] = W, b
    tall = np.ones((n[0] + 1, m))
    tall[:-1] = X
    net = mn.Network({1: W}, {1: b}, {1: "identity"})
    close(wide @ tall, mn.forward(net, X).Z[1])


@both_sizes
@proves("eq-layers-two")
def test_two_layers_without_a_bend_are_one(n, m):
    rng = np.random.default_rng(0)
    W = {l: rng.standard_normal((n[l], n[l - 1])) for l in (1, 2)}
    b = {l: rng.standard_normal((n[l], 1)) for l in (1, 2)}
    X = rng.standard_normal((n[0], m))
    two = mn.Network(W, b, {1: "identity", 2: "identity"})
    one = mn.Network(
        {1: W[2] @ W[1]}, {1: W[2] @ b[1] + b[2]}, {1: "identity"}
    )
    close(mn.forward(two, X).A[2], mn.forward(one, X).A[1], rtol=1e-10)
    # an affine map is what it does to 0 and to the unit vectors
    origin = mn.forward(two, np.zeros((n[0], 1))).A[2]
    close(origin, W[2] @ b[1] + b[2])
    slopes = mn.forward(two, np.eye(n[0])).A[2] - origin
    close(slopes, W[2] @ W[1], rtol=1e-10)
