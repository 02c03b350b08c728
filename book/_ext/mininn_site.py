"""What the site needs beyond _config.yml.

The public address of the repository stands in one place, the environment
variable ``MININN_REPO_URL`` (with ``MININN_REPO_BRANCH``, default ``main``).
When it is set, every page gets its Binder, repository and issue buttons;
when it is not, there are none, so no button is dead.
"""

import json
import os
import re

from docutils import nodes


def public_address(app, config):
    """Turn the buttons on when the repository has a public address."""
    url = os.environ.get("MININN_REPO_URL", "").rstrip("/")
    options = config.html_theme_options
    options["repository_url"] = url
    if not url:
        options.pop("launch_buttons", None)
        return
    options |= {
        "repository_branch": os.environ.get("MININN_REPO_BRANCH", "main"),
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        },
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


def describe(app, pagename, templatename, context, doctree):
    """Give the page a description: its first paragraph, in plain text."""
    if doctree is None:
        return
    context["theme_use_thebe"] = False
    first = next(iter(doctree.findall(nodes.paragraph)), None)
    if first is not None:
        text = re.sub(r"\s+", " ", first.astext()).strip()
        content = json.dumps(text[:300], ensure_ascii=False)
        context["metatags"] = (
            context.get("metatags", "")
            + f'<meta name="description" content={content}'
            " />"
        )


def setup(app):
    app.connect("config-inited", public_address, priority=900)
    app.connect("builder-inited", without_thebe, priority=100)
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
