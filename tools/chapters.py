"""The pages of the book in their order: the one reader of ``_toc.yml``."""

import yaml
from places import BOOK, ROOT


def parts():
    """Return caption -> pages, of each part; the first page has no caption.

    A page is called by its path below ``book/``, without the ending.
    """
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = {"": [{"file": toc["root"]}]}
    listed |= {part["caption"]: part["chapters"] for part in toc["parts"]}
    return {
        caption: [entry["file"].removeprefix("book/") for entry in entries]
        for caption, entries in listed.items()
    }


def pages():
    """Return the name of every page, the first page first."""
    return [page for part in parts().values() for page in part]


def notebooks():
    """Return the names of the pages that are notebooks."""
    return [page for page in pages() if (BOOK / f"{page}.ipynb").exists()]
