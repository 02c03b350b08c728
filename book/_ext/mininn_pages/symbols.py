"""What a reader is shown on the spot: symbols, equations, glossary words.

The symbols of the book stand in one list here. From it come the index in the
glossary (the directive ``symbols``) and the hint on each ``W[l]`` of a page.
Equations and the first sentences of the glossary are written to
``_static/hover-data.js``, which hover.js loads when it is first asked.
"""

import html
import json
import re
from itertools import islice
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from pygments.lexers import PythonLexer
from sphinx.util.docutils import SphinxDirective

from .formulas import MARK, in_lines, of_their_own, put, typeset
from .rules import expect, holds

# Symbol, code, shape, meaning, chapter. In code, shape and meaning, {l} is
# the layer and {k} the one before.
LAYERED = {
    "n": (
        "n^{[l]}",
        "n[{l}]",
        "an int",
        "how many units layer {l} has",
        "notation",
    ),
    "W": (
        "W^{[l]}",
        "W[{l}]",
        "(n[{l}], n[{k}])",
        "weights from layer {k} to layer {l}, one row a unit",
        "notation",
    ),
    "b": (
        r"\mathbf{b}^{[l]}",
        "b[{l}]",
        "(n[{l}], 1)",
        "biases of layer {l}, the same for every sample",
        "notation",
    ),
    "g": (
        "g^{[l]}",
        "g[{l}]",
        "a function",
        "activation function of layer {l}",
        "activations",
    ),
    "Z": (
        "Z^{[l]}",
        "Z[{l}]",
        "(n[{l}], m)",
        "weighted sums of layer {l}, one column a sample",
        "forward",
    ),
    "A": (
        "A^{[l]}",
        "A[{l}]",
        "(n[{l}], m)",
        "activations of layer {l}, one column a sample",
        "forward",
    ),
    "dW": (
        "dW^{[l]}",
        "dW[{l}]",
        "(n[{l}], n[{k}])",
        "slope of the cost J along each weight of layer {l}",
        "backprop",
    ),
    "db": (
        r"d\mathbf{b}^{[l]}",
        "db[{l}]",
        "(n[{l}], 1)",
        "slope of the cost J along each bias of layer {l}",
        "backprop",
    ),
    "dZ": (
        "dZ^{[l]}",
        "dZ[{l}]",
        "(n[{l}], m)",
        "slope of the cost J along each weighted sum of layer {l}",
        "backprop",
    ),
    "dA": (
        "dA^{[l]}",
        "dA[{l}]",
        "(n[{l}], m)",
        "slope of the cost J along each activation of layer {l}",
        "backprop",
    ),
}
ALONE = {
    "L": ("L", "net.L", "an int", "how many layers compute", "notation"),
    "m": ("m", "m", "an int", "samples in the batch", "notation"),
    "X": ("X", "X", "(n[0], m)", "inputs, one column a sample", "notation"),
    "Y": ("Y", "Y", "(n[L], m)", "labels, one column a sample", "notation"),
    "J": ("J", "J", "a float", "cost: the mean of the losses", "losses"),
    r"\alpha": (
        r"\alpha",
        "lr",
        "a float",
        "learning rate: how far a step goes",
        "descent",
    ),
}
# Pages where a letter alone may be that of another book.
OTHERS_LETTERS = {"beyond", "errata", "rosetta"}

INDEX = r"(l|L|\d|[lL] ?[-+] ?1)"
TEX = re.compile(r"(d?)(n|g|W|Z|A|\\mathbf\{b\})(?:\^\{\[" + INDEX + r"\]\})?")
# An array in an equation, with its transpose or its prime if it has one; not
# below an accent, which would take its letter alone.
WITHIN = re.compile(
    r"(?<![A-Za-z\\])(d?)(W|Z|A|\\mathbf\{b\})"
    r"\^\{\[" + INDEX + r"\](?:\\top)?\}(?![_^'])"
)
ACCENT = re.compile(r"\\(tilde|bar|hat|dot|vec|mathrm)\s*$")
CODE = re.compile(r"(d?)(n|g|W|Z|A|b)\[" + INDEX + r"\]")
# An array of a loop: as tokens of Python, and as text. Its longest form,
# W[l - 1], has seven tokens and spaces behind the first. The bracket and a
# comma behind it would be one token.
LOOPED = re.compile(r"(?<!\S)d?[WbZA] \[ [lL] \]\s\s")
ARRAY = re.compile(r"d?[WbZA]")
LONGEST = 7
LISTED = re.compile(r"(d?[WbZA])\[([lL](?: [-+] 1)?)\]")


def hint(name, index=None):
    """Return code, shape and meaning of an array; None if it is not ours."""
    if name in ALONE:
        return ALONE[name][1:4]
    if name not in LAYERED or (index == "0" and name not in "nA"):
        return None
    layer = re.sub(r" ?([-+]) ?", r" \1 ", index or "l")
    if layer.isdigit():
        below = str(int(layer) - 1)
    else:
        letter, _, shift = layer.partition(" ")
        below = {"": f"{letter} - 1", "- 1": f"{letter} - 2"}.get(
            shift, letter
        )
    code, shape, meaning = (
        text.format(l=layer, k=below) for text in LAYERED[name][1:4]
    )
    return (code if index else name), shape, meaning


def plain(literal):
    """Whether code in a line is no role of its own, such as a link."""
    return not literal["classes"]


def loops(block):
    """Whether a block of code names an array of a loop, as in ``W[l]``."""
    if block.get("language") not in ("python", "ipython3"):
        return False
    tokens = PythonLexer().get_tokens(block.astext())
    return bool(LOOPED.search(" ".join(text for _, text in tokens)))


