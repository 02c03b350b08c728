"""A drawing pad as a reader uses it: pens, fingers, keys, widths, paper.

Needs Chromium and the ``dev`` extra. The page is written here from
``mininn.glass.pad``, so that nothing has to be built.
"""

import html
import json

import numpy as np
import pytest

import mininn as mn
from mininn import glass
from mininn.glass.drawing import shares
from mininn.glass.scripts import pad_script, pad_style

pytest.importorskip(
    "playwright", reason="the dev extra is not installed: playwright"
)
PAGE = """<!doctype html><html lang="en" data-theme="light">
<meta charset="utf-8"><title>Pad</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'self' file:;
 script-src 'self' file:; style-src 'self' file: 'unsafe-inline';
 object-src 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="pad.css">
<style>body {{ margin: 0 12px; font-size: 16px }}
html[data-theme=dark] {{ background: #16191d; color: #eee }}
main {{ max-width: 687px }} .tall {{ height: 1500px }}</style>
<main><h1>Pad</h1><div class="drawing-pad" data-pad="{spec}">
<p class="still">A still.</p></div>{other}<div class="tall"></div></main>
<script defer src="pad.js"></script></html>"""
AXE = """async () => (await axe.run({
  resultTypes: ["violations"], preload: false,
})).violations.flatMap((rule) => rule.nodes.map((node) =>
  [rule.impact, rule.id, node.html.slice(0, 160)]))"""
LEVELS = "document.querySelector('.drawing-pad').pad.levels"


@pytest.fixture(scope="module")
def pad():
    """A network of the chapter's kind, and three held-out images."""
    X, Y, X_held, Y_held = mn.split(*mn.digits(), held_out=0.2, rng=0)
    net, _ = mn.train(
        mn.init([64, 32, 10], output="softmax", rng=0),
        X,
        Y,
        mn.cross_entropy,
        optimizer=mn.adam(0.01),
        epochs=10,
        batch_size=64,
        rng=0,
    )
    return glass.pad(net, X_held[:, :3], Y_held[:, :3], ask="Draw a 7.")


@pytest.fixture(scope="module")
def folder(pad, tmp_path_factory):
    out = tmp_path_factory.mktemp("pad")
    (out / "pad.js").write_text(pad_script(), encoding="utf-8")
    (out / "pad.css").write_text(pad_style(), encoding="utf-8")
    text = html.escape(json.dumps(pad.spec))
    newer = html.escape(json.dumps(pad.spec | {"v": 2}))
    other = '<div class="drawing-pad" id="b" data-pad="{}"><p>Kept.</p></div>'
    broken = other.format(text[:-9]) + other.format(newer)
    for name, more in {"pad": "", "broken": broken}.items():
        page = PAGE.format(spec=text, other=more)
        (out / f"{name}.html").write_text(page, encoding="utf-8")
    return out


@pytest.fixture
def open_pad(browser, folder):
    """Open the page from a file; an error in it fails the test."""
    contexts, trouble = [], []

    def opened(name="pad", width=711, **how):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, **how
        )
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.on(
            "console",
            lambda said: said.type == "error" and trouble.append(said.text),
        )
        tab.goto(f"{folder.as_uri()}/{name}.html")
        tab.locator(".pad-sheet").wait_for()
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []


def settle(tab):
    tab.evaluate(
        "new Promise((done) => requestAnimationFrame(() =>"
        " requestAnimationFrame(done)))"
    )


def levels(tab):
    settle(tab)
    return tab.evaluate(LEVELS)


def draw(tab, *points):
    """Draw a line with the mouse; points from 0 to 1 across the sheet."""
    tab.locator(".pad-sheet").scroll_into_view_if_needed()
    box = tab.locator(".pad-sheet").bounding_box()
    at = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"])
        for x, y in points
    ]
    tab.mouse.move(*at[0])
    tab.mouse.down()
    for x, y in at[1:]:
        tab.mouse.move(x, y, steps=6)
    tab.mouse.up()
    settle(tab)


def seven(tab):
    draw(tab, (0.3, 0.2), (0.7, 0.2), (0.45, 0.85))


def shown(tab):
    """What the page says, as a reader sees it."""
    settle(tab)
    return tab.locator(".pad-inside").inner_text().replace("\xa0", " ")


