"""What the chapter descent claims, measured again."""

import itertools

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, of_page

import mininn as mn

BCE = mn.binary_cross_entropy
VALLEY_X, VALLEY_Y = np.array([[4.0, -4.0]]), np.zeros((1, 2))


def valley(w=1.0, b=4.0):
    return mn.Network({1: [[w]]}, {1: [[b]]}, {1: "identity"})


@claims(
    "descent",
    "as long as the slope is not 0 and $\\alpha$ is small enough, "
    "$J$ *falls*.",
)
def test_a_short_step_lowers_the_cost_by_what_was_promised():
    for seed in SEEDS:
        X, Y = mn.circles(100, rng=seed)
        net = mn.init([2, 4, 1], hidden="sigmoid", rng=seed)
        cache = mn.forward(net, X)
        g = mn.backward(net, cache, Y, BCE)
        square = sum((d**2).sum() for d in [*g.dW.values(), *g.db.values()])
        after = mn.forward(mn.step(net, g, lr=1e-3), X)
        fall = BCE(cache.Z[2], Y) - BCE(after.Z[2], Y)
        assert fall == pytest.approx(1e-3 * square, rel=0.02)


@claims("descent", "The limit is sharp.")
def test_a_hundredth_below_the_limit_falls_and_above_it_rises():
    for seed in SEEDS:
        x = 20 + np.random.default_rng(seed).standard_normal((1, 50))
        H = np.vstack([x, np.ones((1, 50))])
        limit = 2 / np.linalg.eigvalsh(H @ H.T / 50).max()
        line = mn.init([1, 1], output="identity", rng=seed)
        for share, falls in ((0.99, True), (1.01, False)):
            _, J = mn.train(
                line,
                x,
                0.5 * x - 9,
                mn.euclidean,
                lr=share * limit,
                epochs=150,
            )
            assert (J[-1] < J[0]) == falls


@claims("descent", "one step with $\\alpha = 1$ is enough.")
def test_scaled_inputs_of_one_unit_need_one_step():
    for seed in SEEDS:
        x = 20 + np.random.default_rng(seed).standard_normal((1, 50))
        scaled = (x - x.mean()) / x.std()
        line = mn.init([1, 1], output="identity", rng=seed)
        _, J = mn.train(
            line, scaled, 0.5 * x - 9, mn.euclidean, lr=1, epochs=1
        )
        assert J[1] < 1e-12


@claims(
    "descent",
    "With $\\alpha = 1/16$ it is $w$: its factor $1 - 16\\,\\alpha$ is 0.",
    "At $\\alpha = 0.13$ it is $w$ again, with the factor $-1.08$",
)
def test_in_the_valley_one_rate_arrives_in_w_and_one_runs_away_in_w():
    for lr, factor in ((1 / 16, 0.0), (0.13, -1.08)):
        for seed in SEEDS:
            w, b = np.random.default_rng(seed).standard_normal(2)
            net, _ = mn.train(
                valley(w, b), VALLEY_X, VALLEY_Y, mn.euclidean, lr=lr, epochs=1
            )
            assert net.W[1].item() == pytest.approx(factor * w, abs=1e-12)
            assert abs(net.b[1].item()) < abs(b)


@claims(
    "descent",
    "Swap two hidden units, with all their weights, and the network gives the "
    "same answers",
)
def test_a_network_with_two_units_exchanged_gives_the_same_answers():
    for seed in SEEDS:
        X, _ = mn.circles(20, rng=seed)
        net = mn.init([2, 5, 1], rng=seed)
        order = np.random.default_rng(seed).permutation(5)
        other = mn.Network(
            {1: net.W[1][order], 2: net.W[2][:, order]},
            {1: net.b[1][order], 2: net.b[2]},
            net.g,
        )
        ours, theirs = (mn.forward(n, X).A[2] for n in (net, other))
        np.testing.assert_allclose(ours, theirs)


@claims("descent", "So a rise is no proof of a mistake.")
def test_a_cost_that_rises_on_the_way_can_end_lowest():
    lower = 0
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        start = mn.init([2, 4, 1], hidden="sigmoid", rng=seed)
        ends = {}
        for lr in (1.0, 10.0):
            _, J = mn.train(start, X, Y, BCE, lr=lr, epochs=399)
            ends[lr] = (np.diff(J) > 0).sum(), J[-1]
        assert ends[1.0][0] == 0
        lower += ends[10.0][0] > 0 and ends[10.0][1] < ends[1.0][1]
    assert lower >= 7


@claims("descent", "but it is right *on average*.")
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
    "descent",
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
    "descent",
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


@claims("descent", "a hundred times fewer steps.")
def test_momentum_needs_a_hundredth_of_the_steps_in_a_steep_valley():
    kappa = 10_000
    plain = (kappa - 1) / (kappa + 1)
    momentum = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    assert np.log(momentum) / np.log(plain) == pytest.approx(100, rel=1e-3)


@claims(
    "descent",
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
    "descent",
    "It is no bound. One gradient after many of 0 makes a step of "
    "$3.2\\,\\alpha$, and gradients that grow make longer ones",
)
def test_a_step_of_adam_can_be_seven_times_its_rate():
    (longest,) = of_page("descent", "longest")
    assert longest([2.0] * 50) == pytest.approx(1, abs=1e-6)
    alone = longest([0] * 9000 + [5.0])
    assert alone == pytest.approx(0.1 / 0.001**0.5, rel=1e-3)
    growing = longest([0] * 9000 + [1.11**t for t in range(60)])
    worst = alone / np.sqrt(1 - 0.9**2 / 0.999)
    assert growing == pytest.approx(worst, rel=2e-3)


@claims(
    "descent",
    "A turn of the valley changes nothing for it, nor for the plain rule.",
    "takes as long in the steep valley as in the gentle one.",
)
def test_a_turn_of_the_valley_hurts_adam_alone():
    turned, steps_needed, rules = of_page(
        "descent", "turned", "steps_needed", "rules"
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


@claims(
    "descent",
    "Weights that start too large put most units there.",
    "the curve looks as if the learning rate were too small.",
)
def test_weights_that_start_too_large_keep_the_network_from_learning():
    larger, learned = of_page("descent", "larger")[0], {1: 0, 100: 0}
    for factor, seed in itertools.product(learned, SEEDS):
        X, Y = mn.circles(200, rng=seed)
        net = mn.init([2, 4, 1], hidden="sigmoid", rng=seed)
        net = larger(net, factor)
        far = (np.abs(mn.forward(net, X).Z[1]) > 4).mean()
        assert far > 0.5 if factor == 100 else far < 0.2
        _, J = mn.train(net, X, Y, BCE, lr=3.0, epochs=300)
        learned[factor] += J[-1] < 0.3
    assert learned[1] >= 9
    assert learned[100] <= 1
