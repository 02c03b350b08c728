"""Glass boxes and questions in a notebook: live where anywidget is installed.

A box is a widget whose page and whose Python hold the same numbers. Each
number travels as the eight bytes that it is, so nothing is rounded on the
way; nan and inf, for which JSON has no words, are met by ``Network``.
"""

import base64
from functools import cache
from typing import Any

import numpy as np

from mininn.activations import KNOWN, named
from mininn.network import Network


def widget(name: str, script: str, style: str, spec: dict[str, Any]) -> Any:
    """Return what shows ``spec`` in a notebook; None without anywidget.

    Parameters
    ----------
    name : str
        Of the kind of widget.
    script : str
        A module in JavaScript whose default export draws it.
    style : str
        Its style sheet.
    spec : dict
        What is drawn, as JSON holds it.
    """
    try:
        kind = _kind(name, script, style)
    except ImportError:
        return None
    return kind(spec=spec)


@cache
def _kind(name, script, style):
    import anywidget
    from traitlets import Dict

    shared = {key: Dict().tag(sync=True) for key in ("spec", "net", "data")}
    own = {"__module__": __name__, "_esm": script, "_css": style}
    return type(name, (anywidget.AnyWidget,), own | shared)


def beside(shown: Any, data: dict[str, Any]) -> Any:
    """Return the forms of an output, and the widget's among them, if any."""
    if shown is None:
        return data
    view, metadata = shown._repr_mimebundle_()
    return view | data, metadata


def read_net(net: dict[str, Any], start: Network) -> Network:
    """Return the network that the page has sent.

    Parameters
    ----------
    net : dict
        ``n``, ``g`` (names), ``W`` and ``b`` (the bytes of each layer); an
        empty one when nothing was changed.
    start : Network
        What the page began with.

    Raises
    ------
    NotFiniteError
        When training in the page has left numbers that are none.
    """
    if not net:
        return start
    n, g = net["n"], dict(enumerate(map(_activation, net["g"]), 1))
    W = {l: array(net["W"][l - 1], n[l]) for l in g}
    b = {l: array(net["b"][l - 1], n[l]) for l in g}
    return Network(W, b, g)


def _activation(text):
    """Return what the page calls "tanh", or "leaky_relu(0.2)"."""
    name, _, c = text.rstrip(")").partition("(")
    return named(name, float(c) if c else KNOWN[name].c)


def array(text: str, rows: int) -> np.ndarray:
    """Return the (rows, m) array whose bytes the page has written.

    >>> array("AAAAAAAA8D8AAAAAAADwvw==", 1)
    array([[ 1., -1.]])
    """
    flat = np.frombuffer(base64.b64decode(text), "<f8")
    return flat.reshape(rows, -1).astype(float)
