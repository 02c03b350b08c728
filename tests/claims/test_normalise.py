"""What normalise claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, of_page

import mininn as mn

NAMES = (
    "mean_squares",
    "normalised",
    "normalised_back",
    "start",
    "forward",
    "backward",
    "trained",
    "costs",
    "sizes_at_start",
)
PAGE = dict(zip(NAMES, of_page("normalise", *NAMES), strict=True))
WAYS = {
    "plain": (0, False),
    "batch": (-1, False),
    "layer": (-2, False),
    "residual": (0, True),
    "both": (-2, True),
}
X, Y = mn.circles(50, rng=100)


def learned(way, L):
    """How many of ten starts learn, at each of the two rates."""
    axis, residual = WAYS[way]
    lr = np.repeat([0.03, 0.1], len(SEEDS)).reshape(-1, 1, 1)
    with np.errstate(all="ignore"):
        net = PAGE["trained"](X, Y, L, axis, residual, lr, [*SEEDS] * 2)
        J = PAGE["costs"](net, X, Y, axis, residual)
    return (J.reshape(2, -1) < 0.3).sum(axis=1)


@claims(
    "normalise",
    "With 10 units in each layer the signal fades all the same.",
    "few draws are far above the mean, and most are below it.",
    "nearly every draw is smaller than its mean",
)
def test_deep_narrow_networks_fade():
    narrow = [PAGE["mean_squares"](10, seed)[-1] for seed in SEEDS]
    wide = [PAGE["mean_squares"](100, seed)[-1] for seed in SEEDS]
    assert sum(q < 0.1 for q in narrow) >= 8
    assert np.median(narrow) < 1e-3
    assert 0.02 < np.median(wide) < 3


@pytest.mark.whole
@claims(
    "normalise",
    "At 20 layers batch normalisation helps.",
    "Layer normalisation alone learns from three starts at most, even at 20.",
)
def test_batch_normalisation_helps_at_20_layers():
    plain, batch = learned("plain", 20), learned("batch", 20)
    assert batch.sum() > plain.sum()
    assert batch.min() >= 6
    assert learned("layer", 20).max() <= 2


@pytest.mark.weekly
@claims(
    "normalise",
    "At 40 neither it nor the plain network learns from more than four "
    "starts of ten. With residual connections all ten learn at the lower "
    "rate, and with both nearly every start does at either rate.",
)
def test_residual_connections_train_40_layers():
    for way in ("plain", "batch", "layer"):
        assert learned(way, 40).max() <= 4, way
    assert learned("residual", 40)[0] >= 9
    assert learned("both", 40).min() >= 9


@claims(
    "normalise",
    "the signal is level, but gradients *grow* on the way back, by a factor "
    "of thousands.",
    "at the end all samples point in one direction: their cosine is 1.",
    "sizes hold, and samples stay apart.",
)
def test_what_fails_in_each_of_the_networks():
    PAGE["sizes_at_start"].__globals__.update(X=X, Y=Y)
    found = {}
    for way, (axis, residual) in WAYS.items():
        ahead, back, alike = PAGE["sizes_at_start"](40, axis, residual, SEEDS)
        found[way] = (
            np.median(ahead[-1] / (ahead[0] + 1e-99)),
            np.median(back[0] / (back[-1] + 1e-99)),
            np.median(alike),
        )
    signal, gradient, alike = found["batch"]
    assert 0.5 < signal < 2
    assert 1e3 < gradient < 1e5
    assert alike < 0.8
    assert found["plain"][0] < 1e-2
    assert 0.5 < found["layer"][0] < 2
    assert found["layer"][2] > 0.97
    for way in ("residual", "both"):
        signal, gradient, alike = found[way]
        assert 0.5 < signal < 10
        assert 0.1 < gradient < 50
        assert alike < 0.8
