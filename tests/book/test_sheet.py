"""The formula sheet: complete, and each line of its code is run.

A check gives a line its names, small arrays, and what it must give by another
way: loops over numbers, differences, or the library.
"""

import ast
import importlib.util
import math
import re
from itertools import combinations, permutations, product

import chapters
import kit
import numpy as np
import pytest
from places import BOOK

import mininn as mn

AT = BOOK / "_ext" / "mininn_pages" / "sheet.py"
SPEC = importlib.util.spec_from_file_location("sheet", AT)
sheet = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sheet)

# What a summary names and the sheet leaves out, and why.
LEFT_OUT = {
    "eq-layers-rows": "the picture of W, a row for each unit: the table",
    "eq-activations-collapse": "eq-layers-two, repeated",
    "eq-tuning-hidden": "it says what L - 1 counts",
}
# What has no line of NumPy.
STATEMENTS = {"eq-derivative"}
LINES = {
    label: code.split("; ") if code else []
    for box in re.findall(
        r"```\{sheet\}\n(.*?)```", (BOOK / "sheet.md").read_text("utf-8"), re.S
    )
    for label, code in sheet.rows(box.splitlines())
}
CHECKS = {}


def check(*labels):
    """Mark a function that returns names, and what each line must give."""

    def keep(function):
        for label in labels:
            assert label not in CHECKS, f"{label} is checked twice"
            CHECKS[label] = function
        return function

    return keep


def sizes(names):
    """How many layers each dict of names has."""
    dicts = {x for x in names if isinstance(names[x], dict)}
    return {x: len(names[x]) for x in dicts - {"__builtins__"}}


def given(lines, names):
    """Run lines one after the other; return what each gives or sets.

    A line may set what belongs to a layer only where there is such a layer.
    """
    results, names = [], {"np": np} | names
    for line in lines:
        (node,) = ast.parse(line).body
        if isinstance(node, ast.Assign):
            there = sizes(names)
            exec(compile(ast.Module([node], []), line, "exec"), names)
            node = node.targets[0]
            assert sizes(names) == there, f"{line} sets another layer"
        results.append(eval(ast.unparse(node), names))
    return results


def named(name):
    """The equations that the summary of a chapter names."""
    text = "\n\n".join(
        "".join(cell["source"])
        for cell in chapters.read(name)["cells"]
        if cell["cell_type"] == "markdown"
    )
    summary = re.search(r"^## Summary$(.*?)(?=^## |\Z)", text, re.M | re.S)
    return set(re.findall(r"\{eq\}`(?:[^`<]*<)?(eq-[\w-]+)", summary[1]))


SPINE = [name for name in chapters.spine() if name != "beyond"]


@pytest.mark.parametrize("name", SPINE)
def test_what_a_summary_names_is_on_the_sheet(name):
    assert named(name) - set(LINES) - set(LEFT_OUT) == set()


def test_what_is_left_out_is_named_by_a_summary():
    assert set(LEFT_OUT) <= set().union(*map(named, SPINE)) - set(LINES)


def test_each_equation_stands_in_a_chapter_and_once_on_the_sheet():
    assert set(LINES) <= set(sheet.formulas(BOOK))
    text = (BOOK / "sheet.md").read_text("utf-8")
    assert len(re.findall(r"^eq-", text, re.M)) == len(LINES)


def test_each_line_has_a_check():
    assert set(CHECKS) | STATEMENTS == set(LINES)
    assert {label for label in LINES if not LINES[label]} == STATEMENTS


@pytest.mark.parametrize("label", [x for x in LINES if x not in STATEMENTS])
def test_a_line_gives_what_its_equation_says(label):
    names, *wanted = CHECKS[label]()
    results = given(LINES[label], names)
    assert len(results) == len(wanted)
    for result, right in zip(results, wanted, strict=True):
        if callable(right):
            assert right(result), result
            continue
        assert np.shape(result) == np.shape(right)
        np.testing.assert_allclose(result, right, rtol=1e-8, atol=1e-12)


def test_a_formula_ends_without_a_stop():
    ends = {label: sheet.formula(BOOK, label)[-1] for label in LINES}
    assert [label for label, end in ends.items() if end in ".,"] == []
    inside = re.compile(r"[.,]\s*\\end\{\w+\}$")
    assert not any(inside.search(sheet.formula(BOOK, x)) for x in LINES)


# --- a network 3-4-2, five samples -----------------------------------------

n, m, L = {0: 3, 1: 4, 2: 2}, 5, 2
net, X, Y = kit.make_problem([3, 4, 2], m, "tanh", mn.cross_entropy)
cache = mn.forward(net, X)
W, b, g, Z, A = net.W, net.b, net.g, cache.Z, cache.A


def cost(layer=None, of="", x=None):
    """J, with one array of a layer replaced."""
    if of in ("W", "b"):
        other = {
            l: x if l == layer else y for l, y in getattr(net, of).items()
        }
        parts = {"W": W, "b": b, of: other}
        z = mn.forward(mn.Network(parts["W"], parts["b"], g_names), X).Z[L]
    else:
        a = g[layer](x) if of == "Z" else x
        z = x if (layer, of) == (L, "Z") else W[2] @ a + b[2]
    return mn.cross_entropy(z, Y)


g_names = {1: "tanh", 2: "softmax"}


def slope(layer, of):
    """The derivative of J along an array of the network, by differences."""
    arrays = {"W": W, "b": b, "Z": Z, "A": A}[of]
    return kit.central_differences(
        lambda x: cost(layer, of, x), np.array(arrays[layer])
    )


