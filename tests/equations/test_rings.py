"""The equation ledger: the equations of the chapter on the two rings."""

import itertools
import math

import numpy as np
import pytest
from equations.proofs import agree, both_sizes, close, ell, proves, s, slope

import mininn as mn


def draws(shape, size):
    """Every matrix of this shape with entries +size and -size, each once.

    Drawing one of them is drawing each entry with mean 0, deviation size.
    """
    signs = itertools.product((-size, size), repeat=math.prod(shape))
    return [np.reshape(x, shape) for x in signs]


def relu(z):
    return z if z > 0 else 0.0


@proves("eq-rings-midpoint")
def test_a_unit_is_the_mean_of_its_ends_in_the_middle():
    rng = np.random.default_rng(0)
    for k in (1, 2, 5):
        w, x, other = rng.standard_normal((3, k))
        b = rng.standard_normal()
        middle = b + sum(w[j] * (x[j] + other[j]) / 2 for j in range(k))
        ends = [b + sum(w[j] * p[j] for j in range(k)) for p in (x, other)]
        close(middle, (ends[0] + ends[1]) / 2)
    X, Y = mn.circles(40, noise=0.0, rng=0)
    outer = X[:, Y[0] == 0]
    for i in range(outer.shape[1]):  # the point opposite is in the ring too
        assert np.isclose(outer.T, -outer[:, i]).all(axis=1).any()


@pytest.mark.parametrize("n", [(2, 4, 6, 6, 4, 1), (3, 3, 3), (5, 1)])
def test_the_parameters_are_the_entries_of_all_arrays(n):
    formula = sum(n[l] * (n[l - 1] + 1) for l in range(1, len(n)))
    table = mn.shape_table(n, m=1)
    arrays = [f"{x}[{l}]" for l in range(1, len(n)) for x in "Wb"]
    entries = sum(1 for name in arrays for _ in np.ndindex(table[name]))
    assert formula == entries == mn.init(n, rng=0).size
    assert formula == {6: 117, 3: 24, 2: 6}[len(n)]


@pytest.mark.parametrize("ones", [1, 4, 5, 9])
@proves("eq-rings-guess")
def test_the_best_constant_answer_is_the_share(ones):
    labels = [1] * ones + [0] * (10 - ones)
    q = ones / 10

    def cost(p):
        return sum(ell(p, y) for y in labels) / 10

    least = -q * math.log(q) - (1 - q) * math.log(1 - q)
    close(cost(q), least)
    assert abs(slope(cost, q)) < 1e-8
    assert all(cost(p) >= least for p in np.linspace(0.001, 0.999, 201))
    assert least <= math.log(2) + 1e-15
    z = math.log(q / (1 - q))  # the logit of q: a network of one bias
    close(s(z), q)
    Y = np.reshape(labels, (1, 10)) * 1.0
    close(mn.binary_cross_entropy(np.full((1, 10), z), Y), least)


@pytest.mark.parametrize("a", [[3.0, 1.0], [0.5, -2.0, 0.25, 1.0, 0.0]])
@proves("eq-rings-mean-square", "eq-rings-relu-half", "eq-rings-gain")
def test_the_mean_squares_over_every_draw(a):
    size, n = 0.7, len(a)
    zs = [sum(w[j] * a[j] for j in range(n)) for w in draws((n,), size)]
    square = sum(z * z for z in zs) / len(zs)
    close(square, size**2 * sum(x * x for x in a))
    kept = sum(relu(z) ** 2 for z in zs) / len(zs)
    close(kept, square / 2)
    mean = sum(x * x for x in a) / n
    close(kept, n * size**2 / 2 * mean)


