"""The drawn picture of a glass box: for paper, and where no script runs."""

import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from mininn.activations import named
from mininn.explore import few_colours
from mininn.network import Network, forward
from mininn.plot import decision_regions, network_diagram

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
