"""What the chapter deep claims, measured again."""

import itertools

import numpy as np
from claims.ledger import SEEDS, claims, page

import mininn as mn


def ratio(hidden, g, seed, scheme="he"):
    """The length of dZ[1] as a share of that of dZ[L]."""
    rng = np.random.default_rng(seed)
    n = [20] * (hidden + 1) + [1]
    net = mn.init(n, hidden=g, scheme=scheme, rng=rng)
    X = rng.standard_normal((20, 50))
    Y = (X[[0]] > 0).astype(float)
    dZ = mn.backward(net, mn.forward(net, X), Y, mn.binary_cross_entropy).dZ
    return np.linalg.norm(dZ[1]) / np.linalg.norm(dZ[net.L])


@claims(
    "deep",
    "With tanh and ReLU the length stays within a factor of 100, in every one "
    "of the thirty.",
    "With sigmoids it loses a factor of $10^{15}$ and more.",
    "ReLU tends to lose and tanh to gain, and about half of the ReLU "
    "networks are beyond a factor of four.",
)
def test_through_32_layers_the_gradient_keeps_within_a_factor_of_100():
    gain = {"tanh": [], "relu": [], "sigmoid": []}
    for g, seed in itertools.product(gain, range(100, 130)):
        gain[g].append(ratio(32, g, seed))
    for g in ("tanh", "relu"):
        assert 0.01 < min(gain[g]) < max(gain[g]) < 100
    assert max(gain["sigmoid"]) < 1e-15
    assert np.median(gain["relu"]) < 1 < np.median(gain["tanh"])
    assert 10 <= sum(not 0.25 < r < 4 for r in gain["relu"]) <= 20


@claims(
    "deep",
    "(tanh gains from this start, which is meant for ReLU; from Glorot's "
    "smaller weights it loses",
)
def test_tanh_gains_from_he_and_loses_from_glorot():
    he = [ratio(32, "tanh", seed) for seed in SEEDS]
    glorot = [ratio(32, "tanh", seed, "glorot") for seed in SEEDS]
    assert sum(r > 1 for r in he) >= 9
    assert max(glorot) < 1
    assert np.median(glorot) < 0.5


@claims("deep", "each layer takes about the same factor")
def test_sigmoids_take_about_the_same_factor_in_every_layer():
    deeper = {h: [ratio(h, "sigmoid", s) for s in SEEDS] for h in (8, 16, 32)}
    per_layer = [np.median(r) ** (1 / h) for h, r in deeper.items()]
    assert min(per_layer) > 0.25
    assert max(per_layer) < 0.4
    assert max(deeper[16]) < 1e-7


def network(seed, hidden=("tanh", "sigmoid", "tanh")):
    """A network with sizes that differ, a batch and its gradients."""
    rng = np.random.default_rng(seed)
    net = mn.init([3, 6, 5, 4, 2], hidden=hidden, scheme=0.8, rng=rng)
    X = rng.standard_normal((3, 7))
    Y = (rng.random((2, 7)) > 0.5).astype(float)
    return net, X, Y


@claims("deep", "From whichever layer we start, we get the same $J$.")
def test_the_rest_of_the_network_gives_the_same_cost_from_every_layer():
    for seed in SEEDS:
        net, X, Y = network(seed)
        cache = mn.forward(net, X)
        for first in range(1, 5):
            Z = cache.Z[first]
            for l in range(first + 1, 5):
                Z = net.W[l] @ net.g[l - 1](Z) + net.b[l]
            J = mn.binary_cross_entropy(Z, Y)
            want = mn.binary_cross_entropy(cache.Z[4], Y)
            np.testing.assert_allclose(J, want, rtol=1e-12)


@claims(
    "deep",
    "So a backward pass costs at least one and at most *two forward passes*",
    "It is nearly two, unless the first layer is a large part of the network.",
)
def test_backward_multiplies_up_to_twice_as_often_as_forward():
    for seed in SEEDS:
        n = np.random.default_rng(seed).integers(5, 50, 7)
        forward = sum(n[1:] * n[:-1])
        assert forward < 2 * forward - n[0] * n[1] < 2 * forward
        even = 20 * 50 * 50
        assert 2 * even - 50 * 50 > 1.9 * even


@claims(
    "further/objects",
    "No error is raised, all shapes are right, and the gradients are wrong",
    "With functions nothing is overwritten.",
)
def test_a_layer_that_remembers_takes_the_last_batch_it_saw():
    for seed in SEEDS:
        net, X, Y = network(seed)
        other = np.random.default_rng(seed + 1).standard_normal(X.shape)
        here = {}
        for cell in page("further/objects", "code"):
            if cell.startswith("class "):
                exec(cell, here)
        layers = []
        for l in range(1, 5):
            layers.append(here["Affine"](net.W[l], net.b[l]))
            if l < 4:
                layers.append(here["Bend"](net.g[l]))

        def run(x, layers=layers):
            for layer in layers:
                x = layer.forward(x)
            return x

        Z = run(X)
        cache = mn.forward(net, X)
        want = mn.backward(net, cache, Y, mn.binary_cross_entropy)
        for look, right in ((X, True), (other, False)):
            run(look)
            d = mn.binary_cross_entropy.dZ(Z, Y)
            for layer in reversed(layers):
                d = layer.backward(d)
            got = layers[0].dW
            assert got.shape == want.dW[1].shape
            assert np.allclose(got, want.dW[1]) == right
        mn.forward(net, other)
        again = mn.backward(net, cache, Y, mn.binary_cross_entropy)
        assert np.array_equal(again.dW[1], want.dW[1])


@claims(
    "further/float32",
    "The gradients of our network are then off by less than $10^{-5}$ of "
    "their size",
)
def test_gradients_in_float32_are_right_to_five_digits():
    for seed in SEEDS:
        net, X, Y = network(seed)
        low = mn.Network(
            {l: net.W[l].astype(np.float32) for l in net.W},
            {l: net.b[l].astype(np.float32) for l in net.b},
            net.g,
        )
        ours, theirs = (
            mn.backward(n, mn.forward(n, X), Y, mn.binary_cross_entropy).dW
            for n in (net, low)
        )
        for l in ours:
            got = theirs[l].astype(float)
            assert 0 < mn.relative_error(got, ours[l]) < 1e-5


@claims(
    "deep",
    "In a network with the same activation everywhere, sigmoid in every layer "
    "say, $g^{[l]}$ and $g^{[l-1]}$ are one function and the line is right.",
)
def test_the_slope_of_the_next_layer_is_right_where_all_are_alike():
    def wrong_layer(net, cache, Y, loss):
        W, g, L, Z, A = net.W, net.g, net.L, cache.Z, cache.A
        dW, db, dA, dZ = {}, {}, {}, {L: loss.dZ(Z[L], Y)}
        for l in range(L, 0, -1):
            dW[l] = dZ[l] @ A[l - 1].T
            db[l] = dZ[l].sum(axis=1, keepdims=True)
            if l > 1:
                dA[l - 1] = W[l].T @ dZ[l]
                dZ[l - 1] = dA[l - 1] * g[l].prime(Z[l - 1])
        return mn.Grads(dW, db, dZ, dA)

    for seed in SEEDS:
        for hidden, right in (("sigmoid", True), ("tanh", False)):
            report = mn.check_gradients(
                *network(seed, hidden),
                mn.binary_cross_entropy,
                backward=wrong_layer,
            )
            assert bool(report) == right
