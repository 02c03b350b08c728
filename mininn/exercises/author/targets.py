"""The same exercise for other systems: nbgrader and Gradescope."""

import io
import zipfile
from importlib import resources

from mininn.exercises.author import notebooks
from mininn.exercises.author.notebooks import Source
from mininn.exercises.judge.keys import Key, dump

SETUP = """#!/usr/bin/env bash
apt-get update -qq
apt-get install -y -qq python3 python3-numpy python3-ipython
"""
RUN = """#!/usr/bin/env bash
cd /autograder/source
chmod 700 /autograder/source
python3 -m mininn.exercises.classroom.gradescope /autograder
"""
IMPORT = "from mininn.exercises import check, score"
PACKAGES = ("judge", "classroom")  # all of mininn that the zip needs


def nbgrader(source: Source) -> str:
    """Return an nbgrader source notebook: one test cell, partial credit.

    The test cell's value is the number of points, so nbgrader gives part of
    them; what a student reads there is what ``check`` says.
    """
    points = sum(notebooks.exercise(source).points.values())
    cells = []
    for tag, kind, text, _ in source.cells:
        if tag == "answer":
            text = notebooks.SOLUTION.sub(_marked, text)
            meta = _grading(f"{source.name}-answer", solution=True)
        elif tag == "check":
            text = f"{IMPORT}\n\n{text.strip()}\n{_score(text)}"
            meta = _grading(f"{source.name}-check", grade=True, locked=True)
            meta["points"] = points
        elif tag:
            continue
        else:
            meta = None
        cell = notebooks.cell(kind, text)
        if meta:
            cell["metadata"]["nbgrader"] = meta
        cells.append(cell)
    return notebooks.dump(source.name, cells)


def _marked(found):
    """Return a solution between nbgrader's own markers."""
    begin, end = "### BEGIN SOLUTION", "### END SOLUTION"
    return f"{found[1]}{begin}\n{found[2]}{found[1]}{end}\n"


def _score(text):
    """Return the line whose value is the points."""
    call = text.strip().splitlines()[-1]
    return call.replace("check(", "score(", 1)


def _grading(name, grade=False, solution=False, locked=False):
    """Return nbgrader's metadata of a cell."""
    return {
        "grade": grade,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }


def gradescope(key: Key) -> bytes:
    """Return an autograder zip for a key: the same bytes for the same key."""
    package = resources.files("mininn.exercises")
    files = {
        "setup.sh": SETUP,
        "run_autograder": RUN,
        "key.json": dump(key),
        "mininn/__init__.py": "",
        "mininn/exercises/__init__.py": "",
    }
    for name in PACKAGES:
        for file in (package / name).iterdir():
            if file.name.endswith(".py"):
                text = file.read_text(encoding="utf-8")
                files[f"mininn/exercises/{name}/{file.name}"] = text
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            runs = name in ("setup.sh", "run_autograder")
            entry.external_attr = (0o755 if runs else 0o644) << 16
            archive.writestr(entry, text)
    return out.getvalue()
