"""The errata of the five texts, each as a case.

Every formula is written as it was printed and as it is right. Both meet
differences of a cost that is summed with loops over scalars, so that nothing
of the library, and no derivation, stands between. The page ``errata`` shows
the same; here its list of numbers is held complete.
"""

import itertools
import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, functions, page
from equations.proofs import close, ell, s, slope
from kit import central_differences, relative_difference
from places import BOOK, REFERENCE

import mininn as mn

PAGE = BOOK / "errata.ipynb"
DIFFERENT, EQUAL, ONE = ((3, 4, 1), 5), ((4, 4, 4), 4), ((1, 1, 1), 1)


def draw(n, m):
    """A 2-layer sigmoid network and a batch in columns, from one seed."""
    rng = np.random.default_rng(5)
    t = SimpleNamespace(n=n, m=m, X=rng.standard_normal((n[0], m)))
    t.W1, t.b1, t.W2, t.b2 = (
        rng.normal(0, 0.5, shape)
        for shape in ((n[1], n[0]), (n[1], 1), (n[2], n[1]), (n[2], 1))
    )
    t.Y = (rng.random((n[2], m)) > 0.5) * 1.0
    t.Z1 = t.W1 @ t.X + t.b1
    t.A1 = np.vectorize(s)(t.Z1)
    t.Z2 = t.W2 @ t.A1 + t.b2
    t.A2 = np.vectorize(s)(t.Z2)
    t.prime1 = np.vectorize(lambda z: slope(s, z))(t.Z1)
    t.prime2 = np.vectorize(lambda z: slope(s, z))(t.Z2)
    t.dA2 = (t.A2 - t.Y) / (t.A2 * (1 - t.A2)) / m  # of the mean
    t.d = t.A2 - t.Y
    return t


def cost(t, loss, output, **new):
    """The sum over the samples, by loops; ``new`` replaces arrays."""

    def entry(name, i, j, value):
        return new[name][i, j] if name in new else value

    W1, b1, W2, b2 = (
        new.get(k, getattr(t, k)) for k in ("W1", "b1", "W2", "b2")
    )
    total = 0.0
    for i in range(t.m):
        a1 = []
        for k in range(t.n[1]):
            z = b1[k, 0]
            for j in range(t.n[0]):
                z += W1[k, j] * t.X[j, i]
            a1.append(entry("A1", k, i, s(entry("Z1", k, i, z))))
        for k in range(t.n[2]):
            z = b2[k, 0]
            for j in range(t.n[1]):
                z += W2[k, j] * a1[j]
            a = output(entry("Z2", k, i, z))
            total += loss(entry("A2", k, i, a), t.Y[k, i])
    return total


def mean_cross_entropy(t, **new):
    return cost(t, ell, s, **new) / t.m


def summed_squares(t, **new):
    return cost(t, lambda a, y: (a - y) ** 2 / 2, lambda z: z, **new)


def differences(J, t, of):
    return central_differences(lambda x: J(t, **{of: x}), getattr(t, of))


def error(value, want):
    """The relative error; infinite where the shape is another one."""
    if value.shape != want.shape:
        return math.inf
    return relative_difference(value, want)


def columns(x):
    return x.sum(axis=1, keepdims=True)


def dZ1(t):
    return t.W2.T @ t.d / t.m * t.prime1


# number: (cost, derivative by, as printed, corrected), in columns
CROSS = {
    "E-04": (
        "A1",
        lambda t: (t.dA2 * t.prime2) @ t.W2,
        lambda t: t.W2.T @ (t.dA2 * t.prime2),
    ),
    "8-12": ("A2", lambda t: t.m * t.dA2, lambda t: t.dA2),
    "8-13": ("Z2", lambda t: t.d, lambda t: t.d / t.m),
    "E-17": (
        "W2",
        lambda t: t.d @ t.A1 / t.m,
        lambda t: t.d @ t.A1.T / t.m,
    ),
    "E-18": ("b2", lambda t: t.d, lambda t: columns(t.d) / t.m),
    "E-19": (
        "A1",
        lambda t: t.d @ t.W2,
        lambda t: t.W2.T @ t.d / t.m,
    ),
    "E-20": ("Z1", lambda t: t.d @ t.W2 * t.prime1, dZ1),
    "E-21": (
        "W1",
        lambda t: t.d @ t.W2 * t.prime1 @ t.X,
        lambda t: dZ1(t) @ t.X.T,
    ),
    "E-22": (
        "b1",
        lambda t: t.d @ t.W2 * t.prime1,
        lambda t: columns(dZ1(t)),
    ),
}


