"""The equation ledger: a table of one's own."""

from itertools import permutations

import numpy as np
import pytest
from claims.ledger import of_page
from equations.proofs import both_sizes, close, proves

import mininn as mn

RULER, MEASURED = of_page("data", "ruler", "measured")


def table(n, m, seed=3):
    """Features of different sizes, (n, m)."""
    rng = np.random.default_rng(seed)
    size = 10.0 ** np.arange(n)[:, np.newaxis]
    return size * (rng.standard_normal((n, m)) + 3)


@both_sizes
@proves("eq-data-base")
def test_the_best_constant_answer_is_the_largest_class(n, m):
    ids = np.random.default_rng(1).integers(0, n[2], m)
    Y = mn.one_hot(ids, n[2])
    right = []
    for k in range(n[2]):
        net = mn.Network(
            {1: np.zeros((n[2], 1))},
            {1: mn.one_hot([k], n[2])},
            {1: "softmax"},
        )
        right.append(mn.accuracy(net, np.zeros((1, m)), Y))
        close(right[k], sum(i == k for i in ids.tolist()) / m)
    close(max(right), Y.sum(axis=1).max() / m)


@both_sizes
@proves("eq-data-mean")
def test_a_gap_gets_the_mean_of_what_is_there(n, m):
    X = table(n[0], m)
    X[0, 1] = X[1, 0] = X[1, 2] = np.nan
    scale = RULER(X)
    for j, x in enumerate(X):
        there = [v for v in x.tolist() if v == v]
        close(scale.mean[j, 0], sum(there) / len(there))
    given = np.isnan(X)
    np.testing.assert_allclose(MEASURED(scale, X)[given], 0, atol=1e-12)


@both_sizes
@proves("eq-data-affine")
def test_no_other_line_gives_mean_0_and_mean_square_1(n, m):
    for x, z in zip(table(n[0], m), measured_all(n[0], m), strict=True):
        # c is where the mean is 0: bisection on a line that falls
        low, high = x.min(), x.max()
        for _ in range(200):
            c = (low + high) / 2
            low, high = (c, high) if (x - c).mean() > 0 else (low, c)
        # and then the mean square falls with d, so one d gives 1
        low, high = 1e-9, x.max() - x.min()
        for _ in range(200):
            d = (low + high) / 2
            wide = (((x - c) / d) ** 2).mean() > 1
            low, high = (d, high) if wide else (low, d)
        close([c, d], [x.mean(), x.std()], rtol=1e-9)
        np.testing.assert_allclose(z, (x - c) / d, atol=1e-9)
        # for any c and d, and for c at the mean
        close(((x - 1.7) / 2.5).mean(), (x.mean() - 1.7) / 2.5, 1e-9)
        square = (((x - x.mean()) / 2.5) ** 2).mean()
        close(square, x.var() / 2.5**2, 1e-9)


def measured_all(n, m):
    X = table(n, m)
    return MEASURED(RULER(X), X)


@both_sizes
@proves("eq-data-units")
@pytest.mark.parametrize(("u", "v"), [(1.8, 32.0), (1e-3, 0.0), (7, -50.0)])
def test_the_unit_is_gone(n, m, u, v):
    X = table(n[0], m)
    close((u * X + v).mean(axis=1), u * X.mean(axis=1) + v, rtol=1e-9)
    close((u * X + v).std(axis=1), u * X.std(axis=1), rtol=1e-9)
    ours, theirs = RULER(X)(X), RULER(u * X + v)(u * X + v)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    turned = RULER(-X)(-X)  # u must be above 0
    np.testing.assert_allclose(turned, -ours, rtol=1e-9, atol=1e-12)


@proves("eq-data-chance")
@pytest.mark.parametrize("m", [2, 3, 5, 7])
def test_the_mean_square_of_a_chance_correlation(m):
    rng = np.random.default_rng(m)
    x, y = rng.standard_normal(m), rng.exponential(size=m)
    orders = list(permutations(y.tolist()))
    X, Y = RULER(x[None])(x[None])[0], RULER(y[None])(y[None])[0]
    r = [np.corrcoef(x, order)[0, 1] for order in orders]
    close(np.mean(np.square(r)), 1 / (m - 1), rtol=1e-9)
    np.testing.assert_allclose(np.mean(r), 0, atol=1e-12)
    # the two steps of the derivation
    close((X**2).sum(), m)
    pairs = [(i, k) for i in range(m) for k in range(m) if i != k]
    np.testing.assert_allclose(sum(X[i] * X[k] for i, k in pairs), -m)
    mean = np.mean([order[0] * order[1] for order in permutations(Y)])
    np.testing.assert_allclose(mean, -1 / (m - 1))
    ours = (X @ Y) / m
    np.testing.assert_allclose(ours, np.corrcoef(x, y)[0, 1])
