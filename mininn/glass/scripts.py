"""The scripts and the style of a box and a pad, each joined into one."""

from functools import cache
from pathlib import Path

# Each of these uses only those before it; the last one starts a page.
SCRIPTS = (
    "engine", "model", "words", "quiz", "share", "plane", "tools", "view",
    "start",
)  # fmt: skip
STYLES = ("glass", "plane")
PAD = ("engine", "pad", "padview", "padstart")


@cache
def script(*, start: bool = True) -> str:
    """Return the classic script that sets ``globalThis.glass``.

    With ``start`` it also starts every box of the page that loads it.
    """
    return _joined(SCRIPTS if start else SCRIPTS[:-1], "js")


@cache
def style() -> str:
    """Return the style sheet of a box."""
    return _joined(STYLES, "css")


@cache
def module() -> str:
    """Return what anywidget runs: the scripts, and what shows a box."""
    return script(start=False) + _joined(("widget",), "js")


@cache
def pad_script(*, start: bool = True) -> str:
    """Return the classic script that sets ``globalThis.pad``.

    With ``start`` it also starts every pad of the page that loads it.
    """
    return _joined(PAD if start else PAD[:-1], "js")


@cache
def pad_style() -> str:
    """Return the style sheet of a pad."""
    return _joined(("pad",), "css")


@cache
def pad_module() -> str:
    """Return what anywidget runs for a pad."""
    return pad_script(start=False) + _joined(("padwidget",), "js")


@cache
def question() -> tuple[str, str]:
    """Return the module and the style that show a question."""
    script, style = (
        Path(__file__).parents[1].joinpath(f"questions.{e}").read_text("utf-8")
        for e in ("js", "css")
    )
    return script + _joined(("question",), "js"), style


def _joined(names, ending):
    folder = Path(__file__).parent
    paths = (folder / f"{name}.{ending}" for name in names)
    return "".join(p.read_text("utf-8") for p in paths if p.is_file())
