"""Explorers and hints in the built pages, as a reader uses them.

Needs Chromium and the ``dev`` extra, like ``test_site.py``.
"""

import io
import itertools
import json
import re
import statistics
import sys
from urllib.parse import quote

import chapters
import pytest
from bs4 import BeautifulSoup
from chromium import UNCOVER
from PIL import Image
from places import BOOK

import mininn as mn

pytest.importorskip(
    "playwright", reason="the dev extra is not installed: playwright"
)
SCRIPTS = [
    BOOK / "_static" / f"{name}.js" for name in ("early", "explorers", "hover")
]
# How fast this machine is at this moment: it decodes ten such pictures, in ms.
DECODE = """async ([box]) => {
  const explorer = document.querySelectorAll(".explorer")[box];
  const { src } = explorer.querySelector("img");
  const start = performance.now();
  for (let i = 0; i < 10; i++) {
    const image = new Image();
    image.src = `${src}#${start + i}`;
    await image.decode();
  }
  return performance.now() - start;
}"""
# From a key to the frame that the browser has painted, in ms.
ANSWER = """async ([box, slider]) => {
  const explorer = document.querySelectorAll(".explorer")[box];
  const input = explorer.querySelectorAll("input, select")[slider];
  const image = explorer.querySelector("img");
  const before = image.src, start = performance.now();
  input.value = Number(input.value) + (input.value === input.max ? -1 : 1);
  input.dispatchEvent(new Event("input", {bubbles: true}));
  do await new Promise(requestAnimationFrame);
  while (image.src === before);
  await image.decode();
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""
LETTERS = """() => {
  const range = document.createRange(), lines = [];
  for (const p of document.querySelectorAll("article section > p")) {
    if (p.querySelector(".math") || p.textContent.length < 300) continue;
    const found = {}, walk = document.createTreeWalker(p, 4);
    while (walk.nextNode()) {
      for (let i = 0; i < walk.currentNode.length; i++) {
        range.setStart(walk.currentNode, i);
        range.setEnd(walk.currentNode, i + 1);
        const line = Math.round(range.getBoundingClientRect().bottom / 12);
        found[line] = (found[line] || 0) + 1;
      }
    }
    lines.push(...Object.values(found).slice(0, -1));
  }
  return lines;
}"""


@pytest.fixture(scope="module")
def shared(browser):
    """A tab for pages that ask for nothing but a width."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(browser, shared, address):
    """Open a page; fail at the end when it has complained meanwhile."""
    contexts, trouble, free = [], [], [shared]

    def failed(error):
        trouble.append(str(error))

    def said(message):
        if message.type == "error":
            trouble.append(message.text)

    def opened(where, scheme="file", width=1200, **options):
        size = {"width": width, "height": 900}
        if options or not free:
            context = browser.new_context(viewport=size, **options)
            contexts.append(context)
            tab = context.new_page()
        else:
            tab = free.pop()
            tab.goto("about:blank")  # or a # alone would load nothing
            tab.set_viewport_size(size)
            tab.emulate_media(media="screen")
        tab.on("pageerror", failed)
        tab.on("console", said)
        tab.goto(f"{address[scheme]}/book/{where}")
        tab.evaluate("document.fonts.ready.then(() => null)")
        tab.evaluate(UNCOVER)
        return tab

    yield opened
    for context in contexts:
        context.close()
    if not free:
        shared.remove_listener("pageerror", failed)
        shared.remove_listener("console", said)
    assert trouble == []


def values(tab):
    return tab.locator(".explorer output").all_inner_texts()


def note(tab):
    return tab.locator(".explorer figcaption").inner_text()


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_link_restores_the_sliders_and_shows_the_explorer(visit, scheme):
    tab = visit("softmax.html#third=-2.0&T=20", scheme=scheme)
    assert values(tab) == ["-2", "20"]
    box = tab.locator(".explorer").bounding_box()
    assert 0 <= box["y"] < 300
    # What is shown is the frame of these values, by the table beside it.
    row = tab.locator("details.explorer-table tr").filter(
        has=tab.locator("td:nth-child(1)", has_text=re.compile(r"^-2$"))
    )
    row = row.filter(
        has=tab.locator("td:nth-child(2)", has_text=re.compile(r"^20$"))
    )
    assert row.locator("td").last.text_content() == note(tab)


