"""Pictures in one visual language. Each draws on the ``ax`` it is given.

The colours are those of Okabe and Ito (2008), told apart with any kind of
colour vision. The same thing has the same colour throughout the book.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from mininn.activations import Activation
from mininn.checks import as_sizes, expect
from mininn.network import Cache, Network, forward

INK = "#222222"
COLOURS = {
    "activation": "#0072B2",  # blue: what flows forward, and class 1
    "gradient": "#D55E00",  # vermilion: what flows backward, and class 0
    "parameter": "#007C5A",  # green: what training changes
    "loss": "#8A4B7D",  # purple: what training lowers
}
CLASSES = (COLOURS["gradient"], COLOURS["activation"])
REGIONS = LinearSegmentedColormap.from_list(
    "regions", ["#F3B58A", "#FFFFFF", "#8FC1E3"]
)
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [CLASSES[0], "#FFFFFF", CLASSES[1]]
)


def decision_regions(
    ax: Axes,
    net: Network,
    X: Any = None,
    Y: Any = None,
    *,
    reach: float = 1.5,
    steps: int = 120,
) -> None:
    """Draw what a 2-input, 1-output network answers on a square.

    Blue where the output is near 1, orange near 0, a line at 1/2.

    Parameters
    ----------
    ax : matplotlib Axes
    net : Network
        With ``n[0] == 2`` and ``n[L] == 1``; else ValueError.
    X, Y : (2, m) and (1, m) arrays, or None
        Samples to draw on top, class 0 as crosses and class 1 as circles.
    reach : float
        The square is [-reach, reach]².
    steps : int
        Points along each side.
    """
    if net.n[0] != 2 or net.n[-1] != 1:
        raise ValueError(
            f"decision_regions: net must have 2 inputs and 1 "
            f"output, got {net!r}."
        )
    side = np.linspace(-reach, reach, steps)
    grid = np.array(np.meshgrid(side, side)).reshape(2, -1)
    A = forward(net, grid).A[net.L].reshape(steps, steps)
    ax.imshow(
        A,
        origin="lower",
        extent=(-reach, reach, -reach, reach),
        cmap=REGIONS,
        vmin=0,
        vmax=1,
        interpolation="bilinear",
    )
    if A.min() < 0.5 < A.max():
        ax.contour(side, side, A, levels=[0.5], colors=INK, linewidths=1.2)
    if X is not None:
        X = expect("decision_regions", "X", X, "(2, m)", (2, None))
        Y = expect("decision_regions", "Y", Y, "(1, m)", (1, X.shape[1]))
        for label, marker in ((0, "x"), (1, "o")):
            of_class = Y[0] == label
            ax.scatter(
                X[0, of_class],
                X[1, of_class],
                s=14,
                marker=marker,
                color=CLASSES[label],
                linewidths=0.9,
            )
    ax.set(
        xlabel="$x_1$",
        ylabel="$x_2$",
        xlim=(-reach, reach),
        ylim=(-reach, reach),
        aspect="equal",
    )


def loss_curve(ax: Axes, history: Sequence[float], **line: Any) -> None:
    """Draw J against the number of epochs, on a logarithmic J axis.

    ``history`` is what ``train`` returned: J before the first epoch, and after
    each. Further keywords go to the line.
    """
    J = np.asarray(history, float)
    ax.plot(J, **{"color": COLOURS["loss"], **line})
    ax.set(xlabel="epochs", ylabel="J", yscale="log")
    ax.grid(alpha=0.3)


def activation_curves(ax: Axes, g: Activation, reach: float = 6.0) -> None:
    """Draw g (solid) and g' (dashed) on [-reach, reach]."""
    z = np.linspace(-reach, reach, 601)[np.newaxis]
    ax.plot(z[0], g(z)[0], color=COLOURS["activation"], label="g(z)")
    ax.plot(
        z[0],
        g.prime(z)[0],
        color=COLOURS["gradient"],
        linestyle="--",
        label="g'(z)",
    )
    ax.set(xlabel="z", title=repr(g))
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)


def network_diagram(
    ax: Axes,
    n: Sequence[int],
    cache: Cache | None = None,
    sample: int = 0,
    *,
    net: Network | None = None,
) -> None:
    """Draw a network as columns of units, one column a layer.

    Parameters
    ----------
    ax : matplotlib Axes
    n : sequence of int
        Units per layer (``net.n``).
    cache : Cache, optional
        When given, every unit shows its activation for one sample.
    sample : int
        Which column of the cache.
    net : Network, optional
        When given, every line shows its weight, and below every unit stands
        its bias. It must have the sizes ``n``; else ValueError.
    """
    n = as_sizes("network_diagram", n)
    if net is not None and tuple(net.n) != tuple(n):
        raise ValueError(
            f"network_diagram: net must have the sizes n = "
            f"{'-'.join(map(str, n))}, got {net}."
        )
    places = [
        [(2.0 * l, (n_l - 1) / 2 - i) for i in range(n_l)]
        for l, n_l in enumerate(n)
    ]
    for left, right in itertools.pairwise(places):
        for x, y in left:
            for u, v in right:
                ax.plot(
                    [x, u],
                    [y, v],
                    color=COLOURS["parameter"],
                    linewidth=0.8,
                    alpha=0.6,
                    zorder=1,
                )
    for l, column in enumerate(places):
        for i, (x, y) in enumerate(column):
            ax.scatter(
                x,
                y,
                s=760,
                zorder=2,
                linewidths=1.5,
                color="#E5F1F8",
                edgecolors=COLOURS["activation"],
            )
            text = (
                _shown(cache.A[l][i, sample], ".2f")
                if cache
                else (f"$x_{i + 1}$" if l == 0 else "")
            )
            ax.text(
                x, y, text, ha="center", va="center", fontsize=9, color=INK
            )
        name = f"layer {l}" if l else "input"
        ax.text(
            2.0 * l,
            -max(n) / 2 - 0.35,
            f"{name}\n$n^{{[{l}]}} = {n[l]}$",
            ha="center",
            va="center",
            fontsize=9,
            color=INK,
        )
    ax.set(
        xlim=(-0.7, 2 * len(n) - 1.3),
        ylim=(-max(n) / 2 - 0.8, max(n) / 2 + 0.1),
    )
    ax.axis("off")
    if net is not None:
        _write_parameters(ax, net, places)


