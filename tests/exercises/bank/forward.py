"""Wrong answers to the exercise forward."""

import numpy as np


def _sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def input_on_top(X, W, b):
    """X stands above the activations, not below."""
    Z, A = {}, {}
    Z[1] = W[1] @ X + b[1]
    A[1] = _sigmoid(Z[1])
    Z[2] = W[2] @ np.vstack([X, A[1]]) + b[2]
    A[2] = _sigmoid(Z[2])
    Z[3] = W[3] @ np.vstack([X, A[2]]) + b[3]
    A[3] = Z[3]
    return Z, A


def input_cut_off(X, W, b):
    """The columns of W that meet X are cut off."""
    Z, A = {}, {0: X}
    for l in (1, 2, 3):
        rows = A[l - 1].shape[0]
        Z[l] = W[l][:, :rows] @ A[l - 1] + b[l]
        A[l] = _sigmoid(Z[l]) if l < 3 else Z[l]
    return Z, A


def sigmoid_at_output(X, W, b):
    """The output has a sigmoid too."""
    Z, A = {}, {}
    for l in (1, 2, 3):
        below = X if l == 1 else np.vstack((A[l - 1], X))
        Z[l] = W[l] @ below + b[l]
        A[l] = _sigmoid(Z[l])
    return Z, A


def second_layer_linear(X, W, b):
    """Layer 2 has no sigmoid."""
    Z1 = W[1] @ X + b[1]
    A1 = _sigmoid(Z1)
    Z2 = W[2] @ np.vstack([A1, X]) + b[2]
    Z3 = W[3] @ np.vstack([Z2, X]) + b[3]
    return {1: Z1, 2: Z2, 3: Z3}, {1: A1, 2: Z2, 3: Z3}


def sums_passed_on(X, W, b):
    """The next layer reads Z, not A."""
    Z, A = {}, {}
    for l in (1, 2, 3):
        below = X if l == 1 else np.vstack([Z[l - 1], X])
        Z[l] = W[l] @ below + b[l]
        A[l] = Z[l] if l == 3 else _sigmoid(Z[l])
    return Z, A


def no_bias(X, W, b):
    """The biases are left out."""
    Z, A = {}, {}
    for l in (1, 2, 3):
        below = X if l == 1 else np.concatenate([A[l - 1], X])
        Z[l] = W[l] @ below
        A[l] = Z[l] if l == 3 else _sigmoid(Z[l])
    return Z, A


def tanh(X, W, b):
    """The hyperbolic tangent stands where the sigmoid belongs."""
    Z, A = {}, {}
    for l in (1, 2, 3):
        below = X if l == 1 else np.vstack([A[l - 1], X])
        Z[l] = W[l] @ below + b[l]
        A[l] = Z[l] if l == 3 else np.tanh(Z[l])
    return Z, A


def relu(X, W, b):
    """The hidden layers have ReLU."""
    Z, A = {}, {}
    for l in (1, 2, 3):
        below = X if l == 1 else np.vstack([A[l - 1], X])
        Z[l] = W[l] @ below + b[l]
        A[l] = Z[l] if l == 3 else np.maximum(Z[l], 0)
    return Z, A


def sign_in_sigmoid(X, W, b):
    """The minus in the exponent of the sigmoid is missing."""
    Z, A = {}, {}
    for l in (1, 2, 3):
        below = X if l == 1 else np.vstack([A[l - 1], X])
        Z[l] = W[l] @ below + b[l]
        A[l] = Z[l] if l == 3 else 1 / (1 + np.exp(Z[l]))
    return Z, A


def all_below(X, W, b):
    """Layer 3 reads every layer below, and its matrix does not fit."""
    Z, A, below = {}, {}, X
    for l in (1, 2, 3):
        Z[l] = W[l] @ below + b[l]
        A[l] = Z[l] if l == 3 else _sigmoid(Z[l])
        below = np.vstack([A[l], below])
    return Z, A


def stack_kept(X, W, b):
    """A holds the activations with the rows of X still below them."""
    Z, A = {}, {0: X}
    for l in (1, 2, 3):
        Z[l] = W[l] @ A[l - 1] + b[l]
        A[l] = np.vstack([_sigmoid(Z[l]), X]) if l < 3 else Z[l]
    return Z, A


def stack_bent(X, W, b):
    """The sigmoid is taken of the rows of X as well."""
    Z = {1: W[1] @ X + b[1]}
    A = {1: _sigmoid(Z[1])}
    Z[2] = W[2] @ _sigmoid(np.vstack([Z[1], X])) + b[2]
    A[2] = _sigmoid(Z[2])
    Z[3] = W[3] @ _sigmoid(np.vstack([Z[2], X])) + b[3]
    A[3] = Z[3]
    return Z, A


def returned_the_other_way(X, W, b):
    """A is returned first, Z second."""
    Z, A = {}, {}
    for l in (1, 2, 3):
        below = X if l == 1 else np.vstack([A[l - 1], X])
        Z[l] = W[l] @ below + b[l]
        A[l] = Z[l] if l == 3 else _sigmoid(Z[l])
    return A, Z


def on_top_and_sigmoid_at_output(X, W, b):
    """Two slips: X stands above, and the output has a sigmoid."""
    Z, A = {}, {}
    for l in (1, 2, 3):
        inputs = X if l == 1 else np.vstack([X, A[l - 1]])
        Z[l] = W[l] @ inputs + b[l]
        A[l] = _sigmoid(Z[l])
    return Z, A


def tanh_without_last_bias(X, W, b):
    """Two slips: tanh for the sigmoid, and no bias at the output."""
    Z1 = W[1] @ X + b[1]
    A1 = np.tanh(Z1)
    Z2 = W[2] @ np.vstack([A1, X]) + b[2]
    A2 = np.tanh(Z2)
    Z3 = W[3] @ np.vstack([A2, X])
    return {1: Z1, 2: Z2, 3: Z3}, {1: A1, 2: A2, 3: Z3}


def linear_and_sigmoid_at_output(X, W, b):
    """Two slips: layer 1 has no sigmoid, the output has one."""
    Z1 = W[1] @ X + b[1]
    A1 = Z1
    Z2 = W[2] @ np.vstack([A1, X]) + b[2]
    A2 = _sigmoid(Z2)
    Z3 = W[3] @ np.vstack([A2, X]) + b[3]
    return {1: Z1, 2: Z2, 3: Z3}, {1: A1, 2: A2, 3: _sigmoid(Z3)}
