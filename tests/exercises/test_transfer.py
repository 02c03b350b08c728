"""Exercises that no chapter answers: their solutions, and copied lines."""

from decimal import Decimal, localcontext
from functools import cache, partial

import numpy as np
import pytest
from places import BOOK

import mininn as mn
from mininn.exercises.author import notebooks
from mininn.exercises.judge import diagnose
from mininn.exercises.judge.outcomes import decode

SOURCE = BOOK / "exercises" / "source"
EXERCISES = {
    name: notebooks.exercise(notebooks.read(SOURCE / f"{name}.ipynb"))
    for name in (
        "layer",
        "forward",
        "crossentropy",
        "backprop",
        "backlayer",
        "batchnorm",
        "step",
        "adam",
        "rings",
        "standardise",
    )
}


@cache
def key(name, seed):
    """A key that gives the marks; pairs of mistakes only give messages."""
    made, _, faults = EXERCISES[name].drawn(seed)
    assert faults == []
    return made


def given(name, k):
    """The arguments of a case that a seed draws."""
    return [decode(a) for a in key(name, 0).cases[k].args]


def agree(ours, J, **at):
    """Hold the derivatives of J by its arguments against differences."""
    for (k, x), dx in zip(at.items(), ours, strict=True):
        assert dx.shape == x.shape
        f = partial(moved, J, at, k)
        assert mn.relative_error(dx, mn.numerical_gradient(f, x)) < 1e-8


def moved(J, at, k, x):
    return J(**at | {k: x})


# Solutions against what the page asks for, in another way


@pytest.mark.parametrize("k", range(5))
def test_a_layer_takes_new_samples_as_the_units_take_them_scaled(k):
    units, samples, mean, scale = given("layer", k)
    W, b, Z = EXERCISES["layer"].answer(units, samples, mean, scale)

    def by_units(x):
        return [(w.T @ ((x - mean) / scale)).item() + c for w, c in units]

    for x in (*samples, np.pi * mean, 3 - scale):
        np.testing.assert_allclose((W @ x + b).ravel(), by_units(x))
    np.testing.assert_allclose(Z.T, [by_units(x) for x in samples])


@pytest.mark.parametrize("k", range(4))
def test_the_input_is_read_by_every_layer(k):
    X, W, b = given("forward", k)
    Z, A = EXERCISES["forward"].answer(X, W, b)
    for i, x in enumerate(X.T):
        a = 1 / (1 + np.exp(-(W[1] @ x + b[1].ravel())))
        for l in (2, 3):
            z = b[l].ravel() + W[l] @ [*a, *x]
            np.testing.assert_allclose(Z[l][:, i], z)
            a = z if l == 3 else 1 / (1 + np.exp(-z))
            np.testing.assert_allclose(A[l][:, i], a)


@pytest.mark.parametrize("k", range(6))
def test_the_loss_with_fifty_digits_and_its_weighted_mean(k):
    Z, Y, c = given("crossentropy", k)
    ell, J = EXERCISES["crossentropy"].answer(Z, Y, c)
    with localcontext(prec=50):
        exact = [
            sum(Decimal(z).exp() for z in column).ln() - Decimal(column @ y)
            for column, y in zip(Z.T, Y.T, strict=True)
        ]
        weights = [Decimal(w) for w in c[0]]
        total = sum(w * l for w, l in zip(weights, exact, strict=True))
        mean = float(total / sum(weights))
    np.testing.assert_allclose(ell, [[float(l) for l in exact]], rtol=1e-12)
    assert np.isclose(J, mean, rtol=1e-12)


@pytest.mark.parametrize("k", range(4))
def test_backprop_is_the_gradient_of_the_cost_on_its_page(k):
    case = given("backprop", k)
    X, Y, A1, A2, W1, W2, lam = case

    def J(W1, b1, W2, b2):
        A2 = W2 @ np.tanh(W1 @ X + b1) + b2
        squares = (W1**2).sum() + (W2**2).sum()
        return ((A2 - Y) ** 2).sum() / X.shape[1] + lam * squares

    b1 = (np.arctanh(A1) - W1 @ X).mean(axis=1, keepdims=True)
    b2 = (A2 - W2 @ A1).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(A1, np.tanh(W1 @ X + b1), atol=1e-12)
    ours = EXERCISES["backprop"].answer(*case)
    agree(ours, J, W1=W1, b1=b1, W2=W2, b2=b2)


@pytest.mark.parametrize("k", range(4))
def test_backlayer_is_the_gradient_through_both_readers(k):
    case = given("backlayer", k)
    X, Z1, A1, Z2, W2, W3, U, dZ3, _ = case
    answer = EXERCISES["backlayer"].answer
    g, _ = answer.__globals__["bends"][k]
    b2 = Z2 - W2 @ A1

    def from_A1(A1, U):
        return (dZ3 * (W3 @ g(W2 @ A1 + b2) + U @ A1)).sum()

    def from_layer_1(W1, b1):  # the two as moves from what they are
        return from_A1(g(Z1 + W1 @ X + b1), U)

    np.testing.assert_allclose(A1, g(Z1))
    dA1, dW1, db1, dU = answer(*case)
    agree([dA1, dU], from_A1, A1=A1, U=U)
    still = {"W1": np.zeros(dW1.shape), "b1": np.zeros(db1.shape)}
    agree([dW1, db1], from_layer_1, **still)


