"""The equation ledger: normalise."""

import itertools
import json
import math

import numpy as np
import pytest
from claims.ledger import of_page
from equations.proofs import agree, both_sizes, close, proves
from places import REFERENCE

import mininn as mn

normalised, normalised_back = of_page(
    "normalise", "normalised", "normalised_back"
)
EPS = 0.3


def drawn(n, m, seed=0):
    rng = np.random.default_rng(seed)
    shapes = (n, m), (n, 1), (n, 1), (n, m)
    return (rng.standard_normal(shape) for shape in shapes)


def by_loops(Z, gamma, beta, eps):
    """N for every unit and sample, with sums of numbers."""
    n, m = Z.shape
    N = np.empty((n, m))
    for k in range(n):
        mu = sum(Z[k, i] for i in range(m)) / m
        v = sum((Z[k, i] - mu) ** 2 for i in range(m)) / m
        for i in range(m):
            hat = (Z[k, i] - mu) / math.sqrt(v + eps)
            N[k, i] = gamma[k, 0] * hat + beta[k, 0]
    return N


# --- depth ----------------------------------------------------------------


@pytest.mark.parametrize("n", [(2, 5, 3, 7), (4, 4, 4, 4)])
@proves("eq-normalise-both", "eq-normalise-glorot")
def test_forward_and_back_differ_by_two_sizes(n):
    s = [0.3, 0.9, 0.5]
    ahead = math.prod(n[l] * s[l] ** 2 / 2 for l in range(3))
    back = math.prod(n[l + 1] * s[l] ** 2 / 2 for l in range(3))
    assert ahead / back == pytest.approx(n[0] / n[-1], rel=1e-12)
    for before, after in itertools.pairwise(n):
        s2 = 2 / (before + after)
        assert (before * s2 + after * s2) / 2 == pytest.approx(1)


@pytest.mark.parametrize("n", [4, 10])
@proves("eq-normalise-spread")
def test_the_square_of_a_mean_square_by_integration(n):
    """E[q'^2] from the moments of one unit, integrated numerically."""
    q = 0.7
    z, w = np.polynomial.hermite_e.hermegauss(40)
    w, a = w / w.sum(), np.maximum(z * math.sqrt(2 * q), 0)
    second, fourth = (w @ a**2).item(), (w @ a**4).item()
    assert second == pytest.approx(q, rel=1e-9)
    square = (n * fourth + n * (n - 1) * second**2) / n**2
    assert square == pytest.approx((1 + 5 / n) * q**2, rel=1e-9)


@proves("eq-normalise-typical")
def test_the_logarithm_falls_by_five_over_two_n():
    rng, n, L = np.random.default_rng(0), 200, 40
    q = start = np.full(5000, 0.7)
    for _ in range(L):
        z = np.sqrt(2 * q) * rng.standard_normal((n, 5000))
        q = (np.maximum(z, 0) ** 2).mean(axis=0)
    fell = np.log(q / start).mean()
    assert fell == pytest.approx(-5 * L / (2 * n), rel=0.06)


# --- batch normalisation ----------------------------------------------------


@both_sizes
@proves("eq-normalise-statistics", "eq-normalise-hat")
def test_batch_normalisation_by_loops(n, m):
    Z, gamma, beta, _ = drawn(n[0], m)
    hat, r = normalised(Z, eps=EPS)
    close(gamma * hat + beta, by_loops(Z, gamma, beta, EPS))
    close(r, np.sqrt(Z.var(axis=1, keepdims=True) + EPS))


@both_sizes
@proves(
    "eq-normalise-parameters",
    "eq-normalise-to-statistics",
    "eq-normalise-paths",
    "eq-normalise-compact",
)
def test_three_paths_are_the_compact_form_and_the_gradient(n, m):
    Z, gamma, beta, dN = drawn(n[0], m)
    hat, r = normalised(Z, eps=EPS)
    dhat = gamma * dN
    paths = np.empty(Z.shape)
    for k in range(n[0]):
        dmu = -sum(dhat[k]) / r[k, 0]
        dv = -(dhat[k] @ hat[k]) / (2 * r[k, 0] ** 2)
        off = Z[k] - Z[k].mean()
        paths[k] = dhat[k] / r[k, 0] + dmu / m + 2 * off / m * dv

        def from_statistics(x, k=k):
            return (dhat[k] * (Z[k] - x[0]) / np.sqrt(x[1] + EPS)).sum()

        at = np.array([Z[k].mean(), Z[k].var()])
        agree(np.array([dmu, dv]), from_statistics, at)
    close(normalised_back(dhat, hat, r), paths, rtol=1e-10)

    def J(Z=Z, gamma=gamma, beta=beta):
        return (dN * by_loops(Z, gamma, beta, EPS)).sum()

    agree(paths, lambda x: J(Z=x), Z)
    dgamma = (dN * hat).sum(axis=1, keepdims=True)
    agree(dgamma, lambda x: J(gamma=x), gamma)
    agree(dN.sum(axis=1, keepdims=True), lambda x: J(beta=x), beta)


