"""The gradient checker: right code passes, each known bug gets its name."""

import inspect
import os
from dataclasses import replace

import numpy as np
import pytest
from kit import make_problem

import mininn as mn
from mininn import gradcheck

HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu"]
LOSSES = [mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy]
SIZES = [
    ((2, 4, 3, 2), 5),
    ((3, 3, 3, 3), 3),
    ((2, 3, 1), 1),
    ((1, 1), 1),
    ((3, 2), 4),
]


# --- numerical_gradient and relative_error ------------------------------


def test_central_differences_of_known_functions():
    x = np.array([[0.5, -1.0, 2.0], [3.0, 0.25, -0.75]])
    cases = [
        (lambda x: (x**3).sum(), 3 * x**2),
        (lambda x: np.sin(x).sum(), np.cos(x)),
        (lambda x: np.exp(x).prod(), np.full((2, 3), np.exp(4.0))),
        (lambda x: x[0, 1] * x[1, 2], np.array([[0, -0.75, 0], [0, 0, -1]])),
    ]
    for f, slope in cases:
        np.testing.assert_allclose(
            mn.numerical_gradient(f, x), slope, rtol=1e-8, atol=1e-9
        )


def test_integers_are_differentiated_as_floats():
    got = mn.numerical_gradient(lambda x: (x**2).sum(), [3, 4])
    np.testing.assert_allclose(got, [6, 8], rtol=1e-9)
    assert got.dtype == np.float64
    small = np.array([3, 4], np.float32)
    got = mn.numerical_gradient(lambda x: (x**2).sum(), small)
    np.testing.assert_allclose(got, [6, 8], rtol=1e-9)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)], ids=str)
def test_the_gradient_has_the_shape_of_x(shape):
    x = np.full(shape, 2.0)
    got = mn.numerical_gradient(lambda x: (x**2).sum(), x)
    assert got.shape == shape
    np.testing.assert_allclose(got, 2 * x, rtol=1e-9)


def test_f_may_write_to_what_it_gets():
    def f(x):
        x *= 2
        return x.sum()

    x = np.ones((2, 2))
    np.testing.assert_allclose(mn.numerical_gradient(f, x), 2 * x, rtol=1e-9)
    np.testing.assert_array_equal(x, np.ones((2, 2)))


def test_the_differences_are_central_and_of_step_h():
    seen = []
    mn.numerical_gradient(lambda x: seen.append(x[0]) or x[0], [1.0], h=0.25)
    assert sorted(seen) == [0.75, 1.25]
    got = mn.numerical_gradient(lambda x: x[0] ** 3, [1.0], h=0.5)
    assert got[0] == 3.25


def test_f_that_returns_one_number_in_an_array_is_fine():
    got = mn.numerical_gradient(lambda x: x.sum(keepdims=True), [[1.0, 2.0]])
    np.testing.assert_allclose(got, [[1, 1]], rtol=1e-9)


def test_relative_error_is_that_of_the_largest():
    assert mn.relative_error([[1.0, 2.0]], [[1.0, 2.5]]) == 0.2
    assert mn.relative_error([[-4.0]], [[4.0]]) == 2
    assert mn.relative_error([[1.0, 100.0]], [[2.0, 100.0]]) == 0.01
    assert mn.relative_error([[3.0]], [[3.0]]) == 0
    assert mn.relative_error([[0.0]], [[0.0]]) == 0
    assert mn.relative_error([[0.0]], [[1e-300]]) == 1
    assert mn.relative_error(np.zeros((2, 0)), np.zeros((2, 0))) == 0
    assert type(mn.relative_error([[1]], [[2]])) is float


# --- right code ---------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(("n", "m"), SIZES, ids=str)
def test_right_code_agrees(problem, n, m, hidden, loss):
    net, X, Y = problem(n, m, hidden, loss, seed=5)
    report = mn.check_gradients(net, X, Y, loss)
    assert report
    names = [
        f"{kind}[{l}]" for l in range(1, len(n)) for kind in ("dZ", "dW", "db")
    ]
    names += [f"dA[{l}]" for l in range(1, len(n) - 1)]
    assert sorted(c.name for c in report) == sorted(names)
    for check in report:
        assert check.error < 1e-8
        assert check.kinks == 0
        assert check.likely == ""


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize(
    ("n", "scheme"),
    [([2, 4, 1], 0.01), ([2, 3, 3, 1], 0.1)],
    ids=str,
)
def test_small_gradients_are_no_false_alarm(n, scheme, hidden):
    """J has 16 digits: over h, rounding is 1e-11, and may be the gradient."""
    X, Y = mn.circles(5, rng=0)
    for seed in range(4):
        net = mn.init(n, rng=seed, hidden=hidden, scheme=scheme)
        report = mn.check_gradients(net, X, Y, mn.binary_cross_entropy)
        assert report
        assert "DIFFERS" not in repr(report)


@pytest.mark.parametrize("far", [1e3, 1e5])
def test_a_zero_slope_of_a_large_loss_is_no_false_alarm(far):
    """db is 0: the two samples pull b in opposite directions."""
    net = mn.Network({1: [[0.2]]}, {1: [[0.1]]}, {1: "identity"})
    X, Y = [[0.7, 0.7]], [[0.24 + far, 0.24 - far]]
    report = mn.check_gradients(net, X, Y, mn.euclidean)
    assert report, report


def test_a_perfect_fit_is_no_false_alarm(problem):
    net, X, _ = problem((2, 3, 2), 4, "tanh", mn.euclidean)
    Y = mn.forward(net, X).A[2]
    assert mn.check_gradients(net, X, Y, mn.euclidean)


@pytest.mark.parametrize(("n", "kind"), [((2, 3, 1), "dW"), ((1, 1), "db")])
def test_a_small_difference_is_not_given_a_wrong_name(problem, n, kind):
    """dW[1] has no Z for A to mistake, and a number no transpose."""
    bad = found(
        problem,
        planted(lambda g: change(g, kind, 1, lambda d: d * (1 + 2e-6))),
        n=n,
    )
    assert {k: c.likely for k, c in bad.items()} == {f"{kind}[1]": ""}


def test_a_float32_network_is_checked_in_float64(problem):
    _, X, Y = problem((2, 4, 3), 5, "tanh", mn.cross_entropy)
    net = mn.init(
        [2, 4, 3], rng=0, hidden="tanh", output="softmax", dtype=np.float32
    )
    report = mn.check_gradients(net, X, Y, mn.cross_entropy)
    assert report
    assert max(c.error for c in report) < 1e-8
    assert net.dtype == np.float32


def test_a_report_can_be_read(problem):
    net, X, Y = problem((1, 1), 1, "tanh", mn.binary_cross_entropy)
    report = mn.check_gradients(net, X, Y, mn.binary_cross_entropy)
    assert repr(report) == "dZ[1]  agrees\ndW[1]  agrees\ndb[1]  agrees"
    wrong = planted(lambda grads: change(grads, "db", 1, lambda d: -d))
    report = mn.check_gradients(
        net, X, Y, mn.binary_cross_entropy, backward=wrong
    )
    right = mn.backward(net, mn.forward(net, X), Y, mn.binary_cross_entropy)
    db = right.db[1][0, 0]
    assert repr(report).splitlines()[2:] == [
        f"db[1]  DIFFERS: entry [0, 0] is {-db:.4g}, should be {db:.4g}",
        "       sign flipped?",
    ]


