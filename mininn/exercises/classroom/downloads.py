"""Read what was downloaded: a folder or a zip, with the zips inside it.

Nothing is unpacked. What a program left there, such as ``__MACOSX`` or
``Thumbs.db``, is passed over, and so are hidden files and packages.
"""

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mininn.exercises.classroom import archives
from mininn.exercises.classroom.cells import (
    MOST_BYTES,
    Reading,
    kind,
    reading,
)
from mininn.exercises.judge.keys import ExerciseError

TOO_MANY = bytes(MOST_BYTES + 1)  # stands for every file that is larger
MOST_TEXT = 2**16  # of a receipt
MOST_ZIP = 2**26  # of a zip that lies in another
MOST_INSIDE = 2**27  # of all that is read in such a zip
MOST_ENTRIES = 2000
MOST_DEPTH = 3
PK = b"PK"  # with which every zip begins
UNKNOWN = (1980, 1, 1, 0, 0, 0)  # as a zip has it
NAMELESS = "(no name)"
METADATA = "submission_metadata.yml"  # Gradescope's
LEFT = {  # by programs
    "__macosx",
    "__pycache__",
    "desktop.ini",
    "dist-packages",
    "icon\r",
    "node_modules",
    "site-packages",
    "thumbs.db",
}


@dataclass(frozen=True)
class File:
    """A file that was handed in, and what tells how new it is.

    ``path`` is its name in the download. ``number`` and ``sent`` are the
    system's own: the later it came, the larger they are; ``time`` is that
    of the file. ``problem`` says why it has no data.
    """

    name: str
    data: bytes = field(repr=False)
    number: int = 0
    sent: tuple = ()
    time: tuple = field(default=(), compare=False)
    late: bool = False
    path: str = ""
    problem: str = ""

    @cached_property
    def read(self) -> Reading:
        """The cells of the file, or why there are none."""
        if self.problem:
            return Reading([], self.problem)
        return reading(self.name, self.data)


def files(place: Path) -> list[File]:
    """Return the files in a folder or a zip, in the order they have there.

    Raises
    ------
    ExerciseError
        When there is no such folder or zip, or it cannot be read at all.
    """
    if place.is_dir():
        return list(_folder(place))
    if place.is_file():
        with place.open("rb") as file:
            if zipfile.is_zipfile(file) or file.seek(0) or file.read(2) == PK:
                return list(_zip(file, str(place), ""))
    raise ExerciseError(f"{place} is neither a folder nor a zip.")


def _folder(place) -> Iterator[File]:
    """Yield the files in a folder; links are not followed."""
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        raw = name.encode("utf-8", "surrogateescape")
        name = raw.decode("utf-8", "backslashreplace")
        if not _meant(name) or path.is_symlink() or not path.is_file():
            continue
        try:
            when = time.localtime(path.stat().st_mtime)[:6]
            with path.open("rb") as file:
                if is_zip(name):
                    yield from _inside(file, name, when, "/" in name)
                    continue
                data, problem = file.read(_most(name)), ""
        except (OSError, ValueError, OverflowError):
            data, problem, when = b"", "cannot be opened.", UNKNOWN
        yield _file(name, data, when, problem)


def _zip(file: BinaryIO, said: str, folder: str, depth=0) -> Iterator[File]:
    """Yield the files in a zip, and those in the zips that it holds."""
    with archives.opened(file, said) as archive:
        for entry in archive.infolist():
            name = archives.name(entry).lstrip("/")
            if archives.name(entry).endswith("/") or not _meant(name):
                continue
            path = f"{folder}/{name}" if folder else name
            most, when = _most(name), entry.date_time
            data, problem = archives.taken(archive, entry, most)
            if is_zip(name) and not problem:
                inner = io.BytesIO(data)
                yield from _inside(inner, path, when, depth + 1)
            else:
                yield _file(path, data, when, problem)


def _inside(file, path, when, depth) -> Iterator[File]:
    """Yield what a zip inside the download holds; it may cost itself.

    One of depth 0, on top of a folder, may be that of a whole class.
    """
    found: list[File] = []
    size, why, room = 0, "", 1 if depth else 16
    if file.seek(0, io.SEEK_END) > room * MOST_ZIP or depth > MOST_DEPTH:
        why = "is too large a zip, or lies in too many others."
    try:
        for one in [] if why else _zip(file, "", path, depth):
            size += len(one.data)
            if size > room * MOST_INSIDE or len(found) == room * MOST_ENTRIES:
                why = f"holds more than {MOST_ENTRIES} files, or 128 MB."
                break
            found.append(one)
    except ExerciseError:
        why = "is a damaged zip: it has to be handed in again."
    if not (found or why):
        why = "is an empty zip."
    yield from [] if why else found
    if why:
        yield _file(path, b"", when, why)


def _file(path, data, when, problem=""):
    """Return a File; one that is too large shares its data with others."""
    if kind(path) and len(data) > MOST_BYTES:
        data = TOO_MANY
    path = path if PurePosixPath(path).parts else NAMELESS
    return File(path, data, time=when, path=path, problem=problem)


def _most(name):
    """Return how much is read of a file."""
    if kind(name) or name.endswith(METADATA):
        return MOST_BYTES + 1
    if is_zip(name):
        return MOST_ZIP + 1
    return MOST_TEXT if name.lower().endswith(".txt") else 1


def is_zip(name: str) -> bool:
    """Whether a file is looked into as a zip."""
    return name.lower().endswith(".zip")


def _meant(name):
    """Whether a file is neither hidden nor one that a program left."""
    parts = PurePosixPath(name.lower()).parts
    return not (
        LEFT & set(parts) or any(p.startswith((".", "~$")) for p in parts)
    )
