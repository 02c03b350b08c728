"""The steps that change the pages: one list, and each on a piece of HTML.

That a step stops the build where what it asks for is written otherwise is
held in test_rules.
"""

import ast
import base64
import hashlib
import io
import json
import re
import sys
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from PIL import Image
from places import BOOK, ROOT
from sphinx.errors import ExtensionError

FOLDER = BOOK / "_ext"
sys.path.insert(0, str(FOLDER))
try:
    import mininn_pages as pages
    from mininn_pages.page import Page
finally:
    sys.path.pop(0)

STEPS = [*pages.TEXT, *pages.EVERY, *pages.SITE]
WORDS = nodes.document(None, None)
WORDS += nodes.paragraph("", "Words.")


def changed(step, body, *, head="", name="book/page", **about):
    """The HTML of a page after one step."""
    html = f"<head>{head}</head><article>{body}</article>"
    page = Page(html, name, **{"doctree": WORDS} | about)
    step(page)
    return page.written()


def calls():
    """Each call in the extensions: its file and its node."""
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield path.relative_to(FOLDER).as_posix(), node


# One list


def test_the_list_is_all_that_is_hooked_to_the_pages():
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert list(config["sphinx"]["local_extensions"]) == ["mininn_pages"]
    heard = [
        (name, call.args[0].value)
        for name, call in calls()
        if getattr(call.func, "attr", "") == "connect"
    ]
    assert {name for name, _ in heard} == {"mininn_pages/__init__.py"}
    events = [event for _, event in heard]
    assert events.count("html-page-context") == 1
    assert events.count("build-finished") == 1


def test_nothing_has_a_priority():
    for name, call in calls():
        words = {keyword.arg for keyword in call.keywords}
        assert "priority" not in words, name
        if getattr(call.func, "attr", "") == "connect":
            assert len(call.args) == 2, name


def test_no_pattern_reads_html():
    """The tree is asked instead; a style sheet and TeX have no tree."""
    for name, call in calls():
        if getattr(getattr(call.func, "value", None), "id", "") == "re":
            pattern = ast.unparse(call.args[0])
            assert not re.search(r"<[/\w\[(]|class=|src=", pattern), name


def test_a_step_stands_once_and_says_what_it_does():
    assert len(set(STEPS)) == len(STEPS)
    for step in STEPS:
        assert step.__doc__, step.__name__
    assert pages.EVERY[-1] is pages.policy.allow


def test_text_and_other_pages_take_their_steps_in_order(monkeypatch):
    ran = []

    def step(name):
        return lambda page: ran.append((name, page.name, page.title))

    monkeypatch.setattr(pages, "TEXT", [step("a"), step("b")])
    monkeypatch.setattr(pages, "EVERY", [step("c")])
    monkeypatch.setattr(pages.launch, "add_menu", lambda *all: None)
    monkeypatch.setattr(pages.numbers, "lead_on", lambda *all: None)
    for name, doctree in (("book/x", WORDS), ("search", None)):
        context = {"title": "Say <i>A</i> &amp; B"}
        template = pages.begin(None, name, "page.html", context, doctree)
        assert template == "finished.html"
        assert context["drawn_by"] == "page.html"
        assert context["finished"]("<p>One</p>") == "<p>One</p>"
    text = [(letter, "book/x", "Say A & B") for letter in "abc"]
    assert ran == [*text, ("c", "search", "Say A & B")]


def test_the_template_hands_over_what_the_theme_has_drawn():
    jinja2 = pytest.importorskip("jinja2")
    text = (FOLDER / "mininn_pages" / "finished.html").read_text("utf-8")
    loader = jinja2.DictLoader(
        {
            "base": "<p>{% block body %}{% endblock %}</p>",
            "drawn": '{% extends "base" %}{% block body %}{{ x }}'
            "{% endblock %}",
            "finished.html": text,
        }
    )
    drawn = jinja2.Environment(loader=loader).get_template("finished.html")
    made = drawn.render(drawn_by="drawn", x="One", finished=str.upper)
    assert made == "<P>ONE</P>"


# The tree


