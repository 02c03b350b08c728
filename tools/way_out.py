"""Leave Jupyter Book 1, and see that the pages say the same. A program.

    python tools/way_out.py             in a temporary folder
    python tools/way_out.py FOLDER      in one that is kept

Jupyter Book 1 holds Sphinx and its theme at old versions. This program takes
what is committed, lets Jupyter Book write its configuration as Sphinx reads
it, takes Jupyter Book out of that, and builds the book with the newest
Sphinx, theme and MyST-NB that uv finds. Every warning is an error. Then it
compares what each page says, links to and names with the pages in
``_build/html``, or in the folder that ``MININN_SITE`` names, which Jupyter
Book has built from the same commit. The exit status is 1 when one differs.
"""

import argparse
import difflib
import hashlib
import os
import re
import runpy
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup
from places import ROOT

SITE = Path(os.environ.get("MININN_SITE", ROOT / "_build" / "html")).resolve()
# Jupyter Book adds the folder of the extensions to the path as it builds.
WITHOUT = """
import sys
sys.path.insert(0, "book/_ext")
for name in ("jupyter_book", "sphinx_thebe", "sphinx_comments"):
    extensions.remove(name)
"""
# What the book needs beside its extensions; the font of icons is a woff2.
NEEDED = ["sphinx", "brotli", ".[book]"]
SHOWN = 80  # lines of differences
# Space that says nothing in a formula: it stands beside a sign.
GLUE = re.compile(r"\s*([^\w\s])\s*")


def run(*command, cwd):
    """Run a command, and show what it prints only when it fails."""
    print("+", *(Path(word).name for word in command[:1]), *command[1:])
    done = subprocess.run(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    if done.returncode:
        sys.exit(f"{done.stdout[-8000:]}\nThis failed: {command[0]}")
    return done.stdout


def take(folder):
    """Write what is committed into a folder."""
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    run("git", "archive", "-o", archive, "HEAD", cwd=ROOT)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    archive.unlink()


def configure(book):
    """Write conf.py, without Jupyter Book; return the extensions in it."""
    program = Path(sys.executable).with_name("jupyter-book")
    run(program, "config", "sphinx", ".", cwd=book)
    conf = book / "conf.py"
    conf.write_text(conf.read_text("utf-8") + WITHOUT, encoding="utf-8")
    path = list(sys.path)
    try:
        return runpy.run_path(str(conf))["extensions"]
    finally:
        sys.path[:] = path


def packages(extensions):
    """Return the packages that hold these extensions.

    >>> packages(["myst_nb", "sphinxcontrib.bibtex", "sphinx.ext.autodoc"])
    ['myst-nb', 'sphinxcontrib-bibtex']
    """
    return [
        name.replace("_", "-").replace(".", "-")
        for name in extensions
        if not name.startswith(("sphinx.ext.", "mininn_"))
    ]


def install(folder, book, names):
    """Make an environment of the newest packages; return its programs."""
    uv = [sys.executable, "-m", "uv"]
    run(*uv, "venv", "--python", sys.executable, folder, cwd=book)
    python = folder / "bin" / "python"
    run(*uv, "pip", "install", "--python", python, *NEEDED, *names, cwd=book)
    listed = run(*uv, "pip", "freeze", "--python", python, cwd=book)
    print(*versions(listed, names), sep="\n")
    return python.parent


def versions(listed, names):
    r"""Return the lines of a list of packages that say what was tried.

    >>> versions("docutils==0.22.4\nnumpy==2.4.6\n", ["myst-nb"])
    ['docutils==0.22.4']
    """
    told = {*names, "sphinx", "docutils", "myst-parser", "pydata-sphinx-theme"}
    lines = listed.splitlines()
    return [line for line in lines if line.partition("==")[0] in told]


def said(html):
    """Return what the article of a page holds, one line for each thing.

    First its text, line by line, then its links, the ids in it, what its
    pictures are said to show, the hints on its symbols, and a digest of the
    frames of each explorer.
    """
    article = BeautifulSoup(html, "html.parser").find("article")
    if article is None:
        return []
    for formula in article.find_all(class_="math"):
        formula.string = GLUE.sub(r"\1", formula.get_text())
    lines = [" ".join(line.split()) for line in article.get_text().split("\n")]
    things = [
        f"{word} {part[key]}"
        for word, tag, key in (
            ("link", "a", "href"),
            ("id", True, "id"),
            ("picture", "img", "alt"),
            ("hint", True, "data-hover"),
        )
        for part in article.find_all(tag, attrs={key: True})
    ]
    frames = [
        f"frames {hashlib.sha256(part.string.encode()).hexdigest()}"
        for part in article.find_all("script", type="application/json")
    ]
    return [line for line in lines if line] + things + frames


def pages(site):
    """Return name -> what it says, of every page with an article."""
    found = {
        path.relative_to(site).as_posix(): said(path.read_text("utf-8"))
        for path in sorted(site.rglob("*.html"))
        if not {"_static", "lite"} & {*path.relative_to(site).parts}
    }
    return {name: lines for name, lines in found.items() if lines}


def compare(ours, theirs):
    """Return how many pages are equal, and the lines that differ."""
    equal, differences = 0, []
    for name in sorted(ours | theirs):
        here, there = ours.get(name, []), theirs.get(name, [])
        equal += here == there
        differences += difflib.unified_diff(
            here,
            there,
            f"Jupyter Book/{name}",
            f"Sphinx/{name}",
            "",
            "",
            1,
            "",
        )
    return equal, differences


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="kept")
    folder = parser.parse_args(argv).folder
    ours = pages(SITE)
    if not ours:
        sys.exit(f"No page in {SITE}: build the book, or set MININN_SITE.")
    with tempfile.TemporaryDirectory() as temporary:
        work = (folder or Path(temporary)).resolve()
        book, out = work / "book", work / "html"
        take(book)
        names = packages(configure(book))
        programs = install(work / "environment", book, names)
        run(
            programs / "sphinx-build",
            *("-W", "-n", "--keep-going", "-b", "html", ".", out),
            cwd=book,
        )
        theirs = pages(out)
    equal, differences = compare(ours, theirs)
    print(*differences[:SHOWN], sep="\n")
    if len(differences) > SHOWN:
        print(f"… and {len(differences) - SHOWN} lines more")
    print(f"{equal} of {len(ours | theirs)} pages are equal.")
    return int(equal < len(ours | theirs))


if __name__ == "__main__":
    sys.exit(main())
