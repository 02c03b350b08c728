"""What the chapter digits claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn


def calibration_error(p, right):
    """The ECE of confidences and right answers, in the page's five bins."""
    bins = np.digitize(p, [0.6, 0.8, 0.95, 0.99], right=True)
    return sum(abs((p - right)[bins == b].sum()) for b in range(5)) / p.size


def outputs(X, Y, X_held, seed, epochs=30, lr=0.003, size=64):
    """What a network that was trained on X and Y says of X_held."""
    net, _ = mn.train(
        mn.init([64, 64, 10], output="softmax", rng=seed),
        X,
        Y,
        mn.cross_entropy,
        optimizer=mn.adam(lr),
        batch_size=size,
        epochs=epochs,
        rng=seed,
    )
    return mn.forward(net, X_held).A[2]


def against_chance(A, Y, seed):
    """The ECE of these outputs, and those of 200 calibrated networks."""
    p, rng = A.max(axis=0), np.random.default_rng(seed)
    chance = [calibration_error(p, rng.random(p.size) < p) for _ in range(200)]
    return calibration_error(p, A.argmax(0) == Y.argmax(0)), chance


@pytest.mark.whole
@claims(
    "digits",
    "A network whose probabilities are exactly right scores as much as ours.",
    "So these 359 images show no fault in its confidence, neither too much "
    "nor too little. They could not show a small one either",
)
def test_a_fifth_of_the_digits_cannot_tell_the_network_from_a_calibrated_one():
    inside = 0
    for seed in SEEDS[:3]:
        X, Y, X_held, Y_held = mn.split(*mn.digits(), held_out=0.2, rng=seed)
        A = outputs(X, Y, X_held, seed)
        ece, chance = against_chance(A, Y_held, seed)
        assert 0.011 < np.mean(chance) < 0.018
        assert ece < 2 * np.mean(chance)
        low, high = np.quantile(chance, [0.05, 0.95])
        inside += low < ece < high
    assert inside >= 2


@pytest.mark.whole
@claims(
    "digits",
    "The network is too modest by about one in a hundred",
    "The ECE is about twice what `calibrated` gives on average.",
)
def test_all_digits_held_out_in_turn_show_that_it_is_too_modest():
    X, Y = mn.digits()
    m, A = X.shape[1], np.zeros(Y.shape)
    order = np.random.default_rng(100).permutation(m)
    for part in np.array_split(order, 5):
        rest = np.delete(np.arange(m), part)
        A[:, part] = outputs(X[:, rest], Y[:, rest], X[:, part], 100)
    right = A.argmax(0) == Y.argmax(0)
    assert 0.005 < right.mean() - A.max(0).mean() < 0.02
    ece, chance = against_chance(A, Y, 100)
    assert 1.3 < ece / np.mean(chance) < 3


@claims("digits", "This time the ECE is more than chance gives")
def test_trained_for_too_long_it_is_more_than_chance_gives():
    for seed in SEEDS[:2]:
        X, Y, X_held, Y_held = mn.split(*mn.digits(), held_out=0.2, rng=seed)
        few = X[:, :150], Y[:, :150]
        A = outputs(*few, X_held, seed, epochs=200, lr=0.02, size=50)
        ece, chance = against_chance(A, Y_held, seed)
        assert ece > np.quantile(chance, 0.95)


def share_left(optimizer, rate, seed):
    """What a penalty leaves in 15 updates of the weights where dW = 0."""
    X, Y = mn.digits()
    rng = np.random.default_rng(seed)
    some = rng.permutation(X.shape[1])[:150]
    blank = (X[:, some] == 0).all(axis=1)
    net = start = mn.init([64, 64, 10], output="softmax", rng=rng)
    state = optimizer.start(net)
    for _ in range(5):
        for x, y in mn.minibatches(X[:, some], Y[:, some], 50, rng=rng):
            g = mn.backward(net, mn.forward(net, x), y, mn.cross_entropy)
            dW = {l: g.dW[l] + rate * net.W[l] for l in g.dW}
            grads = mn.Grads(dW, g.db, g.dZ, g.dA)
            net, state = optimizer.step(net, grads, state)
    W, before = net.W[1][:, blank], start.W[1][:, blank]
    return np.abs(W).sum() / np.abs(before).sum()


@claims(
    "digits",
    "With plain gradient descent it is.",
    "Under Adam a price 333 times as high shrinks them no faster: what is "
    "left is the same to two digits.",
)
def test_a_penalty_is_a_decay_under_plain_descent_and_not_under_adam():
    for seed in SEEDS[:3]:
        for rate in (0.0003, 0.1):
            left = share_left(mn.gradient_descent(0.1), rate, seed)
            assert left == pytest.approx((1 - 0.1 * rate) ** 15)
        left = [share_left(mn.adam(0.02), r, seed) for r in (0.0003, 0.1)]
        assert left[0] == pytest.approx(left[1], abs=0.005)
        assert max(left) < 0.3
