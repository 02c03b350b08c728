"""The commands of an instructor: build, selftest, grade, why, export.

``python -m mininn.exercises build`` writes pages and public keys;
``... grade softmax submissions/`` grades a folder or a zip;
``... why ann softmax`` prints what a student's points were lost on; and
``... export grades/ --to canvas --csv gradebook.csv`` fills in a gradebook.
"""

import argparse
import contextlib
import inspect
import os
import sys
from dataclasses import replace
from pathlib import Path

from mininn.exercises.author import build, release, selftest
from mininn.exercises.author.exercise import PUBLIC
from mininn.exercises.author.notebooks import exercise, read
from mininn.exercises.classroom import (
    cluster,
    deliver,
    grade,
    handback,
    late,
    levels,
    listing,
    options,
    overrides,
    report,
    results,
    why,
    wire,
)
from mininn.exercises.classroom.sandbox import SandboxError
from mininn.exercises.judge.keys import FOLDER, ExerciseError

SOURCES = build.BOOK / "source"


def build_command(args) -> int:
    """Write pages and public keys; with --out, what an instructor needs.

    Nothing is written before every source has passed its self-test.
    """
    paths = build.sources(args.source, args.names)
    if not args.out and args.source.resolve() != SOURCES.resolve():
        raise ExerciseError(
            "sources of your own are not written into the book: give "
            "--out FOLDER."
        )
    make = _for_instructors(args) if args.out else _for_the_book
    made = {}
    for path in paths:
        made[path.stem] = make(path)
        print(f"{path.stem}: the self-test passed", file=sys.stderr)
    if args.out:
        made["mininn"] = {args.out / n: b for n, b in build.library().items()}
    for name, files in made.items():
        changed = [to for to, new in files.items() if build.write(to, new)]
        print(f"{name}:{'' if changed else ' unchanged'}")
        for file in changed:
            print(f"  {_shown(file)}")
    if args.out:
        levels.close([args.out])
    return 0


def _for_the_book(path):
    """Return the page and the public key of a source, by path."""
    both = build.public(path)
    return {
        FOLDER / f"{path.stem}.json": both["key"],
        build.BOOK / path.name: both["page"],
    }


def _for_instructors(args):
    """Return what makes all files of a source, by path."""
    seed, address = _seed(), release.checked(args.at)
    site = os.environ.get("MININN_SITE_URL", "").strip()

    def make(path):
        every = build.everything(path, seed, address, site)
        return {args.out / name: new for name, new in every.items()}

    return make


def _shown(path):
    """Return a path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def selftest_command(args) -> int:
    """Prove graders: on every seed they know right from wrong."""
    faults = 0
    for path in build.sources(args.source, args.names):
        ex = exercise(read(path))
        told = selftest.drawn(ex, args.seeds)
        print(told, flush=True)
        faults += len(told.split("\n")) - 1
    return 1 if faults else 0


def grade_command(args) -> int:
    """Grade a folder or a zip; write what a class and its teacher read."""
    made = _exercises(args)
    asked = {one.name: one.answer.__name__ for one in made}
    place = results.Place(
        str(args.submissions.resolve()),
        args.names_of_files,
        str(args.table.resolve()) if args.table else "",
    )
    handed_in = place.survey({*asked, *asked.values()})
    which = listing.listing(handed_in, asked)
    if args.list:
        print(which, end="")
        return 0
    keys = [one.key(_seed()) for one in made]
    found = handed_in.submissions
    due = () if args.due is None else late.due_time(args.due)
    status = late.moodle_status(args.worksheet) if args.worksheet else None
    chosen = grade.chosen(found, args.only) if args.only else found
    keys = results.same_exercises(args.out, keys)
    with _pool(args, keys) as pool:
        grades = grade.grade_all(
            chosen,
            keys,
            None,
            args.out,
            say=grade.progress,
            again=args.again,
            pool=pool,
            place=place,
        )
    results.write(args.out / "files.txt", which)
    reasons = late.reasons(chosen, grades, due, status, args.late)
    results.Store(args.out, keys).mark_late(reasons)
    for student in results.forget_all_but(args.out, found, place.path):
        told = wire.one_line(student)
        print(f"no longer in {args.submissions}: {told}", file=sys.stderr)
    return _reported(args, keys)


@contextlib.contextmanager
def _pool(args, keys):
    """Give the pool to grade in, and say what is out of its reach."""
    if args.dask:
        with cluster.pool(
            args.dask, keys, args.level, args.trust_students
        ) as (there, told):
            print("\n".join(told), file=sys.stderr)
            yield there
        return
    sandbox = levels.find(args.trust_students, args.level, _private(args))
    print(levels.described(sandbox), file=sys.stderr)
    with grade.jobs_here(args.jobs, sandbox) as here:
        yield here


def _reported(args, keys):
    """Write the reports of all who were graded, unless marks would change."""
    records = results.load(args.out)
    waiting = results.changes(records)
    ours = {key.name: results.digest(key) for key in keys}
    left = [r for r in records if r.keys != ours]
    if (waiting or left) and not args.accept_changes:
        print("".join(f"{line}\n" for line in waiting), end="")
        print(_unaccepted(waiting, left, records), file=sys.stderr)
        return 1
    results.accept(args.out)
    grades = results.accepted(results.load(args.out))
    grades = overrides.apply(grades, args.out)
    report.write_reports(grades, keys, args.out)
    print(report.class_report(grades, keys), end="")
    return 0


def _unaccepted(waiting, left, records):
    """Say why the reports stay as they were, and what to do."""
    said = "the numbers that marks are given on have changed: "
    said += "another MININN_SEED, or a changed exercise. "
    if left:
        said += (
            f"{len(left)} of {len(records)} students have marks on the old "
            f"ones and were not graded again. "
        )
    if waiting:
        said += f"{len(waiting)} marks would change, see above. "
    return (
        f"{said}Nothing was replaced. To take the new marks, run this again "
        f"with --accept-changes."
    )


def why_command(args) -> int:
    """Print what a student's lost points were lost on."""
    args.names = [args.exercise]
    (made,) = _exercises(args)
    key = made.key(_seed())
    records = results.load(args.grades)
    everybody = [record.grade for record in records]
    (who,) = grade.chosen(everybody, [args.student])
    record = records[everybody.index(who)]
    if args.submissions:
        moved = replace(record.place, path=str(args.submissions))
        record = replace(record, place=moved)
    if record.keys.get(key.name) != results.digest(key):
        raise ExerciseError(
            f"{args.exercise} was not graded in {args.grades} on these "
            f"numbers: set MININN_SEED as it was, or grade again."
        )
    there = handback.found([record], list(record.keys))
    if [results.contents(found) for found in there] != [record.files]:
        raise ExerciseError(
            f"{record.place.path} no longer holds what {args.student} was "
            f"graded on: give the folder or zip with --submissions."
        )
    sandbox = levels.find(args.trust_students, args.level, _private(args))
    arguments = list(inspect.signature(made.answer).parameters)
    print(why.why(there[0], key, sandbox, arguments), end="")
    return 0