@pytest.mark.parametrize(
    "asked",
    [
        "third=5.5&T=0.123",
        "fourth=1&lr=0.1",
        "third&T",
        "third=%E0%A4%A&=&&==",
        "2.T=20",
        "predict-then-look",
        quote("T=<img src=x onerror=alert(1)>"),
    ],
)
def test_what_the_address_asks_in_vain_is_ignored(visit, asked):
    assert values(visit(f"softmax.html#{asked}")) == ["4", "1"]


def test_one_bad_value_does_not_stop_the_good_one(visit):
    assert values(visit("softmax.html#third=99&T=4.0")) == ["4", "4"]


def test_turning_writes_the_address_and_leaves_no_history(visit):
    tab = visit("softmax.html")
    before = tab.evaluate("history.length")
    tab.locator(".explorer input").first.focus()
    for _ in range(5):
        tab.keyboard.press("ArrowLeft")
    tab.wait_for_timeout(400)
    assert tab.evaluate("location.hash") == "#third=0.3&T=1"
    assert tab.evaluate("history.length") == before
    again = visit("softmax.html" + tab.evaluate("location.hash"))
    assert (values(again), note(again)) == (values(tab), note(tab))


def test_back_and_forward_turn_the_sliders_too(visit):
    tab = visit("softmax.html")
    for state in ("third=6&T=20", "third=0.3&T=0.1"):
        tab.evaluate(f"location.hash = '{state}'")
        tab.wait_for_timeout(500)
    assert values(tab) == ["0.3", "0.1"]
    for step, wanted in (
        ("back", ["6", "20"]),
        ("back", ["4", "1"]),
        ("forward", ["6", "20"]),
    ):
        tab.evaluate(f"history.{step}()")
        tab.wait_for_timeout(500)
        assert values(tab) == wanted


def test_explorers_of_one_page_have_keys_of_their_own(visit):
    tab = visit("tuning.html#epochs=30&2.layers=2&5.lr=0.003&5.g=sigmoid")
    assert values(tab) == [
        *("30", "2", "4", "tanh"),
        *("0.003", "300", "2", "8", "sigmoid"),
    ]
    tab.locator(".explorer input").nth(1).focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_timeout(400)
    assert tab.evaluate("location.hash") == (
        "#epochs=30&2.layers=2&3.units=6"
        "&5.lr=0.003&5.epochs=300&5.layers=2&5.units=8&5.g=sigmoid"
    )


def test_play_shows_each_value_in_turn_and_stops_at_the_end(visit):
    tab = visit("digits.html")
    button = tab.get_by_role("button", name="Play epoch")
    assert button.count() == 1
    slider = tab.locator(".explorer output").last
    button.focus()
    tab.keyboard.press("Enter")  # it stands at the end: from the start
    pause = tab.get_by_role("button", name="Pause")
    assert pause.count() == 1
    seen = []
    for _ in range(99):
        if not pause.count():
            break
        seen += [v for v in [slider.inner_text()] if [v] != seen[-1:]]
        tab.wait_for_timeout(100)
    assert seen[:4] == ["0", "1", "2", "3"]
    assert slider.inner_text() == "30"
    tab.wait_for_timeout(1200)
    assert slider.inner_text() == "30"
    assert tab.evaluate("location.hash") == "#2.epoch=30"


def test_a_hand_on_the_slider_stops_the_film(visit):
    tab = visit("digits.html")
    tab.get_by_role("button", name="Play epoch").click()
    tab.wait_for_timeout(1200)
    tab.locator(".explorer input").last.focus()
    tab.keyboard.press("Home")
    tab.wait_for_timeout(1300)
    assert values(tab)[-1] == "0"
    assert tab.get_by_role("button", name="Play epoch").count() == 1


def test_who_wants_less_motion_goes_on_by_hand(visit):
    tab = visit("digits.html", reduced_motion="reduce")
    button = tab.get_by_role("button", name="Step through epoch")
    button.click()
    tab.wait_for_timeout(1300)
    assert values(tab)[-1] == "0"
    button.click()
    tab.wait_for_timeout(200)
    assert values(tab)[-1] == "1"


