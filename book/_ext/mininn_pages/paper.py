"""What paper needs: parts, fonts, and explorers that stand still.

Sliders need a browser. On paper an explorer is the frame that it
starts with, and below it a table with the numbers of every frame. Code that
a page folds away, because it only draws, is left out.
"""

from pathlib import Path

import matplotlib
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.texescape import escape

from . import explorers
from .rules import expect

# Chinese terms take their own font: XeTeX changes it where the script
# changes, so no further package is needed.
PREAMBLE = r"""
\newfontfamily\chinese{Noto Serif CJK SC}
\newXeTeXintercharclass\ideograph
\newcount\character \character="4E00
\loop \XeTeXcharclass\character=\ideograph
\ifnum\character<"9FFF \advance\character 1 \repeat
\XeTeXinterchartokenstate=1
\XeTeXinterchartoks 0 \ideograph = {\begingroup\chinese}
\XeTeXinterchartoks 4095 \ideograph = {\begingroup\chinese}
\XeTeXinterchartoks \ideograph 0 = {\endgroup}
\XeTeXinterchartoks \ideograph 4095 = {\endgroup}
\setlength{\headheight}{14pt}
\setcounter{tocdepth}{0}
\hypersetup{bookmarksdepth=2}
\AddToHook{begindocument/end}{\renewcommand{\contentsname}{Contents}}
"""
# The numbers of numbers.py: chapter 3, the page 3a below it with equations
# (3a.1), (3a.2), …, and pages without a number, which count from 1.
NUMBERS = r"""
\newcommand{\pageletter}{}
\newcommand{\numberedchapter}{\renewcommand{\pageletter}{}%
  \setcounter{secnumdepth}{2}}
\newcommand{\pagebelow}[1]{\renewcommand{\pageletter}{#1}%
  \setcounter{equation}{0}\setcounter{figure}{0}}
\newcommand{\pagealone}[1]{\renewcommand{\pageletter}{}%
  \setcounter{secnumdepth}{-2}\setcounter{chapter}{0}%
  \setcounter{equation}{0}\setcounter{figure}{0}%
  \renewcommand{\theHequation}{#1.\arabic{equation}}%
  \renewcommand{\theHfigure}{#1.\arabic{figure}}}
\newcommand{\pagenumber}{\ifnum\value{chapter}>0
  \thechapter\pageletter.\fi}
\AddToHook{begindocument/end}{%
  \renewcommand{\thesection}{\thechapter
    \ifx\pageletter\empty.\arabic{section}\else\pageletter\fi}%
  \renewcommand{\theequation}{\pagenumber\arabic{equation}}%
  \renewcommand{\thefigure}{\pagenumber\arabic{figure}}%
  \renewcommand{\theHequation}{\theHchapter\pageletter.\arabic{equation}}%
  \renewcommand{\theHfigure}{\theHchapter\pageletter.\arabic{figure}}}
"""
# The code font of matplotlib has every Greek letter, and it is always there.
FONTS = r"""
\setmainfont{FreeSerif}[Extension=.otf, UprightFont=*, ItalicFont=*Italic,
  BoldFont=*Bold, BoldItalicFont=*BoldItalic]
\setsansfont{FreeSans}[Extension=.otf, UprightFont=*, ItalicFont=*Oblique,
  BoldFont=*Bold, BoldItalicFont=*BoldOblique]
\setmonofont{DejaVuSansMono}[Path=%s/, Extension=.ttf, UprightFont=*,
  ItalicFont=*-Oblique, BoldFont=*-Bold, BoldItalicFont=*-BoldOblique,
  Scale=0.82]
"""


def set_typography(config):
    """Choose the fonts and the measures of the printed book."""
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    config.latex_elements = {
        "papersize": "a4paper",
        "pointsize": "11pt",
        "extraclassoptions": "openany,oneside",
        "fontpkg": FONTS % fonts,
        "preamble": PREAMBLE + NUMBERS,
        "fncychap": "",
    } | config.latex_elements
    config.nb_render_markdown_format = "myst"  # tables of shapes are tables
    config.latex_use_xindy = False  # one package less to install


