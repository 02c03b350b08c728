"""Exercises: ``check`` for readers, ``Exercise`` for who writes them.

``python -m mininn.exercises`` builds the pages, grades what a class handed
in, and exports the marks.
"""

from mininn.exercises.check import check, score, verdict
from mininn.exercises.exercise import Exercise, single
from mininn.exercises.keys import Code, ExerciseError

__all__ = [
    "Code",
    "Exercise",
    "ExerciseError",
    "check",
    "score",
    "single",
    "verdict",
]
