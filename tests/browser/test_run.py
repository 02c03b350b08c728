"""Chapters run in the page itself, and the menu that starts them.

What runs Python needs Chromium, and a site with the files of Python:
``MININN_LITE`` names one that ``tools/lite.py --self-host`` has completed.

Python takes some ten seconds to start. What is about its start, or ends it,
starts its own; all other pages take turns with one, which is emptied between
them as a new kernel is empty. The weekly check gives each chapter its own.
"""

import functools
import importlib.util
import json
import os
import re
import time

import chapters
import pytest
from chromium import STICKS_OUT, UNCOVER, served
from places import BOOK

NOTEBOOKS = chapters.notebooks()
CDN = "https://cdn.jsdelivr.net/pyodide/v314.0.3/full/"
LOADS = 90_000  # ms, also where other work goes on
SHAPES = [c for c in chapters.read("shapes")["cells"] if "outputs" in c]
LAST = f"Cell {len(SHAPES)} has run"
AXE = """async () => (await axe.run({exclude: [".katex-html"]}, {
  resultTypes: ["violations"], preload: false,
})).violations.flatMap((rule) => rule.nodes.map((node) =>
  [rule.impact, rule.id, node.html.slice(0, 160)]))"""
# What every cell has shown in this run: its place, and the texts by kind.
# Cells that only import are folded.
UNFOLD = """(cell) => cell.querySelectorAll(".cell_input, details")
  .forEach((part) => part.closest("details")?.setAttribute("open", ""))"""
SHOWN = """() => [...document.querySelectorAll("div.cell:has(.run-cell)")]
  .map((cell) => {
    const texts = (kind) => [...cell.querySelectorAll(
      `.run-output .${kind}`)].map((e) => e.textContent).join("");
    return {
      stdout: texts("run-stdout"), stderr: texts("run-stderr"),
      error: texts("run-error"), html: texts("text_html"),
      images: cell.querySelectorAll(".run-output .output > img").length,
      explorers: cell.querySelectorAll(".run-picture").length,
    };
  })"""

# In place of what the last page has left: the names, modules and settings
# that Python has at its start.
FRESH = """
def fresh(folder):
    import gc, os, random, sys
    import mininn_page, numpy

    plt = sys.modules.get("matplotlib.pyplot")
    if plt:
        plt.close("all")
        plt.rcdefaults()
    mininn_page.explorers.clear()
    mininn_page.settings = getattr(
        mininn_page, "settings", numpy.get_printoptions()
    )
    numpy.set_printoptions(**mininn_page.settings)
    numpy.random.seed()
    random.seed()
    for name in [*sys.modules]:
        if name.partition(".")[0] == "mininn":
            del sys.modules[name]
    names = vars(sys.modules["__main__"])
    for name in [name for name in names if not name.startswith("__")]:
        del names[name]
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    gc.collect()

fresh("/home/pyodide/" + FOLDER)
"""
# In a page that another has opened: a worker that outlives it, in that other
# one. It is emptied before it says that it is ready. One that is still at
# work is ended, and so is what a page ends.
KEEP = """
if (opener) window.Worker = class {
  constructor(...which) {
    if (opener.work) this.terminate();
    this.waiting = [];
    opener.python ??= new opener.Worker(...which);
    opener.python.onmessage = ({ data }) => this.hear(data);
    opener.python.onerror = (event) => this.onerror(event);
  }
  send(message) {
    opener.work = (opener.work || 0) + 1;
    opener.python.postMessage(message);
  }
  empty() {
    const code = FRESH.replace("FOLDER", JSON.stringify(this.folder));
    this.send({ id: 0, place: 0, code });
  }
  postMessage(message) {
    if (!message.base) {
      this.waiting?.push(message) || this.send(message);
      return;
    }
    this.folder = message.folder;
    if (opener.started) return this.empty();
    opener.started = true;
    this.send(message);
  }
  hear(data) {
    if (["done", "ready", "failed"].includes(data.kind)) opener.work -= 1;
    if (data.kind === "ready") return this.empty();
    if (data.id === 0 && data.kind === "error") data.kind = "failed";
    if (data.id === 0 && data.kind === "done") {
      data = { kind: "ready" };
      this.waiting.forEach((message) => this.send(message));
      this.waiting = undefined;
    }
    this.onmessage({ data });
  }
  terminate() {
    opener.python?.terminate();
    opener.python = opener.started = opener.work = undefined;
  }
};
""".replace("FRESH", json.dumps(FRESH))


