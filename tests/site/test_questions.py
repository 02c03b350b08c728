"""Questions in the built pages: read without a script, and only there live."""

import hashlib
import html
import json
import re
import sys
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from places import BOOK
from sphinx.errors import ExtensionError

import mininn as mn

sys.path.insert(0, str(BOOK / "_ext"))
try:
    from mininn_pages import formulas, questions
    from mininn_pages.page import Page
finally:
    sys.path.pop(0)

ASKED = "What is $a = \\sigma(z)$ of `z < 1`?"


def question(asked=ASKED, **options):
    return mn.ask(
        asked,
        0.5,
        mistakes={"That is $z$, not `a`.": 0.25},
        hint="First $z$.",
        way="$\\sigma(0)$ & done.",
        **options,
    )


def app(folder, found=("book/page",)):
    return SimpleNamespace(
        config=SimpleNamespace(root_doc="book/intro"),
        doctreedir=str(folder / "doctrees"),
        outdir=str(folder / "html"),
        env=SimpleNamespace(found_docs=set(found)),
    )


def cell(one):
    """A cell as MyST-NB writes it."""
    return (
        '<div class="cell tag_hide-input docutils container">'
        '<details class="admonition hide above-input"><summary>'
        '<p class="collapsed admonition-title">Show</p>'
        '<p class="expanded admonition-title">Hide</p></summary>'
        "<pre>mn.ask()</pre></details>"
        '<div class="cell_output docutils container">'
        f'<div class="output text_html">{one.html()}</div></div></div>'
    )


def shown(tmp_path, *asked, name="book/page", typeset=False):
    """The tree of a page with these questions, after the step."""
    body = "<h1>Title</h1>" + "".join(map(cell, asked))
    tree = nodes.document(None, None)
    tree += [nodes.raw("", one.html(), format="html") for one in asked]
    page = Page(
        f"<head></head><article>{body}</article>",
        name,
        app=app(tmp_path),
        doctree=tree,
    )
    questions.show(page)
    if typeset:
        formulas.set_in_lines(page)
    return BeautifulSoup(page.written(), "html.parser")


def test_a_question_is_read_and_answered_without_a_script(tmp_path):
    box = shown(tmp_path, question()).find(class_="question")
    (asked,) = box.find_all("p", class_="question-asked", recursive=False)
    assert asked.code.get_text() == "z < 1"
    fold = box.find("details", recursive=False)
    assert fold.summary.get_text() == "Answer"
    assert [p.get_text() for p in fold.find_all("p")] == [
        "0.500",
        "\\(\\sigma(0)\\) & done.",
    ]


def test_choices_are_a_list_where_there_are_no_buttons(tmp_path):
    one = mn.ask("Up?", "No", choices=["Yes", "No"], way="Look.")
    box = shown(tmp_path, one).find(class_="question")
    assert [li.get_text() for li in box.find_all("li")] == ["Yes", "No"]


def test_every_text_that_a_script_says_is_typeset_when_the_book_is(tmp_path):
    box = shown(tmp_path, question(), typeset=True).find(class_="question")
    said = {p["data-said"]: p for p in box.template.find_all("p")}
    assert set(said) == {"question", "hint", "way", "shown", "mistake-0"}
    for name in ("question", "hint", "way", "mistake-0"):
        assert said[name].find(class_="katex-html"), name
        assert "$" not in said[name].decode().replace("annotation", "")
    # A comma stays with its formula, also in what waits.
    assert said["mistake-0"].find(class_="together")
    assert "".join(said["mistake-0"].code.contents) == "a"


def test_a_question_has_a_key_and_a_drill_has_none(tmp_path):
    tree = shown(tmp_path, question(), mn.drill())
    first, second = tree.find_all(class_="question")
    words = hashlib.sha256(ASKED.encode()).hexdigest()[:8]
    assert first["data-key"] == f"book/page:{words}"
    assert not second.has_attr("data-key")


def test_two_questions_of_the_same_words_stop_the_build(tmp_path):
    with pytest.raises(ExtensionError, match="two questions of book/page"):
        shown(tmp_path, question(), question(digits=4))


