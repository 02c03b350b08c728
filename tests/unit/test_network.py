"""The network, held against scalars in loops and central differences."""

import dataclasses
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from kit import LAYOUTS
from places import REFERENCE

import mininn as mn

HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu"]
LOSSES = [mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy]
DIFFERENT, EQUAL = (2, 4, 3, 2), (3, 3, 3, 3)
SIZES = [
    (DIFFERENT, 5),
    (EQUAL, 3),
    (DIFFERENT, 1),
    ((2, 4, 3, 1), 5),
    ((1, 1), 1),
    ((1, 1), 4),
    ((3, 2), 4),
    ((2, 5, 3), 4),
    ((1, 1, 1), 2),
]

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=str)
every_hidden = pytest.mark.parametrize("hidden", HIDDEN)
every_size = pytest.mark.parametrize(
    ("n", "m"),
    SIZES,
    ids=["-".join(map(str, n)) + f" m={m}" for n, m in SIZES],
)


# --- an independent network: one number at a time -----------------------


def logistic(z):
    return 1 / (1 + math.exp(-z))


SCALAR = {
    "identity": (lambda z: z, lambda z: 1.0),
    "sigmoid": (logistic, lambda z: logistic(z) * (1 - logistic(z))),
    "tanh": (math.tanh, lambda z: 1 - math.tanh(z) ** 2),
    "relu": (lambda z: z if z > 0 else 0.0, lambda z: float(z > 0)),
    "leaky_relu": (
        lambda z: z if z > 0 else 0.01 * z,
        lambda z: 1.0 if z > 0 else 0.01,
    ),
}


def output_and_jacobian(name, z):
    """The outputs of one sample, and the slope of each by each z."""
    K = range(len(z))
    if name != "softmax":
        g, prime = SCALAR[name]
        return [g(v) for v in z], [
            [prime(z[k]) if i == k else 0.0 for k in K] for i in K
        ]
    total = sum(math.exp(v) for v in z)
    a = [math.exp(v) / total for v in z]
    return a, [[a[i] * ((i == k) - a[k]) for k in K] for i in K]


def loss_and_slopes(name, a, y):
    """The loss of one sample from its outputs, and its slope by each."""
    pairs = list(zip(a, y, strict=True))
    if name == "euclidean":
        return sum((p - t) ** 2 for p, t in pairs) / 2, [
            p - t for p, t in pairs
        ]
    if name == "cross_entropy":
        return -sum(t * math.log(p) for p, t in pairs), [
            -t / p for p, t in pairs
        ]
    return -sum(
        t * math.log(p) + (1 - t) * math.log(1 - p) for p, t in pairs
    ), [-t / p + (1 - t) / (1 - p) for p, t in pairs]


def by_loops(net, X, Y, loss):
    """J, then Z A dW db dZ dA, from scalars and the chain rule alone."""
    n, L, m = net.n, net.L, X.shape[1]
    layers = range(1, L + 1)
    Z, dZ = ({l: np.zeros((n[l], m)) for l in layers} for _ in "ab")
    A, dA = ({l: np.zeros((n[l], m)) for l in range(L + 1)} for _ in "ab")
    dW = {l: np.zeros((n[l], n[l - 1])) for l in layers}
    db = {l: np.zeros((n[l], 1)) for l in layers}
    J = 0.0
    for i in range(m):
        a = [float(x) for x in X[:, i]]
        A[0][:, i] = a
        for l in layers:
            z = [
                float(net.b[l][k, 0])
                + sum(float(net.W[l][k, j]) * a[j] for j in range(n[l - 1]))
                for k in range(n[l])
            ]
            if l < L:
                a = [SCALAR[net.g[l].name][0](v) for v in z]
            else:
                a, jacobian = output_and_jacobian(net.g[L].name, z)
            Z[l][:, i], A[l][:, i] = z, a
        cost, slopes = loss_and_slopes(loss.name, a, Y[:, i])
        J += cost / m
        for k in range(n[L]):
            dZ[L][k, i] = (
                sum(slopes[o] * jacobian[o][k] for o in range(n[L])) / m
            )
        for l in range(L, 0, -1):
            for k in range(n[l]):
                db[l][k, 0] += dZ[l][k, i]
                for j in range(n[l - 1]):
                    dW[l][k, j] += dZ[l][k, i] * A[l - 1][j, i]
            for j in range(n[l - 1]):
                dA[l - 1][j, i] = sum(
                    net.W[l][k, j] * dZ[l][k, i] for k in range(n[l])
                )
                if l > 1:
                    prime = SCALAR[net.g[l - 1].name][1]
                    dZ[l - 1][j, i] = dA[l - 1][j, i] * prime(
                        float(Z[l - 1][j, i])
                    )
    return J, {
        "Z": Z,
        "A": A,
        "dW": dW,
        "db": db,
        "dZ": dZ,
        "dA": {l: dA[l] for l in range(1, L)},
    }


