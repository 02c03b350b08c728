"""Show each formula that is printed otherwise than its proof was written for.

    python tools/formulas.py               the formulas, beside their proofs
    python tools/formulas.py --read LABEL  say that a proof was read again

A proof is code, and cannot see what the page prints. So the formula of each
label is kept as it was when somebody last held its proof against it, in
``tests/equations/printed.json``; a formula that changes, be it a sign, turns
a test red until that was done again.
"""

import argparse
import ast
import json
import re

from places import BOOK, TESTS

PRINTED = TESTS / "equations" / "printed.json"
DISPLAYED = re.compile(
    r"^\$\$$(.*?)^\$\$(?: \((.*?)\))?$", re.DOTALL | re.MULTILINE
)


def pages():
    """The notebooks; a browser's Python cannot read the table of contents."""
    return [*BOOK.glob("*.ipynb"), *(BOOK / "further").glob("*.ipynb")]


def displayed():
    """Yield (chapter, formula, label or None) for each displayed equation."""
    for path in pages():
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"])
                for formula, label in DISPLAYED.findall(text):
                    yield path.stem, " ".join(formula.split()), label or None


def proofs():
    """Yield (label, path, test as a tree) for each label that a test proves.

    Raises
    ------
    ValueError
        Where a function is marked that is no test.
    """
    for path in sorted((TESTS / "equations").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for call in node.decorator_list:
                    if ast.unparse(call).startswith("proves("):
                        if not node.name.startswith("test_"):
                            raise ValueError(f"{node.name} is no test")
                        for label in call.args:
                            yield label.value, path, node


def printed():
    """Return label -> formula, as the proofs were written for."""
    return json.loads(PRINTED.read_text(encoding="utf-8"))


def changed():
    """Return label -> (formula before, formula now) where the two differ."""
    before, now = printed(), {label: f for _, f, label in displayed()}
    return {
        label: (before.get(label), now.get(label))
        for label in sorted({*before, *now}, key=str)
        if before.get(label) != now.get(label)
    }


def store(kept):
    """Write label -> formula, but for those that are gone."""
    text = json.dumps(
        {label: kept[label] for label in sorted(kept) if kept[label]},
        ensure_ascii=False,
        indent=1,
    )
    PRINTED.write_text(text + "\n", encoding="utf-8")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "--read",
        nargs="+",
        default=[],
        metavar="LABEL",
        help="say that the proof was held against the formula again",
    )
    read, differ = options.parse_args().read, changed()
    for label in read:
        if label not in differ:
            known = label in printed()
            options.error(
                f"{label} is printed as its proof was written for"
                if known
                else f"no formula has the label {label}"
            )
    if read:
        store(printed() | {label: differ[label][1] for label in read})
    proved = {label: (path, node) for label, path, node in proofs()}
    for label, (before, now) in differ.items():
        if label in read:
            continue
        print(f"{label}\n  before: {before}\n  now:    {now}")
        if label in proved:
            path, node = proved[label]
            print(f"  {path.name}:{node.lineno}\n{ast.unparse(node)}\n")


if __name__ == "__main__":
    main()
