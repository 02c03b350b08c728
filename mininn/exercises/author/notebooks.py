"""From one source notebook, the notebooks that others open.

Cells of the source carry ordinary tags: ``answer`` (the solution between
``# BEGIN SOLUTION`` and ``# END SOLUTION``), ``check``, ``solution`` (words
below the folded answer), ``grader`` and ``selftest``. With ``private`` on
the answer too, no page shows the solution.
"""

import ast
import contextlib
import difflib
import json
import linecache
import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from mininn.exercises.author.exercise import Exercise
from mininn.exercises.judge.diagnose import NOT_YET, general
from mininn.exercises.judge.keys import ExerciseError
from mininn.exercises.judge.loading import DEFINES

SOLUTION = re.compile(
    r"^( *)# BEGIN SOLUTION\n(.*?)^ *# END SOLUTION\n?",
    re.DOTALL | re.MULTILINE,
)
NAMED = re.compile(r"\b(?:mistake|mistakes called|right answer) (\w+)")
MARKERS = ("# BEGIN SOLUTION", "# END SOLUTION")
STUB = "raise NotImplementedError  # your code here\n"
TAGS = {"answer", "check", "solution", "grader", "selftest"}
METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Source:
    """A source notebook: its cells, each (tag, type, text, whole cell)."""

    name: str
    cells: list[tuple[str, str, str, dict]]

    @property
    def public(self) -> bool:
        """Whether the page shows the solution: no cell is tagged private."""
        return not any(
            "private" in cell["metadata"].get("tags", [])
            for _, _, _, cell in self.cells
        )

    def texts(self, *tags: str) -> list[str]:
        """Return the texts of the cells with these tags."""
        return [text for tag, _, text, _ in self.cells if tag in tags]


def read(path: Path) -> Source:
    """Return the source notebook at ``path``.

    Raises
    ------
    ExerciseError
        When it is no notebook, has no answer, check or grader, or when a
        solution is not marked exactly as it must be. Cells are counted as
        they stand, the first is 1.
    """
    cells = []
    for i, cell in enumerate(_cells(path), 1):
        tag = _tag(f"{path.name}, cell {i}", cell)
        cells.append((tag, cell["cell_type"], "".join(cell["source"]), cell))
    source = Source(path.stem, cells)
    for tag in ("answer", "check", "grader", "selftest"):
        if not source.texts(tag):
            raise ExerciseError(f"{path.name}: no cell has the tag {tag}.")
    for i, (tag, kind, text, _) in enumerate(source.cells, 1):
        if kind == "code" and tag not in ("grader", "selftest"):
            _marked(f"{path.name}, cell {i}", text, tag == "answer")
    return source