def network(l=2, **more):
    """The names of the network, with the derivatives by differences."""
    names = {"l": l, "n": n, "m": m, "L": L, "X": X, "Y": Y, "g": g}
    names |= {"W": dict(W), "b": dict(b), "Z": dict(Z), "A": dict(A)}
    names |= {
        "dW": {k: slope(k, "W") for k in (1, 2)},
        "db": {k: slope(k, "b") for k in (1, 2)},
        "dZ": {k: slope(k, "Z") for k in (1, 2)},
        "dA": {1: slope(1, "A")},
    }
    return names | more


def column(*numbers):
    return np.array([[float(x)] for x in numbers])


def sums_of_layer_2():
    """W A + b of layer 2, number by number."""
    return np.array(
        [
            [
                sum(W[2][k, j] * A[1][j, i] for j in range(4)) + b[2][k, 0]
                for i in range(m)
            ]
            for k in range(2)
        ]
    )


# --- one layer and one network ---------------------------------------------


@check("eq-unit-z")
def _():
    names = {"w": column(1, -2, 3), "x": column(4, 5, 6), "b": 0.5}
    return names, [[1 * 4 - 2 * 5 + 3 * 6 + 0.5]]


@check("eq-forward-Z", "eq-broadcast")
def _():
    return network(), sums_of_layer_2()


@check("eq-beyond-linear")
def _():
    return network(), sums_of_layer_2().T


@check("eq-forward-A")
def _():
    return network(l=1), [[math.tanh(z) for z in row] for row in Z[1]]


@check("eq-layers-entry")
def _():
    z = sum(W[1][3, j] * X[j, 4] for j in range(3)) + b[1][3, 0]
    return network(k=3, i=4, W=W[1], b=b[1], Z=np.zeros((4, m))), z


@check("eq-product-shape")
def _():
    P, Q = np.ones((2, 3)), np.ones((3, 4))
    return {"P": P, "Q": Q}, lambda same: same and (P @ Q).shape == (2, 4)


@check("eq-shapes")
def _():
    return network(), True, True, True


@check("eq-layers-distance")
def _():
    # 3 x1 + 4 x2 = 10 is 2 from the origin
    names = {"w": column(3, 4), "b": -10.0, "x": column(0, 0)}
    return names, [[-2.0]]


@check("eq-layers-parameters")
def _():
    return network(), sum(x.size for x in [*W.values(), *b.values()])


@check("eq-layers-two")
def _():
    x = X[:, [0]]
    return network(x=x), W[2] @ (W[1] @ x + b[1]) + b[2]


# --- activation functions --------------------------------------------------

ZS = np.array([[-2.0, -0.5, 0.3], [0.7, 1.1, 3.0]])


def each(f):
    return np.array([[f(float(z)) for z in row] for row in ZS])


def slope_of(f):
    return each(
        lambda z: (
            (8 * (f(z + 1e-3) - f(z - 1e-3)) - f(z + 2e-3) + f(z - 2e-3))
            / 12e-3
        )
    )


def logistic(z):
    return (1 + math.tanh(z / 2)) / 2


def leaky(z):
    return z if z > 0 else 0.1 * z


@check("eq-sigmoid")
def _():
    return {"Z": ZS}, each(logistic)


@check("eq-sigmoid-prime", "eq-activations-quarter")
def _():
    return {"A": each(logistic)}, slope_of(logistic)


@check("eq-tanh")
def _():
    return {"Z": ZS}, each(lambda z: 1 - 2 / (math.exp(2 * z) + 1))


@check("eq-activations-tanh-prime")
def _():
    return {"Z": ZS}, slope_of(math.tanh)


@check("eq-relu")
def _():
    return {"Z": ZS}, each(lambda z: z if z > 0 else 0)


@check("eq-activations-relu-prime")
def _():
    # and 0 at 0, which is ours to choose
    names = {"Z": np.append(ZS, [[0.0, 1, 1]], axis=0)}
    slopes = slope_of(lambda z: max(z, 0))
    return names, np.append(slopes, [[0, 1, 1]], axis=0)


@check("eq-leaky")
def _():
    return {"Z": ZS, "c": 0.1}, each(leaky)


@check("eq-activations-leaky-prime")
def _():
    return {"Z": ZS, "c": 0.1}, slope_of(leaky)


# --- answers ---------------------------------------------------------------

SCORES = column(1, -0.5, 2)


def shares(z):
    """Softmax of a list of numbers."""
    return [math.exp(x) / sum(math.exp(y) for y in z) for x in z]


SHARES = column(*shares(SCORES.ravel()))
LSE = math.log(math.e + math.exp(-0.5) + math.exp(2))


@check("eq-softmax-def")
def _():
    return {"z": SCORES}, SHARES


@check("eq-softmax")
def _():
    return {"z": SCORES + 1e4}, column(*np.exp([-1, -2.5, 0])), SHARES


@check("eq-softmax-batch")
def _():
    E = [[math.exp(z - max(column)) for z in column] for column in ZS.T]
    return {"Z": ZS + 1e4}, np.array(E).T, np.array([*map(shares, ZS.T)]).T


@check("eq-logsumexp")
def _():
    return {"z": SCORES}, 2.0, LSE


@check("eq-log-softmax")
def _():
    return {"z": SCORES, "lse": LSE}, np.log(SHARES)


@check("eq-argmax")
def _():
    return {"Z": ZS}, [shares(z).index(max(shares(z))) for z in ZS.T]


@check("eq-outputs-one-hot")
def _():
    Y = [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 1]]
    return {"K": 3, "labels": np.array([0, 2, 1, 2])}, Y


@check("eq-outputs-logit")
def _():
    return {"a": each(logistic)}, ZS


@check("eq-outputs-half")
def _():
    return {"Z": ZS, "A": each(logistic)}, np.full((2, 3), True)


