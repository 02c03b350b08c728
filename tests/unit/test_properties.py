"""What holds for every network, batch and layout that can be drawn.

Hypothesis draws them, always the same ones; it is in the ``dev`` extra.
"""

import numpy as np
import pytest
from kit import LAYOUTS

import mininn as mn

pytest.importorskip("hypothesis", reason="the dev extra has hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

drawn = settings(
    max_examples=60, deadline=None, derandomize=True, database=None
)

LOSSES = [mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy]
HIDDEN = ["relu", "leaky_relu", "sigmoid", "tanh", "identity"]
SIZES = st.integers(1, 5)
ORDINARY = st.floats(-1e3, 1e3)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def problems(draw, dtypes=(np.float64, np.float32)):
    """A network, a batch of small whole numbers, labels and their loss."""
    n = draw(st.lists(SIZES, min_size=2, max_size=5))
    m = draw(SIZES)
    loss = draw(st.sampled_from(LOSSES))
    hidden = [draw(st.sampled_from(HIDDEN)) for _ in n[2:]]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from(dtypes))
    net = mn.init(n, hidden=hidden, output=loss.link, rng=rng, dtype=dtype)
    X = rng.integers(-4, 5, (n[0], m)).astype(float)
    if loss is mn.cross_entropy:
        Y = mn.one_hot(rng.integers(0, n[-1], m), n[-1])
    else:
        Y = rng.integers(0, 2, (n[-1], m)).astype(float)
    return net, X, Y, loss


def arrays_of(net, X, Y, loss):
    """Every array that one step computes, by name."""
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, Y, loss)
    after = mn.step(net, grads, 0.1)
    return {
        f"{name}[{l}]": x
        for name, layers in (
            ("Z", cache.Z),
            ("A", cache.A),
            ("dW", grads.dW),
            ("db", grads.db),
            ("dZ", grads.dZ),
            ("dA", grads.dA),
            ("W", after.W),
            ("b", after.b),
        )
        for l, x in layers.items()
    }


# --- Shapes and dtypes ---------------------------------------------------


@drawn
@given(problems())
def test_every_array_has_the_shape_of_the_table_and_the_dtype_of_the_net(p):
    net, X, _, _ = p
    table = {
        row.symbol: row.numbers for row in mn.shape_table(net.n, X.shape[1])
    }
    for name, x in arrays_of(*p).items():
        symbol, l = name.removesuffix("]").split("[")
        assert x.dtype == net.dtype, name
        assert x.shape == table[f"{symbol.removeprefix('d')}[{l}]"], name


@drawn
@given(problems(), st.data())
def test_an_x_of_another_shape_is_refused(p, data):
    net = p[0]
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=6))
    if len(shape) == 2 and shape[0] == net.n[0]:
        shape = (shape[0] + 1, shape[1])
    with pytest.raises(mn.ShapeError, match=r"^forward: X must be \(n\[0\]"):
        mn.forward(net, np.ones(shape))


@drawn
@given(problems(), st.data())
def test_a_y_of_another_shape_is_refused_and_never_broadcast(p, data):
    net, X, Y, loss = p
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=6))
    if shape == Y.shape:
        shape = (shape[0], shape[1] + 1)
    cache = mn.forward(net, X)
    with pytest.raises(mn.ShapeError, match=r"^backward: Y must be \(n\[L\]"):
        mn.backward(net, cache, np.ones(shape), loss)
    with pytest.raises(mn.ShapeError, match=rf"^{loss.name}: Y must be"):
        loss(cache.Z[net.L], np.ones(shape))


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
    st.recursive(
        st.one_of(st.floats(), st.text(), st.none(), st.integers()),
        st.lists,
        max_leaves=8,
    ),
    hnp.arrays(
        st.one_of(
            hnp.scalar_dtypes(),
            hnp.array_dtypes(),
            st.just(np.dtype(object)),
        ),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
    ),
)


@settings(drawn, max_examples=200)
@given(ANYTHING)
def test_whatever_is_given_it_is_an_answer_or_an_error_in_our_words(X):
    net = mn.init([2, 1], rng=0)
    try:
        answer = mn.forward(net, X).A[1]
    except (ValueError, TypeError) as e:
        answer, said = None, str(e)
    if answer is None:
        assert said.startswith("forward: ")
    else:
        assert answer.dtype == np.float64
        assert answer.shape == (1, np.shape(X)[1])


# --- Layouts --------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(drawn, max_examples=12)
@given(problems())
def test_a_layout_changes_no_number(layout, p):
    net, X, Y, loss = p
    want = arrays_of(net, X, Y, loss)
    as_given = LAYOUTS[layout]
    got = arrays_of(net, as_given(X), as_given(Y), loss)
    tolerance = 1e-12 if net.dtype == np.float64 else 1e-5
    for name, x in want.items():
        assert type(got[name]) is np.ndarray
        assert got[name].dtype == x.dtype
        np.testing.assert_allclose(
            got[name], x, rtol=tolerance, atol=tolerance, err_msg=name
        )


@drawn
@given(problems())
def test_booleans_are_0_and_1(p):
    net, X, Y, loss = p
    want = arrays_of(net, (X > 0).astype(float), Y, loss)
    got = arrays_of(net, X > 0, Y.astype(bool), loss)
    for name in want:
        np.testing.assert_array_equal(got[name], want[name], err_msg=name)


