"""The lock holds what requirements.txt asks for, exactly and with hashes."""

import json
import re
import tomllib
from importlib.metadata import requires

import pytest
import versions
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ASKED = {
    one.name: one
    for one in map(
        Requirement,
        [
            line
            for line in (ROOT / "requirements.txt")
            .read_text("utf-8")
            .splitlines()
            if line[:1].isalpha()
        ],
    )
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
    "project"
]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = [Requirement(one) for one in PROJECT["dependencies"] + EXTRAS["book"]]
PYTHONS = ["3.11.7", "3.12.1", "3.13.0", "3.14.0"]


def environment(python):
    short = python.rpartition(".")[0]
    return {
        "python_version": short,
        "python_full_version": python,
        "sys_platform": "linux",
        "implementation_name": "cpython",
    }


def pinned(python):
    """Name -> version of the lines that this Python takes."""
    found = {}
    for line in LOCK.splitlines():
        if line[:1].isalnum():
            one = Requirement(line.rstrip(" \\"))
            if not one.marker or one.marker.evaluate(environment(python)):
                assert one.name not in found, f"{one.name} stands twice"
                found[one.name] = str(one.specifier).removeprefix("==")
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_satisfies_what_is_asked_for(python):
    found = pinned(python)
    for one in [*ASKED.values(), *NEEDED]:
        assert found[canonicalize_name(one.name)] in one.specifier


def test_each_version_is_exact_and_has_hashes():
    _, *blocks = re.split(r"\n(?=\w)", LOCK)
    assert len(blocks) > 90
    for block in blocks:
        first, *hashes = block.strip().split(" \\\n")
        (exact,) = Requirement(first).specifier
        assert exact.operator == "==", first
        assert "*" not in exact.version, first
        assert hashes, f"{first} has no hash"
        for one in hashes:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", one), first


def test_the_lock_names_no_host_and_no_folder():
    assert not re.search(r"://|@|--(extra-)?index|--find-links|/", LOCK)


def test_its_first_lines_are_the_command_that_renews_it():
    command = "uv pip compile --universal --python-version 3.11 "
    assert LOCK.splitlines()[1].startswith(f"#    {command}")
    assert PROJECT["requires-python"] == ">=3.11"
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert LOCK.splitlines()[1].removeprefix("#    ") in guide


def test_every_extension_of_sphinx_that_is_asked_for_is_loaded():
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    needs = map(Requirement, requires("jupyter-book"))
    brought = {one.name for one in needs if one.marker is None}
    named = [name for name in ASKED if name.startswith("sphinx")]
    assert named
    for name in named:
        assert name in brought or name.replace("-", "_") in config, name


@pytest.mark.parametrize("one", NEEDED, ids=lambda one: one.name)
def test_both_files_have_the_same_floor(one):
    if one.name in ASKED:
        assert ASKED[one.name].specifier == one.specifier
    else:  # matplotlib brings it
        assert one.name == "pillow"


# What the script says that finds which package broke the tests.

WANTED = {
    "attrs": "26.1.0",
    "numpy": "2.4.6",
    "pillow": "13.0.0",
    "wheel": "0.48.0",
}


def test_a_difference_is_a_row_what_is_missing_or_named_comes_first():
    here = {"numpy": "2.5.5", "attrs": "27.0.0", "wheel": "0.48.0"}
    assert versions.differences(WANTED, here) == [
        ("pillow", "13.0.0", "missing"),
        ("numpy", "2.4.6", "2.5.5"),
        ("attrs", "26.1.0", "27.0.0"),
    ]


def test_the_table_of_differences():
    assert versions.table([("numpy", "2.4.6", "2.5.5")]) == (
        "package  locked  here\nnumpy    2.4.6   2.5.5"
    )
    assert "blame the change" in versions.table([])


def test_a_lock_is_read_for_this_python_alone():
    text = (
        "# a comment\n"
        "NumPy==2.4.6 ; python_full_version < '3' \\\n    --hash=sha256:0\n"
        "numpy==2.5.5 ; python_full_version >= '3' \\\n    --hash=sha256:1\n"
    )
    assert versions.locked(text) == {"numpy": "2.5.5"}


ROWS = [("a", "1", "2"), ("b", "3", "4"), ("c", "5", "6")]


def blamed(needs):
    """What is blamed when each file passes with these put back."""
    asked = []
    found = versions.blame(
        ROWS, list(needs), asked.append, lambda file: needs[file] <= {*asked}
    )
    return found, asked


def test_blame_names_the_package_that_mends_a_file_and_stops_there():
    assert blamed({"x": {"b==3"}}) == ({"x": ROWS[1]}, ["a==1", "b==3"])


def test_blame_finds_one_at_fault_for_each_file():
    found, _ = blamed({"x": {"a==1"}, "y": {"c==5"}, "z": {"a==1", "b==3"}})
    assert found == {"x": ROWS[0], "y": ROWS[2], "z": ROWS[1]}


def test_what_fails_with_all_of_them_back_is_no_packages_fault():
    found, asked = blamed({"x": {"a==1"}, "y": {"other"}})
    assert found == {"x": ROWS[0]}
    assert asked == ["a==1", "b==3", "c==5"]
    assert versions.verdict("y", None) == (
        "y fails as locked, too: no package broke it."
    )
    assert versions.verdict("x", ROWS[0]) == (
        "x passes with a 1: a 2 broke it."
    )


def test_whole_files_are_run_again(tmp_path):
    folder = tmp_path / "v" / "cache"
    folder.mkdir(parents=True)
    assert versions.failed(tmp_path) == []
    names = [
        "book/b.ipynb::Cell 3",
        "mininn/a.py::t[1]",
        "book/b.ipynb::Cell 4",
    ]
    (folder / "lastfailed").write_text(
        json.dumps(dict.fromkeys(names, True)), "utf-8"
    )
    assert versions.failed(tmp_path) == ["book/b.ipynb", "mininn/a.py"]
