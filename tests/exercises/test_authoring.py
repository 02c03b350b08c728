"""An author's sources: what stops a build, where it says so, what it wrote."""

import os
import stat

import pytest

from mininn.exercises import ExerciseError
from mininn.exercises.__main__ import main
from mininn.exercises.author import build, notebooks, wheel

ANSWER = """def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION"""
GRADER = """from mininn.exercises import Exercise

ex = Exercise("double", {"y": 1}, double)


@ex.cases
def _(rng):
    yield "", [rng.standard_normal((1, 3))], {"m": 3}"""
MISTAKE = """@ex.mistake("your {out} has its sign turned round.")
def sign(x):
    return -2 * x"""


def cell(text, *tags):
    made = notebooks.cell("code", text)
    made["metadata"]["tags"] = list(tags)
    return made


def written(folder, name="double", **texts):
    """Write a source, with some of its cells replaced; return its path."""
    parts = {
        "words": "import numpy as np",
        "answer": ANSWER,
        "check": 'check("double", double)',
        "grader": GRADER,
        "mistakes": MISTAKE,
        "selftest": "print(ex.selftest())",
    } | texts
    tags = {"words": "", "mistakes": "grader"}
    cells = [
        cell(text, *filter(None, [tags.get(part, part)]))
        for part, text in parts.items()
    ]
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.ipynb"
    path.write_text(notebooks.dump(name, cells), encoding="utf-8")
    return path


def built(folder, out, *names):
    args = ["build", *names, "--source", str(folder), "--out", str(out)]
    return main(args)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            {"mistakes": MISTAKE + MISTAKE.replace("sign", "\nminus", 1)},
            "double.ipynb, cell 5, line 3: SyntaxError: ",
        ),
        (
            {"grader": GRADER.replace("double)", "doubl)")},
            "double.ipynb, cell 4, line 3: NameError: name 'doubl' is not "
            "defined",
        ),
        (
            {"grader": GRADER.replace("(rng)", "(rng")},
            "double.ipynb, cell 4, line 7: SyntaxError: '(' was never closed",
        ),
        (
            {"grader": GRADER.replace("standard_normal", "normals")},
            "double.ipynb, cell 4, line 8: AttributeError: ",
        ),
        (
            {"mistakes": MISTAKE.replace("round.", 200 * "!")},
            "double.ipynb, cell 5, line 1: exercise double: the message ",
        ),
        (
            {"mistakes": MISTAKE.replace("{out}", "{k}")},
            "double.ipynb, cell 5: exercise double: the message of mistake "
            "sign asks for 'k'",
        ),
        (
            {"grader": GRADER.replace('"y": 1', '"y": 1, "y:large": 2')},
            "double.ipynb: exercise double: points are for the groups ",
        ),
        (
            {"answer": ANSWER.replace("2 * x", "2 * y")},
            "double.ipynb: exercise double: the solution fails",
        ),
        (
            {"check": 'check("softmax", softmax)'},
            "double.ipynb, cell 3: the check must be check('double', double), "
            "got check('softmax', softmax).",
        ),
        (
            {"check": "# check('double', double)"},
            "double.ipynb, cell 3: the check must be check('double', double), "
            "got no call.",
        ),
        (
            {"check": "check('double', double"},
            "double.ipynb, cell 3, line 1: SyntaxError: '(' was never closed",
        ),
        (
            {"grader": GRADER.replace('"double"', '"twice"')},
            "double.ipynb: no grader cell makes an Exercise called 'double'. "
            "The name is that of the file.",
        ),
    ],
)
def test_what_an_author_did_wrong_is_said_with_its_cell(
    texts, said, tmp_path, capsys
):
    written(tmp_path / "in", **texts)
    assert built(tmp_path / "in", tmp_path / "out") == 1
    assert f"mininn.exercises: {said}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("mistakes", "fault"),
    [
        (
            MISTAKE.replace("-2 * x", "x + x"),
            "mistake sign gets full marks",
        ),
        (
            f"{MISTAKE}\n\n\n@ex.accept\ndef half(x):\n    return x / 2",
            "right answer half loses marks",
        ),
        (
            MISTAKE + "\n\n\n" + MISTAKE.replace("sign(", "minus("),
            "mistake minus is told of sign: y",
        ),
    ],
)
def test_a_build_refuses_what_its_quick_self_test_finds(
    mistakes, fault, tmp_path, capsys
):
    written(tmp_path / "in", mistakes=mistakes)
    assert built(tmp_path / "in", tmp_path / "out") == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("mininn.exercises: double.ipynb, cell 5: ")
    assert fault in said
    assert not (tmp_path / "out").exists()