@drawn
@given(problems())
def test_what_is_given_is_left_alone(p):
    net, X, Y, loss = p
    given_arrays = [X, Y, *net.W.values(), *net.b.values()]
    before = [x.copy() for x in given_arrays]
    arrays_of(net, X, Y, loss)
    mn.check_gradients(net, X, Y, loss)
    for rule in (mn.momentum(1e-6, nesterov=True), mn.adam(1e-3)):
        mn.train(
            net, X, Y, loss, optimizer=rule, epochs=2, batch_size=1, rng=0
        )
    for x, y in zip(given_arrays, before, strict=True):
        np.testing.assert_array_equal(x, y)
    assert X.flags.writeable
    assert Y.flags.writeable


# --- Batches --------------------------------------------------------------


@drawn
@given(problems(dtypes=(np.float64,)))
def test_the_gradient_of_a_batch_is_the_mean_over_its_samples(p):
    net, X, Y, loss = p
    m = X.shape[1]
    whole = mn.backward(net, mn.forward(net, X), Y, loss)
    ones = [
        mn.backward(net, mn.forward(net, X[:, [i]]), Y[:, [i]], loss)
        for i in range(m)
    ]
    for name in ("dW", "db"):
        for l, x in getattr(whole, name).items():
            mean = sum(getattr(one, name)[l] for one in ones) / m
            np.testing.assert_allclose(x, mean, rtol=1e-9, atol=1e-12)


@drawn
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_minibatches_hold_every_sample_once(m, batch_size, rng):
    X, Y = np.arange(m)[np.newaxis], np.ones((1, m))
    if batch_size > m:
        with pytest.raises(ValueError, match="batch_size must be at most"):
            mn.minibatches(X, Y, batch_size, rng=rng)
        return
    parts = [x for x, _ in mn.minibatches(X, Y, batch_size, rng=rng)]
    assert sorted(np.hstack(parts)[0]) == list(range(m))
    assert {x.shape[1] for x in parts[:-1]} <= {batch_size}
    assert 1 <= parts[-1].shape[1] <= batch_size


@drawn
@given(st.integers(2, 40), st.floats(0.01, 0.99), st.integers(0, 99))
def test_split_holds_every_sample_once(m, held_out, rng):
    X, Y = np.arange(m)[np.newaxis], np.arange(m)[np.newaxis]
    x, y, x_held, y_held = mn.split(X, Y, held_out=held_out, rng=rng)
    assert sorted([*x[0], *x_held[0]]) == list(range(m))
    np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(x_held, y_held)
    assert x.size
    assert abs(x_held.size - held_out * m) <= 1


@drawn
@given(st.lists(st.integers(0, 6), min_size=1, max_size=9))
def test_one_hot_and_back(ids):
    Y = mn.one_hot(ids, 7)
    assert Y.argmax(axis=0).tolist() == ids
    assert (Y.sum(axis=0) == 1).all()


# --- Functions on any finite number ---------------------------------------

TWO_AXES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=4)


@settings(drawn, max_examples=200)
@given(hnp.arrays(np.float64, TWO_AXES, elements=FINITE))
def test_any_finite_number_gives_no_nan_and_no_warning(Z):
    for g in (mn.identity, mn.sigmoid, mn.tanh, mn.relu, mn.leaky_relu):
        assert np.isfinite(g(Z)).all(), g
        assert np.isfinite(g.prime(Z)).all(), g
    for f in (mn.softmax, mn.log_sigmoid, mn.softplus, mn.logsumexp):
        assert np.isfinite(f(Z)).all(), f
    assert not np.isnan(mn.log_softmax(Z)).any()  # -1e308 - 1e308 is -inf
    Y = mn.one_hot(np.zeros(Z.shape[1]), len(Z))
    for loss in LOSSES:
        assert loss(Z, Y) >= 0, loss  # or inf
        assert np.isfinite(loss.dZ(Z, Y)).all(), loss


@drawn
@given(hnp.arrays(np.float64, TWO_AXES, elements=ORDINARY), ORDINARY)
def test_softmax_is_probabilities_and_sees_no_shift(Z, by):
    A = mn.softmax(Z)
    assert A.min() >= 0
    np.testing.assert_allclose(A.sum(axis=0), 1, rtol=1e-14)
    np.testing.assert_allclose(mn.softmax(Z + by), A, rtol=1e-9, atol=1e-12)


@drawn
@given(hnp.arrays(np.float64, TWO_AXES, elements=ORDINARY))
def test_symmetries(Z):
    np.testing.assert_allclose(mn.sigmoid(-Z), 1 - mn.sigmoid(Z), atol=1e-15)
    np.testing.assert_array_equal(mn.tanh(-Z), -mn.tanh(Z))
    np.testing.assert_array_equal(mn.log_sigmoid(Z), -mn.softplus(-Z))
    np.testing.assert_allclose(
        mn.softplus(Z) - mn.softplus(-Z), Z, rtol=1e-14, atol=1e-14
    )
    pair = np.vstack([Z[:1], 0 * Z[:1]])
    np.testing.assert_allclose(
        mn.softmax(pair)[0], mn.sigmoid(Z[0]), rtol=1e-13
    )


# --- Files ------------------------------------------------------------------


@settings(drawn, max_examples=25)
@given(problems(), st.floats(0, 2))
def test_a_network_comes_back_from_its_file(tmp_path_factory, p, c):
    net, X, _, _ = p
    g = {
        l: mn.LeakyReLU(c) if f is mn.leaky_relu else f
        for l, f in net.g.items()
    }
    net = mn.Network(net.W, net.b, g)
    path = tmp_path_factory.mktemp("file") / "net.npz"
    mn.save(net, path)
    again = mn.load(path)
    assert repr(again) == repr(net)
    assert again.dtype == net.dtype
    np.testing.assert_array_equal(
        mn.forward(again, X).A[net.L], mn.forward(net, X).A[net.L]
    )
