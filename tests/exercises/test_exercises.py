"""The exercises: sources proved, pages fresh, messages, grading, export."""

import io
import json
import random
import shutil
import struct
import subprocess
import sys
import time
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from places import BOOK, ROOT

from mininn.exercises import Code, Exercise, ExerciseError, check
from mininn.exercises.__main__ import main
from mininn.exercises.author import build, notebooks, selftest, targets
from mininn.exercises.author.exercise import PUBLIC
from mininn.exercises.author.mutants import mutants
from mininn.exercises.classroom import (
    cells,
    export,
    grade,
    levels,
    report,
    results,
    sandbox,
    submissions,
    wire,
)
from mininn.exercises.classroom.cells import plain
from mininn.exercises.judge import diagnose, keys, loading
from mininn.exercises.judge.outcomes import Outcome, call, decode

SOURCES = build.sources(BOOK / "exercises" / "source")
NAMES = [path.stem for path in SOURCES]
every_source = pytest.mark.parametrize("path", SOURCES, ids=NAMES)


def source(name):
    return notebooks.read(ROOT / f"book/exercises/source/{name}.ipynb")


@pytest.fixture(scope="module")
def box():
    """The best isolation there is; what runs in it here is our own."""
    return levels.find(trust=True)


def hand_in(folder, **texts):
    """Write one notebook per student, each text a cell."""
    folder.mkdir(exist_ok=True)
    for student, text in texts.items():
        cells = [
            notebooks.cell("code", "import numpy as np"),
            notebooks.cell("code", text),
        ]
        path = folder / f"{student}.ipynb"
        path.write_text(notebooks.dump("x", cells), encoding="utf-8")
    return folder


def solution(name):
    return "\n\n".join(map(notebooks.solved, source(name).texts("answer")))


# Every source


def test_a_source_proves_its_grader():
    """Mutants and all, as each source does in its last cell."""
    assert selftest.faults(notebooks.exercise(source("softmax")), 2) == []


@every_source
def test_a_source_stores_the_proof_of_its_grader(path):
    """That it is what comes out, the test of the notebooks tells."""
    book = json.loads(path.read_text("utf-8"))
    last = [c for c in book["cells"] if c["cell_type"] == "code"][-1]
    seeds = "5" if path.stem == "rings" else ""
    assert "".join(last["source"]) == f"print(ex.selftest({seeds}))"
    (printed,) = last["outputs"]
    first, *rest = "".join(printed["text"]).splitlines()
    assert first.startswith(f"{path.stem}: {seeds or 20} seeds, ")
    assert len(rest) == 3, "a fault is stored"


@every_source
def test_a_source_knows_four_mistakes_and_another_right_answer(path):
    ex = notebooks.exercise(notebooks.read(path))
    assert ex.name == path.stem
    assert len(ex.mistakes) >= 4
    assert ex.accepted
    for message, _ in ex.mistakes.values():
        assert len(message.split("\n")) <= 2


@every_source
def test_what_is_generated_from_a_source_is_what_is_stored(path):
    """But for pairs of mistakes, which take longer than all else."""
    made = notebooks.read(path)
    page = path.parents[1] / path.name
    new = notebooks.student(made)
    assert page.read_text(encoding="utf-8") == new, "build again"
    stored = replace(keys.load_key(path.stem), pairs={})
    key, _, faults = notebooks.exercise(made).drawn(PUBLIC)
    assert faults == []
    assert build.alike(keys.dump(stored), keys.dump(key)), "build again"


@pytest.mark.whole
@every_source
def test_pairs_of_mistakes_are_stored_as_they_are_found(path):
    new = build.public(path)["key"]
    stored = (keys.FOLDER / f"{path.stem}.json").read_text(encoding="utf-8")
    assert build.alike(stored, new), "build again"


def test_nothing_is_generated_from_a_source_that_is_gone():
    pages = {p.stem for p in (ROOT / "book/exercises").glob("*.ipynb")}
    assert pages == set(NAMES) == set(keys.names())


def test_a_stale_key_is_noticed_and_rounding_is_not():
    text = '{"x": [0.5, "inf", 1], "no_shift": "why"}'
    assert build.alike(text, text.replace("0.5", "0.50000000000001"))
    for old, new in (("0.5", "0.50001"), ("inf", "nan"), ("no_", "a_")):
        assert not build.alike(text, text.replace(old, new))


@every_source
def test_a_page_has_the_form_of_the_chapters_and_no_grader(path):
    text = (path.parents[1] / path.name).read_text(encoding="utf-8")
    book = json.loads(text)
    ids = [cell["id"] for cell in book["cells"]]
    assert ids == [f"{path.stem}-{i:03d}" for i in range(len(ids))]
    code = [c for c in book["cells"] if c["cell_type"] == "code"]
    runs = [cell["execution_count"] for cell in code]
    assert runs == list(range(1, len(runs) + 1))
    assert book["cells"][0]["source"][0].startswith("# ")
    assert f'"{path.stem}: not attempted yet\\n"' in text
    for cell in code:
        assert not cell["metadata"]
        assert len(cell["source"]) <= 15
        assert not "".join(cell["source"]).rstrip().endswith(";")
    for word in ("BEGIN SOLUTION", "@ex.", "selftest", "Exercise("):
        assert word not in text


