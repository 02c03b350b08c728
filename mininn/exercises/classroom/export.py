"""Marks into the table of a system: its own CSV with the marks filled in.

Systems take back the table that they gave, and refuse or misread any other.
So only cells of one existing column are filled, in rows that are there. A
student whose row is not certain is named with the reason, and the cell stays
as it was downloaded: a blank would erase a mark.
"""

import csv
import html
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mininn.exercises.classroom import cells, tables
from mininn.exercises.classroom.tables import Table
from mininn.exercises.judge.keys import ExerciseError

Feedback = dict[tuple[str, str], str]  # by (student, number)


@dataclass
class Sheet:
    """A table in which marks have a place.

    ``numbers`` and ``names`` hold, for each row, what tells whose it is;
    ``most`` the points that are possible, as the table writes them.
    ``refused`` says why a row takes no mark; ``doubted`` why a number is
    not believed. ``comments`` is the column that students read, if any, and
    ``beside`` what stands beside it. ``foreign`` says that downloads have
    numbers which this table does not know; then the name decides alone.
    """

    table: Table
    column: int
    numbers: list[list[str]]
    names: list[list[str]]
    most: list[str]
    refused: Callable[[int], str] = lambda row: ""
    doubted: Callable[[dict, int], str] = lambda graded, row: ""
    comments: int | None = None
    beside: dict[int, str] = field(default_factory=dict)
    foreign: bool = False


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


# The tables of the systems


def canvas_sheet(text: str, column: str) -> Sheet:
    """Return the gradebook that Canvas exported.

    A student is found by ``ID``, ``SIS User ID`` or ``SIS Login ID``. Marks
    are out of ``Points Possible``.
    """
    table = _table(text, "Canvas's gradebook", "ID")
    if table.find("Student") is None and table.find("LastName") is None:
        _table(text, "Canvas's gradebook", "Student")
    names = _names(table, "Student", "LastName", "FirstName")
    first = [row[0].strip() if row else "" for row in table.rows]
    above = next(
        (
            i + 1
            for i, cell in enumerate(first)
            if cell.startswith("Points Possible")
        ),
        0,
    )
    ids = ("ID", "SIS User ID", "SIS Login ID")
    where = _column(table, column, {*ids, *CANVAS_OWN})
    most = table.column(where)[above - 1] if above else ""
    if "read only" in most:
        raise ExerciseError(
            f"export: Canvas computes {table.head[where]!r} by itself and "
            f"takes no marks for it. Give --column the assignment."
        )
    columns = [table.column(table.find(title)) for title in ids]
    numbers = [list(row) for row in zip(*columns, strict=True)]
    hidden: list[list[str]] = [[]] * above
    here = table.column(where)
    return Sheet(
        table,
        where,
        hidden + numbers[above:],
        hidden + names[above:],
        [most] * len(names),
        lambda i: "is excused (EX) there" if here[i].upper() == "EX" else "",
    )


CANVAS_OWN = (
    "Student",
    "LastName",
    "FirstName",
    "Section",
    "Integration ID",
    "Root Account",
)


def moodle_sheet(text: str, column: str = "", comments: str = "") -> Sheet:
    """Return the grading worksheet that Moodle gave, in any language.

    Its first column is a word and the number of the submission. Where the
    titles are not English, ``column`` and ``comments`` name the grade and
    the feedback.
    """
    what = "Moodle's worksheet"
    table = tables.parsed(text, what)
    shaped = [re.fullmatch(r"(\D+?)\s*(\d+)", c) for c in table.column(0)]
    if not shaped or not all(shaped):
        raise ExerciseError(
            f"export: this is not {what}: its first column should hold "
            f"'Participant 31' and the like. It has: "
            f"{', '.join(table.head)}."
        )
    where = _moodle_column(table, column or "Grade", bool(column))
    _for_marks(table, where)
    words = [found[1] for found in shaped if found]
    told = _moodle_column(
        table, comments or "Feedback comments", bool(comments), optional=True
    )
    most = table.column(_moodle_most(table, where))
    locked = table.column(table.find("Grade can be changed"))
    named = table.find("Full name")
    everything = [
        [letters(cell) for cell in (*row, word)]
        for row, word in zip(table.rows, words, strict=True)
    ]

    def doubted(graded, i):
        if letters(graded["student"]) in everything[i]:
            return ""
        other = table.column(named)[i] if named is not None else ""
        return f"is {other or 'somebody else'} there"

    return Sheet(
        table,
        where,
        [[found[2]] for found in shaped if found],
        _names(table, "Full name") if named is not None else table.rows,
        most,
        lambda i: "is locked there" if locked[i] == "No" else "",
        doubted,
        told,
    )


