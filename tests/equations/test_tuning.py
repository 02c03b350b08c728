"""The equation ledger: the chapter on hyperparameters."""

import itertools
import math

import numpy as np
import pytest
from equations.proofs import agree, both_sizes, close, proves
from kit import make_problem

import mininn as mn


@proves("eq-tuning-hidden")
@pytest.mark.parametrize("n", [[2, 1], [4, 3, 2], [3, 3, 3, 3], [2, 8, 8, 1]])
def test_layers_and_parameters_are_counted(n):
    net = mn.init(n, hidden="tanh", rng=0)
    assert len(n[1:-1]) == net.L - 1
    counted = 0
    for l in range(1, net.L + 1):
        for _unit in range(n[l]):
            counted += len(range(n[l - 1])) + 1
    by_formula = sum(n[l] * (n[l - 1] + 1) for l in range(1, net.L + 1))
    assert counted == by_formula == net.size
    entries = [*net.W.values(), *net.b.values()]
    assert by_formula == sum(x.size for x in entries)


@proves("eq-tuning-steps")
@pytest.mark.parametrize(
    ("m", "k"), [(1, 1), (7, 7), (7, 3), (148, 64), (9, 3)]
)
def test_an_epoch_has_as_many_steps_as_batches(m, k):
    class Counting(type(mn.gradient_descent(1.0))):
        def step(self, net, grads, state):
            counted.append(1)
            return super().step(net, grads, state)

    counted = []
    net = mn.init([2, 1], rng=0)
    X, Y = mn.circles(max(m, 2), rng=0)
    X, Y = X[:, :m], Y[:, :m]
    loss = mn.binary_cross_entropy
    rule = Counting(0.1)
    mn.train(net, X, Y, loss, optimizer=rule, epochs=3, batch_size=k, rng=0)
    assert len(counted) == 3 * math.ceil(m / k)


@proves("eq-tuning-mean", "eq-tuning-error")
@pytest.mark.parametrize("S", [2, 3, 4])
def test_the_mean_of_runs_and_how_far_it_is_off(S):
    """Over every draw of S results from four: both formulas on average."""
    results = np.array([0.6, 0.75, 0.9, 0.95])
    means, squares = [], []
    for draw in itertools.product(results, repeat=S):
        mean = sum(draw) / S
        means.append(mean)
        squares.append(sum((r - mean) ** 2 for r in draw) / (S - 1))
        close(mean, np.mean(draw))
        close(squares[-1], np.var(draw, ddof=1), rtol=1e-9)
    close(np.mean(means), results.mean())
    close(np.mean(squares), results.var(), rtol=1e-9)
    close(np.var(means), np.mean(squares) / S, rtol=1e-9)


@proves("eq-tuning-coins")
@pytest.mark.parametrize("q", [0.5, 0.92])
def test_an_accuracy_is_a_mean_of_coins(q):
    """Over every outcome of k coins, each with its probability."""
    k, mean, square = 9, 0.0, 0.0
    for outcome in itertools.product((0, 1), repeat=k):
        right = sum(outcome)
        weight = q**right * (1 - q) ** (k - right)
        mean += weight * right / k
        square += weight * (right / k) ** 2
    close(mean, q, rtol=1e-9)
    close(math.sqrt(square - mean**2), math.sqrt(q * (1 - q) / k), rtol=1e-9)


@proves("eq-tuning-log")
def test_each_power_of_ten_gets_its_share():
    """The share below x is linear in log x: from the density, summed up."""
    low, high = 1e-4, 1.0
    u = np.linspace(math.log10(low), math.log10(high), 400_001)
    alpha = 10**u
    assert low == pytest.approx(alpha[0])
    assert high == pytest.approx(alpha[-1])
    for x in (3e-4, 1e-3, 0.02, 0.5):
        share = math.log(x / low) / math.log(high / low)
        assert np.mean(alpha < x) == pytest.approx(share, abs=1e-5)


@proves("eq-tuning-grid")
@pytest.mark.parametrize(("v", "d"), [(3, 2), (2, 5), (4, 3)])
def test_a_grid_repeats_its_values(v, d):
    names = {f"h{i}": list(range(v)) for i in range(d)}
    points = mn.sweep(lambda **values: tuple(values.values()), names)
    N = len(points)
    assert N == v**d == len({p.result for p in points})
    for i in range(d):
        tried = {p.result[i] for p in points}
        assert len(tried) == pytest.approx(N ** (1 / d))


