r"""The formulas of the pages, typeset when the book is built.

KaTeX sets each as HTML for the eye and MathML for the ear, so a page shows
its formulas at once, also without JavaScript. Sphinx writes the TeX between
``\(`` and ``\)``, or ``\[`` and ``\]``, and a step puts the typeset formula
there. The fonts stand in the style sheet: Firefox gives a page that was
opened as a file none from another folder. They are cut to the signs in use.
"""

import base64
import re
import shutil
from collections import defaultdict
from functools import cache
from io import BytesIO
from pathlib import Path

from bs4.element import NavigableString, PreformattedString
from docutils import nodes
from fontTools import subset
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.errors import ExtensionError
from sphinx.ext import mathjax

from .page import fragment
from .rules import expect, holds

KATEX = Path(__file__).parents[1] / "vendor" / "katex"
SHEET, COPY = "katex.css", "copy-tex.min.js"
# The font of a sign, by the innermost class that says one: katex.min.css.
PLAIN = "Main-Regular"
FONTS = {
    "mathnormal": "Math-Italic",
    "mathit": "Main-Italic",
    "mathbf": "Main-Bold",
    "boldsymbol": "Math-BoldItalic",
    "amsrm": "AMS-Regular",
    "mathbb": "AMS-Regular",
    "mathcal": "Caligraphic-Regular",
    "mathsf": "SansSerif-Regular",
    "mathtt": "Typewriter-Regular",
    "texttt": "Typewriter-Regular",
    "mainrm": PLAIN,
    "textrm": PLAIN,
    "small-op": "Size1-Regular",
    "large-op": "Size2-Regular",
    "delim-size1": "Size1-Regular",
    "delim-size4": "Size4-Regular",
}
SIZES = {f"size{n}": f"Size{n}-Regular" for n in range(1, 5)}
FACE = re.compile(r"@font-face\{[^}]*?fonts/KaTeX_([\w-]+)\.woff2[^}]*\}")
SOURCES = re.compile(r"src:[^}]*")
# What KaTeX writes behind ``\max`` and its like. At the end of an index it is
# a third child of an element that may have two, and Firefox complains.
APPLIED = "<mo>\N{FUNCTION APPLICATION}</mo>"
# What Sphinx puts around a formula that holds ``\\``, also where the lines are
# those of a table in it. Nobody typed it, and it is one table more to hear.
SPLIT = re.compile(r"^\s*\\begin\{split\}(.*)\\end\{split\}\s*$", re.DOTALL)
# A part of a formula that has a name, and how it stands in what is copied.
MARK = r"\htmlData{symbol=%s}{%s}"
MARKED = re.compile(r"\\htmlData\{symbol=[^{}]*\}\{((?:[^{}]|\{[^{}]*\})*)\}")


class Ready(PreformattedString):
    """HTML that is written into a page as it is."""

    PREFIX = SUFFIX = ""


@cache
def engine():
    """Return an engine for JavaScript that has read KaTeX."""
    katex = MiniRacer()
    katex.eval((KATEX / "katex.min.js").read_text(encoding="utf-8"))
    return katex


def close_engine():
    """Close the engine, if there is one: left open, it may hang at exit."""
    if engine.cache_info().currsize:
        engine().close()
        engine.cache_clear()


@cache
def typeset(tex, display=False):
    """Return the HTML of a formula, in a line or displayed.

    Raises
    ------
    ExtensionError
        When KaTeX cannot read it.
    """
    options = {"displayMode": display, "strict": False, "trust": True}
    try:
        html = engine().call("katex.renderToString", tex, options)
    except JSEvalException as error:
        reason = re.search(r"ParseError.*", str(error))
        raise ExtensionError(
            f"formulas.py: KaTeX cannot set {tex}\n"
            f"{reason[0] if reason else error}"
        ) from error
    html = MARKED.sub(r"\1", html)  # in the TeX that is copied
    for index in ("</msub>", "</msup>"):
        html = html.replace(APPLIED + index, index)
    return html


def bracketed(block):
    r"""Whether Sphinx writes ``\[`` and ``\]`` around a formula."""
    return not block.get("no-wrap", block.get("nowrap"))


def tex_of(formula, opening=r"\(", closing=r"\)"):
    """Return the TeX in an element, or None where it is written otherwise."""
    tex = "".join(formula.find_all(string=True, recursive=False)).strip()
    if not (tex.startswith(opening) and tex.endswith(closing)):
        return None
    return tex[len(opening) : -len(closing)]


def found(page, tag, kind, condition, marks, rule):
    """Return the formulas of a page, with their TeX, for the rule of a step.

    They stand in elements of a tag, between marks; the doctree tells whether
    there are any.
    """
    formulas = [
        (formula, tex)
        for formula in page.find(tag, "math")
        if (tex := tex_of(formula, *marks)) is not None
    ]
    # Those of questions are written by us, and not by what may change.
    matched = any(not f.find_parent(class_="question") for f, _ in formulas)
    expect(
        matched or not holds(page.doctree, kind, condition), rule, page.name
    )
    return formulas