@pytest.fixture(scope="module")
def home(built):
    """The address of that site."""
    with served(built) as start:
        yield start


# Every cell is reached by the keyboard, whatever the theme does after a while.
REACHED = """() => {
  const codes = [...document.querySelectorAll("[role=textbox]")];
  return codes.length && codes.every((e) => e.tabIndex === 0);
}"""
SIZE = {"width": 1200, "height": 900}


class Reader:
    """One who reads a page, and what the page did meanwhile."""

    def __init__(self, context, home, tab=None):
        self.outside, self.trouble = [], []
        self.context = context

        def watch(route):
            if route.request.url.startswith((home, "data:")):
                return route.continue_()
            self.outside.append(route.request.url)
            return route.abort()

        self.context.route("**/*", watch)
        self.tab = tab or self.context.new_page()
        self.tab.on("pageerror", lambda e: self.trouble.append(str(e)))
        self.tab.on("console", self.hear)

    def innocent(self):
        """Tell of nothing outside, and of no error in the console."""
        assert self.outside == []
        assert self.trouble == []

    def hear(self, message):
        if message.type == "error":
            self.trouble.append(message.text)

    def open(self, address):
        self.tab.goto(address)
        self.tab.wait_for_load_state()
        self.tab.evaluate(UNCOVER)
        return self

    def choose(self, entry):
        self.tab.locator(".dropdown-launch-buttons > button").click()
        self.tab.get_by_text(entry).click()

    def cell(self, place):
        return self.tab.locator("div.cell:has(.run-cell)").nth(place - 1)

    def code(self, place):
        return self.tab.get_by_role(
            "textbox", name=f"Code of cell {place}", exact=True
        )

    def write(self, place, source, run=True):
        self.cell(place).evaluate(UNFOLD)
        box = self.code(place)
        box.fill(source)
        if run:
            box.press("Control+Enter")

    def wear(self, mode, width):
        """Change to a mode and a width; wait until the theme has followed."""
        self.tab.set_viewport_size({"width": width, "height": 900})
        self.tab.emulate_media(color_scheme=mode, reduced_motion="reduce")
        worn = self.tab.locator(f"html[data-theme={mode}]")
        worn.wait_for(state="attached")
        self.tab.wait_for_timeout(400)
        assert self.tab.evaluate(REACHED)

    def press(self, name):
        bar = self.tab.locator(".run-bar")
        bar.get_by_role("button", name=name).click()

    def said(self, text, patience=LOADS):
        """Wait until the bar says something."""
        status = self.tab.locator(".run-bar [role=status]")
        status.filter(has_text=text).wait_for(timeout=patience)

    def new(self, place, kind="stdout"):
        return self.cell(place).locator(f".run-output .run-{kind}")


@pytest.fixture
def reader(browser):
    """Readers who find nothing outside, and no error in the console."""
    readers = []

    def come(home):
        readers.append(Reader(browser.new_context(viewport=SIZE), home))
        return readers[-1]

    yield come
    for one in readers:
        one.context.close()
        one.innocent()


def run_in(one, home, page):
    one.open(f"{home}/book/{page}.html").choose("Run in this page")
    one.tab.locator(".run-bar").wait_for()
    return one


@pytest.fixture
def starting(reader, home):
    """Open a page whose cells can be run, with a Python that starts now."""
    return lambda page: run_in(reader(home), home, page)


@pytest.fixture(scope="module")
def kept(browser, home):
    """A tab that keeps a Python, and opens others that use it."""
    context = browser.new_context(viewport=SIZE)
    context.add_init_script(KEEP)
    tab = context.new_page()
    tab.goto(f"{home}/_static/run.css")
    yield tab
    context.close()


@pytest.fixture
def coming(kept, home):
    """Readers whose pages use the Python that is kept."""
    readers = []

    def come():
        with kept.expect_popup() as opened:
            kept.evaluate("() => { window.open('about:blank'); }")
        readers.append(Reader(kept.context, home, opened.value))
        return readers[-1]

    yield come
    for one in readers:
        one.tab.close()
    kept.context.unroute_all()
    for one in readers:
        one.innocent()


@pytest.fixture
def running(coming, home):
    """Open a page whose cells can be run, with the Python that is kept."""
    return lambda page: run_in(coming(), home, page)


# The menu