@check("eq-outputs-threshold")
def _():
    # a yes costs c0 (1 - a) on average, a no c1 a
    c0, c1, a = 1.0, 4.0, np.array([0.1, 0.19, 0.21, 0.9])
    return {"a": a, "c0": c0, "c1": c1}, c0 * (1 - a) < c1 * a


# --- cost ------------------------------------------------------------------

P_TRUE = np.array([0.9, 0.5, 0.2, 0.7])
ONE_HOT = column(0, 0, 1)


@check("eq-cost")
def _():
    return {"ell": np.array([[1.0, 2.0, 6.0]]), "m": 3}, 3.0


@check("eq-euclidean")
def _():
    a, y = column(1, 4, -2), column(0, 2, -1)
    right = mn.euclidean.dZ(a, y)
    return {"a": a, "y": y}, (1 + 4 + 1) / 2, right


@check("eq-bce")
def _():
    a, y = np.array([[0.9, 0.9, 0.3]]), np.array([[1.0, 0.0, 0.0]])
    names = {"a": a, "y": y}
    return names, [[-math.log(0.9), -math.log(0.1), -math.log(0.7)]]


@check("eq-bce-logits")
def _():
    z, y = np.array([[2.0, -3.0, 800.0]]), np.array([[1.0, 1.0, 0.0]])
    small = [-math.log(logistic(2)), -math.log(logistic(-3))]
    return {"z": z, "y": y}, [[*small, 800.0]]


@check("eq-cross-entropy")
def _():
    return {"a": SHARES, "y": ONE_HOT}, -math.log(SHARES[2, 0])


@check("eq-losses-gradient")
def _():
    def loss(z):
        return mn.cross_entropy(z, ONE_HOT)

    names = {"a": SHARES, "y": ONE_HOT}
    return names, kit.central_differences(loss, SCORES)


@check("eq-losses-rule")
def _():
    a, y = np.array([[0.9, 0.2]]), np.array([[1.0, 0.0]])
    z = np.log(a / (1 - a))
    right = mn.binary_cross_entropy.per_sample(z, y)
    return {"p": np.where(y == 1, a, 1 - a)}, right


@check("eq-losses-nll")
def _():
    return {"p": P_TRUE}, -math.log(0.9 * 0.5 * 0.2 * 0.7) / 4


@check("eq-losses-bernoulli")
def _():
    return {"a": 0.8, "y": np.array([1, 0])}, [0.8, 0.2]


@check("eq-losses-categorical")
def _():
    return {"a": SHARES, "y": ONE_HOT}, SHARES[2, 0]


@check("eq-losses-geometric")
def _():
    J = -sum(map(math.log, P_TRUE)) / 4
    return {"J": J}, (0.9 * 0.5 * 0.2 * 0.7) ** (1 / 4)


@check("eq-losses-guess")
def _():
    return {"K": 3}, mn.cross_entropy(np.zeros((3, 2)), np.eye(3)[:, :2])


@check("eq-rings-guess")
def _():
    q, p = 0.3, np.linspace(1e-3, 1 - 1e-3, 999)
    least = min(-q * np.log(p) - (1 - q) * np.log(1 - p))
    return {"q": q}, least


@check("eq-tuning-l2")
def _():
    squares = sum(float(w) ** 2 for l in W for w in W[l].ravel())
    return network(J=2.0, lam=0.1), 2 + 0.05 * squares


# --- backward --------------------------------------------------------------


@check("eq-derivative-shape")
def _():
    return network(), True


@check("eq-dZ-L")
def _():
    return network(), slope(2, "Z")


@check("eq-dW")
def _():
    return network(l=1), slope(1, "W")


@check("eq-db")
def _():
    return network(l=1), slope(1, "b")


@check("eq-dA")
def _():
    return network(), slope(1, "A")


@check("eq-dZ")
def _():
    return network(), slope(1, "Z")


@check("eq-deep-entries")
def _():
    return network(), slope(2, "W"), slope(2, "b"), slope(1, "A")


@check("eq-deep-step")
def _():
    # the step from the hidden layer back to the inputs
    def J(x):
        return mn.cross_entropy(mn.forward(net, x).Z[L], Y)

    dA = {0: None, 1: slope(1, "A")}
    return network(l=1, dA=dA), kit.central_differences(J, X)


@check("eq-deep-product")
def _():
    deep, x, y = kit.make_problem([2, 4, 3, 2], 1, "tanh", mn.cross_entropy)
    at = mn.forward(deep, x)
    W, b, g = deep.W, deep.b, deep.g

    def J(z):
        z2 = W[2] @ g[1](z) + b[2]
        return mn.cross_entropy(W[3] @ g[2](z2) + b[3], y)

    D = {l: np.diag(1 - np.tanh(at.Z[l].ravel()) ** 2) for l in (1, 2)}
    names = {"D": D, "W": W, "dz": {1: None, 3: at.A[3] - y}}
    return names, kit.central_differences(J, at.Z[1])


@check("eq-deep-forward-cost")
def _():
    triples = [
        _ for l in (1, 2) for _ in product(range(n[l]), range(n[l - 1]))
    ]
    return network(), m * len(triples)


@check("eq-deep-backward-cost")
def _():
    # dW of both layers, and dA of the hidden one
    F = m * (4 * 3 + 2 * 4)
    return network(F=F), m * (4 * 3 + 2 * 4) + m * 2 * 4


# --- checking --------------------------------------------------------------


@check("eq-central-difference")
def _():
    # exact for a parabola
    def f(x):
        return 3 * x**2 - x

    return {"f": f, "x": 2.0, "h": 0.25}, 11.0


