"""What the chapter checking claims, measured again."""

import contextlib

import numpy as np
from claims.ledger import SEEDS, claims, functions, page

import mininn as mn


@claims(
    "checking",
    "Move *all* parameters at once, weights and biases, along one random "
    "direction.",
    "One number says *whether* all gradients are right",
)
def test_one_direction_through_all_parameters_finds_a_wrong_bias():
    code = page("checking", "code")
    needed = [c for c in code if "def central(" in c or "def problem(" in c]
    start = next(i for i, c in enumerate(code) if c.startswith("big, big_X"))
    for seed in SEEDS[:3]:
        here = {"mn": mn, "np": np, "loss": mn.binary_cross_entropy}
        for cell in needed:
            exec(functions(cell), here)
        here["problem"].__defaults__ = (seed,)
        with contextlib.redirect_stdout(None):
            for cell in code[start : start + 2]:
                exec(cell, here)
        net, grads, predicted = here["big"], here["grads"], here["predicted"]
        moving = [x.size for k in ("W_dot", "b_dot") for x in here[k].values()]
        assert sum(moving) == net.size
        speed = here["central"](here["moved"], 0.0, 1e-5)
        right = predicted(grads.dW, grads.db)
        assert mn.relative_error(speed, right) < 1e-7
        for l in grads.db:
            wrong = predicted(grads.dW, grads.db | {l: -7 * grads.db[l]})
            assert mn.relative_error(speed, wrong) > 1e-3