@pytest.fixture(scope="module")
def menu():
    path = BOOK / "_ext" / "mininn_pages" / "launch.py"
    spec = importlib.util.spec_from_file_location("launch", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_a_public_address_there_is_neither_binder_nor_colab(
    menu, monkeypatch
):
    monkeypatch.delenv("MININN_REPO_URL", raising=False)
    assert menu.public("book/rings.ipynb") == []


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        (
            "https://github.com/ann/nets.git",
            [
                "https://mybinder.org/v2/gh/ann/nets/a%2Fb"
                "?urlpath=lab/tree/book/rings.ipynb",
                "https://colab.research.google.com/github/ann/nets"
                "/blob/colab/book/rings.ipynb",
            ],
        ),
        (
            "https://gitlab.com/ann/nets/",
            [
                "https://mybinder.org/v2/gl/ann%2Fnets/a%2Fb"
                "?urlpath=lab/tree/book/rings.ipynb"
            ],
        ),
        (
            "https://example.org/ann/nets",
            [
                "https://mybinder.org/v2/git/"
                "https%3A%2F%2Fexample.org%2Fann%2Fnets/a%2Fb"
                "?urlpath=lab/tree/book/rings.ipynb"
            ],
        ),
    ],
)
def test_each_entry_opens_this_chapter(menu, monkeypatch, url, addresses):
    monkeypatch.setenv("MININN_REPO_URL", url)
    monkeypatch.setenv("MININN_REPO_BRANCH", "a/b")
    entries = menu.public("book/rings.ipynb")
    assert [e["url"] for e in entries] == addresses


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_what_jupyterlite_opens_is_there(built, page):
    assert (built / "lite" / "notebooks" / "index.html").exists()
    assert (built / "lite" / "files" / "book" / f"{page}.ipynb").exists()


@pytest.mark.parametrize("entry", ["Run in this page", "Open in JupyterLite"])
def test_from_a_file_the_page_says_what_to_do(reader, address, entry):
    start = address["file"]
    one = reader(start).open(f"{start}/book/exercises/layer.html")
    one.choose(entry)
    one.said("python -m http.server -d _build/html 8000", 5000)
    one.said("http://localhost:8000/book/exercises/layer.html", 5000)
    assert len(one.context.pages) == 1
    assert one.tab.locator(".run-button").count() == 0


def test_without_python_in_the_site_the_page_says_what_to_do(reader, address):
    start = address["http"]
    one = reader(start)
    one.context.route("**/lite/**", lambda r: r.fulfill(status=404))
    one.open(f"{start}/book/rings.html").choose("Run in this page")
    one.said("python tools/lite.py", 5000)
    assert one.tab.locator(".run-button").count() == 0
    assert {"404" in t for t in one.trouble} == {True}
    one.trouble.clear()


def test_the_keyboard_alone_runs_a_cell(coming, home):
    one = coming().open(f"{home}/book/shapes.html")
    keys = one.tab.keyboard
    one.tab.locator(".dropdown-launch-buttons > button").focus()
    keys.press("Enter")
    keys.press("ArrowDown")
    keys.press("Enter")
    one.tab.locator(".run-bar").wait_for()
    one.tab.locator(":focus", has_text="Run all").wait_for()
    one.code(1).focus()
    keys.press("Escape")
    keys.press("Tab")
    assert one.tab.evaluate("document.activeElement.ariaLabel") != (
        "Code of cell 1"
    )
    one.code(1).focus()
    keys.press("Shift+Enter")
    one.said("Cell 1 has run")


# Running


# Whatever the bar says from now on, also for a moment.
HEARS = """() => {
  const bar = document.querySelector(".run-bar"), said = new Set();
  const hear = () => bar.innerText.split("\\n").forEach((t) => said.add(t));
  new MutationObserver(hear).observe(bar,
    { childList: true, characterData: true, subtree: true });
  hear();
  window.said = () => [...said];
}"""


def test_it_says_what_it_loads_and_how_much(starting):
    one = starting("softmax")
    one.tab.evaluate(HEARS)
    one.said("Python is ready.")
    seen = set(one.tab.evaluate("said()"))
    assert {"Loading Python.", "Starting Python."} <= seen
    amounts = {t for t in seen if re.search(r"\d+ of about 26 MB", t)}
    assert len(amounts) > 3
    assert not one.tab.locator("progress").is_visible()
    last = one.tab.locator(".run-bar progress").evaluate("p => p.value")
    assert 24 < last <= 26


