"""What the built pages leave out, and what they need not wait for.

The theme draws a dozen icons out of some two thousand, three times over: a
script of half a megabyte is taken out, and its font and style sheet are cut
down to the icons in use. Thebe, which comes with Jupyter Book 1, is not used.
A page loads one style sheet, with the rules of all; and its text waits for no
script.
"""

import hashlib
import importlib.util
import posixpath
import re
from pathlib import Path
from urllib.parse import urlsplit

from fontTools import subset
from sphinx.errors import ExtensionError

from .rules import expect
from .unused import names_of_site, without_unused

# An icon of the style sheet, as Font Awesome 6 and 7 write it.
RULE = re.compile(
    r'((?:\.fa-[\w-]+(?::before)?,?)+)\{(?:content|--fa):"\\([0-9a-f]+)"\}'
)
PRIVATE = re.compile(r"\\([ef][0-9a-f]{3})|([\ue000-\uf8ff])")
SOLID = "fa-solid-900"
CUT = "icons.woff"  # the font with what is left of it
SOURCE = re.compile(rf"src:url\(([^)]*?){SOLID}\.woff2\)[^}}]*?\}}")
EARLY = "early.js"  # mends the theme before the first paint
OPTIONS = "DOCUMENTATION_OPTIONS."  # of documentation_options.js
ALL = "pages.css"  # the one style sheet
IMPORT = re.compile(r'@import "([^"]+)";')
ADDRESS = re.compile(r"url\((?!['\"]?(?:data:|#))([^)]+)\)")
MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")


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
        expect(len(others) < len(listeners), "slim.py, Thebe's scripts", event)
        listeners[:] = others


def loaded(page):
    """Return what the page loads: tag and address of each script and link."""
    return [
        (tag, tag.get("src") or tag.get("href") or "")
        for tag in page.tree.find_all(["script", "link"])
    ]


def take_out(tags, page, sign, rule):
    """Take tags out of a page that has some, if the sign is in its HTML."""
    expect(tags or sign not in page.html, rule, page.name)
    for tag in tags:
        tag.decompose()


def drop_icon_script(page):
    """Take out the script that draws icons a third time, and Thebe's style."""
    take_out(
        [
            tag
            for tag, address in loaded(page)
            if "fontawesome" in address or "sphinx-thebe" in address
        ],
        page,
        sign="fontawesome.js",
        rule="slim.py, the script of icons",
    )


def let_text_come_first(page):
    """Let the scripts of the head run when the page is read, in their order.

    Until then a browser would wait for each before it shows a word. The
    script that chooses light or dark is still waited for: colours must not
    change after they show. What stands in the page and needs one of the
    others waits with them, as a module does.
    """
    scripts = page.head.find_all("script")
    waiting = [
        script
        for script in scripts
        if script.get("src") and EARLY not in script["src"]
    ]
    inline = [s for s in scripts if OPTIONS in (s.string or "")]
    expect(waiting and inline, "slim.py, the scripts of the head", page.name)
    for script in waiting:
        script["defer"] = "defer"
    for script in inline:
        script["type"] = "module"
    for link in page.head.find_all("link", rel="preload"):
        if link.get("as") == "script":
            link.decompose()


def load_one_sheet(page):
    """Load one style sheet in the place of many, and note which they were."""
    links = page.head.find_all("link", rel="stylesheet")
    expect(links, "slim.py, the style sheets", page.name)
    to_static, _, _ = links[0]["href"].partition("_static/")
    note = Path(page.app.doctreedir) / "sheets" / f"{page.name}.txt"
    note.parent.mkdir(parents=True, exist_ok=True)
    names = [
        urlsplit(link["href"]).path.removeprefix(f"{to_static}_static/")
        for link in links
    ]
    note.write_text("\n".join(names), encoding="utf-8")
    links[0]["href"] = f"{to_static}_static/{ALL}"
    for link in links[1:]:
        link.decompose()


def rules_of(static, name):
    """Return the rules of a style sheet, as they read one folder up."""
    folder = posixpath.dirname(name)
    css = MAP.sub("", (static / name).read_text(encoding="utf-8"))

    def from_static(found):
        return posixpath.normpath(posixpath.join(folder, found[1]))

    css = ADDRESS.sub(lambda found: f"url({from_static(found)})", css)
    return IMPORT.sub(lambda found: rules_of(static, from_static(found)), css)


def write_one_sheet(app):
    """Write the style sheet of all pages, and its digest into each."""
    out = Path(app.outdir)
    lists = [
        note.read_text(encoding="utf-8").splitlines()
        for note in (Path(app.doctreedir) / "sheets").rglob("*.txt")
    ]
    names = max(lists, key=len)
    for some in lists:
        expect(
            some == [name for name in names if name in some],
            "slim.py, the style sheets",
            "all pages, in one order",
        )
    css = "\n".join(rules_of(out / "_static", name) for name in names)
    css = without_unused(css, names_of_site(app))
    (out / "_static" / ALL).write_text(css, encoding="utf-8")
    digest = hashlib.sha256(css.encode()).hexdigest()[:8]
    for path in out.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        named = re.sub(
            rf"_static/{ALL}(\?v=\w+)?", f"_static/{ALL}?v={digest}", html
        )
        if named != html:
            path.write_text(named, encoding="utf-8")


def notes(app):
    """Return the folder that remembers which icons each page shows.

    A build writes only the pages that have changed; the font needs all.
    """
    return Path(app.doctreedir) / "icons"


def note_icons(page):
    """Note which icons a page shows, for the font that is cut to them."""
    names = {
        name.removeprefix("fa-")
        for tag in page.tree.find_all(class_=True)
        for name in tag["class"]
        if name.startswith("fa-")
    }
    note = notes(page.app) / f"{page.name}.txt"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("\n".join(sorted(names)), encoding="utf-8")


def only_used(css, names):
    """Return the style sheet without the icons of other names."""
    left = 0

    def kept(rule):
        nonlocal left
        found = set(re.findall(r"\.fa-([\w-]+)", rule[1]))
        left += bool(found & names)
        return rule[0] if found & names else ""

    where = "the style sheet of the theme"
    css = rewrite(RULE, kept, css, "slim.py, icons", where)
    expect(left, "slim.py, icons in use", where)
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
            f"slim.py: the theme brings neither {plain.name} nor "
            f"{packed.name} in {folder}. Where is its font of icons now?"
        )
    if importlib.util.find_spec("brotli") is None:
        raise ExtensionError(
            f"slim.py: {packed.name} is packed with Brotli. To read it, "
            f"pip install brotli."
        )
    return packed


def rewrite(pattern, new, css, rule, where):
    """Return a style sheet rewritten by a rule, as ``re.sub`` does."""
    css, matched = re.subn(pattern, new, css)
    expect(matched, rule, where)
    return css


def cut_icons(app):
    """Cut style sheet and font down; remove the script and the large font."""
    static = Path(app.outdir) / "_static"
    names = {
        name
        for note in notes(app).rglob("*.txt")
        for name in note.read_text(encoding="utf-8").split()
    }
    expect(names, "slim.py, names of icons", "all pages")
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
            "slim.py, the font of icons",
            sheet.name,
        )
        sheet.write_text(css, encoding="utf-8")
    for large in [
        *fonts.glob(f"{SOLID}.*"),
        *(static / "scripts").glob("fontawesome.js*"),
    ]:
        large.unlink()