@every_source
def test_a_source_has_the_tags_of_sources_and_short_cells(path):
    book = json.loads(path.read_text(encoding="utf-8"))
    for i, cell in enumerate(book["cells"]):
        tags = set(cell["metadata"].get("tags", []))
        assert tags <= notebooks.TAGS | {"private"}, i
        assert len(cell["source"]) <= 60, i
    ids = [cell["id"] for cell in book["cells"]]
    assert ids == [f"{path.stem}-{i:03d}" for i in range(len(ids))]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            p, marks=[] if p.stem == "softmax" else pytest.mark.weekly
        )
        for p in SOURCES
    ],
    ids=NAMES,
)
def test_the_files_for_instructors_are_the_same_bytes_each_time(path):
    first, second = (build.everything(path, "a seed") for _ in range(2))
    assert first == second
    sheet = first[f"answers/{path.stem}.ipynb"]
    assert "Known mistakes" in sheet
    release = first[f"release/{path.stem}.ipynb"]
    assert "<summary>Solution" not in release
    other = build.everything(path, "another seed")
    zips = f"gradescope/{path.stem}.zip"
    assert first[zips] != other[zips]
    assert {**first, zips: b""} == {**other, zips: b""}


def test_a_private_answer_is_on_no_page(tmp_path):
    book = json.loads(SOURCES[0].read_text(encoding="utf-8"))
    for cell in book["cells"]:
        if "answer" in cell["metadata"].get("tags", []):
            cell["metadata"]["tags"].append("private")
    path = tmp_path / SOURCES[0].name
    path.write_text(json.dumps(book), encoding="utf-8")
    assert "Solution" in notebooks.student(notebooks.read(SOURCES[0]))
    assert "Solution" not in notebooks.student(notebooks.read(path))


def test_a_source_without_a_part_is_refused(tmp_path):
    path = tmp_path / "empty.ipynb"
    path.write_text(notebooks.dump("empty", []), encoding="utf-8")
    with pytest.raises(ExerciseError) as told:
        notebooks.read(path)
    assert str(told.value) == "empty.ipynb: no cell has the tag answer."


# The self-test itself


def toy(**changes):
    """An exercise with nothing wrong: y = 2 x + 1, two cases."""

    def line(x):
        return 2 * x + 1

    ex = Exercise("toy", {"y": 1}, line)

    @ex.cases
    def _(rng):
        for m in changes.get("sizes", (2, 3)):
            yield "", [rng.standard_normal((1, m))], {"m": m}

    @ex.mistake("the one is missing from {out}")
    def no_one(x):
        return 2 * x

    return ex


def test_a_sound_exercise_has_no_faults():
    assert selftest.faults(toy(), 3) == []


def test_a_mistake_that_is_right_is_found():
    ex = toy()
    ex.mistake("this is no mistake")(lambda x: 1 + x + x)
    assert selftest.faults(ex, 3) == ["mistake <lambda> gets full marks"]


def test_a_mistake_told_of_another_is_found():
    ex = toy()
    ex.mistake("the same again")(lambda x: x + x)
    assert selftest.faults(ex, 3) == ["mistake <lambda> is told of no_one: y"]


def test_a_right_answer_that_loses_marks_is_found():
    ex = toy()
    ex.accept(lambda x: 2 * x + 1.001)
    (fault,) = selftest.faults(ex, 1)
    assert fault.startswith("right answer <lambda> loses marks")


def test_a_survivor_must_be_explained_and_an_explanation_used():
    ex = toy()
    ex.draw = lambda rng: [("", [np.zeros((1, 2))], {"m": 2})]
    told = selftest.faults(ex, 1)
    assert "mutant gets full marks: return 3 * x + 1" in told
    ex = toy()
    ex.equivalent("return 2*x+7", "why not")
    assert selftest.faults(ex, 1) == ["no mutant to explain: return 2 * x + 7"]


