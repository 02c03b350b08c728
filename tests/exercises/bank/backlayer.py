"""Wrong answers to the exercise backlayer."""

import numpy as np


def shortcut_forgotten(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """dA1 has only the path through layer 2."""
    dZ2 = W3.T @ dZ3 * prime(Z2)
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ A1.T


def slope_on_the_shortcut(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """The shortcut is multiplied by a slope in dA1."""
    dZ2 = W3.T @ dZ3 * prime(Z2)
    dA1 = W2.T @ dZ2 + U.T @ dZ3 * prime(Z1)
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ A1.T


def layer_2_without_slope(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """The slope of layer 2 is missing."""
    dA2 = W3.T @ dZ3
    dA1 = W2.T @ dA2 + U.T @ dZ3
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ A1.T


def layer_1_without_slope(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """The slope of layer 1 is missing in dW1 and db1."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2 + U.T @ dZ3
    return dA1, dA1 @ X.T, dA1.sum(axis=1, keepdims=True), dZ3 @ A1.T


def slope_at_a1(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """The slope of layer 1 is taken at A1."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2 + U.T @ dZ3
    dZ1 = dA1 * prime(A1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ A1.T


def slope_of_the_derivative(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """prime is called with dA2 and dA1."""
    dZ2 = prime(W3.T @ dZ3)
    dA1 = W2.T @ dZ2 + U.T @ dZ3
    dZ1 = prime(dA1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ A1.T


def divided_by_m(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """dW1, db1 and dU are divided by m once more."""
    m = X.shape[1]
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2 + U.T @ dZ3
    dZ1 = dA1 * prime(Z1)
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return dA1, dW1, db1, dZ3 @ A1.T / m


def du_turned(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """dU is A1 dZ3^T, turned round."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2 + U.T @ dZ3
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), A1 @ dZ3.T


def du_with_z1(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """dU is made with Z1 instead of A1."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2 + U.T @ dZ3
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ Z1.T


def dz1_returned(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """dZ1 is returned where dA1 belongs."""
    dZ2 = np.multiply(W3.T @ dZ3, prime(Z2))
    dZ1 = (W2.T @ dZ2 + U.T @ dZ3) * prime(Z1)
    return dZ1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ A1.T


def flat_bias(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """db1 has one axis, (n1,)."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2 + U.T @ dZ3
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, np.sum(dZ1, axis=1), dZ3 @ A1.T


def shortcut_not_in_dw1(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """dA1 has both paths, but dW1 and db1 only that through layer 2."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    main = W2.T @ dZ2
    dZ1 = main * prime(Z1)
    dA1 = main + U.T @ dZ3
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ A1.T


def biases_over_units(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """db1 is summed over the units, not over the samples."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2 + U.T @ dZ3
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=0, keepdims=True), dZ3 @ A1.T


def forgotten_and_mean(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """Two slips: the shortcut is forgotten, and db1 is a mean."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.mean(axis=1, keepdims=True), dZ3 @ A1.T


def subtracted_and_z1(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """Two slips: the shortcut is subtracted, and dU is made with Z1."""
    dZ2 = (W3.T @ dZ3) * prime(Z2)
    dA1 = W2.T @ dZ2 - U.T @ dZ3
    dZ1 = dA1 * prime(Z1)
    return dA1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ3 @ Z1.T


def in_place_no_slope_2(X, Z1, A1, Z2, W2, W3, U, dZ3, prime):
    """Two slips: no slope of layer 2, and A1 is overwritten before dU."""
    dA1 = W2.T @ (W3.T @ dZ3) + U.T @ dZ3
    A1[:] = dA1 * prime(Z1)
    return dA1, A1 @ X.T, A1.sum(axis=1, keepdims=True), dZ3 @ A1.T
