"""The numbers of chapters, side pages and equations; from page to page."""

import re
from functools import cache
from itertools import pairwise
from string import ascii_lowercase

import chapters
import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.whole

SPINE = chapters.spine()
NUMBERS = {page: str(number) for number, page in enumerate(SPINE, 1)}
NUMBERS |= {
    page: f"{NUMBERS[chapter]}{letter}"
    for chapter in SPINE
    for letter, page in zip(
        ascii_lowercase, chapters.below()[chapter], strict=False
    )
}


@cache
def tree(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def page(site, name):
    return tree(site / "book" / f"{name}.html")


def own_numbers(article):
    """The numbers that stand beside the equations of a page."""
    return [
        re.match(r"\((\S+)\)", number.get_text())[1]
        for number in article.select(".eqno")
    ]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_page_says_its_number_and_counts_from_it(site, name):
    article = page(site, name).article
    number = NUMBERS[name]
    assert article.h1.get_text().startswith(f"{number}. ")
    equations = own_numbers(article)
    assert equations == [
        f"{number}.{count}" for count in range(1, len(equations) + 1)
    ]
    figures = [
        re.match(r"Fig\. (\S+)", caption.get_text())[1]
        for caption in article.select("figcaption .caption-number")
    ]
    assert figures == [
        f"{number}.{count}" for count in range(1, len(figures) + 1)
    ]


@pytest.mark.parametrize(
    "name", [n for n in chapters.below() if n not in NUMBERS]
)
def test_a_page_without_a_number_counts_on_its_own(site, name):
    article = page(site, name).article
    assert not article.select("h1 .section-number")
    equations = own_numbers(article)
    assert equations == [f"{count}" for count in range(1, len(equations) + 1)]


def test_a_link_to_an_equation_shows_the_number_that_stands_there(site):
    seen = 0
    for name in chapters.pages():
        here = site / "book" / f"{name}.html"
        for link in tree(here).article.find_all("a", href=True):
            target, _, anchor = link["href"].partition("#")
            if anchor.startswith("equation-") and link.get_text().strip():
                if link.find_parent(class_="eqno"):
                    continue
                there = (
                    tree((here.parent / target).resolve())
                    if target
                    else (tree(here))
                )
                number = there.find(id=anchor).select_one(".eqno")
                shown = link.get_text().strip()
                assert number.get_text().startswith(shown), (name, anchor)
                seen += 1
    assert seen > 300


def test_a_link_in_a_text_calls_a_page_by_its_short_title(site):
    article = page(site, "backprop").article
    link = article.find("a", href="descent.html")
    assert link.get_text() == "Walk downhill"
    title = page(site, "further/vanishing").article.h1.get_text()
    said = page(site, "deep").article.find("a", href="further/vanishing.html")
    assert f"further: {said.get_text()}".lower() in title.lower()


def neighbour(site, name, side):
    """The page to which a page leads on one side."""
    here = site / "book" / f"{name}.html"
    link = page(site, name).select_one(f".{side}")["href"]
    there = (here.parent / link).resolve().relative_to(site / "book")
    return there.with_suffix("").as_posix()


def test_chapters_lead_to_chapters_and_side_pages_back(site):
    """``next`` never leads from a chapter into a page that belongs to it."""
    for before, after in pairwise(["intro", *chapters.below()]):
        assert neighbour(site, before, "right-next") == after
        assert neighbour(site, after, "left-prev") == before
    for chapter, side_pages in chapters.below().items():
        for first in side_pages[:1]:
            assert neighbour(site, first, "left-prev") == chapter
