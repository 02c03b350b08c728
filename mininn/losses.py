"""Losses: J from logits, and its gradient through the output activation.

Each loss owns the activation it was derived for (``link``). With that one,
the three gradients are the same formula: dZ = (link(Z) - Y) / m (eq-dZ-L).
"""

from typing import Any

import numpy as np

from mininn.activations import (
    Activation,
    identity,
    log_softmax,
    sigmoid,
    softmax,
)
from mininn.checks import expect, kind


class Loss:
    """The mean over the m samples of a loss per sample.

    ``J = loss(Z, Y)`` is a float, ``loss.dZ(Z, Y)`` is ∂J/∂Z with the shape
    of Z, (n[L], m). Z are logits: what enters the output activation. The
    factor 1/m enters here and nowhere else. A copy of a loss of ``mininn``,
    or what comes back from another process, is that loss.

    Raises
    ------
    ShapeError
        When Z is not (n[L], m) or Y has another shape than Z.
    ValueError
        When Z or Y is not finite, or Y holds no labels for this loss.
    """

    name = "loss"
    link: Activation

    @np.errstate(over="ignore", under="ignore")  # a loss beyond 1.8e308 is inf
    def __call__(self, Z, Y) -> float:
        """Return J, the mean of ``per_sample`` (eq-cost)."""
        return self.cost(*self._checked(Z, Y))

    @np.errstate(over="ignore", under="ignore")
    def per_sample(self, Z, Y):
        """Return the loss of each sample, (1, m)."""
        return self._terms(*self._checked(Z, Y)).sum(axis=0, keepdims=True)

    def cost(self, Z, Y) -> float:
        """Return J of arrays that are known to fit."""
        return float(self._terms(Z, Y).sum()) / Z.shape[1]

    @np.errstate(under="ignore")
    def dZ(self, Z, Y, A=None):
        """Return ∂J/∂Z = (A - Y) / m with A = link(Z), as Z (eq-dZ-L).

        ``backward`` gives A, which the forward pass computed from Z, and a Y
        that it has checked.
        """
        if A is None:
            Z, Y = self._checked(Z, Y)
            A = self.link(Z)
        m = A.shape[1]
        return (A - Y) / m

    def _checked(self, Z, Y):
        Z = expect(self.name, "Z", Z, "(n[L], m)", (None, None))
        return Z, self.labels(self.name, Z, Y)

    def labels(self, where: str, Z: np.ndarray, Y: Any) -> np.ndarray:
        """Return Y as an array like Z; raise ValueError where it is none."""
        Y = expect(where, "Y", Y, "(n[L], m)", Z.shape)
        self.check_labels(where, Y)
        return Y.astype(Z.dtype, copy=False)

    def check_labels(self, where: str, Y) -> None:
        """Raise ValueError when Y cannot be the labels of this loss."""

    def _terms(self, Z, Y):
        """Return the terms whose column sums are the loss per sample."""
        raise NotImplementedError

    def _in_unit_interval(self, where, Y, advice):
        if Y.min() < 0 or Y.max() > 1:
            at = np.argwhere((Y < 0) | (Y > 1))[0]
            raise ValueError(
                f"{where}: Y must lie in 0..1, but Y[{at[0]}"
                f", {at[1]}] is {Y[tuple(at)]:g}. {advice}"
            )

    def __repr__(self) -> str:
        return self.name

    def __reduce_ex__(self, protocol):
        own = kind(type(self)) == kind(type(KNOWN.get(self.name)))
        return (
            (named, (self.name,)) if own else super().__reduce_ex__(protocol)
        )


class Euclidean(Loss):
    """ℓ = 1/2 Σ_k (a_k - y_k)², with a = z   (eq-euclidean).

    >>> euclidean([[1.0, 2.0]], [[0.0, 0.0]])
    1.25
    """

    name = "euclidean"
    link = identity

    def _terms(self, Z, Y):
        return (Z - Y) ** 2 / 2


class BinaryCrossEntropy(Loss):
    """ℓ = -Σ_k (y_k log a_k + (1 - y_k) log(1 - a_k)), a = σ(z)   (eq-bce).

    Computed from z as max(z, 0) - z y + log(1 + e^-|z|), which is the same
    number and stays finite where a rounds to 0 or 1 (eq-bce-logits). The
    first two terms are |z| (1 - y) or |z| y: so written, nothing cancels.

    >>> round(binary_cross_entropy([[0.0, 0.0]], [[0, 1]]), 4)
    0.6931
    """

    name = "binary_cross_entropy"
    link = sigmoid

    def check_labels(self, where: str, Y) -> None:
        """Raise ValueError unless every label lies in 0..1."""
        advice = "A label is 0, 1, or a probability between them."
        if np.isin(Y, (-1, 1)).all():
            advice = "Labels -1 and 1 become 0 and 1 by np.add(Y, 1) / 2."
        self._in_unit_interval(where, Y, advice)

    def _terms(self, Z, Y):
        size, miss = np.abs(Z), np.where(Z > 0, 1 - Y, Y)
        return size * miss + np.log1p(np.exp(-size))


class CrossEntropy(Loss):
    """ℓ = -Σ_k y_k log a_k, with a = softmax(z)   (eq-cross-entropy).

    Computed from z as -Σ_k y_k log_softmax(z)_k (eq-log-softmax).

    >>> round(cross_entropy([[0.0], [0.0]], [[1], [0]]), 4)
    0.6931
    """

    name = "cross_entropy"
    link = softmax

    def check_labels(self, where: str, Y) -> None:
        """Raise ValueError unless every column holds probabilities."""
        advice = "A column of Y is one-hot: 1 at its class, 0 elsewhere."
        total = Y.sum(axis=0)
        if total.min() < 1 - 1e-5 or total.max() > 1 + 1e-5:
            i = int(np.abs(total - 1).argmax())
            raise ValueError(
                f"{where}: each column of Y must sum to 1, "
                f"but column {i} sums to {total[i]:g}. {advice}"
            )
        if Y.min() < 0:
            self._in_unit_interval(where, Y, advice)

    def _terms(self, Z, Y):
        return -Y * np.where(Y > 0, log_softmax(Z), 0)  # 0 log 0 is 0


euclidean = Euclidean()
binary_cross_entropy = BinaryCrossEntropy()
cross_entropy = CrossEntropy()
KNOWN = {
    loss.name: loss
    for loss in (euclidean, binary_cross_entropy, cross_entropy)
}


def l2_penalty(W: dict[int, Any], l2: float) -> float:
    """Return λ/2 times the sum of all squared weights (eq-tuning-l2).

    >>> l2_penalty({1: np.array([[1.0, 2.0]]), 2: np.array([[3.0]])}, 0.5)
    3.5
    """
    if l2 == 0:
        return 0.0  # also where a square is beyond 1.8e308
    with np.errstate(over="ignore"):
        return l2 / 2 * sum(float((x**2).sum()) for x in W.values())


def named(name: str) -> Loss:
    """Return the loss of that name."""
    return KNOWN[name]


def is_loss(x: Any) -> bool:
    """Whether ``x`` does what a loss does, whichever class it is of."""
    parts = ("dZ", "link", "check_labels")
    return not isinstance(x, type) and all(hasattr(x, p) for p in parts)
