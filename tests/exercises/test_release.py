"""What students are handed: it gets mininn anywhere, and its links lead on.

``MININN_COLAB=1`` also runs a notebook where nothing is installed, and
``MININN_PYODIDE``, with the whole check, in a browser's Python.
"""

import ast
import inspect
import json
import os
import shutil
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import fresh
import numpy as np
import pytest
from places import BOOK, TESTS

from mininn.exercises import check, fetch
from mininn.exercises.__main__ import main
from mininn.exercises.author import build, notebooks, release, wheel
from mininn.exercises.classroom import cells
from mininn.exercises.judge import loading

SOURCE = BOOK / "exercises" / "source"
AT = "https://course.example/week%201"


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """The release of softmax, in a folder whose name has a space."""
    out = tmp_path_factory.mktemp("a class") / "build"
    assert main(["build", "softmax", "--out", str(out)]) == 0
    return out / "release"


def transformed(text):
    """Return the first code cell of a notebook as IPython transforms it."""
    manager = pytest.importorskip("IPython.core.inputtransformer2")
    every = json.loads(text)["cells"]
    code = next(cell for cell in every if cell["cell_type"] == "code")
    assert len(code["source"]) <= 15
    return manager.TransformerManager().transform_cell("".join(code["source"]))


class Shell:
    """Stands for IPython, and keeps what pip was asked for."""

    def __init__(self, space):
        self.space, self.asked = space, []

    def run_line_magic(self, name, line):
        self.asked.append(f"{name} {line.format(**self.space)}")


def ran(text, monkeypatch, missing=True, platform=sys.platform):
    """Run a first cell; return what was asked of pip and of micropip."""
    found = {"mininn": None} if missing else {}
    spec = "importlib.util.find_spec"
    monkeypatch.setattr(spec, lambda name: found.get(name, "there"))
    monkeypatch.setattr(sys, "platform", platform)
    installed = []

    async def install(what):
        installed.append(what)

    micropip = types.SimpleNamespace(install=install)
    monkeypatch.setitem(sys.modules, "micropip", micropip)
    space = {}
    shell = Shell(space)
    space["get_ipython"] = lambda: shell
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(transformed(text), "cell", "exec", flags)
    result = types.FunctionType(code, space)()
    if inspect.iscoroutine(result):  # waits for nothing: no loop is needed,
        with pytest.raises(StopIteration):  # and Playwright's may be running
            result.send(None)
    return shell.asked + installed


def test_the_release_has_mininn_and_the_key_beside_the_notebook(handed_out):
    names = sorted(path.name for path in handed_out.iterdir())
    assert names == [wheel.file_name(), "softmax.ipynb", "softmax.json"]


def test_where_mininn_is_nothing_is_done(handed_out, monkeypatch, capsys):
    text = (handed_out / "softmax.ipynb").read_text("utf-8")
    assert ran(text, monkeypatch, missing=False) == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_where_it_is_missing_pip_takes_the_file_beside(
    platform, handed_out, monkeypatch
):
    monkeypatch.chdir(handed_out)
    text = (handed_out / "softmax.ipynb").read_text("utf-8")
    path = handed_out.resolve() / wheel.file_name()
    asked = ran(text, monkeypatch, platform=platform)
    assert asked == [f'pip install -q "{path}"']


def test_in_a_browser_micropip_takes_the_file_beside(handed_out, monkeypatch):
    monkeypatch.chdir(handed_out)
    text = (handed_out / "softmax.ipynb").read_text("utf-8")
    path = handed_out.resolve() / wheel.file_name()
    asked = ran(text, monkeypatch, platform="emscripten")
    assert asked == [f"emfs:{path}"]


