"""Wrong answers to the exercise shapes."""

import numpy as np


def weights_turned(n, m):
    """W and dW are (n[l-1], n[l])."""
    L = len(n) - 1
    W = {l: (n[l - 1], n[l]) for l in range(1, L + 1)}
    b = {l: (n[l], 1) for l in range(1, L + 1)}
    Z = {l: (n[l], m) for l in range(1, L + 1)}
    A = {l: (n[l], m) for l in range(L + 1)}
    dA = {l: (n[l], m) for l in range(1, L)}
    return W, b, Z, A, W, b, Z, dA


def bias_rows(n, m):
    """The biases are rows, (1, n[l])."""
    L = len(n) - 1
    W, b, Z, A, dA = {}, {}, {}, {0: (n[0], m)}, {}
    for l in range(1, L + 1):
        W[l] = (n[l], n[l - 1])
        b[l] = (1, n[l])
        Z[l] = A[l] = (n[l], m)
        if l < L:
            dA[l] = A[l]
    return W, b, Z, A, W, b, Z, dA


def flat_biases_input_in_da(n, m):
    """Two slips: the biases have one axis, and dA begins with layer 0."""
    layers = range(1, len(n))
    W = {l: (n[l], n[l - 1]) for l in layers}
    b = {l: (n[l],) for l in layers}
    Z = {l: (n[l], m) for l in layers}
    A = {l: (n[l], m) for l in range(len(n))}
    dA = {l: (n[l], m) for l in range(len(n) - 1)}
    return W, b, Z, A, W, b, Z, dA


def samples_as_rows(n, m):
    """Z, A, dZ and dA have one sample a row."""
    layers = range(1, len(n))
    W = {l: (n[l], n[l - 1]) for l in layers}
    b = {l: (n[l], 1) for l in layers}
    Z = {l: (m, n[l]) for l in layers}
    A = {l: (m, n[l]) for l in range(len(n))}
    dA = {l: (m, n[l]) for l in range(1, len(n) - 1)}
    return W, b, Z, A, W, b, Z, dA


def input_missing(n, m):
    """A begins with layer 1."""
    L = len(n) - 1
    W = {l: (n[l], n[l - 1]) for l in range(1, L + 1)}
    b = {l: (n[l], 1) for l in range(1, L + 1)}
    Z = {l: (n[l], m) for l in range(1, L + 1)}
    dA = {l: (n[l], m) for l in range(1, L)}
    return W, b, Z, dict(Z), W, b, Z, dA


def output_in_da(n, m):
    """dA has the output layer as well."""
    L = len(n) - 1
    W = {l: (n[l], n[l - 1]) for l in range(1, L + 1)}
    b = {l: (n[l], 1) for l in range(1, L + 1)}
    Z = {l: (n[l], m) for l in range(1, L + 1)}
    A = {l: (n[l], m) for l in range(L + 1)}
    dA = {l: (n[l], m) for l in range(1, L + 1)}
    return W, b, Z, A, W, b, Z, dA


def input_in_da(n, m):
    """dA begins with layer 0."""
    L = len(n) - 1
    W = {l: (n[l], n[l - 1]) for l in range(1, L + 1)}
    b = {l: (n[l], 1) for l in range(1, L + 1)}
    Z = {l: (n[l], m) for l in range(1, L + 1)}
    A = {l: (n[l], m) for l in range(L + 1)}
    dA = {l: (n[l], m) for l in range(L)}
    return W, b, Z, A, W, b, Z, dA


def bias_for_each_sample(n, m):
    """b and db have a column for each sample."""
    L = len(n) - 1
    W = {l: (n[l], n[l - 1]) for l in range(1, L + 1)}
    b = {l: (n[l], m) for l in range(1, L + 1)}
    Z = {l: (n[l], m) for l in range(1, L + 1)}
    A = {0: (n[0], m), **Z}
    dA = {l: (n[l], m) for l in range(1, L)}
    return W, b, Z, A, W, b, Z, dA