@pytest.mark.parametrize("kind", ["dW", "db"])
def test_a_gradient_that_is_not_there_is_no_agreement(problem, kind):
    net, X, Y = problem((2, 3, 1), 4, "tanh", mn.binary_cross_entropy)

    def forgets(net, cache, Y, loss):
        grads = mn.backward(net, cache, Y, loss)
        del getattr(grads, kind)[1]
        return grads

    report = mn.check_gradients(
        net, X, Y, mn.binary_cross_entropy, backward=forgets
    )
    assert not report
    assert (
        f"{kind}[1]  DIFFERS: it is missing or has another shape"
        in repr(report).splitlines()
    )


def test_tolerance_decides(problem):
    net, X, Y = problem((2, 3, 1), 4, "tanh", mn.binary_cross_entropy)
    wrong = planted(
        lambda grads: change(
            grads, "dW", 2, lambda d: d + 1e-4 * np.abs(d).max()
        )
    )

    def check(**kw):
        return mn.check_gradients(
            net, X, Y, mn.binary_cross_entropy, backward=wrong, **kw
        )

    assert not check()
    assert check(tol=1e-3)


# --- planted bugs -------------------------------------------------------


def change(grads, kind, l, how):
    """The same gradients with one array of one layer changed."""
    layers = getattr(grads, kind)
    return replace(grads, **{kind: layers | {l: how(layers[l])}})


def planted(bug):
    """A backward pass with a bug at its end."""

    def backward(net, cache, Y, loss):
        return bug(mn.backward(net, cache, Y, loss))

    return backward


def found(problem, backward, n=(2, 4, 3, 2), m=5, hidden="tanh", seed=3):
    """Which arrays the checker names, each with its diagnosis."""
    loss = mn.binary_cross_entropy
    net, X, Y = problem(n, m, hidden, loss, seed=seed)
    report = mn.check_gradients(net, X, Y, loss, backward=backward)
    return bad_of(report)


def bad_of(report):
    bad = {c.name: c for c in report if c.error > report.tol}
    assert bool(report) == (not bad)
    return bad


MISSING = "missing 1/m? It is m times too large"
TWICE = "1/m twice? It is m times too small"


@pytest.mark.parametrize("l", [1, 2, 3])
@pytest.mark.parametrize("kind", ["dZ", "dW", "db", "dA"])
@pytest.mark.parametrize(
    ("how", "likely"),
    [
        (lambda d: 5 * d, MISSING),
        (lambda d: d / 5, TWICE),
        (lambda d: -d, "sign flipped?"),
        (lambda d: d.T, "transposed?"),
        (lambda d: d + 1, ""),
    ],
    ids=["missing 1 over m", "1 over m twice", "sign", "transposed", "other"],
)
def test_a_bug_in_one_array_is_named_there_alone(
    problem, kind, l, how, likely
):
    if kind == "dA" and l == 3:
        l = 2
    bad = found(problem, planted(lambda g: change(g, kind, l, how)))
    assert list(bad) == [f"{kind}[{l}]"]
    assert bad[f"{kind}[{l}]"].likely == likely


@pytest.mark.parametrize("kind", ["dZ", "dW", "dA"])
def test_a_transpose_is_named_where_it_has_a_legal_shape(problem, kind):
    bad = found(
        problem,
        planted(lambda g: change(g, kind, 2, lambda d: d.T)),
        n=(3, 3, 3, 3),
        m=3,
    )
    assert {k: c.likely for k, c in bad.items()} == {
        f"{kind}[2]": "transposed?"
    }


def test_a_missing_1_over_m_is_seen_everywhere_below(problem):
    def backward(net, cache, Y, loss):
        g = mn.backward(net, cache, Y, loss)
        return mn.Grads(
            *(
                {l: 5 * d for l, d in layers.items()}
                for layers in (g.dW, g.db, g.dZ, g.dA)
            )
        )

    bad = found(problem, backward)
    assert len(bad) == 11
    assert {c.likely for c in bad.values()} == {MISSING}


def test_a_bias_not_summed_is_named(problem):
    def bug(g):
        return change(g, "db", 2, lambda d: g.dZ[2])

    bad = found(problem, planted(bug))
    assert {k: c.likely for k, c in bad.items()} == {
        "db[2]": "not summed over the batch?"
    }
    assert bad["db[2]"].worst == ()
    assert np.isinf(bad["db[2]"].error)


def test_a_bias_summed_to_another_shape_is_refused(problem):
    def bug(g):
        return change(g, "db", 2, lambda d: d.ravel())

    loss = mn.binary_cross_entropy
    net, X, Y = problem((2, 4, 3, 2), 5, "tanh", loss)
    report = mn.check_gradients(net, X, Y, loss, backward=planted(bug))
    assert not report
    line = next(x for x in repr(report).splitlines() if "db[2]" in x)
    assert line.startswith("db[2]  DIFFERS: it is missing or has another")


def test_a_mean_over_the_batch_is_1_over_m_twice(problem):
    def bug(g):
        return change(
            g, "db", 3, lambda d: g.dZ[3].mean(axis=1, keepdims=True)
        )

    bad = found(problem, planted(bug))
    assert {k: c.likely for k, c in bad.items()} == {"db[3]": TWICE}


def wrong_slope(factor):
    """A backward pass whose dZ[1] = dA[1] * factor(net, cache)."""

    def backward(net, cache, Y, loss):
        g = mn.backward(net, cache, Y, loss)
        return change(g, "dZ", 1, lambda d: g.dA[1] * factor(net, cache))

    return backward


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh"])
@pytest.mark.parametrize(
    ("factor", "likely"),
    [
        (lambda net, c: net.g[1].prime(c.A[1]), "g'(A) for g'(Z)?"),
        (lambda net, c: 1.0, "g'(Z) forgotten?"),
        (lambda net, c: c.A[1], "g(Z) for g'(Z)?"),
    ],
    ids=["prime of A", "no prime", "g for prime"],
)
@pytest.mark.parametrize(
    ("n", "m"), [((2, 4, 3, 2), 5), ((3, 3, 3), 3)], ids=str
)
def test_a_wrong_slope_is_named(problem, n, m, hidden, factor, likely):
    bad = found(problem, wrong_slope(factor), n=n, m=m, hidden=hidden)
    assert {k: c.likely for k, c in bad.items()} == {"dZ[1]": likely}


def test_relu_printed_as_its_own_slope_is_named(problem):
    """ReLU' = max(0, z) learns the circles, and is wrong."""
    bad = found(
        problem,
        wrong_slope(lambda net, c: np.maximum(c.Z[1], 0)),
        hidden="relu",
    )
    assert bad["dZ[1]"].likely == "g(Z) for g'(Z)?"


