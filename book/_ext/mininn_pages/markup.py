"""HTML that Sphinx and its extensions write, made valid and plain."""

import re

from bs4 import NavigableString
from docutils import nodes
from sphinx_exercise.nodes import exercise_node, solution_node

from .page import fragment
from .rules import expect, holds

HIDDEN = "Toggle hidden content"
# How a block of code begins that only fetches what a page needs.
FETCHES = ("import ", "from ", "np.set_printoptions(")
# The sizes of a network, such as 2-4-6-6-4-1, or the name of an erratum, such
# as E-22; and where they are left alone.
SIZES = re.compile(r"\b(?:E|\d{1,3})(?:-\d{1,3})+\b")
AS_TYPED = ["a", "code", "pre", "script", "select", "style", "svg", "textarea"]
# How a page says what time it takes; where it says more, that stays a text.
TIME = re.compile(r"Time: ([^.]+)\.")
FOLD = """<details class="admonition hide above-input"><summary>\
<p class="collapsed admonition-title">Show the imports</p>\
<p class="expanded admonition-title">Hide the imports</p>\
</summary></details>"""


def keep_one_viewport(page):
    """Take away the second viewport: the theme's layout has one already."""
    found = page.head.find_all("meta", attrs={"name": "viewport"})
    expect(found, "markup.py, the viewport", page.name)
    for second in found[1:]:
        second.decompose()


def mend_corners_of_tables(page):
    """Make a plain cell of a corner that heads nothing.

    A table that names its rows and its columns has an empty corner. Who
    hears a table read would hear it announced as a heading.
    """
    corners = [
        cell
        for cell in page.find("th")
        if not cell.get_text(strip=True) and not cell.find("img")
    ]
    expect(
        corners or not holds(page.doctree, nodes.entry, empty_head),
        "markup.py, corners of tables",
        page.name,
    )
    for cell in corners:
        cell.name, cell.attrs = "td", {}
        cell.clear()


def empty_head(entry):
    """Whether a cell heads a table and holds nothing."""
    heads = isinstance(entry.parent.parent, nodes.thead)
    return heads and not any(entry.findall(nodes.Text))


def mend_names_of_folds(page):
    """Let a fold be called what it shows.

    MyST-NB gives each the same name, which hides the words in it from who
    hears the page.
    """
    folds = [
        fold
        for fold in page.find("summary")
        if fold.get("aria-label") == HIDDEN
    ]
    expect(
        folds or not holds(page.doctree, nodes.container, hidden),
        "markup.py, names of folds",
        page.name,
    )
    for fold in folds:
        del fold["aria-label"]


def hidden(container):
    """Whether a cell of a notebook is folded away, or a part of it."""
    return any(name.startswith("tag_hide-") for name in container["classes"])


def mend_entries_of_bibliography(page):
    """Call the entries of a list its items, whatever else they are."""
    entries = [
        entry
        for entry in page.find("div", "citation")
        if entry.get("role") == "doc-biblioentry"
    ]
    expect(
        entries or not holds(page.doctree, nodes.citation),
        "markup.py, entries of the bibliography",
        page.name,
    )
    for entry in entries:
        entry["role"] = "listitem"


def mend_lists_in_paragraphs(page):
    """Take a list out of the paragraph around it: HTML allows none there."""
    around = [
        paragraph
        for paragraph in page.find("p")
        if any(part.name == "ul" for part in paragraph.contents)
    ]
    expect(
        around or not holds(page.doctree, nodes.bullet_list, in_paragraph),
        "markup.py, lists in paragraphs",
        page.name,
    )
    for paragraph in around:
        paragraph.unwrap()


def in_paragraph(part):
    return isinstance(part.parent, nodes.paragraph)


def mend_titles_of_solutions(page):
    """Begin the link in the title of a solution with a word, not a space."""
    links = [
        title.a
        for title in page.find("p", "admonition-title")
        if "solution" in title.parent.get("class", ()) and title.a
    ]
    expect(
        links or not holds(page.doctree, solution_node),
        "markup.py, titles of solutions",
        page.name,
    )
    for link in links:
        words = link.find(string=True)
        if words != words.lstrip():
            words.replace_with(words.lstrip())
            link.insert_before(" ")


