"""The drawing pad: a digit is drawn in the page, and a network reads it."""

import html
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mininn.activations import known
from mininn.checks import called, expect, is_a
from mininn.glass import live, scripts
from mininn.glass.stored import columns
from mininn.network import Network, forward

WHOLE = 1  # the version of what is stored
SIDE, LEVELS = 8, 16
MOST = {"units": 128, "layers": 5, "images": 40}
STRAIGHT = ("relu", "leaky_relu", "identity")  # a line for one image
HTML = """<div class="drawing-pad" data-pad="{stored}">
<p>{first}</p>
<table><thead><tr>{head}</tr></thead><tbody>
{rows}
</tbody></table></div>"""


@dataclass(frozen=True, eq=False)
class Pad:
    """What ``pad`` returns: shown live, printed as the answers it gives.

    Attributes
    ----------
    net : Network
        What was handed over, rounded to four digits.
    images : (64, k) array
    x : (64, 1) array
        What the reader has drawn, in a notebook that has anywidget; else the
        first image.
    spec : dict
        All that the page needs, as JSON holds it.
    text : str
        The table of the answers.
    """

    net: Network
    images: np.ndarray
    spec: dict[str, Any]
    text: str

    @cached_property
    def widget(self) -> Any:
        """What a notebook shows; None without anywidget."""
        script, style = scripts.pad_module(), scripts.pad_style()
        return live.widget("DrawingPad", script, style, self.spec)

    @property
    def x(self) -> np.ndarray:
        sent = getattr(vars(self).get("widget"), "data", {})
        if sent:
            return live.array(sent["X"], SIDE * SIDE)
        return self.images[:, [0]]

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> Any:
        stored = json.dumps(
            self.spec, separators=(",", ":"), ensure_ascii=False
        )
        head, *rows = answers(self.net, self.images, self.spec["labels"])
        data = {
            "text/plain": self.text,
            "text/html": HTML.format(
                stored=html.escape(stored),
                first=html.escape(str(self.net)),
                head=_cells(head, 'th scope="col"'),
                rows="\n".join(
                    f"<tr>{_cells(row, 'td')}</tr>" for row in rows
                ),
            ),
        }
        return live.beside(self.widget, data)


def _cells(row, tag):
    name = tag.split()[0]
    return "".join(f"<{tag}>{html.escape(cell)}</{name}>" for cell in row)


def pad(
    net: Network, images: Any, labels: Any = None, *, ask: str = ""
) -> Pad:
    """Draw a digit and see what a network says, and why (eq-digits-local).

    W and b are rounded to four digits after the point, before anything is
    computed: what is printed is what the page computes.

    Parameters
    ----------
    net : Network
        64 inputs, at most 128 units a layer and 5 layers, softmax at the
        end, and relu, leaky_relu or identity before it: with these it is a
        line near each image.
    images : (64, k) array
        1 to 40 examples to begin with, 8 by 8 pixels row by row, each a
        multiple of 1/16 from 0 to 1.
    labels : (n[L], k) array, optional
        Their classes, one-hot.
    ask : str
        What stands above the pad: what to try first.

    Returns
    -------
    Pad
        Printed as a table: of each example what it is, the answer and the
        one after it, and by how much z of the first is ahead; how much of
        that the pixels give, the biases giving the rest.

    Raises
    ------
    ValueError, TypeError
        When an argument is not as above, or what a page cannot hold.

    Examples
    --------
    One pixel speaks for class 1, and counts twice.

    >>> W = np.zeros((2, 64))
    >>> W[1, 0] = 2
    >>> net = Network({1: W}, {1: np.array([[0.5], [0.0]])}, {1: "softmax"})
    >>> x = np.zeros((64, 1))
    >>> x[0] = 1
    >>> pad(net, x)
    Network 64-2 (softmax), 130 parameters
    <BLANKLINE>
    image  says  with   then  ahead by  by its pixels
    1      1     81.8%  0     1.5       2.0
    """
    _check_network(net)
    least = SIDE * SIDE
    images = expect("pad", "images", images, "(64, k)", (least, None))
    images = images.astype(float)
    k = images.shape[1]
    if not 1 <= k <= MOST["images"]:
        raise ValueError(
            f"pad: images must be 1 to {MOST['images']} columns, got {k}. "
            f"Take some of them, such as X[:, :12]."
        )
    levels = (LEVELS * images).round()
    if (levels != LEVELS * images).any() or not _within(levels):
        raise ValueError(
            "pad: images must hold levels of 0 to 16 sixteenths, as "
            "mn.digits() has them: 0, 1/16, ..., 1."
        )
    if labels is not None:
        with called("pad"):
            labels = expect(
                "pad", "labels", labels, "(n[L], k)", (net.n[-1], k)
            )
        labels = [int(label) for label in labels.argmax(axis=0)]
    if not isinstance(ask, str):
        raise TypeError(f"pad: ask must be a question, a str, got {ask!r}.")
    W, b = (
        {l: x.astype(float).round(4) + 0.0 for l, x in layers.items()}
        for layers in (net.W, net.b)
    )
    net = Network(W, b, dict(net.g))
    spec = {
        "v": WHOLE,
        "n": list(net.n),
        "g": [str(net.g[l]) for l in net.g],
        "W": [net.W[l].tolist() for l in net.W],
        "b": [net.b[l][:, 0].tolist() for l in net.b],
        "images": levels.astype(int).T.tolist(),
        "labels": labels,
        "ask": ask,
    }
    table = columns(answers(net, images, labels))
    return Pad(net, images, spec, "\n".join([str(net), "", *table]))


