"""What a message says to do is done, on what caused it, and accepted.

Each input comes as an array, as lists, and as what pandas would give: a frame
or a series, or a class that has of them what the library can see.
"""

import warnings

import numpy as np
import pytest
from kit import Frame

import mininn as mn
from mininn import activations

BCE, CE = mn.binary_cross_entropy, mn.cross_entropy
RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 8))
Y = np.array([[0.0, 1, 1, 0, 1, 0, 0, 1]])
IDS = np.array([0, 2, 1, 1, 0, 2, 0, 1])
NAMES = np.array(["setosa", "virginica", "setosa", "other"] * 2)
NET = mn.init([3, 4, 1], rng=0, hidden="tanh")
ONE = mn.init([1, 1], rng=0)
THREE = mn.init([3, 4, 3], rng=0, output="softmax")


class Series:
    """What the library can see of a pandas Series; it has no reshape."""

    def __init__(self, x):
        self.x = np.asarray(x)
        assert self.x.ndim == 1

    @property
    def T(self):
        return self

    def __array__(self, dtype=None, copy=None):
        return np.array(self.x, dtype)


def tabled(x):
    """A series, a frame or what is like them."""
    try:
        import pandas
    except ImportError:
        return Series(x) if np.ndim(x) == 1 else Frame(x)
    return pandas.Series(x) if np.ndim(x) == 1 else pandas.DataFrame(x)


FORMS = {"array": np.asarray, "lists": np.ndarray.tolist, "pandas": tabled}


def matrix(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix(x)


class Sparse:
    def toarray(self):
        return X


def train(net=NET, X=X, Y=Y, loss=BCE):
    return mn.train(net, X, Y, loss, lr=0.1, epochs=2)


# Argument, what is given for it, the call, and what the message says to do;
# a call that is told two things, one after the other, does both.
CASES = {
    "X transposed": ("X", X.T, lambda X: train(X=X), ["T"]),
    "Y transposed": ("Y", Y.T, lambda Y: train(Y=Y), ["T"]),
    "accuracy": ("Y", Y.T, lambda Y: mn.accuracy(NET, X, Y), ["T"]),
    "backward": (
        "Y",
        Y[0],
        lambda Y: mn.backward(NET, mn.forward(NET, X), Y, BCE),
        ["(1, -1)"],
    ),
    "a row of labels": ("Y", Y[0], lambda Y: train(Y=Y), ["(1, -1)"]),
    "a row of X": (
        "X",
        X[0],
        lambda X: train(net=ONE, X=X),
        ["(1, -1)"],
    ),
    "one sample": ("X", X[:, 0], lambda X: mn.predict(NET, X), ["(-1, 1)"]),
    "one Z": ("Z", X[:, 0], lambda Z: CE(Z, [[1], [0], [0]]), ["(-1, 1)"]),
    "class numbers": (
        "Y",
        IDS,
        lambda Y: train(net=THREE, Y=Y, loss=CE),
        ["one_hot(Y, 3)"],
    ),
    "class numbers in a row": (
        "Y",
        IDS[np.newaxis],
        lambda Y: train(net=THREE, Y=Y, loss=CE),
        ["one_hot(Y, 3)"],
    ),
    "class names": (
        "ids",
        NAMES,
        lambda ids: mn.one_hot(ids, 3),
        ["np.unique(ids, return_inverse=True)[1]"],
    ),
    "class names for labels": (
        "Y",
        NAMES,
        lambda Y: train(net=THREE, Y=Y, loss=CE),
        ["np.unique(Y, return_inverse=True)[1]", "one_hot(Y, 3)"],
    ),
    "two class names for labels": (
        "Y",
        np.where(Y[0] > 0, "yes", "no"),
        lambda Y: train(Y=Y),
        ["np.unique(Y, return_inverse=True)[1]", "(1, -1)"],
    ),
    "class names as objects": (
        "Y",
        NAMES.astype(object),
        lambda Y: train(net=THREE, Y=Y, loss=CE),
        ["np.unique(Y, return_inverse=True)[1]", "one_hot(Y, 3)"],
    ),
    "numbers as strings": (
        "X",
        X.astype(str),
        lambda X: train(X=X),
        ["np.asarray(X, dtype=float)"],
    ),
    "numbers as objects": (
        "X",
        X.astype(str).astype(object),
        lambda X: train(X=X),
        ["np.asarray(X, dtype=float)"],
    ),
    "labels of -1": (
        "Y",
        2 * Y - 1,
        lambda Y: train(Y=Y),
        ["np.add(Y, 1) / 2"],
    ),
    "split of rows": (
        "X",
        X.T,
        lambda X: mn.split(X, Y, rng=0),
        ["T"],
    ),
    "split of rows, and labels in one": (
        "X",
        X.T,
        lambda X: mn.split(X, np.repeat(Y, 2, axis=0), rng=0),
        ["T"],
    ),
    "minibatches of rows": (
        "X",
        X.T,
        lambda X: list(mn.minibatches(X, Y, 4, rng=0)),
        ["T"],
    ),
    "split of a column of labels": (
        "Y",
        Y.T,
        lambda Y: mn.split(X, Y, rng=0),
        ["T"],
    ),
    "a bias": (
        "b",
        np.ones(2),
        lambda b: mn.Network({1: np.eye(2)}, {1: b}, {1: "relu"}),
        ["(-1, 1)"],
    ),
    "a weight": (
        "W",
        np.ones((2, 1)),
        lambda W: mn.Network(
            {1: np.eye(2), 2: W},
            {1: np.ones((2, 1)), 2: [[0]]},
            {1: "relu", 2: "sigmoid"},
        ),
        ["T"],
    ),
}


def remedy(name, form, what):
    """What the message says to do about an argument of this form."""
    if what == "T":
        return f"np.transpose({name})" if form == "lists" else f"{name}.T"
    if what in ("(1, -1)", "(-1, 1)"):
        return {
            "array": f"{name}.reshape{what}",
        }.get(form, f"np.reshape({name}, {what})")
    return what


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES)
def test_what_a_message_says_to_do_is_accepted(case, form):
    name, x, call, remedies = CASES[case]
    x = FORMS[form](x)
    for what in remedies:
        with pytest.raises((ValueError, TypeError)) as caught:
            call(x)
        key = {"b": "b[1]", "W": "W[2]"}.get(name, name)
        told = remedy(key, form, what)
        assert told in str(caught.value)
        told = told.replace("one_hot", "mn.one_hot")
        x = eval(told, {"np": np, "mn": mn, name: {1: x, 2: x}, key: x})
        form = "array"
    call(x)


