"""Pictures in the built pages: each says its size, and waits until it is near.

A browser that knows the size keeps the room free, so the text below stands
still when the picture arrives. As a style, the size would not shrink in
proportion on a narrow screen; as attributes it does.
"""

import re

from docutils import nodes
from mininn_rules import expect, holds, rewrite

IMAGE = re.compile(r"<img (?![^>]*\bloading=)([^>]*)>")
SIZE = re.compile(r'style="width: (\d+)px; height: (\d+)px;"')
# The docutils of today write the attributes themselves, in any order.
SIZED = re.compile(r'<img (?=[^>]*\bwidth="\d+")[^>]*\bheight="\d+"')


def measure(app, pagename, templatename, context, doctree):
    """Write its size into each picture of a page."""

    def measured(found):
        sized = SIZE.sub(r'width="\1" height="\2"', found[1])
        return f'<img loading="lazy" {sized}>'

    there = holds(doctree, nodes.image)
    body = context["body"] = rewrite(
        IMAGE,
        measured,
        context.get("body", ""),
        there=there,
        rule="mininn_pictures, pictures that wait",
        where=pagename,
    )
    expect(
        not there or SIZED.search(body),
        "mininn_pictures, pictures that say their size",
        pagename,
    )


def setup(app):
    app.connect("html-page-context", measure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
