"""What the chapter activations claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn


@claims(
    "activations",
    "So guessing *is* the best that a linear score can do.",
    "A line *followed by a bend* can do better; it stops near 70 %.",
    "All ten are below $\\log 2$.",
)
def test_one_bent_line_stops_near_70_percent():
    J, right = [], []
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        net, history = mn.train(
            mn.init([2, 1, 1], hidden="tanh", rng=seed),
            X,
            Y,
            mn.binary_cross_entropy,
            lr=3.0,
            epochs=300,
        )
        J.append(history[-1])
        right.append(mn.accuracy(net, X, Y))
    assert max(J) < 0.6 < np.log(2)
    assert 0.65 < min(right) <= max(right) < 0.72


@claims("activations", "So the best edge touches the inner ring.")
def test_no_half_plane_gets_more_of_two_rings_than_one_that_touches():
    angle = np.linspace(0, 2 * np.pi, 20001)[:-1]
    cuts = np.linspace(-1.1, 1.1, 441)
    inner = [(0.3 * np.cos(angle) < c).mean() for c in cuts]
    outer = [(np.cos(angle) > c).mean() for c in cuts]
    right = np.add(inner, outer) / 2
    best = cuts[right.argmax()]
    assert best == pytest.approx(0.3, abs=0.006)
    assert right.max() == pytest.approx(
        (1 + np.arccos(0.3) / np.pi) / 2, abs=2e-3
    )