def delta(t):
    """∂E/∂Z2 of the layer note, in columns: its output is the identity."""
    return t.Z2 - t.Y


def delta1(t):
    return t.W2.T @ delta(t) * t.prime1


SQUARES = {
    "E-08": ("Z2", lambda t: t.Y - t.Z2, delta),
    "E-09": (
        "W2",
        lambda t: columns(delta(t)) @ t.A1.T,
        lambda t: delta(t) @ t.A1.T,
    ),
    "E-10": ("b1", delta1, lambda t: columns(delta1(t))),
    "E-13": ("W1", lambda t: t.X, lambda t: delta1(t) @ t.X.T),
    "E-13, bias": (
        "b1",
        lambda t: np.eye(t.n[1]),
        lambda t: columns(delta1(t)),
    ),
    "E-27": (
        "W1",
        lambda t: t.W2.T @ columns(delta(t)) * t.prime1 @ t.X.T,
        lambda t: delta1(t) @ t.X.T,
    ),
}
FORMULAS = {k: (mean_cross_entropy, *v) for k, v in CROSS.items()} | {
    k: (summed_squares, *v) for k, v in SQUARES.items()
}


@pytest.mark.parametrize("sizes", [DIFFERENT, EQUAL], ids=["differ", "equal"])
@pytest.mark.parametrize("name", FORMULAS)
def test_as_printed_it_disagrees_and_corrected_it_agrees(name, sizes):
    J, of, printed, corrected = FORMULAS[name]
    t = draw(*sizes)
    want = differences(J, t, of)
    assert error(corrected(t), want) < 1e-8
    try:
        value = printed(t)
    except ValueError:  # NumPy cannot multiply these
        return
    assert error(value, want) > 0.05


def have_the_right_shape(sizes):
    """The errata whose printed formula gives an array of that shape."""
    t = draw(*sizes)
    for name, (_, of, printed, _) in FORMULAS.items():
        try:
            value = printed(t)
        except ValueError:
            continue
        if name[0] == "E" and value.shape == getattr(t, of).shape:
            yield name


@claims(
    "errata", "With different sizes, only E-08 and E-27 have the right shape."
)
def test_with_different_sizes_two_errata_have_the_right_shape():
    assert set(have_the_right_shape(DIFFERENT)) == {"E-08", "E-27"}


@claims(
    "errata",
    "The formulas for a bias (E-10, E-18, E-22, and the identity of E-13) "
    "keep a wrong shape even then, and E-09 still cannot be computed.",
)
def test_with_equal_sizes_only_biases_and_e09_lack_the_right_shape():
    lacking = {k for k in FORMULAS if k[0] == "E"}
    lacking -= set(have_the_right_shape(EQUAL))
    assert lacking == {"E-09", "E-10", "E-13, bias", "E-18", "E-22"}


def test_the_list_says_what_the_cells_print():
    cells = json.loads(PAGE.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells)
    outputs = [o for c in cells for o in c.get("outputs", [])]
    printed = "".join("".join(o.get("text", [])) for o in outputs)
    one = r"(raises|shape|[\d.]+)"
    listed = re.findall(
        rf"^\| (E-\d.*?) \|.* \| {one}; {one}(?:, silently)? \|$",
        text,
        re.MULTILINE,
    )
    found = re.findall(
        rf"^(E-\S+(?: \S+)?) +\w+ +(?:off by )?{one}(?: \(.*?\))? +"
        rf"(?:off by )?{one}(?: \(.*?\))?$",
        printed,
        re.MULTILINE,
    )
    assert len(listed) == 13
    assert sorted(listed) == sorted(found)


@claims(
    "errata",
    "The result has the right shape *whatever the sizes are*, so no check of "
    "shapes can find it.",
)
def test_a_sum_too_early_has_the_right_shape_whatever_the_sizes_are():
    _, of, printed, _ = FORMULAS["E-27"]
    for n in np.ndindex(4, 4, 4):
        for m in (1, 2, 5):
            t = draw(np.add(n, 1), m)
            assert printed(t).shape == getattr(t, of).shape


