"""Questions that the page answers: ``ask`` makes a field that knows mistakes.

The answer and the value of each mistake are computed in the cell, by the
right and by the wrong formula. The page compares what a reader types with
all of them and says which it is. As text a question prints itself, its
answer and its mistakes, so a broken library shows.
"""

import html
import itertools
import json
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mininn.activations import identity
from mininn.checks import as_count, as_float, check_finite
from mininn.losses import euclidean
from mininn.network import backward, forward, init

MOST_DIGITS = 6  # of what is stored: the last ones of a float are noise
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
KINDS = {
    "number": "a number",
    "numbers": "several numbers",
    "shape": "a shape",
    "choice": "a choice",
}
# What a drill can ask for.
ARRAYS = ("W", "b", "Z", "A", "dW", "db", "dZ", "dA", "W.T", "A.T")


@dataclass(frozen=True)
class Question:
    """What ``ask`` and ``drill`` return: a field on the page, text elsewhere.

    Attributes
    ----------
    spec : dict
        All that the page needs, as JSON holds it.
    told : tuple of str
        The lines it prints.
    """

    spec: dict[str, Any]
    told: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self.told)

    @cached_property
    def widget(self) -> Any:
        """What a notebook shows; None without anywidget."""
        from mininn.glass import live, scripts  # only where it is shown

        return live.widget("Question", *scripts.question(), self.spec)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        from mininn.glass import live

        data = {"text/plain": repr(self), "text/html": self.html()}
        return live.beside(self.widget, data)

    def html(self) -> str:
        """Return it as a page shows it without any script: with a fold."""
        spec = self.spec
        stored = json.dumps(spec, ensure_ascii=False, allow_nan=False)
        way = _code(spec["way"])
        choices = "".join(f"<li>{_code(c)}</li>" for c in spec["choices"])
        return (
            f'<div class="question" data-question="{html.escape(stored)}">'
            f"<p>{_code(spec['question'])}</p>"
            f"{choices and f'<ul>{choices}</ul>'}"
            f"<details><summary>Answer</summary><p>{_code(spec['shown'])}</p>"
            f"{way and f'<p>{way}</p>'}"
            f"</details></div>"
        )


def ask(
    question: str,
    answer: Any,
    *,
    mistakes: Mapping[str, Any] | None = None,
    choices: Sequence[str] | None = None,
    hint: str = "",
    way: str = "",
    digits: int = 3,
    opens: bool = False,
) -> Question:
    """Ask something that the page itself answers.

    Parameters
    ----------
    question : str
        One or two sentences. Words between backticks are code, and on the
        pages what stands between dollar signs is a formula; the same holds
        for every other text.
    answer : number, (p, q) array, tuple or str
        What is right: a number, several numbers, a shape (a tuple of
        integers), or one of ``choices``.
    mistakes : dict, optional
        By the sentence that names it: what a wrong way of computing gives,
        of the same kind as the answer. Compute it; do not type it.
    choices : list of str, optional
        Makes it a choice.
    hint, way : str, optional
        What helps after a wrong answer that no mistake explains; and how the
        answer is found.
    digits : int
        Significant digits that are asked for, of a number: 1 to 6. A whole
        number is asked for as it is.
    opens : bool
        Whether the explorer, the glass box or the picture that follows on
        the page opens when the reader has answered: predict, type, look.

    Returns
    -------
    Question

    Raises
    ------
    ValueError, TypeError
        When the answer is of no kind, a mistake is of another kind, or what
        a reader types could not tell two of them apart.

    Examples
    --------
    >>> ask(
    ...     "What is 2 · 0.3 + 0.1?",
    ...     2 * 0.3 + 0.1,
    ...     mistakes={"That is without the 0.1.": 2 * 0.3},
    ... )
    What is 2 · 0.3 + 0.1?
    number, 3 digits: 0.700
    0.600: That is without the 0.1.
    """
    _words("question", question)
    digits = as_count("ask", "digits", digits)
    if digits > MOST_DIGITS:
        raise ValueError(
            f"ask: digits must be {MOST_DIGITS} or less, got {digits}."
        )
    if not question.strip():
        raise ValueError("ask: question must say what is asked, got nothing.")
    for name, text in (("hint", hint), ("way", way)):
        _words(name, text)
    options = _options(choices)
    kind, right = _stored("answer", answer, options)
    wrong = []
    if not isinstance(mistakes or {}, Mapping):
        raise TypeError(
            f"ask: mistakes must be a dict, such as "
            f'{{"That is without the bias.": 2.0}}, got {mistakes!r}.'
        )
    for sentence, value in (mistakes or {}).items():
        _words("a mistake", sentence)
        named = f"the mistake {sentence!r}"
        other, stored = _stored(named, value, options)
        if other != kind:
            raise TypeError(
                f"ask: {named} must be of the kind of the answer, "
                f"{KINDS[kind]}, got {KINDS[other]}. Compute it as the "
                f"answer is computed."
            )
        wrong.append([sentence, stored])
    _tell_apart(kind, [["the answer", right], *wrong], digits)
    shown = _shown(kind, right, digits)
    spec = {
        "v": 1,
        "kind": kind,
        "question": question,
        "answer": right,
        "mistakes": wrong,
        "choices": options,
        "hint": hint,
        "way": way,
        "digits": digits,
        "shown": shown,
        "opens": bool(opens),
    }
    asked = f", {digits} digits" if kind.startswith("number") else ""
    told = [question, f"{kind}{asked}: {shown}"]
    told += [f"{_shown(kind, v, digits)}: {s}" for s, v in wrong]
    return Question(spec, tuple(told))


