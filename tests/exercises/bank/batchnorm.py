"""Wrong answers to the exercise batchnorm."""

import numpy as np


def _forward(Z, c, eps):
    """Return the shares, the variances, the roots and Z hat."""
    w = c / c.sum()
    mu = (w * Z).sum(axis=1, keepdims=True)
    v = (w * (Z - mu) ** 2).sum(axis=1, keepdims=True)
    r = np.sqrt(v + eps)
    return w, mu, v, r, (Z - mu) / r


def _rows(x):
    return x.sum(axis=1, keepdims=True)


def _dc(Z, c, eps, d):
    w, mu, _, r, H = _forward(Z, c, eps)
    dmu, dv = -_rows(d) / r, -_rows(d * H) / (2 * r**2)
    dw = (dmu * Z + dv * (Z - mu) ** 2).sum(axis=0, keepdims=True)
    return (dw - (w * dw).sum()) / c.sum()


def _dZ(Z, c, eps, d):
    w, _, _, r, H = _forward(Z, c, eps)
    return (d - w * _rows(d) - w * H * _rows(d * H)) / r


def mean_path_forgotten(Z, c, gamma, dN, eps):
    """dZ lacks the path through the mean."""
    w, _, _, r, H = _forward(Z, c, eps)
    d = gamma * dN
    dZ = (d - w * H * _rows(d * H)) / r
    return dZ, _rows(dN * H), _dc(Z, c, eps, d)


def variance_path_forgotten(Z, c, gamma, dN, eps):
    """dZ lacks the path through the variance."""
    w, _, _, r, H = _forward(Z, c, eps)
    d = gamma * dN
    return (d - w * _rows(d)) / r, _rows(dN * H), _dc(Z, c, eps, d)


def constants_taken(Z, c, gamma, dN, eps):
    """Mean and variance are taken as constants in dZ."""
    _, _, _, r, H = _forward(Z, c, eps)
    d = gamma * dN
    return d / r, (dN * H).sum(axis=1, keepdims=True), _dc(Z, c, eps, d)


def one_over_m(Z, c, gamma, dN, eps):
    """dZ has 1/m where the share of a sample belongs."""
    _, _, _, r, H = _forward(Z, c, eps)
    d = gamma * dN
    m = Z.shape[1]
    dZ = (d - _rows(d) / m - H * _rows(d * H) / m) / r
    return dZ, _rows(dN * H), _dc(Z, c, eps, d)


def plain_statistics(Z, c, gamma, dN, eps):
    """The weights are not used: the batch normalisation of the chapter."""
    m = Z.shape[1]
    mu = Z.mean(axis=1, keepdims=True)
    r = np.sqrt(Z.var(axis=1, keepdims=True) + eps)
    H = (Z - mu) / r
    d = gamma * dN
    dZ = (d - _rows(d) / m - H * _rows(d * H) / m) / r
    return dZ, _rows(dN * H), None


def weights_in_the_sums(Z, c, gamma, dN, eps):
    """The sums over samples in dZ carry the shares, not the entry itself."""
    w, _, _, r, H = _forward(Z, c, eps)
    d = gamma * dN
    dZ = (d - _rows(w * d) - H * _rows(w * d * H)) / r
    return dZ, _rows(dN * H), _dc(Z, c, eps, d)


def eps_outside(Z, c, gamma, dN, eps):
    """eps is added to the root, not below it."""
    w = c / c.sum()
    mu = _rows(w * Z)
    r = np.sqrt(_rows(w * (Z - mu) ** 2)) + eps
    H = (Z - mu) / r
    d = gamma * dN
    dZ = (d - w * _rows(d) - w * H * _rows(d * H)) / r
    dmu, dv = -_rows(d) / r, -_rows(d * H) / (2 * r**2)
    dw = (dmu * Z + dv * (Z - mu) ** 2).sum(axis=0, keepdims=True)
    return dZ, _rows(dN * H), (dw - (w * dw).sum()) / c.sum()


def gamma_forgotten(Z, c, gamma, dN, eps):
    """gamma is missing in dZ and dc."""
    H = _forward(Z, c, eps)[4]
    return _dZ(Z, c, eps, dN), _rows(dN * H), _dc(Z, c, eps, dN)


def dgamma_of_Z(Z, c, gamma, dN, eps):
    """dgamma is made with Z, not with Z hat."""
    d = gamma * dN
    return _dZ(Z, c, eps, d), _rows(dN * Z), _dc(Z, c, eps, d)


def dgamma_of_d(Z, c, gamma, dN, eps):
    """dgamma is made with gamma * dN."""
    H = _forward(Z, c, eps)[4]
    d = gamma * dN
    return _dZ(Z, c, eps, d), _rows(d * H), _dc(Z, c, eps, d)


def dgamma_weighted(Z, c, gamma, dN, eps):
    """dgamma counts each sample by its share."""
    w, _, _, _, H = _forward(Z, c, eps)
    d = gamma * dN
    return _dZ(Z, c, eps, d), _rows(w * dN * H), _dc(Z, c, eps, d)


def dc_stops_at_the_shares(Z, c, gamma, dN, eps):
    """dc is the derivative of the shares: c.sum() is taken as a constant."""
    _, mu, _, r, H = _forward(Z, c, eps)
    d = gamma * dN
    dmu, dv = -_rows(d) / r, -_rows(d * H) / (2 * r**2)
    dw = (dmu * Z + dv * (Z - mu) ** 2).sum(axis=0, keepdims=True)
    return _dZ(Z, c, eps, d), _rows(dN * H), dw / c.sum()


def dc_for_each_row(Z, c, gamma, dN, eps):
    """dc still has one row a unit."""
    w, mu, _, r, H = _forward(Z, c, eps)
    d = gamma * dN
    dmu, dv = -_rows(d) / r, -_rows(d * H) / (2 * r**2)
    dw = dmu * Z + dv * (Z - mu) ** 2
    dc = (dw - _rows(w * dw)) / c.sum()
    return _dZ(Z, c, eps, d), _rows(dN * H), dc


def sign_and_no_gamma(Z, c, gamma, dN, eps):
    """Two slips: the path through the variance is added, gamma forgotten."""
    w, _, _, r, H = _forward(Z, c, eps)
    dZ = (dN - w * _rows(dN) + w * H * _rows(dN * H)) / r
    return dZ, _rows(dN * H), _dc(Z, c, eps, dN)


def mean_forgotten_flat(Z, c, gamma, dN, eps):
    """Two slips: no path through the mean in dZ, and dgamma has one axis."""
    w, _, _, r, H = _forward(Z, c, eps)
    d = gamma * dN
    dZ = (d - w * H * _rows(d * H)) / r
    return dZ, (dN * H).sum(axis=1), _dc(Z, c, eps, d)


def half_too_much_in_place(Z, c, gamma, dN, eps):
    """Two slips: the 2 of the square is lost, and dN is overwritten."""
    w, mu, _, r, H = _forward(Z, c, eps)
    dgamma = _rows(dN * H)
    dN *= gamma
    dv = -_rows(dN * H) / (2 * r**2)
    dZ = dN / r + w * (Z - mu) * dv - w * _rows(dN) / r
    return dZ, dgamma, _dc(Z, c, eps, dN)
