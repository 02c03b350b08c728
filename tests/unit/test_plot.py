"""Pictures: each shows its numbers, and refuses what it cannot draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import mininn as mn
from mininn import plot


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


@pytest.fixture
def rings():
    X, Y = mn.circles(40, rng=0)
    return mn.init([2, 3, 1], rng=0), X, Y


def test_decision_regions_shows_the_output_on_the_square(ax, rings):
    net, X, Y = rings
    assert plot.decision_regions(ax, net, X, Y, steps=5) is None
    image = ax.images[0].get_array()
    side = np.linspace(-1.5, 1.5, 5)
    for i in (0, 4):
        for j in (0, 4):
            x = [[side[j]], [side[i]]]
            assert image[i, j] == pytest.approx(mn.forward(net, x).A[2][0, 0])
    crosses, dots = ax.collections[-2:]
    np.testing.assert_array_equal(crosses.get_offsets(), X[:, Y[0] == 0].T)
    np.testing.assert_array_equal(dots.get_offsets(), X[:, Y[0] == 1].T)


def test_decision_regions_draws_the_border_where_the_output_is_half(ax):
    net = mn.Network({1: [[1.0, 0.0]]}, {1: [[-0.5]]}, {1: "sigmoid"})
    plot.decision_regions(ax, net)
    border = ax.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose(border[:, 0], 0.5, atol=1e-3)


def test_decision_regions_refuses_other_networks_and_labels(ax, rings):
    net, X, Y = rings
    with pytest.raises(ValueError, match="2 inputs and 1 output, got Network"):
        plot.decision_regions(ax, mn.init([3, 1], rng=0))
    with pytest.raises(mn.ShapeError, match=r"Y must be \(1, m\) = \(1, 40\)"):
        plot.decision_regions(ax, net, X, Y[0])


def test_loss_curve_shows_the_history(ax):
    assert plot.loss_curve(ax, [1.0, 0.5, 0.1], linestyle=":") is None
    line = ax.lines[0]
    assert list(line.get_ydata()) == [1.0, 0.5, 0.1]
    assert line.get_linestyle() == ":"
    assert ax.get_yscale() == "log"
    assert ax.get_xlabel() == "epochs"


@pytest.mark.parametrize("g", [mn.sigmoid, mn.tanh, mn.relu, mn.leaky_relu])
def test_activation_curves_shows_g_and_its_derivative(ax, g):
    assert plot.activation_curves(ax, g, reach=2) is None
    z = ax.lines[0].get_xdata()
    assert z[0] == -2
    assert z[-1] == 2
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), g([z])[0])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), g.prime([z])[0])


def test_network_diagram_draws_every_unit_and_every_weight(ax):
    net = mn.init([2, 4, 3, 1], rng=0)
    assert plot.network_diagram(ax, net.n) is None
    assert len(ax.collections) == sum(net.n)
    assert len(ax.lines) == sum(W.size for W in net.W.values())


def test_network_diagram_writes_the_activations_of_one_sample(ax):
    net = mn.init([2, 3, 1], rng=0)
    cache = mn.forward(net, [[1, -1], [2, 0.5]])
    plot.network_diagram(ax, net.n, cache, sample=1)
    text = [t.get_text() for t in ax.texts]
    for l in cache.A:
        for a in cache.A[l][:, 1]:
            assert f"{a:.2f}" in text


def test_matrix_heatmap_writes_its_numbers_around_white_zero(ax):
    plot.matrix_heatmap(ax, [[1.0, -2.0, 0.0]], "W")
    assert [t.get_text() for t in ax.texts] == ["1.00", "-2.00", "0.00"]
    image = ax.images[0]
    assert image.norm.vmin == -image.norm.vmax
    assert ax.get_title() == "W"


def test_pictures_use_the_axes_they_are_given(rings):
    """None of them opens a figure of its own."""
    net, X, Y = rings
    fig, axes = plt.subplots(1, 5)
    before = plt.get_fignums()
    plot.decision_regions(axes[0], net, X, Y)
    plot.loss_curve(axes[1], [1, 2])
    plot.activation_curves(axes[2], mn.tanh)
    plot.network_diagram(axes[3], [1, 2])
    plot.matrix_heatmap(axes[4], [[1]])
    assert plt.get_fignums() == before
    assert fig.axes == list(axes)
    plt.close(fig)
