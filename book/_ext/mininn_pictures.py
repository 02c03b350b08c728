"""Pictures in the built pages: each says its size, and waits until it is near.

A browser that knows the size keeps the room free, so the text below stands
still when the picture arrives. As a style, the size would not shrink in
proportion on a narrow screen; as attributes it does.
"""

import re

IMAGE = re.compile(r"<img (?![^>]*\bloading=)([^>]*)>")
SIZE = re.compile(r'style="width: (\d+)px; height: (\d+)px;"')


def measure(app, pagename, templatename, context, doctree):
    """Write its size into each picture of a page."""

    def measured(found):
        sized = SIZE.sub(r'width="\1" height="\2"', found[1])
        return f'<img loading="lazy" {sized}>'

    context["body"] = IMAGE.sub(measured, context.get("body", ""))


def setup(app):
    app.connect("html-page-context", measure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