@check("eq-relative-error")
def _():
    P, Q = np.array([[1.0, -4.0]]), np.array([[1.0, -5.0]])
    wanted = mn.relative_error(P, Q)
    swapped = given(LINES["eq-relative-error"], {"A": Q, "B": P})
    assert swapped == [wanted]
    return {"A": P, "B": Q}, wanted


@check("eq-central-error")
def _():
    # exact for a cubic: f''' is 6
    x, h = 2.0, 0.5
    right = ((x + h) ** 3 - (x - h) ** 3) / (2 * h)
    return {"slope": 12.0, "x": x, "h": h, "f3": lambda x: 6.0}, right


@check("eq-checking-forward")
def _():
    # exact for a parabola: f'' is 2
    x, h = 2.0, 0.5
    right = ((x + h) ** 2 - x**2) / h
    return {"slope": 4.0, "x": x, "h": h, "f2": lambda x: 2.0}, right


@check("eq-checking-floor")
def _():
    # the noise of a cost near 1/2, which differences of a line show
    h, x = 1e-5, np.linspace(0.4, 0.6, 999)
    noise = np.abs(((x + h) * 1.0 - (x - h)) / (2 * h) - 1).max()
    eps = np.finfo(float).eps
    names = {"eps": eps, "J": 0.5, "h": h}
    return names, lambda floor: floor / 4 < noise < 4 * floor


@check("eq-checking-cost")
def _():
    p, F = 26, m * (4 * 3 + 2 * 4)
    B = F + m * 2 * 4
    counted = sum(F + F for _ in range(p))  # to the right and to the left
    return {"p": p, "F": F, "B": B}, counted, lambda all: F < all <= 3 * F


# --- steps -----------------------------------------------------------------


@check("eq-step")
def _():
    after = mn.step(net, mn.backward(net, cache, Y, mn.cross_entropy), lr=0.3)
    return network(lr=0.3), after.W[2], after.b[2]


@check("eq-descent-one")
def _():
    # J = 2 (theta - 1)^2 from 3: the slope is 8
    return {"theta": 3.0, "lr": 0.1, "slope": 8.0}, 2.2


@check("eq-descent-steepest")
def _():
    grad, r, angles = np.array([3.0, -4.0]), 0.1, np.arange(36_000)
    around = r * np.array(
        [np.cos(np.pi * angles / 18_000), np.sin(np.pi * angles / 18_000)]
    )
    best = around[:, np.argmin(grad @ around)]
    names = {"grad": grad, "r": r}
    return names, lambda delta: np.abs(delta - best).max() < 1e-4 * r


@check("eq-descent-network-fall")
def _():
    lr = 1e-6
    after = mn.step(net, mn.backward(net, cache, Y, mn.cross_entropy), lr=lr)
    J = mn.cross_entropy(Z[L], Y)
    fall = J - mn.cross_entropy(mn.forward(after, X).Z[L], Y)
    return network(lr=lr), lambda says: abs(says / fall - 1) < 1e-4


@check("eq-descent-limit")
def _():
    # J = lam w^2 / 2 with lam = 4: does 100 steps bring w nearer to 0?
    rates = np.array([0.1, 0.3, 0.49, 0.51, 0.8])

    def nearer(lr, w=1.0):
        for _ in range(100):
            w = w - lr * 4 * w
        return abs(w) < 1

    right = [nearer(lr) for lr in rates]
    line = LINES["eq-descent-limit"]
    says = [given(line, {"lr": lr, "lam": 4.0})[0] for lr in rates]
    return {"lr": rates[0], "lam": 4.0}, lambda _: says == right


@check("eq-losses-sum")
def _():
    J = mn.cross_entropy(Z[L], Y)

    def J_sum(w):
        return m * cost(1, "W", w)

    names = {"m": m, "J": J, "W": W[1], "dW": slope(1, "W"), "lr": 0.1}
    total = mn.cross_entropy.per_sample(Z[L], Y).sum()
    return names, total, W[1] - 0.1 * kit.central_differences(J_sum, W[1])


@check("eq-descent-batch")
def _():
    return {"ell": np.array([1.0, 2, 9, 4]), "B": [0, 2]}, 5.0


@check("eq-descent-unbiased")
def _():
    def dW(B):
        few = mn.forward(net, X[:, B])
        return mn.backward(net, few, Y[:, B], mn.cross_entropy).dW[1]

    batches = [dW(list(B)) for B in combinations(range(m), 2)]
    return {"dW_B": batches}, slope(1, "W")


# Two steps of the library, from the same gradient; the first makes the memory.
D = np.array([[0.5, -2.0]])
THETA = np.array([[1.0, 3.0]])


def by_library(optimizer, steps=2):
    """W after steps with the gradient D, of a network with two weights."""
    unit = mn.Network({1: THETA}, {1: np.zeros((1, 1))}, {1: "identity"})
    grads = mn.Grads({1: D}, {1: np.zeros((1, 1))}, {}, {})
    state = optimizer.start(unit)
    for _ in range(steps):
        unit, state = optimizer.step(unit, grads, state)
    return unit.W[1]


@check("eq-descent-momentum")
def _():
    first = mn.momentum(0.1, beta=0.8)
    names = {"V": D, "d": D, "beta": 0.8, "lr": 0.1}
    names["theta"] = by_library(first, 1)
    return names, 1.8 * D, by_library(first)


@check("eq-descent-rmsprop")
def _():
    rule = mn.rmsprop(0.1, beta=0.8)
    names = {"Q": 0.2 * D**2, "d": D, "beta": 0.8, "lr": 0.1, "eps": 1e-8}
    names["theta"] = by_library(rule, 1)
    return names, 0.36 * D**2, by_library(rule)


@check("eq-descent-adam-means")
def _():
    names = {"P": 0.1 * D, "Q": 0.001 * D**2, "d": D}
    names |= {"beta1": 0.9, "beta2": 0.999}
    return names, 0.19 * D, (1 - 0.999**2) * D**2


