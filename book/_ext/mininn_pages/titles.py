"""Links in a text call a page by the short form of its title.

A title has the words that a reader would search, "Walk downhill: gradient
descent". In a sentence that is too long, so a link says "Walk downhill", and
"Slopes that vanish" for "Further: slopes that vanish".
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import docname_join


def short(title):
    """Return the short form of a title."""
    title = title.removeprefix("Further: ").partition(": ")[0]
    return title[0].upper() + title[1:]


class ShortTitles(SphinxPostTransform):
    """Give each link to a page, if it has no text of its own, the short."""

    default_priority = 5  # before Sphinx resolves the links

    def run(self, **kwargs):
        for link in self.document.findall(addnodes.pending_xref):
            if link["reftype"] != "doc" or link["refexplicit"]:
                continue
            page = docname_join(link["refdoc"], link["reftarget"])
            if page in self.env.titles:
                text = short(self.env.titles[page].astext())
                link["refexplicit"] = True
                link.clear()
                link += nodes.inline(text, text)