@pytest.mark.parametrize(
    "html",
    [
        '<html lang="en" data-a=""><head></head></html>\n',
        '<p title="b" id="a" class="z y">&lt; &amp; &gt; é “ ” −</p>',
        '<a title="a &quot;b&quot; \'c\'" href="x?a=1&amp;b=2">x</a>',
        "<pre>\n  a   b\n\n</pre>",
        '<span class="n">a</span> <span class="o">=</span>\n<span>b</span>',
        "<script>if (a < b && c > d) f('é');</script>",
        '<style>a > b::after { content: "&"; }</style>',
        "<p>a\xa0b<br/>c</p><!-- a comment --><p><ul><li>a</li></ul></p>",
    ],
)
def test_what_no_step_changes_is_written_as_it_was_read(html):
    assert Page(html, "page").written() == html


def test_a_class_is_found_among_others_and_in_the_text_alone():
    html = "<i class='a b'>1</i><article><i class='b a'>2</i></article>"
    page = Page(html, "page")
    assert [i.string for i in page.find("i", "a")] == ["2"]
    assert page.find("i", "c") == []


# Each step


def test_a_heading_of_a_table_that_shows_something_stays_one():
    shown = '<th><p>m</p></th><th><img alt="m" src="m.png"/></th>'
    made = changed(pages.markup.mend_corners_of_tables, f"<th> </th>{shown}")
    assert f"<td></td>{shown}" in made


def test_two_lists_leave_one_paragraph_and_no_other_element():
    lists = "<ul><li>a</li></ul><ul><li>b</li></ul>"
    body = f"<div><p>{lists}</p><p>c</p></div>"
    made = changed(pages.markup.mend_lists_in_paragraphs, body)
    assert f"<div>{lists}<p>c</p></div>" in made


def folded(*, shows=False, below=False, tag="tag_hide-input"):
    """Return a cell whose code is folded, as MyST-NB writes it."""
    where = "below-input" if below else "above-input"
    output = '<div class="cell_output">1</div>' if shows else ""
    return (
        f'<div class="cell {tag}"><details class="{where}"><summary>'
        f"<p>Show</p></summary></details>{output}</div>"
    )


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ([folded(), folded(shows=True)], ["1 of 2", "2 of 2"]),
        (
            [folded(), folded(), folded(shows=True), folded(shows=True)],
            ["1 of 3", "2 of 3", "3 of 3", ""],
        ),
        ([folded(shows=True), folded(shows=True)], ["", ""]),
        ([folded(), "<p>a</p>", folded(shows=True)], ["", ""]),
        ([folded(), folded(shows=True, below=True)], ["", ""]),
        ([folded(tag="imports"), folded(shows=True)], ["", ""]),
    ],
)
def test_folds_of_code_in_a_row_are_told_apart(cells, names):
    made = changed(pages.markup.number_folds_in_a_row, "\n".join(cells))
    wanted = [f"Show{name and ', part '}{name}" for name in names]
    folds = pages.fragment(made).find_all("summary")
    assert [fold.get_text() for fold in folds] == wanted


def test_a_picture_that_must_show_at_once_does_not_wait():
    body = '<img alt="" loading="eager" src="a.png"/>'
    assert body in changed(pages.pictures.wait, body)


def test_a_narrow_picture_needs_no_box():
    body = '<figure><img width="480"/></figure>'
    assert body in changed(pages.pictures.box, body)


@pytest.mark.parametrize(
    "code", ["", "x = 1", "import math\nx = math.pi", "print(1)  # import "]
)
def test_code_that_does_more_than_import_is_not_folded(code):
    body = f'<div class="cell"><div class="cell_input">{code}</div></div>'
    assert body in changed(pages.markup.fold_imports, body)


def test_a_name_is_chosen_from_a_list_and_a_number_with_a_slider():
    grid = {"name": "g", "label": "rule", "start": 1}
    made = pages.explorers.control(grid | {"values": ["plain", "a<"]}, "x")
    assert '<option value="1" selected>a&lt;</option></select>' in made
    assert 'type="range"' not in made
    numbers = ["1", "1e-05", "2", "3", "4", "5"]
    made = pages.explorers.control(grid | {"values": numbers}, "x")
    assert 'type="range"' in made
    assert "<select" not in made


