"""What the chapter checking claims, measured again."""

import contextlib
import itertools

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, functions, page

import mininn as mn


@claims(
    "checking",
    "Move *all* parameters at once, weights and biases, along one random "
    "direction.",
    "One number says *whether* all gradients are right",
)
def test_one_direction_through_all_parameters_finds_a_wrong_bias():
    code = page("checking", "code")
    needed = [c for c in code if "def central(" in c or "def problem(" in c]
    start = next(i for i, c in enumerate(code) if c.startswith("big, big_X"))
    for seed in SEEDS:
        here = {"mn": mn, "np": np, "loss": mn.binary_cross_entropy}
        for cell in needed:
            exec(functions(cell), here)
        here["problem"].__defaults__ = (seed,)
        with contextlib.redirect_stdout(None):
            for cell in code[start : start + 2]:
                exec(cell, here)
        net, grads, predicted = here["big"], here["grads"], here["predicted"]
        moving = [x.size for k in ("W_dot", "b_dot") for x in here[k].values()]
        assert sum(moving) == net.size
        speed = here["central"](here["moved"], 0.0, 1e-5)
        right = predicted(grads.dW, grads.db)
        assert mn.relative_error(speed, right) < 1e-7
        for l in grads.db:
            wrong = predicted(grads.dW, grads.db | {l: -7 * grads.db[l]})
            assert mn.relative_error(speed, wrong) > 1e-3


def of_page(*names, chapter="checking"):
    """What the cells that define these names define, in the page's order."""
    here = {"mn": mn, "np": np, "loss": mn.binary_cross_entropy}
    for cell in page(chapter, "code"):
        if any(f"def {name}(" in cell for name in names):
            exec(functions(cell), here)
        elif cell.startswith("PARTS"):
            exec(cell, here)
    return here


class PrintedReLU(type(mn.relu)):
    """The wrong slope of the page."""

    def prime(self, Z):
        return np.maximum(Z, 0)


def end(n, g, lr, epochs, seed, m=100, data=None):
    """J and the accuracy after a training on two rings."""
    X, Y = mn.circles(m, rng=seed if data is None else data)
    start = mn.init(n, hidden=g, rng=seed)
    try:
        net, J = mn.train(
            start, X, Y, mn.binary_cross_entropy, lr=lr, epochs=epochs
        )
    except mn.TrainingError:
        return np.inf, 0.0
    return J[-1], mn.accuracy(net, X, Y)


@claims(
    "checking",
    "the wrong slope finds the rings about as often as the right one",
)
def test_a_shallow_network_learns_with_the_wrong_slope():
    good = {}
    for g in (mn.relu, PrintedReLU()):
        shares = [
            end([2, 3, 1], g, 1.0, 1000, seed, 200, data)[1]
            for seed in SEEDS
            for data in (0, seed)
        ]
        good[type(g)] = sum(share >= 0.99 for share in shares)
    right, wrong = good.values()
    assert wrong >= 10
    assert abs(right - wrong) <= 2


@claims(
    "checking",
    "nearly all with the right slope learn and none with the wrong one",
)
def test_a_deep_network_does_not_learn_with_the_wrong_slope():
    n = [2, 4, 6, 6, 4, 1]
    right = [end(n, mn.relu, 0.2, 400, seed)[0] < 0.2 for seed in SEEDS]
    wrong = [end(n, PrintedReLU(), 0.2, 400, seed)[0] < 0.2 for seed in SEEDS]
    assert sum(right) >= 8
    assert sum(wrong) <= 1


