"""Boxes and questions of the built pages in Chromium, Firefox and WebKit.

A page starts, is dragged, typed into and answered, from a file and by http,
as wide as a phone; the engine reports no error and no breach of the policy.
"""

import pytest
from browser.engines import Engine
from chromium import UNCOVER

PAGES = ["intro", "backprop", "shapes", "playground"]
BOX = 'document.querySelector(".glass-box")'
LIVE = """(() => {
  const boxes = [...document.querySelectorAll(".glass-box")];
  const asked = [...document.querySelectorAll(".question")];
  return document.readyState === "complete"
    && boxes.every((b) => b.classList.contains("glass-on")
      && b.querySelector(".glass-mark").textContent === "✓ agrees")
    && asked.every((q) => q.classList.contains("question-live"));
})()"""
# Where the middle of a weight is, when the box stands in the screen.
MIDDLE = f"""(async () => {{
  const line = {BOX}.querySelector("[data-id='weight 1 0 0'] .glass-hit");
  line.scrollIntoView({{ block: "center", behavior: "instant" }});
  await new Promise((done) => requestAnimationFrame(() =>
    requestAnimationFrame(done)));
  const {{ x, y, width, height }} = line.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}})()"""
COST = f'{BOX}.querySelector(".glass-cost").textContent'
WEIGHT = f'{BOX}.glass.model.value({{ kind: "W", l: 1, i: 0, k: 0 }})'
QUESTION = 'document.querySelector(".question:has(input[type=text])")'


@pytest.fixture(params=["file", "http"])
def opened(request, engine, address):
    def go(page) -> Engine:
        engine.go(f"{address[request.param]}/book/{page}.html")
        assert engine.wait(LIVE), page
        return engine

    return go


pytestmark = [
    pytest.mark.xdist_group("engines"),
    pytest.mark.filterwarnings("ignore:setting remote_server_addr"),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_starts_without_a_fault_and_fits(opened, page):
    at = opened(page)
    assert at.do("faults") == []
    assert at.do("document.documentElement.scrollWidth - innerWidth") <= 0
    assert at.do("innerWidth") <= 500


@pytest.mark.parametrize("page", ["intro", "backprop", "playground"])
def test_a_weight_is_dragged_and_typed(opened, page):
    at = opened(page)
    at.do(UNCOVER)
    cost, before = at.do(COST), at.do(WEIGHT)
    x, y = at.do(MIDDLE)
    at.drag((x, y), (x + 30, y))
    assert at.wait(f"{COST} !== {cost!r}")
    assert at.do(WEIGHT) > before + 0.2
    field = f'{BOX}.querySelector(".glass-field")'
    at.do(f"({field}.focus(), {field}.select())")
    at.type("0.25")
    assert at.wait(f"{WEIGHT} === 0.25")
    assert at.wait(LIVE)
    assert at.do("faults") == []


@pytest.mark.parametrize("page", ["backprop", "shapes"])
def test_a_question_is_answered_from_the_keyboard(opened, page):
    at = opened(page)
    at.do(f"""(window.asked = {QUESTION},
      window.field = asked.querySelector("input"), field.focus())""")
    spec = at.do("JSON.parse(asked.dataset.question)")
    at.type("zzz\n")
    assert at.wait('asked.dataset.state === "junk"')
    at.do("field.select()")
    at.type(spec["shown"].strip("()[]") + "\n")
    assert at.wait('asked.dataset.state === "right"'), spec
    assert at.do("faults") == []
