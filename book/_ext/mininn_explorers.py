"""Explorers in the built pages: the browser's own sliders over the frames.

A notebook stores an explorer as a tree of widgets, which JupyterLab shows. A
page needs none of them: here the tree becomes one picture, one ``<input>``
for each slider, and a list of the frames. ``explorers.js`` turns them.
"""

import base64
import html
import io
import json
import re
from pathlib import Path

from mininn_rules import expect, rewrite
from PIL import Image
from sphinx.errors import ExtensionError

STATE = "application/vnd.jupyter.widget-state+json"
SHOWN = '"application/vnd.jupyter.widget-view+json":'  # in a notebook
VIEW = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-view\+json">'
    r"(.*?)</script>",
    re.DOTALL,
)
# The table that follows an explorer tells its slider that is a film.
TABLE = re.compile(r'<details class="explorer-table"(?: data-play="(.*?)")?>')
HEAD = re.compile(r'<th scope="col">(.*?)</th>')
SOURCE = re.compile(r'src="(data:image/[^"]+)"')
SLIDER = """<div class="explorer-slider">
<label for="{id}">{label}</label>
<input id="{id}" type="range" min="0" max="{last}" value="{index}" \
aria-valuetext="{label} {shown}" autocomplete="off">
<output for="{id}">{shown}</output>
</div>"""
PLAY = """<button type="button" class="explorer-play">\
<span aria-hidden="true">▶</span> <span>Play {label}</span></button>
"""
EXPLORER = """<div class="explorer" data-explorer="{number}">
{play}<div class="explorer-sliders">
{sliders}
</div>
{frame}
<script type="application/json">{frames}</script>
</div>"""


def stored_widgets(source):
    """Return the widgets of a notebook, by name."""
    book = json.loads(Path(source).read_text(encoding="utf-8"))
    return book["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})


def children(models, name):
    if name not in models:
        raise ExtensionError(
            f"The explorer {name} has no stored frame: run book/refresh.py"
        )
    found = models[name]["state"].get("children") or []
    return [child.removeprefix("IPY_MODEL_") for child in found]


def sliders_of(models, name):
    """Return what each slider of an explorer is, the outer one first."""
    states = [models[child]["state"] for child in children(models, name)]
    return [state for state in states if "_options_labels" in state]


def frames_of(models, name):
    """Return the HTML of every frame of an explorer; the last slider runs."""
    state = models[name]["state"]
    if "value" in state and "children" not in state:
        return [state["value"]]
    return [
        frame
        for child in children(models, name)
        if "_options_labels" not in models[child]["state"]
        for frame in frames_of(models, child)
    ]


def shown_first(models, name):
    """Return the HTML of the frame that the sliders stand at."""
    place = 0
    for slider in sliders_of(models, name):
        place = place * len(slider["_options_labels"]) + slider["index"]
    return frames_of(models, name)[place]


def film_of(table):
    """Return which slider is played, by the table that begins here."""
    play = TABLE.search(table)[1]
    names = HEAD.findall(table[: table.index("</thead>")])
    return names.index(play) if play else None


def with_size(frame):
    """Write its size into a frame, so that its room is kept free."""
    data = base64.b64decode(SOURCE.search(frame)[1].partition(",")[2])
    width, height = Image.open(io.BytesIO(data)).size
    return frame.replace("<img ", f'<img width="{width}" height="{height}" ')


def as_page(models, name, number, film):
    """Return an explorer as HTML that works without any widget."""
    frames = frames_of(models, name)
    states = sliders_of(models, name)
    sliders = [
        SLIDER.format(
            id=f"explorer-{number}-{i}",
            label=html.escape(slider["description"]),
            last=len(slider["_options_labels"]) - 1,
            index=slider["index"],
            shown=html.escape(slider["_options_labels"][slider["index"]]),
        )
        for i, slider in enumerate(states)
    ]
    return EXPLORER.format(
        number=number,
        play=""
        if film is None
        else PLAY.format(label=html.escape(states[film]["description"])),
        sliders="\n".join(sliders),
        frame=with_size(shown_first(models, name)),
        frames=json.dumps([SOURCE.search(frame)[1] for frame in frames]),
    )


def show(app, pagename, templatename, context, doctree):
    """Put its explorers into a page."""
    source = Path(app.env.doc2path(pagename)) if doctree else Path()
    body = context.get("body", "")
    if source.suffix != ".ipynb":
        return
    there = SHOWN in source.read_text(encoding="utf-8")
    models = stored_widgets(source) if there else {}
    numbers = iter(range(1, len(models)))

    def explorer(found):
        name = json.loads(found[1])["model_id"]
        film = film_of(body[found.end() :])
        return as_page(models, name, next(numbers), film)

    context["body"] = rewrite(
        VIEW,
        explorer,
        body,
        there=there,
        rule="mininn_explorers, explorers",
        where=pagename,
    )


def without_manager(app, doctree):
    """Leave out the stored widgets, and the program that would show them."""
    page = app.env.docname
    data = app.env.nb_metadata.get(page, {})
    scripts = [n for n in data.get("js_files", {}) if "ipywidgets" in n]
    for name in scripts:
        del data["js_files"][name]
    source = Path(app.env.doc2path(page))
    if source.suffix == ".ipynb" and stored_widgets(source):
        expect(scripts, "mininn_explorers, scripts of widgets", page)


def setup(app):
    app.connect("doctree-read", without_manager)
    # After what makes pictures lazy: a frame is here, and shows at once.
    app.connect("html-page-context", show, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