@pytest.mark.parametrize("name", CROSS)
def test_with_every_size_and_m_one_the_printed_forms_are_right(name):
    J, of, printed, corrected = FORMULAS[name]
    t = draw(*ONE)
    want = differences(J, t, of)
    assert error(printed(t), want) < 1e-8
    assert error(corrected(t), want) < 1e-8


@pytest.mark.parametrize("sizes", [DIFFERENT, EQUAL], ids=["differ", "equal"])
def test_the_library_has_the_corrected_ones(sizes):
    t = draw(*sizes)
    net = mn.Network(
        {1: t.W1, 2: t.W2}, {1: t.b1, 2: t.b2}, {1: "sigmoid", 2: "sigmoid"}
    )
    g = mn.backward(net, mn.forward(net, t.X), t.Y, mn.binary_cross_entropy)
    ours = {"W1": g.dW[1], "b1": g.db[1], "Z1": g.dZ[1], "A1": g.dA[1]}
    ours |= {"W2": g.dW[2], "b2": g.db[2], "Z2": g.dZ[2]}
    for of, _, corrected in CROSS.values():
        if of in ours:
            assert error(corrected(t), ours[of]) < 1e-8


def test_e04_of_one_sample_is_the_transpose_of_the_truth():
    t = draw((3, 4, 1), 1)
    want = differences(mean_cross_entropy, t, "A1")
    assert error(CROSS["E-04"][1](t).T, want) < 1e-8


def test_e06_hidden_layers_are_one_fewer_than_layers():
    net = mn.init([2, 4, 6, 6, 4, 1], rng=0)
    assert net.L == 5
    assert len(net.n[1:-1]) == net.L - 1 == 4


def test_e07_the_loss_need_not_fall():
    X, Y = mn.circles(100, rng=0)
    start = mn.init([2, 4, 1], hidden="sigmoid", rng=1)

    def rises(lr):
        _, history = mn.train(
            start, X, Y, mn.binary_cross_entropy, lr=lr, epochs=100
        )
        return (np.diff(history) > 0).sum(), history[-1] / history[0]

    assert rises(0.1)[0] == rises(1.0)[0] == 0
    assert rises(50.0)[0] > 10
    assert rises(50.0)[1] > 2


def ends(lr, hidden, epochs):
    """The curves of J from ten starts on the rings."""
    curves = []
    for seed in SEEDS:
        X, Y = mn.circles(100, rng=seed)
        start = mn.init([2, hidden, 1], hidden="sigmoid", rng=seed)
        curves.append(
            mn.train(
                start, X, Y, mn.binary_cross_entropy, lr=lr, epochs=epochs
            )[1]
        )
    return curves


@pytest.mark.whole
@claims(
    "errata",
    "At the rate 0.1 the loss never rises and hardly leaves",
    "With 10 it first climbs and then learns. With 30 it climbs as well, and "
    "from most starts it does not come down to 0.4 again.",
)
def test_a_rate_between_the_two_climbs_and_learns():
    low = {
        lr: sum(J[-1] < 0.4 for J in ends(lr, 3, 600))
        for lr in (0.1, 10.0, 30.0)
    }
    assert low[0.1] == 0
    slow = ends(0.1, 3, 600)
    assert all((np.diff(J) <= 0).all() for J in slow)
    assert all(0.64 < J[-1] < 0.7 for J in slow)
    assert sum(max(J) > 2 * J[0] for J in ends(30.0, 3, 600)) >= 9
    assert low[10.0] >= 8
    assert low[30.0] <= 4
    assert sum((np.diff(J) > 0).any() for J in ends(10.0, 3, 100)) >= 9


@pytest.mark.parametrize(("dtype", "z"), [(np.float64, 37), (np.float32, 17)])
def test_e07b_the_derivative_by_the_output_runs_out_of_floats(dtype, z):
    for score, certain in ((z - 1, False), (z, True)):
        a = 1 / (1 + np.exp(-np.array(score, dtype)))
        assert (a == 1) == certain
    with np.errstate(divide="ignore", invalid="ignore"):
        da = 1 / (1 - a)
        assert np.isinf(da)
        assert np.isnan(da * (a * (1 - a)))
    Z = np.array([[z]], dtype)
    assert mn.binary_cross_entropy.dZ(Z, np.zeros_like(Z)) == 1