def _moodle_column(table, title, asked, optional=False):
    """Return the place of a column of Moodle's, by its title."""
    place = table.find(title)
    if place is None and (asked or not optional):
        raise ExerciseError(
            f"export: Moodle's worksheet has no column {title!r}. Give "
            f"{'--comments' if optional else '--column'} one of: "
            f"{', '.join(table.head)}."
        )
    return place


def _for_marks(table, where):
    """Check that a column is one of marks, whatever its language."""
    here = table.column(where)
    odd = [c for c in here if c not in ("", "-") and tables.number(c) is None]
    if odd or where == table.find("Maximum grade"):
        raise ExerciseError(
            f"export: the column {table.head[where]!r} holds no marks. Give "
            f"--column one of: {', '.join(table.head)}."
        )


def _moodle_most(table, where):
    """Return the place of the maximum: by its title, else by its shape.

    In other languages it is the column after the grade, if every cell of it
    is the same number.
    """
    place = table.find("Maximum grade")
    if place is not None or table.find("Grade") == where:
        return place
    return where + 1 if _constant(table.column(where + 1)) else None


def _constant(column):
    """Whether all cells are one positive number."""
    return len(set(column)) == 1 and (tables.number(column[0]) or 0) > 0


def blackboard_sheet(text: str, column: str) -> Sheet:
    """Return the grade data that Blackboard gave to work offline.

    A student is found by ``Username``. The title of the column holds the
    points that are possible, and a number that Blackboard knows it by.
    """
    table = _table(text, "Blackboard's grade data", "Username")
    own = {"Username", "Last Name", "First Name", "Student ID"}
    where = _column(table, column, own)
    title = table.head[where]
    if not re.search(r"\|\s*\d+$", title):
        raise ExerciseError(
            f"export: {title!r} does not end in '|' and Blackboard's number "
            f"of the column; it would become a new one. Download the table "
            f"again, and choose one of: {', '.join(table.head)}."
        )
    most = re.search(r"Total Pts:\D*([\d.,]+)", title)
    comments = table.find("Feedback to Learner")
    form = table.find("Feedback Format")
    rows = len(table.rows)
    ids = ("Username", "Student ID")
    columns = [table.column(table.find(name)) for name in ids]
    return Sheet(
        table,
        where,
        [list(row) for row in zip(*columns, strict=True)],
        _names(table, "", "Last Name", "First Name"),
        [most[1] if most else ""] * rows,
        comments=comments,
        beside={} if form is None else {form: "HTML"},
    )


def brightspace_sheet(text: str, column: str) -> Sheet:
    """Return the grades that Brightspace exported.

    A student is found by ``OrgDefinedId`` or ``Username``, both written
    with "#", else by the name, since the numbers in downloads are others.
    The points that are possible stand in the title, if anywhere.
    """
    table = tables.parsed(text, "Brightspace's grades")
    ids = [table.find("OrgDefinedId"), table.find("Username")]
    if ids == [None, None] or table.find("End-of-Line Indicator") is None:
        raise ExerciseError(
            f"export: this is not Brightspace's export of grades: it needs "
            f"OrgDefinedId or Username, and End-of-Line Indicator. It has: "
            f"{', '.join(table.head)}."
        )
    own = {"OrgDefinedId", "Username", "Last Name", "First Name", "Email"}
    where = _column(table, column, own | {"End-of-Line Indicator"})
    if "Points Grade" not in table.head[where]:
        raise ExerciseError(
            f"export: {table.head[where]!r} takes no points. Choose a column "
            f"with 'Points Grade' of: {', '.join(table.head)}."
        )
    most = re.search(r"MaxPoints:([\d.,]+)", table.head[where])
    columns = [[c.lstrip("#") for c in table.column(place)] for place in ids]
    return Sheet(
        table,
        where,
        [list(row) for row in zip(*columns, strict=True)],
        _names(table, "", "Last Name", "First Name"),
        [most[1] if most else ""] * len(table.rows),
        foreign=True,
    )


