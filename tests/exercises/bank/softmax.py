"""Wrong answers to the exercise softmax."""

import numpy as np


def not_shifted(Z):
    """Nothing is subtracted, so large scores overflow."""
    E = np.exp(Z)
    return E / np.sum(E, axis=0, keepdims=True)


def summed_over_samples(Z):
    """The sum runs over the samples, axis 1, so rows sum to 1."""
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def summed_over_all(Z):
    """One sum of all entries: the whole batch sums to 1."""
    exps = np.exp(Z - np.max(Z, axis=0))
    return exps / np.sum(exps)


def largest_absolute(Z):
    """The largest absolute score is subtracted: columns of 0 / 0."""
    E = np.exp(Z - np.abs(Z).max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


def first_class_subtracted(Z):
    """The score of the first class is subtracted, not the largest."""
    E = np.exp(Z - Z[0])
    return E / E.sum(axis=0)


def clipped(Z):
    """Scores are clipped to 500, which makes large ones equal."""
    E = np.exp(np.clip(Z, -500, 500))
    return E / E.sum(axis=0, keepdims=True)


def nan_to_zero(Z):
    """Overflows are covered with nan_to_num instead of avoided."""
    with np.errstate(all="ignore"):
        E = np.exp(Z)
        return np.nan_to_num(E / E.sum(axis=0, keepdims=True))


def logarithm(Z):
    """The logarithm of the probabilities is returned."""
    S = Z - Z.max(axis=0, keepdims=True)
    return S - np.log(np.exp(S).sum(axis=0, keepdims=True))


def sigmoid(Z):
    """A sigmoid of each score by itself."""
    return 0.5 * (1 + np.tanh(Z / 2))


def divided_by_largest(Z):
    """Scores are divided by the largest one instead of shifted."""
    E = np.exp(Z / Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


def base_two(Z):
    """Powers of 2, not of e."""
    E = 2.0 ** (Z - Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


def list_of_samples(Z):
    """The samples are collected as rows, so A is turned round."""
    rows = []
    for z in Z.T:
        e = np.exp(z - z.max())
        rows.append(e / e.sum())
    return np.array(rows)


def row_maximum(Z):
    """The largest score of each row is subtracted, columns are summed."""
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


def rows_not_shifted(Z):
    """Two slips: nothing is subtracted, and rows sum to 1."""
    E = np.exp(Z)
    return E / E.sum(axis=1)[:, None]


def minus_not_shifted(Z):
    """Two slips: the exponent is -Z, and nothing is subtracted."""
    E = np.exp(-Z)
    return E / E.sum(axis=0, keepdims=True)


def in_place_maximum_of_all(Z):
    """Two slips: the maximum of the whole batch, subtracted in place."""
    Z -= Z.max()
    E = np.exp(Z)
    return E / E.sum(axis=0, keepdims=True)
