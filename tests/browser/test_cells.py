"""What is typed or pasted into a cell of a page is what Python is sent.

Engines handle keys and editable text each in its own way, so the same tests
run in Chromium, in Firefox and in WebKit, Safari's engine. No Python is
loaded: the page sends its code to a worker that only keeps it.
"""

import json

import pytest
from browser.engines import polled
from chromium import Quiet, served

PAGE = "book/exercises/softmax.html"  # a small one
LOADED = """performance.getEntriesByType("resource")
  .filter(({ name }) => /(codemirror|editor)\\.js/.test(name)).length"""
START = """(() => {
  window.sent = [];
  window.Worker = class {
    postMessage(message) { window.sent.push(message); }
    terminate() {}
  };
  document.querySelector(".dropdown-launch-buttons")
    .dispatchEvent(new Event("run"));
})()"""
RESTART = "document.querySelector('.run-bar button:nth-of-type(3)')"
BOX = "document.querySelector('.run-editor')"
TEXT = f"{BOX}.querySelector('.cm-content')"
PRINTED = f"{BOX}.parentElement.querySelector('pre')"
CELL = f"{BOX}.closest('.cell')"
INSIDE = f"{BOX}.contains(document.activeElement)"
# The bundle in front of some code, without a Python, as a file has none.
ALONE = """(async () => {
  for (const name of ["codemirror", "editor"]) {
    const script = document.createElement("script");
    script.src = new URL(`../../_static/${name}.js`, location.href);
    document.head.append(script);
    await new Promise((done) => { script.onload = done; });
  }
  window.ran = 0;
  const pre = document.querySelector(".cell_input pre");
  pre.closest("details").open = true;
  editor(pre, { "aria-label": "Code" }, () => { ran += 1; }, () => {})
    .focus();
})()"""
# What the engine puts into the clipboard, and takes from it.
COPIED = """(() => {
  window.copied = null;
  document.addEventListener("copy", (event) => {
    window.copied = event.clipboardData.getData("text/plain")
      || event.target.value;
  }, { once: true });
})()"""
COLOURS = """(() => {
  const of = (part) => ["color", "fontFamily", "fontSize", "lineHeight"]
    .map((name) => getComputedStyle(part)[name]).join(" ");
  const ours = document.querySelector(".cm-line span.k");
  const keyword = document.createElement("span");
  keyword.className = ours.className;
  keyword.append("def");
  const pre = document.createElement("pre");
  pre.append(keyword);
  document.querySelector(".run-editor").parentElement.append(pre);
  const both = [of(ours), of(keyword)];
  pre.remove();
  return both;
})()"""

# What of a cell is seen with the system's colours, as used: each colour, and
# each frame with its width.
FORCED = """(() => {
  const used = (element, name) => getComputedStyle(element)[name];
  const frame = (element) => ["Style", "Width", "Color"]
    .map((part) => used(element, `outline${part}`));
  const paper = document.createElement("p");
  paper.style.cssText = "color: CanvasText; background: Canvas";
  document.body.append(paper);
  const box = document.activeElement.closest(".run-editor");
  const text = box.querySelector(".cm-content");
  const found = {
    ink: used(paper, "color"),
    paper: used(paper, "backgroundColor"),
    letters: [...new Set([...text.querySelectorAll(".cm-line, .cm-line *")]
      .map((part) => used(part, "color")))],
    caret: used(text, "caretColor"),
    edge: frame(box.querySelector(".cm-editor")),
    bracket: frame(text.querySelector(".cm-matchingBracket")),
    cell: used(box.closest(".cell_input"), "borderTopColor"),
    button: used(box.closest(".cell").querySelector(".run-button"),
      "borderTopColor"),
  };
  paper.remove();
  return found;
})()"""

pytestmark = [
    pytest.mark.xdist_group("cells"),
    # selenium warns of what it does itself.
    pytest.mark.filterwarnings("ignore:setting remote_server_addr"),
]


class WithPython(Quiet):
    """Serves a site that says it has Python."""

    def do_GET(self):
        if not self.path.endswith("/run.json"):
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