def drill(
    what: str = "shapes",
    *,
    arrays: Sequence[str] = ARRAYS,
    opens: bool = False,
) -> Question:
    """Ask for shapes without end: the page draws networks at random.

    Parameters
    ----------
    what : "shapes"
    arrays : list of str
        Which arrays are asked for, such as ``["W", "dW", "W.T"]``.
    opens : bool
        As of ``ask``.

    Returns
    -------
    Question
        As text, the shapes of one network, as a run of it gives them.

    Raises
    ------
    ValueError, TypeError
        When there is no such drill or array, or ``arrays`` is no list.

    Examples
    --------
    >>> drill(arrays=["W", "dZ"])
    A network 4-3-5-2 and m = 7 samples. What is the shape of each array?
    W[2]: (5, 3)
    dZ[2]: (5, 7)
    """
    if what != "shapes":
        raise ValueError(f"drill: the drill is 'shapes', got {what!r}.")
    if not isinstance(arrays, list | tuple):
        raise TypeError(
            f"drill: arrays must be a list of names, such as ['W', 'dW'], "
            f"got {arrays!r}."
        )
    for name in arrays:
        if name not in ARRAYS:
            raise ValueError(
                f"drill: arrays must be of {', '.join(ARRAYS)}, got {name!r}."
            )
    if not arrays:
        raise ValueError("drill: arrays must name at least one, got none.")
    n, m, l = [4, 3, 5, 2], 7, 2
    net = init(n, rng=0, output=identity)
    cache = forward(net, np.ones((n[0], m)))
    slopes = backward(net, cache, np.ones((n[-1], m)), euclidean)
    where = {"W": net, "b": net, "Z": cache, "A": cache}
    told = []
    for name in arrays:
        letter, _, turned = name.partition(".")
        x = getattr(where.get(letter, slopes), letter)[l]
        told.append(f"{letter}[{l}]{turned and '.T'}: {_turned(x, turned)}")
    question = (
        f"A network {'-'.join(map(str, n))} and m = {m} samples. "
        f"What is the shape of each array?"
    )
    spec = {
        "v": 1,
        "kind": "drill",
        "question": question,
        "choices": [],
        "arrays": list(arrays),
        "way": "",
        "shown": "; ".join(told),
        "opens": bool(opens),
    }
    return Question(spec, (question, *told))


def _turned(x, turned):
    return (x.T if turned else x).shape


def _words(name, text):
    if not isinstance(text, str):
        raise TypeError(f"ask: {name} must be words, got {text!r}.")


