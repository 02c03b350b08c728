"""Training: every step counted, divergence named, circles learnt."""

import concurrent.futures
import importlib
import inspect
import math
import multiprocessing
import pickle
import sys
import types
from fractions import Fraction

import numpy as np
import pytest

import mininn as mn
from mininn.checks import NotFiniteError
from mininn.train import Snapshot

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
    assert all(isinstance(s, Snapshot) and type(s.J) is float for s in steps)


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


class Noting(type(mn.euclidean)):
    """A loss that keeps the labels it is asked with."""

    def dZ(self, Z, Y, A=None):
        self.labels_given = Y
        return super().dZ(Z, Y, A)


def test_labels_that_nobody_can_write_to_are_not_copied():
    Y, loss = np.array([[1.0, 2.0]]), Noting()
    Y.flags.writeable = False
    mn.train(line(), [[3.0, 4.0]], Y, loss, lr=0.01, epochs=1)
    assert loss.labels_given is Y


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


def test_a_training_error_crosses_processes_with_its_last_step(rings):
    with pytest.raises(mn.TrainingError) as caught:
        mn.train(*rings, BCE, lr=1e6, epochs=9)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.last.epoch == caught.value.last.epoch
    assert same(again.last.net, caught.value.last.net)


def test_divergence_is_named_and_the_last_good_step_kept():
    """With lr = 10 the error grows by a factor of 19 a step, J by 361."""
    seen = []
    steps = mn.descend(
        line(), [[1.0]], [[3.0]], mn.euclidean, lr=10, epochs=1000
    )
    with pytest.raises(mn.TrainingError) as caught:
        seen.extend(steps)
    assert [s.J for s in seen] == pytest.approx([2, 722])
    last = caught.value.last
    assert last is seen[-1]
    assert last.epoch == 1
    assert np.isfinite(last.net.W[1]).all()
    assert str(caught.value) == (
        "descend: the loss rose to 2.6e+05 at epoch 2 with lr = 10. "
        "The steps are too long: divide lr by 10."
    )
    assert isinstance(caught.value, ArithmeticError)


def test_a_loss_may_rise_ten_thousandfold_and_no_further():
    def after(lr, y):
        X, Y = [[1.0]], [[y]]
        net = mn.Network({1: [[0.0]]}, {1: [[0.0]]}, {1: "identity"})
        return mn.train(net, X, Y, mn.euclidean, lr=lr, epochs=1)[1]

    # the error y becomes (1 - 2 lr) y: J grows by (1 - 2 lr)²
    assert after(50, 100.0) == pytest.approx([5e3, 9801 * 5e3])
    assert after(50.5, 100.0) == [5e3, 10_000 * 5e3]  # in whole numbers
    with pytest.raises(
        mn.TrainingError, match=r"rose to 5\.1e\+07 at epoch 1"
    ):
        after(51, 100.0)
    assert after(450, 0.1)[1] == pytest.approx(899**2 * 0.005)  # below 10,000
    with pytest.raises(mn.TrainingError, match="rose to 1"):
        after(800, 0.1)


def test_train_names_divergence_too():
    with pytest.raises(mn.TrainingError, match="at epoch 2 with") as caught:
        mn.train(line(), [[1.0]], [[3.0]], mn.euclidean, lr=10, epochs=50)
    assert caught.value.last.epoch == 1
    with pytest.raises(mn.TrainingError, match="is not finite at epoch 1"):
        mn.train(line(), [[1.0]], [[3.0]], mn.euclidean, lr=1e200, epochs=50)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [(2, 4, 6, 6, 4, 1), (2, 8, 1), (2, 1)], ids=str)
@pytest.mark.parametrize("hidden", ["relu", "tanh", "sigmoid"])
def test_a_learning_rate_of_a_million_is_named(n, hidden, seed):
    """Cross-entropy stays finite there, and tells nobody anything."""
    net = mn.init(n, rng=seed, hidden=hidden)
    with pytest.raises(mn.TrainingError, match="too long: divide lr by 10"):
        mn.train(net, *mn.moons(100, rng=0), BCE, lr=1e6, epochs=30)


def test_a_network_that_starts_out_of_range_is_bad_input():
    with pytest.raises(NotFiniteError, match="train: J must be finite"):
        mn.train(line(1e200), [[1]], [[3]], mn.euclidean, lr=1, epochs=1)
    with pytest.raises(NotFiniteError, match=r"train: Z\[1\] must be"):
        mn.train(line(1e200), [[1e200]], [[3]], mn.euclidean, lr=1, epochs=1)


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


@pytest.mark.parametrize("lr", [1e2, 1e3])
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


