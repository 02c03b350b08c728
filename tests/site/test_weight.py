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
