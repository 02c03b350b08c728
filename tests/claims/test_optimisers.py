"""What optimisers, noise and momentum claim, measured again."""

import itertools

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, of_page

import mininn as mn

BCE = mn.binary_cross_entropy
RULES = {
    "plain 1": mn.gradient_descent(1.0),
    "plain 10": mn.gradient_descent(10.0),
    "momentum 0.1": mn.momentum(0.1),
    "momentum 1": mn.momentum(1.0),
    "rmsprop 0.1": mn.rmsprop(0.1),
    "adam 0.1": mn.adam(0.1),
}
VALLEY_X, VALLEY_Y = np.array([[4.0, -4.0]]), np.zeros((1, 2))


def valley(w=1.0, b=4.0):
    return mn.Network({1: [[w]]}, {1: [[b]]}, {1: "identity"})


@claims("optimisers", "but it is right *on average*.")
def test_the_mean_over_all_batches_is_the_gradient():
    for seed in SEEDS:
        X, Y = mn.circles(6, rng=seed)
        net = mn.init([2, 3, 1], rng=seed)

        def dW(B, net=net, X=X, Y=Y):
            cache = mn.forward(net, X[:, B])
            return mn.backward(net, cache, Y[:, B], BCE).dW[1]

        for size in (1, 2, 5):
            batches = itertools.combinations(range(6), size)
            mean = np.mean([dW(list(B)) for B in batches], axis=0)
            np.testing.assert_allclose(mean, dW([*range(6)]), atol=1e-14)


@claims(
    "further/noise",
    "Here the many inexact steps came further than the few exact ones.",
)
def test_after_20_epochs_small_batches_are_further():
    ahead = 0
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        start = mn.init([2, 4, 1], hidden="sigmoid", rng=seed)
        full, small = (
            mn.train(
                start, X, Y, BCE, lr=1.0, epochs=20, batch_size=size, rng=seed
            )[1][-1]
            for size in (200, 4)
        )
        ahead += small < 0.3 < 0.6 < full
    assert ahead >= 7


@claims(
    "further/noise",
    "For a small rate its variance is about $\\frac{\\alpha}{2} s^2$, so its "
    "width grows with $\\sqrt\\alpha$.",
)
def test_the_width_of_the_cloud_grows_with_the_root_of_the_rate():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        y = 3 * rng.standard_normal(50)
        y -= y.mean()
        for alpha in (0.08, 0.02):
            w = np.zeros(10_000)
            for _ in range(300):
                w = (1 - alpha) * w + alpha * rng.choice(y, w.size)
            expected = np.sqrt(alpha / 2) * y.std()
            assert w.std() == pytest.approx(expected, rel=0.06)


@claims("further/momentum", "a hundred times fewer steps.")
def test_momentum_needs_a_hundredth_of_the_steps_in_a_steep_valley():
    kappa = 10_000
    plain = (kappa - 1) / (kappa + 1)
    momentum = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    assert np.log(momentum) / np.log(plain) == pytest.approx(100, rel=1e-3)


@claims(
    "optimisers",
    "In the first step both parameters move by the same",
    "But 0.3 is three times the rate.",
)
def test_the_first_step_of_rmsprop_is_the_same_for_every_gradient():
    for seed in SEEDS:
        w, b = 1 + np.random.default_rng(seed).random(2)
        net, _ = mn.train(
            valley(w, b),
            VALLEY_X,
            VALLEY_Y,
            mn.euclidean,
            optimizer=mn.rmsprop(0.1, beta=0.9),
            epochs=1,
        )
        moved = w - net.W[1].item(), b - net.b[1].item()
        assert moved == pytest.approx((0.1**0.5, 0.1**0.5), rel=1e-6)


@claims(
    "further/momentum",
    "It is no bound. One gradient after many of 0 makes a step of "
    "$3.2\\,\\alpha$, and gradients that grow make longer ones",
)
def test_a_step_of_adam_can_be_seven_times_its_rate():
    (longest,) = of_page("further/momentum", "longest")
    assert longest([2.0] * 50) == pytest.approx(1, abs=1e-6)
    alone = longest([0] * 9000 + [5.0])
    assert alone == pytest.approx(0.1 / 0.001**0.5, rel=1e-3)
    growing = longest([0] * 9000 + [1.11**t for t in range(60)])
    worst = alone / np.sqrt(1 - 0.9**2 / 0.999)
    assert growing == pytest.approx(worst, rel=2e-3)


@claims(
    "further/momentum",
    "A turn of the valley changes nothing for momentum, nor for the plain "
    "rule.",
    "takes as long in the steep valley as in the gentle one.",
)
def test_a_turn_of_the_valley_hurts_adam_alone():
    turned, steps_needed, rules = of_page(
        "further/momentum", "turned", "steps_needed", "rules"
    )
    needed = {
        (name, kappa, degrees): steps_needed(
            rule, *turned(kappa, degrees), most=3000
        )
        for kappa, degrees in ((16, 0), (16, 30), (64, 0), (64, 45))
        for name, rule in rules(kappa).items()
    }
    for name in ("plain", "momentum", "nesterov"):
        assert needed[name, 16, 0] == needed[name, 16, 30]
        assert needed[name, 64, 0] == needed[name, 64, 45]
        assert needed[name, 64, 0] > 1.5 * needed[name, 16, 0]
    adam = needed["adam", 64, 0]
    assert adam == pytest.approx(needed["adam", 16, 0], rel=0.1)
    assert needed["adam", 64, 45] > 1.5 * adam


