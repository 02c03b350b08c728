"""Marks into Canvas and Moodle: their own CSV with the marks filled in.

Both systems take back the table that they gave, and refuse or misread any
other. So only existing columns are filled, in the rows that are there.
"""

import csv
import io
from pathlib import Path

from mininn.exercises.keys import ExerciseError


def marks(grades: Path) -> list[dict]:
    """Return the rows of ``grades.csv`` in a folder of grades."""
    path = grades / "grades.csv"
    if not path.is_file():
        raise ExerciseError(
            f"{path} is not there: grade first, then export that folder."
        )
    return _table(path.read_text(encoding="utf-8"))[1]


def canvas(rows: list[dict], gradebook: str, column: str) -> tuple[str, list]:
    r"""Fill a column of the gradebook that Canvas exported.

    Parameters
    ----------
    rows : list of dict
        From ``marks``.
    gradebook : str
        The text of Canvas's CSV; a student is found by ``ID``, else by name.
    column : str
        The assignment, as the head of its column begins.

    Returns
    -------
    text : str
        The gradebook with the marks.
    missing : list of str
        Graded students that the gradebook does not have.

    Examples
    --------
    >>> book = "Student,ID,Week 1 (77)\nPossible,,3\n\"Doe, Ann\",101,\n"
    >>> rows = [{"student": "doeann", "id": "101", "points": "2"}]
    >>> print(canvas(rows, book, "Week 1")[0].strip())
    Student,ID,Week 1 (77)
    Possible,,3
    "Doe, Ann",101,2
    """
    head, lines = _table(gradebook)
    where = _column(head, column)

    def name(line):
        return "".join(c for c in line["Student"].lower() if c.isalnum())

    by_id = {line["ID"]: line for line in lines if line.get("ID")}
    by_name = {name(line): line for line in lines}
    missing = []
    for row in rows:
        plain = "".join(c for c in row["student"].lower() if c.isalnum())
        line = by_id.get(row["id"]) if row["id"] else by_name.get(plain)
        if line is None:
            missing.append(row["student"])
        else:
            line[where] = row["points"]
    return _text(head, lines), missing


def moodle(
    rows: list[dict], worksheet: str, feedback: dict[str, str] | None = None
) -> tuple[str, list]:
    r"""Fill the grading worksheet that Moodle gave; see ``canvas``.

    A mark is scaled to the worksheet's ``Maximum Grade``; ``feedback``, by
    student, goes into ``Feedback comments``.

    Examples
    --------
    >>> sheet = "Identifier,Full name,Grade\nParticipant 31,Ann Doe,\n"
    >>> rows = [{"student": "Ann Doe", "id": "31", "points": "2", "of": "3"}]
    >>> print(moodle(rows, sheet)[0].strip())
    Identifier,Full name,Grade
    Participant 31,Ann Doe,2
    """
    head, lines = _table(worksheet)
    _column(head, "Grade")
    by_id = {line["Identifier"].split()[-1]: line for line in lines}
    by_name = {line["Full name"]: line for line in lines}
    missing = []
    for row in rows:
        line = by_id.get(row["id"]) or by_name.get(row["student"])
        if line is None:
            missing.append(row["student"])
            continue
        line["Grade"] = _scaled(row, line.get("Maximum Grade"))
        said = (feedback or {}).get(row["student"])
        if said and "Feedback comments" in head:
            line["Feedback comments"] = said
    return _text(head, lines), missing


def _scaled(row, maximum):
    """Return a mark out of what the system wants, with two decimals."""
    if not maximum:
        return row["points"]
    top = float(maximum.replace(",", "."))
    return f"{float(row['points']) / float(row['of']) * top:.2f}"


def _table(text):
    """Return the head and the rows of a CSV text."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    lines = list(reader)
    return list(reader.fieldnames or []), lines


def _column(head, name):
    """Return the head of the one column that begins with ``name``."""
    found = [h for h in head if h == name] or [
        h for h in head if h.startswith(name)
    ]
    if len(found) != 1:
        raise ExerciseError(
            f"export: {len(found)} columns begin with {name!r}. Give "
            f"--column one of: {', '.join(head)}."
        )
    return found[0]


def _text(head, lines):
    """Return a table as CSV text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, head, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()
