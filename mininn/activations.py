"""Activation functions g, each beside its derivative g'."""

import difflib
import math
from typing import Any

import numpy as np

from mininn.checks import ShapeError, as_float, as_real, kind


class Activation:
    """An elementwise function: ``g(Z)`` and ``g.prime(Z)``, shaped as Z.

    Those of ``mininn`` are known by their name, and ``c``: a copy of ``relu``,
    or what comes back from another process, is ``relu``. A class of your own
    is copied and compared like any other.
    """

    name = "activation"
    c: Any = None  # the parameter, where there is one
    kink = False  # True where g' jumps, so that differences fail near there
    elementwise = True  # False where each output depends on every input

    def __call__(self, Z):
        """Return A = g(Z)."""
        raise NotImplementedError

    def prime(self, Z):
        """Return g'(Z)."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.name

    def __eq__(self, other: Any) -> bool:
        return self is other or (
            known(self)
            and kind(type(self)) == kind(type(other))
            and self.c == other.c
        )

    def __hash__(self) -> int:
        return hash(kind(type(self)))

    def __reduce_ex__(self, protocol):
        own = (named, (self.name, self.c)) if known(self) else None
        return own or super().__reduce_ex__(protocol)


class Identity(Activation):
    """g(z) = z,   g'(z) = 1   (eq-identity).

    >>> identity([[-2.0, 3.0]])
    array([[-2.,  3.]])
    """

    name = "identity"

    def __call__(self, Z):
        return as_float(self.name, "Z", Z).copy()

    def prime(self, Z):
        return np.ones_like(as_float(self.name, "Z", Z))


class Sigmoid(Activation):
    """σ(z) = 1 / (1 + e^-z),   σ'(z) = σ(z) (1 - σ(z))   (eq-sigmoid).

    Both are written with e^-|z|, which cannot overflow; the derivative as
    e^-|z| / (1 + e^-|z|)², which does not cancel either (eq-sigmoid-prime).

    >>> sigmoid([[-1000.0, 0.0, 1000.0]])
    array([[0. , 0.5, 1. ]])
    """

    name = "sigmoid"

    @np.errstate(under="ignore")
    def __call__(self, Z):
        Z = as_float(self.name, "Z", Z)
        e = np.exp(-np.abs(Z))
        return np.where(Z >= 0, 1, e) / (1 + e)

    @np.errstate(under="ignore")
    def prime(self, Z):
        e = np.exp(-np.abs(as_float(self.name, "Z", Z)))
        return e / (1 + e) ** 2


class Tanh(Activation):
    """tanh(z) = 2 σ(2z) - 1,   tanh'(z) = 1 - tanh(z)² = 4 σ'(2z)   (eq-tanh).

    >>> tanh([[0.0]]), tanh.prime([[0.0]])
    (array([[0.]]), array([[1.]]))
    """

    name = "tanh"

    @np.errstate(under="ignore")
    def __call__(self, Z):
        return np.tanh(as_float(self.name, "Z", Z))

    @np.errstate(under="ignore")
    def prime(self, Z):
        e = np.exp(-np.abs(as_float(self.name, "Z", Z))) ** 2
        return 4 * e / (1 + e) ** 2


class ReLU(Activation):
    """relu(z) = max(z, 0),   relu'(z) = 1 if z > 0 else 0   (eq-relu).

    The slope at z = 0 is a choice; ours is 0.

    >>> relu([[-2.0, 0.0, 3.0]]), relu.prime([[-2.0, 0.0, 3.0]])
    (array([[0., 0., 3.]]), array([[0., 0., 1.]]))
    """

    name = "relu"
    kink = True

    def __call__(self, Z):
        return np.maximum(as_float(self.name, "Z", Z), 0)

    def prime(self, Z):
        Z = as_float(self.name, "Z", Z)
        return (Z > 0).astype(Z.dtype)


class LeakyReLU(Activation):
    """g(z) = z if z > 0 else c z,   g'(z) = 1 if z > 0 else c   (eq-leaky).

    ``leaky_relu`` has c = 0.01; ``LeakyReLU(c)`` makes another one.

    >>> leaky_relu([[-2.0, 3.0]])
    array([[-0.02,  3.  ]])
    """

    name = "leaky_relu"
    kink = True

    def __init__(self, c: float = 0.01):
        self.c = as_real("LeakyReLU", "c", c, "a finite number", math.isfinite)

    @np.errstate(under="ignore")
    def __call__(self, Z):
        Z = as_float(self.name, "Z", Z)
        return np.where(Z > 0, Z, self.c * Z)

    def prime(self, Z):
        Z = as_float(self.name, "Z", Z)
        return np.where(Z > 0, 1, self.c).astype(Z.dtype)


@np.errstate(over="ignore", invalid="ignore")  # -1e308 - 1e308 is -inf
def _shifted(where, Z):
    """Return Z minus the maximum of each column: nothing above 0 is left."""
    Z = as_float(where, "Z", Z)
    if Z.ndim not in (1, 2) or Z.size == 0:
        raise ShapeError(
            f"{where}: Z must be (n, m), one sample a column, got {Z.shape}."
        )
    return Z - Z.max(axis=0, keepdims=True)


class Softmax(Activation):
    """softmax(z)_k = e^(z_k - max z) / Σ_i e^(z_i - max z)   (eq-softmax).

    Works down each column, so every column of A sums to 1. It has no
    elementwise derivative: ``cross_entropy.dZ`` is the gradient through it.

    >>> softmax([[1010.0], [1000.0], [990.0]]).round(4)
    array([[1.],
           [0.],
           [0.]])
    """

    name = "softmax"
    elementwise = False

    @np.errstate(under="ignore")
    def __call__(self, Z):
        E = np.exp(_shifted("softmax", Z))
        return E / E.sum(axis=0, keepdims=True)

    def prime(self, Z):
        raise TypeError(
            "softmax.prime: every output depends on every input, "
            "so softmax has a Jacobian and no elementwise "
            "derivative. Use it at the output with cross_entropy."
        )


identity, sigmoid, tanh, relu = Identity(), Sigmoid(), Tanh(), ReLU()
leaky_relu, softmax = LeakyReLU(), Softmax()
KNOWN = {
    g.name: g for g in (identity, sigmoid, tanh, relu, leaky_relu, softmax)
}


def known(g: Any) -> bool:
    """Whether a name, and c, say all of ``g``: it is one of ``mininn``."""
    return kind(type(g)) == kind(type(KNOWN.get(str(g))))


def named(name: str, c: Any = None) -> Activation:
    """Return the activation of that name, and of that slope c."""
    return KNOWN[name] if c == KNOWN[name].c else LeakyReLU(c)


@np.errstate(under="ignore")
def log_sigmoid(Z):
    """Return log σ(Z) = min(Z, 0) - log(1 + e^-|Z|), shaped as Z.

    >>> float(log_sigmoid([[-1000.0]])[0, 0])
    -1000.0
    """
    Z = as_float("log_sigmoid", "Z", Z)
    return np.minimum(Z, 0) - np.log1p(np.exp(-np.abs(Z)))


@np.errstate(under="ignore")
def softplus(Z):
    """Return log(1 + e^Z) = max(Z, 0) + log(1 + e^-|Z|), shaped as Z.

    >>> float(softplus([[1000.0]])[0, 0])
    1000.0
    """
    Z = as_float("softplus", "Z", Z)
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


@np.errstate(under="ignore")
def _log_sum(s):
    """Return log Σ e^s down each column, where the largest s is 0.

    That one is e^0 = 1 exactly, so the sum is 1 + the others, and log1p keeps
    the digits of others far below 1.
    """
    E, top = np.exp(s), s.argmax(axis=0)
    E[(top, np.arange(top.size))[: s.ndim]] = 0  # a column, or one of many
    return np.log1p(E.sum(axis=0, keepdims=True))


def logsumexp(Z):
    """Return log Σ e^Z down each column, (1, m) for (n, m) (eq-logsumexp).

    >>> logsumexp([[1000.0], [1000.0]]).round(4)
    array([[1000.6931]])
    """
    s = _shifted("logsumexp", Z)
    top = as_float("logsumexp", "Z", Z).max(axis=0, keepdims=True)
    return np.where(np.isfinite(top), top + _log_sum(s), top)


def log_softmax(Z):
    """Return log softmax(Z) = Z - logsumexp(Z), as Z (eq-log-softmax).

    >>> log_softmax([[800.0], [0.0]])
    array([[   0.],
           [-800.]])
    """
    s = _shifted("log_softmax", Z)
    return s - _log_sum(s)


def activation(where: str, g: Any) -> Activation:
    """Return the activation that ``g`` is or names; else say what exists."""
    if isinstance(g, str):
        if g.lower() in KNOWN:
            return KNOWN[g.lower()]
        near = difflib.get_close_matches(g.lower(), KNOWN, n=1)
        guess = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(
            f"{where}: no activation is called {g!r}.{guess} "
            f"There are {', '.join(KNOWN)}."
        )
    if isinstance(g, type) or not (
        callable(g) and callable(getattr(g, "prime", None))
    ):
        raise TypeError(
            f"{where}: an activation is a function g(Z) with its "
            f"derivative g.prime(Z), got {g!r}. There are "
            f"{', '.join(KNOWN)}."
        )
    return g
