r"""The formula sheet: equations of the chapters, each with its line of NumPy.

The page names them, one a line, as ``eq-label | code``: lines of code lie
between semicolons, and there may be none. The formulas are read from the
chapters, so the sheet says what they say.
"""

import json
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

# A full stop or a comma that ends a formula, also inside of what it is set in.
END = re.compile(r"[\s.,]+(\\end\{\w+\})?[\s.,]*$")
# In the printed book each part of a row is as wide as this: the parts of 1.
COLUMNS = (0.4, 0.5, 0.08)
NEXT = r"\end{minipage}\hfill"
BEGIN = r"\begin{minipage}{%s\linewidth}\scriptsize"
LABELLED = re.compile(r"^\$\$$(.*?)^\$\$ \((eq-[\w-]+)\)$", re.M | re.S)


@cache
def formulas(book):
    """Return label -> TeX, of every labelled equation below a folder."""
    found = {}
    for path in sorted(book.rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for tex, label in LABELLED.findall("".join(cell["source"])):
                    found[label] = tex.strip()
    return found


def formula(book, label):
    """Return the TeX of an equation, without the stop at its end."""
    return END.sub(r"\1", formulas(book)[label])


def rows(lines):
    """Yield (label, code) of the lines of a sheet."""
    for line in lines:
        label, _, code = line.partition("|")
        if label.strip():
            yield label.strip(), code.strip()


class Sheet(SphinxDirective):
    """Equations with their lines of NumPy and links to where they stand."""

    has_content = True

    def run(self):
        source = Path(self.get_source_info()[0])
        known = formulas(source.parent)
        box = nodes.container(classes=["sheet"])
        for label, code in rows(self.content):
            if label not in known:
                raise ExtensionError(
                    f"{source.name}: no chapter has the equation {label}."
                )
            tex = formula(source.parent, label)
            parts = [["$$", *tex.splitlines(), "$$"]]
            parts += [["```python", *code.split("; "), "```"] if code else []]
            parts += [[f"{{eq}}`{label}`"]]
            row = nodes.container(classes=["sheet-row"])
            for text, column in zip(parts, COLUMNS, strict=True):
                begin = NEXT if len(row) else r"\par\noindent"
                row += nodes.raw("", begin + BEGIN % column, format="latex")
                self.state.nested_parse(StringList(text, str(source)), 0, row)
            row += nodes.raw("", r"\end{minipage}", format="latex")
            box += row
        return [box]


def renew(app, env, added, changed, removed):
    """Read the sheet again when a chapter has changed."""
    formulas.cache_clear()
    return {"book/sheet"} & env.found_docs if changed else []
