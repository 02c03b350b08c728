"""Training: every step counted, divergence named, circles learnt."""

import inspect
import math

import numpy as np
import pytest

import mininn as mn
from mininn.train import Step

BCE = mn.binary_cross_entropy


@pytest.fixture
def rings():
    X, Y = mn.circles(40, rng=0)
    return mn.init([2, 4, 1], rng=1, hidden="tanh"), X, Y


def same(net, other):
    return all(
        (net.W[l] == other.W[l]).all() and (net.b[l] == other.b[l]).all()
        for l in net.W
    )


# --- descend ------------------------------------------------------------


def test_descend_is_a_generator_of_epochs_and_one_more(rings):
    steps = mn.descend(*rings, BCE, lr=0.5, epochs=7)
    assert inspect.isgenerator(steps)
    steps = list(steps)
    assert [s.epoch for s in steps] == list(range(8))
    assert all(isinstance(s, Step) and type(s.J) is float for s in steps)


def test_each_step_is_forward_backward_step(rings):
    net, X, Y = rings
    for s in mn.descend(net, X, Y, BCE, lr=0.5, epochs=5):
        assert same(s.net, net)
        cache = mn.forward(net, X)
        assert BCE(cache.Z[2], Y) == s.J
        grads = mn.backward(net, cache, Y, BCE)
        net = mn.step(net, grads, 0.5)


def test_the_first_step_is_the_network_as_given(rings):
    first = next(mn.descend(*rings, BCE, lr=0.5, epochs=3))
    assert first.net is rings[0]
    assert first.epoch == 0
    only = list(mn.descend(*rings, BCE, lr=0.5, epochs=0))
    assert [s.net for s in only] == [rings[0]]


def test_a_history_of_networks_is_a_history(rings):
    steps = list(mn.descend(*rings, BCE, lr=0.5, epochs=4))
    for s in steps:
        assert BCE(mn.forward(s.net, rings[1]).Z[2], rings[2]) == s.J
    assert len({s.J for s in steps}) == 5


def test_arguments_are_checked_at_the_call_and_not_at_the_first_step(rings):
    net, X, Y = rings
    for bad in (
        {"lr": 0},
        {"epochs": -1},
        {"X": X.T},
        {"Y": Y[0]},
        {"loss": mn.euclidean},
        {"Y": 2 * Y - 1},
    ):
        good = {"net": net, "X": X, "Y": Y, "loss": BCE, "lr": 1, "epochs": 1}
        with pytest.raises(ValueError):
            mn.descend(**(good | bad))


def test_breaking_off_is_fine(rings):
    seen = []
    for s in mn.descend(*rings, BCE, lr=0.5, epochs=10**9):
        seen.append(s.epoch)
        if s.epoch == 3:
            break
    assert seen == [0, 1, 2, 3]


def test_a_parabola_by_hand():
    """z = w x + b with x = 1, y = 3: e = z - 3 shrinks by 1 - 2 lr."""
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    steps = mn.descend(net, [[1]], [[3]], mn.euclidean, lr=0.125, epochs=9)
    error = -2.0
    for s in steps:
        assert error**2 / 2 == s.J
        error *= 0.75


@pytest.mark.parametrize("lr", [np.float64(0.5), np.float32(0.5), 1])
def test_a_float32_network_is_trained_in_float32(rings, lr):
    _, X, Y = rings
    net = mn.init([2, 4, 1], rng=1, dtype=np.float32)
    for s in mn.descend(net, X, Y, BCE, lr=lr, epochs=3):
        arrays = [*s.net.W.values(), *s.net.b.values()]
        assert {x.dtype for x in arrays} == {np.dtype(np.float32)}


def test_nothing_that_is_passed_in_is_written_to(rings):
    net, X, Y = rings
    given = [*net.W.values(), *net.b.values(), X, Y]
    copies = [x.copy() for x in given]
    for x in given:
        x.flags.writeable = False
    mn.train(net, X, Y, BCE, lr=0.5, epochs=5)
    mn.accuracy(net, X, Y)
    for x, copy in zip(given, copies, strict=True):
        np.testing.assert_array_equal(x, copy)


# --- train --------------------------------------------------------------


def test_train_is_descend_to_its_end(rings):
    steps = list(mn.descend(*rings, BCE, lr=0.5, epochs=6))
    net, history = mn.train(*rings, BCE, lr=0.5, epochs=6)
    assert history == [s.J for s in steps]
    assert len(history) == 7
    assert same(net, steps[-1].net)
    assert BCE(mn.forward(net, rings[1]).Z[2], rings[2]) == history[-1]
    assert type(history) is list
    assert {type(J) for J in history} == {float}


def test_no_epochs_change_nothing(rings):
    net, history = mn.train(*rings, BCE, lr=0.5, epochs=0)
    assert same(net, rings[0])
    assert len(history) == 1


def test_lists_train_like_arrays(rings):
    net, X, Y = rings
    _, history = mn.train(net, X, Y, BCE, lr=0.5, epochs=3)
    _, again = mn.train(
        net,
        X.tolist(),
        Y.astype(int).tolist(),
        BCE,
        lr=0.5,
        epochs=np.int64(3),
    )
    assert again == pytest.approx(history, rel=1e-14)


