"""Say which packages differ from requirements.lock, and which one broke us.

    python tools/versions.py            the packages that are not as locked
    python tools/versions.py --blame    put them back, one after the other,
                                        until each file that failed passes

``--blame`` follows a run of pytest that failed. It changes the environment.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import ROOT

LOCK = ROOT / "requirements.lock"


def locked(text):
    """Return name -> version, of what a lock holds for this Python."""
    asked = [
        Requirement(line.rstrip(" \\"))
        for line in text.splitlines()
        if line[:1].isalnum()
    ]
    return {
        canonicalize_name(one.name): next(iter(one.specifier)).version
        for one in asked
        if one.marker is None or one.marker.evaluate()
    }


def installed():
    """Return name -> version, of what this Python would import."""
    return {
        canonicalize_name(one.metadata["Name"]): one.version
        for one in metadata.distributions()
    }


def differences(wanted, here):
    """Return rows (name, locked, here).

    First what is missing, which others may need, then what the book names.
    """
    named = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    rows = [
        (name, version, here.get(name, "missing"))
        for name, version in wanted.items()
        if here.get(name) != version
    ]
    return sorted(
        rows, key=lambda row: (row[2] != "missing", row[0] not in named, row)
    )


def table(rows):
    if not rows:
        return "Every package is as in requirements.lock: blame the change."
    head = ("package", "locked", "here")
    widths = [
        max(map(len, column)) for column in zip(head, *rows, strict=True)
    ]
    return "\n".join(
        "  ".join(map(str.ljust, row, widths)).rstrip()
        for row in (head, *rows)
    )


def blame(rows, files, put, green):
    """Put locked versions back in turn; return file -> the row that mends it.

    They stay put back, so that a package which is at fault only beside
    another is found too. A file that fails with all of them back is not in
    what is returned.
    """
    found = {}
    for row in rows:
        name, version, here = row
        print(f"{name} {here} -> {version}", flush=True)
        put(f"{name}=={version}")
        found |= {f: row for f in files if f not in found and green(f)}
        if len(found) == len(files):
            break
    return found


def put(requirement):
    """Install one exact version into this Python, and nothing with it."""
    tool = [sys.executable, "-m", "pip", "install", "-q"]
    if importlib.util.find_spec("pip") is None:
        tool = ["uv", "pip", "install", "-q", "--python", sys.executable]
    subprocess.run([*tool, "--no-deps", requirement], check=True)


def failed(cache=ROOT / ".pytest_cache"):
    """Return the files in which the last run of pytest failed.

    Whole files, because a cell of a chapter needs the cells above it.
    """
    path = cache / "v" / "cache" / "lastfailed"
    names = json.loads(path.read_text("utf-8")) if path.exists() else []
    return sorted({name.partition("::")[0] for name in names})


def green(file):
    """Whether the tests in this file pass now, within five minutes."""
    asked = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", file]
    try:
        done = subprocess.run(
            [sys.executable, *asked],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main(argv=None):
    """Print the differences; return 1 when --blame is at a loss, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--blame", action="store_true", help="find which")
    args = parser.parse_args(argv)
    rows = differences(locked(LOCK.read_text(encoding="utf-8")), installed())
    print(table(rows), flush=True)
    if not args.blame:
        return 0
    files = failed()
    if not files:
        print("No test is known to fail here: run pytest first.")
        return 1
    found = blame(rows, files, put, green)
    for file in files:
        print(verdict(file, found.get(file)))
    return 0 if len(found) == len(files) else 1


def verdict(file, row):
    if row is None:
        return f"{file} fails as locked, too: no package broke it."
    name, version, here = row
    return f"{file} passes with {name} {version}: {name} {here} broke it."


if __name__ == "__main__":
    sys.exit(main())
