"""What the tests of the pages leave behind."""

import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def closed_engine():
    """Close the engine that typesets formulas, if a test has started it."""
    yield
    formulas = sys.modules.get("mininn_pages.formulas")
    if formulas:
        formulas.close_engine()
