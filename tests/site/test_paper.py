"""The book on paper, and what other programs read of the site.

The PDF takes XeLaTeX and most of a minute, so its test runs only where
``MININN_PDF`` is set. The others build a small book of three pages.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from places import BOOK, ROOT

SITE = "https://example.org/book"
TOC = """
format: jb-book
root: book/intro
parts:
  - caption: First part
    numbered: 1
    chapters: [{file: book/softmax, sections: [{file: book/under}]}]
  - caption: Reference
    chapters: [{file: book/page}]
"""
PAGE = """
# Say A & B

A page that says **A** & "B", long enough to describe itself in a line.

准确率 is accuracy.
"""
UNDER = """
# Further: a page under a chapter

$$
a = b
$$ (eq-under)
"""
INTRO = """
# A book

The first page of a book that is small enough for a test to build it.
"""


def build(source, *options, works=True, **variables):
    """Build with jupyter-book, which works or fails; return its words."""
    environment = {
        k: v for k, v in os.environ.items() if k != "MININN_SITE_URL"
    }
    done = subprocess.run(
        [
            Path(sys.executable).with_name("jupyter-book"),
            "build",
            *options,
            source,
        ],
        env=environment | {"PYTHONPATH": str(ROOT)} | variables,
        capture_output=True,
        encoding="utf-8",
    )
    printed = done.stdout + done.stderr
    assert (done.returncode == 0) == works, printed[-3000:]
    return printed


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A book with our config, one real chapter, and one page of its own."""
    source = tmp_path_factory.mktemp("small")
    shutil.copy(ROOT / "_config.yml", source)
    (source / "_toc.yml").write_text(TOC, "utf-8")
    book = source / "book"
    for folder in ("_ext", "_static"):
        shutil.copytree(BOOK / folder, book / folder)
    for name in ("softmax.ipynb", "references.bib"):
        shutil.copy(BOOK / name, book)
    shutil.copytree(ROOT / "mininn", source / "mininn")
    (book / "intro.md").write_text(INTRO, "utf-8")
    (book / "page.md").write_text(PAGE, encoding="utf-8")
    (book / "under.md").write_text(UNDER, encoding="utf-8")
    return source


@pytest.fixture(scope="module")
def paper(small):
    """The LaTeX of the small book."""
    build(small, "--builder", "latex")
    return (small / "_build/latex/book.tex").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def public(small):
    """The small site, built for a public address."""
    build(small, MININN_SITE_URL=SITE + "/")
    return small / "_build" / "html"


@pytest.mark.whole
def test_on_paper_each_part_and_the_first_page_have_a_title(paper):
    assert re.findall(r"\\part\{(.*?)\}", paper) == ["First part", "Reference"]
    chapters = re.findall(r"\\chapter\{(.*?)\}", paper)
    book = json.loads((BOOK / "softmax.ipynb").read_text("utf-8"))
    title = "".join(book["cells"][0]["source"]).splitlines()[0]
    assert chapters == [
        "Begin here",
        title.removeprefix("# "),
        r"Say A \& B",
    ]


@pytest.mark.whole
def test_on_paper_pages_have_the_numbers_of_the_site(paper, public):
    numbered = re.findall(
        r"\\(pagealone|numberedchapter|pagebelow)(?:\{(.*?)\})?"
        r"[^\\]*(?:\\phantomsection)?.*?\\(chapter|section)\{(.*?)\}",
        paper.partition(r"\begin{document}")[2],
        re.DOTALL,
    )
    assert [(how, which, kind) for how, which, kind, _ in numbered] == [
        ("pagealone", "begin", "chapter"),
        ("numberedchapter", "", "chapter"),
        ("pagebelow", "a", "section"),
        ("pagealone", "book-page", "chapter"),
    ]
    under = (public / "book" / "under.html").read_text(encoding="utf-8")
    assert "(1a.1)" in under


@pytest.mark.whole
def test_on_paper_an_explorer_is_one_frame_and_all_its_numbers(paper, small):
    book = json.loads((small / "book" / "softmax.ipynb").read_text("utf-8"))
    (told,) = [
        "".join(output["data"]["text/plain"])
        for cell in book["cells"]
        for output in cell.get("outputs", [])
        if "application/vnd.mininn.explorer+json" in output.get("data", {})
    ]
    (frame,) = re.findall(r"includegraphics.*?\{(frame-\w+)\}", paper)
    with Image.open(small / f"_build/latex/{frame}.png") as picture:
        assert picture.width > 300
    table = paper[paper.index(frame) :]
    table = table[: table.index(r"\endgroup")]
    # Each row of a table ends in a line break of its own.
    assert table.count(r"\sphinxtableatstartofbodyhook") == 1
    numbers = re.findall(r"\d+\.\d+", told.splitlines()[-1].split(": ", 1)[1])
    assert numbers
    assert all(number in table for number in numbers)
    assert "base64" not in paper


@pytest.mark.whole
def test_on_paper_code_that_only_draws_is_left_out(paper):
    assert r"\PYG{n+nn}{numpy}" in paper
    book = json.loads((BOOK / "softmax.ipynb").read_text("utf-8"))
    hidden = [
        cell
        for cell in book["cells"]
        if "hide-input" in cell["metadata"].get("tags", [])
    ]
    assert hidden
    assert r"\PYG{n}{mn}\PYG{o}{.}\PYG{n}{explore}\PYG{o}{.}" not in paper