# --- optimisers ---------------------------------------------------------


def quadratic(x):
    """A network whose weights are x, and the gradient of sum x²."""
    net = mn.Network({1: [x]}, {1: [[0.0]]}, {1: "identity"})
    return net, mn.Grads({1: 2 * net.W[1]}, {1: net.b[1]}, {}, {})


def descend_quadratic(optimizer, x, steps):
    net, _ = quadratic(x)
    state = optimizer.start(net)
    for _ in range(steps):
        _, grads = quadratic(net.W[1][0])
        net, state = optimizer.step(net, grads, state)
    return net.W[1][0]


def test_the_fish_book_descends_its_bowl():
    near = descend_quadratic(mn.gradient_descent(0.1), [-3.0, 4.0], 100)
    np.testing.assert_allclose(near, [-6.11110793e-10, 8.14814391e-10])
    far = descend_quadratic(mn.gradient_descent(10.0), [-3.0, 4.0], 100)
    np.testing.assert_allclose(far, [-2.25154873e128, 3.00206497e128])


def test_momentum_by_hand():
    x, v = 1.0, 0.0
    for _ in range(5):
        v = 0.5 * v + 2 * x
        x = x - 0.1 * v
    got = descend_quadratic(mn.momentum(0.1, 0.5), [1.0], 5)
    np.testing.assert_allclose(got, [x], rtol=1e-14)


def test_nesterov_by_hand():
    x, v = 1.0, 0.0
    for _ in range(5):
        v = 0.5 * v + 2 * x
        x = x - 0.1 * (2 * x + 0.5 * v)
    got = descend_quadratic(mn.momentum(0.1, 0.5, nesterov=True), [1.0], 5)
    np.testing.assert_allclose(got, [x], rtol=1e-14)


def test_adam_by_hand():
    x, p, q = 1.0, 0.0, 0.0
    for t in range(1, 6):
        g = 2 * x
        p = 0.8 * p + 0.2 * g
        q = 0.9 * q + 0.1 * g * g
        x = x - 0.1 * (p / (1 - 0.8**t)) / (math.sqrt(q / (1 - 0.9**t)) + 1e-3)
    got = descend_quadratic(mn.adam(0.1, 0.8, 0.9, 1e-3), [1.0], 5)
    np.testing.assert_allclose(got, [x], rtol=1e-14)


def test_what_an_optimiser_is_unless_told():
    assert mn.momentum(0.1) == mn.momentum(0.1, 0.9, nesterov=False)
    assert mn.adam() == mn.adam(0.001, 0.9, 0.999, 1e-8)
    assert mn.adam(beta1=0.0) != mn.adam()
    assert mn.rmsprop() == mn.rmsprop(0.001, 0.9, 1e-8)
    adamw = mn.adamw(0.001, 0.9, 0.999, 1e-8, weight_decay=0.01)
    assert mn.adamw() == adamw != mn.adam()
    assert mn.step_decay(1, 2) == mn.step_decay(1, 2, 0.1)


@pytest.mark.parametrize(
    "optimizer",
    [mn.momentum(1), mn.rmsprop(), mn.adam(), mn.adamw()],
    ids=str,
)
def test_memory_is_shaped_as_what_it_remembers(optimizer, rings):
    net = rings[0]
    _, memory = optimizer.start(net)
    for name, layers in (("W", net.W), ("b", net.b)):
        for l, x in layers.items():
            kept = memory[name, l]
            for array in kept if isinstance(kept, tuple) else [kept]:
                assert array.shape == x.shape
                assert array.dtype == x.dtype
                assert not array.any()


def test_momentum_without_memory_is_gradient_descent(rings):
    plain, _ = mn.train(*rings, BCE, lr=0.3, epochs=5)
    for optimizer in (mn.gradient_descent(0.3), mn.momentum(0.3, 0.0)):
        net, _ = mn.train(*rings, BCE, optimizer=optimizer, epochs=5)
        for l in net.W:
            np.testing.assert_allclose(net.W[l], plain.W[l], rtol=1e-14)


