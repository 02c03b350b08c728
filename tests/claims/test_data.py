"""What the chapter on a table of one's own claims, measured again."""

from functools import cache

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, page
from places import BOOK

import mininn as mn


@cache
def chapter():
    """What the cells of the page define, run on the table that ships."""
    here = {"print": lambda *said, **how: None}
    for cell in page("data", "code"):
        if "mn.ask(" in cell or "plt.show" in cell:
            continue
        cell = cell.replace('Path("mine.csv").exists()', "False")
        cell = cell.replace('"penguins.csv"', repr(str(BOOK / "penguins.csv")))
        exec(cell, here)
        if "def wrong(" in cell:
            return here
    raise AssertionError


@cache
def runs(hidden):
    return [chapter()["trained"]([*hidden], seed) for seed in SEEDS]


def wrong(made):
    return [chapter()["wrong"](*run) for run in made]


def defined(name):
    """A function of a later cell, in the names of the earlier ones."""
    here = dict(chapter())
    for cell in page("data", "code"):
        if f"def {name}(" in cell:
            first = cell.index(f"def {name}(")
            exec(cell[first:].split("\n\n\n")[0], here)
    return here[name]


@claims(
    "data",
    "nearly every held-out penguin gets its name.",
    "On this table a hidden layer gains nothing.",
    "If the network is no better over ten splits, it found no bend",
)
def test_the_linear_model_is_as_good_on_the_penguins():
    linear, network = wrong(runs(())), wrong(runs((8,)))
    assert max(linear + network) <= 6  # of 103
    assert np.median(linear) <= 2
    assert np.median(network) <= 2
    assert abs(np.median(linear) - np.median(network)) <= 1
    sizes = [mn.init(n, rng=0).size for n in ([5, 3], [5, 8, 3])]
    assert sizes == [18, 75]


@claims("data", "That the fault is not in the code is seen on the rings")
def test_on_the_rings_the_network_is_better():
    for seed in SEEDS:
        X, Y = defined("rings")(seed)
        linear, network = wrong(
            chapter()["trained"](hidden, seed, X, Y) for hidden in ([], [8])
        )
        assert network <= 4 < 25 < linear


@claims(
    "data",
    "Gentoo is never confused. What is wrong is an Adelie that passes for a "
    "Chinstrap, or the other way round",
)
def test_only_two_classes_are_confused():
    for hidden in ((), (8,)):
        C = sum(mn.confusion(*run) for run in runs(hidden))
        assert C[2].tolist() == [0, 0, C[2, 2]]
        assert C[:, 2].tolist() == [0, 0, C[2, 2]]


@claims("data", "nearly all of these networks now say the same of every")
def test_without_the_standardiser_there_is_one_answer():
    here = chapter()
    alone, right = 0, []
    for seed, (net, _, Y_held) in zip(SEEDS, runs((8,)), strict=True):
        raw = here["X"][:, here["parts"](seed)[1]]
        raw = np.where(np.isnan(raw), 0.5, raw)
        alone += len(np.unique(mn.predict(net, raw))) == 1
        right.append(mn.accuracy(net, raw, Y_held))
    assert alone >= 7
    assert np.median(right) < 0.5


@claims("data", "It leaks next to nothing")
def test_a_mean_over_all_rows_changes_hardly_an_answer():
    here = chapter()
    changed = 0
    for seed, (net, X_held, _) in zip(SEEDS, runs((8,)), strict=True):
        scale = here["ruler"](here["X"])
        other, leaked, _ = here["trained"]([8], seed, scale=scale)
        differ = mn.predict(other, leaked) != mn.predict(net, X_held)
        assert differ.sum() <= 3
        changed += differ.sum()
    assert changed <= 10  # of 1030


@pytest.mark.whole
@claims(
    "data",
    "More than three times as large, and it is all chance.",
    "The more columns there are to choose from, the better a network without "
    "any knowledge looks",
)
def test_columns_of_noise_chosen_on_all_rows_predict_a_coin():
    noise = defined("noise")
    correlations = defined("correlations")
    coin = (np.arange(100) % 2)[np.newaxis]
    noise.__globals__.update(coin=coin, correlations=correlations)
    largest = [
        abs(
            correlations(
                np.random.default_rng(seed).standard_normal((1000, 100)), coin
            )
        ).max()
        for seed in SEEDS
    ]
    assert np.median(largest) > 0.3
    leak, own = (
        [
            np.median([mn.accuracy(*noise(c, seed, how)) for seed in SEEDS])
            for c in (10, 100, 3000)
        ]
        for how in (True, False)
    )
    assert leak[0] + 0.05 < leak[1] < leak[2] - 0.05
    assert leak[2] > 0.7
    assert max(abs(np.array(own) - 0.5)) < 0.12
    at_1000 = [mn.accuracy(*noise(1000, seed, True)) for seed in SEEDS]
    assert 0.62 < np.median(at_1000) < 0.88  # "about three in four"


