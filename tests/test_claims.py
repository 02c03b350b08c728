"""What the prose says, measured again.

``@claims("chapter", "words")`` says which words of a chapter a test stands
for. The test repeats the measurement behind them on other seeds than the
page's, so that a claim which holds for one draw only fails here. The last
test of this file looks for the words of all files: a chapter that says
something else needs another measurement.
"""

import ast
import json
from pathlib import Path

import pytest
from proofs import claims

import mininn as mn

TESTS = Path(__file__).parent
BOOK = TESTS.parent / "book"
SEEDS = range(100, 110)


def train(n, X, Y, epochs, seed, lr, **init):
    net = mn.init(n, rng=seed, **init)
    return mn.train(net, X, Y, mn.binary_cross_entropy, lr=lr, epochs=epochs)


# --- errata -------------------------------------------------------------


@claims(
    "errata",
    "That program has a wider network, 2-25-50-50-25-1, and there this start "
    "is a good one.",
    "The number 0.1 is neither right nor wrong: it has to fit the sizes.",
)
@claims(
    "rings",
    "It is that of a later program of its author, for a wider network, where "
    "it learns",
)
def test_small_weights_learn_in_a_wide_network_and_not_in_a_narrow_one():
    X, Y = mn.circles(100, rng=3)
    for n, least, most in (
        ([2, 4, 6, 6, 4, 1], 0, 0),
        ([2, 25, 50, 50, 25, 1], 5, 5),
    ):
        ends = [
            train(n, X, Y, 400, seed, 0.3, scheme=0.1)[1][-1]
            for seed in SEEDS[:5]
        ]
        assert least <= sum(J < 0.1 for J in ends) <= most


# --- the words ----------------------------------------------------------


def claimed():
    """Yield (chapter, words, test) for each claim that a test measures."""
    for path in sorted(TESTS.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for call in node.decorator_list:
                    if ast.unparse(call).startswith("claims("):
                        assert node.name.startswith("test_"), node.name
                        chapter, *words = map(ast.literal_eval, call.args)
                        for said in words:
                            yield chapter, said, node.name


@pytest.mark.parametrize(("chapter", "words", "test"), [*claimed()])
def test_the_words_stand_in_the_chapter(chapter, words, test):
    path = BOOK / f"{chapter}.ipynb"
    prose = " ".join(
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    )
    assert words in " ".join(prose.split()), f"measured by {test}"
