"""Write the chapters for Colab, each with one cell more: it fetches the book.

    MININN_REPO_URL=https://… python tools/colab.py FOLDER

Colab opens notebooks of a public repository, in an empty folder and without
mininn. So a cell before the first code of each chapter clones the book at
``MININN_REPO_BRANCH`` (a branch or a commit, default ``main``), installs it,
and goes where the chapter stands, beside the files that it reads. Publishing
pushes FOLDER as the branch ``colab``.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path, PurePosixPath

import yaml
from places import ROOT

CLONE = "mininn-book"
# Both stand in a line of shell: letters that mean something there are out.
ADDRESS = re.compile(r"https://[\w.-]+(/[\w.~-]+)+")
BRANCH = re.compile(r"\w[\w./-]*")


def notebooks():
    """Return the path of every notebook of the book, in its order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"]] + [
        chapter["file"]
        for part in toc["parts"]
        for chapter in part["chapters"]
    ]
    paths = [PurePosixPath(f"{file}.ipynb") for file in files]
    return [path for path in paths if (ROOT / path).exists()]


def fetch(path, url, branch):
    """Return the cell that fetches the book and goes where ``path`` is."""
    lines = [
        "# Colab starts empty: fetch the book and the library, then go to",
        "# the folder of this chapter. It takes about half a minute.",
        f"![ -d ~/{CLONE} ] || git clone -q {url} ~/{CLONE}",
        f"!git -C ~/{CLONE} checkout -q {branch}",
        f'%pip install -q "$HOME/{CLONE}[book]"',
        f"%cd -q ~/{CLONE}/{path.parent}",
    ]
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "colab",
        "metadata": {},
        "outputs": [],
        "source": "\n".join(lines).splitlines(keepends=True),
    }


def prepared(path, url, branch):
    """Return the text of the notebook at ``path``, ready for Colab."""
    book = json.loads((ROOT / path).read_text(encoding="utf-8"))
    kinds = [cell["cell_type"] for cell in book["cells"]]
    book["cells"].insert(kinds.index("code"), fetch(path, url, branch))
    return (
        json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


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
    paths = notebooks()
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        text = prepared(path, url, branch)
        (folder / path).write_text(text, encoding="utf-8")
    return len(paths)


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
