"""Questions in the built pages: the field, its texts, and where one stands.

``mininn.ask`` stores a question as HTML with its data. A step writes its
texts, so that those who have no script read them too; formulas and code in
them become what they are elsewhere. What only a script shows waits in a
``<template>``. The scripts and their style come from the library; a page
without a question loads the small one alone, which knows all questions of
the book and fills the rings.
"""

import hashlib
import html
import json
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from .page import fragment, put_code_below
from .rules import expect, holds

LIBRARY = Path(__file__).parents[3] / "mininn"
LIVE, STYLE, RINGS = "questions.js", "questions.css", "progress.js"
DATA = "const QUESTIONS = {};"  # in progress.js
STORED = 'data-question="'
# Code or a formula in a text; a dollar sign of its own is neither.
PART = re.compile(r"`([^`]+)`|\$([^$\s](?:[^$]*[^$\s])?)\$")
# Signs as in print, for those that are typed: a minus is no hyphen, and an
# apostrophe no prime.
PRINTED = [
    (re.compile(r"(?<= )-(?= )|(?<![\w)\]])-(?=[^\s-])"), "\N{MINUS SIGN}"),
    (
        re.compile(r"(?<=[^\W\d_])'(?=[a-z])"),
        "\N{RIGHT SINGLE QUOTATION MARK}",
    ),
    (re.compile(r"(?<=\w)'"), "\N{PRIME}"),
]
FOLD = "The code of this question"
QUESTION = """<p class="question-asked">{question}</p>{choices}
<details><summary>Answer</summary><p>{shown}</p>{way}</details>
<div>{said}</div>"""


def stored(part):
    """Whether a part of a page is the HTML of questions."""
    return part.get("format") == "html" and STORED in part.astext()


def parts(text):
    """Yield the parts of a text: "text", "code" or "math", and what it is."""
    end = 0
    for found in PART.finditer(text):
        if found.start() > end:
            yield "text", text[end : found.start()]
        yield ("code", found[1]) if found[1] else ("math", found[2])
        end = found.end()
    if end < len(text):
        yield "text", text[end:]


def printed(text):
    """Return a text with the signs of print."""
    for typed, sign in PRINTED:
        text = typed.sub(sign, text)
    return text


def written(text):
    """Return a text as Sphinx writes it, for the steps that come after."""
    forms = {
        "text": "{}",
        "code": '<code class="docutils literal notranslate">{}</code>',
        "math": '<span class="math notranslate nohighlight">\\({}\\)</span>',
    }
    return "".join(
        forms[kind].format(
            html.escape(printed(part) if kind == "text" else part, quote=False)
        )
        for kind, part in parts(text)
    )


def texts(spec):
    """Return name -> text of all that a script may say."""
    told = {name: spec.get(name, "") for name in ("question", "hint", "way")}
    told["shown"] = spec["shown"]
    for i, (sentence, _) in enumerate(spec.get("mistakes", [])):
        told[f"mistake-{i}"] = sentence
    for i, choice in enumerate(spec["choices"]):
        told[f"choice-{i}"] = choice
    return {name: text for name, text in told.items() if text}


def as_page(spec):
    """Return a question as HTML: read without a script, and by one."""
    said = {name: written(text) for name, text in texts(spec).items()}
    choices = "".join(f"<li>{written(text)}</li>" for text in spec["choices"])
    return QUESTION.format(
        question=said["question"],
        choices=choices and f"<ul>{choices}</ul>",
        shown=said["shown"],
        way=f"<p>{said['way']}</p>" if "way" in said else "",
        said="".join(
            f'<p data-said="{name}">{text}</p>' for name, text in said.items()
        ),
    )


def key(page, spec):
    """Return what a question is remembered by: its page and its words."""
    words = hashlib.sha256(spec["question"].encode()).hexdigest()[:8]
    return f"{page}:{words}"