@pytest.mark.whole
def test_on_paper_chinese_has_a_font(paper):
    assert r"\newfontfamily\chinese" in paper
    assert "准确率" in paper


@pytest.mark.skipif(
    not os.environ.get("MININN_PDF"), reason="set MININN_PDF to build the PDF"
)
def test_the_pdf_holds_the_book(tmp_path):
    for program in ("latexmk", "xelatex"):
        assert shutil.which(program), f"{program} is not installed"
    build(ROOT, "--builder", "pdflatex", "--path-output", tmp_path)
    latex = tmp_path / "_build" / "latex"
    log = (latex / "book.log").read_text(encoding="utf-8", errors="replace")
    log = log.replace("\n", "")
    assert (latex / "book.pdf").read_bytes().startswith(b"%PDF")
    assert int(re.search(r"book\.(?:pdf|xdv) \((\d+) pages", log)[1]) > 200
    assert "Missing character" not in log
    assert "undefined" not in log


@pytest.mark.whole
def test_a_page_says_what_a_link_to_it_shows(public):
    page = (public / "book" / "page.html").read_text(encoding="utf-8")
    tag = re.compile(r'<meta property="(og:[\w:]+)" content="(.*?)"')
    told = dict(tag.findall(page))
    assert told["og:title"] == "Say A &amp; B"
    assert told["og:url"] == f"{SITE}/book/page.html"
    assert told["og:image"] == f"{SITE}/_static/social.png"
    assert (public / "_static" / "social.png").exists()
    assert told["og:description"].startswith("A page that says A &amp; “B”")
    assert '<meta name="twitter:card" content="summary_large_image"' in page
    assert f'<link rel="canonical" href="{SITE}/book/page.html"' in page


@pytest.mark.whole
def test_the_map_lists_every_page(public):
    site = (public / "sitemap.xml").read_text(encoding="utf-8")
    listed = set(re.findall(r"<loc>(.*?)</loc>", site))
    assert listed == {
        f"{SITE}/book/{p}.html" for p in ("intro", "softmax", "under", "page")
    }
    robots = (public / "robots.txt").read_text(encoding="utf-8")
    assert f"Sitemap: {SITE}/sitemap.xml" in robots


@pytest.mark.whole
def test_the_front_door_leads_to_the_first_page(public):
    door = (public / "index.html").read_text(encoding="utf-8")
    assert 'content="0; url=book/intro.html"' in door
    assert "<title>How neural networks work</title>" in door


LATER = """
def write_otherwise(app, pagename, templatename, context, doctree):
    context["body"] = context.get("body", "").replace(OLD, NEW)

def setup(app):
    app.connect("html-page-context", write_otherwise, priority=1)
"""


@pytest.mark.whole
def test_html_that_sphinx_writes_otherwise_stops_the_build(small, tmp_path):
    source = tmp_path / "later"
    shutil.copytree(small, source, ignore=shutil.ignore_patterns("_build"))
    config = (source / "_config.yml").read_text("utf-8")
    folder = "  local_extensions:\n"
    assert folder in config
    config = config.replace(folder, f"{folder}    later: book/_ext\n")
    (source / "_config.yml").write_text(config, "utf-8")
    old, new = '"math notranslate nohighlight"', '"formula notranslate"'
    code = LATER.replace("OLD", repr(old)).replace("NEW", repr(new))
    (source / "book" / "_ext" / "later.py").write_text(code, "utf-8")
    printed = build(source, works=False)
    assert (
        "symbols.py, symbols in formulas: this rule matches nothing in "
        "book/softmax, which holds what it is for." in printed
    )
    # The page is not there, so the next build does not take it as finished.
    build(source, works=False)
    assert not (source / "_build/html/book/softmax.html").exists()


@pytest.mark.whole
def test_without_a_public_address_no_page_names_one(small, tmp_path):
    build(small, "--path-output", tmp_path)
    html = tmp_path / "_build" / "html"
    head = (html / "book" / "page.html").read_text("utf-8").split("</head>")[0]
    assert "og:" not in head
    assert 'rel="canonical"' not in head
    assert not (html / "sitemap.xml").exists()
    assert not (html / "robots.txt").exists()


@pytest.mark.whole
def test_the_picture_of_a_link_is_what_its_program_draws(tmp_path):
    stored = BOOK / "_static" / "social.png"
    code = (
        "import sys; sys.path.insert(0, 'tools'); import social; "
        "social.draw().savefig(sys.argv[1])"
    )
    drawn = tmp_path / "social.png"
    subprocess.run(
        [sys.executable, "-c", code, drawn],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    with Image.open(stored) as old, Image.open(drawn) as new:
        assert old.size == new.size == (1200, 630)
        # Each matplotlib sets its words a little otherwise: the rings alone.
        rings = [
            one.convert("RGB").crop((620, 0, 1200, 630)) for one in (old, new)
        ]
    apart = ImageChops.difference(*rings)
    assert max(ImageStat.Stat(apart).mean) < 2
    assert stored.stat().st_size < 300_000
