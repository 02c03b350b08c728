"""Marks: wrong answers never get all of them, right ones always do.

Eight seeds here; ``MININN_SEEDS=200`` takes as many as it says.
"""

import json
import os
from collections import Counter
from functools import cache, partial

import numpy as np
import pytest
from places import BOOK, ROOT

from mininn.exercises import (
    Code,
    Exercise,
    ExerciseError,
    check,
    single,
)
from mininn.exercises.author import build, notebooks, selftest
from mininn.exercises.classroom import levels, report
from mininn.exercises.classroom.grade import Grade
from mininn.exercises.judge import diagnose, keys
from mininn.exercises.judge.outcomes import Outcome, call, decode, unchanged

SOURCES = build.sources(BOOK / "exercises" / "source")
NAMES = [path.stem for path in SOURCES]
WHOLE = os.environ.get("MININN_WHOLE")
WEEKLY = os.environ.get("MININN_WEEKLY")
SEEDS = range(int(os.environ.get("MININN_SEEDS", "8" if WHOLE else "2")))
EXERCISES = {
    path.stem: notebooks.exercise(notebooks.read(path)) for path in SOURCES
}
TOL = {"softmax": "`5e-7`", "rings": "`4e-3`"}
every_exercise = pytest.mark.parametrize(
    "name",
    [  # the key of rings trains a network for each of its mistakes
        pytest.param(n, marks=pytest.mark.whole if n == "rings" else [])
        for n in NAMES
    ],
)


def seeds(name):
    """The seeds that an exercise is proved on; training takes its time."""
    slow = EXERCISES[name].rules["seconds"] > 10
    return SEEDS[:3] if slow and len(SEEDS) <= 8 else SEEDS


@cache
def key(name, seed):
    """The key of an exercise; pairs of mistakes only in the weekly check.

    They take four times as long as all else, and give messages, no marks.
    """
    ex = EXERCISES[name]
    return ex.key(seed) if WEEKLY else ex.drawn(seed)[0]


def verdict(name, answer, seed):
    ex, made = EXERCISES[name], key(name, seed)
    return diagnose.judge_outcomes(made, ex.outcomes(answer, made))


def marks(name, answer):
    """How often an answer gets which mark."""
    return Counter(verdict(name, answer, seed).points for seed in seeds(name))


def full(name):
    return Counter({sum(EXERCISES[name].points.values()): len(seeds(name))})


def of(name):
    """What the grader cells of a source define."""
    return EXERCISES[name].answer.__globals__


# On every seed


@every_exercise
def test_every_draw_shows_every_mistake_and_no_right_answer_loses(name):
    ex = EXERCISES[name]
    for seed in seeds(name):
        made = key(name, seed)
        assert not [*selftest.mistakes(made)], seed
        assert not [*selftest.answers(ex, made)], seed


@every_exercise
def test_a_right_answer_in_float32_gets_all_marks(name):
    assert marks(name, single(EXERCISES[name].answer)) == full(name)


def double(x):
    return 2 * x


def toy(draw):
    ex = Exercise("toy", {"y": 1}, double)
    ex.cases(draw)

    @ex.mistake("a number below 0 has lost its sign")
    def absolute(x):
        return abs(2 * x)

    return ex


def test_cases_that_let_a_mistake_pass_are_drawn_again():
    ex = toy(lambda rng: [("", [rng.standard_normal((1, 1))], {})])
    for seed in range(100):
        assert decode(ex.key(seed).cases[0].args[0]) < 0
    assert keys.dump(ex.key(1)) == keys.dump(ex.key(1))


def test_cases_that_cost_a_right_answer_a_mark_are_drawn_again():
    def draw(rng):
        yield "", [rng.integers(-1, 3, (1, 1)).astype(float)], {}

    ex = toy(draw)
    ex.mistakes.clear()
    ex.accept(lambda x: 2 * x if x > 1 else x)
    for seed in range(20):
        assert decode(ex.key(seed).cases[0].args[0]) in (0, 2)


def test_a_mistake_that_no_draw_shows_gives_no_key():
    ex = toy(lambda rng: [("", [np.ones((1, 1))], {})])
    assert "mistake absolute gets full marks" in selftest.faults(ex, 2)
    with pytest.raises(ExerciseError, match="20 draws of the cases, and"):
        ex.key()


# Softmax


def softmax(Z, below=0.0, shift=np.max):
    E = np.exp(Z - shift(Z, axis=0, keepdims=True))
    return E / (E.sum(axis=0, keepdims=True) + below)


