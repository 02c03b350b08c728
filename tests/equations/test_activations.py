"""The equation ledger: ``activations`` and the pages that belong to it."""

import math

import numpy as np
import pytest
from equations.proofs import both_sizes, close, ell, proves, s, slope

import mininn as mn

POINTS = (-9.0, -2.5, -0.3, 0.0, 0.4, 1.0, 7.0)


def linear_network(n, seed=0):
    rng = np.random.default_rng(seed)
    layers = range(1, len(n))
    W = {l: rng.standard_normal((n[l], n[l - 1])) for l in layers}
    b = {l: rng.standard_normal((n[l], 1)) for l in layers}
    return mn.Network(W, b, dict.fromkeys(layers, "identity"))


@both_sizes
@proves("eq-activations-recursion", "eq-activations-collapse")
def test_linear_layers_are_one_layer(n, m):
    net = linear_network((*n, 6, n[0]))
    X = np.random.default_rng(1).standard_normal((n[0], m))
    A = mn.forward(net, X).A
    W, b = np.eye(n[0]), np.zeros((n[0], 1))
    for l in range(1, net.L + 1):
        W, b = net.W[l] @ W, net.W[l] @ b + net.b[l]
        close(W @ X + b, A[l], rtol=1e-9)
    # the sum over the biases, each through all layers after it
    origin = np.zeros_like(b)
    for l in range(1, net.L + 1):
        term = net.b[l]
        for after in range(l + 1, net.L + 1):
            term = net.W[after] @ term
        origin += term
    close(mn.forward(net, np.zeros((n[0], 1))).A[net.L], origin, rtol=1e-9)
    product = net.W[net.L]
    for l in range(net.L - 1, 0, -1):
        product = product @ net.W[l]
    columns = mn.forward(net, np.eye(n[0])).A[net.L] - origin
    close(columns, product, rtol=1e-9)


@pytest.mark.parametrize(
    "n", [(5, 4, 2, 6), (4, 4, 4, 4), (3, 7, 1, 5), (2, 9, 9, 9)]
)
@proves("eq-activations-rank")
def test_the_narrowest_layer_bounds_the_rank(n):
    net = linear_network(n)
    origin = mn.forward(net, np.zeros((n[0], 1))).A[net.L]
    answers = mn.forward(net, np.eye(n[0])).A[net.L] - origin
    rank = np.linalg.matrix_rank(answers)
    assert rank <= min(n)
    assert rank == min(n)  # random factors lose nothing else


def cost(w, b, X, Y):
    """J of one sigmoid unit, by loops."""
    m = X.shape[1]
    total = 0.0
    for i in range(m):
        z = sum(w[j] * X[j, i] for j in range(X.shape[0])) + b
        total += ell(s(z), Y[0, i])
    return total / m


@proves("eq-activations-guess")
def test_at_the_guess_the_slope_is_a_quarter_of_the_means():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3, 10))
    Y = np.array([[0.0, 1.0] * 5])
    close(cost(np.zeros(3), 0.0, X, Y), math.log(2))
    means = [X[:, Y[0] == k].mean(axis=1) for k in (0, 1)]
    for j in range(3):
        e = np.eye(3)[j]
        numeric = slope(lambda t, e=e: cost(t * e, 0.0, X, Y), 0.0)
        close(numeric, (means[0][j] - means[1][j]) / 4, rtol=1e-8)
        half = sum((0.5 - Y[0, i]) * X[j, i] for i in range(10)) / 10
        close(half, (means[0][j] - means[1][j]) / 4, rtol=1e-9)
    assert abs(slope(lambda b: cost(np.zeros(3), b, X, Y), 0.0)) < 1e-10
    mirrored = np.hstack([X, -X])  # both classes have the mean 0
    labels = np.hstack([Y, Y])
    for _ in range(50):
        w, b = rng.standard_normal(3), rng.standard_normal()
        assert cost(w, b, mirrored, labels) > math.log(2)


@proves("eq-activations-convex")
def test_the_cost_of_a_line_curves_upwards():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2, 7))
    Y = (rng.random((1, 7)) > 0.5) * 1.0
    for _ in range(5):
        w, u = rng.standard_normal((2, 2))
        b, c = rng.standard_normal(2)

        def along(t, w=w, u=u, b=b, c=c):
            return cost(w + t * u, b + t * c, X, Y)

        h = 1e-3
        numeric = (along(h) - 2 * along(0) + along(-h)) / h**2
        z, change = w @ X + b, u @ X + c
        exact = np.mean(
            [s(v) * (1 - s(v)) * d**2 for v, d in zip(z, change, strict=True)]
        )
        assert exact >= 0
        close(numeric, exact, rtol=1e-5)


