"""What is said of a wrong answer that no table of mistakes holds."""

import math
import warnings

import numpy as np
import pytest

from mininn.exercises.judge import (
    by_numbers,
    by_place,
    by_shape,
    describe,
    diagnose,
    keys,
    pairs,
    sight,
)
from mininn.exercises.judge.outcomes import Outcome, call
from mininn.exercises.judge.sight import Seen, Sight

rng = np.random.default_rng(20)
SIZES = ((2, 3), (4, 5), (3, 1))


def cases(change, sizes=SIZES, **given):
    """What is seen when a function spoils the right answers of some cases."""
    seen = []
    for n, m in sizes:
        want = rng.uniform(0.2, 3, (n, m)) * rng.choice([-1.0, 1.0], (n, m))
        facts = {"n": n, "m": m}
        args = {k: make(n, m) for k, make in given.items()}
        others = {"dV": want.T @ want}
        c = Seen(want, want, facts, args, others)
        got = np.asarray(change(c), float)
        seen.append(Seen(got, want, facts, args, others))
    return Sight("y", seen)


def said(change, sizes=SIZES, right=(), **given):
    return describe.described(cases(change, sizes, **given), right)


def normal(n, m):
    return rng.standard_normal((n, m))


# Each description: what shows it, and what is near to it and must not


FACTOR = "y is right up to a factor: the right one times {}."
HERE = [
    (lambda c: 2 * c.want, FACTOR.format("2")),
    (lambda c: c.want / 3, FACTOR.format("1/3")),
    (lambda c: -0.31 * c.want, FACTOR.format("-0.31")),
    (lambda c: c.want / math.log(2), FACTOR.format("1/ln 2")),
    (lambda c: c.want * c.facts["m"], FACTOR.format("m")),
    (lambda c: c.want / c.facts["m"], FACTOR.format("1/m")),
    (lambda c: c.want / c.facts["m"] ** 2, FACTOR.format("1/m²")),
    (lambda c: c.want * c.facts["n"], FACTOR.format("n")),
    (lambda c: c.want / c.want.size, FACTOR.format("1/(n m)")),
    (
        lambda c: c.want * c.facts["n"] / c.facts["m"],
        FACTOR.format("n/m"),
    ),
    (
        lambda c: c.want * (1 + c.want[0, 0] ** 2),
        "y is right up to a factor, another one in each case.",
    ),
    (lambda c: -c.want, "y is right up to its sign."),
    (
        lambda c: abs(c.want),
        "y has lost its signs: numbers below 0 came out above.",
    ),
    (lambda c: 0 * c.want, "y is 0 everywhere."),
    (
        lambda c: 0 * c.want + c.want.mean(),
        "y holds the mean of the right answer everywhere.",
    ),
    (
        lambda c: 0 * c.want + c.facts["m"] / 8,
        "y holds one number, again and again.",
    ),
    (lambda c: c.want + 1, "y is the right answer plus 1."),
    (lambda c: c.want - 2 * c.facts["m"], "y is the right answer plus -2 m."),
    (
        lambda c: c.want + c.want[0, 0],
        "y is off by one number, the same in all its entries.",
    ),
    (
        lambda c: np.trunc(c.want),
        "y is the right answer cut to whole numbers: was an array of "
        "integers filled in?",
    ),
    (
        lambda c: c.want.round(2),
        "y is rounded to 2 decimals: leave that out.",
    ),
    (lambda c: c.want**2, "y is the square of the right answer."),
    (lambda c: 1 - c.want, "y is 1 minus the right answer."),
    (lambda c: 1 / c.want, "y is 1 divided by the right answer."),
    (
        lambda c: np.maximum(c.want, 0),
        "y is the right answer with numbers below 0 set to 0.",
    ),
    (
        lambda c: np.arctanh(np.tanh(c.want)) * 0 + np.exp(c.want),
        "y is e to the power of the right answer.",
    ),
    (
        lambda c: 3 * c.want + 1,
        "y is 3 times the right answer, plus 1.",
    ),
    (
        lambda c: np.minimum(c.want, 0.1),
        "y is right, but nothing in it is above 0.1.",
    ),
    (lambda c: c.want.cumsum(0), "y has running sums down the right answer."),
    (lambda c: c.want * np.nan, "y is nan everywhere. A nan may come of "),
    (
        lambda c: np.where(c.want == c.want.max(), np.nan, c.want),
        "is nan. The other entries are right.",
    ),
    (
        lambda c: c.want * (1 + 1e-3 * np.cos(c.want * 9)),
        "y is nearly right, but off by",
    ),
]


