"""The equation ledger: the output layer."""

import math

import numpy as np
import pytest
from equations.proofs import both_sizes, close, proves, s

import mininn as mn


@proves("eq-outputs-ranges")
def test_what_each_activation_reaches():
    z = np.linspace(-30, 30, 601)[np.newaxis]
    close(mn.identity(z), z)
    assert mn.relu(z).min() == 0
    assert mn.relu(z).max() == z.max()
    for g, low, high in ((mn.sigmoid, 0, 1), (mn.tanh, -1, 1)):
        inner = g(z[:, np.abs(z[0]) < 18])
        assert low < inner.min() < low + 1e-7
        assert high - 1e-7 < inner.max() < high
        assert (np.diff(g(z)) >= 0).all()


@proves("eq-outputs-floor")
def test_no_relu_output_comes_below_the_floor():
    rng = np.random.default_rng(0)
    Y = 2 * rng.standard_normal((1, 7))
    floor = sum(y * y for y in Y[0] if y < 0) / 2 / 7
    assert floor > 0
    tried = [mn.euclidean(mn.relu(Y), Y)]
    for _ in range(200):
        Z = Y + rng.standard_normal(Y.shape)
        tried.append(mn.euclidean(mn.relu(Z), Y))
    close(min(tried), floor)
    assert tried[0] == min(tried)


@both_sizes
@proves("eq-outputs-units", "eq-outputs-units-cost")
def test_units_are_put_back(n, m):
    rng = np.random.default_rng(0)
    Y, A_s = 1e3 + 50 * rng.standard_normal((2, n[2], m))
    mu = sum(Y.flat) / Y.size
    scale = math.sqrt(sum((y - mu) ** 2 for y in Y.flat) / Y.size)
    Y_s = (Y - mu) / scale
    A_s = (A_s - mu) / scale + 0.1
    close(Y_s.mean(), 0.0)
    close(Y_s.std(), 1.0)
    close(mu + scale * Y_s, Y)
    in_units = sum(
        (a - y) ** 2
        for a, y in zip((mu + scale * A_s).flat, Y.flat, strict=True)
    )
    close(mn.euclidean(A_s, Y_s) * scale**2, in_units / 2 / m)


@proves("eq-outputs-logit", "eq-outputs-half")
def test_a_score_is_the_logarithm_of_odds():
    for a in (1e-9, 0.1, 0.4999, 0.5, 0.73, 1 - 1e-6):
        z = math.log(a / (1 - a))
        close(s(z), a, rtol=1e-9)
        close(mn.sigmoid([[z]]), [[a]], rtol=1e-9)
        assert (a > 0.5) == (z > 0)
        close(s(z + 1) / (1 - s(z + 1)), math.e * a / (1 - a), rtol=1e-9)
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    Z = np.random.default_rng(0).standard_normal((1, 50))
    assert (mn.predict(net, Z) == (Z > 0)).all()


@both_sizes
@proves("eq-outputs-accuracy")
def test_accuracy_counts_samples(n, m):
    rng = np.random.default_rng(1)
    X, net = rng.standard_normal((n[0], 9 * m)), mn.init(n, rng=1)
    Y = (rng.random((n[2], 9 * m)) > 0.5) * 1.0
    A, right = mn.forward(net, X).A[2], 0
    for i in range(9 * m):
        right += all((A[k, i] > 0.5) == Y[k, i] for k in range(n[2]))
    assert 0 < right < 9 * m
    close(mn.accuracy(net, X, Y), right / (9 * m))


@proves("eq-outputs-bayes", "eq-outputs-evidence")
def test_two_bell_curves_make_a_sigmoid():
    def bell(x, centre):
        return math.exp(-((x - centre) ** 2) / 2) / math.sqrt(2 * math.pi)

    for q in (0.1, 0.5, 0.8):
        for x in (-3.0, -0.2, 0.0, 1.7):
            both = q * bell(x, 1) + (1 - q) * bell(x, -1)
            a = q * bell(x, 1) / both  # Bayes: the share of ill at this x
            odds = q * math.exp(-((x - 1) ** 2) / 2)
            odds /= (1 - q) * math.exp(-((x + 1) ** 2) / 2)
            close(a / (1 - a), odds)
            z = 2 * x + math.log(q / (1 - q))
            close(math.log(odds), z, rtol=1e-11)
            close(mn.sigmoid([[z]]), [[a]])


