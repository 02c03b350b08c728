"""What is kept of a class: a file a student, from which tables are written.

A kept result counts for the same files and the same keys, unless time ran
out. Results on other keys, those of a changed exercise or another seed, are
kept beside the old ones until they are accepted.
"""

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from mininn.exercises.classroom import tables
from mininn.exercises.classroom.submissions import (
    Class,
    Submission,
    survey,
)
from mininn.exercises.classroom.wire import one_line
from mininn.exercises.judge.diagnose import Part, Verdict
from mininn.exercises.judge.keys import ExerciseError, Key, dump


@dataclass(frozen=True)
class Override:
    """A mark given by hand, for one student and one exercise."""

    points: float
    reason: str


@dataclass(frozen=True)
class Grade:
    """The verdicts on one student's submission, one per exercise.

    ``slow`` names the exercises in which time ran out; ``late`` says why
    the submission counts as late; ``ran`` names the versions that graded it;
    ``by_hand`` holds corrections by exercise.
    """

    student: str
    id: str
    file: str
    verdicts: list[Verdict]
    slow: list[str] = field(default_factory=list)
    late: str = ""
    ran: str = ""
    by_hand: dict[str, Override] = field(default_factory=dict)

    def mark(self, verdict: Verdict) -> float:
        """The points that count in an exercise: given by hand, or judged."""
        given = self.by_hand.get(verdict.exercise)
        return given.points if given else verdict.points

    @property
    def points(self) -> float:
        """The points that count, in all exercises."""
        return sum(self.mark(v) for v in self.verdicts)

    @property
    def of(self) -> float:
        """The points there are."""
        return sum(v.of for v in self.verdicts)


@dataclass(frozen=True)
class Place:
    """Where submissions are, and how names there are read; see ``survey``.

    ``table`` is the path of a table ``file,student``.
    """

    path: str = ""
    names: str = ""
    table: str = ""

    def survey(self, exercises: Collection[str]) -> Class:
        """Return what is handed in there.

        Raises
        ------
        ExerciseError
            When the place is not there, or holds nothing, or the table is
            empty.
        """
        text = ""
        if self.table:
            data = Path(self.table).read_bytes()
            text, _ = tables.decoded(data, self.table)
            if not text.strip("\ufeff \t\r\n"):
                raise ExerciseError(
                    f"--table: {self.table} is empty: its first line must be "
                    f"file,student or file,student,id."
                )
        return survey(Path(self.path), exercises, self.names, text)


@dataclass(frozen=True)
class Record:
    """A grade, and what it was made from.

    ``files`` is the digest of what was handed in, ``keys`` those of the
    keys, by exercise; ``place`` is where the submission was. ``before`` is
    the record that this one waits to replace.
    """

    grade: Grade
    files: str
    keys: dict[str, str]
    place: Place = Place()
    before: "Record | None" = None


class Store:
    """The results in a folder of grades, for certain keys."""

    def __init__(self, folder: Path, keys: list[Key], place: Place = Place()):
        self.folder, self.place = folder, place
        self.keys = {key.name: digest(key) for key in keys}
        (folder / "results").mkdir(parents=True, exist_ok=True)

    def kept(self, submission: Submission) -> Grade | None:
        """Return the grade that an earlier run kept, if it still counts."""
        old, files = self._old(submission), contents(submission)
        for record in (old, old and old.before):
            if record and (record.files, record.keys) == (files, self.keys):
                if record.grade.slow:
                    return None
                if record is not old or record.place != self.place:
                    self._write(replace(record, place=self.place))
                return record.grade
        return None

    def keep(self, submission: Submission, made: Grade) -> Grade:
        """Store a grade; one on other keys does not replace the old one."""
        old, files = self._old(submission), contents(submission)
        before = (old.before or old) if old else None
        if before and before.keys == self.keys:
            before = None
        made = replace(made, late=old.grade.late if old else "")
        self._write(Record(made, files, self.keys, self.place, before))
        return made

    def mark_late(self, reasons: dict[tuple[str, str], str]) -> None:
        """Write down why students count as late; "" says they do not."""
        for record in load(self.folder):
            grade = record.grade
            why = reasons.get((grade.student, grade.id), grade.late)
            if why != grade.late:
                self._write(replace(record, grade=replace(grade, late=why)))

    def _old(self, submission):
        """Return the record of a student, or None."""
        return read(path(self.folder, submission))

    def _write(self, record):
        """Write a record whole or not at all."""
        plain = asdict(record)
        text = json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
        write(path(self.folder, record.grade), text)


