"""The equations of attention, and of the side page characters."""

import json
import math
from itertools import pairwise, permutations, product

import numpy as np
import pytest
from claims.ledger import of_page
from equations.proofs import agree, close, proves
from places import REFERENCE

import mininn as mn

# n, d_k, d_v, T
SIZES = [
    pytest.param((5, 2, 3, 4), id="all-different"),
    pytest.param((3, 3, 3, 3), id="all-equal"),
]
both_sizes = pytest.mark.parametrize("sizes", SIZES)


class Head:
    """One head by loops over single numbers, and a slope for its answers."""

    def __init__(self, sizes, masked=False, seed=0):
        self.n, self.d_k, self.d_v, self.T = n, d_k, d_v, T = sizes
        rng = np.random.default_rng(seed)
        self.X = rng.standard_normal((n, T))
        self.W_q = rng.standard_normal((d_k, n))
        self.W_k = rng.standard_normal((d_k, n))
        self.W_v = rng.standard_normal((d_v, n))
        self.dA = rng.standard_normal((d_v, T))
        self.masked = masked
        self.Q, self.K, self.V = self.three(
            self.X, self.W_q, self.W_k, self.W_v
        )
        self.S = self.scores(self.Q, self.K)
        self.P = self.weights(self.S)
        self.A = self.answers(self.P, self.V)

    def three(self, X, W_q, W_k, W_v):
        def times(W):
            return np.array(
                [
                    [
                        sum(W[e, r] * X[r, i] for r in range(self.n))
                        for i in range(self.T)
                    ]
                    for e in range(len(W))
                ]
            )

        return times(W_q), times(W_k), times(W_v)

    def scores(self, Q, K):
        S = np.empty((self.T, self.T))
        for j, i in np.ndindex(S.shape):
            S[j, i] = sum(K[e, j] * Q[e, i] for e in range(self.d_k))
            S[j, i] /= math.sqrt(self.d_k)
        return S

    def weights(self, S):
        P = np.zeros((self.T, self.T))
        for i in range(self.T):
            seen = range(i + 1) if self.masked else range(self.T)
            for j in seen:
                P[j, i] = math.exp(S[j, i])
                P[j, i] /= sum(math.exp(S[k, i]) for k in seen)
        return P

    def answers(self, P, V):
        A = np.zeros((self.d_v, self.T))
        for r, i, j in product(range(self.d_v), range(self.T), range(self.T)):
            A[r, i] += P[j, i] * V[r, j]
        return A

    def J_of_answers(self, A):
        return float((A * self.dA).sum())

    def J_of_weights(self, P):
        return self.J_of_answers(self.answers(P, self.V))

    def J_of_scores(self, S):
        return self.J_of_weights(self.weights(S))

    def J(self, **changed):
        p = {k: getattr(self, k) for k in ("X", "W_q", "W_k", "W_v")}
        Q, K, V = self.three(**(p | changed))
        P = self.weights(self.scores(Q, K))
        return self.J_of_answers(self.answers(P, V))

    def gradients(self):
        """By the formulas of the chapter, in their order."""
        d = {"V": self.dA @ self.P.T, "P": self.V.T @ self.dA}
        d["S"] = self.P * (d["P"] - (self.P * d["P"]).sum(axis=0))
        d["Q"] = self.K @ d["S"] / np.sqrt(self.d_k)
        d["K"] = self.Q @ d["S"].T / np.sqrt(self.d_k)
        d |= {f"W_{x.lower()}": d[x] @ self.X.T for x in "QKV"}
        d["X"] = self.W_q.T @ d["Q"] + self.W_k.T @ d["K"]
        d["X"] = d["X"] + self.W_v.T @ d["V"]
        return d


def attention():
    """``attend`` and ``attend_back`` of the chapter."""
    needed = "attend", "attend_back", "softmax", "over_all"
    return of_page("attention", *needed)[:2]


def both_masks(sizes):
    return [Head(sizes, masked, seed) for masked in (0, 1) for seed in (0, 1)]


WORDS = {4: [2, 0, 2, 1], 3: [2, 0, 2]}


