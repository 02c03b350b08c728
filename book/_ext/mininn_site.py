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
    for event in ("env-before-read-docs", "doctree-resolved"):
        listeners = app.events.listeners[event]
        listeners[:] = [
            one
            for one in listeners
            if one.handler.__module__ != "sphinx_thebe"
        ]


def finish(app, pagename, templatename, context, doctree):
    """Describe the page, and mend what its HTML lacks."""
    if doctree is None:
        return
    context["theme_use_thebe"] = False
    # The theme's layout holds a viewport of its own.
    tags = re.sub(r'<meta [^>]*"viewport"[^>]*>', "", context["metatags"])
    context["metatags"] = tags + description(doctree)
    # A corner of a table that heads nothing is no heading.
    body = re.sub(
        r"<th[^>]*>(<p></p>)?</th>", "<td></td>", context.get("body", "")
    )
    # What a fold is called is what it shows.
    body = body.replace(' aria-label="Toggle hidden content"', "")
    # The entries of a list are its items, whatever else they are.
    context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')


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
    for number, part in enumerate(doctree.findall(nodes.section)):
        part["ids"] = [
            f"{name}-{number}" if name.endswith("-content") else name
            for name in part["ids"]
        ]


def free_lists(app, pagename, templatename, context, doctree):
    """Take the list of returned values out of its paragraph."""
    context["body"] = re.sub(
        r"<p>(<ul.*?</ul>)\s*</p>",
        r"\1",
        context.get("body", ""),
        flags=re.DOTALL,
    )


def setup(app):
    app.connect("autodoc-process-docstring", document, priority=100)
    app.connect("config-inited", public_address, priority=900)
    app.connect("builder-inited", without_thebe, priority=100)
    app.connect("html-page-context", finish)
    app.connect("doctree-read", number_parts)
    app.connect("html-page-context", free_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
