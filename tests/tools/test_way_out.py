"""The comparison that proves the way out of Jupyter Book 1."""

import pytest
import way_out

PAGE = """<html><body><article>
<p>The  cost\nof <b>one</b> sample.</p>
<div class="math">\\[
J = 1
\\]</div>
<p id="a"><a href="b.html#c">There</a> <img alt="A curve" src="x.png"></p>
<span data-hover="Z|(n, m)|sums">Z</span>
<script type="application/json">["data:image/webp;base64,AA"]</script>
</article><p>Around it.</p></body></html>"""


def differ(ours, theirs):
    equal, lines = way_out.compare(
        {"a.html": way_out.said(ours)}, {"a.html": way_out.said(theirs)}
    )
    assert equal == (not lines)
    return [one for one in lines if one[0] in "+-" and one[:3] not in HEADS]


HEADS = ("+++", "---")


def test_what_a_page_says():
    *things, frames = way_out.said(PAGE)
    assert things == [
        "The cost",
        "of one sample.",
        r"\[J=1\]",
        "There",
        "Z",
        "link b.html#c",
        "id a",
        "picture A curve",
        "hint Z|(n, m)|sums",
    ]
    assert frames.startswith("frames ")


@pytest.mark.parametrize(
    ("right", "other"),
    [
        ("The  cost", "The cost"),
        ("\\[\nJ = 1\n\\]", "\\[J = 1\\]"),
        ("Around it.", "Another theme."),
        ('<p id="a">', '<p class="new" id="a">'),
    ],
)
def test_space_and_what_stands_around_the_article_do_not_count(right, other):
    assert right in PAGE
    assert differ(PAGE, PAGE.replace(right, other)) == []


@pytest.mark.parametrize(
    ("right", "other"),
    [
        ("sample", "batch"),
        ("J = 1", "J = 2"),
        ("b.html#c", "b.html"),
        ('id="a"', 'id="id1"'),
        ("A curve", "x.png"),
        ("sums", "others"),
        ("base64,AA", "base64,AB"),
    ],
)
def test_a_word_a_link_an_id_a_hint_and_a_frame_count(right, other):
    assert right in PAGE
    assert len(differ(PAGE, PAGE.replace(right, other))) == 2


def test_a_page_that_is_missing_counts():
    equal, lines = way_out.compare({"a": ["x"], "b": ["y"]}, {"a": ["x"]})
    assert equal == 1
    assert lines[:2] == ["--- Jupyter Book/b", "+++ Sphinx/b"]


def test_pages_are_found_in_folders_but_not_below_static(tmp_path):
    for name in ("book/a.html", "_static/b.html", "lite/c.html"):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(PAGE, "utf-8")
    (tmp_path / "index.html").write_text("<p>It leads elsewhere.</p>", "utf-8")
    assert list(way_out.pages(tmp_path)) == ["book/a.html"]


def test_packages_are_named_after_the_extensions():
    extensions = ["myst_nb", "sphinx.ext.autodoc", "mininn_pages"]
    assert way_out.packages([*extensions, "sphinxcontrib.bibtex"]) == [
        "myst-nb",
        "sphinxcontrib-bibtex",
    ]


def test_without_a_built_site_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(way_out, "SITE", tmp_path)
    with pytest.raises(SystemExit, match="build the book, or set MININN_SITE"):
        way_out.main([])
