"""Find what each student handed in: a folder or the LMS's own zip.

File names are those that Canvas and Moodle give, or any other: then the
folder, or the name of the file, is the student. Of several files the one
that defines the function is graded, and of several versions the newest.
"""

import ast
import re
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mininn.exercises.classroom import archives
from mininn.exercises.classroom.cells import (
    MOST_BYTES,
    code_cells,
    kind,
    parsed,
)
from mininn.exercises.judge.keys import ExerciseError
from mininn.exercises.judge.loading import DEFINES, bound

TOO_MANY = bytes(MOST_BYTES + 1)  # stands for every file that is larger
MOODLE = re.compile(r"^(?P<student>.+?)_(?P<id>\d+)_assignsubmission_\w*")
CANVAS = re.compile(
    r"^(?P<student>[^_/]+)_(?:LATE_)?(?P<id>\d+)_(?P<number>\d+)_"
    r"(?P<file>.+)$"
)
VERSION = re.compile(  # "softmax (2)", "softmax-1", "softmax-Copy3", "..._v9"
    r"^(?P<copy>copy of )?(?P<base>.*?)"
    r"(?: ?\((\d+)\)|-(\d+)|-copy(\d+)|[-_ ]?v(\d+))?$"
)
IGNORED = {"__macosx", "__pycache__", "desktop.ini", "thumbs.db"}
NOBODY = {"readme", "readme.txt", "readme.md", "index.html"}  # no student's
NAMELESS = "(no name)"


@dataclass(frozen=True)
class File:
    """A file that was handed in, and what tells how new it is.

    ``number`` is the system's own: the later it came, the larger it is.
    """

    name: str
    data: bytes = field(repr=False)
    number: int = 0
    time: tuple = field(default=(), compare=False)


@dataclass(frozen=True)
class Submission:
    """The files of one student."""

    student: str
    id: str
    files: tuple[File, ...]

    def cells(self, function: str) -> tuple[str, list]:
        """Return the file to grade and its cells, each [label, text].

        It is the newest of those that define the function; see ``rank``.

        Raises
        ------
        ExerciseError
            When no file can be read, with the reason for the student.
        """
        ranked, reasons = [], []
        for file in self.files:
            try:
                found = code_cells(file.name, file.data)
                ranked.append((rank(found, function), file, found))
            except ExerciseError as error:
                reasons.append(f"{file.name}: {error}")
        if not ranked:
            raise ExerciseError(" ".join(reasons) or "nothing was handed in.")
        best = max(how for how, _, _ in ranked)
        taken = newest([file for how, file, _ in ranked if how == best])
        return next((f.name, found) for _, f, found in ranked if f is taken)


def rank(found: list, function: str) -> int:
    """Return how well cells define a function.

    3: they do. 2: a cell that cannot be read seems to. 1: they hold the
    stub that was handed out, or import it. 0: at most its name is there.
    """
    begun = re.compile(
        rf"^[ \t]*((def|class)\s+{function}\b|{function}\s*=)", re.M
    )
    best = 0
    for _, source in found:
        tree = parsed(source) if function in source else ast.Module([], [])
        if tree is None:
            best = max(best, 2 if begun.search(source) else 0)
            continue
        for node in tree.body:
            if isinstance(node, DEFINES) and function in bound(node):
                best = max(best, 1 if _given(node) else 3)
    return best


def _given(node):
    """Whether a definition is the stub, or somebody else's."""
    if isinstance(node, ast.FunctionDef):
        body = node.body[ast.get_docstring(node) is not None :]
        return len(body) == 1 and isinstance(body[0], ast.Raise)
    return isinstance(node, ast.Import | ast.ImportFrom)


def newest(files: list[File]) -> File:
    """Return the newest of several files.

    By the system's number; where there is none, by the number in the name if
    the names are the same but for it, else by the time.
    """
    heads: dict[str, tuple] = {}
    for file in files:
        base, v = version(file.name)
        this = file.number, v, file.time, file.name, file
        if base not in heads or this[:4] >= heads[base][:4]:
            heads[base] = this
    return max(
        (file for *_, file in heads.values()),
        key=lambda file: (file.number, file.time, file.name),
    )


def version(name: str) -> tuple[str, int]:
    """Return the name of a file without its version, and the version.

    >>> version("softmax.ipynb"), version("Copy of softmax (9).ipynb")
    (('softmax.ipynb', 0), ('softmax.ipynb', 10))
    """
    folder, _, file = name.lower().rpartition("/")
    stem, dot, suffix = file.partition(".")
    found = VERSION.match(stem)
    assert found is not None  # every part of the pattern may be empty
    copy, base, *numbers = found.groups()
    v = _whole(next(filter(None, numbers), "0")) + (copy is not None)
    return f"{folder}/{base}{dot}{suffix}".lstrip("/"), v