def test_without_the_file_it_says_where_to_put_it(
    handed_out, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    text = (handed_out / "softmax.ipynb").read_text("utf-8")
    assert ran(text, monkeypatch) == []
    assert capsys.readouterr().out == (
        f"Put {wheel.file_name()} beside this notebook, in {tmp_path}.\n"
        "On Colab: the folder on the left, then the sign for uploads.\n"
    )


@pytest.mark.parametrize("platform", ["linux", "emscripten"])
def test_with_an_address_it_comes_from_there(platform, tmp_path, monkeypatch):
    out = tmp_path / "build"
    args = ["build", "softmax", "--out", str(out), "--at", AT]
    assert main(args) == 0
    text = (out / "release" / "softmax.ipynb").read_text("utf-8")
    monkeypatch.chdir(out / "release")  # the key is there: no fetching
    file = f"{AT}/{wheel.file_name()}"
    asked = ran(text, monkeypatch, platform=platform)
    on_pip = [f'pip install -q "{file}"']
    assert asked == ([file] if platform == "emscripten" else on_pip)


@pytest.mark.parametrize("at", ["course", "file:///x", 'https://a/"; x', "-x"])
def test_an_address_that_is_none_is_refused(at, tmp_path, capsys):
    args = ["build", "softmax", "--out", str(tmp_path / "out"), f"--at={at}"]
    assert main(args) == 1
    assert "--at must be where students find" in capsys.readouterr().err


def test_the_first_cell_costs_no_mark(handed_out):
    text = (handed_out / "softmax.ipynb").read_text("utf-8")
    right = "E = np.exp(Z - Z.max(axis=0)); return E / E.sum(axis=0)"
    stub = "raise NotImplementedError  # your code here"
    done = text.replace(stub, right)
    assert done != text
    found = cells.code_cells("softmax.ipynb", done.encode())
    answer, failed = loading.load(found, "softmax")
    assert failed == {}
    assert answer(np.zeros((2, 1))).tolist() == [[0.5], [0.5]]


# Links


@pytest.mark.parametrize("path", build.sources(SOURCE), ids=lambda p: p.stem)
def test_no_role_of_the_book_is_left_and_every_link_is_a_page(path):
    source = notebooks.read(path)
    site = "https://book.example"
    for outside in (release.outside(source), release.outside(source, site)):
        for text in outside.texts("", "solution"):
            assert "{doc}" not in text
            assert "{term}" not in text
    text = "\n".join(release.outside(source, site).texts("", "solution"))
    before = "\n".join(source.texts("", "solution"))
    assert text.count(f"]({site}/book/") == before.count("{doc}")
    for link in text.split(f"]({site}/book/")[1:]:
        page = link.partition(".html)")[0]
        assert (BOOK / f"{page}.ipynb").exists(), page


def test_a_role_is_a_link_or_the_words_of_its_page():
    def said(text, site=""):
        cell = notebooks.cell("markdown", text)
        one = notebooks.Source("x", [("", "markdown", text, cell)])
        return release.outside(one, site).texts("")[0]

    title = "Turn scores into probabilities: softmax"
    assert said("See {doc}`../softmax`.") == f"See *{title}*."
    assert said("{doc}`../softmax`", "https://b.example/") == (
        f"[{title}](https://b.example/book/softmax.html)"
    )
    assert said("{doc}`this <../softmax>`", "https://b.example") == (
        "[this](https://b.example/book/softmax.html)"
    )
    assert said("{doc}`../glossary`") == "*Look up a word*"
    assert said("{doc}`nowhere`") == "*nowhere*"
    assert said("{term}`logits <logit>`, {eq}`eq-x`") == "logits, eq-x"
    assert said("`{k}` and $`x`$") == "`{k}` and $`x`$"


# The wheel


@pytest.mark.whole
def test_the_wheel_is_what_pip_installs(handed_out, tmp_path):
    name = wheel.file_name()
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
    if subprocess.run([*pip[:3], "--version"], capture_output=True).returncode:
        pytest.skip("pip is not installed")
    pip += ["--no-index", "--target", str(tmp_path), str(handed_out / name)]
    subprocess.run(pip, check=True, capture_output=True)
    script = (
        "import mininn; from mininn.exercises import check\n"
        "print(mininn.__file__)\n"
        "check('softmax', lambda Z: Z)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=fresh.clean() | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    first, *rest = done.stdout.splitlines()
    assert Path(first).is_relative_to(tmp_path)
    assert rest[0] == "softmax: 0 of 3 points, on the book's numbers"


def test_the_wheel_says_what_it_needs_and_is_the_same_each_time(handed_out):
    name, data = wheel.mininn()
    assert (handed_out / name).read_bytes() == data
    with zipfile.ZipFile(handed_out / name) as packed:
        inside = packed.namelist()
        (path,) = (n for n in inside if n.endswith("METADATA"))
        said = packed.read(path).decode()
    assert "Requires-Python: >=3.11\n" in said
    assert "Requires-Dist: numpy" in said
    assert "extra" not in said
    assert "mininn/exercises/keys/softmax.json" in inside
    assert not [n for n in inside if "source" in n or "__pycache__" in n]


# Fetching a key


def test_a_key_is_fetched_once_and_put_beside_the_notebook(
    handed_out, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    address = f"{handed_out.as_uri()}/"
    fetch("softmax", address)
    assert capsys.readouterr().out == ""
    here = tmp_path / "softmax.json"
    assert here.read_bytes() == (handed_out / "softmax.json").read_bytes()
    here.write_text("mine", "utf-8")
    fetch("softmax", address)
    assert here.read_text("utf-8") == "mine"


@pytest.mark.parametrize("text", [None, "<html>Log in</html>", "\xff"])
def test_a_key_that_cannot_be_had_says_what_to_do(
    text, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    course = tmp_path / "course"
    course.mkdir()
    if text is not None:
        (course / "leaky.json").write_text(text, "latin-1")
    fetch("leaky", f"{course.as_uri()}/")
    said = capsys.readouterr().out
    assert said.startswith(f"fetch: {course.as_uri()}/leaky.json could not be")
    assert said.endswith(
        "\nDownload it with your browser, and put it beside this notebook.\n"
    )
    assert not (tmp_path / "leaky.json").exists()


def test_a_key_that_is_missing_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    check("leaky", abs)
    said = capsys.readouterr().out
    assert said.startswith(
        "check: there is no exercise called 'leaky' in the book, and no "
        f"leaky.json in {tmp_path}. Put the leaky.json that came with this "
        "notebook there, beside it (Colab: the folder on the left, then the "
        "sign for uploads). The book has: adam, "
    )


# Where nothing is installed


def test_a_notebook_runs_where_nothing_is_installed(handed_out, tmp_path):
    if os.environ.get("MININN_COLAB") != "1":
        pytest.skip("MININN_COLAB is not 1: it would make an environment")
    python = fresh.environment(tmp_path / "environment", sys.executable)
    pip = [python, "-m", "pip", "install", "-q", "ipykernel", "nbclient"]
    subprocess.run(pip, check=True)
    home = tmp_path / "a home"
    shutil.copytree(handed_out, home)
    where = {"cwd": home, "env": fresh.clean() | {"HOME": str(home)}}
    gone = [python, "-c", "import mininn"]
    assert subprocess.run(gone, **where, capture_output=True).returncode
    run = [python.with_name("jupyter-execute"), "--inplace", "softmax.ipynb"]
    subprocess.run(run, **where, check=True)
    text = (home / "softmax.ipynb").read_text("utf-8")
    assert '"softmax: not attempted yet\\n"' in text


@pytest.mark.whole
def test_a_notebook_runs_in_a_browsers_python(handed_out):
    folder = os.environ.get("MININN_PYODIDE")
    if not folder or not shutil.which("node"):
        pytest.skip("not run: node, or MININN_PYODIDE, is not there")
    text = (handed_out / "softmax.ipynb").read_text("utf-8")
    code = (
        "import sys, mininn\nfrom mininn.exercises import check\n"
        "check('softmax', lambda Z: Z); print(sys.platform)"
    )
    program = TESTS / "browser" / "pyodide" / "release.mjs"
    done = subprocess.run(
        ["node", program, folder, handed_out, transformed(text), code],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    first, *_, last = done.stdout.splitlines()
    assert first == (
        "softmax: 0 of 3 points, on the numbers of softmax.json, beside this "
        "notebook"
    )
    assert last == "emscripten"
