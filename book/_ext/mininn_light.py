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
import importlib.util
import re
from pathlib import Path

from fontTools import subset
from mininn_rules import expect, rewrite
from sphinx.errors import ExtensionError

CLASSES = re.compile(r'class="([^"]*\bfa-[^"]*)"')
# An icon of the style sheet, as Font Awesome 6 and 7 write it.
RULE = re.compile(
    r'((?:\.fa-[\w-]+(?::before)?,?)+)\{(?:content|--fa):"\\([0-9a-f]+)"\}'
)
PRIVATE = re.compile(r"\\([ef][0-9a-f]{3})|([\ue000-\uf8ff])")
SOLID = "fa-solid-900"
CUT = "icons.woff"  # the font with what is left of it
SOURCE = re.compile(rf"src:url\(([^)]*?){SOLID}\.woff2\)[^}}]*?\}}")
HEAD = re.compile(r"<head>(\s*<meta charset[^>]*>)?")
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
    left = 0

    def kept(rule):
        nonlocal left
        found = set(re.findall(r"\.fa-([\w-]+)", rule[1]))
        left += bool(found & names)
        return rule[0] if found & names else ""

    where = "the style sheet of the theme"
    css = rewrite(
        RULE, kept, css, there=True, rule="mininn_light, icons", where=where
    )
    expect(left, "mininn_light, icons in use", where)
    return css


def cut_font(folder, css):
    """Write a font of the signs that a style sheet uses."""
    signs = [
        int(code, 16) if code else ord(sign)
        for code, sign in PRIVATE.findall(css)
    ]
    options = subset.Options(flavor="woff", notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=signs)
    with subset.load_font(str(large_font(folder)), options) as font:
        cutter.subset(font)
        subset.save_font(font, str(folder / CUT), options)


def large_font(folder):
    """Return the font of all icons, in a form that can be read here."""
    plain, packed = (folder / f"{SOLID}.{kind}" for kind in ("ttf", "woff2"))
    if plain.exists():
        return plain
    if not packed.exists():
        raise ExtensionError(
            f"mininn_light: the theme brings neither {plain.name} nor "
            f"{packed.name} in {folder}. Where is its font of icons now?"
        )
    if importlib.util.find_spec("brotli") is None:
        raise ExtensionError(
            f"mininn_light: {packed.name} is packed with Brotli. To read it, "
            f"pip install brotli."
        )
    return packed


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
    texts = {
        Path(app.builder.get_outfilename(name)) for name in app.env.found_docs
    }
    pages = [
        path
        for path in out.rglob("*.html")
        if not {"_static", "lite"} & {*path.relative_to(out).parts}
    ]
    names = set()
    for path in pages:
        page = path.read_text(encoding="utf-8")
        for classes in CLASSES.findall(page):
            names |= set(re.findall(r"\bfa-([\w-]+)", classes))
        if "Content-Security-Policy" in page:
            continue  # the last build left it
        where = path.relative_to(out).as_posix()
        headed = HEAD.search(page)
        if path in texts:  # others may only lead elsewhere
            expect(headed, "mininn_light, the head of a page", where)
        if headed:
            path.write_text(light(page, where), encoding="utf-8")
    expect(names, "mininn_light, names of icons", "all pages")
    cut_icons(out / "_static", names)


def light(page, where):
    """Return a page without scripts that it does not use, with its policy."""
    page = rewrite(
        UNUSED,
        "",
        page,
        there="fontawesome.js" in page,
        rule="mininn_light, the script of icons",
        where=where,
    )
    if where != "search.html":
        page = rewrite(
            SEARCH,
            "",
            page,
            there="searchindex.js" in page,
            rule="mininn_light, the scripts of the search",
            where=where,
        )
    head = HEAD.search(page)
    return f"{page[: head.end()]}\n{policy(page)}{page[head.end() :]}"


def cut_icons(static, names):
    """Cut style sheet and font down; remove the script and the large font."""
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    css = sheet.read_text(encoding="utf-8")
    if CUT not in css:  # else the last build left it
        css = only_used(css, names)
        cut_font(fonts, css)
        css = rewrite(
            SOURCE,
            rf'src:url(\1{CUT}) format("woff")}}',
            css,
            there=True,
            rule="mininn_light, the font of icons",
            where=sheet.name,
        )
        sheet.write_text(css, encoding="utf-8")
    for large in [
        *fonts.glob(f"{SOLID}.*"),
        *(static / "scripts").glob("fontawesome.js*"),
    ]:
        large.unlink()


def setup(app):
    app.connect("build-finished", lighten, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
