"""``mininn.glass.box``: its messages, what it stores and what it prints."""

import ast
import html
import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest

import mininn as mn
import mininn.glass
from mininn.glass import stored
from mininn.optimizers import GradientDescent

NET = mn.init([2, 3, 1], rng=1, hidden="tanh")
X, Y = mn.circles(20, rng=0)
BCE = mn.binary_cross_entropy


class Own(type(mn.relu)):
    """An activation that no page can know."""


class OwnLoss(type(BCE)):
    """A loss that no page can know."""


class OwnRule(GradientDescent):
    """An optimiser that no page can know."""


def make(net=NET, X=X, Y=Y, loss=BCE, **options):
    return mn.glass.box(net, X, Y, loss, **options)


def own_net():
    return mn.init([2, 3, 1], rng=1, hidden=Own())


MODES = "'forward', 'backward'"
WRONG = ", ".join(map(repr, ("", *stored.WRONG)))
MESSAGES = [
    (
        lambda: make(mn.init([2, 11, 1], rng=0)),
        ValueError,
        "box: a page shows at most 5 layers and 10 units in each, inputs "
        "too, got 2-11-1. Take a smaller network.",
    ),
    (
        lambda: make(mn.init([2, 2, 2, 2, 2, 2, 1], rng=0)),
        ValueError,
        "box: a page shows at most 5 layers and 10 units in each, inputs "
        "too, got 2-2-2-2-2-2-1. Take a smaller network.",
    ),
    (
        lambda: make(own_net()),
        ValueError,
        "box: a page knows the activations of mininn, but g[1] is relu. Take "
        "relu, tanh or another of them.",
    ),
    (
        lambda: make(loss=OwnLoss()),
        ValueError,
        "box: a page knows the losses of mininn, euclidean, "
        "binary_cross_entropy, cross_entropy, got binary_cross_entropy.",
    ),
    (
        lambda: make(X=np.zeros((2, 401)), Y=np.zeros((1, 401))),
        ValueError,
        "box: X has 401 samples, and a page takes at most 400. Take some of "
        "them, such as X[:, :200] and Y[:, :200].",
    ),
    (
        lambda: make(optimizer="adam"),
        TypeError,
        "box: optimizer must be one of mininn, such as adam(0.03), got "
        "'adam'.",
    ),
    (
        lambda: make(optimizer=OwnRule(0.1)),
        ValueError,
        "box: a page knows the optimisers gradient_descent, momentum, "
        "rmsprop, adam, adamw, got OwnRule(lr=0.1).",
    ),
    (
        lambda: make(optimizer=mn.adam(mn.cosine(0.2, 4))),
        ValueError,
        "box: a page steps at one rate, but lr of the optimizer is a "
        "function. Take a number, such as adam(0.2).",
    ),
    (
        lambda: make(open="W[1]"),
        ValueError,
        'box: open must name a number, such as "W[1][0, 0]", "dz[2][0]" or '
        "\"J\", got 'W[1]'.",
    ),
    (
        lambda: make(open="W[3][0, 0]"),
        ValueError,
        "box: open names W[3][0, 0], but Network 2-3-1 (tanh, sigmoid), 13 "
        "parameters has no such number. Layers count from 1, units from 0, "
        "and da ends at layer L - 1.",
    ),
    (
        lambda: make(sample=20),
        ValueError,
        "box: sample must be a column of X, 0 to 19, got 20.",
    ),
    (
        lambda: make(mode="sideways"),
        ValueError,
        f"box: mode must be one of {MODES}, got 'sideways'.",
    ),
    (
        lambda: make(wrong="1/m"),
        ValueError,
        f"box: wrong must be one of {WRONG}, got '1/m'.",
    ),
    (
        lambda: make(ask=None),
        TypeError,
        "box: ask must be a question, a str, got None.",
    ),
    (
        lambda: make(open="dW[1][0, 0]", moves=True),
        ValueError,
        "box: moves swings a weight or a bias, and open is 'dW[1][0, 0]'. "
        "Open one of them, such as 'W[1][0, 0]'.",
    ),
]
# Those of other modules, which name the box as the place.
DOORS = [
    (lambda: make(net=3), TypeError, "box: net must be a Network"),
    (lambda: make(X=X.T), mn.ShapeError, "box: X must be (n[0], m)"),
    (lambda: make(Y=Y.T), mn.ShapeError, "box: Y must be (n[L], m)"),
    (lambda: make(Y=2 * Y), ValueError, "box: Y must lie in 0..1"),
    (lambda: make(loss=mn.euclidean), ValueError, "box: "),
    (lambda: make(lr=0), ValueError, "box: lr must be a positive number"),
    (lambda: make(sample=-1), ValueError, "box: sample must be an int of 0"),
]


