"""A rule that rewrites the pages stops the build where it no longer fits.

The pages here are a few lines of HTML, once as Sphinx, MyST-NB and the theme
write them, and once as they might after a release.
"""

import importlib
import json
import sys
from types import SimpleNamespace

import pytest
from docutils import nodes
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from places import BOOK
from sphinx.errors import ExtensionError

FORMULA = r'<span class="math notranslate nohighlight">\(Z\)</span>'
LISTED = (
    '<span class="n">W</span><span class="p">[</span>'
    '<span class="n">l</span><span class="p">]</span> <span class="o">@</span>'
)
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def extension(name):
    sys.path.insert(0, str(BOOK / "_ext"))
    try:
        return importlib.import_module(f"mininn_{name}")
    finally:
        sys.path.pop(0)


def page(*parts):
    """The tree of a page with these parts."""
    tree = nodes.document(None, None)
    tree += list(parts)
    return tree


def corner():
    """A table whose head begins with an empty cell."""
    row = nodes.row("", nodes.entry(), nodes.entry("", nodes.Text("m")))
    return nodes.table("", nodes.tgroup("", nodes.thead("", row), cols=2))


def rewritten(name, function, tree, body, **context):
    context |= {"body": body, "metatags": context.get("metatags", "")}
    app = SimpleNamespace(config=SimpleNamespace(html_title="Book"))
    getattr(extension(name), function)(app, "book/page", "", context, tree)
    return context


# extension, function, what the page holds, its HTML, a word of it that would
# change, and what the rule makes of it
RULES = [
    (
        "mininn_math, formulas in a line",
        "make_room",
        nodes.math("", "Z"),
        FORMULA,
        "nohighlight",
        "--w:",
    ),
    (
        "mininn_math, formulas of their own",
        "make_room",
        nodes.math_block("", "Z", nowrap=False),
        '<div class="math notranslate nohighlight">\n\\[Z\\]</div>',
        "nohighlight",
        "--h:",
    ),
    (
        "mininn_hover, symbols in formulas",
        "mark",
        nodes.math("", "Z^{[l]}"),
        FORMULA.replace("Z", "Z^{[l]}"),
        "nohighlight",
        'data-hover="Z[l]',
    ),
    (
        "mininn_hover, symbols in code in text",
        "mark",
        nodes.literal("", "W[l]"),
        '<code class="docutils literal notranslate">W[l]</code>',
        "docutils",
        'data-hover="W[l]',
    ),
    (
        "mininn_hover, symbols in loops",
        "mark",
        nodes.literal_block("", "W[l] @ X", language="ipython3"),
        LISTED,
        'class="n"',
        'data-hover="W[l]',
    ),
    (
        "mininn_pictures, pictures that wait",
        "measure",
        nodes.image(),
        '<img src="a.png" style="width: 2px; height: 1px;">',
        "img",
        'loading="lazy"',
    ),
    (
        "mininn_pictures, pictures that say their size",
        "measure",
        nodes.image(),
        '<img src="a.png" style="width: 2px; height: 1px;">',
        "width",
        'width="2" height="1"',
    ),
    (
        "mininn_site, corners of tables",
        "finish",
        corner(),
        '<th class="head"></th><th class="head"><p>m</p></th>',
        "</th><",
        "<td></td>",
    ),
    (
        "mininn_site, names of folds",
        "finish",
        nodes.container(classes=["cell", "tag_hide-input"]),
        '<summary aria-label="Toggle hidden content">',
        "Toggle",
        "<summary>",
    ),
    (
        "mininn_site, entries of the bibliography",
        "finish",
        nodes.citation(),
        '<div class="citation" role="doc-biblioentry">',
        "biblio",
        'role="listitem"',
    ),
    (
        "mininn_site, lists in paragraphs",
        "finish",
        nodes.paragraph("", "", nodes.bullet_list()),
        "<p><ul>\n<li>A</li>\n</ul>\n</p>",
        "<p>",
        "<ul>\n<li>A</li>\n</ul>",
    ),
]


@pytest.mark.parametrize(
    ("rule", "function", "held", "body", "word", "made"),
    RULES,
    ids=[rule[0] for rule in RULES],
)
def test_html_written_otherwise_stops_the_build(
    rule, function, held, body, word, made
):
    name = rule.partition(",")[0].removeprefix("mininn_")
    assert made in rewritten(name, function, page(held), body)["body"]
    assert word in body
    other = body.replace(word, "otherwise")
    with pytest.raises(ExtensionError) as caught:
        rewritten(name, function, page(held), other)
    assert str(caught.value) == (
        f"{rule}: this rule matches nothing in book/page, which holds what "
        f"it is for. What writes it has changed: compare the pattern in "
        f"book/_ext with what is written now, and mend the pattern."
    )
    # A page that holds nothing of the kind need not match.
    rewritten(name, function, page(nodes.paragraph("", "Words.")), other)


