"""Run the scripts of the page ``pytorch``, and compare with what is stored.

    python tools/frameworks.py            compares
    python tools/frameworks.py --write    stores

Each needs its framework: PyTorch, JAX, or Keras above one of them. What is
not installed is left out. The numbers are in ``tests/reference``.
"""

import importlib.metadata
import importlib.util
import json
import sys

import numpy as np
from places import BOOK, REFERENCE


def script(name):
    """Return a script of the book as a module."""
    path = BOOK / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def version(*names):
    """Return what was used, as the file of numbers says it."""
    return ", ".join(f"{x} {importlib.metadata.version(x)}" for x in names)


def of_torch():
    """Return the costs of PyTorch, in float64 and float32, and its start."""
    import torch

    fifty = script("torch_fifty")
    X, Y, *_, net = fifty.problem()
    model = fifty.there(net)
    J = fifty.train(model, X, Y)
    back = fifty.back(model, net.g)
    torch.manual_seed(0)
    drawn = [torch.nn.Linear(100, 50) for _ in range(200)]
    W = torch.stack([x.weight for x in drawn]).detach().numpy()
    b = torch.stack([x.bias for x in drawn]).detach().numpy()
    return {
        "source": version("torch") + ", book/scripts/torch_fifty.py",
        "J": J,
        "W": [back.W[l].tolist() for l in back.W],
        "b": [back.b[l].tolist() for l in back.b],
        "J float32": fifty.train(fifty.there(net).float(), X, Y),
        "Linear(100, 50)": {
            "dtype": str(drawn[0].weight.dtype),
            "largest W": float(abs(W).max()),
            "deviation of W": float(W.std()),
            "largest b": float(abs(b).max()),
            "deviation of b": float(b.std()),
        },
    }


def of_jax():
    """Return the costs of JAX."""
    fifty = script("jax_fifty")
    mn = fifty.mn
    X, Y, *_ = mn.split(*mn.circles(1000, rng=0), held_out=0.1, rng=0)
    net = mn.init([2, 4, 6, 6, 4, 1], rng=2)
    return {
        "source": version("jax", "jaxlib") + ", book/scripts/jax_fifty.py",
        "J": fifty.train(net, X, Y),
    }


def of_keras():
    """Return the held-out cost and accuracy of Keras, from ten starts."""
    keras = script("keras_rings")
    below = {"torch": ["torch"], "jax": ["jax", "jaxlib"]}
    used = below[keras.keras.backend.backend()]
    runs = [keras.run(seed) for seed in range(10)]
    return {
        "source": version("keras", *used) + ", book/scripts/keras_rings.py",
        "J": [J for J, _ in runs],
        "right": [round(right, 4) for _, right in runs],
    }


NUMBERS = {
    "torch": ("torch_fifty.json", of_torch, 1e-6),
    "jax": ("jax_fifty.json", of_jax, 1e-6),
    "keras": ("keras_rings.json", of_keras, 0.05),  # float32, and chaos
}


def main(write):
    """Run what is installed; return what differs from what is stored."""
    wrong = []
    for package, (name, numbers, most) in NUMBERS.items():
        if not importlib.util.find_spec(package):
            print(f"{package} is not installed")
            continue
        now, path = numbers(), REFERENCE / name
        if write:
            text = json.dumps(now, indent=None, ensure_ascii=False)
            path.write_text(text.replace('", "', '",\n"') + "\n", "utf-8")
        stored = json.loads(path.read_text(encoding="utf-8"))
        off = np.abs(np.subtract(np.sort(now["J"]), np.sort(stored["J"])))
        worst = np.median(off) if package == "keras" else off.max()
        print(f"{now['source']}: differs by {worst:.1e}")
        if not worst <= most:
            wrong.append(package)
    return wrong


if __name__ == "__main__":
    if wrong := main("--write" in sys.argv[1:]):
        raise SystemExit(f"not as stored: {', '.join(wrong)}")