def test_mutants_change_one_thing_each():
    text = "def f(A, m):\n    return -A.sum(axis=1).T / m > 2"
    assert [line for line, _ in mutants(text)] == [
        "return -A.sum(axis=1).T / m >= 2",
        "return -A.sum(axis=1).T * m > 2",
        "return -A.sum(axis=1).T > 2",
        "return m > 2",
        "return -A.sum(axis=1).T / m > 3",
        "return A.sum(axis=1).T / m > 2",
        "return -A.sum(axis=1) / m > 2",
        "return -A.sum().T / m > 2",
        "return -A.T / m > 2",
        "return -A.sum(axis=0).T / m > 2",
    ]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (
            lambda ex: setattr(ex, "draw", None),
            "exercise toy: no function is marked with cases.",
        ),
        (
            lambda ex: ex.points.update({"y:large": 1}),
            "exercise toy: points are for the groups ['', 'large'], but the "
            "cases have [''].",
        ),
        (
            lambda ex: ex.mistake("{k} too many")(lambda x: x),
            "exercise toy: the message of mistake <lambda> asks for 'k', "
            "which is no fact of every case.",
        ),
        (
            lambda ex: ex.mistake("one\ntwo\nthree"),
            "exercise toy: the message 'one\\ntwo\\nthree'... is too long.",
        ),
        (
            lambda ex: setattr(
                ex, "draw", lambda rng: [("", [object()], {"m": 1})]
            ),
            "exercise toy: cases: case 0: an argument is a object, which a "
            "key cannot hold. Use numbers, arrays, lists, dicts, or "
            "Code('...').",
        ),
        (
            lambda ex: setattr(ex, "draw", lambda rng: [("", [1, 2])]),
            "exercise toy: cases: case 0 is not (group, arguments, facts).",
        ),
        (
            lambda ex: setattr(ex, "draw", lambda rng: [("", [1, 2], {})]),
            "exercise toy: cases: case 0 has 2 arguments, and line does not "
            "take them: too many positional arguments.",
        ),
        (
            lambda ex: setattr(ex, "draw", lambda rng: [(0, [1], {})]),
            "exercise toy: cases: the group of case 0 is 0, and no text.",
        ),
        (
            lambda ex: setattr(ex, "draw", lambda rng: [("", 1, {})]),
            "exercise toy: cases: the arguments of case 0 are no list.",
        ),
        (
            lambda ex: setattr(ex, "draw", lambda rng: [("", [1], 2)]),
            "exercise toy: cases: the facts of case 0 are no dict.",
        ),
        (
            lambda ex: ex.mistake("{m!x}")(lambda x: x),
            "exercise toy: the message of mistake <lambda> cannot be filled "
            "in: write {{ and }} for braces.",
        ),
        (
            lambda ex: ex.mistake("odd")(lambda x: eval("unknown_name")),
            "exercise toy: mistake <lambda> stops with NameError: name "
            "'unknown_name' is not defined.",
        ),
        (
            lambda ex: ex.mistake("the same")(lambda x: 1 + x + x),
            "exercise toy: 20 draws of the cases, and still mistake <lambda> "
            "gets full marks.",
        ),
        (
            lambda ex: setattr(ex, "answer", lambda x: None),
            "exercise toy: the solution fails in case 0: not attempted yet, "
            "for None comes back. If it is written, end with return y.",
        ),
        (
            lambda ex: ex.equivalent("return (", "why"),
            "exercise toy: equivalent: 'return (' cannot be read, '(' was "
            "never closed.",
        ),
        (
            lambda ex: ex.accept(3),
            "exercise toy: accept: give the function itself.",
        ),
    ],
)
def test_an_author_is_told_what_is_wrong(spoil, told):
    def author():
        ex = toy()
        spoil(ex)
        ex.key()

    with pytest.raises(ExerciseError) as error:
        author()
    assert str(error.value) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"points": {}}, "points: give a dict of parts, such as"),
        ({"points": {1: 1}}, "points: 1 is not the name of a part"),
        ({"points": {"y": -1}}, "points: 'y' is worth -1, and should be"),
        ({"points": {"y": "2"}}, "points: 'y' is worth '2', and should be"),
        ({"tol": 0}, "tol: 0 is not a number between 0 and 1"),
        ({"least": 99}, "least: 99 is not a share between 0 and 1"),
        ({"seconds": None}, "seconds: None is not a time"),
        ({"view": len}, "view: give the text of a function"),
        ({"view": "lambda r"}, "view: it cannot be read, SyntaxError:"),
        ({"view": "1 + 1"}, "view: its text is no function"),
        ({"answer": 3}, "answer: give the function itself"),
    ],
)
def test_a_field_of_an_exercise_is_checked(given, told):
    fields = {"name": "toy", "points": {"y": 1}, "answer": len} | given
    with pytest.raises(ExerciseError) as error:
        Exercise(**fields)
    assert str(error.value).startswith(f"exercise toy: {told}")


# Keys


def test_a_seed_gives_one_key_and_another_seed_another():
    ex = notebooks.exercise(source("softmax"))
    assert keys.dump(ex.key("a")) == keys.dump(ex.key("a"))
    assert keys.dump(ex.key("a")) != keys.dump(ex.key("b"))


@every_source
def test_a_key_comes_back_from_json_as_it_was(path):
    text = (keys.FOLDER / f"{path.stem}.json").read_text(encoding="utf-8")
    again = keys.parse(text)
    assert keys.dump(again) == text
    for mistake in again.mistakes:
        verdict = diagnose.judge_outcomes(again, mistake.outcomes)
        assert mistake.name in {part.mistake for part in verdict.parts}


def test_arguments_come_back_as_they_were():
    given = [
        np.array([[1.5, np.inf, np.nan]]),
        np.arange(3),
        np.array([True, False]),
        {1: np.ones((2, 1)), 2: (1, "two", None)},
        [np.float64(0.5), True, float("-inf")],
    ]
    for x in given:
        text = json.dumps(keys.encode(x), allow_nan=False)
        np.testing.assert_equal(decode(json.loads(text)), x)
    made = decode(keys.encode(Code("lambda x: float((x**2).sum())")))
    assert made(np.array([3.0, 4.0])) == 25.0


# check