def stepped(t, sign, rate):
    """E after one step of the layer note's network."""
    d, d1 = delta(t), delta1(t)
    change = {"W2": d @ t.A1.T, "b2": columns(d)}
    change |= {"W1": d1 @ t.X.T, "b1": columns(d1)}
    new = {k: getattr(t, k) - sign * rate * v for k, v in change.items()}
    return summed_squares(t, **new)


def test_e08_climbs_and_e12_overshoots():
    t = draw(*DIFFERENT)
    E = summed_squares(t)
    assert stepped(t, +1, 0.01) < E
    assert stepped(t, -1, 0.01) > E
    assert stepped(t, +1, 1.0) > E


@claims(
    "errata",
    r"In $\mathit{fc}_2$ the text has it, because its $\delta_4$ is that sum",
)
@claims("further/objects", "it forgets the sum in $db$; in fc2 it has it")
@pytest.mark.parametrize("sizes", [DIFFERENT, EQUAL], ids=["differ", "equal"])
def test_e10_is_not_in_fc2_where_the_sum_stands(sizes):
    t = draw(*sizes)
    want = differences(summed_squares, t, "b2")
    assert error(columns(delta(t)), want) < 1e-8


def test_e10_lets_the_bias_grow_and_the_library_does_not():
    t = draw(*DIFFERENT)
    assert (t.b1 - 0.01 * delta1(t)).shape == (4, t.m) != t.b1.shape
    net = mn.Network({1: t.W1}, {1: t.b1}, {1: "sigmoid"})
    grads = mn.Grads({1: delta1(t) @ t.X.T}, {1: delta1(t)}, {}, {})
    with pytest.raises(mn.ShapeError, match=r"db\[1\]"):
        mn.step(net, grads, lr=0.01)


def test_e14_the_usable_rate_of_a_sum_shrinks_with_the_batch():
    def off(N, rate, share):
        x = np.random.default_rng(0).standard_normal(N)
        w = b = 0.0
        for _ in range(50):
            d = (w * x + b - 2 * x - 1) / share
            w, b = w - rate * (d * x).sum(), b - rate * d.sum()
        return max(abs(w - 2), abs(b - 1))

    assert off(100, 0.01, 1) < 1e-5
    assert off(1000, 0.01, 1) > 1e6
    for N in (10, 100, 1000, 10000):
        assert off(N, 0.5, N) < 1e-5


@claims(
    "errata",
    "With every size 1, all formulas but the first are exact",
    "With every size 4 they all run, most give arrays of the right shape, and "
    "all are wrong.",
    "With sizes that differ, most cannot even be computed.",
)
def test_the_printed_formulas_are_right_for_single_numbers_only():
    here = {"mn": mn, "np": np, "SimpleNamespace": SimpleNamespace}
    here |= {"prime": mn.sigmoid.prime, "compare": lambda *_: None}
    here["J"] = None  # only handed on to compare
    names = ("verdict", "batch", "trial")
    for cell in page("errata", "code"):
        if any(f"def {f}(" in cell for f in names):
            exec(functions(cell), here)
        if "backprop_note = {" in cell or "backprop_note |= {" in cell:
            exec(cell, here)
    for seed in SEEDS:
        sizes = (((1, 1, 1), 1), ((4, 4, 4), 4), ((4, 3, 2), 5))
        ones, fours, mixed = (
            list(here["trial"](n, m, seed).values()) for n, m in sizes
        )
        assert ones[0] != "right"
        assert ones[1:] == ["right"] * 6
        assert "raises" not in fours
        assert "right" not in fours
        assert sum(v.startswith("off") for v in fours) > 3
        assert mixed.count("raises") > 3
        assert "right" not in mixed


def test_e16_layer_two_looks_at_layer_one():
    t = draw(*EQUAL)
    assert error(t.W2 @ t.X + t.b2, t.Z2) > 0.1
    t = draw(*DIFFERENT)
    with pytest.raises(ValueError, match="matmul"):
        t.W2 @ t.X
    net = mn.Network(
        {1: t.W1, 2: t.W2}, {1: t.b1, 2: t.b2}, {1: "sigmoid", 2: "sigmoid"}
    )
    close(mn.forward(net, t.X).Z[2], t.W2 @ t.A1 + t.b2)