@claims(
    "checking",
    "above 0 a short step still leads downhill",
    "How can that be? Look at the cosine",
)
def test_the_wrong_gradient_is_near_the_right_one_in_a_shallow_network_only():
    loss = mn.binary_cross_entropy

    def column(grads):
        return np.concatenate(
            [d.ravel() for d in [*grads.dW.values(), *grads.db.values()]]
        )

    cosines = {}
    for n in ([2, 3, 1], [2, 4, 6, 6, 4, 1]):
        cosines[len(n)] = []
        for seed in range(100, 130):
            X, Y = mn.circles(100, rng=seed)
            right, wrong = (
                mn.init(n, hidden=g, rng=seed)
                for g in (mn.relu, PrintedReLU())
            )
            cache = mn.forward(wrong, X)
            bad = mn.backward(wrong, cache, Y, loss)
            good = mn.backward(right, mn.forward(right, X), Y, loss)
            u, v = column(good), column(bad)
            cosine = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
            cosines[len(n)].append(cosine)
            if len(n) == 3:
                after = mn.forward(mn.step(wrong, bad, lr=1e-5), X).Z[2]
                assert loss(after, Y) < loss(cache.Z[2], Y)
    assert np.median(cosines[3]) > 0.75
    assert min(cosines[3]) > 0.5
    assert np.median(cosines[6]) < 0.6
    assert min(cosines[6]) < 0.2


@claims(
    "checking",
    "Halve the step, and the error of the first is halved; the error of the "
    "second is quartered.",
)
def test_half_the_step_is_half_the_error_or_a_quarter():
    here = of_page("one_sided", "central")
    for x in np.linspace(-1, 1, 5):
        for name, power in (("one_sided", 2), ("central", 4)):
            off = [here[name](np.exp, x, h) - np.exp(x) for h in (0.02, 0.01)]
            assert abs(off[0] / off[1] - power) < 0.05


@claims("further/rounding", "*two thirds of the digits survive*")
def test_the_best_step_keeps_two_thirds_of_the_digits():
    central = of_page("central", chapter="further/rounding")["central"]
    steps = np.logspace(-9, -2, 200)
    for x in np.linspace(-0.5, 0.5, 5):
        off = [abs(central(np.exp, x, h) / np.exp(x) - 1) for h in steps]
        near = np.abs(np.log10(steps / 8.7e-6)) < 0.5
        far = np.abs(np.log10(steps / 8.7e-6)) > 2
        assert np.max(np.array(off)[near]) < 1e-9
        assert np.median(np.array(off)[far]) > 1e-9


@pytest.mark.whole
@claims(
    "checking",
    "Every bug is found in both networks. All are named but one: with "
    "different sizes the missing transpose stops the program before there is "
    "a report.",
    "wrong; the planted bugs below give 0.02 to 2, or another shape",
)
def test_every_planted_bug_is_found_and_named():
    here = of_page("problem", "with_bug", "stale", "bugs")
    for seed in SEEDS:
        for n, m in (([4, 3, 5, 2], 6), ([3, 3, 3, 3], 3)):
            given = here["problem"](n, m, "sigmoid", seed=seed)
            for name, bug in here["bugs"](m).items():
                different = name == "W for W.T" and n[0] != n[1]
                try:
                    report = mn.check_gradients(
                        *given, here["loss"], backward=bug
                    )
                except ValueError:
                    assert different
                    continue
                assert not different
                assert bool(report) == (name == "none")
                bad = [c for c in report if c.error > report.tol]
                for first in bad[:1]:
                    assert first.likely
                    assert first.error == np.inf or 0.02 < first.error <= 2