def everything(net, X, Y, loss):
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, Y, loss)
    return loss(cache.Z[net.L], Y), {
        "Z": cache.Z,
        "A": cache.A,
        "dW": grads.dW,
        "db": grads.db,
        "dZ": grads.dZ,
        "dA": grads.dA,
    }


@every_size
@every_hidden
@every_loss
def test_every_array_is_that_of_the_loops(problem, n, m, hidden, loss):
    net, X, Y = problem(n, m, hidden, loss)
    cost, arrays = everything(net, X, Y, loss)
    loop_cost, loop_arrays = by_loops(net, X, Y, loss)
    assert cost == pytest.approx(loop_cost, rel=1e-12, abs=1e-15)
    for name, layers in loop_arrays.items():
        assert sorted(arrays[name]) == sorted(layers)
        for l in layers:
            assert arrays[name][l].shape == layers[l].shape
            np.testing.assert_allclose(
                arrays[name][l],
                layers[l],
                rtol=1e-11,
                atol=1e-15,
                err_msg=f"{name}[{l}]",
            )


# --- central differences ------------------------------------------------


def cost_from(net, l, Z_l, Y, loss):
    """J as a function of Z[l]."""
    Z = Z_l
    for k in range(l, net.L):
        Z = net.W[k + 1] @ net.g[k](Z) + net.b[k + 1]
    return loss(Z, Y)


@every_size
@every_hidden
@every_loss
def test_every_derivative_meets_central_differences(
    problem, differences, off, n, m, hidden, loss
):
    net, X, Y = problem(n, m, hidden, loss, seed=1)
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, Y, loss)
    for l in range(1, net.L + 1):
        W, b, A = net.W[l], net.b[l], cache.A[l - 1]

        def J(Z_l, l=l):
            return cost_from(net, l, Z_l, Y, loss)

        def of_W(x, A=A, b=b, J=J):
            return J(x @ A + b)

        def of_b(x, W=W, A=A, J=J):
            return J(W @ A + x)

        def of_A(x, W=W, b=b, J=J):
            return J(W @ x + b)

        assert off(grads.dZ[l], differences(J, cache.Z[l])) < 1e-8
        assert off(grads.dW[l], differences(of_W, W)) < 1e-8
        assert off(grads.db[l], differences(of_b, b)) < 1e-8
        if l > 1:
            assert off(grads.dA[l - 1], differences(of_A, A)) < 1e-8


def test_a_layer_may_have_its_own_activation(problem, differences, off):
    _, X, Y = problem((2, 4, 3, 2), 5, "tanh", mn.euclidean)
    net = mn.init(
        [2, 4, 3, 2],
        rng=3,
        hidden=["sigmoid", mn.LeakyReLU(0.3)],
        output="identity",
    )
    grads = mn.backward(net, mn.forward(net, X), Y, mn.euclidean)

    def J(W):
        changed = dataclasses.replace(net, W=net.W | {1: W})
        return mn.euclidean(mn.forward(changed, X).Z[3], Y)

    assert off(grads.dW[1], differences(J, net.W[1])) < 1e-8


class Square:
    """An activation of one's own: just g and g'."""

    def __call__(self, Z):
        return Z**2

    def prime(self, Z):
        return 2 * Z


def test_an_activation_of_ones_own_is_enough(problem, differences, off):
    _, X, Y = problem((2, 3, 1), 4, "tanh", mn.euclidean)
    net = mn.init([2, 3, 1], rng=0, hidden=Square(), output="identity")
    grads = mn.backward(net, mn.forward(net, X), Y, mn.euclidean)

    def J(b):
        changed = dataclasses.replace(net, b=net.b | {1: b})
        return mn.euclidean(mn.forward(changed, X).Z[2], Y)

    assert off(grads.db[1], differences(J, net.b[1])) < 1e-8
    assert mn.check_gradients(net, X, Y, mn.euclidean)
    ends = mn.init([2, 3], rng=0, output=Square())
    np.testing.assert_array_equal(
        mn.predict(ends, X), mn.forward(ends, X).Z[1] ** 2
    )
    with pytest.raises(ValueError, match="must end in sigmoid or softmax"):
        mn.accuracy(ends, X, np.ones((3, 4)))


