"""The source of the library, as Sphinx shows it: a way back, no wide gaps."""

from .rules import expect

SOURCES, HOME = "_modules/", "book/api"


def lead_back(page):
    """Lead from a source to the page that says what is in it."""
    if not page.name.startswith(SOURCES):
        return
    title = page.article.h1
    expect(title, "sources.py, the title of a source", page.name)
    if HOME in page.app.env.titles:
        uri = page.app.builder.get_relative_uri(page.name, HOME)
        link = page.new("a", {"href": uri})
        link.string = page.app.env.titles[HOME].astext()
        line = page.new("p", {})
        line.extend(["Described in ", link, "."])
        title.insert_after(line)


def close_gaps(page):
    """Leave two empty lines between the parts of a source, as Python does.

    Sphinx begins a line before and after the link of a part, which stands at
    the right, and another one behind the part.
    """
    if not page.name.startswith(SOURCES):
        return
    for part in page.find("div", "viewcode-block"):
        link = part.find("a", "viewcode-back")
        expect(link, "sources.py, the link of a part", page.name)
        for space in (
            link.previous_sibling,
            link.next_sibling,
            part.next_sibling,
        ):
            if isinstance(space, str) and space.startswith("\n"):
                space.replace_with(space[1:])
