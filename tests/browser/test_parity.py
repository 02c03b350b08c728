"""The same answers in a browser's Python as here: tests, chapters, limits.

Runs when ``MININN_PYODIDE`` names the folder that
``python tools/fetch_pyodide.py FOLDER --self-host`` has filled. Pyodide runs
under node, without a browser.
"""

import configparser
import hashlib
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from places import BOOK, ROOT, TESTS

HERE = TESTS / "browser" / "pyodide"
PINS = HERE / "wheels.txt"
WHEELS = ROOT / "_build" / "pyodide" / "tests"
FOLDER = os.environ.get("MININN_PYODIDE", "")
BOOKS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in BOOK.rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
# What differs, natively and in Pyodide. An upgrade that changes one of these
# is to be noticed: then a chapter may say more, or a marker can go.
DIFFERENCES = {
    "default_integer": ("int64", "int32"),
    "integers_wrap": ([0, 2**30, 2**31], [0, 2**30, -(2**31)]),
    "product_of_integers": (121645100408832000, 109641728),
    "overflow_warns": (["overflow", "invalid value"], []),
    "errstate_raises": ([True, True, True], [False, False, False]),
    "thread": ("ran", "can't start new thread"),
    "process": ("ran", "emscripten does not support processes."),
    "no_such_file": (2, 44),
    "size_of_a_float": (24, 16),
    "size_of_a_pointer": (8, 4),
}
PARTS = ("--part=0/2", "--part=1/2")  # all unit tests, by two programs
UNIT = runpy.run_path(str(HERE / "unit.py"))