@proves("eq-tuning-random", "eq-tuning-trials")
@pytest.mark.parametrize("tenths", [1, 2, 5])
def test_how_many_random_points_are_enough(tenths):
    """Over every draw of N points from ten, of which some are good."""
    s = tenths / 10
    for N in (1, 2, 3, 4):
        draws = itertools.product(range(10), repeat=N)
        hits = [min(draw) < tenths for draw in draws]
        close(sum(hits) / len(hits), 1 - (1 - s) ** N, rtol=1e-9)
    for P in (0.6, 0.95, 0.999):
        N = 1
        while 1 - (1 - s) ** N < P:
            N += 1
        assert math.ceil(math.log(1 - P) / math.log(1 - s)) == N


@proves("eq-tuning-best", "eq-tuning-expected")
@pytest.mark.parametrize(
    ("N", "k", "q"), [(1, 4, 0.5), (3, 4, 0.5), (2, 5, 0.8)]
)
def test_the_best_of_many_is_too_good(N, k, q):
    """Over every outcome of N candidates with k coins each."""
    single = np.zeros(k + 1)
    for outcome in itertools.product((0, 1), repeat=k):
        right = sum(outcome)
        single[right] += q**right * (1 - q) ** (k - right)
    best = np.zeros(k + 1)
    for scores in itertools.product(range(k + 1), repeat=N):
        best[max(scores)] += math.prod(single[c] for c in scores)
    F = np.cumsum(
        [math.comb(k, i) * q**i * (1 - q) ** (k - i) for i in range(k + 1)]
    )
    close(np.cumsum(best), F**N, rtol=1e-9)
    mean = sum(c * best[c] for c in range(k + 1))
    close(mean, (1 - F[:k] ** N).sum(), rtol=1e-9)
    assert mean >= k * q - 1e-12


# --- one scale, a price on weights, when to stop, what nothing costs --------


@both_sizes
@proves("eq-tuning-standardise")
def test_every_feature_gets_mean_0_and_deviation_1(n, m):
    """By loops over samples; others go through the same function."""
    rng = np.random.default_rng(0)
    X = 5 + 3 * rng.standard_normal((n[0], m))
    others = rng.standard_normal((n[0], 2))
    scale = mn.standardise(X)
    for j in range(n[0]):
        mu = sum(X[j, i] for i in range(m)) / m
        sigma = math.sqrt(sum((X[j, i] - mu) ** 2 for i in range(m)) / m)
        close(scale(X)[j], [(x - mu) / sigma for x in X[j]], 1e-10)
        close(scale(others)[j], [(x - mu) / sigma for x in others[j]], 1e-10)
    assert np.abs(scale(X).mean(axis=1)).max() < 1e-14
    close(scale(X).std(axis=1), np.ones(n[0]))


def penalised(net, X, Y, loss, l2):
    """J with its price, by loops over every weight."""
    J = loss(mn.forward(net, X).Z[net.L], Y)
    for W in net.W.values():
        for w in W.ravel().tolist():
            J += l2 / 2 * w * w
    return J


@both_sizes
@proves("eq-tuning-l2", "eq-tuning-l2-gradient")
@pytest.mark.parametrize(
    "loss", [mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy], ids=str
)
def test_a_price_on_weights_is_in_J_and_in_its_gradients(n, m, loss):
    net, X, Y = make_problem(n, m, "tanh", loss)
    l2 = 0.7
    grads = mn.backward(net, mn.forward(net, X), Y, loss, l2=l2)
    plain = mn.backward(net, mn.forward(net, X), Y, loss)
    for l in net.W:
        agree(
            grads.dW[l],
            lambda W, l=l: penalised(
                mn.Network(net.W | {l: W}, net.b, net.g), X, Y, loss, l2
            ),
            net.W[l],
        )
        agree(
            grads.db[l],
            lambda b, l=l: penalised(
                mn.Network(net.W, net.b | {l: b}, net.g), X, Y, loss, l2
            ),
            net.b[l],
        )
        np.testing.assert_array_equal(grads.dZ[l], plain.dZ[l])
        close(grads.dW[l], plain.dW[l] + l2 * net.W[l])
        close(grads.db[l], plain.db[l])
    after, history = mn.train(net, X, Y, loss, lr=0.1, l2=l2, epochs=3)
    for J in history:
        close(J, penalised(net, X, Y, loss, l2))
        grads = mn.backward(net, mn.forward(net, X), Y, loss, l2=l2)
        last, net = net, mn.step(net, grads, 0.1)
    for l in net.W:
        np.testing.assert_array_equal(after.W[l], last.W[l])


