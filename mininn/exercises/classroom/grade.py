"""Grade a class: every submission in its own child, several at a time.

A result is stored as soon as it is there, so an interrupted run goes on where
it stopped; ``results`` says when a stored one counts. An answer that takes
too long is tried once more, alone, since on a busy machine it may only have
waited for its turn.
"""

import re
import sys
from collections.abc import Callable
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from mininn.exercises.classroom import listing, results
from mininn.exercises.classroom.results import Grade
from mininn.exercises.classroom.sandbox import Sandbox
from mininn.exercises.classroom.submissions import Submission
from mininn.exercises.classroom.wire import one_line
from mininn.exercises.judge.diagnose import Verdict, judge_outcomes
from mininn.exercises.judge.keys import ExerciseError, Key
from mininn.exercises.judge.outcomes import Outcome

Who = TypeVar("Who", Submission, Grade)
NOWHERE = results.Place()
WAITING = 4  # submissions that wait for each one that is being graded


@dataclass(frozen=True)
class Pool:
    """Where submissions are graded: here, or on a cluster.

    ``submit`` takes a submission and keys, and gives the Future of a Grade;
    ``width`` is how many are graded at a time.
    """

    submit: Callable[[Submission, list[Key]], Future]
    width: int = field(default=1)


class Judged(NamedTuple):
    """One exercise of one student; ``slow`` says that time ran out."""

    verdict: Verdict
    file: str = ""
    ran: str = ""
    slow: bool = False


def grade_exercise(
    submission: Submission, key: Key, sandbox: Sandbox
) -> Judged:
    """Return the verdict on one exercise, and what was graded for it."""
    chosen = submission.choice(key.function)
    if chosen.file is None:
        missing = Outcome(error="Missing", text=chosen.problem)
        return Judged(judge_outcomes(key, [missing] * len(key.cases)))
    outcomes = sandbox.run(key, chosen.cells)
    return Judged(
        judge_outcomes(key, outcomes),
        chosen.file.name,
        listing.versions(chosen),
        any(outcome.error == "Timeout" for outcome in outcomes),
    )


def grade_student(
    submission: Submission, keys: list[Key], sandbox: Sandbox
) -> Grade:
    """Return the grade of one student."""
    done = [grade_exercise(submission, key, sandbox) for key in keys]
    return Grade(
        submission.student,
        submission.id,
        ", ".join(dict.fromkeys(one.file for one in done if one.file)),
        [one.verdict for one in done],
        slow=[one.verdict.exercise for one in done if one.slow],
        ran=" ".join(dict.fromkeys(one.ran for one in done if one.ran)),
    )


@contextmanager
def jobs_here(jobs: int, sandbox: Sandbox):
    """Give the Pool of this machine, with so many jobs."""
    threads = ThreadPoolExecutor(jobs)
    try:
        yield Pool(
            lambda s, keys: threads.submit(grade_student, s, keys, sandbox),
            jobs,
        )
    finally:
        threads.shutdown(cancel_futures=True)


def grade_all(
    submissions: list[Submission],
    keys: list[Key],
    sandbox: Sandbox | None,
    folder: Path,
    jobs: int = 2,
    say: Callable[[int, int, str], None] | None = None,
    *,
    again: bool = False,
    pool: Pool | None = None,
    place: results.Place = NOWHERE,
) -> list[Grade]:
    """Return the grades of a class, in the order of ``submissions``.

    Parameters
    ----------
    submissions, keys : lists
    sandbox : Sandbox or None
        None with a ``pool`` that has sandboxes of its own.
    folder : Path
        Results are kept in ``folder/results`` for a run that is resumed.
    jobs : int
        Submissions graded at the same time.
    say : callable, optional
        Told (how many are done, of how many, of whom) as they come.
    again : bool
        Whether to grade anew what was graded before.
    pool : Pool, optional
        Where to grade; else here, in ``jobs`` jobs.
    place : Place
        Where the submissions are, for ``why`` and zips of feedback.

    Raises
    ------
    SandboxError
        When a child does not start; what was graded so far is stored.
    """
    if pool is None:
        assert sandbox is not None
        with jobs_here(jobs, sandbox) as pool:
            return _graded(submissions, keys, folder, pool, say, again, place)
    return _graded(submissions, keys, folder, pool, say, again, place)


def _graded(submissions, keys, folder, pool, say, again, place):
    """Grade what is not kept; see ``grade_all``."""
    store = results.Store(folder, keys, place)
    grades: dict[int, Grade] = {}

    def done(i, made):
        grades[i] = made
        if say:
            say(len(grades), len(submissions), _line(made))

    left = []
    for i, submission in enumerate(submissions):
        kept = None if again else store.kept(submission)
        if kept is None:
            left.append(i)
        else:
            done(i, kept)
    slow = {}
    for i, made in _as_they_come(left, submissions, keys, pool):
        if made.slow:
            slow[i] = made
        else:
            done(i, store.keep(submissions[i], made))
    for i in sorted(slow):
        made = _once_more(slow[i], submissions[i], keys, pool)
        done(i, store.keep(submissions[i], made))
    return [grades[i] for i in range(len(submissions))]


def _as_they_come(left, submissions, keys, pool):
    """Yield (number, Grade); few wait, since each holds what was handed in."""
    waiting: dict[Future, int] = {}
    queue = iter(left)
    try:
        while True:
            for i in queue:
                waiting[pool.submit(submissions[i], keys)] = i
                if len(waiting) >= WAITING * pool.width:
                    break
            if not waiting:
                return
            ended = wait(waiting, return_when=FIRST_COMPLETED).done
            for future in sorted(ended, key=_failed):  # what is done counts
                yield waiting.pop(future), future.result()
    finally:
        for future in waiting:
            future.cancel()


def _failed(future):
    """Whether a future ended in an exception."""
    return future.exception() is not None


def _once_more(first, submission, keys, pool):
    """Return a grade in which what took too long was tried again, alone."""
    tried = [key for key in keys if key.name in first.slow]
    second = pool.submit(submission, tried).result()
    new = {verdict.exercise: verdict for verdict in second.verdicts}
    verdicts = [new.get(v.exercise, v) for v in first.verdicts]
    return replace(first, verdicts=verdicts, slow=second.slow)


def _line(grade):
    mark = f"{one_line(grade.student)}: {grade.points:g} of {grade.of:g}"
    return f"{mark}, too slow twice" if grade.slow else mark


def chosen(of: list[Who], names: list[str]) -> list[Who]:
    """Return the submissions or grades of some students.

    Parameters
    ----------
    of : list
    names : list of str
        A name or a number each, as ``grades.csv`` has them.

    Raises
    ------
    ExerciseError
        When nobody has such a name or number, or several have.
    """
    found = []
    for name in names:
        these = [s for s in of if name in (s.student, s.id)]
        if len(these) != 1:
            near = [s.student for s in of if _words(name) & _words(s.student)]
            there = ", ".join(map(one_line, near[:9]))
            raise ExerciseError(
                f"{len(these) or 'no'} students have the name or number "
                f"{one_line(name)!r}."
                + (f" There is: {there}." if near else "")
            )
        found += these
    return found


def _words(name):
    """Return the words of a name that are long enough to tell something."""
    return {w for w in re.findall(r"\w+", name.casefold()) if len(w) > 2}


def progress(done: int, of: int, what: str) -> None:
    """Show how far a run is: one line that moves, or one line each."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{done}/{of}  {what}", end="", file=sys.stderr)
        if done == of:
            print(file=sys.stderr)
    else:
        print(f"{done}/{of}  {what}", file=sys.stderr)
