"""Numbers nobody on the project wrote: PyTorch's, and published ones.

The files and their sources are described in ``reference/README.md``.
"""

import hashlib
import json
import re

import numpy as np
import pytest
from places import REFERENCE

import mininn as mn

LOSS = {
    "bce": mn.binary_cross_entropy,
    "bce_mean": mn.binary_cross_entropy,
    "ce": mn.cross_entropy,
    "ce_mean": mn.cross_entropy,
    "half_sse": mn.euclidean,
}


def read(name):
    return json.loads((REFERENCE / name).read_text("utf-8"))


NETS = {net["id"]: net for net in read("torch_gradients.json")["nets"]}
CASES = {case["id"]: case for case in read("published_cases.json")["cases"]}

NOT_COMPARED = {"loss_after_10000", "out_after_10000"}  # 10000 slow steps


def test_the_files_are_the_ones_described():
    listed = dict(
        re.findall(
            r"`(\S+\.json)`[^\n]*`([0-9a-f]{64})`",
            (REFERENCE / "README.md").read_text("utf-8"),
        )
    )
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in REFERENCE.glob("*.json")
    }
    assert len(files) >= 8
    assert listed == files


# --- PyTorch ------------------------------------------------------------


def network(W, b, acts):
    layers = range(1, len(W) + 1)
    return mn.Network(
        dict(zip(layers, map(array, W), strict=True)),
        dict(zip(layers, map(column, b), strict=True)),
        dict(zip(layers, acts, strict=True)),
    )


def array(recipe):
    """An array from numbers, or from ``{"linspace": ...}``."""
    if not isinstance(recipe, dict):
        return np.array(recipe, float)
    x = np.linspace(*recipe["linspace"]).reshape(recipe["reshape"])
    return x.T if recipe.get("transpose") else x


def column(recipe):
    return array(recipe).reshape(-1, 1)


def penalty(net, lam, m):
    """The L2 term of the source, whose lam is m times our l2."""
    return lam / (2 * m) * sum((W**2).sum() for W in net.W.values())


@pytest.mark.parametrize("name", NETS)
def test_gradients_are_those_of_torch(name, off):
    case = NETS[name]
    net, loss = (
        network(case["W"], case["b"], case["acts"]),
        LOSS[case["loss_kind"]],
    )
    X, Y, m, lam = np.array(case["X"]), case["Y"], case["m"], case["lam"]
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, Y, loss, l2=lam / m)
    cost, want = loss(cache.Z[net.L], Y), case["expected"]
    assert list(net.n) == case["sizes"]
    assert cost == pytest.approx(want["data_loss"], rel=1e-12)
    cost += penalty(net, lam, m)
    assert cost == pytest.approx(want["loss"], rel=1e-12)
    assert off(cache.A[net.L], want["A"]) < 1e-12
    _, history = mn.train(net, X, Y, loss, lr=1, epochs=0, l2=lam / m)
    assert history == pytest.approx([want["loss"]], rel=1e-12)
    for l in net.W:
        assert off(grads.dW[l], want["dW"][l - 1]) < 1e-12
        assert off(grads.db[l], want["db"][l - 1]) < 1e-12
    assert off(net.W[1].T @ grads.dZ[1], want["dX"]) < 1e-12


OPTIMIZERS = read("torch_optimizers.json")
RULES = {
    "gradient_descent": mn.gradient_descent,
    "momentum": mn.momentum,
    "nesterov": lambda lr, beta: mn.momentum(lr, beta, nesterov=True),
    "adam": mn.adam,
    "adam, large eps": mn.adam,
    "adamw": mn.adamw,
    "rmsprop": mn.rmsprop,
}


@pytest.fixture
def start():
    """The network from which every optimiser started."""
    return network(OPTIMIZERS["W"], OPTIMIZERS["b"], ["tanh", "sigmoid"])


@pytest.mark.parametrize(
    "run", OPTIMIZERS["runs"], ids=lambda run: run["optimizer"]
)
def test_thirty_steps_are_those_of_torch(run, off, start):
    net, history = mn.train(
        start,
        OPTIMIZERS["X"],
        OPTIMIZERS["Y"],
        mn.binary_cross_entropy,
        optimizer=RULES[run["optimizer"]](**run["options"]),
        epochs=30,
    )
    assert off(history, run["J"]) < 1e-12
    for l in net.W:
        assert off(net.W[l], run["W"][l - 1]) < 1e-12
        assert off(net.b[l], run["b"][l - 1]) < 1e-12


