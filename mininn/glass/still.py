"""Drawn pictures of a box and a pad: for paper, and without a script."""

import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from mininn.activations import named
from mininn.explore import few_colours
from mininn.glass.drawing import shares
from mininn.network import Network, forward
from mininn.plot import COLOURS, SIGNED, decision_regions, network_diagram

DPI = 144
READABLE = 20  # parameters that fit on the lines of a drawing


def picture(spec: dict[str, Any]) -> bytes:
    """Return the network of a box, and what it answers, as PNG.

    Parameters
    ----------
    spec : dict
        What ``mininn.glass.box`` stores.
    """
    net = _network(spec)
    X, Y = np.array(spec["X"], float), np.array(spec["Y"], float)
    plane = net.n[0] == 2 and net.n[-1] == 1
    # A bias stands below its unit, and needs room there.
    each = 0.45 if net.size > READABLE else 0.72
    fig, axes = plt.subplots(
        1,
        2 if plane else 1,
        figsize=(6.6, 1 + each * max(max(net.n), 3)),
        width_ratios=[1.7, 1] if plane else None,
        squeeze=False,
        layout="constrained",
    )
    cache = forward(net, X)
    if net.size > READABLE:
        network_diagram(axes[0, 0], net.n, cache, spec.get("sample", 0))
    else:
        network_diagram(
            axes[0, 0], net.n, cache, spec.get("sample", 0), net=net
        )
    if plane:
        reach = max(1.5, 1.05 * float(np.abs(X).max()))
        decision_regions(axes[0, 1], net, X, Y, reach=reach, steps=90)
        axes[0, 1].set_aspect("equal")
    return _as_png(fig)


def pad_picture(spec: dict[str, Any]) -> bytes:
    """Return the first image of a pad, its reasons and the answer, as PNG.

    Parameters
    ----------
    spec : dict
        What ``mininn.glass.pad`` stores.
    """
    x = np.array(spec["images"][0], float)[:, None] / 16
    p, first, second, share, _ = shares(_network(spec), x)
    fig, axes = plt.subplots(
        1,
        3,
        figsize=(6.6, 2.4),
        width_ratios=[1, 1, 1.5],
        layout="constrained",
    )
    axes[0].imshow(x.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    axes[0].set_title("the image", fontsize=10)
    top = float(np.abs(share).max()) or 1.0
    axes[1].imshow(share.reshape(8, 8), cmap=SIGNED, vmin=-top, vmax=top)
    axes[1].set_title(f"{first} and not {second}", fontsize=10)
    for (r, c), one in np.ndenumerate(share.reshape(8, 8)):
        if abs(one) > 0.08 * top:
            sign = "+" if one > 0 else "−"
            axes[1].text(c, r, sign, ha="center", va="center", fontsize=8)
    for ax in axes[:2]:
        ax.set(xticks=[], yticks=[])
    axes[2].bar(range(p.size), p[:, 0], color=COLOURS["activation"])
    axes[2].set(xticks=range(p.size), ylim=(0, 1), xlabel="class", ylabel="a")
    return _as_png(fig)


def _as_png(fig):
    raw, small = io.BytesIO(), io.BytesIO()
    fig.savefig(raw, format="png", dpi=DPI, pil_kwargs={"compress_level": 1})
    plt.close(fig)
    few_colours(Image.open(raw)).save(small, "png", optimize=True)
    return small.getvalue()


def _network(spec):
    layers = range(1, len(spec["n"]))
    return Network(
        {l: np.array(spec["W"][l - 1], float) for l in layers},
        {l: np.array(spec["b"][l - 1], float)[:, None] for l in layers},
        {l: _activation(spec["g"][l - 1]) for l in layers},
    )


def _activation(text):
    """Return the activation that the page calls so."""
    name, _, c = text.rstrip(")").partition("(")
    return named(name, float(c)) if c else name
