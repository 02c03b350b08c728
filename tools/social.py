"""Draw the picture that a link to the book shows: _static/social.png.

Run ``python tools/social.py`` from the root of the project after a change.
The two rings and the network that tells them apart are computed here.
"""

import matplotlib.pyplot as plt
from places import BOOK

import mininn as mn
import mininn.plot

WORDS = "Derived on paper,\nsaid again in NumPy,\nproved at every change."
PICTURE = BOOK / "_static" / "social.png"


def draw():
    """Return the figure, 1200 by 630 dots at 100 dots an inch."""
    X, Y = mn.circles(120, rng=1)
    net, _ = mn.train(
        mn.init([2, 8, 1], hidden="tanh", rng=3),
        X,
        Y,
        mn.binary_cross_entropy,
        lr=0.3,
        epochs=1000,
    )
    plt.switch_backend("agg")
    fig = plt.figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    rings = fig.add_axes((0.555, 0.08, 0.41, 0.84))
    mn.plot.decision_regions(rings, net, X, Y, steps=300)
    rings.axis("off")
    for y, text, size, weight, colour in (
        (0.70, "How neural\nnetworks work", 46, "bold", "#14202b"),
        (0.38, WORDS, 25, "normal", "#333333"),
        (0.12, "mininn", 25, "bold", mn.plot.COLOURS["activation"]),
    ):
        fig.text(
            0.05,
            y,
            text,
            size=size,
            weight=weight,
            color=colour,
            va="center",
            linespacing=1.25,
        )
    return fig


if __name__ == "__main__":
    draw().savefig(PICTURE, metadata={"Software": None})
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")