@pytest.mark.parametrize("n", [2, 5])
@proves("eq-rings-he")
def test_he_keeps_the_mean_square(n):
    size, a = math.sqrt(2 / n), np.linspace(-1, 2, n)
    kept = [relu(float(w @ a)) ** 2 for w in draws((n,), size)]
    close(np.mean(kept), np.mean(a**2))
    W = mn.init([n, 20_000, 1], rng=0).W
    assert abs(W[1].std() / size - 1) < 0.02
    assert abs(W[2].std() / math.sqrt(2 / 20_000) - 1) < 0.02
    assert abs(W[2].std() / W[1].std() - math.sqrt(n / 20_000)) < 0.02


@pytest.mark.parametrize("n", [(2, 3, 1), (2, 2, 2, 1)])
@proves("eq-rings-depth")
def test_the_factors_of_all_layers_multiply(n):
    size, L = 0.3, len(n) - 1
    X = np.random.default_rng(0).standard_normal((n[0], 4))
    layers = [draws((n[l], n[l - 1]), size) for l in range(1, L + 1)]
    total, count = 0.0, 0
    for Ws in itertools.product(*layers):
        A = X
        for W in Ws[:-1]:
            A = np.maximum(W @ A, 0)
        total, count = total + np.mean((Ws[-1] @ A) ** 2), count + 1
    factors = math.prod(k * size**2 / 2 for k in n[:-1])
    close(total / count, 2 * np.mean(X**2) * factors, rtol=1e-10)


@both_sizes
@proves("eq-rings-backward")
def test_a_gradient_grows_with_the_units_above(n, m):
    above, below, size = n[0], n[1], 0.6
    dz = np.random.default_rng(1).standard_normal(above)
    squares = np.zeros(below)
    every = draws((above, below), size)
    for W in every:
        for j in range(below):
            da = sum(W[k, j] * dz[k] for k in range(above))
            squares[j] += da**2 / len(every)
    wanted = size**2 * sum(x * x for x in dz)
    close(squares, np.full(below, wanted), rtol=1e-10)


@pytest.mark.parametrize("n", [(3, 4, 5, 2, 1), (3, 3, 3, 3, 3)])
@pytest.mark.parametrize("dead", [1, 2, 3])
@proves("eq-rings-dead")
def test_a_dead_layer_stops_every_weight_up_to_the_next(n, dead):
    rng, L = np.random.default_rng(2), len(n) - 1
    net = mn.init(n, rng=rng)
    b = {l: 0.5 + rng.random((n[l], 1)) for l in net.b}
    b[dead] = np.full((n[dead], 1), -100.0)
    X = rng.standard_normal((n[0], 6))
    Y = (rng.random((n[L], 6)) > 0.4) * 1.0

    def J(W, b):
        A = X
        for l in range(1, L + 1):
            Z = W[l] @ A + b[l]
            A = np.maximum(Z, 0)
        return mn.binary_cross_entropy(Z, Y)

    net = mn.Network(net.W, b, net.g)
    cache = mn.forward(net, X)
    assert (cache.Z[dead] <= 0).all()
    g = mn.backward(net, cache, Y, mn.binary_cross_entropy)
    for k in range(1, L + 1):
        agree(g.dW[k], lambda x, k=k: J(net.W | {k: x}, b), net.W[k])
        agree(g.db[k], lambda x, k=k: J(net.W, b | {k: x}), b[k])
        assert k > dead + 1 or not g.dW[k].any()
        assert k > dead or not g.db[k].any()
    assert g.db[L].any()
    answers = cache.A[L]
    close(answers, np.repeat(answers[:, :1], 6, axis=1))
    # A unit at z = 0 is dead too.
    W, b = net.W | {dead: 0 * net.W[dead]}, b | {dead: 0 * b[dead]}
    net = mn.Network(W, b, net.g)
    cache = mn.forward(net, X)
    assert not cache.Z[dead].any()
    g = mn.backward(net, cache, Y, mn.binary_cross_entropy)
    assert not any(g.dW[k].any() for k in range(1, dead + 2))
    assert not any(g.db[k].any() for k in range(1, dead + 1))
