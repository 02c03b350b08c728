"""Find a student's function among cells, and run only what it needs.

A notebook trains, plots and asks for input; none of that is run. Imports,
functions, classes and assignments are, and of these only the ones that the
function needs. So a broken cell costs no mark in another exercise.
"""

import ast

from mininn.exercises.judge.outcomes import stopped

DEFINES = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.Try,
)
NOT_HERE = "{} is not there when answers are graded: write it in NumPy"


class NoShell:
    """Stands for IPython, which the child does not have; does nothing."""

    def __getattr__(self, name):
        return lambda *args: [] if name == "getoutput" else None


def bound(node):
    """Return the names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).split(".")[0] for a in node.names}
    names = {
        n.id
        for n in ast.walk(node)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    for inner in getattr(node, "body", []):
        names |= bound(inner)
    return names


def names_used(code):
    """Return the names that compiled code may look up outside itself."""
    inner = [names_used(c) for c in code.co_consts if hasattr(c, "co_names")]
    return set(code.co_names).union(*inner)


def definitions(cells):
    """Return (names bound, names used, code) of statements; and problems.

    A problem is (the text of a cell, why it cannot be read).
    """
    found, unread = [], []
    for label, text in cells:
        try:
            for node in ast.parse(text, label).body:
                if isinstance(node, DEFINES):
                    code = compile(ast.Module([node], []), label, "exec")
                    found.append((bound(node), names_used(code), code))
        except (SyntaxError, ValueError, MemoryError, RecursionError) as no:
            line = getattr(no, "lineno", None)
            at = f"{label}, line {line}" if line else label
            said = getattr(no, "msg", None) or str(no) or type(no).__name__
            unread.append((text, f"{at} cannot be read: {said}"))
    return found, unread


def load(cells, name):
    """Run only what the function ``name`` needs, in the notebook's order.

    Returns
    -------
    answer : callable or None
    failed : dict
        Why a name is not there, by name.
    """
    found, unread = definitions(cells)
    wanted, before = {name}, {""}
    while wanted != before:
        before = set(wanted)
        for binds, uses, _ in found:
            wanted |= uses if binds & wanted else set()
    space, failed = {"__name__": "answer", "get_ipython": NoShell}, {}
    for binds, _, code in found:
        if binds & (wanted | {"*"}):
            try:
                exec(code, space)
            except BaseException as error:
                failed.update(dict.fromkeys(binds, excuse(error)))
    whole = [why for text, why in unread if name in text]
    if name not in space and whole:
        failed.setdefault(name, whole[-1])
    return space.get(name), failed


def excuse(error):
    """Say why a definition failed; of a missing package, what to do."""
    if isinstance(error, ModuleNotFoundError):
        return NOT_HERE.format((error.name or "it").split(".")[0])
    told = stopped(error, None)
    return f"{told.where} stops with {told.error}: {told.text}"
