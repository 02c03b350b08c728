"""The equation ledger: the chapter on hyperparameters."""

import itertools
import math

import numpy as np
import pytest
from equations.proofs import close, proves

import mininn as mn


@proves("eq-tuning-hidden", "eq-tuning-size")
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
