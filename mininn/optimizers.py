"""Optimisers: how long a step is, and in which direction it goes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mininn.checks import NOT_NEGATIVE, SHARE, as_count, as_real
from mininn.network import Grads, Network, check_grads, check_net

DECAY = ("at least 0 and less than 1", lambda beta: 0 <= beta < 1)
Rate = float | Callable[[int], float]


class Optimizer:
    """A rule that turns gradients into a step. Pure: state in, state out.

    ``state = start(net)``, then ``net, state = step(net, grads, state)``.
    """

    lr: Rate

    def rate(self, t: int) -> float:
        """Return the learning rate of the step that follows t others."""
        if not callable(self.lr):
            return self.lr
        return as_real("step", f"lr({t})", self.lr(t), *NOT_NEGATIVE)

    def start(self, net: Network) -> Any:
        """Return the state before the first step."""
        check_net("start", net)
        return 0, {
            (name, l): self._memory(x)
            for name, layers in (("W", net.W), ("b", net.b))
            for l, x in layers.items()
        }

    @np.errstate(under="ignore")
    def step(self, net: Network, grads: Grads, state: Any) -> Any:
        """Return the network after one step, and the new state."""
        check_grads(net, grads)
        t, memory, lr = state[0] + 1, {}, self.rate(state[0])
        after: dict[str, dict[int, Any]] = {"W": {}, "b": {}}
        for name, x, d in (("W", net.W, grads.dW), ("b", net.b, grads.db)):
            for l in x:
                change, memory[name, l] = self._change(
                    d[l], state[1][name, l], t
                )
                # the new array takes the memory of the move
                after[name][l] = np.subtract(
                    x[l], move := lr * change, out=move
                )
        return net.moved(**after), (t, memory)

    def _memory(self, x):
        """Return what is remembered of one array before the first step."""

    def _change(self, d, memory, t):
        """Return by how much to go down, in units of lr, and the memory."""
        raise NotImplementedError


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """X := X - lr dX, the plain step (eq-step)."""

    lr: Rate

    def _change(self, d, memory, t):
        return d, None


@dataclass(frozen=True)
class Momentum(Optimizer):
    """V := beta V + dX, then X := X - lr V; Nesterov: X - lr (dX + beta V).

    Source: Sutskever et al. (2013), in the form that PyTorch uses.
    """

    lr: Rate
    beta: float = 0.9
    nesterov: bool = False

    def _memory(self, x):
        return np.zeros_like(x)

    def _change(self, d, V, t):
        V = self.beta * V + d
        return (d + self.beta * V if self.nesterov else V), V


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """X := X - lr dX / (√Q + eps), Q a running mean of dX².

    ``eps`` is added outside the root, as in PyTorch (eq-descent-rmsprop).
    """

    lr: Rate
    beta: float = 0.9
    eps: float = 1e-8

    def _memory(self, x):
        return np.zeros_like(x)

    def _change(self, d, Q, t):
        Q = self.beta * Q + (1 - self.beta) * d**2
        return d / (np.sqrt(Q) + self.eps), Q


@dataclass(frozen=True)
class Adam(Optimizer):
    """X := X - lr P / (√Q + eps), P and Q running means of dX and dX².

    Both means are divided by 1 - beta^t, which takes away their start at 0.
    ``eps`` is added *after* that and outside the root: algorithm 1 of Kingma
    and Ba (2015), and PyTorch. Their shorter form with eps-hat differs.
    """

    lr: Rate
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


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam's step, and W := W - lr weight_decay W beside it (eq-tuning-adamw).

    The decay does not pass through the running means, and leaves b alone.
    """

    weight_decay: float = 0.01

    @np.errstate(under="ignore")
    def step(self, net: Network, grads: Grads, state: Any) -> Any:
        """Return the network after one step, and the new state."""
        after, new = super().step(net, grads, state)
        decay = self.rate(state[0]) * self.weight_decay
        W = {l: after.W[l] - decay * net.W[l] for l in net.W}
        return net.moved(W, after.b), new


@dataclass(frozen=True)
class Cosine:
    """lr (1 + cos(π t / steps)) / 2, and 0 from t = steps on."""

    lr: float
    steps: int

    def __call__(self, t: int) -> float:
        t = min(t, self.steps)
        return self.lr / 2 * (1 + math.cos(math.pi * t / self.steps))


