"""A network, its forward pass, its backward pass, and one step downhill."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from mininn.activations import activation, relu, sigmoid
from mininn.checks import (
    NOT_NEGATIVE,
    ShapeError,
    as_generator,
    as_real,
    as_sizes,
    called,
    check_finite,
    expect,
    frozen,
    is_a,
    kind,
)
from mininn.losses import Loss, is_loss

Layers = dict[int, Any]
SCHEMES = ("he", "glorot", "he_uniform", "glorot_uniform")


class FrozenLayers(Layers):
    """The arrays of a network by layer number; a copy is a plain dict."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(
            "Network: W, b and g are not changed in place, or its caches and "
            "its history would belong to other numbers. Make another network, "
            "such as Network(net.W | {1: W1}, net.b, net.g)."
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self):
        return dict, (dict(self),)


@dataclass(frozen=True, eq=False)
class Network:
    """Weights, biases and activations, each keyed by layer number 1..L.

    Nothing changes them afterwards: arrays that others could write to are
    copied, once, and NumPy refuses to write to what ``net.W[l]`` returns.

    Parameters
    ----------
    W : dict of (n[l], n[l-1]) arrays
    b : dict of (n[l], 1) arrays
    g : dict of activations, or of their names

    Raises
    ------
    ShapeError
        When two layers do not fit together, or a bias is not a column.
    ValueError, TypeError
        When the layers are not 1..L, an activation is unknown, or softmax
        stands before the last layer.
    """

    W: Layers
    b: Layers
    g: Layers

    def __post_init__(self):
        L = len(self.W) if isinstance(self.W, dict) else 0
        for name in "Wbg":
            layers = getattr(self, name)
            if not isinstance(layers, dict):
                raise TypeError(
                    f"Network: {name} must be a dict keyed by "
                    f"layer number, {{1: ..., 2: ...}}, got a "
                    f"{type(layers).__name__}."
                )
            if L == 0 or set(layers) != set(range(1, L + 1)):
                raise ValueError(
                    f"Network: {name} must have the keys 1..L "
                    f"like W, which has {L} layers; got "
                    f"{list(layers)}."
                )
        W, b, g, below = {}, {}, {}, None
        for l in range(1, L + 1):
            W[l] = expect(
                "Network",
                f"W[{l}]",
                self.W[l],
                f"(n[{l}], n[{l - 1}])",
                (None, below),
            )
            below = W[l].shape[0]
            b[l] = expect(
                "Network", f"b[{l}]", self.b[l], f"(n[{l}], 1)", (below, 1)
            )
            g[l] = activation("Network", self.g[l])
            if l < L and not getattr(g[l], "elementwise", True):
                raise ValueError(
                    f"Network: g[{l}] is {g[l]}, which belongs "
                    f"at the output, layer {L}. Use relu there."
                )
        dtype = np.result_type(*W.values(), *b.values())
        for name, layers in (("W", W), ("b", b)):
            layers = {
                l: frozen(x.astype(dtype, copy=False))
                for l, x in layers.items()
            }
            object.__setattr__(self, name, FrozenLayers(layers))
        object.__setattr__(self, "g", FrozenLayers(g))

    def __reduce__(self):
        return Network, (dict(self.W), dict(self.b), dict(self.g))

    def moved(self, W: Layers, b: Layers) -> "Network":
        """Return this network with other numbers of the same shapes.

        For an optimiser: nothing is checked again, and nothing copied.
        """
        for x in (*W.values(), *b.values()):
            x.setflags(False)  # a tenth of a microsecond; a copy takes three
        net = object.__new__(Network)
        W, b = FrozenLayers(W), FrozenLayers(b)
        net.__dict__.update(self.__dict__, W=W, b=b)
        return net

    @property
    def L(self) -> int:
        """The number of layers, the output layer included."""
        return len(self.W)

    @cached_property
    def n(self) -> tuple[int, ...]:
        """Units per layer: n[0] inputs to n[L] outputs."""
        return (
            self.W[1].shape[1],
            *(self.W[l].shape[0] for l in sorted(self.W)),
        )

    @property
    def dtype(self) -> np.dtype:
        """float64, or float32 when every array of the network is."""
        return self.W[1].dtype

    @property
    def size(self) -> int:
        """The number of parameters, weights and biases."""
        return sum(self.W[l].size + self.b[l].size for l in self.W)

    def __repr__(self) -> str:
        names = ", ".join(str(self.g[l]) for l in sorted(self.g))
        shape = "-".join(map(str, self.n))
        return f"Network {shape} ({names}), {self.size} parameters"


