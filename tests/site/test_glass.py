"""Glass boxes in the built pages: still, data, equations, and one script."""

import gzip
import json
import re
from functools import cache

import pytest
from bs4 import BeautifulSoup

from mininn.glass import script, style
from mininn.glass.scripts import pad_script, pad_style

pytestmark = pytest.mark.whole


@cache
def tree_of(path):
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


@cache
def by_id(path):
    return {one["id"]: one for one in tree_of(path).find_all(id=True)}


@pytest.fixture(scope="module")
def texts(site):
    paths = [site / "index.html", *sorted((site / "book").rglob("*.html"))]
    return {path: path.read_text("utf-8") for path in paths}


@pytest.fixture(scope="module")
def pages(texts):
    """Of each page with a box its path and its tree."""
    return {
        path: tree_of(path)
        for path, text in texts.items()
        if "data-glass=" in text
    }


def boxes(tree):
    return tree.select("article .glass-box[data-glass]")


def loads(tree, name):
    """The tags in the head that load one of our files."""
    return [
        tag
        for tag in tree.head.find_all(["script", "link"])
        if f"_static/{name}?v=" in (tag.get("src") or tag.get("href") or "")
    ]


def styles(tree, name):
    """The styles of ours that a page holds, not those that it asks for."""
    assert loads(tree, f"{name}.css") == []
    found = tree.head.find_all("style", {"data-of": name})
    return [one.string.removeprefix("\n") for one in found]


def test_only_a_page_with_a_box_has_its_script_and_its_style(texts, pages):
    assert 3 < len(pages) < len(texts)
    for path, text in texts.items():
        assert path in pages or "_static/glass." not in text, path
        assert path in pages or 'data-of="glass"' not in text, path
    for path, tree in pages.items():
        assert boxes(tree), path
        assert styles(tree, "glass") == [style()], path
        (script,) = loads(tree, "glass.js")
        assert script.has_attr("defer"), path


def test_the_files_are_those_of_the_library_and_small(site):
    static = site / "_static"
    assert (static / "glass.js").read_text("utf-8") == script()
    assert len(gzip.compress(script().encode())) < 60_000
    assert not re.search(r"\beval\(|new Function|\.innerHTML", script())


def test_each_box_has_a_still_and_a_table_without_a_script(pages):
    seen = 0
    for path, tree in pages.items():
        for box in boxes(tree):
            spec = json.loads(box["data-glass"])
            picture = box.find("img", class_="glass-still")
            assert "-".join(map(str, spec["n"])) in picture["alt"], path
            assert picture["src"].startswith("data:image/png;base64,")
            assert int(picture["width"]) > int(picture["height"]) / 2 > 50
            assert box.find("table") or box.find("pre"), path
            seen += 1
    assert seen > 3


def test_each_equation_of_a_box_leads_to_its_formula(pages):
    checked = set()
    for path, tree in pages.items():
        for box in boxes(tree):
            found = json.loads(box["data-equations"])
            assert len(found) > 25
            for label, (to, number) in found.items():
                file, _, place = to.partition("#")
                target = (path.parent / file).resolve() if file else path
                assert place == f"equation-{label.lower()}"
                there = by_id(target)[place].get_text()
                assert f"({number})" in there, (label, number)
                checked.add((path, label))
    assert len(checked) > 100


def test_the_code_of_a_box_is_folded_below_it(pages):
    folded = 0
    for path, tree in pages.items():
        for box in boxes(tree):
            cell = box.find_parent("div", class_="cell")
            fold = cell and cell.find("details", recursive=False)
            if not fold:
                continue  # code that is read stands above its box
            assert fold.find_previous_sibling("div", "cell_output"), path
            assert fold.summary.get_text(" ", strip=True).startswith(
                "The code of this box"
            ), path
            folded += 1
    assert folded > 3


def test_the_playground_alone_takes_the_whole_width(pages):
    whole = [
        path.stem
        for path, tree in pages.items()
        if tree.select("article .glass-full")
    ]
    assert whole == ["playground"]


# Drawing pads


@pytest.fixture(scope="module")
def pads(texts):
    """Of each page with a pad its path and its tree."""
    return {
        path: tree_of(path)
        for path, text in texts.items()
        if "data-pad=" in text
    }


def test_only_a_page_with_a_pad_has_its_script_and_its_style(texts, pads):
    assert "digits" in [path.stem for path in pads]
    for path, text in texts.items():
        assert path in pads or "_static/pad." not in text, path
        assert path in pads or 'data-of="pad"' not in text, path
    for path, tree in pads.items():
        assert styles(tree, "pad") == [pad_style()], path
        (tag,) = loads(tree, "pad.js")
        assert tag.has_attr("defer"), path


def test_the_files_of_a_pad_are_those_of_the_library_and_small(site):
    static = site / "_static"
    assert (static / "pad.js").read_text("utf-8") == pad_script()
    assert len(gzip.compress(pad_script().encode())) < 11_000
    assert len(gzip.compress(pad_style().encode())) < 2_000
    assert not re.search(r"\beval\(|new Function|\.innerHTML", pad_script())


def test_a_pad_has_a_still_and_a_table_without_a_script(pads):
    for path, tree in pads.items():
        (pad,) = tree.select("article .drawing-pad[data-pad]")
        spec = json.loads(pad["data-pad"])
        picture = pad.find("img", class_="pad-still")
        assert f"of {len(spec['images'])} images" in picture["alt"], path
        assert picture["src"].startswith("data:image/png;base64,")
        rows = pad.table.tbody.find_all("tr")
        assert len(rows) == len(spec["images"]), path
        cell = pad.find_parent("div", class_="cell")
        fold = cell.find("details", recursive=False)
        assert fold.summary.get_text(" ", strip=True).startswith(
            "The code of this pad"
        ), path
