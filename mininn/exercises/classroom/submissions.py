"""Find what each student handed in, and which file counts.

``layouts`` says whose a file is. Of several files the one that defines the
function is graded, and of several versions the newest; ``Choice`` says which
were left, and why.
"""

import ast
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from mininn.exercises.classroom import layouts, told
from mininn.exercises.classroom.cells import kind
from mininn.exercises.classroom.downloads import (
    METADATA,
    File,
    files,
)
from mininn.exercises.classroom.layouts import Owner, Owners, parts, whole
from mininn.exercises.classroom.newer import parsed
from mininn.exercises.judge.keys import ExerciseError
from mininn.exercises.judge.loading import DEFINES, bound

COPY = re.compile(  # "softmax (2)", "softmax-1", "softmax-Copy3", "..._v9"
    r"(?: ?\((\d+)\)"
    r"|[ _-]+(?:copy|kopie|copi[ae]|cópia) ?(\d*)"
    r"|-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|-(\d+)|[-_ ]?v(\d+))$"
)
COPY_OF = re.compile(r"(?:copy of|kopie von|copi[ae] de|cópia de) ")
LONGEST = 500  # characters of a name in which a version is looked for
NOBODY = {"readme", "readme.txt", "readme.md", "index.html"}  # no student's
NOTES = {layouts.RECEIPT_NAME, "timestamp.txt", METADATA}  # of a system
RANKS = (
    "does not define {}",
    "holds {} as it was handed out, or imports it",
    "seems to define {} in a cell that cannot be read",
)
DEFINED = len(RANKS)


@dataclass(frozen=True)
class Choice:
    """The file that is graded for one function, and those that are not.

    ``left`` has the name of each of these, and why. Without a file there is
    a ``problem``, in words for the student.
    """

    file: File | None
    cells: list
    left: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    unsure: bool = False  # files that define the function are as old
    but: str = ""  # what is wrong with the file that was taken

    @property
    def python(self) -> str:
        """The version of Python that the file says it ran in, or ""."""
        return self.file.read.python if self.file else ""


@dataclass(frozen=True)
class Submission:
    """The files of one student.

    ``id`` is the number or login by which the system knows the student.
    """

    student: str
    id: str
    files: tuple[File, ...]

    @property
    def late(self) -> bool:
        """Whether the system calls a file late."""
        return any(file.late for file in self.files)

    def cells(self, function: str) -> tuple[str, list]:
        """Return the file to grade and its cells; see ``choice``.

        Raises
        ------
        ExerciseError
            When no file can be read, with the reason for the student.
        """
        chosen = self.choice(function)
        if chosen.file is None:
            raise ExerciseError(chosen.problem)
        return chosen.file.name, chosen.cells

    def choice(self, function: str) -> Choice:
        """Return the newest of the files that define a function best.

        See ``rank`` and ``order``.
        """
        left, ranked = [], []
        for file in self.files:
            if file.read.problem:
                left.append((file.name, file.read.problem))
            else:
                ranked.append((rank(file.read.cells, function), file))
        if not ranked:
            reasons = " ".join(f"{name}: {why}" for name, why in left)
            problem = reasons or "nothing was handed in."
            return Choice(None, [], tuple(left), problem)
        best = max(how for how, _ in ranked)
        *older, taken = order([f for how, f in ranked if how == best])
        for how, file in ranked:
            if how < best:
                left.append((file.name, RANKS[how].format(function)))
        left += [(file.name, why_left(file, taken)) for file in older[::-1]]
        unsure = any(why == AS_OLD for _, why in left)
        but = "" if best == DEFINED else RANKS[best].format(function)
        return Choice(taken, taken.read.cells, tuple(left), "", unsure, but)


def rank(found: list, function: str) -> int:
    """Return how well cells define a function.

    3: they do. 2: a cell that cannot be read seems to. 1: they hold the
    stub that was handed out, or import it. 0: at most its name is there.
    """
    begun = re.compile(
        rf"^[ \t]*((def|class)\s+{function}\b|{function}\s*=)", re.M
    )
    best = 0
    for _, source, *_ in found:
        tree = parsed(source) if function in source else ast.Module([], [])
        if tree is None:
            best = max(best, 2 if begun.search(source) else 0)
            continue
        for node in tree.body:
            if isinstance(node, DEFINES) and function in bound(node):
                best = max(best, 1 if _given(node) else DEFINED)
    return best


def _given(node):
    """Whether a definition is the stub, or somebody else's."""
    if isinstance(node, ast.FunctionDef):
        body = node.body[ast.get_docstring(node) is not None :]
        return len(body) == 1 and isinstance(body[0], ast.Raise)
    return isinstance(node, ast.Import | ast.ImportFrom)