@pytest.mark.parametrize(("c0", "c1"), [(1, 1), (1, 9), (5, 2), (1, 99)])
@proves("eq-outputs-threshold", "eq-outputs-threshold-z")
def test_the_threshold_is_where_both_answers_cost_the_same(c0, c1):
    t = c0 / (c0 + c1)
    close((1 - t) * c0, t * c1)
    close(math.log(t / (1 - t)), math.log(c0) - math.log(c1))
    for a in np.linspace(0.0005, 0.9995, 1000):
        cheaper = (1 - a) * c0 < a * c1
        assert cheaper == (a > t)
        assert cheaper == (math.log(a / (1 - a)) > math.log(c0 / c1))


@both_sizes
@proves("eq-outputs-rows")
def test_rows_of_sigmoids_are_not_tied(n, m):
    K, rng = n[0], np.random.default_rng(0)
    A = mn.sigmoid(9 * rng.standard_normal((K, 200 * m)))
    total = A.sum(axis=0)
    assert total.min() > 0
    assert total.max() < K
    assert total.min() < 0.1
    assert total.max() > K - 0.1


@both_sizes
@proves("eq-outputs-boundary")
def test_the_boundary_of_two_classes_is_a_line(n, m):
    rng = np.random.default_rng(0)
    K, net = n[1], mn.init([n[0], n[1]], output="softmax", rng=0)
    W, b = net.W[1], rng.standard_normal((K, 1))
    net = mn.Network({1: W}, {1: b}, net.g)
    for j, k in ((0, 1), (2, 1)):
        w, c = W[j] - W[k], b[j, 0] - b[k, 0]
        x = rng.standard_normal(n[0])
        x -= (w @ x + c) / (w @ w) * w  # the nearest point of the line
        A = mn.forward(net, x.reshape(-1, 1)).A[1]
        close(A[j, 0], A[k, 0])
        beyond = mn.forward(net, (x + 0.01 * w).reshape(-1, 1)).A[1]
        assert beyond[j, 0] > beyond[k, 0]


@both_sizes
@proves("eq-outputs-two-to-one", "eq-outputs-redundant")
def test_two_softmax_outputs_are_one_sigmoid(n, m):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((n[1], m))
    W, b = rng.standard_normal((2, n[1])), rng.standard_normal((2, 1))
    two = mn.softmax(W @ A + b)
    for i in range(m):
        z = sum((W[1, j] - W[0, j]) * A[j, i] for j in range(n[1]))
        close(two[1, i], s(z + b[1, 0] - b[0, 0]))
    v, W = rng.standard_normal((n[1], 1)), rng.standard_normal((n[2], n[1]))
    b, one = rng.standard_normal((n[2], 1)), np.ones((n[2], 1))
    moved = mn.softmax((W + one @ v.T) @ A + b + 0.7 * one)
    close(moved, mn.softmax(W @ A + b), rtol=1e-11)


@both_sizes
@proves("eq-outputs-one-hot")
def test_one_hot(n, m):
    K = n[0]
    ids = np.random.default_rng(0).integers(0, K, 4 * m)
    Y = mn.one_hot(ids, K)
    assert Y.shape == (K, 4 * m)
    for k in range(K):
        for i in range(4 * m):
            assert Y[k, i] == (1 if ids[i] == k else 0)
    assert (Y.argmax(axis=0) == ids).all()


@proves("eq-outputs-signs")
def test_labels_with_signs_are_translated():
    signs = [-1.0, 1.0, -1.0]
    Y = [[(y + 1) / 2 for y in signs]]
    assert Y == [[0, 1, 0]]
    assert [2 * y - 1 for y in Y[0]] == signs
    z = [0.3, -1.2, 2.0]  # the loss in both spellings
    by_sign = [
        math.log(1 + math.exp(-y * v)) for y, v in zip(signs, z, strict=True)
    ]
    close(mn.binary_cross_entropy([z], Y), sum(by_sign) / 3)
