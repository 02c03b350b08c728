"""The face of the text: Source Serif 4, cut to the letters of the book.

It stands in files of its own, so no text waits for it. A page that is read
before they are there keeps the face of the system, and no line moves; the
next page has them.
"""

import string
from pathlib import Path

from fontTools import subset

FACE = Path(__file__).parents[1] / "vendor" / "source-serif-4"
SHEET = "typeface.css"
# Weight and style, as the files are called. Bold words are semi-bold.
CUTS = {
    "400-normal": ("400", "normal"),
    "400-italic": ("400", "italic"),
    "600-normal": ("500 700", "normal"),
}
SIGNS = string.printable + "°²³·×àáçèéìíòóùúü–—‘’“”…−′\N{NO-BREAK SPACE}"
RULE = """@font-face {{
  font-family: "Source Serif 4";
  font-style: {style};
  font-weight: {weight};
  font-display: optional;
  src: url({file}) format("woff");
}}
"""


def cut(name, to):
    """Write one cut of the face, with the signs of the book alone."""
    options = subset.Options(flavor="woff", hinting=False)
    options.layout_features = ["kern", "liga"]
    cutter = subset.Subsetter(options)
    cutter.populate(text=SIGNS)
    path = FACE / f"source-serif-4-latin-{name}.woff"
    with subset.load_font(str(path), options) as font:
        cutter.subset(font)
        subset.save_font(font, str(to), options)


def write(app):
    """Write the face and its style sheet."""
    static = Path(app.outdir) / "_static"
    rules = []
    for name, (weight, style) in CUTS.items():
        file = f"text-{name}.woff"
        cut(name, static / file)
        rules.append(RULE.format(style=style, weight=weight, file=file))
    (static / SHEET).write_text("".join(rules), encoding="utf-8")


def set_up(app):
    """Let every page load the style sheet of the face."""
    app.add_css_file(SHEET)
