"""Finite differences: the proof that a gradient is one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from mininn import network
from mininn.checks import (
    NOT_NEGATIVE,
    ShapeError,
    as_callable,
    as_float,
    as_real,
    called,
    frozen,
    is_a,
)
from mininn.losses import Loss, l2_penalty
from mininn.network import Grads, Network, backward, check_link, forward


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
    ValueError, TypeError
        When ``f`` returns an array instead of a number, or no number.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**2).sum(), [[3, 4]]).round(6)
    array([[6., 8.]])
    """
    as_real("numerical_gradient", "h", h)
    as_callable("numerical_gradient", "f", f, "f(x)")
    x = np.array(as_float("numerical_gradient", "x", x), float)
    gradient = np.empty_like(x)
    for at in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[at] += h
        left[at] -= h
        ends = f(right), f(left)
        try:
            rise = np.asarray(ends[0] - ends[1], float)
        except (TypeError, ValueError):
            raise TypeError(
                f"numerical_gradient: f must return one number, got "
                f"{ends[0]!r}. A function without return gives None."
            ) from None
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


STALE = "stale cache, or a constant? Other samples give the same numbers"
SINGLE = "float32? These numbers have seven digits"
STEP = 1e-5
ROUNDING = 10  # how many times its usual size an error is forgiven
# with shorter steps rounding would explain any error
LONG_ENOUGH = ("1e-9 or more", lambda h: 1e-9 <= h < np.inf)


@dataclass(frozen=True, eq=False)
class Check:
    """One array of the backward pass held against central differences.

    ``error`` is the relative error, no more than the tolerance where the
    rounding of J explains it, and nan where no entry could be tested;
    ``worst`` the index of the entry that is furthest off, ``kinks`` how many
    entries lay too near a kink to test, ``likely`` the mistake that the
    difference looks like, a line for each that would give the same numbers, or
    "". ``moved`` says that all of them did, and that
    the array was tested with biases moved by 0.01 or so.
    """

    name: str
    error: float
    worst: tuple[int, ...]
    got: float
    want: float
    kinks: int
    likely: str
    moved: bool = False


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
            lines.append(f"{c.name:6} {_verdict(c, self.tol)}")
            notes = [
                *c.likely.split("\n"),
                c.kinks and f"entries left out at a kink: {c.kinks}",
                c.moved and "so it was tested with other biases",
            ]
            lines += [f"       {note}" for note in notes if note]
        return "\n".join(lines)


def _verdict(c, tol):
    if np.isnan(c.error):
        return "NOT TESTED" if c.kinks else "NOT TESTED: J overflows"
    if c.error <= tol:
        return "agrees"
    if not c.worst:
        return "DIFFERS: it is missing or has another shape"
    at = ", ".join(map(str, c.worst))
    return f"DIFFERS: entry [{at}] is {c.got:.4g}, should be {c.want:.4g}"