@dataclass(frozen=True)
class StepDecay:
    """lr gamma^⌊t / every⌋."""

    lr: float
    every: int
    gamma: float

    def __call__(self, t: int) -> float:
        return self.lr * self.gamma ** (t // self.every)


def cosine(lr: float, steps: int) -> Callable[[int], float]:
    """Return a learning rate that falls to 0 along half a cosine.

    Give it as ``lr`` to an optimiser, to ``descend`` or to ``train``. After t
    steps it is lr (1 + cos(π t / steps)) / 2 (eq-descent-cosine).

    Parameters
    ----------
    lr : float
        The rate of the first step, positive.
    steps : int
        After so many steps the rate is 0, and stays there. A step is one
        update, so E epochs of batches have E ⌈m / batch_size⌉ of them.

    Raises
    ------
    ValueError
        When lr or steps is not positive.

    Examples
    --------
    >>> [round(cosine(0.2, 4)(t), 4) for t in range(6)]
    [0.2, 0.1707, 0.1, 0.0293, 0.0, 0.0]
    """
    return Cosine(
        as_real("cosine", "lr", lr), as_count("cosine", "steps", steps)
    )


def step_decay(
    lr: float, every: int, gamma: float = 0.1
) -> Callable[[int], float]:
    """Return a learning rate that is multiplied by gamma now and then.

    Give it as ``lr`` to an optimiser, to ``descend`` or to ``train``. After t
    steps it is lr gamma^⌊t / every⌋ (eq-descent-step-decay).

    Parameters
    ----------
    lr : float
        The rate of the first step, positive.
    every : int
        How many steps, or updates, share one rate.
    gamma : float
        The factor, between 0 and 1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> [round(step_decay(0.2, every=2)(t), 4) for t in range(5)]
    [0.2, 0.2, 0.02, 0.02, 0.002]
    """
    return StepDecay(
        as_real("step_decay", "lr", lr),
        as_count("step_decay", "every", every),
        as_real("step_decay", "gamma", gamma, *SHARE),
    )


def as_rate(where: str, lr: Any) -> Rate:
    """Return a learning rate: a positive number, or a function of the step.

    A function is asked for the rate of the first step, ``lr(0)``.
    """
    if not callable(lr):
        return as_real(where, "lr", lr)
    as_real(where, "lr(0)", lr(0), *NOT_NEGATIVE)
    return lr


def gradient_descent(lr: Rate) -> Optimizer:
    """Return plain gradient descent (eq-step).

    ``lr`` is a positive number, or a function of how many steps were made
    before, such as ``cosine(0.1, 300)``: ``lr(0)`` is the rate of the first.
    That holds for every optimiser. Raises ValueError for any other lr; a
    function that returns none is found out at the step.

    >>> gradient_descent(lambda t: 1 / (t + 1)).rate(3)
    0.25
    """
    return GradientDescent(as_rate("gradient_descent", lr))


def momentum(
    lr: Rate, beta: float = 0.9, *, nesterov: bool = False
) -> Optimizer:
    """Return gradient descent with momentum, or Nesterov's form of it.

    The first is eq-descent-momentum, the second eq-descent-nesterov-ahead;
    ``lr`` as for ``gradient_descent``. Raises ValueError unless lr is one and
    0 <= beta < 1, TypeError unless nesterov is True or False.
    """
    lr = as_rate("momentum", lr)
    if not isinstance(nesterov, bool):
        raise TypeError(
            f"momentum: nesterov must be True or False, got {nesterov!r}."
        )
    return Momentum(lr, as_real("momentum", "beta", beta, *DECAY), nesterov)


def rmsprop(
    lr: Rate = 0.001, beta: float = 0.9, eps: float = 1e-8
) -> Optimizer:
    """Return RMSprop, a step over its usual size (eq-descent-rmsprop).

    ``lr`` as for ``gradient_descent``. Raises ValueError unless lr is one,
    0 <= beta < 1, and eps is positive.

    With beta = 0 every entry moves by lr, whatever its gradient:

    >>> from mininn import Network, Grads
    >>> net = Network({1: [[1.0, 1.0]]}, {1: [[0.0]]}, {1: "identity"})
    >>> d = Grads({1: np.array([[4.0, -0.1]])}, {1: np.array([[0.0]])}, {}, {})
    >>> rule = rmsprop(0.5, beta=0.0)
    >>> rule.step(net, d, rule.start(net))[0].W[1].round(4)
    array([[0.5, 1.5]])
    """
    return RMSProp(
        as_rate("rmsprop", lr),
        as_real("rmsprop", "beta", beta, *DECAY),
        as_real("rmsprop", "eps", eps),
    )


def adam(
    lr: Rate = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Optimizer:
    """Return Adam, with eps outside the root (eq-descent-adam).

    Algorithm 1 of Kingma and Ba. ``lr`` as for ``gradient_descent``. Raises
    ValueError unless lr is one, eps is positive, and both betas are in
    0 <= beta < 1.
    """
    return Adam(**_of_adam("adam", lr, beta1, beta2, eps))


def adamw(
    lr: Rate = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    *,
    weight_decay: float = 0.01,
) -> Optimizer:
    """Return Adam with decoupled weight decay (eq-tuning-adamw).

    Beside Adam's step every weight loses its share lr weight_decay; biases
    lose nothing. Source: Loshchilov and Hutter (2019),
    in the form that PyTorch uses. Raises ValueError as ``adam``, and for a
    ``weight_decay`` that is not 0 or more.

    Where the gradient is 0, the decay is all that happens:

    >>> from mininn import Network, Grads
    >>> net = Network({1: [[2.0]]}, {1: [[2.0]]}, {1: "identity"})
    >>> zero = Grads({1: np.zeros((1, 1))}, {1: np.zeros((1, 1))}, {}, {})
    >>> rule = adamw(0.5, weight_decay=0.1)
    >>> after, _ = rule.step(net, zero, rule.start(net))
    >>> after.W[1], after.b[1]
    (array([[1.9]]), array([[2.]]))
    """
    decay = as_real("adamw", "weight_decay", weight_decay, *NOT_NEGATIVE)
    rule = _of_adam("adamw", lr, beta1, beta2, eps)
    return AdamW(**rule, weight_decay=decay)


def _of_adam(where, lr, beta1, beta2, eps):
    return {
        "lr": as_rate(where, lr),
        "beta1": as_real(where, "beta1", beta1, *DECAY),
        "beta2": as_real(where, "beta2", beta2, *DECAY),
        "eps": as_real(where, "eps", eps),
    }