TRAINING = read("torch_training.json")
SCHEDULES = {
    "cosine": mn.cosine,
    "step_decay": mn.step_decay,
    "one over t": lambda lr: lambda t: lr / (t + 1),
}


@pytest.mark.parametrize(
    "run", TRAINING["runs"], ids=lambda run: run["recipe"][12:50]
)
def test_thirty_steps_with_a_schedule_or_a_penalty_are_those_of_torch(
    run, off, start
):
    options = run["options"]
    if "schedule" in run:
        given = dict(run["schedule"])
        options = options | {"lr": SCHEDULES[given.pop("name")](**given)}
    net, history = mn.train(
        start,
        OPTIMIZERS["X"],
        OPTIMIZERS["Y"],
        mn.binary_cross_entropy,
        optimizer=RULES[run["optimizer"]](**options),
        epochs=30,
        l2=run.get("l2", 0),
    )
    assert off(history, run["J"]) < 1e-12
    for l in net.W:
        assert off(net.W[l], run["W"][l - 1]) < 1e-12
        assert off(net.b[l], run["b"][l - 1]) < 1e-12


def test_what_adam_remembers_goes_on_from_epoch_to_epoch(off, start):
    """Three epochs of three batches are nine steps of one Adam."""
    run = TRAINING["minibatches"]
    m, size = len(run["X"][0]), run["batch_size"]
    rng = np.random.default_rng(run["seed"])
    for epoch in run["batches"]:
        order = rng.permutation(m).tolist()
        assert epoch == [order[i : i + size] for i in range(0, m, size)]
    net, history = mn.train(
        start,
        run["X"],
        run["Y"],
        mn.binary_cross_entropy,
        optimizer=mn.adam(**run["options"]),
        epochs=3,
        batch_size=size,
        rng=run["seed"],
    )
    assert off(history, run["J"]) < 1e-12
    for l in net.W:
        assert off(net.W[l], run["W"][l - 1]) < 1e-12
        assert off(net.b[l], run["b"][l - 1]) < 1e-12


# --- published numbers --------------------------------------------------


def matches(got, case, *keys):
    """``got`` is as printed, and as recomputed where that is given."""
    case.setdefault("compared", set()).update(keys[:1])
    for version, tol in (
        ("expected", case["tol"]),
        ("expected_full", {"rtol": 2e-11, "atol": 1e-15}),
    ):
        want = case.get(version)
        for key in keys:
            known = isinstance(want, list) or (want and key in want)
            want = want[key] if known else None
        if want is not None:
            want = np.array(want, float)  # null becomes nan: not printed
            got = np.asarray(got).reshape(want.shape)
            printed = ~np.isnan(want)
            assert printed.any()
            np.testing.assert_allclose(got[printed], want[printed], **tol)


def use_activation(case):
    g = {"softmax": mn.softmax, "sigmoid": mn.sigmoid}[case["op"]]
    matches(g(column(case["inputs"]["z"])), case)


def use_loss(case):
    """Losses of probabilities, by way of the logits that give them."""
    a, y = case["inputs"]["a"], case["inputs"]["y"]
    if case["op"] == "half_sse":
        J = mn.euclidean(column(a), column(y))
    elif case["op"] == "ce_prob":
        with np.errstate(divide="ignore"):
            Z = np.maximum(np.log(column(a)), -800)  # e^-800 is 0
        J = mn.cross_entropy(Z, column(y))
    else:
        J = mn.binary_cross_entropy(logits(array(a)), y)
    matches(J, case)


def logits(a):
    return np.log(a) - np.log1p(-a)


def use_l2(case):
    a, W, lam = (case["inputs"][k] for k in ("a", "W", "lam"))
    J = mn.binary_cross_entropy(logits(array(a)), case["inputs"]["y"])
    m = len(a[0])
    J += lam / (2 * m) * sum((array(w) ** 2).sum() for w in W)
    matches(J, case)


