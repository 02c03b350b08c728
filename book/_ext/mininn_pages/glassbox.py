"""Glass boxes and pads in the built pages: data, a still, what makes it live.

``mininn.glass.box`` stores a box as HTML that holds its data and a table of
its numbers, and ``mininn.glass.pad`` a pad. A step puts a drawn picture
before the table, which is what is seen without a script and on paper, and
tells the box where the book derives its equations. The scripts are joined
into one, and only a page with a box loads it. Only such a page holds the style
of a box, in its head: asking for a small file keeps the first words waiting
for as long as it takes to ask. So it is with a pad.
"""

import base64
import hashlib
import html
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bs4.element import Stylesheet
from docutils import nodes
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform

from mininn.glass import script, scripts, style
from mininn.glass.still import DPI, pad_picture, picture

from .page import fragment, put_code_below
from .rules import expect, holds

SHOWN = 96 / DPI  # CSS pixels of a point of the picture
WHOLE = "glass-full"  # a box that takes the whole width of its page
LABEL = re.compile(r'"(eq-[\w-]+)"')  # in the scripts


@dataclass(frozen=True)
class Kind:
    """What a page can hold: how it is stored, drawn, said and made live."""

    css: str  # the class of its element
    data: str  # the attribute that holds its data
    file: str  # its script, without its ending
    fold: str  # what its code is called
    script: Callable[[], str]
    style: Callable[[], str]
    picture: Callable[[dict], bytes]
    alt: Callable[[dict], str]


def alt_of_box(spec):
    """Say what the picture of a box shows."""
    alt = f"The network {'-'.join(map(str, spec['n']))} with its numbers"
    if spec["n"][0] == 2 and spec["n"][-1] == 1:
        alt += f", and what it answers, beside {len(spec['X'][0])} points"
    return f"{alt}."


def alt_of_pad(spec):
    """Say what the picture of a pad shows."""
    return (
        f"The first of {len(spec['images'])} images of 8 by 8 pixels, the "
        f"share of each pixel in the answer as a sign, and bars of the "
        f"{spec['n'][-1]} probabilities."
    )


BOX = Kind(
    "glass-box",
    "data-glass",
    "glass",
    "The code of this box",
    script,
    style,
    picture,
    alt_of_box,
)
PAD = Kind(
    "drawing-pad",
    "data-pad",
    "pad",
    "The code of this pad",
    scripts.pad_script,
    scripts.pad_style,
    pad_picture,
    alt_of_pad,
)
KINDS = BOX, PAD


def kinds_in(text):
    """Return which kinds a text holds."""
    return [kind for kind in KINDS if f"{kind.data}=" in text]


def stored(part, kinds=KINDS):
    """Whether a part of a page is the HTML of a box, or of a pad."""
    return part.get("format") == "html" and any(
        kind in kinds for kind in kinds_in(part.astext())
    )


@cache
def drawn(kind, text):
    """Return the picture of a box whose data is this text."""
    return kind.picture(json.loads(text))


def hand_over(app, docname, source):
    """Give MyST-NB, for paper, a picture beside the HTML of each box."""
    if not kinds_in(source[0]):
        return
    book = json.loads(source[0])
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = "".join(data.get("text/html", ""))
            for kind in kinds_in(text):
                box = fragment(text).find("div", class_=kind.css)
                png = drawn(kind, box[kind.data])
                data["image/png"] = base64.b64encode(png).decode()
    source[0] = json.dumps(book)


def boxes_of(page, kind=BOX):
    """Return the boxes of a page, or its pads."""
    boxes = [
        box for box in page.find("div", kind.css) if box.has_attr(kind.data)
    ]
    expect(
        boxes
        or not holds(page.doctree, nodes.raw, lambda p: stored(p, [kind])),
        "glassbox.py, glass boxes",
        page.name,
    )
    return boxes


def show(page):
    """Put the still into each box and pad, and load what makes it live."""
    for kind in KINDS:
        boxes = boxes_of(page, kind)
        for box in boxes:
            if kind is BOX:
                box["data-equations"] = json.dumps(equations(page))
            box.insert(0, still(kind, box))
            put_code_below(box, kind.fold)
            if json.loads(box[kind.data]).get("full"):
                box["class"] = [*box["class"], WHOLE]
        if boxes:
            source = address(page, f"{kind.file}.js", kind.script())
            page.head.append(page.new("script", {"src": source, "defer": ""}))


def bring_style(page):
    """Write the style of each into the head, after the one style sheet."""
    for kind in KINDS:
        if page.doctree is not None and boxes_of(page, kind):
            style = page.new("style", {"data-of": kind.file})
            style.string = Stylesheet(f"\n{kind.style()}")
            page.head.append(style)


def still(kind, box):
    """Return the picture of a box as HTML."""
    png = drawn(kind, box[kind.data])
    width, height = (
        round(side * SHOWN) for side in Image.open(io.BytesIO(png)).size
    )
    alt = kind.alt(json.loads(box[kind.data]))
    data = base64.b64encode(png).decode()
    return fragment(
        f'<img class="{kind.file}-still" alt="{html.escape(alt)}" '
        f'width="{width}" height="{height}" '
        f'src="data:image/png;base64,{data}">'
    )


def address(page, name, text):
    """Return the address of a file of ours, which changes with its text."""
    root = "../" * page.name.count("/")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{root}_static/{name}?v={digest}"


def equations(page):
    """Return of each equation that a box names its address and its number.

    A book of a few pages has not all of them.
    """
    app, found = page.app, {}
    known = app.env.get_domain("math").equations
    for label in sorted(set(LABEL.findall(script())) & set(known)):
        docname, number = known[label]
        place = nodes.make_id(f"equation-{label}")
        counted = app.env.toc_fignumbers.get(docname, {})
        numbers = counted.get("displaymath", {}).get(place, (number,))
        uri = app.builder.get_relative_uri(page.name, docname)
        found[label] = [f"{uri}#{place}", ".".join(map(str, numbers))]
    return found


def write_scripts(app):
    """Write the script of boxes, and that of pads."""
    for kind in KINDS:
        path = Path(app.outdir) / "_static" / f"{kind.file}.js"
        path.write_text(kind.script(), encoding="utf-8")


class Printed(SphinxPostTransform):
    """Put the picture of a box and its table where the live one would be."""

    builders = ("latex",)
    default_priority = 3  # before MyST-NB chooses one form of each output

    def run(self, **kwargs):
        for raw in list(self.document.findall(nodes.raw)):
            if stored(raw):
                bundle = raw.parent.parent
                forms = (nodes.image, nodes.literal_block)
                shown = [
                    one
                    for form in forms
                    for one in list(bundle.findall(form))[:1]
                ]
                bundle.replace_self(shown)
