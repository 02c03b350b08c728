"""Marks into Canvas and Moodle: their own CSV with the marks filled in.

Both systems take back the table that they gave, and refuse or misread any
other. So only existing columns are filled, in the rows that are there. A
student whose row is not certain is named, and gets no mark in the table.
"""

import contextlib
import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mininn.exercises.classroom import cells
from mininn.exercises.judge.keys import ExerciseError

NO_MARKS = {"Student", "ID", "SIS User ID", "SIS Login ID", "Section"}


@dataclass
class Table:
    """A CSV file: its head, its rows, its delimiter and line ending."""

    head: list[str]
    rows: list[list[str]]
    delimiter: str
    end: str  # of a line

    def column(self, name: str) -> list[str]:
        """Return the cells below a head; empty ones if there is none."""
        if name not in self.head:
            return [""] * len(self.rows)
        i = self.head.index(name)
        return [row[i] if i < len(row) else "" for row in self.rows]

    def text(self) -> str:
        """Return the table as CSV text."""
        out = io.StringIO()
        writer = csv.writer(
            out, delimiter=self.delimiter, lineterminator=self.end
        )
        writer.writerows([self.head, *self.rows])
        return out.getvalue()


def marks(grades: Path) -> list[dict]:
    """Return the rows of ``grades.csv`` in a folder of grades."""
    path = grades / "grades.csv"
    if not path.is_file():
        raise ExerciseError(
            f"{path} is not there: grade first, then export that folder."
        )
    lines = io.StringIO(cells.text(path.read_bytes()))
    try:
        head, *rows = csv.reader(lines)
        found = [dict(zip(head, row, strict=False)) for row in rows if row]
        for row in found:
            _ = row["student"], row["id"]
            _ = float(row["points"]), float(row["of"])
    except (ValueError, KeyError, csv.Error):
        raise ExerciseError(
            f"{path} is no longer as it was written: a table program may "
            f"have saved it anew. Grade again, which takes a moment."
        ) from None
    return found


def canvas(rows: list[dict], gradebook: str, column: str) -> tuple[str, list]:
    r"""Fill a column of the gradebook that Canvas exported.

    A mark is scaled to the column's ``Points Possible``.

    Parameters
    ----------
    rows : list of dict
        From ``marks``.
    gradebook : str
        The text of Canvas's CSV. A student is found by ``ID``; one who
        handed in without, by the name, if only one student has it.
    column : str
        The assignment, as the head of its column begins.

    Returns
    -------
    text : str
        The gradebook with the marks.
    missing : list of str
        Graded students who got no mark in it, each with the reason.

    Raises
    ------
    ExerciseError
        When the text is not Canvas's table, or has no such column.

    Examples
    --------
    >>> book = (
    ...     "Student,ID,Week 1 (77)\n    Points Possible,,30\n"
    ...     '"Doe, Ann",101,\n'
    ... )
    >>> rows = [{"student": "doeann", "id": "101", "points": "2", "of": "3"}]
    >>> print(canvas(rows, book, "Week 1")[0].strip())
    Student,ID,Week 1 (77)
        Points Possible,,30
    "Doe, Ann",101,20
    """
    table = _table(gradebook, "Canvas's gradebook", "Student", "ID")
    where = _column(table.head, column)
    names = table.column("Student")
    most, above = "", 0  # the rows above the students
    for i, name in enumerate(names):
        if name.strip().startswith("Points Possible"):
            most, above = table.column(where)[i], i + 1
            break
    numbers = table.column("ID")
    hidden = [""] * above
    places = _places(rows, hidden + numbers[above:], hidden + names[above:])
    return _filled(table, where, rows, places, [most] * len(names))


