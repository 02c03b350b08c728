"""An exercise as its author writes it: answer, cases, mistakes.

The known mistakes serve twice. Their messages are the feedback, and they test
the grader: each must lose marks and be told its own message.
"""

import ast
import functools
import hashlib
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from mininn.exercises.author import fields
from mininn.exercises.author.selftest import answers, mistakes, proof
from mininn.exercises.judge import pairs
from mininn.exercises.judge.keys import (
    Case,
    ExerciseError,
    Key,
    Mistake,
    encode,
    rounded,
)
from mininn.exercises.judge.outcomes import Outcome, arguments, call

PUBLIC = "public"  # the seed of the cases in the book
SLOW = 10.0  # seconds above which no two slips are tried at once
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


def _slipped(whole, new, *given):
    """Return what a solution gives with some of its steps replaced."""
    return whole(*given, **new)


def _steps(whole):
    """Return the names that a solution by steps can be given; or nothing.

    A solution that takes ``**new`` does not say which steps it has.
    """
    known = inspect.signature(whole).parameters.values()
    if any(p.kind == p.VAR_KEYWORD for p in known):
        return set()
    return {p.name for p in known if p.default is not p.empty} | {
        p.name for p in known if p.kind == p.KEYWORD_ONLY
    }


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
        For all cases together. Above 10, no pairs of mistakes are tried.
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
        self.name, self.answer = name, answer
        for odd in (
            fields.points(points),
            fields.rules(tol, least, view, seconds),
            "" if callable(answer) else "answer: give the function itself",
        ):
            if odd:
                raise self._wrong(odd)
        self.points = dict(points)
        self.rules: dict[str, Any] = {
            "tol": tol,
            "least": least,
            "view": view,
            "seconds": seconds,
        }
        self.draw: Callable[..., Iterable] | None = None
        self.whole: Callable | None = None  # the solution, by steps
        self.mistakes: dict[str, tuple[str, Callable]] = {}
        self.slips: dict[str, dict[str, Any]] = {}
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
        self._short(message)

        def keep(answer):
            self._keep(answer.__name__, message, answer)
            return answer

        return keep

    def _short(self, message):
        """Refuse a message that is not read at a glance."""
        if len(message.split("\n")) > 2 or len(message) > 160:
            raise self._wrong(f"the message {message[:30]!r}... is too long")

    def _keep(self, name, message, answer):
        """Take a known mistake under a name of its own."""
        self._short(message)
        if name in self.mistakes:
            raise self._wrong(f"two mistakes called {name}")
        if pairs.AND in name:
            raise self._wrong(f"{name!r} cannot be the name of a mistake")
        self.mistakes[name] = message, answer

    def steps(self, whole: Callable) -> Callable:
        """Take the solution with steps that can be replaced by keyword.

        ``whole(*arguments)`` gives what the answer gives;
        ``whole(*arguments, **new)`` has some steps replaced.
        """
        if self.whole is not None:
            raise self._wrong("two functions are marked with steps")
        self.whole = whole
        return whole

    def slip(self, name: str, message: str, **new: Any) -> None:
        """Take a mistake that replaces steps of the solution.

        Parameters
        ----------
        name, message : str
            As of ``mistake``.
        **new
            The steps that are replaced, as ``steps`` takes them. Two slips
            that replace different steps are also tried together.

        Raises
        ------
        ExerciseError
            When there are no steps, or when ``new`` names none of them.

        Examples
        --------
        >>> ex = Exercise("mean", {"y": 1}, np.mean)
        >>> @ex.steps
        ... def by_steps(x, count=len):
        ...     return sum(x) / count(x)
        >>> ex.slip("a_sum", "your {out} is a sum.", count=lambda x: 1)
        >>> ex.mistakes["a_sum"][1](np.ones(5))
        np.float64(5.0)
        """
        self.alone(name, message, **new)
        self.slips[name] = new

    def alone(self, name: str, message: str, **new: Any) -> None:
        """Take a mistake like ``slip`` that is tried with no other."""
        whole = self.whole
        if whole is None:
            raise self._wrong(f"slip {name} needs a function marked ex.steps")
        unknown = sorted({*new} - _steps(whole)) if _steps(whole) else []
        if unknown or not new:
            raise self._wrong(
                f"slip {name} replaces {', '.join(unknown) or 'nothing'}, "
                f"which is no step of {whole.__name__}"
            )
        self._keep(name, message, functools.partial(_slipped, whole, new))

    def accept(self, answer: Callable) -> Callable:
        """Take another right answer, which must get full marks."""
        if not callable(answer):
            raise self._wrong("accept: give the function itself")
        self.accepted.append(answer)
        return answer

    @property
    def right(self) -> list[Callable]:
        """Return all right answers: each must get full marks on every key."""
        known = {answer.__name__ for answer in self.accepted}
        rough = single(self.answer)
        more = [] if rough.__name__ in known else [rough]
        whole = [self.whole] if self.whole else []
        return [self.answer, *whole, *self.accepted, *more]

    def equivalent(self, line: str, reason: str) -> None:
        """Explain a mutant, by its changed line, that is right as well."""
        try:
            self.excused[ast.unparse(ast.parse(line))] = reason
        except SyntaxError as error:
            raise self._wrong(
                f"equivalent: {line!r} cannot be read, {error.msg}"
            ) from None

    def key(self, seed: Any = PUBLIC) -> Key:
        """Return the key that a seed gives: the same one on every call.

        Every key shows every known mistake; see ``drawn``. With it come the
        pairs of slips, unless the answer takes long (``seconds`` above 10).

        Raises
        ------
        ExerciseError
            When no draw of the cases will do: what is wrong with the last.
        """
        key, _, faults = self.drawn(seed)
        if faults:
            raise self._wrong(
                f"{DRAWS} draws of the cases, and still {faults[0]}"
            )
        return replace(key, pairs=self._pairs(key))

    def drawn(self, seed: Any) -> tuple[Key, int, list[str]]:
        """Return a key without pairs, how many draws it took, its faults.

        Cases on which a mistake gets full marks, or a right answer loses
        some, are drawn again, up to ``DRAWS`` times in all.
        """
        digest = hashlib.sha256(f"{seed}:{self.name}".encode()).digest()
        rng = np.random.default_rng(list(digest))
        draws, faults = 0, ["?"]
        while faults and draws < DRAWS:
            key = self._drawn(rng, str(seed) == PUBLIC)
            told = [*mistakes(key), *answers(self, key)]
            faults = list(dict.fromkeys(told))
            draws += 1
        return key, draws, faults

    def _drawn(self, rng, public):
        """Return the key of the next cases that a generator draws."""
        cases = self._cases(rng)
        expected = self._run(self.answer, cases)
        for n, outcome in enumerate(expected):
            if outcome.error or outcome.odd:
                why = [f"{outcome.error}: {outcome.text}".strip(": ")]
                why = [*outcome.odd.values()] if outcome.odd else why
                raise self._wrong(
                    f"the solution fails in case {n}: {why[0].rstrip('.')}"
                )
        known = [self._known(name, cases) for name in self.mistakes]
        return Key(
            self.name,
            self.answer.__name__,
            self.points,
            cases,
            expected,
            known,
            arguments=arguments(self.answer),
            public=public,
            **self.rules,
        )

    def _pairs(self, key):
        """Return what two slips at once give, where it is news."""
        whole, slow = self.whole, self.rules["seconds"] > SLOW
        couples = [] if slow else itertools.combinations(self.slips.items(), 2)
        runs = {
            pairs.named(one, two): self.outcomes(
                functools.partial(_slipped, whole, first | second), key
            )
            for (one, first), (two, second) in couples
            if not first.keys() & second.keys()
        }
        return {part: pairs.news(key, part, runs) for part in key.points}

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
        drawn = []
        for n, given in enumerate(self.draw(rng)):
            odd = fields.case(given, n, self.answer)
            if odd:
                raise self._wrong(odd)
            group, args, facts = given
            encoded = [self._encoded(a, n) for a in args]
            drawn.append(Case(group, encoded, _plain(facts)))
        wanted = {part.partition(":")[2] for part in self.points}
        there = {case.group for case in drawn}
        if wanted != there:
            raise self._wrong(
                f"points are for the groups {sorted(wanted)}, "
                f"but the cases have {sorted(there)}"
            )
        return drawn

    def _encoded(self, argument, n):
        """Return an argument of case ``n`` as a key holds it."""
        try:
            return encode(argument)
        except ExerciseError as error:
            raise self._wrong(
                str(error).rstrip(".").replace("cases:", f"cases: case {n}:")
            ) from None

    def _run(self, answer, cases):
        """Return the outcomes of an author's function, as a key has them."""
        names = list(dict.fromkeys(p.split(":")[0] for p in self.points))
        view = self.rules["view"]
        return [rounded(call(answer, c.args, names, view)) for c in cases]

    def _known(self, name, cases):
        """Return a mistake with what it gives, once every case can fill it."""
        message, wrong = self.mistakes[name]
        for case in cases:
            try:
                message.format(**case.facts | {"out": "x"})
            except (KeyError, IndexError) as missing:
                raise self._wrong(
                    f"the message of mistake {name} asks for {missing}, "
                    f"which is no fact of every case"
                ) from None
            except (ValueError, AttributeError, TypeError):
                raise self._wrong(
                    f"the message of mistake {name} cannot be filled in: "
                    f"write {{{{ and }}}} for braces"
                ) from None
        outcomes = self._run(wrong, cases)
        typo = fields.typo(outcomes)
        if typo:
            raise self._wrong(f"mistake {name} {typo}")
        return Mistake(name, message, _without_unused_texts(outcomes))

    def _wrong(self, what):
        return ExerciseError(f"exercise {self.name}: {what}.")

    def selftest(self, seeds: int = 20) -> str:
        """Return, as text, the proof that the grader knows right and wrong."""
        return proof(self, seeds)


def _plain(facts):
    """Return facts as JSON holds them."""
    return {k: v.item() if hasattr(v, "item") else v for k, v in facts.items()}
