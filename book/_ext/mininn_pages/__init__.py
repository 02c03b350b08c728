"""The pages of the book, step by step.

Sphinx and its theme draw a page; then the steps below change it, in the order
in which they stand here. A step is a function of one page, whose HTML it asks
and changes as a tree. Each page is parsed once and written once, so what a
step changes, the next one finds.

To add a step, write a function in the file of its subject and name it here.
Nothing else decides when it runs.
"""

import gc
import logging
from pathlib import Path

from . import (
    addresses,
    docstrings,
    explorers,
    formulas,
    glassbox,
    launch,
    markup,
    numbers,
    paper,
    pictures,
    policy,
    publish,
    questions,
    search,
    sheet,
    skips,
    slim,
    sources,
    symbols,
    titles,
    typeface,
    unused,
)
from .page import Page, fragment

# A page that is a text of the book.
TEXT = [
    search.note,  # before a step puts anything into a title
    markup.keep_one_viewport,
    publish.describe,
    publish.preview,
    markup.mend_corners_of_tables,
    markup.mend_names_of_folds,
    markup.mend_entries_of_bibliography,
    markup.mend_lists_in_paragraphs,
    markup.mend_titles_of_solutions,
    markup.fold_imports,
    pictures.wait,
    pictures.say_size,
    pictures.box,
    explorers.show,  # a frame does not wait: it shows at once
    glassbox.show,
    questions.show,  # its texts hold symbols and formulas
    markup.join_time,  # the number of questions is there
    markup.number_folds_in_a_row,  # those that are still above
    markup.keep_sizes_together,
    skips.offer,  # what is live is there
    symbols.mark_formulas,
    symbols.mark_equations,
    symbols.mark_code,
    symbols.mark_listings,
    formulas.set_in_lines,
    formulas.set_of_their_own,
    formulas.note_signs,
]
# Every page, also the search and the index.
EVERY = [
    markup.name_folds_of_contents,
    sources.lead_back,
    sources.close_gaps,
    slim.drop_icon_script,
    slim.let_text_come_first,
    search.without_sphinx,
    slim.load_one_sheet,
    glassbox.bring_style,
    slim.note_icons,
    unused.note_names,  # when no step adds one any more
    policy.allow,  # last: it names the scripts that are left
]
# The site, when all of its pages are written.
SITE = [
    symbols.write_data,
    glassbox.write_scripts,
    addresses.write,
    formulas.write_sheet,
    typeface.write,
    questions.write_scripts,
    search.write,
    launch.bring_editor,
    slim.cut_icons,
    slim.write_one_sheet,  # of style sheets that are finished
    publish.write_front_door,
    publish.write_map,
]


def begin(app, pagename, templatename, context, doctree):
    """Let the theme draw a page, and the steps change what it has drawn.

    The template that is returned draws the page by the one that was chosen,
    and hands the HTML to ``finished``.
    """
    if doctree is not None:
        context["theme_use_thebe"] = False
        launch.add_menu(app, pagename, context)
        numbers.lead_on(app, pagename, context)
    title = fragment(context.get("title", "")).get_text()

    def finished(html):
        page = Page(html, pagename, app=app, doctree=doctree, title=title)
        for step in [*(TEXT if doctree is not None else []), *EVERY]:
            step(page)
        return page.written()

    context["finished"], context["drawn_by"] = finished, templatename
    return "finished.html"


def end(app, error):
    """Write what belongs to the site and not to a page."""
    if not error and app.builder.format == "html":
        for step in SITE:
            step(app)
    formulas.close_engine()


def listen_for_the_end(app):
    """Come after the theme, which is loaded by now.

    When the pages are written it writes the colours of code, which belong
    into the one style sheet.
    """
    app.connect("build-finished", end)


def configure(app, config):
    """Tell Sphinx, before it begins, what the environment says and we want."""
    here = str(Path(__file__).parent)
    config.templates_path = [*config.templates_path, here]
    publish.set_addresses(config)
    paper.set_typography(config)


def setup(app):
    # A page is a tree of many small objects that live until it is written.
    # To look for unused ones as often as Python does is a sixth of the build.
    gc.set_threshold(200_000, 50, 50)
    # The theme begins its list of buttons, and the menu is put first in it.
    app.setup_extension("sphinx_book_theme")
    # What colours the code also turns on the log of every library.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    app.connect("html-page-context", begin)
    app.connect("builder-inited", listen_for_the_end)
    # What must be so before there are pages.
    app.connect("config-inited", configure)
    app.connect("builder-inited", slim.without_thebe)
    app.connect("source-read", explorers.hand_over)
    app.connect("source-read", glassbox.hand_over)
    app.add_post_transform(glassbox.Printed)
    app.connect("doctree-read", markup.number_parts)
    app.connect("env-get-outdated", numbers.take_letters)
    app.connect("env-get-updated", numbers.give_letters)
    app.add_directive("symbols", symbols.Symbols)
    app.add_directive("sheet", sheet.Sheet)
    app.connect("env-get-outdated", sheet.renew)
    formulas.set_up(app)
    questions.set_up(app)
    typeface.set_up(app)
    app.add_post_transform(paper.OnPaper)
    app.add_post_transform(titles.ShortTitles)
    # Napoleon reads the docstrings that this leaves, so it comes after.
    app.connect("autodoc-process-docstring", docstrings.document)
    app.setup_extension("sphinx.ext.napoleon")
    # Each process would need an engine for formulas of its own.
    return {"parallel_read_safe": True, "parallel_write_safe": False}