@both_sizes
@proves("eq-attention-embedding", "eq-attention-dE")
def test_an_embedding_copies_columns_and_its_gradient_adds_them(sizes):
    n, _, _, T = sizes
    letters = WORDS[T]
    rng = np.random.default_rng(0)
    E, dX = rng.standard_normal((n, 3)), rng.standard_normal((n, T))
    H = np.eye(3)[:, letters]
    copied = np.column_stack([E[:, letter] for letter in letters])
    np.testing.assert_array_equal(E @ H, copied)

    def J(E):
        return float((np.column_stack([E[:, x] for x in letters]) * dX).sum())

    agree(dX @ H.T, J, E)
    added = np.zeros((n, 3))
    for i, letter in enumerate(letters):
        for r in range(n):
            added[r, letter] += dX[r, i]
    close(dX @ H.T, added)


@both_sizes
@proves(
    "eq-attention-qkv",
    "eq-attention-scores",
    "eq-attention-weights",
    "eq-attention-output",
)
def test_a_head_is_what_its_loops_say(sizes):
    for head in both_masks(sizes):
        X = head.X
        Q, K, V = head.W_q @ X, head.W_k @ X, head.W_v @ X
        close(Q, head.Q)
        close(K, head.K)
        close(V, head.V)
        S = K.T @ Q / np.sqrt(head.d_k)
        close(S, head.S)
        for j, i in np.ndindex(S.shape):
            assert S[j, i] == pytest.approx(
                K[:, j] @ Q[:, i] / math.sqrt(head.d_k)
            )
        late = np.tri(head.T, k=-1, dtype=bool) if head.masked else False
        P = mn.softmax(np.where(late, -np.inf, S))
        close(P, head.P)
        close(P.sum(axis=0), np.ones(head.T))
        close(V @ P, head.A)


@pytest.mark.parametrize("d_k", [1, 2, 3])
@proves("eq-attention-variance")
def test_the_variance_of_a_score_is_the_number_of_its_terms(d_k):
    root = math.sqrt(1.5)  # of mean square 1, as each entry is
    drawn = [np.array(x) for x in product((-root, 0, root), repeat=d_k)]
    pairs = [(k, q) for k in drawn for q in drawn]  # all, equally likely
    scores = [k @ q for k, q in pairs]
    assert abs(np.mean(scores)) < 1e-12
    terms = [np.var([k[e] * q[e] for k, q in pairs]) for e in range(d_k)]
    assert sum(terms) == pytest.approx(d_k)
    assert np.var(scores) == pytest.approx(d_k)
    assert np.var(np.array(scores) / math.sqrt(d_k)) == pytest.approx(1)


@both_sizes
@proves("eq-attention-mask")
def test_what_is_masked_has_no_weight_and_no_gradient(sizes):
    attend, back = attention()
    head = Head(sizes, masked=True)
    p = {k: getattr(head, k) for k in ("W_q", "W_k", "W_v")}
    i = np.arange(head.T)
    late = i[:, np.newaxis] > i
    A, cache = attend(p, head.X, np.where(late, -np.inf, 0))
    close(A, head.A)
    assert (cache[-1][late] == 0).all()
    close(cache[-1].sum(axis=0), np.ones(head.T))
    assert (head.gradients()["S"][late] == 0).all()
    agree(back(p, cache, head.dA)[0], lambda X: head.J(X=X), head.X)
    for last in range(1, head.T):  # what comes later changes nothing
        other = head.X + (i >= last)
        again, _ = attend(p, other, np.where(late, -np.inf, 0))
        np.testing.assert_array_equal(again[:, :last], A[:, :last])


@both_sizes
@proves("eq-attention-dV")
def test_the_gradients_of_a_mean_of_values(sizes):
    for head in both_masks(sizes):
        d = head.gradients()
        agree(d["P"], head.J_of_weights, head.P)
        agree(
            d["V"],
            lambda V, h=head: h.J_of_answers(h.answers(h.P, V)),
            head.V,
        )


