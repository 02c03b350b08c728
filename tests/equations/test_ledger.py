"""The equation ledger: every labelled equation of the book has a proof.

The proofs are the tests marked ``@proves("eq-...")`` in
this folder. Here their labels are compared with those of the book,
in both directions.
"""

import ast
import json
import re

from places import BOOK, TESTS


def pages():
    """The notebooks; a browser's Python cannot read the table of contents."""
    return [*BOOK.glob("*.ipynb"), *(BOOK / "further").glob("*.ipynb")]


def displayed():
    """Yield (chapter, formula, label or None) for each displayed equation."""
    for path in pages():
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"])
                for formula, label in re.findall(
                    r"^\$\$$(.*?)^\$\$(?: \((.*?)\))?$",
                    text,
                    re.DOTALL | re.MULTILINE,
                ):
                    yield path.stem, formula, label or None


def proofs():
    """Yield (label, test) for each label that a test says it proves."""
    for path in sorted((TESTS / "equations").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for call in node.decorator_list:
                    if ast.unparse(call).startswith("proves("):
                        assert node.name.startswith("test_"), node.name
                        for label in call.args:
                            yield label.value, node.name


def test_every_displayed_equation_has_a_label_of_its_own():
    labels = []
    for chapter, formula, label in displayed():
        assert label, f"{chapter}: no label on {formula}"
        labels.append(label.lower())
    assert len(labels) == len(set(labels))


def test_every_label_is_proved_and_every_proof_has_a_label():
    labels = [label for label, _ in proofs()]
    assert len(labels) == len(set(labels)), "an equation is proved twice"
    assert {label for _, _, label in displayed()} == set(labels)


def test_every_reference_to_an_equation_has_a_target():
    labels = {label for _, _, label in displayed()}
    for path in pages():
        used = set(re.findall(r"\{eq\}`(.*?)`", path.read_text("utf-8")))
        assert used <= labels, f"{path.stem}: {used - labels}"