def hovers(found):
    """Return the attribute that hover.js shows."""
    return {"data-hover": "|".join(found)}


def mark_formulas(page):
    """Give each formula that is one symbol its hint."""
    alone = page.name.rpartition("/")[2] not in OTHERS_LETTERS
    for formula, tex in in_lines(page, "symbols.py, symbols in formulas"):
        tex = tex.strip()
        layered = TEX.fullmatch(tex)
        if layered and (layered[3] or layered[2] not in "ng"):
            d, letter, index = layered.groups()
            name = d + ("b" if "b" in letter else letter)
        else:
            name, index = tex if tex in ALONE else "", None
        found = hint(name, index) if index or alone else None
        if found:
            formula.attrs |= hovers(found)


def mark_equations(page):
    """Name each ``W[l]`` in an equation, so that it lights up with others."""
    for formula, tex in of_their_own(page, "symbols.py, equations"):
        marked = WITHIN.sub(named, tex)
        if marked != tex:
            put(formula, f"\\[{marked}\\]")


def named(found):
    """Return the TeX of an array with the name of its hint."""
    d, letter, index = found.groups()
    name = hint(d + ("b" if "b" in letter else letter), index)
    if not name or ACCENT.search(found.string[: found.start()]):
        return found[0]
    return MARK % (name[0], found[0])


def mark_code(page):
    """Give each ``W[l]`` between words its hint, also by the keyboard."""
    literals = [
        code
        for code in page.find("code")
        if code.get("class") == ["docutils", "literal", "notranslate"]
    ]
    expect(
        literals or not holds(page.doctree, nodes.literal, plain),
        "symbols.py, symbols in code in text",
        page.name,
    )
    for code in literals:
        array = CODE.fullmatch(code.get_text())
        found = array and hint(array[1] + array[2], array[3])
        if found:
            code.attrs |= {"tabindex": "0"} | hovers(found)


def mark_listings(page):
    """Give each ``W[l]`` of the code its hint."""
    arrays = [
        array for name in page.find("span", "n") if (array := listed(name))
    ]
    expect(
        arrays or not holds(page.doctree, nodes.literal_block, loops),
        "symbols.py, symbols in loops",
        page.name,
    )
    for pieces, name, index in arrays:
        around = page.new("span", hovers(hint(name, index)))
        pieces[0].insert_before(around)
        around.extend(pieces)


def listed(name):
    """Return the pieces, the name and the index of an array of a loop.

    Pygments writes a piece for each token, ``<span class="n">W</span>``. The
    first is given; None, where no array of a loop begins with it.
    """
    if not ARRAY.fullmatch(name.get_text()):
        return None
    pieces, text = [name], name.get_text()
    for piece in islice(name.next_siblings, LONGEST):
        pieces.append(piece)
        text += piece.get_text()
        if array := LISTED.fullmatch(text):
            return pieces, *array.groups()
    return None


class Symbols(SphinxDirective):
    """The index of symbols, one row each."""

    def run(self):
        lines = [
            "| Symbol | Code | Shape | Meaning | Chapter |",
            "|---|---|---|---|---|",
        ]
        for tex, *rest, chapter in (ALONE | LAYERED).values():
            code, shape, meaning = (
                text.format(l="l", k="l - 1") for text in rest
            )
            if shape.startswith("("):
                shape = f"`{shape}`"
            lines.append(
                f"| ${tex}$ | `{code}` | {shape} | {meaning} "
                f"| {{doc}}`{chapter}` |"
            )
        box = nodes.container(classes=["symbols"])
        source = self.get_source_info()[0]
        self.state.nested_parse(StringList(lines, source), 0, box)
        return [box]


def first_sentences(paragraph):
    """Return the other-language name and the first sentence, as HTML."""
    out, stops = "", 0
    for node in paragraph.children:
        text = html.escape(node.astext())
        if isinstance(node, nodes.math):
            out += typeset(node.astext())
        elif isinstance(node, nodes.literal):
            out += f"<code>{text}</code>"
        elif isinstance(node, nodes.Text):
            # The name ends in the first full stop, the sentence in the next.
            for end in re.finditer(r"\.(?=\s|$)", text):
                stops += 1
                if stops == 2:
                    return out + text[: end.end()]
            out += text
        else:
            out += text
    return out


def collected(env):
    """Return the equations and the words of the book, by their ids."""
    equations, words = {}, {}
    for name in sorted(env.found_docs):
        tree = env.get_doctree(name)
        for block in tree.findall(nodes.math_block):
            label, tex = block.get("label"), block.astext().strip()
            if not label:
                continue
            if "\\\\" in tex and not tex.startswith(r"\begin"):
                tex = rf"\begin{{split}}{tex}\end{{split}}"
            name_ = nodes.make_id(f"equation-{label}")
            equations[name_] = typeset(tex, display=True)
        for item in tree.findall(nodes.definition_list_item):
            first = next(item.findall(nodes.paragraph), None)
            for term in item.findall(nodes.term):
                for name_ in term["ids"] if first is not None else []:
                    if name_.startswith("term-"):
                        words[name_] = first_sentences(first)
    return {"equations": equations, "words": words}


def write_data(app):
    """Write the equations and the words that hover.js asks for."""
    data = json.dumps(
        collected(app.env), ensure_ascii=False, separators=(",", ":")
    )
    path = Path(app.outdir) / "_static" / "hover-data.js"
    path.write_text(f"window.mininnHover = {data};\n", encoding="utf-8")
