"""What an author gives for an exercise, looked at before it is used.

Each function returns what is wrong, as the rest of a sentence that begins
with the name of the field, or "".
"""

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

TYPOS = ("NameError", "UnboundLocalError", "ImportError", "SyntaxError")


def points(given: Any) -> str:
    """Look at what the parts are worth.

    >>> points({"A": 1, "A:large": 0})
    "points: 'A:large' is worth 0, and should be worth more than nothing"
    """
    if not isinstance(given, dict) or not given:
        return "points: give a dict of parts, such as {'dW': 2, 'A:large': 1}"
    for part, worth in given.items():
        if not isinstance(part, str) or not part.partition(":")[0]:
            return f"points: {part!r} is not the name of a part"
        if not _number(worth) or not 0 < worth < math.inf:
            return (
                f"points: {part!r} is worth {worth!r}, and should be worth "
                f"more than nothing"
            )
    return ""


def _number(x):
    """Whether something is a real number."""
    return isinstance(x, int | float) and not isinstance(x, bool)


def rules(tol: Any, least: Any, view: Any, seconds: Any) -> str:
    """Look at how answers are compared.

    >>> rules(1e-5, 2, None, 10)
    'least: 2 is not a share between 0 and 1'
    """
    if not _number(tol) or not 0 < tol < 1:
        return f"tol: {tol!r} is not a number between 0 and 1"
    if least is not None and (not _number(least) or not 0 < least <= 1):
        return f"least: {least!r} is not a share between 0 and 1"
    if not _number(seconds) or not 0 < seconds < math.inf:
        return f"seconds: {seconds!r} is not a time"
    return "" if view is None else _view(view)


def _view(view):
    """Look at the text of a view: Python for one function."""
    if not isinstance(view, str):
        return "view: give the text of a function, 'lambda r: ...'"
    try:
        look = eval(compile(view, "<view>", "eval"), {})
    except Exception as error:
        return f"view: it cannot be read, {type(error).__name__}: {error}"
    return "" if callable(look) else "view: its text is no function"


def case(drawn: Any, n: int, answer: Callable) -> str:
    """Look at what ``cases`` yields: (group, arguments, facts)."""
    if not isinstance(drawn, tuple | list) or len(drawn) != 3:
        return f"cases: case {n} is not (group, arguments, facts)"
    group, arguments, facts = drawn
    if not isinstance(group, str):
        return f"cases: the group of case {n} is {group!r}, and no text"
    if not isinstance(arguments, list | tuple):
        return f"cases: the arguments of case {n} are no list"
    if not isinstance(facts, dict):
        return f"cases: the facts of case {n} are no dict"
    return _taken(arguments, n, answer)


def _taken(arguments: Sequence, n, answer):
    """Whether the solution can be called with so many arguments."""
    try:
        inspect.signature(answer).bind(*arguments)
    except TypeError as error:
        return (
            f"cases: case {n} has {len(arguments)} arguments, and "
            f"{answer.__name__} does not take them: {error}"
        )
    except ValueError:
        return ""
    return ""


def typo(outcomes: list) -> str:
    """Look for a slip of the author's in a mistake: an unknown name."""
    first = outcomes[0]
    if first.error in TYPOS and all(o.error == first.error for o in outcomes):
        return f"stops with {first.error}: {first.text}"
    return ""
