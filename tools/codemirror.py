"""Make the editor's library again, from the packages that its lock names.

    python tools/codemirror.py            write it, and its digests
    python tools/codemirror.py --check    compare it with what is there

npm brings the packages of ``package-lock.json``, each by its sha512, and
esbuild makes one script of what ``entry.js`` takes of them. The same lock
gives the same bytes. To take newer versions, change them in ``package.json``
and run ``npm install --package-lock-only`` beside it first.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from places import BOOK

VENDOR = BOOK / "_ext" / "vendor"
HERE = VENDOR / "codemirror"
SOURCES = ("entry.js", "package.json", "package-lock.json")
SCRIPT, LICENCE = "codemirror.js", "LICENSE"


def licence(packages):
    """Return the licence of all packages: one text, and who wrote what."""
    whose, texts = {}, set()
    for package in packages:
        told = (package / LICENCE).read_text(encoding="utf-8")
        author = re.search(r"Copyright .*", told)[0]
        name = package.as_posix().rpartition("node_modules/")[2]
        whose.setdefault(author, []).append(name)
        texts.add(" ".join(told.partition(author)[2].split()))
    if len(texts) != 1:
        raise SystemExit(f"{len(texts)} licences, where one was: read them.")
    lines = [f"{author} ({', '.join(whose[author])})" for author in whose]
    body = (packages[0] / LICENCE).read_text(encoding="utf-8")
    body = body.partition(re.search(r"Copyright .*", body)[0])[2].strip()
    return "MIT License\n\n" + "\n".join(lines) + f"\n\n{body}\n"


def make(folder):
    """Return name -> bytes of what the packages give, made in a folder."""
    for name in SOURCES:
        shutil.copy(HERE / name, folder)
    for command in (
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        ["npm", "run", "--silent", "build"],
    ):
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
    text = licence(
        [
            folder / name
            for name, about in lock["packages"].items()
            if name and not about.get("dev")
        ]
    )
    code = (folder / SCRIPT).read_text(encoding="utf-8")
    return {
        **{name: (HERE / name).read_bytes() for name in SOURCES},
        LICENCE: text.encode(),
        # Whoever gets the script gets its licence.
        SCRIPT: f"/*! CodeMirror 6\n\n{text}*/\n{code}".encode(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder))
    differ = [
        name
        for name, data in made.items()
        if not (HERE / name).exists() or (HERE / name).read_bytes() != data
    ]
    if check:
        print(f"differs: {', '.join(differ)}" if differ else "the same bytes")
        return 1 if differ else 0
    for name, data in made.items():
        (HERE / name).write_bytes(data)
    path = VENDOR / "VENDORED.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    wanted = json.loads(made["package.json"])["dependencies"]
    manifest["codemirror"] |= {
        "version": wanted[manifest["codemirror"]["package"]],
        "files": {
            name: hashlib.sha256(data).hexdigest()
            for name, data in sorted(made.items())
        },
    }
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(f"written: {', '.join(differ) or 'nothing new'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