@both_sizes
@proves("eq-normalise-bias", "eq-normalise-scale", "eq-normalise-longer")
def test_a_bias_is_useless_and_weights_only_grow(n, m):
    rng = np.random.default_rng(3)
    W, X = rng.standard_normal((n[1], n[0])), rng.standard_normal((n[0], m))
    b = rng.standard_normal((n[1], 1))
    _, gamma, beta, dN = drawn(n[1], m)

    def J(W, b=b):
        return (dN * by_loops(W @ X + b, gamma, beta, 0.0)).sum()

    def gradients(W):
        hat, r = normalised(W @ X + b, eps=0.0)
        dZ = normalised_back(gamma * dN, hat, r)
        return dZ @ X.T, dZ.sum(axis=1)

    dW, db = gradients(W)
    np.testing.assert_allclose(db, 0, atol=1e-13)
    assert J(W, b + 7) == pytest.approx(J(W), rel=1e-10)
    c = rng.uniform(0.5, 3, (n[1], 1))
    assert J(c * W) == pytest.approx(J(W), rel=1e-10)
    agree(dW, J, W)
    close(gradients(c * W)[0], dW / c, rtol=1e-9)
    np.testing.assert_allclose((dW * W).sum(axis=1), 0, atol=1e-12)
    after = ((W - 0.3 * dW) ** 2).sum(axis=1)
    close(after, (W**2 + 0.09 * dW**2).sum(axis=1), rtol=1e-10)


@both_sizes
@proves("eq-normalise-test")
def test_at_test_time_it_is_a_layer(n, m):
    rng = np.random.default_rng(4)
    W, A = rng.standard_normal((n[1], n[0])), rng.standard_normal((n[0], m))
    b, gamma, beta, mu = (rng.standard_normal((n[1], 1)) for _ in range(4))
    r = rng.uniform(0.5, 2, (n[1], 1))
    N = gamma * (W @ A + b - mu) / r + beta
    close((gamma / r * W) @ A + gamma / r * (b - mu) + beta, N, rtol=1e-10)


# --- layer normalisation ----------------------------------------------------


@both_sizes
@proves("eq-normalise-layer", "eq-normalise-layer-back")
def test_layer_normalisation_by_loops(n, m):
    Z, gamma, beta, dN = drawn(n[0], m)
    one = np.ones((m, 1))

    def N(Z):
        hat = by_loops(Z.T, one, 0 * one, EPS).T
        return gamma * hat + beta

    hat, r = normalised(Z, -2, EPS)
    close(gamma * hat + beta, N(Z))
    dZ = np.empty(Z.shape)
    for k in range(n[0]):
        for i in range(m):
            d = gamma[:, 0] * dN[:, i]
            mean, along = sum(d) / n[0], d @ hat[:, i] / n[0]
            dZ[k, i] = (d[k] - mean - hat[k, i] * along) / r[0, i]
    close(normalised_back(gamma * dN, hat, r, -2), dZ, rtol=1e-10)
    agree(dZ, lambda x: (dN * N(x)).sum(), Z)


# --- PyTorch ----------------------------------------------------------------