def made_like(Z):
    A = np.empty_like(Z)
    for i in range(Z.shape[1]):
        A[:, i] = softmax(Z[:, [i]])[:, 0]
    return A


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (partial(softmax, below=1e-6), "Something was added below the line."),
        (partial(softmax, below=1e-5), ""),
        (partial(softmax, shift=np.mean), "The mean leaves scores above 0"),
        (partial(softmax, shift=np.min), "The smallest score is subtracted"),
        (lambda Z: softmax(Z.astype(int)), "The scores are cut to whole"),
        (made_like, "An array made like Z holds whole numbers"),
    ],
)
def test_softmax_of_another_kind_never_gets_all(answer, told):
    for seed in SEEDS:
        made = verdict("softmax", answer, seed)
        assert made.points < made.of
        assert told in str(made)


@pytest.mark.parametrize("below", [1e-7, 1e-8, 1e-12])
def test_a_habit_in_the_denominator_of_softmax_costs_nothing(below):
    answer = partial(softmax, below=below)
    assert marks("softmax", answer) == full("softmax")


# Cross-entropy


def with_epsilon(Z, Y, c, e):
    ell = -(Y * np.log(softmax(Z) + e)).sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / c.sum()


def clipped(Z, Y, c, e):
    A = np.clip(softmax(Z), e, 1 - e)
    ell = -(Y * np.log(A)).sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / c.sum()


@pytest.mark.parametrize("answer", [with_epsilon, clipped])
@pytest.mark.parametrize("e", [1e-6, 1e-7, 1e-8, 1e-10, 1e-15])
def test_an_epsilon_in_the_logarithm_costs_the_same_on_every_draw(answer, e):
    for one in (partial(answer, e=e), single(partial(answer, e=e))):
        assert marks("crossentropy", one) == {2: len(SEEDS)}


def test_the_epsilon_in_the_logarithm_is_named():
    made = verdict("crossentropy", partial(with_epsilon, e=1e-8), 0)
    assert "The 1e-8 in the logarithm hides" in made.parts[2].message


# Gradients by differences


def test_the_absolute_slope_never_gets_all():
    def absolute(f, x, h):
        return np.abs(EXERCISES["gradcheck"].answer(f, x, h))

    for seed in SEEDS:
        made = verdict("gradcheck", absolute, seed)
        assert made.points < made.of
        assert "has no negative numbers" in str(made)


# Rings


def train(X, Y, c, X_new, W, b, use, lr, steps, **changed):
    """The answer with something changed: leak, order, start, steps."""
    leak, late = changed.get("leak", 0.0), changed.get("late", True)
    W, b, L = dict(W), dict(b), len(use)
    if "seed" in changed:
        rng = np.random.default_rng(changed["seed"])
        W = {k: 0.7 * rng.standard_normal(W[k].shape) for k in W}
    steps = int(steps * changed.get("share", 1)) + changed.get("more", 0)

    def forward(X):
        A = {0: X}
        for l in range(1, L + 1):
            Z = W[use[l]] @ A[l - 1] + b[use[l]]
            bent = np.where(Z > 0, Z, leak * Z)
            A[l] = bent if l < L else 1 / (1 + np.exp(-Z))
        return A

    for _ in range(steps):
        A, moved = forward(X), dict(W)
        dZ = c * (A[L] - Y) / c.sum()
        for l in range(L, 0, -1):
            k = use[l]
            moved[k] = moved[k] - lr * dZ @ A[l - 1].T
            b[k] = b[k] - lr * dZ.sum(axis=1, keepdims=True)
            slope = np.where(A[l - 1] > 0, 1, leak)
            dZ = (W if late else moved)[k].T @ dZ * slope
        W = moved
    return forward(X_new)[L]


def by_distance(X, Y, c, X_new, *rest):
    away = np.linalg.norm(X_new - X.mean(axis=1, keepdims=True), axis=0)
    return (away < 0.65)[None, :] * 1.0


def nearest(X, Y, c, X_new, *rest):
    gaps = ((X[:, :, None] - X_new[:, None, :]) ** 2).sum(axis=0)
    return Y[:, gaps.argmin(axis=0)]


@pytest.mark.whole
def test_the_network_with_nothing_changed_gets_all():
    assert marks("rings", train) == full("rings")
    assert marks("rings", single(train)) == full("rings")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (partial(train, late=False), "W is updated before dZ goes back"),
        (partial(train, leak=0.01), "Your hidden layers leak"),
        (partial(train, leak=0.1), ""),
        (partial(train, more=1), "You took one step more"),
        (partial(train, more=-1), "You took one step less"),
        (partial(train, share=0.5), ""),
        (partial(train, seed=1), ""),
        (partial(train, seed=1, share=0.5), ""),
        (lambda *given: (train(*given) > 0.5) * 1.0, "These are decisions"),
        (by_distance, "These are the rings themselves"),
        (nearest, ""),
    ],
)
def test_a_network_trained_in_another_way_never_gets_all(answer, told):
    for seed in seeds("rings"):
        made = verdict("rings", answer, seed)
        assert made.points < made.of
        assert told in str(made)


