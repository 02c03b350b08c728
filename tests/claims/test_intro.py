"""What the chapter intro claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn

LOSS = mn.binary_cross_entropy


def rings(units, lr, seed):
    """The share that 1,000 updates get right, as in the explorer."""
    X, Y = mn.circles(120, rng=seed)
    net = mn.init([2, units, 1], hidden="tanh", rng=seed)
    net, _ = mn.train(net, X, Y, LOSS, lr=lr, epochs=1000)
    return mn.accuracy(net, X, Y)


@pytest.mark.whole
@claims(
    "intro",
    "In these pictures one unit gets at most 67 % of the points right, two "
    "get 84 %, and three or eight get all.",
    "{doc}`activations` proves that two units cannot do it and that three "
    "can.",
)
def test_the_rings_take_three_hidden_units():
    share = {u: [rings(u, 3.0, s) for s in SEEDS] for u in (1, 2, 3, 8)}
    assert 0.64 < min(share[1]) <= max(share[1]) < 0.73
    assert 0.78 < min(share[2]) <= max(share[2]) < 0.93
    assert sum(right == 1 for right in share[3]) >= 9
    assert min(share[8]) == 1


@claims("intro", "With the rate 0.03 a thousand updates are too few")
def test_a_rate_of_3_hundredths_is_too_small_for_a_thousand_updates():
    assert max(rings(3, 0.03, seed) for seed in SEEDS) < 0.97


@claims(
    "intro",
    "$d\\theta$ is always $\\partial J/\\partial \\theta$ with the shape of "
    "the array $\\theta$, and $\\frac1m$ enters once, in the loss.",
)
def test_samples_twice_over_change_no_derivative_of_a_parameter():
    for seed in SEEDS:
        X, Y = mn.circles(20, rng=seed)
        net = mn.init([2, 3, 1], rng=seed)
        one = mn.backward(net, mn.forward(net, X), Y, LOSS)
        XX, YY = np.hstack([X, X]), np.hstack([Y, Y])
        two = mn.backward(net, mn.forward(net, XX), YY, LOSS)
        for l in (1, 2):
            assert two.dZ[l].shape == (net.n[l], 40)
            np.testing.assert_allclose(two.dW[l], one.dW[l], atol=1e-15)
            np.testing.assert_allclose(two.dZ[l][:, :20], one.dZ[l] / 2)
