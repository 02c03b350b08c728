"""What is read is what the student ran: cells as IPython reads them.

Also which Python reads them, and what is told when ours does not.
"""

import json
import subprocess
import sys

import pytest

from mininn.exercises.classroom import cells, listing, newer
from mininn.exercises.classroom.cells import plain, reading
from mininn.exercises.classroom.submissions import (
    DEFINED,
    File,
    Submission,
    rank,
)
from mininn.exercises.judge import loading

DEF = "def f(x):\n    return 2 * x"


def book(*texts, version="", ran=True, error=False):
    """A notebook, as Jupyter stores it."""
    out = [{"output_type": "error", "ename": "E", "evalue": ""}]
    made = [
        {
            "cell_type": "code",
            "execution_count": 1 if ran else None,
            "metadata": {},
            "outputs": out if error else [],
            "source": text.splitlines(keepends=True),
        }
        for text in texts
    ]
    metadata = {"language_info": {"name": "python", "version": version}}
    whole = {"cells": made, "metadata": metadata, "nbformat": 4}
    return json.dumps(whole | {"nbformat_minor": 5}).encode()


def graded(name, *texts):
    return loading.load(reading("a.ipynb", book(*texts)).cells, name)


# What ran


@pytest.mark.parametrize(
    "text",
    [
        f"%%time\n{DEF}",
        f"\n%%time\n\n{DEF}",
        f"%%capture\n%%time\n{DEF}",
        f"%%capture out\n{DEF}",
        f"%%prun -s cumulative\n{DEF}",
        f"\ufeff{DEF}",
        f"f = None\n!ls\n{DEF}  # is it?",
        f"x = await_ = 3\n{DEF}",
        f"y = await g()\n{DEF}",
        f"async def g(): return 1\ny = await g()\n{DEF}",
        f"from __future__ import annotations\n{DEF}",
        f"if True:\n    {DEF.replace(chr(10), chr(10) + '    ')}",
        f"k = 1\nk += 1\n{DEF.replace('2', 'k')}",
        f"%%time\n%timeit 3\n{DEF}",
    ],
)
def test_what_ran_is_read(text):
    answer, failed = graded("f", text)
    assert answer is not None, failed
    assert answer(4) == 8


@pytest.mark.parametrize(
    "text",
    [
        f"# mine\n%%time\n{DEF}",  # no line magic is called %%time
        f"x = 1\n%%capture\n{DEF}",
        f"%%time # a note\n{DEF}",
        f"%%time x = 1\n{DEF}",
        f"%%timeit\n{DEF}",
        f"%%bash\n{DEF}",
        f"%%python3\n{DEF}",
        f"%%writefile f.py\n{DEF}",
        f"{DEF}\nreturn 3",
        f"{DEF}\nbreak",
        f"pip install numpy\n{DEF}",
    ],
)
def test_what_did_not_run_is_not_read(text):
    assert graded("f", text)[0] is None


def test_what_ran_before_a_line_that_stopped_the_cell_is_read():
    answer, _ = graded("f", f"{DEF}\n%%time\ndef f(x):\n    return 0")
    assert answer(4) == 8


def test_annotations_of_a_later_cell_are_not_evaluated():
    first = "from __future__ import annotations"
    answer, failed = graded("f", first, "def f(x: Nobody) -> Array: return x")
    assert failed == {}
    assert answer(3) == 3


def test_a_program_is_one_cell_unless_a_part_of_it_is_broken():
    whole = f"text = '''\n# %%\n'''\n{DEF}\n"
    (one,) = reading("a.py", whole.encode()).cells
    assert one == ["your file", whole]
    parts = reading("a.py", f"x = (\n# %%\n{DEF}".encode()).cells
    assert len(parts) == 2
    assert loading.load(parts, "f")[0](4) == 8


def test_an_odd_escape_is_no_error_and_no_warning():
    (cell,) = reading("a.ipynb", book("text = '\\d'")).cells
    assert rank([cell], "text") == DEFINED


DEEP = [
    "(" * 20_000,
    "x = " + "[" * 20_000,
    "-" * 20_000 + "1",
    "not " * 9_000 + "1",
    "lambda:" * 5_000 + "1",
    "a" + "[0]" * 9_000,
    "1 if x else " * 4_000 + "1",
    "f'{" * 5_000,
    "f'{x:{" * 4_000,
    "def f[" * 4_000,
    "except a, " * 9_000,
    "".join(" " * n + "if x:\n" for n in range(400)),
    "\0",
    "\ud800",
    '\t...?@\r=%"""',
]
READER = """
import json, sys
from mininn.exercises.classroom.cells import reading
from mininn.exercises.classroom.submissions import rank
for line in sys.stdin:
    found = reading("a.ipynb", line.encode())
    print(len(found.cells), rank(found.cells, "f"), flush=True)
"""


