"""Where things stand: the one definition that tools and tests share."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
TESTS = ROOT / "tests"
REFERENCE = TESTS / "reference"
