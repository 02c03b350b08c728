"""The search page as Chromium runs it: what comes first, and what it shows."""

import gzip
from urllib.parse import quote

import chapters
import pytest
from queries import QUERIES

HITS = "#search-results li"


@pytest.fixture(scope="module", params=["file", "http"])
def tab(request, browser, address):
    """The search page; it holds what went wrong and what was loaded."""
    page = browser.new_page(viewport={"width": 360, "height": 900})
    page.start = f"{address[request.param]}/search.html"
    page.trouble, page.asked = [], []
    page.on("pageerror", lambda e: page.trouble.append(str(e)))
    page.on(
        "console",
        lambda m: page.trouble.append(m.text) if m.type == "error" else None,
    )
    page.on("request", lambda r: page.asked.append(r.url))
    yield page
    page.close()


def test_the_page_about_the_words_comes_first(tab):
    tab.goto(tab.start)
    field = tab.locator(".bd-search-container input[name=q]")
    wrong = {}
    for query, page in QUERIES.items():
        field.fill(query)
        first = tab.locator(f"{HITS} a").first.get_attribute("href")
        if first != f"book/{page}.html":
            wrong[query] = first
    assert wrong == {}
    assert tab.trouble == []


def test_an_address_asks_and_shows_a_section_with_plain_words(tab):
    tab.goto(f"{tab.start}?q={quote('softmax overflow')}")
    first = tab.locator(HITS).first
    assert first.locator(".search-section").inner_text() == (
        "Overflow, and the shift that prevents it"
    )
    assert first.locator("mark").count() >= 2
    texts = tab.locator(f"{HITS} p").all_inner_texts()
    assert len(texts) == 12
    assert not any("\\" in text or "$" in text for text in texts)
    tab.get_by_role("button", name="Show all").click()
    assert tab.locator(HITS).count() > 12
    first.locator(".search-section").click()
    tab.wait_for_load_state()
    assert tab.url.endswith(
        "book/softmax.html#overflow-and-the-shift-that-prevents-it"
    )
    assert tab.locator(".highlighted").count() == 0
    assert tab.trouble == []


def test_what_is_typed_stands_in_the_address_and_is_told(tab):
    tab.goto(tab.start)
    field = tab.locator(".bd-search-container input[name=q]")
    field.fill("chain rule")
    assert tab.url.endswith("?q=chain+rule")
    assert tab.get_by_role("status").inner_text().startswith("")
    field.press("Enter")
    assert tab.locator(HITS).count() > 1
    field.fill("zzqqy")
    status = tab.get_by_role("status").inner_text()
    assert status == "No page has these words. Try others, or one of them."
    assert tab.locator(HITS).count() == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_a_reader_of_a_chapter_finds_the_search(tab, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(tab.start.replace("search.html", "book/softmax.html"))
    tab.locator(".search-button:visible, .search-button-field:visible").click()
    tab.keyboard.type("momentum")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(HITS)
    assert "search.html?q=momentum" in tab.url
    first = tab.locator(f"{HITS} a").first.get_attribute("href")
    assert first == "book/optimisers.html"


def test_the_search_is_light_and_loaded_by_its_page_alone(site):
    ours = ["minisearch.js", "search.js", "search-index.js"]
    size = {
        name: len(gzip.compress((site / "_static" / name).read_bytes()))
        for name in ours
    }
    index = size.pop("search-index.js")
    assert sum(size.values()) < 12_000, size
    assert index < 1.7 * len(chapters.pages()) * 1000  # it grows with the book
    for page in [*site.rglob("book/**/*.html"), site / "genindex.html"]:
        html = page.read_text(encoding="utf-8")
        assert not any(f"_static/{name}" in html for name in ours), page
        assert "searchindex.js" not in html
