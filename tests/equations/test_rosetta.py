"""The equation ledger: the translations of the page ``rosetta``."""

import numpy as np
import pytest
from claims.ledger import claims
from equations.proofs import (
    Batch,
    agree,
    both_sizes,
    close,
    ell,
    proves,
    s,
)

import mininn as mn


class Problem(Batch):
    """The batch of the ledger, with its gradients and its cost in rows."""

    def __init__(self, n, m):
        super().__init__(n, m, seed=11)
        self.cache = mn.forward(self.net, self.X)
        self.grads = super().grads()

    def losses(self, Z2):
        """The loss of every output of every sample, by loops."""
        terms = np.empty(Z2.shape)
        for k, i in np.ndindex(Z2.shape):
            terms[k, i] = ell(s(Z2[k, i]), self.Y[k, i])
        return terms

    def rest(self, l, Z):
        """Z[2], from Z[1] or Z[2]."""
        if l == 1:
            Z = self.W[2] @ np.vectorize(s)(Z) + self.b[2]
        return Z

    def J_rows(self, x, W, b):
        """J of a second layer in rows, x W + b, sample by sample."""
        total = 0.0
        for i in range(self.m):
            for k in range(self.n[2]):
                z = b[0, k] + sum(x[i, j] * W[j, k] for j in range(self.n[1]))
                total += ell(s(z), self.Y[k, i])
        return total / self.m


@both_sizes
@proves("eq-rosetta-rows-back")
def test_the_three_lines_in_rows_are_derivatives(n, m):
    t = Problem(n, m)
    x, W, b = t.cache.A[1].T.copy(), t.W[2].T.copy(), t.b[2].T.copy()
    delta = t.grads.dZ[2].T
    agree(x.T @ delta, lambda W: t.J_rows(x, W, b), W)
    agree(delta.sum(axis=0, keepdims=True), lambda b: t.J_rows(x, W, b), b)
    agree(delta @ W.T, lambda x: t.J_rows(x, W, b), x)


def without_1_m(t):
    """Each sample alone, its gradients side by side or added up."""
    alone = []
    for i in range(t.m):
        x, y = t.X[:, [i]], t.Y[:, [i]]
        one = mn.backward(
            t.net, mn.forward(t.net, x), y, mn.binary_cross_entropy
        )
        alone.append(one)
    return alone


@both_sizes
@proves("eq-rosetta-delta")
def test_delta_is_the_derivative_of_each_samples_own_loss(n, m):
    t = Problem(n, m)
    for l in (1, 2):
        delta = m * t.grads.dZ[l]
        for i in range(m):

            def own(z, i=i, l=l):
                Z = t.cache.Z[l].copy()
                Z[:, [i]] = z
                return t.losses(t.rest(l, Z))[:, i].sum()

            agree(delta[:, [i]], own, t.cache.Z[l][:, [i]])


@both_sizes
@proves("eq-rosetta-dW")
def test_dW_takes_its_1_m_from_one_place_or_the_other(n, m):
    t = Problem(n, m)
    A = t.cache.A
    for l in (1, 2):
        delta = np.hstack([g.dZ[l] for g in without_1_m(t)])

        def J_W(W, l=l):
            Z = W @ A[l - 1] + t.b[l]
            return t.losses(t.rest(l, Z)).sum() / m

        def J_b(b, l=l):
            Z = t.W[l] @ A[l - 1] + b
            return t.losses(t.rest(l, Z)).sum() / m

        agree(delta @ A[l - 1].T / m, J_W, t.W[l])
        agree(delta.sum(axis=1, keepdims=True) / m, J_b, t.b[l])


@both_sizes
@proves("eq-rosetta-nielsen")
def test_nielsens_update_is_a_step(n, m):
    t, eta = Problem(n, m), 0.75
    for l in (1, 2):
        nabla = np.zeros_like(t.W[l])
        for i, one in enumerate(without_1_m(t)):
            a = t.cache.A[l - 1][:, i]
            for j, k in np.ndindex(nabla.shape):
                nabla[j, k] += one.dZ[l][j, 0] * a[k]
        new = mn.step(t.net, t.grads, eta).W[l]
        close(t.W[l] - eta / m * nabla, new)