def test_an_activation_with_that_slope_is_named_too(problem):
    class Printed(type(mn.relu)):
        def prime(self, Z):
            return np.maximum(Z, 0)

    net, X, Y = problem((2, 4, 1), 5, Printed(), mn.binary_cross_entropy)
    bad = bad_of(mn.check_gradients(net, X, Y, mn.binary_cross_entropy))
    assert bad["dZ[1]"].likely == "g(Z) for g'(Z)?\nor g'(A) for g'(Z)?"


def test_A_for_its_transpose_is_named_where_it_is_square(problem):
    def backward(net, cache, Y, loss):
        g = mn.backward(net, cache, Y, loss)
        return change(g, "dW", 2, lambda d: g.dZ[2] @ cache.A[1])

    bad = found(problem, backward, n=(3, 3, 3), m=3)
    assert {k: c.likely for k, c in bad.items()} == {
        "dW[2]": "A for A.T in dZ @ A.T?"
    }


def test_what_does_not_depend_on_the_samples_is_not_called_stale():
    """With all weights zero, db is the same for any samples."""
    net = mn.Network({1: [[0.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    wrong = planted(lambda g: change(g, "db", 1, lambda d: 2 * d))
    report = mn.check_gradients(
        net, [[1.0, 2]], [[1, 1]], mn.binary_cross_entropy, backward=wrong
    )
    assert repr(report).splitlines()[-2:] == [
        "       missing 1/m? It is m times too large",
        "       or a 2 too many? It is 2 times too large",
    ]


@pytest.mark.parametrize(
    ("n", "m"), [((2, 4, 3, 2), 5), ((3, 3, 3), 3)], ids=str
)
def test_Z_for_A_is_named(problem, n, m):
    def backward(net, cache, Y, loss):
        g = mn.backward(net, cache, Y, loss)
        return change(g, "dW", 2, lambda d: g.dZ[2] @ cache.Z[1].T)

    bad = found(problem, backward, n=n, m=m)
    assert {k: c.likely for k, c in bad.items()} == {
        "dW[2]": "Z for A in dZ @ A.T?"
    }


def test_W_for_its_transpose_is_named_where_W_is_square(problem):
    def backward(net, cache, Y, loss):
        g = mn.backward(net, cache, Y, loss)
        return change(g, "dA", 1, lambda d: net.W[2] @ g.dZ[2])

    bad = found(problem, backward, n=(3, 3, 3), m=3)
    assert {k: c.likely for k, c in bad.items()} == {"dA[1]": "W for W.T?"}


STALE = "stale cache, or a constant? Other samples give the same numbers"


def remembers_the_first(backward):
    """The bug of ``self.x``: set once, and never again."""
    kept = []

    def stale(net, cache, Y, loss):
        kept.append(cache)
        return backward(net, cache, kept[0], Y, loss)

    return stale


def test_a_cache_kept_from_the_first_call_is_named(problem):
    bad = found(
        problem,
        remembers_the_first(
            lambda net, cache, kept, Y, loss: mn.backward(net, kept, Y, loss)
        ),
    )
    assert len(bad) == 11
    assert {c.likely for c in bad.values()} == {STALE}


def test_a_cache_from_before_the_check_is_named(problem):
    loss = mn.binary_cross_entropy
    net, X, Y = problem((2, 4, 3, 2), 5, "tanh", loss, seed=3)
    cache = mn.forward(net, 2 * X - 1)
    report = mn.check_gradients(
        net,
        X,
        Y,
        loss,
        backward=lambda new, _, Y, loss: mn.backward(net, cache, Y, loss),
    )
    assert {c.likely for c in report} == {STALE}


@pytest.mark.parametrize(
    ("kind", "likely"), [("dA", STALE), ("dZ", ""), ("db", "")]
)
def test_what_is_stale_is_looked_for_in_every_sample(kind, likely):
    """A tanh that is flat for two of three samples, in both batches.

    There dA tells the batches apart. dZ is as good as 0 in both, so that
    one which stays what it was is no sign of an earlier batch.
    """
    g = {1: "tanh", 2: "sigmoid"}
    net = mn.Network({1: [[4.0]], 2: [[2.0]]}, {1: [[0.0]], 2: [[0.3]]}, g)

    def bug(net, cache, kept, Y, loss):
        old = getattr(mn.backward(net, kept, Y, loss), kind)[1]
        new = mn.backward(net, cache, Y, loss)
        return change(new, kind, 1, lambda d: old)

    X, Y, loss = [[3.0, 0.25, 3.0]], [[1, 0, 0]], mn.binary_cross_entropy
    backward = remembers_the_first(bug)
    report = mn.check_gradients(net, X, Y, loss, backward=backward)
    assert {k: c.likely for k, c in bad_of(report).items()} == {
        f"{kind}[1]": likely
    }


def test_where_every_slope_is_0_a_constant_is_not_called_stale():
    net = mn.Network(
        {1: [[1.0]], 2: [[2.0]]},
        {1: [[-9.0]], 2: [[0.3]]},
        {1: "relu", 2: "sigmoid"},
    )
    ones = planted(lambda g: change(g, "db", 1, np.ones_like))
    report = mn.check_gradients(
        net, [[3.0]], [[1]], mn.binary_cross_entropy, backward=ones
    )
    assert {k: c.likely for k, c in bad_of(report).items()} == {"db[1]": ""}


def test_a_stale_A_is_named(problem):
    def bug(net, cache, kept, Y, loss):
        g = mn.backward(net, cache, Y, loss)
        return change(g, "dW", 2, lambda d: g.dZ[2] @ kept.A[1].T)

    bad = found(problem, remembers_the_first(bug))
    assert {k: c.likely for k, c in bad.items()} == {
        "dW[2]": "stale cache? A is of earlier samples"
    }


def test_a_stale_Z_is_named(problem):
    def bug(net, cache, kept, Y, loss):
        g = mn.backward(net, cache, Y, loss)
        return change(
            g, "dZ", 1, lambda d: g.dA[1] * net.g[1].prime(kept.Z[1])
        )

    bad = found(problem, remembers_the_first(bug))
    assert {k: c.likely for k, c in bad.items()} == {
        "dZ[1]": "stale cache? Z is of earlier samples"
    }


def test_one_sample_is_enough_to_find_a_stale_cache(problem):
    bad = found(
        problem,
        remembers_the_first(
            lambda net, cache, kept, Y, loss: mn.backward(net, kept, Y, loss)
        ),
        n=(1, 1),
        m=1,
    )
    assert {c.likely for c in bad.values()} == {STALE}


def test_the_worst_entry_is_named(problem):
    def bug(g):
        d = g.dW[2].copy()
        d[0, 1] += 0.125
        d[2, 3] += 0.5
        return change(g, "dW", 2, lambda _: d)

    loss = mn.binary_cross_entropy
    net, X, Y = problem((2, 4, 3, 2), 5, "tanh", loss, seed=3)
    right = mn.backward(net, mn.forward(net, X), Y, loss).dW[2][2, 3]
    check = found(problem, planted(bug))["dW[2]"]
    assert check.worst == (2, 3)
    assert check.got == pytest.approx(right + 0.5, rel=1e-12)
    assert check.want == pytest.approx(right, rel=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_is_found(problem, value):
    def bug(g):
        d = g.dA[1].copy()
        d[3, 2] = value
        return change(g, "dA", 1, lambda _: d)

    check = found(problem, planted(bug))["dA[1]"]
    assert check.worst == (3, 2)
    assert check.error == np.inf
    assert check.got == value or np.isnan(value)


# --- kinks --------------------------------------------------------------


@pytest.mark.parametrize("hidden", ["relu", "leaky_relu"])
@pytest.mark.parametrize("z", [0.0, 4e-6, -4e-6])
def test_an_entry_at_a_kink_is_left_out_and_counted(hidden, z):
    """One hidden unit of two sits at z for one sample of two."""
    net = mn.Network(
        {1: [[1.0], [1.0]], 2: [[1.0, -2.0]]},
        {1: [[0.0], [1.0]], 2: [[0.5]]},
        {1: hidden, 2: "sigmoid"},
    )
    X, Y = np.array([[z, 1.0]]), np.array([[1.0, 0.0]])
    report = mn.check_gradients(net, X, Y, mn.binary_cross_entropy)
    assert report
    kinks = {c.name: c.kinks for c in report}
    # A step in W moves z by h * x, which is too short to reach the kink.
    assert kinks == {
        "dZ[2]": 0,
        "dW[2]": 0,
        "db[2]": 0,
        "dA[1]": 0,
        "dZ[1]": 1,
        "dW[1]": 0,
        "db[1]": 1,
    }
    assert "       entries left out at a kink: 1" in repr(report)


def test_no_false_alarm_at_a_kink_but_a_bug_beside_it_is_seen():
    net = mn.Network(
        {1: [[1.0], [1.0]], 2: [[1.0, -2.0]]},
        {1: [[0.0], [1.0]], 2: [[0.5]]},
        {1: "relu", 2: "sigmoid"},
    )
    X, Y = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    wrong = planted(lambda g: change(g, "dZ", 1, lambda d: -d))
    report = mn.check_gradients(
        net, X, Y, mn.binary_cross_entropy, backward=wrong
    )
    check = next(c for c in report if c.name == "dZ[1]")
    assert not report
    assert (check.kinks, check.likely) == (1, "sign flipped?")
    assert check.worst != (0, 0)


def test_the_worst_entry_is_never_one_left_out(problem):
    net = mn.Network(
        {1: [[1.0], [1.0]], 2: [[1.0, -2.0]]},
        {1: [[0.0], [1.0]], 2: [[0.5]]},
        {1: "relu", 2: "sigmoid"},
    )
    X, Y = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    wrong = planted(lambda g: change(g, "dZ", 1, lambda d: 1.001 * d))
    report = mn.check_gradients(
        net, X, Y, mn.binary_cross_entropy, backward=wrong
    )
    (check,) = [c for c in report if c.error > report.tol]
    assert (check.name, check.kinks) == ("dZ[1]", 1)
    assert check.worst == (1, 0)


def test_an_activation_without_a_kink_need_not_say_so():
    class Cube:
        def __call__(self, Z):
            return Z**3

        def prime(self, Z):
            return 3 * Z**2

    net = mn.Network(
        {1: [[1.0]], 2: [[1.0]]},
        {1: [[0.0]], 2: [[0.5]]},
        {1: Cube(), 2: "identity"},
    )
    report = mn.check_gradients(net, [[0.0, 1.0]], [[1.0, 0.0]], mn.euclidean)
    assert report
    assert not any(c.kinks for c in report)


def test_a_kink_above_is_seen_from_below():
    """dW[1] and db[1] carry the second layer across its kink."""
    net = mn.Network(
        {1: [[1.0]], 2: [[1.0]], 3: [[1.0]]},
        {1: [[0.0]], 2: [[-0.5]], 3: [[0.0]]},
        {1: "tanh", 2: "relu", 3: "identity"},
    )
    x = np.arctanh(0.5)
    report = mn.check_gradients(net, [[x]], [[1.0]], mn.euclidean)
    assert report
    kinks = {c.name: c.kinks for c in report}
    assert kinks == {
        "dZ[3]": 0,
        "dW[3]": 0,
        "db[3]": 0,
        "dA[2]": 0,
        "dZ[2]": 1,
        "dW[2]": 1,
        "db[2]": 1,
        "dA[1]": 1,
        "dZ[1]": 1,
        "dW[1]": 1,
        "db[1]": 1,
    }


def test_far_from_kinks_nothing_is_left_out(problem):
    net, X, Y = problem((2, 4, 4, 1), 6, "relu", mn.binary_cross_entropy)
    report = mn.check_gradients(
        net, X, Y, mn.binary_cross_entropy, h=1e-6, tol=1e-6
    )
    assert report
    assert not any(c.kinks for c in report)


def test_h_is_the_step(problem):
    net, X, Y = problem((2, 3, 1), 4, "tanh", mn.binary_cross_entropy)
    coarse = mn.check_gradients(net, X, Y, mn.binary_cross_entropy, h=0.1)
    assert not coarse
    assert 1e-5 < max(c.error for c in coarse) < 1e-1
    fine = mn.check_gradients(net, X, Y, mn.binary_cross_entropy)
    for c, f in zip(coarse, fine, strict=True):
        assert c.error > 1e-6 > 1e-8 > f.error


def test_the_backward_pass_to_check_is_the_librarys_unless_told():
    parameter = inspect.signature(mn.check_gradients).parameters["backward"]
    assert parameter.default is mn.backward


# --- every scale --------------------------------------------------------

EVERY = [*HIDDEN, "identity"]


def labels(loss, shape, rng):
    """Labels for a loss: numbers, zeros and ones, or one-hot columns."""
    if loss is mn.euclidean:
        return rng.standard_normal(shape)
    if loss is mn.binary_cross_entropy:
        return rng.integers(0, 2, shape).astype(float)
    return mn.one_hot(rng.integers(0, shape[0], shape[1]), shape[0])


def drawn(seed, widths=(1, 2, 3), scale=None):
    """Any network to a depth of 12, and X of any size from 1e-3 to 1e3."""
    rng = np.random.default_rng(seed)
    L = int(rng.integers(1, 5)) if seed % 8 else int(rng.integers(5, 13))
    n, loss = rng.choice(widths, L + 1), LOSSES[seed % 3]
    net = mn.init(
        n,
        rng=rng,
        hidden=[str(g) for g in rng.choice(EVERY, L - 1)],
        output=loss.link,
        scheme=["he", "glorot", 1.0][seed % 7 % 3],
    )
    b = {l: rng.standard_normal(x.shape) / 3 for l, x in net.b.items()}
    m = int(rng.choice(widths))
    X = rng.standard_normal((n[0], m)) * (scale or 10 ** rng.uniform(-3, 3))
    return net.moved(net.W, b), X, labels(loss, (n[-1], m), rng), loss


NETWORKS = int(os.environ.get("MININN_NETWORKS", 200))


@pytest.mark.parametrize(
    "tens",
    [
        pytest.param(i, marks=pytest.mark.whole if i > 1 else [])
        for i in range(NETWORKS // 10)
    ],
)
def test_right_code_is_right_at_every_scale(tens):
    """Ten networks each: none is given an alarm, and each is tested."""
    for seed in range(10 * tens, 10 * tens + 10):
        net, X, Y, loss = drawn(seed)
        report = mn.check_gradients(net, X, Y, loss)
        assert report, f"{seed}: {net}, {loss}\n{report}"


@pytest.mark.parametrize("hidden", EVERY)
@pytest.mark.parametrize("top", [100, 255])
def test_pixels_are_no_false_alarm(hidden, top):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        net = mn.init(
            [4, 4, 3], rng=rng, hidden=hidden, output="softmax", scheme=0.1
        )
        X = rng.integers(0, top + 1, (4, 3))
        Y = labels(mn.cross_entropy, (3, 3), rng)
        report = mn.check_gradients(net, X, Y, mn.cross_entropy)
        assert report, report


def wrong(
    top=lambda dZ: dZ,
    dW=lambda dZ, A: dZ @ A.T,
    db=lambda dZ: dZ.sum(axis=1, keepdims=True),
    dA=lambda W, dZ: W.T @ dZ,
    slope=lambda g, c, l: g[l].prime(c.Z[l]),
    old=False,
):
    """A backward pass with one part replaced, or one that keeps its cache."""
    kept = []

    def backward(net, cache, Y, loss):
        kept.append(cache)
        A = kept[0].A if old else cache.A
        g = mn.Grads({}, {}, {}, {})
        g.dZ[net.L] = top(loss.dZ(cache.Z[net.L], Y))
        for l in range(net.L, 0, -1):
            g.dW[l], g.db[l] = dW(g.dZ[l], A[l - 1]), db(g.dZ[l])
            if l > 1:
                g.dA[l - 1] = dA(net.W[l], g.dZ[l])
                g.dZ[l - 1] = g.dA[l - 1] * slope(net.g, cache, l - 1)
        return g

    return backward


BUGS = {
    "sign": lambda: wrong(top=np.negative),
    "no 1/m": lambda: wrong(top=lambda dZ: dZ.shape[1] * dZ),
    "1/m twice": lambda: wrong(top=lambda dZ: dZ / dZ.shape[1]),
    "1/m in dW too": lambda: wrong(dW=lambda dZ, A: dZ @ A.T / A.shape[1]),
    "a mean in db": lambda: wrong(db=lambda dZ: dZ.mean(1, keepdims=True)),
    "db = 0": lambda: wrong(db=lambda dZ: 0 * dZ[:, :1]),
    "db not summed": lambda: wrong(db=lambda dZ: dZ),
    "W for W.T": lambda: wrong(dA=lambda W, dZ: W @ dZ),
    "A for A.T": lambda: wrong(dW=lambda dZ, A: dZ @ A),
    "dW transposed": lambda: wrong(dW=lambda dZ, A: A @ dZ.T),
    "prime of A": lambda: wrong(slope=lambda g, c, l: g[l].prime(c.A[l])),
    "g for prime": lambda: wrong(slope=lambda g, c, l: c.A[l]),
    "no prime": lambda: wrong(slope=lambda g, c, l: 1.0),
    "the layer above": lambda: wrong(
        slope=lambda g, c, l: g[l].prime(c.Z[min(l + 1, len(g) - 1)])
    ),
    "stale cache": lambda: wrong(old=True),
    "one in 10,000": lambda: wrong(dW=lambda dZ, A: 1.0001 * dZ @ A.T),
    "Z for A": lambda: once(
        lambda g, c: {l: g.dZ[l] @ c.Z.get(l - 1, c.A[0]).T for l in g.dZ}
    ),
    "2 too many": lambda: wrong(top=lambda dZ: 2 * dZ),
    "2 missing": lambda: wrong(top=lambda dZ: dZ / 2),
    "2 too many in dW": lambda: wrong(dW=lambda dZ, A: 2 * dZ @ A.T),
    "the sign of db": lambda: wrong(db=lambda dZ: -dZ.sum(1, keepdims=True)),
    "db of one sample": lambda: wrong(db=lambda dZ: dZ[:, :1]),
    "db of all units": lambda: wrong(
        db=lambda dZ: np.full((len(dZ), 1), dZ.sum())
    ),
    "1 added to db": lambda: wrong(db=lambda d: 1 + d.sum(1, keepdims=True)),
    "dW = 0": lambda: wrong(dW=lambda dZ, A: 0 * dZ @ A.T),
    "dW = 1": lambda: wrong(dW=lambda dZ, A: np.ones((len(dZ), len(A)))),
    "dW turned round": lambda: wrong(dW=lambda dZ, A: (dZ @ A.T)[:, ::-1]),
    "abs in dW": lambda: wrong(dW=lambda dZ, A: np.abs(dZ @ A.T)),
    "clipped": lambda: wrong(dW=lambda dZ, A: np.clip(dZ @ A.T, -0.01, 0.01)),
    "0.1 in the slope": lambda: wrong(
        slope=lambda g, c, l: 0.1 + g[l].prime(c.Z[l])
    ),
}


def once(dW):
    """A backward pass whose dW alone is another."""

    def backward(net, cache, Y, loss):
        g = mn.backward(net, cache, Y, loss)
        return replace(g, dW=dW(g, cache))

    return backward


# What the numbers of each bug look like; "It is 0" is no guess but a fact.
NAMES = {
    "sign": "sign",
    "no 1/m": "missing 1/m",
    "1/m twice": "1/m twice",
    "1/m in dW too": "1/m twice",
    "a mean in db": "1/m twice",
    "db = 0": "It is 0",
    "db not summed": "not summed",
    "W for W.T": "W for W.T",
    "A for A.T": "A for A.T",
    "dW transposed": "transposed",
    "prime of A": "g'(A)",
    "g for prime": "g(Z)",
    "no prime": "forgotten",
    "stale cache": "stale",
    "Z for A": "Z for A",
    "2 too many": "2 too many",
    "2 missing": "2 missing",
    "2 too many in dW": "2 too many",
    "the sign of db": "sign",
    "db of all units": "constant",  # of a softmax: 0, but for rounding
    "dW = 0": "It is 0",
    "dW = 1": "constant",
    "clipped": "constant",
}


def planted_in(seed):
    """Networks in which shapes tell nothing, and others."""
    return drawn(seed, widths=[(3,), (2, 3, 4)][seed % 2], scale=1.0)


def differs(bug, net, X, Y, loss):
    """Whether a bug changes any number in this network; None: any shape."""
    backward, cache = BUGS[bug](), mn.forward(net, X)
    right = mn.backward(net, cache, Y, loss)
    try:
        backward(net, mn.forward(net, 0.5 - X), Y, loss)
        got = backward(net, cache, Y, loss)
    except ValueError:
        return None
    return any(
        d.shape != x.shape or mn.relative_error(d, x) > 1e-6
        for kind, layers in vars(right).items()
        for l, x in layers.items()
        for d in [getattr(got, kind)[l]]
    )


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize(
    "networks", [4, pytest.param(20, marks=pytest.mark.whole)]
)
def test_wrong_code_gets_its_name_or_none_and_no_other(bug, networks):
    given = [planted_in(seed) for seed in range(900, 900 + networks)]
    given = [g for g in given if differs(bug, *g)]
    names = []
    for g in given:
        bad = bad_of(mn.check_gradients(*g, backward=BUGS[bug]()))
        assert bad, (bug, g)
        names += [c.likely for c in bad.values() if c.likely]
    want = NAMES.get(bug, "It is 0")
    assert all(want in name or "It is 0" in name for name in names), names
    assert names or bug not in NAMES or NAMES[bug] == "constant"
    assert len(given) >= networks // 4


@pytest.mark.parametrize(
    ("bug", "said"),
    [
        ("2 missing", "a 2 missing? It is 2 times too small"),
        ("2 too many", "a 2 too many? It is 2 times too large"),
        ("dW = 0", "It is 0 everywhere"),
    ],
)
def test_a_name_is_said_word_by_word(bug, said):
    given = planted_in(900)
    bad = bad_of(mn.check_gradients(*given, backward=BUGS[bug]()))
    assert {c.likely for c in bad.values()} == {said}


def test_the_bank_of_bugs_has_thirty():
    assert len(BUGS) == 30
    assert set(NAMES) < set(BUGS)


def small(x):
    return x.astype(np.float32)


@pytest.mark.parametrize(
    "dW",
    [
        lambda dZ, A: small(dZ) @ small(A).T,
        lambda dZ, A: small(dZ @ A.T).astype(float),
    ],
    ids=["float32", "float32 and back"],
)
def test_float32_inside_is_called_that(problem, dW):
    named = 0
    for seed in range(5):
        net, X, Y = problem((40, 3, 1), 50, "tanh", mn.euclidean, seed)
        report = mn.check_gradients(
            net, 9 * X, Y, mn.euclidean, backward=wrong(dW=dW), tol=1e-9
        )
        bad = bad_of(report)
        assert {c.likely for c in bad.values()} <= {FLOAT32}
        assert set(bad) <= {"dW[1]", "dW[2]"}
        named += len(bad)
    assert named >= 5


FLOAT32 = "float32? These numbers have seven digits"


def test_with_no_part_replaced_it_is_right():
    net, X, Y, loss = drawn(3)
    assert mn.check_gradients(net, X, Y, loss, backward=wrong())


def scaled(scale, loss):
    """All sizes equal, so that shapes tell nothing; tanh is not all flat."""
    rng = np.random.default_rng(4)
    net = mn.init([2] * 4, rng=rng, hidden="tanh", output=loss.link)
    W = net.W | {1: net.W[1] / max(1, scale)}
    b = {l: rng.standard_normal((2, 1)) / 2 for l in W}
    X = scale * rng.standard_normal((2, 2))
    return net.moved(W, b), X, labels(loss, (2, 2), rng), loss


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize(
    "scale",
    [1e-3, *(pytest.param(s, marks=pytest.mark.whole) for s in (1, 255)), 1e3],
)
def test_wrong_code_is_found_at_every_scale(scale, loss):
    given = scaled(scale, loss)
    assert mn.check_gradients(*given)
    for name, bug in BUGS.items():
        report = mn.check_gradients(*given, backward=bug())
        assert bad_of(report), (name, report)
        assert "DIFFERS" in repr(report)


@pytest.mark.parametrize("bug", ["sign", "db = 0", "A for A.T"])
@pytest.mark.parametrize("far", [1e20, 1e100])
def test_far_beyond_any_data_the_step_grows_with_the_numbers(bug, far):
    """J is 1e200, and its sixteen digits end far above h = 1e-5."""
    net = mn.init([2, 2, 2], rng=0, hidden="identity", output="identity")
    X, Y = far * np.array([[1.0, -0.3], [0.6, 0.8]]), np.zeros((2, 2))
    assert mn.check_gradients(net, X, Y, mn.euclidean)
    report = mn.check_gradients(net, X, Y, mn.euclidean, backward=BUGS[bug]())
    assert bad_of(report)


# --- what was not tested ------------------------------------------------


def corners():
    """XOR from zero biases: the sample (0, 0) puts each unit on its kink."""
    X = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    net = mn.init([2, 3, 1], rng=0)
    return net, X, np.array([[0, 1, 1, 0]]), mn.binary_cross_entropy


def test_where_every_entry_lies_at_a_kink_the_biases_are_moved():
    report = mn.check_gradients(*corners())
    assert report
    assert {c.name: c.kinks for c in report if c.moved} == {"db[1]": 3}
    assert repr(report).splitlines()[-5:] == [
        "       entries left out at a kink: 3",
        "dW[1]  agrees",
        "db[1]  agrees",
        "       entries left out at a kink: 3",
        "       so it was tested with other biases",
    ]
    added = planted(lambda g: change(g, "db", 1, lambda d: d + 5))
    report = mn.check_gradients(*corners(), backward=added)
    assert list(bad_of(report)) == ["db[1]"]
    assert repr(report).splitlines()[-1] == (
        "       so it was tested with other biases"
    )
    check = report.checks[-1]
    assert check.got == pytest.approx(check.want + 5)


def biases_seen(net, X, Y, loss):
    """The biases of each call that ``backward`` gets."""
    seen = []

    def backward(net, *rest):
        seen.append(net.b)
        return mn.backward(net, *rest)

    assert mn.check_gradients(net, X, Y, loss, backward=backward)
    return seen


def test_each_bias_moves_by_another_hundredth_and_alike_every_time():
    net, *given = corners()
    calls = biases_seen(net, *given)
    assert len(calls) == 4
    by = np.vstack([calls[-1][l] - net.b[l] for l in net.b])
    assert np.unique(by).size == by.size == 4
    assert (0 < np.abs(by)).all()
    assert np.abs(by).max() < 0.04
    for first, again in zip(calls, biases_seen(net, *given), strict=True):
        for l in net.b:
            np.testing.assert_array_equal(first[l], again[l])


def test_what_a_kink_leaves_out_is_tested_with_other_biases_too():
    net, X, *rest = corners()
    b = {1: np.array([[0.0], [0.5], [0.5]]), 2: net.b[2]}
    net = mn.Network(net.W, b, net.g)
    assert any(c.kinks for c in mn.check_gradients(net, X, *rest))
    assert len(biases_seen(net, X, *rest)) > 2


def test_a_unit_that_is_off_after_the_move_was_tested_all_the_same():
    """Its slopes are 0, as they should be: an error of exactly 0."""
    net = mn.Network(
        {1: [[1.0]], 2: [[-10.0]], 3: [[1.0]]},
        {l: [[0.0]] for l in (1, 2, 3)},
        {1: "relu", 2: "relu", 3: "identity"},
    )
    report = mn.check_gradients(net, [[0.0]], [[1.0]], mn.euclidean)
    assert report
    moved = {c.name: c.error for c in report if c.moved}
    assert moved["db[2]"] == 0


@pytest.mark.parametrize("bug", [None, "sign"])
def test_where_every_step_crosses_a_kink_nothing_agrees(bug):
    """With h = 100 no bias is far enough from a kink."""
    backward = BUGS[bug]() if bug else mn.backward
    report = mn.check_gradients(*corners(), backward=backward, h=100, tol=1)
    assert not report
    assert repr(report).splitlines()[-2:] == [
        "db[1]  NOT TESTED",
        "       entries left out at a kink: 3",
    ]
    check = report.checks[-1]
    assert np.isnan(check.error)
    assert (check.kinks, check.likely, check.moved) == (3, "", False)


def test_what_was_not_tested_and_is_nan_differs():
    nan = planted(lambda g: change(g, "db", 1, lambda d: d * np.nan))
    report = mn.check_gradients(*corners(), backward=nan, h=100, tol=1)
    assert "db[1]" in bad_of(report)


@pytest.mark.parametrize("bug", [None, "sign"])
def test_where_J_overflows_nothing_agrees(bug):
    net = mn.init([2, 2, 1], rng=0, hidden="tanh", output="identity")
    X, Y = [[1.0, 2.0], [0.5, 3.0]], [[1e200, 2e200]]
    backward = BUGS[bug]() if bug else mn.backward
    report = mn.check_gradients(net, X, Y, mn.euclidean, backward=backward)
    assert not report
    assert {line[6:] for line in repr(report).splitlines()} == {
        " NOT TESTED: J overflows"
    }
    assert not any(c.kinks or c.likely for c in report)


@pytest.mark.parametrize("z", [9e-6, -4e-8, 3e-11])
def test_a_smaller_step_stops_short_of_the_kink(z):
    """The only entry of dZ[1] and db[1] lies within h of its kink."""
    net = mn.Network(
        {1: [[1.0]], 2: [[2.0]]},
        {1: [[0.0]], 2: [[0.5]]},
        {1: "leaky_relu", 2: "sigmoid"},
    )
    given = net, [[z]], [[1.0]], mn.binary_cross_entropy
    report = mn.check_gradients(*given)
    assert report, report
    assert not any(c.kinks for c in report)
    for bug in ("sign", "g for prime", "db = 0"):
        report = mn.check_gradients(*given, backward=BUGS[bug]())
        assert "db[1]" in bad_of(report)


def test_a_step_that_is_given_is_the_only_one():
    """Nothing is measured again: h = 1e-5 is too long for X near 255."""
    rng = np.random.default_rng(0)
    net = mn.init([4, 5, 1], rng=rng, hidden="tanh", scheme=0.01)
    X, Y = rng.integers(0, 256, (4, 6)), rng.integers(0, 2, (1, 6))
    assert mn.check_gradients(net, X, Y, mn.binary_cross_entropy)
    given = mn.check_gradients(net, X, Y, mn.binary_cross_entropy, h=1e-5)
    (bad,) = bad_of(given).values()
    assert bad.name == "dW[1]"
    assert 1e-7 < bad.error < 1e-5


@pytest.mark.parametrize("h", [0, -1e-5, np.nan, "small"])
def test_a_step_that_is_none_is_refused(h):
    with pytest.raises(ValueError, match="h must be 1e-9 or more, got"):
        mn.check_gradients(*corners(), h=h)


# --- slips ---------------------------------------------------------------

WANTED = "Grads(dW, db, dZ, dA), each a dict keyed by layer number"


@pytest.mark.parametrize(
    ("slip", "text"),
    [
        (lambda g: None, f"must return {WANTED}, got a NoneType."),
        (lambda g: (g.dW, g.db), f"must return {WANTED}, got a tuple."),
        (lambda g: vars(g), f"must return {WANTED}, got a dict."),
        (
            lambda g: replace(g, db=list(g.db.values())),
            f"must return {WANTED}, but db is a list.",
        ),
        (lambda g: replace(g, dA=None), f"{WANTED}, but dA is a NoneType."),
    ],
)
def test_a_backward_that_returns_something_else_is_told_so(slip, text):
    with pytest.raises(TypeError) as caught:
        mn.check_gradients(*corners(), backward=planted(slip))
    assert str(caught.value).startswith("check_gradients: backward must ret")
    assert str(caught.value).endswith(text)


def test_a_gradient_that_is_not_numeric_is_told_so():
    words = planted(lambda g: change(g, "dW", 1, lambda d: d.astype(str)))
    with pytest.raises(
        TypeError, match=r"^check_gradients: dW\[1\] must be n"
    ):
        mn.check_gradients(*corners(), backward=words)


def test_a_gradient_of_lists_is_as_good_as_an_array():
    lists = planted(lambda g: change(g, "dW", 1, np.ndarray.tolist))
    assert mn.check_gradients(*corners(), backward=lists)


@pytest.mark.parametrize("y", [None, "3", 1j, {}])
def test_f_that_returns_no_number_is_told_so(y):
    with pytest.raises(TypeError) as caught:
        mn.numerical_gradient(lambda x: y, [1.0])
    assert str(caught.value) == (
        f"numerical_gradient: f must return one number, got {y!r}. A function "
        f"without return gives None."
    )


def test_of_two_answers_that_are_no_numbers_the_first_is_shown():
    with pytest.raises(TypeError, match="got 'high'"):
        mn.numerical_gradient(lambda x: "high" if x > 1 else "low", [1.0])


def test_a_slope_by_X_may_be_returned_and_is_not_looked_at():
    """The formula of dA gives one for layer 0 as well."""
    net, *given = corners()
    more = planted(lambda g: replace(g, dA=g.dA | {0: np.ones((2, 4))}))
    report = mn.check_gradients(net, *given, backward=more)
    plain = mn.check_gradients(net, *given)
    assert [c.name for c in report] == [c.name for c in plain]
    assert report


def test_an_error_inside_f_is_its_own():
    with pytest.raises(TypeError, match="can only concatenate"):
        mn.numerical_gradient(lambda x: "a" + 1, [1.0])


def one_number(slope, got, **options):
    """The check of one dW in whole numbers, where a step of 1 is exact."""
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    wrong = planted(lambda g: change(g, "dW", 1, lambda d: d * 0 + got))
    given = [[1.0]], [[1.0 - slope]], mn.euclidean
    report = mn.check_gradients(net, *given, backward=wrong, h=1, **options)
    (check,) = [c for c in report if c.name == "dW[1]"]
    assert check.want == slope
    return check


def test_where_a_diagnosis_ends_the_limit_itself_is_clear():
    assert one_number(1e4, 1e4 - 0.5).likely == FLOAT32
    assert one_number(1e4, 1e4 - 1).likely == ""
    assert one_number(1e5, 1 - 1e5).likely == "sign flipped?"
    assert one_number(1e5, 2 - 1e5).likely == ""


def test_what_rounding_explains_to_its_last_bit_agrees():
    eps = np.finfo(float).eps
    assert one_number(1.0, 1 + 10 * eps, tol=1e-16).error <= 1e-16
    assert one_number(1.0, 1 + 11 * eps, tol=1e-16).error > 1e-16


def test_at_a_kink_each_step_is_a_tenth_of_the_one_before(monkeypatch):
    """From 1e-5 on, as without a kink, to 1e-12, and twice each."""
    steps, measure = [], gradcheck.numerical_gradient

    def noting(f, x, h):
        steps.append(h)
        return measure(f, x, h)

    monkeypatch.setattr(gradcheck, "numerical_gradient", noting)
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "relu"})
    relu = type("Relu", (type(mn.euclidean),), {"link": mn.relu})()
    mn.check_gradients(net, [[0.0]], [[1.0]], relu)
    want = [k * 10.0**-n for n in range(5, 13) for k in (1, 2)]
    np.testing.assert_allclose(steps[:17], [1e-5, *want])
    assert min(steps) == min(steps[:17])


def test_a_slope_beyond_float32_is_not_called_one():
    net = mn.Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    off = planted(lambda g: change(g, "dW", 1, lambda d: d * (1 + 1e-5)))
    report = mn.check_gradients(
        net, [[1.0]], [[-1e40]], mn.euclidean, backward=off, h=1e35
    )
    assert {k: c.likely for k, c in bad_of(report).items()} == {"dW[1]": ""}


# --- with an L2 penalty -------------------------------------------------


@pytest.mark.parametrize("l2", [1e-3, 0.5, 30.0])
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_library_agrees_with_a_penalty(n, m, loss, l2):
    net, X, Y = make_problem(n, m, "tanh", loss)
    report = mn.check_gradients(net, X, Y, loss, l2=l2)
    assert report, report
    assert mn.check_gradients(net, X, Y, loss, l2=0)


@pytest.mark.parametrize("w", [0.9, 1.0, 1.1])
def test_at_the_minimum_of_a_heavy_penalty_rounding_is_no_false_alarm(w):
    """dW is 0 there, and J is some 5,000, nearly all of it the penalty."""
    net = mn.Network({1: [[w]]}, {1: [[0.0]]}, {1: "identity"})
    Y = [[1000 * w + 10 * w]]
    for tol in (1e-7, 1e-3):
        report = mn.check_gradients(
            net, [[1000.0]], Y, mn.euclidean, l2=1e4, tol=tol
        )
        assert report, report
        assert not any(c.likely for c in report)


def penalised(share=1.0, of="dW"):
    """A backward pass that adds so much of l2 * W, or of l2 * b."""

    def backward(net, cache, Y, loss, l2):
        g = mn.backward(net, cache, Y, loss)
        x = net.W if of == "dW" else net.b
        d = {l: getattr(g, of)[l] + share * l2 * x[l] for l in x}
        return replace(g, **{of: d})

    return backward


def test_a_backward_pass_that_takes_l2_is_checked_with_it():
    net, X, Y = make_problem((2, 4, 3, 2), 5, "tanh", mn.euclidean)
    given = net, X, Y, mn.euclidean
    assert mn.check_gradients(*given, backward=penalised(), l2=0.3)
    for wrong in (penalised(0.0), penalised(2.0), penalised(of="db")):
        report = mn.check_gradients(*given, backward=wrong, l2=0.3)
        assert not report


def test_a_forgotten_penalty_is_named():
    net, X, Y = make_problem((2, 4, 3, 2), 5, "tanh", mn.euclidean)
    report = mn.check_gradients(
        net, X, Y, mn.euclidean, backward=penalised(0.0), l2=0.3
    )
    for check in report:
        right = check.name[:2] != "dW"
        assert (check.error <= report.tol) == right
        assert check.likely == (
            "" if right else "without the penalty's share, l2 * W?"
        )


# --- what a check may not let pass --------------------------------------

XOR = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0.0, 1, 1, 0]])


def spoiled(kind, l, change):
    """Return a backward pass with one array changed."""

    def backward(*args):
        grads = mn.backward(*args)
        layers = getattr(grads, kind)
        changed = {kind: {**layers, l: change(layers[l].copy())}}
        return replace(grads, **changed)

    return backward


@pytest.mark.parametrize("kind", ["dZ", "db", "dW"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_does_not_agree_where_every_unit_is_at_its_kink(kind, value):
    zero = mn.init([2, 3, 1], rng=0, scheme=1e-300)
    net = zero.moved({l: 0 * W for l, W in zero.W.items()}, dict(zero.b))
    backward = spoiled(kind, 1, lambda d: d + value)
    loss = mn.binary_cross_entropy
    report = mn.check_gradients(net, *XOR, loss, backward=backward)
    assert not report
    assert "DIFFERS" in str(report)


def test_an_entry_at_a_kink_is_tested_with_other_biases():
    """One unit of three is at its kink; its entry alone is wrong."""

    def wrong(db):
        db[0] += 5
        return db

    net = mn.init([2, 3, 1], rng=0)
    net = mn.Network(net.W, net.b | {1: [[0.0], [0.3], [0.4]]}, net.g)
    loss = mn.binary_cross_entropy
    backward = spoiled("db", 1, wrong)
    report = mn.check_gradients(net, *XOR, loss, backward=backward)
    assert [c.name for c in report if not c.error <= report.tol] == ["db[1]"]
    assert "so it was tested with other biases" in str(report)
    right = mn.check_gradients(net, *XOR, loss)
    assert right
    assert "other biases" not in str(right)


def test_what_can_be_held_against_nothing_is_given_no_name():
    net = mn.init([2, 3, 1], rng=0)
    X, loss = 0 * XOR[0], mn.binary_cross_entropy
    backward = spoiled("dW", 1, lambda d: d + 5)
    report = mn.check_gradients(net, X, XOR[1], loss, backward=backward)
    (wrong,) = [c for c in report if not c.error <= report.tol]
    assert "earlier samples" not in wrong.likely


def test_where_J_overflows_nothing_differs_and_nothing_warns():
    net = mn.init([2, 3, 1], rng=0, output="identity")
    report = mn.check_gradients(net, XOR[0] * 1e200, XOR[1], mn.euclidean)
    assert not report
    assert {gradcheck._verdict(c, report.tol) for c in report} == {
        "NOT TESTED: J overflows"
    }


@pytest.mark.parametrize("what", ["Y", "Z", "A"])
def test_a_backward_pass_that_writes_to_what_it_is_given_is_stopped(what):
    def backward(net, cache, Y, loss):
        given = {"Y": Y, "Z": cache.Z[1], "A": cache.A[1]}[what]
        given *= 0
        return mn.backward(net, cache, Y, loss)

    net, Y = mn.init([2, 3, 1], rng=0), XOR[1].copy()
    with pytest.raises(ValueError, match="read-only"):
        mn.check_gradients(
            net, XOR[0], Y, mn.binary_cross_entropy, backward=backward
        )
    np.testing.assert_array_equal(Y, XOR[1])
