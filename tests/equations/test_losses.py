"""The equation ledger: where the losses come from."""

import itertools
import math

import numpy as np
import pytest
from equations.proofs import agree, both_sizes, close, ell, proves, s, slope

import mininn as mn

LOSSES = [mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy]
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=str)


def softmax_loop(z):
    e = [math.exp(v) for v in z]
    return [v / sum(e) for v in e]


def batch(n, m):
    """Scores and one-hot labels, which all three losses take."""
    rng = np.random.default_rng(n[0] + m)
    Z = rng.standard_normal((n[0], m))
    return Z, np.eye(n[0])[:, rng.integers(0, n[0], m)]


def minus_log_p(loss, z, y):
    """Minus the logarithm of the probability of one label, by loops."""
    if loss is mn.euclidean:
        p = [math.exp(-((a - t) ** 2) / 2) for a, t in zip(z, y, strict=True)]
    elif loss is mn.binary_cross_entropy:
        p = [s(v) if t else 1 - s(v) for v, t in zip(z, y, strict=True)]
    else:
        p = [softmax_loop(z)[list(y).index(1)]]
    return -sum(math.log(v) for v in p)


@proves("eq-losses-likelihood", "eq-losses-nll")
def test_independent_labels_multiply():
    A = [0.9, 0.3, 0.6]
    total, first = 0.0, 0.0
    for labels in itertools.product((0, 1), repeat=3):
        each = [a if y else 1 - a for a, y in zip(A, labels, strict=True)]
        together = math.prod(each)
        total += together
        first += together * (labels[0] == 1)
        close(-math.log(together) / 3, sum(-math.log(p) for p in each) / 3)
        Z = [[math.log(a / (1 - a)) for a in A]]
        close(mn.binary_cross_entropy(Z, [labels]), -math.log(together) / 3)
    close(total, 1.0)
    close(first, A[0])


@every_loss
@both_sizes
@proves("eq-losses-rule")
def test_a_loss_is_minus_the_logarithm_of_a_probability(n, m, loss):
    Z, Y = batch(n, m)
    ours = loss.per_sample(Z, Y)
    assert ours.shape == (1, m)
    for i in range(m):
        close(ours[0, i], minus_log_p(loss, Z[:, i], Y[:, i]))


@pytest.mark.parametrize(("a", "sd"), [(0.0, 1.0), (-1.5, 0.3), (2.0, 4.0)])
@proves("eq-losses-gauss", "eq-losses-gauss-nll")
def test_gaussian_noise(a, sd):
    def p(y):
        bell = math.exp(-((y - a) ** 2) / (2 * sd**2))
        return bell / (sd * math.sqrt(2 * math.pi))

    y = np.linspace(a - 12 * sd, a + 12 * sd, 4001)
    weight = np.array([p(v) for v in y]) * (y[1] - y[0])
    close(weight.sum(), 1.0, rtol=1e-9)
    close((weight * y).sum(), a, rtol=1e-9)
    close((weight * (y - a) ** 2).sum(), sd**2, rtol=1e-9)
    rest = math.log(sd) + math.log(2 * math.pi) / 2
    for v in (a - 2.0, a, a + 0.7):
        squared = mn.euclidean([[a]], [[v]]) / sd**2
        close(-math.log(p(v)), squared + rest, rtol=1e-11)


@proves("eq-losses-mean", "eq-losses-share")
def test_what_the_losses_find():
    rng = np.random.default_rng(0)
    Y = rng.standard_normal((1, 7)) + 3

    def squared(a):
        return mn.euclidean(np.full((1, 7), a), Y)

    mean = sum(Y[0]) / 7
    assert abs(slope(squared, mean)) < 1e-9
    assert squared(mean) < min(squared(mean - 0.01), squared(mean + 0.01))
    for ones, zeros in ((3, 7), (1, 1), (9, 2)):
        labels = [[1.0] * ones + [0.0] * zeros]
        share = ones / (ones + zeros)

        def entropy(a, labels=labels):
            z = math.log(a / (1 - a))
            return mn.binary_cross_entropy(np.full_like(labels, z), labels)

        assert abs(slope(entropy, share)) < 1e-9
        lowest = min(entropy(share - 0.01), entropy(share + 0.01))
        assert entropy(share) < lowest


