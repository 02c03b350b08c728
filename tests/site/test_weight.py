"""What a page weighs, as a server sends its text: HTML, scripts, style."""

import gzip
import re
from functools import cache
from urllib.parse import urlsplit

import chapters
import pytest

GLASS, EXPLORER = "glass.js", "data-explorer"


@cache
def packed(path):
    return len(gzip.compress(path.read_bytes(), 6))


@pytest.mark.parametrize("name", chapters.pages())
def test_a_page_is_no_heavier_than_its_kind(site, name):
    """A text in 300 kB, one with a live box in 400, with frames in 700."""
    path = site / "book" / f"{name}.html"
    html = path.read_text(encoding="utf-8")
    loaded = {
        (path.parent / urlsplit(address).path).resolve()
        for tag in re.findall(r"<(?:script|link) [^>]*>", html)
        for address in re.findall(r'(?:src|href)="([^"]+)"', tag)
        if urlsplit(address).path.endswith((".js", ".css"))
    }
    size = packed(path) + sum(packed(one) for one in loaded)
    limit = 700 if EXPLORER in html else 400 if GLASS in html else 300
    assert size < limit * 1000


def test_the_editor_is_light_and_loaded_by_no_page_before_it_is_asked(site):
    """A reader who starts Python loads it: 110 kB, beside Python's 26 MB."""
    static = site / "_static"
    both = [static / "codemirror.js", static / "editor.js"]
    assert sum(map(packed, both)) < 110 * 1000
    for path in site.rglob("*.html"):
        if "lite" not in path.relative_to(site).parts:
            html = path.read_text(encoding="utf-8")
            assert not any(one.name in html for one in both), path
