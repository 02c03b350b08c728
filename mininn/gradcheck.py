"""Finite differences: the proof that a gradient is one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mininn.losses import Loss
from mininn.network import Grads, Network, backward, check_link, forward
from mininn.shapes import ShapeError, as_float, real


def numerical_gradient(
    f: Callable[[np.ndarray], float], x: Any, h: float = 1e-5
) -> np.ndarray:
    """Estimate ∂f/∂x by central differences (eq-central-difference).

    Parameters
    ----------
    f : callable
        Maps an array like ``x`` to a number.
    x : array
        Any shape; integers are turned into floats. Not modified.
    h : float
        The step to each side.

    Returns
    -------
    array
        float64, shaped as ``x``.

    Raises
    ------
    ValueError
        When ``f`` returns an array instead of a number.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**2).sum(), [[3, 4]]).round(6)
    array([[6., 8.]])
    """
    real("numerical_gradient", "h", h)
    x = np.array(as_float("numerical_gradient", "x", x), float)
    gradient = np.empty_like(x)
    for at in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[at] += h
        left[at] -= h
        rise = np.asarray(f(right) - f(left))
        if rise.size != 1:
            raise ValueError(
                f"numerical_gradient: f must return one number, "
                f"got shape {rise.shape}. Differentiate one "
                f"entry at a time, or a sum."
            )
        gradient[at] = rise.item() / (2 * h)
    return gradient


def relative_error(a: Any, b: Any) -> float:
    """Return max|a - b| / max(|a|, |b|), 0 where both are 0.

    The maxima run over whole arrays (eq-relative-error). Raises ShapeError
    when the shapes differ: nothing is broadcast.

    >>> relative_error([[1.0, 2.0]], [[1.0, 2.5]])
    0.2
    """
    a = as_float("relative_error", "a", a)
    b = as_float("relative_error", "b", b)
    if a.shape != b.shape:
        raise ShapeError(
            f"relative_error: a and b must have one shape, got "
            f"{a.shape} and {b.shape}."
        )
    scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    return float(np.abs(a - b).max() / scale) if scale else 0.0


STALE = "stale cache? Other samples give the same numbers"


@dataclass(frozen=True, eq=False)
class Check:
    """One array of the backward pass held against central differences.

    ``error`` is the relative error, no more than the tolerance where the
    rounding of J explains it; ``worst`` the index of the entry that is
    furthest off, ``kinks`` how many entries lay too near a kink to test,
    ``likely`` the mistake that the difference looks like, or "".
    """

    name: str
    error: float
    worst: tuple[int, ...]
    got: float
    want: float
    kinks: int
    likely: str


@dataclass(frozen=True, eq=False)
class Report:
    """What ``check_gradients`` found; true when every array agrees."""

    checks: list[Check]
    tol: float

    def __bool__(self) -> bool:
        return all(c.error <= self.tol for c in self.checks)

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __repr__(self) -> str:
        lines = []
        for c in self.checks:
            at = ", ".join(map(str, c.worst))
            if c.error <= self.tol:
                lines.append(f"{c.name:6} agrees")
            elif at:
                lines.append(
                    f"{c.name:6} DIFFERS: entry [{at}] is "
                    f"{c.got:.4g}, should be {c.want:.4g}"
                )
            else:
                lines.append(
                    f"{c.name:6} DIFFERS: it is missing or has another shape"
                )
            if c.likely:
                lines.append(f"       {c.likely}")
            if c.kinks:
                lines.append(f"       entries left out at a kink: {c.kinks}")
        return "\n".join(lines)


def check_gradients(
    net: Network,
    X: Any,
    Y: Any,
    loss: Loss,
    *,
    backward: Callable[..., Grads] = backward,
    h: float = 1e-5,
    tol: float = 1e-7,
) -> Report:
    """Hold every dW, db, dZ and dA against central differences.

    Computed in float64, whatever the network is. ``backward`` is called twice,
    first for other samples, so that one which remembers them is found out. An
    entry whose step by
    ``h`` would carry a unit across the kink of its activation is left out:
    there the difference quotient is no derivative.

    Parameters
    ----------
    net, X, Y, loss
        As for ``forward`` and ``mininn.backward``.
    backward : callable
        The backward pass to check: yours, or the library's.
    h, tol : float
        The step to each side; the largest relative error that passes.

    Returns
    -------
    Report
        True when all agree; dW and db must be there, dZ and dA may be left
        out. It names the worst entry of every array that
        does not, and the mistake it looks like.

    Examples
    --------
    >>> from mininn import binary_cross_entropy, init
    >>> net = init([1, 1], rng=0)
    >>> check_gradients(net, [[0.5, 2]], [[0, 1]], binary_cross_entropy)
    dZ[1]  agrees
    dW[1]  agrees
    db[1]  agrees
    """
    check_link("check_gradients", net, loss)
    net = Network(
        {l: W.astype(float) for l, W in net.W.items()},
        {l: b.astype(float) for l, b in net.b.items()},
        net.g,
    )
    cache = forward(net, X)
    other = forward(net, 0.5 - 0.9 * cache.A[0][:, ::-1])
    before = backward(net, other, Y, loss)
    given = backward(net, cache, Y, loss)
    truth: dict[tuple[str, int], np.ndarray] = {}
    for l in range(net.L, 0, -1):
        truth |= _differences(net, l, cache, Y, loss, h)
    J = loss(cache.Z[net.L], Y)
    rounding = 10 * np.finfo(float).eps * max(1, J) / h  # of J, over h
    checks = []
    for (kind, l), want in truth.items():
        got = getattr(given, kind).get(l)
        if got is None and kind in ("dW", "db"):
            got = np.empty(0)  # what a step needs must be there
        if got is not None:
            like = _lookalikes(kind, l, net, cache, other, truth)
            like[STALE] = getattr(before, kind).get(l)
            name = f"{kind}[{l}]"
            checks.append(_compare(name, got, want, like, tol, rounding))
    return Report(checks, tol)


def _differences(net, l, cache, Y, loss, h):
    """Return layer l's dZ, dW, db and the dA below it, from differences."""
    W, b, A, Z = net.W[l], net.b[l], cache.A[l - 1], cache.Z[l]

    def J(Z_l):
        return _loss_from(net, l, Z_l, cache, Y, loss)

    truth = {
        ("dZ", l): numerical_gradient(J, Z, h),
        ("dW", l): numerical_gradient(lambda x: J(x @ A + b), W, h),
        ("db", l): numerical_gradient(lambda x: J(W @ A + x), b, h),
    }
    if l > 1:
        truth["dA", l - 1] = numerical_gradient(lambda x: J(W @ x + b), A, h)
    return truth