def test_only_an_explorer_over_time_is_played(visit):
    assert visit("softmax.html").locator(".explorer-play").count() == 0


def test_a_slider_says_its_name_its_value_and_then_the_note(visit):
    tab = visit("descent.html")
    said = tab.locator(".explorer > [aria-live=polite]")
    assert said.text_content() == ""  # nothing is read out unasked
    handle = tab.get_by_role("slider", name="learning rate α")
    handle.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_timeout(600)
    assert handle.get_attribute("aria-valuetext") == "learning rate α 0.125"
    assert said.text_content() == note(tab) != ""


def test_a_link_with_state_is_no_news(visit):
    """A film says its note once, when it stands."""
    tab = visit("digits.html")
    tab.get_by_role("button", name="Play epoch").click()
    tab.wait_for_timeout(1500)
    said = tab.locator(".explorer > [aria-live=polite]").last
    assert said.text_content() == ""
    tab.get_by_role("button", name="Pause").click()
    tab.wait_for_timeout(500)
    shown = tab.locator(".explorer figcaption").last.inner_text()
    assert said.text_content() == shown


@pytest.mark.parametrize(("touch", "least"), [(False, 24), (True, 44)])
def test_a_handle_is_large_enough_to_hit(visit, touch, least):
    tab = visit("optimisers.html", width=360, has_touch=touch, is_mobile=touch)
    areas = tab.locator(".explorer :is(input, select)").all()
    assert len(areas) == 2
    tops = []
    for area in areas:
        box = area.bounding_box()
        assert min(box["width"], box["height"]) >= least
        tops.append(box["y"])
    assert min(b - a for a, b in itertools.pairwise(tops)) >= least
    button = tab.locator(".explorer-play").bounding_box()
    assert button["height"] >= least


# The choices of each list that is narrower than the longest of them.
CUT = """() => [...document.querySelectorAll(".explorer select")].filter(e => {
  const { width } = e.getBoundingClientRect();
  e.style.cssText = "width: max-content; min-width: 0; max-width: none";
  const needed = e.getBoundingClientRect().width;
  e.style.cssText = "";
  return needed > width;
}).map(e => e.innerText)"""


def test_the_title_of_a_solution_looks_like_that_of_its_exercise(visit):
    tab = visit("forward.html")
    faces = tab.evaluate(
        "[...document.querySelectorAll('.exercise > p, .solution > p')]"
        ".map(e => getComputedStyle(e).fontFamily)"
    )
    assert len(faces) == 6
    assert len(set(faces)) == 1
    link = tab.locator(".solution > p > a").first
    assert link.text_content() == "Exercise 6.1"


@pytest.mark.parametrize("width", [360, 1280])
def test_the_link_to_a_source_stands_above_what_is_said(visit, width):
    tab = visit("api.html", width=width)
    below = tab.evaluate(
        "[...document.querySelectorAll('dt:has(.viewcode-link)')].filter(dt =>"
        " dt.querySelector('.viewcode-link').getBoundingClientRect().bottom"
        " > dt.nextElementSibling.getBoundingClientRect().top + 1)"
        ".map(dt => dt.innerText)"
    )
    assert below == []


@pytest.mark.parametrize("width", [360, 1280])
def test_a_list_shows_its_longest_choice(visit, width):
    tab = visit("shapes.html", width=width)
    tab.evaluate(UNCOVER)
    assert tab.locator(".explorer select").count() == 3
    assert tab.evaluate(CUT) == []


@pytest.mark.parametrize(
    ("page", "box", "slider"), [("optimisers", 0, 1), ("tuning", 4, 0)]
)
def test_a_slider_answers_within_100_ms(visit, page, box, slider):
    """On a slow or busy machine, one that needs more than 25 ms to decode ten
    such pictures, it may take longer in proportion."""
    tab = visit(f"{page}.html")
    times, paces = [], []
    for _ in range(5):
        times.append(tab.evaluate(ANSWER, [box, slider]))
        paces.append(tab.evaluate(DECODE, [box]))
    print(f"{page}: {times}; ten pictures: {paces}")
    assert statistics.median(times) < max(100, 4 * statistics.median(paces))