@both_sizes
@proves("eq-losses-noise")
def test_the_cost_tells_the_noise(n, m):
    A, Y = np.random.default_rng(0).standard_normal((2, 1, 40 * m))

    def cost(sd):
        total = 0.0
        for a, y in zip(A[0], Y[0], strict=True):
            bell = math.exp(-((a - y) ** 2) / (2 * sd**2))
            total -= math.log(bell / (sd * math.sqrt(2 * math.pi)))
        return total / A.size

    sd = math.sqrt(2 * mn.euclidean(A, Y))
    close(sd**2, np.mean((A - Y) ** 2))
    assert abs(slope(cost, sd)) < 1e-8
    assert cost(sd) < min(cost(0.98 * sd), cost(1.02 * sd))


@proves("eq-losses-bernoulli", "eq-losses-categorical")
def test_the_probability_of_a_label():
    for a in (0.1, 0.5, 0.93):
        for y, wanted in ((1, a), (0, 1 - a)):
            p = a**y * (1 - a) ** (1 - y)
            close(p, wanted)
            close(-math.log(p), ell(a, y))
            z = math.log(a / (1 - a))
            close(mn.binary_cross_entropy([[z]], [[y]]), -math.log(p))
    z = np.array([[0.3], [2.9], [4.0]])
    a, total = softmax_loop(z[:, 0]), 0.0
    for k in range(3):
        y = np.eye(3)[:, [k]]
        p = math.prod(a[i] ** y[i, 0] for i in range(3))
        close(p, a[k])
        close(mn.cross_entropy(z, y), -math.log(p))
        total += p
    close(total, 1.0)


@every_loss
@both_sizes
@proves(
    "eq-losses-family",
    "eq-losses-potentials",
    "eq-losses-link",
    "eq-losses-gradient",
)
def test_the_three_losses_are_one_family(n, m, loss):
    def phi(z):
        return {
            mn.euclidean: lambda: sum(v * v for v in z) / 2,
            mn.binary_cross_entropy: lambda: sum(
                math.log(1 + math.exp(v)) for v in z
            ),
            mn.cross_entropy: lambda: math.log(sum(math.exp(v) for v in z)),
        }[loss]()

    Z, Y = batch(n, m)
    for i in range(m):
        z, y = Z[:, [i]], Y[:, [i]]
        rest = (y**2).sum() / 2 if loss is mn.euclidean else 0.0
        inner = sum(y[k, 0] * z[k, 0] for k in range(n[0]))
        close(loss(z, y), phi(z[:, 0]) - inner + rest)
        a = loss.link(z)
        agree(a, lambda z: phi(z[:, 0]), z)
        agree(
            a - y,
            lambda z, y=y: minus_log_p(loss, z[:, 0], y[:, 0]),
            z,
        )
        close(loss.dZ(z, y), a - y)


@proves("eq-losses-convex")
def test_the_loss_is_convex_in_the_score():
    for z in (-6.0, -1.0, 0.0, 0.4, 5.0):
        for y in (0.0, 0.3, 1.0):
            a, h = s(z), 1e-3
            three = [ell(s(v), y) for v in (z - h, z, z + h)]
            second = (three[0] - 2 * three[1] + three[2]) / h**2
            assert a * (1 - a) > 0
            assert abs(second / (a * (1 - a)) - 1) < 1e-5
            close(mn.sigmoid.prime([[z]]), [[a * (1 - a)]])


@proves("eq-losses-softplus")
def test_softplus_without_overflow():
    for z in (-30.0, -1.0, 0.0, 0.5, 30.0, 600.0):
        plain = math.log(1 + math.exp(z))
        stable = max(z, 0) + math.log1p(math.exp(-abs(z)))
        assert abs(stable - plain) < 1e-15 * max(1, plain)
        close(mn.softplus([[z]]), [[stable]])
    for z in (800.0, 1e6):
        assert max(z, 0) + math.log1p(math.exp(-abs(z))) == z
        assert mn.binary_cross_entropy([[z]], [[0]]) == z