@claims(
    "data",
    "So from the start nearly every unit is either positive for all of them "
    "or 0 for all. Steps along features of size 4000 then throw the others "
    "over as well.",
    "all that is left to learn is the {term}`base rate`.",
)
def test_unscaled_features_kill_every_unit():
    here, one_sign = chapter(), 0
    for seed in SEEDS:
        train, _ = here["parts"](seed)
        Y = here["Y"][:, train]
        start = mn.init([5, 8, 3], output="softmax", rng=seed)
        raw = here["X"][:, train]
        raw = np.where(np.isnan(raw), 0.5, raw)
        Z = mn.forward(start, raw).Z[1]
        one_sign += ((Z > 0).all(axis=1) | (Z <= 0).all(axis=1)).sum()
        dead = []
        for X in (raw, here["ruler"](raw)(raw)):
            net, _ = mn.train(
                start, X, Y, mn.cross_entropy, lr=0.01, epochs=200
            )
            dead.append((mn.forward(net, X).Z[1] <= 0).all(axis=1).sum())
            if X is raw:
                A = mn.forward(net, X).A[2]
                assert np.ptp(A, axis=1).max() == 0  # one answer for all
        assert dead[0] == 8
        assert dead[1] <= 1
    assert one_sign >= 74  # of 80


@claims(
    "data",
    "Shown once, hardly any Chinstrap is found",
    "Shown three times, most are found, and more answers are wrong.",
)
def test_a_rare_class_is_found_when_it_is_shown_more_often():
    few = defined("few_features")
    once, thrice = (
        np.array([few(seed, times) for seed in SEEDS]) for times in (1, 3)
    )
    assert np.median(once[:, 1]) < 0.1
    assert np.median(thrice[:, 1]) > 0.5
    assert (thrice[:, 1] > once[:, 1]).all()
    assert (thrice[:, 0] < once[:, 0]).sum() >= 8


@claims(
    "data", "It learns as before, and the empty class gets next to nothing."
)
def test_a_class_that_is_never_there_does_no_harm_but_to_the_names():
    here = chapter()
    shifted = mn.one_hot(here["ids"] + 1, 4)
    made = [here["trained"]([8], seed, here["X"], shifted) for seed in SEEDS]
    assert max(wrong(made)) <= 6
    assert max(mn.forward(net, x).A[2][0].max() for net, x, _ in made) < 0.1


@claims(
    "data",
    "Both models are wrong on about one in ten, and neither is better by "
    "more than it varies from split to split.",
)
def test_the_sex_is_told_as_well_without_a_hidden_layer():
    here = chapter()
    known = ~np.isnan(here["X"][4])
    X, Y = here["X"][:4, known], mn.one_hot(here["X"][4, known], 2)
    assert abs(Y[0].mean() - 0.5) < 0.02
    linear, network = (
        wrong(here["trained"](hidden, seed, X, Y) for seed in SEEDS)
        for hidden in ([], [8])
    )
    for counts in (linear, network):
        assert 6 <= np.median(counts) <= 15  # of 100
    gap = abs(np.median(linear) - np.median(network))
    assert gap < min(np.std(linear), np.std(network))


@claims("data", "with probability $1 - 0.3^4$, which is above 99 %")
def test_copies_of_a_row_are_in_both_parts():
    assert 1 - 0.3**4 > 0.99
    shares, copies = [], np.repeat(np.arange(60), 5)
    for seed in SEEDS:
        rows, Y = copies[np.newaxis], np.ones((1, copies.size))
        train, _, held, _ = mn.split(rows, Y, held_out=0.3, rng=seed)
        shares.append(np.isin(held[0], train[0]).mean())
    assert np.mean(shares) > 0.97


def test_the_functions_of_the_page_change_nothing_in_place():
    here = chapter()
    X = np.array([[1.0, np.nan, 4.0]])
    before = X.copy()
    here["measured"](here["ruler"](X), X)
    np.testing.assert_array_equal(X, before)
