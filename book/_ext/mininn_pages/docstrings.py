"""The docstrings of the library, as the page ``api`` shows them."""

import inspect
import re
from pathlib import Path

from .sheet import formula

# A docstring that begins with a formula has three spaces before its label.
# The page shows the equation of that label, as the chapter has it.
FORMULA = re.compile(r".+ {3}\((eq-[\w-]+)\)\.?")
# The equation of a slope, where it has a label of its own.
SLOPES = {
    "eq-sigmoid": "eq-sigmoid-prime",
    "eq-tanh": "eq-activations-tanh-prime",
    "eq-relu": "eq-activations-relu-prime",
    "eq-leaky": "eq-activations-leaky-prime",
}


def document(app, what, name, thing, options, lines):
    """Give an activation or a loss its words, and every label a link."""
    if what == "data":
        lines[:] = inspect.getdoc(type(thing)).splitlines()
    begins = FORMULA.fullmatch(lines[0]) if lines else None
    if begins:
        book = Path(app.env.doc2path(app.env.docname)).parent
        lines[:1] = typeset(book, begins[1])
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            line = line.replace("|", "\\|")  # |z| is no substitution
        line = re.sub(r"\((eq-[\w-]+(, eq-[\w-]+)*)\)", r"\1", line)
        lines[i] = re.sub(r"\b(eq-[\w-]+)", r":eq:`\1`", line)


def typeset(book, label):
    """Return the lines of an equation, and of its slope if it has one."""
    lines = []
    for one in filter(None, (label, SLOPES.get(label))):
        tex = [f"   {line}" for line in formula(book, one).splitlines()]
        lines += [".. math::", "", *tex, "", f"Equation {one}.", ""]
    return lines
