"""Explorers in the built pages: the browser's own sliders over the frames.

A notebook stores an explorer as a tree of widgets, which JupyterLab shows. A
page needs none of them: here the tree becomes one picture, one ``<input>``
for each slider, and a list of the frames. ``explorers.js`` turns them.
"""

import base64
import html
import io
import json
from pathlib import Path

from PIL import Image
from sphinx.errors import ExtensionError

from .page import fragment
from .rules import expect

STATE = "application/vnd.jupyter.widget-state+json"
SHOWN = '"application/vnd.jupyter.widget-view+json":'  # in a notebook
VIEW = "application/vnd.jupyter.widget-view+json"
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
            f"The explorer {name} has no stored frame: run tools/refresh.py"
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
    """Return which slider is played, by the table of an explorer."""
    heads = [head.get_text() for head in table.find_all("th", scope="col")]
    return heads.index(table["data-play"]) if table.get("data-play") else None


def sources(frames):
    """Return the data of the picture in each frame."""
    pictures = fragment("".join(frames)).find_all("img")
    return [picture["src"] for picture in pictures]


def with_size(frame):
    """Write its size into a frame, so that its room is kept free."""
    tree = fragment(frame)
    picture = tree.img
    data = base64.b64decode(picture["src"].partition(",")[2])
    picture["width"], picture["height"] = Image.open(io.BytesIO(data)).size
    return str(tree)


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
        frames=json.dumps(sources(frames)),
    )


def show(page):
    """Put its explorers into a page."""
    source = Path(page.app.env.doc2path(page.name))
    if source.suffix != ".ipynb" or SHOWN not in source.read_text("utf-8"):
        return
    models = stored_widgets(source)
    views = [view for view in page.find("script") if view.get("type") == VIEW]
    expect(views, "explorers.py, explorers", page.name)
    for number, view in enumerate(views, 1):
        name = json.loads(view.string)["model_id"]
        film = film_of(view.find_next("details", class_="explorer-table"))
        shown = fragment(as_page(models, name, number, film))
        view.replace_with(*list(shown.contents))


def without_manager(app, doctree):
    """Leave out the stored widgets, and the program that would show them."""
    page = app.env.docname
    data = app.env.nb_metadata.get(page, {})
    scripts = [n for n in data.get("js_files", {}) if "ipywidgets" in n]
    for name in scripts:
        del data["js_files"][name]
    source = Path(app.env.doc2path(page))
    if source.suffix == ".ipynb" and stored_widgets(source):
        expect(scripts, "explorers.py, scripts of widgets", page)
