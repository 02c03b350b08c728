"""What the chapter losses claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, of_page

import mininn as mn


@claims("further/entropy", "Squared error finds the *mean* of the labels.")
def test_squared_error_finds_the_mean():
    for seed in SEEDS:
        Y = np.random.default_rng(seed).exponential(size=(1, 7))
        best = np.full((1, 7), Y.mean())
        least = mn.euclidean(best, Y)
        assert abs(mn.euclidean.dZ(best, Y).sum()) < 1e-12
        for shift in (-0.1, -1e-3, 1e-3, 0.1):
            assert mn.euclidean(best + shift, Y) > least


@claims(
    "further/entropy",
    "the *share* of ones.",
    "That is why an output trained with this loss may be read as a "
    "probability.",
)
def test_binary_cross_entropy_finds_the_share_of_ones():
    for seed in SEEDS:
        X, Y = np.zeros((1, 30)), np.zeros((1, 30))
        ones = 1 + seed % 10
        Y[0, :ones] = 1
        net, _ = mn.train(
            mn.init([1, 1], rng=seed),
            X,
            Y,
            mn.binary_cross_entropy,
            lr=2.0,
            epochs=200,
        )
        assert mn.forward(net, X).A[1] == pytest.approx(ones / 30, abs=1e-4)


@claims(
    "further/entropy",
    "after training on many samples, $\\sqrt{2J}$ says how large the noise is",
    "with ten, $\\sqrt{2J}$ is too small",
)
def test_the_noise_is_found_from_many_samples_and_taken_too_small_from_ten():
    (noise_found,) = of_page("further/entropy", "noise_found")
    seeds = range(1000, 1300)
    assert 0.28 < min(noise_found(1000, s) for s in SEEDS)
    assert max(noise_found(1000, s) for s in SEEDS) < 0.32
    few = np.array([noise_found(10, seed) for seed in seeds])
    assert np.median(few) < 0.27
    assert (few < 0.3).mean() > 0.7
    assert (few**2).mean() == pytest.approx(0.09 * 8 / 10, rel=0.1)


@claims(
    "further/entropy",
    "The fitted line has a smaller $J$ than the true one. It must have",
)
def test_the_fitted_line_is_nearer_to_its_own_samples_than_the_true_one():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((1, 20))
        Y = 2 * X + 1 + 0.3 * rng.standard_normal((1, 20))
        start = mn.init([1, 1], output="identity", rng=seed)
        _, J = mn.train(start, X, Y, mn.euclidean, lr=0.3, epochs=300)
        assert J[-1] < mn.euclidean(2 * X + 1, Y)


@claims(
    "further/entropy",
    "A network that gives the truth $e^{-0.325} = 0.7225$ every time has the "
    "cost 0.325, and is right every time.",
)
@claims(
    "losses",
    "With ten classes, 0.102 for the truth and 0.0998 for each of the others "
    "cost 2.28, almost $\\log 10$, and every answer is right.",
)
def test_the_cost_of_guessing_does_not_say_that_nothing_was_learned():
    shares = -0.9 * np.log(0.9) - 0.1 * np.log(0.1)
    for K, p, guessing in ((2, 0.7225, shares), (10, 0.102, np.log(10))):
        Y = mn.one_hot(np.arange(K), K)
        A = np.where(Y == 1, p, (1 - p) / (K - 1))
        assert (A.argmax(0) == Y.argmax(0)).all()
        J = mn.cross_entropy(np.log(A), Y)
        assert J == pytest.approx(guessing, rel=0.01)


@claims(
    "further/entropy",
    "A network that learned the shares and nothing else has this cost",
)
def test_a_network_without_inputs_ends_at_the_entropy_of_the_shares():
    Y = np.array([[1.0] + [0.0] * 9])
    for seed in SEEDS:
        start = mn.init([1, 1], rng=seed)
        net, J = mn.train(
            start,
            np.zeros((1, 10)),
            Y,
            mn.binary_cross_entropy,
            lr=3.0,
            epochs=400,
        )
        assert J[-1] == pytest.approx(0.3251, abs=1e-4)
        assert mn.accuracy(net, np.zeros((1, 10)), Y) == 0.9


@claims(
    "further/entropy",
    "no network gets below 0.325 on average over new data",
)
def test_no_answer_is_cheaper_than_the_entropy_of_flipped_labels():
    a = np.linspace(1e-6, 1 - 1e-6, 100_001)
    costs = -0.9 * np.log(a) - 0.1 * np.log(1 - a)
    assert costs.min() == pytest.approx(0.32508, abs=1e-5)
    assert a[costs.argmin()] == pytest.approx(0.9, abs=1e-4)


@claims(
    "losses",
    "The worst mistakes teach the least.",
    "The cross-entropy pulls hardest at $-8$, where the answer is most "
    "wrong, with a slope near $-1$. The squared error pulls hardest at $-1$, "
    "and never by more than 0.15.",
    "Left of $-4$ the dashed curve is nearly flat",
    "And there it bends downward, which the cross-entropy never does.",
)
def test_squared_error_on_a_sigmoid_is_flat_where_it_is_most_wrong():
    z = np.linspace(-30, -4, 1000)
    a = mn.sigmoid(z)
    slope = np.abs((a - 1) * a * (1 - a))
    assert (np.diff(slope) > 0).all()
    assert slope.max() < 0.02
    stops = np.array([*range(-6, 7), -8, 8])
    a = mn.sigmoid(stops)
    assert stops[np.argmax(np.abs(a - 1))] == -8
    assert np.abs(a - 1).max() > 0.999
    assert stops[np.argmax(np.abs((a - 1) * a * (1 - a)))] == -1
    a = np.linspace(0, 1, 100_001)
    assert 0.148 < (a * (1 - a) ** 2).max() < 0.15
    cost = (mn.sigmoid(np.linspace(-8, 8, 401)) - 1) ** 2 / 2
    bent = np.diff(cost, 2)
    assert bent.min() < 0 < bent.max()
    assert (bent[:100] < 0).all()  # z below -4
    assert (np.diff(np.log1p(np.exp(-np.linspace(-8, 8, 401))), 2) > 0).all()


@claims("losses", "the loss has one valley and no other")
def test_in_the_score_all_three_losses_are_convex():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        Y = mn.one_hot(rng.integers(0, 3, 5), 3)
        left, right = 5 * rng.standard_normal((2, 3, 5))
        for loss in (mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy):
            middle = loss((left + right) / 2, Y)
            assert middle < (loss(left, Y) + loss(right, Y)) / 2


@claims("further/traps", "every answer is drawn to the mean of all labels.")
def test_a_column_minus_a_row_makes_every_answer_the_mean():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        a, y = rng.random((8, 1)), rng.random(8)

        def pairs(a, y=y):
            return ((a - y) ** 2).mean()

        for _ in range(200):
            a = a - mn.numerical_gradient(pairs, a)
        assert a == pytest.approx(np.full((8, 1), y.mean()), abs=1e-6)
