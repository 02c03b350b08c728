"""The equation ledger: the equations of the chapter on checking gradients.

Truncation is measured on functions whose derivatives are known, rounding
with exact rational arithmetic, costs by counting.
"""

import math
from fractions import Fraction

import numpy as np
import pytest
from equations.proofs import close, proves, slope

import mininn as mn

EPS = np.finfo(float).eps


@proves("eq-checking-taylor", "eq-checking-forward")
def test_taylor_and_the_one_sided_difference():
    # sin at 0.5: derivatives cos, -sin, -cos
    f, d1, d2 = math.sin(0.5), math.cos(0.5), -math.sin(0.5)
    for sign in (1, -1):
        for h in (1e-2, 1e-3):
            series = f + sign * h * d1 + h**2 / 2 * d2 - sign * h**3 / 6 * d1
            rest = math.sin(0.5 + sign * h) - series
            assert abs(rest - h**4 / 24 * f) < h**5 + 1e-16
    for h in (1e-2, 1e-3):
        off = (math.sin(0.5 + h) - f) / h - d1
        assert abs(off / (h / 2 * d2) - 1) < 2 * h


@pytest.mark.parametrize("x", [-0.7, 0.0, 1.3])
@proves("eq-checking-bound")
def test_the_bound_of_the_central_difference(x):
    cases = [  # f and a bound of |f'''| between x - h and x + h
        (math.exp, math.exp, lambda h: math.exp(x + h)),
        (math.sin, math.cos, lambda h: 1.0),
        (lambda t: t**3, lambda t: 3 * t**2, lambda h: 6.0),
    ]
    for f, prime, third in cases:
        for h in (0.5, 0.1, 0.02):
            off = abs(slope(f, x, h) - prime(x))
            assert off <= h**2 / 6 * third(h) * (1 + 1e-9)
    for h in (0.5, 0.1):  # a cubic reaches the bound: it is the best one
        off = slope(lambda t: t**3, x, h) - 3 * x**2
        assert off == pytest.approx(h**2 / 6 * 6)
        off = mn.numerical_gradient(lambda t: t[0] ** 3, [x], h) - 3 * x**2
        assert off == pytest.approx(h**2)


def exact_error(f, prime, x, h, sides):
    """The error of a difference in floats, found with fractions."""
    right, left = x + h, x - h if sides == 2 else x
    quotient = (f(right) - f(left)) / (sides * h)
    return abs(Fraction(quotient) - prime(Fraction(x)))


@proves("eq-checking-total", "eq-checking-h", "eq-checking-h-forward")
def test_the_best_step():
    M0, M2, M3 = 1 / 0.65, 2 / 0.6**3, 6 / 0.6**4  # of 1/x near 0.7

    def total(h):
        return h**2 / 6 * M3 + EPS / h * M0

    def one_sided(h):
        return h / 2 * M2 + 2 * EPS / h * M0

    best = (3 * EPS * M0 / M3) ** (1 / 3)
    assert all(total(best) <= total(best * k) for k in (0.5, 0.99, 1.01, 2))
    assert abs(slope(total, best, best * 1e-4)) * best < 1e-6 * total(best)
    close(total(best), best**2 / 2 * M3)
    best_one = 2 * (EPS * M0 / M2) ** 0.5
    assert abs(slope(one_sided, best_one, best_one * 1e-4)) * best_one < (
        1e-6 * one_sided(best_one)
    )
    close(one_sided(best_one), best_one * M2)
    assert 1e-6 < (3 * EPS) ** (1 / 3) < 1e-5 < 10 * EPS ** (1 / 3)
    assert EPS ** (2 / 3) == pytest.approx(4e-11, rel=0.1)
    # E(h) bounds what a computer finds, on both sides of the best step
    for h in (2.0**-k for k in range(5, 45)):  # x + h rounds, h does not
        for x in (0.7, 0.6601, 0.7321):
            for bound, sides in ((total, 2), (one_sided, 1)):
                off = exact_error(
                    lambda t: 1 / t, lambda t: -1 / t**2, x, h, sides
                )
                assert off <= bound(h)
    # and no bound is too wide: both values off by their eps, to either side
    x, eps = Fraction(0.7), Fraction(EPS)
    for h in (Fraction(1, 2**k) for k in range(32, 45)):
        for bound, left, sides in ((total, x - h, 2), (one_sided, x, 1)):
            worst = ((1 + eps) / (x + h) - (1 - eps) / left) / (sides * h)
            assert 0.9 < float(worst + 1 / x**2) / bound(float(h)) <= 1


@proves("eq-checking-cost")
def test_two_forwards_for_each_parameter():
    net = mn.init([2, 4, 6, 6, 4, 1], rng=0)
    seen = 0

    def J(v):
        nonlocal seen
        seen += 1
        return (v**2).sum()

    for x in (*net.W.values(), *net.b.values()):
        mn.numerical_gradient(J, x)
    assert seen == 2 * net.size == 234
    n = net.n
    F = sum(n[l] * n[l - 1] for l in range(1, 6))
    B = 2 * F - n[1] * n[0]
    assert F + B <= 3 * F
    assert seen * F / (3 * F) == 2 / 3 * net.size == 78


@proves("eq-checking-kink")
def test_a_difference_across_a_kink():
    h = 1e-5
    for z in (-9e-6, -2e-6, 0.0, 3e-6, 9.9e-6):
        seen = slope(lambda v: max(v, 0), z, h)
        assert seen == pytest.approx(0.5 + z / (2 * h))
        assert seen == pytest.approx((z + h) / (2 * h))
        by_library = mn.numerical_gradient(lambda v: mn.relu(v).sum(), [z], h)
        assert by_library == pytest.approx(seen)
    for z, prime in ((-2e-5, 0), (2e-5, 1)):
        assert slope(lambda v: max(v, 0), z, h) == pytest.approx(prime)


@proves("eq-checking-floor")
@pytest.mark.parametrize("c", [1.0, 1e3, 1e6])
def test_the_noise_of_a_difference(c):
    """The noise is near eps J / h, whatever the unit of J."""
    h, noise = 1e-5, []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        net = mn.init([3, 3, 1], hidden="sigmoid", rng=rng, scheme=1.0)
        X, Y = rng.standard_normal((3, 4)), np.ones((1, 4))
        cache = mn.forward(net, X)
        J = c * mn.binary_cross_entropy(cache.Z[2], Y)

        def cost(b, net=net, X=X, Y=Y):
            Z = net.W[2] @ mn.sigmoid(net.W[1] @ X) + b
            return c * mn.binary_cross_entropy(Z, Y)

        b = net.b[2] + 0.0
        numeric = mn.numerical_gradient(cost, b, h)
        true = c * mn.backward(net, cache, Y, mn.binary_cross_entropy).db[2]
        noise.append(np.abs(numeric - true).item() / (EPS * J / h))
    assert max(noise) < 3
    assert np.median(noise) > 0.05
    assert EPS / h == pytest.approx(2e-11, rel=0.2)
