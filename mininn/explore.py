"""Explorers: pictures that answer to sliders, with or without a kernel.

Every frame is drawn when the explorer is shown. The sliders only choose which
frame shows, and the browser does that alone. So one object works in
JupyterLab, in Binder, in the built pages without a network, and as text.
"""

import base64
import html
import io
import itertools
import math
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, features

KIND = "application/vnd.mininn.explorer+json"
MOST_FRAMES = 64
# Grids that are time, as long as they have three moments or more.
TIME = ("epochs", "epoch", "updates", "steps", "step")
# Frames are shown at 96 dots an inch. With 192, for the densest screens, they
# would take four tenths more to store and to fetch.
DPI = 144
# A minus before a number, not a hyphen: neither in 2-3-1 nor in 1e-05.
MINUS = re.compile(r"(?<![\w.)\]-])-(?=\.?\d|inf\b)")


class Frame(NamedTuple):
    """One picture: its note, its address as ``data:``, its width in CSS px."""

    note: str
    source: str
    width: int

    def html(self) -> str:
        """Return it as a ``<figure>`` with its caption."""
        note = html.escape(self.note)
        return (
            f'<figure class="explorer-frame"><img alt="{note}" '
            f'style="width:{self.width}px;max-width:100%;height:auto" '
            f'src="{self.source}"><figcaption>{note}</figcaption></figure>'
        )


