"""What a learner gives by mistake, and what the library answers.

First the rows of ``reference/bad_inputs.json``: what each wants is what
happens. Then every message of the core, word by word.
"""

import ast
import dataclasses
import errno
import json
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from kit import CORE, Frame
from places import REFERENCE

import mininn as mn
from mininn import activations, data, losses
from mininn.checks import NotFiniteError, as_count
from mininn.train import Optimizer, batches

MININN = Path(mn.__file__).parent
ROWS = {
    row["id"]: row
    for row in json.loads((REFERENCE / "bad_inputs.json").read_text("utf-8"))[
        "rows"
    ]
}
BCE, CE = mn.binary_cross_entropy, mn.cross_entropy

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((3, 20)), RNG.integers(0, 2, (1, 20)) * 1.0
WHOLE = RNG.integers(0, 4, (3, 20))
NET = mn.init([3, 4, 1], rng=0, hidden="tanh")


def matrix(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix(x)


class Sparse:
    """What the library can see of a scipy.sparse array."""

    shape = (3, 20)

    def toarray(self):
        return X


def square_cases():
    """A square X is read as columns, whatever was meant."""
    square = X[:, :3]
    got = mn.forward(NET, square.T).A[2]
    wanted = [mn.forward(NET, square.T[:, [i]]).A[2][0, 0] for i in range(3)]
    return got, [wanted]


def equal_sizes():
    net = mn.init([4, 4, 4, 4], rng=0)
    return bool(
        mn.check_gradients(net, X[[0, 1, 2, 0]], Y.repeat(4, axis=0), BCE)
    ), True


def grads(X=X, Y=Y):
    return mn.backward(NET, mn.forward(NET, X), Y, BCE)


def gradients(X, Y):
    return grads(X, Y).dW[1]


def forward(X):
    return mn.forward(NET, X).A[2]


# --- the rows -----------------------------------------------------------

RAISE = {
    "X-1d": lambda: mn.forward(mn.init([2, 1], rng=0), X[0]),
    "X-3d": lambda: mn.forward(mn.init([2, 1], rng=0), np.ones((1, 20, 3))),
    "X-wrong-features": lambda: mn.forward(
        mn.init([3, 4, 2], rng=0), np.ones((2, 20))
    ),
    "X-transposed": lambda: forward(X.T),
    "m-mismatch": lambda: mn.train(NET, X, Y[:, :19], BCE, lr=1, epochs=1),
    "y-(m,1)": lambda: gradients(X, Y.T),
    "bias-1d": lambda: mn.Network(
        {1: np.eye(3)}, {1: np.zeros(3)}, {1: "relu"}
    ),
    "complex-X": lambda: forward(X + 1j),
    "object-dict": lambda: forward(np.array([[{}]] * 3, object)),
    "string-X": lambda: forward([["a", "b"]]),
    "numeric-string-X": lambda: forward(X.astype(str)),
    "ragged": lambda: forward([[1, 2], [3]]),
    "masked": lambda: forward(np.ma.masked_less(X, -1)),
    "np-matrix": lambda: forward(matrix(X)),
    "sparse": lambda: forward(Sparse()),
    "None-X": lambda: forward(None),
    "scalar-X": lambda: forward(3.0),
    "zero-features": lambda: forward(np.ones((0, 20))),
    "hidden-0": lambda: mn.init([2, 0, 1], rng=0),
    "hidden-neg": lambda: mn.init([2, -4, 1], rng=0),
    "hidden-float": lambda: mn.init([2, 4.5, 1], rng=0),
    "hidden-str": lambda: mn.init("2-4-1", rng=0),
    "one-layer-size": lambda: mn.init([2], rng=0),
    "act-unknown": lambda: mn.init([2, 4, 1], rng=0, hidden="relo"),
    "acts-count": lambda: mn.Network(
        dict.fromkeys(range(1, 6), np.eye(2)),
        dict.fromkeys(range(1, 6), np.zeros((2, 1))),
        dict.fromkeys(range(1, 4), "relu"),
    ),
    "softmax-hidden": lambda: mn.init([2, 4, 1], rng=0, hidden="softmax"),
    "loss-activation-mismatch": lambda: mn.train(
        mn.init([3, 2], rng=0, output="softmax"),
        X,
        Y.repeat(2, axis=0),
        BCE,
        lr=1,
        epochs=1,
    ),
}

ACCEPT = {
    "X-transposed-square": square_cases,
    "softmax-2d-no-axis": lambda: (mn.softmax(X).sum(axis=0), np.ones(20)),
    "int-X": lambda: (gradients(WHOLE, Y), gradients(WHOLE * 1.0, Y)),
    "bool-X": lambda: (gradients(X > 0, Y > 0), gradients((X > 0) * 1.0, Y)),
    "list-X": lambda: (gradients(X.tolist(), Y.tolist()), gradients(X, Y)),
    "uint8-X": lambda: (
        gradients(WHOLE.astype(np.uint8), Y.astype(np.uint8)),
        gradients(WHOLE * 1.0, Y),
    ),
    "float32-X": lambda: (
        gradients(X.astype(np.float32), Y),
        gradients(X.astype(np.float32).astype(float), Y),
    ),
    "float16-X": lambda: (
        mn.softmax(np.array([[12], [1]], np.float16)),
        mn.softmax([[12.0], [1.0]]),
    ),
    "longdouble-X": lambda: (
        gradients(X.astype(np.longdouble), Y),
        gradients(X, Y),
    ),
    "object-numeric": lambda: (
        gradients(X.astype(object), Y),
        gradients(X, Y),
    ),
    "dataframe": lambda: (gradients(Frame(X.T).T, Y), gradients(X, Y)),
    "equal-sizes": equal_sizes,
    "act-case": lambda: (
        mn.init([2, 4, 1], rng=0, hidden="ReLU").g[1] is mn.relu,
        True,
    ),
}

OTHERWISE = {
    "y-(m,)-vs-(1,m)": (
        "the row allows a reshape or an error; every array is 2-D here, so "
        "it is an error that says how to reshape",
        lambda: gradients(X, Y[0]),
        mn.ShapeError,
        ["(20,)", "(1, 20)", "Y.reshape(1, -1)"],
    ),
    "softmax-axis-out": (
        "softmax has no axis to get wrong: it works down columns",
        lambda: mn.softmax([1.0, 2.0], axis=1),
        TypeError,
        ["axis"],
    ),
}


@pytest.mark.parametrize("name", RAISE)
def test_a_row_that_wants_an_error(name):
    row = ROWS[name]
    errors = tuple(
        {"ValueError": ValueError, "TypeError": TypeError}[e]
        for e in row["error"].split("|")
    )
    with pytest.raises(errors) as caught:
        RAISE[name]()
    assert row["want"] == "raise"
    for token in row["message_must_contain"]:
        assert any(word in str(caught.value) for word in token.split("|"))


@pytest.mark.parametrize("name", ACCEPT)
def test_a_row_that_wants_the_same_numbers(name):
    got, wanted = ACCEPT[name]()
    assert ROWS[name]["want"] == "accept"
    np.testing.assert_allclose(got, wanted, rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_row_that_is_answered_otherwise(name):
    _, call, error, words = OTHERWISE[name]
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_a_frame_of_rows_is_told_to_be_columns():
    with pytest.raises(mn.ShapeError, match=r"did you mean X\.T"):
        forward(Frame(X.T))


def test_every_row_is_answered_once():
    answered = [*RAISE, *ACCEPT, *OTHERWISE]
    assert len(ROWS) == 42
    assert sorted(answered) == sorted(ROWS)


# --- every message, word by word ----------------------------------------

ONE = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
ONE_BIG = mn.Network({1: [[1e200]]}, {1: [[0.0]]}, {1: "identity"})
SMALL = mn.init([2, 3, 1], rng=0, dtype=np.float32)
PAIR = mn.init([2, 3, 2], rng=0, output="softmax")
KNOWN = "identity, sigmoid, tanh, relu, leaky_relu, softmax"
AFTER = "Find where it came from, or leave that sample out."
NAN, INF = X.copy(), Y.copy()
NAN[1, 7], INF[0, 3] = np.nan, np.inf


def train(**changed):
    given = {"net": NET, "X": X, "Y": Y, "loss": BCE, "lr": 0.1, "epochs": 1}
    return mn.train(**(given | changed))


def checked(backward):
    return mn.check_gradients(NET, X, Y, BCE, backward=backward)


def network(W=((1.0,),), b=((0.0,),), g="relu"):
    return mn.Network({1: W}, {1: b}, {1: g})


def two(W, g="relu"):
    return mn.Network(
        {1: [[1.0], [1.0]], 2: W},
        {1: [[0], [0]], 2: [[0]]},
        {1: g, 2: "sigmoid"},
    )


class Unfinished(Optimizer):
    """An optimiser of the reader's that does not say what to change."""

    lr = 0.1


class Own(activations.Identity):
    """An activation of the reader's."""

    name = "Own"


def loaded(**arrays):
    """What load says of a file with these arrays."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            np.savez("bad.npz", **arrays)
            return mn.load("bad.npz")
        finally:
            os.chdir(before)


def save(path):
    return mn.save(NET, path)


def digits_that_were_changed():
    """As if somebody had put another file in their place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "DIGITS", MININN / "data.py")
        return mn.digits()


MESSAGES = [
    # where the same message has another door or another array
    (
        lambda: mn.init([2, 1], rng=0, output="sigmod"),
        ValueError,
        "init: no activation is called 'sigmod'. Did you mean sigmoid? There "
        "are identity, sigmoid, tanh, relu, leaky_relu, softmax.",
    ),
    (
        lambda: mn.Network(None, {}, {}),
        TypeError,
        "Network: W must be a dict keyed by layer number, {1: ..., 2: ...}, "
        "got a NoneType.",
    ),
    (
        lambda: mn.Network({1: [1.0, 2.0]}, {1: [[0.0]]}, {1: "relu"}),
        mn.ShapeError,
        "Network: W[1] must be (n[1], n[0]), got (2,).",
    ),
    (
        lambda: mn.step(NET, dataclasses.replace(grads(), db={}), 1.0),
        mn.ShapeError,
        "step: db[1] must have the shape of what it changes, (4, 1), "
        "got a NoneType.",
    ),
    (
        lambda: mn.trouble(NET, X, Y.T, BCE),
        mn.ShapeError,
        "trouble: Y must be (n[L], m) = (1, 20), got (20, 1). Examples are "
        "columns: did you mean Y.T? The transpose has the right shape.",
    ),
    (
        lambda: mn.split(X[0], Y, rng=0),
        mn.ShapeError,
        "split: X must be (n[0], m), got (20,). A single sample is a column: "
        "X.reshape(-1, 1).",
    ),
    (
        lambda: mn.forward(mn.init([1, 2], rng=0), [1.0, 2.0, 3.0]),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (1, m), got (3,). A single row is "
        "np.reshape(X, (1, -1)).",
    ),
    (
        lambda: mn.split(X, Y[0], rng=0),
        mn.ShapeError,
        "split: Y must be (n[L], m) = (n[L], 20), got (20,). A single row of "
        "labels is Y.reshape(1, -1).",
    ),
    (
        lambda: CE([[0, 0], [0, 0], [0, 0]], [1, 1, 1]),
        mn.ShapeError,
        "cross_entropy: Y must be (n[L], m) = (3, 2), got (3,).",
    ),
    (
        lambda: mn.train(
            mn.init([1, 1], rng=0, dtype=np.float32),
            [[1e300]],
            [[1]],
            BCE,
            lr=1,
            epochs=1,
        ),
        NotFiniteError,
        "train: X.astype(float32) must be finite, but X.astype(float32)"
        "[0, 0] is inf. Find where it came from, or leave that sample out.",
    ),
    (
        lambda: BCE([[0, 0, 0]], [[0, 1, 1.5]]),
        ValueError,
        "binary_cross_entropy: Y must lie in 0..1, but Y[0, 2] is 1.5. A "
        "label is 0, 1, or a probability between them.",
    ),
    # what is not an array of real numbers
    (
        lambda: forward(matrix(X)),
        TypeError,
        "forward: X is an np.matrix, whose * is a matrix product. "
        "Use np.asarray(X).",
    ),
    (
        lambda: forward(np.ma.masked_less(X, -1)),
        ValueError,
        "forward: X is masked, and a network would see through the mask. "
        "Fill or drop those entries.",
    ),
    (
        lambda: forward(Sparse()),
        TypeError,
        "forward: X is sparse. Use X.toarray().",
    ),
    (
        lambda: forward(None),
        TypeError,
        "forward: X must be an array, got None.",
    ),
    (
        lambda: forward([[1, 2], [3]]),
        mn.ShapeError,
        "forward: X must be a rectangle, but not every row has the same "
        "length.",
    ),
    (
        lambda: forward([["1", "2"]]),
        TypeError,
        "forward: X must be numeric, got strings such as '1'. "
        "Convert first: np.asarray(X, dtype=float).",
    ),
    (
        lambda: forward(np.array([b"1"])),
        TypeError,
        "forward: X must be numeric, got strings such as b'1'. "
        "Convert first: np.asarray(X, dtype=float).",
    ),
    (
        lambda: forward(np.array([[1.0, "setosa"]], object)),
        TypeError,
        "forward: X must be numeric, got strings such as 'setosa'. That is no "
        "number: leave it out, or put numbers for it.",
    ),
    (
        lambda: mn.one_hot(["setosa", "virginica"], 2),
        TypeError,
        "one_hot: ids must be numeric, got strings such as 'setosa'. Class "
        "names become class numbers by np.unique(ids, return_inverse=True)"
        "[1].",
    ),
    (
        lambda: forward([[1j]]),
        TypeError,
        "forward: X must be real, got complex numbers.",
    ),
    (
        lambda: forward([[{"a": 1}]]),
        TypeError,
        "forward: X must be numeric, but holds a dict: {'a': 1}.",
    ),
    (
        lambda: forward([[1.0, None]]),
        TypeError,
        "forward: X must be numeric, but holds a NoneType: None.",
    ),
    (
        lambda: forward(np.array(["2026-01-01"], "M8[D]")),
        TypeError,
        "forward: X must be numeric, got dtype datetime64[D].",
    ),
    (
        lambda: mn.predict(ONE, [[10**400]]),
        ValueError,
        "predict: X holds a whole number beyond 1.8e308, which no float is. "
        "Divide it by a power of ten.",
    ),
    # what is not finite
    (
        lambda: forward(NAN),
        NotFiniteError,
        f"forward: X must be finite, but X[1, 7] is nan. {AFTER}",
    ),
    (
        lambda: gradients(X, INF),
        NotFiniteError,
        f"backward: Y must be finite, but Y[0, 3] is inf. {AFTER}",
    ),
    (
        lambda: train(X=NAN),
        NotFiniteError,
        f"train: X must be finite, but X[1, 7] is nan. {AFTER}",
    ),
    (
        lambda: train(Y=-INF),
        NotFiniteError,
        f"train: Y must be finite, but Y[0, 3] is -inf. {AFTER}",
    ),
    (
        lambda: BCE([[np.nan]], [[1]]),
        NotFiniteError,
        f"binary_cross_entropy: Z must be finite, but Z[0, 0] is nan. {AFTER}",
    ),
    (
        lambda: network(W=[[np.inf]]),
        NotFiniteError,
        f"Network: W[1] must be finite, but W[1][0, 0] is inf. {AFTER}",
    ),
    (
        lambda: mn.forward(SMALL, [[1e300], [1.0]]),
        NotFiniteError,
        f"forward: X.astype(float32) must be finite, but "
        f"X.astype(float32)[0, 0] is inf. {AFTER}",
    ),
    (
        lambda: mn.predict(ONE_BIG, [[1e200]]),
        NotFiniteError,
        f"predict: Z[1] must be finite, but Z[1][0, 0] is inf. {AFTER}",
    ),
    (
        lambda: mn.train(
            ONE_BIG, [[1.0]], [[0.0]], mn.euclidean, lr=1, epochs=1
        ),
        NotFiniteError,
        f"train: J must be finite, but it is inf. {AFTER}",
    ),
    # shapes: the source of randomness
    *(
        (
            call,
            ValueError,
            f"{where}: rng must be a seed such as rng=0, or a "
            f"numpy.random.Generator, got {rng}.",
        )
        for call, where, rng in (
            (lambda: mn.init([2, 1], rng=None), "init", "None"),
            (lambda: mn.init([2, 1], rng="a"), "init", "'a'"),
            (lambda: mn.circles(4, rng=-1), "circles", "-1"),
        )
    ),
    # network: changed in place, and something else than a cache
    (
        lambda: NET.W.update({1: X}),
        TypeError,
        "Network: W, b and g are not changed in place, or its caches and its "
        "history would belong to other numbers. Make another network, such as "
        "Network(net.W | {1: W1}, net.b, net.g).",
    ),
    (
        lambda: mn.backward(NET, X, Y, mn.binary_cross_entropy),
        TypeError,
        "backward: cache must be what forward(net, X) returned, got a "
        "ndarray.",
    ),
    # shapes: with each piece of advice, and without
    (
        lambda: mn.Network(
            {1: np.ones((3, 2)), 2: np.ones((3, 1))},
            {1: np.ones((3, 1)), 2: np.ones((1, 1))},
            {1: "relu", 2: "sigmoid"},
        ),
        mn.ShapeError,
        "Network: W[2] must be (n[2], n[1]) = (n[2], 3), got (3, 1). Its "
        "transpose, W[2].T, has the right shape.",
    ),
    (
        lambda: mn.forward(PAIR, np.ones((5, 2))),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (2, m), got (5, 2). Examples are "
        "columns: did you mean X.T? The transpose has the right shape.",
    ),
    (
        lambda: mn.forward(PAIR, np.ones((3, 4))),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (2, m), got (3, 4).",
    ),
    (
        lambda: mn.forward(PAIR, np.ones((2, 0))),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (2, m), got (2, 0). The batch is "
        "empty: its mean needs at least one column.",
    ),
    (
        lambda: mn.forward(PAIR, np.ones((0, 4))),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (2, m), got (0, 4). It has 0 "
        "features: a sample needs at least one row.",
    ),
    (
        lambda: mn.forward(PAIR, [1.0, 2.0]),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (2, m), got (2,). A single "
        "sample is a column: np.reshape(X, (-1, 1)).",
    ),
    (
        lambda: mn.forward(PAIR, [1.0, 2.0, 3.0]),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (2, m), got (3,).",
    ),
    (
        lambda: mn.forward(PAIR, 3.0),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (2, m), got ().",
    ),
    (
        lambda: mn.forward(PAIR, np.ones((1, 2, 4))),
        mn.ShapeError,
        "forward: X must be (n[0], m) = (2, m), got (1, 2, 4).",
    ),
    (
        lambda: gradients(X[:, :4], [1, 0, 1, 0]),
        mn.ShapeError,
        "backward: Y must be (n[L], m) = (1, 4), got (4,). A single row of "
        "labels is np.reshape(Y, (1, -1)).",
    ),
    (
        lambda: gradients(X, Y.T),
        mn.ShapeError,
        "backward: Y must be (n[L], m) = (1, 20), got (20, 1). Examples are "
        "columns: did you mean Y.T? The transpose has the right shape.",
    ),
    (
        lambda: train(Y=Y[:, :19]),
        mn.ShapeError,
        "train: Y must be (n[L], m) = (1, 20), got (1, 19).",
    ),
    (
        lambda: train(X=X[:2]),
        mn.ShapeError,
        "train: X must be (n[0], m) = (3, m), got (2, 20).",
    ),
    (
        lambda: mn.accuracy(NET, X, Y[0]),
        mn.ShapeError,
        "accuracy: Y must be (n[L], m) = (1, 20), got (20,). A single row of "
        "labels is Y.reshape(1, -1).",
    ),
    (
        lambda: mn.predict(NET, X.T),
        mn.ShapeError,
        "predict: X must be (n[0], m) = (3, m), got (20, 3). Examples are "
        "columns: did you mean X.T? The transpose has the right shape.",
    ),
    (
        lambda: BCE(np.ones(3), np.ones(3)),
        mn.ShapeError,
        "binary_cross_entropy: Z must be (n[L], m), got (3,). A single sample "
        "is a column: Z.reshape(-1, 1).",
    ),
    (
        lambda: mn.euclidean(np.ones((2, 3)), np.ones((2, 1))),
        mn.ShapeError,
        "euclidean: Y must be (n[L], m) = (2, 3), got (2, 1).",
    ),
    (
        lambda: network(b=[0.0]),
        mn.ShapeError,
        "Network: b[1] must be (n[1], 1) = (1, 1), got (1,). A column is "
        "(n, 1): np.reshape(b[1], (-1, 1)).",
    ),
    (
        lambda: two([[1.0, 2.0, 3.0]]),
        mn.ShapeError,
        "Network: W[2] must be (n[2], n[1]) = (n[2], 2), got (1, 3).",
    ),
    # numbers, counts and sizes
    *(
        (
            lambda lr=lr: mn.step(NET, grads(), lr),
            ValueError,
            f"step: lr must be a positive number, got {lr!r}.",
        )
        for lr in (0, -0.1, np.nan, np.inf, "0.1", None, 10**400, [0.1])
    ),
    *(
        (
            lambda lr=lr: train(lr=lr),
            ValueError,
            f"train: lr must be a positive number, got {lr!r}.",
        )
        for lr in (0, -0.1, np.nan, np.inf, "0.1", True)
    ),
    (
        lambda: mn.init([2, 1], rng=0, scheme=-1.0),
        ValueError,
        "init: scheme must be a positive number, got -1.0.",
    ),
    (
        lambda: mn.numerical_gradient(np.sum, [1.0], h=0),
        ValueError,
        "numerical_gradient: h must be a positive number, got 0.",
    ),
    *(
        (
            lambda k=k: train(epochs=k),
            ValueError,
            f"train: epochs must be an int of 0 or more, got {k!r}.",
        )
        for k in (-1, 2.5, "10", None, True)
    ),
    (
        lambda: mn.circles(1, rng=0),
        ValueError,
        "circles: m must be an int of 2 or more, got 1.",
    ),
    (
        lambda: mn.init([2, 0, 1], rng=0),
        ValueError,
        "init: n[1] must be a positive int, got 0.",
    ),
    (
        lambda: mn.init([2, 4.5, 1], rng=0),
        ValueError,
        "init: n[1] must be a positive int, got 4.5.",
    ),
    (
        lambda: mn.shape_table([2, 3], m=0),
        ValueError,
        "shape_table: m must be a positive int, got 0.",
    ),
    (
        lambda: as_count("f", "x", 0),
        ValueError,
        "f: x must be a positive int, got 0.",
    ),
    (
        lambda: mn.init("2-4-1", rng=0),
        TypeError,
        "init: n must be a list of layer sizes such as [2, 3, 1], "
        "got '2-4-1'.",
    ),
    (
        lambda: mn.shape_table(3),
        TypeError,
        "shape_table: n must be a list of layer sizes such as [2, 3, 1], "
        "got 3.",
    ),
    (
        lambda: mn.init([2], rng=0),
        ValueError,
        "init: n must hold at least two sizes, inputs and outputs, got [2].",
    ),
    # the network
    (
        lambda: mn.Network([[1.0]], {1: [[0.0]]}, {1: "relu"}),
        TypeError,
        "Network: W must be a dict keyed by layer number, {1: ..., 2: ...}, "
        "got a list.",
    ),
    (
        lambda: mn.Network({1: [[1.0]]}, {1: [[0.0]]}, ["relu"]),
        TypeError,
        "Network: g must be a dict keyed by layer number, {1: ..., 2: ...}, "
        "got a list.",
    ),
    (
        lambda: mn.Network({1: [[1.0]]}, {0: [[0.0]]}, {1: "relu"}),
        ValueError,
        "Network: b must have the keys 1..L like W, which has 1 layers; "
        "got [0].",
    ),
    (
        lambda: mn.Network({}, {}, {}),
        ValueError,
        "Network: W must have the keys 1..L like W, which has 0 layers; "
        "got [].",
    ),
    (
        lambda: mn.Network({"1": [[1.0]], 2: [[1.0]]}, {}, {}),
        ValueError,
        "Network: W must have the keys 1..L like W, which has 2 layers; "
        "got ['1', 2].",
    ),
    (
        lambda: two([[1.0, 2.0]], g="softmax"),
        ValueError,
        "Network: g[1] is softmax, which belongs at the output, layer 2. "
        "Use relu there.",
    ),
    (
        lambda: network(g="relo"),
        ValueError,
        f"Network: no activation is called 'relo'. Did you mean relu? "
        f"There are {KNOWN}.",
    ),
    (
        lambda: network(g="xyz"),
        ValueError,
        f"Network: no activation is called 'xyz'. There are {KNOWN}.",
    ),
    (
        lambda: network(g=np.tanh),
        TypeError,
        f"Network: an activation is a function g(Z) with its derivative "
        f"g.prime(Z), got <ufunc 'tanh'>. There are {KNOWN}.",
    ),
    (
        lambda: network(g=activations.ReLU),
        TypeError,
        f"Network: an activation is a function g(Z) with its derivative "
        f"g.prime(Z), got <class 'mininn.activations.ReLU'>. There are "
        f"{KNOWN}.",
    ),
    (
        lambda: mn.init([2, 3, 3, 1], rng=0, hidden=["relu"]),
        ValueError,
        "init: hidden must name one activation for each of the 2 hidden "
        "layers, got 1.",
    ),
    (
        lambda: mn.init([2, 1], rng=0, dtype=int),
        ValueError,
        "init: dtype must be float64 or float32, got <class 'int'>.",
    ),
    (
        lambda: mn.init([2, 1], rng=0, dtype="float16"),
        ValueError,
        "init: dtype must be float64 or float32, got 'float16'.",
    ),
    (
        lambda: mn.init([2, 1], rng=0, dtype=None),
        ValueError,
        "init: dtype must be float64 or float32, got None.",
    ),
    (
        lambda: mn.init([2, 1], rng=0, scheme="xavier"),
        ValueError,
        'init: scheme must be "he", "glorot", "he_uniform", "glorot_uniform" '
        "or a standard deviation, "
        "got 'xavier'.",
    ),
    (
        lambda: mn.backward(
            mn.init([3, 5, 1], rng=0), mn.forward(NET, X), Y, BCE
        ),
        mn.ShapeError,
        "backward: the cache comes from another network, or from before the "
        "last step. Call forward(net, X) again and pass its result.",
    ),
    (
        lambda: mn.backward(
            mn.step(NET, grads(), 0.1), mn.forward(NET, X), Y, BCE
        ),
        mn.ShapeError,
        "backward: the cache comes from another network, or from before the "
        "last step. Call forward(net, X) again and pass its result.",
    ),
    *(
        (
            call,
            TypeError,
            f"{where}: net must be a Network, such as "
            f"init([2, 3, 1], rng=0), got a ndarray.",
        )
        for where, call in (
            ("forward", lambda: mn.forward(X, NET)),
            ("backward", lambda: mn.backward(X, NET, Y, BCE)),
            ("step", lambda: mn.step(X, grads(), 0.1)),
            ("predict", lambda: mn.predict(X, NET)),
            ("accuracy", lambda: mn.accuracy(X, NET, Y)),
            ("confusion", lambda: mn.confusion(X, NET, Y)),
            ("save", lambda: mn.save(X, "net.npz")),
            ("descend", lambda: mn.descend(X, NET, Y, BCE, lr=1, epochs=1)),
            ("trouble", lambda: mn.trouble(X, NET, Y, BCE)),
            ("check_gradients", lambda: mn.check_gradients(X, NET, Y, BCE)),
        )
    ),
    (
        lambda: mn.step(NET, {"dW": {}}, 0.1),
        TypeError,
        "step: grads must be what backward returned, got a dict.",
    ),
    (
        lambda: mn.step(NET, mn.Grads({}, {}, {}, {}), 0.1),
        mn.ShapeError,
        "step: dW[1] must have the shape of what it changes, (4, 3), "
        "got a NoneType.",
    ),
    (
        lambda: mn.step(mn.init([3, 5, 1], rng=0), grads(), 0.1),
        mn.ShapeError,
        "step: dW[1] must have the shape of what it changes, (5, 3), "
        "got (4, 3).",
    ),
    # losses and their outputs
    *(
        (
            lambda call=call: call(CE),
            ValueError,
            f"{where}: cross_entropy is derived for a softmax output, but "
            f"this network ends in sigmoid. Use init(..., output=softmax) or "
            f"the loss of that output.",
        )
        for where, call in (
            ("backward", lambda loss: mn.backward(NET, None, Y, loss)),
            ("train", lambda loss: train(loss=loss)),
            (
                "check_gradients",
                lambda loss: mn.check_gradients(NET, X, Y, loss),
            ),
        )
    ),
    (
        lambda: mn.backward(NET, None, Y, mn.euclidean),
        ValueError,
        "backward: euclidean is derived for an identity output, but this "
        "network ends in sigmoid. Use init(..., output=identity) or the loss "
        "of that output.",
    ),
    (
        lambda: mn.backward(NET, None, Y, "bce"),
        TypeError,
        "backward: loss must be euclidean, binary_cross_entropy or "
        "cross_entropy, got 'bce'.",
    ),
    (
        lambda: gradients(X, 2 * Y - 1),
        ValueError,
        f"backward: Y must lie in 0..1, but "
        f"Y[0, {int(Y[0].argmin())}] is -1. Labels -1 and 1 become 0 and 1 by "
        f"np.add(Y, 1) / 2.",
    ),
    (
        lambda: train(Y=2 * Y - 1),
        ValueError,
        f"train: Y must lie in 0..1, but "
        f"Y[0, {int(Y[0].argmin())}] is -1. Labels -1 and 1 become 0 and 1 by "
        f"np.add(Y, 1) / 2.",
    ),
    (
        lambda: CE([[0], [0]], [[-0.5], [1.5]]),
        ValueError,
        "cross_entropy: Y must lie in 0..1, but Y[0, 0] is -0.5. A column of "
        "Y is one-hot: 1 at its class, 0 elsewhere.",
    ),
    (
        lambda: CE([[0, 0], [0, 0]], [[1, 1], [0, 1]]),
        ValueError,
        "cross_entropy: each column of Y must sum to 1, but column 1 sums to "
        "2. A column of Y is one-hot: 1 at its class, 0 elsewhere.",
    ),
    (
        lambda: mn.softmax.prime([[1.0]]),
        TypeError,
        "softmax.prime: every output depends on every input, so softmax has a "
        "Jacobian and no elementwise derivative. Use it at the output with "
        "cross_entropy.",
    ),
    *(
        (
            lambda f=f: f(np.ones((2, 3, 4))),
            mn.ShapeError,
            f"{name}: Z must be (n, m), one sample a column, got (2, 3, 4).",
        )
        for name, f in (
            ("softmax", mn.softmax),
            ("logsumexp", mn.logsumexp),
            ("log_softmax", mn.log_softmax),
        )
    ),
    (
        lambda: mn.softmax(np.ones((0, 3))),
        mn.ShapeError,
        "softmax: Z must be (n, m), one sample a column, got (0, 3).",
    ),
    (
        lambda: mn.softmax(1.0),
        mn.ShapeError,
        "softmax: Z must be (n, m), one sample a column, got ().",
    ),
    *(
        (
            lambda f=f: f(None),
            TypeError,
            f"{name}: Z must be an array, got None.",
        )
        for name, f in (
            ("sigmoid", mn.sigmoid),
            ("tanh", mn.tanh.prime),
            ("relu", mn.relu),
            ("leaky_relu", mn.leaky_relu.prime),
            ("identity", mn.identity),
            ("softmax", mn.softmax),
            ("log_sigmoid", mn.log_sigmoid),
            ("softplus", mn.softplus),
            ("logsumexp", mn.logsumexp),
            ("log_softmax", mn.log_softmax),
        )
    ),
    (lambda: activations.Activation()([[1.0]]), NotImplementedError, ""),
    (lambda: activations.Activation().prime([[1.0]]), NotImplementedError, ""),
    (lambda: losses.Loss()([[1.0]], [[1.0]]), NotImplementedError, ""),
    # checking, training, data, tables
    (
        lambda: mn.numerical_gradient(lambda x: x, [[3.0, 4.0]]),
        ValueError,
        "numerical_gradient: f must return one number, got shape (1, 2). "
        "Differentiate one entry at a time, or a sum.",
    ),
    (
        lambda: mn.numerical_gradient(lambda x: None, [[3.0, 4.0]]),
        TypeError,
        "numerical_gradient: f must return one number, got None. A function "
        "without return gives None.",
    ),
    (
        lambda: checked(lambda *given: None),
        TypeError,
        "check_gradients: backward must return Grads(dW, db, dZ, dA), each a "
        "dict keyed by layer number, got a NoneType.",
    ),
    (
        lambda: checked(lambda *given: mn.Grads([], {}, {}, {})),
        TypeError,
        "check_gradients: backward must return Grads(dW, db, dZ, dA), each a "
        "dict keyed by layer number, but dW is a list.",
    ),
    (
        lambda: mn.numerical_gradient(np.sum, [["a"]]),
        TypeError,
        "numerical_gradient: x must be numeric, got strings such as 'a'. That "
        "is no number: leave it out, or put numbers for it.",
    ),
    (
        lambda: mn.relative_error([[1.0, 2.0]], [[1.0], [2.0]]),
        mn.ShapeError,
        "relative_error: a and b must have one shape, got (1, 2) and (2, 1).",
    ),
    (
        lambda: mn.relative_error([[1.0]], None),
        TypeError,
        "relative_error: b must be an array, got None.",
    ),
    (
        lambda: train(
            net=ONE,
            X=[[1.0]],
            Y=[[3.0]],
            loss=mn.euclidean,
            lr=1e200,
            epochs=9,
        ),
        mn.TrainingError,
        "train: the loss is not finite at epoch 1 with lr = 1e+200. "
        "The steps are too long: divide lr by 10.",
    ),
    (
        lambda: train(
            net=ONE, X=[[1.0]], Y=[[3.0]], loss=mn.euclidean, lr=10, epochs=9
        ),
        mn.TrainingError,
        "train: the loss rose to 2.6e+05 at epoch 2 with lr = 10. "
        "The steps are too long: divide lr by 10.",
    ),
    *(
        (
            lambda given=given: mn.descend(NET, X, Y, BCE, epochs=1, **given),
            ValueError,
            "descend: give a learning rate, lr=0.1, or an optimizer such as "
            "optimizer=adam(), and not both.",
        )
        for given in ({}, {"lr": 0.1, "optimizer": mn.adam()})
    ),
    (
        lambda: mn.descend(NET, X, Y, BCE, epochs=1, optimizer="adam"),
        TypeError,
        "descend: optimizer must be gradient_descent(lr), momentum(lr) or "
        "adam(lr), got 'adam'.",
    ),
    *(
        (
            lambda k=k: train(batch_size=k, rng=0),
            ValueError,
            f"train: batch_size must be a positive int, got {k!r}.",
        )
        for k in (0, -1, 2.5, "10")
    ),
    (
        lambda: train(batch_size=21, rng=0),
        ValueError,
        "train: batch_size must be at most m = 20, the number of samples, "
        "got 21.",
    ),
    (
        lambda: train(batch_size=5),
        ValueError,
        "train: rng must be a seed such as rng=0, or a "
        "numpy.random.Generator, got None.",
    ),
    *(
        (
            call,
            ValueError,
            f"{where}: lr must be a positive number, got 0.",
        )
        for where, call in (
            ("gradient_descent", lambda: mn.gradient_descent(0)),
            ("momentum", lambda: mn.momentum(0)),
            ("rmsprop", lambda: mn.rmsprop(0)),
            ("adam", lambda: mn.adam(0)),
            ("adamw", lambda: mn.adamw(0)),
            ("cosine", lambda: mn.cosine(0, 10)),
            ("step_decay", lambda: mn.step_decay(0, 10)),
        )
    ),
    *(
        (
            lambda lr=lr: train(lr=lr),
            ValueError,
            f"train: lr(0) must be 0 or more, got {lr(0)!r}.",
        )
        for lr in (lambda t: None, lambda t: -0.1, lambda t: np.nan)
    ),
    (
        lambda: mn.adam(lambda t: "0.1"),
        ValueError,
        "adam: lr(0) must be 0 or more, got '0.1'.",
    ),
    (
        lambda: train(lr=lambda t: 0.1 - t, epochs=3),
        ValueError,
        "train: lr(1) must be 0 or more, got -0.9.",
    ),
    *(
        (
            lambda steps=steps: mn.cosine(0.1, steps),
            ValueError,
            f"cosine: steps must be a positive int, got {steps!r}.",
        )
        for steps in (0, 2.5, None)
    ),
    (
        lambda: mn.step_decay(0.1, 0),
        ValueError,
        "step_decay: every must be a positive int, got 0.",
    ),
    *(
        (
            lambda gamma=gamma: mn.step_decay(0.1, 10, gamma),
            ValueError,
            f"step_decay: gamma must be a number between 0 and 1, got "
            f"{gamma!r}.",
        )
        for gamma in (0, 1, "0.1")
    ),
    (
        lambda: mn.rmsprop(beta=1),
        ValueError,
        "rmsprop: beta must be at least 0 and less than 1, got 1.",
    ),
    (
        lambda: mn.rmsprop(eps=0),
        ValueError,
        "rmsprop: eps must be a positive number, got 0.",
    ),
    (
        lambda: mn.adamw(beta1=1),
        ValueError,
        "adamw: beta1 must be at least 0 and less than 1, got 1.",
    ),
    (
        lambda: mn.adamw(beta2=-1),
        ValueError,
        "adamw: beta2 must be at least 0 and less than 1, got -1.",
    ),
    (
        lambda: mn.adamw(eps=0),
        ValueError,
        "adamw: eps must be a positive number, got 0.",
    ),
    *(
        (
            lambda decay=decay: mn.adamw(weight_decay=decay),
            ValueError,
            f"adamw: weight_decay must be 0 or more, got {decay!r}.",
        )
        for decay in (-0.1, np.inf, None, True)
    ),
    # a penalty, early stopping, confusion, standardise
    *(
        (
            lambda l2=l2, call=call: call(l2),
            ValueError,
            f"{where}: l2 must be 0 or more, got {l2!r}.",
        )
        for l2 in (-0.1, np.nan, None, "0.1")
        for where, call in (
            ("train", lambda l2: train(l2=l2)),
            (
                "backward",
                lambda l2: mn.backward(NET, mn.forward(NET, X), Y, BCE, l2=l2),
            ),
            (
                "check_gradients",
                lambda l2: mn.check_gradients(NET, X, Y, BCE, l2=l2),
            ),
        )
    ),
    *(
        (
            lambda patience=patience: mn.early_stopping(X, Y, patience),
            ValueError,
            f"early_stopping: patience must be a positive int, got "
            f"{patience!r}.",
        )
        for patience in (0, 2.5, None)
    ),
    (
        lambda: mn.early_stopping(X, Y[:, 1:]),
        mn.ShapeError,
        "early_stopping: Y must be (n[L], m) = (n[L], 20), got (1, 19).",
    ),
    (
        lambda: train(stop=(1, 2)),
        TypeError,
        "train: stop must be early_stopping(X, Y), got (1, 2).",
    ),
    (
        lambda: train(stop=mn.early_stopping(X[:2], Y)),
        mn.ShapeError,
        "train: stop.X must be (n[0], m) = (3, m), got (2, 20).",
    ),
    (
        lambda: train(stop=mn.early_stopping(X, np.vstack([Y, Y]))),
        mn.ShapeError,
        "train: stop.Y must be (n[L], m) = (1, 20), got (2, 20).",
    ),
    (
        lambda: train(stop=mn.early_stopping(X, 2 * Y - 1)),
        ValueError,
        f"train: Y must lie in 0..1, but Y[0, {int((1 - Y[0]).argmax())}] is "
        "-1. Labels -1 and 1 become 0 and 1 by np.add(Y, 1) / 2.",
    ),
    (
        lambda: mn.confusion(mn.init([3, 2], rng=0), X, np.vstack([Y, Y])),
        ValueError,
        "confusion: the network must end in softmax or in one sigmoid, but it "
        "has 2 of them, and a sample may be of several classes. Count each "
        "row by itself.",
    ),
    (
        lambda: mn.confusion(ONE, [[1.0]], [[1.0]]),
        ValueError,
        "confusion: the network must end in sigmoid or softmax, but it ends "
        "in identity. For numbers, compare losses instead.",
    ),
    (
        lambda: mn.confusion(NET, X, 0.5 * Y),
        ValueError,
        "confusion: Y must hold 0 and 1 only, one 1 in a column where the "
        "network ends in softmax.",
    ),
    (
        lambda: mn.step(
            NET, mn.Grads([0, *grads().dW.values()], grads().db, {}, {}), 0.1
        ),
        TypeError,
        "step: dW must be a dict keyed by layer number, {1: ..., 2: ...}, "
        "got a list.",
    ),
    (
        lambda: mn.step(
            NET,
            mn.Grads(
                {l: 1j * d for l, d in grads().dW.items()}, grads().db, {}, {}
            ),
            0.1,
        ),
        TypeError,
        "step: dW[1] must hold real numbers, got dtype complex128.",
    ),
    (
        lambda: mn.adam().start(None),
        TypeError,
        "start: net must be a Network, such as init([2, 3, 1], rng=0), got a "
        "NoneType.",
    ),
    (
        lambda: train(learning_rate=0.1),
        TypeError,
        "train() got an unexpected keyword argument 'learning_rate'",
    ),
    (
        lambda: train(lr=lambda t: 0.1 if t == 0 else None, epochs=2),
        ValueError,
        "train: lr(1) must be 0 or more, got None.",
    ),
    (
        lambda: mn.init([2, 3, 1], rng=0, hidden="softmax"),
        ValueError,
        "init: g[1] is softmax, which belongs at the output, layer 2. Use "
        "relu there.",
    ),
    (
        lambda: mn.sweep(None, {"lr": [1]}),
        TypeError,
        "sweep: run must be a function run(name=value, ...), got a NoneType.",
    ),
    (
        lambda: mn.numerical_gradient(X, lambda x: x.sum()),
        TypeError,
        "numerical_gradient: f must be a function f(x), got a ndarray.",
    ),
    (
        lambda: mn.check_gradients(NET, X, Y, BCE, backward=None),
        TypeError,
        "check_gradients: backward must be a function backward(net, ...), "
        "got a NoneType.",
    ),
    *(
        (
            lambda tol=tol: mn.check_gradients(NET, X, Y, BCE, tol=tol),
            ValueError,
            f"check_gradients: tol must be 0 or more, got {tol!r}.",
        )
        for tol in (-1, "1e-7", None, True, np.inf)
    ),
    *(
        (
            lambda h=h: mn.check_gradients(NET, X, Y, BCE, h=h),
            ValueError,
            f"check_gradients: h must be 1e-9 or more, got {h!r}.",
        )
        for h in (0, -1e-5, 1e-30, "1e-5", np.inf)
    ),
    (
        lambda: mn.one_hot([[0], [1]], 2),
        mn.ShapeError,
        "one_hot: ids must be (m,) or (1, m), got (2, 1). A row of them is "
        "np.ravel(ids).",
    ),
    (
        lambda: mn.standardise(X)(X[:2]),
        mn.ShapeError,
        "standardise: X must be (n[0], m) = (3, m), got (2, 20).",
    ),
    (
        # NumPy adds every eighth number first: here inf and -inf
        lambda: mn.standardise([[*[1.7e308] * 4, *[-1.7e308] * 4] * 2]),
        NotFiniteError,
        "standardise: std must be finite, but std[0, 0] is nan. Find where it "
        "came from, or leave that sample out.",
    ),
    (
        lambda: mn.standardise([[1e300, -1e300]]),
        NotFiniteError,
        "standardise: std must be finite, but std[0, 0] is inf. Find where it "
        "came from, or leave that sample out.",
    ),
    (
        lambda: mn.train(
            mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"}),
            [[100.0, -100.0]],
            [[-100.0, 100.0]],
            mn.euclidean,
            lr=1,
            epochs=9,
        ),
        mn.TrainingError,
        "train: the loss rose to 2e+12 at epoch 1 with lr = 1. The steps "
        "are too long: divide lr by 10. X is far from unit scale: feature 0 "
        "is 1e+02 in size, in the mean. Scale X: subtract the mean, divide by "
        "the standard deviation, as standardise does.",
    ),
    *(
        (
            lambda beta=beta: mn.momentum(0.1, beta),
            ValueError,
            f"momentum: beta must be at least 0 and less than 1, "
            f"got {beta!r}.",
        )
        for beta in (1, -0.1, np.nan, "0.9", True, None)
    ),
    (
        lambda: mn.momentum(0.1, nesterov="no"),
        TypeError,
        "momentum: nesterov must be True or False, got 'no'.",
    ),
    (
        lambda: mn.adam(0.1, beta1=1),
        ValueError,
        "adam: beta1 must be at least 0 and less than 1, got 1.",
    ),
    (
        lambda: mn.adam(0.1, beta2=1),
        ValueError,
        "adam: beta2 must be at least 0 and less than 1, got 1.",
    ),
    (
        lambda: mn.adam(0.1, eps=0),
        ValueError,
        "adam: eps must be a positive number, got 0.",
    ),
    (
        lambda: Unfinished().step(NET, grads(), Unfinished().start(NET)),
        NotImplementedError,
        "",
    ),
    *(
        (
            lambda grid=grid: mn.sweep(len, grid),
            ValueError,
            f"sweep: grid must be a dict of lists, such as "
            f"{{'lr': [0.1, 1.0]}}, got {grid!r}.",
        )
        for grid in ({}, [0.1, 1.0])
    ),
    *(
        (
            lambda values=values: mn.sweep(len, {"lr": values}),
            ValueError,
            f"sweep: grid['lr'] must be a list of values, got {values!r}.",
        )
        for values in (0.1, "abc")
    ),
    (
        lambda: mn.sweep(len, {"lr": [1]}, executor=4),
        TypeError,
        "sweep: executor must have a submit method, such as "
        "ProcessPoolExecutor(), got 4.",
    ),
    *(
        (
            lambda wrong=wrong, net=net: mn.accuracy(
                net, X[: net.n[0]], wrong
            ),
            ValueError,
            "accuracy: Y must hold 0 and 1 only, one 1 in a column where the "
            "network ends in softmax.",
        )
        for net, wrong in (
            (NET, 2 * Y - 1),
            (NET, 0.5 * Y),
            (PAIR, np.ones((2, 20))),
            (PAIR, np.full((2, 20), 0.5)),
        )
    ),
    (
        lambda: mn.accuracy(ONE, [[1.0]], [[1.0]]),
        ValueError,
        "accuracy: the network must end in sigmoid or softmax, but it ends in "
        "identity. For numbers, compare losses instead.",
    ),
    # data
    *(
        (
            lambda factor=factor: mn.circles(8, rng=0, factor=factor),
            ValueError,
            f"circles: factor must be a number between 0 and 1, got "
            f"{factor!r}.",
        )
        for factor in (0, 1, np.nan, "0.3")
    ),
    *(
        (
            lambda f=f, noise=noise: f(8, rng=0, noise=noise),
            ValueError,
            f"{f.__name__}: noise must be 0 or more, got {noise!r}.",
        )
        for f in (mn.circles, mn.moons, mn.xor, mn.spirals)
        for noise in (-0.5, np.inf, "a", None)
    ),
    (
        lambda: mn.spirals(8, rng=0, turns=0),
        ValueError,
        "spirals: turns must be a positive number, got 0.",
    ),
    *(
        (
            lambda ids=ids: mn.one_hot(ids, 3),
            mn.ShapeError,
            f"one_hot: ids must be (m,) or (1, m), got {np.shape(ids)}.",
        )
        for ids in ([], np.zeros((2, 3)))
    ),
    *(
        (
            lambda ids=ids: mn.one_hot(ids, 3),
            ValueError,
            f"one_hot: ids must be whole numbers 0..2, got {text}",
        )
        for ids, text in (
            ([1, 2, 3], "3. Classes are counted from 0."),
            ([0, -1], "-1."),
            ([0.5], "0.5."),
            ([np.nan], "nan."),
            ([7], "7."),
        )
    ),
    (
        lambda: mn.one_hot([[0, 1], [2]], 3),
        mn.ShapeError,
        "one_hot: ids must be a rectangle, but not every row has the same "
        "length.",
    ),
    (
        lambda: mn.one_hot([0], 0),
        ValueError,
        "one_hot: classes must be a positive int, got 0.",
    ),
    *(
        (
            lambda ids=ids: mn.train(
                PAIR, X[:2], ids, mn.cross_entropy, lr=1, epochs=1
            ),
            mn.ShapeError,
            f"train: Y must be (n[L], m) = (2, 20), got {ids.shape}. Class "
            f"numbers become columns by one_hot(Y, 2).",
        )
        for ids in (Y, Y[0])
    ),
    *(
        (
            lambda share=share: mn.split(X, Y, held_out=share, rng=0),
            ValueError,
            f"split: held_out must be a number between 0 and 1, got "
            f"{share!r}.",
        )
        for share in (0, 1, 5, -0.1, "0.1")
    ),
    (
        lambda: mn.split(X[:, :1], Y[:, :1], rng=0),
        mn.ShapeError,
        "split: one sample cannot be split; got m = 1.",
    ),
    (
        lambda: mn.split(X, Y[:, 1:], rng=0),
        mn.ShapeError,
        "split: Y must be (n[L], m) = (n[L], 20), got (1, 19).",
    ),
    (
        lambda: mn.split(X.T, Y, rng=0),
        mn.ShapeError,
        "split: X must be (n[0], m) = (n[0], 20), got (20, 3). Examples are "
        "columns: did you mean X.T? The transpose has the right shape.",
    ),
    (
        lambda: mn.split(X[:, :2].T, Y[:, :2], rng=0),
        mn.ShapeError,
        "split: X must be (n[0], m) = (n[0], 2), got (2, 3). Examples are "
        "columns: did you mean X.T? The transpose has the right shape.",
    ),
    (
        lambda: mn.minibatches(X.T.tolist(), Y[0], 2, rng=0),
        mn.ShapeError,
        "minibatches: X must be (n[0], m) = (n[0], 20), got (20, 3). Examples "
        "are columns: did you mean np.transpose(X)? The transpose has the "
        "right shape.",
    ),
    (
        lambda: mn.split(X[:1], Y[:, 1:], rng=0),
        mn.ShapeError,
        "split: Y must be (n[L], m) = (n[L], 20), got (1, 19).",
    ),
    (
        lambda: network(W=np.ones((2, 0))),
        mn.ShapeError,
        "Network: W[1] must be (n[1], n[0]), got (2, 0). A layer has at least "
        "one unit, and at least one input.",
    ),
    (
        lambda: mn.minibatches(X, Y, 21, rng=0),
        ValueError,
        "minibatches: batch_size must be at most m = 20, the number of "
        "samples, got 21.",
    ),
    (
        lambda: mn.minibatches(X, Y, 0, rng=0),
        ValueError,
        "minibatches: batch_size must be a positive int, got 0.",
    ),
    # files
    (
        lambda: mn.save(
            network(g=Own()),
            "net.npz",
        ),
        ValueError,
        "save: g[1] is Own, which no file can hold. Save W and b, and build "
        "the Network again.",
    ),
    (
        lambda: mn.load(MININN / "digits.npz"),
        ValueError,
        f"load: {MININN / 'digits.npz'} has format None, and this version of "
        f"mininn reads formats 1 to 2.",
    ),
    *(
        (
            lambda call=call, path=path: call(path),
            ValueError,
            f"{call.__name__}: path must be the name of a file, such as "
            f'"net.npz", got {path!r}.',
        )
        for call in (save, mn.load)
        for path in (None, "", 7, Path())
    ),
    (
        lambda: loaded(format=2, L=3, W1=np.eye(2), W2=np.eye(2)),
        ValueError,
        "load: bad.npz has L = 3 layers, but 2 weights W.",
    ),
    (
        digits_that_were_changed,
        OSError,
        f"digits: {MININN / 'data.py'} is not the file that mininn came with. "
        f"Install mininn again.",
    ),
    (
        lambda: mn.load(MININN / "data.py"),
        ValueError,
        f"load: {MININN / 'data.py'} is not a whole file that save wrote.",
    ),
    (
        lambda: mn.save(NET, Path("no-such-folder", "net.npz")),
        FileNotFoundError,
        f"[Errno {errno.ENOENT}] No such file or directory: "
        f"{str(Path('no-such-folder', 'net.npz'))!r}",
    ),
    (
        lambda: mn.load("no-such-file.npz"),
        FileNotFoundError,
        f"[Errno {errno.ENOENT}] No such file or directory: "
        "'no-such-file.npz'",
    ),
    (
        lambda: loaded(format=1, W1=np.eye(2), b1=np.zeros((2, 1)), X=1),
        ValueError,
        "load: bad.npz misses or should not hold X, c1, g1.",
    ),
    (
        lambda: loaded(
            format=1, W1=np.eye(2), b1=np.zeros((3, 1)), g1="relu", c1=0
        ),
        ValueError,
        "load: bad.npz holds no network that fits together. Network: b[1] "
        "must be (n[1], 1) = (2, 1), got (3, 1).",
    ),
    (
        lambda: mn.LeakyReLU("a"),
        ValueError,
        "LeakyReLU: c must be a finite number, got 'a'.",
    ),
    (
        lambda: mn.shape_table([2, 1])["W[0]"],
        KeyError,
        "\"shape_table: no array 'W[0]'; there are W[1] b[1] A[0] Z[1] A[1] "
        'dZ[1] dW[1] db[1]"',
    ),
]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    MESSAGES,
    ids=[f"{i} {text[:40]}" for i, (_, _, text) in enumerate(MESSAGES)],
)
def test_a_message_word_by_word(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert str(caught.value) == text


G = (mn.identity, mn.sigmoid, mn.tanh, mn.relu, mn.leaky_relu)
DOORS = [
    *((str(g), "Z", g) for g in (*G, mn.softmax)),
    *((str(g), "Z", g.prime) for g in G),
    ("log_sigmoid", "Z", mn.log_sigmoid),
    ("softplus", "Z", mn.softplus),
    ("logsumexp", "Z", mn.logsumexp),
    ("log_softmax", "Z", mn.log_softmax),
    *(
        (str(loss), name, door)
        for loss in (mn.euclidean, BCE, CE)
        for name, door in (
            ("Z", lambda Z, f=loss: f(Z, Y)),
            ("Y", lambda Y, f=loss: f(X[:1], Y)),
            ("Z", lambda Z, f=loss: f.dZ(Z, Y)),
            ("Y", lambda Y, f=loss: f.dZ(X[:1], Y)),
        )
    ),
    ("forward", "X", forward),
    ("predict", "X", lambda X: mn.predict(NET, X)),
    ("backward", "Y", lambda Y: grads(Y=Y)),
    ("relative_error", "a", lambda a: mn.relative_error(a, X)),
    ("relative_error", "b", lambda b: mn.relative_error(X, b)),
    ("numerical_gradient", "x", lambda x: mn.numerical_gradient(np.sum, x)),
    ("descend", "X", lambda X: mn.descend(NET, X, Y, BCE, lr=1, epochs=1)),
    ("descend", "Y", lambda Y: mn.descend(NET, X, Y, BCE, lr=1, epochs=1)),
    ("train", "X", lambda X: train(X=X)),
    ("train", "Y", lambda Y: train(Y=Y)),
    ("check_gradients", "X", lambda X: mn.check_gradients(NET, X, Y, BCE)),
    ("check_gradients", "Y", lambda Y: mn.check_gradients(NET, X, Y, BCE)),
    ("accuracy", "X", lambda X: mn.accuracy(NET, X, Y)),
    ("trouble", "X", lambda X: mn.trouble(NET, X, Y, BCE)),
    ("accuracy", "Y", lambda Y: mn.accuracy(NET, X, Y)),
    ("confusion", "Y", lambda Y: mn.confusion(NET, X, Y)),
    ("early_stopping", "X", lambda X: mn.early_stopping(X, Y)),
    ("early_stopping", "Y", lambda Y: mn.early_stopping(X, Y)),
    ("standardise", "X", mn.standardise),
    ("standardise", "X", lambda x: mn.standardise(X)(x)),
    ("trouble", "Y", lambda Y: mn.trouble(NET, X, Y, BCE)),
    ("one_hot", "ids", lambda ids: mn.one_hot(ids, 3)),
    ("split", "X", lambda X: mn.split(X, Y, rng=0)),
    ("split", "Y", lambda Y: mn.split(X, Y, rng=0)),
    ("minibatches", "X", lambda X: mn.minibatches(X, Y, 2, rng=0)),
    ("minibatches", "Y", lambda Y: mn.minibatches(X, Y, 2, rng=0)),
]


@pytest.mark.parametrize(
    ("where", "name", "door"), DOORS, ids=lambda x: None if callable(x) else x
)
def test_every_door_says_where_it_is_and_which_argument(where, name, door):
    with pytest.raises(TypeError) as caught:
        door(None)
    assert str(caught.value) == f"{where}: {name} must be an array, got None."
    with pytest.raises(ValueError, match=rf"^{where}: {name} must be a rect"):
        door([[1, 2], [3]])


SEEDED = [
    ("init", lambda rng: mn.init([2, 1], rng=rng)),
    *(
        (make.__name__, lambda rng, make=make: make(8, rng=rng))
        for make in (mn.circles, mn.moons, mn.xor, mn.spirals)
    ),
    ("split", lambda rng: mn.split(X, Y, rng=rng)),
    ("minibatches", lambda rng: mn.minibatches(X, Y, 2, rng=rng)),
    ("batches", lambda rng: next(batches(3, 2, rng))),
    (
        "train",
        lambda rng: mn.train(
            NET, X, Y, BCE, lr=1, epochs=1, batch_size=2, rng=rng
        ),
    ),
]


@pytest.mark.parametrize(("where", "draw"), SEEDED)
@pytest.mark.parametrize("rng", [None, "seed", -1, 0.5, True], ids=repr)
def test_randomness_has_to_be_given(where, draw, rng):
    with pytest.raises(ValueError, match="rng must be") as caught:
        draw(rng)
    assert str(caught.value) == (
        f"{where}: rng must be a seed such as rng=0, or a "
        f"numpy.random.Generator, got {rng!r}."
    )


def test_every_raise_of_the_core_has_its_message_above():
    package = Path(mn.__file__).parent
    lines = {}
    for name in CORE:
        tree = ast.parse((package / f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc:
                lines[name, node.lineno] = node.end_lineno
    met = set()
    for call, error, _ in MESSAGES:
        with pytest.raises(error) as caught:
            call()
        last = caught.traceback[-1]
        met |= {
            (name, first)
            for (name, first), end in lines.items()
            if Path(last.path).stem == name and first <= last.lineno + 1 <= end
        }
    assert lines
    assert met == set(lines)


def test_a_wrong_key_is_a_key_error():
    for layers in (NET.W, NET.b, grads().dW, mn.forward(NET, X).Z):
        with pytest.raises(KeyError):
            layers[0]
