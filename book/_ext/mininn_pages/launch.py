"""The launch menu of a page that was a notebook, and what it runs in.

The first two entries are there in every build: run the cells in the page, or
open the notebook in the JupyterLite beside the book. Binder and Colab open
the public repository, so they need its address, ``MININN_REPO_URL``.
"""

import os
import shutil
from pathlib import Path
from urllib.parse import quote, urlsplit

BINDER = "https://mybinder.org/v2"
COLAB = "https://colab.research.google.com/github"
HOSTS = {"github.com": "gh", "gitlab.com": "gl"}
CODEMIRROR = (
    Path(__file__).parents[1] / "vendor" / "codemirror" / "codemirror.js"
)


def entry(text, url, icon, says):
    return {
        "type": "link",
        "text": text,
        "tooltip": says,
        "icon": icon,
        "url": url,
        "label": text.lower().replace(" ", "-"),
    }


def binder(url, branch, path):
    """Return the address that opens a chapter in Binder's JupyterLab."""
    parts = urlsplit(url)
    kind = HOSTS.get(parts.netloc, "git")
    where = quote(url, safe="")
    if kind != "git":
        where = parts.path.strip("/")
    if kind == "gl":
        where = quote(where, safe="")
    ref = quote(branch, safe="")
    return f"{BINDER}/{kind}/{where}/{ref}?urlpath=lab/tree/{path}"


def colab(url, path):
    """Return the address of a chapter in Colab, which reads GitHub alone.

    The branch ``colab`` holds the chapters with a cell that installs mininn.
    """
    return f"{COLAB}/{urlsplit(url).path.strip('/')}/blob/colab/{path}"


def public(path):
    """Return the entries that need the public address, none without it."""
    url = os.environ.get("MININN_REPO_URL", "").rstrip("/")
    url = url.removesuffix(".git")
    if not url:
        return []
    branch = os.environ.get("MININN_REPO_BRANCH", "main")
    there = binder(url, branch, path)
    entries = [
        entry(
            "Binder",
            there,
            "_static/images/logo_binder.svg",
            "Open this page as a notebook on a server of Binder",
        )
    ]
    if urlsplit(url).netloc == "github.com":
        entries.append(
            entry(
                "Colab",
                colab(url, path),
                "_static/images/logo_colab.png",
                "Open this page as a notebook on a server of Google",
            )
        )
    return entries


def add_menu(app, pagename, context):
    """Put the menu first in the header, and its scripts into the page.

    The theme draws it, so it is there before the page is drawn.
    """
    suffix = os.path.splitext(app.env.doc2path(pagename))[1]
    if suffix != ".ipynb":
        return
    path = f"{pagename}.ipynb"
    up = "../" * pagename.count("/")
    run = {
        "type": "javascript",
        "javascript": "this.dispatchEvent(new Event('run', {bubbles: true}))",
        "text": "Run in this page",
        "tooltip": "Make the code of this page editable, and run it here",
        "icon": "fas fa-play",
        "label": "run-in-page",
    }
    lite = entry(
        "Open in JupyterLite",
        f"{up}lite/notebooks/index.html?path={path}",
        "_static/images/logo_jupyterlite.svg",
        "Open this page as a notebook that runs in your browser",
    )
    context["header_buttons"].insert(
        0,
        {
            "type": "group",
            "tooltip": "Run the code of this page",
            "icon": "fas fa-rocket",
            "buttons": [run, lite, *public(path)],
            "label": "launch-buttons",
        },
    )
    app.add_css_file("run.css")
    app.add_js_file("run.js", loading_method="defer")


def bring_editor(app):
    """Bring the library of the editor, which a page that runs asks for."""
    shutil.copy(CODEMIRROR, Path(app.outdir) / "_static")
