"""What the glass box computes and says, against mininn and 50 digits.

The scripts run under node, once, on networks drawn from one seed: every
activation, loss, optimiser and size, saturated and dead ones. Without node
these tests are skipped; the whole check has it.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

import mininn as mn
from mininn.gradcheck import _lookalikes
from mininn.optimizers import AdamW, GradientDescent, Momentum, RMSProp

HERE, GLASS = Path(__file__).parent, ROOT / "mininn" / "glass"
HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu", "identity"]
LOSSES = [mn.binary_cross_entropy, mn.cross_entropy, mn.euclidean]
SIZES = [
    (1, 1, 1),
    (2, 1),
    (2, 3, 1),
    (3, 3, 3),
    (2, 3, 2, 2),
    (2, 4, 3),
    (2, 8, 8, 1),
]
OPTIMIZERS = {
    "gradient_descent": lambda lr: mn.gradient_descent(lr),
    "momentum": lambda lr: mn.momentum(lr / 3, 0.8),
    "nesterov": lambda lr: mn.momentum(lr / 3, nesterov=True),
    "rmsprop": lambda lr: mn.rmsprop(lr / 9),
    "adam": lambda lr: mn.adam(lr / 4, 0.8, 0.99),
    "adamw": lambda lr: mn.adamw(lr / 4, weight_decay=0.1),
}
KINDS = ["W", "b", "z", "a", "y", "J", "dW", "db", "dz", "da"]
NETWORKS = 42  # each size with each loss, twice


def plain_optimizer(rule):
    """An optimiser as the page stores it, without mininn.glass."""
    names = {GradientDescent: "gradient_descent", Momentum: "momentum"}
    names |= {RMSProp: "rmsprop", AdamW: "adamw"}
    return {"name": names.get(type(rule), "adam"), **vars(rule)}


def labels(loss, n, m, rng):
    if loss is mn.euclidean:
        return rng.standard_normal((n, m))
    if loss is mn.cross_entropy:
        if rng.random() < 0.2:  # shares of classes
            Y = rng.random((n, m))
            return Y / Y.sum(axis=0)
        return np.eye(n)[:, rng.integers(0, n, m)]
    if rng.random() < 0.2:
        return rng.random((n, m))
    return rng.integers(0, 2, (n, m)) * 1.0


class Case:
    """A network, its data, loss and optimiser, drawn from a seed."""

    def __init__(self, seed, wrong=None, n=None, hidden=None, loss=None):
        rng = np.random.default_rng(seed)
        n = n or SIZES[seed % len(SIZES)]
        self.loss = loss or LOSSES[seed // len(SIZES) % len(LOSSES)]
        if self.loss is mn.cross_entropy and n[-1] == 1:
            n = (*n[:-1], 3)
        names = [hidden or HIDDEN[rng.integers(len(HIDDEN))] for _ in n[1:-1]]
        names = [
            mn.LeakyReLU(0.2)
            if g == "leaky_relu" and rng.random() < 0.5
            else g
            for g in names
        ]
        m = int(rng.choice([1, 2, 5, 40]))
        net = mn.init(n, rng=rng, hidden=names, output=self.loss.link)
        self.kind = rng.choice(["plain"] * 6 + ["steep"] * 2 + ["dead"])
        W, b = dict(net.W), dict(net.b)
        b = {l: x + 0.3 * rng.standard_normal(x.shape) for l, x in b.items()}
        if self.kind == "steep":
            W = {l: 6 * x for l, x in W.items()}
        if self.kind == "dead" and len(n) > 2:
            b[1] = b[1] - 50
        self.net = mn.Network(W, b, net.g)
        self.X = rng.standard_normal((n[0], m))
        self.Y = labels(self.loss, n[-1], m, rng)
        name = list(OPTIMIZERS)[seed % len(OPTIMIZERS)]
        # Steep ones take small steps, or they would be thrown about.
        rate = rng.choice([0.02, 0.1] if self.kind == "plain" else [1e-3])
        _, grads = self.gradients(self.net)
        steepest = max(np.abs(d).max() for d in grads.dW.values())
        self.rule = OPTIMIZERS[name](float(rate / max(1, steepest)))
        self.wrong = wrong

    @property
    def spec(self):
        net, layers = self.net, range(1, self.net.L + 1)
        return {
            "v": 1,
            "n": list(net.n),
            "g": [
                str(net.g[l])
                if net.g[l].c in (None, 0.01)
                else f"leaky_relu({net.g[l].c})"
                for l in layers
            ],
            "W": [net.W[l].tolist() for l in layers],
            "b": [net.b[l][:, 0].tolist() for l in layers],
            "X": self.X.tolist(),
            "Y": self.Y.tolist(),
            "loss": self.loss.name,
            "opt": plain_optimizer(self.rule),
            "wrong": self.wrong,
        }

    def gradients(self, net):
        cache = mn.forward(net, self.X)
        return cache, mn.backward(net, cache, self.Y, self.loss)

    def train(self, net, epochs):
        """Yield (network, state, J) before each step, and at the end."""
        state = self.rule.start(net)
        for _ in range(epochs + 1):
            cache, grads = self.gradients(net)
            yield net, state, self.loss(cache.Z[net.L], self.Y)
            net, state = self.rule.step(net, grads, state)

    def states(self):
        """Three moments of a training, as JSON holds them."""
        for at, (net, (t, memory), _) in enumerate(self.train(self.net, 7)):
            if at in (0, 1, 7):
                yield net, (t, memory)


def as_json(net, state):
    t, memory = state

    def listed(x):
        if isinstance(x, tuple):
            return [one.tolist() for one in x]
        return None if x is None else x.tolist()

    return {
        "W": {l: x.tolist() for l, x in net.W.items()},
        "b": {l: x.tolist() for l, x in net.b.items()},
        "t": t,
        "memory": {f"{k}{l}": listed(x) for (k, l), x in memory.items()},
    }


def ask_node(cases):
    if not shutil.which("node"):
        pytest.skip("not run: node is not installed")
    ran = subprocess.run(
        ["node", HERE / "glass.mjs", GLASS],
        input=json.dumps({"cases": cases}),
        capture_output=True,
        encoding="utf-8",
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def some():
    """Of the first networks what mininn and what the page says."""
    return compared(range(NETWORKS))


def compared(seeds):
    cases = [Case(seed) for seed in seeds]
    ask = [
        {"count": 8, "kinds": KINDS, "mode": "forward"},
        {"count": 16, "kinds": KINDS, "mode": "backward"},
    ]
    told = ask_node(
        [
            {
                "spec": case.spec,
                "steps": [as_json(*one) for one in case.states()],
                "free": 50,
                "ask": ask,
            }
            for case in cases
        ]
    )
    return list(zip(cases, told["answers"], strict=True))


def off(got, want, scale=0.0):
    """The largest difference, by the array's largest entry."""
    got, want = np.array(got, float), np.asarray(want)
    assert got.shape == want.shape
    largest = max(np.abs(want).max(), scale)
    return np.abs(got - want).max() / largest if largest else np.abs(got).max()