def _within(levels):
    return bool(levels.min() >= 0 and levels.max() <= LEVELS)


def _check_network(net):
    """Raise where a page could not draw for it, or not say why."""
    if not is_a(net, Network):
        raise TypeError(f"pad: net must be a Network, got {net!r}.")
    inputs, *units = net.n
    if inputs != SIDE * SIDE:
        raise ValueError(
            f"pad: net must take the 64 pixels of an 8 by 8 image, but it "
            f"has n[0] = {inputs}."
        )
    if net.L > MOST["layers"] or max(units) > MOST["units"]:
        raise ValueError(
            f"pad: a page takes at most {MOST['layers']} layers and "
            f"{MOST['units']} units in each, got "
            f"{'-'.join(map(str, net.n))}. Take a smaller network."
        )
    *hidden, last = (net.g[l] for l in net.g)
    if str(last) != "softmax" or units[-1] < 2:
        raise ValueError(
            f"pad: net must end in softmax, of two classes or more, but it "
            f"ends in {units[-1]} of {last}."
        )
    for l, g in enumerate(hidden, 1):
        if not known(g) or g.name not in STRAIGHT or g.c not in (None, 0.01):
            raise ValueError(
                f"pad: the pixels have shares where g is straight on both "
                f"sides of 0, but g[{l}] is {g!r}. Take relu."
            )


def shares(net: Network, x: np.ndarray) -> tuple[Any, ...]:
    """Return what the page says of one image, in its words.

    Returns
    -------
    p : (n[L], 1) array
        The probabilities.
    first, second : int
        The answer, and the class after it.
    share : (64, 1) array
        Of each pixel, what it adds to z of the first less z of the second.
    rest : float
        What the biases add.
    """
    cache = forward(net, x)
    M, c = net.W[1], net.b[1]
    for l in range(1, net.L):
        on = net.g[l].prime(cache.Z[l])
        M, c = net.W[l + 1] @ (on * M), net.W[l + 1] @ (on * c) + net.b[l + 1]
    first, second = np.argsort(-cache.Z[net.L][:, 0], kind="stable")[:2]
    share = (M[[first]] - M[[second]]).T * x
    rest = float(c[first, 0] - c[second, 0])
    return cache.A[net.L], int(first), int(second), share, rest


def answers(net: Network, images: np.ndarray, labels: Any) -> list[list[str]]:
    """Return rows of text: the head, then what is said of each image."""
    head = ["image", "is", "says", "with", "then", "ahead by", "by its pixels"]
    rows = [head]
    for i in range(images.shape[1]):
        p, first, second, share, rest = shares(net, images[:, [i]])
        pixels = float(share.sum())
        rows.append(
            [
                str(i + 1),
                "" if labels is None else str(labels[i]),
                str(first),
                f"{p[first, 0]:.1%}",
                str(second),
                f"{pixels + rest:.1f}",
                f"{pixels:.1f}",
            ]
        )
    if labels is None:
        rows = [[row[0], *row[2:]] for row in rows]
    return rows
