"""Find what each student handed in: a folder or the LMS's own zip.

File names are those that Canvas and Moodle give, or any other: then the
folder, or the name of the file, is the student.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from mininn.exercises.keys import ExerciseError

MOST_BYTES = 20 * 2**20
TOO_MANY = bytes(MOST_BYTES + 1)  # stands for every file that is larger
READ = (".ipynb", ".json", ".py")
MOODLE = re.compile(r"^(?P<student>.+?)_(?P<id>\d+)_assignsubmission_\w*")
CANVAS = re.compile(
    r"^(?P<student>[^_/]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)$"
)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    OSError,
    EOFError,
)
UNSEEN = {"__MACOSX", "__pycache__"}


@dataclass(frozen=True)
class Submission:
    """The files of one student, each (name, bytes)."""

    student: str
    id: str
    files: tuple[tuple[str, bytes], ...]

    def cells(self, function: str) -> tuple[str, list]:
        """Return the file to grade and its cells, each [label, text].

        Of several files it is the last, by name, that defines the function.

        Raises
        ------
        ExerciseError
            When no file can be read, with the reason for the student.
        """
        readable, reasons = [], []
        for name, data in self.files:
            try:
                readable.append((name, cells(name, data)))
            except ExerciseError as error:
                reasons.append(f"{name}: {error}")
        defining = [
            (name, found)
            for name, found in readable
            if any(re.search(rf"\b{function}\b", text) for _, text in found)
        ]
        if not readable:
            raise ExerciseError(" ".join(reasons) or "nothing was handed in.")
        return (defining or readable)[-1]


def find(place: Path) -> list[Submission]:
    """Return the submissions in a folder or a zip, sorted by student.

    Raises
    ------
    ExerciseError
        When there is no such folder or zip, or nothing in it.
    """
    if place.is_dir():
        files = _folder(place)
    elif zipfile.is_zipfile(place):
        files = _zip(place)
    else:
        raise ExerciseError(f"{place} is neither a folder nor a zip.")
    students: dict[tuple[str, str], list] = {}
    for path, data in files:
        student, number, file = who(path)
        students.setdefault((student, number), []).append((file, data))
    if not students:
        raise ExerciseError(f"{place} holds no submission.")
    return [
        Submission(student, number, tuple(sorted(files)))
        for (student, number), files in sorted(students.items())
    ]


def who(path: str) -> tuple[str, str, str]:
    """Return (student, number in the LMS, file) from a path.

    >>> who("doeann_LATE_101_2002_my work.ipynb")
    ('doeann', '101', 'my work.ipynb')
    >>> who("Ann Doe_31_assignsubmission_file_/softmax.ipynb")
    ('Ann Doe', '31', 'softmax.ipynb')
    >>> who("ann/week1/softmax.ipynb")
    ('ann', '', 'week1/softmax.ipynb')
    >>> who("ann.py")
    ('ann', '', 'ann.py')
    """
    parts = PurePosixPath(path).parts
    for i, part in enumerate(parts):
        if found := MOODLE.match(part):
            rest = "/".join(parts[i + 1 :]) or part
            return found["student"], found["id"], rest
    if found := CANVAS.match(parts[-1]):
        return found["student"], found["id"], found["file"]
    if len(parts) > 1:
        return parts[0], "", "/".join(parts[1:])
    return PurePosixPath(path).stem, "", path


def _folder(place) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of the files in a folder; links are not followed."""
    for path in sorted(place.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(place).as_posix()
            if _meant(name):
                with path.open("rb") as file:
                    yield name, _taken(name, file)


def _zip(place) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of the files in a zip; nothing is unpacked."""
    with zipfile.ZipFile(place) as archive:
        for entry in archive.infolist():
            if not entry.is_dir() and _meant(entry.filename):
                try:
                    with archive.open(entry) as file:
                        data = _taken(entry.filename, file)
                except BROKEN:
                    data = b"\0"
                yield entry.filename.lstrip("/"), data


def _taken(name, file):
    """Read what is graded; of other files one byte, to see they are there."""
    if not name.lower().endswith(READ):
        return file.read(1)
    data = file.read(MOST_BYTES + 1)
    return data if len(data) <= MOST_BYTES else TOO_MANY


def _meant(name):
    """Whether a file was handed in on purpose."""
    parts = PurePosixPath(name).parts
    return not (UNSEEN & set(parts) or any(p[0] == "." for p in parts))


def cells(name: str, data: bytes) -> list:
    """Return the code cells of a notebook or a program as [label, text].

    Raises
    ------
    ExerciseError
        When the bytes are neither.
    """
    if len(data) > MOST_BYTES:
        raise ExerciseError("larger than 20 MB.")
    if not data.strip():
        raise ExerciseError("the file is empty.")
    if name.lower().endswith(".py"):
        return _program(text(data))
    if not name.lower().endswith((".ipynb", ".json")):
        raise ExerciseError("hand in the notebook (.ipynb) or a .py file.")
    try:
        book = json.loads(text(data))
        sheets = book["cells"] if "cells" in book else _old(book)
        code = [c for c in sheets if c["cell_type"] == "code"]
        found = [_source(c.get("source", c.get("input", ""))) for c in code]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ExerciseError("is no notebook: it cannot be read.") from None
    return [[f"cell {i}", source] for i, source in enumerate(found, 1)]


def _old(book):
    """Return the cells of a notebook of format 3."""
    return [cell for sheet in book["worksheets"] for cell in sheet["cells"]]


def _source(source):
    """Return the text of a cell, stored as lines or whole."""
    if isinstance(source, str):
        return source
    return "".join(str(line) for line in source)


def text(data: bytes) -> str:
    """Return bytes as text: UTF-8, UTF-16 with a mark, or Latin-1."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _program(source):
    """Return the cells of a .py file, at the lines where they stand."""
    lines = io.StringIO(source).readlines()
    starts = [i for i, s in enumerate(lines) if re.match(r"# ?(%%|In\[)", s)]
    starts = [0, *starts, len(lines)]
    return [
        ["your file", "\n" * a + "".join(lines[a:b])]
        for a, b in pairwise(starts)
        if b > a
    ]
