"""The equation ledger: the equations of the chapter on images."""

import json
import math

import numpy as np
import pytest
from claims.ledger import of_page
from equations.proofs import agree, close, proves
from kit import relative_difference
from places import REFERENCE

import mininn as mn

size, slide, patches, added, windows, shares, pooled, forward, gradients = (
    of_page(
        "images",
        *("size", "slide", "patches", "added", "windows", "shares"),
        *("pooled", "forward", "gradients"),
    )
)
# n0, n1, N, q, s, m: channels in and out, side, kernel, stride, samples
LAYERS = [
    pytest.param((2, 4, 5, 3, 1, 6), id="all-different"),
    pytest.param((2, 3, 7, 4, 2, 5), id="stride-2"),
    pytest.param((3, 2, 8, 2, 3, 1), id="stride-beyond-the-kernel"),
    pytest.param((1, 1, 3, 3, 1, 1), id="one-place"),
    pytest.param((3, 3, 3, 3, 3, 3), id="all-equal"),
    pytest.param((2, 2, 3, 2, 1, 2), id="two-by-two"),
]
every_layer = pytest.mark.parametrize("sizes", LAYERS)


def layer(sizes):
    """A layer of random numbers, and its maps by loops over all indices."""
    n0, n1, N, q, _, m = sizes
    rng = np.random.default_rng(sum(sizes))
    G = rng.standard_normal((n0, N, N, m))
    W = rng.standard_normal((n1, n0 * q * q))
    b = rng.standard_normal((n1, 1))
    return G, W, b, rng


def by_loops(G, W, b, q, s):
    """The maps, as eq-images-channels says them."""
    n0, N, _, m = G.shape
    w = W.reshape(len(W), n0, q, q)
    h = len([r for r in range(0, N, s) if r + q <= N])
    maps = np.empty((len(W), h, h, m))
    for k, r, c, i in np.ndindex(maps.shape):
        maps[k, r, c, i] = b[k, 0] + sum(
            w[k, j, u, v] * G[j, s * r + u, s * c + v, i]
            for j, u, v in np.ndindex(n0, q, q)
        )
    return maps


@pytest.mark.parametrize(
    ("N", "q", "n1"), [(8, 3, 12), (5, 2, 4), (3, 3, 3), (1, 1, 1)]
)
@proves("eq-images-count")
def test_shared_weights_are_counted_once(N, q, n1):
    h = N - q + 1
    full = mn.init([N * N, n1 * h * h], output="identity", rng=0)
    assert full.size == n1 * h**2 * (N**2 + 1)
    # the dense matrix that does the same: how many numbers in it differ
    w = np.arange(1.0, n1 * q * q + 1).reshape(n1, q * q)
    M = np.zeros((n1, h, h, N, N))
    for k, r, c, u, v in np.ndindex(n1, h, h, q, q):
        M[k, r, c, r + u, c + v] = w[k, q * u + v]
    assert M[:, :, :, 0, 0].size + M.size == full.size
    assert len(set(M.flat) - {0.0}) + n1 == n1 * (q**2 + 1)
    x = np.random.default_rng(0).standard_normal((N, N))
    dense = M.reshape(-1, N * N) @ x.reshape(-1, 1)
    for k in range(n1):
        close(slide(w[k].reshape(q, q), 0, x), dense.reshape(n1, h, h)[k])


@pytest.mark.parametrize(("N", "q"), [(6, 3), (5, 2), (3, 3), (4, 1)])
@proves("eq-images-sum")
def test_a_kernel_adds_up_the_products_at_each_place(N, q):
    rng = np.random.default_rng(N + q)
    G, w, b = rng.standard_normal((N, N)), rng.standard_normal((q, q)), 0.7
    z = slide(w, b, G)
    assert z.shape == (N - q + 1, N - q + 1)
    for r in range(N - q + 1):
        for c in range(N - q + 1):
            total = b
            for u in range(q):
                for v in range(q):
                    total += w[u, v] * G[r + u, c + v]
            close(z[r, c], total)