@pytest.fixture(scope="session")
def folder():
    """Pyodide, mininn and all that they need."""
    if not FOLDER:
        pytest.skip(
            "not run: MININN_PYODIDE names no folder that "
            "tools/fetch_pyodide.py --self-host has filled"
        )
    if not shutil.which("node"):
        pytest.skip("not run: node is not installed")
    return Path(FOLDER).resolve()


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch_wheels():
    """Return what pip said when it had no wheels for the unit tests."""
    pinned = set(re.findall(r"sha256:(\w{64})", PINS.read_text("utf-8")))
    WHEELS.mkdir(parents=True, exist_ok=True)
    if not pinned <= {sha256(w) for w in WHEELS.glob("*.whl")}:
        pip = (sys.executable, "-m", "pip", "download", "--no-deps")
        exact = ("--require-hashes", "--only-binary=:all:")
        python = ("--python-version=3.14", "--ignore-requires-python")
        place = (f"--dest={WHEELS}", f"--requirement={PINS}")
        done = subprocess.run(
            [*pip, *exact, *python, *place],
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode:
            return done.stderr.strip()
    for wheel in WHEELS.glob("*.whl"):
        if sha256(wheel) not in pinned:  # of an earlier list
            wheel.unlink()
    return ""


def in_pyodide(folder, *words):
    """Run a program of ``pyodide/`` as the reader's browser would."""
    return subprocess.run(
        ["node", HERE / "run.mjs", folder, *words],
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        cwd=ROOT,
    )


@pytest.fixture(scope="session")
def ran(folder):
    """What came out of everything, two programs at a time."""
    program = HERE.relative_to(ROOT)
    parts = {i: BOOKS[i::3] for i in range(3)}
    jobs = {i: (program / "chapters.py", *b) for i, b in parts.items()}
    missing = fetch_wheels()
    if not missing:
        unit = ("--wheels", WHEELS, program / "unit.py")
        # The longest come first.
        jobs = {part: (*unit, part) for part in PARTS} | jobs
    with ThreadPoolExecutor(2) as pool:
        calls = {
            name: pool.submit(in_pyodide, folder, *words)
            for name, words in jobs.items()
        }
        return {name: call.result() for name, call in calls.items()} | {
            "missing": missing
        }


@pytest.fixture(scope="session")
def chapters(ran):
    """The cells of each notebook that ran, by its path, and what failed."""
    cells, trouble = {}, ""
    for i in range(3):
        trouble += ran[i].stderr[-2000:]
        for line in ran[i].stdout.splitlines():
            book = json.loads(line)
            cells[book["path"]] = book["cells"]
    return cells, trouble


def cleaned(text):
    """Take out what is never the same, as nbval does."""
    rules = configparser.RawConfigParser()
    rules.read(BOOK / "nbval_sanitize.cfg")
    for rule in rules.sections():
        text = re.sub(rules[rule]["regex"], rules[rule]["replace"], text)
    return text


def compared(output):
    """What has to agree: each character of text; of a picture, its kind."""
    kind = output["output_type"]
    if kind == "stream":
        return output["name"], cleaned("".join(output["text"]))
    if kind == "error":
        return kind, output["ename"], cleaned(output["evalue"])
    return kind, {
        mime: cleaned("".join(data)) if mime.startswith("text/") else "there"
        for mime, data in output["data"].items()
    }


@pytest.mark.weekly  # each check runs them in their pages; see test_run
@pytest.mark.parametrize("path", BOOKS)
def test_a_chapter_says_in_pyodide_what_is_stored(chapters, path):
    cells, trouble = chapters
    assert path in cells, trouble
    assert (ROOT / path).is_file()
    stored = json.loads((ROOT / path).read_text("utf-8"))["cells"]
    code = [c for c in stored if c["cell_type"] == "code"]
    for cell, done in zip(code, cells[path], strict=True):
        want = [compared(output) for output in cell["outputs"]]
        came = [compared(output) for output in done["outputs"]]
        assert came == want, "".join(cell["source"])


@pytest.mark.weekly
def test_the_unit_tests_pass_in_pyodide(ran):
    if ran["missing"]:
        assert "DO NOT MATCH THE HASHES" not in ran["missing"]
        pytest.skip(f"not run: {ran['missing'].splitlines()[-1]}")
    passed, taken, found = set(), 0, set()
    for part in PARTS:
        done = ran[part]
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
        said = json.loads(done.stdout.splitlines()[-1])
        passed |= set(said["passed"])
        taken += said["taken"]
        found.add(said["found"])
    assert {taken} == found, "a test was left out"
    files = UNIT["portable"](TESTS)
    tests = {path.relative_to(ROOT).as_posix() for path in files}
    assert tests <= passed, "a file was left out"


def test_what_is_left_out_of_pyodide_is_there():
    assert set(UNIT["NATIVE"]) <= {path.name for path in TESTS.iterdir()}
    assert (TESTS / UNIT["IN_NODE"]).exists()


def test_mininn_in_the_folder_is_that_of_the_tree(folder):
    (wheel,) = folder.glob("mininn-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        inside = {
            name: packed.read(name)
            for name in packed.namelist()
            if name.startswith("mininn/")
        }
    tree = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for kind in ("py", "json", "npz", "js", "css")
        for path in (ROOT / "mininn").rglob(f"*.{kind}")
    }
    assert inside == tree, "fill the folder again with tools/fetch_pyodide.py"


@pytest.fixture(scope="session")
def differences(folder):
    """What is said natively, and in Pyodide."""
    program = HERE.relative_to(ROOT) / "differences.py"
    native = subprocess.run(
        [sys.executable, program], capture_output=True, check=True, cwd=ROOT
    )
    browser = in_pyodide(folder, program)
    assert browser.returncode == 0, browser.stderr
    return json.loads(native.stdout), json.loads(browser.stdout)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_known_difference_is_still_there(differences, name):
    native, browser = differences
    assert (native[name], browser[name]) == DIFFERENCES[name]


def test_every_difference_that_is_tried_is_listed(differences):
    native, browser = differences
    assert set(native) == set(browser) == set(DIFFERENCES)


def refused(folder):
    done = in_pyodide(folder, "x.py")
    return done.returncode == 2 and "must have the sha256" in done.stderr


def test_what_is_missing_is_not_downloaded(folder, tmp_path):
    for name in ("run.json", "pyodide-lock.json"):
        shutil.copy(folder / name, tmp_path)
    assert refused(tmp_path)


def test_a_wheel_of_other_bytes_is_refused(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (wheel,) = tmp_path.glob("mininn-*.whl")
    content = wheel.read_bytes()
    wheel.unlink()
    wheel.write_bytes(content + b"\0")
    assert refused(tmp_path)