def digest(key: Key) -> str:
    """Return the digest of a key."""
    return hashlib.sha256(dump(key).encode()).hexdigest()


def contents(submission: Submission) -> str:
    """Return the digest of what a student handed in."""
    whole = hashlib.sha256()
    for file in submission.files:
        head = f"{file.name}:{len(file.data)}:{file.number}:{file.time}:"
        whole.update(head.encode(errors="replace") + file.data)
    return whole.hexdigest()


def path(folder: Path, of: Grade | Submission) -> Path:
    """Return where the result of a student is kept."""
    return folder / "results" / f"{slug(of)}.json"


def read(file: Path) -> Record | None:
    """Return what a file holds; None when it is not there or damaged."""
    try:
        return _record(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def load(folder: Path) -> list[Record]:
    """Return all records of a folder of grades, sorted by student."""
    files = (folder / "results").glob("*.json")
    found = [record for record in map(read, files) if record]
    return sorted(found, key=lambda r: (r.grade.student, r.grade.id))


def _record(plain):
    """Return the Record that ``asdict`` made a dict of."""
    before = plain.pop("before")
    kept = plain.pop("grade")
    verdicts = [
        Verdict(**v | {"parts": [Part(**p) for p in v["parts"]]})
        for v in kept.pop("verdicts")
    ]
    hand = {n: Override(**o) for n, o in kept.pop("by_hand").items()}
    grade = Grade(**kept, verdicts=verdicts, by_hand=hand)
    place = Place(**plain.pop("place"))
    older = before and _record(before)
    return Record(grade, **plain, place=place, before=older)


def same_exercises(folder: Path, keys: list[Key]) -> list[Key]:
    """Return keys in the order that their folder of grades has them in.

    A table has one order of columns, in whichever they are named later.

    Raises
    ------
    ExerciseError
        When it holds marks of others: a table is of one assignment.
    """
    wanted = {key.name: key for key in keys}
    for record in load(folder):
        if set(record.keys) != set(wanted):
            raise ExerciseError(
                f"{folder} holds the marks of {', '.join(record.keys)}. To "
                f"grade {', '.join(wanted)}, give another folder with --out."
            )
        wanted = {name: wanted[name] for name in record.keys}
    return list(wanted.values())


def forget_all_but(folder: Path, found: list[Submission], place: str):
    """Remove results of who is no longer in the place where they were.

    Returns the students. Who came from another place stays: so late
    submissions, in a folder of their own, join the others.
    """
    here = {(s.student, s.id) for s in found}
    gone = []
    for record in load(folder):
        who = record.grade.student, record.grade.id
        if record.place.path == place and who not in here:
            path(folder, record.grade).unlink()
            told = folder / "feedback" / f"{slug(record.grade)}.md"
            told.unlink(missing_ok=True)
            gone.append(record.grade.student)
    return gone


def changes(records: Iterable[Record]) -> list[str]:
    """Return a line for each mark that waits to change: old -> new."""
    found = []
    for record in records:
        if record.before is None:
            continue
        who = one_line(record.grade.student)
        old = {v.exercise: v for v in record.before.grade.verdicts}
        for new in record.grade.verdicts:
            was = old[new.exercise]
            if (was.points, was.of) != (new.points, new.of):
                found.append(
                    f"{who}: {new.exercise} {was.points:g} of {was.of:g} -> "
                    f"{new.points:g} of {new.of:g}"
                )
    return found


def accept(folder: Path) -> None:
    """Let the new results replace those that they were kept beside."""
    for record in load(folder):
        if record.before is not None:
            plain = asdict(replace(record, before=None))
            text = json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
            write(path(folder, record.grade), text)


def accepted(records: Iterable[Record]) -> list[Grade]:
    """Return the grades that count now."""
    return [(record.before or record).grade for record in records]


def slug(grade: Grade | Submission) -> str:
    """Return a name for the files of one student, different for each.

    Examples
    --------
    >>> slug(Submission("Ann Doe", "31", ()))
    'Ann_Doe-31'
    """
    whole = f"{grade.student}-{grade.id}" if grade.id else grade.student
    safe = re.sub(r"[^\w.-]+", "_", whole).strip(".") or "student"
    short = safe.encode()[:120].decode(errors="ignore")  # of bytes 255 may be
    like_an_id = not grade.id and re.search(r"-\d+$", whole)
    if short.replace("_", " ") == whole and not like_an_id:
        return short
    raw = f"{grade.student}/{grade.id}".encode(errors="surrogatepass")
    return f"{short}-{hashlib.sha256(raw).hexdigest()[:8]}"


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    os.replace(draft, path)
