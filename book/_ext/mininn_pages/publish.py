"""What other programs read: the front door, link previews, a map of the site.

Where the pages are published stands in one place, the environment variable
``MININN_SITE_URL``. When it is set, each page says its own address and the
picture that a link to it shows, and crawlers get a map of the pages. When it
is not, there is no such line, so no address is wrong. The public address of
the repository is ``MININN_REPO_URL`` (with ``MININN_REPO_BRANCH``, default
``main``): with it every page gets its Binder, Colab, repository and issue
buttons; without it there are none, so no button is dead.
"""

import html
import os
import re
from xml.sax.saxutils import escape

from docutils import nodes

from .page import Page
from .policy import allow
from .rules import expect, holds

ALT = "Two rings of points, told apart by a small network"
DOOR = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}">
</head>
<body><p><a href="{page}">{title}</a></p></body>
</html>
"""


def address():
    """Return where the site is published, ending in a slash, or nothing."""
    url = os.environ.get("MININN_SITE_URL", "").strip().rstrip("/")
    if url and not re.match(r"https?://[^\s\"<>]+$", url):
        raise ValueError(
            f"MININN_SITE_URL must begin with https://, got {url!r}."
        )
    return f"{url}/" if url else ""


def set_addresses(config):
    """Let the theme name the address of each page, and of its source."""
    config.html_baseurl = address()
    url = os.environ.get("MININN_REPO_URL", "").rstrip("/")
    options = config.html_theme_options
    options["repository_url"] = url
    if url:
        options |= {
            "repository_branch": os.environ.get("MININN_REPO_BRANCH", "main"),
            "use_repository_button": True,
            "use_issues_button": True,
        }


def describe(page):
    """Say in the head what the page is about: its first paragraph."""
    first = next(iter(page.doctree.findall(nodes.paragraph)), None)
    if first is None:
        return
    words = " ".join(first.astext().split())[:300]
    tag = page.new("meta", {"name": "description", "content": words})
    page.head.find("meta", attrs={"name": "viewport"}).insert_after("\n", tag)


def preview(page):
    """Say what a link to this page looks like elsewhere."""
    site = address()
    if not site or not holds(page.doctree, nodes.paragraph):
        return
    described = page.head.find("meta", attrs={"name": "description"})
    expect(described, "publish.py, the description of a page", page.name)
    words = {
        "og:type": "article",
        "og:site_name": page.app.config.html_title,
        "og:title": page.title.strip(),
        "og:description": described["content"],
        "og:url": f"{site}{page.name}.html",
        "og:image": f"{site}_static/social.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": ALT,
    }
    tags = [
        *({"property": name, "content": word} for name, word in words.items()),
        {"name": "twitter:card", "content": "summary_large_image"},
    ]
    for tag in reversed(tags):
        described.insert_after("\n", page.new("meta", tag))


def write_front_door(app):
    """Write the page that leads to the first one."""
    door = DOOR.format(
        language=app.config.language,
        title=html.escape(app.config.html_title),
        page=f"{app.config.root_doc}.html",
    )
    page = Page(door, "index")
    allow(page)
    (app.outdir / "index.html").write_text(page.written(), encoding="utf-8")


def write_map(app):
    """Write a map of the pages, where they have a public address."""
    site = address()
    if not site:
        return
    pages = "".join(
        f"<url><loc>{escape(site + name)}.html</loc></url>\n"
        for name in sorted(app.env.found_docs)
    )
    (app.outdir / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{pages}</urlset>\n",
        encoding="utf-8",
    )
    (app.outdir / "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {site}sitemap.xml\n",
        encoding="utf-8",
    )