def test_pictures_are_chalk_in_the_dark_and_frames_dense(visit):
    tab = visit("optimisers.html", color_scheme="dark")
    for picture in tab.locator("article img").all():
        look = picture.evaluate(
            "e => { const s = getComputedStyle(e);"
            "return [s.filter, s.mixBlendMode, s.opacity] }"
        )
        assert look == ["invert(1) hue-rotate(180deg)", "screen", "1"]
    dense = tab.locator(".explorer img").evaluate(
        "e => e.naturalWidth / e.getBoundingClientRect().width"
    )
    assert dense > 1.45


@pytest.mark.parametrize("page", ["digits", "images"])
def test_an_image_stays_as_it_is_in_the_dark(visit, page):
    """White and black mean something: in an explorer as in a figure."""
    tab = visit(f"{page}.html", color_scheme="dark")
    looks = "all => all.map(e => getComputedStyle(e).filter)"
    figures = tab.locator("figure img.as-printed").evaluate_all(looks)
    explorer = tab.locator(".explorer img").first.evaluate_all(looks)
    assert {*figures, *explorer} == {"brightness(0.85)"}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_ground_of_a_picture_is_the_box_around_it(visit, mode):
    tab = visit("optimisers.html", color_scheme=mode)
    tab.evaluate(UNCOVER)
    image = tab.locator(".explorer img")
    image.scroll_into_view_if_needed()
    image.evaluate("e => e.decode()")
    box, frame = image.bounding_box(), tab.locator(".explorer").bounding_box()
    shot = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
    inner = shot.getpixel((int(box["x"]) + 3, int(box["y"]) + 3))
    outer = shot.getpixel((int(frame["x"]) + 6, int(box["y"]) + 3))
    assert inner == pytest.approx(outer, abs=1)


def test_on_paper_an_explorer_is_a_picture_with_its_values(visit):
    tab = visit("optimisers.html")
    tab.emulate_media(media="print")
    assert tab.locator(".explorer img:visible").count() == 1
    assert tab.locator(".explorer output:visible").count() == 2
    controls = ".explorer :is(input, select)"
    for part in (controls, ".explorer-play", ".explorer-table"):
        assert tab.locator(part).locator("visible=true").count() == 0


CARD = "#hover-card"


def test_a_symbol_tells_its_shape_and_meaning(visit):
    tab = visit("deep.html")
    card = tab.locator(CARD)
    symbol = tab.locator("article p [data-hover^='dW[l]']").first
    assert not card.is_visible()
    symbol.hover()
    card.wait_for()
    assert card.locator("p").all_inner_texts() == [
        "dW[l] has shape (n[l], n[l - 1])",
        "Slope of the cost J along each weight of layer l.",
    ]
    card.hover()  # the pointer may go there
    tab.wait_for_timeout(400)
    assert card.is_visible()
    tab.keyboard.press("Escape")
    assert not card.is_visible()


LIT = """() => [...document.querySelectorAll(".lit")].map(e => [
  e.closest("pre") ? "code" : e.closest("div.math") ? "equation" : "text",
  e.dataset.symbol || e.dataset.hover.split("|")[0]])"""


def test_an_array_lights_up_in_text_equations_and_code(visit):
    tab = visit("deep.html")
    for kind in ("pre [data-hover^='W[l]|']:visible", "[data-symbol='W[l]']"):
        tab.locator(f"article {kind}").first.hover()
        tab.locator(".lit").first.wait_for()
        tab.wait_for_timeout(200)
        places, names = zip(*tab.evaluate(LIT), strict=True)
        assert set(names) == {"W[l]"}
        assert {"code", "equation"} <= set(places)
        tab.locator("article h1:visible").first.hover()
        tab.wait_for_timeout(400)
        assert tab.evaluate(LIT) == []


