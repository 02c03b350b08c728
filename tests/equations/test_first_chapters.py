"""The equation ledger, part one: the equations of the five first chapters.

``@proves("eq-...")`` says which. Each test compares the equation, written
out with scalars and loops or differentiated by finite differences, with the
library or with a second derivation.
"""

import json
import math
import re

import numpy as np
import pytest
from equations.proofs import (
    Batch,
    agree,
    both_sizes,
    close,
    ell,
    proves,
    s,
    slope,
)
from places import BOOK

import mininn as mn

# --- notation -----------------------------------------------------------


@proves("eq-unit-z", "eq-unit-a")
def test_one_unit():
    w, x, b = [0.5, -2.0, 0.25], [1.0, 0.75, -4.0], 3.0
    z = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b
    net = mn.Network({1: [w]}, {1: [[b]]}, {1: "sigmoid"})
    cache = mn.forward(net, np.reshape(x, (3, 1)))
    close(cache.Z[1], [[z]])
    close(cache.A[1], [[s(z)]])


@both_sizes
@proves("eq-layer-sum", "eq-layer-vector")
def test_one_layer_is_a_sum_for_each_unit(n, m):
    t = Batch(n, 1)
    close(t.W[1] @ t.X + t.b[1], t.product_plus_bias(1))
    close(mn.forward(t.net, t.X).A[1], t.A[1])


@both_sizes
@proves("eq-columns", "eq-forward-Z", "eq-forward-A")
def test_a_batch_is_its_columns(n, m):
    t = Batch(n, m)
    cache = mn.forward(t.net, t.X)
    for l in (1, 2):
        close(cache.Z[l], t.Z[l])
        close(cache.A[l], t.A[l])
        alone = [mn.forward(t.net, t.X[:, [i]]).A[l] for i in range(m)]
        close(cache.A[l], np.hstack(alone))


@both_sizes
@proves("eq-cost")
def test_the_cost_is_the_mean_of_the_losses(n, m):
    t = Batch(n, m)
    losses = [
        mn.binary_cross_entropy(t.Z[2][:, [i]], t.Y[:, [i]]) for i in range(m)
    ]
    J = mn.binary_cross_entropy(t.Z[2], t.Y)
    close(J, sum(losses) / m)
    close(J, t.J_from(2, t.Z[2]))


@both_sizes
@proves("eq-derivative", "eq-derivative-shape")
def test_a_derivative_has_the_shape_of_its_array(n, m):
    t = Batch(n, m)
    g = t.grads()
    for l in (1, 2):
        agree(g.dZ[l], lambda Z, l=l: t.J_from(l, Z), t.Z[l])
        assert g.dW[l].shape == t.W[l].shape
        assert g.db[l].shape == t.b[l].shape
    assert g.dA[1].shape == t.A[1].shape


@both_sizes
@proves("eq-step")
def test_a_step_goes_against_the_gradient(n, m):
    t = Batch(n, m)
    g = t.grads()
    new = mn.step(t.net, g, 0.25)
    for l in (1, 2):
        close(new.W[l], t.W[l] - 0.25 * g.dW[l])
        close(new.b[l], t.b[l] - 0.25 * g.db[l])
    before = mn.binary_cross_entropy(t.Z[2], t.Y)
    small = mn.step(t.net, g, 1e-6)
    after = mn.binary_cross_entropy(mn.forward(small, t.X).Z[2], t.Y)
    fall = sum((d**2).sum() for d in (*g.dW.values(), *g.db.values()))
    close((before - after) / 1e-6, fall, rtol=1e-4)


# --- shapes -------------------------------------------------------------


@both_sizes
@proves("eq-product-shape", "eq-shapes-one", "eq-shapes")
def test_every_array_has_the_shape_of_the_table(n, m):
    p, q, r = n
    assert (np.ones((p, q)) @ np.ones((q, r))).shape == (p, r)
    for size in (1, m):
        t = Batch(n, size)
        table = mn.shape_table(n, size)
        for l in (1, 2):
            assert t.net.W[l].shape == (n[l], n[l - 1]) == table[f"W[{l}]"]
            assert t.net.b[l].shape == (n[l], 1) == table[f"b[{l}]"]
            cache = mn.forward(t.net, t.X)
            assert cache.Z[l].shape == (n[l], size) == table[f"Z[{l}]"]
            assert cache.A[l].shape == (n[l], size) == table[f"A[{l}]"]