@pytest.mark.parametrize(("N", "q"), [(6, 3), (5, 2), (3, 3)])
@proves("eq-images-flip")
def test_a_convolution_is_a_product_of_polynomials(N, q):
    rng = np.random.default_rng(N * q)
    G, w = rng.standard_normal((N, N)), rng.standard_normal((q, q))
    # the definition: the coefficients of the product of two polynomials
    full = np.zeros((N + q - 1, N + q - 1))
    for u, v, x, y in np.ndindex(q, q, N, N):
        full[u + x, v + y] += w[u, v] * G[x, y]
    valid = full[q - 1 : N, q - 1 : N]
    close(slide(w[::-1, ::-1], 0.0, G), valid)
    for r, c in np.ndindex(valid.shape):
        close(
            sum(
                w[q - 1 - u, q - 1 - v] * G[r + u, c + v]
                for u, v in np.ndindex(q, q)
            ),
            valid[r, c],
        )
    for u in range(q):  # and NumPy's, in one dimension
        close(
            np.convolve(G[u], w[u], "valid"),
            slide_row(w[u][::-1], G[u]),
        )


def slide_row(w, row):
    places = range(len(row) - len(w) + 1)
    return [sum(w[u] * row[r + u] for u in range(len(w))) for r in places]


@pytest.mark.parametrize(("e", "f"), [(0, 1), (2, 1), (-1, 2), (0, -3)])
@proves("eq-images-shift")
def test_a_map_moves_as_its_image_does(e, f):
    rng = np.random.default_rng(5)
    N, q, b = 9, 3, -0.4
    G, w = rng.standard_normal((N, N)), rng.standard_normal((q, q))
    moved = rng.standard_normal((N, N))  # what comes in may be anything
    for r, c in np.ndindex(N, N):
        if 0 <= r - e < N and 0 <= c - f < N:
            moved[r, c] = G[r - e, c - f]
    z, after = slide(w, b, G), slide(w, b, moved)
    seen = 0
    for r, c in np.ndindex(z.shape):
        if 0 <= r - e < len(z) and 0 <= c - f < len(z):
            close(after[r, c], z[r - e, c - f])
            places = np.ndindex(q, q)
            same = [w[u, v] * G[r - e + u, c - f + v] for u, v in places]
            close(after[r, c], b + sum(same))
            seen += 1
    assert seen == (len(z) - abs(e)) * (len(z) - abs(f))


@proves("eq-images-size")
def test_the_places_are_counted():
    for N in range(1, 9):
        for p in range(3):
            for q in range(1, N + 2 * p + 1):
                for s in range(1, 5):
                    starts = [
                        r
                        for r in range(N + 2 * p)
                        if r % s == 0 and r + q <= N + 2 * p
                    ]
                    places = math.floor((N + 2 * p - q) / s) + 1
                    assert places == len(starts) == size(N, q, s, p)
                    G = np.zeros((1, N + 2 * p, N + 2 * p, 1))
                    assert patches(G, q, s).shape == (q * q, places**2)


@every_layer
@proves("eq-images-channels", "eq-images-patches", "eq-images-product")
def test_a_layer_of_kernels_is_one_product(sizes):
    G, W, b, _ = layer(sizes)
    n0, n1, _, q, s, m = sizes
    P, maps = patches(G, q, s), by_loops(G, W, b, q, s)
    h = maps.shape[1]
    assert P.shape == (n0 * q * q, h * h * m)
    for j, u, v, r, c, i in np.ndindex(n0, q, q, h, h, m):
        entry = P[(j * q + u) * q + v, (r * h + c) * m + i]
        assert entry == G[j, s * r + u, s * c + v, i]
    close((W @ P + b).reshape(n1, h, h, m), maps)


