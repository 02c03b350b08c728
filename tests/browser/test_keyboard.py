"""The pages for who comes by keyboard, enlarges, or sets colours and spaces.

Each is looked at as the reader's settings make it: fifteen presses of Tab to
what is live, nothing cut off when text is four times as large or wider set,
nothing that moves or cannot be seen where the system asks for less.
"""

import pytest

PAGES = ["intro", "activations", "softmax", "further/valleys"]
ACTIVE = "document.activeElement.textContent.trim()"
LIVE = """() => {
  const box = document.querySelector("article :is(.explorer, .glass-box)");
  const cover = box.closest(".question-covered, .question-cover")
    || box.parentElement;
  const here = document.activeElement;
  return box.contains(here) || cover.contains(here);
}"""
# Space between letters, words, lines and paragraphs, as WCAG 1.4.12 has it.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important;
    letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
TOO_WIDE = """() => document.documentElement.scrollWidth
  - document.documentElement.clientWidth"""
ZOOMED = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
WIDE = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def look(browser, address):
    """Open a page with a reader's settings."""
    contexts = []

    def opened(page, **settings):
        contexts.append(browser.new_context(**settings))
        tab = contexts[-1].new_page()
        tab.goto(f"{address['http']}/book/{page}.html")
        return tab

    yield opened
    for context in contexts:
        context.close()


def press(tab, key):
    tab.keyboard.press(key)
    return tab.evaluate(ACTIVE)


@pytest.mark.parametrize("page", PAGES)
def test_three_presses_lead_past_the_menus(look, page):
    tab = look(page, **WIDE)
    assert press(tab, "Tab") == "Skip to the text"
    assert tab.locator(".skip-link a").first.is_visible()
    assert press(tab, "Tab").startswith("Skip to the ")
    tab.keyboard.press("Enter")
    presses = 2
    while presses < 15 and not tab.evaluate(LIVE):
        tab.keyboard.press("Tab")
        presses += 1
    assert tab.evaluate(LIVE)
    assert "#" in tab.url


def test_the_text_is_the_next_after_its_link(look):
    tab = look("glossary", **WIDE)
    assert press(tab, "Tab") == "Skip to the text"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.localName") == "article"
    tab.keyboard.press("Tab")
    assert tab.evaluate("!!document.activeElement.closest('article')")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("settings", [ZOOMED, WIDE], ids=["400 %", "wide"])
def test_nothing_is_cut_off_when_text_is_large_or_wide_set(
    look, page, settings
):
    tab = look(page, **settings)
    assert tab.evaluate(TOO_WIDE) <= 0
    tab.evaluate(SPACED)
    assert tab.evaluate(TOO_WIDE) <= 0
    assert tab.locator("article h1").is_visible()


def test_the_api_fits_when_it_is_four_times_as_large(look):
    assert look("api", **ZOOMED).evaluate(TOO_WIDE) <= 0


@pytest.mark.parametrize("page", PAGES)
def test_where_less_motion_is_asked_nothing_moves(look, page):
    tab = look(page, reduced_motion="reduce", **WIDE)
    tab.wait_for_timeout(500)
    moving = "document.getAnimations().filter(a => a.playState === 'running')"
    assert tab.evaluate(f"{moving}.length") == 0


def test_with_colours_of_the_system_what_is_chosen_is_seen(look):
    tab = look("activations", forced_colors="active", **WIDE)
    link = tab.locator("article p a").first
    words = tab.locator("article p").first
    color = "e => getComputedStyle(e).color"
    assert link.evaluate(color) != words.evaluate(color)
    here = tab.locator("#pst-primary-sidebar .current > a").first
    assert here.evaluate("e => getComputedStyle(e).fontWeight") >= "600"
