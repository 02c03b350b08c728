"""What tests of several folders share: networks, differences, layouts."""

import numpy as np
from places import ROOT

import mininn as mn

# The modules that need NumPy alone.
CORE = sorted(
    {p.stem for p in (ROOT / "mininn").glob("*.py")}
    - {"__init__", "plot", "explore", "questions"}
)
OUTPUT = {
    "euclidean": "identity",
    "binary_cross_entropy": "sigmoid",
    "cross_entropy": "softmax",
}


def make_problem(n, m, hidden, loss, seed=0, clear=1e-2):
    """A random network, a batch, its labels; no Z within ``clear`` of 0."""
    rng = np.random.default_rng(seed)
    L = len(n) - 1
    while True:
        W = {l: rng.standard_normal((n[l], n[l - 1])) for l in range(1, L + 1)}
        b = {l: rng.standard_normal((n[l], 1)) for l in range(1, L + 1)}
        g = dict.fromkeys(range(1, L), hidden) | {L: OUTPUT[loss.name]}
        net, X = mn.Network(W, b, g), rng.standard_normal((n[0], m))
        Z = mn.forward(net, X).Z
        if all(np.abs(Z[l]).min() > clear for l in Z):
            break
    if loss is mn.euclidean:
        Y = rng.standard_normal((n[L], m))
    elif loss is mn.binary_cross_entropy:
        Y = rng.integers(0, 2, (n[L], m)).astype(float)
    else:
        Y = np.eye(n[L])[:, rng.integers(0, n[L], m)]
    return net, X, Y


def central_differences(f, x, h=2e-4):
    """The slope of f along each entry of x, from four points around it.

    (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h is off by h^4, so h need not
    be so small that rounding shows.
    """

    def moved(i, by):
        y = x.copy()
        y[i] += by
        return f(y)

    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        near = moved(i, h) - moved(i, -h)
        far = moved(i, 2 * h) - moved(i, -2 * h)
        slopes[i] = (8 * near - far) / (12 * h)
    return slopes


def relative_difference(ours, theirs):
    """The largest difference over the largest entry."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    top = max(np.abs(ours).max(), np.abs(theirs).max())
    return np.abs(ours - theirs).max() / top if top else 0.0


# --- one array in many layouts --------------------------------------------


class Frame:
    """What the library can see of a data frame."""

    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return np.array(self.x, dtype)

    @property
    def T(self):
        return Frame(self.x.T)


def padded(x, order="C"):
    """The same numbers, each second row and column of a larger array."""
    big = np.full([2 * k for k in x.shape], np.nan, order=order)
    big[::2, ::2] = x
    return big[::2, ::2]


def frozen(x):
    x = x.copy()
    x.flags.writeable = False
    return x


# Each holds the same numbers as x, when these are small and whole.
LAYOUTS = {
    "lists": np.ndarray.tolist,
    "tuples": lambda x: tuple(map(tuple, x.tolist())),
    "rows of arrays": list,
    "int64": lambda x: x.astype(np.int64),
    "int8": lambda x: x.astype(np.int8),
    "float32": lambda x: x.astype(np.float32),
    "float16": lambda x: x.astype(np.float16),
    "longdouble": lambda x: x.astype(np.longdouble),
    "big-endian": lambda x: x.astype(">f8"),
    "objects": lambda x: x.astype(object),
    "frame": Frame,
    "Fortran": np.asfortranarray,
    "strided": padded,
    "strided Fortran": lambda x: padded(x, "F"),
    "every third column": lambda x: np.repeat(x, 3, axis=1)[:, ::3],
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "columns backwards": lambda x: x[:, ::-1].copy()[:, ::-1],
    "read-only": frozen,
    "masked, nothing hidden": np.ma.masked_array,
}