@check("eq-descent-adam-corrected")
def _():
    # of the same gradient twice, the means are the gradient and its square
    names = {"P": 0.19 * D, "Q": (1 - 0.999**2) * D**2, "t": 2}
    return names | {"beta1": 0.9, "beta2": 0.999}, D, D**2


@check("eq-descent-adam")
def _():
    rule = mn.adam(0.1, eps=0.2)
    names = {"P_hat": D, "Q_hat": D**2, "lr": 0.1, "eps": 0.2}
    return names | {"theta": by_library(rule, 1)}, by_library(rule)


@check("eq-tuning-adamw")
def _():
    rule = mn.adamw(0.1, eps=0.2, weight_decay=0.3)
    names = {"P_hat": D, "Q_hat": D**2, "lr": 0.1, "eps": 0.2, "lam": 0.3}
    names["W"] = by_library(rule, 1)
    return names, D / (np.abs(D) + 0.2), by_library(rule)


@check("eq-descent-step-decay")
def _():
    names = {"lr0": 0.8, "gamma": 0.5, "t": 7, "s": 3}
    return names, mn.step_decay(0.8, every=3, gamma=0.5)(7)


@check("eq-descent-cosine")
def _():
    return {"lr0": 0.8, "t": 3, "T": 10}, mn.cosine(0.8, steps=10)(3)


# --- attention -------------------------------------------------------------


def head():
    """One head of attention: its arrays, and J = sum(A * dA) of its parts."""
    rng = np.random.default_rng(8)
    d_k, T = 2, 4
    at = {"d_k": d_k, "X": rng.standard_normal((5, T)) / 3}
    for name, rows in (("q", d_k), ("k", d_k), ("v", 3)):
        at[f"W_{name}"] = rng.standard_normal((rows, 5))
        at[name.upper()] = at[f"W_{name}"] @ at["X"]
    at["S"] = np.array(
        [
            [at["K"][:, j] @ at["Q"][:, i] / math.sqrt(d_k) for i in range(T)]
            for j in range(T)
        ]
    )
    at["P"] = mn.softmax(at["S"])
    at["A"] = sum(np.outer(at["V"][:, j], at["P"][j]) for j in range(T))
    at["dA"] = rng.standard_normal((3, T))

    def J(S=None, P=None, **parts):
        X = parts.get("X", at["X"])
        Q, K, V = (
            parts.get(x, at[f"W_{x.lower()}"] @ X) for x in ("Q", "K", "V")
        )
        S = K.T @ Q / math.sqrt(d_k) if S is None else S
        P = mn.softmax(S) if P is None else P
        return float((V @ P * at["dA"]).sum())

    def slopes(*names):
        return [
            kit.central_differences(
                lambda x, name=name: J(**{name: x}), at[name]
            )
            for name in names
        ]

    return at, slopes


@check("eq-attention-positions")
def _():
    E, R = np.arange(6.0).reshape(2, 3), np.ones((2, 4))
    H = np.eye(3)[:, [2, 0, 2, 1]]
    return {"E": E, "H": H, "R": R}, E[:, [2, 0, 2, 1]] + 1


@check("eq-attention-dE")
def _():
    dX, H = np.arange(8.0).reshape(2, 4), np.eye(3)[:, [2, 0, 2, 1]]
    right = np.column_stack([dX[:, 1], dX[:, 3], dX[:, 0] + dX[:, 2]])
    return {"dX": dX, "H": H}, right


@check("eq-attention-scores")
def _():
    at, _ = head()
    return at, at["S"]


@check("eq-attention-weights")
def _():
    at, _ = head()
    E = np.exp(at["S"])
    top = np.exp(at["S"] - at["S"].max(axis=0))
    return at, top, E / E.sum(axis=0)


@check("eq-attention-output")
def _():
    at, _ = head()
    return at, at["A"]


@check("eq-attention-variance")
def _():
    rng = np.random.default_rng(9)
    q, k = rng.standard_normal((2, 100_000, 3))
    q, k = 2 * q, 3 * k  # not 1, so that both squares count
    drawn = (q * k).sum(axis=1).var()
    names = {"q": q, "k": k, "d_k": 3}
    return names, lambda says: abs(says / drawn - 1) < 0.03


@check("eq-attention-dV")
def _():
    at, slopes = head()
    return at, *slopes("V", "P")


@check("eq-attention-dS")
def _():
    at, slopes = head()
    (dP,) = slopes("P")
    return at | {"dP": dP}, *slopes("S")


@check("eq-attention-dQ")
def _():
    at, slopes = head()
    (dS,) = slopes("S")
    return at | {"dS": dS}, *slopes("Q", "K")


@check("eq-attention-dX")
def _():
    at, slopes = head()
    dQ, dK, dV = slopes("Q", "K", "V")
    return at | {"dQ": dQ, "dK": dK, "dV": dV}, *slopes("X")


@check("eq-attention-permutation")
def _():
    at, _ = head()
    Pi = np.eye(4)[:, [2, 0, 3, 1]]
    return at | {"Pi": Pi}, at["A"][:, [2, 0, 3, 1]]


# --- training and judging --------------------------------------------------


@check("eq-rings-gain")
def _():
    # means over 200,000 draws of the weights of one unit
    a, s = np.array([1.0, 2.0, 0.5, 0.0]), 0.7
    w = s * np.random.default_rng(0).standard_normal((200_000, 4))
    drawn = (np.maximum(w @ a, 0) ** 2).mean()
    names = {"n": 4, "s": s, "a": a}
    return names, lambda says: abs(says / drawn - 1) < 0.02


