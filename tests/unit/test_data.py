"""Generated data: rings of the right size, balance and spread."""

import dataclasses
import hashlib
import io
import pickle
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import mininn as mn


@pytest.mark.parametrize("m", [2, 3, 10, 101])
def test_shapes_and_balance(m):
    X, Y = mn.circles(m, rng=0)
    assert X.shape == (2, m)
    assert Y.shape == (1, m)
    assert X.dtype == Y.dtype == np.float64
    assert set(np.unique(Y)) == {0.0, 1.0}
    assert (Y == 0).sum() == m // 2


@pytest.mark.parametrize("factor", [0.3, 0.75])
def test_without_noise_the_rings_are_exact(factor):
    X, Y = mn.circles(24, rng=5, noise=0, factor=factor)
    radius = np.hypot(X[0], X[1])
    np.testing.assert_allclose(radius[Y[0] == 0], 1, rtol=1e-15)
    np.testing.assert_allclose(radius[Y[0] == 1], factor, rtol=1e-15)
    for label, r in ((0, 1), (1, factor)):
        ring = X[:, Y[0] == label] / r
        angle = np.sort(np.arctan2(ring[1], ring[0]) % (2 * np.pi) % 6.2831)
        np.testing.assert_allclose(
            angle, 2 * np.pi * np.arange(12) / 12, atol=1e-4
        )


def test_the_noise_has_the_spread_it_says():
    m = 4000
    for noise in (0.1, 0.25):
        X, Y = mn.circles(m, rng=3, noise=noise)
        exact, labels = mn.circles(m, rng=3, noise=0)
        np.testing.assert_array_equal(Y, labels)
        added = X - exact  # the same seed shuffles both the same way
        assert added.std(axis=1) == pytest.approx([noise] * 2, rel=0.06)
        assert np.abs(added.mean(axis=1)).max() < 5 * noise / m**0.5
        assert abs(np.corrcoef(added)[0, 1]) < 5 / m**0.5


def test_defaults_are_those_of_the_book():
    X, _ = mn.circles(2000, rng=0)
    again, _ = mn.circles(2000, rng=0, factor=0.3, noise=0.1)
    np.testing.assert_array_equal(X, again)


def test_a_seed_is_a_sample():
    X, Y = mn.circles(50, rng=7)
    same = mn.circles(50, rng=np.random.default_rng(7))
    np.testing.assert_array_equal(X, same[0])
    np.testing.assert_array_equal(Y, same[1])
    other, _ = mn.circles(50, rng=8)
    assert not np.isclose(X, other).any()
    rng = np.random.default_rng(7)
    first, second = mn.circles(50, rng=rng)[0], mn.circles(50, rng=rng)[0]
    np.testing.assert_array_equal(first, X)
    assert not (first == second).any()


def test_the_classes_are_shuffled():
    """Slicing off the first samples leaves both classes."""
    _, Y = mn.circles(200, rng=0)
    assert 20 < Y[0, :100].sum() < 80


def test_no_line_separates_the_rings_but_a_circle_does():
    X, Y = mn.circles(400, rng=1)
    line = mn.init([2, 1], rng=0)
    line, _ = mn.train(line, X, Y, mn.binary_cross_entropy, lr=1, epochs=200)
    assert mn.accuracy(line, X, Y) < 0.75
    inner = np.hypot(X[0], X[1]) < 0.65
    assert (inner == Y[0]).mean() > 0.99


@pytest.mark.parametrize(
    "bad",
    [
        {"m": 1},
        {"m": 0},
        {"m": 2.0},
        {"m": "8"},
        {"m": True},
        {"factor": 0},
        {"factor": 1},
        {"factor": -0.5},
        {"factor": np.nan},
        {"noise": -0.1},
        {"noise": np.inf},
        {"noise": np.nan},
    ],
    ids=str,
)
def test_arguments_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=f"^circles: {next(iter(bad))} must"):
        mn.circles(**({"m": 8, "rng": 0} | bad))


# --- the other sets -----------------------------------------------------

MAKERS = [mn.circles, mn.moons, mn.xor, mn.spirals]
every_maker = pytest.mark.parametrize("make", MAKERS, ids=lambda f: f.__name__)


@every_maker
def test_every_set_is_a_row_of_labelled_points(make):
    X, Y = make(50, rng=1)
    assert X.shape == (2, 50)
    assert Y.shape == (1, 50)
    assert set(np.unique(Y)) == {0.0, 1.0}
    assert np.isfinite(X).all()


