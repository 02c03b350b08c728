"""What forward and the page on floats claim, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn


def example():
    """The network 2-3-2-2 of the page."""
    W = {
        1: np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]),
        2: np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
        3: np.array([[0.1, 0.2], [0.3, 0.4]]),
    }
    b = {1: [[0.1], [0.2], [0.3]], 2: [[0.1], [0.2]], 3: [[0.1], [0.2]]}
    return mn.Network(W, b, {1: "sigmoid", 2: "sigmoid", 3: "identity"})


def anywhere(seed, m=2000):
    """Inputs of every size, from a millionth to a million."""
    rng = np.random.default_rng(seed)
    size = 10 ** rng.uniform(-6, 6, (2, m))
    return size * rng.choice([-1, 1], (2, m))


@claims(
    "forward",
    "$y_1$ grows from 0.3081 to 0.3321, and it cannot double for any input",
    "So $y_1 = 0.1\\, a_1^{[2]} + 0.2\\, a_2^{[2]} + 0.1$ lies between 0.2625 "
    "and 0.3359.",
    "with the bounds of $\\mathbf{a}^{[2]}$ above: from 0.5774 to 0.7387.",
)
def test_both_outputs_stay_within_their_bounds_for_every_input():
    net = example()
    first = mn.forward(net, [[0.0, 4.0], [0.0, 4.0]]).A[3][0]
    np.testing.assert_allclose(first, [0.3081, 0.3321], atol=5e-5)
    Y = np.hstack([mn.forward(net, anywhere(seed)).A[3] for seed in SEEDS])
    assert 0.26245 < Y[0].min() < 0.263
    assert 0.3355 < Y[0].max() < 0.33595
    assert 0.57735 < Y[1].min() < 0.578
    assert 0.738 < Y[1].max() < 0.73875
    assert Y[0].max() / Y[0].min() < 2


@claims(
    "forward",
    "*no input at all gets an answer above* $\\sigma(2) = 0.8808$",
    "The largest answer is 0.8808, at every point of the triangle where no "
    "unit fires, fourteen of the 60. Downwards there is no bound",
    "so the score of a point twice as far out falls about twice as low",
)
def test_the_rings_network_may_be_sure_of_a_no_and_never_of_a_yes():
    net = mn.Network(
        {1: [[0.0, -2.0], [2.0, 1.0], [-2.0, 1.0]], 2: [[-10.0] * 3]},
        {1: [[-1.0]] * 3, 2: [[2.0]]},
        {1: "relu", 2: "sigmoid"},
    )
    assert round(1 / (1 + np.exp(-2)), 4) == 0.8808
    for seed in SEEDS:
        cache = mn.forward(net, anywhere(seed))
        Z, fires = cache.Z[2][0], cache.A[1].any(axis=0)
        assert (Z[~fires] == 2).all()
        assert (Z[fires] < 2).all()
        assert cache.A[2].max() == pytest.approx(1 / (1 + np.exp(-2)))
        d = np.random.default_rng(seed).standard_normal((2, 200))
        d /= np.linalg.norm(d, axis=0)
        near, far = (mn.forward(net, k * d).Z[2] for k in (100, 200))
        assert near.max() < -100
        assert (abs(far / near - 2) < 0.1).all()
    right = [0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 4.0]
    first = [-4.0, -2.0, -1.0, -0.5, -0.25, *right]
    second = [-4.0, -0.5, 0.0, 0.5, 4.0]
    grid = np.array(np.meshgrid(first, second)).reshape(2, -1)
    assert grid.shape == (2, 60)
    assert (mn.forward(net, grid).Z[2] == 2).sum() == 14


@claims(
    "forward",
    "So $\\mathbf{a}^{[2]}$ lies between $(0.5250, 0.5498)^\\top$ and "
    "$(0.6682, 0.8455)^\\top$.",
)
def test_the_second_layer_stays_within_its_bounds():
    for seed in SEEDS:
        A = mn.forward(example(), anywhere(seed)).A[2]
        assert (A.min(axis=1) > [0.52495, 0.54975]).all()
        assert (A.max(axis=1) < [0.66825, 0.84555]).all()


@claims(
    "forward",
    "All weights are positive and the sigmoid rises, so an output can only "
    "grow with an input.",
)
def test_an_output_only_grows_with_an_input():
    net = example()
    for seed in SEEDS:
        X = np.random.default_rng(seed).uniform(-4, 4, (2, 200))
        for step in ([[0.1], [0]], [[0], [0.1]]):
            before, after = (mn.forward(net, x).A[3] for x in (X, X + step))
            assert (after > before).all()


@claims(
    "forward",
    "Without the sigmoids of 2-3-2-2, one matrix of shape $(2, 2)$ does the "
    "work of all three",
)
def test_without_sigmoids_three_layers_are_one():
    net = example()
    g = dict.fromkeys((1, 2, 3), "identity")
    linear = mn.Network(net.W, net.b, g)
    W = net.W[3] @ net.W[2] @ net.W[1]
    at_zero = mn.forward(linear, [[0.0], [0.0]]).A[3]
    for seed in SEEDS:
        X = np.random.default_rng(seed).standard_normal((2, 30))
        np.testing.assert_allclose(
            mn.forward(linear, X).A[3], W @ X + at_zero, atol=1e-12
        )


@claims(
    "further/floats",
    "The library writes the same function so that nothing overflows.",
    "$1/\\infty$ is 0, the right answer to any precision that matters",
)
def test_the_sigmoid_of_the_library_overflows_nowhere():
    z = np.concatenate([-np.logspace(-3, 300, 500), np.logspace(-3, 300, 500)])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a = mn.sigmoid(z.reshape(1, -1))
    assert ((a >= 0) & (a <= 1)).all()
    assert mn.sigmoid([[-800.0]]) == 0


@claims(
    "forward",
    "Layer 3 would not complain, because its matrix is square.",
)
def test_only_the_square_layer_takes_its_transpose():
    net, fits = example(), []
    cache = mn.forward(net, [[1.0], [0.5]])
    for l in (1, 2, 3):
        try:
            wrong = net.W[l].T @ cache.A[l - 1]
        except ValueError:
            continue
        fits.append(l)
        assert not np.allclose(wrong + net.b[l], cache.Z[l])
    assert fits == [3]
