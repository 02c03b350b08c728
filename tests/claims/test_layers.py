"""What the chapter layers claims, measured again."""

import numpy as np
from claims.ledger import SEEDS, claims

import mininn as mn

# W1 and b1 of the network 2-3-1 of the book
BY_HAND = (
    np.array([[0.0, -2.0], [2.0, 1.0], [-2.0, 1.0]]),
    np.array([[-1.0], [-1.0], [-1.0]]),
)


@claims(
    "layers",
    "The origin has $z = b$, so the line passes it at the distance $|b| / "
    "\\lVert \\mathbf{w} \\rVert$: without a {term}`bias`, every line goes "
    "through the origin.",
    "And if $\\mathbf{w}$ and $b$ grow by the same factor, the line stays "
    "where it is. Only $z$ grows.",
)
def test_the_line_of_a_unit_and_its_distance():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        w, b = rng.standard_normal((2, 1)), rng.standard_normal()
        foot = -b * w / (w.T @ w)
        turned = np.array([[-w[1, 0]], [w[0, 0]]])
        line = foot + turned @ rng.standard_normal((1, 50))
        np.testing.assert_allclose(w.T @ line + b, 0, atol=1e-12)
        nearest = np.linalg.norm(line, axis=0).min()
        assert abs(b) / np.linalg.norm(w) <= nearest + 1e-12
        np.testing.assert_allclose(7 * w.T @ line + 7 * b, 0, atol=1e-11)


@claims(
    "layers",
    "Three sums for each point tell the two rings apart, but for two points. "
    "Inside, all three are negative; outside, at least one is positive.",
)
def test_a_triangle_tells_the_rings_apart():
    W, b = BY_HAND
    for seed in (0, *SEEDS):
        X, Y = mn.circles(200, rng=seed)
        inside = (W @ X + b < 0).all(axis=0)
        wrong = (inside != (Y[0] == 1)).sum()
        assert wrong == 2 if seed == 0 else wrong <= 8
        # the triangle with the corners (0, 1) and (+-3/4, -1/2)
        x1, x2 = X
        drawn = (x2 > -0.5) & (x2 < 1 - 2 * np.abs(x1))
        assert (inside == drawn).all()


@claims(
    "layers",
    "At the length 2, each direction cuts off about a third of the outer "
    "ring, and at most one inner point.",
    "At the length 4 the line cuts into the inner ring, and 14 inner points "
    "or more lie on the wrong side.",
)
def test_one_line_cuts_off_a_third():
    for seed in (0, *SEEDS):
        X, Y = mn.circles(200, rng=seed)
        for direction in np.deg2rad(range(0, 360, 30)):
            unit = np.array([[np.cos(direction), np.sin(direction)]])
            cut = {length: length * unit @ X > 1 for length in (2, 4)}
            outer = (cut[2] & (Y == 0)).sum()
            inner = {k: (cut[k] & (Y == 1)).sum() for k in (2, 4)}
            assert 27 <= outer <= 39
            assert inner[2] <= (1 if seed == 0 else 2)
            assert inner[4] >= (14 if seed == 0 else 10)


@claims(
    "layers",
    "so without biases the three sums of any point add up to 0. They cannot "
    "all be negative.",
)
def test_without_biases_no_point_has_three_negative_sums():
    W, _ = BY_HAND
    assert (W.sum(axis=0) == 0).all()
    for seed in SEEDS:
        points = np.random.default_rng(seed).normal(0, 2, (2, 1000))
        assert not (W @ points < 0).all(axis=0).any()


@claims(
    "layers",
    "Its three lines cancel, and every point gets the score 32.",
)
def test_without_a_bend_our_network_is_a_constant():
    W, b = BY_HAND
    net = mn.Network(
        {1: W, 2: np.full((1, 3), -10.0)},
        {1: b, 2: np.array([[2.0]])},
        {1: "identity", 2: "identity"},
    )
    for seed in SEEDS:
        X, _ = mn.circles(200, rng=seed)
        np.testing.assert_allclose(mn.forward(net, X).A[2], 32.0)
