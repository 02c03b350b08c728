"""The equation ledger: the equations of ``pytorch`` and its side page."""

import json
import math

import numpy as np
import pytest
from claims.ledger import of_page
from equations.proofs import both_sizes, close, proves, slope
from places import REFERENCE

import mininn as mn


@both_sizes
@proves("eq-beyond-linear")
def test_a_layer_on_rows(n, m):
    rng = np.random.default_rng(0)
    W, b = rng.standard_normal((n[1], n[0])), rng.standard_normal(n[1])
    X = rng.standard_normal((m, n[0]))
    net = mn.Network({1: W}, {1: b.reshape(-1, 1)}, {1: "identity"})
    Z = np.empty((m, n[1]))
    for i in range(m):
        for k in range(n[1]):
            Z[i, k] = sum(X[i, j] * W[k, j] for j in range(n[0])) + b[k]
    close(X @ W.T + b, Z)
    close(mn.forward(net, X.T).Z[1].T, Z)


@pytest.mark.parametrize("n", [1, 4, 100])
@proves("eq-pytorch-start")
def test_the_deviation_of_an_even_draw(n):
    k = 1 / math.sqrt(n)
    cells = 1000  # the mean of w^2 over [-k, k], by the middles of cells
    middles = [-k + (2 * i + 1) * k / cells for i in range(cells)]
    square = sum(w * w for w in middles) / cells
    assert math.sqrt(square) == pytest.approx(1 / math.sqrt(3 * n), rel=1e-5)
    assert n * square / 2 == pytest.approx(1 / 6, rel=1e-5)
    (as_torch,) = of_page("pytorch", "as_torch")
    net = as_torch([n, 40_000 // n, 1], 0)
    for drawn in (net.W[1], net.b[1]):
        assert np.abs(drawn).max() <= k
    assert net.W[1].std() == pytest.approx(math.sqrt(square), rel=0.02)


def test_pytorch_drew_its_weights_and_biases_so():
    path = REFERENCE / "torch_fifty.json"
    said = json.loads(path.read_text(encoding="utf-8"))["Linear(100, 50)"]
    assert said["dtype"] == "torch.float32"
    for name in "Wb":
        assert 0.0995 < said[f"largest {name}"] <= 0.1
        assert said[f"deviation of {name}"] == pytest.approx(
            1 / math.sqrt(300), rel=0.01
        )


@pytest.mark.parametrize(("shape", "steps"), [((3, 4), 5), ((3, 3), 3)])
@proves("eq-pytorch-forgotten")
def test_gradients_that_add_up_are_momentum_without_friction(shape, steps):
    rng, alpha = np.random.default_rng(0), 0.3
    gradients = rng.standard_normal((steps, *shape))
    theta = start = rng.standard_normal(shape)
    grad, V, other = np.zeros(shape), np.zeros(shape), start
    for t in range(steps):
        grad += gradients[t]  # backward adds, and nobody takes away
        theta = theta - alpha * grad
        V = 1.0 * V + gradients[t]  # eq-descent-momentum with beta = 1
        other = other - alpha * V
        for k, j in np.ndindex(shape):
            total = sum(gradients[s][k, j] for s in range(t + 1))
            assert grad[k, j] == pytest.approx(total, rel=1e-12)
    close(theta, other)
    # the gradient of step s is used in every step from s on
    weights = np.arange(steps, 0, -1).reshape(-1, 1, 1)
    close(theta, start - alpha * (weights * gradients).sum(axis=0))


@pytest.mark.parametrize("q", [0.5, 0.1, 0.9])
@proves("eq-pytorch-twice")
def test_a_sigmoid_too_many_has_a_floor(q):
    m = 20
    y = (np.arange(m) < q * m).astype(float).reshape(1, -1)
    floor = q * math.log(1 + math.exp(-1)) + (1 - q) * math.log(2)
    assert mn.binary_cross_entropy(y, y) == pytest.approx(floor)
    a = np.linspace(0, 1, 1001).reshape(1, -1)
    for label in (0.0, 1.0):  # the best answer of each sample is its label
        costs = mn.binary_cross_entropy.per_sample(a, np.full_like(a, label))
        best = a.ravel()[np.argmin(costs)]
        assert best == label
    rng = np.random.default_rng(1)
    for size in (0.1, 3, 100):
        a = mn.sigmoid(size * rng.standard_normal((1, m)))
        assert mn.binary_cross_entropy(a, y) >= floor


@proves("eq-autograd-example")
def test_the_four_values_of_the_example():
    def J(x):
        b = x * x
        c = b * x
        return b + c

    (passed_on,) = of_page("further/autograd", "passed_on")
    for x in (3.0, 0.7, -2.0):
        assert J(x) == pytest.approx(x**2 + x**3)
        assert slope(J, x) == pytest.approx(2 * x + 3 * x**2, rel=1e-8)
        assert passed_on("Jcbx", x) == pytest.approx(2 * x + 3 * x**2)
        # what c gives to b stays there, so x misses 2x times it
        assert passed_on("Jbcx", x) == pytest.approx(2 * x + x**2)


@proves("eq-beyond-adjoint")
def test_shares_of_all_that_used_a_value_add_up():
    steps = [  # value k, from the ones before it
        ((0,), math.sin),
        ((0, 1), lambda x, a: x * a),
        ((1, 2), lambda a, b: a / (2 + b)),
        ((0, 2, 3), lambda x, b, c: math.exp(b) * c + x),
    ]

    def run(x, push=None):
        """All values; ``push`` = (k, h) adds h to value k on the way."""
        v = [x]
        if push and push[0] == 0:
            v[0] += push[1]
        for k, (used, f) in enumerate(steps, 1):
            v.append(f(*(v[j] for j in used)))
            if push and push[0] == k:
                v[k] += push[1]
        return v

    v = run(0.7)
    bar = {4: 1.0}
    for j in (3, 2, 1, 0):
        bar[j] = 0.0
        for k, (used, f) in enumerate(steps, 1):
            for place, which in enumerate(used):
                if which == j:
                    at = [v[i] for i in used]

                    def local(x, f=f, at=at, place=place):
                        return f(*at[:place], x, *at[place + 1 :])

                    bar[j] += bar[k] * slope(local, v[j])
    for j in range(4):
        whole = slope(lambda h, j=j: run(0.7, (j, h))[-1], 0.0)
        assert bar[j] == pytest.approx(whole, rel=1e-8)
