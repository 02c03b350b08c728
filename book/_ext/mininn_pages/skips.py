"""Links for who comes by keyboard: past the menus, to what a page holds.

A page begins with some seventy links of its menus. The first press of Tab
offers the text, the second what can be turned or changed in it.
"""

from .rules import expect

# What one can skip to beside the text, by its class, and how it is called.
LIVE = {
    "explorer": "explorer",
    "glass-box": "glass box",
    "drawing-pad": "drawing pad",
}
TEXT = "text"  # the id of the text


def live(tag):
    """Whether an element is an explorer, a glass box or a pad."""
    return any(name in LIVE for name in tag.get("class", ()))


def offer(page):
    """Let the first links of a page lead to its text and what is live."""
    box = page.tree.find(id="pst-skip-link")
    expect(box and box.a, "skips.py, the link past the menus", page.name)
    box.clear()
    box.append(link(page, page.article, TEXT, "text"))
    first = page.article.find(live)
    if first:
        name = next(LIVE[one] for one in first["class"] if one in LIVE)
        box.append(link(page, first, f"first-{name.split()[0]}", name))


def link(page, element, default, name):
    """Return a link to an element, which can have the focus from now on."""
    element["id"] = element.get("id", default)
    element["tabindex"] = "-1"
    found = page.new("a", {"href": f"#{element['id']}"})
    found.string = f"Skip to the {name}"
    return found
