"""The unit tests of mininn, inside Pyodide.

    node tests/pyodide/run.mjs FOLDER --wheels WHEELS tests/pyodide/unit.py

More arguments are given to pytest. A test marked ``native_only`` has to
fail here, so that no marker outlives its reason, and no other test may be
skipped. The last line is JSON: how many tests of each file passed.
"""

import collections
import json
import sys
from pathlib import Path

# Files whose subject is not the library, or which can only be native.
NATIVE = {
    "test_bench_peers": "is of a program that times other libraries",
    "test_binder": "runs repo2docker",
    "test_binder_server": "starts a server and Chromium",
    "test_cells": "opens pages in Chromium and WebKit",
    "test_classroom": "grades in processes, and reads zips of all kinds",
    "test_colab": "is of the command that writes Colab's notebooks",
    "test_exercises": "grades in processes; chapters.py runs the exercises",
    "test_exit": "reads the built pages",
    "test_grading_targets": "grades in processes",
    "test_hostile": "grades in processes",
    "test_html": "reads the built pages",
    "test_lighthouse": "opens pages in Chromium",
    "test_lite": "builds JupyterLite",
    "test_marks": "grades in processes",
    "test_paper": "builds the PDF",
    "test_parity": "starts this",
    "test_requirements": "reads what pip installed",
    "test_rules": "is of what rewrites the pages",
    "test_run": "opens pages in Chromium",
    "test_site": "opens pages in Chromium",
    "test_surroundings": "starts pytest",
    "test_vendor": "reads the scripts of the pages",
    "test_widgets": "opens pages in Chromium",
    "test_workflows": "reads the workflows",
}


class Parity:
    """Expect what is native to fail, and count what passed."""

    def __init__(self):
        self.passed, self.skipped = collections.Counter(), []

    def pytest_collection_modifyitems(self, items):
        import pytest

        for item in items:
            for mark in item.iter_markers("native_only"):
                item.add_marker(
                    pytest.mark.xfail(reason=mark.args[0], strict=True)
                )

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            self.passed[Path(report.nodeid.split("::")[0]).stem] += 1
        expected = "native_only" in report.keywords
        if report.skipped and not expected:
            self.skipped.append(f"{report.nodeid}: {report.longrepr}")

    def pytest_collectreport(self, report):
        if report.skipped:
            self.skipped.append(f"{report.nodeid}: {report.longrepr}")


def main(more):
    """Run the tests of the library that is installed, not of the tree."""
    import pytest

    import mininn

    assert "/project" not in mininn.__file__, mininn.__file__
    parity = Parity()
    files = sorted(Path("tests").glob("test_*.py"))
    code = pytest.main(
        [
            *("-c", "pyproject.toml", "-o", "addopts="),
            *("-p", "no:cacheprovider", "--strict-markers", "-q"),
            "--import-mode=importlib",
            *("--doctest-modules", "--tb=short", "--pyargs", "mininn"),
            *(str(path) for path in files if path.stem not in NATIVE),
            *more,
        ],
        plugins=[parity],
    )
    for line in parity.skipped:
        print("skipped, though nothing may be:", line)
    print(json.dumps(parity.passed))
    return code or bool(parity.skipped)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
