"""A page of the book as a tree, from the HTML of the theme and back."""

from functools import cached_property

from bs4 import BeautifulSoup
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter

from .rules import expect

# The parser of Python alone is always there, and it leaves tags where they
# are written, also where the rules of HTML forbid it.
PARSER = "html.parser"


class AsWritten(HTMLFormatter):
    """Write attributes in their order, and as few entities as HTML needs."""

    def __init__(self):
        super().__init__(EntitySubstitution.substitute_xml)

    def attributes(self, tag):
        return tag.attrs.items()

    def quoted_attribute_value(self, value):
        return '"' + value.replace('"', "&quot;") + '"'


def fragment(html):
    """Return a piece of HTML as a tree."""
    return BeautifulSoup(html, PARSER, store_line_numbers=False)


def put_code_below(element, name):
    """Put the fold with the code of an output below it, and name it so."""
    cell = element.find_parent("div", class_="cell")
    fold = cell and cell.find("details", class_="hide", recursive=False)
    if not fold:
        return
    cell.append(fold.extract())
    fold["class"] = ["hide", "below-input", "admonition"]
    cell["class"] = [*cell["class"], "code-below"]
    for part in fold.summary.find_all(["p", "span"]):
        if part.string and part.string.strip():
            part.string = name


class Page:
    """A page that the steps change.

    Parameters
    ----------
    html : str
        The page as the theme has drawn it.
    name : str
        What Sphinx calls it, such as ``book/rings``.
    app : sphinx.application.Sphinx
    doctree : nodes.document, optional
        The text it was drawn from; the search and the index have none.
    title : str
    """

    def __init__(self, html, name, *, app=None, doctree=None, title=""):
        self.html, self.name, self.title = html, name, title
        self.app, self.doctree = app, doctree
        self.tree = fragment(html)

    @cached_property
    def head(self):
        found = self.tree.head
        expect(found, "page.py, the head of a page", self.name)
        return found

    @cached_property
    def article(self):
        """The element that holds the text, without what is around it."""
        found = self.tree.article
        expect(found, "page.py, the article of a page", self.name)
        return found

    def find(self, tag, *classes):
        """Return the elements of the text with this tag and these classes."""
        return [
            one
            for one in self.article.find_all(tag)
            if set(classes) <= set(one.get("class", ()))
        ]

    def new(self, tag, attributes):
        """Return a new element, not yet in its place."""
        return self.tree.new_tag(tag, attrs=attributes)

    def written(self):
        """Return the HTML of the page as it is now."""
        return self.tree.decode(formatter=AsWritten())