@both_sizes
@proves("eq-rosetta-sum")
def test_a_sum_is_m_means_and_wants_a_rate_m_times_smaller(n, m):
    t, alpha = Problem(n, m), 0.3
    E = t.losses(t.cache.Z[2]).sum()
    close(E, m * mn.binary_cross_entropy(t.cache.Z[2], t.Y))

    def E_of(W):
        return t.losses(W @ t.cache.A[1] + t.b[2]).sum()

    dE = m * t.grads.dW[2]
    agree(dE, E_of, t.W[2])
    close(
        t.W[2] - alpha / m * dE,
        mn.step(t.net, t.grads, alpha).W[2],
    )


@both_sizes
@proves("eq-rosetta-entries", "eq-rosetta-mse")
def test_a_mean_over_all_entries(n, m):
    t = Problem(n, m)
    Z, mean, squares = t.cache.Z[2], 0.0, 0.0
    for k, i in np.ndindex(Z.shape):
        mean += ell(s(Z[k, i]), t.Y[k, i]) / (m * n[2])
        squares += (Z[k, i] - t.Y[k, i]) ** 2 / (m * n[2])
    close(mean, mn.binary_cross_entropy(Z, t.Y) / n[2])
    close(squares, 2 / n[2] * mn.euclidean(Z, t.Y))


Z_SEEN = np.array([[0.5, -1.0], [2.0, 0.0], [-0.3, 1.5]])
Y_SEEN = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
SEEN = [  # PyTorch 2.13.0, Keras 3.15.1 and scikit-learn 1.9.1 said these
    (mn.euclidean, 2 / 3, 0.9316666666666666),
    (mn.euclidean, 1 / 3, 0.4658333333333333),
    (mn.binary_cross_entropy, 1 / 3, 0.7271970642920879),
    (mn.binary_cross_entropy, 1, 2.181591192876263),
    (mn.cross_entropy, 1, 1.0232818866849107),
]


@pytest.mark.parametrize(("loss", "factor", "said"), SEEN)
def test_the_losses_of_other_programs_are_ours_times_a_factor(
    loss, factor, said
):
    close(factor * loss(Z_SEEN, Y_SEEN), said)


KERAS_STEPS = [  # Keras 3.15.1 on JAX 0.10.2, Adam(1.0) in float64, said these
    (1e-6, 1, 0.24025307335204218),
    (1e-6, 10, 0.4994377349400292),
    (1e-6, 100, 0.7552365295460959),
    (1e-2, 1, 0.9996838722023704),
    (1e-2, 10, 0.9998997848848514),
    (1e-2, 100, 0.9999675922007754),
]


def length_of_step(dX, t, eps):
    """How far ``adam`` goes in step t, under a gradient that stays dX."""
    zero, rule = np.zeros((1, 1)), mn.adam(1.0, eps=eps)
    net = mn.Network({1: zero}, {1: zero}, {1: "identity"})
    grads, state = mn.Grads({1: zero + dX}, {1: zero}, {}, {}), rule.start(net)
    for _ in range(t):
        old, (net, state) = net, rule.step(net, grads, state)
    return (old.W[1] - net.W[1]).item()


@claims(
    "rosetta",
    "Its Adam is *not* `adam(eps=1e-7)`.",
    r"That is ours with $\varepsilon = \hat\varepsilon / "
    r"\sqrt{1 - \beta_2^t}$, another number in every step.",
)
@pytest.mark.parametrize(("dX", "t", "said"), KERAS_STEPS)
def test_adam_of_keras_has_its_epsilon_elsewhere(dX, t, said):
    hat = 1e-7 / np.sqrt(1 - 0.999**t)
    close(length_of_step(dX, t, hat), said, rtol=1e-9)
    assert abs(length_of_step(dX, t, 1e-7) - said) > 1e-5