def test_an_array_lights_up_in_the_drawing_and_is_lit_by_it(visit):
    tab = visit("layers.html")
    lit = ".glass-item.lit"
    tab.locator("[data-symbol='W[2]'], [data-hover^='W[2]|']").locator(
        "visible=true"
    ).first.hover()
    tab.locator(lit).first.wait_for()
    ids = "items => items.map(item => item.dataset.id)"
    assert tab.eval_on_selector_all(lit, ids) == [
        f"weight 2 0 {k}" for k in range(3)
    ]
    tab.locator("[data-id='weight 1 0 1']").focus()
    tab.keyboard.press("ArrowDown")
    name = tab.evaluate("""async () => {
      const { id } = document.activeElement.dataset;
      return id.split(" ").slice(0, 2).join(" ");
    }""")
    array = {"weight 1": "W[1]", "bias 1": "b[1]", "unit 0": "X"}[name]
    assert {name for _, name in tab.evaluate(LIT)} == {array}
    assert tab.locator(lit).count() == 0
    tab.keyboard.press("Escape")
    assert tab.locator(".lit").count() == 0


def test_a_symbol_answers_the_keyboard(visit):
    tab = visit("rings.html")
    card = tab.locator(CARD)
    tab.locator("article code[data-hover]").first.focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    assert card.is_visible()
    told = tab.evaluate(
        "document.activeElement.getAttribute('aria-describedby')"
    )
    assert told == "hover-card"
    assert card.get_attribute("role") == "tooltip"
    tab.keyboard.press("Escape")
    assert not card.is_visible()
    assert tab.locator("[aria-describedby=hover-card]").count() == 0


def test_a_symbol_answers_a_tap_and_the_card_fits_a_phone(visit):
    tab = visit("deep.html", width=360, has_touch=True, is_mobile=True)
    card = tab.locator(CARD)
    for symbol in tab.locator("article p [data-hover]").all()[:6]:
        symbol.tap()
        card.wait_for()
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    tab.locator("article h1:visible").first.tap()
    assert not card.is_visible()


def test_a_number_shows_its_equation_from_here_and_from_elsewhere(visit):
    tab = visit("deep.html")
    card = tab.locator(CARD)
    here = tab.locator("article p a[href^='#equation-']").first
    there = tab.locator("article p a[href*='.html#equation-']").first
    for link in (here, there):
        link.hover()
        card.wait_for()
        assert card.locator(".katex-display").count() == 1
        assert card.locator("[tabindex]").count() == 0
        tab.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_word_shows_the_first_sentence_of_its_entry(visit, scheme):
    tab = visit("deep.html", scheme=scheme)
    link = tab.locator("article p a[href$='#term-forward-pass']").first
    link.hover()
    card = tab.locator(CARD)
    card.wait_for()
    assert card.inner_text().startswith("前向传播. Computing")
    assert card.locator(".katex").count() >= 2


@pytest.fixture(scope="module")
def hints(site):
    """The names of the hints of each page."""
    return {
        path.stem: re.findall(r'data-hover="([^"]*)"', path.read_text("utf-8"))
        for path in (site / "book").rglob("*.html")
    }


def test_the_hints_have_the_shapes_of_the_table(hints):
    n, m = [2, 4, 3, 1], 5
    table = {row.symbol: row.shape for row in mn.shape_table(n, m)}
    table["b[l]"] = "(n[l], 1)"
    checked = set()
    for found in hints.values():
        for name, shape, meaning in (h.split("|") for h in found):
            assert shape
            assert meaning
            if name in table:
                checked.add(name)
                assert shape == table[name]
    assert {"W[2]", "b[l]", "Z[2]", "A[1]", "dW[1]", "dZ[2]"} <= checked


def test_a_letter_alone_is_explained_only_where_it_is_ours(hints):
    assert "X" in {h.split("|")[0] for h in hints["layers"]}
    for page in ("rosetta", "errata", "beyond"):
        assert all("[" in h.split("|")[0] for h in hints[page])


def test_only_what_is_a_symbol_is_marked():
    sys.path.insert(0, str(BOOK / "_ext"))
    try:
        from mininn_pages import page, symbols
    finally:
        sys.path.pop(0)

    def hint(tex, name="book/deep"):
        span = '<span class="math notranslate nohighlight">'
        html = rf"<article>{span}\({tex}\)</span></article>"
        one = page.Page(html, name)
        symbols.mark_formulas(one)
        found = re.search(r'data-hover="(.*?)\|(.*?)\|', one.written())
        return found and found.groups()

    assert hint("W^{[l]}") == ("W[l]", "(n[l], n[l - 1])")
    assert hint("A^{[l-1]}") == ("A[l - 1]", "(n[l - 1], m)")
    assert hint("W^{[L - 1]}") == ("W[L - 1]", "(n[L - 1], n[L - 2])")
    assert hint("dW^{[l+1]}") == ("dW[l + 1]", "(n[l + 1], n[l])")
    assert hint(r"d\mathbf{b}^{[3]}") == ("db[3]", "(n[3], 1)")
    assert hint("A^{[0]}") == ("A[0]", "(n[0], m)")
    assert hint("dX") == hint("W^{[0]}") == hint("W^{[l]} A") is None
    assert hint("X") == ("X", "(n[0], m)")
    assert hint("X", "book/rosetta") is None


