"""What is left to other checks; the site, and a browser to open it in.

The built pages are opened with every outside host blocked. That needs
Chromium and the ``dev`` extra. The book is built into a temporary folder,
unless ``MININN_SITE`` names a built one.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import surroundings
from chromium import CHROMIUM, served
from places import ROOT

surroundings.settle()  # before NumPy counts the cores

import kit  # noqa: E402


def pytest_collection_modifyitems(config, items):
    """Leave to the whole and the weekly check what is theirs; order."""
    later = [
        check
        for check in ("whole", "weekly")
        if not os.environ.get(f"MININN_{check.upper()}")
    ]
    left = [i for i in items if any(map(i.get_closest_marker, later))]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)
    # The site takes half a minute to build: begun last, one worker would
    # build it while the other has nothing left to do.
    items.sort(key=lambda i: "site" not in getattr(i, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter):
    """Say in a line what the tests need that were skipped or left out."""
    skipped = len(terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.write_line(
            f"{skipped} skipped: they need more than a reader does, such as "
            f"the dev extra (.venv/bin/pip install -e '.[dev]'), Chromium or "
            f"bubblewrap. .ci/run installs all of it and runs them."
        )
    ran = set(terminalreporter.stats) - {"", "deselected"}
    if not ran and not terminalreporter.config.option.collectonly:
        terminalreporter.write_line(
            "No test ran. What takes long is left to .ci/run: to run all of "
            "tests/browser, and what is marked whole, set MININN_WHOLE=1; "
            "for what is marked weekly, MININN_WEEKLY=1."
        )


@pytest.fixture
def problem():
    return kit.make_problem


@pytest.fixture
def differences():
    return kit.central_differences


@pytest.fixture
def off():
    return kit.relative_difference


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the built pages."""
    if os.environ.get("MININN_SITE"):
        return Path(os.environ["MININN_SITE"]).resolve()
    out = tmp_path_factory.mktemp("site")
    subprocess.run(
        [
            Path(sys.executable).with_name("jupyter-book"),
            "build",
            "-W",
            "-n",
            "--keep-going",
            "--path-output",
            out,
            ROOT,
        ],
        check=True,
        capture_output=True,
    )
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def address(site):
    """The start of every page's address, by scheme."""
    with served(site) as http_address:
        yield {"file": site.as_uri(), "http": http_address}


@pytest.fixture(scope="session")
def browser():
    flags = [
        "--no-sandbox",
        "--disable-background-networking",
        "--no-first-run",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    playwright = pytest.importorskip(
        "playwright.sync_api",
        reason="the dev extra is not installed: playwright",
    )
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()
