"""An exercise as its author writes it: answer, cases, mistakes.

The known mistakes serve twice. Their messages are the feedback, and they test
the grader: each must lose marks and be told its own message.
"""

import ast
import hashlib
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from mininn.exercises.author.selftest import answers, mistakes, proof
from mininn.exercises.judge.keys import (
    Case,
    ExerciseError,
    Key,
    Mistake,
    encode,
    rounded,
)
from mininn.exercises.judge.outcomes import Outcome, call

PUBLIC = "public"  # the seed of the cases in the book
DRAWS = 20  # attempts to draw cases that tell all mistakes from the answer


def _without_unused_texts(outcomes):
    """Return outcomes without the texts of errors, unless all are errors.

    Texts are compared only when a mistake stops in every case. Elsewhere
    they would make the key depend on the release of Python.
    """
    if all(outcome.error for outcome in outcomes):
        return outcomes
    return [replace(outcome, text="") for outcome in outcomes]


def single(answer: Callable) -> Callable:
    """Return an answer that makes all its arrays float32 first.

    >>> ex = Exercise("double", {"y": 1}, lambda x: 2 * x)
    >>> ex.accept(single(ex.answer))(np.ones(2)).dtype
    dtype('float32')
    """

    def in_single_precision(*given):
        return answer(*map(_single, given))

    return in_single_precision


def _single(x):
    """Return an argument with its numbers in single precision."""
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return x.astype(np.float32)
    if isinstance(x, dict):
        return {k: _single(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return type(x)(map(_single, x))
    return x


class Exercise:
    """A function to write, what it is worth, and how it is judged.

    Parameters
    ----------
    name : str
        The name of the source notebook, without ``.ipynb``.
    points : dict
        What each part is worth. ``"dW1"`` is an output on the cases without
        a group, ``"A:large"`` an output on the cases of group ``large``.
        A function of several outputs returns them in this order.
    answer : callable
        The solution.
    tol : float
        How far a number may be off, in parts of the largest of its array.
    least : float, optional
        For a classifier: an output is right when at least this share of it
        is on the same side of one half as the solution's.
    view : str, optional
        Python for a function that turns what is returned into the outputs,
        such as ``"lambda batches: (len(batches), batches[-1])"``.
    seconds : float
        For all cases together.
    """

    def __init__(
        self,
        name: str,
        points: dict[str, float],
        answer: Callable,
        *,
        tol: float = 1e-5,
        least: float | None = None,
        view: str | None = None,
        seconds: float = 10.0,
    ):
        self.name, self.points, self.answer = name, dict(points), answer
        self.rules: dict[str, Any] = {
            "tol": tol,
            "least": least,
            "view": view,
            "seconds": seconds,
        }
        self.draw: Callable[..., Iterable] | None = None
        self.mistakes: dict[str, tuple[str, Callable]] = {}
        self.accepted: list[Callable] = []
        self.excused: dict[str, str] = {}

    def cases(self, draw: Callable) -> Callable:
        """Take a generator of ``(group, arguments, facts)``, given an rng."""
        self.draw = draw
        return draw

    def mistake(self, message: str) -> Callable:
        """Take a wrong answer and what to say to it, in two lines at most.

        ``{out}`` is the output that is wrong, and every fact of the case has
        its name: ``"your {out} is {m} times too large"``.
        """
        if len(message.split("\n")) > 2 or len(message) > 160:
            raise self._wrong(f"the message {message[:30]!r}... is too long")

        def keep(answer):
            if answer.__name__ in self.mistakes:
                raise self._wrong(f"two mistakes called {answer.__name__}")
            self.mistakes[answer.__name__] = message, answer
            return answer

        return keep

    def accept(self, answer: Callable) -> Callable:
        """Take another right answer, which must get full marks."""
        self.accepted.append(answer)
        return answer

    def equivalent(self, line: str, reason: str) -> None:
        """Explain a mutant, by its changed line, that is right as well."""
        self.excused[ast.unparse(ast.parse(line))] = reason

    def key(self, seed: Any = PUBLIC) -> Key:
        """Return the key that a seed gives: the same one on every call.

        Cases on which a mistake gets full marks, or a right answer loses
        some, are drawn again, up to ``DRAWS`` times. If none will do, the
        key has the first ones, and the self-test says what is wrong.
        """
        digest = hashlib.sha256(f"{seed}:{self.name}".encode()).digest()
        rng = np.random.default_rng(list(digest))
        drawn = (self._drawn(rng) for _ in range(DRAWS))
        first = next(drawn)
        return next(
            filter(self._sound, itertools.chain([first], drawn)), first
        )

    def _sound(self, key):
        """Whether a key judges right answers and known mistakes as it must."""
        return not any(mistakes(key)) and not any(answers(self, key))

    def _drawn(self, rng):
        """Return the key of the next cases that a generator draws."""
        cases = self._cases(rng)
        expected = self._run(self.answer, cases)
        for outcome in expected:
            if outcome.error or outcome.odd:
                raise self._wrong(f"the solution fails: {outcome}")
        known = [
            Mistake(
                name,
                self._message(text, cases),
                _without_unused_texts(self._run(wrong, cases)),
            )
            for name, (text, wrong) in self.mistakes.items()
        ]
        return Key(
            self.name,
            self.answer.__name__,
            self.points,
            cases,
            expected,
            known,
            **self.rules,
        )

    def outcomes(self, answer: Callable, key: Key) -> list[Outcome]:
        """Return what a function gives on the cases of a key."""
        return [
            call(answer, case.args, key.outputs, key.view)
            for case in key.cases
        ]

    def solution(self) -> str:
        """Return the text of the solution."""
        return textwrap.dedent(inspect.getsource(self.answer))

    def _cases(self, rng):
        """Draw the cases, and see that each part has one."""
        if self.draw is None:
            raise self._wrong("no function is marked with cases")
        drawn = [
            Case(group, [encode(a) for a in args], _plain(facts))
            for group, args, facts in self.draw(rng)
        ]
        wanted = {part.partition(":")[2] for part in self.points}
        there = {case.group for case in drawn}
        if wanted != there:
            raise self._wrong(
                f"points are for the groups {sorted(wanted)}, "
                f"but the cases have {sorted(there)}"
            )
        return drawn

    def _run(self, answer, cases):
        """Return the outcomes of an author's function, as a key has them."""
        names = list(dict.fromkeys(p.split(":")[0] for p in self.points))
        view = self.rules["view"]
        return [rounded(call(answer, c.args, names, view)) for c in cases]

    def _message(self, message, cases):
        """Return the message, once every case can fill it."""
        for case in cases:
            try:
                message.format(**case.facts | {"out": "x"})
            except (KeyError, IndexError) as missing:
                raise self._wrong(
                    f"a message asks for {missing}, which is no fact of "
                    f"every case"
                ) from None
        return message

    def _wrong(self, what):
        return ExerciseError(f"exercise {self.name}: {what}.")

    def selftest(self, seeds: int = 20) -> str:
        """Return, as text, the proof that the grader knows right and wrong."""
        return proof(self, seeds)


def _plain(facts):
    """Return facts as JSON holds them."""
    return {k: v.item() if hasattr(v, "item") else v for k, v in facts.items()}
