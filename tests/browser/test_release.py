"""A notebook that was handed out with an address, in a browser's Python.

Its first cell gets mininn and the key from there. Here one server has both,
and the Python of the site, from which mininn is left out.
"""

import json
import shutil

import pytest
from chromium import served

from mininn.exercises.author import build, release, wheel
from mininn.exercises.author.notebooks import read

START = """async ([index, cell, answer]) => {
  const { loadPyodide } = await import(`${index}pyodide.mjs`);
  const python = await loadPyodide({
    indexURL: index,
    lockFileURL: `${index}pyodide-lock.json`,
  });
  const said = [];
  python.setStdout({ batched: (line) => said.push(line) });
  await python.loadPackage(["micropip", "numpy"], { messageCallback() {} });
  for (const text of [cell, cell, answer]) await python.runPythonAsync(text);
  return said;
}"""
ANSWER = """
import os, sys
from mininn.exercises import check
check("softmax", lambda Z: Z)
print(sys.platform, os.path.exists("softmax.json"))
"""


def test_the_first_cell_gets_mininn_and_the_key(built, browser, tmp_path):
    manager = pytest.importorskip("IPython.core.inputtransformer2")
    shutil.copytree(built / "lite" / "pyodide", tmp_path / "pyodide")
    (tmp_path / "empty.html").write_text("<!doctype html>", "utf-8")
    course = tmp_path / "course"
    course.mkdir()
    (source,) = build.sources(build.BOOK / "source", ["softmax"])
    (course / "softmax.json").write_text(build.public(source)["key"], "utf-8")
    name, data = wheel.mininn()
    (course / name).write_bytes(data)
    with served(tmp_path) as address:
        made = release.student(read(source), f"{address}/course/")
        every = json.loads(made)["cells"]
        text = next(c for c in every if c["cell_type"] == "code")["source"]
        cell = manager.TransformerManager().transform_cell("".join(text))
        page = browser.new_page()
        page.goto(f"{address}/empty.html")
        said = page.evaluate(START, [f"{address}/pyodide/", cell, ANSWER])
        page.close()
    assert said[0] == (
        "softmax: 0 of 3 points, on the numbers of softmax.json, beside this "
        "notebook"
    )
    assert said[-1] == "emscripten True"