@pytest.mark.parametrize(("change", "told"), HERE)
def test_what_was_done_to_the_right_numbers_is_said(change, told):
    found = said(change, sizes=((2, 3), (4, 7), (5, 4)))
    whole = told.startswith("y") and told.endswith(".")
    assert found == told if whole else told in found


@pytest.mark.parametrize(
    "describe",
    [*by_numbers.BY_NUMBERS, by_numbers.nearly, *by_place.BY_PLACE],
)
def test_noise_is_described_by_nothing_but_its_worst_number(describe):
    noise = cases(lambda c: normal(*c.want.shape), X=normal)
    assert describe(noise) is None


@pytest.mark.parametrize(("change", "told"), HERE)
def test_what_holds_in_one_case_only_is_not_said_of_all(change, told):
    def first_only(c):
        return change(c) if c.facts["n"] == 2 else normal(*c.want.shape)

    found = said(first_only, sizes=((2, 3), (4, 7), (5, 4)))
    if "So it is when n = 2, m = 3; it is wrong in another way" not in found:
        assert "expected" in found or found.startswith("y[")


def test_a_factor_is_not_lost_in_a_case_of_one_number():
    sizes = (2, 3), (1, 1), (4, 4)
    assert said(lambda c: c.want / 2, sizes) == FACTOR.format("1/2")
    assert said(lambda c: c.want * c.facts["m"], ((2, 3), (1, 1), (3, 2))) == (
        FACTOR.format("m")
    )


def test_numbers_alone_have_a_factor_too():
    ones = [(1, 1)] * 4
    assert said(lambda c: c.want / 2, ones) == FACTOR.format("1/2")
    odd = iter((2.0, 3.0, 5.0, 7.0))
    assert "times" not in said(lambda c: c.want * next(odd), ones)


def test_a_factor_says_whose_size_it_is():
    assert said(lambda c: 7 * c.want, ((2, 7),)) == (
        FACTOR.format("7, which is m")
    )
    lr = {"lr": lambda n, m: 0.05 * m}
    found = said(lambda c: c.want * c.given["lr"], ((2, 3), (4, 5)), **lr)
    assert found == FACTOR.format("lr")


# Arguments and other outputs


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.given["X"], "y is the argument X, unchanged."),
        (lambda c: -c.given["X"], "y is minus the argument X, and nothing"),
        (lambda c: c.want + c.given["X"], "y is the right answer plus X."),
        (lambda c: c.want - c.given["b"], "y is the right answer minus b."),
        (
            lambda c: c.want + c.facts["m"] * c.given["X"],
            "y is the right answer plus m times X.",
        ),
        (
            lambda c: c.want * c.given["X"],
            "y is multiplied, entry by entry, by X, which does not",
        ),
        (
            lambda c: c.want / c.given["b"],
            "y is multiplied, entry by entry, by 1/b, which does not",
        ),
        (
            lambda c: c.want * (1 - c.given["X"] ** 2),
            "y is multiplied, entry by entry, by (1 - X²), which does not",
        ),
        (
            lambda c: c.want + c.given["W"][1],
            "y is the right answer plus W[1].",
        ),
    ],
)
def test_an_argument_that_came_in_is_named(change, told):
    def parameters(n, m):
        return {1: normal(n, m)}

    def column(n, m):
        return normal(n, 1)

    found = said(
        change, ((2, 3), (4, 5), (3, 3)), X=normal, b=column, W=parameters
    )
    assert found.startswith(told)


