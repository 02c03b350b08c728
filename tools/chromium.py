"""Chromium, and a server that gives it pages: for tests and pictures."""

import contextlib
import functools
import http.server
import os
import shutil
import threading

CHROMIUM = os.environ.get("MININN_CHROMIUM") or next(
    filter(
        None,
        map(shutil.which, ("chromium", "chromium-browser", "google-chrome")),
    ),
    None,
)
# A script that ends when a page is loaded, with the fonts of its formulas.
READY = """async () => {
  await document.fonts.ready;
  await new Promise(done => setTimeout(done, 100));
}"""

# Where a question wants an answer first, the reader looks at once.
UNCOVER = """document.querySelectorAll(".question-cover button")
  .forEach((button) => button.click())"""

# What sticks out of the screen, unless it lies in a box that scrolls. The
# width of the page alone would miss what is cut off.
STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  const hidden = ".katex-mathml, .katex svg, dialog, .visually-hidden, "
    + ".bd-sidebar";
  const scrolls = (e) => e && e !== document.documentElement && (
    (e.scrollWidth > e.clientWidth && ["auto", "scroll"].includes(
      getComputedStyle(e).overflowX)) || scrolls(e.parentElement));
  return [...document.querySelectorAll("article *, footer *")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.right > wide + 1 && box.width > 1 && box.height > 1
      && e.checkVisibility() && !e.closest(hidden) && !scrolls(e);
  }).slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def served(folder, handler=Quiet):
    """Serve a folder to this machine; give the start of its addresses."""
    handler = functools.partial(handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