@pytest.mark.parametrize("pieces", [1, 2, 5])
@proves("eq-activations-polygon")
def test_one_relu_unit_a_piece(pieces):
    rng = np.random.default_rng(pieces)
    x = np.sort(rng.uniform(-3, 3, pieces + 1))
    y = rng.standard_normal(pieces + 1)
    steep = [
        (y[k] - y[k - 1]) / (x[k] - x[k - 1]) for k in range(1, pieces + 1)
    ]
    c = [steep[0]] + [steep[k] - steep[k - 1] for k in range(1, pieces)]
    net = mn.Network(
        {1: np.ones((pieces, 1)), 2: [c]},
        {1: -x[:-1].reshape(-1, 1), 2: [[y[0]]]},
        {1: "relu", 2: "identity"},
    )
    at = np.linspace(x[0], x[-1], 101)[np.newaxis]
    close(mn.forward(net, at).A[2][0], np.interp(at[0], x, y), rtol=1e-9)


@proves("eq-activations-quarter")
def test_the_sigmoid_is_nowhere_steeper_than_a_quarter():
    for z in POINTS:
        numeric = slope(s, z)
        assert abs(numeric - (0.25 - (s(z) - 0.5) ** 2)) < 1e-10
        close(s(z) - s(z) ** 2, 0.25 - (s(z) - 0.5) ** 2, 1e-9)
        close(mn.sigmoid([[z]]), [[s(z)]])
        close(mn.sigmoid.prime([[z]]), [[0.25 - (s(z) - 0.5) ** 2]], 1e-9)
        assert mn.sigmoid.prime([[z]]) <= 0.25
        assert (mn.sigmoid.prime([[z]]) == 0.25) == (z == 0)


@proves(
    "eq-activations-tanh-sigmoid",
    "eq-activations-tanh-prime",
    "eq-activations-tanh-slope",
)
def test_tanh_is_a_stretched_sigmoid():
    for z in POINTS:
        up, down = math.exp(z), math.exp(-z)
        by_definition = (up - down) / (up + down)
        close((1 - math.exp(-2 * z)) / (1 + math.exp(-2 * z)), by_definition)
        down_twice = math.exp(-2 * z)
        close((2 - (1 + down_twice)) / (1 + down_twice), by_definition)
        close(2 * s(2 * z) - 1, by_definition)
        close(mn.tanh([[z]]), [[by_definition]])
        numeric = slope(math.tanh, z)
        assert abs(numeric - (1 - by_definition**2)) < 1e-9
        u, v, du, dv = up - down, up + down, up + down, up - down
        quotient = (du * v - u * dv) / v**2  # u' is v, and v' is u
        close(slope(lambda t: math.exp(t) - math.exp(-t), z), du, 1e-8)
        assert abs(quotient - (1 - by_definition**2)) < 1e-12
        assert abs((v**2 - u**2) / v**2 - (1 - by_definition**2)) < 1e-12
        inner = s(2 * z)
        assert abs(4 * inner * (1 - inner) - numeric) < 1e-9
        close(mn.tanh.prime([[z]]), 4 * mn.sigmoid.prime([[2 * z]]))
        assert mn.tanh.prime([[z]]) <= 1


@proves(
    "eq-activations-relu-prime",
    "eq-activations-leaky-prime",
    "eq-activations-kink",
)
def test_the_rectifiers_left_right_and_at_the_kink():
    for c in (0.01, 0.3):
        leaky = mn.LeakyReLU(c)

        def by_cases(z, c=c):
            return z if z > 0 else c * z

        for z in (-4.0, -0.01, 0.01, 4.0):
            close(leaky.prime([[z]]), [[c if z < 0 else 1.0]])
            assert abs(slope(by_cases, z) - leaky.prime([[z]])) < 1e-9
            close(mn.relu.prime([[z]]), [[0.0 if z < 0 else 1.0]])
            numeric = slope(lambda v: max(v, 0.0), z)
            assert abs(numeric - mn.relu.prime([[z]])) < 1e-9
    for h in (1.0, 1e-3, 1e-9):
        right = (mn.relu([[h]]) - mn.relu([[0.0]])) / h
        left = (mn.relu([[0.0]]) - mn.relu([[-h]])) / h
        close(right, [[1.0]])
        close(left, [[0.0]])
    assert mn.relu.prime([[0.0]]) == 0


