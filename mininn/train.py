"""Training: optimisers, gradient descent over batches, and what goes wrong."""

import itertools
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mininn.checks import (
    NotFiniteError,
    as_count,
    as_generator,
    as_real,
    called,
    check_finite,
    expect,
    frozen,
    is_a,
)
from mininn.data import batches
from mininn.losses import Loss
from mininn.network import (
    Grads,
    Network,
    backward,
    check_grads,
    check_link,
    check_net,
    forward,
    predict,
)

DECAY = ("at least 0 and less than 1", lambda beta: 0 <= beta < 1)


RUNAWAY = 1e4  # a loss so many times its start has run away


class TrainingError(ArithmeticError):
    """The loss stopped being finite, or ran away; ``last`` is the step before.

    ``last.net`` is the last network whose loss was a reasonable number.
    """

    def __init__(self, message: str, last: "Snapshot | None" = None):
        super().__init__(message)
        self.last = last


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The network at the start of an epoch, and its loss J on all samples."""

    epoch: int
    J: float
    net: Network


class Optimizer:
    """A rule that turns gradients into a step. Pure: state in, state out.

    ``state = start(net)``, then ``net, state = step(net, grads, state)``.
    """

    lr: float

    def start(self, net: Network) -> Any:
        """Return the state before the first step."""
        return 0, {
            (name, l): self._memory(x)
            for name, layers in (("W", net.W), ("b", net.b))
            for l, x in layers.items()
        }

    def step(self, net: Network, grads: Grads, state: Any) -> Any:
        """Return the network after one step, and the new state."""
        check_grads(net, grads)
        t, memory = state[0] + 1, {}
        after: dict[str, dict[int, Any]] = {"W": {}, "b": {}}
        for name, x, d in (("W", net.W, grads.dW), ("b", net.b, grads.db)):
            for l in x:
                change, memory[name, l] = self._change(
                    d[l], state[1][name, l], t
                )
                after[name][l] = x[l] - self.lr * change
        return net.moved(**after), (t, memory)

    def _memory(self, x):
        """Return what is remembered of one array before the first step."""

    def _change(self, d, memory, t):
        """Return by how much to go down, in units of lr, and the memory."""
        raise NotImplementedError


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """X := X - lr dX, the plain step (eq-step)."""

    lr: float

    def _change(self, d, memory, t):
        return d, None


@dataclass(frozen=True)
class Momentum(Optimizer):
    """V := beta V + dX, then X := X - lr V; Nesterov: X - lr (dX + beta V).

    Source: Sutskever et al. (2013), in the form that PyTorch uses.
    """

    lr: float
    beta: float = 0.9
    nesterov: bool = False

    def _memory(self, x):
        return np.zeros_like(x)

    def _change(self, d, V, t):
        V = self.beta * V + d
        return (d + self.beta * V if self.nesterov else V), V


@dataclass(frozen=True)
class Adam(Optimizer):
    """X := X - lr P / (√Q + eps), P and Q running means of dX and dX².

    Both means are divided by 1 - beta^t, which takes away their start at 0.
    ``eps`` is added *after* that and outside the root: algorithm 1 of Kingma
    and Ba (2015), and PyTorch. Their shorter form with eps-hat differs.
    """

    lr: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def _memory(self, x):
        return np.zeros_like(x), np.zeros_like(x)

    def _change(self, d, memory, t):
        P = self.beta1 * memory[0] + (1 - self.beta1) * d
        Q = self.beta2 * memory[1] + (1 - self.beta2) * d**2
        mean, square = P / (1 - self.beta1**t), Q / (1 - self.beta2**t)
        return mean / (np.sqrt(square) + self.eps), (P, Q)


def gradient_descent(lr: float) -> Optimizer:
    """Return plain gradient descent; ValueError unless lr is positive."""
    return GradientDescent(as_real("gradient_descent", "lr", lr))


def momentum(
    lr: float, beta: float = 0.9, *, nesterov: bool = False
) -> Optimizer:
    """Return gradient descent with momentum, or Nesterov's form of it.

    Raises ValueError unless lr is positive and 0 <= beta < 1.
    """
    lr = as_real("momentum", "lr", lr)
    return Momentum(lr, as_real("momentum", "beta", beta, *DECAY), nesterov)


def adam(
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Optimizer:
    """Return Adam, with eps outside the root (Kingma and Ba, algorithm 1).

    Raises ValueError unless lr and eps are positive and both betas are in
    0 <= beta < 1.
    """
    return Adam(
        as_real("adam", "lr", lr),
        as_real("adam", "beta1", beta1, *DECAY),
        as_real("adam", "beta2", beta2, *DECAY),
        as_real("adam", "eps", eps),
    )


def descend(
    net: Network,
    X: Any,
    Y: Any,
    loss: Loss,
    *,
    epochs: int,
    lr: float | None = None,
    optimizer: Optimizer | None = None,
    batch_size: int | None = None,
    rng: Any = None,
) -> Iterator[Snapshot]:
    """Yield the network as gradient descent changes it (eq-step).

    The caller plots, records or breaks. ``epochs`` epochs give
    ``epochs + 1`` steps; step 0 is the network as given.

    Parameters
    ----------
    net : Network
    X, Y : (n[0], m) and (n[L], m) arrays
    loss : Loss
        Derived for the output activation of ``net``.
    epochs : int
        How often every sample is used, 0 or more.
    lr : float
        The learning rate α, positive; plain gradient descent.
    optimizer : Optimizer
        ``momentum(...)`` or ``adam(...)``, instead of ``lr``.
    batch_size : int, optional
        Samples for one update, 1 to m; else all of them. The last batch of
        an epoch may be smaller, and divides by its own size.
    rng : numpy.random.Generator or int
        Shuffles the samples; required with ``batch_size``.

    Yields
    ------
    Snapshot

    Raises
    ------
    ShapeError, ValueError, TypeError
        At the call, when an argument does not fit.
    TrainingError
        When J stops being finite, or rises above 10,000 times the larger of 1
        and its first value; ``last`` holds the step before.

    Examples
    --------
    >>> from mininn import Network, euclidean
    >>> net = Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    >>> [s.J for s in descend(net, [[1.0]], [[3.0]], euclidean, lr=0.25,
    ...                       epochs=2)]
    [2.0, 0.5, 0.125]
    """
    check_link("descend", net, loss)
    if (lr is None) == (optimizer is None):
        raise ValueError(
            "descend: give a learning rate, lr=0.1, or an optimizer such as "
            "optimizer=adam(), and not both."
        )
    if optimizer is None:
        optimizer = GradientDescent(as_real("descend", "lr", lr))
    elif not is_a(optimizer, Optimizer):
        raise TypeError(
            f"descend: optimizer must be gradient_descent(lr), momentum(lr) "
            f"or adam(lr), got {optimizer!r}."
        )
    as_count("descend", "epochs", epochs, least=0)
    X = expect("descend", "X", X, "(n[0], m)", (net.n[0], None), net.dtype)
    Y = expect("descend", "Y", Y, "(n[L], m)", (net.n[-1], X.shape[1]))
    loss.check_labels("descend", Y)
    if batch_size is not None:
        m = X.shape[1]
        if as_count("descend", "batch_size", batch_size) > m:
            raise ValueError(
                f"descend: batch_size must be at most m = {m}, the number "
                f"of samples, got {batch_size}."
            )
        rng = as_generator("descend", rng)
    X, Y = frozen(X), frozen(Y)  # nobody changes them between two epochs
    return _steps(net, X, Y, loss, optimizer, epochs, batch_size, rng)


def _steps(net, X, Y, loss, optimizer, epochs, batch_size, rng):
    state = optimizer.start(net)
    cache = forward(net, X)
    J = loss(cache.Z[net.L], Y)
    check_finite("descend", "J", np.array(J))
    limit = RUNAWAY * max(1, J)
    for epoch in range(epochs):
        last = Snapshot(epoch, J, net)
        yield last
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                if batch_size is None:
                    grads = backward(net, cache, Y, loss)
                    net, state = optimizer.step(net, grads, state)
                else:
                    for i in batches(X.shape[1], batch_size, rng):
                        some = forward(net, X[:, i])
                        grads = backward(net, some, Y[:, i], loss)
                        net, state = optimizer.step(net, grads, state)
            cache = forward(net, X)
            J = loss(cache.Z[net.L], Y)
        except NotFiniteError:
            J = math.nan
        if not J <= limit:
            what = f"rose to {J:.2g}" if J < math.inf else "is not finite"
            raise TrainingError(
                f"descend: the loss {what} at epoch {epoch + 1} with lr = "
                f"{optimizer.lr:g}. The steps are too long: divide lr by 10.",
                last,
            )
    yield Snapshot(epochs, J, net)


@called("train")
def train(
    net: Network,
    X: Any,
    Y: Any,
    loss: Loss,
    *,
    epochs: int,
    progress: bool = False,
    **options: Any,
) -> tuple[Network, list[float]]:
    """Run ``descend`` to its end.

    Arguments and errors are those of ``descend``.

    Parameters
    ----------
    progress : bool
        Show a bar (with ``tqdm`` where it is installed, else a line of text
        for every tenth of the way) on the standard error stream.

    Returns
    -------
    net : Network
        After ``epochs`` epochs.
    history : list of float
        J before the first epoch, and after each: ``epochs + 1`` numbers.

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
    steps = descend(net, X, Y, loss, epochs=epochs, **options)
    for s in _shown(steps, epochs) if progress else steps:
        net = s.net
        history.append(s.J)
    return net, history


