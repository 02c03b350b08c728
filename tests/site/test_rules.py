"""A step that changes the pages stops the build where it no longer fits.

The pages here are a few lines of HTML, once as Sphinx, MyST-NB and the theme
write them, and once as they might after a release.
"""

import hashlib
import importlib
import json
import re
import sys
from types import SimpleNamespace

import pytest
from docutils import nodes
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from places import BOOK
from sphinx.errors import ExtensionError
from sphinx_exercise.nodes import solution_node

FORMULA = r'<span class="math notranslate nohighlight">\(Z\)</span>'
LISTED = (
    '<span class="n">W</span><span class="p">[</span>'
    '<span class="n">l</span><span class="p">]</span> <span class="o">@</span>'
)
KIND = "application/vnd.mininn.explorer+json"


def extension(name):
    sys.path.insert(0, str(BOOK / "_ext"))
    try:
        return importlib.import_module(f"mininn_pages.{name}")
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


def cell(code):
    """A cell of a notebook with this code."""
    part = nodes.container("", nodes.literal_block("", code))
    return nodes.container("", part, classes=["cell"])


def rewritten(name, function, tree, body, head="", app=None):
    """The HTML of a page after one step."""
    html = f"<html><head>{head}</head><article>{body}</article></html>"
    one = extension("page").Page(html, "book/page", app=app, doctree=tree)
    getattr(extension(name), function)(one)
    return one.written()


