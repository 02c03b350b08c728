"""Generated data: rings of the right size, balance and spread."""

import numpy as np
import pytest

import mininn as mn


@pytest.mark.parametrize("m", [2, 3, 10, 101])
def test_shapes_and_balance(m):
    X, Y = mn.circles(m, rng=0)
    assert X.shape == (2, m)
    assert Y.shape == (1, m)
    assert X.dtype == Y.dtype == np.float64
    assert set(np.unique(Y)) == {0.0, 1.0}
    assert (Y == 0).sum() == m // 2


@pytest.mark.parametrize("factor", [0.3, 0.75])
def test_without_noise_the_rings_are_exact(factor):
    X, Y = mn.circles(24, rng=5, noise=0, factor=factor)
    radius = np.hypot(X[0], X[1])
    np.testing.assert_allclose(radius[Y[0] == 0], 1, rtol=1e-15)
    np.testing.assert_allclose(radius[Y[0] == 1], factor, rtol=1e-15)
    for label, r in ((0, 1), (1, factor)):
        ring = X[:, Y[0] == label] / r
        angle = np.sort(np.arctan2(ring[1], ring[0]) % (2 * np.pi) % 6.2831)
        np.testing.assert_allclose(
            angle, 2 * np.pi * np.arange(12) / 12, atol=1e-4
        )


def test_the_noise_has_the_spread_it_says():
    m = 4000
    for noise in (0.1, 0.25):
        X, Y = mn.circles(m, rng=3, noise=noise)
        exact, labels = mn.circles(m, rng=3, noise=0)
        np.testing.assert_array_equal(Y, labels)
        added = X - exact  # the same seed shuffles both the same way
        assert added.std(axis=1) == pytest.approx([noise] * 2, rel=0.06)
        assert np.abs(added.mean(axis=1)).max() < 5 * noise / m**0.5
        assert abs(np.corrcoef(added)[0, 1]) < 5 / m**0.5


def test_defaults_are_those_of_the_book():
    X, _ = mn.circles(2000, rng=0)
    again, _ = mn.circles(2000, rng=0, factor=0.3, noise=0.1)
    np.testing.assert_array_equal(X, again)


def test_a_seed_is_a_sample():
    X, Y = mn.circles(50, rng=7)
    same = mn.circles(50, rng=np.random.default_rng(7))
    np.testing.assert_array_equal(X, same[0])
    np.testing.assert_array_equal(Y, same[1])
    other, _ = mn.circles(50, rng=8)
    assert not np.isclose(X, other).any()
    rng = np.random.default_rng(7)
    first, second = mn.circles(50, rng=rng)[0], mn.circles(50, rng=rng)[0]
    np.testing.assert_array_equal(first, X)
    assert not (first == second).any()


def test_the_classes_are_shuffled():
    """Slicing off the first samples leaves both classes."""
    _, Y = mn.circles(200, rng=0)
    assert 20 < Y[0, :100].sum() < 80


def test_no_line_separates_the_rings_but_a_circle_does():
    X, Y = mn.circles(400, rng=1)
    line = mn.init([2, 1], rng=0)
    line, _ = mn.train(line, X, Y, mn.binary_cross_entropy, lr=1, epochs=200)
    assert mn.accuracy(line, X, Y) < 0.75
    inner = np.hypot(X[0], X[1]) < 0.65
    assert (inner == Y[0]).mean() > 0.99


@pytest.mark.parametrize(
    "bad",
    [
        {"m": 1},
        {"m": 0},
        {"m": 2.0},
        {"m": "8"},
        {"m": True},
        {"factor": 0},
        {"factor": 1},
        {"factor": -0.5},
        {"factor": np.nan},
        {"noise": -0.1},
        {"noise": np.inf},
        {"noise": np.nan},
    ],
    ids=str,
)
def test_arguments_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=f"^circles: {next(iter(bad))} must"):
        mn.circles(**({"m": 8, "rng": 0} | bad))
