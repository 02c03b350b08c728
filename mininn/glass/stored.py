"""What a glass box stores, and what it prints."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mininn import losses
from mininn.activations import known
from mininn.checks import as_count, as_real, called, expect, is_a, kind
from mininn.glass import live, scripts
from mininn.losses import Loss, named
from mininn.network import Grads, Network, backward, check_link, forward
from mininn.optimizers import (
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Optimizer,
    RMSProp,
)

WHOLE = 1  # the version of what is stored
MOST = {"units": 10, "layers": 5, "samples": 400}
OPTIMIZERS = {
    GradientDescent: "gradient_descent",
    Momentum: "momentum",
    RMSProp: "rmsprop",
    Adam: "adam",
    AdamW: "adamw",
}
WRONG = (
    "transpose",
    "transpose-square",
    "one-over-m",
    "one-over-m-twice",
    "sign",
    "g-for-prime",
    "no-prime",
    "prime-of-a",
    "z-for-a",
    "sum-too-early",
    "early",
)
# Which place a text names: of a weight [l][i, k], else [l][i], or [i], or "".
PLACE = re.compile(
    r"(d?W)\[(\d+)\]\[(\d+), ?(\d+)\]|(d?[bza])\[(\d+)\]\[(\d+)\]"
    r"|([xy])\[(\d+)\]|(J)"
)
TINY = 1e-12  # below it, what is printed is 0: rounding left it
HTML = """<div class="glass-box" data-glass="{stored}">
<p>{first}</p>
<table><thead><tr><th scope="col">number</th><th scope="col">value</th>\
<th scope="col">derivative of J</th></tr></thead><tbody>
{rows}
</tbody></table></div>"""


@dataclass(frozen=True, eq=False)
class Box:
    """What ``box`` returns: shown live, printed as its numbers.

    Attributes
    ----------
    start : Network
        What was handed over, rounded to six digits.
    net : Network
        What the reader has made of it, in a notebook that has anywidget.
    X, Y : array
        The data, with the points that the reader has added or moved.
    spec : dict
        All that the page needs, as JSON holds it.
    text : str
        The table of its numbers.
    """

    start: Network
    spec: dict[str, Any]
    text: str

    @cached_property
    def widget(self) -> Any:
        """What a notebook shows; None without anywidget."""
        return live.widget(
            "GlassBox", scripts.module(), scripts.style(), self.spec
        )

    @property
    def net(self) -> Network:
        return live.read_net(self._now("net"), self.start)

    @property
    def loss(self) -> Loss:
        return named(self._now("net").get("loss", self.spec["loss"]))

    @property
    def X(self) -> np.ndarray:
        return self._data("X", self.net.n[0])

    @property
    def Y(self) -> np.ndarray:
        return self._data("Y", self.net.n[-1])

    def _now(self, what):
        """What the page has sent; an empty dict before it has."""
        return getattr(vars(self).get("widget"), what, {})

    def _data(self, name, rows):
        sent = self._now("data")
        if sent:
            return live.array(sent[name], rows)
        return np.array(self.spec[name], dtype=float)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> Any:
        stored = json.dumps(
            self.spec, separators=(",", ":"), ensure_ascii=False
        )
        first, table = self.text.split("\n\n")
        rows = [re.split(r" {2,}", row) for row in table.splitlines()[1:]]
        data = {
            "text/plain": self.text,
            "text/html": HTML.format(
                stored=html.escape(stored),
                first=html.escape(first.replace("\n", ". ")),
                rows="\n".join(map(_row, rows)),
            ),
        }
        return live.beside(self.widget, data)


def _row(cells):
    name, value, slope = map(html.escape, [*cells, ""][:3])
    return (
        f'<tr><th scope="row">{name}</th><td>{value}</td><td>{slope}</td></tr>'
    )


def box(
    net: Network,
    X: Any,
    Y: Any,
    loss: Loss,
    *,
    optimizer: Optimizer | None = None,
    lr: float = 0.1,
    open: str = "W[1][0, 0]",
    mode: str = "forward",
    sample: int = 0,
    wrong: str = "",
    ask: str = "",
    moves: bool = False,
) -> Box:
    """Open a network: draw it so that each of its numbers can be opened.

    X and Y are rounded to four digits after the point, W and b to six, before
    anything is computed: what is printed is what the page computes.

    Parameters
    ----------
    net : Network
        At most 10 units a layer and 5 layers, with activations of mininn.
    X : (n[0], m) array
        At most 400 samples.
    Y : (n[L], m) array
    loss : a loss of mininn
    optimizer, lr : optional
        What a step of the page is; without an optimiser plain descent.
    open : str
        The number that is open at first, as in Python: ``"W[1][0, 0]"``,
        ``"b[2][0]"``, ``"z[1][0]"``, ``"a[1][0]"``, ``"x[0]"``, ``"y[0]"``,
        ``"dW[1][0, 0]"``, ``"db[1][0]"``, ``"dz[1][0]"``, ``"da[1][0]"`` or
        ``"J"``. z, a, x, y and their derivatives are of one sample.
    mode : "forward" or "backward"
    sample : int
        The column of X that is shown first.
    wrong : str
        A wrong formula that is switched on at first, by its name: one of
        ``mininn.glass.stored.WRONG``.
    ask : str
        The question that stands above the box: what to try first.
    moves : bool
        Whether the open number, a weight or a bias, swings once and comes
        home when a page first shows the box, to tell that it can be turned.
        It does not where the reader asked for less motion.

    Returns
    -------
    Box
        Printed as a table of its first numbers.

    Raises
    ------
    ValueError, TypeError
        When an argument is not as above, or what a page cannot hold.

    Examples
    --------
    >>> from mininn import Network, euclidean
    >>> net = Network({1: [[2.0]]}, {1: [[0.5]]}, {1: "identity"})
    >>> box(net, [[1.0, 3.0]], [[2.0, 6.0]], euclidean)
    Network 1-1 (identity), 2 parameters
    J = 0.125
    <BLANKLINE>
    number      value  derivative of J
    W[1][0, 0]  2      1
    b[1][0]     0.5    0.5
    z[1][0]     2.5    0.25
    a[1][0]     2.5
    """
    check_link("box", net, loss)
    _check_size(net, loss)
    X = expect("box", "X", X, "(n[0], m)", (net.n[0], None)).astype(float)
    m = X.shape[1]
    if m > MOST["samples"]:
        raise ValueError(
            f"box: X has {m} samples, and a page takes at most "
            f"{MOST['samples']}. Take some of them, such as X[:, :200] and "
            f"Y[:, :200]."
        )
    with called("box"):
        Y = expect("box", "Y", Y, "(n[L], m)", (net.n[-1], m)).astype(float)
        net, X, Y = _rounded(net), X.round(4) + 0.0, Y.round(6) + 0.0
        loss.check_labels("box", Y)
        cache = forward(net, X)
        grads = backward(net, cache, Y, loss)
    rule = _optimizer(optimizer, lr)
    place = _place(open, net)
    sample = as_count("box", "sample", sample, 0)
    if sample >= m:
        raise ValueError(
            f"box: sample must be a column of X, 0 to {m - 1}, got {sample}."
        )
    choices = {
        "mode": (mode, ("forward", "backward")),
        "wrong": (wrong, ("", *WRONG)),
    }
    for name, (given, there) in choices.items():
        if given not in there:
            raise ValueError(
                f"box: {name} must be one of "
                f"{', '.join(map(repr, there))}, got {given!r}."
            )
    if not isinstance(ask, str):
        raise TypeError(f"box: ask must be a question, a str, got {ask!r}.")
    if moves and place["kind"] not in ("W", "b"):
        raise ValueError(
            f"box: moves swings a weight or a bias, and open is {open!r}. "
            f"Open one of them, such as 'W[1][0, 0]'."
        )
    layers = range(1, net.L + 1)
    spec = {
        "v": WHOLE,
        "n": list(net.n),
        "g": [_name(net.g[l]) for l in layers],
        "W": [net.W[l].tolist() for l in layers],
        "b": [net.b[l][:, 0].tolist() for l in layers],
        "X": X.tolist(),
        "Y": Y.tolist(),
        "loss": loss.name,
        "opt": rule,
        "open": place,
        "mode": mode,
        "sample": sample,
        "wrong": wrong,
        "ask": ask,
    }
    if moves:
        spec["moves"] = True
    J = loss(cache.Z[net.L], Y)
    told = [f"J = {_short(J)}", *_right(cache.A[net.L], Y, loss)]
    lines = [str(net), ", ".join(told), ""]
    table = _table(net, cache, grads, Y, sample, place)
    return Box(net, spec, "\n".join([*lines, *columns(table)]))


def _check_size(net, loss):
    """Raise ValueError where a page could not show or compute it."""
    units, layers = MOST["units"], MOST["layers"]
    if net.L > layers or max(net.n) > units:
        shape = "-".join(map(str, net.n))
        raise ValueError(
            f"box: a page shows at most {layers} layers and {units} units in "
            f"each, inputs too, got {shape}. Take a smaller network."
        )
    for l in net.g:
        if not known(net.g[l]):
            raise ValueError(
                f"box: a page knows the activations of mininn, but g[{l}] is "
                f"{net.g[l]!r}. Take relu, tanh or another of them."
            )
    if kind(type(loss)) != kind(type(losses.KNOWN.get(loss.name))):
        raise ValueError(
            f"box: a page knows the losses of mininn, "
            f"{', '.join(losses.KNOWN)}, got {loss!r}."
        )


def _rounded(net):
    """Return the network in float64, to six digits after the point."""
    W, b = (
        {l: x.astype(float).round(6) + 0.0 for l, x in layers.items()}
        for layers in (net.W, net.b)
    )
    return Network(W, b, dict(net.g))


def _name(g):
    """Return an activation as the page names it."""
    return g.name if g.c in (None, 0.01) else f"{g.name}({g.c})"


def _optimizer(optimizer, lr):
    if optimizer is None:
        rate = as_real("box", "lr", lr)
        return {"name": "gradient_descent", "lr": rate}
    if not is_a(optimizer, Optimizer):
        raise TypeError(
            f"box: optimizer must be one of mininn, such as adam(0.03), got "
            f"{optimizer!r}."
        )
    names = {kind(cls): name for cls, name in OPTIMIZERS.items()}
    name = names.get(kind(type(optimizer)))
    if name is None:
        raise ValueError(
            f"box: a page knows the optimisers {', '.join(names.values())}, "
            f"got {optimizer!r}."
        )
    if callable(optimizer.lr):
        raise ValueError(
            f"box: a page steps at one rate, but lr of the optimizer is a "
            f"function. Take a number, such as {name}({optimizer.rate(0):g})."
        )
    return {"name": name, **vars(optimizer)}


def _place(text, net):
    """Return the place that a text such as ``"W[1][0, 0]"`` names."""
    found = PLACE.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise ValueError(
            f'box: open must name a number, such as "W[1][0, 0]", '
            f'"dz[2][0]" or "J", got {text!r}.'
        )
    what, *parts = (part for part in found.groups() if part is not None)
    if what == "J":
        return {"kind": "J"}
    numbers = [int(part) for part in parts]
    if what in "xy":
        numbers = [0 if what == "x" else net.L, *numbers]
    l, i, *k = numbers
    what = "x" if what == "a" and l == 0 else what
    least = 0 if what == "x" else 1
    most = net.L - 1 if what == "da" else net.L
    there = least <= l <= most and i < net.n[l]
    if not there or (k and k[0] >= net.n[l - 1]):
        raise ValueError(
            f"box: open names {text}, but {net} has no such number. Layers "
            f"count from 1, units from 0, and da ends at layer L - 1."
        )
    return {"kind": what, "l": l, "i": i, "k": k[0] if k else 0}


def _right(A, Y, loss):
    """Say how many samples are right, where the labels are classes."""
    if loss is losses.euclidean or not np.isin(Y, (0, 1)).all():
        return []
    if loss.name == "cross_entropy":
        right = A.argmax(axis=0) == Y.argmax(axis=0)
    else:
        right = ((A > 0.5) == (Y > 0.5)).all(axis=0)
    return [f"{right.sum()} of {right.size} right"]


def _short(x):
    """A number in four significant digits."""
    return "0" if abs(x) < TINY else f"{x:.4g}"


def _table(
    net: Network,
    cache: Any,
    grads: Grads,
    Y: np.ndarray,
    sample: int,
    place: dict[str, Any],
) -> list[list[str]]:
    """Return rows of text: a number, its value, its derivative.

    Of each layer the first, and the one that is open.
    """
    arrays = {"W": net.W, "b": net.b, "z": cache.Z, "a": cache.A}
    slopes = {"W": grads.dW, "b": grads.db, "z": grads.dZ, "a": grads.dA}

    def row(kind, l, i=0, k=0):
        column = k if kind == "W" else 0 if kind == "b" else sample
        at = f"[{l}][{i}, {k}]" if kind == "W" else f"[{l}][{i}]"
        d = slopes[kind].get(l)
        return [
            kind + at,
            _short(arrays[kind][l][i, column]),
            "" if d is None else _short(d[i, column]),
        ]

    rows = [row(kind, l) for l in net.W for kind in arrays]
    kind = place["kind"].removeprefix("d")
    if kind in arrays:
        opened = row(kind, place["l"], place["i"], place["k"])
        rows = [opened, *(one for one in rows if one != opened)]
    return [["number", "value", "derivative of J"], *rows]


def columns(rows: list[list[str]]) -> Iterator[str]:
    """Yield the rows of a table as lines."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        yield "  ".join(cell.ljust(width) for cell, width in cells).rstrip()
