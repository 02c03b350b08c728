"""Training: gradient descent, one full batch a step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mininn.losses import Loss
from mininn.network import (
    Network,
    backward,
    check_link,
    forward,
    predict,
    step,
)
from mininn.shapes import NotFiniteError, count, expect, finite, positive


class TrainingError(ArithmeticError):
    """Training met a loss that is not finite; ``last`` is the step before."""

    def __init__(self, message: str, last: "Step | None"):
        super().__init__(message)
        self.last = last


@dataclass(frozen=True, eq=False)
class Step:
    """The network before update number ``epoch``, and its loss J."""

    epoch: int
    J: float
    net: Network


def descend(
    net: Network, X: Any, Y: Any, loss: Loss, *, lr: float, epochs: int
) -> Iterator[Step]:
    """Yield the network as gradient descent changes it (eq-step).

    The caller plots, records or breaks. ``epochs`` updates give
    ``epochs + 1`` steps; step 0 is the network as given.

    Parameters
    ----------
    net : Network
    X, Y : (n[0], m) and (n[L], m) arrays
    loss : Loss
        Derived for the output activation of ``net``.
    lr : float
        The learning rate α, positive.
    epochs : int
        Updates, 0 or more.

    Yields
    ------
    Step

    Raises
    ------
    ShapeError, ValueError, TypeError
        At the call, when an argument does not fit.
    TrainingError
        When J stops being finite; its ``last`` holds the last good step.

    Examples
    --------
    >>> from mininn import Network, euclidean
    >>> net = Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    >>> [s.J for s in descend(net, [[1.0]], [[3.0]], euclidean, lr=0.25,
    ...                       epochs=2)]
    [2.0, 0.5, 0.125]
    """
    check_link("descend", net, loss)
    lr = positive("descend", "lr", lr)
    count("descend", "epochs", epochs, least=0)
    X = expect("descend", "X", X, "(n[0], m)", (net.n[0], None))
    Y = expect("descend", "Y", Y, "(n[L], m)", (net.n[-1], X.shape[1]))
    loss.check_labels(Y)
    return _steps(net, X, Y, loss, lr, epochs)


def _steps(net, X, Y, loss, lr, epochs):
    last: Step | None = None
    cache: Any = None
    for epoch in range(epochs + 1):
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                if last:
                    net = step(net, backward(net, cache, Y, loss), lr)
                cache = forward(net, X)
                J = loss(cache.Z[net.L], Y)
            finite("descend", "J", np.array(J))
        except NotFiniteError:
            raise TrainingError(
                f"descend: the loss is not finite at epoch {epoch} with "
                f"lr = {lr:g}. The steps are too long: divide lr by 10.",
                last,
            ) from None
        last = Step(epoch, J, net)
        yield last


def train(
    net: Network, X: Any, Y: Any, loss: Loss, *, lr: float, epochs: int
) -> tuple[Network, list[float]]:
    """Run ``descend`` to its end.

    Arguments and errors are those of ``descend``.

    Returns
    -------
    net : Network
        After ``epochs`` updates.
    history : list of float
        J before the first update, and after each: ``epochs + 1`` numbers.

    Examples
    --------
    >>> from mininn import Network, euclidean
    >>> net = Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    >>> net, history = train(net, [[1.0]], [[3.0]], euclidean, lr=0.25,
    ...                      epochs=2)
    >>> history, net.W[1], net.b[1]
    ([2.0, 0.5, 0.125], array([[1.75]]), array([[0.75]]))
    """
    history = []
    for s in descend(net, X, Y, loss, lr=lr, epochs=epochs):
        net = s.net
        history.append(s.J)
    return net, history


def accuracy(net: Network, X: Any, Y: Any) -> float:
    """Return the share of samples that ``predict`` gets right, 0..1.

    ``Y`` is (n[L], m), as in training: rows of 0 and 1 for a sigmoid output
    (a sample counts when all its rows are right), one-hot columns for
    softmax. Raises ValueError for a network with another output.

    >>> from mininn import Network
    >>> net = Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    >>> accuracy(net, [[-1, 2, 3, -4]], [[0, 1, 0, 0]])
    0.75
    """
    output = str(net.g[net.L])
    if output not in ("sigmoid", "softmax"):
        raise ValueError(
            f"accuracy: the network must end in sigmoid or "
            f"softmax, but it ends in {output}. For numbers, "
            f"compare losses instead."
        )
    answer = predict(net, X)
    Y = expect("accuracy", "Y", Y, "(n[L], m)", (net.n[-1], answer.shape[1]))
    wanted = Y.argmax(axis=0)[np.newaxis] if output == "softmax" else Y
    return float((answer == wanted).all(axis=0).mean())
