"""A chapter in JupyterLab, as Binder serves it, but for the container.

``MININN_BINDER`` names the Python that makes the environment, 3.12 as
``.binder/runtime.txt`` says. The environment holds what repo2docker's image
does: JupyterLab, and ``.binder/requirements.txt``. It takes 550 MB and a few
minutes.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import fresh
import pytest

# repo2docker 2026.4.0, environment.py-3.12.yml
BASE = ["jupyterlab==4.*", "notebook==7.*"]
CHAPTER = "book/shapes.ipynb"
# JupyterLab draws only the cells in sight, unless it is told otherwise.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
}


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The project and an environment, made as the image is."""
    python = os.environ.get("MININN_BINDER")
    if python is None:
        pytest.skip(
            "MININN_BINDER names no Python: this would make an environment"
        )
    if shutil.which(python) is None:
        pytest.skip(f"not run: {python} (MININN_BINDER) is not installed")
    home = tmp_path_factory.mktemp("binder") / "home"
    fresh.copy(home)
    asked = (home / ".binder" / "runtime.txt").read_text("utf-8").strip()
    said = subprocess.run(
        [python, "--version"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    assert said.lower().replace(" ", "-").startswith(asked), (
        f"{asked} is asked for, MININN_BINDER is {said}"
    )
    python = fresh.environment(home.with_name("environment"), python)
    pip = [python, "-m", "pip", "install", "-q", "--no-cache-dir"]
    for what in (BASE, ["-r", ".binder/requirements.txt"]):
        subprocess.run([*pip, *what], cwd=home, check=True)
    return home, python


@pytest.fixture(scope="module")
def lab(image):
    """The address of a running JupyterLab, and its token."""
    home, python = image
    settings = python.parents[1] / "share" / "jupyter" / "lab" / "settings"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "overrides.json").write_text(json.dumps(SETTINGS), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    server = subprocess.Popen(
        [
            python.with_name("jupyter"),
            "lab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            "--ServerApp.port_retries=0",
        ],
        cwd=home,
        env=fresh.clean() | {"HOME": str(home.parent), "JUPYTER_TOKEN": token},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait(server, f"{address}/api/status?token={token}")
        yield address, token
    finally:
        server.terminate()
        server.wait(20)


def wait(server, url, seconds=60):
    """Return when the server answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise TimeoutError(f"no server at {url.partition('?')[0]}")


@pytest.fixture(scope="module")
def page(lab, browser):
    """The chapter in JupyterLab, run from its first cell to its last."""
    address, token = lab
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(f"{address}/lab/tree/{CHAPTER}?token={token}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
    idle(page)  # before its kernel has started, a command asks for one
    run_all(page)
    yield page
    context.close()


def idle(page):
    page.wait_for_function(
        """() => document.getElementById("jp-main-statusbar")
            .innerText.includes("| Idle")""",
        timeout=180_000,
    )


def run_all(page):
    """Take the stored outputs away, then run all cells to the end."""
    page.click("text=Edit")
    page.click('[data-command="editmenu:clear-all"]')
    assert page.locator(".jp-OutputArea-output").count() == 0
    page.click("text=Run")
    page.click('[data-command="runmenu:run-all"]')
    seen, since = [], time.monotonic()
    while time.monotonic() < since + 20:  # a cell that fails is the last
        if seen != (seen := numbers(page)):
            since = time.monotonic()
        if all(mark.isdigit() for mark in seen):
            break
        page.wait_for_timeout(200)
    idle(page)


def numbers(page):
    """The number of each cell of code that has run; a star while it runs."""
    marks = page.locator(".jp-CodeCell .jp-InputArea-prompt")
    return [mark.strip("[]: ") for mark in marks.all_text_contents()]


def test_every_cell_of_the_chapter_runs(page):
    stored = json.loads((fresh.ROOT / CHAPTER).read_text(encoding="utf-8"))
    code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    expected = sum(
        output["output_type"] == "error"
        for cell in code
        for output in cell["outputs"]
    )
    errors = page.locator(
        '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"],'
        '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]'
    )
    assert errors.count() == expected, errors.all_text_contents()
    assert numbers(page) == [str(i + 1) for i in range(len(code))]


def test_a_slider_turns_the_picture(page):
    explorer = page.locator(".jp-CodeCell .explorer").first
    slider = explorer.locator('[role="slider"]').first
    slider.scroll_into_view_if_needed()
    seen = [shown(explorer)]
    slider.focus()
    for _ in range(2):  # it starts at the third value of four
        page.keyboard.press("ArrowLeft")
        seen.append(changed(explorer, seen[-1]))
    assert len(set(seen)) == 3, [note for note, _ in seen]


def changed(explorer, before, seconds=5):
    """The frame in sight, as soon as it is another one."""
    end = time.monotonic() + seconds
    while shown(explorer) == before and time.monotonic() < end:
        time.sleep(0.05)
    return shown(explorer)


def shown(explorer):
    """The note and the picture of the one frame in sight."""
    frames = [
        frame
        for frame in explorer.locator("figure.explorer-frame img").all()
        if frame.is_visible()
    ]
    assert len(frames) == 1
    return frames[0].get_attribute("alt"), frames[0].get_attribute("src")