def told(capsys, name, answer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(name, answer)
    out = capsys.readouterr()
    assert out.err == ""
    return out.out


def unwritten(*args):
    raise NotImplementedError


def stepping(Z):
    print("why", file=sys.stderr)
    return Z[99]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (unwritten, "softmax: not attempted yet\n"),
        (
            lambda Z: np.exp(Z - np.logaddexp.reduce(Z, axis=0)),
            "softmax: all right, 3 of 3 points, on the book's numbers\n",
        ),
        (
            lambda Z: np.exp(Z) / np.exp(Z).sum(axis=0),
            "softmax: 1 of 3 points, on the book's numbers\n"
            "  A          right\n"
            "  A (large)  e to the power 1000 is inf, and inf / inf is nan: "
            "what must be subtracted from a column first?\n",
        ),
        (
            lambda Z: Z,
            "softmax: 0 of 3 points, on the book's numbers\n"
            "  A is the argument Z, unchanged.\n",
        ),
        (
            lambda Z: None,
            "softmax: not attempted yet, for None comes back. If it is "
            "written, end with return A.\n",
        ),
        (
            lambda Z: [["a"]],
            "softmax: 0 of 3 points, on the book's numbers\n"
            "  A holds text where numbers belong.\n",
        ),
        (
            lambda Z, T: Z,
            "softmax: 0 of 3 points, on the book's numbers\n"
            "  it stops with TypeError: <lambda>() "
            "missing 1 required positional argument: 'T'\n",
        ),
        (
            stepping,
            "softmax: 0 of 3 points, on the book's numbers\n"
            "  it stops in line "
            f"{stepping.__code__.co_firstlineno + 2} with IndexError: index "
            "99 is out of bounds for axis 0 with size 3\n",
        ),
        (
            lambda Z: sys.exit(),
            "softmax: 0 of 3 points, on the book's numbers\n"
            "  it stops in line LINE with "
            "SystemExit\n",
        ),
        (
            np.ones((3, 5)),
            "check: give the function itself, without calling it: "
            'check("softmax", softmax).\n',
        ),
    ],
)
def test_check_says(capsys, answer, said):
    line = getattr(getattr(answer, "__code__", None), "co_firstlineno", 0)
    said = said.replace("LINE", str(line))
    assert told(capsys, "softmax", answer) == said


def test_check_names_the_mistake_of_each_output(capsys):
    def backprop(X, Y, A1, A2, W1, W2, lam):
        dZ2 = 2 * (A2 - Y)
        dZ1 = W2.T @ dZ2 * (1 - A1**2)
        m = X.shape[1]
        dW1 = dZ1 @ X.T / m + 2 * lam * W1
        return dW1, None, dZ2 @ A1.T + 2 * lam * W2, dZ2.sum(axis=1) / m

    assert told(capsys, "backprop", backprop) == (
        "backprop: 2 of 5 points, on the book's numbers\n"
        "  dW1  right\n"
        "  db1  not attempted yet\n"
        "  dW2  what the errors add to your dW2 is 7 times too large: did "
        "you forget 1/m?\n"
        "  db2  your db2 must be a column: keep the axis when you sum.\n"
    )


def test_check_knows_which_exercises_there_are(capsys):
    assert told(capsys, "sofmax", unwritten) == (
        "check: there is no exercise called 'sofmax' in the book, and no "
        f"sofmax.json in {Path.cwd()}. Did you mean 'softmax'? Else put the "
        "sofmax.json that came with this notebook there, beside it (Colab: "
        "the folder on the left, then the sign for uploads). The book has: "
        f"{', '.join(NAMES)}.\n"
    )


def test_check_lets_the_reader_interrupt(capsys):
    def slow(Z):
        raise KeyboardInterrupt

    assert told(capsys, "softmax", slow) == "check: softmax was stopped\n"


@every_source
def test_check_takes_less_than_50_ms_beside_the_answer(path):
    key = keys.load_key(path.stem)
    right = iter(key.expected * 3)
    best = 1.0
    for _ in range(3):
        start = time.process_time()  # others may keep the machine busy
        check(path.stem, lambda *args: next(right).outputs)
        best = min(best, time.process_time() - start)
    assert best < 0.05


def test_a_key_beside_the_notebook_is_found(tmp_path, monkeypatch, capsys):
    ex = toy()
    text = keys.dump(ex.key())
    (tmp_path / "toy.json").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = told(capsys, "toy", lambda x: 2 * x)
    assert said == (
        "toy: 0 of 1 points, on the numbers of toy.json, beside this "
        "notebook\n  the one is missing from y\n"
    )


# What is said of a wrong output that no mistake explains


def said_of(got, want, facts=None, **rules):
    key = keys.Key(
        "x",
        "f",
        {"y": 1},
        [keys.Case("", [], facts or {})],
        [Outcome({"y": np.asarray(want, float)})],
        **rules,
    )
    done = call(lambda: got, [], ["y"])
    return diagnose.judge_outcomes(key, [done]).parts[0].message


@pytest.mark.parametrize(
    ("got", "want", "said"),
    [
        ([1, 2], [1, 2], "right"),
        (
            [1, 2],
            [[1, 2]],
            "y has the right numbers, but shape (2,), expected (1, 2). An "
            "axis is lost: keep it.",
        ),
        (
            [[1, 2, 3]],
            [[1], [2], [3]],
            "y is the right answer turned round: shape (1, 3), expected "
            "(3, 1).",
        ),
        (
            [1, np.nan],
            [1, 2],
            "y[1] is nan. The other entries are right. A nan may come of inf "
            "- inf, inf / inf, 0 / 0, or a root or logarithm of a number "
            "below 0.",
        ),
        (
            [1, -np.inf],
            [1, 2],
            "y[1] is inf. The other entries are right. An inf may come of a "
            "division by 0, a logarithm of 0, or a large power.",
        ),
        (
            [2, 4],
            [1, 2],
            "y is right up to a factor: the right one times 2.",
        ),
        ([2, 5], [1, 2], "y[1] is 5, expected 2 when m = 7."),
        (3, 2, "y is 3, expected 2 when m = 7."),
        (1j, 2, "y holds complex numbers where numbers belong."),
        ([[1, 2], [3]], [1, 2], "y is no rectangle of numbers."),
        (
            np.ones(1_000_001),
            [1],
            "y has shape (1000001,): far too large.",
        ),
    ],
)
def test_a_wrong_output_is_described(got, want, said):
    assert said_of(got, want, {"m": 7}) == said