def test_a_cell_runs_those_above_it_first_and_none_below(running):
    one = running("shapes")
    button = one.cell(8).get_by_role("button", name=re.compile("^Run"))
    assert button.inner_text() == "Run with the 7 above"
    stored = one.cell(8).locator(".cell_output").last.inner_text()
    button.click()
    one.said("Cell 8 has run")
    assert one.new(8).inner_text().strip() == stored.strip()
    assert one.cell(7).locator(".run-output table tr").count() == 6
    assert button.inner_text() == "Run"
    assert one.cell(9).locator(".run-output").count() == 0
    below = one.cell(10).get_by_role("button", name=re.compile("^Run"))
    assert below.inner_text() == "Run with the 1 above"


def test_an_edited_cell_runs_as_edited_and_can_be_put_back(running):
    one = running("shapes")
    printed = one.code(1).inner_text()
    one.write(1, "a = 6\nprint(a * 7)")
    one.said("Cell 1 has run")
    assert one.new(1).inner_text() == "42\n"
    one.write(1, "print(a + 1)\n'last', a")
    one.new(1, "text").wait_for()
    assert one.new(1).inner_text() == "7\n"
    assert one.new(1, "text").inner_text() == "('last', 6)"
    one.cell(1).get_by_role("button", name="Undo the edits").click()
    assert one.code(1).inner_text() == printed


def test_enter_keeps_the_indentation(running):
    one = running("shapes")
    one.write(1, "for i in range(2):", run=False)
    one.code(1).press("End")
    one.code(1).press("Enter")
    one.tab.keyboard.type("x = i")
    one.tab.keyboard.press("Enter")
    one.tab.keyboard.type("print(x)")
    one.tab.keyboard.press("Control+Enter")
    one.said("Cell 1 has run")
    assert one.new(1).inner_text() == "0\n1\n"


def test_a_question_that_is_run_stays_as_it_is_on_the_page(running):
    one = running("forward")
    cell = one.tab.locator("div.cell:has(.question)").first
    cell.locator(".question input").fill("12")
    cell.get_by_role("button", name=re.compile("^Run")).click()
    run = cell.get_by_role("button", name="Run: cell")
    run.wait_for(timeout=LOADS)
    assert cell.locator(".question").count() == 1
    assert cell.locator(".question:visible .katex").count() > 0
    assert cell.locator(".question input").input_value() == "12"
    assert cell.get_by_role("button", name="Show the").count() == 0


def test_an_error_is_shown_as_python_shows_it(running):
    one = running("shapes")
    one.write(1, "def f(x):\n    return 1 / x\n\nprint('first')\nf(0)")
    one.said("Cell 1 ended with an error")
    assert one.new(1).inner_text() == "first\n"
    told = one.new(1, "error").inner_text()
    assert told.startswith("Traceback (most recent call last):\n")
    assert 'File "<cell 1>", line 5, in <module>' in told
    assert "    return 1 / x\n" in told
    assert told.strip().endswith("ZeroDivisionError: division by zero")
    assert "mininn_page" not in told
    one.write(1, "f(")
    one.new(1, "error").filter(has_text="SyntaxError").wait_for()


def test_an_error_stops_the_cells_below_unless_it_was_meant(running):
    one = running("shapes")
    one.write(2, "nothing_of_this_name", run=False)
    one.press("Run all")
    one.said("Cell 2 ended with an error")
    assert one.cell(3).locator(".run-output").count() == 0
    one.cell(2).get_by_role("button", name="Undo the edits").click()
    one.press("Run all")
    one.said(LAST)
    meant = one.tab.locator(".tag_raises-exception .run-error")
    assert meant.count() == 3
    assert "got (" in meant.first.inner_text()


def test_stop_ends_an_endless_loop_and_the_next_run_begins_anew(running):
    one = running("shapes")
    one.write(1, "kept = 1\nprint(kept)")
    one.said("Cell 1 has run")
    one.write(2, "while True:\n    pass")
    one.said("Running cell 2")
    one.press("Stop")
    one.said("What was computed is gone")
    one.write(2, "print(kept)")
    one.said("Cell 2 has run")
    assert one.new(2).inner_text() == "1\n"  # the first cell ran again


def test_a_loop_that_prints_leaves_the_page_alive(running):
    one = running("shapes")
    one.write(1, "while True:\n    print('again')")
    one.new(1).wait_for(timeout=LOADS)
    one.tab.wait_for_timeout(1500)
    one.press("Stop")
    one.said("What was computed is gone", 2000)
    assert len(one.new(1).inner_text()) < 101_000