class Cell:
    """The first cell of a page that can be run. It is folded: imports."""

    def __init__(self, engine, address):
        self.engine, self.do, self.wait = engine, engine.do, engine.wait
        self.press = engine.press
        engine.go(address)
        assert self.do(LOADED) == 0
        self.do(START)
        assert self.wait(f"!!{BOX}")
        self.do(f"{BOX}.closest('details').open = true")
        self.printed = self.do(f"{PRINTED}.textContent")
        assert self.do(LOADED) == 2

    def all(self):
        self.do(f"{TEXT}.focus()")
        self.press("Control+a")

    def type(self, text):
        """Press the keys of a text, one after the other."""
        for key in text:
            self.press("Enter" if key == "\n" else key)

    def paste(self, **data):
        """Paste some data over all, as the clipboard of a reader has it."""
        self.all()
        kinds = {f"text/{kind}": text for kind, text in data.items()}
        self.do(f"""(() => {{
          const clipboardData = new DataTransfer();
          for (const [kind, text] of Object.entries({json.dumps(kinds)})) {{
            clipboardData.setData(kind, text);
          }}
          const event = new Event("paste",
            {{ bubbles: true, cancelable: true }});
          {TEXT}.dispatchEvent(Object.assign(event, {{ clipboardData }}));
        }})()""")

    def shown(self):
        """What the editor shows, line by line."""
        lines = f"[...{TEXT}.querySelectorAll('.cm-line')]"
        return "\n".join(self.do(f"{lines}.map((one) => one.textContent)"))

    def code(self, keys="Control+Enter"):
        """Run the cell; return what Python is sent."""
        self.press(keys)
        assert self.wait("sent.some((message) => message.place)")
        sent = self.do("sent.find((message) => message.place).code")
        self.do(f"(sent = [], {RESTART}.click())")
        self.do(f"{TEXT}.focus()")
        return sent


@pytest.fixture(scope="module")
def page(engine, site):
    with served(site, WithPython) as start:
        yield Cell(engine, f"{start}/{PAGE}")


@pytest.fixture
def cell(page):
    """A cell where nothing is written; no engine finds a fault with it."""
    page.all()
    page.press("Backspace")
    yield page
    assert page.do("faults") == []


def test_enter_breaks_the_line_and_indents_after_a_colon(cell):
    cell.type("if a:\nb = 1\nc = 2\n\nd")
    want = "if a:\n    b = 1\n    c = 2\n\n    d"
    assert cell.code() == want


def test_a_block_ends_by_return_by_else_and_by_backspace(cell):
    cell.type("def f(x):\nif x:\nreturn 1\nelse:\nreturn 2\n")
    cell.press("Backspace")
    cell.type("f")
    assert cell.code() == (
        "def f(x):\n    if x:\n        return 1\n    else:\n"
        "        return 2\nf"
    )


def test_enter_breaks_a_line_in_its_middle(cell):
    cell.type("a\nb")
    for key in ("Home", "Enter", "ArrowUp", "c"):
        cell.press(key)
    assert cell.code() == "a\nc\nb"


def test_shift_enter_runs_the_cell_and_writes_nothing(cell):
    cell.type("a")
    assert cell.code("Shift+Enter") == "a"
    assert cell.code() == "a"


def test_what_is_typed_is_undone_and_done_again(cell):
    want = "if a:\n    b"
    cell.type("if a:\nb")
    seen = [cell.shown()]
    while seen[-1].startswith("i"):
        cell.press("Control+z")
        seen.append(cell.shown())
        assert seen[-1] not in seen[:-1]
    for _ in seen:
        cell.press("Control+y")
    assert cell.code() == want == seen[0]


def test_brackets_and_quotes_are_closed(cell):
    cell.type("f(g[0], {'a")
    assert cell.shown() == "f(g[0], {'a'})"
    cell.type("'})")
    assert cell.code() == "f(g[0], {'a'})"
    cell.type("(")
    cell.press("Backspace")
    assert cell.code() == "f(g[0], {'a'})"


