"""Losses: their definitions, their slopes, their extremes, their labels."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

import mininn as mn
from mininn.losses import Loss, l2_penalty

LOSSES = [mn.euclidean, mn.binary_cross_entropy, mn.cross_entropy]
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=str)
every_shape = pytest.mark.parametrize(
    "shape", [(4, 5), (3, 3), (2, 1), (1, 4), (1, 1)], ids=str
)


def labels(loss, shape, rng, soft=False):
    if loss is mn.euclidean:
        return rng.standard_normal(shape)
    if loss is mn.binary_cross_entropy:
        Y = rng.random(shape)
        return Y if soft else Y.round()
    if soft:
        Y = rng.random(shape)
        return Y / Y.sum(axis=0, keepdims=True)
    return np.eye(shape[0])[:, rng.integers(0, shape[0], shape[1])]


def batch(loss, shape, soft=False, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 2, shape), labels(loss, shape, rng, soft)


def by_definition(loss, z, y):
    """The loss of one sample, as printed, with 60 digits."""
    z = [Decimal(float(v)) for v in z]
    y = [Decimal(float(v)) for v in y]
    if loss is mn.euclidean:
        return sum((a - t) ** 2 for a, t in zip(z, y, strict=True)) / 2
    if loss is mn.binary_cross_entropy:
        a = [1 / (1 + (-v).exp()) for v in z]
        return -sum(
            t * p.ln() + (1 - t) * (1 - p).ln()
            for p, t in zip(a, y, strict=True)
        )
    total = sum(v.exp() for v in z)
    return -sum(t * (v.exp() / total).ln() for v, t in zip(z, y, strict=True))


# --- J ------------------------------------------------------------------


@every_shape
@every_loss
@pytest.mark.parametrize("soft", [False, True])
def test_J_is_the_mean_of_the_printed_loss(loss, shape, soft):
    Z, Y = batch(loss, shape, soft)
    with localcontext() as context:
        context.prec = 60
        each = [
            by_definition(loss, z, y) for z, y in zip(Z.T, Y.T, strict=True)
        ]
        J = sum(each) / len(each)
        got = loss(Z, Y)
        assert type(got) is float
        unit = Decimal(math.ulp(max(1.0, got)))
        assert abs(Decimal(got) - J) <= 4 * unit
    terms = loss.per_sample(Z, Y)
    assert terms.shape == (1, shape[1])
    np.testing.assert_allclose(
        terms[0], [float(e) for e in each], rtol=1e-13, atol=1e-15
    )


def test_known_numbers():
    zeros, ones = np.zeros((1, 2)), np.ones((1, 2))
    assert mn.euclidean([[1.0, 2.0], [0.0, 2.0]], [[0, 0], [0, 0]]) == 2.25
    assert mn.binary_cross_entropy(zeros, ones) == math.log(2)
    assert mn.cross_entropy([[0.0], [0.0]], [[1], [0]]) == math.log(2)
    assert mn.cross_entropy(np.zeros((10, 1)), np.eye(10)[:, [3]]) == (
        pytest.approx(math.log(10), rel=1e-15)
    )
    np.testing.assert_array_equal(
        mn.euclidean.dZ([[3.0, 5.0]], [[1.0, 1.0]]), [[1.0, 2.0]]
    )
    np.testing.assert_array_equal(
        mn.binary_cross_entropy.dZ([[0.0, 0.0]], [[1, 0]]), [[-0.25, 0.25]]
    )


@every_loss
def test_the_same_batch_twice_has_the_same_J_and_half_the_slopes(loss):
    Z, Y = batch(loss, (3, 4))
    ZZ, YY = np.hstack([Z, Z]), np.hstack([Y, Y])
    assert loss(ZZ, YY) == pytest.approx(loss(Z, Y), rel=1e-14)
    np.testing.assert_allclose(
        loss.dZ(ZZ, YY)[:, :4], loss.dZ(Z, Y) / 2, rtol=1e-14
    )


# --- dZ -----------------------------------------------------------------


@every_shape
@every_loss
@pytest.mark.parametrize("soft", [False, True])
def test_dZ_is_the_slope_of_J(loss, shape, soft, differences, off):
    Z, Y = batch(loss, shape, soft)
    numeric = differences(lambda z: loss(z, Y), Z)
    assert off(loss.dZ(Z, Y), numeric) < 1e-8


@every_shape
@every_loss
def test_dZ_is_the_output_minus_the_label_over_m(loss, shape):
    Z, Y = batch(loss, shape, soft=True)
    got, (n, m) = loss.dZ(Z, Y), shape
    for i in range(m):
        e = [math.exp(z) for z in Z[:, i]]
        for k in range(n):
            a = {
                "identity": Z[k, i],
                "sigmoid": e[k] / (1 + e[k]),
                "softmax": e[k] / sum(e),
            }[loss.link.name]
            assert got[k, i] == pytest.approx(
                (a - Y[k, i]) / m, rel=1e-13, abs=1e-15
            )


def test_each_loss_names_its_output():
    assert [loss.link for loss in LOSSES] == [
        mn.identity,
        mn.sigmoid,
        mn.softmax,
    ]
    assert [repr(loss) for loss in LOSSES] == [
        "euclidean",
        "binary_cross_entropy",
        "cross_entropy",
    ]
    assert all(isinstance(loss, Loss) for loss in LOSSES)


# --- extremes -----------------------------------------------------------


@pytest.mark.parametrize("z", [40.0, 700.0, 1000.0, 1e4, 1e300])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_extreme_logits_cost_what_they_should(z, dtype):
    if dtype is np.float32 and z > 1e30:
        z = 1e30
    Z = np.array([[z, -z]], dtype)
    z = float(Z[0, 0])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        wrong, right = [[0, 1]], [[1, 0]]
        bce = mn.binary_cross_entropy
        assert bce(Z, wrong) == pytest.approx(z, rel=1e-7)
        assert 0 <= bce(Z, right) < 1e-16
        np.testing.assert_allclose(bce.dZ(Z, wrong), [[0.5, -0.5]])
        np.testing.assert_allclose(bce.dZ(Z, right), [[0, 0]], atol=1e-17)
        pair = np.vstack([Z, -Z])
        ce = mn.cross_entropy
        assert ce(pair, [[0, 1], [1, 0]]) == pytest.approx(2 * z, rel=1e-7)
        assert 0 <= ce(pair, [[1, 0], [0, 1]]) < 1e-16
        np.testing.assert_allclose(
            ce.dZ(pair, [[0, 1], [1, 0]]), [[0.5, -0.5], [-0.5, 0.5]]
        )


@pytest.mark.parametrize("z", [20.0, 40.0, 700.0])
def test_a_confident_right_answer_costs_little_and_not_nothing(z):
    small = math.log1p(math.exp(-z))
    J = mn.binary_cross_entropy([[z, -z]], [[1, 0]])
    assert small > 0
    assert math.isclose(J, small, rel_tol=1e-14)


def test_logits_of_a_thousand():
    Z = [[1010.0], [1000.0], [990.0]]
    costs = [mn.cross_entropy(Z, np.eye(3)[:, [k]]) for k in range(3)]
    rest = math.log1p(math.exp(-10) + math.exp(-20))
    assert costs == pytest.approx([rest, 10 + rest, 20 + rest], rel=1e-12)


def test_a_large_shift_costs_no_digits():
    Z = np.array([[1.0, 0.25], [2.0, -3.0], [0.5, 4.0]])
    Y = np.eye(3)[:, [0, 2]]
    shifted = Z + 2.0**40
    assert mn.cross_entropy(shifted, Y) == mn.cross_entropy(Z, Y)


# --- labels -------------------------------------------------------------


@every_loss
def test_labels_between_the_extremes_are_accepted(loss):
    Z = [[0.5, -1.0], [2.0, 0.0]]
    assert loss(Z, [[0.25, 1], [0.75, 0]]) > 0
    assert loss(Z, np.array([[True, False], [False, True]])) == loss(
        Z, [[1.0, 0.0], [0.0, 1.0]]
    )


def test_euclidean_takes_any_label():
    assert mn.euclidean([[0.0]], [[-1e10]]) == 5e19


def test_a_column_of_labels_may_be_off_one_by_rounding_only():
    Z, Y = np.zeros((3, 2)), np.full((3, 2), 1 / 3)
    sharp = np.eye(3)[:, :2]
    for good in (
        Y,
        Y.astype(np.float32),
        Y + np.array([[3e-6], [0], [0]]),
        sharp * (1 + 3e-6),
        sharp * (1 + 1e-5),
        sharp * (1 - 1e-5),
    ):
        assert mn.cross_entropy(Z, good) == pytest.approx(
            math.log(3) * good.sum(axis=0).mean(), rel=1e-6
        )
    for bad in (2e-5, -2e-5):
        with pytest.raises(ValueError, match="column 0 sums to"):
            mn.cross_entropy(Z, Y + np.array([[bad, 0], [0, 0], [0, 0]]))
    with pytest.raises(ValueError, match=r"column 1 sums to 0\."):
        mn.cross_entropy(Z, [[1, 0], [0, 0], [0, 0]])


@pytest.mark.parametrize("call", ["__call__", "dZ", "per_sample"])
@pytest.mark.parametrize(
    ("loss", "Y"),
    [
        (mn.binary_cross_entropy, [[-1.0], [1.0]]),
        (mn.binary_cross_entropy, [[0.0], [1.5]]),
        (mn.cross_entropy, [[-0.5], [1.5]]),
        (mn.cross_entropy, [[1.0], [1.0]]),
    ],
)
def test_other_labels_are_refused_at_every_door(loss, Y, call):
    with pytest.raises(ValueError, match=f"^{loss}: "):
        getattr(loss, call)([[0.0], [0.0]], Y)


@every_loss
@pytest.mark.parametrize("call", ["__call__", "dZ", "per_sample"])
def test_nothing_is_broadcast(loss, call):
    f = getattr(loss, call)
    for Z, Y in (
        (np.zeros((1, 4)), np.ones(4)),
        (np.zeros((1, 4)), np.ones((4, 1))),
        (np.zeros((3, 4)), np.ones((1, 4))),
        (np.zeros((3, 4)), np.ones((3, 1))),
        (np.zeros(4), np.ones(4)),
    ):
        with pytest.raises(mn.ShapeError):
            f(Z, Y)


# --- types and memory ---------------------------------------------------


@every_loss
def test_float32_stays_whatever_the_labels_are(loss):
    Z, Y = batch(loss, (3, 4))
    small = Z.astype(np.float32)
    for given in (Y, Y.astype(np.float32), Y.tolist()):
        assert loss.dZ(small, given).dtype == np.float32
        assert loss.per_sample(small, given).dtype == np.float32
        assert type(loss(small, given)) is float
    assert loss.dZ(Z, Y.astype(np.float32)).dtype == np.float64
    np.testing.assert_allclose(loss.dZ(small, Y), loss.dZ(Z, Y), atol=1e-6)
    assert loss(small, Y) == pytest.approx(loss(Z, Y), rel=1e-5)


@every_loss
def test_inputs_are_left_alone(loss):
    Z, Y = batch(loss, (3, 4))
    before = Z.copy(), Y.copy()
    Z.flags.writeable = Y.flags.writeable = False
    loss(Z, Y)
    dZ, terms = loss.dZ(Z, Y), loss.per_sample(Z, Y)
    np.testing.assert_array_equal(Z, before[0])
    np.testing.assert_array_equal(Y, before[1])
    for result in (dZ, terms):
        assert not np.shares_memory(result, Z)
        assert not np.shares_memory(result, Y)


@every_loss
def test_labels_that_fit_are_not_copied(loss):
    Z, Y = batch(loss, (3, 4))
    assert loss.labels("loss", Z, Y) is Y


@every_loss
def test_layouts_and_lists_give_the_same_numbers(loss):
    Z, Y = batch(loss, (3, 4))
    J, dZ = loss(Z, Y), loss.dZ(Z, Y)
    doubled = np.repeat(Z, 2, axis=1)[:, ::2]
    for given in (Z.tolist(), np.asfortranarray(Z), doubled):
        for other in (Y.tolist(), np.asfortranarray(Y)):
            assert loss(given, other) == pytest.approx(J, rel=1e-15)
            np.testing.assert_array_equal(loss.dZ(given, other), dZ)


def test_unsigned_labels_do_not_wrap():
    Z, Y = np.array([[2, 3]], np.uint8), np.array([[5, 200]], np.uint8)
    np.testing.assert_array_equal(mn.euclidean.dZ(Z, Y), [[-1.5, -98.5]])


# --- a price on weights -------------------------------------------------


def test_a_penalty_is_half_of_l2_times_the_squares():
    W = {1: np.array([[1.0, -2.0]]), 2: np.array([[3.0]])}
    assert l2_penalty(W, 0.5) == 0.25 * 14
    assert l2_penalty(W, 0) == 0
    assert l2_penalty({1: np.array([[1e200]])}, 0) == 0
    assert l2_penalty({1: np.array([[1e200]])}, 1) == np.inf
    small = {1: np.array([[3.0]], np.float32)}
    assert type(l2_penalty(small, 1)) is float
