"""The table of the shapes of all arrays of a network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from mininn.checks import as_count, as_sizes


@dataclass(frozen=True)
class Row:
    """One array: its symbol, what computes it, its shape twice."""

    symbol: str
    formula: str
    shape: str
    numbers: tuple[int, int]

    def cells(self) -> tuple[str, str, str, str]:
        """Return the four cells of this row as text."""
        return self.symbol, self.formula, self.shape, str(self.numbers)


class ShapeTable:
    """Every array of a network with its shape, as text, Markdown or HTML.

    ``table["W[1]"]`` is the shape in numbers; ``table.parameters``,
    ``table.forward`` and ``table.backward`` are its three parts.
    """

    head = ("array", "computed as", "shape", "here")

    def __init__(self, **parts: list[Row]):
        self._parts = parts
        self.rows = [row for rows in parts.values() for row in rows]

    @property
    def parameters(self) -> "ShapeTable":
        """The part that training changes: W and b."""
        return ShapeTable(parameters=self._parts["parameters"])

    @property
    def forward(self) -> "ShapeTable":
        """The arrays in the order the forward pass makes them."""
        return ShapeTable(forward=self._parts["forward"])

    @property
    def backward(self) -> "ShapeTable":
        """The arrays in the order the backward pass makes them."""
        return ShapeTable(backward=self._parts["backward"])

    def __getitem__(self, symbol: str) -> tuple[int, int]:
        for row in self.rows:
            if row.symbol == symbol:
                return row.numbers
        known = " ".join(row.symbol for row in self.rows)
        raise KeyError(f"shape_table: no array {symbol!r}; there are {known}")

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        lines = [self.head, *(row.cells() for row in self.rows)]
        width = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(w) for cell, w in zip(line, width, strict=True)
            ).rstrip()
            for line in lines
        )

    def _repr_markdown_(self) -> str:
        lines = ["| " + " | ".join(self.head) + " |", "|---|---|---|---|"]
        lines += [
            "| " + " | ".join(f"`{c}`" for c in row.cells()) + " |"
            for row in self.rows
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{c}</th>' for c in self.head)
        body = "\n".join(
            "<tr>"
            + "".join(
                f"<td><code>{escape(c)}</code></td>" for c in row.cells()
            )
            + "</tr>"
            for row in self.rows
        )
        return (
            f'<table class="shape-table"><thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody></table>"
        )


def shape_table(n: Sequence[int], m: int = 1) -> ShapeTable:
    """Tabulate the shape of every array of a network (eq-shapes).

    Parameters
    ----------
    n : sequence of int
        Units per layer: ``n[0]`` inputs to ``n[L]`` outputs (``net.n``).
    m : int
        Samples in the batch.

    Raises
    ------
    TypeError, ValueError
        When ``n`` is not a list of at least two positive ints, or ``m`` is
        not a positive int.

    Examples
    --------
    >>> shape_table([2, 3, 1], m=5).parameters
    array  computed as  shape         here
    W[1]   parameter    (n[1], n[0])  (3, 2)
    b[1]   parameter    (n[1], 1)     (3, 1)
    W[2]   parameter    (n[2], n[1])  (1, 3)
    b[2]   parameter    (n[2], 1)     (1, 1)
    """
    n, m = as_sizes("shape_table", n), as_count("shape_table", "m", m)
    L = len(n) - 1

    def W(name, l, formula):
        return Row(
            f"{name}[{l}]", formula, f"(n[{l}], n[{l - 1}])", (n[l], n[l - 1])
        )

    def b(name, l, formula):
        return Row(f"{name}[{l}]", formula, f"(n[{l}], 1)", (n[l], 1))

    def Z(name, l, formula):
        return Row(f"{name}[{l}]", formula, f"(n[{l}], m)", (n[l], m))

    parameters, forward, backward = [], [Z("A", 0, "X")], []
    for l in range(1, L + 1):
        parameters += [W("W", l, "parameter"), b("b", l, "parameter")]
        forward += [
            Z("Z", l, f"W[{l}] @ A[{l - 1}] + b[{l}]"),
            Z("A", l, f"g[{l}](Z[{l}])"),
        ]
    for l in range(L, 0, -1):
        dZ = (
            f"loss.dZ(Z[{l}], Y)"
            if l == L
            else f"dA[{l}] * g[{l}].prime(Z[{l}])"
        )
        backward += [
            Z("dZ", l, dZ),
            W("dW", l, f"dZ[{l}] @ A[{l - 1}].T"),
            b("db", l, f"dZ[{l}].sum(axis=1, keepdims=True)"),
        ]
        if l > 1:
            backward.append(Z("dA", l - 1, f"W[{l}].T @ dZ[{l}]"))
    return ShapeTable(
        parameters=parameters, forward=forward, backward=backward
    )