@both_sizes
@proves("eq-broadcast")
def test_the_bias_is_added_to_every_column(n, m):
    t = Batch(n, m)
    Z = t.W[1] @ t.X + t.b[1] @ np.ones((1, m))
    close(mn.forward(t.net, t.X).Z[1], Z)
    for i in range(m):
        close(Z[:, [i]] - t.W[1] @ t.X[:, [i]], t.b[1], rtol=1e-10)


@both_sizes
@proves("eq-dW-shape", "eq-db-shape")
def test_gradients_sum_over_the_samples(n, m):
    t = Batch(n, m)
    g, A = t.grads(), {0: t.X, 1: t.A[1]}
    for l in (1, 2):
        dW, db = np.zeros_like(t.W[l]), np.zeros_like(t.b[l])
        for i in range(m):
            dW += np.outer(g.dZ[l][:, i], A[l - 1][:, i])
            db[:, 0] += g.dZ[l][:, i]
        close(g.dW[l], dW)
        close(g.db[l], db)


# --- forward ------------------------------------------------------------

ROWS_003 = {
    1: ([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]], [0.1, 0.2, 0.3]),
    2: ([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]], [0.1, 0.2]),
    3: ([[0.1, 0.3], [0.2, 0.4]], [0.1, 0.2]),
}
PRINTED_003 = {
    1: ([0.3, 0.7, 1.1], [0.57444252, 0.66818777, 0.75026011]),
    2: ([0.51615984, 1.21402696], [0.62624937, 0.7710107]),
    3: ([0.31682708, 0.69627909], [0.31682708, 0.69627909]),
}


def net_003():
    W = {l: np.array(w).T for l, (w, _) in ROWS_003.items()}
    b = {l: np.reshape(b, (-1, 1)) for l, (_, b) in ROWS_003.items()}
    return mn.Network(W, b, {1: "sigmoid", 2: "sigmoid", 3: "identity"})


@proves("eq-example-weights", "eq-example-z1")
def test_the_example_gives_the_printed_numbers():
    cache = mn.forward(net_003(), [[1.0], [0.5]])
    for l, (z, a) in PRINTED_003.items():
        np.testing.assert_allclose(cache.Z[l].ravel(), z, atol=5.1e-9)
        np.testing.assert_allclose(cache.A[l].ravel(), a, atol=5.1e-9)
    text = (BOOK / "forward.ipynb").read_text("utf-8")
    for l, (rows, _) in ROWS_003.items():
        matrix = re.search(
            rf"W\^\{{\[{l}\]\}} &= \\\\begin\{{pmatrix\}}(.*?)\\\\end", text
        )
        entries = [
            [float(v) for v in re.findall(r"\d\.\d", row)]
            for row in matrix[1].split(r"\\\\")
        ]
        assert entries == np.transpose(rows).tolist()


@proves("eq-rows")
def test_rows_are_the_transpose_of_columns():
    x = np.array([[1.0, 0.5]])
    for l, (w, b) in ROWS_003.items():
        z = x @ np.array(w) + np.array([b])
        np.testing.assert_allclose(z[0], PRINTED_003[l][0], atol=5.1e-9)
        x = z if l == 3 else np.vectorize(s)(z)
    t = Batch((4, 3, 2), 5)
    close((t.W[1] @ t.X + t.b[1]).T, t.X.T @ t.W[1].T + t.b[1].T)


@pytest.mark.parametrize("tab", ["Columns", "Rows"])
def test_both_sides_of_the_toggle_run(tab):
    page = (BOOK / "further" / "rows.ipynb").read_text("utf-8")
    cells = json.loads(page)["cells"]
    text = "".join("".join(c["source"]) + "\n" for c in cells)
    code = re.search(
        rf"tab-item\}} {tab}.*?```python\n(.*?)```", text, re.DOTALL
    )
    assert code is not None
    names = {"np": np, "sigmoid": np.vectorize(s)}
    exec(code[1], names)  # the book's own listing
    shape = (2, 1) if tab == "Columns" else (1, 2)
    assert names["Y"].shape == shape
    np.testing.assert_allclose(
        names["Y"].ravel(), PRINTED_003[3][1], atol=5.1e-9
    )


def e_minus(z):
    return math.exp(-z)


