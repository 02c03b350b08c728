"""The table of symbols in the chapter notation, held to the whole book."""

import re
from collections import Counter

import numpy as np
from claims.ledger import page
from formulas import displayed

import mininn as mn

TOKEN = re.compile(r"\\[A-Za-z]+|[A-Za-z]")
WORDS = re.compile(r"\\(text|operatorname|mathrm|begin|end)\*?\{[^{}]*\}")
LAYOUT = r"""
    \left \right \big \Big \bigg \quad \qquad \frac \tfrac \dfrac \cdot \cdots
    \dots \vdots \ldots \mathbf \boldsymbol \underbrace \substack
    \textstyle
"""
KNOWN = r"""
    \sum \prod \max \min \arg \log \exp \sqrt \sin \cos \tanh \infty \approx
    \le \ge \in \to \binom \Longleftrightarrow \Longrightarrow \Rightarrow
"""


def symbols(formula):
    """The letters and marks of a formula, without words and layout."""
    found = TOKEN.findall(WORDS.sub(" ", formula))
    return {*found} - {*LAYOUT.split()} - {*KNOWN.split()}


def in_dollars(text):
    """The symbols of all formulas of a text."""
    math = re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.DOTALL)
    return set().union(*(symbols(a or b) for a, b in math))


def tables():
    """The three tables of symbols, each a list of rows of cells."""
    (cell,) = (c for c in page("notation", "markdown") if "## Table of" in c)
    found = re.findall(
        r"^\|.*?\|\n\|[-|]+\n((?:\|.*\n?)+)", cell, re.MULTILINE
    )
    return [
        [[cell.strip() for cell in row[1:-1].split("|")] for row in rows]
        for rows in (t.strip().split("\n") for t in found)
    ]


def test_every_symbol_of_an_equation_has_a_row():
    explained = [in_dollars(row[0]) for rows in tables() for row in rows]
    explained = set().union(*explained)
    for chapter, formula, label in displayed():
        missing = symbols(formula) - explained
        assert not missing, f"{chapter}, {label}: no row for {missing}"


def test_every_letter_has_one_row():
    whole, local, _ = tables()
    assert len(whole) > 20
    assert len(local) > 5
    count = Counter(s for row in whole + local for s in in_dollars(row[0]))
    assert not {s for s, times in count.items() if times > 1}


def test_every_letter_is_used_where_its_row_says():
    for letters, _, _, where in tables()[0]:
        (chapter,) = re.findall(r"\{doc\}`([\w/]+)`", where) or ["notation"]
        text = [c for c in page(chapter, "markdown") if "## Table" not in c]
        unused = in_dollars(letters) - in_dollars("\n".join(text))
        assert not unused, f"{chapter} has no {unused}"


def test_the_code_of_every_row_runs():
    X, Y = mn.circles(5, rng=100)
    net, loss = mn.init([2, 3, 1], rng=100), mn.binary_cross_entropy
    cache = mn.forward(net, X)
    names = {
        **dict.fromkeys(("i", "j", "k", "l"), 1),
        **{"net": net, "cache": cache, "mn": mn, "np": np, "X": X, "Y": Y},
        **{"m": 5, "lr": 0.1, "h": 1e-5, "mu": X.mean(), "beta": 0.9},
        "grads": mn.backward(net, cache, Y, loss),
        "J": loss(cache.Z[2], Y),
    }
    codes = re.findall("`(.+?)`", " ".join(row[2] for row in tables()[0]))
    assert len(codes) > 20
    for code in codes:
        eval(code, dict(names))  # the book's own words
