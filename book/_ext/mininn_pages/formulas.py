r"""Room for the formulas of the built pages.

MathJax typesets a page after it shows. So that no line moves then, each
formula keeps its room from the start: matplotlib measures it in Computer
Modern, whose metrics MathJax has too. The unit is ``ex``, the height of an x
of the text around, to which MathJax scales its letters.

A formula in a line that is too wide for a phone gets the class ``long``.
"""

import re
from functools import cache

from docutils import nodes
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

from .rules import expect, holds

EX = 0.442  # the height of an x of Computer Modern, in em
FONT = FontProperties(size=1000, math_fontfamily="cm")
LONG = 34  # ex; a phone of 360 px has some 40
GROUP = r"\{(?:[^{}]|\{[^{}]*\})*\}"
# What MathJax reads or spaces otherwise.
SAME = [
    (r"\\frac\s*(\\?\w)\s*(?=[\w{])", r"\\frac{\1}"),
    (rf"(\\frac{GROUP})\s*([^\W_])", r"\1{\2}"),
    (r"\\sqrt\s*(\\\w+|\w)", r"\\sqrt{\1}"),
    (r"\\[lr]Vert", r"\\|"),
    (r"\\[lr]vert", "|"),
    (r"\\([lg])e\b", r"\\\1eq"),
    (r"\\[bB]ig+", ""),
    (r"(\[\w) ?([-+]) ?1\]", r"\1{\2}1]"),  # an index has no spaces
    (r", -", ", {-}"),
    (r"\\(sum|max|min)_", r"\\\1{}_"),  # limits stand beside the sign
    (rf"(\\frac{GROUP}{GROUP})", r"\\,\1\\,"),
    # A capital that leans to the right keeps its distance to what follows.
    (r"(?<![\\\w{])([F-JMNPT-Z])(?![\w^_}])", r"\1\\hspace{.1}"),
]
TALL = re.compile(r"\\(d?frac|sum|prod|int)\b")


@cache
def room(tex):
    """Return width, height and depth of a formula in a line, in ex.

    Nothing, where matplotlib cannot read the formula.
    """
    for pattern, same in SAME:
        tex = re.sub(pattern, same, tex)
    try:
        parsed = MathTextParser("path").parse(f"${tex.strip()}$", 72, FONT)
    except ValueError:
        return None
    return [n / 1000 / EX for n in parsed[:3]]


def rows(tex):
    """Return about how high a formula of its own is, in ex."""
    lines = tex.split(r"\\")
    tall = sum(bool(TALL.search(line)) for line in lines)
    return 3.5 * len(lines) + 4.5 * tall - 0.7


def bracketed(block):
    r"""Whether Sphinx writes ``\[`` and ``\]`` around a formula."""
    return not block.get("no-wrap", block.get("nowrap"))


def tex_of(formula, opening=r"\(", closing=r"\)"):
    """Return the TeX in an element, or None where it is written otherwise."""
    tex = "".join(formula.find_all(string=True, recursive=False)).strip()
    if not (tex.startswith(opening) and tex.endswith(closing)):
        return None
    return tex[len(opening) : -len(closing)]


def in_lines(page, rule):
    """Return each formula of a line, with its TeX, for the rule of a step."""
    found = [
        (formula, tex)
        for formula in page.find("span", "math")
        if (tex := tex_of(formula)) is not None
    ]
    expect(found or not holds(page.doctree, nodes.math), rule, page.name)
    return found


def keep_room_in_lines(page):
    """Write its size into each formula of a line."""
    for formula, tex in in_lines(page, "formulas.py, formulas in a line"):
        size = room(" ".join(tex.split()))
        if size is None or size[0] > LONG:
            formula["class"].append("long")
        if size:
            names = zip("whd", size, strict=True)
            formula["style"] = ";".join(f"--{k}:{n:.1f}ex" for k, n in names)


def keep_room_between_lines(page):
    """Write about how high it is into each formula of its own."""
    found = [
        (formula, tex)
        for formula in page.find("div", "math")
        if (tex := tex_of(formula, r"\[", r"\]")) is not None
    ]
    expect(
        found or not holds(page.doctree, nodes.math_block, bracketed),
        "formulas.py, formulas of their own",
        page.name,
    )
    for formula, tex in found:
        formula["style"] = f"--h:{rows(tex):.1f}ex"
