"""Every built page is valid, read by the rules that browsers follow."""

import gzip
import re
from collections import Counter

import pytest

html5lib = pytest.importorskip(
    "html5lib", reason="the dev extra is not installed: html5lib"
)
XHTML = "{http://www.w3.org/1999/xhtml}"
# What an element must not hold, though the parser lets it pass.
NESTED = {("a", "a"), ("a", "button"), ("button", "a"), ("button", "button")}
FRAMES = re.compile(r'<script type="application/json">(.*?)</script>')
ONCE = {"title", "main"}


def faults(text):
    """Return what is wrong with a page, one line for each fault.

    Unclosed and stray tags come from the parser; the rest it does not mind.
    """
    parser = html5lib.HTMLParser()
    tree = parser.parse(text)
    found = [f"line {line}: {code}" for (line, _), code, _ in parser.errors]
    ids, named, seen = Counter(), [], Counter()

    def visit(element, above):
        if not isinstance(element.tag, str):
            return
        tag = element.tag.removeprefix(XHTML)
        seen[tag] += 1
        name = element.get("id")
        if name is not None:
            ids[name] += 1
            if not name or re.search(r"\s", name):
                found.append(f"an id must be one word: {name!r}")
        if tag == "img" and element.get("alt") is None:
            found.append(f"no alt: {element.get('src', '')[-60:]}")
        picture = re.match(r"data:|.*_images/", element.get("src", ""))
        if tag == "img" and picture and not element.get("width"):
            found.append(f"no size: {element.get('src')[-60:]}")
        if tag == "label" and element.get("for"):
            named.append(element.get("for"))
        for key in ("aria-labelledby", "aria-describedby", "aria-controls"):
            named.extend((element.get(key) or "").split())
        found.extend(
            f"{tag} inside {outer}"
            for outer in above
            if (outer, tag) in NESTED
        )
        for child in element:
            visit(child, [*above, tag])

    visit(tree, [])
    found += [f"id {name!r} twice" for name, n in ids.items() if n > 1]
    found += [f"no id {name!r}" for name in named if name not in ids]
    found += [f"{tag} {seen[tag]} times" for tag in ONCE if seen[tag] > 1]
    if not tree.get("lang"):
        found.append("no lang")
    if not seen["title"]:
        found.append("no title")
    return found


PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
    "<title>t</title></head><body>{}</body></html>"
)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p><ul><li>a</li></ul></p>", "line 1: unexpected-end-tag"),
        ("<div><p>a</p>", "line 1: expected-one-end-tag-but-got-another"),
        ('<p id="a">a</p><p id="a">b</p>', "id 'a' twice"),
        ('<p id="a b">a</p>', "an id must be one word: 'a b'"),
        ('<img src="x.png">', "no alt: x.png"),
        ('<a href="#">a <button>b</button></a>', "button inside a"),
        ('<p aria-describedby="x">a</p>', "no id 'x'"),
        ('<img src="_images/x.png" alt="">', "no size: _images/x.png"),
        ("<main>a</main><main>b</main>", "main 2 times"),
    ],
)
def test_a_fault_is_found(body, fault):
    found = faults(PAGE.format(body))
    assert any(one.startswith(fault) for one in found), found


def test_a_sound_page_has_none():
    assert faults(PAGE.format('<h1 id="a">a</h1><img src="x" alt="">')) == []


def test_every_built_page_is_valid(site):
    wrong = {
        path.relative_to(site).as_posix(): found
        for path in sorted(site.rglob("*.html"))
        if not {"_static", "lite"} & {*path.relative_to(site).parts}
        and (found := faults(path.read_text(encoding="utf-8")))
    }
    assert wrong == {}


def test_the_frames_of_an_explorer_weigh_less_than_400_kb(site):
    weights = {}
    for path in (site / "book").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for i, frames in enumerate(FRAMES.findall(text)):
            weights[path.stem, i] = len(gzip.compress(frames.encode(), 6))
    assert len(weights) > 20
    assert max(weights.values()) < 400_000, weights


def test_every_function_and_class_of_the_library_leads_to_its_source(site):
    page = (site / "book" / "api.html").read_text(encoding="utf-8")
    described = re.findall(
        r'<dl class="py (?:function|class|exception)">(.*?)</dt>', page, re.S
    )
    assert len(described) > 40
    for heading in described:
        address, place = re.search(
            r'href="\.\./(_modules/[\w/]+\.html)#([\w.]+)"', heading
        ).groups()
        source = (site / address).read_text(encoding="utf-8")
        assert f'id="{place}"' in source


def test_every_source_leads_back_to_the_page_of_the_library(site):
    sources = list((site / "_modules").rglob("*.html"))
    assert len(sources) > 10
    for path in sources:
        source = path.read_text(encoding="utf-8")
        (address,) = re.findall(r'<p>Described in <a href="(.*?)">', source)
        assert (path.parent / address).resolve() == site / "book" / "api.html"