@pytest.mark.parametrize(
    ("got", "said"),
    [
        ([0.9, 0.6, 0.1, 0.2], "right"),
        (
            [0.9, 0.6, 0.9, 0.2],
            "y has 75.0% of the points on the right side, wanted 99%.",
        ),
        ([0.5] * 4, "y is 0.5 for every point."),
    ],
)
def test_a_classifier_is_judged_by_its_share(got, said):
    assert said_of(got, [1, 1, 0, 0], least=0.99) == said


def test_single_precision_is_right_and_a_fifth_digit_is_not():
    want = np.linspace(-3, 2, 7)
    assert said_of(want.astype(np.float32), want) == "right"
    assert said_of(want * (1 + 1e-4), want) != "right"


def test_several_outputs_may_come_as_tuple_list_or_dict():
    for value in ((1, 2), [1, 2], {"b": 2, "a": 1}):
        done = call(lambda v=value: v, [], ["a", "b"])
        assert {k: float(v) for k, v in done.outputs.items()} == {
            "a": 1,
            "b": 2,
        }
    done = call(lambda: 1, [], ["a", "b"])
    told = "returns an int, where 2 things belong: a, b."
    assert done.odd == {"a": told, "b": told}
    done = call(lambda: None, [], ["a", "b"])
    assert done.odd["b"].endswith("end with return a, b.")


def test_a_view_names_what_is_compared():
    view = "lambda parts: (len(parts), parts[-1])"
    done = call(lambda: [np.ones(3), np.ones(2)], [], ["k", "last"], view)
    assert done.outputs["k"] == 2
    assert done.outputs["last"].shape == (2,)


# Loading


def test_only_what_the_answer_needs_is_run():
    cells = [
        ["cell 1", "%matplotlib inline\nimport numpy as np\n!rm -rf x"],
        ["cell 2", "eps = 10 ** -3\nwhile True: pass"],
        ["cell 3", "def helper(x):\n    return x + eps"],
        ["cell 4", "other = 1 / 0\nraise SystemExit"],
        ["cell 5", "def broken(:\n    pass"],
        ["cell 6", "%%html\n<b>"],
        ["cell 7", "def f(x):\n    return np.sum(helper(x))"],
    ]
    read = [[label, plain(text)] for label, text in cells]
    answer, failed = loading.load(read, "f")
    assert answer(np.ones(2)) == 2.002
    assert failed == {}


def test_the_reason_for_a_missing_answer_is_kept():
    cells = [["cell 2", "def f(x:\n    return x"]]
    answer, failed = loading.load(cells, "f")
    assert answer is None
    assert failed["f"].startswith("cell 2, line 1 cannot be read: ")
    cells = [["cell 1", "import no_such as n\nf = n.softmax"]]
    answer, failed = loading.load(cells, "f")
    assert answer is None
    assert failed["n"].startswith("no_such is not there when answers are")


# The sandbox


BACKPROP = solution("backprop")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import numpy as np\n" + BACKPROP, "right"),
        pytest.param(
            "def backprop(*args):\n    while True: pass",
            "it takes longer than 1 s: does a loop end?",
            marks=pytest.mark.whole,
        ),
        (
            "import os\ndef backprop(*args):\n    os._exit(0)",
            "it ended the process, or wrote what is no answer.",
        ),
        (
            "import sys\ndef backprop(*args):\n    sys.exit(1)",
            "it stops in cell 1, line 3 with SystemExit: 1",
        ),
        (
            "import os\ndef backprop(*args):\n    while True: os.write(3, "
            "b'0' * 65536)",
            "it ended the process, or wrote what is no answer.",
        ),
        (
            "import mininn as mn\ndef backprop(*args):\n    return mn.f",
            "mininn is not there when answers are graded: write it in NumPy",
        ),
        (
            "def backprop(X, Y, A1, A2, W1, W2, lam):\n    return sigma(X)",
            "it stops in cell 1, line 2 with NameError: name 'sigma' is not "
            "defined",
        ),
        (
            "x = 1",
            "there is no function called backprop in what was handed in.",
        ),
    ],
)
def test_the_child_is_shut_in(box, text, said):
    key = keys.load_key("backprop")
    done = box.run(key, [["cell 1", text]], seconds=1.0)
    verdict = diagnose.judge_outcomes(key, done)
    assert {part.message for part in verdict.parts} == {said}


def test_a_crash_costs_no_case_before_it(box):
    key = keys.load_key("softmax")
    text = (
        "import numpy as np, os\ndef softmax(Z):\n"
        "    if abs(Z).max() > 99: os._exit(0)\n"
        "    E = np.exp(Z)\n    return E / E.sum(axis=0)"
    )
    verdict = diagnose.judge_outcomes(key, box.run(key, [["cell 1", text]]))
    assert [part.points for part in verdict.parts] == [1, 0]


def test_bubblewrap_shows_no_file_no_variable_and_no_network(monkeypatch):
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed: apt-get install bubblewrap")
    monkeypatch.setenv("MININN_SEED", "secret")
    try:
        shut = levels.find(only="bwrap")
    except sandbox.SandboxError as error:
        pytest.skip(str(error))
    text = (
        "import glob, os, socket\n"
        "def f():\n"
        "    seen = glob.glob('/home/*') + glob.glob('/root/*')\n"
        f"    seen += glob.glob({str(ROOT)!r} + '/*')\n"
        "    seen += ['seed'] * ('MININN_SEED' in os.environ)\n"
        "    seen += [os.getuid()] * (os.getuid() == 0)\n"
        "    try: socket.create_connection(('10.0.0.1', 80), 0.2)\n"
        "    except OSError as error: seen += [1] * (error.errno != 101)\n"
        "    return len(seen), int(os.access('/usr', os.W_OK))\n"
    )
    zero = Outcome({"a": np.array(0.0), "b": np.array(0.0)})
    case = keys.Case("", [], {})
    key = keys.Key("x", "f", {"a": 1, "b": 1}, [case], [zero])
    (done,) = shut.run(key, [["cell 1", text]])
    assert done.error == "", done
    assert (done.outputs["a"], done.outputs["b"]) == (0, 0)


