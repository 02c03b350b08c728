"""What the playground claims of its things to try, measured again."""

import numpy as np
from claims.ledger import SEEDS, claims, of_page

import mininn as mn
from mininn.glass.play import tries

CLASSES = mn.binary_cross_entropy


def counts(n, data, *rest):
    (right,) = of_page("playground", "right")
    return [right(n, data, seed, *rest) for seed in SEEDS]


@claims("playground", "All ten starts with two units stay below 180 of 200")
def test_two_units_are_too_few():
    assert max(counts([2, 2, 1], mn.circles)) < 180


@claims("playground", "with three all ten get at least 198")
def test_three_units_are_enough():
    assert min(counts([2, 3, 1], mn.circles)) >= 198


@claims("playground", "Three units stay below 190 on the spirals")
def test_three_units_are_too_few_for_the_spirals():
    assert max(counts([2, 3, 1], mn.spirals)) < 190


@claims("playground", "8 and 8 get at least 198 in all ten")
def test_two_layers_are_enough_for_the_spirals():
    assert min(counts([2, 8, 8, 1], mn.spirals)) >= 198


@claims(
    "playground",
    "Adam divides the 200 out again, and all ten get at least 198 points",
    "plain descent stays below 180 in all ten",
)
def test_adam_does_not_see_that_the_mean_is_lost():
    asked = [2, 3, 1], mn.circles
    assert min(counts(*asked, mn.adam(0.03), 200)) >= 198
    assert max(counts(*asked, mn.gradient_descent(0.5), 200)) < 180


def stored(name):
    """A network that the page has prepared, by the name of its button."""
    (one,) = (one for one in tries() if one["name"] == name)
    net = one["net"]
    layers = range(1, len(net["n"]))
    return mn.Network(
        {l: np.array(net["W"][l - 1]) for l in layers},
        {l: np.array(net["b"][l - 1])[:, np.newaxis] for l in layers},
        {l: net["g"][l - 1] for l in layers},
    )


def moved(net, epochs=50):
    """By how much training changes each number, layer by layer."""
    X, Y = mn.circles(200, rng=0)
    rule = mn.gradient_descent(0.5)
    after, _ = mn.train(net, X, Y, CLASSES, optimizer=rule, epochs=epochs)
    return {l: np.abs(after.W[l] - net.W[l]) for l in net.W} | {
        "b": max(np.abs(after.b[l] - net.b[l]).max() for l in net.b)
    }


@claims(
    "playground",
    "every derivative is 0, and no step changes anything",
    "only the unit that you touched wakes up",
)
def test_from_zeros_nothing_moves_and_one_number_wakes_one_unit():
    net = stored("All zeros")
    assert max(np.max(change) for change in moved(net).values()) < 1e-15
    W1 = net.W[1].copy()
    W1[1, 0] = 1
    woken = moved(mn.Network(net.W | {1: W1}, net.b, net.g))
    assert (woken[1][1] > 1e-4).all()
    assert woken[2][0, 1] > 1e-3
    assert woken[1][[0, 2]].max() < 1e-15
    assert woken[2][0, [0, 2]].max() < 1e-15


@claims("playground", "The three outputs add up to 1")
def test_three_classes_share_1():
    net = stored("Three classes")
    A = mn.forward(net, mn.circles(20, rng=0)[0]).A[net.L]
    assert np.allclose(A.sum(axis=0), 1, atol=1e-15, rtol=0)
