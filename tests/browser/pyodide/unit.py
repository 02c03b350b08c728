"""The unit tests of mininn, inside Pyodide.

    node tests/browser/pyodide/run.mjs FOLDER --wheels WHEELS \\
        tests/browser/pyodide/unit.py [--part=I/N]

More arguments are given to pytest. With ``--part`` every N-th test runs, from
the I-th on, so that N of these share the work. A test marked ``native_only``
has to fail here, so that no marker outlives its reason, and no other test may
be skipped, but for want of node. The last line is JSON: how many tests were
found, how many of them were taken, and how many of each file passed.
"""

import collections
import json
import sys
from pathlib import Path

# Folders of tests whose subject is not the library, or which can only be
# native.
NATIVE = {
    "claims": "is of the text; what is trained runs natively",
    "book": "is of files, which are the same everywhere",
    "browser": "opens pages in Chromium and WebKit, and starts this",
    "exercises": "grades in processes; chapters.py runs the exercises",
    "hosting": "reads what pip installed, and makes environments",
    "site": "reads the built pages, and the scripts in them",
    "tools": "is of programs that start others",
}
# Every test of this file starts node.
IN_NODE = "unit/test_glass_engine.py"
# A test that starts node says this where it cannot, as in a browser's Python.
NO_NODE = "node is not installed"


def portable(tests):
    """Return the files of tests that are to pass here."""
    return [
        path
        for path in sorted(tests.rglob("test_*.py"))
        if path.relative_to(tests).parts[0] not in NATIVE
        and path != tests / IN_NODE
    ]


class Parity:
    """Expect what is native to fail, and count what passed."""

    def __init__(self, first, step):
        self.first, self.step = first, step
        self.passed, self.skipped = collections.Counter(), []

    def pytest_collection_modifyitems(self, items):
        import pytest

        self.found = len(items)
        items[:] = items[self.first :: self.step]
        self.taken = len(items)
        for item in items:
            for mark in item.iter_markers("native_only"):
                item.add_marker(
                    pytest.mark.xfail(reason=mark.args[0], strict=True)
                )

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            self.passed[report.nodeid.split("::")[0]] += 1
        if report.skipped and not self.expected(report):
            self.skipped.append(f"{report.nodeid}: {report.longrepr}")

    def expected(self, report):
        """Whether what a skipped test lacks can never be here."""
        lacks_node = NO_NODE in str(report.longrepr)
        return lacks_node or "native_only" in report.keywords

    def pytest_collectreport(self, report):
        if report.skipped:
            self.skipped.append(f"{report.nodeid}: {report.longrepr}")


def main(more):
    """Run the tests of the library that is installed, not of the tree."""
    import pytest

    import mininn

    assert "/project" not in mininn.__file__, mininn.__file__
    part = [word for word in more if word.startswith("--part=")]
    more = [word for word in more if word not in part]
    given = part[0].removeprefix("--part=") if part else "0/1"
    parity = Parity(*map(int, given.split("/")))
    code = pytest.main(
        [
            *("-c", "pyproject.toml", "-o", "addopts="),
            *("-p", "no:cacheprovider", "--strict-markers", "-q"),
            "--import-mode=importlib",
            *("--doctest-modules", "--tb=short", "--pyargs", "mininn"),
            *map(str, portable(Path("tests"))),
            *more,
        ],
        plugins=[parity],
    )
    for line in parity.skipped:
        print("skipped, though nothing may be:", line)
    told = {name: getattr(parity, name) for name in ("found", "taken")}
    print(json.dumps(told | {"passed": parity.passed}))
    return code or bool(parity.skipped)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