@pytest.mark.parametrize("seed", [0, 2])
def test_the_circles_are_learnt(seed):
    X, Y = mn.circles(200, rng=seed)
    net = mn.init([2, 4, 6, 6, 4, 1], rng=seed)
    before = mn.accuracy(net, X, Y)
    net, history = mn.train(net, X, Y, BCE, lr=0.1, epochs=1000)
    assert before < 0.9
    assert mn.accuracy(net, X, Y) >= 0.99
    assert history[0] > 0.3
    assert history[-1] < 0.1
    assert min(history) == history[-1]


@pytest.mark.parametrize(
    ("loss", "output"),
    [(mn.euclidean, "identity"), (mn.cross_entropy, "softmax")],
)
def test_the_other_losses_learn_too(loss, output):
    X = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
    Y = np.array([[0.0, 1, 1, 0], [1, 0, 0, 1]])  # xor, and its opposite
    net = mn.init([2, 8, 2], rng=0, hidden="tanh", output=output)
    net, history = mn.train(net, X, Y, loss, lr=0.5, epochs=500)
    assert history[-1] < 0.02 < 0.3 < history[0]
    A = mn.forward(net, X).A[2]
    np.testing.assert_array_equal(A.argmax(axis=0), Y.argmax(axis=0))


# --- divergence ---------------------------------------------------------


def line(w=1.0):
    return mn.Network({1: [[w]]}, {1: [[0.0]]}, {1: "identity"})


def test_divergence_is_named_and_the_last_good_step_kept():
    """With lr = 1e6 the error grows by a factor of 2e6 a step."""
    seen = []
    steps = mn.descend(
        line(), [[1.0]], [[3.0]], mn.euclidean, lr=1e6, epochs=1000
    )
    with pytest.raises(mn.TrainingError) as caught:
        seen.extend(steps)
    assert len(seen) == 25  # 2 (2e6)^2k / 2 < 1.8e308 up to k = 24
    last = caught.value.last
    assert last is seen[-1]
    assert last.epoch == 24
    assert math.isfinite(last.J)
    assert np.isfinite(last.net.W[1]).all()
    assert str(caught.value) == (
        "descend: the loss is not finite at epoch 25 with lr = 1e+06. "
        "The steps are too long: divide lr by 10."
    )
    assert isinstance(caught.value, ArithmeticError)


def test_train_names_divergence_too():
    with pytest.raises(mn.TrainingError, match="at epoch 25 with") as caught:
        mn.train(line(), [[1.0]], [[3.0]], mn.euclidean, lr=1e6, epochs=50)
    assert caught.value.last.epoch == 24


def test_a_network_that_starts_out_of_range_has_no_last_step():
    with pytest.raises(mn.TrainingError, match="at epoch 0") as caught:
        mn.train(line(1e200), [[1.0]], [[3.0]], mn.euclidean, lr=1, epochs=1)
    assert caught.value.last is None
    with pytest.raises(mn.TrainingError, match="at epoch 0"):
        mn.train(line(1e200), [[1e200]], [[3.0]], mn.euclidean, lr=1, epochs=1)


@pytest.mark.parametrize("lr", [1e7, 1e12, 1e100, 1e200, 1e308])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("hidden", ["relu", "tanh"])
def test_whatever_overflows_it_is_a_training_error(lr, dtype, hidden):
    """J, Z, a gradient or a weight: never a warning, never nan."""
    X, Y = mn.circles(20, rng=0)
    for n in ([2, 4, 1], [2, 8, 8, 8, 1]):
        net = mn.init(n, rng=0, hidden=hidden, output="identity", dtype=dtype)
        with pytest.raises(mn.TrainingError) as caught:
            mn.train(net, 100 * X, 100 * Y, mn.euclidean, lr=lr, epochs=60)
        assert math.isfinite(caught.value.last.J)


@pytest.mark.parametrize("lr", [1e3, 1e6])
def test_a_cross_entropy_stays_finite_however_long_the_steps(rings, lr):
    _, history = mn.train(*rings, BCE, lr=lr, epochs=50)
    assert np.isfinite(history).all()
    assert history[-1] > history[0]


# --- accuracy -----------------------------------------------------------


def accuracy(output, Z, Y):
    """Of a network whose logits are Z."""
    n = len(Z)
    net = mn.Network({1: np.eye(n)}, {1: np.zeros((n, 1))}, {1: output})
    return mn.accuracy(net, Z, Y)


def test_accuracy_of_one_row():
    share = accuracy("sigmoid", [[-1, 2, 3, -4]], [[0, 1, 0, 0]])
    assert share == 0.75
    assert type(share) is float
    assert accuracy("sigmoid", [[0.0]], [[0]]) == 1


def test_accuracy_of_rows_counts_whole_samples():
    Z = [[-1.0, 2, 3, -4], [1, 1, -1, -1]]
    assert accuracy("sigmoid", Z, [[0, 1, 0, 0], [1, 1, 0, 1]]) == 0.5


def test_accuracy_of_classes():
    Z = [[5.0, 0, 0, 1], [1, 4, 9, 2], [2, 3, 0, 3]]
    Y = [[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert accuracy("softmax", Z, Y) == 0.5
