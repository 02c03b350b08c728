"""The chapters run in surroundings that are the same on every machine."""

import os

import kernels
import surroundings

surroundings.settle()
surroundings.list_fonts()
kernels.leave_pictures_blank()
kernels.fork()
if not os.environ.get("MININN_WHOLE"):
    # Pages are generated, and a test holds each to the byte; the proofs of
    # their sources, on 20 seeds here, are made on fewer by test_exercises.
    collect_ignore_glob = ["exercises/*.ipynb", "exercises/source/*.ipynb"]
    # These train networks for as long as all others together. The whole
    # check runs them with tools/refresh.py; until then a test holds their
    # outputs to the code that gave them.
    collect_ignore = [
        "data.ipynb",
        "digits.ipynb",
        "errata.ipynb",
        "further/characters.ipynb",
        "further/vanishing.ipynb",
        "generalise.ipynb",
        "images.ipynb",
        "normalise.ipynb",
        "optimisers.ipynb",
        "rings.ipynb",
        "tuning.ipynb",
    ]


def pytest_collectstart(collector):
    """Compare an explorer by its text: the frames are not painted here."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("application/vnd.mininn.explorer+json",)