def test_few_numbers_are_a_list_but_not_the_moments_of_a_film():
    grid = {"name": "g", "label": "step", "start": 1, "values": ["1", "10"]}
    assert "<select" in pages.explorers.control(grid, "x")
    assert 'type="range"' in pages.explorers.control(grid, "x", played=True)


def test_the_face_of_the_text_is_small(tmp_path):
    (tmp_path / "_static").mkdir()
    pages.typeface.write(SimpleNamespace(outdir=tmp_path))
    fonts = list(tmp_path.rglob("*.woff"))
    sheet = (tmp_path / "_static" / pages.typeface.SHEET).read_text("utf-8")
    assert {font.name for font in fonts} == set(
        re.findall(r"url\((.*?)\)", sheet)
    )
    assert sum(font.stat().st_size for font in fonts) < 60_000


def test_a_docstring_that_begins_with_a_formula_shows_the_books():
    env = SimpleNamespace(
        docname="api", doc2path=lambda name: str(BOOK / "api.md")
    )
    app = SimpleNamespace(env=env)
    lines = ["g(z) = z   (eq-identity).", "", "Words (eq-relu)."]
    pages.docstrings.document(app, "class", "g", None, None, lines)
    assert lines[:3] == [".. math::", "", "   g(z) = z"]
    assert lines[-1] == "Words :eq:`eq-relu`."
    assert "Equation :eq:`eq-identity`." in lines


def test_code_is_a_symbol_and_can_be_reached_by_the_keyboard():
    code = '<code class="docutils literal notranslate">{}</code>'
    body = code.format('<span class="pre">W[l]</span>') + code.format("x[l]")
    made = changed(pages.symbols.mark_code, body)
    assert made.count("tabindex=") == made.count("data-hover=") == 1
    assert 'notranslate" tabindex="0" data-hover="W[l]|(n[l], n[l - 1])|' in (
        made
    )


@pytest.mark.parametrize(
    ("tex", "names"),
    [
        (r"Z^{[l]} = W^{[l]} A^{[l-1]}", ["Z[l]", "W[l]", "A[l - 1]"]),
        (r"dA^{[1]} = W^{[2]\top} dZ^{[2]}", ["dA[1]", "W[2]", "dZ[2]"]),
        (r"d\mathbf{b}^{[l]}", ["db[l]"]),
        (r"\tilde W^{[l]} + Z^{[l](i)} + Z + Z^{[0]}", []),
    ],
)
def test_an_array_in_an_equation_is_named_and_copied_as_it_was(tex, names):
    body = f'<div class="math notranslate nohighlight">\n\\[{tex}\\]</div>'

    def both(page):
        pages.symbols.mark_equations(page)
        pages.formulas.set_of_their_own(page)

    made = changed(both, body)
    assert re.findall(r'data-symbol="(.*?)"', made) == names
    assert re.search(r"<annotation[^>]*>(.*?)</annotation>", made)[1] == tex


def listing(*pieces):
    kinds = {"[": "p", "]": "p", "],": "p", "-": "o", "1": "mi"}
    return "".join(
        piece
        if piece == " "
        else f'<span class="{kinds.get(piece, "n")}">{piece}</span>'
        for piece in pieces
    )


@pytest.mark.parametrize(
    ("before", "array", "after", "hint"),
    [
        ((), ("W", "[", "l", "]"), (" ", "A"), "W[l]"),
        ((), ("dZ", "[", "l", " ", "-", " ", "1", "]"), (), "dZ[l - 1]"),
        (("A", "[", "i", "]"), ("b", "[", "L", "]"), (), "b[L]"),
    ],
)
def test_an_array_of_a_loop_is_marked_whole(before, array, after, hint):
    body = listing(*before, *array, *after)
    made = changed(pages.symbols.mark_listings, body)
    inside = re.search(r'<span data-hover="(.*?)\|.*?">(.*)', made)
    assert inside[1] == hint
    assert inside[2].startswith(listing(*array) + "</span>" + listing(*after))