@proves("eq-sigmoid", "eq-sigmoid-mirror", "eq-sigmoid-stable")
def test_sigmoid():
    for z in (-30.0, -2.5, -1e-9, 0.0, 0.3, 7.0, 30.0):
        e = math.exp(-abs(z))
        stable = 1 / (1 + e) if z >= 0 else e / (1 + e)
        close(mn.sigmoid([[z]]), [[s(z)]])
        close(stable, s(z))
        assert abs(s(-z) - (1 - s(z))) < 1e-15
        for mirror in (1 / (1 + math.exp(z)), e_minus(z) / (e_minus(z) + 1)):
            close(mirror, s(-z))


@proves("eq-sigmoid-prime")
def test_sigmoid_prime():
    for z in (-6.0, -1.0, 0.0, 0.4, 5.0):
        close(mn.sigmoid.prime([[z]]), [[s(z) * (1 - s(z))]])
        assert abs(slope(s, z) / (s(z) * (1 - s(z))) - 1) < 1e-8
        close(e_minus(z) / (1 + e_minus(z)) ** 2, s(z) * (1 - s(z)))


@proves("eq-identity", "eq-relu", "eq-leaky", "eq-tanh")
def test_the_other_activations():
    for z in (-3.0, -0.5, 0.0, 0.5, 3.0):
        x = [[z]]
        assert mn.identity(x) == z
        assert mn.relu(x) == max(z, 0.0)
        assert mn.leaky_relu(x) == (z if z > 0 else 0.01 * z)
        tanh = (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z))
        close(mn.tanh(x), [[tanh]])
        if z:
            for g in (mn.identity, mn.relu, mn.leaky_relu, mn.tanh):
                agree(g.prime(x), lambda v, g=g: g(v).sum(), np.array(x))


# --- softmax ------------------------------------------------------------


def softmax_loop(z):
    e = [math.exp(v) for v in z]
    return np.array([v / sum(e) for v in e])


Z_EXAMPLE = [0.3, 2.9, 4.0]


@proves("eq-softmax-def", "eq-softmax-sum", "eq-softmax-ratio")
def test_softmax_definition():
    a = softmax_loop(Z_EXAMPLE)
    np.testing.assert_allclose(
        a, [0.01821127, 0.24519181, 0.73659691], atol=5.1e-9
    )
    ours = mn.softmax(np.reshape(Z_EXAMPLE, (3, 1)))[:, 0]
    close(ours, a)
    assert (ours > 0).all()
    assert abs(ours.sum() - 1) < 1e-15
    for j in range(3):
        for k in range(3):
            close(ours[j] / ours[k], math.exp(Z_EXAMPLE[j] - Z_EXAMPLE[k]))


@proves("eq-softmax-sigmoid")
def test_softmax_of_two_is_a_sigmoid():
    for z1, z2 in ((1.5, -0.5), (0.0, 0.0), (-2.0, 3.0)):
        close(mn.softmax([[z1], [z2]])[0, 0], s(z1 - z2))


@proves(
    "eq-softmax-C", "eq-softmax-shift", "eq-softmax-constant", "eq-softmax"
)
def test_the_shift_changes_nothing_and_its_sign_matters():
    z = np.array(Z_EXAMPLE)
    for C in (0.01, 1.0, 25.0):
        e = np.exp(z)
        close(C * e / (C * e).sum(), softmax_loop(z))
        moved = np.exp(z + math.log(C))
        close(moved / moved.sum(), softmax_loop(z))
    big = np.array([1010.0, 1000.0, 990.0])
    with np.errstate(over="ignore", invalid="ignore"):
        plus = np.exp(big + big.max()) / np.exp(big + big.max()).sum()
    assert np.isnan(plus).all()
    minus = np.exp(big - big.max()) / np.exp(big - big.max()).sum()
    printed = [9.99954600e-01, 4.53978686e-05, 2.06106005e-09]
    np.testing.assert_allclose(minus, printed, rtol=1e-8)
    close(mn.softmax(big.reshape(3, 1))[:, 0], minus)
    close(minus, softmax_loop(big - 1000))
    # The largest score is taken away: no exponent is above 0, and one is 0.
    close(mn.softmax([[1000.0], [0.0]]), [[1.0], [0.0]])


