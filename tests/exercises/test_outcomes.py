"""What a function returned, read in whatever form it comes."""

import numpy as np
import pytest

from mininn.exercises.judge import diagnose, keys
from mininn.exercises.judge.outcomes import NOT_YET, Outcome, call, shown

A, B, C = np.ones((2, 3)), 2 * np.ones((1, 2)), np.ones((3, 1))
NAMES = ["W1", "b1", "W2"]


def read(value, names=NAMES, view=None):
    return call(lambda: value, [], names, view)


@pytest.mark.parametrize(
    "value",
    [
        (A, C, B),
        [A, C, B],
        {"W1": A, "b1": C, "W2": B},
        {"W2": B, "W1": A, "b1": C, "J": 0.5},
        {"W[1]": A, "b[1]": C, "W[2]": B},
        {"W_1": A, "b_1": C, "W_2": B},
        {"W^[1]": A, "b^[1]": C, "W^[2]": B},
        {("W", 1): A, ("b", 1): C, ("W", 2): B},
        {"W": {1: A, 2: B}, "b": {1: C}},
        {"W": {"1": A, "2": B}, "b": {"1": C}},
    ],
)
def test_the_names_of_the_book_may_be_spelled_in_many_ways(value):
    done = read(value)
    assert not done.error
    assert not done.odd
    for name, x in zip(NAMES, (A, C, B), strict=True):
        assert np.array_equal(done.outputs[name], x)


def test_capitals_and_other_names_are_not_guessed():
    done = read({"w1": A, "b1": C, "W2": B})
    assert done.odd == {"W1": NOT_YET}
    told = "returns a dict with the keys a, b; the keys should be W1, b1, W2."
    assert read({"a": A, "b": B}).odd == dict.fromkeys(NAMES, told)
    done = read({"W1": A, "W[1]": B})
    assert done.odd["b1"] == (
        "returns a dict with the keys W1, W[1]: two of them are W1."
    )


@pytest.mark.parametrize(
    "value",
    [
        ({1: A, 2: B}, {1: C}),
        ({"W1": A, "W2": B}, {"b1": C}),
        {"W": {1: A, 2: B}, "b": {1: C}},
        {"W1": A, "W2": B, "b1": C},
        {("W", 1): A, ("W", 2): B, ("b", 1): C},
        {"W": {2: B, 1: A}, "b": {1: C.astype(np.float32)}},
    ],
)
def test_layers_become_one_array_with_nan_where_nothing_is(value):
    done = read(value, ["W", "b"])
    assert not done.odd
    assert done.outputs["W"].shape == (3, 2, 3)
    assert np.isnan(done.outputs["W"][0]).all()
    assert np.array_equal(done.outputs["W"][1], A)
    assert np.array_equal(done.outputs["W"][2, :1, :2], B)
    assert done.outputs["b"].shape == (2, 3, 1)


def test_a_list_of_matrices_of_several_sizes_is_one_array():
    done = read([A, B], ["batches"])
    assert done.outputs["batches"].shape == (2, 2, 3)
    same = read([A, A], ["batches"]).outputs["batches"]
    assert np.array_equal(same, np.stack([A, A]))
    assert read([[1, 2], [3]], ["y"]).odd == {
        "y": "y is no rectangle of numbers."
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({1: A, 2: "a"}, "W[2] holds text where numbers belong."),
        ({1: np.ones((2, 2, 2))}, "W[1] has shape (2, 2, 2): too many."),
        ({1: [[1, 2], [3]]}, "W[1] is no rectangle of numbers."),
        ({"x": A}, "W is a dict with the keys x, where layers belong."),
        ({1: A, "1": B}, "W is a dict with the keys 1, 1, where layers"),
        ({999: np.ones((99, 99))}, "W has shape (1000, 99, 99): far too"),
        ({}, "W is empty."),
        ({1: None, 2: None}, NOT_YET),
        (None, NOT_YET),
        (..., NOT_YET),
        ([None, None], NOT_YET),
        ([A, None], "W is no rectangle of numbers."),
        ([1.0, None], "W holds None where numbers belong."),
        (1j, "W holds complex numbers where numbers belong."),
        ({1}, "W holds objects where numbers belong."),
    ],
)
def test_what_is_no_array_of_numbers_says_why(value, told):
    done = read((value, 1), ["W", "J"])
    assert not done.error
    assert done.odd["W"].startswith(told)
    assert done.outputs["J"] == 1


