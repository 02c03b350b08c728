"""The doors that check what comes in, and the table of shapes."""

import re
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest
from kit import Frame

import mininn as mn
from mininn.checks import (
    as_count,
    as_float,
    as_real,
    as_sizes,
    check_finite,
    expect,
)

# --- as_float -----------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_floats_come_back_as_given(dtype):
    x = np.array([[1, 2]], dtype)
    assert as_float("f", "x", x) is x


@pytest.mark.parametrize(
    "x",
    [
        [[1, 0], [1, 1]],
        ((1.0, 0.0), (1.0, 1.0)),
        [[True, False], [True, True]],
        [[Fraction(1), Fraction(0)], [1, np.bool_(True)]],
        np.array([[1, 0], [1, 1]], np.uint8),
        np.array([[1, 0], [1, 1]], ">f8"),
        np.array([[1, 0], [1, 1]], np.longdouble),
        np.array([[1, 0], [1, 1]], np.float16),
        np.array([[1, 0.0], [1, True]], object),
        np.ma.masked_array([[1.0, 0.0], [1.0, 1.0]]),
    ],
    ids=lambda x: f"{type(x).__name__} {getattr(x, 'dtype', '')}",
)
def test_everything_else_becomes_float64(x):
    got = as_float("f", "x", x)
    assert type(got) is np.ndarray
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, [[1, 0], [1, 1]])


def test_an_array_in_disguise_is_asked_for_its_numbers():
    frame = Frame([[1, 2], [3, 4]])
    np.testing.assert_array_equal(
        as_float("f", "x", frame), [[1.0, 2.0], [3.0, 4.0]]
    )


def test_a_subclass_of_float32_stays_float32():
    x = np.ma.masked_array(np.ones((1, 2), np.float32))
    assert as_float("f", "x", x).dtype == np.float32


# --- finite and expect --------------------------------------------------


def test_finite_returns_what_is_finite():
    x = np.array([[1e308, -1e-308, 0]])
    assert check_finite("f", "x", x) is x


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_finite_names_the_first_that_is_not(value):
    x = np.zeros((2, 3))
    x[1, 0] = x[1, 2] = value
    with pytest.raises(ValueError, match=r"but x\[1, 0\] is") as caught:
        check_finite("f", "x", x)
    assert not isinstance(caught.value, mn.ShapeError)


@pytest.mark.parametrize("shape", [(2, 3), (None, 3), (2, None), (None, None)])
def test_expect_returns_what_fits(shape):
    x = np.ones((2, 3))
    assert expect("f", "x", x, "(n, m)", shape) is x


@pytest.mark.parametrize(
    ("got", "shape"),
    [
        ((2, 3), (3, 3)),
        ((2, 3), (2, 2)),
        ((3,), (3, 1)),
        ((3,), (None, None)),
        ((2, 3, 1), (2, 3)),
        ((), (1, 1)),
        ((2, 0), (2, None)),
        ((0, 2), (None, None)),
        ((1, 3), (2, 3)),
        ((2, 1), (2, 3)),
    ],
    ids=str,
)
def test_expect_refuses_what_does_not(got, shape):
    with pytest.raises(mn.ShapeError, match=r"^f: x must be "):
        expect("f", "x", np.ones(got), "(n, m)", shape)
    assert issubclass(mn.ShapeError, ValueError)


@pytest.mark.parametrize("symbols", ["(n,)", "(n, m, k)"])
def test_a_shape_has_as_many_symbols_as_numbers(symbols):
    with pytest.raises(ValueError, match="argument 2 is"):
        expect("f", "x", np.ones((2, 2)), symbols, (2, 1))


def test_the_shape_is_looked_at_before_the_values():
    with pytest.raises(mn.ShapeError):
        expect("f", "x", [[np.nan]], "(n, m)", (2, 2))


# --- positive, count, sizes ---------------------------------------------


@pytest.mark.parametrize(
    "x", [1, 0.5, 1e-300, np.float32(2), np.int8(3), Fraction(1, 2), 1e308]
)
def test_positive_numbers(x):
    got = as_real("f", "x", x)
    assert type(got) is float
    assert got == x


@pytest.mark.parametrize(
    "x",
    [
        0,
        -1,
        0.0,
        -0.5,
        np.nan,
        np.inf,
        -np.inf,
        True,
        "1",
        None,
        [1],
        1j,
        np.array([1.0]),
    ],
    ids=repr,
)
def test_everything_else_is_not_real(x):
    with pytest.raises(ValueError, match=r"^f: x must be a positive number"):
        as_real("f", "x", x)


@pytest.mark.parametrize("x", [1, 7, np.int64(7), np.uint8(1), 10**30])
def test_counts(x):
    got = as_count("f", "x", x)
    assert type(got) is int
    assert got == x


@pytest.mark.parametrize(
    "x", [0, -3, 1.0, 2.5, "3", None, True, [1], np.float64(2)], ids=repr
)
def test_everything_else_is_not_a_count(x):
    with pytest.raises(ValueError, match=r"^f: x must be a positive int"):
        as_count("f", "x", x)


def test_a_count_may_start_elsewhere():
    assert as_count("f", "x", 0, least=0) == 0
    assert as_count("f", "x", 2, least=2) == 2
    for x, least in ((-1, 0), (1, 2), (False, 0), (0.0, 0)):
        with pytest.raises(ValueError, match=f"an int of {least} or more"):
            as_count("f", "x", x, least=least)


