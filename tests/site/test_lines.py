"""What a cell prints fits its column, as its code does."""

import chapters
import pytest

COLUMN = 79
# Sentences of `mn.trouble` go on in the next line, and so do the names of the
# columns of a file.
GOES_ON = ("layer ", "J = ", "X is ", "95% right, and J = ", "species, ")


@pytest.mark.parametrize("name", chapters.notebooks())
def test_what_a_cell_prints_fits_its_column(name):
    wide = [
        (i, line)
        for i, cell in enumerate(chapters.read(name)["cells"])
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
        for line in "".join(output["text"]).splitlines()
        if len(line) > COLUMN and not line.startswith(GOES_ON)
    ]
    assert wide == []
