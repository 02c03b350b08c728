"""What the page errata claims of networks with a wrong formula."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, of_page

import mininn as mn

LOSS = mn.binary_cross_entropy
SLIPS = (
    "",
    "early",
    "prime-of-a",
    "z-for-a",
    "no-prime",
    "g-for-prime",
    "one-over-m-twice",
    "one-over-m",
)


def ends(wrong, seeds=SEEDS, rule=None, steps=300):
    """J after training 2-3-1 with a slip, for each seed."""
    _, with_slip = of_page("errata", "slope", "with_slip")
    for seed in seeds:
        X, Y = mn.circles(200, rng=seed)
        net = mn.init([2, 3, 1], hidden="tanh", rng=seed)
        state = rule and rule.start(net)
        for _ in range(steps):
            cache = mn.forward(net, X)
            grads = with_slip(wrong, net, cache, Y, LOSS)
            if rule is None:
                net = mn.step(net, grads, lr=1.0)
            else:
                net, state = rule.step(net, grads, state)
        yield LOSS(mn.forward(net, X).Z[2], Y)


@pytest.mark.whole
@claims(
    "errata",
    "*W updated too early* cannot be seen: the median is that of the right "
    "formulas.",
    "With *g' at a* the network learns, and its $J$ ends about twice as high.",
    "stay near $\\log 2 \\approx 0.69$: none of the ten comes below 0.2.",
    "With the *1/m lost*, the steps are 200 times as long, and $J$ ends far "
    "above guessing.",
)
def test_what_a_slip_does_to_ten_starts():
    J = {wrong: np.array([*ends(wrong)]) for wrong in SLIPS}
    middle = {wrong: np.median(J[wrong]) for wrong in J}
    assert abs(middle["early"] / middle[""] - 1) < 0.05
    assert 1.5 < middle["prime-of-a"] / middle[""] < 3
    assert sum(J["prime-of-a"] < 0.2) >= 6
    for wrong in ("z-for-a", "no-prime", "g-for-prime", "one-over-m-twice"):
        assert J[wrong].min() > 0.45
        assert 0.5 < middle[wrong] < 0.8
    assert middle["one-over-m"] > 5
    assert J["one-over-m"].min() > np.log(2)


@claims(
    "errata",
    "Under Adam the two slips of $\\frac1m$ do nothing: a factor on the whole "
    "gradient cancels",
)
def test_under_adam_a_factor_on_the_gradient_does_nothing():
    rule = mn.adam(0.03)
    right = [*ends("", SEEDS[:3], rule, 50)]
    for wrong in ("one-over-m", "one-over-m-twice"):
        slip = [*ends(wrong, SEEDS[:3], rule, 50)]
        np.testing.assert_allclose(slip, right, rtol=1e-3)


@claims(
    "errata",
    "The eighth slip, $W$ for $W^\\top$, needs square layers; in 2-3-1 it "
    "raises.",
    "Every slip turns a difference red.",
)
def test_every_slip_is_found_by_differences():
    _, with_slip = of_page("errata", "slope", "with_slip")
    X, Y = mn.circles(20, rng=SEEDS[0])
    for seed in SEEDS:
        net = mn.init([2, 3, 1], hidden="tanh", rng=seed)
        for wrong in SLIPS:
            report = mn.check_gradients(
                net, X, Y, LOSS, backward=lambda *a, w=wrong: with_slip(w, *a)
            )
            assert bool(report) == (wrong == "")
        with pytest.raises(ValueError):
            with_slip("transpose", net, mn.forward(net, X), Y, LOSS)
    X = np.random.default_rng(0).standard_normal((3, 5))
    square = mn.init([3, 3, 3], hidden="tanh", rng=SEEDS[0])
    Y = (X > 0) * 1.0
    assert not mn.check_gradients(
        square, X, Y, LOSS, backward=lambda *a: with_slip("transpose", *a)
    )