def test_another_output_is_named():
    def square(c):
        return c.others["dV"]

    sizes = (3, 3), (4, 4)
    told = "y is what dV should be: are they returned in another order?"
    assert said(square, sizes) == told
    found = said(lambda c: normal(c.facts["m"], c.facts["m"]))
    assert found.startswith("y has the shape of dV: shape (3, 3), expected")


# Places


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda c: c.want[::-1],
            "y has the right rows from last to first.",
        ),
        (
            lambda c: c.want[:, ::-1],
            "y has the right columns from last to first.",
        ),
        (
            lambda c: np.roll(c.want, 1, 1),
            "y has the right columns, all moved by one.",
        ),
        (
            lambda c: c.want[:, [1, 0, *range(2, c.facts["m"])]],
            "y has the right columns in another order.",
        ),
        (
            lambda c: np.roll(c.want, 2).reshape(c.want.shape),
            "y has the right numbers, at other places.",
        ),
        (
            lambda c: c.want[:, :1] + 0 * c.want,
            "y has the first column in the place of all.",
        ),
        (
            lambda c: c.want.mean(0, keepdims=True) + 0 * c.want,
            "y has the mean of the rows in each row.",
        ),
        (
            lambda c: c.want * np.arange(2.0, 2 + c.facts["m"]) ** 2,
            "each column of y is right up to a factor of its own.",
        ),
        (
            lambda c: c.want + np.arange(1.0, 1 + c.facts["n"])[:, None] ** 2,
            "each row of y is off by a number of its own.",
        ),
    ],
)
def test_the_order_of_rows_and_columns_is_seen(change, told):
    assert said(change, ((3, 4), (4, 5))) == told


def test_a_square_that_is_turned_round_is_seen():
    told = "y is the right answer turned round (transposed)."
    assert said(lambda c: c.want.T, ((3, 3), (4, 4))) == told


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        (lambda c: np.arange(c.facts["n"])[:, None] == 0, "in the first row"),
        (
            lambda c: np.arange(c.facts["m"]) == c.facts["m"] - 1,
            "in the last column",
        ),
        (lambda c: np.arange(c.facts["n"])[:, None] == 2, "in row 2"),
        (lambda c: np.eye(*c.want.shape) > 0, "on the diagonal"),
        (lambda c: c.given["Z"] > 0, "where Z is above 0"),
        (lambda c: c.want > 0, "where the right answer is above 0"),
    ],
)
def test_where_it_is_right_is_said(mask, told):
    def right_there(c):
        here = np.broadcast_to(mask(c), c.want.shape)
        return np.where(here, c.want, 0)

    def wrong_there(c):
        here = np.broadcast_to(mask(c), c.want.shape)
        return np.where(here, -c.want, c.want)

    sizes = (4, 5), (5, 4)
    found = said(right_there, sizes, Z=normal)
    if "right answer" not in told:  # then it is max(y, 0)
        assert found == f"y is right only {told}. The rest is 0 everywhere."
        found = said(wrong_there, sizes, Z=normal)
        more = " There it is right up to its sign."
        assert found == f"y is right except {told}.{more}"


def test_the_worst_number_follows_where_nothing_else_is_known():
    def first_row(c):
        got = normal(*c.want.shape)
        got[0] = c.want[0]
        return got

    found = said(first_row, ((4, 5),))
    assert found.startswith("y is right only in the first row. y[")
    assert "expected" in found


# Shapes


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.want.T, "y is the right answer turned round: shape"),
        (lambda c: c.want.ravel(), "y has the right numbers, but shape (6,)"),
        (
            lambda c: c.want.sum(1),
            "y is the sum of the right columns: shape (2,), expected (2, 3).",
        ),
        (lambda c: c.want.mean(), "y is one number, the mean of the right"),
        (lambda c: c.want[:, :-1], "y holds the first of the right numbers"),
        (lambda c: c.want[1:], "y holds the last of the right numbers"),
        (
            lambda c: np.hstack([c.want, c.want]),
            "y begins right, and goes on too long: shape (2, 6)",
        ),
        (
            lambda c: normal(c.facts["m"], c.facts["n"]),
            "y has shape (3, 2), expected (2, 3). It is turned round.",
        ),
        (
            lambda c: normal(c.facts["m"], 7),
            "y has the shape of X: shape (3, 7), expected (2, 3).",
        ),
        (lambda c: normal(1, 9), "y has shape (1, 9), expected (2, 3)."),
    ],
)
def test_a_wrong_shape_says_what_it_is(change, told):
    found = said(change, ((2, 3), (4, 5)), X=lambda n, m: normal(m, 7))
    assert found.startswith(told)


