"""The formula sheet: two pages of paper, and nothing cut on any screen."""

import re

import pytest
from chromium import READY

# The equations of which code, formula and number lie on each other, or of
# which something sticks out of its row or is cut off.
CLASHES = """() => {
  const seen = (box) => {
    const range = document.createRange();
    range.selectNodeContents(box.querySelector(".katex-html, pre, a") || box);
    return range.getBoundingClientRect();
  };
  const clash = (row) => {
    const whole = row.getBoundingClientRect();
    const boxes = [...row.children].map(seen);
    return boxes.some((a, i) => a.right > whole.right + 1
      || a.left < whole.left - 1
      || boxes.slice(i + 1).some((b) => a.left < b.right - 1
        && b.left < a.right - 1 && a.top < b.bottom - 3
        && b.top < a.bottom - 3))
      || [...row.querySelectorAll("pre, .katex-display")]
        .some((e) => getComputedStyle(e).overflowX !== "visible"
          && e.scrollWidth > e.clientWidth + 1);
  };
  return [...document.querySelectorAll(".sheet-row")].filter(clash)
    .map((row) => row.querySelector("a").getAttribute("href"));
}"""

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module", params=["light", "dark"])
def opened(browser, address, request):
    context = browser.new_context(color_scheme=request.param)
    tab = context.new_page()
    tab.goto(f"{address['file']}/book/sheet.html")
    tab.evaluate(READY)
    yield tab
    context.close()


@pytest.fixture
def tab(opened):
    yield opened
    opened.emulate_media(media="screen")


def printed(tab):
    return len(re.findall(rb"/Type\s*/Page\b", tab.pdf(format="A4")))


def test_it_prints_on_two_pages_and_the_last_chapters_on_a_third(tab):
    assert printed(tab) == 3
    added = "#new-data, #new-data ~ * { display: none }"
    style = tab.add_style_tag(content=added)
    assert printed(tab) == 2
    style.evaluate("(element) => element.remove()")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_formula_code_and_number_are_whole(tab, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.wait_for_timeout(100)
    assert tab.evaluate("document.querySelectorAll('.sheet-row').length") > 80
    assert tab.evaluate(CLASHES) == []


def test_they_are_whole_on_paper(tab):
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 726, "height": 1054})  # A4 less 9 mm
    tab.wait_for_timeout(100)
    assert tab.evaluate(CLASHES) == []
