"""Networks in files: many layers, damaged files, and what they are called."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import mininn as mn


def deep(dtype=float):
    """Twelve layers, no two of one size, so that none passes for another."""
    hidden = ["relu", "tanh", mn.LeakyReLU(0.2), "sigmoid", "identity"] * 3
    net = mn.init(
        range(14, 1, -1), rng=0, hidden=hidden[:11], output="softmax"
    )
    b = {l: l + np.arange(len(b))[:, np.newaxis] for l, b in net.b.items()}
    W = {l: W.astype(dtype) for l, W in net.W.items()}
    return mn.Network(W, {l: x.astype(dtype) for l, x in b.items()}, net.g)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("sizes", ["all different", "all equal"])
def test_twelve_layers_come_back_in_their_order(tmp_path, dtype, sizes):
    net = deep(dtype)
    if sizes == "all equal":
        net = mn.Network(
            {l: np.full((2, 2), l, dtype) for l in net.W},
            {l: np.full((2, 1), 100 + l, dtype) for l in net.b},
            net.g,
        )
    mn.save(net, tmp_path / "net.npz")
    again = mn.load(tmp_path / "net.npz")
    assert again.n == net.n
    assert again.g == net.g
    assert list(again.W) == list(again.b) == list(again.g) == [*range(1, 13)]
    for l in net.W:
        np.testing.assert_array_equal(again.W[l], net.W[l])
        np.testing.assert_array_equal(again.b[l], net.b[l])
        assert again.W[l].dtype == dtype
    X = np.random.default_rng(1).standard_normal((net.n[0], 5))
    np.testing.assert_array_equal(
        mn.forward(again, X).A[12], mn.forward(net, X).A[12]
    )


def test_a_layer_that_is_gone_is_missed_though_the_others_fit(tmp_path):
    path = tmp_path / "net.npz"
    mn.save(deep(), path)
    with np.load(path) as file:
        arrays = {k: file[k] for k in file if k[1:] != "12"}
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="has L = 12 layers, but 11 weights"):
        mn.load(path)


def test_a_file_of_format_1_is_read(tmp_path):
    path = tmp_path / "net.npz"
    mn.save(deep(), path)
    with np.load(path) as file:
        arrays = {k: file[k] for k in file if k != "L"}
    np.savez(path, **(arrays | {"format": 1}))
    assert mn.load(path).n == deep().n


# --- damaged files -------------------------------------------------------

ODD = [
    np.array(None, object),
    np.array("relu"),
    np.array(b"x"),
    np.array([np.nan, 1]),
    np.array(np.inf),
    np.array([[1, 2]], np.int8),
    np.array([[1 + 1j]]),
    np.array("2026-01-01", "M8[D]"),
    np.array([(1, 2)], [("a", int), ("b", int)]),
    np.zeros((0, 3)),
    np.zeros((2, 2, 2)),
    np.longdouble(1) * np.ones((2, 1)),
    np.array(10**30, object),
    np.array(-1),
    np.array(True),
]


def packed(members):
    """A zip of these names and bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as whole:
        for name, content in members:
            whole.writestr(name, content)
    return file.getvalue()


def stored(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def damaged(whole, rng):
    """The bytes of a saved file, with one thing done to them."""
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        members = [(name, file.read(name)) for name in file.namelist()]
    i = int(rng.integers(len(members)))
    name, content = members[i]
    at = int(rng.integers(len(whole)))
    match int(rng.integers(9)):
        case 0:  # a byte is another one
            return whole[:at] + rng.bytes(1) + whole[at + 1 :]
        case 1:  # the end, or the beginning, is gone
            return whole[:at] if rng.integers(2) else whole[at:]
        case 2:  # a run of bytes is noise
            return whole[:at] + rng.bytes(40) + whole[at + 40 :]
        case 3:
            del members[i]
        case 4:  # two arrays have changed their places
            other = int(rng.integers(len(members)))
            members[i] = (name, members[other][1])
        case 5:  # an array is another one
            members[i] = (name, stored(ODD[int(rng.integers(len(ODD)))]))
        case 6:  # noise in an array, and the checksum is right
            at = int(rng.integers(len(content)))
            noise = content[:at] + rng.bytes(4) + content[at + 4 :]
            members[i] = (name, noise)
        case 7:  # another name
            names = [".npy", "W.npy", "W0.npy", "W-1.npy", "../W1.npy"]
            names += ["g1", "W\u0661.npy", "b13.npy", "L", "format", "W1.npy/"]
            members[i] = (names[int(rng.integers(len(names)))], content)
        case 8:  # one more
            name = [".npy", "X.npy", "W13.npy", " ", "c.npy"][at % 5]
            members.append((name, content))
    return packed(members)


@pytest.mark.parametrize(
    "hundred",
    [pytest.param(i, marks=pytest.mark.whole if i else []) for i in range(20)],
)
def test_a_damaged_file_is_a_network_or_an_error_in_words(tmp_path, hundred):
    path, refused = tmp_path / "net.npz", 0
    mn.save(mn.init([2, 3, 2], rng=0, hidden=mn.LeakyReLU(0.2)), path)
    whole = path.read_bytes()
    for seed in range(100 * hundred, 100 * hundred + 100):
        path.write_bytes(damaged(whole, np.random.default_rng(seed)))
        try:
            net = mn.load(path)
        except ValueError as e:
            refused += str(e).startswith(f"load: {path} ")
        else:
            mn.forward(net, np.zeros((net.n[0], 1)))
            refused += 1
    assert refused == 100


def test_a_member_without_a_name_is_no_array(tmp_path):
    path = tmp_path / "net.npz"
    path.write_bytes(packed([(".npy", stored(np.ones(1)))]))
    with pytest.raises(ValueError, match="has format None"):
        mn.load(path)
    mn.save(deep(), path)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(".npy", stored(np.ones(1)))
    with pytest.raises(ValueError, match=r"misses or should not hold \.$"):
        mn.load(path)


# --- names ---------------------------------------------------------------


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    net = deep()
    for path in (tmp_path / "missing" / "net.npz", tmp_path):
        with pytest.raises(OSError, match=r"^\[Errno") as caught:
            mn.save(net, path)
        assert caught.value.filename == str(path)
        assert str(caught.value).endswith(f": {str(path)!r}")
    with pytest.raises(OSError, match=r"^\[Errno") as caught:
        mn.load(tmp_path / "no.npz")
    assert str(caught.value).endswith(f": {str(tmp_path / 'no.npz')!r}")
    assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.parent.glob("*.part")) == []


ZIPPED = """
import mininn as mn
from mininn.exercises import check

assert ".zip" in mn.__file__
print(mn.digits()[0].shape)
check("softmax", mn.softmax)
"""


@pytest.mark.native_only("starts a process")
def test_from_a_zip_the_digits_and_the_keys_are_found(tmp_path):
    package = Path(mn.__file__).parent
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as file:
        for path in package.rglob("*"):
            if "__pycache__" not in path.parts:
                file.write(path, path.relative_to(package.parent))
    done = subprocess.run(
        [sys.executable, "-c", ZIPPED],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "m.zip")},
    )
    assert done.stdout.splitlines() == [
        "(64, 1797)",
        "softmax: all right, 3 of 3 points, on the book's numbers",
    ], done.stderr
