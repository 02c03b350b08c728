"""Wrong answers to the exercise rings."""

import numpy as np


def _sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def _forward(X, W, b, use):
    L = len(use)
    A = {0: X}
    for l in range(1, L + 1):
        Z = W[use[l]] @ A[l - 1] + b[use[l]]
        A[l] = np.maximum(Z, 0) if l < L else _sigmoid(Z)
    return A


def _gradients(A, dZ, W, use):
    """Return the sums of the gradients, by parameter."""
    dW, db = {}, {}
    for l in range(len(use), 0, -1):
        k = use[l]
        dW[k] = dW.get(k, 0) + dZ @ A[l - 1].T
        db[k] = db.get(k, 0) + dZ.sum(axis=1, keepdims=True)
        dZ = (W[k].T @ dZ) * (A[l - 1] > 0)
    return dW, db


def _moved(W, b, dW, db, lr):
    W = {k: W[k] - lr * dW[k] for k in W}
    b = {k: b[k] - lr * db[k] for k in b}
    return W, b


def weights_ignored(X, Y, c, X_new, W, b, use, lr, steps):
    """All samples count alike: c is not used."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dW, db = _gradients(A, (A[L] - Y) / X.shape[1], W, use)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, use)[L]


def divided_by_m(X, Y, c, X_new, W, b, use, lr, steps):
    """The weighted errors are divided by m, not by the sum of c."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dW, db = _gradients(A, c * (A[L] - Y) / X.shape[1], W, use)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, use)[L]


def last_sharer_only(X, Y, c, X_new, W, b, use, lr, steps):
    """A shared gradient is overwritten: only layer 2 counts."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dZ = c * (A[L] - Y) / c.sum()
        dW, db = {}, {}
        for l in range(L, 0, -1):
            dW[use[l]] = dZ @ A[l - 1].T
            db[use[l]] = dZ.sum(axis=1, keepdims=True)
            dZ = W[use[l]].T @ dZ * (A[l - 1] > 0)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, use)[L]


def mean_of_sharers(X, Y, c, X_new, W, b, use, lr, steps):
    """The gradients of shared weights are averaged, not added."""
    L = len(use)
    count = {k: list(use.values()).count(k) for k in W}
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dW, db = _gradients(A, c * (A[L] - Y) / c.sum(), W, use)
        W = {k: W[k] - lr * dW[k] / count[k] for k in W}
        b = {k: b[k] - lr * db[k] / count[k] for k in b}
    return _forward(X_new, W, b, use)[L]


def own_copies(X, Y, c, X_new, W, b, use, lr, steps):
    """Each layer gets a copy of its own: equal only at the start."""
    L = len(use)
    W = {l: W[use[l]].copy() for l in use}
    b = {l: b[use[l]].copy() for l in use}
    own = {l: l for l in use}
    for _ in range(steps):
        A = _forward(X, W, b, own)
        dW, db = _gradients(A, c * (A[L] - Y) / c.sum(), W, own)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, own)[L]


def updated_too_early(X, Y, c, X_new, W, b, use, lr, steps):
    """W is renewed before dZ goes back through it."""
    L, W, b = len(use), dict(W), dict(b)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dZ = c * (A[L] - Y) / c.sum()
        for l in range(L, 0, -1):
            k = use[l]
            W[k] = W[k] - lr * dZ @ A[l - 1].T
            b[k] = b[k] - lr * dZ.sum(axis=1, keepdims=True)
            dZ = W[k].T @ dZ * (A[l - 1] > 0)
    return _forward(X_new, W, b, use)[L]


def no_slope_of_relu(X, Y, c, X_new, W, b, use, lr, steps):
    """The slope of ReLU is missing on the way back."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dZ = c * (A[L] - Y) / c.sum()
        dW = {k: np.zeros_like(W[k]) for k in W}
        db = {k: np.zeros_like(b[k]) for k in b}
        for l in range(L, 0, -1):
            dW[use[l]] += dZ @ A[l - 1].T
            db[use[l]] += dZ.sum(axis=1, keepdims=True)
            dZ = W[use[l]].T @ dZ
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, use)[L]