@dataclass(frozen=True, eq=False)
class Cache:
    """What the forward pass keeps: ``Z[1..L]`` and ``A[0..L]``, A[0] = X.

    ``A[0]`` is a copy of X, so X may be changed before ``backward``; an X that
    is read-only already, and no view, is not copied. What ``forward`` returns
    is read-only: ``backward`` needs these numbers.
    ``net`` is the network it went through; ``backward`` refuses another, and
    takes a copy of it.
    """

    Z: Layers
    A: Layers
    net: Network


@dataclass(frozen=True, eq=False)
class Grads:
    """Derivatives of J: ``dW db dZ`` for layers 1..L, ``dA`` for 1..L-1."""

    dW: Layers
    db: Layers
    dZ: Layers
    dA: Layers


@called("init")
def init(
    n: Sequence[int],
    *,
    rng: Any,
    hidden: Any = relu,
    output: Any = sigmoid,
    dtype: Any = float,
    scheme: str | float = "he",
) -> Network:
    """Draw a network with random weights and zero biases.

    Parameters
    ----------
    n : sequence of int
        Units per layer, n[0] inputs to n[L] outputs.
    rng : numpy.random.Generator or int
        The source of randomness; a seed is turned into a generator.
    hidden, output : activation or its name
        ``hidden`` may also be a list, one for each hidden layer.
    dtype : float64 or float32
        Everything computed from a float32 network is float32.
    scheme : "he", "glorot", "he_uniform", "glorot_uniform" or a number
        The standard deviation of W[l]: sqrt(2 / n[l-1]) (eq-rings-he),
        sqrt(2 / (n[l-1] + n[l])), or the positive number given. The uniform
        ones have the same deviation, and draw evenly up to sqrt(3) times it
        on both sides. Sources: He et al. (2015), Glorot and Bengio (2010).

    Raises
    ------
    TypeError, ValueError
        When a size, an activation, the dtype or the scheme is not one.

    Examples
    --------
    >>> init([2, 4, 6, 6, 4, 1], rng=1)
    Network 2-4-6-6-4-1 (relu, relu, relu, relu, sigmoid), 117 parameters
    """
    n, rng = as_sizes("init", n), as_generator("init", rng)
    L = len(n) - 1
    if not isinstance(hidden, list | tuple):
        hidden = [hidden] * (L - 1)
    if len(hidden) != L - 1:
        raise ValueError(
            f"init: hidden must name one activation for each of "
            f"the {L - 1} hidden layers, got {len(hidden)}."
        )
    if dtype not in (float, "float64", "float32", np.float64, np.float32):
        raise ValueError(
            f"init: dtype must be float64 or float32, got {dtype!r}."
        )
    if isinstance(scheme, str) and scheme not in SCHEMES:
        raise ValueError(
            f'init: scheme must be "he", "glorot", "he_uniform", '
            f'"glorot_uniform" or a standard deviation, got {scheme!r}.'
        )
    draw = rng.standard_normal
    if isinstance(scheme, str) and scheme.endswith("_uniform"):
        scheme = scheme.removesuffix("_uniform")
        draw = partial(rng.uniform, -np.sqrt(3), np.sqrt(3))
    W, b = {}, {}
    for l in range(1, L + 1):
        if scheme == "he":
            std = np.sqrt(2 / n[l - 1])
        elif scheme == "glorot":
            std = np.sqrt(2 / (n[l - 1] + n[l]))
        else:
            std = as_real("init", "scheme", scheme)
        with np.errstate(over="ignore", under="ignore"):
            W[l] = (std * draw(size=(n[l], n[l - 1]))).astype(dtype)
        b[l] = np.zeros((n[l], 1), dtype)
    g = {l: activation("init", g) for l, g in enumerate([*hidden, output], 1)}
    return Network(W, b, g)