# --- shapes -------------------------------------------------------------


@every_size
def test_every_array_has_the_shape_of_the_table(problem, n, m):
    net, X, Y = problem(n, m, "tanh", mn.cross_entropy)
    arrays = everything(net, X, Y, mn.cross_entropy)[1]
    arrays |= {"W": net.W, "b": net.b}
    shapes = {
        f"{name}[{l}]": array.shape
        for name, layers in arrays.items()
        for l, array in layers.items()
    }
    table = mn.shape_table(net.n, m)
    assert shapes == {row.symbol: table[row.symbol] for row in table}


def test_there_is_no_layer_zero_to_wrap_round_to(problem):
    net, X, Y = problem((2, 3, 1), 4, "relu", mn.binary_cross_entropy)
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, Y, mn.binary_cross_entropy)
    for layers in (
        net.W,
        net.b,
        net.g,
        cache.Z,
        grads.dW,
        grads.db,
        grads.dZ,
        grads.dA,
    ):
        assert 0 not in layers
    assert sorted(cache.A) == [0, 1, 2]
    assert sorted(grads.dA) == [1]
    np.testing.assert_array_equal(cache.A[0], X)


# --- the network as a value ---------------------------------------------


def test_a_network_says_what_it_is():
    net = mn.init([2, 4, 6, 6, 4, 1], rng=1)
    assert net.size == 117
    assert net.L == 5
    assert net.n == (2, 4, 6, 6, 4, 1)
    assert net.dtype == np.float64
    assert repr(net) == (
        "Network 2-4-6-6-4-1 (relu, relu, relu, relu, sigmoid), 117 parameters"
    )


def test_a_network_takes_lists_names_and_keys_in_any_order():
    net = mn.Network(
        {2: [[1, 2]], 1: [[3], [4]]},
        {2: [[5]], 1: [[6], [7]]},
        {2: "identity", 1: "relu"},
    )
    assert net.n == (1, 2, 1)
    assert net.g == {1: mn.relu, 2: mn.identity}
    assert net.W[1].dtype == np.float64
    np.testing.assert_array_equal(mn.forward(net, [[1]]).A[2], [[36]])


