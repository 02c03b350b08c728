"""Wrong answers to the exercise crossentropy."""

import numpy as np


def _softmax(Z):
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


def logarithm_of_softmax(Z, Y, c):
    """The logarithm of a softmax that is 0: nan for large logits."""
    A = _softmax(Z)
    ell = -np.sum(Y * np.log(A), axis=0, keepdims=True)
    return ell, np.sum(c * ell) / np.sum(c)


def true_class_first(Z, Y, c):
    """The true class is picked before the logarithm: inf for large logits."""
    p = np.sum(Y * _softmax(Z), axis=0, keepdims=True)
    ell = -np.log(p)
    return ell, float(np.sum(c * ell) / np.sum(c))


def weights_ignored(Z, Y, c):
    """J is the plain mean of the losses."""
    S = Z - Z.max(axis=0)
    logA = S - np.log(np.exp(S).sum(axis=0))
    ell = -(Y * logA).sum(axis=0, keepdims=True)
    return ell, ell.mean()


def divided_by_m(Z, Y, c):
    """J is divided by m instead of by the sum of the weights."""
    m = Z.shape[1]
    S = Z - Z.max(axis=0)
    logA = S - np.log(np.exp(S).sum(axis=0))
    ell = -(Y * logA).sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / m


def not_divided(Z, Y, c):
    """J is the weighted sum, divided by nothing."""
    S = Z - Z.max(axis=0)
    logA = S - np.log(np.exp(S).sum(axis=0))
    ell = -(Y * logA).sum(axis=0, keepdims=True)
    return ell, (c @ ell.T).item()


def weighted_losses(Z, Y, c):
    """The losses that are returned are multiplied by c already."""
    S = Z - Z.max(axis=0)
    logA = S - np.log(np.exp(S).sum(axis=0))
    ell = -c * (Y * logA).sum(axis=0, keepdims=True)
    return ell, ell.sum() / c.sum()


def flat_losses(Z, Y, c):
    """The losses have shape (m,), not (1, m)."""
    S = Z - Z.max(axis=0)
    logA = S - np.log(np.exp(S).sum(axis=0))
    ell = -(Y * logA).sum(axis=0)
    return ell, (c[0] * ell).sum() / c.sum()


def softmax_along_rows(Z, Y, c):
    """The softmax runs along the rows, over the samples."""
    S = Z - Z.max(axis=1, keepdims=True)
    logA = S - np.log(np.exp(S).sum(axis=1, keepdims=True))
    ell = -(Y * logA).sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / c.sum()


def binary(Z, Y, c):
    """Binary cross-entropy of each class, summed."""
    A = np.clip(_softmax(Z), 1e-15, 1 - 1e-15)
    terms = Y * np.log(A) + (1 - Y) * np.log(1 - A)
    ell = -terms.sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / c.sum()


def mean_over_classes(Z, Y, c):
    """The losses are means over the classes: divided by K."""
    S = Z - Z.max(axis=0)
    logA = S - np.log(np.exp(S).sum(axis=0))
    ell = -np.mean(Y * logA, axis=0, keepdims=True)
    return ell, (c * ell).sum() / c.sum()


def maximum_of_all(Z, Y, c):
    """The largest logit of the whole batch is subtracted."""
    S = Z - np.max(Z)
    ell = np.log(np.exp(S).sum(axis=0, keepdims=True))
    ell = ell - (Y * S).sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / c.sum()


def maximum_not_put_back(Z, Y, c):
    """The maximum is taken off in the sum, not in the true logit."""
    top = Z.max(axis=0, keepdims=True)
    lse = np.log(np.exp(Z - top).sum(axis=0, keepdims=True))
    ell = lse - (Y * Z).sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / c.sum()


def base_two(Z, Y, c):
    """Logarithms to the base 2."""
    S = Z - Z.max(axis=0, keepdims=True)
    total = np.exp(S).sum(axis=0, keepdims=True)
    logA = S / np.log(2) - np.log2(total)
    ell = -(Y * logA).sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / c.sum()


def negative_by_m(Z, Y, c):
    """Two slips: the sign is missing, and J is divided by m."""
    S = Z - Z.max(axis=0)
    logA = S - np.log(np.exp(S).sum(axis=0))
    ell = (Y * logA).sum(axis=0, keepdims=True)
    return ell, (c * ell).sum() / Z.shape[1]


def clipped_weights_ignored(Z, Y, c):
    """Two slips: probabilities are clipped, and J is the plain mean."""
    A = np.clip(_softmax(Z), 1e-12, 1.0)
    ell = -(Y * np.log(A)).sum(axis=0, keepdims=True)
    return ell, np.mean(ell)


def flat_not_divided(Z, Y, c):
    """Two slips: losses of shape (m,), and J is a sum."""
    S = Z - Z.max(axis=0)
    logA = S - np.log(np.exp(S).sum(axis=0))
    ell = -np.einsum("ki,ki->i", Y, logA)
    return ell, np.dot(c.ravel(), ell)