def test_what_the_page_shows_is_what_mininn_says(open_pad, pad):
    tab = open_pad()
    seven(tab)
    x = np.array(levels(tab))[:, np.newaxis] / 16
    p, first, second, share, rest = shares(pad.net, x)
    text = shown(tab)
    assert f"It says {first}, with {100 * p[first, 0]:.1f} %." in text
    assert f"Then {second}, with {100 * p[second, 0]:.1f} %." in text
    rows = tab.locator(".pad-row").all_inner_texts()
    assert [row.split()[:2] for row in rows] == [
        [str(k), f"{100 * p[k, 0]:.1f}"] for k in range(10)
    ]
    assert f"pixels {share.sum():+.2f}".replace("-", "−") in text
    assert f"biases {rest:+.2f}".replace("-", "−") in text
    signs = tab.locator(".pad-why span").all_inner_texts()
    large = np.abs(share[:, 0]) >= 0.08 * np.abs(share).max()
    assert signs == [
        ("+" if s > 0 else "−") if big else ""
        for s, big in zip(share[:, 0], large, strict=True)
    ]
    assert {"+", "−"} <= set(signs)


def test_a_stroke_can_be_undone_and_all_cleared(open_pad):
    tab = open_pad()
    first = levels(tab)
    assert sum(first) > 0  # an example stands there at first
    draw(tab, (0.5, 0.1), (0.5, 0.9))
    one = levels(tab)
    draw(tab, (0.2, 0.5), (0.8, 0.5))
    two = levels(tab)
    assert len({tuple(x) for x in (first, one, two)}) == 3
    undo = tab.get_by_role("button", name="Undo")
    undo.click()
    assert levels(tab) == one
    tab.get_by_role("button", name="Clear").click()
    assert levels(tab) == [0] * 64
    assert "Of nothing it says" in shown(tab)
    for _ in range(2):
        undo.click()
    assert levels(tab) == first
    for _ in range(3):  # there is nothing left to undo
        undo.click()
    assert levels(tab) == [0] * 64
    assert undo.evaluate("e => e === document.activeElement")


def test_examples_come_one_after_the_other(open_pad, pad):
    tab = open_pad()
    for turn in (0, 1, 2, 0):
        assert levels(tab) == pad.spec["images"][turn]
        label = pad.spec["labels"][turn]
        assert f"Image {turn + 1} of 3: it is a {label}." in shown(tab)
        tab.get_by_role("button", name="Example").click()


def test_keys_fill_and_empty_the_squares(open_pad):
    tab = open_pad()
    tab.get_by_role("button", name="Clear").focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")  # Example
    tab.keyboard.press("Tab")
    grid = tab.get_by_role("grid")
    assert grid.evaluate("e => e === document.activeElement")
    here = (
        "document.getElementById(document.activeElement"
        ".getAttribute('aria-activedescendant')).ariaLabel"
    )
    assert tab.evaluate(here) == "row 3, column 3: 0 of 16"
    for key in ("Space", "ArrowDown", "Space", "ArrowRight", "Enter"):
        tab.keyboard.press(key)
    wanted = [0] * 64
    wanted[27] = wanted[35] = wanted[36] = 16
    assert levels(tab) == wanted
    assert tab.evaluate(here) == "row 4, column 4: 16 of 16"
    tab.keyboard.press("Space")
    wanted[36] = 0
    assert levels(tab) == wanted
    for key, count in (("ArrowLeft", 9), ("ArrowUp", 9)):
        for _ in range(count):  # the edge holds
            tab.keyboard.press(key)
    settle(tab)
    assert tab.evaluate(here) == "row 0, column 0: 0 of 16"
    for key in ("ArrowRight", "ArrowDown"):
        for _ in range(9):
            tab.keyboard.press(key)
    settle(tab)
    assert tab.evaluate(here) == "row 7, column 7: 0 of 16"
    assert tab.evaluate("scrollY") == 0
    tab.locator(".pad-image [role=gridcell]").first.click()
    wanted[0] = 16
    assert levels(tab) == wanted


def test_what_was_drawn_is_said_aloud_when_the_pen_rests(open_pad):
    tab = open_pad()
    said = tab.get_by_role("status")
    said.filter(has_text="It says").wait_for(state="attached")
    before = said.inner_text()
    seven(tab)
    assert said.inner_text() == before  # not at every move
    tab.wait_for_timeout(600)
    now = said.inner_text()
    answer = tab.locator(".pad-answer").inner_text()
    assert now.startswith(answer)
    assert "Then" in now
    tab.get_by_role("button", name="Clear").click()
    said.filter(has_text="The sheet is empty.").wait_for(state="attached")


