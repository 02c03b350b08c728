"""The equation ledger: the equations of the chapter ``beyond``."""

import json
from fractions import Fraction

import numpy as np
import pytest
from equations.proofs import agree, both_sizes, close, proves
from places import BOOK

import mininn as mn

PAGE = BOOK / "beyond.ipynb"


def of_the_page(name):
    """Run the definition of one function of the chapter, and return it."""
    for cell in json.loads(PAGE.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if source.startswith(f"def {name}("):
            scope = {"np": np}
            exec(source.split("\n\n\n")[0], scope)
            return scope[name]
    raise AssertionError(f"the page has no function {name}")


class Counted(float):
    """A number that counts how often two of its kind are multiplied."""

    times = 0

    def __mul__(self, other):
        Counted.times += 1
        return Counted(float(self) * float(other))

    def __add__(self, other):
        return Counted(float(self) + float(other))


def counted(a, b):
    """The multiplications NumPy makes for one product of matrices."""
    wrap = np.vectorize(Counted, otypes=[object])
    Counted.times = 0
    product = wrap(a) @ wrap(b)
    close(product.astype(float), a @ b)
    return Counted.times


@both_sizes
@proves("eq-beyond-cost")
def test_multiplications_of_the_two_passes(n, m):
    net = mn.init(n, rng=0)
    X = np.random.default_rng(1).standard_normal((n[0], m))
    cache = mn.forward(net, X)
    Y = np.zeros((n[2], m))
    g = mn.backward(net, cache, Y, mn.binary_cross_entropy)
    A, P = cache.A, n[1] * n[0] + n[2] * n[1]
    forward = sum(counted(net.W[l], A[l - 1]) for l in (1, 2))
    backward = sum(counted(g.dZ[l], A[l - 1].T) for l in (1, 2))
    backward += counted(net.W[2].T, g.dZ[2])
    assert forward == m * P
    assert backward == 2 * m * P - m * n[1] * n[0]
    assert of_the_page("products")(n, m) == (forward, backward)


@pytest.mark.parametrize(("n", "p", "m"), [(4, 3, 5), (3, 3, 3), (1, 7, 2)])
@proves("eq-beyond-intensity")
def test_multiplications_for_each_number_moved(n, p, m):
    rng = np.random.default_rng(2)
    W, A = rng.standard_normal((n, p)), rng.standard_normal((p, m))
    moved = W.size + A.size + (W @ A).size
    quotient = counted(W, A) / moved
    assert quotient == pytest.approx(1 / (1 / m + 1 / n + 1 / p))
    assert quotient < min(n, p, m)
    assert of_the_page("intensity")(n, p, m) == pytest.approx(quotient)


def shards_of(n, m, parts):
    rng = np.random.default_rng(3)
    net = mn.init(n, hidden="tanh", scheme=0.7, rng=rng)
    X = rng.standard_normal((n[0], m))
    Y = (rng.random((n[2], m)) > 0.5) * 1.0
    ends = np.cumsum(parts)[:-1]
    pairs = zip(np.split(X, ends, 1), np.split(Y, ends, 1), strict=True)
    return net, X, Y, list(pairs)


def J_of(net, X, Y):
    Z = mn.forward(net, X).Z[net.L]
    return mn.binary_cross_entropy(Z, Y)


@pytest.mark.parametrize("parts", [(5, 1, 2), (3, 3), (1, 1, 1, 1)])
@proves("eq-beyond-shards")
def test_the_cost_is_the_weighted_mean_of_the_shards(parts):
    m = sum(parts)
    net, X, Y, shards = shards_of((4, 3, 2), m, parts)
    one_by_one = sum(J_of(net, X[:, [i]], Y[:, [i]]) for i in range(m)) / m
    together = 0.0
    for size, (X_k, Y_k) in zip(parts, shards, strict=True):
        assert X_k.shape[1] == size
        together += size / m * J_of(net, X_k, Y_k)
    assert together == pytest.approx(one_by_one, rel=1e-13)


@pytest.mark.parametrize(
    ("n", "parts"), [((4, 3, 2), (5, 1, 2)), ((3, 3, 3), (1, 2))]
)
@proves("eq-beyond-shard-gradients")
def test_gradients_of_the_shards_average_to_the_whole(n, parts):
    m = sum(parts)
    net, X, Y, shards = shards_of(n, m, parts)
    total = {}
    for size, (X_k, Y_k) in zip(parts, shards, strict=True):
        g = mn.backward(
            net, mn.forward(net, X_k), Y_k, mn.binary_cross_entropy
        )
        for l in (1, 2):
            for name, part in (("W", g.dW[l]), ("b", g.db[l])):
                total[name, l] = total.get((name, l), 0) + size / m * part
    for (name, l), ours in total.items():

        def J(x, name=name, l=l):
            layers = {**getattr(net, name), l: x}
            new = mn.Network(
                layers if name == "W" else net.W,
                layers if name == "b" else net.b,
                net.g,
            )
            return J_of(new, X, Y)

        agree(ours, J, getattr(net, name)[l])


@pytest.mark.parametrize(("w", "m", "r"), [(2, 8, 5), (4, 8, 100), (8, 64, 1)])
@proves("eq-beyond-speedup")
def test_time_of_one_step_on_w_workers(w, m, r):
    P, alone, slowest = 7, 0, 0
    for _ in range(m):
        alone += 3 * P  # forward, dW, dA
    for worker in range(w):
        busy = 0
        for i in range(m):
            if i % w == worker:
                busy += 3 * P
        for _ in range(P):
            busy += r
        slowest = max(slowest, busy)
    assert w / (1 + r * w / (3 * m)) == pytest.approx(alone / slowest)
    assert of_the_page("speedup")(w, m, r) == pytest.approx(alone / slowest)
    assert alone / slowest < 3 * m / r


def rounded(x, t):
    """The nearest number of t binary digits, in exact arithmetic."""
    x = Fraction(x)
    e = 0
    while abs(x) >= 2 ** Fraction(t + e):
        e += 1
    while abs(x) < 2 ** Fraction(t - 1 + e):
        e -= 1
    unit = Fraction(2) ** e
    return round(x / unit) * unit  # ties to even, as floats do


@proves("eq-beyond-rounding")
def test_rounding_to_t_digits():
    rng = np.random.default_rng(4)
    bfloat16 = of_the_page("bfloat16")
    # a tie is off by the whole bound: 1 + 2^-8 has eight digits behind the 1
    assert bfloat16(np.float64(1 + 2**-8)) == 1
    for x in (*rng.lognormal(0, 5, 40), 1 + 2**-8, 1 + 3 * 2**-8, -1.7):
        for t, fl in ((24, np.float32), (8, bfloat16)):
            short = Fraction(float(fl(np.float64(x))))
            assert short == rounded(float(x), t)
            assert abs(short - Fraction(x)) <= abs(Fraction(x)) / 2**t
        third = Fraction(x) / 3
        assert Fraction(float(third)) == rounded(third, 53)
        assert abs(Fraction(float(third)) - third) <= abs(third) / 2**53
