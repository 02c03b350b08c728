"""A glass box in an address, and as lines of Python.

The scripts run under node, once, on networks drawn from one seed. Without
node these tests are skipped; the whole check has it.
"""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

import mininn as mn
from mininn.glass.scripts import SCRIPTS, script

HERE, GLASS = Path(__file__).parent, ROOT / "mininn" / "glass"
NETWORKS = 200
SIZES = [[1, 1, 1], [2, 1], [2, 3, 1], [2, 3, 2, 2], [2, 4, 3], [2, 8, 8, 1]]
HIDDEN = ["tanh", "relu", "sigmoid", "leaky_relu(0.2)", "identity"]
OUTPUT = {
    "binary_cross_entropy": "sigmoid",
    "cross_entropy": "softmax",
    "euclidean": "identity",
}
OPTIMIZERS = [
    {"name": "gradient_descent", "lr": 0.5},
    {"name": "momentum", "lr": 0.1, "beta": 0.8},
    {"name": "nesterov", "lr": 1 / 3},
    {"name": "rmsprop", "lr": 1e-3, "eps": 1e-7},
    {"name": "adam", "lr": 0.03, "beta1": 0.85},
    {"name": "adamw", "lr": 0.01, "weight_decay": 0.1},
]
# What stands in a sound address, and what somebody writes there instead.
HOSTILE = [
    ("another version", "=1~", "=2~"),
    ("a size too large", "~1.1.1~", "~1.11.1~"),
    ("sizes by the thousand", "~1.1.1~", "~1.9999.1~"),
    ("no size", "~1.1.1~", "~1.0.1~"),
    ("a size below zero", "~1.1.1~", "~1.-1.1~"),
    ("six layers", "~1.1.1~tanh*", "~1.1.1.1.1.1~tanh*tanh*tanh*tanh*"),
    ("an unknown function", "~tanh*", "~constructor*"),
    ("a function of a prototype", "~tanh*", "~__proto__*"),
    ("softmax inside", "~tanh*", "~softmax*"),
    ("another output", "*sigmoid~", "*tanh~"),
    ("a slope that is none", "~tanh*", "~leaky_relu(1e999)*"),
    ("an unknown loss", "~binary_cross_entropy~", "~toString~"),
    ("an unknown optimiser", "~gradient_descent*", "~valueOf*"),
    ("a rate below zero", "lr*0.5", "lr*-0.5"),
    ("a rate that is no number", "lr*0.5", "lr*NaN"),
    ("a rate without end", "lr*0.5", "lr*Infinity"),
    ("no rate", "*lr*0.5", ""),
    ("a setting of another", "lr*0.5", "lr*0.5*beta*0.5"),
    ("a setting of a prototype", "lr*0.5", "lr*0.5*__proto__*1"),
    ("an unknown wrong formula", "~~forward", "~hasOwnProperty~forward"),
    ("an unknown view", "~forward~", "~sideways~"),
    ("an unknown quantity", "~W.1.0.0~", "~V.1.0.0~"),
    ("a layer that is not there", "~W.1.0.0~", "~W.3.0.0~"),
    ("layer 0", "~W.1.0.0~", "~W.0.0.0~"),
    ("a unit that is not there", "~W.1.0.0~", "~W.1.1.0~"),
    ("an input that is not there", "~W.1.0.0~", "~W.1.0.1~"),
    ("no unit", "~W.1.0.0~", "~W.1..0~"),
    ("a sample that is not there", "~2~page", "~5~page"),
    ("a sample below zero", "~2~page", "~-1~page"),
    ("data that the page has not", "~page", "~cloud"),
    ("data of a prototype", "~page", "~constructor"),
    ("points by the thousand", "~page", "~.9999.sAAA.sAAA"),
    ("no points", "~2~page", "~0~.0.s.s"),
    ("fewer points than said", "~page", "~.5.sAAA.sAAA"),
    ("a label above 1", "~page", "~.1.sAAA.sIE4"),
    ("another part", "~page", "~page~more"),
    ("a part less", "~page", ""),
    ("markup", "~page", "~<img src=x onerror=alert(1)>"),
]


