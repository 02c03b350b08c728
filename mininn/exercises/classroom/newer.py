r"""Tell a syntax error from syntax that only a newer Python reads.

The answer is sure when a notebook says that the cell ran in a newer Python.
Else what is new is written in the old way, and the text tried again:

>>> since("print(f'{d['a']}')", (3, 11))
'3.12'
>>> since("print(f'{d['a'}')", (3, 11))
''
"""

import ast
import re
import sys
import warnings

OURS = sys.version_info[:2]
MOST = 100_000  # characters that are tried again
STRING = re.compile(
    r"#[^\n]*|(?P<prefix>\b[a-zA-Z]{1,2})?(?P<quote>'''|\"\"\"|'|\")"
)
IN_BRACKETS = r"\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]"
OF_TYPES = (
    (rf"^([ \t]*(?:async +)?(?:def|class) +\w+){IN_BRACKETS}", r"\1"),
    (rf"^([ \t]*)type +(\w+) *(?:{IN_BRACKETS})? *=", r"\1\2 ="),
)
OF_EXCEPT = ((r"^([ \t]*except\*? +)([\w.]+(?: *, *[\w.]+)+) *:", r"\1(\2):"),)
OPEN, CLOSE = "([{", ")]}"


class Unclear(Exception):
    """The text is no Python of any version."""


def parsed(source: str) -> ast.Module | None:
    """Return the syntax tree of a text, or None when it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an odd escape, say
            return ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def note(source: str, ran_in: str, ours: tuple = OURS) -> list[str]:
    """Return which newer Python reads a text that ours does not; else [].

    ``ran_in`` is the Python in which it ran without an error, or "".
    """
    if parsed(source) is not None or "\0" in source:  # no Python reads that
        return []
    version = ".".join(ran_in.split(".")[:2])
    if not version or _pair(version) <= ours:
        version = since(source, ours)
    mine = ".".join(map(str, ours))
    said = f"Python {version} reads this, but Python {mine} grades it"
    return [said] if version else []


def _pair(version):
    """Return a version as numbers.

    >>> _pair("3.12")
    (3, 12)
    """
    major, minor = version.split(".")
    return int(major[:3]), int(minor[:3])


def since(source: str, ours: tuple = OURS) -> str:
    """Return the first Python, newer than ours, that reads a text, or ""."""
    if len(source) > MOST:
        return ""
    for version, letters, changes in (
        ("3.12", "f", OF_TYPES),
        ("3.14", "ft" if ours < (3, 12) else "t", OF_EXCEPT),
    ):
        if _pair(version) <= ours:
            continue
        try:
            source, _ = _strings(source, 0, letters)
        except (Unclear, RecursionError):
            continue
        for old, new in changes:
            source = re.sub(old, new, source, flags=re.M)
        if parsed(source) is not None:
            return version
    return ""


def _strings(source, at, letters, end=""):
    """Replace formatted strings by empty ones; return a text and its end.

    What is formatted must be an expression. The text ends before a bracket
    or a mark of ``end`` that is in no bracket and no string.
    """
    made, depth = [], 0
    while at < len(source):
        found = STRING.match(source, at)
        c = source[at]
        if found and found["quote"]:
            quote, prefix = found["quote"], (found["prefix"] or "").lower()
            new = set(prefix) & set(letters)
            at = _string(source, found.end(), quote, letters if new else "")
            made.append('""' if new else source[found.start() : at])
        elif found:
            at = found.end()
        elif end and not depth and c in end and source[at : at + 2] != "!=":
            break
        else:
            depth += (c in OPEN) - (c in CLOSE)
            made.append(c)
            at += 1
    return "".join(made), at


def _string(source, at, quote, letters):
    """Return where a string ends; look at what it formats, if it does."""
    while not source.startswith(quote, at):
        if at >= len(source) or (source[at] == "\n" and len(quote) == 1):
            raise Unclear
        if source[at] == "\\":
            at += 2
        elif letters and source[at] == "{":
            double = source.startswith("{{", at)
            at = at + 2 if double else _field(source, at + 1, letters)
        else:
            at += 1
    return at + len(quote)


def _field(source, at, letters):
    """Return where a field, ``{expression!r:spec}``, ends."""
    text, at = _strings(source, at, letters, "!:}")
    text = re.sub(r"(?<![=!<>])=\s*$", "", text)  # {x=}
    if not text.strip() or parsed(f"({text.strip()}\n)") is None:
        raise Unclear
    while at < len(source) and source[at] != "}":
        inner = source[at] == "{"
        at = _field(source, at + 1, letters) if inner else at + 1
    return at + 1