# Arguments stay as they were


@pytest.mark.parametrize(
    ("x", "change"),
    [
        (np.ones((2, 3)), lambda x: np.multiply(x, 2, out=x)),
        (np.array([1.0, np.nan]), lambda x: x.fill(1.0)),
        (np.array([1, 2]), lambda x: x.sort(kind="stable") or x.fill(1)),
        (np.ones((2, 3)), lambda x: setattr(x, "shape", (3, 2))),
        ([3, 1], lambda x: x.reverse()),
        ([3, 1], lambda x: x.append(2)),
        ([3, 1], lambda x: x.__setitem__(0, 3.0)),
        ([[np.zeros((1, 1)), 0.5]], lambda x: x[0][0].fill(1)),
        ({1: np.ones(2)}, lambda x: x[1].fill(0)),
        ({1: np.ones(2)}, lambda x: x.update({1: np.zeros(2)})),
        ({1: np.ones(2)}, lambda x: x.update({2: 0})),
        ({1: np.ones(2)}, lambda x: x.clear()),
        ({1: 1, 2: 2}, lambda x: x.update({1: x.pop(1)})),
        (([1], 2), lambda x: x[0].clear()),
    ],
)
def test_a_change_in_place_is_seen(x, change):
    stored = json.loads(json.dumps(keys.encode([x])))

    def answer(first, x):
        change(x)
        return 1

    done = call(answer, [5, *stored], ["y"])
    assert done.changed == "x"
    done = call(lambda first, x: 1, [5, *stored], ["y"])
    assert done.changed == ""


@pytest.mark.parametrize(
    ("x", "use"),
    [
        (np.ones(3), lambda x: x),
        ({1: np.array([np.nan, np.inf, 1.0])}, lambda x: x[1] * 2),
        ([float("nan"), None, "a", True], len),
        (Code("np.random.default_rng(3)"), lambda rng: rng.random()),
        ([Code("[1, 2]")], lambda x: x[0].pop()),
    ],
)
def test_use_is_no_change(x, use):
    done = call(lambda x: [use(x), 1][1], [keys.encode(x)], ["y"])
    assert (done.error, done.changed) == ("", "")


def test_what_was_moved_and_put_back_is_where_it_was():
    x = np.array([[0.1, 0.7, 12.3]])
    stored = keys.encode(x)
    x += 0.1
    x -= 0.2
    x += 0.1
    assert unchanged(stored, x)
    assert not unchanged(stored, x + 1e-9)


def test_a_change_while_a_generator_runs_is_seen():
    def answer(x):
        x += 1
        yield 1

    view = "lambda parts: [*parts]"
    done = call(answer, [keys.encode(np.ones(1))], ["y"], view)
    assert done.changed == "x"


class Unnamed:
    """A callable that no signature can be had of."""

    @property
    def __signature__(self):
        raise ValueError

    def __call__(self, x):
        x += 1
        return x


def test_arguments_without_a_name_have_a_number():
    stored = keys.encode(np.ones(1))

    def spread(*x):
        x[1].fill(2)
        return 1

    assert call(spread, [stored] * 2, ["y"]).changed == "argument 2"
    assert call(Unnamed(), [stored], ["y"]).changed == "argument 1"


def touch(x):
    """Change the first number that an argument holds, in place."""
    if isinstance(x, np.ndarray):
        x.flat[0] += 1
    elif isinstance(x, dict):
        x[next(iter(x))] = np.zeros(1)
    else:
        x.reverse()
        x.append(x[0])


def argument(name):
    """The places of arguments that can be changed in place."""
    args = map(decode, key(name, 0).cases[0].args)
    kinds = np.ndarray, dict, list
    return [i for i, x in enumerate(args) if isinstance(x, kinds)]


@every_exercise
def test_an_answer_that_changes_an_argument_gets_half(name):
    import copy

    right = EXERCISES[name].answer
    for place in argument(name):

        def spoiled(*given, place=place):
            value = copy.deepcopy(right(*given))
            touch(given[place])
            return value

        for seed in list(seeds(name))[:2]:
            made = verdict(name, spoiled, seed)
            said = diagnose.CHANGED.format(f"argument {place + 1}")
            assert {part.message for part in made.parts} == {said}
            assert made.points == made.of / 2


