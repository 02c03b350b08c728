"""The box in which everything may be turned: the page "playground"."""

from dataclasses import replace
from typing import Any

import numpy as np

from mininn.activations import softmax
from mininn.data import circles, moons, one_hot, spirals, xor
from mininn.glass.stored import Box, box
from mininn.losses import binary_cross_entropy
from mininn.network import Network, init
from mininn.optimizers import adam

M = 200  # points of a data set
TOOLS = (
    "data", "sizes", "activation", "loss", "optimizer", "rate", "start",
    "wrong",
)  # fmt: skip
GENERATORS = {
    "rings": circles,
    "moons": moons,
    "xor": xor,
    "spirals": spirals,
}


def playground() -> Box:
    """Return the box of the playground: data, tools, and things to try.

    A page cannot draw NumPy's random numbers, so the data sets come with it.

    >>> sorted(playground().spec["data"])
    ['moons', 'rings', 'spirals', 'three clouds', 'xor']
    """
    data = {name: _data(name) for name in GENERATORS} | {
        "three clouds": _clouds()
    }
    rings = data["rings"]
    made = box(
        start([2, 3, 1]),
        np.array(rings["X"]),
        np.array(rings["Y"]),
        binary_cross_entropy,
        optimizer=adam(0.03),
        open="dW[1][0, 0]",
        ask="Change a weight. Open a derivative. Does it agree?",
    )
    more = {
        "opt": {"name": "adam", "lr": 0.03},
        "tools": list(TOOLS),
        "data": data,
        "tries": tries(),
        "challenge": True,
        "full": True,
    }
    return replace(made, spec=made.spec | more)


def start(n: list[int], seed: int = 1) -> Network:
    """Return the tanh network from which the playground starts."""
    net = init(n, rng=seed, hidden="tanh")
    W = {l: net.W[l].round(4) for l in net.W}
    return Network(W, dict(net.b), dict(net.g))


def tries() -> list[dict[str, Any]]:
    """Return the states that the page has prepared, in their order."""
    rule = {"name": "adam", "lr": 0.03}
    # Adam would divide what rounding leaves of 0 by itself, and move.
    plain = {"name": "gradient_descent", "lr": 0.5}
    zeros = start([2, 3, 1])
    zeros = Network(
        {l: 0 * zeros.W[l] for l in zeros.W}, dict(zeros.b), dict(zeros.g)
    )
    return [
        {
            "name": "Two units",
            "say": "Two hidden units. Press Play: is one point always "
            "outside?",
            "data": "rings",
            "net": _stored(start([2, 2, 1])),
            "opt": rule,
            "open": {"kind": "J"},
        },
        {
            "name": "All zeros",
            "say": "All 13 numbers are 0. Press Step, and look at the "
            "derivatives.",
            "data": "rings",
            "net": _stored(zeros),
            "opt": plain,
            "mode": "backward",
            "open": {"kind": "dW", "l": 1, "i": 0, "k": 0},
        },
        {
            "name": "1/m lost",
            "say": "A wrong formula is switched on. Does it agree? Does it "
            "learn?",
            "data": "rings",
            "net": _stored(start([2, 3, 1])),
            "opt": rule,
            "wrong": "one-over-m",
            "mode": "backward",
            "open": {"kind": "dW", "l": 1, "i": 0, "k": 0},
        },
        {
            "name": "Spirals",
            "say": "2-8-8-1 has 105 numbers. Press Play.",
            "data": "spirals",
            "net": _stored(start([2, 8, 8, 1])),
            "opt": rule,
            "open": {"kind": "J"},
        },
        {
            "name": "Three classes",
            "say": "Three outputs with softmax. They always add up to 1.",
            "data": "three clouds",
            "loss": "cross_entropy",
            "net": _stored(
                init([2, 4, 3], rng=1, hidden="tanh", output=softmax)
            ),
            "opt": rule,
            "open": {"kind": "a", "l": 2, "i": 0},
        },
    ]


def _stored(net):
    return {
        "n": list(net.n),
        "g": [net.g[l].name for l in net.g],
        "W": [net.W[l].round(4).tolist() for l in net.W],
        "b": [net.b[l][:, 0].tolist() for l in net.b],
    }


def _data(name):
    X, Y = GENERATORS[name](M, rng=0)
    call = f"mn.{GENERATORS[name].__name__}({M}, rng=0)"
    return {
        "X": X.round(4).tolist(),
        "Y": Y.tolist(),
        "python": f"X, Y = {call}\nX = X.round(4)",
    }


def _clouds():
    rng = np.random.default_rng(0)
    ids = np.arange(150) % 3
    middle = np.array([[-0.8, 0.8, 0.0], [-0.5, -0.5, 0.9]])
    X = middle[:, ids] + 0.3 * rng.standard_normal((2, 150))
    return {"X": X.round(4).tolist(), "Y": one_hot(ids, 3).tolist()}
