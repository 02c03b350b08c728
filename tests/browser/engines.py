"""Chromium, Firefox and WebKit behind one small door, for the same tests.

Each engine is opened in its own way: Chromium by Playwright, WebKit by its
WebDriver, Firefox by WebDriver BiDi, which it speaks without another
program. What is missing is a skip that says so.
"""

import contextlib
import importlib.util
import json
import os
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


class Engine:
    """``go`` to an address, ``do`` an expression, drag and type as hands."""

    def wait(self, expression):
        """Wait until it is true, frame by frame; then return it."""
        return self.do(
            f"""(async () => {{
              for (let frame = 0; frame < 600; frame++) {{
                const found = {expression};
                if (found) return found;
                await new Promise(requestAnimationFrame);
              }}
              return null;
            }})()"""
        )


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

    def drag(self, start, end):
        from selenium.webdriver.common.actions.action_builder import (
            ActionBuilder,
        )

        actions = ActionBuilder(self.driver)
        mouse = actions.pointer_action
        mouse.move_to_location(*map(round, start)).pointer_down()
        mouse.move_to_location(*map(round, end)).pointer_up()
        actions.perform()

    def close(self):
        pass


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


def webkit_program():
    """The small browser of WebKitGTK, or None."""
    return next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
