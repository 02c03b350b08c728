"""The page of paths names every side page, and chapters that exist."""

import re

import chapters
from places import BOOK

TEXT = (BOOK / "paths.md").read_text(encoding="utf-8")
INDEX = "## All side pages"


def named(text):
    return re.findall(r"\{doc\}`([\w/]+)`", text)


def section(heading):
    return re.search(rf"## {heading}\n(.*?)\n## ", TEXT, re.DOTALL)[1]


def test_the_index_names_every_side_page_in_order():
    index = TEXT.split(INDEX)[1]
    given = [page for page in chapters.pages() if "/" in page]
    assert re.findall(r"^- \{doc\}`([\w/]+)`: \S", index, re.M) == given
    for part in re.findall(r"^### (.*)$", index, re.M):
        text = re.split(rf"### {part}\n", index)[1].split("###")[0]
        there = [page for page in chapters.parts()[part] if "/" in page]
        assert re.findall(r"^- \{doc\}`([\w/]+)`", text, re.M) == there


def test_the_index_says_more_of_a_page_than_its_title():
    index = TEXT.split(INDEX)[1]
    for page, words in re.findall(
        r"^- \{doc\}`([\w/]+)`: (.*)\.", index, re.M
    ):
        title = "".join(chapters.read(page)["cells"][0]["source"])
        title = title.splitlines()[0].removeprefix("# ")
        title = title.removeprefix("Further: ").lower()
        if " " in title:  # a single word may come again
            assert title not in words.replace("the ", ""), page
        assert words not in title, page


def test_each_path_names_chapters_in_their_order():
    order = chapters.spine()
    for heading in ("The spine", "Gradients only", "In practice"):
        rows = section(heading)
        if heading == "The spine":
            rows = "".join(re.findall(r"^\|.*$", rows, re.M))
        path = [*dict.fromkeys(p for p in named(rows) if p in order)]
        assert len(path) > 3
        assert path == sorted(path, key=order.index), heading


def test_the_minutes_of_the_spine_rise():
    after = re.findall(r"^\| (\d+) minutes \|", section("The spine"), re.M)
    assert [*map(int, after)] == [10, 30, 60, 180]


def test_the_front_page_names_the_chapters_in_their_order():
    cells = chapters.read("intro")["cells"]
    told = "".join("".join(cell["source"]) for cell in cells)
    rows = re.findall(r"^\| \{doc\}`(\w+)` \|", told, re.M)
    assert rows == chapters.spine()
    start = re.findall(r"^\*\*\{doc\}`[^`]*<(\w+)>`\*\*$", told, re.M)
    assert start == ["glance"]