def _shown(steps: Iterator[Snapshot], epochs: int) -> Iterator[Snapshot]:
    """Pass the steps on, and show how far they have come."""
    try:
        from tqdm import tqdm
    except ImportError:
        for s in steps:
            if s.epoch % max(1, epochs // 10) == 0:
                print(
                    f"epoch {s.epoch} of {epochs}: J = {s.J:.4f}",
                    file=sys.stderr,
                )
            yield s
        return
    with tqdm(steps, total=epochs + 1, unit="epoch") as bar:
        for s in bar:
            bar.set_postfix(J=f"{s.J:.4f}")
            yield s


@called("accuracy")
def accuracy(net: Network, X: Any, Y: Any) -> float:
    """Return the share of samples that ``predict`` gets right, 0..1.

    ``Y`` is (n[L], m), as in training: rows of 0 and 1 for a sigmoid output
    (a sample counts when all its rows are right), one-hot columns for
    softmax. Raises ValueError for other labels, and for another output.

    >>> from mininn import Network
    >>> net = Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    >>> accuracy(net, [[-1, 2, 3, -4]], [[0, 1, 0, 0]])
    0.75
    """
    check_net("accuracy", net)
    output = str(net.g[net.L])
    if output not in ("sigmoid", "softmax"):
        raise ValueError(
            f"accuracy: the network must end in sigmoid or "
            f"softmax, but it ends in {output}. For numbers, "
            f"compare losses instead."
        )
    answer = predict(net, X)
    Y = expect("accuracy", "Y", Y, "(n[L], m)", (net.n[-1], answer.shape[1]))
    one_hot = (Y.sum(axis=0) == 1).all() or output == "sigmoid"
    if not (one_hot and np.isin(Y, (0, 1)).all()):
        raise ValueError(
            "accuracy: Y must hold 0 and 1 only, one 1 in a column where the "
            "network ends in softmax."
        )
    wanted = Y.argmax(axis=0)[np.newaxis] if output == "softmax" else Y
    return float((answer == wanted).all(axis=0).mean())


@called("trouble")
def trouble(net: Network, X: Any, Y: Any, loss: Loss) -> list[str]:
    """Say why this network may not be learning; an empty list if all is well.

    Looks for ReLU units that are 0 for every sample, for sigmoid and tanh
    layers that are saturated (|z| > 4 for nine entries of ten, so g' is below
    2 % of a sigmoid's steepest), for a loss that is what guessing costs, and
    for labels that hold one class only. Arguments and errors are those of
    ``forward`` and ``backward``.

    >>> from mininn import Network, binary_cross_entropy
    >>> net = Network({1: [[1.0]], 2: [[1.0]]}, {1: [[-9.0]], 2: [[0.0]]},
    ...               {1: "relu", 2: "sigmoid"})
    >>> for line in trouble(net, [[1, 2]], [[0, 1]], binary_cross_entropy):
    ...     print(line)
    layer 1: 1 of 1 relu units is 0 for every sample, and learns nothing.
    J = 0.6931 is what guessing costs (0.6931): nothing is learned yet.
    """
    check_link("trouble", net, loss)
    cache, found = forward(net, X), []
    Y = expect("trouble", "Y", Y, "(n[L], m)", cache.Z[net.L].shape)
    for l in range(1, net.L):
        Z, name = cache.Z[l], str(net.g[l])
        if name == "relu":
            dead = int((Z <= 0).all(axis=1).sum())
            if dead:
                verb, s = ("is", "s") if dead == 1 else ("are", "")
                found.append(
                    f"layer {l}: {dead} of {net.n[l]} relu units {verb} 0 "
                    f"for every sample, and learn{s} nothing."
                )
        elif name in ("sigmoid", "tanh"):
            limit = 4 if name == "sigmoid" else 2  # tanh(z) is σ(2z) stretched
            share = float((np.abs(Z) > limit).mean())
            if share >= 0.9:
                found.append(
                    f"layer {l}: {share:.0%} of its {name} inputs are beyond "
                    f"{limit} in size, where {name}' is nearly 0. Start from "
                    f"smaller weights, or scale X."
                )
    J = loss(cache.Z[net.L], Y)
    guess = _guess(Y, loss)
    if guess is not None and J > 0.995 * guess:
        found.append(
            f"J = {J:.4g} is what guessing costs ({guess:.4g}): nothing is "
            f"learned yet."
            if J < 1.005 * guess
            else f"J = {J:.4g} is more than guessing costs ({guess:.4g}): not "
            f"trained yet, or the steps are too long."
        )
    if str(net.g[net.L]) != "identity" and (Y[:, :1] == Y).all():
        found.append(
            "Y holds one class only: the network can but learn to say it "
            "always."
        )
    return found


def _guess(Y, loss):
    """Return the loss of an answer that is the same for every class."""
    if str(loss) == "binary_cross_entropy":
        return len(Y) * math.log(2)
    if str(loss) == "cross_entropy" and len(Y) > 1:
        return math.log(len(Y))
    return None


@dataclass(frozen=True)
class Point:
    """One point of a sweep: its values, and its result or its error."""

    values: dict[str, Any]
    result: Any
    error: str | None


def sweep(
    run: Callable[..., Any],
    grid: Mapping[str, Iterable[Any]],
    executor: Any = None,
) -> list[Point]:
    """Call ``run(name=value, ...)`` for every combination of a grid.

    Parameters
    ----------
    run : callable
        Takes one value of each name. For other processes or machines it has
        to be a function of a module, and to draw from an rng of its own.
    grid : dict of lists
        The values of each hyperparameter.
    executor : concurrent.futures.Executor, optional
        Where the calls run: ``ProcessPoolExecutor()`` for the cores of this
        machine, a Dask client's ``get_executor()`` for a cluster; else here.

    Returns
    -------
    list of Point
        In the order of ``itertools.product``, whatever ended first. A call
        that raised has its error as text, and the others go on.

    Examples
    --------
    >>> for p in sweep(lambda lr, n: n / lr, {"lr": [1, 0], "n": [2]}):
    ...     print(p.values, p.result, p.error)
    {'lr': 1, 'n': 2} 2.0 None
    {'lr': 0, 'n': 2} None ZeroDivisionError: division by zero
    """
    if not isinstance(grid, Mapping) or not grid:
        raise ValueError(
            f"sweep: grid must be a dict of lists, such as "
            f"{{'lr': [0.1, 1.0]}}, got {grid!r}."
        )
    for name, values in grid.items():
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise ValueError(
                f"sweep: grid[{name!r}] must be a list of values, got "
                f"{values!r}."
            )
    if not (executor is None or callable(getattr(executor, "submit", None))):
        raise TypeError(
            f"sweep: executor must have a submit method, such as "
            f"ProcessPoolExecutor(), got {executor!r}."
        )
    points = [
        dict(zip(grid, values, strict=True))
        for values in itertools.product(*grid.values())
    ]
    if executor is None:
        return [_point(run, values) for values in points]
    calls = [_submitted(executor, run, values) for values in points]
    return [
        _caught(values, call)
        for values, call in zip(points, calls, strict=True)
    ]


def _point(run, values):
    """Run one point where it is: an error goes home as text, not pickled."""
    return _caught(values, lambda: Point(values, run(**values), None))


def _caught(values, call):
    try:
        return call()
    except Exception as e:
        return Point(values, None, f"{type(e).__name__}: {e}")


def _submitted(executor, run, values):
    """Return a function that waits for the point, or raises the error."""
    try:
        return executor.submit(_point, run, values).result
    except Exception as e:  # an executor that broke takes no more calls
        from concurrent.futures import Future

        failed: Future = Future()
        failed.set_exception(e)
        return failed.result
