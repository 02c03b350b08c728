"""What the chapter outputs and its side pages claim, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn

LOSS = mn.binary_cross_entropy


def people(m, seed):
    """Measurements of people, and who is ill: one in ten."""
    rng = np.random.default_rng(seed)
    Y = (rng.random((1, m)) < 0.1).astype(float)
    return np.where(Y == 1, 1, -1) + rng.standard_normal((1, m)), Y


def one_unit(seed):
    """The network 1-1 after its training on 10,000 people."""
    net = mn.init([1, 1], rng=seed)
    return mn.train(net, *people(10000, seed), LOSS, lr=4.0, epochs=100)[0]


def mistakes(net, X, Y, t):
    """Misses and false alarms at a threshold."""
    yes, ill = mn.forward(net, X).A[1] > t, Y == 1
    return (~yes & ill).sum(), (yes & ~ill).sum()


def by_hand():
    """The network of the rings, with its 13 numbers."""
    W1 = [[0.0, -2.0], [2.0, 1.0], [-2.0, 1.0]]
    return mn.Network(
        {1: W1, 2: [[-10.0, -10.0, -10.0]]},
        {1: [[-1.0]] * 3, 2: [[2.0]]},
        {1: "relu", 2: "sigmoid"},
    )


@claims(
    "outputs",
    "no score is above 2, and no answer above 0.8808.",
    "so $J$ can never be below 0.063, wherever the points lie.",
)
def test_the_thirteen_numbers_set_by_hand_cannot_cost_less():
    net, least = by_hand(), -np.log(mn.sigmoid([[2.0]]).item())
    assert round(least, 3) == 0.127
    for seed in SEEDS:
        X = np.random.default_rng(seed).normal(0, 3, (2, 1000))
        cache = mn.forward(net, X)
        assert cache.Z[2].max() <= 2
        assert cache.A[2].max() < 0.8808
        X, Y = mn.circles(200, rng=seed)
        assert Y.sum() == 100
        Z = mn.forward(net, X).Z[2]
        assert LOSS.per_sample(Z, Y)[Y == 1].min() >= least - 1e-12
        assert LOSS(Z, Y) > least / 2 > 0.063


@claims(
    "outputs",
    "With $c = 3$ the cost is 0.0192, a fifth of 0.0944: the network becomes "
    "surer, and it is nearly always right.",
    "All scores are multiplied by $c$, so their signs stay, and with them "
    "every answer.",
)
def test_scaled_scores_cost_less_and_say_the_same():
    net = by_hand()
    X, Y = mn.circles(200, rng=0)
    Z = mn.forward(net, X).Z[2]
    assert ((Z > 0) == Y).sum() == 198
    assert [round(LOSS(c * Z, Y), 4) for c in (1, 3)] == [0.0944, 0.0192]
    assert LOSS(6 * Z, Y) > LOSS(3 * Z, Y)
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        W, b = {**net.W, 2: 3 * net.W[2]}, {**net.b, 2: 3 * net.b[2]}
        three = mn.Network(W, b, net.g)
        says = mn.predict(net, X)
        np.testing.assert_array_equal(mn.predict(three, X), says)
        assert (says == Y).mean() > 0.9


@claims(
    "outputs",
    "The two losses differ by $\\log a - \\log(1 - a)$, which is $z$",
    "So the label 0 costs $0.127 + 2 = 2.127$.",
    "which is 5 at $z = \\log(e^5 - 1) = 4.993$",
    "A sure and wrong answer costs nearly its score.",
)
def test_the_two_losses_of_a_score_differ_by_the_score():
    for seed in SEEDS:
        Z = np.random.default_rng(seed).normal(0, 8, (1, 100))
        no, yes = (LOSS.per_sample(Z, np.full_like(Z, y)) for y in (0, 1))
        np.testing.assert_allclose(no - yes, Z, atol=1e-12)
        sure = Z > 4
        np.testing.assert_allclose(no[sure], Z[sure], atol=0.02)
    assert LOSS([[2.0]], [[0]]) == pytest.approx(2.127, abs=5e-4)
    assert LOSS([[4.993]], [[0]]) == pytest.approx(5, abs=5e-4)


@claims(
    "further/thresholds",
    "A network 1-1 can find that from samples.",
    "A sample of 10,000 gives the bias to about a tenth.",
)
def test_one_unit_finds_the_evidence_and_the_odds():
    for seed in SEEDS:
        net = one_unit(seed)
        assert net.W[1][0, 0] == pytest.approx(2, abs=0.2)
        assert net.b[1][0, 0] == pytest.approx(np.log(1 / 9), abs=0.2)


@claims(
    "further/thresholds",
    "so these people show no fault: this network's probabilities can be "
    "believed.",
)
def test_its_probabilities_are_the_shares_of_the_ill():
    off = []
    for seed in SEEDS:
        X, Y = people(20000, seed + 1000)
        A = mn.forward(one_unit(seed), X).A[1][0]
        group = np.digitize(A, [0.01, 0.05, 0.2, 0.5, 0.8])
        for k in range(6):
            a, y = A[group == k], Y[0, group == k]
            off.append((y - a).sum() / np.sqrt((a * (1 - a)).sum()))
    assert max(np.abs(off)) < 5
    assert np.mean(np.abs(off) < 2) > 0.7


@claims(
    "further/thresholds",
    "The threshold trades one mistake for the other.",
    "the same network answers, and its number is compared with another "
    "threshold",
)
def test_a_threshold_of_a_tenth_costs_less_where_a_miss_is_nine_times_as_bad():
    for seed in SEEDS:
        X, Y = people(20000, seed + 1000)
        net = one_unit(seed)
        (misses, alarms), (fewer, more) = (
            mistakes(net, X, Y, t) for t in (0.5, 0.1)
        )
        assert fewer < misses / 2
        assert more > 4 * alarms
        assert 9 * fewer + more < 0.7 * (9 * misses + alarms)


@claims(
    "further/thresholds",
    "anyone who says no to everybody is right nine times out of ten",
    "Accuracy does not tell the two apart.",
)
def test_no_to_everybody_is_right_nine_times_out_of_ten():
    nobody = mn.Network({1: [[0.0]]}, {1: [[-1.0]]}, {1: "sigmoid"})
    for seed in SEEDS:
        X, Y = people(20000, seed + 1000)
        right = [mn.accuracy(n, X, Y) for n in (nobody, one_unit(seed))]
        assert right[0] == pytest.approx(0.9, abs=0.01)
        assert right[0] < right[1] < right[0] + 0.05


@claims(
    "further/thresholds",
    "The cost is below 0.03 with the identity, and could not come below 0.4 "
    "with a ReLU.",
)
def test_a_curve_below_zero_needs_the_identity():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        X = rng.uniform(-3, 3, (1, 60))
        Y = 2 * np.sin(1.5 * X) + 0.2 * rng.standard_normal((1, 60))
        net = mn.init([1, 12, 1], hidden="tanh", output="identity", rng=seed)
        _, J = mn.train(
            net, X, Y, mn.euclidean, optimizer=mn.adam(0.05), epochs=600
        )
        assert J[-1] < 0.04
        assert (Y[Y < 0] ** 2).sum() / 2 / 60 > 0.3


@claims(
    "further/thresholds",
    "A network that was just drawn answers with numbers near 1 in size.",
)
def test_a_new_network_answers_with_numbers_near_1():
    for n in (1, 13, 500):
        size = []
        for seed in SEEDS:
            X = np.random.default_rng(seed).standard_normal((n, 100))
            net = mn.init([n, 30, 1], output="identity", rng=seed)
            size.append(np.sqrt((mn.forward(net, X).A[2] ** 2).mean()))
        assert 0.3 < np.median(size) < 3
        assert max(size) < 10


def arms(seed):
    """Three heaps and three curved arms, of 50 points each."""
    rng = np.random.default_rng(seed)
    ids = np.arange(150) % 3
    around = 2 * np.pi * ids / 3
    heaps = np.array([np.cos(around), np.sin(around)])
    r = np.linspace(0.15, 1.3, 50).repeat(3)
    bent = r * np.array([np.cos(around + 3 * r), np.sin(around + 3 * r)])
    noise = rng.standard_normal((2, 2, 150))
    heaps, bent = heaps + 0.3 * noise[0], bent + 0.05 * noise[1]
    return heaps, bent, mn.one_hot(ids, 3)


@claims(
    "further/twins",
    "Softmax alone draws straight boundaries; only hidden layers bend them.",
)
def test_straight_boundaries_divide_heaps_and_not_arms():
    for seed in SEEDS:
        heaps, bent, Y = arms(seed)
        flat = mn.init([2, 3], output="softmax", rng=seed)
        how = {"lr": 1.0, "epochs": 200}
        net, _ = mn.train(flat, heaps, Y, mn.cross_entropy, **how)
        assert mn.accuracy(net, heaps, Y) > 0.95
        net, _ = mn.train(flat, bent, Y, mn.cross_entropy, **how)
        assert mn.accuracy(net, bent, Y) < 0.7
        net = mn.init([2, 16, 3], hidden="tanh", output="softmax", rng=seed)
        how = {"optimizer": mn.adam(0.05), "epochs": 400}
        net, _ = mn.train(net, bent, Y, mn.cross_entropy, **how)
        assert mn.accuracy(net, bent, Y) > 0.95


@claims(
    "outputs",
    "the network can never be more than 50 % sure of a no",
    "If it passes through a sigmoid twice, the answers lie between "
    "$\\frac12$ and 0.731",
)
def test_a_hidden_activation_on_the_score_takes_the_no_away():
    for seed in SEEDS:
        z = np.random.default_rng(seed).normal(0, 20, (1, 1000))
        assert mn.sigmoid(mn.relu(z)).min() == 0.5
        twice = mn.sigmoid(mn.sigmoid(z))
        assert 0.5 <= twice.min() < twice.max() < 0.7311


@claims(
    "further/twins",
    "So every network with two softmax outputs has a twin with one sigmoid "
    "output, fewer parameters, and the same answers.",
    "Let no be class 0 and yes class 1, as the labels have it.",
)
def test_two_softmax_outputs_have_a_twin_with_one_sigmoid():
    for seed in SEEDS:
        X, Y = mn.circles(40, rng=seed)
        two = mn.init([2, 5, 2], output="softmax", rng=seed)
        W, b = two.W[2], two.b[2]
        one = mn.Network(
            {1: two.W[1], 2: W[[1]] - W[[0]]},
            {1: two.b[1], 2: b[[1]] - b[[0]]},
            {1: "relu", 2: "sigmoid"},
        )
        assert one.size < two.size
        Z = mn.forward(two, X).Z[2], mn.forward(one, X).Z[2]
        np.testing.assert_array_equal(Z[0].argmax(0), Z[1][0] > 0)
        np.testing.assert_allclose(
            mn.cross_entropy(Z[0], mn.one_hot(Y, 2)), LOSS(Z[1], Y)
        )


@claims(
    "outputs",
    "The number with the least squared error is the mean, 1. That is a "
    "class, but not the class of this sample",
)
def test_a_class_number_as_a_label_answers_with_the_class_between():
    answers = np.linspace(0, 2, 201)
    J = [mn.euclidean([[a, a]], [[0, 2]]) for a in answers]
    assert answers[np.argmin(J)] == pytest.approx(1)
