"""Copies: what was pickled, copied or loaded again is what it was.

A sweep on other processes brings networks home as pickles, and a notebook
may load a module a second time. Neither may change what a network is. Nor may
who holds an array that it was made of.
"""

import copy
import importlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

import mininn as mn
from mininn.activations import KNOWN

LOSSES = [mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy]
WAYS = {
    **{
        f"pickle {protocol}": lambda x, protocol=protocol: pickle.loads(
            pickle.dumps(x, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@ways
@pytest.mark.parametrize("f", [*KNOWN.values(), *LOSSES], ids=str)
def test_a_copy_of_a_function_of_mininn_is_that_function(way, f):
    assert way(f) is f
    assert way([f, f])[1] is f
    assert way(type(f)()) == f


@ways
def test_a_slope_goes_along(way):
    g = mn.LeakyReLU(0.2)
    again = way(g)
    assert type(again) is mn.LeakyReLU
    assert again.c == 0.2
    assert again == g
    assert hash(again) == hash(g)
    assert hash(again) != hash(mn.identity if g != mn.identity else mn.tanh)
    assert again != mn.LeakyReLU(0.3)
    assert again != mn.leaky_relu
    assert mn.LeakyReLU(0.01) == mn.leaky_relu
    assert way(mn.LeakyReLU(0.01)) is mn.leaky_relu


def test_functions_are_equal_to_themselves_alone():
    functions = [*KNOWN.values(), mn.LeakyReLU(0.2), mn.LeakyReLU(0.3)]
    for i, f in enumerate(functions):
        assert [f == other for other in functions] == [
            i == j for j in range(len(functions))
        ]
    assert len(set(functions)) == len(functions)
    assert mn.relu != "relu"
    assert mn.leaky_relu != 0.01


class Steep(type(mn.relu)):
    """A class of a user's, with a number of its own."""

    def __init__(self, slope):
        self.slope = slope

    def __call__(self, Z):
        return self.slope * super().__call__(Z)

    def prime(self, Z):
        return self.slope * super().prime(Z)


class Twice(type(mn.euclidean)):
    def _terms(self, Z, Y):
        return 2 * super()._terms(Z, Y)


@ways
def test_a_class_of_a_users_is_copied_as_python_does_it(way):
    """It is called relu, as its parent is, and it is not relu."""
    steep = Steep(3.0)
    again = way(steep)
    assert type(again) is Steep
    assert again.slope == 3.0
    assert again is not mn.relu
    assert steep not in (again, Steep(3.0), mn.relu)
    loss = way(Twice())
    assert type(loss) is Twice
    assert loss([[2.0]], [[0.0]]) == 4


def network(output, dtype=float):
    hidden = ["relu", mn.LeakyReLU(0.2), "leaky_relu", "tanh", "identity"]
    return mn.init(
        [2, 3, 2, 2, 3, 2, 2], rng=1, hidden=hidden, output=output, dtype=dtype
    )


def problem(loss):
    rng = np.random.default_rng(0)
    return rng.standard_normal((2, 7)), mn.one_hot(rng.integers(0, 2, 7), 2)


def check_the_same(again, net, loss, tmp_path):
    """It runs, trains, is checked and saved as the network it was."""
    X, Y = problem(loss)
    assert again.g == net.g
    assert repr(again) == repr(net)
    assert again.dtype == net.dtype
    assert (
        mn.train(again, X, Y, loss, lr=0.1, epochs=3)[1]
        == (mn.train(net, X, Y, loss, lr=0.1, epochs=3)[1])
    )
    assert mn.check_gradients(again, X, Y, loss)
    assert mn.trouble(again, X, Y, loss) == mn.trouble(net, X, Y, loss)
    np.testing.assert_array_equal(mn.predict(again, X), mn.predict(net, X))
    files = []
    for one in (net, again):
        mn.save(one, tmp_path / "net.npz")
        with np.load(tmp_path / "net.npz") as file:
            files.append({name: file[name] for name in file})
        assert mn.load(tmp_path / "net.npz").g == net.g
    assert list(files[0]) == list(files[1])
    for name, x in files[0].items():
        np.testing.assert_array_equal(files[1][name], x)


@ways
@pytest.mark.parametrize(
    ("loss", "dtype"),
    [
        pytest.param(LOSSES[0], "f4", marks=pytest.mark.whole),
        pytest.param(LOSSES[1], "f8", marks=pytest.mark.whole),
        (LOSSES[2], "f8"),
    ],
    ids=str,
)
def test_a_copied_network_is_used_as_the_original(way, loss, dtype, tmp_path):
    net = network(loss.link, np.dtype(dtype).type)
    check_the_same(way(way(net)), net, way(loss), tmp_path)


def test_a_loaded_network_holds_the_functions_of_mininn(tmp_path):
    net = network("softmax")
    mn.save(net, tmp_path / "net.npz")
    g = mn.load(tmp_path / "net.npz").g
    assert g == net.g
    for l in (1, 3, 4, 5, 6):
        assert g[l] is net.g[l]
    assert g[2].c == 0.2


@pytest.mark.parametrize("g", [Steep(3.0), type("ReLU", (Steep,), {})(1.0)])
def test_a_class_of_a_users_is_still_no_file(tmp_path, g):
    net = mn.init([2, 3, 1], rng=0, hidden=g)
    with pytest.raises(ValueError, match=r"^save: g\[1\] is relu, which no f"):
        mn.save(net, tmp_path / "net.npz")


# --- other processes -----------------------------------------------------

POOL = """
import concurrent.futures
import multiprocessing
import sys

import mininn as mn

X, Y = mn.circles(40, rng=0)


def run(hidden, loss):
    c = {"relu": 0.0, "leaky_relu": 0.01}.get(hidden, 0.2)
    g = hidden if hidden in ("relu", "leaky_relu") else mn.LeakyReLU(c)
    net = mn.init([2, 4, 1], rng=1, hidden=g, output=loss.link)
    return mn.train(net, X, Y, loss, lr=0.1, epochs=5)


if __name__ == "__main__":
    method, path = sys.argv[1:]
    grid = {
        "hidden": ["relu", "leaky_relu", "steeper"],
        "loss": [mn.binary_cross_entropy, mn.euclidean],
    }
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, context) as pool:
        theirs = mn.sweep(run, grid, pool)
    for there, here in zip(theirs, mn.sweep(run, grid), strict=True):
        assert there.error is here.error is None, there.error
        assert there.values == here.values
        assert there.values["loss"] is here.values["loss"]
        (net, history), (ours, same) = there.result, here.result
        assert history == same
        assert net.g == ours.g
        mn.save(net, path)
        again = mn.load(path)
        assert again.g == ours.g
        assert (mn.predict(again, X) == mn.predict(ours, X)).all()
        loss = there.values["loss"]
        more = mn.train(net, X, Y, loss, lr=0.1, epochs=5)[1]
        assert more == mn.train(ours, X, Y, loss, lr=0.1, epochs=5)[1]
    print(len(theirs), "networks came back")
"""


@pytest.mark.native_only("starts processes")
@pytest.mark.parametrize(
    "method",
    [
        "spawn",
        pytest.param("fork", marks=pytest.mark.whole),
        pytest.param("forkserver", marks=pytest.mark.whole),
    ],
)
def test_networks_come_back_from_a_sweep_on_processes(tmp_path, method):
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system cannot {method}")
    script = tmp_path / "pool.py"
    script.write_text(POOL, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, method, tmp_path / "net.npz"],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.stdout == "6 networks came back\n", done.stderr


# --- modules loaded again --------------------------------------------------


@pytest.fixture(params=["mininn.activations", "mininn.losses"])
def reloaded(request):
    """A module that a notebook loaded again; later tests see the first."""
    module = sys.modules[request.param]
    first = dict(vars(module))
    yield importlib.reload(module)
    vars(module).clear()
    vars(module).update(first)


@pytest.mark.parametrize(
    "old",
    [
        *(pytest.param(f, marks=pytest.mark.whole) for f in LOSSES[:2]),
        LOSSES[2],
    ],
    ids=str,
)
def test_a_module_loaded_again_changes_no_network(reloaded, old, tmp_path):
    before = network(old.link)
    new = getattr(reloaded, old.name, old)
    link = getattr(reloaded, str(old.link), old.link)
    after = network(link)
    by_name = network(str(link))
    assert before.g == after.g == by_name.g
    for way in WAYS.values():
        assert way(before).g == way(after).g == before.g
    for loss in (old, new):
        for net in (after, by_name):
            check_the_same(net, before, loss, tmp_path)
    with pytest.raises(ValueError, match=r"^init: g\[1\] is softmax"):
        mn.init(
            [2, 3, 1], rng=0, hidden=getattr(reloaded, "softmax", "softmax")
        )


def test_two_wrong_outputs_are_still_refused(reloaded):
    softmax = getattr(reloaded, "softmax", mn.softmax)
    for loss in (mn.euclidean, getattr(reloaded, "euclidean", mn.euclidean)):
        with pytest.raises(ValueError, match="but this network ends in softm"):
            mn.train(
                mn.init([2, 2], rng=0, output=softmax),
                *problem(loss),
                loss,
                lr=1,
                epochs=1,
            )


NAME = "mininn"


@pytest.fixture
def loaded_anew():
    """The package after each of its modules was forgotten and loaded."""
    first = {k: v for k, v in sys.modules.items() if k.split(".")[0] == NAME}
    for name in first:
        del sys.modules[name]
    yield importlib.import_module(NAME)
    for name in [k for k in sys.modules if k.split(".")[0] == NAME]:
        del sys.modules[name]
    sys.modules.update(first)


def test_a_package_loaded_anew_takes_what_the_old_one_made(
    loaded_anew, tmp_path
):
    new, loss = loaded_anew, mn.cross_entropy
    assert new.Network is not mn.Network
    net, (X, Y) = network("softmax"), problem(loss)
    cache, rule = mn.forward(net, X), mn.adam(0.1)
    for f in (loss, new.cross_entropy):
        given = {"optimizer": rule, "epochs": 3}
        assert (
            new.train(net, X, Y, f, **given)[1]
            == mn.train(net, X, Y, loss, **given)[1]
        )
        assert new.check_gradients(net, X, Y, f)
        grads = mn.backward(net, cache, Y, loss)
        np.testing.assert_array_equal(
            new.step(net, new.backward(net, cache, Y, f), 0.1).W[1],
            new.step(net, grads, 0.1).W[1],
        )
    new.save(net, tmp_path / "net.npz")
    assert new.load(tmp_path / "net.npz").g == net.g
    with pytest.raises(TypeError, match="net must be a Network, such as"):
        new.forward(rule, X)


# --- shared arrays ---------------------------------------------------------


def given():
    net = mn.init([2, 3, 1], rng=0, hidden="tanh")
    X, Y = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[1.0, 0.0]])
    return net, X, Y


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_who_changes_X_after_forward_changes_no_gradient(order, dtype):
    net, X, Y = given()
    net = mn.Network(
        {l: W.astype(dtype) for l, W in net.W.items()},
        {l: b.astype(dtype) for l, b in net.b.items()},
        net.g,
    )
    X = X.astype(dtype, order=order)
    want = mn.backward(net, mn.forward(net, X), Y, mn.binary_cross_entropy)
    cache = mn.forward(net, X)
    X *= 0
    got = mn.backward(net, cache, Y, mn.binary_cross_entropy)
    for l in net.W:
        np.testing.assert_array_equal(got.dW[l], want.dW[l])


def test_a_read_only_window_on_X_is_copied_too():
    net, X, _ = given()
    window = X[:]
    window.setflags(write=False)
    cache = mn.forward(net, window)
    X *= 0
    assert cache.A[0][0, 1] == 2


def test_X_that_nobody_can_write_to_is_not_copied():
    net, X, _ = given()
    X.setflags(write=False)
    assert mn.forward(net, X).A[0] is X


def test_who_changes_X_or_Y_during_training_changes_no_step():
    def histories(change):
        net, X, Y = given()
        for s in mn.descend(
            net, X, Y, mn.binary_cross_entropy, lr=0.5, epochs=3
        ):
            if change:
                X *= 0
                Y[:] = 1 - Y
            yield s.J

    assert list(histories(True)) == list(histories(False))


def test_a_network_does_not_hold_the_callers_arrays():
    W, b, g = {1: np.ones((1, 2))}, {1: np.zeros((1, 1))}, {1: "identity"}
    net = mn.Network(W, b, g)
    W[1] *= 0
    b[1] += 5
    W[2], g[1] = np.ones((1, 1)), "sigmoid"
    assert mn.forward(net, [[3.0], [4.0]]).A[1] == 7
    assert net.L == 1


def networks(tmp_path):
    """Networks from each function that returns one, and from each copy."""
    net, X, Y = given()
    yield net
    grads = mn.backward(net, mn.forward(net, X), Y, mn.binary_cross_entropy)
    yield mn.step(net, grads, 0.1)
    for rule in (mn.momentum(0.1, nesterov=True), mn.adam(0.1)):
        yield rule.step(net, grads, rule.start(net))[0]
    yield mn.Network(net.W, net.b, net.g)
    for way in WAYS.values():
        yield way(net)
    mn.save(net, tmp_path / "net.npz")
    yield mn.load(tmp_path / "net.npz")


def test_no_network_can_be_written_to(tmp_path):
    _, X, Y = given()
    for net in networks(tmp_path):
        cache = mn.forward(net, X)
        for layers in (net.W, net.b):
            with pytest.raises(ValueError, match="read-only"):
                layers[1] -= 0.1
            with pytest.raises(ValueError, match="read-only"):
                layers[2][0, 0] = 0
        for layers in (net.W, net.b, net.g):
            for change in (
                lambda x: x.update({1: x[1]}),
                lambda x: x.setdefault(1),
                lambda x: x.pop(1),
                lambda x: x.popitem(),
                lambda x: x.clear(),
                lambda x: x.__setitem__(1, x[1]),
                lambda x: x.__delitem__(1),
                lambda x: x.__ior__({1: x[1]}),
            ):
                with pytest.raises(TypeError, match="not changed in place"):
                    change(layers)
            assert layers.keys() == {1, 2}
        mn.backward(net, cache, Y, mn.binary_cross_entropy)


@ways
def test_a_copy_of_the_layers_is_a_dict_to_change(way):
    net = mn.init([2, 3, 1], rng=0)
    W, before = way(net.W), net.W[1].copy()
    assert type(W) is dict
    W[1] = W[1] + 1
    np.testing.assert_array_equal(net.W[1], before)


def test_a_step_on_another_network_is_told_from_the_cache(tmp_path):
    """The remedy of the message: a new network, and a cache of its own."""
    net, X, Y = given()
    cache = mn.forward(net, X)
    other = mn.Network(net.W | {1: 0.9 * net.W[1]}, net.b, net.g)
    with pytest.raises(mn.ShapeError, match="cache comes from another"):
        mn.backward(other, cache, Y, mn.binary_cross_entropy)
    mn.backward(other, mn.forward(other, X), Y, mn.binary_cross_entropy)


@pytest.mark.parametrize(
    "way",
    [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_cache_and_a_copy_of_its_network_belong_together(way):
    net, X, Y = given()
    cache, loss = mn.forward(net, X), mn.binary_cross_entropy
    want = mn.backward(net, cache, Y, loss)
    for one, other in ((way(net), cache), (net, way(cache))):
        got = mn.backward(one, other, Y, loss)
        np.testing.assert_array_equal(got.dW[1], want.dW[1])


def test_each_part_of_a_network_makes_it_another():
    net, X, Y = given()
    cache = mn.forward(net, X)
    b = {l: x + 1 for l, x in net.b.items()}
    g = net.g | {1: "sigmoid" if str(net.g[1]) == "tanh" else "tanh"}
    for other in (mn.Network(net.W, b, net.g), mn.Network(net.W, net.b, g)):
        with pytest.raises(mn.ShapeError, match="cache comes from another"):
            mn.backward(other, cache, Y, mn.binary_cross_entropy)


def test_what_forward_found_cannot_be_written_to():
    net, X, _ = given()
    cache = mn.forward(net, X)
    for x in (*cache.Z.values(), *cache.A.values()):
        with pytest.raises(ValueError, match="read-only"):
            x *= 0


def test_a_prediction_is_an_array_to_change():
    net = mn.init([2, 1], rng=0, output="identity")
    answer = mn.predict(net, [[1.0], [2.0]])
    answer *= 0


def test_who_changes_held_out_data_changes_no_stop():
    X, Y = np.ones((2, 3)), np.ones((1, 3))
    stop = mn.early_stopping(X, Y)
    X *= 0
    Y *= 0
    assert (stop.X == 1).all()
    assert (stop.Y == 1).all()
