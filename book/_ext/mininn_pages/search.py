"""The search: which page is about a word.

MiniSearch ranks the pages. Its index is built here, when the pages are
written, by the script that reads it in the page, and it is loaded by the page
of the search alone, as a script, so that it works from ``file://``. What
counts most is what a page is about: the names that the glossary gives to the
first page that it leads to, and the words of ``book/search.toml``.
"""

import json
import re
import shutil
import tomllib
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.errors import ExtensionError

from .rules import expect

MINISEARCH = Path(__file__).parents[1] / "vendor" / "minisearch"
LIBRARY, SCRIPT, INDEX = "minisearch.js", "search.js", "search-index.js"
PHRASES, GLOSSARY = "search.toml", "glossary.md"
# Sphinx's search; the last marks in a page what was searched, letters too.
SPHINX = {
    "searchtools.js",
    "language_data.js",
    "searchindex.js",
    "sphinx_highlight.js",
}
# What MiniSearch says to who writes programs is a third of it.
COMMENT = re.compile(r"^ */\*[\s\S]*?\*/\n|^ *//.*\n|^ +", re.M)
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ENTRY = re.compile(r"^(\S.*)\n  (.*)$", re.M)
ALSO = re.compile(r"Also: (.*?)\.(?: |$)")
SEE = re.compile(r"See: \{doc\}`([^`]+)`")
TERM = re.compile(r"\{term\}`([^`]+)`")
# A formula that can be read as plain text, once this is gone.
MARKUP = re.compile(r"\\mathbf|[\\{}^_ ]")
HARD = re.compile(r"\\(?!mathbf\b)|\^(?!\{?\[)")
SHORT = 120  # signs of a section that a result shows


def without_sphinx(page):
    """Take out the scripts of Sphinx's search; where one searches, load ours.

    The others wait for nothing: they have a field that leads there.
    """
    scripts = [
        script
        for script in page.tree.find_all("script", src=True)
        if PurePosixPath(urlsplit(script["src"]).path).name in SPHINX
    ]
    expect(
        scripts or "sphinx_highlight.js" not in page.html,
        "search.py, the scripts of Sphinx's search",
        page.name,
    )
    for script in scripts:
        script.decompose()
    if page.name == "search":
        for name in (LIBRARY, INDEX, SCRIPT):
            source = f"_static/{name}"
            page.head.append(
                page.new("script", {"src": source, "defer": "defer"})
            )


def plain(tex):
    """Return a formula as plain text, or None where that says too little."""
    return None if HARD.search(tex) else MARKUP.sub("", tex)


def titled(node):
    """Whether a node is a section with a heading."""
    return isinstance(node, nodes.section) and any(
        isinstance(child, nodes.title) for child in node
    )


def own(section):
    """Yield what stands in a section and in none of those inside it."""
    for node in section.children:
        if not titled(node) and not isinstance(node, nodes.raw):
            yield node
            yield from own(node)


def sentences(section):
    """Return the start of a section, without sentences that are formulas."""
    told = ""
    for paragraph in own(section):
        if not isinstance(paragraph, nodes.paragraph):
            continue
        text = "".join(
            part.astext()
            if not isinstance(part.parent, nodes.math)
            else plain(part.astext()) or "\0"
            for part in paragraph.findall(nodes.Text)
        )
        for sentence in re.split(r"(?<=[.?!:]) ", " ".join(text.split())):
            if sentence.startswith("Time: ") or "\0" in sentence:
                continue
            if len(told) < SHORT:
                told += f" {sentence}"
    told = told.strip()
    if len(told) <= SHORT:
        return told
    return f"{told[:SHORT].rpartition(' ')[0]} …"


def words_of(section):
    """Return all that a section says, its code and its outputs too."""
    return " ".join(
        part.astext()
        for part in own(section)
        if isinstance(part, nodes.Text)
        and not isinstance(part.parent, (nodes.math, nodes.math_block))
    )


def notes(app):
    """Return the folder that remembers the words of each page.

    A build writes only the pages that have changed; the index needs all.
    """
    return Path(app.doctreedir) / "search"


def note(page):
    """Note what a page says: its title, its sections, its words."""
    heading = page.article.find("h1")
    expect(heading, "search.py, the title of a page", page.name)
    title = "".join(
        text
        for text in heading.find_all(string=True)
        if "headerlink" not in text.parent.get("class", ())
    )
    sections = list(page.doctree.findall(titled))
    told = {
        "title": " ".join(title.split()),
        "sections": [
            [
                part["ids"][0],
                part.next_node(nodes.title).astext(),
                sentences(part),
            ]
            for part in sections
        ],
        "text": " ".join(map(words_of, sections)),
    }
    path = notes(page.app) / f"{page.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told), encoding="utf-8")


def names(glossary):
    """Return page -> names of what it explains, by the glossary's text."""
    found = {}
    for term, entry in ENTRY.findall(glossary):
        see = SEE.search(entry)
        if not see:
            continue
        entry = TERM.sub(lambda said: said[1].partition(" <")[0], entry)
        also = ALSO.search(entry)
        others = also[1].split(", ") if also else []
        found.setdefault(f"book/{see[1]}", []).extend(
            [
                term,
                *(name for name in others if name.count(" ") < 4),
                *CHINESE.findall(entry),
            ]
        )
    return found


def phrases(folder, pages):
    """Return page -> the words that it is searched by.

    A book without a table of its own, or a glossary, has none of theirs.

    Raises
    ------
    ExtensionError
        When the table has a page that the book has not.
    """
    table = tomllib.loads(_text(folder / PHRASES))
    said = {f"book/{name}": list(words) for name, words in table.items()}
    unknown = sorted(set(said) - set(pages))
    if unknown:
        raise ExtensionError(
            f"{PHRASES}: the book has no page {', '.join(unknown)}. Name "
            f"each page by its path below book/, without the ending."
        )
    for name, words in names(_text(folder / GLOSSARY)).items():
        if name in pages:
            said.setdefault(name, []).extend(words)
    return said


def _text(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def library():
    """Return MiniSearch without the words to who writes programs."""
    code = (MINISEARCH / LIBRARY).read_text(encoding="utf-8")
    return COMMENT.sub("", code)


def index(pages):
    """Return the index of pages, as MiniSearch writes it."""
    script = Path(__file__).with_name(SCRIPT).read_text(encoding="utf-8")
    with MiniRacer() as engine:
        engine.eval(library())
        engine.eval(script)
        return engine.call("indexed", pages)


def write(app):
    """Write the index of the book, and the scripts that read it."""
    static = Path(app.outdir) / "_static"
    told = {}
    for name in sorted(app.env.found_docs):
        path = notes(app) / f"{name}.json"
        if path.exists():
            told[name] = json.loads(path.read_text(encoding="utf-8"))
    said = phrases(Path(app.srcdir) / "book", told)
    pages = [
        {
            "id": name,
            "names": said.get(name, []),
            "title": page["title"],
            "headings": " ".join(section[1] for section in page["sections"]),
            "text": page["text"],
        }
        for name, page in told.items()
    ]
    data = {
        "index": index(pages),
        "names": {name: words for name, words in said.items() if words},
        "pages": {
            name: [page["title"], page["sections"]]
            for name, page in told.items()
        },
    }
    code = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    (static / INDEX).write_text(f"const BOOK = {code};\n", encoding="utf-8")
    (static / LIBRARY).write_text(library(), encoding="utf-8")
    shutil.copy(Path(__file__).with_name(SCRIPT), static)
