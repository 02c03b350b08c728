"""The one style sheet: what is left out of it, and what is not."""

import sys

import pytest
from places import BOOK

sys.path.insert(0, str(BOOK / "_ext"))
try:
    from mininn_pages.page import Page
    from mininn_pages.unused import note_names, without_unused
finally:
    sys.path.pop(0)

NAMES = {"a", "b", "c"}


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".a{x:1}", ".a{x:1}"),
        (".z{x:1}", ""),
        ("#z{x:1}", ""),
        (".a,.z, p{x:1}", ".a,p{x:1}"),
        (".a .z{x:1} .a>.b:hover{x:1}", ".a>.b:hover{x:1}"),
        (".a:not(.z){x:1}", ".a:not(.z){x:1}"),
        (":is(.z,.y) p{x:1}", ":is(.z,.y) p{x:1}"),
        ('[class*=z] .a::before{x:".z,{"}', '[class*=z] .a::before{x:".z,{"}'),
        ("@media print{.z{x:1}}", ""),
        ("@media print{.z{x:1}.b{x:1}}", "@media print{.b{x:1}}"),
        ("@supports (x:1){@media all{.z{x:1}}}", ""),
        ("@keyframes z{0%{x:1}}", "@keyframes z{0%{x:1}}"),
        ("@font-face{src:url(a)}", "@font-face{src:url(a)}"),
        (".\\31 z{x:1}", ""),
        (".bs-tooltip-top .a{x:1}", ".bs-tooltip-top .a{x:1}"),
        ("/* .a */", ""),
        ('@charset "utf-8";', '@charset "utf-8";'),
    ],
)
def test_a_rule_stays_when_a_page_can_ask_for_it(css, left):
    assert without_unused(css, NAMES) == left


def test_an_escaped_class_is_known_by_its_name():
    css = ".sd-w\\/2{x:1}"
    assert without_unused(css, {"sd-w/2"}) == css


def test_a_page_notes_its_classes_ids_and_what_is_typeset(tmp_path):
    from types import SimpleNamespace

    from mininn_pages.formulas import Ready

    app = SimpleNamespace(doctreedir=tmp_path)
    page = Page('<p id="one" class="two three">x</p>', "book/x", app=app)
    page.tree.p.append(Ready('<span class="katex">x</span>'))
    note_names(page)
    note = (tmp_path / "names" / "book" / "x.txt").read_text("utf-8")
    assert {"one", "two", "three", "katex"} <= set(note.split("\n"))


# What is not there when a page opens: a script adds it, or a reader opens it.
STATES = [
    "#pst-search-dialog[open]",
    ".dropdown-menu.show",
    ".bs-tooltip-bottom .tooltip-arrow",
    ".tooltip.show",
    ".copybtn.success",
    ".toggle-button",
    ".admonition.toggle-hidden",
    "#hover-card",
    "#pst-back-to-top",
    ".search-list mark",
    ".nav-link.active",
    "html[data-theme=dark]",
    ".katex-display",
    "@media print",
    "@media (forced-colors:active)",
    "@media (prefers-reduced-motion:reduce)",
]


def test_what_scripts_and_readers_open_keeps_its_rules(site):
    css = (site / "_static" / "pages.css").read_text(encoding="utf-8")
    tight = css.replace(": ", ":").replace('"', "")
    assert [state for state in STATES if state not in tight] == []
    assert ".accordion-flush" not in css
    assert len(css) < 260_000
