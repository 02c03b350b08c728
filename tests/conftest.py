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

# Of these the whole check draws more cases than README's.
AGAIN = "tests/exercises/"


NOTED = pytest.StashKey()


def passed_before(noted):
    """The tests that a run has noted as passed."""
    there = noted and Path(noted).exists()
    return set(Path(noted).read_text("utf-8").split("\n") if there else ())


def reads_site(item):
    return "site" in getattr(item, "fixturenames", ())


def pytest_collection_modifyitems(config, items):
    """Leave to the whole and the weekly check what is theirs; order.

    What reads the built pages is theirs too, unless they are built already.
    What has passed before, on the same files, is not run again.
    """
    later = [
        check
        for check in ("whole", "weekly")
        if not os.environ.get(f"MININN_{check.upper()}")
    ]
    left = {i for i in items if any(map(i.get_closest_marker, later))}
    if "whole" in later and not os.environ.get("MININN_SITE"):
        left |= set(filter(reads_site, items))
    # A pytest that a test starts is on its own.
    config.stash[NOTED] = os.environ.pop("MININN_PASSED", "")
    before = passed_before(config.stash[NOTED])
    left |= {i for i in items if i.nodeid in before}
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=list(left))
    # The site takes half a minute to build, and a chapter up to six seconds:
    # begun last, one would keep one worker while the other has nothing to do.
    items.sort(key=lambda i: (not reads_site(i), "further" in i.path.parts))


def pytest_terminal_summary(terminalreporter):
    """Note what passed; say what tests need that were skipped or left out."""
    config = terminalreporter.config
    noted = config.stash.get(NOTED, os.environ.get("MININN_PASSED"))
    if noted and not hasattr(config, "workerinput"):
        passed = {
            report.nodeid
            for report in terminalreporter.stats.get("passed", [])
            if not report.nodeid.startswith(AGAIN)
        }
        both = sorted(passed | passed_before(noted))
        Path(noted).write_text("\n".join(both), "utf-8")
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
