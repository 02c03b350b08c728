"""The equation ledger: the equations of the chapter on handwritten digits."""

import math

import numpy as np
import pytest
from claims.ledger import of_page
from equations.proofs import agree, both_sizes, close, proves

import mininn as mn
from mininn.data import DIGITS
from mininn.train import GradientDescent


def softmax_net(n, seed=0):
    """A network with biases that are not zero, ReLU and softmax."""
    rng = np.random.default_rng(seed)
    L = len(n) - 1
    W = {l: rng.standard_normal((n[l], n[l - 1])) for l in range(1, L + 1)}
    b = {l: rng.standard_normal((n[l], 1)) for l in range(1, L + 1)}
    g = dict.fromkeys(range(1, L), "relu") | {L: "softmax"}
    return mn.Network(W, b, g)


def images(n, m, seed=1):
    rng = np.random.default_rng(seed)
    return rng.random((n[0], m)), np.eye(n[-1])[:, rng.integers(0, n[-1], m)]


@proves("eq-digits-pixel")
def test_a_column_holds_the_rows_of_the_image():
    with np.load(DIGITS) as file:
        levels = file["images"]
    X, _ = mn.digits()
    for i in (0, 17, 1796):
        P = X[:, i].reshape(8, 8) * 16
        for r in range(8):
            for c in range(8):
                assert X[8 * r + c, i] == P[r, c] / 16
                assert P[r, c] == levels[8 * r + c, i]
    # The first image, upright, as it is published: a 0.
    G = X[:, 0].reshape(8, 8) * 16
    assert G[0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert G[:, 0].tolist() == [0] * 8
    assert X.min() == 0
    assert X.max() == 1


@pytest.mark.parametrize("K", [2, 3, 10])
def test_guessing_costs_the_logarithm_of_the_classes(K):
    for k in range(K):
        y = np.eye(K)[:, [k]]
        cost = -sum(float(y[j, 0]) * math.log(1 / K) for j in range(K))
        close(cost, math.log(K))
        close(mn.cross_entropy(np.full((K, 1), 0.7), y), math.log(K))


@pytest.mark.parametrize(("m", "B"), [(10, 3), (9, 3), (7, 7), (5, 1)])
def test_the_updates_are_counted(m, B):
    class Counting(GradientDescent):
        def step(self, net, grads, state):
            calls.append(1)
            return super().step(net, grads, state)

    calls, E = [], 4
    X, Y = images((2, 3), m)
    mn.train(
        softmax_net((2, 3)),
        X,
        Y,
        mn.cross_entropy,
        optimizer=Counting(0.01),
        batch_size=B,
        epochs=E,
        rng=0,
    )
    assert len(calls) == E * math.ceil(m / B)


@pytest.mark.parametrize(("K", "m"), [(3, 8), (4, 4)])
@proves("eq-digits-confusion", "eq-digits-accuracy", "eq-digits-recall")
def test_the_confusion_matrix_counts(K, m):
    rng = np.random.default_rng(3)
    truth = [*range(K), *rng.integers(0, K, m - K)]
    said = [*range(K - 1), 0, *rng.integers(0, K, m - K)]
    said[1], said[-1] = K - 1, truth[-1]
    C = mn.one_hot(truth, K) @ mn.one_hot(said, K).T
    for j in range(K):
        for k in range(K):
            pairs = zip(truth, said, strict=True)
            assert C[j, k] == sum(1 for t, a in pairs if (t, a) == (j, k))
    hits = [t == a for t, a in zip(truth, said, strict=True)]
    close(sum(C[k, k] for k in range(K)) / m, sum(hits) / m)
    for j in range(K):
        of_j = [h for h, t in zip(hits, truth, strict=True) if t == j]
        called = [h for h, a in zip(hits, said, strict=True) if a == j]
        close(C[j, j] / C[j].sum(), sum(of_j) / len(of_j))
        if called:
            close(C[j, j] / C[:, j].sum(), sum(called) / len(called))
    logits = np.eye(K)[:, said]  # a network that gives these answers
    net = mn.Network({1: np.eye(K)}, {1: np.zeros((K, 1))}, {1: "softmax"})
    close(mn.accuracy(net, logits, mn.one_hot(truth, K)), C.trace() / C.sum())


@both_sizes
@proves("eq-digits-local", "eq-digits-contribution")
def test_a_relu_network_is_linear_around_an_image(n, m):
    net = softmax_net(n)
    X, _ = images(n, m)
    for i in range(m):
        x = X[:, [i]]
        cache = mn.forward(net, x)
        on = [1.0 if z > 0 else 0.0 for z in cache.Z[1][:, 0]]
        V = np.zeros((n[2], n[0]))
        c = np.zeros((n[2], 1))
        for k in range(n[2]):
            c[k, 0] = net.b[2][k, 0]
            for h in range(n[1]):
                c[k, 0] += net.W[2][k, h] * on[h] * net.b[1][h, 0]
                for j in range(n[0]):
                    V[k, j] += net.W[2][k, h] * on[h] * net.W[1][h, j]
        D = np.diag(on)
        close(net.W[2] @ D @ net.W[1], V)
        close(net.W[2] @ D @ net.b[1] + net.b[2], c)
        for k in range(n[2]):
            worth = sum(V[k, j] * x[j, 0] for j in range(n[0]))
            close(cache.Z[2][k, 0], c[k, 0] + worth)
            agree(V[[k]].T, lambda x, k=k: mn.forward(net, x).Z[2][k, 0], x)


@proves("eq-digits-ece")
def test_the_calibration_error_of_a_known_table():
    # two bins: 4 images at 0.9, 3 right; 6 images at 0.55 and 0.65, 3 right
    p = [0.9, 0.9, 0.9, 0.9, 0.55, 0.55, 0.55, 0.65, 0.65, 0.65]
    r = [1, 1, 1, 0, 1, 0, 0, 1, 1, 0]
    total = 0.0
    for b in (range(4), range(4, 10)):
        mean_p = sum(p[i] for i in b) / len(b)
        mean_r = sum(r[i] for i in b) / len(b)
        total += len(b) / 10 * abs(mean_p - mean_r)
    close(total, 0.4 * 0.15 + 0.6 * 0.1)
    # the same by the definition without means: |sum of gaps| over m
    gaps = [abs(sum(p[i] - r[i] for i in b)) for b in (range(4), range(4, 10))]
    close(total, sum(gaps) / 10)
    # and the function of the page
    (reliability,) = of_page("digits", "reliability")
    A = np.array([p, [1 - x for x in p]])
    Y = mn.one_hot([0 if k else 1 for k in r], 2)
    close(reliability(A, Y, [0, 0.7, 1])[1], total)
    # answers that are right as often as they are sure have none
    sure = np.repeat([0.75, 0.5], [4, 2])
    hit = np.array([1, 1, 1, 0, 1, 0])
    bins = (slice(0, 4), slice(4, 6))
    assert not any(sure[b].mean() - hit[b].mean() for b in bins)


@both_sizes
@proves("eq-digits-decay")
def test_under_plain_descent_a_penalty_shrinks_each_weight(n, m):
    net, l2, lr = softmax_net(n), 0.3, 0.1
    X, Y = images(n, m)
    X[0] = 0.0  # a pixel that is always white: there dW = 0
    loss = mn.cross_entropy

    def J(l, W):
        moved = net.moved(net.W | {l: W}, net.b)
        price = sum(
            l2 / 2 * float(w) ** 2
            for layer in moved.W.values()
            for w in layer.flat
        )
        return loss(mn.forward(moved, X).Z[2], Y) + price

    after, _ = mn.train(net, X, Y, loss, lr=lr, epochs=1, l2=l2)
    g = mn.backward(net, mn.forward(net, X), Y, loss)
    for l in (1, 2):
        priced = (net.W[l] - after.W[l]) / lr
        agree(priced, lambda W, l=l: J(l, W), net.W[l])
        for k, j in np.ndindex(net.W[l].shape):
            w, d = float(net.W[l][k, j]), float(g.dW[l][k, j])
            close(after.W[l][k, j], (1 - lr * l2) * w - lr * d, rtol=1e-9)
    after, _ = mn.train(net, X, Y, loss, lr=lr, epochs=9, l2=l2)
    close(after.W[1][:, 0], (1 - lr * l2) ** 9 * net.W[1][:, 0], rtol=1e-10)


@both_sizes
@proves("eq-digits-scale")
def test_scaled_inputs_take_squared_steps(n, m):
    net, c, lr = softmax_net(n), 16.0, 0.01
    X, Y = images(n, m)
    scaled = net.moved(net.W | {1: net.W[1] / c}, net.b)
    loss = mn.cross_entropy
    g = mn.backward(net, mn.forward(net, X), Y, loss)
    gs = mn.backward(scaled, mn.forward(scaled, c * X), Y, loss)
    close(mn.forward(scaled, c * X).A[2], mn.forward(net, X).A[2])
    close(gs.dW[1], c * g.dW[1])
    after = mn.step(scaled, gs, lr).W[1] @ (c * X) - net.W[1] @ X
    plain = mn.step(net, g, lr).W[1] @ X - net.W[1] @ X
    close(after, c**2 * plain, rtol=1e-8)


@pytest.mark.parametrize("n", [(4, 5, 3), (3, 3, 3)])
@proves("eq-digits-symmetry")
def test_units_that_start_alike_stay_alike(n):
    net = softmax_net(n)
    X, Y = images(n, 6)
    W = {l: net.W[l].copy() for l in net.W}
    b = {l: net.b[l].copy() for l in net.b}
    W[1][1], b[1][1], W[2][:, 1] = W[1][0], b[1][0], W[2][:, 0]
    b[1][:2] = 1.0  # both on, so that their gradients are not all 0
    net = mn.Network(W, b, net.g)

    def J(l, x):
        moved = net.moved(net.W | {l: x}, net.b)
        return mn.cross_entropy(mn.forward(moved, X).Z[2], Y)

    g = mn.backward(net, mn.forward(net, X), Y, mn.cross_entropy)
    for l in (1, 2):
        agree(g.dW[l], lambda x, l=l: J(l, x), net.W[l])
    assert g.dW[1][0].any()
    for _ in range(3):
        g = mn.backward(net, mn.forward(net, X), Y, mn.cross_entropy)
        close(g.dW[1][0], g.dW[1][1])
        close(g.db[1][0], g.db[1][1])
        close(g.dW[2][:, 0], g.dW[2][:, 1])
        net = mn.step(net, g, 0.5)
    close(net.W[1][0], net.W[1][1])
    assert not np.allclose(net.W[1][0], W[1][0])