def test_restart_forgets(starting):
    one = starting("shapes")
    one.write(1, "kept = 1")
    one.said("Cell 1 has run")
    one.press("Restart")
    one.said("Python is ready.")
    one.write(1, "'kept' in globals()")
    one.said("Cell 1 has run")
    assert one.new(1, "text").inner_text() == "False"


LEFT = """
import os, sys
import numpy as np, matplotlib.pyplot as plt, mininn as mn
print("kept" in globals(), hasattr(mn, "kept"), np.pi * np.ones(1),
      plt.get_fignums(), plt.rcParams["lines.linewidth"], os.getcwd())
kept = mn.kept = True
np.set_printoptions(precision=1)
plt.rcParams["lines.linewidth"] = 9
os.chdir("/")
"""


def test_a_page_finds_nothing_that_the_one_before_has_left(running):
    """What the pages of this file share is as it was when it started."""
    for page in ("shapes", "exercises/softmax", "shapes"):
        one = running(page)
        one.write(1, LEFT)
        one.said("Cell 1 has run")
        folder = f"/home/pyodide/book/{page}".rpartition("/")[0]
        told = f"False False [3.14159265] [] 1.5 {folder}\n"
        assert one.new(1).inner_text() == told


def test_a_figure_appears_and_the_stored_one_comes_back(running):
    one = running("rings")
    cell = one.tab.locator("div.cell:has(.cell_output img)").first
    stored = cell.locator(".cell_output img").last
    alt, width = stored.get_attribute("alt"), stored.evaluate("i => i.width")
    cell.get_by_role("button", name=re.compile("^Run")).click()
    new = cell.locator(".run-output img")
    new.wait_for(timeout=LOADS)
    assert new.get_attribute("alt") == alt
    assert abs(new.evaluate("i => i.naturalWidth") - width) < 12
    assert cell.locator("details.hide").get_attribute("open") is None
    assert not stored.is_visible()
    cell.get_by_role("button", name="Show the stored output").click()
    assert stored.is_visible()
    assert not new.is_visible()


def test_what_a_reader_writes_is_checked_in_an_exercise(running):
    one = running("exercises/softmax")
    one.write(
        2,
        "def softmax(Z):\n"
        "    E = np.exp(Z - Z.max(axis=0, keepdims=True))\n"
        "    return E / E.sum(axis=0, keepdims=True)\n",
        run=False,
    )
    one.press("Run all")
    one.said("Cell 3 has run")
    assert "3/3" in one.new(3).inner_text().replace(" of ", "/")


# A file of the reader's own

READ = """from pathlib import Path
print(Path("mine.csv").read_text() if Path("mine.csv").exists() else "none")"""


@pytest.fixture
def with_file(running, home):
    """A page whose first cell takes a file: the tag is written into it."""

    def tagged(route):
        body = route.fetch().text()
        first = 'class="cell '
        assert first in body
        route.fulfill(
            body=body.replace(first, f"{first}tag_own-file ", 1),
            content_type="text/html; charset=utf-8",
        )

    def start():
        one = running("shapes")
        one.context.route("**/book/shapes.html", tagged)
        run_in(one, home, "shapes")
        one.write(1, READ)
        one.said("Cell 1 has run")
        return one

    return start


def give(one, name, content):
    one.tab.get_by_label("Choose a file").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def answer(one, text):
    """Wait until the field says something."""
    said = one.tab.locator(".run-file [role=status]")
    said.filter(has_text=text).wait_for(timeout=LOADS)
    return said.inner_text()


def test_a_file_of_ones_own_is_read_and_sent_nowhere(with_file):
    one = with_file()
    asked = []
    one.tab.on("request", lambda request: asked.append(request.method))
    field = one.tab.locator(".run-file")
    assert field.count() == 1  # the other cells have none
    assert "sent nowhere" in field.inner_text()
    assert "at most 10 MB" in field.inner_text()
    assert one.new(1).inner_text() == "none\n"
    give(one, "people.csv", "age,grün\n41,1\n".encode())
    one.new(1).filter(has_text="41,1").wait_for(timeout=LOADS)
    assert one.new(1).inner_text() == "age,grün\n41,1\n\n"
    answer(one, "people.csv is mine.csv now.")
    # Where Python ends, so does its memory; the field has the file still.
    one.press("Restart")
    one.said("Python is ready")
    one.cell(1).get_by_role("button", name=re.compile("^Run")).click()
    one.said("Cell 1 has run")
    assert "41,1" in one.new(1).inner_text()
    field.get_by_role("button", name="Take it away").click()
    one.new(1).filter(has_text="none").wait_for(timeout=LOADS)
    answer(one, "people.csv is taken away.")
    assert set(asked) <= {"GET"}