OTHERS = {
    "np.asarray(X)": ("X", matrix(X)),
    "X.toarray()": ("X", Sparse()),
}


@pytest.mark.parametrize("told", OTHERS)
def test_what_is_no_plain_array_becomes_one(told):
    _, x = OTHERS[told]
    with pytest.raises(TypeError) as caught:
        train(X=x)
    assert f"Use {told}." in str(caught.value)
    train(X=eval(told, {"np": np, "X": x}))


def test_masked_entries_filled_or_dropped_are_accepted():
    masked = np.ma.masked_less(X, -1)
    with pytest.raises(ValueError, match="Fill or drop those entries"):
        train(X=masked)
    train(X=masked.filled(0))
    kept = ~np.ma.getmaskarray(masked).any(axis=0)
    train(X=masked[:, kept], Y=Y[:, kept])


def test_a_sample_that_is_not_finite_is_left_out():
    x = X.copy()
    x[1, 5] = np.nan
    with pytest.raises(ValueError, match="leave that sample out"):
        train(X=x)
    train(X=np.delete(x, 5, axis=1), Y=np.delete(Y, 5, axis=1))


@pytest.mark.parametrize("loss", [mn.euclidean, BCE, CE], ids=str)
def test_the_output_that_a_loss_wants_is_accepted(loss):
    other = "tanh"
    net = mn.init([3, 4, 2], rng=0, output=other)
    labels = mn.one_hot(Y[0], 2)
    with pytest.raises(ValueError, match=f"output={loss.link}") as caught:
        train(net=net, Y=labels, loss=loss)
    assert f"Use init(..., output={loss.link}) or" in str(caught.value)
    link = getattr(mn, str(loss.link))
    train(mn.init([3, 4, 2], rng=0, output=link), Y=labels, loss=loss)


@pytest.mark.parametrize("name", activations.KNOWN)
def test_the_name_that_was_meant_is_accepted(name):
    with pytest.raises(ValueError, match="Did you mean") as caught:
        mn.init([2, 2], rng=0, output=f"{name}s")
    assert f"Did you mean {name}?" in str(caught.value)
    mn.init([2, 2], rng=0, output=name)


def test_relu_where_softmax_may_not_stand_is_accepted():
    with pytest.raises(ValueError, match=r"Use relu there\."):
        mn.init([2, 3, 2], rng=0, hidden="softmax")
    mn.init([2, 3, 2], rng=0, hidden="relu")


def test_forward_again_is_a_cache_that_fits():
    cache = mn.forward(NET, X)
    net = mn.step(NET, mn.backward(NET, cache, Y, BCE), 0.1)
    with pytest.raises(mn.ShapeError, match=r"Call forward\(net, X\) again"):
        mn.backward(net, cache, Y, BCE)
    mn.backward(net, mn.forward(net, X), Y, BCE)


def test_a_tenth_of_the_rate_is_accepted():
    line = mn.init([1, 1], rng=0, output="identity")

    def run(lr):
        return mn.train(line, X[:1], Y, mn.euclidean, lr=lr, epochs=50)

    with pytest.raises(mn.TrainingError, match=r"divide lr by 10\."):
        run(5.0)
    run(0.5)


def test_another_network_is_made_as_the_message_says():
    with pytest.raises(TypeError, match="not changed in place") as caught:
        NET.W[1] = 0 * NET.W[1]
    told = "Network(net.W | {1: W1}, net.b, net.g)"
    assert told in str(caught.value)
    given = {"Network": mn.Network, "net": NET, "W1": 0 * NET.W[1]}
    train(net=eval(told, given))
