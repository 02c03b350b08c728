"""What the chapter glance claims, measured again."""

import numpy as np
from claims.ledger import SEEDS, claims, page
from kit import central_differences, relative_difference

import mininn as mn


def told(*wanted):
    """The functions of the chapter, and the network set by hand."""
    here = {"np": np, "mn": mn}
    here["X"], here["Y"] = mn.circles(200, rng=0)
    for cell in page("glance", "code"):
        if any(f"def {name}(" in cell for name in (*LOOP, "start")):
            exec(cell.split("\n\n\n")[0], here)
        elif cell.startswith("W1 = "):
            exec(cell.rsplit("\n", 1)[0], here)
    return [here[name] for name in wanted]


LOOP = ("forward", "cost", "backward", "learn")


def share(theta, forward, Y):
    return ((forward(*theta)[1] > 0.5) == Y).mean()


@claims("glance", "All ten get at least 99 % right.")
def test_a_machine_finds_its_numbers_from_ten_other_starts():
    forward, learn, start, Y = told("forward", "learn", "start", "Y")
    for seed in SEEDS:
        assert share(learn(start(seed), 1000), forward, Y) >= 0.99


@claims(
    "glance", "Larger numbers in the last layer make some starts get stuck"
)
def test_a_last_layer_ten_times_as_large_gets_stuck():
    forward, learn, start, Y = told("forward", "learn", "start", "Y")
    ends = []
    for seed in [*range(10), *SEEDS]:
        W1, b1, W2, b2 = start(seed)
        ends.append(share(learn([W1, b1, 10 * W2, b2], 1000), forward, Y))
    arrived = [end >= 0.99 for end in ends]
    assert (sum(arrived[:10]), sum(arrived[10:])) == (9, 4)


@claims("glance", "The whole loop in 18 lines of NumPy")
def test_the_loop_has_as_many_lines_as_its_heading_says():
    cells = [
        cell
        for cell in page("glance", "code")
        if any(cell.startswith(f"def {name}(") for name in LOOP)
    ]
    assert len(cells) == len(LOOP)
    lines = "\n".join(cells).splitlines()
    assert sum(bool(line.strip()) for line in lines) == 18


@claims(
    "glance",
    "It is minus the logarithm of the probability that was given to the "
    "truth, averaged over the points.",
    "There are seven such arrays; the four that belong to our numbers come "
    "back.",
)
def test_the_four_arrays_are_the_slopes_of_the_cost():
    forward, cost, backward = told("forward", "cost", "backward")
    X, Y = told("X", "Y")
    rng = np.random.default_rng(100)
    net = mn.init([2, 3, 1], rng=rng)
    theta = [net.W[1], 0.1 + net.b[1], net.W[2], net.b[2]]
    given = backward(theta[2], *forward(*theta))
    for place, slopes in enumerate(given):

        def J(t, place=place):
            return cost(forward(*theta[:place], t, *theta[place + 1 :])[1])

        there = central_differences(J, theta[place], h=1e-6)
        assert relative_difference(slopes, there) < 1e-7
    net = mn.Network(
        {1: theta[0], 2: theta[2]},
        {1: theta[1], 2: theta[3]},
        {1: "relu", 2: "sigmoid"},
    )
    J = mn.binary_cross_entropy(mn.forward(net, X).Z[2], Y)
    np.testing.assert_allclose(cost(forward(*theta)[1]), J, rtol=1e-12)


@claims(
    "glance",
    "With as many points in one ring as in the other, all four arrays are 0",
)
def test_from_zeros_no_number_moves():
    forward, backward, start = told("forward", "backward", "start")
    zeros = [0 * t for t in start(100)]
    for slopes in backward(zeros[2], *forward(*zeros)):
        assert abs(slopes).max() < 1e-15


@claims("glance", "The cost rises.")
def test_without_the_minus_the_cost_rises():
    forward, cost, learn, start = told("forward", "cost", "learn", "start")
    for seed in SEEDS:
        before, after = (
            cost(forward(*learn(start(seed), steps, rate=-1.0))[1])
            for steps in (0, 5)
        )
        assert after > before


@claims(
    "glance",
    "For every bias up to 0: the score is never above the bias, and a yes "
    "needs a score above 0.",
    "A larger bias moves all three borders of the yes outward.",
    "With weight 0, unit 1 never fires",
    "the triangle is open below: 168 right.",
)
def test_what_two_of_the_numbers_do():
    (net, X, Y) = told("by_hand", "X", "Y")
    far = np.random.default_rng(100).uniform(-9, 9, (2, 5000))
    said = np.zeros(5000, bool)
    for bias in (-6.0, 0.0, 1.0, 2.0, 6.0, 20.0):
        b = net.b | {2: np.array([[bias]])}
        cache = mn.forward(mn.Network(net.W, b, net.g), far)
        assert (cache.Z[2] <= bias).all()
        yes = cache.A[2][0] > 0.5
        assert yes.any() == (bias > 0)
        assert (yes >= said).all()  # no point that was inside is lost
        said = yes
    W = net.W | {1: np.array([[0.0, 0.0], *net.W[1][1:]])}
    cache = mn.forward(mn.Network(W, net.b, net.g), X)
    assert not cache.A[1][0].any()
    assert ((cache.A[2] > 0.5) == Y).sum() == 168


@claims("glance", "the score becomes 5 times as large and keeps its sign")
@claims("glance", "divide `W2` by 5, and no score changes at all")
def test_which_numbers_can_be_scaled():
    net, X = told("by_hand", "X")
    Z = mn.forward(net, X).Z[2]
    five = {l: 5 * net.W[l] for l in net.W}, {l: 5 * net.b[l] for l in net.b}
    last = mn.Network(net.W | {2: five[0][2]}, net.b | {2: five[1][2]}, net.g)
    np.testing.assert_allclose(mn.forward(last, X).Z[2], 5 * Z, rtol=1e-12)
    both = mn.Network(
        {1: five[0][1], 2: net.W[2] / 5}, net.b | {1: five[1][1]}, net.g
    )
    np.testing.assert_allclose(mn.forward(both, X).Z[2], Z, rtol=1e-12)
