"""A box and a question in a notebook: a widget, where anywidget is."""

import base64
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

import mininn as mn
from mininn.glass import box, live, scripts

VIEW = "application/vnd.jupyter.widget-view+json"
X, Y = np.array([[0.5, -1.0], [0.25, 2.0]]), np.array([[1.0, 0.0]])


@pytest.fixture
def here():
    """A box of a small network, and a question."""
    pytest.importorskip("anywidget")
    return a_box(), mn.ask("Two and two?", 4)


@pytest.fixture
def nowhere(monkeypatch):
    """A Python that has no anywidget."""
    monkeypatch.setitem(sys.modules, "anywidget", None)
    live._kind.cache_clear()
    yield
    live._kind.cache_clear()


def a_box():
    net = mn.init([2, 3, 1], rng=1, hidden=mn.tanh)
    return box(net, X, Y, mn.binary_cross_entropy)


def test_a_notebook_gets_the_widget_beside_html_and_text(here):
    for one in here:
        data, metadata = one._repr_mimebundle_()
        assert set(data) == {VIEW, "text/html", "text/plain"}
        assert data["text/plain"] == repr(one)
        assert data[VIEW]["model_id"] == one.widget.model_id
        assert metadata == {}  # Colab's alone


def test_without_anywidget_the_same_html_and_text_are_left(
    nowhere, monkeypatch
):
    one, asked = a_box(), mn.ask("Two and two?", 4)
    data = [one._repr_mimebundle_(), asked._repr_mimebundle_()]
    assert [set(d) for d in data] == [{"text/html", "text/plain"}] * 2
    assert one.net is one.start
    monkeypatch.undo()
    live._kind.cache_clear()
    if live.widget("Test", "export default {}", "", {}) is not None:
        shown = a_box()._repr_mimebundle_()[0]
        assert shown.pop(VIEW)
        assert shown == data[0]


def test_a_box_that_is_not_shown_makes_no_widget(here):
    one, _ = here
    assert one.net is one.start
    assert one.X.tolist() == X.tolist()
    assert one.Y.tolist() == Y.tolist()
    assert one.loss is mn.binary_cross_entropy
    assert "widget" not in vars(one)


def sent(x):
    """The bytes of an array as the page writes them."""
    return base64.b64encode(np.asarray(x, "<f8").tobytes()).decode()


HARD = [-0.0, 5e-324, 0.1 + 0.2, 1.7976931348623157e308, -1e-9, 7.0]


def test_what_the_page_sends_is_the_network_bit_for_bit(here):
    one, _ = here
    one._repr_mimebundle_()
    W = {1: np.array(HARD).reshape(2, 3), 2: np.array([[1 / 3, -2e-308]])}
    b = {1: np.array([[0.1], [np.pi]]), 2: np.array([[-0.0]])}
    one.widget.net = {
        "n": [3, 2, 1],
        "g": ["leaky_relu(0.2)", "identity"],
        "W": [sent(W[1]), sent(W[2])],
        "b": [sent(b[1]), sent(b[2])],
        "loss": "euclidean",
    }
    points = np.array([[0.1, -0.0], [3, 4], [1e-300, 7]])
    one.widget.data = {"X": sent(points), "Y": sent([[1 / 7, 0]])}
    for l in (1, 2):
        assert one.net.W[l].tobytes() == W[l].tobytes()
        assert one.net.b[l].tobytes() == b[l].tobytes()
    assert one.net.n == (3, 2, 1)
    assert one.net.g[1].c == 0.2
    assert one.net.g[2] is mn.identity
    assert one.X.tobytes() == points.tobytes()
    assert one.Y.tolist() == [[1 / 7, 0.0]]
    assert one.loss is mn.euclidean
    # What was there before is as it was: a history of networks is one.
    assert one.start.n == (2, 3, 1)


def test_a_network_that_training_has_broken_is_refused_not_mended(here):
    one, _ = here
    one._repr_mimebundle_()
    one.widget.net = {
        "n": [1, 1],
        "g": ["identity"],
        "W": [sent([[np.nan]])],
        "b": [sent([[0.0]])],
    }
    with pytest.raises(ValueError, match=r"W\[1\] must be finite"):
        _ = one.net


@pytest.mark.parametrize("g", ["sigmoid", "tanh", "relu", "leaky_relu"])
def test_each_activation_is_found_by_its_name(g):
    net = {
        "n": [1, 1, 2],
        "g": [g, "softmax"],
        "W": [sent([[1.0]]), sent([[1.0], [2.0]])],
        "b": [sent([[0.0]]), sent([[0.0], [0.0]])],
    }
    assert live.read_net(net, None).g == {1: getattr(mn, g), 2: mn.softmax}


def test_what_it_sends_can_be_trained_on(here):
    one, _ = here
    net, _ = mn.train(one.net, one.X, one.Y, one.loss, lr=0.1, epochs=3)
    assert net.n == one.net.n


MODULES = {"box": scripts.module(), "question": scripts.question()[0]}


@pytest.mark.parametrize("text", MODULES.values(), ids=MODULES)
def test_the_module_is_what_anywidget_runs(text, tmp_path):
    assert len(re.findall(r"(?m)^export default", text)) == 1
    assert not re.search(r"(?m)^import\b|\bimport\(|\beval\(", text)
    if not shutil.which("node"):
        pytest.skip("not run: node is not installed")
    file = tmp_path / "widget.mjs"
    file.write_text(text, "utf-8")
    subprocess.run(["node", "--check", file], check=True)


def test_what_starts_a_page_does_not_start_in_a_notebook():
    start = scripts._joined(("start",), "js")
    assert start
    assert start in scripts.script()
    assert start not in scripts.module()