@every_maker
def test_a_seed_repeats_and_another_differs(make):
    (X, Y), (X_again, Y_again) = make(50, rng=1), make(50, rng=1)
    assert (X_again == X).all()
    assert (Y_again == Y).all()
    assert not (make(50, rng=2)[0] == X).all()
    assert (make(50, rng=np.random.default_rng(1))[0] == X).all()


@pytest.mark.parametrize("make", [mn.circles, mn.moons, mn.spirals])
def test_the_classes_are_balanced_and_shuffled(make):
    _, Y = make(101, rng=0)
    assert (Y == 0).sum() == 50
    assert 5 < np.abs(np.diff(Y)).sum() < 95


def test_without_noise_moons_are_half_circles():
    X, Y = mn.moons(40, rng=0, noise=0)
    upper, lower = X[:, Y[0] == 0], X[:, Y[0] == 1]
    np.testing.assert_allclose(
        np.hypot(upper[0] + 0.5, upper[1] + 0.25), 1, rtol=1e-14
    )
    np.testing.assert_allclose(
        np.hypot(lower[0] - 0.5, lower[1] - 0.25), 1, rtol=1e-14
    )
    assert upper[1].min() >= -0.25 - 1e-15
    assert lower[1].max() <= 0.25 + 1e-15


def test_xor_is_about_signs():
    X, Y = mn.xor(400, rng=0)
    assert (((X[0] > 0) != (X[1] > 0)) == Y[0]).all()
    assert np.abs(X).max() <= 1
    assert 150 < Y.sum() < 250
    noisy, same = mn.xor(400, rng=0, noise=0.5)
    assert (same == Y).all()
    assert 0.4 < (noisy - X).std() < 0.6


def test_without_noise_spirals_are_two_arms_half_a_turn_apart():
    X, Y = mn.spirals(60, rng=0, noise=0, turns=1.5)
    first, second = X[:, Y[0] == 0], X[:, Y[0] == 1]
    order = [np.hypot(*arm).argsort() for arm in (first, second)]
    np.testing.assert_allclose(
        first[:, order[0]], -second[:, order[1]], atol=1e-14
    )
    radius = np.hypot(*first)
    angle = np.arctan2(first[1], first[0])
    turn = (2 * np.pi * 1.5 * radius - angle) / (2 * np.pi)
    np.testing.assert_allclose(turn, turn.round(), atol=1e-12)


@pytest.mark.parametrize(
    ("make", "defaults"),
    [
        (mn.moons, {"noise": 0.1}),
        (mn.xor, {"noise": 0}),
        (mn.spirals, {"noise": 0.05, "turns": 1}),
    ],
)
def test_what_a_set_is_unless_told(make, defaults):
    np.testing.assert_array_equal(
        make(30, rng=0)[0], make(30, rng=0, **defaults)[0]
    )


class OnTheAxes(np.random.Generator):
    """Draws four points, three of them on an axis."""

    def uniform(self, *args):
        return np.array([[0.0, 0.0, 0.5, 0.5], [0.0, -0.5, 0.0, -0.5]])


def test_a_point_on_an_axis_is_of_class_0():
    """0 has no sign to differ in."""
    X, Y = mn.xor(4, rng=OnTheAxes(np.random.PCG64(0)))
    assert X[:, 1].tolist() == [0, -0.5]
    assert Y.tolist() == [[0, 0, 0, 1]]


def test_each_moon_starts_inside_the_other():
    """A seed draws the same moons in every version."""
    X, Y = mn.moons(8, rng=3, noise=0)
    rng = np.random.default_rng(3)
    rng.standard_normal((2, 8))
    back = np.argsort(rng.permutation(8))
    assert Y[0, back].tolist() == [0] * 4 + [1] * 4
    assert (np.diff(X[0, back[:4]]) < 0).all()
    assert (np.diff(X[0, back[4:]]) > 0).all()


def test_arcs_start_and_end_where_they_should():
    X, Y = mn.moons(7, rng=0, noise=0)
    upper, lower = X[:, Y[0] == 0], X[:, Y[0] == 1]
    assert upper[0].min() == -1.5
    assert upper[0].max() == 0.5
    assert lower[0].min() == -0.5
    assert lower[0].max() == 1.5
    X, Y = mn.spirals(7, rng=0, noise=0)
    for k in (0, 1):
        radius = np.sort(np.hypot(*X[:, Y[0] == k]))
        np.testing.assert_allclose(radius, np.linspace(0.1, 1, 3 + k))
    X, Y = mn.circles(5, rng=0, noise=0)
    inner = X[:, Y[0] == 1]
    gaps = np.diff(np.sort(np.arctan2(inner[1], inner[0])))
    np.testing.assert_allclose(gaps, 2 * np.pi / 3)