@pytest.mark.parametrize("T", [1, 3, 4])
@proves("eq-attention-jacobian", "eq-attention-column")
def test_the_jacobian_of_softmax(T):
    rng = np.random.default_rng(T)
    s, dp = rng.standard_normal((T, 1)), rng.standard_normal((T, 1))

    def softmax(s):
        return np.array([[math.exp(x)] for x in s[:, 0]]) / sum(
            math.exp(x) for x in s[:, 0]
        )

    p = softmax(s)
    for k in range(T):
        row = [[p[k, 0] * ((k == j) - p[j, 0])] for j in range(T)]
        agree(np.array(row), lambda s, k=k: softmax(s)[k, 0], s)
    ds = [
        [sum(dp[k, 0] * p[k, 0] * ((k == j) - p[j, 0]) for k in range(T))]
        for j in range(T)
    ]
    close(p * (dp - (p * dp).sum()), ds)
    if T > 1:
        agree(np.array(ds), lambda s: float((softmax(s) * dp).sum()), s)


@both_sizes
@proves("eq-attention-dS")
def test_the_gradient_of_all_scores(sizes):
    for head in both_masks(sizes):
        d = head.gradients()
        agree(d["S"], head.J_of_scores, head.S)
        ones = np.ones((head.T, 1))
        close(
            d["S"],
            head.P * (d["P"] - ones @ ones.T @ (head.P * d["P"])),
        )
        np.testing.assert_allclose(d["S"].sum(axis=0), 0, atol=1e-14)


@both_sizes
@proves("eq-attention-dQ")
def test_the_gradients_of_queries_and_keys(sizes):
    for head in both_masks(sizes):
        d = head.gradients()
        agree(
            d["Q"],
            lambda Q, h=head: h.J_of_scores(h.scores(Q, h.K)),
            head.Q,
        )
        agree(
            d["K"],
            lambda K, h=head: h.J_of_scores(h.scores(h.Q, K)),
            head.K,
        )


@both_sizes
@proves("eq-attention-dW", "eq-attention-dX")
def test_the_gradients_of_a_head(sizes):
    back, attend = reversed(attention())
    for head in both_masks(sizes):
        d = head.gradients()
        for name in ("W_q", "W_k", "W_v", "X"):
            agree(
                d[name],
                lambda x, h=head, name=name: h.J(**{name: x}),
                getattr(head, name),
            )
        p = {k: getattr(head, k) for k in ("W_q", "W_k", "W_v")}
        late = np.tri(head.T, k=-1, dtype=bool) & head.masked
        cache = attend(p, head.X, np.where(late, -np.inf, 0))[1]
        dX, by_page = back(p, cache, head.dA)
        close(dX, d["X"])
        for name, gradient in by_page.items():
            close(gradient, d[name])


@both_sizes
def test_a_stack_of_words_is_each_word_alone(sizes):
    """The functions of the chapter, as training calls them."""
    attend, back = attention()
    head = Head(sizes)
    p = {k: getattr(head, k) for k in ("W_q", "W_k", "W_v")}
    rng = np.random.default_rng(7)
    X = rng.standard_normal((3, *head.X.shape))
    dA = rng.standard_normal((3, *head.A.shape))
    A, cache = attend(p, X)
    dX, d = back(p, cache, dA)
    total = {k: np.zeros(p[k].shape) for k in p}
    for k in range(3):
        A_k, cache_k = attend(p, X[k])
        dX_k, d_k = back(p, cache_k, dA[k])
        close(A[k], A_k)
        close(dX[k], dX_k)
        close(cache[-1][k].sum(axis=0), np.ones(head.T))
        for name in total:
            total[name] += d_k[name]
    for name in total:
        close(d[name], total[name])


@pytest.mark.parametrize("name", ["attention", "further/characters"])
def test_the_softmax_of_a_page_bears_large_scores(name):
    (softmax,) = of_page(name, "softmax")
    S = np.array([[1000.0, -1000], [999, -1001]])
    for sheet in (softmax(S), softmax(np.stack([S, S]))[1]):
        close(sheet, mn.softmax(S))


