"""What the chapter shapes claims, measured again."""

import itertools

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn


@claims(
    "shapes",
    "The shapes settle it only up to a factor: a $\\frac1m$ too many changes "
    "no shape.",
    "so its derivative is a product too, with the transpose of that row",
)
def test_the_derivative_of_a_bias_is_a_product_with_ones():
    for seed in SEEDS:
        X, Y = mn.circles(7, rng=seed)
        net = mn.init([2, 4, 3, 1], rng=seed)
        cache = mn.forward(net, X)
        grads = mn.backward(net, cache, Y, mn.binary_cross_entropy)
        for l in (1, 2, 3):
            db = grads.dZ[l] @ np.ones((7, 1))
            np.testing.assert_allclose(db, grads.db[l], atol=1e-15)
            assert (grads.dW[l] / 7).shape == net.W[l].shape


@claims(
    "shapes",
    "and a mean that is almost three times too large",
    "Every answer was compared with every label: 64 differences instead of 8",
)
def test_one_axis_makes_a_larger_mean_squared_error():
    for seed in (3, *SEEDS):
        answers = np.random.default_rng(seed).random((8, 1))
        labels = (answers[:, 0] > 0.5).astype(float)
        assert (answers - labels).shape == (8, 8)
        wrong = ((answers - labels) ** 2).mean()
        right = ((answers[:, 0] - labels) ** 2).mean()
        assert wrong > right
        if seed == 3:
            assert 2.7 < wrong / right < 3


@claims(
    "shapes",
    "So a check of shapes finds a forgotten transpose when all sizes differ, "
    "and not when they agree.",
)
def test_a_forgotten_transpose_has_a_shape_only_where_sizes_agree():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        for n, m, fits in (([2, 4, 3, 1], 5, False), ([3, 3, 3, 3], 3, True)):
            net = mn.init(n, hidden="tanh", rng=seed)
            X = rng.standard_normal((n[0], m))
            Y = (rng.random((n[3], m)) > 0.5) * 1.0
            cache = mn.forward(net, X)
            grads = mn.backward(net, cache, Y, mn.binary_cross_entropy)
            if not fits:
                with pytest.raises(ValueError, match="matmul"):
                    grads.dZ[2] @ cache.A[1]
                continue
            wrong = grads.dZ[2] @ cache.A[1]
            assert wrong.shape == grads.dW[2].shape
            assert mn.relative_error(wrong, grads.dW[2]) > 0.1


@claims(
    "shapes",
    "Only $A$ and $Z$ grow with the batch: a network trained on batches of 4 "
    "runs on batches of 7, or on one sample.",
)
def test_a_network_runs_on_batches_of_every_size():
    for seed in SEEDS:
        net = mn.init([3, 5, 2], rng=seed)
        X = np.random.default_rng(seed).standard_normal((3, 7))
        whole = mn.forward(net, X).A[2]
        for m in (1, 4, 7):
            part = mn.forward(net, X[:, :m]).A[2]
            np.testing.assert_allclose(part, whole[:, :m])


@claims(
    "shapes",
    "The shapes of $dW$ and $d\\mathbf{b}$ do not depend on $m$.",
    "The shapes of the parameters do not depend on $m$.",
)
def test_parameters_and_their_derivatives_know_no_batch():
    tables = [mn.shape_table([2, 4, 3, 1], m=m) for m in (1, 5, 100)]
    for l in (1, 2, 3):
        for name in ("W", "b", "dW", "db"):
            assert len({table[f"{name}[{l}]"] for table in tables}) == 1
        assert len({table[f"dZ[{l}]"] for table in tables}) == 3


@claims(
    "shapes",
    "With different sizes one way is left, and it is the right formula. With "
    "equal sizes every way fits, and shapes tell you nothing.",
)
def test_one_of_eight_ways_has_the_right_shape():
    right = {"Z[1]": "P Q", "dW[1]": "P Qᵀ", "dA[1]": "Pᵀ Q"}
    factors = {
        "Z[1]": ("W[1]", "A[0]"),
        "dW[1]": ("dZ[1]", "A[0]"),
        "dA[1]": ("W[2]", "dZ[2]"),
    }
    for n, m in (([2, 3, 1], 5), ([2, 4, 3], 7), ([5, 2, 3], 4)):
        assert fitting(n, m, factors) == {k: [v] for k, v in right.items()}
    for found in fitting([3, 3, 3], 3, factors).values():
        assert len(found) == 8


def fitting(n, m, factors):
    """Return the products of P and Q that have the shape of the table."""
    table = mn.shape_table(n, m)
    found = {}
    for wanted, names in factors.items():
        found[wanted] = []
        arrays = [np.ones(table[name]) for name in names]
        for order, p, q in itertools.product((1, -1), ("P", "Pᵀ"), "QR"):
            P = arrays[0].T if "ᵀ" in p else arrays[0]
            Q = arrays[1].T if q == "R" else arrays[1]
            left, right = (P, Q)[::order]
            word = " ".join((p, "Qᵀ" if q == "R" else q)[::order])
            if left.shape[1] != right.shape[0]:
                continue
            if (left @ right).shape == table[wanted]:
                found[wanted].append(word)
    return found


@claims(
    "shapes",
    "NumPy knows arrays with *one* axis, of shape `(3,)`, and takes them for "
    "*rows*.",
    "which column $j$ is the old bias minus the step that was meant for "
    "unit $j$.",
)
def test_a_bias_with_one_axis_is_a_row():
    bias = np.arange(4.0)
    added = np.zeros((4, 4)) + bias
    for i in range(4):
        assert (added[:, i] == bias[i]).all()
    with pytest.raises(ValueError, match="broadcast"):
        np.zeros((4, 5)) + bias
    b = np.array([[1.0], [2.0], [3.0]])
    db = np.array([0.5, -1.0, 4.0])
    once = b - 0.1 * db
    for j in range(3):
        np.testing.assert_array_equal(once[:, [j]], b - 0.1 * db[j])
    assert (once - 0.1 * db).shape == (3, 3)
    assert (np.zeros((3, 3)) + once).shape == (3, 3)
    with pytest.raises(ValueError, match="broadcast"):
        np.zeros((3, 5)) + once
