"""The chapters as Colab opens them.

``MININN_COLAB=1`` also runs one as Colab would: in a new environment without
mininn, from an empty folder, with a clone on this disk for the address.
"""

import json
import os
import shutil
import subprocess
import sys

import chapters
import colab
import fresh
import nbformat
import pytest
from places import BOOK

URL = "https://example.org/someone/mininn"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("colab")
    assert colab.write(out, URL, COMMIT) == len(chapters.notebooks())
    return out


def test_every_notebook_of_the_book_is_there_and_nothing_else(folder):
    written = [
        path.relative_to(folder / "book").with_suffix("").as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert sorted(written) == sorted(chapters.notebooks())
    assert "rings" in written
    assert "exercises/rings" in written


def test_each_is_valid_and_differs_by_one_cell(folder):
    for name in chapters.notebooks():
        path = folder / "book" / f"{name}.ipynb"
        nbformat.validate(nbformat.read(path, as_version=4))
        ours = json.loads(path.read_text(encoding="utf-8"))
        stored = chapters.read(name)
        kinds = [cell["cell_type"] for cell in ours["cells"]]
        first = ours["cells"].pop(kinds.index("code"))
        assert first["id"] == "colab"
        assert ours == stored


def test_the_cell_fetches_this_commit_and_goes_to_its_chapter(folder):
    for name, where in {
        "rings": "book",
        "exercises/adam": "book/exercises",
    }.items():
        text = (folder / "book" / f"{name}.ipynb").read_text(encoding="utf-8")
        (cell,) = [c for c in json.loads(text)["cells"] if c["id"] == "colab"]
        assert "".join(cell["source"]).splitlines()[2:] == [
            f"![ -d ~/mininn-book ] || git clone -q {URL} ~/mininn-book",
            f"!git -C ~/mininn-book checkout -q {COMMIT}",
            '%pip install -q "$HOME/mininn-book[book]"',
            f"%cd -q ~/mininn-book/{where}",
        ]


def test_the_same_bytes_each_time(folder, tmp_path):
    colab.write(tmp_path, URL, COMMIT)
    for name in chapters.notebooks():
        path = f"book/{name}.ipynb"
        assert (tmp_path / path).read_bytes() == (folder / path).read_bytes()


def test_without_an_address_it_says_what_to_set(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("MININN_REPO_URL", raising=False)
    assert colab.main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "colab: MININN_REPO_URL must be the public address of the repository, "
        "https://HOST/OWNER/NAME, got ''. Set it.\n"
    )
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "branch"),
    [
        ("https://example.org/a/b; rm x", "main"),
        ("https://example.org/$(x)", "main"),
        ("file:///etc", "main"),
        (URL, "main && x"),
        (URL, "--help"),
        (URL, ""),
    ],
)
def test_an_address_that_a_shell_would_act_on_is_refused(
    url, branch, tmp_path
):
    with pytest.raises(ValueError, match="colab: MININN_REPO_"):
        colab.write(tmp_path, url, branch)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(ValueError, match="must be a new or an empty folder"):
        colab.write(tmp_path, URL, "main")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def texts(book):
    """What each cell of the chapter prints, its last value, its error."""
    return {
        cell.id: "".join(
            output.get("text")
            or output.get("evalue")
            or output.data["text/plain"]
            for output in cell.outputs
        )
        for cell in book.cells
        if cell.cell_type == "code" and cell.id != "colab"
    }


def repository(folder):
    """Return a repository that holds the project as it stands."""
    fresh.copy(folder)
    git = ["git", "-C", folder, "-c", "user.name=a test", "-c", "user.email="]
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "--all"],
        ["commit", "-q", "-m", "The book"],
    ):
        subprocess.run([*git, *command], check=True)
    return str(folder)


def test_a_chapter_runs_where_nothing_is_installed(folder, tmp_path):
    """``pytorch``, because it reads files of the repository."""
    if os.environ.get("MININN_COLAB") != "1":
        pytest.skip("MININN_COLAB is not 1: it would make an environment")
    if shutil.which("git") is None:
        pytest.skip("not run: git is not installed")
    origin = repository(tmp_path / "origin")
    python = fresh.environment(tmp_path / "environment", sys.executable)
    pip = [python, "-m", "pip", "install", "-q", "ipykernel", "nbclient"]
    subprocess.run(pip, check=True)
    home = tmp_path / "home"
    home.mkdir()
    where = {"cwd": home, "env": fresh.clean() | {"HOME": str(home)}}
    gone = [python, "-c", "import mininn"]
    assert subprocess.run(gone, **where, capture_output=True).returncode
    text = (folder / "book" / "pytorch.ipynb").read_text(encoding="utf-8")
    text = text.replace(URL, origin).replace(COMMIT, "main")
    (home / "pytorch.ipynb").write_text(text, encoding="utf-8")
    jupyter = python.with_name("jupyter-execute")
    subprocess.run(
        [jupyter, "--inplace", "pytorch.ipynb"], **where, check=True
    )
    ran = nbformat.read(home / "pytorch.ipynb", as_version=4)
    stored = nbformat.read(BOOK / "pytorch.ipynb", as_version=4)
    assert texts(ran) == texts(stored)