def frame(head, *arrays):
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    raw = b"".join(np.asarray(a, float).tobytes() for a in arrays)
    return struct.pack(">I", len(text)) + text + raw


READY = frame({"ready": True})
WHOLE = {"case": 0, "shapes": {"A": [2]}, "odd": {}, "error": ""}


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"\xff" * 100,
        frame(b"[" * 60_000),
        frame(b"[]"),
        frame(b"\xff\xfe{}"),
        frame({}),
        frame(WHOLE | {"case": 1}, [1, 2]),
        frame(WHOLE, [1]),
        frame(WHOLE | {"shapes": {"A": [10**14]}}),
        frame(WHOLE | {"shapes": {"A": [10**6, 10**6]}}),
        frame(WHOLE | {"shapes": {"A": [-1]}}),
        frame(WHOLE | {"shapes": {"A": [-1, -2]}}, [1, 2]),
        frame(WHOLE | {"shapes": {"A": [True, 2]}}, [1, 2]),
        frame(WHOLE | {"shapes": {"A": [1] * 5}}, [1]),
        frame(WHOLE | {"shapes": {"A": 2}}, [1, 2]),
        frame(WHOLE | {"shapes": {"B": [2]}}, [1, 2]),
        frame(WHOLE | {"shapes": [["A", [2]]]}, [1, 2]),
        frame(WHOLE | {"shapes": {}}),
        frame(WHOLE | {"odd": None}, [1, 2]),
    ],
)
def test_a_forged_frame_is_no_outcome(forged):
    key = keys.load_key("softmax")
    assert wire.read(READY + forged, key) == []
    assert wire.read(forged, key) is None
    good = wire.read(READY + frame(WHOLE, [1, 2]) + forged, key)[0]
    assert good.outputs["A"].tolist() == [1, 2]


def test_nothing_is_unpickled():
    for path in (ROOT / "mininn" / "exercises").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("import pickle", "np.load", "marshal", "shelve"):
            assert word not in text, path


# Submissions


def test_a_zip_is_a_folder(tmp_path):
    folder = hand_in(tmp_path / "in", ann="x = 1", bob="x = 2")
    (folder / ".hidden.ipynb").write_text("{}", "utf-8")
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
        archive.writestr("__MACOSX/ann.ipynb", "")
    assert submissions.find(path) == submissions.find(folder)
    assert [s.student for s in submissions.find(path)] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.ipynb", b" \n", "the file is empty."),
        ("a.ipynb", b"{", "is no notebook: it cannot be read."),
        ("a.ipynb", b"[" * 99_999, "is no notebook: it cannot be read."),
        ("a.ipynb", b'{"cells": 3}', "is no notebook: it cannot be read."),
        ("a.pdf", b"%PDF", "hand in the notebook (.ipynb) or a .py file."),
        ("a.py", b" " * (20 * 2**20 + 1), "larger than 20 MB."),
    ],
)
def test_what_cannot_be_read_has_a_reason(name, data, said):
    with pytest.raises(ExerciseError) as error:
        cells.code_cells(name, data)
    assert str(error.value) == said


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_are_understood(code):
    data = "# é\ndef f(x):\n    return x".encode(code)
    assert loading.load(cells.code_cells("a.py", data), "f")[0](3) == 3


def test_the_cells_of_a_program_keep_their_lines():
    data = b"import os\n# %%\ndef g(:\n# %%\ndef f(x):\n    return x / 0\n"
    answer, _ = loading.load(cells.code_cells("a.py", data), "f")
    assert call(answer, [1], ["y"]).where == "your file, line 6"


def test_the_file_that_defines_the_function_is_graded():
    given = ("a.py", b"def f(): 1"), ("b.py", b"x = 1"), ("c.pdf", b"x")
    files = tuple(submissions.File(*file) for file in given)
    student = submissions.Submission("ann", "", files)
    assert student.cells("f")[0] == "a.py"
    assert student.cells("g")[0] == "b.py"
    nothing = submissions.Submission("ann", "", files[2:])
    with pytest.raises(ExerciseError, match=r"c.pdf: hand in the notebook"):
        nothing.cells("f")


# Grading


CLASS = {
    "ann": "import os\n" + BACKPROP,
    "bob": BACKPROP.replace(" / m", ""),
    "cleo": "def backprop(*args):\n    raise NotImplementedError",
    "dan": "def backprop(X, *args):\n    return X, X, X, X",
}


@pytest.fixture(scope="module")
def graded(box, tmp_path_factory):
    """A class graded in two jobs, with all that is left behind."""
    folder = tmp_path_factory.mktemp("graded")
    found = submissions.find(hand_in(folder / "in", **CLASS))
    key = notebooks.exercise(source("backprop")).key("seed")
    grades = grade.grade_all(found, [key], box, folder / "out", jobs=2)
    report.write_reports(grades, [key], folder / "out")
    return folder, found, key, grades