@pytest.mark.whole
def test_no_text_ends_the_grader():
    lines = [book(text, DEF).decode() for text in DEEP]
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input="\n".join(lines),
        encoding="utf-8",
        capture_output=True,
    )
    told = done.stdout.splitlines(), done.stderr[-300:]
    assert told == (["2 3"] * len(DEEP), "")


# Which Python


NEWER = {
    'f"{d["a"]}"': "3.12",
    "f'{'a'}' 'b' f\"{x}\"": "3.12",
    "f\"{'\\n'.join(x)}\"": "3.12",
    "f'''{\nx  # a note\n}'''": "3.12",
    'f"{f"{f"{1 + 1}"}"}"': "3.12",
    'f"{d["a"] = !r:>{d["b"]}}"': "3.12",
    'f"{d["a"] != 3:.3f} {{}}"': "3.12",
    "type Pair[T] = tuple[T, T]": "3.12",
    "def g[T: (int, str)](x: T) -> T:\n    return x": "3.12",
    "class A[T: list[int]]:\n    pass": "3.12",
    "try:\n    x\nexcept ValueError, TypeError:\n    y": "3.14",
    "t'{x}'": "3.14",
    't"{d["a"]}"': "3.14",
}
NEVER = [
    'f"{d["a"] != }"',
    'f"{d["a"}"',
    'f"{}"',
    'f"{d["a"]"',
    'f"{d["a"]}"\nx = (1',
    'f"{lambda x: 1}"',
    'f"{a b}"',
    "def g[T](x:\n    return x",
    "type = = 3",
    "except A, B:",
    "def f(x)\n    return x",
    "print 'a'",
]


@pytest.mark.parametrize("text", NEWER)
def test_syntax_of_a_newer_python_is_called_that(text):
    assert newer.since(text, (3, 11)) == NEWER[text]
    version = tuple(map(int, NEWER[text].split(".")))
    assert newer.since(text, version) == ""
    if sys.version_info >= version:
        assert newer.parsed(text) is not None
    else:
        assert newer.parsed(text) is None


@pytest.mark.parametrize("text", NEVER)
def test_syntax_of_no_python_is_not(text):
    assert newer.parsed(text) is None
    assert newer.since(text, (3, 11)) == ""
    assert newer.note(text, "", (3, 11)) == []


def test_what_ran_in_a_newer_python_is_believed():
    strange = "x = 1 ??? 2"
    said = ["Python 3.99 reads this, but Python 3.11 grades it"]
    assert newer.note(strange, "3.99.1", (3, 11)) == said
    assert newer.note(strange, "3.11.9", (3, 11)) == []
    assert newer.note(strange, "3.9.9", (3, 11)) == []
    assert newer.note("x = 1", "3.99.1", (3, 11)) == []


@pytest.mark.parametrize(
    "how", [{"ran": False}, {"error": True}, {"version": "3.8.1"}]
)
def test_what_did_not_run_is_a_mistake(how):
    data = book("def f(x: = 3", **{"version": "3.99.1"} | how)
    assert len(reading("a.ipynb", data).cells[0]) == 2


def test_a_student_is_told_which_python_reads_a_cell():
    text = "def f(x):\n    return 1 ??? 2"
    data = book("x = 1", text, version="3.99.1")
    mine = ".".join(map(str, sys.version_info[:2]))
    choice = Submission("ann", "", (File("a.ipynb", data),)).choice("f")
    _, failed = loading.load(choice.cells, "f")
    assert failed["f"].startswith(
        f"cell 2, line 2: Python 3.99 reads this, but Python {mine} grades "
        f"it: "
    )
    assert listing.newer_python(choice) == (
        f"cell 2: Python 3.99 reads this, but Python {mine} grades it"
    )
    assert choice.python == "3.99.1"
    said = listing.versions(choice)
    assert said.startswith(f"Graded with Python {mine}.")
    assert said.endswith(" says that it ran in Python 3.99.1.")


@pytest.mark.parametrize(
    "metadata",
    [None, [], {}, {"language_info": 3}, {"language_info": {"version": []}}],
)
def test_a_notebook_need_not_say_its_python(metadata):
    data = json.loads(book(DEF)) | {"metadata": metadata}
    found = reading("a.ipynb", json.dumps(data).encode())
    assert (found.python, len(found.cells)) == ("", 1)


@pytest.mark.parametrize("outputs", [None, 3, "x", [3], [None], {}])
def test_outputs_of_any_kind_are_read(outputs):
    data = json.loads(book("f = ??? 1", version="3.99.1"))
    data["cells"][0]["outputs"] = outputs
    (cell,) = cells.code_cells("a.ipynb", json.dumps(data).encode())
    assert len(cell) == 3


def test_a_magic_does_not_hide_newer_syntax():
    text = plain('%matplotlib inline\nprint(f"{d["a"]}")')
    said = newer.note(text, "")
    assert said or sys.version_info >= (3, 12)
