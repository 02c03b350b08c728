"""Notebooks that are opened outside of the book: by students, anywhere.

A page of the book stands among its chapters and beside the library. What is
handed out has neither: its first cell of code gets mininn where it is
missing, and its links lead to the published book, or are plain words.
"""

import json
import posixpath
import re
from dataclasses import replace
from pathlib import Path

from mininn.exercises.author import notebooks, wheel
from mininn.exercises.author.notebooks import Source
from mininn.exercises.judge.keys import ExerciseError

BOOK = Path(__file__).parents[3] / "book"
ROLE = re.compile(r"(?<!`)\{(\w+)\}`([^`]+)`")  # MyST: {doc}`../softmax`
TARGET = re.compile(r"(.*\S)\s*<(.+)>")
ADDRESS = re.compile(r"https?://[\w.~:/%+@-]+")
BESIDE = """# Gets mininn, if it is missing, from the file beside it.
import sys
from importlib.util import find_spec
from pathlib import Path

wheel = Path("{wheel}").resolve()
if find_spec("mininn") is None and not wheel.exists():
    print(f"Put {{wheel.name}} beside this notebook, in {{wheel.parent}}.")
    print("On Colab: the folder on the left, then the sign for uploads.")
elif find_spec("mininn") is None and sys.platform == "emscripten":
    import micropip
    await micropip.install(f"emfs:{{wheel}}")
elif find_spec("mininn") is None:
    %pip install -q "{{wheel}}\""""
AFAR = """# Gets what is missing: mininn, and {name}.json, which check reads.
import sys
from importlib.util import find_spec

FROM = "{address}"
if find_spec("mininn") is None and sys.platform == "emscripten":
    import micropip
    await micropip.install(FROM + "{wheel}")
elif find_spec("mininn") is None:
    %pip install -q "{address}{wheel}"

from mininn.exercises import fetch
fetch("{name}", FROM)"""


def student(source: Source, address: str = "") -> str:
    """Return the notebook that is handed out: without the solution.

    Parameters
    ----------
    source : Source
    address : str
        Where the files of ``release`` are published, ending in a slash;
        else they are handed out beside the notebook.
    """
    book = json.loads(notebooks.student(source, solution=False))
    kinds = [cell["cell_type"] for cell in book["cells"]]
    text = AFAR if address else BESIDE
    first = text.format(
        name=source.name, address=address, wheel=wheel.file_name()
    )
    book["cells"].insert(kinds.index("code"), notebooks.cell("code", first))
    return notebooks.dump(source.name, book["cells"])


def checked(address: str) -> str:
    """Return the address of a folder on the web with a slash at its end.

    Raises
    ------
    ExerciseError
        When it is none.
    """
    if address and not ADDRESS.fullmatch(address):
        raise ExerciseError(
            f"--at must be where students find the files of release, "
            f"https://HOST/FOLDER, got {address!r}."
        )
    return f"{address.rstrip('/')}/" if address else ""


def outside(source: Source, site: str = "") -> Source:
    """Return a source whose links lead somewhere outside of the book too.

    Parameters
    ----------
    source : Source
    site : str
        Where the book is published; else links are plain words.
    """

    def said(tag, kind, text, whole):
        if kind == "markdown":
            text = ROLE.sub(lambda m: _said(m[1], m[2], site), text)
        return tag, kind, text, whole

    return replace(source, cells=[said(*cell) for cell in source.cells])


def _said(role, content, site):
    """Return a role of MyST as Markdown that every notebook shows."""
    found = TARGET.fullmatch(content)
    words, target = found.groups() if found else ("", content)
    if role != "doc":
        return words or target
    page = posixpath.normpath(posixpath.join("exercises", target.strip("/")))
    words = words or _title(page)
    if not site:
        return f"*{words}*"
    return f"[{words}]({site.rstrip('/')}/book/{page}.html)"


def _title(page):
    """Return the title of a page of the book, or else its name."""
    notebook, text = BOOK / f"{page}.ipynb", BOOK / f"{page}.md"
    lines = [page.rpartition("/")[2]]
    if notebook.is_file():
        first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
        lines = "".join(first["source"]).splitlines()
    elif text.is_file():
        lines = text.read_text(encoding="utf-8").splitlines()
    heads = (line[2:].strip() for line in lines if line.startswith("# "))
    return next(heads, lines[0])