@claims(
    "rosetta",
    "For gradients of ordinary size the two agree in three digits.",
    "the first step of Keras is about a quarter of the other",
)
def test_the_two_epsilons_differ_where_gradients_are_small():
    for dX, t, said in KERAS_STEPS:
        if dX == 1e-2:
            assert abs(length_of_step(dX, t, 1e-7) - said) < 5e-4
    assert 0.2 < KERAS_STEPS[0][2] / length_of_step(1e-6, 1, 1e-7) < 0.3


def with_a_row_of_ones(t, l):
    """The bias beside the weights, and ones above the inputs."""
    wide = np.hstack([t.b[l], t.W[l]])
    return wide, np.vstack([np.ones((1, t.m)), t.cache.A[l - 1]])


@both_sizes
@proves("eq-rosetta-bias")
def test_a_bias_is_a_weight_on_one(n, m):
    t = Problem(n, m)
    for l in (1, 2):
        wide, tall = with_a_row_of_ones(t, l)
        Z = np.zeros((n[l], m))
        for k, i in np.ndindex(Z.shape):
            for j in range(n[l - 1] + 1):
                Z[k, i] += wide[k, j] * tall[j, i]
        close(Z, t.cache.Z[l])


@both_sizes
@proves("eq-rosetta-bias-back")
def test_the_gradient_of_the_wide_matrix_is_db_beside_dW(n, m):
    t = Problem(n, m)
    for l in (1, 2):
        wide, tall = with_a_row_of_ones(t, l)

        def J(wide, l=l, tall=tall):
            return t.losses(t.rest(l, wide @ tall)).sum() / m

        agree(t.grads.dZ[l] @ tall.T, J, wide)
        close(
            t.grads.dZ[l] @ tall.T, np.hstack([t.grads.db[l], t.grads.dW[l]])
        )


@both_sizes
@proves("eq-rosetta-udl", "eq-rosetta-udl-back")
def test_a_layer_and_a_gradient_of_understanding_deep_learning(n, m):
    t = Problem(n, m)
    Omega, beta = [t.W[1], t.W[2]], [t.b[1], t.b[2]]

    def run(i, Omega):
        """f and h of one sample, number by number."""
        h, f = [t.X[:, i]], []
        for k in (0, 1):
            f.append(
                [
                    beta[k][d, 0] + sum(row[j] * x for j, x in enumerate(h[k]))
                    for d, row in enumerate(Omega[k])
                ]
            )
            h.append([s(z) for z in f[k]])
        return f, h

    def L(Omega):
        total = 0.0
        for i in range(m):
            _, h = run(i, Omega)
            total += sum(ell(a, t.Y[d, i]) for d, a in enumerate(h[2]))
        return total

    for i in range(m):
        f, h = run(i, Omega)
        for k in (0, 1):
            close(f[k], t.cache.Z[k + 1][:, i])
            close(h[k], t.cache.A[k][:, i])
    alone = without_1_m(t)
    for k in (0, 1):
        total = sum(
            one.dZ[k + 1] @ t.cache.A[k][:, [i]].T
            for i, one in enumerate(alone)
        )

        def L_of(x, k=k):
            return L([*Omega[:k], x, *Omega[k + 1 :]])

        agree(total, L_of, Omega[k])
        close(total, m * t.grads.dW[k + 1])


@both_sizes
@proves("eq-rosetta-d2l")
def test_two_layers_of_dive_into_deep_learning(n, m):
    t = Problem(n, m)
    W1, W2 = t.W[1].T, t.W[2].T
    H, O = np.empty((m, n[1])), np.empty((m, n[2]))
    for i in range(m):
        for j in range(n[1]):
            z = sum(t.X[d, i] * W1[d, j] for d in range(n[0]))
            H[i, j] = s(z + t.b[1][j, 0])
        for k in range(n[2]):
            o = sum(H[i, j] * W2[j, k] for j in range(n[1]))
            O[i, k] = o + t.b[2][k, 0]
    close(s_rows(t.X.T @ W1 + t.b[1].T), H)
    close(H @ W2 + t.b[2].T, O)
    close(O.T, t.cache.Z[2])
    close(H.T, t.cache.A[1])


def s_rows(Z):
    return np.vectorize(s)(Z)
