"""Questions as a reader answers them, by http and from a file.

The page here has a question of each kind and something that one of them
opens, written by the step that writes those of the book.
"""

import re
import sys
from types import SimpleNamespace

import pytest
from chromium import served
from places import BOOK

import mininn as mn

pytest.importorskip(
    "playwright", reason="the dev extra is not installed: playwright"
)
sys.path.insert(0, str(BOOK / "_ext"))
try:
    from mininn_pages import questions
    from mininn_pages.page import Page
finally:
    sys.path.pop(0)

EXPLORER = (
    '<div class="cell"><div class="explorer" style="height:300px">'
    "<button>Play</button><p>The cost is 0.69.</p></div></div>"
)
WATCH = """
window.moved = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.moved += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


def asked():
    return [
        mn.ask(
            "What is a?",
            0.73106,
            mistakes={"That is without the bias.": 0.62246},
            hint="First z.",
            way="It is `g(z)`.",
        ),
        mn.ask("Up?", "No", choices=["Yes", "No"], way="Look."),
        mn.drill(),
        mn.ask("The cost?", 0.693, way="ln 2", opens=True),
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small site: a page that asks, and the front page."""
    out = tmp_path_factory.mktemp("asking")
    app = SimpleNamespace(
        config=SimpleNamespace(root_doc="book/intro"),
        doctreedir=str(out / "doctrees"),
        outdir=str(out),
        env=SimpleNamespace(found_docs={"book/page", "book/intro"}),
    )
    (out / "_static").mkdir()
    (out / "book").mkdir()
    for name, body in (
        ("book/page", "".join(one.html() for one in asked()) + EXPLORER),
        ("book/intro", ""),
    ):
        html = (
            '<html lang="en" data-content_root="../"><head>'
            '<meta charset="utf-8"><title>Page</title>'
            '<link rel="stylesheet" href="../_static/questions.css">'
            '<link rel="icon" href="data:,">'
            "<style>.visually-hidden { position: absolute; width: 1px; "
            "overflow: hidden; white-space: nowrap }</style>"
            '<script defer src="../_static/progress.js"></script></head>'
            '<body><nav class="bd-links"><ul><li><a href="page.html">'
            "2. Page: of questions</a></li></ul></nav><main><article>"
            f"<h1>Title</h1>{body}</article></main></body></html>"
        )
        page = Page(html, name, app=app)
        questions.show(page)
        written = page.written().replace("<script src", "<script defer src")
        (out / f"{name}.html").write_text(written, encoding="utf-8")
    questions.write_scripts(app)
    return out


@pytest.fixture(params=["file", "http"])
def visit(request, browser, folder):
    """Open a page in a new reader's browser, which keeps what it is told."""
    trouble = []
    with served(folder) as http:
        start = {"file": folder.as_uri(), "http": http}[request.param]
        contexts = {}

        def opened(name="page", **options):
            key = str(sorted(options.items()))
            if key not in contexts:
                contexts[key] = browser.new_context(**options)
                contexts[key].add_init_script(WATCH)
            tab = contexts[key].new_page()
            tab.on("pageerror", lambda error: trouble.append(str(error)))
            tab.goto(f"{start}/book/{name}.html")
            return tab

        yield opened
        for context in contexts.values():
            context.close()
    assert trouble == []


def answer(tab, i, text):
    field = tab.locator(".question").nth(i).locator("input[type=text]")
    field.fill(text)
    field.press("Enter")
    return tab.locator(".question").nth(i).get_by_role("status").inner_text()


def test_a_reader_is_told_the_mistake_the_hint_the_way_and_right(visit):
    tab = visit()
    first = tab.locator(".question").first
    way = first.get_by_role("button", name="Show the way")
    assert answer(tab, 0, "0.622") == "That is without the bias."
    assert not way.is_visible()
    assert answer(tab, 0, "much") == "That is not a number: much"
    assert not way.is_visible()  # who mistypes has not tried
    assert answer(tab, 0, "0.5") == "Not yet. First z."
    assert tab.evaluate("document.activeElement.id") == (
        first.locator("input").get_attribute("id")
    )
    way.click()
    assert "The answer is 0.731." in first.inner_text()
    assert first.locator(".question-way code").inner_text() == "g(z)"
    assert answer(tab, 0, "0,731") == "Right: 0.731."
    assert first.get_attribute("data-state") == "right"
    first.locator("input").fill("0.7")
    assert first.get_attribute("data-state") is None


def test_a_choice_is_made_by_keys(visit):
    tab = visit()
    group = tab.get_by_role("group", name="Up?")
    group.get_by_label("Yes").focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    assert "Right: No." in tab.locator(".question").nth(1).inner_text()


def test_a_drill_goes_on_with_another_network(visit):
    tab = visit()
    box = tab.locator(".question").nth(2)
    before = box.locator(".question-asked").inner_text()
    assert "Not yet." in answer(tab, 2, "77, 88")
    answer(tab, 2, "77, 88")
    box.get_by_role("button", name="Show the way").click()
    shape = re.search(r"The answer is \((.*?)\)", box.inner_text())[1]
    assert answer(tab, 2, shape) == f"Right: ({shape})."
    assert "1 right so far." in box.inner_text()
    box.get_by_role("button", name="Another network").click()
    assert box.locator(".question-asked").inner_text() != before
    assert tab.evaluate("document.activeElement.type") == "text"