@pytest.mark.parametrize("k", range(5))
def test_batchnorm_is_the_gradient_of_the_weighted_normalisation(k):
    case = given("batchnorm", k)
    Z, c, gamma, dN, eps = case

    def J(Z, c, gamma):
        total = 0.0
        for z, g, d in zip(Z, gamma.ravel(), dN, strict=True):
            mu = np.average(z, weights=c.ravel())
            v = np.average((z - mu) ** 2, weights=c.ravel())
            total += d @ (g * (z - mu) / np.sqrt(v + eps))
        return total

    dZ, dgamma, dc = EXERCISES["batchnorm"].answer(*case)
    agree([dZ, dc, dgamma], J, Z=Z, c=c, gamma=gamma)
    np.testing.assert_allclose(dZ.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose((c * dc).sum(), 0, atol=1e-12)


def column(*dicts):
    return np.concatenate([d[l].ravel() for d in dicts for l in sorted(d)])


@pytest.mark.parametrize("k", range(5))
def test_a_clipped_step_goes_along_the_gradient_and_no_further(k):
    case = given("step", k)
    W, b, dW, db, lr, limit = case
    gradient = column(dW, db)
    length = np.linalg.norm(gradient)
    moved = column(W, b) - column(*EXERCISES["step"].answer(*case))
    wanted = lr * min(length, limit)
    assert np.isclose(np.linalg.norm(moved), wanted, rtol=1e-12)
    assert np.isclose(gradient @ moved, length * wanted, rtol=1e-12)


@pytest.mark.parametrize("t", range(7))
def test_adam_holds_the_sums_of_its_page(t):
    rng = np.random.default_rng(t)
    gradients = rng.standard_normal((t + 1, 2, 3))
    b1, b2 = 0.7, 0.9
    x, P, Q = np.zeros((3, 2, 3))
    for s, dx in enumerate(gradients):
        x, P, Q = EXERCISES["adam"].answer(x, dx, P, Q, s, 0.1, b1, b2, 0.2)
    for mean, values, beta in ((P, gradients, b1), (Q, gradients**2, b2)):
        fading = beta ** np.arange(t, -1, -1)
        wanted = np.tensordot(fading / fading.sum(), values, 1)
        np.testing.assert_allclose(mean, wanted, rtol=1e-12)


def test_adam_goes_where_the_adam_of_the_chapter_goes():
    net = mn.init([2, 3, 1], rng=0)
    rule, x = mn.adam(0.1, beta1=0.8, beta2=0.95), net.W[1]
    state, P, Q = rule.start(net), 0 * x, 0 * x
    for t in range(5):
        data = np.random.default_rng(t).standard_normal((2, 4))
        cache = mn.forward(net, data)
        grads = mn.backward(
            net, cache, np.ones((1, 4)), mn.binary_cross_entropy
        )
        net, state = rule.step(net, grads, state)
        x, P, Q = EXERCISES["adam"].answer(
            x, grads.dW[1], P, Q, t, 0.1, 0.8, 0.95, 1e-8
        )
        np.testing.assert_allclose(x, net.W[1], rtol=1e-12)


@pytest.mark.parametrize("k", range(3))
def test_one_step_on_the_rings_is_the_gradient_with_weights_and_sharing(k):
    X, Y, c, X_new, W, b, use, lr, _ = given("rings", k)
    b = {k: b[k] + 0.0123 for k in b}  # no unit stands at its kink
    train, L = EXERCISES["rings"].answer, len(use)

    def logits(W, b, A):
        for l in range(1, L + 1):
            Z = W[use[l]] @ A + b[use[l]]
            A = np.maximum(Z, 0)
        return Z

    def J(**at):
        Z = logits(*dicts(at), X)
        ell = np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-abs(Z)))
        return (c * ell).sum() / c.sum()

    def dicts(at):
        return tuple({k: at[f"{p}{k}"] for k in W} for p in "Wb")

    at = {f"W{k}": W[k] for k in W} | {f"b{k}": b[k] for k in b}
    after = {
        k: x - lr * mn.numerical_gradient(partial(moved, J, at, k), x)
        for k, x in at.items()
    }
    wanted = 1 / (1 + np.exp(-logits(*dicts(after), X_new)))
    ours = train(X, Y, c, X_new, W, b, use, lr, 1)
    np.testing.assert_allclose(ours, wanted, atol=1e-7)


