"""``check``: what a reader's answer gets right, said in a notebook."""

import contextlib
import io
from collections.abc import Callable

from mininn.exercises.judge.diagnose import judge_outcomes
from mininn.exercises.judge.keys import (
    FOLDER,
    ExerciseError,
    key_path,
    load_key,
)
from mininn.exercises.judge.outcomes import call


def verdict(name: str, answer: Callable):
    """Return the verdict on a function, on the public cases.

    Raises
    ------
    ExerciseError
        When there is no such exercise, or ``answer`` is no function.
    """
    key = load_key(name)
    if not callable(answer):
        raise ExerciseError(
            f"give the function itself, without calling it: "
            f'check("{name}", {key.function}).'
        )
    outcomes = []
    with contextlib.redirect_stderr(io.StringIO()):
        for case in key.cases:
            outcome = call(answer, case.args, key.outputs, key.view)
            if outcome.error == "KeyboardInterrupt":
                raise ExerciseError(f"{name} was stopped")
            outcomes.append(outcome)
    return judge_outcomes(key, outcomes)


def check(name: str, answer: Callable) -> None:
    """Print what is right so far, the known mistake, or "not attempted yet".

    >>> def softmax(Z):
    ...     raise NotImplementedError
    >>> check("softmax", softmax)
    softmax: not attempted yet
    """
    try:
        print(_said(verdict(name, answer)))
    except ExerciseError as error:
        print(f"check: {error}")


def _said(found):
    """Return a verdict as text that names the numbers it was made with."""
    if not found.attempted:
        return str(found)
    path = key_path(found.exercise)
    whose = "the book's numbers"
    if str(path) != str(FOLDER / path.name):
        whose = f"the numbers of {path}, beside this notebook"
    first, *rest = str(found).split("\n")
    return "\n".join([f"{first}, on {whose}", *rest])


def score(name: str, answer: Callable) -> float:
    """Return the points that an answer gets on the public cases.

    nbgrader takes the value of a test cell for its points.
    """
    try:
        return float(verdict(name, answer).points)
    except ExerciseError:
        return 0.0
