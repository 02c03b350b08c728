"""Wrong answers to the exercise step."""

import numpy as np


def not_clipped(W, b, dW, db, lr, limit):
    """The step of the chapter: nothing is clipped."""
    new_W = {l: W[l] - lr * dW[l] for l in W}
    new_b = {l: b[l] - lr * db[l] for l in b}
    return new_W, new_b


def each_array_by_itself(W, b, dW, db, lr, limit):
    """Each array is clipped by its own length."""

    def clip(d):
        length = np.linalg.norm(d)
        return d * limit / length if length > limit else d

    new_W = {l: W[l] - lr * clip(dW[l]) for l in W}
    new_b = {l: b[l] - lr * clip(db[l]) for l in b}
    return new_W, new_b


def each_layer_by_itself(W, b, dW, db, lr, limit):
    """Each layer is clipped by the length of its own gradient."""
    new_W, new_b = {}, {}
    for l in W:
        length = np.sqrt((dW[l] ** 2).sum() + (db[l] ** 2).sum())
        factor = min(1, limit / length) if length > 0 else 1
        new_W[l] = W[l] - lr * factor * dW[l]
        new_b[l] = b[l] - lr * factor * db[l]
    return new_W, new_b


def entries_clipped(W, b, dW, db, lr, limit):
    """Each entry is clipped to the limit."""
    new_W = {l: W[l] - lr * np.clip(dW[l], -limit, limit) for l in W}
    new_b = {l: b[l] - lr * np.clip(db[l], -limit, limit) for l in b}
    return new_W, new_b


def two_columns(W, b, dW, db, lr, limit):
    """Weights and biases have a length each."""
    lw = np.sqrt(sum(np.sum(d**2) for d in dW.values()))
    lb = np.sqrt(sum(np.sum(d**2) for d in db.values()))
    fw = limit / lw if lw > limit else 1.0
    fb = limit / lb if lb > limit else 1.0
    new_W = {l: W[l] - lr * fw * dW[l] for l in W}
    new_b = {l: b[l] - lr * fb * db[l] for l in b}
    return new_W, new_b


def length_without_biases(W, b, dW, db, lr, limit):
    """The length counts the weights only."""
    length = np.sqrt(sum((d**2).sum() for d in dW.values()))
    scale = min(1.0, limit / length) if length else 1.0
    new_W = {l: W[l] - lr * scale * dW[l] for l in W}
    new_b = {l: b[l] - lr * scale * db[l] for l in b}
    return new_W, new_b


def always_to_the_limit(W, b, dW, db, lr, limit):
    """Short gradients are stretched to the limit as well."""
    flat = np.concatenate([d.ravel() for d in [*dW.values(), *db.values()]])
    rate = lr * limit / np.linalg.norm(flat)
    new_W = {l: W[l] - rate * dW[l] for l in W}
    new_b = {l: b[l] - rate * db[l] for l in b}
    return new_W, new_b


def no_root(W, b, dW, db, lr, limit):
    """The length lacks its square root."""
    total = 0.0
    for l in dW:
        total += np.sum(dW[l] ** 2) + np.sum(db[l] ** 2)
    factor = limit / total if total > limit else 1.0
    new_W = {l: W[l] - lr * factor * dW[l] for l in W}
    new_b = {l: b[l] - lr * factor * db[l] for l in b}
    return new_W, new_b


def sum_of_lengths(W, b, dW, db, lr, limit):
    """The lengths of the arrays are added, without their squares."""
    length = sum(np.linalg.norm(dW[l]) + np.linalg.norm(db[l]) for l in dW)
    rate = lr * limit / max(length, limit)
    return (
        {l: W[l] - rate * dW[l] for l in W},
        {l: b[l] - rate * db[l] for l in b},
    )


def largest_entry(W, b, dW, db, lr, limit):
    """The largest entry is taken for the length."""
    length = max(np.abs(d).max() for d in [*dW.values(), *db.values()])
    rate = lr * min(1, limit / length) if length > 0 else lr
    new_W = {l: W[l] - rate * dW[l] for l in W}
    new_b = {l: b[l] - rate * db[l] for l in b}
    return new_W, new_b


def step_clipped(W, b, dW, db, lr, limit):
    """The step, with lr in it, is clipped, not the gradient."""
    pieces = [lr * d for d in [*dW.values(), *db.values()]]
    length = np.sqrt(sum((d**2).sum() for d in pieces))
    rate = lr * limit / max(length, limit)
    new_W = {l: W[l] - rate * dW[l] for l in W}
    new_b = {l: b[l] - rate * db[l] for l in b}
    return new_W, new_b


def shallow_copy(W, b, dW, db, lr, limit):
    """New dicts, but the old arrays in them are changed in place."""
    pieces = [*dW.values(), *db.values()]
    length = np.sqrt(sum((d**2).sum() for d in pieces))
    rate = lr * limit / max(length, limit)
    new_W, new_b = W.copy(), b.copy()
    for l in W:
        new_W[l] -= rate * dW[l]
        new_b[l] -= rate * db[l]
    return new_W, new_b


def last_layer_left_out(W, b, dW, db, lr, limit):
    """The loop ends before the last layer."""
    pieces = [*dW.values(), *db.values()]
    length = np.sqrt(sum((d**2).sum() for d in pieces))
    rate = lr * limit / max(length, limit)
    new_W, new_b = dict(W), dict(b)
    for l in range(1, len(W)):
        new_W[l] = W[l] - rate * dW[l]
        new_b[l] = b[l] - rate * db[l]
    return new_W, new_b


def uphill_without_biases(W, b, dW, db, lr, limit):
    """Two slips: the step goes uphill, and the length has no biases."""
    length = np.sqrt(sum((d**2).sum() for d in dW.values()))
    rate = lr * limit / max(length, limit)
    new_W = {l: W[l] + rate * dW[l] for l in W}
    new_b = {l: b[l] + rate * db[l] for l in b}
    return new_W, new_b


def bias_not_clipped_first(W, b, dW, db, lr, limit):
    """Two slips: biases are not clipped, and they are returned first."""
    pieces = [*dW.values(), *db.values()]
    length = np.sqrt(sum((d**2).sum() for d in pieces))
    rate = lr * limit / max(length, limit)
    new_W = {l: W[l] - rate * dW[l] for l in W}
    new_b = {l: b[l] - lr * db[l] for l in b}
    return new_b, new_W


def no_rate_no_root(W, b, dW, db, lr, limit):
    """Two slips: lr is forgotten, and the length has no root."""
    length = sum((d**2).sum() for d in [*dW.values(), *db.values()])
    factor = limit / max(length, limit)
    new_W = {l: W[l] - factor * dW[l] for l in W}
    new_b = {l: b[l] - factor * db[l] for l in b}
    return new_W, new_b
