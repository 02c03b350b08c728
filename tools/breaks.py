"""Break every function that a chapter uses, and see that it turns red.

    python tools/breaks.py                      every chapter (minutes)
    python tools/breaks.py softmax forward      these
    python tools/breaks.py backprop --only backward --jobs 1

A program, not a test. For each chapter it finds the names of ``mininn`` in its
cells, breaks one of them in the whole library, as a mistake in its source
would, and runs the cells in a process of its own. A cell that raises, or
gives another text than the one stored, makes the run red, as nbval would.
Each name is broken in two ways or more (``BREAKS``): by 1 %, and grossly.

It prints a table of function by chapter, in Markdown. ``red``: every break
was noticed. ``red 1/2``: one of two was. ``STILL GREEN``: none was. The
breaks that went unnoticed are listed below it. The exit status is 1 when
something is STILL GREEN, or a chapter is not green without any break.

Left out: ``mn.plot``, for no run compares pictures (``test_plot.py`` looks at
what they draw), exceptions, and constants.
"""

import argparse
import ast
import builtins
import contextlib
import dataclasses
import inspect
import io
import multiprocessing
import os
import re
import signal
import sys
import time
import types
from collections.abc import Callable

from chapters import notebooks, read
from places import BOOK, ROOT

# --- what a chapter uses, and what it should print ------------------------


def code_cells(chapter):
    """Yield (source, what it stored) of each code cell."""
    for cell in read(chapter)["cells"]:
        if cell["cell_type"] == "code":
            yield "".join(cell["source"]), stored(cell["outputs"])


def stored(outputs):
    """Return what was printed, what was shown, and the error, as text."""
    printed, shown, error = "", [], None
    for output in outputs:
        if output["output_type"] == "error":
            error = f"{output['ename']}: {output['evalue']}"
        elif output["output_type"] == "stream":
            printed += "".join(output["text"])
        elif "image/png" not in output["data"]:
            shown.append("".join(output["data"].get("text/plain", "")))
    return printed, shown, error


def names_used(chapter):
    """Return the public names of mininn in a chapter's code, sorted."""
    found = set()
    for source, _ in code_cells(chapter):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute):
                chain = re.fullmatch(
                    r"mn\.((?:explore\.)?\w+(?:\.(?:prime|dZ|per_sample))?)",
                    ast.unparse(node),
                )
                if chain:
                    found.add(chain[1])
    return sorted(n for n in found if breaks_of(n))


# --- the breaks -----------------------------------------------------------


