"""How long one training step takes, beside other libraries. A program.

    python tools/bench_peers.py [--rounds 30] [--only 784] [--peers PATH ...]
    python tools/bench_peers.py --epochs [--rounds 30] [--only 784]

Every library that is installed takes the same step in this one run: forward,
the cost J as a number, backward and a plain gradient step, of the same
network, on the same batch. ``test_bench_peers.py`` holds their J and their
weights against each other. Each is used by its public functions, with its data
already in the layout that it likes, and pays for the checks it makes at a
call.

They take turns, and what counts is the median of the CPU time on one thread:
wall time on two threads differs a hundredfold on a busy machine. Shown is how
many times longer than mininn each took; 'products' are the matrix products of
a step and nothing else.

With ``--epochs`` each takes an epoch instead, as its users would write one:
1,000 samples, shuffled, in batches of 32, by Adam, and one J as a number.

A peer is a Python file with ``build(W, b, X, Y)``, which gets lists of
layers in columns and returns two functions, or None where it has no such
network: one takes a step and returns the J it started from, the other returns
the lists W and b as they are now.
"""

import argparse
import importlib.util
import os
import sys
import time
import warnings
from pathlib import Path
from statistics import median

if __name__ == "__main__":  # before NumPy is loaded
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
        os.environ[f"{name}_NUM_THREADS"] = "1"
    os.environ["XLA_FLAGS"] = (
        "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )

import numpy as np

import mininn as mn

NETWORKS = [
    ((2, 4, 6, 6, 4, 1), 1000),
    ((2, 4, 6, 6, 4, 1), 32),
    ((64, 32, 10), 32),
    ((784, 50, 10), 100),
    ((784, 128, 10), 64),
    ((784, 512, 512, 10), 256),
    ((784, 2048, 2048, 10), 1024),
]
LR = 1e-4
BATCH, SAMPLES = 32, 1000  # of an epoch


def problem(n, m, dtype):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n[0], m)).astype(dtype)
    if n[-1] == 1:
        Y = rng.integers(0, 2, (1, m)).astype(dtype)
        output, loss = "sigmoid", mn.binary_cross_entropy
    else:
        Y = mn.one_hot(rng.integers(0, n[-1], m), n[-1]).astype(dtype)
        output, loss = "softmax", mn.cross_entropy
    return mn.init(n, rng=1, output=output, dtype=dtype), X, Y, loss


def layers_of(net):
    return [*net.W.values()], [*net.b.values()]


def build_mininn(net, X, Y, loss):
    steps = mn.descend(net, X, Y, loss, lr=LR, epochs=sys.maxsize)
    # The step from a J is taken when the next one is asked for.
    return lambda: next(steps).J, lambda: layers_of(next(steps).net)


def epoch_mininn(net, X, Y, loss):
    rule = mn.adam(LR)
    steps = mn.descend(
        *(net, X, Y, loss),
        optimizer=rule,
        epochs=sys.maxsize,
        batch_size=BATCH,
        rng=0,
    )
    last = next(steps)

    def epoch():
        nonlocal last
        last = next(steps)
        return last.J

    return epoch, lambda: layers_of(last.net)


def build_products(net, X, Y, loss):
    W, L, A = net.W, net.L, mn.forward(net, X).A

    def step():
        for l in range(1, L + 1):
            W[l] @ A[l - 1]
        for l in range(L, 0, -1):
            A[l] @ A[l - 1].T
            if l > 1:
                W[l].T @ A[l]

    return step, None


def torch_model(net, X, Y):
    """The model, its X, Y and criterion, and a function for its weights."""
    import torch

    torch.set_num_threads(1)
    layers = []
    for l in range(1, net.L + 1):
        linear = torch.nn.Linear(net.n[l - 1], net.n[l])
        linear.weight = torch.nn.Parameter(torch.from_numpy(net.W[l].copy()))
        linear.bias = torch.nn.Parameter(torch.from_numpy(net.b[l][:, 0] + 0))
        layers += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    X = torch.from_numpy(np.ascontiguousarray(X.T))
    if net.n[-1] == 1:
        Y = torch.from_numpy(np.ascontiguousarray(Y.T))
        criterion = torch.nn.BCEWithLogitsLoss()
    else:
        Y = torch.from_numpy(Y.argmax(axis=0))
        criterion = torch.nn.CrossEntropyLoss()

    def weights():
        W, b = model.parameters(), model.parameters()
        return (
            [w.detach().numpy() for w in W if w.ndim == 2],
            [w.detach().numpy()[:, np.newaxis] for w in b if w.ndim == 1],
        )

    return model, X, Y, criterion, weights


def torch_step(model, criterion, optimizer, X, Y):
    optimizer.zero_grad()
    J = criterion(model(X), Y)
    J.backward()
    optimizer.step()
    return J.item()


def build_torch(net, X, Y, loss):
    import torch

    model, X, Y, criterion, weights = torch_model(net, X, Y)
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)
    return lambda: torch_step(model, criterion, optimizer, X, Y), weights


def epoch_torch(net, X, Y, loss, loader=False):
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    model, X, Y, criterion, weights = torch_model(net, X, Y)
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    loaded = DataLoader(TensorDataset(X, Y), BATCH, shuffle=True)

    def sliced():
        for i in torch.randperm(len(X)).split(BATCH):
            yield X[i], Y[i]

    def epoch():
        total = 0.0
        for some, labels in loaded if loader else sliced():
            J = torch_step(model, criterion, optimizer, some, labels)
            total += J * len(some)
        return total / len(X)

    return epoch, weights


