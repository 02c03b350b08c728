"""The equation ledger: the equations of the chapter on any depth.

Four layers, with all sizes different and all equal, and different functions
in neighbouring layers. Loops, finite differences and second derivations.
"""

import itertools
import math

import numpy as np
import pytest
from equations.proofs import agree, close, proves
from kit import central_differences

import mininn as mn

deep_sizes = pytest.mark.parametrize(
    ("n", "m"),
    [
        pytest.param((3, 6, 5, 4, 2), 7, id="all-different"),
        pytest.param((3, 3, 3, 3, 3), 3, id="all-equal"),
    ],
)
HIDDEN = ["tanh", "sigmoid", "tanh"]
LOSS = mn.binary_cross_entropy


class Deep:
    """A four-layer network, a batch, its cache and its gradients."""

    def __init__(self, n, m, seed=3):
        rng = np.random.default_rng(seed)
        self.rng, self.n, self.m, self.L = rng, n, m, len(n) - 1
        drawn = mn.init(n, hidden=HIDDEN, scheme=0.8, rng=rng)
        self.W = drawn.W
        self.b = {l: rng.standard_normal(drawn.b[l].shape) for l in drawn.b}
        self.net = mn.Network(self.W, self.b, drawn.g)
        self.X = rng.standard_normal((n[0], m))
        self.Y = (rng.random((n[-1], m)) > 0.5) * 1.0
        self.cache = mn.forward(self.net, self.X)
        self.Z, self.A = self.cache.Z, self.cache.A
        self.g = mn.backward(self.net, self.cache, self.Y, LOSS)

    def rest(self, l, Z):
        """J as a function of Z[l], by the recursion of eq-deep-rest."""
        if l == self.L:
            terms = np.log1p(np.exp(Z)) - self.Y * Z
            return terms.sum() / self.m
        A = 1 / (1 + np.exp(-Z)) if HIDDEN[l - 1] == "sigmoid" else np.tanh(Z)
        return self.rest(l + 1, self.W[l + 1] @ A + self.b[l + 1])

    def slope(self, l):
        """g'(Z[l]) by hand."""
        A = self.A[l]
        return A * (1 - A) if HIDDEN[l - 1] == "sigmoid" else 1 - A**2


@deep_sizes
@proves("eq-deep-rest")
def test_every_layer_enters_the_same_cost(n, m):
    t = Deep(n, m)
    for l in t.Z:
        close(t.rest(l, t.Z[l]), LOSS(t.Z[t.L], t.Y))
        agree(t.g.dZ[l], lambda Z, l=l: t.rest(l, Z), t.Z[l])


@deep_sizes
@proves("eq-deep-local", "eq-deep-chain", "eq-deep-entries")
def test_one_layer_entry_by_entry(n, m):
    t = Deep(n, m)
    for l in (2, 4):
        W, b, A, dZ = t.W[l], t.b[l], t.A[l - 1], t.g.dZ[l]
        for k, i in [(0, 0), (n[l] - 1, m - 1)]:

            def Z_ki(W=W, b=b, A=A, k=k, i=i):
                return (W @ A + b)[k, i]

            at_W, at_b, at_A = (np.zeros_like(x) for x in (W, b, A))
            at_W[k], at_b[k], at_A[:, i] = A[:, i], 1, W[k]
            agree(at_W, lambda x, Z_ki=Z_ki: Z_ki(W=x), W)
            agree(at_b, lambda x, Z_ki=Z_ki: Z_ki(b=x), b)
            agree(at_A, lambda x, Z_ki=Z_ki: Z_ki(A=x), A)
        dW, db, dA = (np.zeros_like(x) for x in (W, b, A))
        for k, j, i in itertools.product(*map(range, (n[l], n[l - 1], m))):
            dW[k, j] += dZ[k, i] * A[j, i]
            dA[j, i] += dZ[k, i] * W[k, j]
            db[k] += dZ[k, i] / n[l - 1]
        # the sum over every k and i, of derivatives that are mostly 0
        for x, Z_of, ours in (
            (W, lambda x, A=A, b=b: x @ A + b, t.g.dW[l]),
            (b, lambda x, W=W, A=A: W @ A + x, t.g.db[l]),
            (A, lambda x, W=W, b=b: W @ x + b, t.g.dA[l - 1]),
        ):
            whole = sum(
                dZ[k, i]
                * central_differences(
                    lambda x, k=k, i=i, Z_of=Z_of: Z_of(x)[k, i], x
                )
                for k, i in np.ndindex(dZ.shape)
            )
            close(whole, ours, 1e-8)
        close(t.g.dW[l], dW)
        close(t.g.db[l], db)
        agree(db, lambda x, l=l: t.rest(l, t.W[l] @ t.A[l - 1] + x), b)
        close(t.g.dA[l - 1], dA)
        agree(dW, lambda x, l=l: t.rest(l, x @ t.A[l - 1] + t.b[l]), W)
        agree(dA, lambda x, l=l: t.rest(l, t.W[l] @ x + t.b[l]), A)


