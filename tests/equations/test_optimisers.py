"""The equation ledger: optimisers, and the pages that belong to it."""

import itertools
import math

import numpy as np
import pytest
from equations.proofs import both_sizes, close, proves, slope
from equations.test_descent import many, spectral_radius, tanh_problem

import mininn as mn

# --- batches ------------------------------------------------------------


@both_sizes
@proves("eq-descent-batch", "eq-descent-unbiased", "eq-descent-batch-variance")
def test_the_mean_over_all_batches_is_the_gradient(n, m):
    net, X, Y, loss = tanh_problem(n, m, seed=6)

    def dW(i):
        cache = mn.forward(net, X[:, i])
        return mn.backward(net, cache, Y[:, i], loss).dW[1]

    single = loss.per_sample(mn.forward(net, X).Z[2], Y)[0]
    alone = [dW([i]) for i in range(m)]
    for k in range(1, m + 1):
        batches = [list(B) for B in itertools.combinations(range(m), k)]
        for B in batches:
            J = loss(mn.forward(net, X[:, B]).Z[2], Y[:, B])
            close(J, sum(single[i] for i in B) / k)
        some = np.array([dW(B) for B in batches])
        close(some.mean(axis=0), dW(list(range(m))), rtol=1e-9)
        # each sample is in k of m batches, and two are in both of them less
        close(some.mean(axis=0), sum(k / m * g for g in alone) / k, rtol=1e-9)
        both = k * (k - 1) / (m * (m - 1))
        square = ((alone - np.mean(alone, axis=0)) ** 2).sum(axis=0)
        var = (k / m - both) / k**2 * square
        np.testing.assert_allclose(some.var(axis=0), var, 1e-9, 1e-15)
        var = np.var(alone, axis=0) / k * (m - k) / (m - 1)
        np.testing.assert_allclose(some.var(axis=0), var, 1e-9, 1e-15)


@proves("eq-descent-noise")
@pytest.mark.parametrize("alpha", [0.1, 0.7, 1.5])
def test_the_cloud_around_the_minimum(alpha):
    """Every sequence of draws from three numbers, seven steps long."""
    y = np.array([-1.0, -0.5, 1.5])
    w = np.zeros(1)
    for _ in range(7):
        w = ((1 - alpha) * w + alpha * y[:, np.newaxis]).ravel()
    rest = alpha / (2 - alpha) * y.var()
    close(alpha**2 / (1 - (1 - alpha) ** 2) * y.var(), rest)
    close(w.var(), rest * (1 - (1 - alpha) ** 14), rtol=1e-9)


# --- momentum -----------------------------------------------------------


def gradients(shape, steps, seed=7):
    return np.random.default_rng(seed).standard_normal((steps, *shape))


def fed(rule, start, dX):
    """The points that a rule of the library makes of these gradients."""
    net = mn.Network({1: start}, {1: np.zeros((len(start), 1))}, {1: "relu"})
    state, points = rule.start(net), []
    for d in dX:
        g = mn.Grads({1: d}, {1: np.zeros_like(net.b[1])}, {}, {})
        net, state = rule.step(net, g, state)
        points.append(net.W[1])
    return points


@both_sizes
@proves("eq-descent-momentum", "eq-descent-momentum-sum")
def test_momentum_is_a_sum_that_fades(n, m):
    beta, alpha = 0.8, 0.3
    start = np.ones((n[1], n[0]))
    dX = gradients(start.shape, 6)
    x = start
    for t, point in enumerate(fed(mn.momentum(alpha, beta), start, dX), 1):
        V = sum(beta ** (t - s) * dX[s - 1] for s in range(1, t + 1))
        x = x - alpha * V
        close(point, x)


@proves("eq-descent-momentum-two", "eq-descent-momentum-limit")
@pytest.mark.parametrize("beta", [0.0, 0.36, 0.9])
def test_momentum_in_a_bowl(beta):
    lam = 4.0
    for share in (-0.01, 0.01, 0.3, 0.6, 0.99, 1.01):
        alpha = share * 2 * (1 + beta) / lam
        w, V = [1.0], 0.0
        for _ in range(30):
            V = beta * V + lam * w[-1]
            w.append(w[-1] - alpha * V)
        for t in range(1, 30):
            two = (1 + beta - alpha * lam) * w[t] - beta * w[t - 1]
            assert w[t + 1] == pytest.approx(two, rel=1e-9, abs=1e-9)
        worst = max(
            spectral_radius([[1 + beta - alpha * k, -beta], [1, 0]])
            for k in (lam / 8, lam)
        )
        assert (worst < 1) == (0 < share < 1)


@proves("eq-descent-momentum-best")
@pytest.mark.parametrize(
    ("low", "kappa"), [(1.0, 16.0), (0.25, 100.0), (3.0, 16.0)]
)
def test_the_best_momentum_is_found_by_trying_all(low, kappa):
    high = low * kappa

    def slowest(alpha, beta):
        return max(
            spectral_radius([[1 + beta - alpha * lam, -beta], [1, 0]])
            for lam in (low, math.sqrt(low * high), high)
        )

    r = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    alpha, beta = (1 + r) ** 2 / high, r**2
    best = slowest(alpha, beta)
    assert best == pytest.approx(r, abs=1e-6)
    for a in np.linspace(0.5, 1.5, 21) * alpha:
        for b in np.linspace(0.5, 1.2, 21) * beta:
            assert slowest(a, b) > r - 1e-6


