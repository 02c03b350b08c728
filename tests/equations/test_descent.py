"""The equation ledger: the chapter on gradient descent."""

import itertools
import math

import numpy as np
import pytest
from equations.proofs import agree, both_sizes, close, proves, slope

import mininn as mn


def quartic(w):
    return w**4 / 4 - w**2 + 0.3 * w


def bowl(p, seed=0):
    """A symmetric positive definite matrix, its eigenvalues and vectors."""
    rng = np.random.default_rng(seed)
    V, _ = np.linalg.qr(rng.standard_normal((p, p)))
    lam = np.sort(rng.uniform(0.5, 9, p))
    return V @ np.diag(lam) @ V.T, lam, V


def spectral_radius(A):
    return abs(np.linalg.eigvals(A)).max()


# --- slopes and steps ---------------------------------------------------


@proves("eq-descent-linear", "eq-descent-fall")
@pytest.mark.parametrize("w", [-2.0, 0.3, 1.7])
def test_what_is_left_out_is_of_second_order(w):
    d = slope(quartic, w)
    for sign in (1, -1):
        rest = [
            quartic(w + sign * h) - quartic(w) - sign * h * d
            for h in (1e-2, 1e-3)
        ]
        assert 80 < rest[0] / rest[1] < 120
    falls = [quartic(w) - quartic(w - a * d) for a in (1e-3, 1e-4)]
    assert abs(falls[0] / (1e-3 * d**2) - 1) < 5e-2
    assert abs(falls[1] / (1e-4 * d**2) - 1) < 5e-3


@proves("eq-descent-one")
def test_the_step_of_one_number_is_the_step_of_a_network():
    """One unit, x = ±1 and y = ±3: J = ((w - 3)² + b²) / 2."""
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    X, Y = np.array([[1.0, -1.0]]), np.array([[3.0, -3.0]])
    w = 1.0
    for s in mn.descend(net, X, Y, mn.euclidean, lr=0.3, epochs=6):
        close(s.net.W[1], [[w]], rtol=1e-9)
        close(s.J, (w - 3) ** 2 / 2, rtol=1e-9)
        w = w - 0.3 * slope(lambda v: (v - 3) ** 2 / 2, w, h=0.5)


def many(p, seed=1):
    """A smooth cost of p numbers, and a point."""
    rng = np.random.default_rng(seed)
    A, at = rng.standard_normal((p, p)), rng.standard_normal((p, 1))
    return lambda t: float(np.cosh(A @ t / 2).sum()), A, at


@both_sizes
@proves("eq-descent-gradient", "eq-descent-directional")
def test_changes_of_all_parameters_add_up(n, m):
    cost, A, at = many(n[0])
    gradient = A.T @ np.sinh(A @ at / 2) / 2
    agree(gradient, cost, at)
    delta = np.random.default_rng(2).standard_normal(at.shape)
    along = slope(lambda t: cost(at + t * delta), 0.0)
    close(along, float((gradient * delta).sum()), rtol=1e-8)
    one_by_one = sum(
        slope(lambda t, k=k: cost(at + t * np.eye(len(at))[:, [k]]), 0.0)
        * delta[k, 0]
        for k in range(len(at))
    )
    close(along, one_by_one, rtol=1e-8)


@both_sizes
@proves("eq-descent-steepest")
def test_no_direction_is_steeper_than_minus_the_gradient(n, m):
    _, A, at = many(n[0])
    gradient = (A.T @ np.sinh(A @ at / 2) / 2)[:, 0]
    size, r = np.linalg.norm(gradient), 0.7
    close(gradient @ (-r * gradient / size), -r * size)
    rng = np.random.default_rng(3)
    for delta in rng.standard_normal((500, n[0])):
        delta *= r / np.linalg.norm(delta)
        assert gradient @ delta >= -r * size
        off = np.linalg.norm(delta + r * gradient / size)
        close(gradient @ delta + r * size, size * off**2 / (2 * r), 1e-9)


def tanh_problem(n, m, seed):
    rng = np.random.default_rng(seed)
    net = mn.init(n, hidden="tanh", rng=rng)
    X, Y = rng.standard_normal((n[0], m)), (rng.random((n[2], m)) > 0.5) * 1.0
    return net, X, Y, mn.binary_cross_entropy


@both_sizes
@proves("eq-descent-network-fall")
def test_a_short_step_lowers_the_cost_by_the_square_of_the_gradient(n, m):
    net, X, Y, loss = tanh_problem(n, m, seed=4)

    def J(lr):
        """The cost after a step of this length, by loops over entries."""
        W = {l: net.W[l].copy() for l in net.W}
        b = {l: net.b[l].copy() for l in net.b}
        for array, d in moves(W, b):
            for i in np.ndindex(array.shape):
                array[i] -= lr * d[i]
        return loss(mn.forward(mn.Network(W, b, net.g), X).Z[2], Y)

    g = mn.backward(net, mn.forward(net, X), Y, loss)

    def moves(W, b):
        return [(W[l], g.dW[l]) for l in W] + [(b[l], g.db[l]) for l in b]

    square = 0.0
    for _, d in moves(net.W, net.b):
        for i in np.ndindex(d.shape):
            square += d[i] ** 2
    close(-slope(J, 0.0), square, rtol=1e-7)
    after = mn.forward(mn.step(net, g, 0.25), X)
    close(loss(after.Z[2], Y), J(0.25))


# --- bowls and valleys --------------------------------------------------


