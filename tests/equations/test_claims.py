"""What the prose says, measured again.

``@claims("chapter", "words")`` says which words of a chapter a test stands
for. The test repeats the measurement behind them on other seeds than the
page's, so that a claim which holds for one draw only fails here. The last
test of this file looks for the words of all files: a chapter that says
something else needs another measurement.
"""

import ast
import contextlib
import itertools
import json

import numpy as np
import pytest
from equations.proofs import claims
from places import BOOK, TESTS

import mininn as mn

SEEDS = range(100, 110)


def page(chapter, kind):
    """The cells of this kind in a chapter."""
    path = BOOK / f"{chapter}.ipynb"
    return [
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == kind
    ]


def functions(cell):
    """The functions that a cell defines, without what it does."""
    defined = [
        node
        for node in ast.parse(cell).body
        if isinstance(node, ast.FunctionDef)
    ]
    return ast.unparse(defined)


# --- activations --------------------------------------------------------


@claims(
    "activations",
    "So guessing *is* the best that a linear score can do.",
    "A line *followed by a bend* can do better; it stops near 70 %.",
    "All ten are below $\\log 2$.",
)
def test_one_bent_line_stops_near_70_percent():
    J, right = [], []
    for seed in SEEDS:
        X, Y = mn.circles(200, rng=seed)
        net, history = mn.train(
            mn.init([2, 1, 1], hidden="tanh", rng=seed),
            X,
            Y,
            mn.binary_cross_entropy,
            lr=3.0,
            epochs=300,
        )
        J.append(history[-1])
        right.append(mn.accuracy(net, X, Y))
    assert max(J) < 0.6 < np.log(2)
    assert 0.65 < min(right) <= max(right) < 0.72


@claims("activations", "So the best edge touches the inner ring.")
def test_no_half_plane_gets_more_of_two_rings_than_one_that_touches():
    angle = np.linspace(0, 2 * np.pi, 20001)[:-1]
    cuts = np.linspace(-1.1, 1.1, 441)
    inner = [(0.3 * np.cos(angle) < c).mean() for c in cuts]
    outer = [(np.cos(angle) > c).mean() for c in cuts]
    right = np.add(inner, outer) / 2
    best = cuts[right.argmax()]
    assert best == pytest.approx(0.3, abs=0.006)
    assert right.max() == pytest.approx(
        (1 + np.arccos(0.3) / np.pi) / 2, abs=2e-3
    )


# --- deep ---------------------------------------------------------------


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
        rng = np.random.default_rng(seed)
        net = mn.init([20] * 33 + [1], hidden=g, rng=rng)
        X = rng.standard_normal((20, 50))
        Y = (X[[0]] > 0).astype(float)
        cache = mn.forward(net, X)
        dZ = mn.backward(net, cache, Y, mn.binary_cross_entropy).dZ
        gain[g].append(np.linalg.norm(dZ[1]) / np.linalg.norm(dZ[net.L]))
    for g in ("tanh", "relu"):
        assert 0.01 < min(gain[g]) < max(gain[g]) < 100
    assert max(gain["sigmoid"]) < 1e-15
    assert np.median(gain["relu"]) < 1 < np.median(gain["tanh"])
    assert 10 <= sum(not 0.25 < r < 4 for r in gain["relu"]) <= 20


# --- checking -----------------------------------------------------------


@claims(
    "checking",
    "Move *all* parameters at once, weights and biases, along one random "
    "direction.",
    "One number says *whether* all gradients are right",
)
def test_one_direction_through_all_parameters_finds_a_wrong_bias():
    code = page("checking", "code")
    needed = [c for c in code if "def central(" in c or "def problem(" in c]
    start = next(i for i, c in enumerate(code) if c.startswith("big, big_X"))
    for seed in SEEDS[:3]:
        here = {"mn": mn, "np": np, "loss": mn.binary_cross_entropy}
        for cell in needed:
            exec(functions(cell), here)
        here["problem"].__defaults__ = (seed,)
        with contextlib.redirect_stdout(None):
            for cell in code[start : start + 2]:
                exec(cell, here)
        net, grads, predicted = here["big"], here["grads"], here["predicted"]
        moving = [x.size for k in "Vv" for x in here[k].values()]
        assert sum(moving) == net.size
        speed = here["central"](here["moved"], 0.0, 1e-5)
        right = predicted(grads.dW, grads.db)
        assert mn.relative_error(speed, right) < 1e-7
        for l in grads.db:
            wrong = predicted(grads.dW, grads.db | {l: -7 * grads.db[l]})
            assert mn.relative_error(speed, wrong) > 1e-3


# --- digits -------------------------------------------------------------


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


# --- the words ----------------------------------------------------------


def claimed():
    """Yield (chapter, words, test) for each claim that a test measures."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for call in node.decorator_list:
                    if ast.unparse(call).startswith("claims("):
                        assert node.name.startswith("test_"), node.name
                        chapter, *words = map(ast.literal_eval, call.args)
                        for said in words:
                            yield chapter, said, node.name


@pytest.mark.parametrize(("chapter", "words", "test"), [*claimed()])
def test_the_words_stand_in_the_chapter(chapter, words, test):
    prose = " ".join(" ".join(page(chapter, "markdown")).split())
    assert words in prose, f"measured by {test}"