@both_sizes
@proves("eq-softmax-batch")
def test_softmax_works_down_each_column(n, m):
    Z = 10 * np.random.default_rng(0).standard_normal((n[0], m))
    each = np.array([softmax_loop(z) for z in Z.T]).T
    close(mn.softmax(Z), each)
    far = Z + 1000 * np.arange(m)  # each column needs a maximum of its own
    close(mn.softmax(far), each, rtol=1e-9)


@proves("eq-logsumexp", "eq-lse-bounds", "eq-log-softmax")
def test_logsumexp_and_log_softmax():
    for z in (Z_EXAMPLE, [0.0, 0.0], [-5.0, 2.0, 2.0, 1.0]):
        lse = math.log(sum(math.exp(v) for v in z))
        ours = mn.logsumexp(np.reshape(z, (-1, 1)))
        close(ours, [[lse]])
        assert max(z) <= ours[0, 0] <= max(z) + math.log(len(z)) + 1e-15
        M = max(z)
        rest = math.log(sum(math.exp(v - M) for v in z))
        close(M + rest, lse)
        log_a = mn.log_softmax(np.reshape(z, (-1, 1)))[:, 0]
        close(log_a, np.log(softmax_loop(z)))
        close(log_a, np.array(z) - lse)
        close(log_a, [(v - M) - rest for v in z])
    close(mn.logsumexp([[1000.0], [0.0]]), [[1000.0]])
    close(mn.logsumexp([[1000.0], [1000.0]]), [[1000 + math.log(2)]])
    close(mn.log_softmax([[800.0], [0.0]]), [[0.0], [-800.0]])


@both_sizes
@proves("eq-cross-entropy")
def test_cross_entropy(n, m):
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((n[0], m))
    Y = np.eye(n[0])[:, rng.integers(0, n[0], m)]
    total = 0.0
    for i in range(m):
        a = softmax_loop(Z[:, i])
        total -= sum(Y[k, i] * math.log(a[k]) for k in range(n[0]))
    close(mn.cross_entropy(Z, Y), total / m)


@both_sizes
@proves("eq-lse-gradient", "eq-softmax-gradient")
def test_gradient_of_the_cross_entropy(n, m):
    z = np.random.default_rng(1).standard_normal((n[0], 1))
    a = softmax_loop(z[:, 0]).reshape(-1, 1)
    y = np.eye(n[0])[:, [1]]

    def lse(z):
        return math.log(sum(math.exp(v) for v in z[:, 0]))

    agree(a, lse, z)
    agree(a - y, lambda z: lse(z) - z[1, 0], z)
    close(mn.cross_entropy.dZ(z, y), a - y)


@proves("eq-argmax")
def test_softmax_preserves_the_order():
    Z = np.random.default_rng(0).standard_normal((5, 50))
    assert (mn.softmax(Z).argmax(axis=0) == Z.argmax(axis=0)).all()
    net = mn.Network({1: np.eye(5)}, {1: np.zeros((5, 1))}, {1: "softmax"})
    assert (mn.predict(net, Z) == [Z.argmax(axis=0)]).all()


@proves("eq-temperature")
def test_temperature():
    z = np.array(Z_EXAMPLE)
    for T in (0.1, 1.0, 4.0):
        a = mn.softmax(z.reshape(3, 1) / T)[:, 0]
        close(a, softmax_loop(z / T))
        close(a[1] / a[0], math.exp((z[1] - z[0]) / T), rtol=1e-11)
    assert softmax_loop(z / 0.01)[2] > 1 - 1e-12
    np.testing.assert_allclose(softmax_loop(z / 1e9), 1 / 3, rtol=1e-8)


# --- backprop -----------------------------------------------------------


@proves("eq-bce", "eq-bce-logits")
def test_binary_cross_entropy():
    for z in (-20.0, -1.0, 0.0, 0.7, 20.0):
        for y in (0.0, 0.25, 1.0):
            logits = max(z, 0) - z * y + math.log1p(math.exp(-abs(z)))
            assert abs(logits - ell(s(z), y)) < 1e-8 * max(1, logits)
            first = z - z * y + math.log1p(math.exp(-z))
            assert abs(first - logits) < 1e-8 * max(1, logits)
            close(mn.binary_cross_entropy([[z]], [[y]]), logits)
    assert mn.binary_cross_entropy([[1000.0]], [[0]]) == 1000.0