CASES = json.loads((REFERENCE / "torch_norms.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["id"])
@proves("eq-normalise-running")
def test_both_normalisations_are_pytorchs(case):
    c = {k: np.array(v) if isinstance(v, list) else v for k, v in case.items()}
    axis = {"batch": -1, "layer": -2}[c["kind"]]
    hat, r = normalised(c["Z"], axis, c["eps"])
    close(c["gamma"] * hat + c["beta"], c["N"])
    dZ = normalised_back(c["gamma"] * c["dN"], hat, r, axis)
    for ours, theirs in (
        (dZ, c["dZ"]),
        ((c["dN"] * hat).sum(axis=1, keepdims=True), c["dgamma"]),
        (c["dN"].sum(axis=1, keepdims=True), c["dbeta"]),
    ):
        assert mn.relative_error(ours, theirs) < 1e-12
    if c["kind"] == "batch":
        mu, v, share = np.zeros_like(c["beta"]), np.ones_like(r), c["momentum"]
        for Z in (c["Z"], c["Z_second"]):
            m = Z.shape[1]
            mean, var = (f(axis=1, keepdims=True) for f in (Z.mean, Z.var))
            mu = (1 - share) * mu + share * mean
            v = (1 - share) * v + share * m / (m - 1) * var
        close(mu, c["running_mean"])
        close(v, c["running_var"])
        hat = (c["Z"] - mu) / np.sqrt(v + c["eps"])
        close(c["gamma"] * hat + c["beta"], c["N_eval"], rtol=1e-11)


def test_the_functions_of_the_page_are_pytorchs_batch_normalisation():
    """What is not said: over the samples, of each sheet, with 1e-5."""
    Z = np.random.default_rng(0).standard_normal((2, 3, 4))
    dhat = np.random.default_rng(1).standard_normal(Z.shape)
    hat, r = normalised(Z)
    back = normalised_back(dhat, hat, r)
    for k in range(2):
        close(r[k], np.sqrt(Z[k].var(axis=1, keepdims=True) + 1e-5))
        close(hat[k], (Z[k] - Z[k].mean(axis=1, keepdims=True)) / r[k])
        close(back[k], normalised_back(dhat[k], hat[k], r[k], 1))


# --- residual connections ---------------------------------------------------


@both_sizes
@proves("eq-normalise-residual", "eq-normalise-residual-product")
def test_the_gradient_of_residual_layers(n, m):
    rng, k, L = np.random.default_rng(5), n[0], 4
    W = {l: rng.standard_normal((k, k)) for l in range(2, L + 1)}
    b = {l: rng.standard_normal((k, 1)) for l in range(2, L + 1)}
    Z, dZ = {1: rng.standard_normal((k, m))}, {}
    dZ[L] = rng.standard_normal((k, m))

    def run(Z1):
        Z = {1: Z1}
        for l in range(2, L + 1):
            Z[l] = Z[l - 1] + W[l] @ np.maximum(Z[l - 1], 0) + b[l]
        return Z

    Z = run(Z[1])
    for l in range(L, 1, -1):
        dZ[l - 1] = dZ[l] + (Z[l - 1] > 0) * (W[l].T @ dZ[l])
    agree(dZ[1], lambda x: (dZ[L] * run(x)[L]).sum(), Z[1])
    for i in range(m):
        F = {l: np.diag(1.0 * (Z[l - 1][:, i] > 0)) @ W[l].T for l in W}
        product = dZ[L][:, i]
        for l in range(L, 1, -1):
            product = (np.eye(k) + F[l]) @ product
        close(product, dZ[1][:, i], rtol=1e-10)
        single = sum(F.values())
        double = F[2] @ F[3] + F[2] @ F[4] + F[3] @ F[4]
        every = np.eye(k) + single + double + F[2] @ F[3] @ F[4]
        close(every @ dZ[L][:, i], dZ[1][:, i], rtol=1e-10)


@proves("eq-normalise-residual-growth")
def test_mean_squares_of_residual_layers_add():
    """All 16 signs of two weights from two symmetric inputs: exact means."""
    for L in (1, 10, 1000):
        assert (1 + 1 / L) ** L < math.e
        for k in (2, 10):
            he = math.sqrt(2 / k) / math.sqrt(L)
            close((1 + k * he**2 / 2) ** L, (1 + 1 / L) ** L, rtol=1e-9)
    s, n = 0.6, 2
    total, count = 0.0, 0
    for signs in np.ndindex(*[2] * 6):
        w = s * (2 * np.array(signs[:4]).reshape(2, 2) - 1)
        z = np.array([3.0, 1.0]) * (2 * np.array(signs[4:]) - 1)
        total += ((z + w @ np.maximum(z, 0)) ** 2).mean()
        count += 1
    assert total / count == pytest.approx((1 + n * s**2 / 2) * 5.0)