def _options(choices):
    """Return the choices as a list: none, or at least two that differ."""
    options = list(choices or [])
    for option in options:
        _words("a choice", option)
    if options and len(set(options)) < max(2, len(options)):
        raise ValueError(
            f"ask: choices must be two or more, all different, got {options}."
        )
    return options


def _stored(name, x, options):
    """Return the kind of a value, and the value as JSON holds it."""
    if options:
        if not (isinstance(x, str) and x in options):
            raise ValueError(
                f"ask: {name} must be one of the choices {options}, got {x!r}."
            )
        return "choice", x
    if isinstance(x, str):
        raise ValueError(
            f"ask: {name} is words, {x!r}. Give the choices that it is one "
            f"of: choices=[...]."
        )
    if isinstance(x, tuple):
        whole = all(isinstance(k, numbers.Integral) and int(k) > 0 for k in x)
        if not (x and whole):
            raise ValueError(
                f"ask: {name} is a tuple, so it must be a shape such as "
                f"(3, 2), got {x!r}. Several numbers are an array or a list."
            )
        return "shape", [int(k) for k in x]
    array = check_finite("ask", name, as_float("ask", name, x))
    if array.ndim > 2 or not array.size:
        raise ValueError(
            f"ask: {name} must be a number, or an array of one or two axes, "
            f"got shape {array.shape}."
        )
    if array.size == 1:
        return "number", _rounded(array.item())
    return "numbers", _each(_rounded, array.tolist())


def _each(f, x):
    """Apply a function to each number of nested lists."""
    return [_each(f, y) for y in x] if isinstance(x, list) else f(x)


def _rounded(x):
    """Return a float without the digits that another computer may change."""
    x = float(f"{x:.{MOST_DIGITS}g}")
    if abs(x) < 1e-12:
        return 0
    return int(x) if _whole(x) else x


def _whole(x):
    return x == round(x) and abs(x) < 10**MOST_DIGITS


def _unit(x, digits):
    """Return what one more in the last digit asked for is worth."""
    places = math.floor(math.log10(abs(x))) + 1 if x else 0
    return 10.0 ** (places - digits)


def _apart(x, y, digits):
    """Whether two numbers, each rounded, cannot be taken for one another."""
    if _whole(x) and _whole(y):
        return x != y
    unit = max(_unit(z, digits) for z in (x, y) if z)
    x, y = (round(z / unit) for z in (x, y))
    return abs(x - y) >= 2


def _tell_apart(kind, values, digits):
    """Raise ValueError where two values would look the same when typed."""
    for (one, x), (other, y) in itertools.combinations(values, 2):
        if kind.startswith("number"):
            a, b = (np.ravel(z).tolist() for z in (x, y))
            apart = len(a) != len(b) or any(
                _apart(c, d, digits) for c, d in zip(a, b, strict=True)
            )
        else:
            apart = x != y
        if not apart:
            raise ValueError(
                f"ask: {other!r} cannot be told from {one!r}: "
                f"{_shown(kind, y, digits)} and {_shown(kind, x, digits)}. "
                f"Ask for more digits, or with other numbers."
            )


def _shown(kind, x, digits):
    """Return a value as a reader sees it."""
    if kind == "choice":
        return x
    if kind == "shape":
        return str(tuple(x))
    if isinstance(x, list):
        return f"[{', '.join(_shown(kind, y, digits) for y in x)}]"
    if _whole(x):
        return str(int(x)).replace("-", "−")
    if 10 ** (digits - 1) < abs(x) < 10**MOST_DIGITS:
        return f"{float(f'{x:.{digits}g}'):.0f}".replace("-", "−")
    # As 12.0 and 0.500, it says how many digits are meant.
    text, _, power = f"{x:#.{digits}g}".rstrip(".").partition("e")
    raised = f"·10{str(int(power)).translate(RAISED)}" if power else ""
    return text.rstrip(".").replace("-", "−") + raised


def _code(text):
    """Return a text as HTML: what stands between backticks is code."""
    parts = html.escape(text, quote=False).split("`")
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    return "".join(parts)
