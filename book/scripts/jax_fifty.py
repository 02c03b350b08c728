"""The same fifty epochs in JAX: python book/scripts/jax_fifty.py."""

import jax
import jax.numpy as jnp
import numpy as np

import mininn as mn

jax.config.update("jax_enable_x64", True)  # before the first array


def score(layers, x):
    """Return the scores of samples in rows, before the sigmoid."""
    for W, b in layers[:-1]:
        x = jax.nn.relu(x @ W.T + b)
    W, b = layers[-1]
    return x @ W.T + b


def cost(layers, x, y):
    """Return the mean binary cross-entropy, from scores."""
    z = score(layers, x)
    return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-abs(z))))


@jax.jit
def step(layers, P, Q, t, x, y, lr=0.01):
    """Return the layers and both means of Adam after one step."""
    d = jax.grad(cost)(layers, x, y)
    P = jax.tree.map(lambda p, g: 0.9 * p + 0.1 * g, P, d)
    Q = jax.tree.map(lambda q, g: 0.999 * q + 0.001 * g**2, Q, d)

    def moved(theta, p, q):
        p_hat, q_hat = p / (1 - 0.9**t), q / (1 - 0.999**t)
        return theta - lr * p_hat / (jnp.sqrt(q_hat) + 1e-8)

    return jax.tree.map(moved, layers, P, Q), P, Q


def train(net, X, Y, *, epochs=50, batch_size=32, rng=2):
    """Return the cost of all samples, before and after each epoch."""
    layers = [(net.W[l], net.b[l].ravel()) for l in net.W]
    layers = jax.tree.map(jnp.array, layers)
    P = Q = jax.tree.map(jnp.zeros_like, layers)
    rng, t = np.random.default_rng(rng), 0
    costs = [cost(layers, X.T, Y.T).item()]
    for _ in range(epochs):
        for x, y in mn.minibatches(X, Y, batch_size, rng=rng):
            t += 1
            layers, P, Q = step(layers, P, Q, t, x.T, y.T)
        costs.append(cost(layers, X.T, Y.T).item())
    return costs


if __name__ == "__main__":
    X, Y, *_ = mn.split(*mn.circles(1000, rng=0), held_out=0.1, rng=0)
    net = mn.init([2, 4, 6, 6, 4, 1], rng=2)
    adam, bce = mn.adam(0.01), mn.binary_cross_entropy
    how = {"optimizer": adam, "epochs": 50, "batch_size": 32, "rng": 2}
    ours = mn.train(net, X, Y, bce, **how)[1]
    worst = np.abs(np.subtract(train(net, X, Y), ours)).max()
    print(f"largest difference of the 51 costs: {worst:.1e}")
    if worst > 1e-6:
        raise SystemExit("the two do not agree")