def test_a_bracket_goes_round_what_is_chosen(cell):
    cell.type("a + b")
    cell.press("Control+a")
    cell.type("(")
    assert cell.code() == "(a + b)"


def test_brackets_that_match_are_marked(cell):
    cell.type("f(a)")
    marked = f"[...{TEXT}.querySelectorAll('.cm-matchingBracket')]"
    assert cell.wait(f"{marked}.length === 2")
    assert cell.do(f"{marked}.map((one) => one.textContent)") == ["(", ")"]
    style = cell.do(f"getComputedStyle({marked}[0]).outlineStyle")
    assert style == "solid"


def test_tab_indents_and_with_shift_takes_back(cell):
    cell.paste(plain="a\nb")
    cell.press("Control+a")
    cell.press("Tab")
    assert cell.code() == "    a\n    b"
    cell.press("Shift+Tab")
    assert cell.code() == "a\nb"


def test_escape_then_tab_leaves_as_the_screen_reader_says(cell):
    cell.type("a")
    told = cell.do(
        f"document.getElementById({TEXT}.getAttribute('aria-describedby'))"
        f".textContent"
    )
    assert "Escape, then Tab" in told
    cell.press("Tab")
    assert cell.do(INSIDE)
    cell.press("Escape")
    cell.press("Tab")
    assert not cell.do(INSIDE)
    cell.do(f"{TEXT}.focus()")
    cell.press("Escape")
    cell.press("Shift+Tab")
    assert not cell.do(INSIDE)
    cell.do(f"{TEXT}.focus()")
    cell.press("Tab")  # what was left is as it was
    assert cell.do(INSIDE)
    cell.press("Escape")
    cell.press("b")  # Escape is for the next key only
    cell.press("Tab")
    assert cell.do(INSIDE)


def test_what_copies_a_cell_has_a_name(cell):
    """WebKit takes no name from a title."""
    buttons = "[...document.querySelectorAll('.copybtn')]"
    names = cell.do(f"{buttons}.map((one) => one.getAttribute('aria-label'))")
    assert names
    assert set(names) == {"Copy"}


def test_it_is_a_text_field_with_a_name(cell):
    names = ("role", "aria-multiline", "aria-label", "spellcheck")
    told = cell.do(
        f"{json.dumps(names)}.map((name) => {TEXT}.getAttribute(name))"
    )
    assert told == ["textbox", "true", "Code of cell 1", "false"]


def test_home_and_end_lead_to_the_ends_and_choose(cell):
    cell.type("for i in x:\nabc")
    cell.press("Home")
    cell.type("d")
    cell.press("End")
    cell.type("e")
    cell.press("Shift+Home")
    cell.type("f")
    assert cell.code() == "for i in x:\n    f"


EXACT = "if 损失:\n\tprint('你好')  \n\n   # é\u200b\u00a0, then nothing\n"


def test_what_is_pasted_is_sent_to_the_last_space(cell):
    cell.paste(plain=EXACT)
    assert cell.code() == EXACT
    assert cell.do(f"{PRINTED}.textContent") == EXACT


def test_lines_that_end_otherwise_are_lines(cell):
    cell.paste(plain="a\r\n  b\r\n")
    assert cell.code() == "a\n  b\n"


def test_of_what_is_pasted_the_plain_text_is_taken(cell):
    cell.paste(plain="a\n  b", html="<h1>a</h1><p><b>b</b></p>")
    assert cell.code() == "a\n  b"
    assert cell.shown() == "a\n  b"


def test_what_cannot_be_seen_is_shown(cell):
    cell.paste(plain="a\u200bb")
    assert cell.do(f"{TEXT}.querySelectorAll('.cm-specialChar').length") == 1


def test_what_is_copied_is_what_is_there(cell):
    cell.paste(plain=EXACT)
    cell.do(COPIED)
    cell.press("Control+a")
    cell.press("Control+c")
    assert cell.wait("window.copied !== null")
    assert cell.do("copied") == EXACT
    # The button of the theme beside the code
    cell.do(COPIED)
    button = f"{CELL}.querySelector('button.copybtn')"
    cell.do(f"{button}.focus()")
    cell.press("Enter")
    # A key presses no button in a Firefox that is not in front.
    cell.do(f"copied === null && {button}.click()")
    assert cell.wait("window.copied !== null")
    assert cell.do("copied") == EXACT.removesuffix("\n")  # its rule


