"""What the page about samples in rows claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn


@claims(
    "further/rows",
    "a layer treats each sample on its own. So take one layer, `W1` and `b1` "
    "from above, change *one* sample, and see how many answers move",
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


@claims(
    "further/rows",
    "when there are as many samples as inputs, the transpose fits too",
)
def test_a_square_batch_of_rows_is_taken_for_columns():
    net = mn.init([2, 4, 1], rng=100)
    X = np.random.default_rng(100).standard_normal((2, 2))
    assert mn.forward(net, X.T).A[2].shape == (1, 2)
    with pytest.raises(ValueError, match=r"X\.T"):
        mn.forward(net, np.ones((5, 2)))


@claims(
    "further/rows",
    "where we write $dW = dZ\\, A^\\top$, a text with rows has $A^\\top dZ$",
)
def test_a_gradient_in_rows_is_the_transpose_of_ours():
    for seed in SEEDS:
        X, Y = mn.circles(7, rng=seed)
        net = mn.init([2, 4, 1], rng=seed)
        cache = mn.forward(net, X)
        grads = mn.backward(net, cache, Y, mn.binary_cross_entropy)
        A_rows, dZ_rows = cache.A[1].T, grads.dZ[2].T
        np.testing.assert_allclose(A_rows.T @ dZ_rows, grads.dW[2].T)
