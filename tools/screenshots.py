"""Take a picture of every built page, for people to look at.

``python tools/screenshots.py [FOLDER] [PAGE ...]`` opens the pages of
``_build/html`` (or of what ``MININN_SITE`` names) in Chromium and writes
``FOLDER/PAGE-WIDTH-MODE.png``: at four widths, light and dark.
"""

import os
import sys
import time
from pathlib import Path

import chapters
from chromium import CHROMIUM, READY
from places import ROOT

SITE = Path(os.environ.get("MININN_SITE", ROOT / "_build" / "html")).resolve()
WIDTHS = {1920: 1080, 1280: 900, 768: 1024, 360: 740}
TALLEST = 16000  # Chromium draws no taller picture
# Pictures load when they come near: a script that ends when all are there.
ALL_PICTURES = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images]
    .filter((image) => image.checkVisibility())
    .map((image) => image.decode()));
}"""


def shoot(browser, folder, pages):
    """Write eight pictures of each page; yield the name of each."""
    for mode in ("light", "dark"):
        for width, height in WIDTHS.items():
            tab = browser.new_page(
                color_scheme=mode,
                viewport={"width": width, "height": height},
                reduced_motion="reduce",
            )
            for page in pages:
                tab.goto((SITE / "book" / f"{page}.html").as_uri())
                tab.evaluate(READY)
                tab.evaluate(ALL_PICTURES)
                tall = tab.evaluate("document.documentElement.scrollHeight")
                for part, top in enumerate(range(0, tall, TALLEST)):
                    name = f"{page}-{width}-{mode}"
                    name += f"-{part + 1}" if part else ""
                    tab.screenshot(
                        path=folder / f"{name}.png",
                        full_page=True,
                        clip={
                            "x": 0,
                            "y": top,
                            "width": width,
                            "height": min(TALLEST, tall - top),
                        },
                    )
                    yield name
            tab.close()


def main(arguments):
    from playwright.sync_api import sync_playwright

    folder = Path(arguments[0] if arguments else ROOT / "_build" / "shots")
    pages = arguments[1:] or chapters.pages()
    if unknown := set(pages) - set(chapters.pages()):
        sys.exit(f"No such page: {', '.join(sorted(unknown))}.")
    if not (SITE / "book").is_dir():
        sys.exit("There are no built pages: run jupyter-book build . first.")
    if CHROMIUM is None:
        sys.exit("Chromium is not installed, or set MININN_CHROMIUM.")
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking"],
        )
        names = list(shoot(browser, folder, pages))
        browser.close()
    seconds = time.perf_counter() - begin
    print(f"{len(names)} pictures in {folder}, {seconds:.0f} seconds")


if __name__ == "__main__":
    main(sys.argv[1:])