def test_noise_is_added_after_the_points_are_drawn():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (2, 9)) + 0.3 * rng.standard_normal((2, 9))
    np.testing.assert_array_equal(mn.xor(9, rng=0, noise=0.3)[0], X)
    rng = np.random.default_rng(0)
    added = 0.1 * rng.standard_normal((2, 9))[:, rng.permutation(9)]
    for make in (mn.circles, mn.moons, mn.spirals):
        X = make(9, rng=0, noise=0.1)[0] - make(9, rng=0, noise=0)[0]
        np.testing.assert_allclose(X, added)


def test_two_samples_can_be_split_and_all_be_one_batch():
    X, Y = np.array([[1.0, 2]]), np.array([[0.0, 1]])
    kept, _, held, _ = mn.split(X, Y, rng=0)
    assert sorted([kept.item(), held.item()]) == [1, 2]
    (whole, _), *more = mn.minibatches(X, Y, 2, rng=0)
    assert whole.shape == (1, 2)
    assert not more


# --- digits -------------------------------------------------------------

DIGITS = "959014c52b4d0bf47e5b709f4b18b74f0ef3b81f6d657e94d7a31906c1375139"


def test_the_digits_are_the_bytes_that_were_shipped():
    data = Path(mn.__file__).with_name("digits.npz").read_bytes()
    assert hashlib.sha256(data).hexdigest() == DIGITS


def test_digits():
    X, Y = mn.digits()
    assert X.shape == (64, 1797)
    assert Y.shape == (10, 1797)
    assert set(np.unique(X)) == {k / 16 for k in range(17)}
    assert (Y.sum(axis=0) == 1).all()
    assert Y[:, :10].argmax(axis=0).tolist() == list(range(10))
    first = X[:, 0].reshape(8, 8)  # a zero: ink around an empty middle
    assert first[3:5, 3:5].sum() == 0
    assert first[0, 3] == 13 / 16


class Bomb:
    """Unpickling this would write a file."""

    def __reduce__(self):
        return Path.write_text, (Path("exploded"), "boom")


def test_no_pickle_among_the_digits_is_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = io.BytesIO()
    np.savez(file, images=np.array([Bomb()], object), labels=[0])
    monkeypatch.setattr(pkgutil, "get_data", lambda *_: file.getvalue())
    with pytest.raises(OSError, match="is not the file that mininn came"):
        mn.digits()
    assert not Path("exploded").exists()


def test_digits_are_a_new_array_each_time():
    X, _ = mn.digits()
    X[:] = -1
    assert mn.digits()[0].min() == 0


# --- helpers ------------------------------------------------------------


@pytest.mark.parametrize(
    "ids", [[2, 0, 1], [[2, 0, 1]], np.array([2, 0, 1], np.uint8), [2.0, 0, 1]]
)
def test_one_hot(ids):
    assert mn.one_hot(ids, 4).tolist() == [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
        [0, 0, 0],
    ]


def test_split_uses_every_sample_once():
    X = np.arange(40.0).reshape(2, 20)
    Y = X[:1] + 100
    parts = mn.split(X, Y, held_out=0.25, rng=3)
    assert [a.shape for a in parts] == [(2, 15), (1, 15), (2, 5), (1, 5)]
    X_all = np.hstack([parts[0], parts[2]])
    assert sorted(X_all[0]) == sorted(X[0])
    for x, y in (parts[:2], parts[2:]):
        assert (y[0] == x[0] + 100).all()
    assert (mn.split(X, Y, held_out=0.25, rng=3)[0] == parts[0]).all()
    assert not (parts[2][0] == X[0, :5]).all()


@pytest.mark.parametrize(("share", "k"), [(0.001, 1), (0.999, 3), (0.5, 2)])
def test_split_leaves_a_sample_on_each_side(share, k):
    X = np.ones((1, 4))
    parts = mn.split(X, X, held_out=share, rng=0)
    assert [a.shape[1] for a in parts] == [4 - k, 4 - k, k, k]


@pytest.mark.parametrize(("m", "k"), [(19, 2), (14, 1), (16, 2)])
def test_split_rounds_to_the_nearest_whole_number(m, k):
    X = np.ones((1, m))
    assert mn.split(X, X, held_out=0.1, rng=0)[2].shape == (1, k)