@pytest.mark.parametrize("k", range(5))
def test_what_is_there_has_mean_0_and_mean_square_1_by_the_training_part(k):
    X, new = given("standardise", k)
    T, N = EXERCISES["standardise"].answer(X, new)
    for x, y, t, z in zip(X, new, T, N, strict=True):
        there = [v for v in x.tolist() if v == v]
        assert not t[np.isnan(x)].any()
        assert not z[np.isnan(y)].any()
        if len(set(there)) == 1:
            assert not t.any()
            assert not z.any()
            continue
        assert abs(t.sum()) < 1e-12
        assert np.isclose((t**2).sum(), len(there))
        slope, middle = np.polyfit(there, t[~np.isnan(x)], 1)
        line = slope * y + middle
        np.testing.assert_allclose(z, np.where(np.isnan(y), 0, line), 1e-9)


# The lines of the chapters, given all that the exercise gives


def chapter_backprop(X, Y, A1, A2, W1, W2, lam):
    m = X.shape[1]
    dZ2 = (A2 - Y) / m
    dZ1 = W2.T @ dZ2 * A1 * (1 - A1)
    dW1, db1 = dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dZ2 @ A1.T, dZ2.sum(axis=1, keepdims=True)


def chapter_backlayer(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), None


def chapter_batchnorm(Z, c, gamma, dN, eps):
    mu = Z.mean(axis=1, keepdims=True)
    r = np.sqrt(((Z - mu) ** 2).mean(axis=1, keepdims=True) + eps)
    hat = (Z - mu) / r
    dgamma = (dN * hat).sum(axis=1, keepdims=True)
    d = gamma * dN
    one, two = (x.mean(axis=1, keepdims=True) for x in (d, d * hat))
    return (d - one - hat * two) / r, dgamma, None


def chapter_step(W, b, dW, db, lr, limit):
    new_W = {l: W[l] - lr * dW[l] for l in W}
    return new_W, {l: b[l] - lr * db[l] for l in b}


def chapter_adam(theta, d, P, Q, t, lr, beta1, beta2, eps):
    P, Q = beta1 * P + (1 - beta1) * d, beta2 * Q + (1 - beta2) * d**2
    mean, square = P / (1 - beta1 ** (t + 1)), Q / (1 - beta2 ** (t + 1))
    return theta - lr * mean / (np.sqrt(square) + eps), P, Q


def chapter_rings(X, Y, c, X_new, W, b, use, lr, steps):
    W, b, L = dict(W), dict(b), len(use)

    def forward(X):
        A = {0: X}
        for l in range(1, L + 1):
            Z = W[use[l]] @ A[l - 1] + b[use[l]]
            A[l] = np.maximum(Z, 0) if l < L else 1 / (1 + np.exp(-Z))
        return A

    for _ in range(steps):
        A = forward(X)
        dZ = (A[L] - Y) / X.shape[1]
        for l in range(L, 0, -1):
            k, D, db = use[l], dZ @ A[l - 1].T, dZ.sum(1, keepdims=True)
            dA = W[k].T @ dZ
            W[k], b[k] = W[k] - lr * D, b[k] - lr * db
            dZ = dA * (A[l - 1] > 0)
    return forward(X_new)[L]


def chapter_layer(units, samples, mean, scale):
    W = np.vstack([w.T for w, _ in units])
    b = np.array([bias for _, bias in units]).reshape(-1, 1)
    return W, b, W @ np.hstack(samples) + b


def chapter_forward(X, W, b):
    Z, A = {}, {0: X}
    for l in (1, 2, 3):
        Z[l] = W[l][:, : len(A[l - 1])] @ A[l - 1] + b[l]
        A[l] = Z[l] if l == 3 else 1 / (1 + np.exp(-Z[l]))
    return Z, A


def chapter_crossentropy(Z, Y, c):
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    A = E / E.sum(axis=0, keepdims=True)
    ell = -(Y * np.log(A)).sum(axis=0, keepdims=True)
    return ell, ell.mean()


def chapter_standardise(X_train, X_new):
    mu = np.nanmean(X_train, axis=1, keepdims=True)
    scale = mn.standardise(np.where(np.isnan(X_train), mu, X_train))
    parts = X_train, X_new
    return [scale(np.where(np.isnan(X), scale.mean, X)) for X in parts]


COPIED = {
    "layer": chapter_layer,
    "forward": chapter_forward,
    "crossentropy": chapter_crossentropy,
    "backprop": chapter_backprop,
    "backlayer": chapter_backlayer,
    "batchnorm": chapter_batchnorm,
    "step": chapter_step,
    "adam": chapter_adam,
    "rings": chapter_rings,
    "standardise": chapter_standardise,
}


@pytest.mark.parametrize("name", COPIED)
def test_the_lines_of_a_chapter_get_no_point(name):
    ex = EXERCISES[name]
    for seed in range(3):
        done = ex.outcomes(COPIED[name], key(name, seed))
        assert diagnose.judge_outcomes(key(name, seed), done).points == 0
