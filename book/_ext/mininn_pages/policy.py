"""What a page is allowed to do.

Each page says in a content security policy that it runs its own scripts and
asks no other host. The scripts that stand in the page are named by hash, so
nothing else can run.
"""

import base64
import hashlib


def digest(code):
    """Return how a policy names a piece of code."""
    sha = hashlib.sha256(code.encode()).digest()
    return f"'sha256-{base64.b64encode(sha).decode()}'"


def inline_scripts(page):
    """Return the code that stands in the page, without data in JSON."""
    return {
        script.string or ""
        for script in page.tree.find_all("script")
        if not script.has_attr("src") and "json" not in script.get("type", "")
    }


def handlers(page):
    """Return the code of attributes such as ``onclick``."""
    return {
        code
        for tag in page.tree.find_all(True)
        for name, code in tag.attrs.items()
        if name.startswith("on")
    }


def policy(page):
    """Return what a page is allowed to do, as browsers read it."""
    clicks = sorted(map(digest, handlers(page)))
    rules = {
        "default-src": ["'self'", "file:"],
        "script-src": [
            "'self'",
            "file:",
            *sorted(map(digest, inline_scripts(page))),
        ],
        "script-src-attr": ["'unsafe-hashes'", *clicks]
        if clicks
        else ["'none'"],
        "style-src": ["'self'", "file:", "'unsafe-inline'"],
        "img-src": ["'self'", "file:", "data:"],
        "font-src": ["'self'", "file:", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
    }
    return "; ".join(f"{key} {' '.join(who)}" for key, who in rules.items())


def allow(page):
    """Write the policy first into the head, so that it holds for the rest."""
    kind = "Content-Security-Policy"
    tag = page.new("meta", {"http-equiv": kind, "content": policy(page)})
    charset = page.head.find("meta", charset=True)
    if charset:
        charset.insert_after("\n", tag)
    else:
        page.head.insert(0, tag)
