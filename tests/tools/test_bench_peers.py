"""The speed table compares like with like: all do the same work.

Each library that ``bench_peers.py`` times takes three steps here. Before each
it has to say the J, and after them to hold the weights, that a few lines of
NumPy find.
"""

import importlib.util

import bench_peers
import numpy as np
import pytest

PEERS = ["mininn", "torch", "sklearn", "jax"]
NETWORKS = [((2, 4, 6, 6, 4, 1), 32), ((5, 3, 1), 1), ((6, 5, 4, 3), 10)]


def by_hand(net, X, Y, steps, lr):
    """J before each step, and the weights after the last, in float64."""
    W = [x.astype(float) for x in net.W.values()]
    b = [x.astype(float) for x in net.b.values()]
    losses = []
    for _ in range(steps):
        Z, A = [], [X.astype(float)]
        for w, c in zip(W, b, strict=True):
            Z.append(w @ A[-1] + c)
            A.append(np.maximum(Z[-1], 0))
        if len(Y) == 1:
            A[-1] = 1 / (1 + np.exp(-Z[-1]))
            ell = -Y * np.log(A[-1]) - (1 - Y) * np.log(1 - A[-1])
        else:
            A[-1] = np.exp(Z[-1]) / np.exp(Z[-1]).sum(axis=0)
            ell = -Y * np.log(A[-1])
        m = X.shape[1]
        losses.append(ell.sum() / m)
        dZ = (A[-1] - Y) / m
        for l in reversed(range(len(W))):
            dW, db = dZ @ A[l].T, dZ.sum(axis=1, keepdims=True)
            dZ = (W[l].T @ dZ) * (Z[l - 1] > 0) if l else dZ
            W[l], b[l] = W[l] - lr * dW, b[l] - lr * db
    return losses, W, b


@pytest.mark.filterwarnings("ignore::Warning:(jax|torch|sklearn)")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n", "m"), NETWORKS, ids=str)
@pytest.mark.parametrize("peer", PEERS)
def test_all_do_the_same_work(monkeypatch, peer, n, m, dtype):
    pytest.importorskip(peer, reason=f"{peer} is not installed")
    monkeypatch.setattr(bench_peers, "LR", 0.25)
    net, X, Y, loss = bench_peers.problem(n, m, dtype)
    build = getattr(bench_peers, f"build_{peer}")
    step, weights = build(net, X, Y, loss)
    losses, W, b = by_hand(net, X, Y, 3, 0.25)
    close = (
        {"rtol": 1e-10, "atol": 1e-12}
        if dtype == np.float64
        else {
            "rtol": 1e-4,
            "atol": 1e-6,
        }
    )
    for J in losses:
        got = step()
        assert isinstance(got, float)
        np.testing.assert_allclose(got, J, **close)
    for ours, theirs in zip((W, b), weights(), strict=True):
        for w, x in zip(ours, theirs, strict=True):
            assert x.dtype == dtype
            np.testing.assert_allclose(x, w, **close)
    assert max(np.abs(w - net.W[l]).max() for l, w in enumerate(W, 1)) > 1e-2


def test_what_is_timed_is_what_is_tested():
    here = {name for name in PEERS if importlib.util.find_spec(name)}
    assert set(bench_peers.available([])) == here | {"products"}
    net, X, Y, loss = bench_peers.problem((6, 5, 3), 10, float)
    times = bench_peers.cpu_times(
        {"mininn": bench_peers.build_mininn(net, X, Y, loss)[0]}, rounds=3
    )
    assert 0 < times["mininn"] < 1


def test_a_peer_of_yours_is_a_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "def build(W, b, X, Y):\n"
        "    return (lambda: len(W) + X.shape[1] / 8), (lambda: (W, b))\n",
        encoding="utf-8",
    )
    args = bench_peers.problem((6, 5, 3), 2, float)
    step, weights = bench_peers.available([path])["mine"](*args)
    assert step() == 2.25
    np.testing.assert_array_equal(weights()[0][1], args[0].W[2])
