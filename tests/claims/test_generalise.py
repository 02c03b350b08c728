"""What the chapter on new data and its folds claim, measured again."""

import functools

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, of_page

import mininn as mn

BCE, CE = mn.binary_cross_entropy, mn.cross_entropy


def rings(seed, m=40):
    return (
        *mn.circles(m, noise=0.3, rng=seed),
        *mn.circles(2000, noise=0.3, rng=1000 + seed),
    )


@functools.cache
def learned(hidden):
    """Medians: errors on own and on new points, and the cost on new.

    Over forty seeds, since medians of ten differ by a few in a hundred.
    """
    rows = []
    for seed in (*SEEDS, *range(200, 230)):
        X, Y, new_X, new_Y = rings(seed)
        net, _ = mn.train(
            mn.init([2, *hidden, 1], hidden="relu", rng=seed),
            X,
            Y,
            BCE,
            optimizer=mn.adam(0.03),
            epochs=300,
        )
        J = BCE(mn.forward(net, new_X).Z[net.L], new_Y)
        rows.append(
            (1 - mn.accuracy(net, X, Y), 1 - mn.accuracy(net, new_X, new_Y), J)
        )
    return np.median(rows, axis=0)


@pytest.mark.weekly
@claims(
    "generalise",
    "they fail on their own points too",
    "From 8 units to 64, and to four layers, the share of wrong answers on "
    "new points rises by a few in a hundred only, though nearly every point "
    "is learned by heart. What grows is the *cost* on new points",
)
def test_more_units_learn_by_heart_and_are_hardly_more_often_wrong():
    for hidden in ((1,), (2,)):
        assert learned(hidden)[0] > 0.2
    own, new, J = learned((8,))
    for hidden in ((64,), (8, 8, 8, 8)):
        by_heart, wrong, cost = learned(hidden)
        assert by_heart < 0.03 < own + 0.03
        assert wrong < new + 0.06
        assert cost > 1.4 * J
    assert learned((8, 8, 8, 8))[2] > learned((64,))[2]


@claims(
    "generalise", "the likelier class is the wrong answer with the probability"
)
def test_nobody_is_wrong_less_often_than_the_floor():
    (f,) = of_page("generalise", "f")
    for seed in SEEDS:
        X, Y = mn.circles(20_000, noise=0.3, rng=seed)
        wrong = ((f(X) > 0.5) != Y).mean()
        assert np.minimum(f(X), 1 - f(X)).mean() == pytest.approx(
            wrong, abs=0.01
        )
        radius = np.linalg.norm(X, axis=0, keepdims=True)
        for limit in np.linspace(0.2, 1.2, 21):
            assert ((radius < limit) != Y).mean() > wrong - 0.005


@functools.cache
def computed_costs(n, price):
    (computed,) = of_page("generalise", "computed")
    J = []
    for seed in SEEDS:
        X, Y, new_X, new_Y = rings(seed, m=20)
        net = computed(n, X, Y, price, seed)
        J.append(mn.euclidean(mn.forward(net, new_X).Z[2], new_Y))
    return np.median(J)


@claims(
    "generalise",
    "Without a price the cost on new points falls, then rises to a peak near "
    "20 units",
    "and falls a second time.",
    "The second descent does not end below the first valley here.",
    "With a price of 0.001 there is no peak",
    "and every width above 20 is better than the best one without a price.",
)
def test_the_peak_is_at_as_many_units_as_samples_and_a_price_removes_it():
    peak = max(computed_costs(n, 0) for n in (20, 24))
    valley = min(computed_costs(n, 0) for n in (4, 6, 8))
    assert valley < computed_costs(1, 0)
    assert peak > 4 * valley
    assert peak > 2 * computed_costs(100, 0)
    assert peak > 4 * computed_costs(400, 0) > 4 * valley
    priced = [computed_costs(n, 0.001) for n in (1, 4, 8, 20, 48, 400)]
    assert max(priced[1:]) < priced[0]
    for n in (24, 32, 48, 100, 400):
        assert computed_costs(n, 0.001) < valley
    assert priced[-1] < priced[3] * 1.1


@claims(
    "generalise",
    "a few of the drawn units are 0 for all 20 points, and cannot help to "
    "fit them.",
)
def test_twenty_units_are_a_few_short_of_fitting_twenty_points():
    (computed,) = of_page("generalise", "computed")
    still, ranks = [], {20: [], 28: []}
    for seed in SEEDS:
        X, Y = mn.circles(20, noise=0.3, rng=seed)
        for n, found in ranks.items():
            A = mn.forward(computed(n, X, Y, 0, rng=seed), X).A[1]
            found.append(np.linalg.matrix_rank(A))
            if n == 20:
                still.append((A == 0).all(axis=1).sum())
    assert 1 <= np.median(still) <= 5
    assert np.median(ranks[20]) < 20
    assert np.median(ranks[28]) == 20


