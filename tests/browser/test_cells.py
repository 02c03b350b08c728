"""What is typed or pasted into a cell of a page is what Python is sent.

Engines break the lines of editable text each in its own way, so the same
tests run in Chromium and in WebKit, Safari's engine. No Python is loaded: the
page sends its code to a worker that only keeps it.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from chromium import Quiet, served

PAGE = "book/exercises/softmax.html"  # a small one
START = """
window.sent = [];
window.Worker = class {
  postMessage(message) { window.sent.push(message); }
  terminate() {}
};
document.querySelector(".dropdown-launch-buttons")
  .dispatchEvent(new Event("run"));
"""
RESTART = "document.querySelector('.run-bar button:nth-of-type(3)')"
CELL = "document.querySelector('pre[contenteditable]')"
KEYS = {  # as WebDriver writes them
    "Control+Enter": "\ue009\ue007",
    "Enter": "\ue007",
    "Home": "\ue011",
    "ArrowUp": "\ue013",
}

pytestmark = [
    pytest.mark.xdist_group("cells"),
    # selenium warns of what it does itself.
    pytest.mark.filterwarnings("ignore:setting remote_server_addr"),
]


class WithPython(Quiet):
    """Serves a site that says it has Python."""

    def do_GET(self):
        if not self.path.endswith("/run.json"):
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


class Cell:
    """The first cell of a page that can be run."""

    def __init__(self, address):
        self.go(address)
        self.do(START)
        self.wait(f"return {CELL}")
        self.do(f"{CELL}.closest('details').open = true")  # imports only
        self.printed = self.do(f"return {CELL}.innerHTML")

    def fill(self, html):
        """Put code there, and select it."""
        self.do(f"{CELL}.innerHTML = {html!r}; {CELL}.focus()")
        self.do(f"getSelection().selectAllChildren({CELL})")

    def type(self, text):
        for key in text:
            self.press("Enter" if key == "\n" else key)

    def code(self):
        """Run the cell; return what Python is sent."""
        self.press("Control+Enter")
        self.wait("return sent.some((message) => message.place)")
        sent = self.do("return sent.find((message) => message.place).code")
        self.do(f"sent = []; {RESTART}.click()")
        return sent


class InChromium(Cell):
    def __init__(self, tab, address):
        self.tab, self.go = tab, tab.goto
        self.press = tab.keyboard.press
        super().__init__(address)

    def do(self, script):
        return self.tab.evaluate(f"() => {{ {script} }}")

    def wait(self, script):
        self.tab.wait_for_function(f"() => {{ {script} }}")


class InWebKit(Cell):
    def __init__(self, driver, address):
        self.driver, self.go = driver, driver.get
        self.do = driver.execute_script
        super().__init__(address)

    def press(self, key):
        from selenium.webdriver import ActionChains

        keys = ActionChains(self.driver)
        for one in KEYS.get(key, key):
            keys.key_down(one)
        for one in reversed(KEYS.get(key, key)):
            keys.key_up(one)
        keys.perform()

    def wait(self, script):
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 20).until(lambda _: self.do(script))


@contextlib.contextmanager
def screen():
    """Give the number of a screen that nobody sees."""
    told, tell = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(tell), "-nolisten", "tcp"],
        pass_fds=[tell],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(tell)
        try:
            with open(told, encoding="ascii") as number:
                yield f":{number.readline().strip()}"
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def webkit():
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
    there = {
        "webkit2gtk-driver": browser and shutil.which("WebKitWebDriver"),
        "xvfb": shutil.which("Xvfb"),
        "selenium, of the dev extra": importlib.util.find_spec("selenium"),
    }
    if not all(there.values()):
        needs = "; ".join(name for name in there if not there[name])
        pytest.skip(f"not run in WebKit, which needs {needs}")
    from selenium import webdriver

    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    with screen() as display:
        service = webdriver.WebKitGTKService(
            there["webkit2gtk-driver"],
            env={**os.environ, "DISPLAY": display},
        )
        driver = webdriver.WebKitGTK(options, service)
        yield driver
        driver.quit()


@pytest.fixture(
    scope="module", params=["browser", "webkit"], ids=["Chromium", "WebKit"]
)
def page(request):
    engine = request.getfixturevalue(request.param)
    with served(request.getfixturevalue("site"), WithPython) as start:
        address = f"{start}/{PAGE}"
        if request.param == "webkit":
            yield InWebKit(engine, address)
        else:
            with contextlib.closing(engine.new_page()) as tab:
                yield InChromium(tab, address)


@pytest.fixture
def cell(page):
    """A cell with the code that is printed, all of it selected."""
    page.fill(page.printed)
    return page


def test_enter_breaks_the_line_and_keeps_the_indentation(cell):
    cell.type("if a:\nb = 1\nc = 2\n\nd")
    want = "if a:\n    b = 1\n    c = 2\n    \n    d"
    assert cell.code() == want


def test_enter_breaks_a_line_in_its_middle(cell):
    cell.type("a\nb")
    for key in ("Home", "Enter", "ArrowUp", "c"):
        cell.press(key)
    assert cell.code() == "a\nc\nb"


def test_enter_can_be_undone(cell):
    before = cell.do(f"return {CELL}.textContent")
    cell.type("a\n\nb")
    undo = f"document.execCommand('undo'); return {CELL}.textContent"
    assert any(cell.do(undo) == before for _ in range(9))


def test_several_lines_can_be_inserted_at_once(cell):
    lines = "if a:\n    b\n\nc"
    cell.do(f"document.execCommand('insertText', false, {lines!r})")
    assert cell.code() == lines


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<div>b</div><div><br></div><div>c</div>", "a\nb\n\nc"),
        ("<div>a<div>b</div></div>c", "a\nb\nc"),
        ("<p>a</p><p>  <b>b</b> c</p>", "a\n  b c"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<!-- d --><ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\nb"),
        ("<pre>a\n</pre><h2>b</h2>c\n", "a\nb\nc\n"),
        ("<div></div>a", "a"),
    ],
)
def test_what_was_pasted_is_read_as_it_is_shown(cell, html, text):
    cell.fill(html)
    assert cell.code() == text