def test_what_was_copied_can_be_pasted(cell):
    cell.type("if a:\nb")
    cell.press("Control+a")
    cell.press("Control+c")
    cell.press("Backspace")
    cell.press("Control+v")
    assert cell.wait(f"{TEXT}.textContent.includes('b')")
    assert cell.code() == "if a:\n    b"


def test_the_edits_can_be_undone_at_once(cell):
    undo = f"{CELL}.querySelectorAll('.run-cell .run-button')[1]"
    cell.type("abc")
    assert not cell.do(f"{undo}.hidden")
    cell.do(f"{undo}.click()")
    assert cell.do(INSIDE)
    assert cell.do(f"{undo}.hidden")
    assert cell.shown() == cell.printed
    assert cell.code() == cell.printed


def test_a_long_line_scrolls_in_its_box(cell):
    cell.paste(plain="a = " + "1 + " * 90 + "1")
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert cell.do(wide) <= 0
    scroller = f"{BOX}.querySelector('.cm-scroller')"
    assert cell.do(f"{scroller}.scrollWidth > {scroller}.clientWidth")
    cell.press("End")
    assert cell.wait(f"{scroller}.scrollLeft > 0")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_it_has_the_colours_and_the_face_of_printed_code(cell, mode):
    cell.type("def f(x):")
    cell.do(f"document.documentElement.dataset.theme = {mode!r}")
    try:
        assert len(set(cell.do(COLOURS))) == 1
        caret = cell.do(f"getComputedStyle({TEXT}).caretColor")
        assert caret == cell.do(f"getComputedStyle({TEXT}).color")
    finally:
        cell.do("document.documentElement.dataset.theme = 'light'")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_where_one_writes(cell, mode):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="the dev extra is not installed: axe-playwright-python",
    )
    cell.type("@d\ndef f(x):\nreturn [1, '2', None, x]  # x")
    cell.do(f"document.documentElement.dataset.theme = {mode!r}")
    cell.do(f"(() => {{ {axe.Axe().axe_script} }})()")
    try:
        found = cell.do(
            """axe.run([".run-editor", ".run-cell"], {preload: false})
              .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
                nodes.map(({ html }) => [id, html.slice(0, 160)])))"""
        )
        assert found == []
    finally:
        cell.do("document.documentElement.dataset.theme = 'light'")


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_the_policy_of_a_page_lets_the_editor_in(engine, address, scheme):
    engine.go(f"{address[scheme]}/{PAGE}")
    engine.do(ALONE)
    engine.press("Control+a")
    engine.type("if a:\nb")
    assert engine.do(f"{PRINTED}.textContent") == "if a:\n    b"
    engine.press("Control+Enter")
    assert engine.do("ran") == 1
    style = f"getComputedStyle({BOX}.querySelector('.cm-scroller'))"
    assert engine.do(f"{style}.display") == "flex"  # its own style is in force
    assert engine.do("faults") == []


# What only Chromium lets a test do

ARRAYS = """(box) => [...box.querySelectorAll("[data-hover]")]
  .map((one) => [one.dataset.hover, one.textContent])"""


@pytest.fixture
def phone(browser, site):
    """Open a page with a finger, and let its cells be edited."""
    with served(site, WithPython) as start:
        context = browser.new_context(
            has_touch=True, viewport={"width": 360, "height": 740}
        )
        tab = context.new_page()
        yield lambda page: (tab.goto(f"{start}/book/{page}.html"), tab)[1]
        context.close()


