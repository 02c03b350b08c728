"""The glass box and the drawing pad: networks that live in the page.

``box`` stores a network and its data as one JSON beside a still picture and
a table of numbers. On a page of the book, and in a notebook that has
anywidget, the scripts beside this file make it live; without them the still
and the table are what is seen. So it is with ``pad``, where a network reads
what is drawn.
"""

from mininn.glass.drawing import Pad, pad
from mininn.glass.play import playground
from mininn.glass.scripts import script, style
from mininn.glass.stored import Box, box

__all__ = ["Box", "Pad", "box", "pad", "playground", "script", "style"]