@np.errstate(over="ignore", invalid="ignore", under="ignore")
def forward(net: Network, X: Any) -> Cache:
    """Run a batch through the network (eq-forward-Z, eq-forward-A).

    Parameters
    ----------
    net : Network
    X : (n[0], m) array
        One sample a column. Not modified.

    Returns
    -------
    Cache
        ``Z[l]`` and ``A[l]``, each (n[l], m); ``A[0]`` is X. All read-only.

    Raises
    ------
    ShapeError, ValueError, TypeError
        When X is not (n[0], m), is empty, or is not finite and numeric, or
        when a Z[l] overflows.

    Examples
    --------
    >>> net = Network({1: [[2.0, 1.0]]}, {1: [[0.5]]}, {1: "identity"})
    >>> forward(net, [[1.0, 0.0], [1.0, 3.0]]).A[1]
    array([[3.5, 3.5]])
    """
    check_net("forward", net)
    X = expect("forward", "X", X, "(n[0], m)", (net.n[0], None), net.dtype)
    cache = pass_forward(net, frozen(X))
    for l, Z in cache.Z.items():
        check_finite("forward", f"Z[{l}]", Z)
        Z.setflags(False)
        cache.A[l].setflags(False)
    return cache


def pass_forward(net: Network, X: np.ndarray) -> Cache:
    """Do what ``forward`` does, with an X that is known to fit."""
    W, b, g = net.W, net.b, net.g
    Z, A = {}, {0: X}
    for l in range(1, net.L + 1):
        Z[l] = W[l] @ A[l - 1] + b[l]
        A[l] = g[l](Z[l])
    return Cache(Z, A, net)


@np.errstate(under="ignore")
def backward(
    net: Network, cache: Cache, Y: Any, loss: Loss, *, l2: float = 0.0
) -> Grads:
    """Differentiate J by every array of the forward pass.

    One line for each formula: eq-dZ-L, eq-dW, eq-db, eq-dA and eq-dZ.

    Parameters
    ----------
    net : Network
    cache : Cache
        What ``forward(net, X)`` returned.
    Y : (n[L], m) array
        Labels, one sample a column. Not modified.
    loss : Loss
        Derived for the output activation of ``net``.
    l2 : float
        The factor λ of an L2 penalty, 0 or more: J has λ/2 times the sum of
        all squared weights in it, and ``dW[l]`` has λ W[l]
        (eq-tuning-l2-gradient). Biases cost nothing.

    Returns
    -------
    Grads
        Each array has the shape of what it is the derivative by.

    Raises
    ------
    ShapeError
        When Y does not fit the cache, or the cache does not fit the net.
    ValueError
        When the loss belongs to another output, Y holds no such labels, or
        l2 is below 0.
    """
    check_link("backward", net, loss)
    l2 = as_real("backward", "l2", l2, *NOT_NEGATIVE)
    if not is_a(cache, Cache):
        raise TypeError(
            f"backward: cache must be what forward(net, X) returned, got a "
            f"{type(cache).__name__}."
        )
    if not (cache.net is net or _same(cache.net, net)):
        raise ShapeError(
            "backward: the cache comes from another network, or from before "
            "the last step. Call forward(net, X) again and pass its result."
        )
    Y = loss.labels("backward", cache.Z[net.L], Y)
    return with_l2(net, pass_backward(net, cache, Y, loss), l2)


def _same(net, other):
    """Whether two networks are one, or copies: the caches of both are one."""
    return net.g == other.g and all(
        np.array_equal(x, there.get(l))
        for here, there in ((net.W, other.W), (net.b, other.b))
        for l, x in here.items()
    )