def test_sizes_that_docutils_writes_itself_are_sizes():
    body = '<img alt="" height="1" src="a.png" width="2" />'
    made = rewritten("pictures", "measure", page(nodes.image()), body)["body"]
    assert made == body.replace("<img", '<img loading="lazy"')


def test_two_viewports_stop_the_build():
    tree = page(nodes.paragraph("", "Words."))
    tag = '<meta content="width" name="viewport" />'
    made = rewritten("site", "finish", tree, "", metatags=tag)
    assert made["metatags"] == '<meta name="description" content="Words." />'
    with pytest.raises(ExtensionError, match="a second viewport"):
        rewritten("site", "finish", tree, "", metatags=tag.replace('"', "'"))


def test_a_page_without_its_description_stops_the_build(monkeypatch):
    monkeypatch.setenv("MININN_SITE_URL", "https://example.org")
    tree = page(nodes.paragraph("", "Words."))
    with pytest.raises(ExtensionError, match="the description of a page"):
        rewritten("share", "preview", tree, "", title="Page")


def test_thebe_is_taken_away_where_it_is_and_only_there():
    site = extension("site")
    events = ("env-before-read-docs", "doctree-resolved")

    def app(module, *names):
        handler = type("Handler", (), {"__module__": module})
        heard = {event: [SimpleNamespace(handler=handler)] for event in events}
        return SimpleNamespace(
            extensions=names, events=SimpleNamespace(listeners=heard)
        )

    thebe = app("sphinx_thebe", "sphinx_thebe")
    site.without_thebe(thebe)
    assert not any(thebe.events.listeners.values())
    site.without_thebe(app("another"))
    with pytest.raises(ExtensionError, match="Thebe's scripts"):
        site.without_thebe(app("sphinx_thebe.moved", "sphinx_thebe"))


@pytest.mark.parametrize("name", ["exercise-content", "solution-content"])
def test_exercises_whose_ids_have_another_form_stop_the_build(name):
    site = extension("site")
    app = SimpleNamespace(env=SimpleNamespace(docname="book/page"))

    def exercise(ids):
        return page(site.exercise_node("", nodes.section(ids=ids)))

    tree = exercise([name])
    site.number_parts(app, tree)
    assert next(tree.findall(nodes.section))["ids"] == [f"{name}-0"]
    with pytest.raises(ExtensionError, match="ids of exercises"):
        site.number_parts(app, exercise(["exercise"]))


@pytest.fixture
def notebook(tmp_path):
    """An application that builds one notebook with an explorer."""
    path = tmp_path / "page.ipynb"
    state = {"state": {"x": {"state": {}}}, "version_major": 2}
    output = {"data": {VIEW: {"model_id": "x"}}}
    book = {
        "cells": [{"outputs": [output]}],
        "metadata": {"widgets": {STATE: state}},
    }
    path.write_text(json.dumps(book), encoding="utf-8")
    env = SimpleNamespace(
        doc2path=lambda name: path, docname="book/page", nb_metadata={}
    )
    return SimpleNamespace(env=env)


def test_an_explorer_that_comes_in_another_form_stops_the_build(notebook):
    context = {"body": f'<script type="{VIEW}; v=3">{{}}</script>'}
    with pytest.raises(ExtensionError, match="mininn_explorers, explorers"):
        extension("explorers").show(notebook, "book/page", "", context, page())


def test_the_scripts_of_widgets_are_left_out_or_the_build_stops(notebook):
    explorers = extension("explorers")
    scripts = {"ipywidgets_0": ("x.js", {}), "mine": ("y.js", {})}
    notebook.env.nb_metadata["book/page"] = {"js_files": scripts}
    explorers.without_manager(notebook, page())
    assert list(scripts) == ["mine"]
    with pytest.raises(ExtensionError, match="scripts of widgets"):
        explorers.without_manager(notebook, page())


# The icons: Font Awesome 6 as the theme brings it, and 7 as the next one does.
SIX = (
    '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}'
    '.fa-rocket:before{content:"\\f135"}'
    "@font-face{src:url(../w/fa-solid-900.woff2) "
    'format("woff2"),url(../w/fa-solid-900.ttf) format("truetype")}'
)
SEVEN = (
    ".fas:before{content:var(--fa)}"
    '.fa-bars,.fa-navicon{--fa:"\\f0c9"}'
    '.fa-rocket{--fa:"\\f135"}'
    "@font-face{src:url(../w/fa-solid-900.woff2)}"
)


@pytest.mark.parametrize("css", [SIX, SEVEN], ids=["6", "7"])
def test_icons_that_no_page_shows_leave_the_style_sheet(css):
    kept = extension("light").only_used(css, {"solid", "bars"})
    assert "f0c9" in kept
    assert "f135" not in kept
    assert kept.endswith(css[css.index("@font-face") :])


