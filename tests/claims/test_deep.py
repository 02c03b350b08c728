"""What the chapter deep claims, measured again."""

import itertools

import numpy as np
from claims.ledger import claims

import mininn as mn


@claims(
    "deep",
    "With tanh and ReLU the length stays within a factor of 100, in every one "
    "of the thirty.",
    "With sigmoids it loses a factor of $10^{15}$ and more.",
    "ReLU tends to lose and tanh to gain, and about half of the ReLU "
    "networks are beyond a factor of four.",
)
def test_through_32_layers_the_gradient_keeps_within_a_factor_of_100():
    gain = {"tanh": [], "relu": [], "sigmoid": []}
    for g, seed in itertools.product(gain, range(100, 130)):
        rng = np.random.default_rng(seed)
        net = mn.init([20] * 33 + [1], hidden=g, rng=rng)
        X = rng.standard_normal((20, 50))
        Y = (X[[0]] > 0).astype(float)
        cache = mn.forward(net, X)
        dZ = mn.backward(net, cache, Y, mn.binary_cross_entropy).dZ
        gain[g].append(np.linalg.norm(dZ[1]) / np.linalg.norm(dZ[net.L]))
    for g in ("tanh", "relu"):
        assert 0.01 < min(gain[g]) < max(gain[g]) < 100
    assert max(gain["sigmoid"]) < 1e-15
    assert np.median(gain["relu"]) < 1 < np.median(gain["tanh"])
    assert 10 <= sum(not 0.25 < r < 4 for r in gain["relu"]) <= 20