def test_a_class_gets_its_marks(graded):
    folder, *_ = graded
    rows = (folder / "out/grades.csv").read_text("utf-8").splitlines()
    assert rows == [
        "student,id,file,backprop dW1,backprop db1,backprop dW2,"
        "backprop db2,points,of,late,by hand",
        "ann,,ann.ipynb,2,1,1,1,5,5,,",
        "bob,,bob.ipynb,0,0,0,0,0,5,,",
        "cleo,,cleo.ipynb,0,0,0,0,0,5,,",
        "dan,,dan.ipynb,0,0,0,0,0,5,,",
    ]


def test_each_student_gets_feedback(graded):
    folder, *_ = graded
    told = (folder / "out/feedback/bob.md").read_text("utf-8")
    assert told.startswith("# 0 of 5 points\n\nGraded: `bob.ipynb`\n")
    assert "  dW1  what the errors add to your dW1 is 7 times too" in told


def test_the_report_counts_each_mistake_once_a_student(graded):
    folder, *_ = graded
    assert (folder / "out/report.txt").read_text("utf-8") == (
        "4 submissions\n\n"
        "backprop: 1.25 of 5 points on average, 1 with all of them\n"
        "     1  (not attempted): nothing written yet\n"
        "     1  (other): wrong in a way that is not in the bank\n"
        "     1  no_mean: what the errors add to your output is m times too "
        "large: did you forget 1/m?\n"
    )
    assert (folder / "out/report.png").read_bytes()[:4] == b"\x89PNG"


def test_the_table_is_the_same_in_any_order_and_number_of_jobs(
    graded, box, tmp_path
):
    _, found, key, grades = graded
    mixed = random.Random(1).sample(found, len(found))
    again = grade.grade_all(mixed, [key], box, tmp_path, jobs=1)
    assert report.table(again) == report.table(grades)


class Counting:
    """A sandbox that counts its runs, and breaks before the last ones."""

    def __init__(self, box, most=99):
        self.box, self.runs, self.most = box, 0, most

    def run(self, key, cells):
        if self.runs >= self.most:
            raise sandbox.SandboxError("bwrap: gone")
        self.runs += 1
        return self.box.run(key, cells)


def test_an_interrupted_run_goes_on_where_it_stopped(graded, box, tmp_path):
    _, found, key, grades = graded
    weak = Counting(box, most=2)
    with pytest.raises(sandbox.SandboxError, match="bwrap: gone"):
        grade.grade_all(found, [key], weak, tmp_path, jobs=1)
    whole = Counting(box)
    resumed = grade.grade_all(found, [key], whole, tmp_path, jobs=1)
    assert (weak.runs, whole.runs) == (2, 2)
    assert report.table(resumed) == report.table(grades)
    other = replace(key, tol=1e-4)
    grade.grade_all(found[:1], [other], whole, tmp_path, jobs=1)
    assert whole.runs == 3


def test_one_exercise_costs_no_other_its_marks(box):
    text = (
        "import numpy as np, os\ndef softmax(Z, _=os._exit(0)): pass\n"
    ) + BACKPROP
    student = submissions.Submission(
        "a", "", (submissions.File("a.py", text.encode()),)
    )
    both = [keys.load_key(name) for name in ("softmax", "backprop")]
    done = grade.grade_student(student, both, box)
    assert [v.points for v in done.verdicts] == [0, 5]


def test_students_have_files_of_their_own():
    names = ["Ann Doe", "Ann_Doe", "Ann/Doe", "..", "é", "a" * 300, "=1"]
    found = [submissions.Submission(n, "", ()) for n in names]
    slugs = {results.slug(s) for s in found}
    assert len(slugs) == len(names) - 1 or len(slugs) == len(names)
    for slug in slugs:
        assert "/" not in slug
        assert slug.strip(".")


def test_no_cell_of_the_table_is_a_formula(graded):
    _, _, _, grades = graded
    evil = replace(grades[0], student="=1+1", file="@x")
    assert "'=1+1,,'@x," in report.table([evil])


# The commands


def test_a_broken_sandbox_stops_the_run_and_marks_nobody(
    tmp_path, monkeypatch, capsys
):
    folder = hand_in(tmp_path / "in", ann=BACKPROP)
    out = tmp_path / "out"
    broken = sandbox.Sandbox("bwrap", (sys.executable, "-c", "raise OSError"))
    monkeypatch.setattr(levels, "_make", lambda level: broken)
    args = ["grade", "backprop", str(folder), "--out", str(out)]
    assert main(args) == 2
    told = capsys.readouterr().err
    assert "no sandbox works here, so nothing is graded." in told
    assert "bwrap: OSError. Debian, Ubuntu: apt-get install" in told
    assert "--trust-students" in told
    assert not out.exists()


def test_a_sandbox_that_answers_wrongly_is_refused(monkeypatch):
    monkeypatch.setattr(levels, "_make", lambda level: Liar("uid", ()))
    with pytest.raises(sandbox.SandboxError, match="a right answer gives"):
        levels.find(only="uid")


class Liar(sandbox.Sandbox):
    def run(self, key, cells):
        return [Outcome({"y": np.zeros(2)})]


def test_grade_needs_a_source_and_submissions(tmp_path, capsys):
    assert main(["grade", "nothing", str(tmp_path)]) == 2
    assert "nothing.ipynb. There are: " in capsys.readouterr().err
    assert main(["grade", "softmax", str(tmp_path)]) == 2
    assert "holds no submission." in capsys.readouterr().err
    assert main(["grade", "softmax", str(tmp_path / "no")]) == 2
    assert "is neither a folder nor a zip." in capsys.readouterr().err