def show(page):
    """Put its questions into a page, and what makes them live."""
    boxes = [
        box
        for box in page.find("div", "question")
        if box.has_attr("data-question")
    ]
    expect(
        boxes or not holds(page.doctree, nodes.raw, stored),
        "questions.py, questions",
        page.name,
    )
    keys = []
    for box in boxes:
        spec = json.loads(box["data-question"])
        if "shown" not in spec:  # not yet run again: tests/book tells
            continue
        box.clear()
        box.extend(list(fragment(as_page(spec)).contents))
        # Named so now, since texts that are read in a template are of a kind
        # that the steps for formulas pass by.
        box.find_all("div", recursive=False)[-1].name = "template"
        put_code_below(box, FOLD)
        if spec["kind"] != "drill":
            box["data-key"] = key(page.name, spec)
            keys.append(box["data-key"])
    if len(set(keys)) < len(keys):
        raise ExtensionError(
            f"questions.py: two questions of {page.name} have the same "
            f"words, so one would be remembered as the other. Say one "
            f"differently."
        )
    note(page, keys)
    if boxes:
        load(page, LIVE)
    begins = page.name == page.app.config.root_doc
    if keys or begins:
        say_where_one_stands(page, "" if begins else page.name, len(keys))


def load(page, name):
    """Load one of our scripts into a page."""
    source = (LIBRARY / name).read_bytes()
    digest = hashlib.sha256(source).hexdigest()[:8]
    root = "../" * page.name.count("/")
    address = f"{root}_static/{name}?v={digest}"
    page.head.append(page.new("script", {"src": address}))


def say_where_one_stands(page, name, count):
    """Write below the title how many questions there are."""
    title = page.article.find("h1")
    expect(title, "questions.py, the title of a page", page.name)
    hidden = "" if name else " hidden"
    told = f"{count} question{'s' * (count != 1)} on this page"
    title.insert_after(
        *fragment(
            f'<p class="questions-line" data-page="{name}"{hidden}>'
            f'<span class="questions-ring" aria-hidden="true"></span>'
            f"<span>{told if name else ''}</span></p>"
        ).contents
    )


def notes(app):
    """Return the folder that remembers the questions of each page.

    A build writes only the pages that have changed; the rings need all.
    """
    return Path(app.doctreedir) / "questions"


def note(page, keys):
    """Note by what the questions of a page are remembered."""
    path = notes(page.app) / f"{page.name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(keys), encoding="utf-8")


def write_scripts(app):
    """Write the scripts and the style, and the questions of the book."""
    static = Path(app.outdir) / "_static"
    for name in (LIVE, STYLE):
        shutil.copy(LIBRARY / name, static)
    asked = {}
    for name in sorted(app.env.found_docs):
        path = notes(app) / f"{name}.txt"
        keys = path.read_text("utf-8").split() if path.exists() else []
        if keys:
            asked[name] = [one.rpartition(":")[2] for one in keys]
    code = Path(__file__).with_name(RINGS).read_text(encoding="utf-8")
    expect(DATA in code, "questions.py, the rings", RINGS)
    data = json.dumps(asked, separators=(",", ":"))
    code = code.replace(DATA, f"const QUESTIONS = {data};")
    (static / RINGS).write_text(code, encoding="utf-8")


class Printed(SphinxPostTransform):
    """Put the words of a question, and its answer, where a field would be."""

    builders = ("latex",)
    default_priority = 3  # before MyST-NB chooses one form of each output

    def run(self, **kwargs):
        for raw in list(self.document.findall(nodes.raw)):
            if not stored(raw):
                continue
            spec = json.loads(fragment(raw.astext()).div["data-question"])
            if "shown" not in spec:
                continue
            raw.parent.parent.replace_self(self.printed(spec))

    def printed(self, spec):
        asked = nodes.paragraph("", "", nodes.strong("", "Question. "))
        asked += self.inline(spec["question"])
        shown = [asked]
        if spec["choices"]:
            shown.append(nodes.bullet_list())
            for choice in spec["choices"]:
                line = nodes.paragraph("", "", *self.inline(choice))
                shown[-1] += nodes.list_item("", line)
        answer = nodes.paragraph("", "", nodes.emphasis("", "Answer. "))
        answer += self.inline(f"{spec['shown']}. {spec['way']}".strip())
        return [*shown, answer]

    def inline(self, text):
        forms = {"code": nodes.literal, "math": nodes.math}
        return [
            forms[kind]("", part) if kind in forms else nodes.Text(part)
            for kind, part in parts(text)
        ]


def set_up(app):
    """Load the rings and the style, which is in the one sheet of all."""
    app.add_css_file(STYLE)
    app.add_js_file(RINGS, loading_method="defer")
    app.add_post_transform(Printed)
