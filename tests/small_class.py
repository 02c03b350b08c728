"""A class of a few students and an exercise that takes no time to grade."""

import csv
import io
import zipfile

from mininn.exercises.__main__ import main
from mininn.exercises.author import notebooks
from mininn.exercises.classroom import levels
from mininn.exercises.judge import loading
from mininn.exercises.judge.outcomes import Outcome, call

GRADER = """import numpy as np
from mininn.exercises import Exercise
ex = Exercise('toy', {'y:small': 1, 'y:large': 2}, toy)

@ex.cases
def _(rng):
    for group, scale in (('small', 1), ('large', 1000)):
        for m in (1, 2):
            yield group, [scale * rng.uniform(1, 2, (2, m)), 3], {'m': m}

@ex.mistake('your {out} lacks the shift.')
def no_shift(X, shift):
    return 2 * X
"""
ANSWER = "def toy(X, shift):\n    return 2 * X + shift"
RIGHT = ANSWER
WRONG = "def toy(X, shift):\n    return 2 * X"
HALF = "def toy(X, shift):\n    return 2 * X + shift * (X < 500)"


def source(folder, answer=ANSWER, name="toy"):
    """Write the source of the exercise; return its folder."""
    folder.mkdir(exist_ok=True)
    head, _, last = answer.partition("\n")
    marked = f"{head}\n    # BEGIN SOLUTION\n{last}\n    # END SOLUTION"
    cells = []
    for tag, text in (
        ("answer", marked),
        ("check", f"check('{name}', toy)"),
        ("grader", GRADER.replace("'toy'", f"'{name}'")),
        ("selftest", "1"),
    ):
        cell = notebooks.cell("code", text)
        cell["metadata"]["tags"] = [tag]
        cells.append(cell)
    path = folder / f"{name}.ipynb"
    path.write_text(notebooks.dump(name, cells), encoding="utf-8")
    return folder


def notebook(text):
    """Return the bytes of a notebook with one cell."""
    return notebooks.dump("x", [notebooks.cell("code", text)]).encode()


def hand_in(folder, **answers):
    """Write a notebook a student; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for student, text in answers.items():
        (folder / f"{student}.ipynb").write_bytes(notebook(text))
    return folder


def download(path, answers):
    """Write a zip as a system makes it: a notebook under each name."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in answers.items():
            archive.writestr(name, notebook(text))
    return path


class Here:
    """Runs answers of ours in this process, and counts the runs."""

    level, reach = "none", levels.THINGS

    def __init__(self, slow=()):
        self.runs, self.slow = [], list(slow)

    def run(self, key, cells):
        answer, _ = loading.load(cells, key.function)
        self.runs.append(key.name)
        for text in self.slow:
            if text in cells[0][1]:
                self.slow.remove(text)
                late = Outcome(error="Timeout", text="it takes longer.")
                return [late] * len(key.cases)
        return [
            call(answer, case.args, key.outputs, key.view)
            for case in key.cases
        ]


class Desk:
    """A teacher's desk: the commands, run in a folder of its own."""

    def __init__(self, folder, monkeypatch, capsys):
        self.folder, self.capsys = folder, capsys
        self.setenv, self.patch = monkeypatch.setenv, monkeypatch.setattr
        self.source, self.out = source(folder / "source"), folder / "grades"
        self.use(Here())
        self.seed("a secret")

    def use(self, box):
        self.box = box
        self.patch(levels, "find", lambda *_: box)

    def seed(self, words):
        self.setenv("MININN_SEED", words)

    def run(self, *words):
        """Run a command; return its code, and what it said."""
        self.capsys.readouterr()
        code = main([str(word) for word in words])
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def grade(self, place, *more, names=("toy",)):
        place = place if hasattr(place, "parts") else self.folder / place
        where = ("--out", self.out, "--source", self.source, "--jobs", 1)
        return self.run("grade", *names, place, *where, *more)

    def rows(self):
        """Return the rows of ``grades.csv`` by student."""
        text = (self.out / "grades.csv").read_text("utf-8")
        return {r["student"]: r for r in csv.DictReader(io.StringIO(text))}

    def points(self):
        return {n: float(r["points"]) for n, r in self.rows().items()}