def bent(x, by=1.01):
    """Return x with every float in it, at any depth, multiplied."""
    import numpy as np

    if isinstance(x, np.ndarray):
        return x * x.dtype.type(by) if x.dtype.kind == "f" else x
    if isinstance(x, float | np.floating):
        return x * type(x)(by)
    if isinstance(x, dict):
        return {k: bent(v, by) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return type(x)(bent(v, by) for v in x)
    if inspect.isgenerator(x):
        return (bent(v, by) for v in x)
    if hasattr(x, "moved"):  # a network: nothing is checked again
        return x.moved(bent(x.W, by), bent(x.b, by))
    if dataclasses.is_dataclass(x):
        fields = {f.name: getattr(x, f.name) for f in dataclasses.fields(x)}
        net = fields.pop("net", None)
        fields = bent(fields, by)
        return type(x)(**fields, **({"net": net} if net else {}))
    return x


def result(change):
    """Make a break that changes what the function returns."""
    return lambda old: lambda *a, **k: change(old(*a, **k))


def instead(new):
    """Make a break that does something else with the arguments."""
    return lambda old: new


def turned(x):
    """Return x with every array in it transposed."""
    if isinstance(x, dict):
        return {k: turned(v) for k, v in x.items()}
    if dataclasses.is_dataclass(x):
        fields = {f.name: getattr(x, f.name) for f in dataclasses.fields(x)}
        return type(x)(
            **{k: v if k == "net" else turned(v) for k, v in fields.items()}
        )
    return x.T if hasattr(x, "T") else x


def wider(old):
    """Draw a network with one unit too many in its first layer."""

    def broken(n, **k):
        return old([n[0], n[1] + 1, *n[2:]], **k)

    return broken


def stuck(old):
    """Descend without going anywhere."""

    def broken(*a, **k):
        first = None
        for s in old(*a, **k):
            first = first or s
            yield type(s)(s.epoch, first.J, first.net)

    return broken


def untrained(old):
    def broken(net, *a, **k):
        _, history = old(net, *a, **k)
        return net, [history[0]] * len(history)

    return broken


def frozen(old):
    """Explore the first value of each grid, whatever the sliders say."""

    def broken(draw, *, labels=None, start=None, **grids):
        grids = {name: list(grid) for name, grid in grids.items()}
        first = {name: grid[0] for name, grid in grids.items()}
        return old(
            lambda **point: draw(**first), labels=labels, start=start, **grids
        )

    return broken


def transposed(table):
    """Turn round every shape of a shape table."""
    parts = {
        name: [
            dataclasses.replace(row, numbers=row.numbers[::-1]) for row in rows
        ]
        for name, rows in table._parts.items()
    }
    return type(table)(**parts)


def report(**fields):
    """Make a break of check_gradients that says the same of every array."""
    return result(
        lambda r: type(r)(
            [dataclasses.replace(c, **fields) for c in r.checks], r.tol
        )
    )


def optimiser(**fields):
    return result(
        lambda o: dataclasses.replace(
            o, **{k: v * getattr(o, k) for k, v in fields.items()}
        )
    )


def zero_weights(net):
    return net.moved({l: 0 * net.W[l] for l in net.W}, net.b)


def flipped_labels(data):
    X, Y = data
    return X, Y[::-1] if len(Y) > 1 else 1 - Y


PERCENT = ("1 % off", result(bent))
SIGN = ("sign", result(lambda x: bent(x, -1.0)))
RATE = ("rate 10 % longer", optimiser(lr=1.1))
NUMBERS = [PERCENT, SIGN]
TURNED = ("transposed", result(turned))
UPHILL = ("uphill", optimiser(lr=-1.0))
BREAKS: dict[str, list[tuple[str, Callable]]] = {
    "LeakyReLU": [*NUMBERS, ("slope 0", result(lambda x: bent(x, 0.0)))],
    "accuracy": [
        ("0.1 too low", result(lambda r: r - 0.1)),
        ("counts the mistakes", result(lambda r: 1 - r)),
    ],
    "adam": [RATE, UPHILL, ("beta1 halved", optimiser(beta1=0.5))],
    "adamw": [RATE, ("no decay", optimiser(weight_decay=0))],
    "backward": [*NUMBERS, TURNED],
    "check_gradients": [
        ("sees nothing", report(error=0.0, likely="")),
        ("sees mistakes everywhere", report(error=1.0)),
    ],
    "cosine": [RATE, ("half as long", optimiser(steps=0.5))],
    "descend": [PERCENT, ("does not move", stuck)],
    "early_stopping": [("waits twice as long", optimiser(patience=2))],
    "explore.explore": [("shows one frame", frozen)],
    "forward": [*NUMBERS, TURNED],
    "gradient_descent": [RATE, UPHILL],
    "init": [
        PERCENT,
        ("zero weights", result(zero_weights)),
        ("a unit too many", wider),
        ("returns None", instead(lambda *a, **k: None)),
    ],
    "load": NUMBERS,
    "minibatches": [
        ("loses the last batch", result(lambda r: iter(list(r)[:-1]))),
    ],
    "momentum": [RATE, UPHILL, ("beta halved", optimiser(beta=0.5))],
    "numerical_gradient": NUMBERS,
    "one_hot": [
        ("class above", result(lambda Y: Y[::-1].copy())),
        ("1 % off", result(bent)),
    ],
    "predict": [
        ("the first answer for all", result(lambda A: 0 * A + A[:, :1])),
        ("one more", result(lambda A: A + 1)),
    ],
    "relative_error": [
        ("always 0", result(lambda r: 0.0)),
        ("always 1", result(lambda r: 1.0)),
    ],
    "rmsprop": [RATE, UPHILL, ("beta halved", optimiser(beta=0.5))],
    "save": [
        (
            "writes zero weights",
            lambda old: lambda net, path: old(zero_weights(net), path),
        ),
    ],
    "shape_table": [("shapes turned round", result(transposed))],
    "split": [("parts exchanged", result(lambda r: r[2:] + r[:2]))],
    "step": [
        PERCENT,
        ("stays", instead(lambda net, grads, lr: net)),
        (
            "uphill",
            lambda old: (
                lambda net, grads, lr: net.moved(
                    {l: net.W[l] + lr * grads.dW[l] for l in net.W},
                    {l: net.b[l] + lr * grads.db[l] for l in net.b},
                )
            ),
        ),
    ],
    "step_decay": [RATE, ("twice as long", optimiser(every=2))],
    "sweep": [
        ("in reverse", result(lambda r: r[::-1])),
        ("loses the last", result(lambda r: r[:-1])),
    ],
    "train": [PERCENT, ("does not learn", untrained)],
    "trouble": [
        ("sees nothing", result(lambda r: [])),
        ("sees too much", result(lambda r: [*r, "layer 1: broken."])),
    ],
}
DATA = [PERCENT, ("labels exchanged", result(flipped_labels))]
BREAKS |= dict.fromkeys(("circles", "digits", "moons", "spirals", "xor"), DATA)


def breaks_of(name):
    """Return [(label, break)] of a public name; none for what is left out."""
    thing = find(name)
    if name in BREAKS:
        return BREAKS[name]
    if isinstance(thing, type) and issubclass(thing, Exception):
        return []
    if hasattr(thing, "dZ") or name.endswith("dZ"):
        return [*NUMBERS, TURNED]
    return NUMBERS if callable(thing) else []


def find(name):
    import mininn
    import mininn.explore

    thing = mininn
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing


def apply(name, broken):
    """Break a name in every place of the library that uses it.

    A function keeps its identity, and only what it does is exchanged: so
    those who imported it by name, or have it as a default, get the broken
    one too. A method is exchanged in its class, a class when it is called.
    """
    owner, _, method = name.rpartition(".")
    thing = find(name)
    if inspect.isfunction(thing):
        return exchange(thing, broken)
    if isinstance(thing, type):
        old = thing.__init__

        change = broken(lambda x: x)

        def init(self, *a, **k):
            k = {name: change(value) for name, value in k.items()}
            old(self, *map(change, a), **k)

        thing.__init__ = init
        return None
    if method in ("prime", "dZ", "per_sample"):
        kind = type(find(owner))
        setattr(kind, method, broken_method(kind, method, broken))
        return None
    kind = type(thing)
    methods = ("per_sample", "dZ") if hasattr(kind, "dZ") else ("__call__",)
    for method in methods:
        setattr(kind, method, broken_method(kind, method, broken))
    return None


def broken_method(kind, method, broken):
    old = getattr(kind, method)
    return lambda self, *a, **k: broken(lambda *x, **y: old(self, *x, **y))(
        *a, **k
    )


def exchange(function, broken):
    raw = inspect.unwrap(function)
    old = types.FunctionType(
        raw.__code__, raw.__globals__, raw.__name__, raw.__defaults__
    )
    old.__kwdefaults__ = raw.__kwdefaults__
    hook = f"_broken_{raw.__name__}"
    raw.__globals__[hook] = broken(old)
    made: dict = {}
    exec(f"def f(*a, **k): return {hook}(*a, **k)", made)
    raw.__code__ = made["f"].__code__
    raw.__defaults__ = raw.__kwdefaults__ = None


# --- running a chapter ----------------------------------------------------


class OutOfTimeError(BaseException):
    """A broken function need not come to an end."""


def run(task):
    """Run a chapter with one name broken; return what turned it red."""
    chapter, name, label, limit = task
    began = time.monotonic()
    os.chdir(BOOK)
    sys.path.insert(0, str(ROOT))
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, out_of_time)
        signal.alarm(limit)
    try:
        without_pictures()
        if name:
            apply(name, dict(breaks_of(name))[label])
        verdict = first_difference(chapter)
    except OutOfTimeError:
        verdict = f"no end after {limit} s"
    return chapter, name, label, verdict, time.monotonic() - began


