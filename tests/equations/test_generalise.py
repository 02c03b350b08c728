"""The equation ledger: the chapter on new data, and its folds."""

import itertools
import math

import numpy as np
import pytest
from claims.ledger import of_page
from equations.proofs import agree, both_sizes, close, proves
from kit import make_problem

import mininn as mn


@proves("eq-generalise-new", "eq-generalise-optimism")
@pytest.mark.parametrize("m", [1, 2, 3])
def test_the_best_fit_looks_better_than_anything_is(m):
    """Every draw of m samples from four; one bias, a grid of its values."""
    y, p = np.array([0.0, 1.0, 2.0, 6.0]), np.array([0.4, 0.3, 0.2, 0.1])
    thetas = np.linspace(-1, 7, 33)
    J_new = [sum(p * (t - y) ** 2 / 2) for t in thetas]
    fixed, best, gaps, fitted = np.zeros(33), 0.0, np.zeros(33), 0.0
    for draw in itertools.product(range(4), repeat=m):
        weight = math.prod(p[i] for i in draw)
        J = [
            mn.euclidean(np.full((1, m), t), y[np.newaxis, list(draw)])
            for t in thetas
        ]
        fixed += weight * np.array(J)
        gap = np.array(J_new) - J
        gaps += weight * gap
        fitted += weight * gap[np.argmin(J)]
        best += weight * min(J)
    close(fixed, J_new, rtol=1e-9)
    np.testing.assert_allclose(gaps, 0, atol=1e-12)
    assert best < min(J_new) - 0.1
    assert fitted > 0.9  # where training chose, new samples cost more


@proves("eq-generalise-rings")
@pytest.mark.parametrize("rho", [0.3, 1.0])
def test_the_density_of_a_blurred_ring(rho):
    """The mean of a Gaussian over all angles, and its total of 1."""
    s, angles = 0.3, 2 * np.pi * np.arange(2000) / 2000

    def density(r):
        grow = np.i0(r * rho / s**2)
        fall = np.exp(-(r**2 + rho**2) / (2 * s**2))
        return fall * grow / (2 * np.pi * s**2)

    for r in (0.0, 0.2, 0.9, 1.7):
        square = (r - rho * np.cos(angles)) ** 2 + (rho * np.sin(angles)) ** 2
        mean = np.exp(-square / (2 * s**2)).mean() / (2 * np.pi * s**2)
        close(density(r), mean, rtol=1e-9)
    radii = (np.arange(4000) + 0.5) * 4 / 4000
    total = sum(2 * np.pi * r * density(r) for r in radii) * 4 / 4000
    assert total == pytest.approx(1, abs=1e-5)
    (f,) = of_page("generalise", "f")
    x = np.array([[0.3, -0.5], [0.4, 0.9]])
    for i in range(2):
        by_ring = {}
        for ring in (0.3, 1.0):
            centre = ring * np.array([np.cos(angles), np.sin(angles)])
            square = ((x[:, [i]] - centre) ** 2).sum(axis=0)
            by_ring[ring] = np.exp(-square / (2 * s**2)).mean()
        right = by_ring[0.3] / (by_ring[0.3] + by_ring[1.0])
        close(f(x)[0, i], right, rtol=1e-8)


@both_sizes
@proves("eq-generalise-ridge")
@pytest.mark.parametrize("lam", [0.003, 0.4])
def test_the_last_layer_is_where_the_gradient_is_0(n, m, lam):
    """By differences, for more units than samples and for fewer."""
    rng = np.random.default_rng(0)
    for units in (n[1], m + 4):
        A = rng.standard_normal((units, m))
        Y = rng.standard_normal((n[2], m))
        H = A @ A.T / m
        W = Y @ A.T @ np.linalg.inv(H + lam * np.eye(units)) / m
        other = np.linalg.inv(A.T @ A + m * lam * np.eye(m))
        close(W, Y @ other @ A.T, rtol=1e-8)

        def J(W, A=A, Y=Y):
            return mn.euclidean(W @ A, Y) + lam / 2 * (W**2).sum()

        for _ in range(20):
            away = 0.1 * rng.standard_normal(W.shape)
            assert J(W + away) > J(W)
            middle = (J(W + away) - J(W - away)) / 2
            assert abs(middle) < 1e-10


@pytest.mark.parametrize("page", ["generalise", "further/folds"])
@pytest.mark.parametrize("units", [5, 30])
def test_the_pages_compute_that_last_layer(page, units):
    """The gradient with the price, by differences, for the network made."""
    (computed,) = of_page(page, "computed")
    X, Y = mn.circles(12, noise=0.3, rng=0)
    lam = 0.01
    if page == "generalise":
        net = computed(units, X, Y, lam, 3)
    else:
        net = computed(X, Y, lam, 3)
    A = mn.forward(net, X).A[1]
    assert A.shape[1] == 12

    def J(W):
        return mn.euclidean(W @ A, Y) + lam / 2 * (W**2).sum()

    slopes = mn.numerical_gradient(J, net.W[2])
    np.testing.assert_allclose(slopes, 0, atol=1e-8)


