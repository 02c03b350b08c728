"""Explorers: pictures that answer to sliders, with or without a kernel.

Every frame is drawn when the cell runs. The sliders only choose which frame
shows, and the browser does that alone. So one object works in JupyterLab, in
Binder, in the built pages without a network, and as text.
"""

import base64
import html
import io
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
from ipywidgets.widgets.widget_string import HTMLStyle
from matplotlib.figure import Figure
from PIL import Image

MOST_FRAMES = 64
DPI = 144  # frames are shown at 96 dots an inch: crisp on dense screens


class Explorer:
    """What ``explore`` returns: shown as a widget, printed as a table."""

    def __init__(
        self, widget: widgets.VBox, head: list[str], rows: list[list[str]]
    ):
        self.widget, self.head, self.rows = widget, head, rows

    def __repr__(self) -> str:
        *names, _ = self.head
        lines = []
        for *values, note in self.rows:
            pairs = zip(names, values, strict=True)
            lines.append(", ".join(f"{k}={v}" for k, v in pairs) + ": " + note)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return every note in a folded table, for who sees no widget."""

        def row(tag, cells):
            return (
                "<tr>"
                + "".join(
                    f"<{tag}>{html.escape(c)}</{tag.split()[0]}>"
                    for c in cells
                )
                + "</tr>"
            )

        return (
            '<details class="explorer-table"><summary>All '
            f"{len(self.rows)} pictures as numbers</summary>\n<table>\n<thead>"
            + row('th scope="col"', self.head)
            + "</thead>\n<tbody>\n"
            + "\n".join(row("td", r) for r in self.rows)
            + "\n</tbody></table></details>"
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display

        view = self.widget._repr_mimebundle_()
        assert isinstance(view, dict)
        display({**view, "text/plain": repr(self)}, raw=True)
        display(
            {
                "text/html": self._repr_html_(),
                "text/plain": f"{len(self.rows)} pictures",
            },
            raw=True,
        )


def explore(
    draw: Callable[..., tuple[Figure, str]],
    *,
    labels: dict[str, str] | None = None,
    **grids: Iterable[Any],
) -> Explorer:
    """Draw a picture for every combination of values; sliders choose one.

    Parameters
    ----------
    draw : callable
        Called as ``draw(name=value, ...)`` with one value of every grid.
        Returns a matplotlib figure and a note: a line of text that holds the
        numbers of this picture. The note is its caption and its alt text.
    labels : dict, optional
        What a slider is called on the page, by name of its grid.
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
        list, there are too many frames, or ``draw`` returns something else.
    """
    names, values = list(grids), [_grid(k, g) for k, g in grids.items()]
    if not names:
        raise ValueError(
            "explore: give at least one grid of values, such as lr=[0.1, 1.0]."
        )
    frames = 1
    for grid in values:
        frames *= len(grid)
    if frames > MOST_FRAMES:
        raise ValueError(
            f"explore: {frames} frames are too many, at most "
            f"{MOST_FRAMES}. Take fewer values, and choose ones "
            f"that teach something."
        )
    leaves, rows = [], []
    common = {"layout": widgets.Layout(margin="0"), "style": HTMLStyle()}
    for point in itertools.product(*values):
        note, frame = _frame(draw, dict(zip(names, point, strict=True)))
        leaves.append(widgets.HTML(frame, **common))
        rows.append([*map(_text, point), note])
    sliders = [
        _slider((labels or {}).get(k, k), grid)
        for k, grid in zip(names, values, strict=True)
    ]
    level: list[Any] = leaves
    layout = widgets.Layout(width="100%", margin="0")
    for slider, grid in reversed(list(zip(sliders, values, strict=True))):
        k = len(grid)
        level = [
            widgets.Stack(level[i : i + k], selected_index=0, layout=layout)
            for i in range(0, len(level), k)
        ]
        for stack in level:
            widgets.jslink((slider, "index"), (stack, "selected_index"))
    box = widgets.VBox([*sliders, *level], layout=layout)
    box.add_class("explorer")
    return Explorer(box, [*names, "what it shows"], rows)


def _text(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


def _grid(name, grid):
    if isinstance(grid, str | bytes) or not isinstance(grid, Iterable):
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


def _slider(label, values):
    return widgets.SelectionSlider(
        options=[(_text(v), v) for v in values],
        description=label,
        continuous_update=True,
        style={"description_width": "8.5rem"},
        layout=widgets.Layout(width="100%", max_width="28rem"),
    )


def _frame(draw, point):
    """Return the note and the HTML of one picture."""
    made = draw(**point)
    if not (
        isinstance(made, tuple)
        and len(made) == 2
        and isinstance(made[0], Figure)
        and isinstance(made[1], str)
    ):
        raise TypeError(
            f"explore: draw must return a figure and a note, "
            f"(Figure, str), got {made!r} for {point}."
        )
    fig, note = made
    raw, png = io.BytesIO(), io.BytesIO()
    fig.savefig(raw, format="png", dpi=DPI)
    plt.close(fig)
    picture = Image.open(raw).convert("RGB").quantize(128)
    picture.save(png, format="PNG", optimize=True)
    width = round(fig.get_figwidth() * 96)
    return note, (
        f'<figure class="explorer-frame"><img alt="{html.escape(note)}" '
        f'style="width:{width}px;max-width:100%;height:auto" '
        f'src="data:image/png;base64,'
        f'{base64.b64encode(png.getvalue()).decode()}">'
        f"<figcaption>{html.escape(note)}</figcaption></figure>"
    )
