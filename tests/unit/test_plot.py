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
            assert f"{a:.2f}".replace("-", "−") in text


def test_network_diagram_writes_every_weight_and_every_bias(ax):
    W = {1: [[1, -2], [3, 4], [5, 6]], 2: [[7, 8.125, 9]]}
    b = {1: [[-10], [11], [12]], 2: [[0.5]]}
    net = mn.Network(W, b, {1: "relu", 2: "sigmoid"})
    plot.network_diagram(ax, net.n, net=net)
    at = {t.get_text(): t.get_position() for t in ax.texts}
    weights = ["1", "−2", "3", "4", "5", "6", "7", "8.12", "9"]
    assert {*weights, "b = −10", "b = 11", "b = 12", "b = 0.5"} <= set(at)
    lines = dict(zip(weights, edges(ax, net), strict=True))
    for w, ((x, u), (y, v)) in lines.items():
        part = (at[w][0] - x) / (u - x)  # on its line, and not at an end
        assert 0.2 < part < 0.8
        assert at[w][1] == pytest.approx(y + part * (v - y))
    boxes = [at[w] for w in weights]
    for i, one in enumerate(boxes):
        assert all(np.hypot(*np.subtract(one, o)) > 0.3 for o in boxes[:i])
    assert at["b = −10"][1] > at["b = 11"][1] > at["b = 12"][1]


def edges(ax, net):
    """The lines of a diagram in the order of the rows of W."""
    drawn = iter(ax.lines)  # by the unit they come from, then by target
    for l in net.W:
        rows, columns = net.W[l].shape
        part = [next(drawn) for _ in range(rows * columns)]
        for i in range(rows):
            for j in range(columns):
                line = part[j * rows + i]
                yield line.get_xdata(), line.get_ydata()


def test_network_diagram_refuses_a_network_of_other_sizes(ax):
    net = mn.init([2, 3, 1], rng=0)
    with pytest.raises(ValueError, match="the sizes n = 2-4-1, got Network"):
        plot.network_diagram(ax, [2, 4, 1], net=net)


def test_matrix_heatmap_writes_its_numbers_around_white_zero(ax):
    plot.matrix_heatmap(ax, [[1.0, -2.0, 0.0]], "W")
    assert [t.get_text() for t in ax.texts] == ["1.00", "−2.00", "0.00"]
    image = ax.images[0]
    assert image.norm.vmin == -image.norm.vmax
    assert ax.get_title() == "W"


def test_computational_graph_writes_values_above_and_derivatives_below(ax):
    names = ["x", "z", "\\ell"]
    enters = {1: ("w = 2", "dw = 3")}
    shown = plot.computational_graph(ax, names, [4, 2.5], [1, "?"], enters)
    assert shown is None
    told = {t.get_text(): t.get_position() for t in ax.texts if t.get_text()}
    places = {name: told[f"${name}$"] for name in names}
    assert [x for x, _ in places.values()] == [0, 1, 2]
    assert {y for _, y in places.values()} == {0}
    for text, x in (("4.000", 0), ("2.500", 1), ("w = 2", 1)):
        assert told[text][0] == x
        assert told[text][1] > 0
    for text, x in (("1.000", 2), ("?", 1), ("dw = 3", 1)):
        assert told[text][0] == x
        assert told[text][1] < 0


def arrows(ax):
    """Where each arrow begins and where it ends."""
    return [(t.xyann, t.xy) for t in ax.texts if hasattr(t, "arrow_patch")]


def test_computational_graph_goes_forward_to_the_right_and_back_left(ax):
    names = ["x", "z", "a", "\\ell"]
    plot.computational_graph(ax, names, [1, 2, 3])
    ahead = arrows(ax)
    assert len(ahead) == 2
    assert all(a[0] < b[0] and a[1] > 0 < b[1] for a, b in ahead)
    plot.computational_graph(ax, names, [], [1, 2, 3])
    back = arrows(ax)[2:]
    assert len(back) == 2
    assert all(a[0] > b[0] and a[1] < 0 > b[1] for a, b in back)


def test_computational_graph_refuses_more_numbers_than_names(ax):
    with pytest.raises(ValueError, match="2 names, but 3 values and 1 deriv"):
        plot.computational_graph(ax, ["x", "y"], [1, 2, 3], [1])


def test_pictures_use_the_axes_they_are_given(rings):
    """None of them opens a figure of its own."""
    net, X, Y = rings
    fig, axes = plt.subplots(1, 6)
    before = plt.get_fignums()
    plot.decision_regions(axes[0], net, X, Y)
    plot.loss_curve(axes[1], [1, 2])
    plot.activation_curves(axes[2], mn.tanh)
    plot.network_diagram(axes[3], [1, 2])
    plot.matrix_heatmap(axes[4], [[1]])
    plot.computational_graph(axes[5], ["x"], [1])
    assert plt.get_fignums() == before
    assert fig.axes == list(axes)
    plt.close(fig)
