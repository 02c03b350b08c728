"""Fifty epochs of the rings network in PyTorch, from a start of mininn.

Run it in the folder of the project: python book/scripts/torch_fifty.py
It ends with an error if a cost differs from that of mininn by 1e-6.
"""

import numpy as np
import torch
from torch import nn

import mininn as mn


def there(net):
    """Return a model with the weights of a network."""
    layers = []
    for l in net.W:
        linear = nn.Linear(net.n[l - 1], net.n[l], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(net.W[l]))
            linear.bias.copy_(torch.tensor(net.b[l].ravel()))
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])  # the loss has the sigmoid


def back(model, g):
    """Return a network with the weights of a model."""
    linear = [part for part in model if isinstance(part, nn.Linear)]
    W = [part.weight.detach().numpy() for part in linear]
    b = [part.bias.detach().numpy().reshape(-1, 1) for part in linear]
    return mn.Network(dict(enumerate(W, 1)), dict(enumerate(b, 1)), g)


def train(model, X, Y, *, epochs=50, batch_size=32, lr=0.01, rng=2):
    """Return the cost of all samples, before and after each epoch."""
    rng = np.random.default_rng(rng)
    loss = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    dtype = next(model.parameters()).dtype
    x, y = (torch.tensor(A.T, dtype=dtype) for A in (X, Y))  # rows
    costs = []
    for epoch in range(epochs + 1):
        model.eval()
        with torch.no_grad():  # nothing to differentiate here
            costs.append(loss(model(x), y).item())
        if epoch == epochs:
            return costs
        model.train()
        for batch in mn.minibatches(X, Y, batch_size, rng=rng):
            x_b, y_b = (torch.tensor(A.T, dtype=dtype) for A in batch)
            optimizer.zero_grad()
            loss(model(x_b), y_b).backward()
            optimizer.step()


def problem():
    """Return 900 points of two rings, 100 others, and a start."""
    data = mn.split(*mn.circles(1000, rng=0), held_out=0.1, rng=0)
    return *data, mn.init([2, 4, 6, 6, 4, 1], rng=2)


if __name__ == "__main__":
    X, Y, X_held_out, Y_held_out, net = problem()
    model = there(net)
    theirs = train(model, X, Y)
    adam, bce = mn.adam(0.01), mn.binary_cross_entropy
    how = {"optimizer": adam, "epochs": 50, "batch_size": 32, "rng": 2}
    ours = mn.train(net, X, Y, bce, **how)[1]
    for epoch in (0, 1, 10, 50):
        print(f"epoch {epoch:2}: PyTorch {theirs[epoch]:.10f}", end=", ")
        print(f"mininn {ours[epoch]:.10f}")
    right = mn.accuracy(back(model, net.g), X_held_out, Y_held_out)
    print(f"held-out points right: {right:.0%}")
    worst = np.abs(np.subtract(theirs, ours)).max()
    print(f"largest difference of the 51 costs: {worst:.1e}")
    if worst > 1e-6:
        raise SystemExit("the two do not agree")
