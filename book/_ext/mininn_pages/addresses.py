"""Links to sections of the first edition lead to where these stand now.

``first_edition.json`` holds the ids that each page of that edition had, each
with page#id of where it stands now. Where that is empty, the id is still
there, or on the one page that has it. The script of every page follows it.
"""

import json
from pathlib import Path

from docutils import nodes

BEFORE = json.loads(
    Path(__file__).with_name("first_edition.json").read_text(encoding="utf-8")
)


def ids_of(env):
    """Return page -> the ids that a link can lead to, without ``book/``."""
    return {
        page.removeprefix("book/"): {
            one
            for node in env.get_doctree(page).findall(nodes.Element)
            for one in node["ids"]
        }
        for page in env.found_docs
    }


def moved(now):
    """Return old page -> id -> page and id where it is now, if it moved."""
    found = {}
    for page, ids in BEFORE.items():
        for one, there in ids.items():
            others = [other for other, has in now.items() if one in has]
            if page in others:
                continue
            if not there and len(others) == 1:
                there = f"{others[0]}#{one}"
            if there:
                found.setdefault(f"book/{page}", {})[one] = f"book/{there}"
    return found


def write(app):
    """Write what has moved, for the script that follows it."""
    data = json.dumps(moved(ids_of(app.env)), separators=(",", ":"))
    path = Path(app.outdir) / "_static" / "moved.js"
    path.write_text(f"window.mininnMoved = {data};\n", encoding="utf-8")