def biases_not_trained(X, Y, c, X_new, W, b, use, lr, steps):
    """The biases stay as they start."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dW, _ = _gradients(A, c * (A[L] - Y) / c.sum(), W, use)
        W = {k: W[k] - lr * dW[k] for k in W}
    return _forward(X_new, W, b, use)[L]


def squared_error(X, Y, c, X_new, W, b, use, lr, steps):
    """The slope of the sigmoid is in dZ: the gradient of half a square."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dZ = c * (A[L] - Y) * A[L] * (1 - A[L]) / c.sum()
        dW, db = _gradients(A, dZ, W, use)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, use)[L]


def tanh_hidden(X, Y, c, X_new, W, b, use, lr, steps):
    """The hidden layers have the hyperbolic tangent."""
    L = len(use)

    def forward(X):
        A = {0: X}
        for l in range(1, L + 1):
            Z = W[use[l]] @ A[l - 1] + b[use[l]]
            A[l] = np.tanh(Z) if l < L else _sigmoid(Z)
        return A

    for _ in range(steps):
        A = forward(X)
        dZ = c * (A[L] - Y) / c.sum()
        dW, db = {}, {}
        for l in range(L, 0, -1):
            k = use[l]
            dW[k] = dW.get(k, 0) + dZ @ A[l - 1].T
            db[k] = db.get(k, 0) + dZ.sum(axis=1, keepdims=True)
            dZ = W[k].T @ dZ * (1 - A[l - 1] ** 2)
        W, b = _moved(W, b, dW, db, lr)
    return forward(X_new)[L]


def one_sample_at_a_time(X, Y, c, X_new, W, b, use, lr, steps):
    """Each step takes one sample, in turn."""
    L, m = len(use), X.shape[1]
    for s in range(steps):
        i = [s % m]
        A = _forward(X[:, i], W, b, use)
        dW, db = _gradients(A, c[:, i] * (A[L] - Y[:, i]), W, use)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, use)[L]


def answers_for_the_training_points(X, Y, c, X_new, W, b, use, lr, steps):
    """The answers for X are returned, not those for X_new."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dW, db = _gradients(A, c * (A[L] - Y) / c.sum(), W, use)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X, W, b, use)[L]


def sharing_not_read(X, Y, c, X_new, W, b, use, lr, steps):
    """Layers are counted by W, so the shared layer is there only once."""
    own = {k: k for k in W}
    L = len(W)
    for _ in range(steps):
        A = _forward(X, W, b, own)
        dW, db = _gradients(A, c * (A[L] - Y) / c.sum(), W, own)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, own)[L]


def ignored_and_last_sharer_only(X, Y, c, X_new, W, b, use, lr, steps):
    """Two slips: c is not used, and a shared gradient is overwritten."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dZ = (A[L] - Y) / Y.shape[1]
        dW, db = {}, {}
        for l in range(L, 0, -1):
            dW[use[l]] = dZ @ A[l - 1].T
            db[use[l]] = dZ.sum(axis=1, keepdims=True)
            dZ = W[use[l]].T @ dZ * (A[l - 1] > 0)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, use)[L]


def divided_by_m_own_copies(X, Y, c, X_new, W, b, use, lr, steps):
    """Two slips: divided by m, and each layer has a copy of its own."""
    L, m = len(use), X.shape[1]
    W = {l: W[use[l]] for l in use}
    b = {l: b[use[l]] for l in use}
    own = {l: l for l in use}
    for _ in range(steps):
        A = _forward(X, W, b, own)
        dW, db = _gradients(A, c * (A[L] - Y) / m, W, own)
        W, b = _moved(W, b, dW, db, lr)
    return _forward(X_new, W, b, own)[L]


def in_place_mean_of_biases(X, Y, c, X_new, W, b, use, lr, steps):
    """Two slips: W and b change in place, and db is a mean."""
    L = len(use)
    for _ in range(steps):
        A = _forward(X, W, b, use)
        dZ = c * (A[L] - Y) / c.sum()
        dW, db = {}, {}
        for l in range(L, 0, -1):
            k = use[l]
            dW[k] = dW.get(k, 0) + dZ @ A[l - 1].T
            db[k] = db.get(k, 0) + dZ.mean(axis=1, keepdims=True)
            dZ = W[k].T @ dZ * (A[l - 1] > 0)
        for k in W:
            W[k] -= lr * dW[k]
            b[k] -= lr * db[k]
    return _forward(X_new, W, b, use)[L]
