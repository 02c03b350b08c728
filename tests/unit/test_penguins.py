"""The table that the book ships: the file, and what is read of it."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import fetch_pyodide
import numpy as np
import pytest
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
    here = {"np": np, "csv": csv, "print": lambda *said, **how: None}
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


TABLE = "a,kind\n1.5,cat\nNA,dog\n3,cat\n"
QUOTED = '"a","kind"\n"1.5","cat"\n"NA","dog"\n"3","cat"\n'


def read(text, monkeypatch, folder):
    """What the cell with the field makes of a file, and what it prints."""
    (own,) = [c for c in page("data", "code") if '"mine.csv"' in c]
    (folder / "mine.csv").write_bytes(text)
    monkeypatch.chdir(folder)
    said = []
    here = {"np": np, "csv": csv, "Path": Path}
    here["print"] = lambda *x, **how: said.append(x)
    exec(own, here)
    return here["head"], here["rows"].tolist(), said


@pytest.mark.parametrize(
    "text",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),  # as Excel writes it
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("\n", "\r").encode(),
        (TABLE + "\n\n").encode(),
        QUOTED.encode(),
    ],
    ids=["plain", "BOM", "CRLF", "CR", "empty lines", "quotes"],
)
def test_files_of_other_programs_are_the_same_table(
    text, monkeypatch, tmp_path
):
    head, rows, said = read(text, monkeypatch, tmp_path)
    assert head == ["a", "kind"]
    assert rows == [["1.5", "cat"], ["NA", "dog"], ["3", "cat"]]
    assert said[0] == ("mine.csv", "has", 3, "rows, and these columns:")
    assert said[1:] == [("a", "kind"), ("1.5", "cat")]  # of row 3 nothing


def test_a_comma_between_quotation_marks_cuts_nothing(monkeypatch, tmp_path):
    text = b'a,kind\n1,"big, dog"\n'
    assert read(text, monkeypatch, tmp_path)[1] == [["1", "big, dog"]]


@pytest.mark.parametrize(
    ("text", "lines", "entries"),
    [
        (TABLE.replace(",", ";"), 4, "[1]"),
        (TABLE + "4,cat,5\n", 5, "[2, 3]"),
        ("a;kind\n1,5;cat\n", 2, "[1, 2]"),
        ("a,kind\n", 1, "[2]"),
        ("", 0, "[]"),
    ],
    ids=["semicolons", "one too many", "decimal comma", "names alone", "none"],
)
def test_what_is_no_table_is_told_so(
    text, lines, entries, monkeypatch, tmp_path
):
    with pytest.raises(ValueError, match="delimiter=") as error:
        read(text.encode(), monkeypatch, tmp_path)
    begin = f"mine.csv: {lines} lines, of {entries} entries. It needs "
    assert str(error.value).startswith(begin)


def test_the_table_goes_where_the_page_runs():
    assert "book/penguins.csv" in fetch_pyodide.data_files()
