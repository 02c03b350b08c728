"""Wrong answers to the exercise adam."""

import numpy as np


def not_corrected(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """Nothing is corrected."""
    P = beta1 * P + (1 - beta1) * dtheta
    Q = beta2 * Q + (1 - beta2) * dtheta**2
    return theta - lr * P / (np.sqrt(Q) + eps), P, Q


def chapter(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """The memory is kept uncorrected, and corrected in the step."""
    P = beta1 * P + (1 - beta1) * dtheta
    Q = beta2 * Q + (1 - beta2) * dtheta**2
    P_hat = P / (1 - beta1 ** (t + 1))
    Q_hat = Q / (1 - beta2 ** (t + 1))
    return theta - lr * P_hat / (np.sqrt(Q_hat) + eps), P, Q


def old_memory_taken_as_plain(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """The old means are used as if they were uncorrected."""
    P = (beta1 * P + (1 - beta1) * dtheta) / (1 - beta1 ** (t + 1))
    Q = (beta2 * Q + (1 - beta2) * dtheta**2) / (1 - beta2 ** (t + 1))
    theta = theta - lr * P / (np.sqrt(Q) + eps)
    return theta, P, Q


def exponent_one_too_small(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """t and t - 1 stand where t + 1 and t belong."""
    old1 = beta1 * (1 - beta1 ** (t - 1)) / (1 - beta1**t)
    old2 = beta2 * (1 - beta2 ** (t - 1)) / (1 - beta2**t)
    P = old1 * P + (1 - old1) * dtheta
    Q = old2 * Q + (1 - old2) * dtheta**2
    return theta - lr * P / (np.sqrt(Q) + eps), P, Q


def eps_in_the_root(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """eps stands inside the root."""
    old1 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    old2 = beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1))
    P = old1 * P + (1 - old1) * dtheta
    Q = old2 * Q + (1 - old2) * dtheta**2
    return theta - lr * P / np.sqrt(Q + eps), P, Q


def no_root(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """The step divides by Q, without the root."""
    old1 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    old2 = beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1))
    P = old1 * P + (1 - old1) * dtheta
    Q = old2 * Q + (1 - old2) * dtheta**2
    return theta - lr * P / (Q + eps), P, Q


def no_square_no_root(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """Two slips: Q is a mean of absolute values, and has no root."""
    old1 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    old2 = beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1))
    P = old1 * P + (1 - old1) * dtheta
    Q = old2 * Q + (1 - old2) * np.abs(dtheta)
    return theta - lr * P / (Q + eps), P, Q


def betas_swapped(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """beta1 and beta2 are swapped."""
    old1 = beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1))
    old2 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    P = old1 * P + (1 - old1) * dtheta
    Q = old2 * Q + (1 - old2) * dtheta**2
    return theta - lr * P / (np.sqrt(Q) + eps), P, Q


def step_with_old_means(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """The step is made before the means are renewed."""
    theta = theta - lr * P / (np.sqrt(Q) + eps)
    old1 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    old2 = beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1))
    P = old1 * P + (1 - old1) * dtheta
    Q = old2 * Q + (1 - old2) * dtheta**2
    return theta, P, Q


def means_first(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """The order of the returns is P, Q, theta."""
    old1 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    old2 = beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1))
    P = old1 * P + (1 - old1) * dtheta
    Q = old2 * Q + (1 - old2) * dtheta**2
    theta = theta - lr * P / (np.sqrt(Q) + eps)
    return P, Q, theta


def only_first_mean_corrected(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """P is right, Q is the mean of the chapter."""
    old1 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    P = old1 * P + (1 - old1) * dtheta
    Q = beta2 * Q + (1 - beta2) * dtheta**2
    return theta - lr * P / (np.sqrt(Q) + eps), P, Q


def mean_of_all(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """A plain mean of all gradients: beta is not used."""
    P = (t * P + dtheta) / (t + 1)
    Q = (t * Q + dtheta**2) / (t + 1)
    return theta - lr * P / (np.sqrt(Q) + eps), P, Q


def corrected_again(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """The new means are right, and the step corrects them again."""
    n = t + 1
    P = (beta1 * (1 - beta1**t) * P + (1 - beta1) * dtheta) / (1 - beta1**n)
    Q = (beta2 * (1 - beta2**t) * Q + (1 - beta2) * dtheta**2) / (1 - beta2**n)
    rate = lr * np.sqrt(1 - beta2**n) / (1 - beta1**n)
    return theta - rate * P / (np.sqrt(Q) + eps), P, Q


def not_corrected_eps_in_root(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """Two slips: nothing is corrected, and eps is inside the root."""
    P = beta1 * P + (1 - beta1) * dtheta
    Q = beta2 * Q + (1 - beta2) * dtheta**2
    return theta - lr * P / np.sqrt(Q + eps), P, Q


def uphill_old_memory(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """Two slips: the step goes uphill, and the old means are returned."""
    old1 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    old2 = beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1))
    P_new = old1 * P + (1 - old1) * dtheta
    Q_new = old2 * Q + (1 - old2) * dtheta**2
    theta = theta + lr * P_new / (np.sqrt(Q_new) + eps)
    return theta, P, Q


def in_place_without_rate(theta, dtheta, P, Q, t, lr, beta1, beta2, eps):
    """Two slips: theta is changed in place, and lr is forgotten."""
    old1 = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    old2 = beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1))
    P = old1 * P + (1 - old1) * dtheta
    Q = old2 * Q + (1 - old2) * dtheta**2
    theta -= P / (np.sqrt(Q) + eps)
    return theta, P, Q