@both_sizes
@proves("eq-tuning-adamw")
def test_the_decay_stands_beside_the_step_of_adam(n, m):
    """Entry by entry; a bias takes the step of Adam alone."""
    net, X, Y = make_problem(n, m, "tanh", mn.binary_cross_entropy)
    alpha, lam, beta1, beta2, eps = 0.1, 0.4, 0.8, 0.95, 1e-3
    rule = mn.adamw(alpha, beta1, beta2, eps, weight_decay=lam)
    state, P, Q = rule.start(net), {}, {}
    for t in range(1, 6):
        cache = mn.forward(net, X)
        g = mn.backward(net, cache, Y, mn.binary_cross_entropy)
        before = net
        net, state = rule.step(net, g, state)
        for name, was, now, d in (
            ("W", before.W, net.W, g.dW),
            ("b", before.b, net.b, g.db),
        ):
            for l in was:
                for i in np.ndindex(was[l].shape):
                    key = name, l, i
                    P[key] = beta1 * P.get(key, 0) + (1 - beta1) * d[l][i]
                    Q[key] = beta2 * Q.get(key, 0) + (1 - beta2) * d[l][i] ** 2
                    mean = P[key] / (1 - beta1**t)
                    size = math.sqrt(Q[key] / (1 - beta2**t)) + eps
                    x = was[l][i] - alpha * mean / size
                    if name == "W":
                        x -= alpha * lam * was[l][i]
                    close(now[l][i], x, 1e-11)


@proves("eq-tuning-stop")
@pytest.mark.parametrize("patience", [1, 2, 3, 7])
@pytest.mark.parametrize("seed", range(4))
def test_training_ends_when_waiting_brought_nothing(seed, patience):
    """The rule of the page, where the held-out cost goes up and down."""
    X, Y = mn.spirals(30, noise=0.3, rng=seed)
    held = mn.spirals(20, noise=0.3, rng=100 + seed)
    net, loss = mn.init([2, 4, 1], rng=seed), mn.binary_cross_entropy
    given = {"optimizer": mn.adam(0.3), "epochs": 60}
    film = list(mn.descend(net, X, Y, loss, **given))
    J = [loss(mn.forward(s.net, held[0]).Z[2], held[1]) for s in film]
    ends = [
        t
        for t in range(patience, 61)
        if min(J[: t + 1]) == min(J[: t - patience + 1])
    ]
    T = ends[0] if ends else 60
    stop = mn.early_stopping(*held, patience)
    best, history = mn.train(net, X, Y, loss, stop=stop, **given)
    assert history == [s.J for s in film[: T + 1]]
    wanted = film[int(np.argmin(J[: T + 1]))].net
    for l in net.W:
        np.testing.assert_array_equal(best.W[l], wanted.W[l])
        np.testing.assert_array_equal(best.b[l], wanted.b[l])


@both_sizes
@proves("eq-tuning-base-rate")
def test_no_answer_that_looks_at_nothing_is_cheaper_than_the_mean(n, m):
    rng = np.random.default_rng(1)
    K = n[-1]
    ids = np.append(rng.integers(0, K, m), np.arange(K))
    onehot, numbers = mn.one_hot(ids, K), rng.standard_normal((K, m))
    p = onehot.mean(axis=1)
    entropy = -sum(q * math.log(q) for q in p)
    half = sum(
        (numbers[k, i] - sum(numbers[k]) / m) ** 2 / (2 * m)
        for k in range(K)
        for i in range(m)
    )
    two = -sum(q * math.log(q) + (1 - q) * math.log(1 - q) for q in p)
    for loss, Y, at, price in (
        (mn.cross_entropy, onehot, np.log(p), entropy),
        (mn.euclidean, numbers, numbers.mean(axis=1), half),
        (mn.binary_cross_entropy, onehot, np.log(p / (1 - p)), two),
    ):
        ones = np.ones((1, Y.shape[1]))
        close(loss(at[:, np.newaxis] * ones, Y), price)
        for z in at + 0.3 * rng.standard_normal((200, K)):
            assert loss(z[:, np.newaxis] * ones, Y) >= price - 1e-12
        net = mn.Network(
            {1: np.zeros((K, 1))}, {1: at[:, np.newaxis]}, {1: loss.link}
        )
        found = mn.trouble(net, ones, Y, loss)
        assert f"({price:.4g}): only" in found[0]