def hold_arrays(case, arrays):
    cache, grads = case.gradients(case.net)
    J = case.loss(cache.Z[case.net.L], case.Y)
    assert off(arrays["J"], J) < 1e-12
    for of in (vars(cache), vars(grads)):
        for name in set(of) - {"net"}:
            assert set(arrays[name]) == {str(l) for l in of[name]}
            for l, want in of[name].items():
                assert off(arrays[name][str(l)], want) < 1e-12, (name, l)


def hold_steps(case, steps):
    for (net, state), got in zip(case.states(), steps, strict=True):
        after, (t, _) = case.rule.step(net, case.gradients(net)[1], state)
        assert got["t"] == t
        for name in "Wb":
            for l, want in vars(after)[name].items():
                scale = np.abs(vars(net)[name][l]).max()
                assert off(got[name][str(l)], want, scale) < 1e-12


def nudged(case):
    """How far our own run moves where the start moves by one ulp."""
    W = {l: np.nextafter(x, np.inf) for l, x in case.net.W.items()}
    near = mn.Network(W, case.net.b, case.net.g)
    *_, (ours, _, _) = case.train(case.net, 50)
    *_, (theirs, _, _) = case.train(near, 50)
    return max(off(theirs.W[l], ours.W[l]) for l in ours.W)


def hold_free_run(case, free):
    """Whether the run is the same; where not, a nudge is excuse enough."""
    runs = list(case.train(case.net, 50))
    net, costs = runs[-1][0], [J for *_, J in runs]
    apart = off(free["J"], costs)
    for name in "Wb":
        for l, want in vars(net)[name].items():
            scale = np.abs(vars(case.net)[name][l]).max()
            apart = max(apart, off(free[name][str(l)], want, scale))
    if apart < 1e-12:
        return True
    assert nudged(case) > 1e-13
    return False