def test_what_follows_is_covered_until_something_is_answered(visit):
    tab = visit()
    play = tab.get_by_text("Play")
    assert not play.is_visible()
    assert tab.evaluate(
        "document.querySelector('.explorer').closest('[inert]') !== null"
    )
    reached = set()
    for _ in range(20):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.textContent"))
    assert "Look at once" in reached
    assert "Play" not in reached
    answer(tab, 3, "half")
    assert not play.is_visible()  # that was no answer
    answer(tab, 3, "0.5")
    assert play.is_visible()
    assert tab.locator(".question-cover").count() == 0
    assert tab.evaluate("document.querySelector('.explorer').inert") is False
    assert visit().get_by_text("Play").is_visible()  # who answered before


def test_a_button_looks_at_once(visit):
    tab = visit()
    tab.get_by_role("button", name="Look at once").click()
    assert tab.get_by_text("Play").is_visible()


def test_the_cover_takes_the_room_of_what_it_covers(visit):
    tab = visit()
    assert tab.locator(".question-cover").is_visible()
    # Each question grows where its fold was; what is covered does not.
    assert tab.locator(".explorer").bounding_box()["height"] >= 300
    assert tab.evaluate("window.moved") < 0.1


def test_answers_are_remembered_and_forgotten_on_this_device(visit):
    tab = visit()
    line = tab.locator(".questions-line")
    ring = tab.locator("nav .questions-ring")
    assert line.inner_text() == "3 questions on this page"
    assert not visit("intro").locator(".questions-line").is_visible()
    answer(tab, 0, "0.622")
    assert line.inner_text() == "3 questions on this page"
    assert not ring.is_visible()
    before = tab.locator("nav a").bounding_box()
    answer(tab, 0, "0.731")
    assert line.inner_text().startswith("1 of 3 questions answered")
    assert ring.is_visible()
    name = tab.locator("nav a").bounding_box()
    assert name == before  # it stands in the margin: nothing wraps
    assert ring.bounding_box()["x"] < name["x"]
    assert "(1 of 3 answered)" in tab.locator("nav a").text_content()
    front = visit("intro").locator(".questions-line")
    assert front.inner_text().startswith("1 of 3 answered; last: Page")
    again = visit()
    assert again.locator("input").first.input_value() == "0.731"
    first = again.locator(".question").first
    assert "You have answered this: 0.731." in first.inner_text()
    again.get_by_role("button", name="Forget my answers").click()
    assert again.locator("input").first.input_value() == "0.731"
    with again.expect_navigation():
        again.get_by_role("button", name="Forget all").click()
    assert again.locator("input").first.input_value() == ""
    assert again.evaluate("Object.keys(localStorage)") == []


def test_where_nothing_is_kept_nothing_is_said(browser, folder):
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{ get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    tab, trouble = context.new_page(), []
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.goto(f"{folder.as_uri()}/book/page.html")
    assert answer(tab, 0, "0.731") == "Right: 0.731."
    line = tab.locator(".questions-line").inner_text()
    assert line == "3 questions on this page"
    assert tab.locator("nav .questions-ring").count() == 0
    assert trouble == []
    context.close()


def test_without_a_script_all_is_open_and_the_answer_is_folded(visit):
    tab = visit(java_script_enabled=False)
    assert tab.get_by_text("Play").is_visible()
    assert tab.locator(".question details").count() == 4
    tab.locator(".question summary").first.click()
    assert tab.locator(".question details p").first.inner_text() == "0.731"


def test_nothing_is_sent(visit):
    tab = visit()
    sent = []
    tab.on("request", lambda request: sent.append(request.url))
    answer(tab, 0, "0.731")
    answer(tab, 3, "0.693")
    assert sent == []


@pytest.mark.parametrize("width", [320, 360])
def test_nothing_is_wider_than_a_phone(visit, width):
    tab = visit(viewport={"width": width, "height": 640})
    answer(tab, 0, "0.5")
    answer(tab, 0, "0.4")
    wide = tab.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


def test_axe_finds_nothing(visit):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="the dev extra is not installed: axe-playwright-python",
    )
    tab = visit()
    answer(tab, 0, "0.5")
    answer(tab, 0, "0.731")
    answer(tab, 2, "1, 1")
    found = axe.Axe().run(tab).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.parametrize(
    "kept", ['{"right": true}', '{"right": 1, "typed": {}}', "{", "null", "5"]
)
def test_what_is_kept_otherwise_writes_nothing_into_a_field(visit, kept):
    tab = visit()
    tab.evaluate(
        """(kept) => localStorage.setItem("mininn.question:"
          + document.querySelector(".question").dataset.key, kept)""",
        kept,
    )
    again = visit()
    assert again.locator(".question input").first.input_value() == ""