def race(rule, hidden, size):
    """The epochs that each seed needs, as the chapter counts them."""
    (needed,) = of_page("optimisers", "epochs_needed")
    found = []
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        needed.__globals__.update(X=X, Y=Y, loss=BCE)
        found.append(needed(rule, hidden, size, seed))
    return np.array(found)


def median(epochs):
    return np.median(epochs[np.isfinite(epochs)])


@pytest.mark.weekly
@claims(
    "optimisers",
    "Batches of 20 need about a tenth of the epochs.",
    "Momentum with the rate 0.1 needs about as many epochs as plain descent "
    "with the rate 1",
    "plain descent with steps as long, rate 10, is lost in most runs.",
)
def test_batches_need_a_tenth_and_momentum_is_a_longer_step():
    lost = 0
    for hidden in ("relu", "tanh"):
        plain = race(mn.gradient_descent(1.0), hidden, 200)
        batches = race(mn.gradient_descent(1.0), hidden, 20)
        assert 8 < median(plain) / median(batches) < 12
        slow = race(mn.momentum(0.1), hidden, 200)
        assert 0.9 < median(slow) / median(plain) < 1.2
        fast = race(mn.momentum(1.0), hidden, 200)
        assert median(fast) < median(plain) / 3
        for size in (200, 20):
            far = race(mn.gradient_descent(10.0), hidden, size)
            assert np.isfinite(far).sum() < np.isfinite(fast).sum()
            lost += np.isinf(far).sum()
    assert lost > 25


@claims(
    "optimisers",
    "Fewest of all with tanh, and from nearly every start: momentum with the "
    "rate 1 and batches.",
)
def test_momentum_with_batches_needs_the_fewest_epochs_with_tanh():
    medians = {}
    for name, rule in RULES.items():
        for size in (200, 20):
            needed = race(rule, "tanh", size)
            if np.isfinite(needed).sum() > len(SEEDS) / 2:
                medians[name, size] = median(needed)
            if (name, size) == ("momentum 1", 20):
                assert np.isfinite(needed).sum() >= len(SEEDS) - 1
    assert min(medians, key=medians.get) == ("momentum 1", 20)


@claims(
    "optimisers",
    "With tanh and all points, RMSprop and Adam need less than half of the "
    "epochs of plain descent with the rate 1.",
    "With ReLU they are fast too, but they arrive from fewer starts.",
)
def test_a_rate_for_each_parameter_is_fast_and_loses_relus():
    for hidden in ("relu", "tanh"):
        plain = race(mn.gradient_descent(1.0), hidden, 200)
        for rule in (mn.rmsprop(0.1), mn.adam(0.1)):
            own = race(rule, hidden, 200)
            assert median(own) < median(plain) / 2
            there = np.isfinite(own).sum()
            if hidden == "relu":
                assert there < np.isfinite(plain).sum()
            else:
                assert there >= 8


@claims(
    "optimisers",
    "Every run that failed has a dead unit, and no other run has one.",
    "Plain descent loses units too, only less often here.",
)
def test_a_run_fails_exactly_when_a_relu_died():
    rules = {"plain": mn.gradient_descent(1.0), "adam": mn.adam(0.1)}
    died = dict.fromkeys(rules, 0)
    for seed, name in itertools.product(SEEDS, rules):
        X, Y = mn.circles(200, rng=seed)
        net = mn.init([2, 3, 1], hidden="relu", rng=seed)
        net, J = mn.train(net, X, Y, BCE, optimizer=rules[name], epochs=500)
        fires = (mn.forward(net, X).A[1] > 0).any(axis=1)
        assert fires.all() == (J[-1] < 0.0944)
        died[name] += not fires.all()
    assert 0 < died["plain"] < died["adam"]


def walk_of(rule):
    steps = mn.descend(
        valley(), VALLEY_X, VALLEY_Y, mn.euclidean, optimizer=rule, epochs=40
    )
    return [(s.net.W[1].item(), s.net.b[1].item(), s.J) for s in steps]


@claims(
    "optimisers",
    "Momentum is the first below 0.01, between steps 12 and 15.",
    "It swings more widely than plain descent at first, and calms down "
    "sooner.",
    "Adam shoots past the minimum and turns back.",
)
def test_the_four_walks_of_the_film():
    plain = walk_of(mn.gradient_descent(2 / 17))
    momentum = walk_of(mn.momentum(0.16, beta=0.36))
    adam, others = walk_of(mn.adam(0.3)), walk_of(mn.rmsprop(0.1))
    assert 12 < next(t for t, p in enumerate(momentum) if p[2] < 0.01) <= 15
    for walk in (plain, adam, others):
        assert min(J for _, _, J in walk[:16]) > 0.01
    assert abs(momentum[1][0]) > 1.5 * abs(plain[1][0])
    assert abs(momentum[15][0]) < 0.1 * abs(plain[15][0])
    b = [p[1] for p in adam]
    assert min(b) < -0.5
    assert b[-1] > 0
