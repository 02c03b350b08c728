"""What opens a browser is left to the whole check: it takes five minutes."""

import os
from pathlib import Path

import pytest
from browser.engines import Chromium, firefox, webkit

if not os.environ.get("MININN_WHOLE"):
    collect_ignore_glob = ["test_*.py"]  # but for those that are asked for


@pytest.fixture(scope="session")
def built():
    """The folder of a site that brings its own Python."""
    if not os.environ.get("MININN_LITE"):
        pytest.skip(
            "not run: MININN_LITE names no site; build the book, then "
            "python tools/lite.py --self-host, and set it to _build/html"
        )
    folder = Path(os.environ["MININN_LITE"]).resolve()
    assert (folder / "lite" / "pyodide" / "run.json").exists(), folder
    return folder


@pytest.fixture(scope="module", params=["Chromium", "Firefox", "WebKit"])
def engine(request):
    """Each engine in turn, as wide as a phone."""
    if request.param == "Chromium":
        one = Chromium(request.getfixturevalue("browser"))
        yield one
        one.close()
    else:
        with {"Firefox": firefox, "WebKit": webkit}[request.param]() as one:
            yield one


def pytest_itemcollected(item):
    """Mark every test of this folder, installed as its browser may be."""
    item.add_marker("whole")
