"""What JupyterLite and Pyodide are made of: every byte of it is pinned."""

import hashlib
import importlib.util
import io
import re
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import chapters
import fetch_pyodide
import lite
import pytest
from places import BOOK, REFERENCE, ROOT

CDN = "https://cdn.jsdelivr.net/pyodide/v314.0.3/full/"
PAGES = [f"book/{name}" for name in chapters.notebooks()]


def test_every_wheel_of_ours_is_pinned_once_with_its_hash():
    files = (fetch_pyodide.WHEELS, fetch_pyodide.EXTENSIONS)
    text = "".join(file.read_text("utf-8") for file in files)
    lines = text.replace("\\\n", "").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    exact = re.compile(r"[a-z-]+==[\d.]+ +--hash=sha256:[0-9a-f]{64}")
    assert [pin for pin in pins if not exact.fullmatch(pin)] == []
    assert len({pin.split("==")[0] for pin in pins}) == len(pins)


def test_mininn_is_packed_whole_and_the_same_each_time(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (
        fetch_pyodide.mininn(tmp_path / name) for name in ("one", "two")
    )
    assert one.read_bytes() == two.read_bytes()
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    wanted = set()
    for package in setup["setuptools"]["packages"]:
        data = setup["setuptools"]["package-data"].get(package, [])
        for pattern in ["*.py", *data]:
            folder = ROOT / package.replace(".", "/")
            wanted |= {p.relative_to(ROOT) for p in folder.glob(pattern)}
    packed = {Path(n) for n in zipfile.ZipFile(one).namelist()}
    assert {p for p in packed if p.parts[0] == "mininn"} == wanted


def test_a_wheel_of_ours_can_be_installed(tmp_path):
    wheel = fetch_pyodide.mininn(tmp_path)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    pip += ["--no-index", "--target", tmp_path / "there", wheel]
    subprocess.run(pip, check=True, capture_output=True)
    assert (tmp_path / "there" / "mininn" / "digits.npz").is_file()


def test_a_lock_in_which_something_is_missing_is_refused():
    packages = {"one": {"depends": ["two"]}}
    with pytest.raises(OSError, match="one needs two, which the lock lacks"):
        fetch_pyodide.closed(packages)


def answers(content):
    """What stands for the network: every address has the same content."""

    def open_(address, timeout):
        asked.append(address)
        if content is None:
            raise urllib.error.URLError("no network")
        return io.BytesIO(content)

    asked = []
    open_.asked = asked
    return open_


PACKAGES = {
    "one": {
        "file_name": "one-1-py3-none-any.whl",
        "sha256": hashlib.sha256(b"right").hexdigest(),
        "depends": [],
    }
}


def test_a_wheel_comes_from_the_cdn_when_it_has_the_hash(
    monkeypatch, tmp_path
):
    cdn = answers(b"right")
    monkeypatch.setattr(fetch_pyodide, "CACHE", tmp_path)
    monkeypatch.setattr(urllib.request, "urlopen", cdn)
    (wheel,) = fetch_pyodide.wheels(PACKAGES)
    assert wheel.read_bytes() == b"right"
    assert cdn.asked == [CDN + "one-1-py3-none-any.whl"]
    fetch_pyodide.wheels(PACKAGES)
    assert len(cdn.asked) == 1  # the second time it is there


@pytest.mark.parametrize("cdn", [b"wrong", None])
def test_a_carrier_is_opened_when_the_cdn_fails(monkeypatch, tmp_path, cdn):
    def download(pins, folder):
        assert re.fullmatch(r"open-webui==\S+ --hash=sha256:\w{64}", pins)
        with zipfile.ZipFile(folder / "carrier.whl", "w") as carrier:
            carrier.writestr("some/where/one-1-py3-none-any.whl", b"right")

    monkeypatch.setattr(fetch_pyodide, "CACHE", tmp_path)
    monkeypatch.setattr(fetch_pyodide, "download", download)
    monkeypatch.setattr(urllib.request, "urlopen", answers(cdn))
    (wheel,) = fetch_pyodide.wheels(PACKAGES)
    assert wheel.read_bytes() == b"right"


def test_a_file_with_another_hash_is_refused_whoever_sends_it(
    monkeypatch, tmp_path
):
    def download(pins, folder):
        with zipfile.ZipFile(folder / "carrier.whl", "w") as carrier:
            carrier.writestr("one-1-py3-none-any.whl", b"wrong")

    monkeypatch.setattr(fetch_pyodide, "CACHE", tmp_path)
    monkeypatch.setattr(fetch_pyodide, "download", download)
    monkeypatch.setattr(urllib.request, "urlopen", answers(b"wrong"))
    with pytest.raises(OSError, match=r"one-1\S+ must have the sha256 \w{64}"):
        fetch_pyodide.wheels(PACKAGES)
    assert not list((tmp_path / "wheels").iterdir())


@pytest.mark.whole
def test_the_data_that_chapters_read_are_found():
    laid_out = lite.contents()
    assert laid_out[: len(PAGES)] == [f"{name}.ipynb" for name in PAGES]
    text = "".join((ROOT / f"{n}.ipynb").read_text("utf-8") for n in PAGES)
    read = {REFERENCE / name for name in re.findall(r"\w+\.json", text)}
    tables = {*re.findall(r"\w+\.csv", text)} - {"mine.csv"}  # the reader's
    read |= {BOOK / name for name in tables}
    assert {ROOT / name for name in laid_out[len(PAGES) :]} == read


def test_a_book_that_is_not_built_is_said(tmp_path):
    with pytest.raises(OSError, match="the book must be built first"):
        lite.build(tmp_path)


def test_a_missing_extra_is_said(monkeypatch, tmp_path):
    (tmp_path / "index.html").touch()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OSError, match=r"-m pip install -e '\.\[lite\]'"):
        lite.build(tmp_path)


def test_a_run_goes_on_in_the_one_script_that_ends_it(tmp_path):
    (tmp_path / "build").mkdir()
    with pytest.raises(OSError, match="got 0 scripts"):
        lite._go_on(tmp_path)
    script = tmp_path / "build" / "1.js"
    script.write_text(f"before({lite.ENDS}after)", "utf-8")
    lite._go_on(tmp_path)
    assert script.read_text("utf-8") == f"before({lite.GOES_ON}after)"