def plain_sheet(text: str, column: str) -> Sheet:
    """Return any table with a row a student and a column for the marks.

    A student is found by any cell of the row that is the number, else the
    login or the name, if it is so in one row only.
    """
    table = tables.parsed(text, "a table")
    where = _column(table, column, set())
    rows = [
        [cell for i, cell in enumerate(row) if i != where]
        for row in table.rows
    ]
    return Sheet(table, where, rows, rows, [""] * len(rows), foreign=True)


def _names(table, whole, last="", first=""):
    """Return the names of each row, in the ways in which people write them."""
    names = [[name] for name in table.column(table.find(whole))]
    lasts = table.column(table.find(last)) if last else [""] * len(names)
    firsts = table.column(table.find(first)) if first else lasts
    for several, a, b in zip(names, lasts, firsts, strict=True):
        several += [f"{a}{b}", f"{b}{a}"] if a and b else []
        end, comma, start = several[0].partition(",")
        several += [start + end] if comma else []
    return names


def _table(text, what, wanted):
    """Return the table that a text is, once it has the column wanted."""
    table = tables.parsed(text, what)
    if table.find(wanted) is None:
        raise ExerciseError(
            f"export: this is not {what}: it has no column {wanted!r}. "
            f"It has: {', '.join(table.head) or 'nothing'}."
        )
    return table


def _column(table, name, own):
    """Return the place of the one column that begins with ``name``."""
    marked = [
        (i, title)
        for i, title in enumerate(table.head)
        if title and title.casefold() not in {o.casefold() for o in own}
    ]
    found = [i for i, title in marked if title == name] or [
        i for i, title in marked if title.startswith(name)
    ]
    if len(found) != 1 or not name:
        titles = ", ".join(table.head)
        raise ExerciseError(
            f"export: {len(found)} columns begin with {name!r}. Give "
            f"--column one of: {titles}."
            if name
            else f"export: give --column one of: {titles}."
        )
    return found[0]


# Whose row it is


def _places(rows, sheet):
    """Return, for each graded student, a row of the table or why none."""
    found = [_place(row, sheet) for row in rows]
    twice = {i for i, n in Counter(found).items() if n > 1}
    return [
        "several submissions are for one row"
        if isinstance(place, int) and place in twice
        else place
        for place in found
    ]


def _place(row, sheet):
    """Return the row of one student: by number or login, else by name."""
    name, login = letters(row["student"]), _login(row["student"])
    by_name = _rows(sheet.names, letters, name)
    by_number = _rows(sheet.numbers, _login, _login(row["id"]))
    if by_number or (row["id"] and not sheet.foreign):
        place = _only(by_number, f"number {row['id']}")
        doubt = isinstance(place, int) and sheet.doubted(row, place)
        return f"number {row['id']} {doubt}" if doubt else place
    by_login = _rows(sheet.numbers, _login, login)
    if by_login and by_name and by_login != by_name:
        return f"the login {login} and that name are in different rows"
    return _only(by_login or by_name, "that name")


def _rows(columns, plain, wanted):
    """Return the rows in which one of several cells is what is wanted."""
    return [
        i
        for i, several in enumerate(columns)
        if wanted and wanted in map(plain, several)
    ]


def _only(rows, what):
    """Return the row if it is one, else a sentence."""
    if len(rows) == 1:
        return rows[0]
    return f"{len(rows) or 'no'} rows have {what}"


