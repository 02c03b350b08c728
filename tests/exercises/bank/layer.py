"""Wrong answers to the exercise layer."""

import numpy as np


def means_ignored(units, samples, mean, scale):
    """The biases stay as they were: the means are forgotten."""
    W = np.vstack([w.T for w, _ in units]) / scale.T
    b = np.array([[bias] for _, bias in units])
    return W, b, W @ np.hstack(samples) + b


def nothing_scaled(units, samples, mean, scale):
    """The layer of the chapter: neither scale nor mean."""
    W = np.vstack([w.T for w, _ in units])
    b = np.array([bias for _, bias in units]).reshape(-1, 1)
    Z = W @ np.hstack(samples) + b
    return W, b, Z


def scale_ignored(units, samples, mean, scale):
    """The means are taken off, but nothing is divided by the scale."""
    W = np.array([w.ravel() for w, _ in units])
    b = np.array([[bias] for _, bias in units]) - W @ mean
    return W, b, W @ np.hstack(samples) + b


def old_weights_in_b(units, samples, mean, scale):
    """The bias is made with the weights before the division."""
    W = np.vstack([w.T for w, _ in units])
    b = np.array([[bias] for _, bias in units]) - W @ mean
    W = W / scale.T
    return W, b, W @ np.hstack(samples) + b


def times_scale(units, samples, mean, scale):
    """The weights are multiplied by the scale."""
    W = np.vstack([(w * scale).T for w, _ in units])
    b = np.array([[bias] for _, bias in units]) - W @ mean
    return W, b, W @ np.hstack(samples) + b


def means_added(units, samples, mean, scale):
    """The means are added to the bias instead of taken off."""
    W = np.vstack([(w / scale).T for w, _ in units])
    b = np.vstack([bias for _, bias in units]) + W @ mean
    return W, b, W @ np.concatenate(samples, axis=1) + b


def columns_means_ignored(units, samples, mean, scale):
    """Two slips: one unit a column, and the means are forgotten."""
    W = np.hstack([w / scale for w, _ in units])
    b = np.array([[bias] for _, bias in units])
    return W, b, W.T @ np.hstack(samples) + b


def scaled_twice(units, samples, mean, scale):
    """W and b are right, but Z scales the samples once more."""
    W = np.vstack([w.T for w, _ in units]) / scale.T
    b = np.array([[bias] for _, bias in units]) - W @ mean
    X = (np.hstack(samples) - mean) / scale
    return W, b, W @ X + b


def scale_as_column(units, samples, mean, scale):
    """The rows of W are divided by the column of scales, not turned."""
    W = np.array([w[:, 0] for w, b in units]) / scale
    b = np.array([[bias] for _, bias in units]) - W @ mean
    return W, b, W @ np.hstack(samples) + b


def bias_not_in_z(units, samples, mean, scale):
    """Z is W X, without the bias."""
    W = np.vstack([w.T for w, _ in units]) / scale.T
    b = np.array([[bias] for _, bias in units]) - W @ mean
    Z = np.dot(W, np.hstack(samples))
    return W, b, Z


def samples_reshaped(units, samples, mean, scale):
    """The samples are reshaped into X, which mixes their entries."""
    W = np.vstack([w.T for w, _ in units]) / scale.T
    b = np.array([[bias] for _, bias in units]) - W @ mean
    X = np.array(samples).reshape(W.shape[1], len(samples))
    return W, b, W @ X + b


def root_of_scale(units, samples, mean, scale):
    """The scale is taken for a variance: divided by its root."""
    W = np.vstack([w.T for w, _ in units]) / np.sqrt(scale.T)
    b = np.array([[bias] for _, bias in units]) - W @ mean
    return W, b, W @ np.hstack(samples) + b


def old_bias_lost(units, samples, mean, scale):
    """The new bias is -W mean: the old one is lost."""
    W = np.vstack([w.T / scale.T for w, _ in units])
    b = -W @ mean
    return W, b, W @ np.hstack(samples) + b


def in_place(units, samples, mean, scale):
    """The weights of the units are divided in place."""
    for w, _ in units:
        w /= scale
    W = np.vstack([w.T for w, _ in units])
    b = np.array([[bias] for _, bias in units]) - W @ mean
    return W, b, W @ np.hstack(samples) + b


def times_scale_means_added(units, samples, mean, scale):
    """Two slips: multiplied by the scale, and the means are added."""
    W = np.vstack([w.T for w, _ in units]) * scale.T
    b = np.array([[bias] for _, bias in units]) + W @ mean
    return W, b, W @ np.hstack(samples) + b


def flat_bias_old_weights(units, samples, mean, scale):
    """Two slips: b has shape (n1,), and is made with the old weights."""
    V = np.vstack([w.T for w, _ in units])
    b = np.array([bias for _, bias in units]) - (V @ mean).ravel()
    W = V / scale.T
    return W, b, W @ np.hstack(samples) + b[:, None]
