"""Find a student's function among cells, and run only what it needs.

A notebook trains, plots and asks for input; none of that is run. Imports,
functions, classes and assignments are, and of these only the ones that the
function needs. So a broken cell costs no mark in another exercise.
"""

import __future__

import ast

from mininn.exercises.judge.outcomes import stopped

DEFINES = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.If,
    ast.With,
    ast.Try,
)
TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
NOT_HERE = "{} is not there when answers are graded: write it in NumPy"


class NoShell:
    """Stands for IPython, which the child does not have; does nothing."""

    def __getattr__(self, name):
        return lambda *args: [] if name == "getoutput" else None


def bound(node):
    """Return the names that a statement defines, whichever way it goes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    names = set()
    for n in ast.walk(node):
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
            names.add(n.id)
        elif isinstance(n, ast.FunctionDef | ast.ClassDef):
            names.add(n.name)
        elif isinstance(n, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).split(".")[0] for a in n.names}
    return names


def names_used(code):
    """Return the names that compiled code may look up outside itself."""
    inner = [names_used(c) for c in code.co_consts if hasattr(c, "co_names")]
    return set(code.co_names).union(*inner)


def definitions(cells):
    """Return (names bound, names used, code) of statements; and problems.

    A cell is a label, a text, and perhaps a note on a text that cannot be
    read. A problem is (the text of a cell, why it cannot be read).
    """
    found, unread, flags = [], [], 0
    for label, text, *note in cells:
        try:
            tree = ast.parse(text, label)
            compile(tree, label, "exec", flags | TOP_LEVEL_AWAIT)
            for node in tree.body:
                flags |= future(node)
                if isinstance(node, DEFINES) and not awaits(node):
                    code = compile(
                        ast.Module([node], []), label, "exec", flags
                    )
                    found.append((bound(node), names_used(code), code))
        except (SyntaxError, ValueError, MemoryError, RecursionError) as no:
            line = getattr(no, "lineno", None)
            at = f"{label}, line {line}" if line else label
            said = getattr(no, "msg", None) or str(no) or type(no).__name__
            why = f"{note[0]}: {said}" if note else f"cannot be read: {said}"
            unread.append((text, f"{at}{':' * len(note)} {why}"))
    return found, unread


def future(node):
    """Return what ``from __future__ import`` switches on, as a flag."""
    flag = 0
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        for name in node.names:
            flag |= getattr(__future__, name.name).compiler_flag
    return flag


def awaits(node):
    """Whether a statement waits for something, as a notebook's cell may."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return False
    return any(isinstance(n, ast.Await) for n in ast.walk(node))


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