def _loss_from(net, l, Z_l, cache, Y, loss):
    """Return J as a function of Z[l]; nan where a unit crosses a kink."""
    Z = Z_l
    for k in range(l, net.L + 1):
        kink = getattr(net.g[k], "kink", False)
        if kink and ((Z > 0) != (cache.Z[k] > 0)).any():
            return np.nan
        if k < net.L:
            Z = net.W[k + 1] @ net.g[k](Z) + net.b[k + 1]
    return loss(Z, Y)


def _lookalikes(kind, l, net, cache, other, truth):
    """Return {mistake: what an array with that mistake would hold}.

    ``other`` is the cache of other samples.
    """
    want, m = truth[kind, l], cache.A[0].shape[1]
    Z, A, W, g = cache.Z, cache.A, net.W, net.g
    like = {
        "missing 1/m? It is m times too large": m * want,
        "1/m twice? It is m times too small": want / m,
        "sign flipped?": -want,
        "transposed?": want.T,
    }
    if kind == "dW":
        dZ, below = truth["dZ", l], l - 1
        if l > 1:
            like["Z for A in dZ @ A.T?"] = dZ @ Z[below].T
        if m == net.n[below]:
            like["A for A.T in dZ @ A.T?"] = dZ @ A[below]
        like["stale cache? A is of earlier samples"] = dZ @ other.A[below].T
    if kind == "db":
        like["not summed over the batch?"] = truth["dZ", l]
    if kind == "dZ" and l < net.L:
        dA = truth["dA", l]
        like["g(Z) for g'(Z)?"] = dA * A[l]
        like["g'(A) for g'(Z)?"] = dA * g[l].prime(A[l])
        like["g'(Z) forgotten?"] = dA
        like["stale cache? Z is of earlier samples"] = dA * g[l].prime(
            other.Z[l]
        )
    if kind == "dA" and W[l + 1].shape[0] == W[l + 1].shape[1]:
        like["W for W.T?"] = W[l + 1] @ truth["dZ", l + 1]
    return like


def _compare(name, got, want, like, tol, rounding):
    got, known = np.asarray(got, float), ~np.isnan(want)
    kinks = int((~known).sum())

    def error(a):
        if np.shape(a) != got.shape:
            return np.inf
        both = ~np.isnan(a) & np.isfinite(got)
        return relative_error(got[both], a[both])

    wrong, worst = np.inf, np.array([], int)
    if got.shape == want.shape and np.isfinite(got).all():
        off = np.where(known, np.abs(got - want), -1)
        wrong = relative_error(got[known], want[known])
        if off.max() <= rounding:
            wrong = min(wrong, tol)
        worst = np.argwhere(off == off.max())[0]
    elif got.shape == want.shape:
        worst = np.argwhere(~np.isfinite(got))[0]
    likely = ""
    if wrong > max(tol, 1e-5) and np.isfinite(got).all():
        likely = next(
            (what for what, a in like.items() if error(a) <= 1e-5), ""
        )
    at = tuple(worst.tolist())
    entry = (got[at].item(), want[at].item()) if at else (np.nan, np.nan)
    return Check(name, wrong, at, entry[0], entry[1], kinks, likely)
