"""What the chapter shapes claims, measured again."""

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
    "but here it is almost three times too large",
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
    "Only $A$ and $Z$ grow with the batch, and all but $A$ with the units.",
    "a network trained on batches of 4 runs on batches of 7, or on one sample",
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
    "when there are as many samples as inputs, the transpose fits too",
)
def test_a_square_batch_of_rows_is_taken_for_columns():
    net = mn.init([2, 4, 1], rng=100)
    X = np.random.default_rng(100).standard_normal((2, 2))
    assert mn.forward(net, X.T).A[2].shape == (1, 2)
    with pytest.raises(ValueError, match=r"X\.T"):
        mn.forward(net, np.ones((5, 2)))


@claims(
    "shapes",
    "Its entries are added to the four samples, not to the four units.",
)
def test_a_bias_with_one_axis_is_a_row():
    bias = np.arange(4.0)
    added = np.zeros((4, 4)) + bias
    for i in range(4):
        assert (added[:, i] == bias[i]).all()
    with pytest.raises(ValueError, match="broadcast"):
        np.zeros((4, 5)) + bias