def test_a_column_that_is_not_summed_says_so():
    def split(c):
        return np.hstack([c.want / 4, c.want * 3 / 4])

    told = "y is not yet one number for all columns: shape (3, 2), expected"
    assert said(split, ((3, 1), (4, 1))).startswith(told)


def test_a_column_that_is_repeated_says_so():
    def wide(c):
        return np.repeat(c.want, 4, axis=1)

    told = "y is right and repeated: shape (3, 4), expected (3, 1)."
    assert said(wide, ((3, 1), (2, 1))) == told


# Some cases are right, or wrong in another way


def test_what_tells_the_right_cases_is_said():
    sizes = (2, 3), (4, 5)
    right = [{"n": 7, "m": 1}]
    assert said(lambda c: 0 * c.want, sizes, right) == (
        "y is 0 everywhere. It is right when m = 1."
    )
    right = [{"n": 4, "m": 4}, {"n": 2, "m": 2}, {"n": 3, "m": 3}]
    assert said(lambda c: -c.want, sizes, right) == (
        "y is right up to its sign. It is right when all sizes are equal."
    )
    right = [{"n": 2, "m": 3}]
    assert said(lambda c: -c.want, sizes, right).endswith(
        "It is right in 1 of 3 cases."
    )
    assert said(lambda c: -c.want, ((2, 9),), [{"n": 2, "m": 3}]).endswith(
        "It is right when m = 3."
    )
    many = [{"n": 2, "m": 3}, {"n": 2, "m": 4}]
    assert said(lambda c: -c.want, ((2, 9),), many).endswith(
        "It is wrong only when m = 9."
    )


def test_what_may_be_so_by_chance_is_not_said():
    def once(c):
        first = c.want.shape == (3, 2)
        return c.want * normal(3, 1) if first else normal(*c.want.shape)

    told = "each row of y is right up to a factor of its own."
    assert said(once, ((3, 2),)) == told
    assert told not in said(once, ((3, 2), (3, 4), (5, 3), (2, 6)))

    def one_right(c):
        return np.where(np.arange(9) == 4, c.want, normal(1, 9))

    assert "is right" not in said(one_right, ((1, 9),))


def test_cases_of_the_same_sizes_are_counted():
    turn = iter([-1, -1, 3, 0])

    def spoilt(c):
        k = next(turn)
        return k * c.want if k else normal(*c.want.shape)

    assert said(spoilt, ((3, 4),) * 4) == (
        "y is right up to its sign. So it is in 2 of 4 wrong cases; the "
        "others are wrong otherwise."
    )


# Matrices by layer


def stack(*layers):
    return call(lambda: dict(enumerate(layers, 1)), [], ["W"]).outputs["W"]


def layered(*pairs):
    seen = [
        Seen(stack(*got), stack(*want), {"L": len(want)})
        for got, want in pairs
    ]
    return describe.described(Sight("W", seen))


