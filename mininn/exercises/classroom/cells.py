"""Read a notebook or a program as the plain Python that its author ran.

IPython's own transformer turns magics into calls; a magic that runs its
cell, such as ``%%time``, is replaced by the cell. Nothing is executed here.
"""

import ast
import io
import json
import re
from dataclasses import dataclass
from itertools import pairwise

from mininn.exercises.classroom import newer
from mininn.exercises.classroom.newer import parsed
from mininn.exercises.classroom.sandbox import SandboxError
from mininn.exercises.judge.keys import ExerciseError

MOST_BYTES = 20 * 2**20
MOST_CODE = 2**18
MOST_WORK = 300_000  # magics times characters of a file: some seconds
MOST_DEPTH = 9  # magics that run magics
READ = (".ipynb", ".json", ".py")


@dataclass(frozen=True)
class Reading:
    """What a file holds: cells, each [label, text], or why there are none.

    A cell that only a newer Python reads has that as a third entry.
    ``python`` is the version that a notebook says it ran in.
    """

    cells: list
    problem: str = ""
    python: str = ""


def reading(name: str, data: bytes) -> Reading:
    """Return what a file holds, whatever its bytes are.

    Raises
    ------
    SandboxError
        When there are magics, and IPython is not installed to read them.
    """
    try:
        return _read(name, data)
    except ExerciseError as error:
        return Reading([], str(error))


def code_cells(name: str, data: bytes) -> list:
    """Return the code cells of a notebook or a program as [label, text].

    Raises
    ------
    ExerciseError
        When the bytes are neither.
    """
    return _read(name, data).cells


def _read(name, data):
    """Return the Reading of a file that has one."""
    if len(data) > MOST_BYTES:
        raise ExerciseError("larger than 20 MB.")
    if not data.strip():
        raise ExerciseError("the file is empty.")
    suffix = kind(name)
    if not suffix:
        raise ExerciseError("hand in the notebook (.ipynb) or a .py file.")
    python = ""
    if suffix == ".py":
        _few([text(data)])
        found = _program(text(data))
    else:
        found, python = _notebook(text(data))
    _few(source for _, source, _ in found)
    work, made = Work(), []
    for label, source, ran in found:
        new = plain(source, work)
        made.append([label, new, *newer.note(new, python if ran else "")])
    return Reading(made, python=python)


def _few(sources):
    """Refuse more code than anyone writes: its syntax tree fills memory."""
    if sum(map(len, sources)) > MOST_CODE:
        raise ExerciseError("holds more than 256 kB of code.")


def kind(name: str) -> str:
    """Return the ending of a file that is read, or "" of any other.

    >>> kind("Week 1.IPYNB.txt"), kind("softmax.pdf")
    ('.ipynb', '')
    """
    whole = name.lower().removesuffix(".txt")
    return next((end for end in READ if whole.endswith(end)), "")


