"""What the chapter layers claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn


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
    "Three sums for each point tell the two rings apart, but for one point.",
)
def test_a_triangle_tells_the_rings_apart():
    angles = np.deg2rad([90, 210, 330])
    W = np.column_stack([np.cos(angles), np.sin(angles)])
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        inside = (W @ X + 0.5 > 0).all(axis=0)
        assert (inside != (Y[0] == 1)).sum() <= 8


@claims("layers", "operations, with loops or without.")
def test_an_object_that_counts_finds_the_operations_of_a_layer():
    class Number:
        done = 0

        def __mul__(self, other):
            Number.done += 1
            return self

        __add__ = __mul__

    def array(p, q):
        return np.array([[Number() for _ in range(q)] for _ in range(p)])

    for n, p, m in ((5, 3, 4), (1, 7, 2), (6, 2, 9)):
        Number.done = 0
        _ = array(n, p) @ array(p, m) + array(n, 1)
        assert Number.done == 2 * n * p * m


@claims(
    "layers",
    "With one sample, $m = 1$, this is below 2, however large the layer",
    "With $n = p = m = N$ it is $\\frac{2}{3} N$, and grows with $N$.",
)
def test_what_a_product_does_for_each_number():
    for n in (1, 10, 10**3, 10**9):
        for p in (1, 20, 10**6):
            assert 2 * n * p / (n * p + p + n) < 2
        assert 2 * n**3 / (3 * n**2) == pytest.approx(2 * n / 3)


@claims(
    "layers",
    "The matrices first: $2 \\cdot 10 \\cdot 200 \\cdot 100 + 2 \\cdot 10 "
    "\\cdot 100 \\cdot 50 = 500\\,000$.",
    "so with more samples it wins by more",
)
def test_multiplying_the_matrices_first_costs_less():
    def after(m):
        return 2 * 200 * 100 * m + 2 * 10 * 200 * m

    def first(m):
        return 2 * 10 * 200 * 100 + 2 * 10 * 100 * m

    assert (after(50), first(50)) == (2_200_000, 500_000)
    assert after(5000) / first(5000) > after(50) / first(50)


@claims(
    "layers",
    "At 135° the line runs in the direction from one cloud to the other, "
    "and none of the three biases gets more than half of the points right.",
)
def test_a_line_along_the_clouds_does_not_divide_them():
    side = np.repeat([1, -1], 20)
    for seed in SEEDS:
        cloud = np.random.default_rng(seed).normal(0, 0.35, (2, 40))
        cloud += 0.75 * side
        z = np.array([-1, 1]) / np.sqrt(2) @ cloud
        assert max((np.sign(z + b) == side).sum() for b in (-1, 0, 1)) < 30
        z = np.array([1, 1]) / np.sqrt(2) @ cloud
        assert (np.sign(z) == side).sum() >= 38


@claims(
    "layers",
    "a layer treats each sample on its own. So change *one* sample and see "
    "how many answers move",
)
def test_one_sample_changed_moves_one_answer():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        net = mn.init([4, 5, 4], hidden="tanh", output="identity", rng=rng)
        rows = rng.standard_normal((4, 4))
        changed = rows.copy()
        changed[0] += 1
        moved = [
            (mn.forward(net, a).A[2] != mn.forward(net, b).A[2]).any(axis=0)
            for a, b in ((rows.T, changed.T), (rows, changed))
        ]
        assert moved[0].tolist() == [True, False, False, False]
        assert moved[1].all()
