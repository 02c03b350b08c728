"""What the tests of the book's claims share.

``@claims("chapter", "words")`` says which words of a chapter a test stands
for. The test repeats the measurement behind them on other seeds than the
page's, so that a claim which holds for one draw only fails here.
``test_words.py`` looks for the words of all files: a chapter that says
something else needs another measurement.
"""

import ast
import json

import numpy as np
from places import BOOK

import mininn as mn

SEEDS = range(100, 110)


def claims(chapter, *words):
    """Say which words of a chapter a test measures."""
    return lambda test: test


def page(chapter, kind):
    """The cells of this kind in a chapter."""
    path = BOOK / f"{chapter}.ipynb"
    return [
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == kind
    ]


def functions(cell):
    """The functions that a cell defines, without what it does."""
    defined = [
        node
        for node in ast.parse(cell).body
        if isinstance(node, ast.FunctionDef)
    ]
    return ast.unparse(defined)


def of_page(chapter, *names):
    """The functions with these names, as the chapter defines them."""
    here = {"mn": mn, "np": np}
    for cell in page(chapter, "code"):
        if any(f"def {name}(" in cell for name in names):
            exec(functions(cell), here)
    return [here[name] for name in names]
