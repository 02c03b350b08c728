"""One module reads the table of contents and writes notebooks."""

import chapters
from places import ROOT


def test_pages_come_in_the_order_of_the_table_of_contents():
    parts = chapters.parts()
    assert next(iter(parts.items())) == ("", ["intro"])
    assert parts["Forward"][0] == "activations"
    pages = chapters.pages()
    assert pages[:2] == ["intro", "glance"]
    assert len(pages) == len(set(pages)) == sum(map(len, parts.values()))
    assert "exercises/softmax" in chapters.notebooks()
    assert "glossary" in pages
    assert "glossary" not in chapters.notebooks()


def test_a_notebook_is_stored_line_by_line_and_sorted():
    cell = {"source": "a\nß", "outputs": [{"text": ["1\n2", "\n"]}]}
    assert chapters.stored({"nbformat": 4, "cells": [cell]}) == (
        '{\n "cells": [\n  {\n   "outputs": [\n    {\n     "text": [\n'
        '      "1\\n",\n      "2\\n"\n     ]\n    }\n   ],\n'
        '   "source": [\n    "a\\n",\n    "ß"\n   ]\n  }\n ],\n'
        ' "nbformat": 4\n}\n'
    )


def test_nobody_else_reads_the_table_of_contents():
    read = '_toc.yml").' + "read_text"
    readers = [
        path.name
        for folder in ("tools", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if read in path.read_text(encoding="utf-8")
    ]
    assert readers == ["chapters.py"]