def find(place: Path, exercises: Collection[str] = ()) -> list[Submission]:
    """Return the submissions in a folder or a zip, sorted by student.

    Parameters
    ----------
    place : Path
    exercises : collection of str
        What is graded. A folder with files or folders of these names is a
        student's; any other that stands alone at the top is a wrapper.

    Raises
    ------
    ExerciseError
        When there is no such folder or zip, or nothing in it.
    """
    if place.is_dir():
        files = list(_folder(place))
    elif archives.is_zip(place):
        files = list(_zip(place))
    else:
        raise ExerciseError(f"{place} is neither a folder nor a zip.")
    skip = _wrappers([file.name for file in files], exercises)
    students: dict[tuple[str, str], list] = {}
    for file in files:
        parts = PurePosixPath(file.name).parts
        own = parts[skip:]
        if parts and (not own or _nobody(own)):
            continue
        student, number, name = who("/".join(own))
        mine = File(name, file.data, _number(own), file.time)
        students.setdefault((student, number), []).append(mine)
    if not students:
        raise ExerciseError(f"{place} holds no submission.")
    return [
        Submission(student, number, tuple(sorted(own, key=lambda f: f.name)))
        for (student, number), own in sorted(students.items())
    ]


def _wrappers(names, exercises):
    """Return how many folders around all others belong to no student."""
    paths = [PurePosixPath(name).parts for name in names]
    skip = 0
    while True:
        here = [p[skip:] for p in paths if p[skip:] and not _nobody(p[skip:])]
        if len({p[0] for p in here}) != 1 or any(len(p) == 1 for p in here):
            break
        below = {version(p[1])[0].partition(".")[0] for p in here}
        if below & set(exercises) or MOODLE.match(here[0][0]):
            return skip
        skip += 1
    return skip if len({who("/".join(p))[:2] for p in here}) > 1 else 0


def _nobody(parts):
    """Whether a path is a file at the top that belongs to no student."""
    return len(parts) == 1 and parts[0].lower() in NOBODY


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
    if not parts:
        return NAMELESS, "", NAMELESS
    for i, part in enumerate(parts):
        if found := MOODLE.match(part):
            rest = "/".join(parts[i + 1 :]) or part
            return found["student"], found["id"], rest
    if found := CANVAS.match(parts[-1]):
        return found["student"], found["id"], found["file"]
    if len(parts) > 1:
        return parts[0], "", "/".join(parts[1:])
    return PurePosixPath(path).stem, "", path


def _number(parts):
    """Return the number that Canvas gave a file, or 0."""
    found = CANVAS.match(parts[-1]) if parts else None
    return _whole(found["number"]) if found else 0


def _whole(digits):
    """Return a number; Python refuses to read some thousands of digits."""
    return int(digits) if len(digits) < 100 else 0


def _folder(place) -> Iterator[File]:
    """Yield the files in a folder; links are not followed."""
    for path in sorted(place.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(place).as_posix()
            raw = name.encode("utf-8", "surrogateescape")
            name = raw.decode("utf-8", "backslashreplace")
            if _meant(name):
                when = time.localtime(path.stat().st_mtime)[:6]
                try:
                    with path.open("rb") as file:
                        data = _taken(name, file)
                except OSError:
                    data = b"\0"
                yield File(name, data, time=when)


def _zip(place) -> Iterator[File]:
    """Yield the files in a zip; nothing is unpacked."""
    with archives.opened(place) as archive:
        for entry in archive.infolist():
            name = archives.name(entry)
            if not name.endswith("/") and _meant(name):
                try:
                    with archive.open(entry) as file:
                        data = _taken(name, file)
                except Exception:  # whatever a damaged entry raises
                    data = b"\0"
                yield File(name.lstrip("/"), data, time=entry.date_time)


def _taken(name, file):
    """Read a file that can be graded; of any other only one byte."""
    if not kind(name):
        return file.read(1)
    data = file.read(MOST_BYTES + 1)
    return data if len(data) <= MOST_BYTES else TOO_MANY


def _meant(name):
    """Whether a file is neither hidden nor one that a program left."""
    parts = PurePosixPath(name.lower()).parts
    return not (IGNORED & set(parts) or any(p[0] == "." for p in parts))
