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
        When ``path`` is no name of a file, the network is none, or it has an
        activation that is not one of ``mininn``.

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
        if not e.filename:
            raise
        raise type(e)(e.errno, e.strerror, str(path)) from None
    finally:
        part.unlink(missing_ok=True)


def load(path: Any) -> Network:
    """Read a network that ``save`` wrote; nothing in the file is executed.

    Raises
    ------
    OSError
        When there is no such file, or it cannot be read.
    ValueError
        When ``path`` is no name of a file; when the file is none that
        ``save`` wrote, is cut short, holds pickles, misses an array, is of
        another format, or its network does not fit together.
    """
    path = _as_path("load", path)
    with path.open("rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file}
            words = {
                name: str(x).encode("ascii").decode()  # else it is damaged
                for name, x in arrays.items()
                if x.ndim == 0 or x.dtype.kind == "U"
            }
        except Exception:  # whatever zipfile makes of another file
            raise ValueError(
                f"load: {path} is not a whole file that save wrote."
            ) from None
    if words.get("format") not in ("1", str(FORMAT)):
        raise ValueError(
            f"load: {path} has format {words.get('format')}, and this "
            f"version of mininn reads formats 1 to {FORMAT}."
        )
    L = sum(name.startswith("W") for name in arrays)
    if "L" in words and words["L"] != str(L):
        raise ValueError(
            f"load: {path} has L = {words['L']} layers, but {L} weights W."
        )
    layers = range(1, max(1, L) + 1)
    names = {"format"} | {f"{k}{l}" for k in "Wbgc" for l in layers}
    if words["format"] != "1":
        names.add("L")
    if names != set(arrays):
        raise ValueError(
            f"load: {path} misses or should not hold "
            f"{', '.join(sorted(names ^ set(arrays)))}."
        )
    try:
        W, b, c = ({l: arrays[f"{k}{l}"] for l in layers} for k in "Wbc")
        g: dict[int, Any] = {l: words.get(f"g{l}", "") for l in layers}
        for l in layers:
            if g[l] == leaky_relu.name:
                g[l] = named(g[l], c[l].item())
        return Network(W, b, g)
    except (ValueError, TypeError) as e:
        raise ValueError(
            f"load: {path} holds no network that fits together. {e}"
        ) from None


def _as_path(where, path):
    if isinstance(path, str | os.PathLike) and Path(path).name:
        return Path(path)
    raise ValueError(
        f'{where}: path must be the name of a file, such as "net.npz", got '
        f"{path!r}."
    )