def _write_parameters(
    ax: Axes, net: Network, places: list[list[tuple[float, float]]]
) -> None:
    """Write each weight on its line, and each bias below its unit."""
    style: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontsize": 9,
        "color": COLOURS["parameter"],
    }
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    for l in net.W:
        for (i, j), w in np.ndenumerate(net.W[l]):
            (x, y), (u, v) = places[l - 1][j], places[l][i]
            # Nearer to the target, where lines to one unit are apart from
            # those to the next.
            at = x + 0.66 * (u - x), y + 0.66 * (v - y)
            ax.text(*at, _shown(w, ".3g"), bbox=paper, **style)
        for (x, y), bias in zip(places[l], net.b[l][:, 0], strict=True):
            ax.text(x, y - 0.38, f"b = {_shown(bias, '.3g')}", **style)


def _shown(number: float, form: str) -> str:
    """A number as in print, where a minus is no hyphen."""
    return format(number, form).replace("-", "\N{MINUS SIGN}")


def matrix_heatmap(ax: Axes, M: Any, name: str = "") -> None:
    """Draw a matrix as squares with its numbers; white is 0.

    Blue is positive, orange negative; the scale is symmetric.
    """
    M = expect("matrix_heatmap", "M", M, "(p, q)", (None, None))
    top = np.abs(M).max() or 1.0
    ax.imshow(M, cmap=SIGNED, vmin=-1.4 * top, vmax=1.4 * top)
    for (i, j), value in np.ndenumerate(M):
        ax.text(
            j,
            i,
            _shown(value, ".2f"),
            ha="center",
            va="center",
            fontsize=9,
            color=INK,
        )
    ax.set(xticks=range(M.shape[1]), yticks=range(M.shape[0]), title=name)


def computational_graph(
    ax: Axes,
    names: Sequence[str],
    values: Sequence[float | str],
    derivatives: Sequence[float | str] = (),
    parameters: dict[int, tuple[str, str]] | None = None,
) -> None:
    """Draw a chain of quantities: values above it, derivatives below.

    Forward goes from left to right, backward from right to left, and a pass
    may be drawn half done. An arrow leads to each number that is there.

    Parameters
    ----------
    ax : matplotlib Axes
    names : sequence of str
        The symbols from left to right, in TeX without its dollars.
    values : sequence of float or str
        From the left; those that are missing are not known yet.
    derivatives : sequence of float or str
        Of the last quantity, from the *right*; missing as above.
    parameters : dict, optional
        By place in the chain, what enters there: a text that is written
        above, and one with its derivatives, below. Either may be empty.
    """
    values, derivatives = list(values), list(derivatives)
    n = len(names)
    if max(len(values), len(derivatives)) > n:
        raise ValueError(
            f"computational_graph: {n} names, but {len(values)} values and "
            f"{len(derivatives)} derivatives. Give at most one of each for "
            f"every name."
        )
    ahead, back = COLOURS["activation"], COLOURS["gradient"]
    for i, name in enumerate(names):
        known = i < len(values)
        _quantity(ax, i, name, ahead if known else "#999999")
        if known:
            _number(ax, (i, 0.5), values[i], ahead)
        if known and i:
            _arrow(ax, (i - 0.74, 0.1), (i - 0.26, 0.1), ahead)
    for k, d in enumerate(derivatives):
        i = n - 1 - k
        _number(ax, (i, -0.5), d, back)
        if k:
            _arrow(ax, (i + 0.74, -0.1), (i + 0.26, -0.1), back)
    for i, (above, below) in (parameters or {}).items():
        if above:
            _number(ax, (i, 1.25), above, COLOURS["parameter"])
            _arrow(ax, (i, 1.05), (i, 0.68), COLOURS["parameter"])
        if below:
            _number(ax, (i, -1.25), below, back)
            _arrow(ax, (i, -0.68), (i, -1.0), back)
    ax.set(xlim=(-0.5, n - 0.5), ylim=(-1.6, 1.5))
    ax.axis("off")


def _quantity(ax, i, name, edge):
    ax.scatter(
        i, 0, s=640, color="#FFFFFF", edgecolors=edge, linewidths=1.5, zorder=2
    )
    ax.text(
        i, 0, f"${name}$", ha="center", va="center", fontsize=11, color=INK
    )


def _number(ax, place, value, colour):
    text = value if isinstance(value, str) else _shown(value, ".3f")
    ax.text(*place, text, ha="center", va="center", fontsize=9, color=colour)


def _arrow(ax, start, end, colour):
    ax.annotate(
        "", end, start, arrowprops={"arrowstyle": "-|>", "color": colour}
    )
