"""Wrong answers to the exercise minibatches."""

import numpy as np


def order_ignored(X, Y, size, order):
    """The columns are taken in the old order."""
    m = X.shape[1]
    return [
        (X[:, k : k + size], Y[:, k : k + size]) for k in range(0, m, size)
    ]


def rest_dropped(X, Y, size, order):
    """What is left at the end is dropped."""
    batches = []
    for k in range(X.shape[1] // size):
        idx = order[k * size : (k + 1) * size]
        batches.append((X[:, idx], Y[:, idx]))
    return batches


def labels_not_shuffled(X, Y, size, order):
    """X is shuffled, Y is not."""
    X_new = X[:, order]
    batches = []
    for k in range(0, X.shape[1], size):
        batches.append((X_new[:, k : k + size], Y[:, k : k + size]))
    return batches


def labels_first(X, Y, size, order):
    """The pairs are (Y_batch, X_batch)."""
    out = []
    for k in range(0, len(order), size):
        idx = order[k : k + size]
        out.append((Y[:, idx], X[:, idx]))
    return out


def empty_batch_at_the_end(X, Y, size, order):
    """A size that divides m gives an empty batch at the end."""
    m = X.shape[1]
    batches = []
    for k in range(m // size + 1):
        idx = order[k * size : (k + 1) * size]
        batches.append((X[:, idx], Y[:, idx]))
    return batches


def rows_picked(X, Y, size, order):
    """Rows are picked where columns belong."""
    batches = []
    for k in range(0, len(order), size):
        idx = order[k : k + size]
        batches.append((X[idx], Y[idx]))
    return batches


def slice_ends_at_size(X, Y, size, order):
    """The slice is order[k:size]: all batches but the first are empty."""
    batches = []
    for k in range(0, X.shape[1], size):
        idx = order[k:size]
        batches.append((X[:, idx], Y[:, idx]))
    return batches


def even_pieces(X, Y, size, order):
    """array_split makes batches of about the same size."""
    count = int(np.ceil(len(order) / size))
    pieces = np.array_split(order, count)
    return [(X[:, p], Y[:, p]) for p in pieces]


def last_of_each_lost(X, Y, size, order):
    """Each slice ends one column too early."""
    batches = []
    for start in range(0, X.shape[1], size):
        end = min(start + size - 1, X.shape[1])
        cols = order[start:end]
        batches.append((X[:, cols], Y[:, cols]))
    return batches


def order_turned_round(X, Y, size, order):
    """Column j goes to place order[j]: the inverse order."""
    X_new, Y_new = np.empty_like(X), np.empty_like(Y)
    X_new[:, order] = X
    Y_new[:, order] = Y
    return [
        (X_new[:, k : k + size], Y_new[:, k : k + size])
        for k in range(0, X.shape[1], size)
    ]


def filled_up_from_the_start(X, Y, size, order):
    """The last batch is filled up with columns from the beginning."""
    m = X.shape[1]
    batches = []
    for k in range(0, m, size):
        cols = np.take(order, range(k, k + size), mode="wrap")
        batches.append((X[:, cols], Y[:, cols]))
    return batches


def size_as_count(X, Y, size, order):
    """size is read as the number of batches."""
    each = -(-X.shape[1] // size)
    batches = []
    for k in range(size):
        cols = order[k * each : (k + 1) * each]
        batches.append((X[:, cols], Y[:, cols]))
    return batches


def counts_rows_order_ignored(X, Y, size, order):
    """Two slips: m is X.shape[0], and the order is not used."""
    m = X.shape[0]
    batches = []
    for k in range(0, m, size):
        batches.append((X[:, k : k + size], Y[:, k : k + size]))
    return batches


def dropped_and_labels_not_shuffled(X, Y, size, order):
    """Two slips: the rest is dropped, and Y is not shuffled."""
    X = X[:, order]
    batches = []
    for k in range(X.shape[1] // size):
        cols = slice(k * size, (k + 1) * size)
        batches.append((X[:, cols], Y[:, cols]))
    return batches


def in_place_shuffled_twice(X, Y, size, order):
    """Two slips: X and Y are shuffled in place, and then once more."""
    X[:] = X[:, order]
    Y[:] = Y[:, order]
    batches = []
    for k in range(0, X.shape[1], size):
        cols = order[k : k + size]
        batches.append((X[:, cols], Y[:, cols]))
    return batches


def first_batch_repeated_labels_first(X, Y, size, order):
    """Two slips: every batch is the first one, and labels come first."""
    batches = []
    for _ in range(0, X.shape[1], size):
        cols = order[0:size]
        batches.append((Y[:, cols], X[:, cols]))
    return batches