def test_a_file_that_cannot_be_read_is_told_in_plain_words(with_file):
    one = with_file()
    give(one, "all.csv", b"1" * 10_000_001)
    answer(one, "all.csv has 10.0 MB, and this page takes at most 10 MB.")
    give(one, "no.csv", b"")
    answer(one, "no.csv is empty.")
    give(one, "sheet.xlsx", b"PK\x03\x04\x00\xff\xfe")
    answer(one, "sheet.xlsx is not a text in UTF-8. In a spreadsheet")
    assert one.new(1).inner_text() == "none\n"
    give(one, "good.csv", b"1,2")
    answer(one, "good.csv is mine.csv now.")
    give(one, "bad.csv", "ä".encode("latin-1"))
    assert answer(one, "bad.csv").endswith("good.csv stays.")
    one.said("Cell 1 has run")
    assert one.new(1).inner_text() == "1,2\n"


def test_another_page_finds_no_file(with_file, starting):
    one = with_file()
    give(one, "good.csv", b"1,2")
    one.new(1).filter(has_text="1,2").wait_for(timeout=LOADS)
    other = starting("shapes")
    assert other.tab.locator(".run-file").count() == 0
    other.write(1, READ)
    other.said("Cell 1 has run")
    assert other.new(1).inner_text() == "none\n"


# Free sliders


def free(one, cell):
    """Run an explorer's cell, and let it take any value."""
    cell.get_by_role("button", name=re.compile("^Run")).first.click()
    switch = cell.get_by_role("switch", name="Any value")
    switch.wait_for(timeout=LOADS)
    assert not switch.is_checked()
    assert cell.locator(".explorer[data-explorer]").is_visible()
    switch.check()
    cell.locator(".run-picture img").wait_for(timeout=LOADS)
    assert not cell.locator(".explorer[data-explorer]").is_visible()


def test_a_free_slider_draws_values_that_no_frame_holds(running):
    one = running("forward")
    cell = one.tab.locator("div.cell:has(.explorer)").first
    stored = cell.locator("figcaption").inner_text()
    free(one, cell)
    note = cell.locator(".run-picture figcaption")
    assert note.inner_text() == stored
    first = cell.get_by_role("slider", name="first input").last
    first.focus()
    one.tab.keyboard.press("ArrowRight")
    note.filter(has_text="x = (0.04, 0) gives").wait_for()
    exact = cell.get_by_role("spinbutton", name="second input, exactly")
    exact.fill("-2.345")
    exact.press("Tab")
    note.filter(has_text="x = (0.04, −2.345) gives").wait_for()
    assert cell.locator(".run-picture img").get_attribute("alt") == (
        note.inner_text()
    )
    cell.get_by_role("switch").uncheck()
    assert cell.locator("figcaption:visible").inner_text() == stored


def test_a_button_of_the_explorer_leads_to_any_value(coming, home):
    one = coming().open(f"{home}/book/forward.html")
    cell = one.tab.locator("div.cell:has(.explorer)").first
    button = cell.get_by_role("button", name="Any value")
    button.focus()
    one.tab.keyboard.press("Enter")
    cell.locator(".run-picture img").wait_for(timeout=LOADS)
    assert cell.get_by_role("switch", name="Any value").is_checked()
    one.tab.locator("input:focus").wait_for()
    assert cell.locator("input:focus").count() == 1
    cell.get_by_role("switch").uncheck()
    assert cell.locator(".explorer[data-explorer]").is_visible()
    assert not button.is_visible()


def test_from_a_file_the_button_of_an_explorer_says_what_to_do(
    reader, address
):
    """Where all is chosen from lists, nothing lies between, and none is."""
    one = reader(address["file"])
    one.open(f"{address['file']}/book/shapes.html")
    assert one.tab.locator(".explorer").count() == 1
    assert one.tab.locator(".explorer-any").count() == 0
    one.open(f"{address['file']}/book/forward.html")
    one.tab.get_by_role("button", name="Any value").click()
    one.said("python -m http.server", 5000)