@check("eq-rings-he")
def _():
    wide = mn.init([800, 500, 2], hidden="relu", rng=0)
    names = {"n": wide.n, "l": 1}
    return names, lambda s: abs(wide.W[1].std() / s - 1) < 0.01


@check("eq-pytorch-start")
def _():
    # a number drawn evenly from -k to k, by the middles of 1000 cells
    k = 1 / math.sqrt(3)
    middles = k * (2 * np.arange(1000) + 1 - 1000) / 1000
    square = (middles**2).mean()
    near = {"rtol": 1e-5}
    return (
        {"n": {0: 3}, "l": 1},
        lambda s: np.isclose(s, math.sqrt(square), **near),
        lambda gain: np.isclose(gain, 3 * square / 2, **near),
    )


@check("eq-rings-dead")
def _():
    line = LINES["eq-rings-dead"]

    def says(bias):
        units, x, y = kit.make_problem([2, 4, 3, 2], 5, "relu", mn.euclidean)
        b = units.b | {2: np.full((3, 1), bias)}
        units = mn.Network(units.W, b, {1: "relu", 2: "relu", 3: "identity"})
        at = mn.forward(units, x)
        grads = mn.backward(units, at, y, mn.euclidean)
        names = {"dW": grads.dW, "db": grads.db, "l": 2}
        return (at.Z[2] <= 0).all(), grads.db[3].any(), names

    dead, still, names = says(-100.0)
    alive, _, others = says(100.0)
    assert dead
    assert still
    assert not alive
    assert given(line, others) == [False, False]
    # one entry of the first layer is enough
    one = {k: 0 * x for k, x in names["dW"].items()}
    one[1][0, 0] = 1
    assert given(line, {"dW": one, "db": one, "l": 2}) == [False, False]
    return names, True, True


@check("eq-tuning-standardise")
def _():
    first = np.array([[1.0, 3.0], [0.0, 10.0]])
    scaled = [[-1, 1], [-1, 1]]
    return {"X": first}, [[2], [5]], [[1], [5]], scaled


@check("eq-data-base")
def _():
    Y = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    return {"Y": Y, "m": 4}, max(row.mean() for row in Y)


@check("eq-data-mean")
def _():
    X = np.array([[1.0, np.nan, 5.0], [np.nan, np.nan, 7.0]])
    return {"X": X}, [[(1 + 5) / 2], [7]]


@check("eq-data-chance")
def _():
    x, y = np.array([3.0, 1, 4, 1.5]), np.array([2.0, 7, 1, 8])
    r = [np.corrcoef(x, p)[0, 1] for p in permutations(y)]
    return {"m": 4}, np.mean(np.square(r))


@check("eq-tuning-log")
def _():
    # as many rates in each power of ten
    rng = np.random.default_rng(0)

    class Many:
        def uniform(self, low, high):
            return rng.uniform(low, high, 40_000)

    def even(lr):
        shares = [((lr >= x) & (lr < 10 * x)).mean() for x in (1e-3, 0.01)]
        return np.allclose(shares, 1 / 2, atol=0.01)

    names = {"rng": Many(), "low": 1e-3, "high": 0.1}
    return names, lambda u: -3 <= u.min() and u.max() <= -1, even


@check("eq-tuning-stop")
def _():
    J, p = np.array([5.0, 3, 4, 2, 2.5, 3, 2.1, 1, 0.5]), 3
    T = next(t for t in range(p, 9) if min(J[: t + 1]) == min(J[: t - p + 1]))
    assert T == 6  # three after the lowest at 3
    early = given(LINES["eq-tuning-stop"], {"J": J, "p": 1})
    assert early[1:] == [2, 1]
    return (
        {"J": J, "p": p},
        np.array([min(J[: t + 1]) for t in range(9)]),
        T,
        3,
    )


@check("eq-tuning-error")
def _():
    r = [0.9, 0.7, 0.8, 1.0]
    mean = sum(r) / 4
    s = math.sqrt(sum((x - mean) ** 2 for x in r) / 3)
    return {"r": np.array(r)}, s / 2


def chance(c, m, q):
    return math.comb(m, c) * q**c * (1 - q) ** (m - c)


@check("eq-tuning-coins")
def _():
    q, m = 0.3, 20
    square = sum((c / m - q) ** 2 * chance(c, m, q) for c in range(m + 1))
    return {"q": q, "m": m}, math.sqrt(square)


@check("eq-tuning-random")
def _():
    # all draws of 3 out of ten shares, of which one is the best
    hit = [0 in draw for draw in product(range(10), repeat=3)]
    return {"q": 0.1, "N": 3}, np.mean(hit)


@check("eq-tuning-expected")
def _():
    # the best of 2 counts of 3 coins, over all pairs
    counts = range(4)
    mean = sum(
        max(i, j) * chance(i, 3, 0.5) * chance(j, 3, 0.5)
        for i, j in product(counts, counts)
    )
    F = np.cumsum([chance(c, 3, 0.5) for c in counts])
    return {"F": F, "N": 2, "m": 3}, mean


TRUE, TAKEN = [0, 2, 1, 2, 0], [0, 1, 1, 2, 2]


@check("eq-digits-confusion")
def _():
    C = np.zeros((3, 3))
    for j, k in zip(TRUE, TAKEN, strict=True):
        C[j, k] += 1
    return {"Y": np.eye(3)[:, TRUE], "Y_hat": np.eye(3)[:, TAKEN]}, C


@check("eq-normalise-typical")
def _():
    return {"L": 4, "n": 10}, 1 / math.e


