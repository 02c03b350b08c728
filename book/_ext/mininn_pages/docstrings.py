"""The docstrings of the library, as the page ``api`` shows them."""

import inspect
import re


def document(app, what, name, thing, options, lines):
    """Give an activation or a loss its words, and every label a link."""
    if what == "data":
        lines[:] = inspect.getdoc(type(thing)).splitlines()
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            line = line.replace("|", "\\|")  # |z| is no substitution
        line = re.sub(r"\((eq-[\w-]+(, eq-[\w-]+)*)\)", r"\1", line)
        lines[i] = re.sub(r"\b(eq-[\w-]+)", r":eq:`\1`", line)
