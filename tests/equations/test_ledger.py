"""The equation ledger: every labelled equation of the book has a proof.

The proofs are the tests marked ``@proves("eq-...")`` in
this folder. Here their labels are compared with those of the book,
in both directions, and each formula with the one its proof was written for.
"""

import json
import re

import formulas
from places import BOOK


def test_every_displayed_equation_has_a_label_of_its_own():
    labels = []
    for chapter, formula, label in formulas.displayed():
        assert label, f"{chapter}: no label on {formula}"
        labels.append(label.lower())
    assert len(labels) == len(set(labels))


def test_a_displayed_equation_is_written_in_the_one_way_that_is_read():
    for path in formulas.pages():
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                read = len(formulas.DISPLAYED.findall(text))
                assert text.count("$$") == 2 * read, path.stem
                outside = formulas.DISPLAYED.sub("", text)
                assert "{math}" not in outside.replace("{math}`", "")
                assert "\\begin{" not in re.sub(r"\$[^$]*\$", "", outside)


def test_every_label_is_proved_and_every_proof_has_a_label():
    labels = [label for label, _, _ in formulas.proofs()]
    assert len(labels) == len(set(labels)), "an equation is proved twice"
    assert {label for _, _, label in formulas.displayed()} == set(labels)


def test_every_formula_is_printed_as_its_proof_was_written_for():
    assert not formulas.changed(), (
        "Hold each proof against the formula: tools/formulas.py shows both."
    )


def test_every_reference_to_an_equation_has_a_target():
    labels = {label for _, _, label in formulas.displayed()}
    for path in (*formulas.pages(), *BOOK.glob("*.md")):
        used = set(re.findall(r"\{eq\}`(.*?)`", path.read_text("utf-8")))
        assert used <= labels, f"{path.stem}: {used - labels}"