def drawn(seed):
    """The spec of a box, as ``mn.glass.box`` stores it."""
    rng = np.random.default_rng(seed)
    n = SIZES[seed % len(SIZES)]
    L, m = len(n) - 1, 5
    loss = list(OUTPUT)[seed // 6 % 3]
    if n[-1] == 1 and loss == "cross_entropy":
        loss = "euclidean"
    layers = range(1, L + 1)
    scale = rng.choice([1, 1e-9, 1e6])
    X = rng.standard_normal((n[0], m))
    if seed % 3:
        X = X.round(4)  # as the points of the book: two bytes each
    X[0, 0] = -0.0 if seed % 5 == 0 else X[0, 0]
    Y = {
        "binary_cross_entropy": lambda: rng.integers(0, 2, (n[-1], m)),
        "cross_entropy": lambda: np.eye(n[-1])[:, rng.integers(0, n[-1], m)],
        "euclidean": lambda: rng.standard_normal((n[-1], m)),
    }[loss]()
    place = {"kind": "W", "l": 1, "i": 0, "k": 0}
    if seed % 2:
        place = {"kind": "da", "l": 1, "i": 0} if L > 1 else {"kind": "J"}
    return {
        "v": 1,
        "n": n,
        "g": [HIDDEN[(seed + l) % len(HIDDEN)] for l in layers[1:]]
        + [OUTPUT[loss]],
        "W": [
            (scale * rng.standard_normal((n[l], n[l - 1]))).tolist()
            for l in layers
        ],
        "b": [rng.standard_normal(n[l]).tolist() for l in layers],
        "X": X.tolist(),
        "Y": Y.astype(float).tolist(),
        "loss": loss,
        "opt": OPTIMIZERS[seed % len(OPTIMIZERS)],
        "mode": ["forward", "backward"][seed % 2],
        "wrong": [None, "one-over-m", "g-for-prime"][seed % 3],
        "sample": int(rng.integers(m)),
        "open": place,
    }


def first():
    """The box that hostile addresses are handed to."""
    return {
        **drawn(0),
        "g": ["tanh", "sigmoid"],
        "W": [[[1.5]], [[-2.0]]],
        "b": [[0.25], [0.5]],
        "Y": [[0.0, 1.0, 1.0, 0.0, 1.0]],
        "loss": "binary_cross_entropy",
        "sample": 2,
    }


def as_text(numbers):
    """Numbers as an address holds them."""
    raw = base64.urlsafe_b64encode(np.array(numbers, "<f8").tobytes())
    return f"~{raw.decode().rstrip('=')}~"


@pytest.fixture(scope="module")
def ran():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    specs = [first(), *map(drawn, range(1, NETWORKS))]
    X, Y = mn.circles(20, rng=1)
    specs[2] |= {  # data that a page has by name
        "n": [2, 3, 1],
        "X": X.round(4).tolist(),
        "Y": Y.tolist(),
        "loss": "binary_cross_entropy",
        "g": ["tanh", "sigmoid"],
        "data": {
            "rings": {
                "X": X.round(4).tolist(),
                "Y": Y.tolist(),
                "python": "X, Y = mn.circles(20, rng=1)\nX = X.round(4)",
            }
        },
    }
    numbers = [1.5, 0.25, -2.0, 0.5]
    hostile = [
        *HOSTILE,
        ("a weight that is nan", as_text(numbers), as_text([np.nan, 0, 0, 0])),
        ("an infinite weight", as_text(numbers), as_text([np.inf, 0, 0, 0])),
        ("a number too few", as_text(numbers), as_text(numbers[1:])),
        ("a number too many", as_text(numbers), as_text([0, *numbers])),
        ("no base64", as_text(numbers), "~" + 43 * "<" + "~"),
    ]
    asked = {"specs": specs, "hostile": hostile, "seed": 1}
    out = subprocess.run(
        [node, HERE / "glass_share.mjs", GLASS],
        input=json.dumps(asked),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


def test_a_box_comes_out_of_an_address_bit_for_bit(ran):
    kept = ran["kept"]
    assert len(kept) == NETWORKS
    assert [at for at, box in enumerate(kept) if not box["same"]] == []


def test_a_box_reads_its_own_part_of_an_address_alone(ran):
    assert all(box["elsewhere"] for box in ran["kept"])


def test_thirteen_numbers_take_less_than_300_signs(ran):
    assert ran["kept"][2]["length"] < 300


def test_an_address_that_nobody_made_changes_nothing(ran):
    assert [name for name, changed, _ in ran["refused"] if not changed] == []
    assert [name for name, _, refused in ran["refused"] if not refused] == []


def test_an_address_with_other_signs_never_throws(ran):
    assert ran["bad"] == []
    assert ran["taken"] > 20  # such as another digit of a weight


def run(lines):
    """What the lines print."""
    printed = []
    exec(compile(lines, "copied", "exec"), {"print": printed.append})
    return printed


def test_python_prints_the_cost_of_the_page(ran):
    for box in ran["kept"]:
        assert max(map(len, box["python"].splitlines())) <= 79
        (J,) = run(box["python"])
        assert J == pytest.approx(box["J"], rel=1e-12)


def test_data_of_mininn_are_asked_from_mininn(ran):
    named = [
        box["python"] for box in ran["kept"] if "mn.circles" in box["python"]
    ]
    assert len(named) == 1
    assert "X, Y = mn.circles(20, rng=1)" in named[0]
    (J,) = run(named[0])
    assert J == pytest.approx(ran["kept"][2]["J"], rel=1e-12)


def test_python_says_that_a_formula_was_wrong(ran):
    for at, box in enumerate(ran["kept"]):
        said = (
            "# In the page a wrong formula was switched on:" in box["python"]
        )
        assert said == bool(drawn(at)["wrong"])


LARGEST = """
const sizes = Array(6).fill(10), rows = (r, c) =>
  Array.from({ length: r }, (_, i) =>
    Array.from({ length: c }, (_, k) => Math.sin(1 + i + 10 * k)));
const spec = {
  n: sizes, g: [...Array(4).fill("tanh"), "identity"], loss: "euclidean",
  W: Array.from({ length: 5 }, () => rows(10, 10)),
  b: Array.from({ length: 5 }, () => rows(10, 1).flat()),
  X: rows(10, 400), Y: rows(10, 400),
};
const model = new glass.Model(spec);
model.set({ kind: "x", i: 0 }, 0.123456789);
const found = glass.share.fromHash(glass.share.toHash(model), spec);
console.log(JSON.stringify(found && found.X[0][0]));
"""


def test_the_largest_box_there_is_comes_out_of_an_address():
    node = shutil.which("node") or pytest.skip("node is not installed")
    program = script(start=False) + LARGEST
    ran = subprocess.run(
        [node, "-"], input=program, capture_output=True, encoding="utf-8"
    )
    assert json.loads(ran.stdout) == 0.123456789, ran.stderr


def test_share_comes_after_what_it_uses():
    assert SCRIPTS.index("model") < SCRIPTS.index("share")
