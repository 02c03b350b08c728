"""Lighthouse's four scores for every page, as a desktop loads it.

It takes ten seconds a page, so it runs only when asked: set
``MININN_LIGHTHOUSE`` to the program, from ``npm install lighthouse@12``.
"""

import gzip
import json
import os
import subprocess
from pathlib import Path

import chapters
import pytest
from chromium import CHROMIUM, Quiet, served

PROGRAM = os.environ.get("MININN_LIGHTHOUSE")
PAGES = chapters.pages()
LEAST = {
    "performance": 95,
    "accessibility": 100,
    "best-practices": 100,
    "seo": 100,
}
TRIES = 3  # the machine is seldom alone; a page that is slow is slow thrice

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="not run: MININN_LIGHTHOUSE names no program"
)


class Packed(Quiet):
    """Sends text gzipped and lets it be kept, as servers of pages do."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        self.send_response(200)
        if path.suffix in (".html", ".css", ".js", ".json", ".svg"):
            data = gzip.compress(data, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=31536000")
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(scope="module")
def packed(site):
    with served(site, Packed) as start:
        yield start


def scores(url):
    """Return the score of each category, and what kept it below 100."""
    done = subprocess.run(
        [
            PROGRAM,
            url,
            "--preset=desktop",
            "--output=json",
            "--quiet",
            "--chrome-flags=--headless=new --no-sandbox",
            f"--only-categories={','.join(LEAST)}",
        ],
        env={**os.environ, "CHROME_PATH": CHROMIUM or ""},
        capture_output=True,
        check=True,
    )
    report = json.loads(done.stdout)
    return (
        {
            name: round(100 * part["score"])
            for name, part in report["categories"].items()
        },
        [
            audit["id"]
            for audit in report["audits"].values()
            if audit["score"] == 0
        ],
    )


@pytest.mark.parametrize("page", PAGES)
def test_lighthouse_is_content(packed, page):
    for _ in range(TRIES):
        found, wrong = scores(f"{packed}/book/{page}.html")
        if all(found[name] >= least for name, least in LEAST.items()):
            break
    print(page, *found.values())
    assert {n: s for n, s in found.items() if s < LEAST[n]} == {}, wrong
