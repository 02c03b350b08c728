"""Glass boxes in the built pages: the data, a still, and what makes it live.

``mininn.glass.box`` stores a box as HTML that holds its data and a table of
its numbers. A step puts a drawn picture before the table, which is what is
seen without a script and on paper, and tells the box where the book derives
its equations. The scripts are joined into one, and only a page with a box
loads it, and its style.
"""

import base64
import hashlib
import html
import io
import json
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform

from mininn.glass import script, style
from mininn.glass.still import DPI, picture

from .page import fragment, put_code_below
from .rules import expect, holds

STORED = "data-glass="  # in the HTML of an output
SCRIPT, STYLE = "glass.js", "glass.css"
SHOWN = 96 / DPI  # CSS pixels of a point of the picture
FOLD = "The code of this box"
WHOLE = "glass-full"  # a box that takes the whole width of its page
LABEL = re.compile(r'"(eq-[\w-]+)"')  # in the scripts


def stored(part):
    """Whether a part of a page is the HTML of a box."""
    return part.get("format") == "html" and STORED in part.astext()


@cache
def drawn(text):
    """Return the picture of a box whose data is this text."""
    return picture(json.loads(text))


def hand_over(app, docname, source):
    """Give MyST-NB, for paper, a picture beside the HTML of each box."""
    if STORED not in source[0]:
        return
    book = json.loads(source[0])
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = "".join(data.get("text/html", ""))
            if STORED in text:
                box = fragment(text).find("div", class_="glass-box")
                png = drawn(box["data-glass"])
                data["image/png"] = base64.b64encode(png).decode()
    source[0] = json.dumps(book)


def boxes_of(page):
    """Return the boxes of a page."""
    boxes = [
        box
        for box in page.find("div", "glass-box")
        if box.has_attr("data-glass")
    ]
    expect(
        boxes or not holds(page.doctree, nodes.raw, stored),
        "glassbox.py, glass boxes",
        page.name,
    )
    return boxes


def show(page):
    """Put the still into each box, and load what makes it live."""
    boxes = boxes_of(page)
    for box in boxes:
        box["data-equations"] = json.dumps(equations(page))
        box.insert(0, still(box))
        put_code_below(box, FOLD)
        if json.loads(box["data-glass"]).get("full"):
            box["class"] = [*box["class"], WHOLE]
    if boxes:
        source = address(page, SCRIPT, script())
        page.head.append(page.new("script", {"src": source, "defer": ""}))


def load_style(page):
    """Load the style of boxes, beside the one style sheet of all pages."""
    if page.doctree is not None and boxes_of(page):
        href = address(page, STYLE, style())
        page.head.append(page.new("link", {"rel": "stylesheet", "href": href}))


def still(box):
    """Return the picture of a box as HTML."""
    png = drawn(box["data-glass"])
    width, height = (
        round(side * SHOWN) for side in Image.open(io.BytesIO(png)).size
    )
    spec = json.loads(box["data-glass"])
    shape = "-".join(map(str, spec["n"]))
    alt = f"The network {shape} with its numbers"
    if spec["n"][0] == 2 and spec["n"][-1] == 1:
        alt += f", and what it answers, beside {len(spec['X'][0])} points"
    data = base64.b64encode(png).decode()
    return fragment(
        f'<img class="glass-still" alt="{html.escape(alt)}." '
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
    """Write the script and the style of boxes."""
    static = Path(app.outdir) / "_static"
    (static / SCRIPT).write_text(script(), encoding="utf-8")
    (static / STYLE).write_text(style(), encoding="utf-8")


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
