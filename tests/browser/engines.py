"""Chromium, Firefox and WebKit behind one small door, for the same tests.

Each engine is opened in its own way: Chromium by Playwright, WebKit by its
WebDriver, Firefox by WebDriver BiDi, which it speaks without another
program. What is missing is a skip that says so.
"""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

SIZE = (360, 740)
# What an engine says of a page's faults: written before the page runs.
WATCH = """window.faults = [];
addEventListener("error", (e) => faults.push(e.message || "not loaded"), true);
addEventListener("unhandledrejection", (e) => faults.push(`${e.reason}`));
addEventListener("securitypolicyviolation", (e) =>
  faults.push(`policy: ${e.violatedDirective} ${e.blockedURI}`));"""


KEYS = {  # as WebDriver writes them
    "ArrowDown": "\ue015",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "Backspace": "\ue003",
    "Control": "\ue009",
    "End": "\ue010",
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "Home": "\ue011",
    "Shift": "\ue008",
    "Tab": "\ue004",
}


def pressed(keys):
    """Return what goes down and up for keys such as ``Control+Enter``."""
    return [KEYS.get(key, key) for key in re.split(r"(?<=.)\+(?=.)", keys)]


def polled(expression):
    """Return what waits until it is true, frame by frame, and gives it.

    A page's policy allows no ``wait_for_function``, which calls ``eval``. One
    that is not painted has no frames: it is asked ten times a second.
    """
    return f"""(async () => {{
      const end = performance.now() + 20_000;
      while (performance.now() < end) {{
        const found = {expression};
        if (found) return found;
        await new Promise((next) => {{
          requestAnimationFrame(next);
          setTimeout(next, 100);
        }});
      }}
      return null;
    }})()"""


class Engine:
    """``go`` to an address, ``do`` an expression, drag and type as hands."""

    def wait(self, expression):
        """Wait until it is true, frame by frame; then return it."""
        return self.do(polled(expression))


class Chromium(Engine):
    def __init__(self, browser):
        width, height = SIZE
        self.tab = browser.new_page(
            viewport={"width": width, "height": height}
        )
        self.tab.add_init_script(WATCH)
        self.go = self.tab.goto
        self.do = self.tab.evaluate
        self.type = self.tab.keyboard.type
        self.press = self.tab.keyboard.press

    def drag(self, start, end):
        self.tab.mouse.move(*start)
        self.tab.mouse.down()
        self.tab.mouse.move(*end, steps=4)
        self.tab.mouse.up()

    def close(self):
        self.tab.close()


class WebKit(Engine):
    def __init__(self, driver):
        self.driver = driver
        driver.set_window_size(*SIZE)
        driver.set_script_timeout(30)

    def go(self, address):
        self.driver.get(address)
        # WebDriver runs nothing before a page does: it sees later faults.
        self.driver.execute_script(WATCH)

    def do(self, expression):
        return self.driver.execute_async_script(
            f"const said = arguments[arguments.length - 1];"
            f"Promise.resolve({expression}).then(said, (e) => said(`${{e}}`))"
        )

    def type(self, text):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(
            text.replace("\n", "\ue007")
        ).perform()

    def press(self, keys):
        from selenium.webdriver import ActionChains

        actions = ActionChains(self.driver)
        for key in pressed(keys):
            actions.key_down(key)
        for key in reversed(pressed(keys)):
            actions.key_up(key)
        actions.perform()

    def drag(self, start, end):
        from selenium.webdriver.common.actions.action_builder import (
            ActionBuilder,
        )

        actions = ActionBuilder(self.driver)
        mouse = actions.pointer_action
        mouse.move_to_location(*map(round, start)).pointer_down()
        mouse.move_to_location(*map(round, end)).pointer_up()
        actions.perform()


