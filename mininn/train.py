"""Training: optimisers, gradient descent over batches, and what goes wrong."""

import itertools
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mininn.checks import (
    NOT_NEGATIVE,
    NotFiniteError,
    as_callable,
    as_count,
    as_generator,
    as_real,
    called,
    check_finite,
    expect,
    frozen,
    is_a,
)
from mininn.data import batches, paired
from mininn.losses import Loss, l2_penalty
from mininn.network import (
    Network,
    check_link,
    check_net,
    forward,
    pass_backward,
    pass_forward,
    predict,
    with_l2,
)
from mininn.optimizers import GradientDescent, Optimizer, Rate, as_rate

RUNAWAY = 1e4  # a loss so many times its start has run away
# the best answer that is the same for all: its name, its price, what it knows
CLASSES = (
    "the base rate",
    "the entropy of the label frequencies",
    "only the base rate is learned",
)
NUMBERS = (
    "the mean of Y",
    "half the variance of Y",
    "only its mean is learned",
)
NEAR = 0.005  # two prices that differ by half a per cent are called equal


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


def descend(
    net: Network,
    X: Any,
    Y: Any,
    loss: Loss,
    *,
    epochs: int,
    lr: Rate | None = None,
    optimizer: Optimizer | None = None,
    batch_size: int | None = None,
    rng: Any = None,
    l2: float = 0.0,
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
    lr : float, or a function of the step
        The learning rate α, positive; plain gradient descent. A function,
        such as ``cosine(0.1, 300)``, is given how many updates were made.
    optimizer : Optimizer
        ``momentum(...)``, ``adam(...)`` or another, instead of ``lr``.
    batch_size : int, optional
        Samples for one update, 1 to m; else all of them. The last batch of
        an epoch may be smaller, and divides by its own size.
    rng : numpy.random.Generator or int
        Shuffles the samples; required with ``batch_size``.
    l2 : float
        The factor λ of an L2 penalty, 0 or more: λ/2 times the sum of all
        squared weights is added to J (eq-tuning-l2). Biases cost nothing.

    Yields
    ------
    Snapshot

    Raises
    ------
    ShapeError, ValueError, TypeError
        At the call, when an argument does not fit.
    TrainingError
        When J stops being finite, or rises above 10,000 times the larger of 1
        and its first value; ``last`` holds the step before. It says so when X
        is far above unit scale.

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
        optimizer = GradientDescent(as_rate("descend", lr))
    elif not is_a(optimizer, Optimizer):
        raise TypeError(
            f"descend: optimizer must be gradient_descent(lr), momentum(lr) "
            f"or adam(lr), got {optimizer!r}."
        )
    as_count("descend", "epochs", epochs, least=0)
    l2 = as_real("descend", "l2", l2, *NOT_NEGATIVE)
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
    return _steps(net, X, Y, loss, optimizer, epochs, batch_size, rng, l2)


def _steps(net, X, Y, loss, optimizer, epochs, batch_size, rng, l2):
    Y = Y.astype(net.dtype, copy=False)
    state = optimizer.start(net)
    cache = forward(net, X)
    J = loss(cache.Z[net.L], Y) + l2_penalty(net.W, l2)
    check_finite("descend", "J", np.array(J))
    limit = RUNAWAY * max(1, J)
    for epoch in range(epochs):
        last = Snapshot(epoch, J, net)
        yield last
        with np.errstate(all="ignore"):  # J is looked at
            if batch_size is None:
                grads = pass_backward(net, cache, Y, loss)
                grads = with_l2(net, grads, l2)
                net, state = optimizer.step(net, grads, state)
            else:
                for i in batches(X.shape[1], batch_size, rng):
                    some = pass_forward(net, X[:, i])
                    grads = pass_backward(net, some, Y[:, i], loss)
                    grads = with_l2(net, grads, l2)
                    net, state = optimizer.step(net, grads, state)
            cache = pass_forward(net, X)
            J = loss.cost(cache.Z[net.L], Y) + l2_penalty(net.W, l2)
        if not J <= limit:
            what = f"rose to {J:.2g}" if J < math.inf else "is not finite"
            lr = optimizer.rate(state[0] - 1)
            advice = _unscaled(X, least=0)
            raise TrainingError(
                f"descend: the loss {what} at epoch {epoch + 1} with lr = "
                f"{lr:g}. The steps are too long: divide lr by 10.{advice}",
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
    stop: "EarlyStopping | None" = None,
    progress: bool = False,
    **options: Any,
) -> tuple[Network, list[float]]:
    """Run ``descend`` to its end, or until it no longer helps.

    Arguments and errors are those of ``descend``.

    Parameters
    ----------
    stop : early_stopping(X, Y), optional
        Held-out data to stop by. The errors are those of ``descend``, for the
        arguments stop.X and stop.Y.
    progress : bool
        Show a bar (with ``tqdm`` where it is installed, else a line of text
        for every tenth of the way) on the standard error stream.

    Returns
    -------
    net : Network
        After ``epochs`` epochs; with ``stop``, the one of all epochs whose
        loss on the held-out data is lowest (eq-tuning-stop).
    history : list of float
        J before the first epoch, and after each: ``epochs + 1`` numbers, or
        fewer with ``stop``.

    Examples
    --------
    >>> from mininn import Network, euclidean
    >>> net = Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "identity"})
    >>> net, history = train(net, [[1.0]], [[3.0]], euclidean, lr=0.25,
    ...                      epochs=2)
    >>> history, net.W[1], net.b[1]
    ([2.0, 0.5, 0.125], array([[1.75]]), array([[0.75]]))
    """
    steps = descend(net, X, Y, loss, epochs=epochs, **options)
    if stop is not None:
        held = _held_out(stop, net, loss)
    best, lowest, history = 0, math.inf, []
    for s in _shown(steps, epochs) if progress else steps:
        history.append(s.J)
        if stop is None:
            net = s.net
        elif (J := held(s.net)) < lowest:
            best, lowest, net = s.epoch, J, s.net
        elif s.epoch - best >= stop.patience:
            break
    return net, history


@dataclass(frozen=True, eq=False)
class EarlyStopping:
    """Held-out data, and how many epochs ``train`` waits for a lower loss."""

    X: Any
    Y: Any
    patience: int


def early_stopping(X: Any, Y: Any, patience: int = 10) -> EarlyStopping:
    """Return what ``train(..., stop=...)`` stops by (eq-tuning-stop).

    After each epoch the loss on X and Y is taken, without an L2 penalty. When
    it has not been below its lowest for ``patience`` epochs, training ends,
    and the network of that lowest loss is returned.

    Parameters
    ----------
    X, Y : (n[0], m) and (n[L], m) arrays
        Held-out data: m samples that are not trained on. Copied, unless they
        are read-only.
    patience : int
        Epochs to wait for a lower loss, 1 or more.

    Raises
    ------
    ShapeError, ValueError, TypeError
        When X and Y differ in m, or patience is no such number.

    Examples
    --------
    The held-out sample wants 2 where the other wants 3. A weight that goes
    from 0 to 3 is best on the way:

    >>> from mininn import Network, euclidean
    >>> net = Network({1: [[0.0]]}, {1: [[0.0]]}, {1: "identity"})
    >>> net, history = train(net, [[1.0]], [[3.0]], euclidean, lr=0.125,
    ...                      stop=early_stopping([[1.0]], [[2.0]], 3),
    ...                      epochs=9)
    >>> len(history) - 1, net.W[1] + net.b[1]
    (7, array([[2.05078125]]))
    """
    as_count("early_stopping", "patience", patience)
    X, Y = paired("early_stopping", X, Y)
    return EarlyStopping(frozen(X), frozen(Y), patience)


def _held_out(stop, net, loss):
    """Return a function that gives the loss of a network on held-out data."""
    if not is_a(stop, EarlyStopping):
        raise TypeError(
            f"train: stop must be early_stopping(X, Y), got {stop!r}."
        )
    X = expect("train", "stop.X", stop.X, "(n[0], m)", (net.n[0], None))
    Y = expect("train", "stop.Y", stop.Y, "(n[L], m)", (net.n[-1], X.shape[1]))
    loss.check_labels("train", Y)

    def J(net):
        try:
            return loss(forward(net, X).Z[net.L], Y)
        except NotFiniteError:
            return math.inf

    return J


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
    said, true = _said_and_true("accuracy", net, X, Y)
    return float((said == true).all(axis=0).mean())


@called("confusion")
def confusion(net: Network, X: Any, Y: Any) -> np.ndarray:
    """Count what ``predict`` said of each class (eq-digits-confusion).

    Parameters
    ----------
    net : Network
        Ends in softmax, or in one sigmoid, which has the classes 0 and 1.
    X, Y : (n[0], m) and (n[L], m) arrays
        As for ``accuracy``.

    Returns
    -------
    (K, K) array of int64
        Entry [j, k]: how many samples of class j were said to be of class k.
        Rows are true, columns said. The diagonal is right, and its share of
        all is the accuracy.

    Raises
    ------
    ShapeError, ValueError, TypeError
        As ``accuracy``, and for more than one sigmoid output.

    Examples
    --------
    >>> from mininn import Network
    >>> net = Network({1: [[1.0]]}, {1: [[0.0]]}, {1: "sigmoid"})
    >>> confusion(net, [[-1, 2, 3, -4]], [[0, 1, 0, 0]]).tolist()
    [[2, 1], [0, 1]]
    """
    said, true = _said_and_true("confusion", net, X, Y)
    if len(said) > 1:
        raise ValueError(
            f"confusion: the network must end in softmax or in one sigmoid, "
            f"but it has {len(said)} of them, and a sample may be of several "
            f"classes. Count each row by itself."
        )
    K = max(2, net.n[-1])
    table = np.zeros((K, K), np.int64)
    np.add.at(table, (true[0].astype(int), said[0]), 1)
    return table


def _said_and_true(where, net, X, Y):
    """Return the answers of a network and the labels, in the same form."""
    check_net(where, net)
    output = str(net.g[net.L])
    if output not in ("sigmoid", "softmax"):
        raise ValueError(
            f"{where}: the network must end in sigmoid or "
            f"softmax, but it ends in {output}. For numbers, "
            f"compare losses instead."
        )
    said = predict(net, X)
    Y = expect(where, "Y", Y, "(n[L], m)", (net.n[-1], said.shape[1]))
    one_hot = (Y.sum(axis=0) == 1).all() or output == "sigmoid"
    if not (one_hot and np.isin(Y, (0, 1)).all()):
        raise ValueError(
            f"{where}: Y must hold 0 and 1 only, one 1 in a column where the "
            f"network ends in softmax."
        )
    return said, Y.argmax(axis=0)[np.newaxis] if output == "softmax" else Y


@called("trouble")
def trouble(net: Network, X: Any, Y: Any, loss: Loss) -> list[str]:
    """Say why this network may not be learning; an empty list if all is well.

    Looks for ReLU units that are 0 for every sample, for sigmoid and tanh
    layers that are saturated (|z| > 4 for nine entries of ten, so g' is below
    2 % of a sigmoid's steepest), for a loss that is infinite, that is what
    guessing costs, or what an answer costs that does not look at X, and for
    labels that hold one class only. Where it finds one of these, it also says
    when X is far from unit scale. Arguments and errors are those of
    ``forward`` and ``backward``.

    The best answer that is the same for every sample is the mean of Y. It
    costs the entropy of the label frequencies, or half the variance of Y
    (eq-tuning-base-rate). A network that costs as much knows the base rate,
    and nothing else.

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
    found += _prices(loss(cache.Z[net.L], Y), Y, loss)
    if str(net.g[net.L]) != "identity" and (Y[:, :1] == Y).all():
        found.append(
            "Y holds one class only: the network can but learn to say it "
            "always."
        )
    advice = _unscaled(X)
    return [*found, advice.strip()] if found and advice else found


def _prices(J, Y, loss):
    """Compare J with the price of guessing, and of the best constant."""
    guess, base, words = _constants(Y, loss)
    name, of_base, learned = words
    if J == math.inf:
        return [
            "J = inf: the outputs are too large for a float. Start from "
            "smaller weights, or scale X and Y."
        ]
    if guess and abs(J / guess - 1) < NEAR:
        return [
            f"J = {J:.4g} is what guessing costs ({guess:.4g}): nothing is "
            f"learned yet."
        ]
    if base and abs(J / base - 1) < NEAR:
        return [f"J = {J:.4g} is {of_base} ({base:.4g}): {learned}."]
    price, name = (guess, "guessing") if 0 < guess < J else (base, name)
    if 0 < price < J:
        return [
            f"J = {J:.4g} is more than {name} costs ({price:.4g}): not "
            f"trained yet, or the steps are too long."
        ]
    return []


def _constants(Y, loss):
    """Return the loss of guessing, of the best constant, and words for it.

    0 stands for a loss that is not known.
    """
    p = Y.mean(axis=1)
    if str(loss) == "binary_cross_entropy":
        return len(Y) * math.log(2), _plogp(p) + _plogp(1 - p), CLASSES
    if str(loss) == "cross_entropy":
        return math.log(len(Y)), _plogp(p), CLASSES
    half = float(Y.var(axis=1).sum() / 2) if str(loss) == "euclidean" else 0.0
    return 0.0, half, NUMBERS


def _plogp(p):
    """Return -Σ p log p, where 0 log 0 is 0."""
    return -float((p * np.log(np.where(p > 0, p, 1))).sum())


def _unscaled(X, least=0.1):
    """Return what to do about X far from unit scale, or ""."""
    with np.errstate(over="ignore"):
        size = np.abs(X).mean(axis=1)
    i = int(size.argmax())
    if least <= size[i] <= 10:
        return ""
    return (
        f" X is far from unit scale: feature {i} is {size[i]:.2g} in size, in "
        f"the mean. Scale X: subtract the mean, divide by the standard "
        f"deviation, as standardise does."
    )


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
    as_callable("sweep", "run", run, "run(name=value, ...)")
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