def norm_row(axis):
    """Z, its means along an axis, the roots, and Z normalised.

    Three numbers along the axis: of two, each would be 1 or -1.
    """
    Z = np.array([[1.0, 4.0, -2.0], [0.5, 0.0, 3.0]])
    Z = Z if axis else Z.T
    mu = Z.mean(axis=axis, keepdims=True)
    r = np.sqrt(((Z - mu) ** 2).mean(axis=axis, keepdims=True))
    return Z, mu, r, (Z - mu) / r


@check("eq-normalise-hat")
def _():
    Z, mu, r, _ = norm_row(1)
    gamma, beta = np.array([[2.0], [-1.0]]), np.array([[0.5], [3.0]])
    right = [(z - z.mean()) / z.std() for z in Z]
    N = [g * h + b for g, h, b in zip((2, -1), right, (0.5, 3), strict=True)]
    names = {"Z": Z, "mu": mu, "r": r, "gamma": gamma, "beta": beta}
    return names, np.array(right), np.array(N)


def norm_slopes(axis):
    dhat = np.array([[1.0, -0.5, 0.3], [0.2, 2.0, -1.0]])
    dhat = dhat if axis else dhat.T
    Z, _, r, hat = norm_row(axis)

    def J(Z):
        off = Z - Z.mean(axis=axis, keepdims=True)
        return (dhat * off / Z.std(axis=axis, keepdims=True)).sum()

    right = kit.central_differences(J, Z)
    return {"dhat": dhat, "hat": hat, "r": r}, right


@check("eq-normalise-compact")
def _():
    return norm_slopes(1)


@check("eq-normalise-layer-back")
def _():
    return norm_slopes(0)


@check("eq-normalise-scale")
def _():
    x, d = np.array([[1.0, 4.0, -2.0], [0.5, 0.0, 3.0]]), [1.0, -0.5, 0.3]
    w, c = np.array([[0.7, -0.2]]), 3.0

    def J(w):
        z = w @ x
        return ((z - z.mean()) / z.std() @ d).item()

    dW, right = (kit.central_differences(J, at) for at in (w, c * w))
    return {"dW": dW, "c": c}, right


@check("eq-normalise-running")
def _():
    z = np.array([1.0, 2.0, 6.0])
    names = {"mu_bar": 0.5, "v_bar": 2.0, "rho": 0.25, "m": 3}
    names |= {"mu": z.mean(), "v": z.var()}
    return names, 0.375 + 0.75, 1.5 + 0.25 * z.var(ddof=1)


@check("eq-normalise-residual")
def _():
    W, b = np.array([[1.0, -2.0], [0.5, 1.0]]), np.array([[0.1], [0.2]])
    z, d = np.array([[0.5], [-1.0]]), np.array([[1.0], [3.0]])

    def after(z):
        return z + W @ (z * (z > 0)) + b

    right = kit.central_differences(lambda x: (d * after(x)).sum(), z)
    names = {"l": 2, "W": {2: W}, "b": {2: b}, "Z": {1: z, 2: 0 * z}}
    return names | {"dZ": {1: 0 * d, 2: d}}, after(z), right


@check("eq-digits-accuracy")
def _():
    C = np.eye(3)[:, TRUE] @ np.eye(3)[:, TAKEN].T
    return {"C": C, "m": 5}, 3 / 5


@check("eq-digits-local")
def _():
    relu, x, _ = kit.make_problem([3, 4, 2], 1, "relu", mn.cross_entropy)
    at = mn.forward(relu, x)

    def score(x):
        return mn.forward(relu, x).Z[2]

    slopes = [
        kit.central_differences(lambda x, k=k: score(x)[k, 0], x).ravel()
        for k in (0, 1)
    ]
    names = {"W": relu.W, "b": relu.b}
    names["D"] = np.diag((at.Z[1] > 0).ravel() * 1.0)
    return names, np.array(slopes), at.Z[2] - slopes @ x


@check("eq-digits-ece")
def _():
    p, r = np.array([0.9, 0.8, 0.6, 0.5]), np.array([1.0, 0.0, 1.0, 1.0])
    bins = [np.array([0, 1]), np.array([2, 3])]
    right = 2 / 4 * abs(0.85 - 0.5) + 2 / 4 * abs(0.55 - 1)
    return {"p": p, "r": r, "bins": bins, "m": 4}, right


@check("eq-digits-scale")
def _():
    # the same dZ, inputs c times as large
    c, lr, dZ = 16.0, 0.1, slope(1, "Z")
    right = -lr * (dZ @ (c * X).T) @ (c * X)
    assert np.allclose(right, c**2 * (-lr * dZ @ X.T) @ X)
    return {"c": c, "lr": lr, "dW": dZ @ X.T, "X": X}, right


@check("eq-generalise-new")
def _():
    # three samples that may come; two were trained on
    p, ell = np.array([0.5, 0.3, 0.2]), np.array([1.0, 2.0, 5.0])
    J = (ell[0] + ell[1]) / 2
    right = 0.5 * 1 + 0.3 * 2 + 0.2 * 5
    return {"p": p, "ell": ell, "J": J}, right, right - J


@check("eq-generalise-optimism")
def _():
    # one bias, every draw of two of three numbers
    draws = np.array([*product((0.0, 1.0, 5.0), repeat=2)])
    theta = np.linspace(-20, 25, 451)[:, np.newaxis]
    J = np.array([[((t - d) ** 2).mean() / 2 for d in draws] for t in theta])
    return {"J": J}, True


@check("eq-generalise-parts")
def _():
    # every pair of an answer and a label
    a, y = np.array([0.2, 0.9, 1.4]), np.array([0.0, 1.0, 1.0, 1.0])
    right = sum((i - j) ** 2 for i, j in product(a, y)) / 12
    return {"a": a, "y": y}, right


