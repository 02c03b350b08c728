"""The formulas of the built pages: each set, each sign in its font."""

import base64
import json
import re
from functools import cache
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from places import BOOK

# How many children an element of MathML has.
CHILDREN = {"msub": 2, "msup": 2, "mfrac": 2, "mover": 2, "munder": 2}
CHILDREN |= {"msubsup": 3, "munderover": 3}
SHOWN = ("backprop", "descent", "errata", "glossary")


@cache
def tree(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def pages(site):
    return sorted((site / "book").rglob("*.html"))


def test_every_formula_is_set(site):
    count = 0
    for path in pages(site):
        html = path.read_text(encoding="utf-8").partition("<article")[2]
        begun = html.count('class="math notranslate nohighlight"')
        count += begun
        assert html.count('<span class="katex-html"') == begun, path
        assert "\\(" not in re.sub("<annotation.*?</annotation>", "", html)
        assert "katex-error" not in html
    assert count > 2000


def test_the_mathml_of_every_formula_has_the_children_it_may_have(site):
    wrong = [
        (name, str(element))
        for name in SHOWN
        for kind, many in CHILDREN.items()
        for element in tree(site / "book" / f"{name}.html").find_all(kind)
        if len(element.find_all(True, recursive=False)) != many
    ]
    assert wrong == []


def rules():
    """The selectors of KaTeX's style sheet that name a font, and its face."""
    sheet = BOOK / "_ext" / "vendor" / "katex" / "katex.min.css"
    weight, style = {}, {}
    for selectors, said in re.findall(
        r"([^{}@]+)\{([^{}]*)\}", sheet.read_text("utf-8")
    ):
        says = dict(re.findall(r"(font-[a-z]+):([^;}]*)", said))
        family = says.get("font-family", "").strip('"')
        if family.startswith("KaTeX_") and "src:" not in said:
            weight = says.get("font-weight", "400")
            style = says.get("font-style", "normal")
            for selector in selectors.split(","):
                yield selector, (family, weight, style)


def fonts(site):
    """(family, weight, style) -> the signs in the fonts that are shipped."""
    css = (site / "_static" / "katex.css").read_text(encoding="utf-8")
    for face in re.findall(r"@font-face\{([^}]*)\}", css):
        says = dict(re.findall(r"(font-[a-z]+):\"?([^;\"}]*)", face))
        data = re.search(r"base64,([^)]*)\)", face)[1]
        font = TTFont(BytesIO(base64.b64decode(data)))
        key = (says["font-family"], says["font-weight"], says["font-style"])
        yield key, {chr(code) for code in font.getBestCmap()}


@pytest.mark.parametrize("name", SHOWN)
def test_every_sign_is_in_the_font_that_the_style_sheet_gives_it(site, name):
    page, shipped = tree(site / "book" / f"{name}.html"), dict(fonts(site))
    wanted = {}
    for selector, face in rules():
        wanted |= {id(found): face for found in page.select(selector)}
    plain = ("KaTeX_Main", "400", "normal")
    missing = set()
    for formula in page.select(".katex-html"):
        for text in formula.find_all(string=True):
            face = next(
                (wanted[id(p)] for p in text.parents if id(p) in wanted),
                plain,
            )
            missing |= {(face, s) for s in set(text) - shipped[face]}
    assert {sign for _, sign in missing} <= set("\u200b\u2061\u2063 \xa0")


def test_hints_hold_formulas_that_are_set(site):
    code = (site / "_static" / "hover-data.js").read_text(encoding="utf-8")
    data = json.loads(code.partition("=")[2].strip().rstrip(";"))
    assert len(data["equations"]) > 240
    for html in data["equations"].values():
        assert html.startswith('<span class="katex-display">')
    for html in data["words"].values():
        assert "\\(" not in re.sub("<annotation.*?</annotation>", "", html)