def as_table(rows):
    """Return a table node: the first row is its head."""
    count = len(rows[0])
    group = nodes.tgroup("", cols=count)
    group += [nodes.colspec("", colwidth=1) for _ in rows[0]]
    for part, some in ((nodes.thead(), rows[:1]), (nodes.tbody(), rows[1:])):
        for texts in some:
            row = nodes.row()
            for text in texts:
                row += nodes.entry("", nodes.paragraph("", text))
            part += row
        group += part
    long = ["longtable"] if len(rows) > 30 else []  # may break over pages
    return nodes.table("", group, classes=[*long, "explorer-table"])


class OnPaper(SphinxPostTransform):
    """Put the first frame and the table where an explorer would be."""

    builders = ("latex",)
    default_priority = 3  # before MyST-NB chooses one form of each output

    def run(self, **kwargs):
        self.divide()
        for link in list(self.document.findall(addnodes.pending_xref)):
            if "sd-stretched-link" in link["classes"]:  # a card's whole area
                link.parent.remove(link)
        for cell in list(self.document.findall(nodes.container)):
            if "tag_hide-input" in cell.get("classes", []):
                drawing = [c for c in cell if "cell_input" in c["classes"]]
                expect(
                    drawing,
                    "paper.py, code that only draws",
                    self.source_of(cell).stem,
                )
                for code in drawing:
                    cell.remove(code)
        self.stand_still()

    def divide(self):
        """Give the first page a chapter of its own, and the parts titles."""
        book = next(iter(self.document.findall(nodes.section)), None)
        if book is None:
            return
        pages = [
            child
            for child in book
            if not isinstance(child, nodes.title)
            and not any(child.findall(addnodes.start_of_file))
        ]
        first = nodes.section(ids=["begin"])
        first += nodes.title("", "Begin here")
        for child in pages:
            book.remove(child)
            first += child
        book.insert(1, first)
        root = self.env.get_doctree(self.config.root_doc)
        parts = {
            tree["includefiles"][0]: tree["caption"]
            for tree in root.findall(addnodes.toctree)
        }
        book.insert(1, nodes.raw("", r"\pagealone{begin}", format="latex"))
        for start in list(book.findall(addnodes.start_of_file)):
            name = start["docname"]
            command = self.numbered(name)
            if name in parts:
                command = r"\part{" + escape(parts[name]) + "}" + command
            start.insert(0, nodes.raw("", command, format="latex"))

    def numbered(self, name):
        """Return the command that gives a page its number."""
        (number,) = self.env.toc_secnumbers.get(name, {}).get("") or (None,)
        if number is None:
            return rf"\pagealone{{{nodes.make_id(name)}}}"
        letter = str(number).lstrip("0123456789")
        return rf"\pagebelow{{{letter}}}" if letter else r"\numberedchapter"

    def stand_still(self):
        """Replace every explorer by its first frame and its numbers."""
        shown = 0
        for page in list(self.document.findall(nodes.raw)):
            stored = page["format"] == "html" and explorers.read(page.astext())
            if not stored:
                continue
            shown += 1
            bundle = page.parent.parent
            bundle.replace_self(
                self.picture(stored, shown) + self.table(stored)
            )
        sources = map(
            self.source_of, self.document.findall(addnodes.start_of_file)
        )
        there = any(map(explorers.is_stored_in, sources))
        expect(shown or not there, "paper.py, explorers", "the book")

    def source_of(self, node):
        """Return the notebook that a node of the whole book comes from."""
        while node is not None and "docname" not in node:
            node = node.parent
        docname = node["docname"] if node is not None else self.env.docname
        return Path(self.env.doc2path(docname))

    def picture(self, stored, number):
        folder = Path(self.app.doctreedir) / "frames"
        folder.mkdir(exist_ok=True)
        path = folder / f"frame-{number}.png"
        note, frame, _ = explorers.first(stored)
        frame.save(path, optimize=True)
        self.env.images.add_file(self.env.docname, str(path))
        image = nodes.image(
            "",
            uri=str(path),
            candidates={"*": str(path)},
            alt=note,
            width=f"{stored['width']}px",
            align="center",
        )
        caption = nodes.paragraph("", "", nodes.emphasis("", note))
        return [image, caption]

    def table(self, stored):
        rows = explorers.table(stored)
        spec = addnodes.tabular_col_spec()
        spec["spec"] = "r" * (len(rows[0]) - 1) + r"p{0.6\linewidth}"
        return [
            nodes.raw("", r"\begingroup\scriptsize", format="latex"),
            spec,
            as_table(rows),
            nodes.raw("", r"\endgroup", format="latex"),
        ]
