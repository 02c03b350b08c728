"""The pages of the book: which there are, in which order, and as what bytes.

The one reader of ``_toc.yml`` and the one writer of notebooks. A page is
called by its path below ``book/``, without the ending.
"""

import hashlib
import json
from functools import cache

import yaml
from places import BOOK, ROOT

# What a notebook says of its kernel. The exercises are written by the
# package, which says the same: it is used where there are no tools.
KERNEL = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def parts():
    """Return caption -> pages, of each part; the first page has no caption."""
    toc = table()
    listed = {"": [toc["root"]]}
    for part in toc["parts"]:
        listed[part["caption"]] = [
            page["file"]
            for entry in part["chapters"]
            for page in (entry, *entry.get("sections", []))
        ]
    return {
        caption: [page.removeprefix("book/") for page in pages]
        for caption, pages in listed.items()
    }


def table():
    """Return the table of contents."""
    return _parsed((ROOT / "_toc.yml").read_text(encoding="utf-8"))


@cache
def _parsed(text):
    """Return what a text in YAML says; it takes longer than to read it."""
    return yaml.safe_load(text)


def below():
    """Return chapter -> the pages that stand below it, of every chapter."""
    return {
        entry["file"].removeprefix("book/"): [
            page["file"].removeprefix("book/")
            for page in entry.get("sections", [])
        ]
        for part in table()["parts"]
        for entry in part["chapters"]
    }


def spine():
    """Return the names of the numbered chapters, in their order."""
    return [
        entry["file"].removeprefix("book/")
        for part in table()["parts"]
        if part.get("numbered")
        for entry in part["chapters"]
    ]


def pages():
    """Return the name of every page, in their order."""
    return [page for part in parts().values() for page in part]


def notebooks():
    """Return the names of the pages that are notebooks, in their order."""
    return [page for page in pages() if path(page).exists()]


def texts():
    """Return the names of the notebooks that are read: no exercises."""
    return [name for name in notebooks() if not name.startswith("exercises/")]


def path(name):
    """Return the path of a notebook."""
    return BOOK / f"{name}.ipynb"


def read(name):
    """Return a notebook as JSON has it."""
    return json.loads(path(name).read_text(encoding="utf-8"))


def stored(book):
    """Return the text of a notebook: the same bytes for the same content.

    Texts become lists of lines, as Jupyter writes them.
    """
    book = json.loads(json.dumps(book))
    for cell in book["cells"]:
        cell["source"] = lines(cell["source"])
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = lines(output["text"])
            for kind, data in output.get("data", {}).items():
                if kind.startswith("text/"):
                    output["data"][kind] = lines(data)
    return (
        json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


def seal(book):
    """Return a digest of what the code cells say and of what came out.

    ``tools/refresh.py`` stores it when it has run a chapter: whoever changes
    one of the two by hand, and does not run the chapter, is found.
    """
    ran = [
        [cell["source"], cell["outputs"]]
        for cell in json.loads(stored(book))["cells"]
        if cell["cell_type"] == "code"
    ]
    return hashlib.sha256(json.dumps(ran, sort_keys=True).encode()).hexdigest()


def lines(text):
    """Return a text, or a list of its pieces, as a list of its lines."""
    return "".join(text).splitlines(keepends=True)