@pytest.mark.parametrize(
    "pieces", [("W", "[", "l", "],"), ("x", "[", "l", "]"), ("W", "[", "l")]
)
def test_what_is_no_array_of_a_loop_is_left(pieces):
    assert "hover" not in changed(
        pages.symbols.mark_listings, listing(*pieces)
    )


def test_a_formula_is_set_for_the_eye_and_the_ear():
    made = changed(
        pages.formulas.set_in_lines, r'<span class="math">\(a &lt; b\)</span>'
    )
    assert made.count('<span class="katex-html" aria-hidden="true">') == 1
    assert '<annotation encoding="application/x-tex">a &lt; b</ann' in made
    body = (
        '<div class="math" id="e"><span class="eqno">(1)</span>\\[a\\]</div>'
    )
    made = changed(pages.formulas.set_of_their_own, body)
    assert '<span class="eqno">(1)</span><span class="katex-display">' in made


@pytest.mark.parametrize(
    ("after", "kept", "rest"),
    [
        (", and", ",", " and"),
        (").", ").", ""),
        ("”.", "”.", ""),
        (" and", None, " and"),
        ("", None, ""),
    ],
)
def test_a_comma_stays_with_its_formula(after, kept, rest):
    body = rf'<p><span class="math">\(a\)</span>{after}</p>'
    made = changed(pages.formulas.set_in_lines, body)
    formula = r'<span class="math">.*</span>'
    if kept:
        formula = f'<span class="together">{formula}{re.escape(kept)}</span>'
    assert re.search(f"<p>{formula}{rest}</p>", made)


@pytest.mark.parametrize(
    ("before", "kept"), [("Take (", "("), ("(“", "(“"), ("Take ", "")]
)
def test_a_bracket_stays_with_the_formula_in_it(before, kept):
    body = rf'<p>{before}<span class="math">\(a\)</span> is a letter)</p>'
    made = changed(pages.formulas.set_in_lines, body)
    formula = r'<span class="math">.*</span>'
    if kept:
        formula = f'<span class="together">{re.escape(kept)}{formula}</span>'
    rest = before.removesuffix(kept)
    assert re.search(f"<p>{rest}{formula} is a letter", made)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("<p>Of 2-3-1 and 1-1.</p>", "<p>Of [2-3-1] and [1-1].</p>"),
        ("<p>2-4-6-6-4-1</p>", "<p>[2-4-6-6-4-1]</p>"),
        ("<p>E-18, E-22</p>", "<p>[E-18], [E-22]</p>"),
        ("<p>one-hot, layer-2, 2 - 1</p>", None),
        ("<p><code>2-3-1</code> <a>10-12</a></p>", None),
        ("<select><option>2-3-1</option></select>", None),
        (r'<p><span class="math">\(1-1/m\)</span></p>', None),
    ],
)
def test_the_sizes_of_a_network_stay_on_one_line(text, made):
    made = (made or text).replace("[", '<span class="together">')
    assert made.replace("]", "</span>") in changed(
        pages.markup.keep_sizes_together, text
    )


def test_the_time_stands_beside_the_number_of_questions():
    line = '<p class="questions-line">2 questions on this page</p>'
    made = changed(
        pages.markup.join_time,
        f"<h1>T</h1>{line}<p>Time: 5 minutes, with paper.</p>",
    )
    facts = f'<div class="page-facts"><p>5 minutes, with paper</p>{line}</div>'
    assert f"<h1>T</h1>{facts}" in made
    more = "<h1>T</h1><p>Time: 5 minutes. And as many again.</p>"
    assert more in changed(pages.markup.join_time, more)


def test_a_formula_of_several_lines_is_kept_as_it_was_typed():
    tex = r"\begin{aligned}a &= 1 \\ b &= 2\end{aligned}"
    split = rf"\[\begin{{split}}{tex}\end{{split}}\]".replace("&", "&amp;")
    body = f'<div class="math">{split}</div>'
    made = changed(pages.formulas.set_of_their_own, body)
    (kept,) = pages.fragment(made).find_all("annotation")
    assert kept.get_text() == tex
    assert len(pages.fragment(made).find_all("mtable")) == 1


