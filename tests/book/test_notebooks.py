"""The chapters as files: outputs stored, normal, silent, and described."""

import ast
import json
import re

import chapters
import pytest
from places import BOOK

CHAPTERS = chapters.texts()
REFERENCE = {"intro", "rosetta", "playground"}  # no chapters
TAGS = {"raises-exception", "hide-input", "own-file", "as-printed"}
DRAWS = re.compile(r"plt\.show\(\)|explore\.explore\(")
every_chapter = pytest.mark.parametrize("name", CHAPTERS)


def load(name):
    return chapters.read(name)


def code(name):
    """Yield (index, source, cell) of each code cell."""
    for i, cell in enumerate(load(name)["cells"]):
        if cell["cell_type"] == "code":
            yield i, "".join(cell["source"]), cell


def printed(cell):
    """Yield every piece of text that a cell stores."""
    for output in cell["outputs"]:
        yield "".join(output.get("text", ""))
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield "".join(data)


def test_the_table_of_contents_and_the_folder_agree():
    folders = BOOK, BOOK / "exercises", BOOK / "further"
    pages = [page for folder in folders for page in folder.glob("*")]
    assert sorted(chapters.pages()) == sorted(
        p.relative_to(BOOK).with_suffix("").as_posix()
        for p in pages
        if p.suffix in (".ipynb", ".md")
    )


@every_chapter
def test_every_cell_was_run_once_and_in_order(name):
    counts = [cell["execution_count"] for _, _, cell in code(name)]
    assert counts == list(range(1, len(counts) + 1))


@every_chapter
def test_ids_and_metadata_are_those_of_refresh(name):
    book = load(name)
    ids = [cell["id"] for cell in book["cells"]]
    own = chapters.path(name).stem
    assert ids == [f"{own}-{i:03d}" for i in range(len(ids))]
    for _, _, cell in code(name):
        assert "execution" not in cell["metadata"]


@pytest.mark.parametrize("name", chapters.notebooks())
def test_every_notebook_is_stored_as_the_one_writer_does(name):
    """The exercises too, which the package writes, where no tools are."""
    text = chapters.path(name).read_text(encoding="utf-8")
    book = chapters.read(name)
    assert chapters.stored(book) == text
    assert chapters.KERNEL.items() <= book["metadata"].items()
    assert {*book["metadata"]} - {*chapters.KERNEL} <= {"mininn"}
    assert "widget" not in json.dumps(
        [c.get("outputs") for c in book["cells"]]
    )


@every_chapter
def test_no_code_and_no_output_was_changed_after_it_ran(name):
    book = load(name)
    assert book["metadata"]["mininn"]["ran"] == chapters.seal(book), (
        f"book/{name}.ipynb was changed and not run: "
        f".venv/bin/python tools/refresh.py {name}"
    )


@every_chapter
def test_a_cell_that_prints_or_draws_stores_what_came_out(name):
    for i, source, cell in code(name):
        tree = ast.parse(source)
        calls = [n for n in tree.body if isinstance(n, ast.Expr | ast.For)]
        if "print(" in ast.unparse(calls) or DRAWS.search(source):
            assert cell["outputs"], f"cell {i}"
        last = tree.body[-1]
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
            called = ast.unparse(last.value.func)
            if not re.search(r"assert|set_printoptions|agree", called):
                assert cell["outputs"], f"cell {i} ends in {called}"


@every_chapter
def test_no_cell_ends_in_a_semicolon(name):
    for i, source, _ in code(name):
        assert not source.rstrip().endswith(";"), f"cell {i}"


@every_chapter
def test_only_the_tags_that_leave_nothing_unchecked(name):
    for i, _, cell in code(name):
        assert set(cell["metadata"].get("tags", [])) <= TAGS, f"cell {i}"


@every_chapter
def test_an_error_is_stored_where_one_is_expected_and_nowhere_else(name):
    for i, _, cell in code(name):
        expected = "raises-exception" in cell["metadata"].get("tags", [])
        stored = any(o["output_type"] == "error" for o in cell["outputs"])
        assert expected == stored, f"cell {i}"


@every_chapter
def test_nothing_goes_to_stderr_and_no_warning_is_stored(name):
    for i, _, cell in code(name):
        assert all(o.get("name") != "stderr" for o in cell["outputs"])
        assert not any("Warning" in t for t in printed(cell)), f"cell {i}"


@every_chapter
def test_what_is_printed_is_short_and_holds_no_address(name):
    for i, _, cell in code(name):
        for text in printed(cell):
            assert not re.search(
                r"\d\.\d{10,}|np\.float|0x[0-9a-f]{6,}", text
            ), f"cell {i}: {text[:200]}"


@every_chapter
def test_every_picture_has_alt_text_a_caption_and_is_referred_to(name):
    for i, _, cell in code(name):
        for output in cell["outputs"]:
            if "image/png" in output.get("data", {}):
                said = cell["metadata"]["mystnb"]
                assert len(said["image"]["alt"]) > 40, f"cell {i}"
                assert len(said["figure"]["caption"]) > 20, f"cell {i}"
                label = said["figure"]["name"]
                assert f"{{numref}}`{label}`" in prose(name), label
            assert "image/svg+xml" not in output.get("data", {})


@every_chapter
def test_cells_are_short(name):
    for i, source, cell in code(name):
        drawing = "hide-input" in cell["metadata"].get("tags", [])
        assert len(source.splitlines()) <= (28 if drawing else 15), f"cell {i}"


@pytest.mark.parametrize(
    "path", sorted((BOOK / "exercises").rglob("*.ipynb")), ids=lambda p: p.stem
)
def test_cells_of_exercises_are_short(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).splitlines()
            code = [line for line in lines if " SOLUTION" not in line]
            answer = "answer" in cell["metadata"].get("tags", [])
            assert len(code) < (20 if answer else 16), lines[0]


@every_chapter
def test_no_star_import(name):
    for i, source, _ in code(name):
        assert not re.search(r"import \*", source), f"cell {i}"


BEGINS = ("**You will be able to**", "**You need**", "Time: ")
HAS = (
    "Predict, then look",
    "What goes wrong",
    "## Summary",
    "## Exercises",
    "## Sources",
)


def prose(name):
    return "\n".join(
        "".join(cell["source"])
        for cell in load(name)["cells"]
        if cell["cell_type"] == "markdown"
    )


@pytest.mark.parametrize("name", [n for n in CHAPTERS if n not in REFERENCE])
def test_every_page_has_the_parts_of_the_template(name):
    text = prose(name)
    side = name.startswith("further/")
    for part in BEGINS + (() if side else HAS):
        assert part in text, part
    exercises = re.findall(r"```\{exercise\}\n:label: (\S+)", text)
    solutions = re.findall(r"```\{solution\} (\S+)\n:class: dropdown", text)
    assert exercises == solutions
    if not side:
        assert 3 <= len(exercises) <= 6


def chapter_of():
    """The chapter that each page below one belongs to."""
    chapter = None
    for name in chapters.pages():
        if "/" not in name:
            chapter = name
        yield name, chapter


@pytest.mark.parametrize(
    ("name", "chapter"),
    [(n, c) for n, c in chapter_of() if n.startswith("further/")],
)
def test_a_chapter_and_its_side_page_lead_to_each_other(name, chapter):
    assert f"{{doc}}`{name}`" in prose(chapter)
    assert prose(name).startswith("# Further: ")
    assert f"{{doc}}`../{chapter}`" in prose(name)
