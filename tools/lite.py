"""Put JupyterLite beside the book: every chapter runs in the browser.

    python tools/lite.py                Python comes from Pyodide's CDN
    python tools/lite.py --self-host    everything comes from the site itself
    python tools/lite.py --site FOLDER  beside another build of the book

Run it after the book is built. What it adds is ``lite/`` in the folder of
the site: Jupyter, the chapters with their data, mininn. What a reader
changes there stays in the reader's browser.
"""

import argparse
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import chapters
import fetch_pyodide
from places import ROOT

CONFIG = Path(__file__).with_name("_lite")
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# A link to another page, {doc}`../deep`: here these are not beside each other.
DOC = re.compile(r"\{doc}`(?:\.\./)*([\w/]+)`")


# JupyterLite ends a run of all cells at any error; Jupyter goes on when the
# cell says that it raises one, and many chapters show an error.
ENDS = "content:s});this._sendMessage(n)}async _complete("
GOES_ON = (
    "content:s,metadata:!1===e.content.stop_on_error?"
    '{cause:"interrupt"}:{}});this._sendMessage(n)}async _complete('
)


def build(site, self_host=False):
    """Make ``lite/`` in the folder of the built book.

    Raises
    ------
    OSError
        When the book is not built, JupyterLite is not installed, or a file
        cannot be had.
    """
    out = Path(site).resolve() / "lite"
    _ready(out.parent)
    with tempfile.TemporaryDirectory() as scratch:
        stage, made = Path(scratch) / "stage", Path(scratch) / "lite"
        _stage(stage, self_host)
        _jupyter_lite(stage, made)
        _go_on(made)
        _icons(made)
        fetch_pyodide.fetch(made / "pyodide", self_host)
        shutil.rmtree(out, ignore_errors=True)
        shutil.move(made, out)


def contents():
    """Return what is laid out for the reader, from the root of the project.

    The chapters of the book that are notebooks, and what these read.
    """
    paths = map(chapters.path, chapters.notebooks())
    notebooks = [path.relative_to(ROOT).as_posix() for path in paths]
    return notebooks + fetch_pyodide.data_files()


def _ready(site):
    if not (site / "index.html").is_file():
        raise OSError(
            f"lite: the book must be built first, but {site} has no "
            "index.html. Run jupyter-book build . and then this again."
        )
    for name in ("jupyterlite_core", "jupyter_server"):
        if importlib.util.find_spec(name) is None:
            raise OSError(
                f"lite: {name} is needed and not installed. "
                f"Run {sys.executable} -m pip install -e '.[lite]'"
            )


def _stage(stage, self_host):
    """Lay out what JupyterLite is built from."""
    for name in contents():
        copy = stage / "contents" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / name).read_text("utf-8")
        copy.write_text(
            _notebook(text) if name.endswith(".ipynb") else text, "utf-8"
        )
    shutil.copyfile(CONFIG / "overrides.json", stage / "overrides.json")
    config = json.loads(
        (CONFIG / "jupyter_lite_config.json").read_text("utf-8")
    )
    config["LiteBuildConfig"]["federated_extensions"] = _extensions()
    (stage / "jupyter_lite_config.json").write_text(
        json.dumps(config), "utf-8"
    )
    lite = json.loads((CONFIG / "jupyter-lite.json").read_text("utf-8"))
    kernel = lite["jupyter-config-data"]["litePluginSettings"][KERNEL]
    index = "./pyodide/" if self_host else fetch_pyodide.CDN
    kernel["pyodideUrl"] = f"{index}pyodide.mjs"
    (stage / "jupyter-lite.json").write_text(json.dumps(lite), "utf-8")


def _extensions():
    """What Jupyter loads; what draws a widget is in its Python wheel."""
    wheels = fetch_pyodide.pinned(fetch_pyodide.EXTENSIONS)
    for wheel in fetch_pyodide.pinned(fetch_pyodide.WHEELS):
        if wheel.name.startswith(("anywidget-", "jupyterlab_widgets-")):
            wheels.append(wheel)
    return [str(wheel) for wheel in wheels]


def _notebook(text):
    """Join the lines, as a server would; no link leads nowhere."""
    import nbformat  # comes with the lite extra

    book = nbformat.reads(text, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = DOC.sub(r"*\1*", cell.source)
    return json.dumps(book)


def _jupyter_lite(stage, out):
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    made = subprocess.run(
        [*command, "--lite-dir", stage, "--output-dir", out],
        cwd=stage,
        capture_output=True,
        encoding="utf-8",
    )
    if made.returncode:
        raise OSError(
            f"lite: JupyterLite could not be built:\n{made.stdout[-2000:]}"
            f"{made.stderr[-2000:]}"
        )


def _go_on(out):
    """Let a run go on after an error that its cell announces."""
    texts = {
        path: path.read_text("utf-8") for path in (out / "build").glob("*.js")
    }
    found = [path for path, text in texts.items() if ENDS in text]
    if len(found) != 1 or texts[found[0]].count(ENDS) != 1:
        raise OSError(
            "lite: one script of JupyterLite must hold the reply to a run "
            f"once, got {len(found)} scripts. Is its version the one pinned "
            "in pyproject.toml? If so, see whether ENDS is still needed."
        )
    found[0].write_text(texts[found[0]].replace(ENDS, GOES_ON), "utf-8")


def _icons(out):
    """Put the icons of a tab where Jupyter asks for them."""
    folder = out / "static" / "favicons"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("busy-1", "console", "file", "notebook", "terminal"):
        icon = folder / f"favicon-{name}.ico"
        shutil.copyfile(out / "tree" / "favicon.ico", icon)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--self-host", action="store_true")
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    args = parser.parse_args()
    try:
        build(args.site, args.self_host)
    except OSError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
