"""README names what exists, and its two commands do what they say."""

import ast
import importlib
import re
import tomllib

import chapters
from places import ROOT


def defined(name):
    """The functions, classes and instances that a module makes.

    A package makes what it names in ``__all__``.
    """
    folder = ROOT / "mininn" / name
    if folder.is_dir():
        yield from importlib.import_module(f"mininn.{name}").__all__
        return
    source = folder.with_suffix(".py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            for target in ast.walk(node.targets[0]):
                if isinstance(target, ast.Name):
                    yield target.id


def test_the_readme_names_what_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", readme, re.MULTILINE)
    _, *pages = (page for page in chapters.pages() if "/" not in page)
    named = [chapter for chapter, _ in rows]
    assert named == [page for page in pages if chapters.path(page).exists()]
    assert all(f"`{page}`" in readme for page in pages)
    for chapter, modules in rows:
        cells = chapters.read(chapter)["cells"]
        text = "".join("".join(c["source"]) for c in cells)
        for module in re.findall(r"`(\w+)`", modules):
            names = set(defined(module))
            used = set(
                re.findall(r"mn\.(?:plot\.|explore\.|glass\.)?(\w+)", text)
            )
            assert names & used, (chapter, module)
    for picture in re.findall(r"!\[.*\]\((.*?)\)", readme):
        assert (ROOT / picture).exists(), picture


def test_the_readme_and_the_metadata_agree_on_pythons():
    meta = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    assert meta["requires-python"] == ">=3.11"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "Python 3.11 to 3.14" in readme


def test_the_readme_has_one_command_for_the_book_and_one_for_the_tests():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for heading, last in (
        ("Read the book", "jupyter-book build ."),
        ("Run the tests", "pytest -n 2 --dist loadfile"),
    ):
        block = re.search(
            rf"## {heading}\n.*?```sh\n(.*?)\n```", readme, re.DOTALL
        )[1]
        assert block.startswith("python3 -m venv .venv && ")
        assert "requirements.txt" in block
        assert block.endswith(last)
        assert "\n" not in block
        windows = re.search(
            rf"## {heading}\n.*?```powershell\n(.*?)\n```", readme, re.DOTALL
        )[1]
        assert windows == (
            block.replace("python3", "py")
            .replace(" &&", ";")
            .replace(".venv/bin/", ".venv\\Scripts\\")
        )