def test_a_network_cannot_be_reassigned():
    net = mn.init([2, 1], rng=0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        net.W = {}
    assert net == net
    assert (net == mn.init([2, 1], rng=0)) is False


def test_one_float64_array_makes_a_float64_network():
    W, b = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
    g = {1: "identity"}
    assert mn.Network({1: W}, {1: b}, g).dtype == np.float32
    for mixed in (
        mn.Network({1: W}, {1: b.astype(float)}, g),
        mn.Network({1: W.astype(float)}, {1: b}, g),
    ):
        assert mixed.W[1].dtype == mixed.b[1].dtype == np.float64


# --- init ---------------------------------------------------------------


def test_the_same_seed_gives_the_same_network():
    n = [3, 5, 2]
    same = mn.init(n, rng=7), mn.init(n, rng=np.random.default_rng(7))
    other = mn.init(n, rng=8)
    for l in (1, 2):
        np.testing.assert_array_equal(same[0].W[l], same[1].W[l])
        assert not (same[0].W[l] == other.W[l]).any()
        assert not same[0].b[l].any()
    rng = np.random.default_rng(7)
    first, second = mn.init(n, rng=rng), mn.init(n, rng=rng)
    np.testing.assert_array_equal(first.W[1], same[0].W[1])
    assert not (first.W[1] == second.W[1]).any()


BANDS = {
    "he_normal": "he",
    "xavier_normal": "glorot",
    "he_uniform": "he_uniform",
    "xavier_uniform": "glorot_uniform",
}
ROWS = [
    row
    for row in json.loads(
        (REFERENCE / "init_statistics.json").read_text("utf-8")
    )["schemes"]
    if row["scheme"] in BANDS
]


@pytest.mark.parametrize(
    "row",
    ROWS,
    ids=[f"{r['scheme']}-{r['fan_in']}-{r['fan_out']}" for r in ROWS],
)
def test_weights_have_the_published_spread(row):
    net = mn.init(
        [row["fan_in"], row["fan_out"]], rng=11, scheme=BANDS[row["scheme"]]
    )
    W = net.W[1]
    assert list(W.shape) == row["shape_columns"]
    assert abs(W.mean()) < row["mean_abs_max_5sigma"]
    assert W.std() == pytest.approx(row["std"], rel=row["std_rel_tol_5sigma"])
    if row["dist"] == "uniform":
        assert 0.9 * row["bound"] < np.abs(W).max() <= row["bound"]
    else:
        assert np.abs(W).max() > 2.5 * row["std"]
    assert not net.b[1].any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_dtype_may_be_named(dtype):
    assert mn.init([2, 1], rng=0, dtype=dtype).dtype == dtype


def test_he_is_what_init_does_unless_told():
    for l in (1, 2):
        np.testing.assert_array_equal(
            mn.init([4, 3, 2], rng=0).W[l],
            mn.init([4, 3, 2], rng=0, scheme="he").W[l],
        )
    unit = mn.init([4, 3, 2], rng=0, scheme=1)
    np.testing.assert_allclose(
        mn.init([4, 3, 2], rng=0).W[2], unit.W[2] * math.sqrt(2 / 3)
    )
    np.testing.assert_allclose(
        mn.init([4, 3, 2], rng=0, scheme="glorot").W[2],
        unit.W[2] * math.sqrt(2 / 5),
    )
    np.testing.assert_allclose(
        mn.init([4, 3, 2], rng=0, scheme=0.01).W[2], unit.W[2] * 0.01
    )
    assert unit.W[1].std() == pytest.approx(1, rel=0.7)


@pytest.mark.parametrize(
    ("scheme", "bounds"),
    [
        ("he_uniform", [math.sqrt(6 / 400), math.sqrt(6 / 30)]),
        ("glorot_uniform", [math.sqrt(6 / 430), math.sqrt(6 / 230)]),
    ],
)
def test_a_uniform_start_fills_its_interval(scheme, bounds):
    net = mn.init([400, 30, 200], rng=3, scheme=scheme, dtype=np.float32)
    for l, bound in zip((1, 2), bounds, strict=True):
        W = net.W[l]
        assert W.dtype == np.float32
        assert 0.99 * bound < W.max() <= bound
        assert -bound <= W.min() < -0.99 * bound
        quarter = (np.abs(W) < bound / 4).mean()
        assert quarter == pytest.approx(1 / 4, abs=0.03)
        assert not net.b[l].any()


def test_init_places_the_activations():
    assert mn.init([2, 3, 1], rng=0).g == {1: mn.relu, 2: mn.sigmoid}
    net = mn.init(
        [2, 3, 4, 2], rng=0, hidden=("tanh", mn.relu), output="softmax"
    )
    assert net.g == {1: mn.tanh, 2: mn.relu, 3: mn.softmax}
    assert mn.init([2, 3, 4, 2], rng=0, hidden="ReLU").g[2] is mn.relu


# --- float32 ------------------------------------------------------------


@every_hidden
@every_loss
def test_a_float32_network_stays_float32(problem, hidden, loss):
    _, X, Y = problem((2, 4, 3, 2), 5, hidden, loss)
    output = loss.link
    net = mn.init(
        [2, 4, 3, 2], rng=0, hidden=hidden, output=output, dtype=np.float32
    )
    double = mn.init([2, 4, 3, 2], rng=0, hidden=hidden, output=output)
    arrays = everything(net, X, Y, loss)[1]
    wanted = everything(double, X, Y, loss)[1]
    for name, layers in arrays.items():
        for l, array in layers.items():
            assert array.dtype == np.float32, f"{name}[{l}]"
            np.testing.assert_allclose(
                array, wanted[name][l], rtol=1e-4, atol=1e-5
            )
    grads = mn.backward(net, mn.forward(net, X), Y, loss)
    for lr in (0.1, np.float64(0.1), np.float32(0.1), 1):
        after = mn.step(net, grads, lr)
        assert after.dtype == np.float32
        assert all(after.b[l].dtype == np.float32 for l in after.b)


def test_a_float64_network_computes_in_float64_from_any_input(problem):
    net, X, Y = problem((2, 3, 1), 5, "tanh", mn.binary_cross_entropy)
    small = X.astype(np.float32)
    arrays = everything(
        net, small, Y.astype(np.float32), mn.binary_cross_entropy
    )[1]
    wanted = everything(net, small.astype(float), Y, mn.binary_cross_entropy)[
        1
    ]
    for name, layers in arrays.items():
        for l, array in layers.items():
            assert array.dtype == np.float64
            np.testing.assert_array_equal(array, wanted[name][l])


# --- inputs: any layout, never written to -------------------------------


KINDS = LAYOUTS | {
    "uint8": lambda x: x.astype(np.uint8),
    "bool": lambda x: x.astype(bool),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_array_gives_the_same_numbers(kind):
    given = KINDS[kind]
    X = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    Y = np.array([[1.0, 0.0, 1.0, 0.0]])
    net = mn.init([2, 3, 1], rng=0)
    wanted = everything(net, X, Y, mn.binary_cross_entropy)[1]
    got = everything(net, given(X), given(Y), mn.binary_cross_entropy)[1]
    for name, layers in wanted.items():
        for l, array in layers.items():
            np.testing.assert_allclose(
                got[name][l], array, rtol=1e-15, atol=1e-17
            )
            assert got[name][l].dtype == np.float64
    np.testing.assert_array_equal(
        mn.predict(net, given(X)), mn.predict(net, X)
    )
    assert mn.accuracy(net, given(X), given(Y)) == mn.accuracy(net, X, Y)


def arrays_of(*things):
    return [
        array
        for thing in things
        for layers in vars(thing).values()
        if isinstance(layers, dict)
        for array in layers.values()
        if isinstance(array, np.ndarray)
    ]


@every_hidden
@every_loss
def test_nothing_that_is_passed_in_is_written_to(problem, hidden, loss):
    net, X, Y = problem((2, 4, 3, 2), 5, hidden, loss)
    given = [*arrays_of(net), X, Y]
    copies = [x.copy() for x in given]
    for x in given:
        x.flags.writeable = False
    cache = mn.forward(net, X)
    kept = arrays_of(cache)
    for x in kept:
        x.flags.writeable = False
    kept_copies = [x.copy() for x in kept]
    grads = mn.backward(net, cache, Y, loss)
    for x in arrays_of(grads):
        x.flags.writeable = False
    mn.step(net, grads, 0.1)
    mn.predict(net, X)
    mn.check_gradients(net, X, Y, loss)
    for x, copy in zip(given + kept, copies + kept_copies, strict=True):
        np.testing.assert_array_equal(x, copy)


def test_results_share_no_memory(problem):
    net, X, Y = problem((3, 3, 3), 3, "identity", mn.euclidean)
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, Y, mn.euclidean)
    after = mn.step(net, grads, 0.1)
    results = [
        *cache.Z.values(),
        *(cache.A[l] for l in (1, 2)),
        *arrays_of(grads, after),
    ]
    for i, x in enumerate(results):
        for other in [*arrays_of(net), X, Y, *results[i + 1 :]]:
            assert not np.shares_memory(x, other)


def test_what_nobody_can_write_to_is_shared_and_not_copied():
    net = mn.init([2, 3, 1], rng=0)
    again = mn.Network(net.W, net.b, net.g)
    for x, y in zip(arrays_of(net), arrays_of(again), strict=True):
        assert x is y


def test_a_copy_lies_in_memory_as_what_was_given():
    net, X = mn.init([2, 1], rng=0), np.ones((2, 3))
    for given in (X, np.asfortranarray(X)):
        flags = mn.forward(net, given).A[0].flags
        assert flags.c_contiguous == given.flags.c_contiguous
        assert flags.f_contiguous == given.flags.f_contiguous


class Noting(type(mn.binary_cross_entropy)):
    """A loss that keeps what it is asked with."""

    def dZ(self, *given):
        self.given = given
        return super().dZ(*given)


def test_a_loss_is_given_the_logits_the_labels_and_the_output(problem):
    net, X, Y = problem((2, 4, 1), 5, "tanh", mn.binary_cross_entropy)
    cache, loss = mn.forward(net, X), Noting()
    mn.backward(net, cache, Y, loss)
    Z, labels, A = loss.given
    assert Z is cache.Z[2]
    assert A is cache.A[2]
    np.testing.assert_array_equal(labels, Y)


def test_forward_twice_then_backward_is_right(problem):
    net, X, Y = problem((2, 4, 1), 5, "tanh", mn.binary_cross_entropy)
    alone = mn.backward(net, mn.forward(net, X), Y, mn.binary_cross_entropy)
    cache = mn.forward(net, X)
    mn.forward(net, -2 * X)
    mn.predict(net, X[:, :2])
    mn.backward(net, mn.forward(net, 3 * X), Y, mn.binary_cross_entropy)
    later = mn.backward(net, cache, Y, mn.binary_cross_entropy)
    for x, y in zip(arrays_of(alone), arrays_of(later), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize(
    "n", [(2, 5, 1), (2, 4, 3, 1), (2, 1), (3, 4, 1), (2, 4, 2)], ids=str
)
def test_the_cache_of_another_network_is_refused(problem, n):
    net, _, Y = problem((2, 4, 1), 5, "tanh", mn.binary_cross_entropy)
    other, X2, _ = problem(n, 5, "tanh", mn.binary_cross_entropy)
    with pytest.raises(mn.ShapeError, match="the cache comes from another"):
        mn.backward(net, mn.forward(other, X2), Y, mn.binary_cross_entropy)


def test_labels_of_another_batch_are_refused(problem):
    net, X, Y = problem((2, 4, 1), 5, "tanh", mn.binary_cross_entropy)
    cache = mn.forward(net, X)
    for wrong in (Y[:, :4], Y[0], Y.T, np.vstack([Y, Y])):
        with pytest.raises(mn.ShapeError, match=r"^backward: Y must be"):
            mn.backward(net, cache, wrong, mn.binary_cross_entropy)


# --- step ---------------------------------------------------------------


def test_step_goes_downhill_by_lr_times_the_slope(problem):
    net, X, Y = problem((2, 4, 3), 5, "tanh", mn.cross_entropy)
    before = [x.copy() for x in arrays_of(net)]
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, Y, mn.cross_entropy)
    after = mn.step(net, grads, 0.25)
    assert after is not net
    assert after.g == net.g
    for l in (1, 2):
        np.testing.assert_array_equal(
            after.W[l], net.W[l] - 0.25 * grads.dW[l]
        )
        np.testing.assert_array_equal(
            after.b[l], net.b[l] - 0.25 * grads.db[l]
        )
        assert (after.W[l] != net.W[l]).all()
    for x, copy in zip(arrays_of(net), before, strict=True):
        np.testing.assert_array_equal(x, copy)
    lower = mn.cross_entropy(mn.forward(after, X).Z[2], Y)
    assert lower < mn.cross_entropy(cache.Z[2], Y)


# --- predict ------------------------------------------------------------


def predicted(output, Z):
    """What a network answers whose logits are Z."""
    n = len(Z)
    net = mn.Network({1: np.eye(n)}, {1: np.zeros((n, 1))}, {1: output})
    return mn.predict(net, Z)


def test_softmax_predicts_the_class_number():
    answer = predicted(
        "softmax", [[1.0, 0, 5, 2], [3, -1, 4, 2], [2, 7, -9, 2]]
    )
    np.testing.assert_array_equal(answer, [[1, 2, 0, 0]])
    assert answer.dtype.kind == "i"


def test_sigmoid_predicts_zero_or_one_in_each_row():
    answer = predicted("sigmoid", [[-1.0, 0, 0.1], [2, -3, 800]])
    np.testing.assert_array_equal(answer, [[0, 0, 1], [1, 0, 1]])
    assert answer.dtype.kind == "i"


@pytest.mark.parametrize("output", ["identity", "tanh", "relu"])
def test_other_outputs_predict_what_they_are(output):
    Z = [[-1.5, 0.25], [3.0, -0.5]]
    g = {"identity": mn.identity, "tanh": mn.tanh, "relu": mn.relu}[output]
    np.testing.assert_array_equal(predicted(output, Z), g(Z))


# --- files --------------------------------------------------------------


def every_kind(dtype=np.float64):
    hidden = ["relu", mn.LeakyReLU(0.2), "tanh", "sigmoid", "identity"]
    return mn.init(
        [2, 3, 4, 5, 4, 3, 2],
        rng=0,
        hidden=hidden,
        output="softmax",
        dtype=dtype,
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_saved_network_comes_back_to_the_last_bit(tmp_path, dtype):
    net = every_kind(dtype)
    mn.save(net, tmp_path / "net")  # the name is taken as it is
    back = mn.load(tmp_path / "net")
    assert [p.name for p in tmp_path.iterdir()] == ["net"]
    assert back.dtype == net.dtype
    assert repr(back) == repr(net)
    assert back.g[2].c == 0.2
    for l in net.W:
        assert (back.W[l] == net.W[l]).all()
        assert (back.b[l] == net.b[l]).all()
    X = np.ones((2, 3))
    assert (mn.predict(back, X) == mn.predict(net, X)).all()


def test_a_saved_file_has_the_permissions_of_any_file(tmp_path):
    mn.save(every_kind(), str(tmp_path / "net.npz"))
    (tmp_path / "plain").write_text("", "utf-8")
    modes = {p.stat().st_mode for p in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.npz"
    mn.save(every_kind(), path)
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space left"):
        mn.save(mn.init([1, 1], rng=0), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


def test_a_file_cut_short_anywhere_is_refused(tmp_path):
    path = tmp_path / "net.npz"
    mn.save(mn.init([2, 3, 1], rng=0), path)
    whole = path.read_bytes()
    for size in range(0, len(whole), 37):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="is not a whole file that save"):
            mn.load(path)


class Bomb:
    """Unpickling this would write a file."""

    def __reduce__(self):
        return Path.write_text, (Path("exploded"), "boom")


@pytest.mark.parametrize("how", ["npz", "npy", "pickle"])
def test_no_pickle_is_ever_opened(tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    array = np.array([Bomb()], object)
    if how == "npz":
        np.savez("net.npz", format=1, W1=array)
    elif how == "npy":
        np.save("net.npy", array)
    else:
        Path("net.pickle").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="is not a whole file that save"):
        mn.load(f"net.{how}")
    assert not Path("exploded").exists()


GOOD = {
    "format": 1,
    "W1": np.ones((1, 2)),
    "b1": np.ones((1, 1)),
    "g1": "leaky_relu",
    "c1": 0.5,
}


def test_what_a_file_has_to_hold(tmp_path):
    path = tmp_path / "net.npz"
    np.savez(path, **GOOD)
    assert mn.load(path).g[1].c == 0.5
    np.savez(path, format=1)
    with pytest.raises(ValueError, match="misses or should not hold W1"):
        mn.load(path)
    for key in GOOD:
        np.savez(path, **{k: GOOD[k] for k in GOOD if k != key})
        with pytest.raises(ValueError, match=r"has format|misses or"):
            mn.load(path)
    for bad in (
        {"format": 3},
        {"format": 2},  # which holds L
        {"L": 2},
        {"L": [1, 1]},
        {"format": [1, 1]},
        {"W2": np.ones((1, 1))},
        {"W3": np.ones((1, 1)), "b3": [[0]], "g3": "relu", "c3": 0},
        {"W1": np.ones(2)},
        {"W1": np.full((1, 2), np.nan)},
        {"b1": np.ones((2, 1))},
        {"g1": "relo"},
        {"g1": ["relu"]},
        {"c1": np.nan},
        {"c1": "a"},
        {"c1": [1, 2]},
    ):
        np.savez(path, **(GOOD | bad))
        with pytest.raises(ValueError, match=r"^load: .*net\.npz "):
            mn.load(path)
    np.savez(path, **(GOOD | {"g1": [1.0, 2.0]}))
    with pytest.raises(ValueError, match="no activation is called ''"):
        mn.load(path)
    np.savez(path, **(GOOD | {"g1": ["relú"]}))
    with pytest.raises(ValueError, match="is not a whole file that save"):
        mn.load(path)
    np.savez(path, **(GOOD | {"format": 7}))
    with pytest.raises(ValueError, match=r"net\.npz has format 7, and this v"):
        mn.load(path)


def test_a_hidden_layer_that_overflows_is_told_where_tanh_hides_it():
    """1.5 x - 1.5 x is 0; in floats it is infinity minus something."""
    net = mn.Network(
        {1: [[1.5, -1.5]], 2: [[1.0]]},
        {1: [[0.0]], 2: [[0.0]]},
        {1: "tanh", 2: "sigmoid"},
    )
    with pytest.raises(ValueError, match=r"^forward: Z\[1\] must be finite"):
        mn.forward(net, [[1.7e308], [1.7e308]])