def output_layer_missing(n, m):
    """The loops end one layer too early."""
    L = len(n) - 1
    W = {l: (n[l], n[l - 1]) for l in range(1, L)}
    b = {l: (n[l], 1) for l in range(1, L)}
    Z = {l: (n[l], m) for l in range(1, L)}
    A = {l: (n[l], m) for l in range(L)}
    dA = {l: (n[l], m) for l in range(1, L)}
    return W, b, Z, A, W, b, Z, dA


def counted_from_zero(n, m):
    """Layers are counted from 0: W[0] is the first matrix."""
    L = len(n) - 1
    W = {l: (n[l + 1], n[l]) for l in range(L)}
    b = {l: (n[l + 1], 1) for l in range(L)}
    Z = {l: (n[l + 1], m) for l in range(L)}
    A = {l: (n[l], m) for l in range(L + 1)}
    dA = {l: (n[l], m) for l in range(1, L)}
    return W, b, Z, A, W, b, Z, dA


def too_many_layers(n, m):
    """L is len(n), so n[L] does not exist."""
    L = len(n)
    W = {l: (n[l], n[l - 1]) for l in range(1, L + 1)}
    b = {l: (n[l], 1) for l in range(1, L + 1)}
    Z = {l: (n[l], m) for l in range(1, L + 1)}
    A = {l: (n[l], m) for l in range(L + 1)}
    dA = {l: (n[l], m) for l in range(1, L)}
    return W, b, Z, A, W, b, Z, dA


def gradients_turned(n, m):
    """The gradients have the shapes of the transposes."""
    L = len(n) - 1
    W = {l: (n[l], n[l - 1]) for l in range(1, L + 1)}
    b = {l: (n[l], 1) for l in range(1, L + 1)}
    Z = {l: (n[l], m) for l in range(1, L + 1)}
    A = {l: (n[l], m) for l in range(L + 1)}
    turned = [{l: s[::-1] for l, s in t.items()} for t in (W, b, Z)]
    dA = {l: (m, n[l]) for l in range(1, L)}
    return W, b, Z, A, *turned, dA


def in_pairs(n, m):
    """Each table is followed by its derivative: another order."""
    L = len(n) - 1
    W = {l: (n[l], n[l - 1]) for l in range(1, L + 1)}
    b = {l: (n[l], 1) for l in range(1, L + 1)}
    Z = {l: (n[l], m) for l in range(1, L + 1)}
    A = {l: (n[l], m) for l in range(L + 1)}
    dA = {l: (n[l], m) for l in range(1, L)}
    return W, W, b, b, Z, Z, A, dA


def input_missing_output_in_da(n, m):
    """Two slips: A begins with layer 1, and dA ends with layer L."""
    layers = range(1, len(n))
    W = {l: (n[l], n[l - 1]) for l in layers}
    b = {l: (n[l], 1) for l in layers}
    Z = {l: (n[l], m) for l in layers}
    return W, b, Z, Z, W, b, Z, Z


def weights_turned_bias_rows(n, m):
    """Two slips: W is (n[l-1], n[l]), and b is a row."""
    layers = range(1, len(n))
    W = {l: (n[l - 1], n[l]) for l in layers}
    b = {l: (1, n[l]) for l in layers}
    Z = {l: (n[l], m) for l in layers}
    A = {0: (n[0], m)} | Z
    dA = {l: (n[l], m) for l in range(1, len(n) - 1)}
    return W, b, Z, A, W, b, Z, dA


def arrays_not_shapes(n, m):
    """The tables hold arrays of zeros, not their shapes."""
    L = len(n) - 1
    W = {l: np.zeros((n[l], n[l - 1])) for l in range(1, L + 1)}
    b = {l: np.zeros((n[l], 1)) for l in range(1, L + 1)}
    Z = {l: np.zeros((n[l], m)) for l in range(1, L + 1)}
    A = {l: np.zeros((n[l], m)) for l in range(L + 1)}
    dA = {l: A[l] for l in range(1, L)}
    return W, b, Z, A, W, b, Z, dA