def test_without_a_price_the_shortest_fit_is_left():
    (computed,) = of_page("generalise", "computed")
    X, Y = mn.circles(12, noise=0.3, rng=0)
    none = computed(50, X, Y, 0, 0)
    small = computed(50, X, Y, 1e-11, 0)
    np.testing.assert_allclose(none.W[2], small.W[2], atol=1e-2)
    A = mn.forward(none, X).A[1]
    close(none.W[2] @ A, Y, rtol=1e-6)


@proves("eq-generalise-parts")
def test_a_squared_error_has_three_parts():
    """Over every pair of an answer and a label, with their chances."""
    a, chance_a = np.array([0.1, 0.5, 1.4]), np.array([0.2, 0.5, 0.3])
    y, chance_y = np.array([0.0, 1.0, 3.0]), np.array([0.6, 0.3, 0.1])
    total = sum(
        p * q * (i - j) ** 2
        for i, p in zip(a, chance_a, strict=True)
        for j, q in zip(y, chance_y, strict=True)
    )
    mean_a, f = chance_a @ a, chance_y @ y
    noise = chance_y @ (y - f) ** 2
    variance = chance_a @ (a - mean_a) ** 2
    close(total, noise + (mean_a - f) ** 2 + variance, rtol=1e-12)


@proves("eq-generalise-shrink")
@pytest.mark.parametrize("size", [2, 3, 5])
def test_each_direction_shrinks_by_its_curvature(size):
    """Plain descent in a turned bowl: with a price, and stopped early."""
    rng = np.random.default_rng(size)
    Q, _ = np.linalg.qr(rng.standard_normal((size, size)))
    h = np.geomspace(0.05, 2, size)
    H, best = Q @ np.diag(h) @ Q.T, rng.standard_normal(size)
    alpha, lam = 0.3, 0.1
    priced, stopped = np.zeros(size), np.zeros(size)
    for t in range(1, 2001):
        priced = priced - alpha * (H @ (priced - best) + lam * priced)
        stopped = stopped - alpha * H @ (stopped - best)
        if t in (1, 7, 50):
            share = 1 - (1 - alpha * h) ** t
            close(Q.T @ stopped, share * (Q.T @ best), rtol=1e-8)
    close(Q.T @ priced, h / (h + lam) * (Q.T @ best), rtol=1e-8)


