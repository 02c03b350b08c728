"""The glossary and the chapters name each other rightly."""

import functools
import re

import chapters
import pytest
from places import BOOK

GLOSSARY = (BOOK / "glossary.md").read_text(encoding="utf-8")
# An entry: the word alone on its line, the text two spaces in.
ENTRIES = dict(
    re.findall(
        r"^([^\s`#].*)\n  (.*)$",
        GLOSSARY.split("```{glossary}", 1)[1],
        re.MULTILINE,
    )
)
LINK = re.compile(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`")


@functools.cache
def prose(name):
    """The text of a chapter, without its code."""
    return "\n".join(
        "".join(cell["source"])
        for cell in chapters.read(name)["cells"]
        if cell["cell_type"] == "markdown"
    )


def others(text):
    """The other names that an entry lists after *Also*."""
    also = re.search(r"Also: (.*?)\.(?: |$)", text)
    names = re.split(r", | and (?:in .* )?", also[1]) if also else []
    return [re.sub(r"\(.*\)", "", name).strip() for name in names]


def is_form(word, said):
    """Whether ``said`` is ``word`` or its plural, in any case."""
    form = rf"{re.escape(word)}(e?s)?"
    return re.fullmatch(form, said, re.IGNORECASE) is not None


def explained(text):
    """The words that a chapter sets in bold where it explains them.

    A bold line, or one that begins a line or a point of a list, or that ends
    in a full stop, is the heading of what follows.
    """
    running = re.sub(
        r"^(\*\*|- \*\*|\d\. \*\*|\|).*$", "", text, flags=re.MULTILINE
    )
    for bold in re.findall(r"\*\*([^*\n]+)\*\*", running):
        words = LINK.sub(r"\1", bold)
        if words[-1] not in ".:?":
            yield words


def names_of(word):
    return [word, *others(ENTRIES[word])]


@pytest.mark.parametrize("word", ENTRIES)
def test_the_chapters_to_see_have_the_word(word):
    pages = re.findall(r"\{doc\}`([\w/]+)`", ENTRIES[word].split(" See: ")[-1])
    assert " See: " in ENTRIES[word]
    assert pages
    for page in pages:
        linked = {x.lower() for x in LINK.findall(prose(page))}
        written = any(
            re.search(
                rf"\b{re.escape(name)}(e?s)?\b", prose(page), re.IGNORECASE
            )
            for name in names_of(word)
        )
        assert word.lower() in linked or written, page


@pytest.mark.parametrize("chapter", chapters.texts())
def test_every_word_in_bold_has_an_entry(chapter):
    known = [name for word in ENTRIES for name in names_of(word)]
    assert [
        said
        for said in explained(prose(chapter))
        if not any(is_form(name, said) for name in known)
    ] == []


def test_the_entries_stand_in_the_order_of_the_alphabet():
    assert list(ENTRIES) == sorted(ENTRIES, key=str.lower)
