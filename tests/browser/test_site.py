"""The built pages, opened in a browser with every outside host blocked.

Needs Chromium and the ``dev`` extra; skipped, with the reason, without them.
Builds the book into a temporary folder, or takes the built site that
``MININN_SITE`` names.
"""

import gzip
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import chapters
import pytest
from chromium import READY, STICKS_OUT, UNCOVER
from places import BOOK

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="the dev extra is not installed: axe-playwright-python",
)
PAGES = chapters.pages()


# Whether a slider, or a list, stands at its last value.
AT_END = """e => Number(e.value) ===
  (e.options ? e.options.length - 1 : Number(e.max))"""


def sliders_of(name):
    """How many sliders each explorer has that a notebook stores."""
    kind = "application/vnd.mininn.explorer+json"
    return [
        len(output["data"][kind]["grids"])
        for cell in chapters.read(name)["cells"]
        for output in cell.get("outputs", [])
        if kind in output.get("data", {})
    ]


EXPLORERS = {
    name: sliders for name in chapters.texts() if (sliders := sliders_of(name))
}
WAYS = [("file", "light", 1280), ("http", "dark", 360)]
# One page of each kind: text, boxes, explorers, tables, exercises, reference.
# The weekly check opens all; each change runs the others, see test_run.
KINDS = {
    "intro",
    "notation",
    "backprop",
    "tuning",
    "digits",
    "errata",
    "exercises/softmax",
    "api",
    "glossary",
    "sheet",
}

