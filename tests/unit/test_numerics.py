"""Every function against 60 digits, over the range of float64.

Errors are counted in ulp, the distance from one float to the next. The
reference is computed here, with mpmath.
"""

import warnings

import numpy as np
import pytest

import mininn as mn

mpmath = pytest.importorskip("mpmath", reason="needs mpmath (extra: dev)")
mpf = mpmath.mpf
TINY = np.finfo(float).tiny  # the smallest normal number
HUGE = np.finfo(float).max
RNG = np.random.default_rng(0)  # of what is drawn once, for all tests


@pytest.fixture
def rng():
    """The same draws whatever was tested before."""
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def sixty_digits():
    with mpmath.workdps(60):
        yield


def ulps(got, want, scale=0.0):
    """How many floats ``got`` is from ``want``, near ``scale`` or at it."""
    step = np.spacing(min(max(abs(float(want)), scale, TINY), HUGE / 2))
    return float(abs(mpf(float(got)) - want) / mpf(float(step)))


SIZES = np.concatenate(
    [
        [0, 5e-324, TINY, 36.7, 37, 708.3, 709.78, 744.4, 745.2, HUGE],
        10.0 ** RNG.uniform(-307, 308, 200),
        10.0 ** RNG.uniform(-10, 3, 400),
        RNG.uniform(0, 40, 400),
        RNG.uniform(40, 710, 200),
    ]
)
POINTS = np.concatenate([SIZES, -SIZES])


def e_minus(x):
    return mpmath.exp(-abs(x)) if abs(x) < 1e4 else mpf(0)


def log1p_exp(x):
    return max(x, 0) + mpmath.log1p(e_minus(x))


