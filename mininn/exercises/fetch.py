"""``fetch``: the numbers that ``check`` reads, from a course's own pages."""

import sys
from pathlib import Path

from mininn.exercises.judge.keys import ExerciseError, key_in


def fetch(name: str, address: str) -> None:
    """Put the key of an exercise beside the notebook, if it is not there.

    The first cell of a notebook that ``build --at ADDRESS`` made says this.
    When the key cannot be had, the reason is printed, and what to do.

    Parameters
    ----------
    name : str
        Of the exercise.
    address : str
        Where the file is: what stands before its name, with the last slash.
    """
    path = Path(f"{name}.json")
    if path.exists():
        return
    try:
        text = _read(address + path.name)
        key_in(path, text)
    except (OSError, ExerciseError, ValueError) as error:
        print(
            f"fetch: {address}{path.name} could not be had: {error}\n"
            f"Download it with your browser, and put it beside this notebook."
        )
    else:
        path.write_text(text, encoding="utf-8")


def _read(address):
    """Return the text at an address, here or in a browser's Python.

    ``check`` has no need of what this imports.
    """
    if sys.platform == "emscripten":
        from pyodide.http import open_url

        return open_url(address).read()
    import urllib.request
    from http.client import HTTPException

    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.read().decode("utf-8")
    except HTTPException as error:
        raise OSError(f"no answer that is whole, {error!r}") from error
