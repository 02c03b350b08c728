"""What the chapter beyond claims, measured again."""

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, page

import mininn as mn


def of_the_page():
    """The functions that the chapter defines."""
    scope = {"np": np, "mn": mn}
    for cell in page("beyond", "code"):
        for block in cell.split("\n\n\n"):
            if block.startswith("def "):
                exec(block, scope)
    return scope


@claims(
    "beyond",
    "All derivatives together cost about twice as much as the value. That "
    "does not depend on how many there are",
)
def test_the_backward_pass_costs_up_to_twice_the_forward_pass():
    products = of_the_page()["products"]
    rng = np.random.default_rng(100)
    for L in (3, 5, 10):
        for _ in range(10):
            n = rng.integers(20, 200, L + 1)
            forward, backward = products(n, 32)
            first = n[0] * n[1] * 32
            assert backward == 2 * forward - first
            assert 1 <= backward / forward < 2
    for width in (10, 100, 1000):
        forward, backward = products([width] * 11, 32)
        assert backward / forward == 1.9


@claims(
    "beyond",
    "$I$ is smaller than the smallest of the three numbers. With one sample, "
    "$I < 1$",
    "which is 500 for the largest.",
    "so $1/m = 2/1000$ and $m = 500$.",
)
def test_the_intensity_is_below_the_smallest_size():
    intensity = of_the_page()["intensity"]
    rng = np.random.default_rng(100)
    for n, p, m in rng.integers(1, 5000, (200, 3)):
        assert intensity(n, p, m) < min(n, p, m)
        assert intensity(n, p, 1) < 1
    assert intensity(1000, 1000, 1e12) == pytest.approx(500)
    assert intensity(1000, 1000, 500) == pytest.approx(250)


@claims(
    "beyond",
    "With 64 samples and $r = 100$, no number of machines is even twice as "
    "fast as one.",
    "With $r = 1000$ and 256 samples, 8 workers are *slower* than one. For "
    "64 workers and $S = 32$ the denominator of {eq}`eq-beyond-speedup` must "
    "be 2, so $3m = rw$ and $m \\approx 21333$.",
)
def test_small_batches_are_not_worth_many_workers():
    speedup = of_the_page()["speedup"]
    w = np.unique(np.logspace(0, 9, 2000).astype(int))
    assert max(speedup(int(k), 64, 100) for k in w) < 2
    assert speedup(8, 256, 1000) < 1
    assert speedup(64, 21333, 1000) == pytest.approx(32, abs=1e-3)


@claims(
    "beyond",
    "The plain average, 4, would count each sample of the small shard three "
    "times.",
)
def test_a_plain_average_of_shards_counts_some_samples_more():
    for seed in SEEDS:
        X, Y = mn.circles(40, rng=seed)
        net = mn.init([2, 4, 1], rng=seed)

        def dW(i, net=net, X=X, Y=Y):
            cache = mn.forward(net, X[:, i])
            loss = mn.binary_cross_entropy
            return mn.backward(net, cache, Y[:, i], loss).dW[1]

        large, small = np.arange(30), np.arange(30, 40)
        thrice = np.concatenate([large, small, small, small])
        plain = (dW(large) + dW(small)) / 2
        np.testing.assert_allclose(plain, dW(thrice), atol=1e-14)
        weighted = 0.75 * dW(large) + 0.25 * dW(small)
        np.testing.assert_allclose(weighted, dW(np.arange(40)), atol=1e-14)


@claims(
    "beyond",
    "Float32 is as good as exact here. Even the bfloat16 gradients of these "
    "ten networks point the right way: their cosine with the true ones is "
    "nearly 1.",
)
def test_gradients_in_bfloat16_point_the_right_way():
    there = of_the_page()
    for seed in SEEDS:
        error, cosine = there["error_in"](np.float32, seed)
        assert error < 1e-5
        error, cosine = there["error_in"](there["bfloat16"], seed)
        assert 1e-3 < error < 0.1
        assert cosine > 0.995


@claims(
    "beyond",
    "Just below 1, neighbours in bfloat16 are $2^{-8} \\approx 0.004$ apart. "
    "A step of 0.001 is less than half of that, so it rounds away, every "
    "time:",
    "The first weight has not moved at all.",
)
def test_a_short_weight_does_not_move_by_a_small_step():
    bfloat16 = of_the_page()["bfloat16"]
    below = np.unique(bfloat16(np.linspace(0.99, 1, 10_001)))
    assert below[-1] - below[-2] == 2**-8
    short = bfloat16(1.0)
    for _ in range(1000):
        short = bfloat16(short - bfloat16(0.001))
    assert short == 1
    assert bfloat16(short - bfloat16(0.003)) < 1


@claims(
    "beyond",
    "differences cost nearly ten thousand times as much as",
)
def test_differences_cost_ten_thousand_times_as_much():
    n, m = (64, 100, 50, 10), 32
    weights = sum(n[l] * n[l - 1] for l in (1, 2, 3))
    both_passes = sum(of_the_page()["products"](n, m))
    assert 9_000 < 2 * weights * m * weights / both_passes < 10_000