@proves("eq-generalise-mask", "eq-generalise-moments")
@pytest.mark.parametrize("q", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("size", [1, 3, 4])
def test_a_mask_keeps_the_mean(q, size):
    rng = np.random.default_rng(size)
    w, a, b = *rng.standard_normal((2, size)), 0.3
    mean = square = mean_r = square_r = 0.0
    for on in itertools.product((0, 1), repeat=size):
        weight = math.prod(q if k else 1 - q for k in on)
        r = [k / q for k in on]
        z = b + sum(w[j] * r[j] * a[j] for j in range(size))
        mean, square = mean + weight * z, square + weight * z * z
        mean_r += weight * r[0]
        square_r += weight * r[0] ** 2
    close([mean_r, square_r - mean_r**2], [1, (1 - q) / q], rtol=1e-9)
    close(mean, w @ a + b, rtol=1e-9)
    var = (1 - q) / q * sum((w[j] * a[j]) ** 2 for j in range(size))
    close(square - mean**2, var, rtol=1e-8)


@proves("eq-generalise-price")
@pytest.mark.parametrize("q", [0.3, 0.8])
def test_what_dropout_costs_a_linear_unit(q):
    """Every mask of three units and two samples."""
    rng = np.random.default_rng(1)
    w, A = rng.standard_normal((1, 3)), rng.standard_normal((3, 2))
    b, Y = 0.2, rng.standard_normal((1, 2))
    mean = 0.0
    for on in itertools.product((0, 1), repeat=6):
        weight = math.prod(q if k else 1 - q for k in on)
        R = np.reshape(on, (3, 2)) / q
        mean += weight * mn.euclidean(w @ (R * A) + b, Y)
    price = (1 - q) / (2 * q) * (w[0] ** 2 @ (A**2).mean(axis=1))
    close(mean, mn.euclidean(w @ A + b, Y) + price, rtol=1e-9)


@both_sizes
@proves("eq-generalise-mask-gradient")
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh"])
def test_the_mask_goes_with_the_gradient(n, m, hidden):
    """The function of the page, its mask held fixed, by differences."""
    (masked,) = of_page("generalise", "masked")
    net, X, Y = make_problem(n, m, hidden, mn.cross_entropy)
    rng = np.random.default_rng(2)
    R = (rng.random((n[1], m)) < 0.6) / 0.6
    assert 0 < (R == 0).sum() < R.size
    _, grads = masked(net, X, Y, R)
    A = net.g[1](net.W[1] @ X + net.b[1])
    dA_masked = net.W[2].T @ grads.dZ[2]

    def J(A):
        return mn.cross_entropy(net.W[2] @ A + net.b[2], Y)

    agree(dA_masked, J, R * A)
    agree(R * dA_masked, lambda A: J(R * A), A)
    close(grads.dW[2], grads.dZ[2] @ (R * A).T, 1e-10)
    for l in (1, 2):
        agree(
            grads.dW[l],
            lambda W, l=l: masked(net.moved(net.W | {l: W}, net.b), X, Y, R)[
                0
            ],
            net.W[l],
        )
        agree(
            grads.db[l],
            lambda b, l=l: masked(net.moved(net.W, net.b | {l: b}), X, Y, R)[
                0
            ],
            net.b[l],
        )
    whole = masked(net, X, Y, np.ones_like(R))[1]
    plain = mn.backward(net, mn.forward(net, X), Y, mn.cross_entropy)
    for l in (1, 2):
        close(whole.dW[l], plain.dW[l], rtol=1e-10)


@proves("eq-generalise-shift")
def test_an_image_is_moved_pixel_by_pixel():
    (moved,) = of_page("generalise", "moved")
    X, _ = mn.digits()
    X = X[:, :30]
    G = 16 * X.T.reshape(30, 8, 8)  # x = G / 16, of integers to 16
    np.testing.assert_array_equal(G, G.round())
    assert G.max() == 16
    out = moved(X, np.random.default_rng(0))
    down, right = np.random.default_rng(0).integers(0, 3, (2, 30)) - 1
    assert {*down} == {*right} == {-1, 0, 1}
    for i in range(30):
        for r, c in itertools.product(range(8), repeat=2):
            at = r + down[i], c + right[i]
            inside = min(at) >= 0 and max(at) <= 7
            pixel = G[i, *at] / 16 if inside else 0
            assert out[8 * r + c, i] == pixel


@proves("eq-generalise-confidence")
def test_how_far_confidence_is_off_by_chance():
    """Over every outcome of four answers."""
    p = np.array([0.5, 0.7, 0.95, 0.99])
    mean = square = 0.0
    for r in itertools.product((0, 1), repeat=4):
        weight = math.prod(
            x if k else 1 - x for x, k in zip(p, r, strict=True)
        )
        u = sum(p - np.array(r)) / 4
        mean, square = mean + weight * u, square + weight * u * u
    assert abs(mean) < 1e-12
    close(square, sum(p * (1 - p)) / 16, rtol=1e-9)


def population():
    """What each of 6 samples may be: a label, given as it is drawn."""
    return [0.0, 1.0, 4.0]


@proves("eq-generalise-folds", "eq-generalise-folds-mean")
@pytest.mark.parametrize("k", [2, 4])
def test_what_the_mean_of_the_folds_estimates(k):
    """Every draw of four samples from three; the network is a mean."""
    y, m = np.array(population()), 4
    J_cv, J_new = [], []
    for draw in itertools.product(y, repeat=m):
        parts = np.array_split(np.array(draw), k)
        costs = []
        for i in range(k):
            rest = np.concatenate(parts[:i] + parts[i + 1 :])
            costs.append(np.mean((rest.mean() - parts[i]) ** 2) / 2)
        J_cv.append(np.mean(costs))
    for draw in itertools.product(y, repeat=m - m // k):
        J_new.append(np.mean((np.mean(draw) - y) ** 2) / 2)
    close(np.mean(J_cv), np.mean(J_new), rtol=1e-9)


@proves("eq-generalise-folds-variance")
def test_the_folds_hide_their_covariance():
    """The same draws: two moments of the folds, and their deviation."""
    y, m, k = np.array(population()), 4, 4
    costs = []
    for draw in itertools.product(y, repeat=m):
        whole = sum(draw)
        costs.append([((whole - d) / (m - 1) - d) ** 2 / 2 for d in draw])
    costs = np.array(costs)
    S = np.cov(costs.T, bias=True)
    v, c = S[0, 0], S[0, 1]
    assert abs(c) > 0.01
    real = costs.mean(axis=1).var()
    close(real, v / k + (k - 1) / k * c, rtol=1e-9)
    said = costs.var(axis=1, ddof=1).mean() / k
    close(said, (v - c) / k, rtol=1e-9)
    close(said, real - c, rtol=1e-9)


def test_each_sample_is_in_one_fold():
    folds, computed, cost = of_page(
        "further/folds", "folds", "computed", "cost"
    )
    folds.__globals__.update(computed=computed, cost=cost)
    X, Y = mn.circles(40, noise=0.3, rng=0)
    order = np.random.default_rng(3).permutation(40)
    J = folds(X, Y, 0.01, 5, 3)
    for i in range(5):
        part = order[8 * i : 8 * i + 8]
        rest = [j for j in range(40) if j not in part]
        net = computed(X[:, rest], Y[:, rest], 0.01, 3)
        close(J[i], cost(net, X[:, part], Y[:, part]), rtol=1e-9)