@both_sizes
@proves("eq-attention-permutation")
def test_attention_is_equivariant(sizes):
    attend, _ = attention()
    head = Head(sizes)
    p = {k: getattr(head, k) for k in ("W_q", "W_k", "W_v")}
    for order in permutations(range(head.T)):
        Pi = np.eye(head.T)[:, order]
        close(attend(p, head.X @ Pi)[0], head.A @ Pi)
        close(head.V @ Pi @ (Pi.T @ head.P @ Pi), head.A @ Pi)
        close(mn.softmax(Pi.T @ head.S @ Pi), Pi.T @ head.P @ Pi)


@both_sizes
@proves("eq-attention-positions")
def test_the_gradient_of_positions_is_that_of_the_tokens(sizes):
    head = Head(sizes)
    rng = np.random.default_rng(2)
    E, R = rng.standard_normal((head.n, 3)), head.X
    letters = WORDS[head.T]
    here = Head(sizes)
    here.X = E[:, letters] + R
    here.Q, here.K, here.V = here.three(here.X, here.W_q, here.W_k, here.W_v)
    here.S = here.scores(here.Q, here.K)
    here.P = here.weights(here.S)
    dX = here.gradients()["X"]
    H = np.eye(3)[:, letters]
    agree(dX, lambda R: here.J(X=E @ H + R), R)
    agree(dX @ H.T, lambda E: here.J(X=E @ H + R), E)


def test_attention_agrees_with_pytorch():
    attend, back = attention()
    text = (REFERENCE / "torch_attention.json").read_text("utf-8")
    cases = json.loads(text)["cases"]
    assert len(cases) == 4
    for case in cases:
        p = {k: np.array(case[k]) for k in ("W_q", "W_k", "W_v")}
        H = np.eye(3)[:, case["letters"]]
        X = np.array(case["E"]) @ H + case["R"]
        late = np.tri(X.shape[1], k=-1, dtype=bool) & case["masked"]
        A, cache = attend(p, X, np.where(late, -np.inf, 0))
        dX, d = back(p, cache, np.array(case["dA"]))
        ours = {"A": A, "dX": dX, "dR": dX, "dE": dX @ H.T}
        ours |= {"d" + k: x for k, x in d.items()}
        assert set(ours) == set(case["expected"])
        for name, x in ours.items():
            assert mn.relative_error(x, case["expected"][name]) < 1e-12


def test_the_wrong_softmax_gradient_is_right_where_nothing_is_learned():
    """The exercise: the diagonal of the Jacobian alone."""
    rng = np.random.default_rng(3)
    for T in (2, 3, 5):
        p, dp = mn.softmax(rng.standard_normal((T, 1))), rng.random((T, 1))
        true, wrong = p * (dp - (p * dp).sum()), p * (1 - p) * dp
        assert (np.abs(true - wrong) > 1e-3).any()
        # what is left out, as a matrix: zero only for p * dp = 0
        left_out = -(np.ones((T, T)) - np.eye(T)) * p
        close(true - wrong, left_out @ (p * dp))
        assert np.linalg.matrix_rank(left_out) == T


# --- characters -------------------------------------------------------------

PAGE = (
    "softmax",
    "mask",
    "over_all",
    "over_columns",
    "layer",
    "layer_back",
    "scores",
    "cost",
    "gradients",
    "begin",
    "counts",
    "bigrams",
    "trigrams",
)


def characters(c=5, **here):
    """The functions of the side page, for c symbols."""
    found = dict(zip(PAGE, of_page("further/characters", *PAGE), strict=True))
    found["cost"].__globals__.update(c=c, **here)
    return found


@pytest.mark.parametrize("c", [3, 5])
@proves("eq-characters-bigram", "eq-characters-trigram")
def test_counts_give_probabilities(c):
    text = np.random.default_rng(c).integers(c, size=40)
    page = characters(c, learn=text, cut=40)
    two, three = page["bigrams"](0.1), page["trigrams"](0.1, 4)
    pairs, triples = np.zeros((c, c)), np.zeros((c, c, c))
    for r, s in pairwise(text):
        pairs[r, s] += 1
    for q, r, s in zip(text, text[1:], text[2:], strict=False):
        triples[q, r, s] += 1
    for r, s in product(range(c), range(c)):
        total = sum(pairs[r, u] + 0.1 for u in range(c))
        assert two[r, s] == pytest.approx((pairs[r, s] + 0.1) / total)
        for q in range(c):
            total = sum(triples[q, r, u] for u in range(c)) + 4
            close(three[q, r, s], (triples[q, r, s] + 4 * two[r, s]) / total)
    close(two.sum(axis=1), np.ones(c))
    close(three.sum(axis=2), np.ones((c, c)))