def test_e23_one_over_m_belongs_everywhere_or_nowhere():
    t = draw(*DIFFERENT)
    for name in ("E-18", "E-19", "E-20", "E-21", "E-22"):
        of, _, corrected = CROSS[name]
        want = differences(mean_cross_entropy, t, of)
        without = t.m * corrected(t)
        assert error(without, want) == pytest.approx(1 - 1 / t.m)


def test_e25_the_constant_is_minus_the_maximum():
    z = np.array([[1010.0], [1000.0], [990.0]])
    with np.errstate(over="ignore", invalid="ignore"):
        plus, minus = np.exp(z + z.max()), np.exp(z - z.max())
        assert np.isnan(plus / plus.sum()).all()
        assert np.isnan(np.log(-1.0))
    close(mn.softmax(z), minus / minus.sum())


def test_e26_softmax_of_a_batch_needs_an_axis():
    def printed(z):
        e = np.exp(z - np.max(z))
        return e / np.sum(e)

    close(printed(np.ones((2, 2))).sum(axis=1), [0.5, 0.5])
    apart = np.array([[1000.0, 1001.0], [0.0, 1.0]])
    assert (printed(apart)[1] == 0).all()
    close(mn.softmax(apart.T)[:, 1], mn.softmax(apart.T)[:, 0])
    close(mn.softmax(apart.T).sum(axis=0), [1, 1])


@claims("errata", "The note stops at the softmax.")
def test_the_logarithm_of_softmax_comes_first():
    z = np.array([[800.0], [0.0]])
    with np.errstate(divide="ignore"):
        assert np.log(mn.softmax(z))[1, 0] == -np.inf
    assert (mn.log_softmax(z) == [[0], [-800]]).all()


ARTICLE, PROGRAM = [2, 4, 6, 6, 4, 1], [2, 25, 50, 50, 25, 1]


@claims(
    "errata",
    "That program has a wider network, 2-25-50-50-25-1, and there this start "
    "is a good one.",
    "The number 0.1 is neither right nor wrong: it has to fit the sizes.",
)
@claims(
    "rings",
    "It is that of a later program of its author, for a wider network, where "
    "it learns",
)
@pytest.mark.parametrize(
    ("n", "scheme", "least", "most"),
    [(ARTICLE, 0.1, 0, 0), (PROGRAM, 0.1, 4, 4), (ARTICLE, "he", 2, 4)],
)
def test_small_weights_learn_the_rings_in_a_wide_network_only(
    n, scheme, least, most
):
    X, Y = mn.circles(100, rng=4)
    ends = []
    for seed in range(200, 204):
        net = mn.init(n, rng=seed, scheme=scheme)
        _, history = mn.train(
            net, X, Y, mn.binary_cross_entropy, lr=0.3, epochs=400
        )
        ends.append(history[-1])
    assert least <= sum(J < 0.1 for J in ends) <= most
    if not most:
        np.testing.assert_allclose(ends, math.log(2), atol=1e-3)


# --- printed elsewhere --------------------------------------------------


def test_two_wrong_derivatives_of_relu():
    Z = np.array([[-2.0, -0.5, 0.5, 2.0]])
    want = [slope(lambda z: max(z, 0.0), z) for z in Z[0]]
    close(mn.relu.prime(Z)[0], want, rtol=1e-9)
    assert error(np.maximum(Z, 0), np.array([want])) > 0.4
    assert error((mn.relu(Z) >= 0) * 1.0, np.array([want])) > 0.9


def test_a_small_number_in_the_logarithm_cuts_the_gradient_off():
    def floored(z):
        return -math.log(s(z) + 1e-7)

    assert abs(slope(floored, -40.0)) < 1e-6
    assert slope(lambda z: math.log1p(math.exp(-z)), -40.0) == pytest.approx(
        -1
    )
    assert mn.binary_cross_entropy.dZ([[-40.0]], [[1]]) == pytest.approx(-1)


def test_a_checker_that_works_in_place_spoils_integers():
    x, h, slopes = np.array([3, 4]), 1e-4, []
    for i in range(2):
        kept = x[i]
        x[i] = kept + h
        right = (x**2).sum()
        x[i] = kept - h
        slopes.append((right - (x**2).sum()) / (2 * h))
        x[i] = kept
    np.testing.assert_allclose(slopes, [25000, 35000])
    ours = mn.numerical_gradient(lambda x: float((x**2).sum()), [[3, 4]])
    np.testing.assert_allclose(ours, [[6, 8]], rtol=1e-9)


