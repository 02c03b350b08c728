r"""Room for the formulas of the built pages.

MathJax typesets a page after it shows. So that no line moves then, each
formula keeps its room from the start: matplotlib measures it in Computer
Modern, whose metrics MathJax has too. The unit is ``ex``, the height of an x
of the text around, to which MathJax scales its letters.

A formula in a line that is too wide for a phone gets the class ``long``.
"""

import html
import re
from functools import cache

from docutils import nodes
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from mininn_rules import holds, rewrite

EX = 0.442  # the height of an x of Computer Modern, in em
FONT = FontProperties(size=1000, math_fontfamily="cm")
LONG = 34  # ex; a phone of 360 px has some 40
INLINE = re.compile(
    r'<span ([^>]*)class="(math notranslate nohighlight)">'
    r"\\\((.*?)\\\)</span>",
    re.DOTALL,
)
DISPLAY = re.compile(
    r'<div( class="math notranslate nohighlight"[^>]*>.*?\\\[(.*?)\\\])',
    re.DOTALL,
)
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


def make_room(app, pagename, templatename, context, doctree):
    """Write its size into each formula of a page."""

    def inline(found):
        marks, kind, tex = found.groups()
        size = room(" ".join(html.unescape(tex).split()))
        if size is None or size[0] > LONG:
            kind += " long"
        if size:
            names = zip("whd", size, strict=True)
            kept = ";".join(f"--{name}:{n:.1f}ex" for name, n in names)
            marks += f'style="{kept}" '
        return f'<span {marks}class="{kind}">\\({tex}\\)</span>'

    def display(found):
        height = rows(html.unescape(found[2]))
        return f'<div style="--h:{height:.1f}ex"{found[1]}'

    body = rewrite(
        INLINE,
        inline,
        context.get("body", ""),
        there=holds(doctree, nodes.math),
        rule="mininn_math, formulas in a line",
        where=pagename,
    )
    context["body"] = rewrite(
        DISPLAY,
        display,
        body,
        there=holds(doctree, nodes.math_block, bracketed),
        rule="mininn_math, formulas of their own",
        where=pagename,
    )


def setup(app):
    # After the symbols are marked.
    app.connect("html-page-context", make_room, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