def export_command(args) -> int:
    """Write what a system takes: marks, and feedback; say who has none."""
    records = results.load(args.grades)
    grades = overrides.apply(results.accepted(records), args.grades)
    if grades:
        report.write_marks(grades, args.grades)
    if args.csv:
        missing = deliver.table(args, grades)
    else:
        missing = deliver.without_table(args, grades)
    if records:
        deliver.feedback(args, records, grades)
    for student in missing:
        print(wire.one_line(student), file=sys.stderr)
    return 1 if missing else 0


def _exercises(args):
    """Return the exercises that are named, from their sources."""
    paths = build.sources(args.source, args.names)
    return [exercise(read(path)) for path in paths]


def _private(args):
    """Return what an answer may not read: what is graded, built, marked."""
    marks = args.grades if "grades" in args else args.out
    folders = [marks, Path("build")]
    if args.submissions:
        folders.append(args.submissions)
    if args.source.resolve() != SOURCES.resolve():
        folders.append(args.source)
    return folders


@contextlib.contextmanager
def _for_you_alone(private):
    """Let other users of this machine read nothing that is written."""
    if not private:
        yield
        return
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _seed():
    """Return the secret seed, or the public one with a warning."""
    seed = os.environ.get("MININN_SEED", "")
    if not seed:
        print(
            "MININN_SEED is not set: the cases are those of the book, which "
            "everybody can read.",
            file=sys.stderr,
        )
    return seed or PUBLIC


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        "python -m mininn.exercises", description="Exercises of the book."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    make = commands.add_parser("build", help="generate from the sources")
    make.add_argument(
        "names", nargs="*", metavar="NAME", help="exercises; else all"
    )
    make.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="what an instructor needs goes here",
    )
    make.add_argument(
        "--at",
        default="",
        metavar="ADDRESS",
        help="where on the web students find the files of release",
    )
    make.set_defaults(run=build_command)
    prove = commands.add_parser("selftest", help="prove that marks are fair")
    prove.add_argument(
        "names", nargs="*", metavar="NAME", help="exercises; else all"
    )
    prove.add_argument(
        "--seeds",
        type=options.whole,
        default=200,
        metavar="NUMBER",
        help="how many draws of the cases are tried (200)",
    )
    prove.set_defaults(run=selftest_command)
    for name, about, run in (
        ("grade", "grade a class", grade_command),
        ("why", "see what a student's points were lost on", why_command),
        ("export", "marks and feedback for a system", export_command),
    ):
        command = commands.add_parser(name, help=about)
        getattr(options, name)(command)
        command.set_defaults(run=run)
    for command in (
        make,
        prove,
        *(commands.choices[n] for n in ("grade", "why")),
    ):
        command.add_argument(
            "--source",
            type=Path,
            default=SOURCES,
            metavar="FOLDER",
            help="source notebooks of your own; else the book's",
        )
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; return 0, or with a reason 1 or 2.

    1 says that a build was refused or that marks found no row, 2 that
    nothing was graded or exported.
    """
    args = parser().parse_args(argv)
    try:
        with _for_you_alone(getattr(args, "out", None)):
            return args.run(args)
    except (ExerciseError, SandboxError, OSError) as error:
        print(f"mininn.exercises: {error}", file=sys.stderr)
        return 1 if args.run is build_command else 2


if __name__ == "__main__":
    sys.exit(main())