@every_layer
@proves("eq-images-gradients", "eq-images-kernel", "eq-images-input")
def test_the_gradients_of_a_layer_of_kernels(sizes):
    G, W, b, rng = layer(sizes)
    n0, n1, N, q, s, m = sizes
    maps = by_loops(G, W, b, q, s)
    h = maps.shape[1]
    dz = rng.standard_normal(maps.shape)
    dZ, P = dz.reshape(n1, -1), patches(G, q, s)
    dW, db, dP = dZ @ P.T, dZ.sum(axis=1, keepdims=True), W.T @ dZ
    dG = added(dP, G.shape, q, s)
    # central differences of J = sum dz * z; the map is that of the loops
    close((W @ P + b).reshape(maps.shape), maps)
    agree(dW, lambda x: (dZ * (x @ P + b)).sum(), W)
    agree(db, lambda x: (dZ * (W @ P + x)).sum(), b)
    agree(dG, lambda x: (dZ * (W @ patches(x, q, s) + b)).sum(), G)
    agree(dP, lambda x: (dZ * (W @ x + b)).sum(), P)
    # and the sums as they are written
    looped = np.zeros((n1, n0, q, q))
    for k, j, u, v in np.ndindex(looped.shape):
        looped[k, j, u, v] = sum(
            dz[k, r, c, i] * G[j, s * r + u, s * c + v, i]
            for r, c, i in np.ndindex(h, h, m)
        )
    close(dW.reshape(looped.shape), looped, rtol=1e-11)
    dp, pixels = dP.reshape(n0, q, q, h, h, m), np.zeros(G.shape)
    for x, y in np.ndindex(N, N):
        for u, v, r, c in np.ndindex(q, q, h, h):
            if (s * r + u, s * c + v) == (x, y):
                pixels[:, x, y] += dp[:, u, v, r, c]
    close(dG, pixels, rtol=1e-11)


@pytest.mark.parametrize(
    "sizes", [(2, 4, 5, 3, 1, 3), (3, 3, 3, 3, 1, 3), (1, 2, 5, 2, 1, 1)]
)
@proves("eq-images-turned")
def test_with_stride_1_the_kernel_is_turned_round(sizes):
    G, W, _, rng = layer(sizes)
    n0, n1, N, q, _, m = sizes
    w, h = W.reshape(n1, n0, q, q), N - q + 1
    dz = rng.standard_normal((n1, h, h, m))
    dG = added(W.T @ dz.reshape(n1, -1), G.shape, q)
    for j, x, y, i in np.ndindex(G.shape):
        total = sum(
            w[k, j, u, v] * dz[k, x - u, y - v, i]
            for k, u, v in np.ndindex(n1, q, q)
            if 0 <= x - u < h and 0 <= y - v < h
        )
        close(dG[j, x, y, i], total, rtol=1e-10)
    for j, i in np.ndindex(n0, m):  # and by sliding the turned kernel
        turned = sum(
            slide(w[k, j, ::-1, ::-1], 0.0, np.pad(dz[k, :, :, i], q - 1))
            for k in range(n1)
        )
        close(dG[j, :, :, i], turned, rtol=1e-10)


