"""The commands that the page for instructors prints, run on a small class."""

import csv
import io
import os
import re
import shlex
from datetime import datetime

import authors_page
import pytest
from places import BOOK

from mininn.exercises.__main__ import main, parser
from mininn.exercises.author import notebooks
from mininn.exercises.classroom import levels

TEXT = (BOOK / "instructors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|text)\n(.*?)```", TEXT, re.DOTALL)
SOURCE = BOOK / "exercises" / "source"


def solved(name):
    source = notebooks.read(SOURCE / f"{name}.ipynb")
    return "\n\n".join(map(notebooks.solved, source.texts("answer")))


def hand_in(folder, **answers):
    """Write a notebook for each student."""
    folder.mkdir()
    for name, texts in answers.items():
        cells = [notebooks.cell("code", "import numpy as np")]
        cells += [notebooks.cell("code", text) for text in texts]
        path = folder / f"{name}.ipynb"
        path.write_text(notebooks.dump("x", cells), encoding="utf-8")


def words():
    """Return the words of each command, and the text of each file, in order.

    What all exercises are built for takes minutes: two are built here.
    """
    for kind, text in BLOCKS:
        if kind == "text":
            yield text
            continue
        for line in text.replace("\\\n", " ").splitlines():
            given = shlex.split(line)
            if given[0] == "python":
                yield given[3:]


def shortened(given):
    """Return a command as it is run here: fewer exercises, our own box."""
    if given[:2] == ["build", "--out"]:
        return ["build", "softmax", *given[1:]]
    if given[0] in ("grade", "why"):
        return [*given, "--trust-students"]
    return given


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """All commands of the page, in its order: code and output of each."""
    home = tmp_path_factory.mktemp("term")
    softmax, backprop = solved("softmax"), solved("backprop")
    wrong = backprop.replace(" / m", "")
    assert wrong != backprop
    hand_in(
        home / "submissions",
        ann=[softmax, backprop],
        bob=[softmax, wrong],
    )
    hand_in(home / "late", cleo=[softmax, backprop])
    hand_in(home / "downloads", ann_week4=[softmax])
    (home / "whose.csv").write_text(
        "file,student\nann_week4.ipynb,Ann Doe\n", "utf-8"
    )
    (home / "gradebook.csv").write_text(
        "Student,ID,SIS Login ID,Week 4 (77)\n    Points Possible,,,100\n"
        '"Ann",101,ann,\n"Bob",102,bob,\n',
        "utf-8",
    )
    (home / "worksheet.csv").write_text(
        "Identifier,Full name,Status,Grade,Maximum grade,"
        "Last modified (grade),Feedback comments\n"
        "Participant 31,ann,,,100,-,\nParticipant 32,bob,,,100,-,\n",
        "utf-8",
    )
    handed_in = datetime(2026, 11, 30, 17).timestamp()  # in time
    for path in home.rglob("*.ipynb"):
        os.utime(path, (handed_in, handed_in))
    authors_page.write(home / "my-course")
    right = authors_page.solution()
    hand_in(home / "leaky-submissions", ann=[right])
    ran = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("MININN_SEED", "some words of your own")
        for given in words():
            if isinstance(given, str):
                (home / "grades" / "overrides.csv").write_text(given, "utf-8")
            elif "--dask" in given:
                assert parser().parse_args(given).dask.startswith("tcp://")
            else:
                ran.append((given, main(shortened(given))))
    return home, ran


@pytest.mark.whole
def test_every_command_of_the_page_works(term):
    _, ran = term
    assert len(ran) >= 16
    for given, code in ran:
        assert code == 0, given


@pytest.mark.whole
def test_the_files_that_the_page_names_are_there(term):
    home, _ = term
    named = set(re.findall(r"`(grades/[\w.-]+)`", TEXT))
    assert {"grades/canvas.csv", "grades/moodle.csv"} <= named
    for name in named:  # feedback goes back by the numbers of a system
        assert "-feedback.zip" in name or (home / name).exists(), name
    for name in ("grades.csv", "files.txt", "report.txt", "report.png"):
        assert (home / "grades" / name).exists(), name
    for folder in re.findall(r"^\| `([\w/]+)` \| ", TEXT, re.MULTILINE)[:4]:
        assert (home / "build" / folder).is_dir(), folder


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.whole
def test_late_ones_are_marked_and_a_mark_by_hand_is_exported(term):
    home, _ = term
    marks = {
        row["student"]: row
        for row in rows((home / "grades" / "grades.csv").read_text("utf-8"))
    }
    assert set(marks) == {"ann", "bob", "cleo"}
    assert marks["cleo"]["late"]
    plain = (home / "grades" / "marks.csv").read_text("utf-8-sig")
    points = {r["student"]: r["points"] for r in rows(plain)}
    assert float(points["bob"]) == pytest.approx((3 + 3) / 8 * 10)
    told = (home / "grades" / "feedback" / "bob.md").read_text("utf-8")
    assert "The page said rows where it meant columns." in told


def test_the_page_names_every_option_and_level():
    commands = parser()._subparsers._group_actions[0].choices
    for name, command in commands.items():
        for action in command._actions:
            for option in action.option_strings[-1:]:
                if option not in ("--help", "--comments", "--submissions"):
                    assert option in TEXT or option == "--grades", name
    for level in levels.LEVELS:
        assert f"`{level}`" in TEXT


QUESTIONS = {  # what teachers asked, and words of the answer
    "how students get mininn": "gets `mininn` where it is missing",
    "how feedback reaches 120 students": "## Feedback for a class",
    "how exact": "## How exact an answer must be",
    "which file wins": "## Which file counts",
    "one student again": "**One student again.**",
    "late": "**Late submissions.**",
    "another scale": "## Points of another scale",
    "seeing a case": '**"Why did I lose this?"**',
    "an exercise of one's own": "{doc}`authors` has every field",
    "a self-test without JupyterLab": "You need no JupyterLab",
    "a name of the book": "a name of the book, too",
    "versions of Python": "needs Python 3.11 or newer",
    "levels": "takes no other word",
    "what build wrote": "named with its folder",
    "links": "Links in these notebooks lead to",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_a_teacher_has_its_answer(question):
    assert QUESTIONS[question] in TEXT