def pass_backward(
    net: Network, cache: Cache, Y: np.ndarray, loss: Loss
) -> Grads:
    """Do what ``backward`` does, with labels that are known to fit."""
    W, g, L, Z, A = net.W, net.g, net.L, cache.Z, cache.A
    dW, db, dA, dZ = {}, {}, {}, {L: loss.dZ(Z[L], Y, A[L])}
    for l in range(L, 0, -1):
        dW[l] = dZ[l] @ A[l - 1].T
        db[l] = dZ[l].sum(axis=1, keepdims=True)
        if l > 1:
            dA[l - 1] = W[l].T @ dZ[l]
            dZ[l - 1] = dA[l - 1] * g[l - 1].prime(Z[l - 1])
    return Grads(dW, db, dZ, dA)


def with_l2(net: Network, grads: Grads, l2: float) -> Grads:
    """Return the gradients with those of the penalty (eq-tuning-l2-gradient).

    With λ = 0 they are returned as they are.
    """
    if l2 == 0:
        return grads
    dW = {l: grads.dW[l] + l2 * net.W[l] for l in net.W}
    return replace(grads, dW=dW)


def check_net(where: str, net: Any) -> None:
    """Raise TypeError unless ``net`` is a Network."""
    if not is_a(net, Network):
        raise TypeError(
            f"{where}: net must be a Network, such as init([2, 3, 1], rng=0), "
            f"got a {type(net).__name__}."
        )


def check_link(where: str, net: Network, loss: Loss) -> None:
    """Raise ValueError unless the loss was derived for this net's output."""
    check_net(where, net)
    if not is_loss(loss):
        raise TypeError(
            f"{where}: loss must be euclidean, "
            f"binary_cross_entropy or cross_entropy, "
            f"got {loss!r}."
        )
    if kind(type(net.g[net.L])) != kind(type(loss.link)):
        a = "an" if str(loss.link)[0] in "aeiou" else "a"
        raise ValueError(
            f"{where}: {loss} is derived for {a} {loss.link} "
            f"output, but this network ends in {net.g[net.L]}. "
            f"Use init(..., output={loss.link}) or the loss of "
            f"that output."
        )


@np.errstate(under="ignore")
def step(net: Network, grads: Grads, lr: float) -> Network:
    """Return a new network one step downhill (eq-step); net is unchanged.

    Parameters
    ----------
    net : Network
    grads : Grads
        What ``backward`` returned for this network.
    lr : float
        The learning rate α, a positive number.

    Raises
    ------
    ValueError, ShapeError
        When ``lr`` is not positive and finite, or grads do not fit the net.
    """
    lr = as_real("step", "lr", lr)
    check_grads(net, grads)
    W = {l: net.W[l] - lr * grads.dW[l] for l in net.W}
    b = {l: net.b[l] - lr * grads.db[l] for l in net.b}
    return net.moved(W, b)


def check_grads(net: Network, grads: Grads) -> None:
    """Raise TypeError or ShapeError unless each gradient fits its array."""
    check_net("step", net)
    if not is_a(grads, Grads):
        raise TypeError(
            f"step: grads must be what backward returned, got a "
            f"{type(grads).__name__}."
        )
    for name, d, x in (("dW", grads.dW, net.W), ("db", grads.db, net.b)):
        if not isinstance(d, dict):
            raise TypeError(
                f"step: {name} must be a dict keyed by layer number, "
                f"{{1: ..., 2: ...}}, got a {type(d).__name__}."
            )
        for l in x:
            got: Any = d.get(l)
            shape = getattr(got, "shape", f"a {type(got).__name__}")
            if shape != x[l].shape:
                raise ShapeError(
                    f"step: {name}[{l}] must have the shape of what it "
                    f"changes, {x[l].shape}, got {shape}."
                )
            if got.dtype.kind not in "fiub":
                raise TypeError(
                    f"step: {name}[{l}] must hold real numbers, got dtype "
                    f"{got.dtype}."
                )


@called("predict")
def predict(net: Network, X: Any) -> np.ndarray:
    """Return what the network would answer, one sample a column.

    The class number, (1, m), where it ends in softmax (eq-argmax); 0 or 1,
    (n[L], m), where it ends in sigmoid; A[L] otherwise. X as ``forward``.
    """
    A, output = forward(net, X).A[net.L], str(net.g[net.L])
    if output == "softmax":
        return A.argmax(axis=0)[np.newaxis]
    return (A > 0.5).astype(int) if output == "sigmoid" else A.copy()