@pytest.mark.parametrize("css", [SIX, SEVEN], ids=["6", "7"])
def test_icons_written_otherwise_stop_the_build(css):
    light = extension("light")
    with pytest.raises(ExtensionError, match="mininn_light, icons: "):
        light.only_used(css.replace('"', "'"), {"bars"})
    with pytest.raises(ExtensionError, match="mininn_light, icons in use: "):
        light.only_used(css, {"solid"})


@pytest.fixture
def static(tmp_path):
    """The folder that holds the theme's style sheet and font of icons."""
    fonts = tmp_path / "vendor" / "fontawesome" / "webfonts"
    for folder in (fonts, tmp_path / "styles", tmp_path / "scripts"):
        folder.mkdir(parents=True)
    glyphs = [".notdef", "bars", "rocket"]
    font = FontBuilder(1000)
    font.setupGlyphOrder(glyphs)
    font.setupCharacterMap({0xF0C9: "bars", 0xF135: "rocket"})
    font.setupGlyf({name: TTGlyphPen(None).glyph() for name in glyphs})
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (500, 0)))
    font.setupHorizontalHeader()
    font.setupOS2()
    font.setupPost()
    font.save(fonts / "fa-solid-900.ttf")
    (fonts / "fa-solid-900.woff2").touch()
    (tmp_path / "scripts" / "fontawesome.js").touch()
    return tmp_path


@pytest.mark.parametrize("css", [SIX, SEVEN], ids=["6", "7"])
def test_the_font_of_icons_is_cut_once(static, css):
    light = extension("light")
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    sheet.write_text(css, "utf-8")
    light.cut_icons(static, {"bars"})
    once = sheet.read_text("utf-8")
    assert once.endswith('{src:url(../w/icons.woff) format("woff")}')
    (font,) = static.rglob("webfonts/*")
    with TTFont(font) as cut:
        assert list(cut.getBestCmap()) == [0xF0C9]
    assert not list(static.rglob("fontawesome.js"))
    light.cut_icons(static, {"bars"})
    assert sheet.read_text("utf-8") == once


def test_a_font_of_icons_by_another_name_stops_the_build(static):
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    sheet.write_text(SIX.replace("solid", "classic"), "utf-8")
    with pytest.raises(ExtensionError, match="the font of icons"):
        extension("light").cut_icons(static, {"bars"})


def test_the_font_may_come_as_woff2_alone(static, monkeypatch):
    light = extension("light")
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    assert light.large_font(fonts).suffix == ".ttf"
    (fonts / "fa-solid-900.ttf").unlink()
    monkeypatch.setattr(light.importlib.util, "find_spec", lambda name: 1)
    assert light.large_font(fonts).suffix == ".woff2"
    monkeypatch.setattr(light.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtensionError, match="pip install brotli"):
        light.large_font(fonts)
    (fonts / "fa-solid-900.woff2").unlink()
    with pytest.raises(ExtensionError, match=r"neither fa-solid-900\.ttf nor"):
        light.large_font(fonts)


HEAD = (
    '<html><head>\n<meta charset="utf-8" />\n'
    '<script defer src="_static/scripts/fontawesome.js?digest=1"></script>\n'
    '<script src="_static/searchtools.js"></script>\n'
    '<script src="_static/language_data.js"></script>\n'
    '<script src="searchindex.js"></script>\n'
    '</head><body><i class="fas fa-bars"></i></body></html>\n'
)


@pytest.mark.parametrize(
    ("right", "other", "rule"),
    [
        (' defer src="_static/scripts/', '>import "', "icons"),
        ('<script src="', '<script async src="', "the search"),
    ],
)
def test_scripts_that_cannot_be_taken_out_stop_the_build(right, other, rule):
    light = extension("light")
    assert "script src" not in light.light(HEAD, "a.html")
    assert right in HEAD
    with pytest.raises(ExtensionError, match=f"{rule}: .* in a.html"):
        light.light(HEAD.replace(right, other), "a.html")


@pytest.mark.parametrize(
    ("right", "other", "rule"),
    [
        ("<head>", '<head id="x">', "the head of a page"),
        ('class="fas fa-bars"', "class='fas fa-bars'", "names of icons"),
    ],
)
def test_a_page_without_its_policy_stops_the_build(
    tmp_path, right, other, rule
):
    path = tmp_path / "page.html"
    builder = SimpleNamespace(
        format="html", get_outfilename=lambda name: str(path)
    )
    app = SimpleNamespace(
        outdir=tmp_path,
        builder=builder,
        env=SimpleNamespace(found_docs=["page"]),
    )
    path.write_text(HEAD.replace(right, other), "utf-8")
    with pytest.raises(ExtensionError, match=rule):
        extension("light").lighten(app, None)
