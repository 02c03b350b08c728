"""The search, without a browser: its words, its index, what it must find."""

import re
import sys
import tomllib

import chapters
import pytest
from docutils import nodes
from places import BOOK
from queries import FORESEEN, QUERIES, UNSEEN
from sphinx.errors import ExtensionError

sys.path.insert(0, str(BOOK / "_ext"))
try:
    from mininn_pages import search
finally:
    sys.path.pop(0)

TABLE = tomllib.loads((BOOK / "search.toml").read_text(encoding="utf-8"))


def test_forty_queries_have_pages_of_the_book():
    assert len(FORESEEN) == len(UNSEEN) == 20
    assert len(QUERIES) == 40
    assert set(QUERIES.values()) <= set(chapters.pages())


def test_what_was_not_foreseen_stands_nowhere_in_the_table():
    said = {word.lower() for words in TABLE.values() for word in words}
    assert not said & {query.lower() for query in UNSEEN}


def test_every_chapter_and_every_side_page_has_words():
    texts = {
        name
        for name in chapters.pages()
        if name in chapters.spine() or name.startswith("further/")
    }
    assert texts <= set(TABLE)
    assert set(TABLE) <= set(chapters.pages())
    assert all(TABLE.values())


def test_no_words_lead_to_two_pages_by_the_table():
    said = [word.lower() for words in TABLE.values() for word in words]
    assert sorted(said) == sorted(set(said))


def test_a_page_that_is_gone_stops_the_build(tmp_path):
    (tmp_path / "search.toml").write_text('gone = ["x"]', encoding="utf-8")
    (tmp_path / "glossary.md").write_text("", encoding="utf-8")
    with pytest.raises(ExtensionError, match="no page book/gone"):
        search.phrases(tmp_path, {"book/rings": {}})


def test_the_glossary_names_what_a_page_explains():
    entry = (
        "chain rule\n  链式法则. A {term}`rule <x>`. Also: rule of chains, "
        "{term}`product`. See: {doc}`backprop`, {doc}`deep`.\n"
    )
    said = search.names(entry)
    assert said == {
        "book/backprop": [
            "chain rule",
            "rule of chains",
            "product",
            "链式法则",
        ]
    }
    whole = search.names((BOOK / "glossary.md").read_text(encoding="utf-8"))
    assert sum(map(len, whole.values())) > 250


@pytest.mark.parametrize(
    ("tex", "told"),
    [
        ("W^{[1]}", "W[1]"),
        (r"\mathbf{b}^{[l]}", "b[l]"),
        ("n_x", "nx"),
        (r"\frac1m", None),
        ("x^2", None),
        (r"\sum_i a_i", None),
    ],
)
def test_a_formula_is_told_as_text_where_that_can_be_read(tex, told):
    assert search.plain(tex) == told


def test_a_result_shows_no_tex_and_no_more_than_it_should():
    section = nodes.section("", nodes.title("", "A"), ids=["a"])
    line = nodes.paragraph("", "A row is ")
    line += nodes.math("", "W^{[1]}")
    line += nodes.Text(". Its half is ")
    line += nodes.math("", r"\frac12")
    line += nodes.Text(". Then more.")
    inner = nodes.section("", nodes.title("", "B"), ids=["b"])
    inner += nodes.paragraph("", "Below.")
    section += [line, inner]
    assert search.sentences(section) == "A row is W[1]. Then more."
    section.insert(1, nodes.paragraph("", "word " * 60))
    told = search.sentences(section)
    assert len(told) <= search.SHORT + 2
    assert told.endswith("word …")


def test_the_library_is_served_without_its_comments():
    code = search.library()
    assert "MiniSearch" in code
    assert not re.search(r"^\s*(/\*|\*|//)", code, re.M)
    assert len(code) < 35_000


PAGES = [
    {
        "id": name,
        "names": names,
        "title": title,
        "headings": "",
        "text": text,
    }
    for name, names, title, text in [
        ("book/softmax", ["softmax"], "Turn scores", "the softmax of it"),
        ("book/glossary", [], "Words", "softmax softmax softmax 梯度"),
        ("book/descent", ["梯度"], "Walk downhill", "decreasing loss"),
        ("book/losses", ["loss is nan"], "Derive", "optimiser, sign"),
    ]
]


@pytest.fixture(scope="module")
def ask():
    """What the search finds for a query, in four small pages."""
    from py_mini_racer import MiniRacer

    script = (BOOK / "_ext/mininn_pages/search.js").read_text("utf-8")
    names = {page["id"]: page["names"] for page in PAGES}
    with MiniRacer() as engine:
        engine.eval(search.library())
        engine.eval(script)
        index = search.index(PAGES)
        engine.eval(
            "const ask = (index, names, query) => "
            "found(MiniSearch.loadJSON(index, SET), names, query)"
        )
        yield lambda query: list(engine.call("ask", index, names, query))


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("softmax", "softmax"),
        ("Softmax", "softmax"),
        ("sofmax", "softmax"),  # one slip
        ("梯度", "descent"),
        ("梯度消失", "descent"),  # a longer term finds what it holds
        ("softmax函数", "softmax"),  # no space between the two
        ("it decreases", "descent"),  # as in decreasing
        ("nan in the loss", "losses"),
        ("optimizers", "losses"),  # as in optimiser
    ],
)
def test_the_page_about_a_word_comes_first(ask, query, first):
    assert ask(query)[0] == f"book/{first}"


@pytest.mark.parametrize("query", ["", "  ", "the of", "zzqqy", "7", "w", "?"])
def test_what_no_page_says_finds_nothing(ask, query):
    assert ask(query) == []
