"""Write the chapters for Colab, each with one cell more: it fetches the book.

    MININN_REPO_URL=https://… python tools/colab.py FOLDER

Colab opens notebooks of a public repository, in an empty folder and without
mininn. So a cell before the first code of each chapter clones the book at
``MININN_REPO_BRANCH`` (a branch or a commit, default ``main``), installs it,
and goes where the chapter stands, beside the files that it reads. Publishing
pushes FOLDER as the branch ``colab``.
"""

import argparse
import os
import re
import sys
from pathlib import Path

import chapters
from places import ROOT

CLONE = "mininn-book"
# Both stand in a line of shell: letters that mean something there are out.
ADDRESS = re.compile(r"https://[\w.-]+(/[\w.~-]+)+")
BRANCH = re.compile(r"\w[\w./-]*")


def fetch(name, url, branch):
    """Return the cell that fetches the book and goes where a chapter is."""
    folder = chapters.path(name).parent.relative_to(ROOT).as_posix()
    lines = [
        "# Colab starts empty: fetch the book and the library, then go to",
        "# the folder of this chapter. It takes about half a minute.",
        f"![ -d ~/{CLONE} ] || git clone -q {url} ~/{CLONE}",
        f"!git -C ~/{CLONE} checkout -q {branch}",
        f'%pip install -q "$HOME/{CLONE}[book]"',
        f"%cd -q ~/{CLONE}/{folder}",
    ]
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "colab",
        "metadata": {},
        "outputs": [],
        "source": "\n".join(lines).splitlines(keepends=True),
    }


def prepared(name, url, branch):
    """Return the text of a notebook, ready for Colab."""
    book = chapters.read(name)
    kinds = [cell["cell_type"] for cell in book["cells"]]
    book["cells"].insert(kinds.index("code"), fetch(name, url, branch))
    return chapters.stored(book)


def write(folder, url, branch):
    """Write every notebook below ``folder``, and return how many."""
    if not ADDRESS.fullmatch(url):
        raise ValueError(
            f"colab: MININN_REPO_URL must be the public address of the "
            f"repository, https://HOST/OWNER/NAME, got {url!r}. Set it."
        )
    if not BRANCH.fullmatch(branch):
        raise ValueError(
            f"colab: MININN_REPO_BRANCH must be a branch or a commit, got "
            f"{branch!r}."
        )
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(
            f"colab: {folder} must be a new or an empty folder. Remove it, "
            f"or name another."
        )
    names = chapters.notebooks()
    for name in names:
        path = folder / chapters.path(name).relative_to(ROOT)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(prepared(name, url, branch), encoding="utf-8")
    return len(names)


def main(argv=None):
    """Write the notebooks; return 0 when they are there."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where they are written")
    folder = parser.parse_args(argv).folder
    url = os.environ.get("MININN_REPO_URL", "").rstrip("/")
    branch = os.environ.get("MININN_REPO_BRANCH", "main")
    try:
        print(f"{folder}: {write(folder, url, branch)} notebooks")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
