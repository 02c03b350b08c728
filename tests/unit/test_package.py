"""The package as a whole: floors, imports, labels, docstrings, README."""

import ast
import doctest
import importlib
import inspect
import os
import re
import subprocess
import sys

import pytest
from kit import CORE
from places import BOOK, ROOT

import mininn as mn

FLOORS = [
    "checks",
    "shapes",
    "activations",
    "losses",
    "network",
    "gradcheck",
    "data",
    "optimizers",
    "train",
    "files",
    "plot",
    "explore",
    *(
        f"glass.{name}"
        for name in (
            "scripts",
            "live",
            "stored",
            "drawing",
            "still",
            "play",
            "__init__",
        )
    ),
    "questions",
    *(
        f"exercises.{name}"
        for name in (
            "judge.__init__",
            "judge.outcomes",
            "judge.loading",
            "judge.pairs",
            "judge.keys",
            "judge.sight",
            "judge.by_shape",
            "judge.by_numbers",
            "judge.by_place",
            "judge.describe",
            "judge.diagnose",
            "author.__init__",
            "author.fields",
            "author.mutants",
            "author.selftest",
            "author.exercise",
            "author.notebooks",
            "author.targets",
            "author.wheel",
            "author.release",
            "author.build",
            "classroom.__init__",
            "classroom.worker",
            "classroom.wire",
            "classroom.sandbox",
            "classroom.levels",
            "classroom.archives",
            "classroom.newer",
            "classroom.cells",
            "classroom.downloads",
            "classroom.layouts",
            "classroom.told",
            "classroom.submissions",
            "classroom.listing",
            "classroom.tables",
            "classroom.results",
            "classroom.grade",
            "classroom.report",
            "classroom.overrides",
            "classroom.late",
            "classroom.why",
            "classroom.cluster",
            "classroom.export",
            "classroom.handback",
            "classroom.gradescope",
            "classroom.deliver",
            "classroom.options",
            "check",
            "fetch",
            "__init__",
            "__main__",
        )
    ),
]


def source(name):
    path = ROOT / "mininn" / f"{name.replace('.', '/')}.py"
    return path.read_text(encoding="utf-8")