def _cells(path):
    """Return the cells of a notebook as JSON has them."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            cell["cell_type"], "".join(cell["source"]), cell["metadata"].items
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ExerciseError(
            f"{path} is no notebook of format 4: open it in Jupyter and save "
            f"it again."
        ) from None
    return cells


def _tag(where, cell):
    """Return the one tag of a cell; refuse a tag that would publish it."""
    tags = cell["metadata"].get("tags", [])
    ours = [tag for tag in tags if tag in TAGS]
    for tag in {*tags} - TAGS:
        meant = difflib.get_close_matches(tag.lower(), TAGS, 1, 0.75)
        if meant:
            raise ExerciseError(
                f"{where}: there is no tag {tag!r}. Write {meant[0]!r}, "
                f"or students would see this cell."
            )
    if len(ours) > 1:
        raise ExerciseError(
            f"{where}: a cell has the tags {' and '.join(ours)}. Give it "
            f"one of them."
        )
    if ours == ["answer"] and cell["cell_type"] != "code":
        raise ExerciseError(
            f"{where}: a cell of words has the tag answer. Students would "
            f"read it: give it the tag solution."
        )
    return "".join(ours)


def _marked(where, text, answer):
    """Refuse a cell whose markers would let students see the solution."""
    open_at = 0
    pairs = 0
    for n, line in enumerate(text.split("\n"), 1):
        bare = line.lstrip(" ")
        marker = bare in MARKERS and answer
        if not marker and _like_a_marker(line, answer):
            raise ExerciseError(
                f"{where}, line {n}: {line.strip()!r} is no marker. Write "
                f"exactly {MARKERS[0]!r} or {MARKERS[1]!r}, in a cell with "
                f"the tag answer, and nothing after it."
            )
        if marker and (bare == MARKERS[0]) == bool(open_at):
            raise ExerciseError(
                f"{where}, line {n}: {bare!r} "
                + ("comes twice" if open_at else f"has no {MARKERS[0]!r}")
                + " above it."
            )
        if marker:
            open_at = 0 if open_at else n
            pairs += 1
    if open_at:
        raise ExerciseError(
            f"{where}, line {open_at}: {MARKERS[0]!r} has no {MARKERS[1]!r}."
        )
    if answer and not pairs:
        raise ExerciseError(
            f"{where}: the answer has no {MARKERS[0]} and {MARKERS[1]} "
            f"around its body."
        )


def _like_a_marker(line, answer):
    """Whether a comment looks like a marker, however it is spelled.

    Beside an answer every comment that speaks of a solution does.
    """
    words = re.findall("[A-Z]+", line.partition("#")[2].upper())

    def near(*wanted):
        return any(
            difflib.get_close_matches(w, wanted, 1, 0.75) for w in words
        )

    whole = near("BEGINSOLUTION", "ENDSOLUTION")
    edge = answer or near("BEGIN", "END", "START", "STOP")
    return whole or (edge and near("SOLUTION"))


def exercise(source: Source) -> Exercise:
    """Run the definitions and the grader of a source; return its Exercise.

    Raises
    ------
    ExerciseError
        When a cell stops, with the number of the cell and the line; when
        there is no Exercise with the name of the source; or when a check
        cell asks for another one.
    """
    space: dict = {"__name__": f"exercise {source.name}"}
    with located(source):
        for i, (tag, kind, text, _) in enumerate(source.cells, 1):
            if kind == "code" and tag in ("", "answer", "grader"):
                exec(_compiled(_file(source, i), text, tag), space)
    for thing in space.values():
        if isinstance(thing, Exercise) and thing.name == source.name:
            _checks_itself(source, thing)
            return thing
    raise ExerciseError(
        f"{source.name}.ipynb: no grader cell makes an Exercise called "
        f"{source.name!r}. The name is that of the file."
    )


def _file(source, i):
    """Return what Python calls the code of a cell."""
    return f"<{source.name}, cell {i}>"


def _compiled(file, text, tag):
    """Return the code of a cell; of one without a tag its definitions."""
    lines = text.splitlines(keepends=True)
    linecache.cache[file] = (len(text), None, lines, file)
    tree = ast.parse(text, file)
    if not tag:
        tree.body = [n for n in tree.body if isinstance(n, DEFINES)]
    return compile(tree, file, "exec")


@contextlib.contextmanager
def located(source: Source):
    """Say of an error in a source in which cell and line it came up.

    Raises
    ------
    ExerciseError
        In place of any exception of the author's code.
    """
    try:
        yield
    except Exception as error:
        said = str(error)
        if not isinstance(error, ExerciseError):
            said = f"{type(error).__name__}: {getattr(error, 'msg', error)}"
        raise ExerciseError(f"{_place(source, error)}: {said}") from error


def _place(source, error):
    """Return the cell and line of a source that an error comes from.

    An error that names a mistake or a right answer comes from its cell.
    """
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(frame.filename, frame.lineno) for frame in frames]
    if isinstance(error, SyntaxError):
        lines.append((error.filename or "", error.lineno))
    for file, line in reversed(lines):
        if file.startswith(f"<{source.name}, cell "):
            cell = file.rpartition(", ")[2].rstrip(">")
            return f"{source.name}.ipynb, {cell}, line {line}"
    named = NAMED.search(str(error))
    return _cell_of(source, named[1]) if named else f"{source.name}.ipynb"


def _cell_of(source, name):
    """Return the cell of a grader that first has a name."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for i, (tag, _, text, _) in enumerate(source.cells, 1):
        if tag == "grader" and word.search(text):
            return f"{source.name}.ipynb, cell {i}"
    return f"{source.name}.ipynb"


def _checks_itself(source, ex):
    """Refuse check cells, copied perhaps, that ask for another exercise."""
    right = f"check({source.name!r}, {ex.answer.__name__})"
    for i, (tag, _, text, _) in enumerate(source.cells, 1):
        if tag == "check":
            with located(source):
                tree = ast.parse(text, _file(source, i))
            calls = [
                ast.unparse(node)
                for node in ast.walk(tree)
                if isinstance(node, ast.Call)
                and ast.unparse(node.func) == "check"
            ]
            if calls != [right]:
                raise ExerciseError(
                    f"{source.name}.ipynb, cell {i}: the check must be "
                    f"{right}, got {', '.join(calls) or 'no call'}."
                )


