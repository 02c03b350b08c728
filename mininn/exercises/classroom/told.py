"""Whose a file is, where the teacher has to say it: a pattern or a table."""

import csv
import io
import re
from collections.abc import Iterable

from mininn.exercises.classroom.downloads import File
from mininn.exercises.classroom.layouts import Owner, Owners, whole
from mininn.exercises.judge.keys import ExerciseError


def by_pattern(files: Iterable[File], pattern: str) -> Owners:
    """Return whose each file is by a teacher's own regular expression.

    It is searched in the path; ``(?P<student>…)`` says whose the file is, and
    ``id``, ``file``, ``number`` and ``time`` may say more. nbgrader's names
    ``student_id``, ``file_id`` and ``timestamp`` mean the same.

    Raises
    ------
    ExerciseError
        When it is no regular expression, or names no student.
    """
    try:
        look = re.compile(pattern)
    except re.error as error:
        raise ExerciseError(
            f"--names: {pattern} is no regular expression: {error}."
        ) from None
    if not {"student", "student_id"} & set(look.groupindex):
        raise ExerciseError(
            f"--names: {pattern} has no group (?P<student>...), which says "
            f"whose a file is."
        )
    owners: Owners = {}
    for file in files:
        if found := look.search(file.path):
            said = {k: v for k, v in found.groupdict().items() if v}
            owners |= _said(file.path, said)
    return owners


def _said(path, said):
    """Return the owner that the groups of a pattern name."""
    student = said.get("student") or said.get("student_id")
    if not student:
        return {}
    when = re.findall(r"\d+", said.get("time", said.get("timestamp", "")))
    digits = re.findall(r"\d+", said.get("number", ""))
    owner = Owner(
        student,
        said.get("file") or path,
        said.get("id", ""),
        number=whole(digits[0]) if digits else 0,
        sent=tuple(map(whole, when)),
    )
    return {path: [owner]}


def by_table(files: Iterable[File], text: str) -> Owners:
    """Return whose each file is by a table ``file,student[,id]``.

    A file is a path in the download, or a name that only one file has.

    Raises
    ------
    ExerciseError
        When the table has other columns, or names a file that is not there.
    """
    dialect = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=dialect)
    columns = {(c or "").strip().lower(): c for c in rows.fieldnames or []}
    if not {"file", "student"} <= set(columns):
        raise ExerciseError(
            "--table: the first line must be file,student or "
            f"file,student,id; it is {', '.join(rows.fieldnames or [])}."
        )
    paths = [file.path for file in files]
    owners: Owners = {}
    for row in rows:
        file, student, number = (
            (row.get(columns.get(c, "")) or "").strip()
            for c in ("file", "student", "id")
        )
        if file and student:
            path = _one(paths, file)
            owners.setdefault(path, []).append(Owner(student, file, number))
    return owners


def _one(paths, file):
    """Return the only path that a table can mean by a file."""
    if file in paths:
        return file
    found = [p for p in paths if p.endswith(f"/{file}")]
    if len(found) != 1:
        many = len(found) or "no"
        raise ExerciseError(
            f"--table: {many} files are called {file}: write the path that "
            f"--list shows."
        )
    return found[0]
