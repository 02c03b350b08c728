"""What a chapter stores: no widget, and numbers that a test compares."""

import json
import re
import subprocess
import sys

import chapters
import fresh
import nbformat
import pytest
import refresh
from places import ROOT

VIEW = "application/vnd.jupyter.widget-view+json"
CELLS = [
    "import numpy as np\n\nimport mininn as mn\nfrom mininn.glass import box",
    "X, Y = np.array([[0.5, -1.0], [0.25, 2.0]]), np.array([[1.0, 0.0]])\n"
    "net = mn.init([2, 3, 1], rng=1, hidden=mn.tanh)\n"
    "box(net, X, Y, mn.binary_cross_entropy)",
    'mn.ask("What is 0.1 + 0.2?", 0.1 + 0.2)',
]


def book(cells):
    """A notebook of these cells, as Jupyter would save it."""
    made = nbformat.v4.new_notebook(metadata=chapters.KERNEL)
    made.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    return made


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The text of a notebook with a box and a question, after a run."""
    pytest.importorskip("anywidget")
    path = tmp_path_factory.mktemp("book") / "box.ipynb"
    nbformat.write(book(CELLS), path)
    return refresh.run(path)


@pytest.mark.whole
def test_a_kernel_shows_a_widget_of_which_nothing_is_stored(stored):
    """Of a widget the page would ask other hosts for its program."""
    assert "widget" not in json.dumps(json.loads(stored)["metadata"])
    assert VIEW not in stored
    outputs = [c["outputs"] for c in json.loads(stored)["cells"]]
    assert outputs[0] == []
    for (output,) in outputs[1:]:
        assert set(output["data"]) == {"text/html", "text/plain"}
        assert output["metadata"] == {}


def test_a_widget_in_an_output_is_taken_out():
    made = book(CELLS[1:2])
    made.metadata["widgets"] = {"application/x": {"state": {}}}
    data = {VIEW: {"model_id": "1"}, "text/html": "<p></p>"}
    made.cells[0]["outputs"] = [
        nbformat.v4.new_output("execute_result", data, metadata={VIEW: {}})
    ]
    text = refresh.normalise(made, "box")
    assert "widget" not in text
    assert "text/html" in text


def changed(text, kind):
    """The notebook with one digit of one form of one output changed."""
    there = json.loads(text)
    data = there["cells"][1]["outputs"][0]["data"]
    whole = "".join(data[kind])
    digit = re.search(r"(?<=\d\.\d)\d", whole)
    other = str((int(digit[0]) + 1) % 10)
    data[kind] = whole[: digit.start()] + other + whole[digit.end() :]
    return json.dumps(there)


@pytest.mark.whole
def test_nbval_passes_what_is_stored_and_sees_a_changed_number(
    stored, tmp_path
):
    """A kernel gives a widget more than is stored: that alone is no change."""
    texts = {
        "as_stored": stored,
        "other_html": changed(stored, "text/html"),
        "other_text": changed(stored, "text/plain"),
    }
    for name, text in texts.items():
        assert (text == stored) is (name == "as_stored")
        (tmp_path / f"{name}.ipynb").write_text(text, "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rf", "-n", "0"),
            *("-c", ROOT / "pyproject.toml", "--rootdir", tmp_path),
            *("--nbval-sanitize-with", ROOT / "book/nbval_sanitize.cfg"),
            tmp_path,
        ],
        cwd=ROOT,
        env=fresh.clean(),
        capture_output=True,
        encoding="utf-8",
    )
    failed = re.findall(r"^FAILED (\S+)::Cell (\d)", done.stdout, re.MULTILINE)
    assert [(name.split("/")[-1], cell) for name, cell in failed] == [
        ("other_html.ipynb", "1"),
        ("other_text.ipynb", "1"),
    ], done.stdout
    assert "7 passed" in done.stdout