def test_grade_runs_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MININN_SEED", "secret")
    folder = hand_in(tmp_path / "in", ann=BACKPROP)
    out = tmp_path / "out"
    args = ["grade", "backprop", str(folder), "--out", str(out)]
    assert main([*args, "--trust-students"]) == 0
    told = capsys.readouterr()
    assert "1/1  ann: 5 of 5" in told.err
    assert "MININN_SEED" not in told.err
    assert (out / "grades.csv").exists()


@pytest.mark.whole
def test_build_without_a_place_for_ones_own_sources_is_refused(
    tmp_path, capsys
):
    shutil.copy(SOURCES[0], tmp_path)
    assert main(["build", "--source", str(tmp_path)]) == 1
    assert "give --out FOLDER." in capsys.readouterr().err
    out = tmp_path / "out"
    args = ["build", "--source", str(tmp_path), "--out", str(out)]
    assert main(args) == 0
    told = capsys.readouterr()
    assert "MININN_SEED is not set" in told.err
    assert (out / "release" / SOURCES[0].name).exists()


# Export


def test_canvas_gets_its_own_table_back(tmp_path):
    book = (
        "Student,ID,SIS Login ID,Week 1 (77),Final (78)\n"
        "    Points Possible,,,5,\n"
        '"Doe, Ann",101,ann,,\n"Roe, Bob",102,bob,3,\n'
    )
    rows = [
        {"student": "doeann", "id": "101", "points": "5", "of": "5"},
        {"student": "roebob", "id": "", "points": "4.5", "of": "5"},
        {"student": "x", "id": "999", "points": "1", "of": "5"},
    ]
    text, missing = export.canvas(rows, book, "Week 1")
    assert missing == ["x: no rows have number 999"]
    assert text.splitlines()[2:] == [
        '"Doe, Ann",101,ann,5,',
        '"Roe, Bob",102,bob,4.5,',
    ]
    with pytest.raises(ExerciseError) as error:
        export.canvas(rows, book, "Week 2")
    assert str(error.value) == (
        "export: 0 columns begin with 'Week 2'. Give --column one of: "
        "Student, ID, SIS Login ID, Week 1 (77), Final (78)."
    )


def test_moodle_gets_marks_out_of_its_maximum(tmp_path, capsys):
    sheet = (
        "Identifier,Full name,Grade,Maximum grade,Feedback comments\n"
        "Participant 31,Ann Doe,,100.00,\n"
    )
    folder = tmp_path / "grades"
    folder.mkdir()
    (folder / "grades.csv").write_text(
        "student,id,points,of\nAnn Doe,31,4,5\nBob,32,1,5\n", "utf-8"
    )
    path = tmp_path / "sheet.csv"
    path.write_text(sheet, encoding="utf-8-sig")
    args = ["export", str(folder), "--to", "moodle", "--csv", str(path)]
    assert main(args) == 1
    told = capsys.readouterr().err
    assert "no mark in sheet.csv: Bob: no rows have number 32" in told
    line = (folder / "moodle.csv").read_text("utf-8").splitlines()[1]
    assert line == "Participant 31,Ann Doe,80,100.00,"
    assert main(["export", str(path), "--to", "moodle", "--csv", "x"]) == 2


def test_the_nbgrader_source_gives_part_of_the_points():
    book = json.loads(targets.nbgrader(source("backprop")))
    ours = [c for c in book["cells"] if "nbgrader" in c["metadata"]]
    answer, test = ours
    assert "### BEGIN SOLUTION" in "".join(answer["source"])
    assert answer["metadata"]["nbgrader"]["solution"] is True
    assert test["metadata"]["nbgrader"]["points"] == 5
    space = {}
    exec("import numpy as np\n" + "".join(answer["source"]), space)
    *body, last = "".join(test["source"]).strip().split("\n")
    exec("from mininn.exercises import check\n" + "\n".join(body), space)
    assert eval(last, space) == 5
    assert "@ex." not in json.dumps(book)


@pytest.mark.whole
def test_the_gradescope_zip_grades_by_itself(tmp_path):
    try:
        levels.find()
    except sandbox.SandboxError as error:
        pytest.skip(str(error))
    key = notebooks.exercise(source("backprop")).key("seed")
    root = tmp_path / "autograder"
    with zipfile.ZipFile(io.BytesIO(targets.gradescope(key))) as archive:
        dates = {entry.date_time for entry in archive.infolist()}
        archive.extractall(root / "source")
    assert dates == {(1980, 1, 1, 0, 0, 0)}
    hand_in(root / "submission", backprop=BACKPROP.replace(" / m", ""))
    subprocess.run(
        [sys.executable, "-m", "mininn.exercises.classroom.gradescope", root],
        cwd=root / "source",
        check=True,
    )
    told = json.loads((root / "results/results.json").read_text("utf-8"))
    assert [test["score"] for test in told["tests"]] == [0, 0, 0, 0]
    assert told["tests"][0] == {
        "name": "backprop dW1",
        "score": 0,
        "max_score": 2,
        "output": "what the errors add to your dW1 is 7 times too large: "
        "did you forget 1/m?",
        "visibility": "visible",
    }


def test_nothing_is_run_as_ourselves_unless_trusted():
    with pytest.raises(sandbox.SandboxError, match="Give --trust-students"):
        levels.find(only="none")
    assert levels.find(trust=True, only="none").level == "none"
