"""Mutants: copies of a solution, each with one small thing changed.

A grader that gives a mutant full marks has no case that shows the change.
"""

import ast
import copy
from collections.abc import Iterator

SWAPS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
}


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    r"""Yield (the changed line, the changed module) for every change.

    Parameters
    ----------
    source : str
        A function's text; its docstring is left alone.

    Examples
    --------
    >>> [line for line, _ in mutants("def f(x, m):\n    return x / m")]
    ['return x * m', 'return x', 'return m']
    """
    tree = ast.parse(source)
    places = [
        (node, change)
        for node in ast.walk(tree)
        for change in range(len(changes(node)))
    ]
    for target, change in places:
        twin = copy.deepcopy(tree)
        old = _same_place(tree, target, twin)
        line = _swap(twin, old, changes(old)[change])
        yield line, ast.fix_missing_locations(twin)


def _same_place(tree, node, twin):
    """Return the node of ``twin`` that stands where ``node`` does."""
    pairs = zip(ast.walk(tree), ast.walk(twin), strict=True)
    return next(b for a, b in pairs if a is node)


def changes(node: ast.AST) -> list[ast.AST]:
    """Return what could stand in place of a node, each one change away."""
    if isinstance(node, ast.BinOp):
        return _operations(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        ops = [SWAPS[type(node.ops[0])](), *node.ops[1:]]
        return [ast.Compare(node.left, ops, node.comparators)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [node.operand]
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return [node.value]
    if isinstance(node, ast.Call):
        return _calls(node)
    if isinstance(node, ast.Constant):
        return _constants(node)
    return []


def _operations(node):
    """Swap the operation, or leave one side of it out."""
    new = []
    if type(node.op) in SWAPS:
        new.append(ast.BinOp(node.left, SWAPS[type(node.op)](), node.right))
    return [*new, node.left, node.right]


def _calls(node):
    """Leave out one keyword, or a call of a method without arguments."""
    new: list[ast.AST] = [
        ast.Call(node.func, node.args, [k for k in node.keywords if k != out])
        for out in node.keywords
    ]
    if isinstance(node.func, ast.Attribute) and not node.args:
        new.append(node.func.value)
    elif len(node.args) == 1 and not node.keywords:
        new.append(node.args[0])
    return new


def _constants(node):
    """Turn a switch over, an axis round, a number up by one."""
    if isinstance(node.value, bool):
        return [ast.Constant(not node.value)]
    if node.value in (0, 1):
        return [ast.Constant(1 - node.value)]
    if isinstance(node.value, int | float):
        return [ast.Constant(node.value + 1)]
    return []


class _Swap(ast.NodeTransformer):
    """Replace one node."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        if node is self.old:
            return self.new
        return self.generic_visit(node)


def _swap(tree, old, new):
    """Put ``new`` in the place of ``old``; return the text of its line."""
    line = next(
        s
        for s in reversed(list(ast.walk(tree)))
        if isinstance(s, ast.stmt) and old in list(ast.walk(s))
    )
    _Swap(old, new).visit(tree)
    return ast.unparse(ast.fix_missing_locations(line))