@pytest.mark.parametrize(
    ("n", "N", "d", "m"), [(2, 6, 3, 5), (3, 4, 2, 1), (2, 2, 2, 2)]
)
@proves("eq-images-pool", "eq-images-unpool")
def test_pooling_gives_back_the_shares_that_it_took(n, N, d, m):
    rng = np.random.default_rng(n * N)
    A = rng.permutation(n * N * N * m).reshape(n, N, N, m) / 10.0
    R = rng.standard_normal((n, N // d, N // d, m))

    def loop(A, kind):
        out = np.empty(R.shape)
        for k, r, c, i in np.ndindex(out.shape):
            window = [
                A[k, d * r + u, d * c + v, i] for u, v in np.ndindex(d, d)
            ]
            out[k, r, c, i] = kind(window)
        return out

    mean = np.full(windows(A, d).shape, 1 / d**2)
    for t, kind in ((shares(A, d), max), (mean, np.mean)):
        close(pooled(A, t), loop(A, kind))
        close(t.sum(axis=(2, 4)), np.ones(R.shape))
        dA = (t * R[:, :, None, :, None]).reshape(A.shape)
        agree(dA, lambda x, kind=kind: (R * loop(x, kind)).sum(), A)
    tied = np.array([[2.0, 2.0], [1.0, 0.0]]).reshape(1, 2, 2, 1)
    close(shares(tied, 2).ravel(), [0.5, 0.5, 0.0, 0.0])


@proves("eq-images-invariant")
def test_the_maximum_over_all_places_does_not_move():
    rng = np.random.default_rng(3)
    for q in (2, 3, 4):
        w, b = rng.standard_normal((q, q)), rng.standard_normal()
        G = np.zeros((9, 9))
        G[2:7, 3:6] = rng.random((5, 3))
        before = slide(w, b, np.pad(G, q - 1))
        for e, f in ((0, 1), (2, 3), (-2, -3), (1, -2)):
            moved = np.roll(G, (e, f), axis=(0, 1))  # no ink leaves
            close(moved[2 + e : 7 + e, 3 + f : 6 + f], G[2:7, 3:6])
            after = slide(w, b, np.pad(moved, q - 1))
            close(after, np.roll(before, (e, f), axis=(0, 1)))
            close(after.max(), before.max())


@pytest.mark.parametrize(
    ("q", "s"),
    [
        ([3], [1]),
        ([3, 2], [1, 2]),
        ([3, 2, 3], [1, 2, 1]),
        ([5, 3, 2], [2, 3, 2]),
        ([2, 2, 2], [2, 2, 2]),
    ],
)
@proves("eq-images-receptive")
def test_the_receptive_field_is_what_the_gradient_reaches(q, s):
    # one dimension: which inputs does one unit of each layer depend on?
    field, R = [{x} for x in range(200)], 1
    for l in range(len(q)):
        field = [
            set().union(*field[s[l] * r : s[l] * r + q[l]])
            for r in range(size(len(field), q[l], s[l]))
        ]
        R += (q[l] - 1) * math.prod(s[:l])
        assert {len(pixels) for pixels in field} == {R}
        assert R == 1 + sum(
            (q[k] - 1) * math.prod(s[:k]) for k in range(l + 1)
        )


# --- PyTorch ------------------------------------------------------------


def torch():
    path = REFERENCE / "torch_convolution.json"
    return json.loads(path.read_text(encoding="utf-8"))


def same(ours, theirs):
    assert relative_difference(ours, np.array(theirs)) < 1e-12


@pytest.mark.parametrize("case", torch()["layers"])
def test_pytorch_finds_the_same_for_a_layer(case):
    G, W, b, dz = (np.array(case[name]) for name in ("G", "W", "b", "dZ"))
    q, s, p = case["q"], case["stride"], case["padding"]
    padded = np.pad(G, [(0, 0), (p, p), (p, p), (0, 0)])
    P, dZ = patches(padded, q, s), dz.reshape(len(W), -1)
    want = case["expected"]
    h = size(case["N"], q, s, p)
    same((W @ P + b).reshape(len(W), h, h, -1), want["Z"])
    same(dZ @ P.T, want["dW"])
    same(dZ.sum(axis=1, keepdims=True), want["db"])
    dG = added(W.T @ dZ, padded.shape, q, s)
    same(dG[:, p : p + case["N"], p : p + case["N"]], want["dG"])


@pytest.mark.parametrize("case", torch()["pools"])
def test_pytorch_finds_the_same_for_pooling(case):
    A, R, d = np.array(case["A"]), np.array(case["dpooled"]), case["d"]
    t = shares(A, d)
    if case["kind"] == "mean":
        t = np.full(t.shape, 1 / d**2)
    same(pooled(A, t), case["expected"]["pooled"])
    dA = (t * R[:, :, None, :, None]).reshape(A.shape)
    same(dA, case["expected"]["dA"])


def test_pytorch_finds_the_same_for_a_network():
    case = torch()["net"]
    W, b = (
        {int(l): np.array(x) for l, x in case[name].items()} for name in "Wb"
    )
    G, Y = np.array(case["G"]), mn.one_hot(case["classes"], len(W[2]))
    Z = forward(W, b, G, case["q"], case["d"])[-1]
    assert mn.cross_entropy(Z, Y) == pytest.approx(case["expected"]["J"])
    dW, db = gradients(W, b, G, Y, case["q"], case["d"])
    for l in W:
        same(dW[l], case["expected"]["dW"][str(l)])
        same(db[l], case["expected"]["db"][str(l)])


@pytest.mark.parametrize("down", [-1, 0, 1])
@pytest.mark.parametrize("across", [-1, 0, 1])
def test_an_image_moves_down_and_across_and_the_rest_is_0(down, across):
    (shifted,) = of_page("images", "shifted")
    X = np.arange(1.0, 129).reshape(64, 2)
    moved = shifted(X, down, across)
    assert moved.shape == X.shape
    for r, c in np.ndindex(8, 8):
        at = r - down, c - across
        inside = 0 <= min(at) and max(at) < 8
        was = X[8 * at[0] + at[1]] if inside else [0, 0]
        assert moved[8 * r + c].tolist() == list(was)
