"""Whose a file is: the folders and names that each system gives.

A layout looks at the files of a whole download and returns, for those that
it understands, whose they are. The words in such names are translated, so
shapes and digits decide wherever they can.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from mininn.exercises.classroom.downloads import METADATA, File, is_zip
from mininn.exercises.judge.keys import ExerciseError


@dataclass(frozen=True)
class Owner:
    """Whose a file is, how the student called it, and what the system adds.

    ``id`` is the number or the login by which the system knows the student,
    ``number`` and ``sent`` say which attempt it is.
    """

    student: str
    file: str
    id: str = ""
    number: int = 0
    sent: tuple = ()
    late: bool = False


Owners = dict[str, list[Owner]]  # by the path of a file; a group has several

CANVAS = re.compile(
    r"(?:(?P<late>LATE)_)?(?P<student>anon|.+?)(?:_(?P<too>LATE))?"
    r"_(?P<id>(?<=anon_)[A-Za-z0-9]+|\d+)_"
    r"(?:(?P<number>\d+)_(?P<file>.+)|(?P<text>(?:text|link)\.html))",
    re.S,
)
MOODLE = re.compile(
    r"(?P<student>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)",
    re.S,
)
SIX = r"\d{4}(?:-\d\d){5}"
BLACKBOARD = re.compile(
    rf"(?P<head>.+?)_[^\W\d_]+_(?P<sent>{SIX})(?:_(?P<file>.+)|\.txt)", re.S
)
RECEIPT = re.compile(r"[^:(]+: *(.*?) *\(([^()\s]+)\) *")
LINE = re.compile(r"[^:]+:\s*(.+?)\s*")
BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-\d+ - (?P<student>.+?) - (?P<sent>[^/]*?\d{4} "
    r"\d?\d:?\d\d(?: ?[AP]M)?)(?: - (?P<file>.+))?",
    re.S | re.I,
)
MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
ILIAS = re.compile(
    r"(?P<last>[^_\d]+)_(?P<first>\D+?)_(?P<id>[^_]+)_\d+", re.S
)
RECEIPT_NAME = "receipt.txt"  # Blackboard's, of what was handed in
ILIAS_FOLDERS = {"abgaben", "submissions"}
VERSION = re.compile(r"\D{3,}?\s?(\d+)")
LOGIN = re.compile(r"(?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){1,39}")
WHEN = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)")


def parts(path: str) -> tuple[str, ...]:
    """Return the folders and the name in a path."""
    return PurePosixPath(path).parts


def whole(digits: str) -> int:
    """Return a number; Python refuses to read some thousands of digits."""
    return int(digits) if len(digits) < 100 else 0


def shared(names: Collection[str], mark: str) -> str:
    """Return how all names begin, up to the last mark in it.

    >>> shared(["week-1-ann", "week-1-anton"], "-")
    'week-1-'
    """
    first, last = min(names), max(names)
    pairs = enumerate(zip(first, last, strict=False))
    end = next((i for i, (a, b) in pairs if a != b), len(first))
    return first[: first.rfind(mark, 0, end) + 1]


def _each(look: Callable[[str, str], Owner | None]):
    """Return a layout that looks at one part of a path after the other.

    ``look`` is told the part, and what of the path is below it. Where names
    of the system lie outside of all zips, those in a zip in a folder are not
    the system's: the folder is a student's, who may name what it holds.
    """

    def layout(files: Iterable[File]) -> Owners:
        found: Owners = {}
        inner: Owners = {}
        top = around([parts(file.path) for file in files])
        for file in files:
            names = parts(file.path)
            for i, name in enumerate(names):
                if owner := look(name, "/".join(names[i + 1 :])):
                    hidden = any(map(is_zip, names[top + 1 : i]))
                    (inner if hidden else found)[file.path] = [owner]
                    break
        return found or inner

    return layout


def _below(name, below):
    """Return the path of a file from the name that the system gave it."""
    return "/".join(filter(None, (name, below)))


def in_canvas(name: str, below: str = "") -> Owner | None:
    """Read ``muelleranna_LATE_101_2002_softmax.ipynb``.

    The first two fields of digits are the student's and the file's number.
    """
    found = CANVAS.fullmatch(name)
    if not found:
        return None
    student = found["student"]
    return Owner(
        f"anon {found['id']}" if student == "anon" else student,
        _below(found["file"] or found["text"], below),
        found["id"],
        number=whole(found["number"] or "0"),
        late=bool(found["late"] or found["too"]),
    )


def in_moodle(name: str, below: str = "") -> Owner | None:
    """Read ``Ann Doe_31_assignsubmission_file/softmax.ipynb``."""
    found = MOODLE.fullmatch(name)
    if not found:
        return None
    file = _below(found["file"], below) or name
    return Owner(found["student"], file, found["id"])


def in_brightspace(name: str, below: str = "") -> Owner | None:
    """Read ``35244-46138 - Ann Doe - Aug 28, 2019 919 PM - a.py``."""
    found = BRIGHTSPACE.fullmatch(name)
    if not found or not (found["file"] or below):
        return None
    file = _below(found["file"], below)
    sent = english_time(found["sent"])
    return Owner(found["student"], file, found["id"], sent=sent)


def english_time(text: str) -> tuple:
    """Return a time as numbers, or () when its month is not English.

    >>> english_time("Aug 28, 2019 919 PM")
    (2019, 8, 28, 21, 19)
    """
    found = re.fullmatch(
        r"(\w{3})\w* (\d+), (\d{4}) (\d?\d):?(\d\d) ?([AP]M)?", text, re.I
    )
    month, rest = divmod(MONTHS.find(found[1].lower()), 3) if found else (0, 1)
    if not found or rest:
        return ()
    day, year, hour, minute = map(int, found.group(2, 3, 4, 5))
    if found[6]:
        hour = hour % 12 + 12 * (found[6].lower() == "pm")
    return year, month + 1, day, hour, minute


def blackboard(files: Iterable[File]) -> Owners:
    """Read ``Week_1_adoe_attempt_2026-03-01-10-00-00_softmax.ipynb``.

    All its parts may hold ``_``: the login is what a receipt says, else what
    follows the words with which all names begin.
    """
    seen = {}
    for file in files:
        for i, name in enumerate(parts(file.path)):
            if found := BLACKBOARD.fullmatch(name):
                below = "/".join(parts(file.path)[i + 1 :])
                seen[file.path] = file, found, below
                break
    people: dict[str, str] = {}
    called: dict[str, str] = {}
    for file, found, _ in seen.values():
        if not found["file"]:
            student, login, names = _receipt(file, found)
            people[login] = student
            called |= names
    logins = _logins({f["head"] for _, f, _ in seen.values()}, people)
    owners: Owners = {}
    for path, (_, found, below) in seen.items():
        login = logins[found["head"]]
        name = called.get(found[0]) or found["file"] or RECEIPT_NAME
        sent = tuple(map(int, found["sent"].split("-")))
        student = people.get(login) or login
        owner = Owner(student, _below(name, below), login, sent=sent)
        owners[path] = [owner]
    return owners


def _receipt(file, own):
    """Return name and login of a student, and what the files were called.

    A receipt holds what students wrote too: only the names of the same
    attempt count.
    """
    lines = file.data.decode("utf-8-sig", "replace").splitlines()
    who = RECEIPT.fullmatch(lines[0]) if lines else None
    if not who or not own["head"].endswith(f"_{who[2]}"):
        return "", "", {}
    given = [found[1] for found in map(LINE.fullmatch, lines) if found]
    names = {}
    for original, name in pairwise(given):
        found = BLACKBOARD.fullmatch(name)
        if found and found.group("head", "sent") == own.group("head", "sent"):
            names[name] = original
    return *who.groups(), names


def _logins(heads, people):
    """Return the login at the end of each head, ``{assignment}_{login}``."""
    known = {
        head: max(ends, key=len)
        for head in heads
        if (ends := [p for p in people if p and head.endswith(f"_{p}")])
    }
    first = {head.removesuffix(login) for head, login in known.items()}
    if not first and len(heads) > 1:
        first = {shared(heads, "_")}
    for head in heads - set(known):
        begins = [b for b in first if b and head.startswith(b)]
        start = len(max(begins, key=len)) if begins else head.rfind("_") + 1
        known[head] = head[start:]
    return known


def gradescope(files: Iterable[File]) -> Owners:
    """Read ``submission_1/…`` with what submission_metadata.yml says.

    Raises
    ------
    ExerciseError
        When there is such a file and it cannot be read.
    """
    files, owners = list(files), {}
    for file in files:
        if parts(file.path)[-1] != METADATA:
            continue
        root = file.path.removesuffix(METADATA)
        if not all(other.path.startswith(root) for other in files):
            continue  # it lies among what a student handed in
        said = _metadata(file)
        for other in files:
            name, _, below = other.path.removeprefix(root).partition("/")
            if other.path.startswith(root) and below and name in said:
                owners[other.path] = _submitters(name, below, said[name])
    return owners


def _metadata(file) -> dict[str, Any]:
    """Return what Gradescope says of each submission."""
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise ExerciseError(
            f"{METADATA} needs a package that is not installed here: "
            f"pip install pyyaml"
        ) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        said = yaml.load(file.data, loader)
        return {name: of for name, of in said.items() if isinstance(of, dict)}
    except (yaml.YAMLError, AttributeError, ValueError, RecursionError):
        raise ExerciseError(
            f"{file.path} is damaged: it says whose each submission is. "
            f"Download it again."
        ) from None


def _submitters(folder, below, said):
    """Return an owner for each of those who handed in together."""
    found = WHEN.search(str(said.get(":created_at", "")))
    sent = tuple(map(int, found.groups())) if found else ()
    people = [p for p in said.get(":submitters") or [] if isinstance(p, dict)]
    owners = [
        Owner(
            str(p.get(":name") or folder),
            below,
            str(p.get(":sid") or p.get(":email") or ""),
            sent=sent,
        )
        for p in people
    ]
    return owners or [Owner(folder, below, sent=sent)]


def teams(files: Iterable[File]) -> Owners:
    """Read ``…/{student}/{assignment}/Version 2/softmax.ipynb``.

    An assignment, or a folder of a student's, may look like a version too:
    it is the deepest folder that does so for most students.
    """
    at: dict[int, Owners] = {}
    for file in files:
        names = parts(file.path)
        for i in range(2, len(names) - 1):
            if version := VERSION.fullmatch(names[i]):
                own, number = "/".join(names[i - 1 :]), whole(version[1])
                owner = Owner(names[i - 2], own, number=number)
                at.setdefault(i, {})[file.path] = [owner]
    many = {i: len({o.student for (o,) in at[i].values()}) for i in at}
    most = max(many.values(), default=0)
    return at[max(i for i in at if 2 * many[i] > most)] if at else {}


def ilias(files: Iterable[File]) -> Owners:
    """Read ``Abgaben/Doe_Ann_adoe_271/softmax.ipynb``, in teams or not."""
    found: Owners = {}
    for file in files:
        names = parts(file.path)
        for i, name in enumerate(names[1:-1], 1):
            before = {n.lower() for n in names[max(0, i - 2) : i]}
            who = ILIAS.fullmatch(name)
            if who and before & ILIAS_FOLDERS:
                student = f"{who['first']} {who['last']}"
                below = "/".join(names[i + 1 :])
                found[file.path] = [Owner(student, below, who["id"])]
                break
    return found


def nbgrader(files: Iterable[File]) -> Owners:
    """Read ``submitted/{student}/{assignment}/softmax.ipynb``."""
    found: Owners = {}
    for file in files:
        names = parts(file.path)
        at = names.index("submitted") + 1 if "submitted" in names else 0
        if at and len(names) > at + 2:
            below = "/".join(names[at + 1 :])
            found[file.path] = [Owner(names[at], below)]
    return found


def timestamps(files: Iterable[File]) -> dict[str, tuple]:
    """Return the time in each folder's timestamp.txt, as nbgrader has it."""
    times = {}
    for file in files:
        if parts(file.path)[-1:] == ("timestamp.txt",):
            text = file.data.decode("utf-8", "replace")
            if found := WHEN.search(text):
                folder = str(PurePosixPath(file.path).parent)
                times[folder] = tuple(map(int, found.groups()))
    return times


LAYOUTS: list[Callable[[Iterable[File]], Owners]] = [
    gradescope,
    _each(in_moodle),
    blackboard,
    _each(in_brightspace),
    _each(in_canvas),
    ilias,
    nbgrader,
    teams,
]


def recognised(files: list[File]) -> Owners:
    """Return whose files are, by the layout that fits most of what there is.

    What lies on top counts, not what is in it: a student may put any folder
    and any name into a zip.
    """
    skip = around([parts(file.path) for file in files])
    tops = {parts(file.path)[skip:][:1] for file in files}
    for layout in LAYOUTS:
        found = layout(files)
        if 2 * len({parts(path)[skip:][:1] for path in found}) >= len(tops):
            return found
    return {}


def around(paths: list[tuple[str, ...]]) -> int:
    """Return how many folders lie around all paths."""
    skip = 0
    while len({p[: skip + 1] for p in paths}) == 1 and all(
        len(p) > skip + 1 for p in paths
    ):
        skip += 1
    return skip
