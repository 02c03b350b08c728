"""What the page about the cost of a product claims, measured again."""

import numpy as np
import pytest
from claims.ledger import claims


@claims("further/products", "operations, with loops or without.")
def test_an_object_that_counts_finds_the_operations_of_a_layer():
    class Number:
        done = 0

        def __mul__(self, other):
            Number.done += 1
            return self

        __add__ = __mul__

    def array(p, q):
        return np.array([[Number() for _ in range(q)] for _ in range(p)])

    for n, p, m in ((5, 3, 4), (1, 7, 2), (6, 2, 9)):
        Number.done = 0
        _ = array(n, p) @ array(p, m) + array(n, 1)
        assert Number.done == 2 * n * p * m


@claims(
    "further/products",
    "With one sample, $m = 1$, this is below 2, however large the layer",
    "With $n = p = m = N$ it is $\\frac{2}{3} N$, and grows with $N$.",
)
def test_what_a_product_does_for_each_number():
    for n in (1, 10, 10**3, 10**9):
        for p in (1, 20, 10**6):
            assert 2 * n * p / (n * p + p + n) < 2
        assert 2 * n**3 / (3 * n**2) == pytest.approx(2 * n / 3)


@claims(
    "further/products",
    "The matrices first: $2 \\cdot 10 \\cdot 200 \\cdot 100 + 2 \\cdot 10 "
    "\\cdot 100 \\cdot 50 = 500\\,000$.",
    "so with more samples the second wins by more",
)
def test_multiplying_the_matrices_first_costs_less():
    def after(m):
        return 2 * 200 * 100 * m + 2 * 10 * 200 * m

    def first(m):
        return 2 * 10 * 200 * 100 + 2 * 10 * 100 * m

    assert (after(50), first(50)) == (2_200_000, 500_000)
    assert after(5000) / first(5000) > after(50) / first(50)
