"""What the chapter rings claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn

N = [2, 4, 6, 6, 4, 1]
LOSS = mn.binary_cross_entropy


def rings(m, seed, noise=0.1):
    return mn.circles(m, factor=0.3, noise=noise, rng=seed)


def cost(net, X, Y):
    return LOSS(mn.forward(net, X).Z[net.L], Y)


def ends(m, seeds, n=N, scheme="he", **options):
    """J after training, for each seed; it draws points and start."""
    for seed in seeds:
        X, Y = rings(m, seed)
        start = mn.init(n, scheme=scheme, rng=seed)
        yield mn.train(start, X, Y, LOSS, rng=seed, **options)[1][-1]


def guessing(Y):
    q = Y.mean()
    return -q * np.log(q) - (1 - q) * np.log(1 - q)


@claims(
    "rings",
    "every point inside a circle is the midpoint of a chord, the one at "
    "right angles to its radius.",
    "So a unit that puts the whole outer circle on one side puts everything "
    "inside it on the same side, and the inner ring with it.",
)
def test_a_unit_that_has_the_circle_on_one_side_has_the_inside_there():
    rng = np.random.default_rng(100)
    angle = np.linspace(0, 2 * np.pi, 721)
    circle = np.array([np.cos(angle), np.sin(angle)])
    found = 0
    for _ in range(300):
        p = rng.uniform(-0.7, 0.7, 2)
        across = np.array([-p[1], p[0]]) / np.linalg.norm(p)
        half = np.sqrt(1 - p @ p) * across
        np.testing.assert_allclose([np.linalg.norm(p + half)], 1)
        np.testing.assert_allclose([np.linalg.norm(p - half)], 1)
        w, b = rng.standard_normal(2), 2 * rng.standard_normal()
        side = np.sign(w @ circle + b)
        if abs(side.sum()) == side.size:
            assert np.sign(w @ p + b) == side[0]
            found += 1
    assert found > 50


@pytest.mark.whole
@claims(
    "rings",
    "With 0.1 not one of the ten learns: at the end the cost is still what "
    "guessing costs.",
    'called `"he"` all ten learn, with the same data,',
)
def test_small_weights_never_learn_and_weights_of_he_mostly_do():
    small = [*ends(100, SEEDS, scheme=0.1, lr=0.3, epochs=400)]
    floors = [guessing(rings(100, seed)[1]) for seed in SEEDS]
    np.testing.assert_allclose(small, floors, rtol=1e-3)
    he = [*ends(100, SEEDS, lr=0.3, epochs=400)]
    assert sum(J < 0.15 for J in he) >= 8


@pytest.mark.whole
@claims(
    "rings",
    "It gives the same answer to every sample, and every $dW$ stays near 0",
)
def test_small_weights_answer_every_sample_alike_after_400_updates():
    for seed in SEEDS:
        X, Y = rings(200, seed)
        start = mn.init(N, scheme=0.1, rng=seed)
        net, _ = mn.train(start, X, Y, LOSS, lr=0.3, epochs=400)
        cache = mn.forward(net, X)
        assert np.ptp(cache.A[5]) < 1e-3
        grads = mn.backward(net, cache, Y, LOSS)
        assert max(np.abs(d).max() for d in grads.dW.values()) < 1e-2
        he = mn.forward(mn.init(N, rng=seed), X).A[5]
        assert np.ptp(he) > 1e-2


@claims("rings", "From 0.1 they are about a thousand times smaller.")
def test_small_weights_have_gradients_a_thousand_times_smaller():
    ratios = []
    for seed in SEEDS:
        X, Y = rings(300, seed)
        nets = [mn.init(N, scheme=s, rng=seed) for s in (0.1, "he")]
        grads = [mn.backward(net, mn.forward(net, X), Y, LOSS) for net in nets]
        for l in range(1, 6):
            small, he = (np.abs(g.dW[l]).max() for g in grads)
            ratios.append(small / he)
    assert 1 / 5000 < np.median(ratios) < 1 / 200


@claims(
    "rings",
    "whatever it is shown, the network answers $\\frac12$ to four digits.",
)
def test_from_small_weights_every_answer_is_one_half():
    for seed in SEEDS:
        X, _ = rings(300, seed)
        A = mn.forward(mn.init(N, scheme=0.1, rng=seed), X).A[5]
        assert np.abs(A - 0.5).max() < 1e-4


@pytest.mark.whole
@claims(
    "rings",
    "The mini-batches make the difference",
    "With all points at once neither rule gets there in 20 epochs, with "
    "batches both do, most of the time.",
    "the ten costs of either rule spread far wider than the two medians "
    "differ, and another rate for either can change their order.",
)
def test_batches_make_the_difference_not_adam():
    J = {}
    rules = {
        "plain": mn.gradient_descent(0.1),
        "plain, faster": mn.gradient_descent(0.3),
        "Adam": mn.adam(0.01),
        "Adam, slower": mn.adam(0.003),
    }
    for name, rule in rules.items():
        if name in ("plain", "Adam"):
            whole = ends(900, SEEDS, optimizer=rule, epochs=20)
            assert not any(j < 0.3 for j in whole)
        batches = ends(900, SEEDS, optimizer=rule, epochs=20, batch_size=32)
        J[name] = [*batches]
        assert sum(j < 0.3 for j in J[name]) >= 7
    middle = {name: np.median(j) for name, j in J.items()}
    assert middle["Adam"] < middle["plain"]
    assert middle["plain, faster"] < middle["Adam, slower"]
    for name in ("plain", "Adam"):
        assert max(J[name]) / min(J[name]) > middle["plain"] / middle["Adam"]


@claims(
    "rings",
    "One that gets 1 % for its true class adds $\\log(100) / 100 "
    "\\approx 0.05$ to a mean of 100",
)
def test_one_wrong_point_of_a_hundred_costs_five_hundredths():
    Z = np.full((1, 100), 20.0)
    good = LOSS(Z, np.ones((1, 100)))
    Z[0, 7] = np.log(0.01 / 0.99)
    added = LOSS(Z, np.ones((1, 100))) - good
    np.testing.assert_allclose(added, np.log(100) / 100, rtol=1e-6)
    assert 0.045 < added < 0.055


@pytest.mark.whole
@claims(
    "rings",
    "On the inputs a line is as good as guessing. On layer 1 of this network "
    "it is already good, and the cost falls from layer to layer.",
)
def test_one_unit_does_better_on_deeper_layers():
    falls = 0
    for seed in SEEDS:
        X, Y = rings(300, seed)
        net, Js = mn.train(
            mn.init(N, rng=seed),
            X,
            Y,
            LOSS,
            optimizer=mn.adam(0.01),
            batch_size=32,
            epochs=50,
            rng=seed,
        )
        if Js[-1] > 0.01:
            continue
        A, J = mn.forward(net, X).A, []
        for l in range(5):
            unit = mn.init([N[l], 1], rng=0)
            rule = mn.adam(0.05)
            J.append(
                mn.train(unit, A[l], Y, LOSS, optimizer=rule, epochs=200)[1][
                    -1
                ]
            )
        assert J[0] > 0.68
        assert J[4] < J[1] < 0.45
        falls += 1
    assert falls >= 4


@pytest.mark.whole
@claims(
    "rings",
    "He initialisation makes learning likely, not certain.",
    "at $\\alpha = 1$ more runs are stuck than at 0.1.",
    "of the wide networks not one of 30 is stuck.",
)
def test_long_steps_and_narrow_layers_get_stuck():
    X, Y = rings(100, SEEDS[0])
    high, stuck = guessing(Y) - 1e-3, {}
    wide = [2, 16, 16, 16, 16, 1]
    for name, n, lr in (("calm", N, 0.1), ("long", N, 1.0), ("w", wide, 1.0)):
        starts = [mn.init(n, rng=seed) for seed in range(100, 140)]
        J = [mn.train(s, X, Y, LOSS, lr=lr, epochs=160)[1][-1] for s in starts]
        stuck[name] = sum(j > high for j in J)
    assert stuck["calm"] <= 5
    assert stuck["long"] >= stuck["calm"] + 3
    assert stuck["w"] == 0


@claims(
    "rings",
    "Only the biases right of it still move, and they find the best "
    "constant answer.",
)
def test_above_a_dead_layer_the_biases_find_the_base_rate():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        net = mn.init(N, rng=rng)
        net = mn.Network(net.W, net.b | {3: np.full((6, 1), -99.0)}, net.g)
        X, Y = rings(100, seed)
        Y = (rng.random(Y.shape) < 0.3) * 1.0
        after, J = mn.train(net, X, Y, LOSS, lr=1.0, epochs=300)
        np.testing.assert_allclose(J[-1], guessing(Y), rtol=1e-6)
        for l in range(1, 5):
            assert (after.W[l] == net.W[l]).all()
        for l in range(1, 4):
            assert (after.b[l] == net.b[l]).all()
        assert after.b[5] != net.b[5]


@pytest.mark.whole
@claims("rings", "About half of them learn.", "often a whole layer dies.")
def test_adam_learns_from_small_weights_about_half_of_the_time():
    learned = dead = 0
    for seed in SEEDS:
        X, Y = rings(900, seed)
        net, J = mn.train(
            mn.init(N, scheme=0.1, rng=seed),
            X,
            Y,
            LOSS,
            optimizer=mn.adam(0.01),
            batch_size=32,
            epochs=50,
            rng=seed,
        )
        learned += J[-1] < 0.1
        layers = mn.trouble(net, X, Y, LOSS)
        dead += any(f"{k} of {k} relu" in s for s in layers for k in (4, 6))
    assert 2 <= learned <= 8
    assert dead >= 2


@claims(
    "rings",
    "About 0.86, and a plain threshold on $x_1^2 + x_2^2$ gets there too.",
)
def test_a_threshold_on_noisy_rings_is_right_on_86_of_100():
    for seed in SEEDS:
        X, Y = rings(4000, seed, noise=0.3)
        inside = (X**2).sum(axis=0) < np.linspace(0.1, 2, 96)[:, None]
        assert 0.84 < (inside == Y).mean(axis=1).max() < 0.88


@claims(
    "rings",
    "There is nothing left to learn but the shares of the classes: the cost "
    "goes to $\\log 2$ and stays.",
)
def test_labels_of_other_points_teach_nothing():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        (X, Y), net = rings(300, seed), mn.init(N, rng=seed)
        for _ in range(200):
            X, Y = X[:, rng.permutation(300)], Y[:, rng.permutation(300)]
            grads = mn.backward(net, mn.forward(net, X), Y, LOSS)
            net = mn.step(net, grads, 0.3)
        assert abs(cost(net, X, Y) - np.log(2)) < 0.02
        said = " ".join(mn.trouble(net, X, Y, LOSS))
        assert "guessing" in said
