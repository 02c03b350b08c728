"""Why a mark was lost: input, expected and given output, for the teacher.

These are the numbers that marks are given on, so they are printed and not
written into any feedback.
"""

import numpy as np

from mininn.exercises.classroom.sandbox import Sandbox
from mininn.exercises.classroom.submissions import Submission
from mininn.exercises.classroom.wire import one_line
from mininn.exercises.judge.diagnose import agrees, judge_outcomes
from mininn.exercises.judge.keys import ExerciseError, Key
from mininn.exercises.judge.outcomes import decode

MOST = 200  # numbers of an array that are printed in full


def why(
    submission: Submission,
    key: Key,
    sandbox: Sandbox,
    arguments: list[str],
) -> str:
    """Run an answer again, and return what each lost part was lost on.

    Parameters
    ----------
    submission : Submission
    key : Key
        The one that the marks were given on.
    sandbox : Sandbox
    arguments : list of str
        What the arguments of the function are called.

    Raises
    ------
    ExerciseError
        When no file can be graded, with the reason.
    """
    chosen = submission.choice(key.function)
    if chosen.file is None:
        raise ExerciseError(f"nothing was run: {chosen.problem}")
    outcomes = sandbox.run(key, chosen.cells)
    verdict = judge_outcomes(key, outcomes)
    who = one_line(submission.student)
    lines = [f"{who}, {one_line(chosen.file.name)}", str(verdict)]
    parts = zip(key.points, verdict.parts, strict=True)
    lost = [(name, part) for name, part in parts if part.points < part.of]
    shown: dict[int, list] = {}
    for name, part in lost:
        output, wrong = _wrong(key, name, outcomes)
        if wrong:
            shown.setdefault(wrong[0], []).append((output, part, wrong))
    for i in sorted(shown):
        lines += ["", _case(key, i)]
        lines += _input(key, i, arguments)
        for output, part, wrong in shown[i]:
            lines += _lost(key, outcomes, i, output, part, wrong)
    return "\n".join(lines) + "\n"


def _wrong(key, name, outcomes):
    """Return the output of a part, and the cases in which it is wrong."""
    output, _, group = name.partition(":")
    return output, [
        i
        for i, case in enumerate(key.cases)
        if case.group == group
        and not agrees(key, output, outcomes[i], key.expected[i])
    ]


def _case(key, i):
    """Return the heading of a case: its number, group and facts."""
    case = key.cases[i]
    facts = [case.group] if case.group else []
    facts += [f"{name} = {value}" for name, value in case.facts.items()]
    about = f": {', '.join(facts)}" if facts else ""
    return f"case {i + 1} of {len(key.cases)}{about}"


def _input(key, i, arguments):
    """Return the arguments of a case, each with its name."""
    given = key.cases[i].args
    names = arguments + [
        f"argument {n + 1}" for n in range(len(arguments), len(given))
    ]
    return [
        line
        for name, x in zip(names, given, strict=False)
        for line in _shown(f"  {name} = ", _value(x))
    ]


def _value(x):
    """Return an argument to print; of a function, its text."""
    if isinstance(x, dict) and "code" in x:
        return _Text(x["code"])
    return decode(x)


class _Text(str):
    """A text that is printed without quotes."""

    def __repr__(self):
        return str(self)


def _lost(key, outcomes, i, output, part, wrong):
    """Return the lines on one lost part: expected, given, and why."""
    outcome = outcomes[i]
    lines = [f"  lost: {part.name}, {part.of - part.points:g} points"]
    want = key.expected[i].outputs[output]
    lines += _shown(f"    expected {output} = ", want)
    if outcome.error:
        at = f" in {outcome.where}" if outcome.where else ""
        lines.append(f"    it stops{at}: {outcome.error}: {outcome.text}")
    elif output in outcome.odd:
        lines.append(f"    {outcome.odd[output]}")
    else:
        lines += _shown(f"    given    {output} = ", outcome.outputs[output])
    if wrong[1:]:
        also = ", ".join(str(n + 1) for n in wrong[1:])
        lines.append(f"    wrong in case {also} as well")
    return lines


def _shown(head, value):
    """Return a value after its name, on lines that stand below each other."""
    with np.printoptions(precision=6, threshold=MOST, linewidth=68):
        text = str(value) if isinstance(value, np.ndarray) else repr(value)
    if isinstance(value, np.ndarray):
        head += f"{value.shape} " if value.ndim else ""
    first, *rest = text.split("\n")
    return [head + first, *(" " * len(head) + line for line in rest)]
