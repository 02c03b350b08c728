"""Feedback as zips that Canvas and Moodle take back, a file a student.

Canvas knows a file by its name, which must be the one that it gave, and shows
it to the student under the student's own. So the notebook goes back with the
feedback in its first cell. Moodle takes any file in the student's folder.
"""

import html
import io
import json
import re
import zipfile
from pathlib import Path

from mininn.exercises.classroom import late
from mininn.exercises.classroom.downloads import File
from mininn.exercises.classroom.layouts import in_canvas
from mininn.exercises.classroom.report import feedback, plain_feedback
from mininn.exercises.classroom.results import Grade, Record
from mininn.exercises.classroom.submissions import Submission
from mininn.exercises.judge.keys import ExerciseError

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Feedback</title>
<pre>{}</pre>
"""


def found(records: list[Record], exercises: list[str]) -> list[Submission]:
    """Return what was graded, from the places where it was.

    Raises
    ------
    ExerciseError
        When a place is not there any more.
    """
    wanted = {(r.grade.student, r.grade.id) for r in records}
    places = dict.fromkeys(record.place for record in records)
    there = {}
    for place in places:
        if not place.path or not Path(place.path).exists():
            raise ExerciseError(
                f"{place.path or 'the folder of submissions'} is not there "
                f"any more. Put it back, or grade again from where it is now."
            )
        for s in place.survey(exercises).submissions:
            there[s.student, s.id] = s
    return [there[who] for who in sorted(wanted & set(there))]


def canvas(
    grades: list[Grade], handed_in: list[Submission]
) -> tuple[bytes, list[str]]:
    """Return a zip for Canvas's "Upload Submissions", and who is not in it.

    Raises
    ------
    ExerciseError
        When nobody can be.
    """
    told = {(g.student, g.id): g for g in grades}
    files, missing = {}, []
    for submission in handed_in:
        grade = told[submission.student, submission.id]
        taken = [
            file
            for file in late.graded_files(submission, grade)
            if in_canvas(Path(file.path).name)
        ]
        for file in taken:
            files[Path(file.path).name] = with_feedback(file, grade)
        if not taken:
            missing.append(
                f"{submission.student}: no graded file has Canvas's numbers "
                f"in its name"
            )
    if not files:
        raise ExerciseError(
            "what was graded is no download of Canvas's, which knows a file "
            "by the numbers in its name."
        )
    return zipped(files), missing


def with_feedback(file: File, grade: Grade) -> bytes:
    """Return a notebook with feedback in its first cell; a program, above."""
    if not file.name.endswith(".ipynb"):
        lines = plain_feedback(grade).splitlines()
        above = "".join(f"# {line}".rstrip() + "\n" for line in lines)
        return above.encode() + b"\n" + file.data
    cell = {
        "cell_type": "markdown",
        "id": "feedback",
        "metadata": {},
        "source": feedback(grade),
    }
    try:
        book = json.loads(file.data)
        if (book["nbformat"], book.get("nbformat_minor", 0)) < (4, 5):
            del cell["id"]
        cells = book["cells"] if "cells" in book else book["worksheets"][0]
        (cells if isinstance(cells, list) else cells["cells"]).insert(0, cell)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        new = {"cells": [cell], "metadata": {}, "nbformat": 4}
        book = new | {"nbformat_minor": 5}
    return (json.dumps(book, ensure_ascii=False, indent=1) + "\n").encode(
        errors="replace"
    )


def moodle(grades: list[Grade]) -> tuple[bytes, list[str]]:
    """Return a zip for Moodle's "Upload multiple feedback files in a zip".

    Beside it, who is not in it.

    Raises
    ------
    ExerciseError
        When nobody can be.
    """
    files, missing = {}, []
    for grade in grades:
        if not grade.id:
            missing.append(f"{grade.student}: Moodle's number is not known")
            continue
        name = re.sub(r"[\W_]+", " ", grade.student).strip() or "student"
        folder = f"{name}_{grade.id}_assignsubmission_file_"
        page = PAGE.format(html.escape(plain_feedback(grade), quote=False))
        files[f"{folder}/feedback.html"] = page.encode(errors="replace")
    if not files:
        raise ExerciseError(
            "what was graded is no download of Moodle's, which knows a "
            "student by the number in the name of the folder."
        )
    return zipped(files), missing


def zipped(files: dict[str, bytes], programs: tuple = ()) -> bytes:
    """Return a zip of files, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else the next line means nothing
            entry.external_attr = (0o755 if name in programs else 0o644) << 16
            archive.writestr(entry, data)
    return out.getvalue()
