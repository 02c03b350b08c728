"""A step that changes a page finds what it is for, or the build stops.

The steps ask for elements and classes, and what writes the HTML, Sphinx,
MyST-NB or the theme, may write others after a release. A step that finds
nothing then says nothing. So each rule is told, from another source such as
the doctree, whether the page holds what the rule is for.
"""

from sphinx.errors import ExtensionError


def expect(matched, rule, where):
    """Stop the build, with a message, where a rule has matched nothing."""
    if not matched:
        raise ExtensionError(
            f"{rule}: this rule matches nothing in {where}, which holds what "
            f"it is for. What writes it has changed: compare what the rule "
            f"asks for, in book/_ext/mininn_pages, with what is written now, "
            f"and mend the rule."
        )


def holds(doctree, kind, condition=lambda node: True):
    """Whether the doctree of a page holds such a node."""
    return doctree is not None and any(
        condition(node) for node in doctree.findall(kind)
    )