@pytest.mark.parametrize(
    "n",
    [
        [2, 3, 1],
        (2, 3, 1),
        np.array([2, 3, 1]),
        range(1, 4),
        {2: "a", 3: "b"}.keys(),
    ],
    ids=repr,
)
def test_sizes_are_any_sequence(n):
    got = as_sizes("f", n)
    assert got == tuple(n)
    assert all(type(size) is int for size in got)


# --- shape_table --------------------------------------------------------

TEXT = """\
array  computed as                       shape         here
W[1]   parameter                         (n[1], n[0])  (3, 2)
b[1]   parameter                         (n[1], 1)     (3, 1)
W[2]   parameter                         (n[2], n[1])  (1, 3)
b[2]   parameter                         (n[2], 1)     (1, 1)
A[0]   X                                 (n[0], m)     (2, 5)
Z[1]   W[1] @ A[0] + b[1]                (n[1], m)     (3, 5)
A[1]   g[1](Z[1])                        (n[1], m)     (3, 5)
Z[2]   W[2] @ A[1] + b[2]                (n[2], m)     (1, 5)
A[2]   g[2](Z[2])                        (n[2], m)     (1, 5)
dZ[2]  loss.dZ(Z[2], Y)                  (n[2], m)     (1, 5)
dW[2]  dZ[2] @ A[1].T                    (n[2], n[1])  (1, 3)
db[2]  dZ[2].sum(axis=1, keepdims=True)  (n[2], 1)     (1, 1)
dA[1]  W[2].T @ dZ[2]                    (n[1], m)     (3, 5)
dZ[1]  dA[1] * g[1].prime(Z[1])          (n[1], m)     (3, 5)
dW[1]  dZ[1] @ A[0].T                    (n[1], n[0])  (3, 2)
db[1]  dZ[1].sum(axis=1, keepdims=True)  (n[1], 1)     (3, 1)"""


def test_the_table_as_text():
    table = mn.shape_table([2, 3, 1], m=5)
    assert repr(table) == TEXT
    lines = TEXT.splitlines()
    symbols = [row.symbol for row in table]
    assert symbols == [line.split()[0] for line in lines[1:]]


def test_the_parts_of_the_table():
    table = mn.shape_table([2, 3, 1], m=5)
    parts = [table.parameters, table.forward, table.backward]
    assert [len(list(part)) for part in parts] == [4, 5, 7]
    assert [row for part in parts for row in part] == list(table)


def test_the_table_can_be_asked():
    table = mn.shape_table((4, 3, 2), m=7)
    assert table["W[2]"] == (2, 3)
    assert table["b[1]"] == (3, 1)
    assert table["A[0]"] == (4, 7)
    assert table["dA[1]"] == (3, 7)
    assert mn.shape_table([4, 3])["Z[1]"] == (3, 1)


def test_every_formula_gives_the_shape_beside_it(problem):
    """Each row is run as Python on a live network."""
    net, X, Y = problem((2, 4, 3, 2), 5, "tanh", mn.euclidean)
    space = {
        "X": X,
        "Y": Y,
        "W": net.W,
        "b": net.b,
        "g": net.g,
        "loss": mn.euclidean,
        "A": {},
        "Z": {},
        "dZ": {},
        "dW": {},
        "db": {},
        "dA": {},
    }
    table = mn.shape_table(net.n, m=5)
    numbers = {"m": 5, "n": net.n}
    for row in table:
        name, l = row.symbol.rstrip("]").split("[")
        if row.formula != "parameter":
            space[name][int(l)] = eval(row.formula, {}, space)
        assert space[name][int(l)].shape == row.numbers
        assert eval(row.shape, {}, numbers) == row.numbers
    grads = mn.backward(net, mn.forward(net, X), Y, mn.euclidean)
    np.testing.assert_array_equal(space["dW"][1], grads.dW[1])


def test_the_table_as_markdown():
    lines = mn.shape_table([2, 1], m=3).parameters._repr_markdown_()
    assert lines.splitlines() == [
        "| array | computed as | shape | here |",
        "|---|---|---|---|",
        "| `W[1]` | `parameter` | `(n[1], n[0])` | `(1, 2)` |",
        "| `b[1]` | `parameter` | `(n[1], 1)` | `(1, 1)` |",
    ]


def test_the_table_as_html_has_the_same_cells():
    class Cells(HTMLParser):
        def __init__(self):
            super().__init__()
            self.rows, self.tags = [], []

        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)
            if tag == "tr":
                self.rows.append([])
            if tag == "th":
                assert ("scope", "col") in attrs

        def handle_data(self, data):
            if data.strip():
                self.rows[-1].append(data)

    table = mn.shape_table([2, 3, 1], m=5)
    cells = Cells()
    written = re.findall(r"</?(\w+)", table._repr_html_())
    assert all(tag.islower() for tag in written)  # as XHTML has them
    cells.feed(table._repr_html_())
    assert cells.rows == [
        list(table.head),
        *(list(row.cells()) for row in table),
    ]
    assert cells.tags.count("th") == 4
    assert cells.tags.count("td") == 4 * 16