@pytest.mark.parametrize(("call", "error", "message"), MESSAGES)
def test_a_message_says_what_was_wanted_and_what_to_do(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(("call", "error", "message"), DOORS)
def test_a_message_of_another_module_names_the_box(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(message)


def test_every_raise_of_stored_has_its_message_above():
    path = Path(inspect.getfile(stored))
    tree = ast.parse(path.read_text("utf-8"))
    lines = {
        (node.lineno, node.end_lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and node.exc
    }
    met = set()
    for call, error, _ in MESSAGES:
        with pytest.raises(error) as caught:
            call()
        last = caught.traceback[-1]
        met |= {
            (first, end)
            for first, end in lines
            if Path(last.path) == path and first <= last.lineno + 1 <= end
        }
    assert len(lines) > 8
    assert met == lines


# --- what it stores -----------------------------------------------------

PLACES = {
    "W[2][0, 2]": {"kind": "W", "l": 2, "i": 0, "k": 2},
    "W[2][0,2]": {"kind": "W", "l": 2, "i": 0, "k": 2},
    "dW[1][2, 1]": {"kind": "dW", "l": 1, "i": 2, "k": 1},
    "b[1][2]": {"kind": "b", "l": 1, "i": 2, "k": 0},
    "dz[1][0]": {"kind": "dz", "l": 1, "i": 0, "k": 0},
    "da[1][1]": {"kind": "da", "l": 1, "i": 1, "k": 0},
    "a[0][1]": {"kind": "x", "l": 0, "i": 1, "k": 0},
    "x[1]": {"kind": "x", "l": 0, "i": 1, "k": 0},
    "y[0]": {"kind": "y", "l": 2, "i": 0, "k": 0},
    "J": {"kind": "J"},
}


@pytest.mark.parametrize("text", PLACES)
def test_what_is_open_is_named_as_in_python(text):
    assert make(open=text).spec["open"] == PLACES[text]


@pytest.mark.parametrize(
    "text",
    [
        *("da[2][0]", "W[0][0, 0]", "W[1][0, 2]", "z[1][3]", "z[0][0]"),
        *("x[2]", "y[1]", "W[1][-1, 0]", "dJ", "dx[0]", "J[0]", "", None, 3),
    ],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r"^box: open (names|must name)"):
        make(open=text)


@pytest.mark.parametrize(
    ("rule", "want"),
    [
        (mn.gradient_descent(0.3), {"name": "gradient_descent", "lr": 0.3}),
        (
            mn.momentum(0.1, 0.8, nesterov=True),
            {"name": "momentum", "lr": 0.1, "beta": 0.8, "nesterov": True},
        ),
        (
            mn.rmsprop(),
            {"name": "rmsprop", "lr": 0.001, "beta": 0.9, "eps": 1e-8},
        ),
        (
            mn.adamw(0.1),
            {
                "name": "adamw",
                "lr": 0.1,
                "beta1": 0.9,
                "beta2": 0.999,
                "eps": 1e-8,
                "weight_decay": 0.01,
            },
        ),
    ],
)
def test_an_optimiser_is_its_name_and_its_numbers(rule, want):
    assert make(optimizer=rule).spec["opt"] == want


def test_numbers_are_rounded_before_anything_is_computed():
    rng = np.random.default_rng(0)
    noisy = 1 + 1e-9 * rng.standard_normal(X.shape)
    W = {l: NET.W[l] * (1 + 1e-12) for l in NET.W}
    near = mn.Network(W, dict(NET.b), dict(NET.g))
    first, second = make(), make(near, X * noisy)
    assert first.text == second.text
    assert first.spec == second.spec
    J = BCE(mn.forward(first.net, first.spec["X"]).Z[2], first.spec["Y"])
    assert f"J = {J:.4g}," in first.text
    assert first.start.W[1].tolist() == first.spec["W"][0]


def test_a_network_of_float32_is_opened_in_float64():
    net = mn.init([2, 3, 1], rng=1, dtype="float32")
    made = make(net)
    assert made.net.dtype == float
    assert re.fullmatch(r"-?\d\.\d{1,6}", str(made.spec["W"][0][0][0]))


def test_an_activation_of_another_slope_keeps_it():
    net = mn.init([2, 3, 1], rng=1, hidden=mn.LeakyReLU(0.2))
    assert make(net).spec["g"] == ["leaky_relu(0.2)", "sigmoid"]


def test_no_zero_is_negative_and_no_number_is_nan():
    net = mn.Network({1: [[-0.0]]}, {1: [[-1e-9]]}, {1: "identity"})
    made = make(net, [[-1e-6]], [[-0.0]], mn.euclidean)
    text = json.dumps(made.spec, allow_nan=False)
    assert "-0" not in text
    assert "-0" not in made.text


# --- what it prints -----------------------------------------------------


def test_the_text_is_a_table_of_its_numbers():
    made = make(open="dW[2][0, 1]")
    cache = mn.forward(made.net, made.X)
    grads = mn.backward(made.net, cache, made.Y, BCE)
    lines = made.text.splitlines()
    assert lines[0] == "Network 2-3-1 (tanh, sigmoid), 13 parameters"
    right = round(20 * mn.accuracy(made.net, made.X, made.Y))
    assert lines[1].endswith(f", {right} of 20 right")
    rows = [re.split(r" {2,}", line) for line in lines[4:]]
    assert len(rows) == 9
    want = [made.net.W[2][0, 1], grads.dW[2][0, 1]]
    assert rows[0] == ["W[2][0, 1]", *(f"{x:.4g}" for x in want)]
    assert ["b[2][0]", "0", f"{grads.db[2][0, 0]:.4g}"] in rows


def test_the_text_turns_when_the_library_is_broken(monkeypatch):
    right = make().text
    monkeypatch.setattr(
        type(mn.tanh), "prime", lambda self, Z: 1 - np.asarray(Z) ** 2
    )
    assert make().text != right


def test_no_share_is_right_where_there_are_no_classes():
    net = mn.init([2, 3, 2], rng=1, output="identity")
    assert "right" not in make(net, X, np.vstack([Y, Y]), mn.euclidean).text


def test_the_html_holds_the_data_and_the_table_and_no_picture():
    made = make(ask='Is "J" < 1 & why?')
    data = made._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    text = data["text/html"]
    found = re.match(r'<div class="glass-box" data-glass="([^"]*)">', text)
    assert json.loads(html.unescape(found[1])) == made.spec
    assert text.count("<tr>") == 9
    assert "<img" not in text
    assert "<script" not in text
    assert data["text/plain"] == made.text


def test_the_names_of_wrong_formulas_are_those_of_the_engine():
    code = (Path(inspect.getfile(stored)).parent / "engine.js").read_text(
        "utf-8"
    )
    block = code[code.index("const WRONG") :].split("};")[0]
    named = re.findall(r'^ {4}"?([\w-]+)"?:', block, re.MULTILINE)
    assert tuple(named) == stored.WRONG