def use_forward(case):
    given = case["inputs"]
    rows = case["layout"] == "rows"
    W, X = [array(w) for w in given["W"]], array(given["X"])
    if rows:
        W, X = [w.T for w in W], X.T
    net = network(W, given["b"], given["acts"])
    cache = mn.forward(net, X)
    last = cache.A[net.L].T if rows else cache.A[net.L]
    matches(last, case, "A_last")
    matches(cache.Z[net.L], case, "Z_last")
    matches(cache.Z[1], case, "Z1")
    for l in net.W:
        matches(cache.A[l].T if rows else cache.A[l], case, "A", l - 1)
        matches(cache.Z[l], case, "Z", l - 1)


def use_gradients(case):
    given = case["inputs"]
    net, loss = (
        network(given["W"], given["b"], given["acts"]),
        LOSS[given["loss"]],
    )
    X = array(given["X"])
    m = X.shape[1]
    lam = 2 * m * given.get("l2", 0)  # there the term is l2 times sum W^2
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, given["Y"], loss, l2=lam / m)
    J = loss(cache.Z[net.L], given["Y"])
    matches(cache.Z[net.L], case, "Z_last")
    matches(J, case, "data_loss")
    matches(J + penalty(net, lam, m), case, "loss")
    matches(J + m * penalty(net, 1, m), case, "loss_reg1")
    for l in net.W:
        matches(grads.dW[l], case, "dW", l - 1)
        matches(grads.db[l], case, "db", l - 1)
        matches(np.linalg.norm(grads.dW[l]), case, f"dW{l}_fro")
        matches(grads.dW[l], case, f"dW{l}")


def use_mazur(case):
    """Squared error on sigmoid outputs: a third layer passes them on."""
    given = case["inputs"]
    W, b = [*given["W"], np.eye(2)], [*given["b"], np.zeros((2, 1))]
    net = network(W, b, [*given["acts"], "identity"])
    start, X, Y = net, given["X"], given["Y"]
    cache = mn.forward(net, X)
    grads = mn.backward(net, cache, Y, mn.euclidean)
    matches(mn.euclidean(cache.Z[3], Y), case, "loss")
    for l in (1, 2):
        matches(cache.A[l], case, "A", l - 1)
        matches(grads.dW[l], case, "dW", l - 1)
        matches(grads.db[l], case, "db", l - 1)
    after = mn.step(net, grads, given["lr"])
    for l in (1, 2):
        matches(after.W[l], case, "W_after_1", l - 1)
    net = mn.Network(
        {1: after.W[1], 2: after.W[2], 3: np.eye(2)}, start.b, start.g
    )
    J = mn.euclidean(mn.forward(net, X).Z[3], Y)
    matches(J, case, "loss_after_1")
    assert abs(J - case["wrong_order"]["loss_after_1"]) > 1e-7


def use_layer(case):
    """A layer's dZ, put there by labels that make the loss give it."""
    given = case["inputs"]
    dZ, A, W = (array(given[k]) for k in ("dZ", "A_prev", "W"))
    n, m = A.shape
    net = network(
        [np.eye(n), W], [np.zeros(n), np.zeros(len(W))], ["identity"] * 2
    )
    cache = mn.forward(net, A)
    grads = mn.backward(net, cache, cache.Z[2] - dZ, mn.euclidean)
    matches(grads.dW[2], case, "dW")
    matches(grads.db[2], case, "db")
    matches(m * grads.dA[1], case, "dA_prev")


def use_training(case):
    given, want = case["inputs"], case["expected"]
    net = network(given["W"], given["b"], given["acts"])
    net, history = mn.train(
        net,
        given["X"],
        given["Y"],
        LOSS[given["loss"]],
        lr=given["lr"],
        epochs=given["steps"],
    )
    for l in net.W:
        matches(net.W[l], case, "W", l - 1)
        matches(net.b[l], case, "b", l - 1)
    case["compared"].add("loss_at")
    for epoch, J in want["loss_at"].items():
        assert history[int(epoch)] == pytest.approx(J, rel=1e-9)


def row_of(w):
    return mn.Network({1: [w]}, {1: [[0.0]]}, {1: "identity"})