def epoch_torch_loader(net, X, Y, loss):
    return epoch_torch(net, X, Y, loss, loader=True)


def build_sklearn(net, X, Y, loss):
    return sklearn_model(
        *(net, X, Y),
        solver="sgd",
        batch_size=X.shape[1],
        momentum=0,
        nesterovs_momentum=False,
        shuffle=False,
    )


def epoch_sklearn(net, X, Y, loss):
    return sklearn_model(net, X, Y, solver="adam", batch_size=BATCH)


def sklearn_model(net, X, Y, **options):
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        net.n[1:-1], alpha=0, learning_rate_init=LR, **options
    )
    rows = np.ascontiguousarray(X.T)
    ids = Y[0].astype(int) if len(Y) == 1 else Y.argmax(axis=0)
    classes = range(max(2, net.n[-1]))
    model.partial_fit(rows, ids, classes=classes)  # draws weights of its own
    del model._optimizer  # which remembers that step
    for l in net.W:
        model.coefs_[l - 1][:] = net.W[l].T
        model.intercepts_[l - 1][:] = net.b[l][:, 0]

    def weights():
        return (
            [w.T for w in model.coefs_],
            [w[:, np.newaxis] for w in model.intercepts_],
        )

    return lambda: model.partial_fit(rows, ids).loss_, weights


def build_jax(net, X, Y, loss):
    import jax

    if X.dtype == np.float64:
        jax.config.update("jax_enable_x64", True)
    jnp, L = jax.numpy, net.L
    weights = [(jnp.asarray(net.W[l]), jnp.asarray(net.b[l])) for l in net.W]
    X, Y = jnp.asarray(X), jnp.asarray(Y)

    def J(weights):
        A = X
        for l, (W, b) in enumerate(weights, 1):
            Z = W @ A + b
            A = jax.nn.relu(Z) if l < L else Z
        if Y.shape[0] == 1:
            return (jax.nn.softplus(Z) - Y * Z).mean()
        return -(Y * jax.nn.log_softmax(Z, axis=0)).sum(axis=0).mean()

    @jax.jit
    def update(weights):
        value, grads = jax.value_and_grad(J)(weights)
        return value, jax.tree.map(lambda w, d: w - LR * d, weights, grads)

    def step():
        nonlocal weights
        value, weights = jax.block_until_ready(update(weights))
        return float(value)

    return step, lambda: tuple(
        [np.asarray(w) for w in part] for part in zip(*weights, strict=True)
    )


def build_peer(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def build(net, X, Y, loss):
        layers = sorted(net.W)
        return module.build(
            [net.W[l] for l in layers], [net.b[l] for l in layers], X, Y
        )

    return build


STEPS = {
    "mininn": build_mininn,
    "products": build_products,
    "torch": build_torch,
    "sklearn": build_sklearn,
    "jax": build_jax,
}
EPOCHS = {
    "mininn": epoch_mininn,
    "torch, DataLoader": epoch_torch_loader,
    "torch, slices": epoch_torch,
    "sklearn": epoch_sklearn,
}


def available(peers, builds=STEPS):
    """The libraries that are here, by name, each with its build function."""
    here = {}
    for name, build in builds.items():
        library = name.split(",")[0]
        if library == "products" or importlib.util.find_spec(library):
            here[name] = build
        else:
            print(f"{name} is not installed, and left out")
    return here | {path.stem: build_peer(path) for path in peers}


def cpu_times(steps, rounds):
    """The median CPU seconds of each step, taken in turns."""
    repeats = {}
    for name, run in steps.items():
        run()
        start = time.process_time()
        run()
        once = time.process_time() - start
        repeats[name] = max(1, int(0.02 / max(once, 1e-6)))
    times = {name: [] for name in steps}
    for _ in range(rounds):
        for name, run in steps.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                run()
            spent = time.process_time() - start
            times[name].append(spent / repeats[name])
    return {name: median(t) for name, t in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", default="", help="networks that start so")
    parser.add_argument("--peers", type=Path, nargs="*", default=[])
    parser.add_argument("--epochs", action="store_true", help="time epochs")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", module="sklearn")
    if args.epochs:
        builds = available([], EPOCHS)
        networks = [(n, SAMPLES) for n in dict(NETWORKS) if max(n) < 1000]
    else:
        builds, networks = available(args.peers), NETWORKS
    others = [name for name in builds if name != "mininn"]
    print("| network | m | dtype | mininn, ms |", " | ".join(others), "|")
    print("|---|---|---|---|" + "---|" * len(others))
    for dtype in (np.float32, np.float64):
        for n, m in networks:
            label = "-".join(map(str, n))
            if not label.startswith(args.only):
                continue
            given = problem(n, m, dtype)
            built = {name: build(*given) for name, build in builds.items()}
            steps = {name: made[0] for name, made in built.items() if made}
            times = cpu_times(steps, args.rounds)
            ours = times["mininn"]
            ratios = " | ".join(
                f"{times[k] / ours:.2f}" if k in times else "" for k in others
            )
            row = f"| {label} | {m} | {dtype.__name__} | {1e3 * ours:.3g} |"
            print(row, ratios, "|", flush=True)


if __name__ == "__main__":
    main()