def test_the_newest_value_wins(running):
    one = running("forward")
    cell = one.tab.locator("div.cell:has(.explorer)").first
    free(one, cell)
    slider = cell.get_by_role("slider", name="first input").last
    slider.focus()
    for _ in range(30):
        one.tab.keyboard.press("ArrowRight")
    note = cell.locator(".run-picture figcaption")
    note.filter(has_text="x = (1.2, 0) gives").wait_for()
    one.tab.wait_for_timeout(1500)
    assert "x = (1.2, 0) gives" in note.inner_text()


def test_an_edit_is_drawn_at_once_and_what_fails_says_why(running):
    one = running("forward")
    cell = one.tab.locator("div.cell:has(.explorer)").first
    pre = cell.get_by_role("textbox").first
    cell.locator("summary").first.click()
    code = pre.inner_text().replace(
        "cache = mn", "assert x1 < 3, 'too far'\n    cache = mn"
    )
    pre.fill(code)
    pre.press("Control+Enter")
    cell.locator(".run-picture img").wait_for(timeout=LOADS)
    assert cell.get_by_role("switch").is_checked()
    cell.get_by_role("slider", name="first input").last.press("End")
    told = cell.locator(".run-picture")
    told.filter(has_text="AssertionError: too far").wait_for()


def test_stop_ends_a_slow_picture(running):
    one = running("forward")
    cell = one.tab.locator("div.cell:has(.explorer)").first
    cell.locator("summary").first.click()
    pre = cell.get_by_role("textbox").first
    pre.fill(
        pre.inner_text().replace(
            "cache = mn", "while x1 > 3: pass\n    cache = mn"
        )
    )
    pre.press("Control+Enter")
    cell.locator(".run-picture img").wait_for(timeout=LOADS)
    cell.get_by_role("slider", name="first input").last.press("End")
    one.press("Stop")
    one.said("What was computed is gone")
    assert cell.locator(".run-output .explorer").evaluate("e => e.inert")


# Whole chapters

TWO = ["exercises/gradcheck", "exercises/rings"]


def sanitised(text):
    """Take out what differs from run to run, as the notebooks' test does."""
    text = re.sub(r"\b0x[0-9a-fA-F]{6,}\b", "ADDRESS", text)
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def stored_cells(page):
    """Return what each code cell has stored, as SHOWN tells of a new run."""
    book = json.loads((BOOK / f"{page}.ipynb").read_text("utf-8"))
    cells = []
    for cell in book["cells"]:
        if cell["cell_type"] != "code" or not cell["source"]:
            continue
        found = {"stdout": "", "error": "", "images": 0, "explorers": 0}
        for output in cell["outputs"]:
            data = output.get("data", {})
            found["stdout"] += "".join(output.get("text", ""))
            if output["output_type"] == "error":
                found["error"] = f"{output['ename']}: {output['evalue']}"
            found["images"] += "image/png" in data
            found["explorers"] += any("explorer+json" in k for k in data)
        cells.append(found)
    return cells


@pytest.mark.parametrize(
    "page",
    [
        # Of the exercises the whole check runs two, the weekly one all.
        pytest.param(
            page,
            marks=pytest.mark.weekly
            if page.startswith("exercises/") and page not in TWO
            else [],
        )
        for page in NOTEBOOKS
    ],
)
def test_every_chapter_runs_as_it_is_stored_and_its_explorers_are_free(
    request, page, record_property
):
    own = os.environ.get("MININN_WEEKLY")
    one = request.getfixturevalue("starting" if own else "running")(page)
    start = time.monotonic()
    stored = stored_cells(page)
    one.press("Run all")
    one.said(f"Cell {len(stored)} has run", 300_000)
    record_property("seconds", round(time.monotonic() - start, 1))
    shown = one.tab.evaluate(SHOWN)
    assert len(shown) == len(stored)
    for place, (new, old) in enumerate(zip(shown, stored, strict=True), 1):
        assert new["stderr"] == "", place
        assert sanitised(new["stdout"]) == sanitised(old["stdout"]), place
        assert new["error"].strip().endswith(old["error"]), place
        assert bool(new["error"]) == bool(old["error"]), place
        assert new["images"] == old["images"], place
        assert new["explorers"] == old["explorers"], place
    assert one.tab.locator(".run-free").count() == sum(
        cell["explorers"] for cell in stored
    )
    turn_freely(one)
    one.tab.set_viewport_size({"width": 360, "height": 900})
    one.tab.wait_for_timeout(50)
    assert one.tab.evaluate(STICKS_OUT) == []