def hold(pairs):
    for case, answer in pairs:
        hold_arrays(case, answer["arrays"])
        hold_steps(case, answer["steps"])
    excused = [case for case, a in pairs if not hold_free_run(case, a["free"])]
    assert len(excused) <= max(1, len(pairs) // 100)


def test_every_array_and_step_is_that_of_mininn(some):
    hold(some)


@pytest.mark.whole
def test_so_it_is_of_three_hundred_networks():
    pairs = compared(range(300))
    hold(pairs)
    read_lines(pairs)
    judge_verdicts(pairs)
    met = {
        (str(g), c.loss.name, type(c.rule).__name__)
        for c, _ in pairs
        for g in c.net.g.values()
    }
    assert len({g for g, *_ in met}) == 6
    assert len({rule for *_, rule in met}) == 5
    assert {c.kind for c, _ in pairs} == {"plain", "steep", "dead"}


# --- what it says -------------------------------------------------------

NUMBER = re.compile(r"(\d+(?:\.\d+)?)(·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def many_digits():
    """Return mpmath, or skip the test that asks for it."""
    return pytest.importorskip("mpmath", reason="needs mpmath (extra: dev)")


def evaluate(text):
    """What a line of the page gives, in 50 digits."""
    mpmath = many_digits()
    functions = {
        "log": mpmath.log,
        "tanh": mpmath.tanh,
        "max": max,
        "root": mpmath.sqrt,
        "N": mpmath.mpf,
        "e": mpmath.e,
    }
    text = re.sub(r" \(the other \d+\)", "", text)
    text = NUMBER.sub(
        lambda n: f"N('{n[1]}e{(n[3] or '0').translate(DIGITS)}')", text
    )
    for sign, python in (("−", "-"), (" · ", " * "), ("^", "**")):
        text = text.replace(sign, python)
    text = text.replace("√", "root")
    # A 1 in a logarithm hides what is far below it.
    with mpmath.workdps(350 if "log(" in text else 50):
        return eval(text, {"__builtins__": {}}, functions)


def short(x, digits):
    """A number in so many significant digits."""
    mpmath = many_digits()
    with mpmath.workdps(50):
        return mpmath.nstr(mpmath.mpf(x), digits, min_fixed=0, max_fixed=0)


def digits_of(text):
    return len(re.sub(r"·.*|\D", "", text).lstrip("0"))


def read_lines(pairs):
    """Read every line back; most are exact, and none is far off."""
    lines = [
        line
        for _, answer in pairs
        for one in answer["told"]
        for line in one["lines"]
        if line["value"] is not None
    ]
    assert len(lines) > 30 * len(pairs)
    rough = 0
    for line in lines:
        got = evaluate(line["parts"])
        if abs(got) < 1e-307:  # below what a float can hold in full
            assert abs(line["value"]) < 1e-307
            continue
        if line["rough"]:
            rough += 1
            numbers = [
                abs(float(evaluate(n[0])))
                for n in NUMBER.finditer(line["parts"])
            ]
            assert abs(got - line["value"]) < 1e-13 * max(1, *numbers)
            continue
        digits = max(4, digits_of(line["result"]))
        wanted = short(evaluate(line["result"]), digits)
        assert short(got, digits) == wanted, line
        assert short(line["value"], digits) == wanted, line
    assert rough <= len(lines) / 200
    return lines


def test_every_line_read_back_gives_its_result(some):
    lines = read_lines(some)
    assert len({line["key"] for line in lines}) > 20


def test_a_button_shows_the_number_that_it_opens(some):
    seen = 0
    for _, answer in some:
        for one in answer["told"]:
            for line in one["lines"]:
                for text, sup, _, opened in line["buttons"]:
                    if opened is None or sup not in ("", "2") or text == "e":
                        continue
                    shown = evaluate(text.strip("()"))
                    full = evaluate(opened)
                    tenth = many_digits().mpf(10) ** (1 - digits_of(text))
                    bound = abs(full) * tenth
                    assert abs(shown - full) <= bound / 2 * (1 + 1e-9), line
                    seen += 1
    assert seen > 1000


def judge_verdicts(pairs):
    found = [
        (case, one)
        for case, answer in pairs
        for one in answer["told"]
        if one["verdict"]
    ]
    for case, one in found:
        assert one["verdict"]["verdict"] != "differs", (case.kind, one)
    said = [one["verdict"]["verdict"] for _, one in found]
    assert said.count("agrees") > len(said) / 2
    return len(found)


def test_no_right_derivative_is_said_to_differ(some):
    assert judge_verdicts(some) > 500


# --- kinks --------------------------------------------------------------


def at_a_kink(z, hidden="relu"):
    """2-2-1, whose first unit has the weighted sum z at the only sample."""
    net = mn.Network(
        {1: [[0.5, -0.25], [0.3, 0.2]], 2: [[1.5, -0.7]]},
        {1: [[z], [0.1]], 2: [[0.2]]},
        {1: hidden, 2: "sigmoid"},
    )
    case = Case(0, n=(2, 2, 1))
    case.net, case.X = net, np.array([[1.0], [2.0]])
    case.Y, case.loss = np.array([[1.0]]), mn.binary_cross_entropy
    return case


@pytest.mark.parametrize("hidden", ["relu", "leaky_relu"])
def test_at_a_kink_no_difference_is_taken_and_none_differs(hidden):
    wants = {0.0: "small", 1e-9: "small", 3e-6: "agrees", -3e-6: "agrees"}
    kinds = ["W", "b", "z", "dW", "db", "dz"]
    asked = [{"count": 40, "kinds": kinds, "mode": "forward"}]
    cases = [at_a_kink(z, hidden) for z in wants]
    answers = ask_node([{"spec": c.spec, "ask": asked} for c in cases])
    for (z, want), answer in zip(
        wants.items(), answers["answers"], strict=True
    ):
        said = [one["verdict"] for one in answer["told"]]
        assert "differs" not in [v["verdict"] for v in said]
        first = {
            (one["verdict"]["verdict"], "kink" in one["verdict"]["sentence"])
            for one in answer["told"]
            if one["place"]["l"] == 1 and one["place"]["i"] == 0
        }
        if want == "small":
            assert first == {("small", True)}
        elif hidden == "leaky_relu" or z > 0:
            assert first == {("agrees", False)}
        else:
            assert first == {("small", False)}  # 0 is 0


# --- wrong formulas -----------------------------------------------------


def wrong_backward(wrong, net, cache, Y, loss, ahead):
    """The backward pass with one mistake, as plain NumPy would have it."""
    W, g, L, Z, A = net.W, net.g, net.L, cache.Z, cache.A
    m, dW, db, dA, dZ = Y.shape[1], {}, {}, {}, {}
    dZ[L] = (A[L] - Y) / m
    if wrong == "one-over-m":
        dZ[L] = A[L] - Y
    if wrong == "one-over-m-twice":
        dZ[L] = (A[L] - Y) / m**2
    if wrong == "sign":
        dZ[L] = (Y - A[L]) / m
    for l in range(L, 0, -1):
        below = Z[l - 1] if wrong == "z-for-a" and l > 1 else A[l - 1]
        dW[l] = dZ[l] @ below.T
        db[l] = dZ[l].sum(axis=1, keepdims=True)
        if l == 1:
            break
        back, error = W[l].T, dZ[l]
        square = W[l].shape[0] == W[l].shape[1]
        if wrong == "transpose" or (wrong == "transpose-square" and square):
            back = W[l]
        if wrong == "early":
            back = ahead(l, dW[l]).T
        if wrong == "sum-too-early":
            error = db[l]
        dA[l - 1] = back @ error + np.zeros((1, m))
        slope = g[l - 1].prime(Z[l - 1])
        if wrong == "g-for-prime":
            slope = g[l - 1](Z[l - 1])
        if wrong == "no-prime":
            slope = 1
        if wrong == "prime-of-a":
            slope = g[l - 1].prime(A[l - 1])
        dZ[l - 1] = dA[l - 1] * slope
    return mn.Grads(dW, db, dZ, dA)


def stepped_alone(rule, W, dW):
    """One array after a step of an optimiser: that of a network of it."""
    net = mn.Network({1: W}, {1: W[:, :1]}, {1: "identity"})
    grads = mn.Grads({1: dW}, {1: dW[:, :1]}, {}, {})
    return rule.step(net, grads, rule.start(net))[0].W[1]


WRONG = [
    "transpose",
    "transpose-square",
    "one-over-m",
    "one-over-m-twice",
    "sign",
    "g-for-prime",
    "no-prime",
    "prime-of-a",
    "z-for-a",
    "sum-too-early",
    "early",
]


@pytest.fixture(scope="module")
def broken():
    """Of each wrong formula some networks, and what the page says."""
    cases = [
        Case(seed, wrong=wrong, n=n, hidden=hidden, loss=loss)
        for wrong in WRONG
        for seed, (n, hidden) in enumerate(
            [
                ((3, 3, 3), "tanh"),
                ((2, 3, 1), "sigmoid"),
                ((2, 3, 2, 2), "tanh"),
                ((4, 4, 4, 4), "sigmoid"),
                ((2, 3, 3, 1), "relu"),
                ((3, 3, 3), "leaky_relu"),
            ]
        )
        for loss in (LOSSES if n[-1] > 1 else LOSSES[:1])
    ]
    kinds = ["W", "b", "z", "a"]
    ask = [{"count": 12, "kinds": kinds, "mode": "backward"}]
    told = ask_node([{"spec": c.spec, "ask": ask} for c in cases])
    assert sorted(told["wrong"]) == sorted(WRONG)
    return list(zip(cases, told["answers"], strict=True))


@pytest.mark.whole
def test_a_wrong_formula_is_the_same_in_numpy(broken):
    refused = 0
    for case, answer in broken:
        cache, _ = case.gradients(case.net)
        arguments = (case.wrong, case.net, cache, case.Y, case.loss)

        def ahead(l, dW, case=case):
            return stepped_alone(case.rule, case.net.W[l], dW)

        try:
            want = wrong_backward(*arguments, ahead)
        except ValueError:  # NumPy cannot multiply these
            assert case.wrong == "transpose"
            assert re.fullmatch(
                r"dA\[\d\] = W\[\d\] dZ\[\d\]: "
                r"\d × \d and \d × \d+ do not fit",
                answer["arrays"]["refusal"],
            )
            refused += 1
            continue
        for name, layers in vars(want).items():
            for l, array in layers.items():
                got = answer["arrays"][name][str(l)]
                assert off(got, array) < 1e-12, (case.wrong, name, l)
    assert refused > 0


def test_a_wrong_formula_is_what_check_gradients_knows(broken):
    """Its lookalikes, of two layers, where nothing wrong comes before."""
    like = {
        "g-for-prime": ("dZ", "g(Z) for g'(Z)?"),
        "no-prime": ("dZ", "g'(Z) forgotten?"),
        "prime-of-a": ("dZ", "g'(A) for g'(Z)?"),
        "transpose": ("dA", "W for W.T?"),
        "transpose-square": ("dA", "W for W.T?"),
        "one-over-m": ("dZ", "missing 1/m? It is m times too large"),
        "one-over-m-twice": ("dZ", "1/m twice? It is m times too small"),
        "sign": ("dZ", "sign flipped?"),
    }
    met = set()
    for case, answer in broken:
        if case.net.L != 2 or case.wrong not in like:
            continue
        cache, grads = case.gradients(case.net)
        truth = {
            (name, l): x
            for name, layers in vars(grads).items()
            for l, x in layers.items()
        }
        kind, name = like[case.wrong]
        known = _lookalikes(kind, 1, case.net, cache, cache, truth, 0.0)
        if name in known and "refusal" not in answer["arrays"]:
            assert off(answer["arrays"][kind]["1"], known[name]) < 1e-12
            met.add(case.wrong)
    assert met == set(like)


def test_each_wrong_formula_is_found_out_and_says_what_it_does(broken):
    found, lines = {}, {}
    for case, answer in broken:
        for one in answer["told"]:
            if one["verdict"] and one["verdict"]["verdict"] == "differs":
                found.setdefault(case.wrong, one)
            for line in one["lines"]:
                if line["wrong"]:
                    lines.setdefault(case.wrong, line)
    assert set(found) == set(WRONG)
    assert set(lines) == set(WRONG)
    for one in found.values():
        assert "The formula says" in one["verdict"]["sentence"]


def test_the_lines_of_a_wrong_formula_give_its_result_too(broken):
    read_lines([(c, a) for c, a in broken if a["told"]][::3])


# --- labels -------------------------------------------------------------


def test_each_equation_of_the_page_is_in_the_book(broken):
    told = ask_node([])
    book = "".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "book").rglob("*.ipynb")
    )
    assert len(told["equations"]) > 25
    for label in told["equations"].values():
        assert f"$$ ({label})" in book, label
