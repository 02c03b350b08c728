"""The table that the book ships: the file, and what is read of it."""

import csv
import hashlib
from collections import Counter

import fetch_pyodide
import numpy as np
from claims.ledger import page
from places import BOOK

FILE = BOOK / "penguins.csv"
SHA256 = "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"


def rows():
    with FILE.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_file_is_that_of_palmerpenguins_byte_by_byte():
    data = FILE.read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256
    assert len(data) < 50_000
    assert any(SHA256 in text for text in page("data", "markdown"))


def test_the_numbers_are_those_of_its_authors():
    """The counts and means that the package's own pages print."""
    table = rows()
    assert len(table) == 344
    assert Counter(r["species"] for r in table) == {
        "Adelie": 152,
        "Gentoo": 124,
        "Chinstrap": 68,
    }
    assert Counter(r["sex"] for r in table) == {
        "male": 168,
        "female": 165,
        "NA": 11,
    }
    for name, mean in {
        "bill_length_mm": 43.92,
        "bill_depth_mm": 17.15,
        "flipper_length_mm": 200.9,
        "body_mass_g": 4202,
    }.items():
        there = [float(r[name]) for r in table if r[name] != "NA"]
        assert len(there) == 342
        assert abs(sum(there) / len(there) - mean) < 6e-4 * mean


def test_the_page_reads_these_numbers():
    (own,) = [c for c in page("data", "code") if '"mine.csv"' in c]
    cells = page("data", "code")
    following = cells[cells.index(own) + 1]
    here = {"np": np, "print": lambda *said, **how: None}
    own = own.replace('Path("mine.csv").exists()', "False")
    own = own.replace('"penguins.csv"', repr(str(FILE)))
    exec(own, here)
    exec(following, here)
    X = here["X"]
    assert X.shape == (5, 344)
    for i, row in enumerate(rows()):
        for j, name in enumerate(here["features"][:4]):
            text = row[name]
            same = (
                np.isnan(X[j, i]) if text == "NA" else X[j, i] == float(text)
            )
            assert same, (i, name)
        code = {"NA": None, "female": 0, "male": 1}[row["sex"]]
        assert np.isnan(X[4, i]) if code is None else X[4, i] == code


def test_the_table_goes_where_the_page_runs():
    assert "book/penguins.csv" in fetch_pyodide.data_files()
