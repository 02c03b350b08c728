"""mininn as one file that pip installs, for students who have none of it."""

import base64
import hashlib
import io
import re
import zipfile
from importlib import metadata, resources

KINDS = (".css", ".js", ".json", ".npz", ".py")


def pack(
    name: str,
    version: str,
    files: dict[str, bytes],
    needs: list[str],
    more: str = "",
) -> tuple[str, bytes]:
    """Return the name of a wheel of pure Python, and its bytes.

    The same files give the same bytes.

    Parameters
    ----------
    name, version : str
    files : dict
        What is in each file, by its path.
    needs : list of str
        Requirements.
    more : str
        Further lines of the metadata.
    """
    info = f"{name}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    lines += [*filter(None, [more]), *(f"Requires-Dist: {n}" for n in needs)]
    files = files | {
        f"{info}/METADATA": "\n".join([*lines, ""]).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: mininn\n"
        b"Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{n},{_record(b)}\n" for n, b in sorted(files.items()))
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return f"{name}-{version}-py3-none-any.whl", out.getvalue()


def _record(content):
    """Return the digest and the size of a file as a wheel records them."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.rstrip(b'=').decode()},{len(content)}"


def file_name() -> str:
    """Return the name of mininn's wheel."""
    return f"mininn-{metadata.version('mininn')}-py3-none-any.whl"


def mininn() -> tuple[str, bytes]:
    """Return mininn as it is installed here; its public keys are in it."""
    said = metadata.metadata("mininn")
    needs = [
        need
        for need in metadata.requires("mininn") or []
        if not re.search(r";.*\bextra\b", need)
    ]
    return pack(
        "mininn",
        said["Version"],
        dict(_files(resources.files("mininn"), "mininn")),
        needs,
        f"Requires-Python: {said['Requires-Python']}",
    )


def _files(folder, name):
    """Yield the path and the bytes of each file of a package."""
    for entry in folder.iterdir():
        path = f"{name}/{entry.name}"
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry, path)
        elif entry.name.endswith(KINDS):
            yield path, entry.read_bytes()
