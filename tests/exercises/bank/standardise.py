"""Wrong answers to the exercise standardise."""

import numpy as np


def _row_statistics(X):
    mean = np.nanmean(X, axis=1, keepdims=True)
    std = np.nanstd(X, axis=1, keepdims=True)
    return mean, std


def _apply(X, mean, std):
    with np.errstate(all="ignore"):
        Z = np.where(std == 0, 0, (X - mean) / std)
    return np.nan_to_num(Z)


def filled_first(X_train, X_new):
    """Missing entries get the mean before the deviation is computed."""
    mean = np.nanmean(X_train, axis=1, keepdims=True)
    A = np.where(np.isnan(X_train), mean, X_train)
    B = np.where(np.isnan(X_new), mean, X_new)
    std = A.std(axis=1, keepdims=True)
    std[std == 0] = 1
    return (A - mean) / std, (B - mean) / std


def all_data_together(X_train, X_new):
    """Mean and deviation are those of both parts together."""
    mean, std = _row_statistics(np.hstack([X_train, X_new]))
    return _apply(X_train, mean, std), _apply(X_new, mean, std)


def each_part_by_itself(X_train, X_new):
    """The new samples get a mean and a deviation of their own."""

    def one(X):
        Z = (X - np.nanmean(X, 1)[:, None]) / (
            np.nanstd(X, 1)[:, None] + 1e-12
        )
        Z[np.isnan(X)] = 0
        return Z

    return one(X_train), one(X_new)


def down_the_columns(X_train, X_new):
    """Every sample is standardised by its own features."""

    def one(X):
        Z = (X - np.nanmean(X, axis=0)) / np.nanstd(X, axis=0)
        return np.where(np.isnan(Z), 0, Z)

    return one(X_train), one(X_new)


def sample_deviation(X_train, X_new):
    """The deviation divides by one less than the number of entries."""
    mean = np.nanmean(X_train, axis=1, keepdims=True)
    std = np.nanstd(X_train, axis=1, ddof=1, keepdims=True)
    return _apply(X_train, mean, std), _apply(X_new, mean, std)


def variance(X_train, X_new):
    """The gaps are divided by the variance."""
    mean = np.nanmean(X_train, axis=1, keepdims=True)
    var = np.nanvar(X_train, axis=1, keepdims=True)
    return _apply(X_train, mean, var), _apply(X_new, mean, var)


def zeros_for_missing(X_train, X_new):
    """Missing entries are 0 from the start, and count in the mean."""
    A, B = np.nan_to_num(X_train), np.nan_to_num(X_new)
    mean, std = A.mean(1, keepdims=True), A.std(1, keepdims=True)
    std = np.where(std > 0, std, 1)
    return (A - mean) / std, (B - mean) / std


def missing_left(X_train, X_new):
    """Missing entries are still nan at the end."""
    mean, std = _row_statistics(X_train)
    std = np.where(std == 0, np.inf, std)
    return (X_train - mean) / std, (X_new - mean) / std


def constant_rows_divided(X_train, X_new):
    """A row without deviation is divided by 0: nan and inf."""
    mean, std = _row_statistics(X_train)
    with np.errstate(all="ignore"):
        T, N = (X_train - mean) / std, (X_new - mean) / std
    T[np.isnan(X_train)] = 0
    N[np.isnan(X_new)] = 0
    return T, N


def constant_rows_keep_the_gap(X_train, X_new):
    """In a constant row, what is new keeps its difference from the mean."""
    mean, std = _row_statistics(X_train)
    std[std == 0] = 1
    T, N = ((X - mean) / std for X in (X_train, X_new))
    return np.nan_to_num(T), np.nan_to_num(N)


def plain_mean(X_train, X_new):
    """One missing entry makes the mean of its row nan, then all of it 0."""
    mean = X_train.mean(axis=1, keepdims=True)
    std = X_train.std(axis=1, keepdims=True)
    return _apply(X_train, mean, std), _apply(X_new, mean, std)


def into_zero_to_one(X_train, X_new):
    """Smallest and largest become 0 and 1."""
    low = np.nanmin(X_train, axis=1, keepdims=True)
    high = np.nanmax(X_train, axis=1, keepdims=True)
    return _apply(X_train, low, high - low), _apply(X_new, low, high - low)


def one_number_for_all(X_train, X_new):
    """One mean and one deviation for the whole table."""
    mean, std = np.nanmean(X_train), np.nanstd(X_train)
    return tuple(np.nan_to_num((X - mean) / std) for X in (X_train, X_new))


def incomplete_samples_left_out(X_train, X_new):
    """Only samples without any missing entry count in the statistics."""
    whole = X_train[:, ~np.isnan(X_train).any(axis=0)]
    mean, std = _row_statistics(whole)
    return _apply(X_train, mean, std), _apply(X_new, mean, std)


def own_mean_sample_deviation(X_train, X_new):
    """New data with its own statistics, and m - 1 in the deviation."""
    out = []
    for X in (X_train, X_new):
        mean = np.nanmean(X, axis=1, keepdims=True)
        std = np.nanstd(X, axis=1, ddof=1, keepdims=True)
        out.append(_apply(X, mean, std))
    return tuple(out)


def in_place_gap_kept(X_train, X_new):
    """Written into the arguments; a constant row keeps its differences."""
    mean, std = _row_statistics(X_train)
    std = np.where(std == 0, 1, std)
    for X in (X_train, X_new):
        X -= mean
        X /= std
        X[np.isnan(X)] = 0
    return X_train, X_new
