"""Explorers in the built pages: the browser's own sliders over the frames.

What is no quantity, such as the name of a rule, is chosen from a list.

A notebook stores an explorer as one JSON, ``mininn.explore.Explorer.stored``.
MyST-NB knows no such output, so it is handed one that it does know, a script.
On a page that becomes one picture, a slider or a list for each grid, a table
of all notes, and the JSON, by which ``explorers.js`` turns the picture.
"""

import base64
import html
import io
import itertools
import json
import math
from pathlib import Path

from PIL import Image

from .page import fragment
from .rules import expect

KIND = "application/vnd.mininn.explorer+json"
STORED = f'"{KIND}":'  # in a notebook
# Fewer numbers than these are a list to choose from.
FEWEST_STOPS = 6
SLIDER = """<div class="explorer-slider">
<label for="{id}">{label}</label>
<input id="{id}" type="range" min="0" max="{last}" value="{start}" \
aria-valuetext="{label} {shown}" autocomplete="off">
<output for="{id}">{shown}</output>
</div>"""
CHOICE = """<div class="explorer-slider">
<label for="{id}">{label}</label>
<select id="{id}" autocomplete="off">{options}</select>
<output class="explorer-chosen" for="{id}">{shown}</output>
</div>"""
PLAY = """<button type="button" class="explorer-play">\
<span aria-hidden="true">▶</span> <span>Play {label}</span></button>
"""
FRAME = """<figure class="explorer-frame">\
<div class="picture" style="--width:{shown}px"><img alt="{note}" \
width="{width}" height="{height}" \
style="width:{shown}px;max-width:100%;height:auto" \
src="{source}"></div><figcaption>{note}</figcaption></figure>"""
EXPLORER = """<div class="explorer" data-explorer="{number}">
{play}<div class="explorer-sliders">
{sliders}
</div>
{frame}
<script type="application/json">{stored}</script>
</div>
<details class="explorer-table"><summary>All {count} pictures as numbers\
</summary>
<table>
<thead>{head}</thead><tbody>
{rows}
</tbody></table></details>"""


def hand_over(app, docname, source):
    """Give MyST-NB every explorer of a notebook as HTML."""
    if STORED not in source[0]:
        return
    book = json.loads(source[0])
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            stored = output.get("data", {}).get(KIND)
            if stored:
                output["data"] = {"text/html": script(stored, KIND)}
    source[0] = json.dumps(book)


def script(stored, kind):
    return f'<script type="{kind}">{as_json(stored)}</script>'


def as_json(stored):
    """Return it as text in which no tag can end."""
    return json.dumps(stored, ensure_ascii=False).replace("<", r"\u003c")


def read(text):
    """Return the explorer in the HTML of an output, or None."""
    found = fragment(text).find("script", type=KIND)
    return found and json.loads(found.string)


def is_stored_in(source):
    """Tell whether a page is a notebook that holds an explorer."""
    return source.suffix == ".ipynb" and STORED in source.read_text("utf-8")


def first(stored):
    """Return the note and the picture that the sliders stand at."""
    place = 0
    for grid in stored["grids"]:
        place = place * len(grid["values"]) + grid["start"]
    data = stored["frames"][place].partition(",")[2]
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    return stored["notes"][place], picture, stored["frames"][place]


def table(stored):
    """Return the rows of a table of all notes: first its head."""
    points = itertools.product(*(g["values"] for g in stored["grids"]))
    return [
        [*(grid["name"] for grid in stored["grids"]), "what it shows"],
        *(
            [*point, note]
            for point, note in zip(points, stored["notes"], strict=True)
        ),
    ]


def as_row(texts, tag, scope=""):
    cells = (f"<{tag}{scope}>{html.escape(text)}</{tag}>" for text in texts)
    return f"<tr>{''.join(cells)}</tr>"


def is_quantity(values):
    """Whether all values of a grid are numbers."""
    try:
        return all(math.isfinite(float(value)) for value in values)
    except ValueError:
        return False


def control(grid, name, played=False):
    """Return what turns a grid: a slider, or a list of a few choices.

    A list is for words, and for numbers too few to slide through, unless
    they are the moments of a film.
    """
    values, start = grid["values"], grid["start"]
    slides = is_quantity(values) and (played or len(values) >= FEWEST_STOPS)
    options = "".join(
        f'<option value="{i}"{" selected" * (i == start)}>'
        f"{html.escape(value)}</option>"
        for i, value in enumerate(values)
    )
    return (SLIDER if slides else CHOICE).format(
        id=name,
        label=html.escape(grid["label"]),
        last=len(values) - 1,
        start=start,
        shown=html.escape(values[start]),
        options=options,
    )


def as_page(stored, number):
    """Return an explorer as HTML that works without any widget."""
    sliders = [
        control(grid, f"explorer-{number}-{i}", grid["name"] == stored["play"])
        for i, grid in enumerate(stored["grids"])
    ]
    played = [
        PLAY.format(label=html.escape(grid["label"]))
        for grid in stored["grids"]
        if grid["name"] == stored["play"]
    ]
    note, picture, source = first(stored)
    head, *rows = table(stored)
    return EXPLORER.format(
        number=number,
        play="".join(played),
        sliders="\n".join(sliders),
        frame=FRAME.format(
            note=html.escape(note),
            width=picture.width,
            height=picture.height,
            shown=stored["width"],
            source=source,
        ),
        stored=as_json(stored),
        count=len(rows),
        head=as_row(head, "th", ' scope="col"'),
        rows="\n".join(as_row(row, "td") for row in rows),
    )


def show(page):
    """Put its explorers into a page."""
    if not is_stored_in(Path(page.app.env.doc2path(page.name))):
        return
    scripts = [one for one in page.find("script") if one.get("type") == KIND]
    expect(scripts, "explorers.py, explorers", page.name)
    for number, one in enumerate(scripts, 1):
        shown = fragment(as_page(json.loads(one.string), number))
        one.replace_with(*list(shown.contents))