def gradient(dW):
    return mn.Grads({1: np.array([dW])}, {1: np.zeros((1, 1))}, {}, {})


def rule_of(given):
    """The optimiser of a case, its memory, and how many steps it made."""
    g, lr = np.array([given["g"]]), given["lr"]
    if given["opt"] == "sgd":
        return mn.gradient_descent(lr), None, 0
    if given["opt"] == "momentum_velocity":  # v = -lr V there
        V = -np.array([given["v"]]) / lr
        return mn.momentum(lr, given["mu"]), V, 0
    if given["opt"] == "momentum_ema":  # v = (1 - beta) V there
        V, beta = np.array([given["v"]]), given["beta"]
        return mn.momentum(lr * (1 - beta), beta), V / (1 - beta), 0
    if given["opt"] == "rmsprop":
        rule = mn.rmsprop(lr, given["rho"], given["eps"])
        return rule, np.array([given["cache"]]), 0
    betas = given["beta1"], given["beta2"], given["eps"]
    memory = tuple(given[k] + 0 * g for k in "mv")
    before = given.get("t_before", given.get("t_used", 1) - 1)
    return mn.adam(lr, *betas), memory, before


def use_step(case):
    given = case["inputs"]
    optimizer, memory, t = rule_of(given)
    net = row_of(given["w"])
    state = optimizer.start(net)[1] | {("W", 1): memory}
    net, (after, state) = optimizer.step(net, gradient(given["g"]), (t, state))
    assert after == t + 1
    matches(net.W[1][0], case, "w")
    if given["opt"] == "momentum_velocity":
        matches(-given["lr"] * state["W", 1], case, "v")
    elif given["opt"] == "rmsprop":
        matches(state["W", 1], case, "cache")
    elif given["opt"] == "adam":
        matches(state["W", 1][0], case, "m")
        matches(state["W", 1][1], case, "v")
    if given["opt"] == "sgd":
        net = mn.step(row_of(given["w"]), gradient(given["g"]), given["lr"])
        matches(net.W[1][0], case, "w")


def use_batches(case):
    m, size = case["inputs"]["m"], case["inputs"]["batch_size"]
    X = np.arange(m, dtype=float)[np.newaxis]
    parts = [x for x, _ in mn.minibatches(X, X, size, rng=0)]
    matches([x.shape[1] for x in parts], case)
    assert sorted(np.hstack(parts)[0]) == list(range(m))


def use_quadratic(case):
    """x0² + x1² has the slope 2x."""
    net = row_of(case["inputs"]["x0"])
    for _ in range(case["inputs"]["steps"]):
        net = mn.step(net, gradient(2 * net.W[1][0]), case["inputs"]["lr"])
    matches(net.W[1][0], case)


def use_decay(case):
    """The rate lr0 / (1 + decay * epoch)."""
    lr0, decay = case["inputs"]["lr0"], case["inputs"]["decay"]
    rule = mn.gradient_descent(lambda t: lr0 / (1 + decay * t))
    matches(rule.rate(case["inputs"]["epoch"]), case)


USE = {
    "lr_decay": use_decay,
    "softmax": use_activation,
    "sigmoid": use_activation,
    "half_sse": use_loss,
    "ce_prob": use_loss,
    "bce": use_loss,
    "l2_cost": use_l2,
    "forward": use_forward,
    "loss_and_grads": use_gradients,
    "layer_backward": use_layer,
    "train_gd": use_training,
    "opt_step": use_step,
    "minibatch_sizes": use_batches,
    "gd_quadratic": use_quadratic,
}


SLOW = {"coursera-planar-train"}  # 10,000 updates


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(c, marks=pytest.mark.whole if c in SLOW else [])
        for c in CASES
    ],
)
def test_published_numbers(name):
    case = CASES[name]
    use = use_mazur if name == "mazur-step" else USE[case["op"]]
    use(case)
    printed = [case["expected"], case.get("expected_full")]
    keys = {key for part in printed if isinstance(part, dict) for key in part}
    assert keys - case["compared"] <= NOT_COMPARED


def test_every_published_case_is_used():
    assert len(CASES) == 35
    assert {case["op"] for case in CASES.values()} <= set(USE)