@proves("eq-central-difference", "eq-central-error")
def test_the_error_of_the_central_difference():
    for h in (1e-1, 1e-2):  # of sin: the third derivative is -cos
        error = slope(math.sin, 0.5, h) - math.cos(0.5)
        assert abs(error / (-(h**2) / 6 * math.cos(0.5)) - 1) < h
    x = np.array([[0.5, -1.0]])
    close(
        mn.numerical_gradient(lambda x: np.exp(x).sum(), x, h=1e-2),
        [[slope(math.exp, v, 1e-2) for v in x[0]]],
    )


@proves("eq-relative-error")
def test_relative_error():
    a, b = [[1.0, -4.0]], [[1.0, -3.0]]
    assert mn.relative_error(a, b) == 1 / 4
    assert mn.relative_error(b, a) == 1 / 4  # the larger one may be B
    assert mn.relative_error(np.multiply(a, 1e9), np.multiply(b, 1e9)) == 0.25
    a, b = [[2.0, -4.0]], [[1.0, -4.0]]  # of all entries, not of each
    assert mn.relative_error(a, b) == 1 / 4


@proves("eq-backprop-chain", "eq-backprop-numbers")
def test_five_factors_make_the_derivative_by_the_first_weight():
    x, w1, b1, w2, b2 = 1.5, 0.8, -0.4, -1.2, 0.3
    z1 = w1 * x + b1
    z2 = w2 * s(z1) + b2
    links = [
        (lambda a: ell(a, 1.0), s(z2)),
        (s, z2),
        (lambda a: w2 * a + b2, s(z1)),
        (s, z1),
        (lambda w: w * x + b1, w1),
    ]
    product = math.prod(slope(f, at) for f, at in links)
    whole = slope(lambda w: ell(s(w2 * s(w * x + b1) + b2), 1.0), w1)
    close(product, whole, rtol=1e-8)
    factors = [slope(g, at) for g, at in links]
    printed = [-2.6955, 0.2334, -1.2, 0.2139, 1.5]
    np.testing.assert_allclose(factors, printed, rtol=0, atol=5.1e-5)
    assert abs(whole - 0.2422) < 5e-5
    assert abs(math.prod(printed) - whole) < 1e-4


@pytest.mark.parametrize("y", [0.0, 1.0])
@proves(
    "eq-da2",
    "eq-dz2-product",
    "eq-dz2",
    "eq-dw2",
    "eq-db2",
    "eq-da1",
    "eq-dz1",
    "eq-dw1",
    "eq-db1",
)
def test_the_scalar_formulas(y):
    x, w1, b1, w2, b2 = 1.5, 0.8, -0.4, -1.2, 0.3
    z1 = w1 * x + b1
    a1 = s(z1)
    z2 = w2 * a1 + b2
    a2 = s(z2)
    p = a1 * (1 - a1)
    checks = [
        (-y / a2 + (1 - y) / (1 - a2), lambda v: ell(v, y), a2),
        (-y * (1 - a2) + (1 - y) * a2, lambda v: ell(s(v), y), z2),
        (a2 - y, lambda v: ell(s(v), y), z2),
        ((a2 - y) * a1, lambda v: ell(s(v * a1 + b2), y), w2),
        (a2 - y, lambda v: ell(s(w2 * a1 + v), y), b2),
        ((a2 - y) * w2, lambda v: ell(s(w2 * v + b2), y), a1),
        ((a2 - y) * w2 * p, lambda v: ell(s(w2 * s(v) + b2), y), z1),
        (
            (a2 - y) * w2 * p * x,
            lambda v: ell(s(w2 * s(v * x + b1) + b2), y),
            w1,
        ),
        ((a2 - y) * w2 * p, lambda v: ell(s(w2 * s(w1 * x + v) + b2), y), b1),
    ]
    for formula, f, at in checks:
        assert abs(slope(f, at) / formula - 1) < 1e-8
    net = mn.Network(
        {1: [[w1]], 2: [[w2]]},
        {1: [[b1]], 2: [[b2]]},
        {1: "sigmoid", 2: "sigmoid"},
    )
    g = mn.backward(
        net, mn.forward(net, [[x]]), [[y]], mn.binary_cross_entropy
    )
    ours = [g.dZ[2], g.dW[2], g.db[2], g.dA[1], g.dZ[1], g.dW[1], g.db[1]]
    close(np.ravel(ours), [c[0] for c in checks[2:]])


