"""What the built pages leave out, and what they are allowed to do.

After the build every page is read once more. The theme draws a dozen icons
out of some two thousand, three times over: a script of half a megabyte is
taken out, and its font and style sheet are cut down to the icons in use. The
search index is loaded where something is searched. And each page gets a
content security policy that names its own inline scripts by hash, so nothing
else can run and no other host can be asked.
"""

import base64
import hashlib
import re
from pathlib import Path

from fontTools import subset

CLASSES = re.compile(r'class="([^"]*\bfa-[^"]*)"')
RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')
PRIVATE = re.compile(r"\\([ef][0-9a-f]{3})|([\ue000-\uf8ff])")
SOLID = "fa-solid-900"
SOURCE = re.compile(rf"src:url\(([^)]*?){SOLID}\.woff2\)[^}}]*?\}}")
INLINE = re.compile(r"<script((?![^>]*\bsrc=)[^>]*)>(.*?)</script>", re.DOTALL)
HANDLER = re.compile(r'\son[a-z]+="([^"]*)"')
UNUSED = re.compile(
    r"\s*<(script|link)[^>]*"
    r"(fontawesome|sphinx-thebe)[^>]*>(</script>)?"
)
SEARCH = re.compile(
    r'\s*<script src="[^"]*'
    r'(searchtools|language_data|searchindex)\.js[^"]*"></script>'
)


def only_used(css, names):
    """Return the style sheet without the icons of other names."""

    def kept(rule):
        found = set(re.findall(r"\.fa-([\w-]+):", rule[1]))
        return rule[0] if found & names else ""

    return RULE.sub(kept, css)


def cut_font(folder, css):
    """Write a font of the signs that a style sheet uses."""
    signs = [
        int(code, 16) if code else ord(sign)
        for code, sign in PRIVATE.findall(css)
    ]
    options = subset.Options(flavor="woff", notdef_outline=True)
    font = subset.load_font(str(folder / f"{SOLID}.ttf"), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=signs)
    cutter.subset(font)
    subset.save_font(font, str(folder / "icons.woff"), options)


def digest(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def policy(page):
    """Return the content security policy of a page, as a meta tag."""
    scripts = {
        f"'sha256-{digest(code)}'"
        for kind, code in INLINE.findall(page)
        if "json" not in kind
    }
    handlers = {f"'sha256-{digest(code)}'" for code in HANDLER.findall(page)}
    rules = {
        "default-src": ["'self'", "file:"],
        "script-src": ["'self'", "file:", *sorted(scripts)],
        "script-src-attr": ["'unsafe-hashes'", *sorted(handlers)]
        if handlers
        else ["'none'"],
        "style-src": ["'self'", "file:", "'unsafe-inline'"],
        "img-src": ["'self'", "file:", "data:"],
        "font-src": ["'self'", "file:", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
    }
    content = "; ".join(f"{k} {' '.join(v)}" for k, v in rules.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{content}" />'


def lighten(app, error):
    """Rewrite the pages of a finished build."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    names = set()
    for path in out.rglob("*.html"):
        if {"_static", "lite"} & {*path.relative_to(out).parts}:
            continue
        page = path.read_text(encoding="utf-8")
        for classes in CLASSES.findall(page):
            names |= set(re.findall(r"\bfa-([\w-]+)", classes))
        if "<head>" not in page or "Content-Security-Policy" in page:
            continue  # it only leads elsewhere, or the last build left it
        page = UNUSED.sub("", page)
        if path.name != "search.html":
            page = SEARCH.sub("", page)
        head = re.search(r"<head>(\s*<meta charset[^>]*>)?", page)
        page = f"{page[: head.end()]}\n{policy(page)}{page[head.end() :]}"
        path.write_text(page, encoding="utf-8")
    cut_icons(out / "_static", names)


def cut_icons(static, names):
    """Cut style sheet and font down; remove the script and the large font."""
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    css = sheet.read_text(encoding="utf-8")
    if SOURCE.search(css):
        css = only_used(css, names)
        cut_font(fonts, css)
        css = SOURCE.sub(r'src:url(\1icons.woff) format("woff")}', css)
        sheet.write_text(css, encoding="utf-8")
    for large in [
        *fonts.glob(f"{SOLID}.*"),
        *(static / "scripts").glob("fontawesome.js*"),
    ]:
        large.unlink()


def setup(app):
    app.connect("build-finished", lighten, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
