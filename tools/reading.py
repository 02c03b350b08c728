"""Say how many words a page has and how long it takes, and write it there.

    python tools/reading.py            the table of all pages
    python tools/reading.py --write    write the times into the pages

One rule for all pages: a minute for 150 words of prose, a quarter of a minute
for a displayed equation, and six seconds for a cell of code. Prose is what is
read: not formulas, code and solutions. Times are rounded up to 5 minutes.
What one tries, questions and exercises, comes on top.
"""

import argparse
import math
import re

import chapters
from places import BOOK

WORDS_A_MINUTE, MINUTES_AN_EQUATION, MINUTES_A_CELL = 150, 0.25, 0.1
# What is in a page and is not prose, in the order in which it is taken out.
APART = [
    r"^(`{3,}|:{3,})\{(?:solution|math|literalinclude|code)[\s\S]*?^\1\s*?$",
    r"^```\w*$[\s\S]*?^```$",  # code
    r"^\$\$$[\s\S]*?^\$\$.*?$",  # a displayed equation
    r"^:\w+:.*$",  # an option of a directive
    r"^[`:]{3,}(?:\{[\w-]+\})?",  # its first and last line, not its title
    r"\$[^$]+\$",
    r"\{(?:doc|eq|numref|cite:\w+|ref)\}`[^`]*`",
    r"\(#?[\w./-]*\.(?:ipynb|md|html)[^)]*\)",
]
ROLE = re.compile(r"\{\w+\}`([^`<]*?)(?: <[^`]*>)?`")
# A cell that asks something: to be tried, not to be read.
ASKS = re.compile(r"^mn\.(?:ask|drill)\(", re.MULTILINE)
TIME = re.compile(r"Time: (\d+) minutes")
# A row of a table that names chapters and says their minutes.
LINKS = r"(?:\{doc\}`\w+`(?:, )?)+"
ROW = re.compile(
    rf"^(\| (?:\d+ \| )?({LINKS}) \| (?:[^|]*\| )?)(\d+)( \|)", re.MULTILINE
)


def prose(text):
    """Return the words of a page's text that are read as prose."""
    for pattern in APART:
        text = re.sub(pattern, " ", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`]*`", " ", ROLE.sub(r"\1", text))
    return re.findall(r"[^\W\d_][\w'’-]*", text)


def text_of(cells):
    """Return the text of the cells that are text."""
    return "\n\n".join(
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "markdown"
    )


def measure(cells):
    """Return the words, equations and code cells, and the minutes of them."""
    text = text_of(cells)
    words = len(prose(text))
    equations = len(re.findall(r"^\$\$ \(eq-", text, flags=re.MULTILINE))
    code = sum(
        cell["cell_type"] == "code"
        and not ASKS.search("".join(cell["source"]))
        for cell in cells
    )
    minutes = (
        words / WORDS_A_MINUTE
        + equations * MINUTES_AN_EQUATION
        + code * MINUTES_A_CELL
    )
    return words, equations, code, minutes


def minutes(name):
    """Return the minutes that a page says it takes."""
    return 5 * math.ceil(measure(chapters.read(name)["cells"])[-1] / 5)


def named(links):
    """Return the names of the pages that are linked."""
    return re.findall(r"`(\w+)`", links)


def rewritten(text):
    """Return a text whose rows of chapters say the minutes of them."""
    return ROW.sub(
        lambda row: f"{row[1]}{sum(map(minutes, named(row[2])))}{row[4]}", text
    )


def write(name):
    """Write the time of a page into it, and into its tables of pages."""
    book = chapters.read(name)
    for cell in book["cells"]:
        if cell["cell_type"] == "markdown":
            said = f"Time: {minutes(name)} minutes"
            source = TIME.sub(said, "".join(cell["source"]))
            cell["source"] = rewritten(source)
    chapters.path(name).write_text(chapters.stored(book), encoding="utf-8")


def main(argv=None):
    """Print the table, or write the times."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true")
    if parser.parse_args(argv).write:
        for name in chapters.texts():
            write(name)
        for path in BOOK.glob("*.md"):
            text = rewritten(path.read_text(encoding="utf-8"))
            path.write_text(text, encoding="utf-8")
    print(f"{'':24}words equations cells minutes")
    for name in chapters.texts():
        words, equations, code, _ = measure(chapters.read(name)["cells"])
        print(f"{name:24}{words:5}{equations:10}{code:6}{minutes(name):8}")


if __name__ == "__main__":
    main()