def turn_freely(one):
    """Ask every explorer for values between those of its frames."""
    for cell in one.tab.locator("div.cell:has(.run-free)").all():
        cell.get_by_role("switch").check()
        picture = cell.locator(".run-picture:not([aria-busy])")
        picture.locator("img").wait_for(timeout=LOADS)
        for slider in cell.locator(".run-output [type=range]").all():
            slider.press("PageDown")
            slider.press("ArrowDown")
            picture.wait_for(timeout=LOADS)
            assert "No picture" not in picture.inner_text()


# From a turn of a slider to the picture that the browser has painted, in ms.
ANSWER = """async (input) => {
  const picture = input.closest(".explorer").querySelector(".run-picture");
  const times = [];
  for (let i = 0; i < 20; i++) {
    const before = picture.querySelector("img"), start = performance.now();
    input.value = Number(input.value) + 1;
    input.dispatchEvent(new Event("input"));
    while (picture.querySelector("img") === before) {
      await new Promise(requestAnimationFrame);
    }
    await picture.querySelector("img").decode();
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - start);
  }
  return times;
}"""


# How long Python alone takes for such a picture, in ms.
DRAWING = """
import time
shown = mn.explore.explore(draw, rule=["adam"], step=[8])
times = []
for step in range(20, 40):
    begun = time.perf_counter()
    shown.frame(rule="adam", step=step)
    times.append(1000 * (time.perf_counter() - begun))
print(np.median(times))
"""


@pytest.mark.weekly
def test_a_step_of_a_free_slider_takes_little_more_than_its_picture(
    running, record_property
):
    """It takes some 150 ms on two idle cores, most of it in matplotlib."""
    one = running("optimisers")
    cell = one.tab.locator("div.cell:has(.explorer)").first
    free(one, cell)
    slider = cell.get_by_role("slider", name="step").last
    times = sorted(slider.evaluate(ANSWER))
    step = times[len(times) // 2]
    after = 1 + one.tab.locator("div.cell:has(.run-cell)").evaluate_all(
        "(cells) => cells.findIndex((cell) => cell.querySelector('.explorer'))"
    )
    one.write(after + 1, DRAWING)
    one.said(f"Cell {after + 1} has run")
    drawing = float(one.new(after + 1).inner_text())
    record_property("milliseconds", [round(step), round(drawing)])
    assert step < 2 * drawing


# What surrounds it


def test_axe_finds_nothing_while_a_page_runs(running):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="the dev extra is not installed: axe-playwright-python",
    )
    one = running("forward")
    cell = one.tab.locator("div.cell:has(.explorer)").first
    free(one, cell)
    one.write(1, "print('text')\n1 / 0")
    one.said("Cell 1 ended with an error")
    one.tab.evaluate(axe.Axe().axe_script)
    menu = one.tab.locator(".dropdown-launch-buttons > button")
    looks = [("light", 1280), ("dark", 360)]
    if os.environ.get("MININN_WEEKLY"):
        looks += [("light", 360), ("dark", 1280)]
    for look in looks:
        one.wear(*look)
        assert one.tab.evaluate(AXE) == [], look
        wide = one.tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= look[1]
        menu.click()
        assert one.tab.evaluate(AXE) == [], look
        menu.click()


def http_json(value, route):
    route.fulfill(json=value)


@pytest.mark.weekly
def test_python_from_its_cdn_runs_as_well(reader, home, built):
    """The CDN's addresses are answered with the same files."""
    folder = built / "lite" / "pyodide"
    lock = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))
    for package in lock["packages"].values():
        if "wasm32" in package["file_name"]:
            package["file_name"] = CDN + package["file_name"]
    run = json.loads((folder / "run.json").read_text("utf-8")) | {"index": CDN}
    asked = []

    def answer(route):
        asked.append(route.request.url.removeprefix(CDN))
        route.fulfill(
            path=folder / asked[-1],
            headers={"Access-Control-Allow-Origin": "*"},
        )

    one = reader(home)
    one.context.route(f"{CDN}**", answer)
    for name, value in (("run.json", run), ("pyodide-lock.json", lock)):
        one.context.route(
            f"**/lite/pyodide/{name}",
            functools.partial(http_json, value),
        )
    one.open(f"{home}/book/shapes.html").choose("Run in this page")
    one.press("Run all")
    one.said(LAST)
    assert "pyodide.asm.wasm" in asked
    assert any(name.startswith("numpy-") for name in asked)