def test_the_glossary_holds_the_index_of_symbols(site):
    page = (site / "book" / "glossary.html").read_text("utf-8")
    index = page[page.index('id="symbols"') :].partition("</table>")[0]
    text = re.sub("<[^>]*>", "", index)
    for name in ("W[l]", "b[l]", "Z[l]", "A[l]", "dW[l]", "dZ[l]", "lr"):
        assert name in text
    assert text.count("(n[l], n[l - 1])") == 2  # W and dW


def test_the_data_of_the_hints_are_whole(site):
    text = (site / "_static" / "hover-data.js").read_text("utf-8")
    data = json.loads(text.partition("=")[2].rstrip(";\n"))
    ids = set()
    for path in (site / "book").rglob("*.html"):
        ids |= set(re.findall(r'id="([^"]+)"', path.read_text("utf-8")))
    assert set(data["equations"]) | set(data["words"]) <= ids
    wanted = {i for i in ids if i.startswith(("equation-", "term-"))}
    assert wanted == set(data["equations"]) | set(data["words"])
    for sentence in data["words"].values():
        assert sentence.endswith(".")
        seen = BeautifulSoup(sentence, "html.parser")
        for formula in seen.select(".katex-mathml"):
            formula.decompose()
        assert len(seen.get_text()) < 300


def test_79_characters_of_code_need_no_scrolling(visit):
    tab = visit("rings.html")
    assert tab.locator("div.cell > .cell_input pre").first.evaluate(
        "e => { const s = document.createElement('span');"
        "s.textContent = 'x'.repeat(79); e.append(s);"
        "const fits = e.scrollWidth <= e.clientWidth; s.remove();"
        "return fits }"
    )


@pytest.mark.parametrize("width", [1200, 1600])
def test_a_line_of_text_holds_60_to_75_letters(visit, width):
    lines = visit("rings.html", width=width).evaluate(LETTERS)
    assert len(lines) > 5
    assert 60 <= sum(lines) / len(lines) <= 75


def test_code_is_copied_and_neighbours_are_named(visit):
    tab = visit("deep.html")
    cells = tab.locator("div.cell_input").count()
    assert tab.locator("div.cell_input .copybtn").count() == cells
    names = " ".join(tab.locator(".prev-next-area").inner_text().split())
    before, _, after = (
        "".join(chapters.read(name)["cells"][0]["source"]).splitlines()[0]
        for name in ("backprop", "deep", "checking")
    )
    assert re.sub(r"\d+\. ", "", names) == (
        f"Previous {before[2:]} Next {after[2:]}"
    )
    headings = tab.locator("article :is(h2, h3)").count()
    assert (
        tab.locator("article :is(h2, h3) > a.headerlink").count() == headings
    )


@pytest.mark.parametrize("scheme", ["file", "http"])
@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("descent.html#adam", "optimisers.html#adam-both-and-a-correction"),
        ("layers.html#equation-eq-layers-reuse", "further/products.html#e"),
    ],
)
def test_an_address_that_moved_is_followed(
    browser, address, scheme, before, now
):
    tab = browser.new_page()
    tab.goto(f"{address[scheme]}/book/{before}")
    tab.wait_for_url(f"**/book/{now}**", timeout=10_000)
    assert tab.locator("article h1").count() == 1
    tab.close()


def test_the_scripts_are_small_and_need_no_library():
    assert sum(path.stat().st_size for path in SCRIPTS) < 15_000
    for path in SCRIPTS:
        assert not re.search(
            r"import |require\(|https?:", path.read_text("utf-8")
        )
