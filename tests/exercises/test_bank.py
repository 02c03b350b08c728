"""Wrong answers that the exercises have not seen: what is said to each.

``bank/`` holds 16 for each exercise, written before the known mistakes and
apart from them: whoever writes mistakes does not look here. In it,
``names.toml`` says which names are right for an answer; an answer without a
line has none. ``pytest -s`` prints the table, and each verdict with its slip.
"""

import inspect
import os
import re
import runpy
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from places import BOOK

from mininn.exercises.author import build, notebooks
from mininn.exercises.judge import diagnose

BANK = Path(__file__).parent / "bank"
SOURCES = {p.stem: p for p in build.sources(BOOK / "exercises" / "source")}
RIGHT = tomllib.loads((BANK / "names.toml").read_text("utf-8"))
# Verdicts on each answer; the worst one counts.
DRAWS = 8 if os.environ.get("MININN_WEEKLY") else 2
WORST = ["accepted", "misnamed", "generic", "partly", "described", "named"]
ONE_ENTRY = re.compile(
    r"\S+(\[.*\])? is (\S+, expected \S+|off by .+|slightly off|nan|inf)"
    r"( when .*)?\."
)

pytestmark = pytest.mark.whole
every_exercise = pytest.mark.parametrize("name", SOURCES)


@cache
def exercise(name):
    return notebooks.exercise(notebooks.read(SOURCES[name]))


@cache
def key(name, seed):
    return exercise(name).key(seed)


@cache
def answers(name):
    """The wrong answers to an exercise, by name."""
    space = runpy.run_path(str(BANK / f"{name}.py"))
    return {
        k: f
        for k, f in space.items()
        if inspect.isfunction(f) and not k.startswith("_")
    }


def differs(made, outcome, right):
    """Whether an outcome is wrong by far more than rounding."""
    if outcome.error or outcome.odd or outcome.changed:
        return True
    bar = max(1e-4, made.tol)
    return not all(
        diagnose.same(outcome.outputs[k], right.outputs[k], bar)
        for k in made.outputs
    )


def kind(name, answer, verdict):
    """Return what a verdict is worth to who wrote the answer.

    ``generic`` shows one wrong entry of each lost part and no more;
    ``partly`` does so for some of them.
    """
    if verdict.points == verdict.of:
        return "accepted"
    lost = [part for part in verdict.parts if part.points < part.of]
    names = {n for part in lost for n in part.mistake.split(" + ")} - {""}
    if names - {*RIGHT[name].get(answer, []), diagnose.IN_PLACE}:
        return "misnamed"
    bare = [bool(ONE_ENTRY.fullmatch(part.message)) for part in lost]
    if any(bare):
        return "generic" if all(bare) else "partly"
    return "named" if names else "described"


@cache
def judged(name):
    """Return the worst kind of verdict on each answer, and its text."""
    found = {}
    for k, answer in answers(name).items():
        verdicts = []
        slow = exercise(name).rules["seconds"] > 10
        for seed in range(3 if slow else DRAWS):
            made = key(name, seed)
            done = exercise(name).outcomes(answer, made)
            verdict = diagnose.judge_outcomes(made, done)
            verdicts.append((kind(name, k, verdict), verdict))
        found[k] = min(verdicts, key=lambda v: WORST.index(v[0]))
    return found


def shown(name, k, kind, verdict):
    """Return an answer's slip, and below it what is said, with its names."""
    lines = [f"{name} {k}: {kind}. {answers(name)[k].__doc__}"]
    lines += [
        f"    {p.name} {p.points:g}/{p.of:g} [{p.mistake}] {p.message}"
        for p in verdict.parts
        if p.points < p.of
    ]
    return "\n".join(lines)


@every_exercise
def test_the_bank_has_sixteen_answers_with_a_line_each(name):
    assert len(answers(name)) == 16
    for answer in answers(name).values():
        assert answer.__doc__.endswith(".")
        assert "\n" not in answer.__doc__
    assert RIGHT[name].keys() <= answers(name).keys()


@every_exercise
def test_every_answer_of_the_bank_is_wrong(name):
    for k, answer in answers(name).items():
        for seed in range(20):
            made = key(name, seed)
            done = exercise(name).outcomes(answer, made)
            pairs = zip(done, made.expected, strict=True)
            if any(differs(made, *pair) for pair in pairs):
                break
        else:
            pytest.fail(f"{k} is right on 20 seeds")


@every_exercise
def test_no_wrong_answer_is_accepted_or_told_of_another_mistake(name):
    bad = [
        shown(name, k, *found)
        for k, found in judged(name).items()
        if found[0] in ("accepted", "misnamed")
    ]
    assert not bad, "\n".join(bad)


def test_most_wrong_answers_are_named_or_described():
    counts = {
        name: Counter(found for found, _ in judged(name).values())
        for name in SOURCES
    }
    total = sum(counts.values(), Counter())
    for name in SOURCES:
        for k, found in judged(name).items():
            print(shown(name, k, *found))
    print("\n" + "exercise".ljust(14) + "  ".join(WORST[::-1]))
    for name, count in {**counts, "all": total}.items():
        cells = (f"{count[w]:{len(w)}}" for w in WORST[::-1])
        print(name.ljust(14) + "  ".join(cells))
    assert total["named"] + total["described"] >= 150
