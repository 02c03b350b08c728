"""Wrong answers to the exercise backprop."""

import numpy as np


def not_divided_by_m(X, Y, A1, A2, W1, W2, lam):
    """The 1/m of the mean is missing."""
    dZ2 = 2 * (A2 - Y)
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def two_of_the_square_missing(X, Y, A1, A2, W1, W2, lam):
    """The 2 of the squared error is missing."""
    m = X.shape[1]
    dZ2 = (A2 - Y) / m
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def all_halved(X, Y, A1, A2, W1, W2, lam):
    """Both 2s are missing, as if 1/2 stood in J: half of everything."""
    m = X.shape[1]
    dZ2 = (A2 - Y) / m
    dW2 = dZ2 @ A1.T + lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T + lam * W1
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def slope_of_sigmoid(X, Y, A1, A2, W1, W2, lam):
    """The slope is that of a sigmoid, A1 (1 - A1)."""
    m = X.shape[1]
    dZ2 = 2 / m * (A2 - Y)
    dZ1 = np.dot(W2.T, dZ2) * A1 * (1 - A1)
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db2 = dZ2.sum(axis=1, keepdims=True)
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def tanh_taken_again(X, Y, A1, A2, W1, W2, lam):
    """The slope is taken at A1: 1 - tanh(A1)^2."""
    m = X.shape[1]
    dZ2 = 2 * (A2 - Y) / m
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - np.tanh(A1) ** 2)
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def penalty_divided_by_m(X, Y, A1, A2, W1, W2, lam):
    """The penalty is divided by m as well."""
    m = X.shape[1]
    E = A2 - Y
    dZ1 = (W2.T @ E) * (1 - A1**2)
    dW2 = 2 / m * (E @ A1.T + lam * W2)
    dW1 = 2 / m * (dZ1 @ X.T + lam * W1)
    db2 = 2 / m * E.sum(axis=1, keepdims=True)
    db1 = 2 / m * dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def penalty_of_layer_2_only(X, Y, A1, A2, W1, W2, lam):
    """Layer 1 has no penalty."""
    m = X.shape[1]
    dZ2 = 2 * (A2 - Y) / m
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1 * A1)
    dW1 = dZ1 @ X.T
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def sum_of_squares_as_slope(X, Y, A1, A2, W1, W2, lam):
    """The penalty itself is added, not its derivative."""
    m = Y.shape[1]
    dZ2 = 2 * (A2 - Y) / m
    dW2 = dZ2 @ A1.T + lam * np.sum(W2**2)
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T + lam * np.sum(W1**2)
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def sign(X, Y, A1, A2, W1, W2, lam):
    """The error is Y - A2: the sign is wrong, the penalty is right."""
    m = X.shape[1]
    dZ2 = 2 * (Y - A2) / m
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def bias_means(X, Y, A1, A2, W1, W2, lam):
    """The bias gradients are means over the samples, not sums."""
    m = X.shape[1]
    dZ2 = 2 * (A2 - Y) / m
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.mean(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db1 = dZ1.mean(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def layer_2_first(X, Y, A1, A2, W1, W2, lam):
    """Layer 2 is returned first."""
    m = X.shape[1]
    dZ2 = 2 * (A2 - Y) / m
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW2, db2, dW1, db1


def sigmoid_at_output(X, Y, A1, A2, W1, W2, lam):
    """dZ2 has the slope of a sigmoid at the output."""
    m = X.shape[1]
    dZ2 = 2 * (A2 - Y) / m * A2 * (1 - A2)
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def mean_over_outputs_too(X, Y, A1, A2, W1, W2, lam):
    """The mean is taken over outputs and samples: divided by Y.size."""
    dZ2 = 2 * (A2 - Y) / Y.size
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T + 2 * lam * W1
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def no_slope_no_penalty_1(X, Y, A1, A2, W1, W2, lam):
    """Two slips: no slope of tanh, and no penalty in layer 1."""
    m = X.shape[1]
    dZ2 = 2 * (A2 - Y) / m
    dW2 = dZ2 @ A1.T + 2 * lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2
    dW1 = dZ1 @ X.T
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def linear_slope_half_penalty(X, Y, A1, A2, W1, W2, lam):
    """Two slips: the slope is 1 - A1, and the penalty lacks its 2."""
    m = X.shape[1]
    dZ2 = 2 * (A2 - Y) / m
    dW2 = dZ2 @ A1.T + lam * W2
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (1 - A1)
    dW1 = dZ1 @ X.T + lam * W1
    db1 = dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def divided_twice_flat_biases(X, Y, A1, A2, W1, W2, lam):
    """Two slips: 1/m is there twice, and biases have one axis."""
    m = X.shape[1]
    dZ2 = 2 * (A2 - Y) / m
    dW2 = dZ2 @ A1.T / m + 2 * lam * W2
    db2 = dZ2.sum(axis=1) / m
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T / m + 2 * lam * W1
    db1 = dZ1.sum(axis=1) / m
    return dW1, db1, dW2, db2