def test_an_index_has_no_sign_of_application_at_its_end():
    html = pages.formulas.typeset(r"\lambda_{\max} \le \max(a, b)")
    assert "\N{FUNCTION APPLICATION}</mo></msub>" not in html
    assert html.count("<mo>\N{FUNCTION APPLICATION}</mo>") == 1


def test_a_formula_that_cannot_be_read_stops_the_build():
    with pytest.raises(ExtensionError) as error:
        pages.formulas.typeset(r"a + \fooo")
    assert str(error.value).startswith(
        "formulas.py: KaTeX cannot set a + \\fooo\nParseError: KaTeX parse "
        "error: Undefined control sequence: \\fooo"
    )


def test_the_font_of_a_sign_is_that_of_the_innermost_class():
    html = pages.formulas.typeset(
        r"\mathbf{b}^{[l]} \mathcal{L} \big(", display=True
    )
    assert pages.formulas.signs_of(html) == {
        "Main-Bold": {"b"},
        "Main-Regular": {"[", "]"},
        "Math-Italic": {"l"},
        "Caligraphic-Regular": {"L"},
        "Size1-Regular": {"("},
    }


def webp():
    data = io.BytesIO()
    Image.new("RGB", (4, 2)).save(data, "webp")
    return (
        f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"
    )


def test_an_explorer_is_a_slider_and_its_frames(tmp_path):
    explorers = pages.explorers
    stored = {
        "grids": [
            {"name": "lr", "label": "a < b", "values": ["0", "1"], "start": 1}
        ],
        "play": "lr",
        "notes": ["J < 1", "</script>"],
        "frames": [webp(), webp()],
        "width": 2,
    }
    output = {"data": {explorers.KIND: stored, "text/plain": "J"}}
    path = tmp_path / "page.ipynb"
    path.write_text(json.dumps({"cells": [{"outputs": [output]}]}), "utf-8")
    source = [path.read_text("utf-8")]
    explorers.hand_over(None, "page", source)
    (given,) = json.loads(source[0])["cells"][0]["outputs"]
    assert set(given["data"]) == {"text/html"}
    body = given["data"]["text/html"]
    assert explorers.read(body) == stored
    app = SimpleNamespace(env=SimpleNamespace(doc2path=lambda name: path))
    made = changed(explorers.show, body, app=app)
    assert '<label for="explorer-1-0">a &lt; b</label>' in made
    assert 'max="1"' in made
    assert 'value="1"' in made
    assert 'alt="&lt;/script&gt;"' in made
    assert re.search('<img[^>]* width="4" height="2"', made)
    assert "width:2px" in made
    assert "Play a &lt; b" in made
    kept = re.search('<script type="application/json">(.*?)</script>', made)
    assert json.loads(kept[1]) == stored
    assert "All 2 pictures as numbers" in made
    assert "<tr><td>0</td><td>J &lt; 1</td></tr>" in made
    assert explorers.KIND not in made


def test_a_page_without_an_explorer_is_handed_over_as_it_is():
    source = ['{"cells": [ ]}']
    pages.explorers.hand_over(None, "page", source)
    assert source == ['{"cells": [ ]}']


