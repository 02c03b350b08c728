"""The commands of an instructor: build, grade, export.

``python -m mininn.exercises build`` writes pages and public keys;
``... grade softmax submissions/`` grades a folder or a zip; and
``... export grades/ --to canvas --csv gradebook.csv`` fills in a gradebook.
"""

import argparse
import codecs
import os
import sys
from pathlib import Path

from mininn.exercises.author import build
from mininn.exercises.author.exercise import PUBLIC
from mininn.exercises.author.notebooks import exercise, read
from mininn.exercises.classroom import (
    cells,
    export,
    grade,
    levels,
    report,
    submissions,
    wire,
)
from mininn.exercises.classroom.sandbox import SandboxError
from mininn.exercises.judge.keys import FOLDER, ExerciseError

SOURCES = build.BOOK / "source"


def build_command(args) -> int:
    """Write pages and public keys; with --out, what an instructor needs."""
    for path in build.sources(args.source, args.names):
        if args.out:
            files = build.everything(path, _seed())
            made = {args.out / name: text for name, text in files.items()}
        elif args.source.resolve() != SOURCES.resolve():
            raise ExerciseError(
                "sources of your own are not written into the book: give "
                "--out FOLDER."
            )
        else:
            both = build.public(path)
            made = {
                FOLDER / f"{path.stem}.json": both["key"],
                build.BOOK / path.name: both["page"],
            }
        changed = [p.name for p, new in made.items() if build.write(p, new)]
        print(f"{path.stem}: {', '.join(changed) or 'unchanged'}")
    return 0


def grade_command(args) -> int:
    """Grade a folder or a zip; write what a class and its teacher read."""
    paths = build.sources(args.source, args.names)
    keys = [exercise(read(path)).key(_seed()) for path in paths]
    names = {key.name for key in keys} | {key.function for key in keys}
    found = submissions.find(args.submissions, names)
    sandbox = levels.find(args.trust_students, args.level)
    print(levels.described(sandbox), file=sys.stderr)
    grades = grade.grade_all(
        found, keys, sandbox, args.out, args.jobs, grade.progress
    )
    report.write_reports(grades, keys, args.out)
    print(report.class_report(grades, keys), end="")
    return 0


def export_command(args) -> int:
    """Fill the table that the LMS gave; say who is not in it."""
    rows = export.marks(args.grades)
    data = args.csv.read_bytes()
    text = cells.text(data)
    if args.to == "canvas":
        new, missing = export.canvas(rows, text, args.column)
    else:
        new, missing = export.moodle(rows, text)
    path = args.grades / f"{args.to}.csv"
    marked = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    path.write_text(new, encoding=marked, newline="")
    print(f"{path}: {len(rows) - len(missing)} marks")
    for student in missing:
        told = wire.one_line(student)
        print(f"no mark in {args.csv.name}: {told}", file=sys.stderr)
    return 1 if missing else 0


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
    make.add_argument("names", nargs="*", help="exercises; else all")
    make.add_argument("--out", type=Path, help="instructor's files go here")
    make.set_defaults(run=build_command)
    mark = commands.add_parser("grade", help="grade a folder or a zip")
    mark.add_argument("names", nargs="+", metavar="NAME", help="exercises")
    mark.add_argument("submissions", type=Path, help="a folder or a zip")
    mark.add_argument("--out", type=Path, default=Path("grades"))
    mark.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    mark.add_argument("--level", choices=levels.LEVELS, default="")
    mark.add_argument("--trust-students", action="store_true")
    mark.set_defaults(run=grade_command)
    for command in (make, mark):
        command.add_argument("--source", type=Path, default=SOURCES)
    give = commands.add_parser("export", help="fill in the table of an LMS")
    give.add_argument("grades", type=Path, help="the folder that grade wrote")
    give.add_argument("--to", choices=["canvas", "moodle"], required=True)
    give.add_argument("--csv", type=Path, required=True, help="from the LMS")
    give.add_argument("--column", default="", help="Canvas: the assignment")
    give.set_defaults(run=export_command)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; return 0, or 2 with a reason when nothing was done."""
    args = parser().parse_args(argv)
    try:
        return args.run(args)
    except (ExerciseError, SandboxError, OSError) as error:
        print(f"mininn.exercises: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