def after(updates, through_new_W2):
    """Mazur's W1, total error and outputs after some updates, by loops."""
    x, y, both = (0.05, 0.1), (0.01, 0.99), (0, 1)
    W1, W2 = [[0.15, 0.2], [0.25, 0.3]], [[0.4, 0.45], [0.5, 0.55]]

    def layer(W, x, b):
        return [s(w[0] * x[0] + w[1] * x[1] + b) for w in W]

    def moved(W, dz, x):
        return [[W[k][j] - 0.5 * dz[k] * x[j] for j in both] for k in both]

    for _ in range(updates):
        h = layer(W1, x, 0.35)
        out = layer(W2, h, 0.6)
        dz2 = [(out[k] - y[k]) * out[k] * (1 - out[k]) for k in both]
        new = moved(W2, dz2, h)
        back = new if through_new_W2 else W2
        dh = [dz2[0] * back[0][j] + dz2[1] * back[1][j] for j in both]
        W1 = moved(W1, [dh[j] * h[j] * (1 - h[j]) for j in both], x)
        W2 = new
    out = layer(W2, layer(W1, x, 0.35), 0.6)
    return W1, sum((out[k] - y[k]) ** 2 for k in both) / 2, out


def mazur():
    path = REFERENCE / "published_cases.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return next(c["expected"] for c in cases if c["id"] == "mazur-step")


@claims(
    "errata",
    "Its text says that the hidden layer uses the original $W^{[2]}$, not the "
    "updated one, and the weights it prints are made so",
)
def test_the_worked_example_prints_weights_of_the_right_order():
    printed = mazur()["W_after_1"][0]
    np.testing.assert_allclose(after(1, False)[0], printed, atol=6e-9)
    assert np.abs(np.subtract(after(1, True)[0], printed)).min() > 1e-5


@claims(
    "errata",
    "The total error it prints after the step is 0.291027924, and that is not "
    "the error of these weights.",
)
@claims("backprop", "prints a total error of 0.291027924")
def test_the_worked_example_prints_a_total_of_the_wrong_order():
    assert after(1, True)[1] == pytest.approx(0.291027924, abs=5e-10)
    assert after(1, False)[1] == pytest.approx(0.2910277737, abs=5e-11)


@claims("errata", "The last lines of the example mix the two orders as well")
def test_the_end_of_the_worked_example_mixes_the_two_orders():
    assert after(10000, True)[2] == pytest.approx(
        [0.015912196, 0.984065734], abs=1e-9
    )
    assert after(9999, False)[1] == pytest.approx(0.0000351085, abs=5e-11)
    for updates, order in ((9999, True), (10000, True), (10000, False)):
        assert abs(after(updates, order)[1] - 0.0000351085) > 5e-9


# --- the list is complete -----------------------------------------------


class WrongReLU(type(mn.relu)):
    def prime(self, Z):
        return np.maximum(Z, 0)


@claims(
    "errata",
    "Both learn.",
    "A short step need not follow the gradient to go downhill",
    "Accuracy proves nothing about a formula",
)
def test_a_wrong_relu_learns_the_rings_as_the_right_one_does():
    X, Y = mn.circles(100, rng=0)
    for g, seed in itertools.product((mn.relu, WrongReLU()), SEEDS):
        net, _ = mn.train(
            *(mn.init([2, 8, 1], hidden=g, rng=seed), X, Y),
            mn.binary_cross_entropy,
            optimizer=mn.adam(0.01),
            epochs=500,
        )
        assert mn.accuracy(net, X, Y) > 0.98


IN_WORDS = {"E-01", "E-02", "E-03", "E-05", "E-11", "E-15", "E-24"}


def test_every_erratum_is_on_the_page_and_every_formula_is_a_case():
    every = {f"E-{k:02d}" for k in range(1, 28)} | {"E-07b"}
    cells = json.loads(PAGE.read_text(encoding="utf-8"))["cells"]
    page = "\n".join("".join(c["source"]) for c in cells)
    assert set(re.findall(r"E-\d\db?", page)) == every
    cases = {re.match(r"E-\d\d", k)[0] for k in FORMULAS if k[0] == "E"}
    named = {
        "E-" + k[1:] for k in re.findall(r"_(e\d\db?)_", " ".join(globals()))
    }
    assert cases | named == every - IN_WORDS
