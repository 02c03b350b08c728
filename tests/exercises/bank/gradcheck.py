"""Wrong answers to the exercise gradcheck."""

import numpy as np


def one_sided(f, x, h):
    """The slope from x to the right."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        right = x.copy()
        right[at] += h
        G[at] = (f(right) - f(x)) / h
    return G


def divided_by_h(f, x, h):
    """Divided by h instead of 2 h."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[at] += h
        left[at] -= h
        G[at] = (f(right) - f(left)) / h
    return G


def precedence(f, x, h):
    """The parentheses of 2 h are missing: divided by 2, times h."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[at] += h
        left[at] -= h
        G[at] = (f(right) - f(left)) / 2 * h
    return G


def whole_numbers_kept(f, x, h):
    """The copies of whole numbers stay whole, and h is cut off."""
    G = np.zeros(x.shape)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            right, left = x.copy(), x.copy()
            right[i, j] = right[i, j] + h
            left[i, j] = left[i, j] - h
            G[i, j] = (f(right) - f(left)) / (2 * h)
    return G


def not_copied(f, x, h):
    """right and left are one array, so the slope is 0."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        right = left = x
        right[at] += h
        left[at] -= h
        G[at] = (f(right) - f(left)) / (2 * h)
    return G


def not_put_back(f, x, h):
    """After each entry x stays h further to the left."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        x[at] += h
        up = f(x)
        x[at] -= 2 * h
        down = f(x)
        G[at] = (up - down) / (2 * h)
    return G


def left_minus_right(f, x, h):
    """The difference is the wrong way round."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[at] += h
        left[at] -= h
        G[at] = (f(left) - f(right)) / (2 * h)
    return G


def square_assumed(f, x, h):
    """Both loops run to the number of rows."""
    x = x.astype(float)
    n = x.shape[0]
    G = np.zeros(x.shape)
    for i in range(n):
        for j in range(n):
            E = np.zeros(x.shape)
            E[i, j] = h
            G[i, j] = (f(x + E) - f(x - E)) / (2 * h)
    return G


def flat_one_sided(f, x, h):
    """Two slips: one-sided, and a list without the shape of x."""
    x = x.astype(float)
    slopes = []
    for at in np.ndindex(x.shape):
        right = x.copy()
        right[at] += h
        slopes.append((f(right) - f(x)) / h)
    return np.array(slopes)


def all_entries_moved(f, x, h):
    """Every entry is moved at once: one number everywhere."""
    slope = (f(x + h) - f(x - h)) / (2 * h)
    return slope * np.ones(x.shape)


def whole_rows_moved(f, x, h):
    """The whole row of an entry is moved."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for i, j in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[i] += h
        left[i] -= h
        G[i, j] = (f(right) - f(left)) / (2 * h)
    return G


def own_h(f, x, h):
    """The step is 1e-5, whatever h is given."""
    x = x.astype(float)
    eps = 1e-5
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        E = np.zeros(x.shape)
        E[at] = eps
        G[at] = (f(x + E) - f(x - E)) / (2 * eps)
    return G


def half_steps(f, x, h):
    """Half of h to each side."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        E = np.zeros(x.shape)
        E[at] = h / 2
        G[at] = (f(x + E) - f(x - E)) / h
    return G


def relative_step(f, x, h):
    """The step is h times the entry."""
    x = x.astype(float)
    G = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[at] *= 1 + h
        left[at] *= 1 - h
        G[at] = (f(right) - f(left)) / (2 * h)
    return G


def one_sided_made_like(f, x, h):
    """Two slips: one-sided, and G is made like x, of whole numbers."""
    G = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        E = np.zeros(x.shape)
        E[at] = h
        G[at] = (f(x + E) - f(x)) / h
    return G


def turned_and_divided_by_h(f, x, h):
    """Two slips: G is turned round, and divided by h."""
    x = x.astype(float)
    rows, columns = x.shape
    G = np.zeros((columns, rows))
    for i in range(rows):
        for j in range(columns):
            E = np.zeros((rows, columns))
            E[i, j] = h
            G[j, i] = (f(x + E) - f(x - E)) / h
    return G
