"""Who handed in late: the system says so, or the time of a file does.

Canvas writes LATE into the name of a file, and Moodle says it in its grading
worksheet. Elsewhere the time of what was graded is compared with ``--due``.
"""

import re
import time
from datetime import datetime
from pathlib import Path

from mininn.exercises.classroom import tables
from mininn.exercises.classroom.downloads import File
from mininn.exercises.classroom.results import Grade
from mininn.exercises.classroom.submissions import Submission
from mininn.exercises.judge.keys import ExerciseError

CANVAS = "Canvas marked it late"


def due_time(text: str) -> tuple:
    """Return a date and time as files have it.

    Raises
    ------
    ExerciseError
        When the text is no time.

    Examples
    --------
    >>> due_time("2026-11-30 18:00")
    (2026, 11, 30, 18, 0, 0)
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ExerciseError(
            f"--due must be a time such as '2026-11-30 18:00', got {text!r}."
        ) from None
    if when.tzinfo is not None:
        return time.localtime(when.timestamp())[:6]
    return when.timetuple()[:6]


def moodle_status(path: Path) -> dict[str, str]:
    """Return what Moodle's worksheet says of each number; "" is in time.

    In any language its Status is parts joined by " - ", and the part with
    an amount of time, but no year, tells how late the student was.

    Raises
    ------
    ExerciseError
        When the file is no such worksheet.
    """
    text, _ = tables.decoded(path.read_bytes(), str(path))
    table = tables.parsed(text, "Moodle's worksheet")
    numbers = table.column(0)
    shaped = [re.fullmatch(r"\D+(\d+)", cell) for cell in numbers]
    if not shaped or not all(shaped):
        raise ExerciseError(
            f"{path} is not Moodle's worksheet: its first column should hold "
            f"'Participant 31' and the like."
        )
    told = {}
    for cell, row in zip(numbers, table.rows, strict=True):
        late = [part for cell in row[1:] if (part := _lateness(cell))]
        told[re.sub(r"\D", "", cell)] = f"Moodle: {late[0]}" if late else ""
    return told


def _lateness(cell):
    """Return the part of a status that says how late; "" where none does."""
    first, *parts = cell.split(" - ")
    if re.search(r"\d", first) or "@" in cell:
        return ""
    amounts = [
        part
        for part in parts
        if re.search(r"\d", part) and not re.search(r"\d{4}|\d:\d\d", part)
    ]
    return amounts[0].strip() if amounts else ""


def reasons(
    found: list[Submission],
    grades: list[Grade],
    due: tuple = (),
    status: dict[str, str] | None = None,
    every: bool = False,
) -> dict[tuple[str, str], str]:
    """Return, by (student, number), why each counts as late; "" for none.

    Only of whom something is known: the rest keeps what was known before.

    Raises
    ------
    ExerciseError
        When every file is dated after ``due``, as in a zip that a system
        has just made: such dates tell nothing.
    """
    told: dict[tuple[str, str], str] = {}
    timed = []
    for submission, grade in zip(found, grades, strict=True):
        who = submission.student, submission.id
        taken = graded_files(submission, grade)
        if every:
            told[who] = "handed in late"
        elif status and submission.id in status:
            told[who] = status[submission.id]
        elif any(file.late for file in taken):
            told[who] = CANVAS
        elif due and (when := max(map(_when, taken), default=())):
            timed.append(who)
            told[who] = _after(when) if when > due else ""
    if len(timed) > 1 and all(told[who] for who in timed):
        raise ExerciseError(
            "every file is dated after --due, as in a zip that was just "
            "made: nobody was marked late. If all of them are, give --late; "
            "for Moodle, give its worksheet with --worksheet."
        )
    return told


def _when(file):
    """Return when a file came: the system's word, else its own time."""
    when = file.sent or file.time
    return (*when, 0, 0, 0)[:6] if when else ()


def _after(when):
    """Return in words when something was handed in."""
    return "handed in {}-{:02}-{:02} {:02}:{:02}".format(*when)


def graded_files(submission: Submission, grade: Grade) -> list[File]:
    """Return the files of a submission that were graded."""
    names = f", {grade.file}, "
    return [f for f in submission.files if f", {f.name}, " in names]
