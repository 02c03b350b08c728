"""Rules of style that no page can ask for are left out.

The theme brings Bootstrap, and with it the rules of a hundred things that the
book does not show. A rule stays where each class and id of its selector
stands in a page, or is a word of a script: what a script adds to a page, it
names. What is asked inside ``:not()``, ``:is()`` and their like, and of tags
and attributes, drops no rule.
"""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import tinycss2

from .formulas import Ready

# At-rules that hold rules; the others stay as they are.
NESTED = {"media", "supports", "layer", "container"}
# Classes that Bootstrap puts together, by how they begin.
COMPOSED = ("bs-tooltip-",)
WORD = re.compile(r"[\w-]+")
# Data of pages, whose prose is no script: what is in it stands in no rule. And
# the library of the editor, which brings a style of its own.
PROSE = {"codemirror.js", "search-index.js", "moved.js"}


def notes(app):
    """Return the folder that remembers the classes and ids of each page.

    A build writes only the pages that have changed; the rules need all.
    """
    return Path(app.doctreedir) / "names"


def note_names(page):
    """Note the classes and the ids of a page, those of formulas too."""
    names = set()
    for tag in page.tree.find_all(True):
        names |= {*tag.get("class", ()), tag.get("id", "")}
    for text in page.tree.find_all(string=True):
        if isinstance(text, Ready):
            names |= words(text)
    note = notes(page.app) / f"{page.name}.txt"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("\n".join(sorted(names)), encoding="utf-8")


@cache
def words(code):
    """Return the words of a script, or of a formula that is typeset."""
    return frozenset(WORD.findall(code))


def names_of_site(app):
    """Return every class and id that a page has, or a script can give it."""
    names = set()
    for note in notes(app).rglob("*.txt"):
        names |= set(note.read_text(encoding="utf-8").split("\n"))
    for script in (Path(app.outdir) / "_static").rglob("*.js"):
        if script.name not in PROSE:
            names |= words(script.read_text(encoding="utf-8"))
    return names


def asked(selector):
    """Return the classes and ids without which a selector matches nothing.

    Those that a script puts together are taken to be there.
    """
    names = {token.value for token in selector if token.type == "hash"}
    for before, token in pairwise(selector):
        if token.type == "ident" and before == ".":
            names.add(token.value)
    return {name for name in names if not name.startswith(COMPOSED)}


def selectors(prelude):
    """Return the selectors of a rule, which stand between commas."""
    parts = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def needed(rules, names):
    """Yield each rule that a page with these classes and ids can ask for."""
    for rule in rules:
        if rule.type == "qualified-rule":
            kept = [
                tinycss2.serialize(selector).strip()
                for selector in selectors(rule.prelude)
                if asked(selector) <= names
            ]
            if kept:
                content = tinycss2.serialize(rule.content).strip()
                yield f"{','.join(kept)}{{{content}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTED:
            inner = "".join(needed(inside(rule), names))
            if inner:
                prelude = tinycss2.serialize(rule.prelude).strip()
                yield f"@{rule.at_keyword} {prelude}{{{inner}}}"
        else:
            yield rule.serialize()


def inside(rule):
    """Return the rules inside an at-rule."""
    return tinycss2.parse_rule_list(
        rule.content or [], skip_comments=True, skip_whitespace=True
    )


def without_unused(css, names):
    """Return a style sheet without what these classes and ids never ask."""
    rules = tinycss2.parse_stylesheet(
        css, skip_comments=True, skip_whitespace=True
    )
    return "\n".join(needed(rules, names))
