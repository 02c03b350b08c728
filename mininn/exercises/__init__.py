"""Exercises: ``check`` for readers, ``Exercise`` for who writes them.

``python -m mininn.exercises`` builds the pages, grades what a class handed
in, and exports the marks. Three packages do the work: ``judge`` judges one
answer, ``author`` writes exercises, ``classroom`` grades a class. ``judge``
imports neither of the others, and ``check`` and ``fetch`` need it alone.
"""

from typing import TYPE_CHECKING

from mininn.exercises.check import check, score, verdict
from mininn.exercises.fetch import fetch
from mininn.exercises.judge.keys import Code, ExerciseError

if TYPE_CHECKING:
    from mininn.exercises.author.exercise import Exercise, single

__all__ = [
    "Code",
    "Exercise",
    "ExerciseError",
    "check",
    "fetch",
    "score",
    "single",
    "verdict",
]


def __getattr__(name: str) -> object:
    """Import ``Exercise`` and ``single`` when asked for: few need them."""
    if name in ("Exercise", "single"):
        from mininn.exercises.author import exercise

        return getattr(exercise, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
