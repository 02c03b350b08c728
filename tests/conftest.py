"""What several test files share: small networks, and central differences."""

import numpy as np
import pytest

import mininn as mn

OUTPUT = {
    "euclidean": "identity",
    "binary_cross_entropy": "sigmoid",
    "cross_entropy": "softmax",
}


def make_problem(n, m, hidden, loss, seed=0, clear=1e-2):
    """A random network, a batch, its labels; no Z within ``clear`` of 0."""
    rng = np.random.default_rng(seed)
    L = len(n) - 1
    while True:
        W = {l: rng.standard_normal((n[l], n[l - 1])) for l in range(1, L + 1)}
        b = {l: rng.standard_normal((n[l], 1)) for l in range(1, L + 1)}
        g = dict.fromkeys(range(1, L), hidden) | {L: OUTPUT[loss.name]}
        net, X = mn.Network(W, b, g), rng.standard_normal((n[0], m))
        Z = mn.forward(net, X).Z
        if all(np.abs(Z[l]).min() > clear for l in Z):
            break
    if loss is mn.euclidean:
        Y = rng.standard_normal((n[L], m))
    elif loss is mn.binary_cross_entropy:
        Y = rng.integers(0, 2, (n[L], m)).astype(float)
    else:
        Y = np.eye(n[L])[:, rng.integers(0, n[L], m)]
    return net, X, Y


def central_differences(f, x, h=2e-4):
    """The slope of f along each entry of x, from four points around it.

    (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h is off by h^4, so h need not
    be so small that rounding shows.
    """

    def moved(i, j, by):
        y = x.copy()
        y[i, j] += by
        return f(y)

    slopes = np.zeros(x.shape)
    for i, j in np.ndindex(x.shape):
        near = moved(i, j, h) - moved(i, j, -h)
        far = moved(i, j, 2 * h) - moved(i, j, -2 * h)
        slopes[i, j] = (8 * near - far) / (12 * h)
    return slopes


def relative_difference(ours, theirs):
    """The largest difference over the largest entry."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    top = max(np.abs(ours).max(), np.abs(theirs).max())
    return np.abs(ours - theirs).max() / top if top else 0.0


@pytest.fixture
def problem():
    return make_problem


@pytest.fixture
def differences():
    return central_differences


@pytest.fixture
def off():
    return relative_difference