class Firefox(Engine):
    def __init__(self, socket_):
        self.socket, self.count = socket_, 0
        self.call("session.new", capabilities={})
        tree = self.call("browsingContext.getTree")
        self.tab = {"context": tree["contexts"][0]["context"]}
        width, height = SIZE
        self.call(
            "browsingContext.setViewport",
            **self.tab,
            viewport={"width": width, "height": height},
        )
        self.call(
            "script.addPreloadScript",
            functionDeclaration=f"() => {{ {WATCH} }}",
        )

    def call(self, method, **given):
        self.count += 1
        asked = {"id": self.count, "method": method, "params": given}
        self.socket.send(json.dumps(asked))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.count:
                assert answer["type"] == "success", answer
                return answer["result"]

    def go(self, address):
        self.call(
            "browsingContext.navigate",
            **self.tab,
            url=address,
            wait="complete",
        )

    def do(self, expression):
        said = self.call(
            "script.evaluate",
            expression=f"Promise.resolve({expression})"
            f".then((said) => JSON.stringify(said ?? null))",
            target=self.tab,
            awaitPromise=True,
        )
        assert said["type"] == "success", said
        return json.loads(said["result"]["value"])

    def act(self, kind, actions, **more):
        self.call(
            "input.performActions",
            **self.tab,
            actions=[{"type": kind, "id": kind, "actions": actions, **more}],
        )

    def type(self, text):
        keys = text.replace("\n", "\ue007")
        self.act(
            "key",
            [
                {"type": way, "value": key}
                for key in keys
                for way in ("keyDown", "keyUp")
            ],
        )

    def press(self, keys):
        down = [{"type": "keyDown", "value": key} for key in pressed(keys)]
        up = [{"type": "keyUp", "value": key} for key in pressed(keys)]
        self.act("key", [*down, *reversed(up)])

    def drag(self, start, end):
        def move(place):
            x, y = map(round, place)
            return {"type": "pointerMove", "x": x, "y": y}

        self.act(
            "pointer",
            [
                move(start),
                {"type": "pointerDown", "button": 0},
                move(end),
                {"type": "pointerUp", "button": 0},
            ],
            parameters={"pointerType": "mouse"},
        )

    def close(self):
        self.call("session.end")


@contextlib.contextmanager
def firefox():
    """A Firefox that nobody sees, with a profile of its own."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not (program and importlib.util.find_spec("websocket")):
        pytest.skip(
            "not run in Firefox, which needs Debian's firefox-esr and "
            "selenium, of the dev extra"
        )
    import websocket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        subprocess.Popen(
            [
                program,
                "--headless",
                "--no-remote",
                "--profile",
                home,
                "--remote-debugging-port",
                str(port),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "HOME": home},
        ) as program_,
    ):
        try:
            for line in program_.stderr:
                if "BiDi listening" in line:
                    break
            else:
                pytest.skip("Firefox is there but does not start")
            # What it says later fills no pipe.
            with contextlib.closing(
                websocket.create_connection(
                    f"ws://127.0.0.1:{port}/session",
                    suppress_origin=True,
                    timeout=60,
                )
            ) as line:
                yield Firefox(line)
        finally:
            program_.terminate()


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


@contextlib.contextmanager
def webkit():
    """The small browser of WebKitGTK, on a screen that nobody sees."""
    program = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
    there = {
        "webkit2gtk-driver": program and shutil.which("WebKitWebDriver"),
        "xvfb": shutil.which("Xvfb"),
        "selenium, of the dev extra": importlib.util.find_spec("selenium"),
    }
    if not all(there.values()):
        needs = "; ".join(name for name in there if not there[name])
        pytest.skip(f"not run in WebKit, which needs {needs}")
    from selenium import webdriver

    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(program)
    options.add_argument("--automation")
    with screen() as display:
        service = webdriver.WebKitGTKService(
            there["webkit2gtk-driver"],
            env={**os.environ, "DISPLAY": display},
        )
        driver = webdriver.WebKitGTK(options, service)
        yield WebKit(driver)
        driver.quit()
