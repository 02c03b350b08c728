"""The numbers of side pages, and the way from one chapter to the next.

Sphinx numbers the chapters. What stands below chapter 3 in ``_toc.yml``, its
side pages and exercises, becomes 3a, 3b, …, and their equations (3a.1),
(3a.2), …: a page more in one chapter changes no number of another. A page
without a number counts on its own, from 1.
"""

from string import ascii_lowercase

from docutils import nodes

from .rules import expect


def chapters_of(env):
    """Return the pages that are listed on the first page, in their order."""
    return env.toctree_includes.get(env.config.root_doc, [])


def give_letters(app, env):
    """Number what stands below a chapter, once Sphinx has numbered those."""
    changed = []
    for chapter in chapters_of(env):
        number = env.toc_secnumbers.get(chapter, {}).get("")
        below = env.toctree_includes.get(chapter, [])
        for letter, page in zip(ascii_lowercase, below, strict=False):
            name = (f"{number[0]}{letter}",) if number else ()
            changed += [page] * give_number(env, page, name)
        if not number:
            changed += [chapter] * give_number(env, chapter, ())
    return changed


def give_number(env, page, name):
    """Number a page and what it counts; say whether that changed anything."""
    before = env.toc_secnumbers.get(page), env.toc_fignumbers.get(page)
    if name:
        write_number(env, page, [*name])
        env.toc_secnumbers[page] = {"": name, **unnumbered(env, page)}
    counted = env.toc_fignumbers.get(page, {})
    env.toc_fignumbers[page] = {
        kind: {
            one: (*name, count)
            for count, one in enumerate(sorted(ids, key=ids.get), 1)
        }
        for kind, ids in counted.items()
    }
    return before != (env.toc_secnumbers.get(page), env.toc_fignumbers[page])


def unnumbered(env, page):
    """Say of each heading below the title that it has no number.

    Sphinx gives a heading of which nothing is said that of the page.
    """
    entries = env.tocs[page].findall(nodes.reference)
    return {one["anchorname"]: None for one in entries if one["anchorname"]}


def write_number(env, page, number):
    """Write the number of a page into its title and its contents."""
    entries = [
        entry
        for entry in env.tocs[page].findall(nodes.reference)
        if not entry["anchorname"]
    ]
    expect(entries, "numbers.py, a page in its contents", page)
    for one in (env.titles[page], *entries):
        one["secnumber"] = number


def take_letters(app, env, added, changed, removed):
    """Leave the pages below chapters to Sphinx, which counts anew."""
    for chapter in chapters_of(env):
        for page in env.toctree_includes.get(chapter, []):
            if page in env.titles:
                env.titles[page].attributes.pop("secnumber", None)
    return []


def lead_on(app, page, context):
    """Lead from a chapter to the chapters beside it, past what is below."""
    chapters = [app.config.root_doc, *chapters_of(app.env)]
    if page not in chapters:
        return
    here = chapters.index(page)
    for side, there in ("prev", here - 1), ("next", here + 1):
        if 0 <= there < len(chapters):
            title = app.env.titles[chapters[there]]
            context[side] = {
                "link": app.builder.get_relative_uri(page, chapters[there]),
                "title": app.builder.render_partial(title)["title"],
            }
