"""Mistakes that replace steps of a solution."""

import numpy as np
import pytest

from mininn.exercises import Exercise, ExerciseError
from mininn.exercises.author import selftest
from mininn.exercises.judge import diagnose, keys, pairs
from mininn.exercises.judge.outcomes import Outcome


def slope(X, y, w):
    return 2 * (w @ X - y) @ X.T / X.shape[1]


def sloping():
    """An exercise by steps: the gradient of a mean squared error."""
    ex = Exercise("slope", {"dw": 1}, slope)

    @ex.cases
    def _(rng):
        for n, m in (2, 3), (3, 5), (4, 4):
            X, y = rng.standard_normal((n, m)), rng.standard_normal((1, m))
            yield "", [X, y, rng.standard_normal((1, n))], {"n": n, "m": m}

    @ex.steps
    def by_steps(X, y, w, *, err=lambda a, y: a - y, share=np.shape, two=2):
        m = X.shape[1] if share is np.shape else share(X)
        return two * err(w @ X, y) @ X.T / m

    ex.slip("no_two", "your {out} lacks a 2.", two=1)
    ex.slip("no_mean", "your {out} is {m} times too large.", share=lambda X: 1)
    ex.slip("sign", "your {out} goes uphill.", err=lambda a, y: y - a)
    return ex


def test_a_slip_is_a_mistake_with_a_step_replaced():
    ex = sloping()
    X, y, w = np.ones((2, 3)), np.zeros((1, 3)), np.ones((1, 2))
    assert ex.mistakes["no_two"][1](X, y, w).tolist() == [[2, 2]]
    assert selftest.faults(ex, 2) == []


def test_a_slip_says_what_it_lacks():
    ex = sloping()
    for new, told in (
        ({}, "slip odd replaces nothing, which is no step of by_steps."),
        ({"tow": 1}, "slip odd replaces tow, which is no step of by_steps."),
    ):
        with pytest.raises(ExerciseError) as error:
            ex.slip("odd", "odd", **new)
        assert str(error.value) == f"exercise slope: {told}"
    with pytest.raises(ExerciseError, match="two mistakes called sign"):
        ex.slip("sign", "again", two=3)
    with pytest.raises(ExerciseError, match="two functions are marked"):
        ex.steps(slope)
    with pytest.raises(ExerciseError, match="needs a function marked"):
        Exercise("x", {"y": 1}, slope).slip("sign", "odd", two=1)


def test_the_steps_must_give_the_solution():
    ex = sloping()
    ex.whole = lambda X, y, w: slope(X, y, w) / 2
    assert "right answer <lambda> loses marks" in selftest.faults(ex, 1)[0]


# Pairs


def verdict(ex, key, **new):
    """The verdict on the solution with some steps replaced."""

    def answer(*given):
        return ex.whole(*given, **new)

    return diagnose.judge_outcomes(key, ex.outcomes(answer, key))


def test_two_slips_at_once_are_told_by_both_messages():
    ex = sloping()
    key = ex.key(1)
    both = {"share": lambda X: 1, "err": lambda a, y: y - a}
    (part,) = verdict(ex, key, **both).parts
    assert part.mistake == "no_mean + sign"
    assert part.message == (
        "two things at once.\n1. your dw is 3 times too large.\n"
        "2. your dw goes uphill."
    )
    assert verdict(ex, key, **both, two=7).parts[0].mistake == ""


def test_pairs_come_back_from_json_and_are_small():
    key = sloping().key(1)
    assert set(key.pairs["dw"]) == {
        "no_two + no_mean",
        "no_two + sign",
        "no_mean + sign",
    }
    text = keys.dump(key)
    assert keys.parse(text).pairs == key.pairs
    assert keys.dump(keys.parse(text)) == text
    assert len(text[text.index('"pairs"') :]) < 150


def test_a_pair_that_is_no_news_is_left_out():
    ex = sloping()
    ex.slip("minus_two", "your {out} goes down.", two=-2)  # undoes sign
    ex.slip("as_sign_and_no_mean", "odd", share=lambda X: -1)
    found = ex.drawn(1)[0]
    told = dict(ex._pairs(found)["dw"])
    assert "sign + minus_two" not in told  # right again
    assert "no_mean + sign" not in told  # what one slip gives
    assert "no_mean + minus_two" not in told


def test_a_pair_that_gives_0_everywhere_tells_nothing():
    ex = Exercise("line", {"y": 1}, lambda x: 2 * x - 3)

    @ex.cases
    def _(rng):
        for m in 3, 5:
            yield "", [rng.standard_normal((1, m))], {"m": m}

    @ex.steps
    def by_steps(x, rise=2, fall=3, turn=1):
        return turn * (rise * x - fall)

    ex.slip("no_rise", "your {out} is flat.", rise=0)
    ex.slip("no_fall", "your {out} goes through 0.", fall=0)
    ex.slip("turned", "your {out} is turned.", turn=-1)
    key = ex.key(1)
    assert set(key.pairs["y"]) == {"no_rise + turned", "no_fall + turned"}
    verdict = diagnose.judge_outcomes(key, ex.outcomes(np.zeros_like, key))
    assert verdict.parts[0].message == "y is 0 everywhere."


def test_slips_of_one_step_and_slow_answers_make_no_pairs():
    ex = sloping()
    ex.slip("no_error", "your {out} forgets y.", err=lambda a, y: a)
    names = ex.key(1).pairs["dw"]
    assert "sign + no_error" not in names
    assert "no_two + no_error" in names
    ex.rules["seconds"] = 11
    assert ex.key(1).pairs == {"dw": {}}


def test_a_pair_of_another_shape_or_with_nan_is_known_again():
    outcomes = {
        "a": [Outcome({"dw": np.full(2, np.nan)})] * 3,
        "b": [Outcome({"dw": np.ones(2)})] * 3,
        "c": [Outcome({"dw": np.full((1, 2), np.inf)})] * 3,
        "d": [Outcome(error="ValueError")] * 3,
        "e": [Outcome(error="ValueError"), *[Outcome({"dw": np.ones(2)})] * 2],
        "f": [Outcome({"dw": np.full(2, np.nan)})] * 3,
    }
    key = sloping().drawn(1)[0]
    kept = pairs.news(key, "dw", outcomes)
    assert [*kept] == ["a", "b", "c", "e"]
    for name in kept:
        mine = pairs.trace(key, "dw", outcomes[name])
        met = [n for n in kept if pairs.meet(mine, kept[n], 1e-6)]
        assert met == [name]


def test_a_pair_in_float32_is_known_again():
    ex = sloping()
    key = ex.key(1)

    def rough(X, y, w):
        X, y, w = (np.float32(x) for x in (X, y, w))
        return ex.whole(X, y, w, two=1, err=lambda a, y: y - a)

    done = diagnose.judge_outcomes(key, ex.outcomes(rough, key))
    assert done.parts[0].mistake == "no_two + sign"


def test_the_report_knows_the_message_of_a_pair():
    said = diagnose.said(sloping().key(1))
    assert said["no_two + sign"] == (
        "your output lacks a 2. And: your output goes uphill."
    )


def test_every_seed_is_tried_by_one_command():
    ex = sloping()
    assert selftest.drawn(ex, 30) == (
        "slope: 30 seeds, each shows all 3 mistakes and passes 3 right "
        "answers; drawn again for 0, at most 1 times"
    )
    ex.mistake("none")(slope)
    assert "seed 0: mistake slope gets full marks" in selftest.drawn(ex, 1)
