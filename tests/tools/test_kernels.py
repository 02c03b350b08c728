"""The kernels of the chapters' tests: new processes that paint nothing."""

import os
import subprocess
import sys

import pytest
from places import ROOT

# Two kernels, one after the other, run the same cell.
PROGRAM = """
import sys
import surroundings
surroundings.settle()
import kernels
kernels.leave_pictures_blank()
if sys.argv[1] == "fork":
    kernels.fork()
import nbformat
from nbclient import NotebookClient
for _ in range(2):
    cell = nbformat.v4.new_code_cell(sys.argv[2])
    book = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(book, kernel_name="python3").execute()
    print(*(output["text"] for output in cell.outputs), end="")
"""
CELL = """
import base64, os
import matplotlib.pyplot as plt
from IPython.core.pylabtools import print_figure
point = base64.b64decode(print_figure(plt.subplots()[0], base64=True))
print("left" in globals(), os.getppid(), os.getpid(), point[16:24].hex())
left = "by the kernel before"
plt.close()
"""


@pytest.mark.whole
@pytest.mark.parametrize(
    ("way", "folder"), [("fork", ""), ("fork", "f" * 90), ("command", "")]
)
def test_each_chapter_has_a_new_process_that_paints_one_point(
    way, folder, monkeypatch, tmp_path
):
    if folder:  # too long for the address of a socket
        (tmp_path / folder).mkdir()
        monkeypatch.setenv("TMPDIR", str(tmp_path / folder))
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, way, CELL],
        cwd=ROOT / "tools",
        env={k: v for k, v in os.environ.items() if k != "MININN_SETTLED"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    first, second = (line.split() for line in run.stdout.splitlines())
    for left, _, _, size in (first, second):
        assert left == "False"
        assert size == "00000001" * 2
    assert first[2] != second[2]
    # One process starts both: the one that has loaded what they need.
    assert first[1] == second[1]