def sha(code):
    digest = hashlib.sha256(code.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def test_a_page_runs_its_own_scripts_and_no_other():
    code, click = "let a = '<é' && 1;", "say(\"a\", 'b')"
    body = (
        f"<script>{code}</script><script type='application/json'>[]</script>"
        "<script src='x.js'></script>"
        f"<button onclick='{click.replace(chr(39), '&#39;')}'>a</button>"
    )
    made = changed(pages.policy.allow, body, head='<meta charset="utf-8"/>')
    assert made.startswith(
        '<head><meta charset="utf-8"/>\n'
        '<meta http-equiv="Content-Security-Policy" content="'
    )
    rules = re.search(r'Policy" content="(.*?)"', made)[1].split("; ")
    assert f"script-src 'self' file: {sha(code)}" in rules
    assert f"script-src-attr 'unsafe-hashes' {sha(click)}" in rules
    made = changed(pages.policy.allow, "")
    assert made.startswith('<head><meta http-equiv="Content-')
    assert "script-src-attr 'none'" in made


def test_where_something_is_searched_the_search_is_ours():
    head = '<script src="searchindex.js"></script>'
    take = pages.search.without_sphinx
    there = changed(take, "", head=head, name="search")
    scripts = re.findall(r'src="_static/([^"]+)"', there)
    assert scripts == ["minisearch.js", "search-index.js", "search.js"]
    for made in (there, changed(take, "", head=head)):
        assert "searchindex.js" not in made


def test_a_link_to_a_page_shows_its_title_its_words_and_the_picture(
    monkeypatch,
):
    head = '<meta name="viewport" content="x"/>'
    config = SimpleNamespace(html_title="A book")
    app = SimpleNamespace(config=config)

    def both(page):
        pages.publish.describe(page)
        pages.publish.preview(page)

    monkeypatch.delenv("MININN_SITE_URL", raising=False)
    assert "og:" not in changed(both, "", head=head, app=app)
    monkeypatch.setenv("MININN_SITE_URL", "https://example.org/")
    made = changed(both, "", head=head, app=app, title='A & "B"')
    told = dict(re.findall(r'property="og:(\w+)" content="(.*?)"', made))
    assert told["title"] == "A &amp; &quot;B&quot;"
    assert told["url"] == "https://example.org/book/page.html"
    assert told["description"] == "Words."
    assert made.index("og:type") < made.index("og:url") < made.index("twitter")


def test_the_front_door_has_a_policy_too(tmp_path):
    config = SimpleNamespace(
        language="en", html_title="A & B", root_doc="book/intro"
    )
    app = SimpleNamespace(config=config, outdir=tmp_path)
    pages.publish.write_front_door(app)
    door = (tmp_path / "index.html").read_text("utf-8")
    assert "<title>A &amp; B</title>" in door
    assert "default-src 'self'" in door


@pytest.mark.parametrize(
    ("suffix", "labels"), [(".md", []), (".ipynb", ["launch-buttons", "one"])]
)
def test_a_page_that_was_a_notebook_has_a_menu_first(suffix, labels):
    added = []
    app = SimpleNamespace(
        env=SimpleNamespace(doc2path=lambda name: f"{name}{suffix}"),
        add_css_file=added.append,
        add_js_file=lambda name, **how: added.append(name),
    )
    context = {"header_buttons": [{"label": "one"}]}
    pages.launch.add_menu(app, "book/exercises/layer", context)
    found = [button["label"] for button in context["header_buttons"]]
    assert found == (labels or ["one"])
    assert added == (["run.css", "run.js"] if labels else [])
    if labels:
        lite = context["header_buttons"][0]["buttons"][1]["url"]
        assert lite == (
            "../../lite/notebooks/index.html?path=book/exercises/layer.ipynb"
        )


def test_the_first_links_lead_to_the_text_and_to_what_is_live():
    past = '<div id="pst-skip-link"><a href="#main-content">Skip</a></div>'
    box = '<div class="glass-box"></div><div class="explorer" id="e"></div>'
    made = changed(pages.skips.offer, box, head=past)
    links = re.findall(r'<a href="([^"]+)">([^<]+)</a>', made)
    assert links == [
        ("#text", "Skip to the text"),
        ("#first-glass", "Skip to the glass box"),
    ]
    assert '<article id="text" tabindex="-1">' in made
    assert '<div class="glass-box" id="first-glass" tabindex="-1">' in made
    pad = changed(
        pages.skips.offer, '<div class="drawing-pad"></div>', head=past
    )
    assert '<a href="#first-drawing">Skip to the drawing pad</a>' in pad
    plain = changed(pages.skips.offer, "", head=past)
    assert re.findall(r"Skip to the \w+", plain) == ["Skip to the text"]
    with pytest.raises(ExtensionError, match="the link past the menus"):
        changed(pages.skips.offer, box)
