"""Read a table as any spreadsheet writes it, and change single cells of it.

Every byte of the text that is not a changed cell stays as it was, since
systems take back what they gave and misread the rest.
"""

import csv
import io
import re
from dataclasses import dataclass

from mininn.exercises.judge.keys import ExerciseError

MARKS = {  # the first bytes of a file, and how it is encoded
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
WORKBOOKS = (b"PK\3\4", b"\xd0\xcf\x11\xe0")


def decoded(data: bytes, name: str) -> tuple[str, str]:
    r"""Return the text of a table, and its encoding.

    UTF-8, UTF-16 with a mark or without, else what Windows writes.

    Raises
    ------
    ExerciseError
        When the bytes are a workbook of Excel.

    Examples
    --------
    >>> decoded("Müller;3".encode("cp1252"), "marks.csv")
    ('Müller;3', 'cp1252')
    """
    if data.startswith(WORKBOOKS):
        raise ExerciseError(
            f"{name} is a workbook: open it and save it as CSV (UTF-8)."
        )
    for mark, code in MARKS.items():
        if data.startswith(mark):
            return data.decode(code, errors="replace"), code
    if b"\0" in data[:200]:
        code = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
        return data.decode(code, errors="replace"), code
    for code in ("utf-8", "cp1252"):
        try:
            return data.decode(code), code
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1"), "latin-1"


def number(text: str) -> float | None:
    """Return the number that a cell holds, with a point or a comma; or None.

    >>> number(" 7,5 "), number("80 %"), number("(read only)")
    (7.5, None, None)
    """
    plain = text.strip().replace(",", ".")
    return float(plain) if re.fullmatch(r"-?\d+(\.\d*)?", plain) else None


@dataclass
class Table:
    """Cells as they are written, quotes included, and as they are read."""

    raw: list[list[str]]
    ends: list[str]
    delimiter: str

    @property
    def head(self) -> list[str]:
        """The titles of the columns."""
        return [title.strip() for title in self.row(0)]

    @property
    def rows(self) -> list[list[str]]:
        """The cells below the head."""
        return [self.row(i) for i in range(1, len(self.raw))]

    def row(self, i: int) -> list[str]:
        """Return the cells of a line, read."""
        return [_value(cell) for cell in self.raw[i]]

    def find(self, title: str) -> int | None:
        """Return the place of a column; capitals do not count."""
        titles = [t.casefold() for t in self.head]
        wanted = title.casefold()
        return titles.index(wanted) if wanted in titles else None

    def column(self, place: int | None) -> list[str]:
        """Return the cells below a title; empty ones of no column."""
        return [
            "" if place is None or place >= len(row) else row[place].strip()
            for row in self.rows
        ]

    def put(self, row: int, place: int, text: str) -> None:
        """Write a cell of ``rows``, in quotes if the old one has them."""
        line = self.raw[row + 1]
        line += [""] * (place + 1 - len(line))
        special = {self.delimiter, '"', "\r", "\n"} & set(text)
        if special or line[place].startswith('"'):
            text = '"' + text.replace('"', '""') + '"'
        line[place] = text

    def text(self) -> str:
        """Return the table as text."""
        lines = map(self.delimiter.join, self.raw)
        return "".join(map("".join, zip(lines, self.ends, strict=True)))


def _value(cell):
    """Return what a cell says."""
    if cell.startswith('"'):
        return cell[1:-1].replace('""', '"')
    return cell


def parsed(text: str, what: str) -> Table:
    """Return the table that a text is.

    Raises
    ------
    ExerciseError
        When it is none, with ``what`` was wanted.
    """
    mark = text[:1] == "\ufeff"
    text = text.removeprefix("\ufeff")
    first = re.sub('"[^"]*"', "", text.partition("\n")[0])
    delimiter = max(",;\t", key=first.count)
    try:
        read = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        raw, ends = _cells(text, delimiter)
    except (csv.Error, ValueError) as error:
        raise ExerciseError(
            f"this is not {what}: {error}. Download it again."
        ) from None
    table = Table(raw, ends, delimiter)
    ours = [table.row(i) for i in range(len(raw))]
    if ours != [row or [""] for row in read or [[]]]:
        raise ExerciseError(
            f"this is not {what}: its quotes do not fit together. "
            f"Download it again."
        )
    if mark:
        table.raw[0][0] = "\ufeff" + table.raw[0][0]
    return table


def _cells(text, delimiter):
    """Return the cells of each line as they are written, and line ends."""
    d = re.escape(delimiter)
    pattern = re.compile(
        rf'("[^"]*(?:""[^"]*)*"|[^"{d}\r\n][^{d}\r\n]*|)({d}|\r?\n|\Z)'
    )
    raw: list[list[str]] = [[]]
    ends: list[str] = []
    at = 0
    while at < len(text):
        found = pattern.match(text, at)
        if found is None:
            line = len(ends) + 1
            raise ValueError(f"line {line} cannot be read")
        raw[-1].append(found[1])
        at = found.end()
        if found[2] != delimiter:
            ends.append(found[2])
            raw.append([])
    if raw[-1]:  # the text ends in a delimiter
        raw[-1].append("")
        ends.append("")
        raw.append([])
    return raw[:-1] or [[""]], ends or [""]