# rule, function, what the page holds, its HTML, a word of it that would
# change, and what the rule makes of it
RULES = [
    (
        "formulas.py, formulas in a line",
        "set_in_lines",
        nodes.math("", "Z"),
        FORMULA,
        "math",
        "katex-html",
    ),
    (
        "formulas.py, formulas of their own",
        "set_of_their_own",
        nodes.math_block("", "Z", nowrap=False),
        '<div class="math notranslate nohighlight">\n\\[Z\\]</div>',
        "math",
        "katex-display",
    ),
    (
        "symbols.py, symbols in formulas",
        "mark_formulas",
        nodes.math("", "Z^{[l]}"),
        FORMULA.replace("Z", "Z^{[l]}"),
        "math",
        'data-hover="Z[l]',
    ),
    (
        "symbols.py, equations",
        "mark_equations",
        nodes.math_block("", "Z^{[l]}", nowrap=False),
        '<div class="math notranslate nohighlight">\n\\[Z^{[l]}\\]</div>',
        "math",
        r"\[\htmlData{symbol=Z[l]}{Z^{[l]}}\]",
    ),
    (
        "symbols.py, symbols in code in text",
        "mark_code",
        nodes.literal("", "W[l]"),
        '<code class="docutils literal notranslate">W[l]</code>',
        "docutils",
        'data-hover="W[l]',
    ),
    (
        "symbols.py, symbols in loops",
        "mark_listings",
        nodes.literal_block("", "W[l] @ X", language="ipython3"),
        LISTED,
        'class="n"',
        'data-hover="W[l]',
    ),
    (
        "pictures.py, pictures that wait",
        "wait",
        nodes.image(),
        '<img src="a.png" style="width: 2px; height: 1px;">',
        "img",
        'loading="lazy"',
    ),
    (
        "pictures.py, pictures that say their size",
        "say_size",
        nodes.image(),
        '<img src="a.png" style="width: 2px; height: 1px;">',
        "width",
        'width="2" height="1"',
    ),
    (
        "pictures.py, boxes of figures",
        "box",
        nodes.figure("", nodes.image()),
        '<figure><img src="a.png" width="600"/></figure>',
        "figure",
        '<div class="picture" style="--width: 600px"><img',
    ),
    (
        "markup.py, corners of tables",
        "mend_corners_of_tables",
        corner(),
        '<tr><th class="head"></th><th class="head"><p>m</p></th></tr>',
        "></th",
        "<td></td>",
    ),
    (
        "markup.py, names of folds",
        "mend_names_of_folds",
        nodes.container(classes=["cell", "tag_hide-input"]),
        '<summary aria-label="Toggle hidden content">',
        "Toggle",
        "<summary>",
    ),
    (
        "markup.py, entries of the bibliography",
        "mend_entries_of_bibliography",
        nodes.citation(),
        '<div class="citation" role="doc-biblioentry">',
        "biblio",
        'role="listitem"',
    ),
    (
        "markup.py, lists in paragraphs",
        "mend_lists_in_paragraphs",
        nodes.paragraph("", "", nodes.bullet_list()),
        "<p><ul>\n<li>A</li>\n</ul>\n</p>",
        "p>",
        "<article><ul>\n<li>A</li>\n</ul>",
    ),
    (
        "markup.py, titles of solutions",
        "mend_titles_of_solutions",
        solution_node(),
        '<div class="solution"><p class="admonition-title">Solution to'
        '<a href="#e"> Exercise 1.1</a></p></div>',
        "admonition-title",
        'Solution to <a href="#e">Exercise 1.1</a>',
    ),
    (
        "markup.py, imports",
        "fold_imports",
        cell("import numpy as np"),
        '<div class="cell"><div class="cell_input">import numpy as np</div>'
        "</div>",
        "cell_input",
        "</summary><div",
    ),
    (
        "markup.py, the time of a page",
        "join_time",
        nodes.paragraph("", "Time: 5 minutes."),
        "<h1>T</h1><p>You need a.</p><p>Time: 5 minutes.</p>",
        "Time",
        '<h1>T</h1><div class="page-facts"><p>5 minutes</p></div><p>You',
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
    name = rule.partition(".")[0]
    assert made in rewritten(name, function, page(held), body)
    assert word in body
    other = body.replace(word, "otherwise")
    with pytest.raises(ExtensionError) as caught:
        rewritten(name, function, page(held), other)
    assert str(caught.value) == (
        f"{rule}: this rule matches nothing in book/page, which holds what "
        f"it is for. What writes it has changed: compare what the rule asks "
        f"for, in book/_ext/mininn_pages, with what is written now, and mend "
        f"the rule."
    )
    # A page that holds nothing of the kind need not match.
    rewritten(name, function, page(nodes.paragraph("", "Words.")), other)


def test_sizes_that_docutils_writes_itself_are_sizes():
    body = '<img alt="" height="1" src="a.png" width="2"/>'
    made = rewritten("pictures", "say_size", page(nodes.image()), body)
    assert body in made


SOURCE = """<h1>Source</h1><pre>x = 1


<div class="viewcode-block" id="f">
<a class="viewcode-back" href="a">[docs]</a>
def f(): pass</div>



y = 2
</pre>"""


def of_a_source(function, body, titles=()):
    """The HTML of a page that shows a source, after one step."""
    env = SimpleNamespace(titles={one: nodes.title("", one) for one in titles})
    builder = SimpleNamespace(get_relative_uri=lambda a, b: f"from/{a}/to/{b}")
    app = SimpleNamespace(env=env, builder=builder)
    html = f"<html><head></head><article>{body}</article></html>"
    one = extension("page").Page(html, "_modules/mininn/f", app=app)
    getattr(extension("sources"), function)(one)
    return one.written()


def test_a_source_leads_to_the_page_that_says_what_is_in_it():
    made = of_a_source("lead_back", SOURCE, ["book/api"])
    assert (
        '<h1>Source</h1><p>Described in <a href="from/_modules/mininn/f/to/'
        'book/api">book/api</a>.</p>'
    ) in made
    assert "Described" not in of_a_source("lead_back", SOURCE)
    with pytest.raises(ExtensionError, match="the title of a source"):
        of_a_source("lead_back", SOURCE.replace("h1", "h2"), ["book/api"])


def test_the_parts_of_a_source_have_two_empty_lines_between_them():
    made = of_a_source("close_gaps", SOURCE)
    assert "x = 1\n\n\n<div" in made
    assert 'id="f"><a class="viewcode-back" href="a">[docs]</a>def f' in made
    assert "pass</div>\n\n\ny = 2" in made
    with pytest.raises(ExtensionError, match="the link of a part"):
        of_a_source("close_gaps", SOURCE.replace("-back", "-home"))


VIEWPORT = '<meta content="width" name="viewport"/>'


def test_a_page_has_one_viewport():
    made = rewritten("markup", "keep_one_viewport", page(), "", 2 * VIEWPORT)
    assert made.count(VIEWPORT) == 1
    with pytest.raises(ExtensionError, match="the viewport"):
        rewritten("markup", "keep_one_viewport", page(), "", "<title></title>")


def test_a_page_is_described_by_its_first_paragraph():
    tree = page(nodes.paragraph("", 'It  says\n"a & b".'), nodes.paragraph())
    made = rewritten("publish", "describe", tree, "", VIEWPORT)
    words = "It says &quot;a &amp; b&quot;."
    assert f'<meta name="description" content="{words}"/>' in made


def test_a_page_without_its_description_stops_the_build(monkeypatch):
    monkeypatch.setenv("MININN_SITE_URL", "https://example.org")
    tree = page(nodes.paragraph("", "Words."))
    with pytest.raises(ExtensionError, match="the description of a page"):
        rewritten("publish", "preview", tree, "")


HEAD = (
    '<link as="script" href="a.js" rel="preload"/>'
    "<script>let here = 1;</script>"
    '<script src="early.js?v=1"></script>'
    '<script src="documentation_options.js"></script>'
    "<script>DOCUMENTATION_OPTIONS.pagename = 'a';</script>"
)


def test_no_text_waits_for_a_script_but_the_one_of_its_colours():
    made = rewritten("slim", "let_text_come_first", page(), "", HEAD)
    assert "preload" not in made
    assert "<script>let here = 1;</script>" in made
    assert '<script src="early.js?v=1"></script>' in made
    assert '<script src="documentation_options.js" defer="defer">' in made
    assert '<script type="module">DOCUMENTATION_OPTIONS.pagename' in made


@pytest.mark.parametrize("word", ["DOCUMENTATION_OPTIONS.", "src="])
def test_a_head_with_other_scripts_stops_the_build(word):
    head = HEAD.replace(word, "other=")
    with pytest.raises(ExtensionError, match="the scripts of the head"):
        rewritten("slim", "let_text_come_first", page(), "", head)


SHEETS = "".join(
    f'<link href="../_static/{name}" rel="stylesheet"/>'
    for name in ("styles/theme.css?digest=1", "a.css", "b.css?v=2")
)


@pytest.fixture
def sheets(tmp_path):
    """A site with three style sheets, and one that the first one loads."""
    static = tmp_path / "html" / "_static"
    (static / "styles").mkdir(parents=True)
    for name, css in (
        (
            "styles/theme.css",
            '@import "../basic.css";\np{src:url(../w/i.woff)}',
        ),
        ("basic.css", "a{b:url(file.png)}/*# sourceMappingURL=x.map */"),
        ("a.css", 'c{d:url("data:,x")}'),
        ("b.css", "e{f:g}"),
    ):
        (static / name).write_text(css, encoding="utf-8")
    return SimpleNamespace(
        outdir=static.parent, doctreedir=tmp_path / "doctrees"
    )


def test_a_page_loads_one_sheet_with_the_rules_of_all(sheets):
    slim, out = extension("slim"), sheets.outdir
    made = rewritten("slim", "load_one_sheet", page(), "", SHEETS, sheets)
    assert made.count("stylesheet") == 1
    (out / "page.html").write_text(made, encoding="utf-8")
    for _ in range(2):  # also where the page is left from the last build
        slim.write_one_sheet(sheets)
        css = (out / "_static" / "pages.css").read_text(encoding="utf-8")
        assert css.split("\n") == [
            "a{b:url(file.png)}",
            "p{src:url(w/i.woff)}",
            'c{d:url("data:,x")}',
            "e{f:g}",
        ]
        digest = hashlib.sha256(css.encode()).hexdigest()[:8]
        html = (out / "page.html").read_text(encoding="utf-8")
        assert f'href="../_static/pages.css?v={digest}"' in html


def test_pages_with_sheets_in_two_orders_stop_the_build(sheets):
    slim = extension("slim")
    with pytest.raises(ExtensionError, match="the style sheets"):
        rewritten("slim", "load_one_sheet", page(), "", "", sheets)
    rewritten("slim", "load_one_sheet", page(), "", SHEETS, sheets)
    note = sheets.doctreedir / "sheets" / "other.txt"
    note.write_text("b.css\na.css", encoding="utf-8")
    with pytest.raises(ExtensionError, match="all pages, in one order"):
        slim.write_one_sheet(sheets)


def test_thebe_is_taken_away_where_it_is_and_only_there():
    slim = extension("slim")
    events = ("env-before-read-docs", "doctree-resolved")

    def app(module, *names):
        handler = type("Handler", (), {"__module__": module})
        heard = {event: [SimpleNamespace(handler=handler)] for event in events}
        return SimpleNamespace(
            extensions=names, events=SimpleNamespace(listeners=heard)
        )

    thebe = app("sphinx_thebe", "sphinx_thebe")
    slim.without_thebe(thebe)
    assert not any(thebe.events.listeners.values())
    slim.without_thebe(app("another"))
    with pytest.raises(ExtensionError, match="Thebe's scripts"):
        slim.without_thebe(app("sphinx_thebe.moved", "sphinx_thebe"))


@pytest.mark.parametrize("name", ["exercise-content", "solution-content"])
def test_exercises_whose_ids_have_another_form_stop_the_build(name):
    markup = extension("markup")
    app = SimpleNamespace(env=SimpleNamespace(docname="book/page"))

    def exercise(ids):
        return page(markup.exercise_node("", nodes.section(ids=ids)))

    tree = exercise([name])
    markup.number_parts(app, tree)
    assert next(tree.findall(nodes.section))["ids"] == [f"{name}-0"]
    with pytest.raises(ExtensionError, match="ids of exercises"):
        markup.number_parts(app, exercise(["exercise"]))


@pytest.fixture
def notebook(tmp_path):
    """An application that builds one notebook with an explorer."""
    path = tmp_path / "page.ipynb"
    book = {"cells": [{"outputs": [{"data": {KIND: {}}}]}]}
    path.write_text(json.dumps(book), encoding="utf-8")
    return SimpleNamespace(env=SimpleNamespace(doc2path=lambda name: path))


def test_an_explorer_that_comes_in_another_form_stops_the_build(notebook):
    body = f'<script type="{KIND}; v=3">{{}}</script>'
    with pytest.raises(ExtensionError, match=r"explorers\.py, explorers"):
        rewritten("explorers", "show", page(), body, app=notebook)


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
    kept = extension("slim").only_used(css, {"solid", "bars"})
    assert "f0c9" in kept
    assert "f135" not in kept
    assert kept.endswith(css[css.index("@font-face") :])


@pytest.mark.parametrize("css", [SIX, SEVEN], ids=["6", "7"])
def test_icons_written_otherwise_stop_the_build(css):
    slim = extension("slim")
    with pytest.raises(ExtensionError, match=r"slim\.py, icons: "):
        slim.only_used(css.replace('"', "'"), {"bars"})
    with pytest.raises(ExtensionError, match=r"slim\.py, icons in use: "):
        slim.only_used(css, {"solid"})


@pytest.fixture
def site(tmp_path):
    """A built site: the theme's style sheet, its font, and a page's icon."""
    static = tmp_path / "html" / "_static"
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    for folder in (fonts, static / "styles", static / "scripts"):
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
    (static / "scripts" / "fontawesome.js").touch()
    app = SimpleNamespace(outdir=tmp_path / "html", doctreedir=tmp_path)
    icon = '<i class="fas fa-bars"></i>'
    rewritten("slim", "note_icons", None, icon, app=app)
    return app


def sheet_of(site):
    return site.outdir / "_static" / "styles" / "pydata-sphinx-theme.css"


@pytest.mark.parametrize("css", [SIX, SEVEN], ids=["6", "7"])
def test_the_font_of_icons_is_cut_once(site, css):
    slim = extension("slim")
    sheet = sheet_of(site)
    sheet.write_text(css, "utf-8")
    slim.cut_icons(site)
    once = sheet.read_text("utf-8")
    assert once.endswith('{src:url(../w/icons.woff) format("woff")}')
    (font,) = site.outdir.rglob("webfonts/*")
    with TTFont(font) as cut:
        assert list(cut.getBestCmap()) == [0xF0C9]
    assert not list(site.outdir.rglob("fontawesome.js"))
    slim.cut_icons(site)
    assert sheet.read_text("utf-8") == once


def test_a_font_of_icons_by_another_name_stops_the_build(site):
    sheet_of(site).write_text(SIX.replace("solid", "classic"), "utf-8")
    with pytest.raises(ExtensionError, match="the font of icons"):
        extension("slim").cut_icons(site)


def test_a_page_that_is_not_written_again_keeps_its_icons(site):
    """A second build writes one page; the font still serves the others."""
    app = site
    rocket = '<i class="fas fa-rocket"></i>'
    html = f"<html><head></head><article>{rocket}</article></html>"
    slim = extension("slim")
    slim.note_icons(extension("page").Page(html, "search", app=app))
    sheet_of(site).write_text(SIX, "utf-8")
    slim.cut_icons(site)
    assert {"f0c9", "f135"} <= set(
        re.findall(r"f\w{3}(?=\")", sheet_of(site).read_text("utf-8"))
    )


def test_pages_without_icons_stop_the_build(site):
    rewritten("slim", "note_icons", None, '<i data-icon="bars"></i>', app=site)
    with pytest.raises(ExtensionError, match="names of icons"):
        extension("slim").cut_icons(site)


def test_the_font_may_come_as_woff2_alone(site, monkeypatch):
    slim = extension("slim")
    (fonts,) = site.outdir.rglob("webfonts")
    assert slim.large_font(fonts).suffix == ".ttf"
    (fonts / "fa-solid-900.ttf").unlink()
    monkeypatch.setattr(slim.importlib.util, "find_spec", lambda name: 1)
    assert slim.large_font(fonts).suffix == ".woff2"
    monkeypatch.setattr(slim.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtensionError, match="pip install brotli"):
        slim.large_font(fonts)
    (fonts / "fa-solid-900.woff2").unlink()
    with pytest.raises(ExtensionError, match=r"neither fa-solid-900\.ttf nor"):
        slim.large_font(fonts)


SCRIPTS = (
    '<script defer src="_static/scripts/fontawesome.js?digest=1"></script>\n'
    '<script async src="_static/searchtools.js"></script>\n'
    '<script src="_static/language_data.js"></script>\n'
    '<script src="searchindex.js"></script>\n'
    '<script src="_static/sphinx_highlight.js"></script>\n'
)


@pytest.mark.parametrize(
    ("module", "function", "name", "left", "rule"),
    [
        ("slim", "drop_icon_script", "fontawesome.js", 4, "script of icons"),
        ("search", "without_sphinx", "sphinx_highlight.js", 1, "search"),
    ],
)
def test_scripts_that_cannot_be_taken_out_stop_the_build(
    module, function, name, left, rule
):
    made = rewritten(module, function, None, "", SCRIPTS)
    assert made.count("<script") == left
    assert name not in made
    other = f"<script>import('{name}')</script>"
    with pytest.raises(ExtensionError, match=f"{rule}: .* in book/page"):
        rewritten(module, function, None, "", other)


def test_a_page_without_a_head_stops_the_build():
    page = extension("page").Page("<p>No head.</p>", "book/page")
    with pytest.raises(ExtensionError, match="the head of a page"):
        extension("policy").allow(page)


def test_steps_that_find_no_article_stop_the_build():
    page = extension("page").Page("<head></head>", "book/page")
    with pytest.raises(ExtensionError, match="the article of a page"):
        page.find("img")