def join_time(page):
    """Say below the title, beside the number of questions, the time."""
    told = [p for p in page.find("p") if TIME.fullmatch(p.get_text().strip())]
    expect(
        told or not holds(page.doctree, nodes.paragraph, says_time),
        "markup.py, the time of a page",
        page.name,
    )
    for paragraph in told[:1]:
        title = page.article.find("h1")
        expect(title, "markup.py, the title of a page", page.name)
        below = title.find_next_sibling()
        facts = page.new("div", {"class": "page-facts"})
        title.insert_after(facts)
        if "questions-line" in below.get("class", ()):
            facts.append(below.extract())
        paragraph.string = TIME.fullmatch(paragraph.get_text().strip())[1]
        facts.insert(0, paragraph.extract())


def says_time(paragraph):
    return TIME.fullmatch(paragraph.astext().strip())


def keep_sizes_together(page):
    """Keep the sizes of a network, or E-22, in one line of the text."""
    for text in page.article.find_all(string=SIZES):
        typed = text.find_parent(AS_TYPED) or text.find_parent(class_="math")
        if type(text) is NavigableString and not typed:
            last = 0
            for found in SIZES.finditer(text):
                sizes = page.new("span", {"class": "together"})
                sizes.string = found[0]
                text.insert_before(text[last : found.start()], sizes)
                last = found.end()
            text.replace_with(text[last:])


def fetches(code):
    """Whether code only imports, and says how numbers are printed."""
    lines = [line for line in code.splitlines() if line.strip()]
    return bool(lines) and all(line.startswith(FETCHES) for line in lines)


def fold_imports(page):
    """Fold the imports of a chapter: it begins with its subject."""
    inputs = [
        part
        for part in page.find("div", "cell_input")
        if part.parent.name == "div" and fetches(part.get_text())
    ]
    expect(
        inputs or not holds(page.doctree, nodes.literal_block, shown_imports),
        "markup.py, imports",
        page.name,
    )
    for part in inputs:
        fold = fragment(FOLD).details
        part.wrap(fold)


def shown_imports(block):
    """Whether a cell of a notebook only imports, and is not folded."""
    cell = block.parent and block.parent.parent
    return (
        isinstance(cell, nodes.container)
        and "cell" in cell["classes"]
        and not hidden(cell)
        and fetches(block.astext())
    )


def number_folds_in_a_row(page):
    """Say which part of the code a fold holds, where one follows another.

    A cell that only defines what the next one draws shows nothing: without
    numbers a reader would see the same line twice.
    """
    for cell in page.find("div", "tag_hide-input"):
        row = [cell]
        while fold_above(row[-1]) and not row[-1].find(class_="cell_output"):
            below = row[-1].find_next_sibling()
            if not (below and fold_above(below)):
                break
            row.append(below)
        if len(row) == 1 or cell.find("span", class_="part"):
            continue
        for number, one in enumerate(row, 1):
            for words in fold_above(one).summary.find_all("p"):
                part = page.new("span", {"class": "part"})
                part.string = f", part {number} of {len(row)}"
                words.append(part)


def fold_above(cell):
    """Return the fold above what a cell shows, if it is code that draws."""
    return "tag_hide-input" in cell.get("class", ()) and cell.find(
        "details", class_="above-input", recursive=False
    )


def name_folds_of_contents(page):
    """Name each fold of the contents by the chapter whose pages it hides.

    The theme gives it an arrow, which says nothing to who cannot see it.
    """
    contents = page.tree.find(class_="bd-docs-nav")
    if contents is None:  # a page with no contents beside it
        return
    folds = contents.find_all("summary")
    for fold in folds:
        chapter = fold.parent.find_previous_sibling("a").get_text().strip()
        fold["aria-label"] = f"Pages of {chapter}"
    has = contents.find_all(class_="has-children")
    expect(folds or not has, "markup.py, folds of the contents", page.name)


def number_parts(app, doctree):
    """Number the ids that every exercise shares: an id stands once a page."""
    shared = 0
    for number, part in enumerate(doctree.findall(nodes.section)):
        for i, name in enumerate(part["ids"]):
            if name.endswith("-content"):
                part["ids"][i] = f"{name}-{number}"
                shared += 1
    if holds(doctree, exercise_node) or holds(doctree, solution_node):
        expect(shared, "markup.py, ids of exercises", app.env.docname)