def stub(text: str) -> str:
    r"""Return an answer cell without its solution.

    >>> print(stub("def f():\n    # BEGIN SOLUTION\n    x\n"
    ...            "    # END SOLUTION"))
    def f():
        raise NotImplementedError  # your code here
    """
    return SOLUTION.sub(lambda m: m[1] + STUB, text).rstrip("\n")


def solved(text: str) -> str:
    """Return an answer cell without the two markers."""
    return SOLUTION.sub(lambda m: m[2], text).rstrip("\n")


def student(source: Source, solution: bool | None = None) -> str:
    """Return the page, which is also the notebook that a student opens.

    Parameters
    ----------
    source : Source
    solution : bool, optional
        Whether the answer is folded in; else as the source says.
    """
    folded = source.public if solution is None else solution
    checks = [i for i, c in enumerate(source.cells) if c[0] == "check"]
    cells = []
    for i, (tag, kind, text, whole) in enumerate(source.cells):
        if not tag:
            cells.append(cell(kind, text, whole.get("outputs")))
        elif tag == "answer":
            cells.append(cell("code", stub(text)))
        elif tag == "check":
            said = f"{source.name}: {NOT_YET}\n"
            cells.append(cell("code", text, [_stream(said)]))
        if i == checks[-1]:
            _refuse_leaks(source, cells)
            if folded:
                cells.append(cell("markdown", _folded(source)))
    if not folded:
        _refuse_leaks(source, cells)
    return dump(source.name, cells)


def _refuse_leaks(source, cells):
    """Refuse cells for students that hold a line of the solution."""
    lines = {
        line.strip()
        for one in cells
        for text in ("".join(one["source"]), *_printed(one))
        for line in text.split("\n")
    }
    seen = lines | {line.strip("#>*-` ") for line in lines}  # in a comment
    for text in source.texts("answer"):
        for found in SOLUTION.finditer(text):
            for line in map(str.strip, found[2].split("\n")):
                if re.search(r"\w", line) and line in seen:
                    raise ExerciseError(
                        f"{source.name}: students would read a line of the "
                        f"solution, {line!r}: it stands outside of the "
                        f"markers too. Change one of the two."
                    )


def _printed(cell):
    """Yield what a cell printed, without colours and numbers of lines."""
    for output in cell.get("outputs", []):
        plain = output.get("data", {}).get("text/plain", [])
        for part in (output.get("text", []), plain):
            yield "".join(part)
        for text in output.get("traceback", []):
            bare = re.sub(r"\x1b\[[\d;]*m", "", text)
            yield re.sub(r"(?m)^(-+> ?)? *\d+ ", "", bare)


def answers(source: Source) -> str:
    """Return the answer sheet: solution, points, and the known mistakes."""
    ex = exercise(source)
    cells = [
        cell(kind, solved(text) if tag == "answer" else text)
        for tag, kind, text, _ in source.cells
        if tag in ("", "answer", "solution")
    ]
    worth = [f"| `{part}` | {of:g} |" for part, of in ex.points.items()]
    known = [
        f"| `{name}` | {general(message)} |"
        for name, (message, _) in ex.mistakes.items()
    ]
    sheet = ["## Points", "", "| part | points |", "|---|---|", *worth]
    sheet += ["", "## Known mistakes, and what is said to them", ""]
    sheet += ["| mistake | message |", "|---|---|", *known]
    return dump(source.name, [*cells, cell("markdown", "\n".join(sheet))])


def dump(name: str, cells: list[dict], **metadata) -> str:
    """Return a notebook as text: the same bytes for the same cells."""
    runs = 0
    for i, cell in enumerate(cells):
        cell["id"] = f"{name}-{i:03d}"
        if cell["cell_type"] == "code":
            runs += 1
            cell["execution_count"] = runs
            for output in cell["outputs"]:
                if "execution_count" in output:
                    output["execution_count"] = runs
    book = {
        "cells": cells,
        "metadata": METADATA | metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (
        json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


def cell(kind: str, text: str, outputs: list | None = None) -> dict:
    """Return a cell of a notebook."""
    made: dict = {
        "cell_type": kind,
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    if kind == "code":
        made["outputs"] = [dict(o) for o in outputs or []]
    return made


def _stream(text):
    """Return what a cell prints, as a notebook stores it."""
    return {
        "name": "stdout",
        "output_type": "stream",
        "text": text.splitlines(keepends=True),
    }


def _folded(source):
    """Return the solution as Markdown that JupyterLab and the book fold."""
    code = "\n\n\n".join(map(solved, source.texts("answer")))
    words = "".join(f"\n{text}\n" for text in source.texts("solution"))
    return (
        "<details>\n<summary>Solution</summary>\n\n"
        f"```python\n{code}\n```\n{words}\n</details>"
    )