def test_a_question_that_is_written_otherwise_stops_the_build(tmp_path):
    tree = nodes.document(None, None)
    tree += nodes.raw("", question().html(), format="html")
    page = Page(
        "<head></head><article><h1>T</h1></article>",
        "book/page",
        app=app(tmp_path),
        doctree=tree,
    )
    with pytest.raises(ExtensionError, match=r"questions\.py, questions"):
        questions.show(page)


def test_the_code_stands_below_its_question_and_says_so(tmp_path):
    tree = shown(tmp_path, question())
    whole = tree.find(class_="cell")
    parts = whole.find_all(True, recursive=False)
    assert [part.name for part in parts] == ["div", "details"]
    names = [p.get_text() for p in parts[1].summary.find_all("p")]
    assert names == [questions.FOLD, questions.FOLD]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1 - 0.36 = 0.64, and -2", "1 − 0.36 = 0.64, and −2"),
        ("3 · (-1), e^-|z|, -log q", "3 · (−1), e^−|z|, −log q"),
        ("He's weights, g'(z), dW' X'", "He’s weights, g′(z), dW′ X′"),
        ("a mini-batch, 2-3-1, 1e-05", "a mini-batch, 2-3-1, 1e-05"),
        ("`a - b'` is code", '<code class="docutils literal notranslate">'),
    ],
)
def test_a_text_has_the_signs_of_print(typed, shown):
    made = questions.written(typed)
    assert made.startswith(shown)
    assert "code" not in made or "a - b'" in made


def test_the_script_is_loaded_where_there_is_a_question_alone(tmp_path):
    with_one = shown(tmp_path, question())
    (script,) = with_one.head.find_all("script")
    assert script["src"].startswith("../_static/questions.js?v=")
    assert shown(tmp_path).head.find("script") is None
    assert shown(tmp_path).find(class_="questions-line") is None


def test_below_the_title_stands_how_many_questions_there_are(tmp_path):
    tree = shown(tmp_path, question(), question("b?"), mn.drill())
    line = tree.h1.find_next_sibling()
    assert line["class"] == ["questions-line"]
    assert line["data-page"] == "book/page"
    assert line.get_text() == "2 questions on this page"
    front = shown(tmp_path, name="book/intro")
    assert front.h1.find_next_sibling()["data-page"] == ""


def test_the_rings_know_the_questions_of_every_page(tmp_path):
    one = app(tmp_path, ["book/page", "book/other", "book/gone"])
    (tmp_path / "html" / "_static").mkdir(parents=True)
    shown(tmp_path, question())
    shown(tmp_path, mn.drill(), name="book/other")
    shown(tmp_path, question("Gone?"), name="book/deleted")
    questions.write_scripts(one)
    static = tmp_path / "html" / "_static"
    code = (static / "progress.js").read_text(encoding="utf-8")
    known = json.loads(re.search("const QUESTIONS = (.*);", code)[1])
    words = hashlib.sha256(ASKED.encode()).hexdigest()[:8]
    assert known == {"book/page": [words]}
    for name in ("questions.js", "questions.css"):
        assert (static / name).exists()
    assert not re.search(r"\beval\b|innerHTML|fetch\(|sendBeacon", code)


def test_on_paper_a_question_is_its_words_and_its_answer():
    printer = questions.Printed.__new__(questions.Printed)
    told = printer.printed(question().spec)
    assert [part.astext() for part in told] == [
        "Question. What is a = \\sigma(z) of z < 1?",
        "Answer. 0.500. \\sigma(0) & done.",
    ]
    assert [type(n) for n in told[0].findall(nodes.literal)]
    assert [type(n) for n in told[1].findall(nodes.math)]
    choice = mn.ask("Up?", "No", choices=["Yes", "No"], way="w").spec
    assert printer.printed(choice)[1].astext().split() == ["Yes", "No"]


def test_the_pages_of_the_book_load_what_they_need(site):
    for path in [site / "index.html", *(site / "book").rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        asks = 'class="question-asked"' in text
        assert ("_static/questions.js" in text) == asks, path
        for stored in re.findall('data-question="(.*?)"', text):
            assert "NaN" not in json.dumps(json.loads(html.unescape(stored)))
