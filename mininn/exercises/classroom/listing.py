"""Say which file of each student is graded, and which are not, and why."""

import platform
from importlib import metadata

from mininn.exercises.classroom.submissions import Choice, Class, Submission
from mininn.exercises.classroom.wire import one_line


def listing(found: Class, functions: dict[str, str]) -> str:
    """Return the files of a class as text; nothing of theirs is run.

    Parameters
    ----------
    found : Class
    functions : dict
        The function that each exercise asks for.
    """
    lines = []
    for one in found.submissions:
        lines.append(_who(one))
        for exercise, function in functions.items():
            lines += _chosen(exercise, one.choice(function))
    for path, why in found.nobodys:
        lines.append(f"nobody's: {one_line(path)} {why}")
    return "\n".join(lines) + "\n"


def _who(one: Submission):
    """Return the line with the name of a student."""
    number = f" ({one_line(one.id)})" if one.id else ""
    return f"{one_line(one.student)}{number}{', late' if one.late else ''}"


def _chosen(exercise, choice):
    """Return the lines on one exercise of a student."""
    taken = one_line(choice.file.name) if choice.file else "no file"
    but = f", which {choice.but}" if choice.but else ""
    lines = [f"  {exercise}: {taken}{but}"]
    if choice.file and (ran := newer_python(choice)):
        lines.append(f"    {ran}")
    return lines + [
        f"    not {one_line(name)}: {one_line(why)}"
        for name, why in choice.left
    ]


def newer_python(choice: Choice) -> str:
    """Return which cells only a newer Python reads, or ""."""
    notes = {cell[2]: cell[0] for cell in choice.cells if len(cell) > 2}
    return "; ".join(f"{label}: {note}" for note, label in notes.items())


def versions(choice: Choice) -> str:
    """Return what graded an answer, and what it ran in, for its feedback.

    >>> versions(Choice(None, []))[:19]
    'Graded with Python '
    """
    ours = f"Python {platform.python_version()}"
    numpy = f"NumPy {metadata.version('numpy')}"
    said = f"Graded with {ours} and {numpy}."
    if choice.python:
        said += f" Your notebook says that it ran in Python {choice.python}."
    return said