@deep_sizes
@proves("eq-deep-step")
def test_one_box_of_the_flow_chart(n, m):
    t = Deep(n, m)
    for l in (2, 3):
        dA = t.W[l].T @ (t.g.dA[l] * t.slope(l))
        close(dA, t.g.dA[l - 1])
        agree(dA, lambda A, l=l: t.rest(l, t.W[l] @ A + t.b[l]), t.A[l - 1])


@deep_sizes
@proves("eq-deep-product", "eq-deep-paths")
def test_the_gradient_is_a_sum_over_all_paths(n, m):
    t = Deep(n, m)
    i = m - 1
    product = t.g.dZ[4][:, [i]]
    for l in (4, 3, 2):
        product = np.diag(t.slope(l - 1)[:, i]) @ t.W[l].T @ product
    close(product, t.g.dZ[1][:, [i]])
    for j1 in range(n[1]):
        total = 0.0
        for j2, j3, j4 in itertools.product(*map(range, n[2:])):
            p = t.slope(1)[j1, i] * t.W[2][j2, j1]
            p *= t.slope(2)[j2, i] * t.W[3][j3, j2]
            p *= t.slope(3)[j3, i] * t.W[4][j4, j3]
            total += p * t.g.dZ[4][j4, i]
        close(total, t.g.dZ[1][j1, i])


@deep_sizes
@proves("eq-deep-bound")
def test_no_layer_lengthens_by_more_than_slope_times_norm(n, m):
    top = {"sigmoid": 0.25, "tanh": 1.0}
    z = np.linspace(-9, 9, 2001)
    assert mn.sigmoid.prime(z).max() == mn.sigmoid.prime(0.0) == 0.25
    assert mn.tanh.prime(z).max() == mn.tanh.prime(0.0) == 1
    assert 4.0**-10 == pytest.approx(1e-6, rel=0.05)
    for seed in range(20):
        t = Deep(n, m, seed)
        for l in (4, 3, 2):
            squares, directions = np.linalg.eigh(t.W[l] @ t.W[l].T)
            norm = math.sqrt(squares[-1])
            longest = t.W[l].T @ directions[:, -1]
            close(np.linalg.norm(longest), norm, 1e-10)  # it is reached
            length = np.linalg.norm(t.g.dZ[l], axis=0)
            bound = top[HIDDEN[l - 2]] * norm * length
            assert (np.linalg.norm(t.g.dZ[l - 1], axis=0) <= bound).all()


class Multiplied:
    """A product by loops that counts its multiplications."""

    def __init__(self):
        self.count = 0

    def __call__(self, P, Q):
        out = np.zeros((P.shape[0], Q.shape[1]))
        for k, i, j in itertools.product(
            *map(range, out.shape), range(len(Q))
        ):
            out[k, i] += P[k, j] * Q[j, i]
            self.count += 1
        return out