def in_lines(page, rule):
    """Return each formula of a line, with its TeX, for the rule of a step."""
    return found(
        page, "span", nodes.math, lambda node: True, (r"\(", r"\)"), rule
    )


def of_their_own(page, rule):
    """Return each displayed formula, with its TeX, for the rule of a step."""
    return found(
        page, "div", nodes.math_block, bracketed, (r"\[", r"\]"), rule
    )


def put(formula, html):
    """Put HTML in the place of the TeX in an element."""
    first, *others = formula.find_all(string=True, recursive=False)
    for text in others:
        text.extract()
    first.replace_with(Ready(html))


def set_in_lines(page):
    """Typeset the formulas in lines, each with the marks around it."""
    for formula, tex in in_lines(page, "formulas.py, formulas in a line"):
        put(formula, typeset(tex))
        before, after = formula.previous_sibling, formula.next_sibling
        opening = marks(r"[(“]+$", before)
        closing = marks(r"^[.,;:?!)”]+", after)
        if opening or closing:
            together = formula.wrap(page.new("span", {"class": "together"}))
        if opening:
            together.insert(0, opening)
            before.replace_with(before.removesuffix(opening))
        if closing:
            together.append(closing)
            after.replace_with(after.removeprefix(closing))


def marks(pattern, text):
    """Return the marks in a text beside a formula; a line keeps them."""
    found = type(text) is NavigableString and re.search(pattern, text)
    return found[0] if found else ""


def set_of_their_own(page):
    """Typeset the displayed formulas."""
    rule = "formulas.py, formulas of their own"
    for formula, tex in of_their_own(page, rule):
        put(formula, typeset(SPLIT.sub(r"\1", tex), display=True))


def notes(app):
    """Return the folder that remembers the signs of each page.

    A build writes only the pages that have changed; the fonts need all.
    """
    return Path(app.doctreedir) / "signs"


def note_signs(page):
    """Note which signs of which font a page shows."""
    shown = defaultdict(set)
    for formula in page.article.find_all(string=True):
        if isinstance(formula, Ready):
            for font, signs in signs_of(formula).items():
                shown[font] |= signs
    note = notes(page.app) / f"{page.name}.txt"
    note.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{f} {''.join(sorted(s))}" for f, s in sorted(shown.items())]
    note.write_text("\n".join(lines), encoding="utf-8")


@cache
def signs_of(html):
    """Return font -> signs of a typeset formula."""
    shown = defaultdict(set)
    for text in fragment(html).find(class_="katex-html").strings:
        fonts = (font_of(part.get("class", [])) for part in text.parents)
        shown[next(filter(None, fonts), PLAIN)] |= set(text)
    return shown


def font_of(names):
    """Return the font that the classes of an element ask for, if any."""
    if "delimsizing" in names:
        return next((SIZES[n] for n in names if n in SIZES), None)
    return next((FONTS[n] for n in names if n in FONTS), None)


def cut(font, signs):
    """Return a font with these signs alone, as the address of its data."""
    options = subset.Options(flavor="woff", hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(text=signs)
    data = BytesIO()
    path = str(KATEX / "fonts" / f"KaTeX_{font}.woff")
    with subset.load_font(path, options) as whole:
        cutter.subset(whole)
        subset.save_font(whole, data, options)
    return (
        f"data:font/woff;base64,{base64.b64encode(data.getvalue()).decode()}"
    )


def write_sheet(app):
    """Write the style sheet of formulas, and the script that copies TeX."""
    static = Path(app.outdir) / "_static"
    signs = defaultdict(str)
    for note in sorted(notes(app).rglob("*.txt")):
        for line in note.read_text(encoding="utf-8").splitlines():
            font, _, shown = line.partition(" ")
            signs[font] += shown
    sheet = (KATEX / "katex.min.css").read_text(encoding="utf-8")

    def face(rule):
        if rule[1] not in signs:
            return ""
        source = f'src:url({cut(rule[1], signs[rule[1]])}) format("woff")'
        return SOURCES.sub(source, rule[0])

    (static / SHEET).write_text(FACE.sub(face, sheet), encoding="utf-8")
    shutil.copy(KATEX / COPY, static)


def set_up(app):
    """Let Sphinx write TeX for the steps, and load what a page needs."""
    app.add_html_math_renderer(
        "katex",
        (mathjax.html_visit_math, None),
        (mathjax.html_visit_displaymath, None),
    )
    app.add_css_file(SHEET)
    app.add_js_file(COPY, loading_method="defer")