AS_OLD = "is as old as the file that was taken: look which one is meant"


def order(found: list[File]) -> list[File]:
    """Return files from the oldest to the newest.

    By the system's number or time; where there is none, by the number in
    the name if the names are the same but for it, else by the time. Files
    that are as old as each other stay in the order of the download.
    """
    by_name: dict[str, list] = {}
    for file in found:
        by_name.setdefault(version(file.name)[0], []).append(file)
    groups = []
    for group in by_name.values():
        group.sort(key=lambda f: (*_sent(f), version(f.name)[1], f.time))
        newest = max((f.time for f in group), default=())
        head = group[-1]
        groups.append((*_sent(head), head.time or newest, group))
    groups.sort(key=lambda of: of[:3])
    return [file for *_, group in groups for file in group]


def _sent(file):
    """Return what the system itself says of when a file came."""
    return file.number, file.sent


def why_left(file: File, taken: File) -> str:
    """Return why a file that defines a function too was not taken."""
    if file.sent != taken.sent and file.number == taken.number:
        return f"was handed in earlier, {_moment(file.sent)}"
    if file.number != taken.number:
        return f"was handed in earlier, as number {file.number}"
    (base, v), (same, w) = version(file.name), version(taken.name)
    if base == same and v != w:
        return "is an earlier version, by its name"
    if file.time != taken.time:
        return f"is older, {_moment(file.time)}"
    return AS_OLD


def _moment(time):
    """Return a time in words.

    >>> _moment((2026, 3, 1, 9, 5))
    '2026-03-01 09:05'
    """
    date, clock = time[:3], time[3:5]
    said = "-".join(f"{n:02d}" for n in date)
    return " ".join([said, ":".join(f"{n:02d}" for n in clock)]).strip()


def version(name: str) -> tuple[str, tuple[int, ...]]:
    """Return the name of a file without its version, and the version.

    >>> version("softmax.ipynb"), version("Copy of softmax (9).ipynb")
    (('softmax.ipynb', ()), ('softmax.ipynb', (9, 1)))
    """
    folder, slash, file = name.lower().rpartition("/")
    stem, dot, suffix = file.partition(".")
    numbers: list[int] = []
    if len(stem) < LONGEST:
        while found := COPY.search(stem):
            digits = next(filter(None, found.groups()), "1")
            numbers.insert(0, whole(digits) if digits.isdecimal() else 8)
            stem = stem[: found.start()]
        while found := COPY_OF.match(stem):
            stem = stem[found.end() :]
            numbers.append(1)
    return f"{folder}{slash}{stem}{dot}{suffix}", tuple(numbers)


@dataclass(frozen=True)
class Class:
    """What a class handed in, and the files that are no student's."""

    submissions: list[Submission]
    nobodys: tuple[tuple[str, str], ...] = ()  # with the reason


def find(
    place: Path,
    exercises: Collection[str] = (),
    names: str = "",
    table: str = "",
) -> list[Submission]:
    """Return the submissions in a folder or a zip, sorted by student.

    See ``survey``.
    """
    return survey(place, exercises, names, table).submissions


def survey(
    place: Path,
    exercises: Collection[str] = (),
    names: str = "",
    table: str = "",
) -> Class:
    """Return what is in a folder or a zip, and whose it is.

    Parameters
    ----------
    place : Path
    exercises : collection of str
        What is graded. A folder with files or folders of these names is a
        student's, any other that stands alone at the top is a wrapper, and
        a file of such a name that lies in no folder says no student.
    names : str
        A regular expression that names the student, for a system that is
        not known; see ``told.by_pattern``.
    table : str
        The text of a table ``file,student``; see ``told.by_table``.

    Raises
    ------
    ExerciseError
        When there is no such folder or zip, or nothing of a student in it.
    """
    found = files(place)
    nobodys: list[tuple[str, str]] = []
    if table or names:
        how = told.by_table if table else told.by_pattern
        owners = how(found, table or names)
    else:
        owners = _found(found, exercises)
    times = layouts.timestamps(found)
    students: dict[tuple[str, str], list[File]] = {}
    for file in found:
        if file.path not in owners and not _note(file):
            nobodys.append((file.path, "says no student"))
        for owner in owners.get(file.path, []):
            folder = str(PurePosixPath(file.path).parent)
            mine = replace(
                file,
                name=owner.file,
                number=owner.number,
                sent=owner.sent or times.get(folder, ()),
                late=owner.late,
            )
            who = unicodedata.normalize("NFC", owner.student), owner.id
            students.setdefault(who, []).append(mine)
    if not students:
        raise ExerciseError(_no_one(place, nobodys))
    return Class(
        [Submission(*who, _own(students[who])) for who in sorted(students)],
        tuple(nobodys),
    )


