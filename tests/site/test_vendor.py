"""What is vendored is what its manifest says: these bytes, these licences."""

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from places import BOOK, ROOT

VENDOR = BOOK / "_ext" / "vendor"
PACKAGES = json.loads((VENDOR / "VENDORED.json").read_text(encoding="utf-8"))
FILES = [
    (folder, name, digest)
    for folder, package in PACKAGES.items()
    for name, digest in package["files"].items()
]


@pytest.mark.parametrize(
    ("folder", "name", "digest"), FILES, ids=[f"{f}/{n}" for f, n, _ in FILES]
)
def test_each_file_has_the_bytes_of_its_release(folder, name, digest):
    data = (VENDOR / folder / name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest


def test_every_file_is_in_the_manifest():
    there = {p for p in VENDOR.rglob("*") if p.is_file()}
    told = {VENDOR / folder / name for folder, name, _ in FILES}
    assert there - told == {VENDOR / "VENDORED.json"}


@pytest.mark.parametrize("folder", PACKAGES)
def test_each_package_says_what_it_is_and_brings_its_licence(folder):
    package = PACKAGES[folder]
    assert all(package[k] for k in ("package", "version", "purpose"))
    text = (VENDOR / folder / "LICENSE").read_text(encoding="utf-8")
    first = {
        "MIT": "Permission is hereby granted, free of charge",
        "OFL-1.1": "SIL Open Font License, Version 1.1",
    }
    assert first[package["licence"]] in text


def test_the_version_in_the_manifest_is_the_one_in_the_code():
    katex = (VENDOR / "katex" / "katex.min.js").read_text(encoding="utf-8")
    assert f'version:"{PACKAGES["katex"]["version"]}"' in katex


def test_the_editor_is_made_of_the_versions_that_its_lock_names():
    folder = VENDOR / "codemirror"
    wanted = json.loads((folder / "package.json").read_text("utf-8"))
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
    about = PACKAGES["codemirror"]
    assert wanted["dependencies"][about["package"]] == about["version"]
    for name, version in (
        wanted["dependencies"] | wanted["devDependencies"]
    ).items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    code = (folder / "codemirror.js").read_text(encoding="utf-8")
    licence = (folder / "LICENSE").read_text(encoding="utf-8")
    assert code.startswith(f"/*! CodeMirror 6\n\n{licence}*/\n")
    for name, package in lock["packages"].items():
        assert name == "" or package["integrity"].startswith("sha512-"), name
        if name and not package.get("dev"):
            assert name.removeprefix("node_modules/") in licence


@pytest.mark.weekly
def test_npm_and_esbuild_make_the_same_editor_again():
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    subprocess.run(
        [sys.executable, ROOT / "tools" / "codemirror.py", "--check"],
        check=True,
    )
