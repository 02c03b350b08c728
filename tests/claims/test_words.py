"""The words that each test of a claim stands for are in the chapter."""

import ast

import pytest
from claims.ledger import page
from places import TESTS


def claimed():
    """Yield (chapter, words, test) for each claim that a test measures."""
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body if "@claims(" in text else []:
            if isinstance(node, ast.FunctionDef):
                for call in node.decorator_list:
                    if ast.unparse(call).startswith("claims("):
                        assert node.name.startswith("test_"), node.name
                        chapter, *words = map(ast.literal_eval, call.args)
                        for said in words:
                            yield chapter, said, node.name


@pytest.mark.parametrize(("chapter", "words", "test"), [*claimed()])
def test_the_words_stand_in_the_chapter(chapter, words, test):
    prose = " ".join(" ".join(page(chapter, "markdown")).split())
    assert words in prose, f"measured by {test}"