@both_sizes
@proves("eq-losses-geometric")
def test_the_cost_is_a_geometric_mean(n, m):
    Z, Y = batch(n, m)
    got = [softmax_loop(Z[:, i])[list(Y[:, i]).index(1)] for i in range(m)]
    J = mn.cross_entropy(Z, Y)
    close(math.exp(-J), math.prod(got) ** (1 / m))


@pytest.mark.parametrize("K", [2, 3, 10])
@proves("eq-losses-guess")
def test_the_cost_of_guessing(K):
    rng = np.random.default_rng(K)
    Y = np.eye(K)[:, rng.integers(0, K, 5)]
    close(mn.cross_entropy(np.full((K, 5), 1.7), Y), math.log(K))
    close(-math.log(1 / K), math.log(K))


@proves("eq-losses-entropy")
def test_the_entropy_is_the_cost_of_saying_the_shares():
    counts = [6, 3, 1]
    ids = [k for k in range(3) for _ in range(counts[k])]
    q = [c / 10 for c in counts]
    H = -sum(v * math.log(v) for v in q)
    Z = np.repeat(np.log(np.reshape(q, (3, 1))), 10, axis=1)
    close(mn.cross_entropy(Z, mn.one_hot(ids, 3)), H)
    close(sum(-math.log(q[k]) for k in ids) / 10, H)


@both_sizes
@proves("eq-losses-gibbs", "eq-losses-lowest")
def test_no_cross_entropy_is_below_the_entropy(n, m):
    rng = np.random.default_rng(0)
    for hard in (False, True):
        for _ in range(50):
            y = np.array(softmax_loop(rng.standard_normal(n[0])))
            if hard:  # some classes do not occur
                y[0], y[1] = 0.0, y[1] + y[0]
            a = softmax_loop(2 * rng.standard_normal(n[0]))
            own = [k for k in range(n[0]) if y[k] > 0]
            left = sum(y[k] * math.log(a[k] / y[k]) for k in own)
            middle = sum(y[k] * (a[k] / y[k] - 1) for k in own)
            assert left <= middle <= 1e-15
            H = -sum(y[k] * math.log(y[k]) for k in own)
            z = np.log(np.reshape(a, (-1, 1)))
            J = mn.cross_entropy(z, y.reshape(-1, 1))
            close(J, -sum(y[k] * math.log(a[k]) for k in own))
            close(J - H, -left, rtol=1e-9)
            assert J >= H
    y = np.reshape(softmax_loop([0.5, -1.0, 2.0]), (3, 1))
    close(mn.cross_entropy(np.log(y), y), -(y * np.log(y)).sum())


@proves("eq-losses-wrong-pair")
def test_squared_error_after_a_sigmoid():
    for y in (0.0, 1.0):
        for z in (-4.0, -0.3, 0.0, 2.0):

            def squared(z, y=y):
                return (s(z) - y) ** 2 / 2

            a = s(z)
            ours = (a - y) * a * (1 - a)
            assert abs(slope(squared, z) / ours - 1) < 1e-8
            if abs(a - y) > 0.5:  # wrong: the right pair pulls harder
                assert abs(ours) < 0.26 * abs(a - y)
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    with pytest.raises(ValueError, match="derived for an identity output"):
        mn.backward(net, mn.forward(net, [[-9.0]]), [[1.0]], mn.euclidean)


@pytest.mark.parametrize("m", [3, 8])
@proves("eq-losses-pairs")
def test_all_pairs_are_the_pairs_and_twice_the_covariance(m):
    rng = np.random.default_rng(m)
    a = rng.standard_normal(m)
    y = a + rng.standard_normal(m)
    pairs = sum((u - v) ** 2 for u in a for v in y) / m**2
    right = sum((a[i] - y[i]) ** 2 for i in range(m)) / m
    middle = [sum(a) / m, sum(y) / m]
    covariance = sum((a[i] - middle[0]) * (y[i] - middle[1]) for i in range(m))
    close(pairs, right + 2 * covariance / m)
    close(((a[:, None] - y) ** 2).mean(), pairs)
    bracket = sum(a[i] * y[i] for i in range(m)) / m - middle[0] * middle[1]
    close(bracket, covariance / m, rtol=1e-9)
