"""What other programs read: the front door, link previews, a map of the site.

Where the pages are published stands in one place, the environment variable
``MININN_SITE_URL``. When it is set, each page says its own address and the
picture that a link to it shows, and crawlers get a map of the pages. When it
is not, there is no such line, so no address is wrong.
"""

import html
import os
import re
from xml.sax.saxutils import escape

from docutils import nodes
from mininn_rules import expect, holds

DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)"')
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


def canonical(app, config):
    """Let the theme name the address of each page."""
    config.html_baseurl = address()


def preview(app, pagename, templatename, context, doctree):
    """Say what a link to this page looks like elsewhere."""
    site, tags = address(), context.get("metatags", "")
    described = DESCRIPTION.search(tags)
    if not site or not holds(doctree, nodes.paragraph):
        return
    expect(described, "mininn_share, the description of a page", pagename)
    title = html.unescape(re.sub(r"<[^>]+>", "", context["title"])).strip()
    words = {
        "og:type": "article",
        "og:site_name": html.escape(app.config.html_title),
        "og:title": html.escape(title),
        "og:description": described[1],
        "og:url": f"{site}{pagename}.html",
        "og:image": f"{site}_static/social.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": ALT,
    }
    context["metatags"] = (
        tags
        + "".join(
            f'\n<meta property="{name}" content="{word}" />'
            for name, word in words.items()
        )
        + '\n<meta name="twitter:card" content="summary_large_image" />'
    )


def publish(app, exception):
    """Write the page that leads to the first one, and the map."""
    if exception or app.builder.name != "html":
        return
    door = DOOR.format(
        language=app.config.language,
        title=html.escape(app.config.html_title),
        page=f"{app.config.root_doc}.html",
    )
    (app.outdir / "index.html").write_text(door, encoding="utf-8")
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


def setup(app):
    app.connect("config-inited", canonical, priority=900)
    # After the page has its description, and before the redirect of the toc.
    app.connect("html-page-context", preview, priority=900)
    app.connect("build-finished", publish, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
