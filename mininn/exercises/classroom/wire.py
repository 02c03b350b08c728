"""Read what a child sent: heads in JSON, numbers of exact length, no more.

``worker`` writes these frames, but a child that runs a student's code may
send anything. What is not a whole frame of the expected form ends the
reading; what was whole before counts.
"""

import json
import math

import numpy as np

from mininn.exercises.judge.keys import Key
from mininn.exercises.judge.outcomes import MOST_NUMBERS, Outcome

MOST_HEAD = 65_536


class Broken(Exception):
    """The bytes are no frame."""


def read(data: bytes, key: Key) -> list[Outcome] | None:
    """Return the outcomes of the first cases; None when nothing started."""
    found: list[Outcome] = []
    try:
        head, at = _read_head(data, 0)
        if head != {"ready": True}:
            return None
    except Broken:
        return None
    try:
        while len(found) < len(key.cases):
            head, at = _read_head(data, at)
            outcome, at = _read_outcome(data, at, head, len(found), key)
            found.append(outcome)
    except Broken:
        pass
    return found


def _read_head(data, at):
    """Return the head that begins at ``at``, and where it ends."""
    size = int.from_bytes(data[at : at + 4], "big")
    end = at + 4 + size
    if not 0 < size <= MOST_HEAD or end > len(data):
        raise Broken
    try:
        head = json.loads(data[at + 4 : end].decode())
    except (ValueError, RecursionError):
        raise Broken from None
    if not isinstance(head, dict):
        raise Broken
    return head, end


def _read_outcome(data, at, head, i, key):
    """Return the outcome of case ``i``, and where its numbers end."""
    shapes, odd = head.get("shapes"), head.get("odd")
    if head.get("case") != i or type(shapes) is not dict:
        raise Broken
    if type(odd) is not dict or not {*shapes, *odd} <= set(key.outputs):
        raise Broken
    outputs = {}
    for name, shape in shapes.items():
        size = _size(shape)
        raw = data[at : at + 8 * size]
        if len(raw) != 8 * size:
            raise Broken
        outputs[name] = np.frombuffer(raw, "<f8").reshape(shape).astype(float)
        at += 8 * size
    error, text, where, changed = (
        one_line(head.get(n)) for n in ("error", "text", "where", "changed")
    )
    said = {name: one_line(why) for name, why in odd.items()}
    if not error and len(outputs) + len(said) < len(key.outputs):
        raise Broken
    return Outcome(outputs, said, error, text, where, changed), at


def _size(shape):
    """Return how many numbers an array has; refuse an impossible shape."""
    if type(shape) is not list or len(shape) > 4:
        raise Broken
    if any(type(n) is not int or not 0 <= n <= MOST_NUMBERS for n in shape):
        raise Broken
    size = math.prod(shape)
    if size > MOST_NUMBERS:
        raise Broken
    return size


def one_line(text: object) -> str:
    r"""Return a text as one short line of printable characters, or "".

    >>> one_line("a\x1b[2Jb\n" + 300 * "c")[:8]
    'a [2Jb c'
    """
    if not isinstance(text, str):
        return ""
    line = "".join(c if c.isprintable() else " " for c in text[:500])
    return " ".join(line.split())[:200]