def out_of_time(*_):
    raise OutOfTimeError


def without_pictures():
    """Draw, but do not render: nothing looks at the pictures."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure
    from PIL import Image

    pixel = io.BytesIO()
    Image.new("RGB", (1, 1)).save(pixel, "png")
    Figure.savefig = lambda self, file, **_: file.write(pixel.getvalue())
    plt.show = lambda *_, **__: plt.close("all")


def first_difference(chapter):
    """Return where a run of the chapter first differs, or "" if nowhere."""
    import IPython.display
    from IPython.core.formatters import DisplayFormatter

    formatter = DisplayFormatter()
    shown: list[str] = []

    def display(*things, raw=False, **_):
        for thing in things:
            data = thing if raw else formatter.format(thing)[0]
            if "text/plain" in data and not hasattr(thing, "savefig"):
                shown.append(data["text/plain"])

    IPython.display.display = display
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    module.__dict__["display"] = display
    sys.modules["__main__"] = module
    for i, (source, (printed, wanted, error)) in enumerate(
        code_cells(chapter)
    ):
        shown.clear()
        out, err = io.StringIO(), io.StringIO()
        raised = None
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                execute(source, module.__dict__, display)
            except Exception as e:
                raised = f"{type(e).__name__}: {e}"
        if raised != error:
            what = (raised or "raises nothing").strip().splitlines()[0]
            return f"code cell {i + 1}: {what}"
        if clean(out.getvalue()) != clean(printed):
            return f"code cell {i + 1} prints something else"
        if list(map(clean, shown)) != list(map(clean, wanted)):
            return f"code cell {i + 1} shows something else"
        if err.getvalue():
            return f"code cell {i + 1} warns"
    return ""


def execute(source, names, display):
    """Run a cell as Jupyter does: its last expression is shown."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last:
        value = eval(
            compile(ast.Expression(last.value), "<cell>", "eval"), names
        )
        if value is not None:
            display(value)