class Explorer:
    """What ``explore`` returns: shown as a widget, printed as a table.

    The frames of the grids are drawn when they are first asked for.
    ``frame`` draws any other values too.

    Attributes
    ----------
    draw : callable
        What draws a frame.
    grids, labels, start : dict
        By name of a grid: its values, what its slider is called, and the
        value it stands at first.
    play : str
        The grid that is played like a film, or ``""``.
    """

    def __init__(
        self,
        draw: Callable[..., tuple[Figure, str]],
        grids: dict[str, list[Any]],
        labels: dict[str, str],
        start: dict[str, Any],
        play: str = "",
    ):
        self.draw, self.grids = draw, grids
        self.labels, self.start, self.play = labels, start, play
        # A drawing that gives no picture is found here, not when it is shown.
        self._first = _frame(draw, start)

    def frame(self, **values: Any) -> tuple[str, str]:
        """Draw one picture, of values in the grids or between them.

        Returns
        -------
        note : str
            The line of text that holds the numbers of the picture.
        frame : str
            The picture as HTML, a ``<figure>`` with its caption.

        Raises
        ------
        TypeError
            When a grid has no value, a value has no grid, or ``draw`` gives
            something else than a figure and a note.
        """
        if set(values) != set(self.grids):
            raise TypeError(
                f"frame: give one value for each of {', '.join(self.grids)}, "
                f"got {', '.join(values) or 'none'}."
            )
        frame = _frame(self.draw, values)
        return frame.note, frame.html()

    @cached_property
    def frames(self) -> list[Frame]:
        """Every frame of the grids; the last grid runs fastest."""
        names = list(self.grids)
        return [
            self._first
            if list(self.start.values()) == list(point)
            else _frame(self.draw, dict(zip(names, point, strict=True)))
            for point in self._points()
        ]

    def _points(self):
        return itertools.product(*self.grids.values())

    def stored(self) -> dict[str, Any]:
        """Return all that a page needs to show it, as a notebook stores it.

        Returns
        -------
        dict
            ``grids``: of each its name, its label, its values as text and
            the place of its start. ``play``: the name of a grid, or "".
            ``notes``, ``frames``: of each picture, the last grid fastest.
            ``width``: of a picture, in CSS pixels.
        """
        return {
            "grids": [
                {
                    "name": name,
                    "label": self.labels[name],
                    "values": [_text(value) for value in grid],
                    "start": grid.index(self.start[name]),
                }
                for name, grid in self.grids.items()
            ],
            "play": self.play,
            "notes": [frame.note for frame in self.frames],
            "frames": [frame.source for frame in self.frames],
            "width": self._first.width,
        }

    @cached_property
    def widget(self) -> Any:
        """Sliders over the frames, for JupyterLab."""
        return _linked(self, [frame.html() for frame in self.frames])

    def __repr__(self) -> str:
        lines = []
        for point, frame in zip(self._points(), self.frames, strict=True):
            pairs = zip(self.grids, map(_text, point), strict=True)
            told = ", ".join(f"{k}={v}" for k, v in pairs)
            lines.append(f"{told}: {frame.note}")
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the widget, and beside it what a notebook stores."""
        view = self.widget._repr_mimebundle_()
        return {**view, "text/plain": repr(self), KIND: self.stored()}


def explore(
    draw: Callable[..., tuple[Figure, str]],
    *,
    labels: dict[str, str] | None = None,
    start: dict[str, Any] | None = None,
    play: str | None = None,
    **grids: Iterable[Any],
) -> Explorer:
    """Draw a picture for every combination of values; sliders choose one.

    Parameters
    ----------
    draw : callable
        Called as ``draw(name=value, ...)`` with one value of every grid.
        Returns a matplotlib figure and a note: a line of text that holds the
        numbers of this picture. The note is its caption and its alt text; a
        minus before a number becomes one as in print.
    labels : dict, optional
        What a slider is called on the page, by name of its grid.
    start : dict, optional
        The value a slider stands at first; else the first of its grid.
    play : str, optional
        The grid that the built pages play like a film, value after value;
        else a grid of three values or more called ``epochs``, ``updates`` or
        ``step``. ``play=""`` is none.
    **grids : lists
        The values of each slider. At most 64 combinations in all: few, and
        each chosen because it teaches something.

    Returns
    -------
    Explorer
        Printed as one line a picture, so that a changed number is noticed.

    Raises
    ------
    ValueError, TypeError
        When there is no grid, a grid is empty, repeats a value or is no
        list, there are too many frames, a start is not in its grid, ``play``
        names no grid, or ``draw`` returns something else.
    """
    if not callable(draw):
        raise TypeError(
            f"explore: draw must be a function of the grids, got {draw!r}."
        )
    if not grids:
        raise ValueError(
            "explore: give at least one grid of values, such as lr=[0.1, 1.0]."
        )
    values = {name: _values(name, grid) for name, grid in grids.items()}
    frames = math.prod(map(len, values.values()))
    if frames > MOST_FRAMES:
        raise ValueError(
            f"explore: {frames} frames are too many, at most "
            f"{MOST_FRAMES}. Take fewer values, and choose ones "
            f"that teach something."
        )
    if play is None:
        films = (name for name in TIME if len(values.get(name, ())) > 2)
        play = next(films, "")
    named = {
        "start": start or {},
        "labels": labels or {},
        "play": [play] if play else [],
    }
    for option, given in named.items():
        for name in given:
            if name not in values:
                raise ValueError(
                    f"explore: {option} names {name!r}, but the grids are "
                    f"{', '.join(values)}."
                )
    first = {name: grid[0] for name, grid in values.items()} | (start or {})
    for name, grid in values.items():
        if first[name] not in grid:
            raise ValueError(
                f"explore: start must name a value of {name}, one of {grid}, "
                f"got {first[name]!r}."
            )
    words = {name: (labels or {}).get(name, name) for name in values}
    return Explorer(draw, values, words, first, play)


def _linked(explorer, pictures):
    """Return sliders over a tree of stacks: one level of it for each slider.

    Each slider turns every stack of its level, in the browser alone.
    """
    # Where frames are drawn one by one there need not be any widgets.
    import ipywidgets as widgets
    from ipywidgets.widgets.widget_string import HTMLStyle

    sliders = [
        widgets.SelectionSlider(
            options=[(_text(value), value) for value in grid],
            index=grid.index(explorer.start[name]),  # None is a value too
            description=explorer.labels[name],
            style={"description_width": "9rem"},
            layout=widgets.Layout(width="100%", max_width="30rem"),
        )
        for name, grid in explorer.grids.items()
    ]
    layout = widgets.Layout(width="100%", margin="0")
    style = HTMLStyle()
    level: list[Any] = [
        widgets.HTML(picture, layout=layout, style=style)
        for picture in pictures
    ]
    for slider in reversed(sliders):
        k = len(slider.options)
        level = [
            widgets.Stack(
                level[i : i + k], selected_index=slider.index, layout=layout
            )
            for i in range(0, len(level), k)
        ]
        for stack in level:
            widgets.jslink((slider, "index"), (stack, "selected_index"))
    box = widgets.VBox([*sliders, *level], layout=layout)
    box.add_class("explorer")
    return box


def _text(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


def _values(name, grid):
    unordered = isinstance(grid, str | bytes | dict | set | frozenset)
    if (
        unordered
        or not isinstance(grid, Iterable)
        or getattr(grid, "ndim", 1) != 1
    ):
        raise TypeError(
            f"explore: {name} must be a list of values, got {grid!r}."
        )
    values = list(grid)
    if not values:
        raise ValueError(
            f"explore: {name} must hold at least one value, got an empty list."
        )
    if len({_text(v) for v in values}) < len(values):
        raise ValueError(
            f"explore: the values of {name} must differ, got {values}."
        )
    return values


def few_colours(picture: Image.Image, most: int = 32) -> Image.Image:
    """Return a picture in at most so many colours: it takes less to store.

    They are chosen one by one, always the colour that is missed the most: by
    the squared distance to the nearest one chosen, times its points. So a
    few vermilion crosses stay vermilion, and a plain area keeps its colour.

    Parameters
    ----------
    picture : Image
    most : int
        From 1 to 256.

    Returns
    -------
    Image
        With a palette (mode "P"), and as large.
    """
    points = np.asarray(picture.convert("RGBA")).view("<u4")[:, :, 0]
    points = points & 0xFFFFFF  # red, green, blue: a byte each
    found, counts = np.unique(points, return_counts=True)
    colours = found[:, None] >> np.array([0, 8, 16]) & 0xFF
    missed = np.full(len(found), 1e6)
    nearest = np.zeros(len(found), np.uint8)
    chosen: list[int] = []
    while missed.any() and len(chosen) < most:
        best = int((counts * missed).argmax())
        distance = ((colours - colours[best]) ** 2).sum(axis=1)
        nearest[distance < missed] = len(chosen)
        missed = np.minimum(missed, distance)
        chosen.append(best)
    place = np.empty(1 << 24, np.uint8)
    place[found] = nearest
    small = Image.fromarray(place[points])
    small.putpalette(colours[chosen].astype(np.uint8).tobytes())
    return small


def _frame(draw, point):
    """Draw one picture."""
    made = draw(**point)
    if not (
        isinstance(made, tuple)
        and len(made) == 2
        and isinstance(made[0], Figure)
        and isinstance(made[1], str)
        and made[1].strip()
    ):
        raise TypeError(
            f"explore: draw must return a figure and a note, "
            f"(Figure, str), got {made!r} for {point}."
        )
    fig, note = made
    raw, small = io.BytesIO(), io.BytesIO()
    # Read again at once, so hardly packed: that takes the most time.
    fig.savefig(raw, format="png", dpi=DPI, pil_kwargs={"compress_level": 1})
    plt.close(fig)
    picture = few_colours(Image.open(raw))
    if features.check("webp"):  # a quarter smaller than png
        kind = "webp"
        picture.convert("RGB").save(small, "webp", lossless=True, quality=50)
    else:
        kind = "png"
        picture.save(small, "png", optimize=True)
    data = base64.b64encode(small.getvalue()).decode()
    width = round(fig.get_figwidth() * 96)
    note = MINUS.sub("\N{MINUS SIGN}", note)
    return Frame(note, f"data:image/{kind};base64,{data}", width)
