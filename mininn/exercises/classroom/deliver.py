"""Write what a system takes from a folder of grades, beside the grades.

The arguments are those of the command ``export``; see ``options``.
"""

import sys
from argparse import Namespace

from mininn.exercises.classroom import (
    export,
    gradescope,
    handback,
    report,
    tables,
)
from mininn.exercises.classroom.results import Grade, Record
from mininn.exercises.classroom.wire import one_line
from mininn.exercises.judge.keys import ExerciseError

HINTS = {
    "canvas": "Canvas: Grades, Import. Anonymous assignments take marks "
    "only after they are posted.\n",
    "moodle": "Moodle: Upload grading worksheet; tick 'Allow updating "
    "records that have been modified more recently'.\n",
}


def table(args: Namespace, grades: list[Grade]) -> list[str]:
    """Fill the table that a system gave; return who got no mark in it.

    Raises
    ------
    ExerciseError
        When it is not the table of that system.
    """
    rows = export.marks(args.grades)
    text, code = tables.decoded(args.csv.read_bytes(), str(args.csv))
    make = export.SHEETS.get(args.to)
    if make is None:
        raise ExerciseError(f"--to {args.to} takes no --csv: leave it out.")
    more = {"comments": args.comments} if args.to == "moodle" else {}
    sheet = make(text, args.column, **more)
    told = {
        (row["student"], row["id"]): report.plain_feedback(grade)
        for row, grade in zip(
            rows, report.sorted_by_name(grades), strict=False
        )
    }
    new, missing = export.fill(sheet, rows, told, args.of)
    path = args.grades / f"{args.to}.csv"
    kept = args.to == "blackboard" or code == "utf-8-sig"
    path.write_bytes(new.encode(code if kept else "utf-8", "replace"))
    print(f"{path}: {len(rows) - len(missing)} marks")
    print(HINTS.get(args.to, ""), end="")
    return [f"no mark in {args.csv.name}: {reason}" for reason in missing]


def without_table(args: Namespace, grades: list[Grade]) -> list[str]:
    """Write what needs no table of a system; nobody is missing in it.

    Raises
    ------
    ExerciseError
        When the system takes marks in its own table only.
    """
    rows = export.marks(args.grades)
    if args.to == "csv":
        path = args.grades / "marks.csv"
        path.write_text(export.plain(rows, args.of), "utf-8", newline="")
    elif args.to == "gradescope":
        path = args.grades / "gradescope.zip"
        path.write_bytes(gradescope.look_up(grades))
    else:
        raise ExerciseError(
            f"--to {args.to} fills in the table that the system gave: "
            f"download it, and give it with --csv."
        )
    print(f"{path}: {len(rows)} marks")
    return []


def feedback(
    args: Namespace, records: list[Record], grades: list[Grade]
) -> None:
    """Write the zip of feedback for Canvas or Moodle; say who is not in it."""
    path = args.grades / f"{args.to}-feedback.zip"
    try:
        if args.to == "moodle":
            data, missing = handback.moodle(grades)
        elif args.to == "canvas":
            there = handback.found(records, list(records[0].keys))
            data, missing = handback.canvas(grades, there)
        else:
            return
    except ExerciseError as error:
        print(f"no {path.name}: {error}", file=sys.stderr)
        return
    path.write_bytes(data)
    print(f"{path}: feedback for {len(grades) - len(missing)} students")
    for reason in missing:
        told = one_line(reason)
        print(f"no feedback in {path.name}: {told}", file=sys.stderr)
