"""A glass box as a reader uses it: keys, fingers, widths, paper.

Needs Chromium and the ``dev`` extra. The pages are written here from
``mininn.glass.box``, so that nothing has to be built.
"""

import html
import json
from types import SimpleNamespace

import numpy as np
import pytest
from chromium import served

import mininn as mn
from mininn import glass
from mininn.glass.scripts import script, style

pytest.importorskip(
    "playwright", reason="the dev extra is not installed: playwright"
)
PAGE = """<!doctype html><html lang="en" data-theme="light">
<meta charset="utf-8"><title>Box</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="glass.css">
<style>body {{ margin: 0 12px; font-size: 16px }}
html[data-theme=dark] {{ background: #16191d }}
main {{ max-width: 687px }} .tall {{ height: 1500px }}</style>
<main><h1>Box</h1>{boxes}<div class="tall"></div></main>
<script defer src="glass.js"></script></html>"""
BOX = """<div class="glass-box" data-glass="{}" data-equations="{}">
<p class="still">A still.</p><table><tr><td>0.5</td></tr></table></div>"""
EQUATIONS = {"eq-dW": ["backprop.html#equation-eq-dw", "12.3"]}
# ``box`` is the view of the first box; two frames later all is drawn.
RUN = """async (work) => {
  const box = document.querySelector(".glass-box").glass;
  const frames = () => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(done)));
  const said = await (new Function("box", "model", "frames",
    `return (async () => {${work}})()`))(box, box.model, frames);
  await frames();
  return said;
}"""


def rings():
    return mn.circles(200, rng=1)


def trained(n, hidden, epochs, X, Y, output=mn.sigmoid, loss=None):
    net = mn.init(n, hidden=hidden, output=output, rng=1)
    loss = loss or mn.binary_cross_entropy
    return mn.train(net, X, Y, loss, lr=0.5, epochs=epochs)[0]


def specs():
    """The sizes of the book: the chain, the spine, forward's, the largest."""
    X, Y = rings()
    two = Y.repeat(2, 0)
    classes = np.eye(3)[np.arange(X.shape[1]) % 3].T
    bce = mn.binary_cross_entropy
    nets = {
        "1-1-1": (trained([1, 1, 1], mn.tanh, 5, X[:1], Y), X[:1], Y, bce),
        "2-3-1": (trained([2, 3, 1], mn.tanh, 100, X, Y), X, Y, bce),
        "2-3-2-2": (trained([2, 3, 2, 2], mn.tanh, 5, X, two), X, two, bce),
        "2-4-3": (
            trained(
                [2, 4, 3],
                mn.relu,
                20,
                X,
                classes,
                mn.softmax,
                mn.cross_entropy,
            ),
            X,
            classes,
            mn.cross_entropy,
        ),
        "2-8-8-1": (trained([2, 8, 8, 1], mn.tanh, 20, X, Y), X, Y, bce),
    }
    ask = "Change the marked weight. Does dW still agree?"
    return {
        name: glass.box(*given, ask=ask).spec for name, given in nets.items()
    }


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("glass")
    (folder / "glass.js").write_text(script(), encoding="utf-8")
    (folder / "glass.css").write_text(style(), encoding="utf-8")
    texts = {name: json.dumps(spec) for name, spec in specs().items()}
    wrong = {
        "broken": texts["2-3-1"][:-20],
        "newer": texts["2-3-1"].replace('"v": 1', '"v": 2'),
    }
    assert wrong["newer"] != texts["2-3-1"]
    moving = specs()["2-3-1"] | {"moves": True}
    texts["moving"] = json.dumps(moving)
    texts["full"] = json.dumps(glass.playground().spec)
    equations = html.escape(json.dumps(EQUATIONS))
    boxes = {}
    for name, text in {**texts, **wrong}.items():
        boxes[name] = BOX.format(html.escape(text), equations)
        page = PAGE.format(boxes=boxes[name])
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return SimpleNamespace(
        folder=folder,
        uri=folder.as_uri(),
        boxes={name: boxes[name] for name in texts if name != "full"},
    )


# Another box in the page: quicker than another page.
SWAP = """async ([markup, theme]) => {
  document.documentElement.dataset.theme = theme;
  const old = document.querySelector(".glass-box");
  old.glass.destroy();
  history.replaceState(null, "", location.pathname);
  const made = document.createElement("div");
  made.innerHTML = markup;
  old.replaceWith(made.firstElementChild);
  glass.begin();
  scrollTo(0, 0);
}"""