@proves("eq-activations-slope-stable", "eq-activations-saturation")
def test_the_slope_without_a_subtraction():
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(320), np.errstate(all="raise", under="ignore"):
        for z in (*POINTS, -30.0, 40.0, 300.0):
            a = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
            e = mpmath.exp(-abs(mpmath.mpf(z)))
            exact = a * (1 - a)
            assert abs(e / (1 + e) ** 2 / exact - 1) < 1e-100
            mirror = 1 / (1 + mpmath.exp(mpmath.mpf(z)))
            assert abs(mirror * (1 - mirror) / exact - 1) < 1e-100
            close(mn.sigmoid.prime([[z]]), [[float(e / (1 + e) ** 2)]])
            assert e / 4 <= e / (1 + e) ** 2 <= e
            assert e / 4 <= mn.sigmoid.prime([[z]]).item() * (1 + 1e-15)
            assert mn.sigmoid.prime([[z]]).item() <= e * (1 + 1e-15)
            # one bound is reached at 0, the other far out
            assert z != 0 or e / 4 == mn.sigmoid.prime([[z]]).item()
            if abs(z) >= 30:
                close(float(mn.sigmoid.prime([[z]]).item() / e), 1)
        far = mn.sigmoid.prime([[-1e4, 1e4]])
    assert np.isfinite(far).all()


def tower(z, w, b, g):
    for w_l, b_l in zip(w, b, strict=True):
        z = w_l * g(z) + b_l
    return g(z)


@pytest.mark.parametrize("depth", [1, 2, 4])
@proves("eq-activations-chain", "eq-activations-vanishing")
def test_slopes_multiply_along_the_depth(depth):
    rng = np.random.default_rng(depth)
    w, b = rng.standard_normal((2, depth - 1)) * 1.5
    for f, df in (
        (s, lambda z: s(z) * (1 - s(z))),
        (math.tanh, lambda z: 1 - math.tanh(z) ** 2),
    ):
        z = 0.3
        product = df(z)
        for w_l, b_l in zip(w, b, strict=True):
            z = w_l * f(z) + b_l
            product *= w_l * df(z)
        numeric = slope(lambda v, f=f: tower(v, w, b, f), 0.3)
        assert abs(product - numeric) < 1e-9
        if f is s:
            bound = 0.25**depth * math.prod(abs(w))
            assert abs(product) <= bound
            # where every z is 0, it is reached
            reached = slope(lambda v: tower(v, w, -w / 2, s), 0.0)
            close(abs(reached), bound, rtol=1e-8)
    layers = range(1, depth + 1)
    net = mn.Network(
        {l: [[1.0 if l == 1 else w[l - 2]]] for l in layers},
        {l: [[0.0 if l == 1 else b[l - 2]]] for l in layers},
        dict.fromkeys(layers, "tanh"),
    )
    answer = mn.forward(net, [[0.3]]).A[depth]
    close(answer, [[tower(0.3, w, b, math.tanh)]])


@both_sizes
@proves("eq-activations-dead")
def test_a_dead_unit_has_no_derivative(n, m):
    whole = mn.init(n, rng=0)
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((n[0], m)), (rng.random((n[2], m)) > 0.5) * 1.0
    # The first unit is off for every sample: z is 0, or far below.
    for keep, at in ((0, 0.0), (1, -100.0)):
        W, b = ({**x, 1: x[1].copy()} for x in (whole.W, whole.b))
        W[1][0] *= keep
        b[1][0] = at
        net = mn.Network(W, b, whole.g)
        cache = mn.forward(net, X)
        assert (cache.Z[1][0] <= 0).all()
        grads = mn.backward(net, cache, Y, mn.binary_cross_entropy)
        assert not grads.dW[1][0].any()
        assert not grads.db[1][0].any()
        assert grads.dA[1][0].any()  # it arrives, and is multiplied by 0
    for j in range(n[0]):

        def J(v, j=j):
            W = net.W[1].copy()
            W[0, j] = v
            moved = mn.Network({**net.W, 1: W}, net.b, net.g)
            Z = mn.forward(moved, X).Z[2]
            return mn.binary_cross_entropy(Z, Y)

        assert slope(J, net.W[1][0, j]) == 0
