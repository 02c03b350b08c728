"""What the chapter softmax claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims

import mininn as mn


@claims(
    "softmax",
    "so it has $1 / 2.156 = 46.4$ %.",
    "$e^{z_3} > 99\\,(e^{0.3} + e^{2.9})$, which is $z_3 > 7.57$",
)
def test_the_two_questions_have_these_answers():
    z = np.array([[0.3], [2.9], [4.0]])
    assert round(mn.softmax(z / 4)[2, 0], 3) == 0.464
    for third, enough in ((7.56, False), (7.58, True)):
        z[2] = third
        assert (mn.softmax(z)[2, 0] > 0.99) == enough


@claims(
    "softmax",
    "and only exponentials turn sums into products. So we take the odds "
    "$e^{z_j - z_k}$",
    "So only *differences* of scores matter, and the order is preserved",
)
def test_only_differences_of_scores_matter():
    for seed in SEEDS:
        z = np.random.default_rng(seed).normal(0, 4, (5, 1))
        a = mn.softmax(z)
        np.testing.assert_allclose(mn.softmax(z + 37.5), a)
        np.testing.assert_array_equal(np.argsort(a, 0), np.argsort(z, 0))
        more = z.copy()
        more[2] += 1
        odds = mn.softmax(more)[2] / mn.softmax(more)
        np.testing.assert_allclose(
            np.delete(odds / (a[2] / a), 2, axis=0), np.e
        )


@claims(
    "softmax",
    "With plus, every output is `nan`. With minus, the exponents are 0, "
    "$-10$ and $-20$.",
    "we want no exponent above 0, and at least one that *is* 0",
)
def test_the_shift_has_a_minus_sign():
    z = np.array([[1010.0], [1000.0], [990.0]])
    assert (z - z.max()).ravel().tolist() == [0, -10, -20]
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(z + z.max())
        assert np.isnan(e / e.sum()).all()
    with np.errstate(all="raise", under="ignore"):
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            a = mn.softmax(10 ** rng.uniform(0, 300, (4, 1)))
            assert a.sum() == pytest.approx(1)


@claims(
    "softmax",
    "Each of the equal samples sums to one half: they share one probability.",
    "Of the others, the larger takes it all, though equal differences "
    "deserve equal answers.",
)
def test_equal_samples_of_a_batch_share_one_probability():
    def of_everything(z):
        e = np.exp(z - z.max())
        return e / e.sum()

    for seed in SEEDS:
        row = np.random.default_rng(seed).normal(size=(1, 4))
        for m in (2, 5):
            sums = of_everything(np.repeat(row, m, axis=0)).sum(axis=1)
            np.testing.assert_allclose(sums, 1 / m)
        two = np.vstack([row + 1000, row])
        assert not of_everything(two)[1].any()
        a = mn.softmax(two.T)
        np.testing.assert_allclose(a[:, 0], a[:, 1], rtol=1e-11)
        np.testing.assert_allclose(a[:, [1]], of_everything(row.T))


@claims(
    "softmax",
    "The last sum has one term equal to 1 and none larger, so this is a "
    "softened maximum",
)
def test_log_sum_exp_is_a_softened_maximum():
    for seed in SEEDS:
        for n in (1, 2, 50):
            z = np.random.default_rng(seed).normal(0, 3, (n, 200))
            above = mn.logsumexp(z) - z.max(axis=0)
            assert above.min() >= 0
            assert above.max() <= np.log(n) + 1e-12


@claims(
    "softmax",
    "a small $T$ stretches the differences and the answer becomes certain, "
    "a large $T$ shrinks them and all classes become alike. The order stays.",
    "then they share, however small $T$ is",
)
def test_a_temperature_makes_certain_or_alike():
    for seed in SEEDS:
        z = np.random.default_rng(seed).normal(size=(4, 1))
        most = [mn.softmax(z / T).max() for T in (1e-4, 0.1, 1, 10, 1e4)]
        assert (np.diff(most) < 0).sum() >= 3
        assert most[0] == pytest.approx(1)
        assert most[-1] == pytest.approx(1 / 4, abs=1e-3)
        assert mn.softmax(z / 1e4).argmax() == z.argmax()
    tie = mn.softmax(np.array([[1.0], [2.0], [2.0]]) / 1e-9)
    assert tie.ravel().tolist() == [0, 0.5, 0.5]


@claims(
    "softmax",
    "It gives $-\\log 10^{-7} \\approx 16.1$ where 800 is right.",
    "With {eq}`eq-log-softmax` the loss is 800 and the derivative "
    "$a_2 - y_2 = -1$.",
)
def test_a_constant_inside_the_logarithm_hides_the_worst_mistake():
    z, y = np.array([[800.0], [0.0]]), np.array([[0.0], [1.0]])

    def padded(z):
        return -np.sum(y * np.log(mn.softmax(z) + 1e-7))

    assert padded(z) == pytest.approx(16.118, abs=1e-3)
    assert padded(np.array([[800.0], [5.0]])) == padded(z)
    assert mn.cross_entropy(z, y) == 800
    np.testing.assert_allclose(mn.cross_entropy.dZ(z, y)[1], -1)


@claims(
    "softmax",
    "a larger score gets a larger probability",
    "and the exponentials can be left out.",
    "or where *samples* are compared: between columns the order may differ.",
)
def test_the_class_is_the_same_without_the_exponentials():
    for seed in SEEDS:
        Z = np.random.default_rng(seed).normal(0, 30, (10, 500))
        np.testing.assert_array_equal(Z.argmax(0), mn.softmax(Z).argmax(0))
        between = np.argsort(Z[0]), np.argsort(mn.softmax(Z)[0])
        assert (between[0] != between[1]).any()
