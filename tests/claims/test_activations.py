"""What activations and its side pages claim, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn


@claims(
    "further/convexity",
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


@claims("further/convexity", "So the best edge touches the inner ring.")
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


@claims(
    "activations",
    "Along it the score never falls, so *a yes stays a yes for ever*.",
    "two half-planes through the origin always share a direction",
)
def test_two_units_that_never_fall_say_yes_along_a_whole_ray():
    for seed in SEEDS:
        for g in ("tanh", "relu"):
            net = mn.init([2, 2, 1], hidden=g, rng=seed)
            v = net.W[2].T * net.W[1]  # one half-plane a row
            angle = np.linspace(0, 2 * np.pi, 721)
            d = np.array([np.cos(angle), np.sin(angle)])
            least = (v @ d).min(axis=0)
            way = d[:, [least.argmax()]]
            assert least.max() >= 0
            X = np.random.default_rng(seed).uniform(-1, 1, (2, 50))
            z = [mn.forward(net, X + t * way).Z[2] for t in range(9)]
            assert (np.diff(z, axis=0) > -1e-12).all()


@claims("activations", "$\\arcsin(0.3) / \\pi = 9.7\\ \\%$ of the outer ring")
def test_the_strip_behind_the_inner_ring_is_a_tenth_of_the_outer():
    angle = np.linspace(0, 2 * np.pi, 100001)[:-1]
    x, y = np.cos(angle), np.sin(angle)
    strip = (abs(y) <= 0.3) & (x > 0)
    assert strip.mean() == pytest.approx(np.arcsin(0.3) / np.pi, abs=1e-4)
    assert round(100 * np.arcsin(0.3) / np.pi, 1) == 9.7


def spine(units=3, bias=-1.0, hidden="relu"):
    """The network that is set by hand, or its first units."""
    W = {
        1: np.array([[0.0, -2.0], [2.0, 1.0], [-2.0, 1.0]])[:units],
        2: [[-10.0] * units],
    }
    b = {1: [[bias]] * units, 2: [[2.0]]}
    return mn.Network(W, b, {1: hidden, 2: "sigmoid"})


def somewhere(seed, reach=2.0, m=5000):
    return np.random.default_rng(seed).uniform(-reach, reach, (2, m))


@claims(
    "activations",
    "would be 32 at every point of the plane.",
)
def test_without_the_clip_the_three_lines_add_up_to_nothing():
    net = spine(hidden="identity")
    for seed in SEEDS:
        Z = mn.forward(net, somewhere(seed)).Z[2]
        np.testing.assert_allclose(Z, 32, atol=1e-12)


@claims(
    "activations",
    "Inside the triangle all three sums are negative, so all three "
    "activations are 0.",
    "The score is positive where the three activations add up to less than "
    "0.2, in the triangle and a narrow rim around it.",
    "Here is our network again, the 13 numbers set by hand:",
)
def test_three_units_set_by_hand_enclose_the_ring():
    net = spine()
    assert net.size == 13
    corners = np.array([[0.0, -0.75, 0.75], [1.0, -0.5, -0.5]])
    sums = mn.forward(net, corners).Z[1]
    np.testing.assert_allclose(np.sort(sums, axis=0)[1:], 0)
    for seed in SEEDS:
        share = np.random.default_rng(seed).dirichlet((1, 1, 1), 500).T
        cache = mn.forward(net, corners @ share)
        assert (cache.Z[1] < 0).all()
        assert (cache.Z[2] == 2).all()
        X = somewhere(seed)
        cache = mn.forward(net, X)
        Z, fired = cache.Z[2][0], cache.A[1].sum(axis=0)
        assert ((Z > 0) == (fired < 0.2)).all()
        # no yes is further than a tenth outside of a side
        apart = cache.Z[1] / np.linalg.norm(net.W[1], axis=1)[:, None]
        assert apart.max(axis=0)[Z > 0].max() <= 0.1
    right = [mn.accuracy(net, *mn.circles(200, rng=s)) for s in SEEDS]
    assert min(right) >= 0.93


@claims(
    "activations",
    "With two units the yes always runs out of the picture, to the upper "
    "left: that is the direction they share.",
    "With three, the yes ends between 0.05 and 0.1.",
    "so for $b > 0$ the score is at most $2 - 30 b$",
)
def test_a_bias_closes_the_yes_of_three_units_and_never_that_of_two():
    for bias in (-2.5, -1.0, 0.0, 0.05, 0.1, 0.5, 3.0):
        far = np.array([[-1.0], [1.0]]) * np.arange(3, 30)
        assert (mn.forward(spine(2, bias), far).Z[2] == 2).all()
        for seed in SEEDS:
            Z = mn.forward(spine(3, bias), somewhere(seed)).Z[2]
            if bias > 0:
                assert Z.max() <= 2 - 30 * bias + 1e-12
    for bias, yes in ((0.05, True), (0.1, False)):
        Z = mn.forward(spine(3, bias), [[0.0], [0.0]]).Z[2]
        np.testing.assert_allclose(Z, 2 - 30 * bias)
        assert (Z > 0).all() == yes


@claims(
    "activations",
    "Three find such an enclosure from samples, with every one of ten seeds. "
    "Two never came above 90 %.",
)
def test_three_tanh_units_learn_the_rings_and_two_do_not():
    share = {2: [], 3: []}
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        for units, right in share.items():
            net = mn.init([2, units, 1], hidden="tanh", rng=seed)
            net, _ = mn.train(
                net, X, Y, mn.binary_cross_entropy, lr=3.0, epochs=300
            )
            right.append(mn.accuracy(net, X, Y))
    assert max(share[2]) < 0.9
    assert min(share[3]) > 0.97


@claims(
    "further/approximation",
    "pieces of length $h$ are off by at most $\\frac18 h^2$ times its "
    "largest size",
)
def test_a_polygon_is_off_by_an_eighth_of_h_squared_at_most():
    x = np.linspace(-1, 2, 3001)
    for f, bend in ((np.exp, np.exp(2)), (np.sin, 1), (lambda x: x**3, 12)):
        for pieces in (3, 6, 60):
            knots = np.linspace(-1, 2, pieces + 1)
            off = abs(np.interp(x, knots, f(knots)) - f(x)).max()
            assert off <= (3 / pieces) ** 2 / 8 * bend


def rings_in_four_layers(g, seed, lr, epochs):
    """J of 2-4-6-6-4-1 in the end, and the first share of dW[1]."""
    X, Y = mn.circles(200, rng=seed)
    net = mn.init([2, 4, 6, 6, 4, 1], hidden=g, rng=seed)
    loss = mn.binary_cross_entropy
    dW = mn.backward(net, mn.forward(net, X), Y, loss).dW
    _, history = mn.train(net, X, Y, loss, lr=lr, epochs=epochs)
    return history[-1], np.linalg.norm(dW[1]) / np.linalg.norm(dW[5])


@pytest.mark.whole
@claims(
    "further/vanishing",
    "With sigmoids the first layer starts with less than a thousandth of "
    "what the last one gets, in the median, and after 600 updates none of "
    "the ten has learned anything.",
)
def test_four_layers_of_sigmoids_learn_nothing_where_tanh_and_relu_do():
    ends = {}
    for g in ("sigmoid", "tanh", "relu"):
        ends[g] = [rings_in_four_layers(g, s, 0.1, 600) for s in SEEDS]
    shares = {g: np.median([share for _, share in ends[g]]) for g in ends}
    assert shares["sigmoid"] < 2e-3
    assert min(shares["tanh"], shares["relu"]) > 0.1
    assert min(J for J, _ in ends["sigmoid"]) > 0.69
    assert sum(J < 0.2 for J, _ in ends["tanh"]) >= 9
    assert sum(J < 0.2 for J, _ in ends["relu"]) >= 7


@pytest.mark.weekly
@claims(
    "further/vanishing",
    "That is a matter of patience: with ten times the rate and 5000 "
    "updates, the first of the ten has the rings.",
)
def test_four_layers_of_sigmoids_learn_with_patience():
    some = SEEDS
    ends = [rings_in_four_layers("sigmoid", s, 1.0, 5000)[0] for s in some]
    assert max(ends) < 0.05


def sizes_before_training(g, layers, weights, seed):
    """The size of dZ in the first layer and in the last, by sample."""
    X, Y = mn.circles(60, rng=seed)
    net = mn.init([2] + [10] * layers + [1], hidden=g, rng=seed)
    net = mn.Network({l: weights * net.W[l] for l in net.W}, net.b, net.g)
    cache = mn.forward(net, X)
    dZ = mn.backward(net, cache, Y, mn.binary_cross_entropy).dZ
    return (np.linalg.norm(dZ[l], axis=0) for l in (1, net.L))


def share_of_layer_1(g, layers, weights, seed):
    first, last = sizes_before_training(g, layers, weights, seed)
    return np.linalg.norm(first) / np.linalg.norm(last)


@claims(
    "further/vanishing",
    "With 8 times the weights the share is near 1: they make up for the "
    "quarter. With 64 times they saturate the sigmoids, and it may be "
    "anything.",
)
def test_one_size_of_weights_carries_ten_sigmoids_and_64_times_is_too_much():
    share = {
        w: [share_of_layer_1("sigmoid", 10, w, s) for s in SEEDS]
        for w in (1, 8, 64)
    }
    assert max(share[1]) < 1e-4
    assert 0.1 < np.median(share[8]) < 10
    assert max(share[64]) / min(share[64]) > 1e6


@claims(
    "further/vanishing",
    "In a ReLU network half the weights halve what each layer passes back, "
    "and twice the weights double it",
    "Through 30 layers of tanh, with twice the weights layer 1 receives 640 "
    "times what the last layer does.",
)
def test_a_share_of_relu_doubles_in_every_layer_with_the_weights():
    for s in SEEDS:
        first, last = sizes_before_training("relu", 30, 1, s)
        for weights in (0.5, 2):
            a, b = sizes_before_training("relu", 30, weights, s)
            seen = b > 0  # the output is not saturated for this sample
            np.testing.assert_allclose(
                a[seen] / b[seen], weights**30 * (first / last)[seen]
            )
            assert seen.sum() > 20
    grown = [share_of_layer_1("tanh", 30, 2, s) for s in SEEDS]
    assert sum(share > 1 for share in grown) >= 9
    assert np.median(grown) > 30


@claims(
    "further/vanishing",
    "because a long step can push a unit so far that all its sums are "
    "negative",
)
def test_a_rate_of_2_leaves_more_dead_units_than_a_tenth():
    X, Y = mn.circles(200, rng=0)
    dead = {0.1: 0, 2.0: 0}
    for seed in SEEDS:
        for lr in dead:
            net, _ = mn.train(
                mn.init([2, 4, 6, 6, 4, 1], rng=seed),
                X,
                Y,
                mn.binary_cross_entropy,
                lr=lr,
                epochs=100,
            )
            Z = mn.forward(net, X).Z
            dead[lr] += sum((Z[l] <= 0).all(1).sum() for l in (1, 2, 3, 4))
    assert dead[0.1] / 10 < 4
    assert dead[2.0] / 10 > 6


@pytest.mark.whole
@claims(
    "further/vanishing", "With $c = 0.1$ all ten learn, with $c = 0.01$ seven."
)
def test_a_leak_of_a_tenth_frees_stuck_networks_and_a_hundredth_some():
    X, Y = mn.circles(200, rng=100)
    stuck = (1012, 1019, 1069, 1074, 1084, 1094, 1102, 1104, 1110, 1127)
    learn = {}
    for g in (mn.relu, mn.LeakyReLU(0.01), mn.LeakyReLU(0.1)):
        nets = (mn.init([2, 4, 6, 6, 4, 1], hidden=g, rng=s) for s in stuck)
        loss, how = mn.binary_cross_entropy, {"lr": 0.5, "epochs": 300}
        ends = [mn.train(net, X, Y, loss, **how)[1][-1] for net in nets]
        learn[g] = sum(J < 0.2 for J in ends)
    none, some, most = learn.values()
    assert none == 0
    assert 3 <= some <= 8
    assert most >= 8


@claims(
    "further/vanishing",
    "Under plain gradient descent on these samples it will not move again. "
    "(Other samples may wake it, and so may the memory of an optimiser",
)
def test_a_dead_unit_stays_under_plain_descent_and_moves_under_adam():
    X, Y = mn.circles(200, rng=100)
    net, loss = mn.init([2, 4, 1], rng=100), mn.binary_cross_entropy
    optimizer = mn.adam(0.01)
    state = optimizer.start(net)
    for _ in range(3):
        grads = mn.backward(net, mn.forward(net, X), Y, loss)
        net, state = optimizer.step(net, grads, state)
    b = {l: net.b[l].copy() for l in net.b}
    b[1][0] = -9
    dead = mn.Network(net.W, b, net.g)
    grads = mn.backward(dead, mn.forward(dead, X), Y, loss)
    assert not grads.dW[1][0].any()
    assert not grads.db[1][0].any()
    moved = optimizer.step(dead, grads, state)[0]
    assert (moved.W[1][0] != dead.W[1][0]).all()
    still = mn.step(dead, grads, lr=1.0)
    np.testing.assert_array_equal(still.W[1][0], dead.W[1][0])