@pytest.fixture(scope="module")
def open_box(browser, pages):
    """Open a box; an error in its page fails the tests."""
    tabs, errors = {}, []

    def loaded(address, context):
        tab = browser.new_context(**context).new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(address)
        return tab

    def opened(name, *, width=711, theme="light", base=None, **context):
        if base or name not in pages.boxes:
            tab = loaded(f"{base or pages.uri}/{name}.html", context)
            tabs[len(tabs)] = tab
        else:
            key = tuple(context)
            if key not in tabs:
                tabs[key] = loaded(f"{pages.uri}/1-1-1.html", context)
            tab = tabs[key]
            tab.emulate_media(media="screen")
            tab.set_viewport_size({"width": width, "height": 800})
            tab.evaluate(SWAP, [pages.boxes[name], theme])
        return SimpleNamespace(
            tab=tab,
            run=lambda work: tab.evaluate(RUN, work),
            find=lambda css: tab.locator(css),
        )

    yield opened
    for tab in tabs.values():
        tab.context.close()
    assert errors == []


def ids(box):
    return box.tab.eval_on_selector_all(
        ".glass-item", "items => items.map(item => item.dataset.id)"
    )


FOCUS = "document.activeElement.dataset?.id"
# All that keys reach from where the one tab stop is.
WALK = """() => {
  const at = () => document.activeElement.dataset.id;
  document.querySelector(".glass-svg [tabindex='0']").focus();
  const seen = new Set(), todo = [at()];
  while (todo.length) {
    const here = todo.pop();
    if (seen.has(here)) continue;
    seen.add(here);
    for (const way of ["Up", "Down", "Left", "Right"]) {
      const one = document.querySelector(`[data-id="${here}"]`);
      one.focus();
      one.dispatchEvent(new KeyboardEvent("keydown", {
        key: `Arrow${way}`, bubbles: true, cancelable: true}));
      todo.push(at());
    }
  }
  return [...seen];
}"""


def test_every_number_of_the_drawing_is_reached_by_arrow_keys(open_box):
    for name in ("1-1-1", "2-3-1", "2-3-2-2", "2-8-8-1"):
        box = open_box(name)
        assert box.find(".glass-svg [tabindex='0']").count() == 1
        assert sorted(box.tab.evaluate(WALK)) == sorted(ids(box)), name
        assert box.find(".glass-svg [tabindex='0']").count() == 1


def test_enter_opens_and_plus_changes(open_box):
    box = open_box("2-3-1")
    box.find(".glass-svg [tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        box.tab.keyboard.press(key)
    assert box.tab.evaluate(FOCUS) == "unit 1 1"
    box.tab.keyboard.press("ArrowRight")
    assert box.tab.evaluate(FOCUS) == "weight 2 0 1"
    box.tab.keyboard.press("Enter")
    before = box.run("return model.value(model.chosen)")  # drawn by then
    name = box.find(".glass-opened")
    assert (
        name.inner_text() == "Weight W[2] from unit 2 of layer 1 to the output"
    )
    box.tab.keyboard.press("+")
    box.tab.keyboard.press("+")
    box.tab.keyboard.press("-")
    after = box.run("return model.value(model.chosen)")
    assert after == pytest.approx(before + 0.1, abs=1e-6)
    assert box.tab.evaluate(FOCUS) == "weight 2 0 1"
    assert box.find(".glass-mark").inner_text() == "✓ agrees"


NAMES = """() => {
  const bare = (text) => text.replace(/\\s+/g, "");
  const bad = [];
  const named = document.querySelectorAll(
    ".glass [role=button], .glass button[aria-label]");
  for (const one of named) {
    if (one.closest("[hidden]")) continue;
    const name = one.getAttribute("aria-label") ?? "";
    const shown = bare(one.textContent);
    if (one.matches("button") && !/[\\w₀-₉]/.test(shown)) continue; // a sign
    if (!name || !bare(name).includes(shown))
      bad.push([name, one.textContent]);
  }
  return [named.length, bad];
}"""


@pytest.mark.parametrize("mode", ["forward", "backward"])
@pytest.mark.parametrize("batch", ["false", "true"])
def test_a_name_holds_what_is_shown(open_box, mode, batch):
    for name in ("2-3-1", "2-4-3", "2-8-8-1"):
        box = open_box(name)
        box.run(f"box.batch = {batch}; model.show('{mode}')")
        count, bad = box.tab.evaluate(NAMES)
        assert count > 20
        assert bad == []


def test_the_chosen_weight_has_its_number_on_it_and_in_its_name(open_box):
    box = open_box("2-3-1")
    for mode in ("forward", "backward"):
        box.run(f"model.show('{mode}')")
        shown = box.find(".glass-tag text").text_content()
        chosen = box.find(".glass-item[aria-pressed='true']")
        assert shown in chosen.get_attribute("aria-label")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["1-1-1", "2-3-1", "2-4-3", "2-8-8-1"])
