"""What the site needs beyond _config.yml.

The public address of the repository stands in one place, the environment
variable ``MININN_REPO_URL`` (with ``MININN_REPO_BRANCH``, default ``main``).
When it is set, every page gets its Binder, Colab, repository and issue
buttons; when it is not, there are none, so no button is dead.
"""

import html
import inspect
import os
import re

from docutils import nodes
from mininn_rules import expect, holds, rewrite
from sphinx_exercise.nodes import exercise_node, solution_node


def public_address(app, config):
    """Turn the buttons on when the repository has a public address."""
    url = os.environ.get("MININN_REPO_URL", "").rstrip("/")
    options = config.html_theme_options
    options["repository_url"] = url
    if url:
        options |= {
            "repository_branch": os.environ.get("MININN_REPO_BRANCH", "main"),
            "use_repository_button": True,
            "use_issues_button": True,
        }


def without_thebe(app):
    """Take Thebe's scripts away: unused here, they log an error a page."""
    if "sphinx_thebe" not in app.extensions:  # it comes with Jupyter Book 1
        return
    for event in ("env-before-read-docs", "doctree-resolved"):
        listeners = app.events.listeners[event]
        others = [
            one
            for one in listeners
            if one.handler.__module__ != "sphinx_thebe"
        ]
        expect(
            len(others) < len(listeners), "mininn_site, Thebe's scripts", event
        )
        listeners[:] = others


def finish(app, pagename, templatename, context, doctree):
    """Describe the page, and mend what its HTML lacks."""
    if doctree is None:
        return
    context["theme_use_thebe"] = False
    # The theme's layout holds a viewport of its own.
    tags = rewrite(
        r'<meta [^>]*"viewport"[^>]*>',
        "",
        context["metatags"],
        there="viewport" in context["metatags"],
        rule="mininn_site, a second viewport",
        where=pagename,
    )
    context["metatags"] = tags + description(doctree)
    body = context.get("body", "")
    for pattern, new, there, rule in (
        # A corner of a table that heads nothing is no heading.
        (
            r"<th[^>]*>(<p></p>)?</th>",
            "<td></td>",
            holds(doctree, nodes.entry, empty_head),
            "corners of tables",
        ),
        # The word that says a fold can open is what it shows.
        (
            ' aria-label="Toggle hidden content"',
            "",
            holds(doctree, nodes.container, hidden),
            "names of folds",
        ),
        # The entries of a list are its items, whatever else they are.
        (
            'role="doc-biblioentry"',
            'role="listitem"',
            holds(doctree, nodes.citation),
            "entries of the bibliography",
        ),
        # A list of returned values stands in no paragraph.
        (
            r"<p>(<ul(?s:.*?)</ul>)\s*</p>",
            r"\1",
            holds(doctree, nodes.bullet_list, in_paragraph),
            "lists in paragraphs",
        ),
    ):
        body = rewrite(
            pattern,
            new,
            body,
            there=there,
            rule=f"mininn_site, {rule}",
            where=pagename,
        )
    context["body"] = body


def empty_head(entry):
    """Whether a cell heads a table and holds nothing."""
    heads = isinstance(entry.parent.parent, nodes.thead)
    return heads and not any(entry.findall(nodes.Text))


def hidden(container):
    """Whether a cell of a notebook is folded away, or a part of it."""
    return any(name.startswith("tag_hide-") for name in container["classes"])


def in_paragraph(part):
    return isinstance(part.parent, nodes.paragraph)


def description(doctree):
    """Return the first paragraph as the description of the page."""
    first = next(iter(doctree.findall(nodes.paragraph)), None)
    if first is None:
        return ""
    text = html.escape(re.sub(r"\s+", " ", first.astext()).strip()[:300])
    return f'<meta name="description" content="{text}" />'


def document(app, what, name, thing, options, lines):
    """Give an activation or a loss its words, and every label a link."""
    if what == "data":
        lines[:] = inspect.getdoc(type(thing)).splitlines()
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            line = line.replace("|", "\\|")  # |z| is no substitution
        line = re.sub(r"\((eq-[\w-]+(, eq-[\w-]+)*)\)", r"\1", line)
        lines[i] = re.sub(r"\b(eq-[\w-]+)", r":eq:`\1`", line)


def number_parts(app, doctree):
    """Number the ids that every exercise shares: an id stands once a page."""
    shared = 0
    for number, part in enumerate(doctree.findall(nodes.section)):
        for i, name in enumerate(part["ids"]):
            if name.endswith("-content"):
                part["ids"][i] = f"{name}-{number}"
                shared += 1
    if holds(doctree, exercise_node) or holds(doctree, solution_node):
        expect(shared, "mininn_site, ids of exercises", app.env.docname)


def setup(app):
    app.connect("autodoc-process-docstring", document, priority=100)
    app.connect("config-inited", public_address, priority=900)
    app.connect("builder-inited", without_thebe, priority=100)
    app.connect("html-page-context", finish)
    app.connect("doctree-read", number_parts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