def _no_one(place, nobodys):
    """Say why there is no submission, and what to do."""
    if not nobodys:
        return f"{place} holds no submission."
    path, _ = nobodys[0]
    return (
        f"{place} holds no submission: no name there, such as {path}, says "
        f"whose a file is. Put the files of each student into a folder, or "
        f"give --table with a table file,student."
    )


def _own(mine):
    """Return the files of a student without what a system added."""
    return tuple(file for file in mine if not _note(file))


def _note(file):
    """Whether a file is a system's, not a student's."""
    return parts(file.name)[-1:] and parts(file.name)[-1] in NOTES


def _found(found: list[File], exercises) -> Owners:
    """Return whose files are, by the system's names or by the folders."""
    owners = layouts.recognised(found)
    rest = [f for f in found if f.path not in owners and not _note(f)]
    if owners:
        skip = layouts.around([parts(file.path) for file in found])
        rest = [file for file in rest if kind(file.path)]
    else:
        skip = _wrappers([parts(file.path) for file in rest], exercises)
    own = {f.path: parts(f.path)[skip:] for f in rest}
    own = {path: p for path, p in own.items() if p and not _nobody(p)}
    prefix = _prefix([p[0] for p in own.values() if len(p) > 1], exercises)
    alone = {_stem(p[0]) for p in own.values() if len(p) == 1}
    for path, names in own.items():
        owner = who("/".join(names))
        student = owner.student.removeprefix(prefix)
        if len(names) == 1 and not owner.id:
            if version(student)[0] in exercises:
                continue
            student = _same(student, alone)
        owners[path] = [replace(owner, student=student)]
    return owners


def _same(stem, stems):
    """Return the name of which another is a copy, if that is there too."""
    base, numbers = version(stem)
    plain = {s.lower(): s for s in stems}
    copied = numbers and not re.search(r"[-_ ]v?\d+$", stem)
    return plain.get(base, stem) if copied else stem


def _prefix(folders, exercises):
    """Return what GitHub puts before all logins, ``{assignment}-``."""
    every = set(folders)
    for exercise in exercises:
        if every and all(f.startswith(f"{exercise}-") for f in every):
            return f"{exercise}-"
    common = layouts.shared(every, "-") if len(every) > 2 else ""
    logins = [f.removeprefix(common) for f in every]
    return common if all(map(layouts.LOGIN.fullmatch, logins)) else ""


def _wrappers(paths, exercises):
    """Return how many folders around all others belong to no student."""
    skip = 0
    while True:
        here = [p[skip:] for p in paths if p[skip:] and not _nobody(p[skip:])]
        if len({p[0] for p in here}) != 1 or any(len(p) == 1 for p in here):
            break
        below = {_stem(version(p[1])[0]) for p in here}
        if below & set(exercises) or layouts.in_moodle(here[0][0]):
            return skip
        skip += 1
    people = {who("/".join(p)) for p in here}
    return skip if len({(o.student, o.id) for o in people}) > 1 else 0


def _nobody(own):
    """Whether a path is a file at the top that belongs to no student."""
    return len(own) == 1 and own[0].lower() in NOBODY


def who(path: str) -> Owner:
    """Return whose a file is by its path alone.

    >>> who("doeann_LATE_101_2002_my work.ipynb").file
    'my work.ipynb'
    >>> who("Ann Doe_31_assignsubmission_file_/softmax.ipynb").student
    'Ann Doe'
    >>> who("ann/week1/softmax.ipynb").student, who("ann.py").student
    ('ann', 'ann')
    """
    first, *below = parts(path)
    rest = "/".join(below)
    for look in (layouts.in_moodle, layouts.in_canvas):
        if owner := look(first, rest):
            return owner
    if below:
        return Owner(re.sub(r"(?i)\.zip$", "", first) or first, rest)
    return Owner(_stem(first), first)


def _stem(name):
    """Return the name of a file without its ending.

    >>> _stem("Ann B. Doe.ipynb.txt"), _stem("ann.pdf"), _stem("Ann B. Doe")
    ('Ann B. Doe', 'ann', 'Ann B. Doe')
    """
    if kind(name):
        name = re.sub(r"(?i)\.txt$", "", name)
    return re.sub(r"\.\w{1,5}$", "", name)