IN_PLACE = {
    "softmax": "def softmax(Z):\n"
    "    Z -= Z.max(axis=0)\n"
    "    E = np.exp(Z)\n"
    "    return E / E.sum(axis=0)\n",
    "adam": "def adam(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):\n"
    "    old = [b * (1 - b**t) / (1 - b**(t + 1)) for b in (beta1, beta2)]\n"
    "    P *= old[0]\n"
    "    P += (1 - old[0]) * dtheta\n"
    "    Q = old[1] * Q + (1 - old[1]) * dtheta**2\n"
    "    theta -= lr * P / (np.sqrt(Q) + eps)\n"
    "    return theta, P, Q\n",
    "backlayer": "def backlayer(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):\n"
    "    dA1 = W2.T @ (W3.T @ dZ3 * prime(Z2)) + U.T @ dZ3\n"
    "    Z1[:] = dA1 * prime(Z1)\n"
    "    db1 = Z1.sum(axis=1, keepdims=True)\n"
    "    return dA1, Z1 @ X.T, db1, dZ3 @ A1.T\n",
}
SAID = {"softmax": "Z", "adam": "theta, P", "backlayer": "Z1"}


@pytest.mark.parametrize("name", IN_PLACE)
def test_the_sandbox_sees_what_check_sees(name, capsys):
    box = levels.find(trust=True)
    space = {"np": np}
    exec(IN_PLACE[name], space)
    made = keys.load_key(name)
    cells = [["cell 1", "import numpy as np\n" + IN_PLACE[name]]]
    inside = diagnose.judge_outcomes(made, box.run(made, cells))
    check(name, space[name])
    out = capsys.readouterr().out
    assert out.replace(", on the book's numbers", "") == f"{inside}\n"
    said = diagnose.CHANGED.format(SAID[name])
    assert {part.message for part in inside.parts} == {said}
    assert inside.points == inside.of / 2


def test_a_formula_that_is_wrong_is_spoken_of_first():
    def softmax(Z):
        Z -= Z.max()
        return np.exp(Z) / np.exp(Z).sum()

    made = verdict("softmax", softmax, 0)
    assert "are those of the whole batch" in made.parts[0].message
    assert made.points == 0


def test_the_report_counts_who_changed_an_argument():
    made = key("softmax", 0)
    space = {"np": np}
    exec(IN_PLACE["softmax"], space)
    done = EXERCISES["softmax"].outcomes(space["softmax"], made)
    grades = [Grade("ann", "", "a.py", [diagnose.judge_outcomes(made, done)])]
    told = report.class_report(grades, [made])
    assert "     1  (in place): right, but an argument is changed" in told


@pytest.mark.whole
def test_a_strangers_names_of_arguments_come_back_as_plain_text():
    box = levels.find(trust=True)
    text = (
        "import inspect, numpy as np\n"
        "class Evil:\n"
        "    @property\n"
        "    def __signature__(self):\n"
        "        p = inspect.Parameter('Z', inspect._POSITIONAL_ONLY)\n"
        "        p._name = 'a\\x1b[2J\\n' + 500 * 'b'\n"
        "        return inspect.Signature([p])\n"
        "    def __call__(self, Z):\n"
        "        A = np.exp(Z - Z.max(axis=0))\n"
        "        Z[:] = 0\n"
        "        return A / A.sum(axis=0)\n"
        "softmax = Evil()\n"
    )
    made = keys.load_key("softmax")
    for done in box.run(made, [["cell 1", text]]):
        assert done.error == ""
        assert done.changed.startswith("a [2J bbb")
        assert len(done.changed) <= 200


# What is said


def described(got, want):
    case = keys.Case("", [], {"m": 7})
    right = Outcome({"y": np.array(want, float)})
    made = keys.Key("x", "f", {"y": 1}, [case], [right], tol=1e-7)
    done = call(lambda: got, [], ["y"])
    return diagnose.judge_outcomes(made, [done]).parts[0].message


def test_two_numbers_are_shown_with_the_digits_that_differ():
    said = described([0.25, 0.18461538], [0.25, 0.18461557])
    assert said.endswith("y[1] is 0.184615, expected 0.184616 when m = 7.")
    assert "is nearly right, but off by 8e-07 of its largest" in said
    said = described([0.250001, 0.500002], [0.25, 0.5])
    assert said.endswith("y[1] is 0.500002, expected 0.5 when m = 7.")


@every_exercise
def test_a_page_says_how_exact_an_answer_must_be_and_what_stays(name):
    text = (ROOT / f"book/exercises/{name}.ipynb").read_text("utf-8")
    first = "".join(json.loads(text)["cells"][0]["source"])
    assert "into them costs half of the points" in first
    if name != "shapes":
        assert TOL.get(name, "`1e-5`") in first
        assert EXERCISES[name].rules["tol"] == {
            "softmax": 5e-7,
            "rings": 4e-3,
        }.get(name, 1e-5)
