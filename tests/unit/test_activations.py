"""Activations: exact values, slopes, extremes, types."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

import mininn as mn
from mininn.activations import KNOWN, activation

ELEMENTWISE = [mn.identity, mn.sigmoid, mn.tanh, mn.relu, mn.leaky_relu]
COLUMNWISE = [mn.softmax, mn.logsumexp, mn.log_softmax]
FUNCTIONS = [*ELEMENTWISE, mn.log_sigmoid, mn.softplus, *COLUMNWISE]
PRIMES = [pytest.param(g.prime, id=f"{g}.prime") for g in ELEMENTWISE]
named = pytest.mark.parametrize(
    "f",
    [
        *(
            pytest.param(f, id=getattr(f, "__name__", str(f)))
            for f in FUNCTIONS
        ),
        *PRIMES,
    ],
)
elementwise = pytest.mark.parametrize("g", ELEMENTWISE, ids=str)

MAGNITUDES = [
    1e-300,
    1e-20,
    1e-9,
    1e-3,
    0.1,
    0.5,
    0.7,
    1.0,
    2.3,
    5.0,
    9.7,
    17.5,
    20.0,
    36.04,
    37.0,
    40.0,
    100.0,
    350.0,
    700.0,
    1e4,
]
POINTS = [0.0, *MAGNITUDES, *(-x for x in MAGNITUDES)]
EXTREMES = [
    0.0,
    -0.0,
    40.0,
    -40.0,
    700.0,
    -700.0,
    710.0,
    -710.0,
    745.0,
    -745.0,
    1e4,
    -1e4,
    1e300,
    -1e300,
]
LOGITS = [
    [1.0, 2.0, -0.5, 1010.0, 0.25],
    [0.5, -1.0, 3.0, 1000.0, 0.25],
    [-2.0, 0.0, 3.0, 990.0, 0.25],
]


def ulps(got, exact):
    """How many units in the last place ``got`` is from a Decimal."""
    unit = Decimal(float(np.spacing(abs(float(exact)))))
    return abs(Decimal(float(got)) - exact) / unit


def strict():
    return np.errstate(over="raise", invalid="raise", divide="raise")


# --- exact values, by decimal arithmetic with digits enough --------------

EXACT = {
    "sigmoid": (mn.sigmoid, lambda z: 1 / (1 + (-z).exp())),
    "sigmoid.prime": (
        mn.sigmoid.prime,
        lambda z: (-z).exp() / (1 + (-z).exp()) ** 2,
    ),
    "tanh": (mn.tanh, lambda z: 1 - 2 / (1 + (2 * z).exp())),
    "tanh.prime": (mn.tanh.prime, lambda z: 4 / (z.exp() + (-z).exp()) ** 2),
    "log_sigmoid": (mn.log_sigmoid, lambda z: -(1 + (-z).exp()).ln()),
    "softplus": (mn.softplus, lambda z: (1 + z.exp()).ln()),
    "leaky_relu": (
        mn.leaky_relu,
        lambda z: z if z > 0 else Decimal.from_float(0.01) * z,
    ),
}


@pytest.mark.parametrize("z", POINTS)
@pytest.mark.parametrize("name", EXACT)
def test_values_are_exact_to_a_few_units_in_the_last_place(name, z):
    f, exact = EXACT[name]
    with localcontext() as context:
        context.prec = 400
        wanted = exact(Decimal(z))
        got = f(np.array([[z]]))
        assert got.shape == (1, 1)
        assert ulps(got[0, 0], wanted) <= 4


@pytest.mark.parametrize("column", list(zip(*LOGITS, strict=True)))
def test_softmax_and_its_logarithms_are_exact(column):
    with localcontext() as context:
        context.prec = 60
        e = [Decimal(z).exp() for z in column]
        total = sum(e)
        Z = np.array(column).reshape(-1, 1)
        a, log_a, top = mn.softmax(Z), mn.log_softmax(Z), mn.logsumexp(Z)
        assert top.shape == (1, 1)
        assert ulps(top[0, 0], total.ln()) <= 3
        largest = np.spacing(np.abs(Z).max())
        for k in range(3):
            assert ulps(a[k, 0], e[k] / total) <= 4
            wanted = (e[k] / total).ln()
            miss = abs(Decimal(float(log_a[k, 0])) - wanted)
            assert miss <= 4 * Decimal(float(largest))


def test_known_numbers():
    np.testing.assert_array_equal(mn.sigmoid([[0.0]]), [[0.5]])
    np.testing.assert_array_equal(mn.sigmoid.prime([[0.0]]), [[0.25]])
    np.testing.assert_array_equal(mn.tanh.prime([[0.0]]), [[1.0]])
    np.testing.assert_array_equal(mn.identity([[-2.5, 3]]), [[-2.5, 3]])
    np.testing.assert_array_equal(mn.identity.prime([[-2.5, 3]]), [[1, 1]])
    np.testing.assert_array_equal(mn.relu([[-2.5, 0, 3]]), [[0, 0, 3]])
    np.testing.assert_array_equal(
        mn.softmax([[0.0, 7.0], [0.0, 7.0]]), [[0.5, 0.5], [0.5, 0.5]]
    )
    np.testing.assert_allclose(
        mn.softmax([[0.3], [2.9], [4.0]]),
        [[0.01821127], [0.24519181], [0.73659691]],
        atol=5e-9,
    )


# --- slopes -------------------------------------------------------------


@elementwise
def test_prime_is_the_slope(g, differences, off):
    Z = np.random.default_rng(0).uniform(-4, 4, (5, 7))
    Z[np.abs(Z) < 1e-3] = 1.0
    numeric = differences(lambda z: g(z).sum(), Z)
    assert off(g.prime(Z), numeric) < 1e-8


@elementwise
def test_each_slope_alone_is_right(g):
    """Not hidden behind the largest: every entry to 1e-6 of itself."""
    Z = np.linspace(-7.0, 7.0, 36).reshape(4, 9)
    h = 1e-5
    numeric = (g(Z + h) - g(Z - h)) / (2 * h)
    np.testing.assert_allclose(g.prime(Z), numeric, rtol=1e-6, atol=1e-15)


def test_the_slope_at_a_kink_is_the_left_one():
    zeros = [[0.0, -0.0]]
    np.testing.assert_array_equal(mn.relu.prime(zeros), [[0, 0]])
    np.testing.assert_array_equal(mn.leaky_relu.prime(zeros), [[0.01, 0.01]])
    np.testing.assert_array_equal(mn.relu.prime([[1e-300]]), [[1]])
    np.testing.assert_array_equal(mn.leaky_relu.prime([[1e-300]]), [[1]])
    np.testing.assert_array_equal(
        mn.relu.prime([[-3.0, -1e-300, 0.5, 7.0]]), [[0, 0, 1, 1]]
    )


def test_only_the_two_relus_have_a_kink():
    assert [g.name for g in KNOWN.values() if g.kink] == ["relu", "leaky_relu"]


def test_leaky_relu_takes_its_slope():
    g = mn.LeakyReLU(0.5)
    np.testing.assert_array_equal(g([[-4.0, 4.0]]), [[-2, 4]])
    np.testing.assert_array_equal(g.prime([[-4.0, 4.0]]), [[0.5, 1]])
    assert repr(g) == "leaky_relu"


# --- softmax and its family work down columns ---------------------------


def test_softmax_columns_sum_to_one():
    A = mn.softmax(np.random.default_rng(1).normal(0, 30, (3, 3)))
    np.testing.assert_allclose(A.sum(axis=0), np.ones(3), rtol=1e-15)
    assert not np.allclose(A.sum(axis=1), 1)


@pytest.mark.parametrize("shape", [(4, 3), (3, 3), (1, 5), (5, 1)])
@pytest.mark.parametrize("f", COLUMNWISE, ids=["softmax", "lse", "log"])
def test_a_batch_is_its_columns(f, shape):
    Z = np.random.default_rng(2).normal(0, 3, shape)
    whole = f(Z)
    for i in range(shape[1]):
        one = f(Z[:, [i]])
        np.testing.assert_allclose(whole[:, [i]], one, rtol=1e-14)
    assert whole.shape == ((1 if f is mn.logsumexp else shape[0]), shape[1])


def test_softmax_does_not_see_a_shift():
    Z = np.array([[1.0, -3.0], [2.0, 5.0], [0.5, 0.0]])
    for c in (1000.0, -1000.0, 2.0**40):
        np.testing.assert_array_equal(mn.softmax(Z + c), mn.softmax(Z))


def test_softmax_of_a_vector_is_that_of_a_column():
    z = np.array([1010.0, 1000.0, 990.0])
    np.testing.assert_array_equal(
        mn.softmax(z), mn.softmax(z.reshape(-1, 1)).ravel()
    )


# --- extremes, types, memory --------------------------------------------


@named
def test_extremes_are_finite(f):
    with strict():
        assert np.isfinite(f(np.array([EXTREMES]).T)).all()
        assert np.isfinite(f(np.array([EXTREMES]))).all()
        small = np.array([[1e4, -1e4, 88.8, -88.8, 1e30, -1e30, 40, -40]])
        assert np.isfinite(f(small.T.astype(np.float32))).all()


def test_leaky_relu_leaks_a_hundredth_unless_told():
    assert mn.LeakyReLU().c == mn.leaky_relu.c == 0.01
    for c in (0.0, -0.5, 2.0):
        np.testing.assert_array_equal(mn.LeakyReLU(c)([[-1.0, 1]]), [[-c, 1]])


def test_limits():
    with strict():
        big = [[1e300, 1e4, -1e4, -1e300]]
        np.testing.assert_array_equal(mn.sigmoid(big), [[1, 1, 0, 0]])
        np.testing.assert_array_equal(mn.tanh(big), [[1, 1, -1, -1]])
        np.testing.assert_array_equal(mn.sigmoid.prime(big), [[0] * 4])
        np.testing.assert_array_equal(mn.tanh.prime(big), [[0] * 4])
        np.testing.assert_array_equal(
            mn.log_sigmoid(big), [[0, 0, -1e4, -1e300]]
        )
        np.testing.assert_array_equal(mn.softplus(big), [[1e300, 1e4, 0, 0]])
        np.testing.assert_array_equal(
            mn.softmax([[1e300], [-1e300], [0]]), [[1], [0], [0]]
        )
        np.testing.assert_array_equal(
            mn.log_softmax([[1e300], [-1e300]]), [[0], [-2e300]]
        )
        np.testing.assert_array_equal(mn.logsumexp([[1e300], [0]]), [[1e300]])
        np.testing.assert_array_equal(
            mn.softmax([[1.7e308], [-1.7e308]]), [[1], [0]]
        )


@named
def test_float32_stays_and_agrees_with_float64(f):
    Z = np.linspace(-9, 9, 24).reshape(4, 6).astype(np.float32)
    got = f(Z)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, f(Z.astype(float)), rtol=2e-6, atol=1e-7)


def test_float32_stays_whatever_type_the_leaky_slope_has():
    g, Z = mn.LeakyReLU(np.float64(0.1)), np.ones((1, 1), np.float32)
    assert g(Z).dtype == g.prime(Z).dtype == np.float32


@named
def test_input_is_left_alone_and_not_handed_out(f):
    Z = np.array([[-1.5, 0.0, 2.0], [0.5, -0.25, 1.0]])
    before = Z.copy()
    Z.flags.writeable = False
    got = f(Z)
    np.testing.assert_array_equal(Z, before)
    assert not np.shares_memory(got, Z)
    assert got.flags.writeable


@named
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda Z: Z.tolist(), id="list"),
        pytest.param(lambda Z: Z.astype(int), id="int"),
        pytest.param(lambda Z: Z.astype(np.int8), id="int8"),
        pytest.param(lambda Z: Z.astype(np.float16), id="float16"),
        pytest.param(lambda Z: Z.astype(np.longdouble), id="longdouble"),
        pytest.param(lambda Z: Z.astype(object), id="object"),
        pytest.param(lambda Z: Z.astype(">f8"), id="big-endian"),
        pytest.param(np.asfortranarray, id="fortran"),
        pytest.param(lambda Z: np.repeat(Z, 2, axis=1)[:, ::2], id="strided"),
    ],
)
def test_other_types_give_the_same_numbers(f, given):
    Z = np.array([[-2.0, 0.0, 12.0], [4.0, -1.0, 3.0]])
    got = f(given(Z))
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, f(Z))


def test_unsigned_and_boolean_logits_do_not_wrap():
    bits = np.array([[0, 1], [1, 0]])
    for f in (mn.sigmoid, mn.tanh.prime, mn.softmax, mn.log_sigmoid):
        np.testing.assert_array_equal(f(bits.astype(bool)), f(bits * 1.0))
        np.testing.assert_array_equal(f(bits.astype(np.uint8)), f(bits * 1.0))


# --- by name ------------------------------------------------------------


def test_every_activation_is_known_by_its_name():
    everyone = [*ELEMENTWISE, mn.softmax]
    assert [activation("test", g.name) for g in everyone] == everyone
    assert [activation("test", g) for g in everyone] == everyone
    assert [repr(g) for g in everyone] == [
        "identity",
        "sigmoid",
        "tanh",
        "relu",
        "leaky_relu",
        "softmax",
    ]


def test_names_in_capitals_are_accepted():
    assert activation("test", "ReLU") is mn.relu
    assert activation("test", "Leaky_ReLU") is mn.leaky_relu


# --- at the ends of the floats ------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.filterwarnings("error")
def test_logsumexp_of_infinities_is_its_limit(dtype):
    inf = np.inf
    Z = np.array(
        [
            [-inf, inf, inf, -inf, 0, -inf],
            [-inf, 0, inf, 2, 0, -inf],
            [-inf, -inf, 5, -inf, -inf, 1000],
        ],
        dtype,
    )
    got = mn.logsumexp(Z)
    want = np.array([[-inf, inf, inf, 2, np.log(2), 1000]])
    np.testing.assert_allclose(got, want, rtol=1e-7)
    assert got.dtype == dtype
    assert np.isnan(mn.logsumexp([[np.nan], [1.0]])).all()


def test_what_underflows_is_0_even_where_NumPy_is_told_to_raise():
    Z = np.array([[-1000.0, 1000.0, 1e-310], [0.0, -744.0, 3e-320]])
    Y = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    functions = [
        *(f for g in ELEMENTWISE for f in (g, g.prime)),
        mn.softmax,
        mn.logsumexp,
        mn.log_softmax,
        mn.log_sigmoid,
        mn.softplus,
        *(
            lambda Z, f=f: f(Z, Y)
            for loss in (
                mn.euclidean,
                mn.binary_cross_entropy,
                mn.cross_entropy,
            )
            for f in (loss, loss.dZ)
        ),
    ]
    for f in functions:
        want = f(Z)
        with np.errstate(all="raise"):
            np.testing.assert_array_equal(f(Z), want)


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "leaky_relu"])
def test_training_runs_where_NumPy_is_told_to_raise(hidden):
    X, Y = mn.circles(20, rng=0)
    net = mn.init([2, 3, 3, 1], rng=0, hidden=hidden, scheme=30.0)
    given = {"optimizer": mn.adam(0.1), "epochs": 3, "batch_size": 8, "rng": 0}
    want = mn.train(net, 30 * X, Y, mn.binary_cross_entropy, **given)[1]
    with np.errstate(all="raise"):
        got = mn.train(net, 30 * X, Y, mn.binary_cross_entropy, **given)[1]
    assert got == want
