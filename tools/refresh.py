"""Run the chapters again and store what they print, the same bytes each time.

    python tools/refresh.py               run all chapters, write what changed
    python tools/refresh.py forward       run one
    python tools/refresh.py --check       write nothing, fail on a difference

Ids, timestamps, widgets and the version of matplotlib are taken out, so a
second run changes nothing when nothing changed. An error that no cell
expects, or text on stderr, is refused.
"""

import argparse
import base64
import difflib
import io
import json
import sys
from concurrent.futures import ProcessPoolExecutor

import chapters
import surroundings
from places import BOOK

# A kernel shows it, and a notebook without one cannot.
WIDGET = "application/vnd.jupyter.widget-view+json"
EXPLORER = "application/vnd.mininn.explorer+json"


def run(path):
    """Return the text of the notebook at ``path`` after a fresh run."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(path, as_version=4)
    client = NotebookClient(
        book,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--InlineBackend.figure_formats={'retina'}"],
        resources={"metadata": {"path": str(BOOK)}},
    )
    client.execute()
    return normalise(book, path.stem)


def normalise(book, name):
    """Return the notebook as text in which only what was computed varies."""
    book.metadata = {**chapters.KERNEL}
    for i, cell in enumerate(book.cells):
        cell["id"] = f"{name}-{i:03d}"
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell["outputs"] = merged(cell["outputs"])
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise ValueError(
                    f"{name}, cell {i}: writes to stderr:\n{output['text']}"
                )
            if output.output_type == "error":
                output["traceback"] = [
                    f"{output['ename']}: {output['evalue']}"
                ]
            data = output.get("data", {})
            data.pop(WIDGET, None)
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
            if output.get("metadata"):
                sizes = output["metadata"].get("image/png")
                output["metadata"] = {"image/png": sizes} if sizes else {}
    book["metadata"]["mininn"] = {"ran": chapters.seal(book)}
    return chapters.stored(book)


def merged(outputs):
    """Join what was printed in pieces: where they break is chance."""
    whole = []
    for output in outputs:
        last = whole[-1] if whole else {}
        if output.get("name") and output["name"] == last.get("name"):
            last["text"] += output["text"]
        else:
            whole.append(output)
    return whole


def smaller(figure):
    """Return a picture in few colours: it takes a fifth of the bytes.

    Its texts, which name a version, are left out.
    """
    from PIL import Image

    from mininn.explore import few_colours

    small = io.BytesIO()
    picture = Image.open(io.BytesIO(base64.b64decode(figure)))
    few_colours(picture).save(small, "png", optimize=True)
    return base64.b64encode(small.getvalue()).decode() + "\n"


def difference(old, new):
    """Describe how two versions of a notebook differ, cell by cell."""
    a, b = json.loads(old)["cells"], json.loads(new)["cells"]
    if len(a) != len(b):
        return [f"  {len(a)} cells stored, {len(b)} now"]
    told = []
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        if x == y:
            continue
        texts = [
            json.dumps(
                pictureless(c), indent=1, ensure_ascii=False, sort_keys=True
            ).splitlines()
            for c in (x, y)
        ]
        changes = [
            d
            for d in difflib.unified_diff(*texts, lineterm="", n=0)
            if not d.startswith(("---", "+++", "@@"))
        ]
        told.append(f"  cell {i}: " + ("" if changes else "the picture only"))
        told += [f"    {d}" for d in changes[:12]]
    return told or ["  metadata only"]


def pictureless(cell):
    cell = json.loads(json.dumps(cell))
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        data.pop("image/png", None)
        data.get(EXPLORER, {}).pop("frames", None)
    return cell


def main(argv=None):
    """Run the notebooks named, or all; return 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="chapters, without .ipynb")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 on a difference",
    )
    args = parser.parse_args(argv)
    paths = [chapters.path(n.removesuffix(".ipynb")) for n in args.names] or [
        chapters.path(name) for name in chapters.texts()
    ]
    missing = [p.stem for p in paths if not p.exists()]
    if missing:
        parser.error(f"no chapter is called {', '.join(missing)}")
    surroundings.settle()
    surroundings.list_fonts()
    sys.stdout.reconfigure(errors="backslashreplace")  # a locale may be ASCII
    changed = 0
    with ProcessPoolExecutor(2) as pool:
        for path, new in zip(paths, pool.map(run, paths), strict=True):
            old = path.read_text(encoding="utf-8")
            if old == new:
                print(f"{path.stem}: unchanged")
                continue
            changed += 1
            print(f"{path.stem}: changed", *difference(old, new), sep="\n")
            if not args.check:
                path.write_text(new, encoding="utf-8")
    return 1 if changed and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