@deep_sizes
@proves("eq-deep-forward-cost", "eq-deep-backward-cost")
def test_the_way_back_costs_two_ways_forward(n, m):
    t, forth, back = Deep(n, m), Multiplied(), Multiplied()
    for l in range(1, 5):
        close(forth(t.W[l], t.A[l - 1]) + t.b[l], t.Z[l])
        close(back(t.g.dZ[l], t.A[l - 1].T), t.g.dW[l])
        if l > 1:
            close(back(t.W[l].T, t.g.dZ[l]), t.g.dA[l - 1])
    F = m * sum(n[l] * n[l - 1] for l in range(1, 5))
    assert forth.count == F
    assert back.count == 2 * F - m * n[1] * n[0]


@deep_sizes
@proves("eq-deep-tangent", "eq-deep-direction")
def test_forward_mode_meets_reverse_mode(n, m):
    t = Deep(n, m)
    V = {l: t.rng.standard_normal(t.W[l].shape) for l in t.W}
    v = {l: t.rng.standard_normal(t.b[l].shape) for l in t.b}

    def at(time):
        return mn.forward(
            mn.Network(
                {l: t.W[l] + time * V[l] for l in V},
                {l: t.b[l] + time * v[l] for l in v},
                t.net.g,
            ),
            t.X,
        )

    h, A_dot = 1e-5, np.zeros_like(t.X)
    for l in range(1, 5):
        Z_dot = V[l] @ t.A[l - 1] + t.W[l] @ A_dot + v[l]
        measured = (at(h).Z[l] - at(-h).Z[l]) / (2 * h)
        assert mn.relative_error(Z_dot, measured) < 1e-8
        A_dot = t.net.g[l].prime(t.Z[l]) * Z_dot
        measured = (at(h).A[l] - at(-h).A[l]) / (2 * h)
        assert mn.relative_error(A_dot, measured) < 1e-8
    J_dot = (t.g.dZ[4] * Z_dot).sum()
    measured = (LOSS(at(h).Z[4], t.Y) - LOSS(at(-h).Z[4], t.Y)) / (2 * h)
    close(J_dot, measured, rtol=1e-7)
    close(J_dot, sum((t.g.dW[l] * V[l]).sum() for l in V)
          + sum((t.g.db[l] * v[l]).sum() for l in v))  # fmt: skip


@deep_sizes
@proves("eq-deep-memory")
def test_what_a_cache_holds(n, m):
    t = Deep(n, m)
    held = [*t.Z.values(), *t.A.values()]
    assert sum(x.nbytes for x in held) == 8 * m * (n[0] + 2 * sum(n[1:]))


@pytest.mark.parametrize(
    ("n", "m"), [((2, 3, 1), 4), ((3, 3, 3), 3)], ids=["different", "equal"]
)
@proves("eq-deep-rows")
def test_the_rule_in_rows(n, m):
    rng = np.random.default_rng(5)
    x, t = rng.standard_normal((m, n[0])), rng.standard_normal((m, n[2]))
    w1, w2 = (rng.standard_normal((n[l - 1], n[l])) for l in (1, 2))
    c1, c2 = (rng.standard_normal((1, n[l])) for l in (1, 2))

    def top(a, w2=w2, c2=c2):
        return ((a @ w2 + c2 - t) ** 2).sum() / 2

    def E(w1=w1, c1=c1):
        return top(1 / (1 + np.exp(-(x @ w1 + c1))))

    a = 1 / (1 + np.exp(-(x @ w1 + c1)))
    delta = a @ w2 + c2 - t
    below = delta @ w2.T
    delta1 = below * a * (1 - a)
    agree(a.T @ delta, lambda w: top(a, w2=w), w2)
    agree(delta.sum(0, keepdims=True), lambda c: top(a, c2=c), c2)
    agree(below, top, a)
    agree(x.T @ delta1, lambda w: E(w1=w), w1)
    agree(delta1.sum(0, keepdims=True), lambda c: E(c1=c), c1)
    net = mn.Network(
        {1: w1.T, 2: w2.T}, {1: c1.T, 2: c2.T}, {1: "sigmoid", 2: "identity"}
    )
    g = mn.backward(net, mn.forward(net, x.T), t.T, mn.euclidean)
    close(m * g.dW[1].T, x.T @ delta1)
    close(m * g.db[2].T, delta.sum(0, keepdims=True))
