"""Runs the cells of a page, and tells the page what Python shows.

It is a module inside the browser: ``run-worker.js`` calls ``run`` and
``frame``, and matplotlib takes it for its backend. ``tell(kind, text)`` gives
the page one piece of output.
"""

import ast
import base64
import gc
import io
import itertools
import json
import linecache
import sys
import time
import traceback
from math import isfinite
from numbers import Integral, Real

import __main__

MOST = 100_000  # characters a cell: a loop that prints must not fill the page
PAUSE = 0.05  # seconds between two pieces of a stream
explorers = {}
numbers = itertools.count()


class Stream(io.TextIOBase):
    """A stream of a cell, told to the page in pieces."""

    def __init__(self, kind, tell):
        self.kind, self.tell = kind, tell
        self.held, self.room, self.last = [], MOST, 0.0

    def write(self, text):
        for other in (sys.stdout, sys.stderr):
            if other is not self:
                other.flush()
        if self.room > 0:
            self.held.append(text[: self.room])
            self.room -= len(text)
            if self.room <= 0:
                self.held.append(f"\n… the rest, after {MOST:,} characters")
        if time.monotonic() - self.last > PAUSE:
            self.flush()
        return len(text)

    def flush(self):
        self.last = time.monotonic()
        if self.held:
            self.tell(self.kind, "".join(self.held))
            self.held.clear()


class Streams:
    """What is printed goes to the page, until the cell ends."""

    def __init__(self, tell):
        self.ours = Stream("stdout", tell), Stream("stderr", tell)

    def __enter__(self):
        self.before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self.ours

    def __exit__(self, *_):
        for stream in self.ours:
            stream.flush()
        sys.stdout, sys.stderr = self.before


def run(code, place, tell):
    """Run a cell as a notebook does; return whether it ended well."""
    global telling
    telling = tell
    name = f"<cell {place}>"
    linecache.cache[name] = len(code), None, code.splitlines(True), name
    with Streams(tell):
        try:
            value = execute(code, name)
            if value is not None and not code.rstrip().endswith(";"):
                __main__._ = value
                show_value(value)
            show()
        except BaseException as error:
            sys.stdout.flush()
            tell("error", trouble(error))
            return False
    return True


def execute(code, name):
    """Run all of a cell; return the value of its last line."""
    tree = ast.parse(code, name)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    names = vars(__main__)
    exec(compile(tree, name, "exec", dont_inherit=True), names)
    if isinstance(last, ast.Expr):
        line = ast.Expression(last.value)
        return eval(compile(line, name, "eval", dont_inherit=True), names)
    return None


def trouble(error):
    """Return the traceback as Python shows it, without the frames of ours."""
    where = error.__traceback__
    while where and where.tb_frame.f_code.co_filename == __file__:
        where = where.tb_next
    return "".join(traceback.format_exception(type(error), error, where))


def is_a(value, module, name):
    """Tell whether a value is of a class, without loading its module."""
    found = sys.modules.get(module)
    return found is not None and isinstance(value, getattr(found, name))


def show_value(value):
    """Tell the page the richest form of a value, as Jupyter does."""
    sys.stdout.flush()
    if is_a(value, "mininn.explore", "Explorer"):
        number = next(numbers)
        explorers[number] = value
        telling("explorer", json.dumps([number, sliders(value)]))
    elif is_a(value, "matplotlib.figure", "Figure"):
        picture(value)
        sys.modules["matplotlib.pyplot"].close(value)
    else:
        html = html_of(value)
        telling(*(("text", repr(value)) if html is None else ("html", html)))


def html_of(value):
    """Return a value as HTML, if it can be: a table, a glass box."""
    forms = getattr(type(value), "_repr_mimebundle_", None)
    if forms:
        data = forms(value)
        data = data[0] if isinstance(data, tuple) else data
        return (data or {}).get("text/html")
    return getattr(type(value), "_repr_html_", lambda _: None)(value)


# What matplotlib asks a backend for: a canvas, and how a figure is shown.


def __getattr__(name):
    if name != "FigureCanvas":
        raise AttributeError(name)
    global FigureCanvas
    from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

    return FigureCanvas


def show(*_, **__):
    """Show every open figure, and close it."""
    plt = sys.modules.get("matplotlib.pyplot")
    for number in plt.get_fignums() if plt else ():
        picture(plt.figure(number))
    if plt:
        plt.close("all")


def picture(fig):
    """Draw a figure as it is stored: cut to what is drawn, two dots a pixel."""
    sys.stdout.flush()
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=2 * fig.dpi, bbox_inches="tight")
    telling("image", base64.b64encode(png.getvalue()).decode())


def sliders(explorer):
    """Describe what each grid becomes when any value may be chosen."""
    return [
        {
            "name": name,
            "label": explorer.labels[name],
            "start": grid.index(explorer.start[name]),
            "kind": kind(grid),
            "log": kind(grid) != "choice" and is_geometric(grid),
            "values": [float(v) for v in grid]
            if kind(grid) != "choice"
            else [str(v) for v in grid],
        }
        for name, grid in explorer.grids.items()
    ]


def kind(grid):
    """Say what lies between the values of a grid: a choice has nothing."""
    if len(grid) < 2 or any(isinstance(v, bool) for v in grid):
        return "choice"
    for name, of in (("integer", Integral), ("number", Real)):
        if all(isinstance(v, of) and isfinite(v) for v in grid):
            return name
    return "choice"


def is_geometric(grid):
    """Tell whether the values grow more by factors than by differences."""
    values = sorted(map(float, grid))
    if values[0] <= 0:
        return False
    pairs = list(itertools.pairwise(values))
    if len(pairs) == 1:
        return values[1] / values[0] >= 10
    factors, steps = [b / a for a, b in pairs], [b - a for a, b in pairs]
    return max(factors) / min(factors) < max(steps) / min(steps)


def frame(number, chosen, density):
    """Draw an explorer at any values; return it, or the error, as JSON.

    A screen of ordinary density gets a quarter of the dots, in less time.
    """
    sys.modules["mininn.explore"].DPI = 96 * min(density, 2)
    explorer = explorers[number]
    kinds = {"integer": int, "number": float}
    values = {
        name: kinds[kind(grid)](x) if kind(grid) in kinds else grid[x]
        for (name, grid), x in zip(
            explorer.grids.items(), json.loads(chosen), strict=True
        )
    }
    gc.disable()  # a tenth of the time of a picture
    with Streams(lambda *_: None):
        try:
            note, html = explorer.frame(**values)
        except Exception as error:
            return json.dumps({"error": f"{type(error).__name__}: {error}"})
        finally:
            gc.enable()
    return json.dumps({"note": note, "html": html})
