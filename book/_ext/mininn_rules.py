"""A rule that rewrites a page finds what it is for, or the build stops.

The pages are rewritten by patterns, and what writes the HTML, Sphinx, MyST-NB
or the theme, may write it otherwise after a release. A pattern that fits
nothing then says nothing. So each rule is told, from another source such as
the tree of the page, whether that page holds what the rule is for.
"""

import re

from sphinx.errors import ExtensionError


def expect(matched, rule, where):
    """Stop the build, with a message, where a rule has matched nothing."""
    if not matched:
        raise ExtensionError(
            f"{rule}: this rule matches nothing in {where}, which holds what "
            f"it is for. What writes it has changed: compare the pattern in "
            f"book/_ext with what is written now, and mend the pattern."
        )


def rewrite(pattern, new, text, *, there, rule, where):
    """Return a text rewritten by a rule.

    Parameters
    ----------
    pattern, new, text
        As in ``re.sub``.
    there : bool
        Whether the text holds what the rule is for.
    rule, where : str
        What a message calls the rule and the text.

    Raises
    ------
    ExtensionError
        When it is there, and the pattern matches nothing.
    """
    text, matched = re.subn(pattern, new, text)
    expect(matched or not there, rule, where)
    return text


def holds(doctree, kind, condition=lambda node: True):
    """Whether the tree of a page holds such a node; False without a tree."""
    return doctree is not None and any(
        condition(node) for node in doctree.findall(kind)
    )
