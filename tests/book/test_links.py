"""What a page refers to is there: pages, figures, words and sources.

The build says so too, in a minute; this does in a second.
"""

import functools
import posixpath
import re

import chapters
import pytest
import reading
from places import BOOK

GLOSSARY = re.search(
    r"^```\{glossary\}$(.*?)^```$",
    (BOOK / "glossary.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)[1]
SOURCES = (BOOK / "references.bib").read_text(encoding="utf-8")


@functools.cache
def cells(name):
    """Return the cells of a page; a page in Markdown is one."""
    if chapters.path(name).exists():
        return chapters.read(name)["cells"]
    text = (BOOK / f"{name}.md").read_text(encoding="utf-8")
    return [{"cell_type": "markdown", "source": text, "metadata": {}}]


@functools.cache
def text(name):
    """Return the text of a page without code, in which a role is none."""
    told = reading.text_of(cells(name))
    return re.sub(r"^(`{3,})\w*$.*?^\1$", "", told, flags=re.M | re.S)


def targets(name, role):
    """Return what a page refers to in a role, without the words shown."""
    pattern = rf"\{{(?:{role})\}}`(?:[^`<]*<)?([^`>]+)>?`"
    return {
        " ".join(found.split()) for found in re.findall(pattern, text(name))
    }


@functools.cache
def named():
    """Return the names of all figures, and of all places that have one."""
    names = set()
    for name in chapters.pages():
        for cell in cells(name):
            figure = cell["metadata"].get("mystnb", {}).get("figure", {})
            names.add(figure.get("name"))
        names |= {*re.findall(r"^\(([\w-]+)\)=$", text(name), re.M)}
        names |= {*re.findall(r"^:name: ([\w-]+)$", text(name), re.M)}
    return names


@pytest.mark.parametrize("name", chapters.pages())
def test_what_a_page_refers_to_exists(name):
    pages = {
        posixpath.normpath(posixpath.join(posixpath.dirname(name), page))
        for page in targets(name, "doc")
    }
    assert pages <= {*chapters.pages()}
    assert targets(name, "numref|ref") <= named()
    words = {w.lower() for w in re.findall(r"^(\S.*)$", GLOSSARY, re.M)}
    assert {w.lower() for w in targets(name, "term")} <= words
    keys = ",".join(targets(name, r"cite(?::\w+)?")).replace(" ", "")
    assert {*keys.split(",")} - {""} <= {
        *re.findall(r"^@\w+\{([^,]+),", SOURCES, re.M)
    }