def test_minibatches_use_every_sample_once_in_pairs():
    X = np.arange(10.0)[np.newaxis]
    pieces = list(mn.minibatches(X, X + 100, 4, rng=0))
    assert [x.shape for x, _ in pieces] == [(1, 4), (1, 4), (1, 2)]
    assert sorted(np.hstack([x for x, _ in pieces])[0]) == list(range(10))
    assert all((y == x + 100).all() for x, y in pieces)
    assert not (pieces[0][0] == X[:, :4]).all()


@pytest.mark.parametrize("make", [mn.circles, mn.moons, mn.xor, mn.spirals])
def test_a_fraction_is_a_number_like_others(make):
    from fractions import Fraction

    X, _ = make(6, rng=0, noise=Fraction(1, 2))
    assert X.dtype == float
    np.testing.assert_array_equal(X, make(6, rng=0, noise=0.5)[0])
    parts = mn.split(X, X, held_out=Fraction(1, 3), rng=0)
    assert [part.shape[1] for part in parts] == [4, 4, 2, 2]


# --- standardise --------------------------------------------------------


def test_standardise_by_hand():
    scale = mn.standardise([[1, 3], [10, 10]])
    np.testing.assert_array_equal(scale.mean, [[2], [10]])
    np.testing.assert_array_equal(scale.std, [[1], [1]])
    np.testing.assert_array_equal(scale([[1, 5], [9, 10]]), [[-1, 3], [-1, 0]])


def test_what_standardise_keeps_is_not_changed():
    X = np.array([[1.0, 3.0]])
    scale = mn.standardise(X)
    X *= 0
    np.testing.assert_array_equal(scale([[5.0]]), [[3.0]])
    for array in (scale.mean, scale.std):
        assert array.shape == (1, 1)
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        scale.mean = 0
    given = np.array([[5.0]])
    scale(given)
    assert given == 5


@pytest.mark.parametrize("m", [1, 3, 10, 1000])
@pytest.mark.parametrize("c", [0.1, -1e300, 1e-300, 0.0, 1 / 3])
def test_a_constant_feature_becomes_0_exactly(c, m):
    """The mean of ten times 0.1 is not 0.1, nor is their deviation 0."""
    scale = mn.standardise(np.full((1, m), c))
    assert (scale(np.full((1, 2), c)) == 0).all()
    assert scale.std == 1
    np.testing.assert_array_equal(scale([[c + 2.0]]), [[(c + 2.0) - c]])


def test_a_constant_feature_among_others_becomes_0_exactly():
    X = np.array([[0.1, 0.1, 0.1], [1.0, 2.0, 4.0]])
    assert (mn.standardise(X)(X)[0] == 0).all()
    assert (mn.standardise(X)(X)[1] != 0).all()


def test_the_mean_and_the_deviation_of_float32_are_taken_in_float64():
    X = (2**24 + np.arange(0, 4000, 2)).astype(np.float32)[np.newaxis]
    scale, wide = mn.standardise(X), X.astype(float)
    assert scale.mean == wide.mean()
    assert scale.std == wide.std()


def test_standardise_says_which_shape_it_wants():
    with pytest.raises(ValueError) as error:
        mn.standardise([1.0, 2.0, 3.0])
    assert str(error.value) == (
        "standardise: X must be (n[0], m), got (3,). A single sample is a "
        "column: np.reshape(X, (-1, 1))."
    )


def test_a_deviation_below_all_floats_is_no_division_by_0():
    X = np.array([[0.0, 1e-200]])
    scale = mn.standardise(X)
    assert scale.std == 1
    assert np.isfinite(scale(X)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_standardised_numbers_keep_their_type(dtype):
    X = np.linspace(0, 255, 60, dtype=dtype).reshape(3, 20)
    scale = mn.standardise(X)
    assert scale(X).dtype == dtype
    np.testing.assert_allclose(scale(X).std(axis=1), 1, rtol=1e-5)
    assert scale(X.astype(int)).dtype == np.float64


def test_standardise_crosses_processes():
    X = np.array([[1.0, 3.0]])
    again = pickle.loads(pickle.dumps(mn.standardise(X)))
    np.testing.assert_array_equal(again(X), [[-1, 1]])


def test_one_hot_of_many_classes_needs_no_square_of_them():
    Y = mn.one_hot([999_999, 3], 1_000_000)
    assert Y.shape == (1_000_000, 2)
    assert np.argwhere(Y).tolist() == [[3, 1], [999_999, 0]]