@claims(
    "generalise",
    "Few units: the bias is large. Near the peak the variance is, and the "
    "price takes nearly all of it away.",
)
def test_the_peak_is_variance():
    f, computed = of_page("generalise", "f", "computed")
    new_X, _ = mn.circles(1000, noise=0.3, rng=5000)

    def parts(n, price):
        a = np.array(
            [
                mn.forward(
                    computed(n, *rings(s, m=20)[:2], price, s), new_X
                ).A[2][0]
                for s in range(SEEDS[0], SEEDS[0] + 30)
            ]
        )
        bias = ((a.mean(axis=0) - f(new_X)[0]) ** 2).mean() / 2
        return bias, a.var(axis=0).mean() / 2

    assert parts(4, 0.001)[0] > 2 * parts(20, 0.001)[0]
    assert parts(20, 0)[1] > 0.5
    assert parts(20, 0.001)[1] < 0.05


@pytest.mark.whole
@claims(
    "generalise",
    "so with AdamW both weights walk alike and shrink alike",
    "a minimum does not depend on the way to it",
)
def test_adam_ends_where_plain_descent_does_and_adamw_elsewhere():
    for seed in SEEDS:
        h = np.random.default_rng(seed).uniform(0.5, 8, 2)
        net = mn.Network({1: [[0.0, 0]]}, {1: [[0.0]]}, {1: "identity"})
        # with both signs, or the bias would learn too
        X = np.hstack([np.diag(np.sqrt(4 * h)), -np.diag(np.sqrt(4 * h))])
        H = X @ X.T / 4
        Y = X.sum(axis=0, keepdims=True)
        rate = mn.cosine(0.1, 600)
        ends = [
            mn.train(
                net, X, Y, mn.euclidean, epochs=600, optimizer=rule, l2=l2
            )[0].W[1][0]
            for rule, l2 in (
                (mn.gradient_descent(0.05), 0.5),
                (mn.adam(rate), 0.5),
                (mn.adamw(rate, weight_decay=0.5), 0),
            )
        ]
        right = H.diagonal() / (H.diagonal() + 0.5)
        np.testing.assert_allclose(ends[0], right, atol=1e-3)
        np.testing.assert_allclose(ends[1], right, atol=1e-2)
        assert ends[2][0] == pytest.approx(ends[2][1], abs=1e-3)


# --- 150 images -------------------------------------------------------------

HOW = {"epochs": 40, "batch_size": 50}


def parts(seed):
    X, Y, *_ = mn.split(*mn.digits(), held_out=0.2, rng=seed)
    order = np.random.default_rng(seed).permutation(X.shape[1])
    return [(X[:, i], Y[:, i]) for i in np.split(order, [150, 330])]


def by_train(seed, **more):
    return mn.train(
        mn.init([64, 64, 10], output="softmax", rng=seed),
        *parts(seed)[0],
        CE,
        optimizer=mn.adam(0.02),
        rng=seed,
        **HOW,
        **more,
    )[0]


def by_loop(seed, q=1.0, moves=False):
    """The loop of the page, written once more."""
    masked, moved = of_page("generalise", "masked", "moved")
    rng, rule = np.random.default_rng(seed), mn.adam(0.02)
    net = mn.init([64, 64, 10], output="softmax", rng=seed)
    state = rule.start(net)
    for _ in range(40):
        for x, y in mn.minibatches(*parts(seed)[0], 50, rng=rng):
            x = moved(x, rng) if moves else x
            R = (rng.random((64, x.shape[1])) < q) / q
            net, state = rule.step(net, masked(net, x, y, R)[1], state)
    return net


WAYS = {
    "nothing": by_train,
    "stop": lambda seed: by_train(
        seed, stop=mn.early_stopping(*parts(seed)[1], 10)
    ),
    "l2": lambda seed: by_train(seed, l2=0.001),
    "dropout": lambda seed: by_loop(seed, q=0.5),
    "moved": lambda seed: by_loop(seed, moves=True),
}


@functools.cache
def judged(way):
    """Cost, errors, errors on moved images, excess, floor of each seed."""
    (moved,) = of_page("generalise", "moved")
    rows = []
    for seed in SEEDS:
        net, (x, y) = WAYS[way](seed), parts(seed)[2]
        far = moved(x, np.random.default_rng(seed))
        p = mn.forward(net, x).A[2].max(axis=0)
        right = mn.accuracy(net, x, y)
        rows.append(
            (
                CE(mn.forward(net, x).Z[2], y),
                1 - right,
                1 - mn.accuracy(net, far, y),
                p.mean() - right,
                np.sqrt((p * (1 - p)).sum()) / p.size,
            )
        )
    return np.array(rows)


