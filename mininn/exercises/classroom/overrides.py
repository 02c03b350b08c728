"""Marks given by hand: ``overrides.csv`` in the folder of grades.

A line has a student (name or number), an exercise, points, and a reason that
the student reads. The file is the teacher's: no run writes into it.
"""

from dataclasses import replace
from pathlib import Path

from mininn.exercises.classroom import tables
from mininn.exercises.classroom.results import Grade, Override
from mininn.exercises.judge.keys import ExerciseError

FILE = "overrides.csv"
COLUMNS = ("student", "exercise", "points", "reason")


def apply(grades: list[Grade], folder: Path) -> list[Grade]:
    """Return the grades with what ``folder/overrides.csv`` says, if any.

    Raises
    ------
    ExerciseError
        When a line is for nobody, for several students, for an exercise
        that was not graded, or gives points that there are not.
    """
    path = folder / FILE
    made = [replace(grade, by_hand={}) for grade in grades]
    if not path.is_file():
        return made
    for line, row in _lines(path):
        try:
            _enter(made, *row)
        except ExerciseError as error:
            raise ExerciseError(f"{path}, line {line}: {error}") from None
    return made


def _lines(path):
    """Return (number, cells in the order of ``COLUMNS``) of each line."""
    text, _ = tables.decoded(path.read_bytes(), str(path))
    table = tables.parsed(text, f"a table like {FILE}")
    for i in range(len(table.raw)):
        if any(table.row(i)[len(table.head) :]):
            raise ExerciseError(
                f"{path}, line {i + 1}: there are more cells than columns. A "
                f"reason that holds a {table.delimiter!r} belongs in quotes."
            )
    places = [table.find(title) for title in COLUMNS]
    if None in places:
        raise ExerciseError(
            f"{path} must begin with the line {','.join(COLUMNS)}; it has "
            f"{', '.join(table.head)}."
        )
    columns = [table.column(place) for place in places]
    lines = enumerate(zip(*columns, strict=True), 2)
    return [(number, row) for number, row in lines if any(row)]


def _enter(grades, student, exercise, points, reason):
    """Put one correction into the grade that it is for."""
    these = [
        grade
        for grade in grades
        if student and student in (grade.student, grade.id)
    ]
    if len(these) != 1:
        many = f"{len(these)} students have" if these else "no student has"
        raise ExerciseError(
            f"{many} the name or number {student!r}. Write it as in "
            f"grades.csv."
        )
    (grade,) = these
    totals = {v.exercise: v.of for v in grade.verdicts}
    if exercise not in totals:
        raise ExerciseError(
            f"{exercise!r} was not graded. There is: {', '.join(totals)}."
        )
    value = tables.number(points)
    if value is None or not 0 <= value <= totals[exercise]:
        raise ExerciseError(
            f"points must be from 0 to {totals[exercise]:g}, got {points!r}."
        )
    if not reason:
        raise ExerciseError("a reason is missing; the student reads it.")
    if exercise in grade.by_hand:
        raise ExerciseError(f"{student} has a line for {exercise} already.")
    grade.by_hand[exercise] = Override(value, reason)
