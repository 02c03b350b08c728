"""The page for authors: its example is built and graded, its words hold."""

import inspect
import re

import authors_page
import numpy as np
import pytest

from mininn.exercises import Exercise, check
from mininn.exercises.__main__ import main
from mininn.exercises.author import build, notebooks, selftest
from mininn.exercises.judge import keys

pytestmark = pytest.mark.whole

SEED = "a secret that nobody would guess"
TEXT = authors_page.PAGE.read_text(encoding="utf-8")
RIGHT = """def leaky(Z, dA, s):
    return np.maximum(Z, s * Z), np.where(Z > 0, dA, s * dA)"""
CLASS = {  # student -> (answer, points, what is said)
    "ann": (RIGHT, 4, "all right, 4 of 4 points"),
    "bob": (
        RIGHT.replace("s * dA)", "dA)"),
        1,
        "your dZ lets all of dA through.",
    ),
    "cleo": (
        RIGHT.replace("Z > 0", "Z >= 0"),
        3,
        "has the derivative 1 at 0.",
    ),
    "dan": (
        RIGHT.replace("np.maximum(Z, s * Z)", "np.maximum(Z, 0 * Z)"),
        3,
        "your A is 0 wherever Z is below 0.",
    ),
    "eve": ("raise_later = 1", 0, "there is no function called leaky"),
    "fay": (
        RIGHT.replace("return", "if 1: raise ValueError(Z)\n    return"),
        0,
        "ValueError",
    ),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A private folder with the example, and a class that was graded."""
    home = tmp_path_factory.mktemp("course")
    authors_page.write(home / "my-course")
    handed_in = home / "submissions"
    handed_in.mkdir()
    for student, (text, _, _) in CLASS.items():
        made = [notebooks.cell("code", "import numpy as np")]
        made += [notebooks.cell("code", text)]
        path = handed_in / f"{student}.ipynb"
        path.write_text(notebooks.dump("leaky", made), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("MININN_SEED", SEED)
        for line in commands():
            extra = ["--trust-students"] if " grade " in line else []
            assert main([*line.split()[3:], *extra]) == 0
    return home


def commands():
    """Return the commands of the page."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_the_page_has_the_two_commands_of_an_author():
    assert [line.split()[3] for line in commands()] == ["build", "grade"]


def test_what_build_is_said_to_print_is_what_is_there(course):
    shown = re.search(r"```text\n(leaky:.*?)```", TEXT, re.DOTALL)[1]
    files = [line.strip() for line in shown.splitlines() if "/" in line]
    there = [
        path.relative_to(course).as_posix()
        for path in (course / "build").rglob("*")
        if path.is_file()
    ]
    assert sorted(files) == sorted(there)


@pytest.mark.parametrize("student", CLASS)
def test_the_class_gets_its_marks_and_is_told_why(course, student):
    _, points, said = CLASS[student]
    feedback = course / "grades" / "feedback" / f"{student}.md"
    told = feedback.read_text(encoding="utf-8")
    assert f"{points} of 4 points" in told
    assert said in " ".join(told.split())


def hidden(course):
    """Return the inputs of the secret cases that are no whole numbers."""
    source = notebooks.read(course / "my-course" / "leaky.ipynb")
    key = notebooks.exercise(source).key(SEED)
    every = [case.args[i]["array"] for case in key.cases for i in range(2)]
    return [x for numbers in every for x in numbers if x != int(x)]


def shown(text, numbers):
    """Return which of some numbers a text shows, rounded or not."""
    found = [float(x) for x in re.findall(r"-?\d+\.\d{2,}", text)]
    return [x for x in numbers if np.isclose(x, found, rtol=5e-3).any()]


def test_feedback_shows_no_number_of_a_secret_case(course):
    secret = hidden(course)
    assert len(secret) > 40
    assert shown(str(ValueError(np.array(secret[:3]))), secret[:3])
    feedback = list((course / "grades" / "feedback").iterdir())
    assert len(feedback) == len(CLASS)
    for path in feedback:
        assert shown(path.read_text(encoding="utf-8"), secret) == [], path
    told = (course / "grades" / "feedback" / "fay.md").read_text("utf-8")
    assert "ValueError" in told


def test_what_is_handed_out_holds_no_solution_and_no_role(course):
    text = (course / "build" / "release" / "leaky.ipynb").read_text("utf-8")
    for word in ("np.where", "SOLUTION", "ex.slip", "{doc}"):
        assert word not in text
    assert "raise NotImplementedError  # your code here" in text


def test_a_student_is_told_by_the_key_beside_the_notebook(
    course, monkeypatch, capsys
):
    space = {"np": np}
    exec(CLASS["bob"][0], space)
    monkeypatch.chdir(course / "build" / "release")
    check("leaky", space["leaky"])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == (
        "leaky: 1 of 4 points, on the numbers of leaky.json, beside this "
        "notebook"
    )
    assert "your dZ lets all of dA through." in "".join(rest)
    monkeypatch.chdir(course)
    check("leaky", space["leaky"])
    assert f"no leaky.json in {course}" in capsys.readouterr().out


def test_an_exercise_of_the_books_name_counts_beside_the_notebook(
    course, tmp_path, monkeypatch, capsys
):
    """As a student would: the page's own softmax is another function."""
    mine = tmp_path / "mine"
    mine.mkdir()
    text = (course / "my-course" / "leaky.ipynb").read_text("utf-8")
    text = text.replace("leaky", "softmax")
    (mine / "softmax.ipynb").write_text(text, "utf-8")
    out = tmp_path / "build"
    assert main(["build", "--source", str(mine), "--out", str(out)]) == 0
    monkeypatch.chdir(out / "release")
    space = {"np": np}
    exec(RIGHT.replace("leaky", "softmax"), space)
    capsys.readouterr()
    check("softmax", space["softmax"])
    assert capsys.readouterr().out == (
        "softmax: all right, 4 of 4 points, on the numbers of softmax.json, "
        "beside this notebook\n"
    )


def test_the_self_test_of_the_example_finds_no_fault(course):
    source = notebooks.read(course / "my-course" / "leaky.ipynb")
    assert selftest.faults(notebooks.exercise(source), 3) == []


# What the page says


def test_every_field_of_a_source_is_on_the_page():
    _, *fields = inspect.signature(Exercise.__init__).parameters
    for name in fields:
        assert f"| `{name}` |" in TEXT, name
    calls = ("cases", "steps", "slip", "mistake", "accept", "equivalent")
    for name in calls:
        assert callable(getattr(Exercise, name))
        assert re.search(rf"\| `@?ex\.{name}\b", TEXT), name
    for name in ("| `Code(", "| `single(", "| `ex.selftest("):
        assert name in TEXT
    for tag in notebooks.TAGS | {"private"}:
        assert f"| `{tag}` |" in TEXT, tag


def test_what_is_left_out_is_as_the_page_says():
    known = inspect.signature(Exercise.__init__).parameters
    assert known["tol"].default == float("1e-5")
    assert "| `1e-5` |" in TEXT
    assert known["seconds"].default == 10
    assert known["least"].default is known["view"].default is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "# BEGIN SOLUTION",
            "# BEGIN SOLUTION ",
            "leaky.ipynb, cell 3, line 3: '# BEGIN SOLUTION' is no marker.",
        ),
        (
            'check("leaky", leaky)',
            'check("softmax", softmax)',
            "leaky.ipynb, cell 4: the check must be check('leaky', leaky), "
            "got check('softmax', softmax).",
        ),
        (
            "chain=lambda dA, D: D,",
            "chain=lambda dA, D: dA * D,",
            "mistake no_chain gets full marks",
        ),
    ],
)
def test_what_is_refused_is_said_as_the_page_shows(old, new, said, tmp_path):
    path = authors_page.write(tmp_path / "course")
    text = path.read_text(encoding="utf-8")
    old, new = (word.replace('"', '\\"') for word in (old, new))
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(keys.ExerciseError) as told:
        build.everything(path, SEED)
    assert said in str(told.value)