@check("eq-generalise-shrink")
def _():
    h, lam, lr, t, c = 0.8, 0.3, 0.1, 7, 2.0
    with_price, stopped = 0.0, 0.0
    for _ in range(2000):
        with_price -= lr * (h * (with_price - c) + lam * with_price)
    for _ in range(t):
        stopped -= lr * h * (stopped - c)
    names = {"h": h, "lam": lam, "lr": lr, "t": t, "c": c}
    return names, with_price, stopped


@check("eq-generalise-moments")
def _():
    # q = 1/2: all four masks of two units are as likely
    R = np.array([*product((0.0, 2.0), repeat=2)])
    w, a, b = np.array([1.0, 2.0]), np.array([3.0, 1.0]), 0.5
    z = [sum(w * r * a) + b for r in R]
    names = {"R": R, "w": w, "a": a, "b": b, "q": 0.5}
    return names, 1.0, 1.0, np.mean(z), np.var(z)


@check("eq-generalise-mask-gradient")
def _():
    R = np.random.default_rng(0).integers(0, 2, A[1].shape) * 2.0

    def J(a, w):
        return mn.cross_entropy(w @ (R * a) + b[2], Y)

    dZ2 = mn.cross_entropy.dZ(W[2] @ (R * A[1]) + b[2], Y)
    names = {"W": W[2], "dZ": dZ2, "R": R, "A_masked": R * A[1]}
    by_mask = kit.central_differences(
        lambda x: mn.cross_entropy(W[2] @ x + b[2], Y), R * A[1]
    )
    by_a = kit.central_differences(lambda x: J(x, W[2]), np.array(A[1]))
    by_w = kit.central_differences(lambda x: J(A[1], x), np.array(W[2]))
    return names, by_mask, by_a, by_w


def image(seed=0, N=5, q=3):
    """An image, a kernel, and what comes out of it, by loops."""
    rng = np.random.default_rng(seed)
    G, w = (rng.integers(-4, 5, (k, k)) * 1.0 for k in (N, q))
    z = np.zeros((N - q + 1, N - q + 1))
    for r, c, u, v in np.ndindex(*z.shape, q, q):
        z[r, c] += w[u, v] * G[r + u, c + v]
    return G, w, z


def in_one_row(dz):
    """Patches of an image below a kernel 3 by 3, and their pixels."""
    N = len(dz) + 2
    places = np.arange(N * N).reshape(N, N)
    starts = list(product(range(len(dz)), repeat=2))
    below = [places[r : r + 3, c : c + 3].ravel() for r, c in starts]
    return np.array(below).T, dz.reshape(1, -1)


@check("eq-images-sum")
def _():
    G, w, z = image()
    r, c, b = 1, 2, 0.5
    names = {"z": np.zeros(z.shape), "r": r, "c": c, "b": b, "w": w}
    return names | {"G": G, "q": 3}, z[r, c] + b


@check("eq-images-shift")
def _():
    e, f = 1, -1
    G, w, z = image()
    z_moved = np.zeros(z.shape)
    moved = np.roll(G, (e, f), axis=(0, 1))
    for r, c, u, v in np.ndindex(3, 3, 3, 3):
        z_moved[r, c] += w[u, v] * moved[r + u, c + v]
    names = {"z": z, "z_moved": z_moved, "r": 2, "c": 0, "e": e, "f": f}
    return names, True


@check("eq-images-size")
def _():
    starts = [r for r in range(0, 11, 2) if r + 4 <= 11]
    return {"N": 7, "p": 2, "q": 4, "s": 2}, len(starts)


@check("eq-images-product")
def _():
    G, w, z = image()
    places, _ = in_one_row(z)
    names = {"W": w.reshape(1, 9), "P": G.ravel()[places], "b": [[0.5]]}
    return names, z.reshape(1, 9) + 0.5


@check("eq-images-gradients")
def _():
    G, w, _ = image(N=6)  # with 5, P would be its own transpose
    places, dZ = in_one_row(image(1, N=6)[2])
    W, P = w.reshape(1, 9), G.ravel()[places]
    slopes = [
        kit.central_differences(lambda x: (dZ * (x @ P)).sum(), W),
        dZ.sum(axis=1, keepdims=True),
        kit.central_differences(lambda x: (dZ * (W @ x)).sum(), P),
    ]
    return {"W": W, "P": P, "dZ": dZ}, *slopes


@check("eq-images-input")
def _():
    _, w, _ = image()
    places, dZ = in_one_row(image(1)[2])
    dP, dG = w.reshape(9, 1) @ dZ, np.zeros(25)
    right = np.zeros(25)
    for k, i in np.ndindex(dP.shape):
        right[places[k, i]] += dP[k, i]
    names = {"dG": dG, "places": places, "dP": dP}
    return names, lambda _: np.allclose(dG, right)


@check("eq-images-turned")
def _():
    G, w, _ = image()
    places, dZ = in_one_row(image(1)[2])

    def J(x):
        return (dZ * (w.reshape(1, 9) @ x.ravel()[places])).sum()

    names = {"w": w, "dz": dZ.reshape(3, 3), "q": 3}
    return names, kit.central_differences(J, G)


@check("eq-images-unpool")
def _():
    A, da = image(N=4)[0], image(1, N=2, q=1)[0]
    t = np.full((2, 2, 2, 2), 1 / 4)

    def J(x):
        windows = [x[r : r + 2, c : c + 2] for r in (0, 2) for c in (0, 2)]
        return sum(d * w.mean() for d, w in zip(da.flat, windows, strict=True))

    return {"A": A, "t": t, "da": da}, kit.central_differences(J, A)


@check("eq-images-receptive")
def _():
    seen = {x for r in range(0, 6, 2) for x in range(r, r + 3)}  # 3, 2 below
    return {"q": [3, 3], "s": [2, 1], "l": 2}, len(seen)