@pytest.mark.whole
@claims(
    "checking",
    "is carried into all eleven arrays",
    "so an unsummed one harms $d\\mathbf{b}$ alone",
    "so the stale cache harms nothing else; neither does the small term",
    "With $g'(A)$ the four arrays before the first slope still agree",
)
def test_how_far_each_bug_spreads():
    here = of_page("problem", "with_bug", "stale", "bugs", "no_penalty")
    for seed in SEEDS:
        for n in ([2, 4, 3, 1], [3, 3, 3, 3]):
            given = here["problem"](n, 4, "sigmoid", seed=seed)
            small = {"small term": here["no_penalty"]}
            for name, bug in (here["bugs"](4) | small).items():
                if name == "W for W.T" and n[0] != n[1]:
                    continue
                report = mn.check_gradients(
                    *given,
                    here["loss"],
                    backward=bug,
                    l2=1e-5 * (name in small),
                )
                bad = [c.name for c in report if c.error > report.tol]
                every = [c.name for c in report]
                assert len(every) == 11
                harmed = {
                    "none": [],
                    "no 1/m": every,
                    "sign": every,
                    "W for W.T": every[3:],
                    "db not summed": [x for x in every if x[:2] == "db"],
                    "g'(A)": every[4:],
                    "stale cache": [x for x in every if x[:2] == "dW"],
                    "small term": [x for x in every if x[:2] == "dW"],
                }
                assert bad == harmed[name]


@pytest.mark.weekly
@claims(
    "checking",
    "Work in float32, anywhere in a backward pass, leaves errors near "
    "$10^{-7}$, so a stricter `tol` finds it.",
    "And an array may be 0 everywhere",
)
def test_single_precision_and_zeros_are_named():
    here = of_page("problem", "with_bug", "single")
    single, n = here["single"], [9, 9, 9, 3]
    low = here["with_bug"](
        start=single,
        left=lambda W: single(W.T),
        right=lambda A: single(A.T),
    )
    zero = here["with_bug"](bias=lambda dZ: 0 * dZ[:, [0]])
    for seed in SEEDS:
        given = here["problem"](n, 20, "sigmoid", seed=seed)
        for bug, words in ((low, "float32?"), (zero, "0 everywhere")):
            report = mn.check_gradients(
                *given, here["loss"], backward=bug, tol=1e-8
            )
            hints = {c.likely for c in report if c.likely}
            assert len(hints) == 1
            assert words in hints.pop()
            if bug is low:
                assert 1e-8 < max(c.error for c in report) < 1e-5


@claims("checking", "The error shrinks with $\\lambda$")
def test_the_error_of_a_forgotten_penalty_is_proportional_to_its_factor():
    here = of_page("problem", "no_penalty")
    for seed in SEEDS:
        given = here["problem"]([4, 3, 5, 2], 6, "sigmoid", seed=seed)
        errors = []
        for l2 in (1e-4, 1e-5, 1e-6):
            report = mn.check_gradients(
                *given, here["loss"], l2=l2, backward=here["no_penalty"]
            )
            assert not report
            errors.append(max(c.error for c in report))
        for larger, smaller in itertools.pairwise(errors):
            assert 8 < larger / smaller < 12


@pytest.mark.weekly
@claims(
    "checking",
    "in a network whose gradients have {term}`vanished <vanishing gradient>`, "
    "it is blind.",
)
def test_below_the_noise_a_wrong_sign_is_not_seen():
    here = of_page("problem", "flipped")
    for hidden, seen in ((2, True), (30, False)):
        for seed in SEEDS:
            n = [3] * (hidden + 1) + [1]
            given = here["problem"](n, 4, "sigmoid", seed=seed)
            report = mn.check_gradients(
                *given, here["loss"], backward=here["flipped"]
            )
            assert bool(report) != seen


@claims(
    "checking",
    "Someone checks a gradient on a network with all sizes equal, all weights "
    "and biases zero, and tanh in the hidden layers.",
)
def test_a_network_of_zeros_hides_three_of_the_six_bugs():
    here = of_page("problem", "with_bug", "stale", "bugs")
    for seed in SEEDS:
        net, X, Y = here["problem"]([3, 3, 3, 3], 4, "tanh", seed=seed)
        zero = mn.Network(
            {l: 0 * net.W[l] for l in net.W},
            {l: 0 * net.b[l] for l in net.b},
            net.g,
        )
        missed = set()
        for name, bug in here["bugs"](4).items():
            if mn.check_gradients(zero, X, Y, here["loss"], backward=bug):
                missed.add(name)
        assert missed == {"none", "W for W.T", "g'(A)", "stale cache"}
