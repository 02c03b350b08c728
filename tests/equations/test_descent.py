"""The equation ledger: descent, valleys and minima."""

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


@both_sizes
@proves("eq-losses-sum")
def test_a_step_on_the_sum_is_m_steps_on_the_mean(n, m):
    rng = np.random.default_rng(0)
    W, b = rng.standard_normal((n[1], n[0])), rng.standard_normal((n[1], 1))
    X, Y = rng.standard_normal((n[0], m)), rng.standard_normal((n[1], m))

    def total(W):
        E = W @ X + b - Y
        return sum(E[i] ** 2 for i in np.ndindex(E.shape)) / 2

    close(total(W), m * mn.euclidean(W @ X + b, Y))
    by_sum = np.zeros_like(W)
    for i in range(m):
        e = W @ X[:, [i]] + b - Y[:, [i]]
        by_sum += e @ X[:, [i]].T
    agree(by_sum, total, W)
    net = mn.Network({1: W}, {1: b}, {1: "identity"})
    grads = mn.backward(net, mn.forward(net, X), Y, mn.euclidean)
    moved = mn.step(net, grads, 0.01 * m)
    close(moved.W[1], W - 0.01 * by_sum)


# --- bowls and valleys --------------------------------------------------


@proves("eq-descent-factor", "eq-descent-limit")
@pytest.mark.parametrize("lam", [0.3, 4.0])
def test_a_bowl_is_a_power(lam):
    for share in (-0.1, 0.0, 0.05, 0.5, 0.9, 0.999, 1.001, 1.3):
        alpha, w = share * 2 / lam, 1.5
        for t in range(1, 40):
            w = w - alpha * slope(lambda v: lam * v * v / 2, w, h=1 + abs(w))
            assert w == pytest.approx(
                (1 - alpha * lam) ** t * 1.5, rel=1e-9, abs=1e-9
            )
        assert (abs(w) < 1.5) == (0 < share < 1)


@proves("eq-descent-valley")
@pytest.mark.parametrize(("w", "b"), [(1.0, 4.0), (-0.3, 0.7), (0.0, -2.0)])
def test_two_samples_make_a_valley(w, b):
    X, Y = np.array([[4.0, -4.0]]), np.zeros((1, 2))
    net = mn.Network({1: [[w]]}, {1: [[b]]}, {1: "identity"})
    J = mn.euclidean(mn.forward(net, X).Z[1], Y)
    close(J, ((4 * w + b) ** 2 / 2 + (-4 * w + b) ** 2 / 2) / 2)
    close(J, (16 * w**2 + b**2) / 2)
    g = mn.backward(net, mn.forward(net, X), Y, mn.euclidean)
    close(g.dW[1], [[16 * w]])
    close(g.db[1], [[b]])


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
        for share in (-0.01, 0.99, 1.01):
            step = np.eye(p) - share * 2 / lam[-1] * H
            assert (spectral_radius(step) < 1) == (0 < share < 1)


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