def _login(text):
    """Return a number or login for comparing."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def letters(name: str) -> str:
    """Return the letters and digits of a name, in lower case, for comparing.

    Accents count, in whichever of the two ways they are encoded.

    >>> letters("Mu\u0308ller, Jo") == letters("müllerjo")
    True
    """
    whole = unicodedata.normalize("NFC", name.casefold())
    return "".join(c for c in whole if unicodedata.category(c)[0] in "LMN")


# Filling it in


def fill(
    sheet: Sheet,
    rows: list[dict],
    feedback: Feedback | None = None,
    of: float | None = None,
) -> tuple[str, list[str]]:
    """Write marks where they belong.

    Parameters
    ----------
    sheet : Sheet
    rows : list of dict
        From ``marks``.
    feedback : dict, optional
        What each student is told, by (student, number), where the table
        has a column for it. A comment that somebody wrote there stays.
    of : float, optional
        The points that are possible, where the table does not say.

    Returns
    -------
    text : str
        The table with the marks.
    missing : list of str
        Graded students who got no mark in it, each with the reason.
    """
    missing = []
    comma = _has_commas(sheet)
    here = sheet.table.column(sheet.column)
    for row, place in zip(rows, _places(rows, sheet), strict=True):
        why = place if isinstance(place, str) else sheet.refused(place)
        if why:
            missing.append(f"{row['student']}: {why}")
            continue
        most = tables.number(sheet.most[place]) or of
        mark = scaled(float(row["points"]), float(row["of"]), most)
        if tables.number(here[place]) != float(mark):
            mark = mark.replace(".", ",") if comma else mark
            sheet.table.put(place, sheet.column, mark)
        if feedback and sheet.comments is not None:
            _comment(sheet, place, feedback.get((row["student"], row["id"])))
    return sheet.table.text(), missing


def _comment(sheet, place, text):
    """Write what a student is told, unless somebody else's words are there."""
    old = sheet.table.column(sheet.comments)[place]
    if text and (not old or old.startswith("<pre>")):
        sheet.table.put(place, sheet.comments, in_html(text))
        for column, value in sheet.beside.items():
            sheet.table.put(place, column, value)


def in_html(text: str) -> str:
    r"""Return plain lines as HTML in a single line.

    >>> in_html("2 < 3\n  yes\n")
    '<pre>2 &lt; 3<br>  yes</pre>'
    """
    lines = html.escape(text, quote=False).strip("\n").split("\n")
    return f"<pre>{'<br>'.join(lines)}</pre>"


def scaled(points: float, of: float, most: float | None) -> str:
    """Return a mark out of what the system wants, with two decimals.

    >>> scaled(2, 3, 100), scaled(2.5, 5, None)
    ('66.67', '2.5')
    """
    if most and of:
        points *= most / of
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _has_commas(sheet):
    """Whether numbers of the column, or its maximum, have a comma."""
    near = [*sheet.table.column(sheet.column), *sheet.most]
    return any(re.fullmatch(r"\d+,\d+", cell.strip()) for cell in near)


def canvas(rows: list[dict], gradebook: str, column: str) -> tuple[str, list]:
    r"""Fill a column of Canvas's gradebook; see ``fill``.

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
    return fill(canvas_sheet(gradebook, column), rows)


def moodle(
    rows: list[dict], worksheet: str, feedback: Feedback | None = None
) -> tuple[str, list]:
    r"""Fill the grading worksheet that Moodle gave; see ``fill``.

    Examples
    --------
    >>> sheet = "Identifier,Full name,Grade\nParticipant 31,Ann Doe,\n"
    >>> rows = [{"student": "Ann Doe", "id": "31", "points": "2", "of": "3"}]
    >>> print(moodle(rows, sheet)[0].strip())
    Identifier,Full name,Grade
    Participant 31,Ann Doe,2
    """
    return fill(moodle_sheet(worksheet), rows, feedback)


def plain(rows: list[dict], of: float | None = None) -> str:
    """Return marks as a table of their own, for whatever reads CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    last = ("late", "by hand")
    writer.writerow(["student", "id", "points", "of", "percent", *last])
    for row in rows:
        points, total = float(row["points"]), float(row["of"])
        line = [scaled(points, total, of), f"{of or total:g}"]
        line += [scaled(points, total, 100), *(row.get(n, "") for n in last)]
        writer.writerow([row["student"], row["id"], *line])
    return out.getvalue()


SHEETS = {
    "canvas": canvas_sheet,
    "moodle": moodle_sheet,
    "blackboard": blackboard_sheet,
    "brightspace": brightspace_sheet,
    "csv": plain_sheet,
}
