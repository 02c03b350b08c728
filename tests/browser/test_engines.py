"""Boxes and questions of the built pages in Chromium, Firefox and WebKit.

A page starts, is dragged, typed into and answered, from a file and by http,
as wide as a phone; the engine reports no error and no breach of the policy.
Once a week every page starts so, and each of its explorers turns.
"""

import chapters
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


# A page has started: its boxes and questions live, and no formula's text
# fell back to another face.
STARTED = """(() => {
  const all = (css) => [...document.querySelectorAll(css)];
  return document.readyState === "complete"
    && all(".glass-box[data-glass]").every((b) =>
      b.classList.contains("glass-on"))
    && all(".question").every((q) => q.classList.contains("question-live"))
    && (!all(".katex").length || document.fonts.check("16px KaTeX_Main"));
})()"""
# Turn the first thing of each explorer to its other end: which stay as they
# were?
STUCK = """(async () => {
  const stuck = [];
  for (const one of document.querySelectorAll(".explorer")) {
    const told = () => one.querySelector(".explorer-frame").innerHTML;
    const turn = one.querySelector("input[type=range], select");
    const last = turn.options ? turn.options.length - 1 : +turn.max;
    const before = told();
    if (turn.options) turn.selectedIndex = +turn.value === last ? 0 : last;
    else turn.value = +turn.value === last ? 0 : last;
    turn.dispatchEvent(new Event("input", { bubbles: true }));
    for (let frame = 0; frame < 60 && told() === before; frame++)
      await new Promise(requestAnimationFrame);
    if (told() === before) stuck.push(one.dataset.explorer);
  }
  return stuck;
})()"""
# The colours of the page and its text, in the light and in the dark.
COLOURS = """(() => {
  document.documentElement.dataset.theme = "%s";
  const { color, backgroundColor } = getComputedStyle(document.body);
  return [color, backgroundColor];
})()"""


@pytest.mark.weekly
@pytest.mark.parametrize("page", chapters.pages())
def test_every_page_starts_and_turns_without_a_fault(engine, address, page):
    for scheme in ("file", "http"):
        engine.go(f"{address[scheme]}/book/{page}.html")
        assert engine.wait(STARTED), scheme
        assert engine.do(STUCK) == [], scheme
        assert engine.do("faults") == [], scheme
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert engine.do(wide) <= 0
    light, dark = (engine.do(COLOURS % theme) for theme in ("light", "dark"))
    assert light[0] != dark[0]
    assert light[1] != dark[1]
