"""Grade a class: every submission in its own child, in any number of jobs.

Each result is stored at once, so an interrupted run goes on where it
stopped. A result is used again only for the same file and the same key.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path

from mininn.exercises.classroom.sandbox import Sandbox
from mininn.exercises.classroom.submissions import Submission
from mininn.exercises.classroom.wire import one_line
from mininn.exercises.judge.diagnose import Part, Verdict, judge_outcomes
from mininn.exercises.judge.keys import ExerciseError, Key, dump
from mininn.exercises.judge.outcomes import Outcome


@dataclass(frozen=True)
class Grade:
    """The verdicts on one student's submission, one per exercise."""

    student: str
    id: str
    file: str
    verdicts: list[Verdict]

    @property
    def points(self) -> float:
        """The points reached in all exercises."""
        return sum(v.points for v in self.verdicts)

    @property
    def of(self) -> float:
        """The points there are."""
        return sum(v.of for v in self.verdicts)


def grade_exercise(
    submission: Submission, key: Key, sandbox: Sandbox
) -> tuple[str, Verdict]:
    """Return the file that was graded and the verdict on one exercise."""
    try:
        file, cells = submission.cells(key.function)
    except ExerciseError as error:
        missing = Outcome(error="Missing", text=str(error))
        return "", judge_outcomes(key, [missing] * len(key.cases))
    return file, judge_outcomes(key, sandbox.run(key, cells))


def grade_student(
    submission: Submission, keys: list[Key], sandbox: Sandbox
) -> Grade:
    """Return the grade of one student."""
    done = [grade_exercise(submission, key, sandbox) for key in keys]
    files = dict.fromkeys(file for file, _ in done if file)
    verdicts = [v for _, v in done]
    who = submission.student, submission.id
    return Grade(*who, ", ".join(files), verdicts)


def grade_all(
    submissions: list[Submission],
    keys: list[Key],
    sandbox: Sandbox,
    folder: Path,
    jobs: int = 2,
    say: Callable[[int, int, str], None] | None = None,
) -> list[Grade]:
    """Return the grades of a class, in the order of ``submissions``.

    Parameters
    ----------
    submissions, keys : lists
    sandbox : Sandbox
    folder : Path
        Results are kept in ``folder/results`` for a run that is resumed.
    jobs : int
        Submissions graded at the same time.
    say : callable, optional
        Told (how many are done, of how many, of whom) as they come.

    Raises
    ------
    SandboxError
        When a child does not start; what was graded so far is stored.
    """
    store = folder / "results"
    store.mkdir(parents=True, exist_ok=True)
    seed = hashlib.sha256("".join(map(dump, keys)).encode()).hexdigest()
    grades: dict[int, Grade] = {}

    def one(submission):
        return _stored(submission, keys, sandbox, store, seed)

    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(one, s): i for i, s in enumerate(submissions)}
        try:
            waiting = set(futures)
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    made = grades[futures[future]] = future.result()
                    if say:
                        say(len(grades), len(futures), _line(made))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [grades[i] for i in range(len(submissions))]


def _line(grade):
    return f"{one_line(grade.student)}: {grade.points:g} of {grade.of:g}"


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


def _stored(submission, keys, sandbox, store, seed):
    """Return the grade kept from an earlier run, or make and keep it."""
    path = store / f"{slug(submission)}.json"
    digest = hashlib.sha256(seed.encode())
    for file in submission.files:
        head = f"{file.name}:{len(file.data)}:{file.number}:{file.time}:"
        digest.update(head.encode(errors="replace") + file.data)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["digest"] == digest.hexdigest():
            return _restored(kept["grade"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    made = grade_student(submission, keys, sandbox)
    kept = {"digest": digest.hexdigest(), "grade": asdict(made)}
    write(path, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
    return made


def _restored(kept):
    """Return the Grade that ``asdict`` made a dict of."""
    verdicts = [
        Verdict(v["exercise"], [Part(**p) for p in v["parts"]], v["attempted"])
        for v in kept["verdicts"]
    ]
    return Grade(kept["student"], kept["id"], kept["file"], verdicts)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    os.replace(draft, path)


def progress(done: int, of: int, what: str) -> None:
    """Show how far a run is: one line that moves, or one line each."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{done}/{of}  {what}", end="", file=sys.stderr)
        if done == of:
            print(file=sys.stderr)
    else:
        print(f"{done}/{of}  {what}", file=sys.stderr)