def test_the_layer_that_is_wrong_is_named():
    a, b, c = normal(3, 2), normal(4, 3), normal(1, 4)
    told = "W[1] is right up to its sign."
    assert layered(([-a, b, c], [a, b, c]), ([-b, a], [b, a])) == told
    told = "the last W is right up to a factor: the right one times 2."
    assert layered(([a, b, 2 * c], [a, b, c]), ([b, 2 * a], [b, a])) == told
    told = "W is right up to its sign."
    assert layered(([-a, -b, -c], [a, b, c])) == told
    told = "each wrong W is right up to its sign."
    assert layered(([-a, -b, c], [a, b, c])) == told
    told = "W is 0 everywhere."
    assert layered(([0 * a, 0 * b], [a, b])) == told
    assert layered(([a], [a, b])) == "W[2] is not there, or nan."
    both = layered(([a], [a, b]), ([a, b, -c], [a, b, c]))
    assert "So it is when L = 2; it is wrong in another way" in both
    assert layered(([a, b, c], [a, b])) == "W[3] should not be there."
    assert layered(([a, b.T], [a, b])) == (
        "W[2] is the right answer turned round: shape (3, 4), expected (4, 3)."
    )


# Nothing raises, whatever comes


def anything(shape):
    x = rng.standard_normal(shape)
    return [
        x,
        0 * x,
        x * 1e300,
        x.round(),
        np.where(x > 0, x, np.nan),
        np.where(x > 1, np.inf, x),
        x * np.nan,
    ][rng.integers(7)]


def test_nothing_that_comes_stops_a_description():
    shapes = [(), (0,), (1,), (3,), (1, 1), (2, 3), (3, 3), (0, 3), (3, 1)]
    shapes += [(2, 2, 3), (2, 1, 2, 2)]
    for _ in range(150):
        seen = []
        for _ in range(rng.integers(1, 4)):
            shape = shapes[rng.integers(len(shapes))]
            want = np.nan_to_num(anything(shape if np.prod(shape) else (2,)))
            kind = want.shape if rng.random() < 0.6 else shape
            given = {"X": anything(shape), "k": 3, "f": len, "s": [1, [2]]}
            facts = {"m": int(rng.integers(1, 4)), "r": 0.5}
            seen.append(Seen(anything(kind), want, facts, given))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            told = describe.described(Sight("A", seen), [{"m": 1, "r": 2}])
        assert told.endswith(".")


# Secret numbers stay secret


def spoken(got, want, public, error=None):
    """What is said of one answer, with a key that is public or not."""
    args = keys.encode(np.asarray(want, float))
    key = keys.Key(
        "x",
        "f",
        {"y": 1},
        [keys.Case("", [args], {"m": 7})],
        [Outcome({"y": np.asarray(want, float)})],
        public=public,
    )

    def answer(Z):
        if error:
            raise error(Z)
        return got

    return diagnose.judge_outcomes(key, [call(answer, [args], ["y"])])


def test_the_numbers_of_a_secret_case_are_not_told():
    got, want = [0.123, 0.3579, 0.7913], [0.2468, 0.3691, 0.8642]
    assert "expected 0.2468" in str(spoken(got, want, True))
    told = str(spoken(got, want, False))
    assert told.endswith(
        "y[0] is off by 14% of the largest number when m = 7."
    )
    near = spoken([0.2468, 0.3691, 0.8643], want, False)
    assert not {"0.2468", "0.3691", "0.8642", "0.8643"} & {*str(near).split()}


@pytest.mark.parametrize("kind", [ValueError, KeyError, RuntimeError])
def test_an_exception_tells_no_secret_number(kind):
    want = [0.2468, 0.3691]
    assert "0.2468" in str(spoken(0, want, True, kind))
    told = str(spoken(0, want, False, kind))
    assert "0.2468" not in told
    assert f"with {kind.__name__}." in told


@pytest.mark.parametrize(
    "code",
    [
        "nmupy",
        "np.ones(3) + np.ones(4)",
        "np.ones((2, 3)) @ np.ones((2, 3))",
        "np.ones(6).reshape(4, 2)",
        "[].shape",
        "None + 1",
        "None[0]",
        "np.ones(3)[5]",
        "len()",
        "(lambda: 0)(1)",
        "np.vstack([np.ones(2), np.ones(3)])",
        "np.softmax",
        "1 / 0",
        "np.ones(3).sum(axis=1)",
        "import_module",
        "(lambda a, b: 0)(*[1])",
    ],
)
def test_what_python_says_of_names_and_shapes_is_told(code):
    with pytest.raises(Exception, match=r".") as stop:
        eval(code, {"np": np})
    text = str(stop.value).split("\n")[0]
    assert diagnose.PUBLIC_TEXT.fullmatch(text), text


