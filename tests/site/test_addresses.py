"""A link that was made to the first edition leads to what it led to."""

import json
import re
from functools import cache

import pytest
from places import BOOK

BEFORE = json.loads(
    (BOOK / "_ext" / "mininn_pages" / "first_edition.json").read_text("utf-8")
)
ADDRESSES = [(page, one) for page, ids in BEFORE.items() for one in ids]


@cache
def ids(path):
    return set(re.findall(r'\sid="([^"]+)"', path.read_text("utf-8")))


@pytest.fixture(scope="module")
def moved(site):
    text = (site / "_static" / "moved.js").read_text("utf-8")
    return json.loads(text.partition("=")[2].rstrip(";\n"))


@pytest.mark.whole
def test_every_section_and_equation_of_the_first_edition_is_found(site, moved):
    lost = []
    for page, one in ADDRESSES:
        there = moved.get(f"book/{page}", {}).get(one, f"book/{page}#{one}")
        name, _, anchor = there.partition("#")
        path = site / f"{name}.html"
        if not path.exists() or anchor not in ids(path):
            lost.append((page, one, there))
    assert len(ADDRESSES) > 700
    assert lost == []


@pytest.mark.whole
def test_what_stayed_is_not_led_away(site, moved):
    for page, others in moved.items():
        assert not others.keys() & ids(site / f"{page}.html"), page