def text(data: bytes) -> str:
    """Return bytes as text: UTF-8, UTF-16 with a mark, or Latin-1."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _notebook(source):
    """Return the code cells of a notebook of format 3 or 4; its Python.

    Each is [label, text, whether it says that it ran to its end].
    """
    try:
        book = json.loads(source)
        sheets = book["cells"] if "cells" in book else _old(book)
        code = [c for c in sheets if c["cell_type"] == "code"]
        found = [
            (_source(c.get("source", c.get("input", ""))), _ran(c))
            for c in code
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ExerciseError("is no notebook: it cannot be read.") from None
    made = [[f"cell {i}", *both] for i, both in enumerate(found, 1)]
    return made, _python(book)


def _ran(cell):
    """Whether a cell says that it ran, and stored no error."""
    outputs = cell.get("outputs")
    return bool(cell.get("execution_count")) and not any(
        isinstance(out, dict) and out.get("output_type") == "error"
        for out in (outputs if isinstance(outputs, list) else [])
    )


def _python(book):
    """Return the version of Python that a notebook names, or ""."""
    try:
        said = book["metadata"]["language_info"]["version"]
    except (KeyError, TypeError):
        return ""
    found = re.match(r"\d+\.\d+(\.\d+)?", str(said)[:20])
    return found[0] if found else ""


def _old(book):
    """Return the cells of a notebook of format 3."""
    return [cell for sheet in book["worksheets"] for cell in sheet["cells"]]


def _source(source):
    """Return the text of a cell, stored as lines or whole."""
    if isinstance(source, str):
        return source
    return "".join(str(line) for line in source)


def _program(source):
    """Return the cells of a .py file, at the lines where they stand.

    A program that is read as a whole is one cell.
    """
    lines = io.StringIO(source).readlines()
    marks = [i for i, s in enumerate(lines) if re.match(r"# ?(%%|In\[)", s)]
    starts = [0, *([] if parsed(source) else marks), len(lines)]
    return [
        ["your file", "\n" * a + "".join(lines[a:b]), False]
        for a, b in pairwise(starts)
        if b > a
    ]


@dataclass
class Work:
    """How much work IPython may still do on a file.

    It reads all of a cell again after each magic that it has replaced.
    """

    left: int = MOST_WORK

    def may(self, source: str) -> bool:
        """Subtract the cost of a cell, unless it is more than what is left."""
        marks = sum(map(_marks, source.splitlines()))
        cost = (marks + 1) * (len(source) + 100)
        if cost > self.left:
            return False
        self.left -= cost
        return True


def _marks(line):
    """Return how many times IPython may replace something in a line."""
    bare = line.lstrip()
    if bare.startswith((",", ";", "/")):  # taken off one by one
        return len(re.findall("[,;/]", bare))
    return bool(re.search(r"^[%!]|=\s*[%!]|^[^#]*\?\s*$", bare))


def plain(source: str, work: Work | None = None, depth: int = 0) -> str:
    r"""Return a cell as Python, each line where it was.

    A cell that IPython cannot read comes back as it is, and so does one
    that would take minutes to transform.

    Raises
    ------
    SandboxError
        When there are magics, and IPython is not installed to read them.

    Examples
    --------
    >>> print(plain("%%time\ndef f(x):\n    return x  # right?"))
    <BLANKLINE>
    def f(x):
        return x  # right?
    <BLANKLINE>
    >>> plain("files = !ls\nx = 1")
    "files = get_ipython().getoutput('ls')\nx = 1\n"
    """
    work, source = work or Work(), source.removeprefix("\ufeff")
    tree = parsed(source)
    if tree is None and work.may(source):
        source = _transformed(source)
        tree = parsed(source)
    if tree is None or depth > MOST_DEPTH:
        return source
    return _unwrapped(source, tree, work, depth)


def _transformed(source):
    """Return a cell as IPython runs it."""
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        raise SandboxError(
            "magics (%, ! and ?) are read by IPython, which is not installed "
            "here: pip install ipython"
        ) from None
    try:
        new = TransformerManager().transform_cell(source)
    except Exception:  # whatever IPython raises at a text that is no cell
        return source
    above = len(source) - len(source.lstrip("\n"))
    return "\n" * above + new.lstrip("\n")


def _unwrapped(source, tree, work, depth):
    """Put what a magic runs in the place of its call.

    A cell ends where ``%%`` stands below its first line: nothing ran there.
    """
    lines = source.split("\n")
    for node in reversed(tree.body):
        how, given = _call(node)
        if how == "run_line_magic" and given[:1] and given[0][:1] == "%":
            del lines[node.lineno - 1 :]
            continue
        inner = _run_by(how, given, work, depth + 1)
        if inner is not None:
            lines[node.lineno - 1 : node.end_lineno] = inner.split("\n")
    return "\n".join(lines)


def _call(node):
    """Return which call of IPython's a line is, and its texts; or "", []."""
    match node:
        case ast.Expr(
            ast.Call(
                ast.Attribute(ast.Call(ast.Name("get_ipython"), []), how),
                given,
            )
        ):
            values = [a.value for a in given if isinstance(a, ast.Constant)]
            if all(isinstance(value, str) for value in values):
                return how, values
    return "", []


def _run_by(how, values, work, depth):
    """Return what the call of a magic runs, or None of any other line."""
    match how, values:
        case "run_cell_magic", ["time", str(line), str(body)]:
            if line and line[0] != "-":  # refused: the cell did not run
                return None
            return "\n" + plain(body, work, depth)
        case "run_cell_magic", ["capture" | "prun", str(), str(body)]:
            return "\n" + plain(body, work, depth)
        case "run_line_magic", ["time" | "prun", str(body)]:
            inner = plain(body, work, depth).rstrip("\n")
            return None if parsed(inner) is None else inner
    return None