OPTIMIZERS = [
    mn.gradient_descent(1.0),
    mn.momentum(0.1),
    mn.momentum(0.1, nesterov=True),
    mn.rmsprop(0.01),
    mn.adam(0.01),
    mn.adamw(0.01),
    mn.gradient_descent(mn.step_decay(1.0, every=150, gamma=0.5)),
    mn.adam(mn.cosine(0.02, steps=250)),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_an_optimiser_is_pure(optimizer, rings):
    net, X, Y = rings
    grads = mn.backward(net, mn.forward(net, X), Y, BCE)
    state = optimizer.start(net)
    once = optimizer.step(net, grads, state)
    again = optimizer.step(net, grads, state)
    assert same(once[0], again[0])
    assert not same(once[0], net)
    later = optimizer.step(once[0], grads, once[1])[0]
    assert same(optimizer.step(once[0], grads, once[1])[0], later)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_float32_stays_float32(optimizer, rings):
    _, X, Y = rings
    net = mn.init([2, 4, 1], rng=0, dtype=np.float32)
    net, _ = mn.train(net, X, Y, BCE, optimizer=optimizer, epochs=2)
    assert net.dtype == np.float32


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_every_optimiser_learns(optimizer, rings):
    _, history = mn.train(*rings, BCE, optimizer=optimizer, epochs=200)
    assert history[-1] < 0.5 * history[0]


def test_rmsprop_by_hand():
    x, q = 1.0, 0.0
    for _ in range(5):
        g = 2 * x
        q = 0.8 * q + 0.2 * g * g
        x = x - 0.1 * g / (math.sqrt(q) + 1e-3)
    got = descend_quadratic(mn.rmsprop(0.1, 0.8, 1e-3), [1.0], 5)
    np.testing.assert_allclose(got, [x], rtol=1e-14)


def test_a_decay_of_0_is_adam(rings):
    adam, _ = mn.train(*rings, BCE, optimizer=mn.adam(0.1), epochs=5)
    rule = mn.adamw(0.1, weight_decay=0)
    adamw, _ = mn.train(*rings, BCE, optimizer=rule, epochs=5)
    assert same(adam, adamw)


def test_a_rate_of_each_step_is_a_function_of_the_steps_before(rings):
    """Three batches an epoch: 0, 1, 2, then 3, 4, 5."""
    asked = []

    def rate(t):
        asked.append(t)
        return 0.1

    _, history = mn.train(*rings, BCE, lr=rate, epochs=2, batch_size=16, rng=0)
    assert asked == [0, *range(6)]  # once at the door
    _, plain = mn.train(*rings, BCE, lr=0.1, epochs=2, batch_size=16, rng=0)
    assert history == plain


def test_a_rate_of_0_stays_where_it_is(rings):
    _, history = mn.train(*rings, BCE, lr=mn.cosine(0.3, steps=2), epochs=4)
    assert history[0] > history[1] > history[2] == history[3] == history[4]
    assert mn.gradient_descent(mn.cosine(0.3, steps=2)).rate(3) == 0


def test_a_schedule_crosses_processes():
    for schedule in (mn.cosine(0.1, 30), mn.step_decay(0.1, every=7)):
        again = pickle.loads(pickle.dumps(schedule))
        assert again == schedule
        assert [again(t) for t in (0, 8)] == [schedule(t) for t in (0, 8)]


def test_divergence_names_the_rate_of_that_step():
    with pytest.raises(mn.TrainingError) as caught:
        mn.train(
            line(),
            [[1.0]],
            [[3.0]],
            mn.euclidean,
            lr=lambda t: [0.1, 0.1, 30.0, 40.0][t],
            epochs=4,
        )
    assert str(caught.value).startswith("train: the loss rose to")
    assert "at epoch 4 with lr = 40. The steps" in str(caught.value)


# --- an L2 penalty ------------------------------------------------------


def test_a_penalty_is_added_in_batches_too(rings):
    net, X, Y = rings
    rng = np.random.default_rng(3)
    got, _ = mn.train(
        *rings, BCE, lr=0.2, epochs=2, batch_size=16, rng=3, l2=0.5
    )
    for _ in range(2):
        order = rng.permutation(40)
        for i in (order[:16], order[16:32], order[32:]):
            g = mn.backward(net, mn.forward(net, X[:, i]), Y[:, i], BCE)
            W = {l: net.W[l] - 0.2 * (g.dW[l] + 0.5 * net.W[l]) for l in net.W}
            b = {l: net.b[l] - 0.2 * g.db[l] for l in net.b}
            net = mn.Network(W, b, net.g)
    for l in net.W:
        np.testing.assert_allclose(got.W[l], net.W[l], rtol=1e-12)
        np.testing.assert_allclose(got.b[l], net.b[l], rtol=1e-12)


def test_no_penalty_is_a_penalty_of_0(rings):
    plain, history = mn.train(*rings, BCE, lr=0.2, epochs=3)
    zero, again = mn.train(*rings, BCE, lr=0.2, epochs=3, l2=0)
    assert history == again
    assert same(plain, zero)


def test_a_penalty_keeps_float32(rings):
    _, X, Y = rings
    net = mn.init([2, 4, 1], rng=0, dtype=np.float32)
    net, history = mn.train(net, X, Y, BCE, lr=0.1, epochs=2, l2=0.1)
    assert net.dtype == np.float32
    assert type(history[-1]) is float


def test_a_penalty_beyond_floats_is_a_loss_that_is_not_finite():
    net = mn.Network({1: [[1e200]]}, {1: [[0.0]]}, {1: "identity"})
    with pytest.raises(NotFiniteError, match="train: J must be finite"):
        mn.train(net, [[0]], [[0]], mn.euclidean, lr=1, epochs=1, l2=1)


# --- early stopping -----------------------------------------------------


def test_what_is_never_better_stops_after_the_patience(rings):
    """Held-out labels turned round: the start is the best, to the end."""
    net, X, Y = rings
    net, _ = mn.train(*rings, BCE, lr=0.5, epochs=50)
    assert mn.early_stopping(X, 1 - Y).patience == 10
    stop = mn.early_stopping(X, 1 - Y, patience=4)
    best, history = mn.train(net, X, Y, BCE, lr=0.5, epochs=30, stop=stop)
    assert best is net
    assert len(history) == 5


def test_what_gets_better_to_the_end_is_trained_to_the_end(rings):
    given = {"lr": 0.5, "epochs": 20}
    stop = mn.early_stopping(*rings[1:], patience=1)
    net, history = mn.train(*rings, BCE, stop=stop, **given)
    plain, whole = mn.train(*rings, BCE, **given)
    assert history == whole
    assert same(net, plain)


def test_a_penalty_is_no_part_of_what_training_stops_by(rings):
    """With so high a price the held-out loss rises while J falls."""
    net, X, Y = rings
    net, _ = mn.train(*rings, BCE, lr=0.5, epochs=300)
    stop = mn.early_stopping(X, Y, patience=3)
    best, history = mn.train(
        net, X, Y, BCE, lr=0.1, l2=1.0, epochs=30, stop=stop
    )
    assert history[1] < history[0]
    assert best is net
    assert len(history) == 4


def test_a_held_out_loss_beyond_floats_is_not_the_lowest():
    """Far out the first network overflows; the second has shrunk."""
    net = mn.Network({1: [[1e10]]}, {1: [[0.0]]}, {1: "identity"})
    for far in (1e200, 1e300):  # J is inf; Z is
        stop = mn.early_stopping([[far]], [[0.0]], patience=2)
        best, history = mn.train(
            net, [[1.0]], [[0.0]], mn.euclidean, lr=0.25, epochs=9, stop=stop
        )
        assert best is net
        assert len(history) == 3


def test_progress_is_shown_up_to_the_stop(rings, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    net, X, Y = rings
    stop = mn.early_stopping(X, 1 - Y, patience=3)
    net, _ = mn.train(*rings, BCE, lr=0.5, epochs=50)
    mn.train(net, X, Y, BCE, lr=0.5, epochs=10, stop=stop, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert [int(line.split()[1]) for line in lines] == [0, 1, 2, 3]


# --- confusion ----------------------------------------------------------


def test_rows_are_true_and_columns_said():
    Z = [[5.0, 0, 0, 1, 1], [1, 4, 9, 2, 0], [2, 3, 0, 3, 0]]
    net = mn.Network({1: np.eye(3)}, {1: np.zeros((3, 1))}, {1: "softmax"})
    Y = mn.one_hot([0, 1, 2, 0, 0], 3)
    table = mn.confusion(net, Z, Y)
    assert table.tolist() == [[2, 0, 1], [0, 1, 0], [0, 1, 0]]
    assert table.dtype == np.int64
    assert table.sum() == 5
    assert np.trace(table) / 5 == mn.accuracy(net, Z, Y)
    np.testing.assert_array_equal(table.sum(axis=1), Y.sum(axis=1))


def test_one_sigmoid_has_two_classes():
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    table = mn.confusion(net, [[-1, 2, 3, -4, 5]], [[0, 1, 0, 1, 0]])
    assert table.tolist() == [[1, 2], [1, 1]]
    assert mn.confusion(net, [[-1]], [[0]]).tolist() == [[1, 0], [0, 0]]


# --- mini-batches -------------------------------------------------------


def test_an_epoch_of_batches_by_hand(rings):
    net, X, Y = rings
    rng = np.random.default_rng(5)
    first = list(
        mn.descend(*rings, BCE, lr=0.2, epochs=2, batch_size=16, rng=5)
    )
    for s in first[1:]:
        order = rng.permutation(40)
        for i in (order[:16], order[16:32], order[32:]):
            cache = mn.forward(net, X[:, i])
            grads = mn.backward(net, cache, Y[:, i], BCE)
            net = mn.step(net, grads, 0.2)
        assert same(s.net, net)
        assert BCE(mn.forward(net, X).Z[2], Y) == s.J


def test_one_batch_of_all_samples_is_the_full_gradient(rings):
    whole, _ = mn.train(*rings, BCE, lr=0.2, epochs=3)
    batch, _ = mn.train(*rings, BCE, lr=0.2, epochs=3, batch_size=40, rng=0)
    for l in whole.W:
        np.testing.assert_allclose(whole.W[l], batch.W[l], rtol=1e-12)


# --- progress -----------------------------------------------------------


def test_without_tqdm_progress_is_text(rings, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    net, history = mn.train(*rings, BCE, lr=0.1, epochs=20, progress=True)
    plain, same_history = mn.train(*rings, BCE, lr=0.1, epochs=20)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[0] == f"epoch 0 of 20: J = {history[0]:.4f}"
    assert lines[-1] == f"epoch 20 of 20: J = {history[-1]:.4f}"
    assert history == same_history
    assert same(net, plain)


@pytest.mark.parametrize(
    ("epochs", "shown"),
    [(3, [0, 1, 2, 3]), (25, list(range(0, 26, 2)))],
)
def test_progress_shows_a_tenth_at_a_time(
    epochs, shown, rings, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    mn.train(*rings, BCE, lr=0.1, epochs=epochs, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert [int(line.split()[1]) for line in lines] == shown


def test_the_bar_is_told_how_far_it_goes(rings, monkeypatch):
    told = []

    class Bar:
        def __init__(self, steps, **options):
            self.steps = steps
            told.append(options)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            told.append("closed")

        def __iter__(self):
            return iter(self.steps)

        def set_postfix(self, **numbers):
            told.append(numbers)

    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=Bar))
    _, history = mn.train(*rings, BCE, lr=0.1, epochs=2, progress=True)
    assert told == [
        {"total": 3, "unit": "epoch"},
        *({"J": f"{J:.4f}"} for J in history),
        "closed",
    ]


@pytest.mark.native_only("tqdm starts a thread")
def test_with_tqdm_progress_is_a_bar(rings, capsys):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    _, history = mn.train(*rings, BCE, lr=0.1, epochs=20, progress=True)
    shown = capsys.readouterr().err
    assert "21/21" in shown
    assert f"J={history[-1]:.4f}" in shown


# --- trouble ------------------------------------------------------------


def layered(z, name, m=10):
    """A network whose hidden layer sees exactly z for every sample."""
    net = mn.Network(
        {1: np.zeros((len(z), 1)), 2: np.ones((1, len(z)))},
        {1: np.reshape(z, (-1, 1)), 2: [[0.3]]},
        {1: name, 2: "sigmoid"},
    )
    return net, np.ones((1, m)), (np.arange(m)[np.newaxis] % 2) * 1.0


def not_of_J(found):
    return [line for line in found if not line.startswith("J = ")]


def test_a_network_that_learns_is_in_no_trouble(rings):
    net, _ = mn.train(*rings, BCE, lr=0.5, epochs=300)
    assert mn.trouble(net, *rings[1:], BCE) == []


def test_dead_units_are_counted():
    found = mn.trouble(*layered([-1.0, 0.0, 2.0], "relu"), BCE)
    assert not_of_J(found) == [
        "layer 1: 2 of 3 relu units are 0 for every sample, and learn nothing."
    ]


def test_one_dead_unit_is_one_and_a_small_one_is_not_dead():
    found = mn.trouble(*layered([-1.0, 0.5, 2.0], "relu"), BCE)
    assert not_of_J(found) == [
        "layer 1: 1 of 3 relu units is 0 for every sample, and learns nothing."
    ]


def constant(z, link, m=100):
    """A network that gives the logits z whatever it sees, and an X."""
    z = np.reshape(z, (-1, 1))
    net = mn.Network({1: np.zeros((len(z), 1))}, {1: z}, {1: link})
    return net, np.linspace(-2, 2, m)[np.newaxis]


def test_the_base_rate_of_rare_ones_is_named():
    net, X = constant(math.log(0.05 / 0.95), "sigmoid")
    Y = (np.arange(100) < 5)[np.newaxis] * 1.0
    assert mn.trouble(net, X, Y, BCE) == [
        "J = 0.1985 is the entropy of the label frequencies (0.1985): only "
        "the base rate is learned."
    ]
    better, _ = mn.train(net, 3 * Y, Y, BCE, lr=1.0, epochs=300)
    assert mn.trouble(better, 3 * Y, Y, BCE)[1:] == []
    assert mn.trouble(better, 3 * Y - 1, Y, BCE) == []


def test_the_base_rate_of_unequal_classes_is_named():
    Y = mn.one_hot([0] * 60 + [1] * 30 + [2] * 10, 3)
    net, X = constant(np.log([0.6, 0.3, 0.1]), "softmax")
    assert mn.trouble(net, X, Y, mn.cross_entropy) == [
        "J = 0.8979 is the entropy of the label frequencies (0.8979): only "
        "the base rate is learned."
    ]
    guess, X = constant([0, 0, 0], "softmax")
    assert mn.trouble(guess, X, Y, mn.cross_entropy) == [
        "J = 1.099 is what guessing costs (1.099): nothing is learned yet."
    ]


def test_a_loss_between_the_base_rate_and_a_guess_is_named():
    Y = (np.arange(100) < 5)[np.newaxis] * 1.0
    net, X = constant(-1.0, "sigmoid")
    assert mn.trouble(net, X, Y, BCE) == [
        "J = 0.3633 is more than the base rate costs (0.1985): not trained "
        "yet, or the steps are too long."
    ]


def test_the_mean_of_numbers_is_named():
    Y = np.array([[1.0, 3, 1, 3], [0, 0, 4, 4]])
    net, X = constant([2, 2], "identity", m=4)
    assert mn.trouble(net, X, Y, mn.euclidean) == [
        "J = 2.5 is half the variance of Y (2.5): only its mean is learned."
    ]
    net, X = constant([9, 2], "identity", m=4)
    assert mn.trouble(net, X, Y, mn.euclidean) == [
        "J = 27 is more than the mean of Y costs (2.5): not trained yet, or "
        "the steps are too long."
    ]


def test_a_base_rate_is_near_when_it_differs_by_half_a_per_cent():
    Y = (np.arange(100) < 5)[np.newaxis] * 1.0
    for z, word in ((-2.75, "entropy"), (-2.6, "more than the base rate")):
        found = mn.trouble(*constant(z, "sigmoid"), Y, BCE)
        assert word in found[0]


def test_an_infinite_loss_is_named():
    net, X = constant([1e200], "identity", m=4)
    assert mn.trouble(net, X, 0 * X, mn.euclidean) == [
        "J = inf: the outputs are too large for a float. Start from smaller "
        "weights, or scale X and Y."
    ]


SCALE = (
    "Scale X: subtract the mean, divide by the standard deviation, as "
    "standardise does."
)


@pytest.mark.parametrize(
    ("by", "size"), [(100.0, "1e+02"), (10.5, "10"), (0.01, "0.01")]
)
def test_unscaled_features_are_named_where_something_is_wrong(by, size):
    net, X, Y = layered([-1.0, 2.0], "relu")
    X = np.vstack([0 * X, by * X])
    net = mn.Network(net.W | {1: np.zeros((2, 2))}, net.b, net.g)
    found = mn.trouble(net, X, Y, BCE)
    assert found[0].startswith("layer 1: 1 of 2 relu units is 0")
    assert found[-1] == (
        f"X is far from unit scale: feature 1 is {size} in size, in the mean. "
        f"{SCALE}"
    )


def test_a_feature_too_large_for_a_mean_is_named():
    net = mn.Network({1: [[0.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    found = mn.trouble(net, [[1.7e308, 1.7e308]], [[0, 1]], BCE)
    assert found[1].startswith(
        "X is far from unit scale: feature 0 is inf in size"
    )


def test_features_of_unit_scale_are_not_named():
    net, X, Y = layered([-1.0, 2.0], "relu")
    for by in (0.1, 1, 10):
        found = mn.trouble(net, by * X, Y, BCE)
        assert not any("unit scale" in line for line in found)


def test_a_network_that_learned_is_in_no_trouble_whatever_the_scale():
    X = np.array([[-100.0, 100.0]])
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    assert mn.trouble(net, X, [[0, 1]], BCE) == []


def test_a_training_error_names_features_that_are_not_scaled():
    X = np.array([[100.0, -100.0]])
    with pytest.raises(mn.TrainingError) as caught:
        mn.train(line(), X, -X, mn.euclidean, lr=1, epochs=9)
    assert "divide lr by 10. X is far from unit scale" in str(caught.value)
    assert str(caught.value).endswith(SCALE)
    x = mn.standardise(X)(X)  # the remedy works
    _, history = mn.train(line(), x, -x, mn.euclidean, lr=1, epochs=9)
    assert history[-1] < 1e-9


def test_small_features_are_not_why_steps_are_too_long():
    with pytest.raises(mn.TrainingError) as caught:
        mn.train(line(), [[0.01]], [[3.0]], mn.euclidean, lr=1e3, epochs=9)
    assert str(caught.value).endswith("too long: divide lr by 10.")


def test_guessing_has_a_price_for_classes_only():
    X, ones = np.ones((1, 4)), np.ones((2, 4))
    half = math.sqrt(math.log(2))
    net = mn.Network({1: [[half], [half]]}, {1: [[0], [0]]}, {1: "identity"})
    J = mn.euclidean(mn.forward(net, X).Z[1], 0 * ones)
    assert pytest.approx(math.log(2)) == J
    assert mn.trouble(net, X, 0 * ones, mn.euclidean) == []
    two = mn.init([1, 2], rng=0, output="softmax", scheme=1e-6)
    Y = mn.one_hot([0, 1, 0, 1], 2)
    assert mn.trouble(two, X, Y, mn.cross_entropy) == [
        "J = 0.6931 is what guessing costs (0.6931): nothing is learned yet."
    ]


@pytest.mark.parametrize(("name", "z"), [("sigmoid", 4.1), ("tanh", -2.1)])
def test_saturation_is_named_from_nine_of_ten_on(name, z):
    found = mn.trouble(*layered([z] * 9 + [0.0], name), BCE)
    size = {"sigmoid": 4, "tanh": 2}[name]
    assert not_of_J(found) == [
        f"layer 1: 90% of its {name} inputs are beyond {size} in size, where "
        f"{name}' is nearly 0. Start from smaller weights, or scale X."
    ]
    found = mn.trouble(*layered([z] * 8 + [0.0] * 2, name), BCE)
    assert not_of_J(found) == []


def test_a_loss_that_guessing_costs_is_named():
    net = mn.Network({1: np.zeros((1, 2))}, {1: [[0.01]]}, {1: "sigmoid"})
    X, Y = mn.circles(20, rng=0)
    assert mn.trouble(net, X, Y, BCE) == [
        "J = 0.6932 is what guessing costs (0.6931): nothing is learned yet."
    ]
    net = mn.Network(
        {1: np.zeros((3, 2))}, {1: np.zeros((3, 1))}, {1: "softmax"}
    )
    labels = mn.one_hot(np.arange(20) % 3, 3)
    assert mn.trouble(net, X, labels, mn.cross_entropy) == [
        "J = 1.099 is what guessing costs (1.099): nothing is learned yet."
    ]


def test_a_loss_above_what_guessing_costs_is_named():
    net, X, Y = layered([1.0], "tanh")
    J = BCE(mn.forward(net, X).Z[2], Y)
    assert mn.trouble(net, X, Y, BCE) == [
        f"J = {J:.4g} is more than guessing costs (0.6931): not trained yet, "
        f"or the steps are too long."
    ]
    diverged, _ = mn.train(
        mn.init([2, 8, 1], rng=0), *mn.circles(40, rng=0), BCE, lr=50, epochs=9
    )
    found = mn.trouble(diverged, *mn.circles(40, rng=0), BCE)
    assert any("the steps are too long" in line for line in found)


class Own(type(mn.euclidean)):
    """A loss of one's own, of which nobody knows what guessing costs."""

    name = "own"


def test_a_loss_of_ones_own_is_held_against_no_price():
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    X, Y = [[3.0, 4.0]], [[0.0, 1.0]]
    assert mn.trouble(net, X, Y, mn.euclidean) != []
    assert mn.trouble(net, X, Y, Own()) == []


def test_one_class_only_is_named():
    net, X, Y = layered([1.0], "tanh")
    assert not_of_J(mn.trouble(net, X, 0 * Y, BCE)) == [
        "Y holds one class only: the network can but learn to say it always."
    ]


# --- sweep --------------------------------------------------------------


def area(width, height):
    if width == height:
        raise ValueError("a square")
    return width * height


GRID = {"width": [1, 2, 3], "height": [2, 5]}
AREAS = [(1, 2, 2), (1, 5, 5), (2, 2, None), (2, 5, 10), (3, 2, 6), (3, 5, 15)]


def check_areas(points):
    got = [(*p.values.values(), p.result) for p in points]
    assert got == AREAS
    assert [p.error for p in points if p.error] == ["ValueError: a square"]


def test_sweep_here():
    check_areas(mn.sweep(area, GRID))


@pytest.mark.native_only("starts threads")
def test_sweep_on_threads():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        check_areas(mn.sweep(area, GRID, pool))


class Breaks:
    """An executor that takes one call and then no more."""

    def __init__(self):
        self.taken = 0

    def submit(self, function, *args):
        self.taken += 1
        if self.taken > 1:
            raise RuntimeError("broken")
        future = concurrent.futures.Future()
        future.set_result(function(*args))
        return future


def test_sweep_on_an_executor_that_breaks():
    points = mn.sweep(area, {"width": [1, 2], "height": [5]}, Breaks())
    assert [(p.result, p.error) for p in points] == [
        (5, None),
        (None, "RuntimeError: broken"),
    ]
    assert [p.values["width"] for p in points] == [1, 2]


TRAINING = """
import mininn as mn


class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__(one + two)


def run(hidden, lr):
    if hidden == 3:
        raise Unpicklable("no ", "three")
    X, Y = mn.circles(60, rng=0)
    net, history = mn.train(
        mn.init([2, hidden, 1], rng=1, hidden="tanh"),
        X, Y, mn.binary_cross_entropy, lr=lr, epochs=20,
    )
    return history, mn.accuracy(net, X, Y)
"""


@pytest.fixture
def training(tmp_path, monkeypatch):
    """A function that other processes can import, and a grid; one fails."""
    (tmp_path / "runs_of_a_sweep.py").write_text(TRAINING, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = importlib.import_module("runs_of_a_sweep").run
    yield run, {"hidden": [2, 3, 5], "lr": [0.1, 1e6, 1.0]}
    del sys.modules["runs_of_a_sweep"]


def check_training(training, executor):
    run, grid = training
    points = mn.sweep(run, grid, executor)
    assert points == mn.sweep(run, grid)
    errors = [p.error and p.error[:36] for p in points]
    runaway = "TrainingError: train: the loss rose "
    three = "Unpicklable: no three"
    assert errors == [None, runaway, None, *3 * [three], None, runaway, None]
    losses = [p.result[0][-1] for p in points if p.result]
    assert len(set(losses)) == len(losses) == 4


@pytest.mark.native_only("starts processes")
def test_sweep_in_processes(training):
    with concurrent.futures.ProcessPoolExecutor(
        2, multiprocessing.get_context("spawn")
    ) as pool:
        check_training(training, pool)


@pytest.mark.native_only("starts a cluster")
def test_sweep_on_a_dask_cluster(training, tmp_path):
    distributed = pytest.importorskip(
        "distributed", reason="the dev extra has Dask's distributed"
    )
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor()
        check_training(training, executor)
        hidden = mn.LeakyReLU(0.2)
        net = executor.submit(mn.init, [2, 3, 1], rng=0, hidden=hidden)
        net, X = net.result(), np.array([[0.5, 2.0], [-1.0, 0.25]])
        there = executor.submit(mn.forward, net, X).result()
    mn.save(there.net, tmp_path / "net.npz")
    again = mn.load(tmp_path / "net.npz")
    assert again.g == there.net.g == net.g == {1: hidden, 2: mn.sigmoid}
    np.testing.assert_array_equal(mn.forward(again, X).A[2], there.A[2])
    loss, Y = mn.binary_cross_entropy, [[1.0, 0.0]]
    assert (
        mn.train(again, X, Y, loss, lr=1, epochs=3)[1]
        == (mn.train(there.net, X, Y, loss, lr=1, epochs=3)[1])
    )
    mn.backward(there.net, there, Y, loss)


@pytest.mark.parametrize("l2", [np.float64(0.1), Fraction(1, 10)])
def test_the_type_of_a_penalty_does_not_change_the_network(rings, l2):
    _, X, Y = rings
    net = mn.init([2, 3, 1], rng=0, dtype="float32")
    after, _ = mn.train(net, X, Y, BCE, lr=0.1, l2=l2, epochs=1)
    grads = mn.backward(net, mn.forward(net, X), Y, BCE, l2=l2)
    assert after.dtype == grads.dW[1].dtype == np.float32


def test_numbers_below_all_floats_are_no_error_where_all_are_raised(rings):
    _, X, Y = rings
    with np.errstate(all="raise"):
        net = mn.init([2, 3, 1], rng=0, dtype="float32", scheme=1e-50)
        net = mn.init([2, 3, 1], rng=0) if not net.W[1].any() else net
        grads = mn.backward(net, mn.forward(net, 1e-300 * X), Y, BCE)
        mn.step(net, grads, 1e-300)
        for rule in (mn.adam(), mn.adamw(1e-300), mn.rmsprop()):
            rule.step(net, grads, rule.start(net))
        mn.standardise(1e-200 * X)(1e-300 * X)