@both_sizes
@proves("eq-descent-nesterov", "eq-descent-nesterov-ahead")
def test_nesterov_looks_ahead(n, m):
    """Two forms, and the library, on one cost: points ahead are equal."""
    _, A, at = many(n[0])
    alpha, beta = 0.02, 0.7

    def d(t):
        return A.T @ np.sinh(A @ t / 2) / 2

    x, V, ahead, U = at, np.zeros_like(at), at, np.zeros_like(at)
    rule = mn.momentum(alpha, beta, nesterov=True)
    net = mn.Network({1: at}, {1: np.zeros((len(at), 1))}, {1: "identity"})
    state = rule.start(net)
    for _ in range(12):
        V = beta * V + d(x - alpha * beta * V)
        x = x - alpha * V
        dX = d(ahead)
        U = beta * U + dX
        ahead = ahead - alpha * (dX + beta * U)
        zero = np.zeros_like(net.b[1])
        g = mn.Grads({1: d(net.W[1])}, {1: zero}, {}, {})
        net, state = rule.step(net, g, state)
        close(x - alpha * beta * V, ahead, rtol=1e-9)
        close(net.W[1], ahead, rtol=1e-9)


# --- Adam ---------------------------------------------------------------


@proves("eq-descent-adam-weights", "eq-descent-adam-corrected")
@pytest.mark.parametrize("beta", [0.0, 0.9, 0.999])
def test_what_a_running_mean_lacks_at_the_start(beta):
    P = 0.0
    for t in range(1, 60):
        weights = [(1 - beta) * beta ** (t - s) for s in range(1, t + 1)]
        close(sum(weights), 1 - beta**t, rtol=1e-9)
        P = beta * P + (1 - beta) * 2.5
        close(P / (1 - beta**t), 2.5, rtol=1e-9)


@both_sizes
@proves("eq-descent-adam-means", "eq-descent-adam")
def test_adam_entry_by_entry(n, m):
    alpha, beta1, beta2, eps = 0.1, 0.8, 0.95, 1e-3
    start = np.ones((n[1], n[0]))
    dX = gradients(start.shape, 6)
    points = fed(mn.adam(alpha, beta1, beta2, eps), start, dX)
    for i in np.ndindex(start.shape):
        x = 1.0
        for t in range(1, 7):
            now = range(1, t + 1)
            w1 = [beta1 ** (t - s) for s in now]
            w2 = [beta2 ** (t - s) for s in now]
            d = [dX[(s - 1, *i)] for s in now]
            mean = sum(w * g for w, g in zip(w1, d, strict=True)) / sum(w1)
            square = sum(w * g * g for w, g in zip(w2, d, strict=True))
            x -= alpha * mean / (math.sqrt(square / sum(w2)) + eps)
            close(points[t - 1][i], x, rtol=1e-10)


# --- RMSprop, and rates that fall -------------------------------------------


@both_sizes
@proves("eq-descent-rmsprop")
def test_rmsprop_entry_by_entry(n, m):
    """The mean of squares as a sum that fades, one number at a time."""
    alpha, beta, eps = 0.1, 0.7, 1e-3
    start = np.ones((n[1], n[0]))
    dX = gradients(start.shape, 6)
    points = fed(mn.rmsprop(alpha, beta, eps), start, dX)
    for i in np.ndindex(start.shape):
        x = 1.0
        for t in range(1, 7):
            square = sum(
                (1 - beta) * beta ** (t - s) * dX[(s - 1, *i)] ** 2
                for s in range(1, t + 1)
            )
            x -= alpha * dX[(t - 1, *i)] / (math.sqrt(square) + eps)
            close(points[t - 1][i], x, rtol=1e-10)


RULES = {
    "plain": lambda lr: mn.gradient_descent(lr),
    "momentum": lambda lr: mn.momentum(lr),
    "nesterov": lambda lr: mn.momentum(lr, nesterov=True),
    "rmsprop": lambda lr: mn.rmsprop(lr),
    "adam": lambda lr: mn.adam(lr),
    "adamw": lambda lr: mn.adamw(lr),
}


def one_by_one(rule, rates, start, dX):
    """The points of a rule that is given each rate as a number, in turn."""
    net = mn.Network({1: start}, {1: np.zeros((len(start), 1))}, {1: "relu"})
    state, points = rule(rates[0]).start(net), []
    for lr, d in zip(rates, dX, strict=True):
        g = mn.Grads({1: d}, {1: np.zeros_like(net.b[1])}, {}, {})
        net, state = rule(lr).step(net, g, state)
        points.append(net.W[1])
    return points


@proves("eq-descent-step-decay")
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_step_decay_multiplies_again_and_again(rule):
    alpha, rates = 0.3, []
    for t in range(8):
        if t in (3, 6):
            alpha *= 0.5
        rates.append(alpha)
    decay = mn.step_decay(0.3, every=3, gamma=0.5)
    close([decay(t) for t in range(8)], rates)
    start = np.ones((3, 4))
    dX = gradients(start.shape, 8)
    close(
        fed(rule(decay), start, dX), one_by_one(rule, rates, start, dX), 1e-11
    )


@proves("eq-descent-cosine")
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_cosine_is_half_a_turn_seen_from_the_side(rule):
    """Its slope is a sine; the two ends and the middle are known."""
    T, alpha = 8, 0.3
    cosine = mn.cosine(alpha, steps=T)
    close([cosine(0), cosine(T // 2), cosine(T)], [alpha, alpha / 2, 0])
    assert cosine(T + 1) == cosine(T) == cosine(99)
    for t in range(1, T):
        fall = slope(cosine, t)
        close(
            fall, -alpha * math.pi / (2 * T) * math.sin(math.pi * t / T), 1e-8
        )
    rates = [max(cosine(t), 1e-300) for t in range(T + 1)]
    start = np.ones((3, 3))
    dX = gradients(start.shape, T + 1)
    close(
        fed(rule(cosine), start, dX), one_by_one(rule, rates, start, dX), 1e-11
    )
