"""The proof of a grader: what it must accept, reject, and name.

On every seed, the solution and the other right answers get full marks, every
mistake loses some and is told its own message, and the empty answer is told
that nothing was attempted. Mutants of the solution are all rejected.
"""

from collections.abc import Callable, Iterator
from typing import Any

from mininn.exercises.author.mutants import mutants
from mininn.exercises.judge.diagnose import judge_outcomes
from mininn.exercises.judge.keys import Key


def empty(*arguments):
    """Stand for an answer that nobody has written yet."""
    raise NotImplementedError


def proof(exercise: Any, seeds: int = 20) -> str:
    """Return the proof as text; each line below the first four is a fault."""
    drawn = [exercise.drawn(seed) for seed in range(seeds)]
    keys = [key for key, _, _ in drawn]
    total, survivors = _survivors(exercise, keys)
    points = f"{keys[0].total:g}"
    lines = [
        f"{exercise.name}: {seeds} seeds, {len(keys[0].cases)} cases each",
        f"right answers with {points} of {points} points: "
        f"{1 + len(exercise.accepted)}",
        f"mistakes rejected, each with its own message: "
        f"{len(exercise.mistakes)}",
        f"mutants of the solution: {total}, of which rejected "
        f"{total - len(survivors)}, explained {len(survivors)}",
    ]
    wrong = [fault for _, _, faults in drawn for fault in faults]
    wrong += _unexplained(exercise.excused, survivors)
    return "\n".join([*lines, *dict.fromkeys(wrong)])


def drawn(exercise: Any, seeds: int) -> str:
    """Return, as text, whether each seed's cases show every mistake.

    Each line below the first is a fault, with the seed that shows it.
    """
    often, faults = [], []
    for seed in range(seeds):
        _, draws, wrong = exercise.drawn(seed)
        often.append(draws)
        faults += [f"seed {seed}: {fault}" for fault in wrong]
    again = sum(draws > 1 for draws in often)
    line = (
        f"{exercise.name}: {seeds} seeds, each shows all "
        f"{len(exercise.mistakes)} mistakes and passes "
        f"{len(exercise.right)} right answers; drawn again for {again}, "
        f"at most {max(often)} times"
    )
    return "\n".join([line, *faults])


def _survivors(exercise, keys):
    """Return how many mutants there are, and the lines of those that live."""
    total, living = 0, []
    for line, mutant in _mutants(exercise):
        total += 1
        if not any(_rejected(exercise, mutant, key) for key in keys):
            living.append(line)
    return total, living


def _unexplained(excused, survivors):
    """Name mutants that survive unexplained, and explained ones that die."""
    without = [line for line in survivors if line not in excused]
    unused = [line for line in excused if line not in survivors]
    return [f"mutant gets full marks: {line}" for line in without] + [
        f"no mutant to explain: {line}" for line in unused
    ]


def faults(exercise: Any, seeds: int = 20) -> list[str]:
    """Return what a self-test finds wrong; an empty list is a proof."""
    return proof(exercise, seeds).split("\n")[4:]


def answers(exercise, key):
    """Yield what is wrong with the verdicts on right and empty answers."""
    for answer in exercise.right:
        verdict = judge_outcomes(key, exercise.outcomes(answer, key))
        if verdict.points != verdict.of:
            told = " ".join(str(verdict).split())
            who = getattr(answer, "__name__", "without a name")
            yield f"right answer {who} loses marks: {told}"
    verdict = judge_outcomes(key, exercise.outcomes(empty, key))
    if verdict.attempted or verdict.points:
        yield f"the empty answer is told: {verdict}"


def mistakes(key: Key) -> Iterator[str]:
    """Yield what is wrong with the verdicts on the known mistakes."""
    for mistake in key.mistakes:
        verdict = judge_outcomes(key, mistake.outcomes)
        wrong = [part for part in verdict.parts if part.points < part.of]
        if not wrong:
            yield f"mistake {mistake.name} gets full marks"
            continue
        for part in wrong:
            if part.mistake != mistake.name:
                told = part.mistake or part.message
                yield f"mistake {mistake.name} is told of {told}: {part.name}"


def _mutants(exercise) -> Iterator[tuple[str, Callable]]:
    """Yield (changed line, changed function) for mutants of the solution."""
    for line, tree in mutants(exercise.solution()):
        space = dict(exercise.answer.__globals__)
        try:
            exec(compile(tree, "mutant", "exec"), space)
        except SyntaxError:
            continue
        yield line, space[exercise.answer.__name__]


def _rejected(exercise, mutant, key):
    """Whether a mutant loses marks on the cases of a key."""
    verdict = judge_outcomes(key, exercise.outcomes(mutant, key))
    return verdict.points < verdict.of