def test_a_finger_draws_and_the_page_stays_where_it_is(open_pad):
    tab = open_pad(width=360, has_touch=True, is_mobile=True)
    sheet = tab.locator(".pad-sheet")
    assert sheet.evaluate("e => getComputedStyle(e).touchAction") == "none"
    box = sheet.bounding_box()
    client = tab.context.new_cdp_session(tab)

    def touch(kind, *at):
        points = [
            {
                "x": box["x"] + x * box["width"],
                "y": box["y"] + y * box["height"],
            }
            for x, y in at
        ]
        client.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )

    tab.get_by_role("button", name="Clear").tap()
    touch("touchStart", (0.5, 0.9))
    for y in (0.7, 0.5, 0.3, 0.1):
        touch("touchMove", (0.5, y))
    touch("touchEnd")
    image = np.reshape(levels(tab), (8, 8))
    assert (image[:, 3:5].sum(axis=1) > 16).all()
    assert tab.evaluate("scrollY") == 0
    buttons = tab.locator(".pad button").all()
    assert all(one.bounding_box()["height"] >= 44 for one in buttons)


@pytest.mark.parametrize("width", [711, 360, 320])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_axe_finds_nothing(open_pad, width, theme):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="the dev extra is not installed: axe-playwright-python",
    )
    tab = open_pad(width=width, reduced_motion="reduce")
    tab.evaluate("(t) => document.documentElement.dataset.theme = t", theme)
    seven(tab)
    wide = tab.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    tab.evaluate(axe.Axe().axe_script)
    assert tab.evaluate(AXE) == []


# WCAG's contrast of each sign with the square it stands on.
CONTRAST = """() => [...document.querySelectorAll(".pad-why span")]
  .filter((one) => one.textContent).map((one) => {
    const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
    const { color, backgroundColor } = getComputedStyle(one);
    const [r, g, b, a = 1] = numbers(backgroundColor);
    const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= 0.04045
      ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const square = [r, g, b].map((v) => a * v + (1 - a) * 255);
    const [low, high] = [light(square), light(numbers(color).slice(0, 3))]
      .sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  })"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sign_is_told_from_the_ink_below_it(open_pad, theme):
    tab = open_pad()
    tab.evaluate("(t) => document.documentElement.dataset.theme = t", theme)
    seen = []
    for _ in range(3):
        tab.get_by_role("button", name="Example").click()
        settle(tab)
        seen += tab.evaluate(CONTRAST)
    assert len(seen) > 20
    assert min(seen) >= 3


@pytest.mark.parametrize(
    ("theme", "filters"), [("light", "none"), ("dark", "brightness(0.85)")]
)
def test_a_white_sheet_does_not_glare_at_night(open_pad, theme, filters):
    tab = open_pad()
    tab.evaluate("(t) => document.documentElement.dataset.theme = t", theme)
    look = "(e) => getComputedStyle(e).filter"
    for part in (".pad-sheet", ".pad-image"):
        assert tab.locator(part).first.evaluate(look) == filters


def test_paper_shows_the_still(open_pad):
    tab = open_pad()
    still = tab.locator(".still")
    assert not still.is_visible()
    tab.emulate_media(media="print")
    assert still.is_visible()
    assert not tab.locator(".pad-sheet").is_visible()


def test_colours_that_are_forced_leave_the_images_and_the_bars(open_pad):
    tab = open_pad(forced_colors="active", reduced_motion="reduce")
    look = "(e) => getComputedStyle(e).backgroundColor"
    assert tab.locator(".pad-sheet").evaluate(look) == "rgb(255, 255, 255)"
    inked = tab.locator(".pad-image [role=gridcell]").evaluate_all(
        "(all) => all.map((e) => getComputedStyle(e).backgroundColor)"
    )
    assert len(set(inked)) > 3
    own = "(e) => getComputedStyle(e).forcedColorAdjust"
    for part in (".pad-sheet", ".pad-image", ".pad-why", ".pad-first i"):
        assert tab.locator(part).first.evaluate(own) == "none", part
    bar, behind = tab.locator(".pad-first i"), tab.locator(".pad")
    assert bar.evaluate(look) != behind.evaluate(look)
    moves = "(e) => getComputedStyle(e).transitionDuration"
    assert bar.evaluate(moves) == "0s"


def test_a_pad_that_cannot_start_stays_a_still(open_pad):
    tab = open_pad("broken")
    kept = tab.locator("#b p")
    assert kept.count() == 2
    assert all(one.is_visible() for one in kept.all())
    assert tab.locator(".pad-sheet").count() == 1