def test_axe_finds_nothing(open_box, theme, name):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="the dev extra is not installed: axe-playwright-python",
    )
    box = open_box(name, theme=theme)
    box.tab.evaluate(axe.Axe().axe_script)
    for work in (
        "",
        "model.show('backward'); model.choose({kind: 'dz', l: 1, i: 0})",
        "model.break('g-for-prime'); box.stepButton.click();"
        "model.choose({kind: 'dW', l: 1, i: 0, k: 0})",
    ):
        box.run(work)
        found = box.tab.evaluate(
            """async () => (await axe.run(".glass", {rules: {
              "label-content-name-mismatch": {enabled: true},
              "target-size": {enabled: true}}})).violations.map(
                (v) => [v.id, v.nodes.map((n) => n.html.slice(0, 200))])"""
        )
        assert found == [], work


# Text on a translucent fill on paper: axe leaves that open.
CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => v / 255).map((v) =>
      v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const out = [];
  for (const item of document.querySelectorAll(".glass-item")) {
    const text = item.querySelector("text");
    if (!text?.textContent) continue;
    const [back, shape] = item.querySelectorAll("rect");
    const paper = rgb(getComputedStyle(back).fill);
    const style = getComputedStyle(shape), share = Number(style.fillOpacity);
    const fill = rgb(style.fill).map((v, c) =>
      share * v + (1 - share) * paper[c]);
    const [a, b] = [fill, rgb(getComputedStyle(text).fill)].map(light);
    out.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return out;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_on_fills_can_be_read(open_box, theme):
    box = open_box("2-3-1", theme=theme)
    for mode in ("forward", "backward"):
        box.run(f"model.show('{mode}')")
        found = box.tab.evaluate(CONTRAST)
        assert len(found) == 11
        assert min(found) >= 4.5, mode


@pytest.mark.parametrize("width", [320, 360, 640])
def test_nothing_sticks_out(open_box, pages, width):
    for name in pages.boxes:
        box = open_box(name, width=width)
        for work in (
            "",
            "model.show('backward'); model.train(3)",
            "model.choose({kind: 'a', l: model.net.L, i: 0})",
            "model.choose({kind: 'J'}); box.batch = true",
        ):
            box.run(work)
            over = box.tab.evaluate(
                "document.documentElement.scrollWidth - innerWidth"
            )
            assert over <= 0, (name, work)
            out = box.tab.evaluate(
                """() => {
                  const right = document.querySelector(".glass")
                    .getBoundingClientRect().right;
                  return [...document.querySelectorAll(".glass *")].filter(
                    (one) => one.checkVisibility() &&
                      !one.closest(".glass-said, .glass-terms") &&
                      one.getBoundingClientRect().right > right + 0.5
                  ).map((one) => one.outerHTML.slice(0, 120));
                }"""
            )
            assert out == [], (name, work)


def swipe(box, start, across, down):
    """Put a finger down, move it, lift it: as a phone reports it."""
    phone = box.tab.context.new_cdp_session(box.tab)

    def report(kind, *points):
        phone.send(
            "Input.dispatchTouchEvent",
            {
                "type": kind,
                "touchPoints": [{"x": x, "y": y} for x, y in points],
            },
        )

    x, y = start
    report("touchStart", (x, y))
    for at in range(1, 13):
        report("touchMove", (x + across * at / 12, y + down * at / 12))
        box.run("")  # a finger takes frames
    report("touchEnd")
    box.run("await frames(); await frames();")


def test_a_finger_drags_a_weight_sideways_and_scrolls_the_page(open_box):
    box = open_box("2-3-1", width=360, has_touch=True, is_mobile=True)
    place = "{kind: 'W', l: 2, i: 0, k: 1}"
    value = f"return model.value({place})"
    box.find(".glass-svg").scroll_into_view_if_needed()
    middle = """
      const it = box.byId.get("weight 2 0 1").line.getBoundingClientRect();
      return [it.x + it.width / 2, it.y + it.height / 2]"""
    before = box.run(value)
    top = box.tab.evaluate("scrollY")
    swipe(box, box.run(middle), 60, 0)
    after = box.run(value)
    assert after > before + 0.3
    assert box.run("return box.model.chosen.l") == 2
    assert box.tab.evaluate("scrollY") == top
    swipe(box, box.run(middle), 0, -200)
    assert box.tab.evaluate("scrollY") > top + 100
    assert box.run(value) == after


def test_a_mouse_drag_changes_every_number_at_once(open_box):
    box = open_box("2-3-1")
    at = box.run("""
      const it = box.byId.get("weight 1 0 0").line.getBoundingClientRect();
      return [it.x + it.width / 2, it.y + it.height / 2]""")
    cost = box.find(".glass-cost").inner_text()
    box.tab.mouse.move(*at)
    box.tab.mouse.down()
    box.tab.mouse.move(at[0] + 30, at[1], steps=4)
    box.tab.mouse.up()
    box.run("")
    assert box.find(".glass-cost").inner_text() != cost
    assert box.find(".glass-mark").inner_text() == "✓ agrees"
    rows = box.find(".glass-before tr")
    assert rows.count() == 3
    before, now = (rows.nth(r).inner_text().split("\t") for r in (1, 2))
    assert (before[0], now[0]) == ("before", "now")
    assert before[1] != now[1]
    assert f"J = {before[3]}" == cost


def test_a_newcomer_sees_agrees_before_the_first_tap(open_box, pages):
    for name in pages.boxes:
        box = open_box(name)
        assert box.find(".glass-opened").inner_text().startswith("Weight W[1]")
        assert box.find(".glass-mark").inner_text() == "✓ agrees", name


def test_an_operand_opens_itself_and_the_way_leads_back(open_box):
    box = open_box("2-3-1")
    first = box.find(".glass-opened").inner_text()
    box.find(".glass-parts button[data-kind='dz']").first.click()
    box.run("")
    assert box.find(".glass-opened").inner_text().startswith("dz of unit 1")
    assert box.tab.evaluate("document.activeElement.className") == (
        "glass-opened"
    )
    box.find(".glass-up").click()
    box.run("")
    assert box.find(".glass-opened").inner_text() == first
    assert box.find(".glass-up").is_hidden()


def test_an_equation_leads_to_its_place_in_the_book(open_box):
    box = open_box("2-3-1")
    link = box.find(".glass-rule a:visible")
    assert link.inner_text() == "(12.3)"
    assert link.get_attribute("href") == "backprop.html#equation-eq-dw"


def test_the_focus_stays_where_numbers_change(open_box):
    box = open_box("2-3-1")
    operand = box.find(".glass-parts button").first
    operand.focus()
    box.tab.evaluate("window.kept = document.activeElement")
    text = operand.inner_text()
    box.run("model.train(20)")
    assert operand.inner_text() != text
    assert box.tab.evaluate("window.kept === document.activeElement")


def test_a_change_is_said_once_after_a_rest(open_box):
    box = open_box("2-3-1")
    box.tab.evaluate("""() => {
      window.said = [];
      const region = document.querySelector(".glass-said");
      new MutationObserver(() => said.push(region.textContent)).observe(
        region, {childList: true, characterData: true, subtree: true});
    }""")
    box.run(
        "for (let at = 0; at < 10; at++) { model.train(1); await frames(); }"
    )
    assert box.tab.evaluate("said.length") <= 1  # of the start, at most
    box.tab.wait_for_function("said.at(-1)?.includes('epoch 10')")
    said = box.tab.evaluate("said")
    assert len(said) <= 2
    assert "agrees" in said[-1]
    assert box.find(".glass-cost").inner_text() in said[-1]


def test_step_back_and_reset(open_box):
    box = open_box("2-3-1")
    shown = lambda: box.find(".glass-status").inner_text()  # noqa: E731
    start = shown()
    back = box.find(
        ".glass-bar button",
    ).nth(0)
    assert back.is_disabled()
    box.find(".glass-bar button").nth(1).click()
    box.run("")
    assert "epoch 1" in shown()
    back.click()
    box.run("")
    assert shown() == start
    assert back.inner_text() == "Step back"
    box.find(".glass-bar button").nth(1).click()
    box.find(".glass-bar button").nth(4).click()
    box.run("")
    assert shown() == start
    assert box.find(".glass-before").is_hidden()


def test_a_wrong_formula_turns_the_check_red_and_can_be_mended(open_box):
    box = open_box("2-3-1")
    box.run("model.break('g-for-prime')")
    check = box.find(".glass-check")
    assert check.get_attribute("data-verdict") == "differs"
    assert "✗ differs" in check.inner_text()
    box.find(".glass-wrong button").click()
    box.run("")
    assert check.get_attribute("data-verdict") == "agrees"
    assert box.find(".glass-wrong").is_hidden()


def test_a_formula_that_does_not_fit_says_so_and_stops(open_box):
    box = open_box("2-3-1")
    box.run("model.break('transpose')")
    assert box.find(".glass-refusal").inner_text() == (
        "dA[1] = W[2] dZ[2]: 1 × 3 and 1 × 200 do not fit. "
        "The transpose is what makes it fit."
    )
    assert box.find(".glass-play").is_disabled()
    assert box.find(".glass-check").is_hidden()


def test_how_fast_it_plays_is_said_in_words_where_there_is_room(open_box):
    for width, texts in (
        (711, ["1 epoch a frame", "10 epochs a frame", "100 epochs a frame"]),
        (360, ["1×", "10×", "100×"]),
    ):
        box = open_box("2-3-1", width=width)
        speed = box.find(".glass-speed")
        for text in texts:
            assert speed.inner_text() == text
            assert text in speed.get_attribute("aria-label")
            speed.click()
            box.run("")
        assert speed.inner_text() == texts[0]


def test_on_a_phone_the_plane_is_seen_while_a_weight_is_turned(open_box):
    box = open_box("2-3-1", width=360)
    top = box.find(".glass-side-plane").bounding_box()["y"]
    slider = box.find(".glass-edit").bounding_box()
    assert top < slider["y"]
    assert slider["y"] + slider["height"] - top < 400
    # Its lower edge is above the open number, and it is beside the cost.
    cost = box.find(".glass-cost").bounding_box()
    assert top < cost["y"] < slider["y"]


def test_a_box_of_900_px_shows_everything_on_one_screen(open_box):
    box = open_box("2-3-1", width=1280)
    box.run('document.querySelector("main").style.maxWidth = "960px"')
    box.run("model.train(3)")
    box.run("model.choose({kind: 'dW', l: 1, i: 0, k: 0})")
    names = ("net", "panel", "side-plane", "side-curve")
    net, panel, plane, curve = (
        box.find(f".glass-{name}").bounding_box() for name in names
    )
    assert net["x"] + net["width"] < panel["x"]
    assert panel["x"] + panel["width"] < plane["x"] == curve["x"]
    assert plane["y"] + plane["height"] < curve["y"]
    whole = box.find(".glass-top").bounding_box()["y"]
    mark = box.find(".glass-mark").bounding_box()["y"]
    assert max(curve["y"] + curve["height"], mark + 30) - whole < 700


def test_the_playground_fills_the_screen(open_box):
    box = open_box("full")
    plain = open_box("2-3-1")
    assert plain.find(".glass-whole").count() == 0
    box.tab.set_viewport_size({"width": 360, "height": 800})
    assert not box.find(".glass-whole").is_visible()
    box.tab.set_viewport_size({"width": 1280, "height": 800})
    whole = box.find(".glass-whole")
    whole.click()
    box.tab.wait_for_function("document.fullscreenElement !== null")
    assert box.tab.evaluate("document.fullscreenElement.className") == "glass"
    box.tab.wait_for_function(
        "document.querySelector('.glass-whole').textContent === "
        "'Leave full screen'"
    )
    whole.click()
    box.tab.wait_for_function("document.fullscreenElement === null")


def test_things_to_try_stand_above_the_settings_fold(open_box):
    box = open_box("full")
    box.find(".glass-more > summary").click()
    tries = box.tab.get_by_role("group", name="Things to try")
    assert tries.is_visible()
    assert box.tab.get_by_role("button", name="Let descent").is_visible()
    assert not box.tab.get_by_label("Activation").is_visible()


def test_in_a_notebook_there_is_no_link_to_copy(open_box):
    box = open_box("2-3-1")
    assert box.tab.get_by_text("Copy the link").count() == 1
    box.run("""
      const place = document.createElement("div");
      document.querySelector("main").append(place);
      const other = glass.view.mount(place, model.spec, {});
      window.texts = [...place.querySelectorAll(".glass-share button")].map(
        (one) => one.textContent);
      other.destroy();""")
    assert box.tab.evaluate("texts") == ["Copy as Python"]


def test_play_runs_and_pauses(open_box):
    box = open_box("2-3-1")
    play = box.find(".glass-play")
    play.click()
    box.tab.wait_for_function(
        "document.querySelector('.glass-box').glass.model.epoch > 3"
    )
    assert play.inner_text() == "❚❚ Pause"
    play.click()
    epoch = box.run("return model.epoch")
    assert box.run("await frames(); return model.epoch") == epoch


HOME = "return [model.value(model.chosen), model.epoch]"
LATER = "await new Promise(done => setTimeout(done, {})); " + HOME


def test_a_box_that_moves_swings_once_and_comes_home(open_box):
    home = open_box("2-3-1").run(HOME)
    box = open_box("moving")
    values = {box.run(LATER.format(150))[0] for _ in range(12)}
    assert len(values - {home[0]}) > 3
    assert min(values, key=abs) != home[0]
    for _ in range(8):
        last = box.run(LATER.format(400))
    assert last == home
    assert box.run("return box.swinging") == 0
    assert box.find(".glass-said").inner_text() == ""


def test_it_moves_as_soon_as_half_of_its_network_is_seen(open_box):
    """Not when half of all is: on the first screen that is below."""
    box = open_box("moving")
    box.find(".glass-meta").dispatch_event("pointerdown")
    box.tab.evaluate("""() => {
      const net = document.querySelector(".glass-net");
      const { top, height } = net.getBoundingClientRect();
      document.body.style.paddingTop = `${800 - top - height / 2}px`;
    }""")
    box.tab.evaluate(
        "document.querySelector('.glass-box').glass.swing(), null"
    )
    values = {box.run(LATER.format(150))[0] for _ in range(8)}
    box.tab.evaluate("document.body.style.paddingTop = ''")
    assert len(values) > 3


def test_a_touch_ends_what_moves(open_box):
    home = open_box("2-3-1").run(HOME)
    box = open_box("moving")
    assert box.run(LATER.format(700)) != home
    box.find(".glass-meta").dispatch_event("pointerdown")
    assert box.run(HOME) == home
    assert box.run(LATER.format(400)) == home


def test_where_less_motion_is_asked_for_nothing_moves(open_box):
    home = open_box("2-3-1").run(HOME)
    box = open_box("moving", reduced_motion="reduce")
    assert box.run(LATER.format(600)) == home


def test_less_motion_trains_without_a_film(open_box):
    box = open_box("2-3-1", reduced_motion="reduce")
    play = box.find(".glass-play")
    assert play.inner_text() == "▶ 10 steps"
    play.click()
    assert box.run("return [model.epoch, box.playing]") == [10, 0]
    moving = box.tab.evaluate("document.getAnimations().length")
    assert moving == 0


@pytest.mark.parametrize("name", ["broken", "newer"])
def test_what_cannot_start_stays_a_still(open_box, name):
    box = open_box(name)
    assert box.find(".still").is_visible()
    assert box.find(".glass").count() == 0


def test_live_it_hides_the_still_and_paper_shows_it(open_box):
    box = open_box("2-3-1")
    assert box.find(".still").is_hidden()
    assert box.find(".glass").is_visible()
    box.tab.emulate_media(media="print")
    assert box.find(".still").is_visible()
    assert box.find(".glass").is_hidden()


def test_a_box_starts_where_it_is_hidden(open_box):
    box = open_box("2-3-1")
    width = box.run("""
      document.querySelector("main").style.display = "none";
      model.replaceNet({...model.spec, n: [2, 2, 1],
        W: [[[1, 2], [3, 4]], [[1, 2]]], b: [[0, 0], [0]],
        g: ["tanh", "sigmoid"]});
      await frames();
      document.querySelector("main").style.display = "";
      await frames();
      return box.svg.getBoundingClientRect().width""")
    assert width > 300
    assert len(ids(box)) == 15


def drawn_anew(n, m=20):
    """A box with other data than those of the page, as its address."""
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((n[0], m)), np.arange(m)[None] % 2
    net = mn.init(n, rng=1)
    spec = glass.box(net, X, Y, mn.binary_cross_entropy).spec
    return f"""(() => {{
      const other = new glass.Model({json.dumps(spec)});
      other.removePoint(0);
      return glass.share.toHash(other);
    }})()"""


@pytest.mark.parametrize("name", ["1-1-1", "2-3-1"])
@pytest.mark.parametrize("n", [[1, 2, 1], [2, 2, 1], [3, 4, 1]])
def test_a_link_of_another_page_brings_its_own_plane(open_box, name, n):
    box = open_box(name)
    box.tab.wait_for_timeout(450)  # what was changed before is in the address
    hidden, sizes, faults = box.run(f"""
      const faults = [];
      const heard = ({{ message }}) => faults.push(message);
      addEventListener("error", heard);
      const changed = new Promise((done) =>
        addEventListener("hashchange", done, {{ once: true }}));
      location.hash = {drawn_anew(n)};
      await changed;
      await frames();
      await frames();
      model.train(5);
      await frames();
      removeEventListener("error", heard);
      const plane = document.querySelector(".plane-map canvas");
      return [!plane?.clientWidth, model.net.n, faults]""")
    assert faults == []
    assert sizes == n
    assert hidden == (n[0] > 2)
    if n[0] < 3:
        said = box.find(".plane-map canvas").get_attribute("aria-label")
        assert ("output over x" if n[0] == 1 else "in the plane") in said


SMALLER = """model.replaceNet({...model.spec, n: [2, 1], g: ["sigmoid"],
  W: [[[1, 2]]], b: [[0]]});"""


def test_no_way_leads_back_to_a_number_that_is_gone(open_box):
    box = open_box("2-8-8-1")
    gone, chosen = box.run(f"""
      box.open({{kind: "dW", l: 3, i: 0, k: 7}});
      box.open({{kind: "dz", l: 2, i: 7}}, {{follow: true}});
      {SMALLER}
      await frames();
      box.up.click();
      await frames();
      return [box.up.hidden, model.chosen];""")
    assert gone
    assert chosen == {"kind": "W", "l": 1, "i": 0, "k": 0}


def test_a_drag_ends_where_the_network_is_another(open_box):
    box = open_box("2-8-8-1")
    spot = box.run("""
      const it = box.byId.get("weight 3 0 0").line.getBoundingClientRect();
      return [it.x + it.width / 2, it.y + it.height / 2]""")
    for work in ("model.reset();", SMALLER):
        box.tab.mouse.move(*spot)
        box.tab.mouse.down()
        box.tab.mouse.move(spot[0] + 30, spot[1])
        now = "return Object.values(model.net.W).map((M) => [...M.d])"
        start = box.run(now)
        box.tab.mouse.move(spot[0] + 40, spot[1])
        assert box.run(now) != start
        before = box.run(f"{work} await frames(); {now}")
        box.tab.mouse.move(spot[0] + 60, spot[1])
        assert box.run(now) == before
        box.tab.mouse.up()


@pytest.mark.parametrize(
    ("name", "typed", "want"),
    [("2-3-1", "2", [1]), ("2-3-1", "-1", [0]), ("2-4-3", "2", [0, 1, 0])],
)
def test_a_label_is_kept_where_the_loss_takes_it(open_box, name, typed, want):
    box = open_box(name)
    place = {"kind": "y", "i": len(want) // 2}
    labels, link = box.run(f"""
      box.open({json.dumps(place)});
      await frames();
      box.field.value = "{typed}";
      box.field.dispatchEvent(new Event("input"));
      const {{ Y, sample }} = model;
      const column = Array.from({{ length: Y.r }}, (_, i) =>
        Y.d[i * Y.c + sample]);
      return [column, glass.share.fromHash(
        glass.share.toHash(model), model.spec) !== null];""")
    assert labels == want
    assert link


def test_a_cost_that_is_no_number_says_so_and_reset_mends_it(open_box):
    box = open_box("2-3-1")
    status = box.find(".glass-status")
    box.run("""
      model.optimise({ name: "gradient_descent", lr: 1e308 });
      for (let at = 0; at < 3; at++) box.stepButton.click();""")
    text = status.inner_text()
    assert "J = ∞" in text
    assert "Some numbers are too large for a computer. Reset" in text
    assert "right" not in text
    box.find(".glass-bar >> text=Reset").click()
    box.run("")
    assert "of 200 right" in status.inner_text()


def test_it_starts_over_http_too(open_box, pages):
    with served(pages.folder) as base:
        box = open_box("2-3-1", base=base)
        assert box.find(".glass-mark").inner_text() == "✓ agrees"
        box.tab.close()


QUIZ = """
  const { quiz } = box;
  return quiz && {answer: quiz.answer, place: quiz.place,
    mistakes: quiz.mistakes};"""


@pytest.mark.parametrize("mode", ["Forward", "Backward"])
def test_a_box_asks_for_a_number_hides_it_and_names_a_slip(open_box, mode):
    box = open_box("2-3-1")
    box.find(f".glass-choice >> text={mode}").click()
    box.find("text=Ask me for a number").click()
    box.run("")
    asked = box.run(QUIZ)
    place, answer = asked["place"], asked["answer"]
    unit = f"[data-id='unit {place['l']} {place['i']}']"
    assert box.find(f"{unit} text").text_content() == "?"
    assert "= ?" in box.find(unit).get_attribute("aria-label")
    shown = box.find(".glass-panel").inner_text()
    assert f"Compute {place['kind']} of unit {place['i'] + 1}" in shown
    field, said = box.find(".glass-quiz input"), box.find(".glass-quiz")
    assert field.evaluate("field => field === document.activeElement")
    field.fill("many")
    field.press("Enter")
    assert "Type one number" in said.inner_text()
    for sentence, value in asked["mistakes"]:
        field.fill(repr(value))
        field.press("Enter")
        assert said.inner_text().count(sentence) or any(
            said.inner_text().count(other)
            for other, near in asked["mistakes"]
            if abs(near - value) <= 0.02 * abs(value)
        )
    field.fill(f"{answer:.3g}".replace("-", "\u2212").replace(".", ","))
    field.press("Enter")
    box.run("")
    assert said.inner_text().strip() == "Right."
    assert box.find(f"{unit} text").text_content() != "?"
    chosen = box.run("return model.chosen;")
    assert {key: chosen[key] for key in place} == place


def test_a_number_that_changes_is_asked_no_more(open_box):
    box = open_box("2-3-1")
    box.find("text=Ask me for a number").click()
    box.run('model.set({kind: "W", l: 1, i: 0, k: 0}, 1.25)')
    assert box.run(QUIZ) is None
    assert not box.find(".glass-quiz").is_visible()
    box.find("text=Ask me for a number").click()
    box.find(".glass-quiz >> text=Show the way").click()
    box.run("")
    assert box.run(QUIZ) is None
    assert not box.find(".glass-quiz").is_visible()
    box.run('model.break("no-prime")')
    assert box.find(".glass-quiz-ask button").is_disabled()


# How fast this machine is at this moment: the network on a grid of 60 x 60
# takes 1.6 ms where a redraw may take 8, so a budget is a multiple of it.
GRID = """
  const { engine } = globalThis.glass;
  const points = engine.matrix(2, 3600, (i, s) =>
    (i ? Math.floor(s / 60) : s % 60) / 20 - 1.5);
  const grid = () => {
    const start = performance.now();
    engine.forward(model.net, points);
    return performance.now() - start;
  };
  const middle = (times, share = 0.5) =>
    times.sort((a, b) => a - b)[Math.floor(times.length * share)];"""
REDRAW = f"""{GRID}
  const times = [], grids = [];
  for (let at = 0; at < 150; at++) {{
    const start = performance.now();
    model.set({{kind: "W", l: 1, i: 0, k: 0}}, Math.sin(at));
    box.draw();
    box.root.getBoundingClientRect();
    const took = performance.now() - start;
    if (at >= 50) times.push(took), grids.push(grid());
    if (at % 10 === 0) await frames();
  }}
  return [middle(times), middle(times, 0.95), middle(grids)];"""
TRAIN = f"""{GRID}
  let spent = 0;
  const grids = [];
  for (let at = 0; at < 10; at++) {{
    for (let k = 0; k < 10; k++) grids.push(grid());
    const from = performance.now();
    model.train(100);
    box.draw();
    box.root.getBoundingClientRect();
    spent += performance.now() - from;
    await frames();
  }}
  return [model.epoch, spent, middle(grids)];"""


def test_everything_is_drawn_again_within_a_frame(open_box):
    runs = [open_box("2-8-8-1").run(REDRAW) for _ in range(3)]
    print("redraw, 95 %, grid, in ms:", runs)
    assert min(median / grid for median, _, grid in runs) < 8 / 1.6
    assert min(most / grid for _, most, grid in runs) < 16 / 1.6


def test_a_thousand_epochs_take_a_second_at_most(open_box):
    runs = [open_box("2-8-8-1").run(TRAIN) for _ in range(3)]
    epochs, ms, grid = min(runs, key=lambda run: run[1] / run[2])
    print(f"1,000 epochs: {ms:.0f} ms; grid {grid:.2f} ms")
    assert epochs == 1000
    assert ms < 1000 / 1.6 * grid
