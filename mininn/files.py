"""Networks in files: ``.npz``, arrays and names only, no pickle."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from mininn.activations import known, leaky_relu, named
from mininn.network import Network, check_net

FORMAT = 2  # of the files that save writes; 1 did not hold L


def save(net: Network, path: Any) -> None:
    """Write a network to an ``.npz`` file that holds arrays and names only.

    The file is written beside ``path`` first and then put in its place, so a
    save that fails leaves an older file as it was.

    Raises
    ------
    OSError
        When there is no such folder, or it cannot be written to.
    ValueError, TypeError
        When ``path`` is no name of a file, or the network has an activation
        that is not one of ``mininn``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> net = Network({1: [[2.0, 1.0]]}, {1: [[0.5]]}, {1: "sigmoid"})
    >>> with TemporaryDirectory() as folder:
    ...     save(net, Path(folder, "net.npz"))
    ...     load(Path(folder, "net.npz"))
    Network 2-1 (sigmoid), 3 parameters
    """
    check_net("save", net)
    path = _as_path("save", path)
    for l, g in net.g.items():
        if not known(g):
            raise ValueError(
                f"save: g[{l}] is {g!r}, which no file can hold. Save W and "
                f"b, and build the Network again."
            )
    arrays: dict[str, Any] = {"format": np.array(FORMAT), "L": np.array(net.L)}
    for l in net.W:
        arrays |= {f"W{l}": net.W[l], f"b{l}": net.b[l]}
        arrays[f"g{l}"] = np.array(str(net.g[l]))
        arrays[f"c{l}"] = np.array(net.g[l].c, float)  # nan where None
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            np.savez(file, **arrays)
        os.replace(part, path)
    except OSError as e:
        e.filename, e.filename2 = str(path), None  # not that of the part
        raise
    finally:
        part.unlink(missing_ok=True)


def load(path: Any) -> Network:
    """Read a network that ``save`` wrote; nothing in the file is executed.

    Raises
    ------
    OSError
        When there is no such file, or it cannot be read.
    ValueError, TypeError
        When ``path`` is no name of a file, or the file is not whole, holds
        pickles, misses an array, is of another format, or its network does
        not fit together.
    """
    path = _as_path("load", path)
    with path.open("rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file}
        except Exception:  # whatever zipfile makes of another file
            raise ValueError(
                f"load: {path} is not a whole file that save wrote."
            ) from None
    if str(arrays.get("format")) not in ("1", str(FORMAT)):
        raise ValueError(
            f"load: {path} has format {arrays.get('format')}, and this "
            f"version of mininn reads formats 1 to {FORMAT}."
        )
    count = sum(name.startswith("W") for name in arrays)
    L = int(arrays["L"]) if str(arrays.get("L")).isdecimal() else count
    layers = range(1, L + 1)
    names = {"format"} | {f"{k}{l}" for k in "Wbgc" for l in layers}
    if str(arrays["format"]) != "1":
        names.add("L")
    if names != set(arrays):
        raise ValueError(
            f"load: {path} misses or should not hold "
            f"{', '.join(sorted(names ^ set(arrays)))}."
        )
    try:
        W, b, g, c = ({l: arrays[f"{k}{l}"] for l in layers} for k in "Wbgc")
        g = {
            l: named(str(g[l]), c[l].item())
            if str(g[l]) == leaky_relu.name
            else str(g[l])
            for l in layers
        }
        return Network(W, b, g)
    except (ValueError, TypeError) as e:
        raise ValueError(
            f"load: {path} holds no network that fits together. {e}"
        ) from None


def _as_path(where, path):
    named = isinstance(path, str | os.PathLike) and Path(path).name
    if not named:
        raise (ValueError if path == "" else TypeError)(
            f'{where}: path must be the name of a file, such as "net.npz", '
            f"got {path!r}."
        )
    return Path(path)
