"""Pictures: each says its size, and waits until it is near.

A browser that knows the size keeps the room free, so the text below stands
still when the picture arrives. As a style, the size would not shrink in
in proportion on a narrow screen; as attributes it does. On a phone the
letters of a wide picture would be too small to read: it scrolls in a box.
"""

import re

from docutils import nodes

from .rules import expect, holds

WIDE = 480  # px; what is wider gets a box
SIZE = re.compile(r"width: (\d+)px; height: (\d+)px;")


def wait(page):
    """Let each picture load when the reader comes near it."""
    pictures = page.find("img")
    expect(
        pictures or not holds(page.doctree, nodes.image),
        "pictures.py, pictures that wait",
        page.name,
    )
    for picture in pictures:
        picture.attrs.setdefault("loading", "lazy")


def say_size(page):
    """Write the size of each picture as attributes."""
    for picture in page.find("img"):
        size = SIZE.fullmatch(picture.get("style", ""))
        if size:
            del picture["style"]
            picture["width"], picture["height"] = size.groups()
    expect(
        any(p.get("width") and p.get("height") for p in page.find("img"))
        or not holds(page.doctree, nodes.image),
        "pictures.py, pictures that say their size",
        page.name,
    )


def box(page):
    """Put each wide figure into a box that can scroll, and say its width."""
    pictures = [figure.find("img") for figure in page.find("figure")]
    expect(
        any(pictures) or not holds(page.doctree, nodes.figure),
        "pictures.py, boxes of figures",
        page.name,
    )
    for picture in filter(None, pictures):
        width = picture.get("width", "0")
        if int(width) > WIDE:
            style = {"class": "picture", "style": f"--width: {width}px"}
            link = picture.find_parent("a")  # to the picture on its own
            (link or picture).wrap(page.new("div", style))