@both_sizes
@proves(
    "eq-dz2-vector",
    "eq-dW2-vector",
    "eq-da1-paths",
    "eq-da1-vector",
    "eq-dz1-vector",
    "eq-dW1-vector",
)
def test_the_vector_formulas(n, m):
    t = Batch(n, 1)
    a2, a1 = t.A[2], t.A[1]
    dz2 = a2 - t.Y
    da2 = -t.Y / a2 + (1 - t.Y) / (1 - a2)
    close(da2 * a2 * (1 - a2), dz2)
    agree(dz2, lambda z: t.J_from(2, z), t.Z[2])
    agree(
        da2,
        lambda a: sum(ell(a[k, 0], t.Y[k, 0]) for k in range(n[2])),
        a2,
        h=1e-6,
    )  # log a bends sharply at small a
    agree(dz2 @ a1.T, lambda W: t.J_from(2, W @ a1 + t.b[2]), t.W[2])
    agree(dz2, lambda b: t.J_from(2, t.W[2] @ a1 + b), t.b[2])
    paths = [
        [sum(dz2[k, 0] * t.W[2][k, j] for k in range(n[2]))]
        for j in range(n[1])
    ]
    da1 = t.W[2].T @ dz2
    close(da1, paths)
    agree(da1, lambda a: t.J_from(2, t.W[2] @ a + t.b[2]), a1)
    dz1 = da1 * (a1 * (1 - a1))
    agree(dz1, lambda z: t.J_from(1, z), t.Z[1])
    agree(dz1 @ t.X.T, lambda W: t.J_from(1, W @ t.X + t.b[1]), t.W[1])
    agree(dz1, lambda b: t.J_from(1, t.W[1] @ t.X + b), t.b[1])


@both_sizes
@proves("eq-dA2-batch", "eq-dZ-L", "eq-dW", "eq-db", "eq-dA", "eq-dZ")
def test_the_batch_formulas(n, m):
    t = Batch(n, m)
    A2, A1, g = t.A[2], t.A[1], t.grads()

    def cost(A):
        return sum(ell(A[i], t.Y[i]) for i in np.ndindex(A.shape)) / m

    agree((-t.Y / A2 + (1 - t.Y) / (1 - A2)) / m, cost, A2, h=1e-6)
    close(g.dZ[2], (A2 - t.Y) / m)
    agree(g.dZ[2], lambda Z: t.J_from(2, Z), t.Z[2])
    agree(g.dW[2], lambda W: t.J_from(2, W @ A1 + t.b[2]), t.W[2])
    agree(g.db[2], lambda b: t.J_from(2, t.W[2] @ A1 + b), t.b[2])
    agree(g.dA[1], lambda A: t.J_from(2, t.W[2] @ A + t.b[2]), A1)
    agree(g.dZ[1], lambda Z: t.J_from(1, Z), t.Z[1])
    agree(g.dW[1], lambda W: t.J_from(1, W @ t.X + t.b[1]), t.W[1])
    agree(g.db[1], lambda b: t.J_from(1, t.W[1] @ t.X + b), t.b[1])
    for l in (1, 2):
        A, dZ = t.A[l - 1], g.dZ[l]
        outer = sum(np.outer(dZ[:, i], A[:, i]) for i in range(m))
        close(outer, g.dW[l], 1e-10)
        close(dZ @ A.T, g.dW[l], 1e-10)
        close(sum(dZ[:, i] for i in range(m)), g.db[l][:, 0], 1e-10)
    close(t.W[2].T @ g.dZ[2], g.dA[1], 1e-10)
    close(g.dA[1] * (A1 * (1 - A1)), g.dZ[1], 1e-10)


@both_sizes
@proves("eq-euclidean")
def test_euclidean(n, m):
    rng = np.random.default_rng(0)
    Z, Y = rng.standard_normal((2, n[0], m))
    total = sum((Z[i] - Y[i]) ** 2 / 2 for i in np.ndindex(Z.shape))
    close(mn.euclidean(Z, Y), total / m)
    agree((Z - Y) / m, lambda Z: ((Z - Y) ** 2).sum() / 2 / m, Z)
    close(mn.euclidean.dZ(Z, Y), (Z - Y) / m)