def check_gradients(
    net: Network,
    X: Any,
    Y: Any,
    loss: Loss,
    *,
    backward: Callable[..., Grads] = backward,
    h: float | None = None,
    tol: float = 1e-7,
    l2: float = 0.0,
) -> Report:
    """Hold every dW, db, dZ and dA against central differences.

    Computed in float64, whatever the network is. ``backward`` is called twice,
    first for other samples, so that one which remembers them is found out. An
    entry whose step by ``h`` would carry a unit across the kink of its
    activation is left out: there the difference quotient is no derivative.
    An array that has such entries is tested again with biases moved by 0.01 or
    so. The report says so, where nothing else was tested or something differs.

    Parameters
    ----------
    net, X, Y, loss
        As for ``forward`` and ``mininn.backward``.
    backward : callable
        The backward pass to check: yours, or the library's.
    h : float, optional
        The step to each side, 1e-9 or more. Without it the step is 1e-5, and
        an array that seems to differ, or whose entries all lie at a kink, is
        measured again, from four points around each entry, with other steps.
        The one with the smallest error counts; so X may be in 0..255.
    tol : float
        The largest relative error that passes.
    l2 : float
        The factor of an L2 penalty in J, 0 or more. Unless it is 0, your
        ``backward`` is called with ``l2=`` and puts it into dW.

    Returns
    -------
    Report
        True when all agree; dW and db must be there, dZ and dA may be left
        out. It names the worst entry of every array that does not, and the
        mistake it looks like. An array of which no entry could be tested
        does not agree.

    Raises
    ------
    TypeError
        When ``backward`` is no function, returns something else than
        ``Grads``, or one of its arrays is not numeric.
    ShapeError, ValueError
        As ``forward`` and ``mininn.backward``, for net, X, Y and loss; and
        when h, tol or l2 is out of its range.

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
    l2 = as_real("check_gradients", "l2", l2, *NOT_NEGATIVE)
    tol = as_real("check_gradients", "tol", tol, *NOT_NEGATIVE)
    h = h if h is None else as_real("check_gradients", "h", h, *LONG_ENOUGH)
    as_callable("check_gradients", "backward", backward, "backward(net, ...)")
    if l2 > 0:
        backward = partial(backward, l2=l2)
    checks = _checks(net, X, Y, loss, backward, h, tol, l2)
    if any(c.kinks for c in checks):
        b = {
            l: b + 0.01 * np.random.default_rng(l).standard_normal(b.shape)
            for l, b in net.b.items()
        }
        moved = net.moved(net.W, b)
        near = _checks(moved, X, Y, loss, backward, h, tol, l2)
        checks = [
            replace(n, kinks=c.kinks, moved=n.error >= 0)
            if np.isnan(c.error) or (c.kinks and c.error <= tol < n.error)
            else c
            for c, n in zip(checks, near, strict=True)
        ]
    return Report(checks, tol)


@np.errstate(over="ignore", invalid="ignore")  # the report says what is nan
def _checks(net, X, Y, loss, backward, h, tol, l2):
    """Return the check of every array, from the last layer down."""
    with called("check_gradients"):
        cache = forward(net, X)
        other = forward(net, 0.5 - 0.9 * cache.A[0][:, ::-1])
        here, there = (
            network.backward(net, c, Y, loss) for c in (cache, other)
        )
    Y = frozen(loss.labels("check_gradients", cache.Z[net.L], Y))
    before = _grads(backward(net, other, Y, loss))
    given = _grads(backward(net, cache, Y, loss))
    J = loss(cache.Z[net.L], Y) + l2_penalty(net.W, l2)
    truth: dict[tuple[str, int], np.ndarray] = {}
    checks = []
    for l in range(net.L, 0, -1):
        arrays = _arrays(net, l, cache, Y, loss, l2)
        for (kind, k), (f, x, size) in arrays.items():
            got = given[kind].get(k)
            if got is None and kind in ("dW", "db"):
                got = np.empty(0)  # what a step needs must be there
            if got is not None:
                got = as_float("check_gradients", f"{kind}[{k}]", got)
            want, noise = _slopes(f, x, size, got, J, h, tol)
            truth[kind, k] = want
            if got is not None:
                like = _lookalikes(kind, k, net, cache, other, truth, l2)
                same = np.array_equal(got, before[kind].get(k))
                if same and got.any() and _apart(here, there, kind, k):
                    like[STALE] = got
                checks.append(
                    _compare(f"{kind}[{k}]", got, want, like, tol, noise, J)
                )
    return checks


def _apart(here, there, kind, l):
    """Whether every sample has another gradient in the other batch."""
    d, e = (g.dA[l] if kind == "dA" else g.dZ[l] for g in (here, there))
    return np.abs(d - e).max(axis=0).min() > 1e-3 * np.abs(d).max()


def _grads(given):
    """Return what a backward pass gave as {"dW": {layer: array}, ...}."""
    wanted = "Grads(dW, db, dZ, dA), each a dict keyed by layer number"
    if not is_a(given, Grads):
        raise TypeError(
            f"check_gradients: backward must return {wanted}, got a "
            f"{type(given).__name__}."
        )
    for name, layers in vars(given).items():
        if not isinstance(layers, dict):
            raise TypeError(
                f"check_gradients: backward must return {wanted}, but {name} "
                f"is a {type(layers).__name__}."
            )
    return vars(given)


def _arrays(net, l, cache, Y, loss, l2):
    """Return layer l's Z, W, b and the A below it, each with J of it.

    The penalty of the other layers is the same for all, and left out.
    """
    W, b, A, Z = net.W[l], net.b[l], cache.A[l - 1], cache.Z[l]

    def J(Z_l):
        return _loss_from(net, l, Z_l, cache, Y, loss)

    arrays = {
        ("dZ", l): (J, Z, np.abs(Z).max()),
        ("dW", l): (
            lambda x: J(x @ A + b) + l2_penalty({l: x}, l2),
            W,
            np.abs(W).max(),
        ),
        ("db", l): (lambda x: J(W @ A + x), b, np.abs(Z).max()),
    }
    if l > 1:
        arrays["dA", l - 1] = (lambda x: J(W @ x + b), A, np.abs(A).max())
    return arrays


@np.errstate(over="ignore", invalid="ignore")  # J near 1.8e308
def _slopes(f, x, size, got, J, h, tol):
    """Return ∂f/∂x from differences, and what rounding may add to it.

    ``_closest`` measures again where ``got`` disagrees, or nothing was tested.
    """
    if not np.isfinite(J):
        return np.full(x.shape, np.nan), 0.0
    step = STEP if h is None else h
    want, noise = numerical_gradient(f, x, step), _noise(J, step)
    known = np.isfinite(want)
    if h or got is None or np.shape(got) != x.shape:
        return want, noise
    if known.any() and np.isfinite(got).all():
        off, top = np.abs(got - want)[known].max(), np.abs(want[known]).max()
        if off <= max(tol * top, noise) and noise < max(1e-3 * top, 1e-6):
            return want, noise
    return _closest(f, x, size, J, known.sum())


def _closest(f, x, size, J, tested):
    """Return ∂f/∂x with the step that is least off, and what it may be off.

    Four points around an entry leave an error of h⁴ or so. A smaller step has
    less of that, and more rounding. ``size`` is that of the numbers moved;
    a step that leaves fewer entries than ``tested`` does not count.
    """
    want, least = np.full(x.shape, np.nan), np.inf
    for power in range(int(np.log10(max(1, size))), -8, -1):
        h = STEP * 10.0**power
        near, far = (numerical_gradient(f, x, k * h) for k in (1, 2))
        both = np.isfinite(near) & np.isfinite(far)
        if not both.any() or np.isfinite(near).sum() < tested:
            continue
        four = np.where(both, (4 * near - far) / 3, near)
        off = np.abs(far - near)[both].max() / 3  # of two points
        truncation = off * (off / (np.abs(four[both]).max() or np.inf))
        error = ROUNDING * truncation + _noise(J, h)
        if error < least:
            want, least = four, error
        if truncation < _noise(J, h):
            break
    return want, least


def _noise(J, step):
    """Return what rounding may do to a difference (eq-checking-floor)."""
    return ROUNDING * np.finfo(float).eps * max(1, J) / step


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


def _lookalikes(kind, l, net, cache, other, truth, l2):
    """Return {mistake: what an array with that mistake would hold}.

    ``other`` is the cache of other samples.
    """
    want, m = truth[kind, l], cache.A[0].shape[1]
    Z, A, W, g = cache.Z, cache.A, net.W, net.g
    like = {
        "missing 1/m? It is m times too large": m * want,
        "1/m twice? It is m times too small": want / m,
        "a 2 too many? It is 2 times too large": 2 * want,
        "a 2 missing? It is 2 times too small": want / 2,
        "It is 0 everywhere": 0 * want,
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
        like["without the penalty's share, l2 * W?"] = want - l2 * W[l]
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


def _compare(name, got, want, like, tol, noise, J):
    got, known = np.asarray(got, float), np.isfinite(want)
    kinks = int((~known).sum()) if np.isfinite(J) else 0

    def error(a):
        if np.shape(a) != got.shape:
            return np.inf
        both = np.isfinite(a) & np.isfinite(got)
        return relative_error(got[both], a[both]) if both.any() else np.inf

    wrong, likely, worst = np.inf, "", tuple[int, ...]()
    if got.shape == want.shape:
        off = np.where(known, np.abs(got - want), -1)
        if np.isfinite(J):
            off[~np.isfinite(got)] = np.inf
        worst = tuple(
            int(i) for i in np.unravel_index(off.argmax(), off.shape)
        )
        if off.max() < 0:
            wrong = np.nan
        elif off.max() < np.inf:
            wrong = relative_error(got[known], want[known])
        if off.max() <= noise < np.inf:
            wrong = min(wrong, tol)
    with np.errstate(over="ignore"):
        single = tol < wrong < 1e-4 and (got == got.astype(np.float32)).all()
    if single:
        likely = SINGLE
    elif max(tol, 1e-5) < wrong and np.isfinite(got).all():
        likely = "\nor ".join(k for k, a in like.items() if error(a) <= 1e-5)
    ours, theirs = (x[worst].item() if worst else np.nan for x in (want, got))
    return Check(name, wrong, worst, theirs, ours, kinks, likely)
