"""The questions of the notebooks: computed, told apart, and answered."""

import ast
import html
import json
import re

import chapters
import pytest

import mininn as mn

STORED = re.compile(r'<div class="question" data-question="(.*?)"', re.DOTALL)
HAND = re.compile(r"^:label: *(ex-[\w-]+-hand)$", re.MULTILINE)
FORM = {
    "v",
    "kind",
    "question",
    "answer",
    "mistakes",
    "choices",
    "hint",
    "way",
    "digits",
    "shown",
    "opens",
}


def cells(name):
    return chapters.read(name)["cells"]


def questions(cell):
    """The data of the questions that a cell stores."""
    return [
        json.loads(html.unescape(stored))
        for output in cell.get("outputs", [])
        for stored in STORED.findall(
            "".join(output.get("data", {}).get("text/html", ""))
        )
    ]


ASKED = [
    (name, cell, spec)
    for name in chapters.texts()
    for cell in cells(name)
    for spec in questions(cell)
]
every_question = pytest.mark.parametrize(
    ("name", "spec"),
    [(n, s) for n, _, s in ASKED if s.get("kind") != "drill"],
    ids=lambda v: v if isinstance(v, str) else v["question"][:40],
)


def again(spec):
    """Ask a stored question once more."""

    def value(x):
        return tuple(x) if spec["kind"] == "shape" else x

    return mn.ask(
        spec["question"],
        value(spec["answer"]),
        mistakes={words: value(x) for words, x in spec["mistakes"]},
        choices=spec["choices"],
        hint=spec["hint"],
        way=spec["way"],
        digits=spec["digits"],
        opens=spec["opens"],
    )


@every_question
def test_the_values_of_a_question_are_told_apart(name, spec):
    """``ask`` refuses those that are not; what is stored is what it gave."""
    assert set(spec) == FORM, f"tools/refresh.py {name}"
    assert again(spec).spec == spec


@every_question
def test_a_question_helps_who_is_wrong_and_names_mistakes(name, spec):
    assert spec["hint"] or spec["way"]
    assert spec["mistakes"] or spec["kind"] == "choice"
    for words, _ in spec["mistakes"]:
        assert re.search(r"[.?!]\$?`?$", words), words


def test_no_two_questions_of_a_page_have_the_same_words():
    words = [
        (n, s["question"]) for n, _, s in ASKED if s.get("kind") != "drill"
    ]
    assert len(set(words)) == len(words)


def asks(source):
    """The calls of ``ask`` in the code of a cell."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("mn.ask", "ask")
    ]


def typed(value):
    """Whether an expression is a number, or numbers, as somebody typed it."""
    if isinstance(value, ast.UnaryOp):
        return typed(value.operand)
    if isinstance(value, ast.List | ast.Tuple):
        return all(map(typed, value.elts))
    if isinstance(value, ast.Call) and "array" in ast.unparse(value.func):
        return all(map(typed, value.args))
    return isinstance(value, ast.Constant) and not isinstance(value.value, str)


def typed_mistakes(source):
    """The values of mistakes, in the code of a cell, that were typed."""
    return [
        ast.unparse(value)
        for call in asks(source)
        for word in call.keywords
        if word.arg == "mistakes"
        for value in getattr(word.value, "values", [word.value])
        if typed(value)
    ]


def test_a_typed_mistake_is_found():
    for value in ("0.3", "-0.3", "(2, 3)", "[-1, 2]", "np.array([[1, 2]])"):
        assert typed_mistakes(f"mn.ask('q', a, mistakes={{'m': {value}}})")
    for value in ("W @ x", "W.T.shape", "2 * w", "-w", "'up'", "(n, 3)"):
        assert not typed_mistakes(f"mn.ask('q', a, mistakes={{'m': {value}}})")


@pytest.mark.parametrize("name", chapters.texts())
def test_mistakes_are_computed_and_the_code_is_folded(name):
    for cell in cells(name):
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or not (
            asks(source) or "mn.drill(" in source
        ):
            continue
        assert questions(cell), f"nothing stored: {source[:60]}"
        assert typed_mistakes(source) == []
        assert "hide-input" in cell["metadata"].get("tags", []), source[:60]


BY_HAND = [
    (name, label, i)
    for name in chapters.texts()
    for i, cell in enumerate(cells(name))
    if cell["cell_type"] == "markdown"
    for label in HAND.findall("".join(cell["source"]))
]


@pytest.mark.parametrize(
    ("name", "label", "i"), BY_HAND, ids=[label for _, label, _ in BY_HAND]
)
def test_an_exercise_by_hand_has_a_question_beside_it(name, label, i):
    beside = cells(name)[i + 1 : i + 3]
    assert any(map(questions, beside)), f"{name}: {label}"


def test_the_book_asks_at_least_eighty_questions():
    assert sum(s.get("kind") != "drill" for _, _, s in ASKED) >= 80


def test_the_book_has_a_drill_of_shapes():
    assert any(s.get("kind") == "drill" for _, _, s in ASKED)


@pytest.mark.parametrize("name", chapters.texts())
def test_what_opens_after_a_question_is_on_its_page(name):
    """A question that opens something has something behind it to open."""
    book = cells(name)
    for i, cell in enumerate(book):
        if any(spec.get("opens") for spec in questions(cell)):
            stored = json.dumps([c.get("outputs", []) for c in book[i + 1 :]])
            assert re.search("mininn.explorer|glass-box|image/png", stored), (
                questions(cell)[0]["question"]
            )
