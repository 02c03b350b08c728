"""Run notebooks in one interpreter, here or in Pyodide; print what came out.

    python tests/browser/pyodide/chapters.py book/forward.ipynb ...

Each cell goes through IPython's shell, as in a kernel, in the folder of its
notebook. What a cell stores comes out as JSON, a line a notebook, in the
form of a stored notebook: without pictures, and with the seconds it took.
"""

import contextlib
import gc
import json
import os
import random
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type

outputs = []


def keep(kind, data):
    """Note an output; of what is no text, only that it was there."""
    texts = {
        mime: text if mime.startswith("text/") else ""
        for mime, text in data.items()
    }
    outputs.append({"output_type": kind, "data": texts})


class Stream:
    """A standard stream whose text joins the outputs where it was written."""

    def __init__(self, name):
        self.name = name

    def write(self, text):
        if not outputs or outputs[-1].get("name") != self.name:
            outputs.append(
                {"output_type": "stream", "name": self.name, "text": ""}
            )
        outputs[-1]["text"] += text
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


class Published(DisplayPublisher):
    def publish(self, data, metadata=None, **kwargs):
        keep("display_data", data)


class Last(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        keep("execute_result", format_dict)

    def finish_displayhook(self):
        pass


class Shell(InteractiveShell):
    display_pub_class = Type(Published)
    displayhook_class = Type(Last)

    def _showtraceback(self, etype, evalue, stb):
        outputs.append(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": str(evalue),
            }
        )


@contextlib.contextmanager
def fresh(shell, folder):
    """Start as a kernel starts: whatever the last notebook had changed."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    shell.reset()
    plt.close("all")
    mpl.rcdefaults()
    np.random.seed()  # noqa: NPY002
    random.seed()
    stood = Path.cwd()
    os.chdir(folder)
    with np.printoptions(), np.errstate(), warnings.catch_warnings():
        yield
    os.chdir(stood)
    gc.collect()


def run(shell, path):
    """Return the outputs and the seconds of each code cell at ``path``."""
    cells = []
    with fresh(shell, path.parent):
        for cell in json.loads(Path(path.name).read_text("utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            outputs.clear()
            start = time.perf_counter()
            with (
                contextlib.redirect_stdout(Stream("stdout")),
                contextlib.redirect_stderr(Stream("stderr")),
            ):
                shell.run_cell("".join(cell["source"]), store_history=True)
            seconds = round(time.perf_counter() - start, 2)
            cells.append({"outputs": list(outputs), "seconds": seconds})
    return cells


def main(paths):
    """Run the notebooks one after another and print a line of JSON each."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    shell = Shell.instance()
    shell.history_manager.enabled = False
    for path in paths:
        cells = run(shell, Path(path))
        print(json.dumps({"path": path, "cells": cells}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
