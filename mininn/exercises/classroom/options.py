"""What the commands for a class take: ``grade``, ``why`` and ``export``."""

import os
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from mininn.exercises.classroom import levels
from mininn.exercises.classroom.export import SHEETS
from mininn.exercises.classroom.tables import number


def grade(mark: ArgumentParser) -> None:
    """Say what ``grade`` takes."""
    mark.add_argument("names", nargs="+", metavar="NAME", help="exercises")
    mark.add_argument("submissions", type=Path, help="a folder or a zip")
    mark.add_argument(
        "--list",
        action="store_true",
        help="show each student's files and which count, and run nothing",
    )
    whose = mark.add_mutually_exclusive_group()
    whose.add_argument(
        "--names",
        dest="names_of_files",
        default="",
        metavar="REGEX",
        help="says whose a file is: (?P<student>...) in its path",
    )
    whose.add_argument(
        "--table",
        type=Path,
        metavar="CSV",
        help="says whose a file is: a table file,student",
    )
    mark.add_argument(
        "--out",
        type=Path,
        default=Path("grades"),
        metavar="FOLDER",
        help="marks, feedback and reports go here (default: grades)",
    )
    mark.add_argument(
        "--only",
        action="append",
        metavar="STUDENT",
        help="grade this student, by name or number; may be repeated",
    )
    mark.add_argument(
        "--again",
        action="store_true",
        help="grade anew, also what is unchanged since the last run",
    )
    mark.add_argument(
        "--accept-changes",
        action="store_true",
        help="let marks on other numbers (a changed exercise, another "
        "seed) replace the old ones",
    )
    mark.add_argument(
        "--due",
        metavar="TIME",
        help="mark files of a later time as late: '2026-11-30 18:00'",
    )
    mark.add_argument(
        "--worksheet",
        type=Path,
        metavar="CSV",
        help="Moodle's grading worksheet, which says who is late",
    )
    mark.add_argument(
        "--late",
        action="store_true",
        help="all of these submissions are late",
    )
    mark.add_argument(
        "--jobs",
        type=whole,
        default=os.cpu_count() or 1,
        metavar="NUMBER",
        help="submissions graded at a time on this machine (default: as "
        "many as it has cores)",
    )
    mark.add_argument(
        "--dask",
        default="",
        metavar="ADDRESS",
        help="grade on the Dask cluster whose scheduler is there, such as "
        "tcp://10.0.0.5:8786",
    )
    _isolation(mark)


def _isolation(command):
    """Say how the isolation is chosen."""
    command.add_argument(
        "--level",
        choices=levels.LEVELS,
        default="",
        help="use this isolation or stop; else the first that works",
    )
    command.add_argument(
        "--trust-students",
        action="store_true",
        help="run what was handed in as yourself if nothing else works",
    )


def why(show: ArgumentParser) -> None:
    """Say what ``why`` takes."""
    show.add_argument("student", metavar="STUDENT", help="name or number")
    show.add_argument(
        "exercise", metavar="EXERCISE", help="one of those graded"
    )
    show.add_argument(
        "--grades",
        type=Path,
        default=Path("grades"),
        metavar="FOLDER",
        help="the folder that grade wrote (default: grades)",
    )
    show.add_argument(
        "--submissions",
        type=Path,
        metavar="PLACE",
        help="the folder or zip, if it was moved since it was graded",
    )
    _isolation(show)


def export(give: ArgumentParser) -> None:
    """Say what ``export`` takes."""
    give.add_argument("grades", type=Path, help="the folder that grade wrote")
    give.add_argument(
        "--to",
        choices=[*SHEETS, "gradescope"],
        required=True,
        help="the system; csv is a table for any other",
    )
    give.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="the table that the system gave, to be filled in",
    )
    give.add_argument(
        "--column",
        default="",
        metavar="TITLE",
        help="the column of the marks, as its title begins",
    )
    give.add_argument(
        "--comments",
        default="",
        metavar="TITLE",
        help="Moodle: the column of the feedback, where it is not English",
    )
    give.add_argument(
        "--of",
        type=_positive,
        metavar="POINTS",
        help="the points that are possible, where the table does not say",
    )


def whole(text: str) -> int:
    """Return a number that counts something, of which there is one."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"must be 1 or more, got {text}")
    return int(text)


def _positive(text):
    """Return a number of points."""
    points = number(text)
    if not points or points <= 0:
        raise ArgumentTypeError(f"must be a number above 0, got {text}")
    return points