def test_one_bad_source_stops_the_whole_build(tmp_path, capsys):
    written(tmp_path / "in")
    bad = tmp_path / "in" / "zz.ipynb"
    bad.write_text("not a notebook", encoding="utf-8")
    assert built(tmp_path / "in", tmp_path / "out") == 1
    assert f"{bad} is no notebook of format 4" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert built(tmp_path / "in", tmp_path / "out", "double") == 0


@pytest.mark.parametrize("text", ["[]", '{"cells": [{}]}', '{"cells": 3}'])
def test_what_is_no_notebook_is_refused_in_words(text, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExerciseError, match="is no notebook of format 4"):
        notebooks.read(path)


def test_a_folder_or_a_name_that_is_not_there_is_an_error(tmp_path, capsys):
    assert built(tmp_path / "nope", tmp_path / "out") == 1
    assert "there is no folder " in capsys.readouterr().err
    assert main(["build", "--source", "nope"]) == 1
    assert "there is no folder nope. Give --source" in capsys.readouterr().err
    written(tmp_path / "in")
    assert built(tmp_path / "in", tmp_path / "out", "triple") == 1
    assert "triple.ipynb. There are: double." in capsys.readouterr().err


def test_build_names_the_folders_of_what_it_wrote(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MININN_SEED", "some words")
    written(tmp_path / "in")
    assert built("in", "build") == 0
    told = capsys.readouterr()
    assert told.err == "double: the self-test passed\n"
    assert told.out.splitlines() == [
        "double:",
        "  build/release/double.ipynb",
        "  build/release/double.json",
        "  build/answers/double.ipynb",
        "  build/nbgrader/source/double/double.ipynb",
        "  build/gradescope/double.zip",
        "mininn:",
        f"  build/release/{wheel.file_name()}",
    ]
    assert built("in", "build") == 0
    assert capsys.readouterr().out.splitlines() == [
        "double: unchanged",
        "mininn: unchanged",
    ]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_what_is_built_is_for_the_author_alone(tmp_path):
    written(tmp_path / "in")
    out = tmp_path / "build"
    out.mkdir(mode=0o755)
    assert built(tmp_path / "in", out) == 0
    for path in [out, *out.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("seeds", ["0", "-3", "x", "²"])
def test_a_self_test_tries_one_draw_at_least(seeds, capsys):
    with pytest.raises(SystemExit):
        main(["selftest", "softmax", "--seeds", seeds])
    said = capsys.readouterr().err
    assert f"--seeds: must be 1 or more, got {seeds}" in said


def test_the_self_test_is_run_on_the_numbers_that_are_used(
    tmp_path, monkeypatch
):
    source = notebooks.read(written(tmp_path))
    ex = notebooks.exercise(source)
    drawn = []
    whole = ex.key
    monkeypatch.setattr(ex, "key", lambda s: drawn.append(s) or whole(s))
    build.proved(source, ex, ["public", "ours"])
    assert drawn == ["public", "ours"]
    ex.mistakes["none"] = ("", ex.answer)
    with pytest.raises(ExerciseError, match="mistake none gets full marks"):
        build.proved(source, ex, ["public"])
