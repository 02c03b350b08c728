"""What test files share: networks, differences, the site and a browser.

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

import numpy as np  # noqa: E402

import mininn as mn  # noqa: E402

OUTPUT = {
    "euclidean": "identity",
    "binary_cross_entropy": "sigmoid",
    "cross_entropy": "softmax",
}


def pytest_collection_modifyitems(config, items):
    """Leave to the whole check, and to the weekly one, what is theirs."""
    later = [
        check
        for check in ("whole", "weekly")
        if not os.environ.get(f"MININN_{check.upper()}")
    ]
    left = [i for i in items if any(map(i.get_closest_marker, later))]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


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


def make_problem(n, m, hidden, loss, seed=0, clear=1e-2):
    """A random network, a batch, its labels; no Z within ``clear`` of 0."""
    rng = np.random.default_rng(seed)
    L = len(n) - 1
    while True:
        W = {l: rng.standard_normal((n[l], n[l - 1])) for l in range(1, L + 1)}
        b = {l: rng.standard_normal((n[l], 1)) for l in range(1, L + 1)}
        g = dict.fromkeys(range(1, L), hidden) | {L: OUTPUT[loss.name]}
        net, X = mn.Network(W, b, g), rng.standard_normal((n[0], m))
        Z = mn.forward(net, X).Z
        if all(np.abs(Z[l]).min() > clear for l in Z):
            break
    if loss is mn.euclidean:
        Y = rng.standard_normal((n[L], m))
    elif loss is mn.binary_cross_entropy:
        Y = rng.integers(0, 2, (n[L], m)).astype(float)
    else:
        Y = np.eye(n[L])[:, rng.integers(0, n[L], m)]
    return net, X, Y


def central_differences(f, x, h=2e-4):
    """The slope of f along each entry of x, from four points around it.

    (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h is off by h^4, so h need not
    be so small that rounding shows.
    """

    def moved(i, j, by):
        y = x.copy()
        y[i, j] += by
        return f(y)

    slopes = np.zeros(x.shape)
    for i, j in np.ndindex(x.shape):
        near = moved(i, j, h) - moved(i, j, -h)
        far = moved(i, j, 2 * h) - moved(i, j, -2 * h)
        slopes[i, j] = (8 * near - far) / (12 * h)
    return slopes


def relative_difference(ours, theirs):
    """The largest difference over the largest entry."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    top = max(np.abs(ours).max(), np.abs(theirs).max())
    return np.abs(ours - theirs).max() / top if top else 0.0


@pytest.fixture
def problem():
    return make_problem


@pytest.fixture
def differences():
    return central_differences


@pytest.fixture
def off():
    return relative_difference


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
