"""The source notebook that stands, cell by cell, on the page for authors."""

import re

from places import BOOK

from mininn.exercises.author import notebooks

PAGE = BOOK / "authors.md"
CELL = re.compile(
    r"^\*\*(no tag|answer|check|solution|grader|selftest)\*\*\n\n"
    r"```(markdown|python)\n(.*?)\n```$",
    re.DOTALL | re.MULTILINE,
)


def cells():
    """Return (tag, kind, text) of each cell, in the order of the page."""
    text = PAGE.read_text(encoding="utf-8")
    return [
        (
            tag.replace("no tag", ""),
            "markdown" if kind == "markdown" else "code",
            body,
        )
        for tag, kind, body in CELL.findall(text)
    ]


def write(folder):
    """Write the notebook into a folder; return its path."""
    made = []
    for tag, kind, text in cells():
        cell = notebooks.cell(kind, text)
        cell["metadata"]["tags"] = [tag] if tag else []
        made.append(cell)
    folder.mkdir(exist_ok=True)
    path = folder / "leaky.ipynb"
    path.write_text(notebooks.dump("leaky", made), encoding="utf-8")
    return path


def solution():
    """Return the answer of the example, as a student might write it."""
    (text,) = (text for tag, _, text in cells() if tag == "answer")
    return notebooks.solved(text)