# What a page does before it is ready: the colours it is first painted in, and
# how much of what shows has moved.
WATCH = """
window.moved = 0;
document.addEventListener("readystatechange", () => {
  window.begunIn ??= document.documentElement.dataset.theme;
});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.moved += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""

# What scrolls sideways begins at the left, and cuts off what is above and
# below. A base is as high and deep as the signs in it.
CUT_OFF = """() => {
  const cut = (box) => {
    const { left, top, bottom } = box.getBoundingClientRect();
    return [...box.querySelectorAll(".katex-base")]
      .map((base) => base.getBoundingClientRect())
      .some((base) => base.left < left - 1
        || base.top < top || base.bottom > bottom);
  };
  return [...document.querySelectorAll(".katex-display")].filter(cut)
    .map((formula) => formula.innerHTML.slice(0, 200));
}"""

# The words of headings and of the links to the neighbours that lie on two
# lines. A hyphen may end one.
BROKEN_WORDS = """() => {
  const broken = [];
  for (const title of document.querySelectorAll(
    "article :is(h1, h2, h3), .prev-next-title")) {
    if (!title.checkVisibility()) continue;
    const texts = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        if (range.getClientRects().length > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}"""

# What is read, without code, which may be of formulas, and their sources.
PROSE = """(() => {
  const copy = document.querySelector("article").cloneNode(true);
  for (const part of copy.querySelectorAll("pre, code, .katex-mathml"))
    part.remove();
  return copy.textContent;
})()"""

# Pictures load when they come near: ask for each, and see whether it comes,
# in its own proportions.
BROKEN = """async () => {
  const broken = [];
  for (const image of document.images) {
    if (!image.checkVisibility()) continue;
    image.loading = "eager";
    await image.decode().catch(() => broken.push(image.src.slice(-80)));
    const stretched = image.width / image.height
      / (image.naturalWidth / image.naturalHeight);
    if (Math.abs(stretched - 1) > 0.03) broken.push(image.src.slice(-80));
  }
  return broken;
}"""

# From the top of a page to its first picture, in px; 0 where there is none.
FIRST_PICTURE = """() => Math.min(...[...document.querySelectorAll(
  "article :is(figure, .explorer, .glass-box, .drawing-pad)")]
  .map((one) => one.getBoundingClientRect().top + scrollY), 1e9) % 1e9"""

# What axe looks at for long and would see again: the signs of a formula, which
# it leaves out, give way to their box, and words of code that look like four
# that stay to their plain text, as do those whose contrast axe does not judge:
# what is folded away, or is one sign. All is read before a thing is changed.
THIN = """() => {
  const signs = [...document.querySelectorAll(".katex-html")]
    .map((sign) => [sign, sign.getBoundingClientRect()]);
  const seen = {};
  const words = [...document.querySelectorAll(".highlight pre span")]
    .filter((word) => {
      if (word.querySelector("*") || word.id) return false;
      if (!word.checkVisibility() || word.innerText.length < 2) return true;
      const { color, backgroundColor, fontWeight } = getComputedStyle(word);
      const block = getComputedStyle(word.closest(".highlight"));
      const look = [word.className, word.parentElement.className, color,
        backgroundColor, fontWeight, block.backgroundColor].join();
      seen[look] = (seen[look] || 0) + 1;
      return seen[look] > 4;
    });
  for (const [sign, { width, height }] of signs) {
    sign.replaceChildren();
    sign.style.cssText +=
      `;display:inline-block;width:${width}px;height:${height}px`;
  }
  for (const word of words) word.replaceWith(word.textContent);
  for (const code of document.querySelectorAll("pre")) code.normalize();
}"""

# The glyphs of a formula are thousands, and hidden from readers of words; the
# MathML beside them is looked at. Loading style sheets again ("preload") is
# not allowed from file://.
AXE = """async () => (await axe.run({exclude: [".katex-html"]}, {
  resultTypes: ["violations"], preload: false,
})).violations.flatMap((rule) => rule.nodes.map((node) =>
  [rule.impact, rule.id, node.html.slice(0, 160)]))"""


class Visit:
    """One page, open in one mode and width, and what it did meanwhile."""

    def __init__(self, browser, start, page, mode, width):
        self.page, self.mode, self.width = page, mode, width
        self.outside, self.trouble, self.loaded = [], [], set()
        context = browser.new_context(
            color_scheme=mode, viewport={"width": width, "height": 900}
        )
        self.tab = context.new_page()
        self.tab.add_init_script(WATCH)

        def watch(route):
            url = route.request.url
            if url.startswith((start, "data:", "blob:")):
                self.loaded.add(urlsplit(url.removeprefix(start)).path)
                route.continue_()
            else:
                self.outside.append(url)
                route.abort()

        self.tab.route("**/*", watch)
        self.tab.on(
            "console",
            lambda m: (
                self.trouble.append(m.text) if m.type == "error" else None
            ),
        )
        self.tab.on("pageerror", lambda e: self.trouble.append(str(e)))
        self.tab.on(
            "response",
            lambda r: (
                self.trouble.append(f"{r.status} {r.url}")
                if r.status >= 400
                else None
            ),
        )
        self.tab.on("websocket", lambda s: self.outside.append(s.url))
        self.tab.goto(f"{start}/book/{page}.html", wait_until="commit")

    def ready(self):
        """Wait until every formula and every explorer is there."""
        self.tab.wait_for_load_state()
        self.tab.evaluate(READY)
        self.moved = self.tab.evaluate("window.moved")
        return self

    def all(self, script):
        return self.tab.evaluate(script)

    def wear(self, mode, width):
        """Change to a mode and a width; wait until the theme has followed."""
        resized = self.tab.viewport_size["width"] != width
        self.tab.set_viewport_size({"width": width, "height": 900})
        self.tab.emulate_media(color_scheme=mode, reduced_motion="reduce")
        worn = self.tab.locator(f"html[data-theme={mode}]")
        worn.wait_for(state="attached")
        self.tab.wait_for_timeout(400 if resized else 30)


VISITS = [(name, *way) for name in PAGES for way in WAYS]


def pytest_generate_tests(metafunc):
    """Open the pages for each test of a visit, one after the other.

    With several workers, all tests of a page go to one of them.
    """
    if "visit" in metafunc.fixturenames:
        visits = [
            pytest.param(
                way,
                id="-".join(map(str, way)),
                marks=[
                    pytest.mark.xdist_group(way[0]),
                    *[pytest.mark.weekly] * (way[0] not in KINDS),
                ],
            )
            for way in VISITS
        ]
        metafunc.parametrize("visit", visits, indirect=True, scope="module")


@pytest.fixture(scope="module")
def visit(request, browser, address):
    """A page, open in one way, until the next one is due."""
    name, scheme, mode, width = request.param
    opened = Visit(browser, address[scheme], name, mode, width)
    yield opened.ready()
    opened.tab.context.close()


@pytest.mark.xdist_group("kept")
def test_with_several_workers_a_group_is_kept_together(request):
    """Else each page is opened by every worker, and nobody hears of it."""
    name = request.node.nodeid
    assert name.endswith("@kept") == request.config.getoption("loadgroup", 0)


def test_it_asks_no_outside_host(visit):
    assert visit.outside == []


def test_the_console_shows_no_error(visit):
    assert visit.trouble == []


def test_the_first_load_is_light(visit, site):
    """As a server sends it: text gzipped, fonts and pictures as they are."""
    size = 0
    for name in visit.loaded:
        path = site / unquote(name.lstrip("/"))
        if path.is_file():
            packed = path.suffix in (".woff", ".woff2", ".png", ".webp")
            data = path.read_bytes()
            size += len(data if packed else gzip.compress(data, 6))
    assert 50e3 < size < (1200e3 if visit.page in EXPLORERS else 600e3)


def test_every_formula_is_typeset(visit):
    wanted = visit.all("document.querySelectorAll('.math').length")
    done = visit.all("document.querySelectorAll('.math .katex').length")
    assert done == wanted
    text = visit.all(PROSE)
    assert not re.search(r"\\\(|\\\[|\$\$|\\frac|\\begin", text)


def test_no_formula_is_cut_off(visit):
    assert visit.all(CUT_OFF) == []


def test_the_page_stands_still_while_it_loads(visit):
    """Above 0.1, readers are said to be disturbed; on a phone a line that
    breaks elsewhere moves more of what shows."""
    assert visit.moved < (0.05 if visit.width > 360 else 0.2)


def test_it_is_painted_in_the_readers_colours_at_once(visit):
    assert visit.all("window.begunIn") == visit.mode


def test_every_picture_says_what_it_shows(visit):
    alts = visit.all("[...document.querySelectorAll('img')].map(i => i.alt)")
    for alt in alts:
        assert len(alt.strip()) > 5
        assert not re.search(r"\.(png|svg)$|^_|^\S+/\S+$", alt)


def test_no_page_is_wider_than_the_screen(visit):
    for width in (*({360, 768, 1280} - {visit.width}), visit.width):
        visit.tab.set_viewport_size({"width": width, "height": 900})
        visit.tab.wait_for_timeout(50)
        assert visit.all("document.documentElement.scrollWidth") <= width
        assert visit.all(STICKS_OUT) == []
        assert visit.all(BROKEN_WORDS) == []


def test_the_first_picture_stands_within_two_screens(visit):
    """Of a small laptop."""
    visit.tab.set_viewport_size({"width": 1280, "height": 800})
    visit.tab.wait_for_timeout(50)
    assert visit.all(FIRST_PICTURE) <= 2 * 800
    visit.tab.set_viewport_size({"width": visit.width, "height": 900})


def test_every_slider_changes_the_picture(visit):
    visit.tab.evaluate(UNCOVER)
    explorers = visit.tab.locator(".explorer").all()
    sliders = EXPLORERS.get(visit.page, [])
    for explorer, count in zip(explorers, sliders, strict=True):
        handles = explorer.locator("input, select").all()
        assert len(handles) == count
        for handle in handles:

            def shown(explorer=explorer, handle=handle):
                pictures = explorer.locator("img:visible")
                assert pictures.count() == 1
                assert pictures.first.evaluate("i => i.naturalWidth") > 100
                return (
                    pictures.first.get_attribute("src"),
                    explorer.locator("figcaption:visible").inner_text(),
                    handle.get_attribute("aria-valuetext")
                    or handle.input_value(),
                )

            before = shown()
            handle.focus()
            at_end = handle.evaluate(AT_END)
            visit.tab.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
            visit.tab.wait_for_timeout(150)
            after = shown()
            assert all(a != b for a, b in zip(before, after, strict=True))
            assert handle.evaluate("e => e.labels[0].innerText.trim()")


def test_there_is_one_search_button(visit):
    visit.wear(visit.mode, 1280)
    buttons = visit.tab.locator(
        ".search-button:visible, .search-button-field:visible"
    )
    assert buttons.count() == 1


def test_no_picture_is_broken_or_stretched(visit):
    visit.wear(visit.mode, visit.width)
    assert visit.all(BROKEN) == []


def test_axe_finds_nothing(visit):
    """The last of a visit: what is left of the page is thin."""
    visit.wear(visit.mode, visit.width)
    visit.all(THIN)
    visit.all(axe.Axe().axe_script)
    assert visit.all(AXE) == []


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(p, marks=[] if p in KINDS else pytest.mark.weekly)
        for p in EXPLORERS
    ],
    scope="function",
)
def test_without_javascript_pictures_and_tables_are_there(
    browser, address, page
):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address['file']}/book/{page}.html")
    frames = tab.locator(".explorer-frame").all()
    tables = tab.locator("details.explorer-table").all()
    assert len(frames) == len(tables) == len(EXPLORERS[page])
    for frame, table in zip(frames, tables, strict=True):
        assert frame.locator("img").bounding_box()["width"] > 200
        assert len(frame.locator("figcaption").inner_text()) > 5
        assert table.locator("tbody tr").count() > 1
    for part in (".explorer-sliders", ".explorer-play"):
        assert tab.locator(part).locator("visible=true").count() == 0
    context.close()


def test_formulas_are_set_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address['file']}/book/notation.html")
    formulas = tab.locator("article .math .katex-html")
    assert formulas.locator("visible=true").count() > 100
    context.close()


def test_a_formula_is_copied_as_tex(browser, address):
    context = browser.new_context(
        permissions=["clipboard-read", "clipboard-write"]
    )
    tab = context.new_page()
    tab.goto(f"{address['http']}/book/softmax.html")
    tab.evaluate("""() => {
      const formula = document.querySelector("p .math");
      getSelection().selectAllChildren(formula.closest("p"));
      window.tex = formula.querySelector("annotation").textContent;
    }""")
    tab.keyboard.press("Control+C")
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.count(f"${tab.evaluate('window.tex')}$") == 1
    context.close()


def test_on_paper_code_wraps_and_the_sidebars_are_gone(browser, address):
    context = browser.new_context(viewport={"width": 800, "height": 900})
    tab = context.new_page()
    tab.goto(f"{address['file']}/book/{PAGES[1]}.html")
    tab.emulate_media(media="print")
    wraps = tab.locator("div.cell_input pre").first.evaluate(
        "e => getComputedStyle(e).whiteSpace"
    )
    assert wraps == "pre-wrap"
    for part in (".bd-sidebar-primary", ".bd-sidebar-secondary", "button"):
        assert not any(e.is_visible() for e in tab.locator(part).all())
    context.close()


def test_what_opens_for_the_print_is_there_at_once(browser, address):
    """Else it fades in, and its first moment, which is printed, is blank."""
    tab = browser.new_page()
    tab.goto(f"{address['file']}/book/backprop.html")
    tab.emulate_media(media="print")
    running = """() => {
      dispatchEvent(new Event("beforeprint"));
      return document.getAnimations().filter(a => a.animationName).length;
    }"""
    assert tab.evaluate(running) == 0
    assert tab.locator("details:not([open])").count() == 0
    tab.close()


def test_every_page_with_sliders_is_listed_here(site):
    pages = {
        p
        for p in PAGES
        if "data-explorer" in (site / "book" / f"{p}.html").read_text("utf-8")
    }
    assert pages == set(EXPLORERS)


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.ids = [], set()
        self.description = None
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids.add(found.get("id"))
        link = found.get("href") or found.get("src")
        if link and tag in ("a", "img", "link", "script"):
            self.links.append(link)
        if tag == "meta" and found.get("name") == "description":
            self.description = found["content"]


def test_no_link_inside_the_book_is_dead(site):
    pages = {
        p: Page(p)
        for p in site.rglob("*.html")
        if not {"_static", "lite"} & {*p.relative_to(site).parts}
    }
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link == "#":
                continue
            target = path
            if parts.path:
                target = (path.parent / unquote(parts.path)).resolve()
                if "lite" in target.parts and not (site / "lite").exists():
                    continue  # tools/lite.py has not run: the menu says so
                assert target.exists(), f"{path.name}: {link}"
            if parts.fragment and target in pages:
                ids = pages[target].ids
                assert parts.fragment in ids, f"{path.name}: {link}"


@pytest.mark.parametrize("page", PAGES, scope="function")
def test_the_page_describes_itself(site, page):
    description = Page(site / "book" / f"{page}.html").description
    assert description is not None
    assert 40 < len(description) <= 300


@pytest.mark.parametrize("page", PAGES, scope="function")
def test_a_page_that_was_a_notebook_has_the_menu(site, page):
    html = (site / "book" / f"{page}.html").read_text(encoding="utf-8")
    notebook = (BOOK / f"{page}.ipynb").exists()
    assert ("Run in this page" in html) == notebook
    assert ("run.js" in html) == notebook
    if notebook:
        up = "../" * (page.count("/") + 1)
        want = f'"{up}lite/notebooks/index.html?path=book/{page}.ipynb"'
        assert want in html


@pytest.mark.parametrize("page", PAGES, scope="function")
def test_only_scripts_of_the_page_may_run(site, page):
    """That the pages obey is seen in the console, which stays silent."""
    html = (site / "book" / f"{page}.html").read_text(encoding="utf-8")
    found = re.findall(
        r'http-equiv="Content-Security-Policy" content="(.*?)"', html
    )
    assert len(found) == 1
    rules = dict(rule.strip().split(" ", 1) for rule in found[0].split(";"))
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "http" not in found[0]
    assert "'unsafe-eval'" not in rules["script-src"]
    assert rules["object-src"] == rules["base-uri"] == "'none'"


def test_a_stored_output_runs_no_script_of_its_own():
    for name in chapters.texts():
        for cell in chapters.read(name)["cells"]:
            for output in cell.get("outputs", []):
                html = "".join(output.get("data", {}).get("text/html", ""))
                assert not re.search(r"<script|\son\w+=|javascript:", html)