def test_a_finger_and_an_input_method_write_into_a_cell(phone):
    tab = phone("exercises/softmax")
    tab.evaluate(START)
    text = tab.locator(".run-editor .cm-content").nth(1)
    text.tap()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text("x = ")
    method = tab.context.new_cdp_session(tab)
    for part in ("n", "ni", "nih"):
        method.send(
            "Input.imeSetComposition",
            {
                "text": part,
                "selectionStart": len(part),
                "selectionEnd": len(part),
            },
        )
    method.send("Input.insertText", {"text": "你好"})
    tab.keyboard.press("Control+Enter")
    assert tab.evaluate(polled("sent.some((message) => message.place)"))
    # The cells above run first: this one has been sent, or waits.
    code = "document.querySelectorAll('.cell_input pre')[1].textContent"
    assert tab.evaluate(code) == "x = 你好"


def test_arrays_light_up_in_code_that_is_edited(phone):
    tab = phone("deep")
    inner = "div.cell:has(.cell_input [data-hover])"
    arrays = tab.locator(f"{inner} pre").first.evaluate(ARRAYS)
    assert arrays
    tab.evaluate(f"document.querySelector({inner!r}).classList.add('arrays')")
    tab.evaluate(START)
    box = tab.locator(".arrays .run-editor")
    box.wait_for(state="attached")
    tab.evaluate("""document.querySelectorAll("article details")
      .forEach((fold) => { fold.open = true; })""")
    box.scroll_into_view_if_needed()
    assert box.evaluate(ARRAYS) == arrays
    box.locator(".cm-content").focus()
    tab.keyboard.press("Control+Home")
    tab.keyboard.type("a = 1\n")
    assert box.evaluate(ARRAYS) == arrays
    tab.keyboard.press("Control+a")
    tab.keyboard.press("Backspace")
    assert box.evaluate(ARRAYS) == []
    tab.locator(".arrays").get_by_role("button", name="Undo").click()
    assert box.evaluate(ARRAYS) == arrays


def test_without_its_editor_a_cell_runs_as_it_is_printed(phone):
    tab = phone("exercises/softmax")
    tab.route("**/codemirror.js", lambda route: route.abort())
    tab.evaluate(START)
    bar = tab.locator(".run-bar")
    bar.get_by_text("The editor could not be loaded.").wait_for()
    printed = tab.locator(".cell_input pre").first.text_content()
    tab.locator(".run-cell .run-button").first.click()
    assert tab.evaluate(polled("sent.some((message) => message.place)"))
    sent = tab.evaluate("sent.find((message) => message.place).code")
    assert sent == printed


def test_what_is_edited_is_printed(phone):
    tab = phone("exercises/softmax")
    tab.evaluate(START)
    tab.locator(".run-editor .cm-content").nth(1).focus()
    tab.keyboard.press("Control+a")
    tab.keyboard.type("x = 1")
    tab.emulate_media(media="print")
    printed = tab.locator(".cell_input pre").nth(1)
    assert printed.is_visible()
    assert printed.text_content() == "x = 1"
    assert not tab.locator(".run-editor").nth(1).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_that_are_forced_leave_what_one_writes_in_sight(phone, scheme):
    """Text, caret, brackets, focus and frames stand out from the page."""
    tab = phone("exercises/softmax")
    tab.emulate_media(forced_colors="active", color_scheme=scheme)
    tab.evaluate(START)
    tab.locator(".run-editor .cm-content").nth(1).focus()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text("def f(x): return 'a long line', 1  # x\nf(2)")
    tab.keyboard.press("End")  # behind the bracket
    seen = tab.evaluate(FORCED)
    ink, paper = seen["ink"], seen["paper"]
    assert ink != paper
    assert seen["letters"] == [ink]
    assert seen["caret"] == ink
    for style, width, colour in (seen["edge"], seen["bracket"]):
        assert style == "solid"
        assert float(width.removesuffix("px")) >= 1
        assert colour != paper
    assert paper not in (seen["cell"], seen["button"])
    tab.evaluate("document.activeElement.blur()")
    tab.locator(".cm-focused").wait_for(state="detached")
    faded = """(box) => (box.toggleAttribute("data-more", true),
      getComputedStyle(box).maskImage)"""
    scroller = tab.locator(".run-editor .cm-scroller").nth(1)
    assert scroller.evaluate(faded) == "none"