def clean(text):
    text = re.sub(r"\b0x[0-9a-fA-F]{6,}\b", "ADDRESS", text)
    return text.strip()


# --- the matrix -----------------------------------------------------------


def cell(seen):
    """Say in a word how many of the breaks were noticed."""
    if not seen:
        return ""
    if not any(seen):
        return "STILL GREEN"
    return "red" if all(seen) else f"red {sum(map(bool, seen))}/{len(seen)}"


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("chapters", nargs="*", help="all, when none is named")
    parser.add_argument("--only", nargs="+", help="break these names alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=int, default=120, help="s for a run")
    args = parser.parse_args(argv)
    for name in ("OMP", "OPENBLAS", "MKL"):  # before NumPy is loaded
        os.environ.setdefault(f"{name}_NUM_THREADS", "1")
    sys.path.insert(0, str(ROOT))
    chapters = args.chapters or [
        name for name in notebooks() if "/" not in name
    ]
    tasks = [(c, "", "", args.limit) for c in chapters]
    for c in chapters:
        for name in names_used(c):
            if not args.only or name in args.only:
                tasks += [(c, name, b, args.limit) for b, _ in breaks_of(name)]
    kinds = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in kinds else None)
    done = {}
    with context.Pool(args.jobs, maxtasksperchild=1) as pool:
        for *key, verdict, seconds in pool.imap(run, tasks):
            done[tuple(key)] = verdict
            print(
                *key,
                verdict or "green",
                f"{seconds:.1f} s",
                sep=" | ",
                file=sys.stderr,
            )
    return tell(chapters, done)


def tell(chapters, done):
    """Print the table and what went unnoticed; return the exit status."""
    names = sorted({name for _, name, _ in done if name})
    print("| function |", " | ".join(chapters), "|")
    print("|" + "---|" * (len(chapters) + 1))
    unbroken = ["RED" if done[c, "", ""] else "green" for c in chapters]
    print("| nothing broken |", " | ".join(unbroken), "|")
    bad = unbroken.count("RED")
    for name in names:
        row = []
        for c in chapters:
            seen = [v for (k, n, _), v in done.items() if (k, n) == (c, name)]
            row.append(cell(seen))
        bad += row.count("STILL GREEN")
        print(f"| `{name}` |", " | ".join(row), "|")
    print()
    for c in chapters:
        if done[c, "", ""]:
            print(f"- {c} is red with nothing broken: {done[c, '', '']}")
    for (c, name, label), verdict in done.items():
        if name and not verdict:
            print(f"- {c} does not notice: {name}, {label}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