def moodle(
    rows: list[dict], worksheet: str, feedback: dict[str, str] | None = None
) -> tuple[str, list]:
    r"""Fill the grading worksheet that Moodle gave; see ``canvas``.

    A mark is scaled to the worksheet's ``Maximum grade``; ``feedback``, by
    student, goes into ``Feedback comments``. Moodle's numbers belong to one
    assignment: where the worksheet has another name beside the number, it
    is the worksheet of another one, and nothing is filled in.

    Examples
    --------
    >>> sheet = "Identifier,Full name,Grade\nParticipant 31,Ann Doe,\n"
    >>> rows = [{"student": "Ann Doe", "id": "31", "points": "2", "of": "3"}]
    >>> print(moodle(rows, sheet)[0].strip())
    Identifier,Full name,Grade
    Participant 31,Ann Doe,2
    """
    table = _table(worksheet, "Moodle's worksheet", "Identifier", "Grade")
    numbers = [cell.split()[-1:] for cell in table.column("Identifier")]
    places = _places(
        rows,
        [number[0] if number else "" for number in numbers],
        table.column("Full name"),
        both=True,
    )
    title = {head.lower(): head for head in table.head}
    most = table.column(title.get("maximum grade", ""))
    if feedback and "feedback comments" in title:
        i = table.head.index(title["feedback comments"])
        for row, place in zip(rows, places, strict=True):
            if isinstance(place, int) and row["student"] in feedback:
                table.rows[place][i] = feedback[row["student"]]
    return _filled(table, "Grade", rows, places, most)


def _places(rows, numbers, names, both=False):
    """Return, for each graded student, a row of the table or why none.

    With ``both``, a number counts only beside the same name.
    """
    plain = [letters(name) for name in names]
    found: list[int | str] = []
    for row in rows:
        name = letters(row["student"])
        if row["id"]:
            here = [i for i, n in enumerate(numbers) if n == row["id"]]
            what = f"number {row['id']}"
        else:
            here = [i for i, n in enumerate(plain) if n and n == name]
            what = "that name"
        if len(here) != 1:
            many = "no" if not here else str(len(here))
            found.append(f"{many} rows have {what}")
        elif both and plain[here[0]] not in ("", name):
            found.append(f"{what} is {names[here[0]]} there")
        else:
            found.append(here[0])
    twice = {i for i, n in Counter(found).items() if n > 1}
    return [
        "several submissions are for one row"
        if isinstance(place, int) and place in twice
        else place
        for place in found
    ]


def letters(name: str) -> str:
    """Return the letters and digits of a name, in lower case, for comparing.

    Accents count, in whichever of the two ways they are encoded.

    >>> letters("Mu\u0308ller, Jo") == letters("müllerjo")
    True
    """
    whole = unicodedata.normalize("NFC", name).casefold()
    return "".join(c for c in whole if unicodedata.category(c)[0] in "LMN")


def _filled(table, where, rows, places, most):
    """Write marks where they belong; return the text and who is missing."""
    column, missing = table.head.index(where), []
    for row, place in zip(rows, places, strict=True):
        if isinstance(place, str):
            missing.append(f"{row['student']}: {place}")
            continue
        line = table.rows[place]
        if line[column:] and line[column].strip() == "EX":
            missing.append(f"{row['student']}: is excused (EX) there")
            continue
        line += [""] * (column + 1 - len(line))
        line[column] = _scaled(row, most[place])
    return table.text(), missing


def _scaled(row, most):
    """Return a mark out of what the system wants, with two decimals."""
    points, of = float(row["points"]), float(row["of"])
    top = most.strip().replace(",", ".")
    with contextlib.suppress(ValueError, ZeroDivisionError):
        points *= float(top) / of  # no maximum: the points as they are
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _table(text, what, *wanted):
    """Return the table that a text is, once it has the columns wanted."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=re.sub('"[^"]*"', "", first).count)
    try:
        lines = csv.reader(io.StringIO(text), delimiter=delimiter)
        head, *rows = list(lines) or [[]]
    except csv.Error as error:
        raise ExerciseError(
            f"export: this is not {what}: {error}. Download it again."
        ) from None
    for name in wanted:
        if name not in head:
            raise ExerciseError(
                f"export: this is not {what}: it has no column {name!r}. "
                f"It has: {', '.join(head) or 'nothing'}."
            )
    end = "\r\n" if first.endswith("\r") else "\n"
    return Table(head, rows, delimiter, end)


def _column(head: list[str], name: str) -> str:
    """Return the head of the one column that begins with ``name``."""
    marked = [h for h in head if h not in NO_MARKS]
    found = [h for h in marked if h == name] or [
        h for h in marked if h.startswith(name)
    ]
    if len(found) != 1:
        raise ExerciseError(
            f"export: {len(found)} columns begin with {name!r}. Give "
            f"--column one of: {', '.join(head)}."
        )
    return found[0]