@proves("eq-descent-factor", "eq-descent-limit")
@pytest.mark.parametrize("lam", [0.3, 4.0])
def test_a_bowl_is_a_power(lam):
    for share in (0.05, 0.5, 0.9, 0.999, 1.001, 1.3):
        alpha, w = share * 2 / lam, 1.5
        for t in range(1, 40):
            w = w - alpha * slope(lambda v: lam * v * v / 2, w, h=1 + abs(w))
            assert w == pytest.approx(
                (1 - alpha * lam) ** t * 1.5, rel=1e-9, abs=1e-9
            )
        assert (abs(w) < 1.5) == (share < 1)


@both_sizes
@proves("eq-descent-eigen", "eq-descent-lambda-max")
def test_each_direction_of_a_valley_is_a_bowl(n, m):
    for p in n:
        H, lam, V = bowl(p)
        agree(
            H @ V[:, [0]], lambda t, H=H: (t.T @ H @ t).item() / 2, V[:, [0]]
        )
        theta = np.ones((p, 1))
        after = theta - 0.11 * H @ theta
        for k in range(p):
            before_k = float((V[:, [k]] * theta).sum())
            after_k = float((V[:, [k]] * after).sum())
            close(after_k, (1 - 0.11 * lam[k]) * before_k, rtol=1e-10)
        for share in (0.99, 1.01):
            step = np.eye(p) - share * 2 / lam[-1] * H
            assert (spectral_radius(step) < 1) == (share < 1)


@proves("eq-descent-best")
@pytest.mark.parametrize("lam", [(1.0, 16.0), (0.2, 3.0), (2.0, 2.5)])
def test_the_best_rate_is_found_by_trying_all(lam):
    low, high = lam
    rates = np.linspace(0, 2 / high, 200_001)
    factor = np.maximum(abs(1 - rates * low), abs(1 - rates * high))
    best = factor.argmin()
    kappa = high / low
    assert abs(rates[best] - 2 / (low + high)) < 2e-5
    assert abs(factor[best] - (kappa - 1) / (kappa + 1)) < 1e-4


@both_sizes
@proves("eq-descent-hessian")
def test_the_curvature_of_a_linear_unit_is_made_by_its_inputs(n, m):
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((n[0], m)), rng.standard_normal((1, m))
    at = rng.standard_normal((n[0] + 1, 1))

    def gradient(t):
        net = mn.Network({1: t[:-1].T}, {1: t[-1:]}, {1: "identity"})
        g = mn.backward(net, mn.forward(net, X), y, mn.euclidean)
        return np.vstack([g.dW[1].T, g.db[1]])

    def J(t):
        total = 0.0
        for i in range(m):
            answer = t[-1, 0] + sum(t[j, 0] * X[j, i] for j in range(n[0]))
            total += (answer - y[0, i]) ** 2
        return total / (2 * m)

    agree(gradient(at), J, at)
    for j, k in np.ndindex(n[0] + 1, n[0] + 1):
        rows = [*X, np.ones(m)]
        H_jk = sum(rows[j][i] * rows[k][i] for i in range(m)) / m
        e = np.eye(n[0] + 1)[:, [k]]
        second = (gradient(at + e) - gradient(at - e))[j, 0] / 2
        close(H_jk, second, rtol=1e-9)


# --- two minima ---------------------------------------------------------


@proves("eq-descent-two-minima")
def test_where_the_walk_ends_depends_on_where_it_starts():
    def J(w):
        return (w**2 - 1) ** 2 / 4 + w / 10

    for w in np.linspace(-2, 2, 17):
        d = w**3 - w + 0.1
        assert slope(J, w) == pytest.approx(d, rel=1e-8, abs=1e-9)
    left, ridge, right = np.sort(np.roots([1, 0, -1, 0.1]).real)
    assert J(left) < J(right) < J(ridge)


@proves("eq-descent-sine", "eq-descent-sine-gradient")
@pytest.mark.parametrize("p", [(-1.0, -1.5), (0.7, 2.0), (3.0, 3.0)])
def test_the_landscape_of_the_rings_article(p):
    x = np.linspace(-1, 1, 200)
    y = np.sin(2.5 * np.cos(1.2 * x))

    def J(t):
        total = 0.0
        for x_i, y_i in zip(x, y, strict=True):
            answer = math.sin(t[1, 0] * math.cos(t[0, 0] * x_i))
            total += (answer - y_i) ** 2
        return total / 200

    a, b = p
    u = 2 * (np.sin(b * np.cos(a * x)) - y) * np.cos(b * np.cos(a * x))
    ours = [
        [(u * -b * x * np.sin(a * x)).mean()],
        [(u * np.cos(a * x)).mean()],
    ]
    agree(np.array(ours), J, np.array([[a], [b]]))
    close(J(np.array([[1.2], [2.5]])), 0.0)
    close(J(np.array([[a], [b]])), J(np.array([[-a], [b]])))


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
    for share in (0.01, 0.3, 0.6, 0.99, 1.01):
        alpha = share * 2 * (1 + beta) / lam
        w, V = [1.0], 0.0
        for _ in range(30):
            V = beta * V + lam * w[-1]
            w.append(w[-1] - alpha * V)
        for t in range(1, 30):
            two = (1 + beta - alpha * lam) * w[t] - beta * w[t - 1]
            assert w[t + 1] == pytest.approx(two, rel=1e-9, abs=1e-9)
        step = np.array([[1 + beta - alpha * lam, -beta], [1, 0]])
        assert (spectral_radius(step) < 1) == (share < 1)


@proves("eq-descent-momentum-best")
@pytest.mark.parametrize("kappa", [16.0, 100.0])
def test_the_best_momentum_is_found_by_trying_all(kappa):
    def slowest(alpha, beta):
        return max(
            spectral_radius([[1 + beta - alpha * lam, -beta], [1, 0]])
            for lam in (1.0, math.sqrt(kappa), kappa)
        )

    r = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    alpha, beta = (1 + r) ** 2 / kappa, r**2
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