def test_a_layer_that_is_none_is_not_there():
    done = read({1: A, 2: None}, ["W"]).outputs["W"]
    assert done.shape == (2, 2, 3)


def test_what_was_returned_is_said_without_its_numbers():
    assert shown((A, [1, 2], {"a": 1})) == (
        "a tuple of 3 (an array (2, 3), a list of 2, a dict with the keys a)"
    )
    assert shown({}) == "an empty dict"
    assert shown({1: 1, 2: 2, 3: 3, 4: 4, 5: 5}) == (
        "a dict with the keys 1, 2, 3, 4, ..."
    )
    assert (
        shown([1] * 9) == "a list of 9 (an int, an int, an int, an int, ...)"
    )
    assert shown(None) == "None"


@pytest.mark.parametrize("value", [3, A, "a", (A,), {"a": 1}, [[1], [2, 3]]])
def test_what_a_view_raises_is_said_as_what_was_returned(value):
    view = "lambda r: (r[0].T @ r[1], r['c'])"
    done = read(value, ["sizes", "X"], view)
    told = f"returns {shown(value)}, which cannot be read as sizes, X."
    assert (done.error, done.odd) == ("", {"sizes": told, "X": told})


def test_what_a_generator_raises_is_the_answers_own():
    def answer():
        yield A
        raise ValueError("mine")

    done = call(answer, [], ["y"], "lambda parts: parts[0]")
    assert (done.error, done.text) == ("ValueError", "mine")
    assert done.where.startswith("line ")


# None is not yet


def key(*outputs):
    right = Outcome(dict.fromkeys(outputs, A))
    cases = [keys.Case(g, [], {"m": 3}) for g in ("", "large")]
    points = {f"{n}{g}": 1 for n in outputs for g in ("", ":large")}
    return keys.Key("x", "f", points, cases, [right, right])


def verdict(made, *values):
    outcomes = [call(lambda v=v: v, [], made.outputs) for v in values]
    return diagnose.judge_outcomes(made, outcomes)


def test_none_is_not_yet_alone_and_among_others():
    made = key("a", "b")
    found = verdict(made, (A, None), (A, None))
    assert [p.message for p in found.parts] == ["right"] * 2 + [NOT_YET] * 2
    assert found.attempted
    assert not verdict(made, (None, None), (None, None)).attempted
    nothing = verdict(made, None, None)
    assert not nothing.attempted
    assert str(nothing) == (
        "x: not attempted yet, for None comes back. If it is written, end "
        "with return a, b."
    )
    half = verdict(made, (A, A), None)
    assert half.attempted
    assert half.points == 2


def test_an_answer_that_is_not_written_for_one_group_is_not_yet():
    made = key("a")

    def answer():
        raise NotImplementedError

    outcomes = [call(lambda: A, [], ["a"]), call(answer, [], ["a"])]
    found = diagnose.judge_outcomes(made, outcomes)
    assert [p.message for p in found.parts] == ["right", NOT_YET]


def test_what_is_changed_in_place_is_told_once():
    made = key("a", "b")
    stored = keys.encode(A)

    def answer(x, wrong):
        x *= 2
        return x / 2, x if wrong else x / 2

    def judged(wrong):
        given = [stored, wrong]
        done = [call(answer, given, made.outputs) for _ in made.cases]
        return diagnose.judge_outcomes(made, done)

    right = judged(False)
    assert right.points == right.of / 2
    assert str(right).count("in place") == 1
    wrong = judged(True)
    assert [p.points for p in wrong.parts] == [0.5, 0.5, 0, 0]
    assert str(wrong).count("in place") == 1
    assert str(wrong).endswith("\n  It changes x in place: work on a copy.")
    assert wrong.parts[2].message == (
        "b is right up to a factor: the right one times 2."
    )