def lower(way, column=0):
    return (judged(way)[:, column] < judged("nothing")[:, column]).sum()


def ratio(way, column=0):
    medians = (np.median(judged(x)[:, column]) for x in (way, "nothing"))
    return next(medians) / next(medians)


@pytest.mark.whole
@claims(
    "generalise",
    "lowers the cost in nearly every draw, and hardly the share of errors.",
    "lowers the cost in most draws. It does not lower the number of errors",
)
def test_a_penalty_and_early_stopping_lower_the_cost():
    assert lower("l2") >= 8
    assert lower("stop") >= 6
    for way in ("l2", "stop"):
        assert ratio(way) < 1
        assert 0.85 < ratio(way, 1) < 1.25


@pytest.mark.whole
@claims(
    "generalise",
    "moves the medians of cost and errors by next to nothing here.",
)
def test_dropout_changes_next_to_nothing():
    assert 0.88 < ratio("dropout") < 1.12
    assert 0.85 < ratio("dropout", 1) < 1.15


@pytest.mark.whole
@claims(
    "generalise",
    "of moved images about a fifth is wrong, not three fifths.",
    "on centred ones the network gets worse.",
)
def test_moved_images_help_with_moved_images_alone():
    assert 0.5 < np.median(judged("nothing")[:, 2]) < 0.7
    assert 0.13 < np.median(judged("moved")[:, 2]) < 0.27
    assert lower("moved", 2) == 10
    assert lower("moved", 0) <= 2
    assert lower("moved", 1) <= 2


@pytest.mark.whole
@claims(
    "generalise",
    "Without a remedy the network is too sure in nearly every draw. With the "
    "penalty it is not, and with moved images it is too modest.",
)
def test_with_the_penalty_it_is_not_too_sure():
    def too_sure(way):
        table = judged(way)
        return (table[:, 3] > 2 * table[:, 4]).sum()

    assert too_sure("nothing") >= 8
    assert too_sure("l2") <= 3
    assert too_sure("moved") == 0
    assert np.median(judged("l2")[:, 3]) < 0.01
    assert np.median(judged("moved")[:, 3]) < -0.01


@pytest.mark.whole
@claims("generalise", "Left on in use, the answers are another draw each time")
def test_a_mask_that_is_left_on_makes_more_mistakes():
    for seed in SEEDS:
        net, (x, y) = by_loop(seed, q=0.5), parts(seed)[2]
        rng = np.random.default_rng(seed)
        A = mn.forward(net, x).A[1]
        said = []
        for _ in range(2):
            R = (rng.random(A.shape) < 0.5) / 0.5
            said.append((net.W[2] @ (R * A) + net.b[2]).argmax(axis=0))
        assert (said[0] != said[1]).any()
        wrong = (said[0] != y.argmax(axis=0)).mean()
        assert wrong > 1 - mn.accuracy(net, x, y)


# --- folds ------------------------------------------------------------------


@functools.cache
def many_folds(k, draws=150):
    folds, _, _ = of_page("further/folds", "folds", "computed", "cost")
    X, Y = mn.circles(20_000, noise=0.3, rng=SEEDS[0])
    some = np.random.default_rng(SEEDS[1]).integers(0, 20_000, (draws, 40))
    return np.array(
        [
            folds(X[:, i], Y[:, i], 0.001, k, seed)
            for seed, i in enumerate(some, 500)
        ]
    )


@pytest.mark.whole
@claims(
    "further/folds",
    "so cross-validation is a little too pessimistic, the less so the larger "
    "$k$ is.",
    "why the deviation of its folds understates how far it is off.",
)
def test_more_folds_are_less_pessimistic():
    two, ten = many_folds(2), many_folds(10)
    assert two.mean() > ten.mean()
    for J in (two, ten):
        real = J.mean(axis=1).std(ddof=1)
        said = np.sqrt((J.var(axis=1, ddof=1) / J.shape[1]).mean())
        assert said < real


@pytest.mark.whole
@claims(
    "further/folds",
    "the price that five folds choose costs little more than the best one.",
)
def test_five_folds_choose_a_good_price():
    folds, computed, cost = of_page(
        "further/folds", "folds", "computed", "cost"
    )
    new = mn.circles(2000, noise=0.3, rng=9000)
    prices, chosen, best, none = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1], [], [], []
    for seed in (*SEEDS, *range(200, 210)):
        X, Y = mn.circles(40, noise=0.3, rng=seed)
        J = [folds(X, Y, lam, 5, seed).mean() for lam in prices]
        at = [cost(computed(X, Y, lam, seed), *new) for lam in prices]
        chosen.append(at[int(np.argmin(J))])
        best.append(min(at))
        none.append(at[0])
    assert np.median(chosen) < 1.1 * np.median(best)
    assert np.median(chosen) < np.median(none)