@pytest.mark.parametrize(("n", "wide", "T", "m"), [(4, 6, 5, 2), (3, 3, 3, 3)])
@proves("eq-characters-cost")
def test_a_sheet_asks_one_question_for_each_place(n, wide, T, m):
    page = characters()
    p = page["begin"](1, n=n, wide=wide, T=T)
    text = np.random.default_rng(2).integers(5, size=(m, T + 1))
    x, y = text[:, :-1], text[:, 1:]
    losses = []
    for row, answers in zip(x, y, strict=True):
        for i in range(T):  # a forward pass of its own for every question
            Z, _ = page["scores"](p, row[np.newaxis, : i + 1])
            shares = mn.softmax(Z[0, :, [i]].T)
            losses.append(-math.log(shares[answers[i], 0]))
    assert page["cost"](p, x, y) == pytest.approx(np.mean(losses), rel=1e-12)


@pytest.mark.parametrize(("n", "wide", "T", "m"), [(4, 6, 5, 2), (3, 3, 3, 3)])
@proves("eq-characters-layer", "eq-characters-residual")
def test_a_layer_of_the_language_model(n, wide, T, m):
    page = characters()
    p = page["begin"](1, n=n, wide=wide, T=T)
    rng = np.random.default_rng(5)
    p |= {("b1", 1): rng.standard_normal((wide, 1))}
    X, d = rng.standard_normal((m, n, T)), rng.standard_normal((m, n, T))
    out, cache = page["layer"](p, 1, X)
    dX, grads = page["layer_back"](p, 1, cache, d)
    for k in range(m):
        Q, K, V = (p[w, 1] @ X[k] for w in ("W_q", "W_k", "W_v"))
        late = np.tri(T, k=-1, dtype=bool)
        P = mn.softmax(np.where(late, -np.inf, K.T @ Q / np.sqrt(n)))
        B = X[k] + V @ P
        hidden = mn.relu(p["W1", 1] @ B + p["b1", 1])
        close(out[k], B + p["W2", 1] @ hidden + p["b2", 1])
        # the two sums, and what each hands on
        through_F = p["W1", 1].T @ (
            p["W2", 1].T @ d[k] * (p["W1", 1] @ B + p["b1", 1] > 0)
        )
        dB = d[k] + through_F
        dP = V.T @ dB
        dS = P * (dP - (P * dP).sum(axis=0)) / np.sqrt(n)
        head = p["W_q", 1].T @ K @ dS + p["W_k", 1].T @ Q @ dS.T
        close(dX[k], dB + head + p["W_v", 1].T @ dB @ P.T, rtol=1e-10)

    def J(X, **changed):
        there = p | {(w, 1): a for w, a in changed.items()}
        return float((page["layer"](there, 1, X)[0] * d).sum())

    for k in range(m):
        sheet = np.eye(m)[:, k][:, np.newaxis, np.newaxis]
        agree(
            dX[k], lambda a, k=k, s=sheet: J(np.where(s, a, X)), X[k], h=1e-5
        )
    for w, l in grads:
        agree(grads[w, l], lambda a, w=w: J(X, **{w: a}), p[w, 1], h=1e-5)


def test_every_gradient_of_the_language_model():
    page = characters()
    for seed in range(3):
        p = page["begin"](seed, n=4, wide=5, T=6)
        x, y = np.random.default_rng(seed).integers(5, size=(2, 3, 6))
        d = page["gradients"](p, x, y)
        assert set(d) == set(p)
        for k in p:
            numeric = mn.numerical_gradient(
                lambda a, k=k, p=p, x=x, y=y: page["cost"](p | {k: a}, x, y),
                p[k],
            )
            assert mn.relative_error(d[k], numeric) < 1e-7, k