# The parts do not hide each other


def two_groups():
    """A key with a mistake in each of two groups, and both in two outputs."""
    cases_ = [keys.Case(g, [], {"m": m}) for g, m in (("", 2), ("far", 3))]
    want = [Outcome({"a": normal(2, 2), "b": normal(2, 1)}) for _ in cases_]

    def bad(a, b):
        outcomes = [
            Outcome({"a": a(w.outputs["a"], i), "b": b(w.outputs["b"], i)})
            for i, w in enumerate(want)
        ]
        return outcomes

    def same(x, i):
        return x

    mistakes = [
        keys.Mistake("far", "far {m}", bad(lambda x, i: x + i, same)),
        keys.Mistake("half", "{out} half", bad(lambda x, i: x / 2, same)),
        keys.Mistake("sign", "{out} sign", bad(same, lambda x, i: -x)),
    ]
    points = {"a": 1, "b": 1, "a:far": 1, "b:far": 1}
    return keys.Key("k", "f", points, cases_, want, mistakes), bad


def test_a_mistake_hides_no_other():
    key, bad = two_groups()
    done = bad(lambda x, i: x / 2 if i == 0 else x + 1, lambda x, i: -x)
    parts = diagnose.judge_outcomes(key, done).parts
    assert [p.mistake for p in parts] == ["half", "sign", "far", "sign"]
    done = bad(lambda x, i: x / 2 if i == 0 else 7 * x, lambda x, i: x)
    parts = diagnose.judge_outcomes(key, done).parts
    assert [p.mistake for p in parts] == ["half", "", "", ""]
    assert parts[2].message == (
        "a is right up to a factor: the right one times 7."
    )


def test_of_two_mistakes_alike_in_a_part_the_one_that_fits_more_is_told():
    key, bad = two_groups()
    both = bad(lambda x, i: x / 2, lambda x, i: 9 * x)
    key.mistakes.append(keys.Mistake("all", "all", both))
    assert diagnose.judge_outcomes(key, both).parts[0].mistake == "all"
    half = bad(lambda x, i: x / 2, lambda x, i: x)
    assert diagnose.judge_outcomes(key, half).parts[0].mistake == "half"


def test_of_two_mistakes_alike_the_one_that_stands_in_a_pair_is_told():
    key, bad = two_groups()
    for name, much in (("more", 5), ("less", 7)):
        done = bad(lambda x, i: x * 3, lambda x, i, k=much: k * x)
        key.mistakes.append(keys.Mistake(name, name, done))
    mine = bad(lambda x, i: x * 3, lambda x, i: 7 - x)
    assert diagnose.judge_outcomes(key, mine).parts[0].mistake == "more"
    key.pairs["b"] = {"sign + less": pairs.trace(key, "b", mine)}
    parts = diagnose.judge_outcomes(key, mine).parts
    assert [p.mistake for p in parts[:2]] == ["less", "sign + less"]


def test_a_network_that_ran_away_in_one_part_shows_no_mistake():
    key, bad = two_groups()
    key.expected[0].outputs["a"] = normal(1, diagnose.MANY)
    ones = bad(lambda x, i: np.ones_like(x), lambda x, i: x)
    key.mistakes[:] = [keys.Mistake("ones", "ones", ones)]
    assert diagnose.judge_outcomes(key, ones).parts[0].mistake == "ones"
    mine = bad(lambda x, i: 0 * x + (i == 0), lambda x, i: -x)
    part = diagnose.judge_outcomes(key, mine).parts[0]
    assert (part.mistake, part.message) == ("", "a is 1 everywhere.")


def test_laws_and_plain_numbers():
    assert sight.plain(1.0) == "1"
    assert sight.law([math.nan], [{"m": 1}]) == ""
    assert sight.law([3.1, 4.7], [{"m": 2}, {"m": 3}]) == ""
    assert by_shape.BY_SHAPE[-1] is by_shape.wrong_shape
