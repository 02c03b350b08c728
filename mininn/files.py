"""Networks in files: ``.npz``, arrays and names only, no pickle."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from mininn.activations import known, leaky_relu, named
from mininn.network import Network, check_net

FORMAT = 1  # of the files that save writes


def save(net: Network, path: Any) -> None:
    """Write a network to an ``.npz`` file that holds arrays and names only.

    The file is written beside ``path`` first and then put in its place, so a
    save that fails leaves an older file as it was.

    Raises
    ------
    ValueError
        When the network has an activation that is not one of ``mininn``.

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
    for l, g in net.g.items():
        if not known(g):
            raise ValueError(
                f"save: g[{l}] is {g!r}, which no file can hold. Save W and "
                f"b, and build the Network again."
            )
    arrays: dict[str, Any] = {"format": np.array(FORMAT)}
    for l in net.W:
        arrays |= {f"W{l}": net.W[l], f"b{l}": net.b[l]}
        arrays[f"g{l}"] = np.array(str(net.g[l]))
        arrays[f"c{l}"] = np.array(net.g[l].c, float)  # nan where None
    path = Path(path)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            np.savez(file, **arrays)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load(path: Any) -> Network:
    """Read a network that ``save`` wrote; nothing in the file is executed.

    Raises
    ------
    OSError
        When there is no such file, or it cannot be read.
    ValueError
        When it is no such file, is cut short, holds pickles, misses an array,
        is of another format, or its network does not fit together.
    """
    with Path(path).open("rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file}
        except Exception:  # whatever zipfile makes of another file
            raise ValueError(
                f"load: {path} is not a whole file that save wrote."
            ) from None
    if str(arrays.get("format")) != str(FORMAT):
        raise ValueError(
            f"load: {path} has format {arrays.get('format')}, and this "
            f"version of mininn reads format {FORMAT}."
        )
    layers = range(1, max(1, sum(name[0] == "W" for name in arrays)) + 1)
    names = {"format"} | {f"{k}{l}" for k in "Wbgc" for l in layers}
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
