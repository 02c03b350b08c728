"""What descent, valleys and minima claim, measured again."""

import itertools

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, of_page

import mininn as mn

BCE = mn.binary_cross_entropy
VALLEY_X, VALLEY_Y = np.array([[4.0, -4.0]]), np.zeros((1, 2))


def valley(w=1.0, b=4.0):
    return mn.Network({1: [[w]]}, {1: [[b]]}, {1: "identity"})


def spine():
    """The network of the book, 2-3-1 with 13 numbers set by hand."""
    return mn.Network(
        {
            1: [[0.0, -2.0], [2.0, 1.0], [-2.0, 1.0]],
            2: [[-10.0, -10.0, -10.0]],
        },
        {1: [[-1.0], [-1.0], [-1.0]], 2: [[2.0]]},
        {1: "relu", 2: "sigmoid"},
    )


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


@claims("further/valleys", "The limit is sharp.")
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


@claims("further/valleys", "one step with $\\alpha = 1$ is enough.")
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
    "further/valleys",
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
    "further/minima",
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
        start = mn.init([2, 3, 1], hidden="sigmoid", rng=seed)
        ends = {}
        for lr in (1.0, 10.0):
            _, J = mn.train(start, X, Y, BCE, lr=lr, epochs=399)
            ends[lr] = (np.diff(J) > 0).sum(), J[-1]
        assert ends[1.0][0] == 0
        lower += ends[10.0][0] > 0 and ends[10.0][1] < ends[1.0][1]
    assert lower >= 7


@claims(
    "further/minima",
    "Weights that start too large put most units there.",
    "the curve looks as if the learning rate were too small.",
)
def test_weights_that_start_too_large_keep_the_network_from_learning():
    larger, learned = of_page("further/minima", "larger")[0], {1: 0, 100: 0}
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


@claims(
    "further/valleys",
    "With the sum, a rate of 0.01 works for 100 samples and throws the line "
    "off for 1000. With the mean, 0.5 serves all four",
)
def test_a_rate_for_the_mean_serves_any_number_of_samples():
    (fit,) = of_page("further/valleys", "fit")
    for seed in SEEDS:
        assert fit(100, 0.01, "sum", seed=seed)[-1] < 0.1
        assert fit(1000, 0.01, "sum", seed=seed)[-1] > 1e4
        assert fit(100, 0.5, "mean", seed=seed)[-1] < 0.1
        assert fit(1000, 0.5, "mean", seed=seed)[-1] < 0.1
        assert fit(10_000, 0.5, "mean", seed=seed)[-1] < 0.1
    small = [fit(10, 0.5, "mean", seed=seed)[-1] < 0.1 for seed in SEEDS]
    assert sum(small) >= 8


@claims(
    "descent",
    "With $\\alpha = 3$ it *rises*.",
    "From 0.0944 to 0.0048: the machine improves our numbers.",
)
def test_descent_improves_the_numbers_set_by_hand():
    """On other draws of the rings; the page has the draw 0."""
    net, rises = spine(), 0
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        _, J = mn.train(net, X, Y, BCE, lr=1.0, epochs=1000)
        assert J[1] < J[0]
        assert J[-1] < 0.2 * J[0]
        _, J = mn.train(net, X, Y, BCE, lr=3.0, epochs=1)
        rises += J[1] > J[0]
    assert rises >= 7


@claims(
    "descent",
    "The largest is $-0.121$, of the bias of unit 2",
    "half of the whole promise: the other twelve share the other half.",
)
def test_one_of_the_13_slopes_is_half_of_the_promise():
    X, Y = mn.circles(200, rng=0)
    net = spine()
    g = mn.backward(net, mn.forward(net, X), Y, BCE)
    pieces = [g.dW[1], g.dW[2], g.db[1], g.db[2]]
    squares = np.concatenate([d.ravel() ** 2 for d in pieces])
    assert squares.max() == g.db[1][1, 0] ** 2
    assert squares.max() / squares.sum() == pytest.approx(0.5, abs=0.02)
    assert squares.sum() == pytest.approx(0.0296, abs=5e-5)


@claims(
    "descent",
    "$J$ falls in the first step only, and after the third it is above "
    "0.0944.",
)
def test_a_gradient_used_again_leads_uphill():
    X, Y = mn.circles(200, rng=0)
    net, J = spine(), []
    g = mn.backward(net, mn.forward(net, X), Y, BCE)
    for _ in range(50):
        J.append(BCE(mn.forward(net, X).Z[2], Y))
        net = mn.step(net, g, lr=1.0)
    assert J[1] < J[2] < J[0] < 0.0944 < J[3]
    assert (np.diff(J[1:]) > 0).all()


@claims(
    "descent",
    "for $\\lambda = 4$ between 0.25 and 0.5, for $\\lambda = 16$ between "
    "0.0625 and 0.125.",
)
def test_where_a_walk_jumps_and_arrives():
    for lam, low, high in ((4, 0.25, 0.5), (16, 0.0625, 0.125)):
        for lr in np.linspace(0.01, 0.6, 60):
            net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
            x = lam**0.5 * np.array([[1.0, -1.0]])
            walk = mn.descend(
                net, x, np.zeros((1, 2)), mn.euclidean, lr=lr, epochs=2
            )
            w = [s.net.W[1].item() for s in walk]
            jumps_and_arrives = w[1] < -1e-9 and abs(w[2]) < abs(w[1]) < 1
            assert jumps_and_arrives == (low + 1e-9 < lr < high - 1e-9)


@claims(
    "further/valleys",
    "From 0.0003 to 1.4: this is a valley too",
    "so such a limit holds near the place where it was computed.",
)
def test_the_13_numbers_stand_in_a_valley():
    (gradient,) = of_page("further/valleys", "gradient")
    net, (X, Y) = spine(), mn.circles(200, rng=0)
    gradient.__globals__.update(X=X, Y=Y)
    pieces = [net.W[1], net.W[2], net.b[1], net.b[2]]
    theta = np.concatenate([piece.ravel() for piece in pieces])

    def J(t):
        W = {1: t[:6].reshape(3, 2), 2: t[6:9].reshape(1, 3)}
        b = {1: t[9:12].reshape(3, 1), 2: t[12:].reshape(1, 1)}
        return BCE(mn.forward(mn.Network(W, b, net.g), X).Z[2], Y)

    ours, H = gradient(theta), []
    for k, e in enumerate(np.eye(13)):
        d = (J(theta + 1e-6 * e) - J(theta - 1e-6 * e)) / 2e-6
        assert ours[k] == pytest.approx(d, abs=1e-7)
        two = gradient(theta + 1e-4 * e), gradient(theta - 1e-4 * e)
        H.append((two[0] - two[1]) / 2e-4)
    lam, V = np.linalg.eigh((np.array(H) + np.array(H).T) / 2)
    assert lam[0] == pytest.approx(3e-4, abs=5e-5)
    assert lam[-1] == pytest.approx(1.4, abs=0.01)
    steep = [J(theta + h * V[:, -1]) for h in (-1e-3, 0, 1e-3)]
    assert np.diff(steep, 2)[0] / 1e-6 == pytest.approx(lam[-1], rel=1e-2)
