"""The glass box: a network in the page, whose every number opens.

``box`` stores a network and its data as one JSON beside a still picture and
a table of numbers. On a page of the book, and in a notebook that has
anywidget, the scripts beside this file make it live; without them the still
and the table are what is seen.
"""

from mininn.glass.play import playground
from mininn.glass.scripts import script, style
from mininn.glass.stored import Box, box

__all__ = ["Box", "box", "playground", "script", "style"]