FUNCTIONS = {
    "sigmoid": (mn.sigmoid, lambda x: (1 if x >= 0 else e_minus(x))
                / (1 + e_minus(x))),
    "sigmoid.prime": (mn.sigmoid.prime, lambda x: e_minus(x)
                      / (1 + e_minus(x)) ** 2),
    "tanh": (mn.tanh, mpmath.tanh),
    "tanh.prime": (mn.tanh.prime, lambda x: 4 * e_minus(2 * x)
                   / (1 + e_minus(2 * x)) ** 2),
    "log_sigmoid": (mn.log_sigmoid, lambda x: -log1p_exp(-x)),
    "softplus": (mn.softplus, log1p_exp),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_one_number_is_within_4_ulp(name):
    f, exact = FUNCTIONS[name]
    got = f(POINTS[np.newaxis])[0]
    for x, y in zip(POINTS, got, strict=True):
        want = exact(mpf(float(x)))
        if abs(want) >= TINY:  # below it floats have fewer digits
            assert ulps(y, want) <= 4, x
        else:
            assert 0 <= abs(y) <= TINY, x


def columns(rng):
    """Columns of all lengths, spreads and places."""
    for _ in range(200):
        n = int(rng.choice([1, 2, 3, 10, 100]))
        spread = 10.0 ** rng.uniform(-8, 8)
        place = rng.choice([0, -1, 1]) * 10.0 ** rng.uniform(-3, 9)
        yield place + spread * rng.standard_normal((n, 1))
    yield np.array([[0.0], [-50.0]])
    yield np.array([[1010.0], [1000.0], [990.0]])
    yield np.array([[HUGE], [-HUGE], [0.0]])
    yield np.array([[HUGE], [HUGE]])


def exact_logs(Z):
    """log Σ e^z and every z minus it, from the terms below the largest."""
    z = [mpf(float(v)) for v in Z[:, 0]]
    top = max(range(len(z)), key=z.__getitem__)
    rest = mpmath.fsum(
        e_minus(z[top] - v) for k, v in enumerate(z) if k != top
    )
    log_sum = mpmath.log1p(rest)
    return z[top] + log_sum, [v - z[top] - log_sum for v in z]


def test_logsumexp_is_within_3_ulp(rng):
    """Of the larger of its two terms, max z and log Σ e^(z - max z)."""
    for Z in columns(rng):
        want, _ = exact_logs(Z)
        scale = max(abs(Z.max()), abs(float(want - mpf(float(Z.max())))))
        assert ulps(mn.logsumexp(Z)[0, 0], want, scale) <= 3, Z


def test_log_softmax_is_within_4_ulp_of_the_largest_z(rng):
    for Z in columns(rng):
        got, (_, want) = mn.log_softmax(Z)[:, 0], exact_logs(Z)
        for y, w in zip(got, want, strict=True):
            if abs(w) > HUGE:
                assert y == -np.inf
            else:
                assert ulps(y, w, np.abs(Z).max()) <= 4, Z


def test_cross_entropy_is_within_4_ulp_of_1_or_J(rng):
    for Z in columns(rng):
        n, (_, logs) = len(Z), exact_logs(Z)
        sharp = np.eye(n)[:, [rng.integers(n)]]
        for Y in (sharp, rng.dirichlet(np.ones(n))[:, np.newaxis]):
            want = -mpmath.fsum(
                mpf(float(y)) * w for y, w in zip(Y[:, 0], logs, strict=True)
            )
            got = mn.cross_entropy(Z, Y)
            # a log_softmax beyond all floats is infinite, and so is J
            beyond = [
                y > 0 and abs(w) > HUGE
                for y, w in zip(Y[:, 0], logs, strict=True)
            ]
            if any(beyond):
                assert got == np.inf
            else:
                assert ulps(got, want, 1.0) <= 4, Z


def test_cross_entropy_of_a_sure_and_right_answer_is_not_rounded_to_0():
    J = mn.cross_entropy([[0.0], [-50.0]], [[1], [0]])
    assert ulps(J, mpmath.log1p(mpmath.exp(-50))) <= 4
    assert ulps(mn.log_softmax([[-50.0], [0.0]])[1, 0], -mpf(J)) <= 1


def test_binary_cross_entropy_is_within_4_ulp_of_1_or_J(rng):
    for x in POINTS[::3]:
        labels = [0, 1, *rng.uniform(size=2), 1 - 10.0 ** rng.uniform(-12, 0)]
        for y in labels:
            z, t = mpf(float(x)), mpf(float(y))
            want = max(z, 0) - z * t + mpmath.log1p(e_minus(z))
            got = mn.binary_cross_entropy([[x]], [[y]])
            assert ulps(got, want, 1.0) <= 4, (x, y)


def test_euclidean_is_within_4_ulp_of_1_or_J(rng):
    for x in POINTS[np.abs(POINTS) < 1e150][::2]:
        y = float(rng.standard_normal())
        want = (mpf(float(x)) - mpf(y)) ** 2 / 2
        assert ulps(mn.euclidean([[x]], [[y]]), want, 1.0) <= 4, x


def test_the_mean_over_many_samples_is_within_4_ulp(rng):
    Z, y = 9 * rng.standard_normal((1, 300)), rng.integers(0, 2, (1, 300))
    want = (
        mpmath.fsum(
            log1p_exp(mpf(float(z))) - mpf(float(z)) * int(t)
            for z, t in zip(Z[0], y[0], strict=True)
        )
        / 300
    )
    assert ulps(mn.binary_cross_entropy(Z, y), want, 1.0) <= 4


EXTREMES = [0.0, 5e-324, TINY, 1e-8, 1.0, 40.0, 710.0, 1e4, 1e154, 1e200, HUGE]


def test_no_finite_input_makes_a_warning_or_nan():
    values = np.array([s * v for v in EXTREMES for s in (1, -1)])
    pairs = np.array(np.meshgrid(values, values)).reshape(2, -1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f, _ in FUNCTIONS.values():
            assert np.isfinite(f(pairs)).all()
        for g in (mn.identity, mn.relu, mn.leaky_relu):
            assert np.isfinite(g(pairs)).all()
            assert np.isfinite(g.prime(pairs)).all()
        assert np.isfinite(mn.softmax(pairs)).all()
        for f in (mn.logsumexp, mn.log_softmax):
            assert not np.isnan(f(pairs)).any()
        Y = np.zeros(pairs.shape)
        Y[0] = 1
        for loss in (mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy):
            assert not np.isnan(loss.per_sample(pairs, Y)).any()
            assert loss(pairs, Y) > 0
            assert np.isfinite(loss.dZ(pairs, Y)).all()