def imported(name):
    """The modules of mininn and the packages that a module imports."""
    for node in ast.walk(ast.parse(source(name))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{a.name}" for a in node.names]
            modules = {f"mininn.{floor}" for floor in FLOORS}
            yield from modules.intersection(inside) or [node.module]


def test_every_module_is_a_floor():
    folder = ROOT / "mininn"
    paths = (p.relative_to(folder) for p in folder.rglob("*.py"))
    there = {".".join(p.with_suffix("").parts) for p in paths}
    assert there == {*FLOORS, "__init__"}


@pytest.mark.parametrize("name", FLOORS)
def test_a_module_imports_only_from_the_floors_above_it(name):
    above = {f"mininn.{f}" for f in FLOORS[: FLOORS.index(name)]}
    ours = {m for m in imported(name) if m.startswith("mininn")}
    assert ours <= above


MAY_IMPORT = {
    "judge": {"judge"},
    "author": {"judge", "author"},
    "classroom": {"judge", "classroom"},
    "check": {"judge"},
    "fetch": {"judge"},
}


@pytest.mark.parametrize(
    "name",
    [f for f in FLOORS if f.split(".")[1:2] and f.split(".")[1] in MAY_IMPORT],
)
def test_a_wing_of_the_exercises_imports_only_what_it_may(name):
    """Nor does it import the core: a key is numbers, and so is an answer."""
    wing = name.split(".")[1]
    ours = [m for m in imported(name) if m.split(".")[0] == "mininn"]
    assert {".".join(m.split(".")[1:3]) for m in ours} <= {
        f"exercises.{other}" for other in MAY_IMPORT[wing]
    }


def printed(program, **environment):
    """What a new Python prints that runs a program."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


@pytest.mark.native_only("starts a process")
def test_a_check_loads_the_judge_and_neither_author_nor_classroom():
    program = (
        "import sys\nfrom mininn.exercises import check\n"
        "check('softmax', lambda Z: Z)\n"
        "print(*(m for m in sys.modules if m.startswith('mininn.exercises')))"
    )
    *told, loaded = printed(program).splitlines()
    assert told[0] == "softmax: 0 of 3 points, on the book's numbers"
    wings = {m.split(".")[2] for m in loaded.split() if m.count(".") > 1}
    assert wings == {"check", "fetch", "judge"}


@pytest.mark.native_only("starts a process")
def test_import_mininn_loads_numpy_and_nothing_else():
    program = (
        "import sys, numpy; before = set(sys.modules); import mininn; "
        "print(*(set(sys.modules) - before))"
    )
    loaded = {m.split(".")[0] for m in printed(program).split()}
    assert loaded - set(sys.stdlib_module_names) - {"numpy"} == {"mininn"}


@pytest.mark.native_only("starts a process")
def test_import_mininn_costs_half_of_import_numpy_at_most(tmp_path):
    """30 ms where numpy takes 60, in CPU time, at the best of three.

    Both are compiled before: a reader's are from the second time on, and
    numpy's always, where this shell lets Python write nothing.
    """
    program = (
        "from time import process_time as now; start = now(); import numpy; "
        "between = now(); import mininn; "
        "print((now() - between) / (between - start))"
    )
    compiled = {
        "PYTHONPYCACHEPREFIX": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    printed(program, **compiled)
    ratios = [float(printed(program, **compiled)) for _ in range(3)]
    assert min(ratios) < 0.5


@pytest.mark.parametrize("name", CORE)
def test_the_core_imports_numpy_and_the_standard_library(name):
    packages = {m.split(".")[0] for m in imported(name)}
    bar = {"tqdm"} if name == "train" else set()  # only when asked for
    packages -= set(sys.stdlib_module_names) | bar
    assert packages <= {"numpy", "mininn"}


def statements(name):
    """How many statements a module has; a docstring is none."""
    return sum(
        isinstance(node, ast.stmt)
        and not (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )
        for node in ast.walk(ast.parse(source(name)))
    )


def test_the_core_stays_small():
    size = {name: statements(name) for name in FLOORS}
    assert sum(size[name] for name in CORE) < 1300
    assert max(size.values()) < 250


@pytest.fixture(scope="module")
def chapters_text():
    return "".join(
        p.read_text(encoding="utf-8") for p in BOOK.rglob("*.ipynb")
    )


@pytest.mark.parametrize("name", FLOORS)
def test_every_equation_a_docstring_names_is_in_the_book(name, chapters_text):
    for label in re.findall(r"eq-[A-Za-z0-9-]+", source(name)):
        assert f"$$ ({label})" in chapters_text, label


def test_every_equation_a_box_names_is_in_the_book(chapters_text):
    words = ROOT / "mininn" / "glass" / "words.js"
    labels = re.findall(r'"(eq-[A-Za-z0-9-]+)"', words.read_text("utf-8"))
    assert len(labels) > 25
    for label in labels:
        assert f"$$ ({label})" in chapters_text, label


def test_all_lists_every_public_name_and_each_is_documented():
    assert mn.__all__ == sorted(mn.__all__)
    for name in mn.__all__:
        thing = getattr(mn, name)
        doc = (
            thing.__doc__
            if inspect.isclass(thing) or inspect.isfunction(thing)
            else type(thing).__doc__
        )
        assert doc, name
        assert len(doc) > 40, name


def test_the_page_of_the_library_has_every_public_name_once():
    page = (BOOK / "api.md").read_text(encoding="utf-8")
    pictures = [
        name
        for name, thing in vars(importlib.import_module("mininn.plot")).items()
        if inspect.isfunction(thing) and thing.__module__ == "mininn.plot"
    ]
    listed = re.findall(r"^\.\. auto\w+:: (\w+)$", page, re.MULTILINE)
    public = [name for name in pictures if not name.startswith("_")]
    assert sorted(listed) == sorted(
        [*mn.__all__, *public, "explore", "box", "pad", "playground"]
    )


@pytest.mark.parametrize("name", FLOORS)
def test_every_public_function_has_a_docstring_with_its_arrays(name):
    module = importlib.import_module(f"mininn.{name}")
    for key, thing in vars(module).items():
        if inspect.isfunction(thing) and thing.__module__ == module.__name__:
            assert key.startswith("_") or thing.__doc__, key


@pytest.mark.parametrize("name", CORE)
def test_every_core_module_has_examples(name):
    module = importlib.import_module(f"mininn.{name}")
    found = doctest.DocTestFinder().find(module)
    assert sum(len(t.examples) for t in found) > 0


# Arguments that stand before the encoding.
READS_TEXT = {"read_text": 0, "write_text": 1}
STARTS = {"run", "Popen", "check_output"}


def leaves_the_encoding_open(call):
    """Say whether a call reads or writes text as the locale has it."""
    words = {word.arg: word.value for word in call.keywords}
    name = ast.unparse(call.func).rpartition(".")[2]
    if "encoding" in words:
        return False
    if name in READS_TEXT:
        return len(call.args) <= READS_TEXT[name]
    if isinstance(call.func, ast.Name) and name == "open":
        mode = ast.unparse(call.args[1]) if call.args[1:] else ""
        return "b" not in mode
    return name in STARTS and "text" in words


def test_every_text_that_is_read_or_written_names_its_encoding():
    """Where the locale is ASCII or Japanese, no text would be read."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("mininn", "tests", "tools", "book")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and leaves_the_encoding_open(node)
    ]
    assert found == []


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "book/nbval_sanitize.cfg", "requirements.txt"]
)
def test_what_tools_read_in_the_locale_of_the_user_is_ascii(name):
    assert (ROOT / name).read_bytes().isascii()
