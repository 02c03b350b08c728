"""The same marks elsewhere: nbgrader and Gradescope, end to end; privacy.

nbgrader has an environment of its own. The test runs when there is one in
``.venv/nbgrader``, or where ``MININN_NBGRADER`` says; with
``MININN_NBGRADER=1`` it is made there first (500 MB).
"""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from chapters import parts
from places import BOOK, ROOT

from mininn.exercises.author import build, notebooks, targets
from mininn.exercises.classroom import grade, levels, report, sandbox
from mininn.exercises.classroom.submissions import find
from mininn.exercises.judge import keys

SOURCE = BOOK / "exercises" / "source"
NBGRADER = "nbgrader==0.9.6"


def read(name):
    return notebooks.read(SOURCE / f"{name}.ipynb")


RIGHT = {
    name: "\n\n".join(map(notebooks.solved, read(name).texts("answer")))
    for name in ("softmax", "backprop")
}
EXP = "np.exp(Z - Z.max(axis=0, keepdims=True))"
ANSWERS = {  # what each student writes, and the marks
    "softmax": {
        "right": (RIGHT["softmax"], 3),
        "blank": (None, 0),
        "overflows": (RIGHT["softmax"].replace(EXP, "np.exp(Z)"), 1),
        "rows": (RIGHT["softmax"].replace("axis=0", "axis=1"), 0),
        "warns": (
            "import sys, warnings\n"
            + RIGHT["softmax"].replace(
                "    E =",
                '    warnings.warn("slow")\n'
                "    print(Z.shape, file=sys.stderr)\n    E =",
            ),
            3,
        ),
        "leaves": ("import os\ndef softmax(Z):\n    raise SystemExit", 0),
        "broken": ("def softmax(Z:\n    return Z", 0),
    },
    "backprop": {
        "right": (RIGHT["backprop"], 5),
        "blank": (None, 0),
        "no_mean": (
            RIGHT["backprop"].replace("(A2 - Y) / m", "(A2 - Y)"),
            0,
        ),
        "flat": (
            RIGHT["backprop"].replace("axis=1, keepdims=True", "axis=1"),
            3,
        ),
        "no_prime": (RIGHT["backprop"].replace(" * (1 - A1**2)", ""), 2),
        "half": (
            RIGHT["backprop"].replace(
                "return dW1, db1, dW2, db2", "return dW1, db1, None, None"
            ),
            3,
        ),
    },
}


def hand_in(release, text):
    """Return a released notebook with an answer written into it."""
    book = json.loads(release)
    for cell in book["cells"]:
        if text and "NotImplementedError" in "".join(cell["source"]):
            cell["source"] = text.splitlines(keepends=True)
            cell["outputs"] = []
    return json.dumps(book)


def test_every_answer_is_what_it_says():
    for name, answers in ANSWERS.items():
        texts = {student: text for student, (text, _) in answers.items()}
        assert len(set(texts.values())) == len(texts), name


@pytest.mark.whole
@pytest.mark.parametrize("name", ANSWERS)
def test_our_own_grader_gives_the_marks(name, tmp_path):
    try:
        box = levels.find()
    except sandbox.SandboxError as error:
        pytest.skip(str(error))
    key = notebooks.exercise(read(name)).key("a secret seed")
    release = build.everything(SOURCE / f"{name}.ipynb", "")[
        f"release/{name}.ipynb"
    ]
    for student, (text, _) in ANSWERS[name].items():
        path = tmp_path / "in" / f"{student}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(hand_in(release, text), "utf-8")
    found = find(tmp_path / "in")
    grades = grade.grade_all(found, [key], box, tmp_path / "out")
    rows = list(csv.DictReader(io.StringIO(report.table(grades))))
    assert {row["student"]: float(row["points"]) for row in rows} == marks(
        name
    )


def marks(name):
    return {student: mark for student, (_, mark) in ANSWERS[name].items()}


# nbgrader


def environment(tmp_path_factory):
    """Return the folder of nbgrader's environment, made when asked for."""
    setting = os.environ.get("MININN_NBGRADER", "")
    folder = Path(sys.prefix) / "nbgrader"
    if setting not in ("", "1"):
        folder = Path(setting).resolve()
    if setting == "1" and not (folder / "bin" / "nbgrader").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "pip", "install", "-q", NBGRADER, "numpy"]
        subprocess.run(pip, check=True)
    if not (folder / "bin" / "nbgrader").exists():
        pytest.skip("nbgrader is not there: set MININN_NBGRADER=1")
    return folder


CONFIG = """c = get_config()
c.CourseDirectory.course_id = "mininn"
c.OverwriteCells.add_missing_cells = True
c.Execute.timeout = 30
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in nbgrader, from source notebooks to its grades.csv."""
    venv = environment(tmp_path_factory)
    folder = tmp_path_factory.mktemp("course")
    (folder / "nbgrader_config.py").write_text(CONFIG, "utf-8")
    env = os.environ | {
        "PATH": f"{venv / 'bin'}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "JUPYTER_PLATFORM_DIRS": "1",
    }

    def nbgrader(*words):
        done = subprocess.run(
            [venv / "bin" / "nbgrader", *words],
            cwd=folder,
            env=env,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr[-3000:]

    for name, answers in ANSWERS.items():
        path = folder / "source" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(targets.nbgrader(read(name)), "utf-8")
        nbgrader("generate_assignment", name)
        release = (folder / "release" / name / path.name).read_text("utf-8")
        for student, (text, _) in answers.items():
            own = folder / "submitted" / student / name / path.name
            own.parent.mkdir(parents=True)
            own.write_text(hand_in(release, text), "utf-8")
        nbgrader("autograde", name)
        nbgrader("generate_feedback", name)
    nbgrader("export", "--to=grades.csv")
    return folder


@pytest.mark.parametrize("name", ANSWERS)
def test_nbgrader_gives_the_same_marks(course, name):
    with (course / "grades.csv").open(encoding="utf-8") as table:
        rows = [r for r in csv.DictReader(table) if r["assignment"] == name]
    got = {r["student_id"]: float(r["score"] or 0) for r in rows}
    for student, mark in marks(name).items():
        assert got[student] == mark, student
    assert {float(r["max_score"]) for r in rows} == {sum_of(name)}


def sum_of(name):
    return sum(notebooks.exercise(read(name)).points.values())


def test_nbgrader_releases_no_solution_and_shows_no_test(course):
    for name in ANSWERS:
        text = (course / "release" / name / f"{name}.ipynb").read_text("utf-8")
        assert "YOUR CODE HERE" in text
        assert "SOLUTION" not in text
        assert "@ex." not in text
    page = course / "feedback" / "no_mean" / "backprop" / "backprop.html"
    text = page.read_text("utf-8")
    assert "7 times too large: did you forget 1/m?" in text
    assert "@ex." not in text


# Gradescope


# Pythons to grade with: ours, and the system's as another user.
PYTHONS = [
    pytest.param(sys.executable, "", id="ours"),
    pytest.param("/usr/bin/python3", "uid", id="system"),
]


def tools(folder, python, level):
    """Return a PATH with what the script needs, without bubblewrap."""
    folder.mkdir()
    # Not a link: beside a link an environment's Python finds no packages.
    (folder / "python3").write_text(
        f'#!/bin/sh\nexec "{python}" "$@"\n', "utf-8"
    )
    (folder / "python3").chmod(0o755)
    for tool in ("bash", "env", "chmod"):
        (folder / tool).symlink_to(shutil.which(tool))
    if not level and shutil.which("bwrap"):
        (folder / "bwrap").symlink_to(shutil.which("bwrap"))
    return folder


def usable(python, level):
    """Skip when this Python cannot grade here, and say why."""
    if level == "uid" and os.geteuid() != 0:
        pytest.skip("only root can be another user")
    done = subprocess.run([python, "-c", "import numpy"], capture_output=True)
    if done.returncode:
        pytest.skip(f"{python} has no NumPy: apt-get install python3-numpy")
    if not level:
        try:
            levels.find()
        except sandbox.SandboxError as error:
            pytest.skip(str(error))


THIEF = """import glob
def backprop(*args):
    for path in glob.glob("ROOT/*/*") + glob.glob("/proc/*/environ"):
        try:
            text = open(path, "rb").read()
        except OSError:
            continue
        if b"expected" in text or b"MININN_SEED" in text:
            raise RuntimeError("found " + path)
    raise RuntimeError("nothing found")
"""


@pytest.mark.whole
@pytest.mark.parametrize(("python", "level"), PYTHONS)
def test_the_gradescope_zip_gives_the_same_marks(
    python, level, tmp_path_factory, tmp_path, monkeypatch
):
    usable(python, level)
    monkeypatch.setenv("MININN_SEED", "a secret seed")
    tmp_path.chmod(0o711)
    files = build.everything(SOURCE / "backprop.ipynb", "a secret seed")
    path = tools(tmp_path / "tools", python, level)
    cases = ANSWERS["backprop"] | {"thief": (THIEF, 0)}
    got, told = {}, {}
    for student, (text, _) in cases.items():
        root = tmp_path / student
        with zipfile.ZipFile(
            io.BytesIO(files["gradescope/backprop.zip"])
        ) as archive:
            archive.extractall(root / "source")
        (root / "submission").mkdir()
        text = text and text.replace("ROOT", str(root))
        own = hand_in(files["release/backprop.ipynb"], text)
        (root / "submission" / "my work.ipynb").write_text(own, "utf-8")
        script = (root / "source" / "run_autograder").read_text("utf-8")
        (root / "run_autograder").write_text(
            script.replace("/autograder", str(root)), "utf-8"
        )
        subprocess.run(
            ["/usr/bin/env", "bash", root / "run_autograder"],
            env={"PATH": str(path), "MININN_SEED": "a secret seed"},
            check=True,
        )
        result = json.loads(
            (root / "results" / "results.json").read_text("utf-8")
        )
        got[student] = sum(test["score"] for test in result["tests"])
        told[student] = {test["output"] for test in result["tests"]}
        top = sum(test["max_score"] for test in result["tests"])
        assert top == 5
    assert got == {student: mark for student, (_, mark) in cases.items()}
    assert told["blank"] == {"not attempted yet"}
    assert told["thief"] == {
        "it stops in cell 3, line 10 with RuntimeError."
    } or told["thief"] == {"it stops in cell 2, line 10 with RuntimeError."}


def test_the_gradescope_zip_says_why_it_did_not_grade(tmp_path):
    key = keys.load_key("softmax")
    with zipfile.ZipFile(io.BytesIO(targets.gradescope(key))) as archive:
        archive.extractall(tmp_path / "source")
        mode = archive.getinfo("run_autograder").external_attr >> 16
    assert mode == 0o755
    (tmp_path / "submission").mkdir()
    run = [
        sys.executable,
        "-m",
        "mininn.exercises.classroom.gradescope",
        tmp_path,
    ]
    done = subprocess.run(
        run, cwd=tmp_path / "source", env={"PATH": "/nowhere"}
    )
    assert done.returncode == 0
    result = json.loads((tmp_path / "results/results.json").read_text("utf-8"))
    assert result["score"] == 0
    assert result["output"].startswith("Not graded: ")


# The page for instructors


def rows_of_the_page():
    """Yield the cells of each row of a table, links as names."""
    text = (BOOK / "instructors.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("| {doc}") or re.match(r"\| \d+ \| {doc}", line):
            yield [
                re.findall(r"`([a-z/]+)`", part) or part.strip()
                for part in line.strip("|").split("|")
            ]


def minutes(chapter):
    text = (BOOK / f"{chapter}.ipynb").read_text(encoding="utf-8")
    return int(re.search(r"Time: (\d+) minutes", text)[1])


def test_the_page_has_the_points_and_plans_of_the_book():
    names = {path.stem for path in build.sources(SOURCE)}
    points, plans, week = {}, [], 0
    for first, *rest in rows_of_the_page():
        if isinstance(first, list):
            points[Path(first[0]).name] = float(rest[0])
            continue
        week = int(first)
        read_now, time, assigned = rest
        assert int(time) == sum(map(minutes, read_now)), first
        if week == 1:
            plans.append((set(), set()))
        chapters, exercises = plans[-1]
        chapters.update(read_now)
        exercises.update(Path(n).name for n in assigned if "/" in n)
    assert points == {name: sum_of(name) for name in names}
    assert week == 6
    assert len(plans) == 3
    later, assigned = plans.pop()  # for who has been through one of the two
    told = {
        page
        for caption, pages in parts().items()
        for page in pages
        if caption not in ("", "Reference") and "/" not in page
    }
    for chapters, exercises in plans:
        assert not chapters & later
        assert exercises | assigned == names
        assert chapters | later == told - {"authors", "instructors", "paths"}


# Privacy


PRIVATE = "private-" + "c0ffee" * 4
TOC = """format: jb-book
root: book/intro
chapters: [{file: book/softmax}, {file: book/exercises/softmax}]
"""


@pytest.mark.whole
def test_the_published_book_holds_nothing_of_a_class(tmp_path):
    """Build some pages of a book that has a class in it, and look."""
    copy = tmp_path / "copy"
    skipped = ("_build", ".*", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*skipped))
    (copy / "_toc.yml").write_text(TOC, "utf-8")
    (copy / "book" / "search.toml").unlink()  # it names pages left out here
    release = build.everything(SOURCE / "softmax.ipynb", PRIVATE)
    spy = notebooks.dump(
        PRIVATE,
        [
            notebooks.cell("markdown", f"# {PRIVATE}"),
            notebooks.cell("code", f"open('{tmp_path}/ran', 'w')"),
        ],
    )
    for folder in (
        "submissions/ann",
        "grades/feedback",
        "grades/results",
        "build/release",
        "build/answers",
        "build/gradescope",
        "book/exercises/private",
        "book/exercises/source",
        "my-course",
        "mininn/exercises/keys",
        "submissions",
    ):
        for name in (f"{PRIVATE}.ipynb", f"{PRIVATE}.md", f"{PRIVATE}.json"):
            path = copy / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                spy if path.suffix != ".md" else f"# {PRIVATE}\n", "utf-8"
            )
    for name, text in release.items():
        path = copy / "build" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode() if isinstance(text, str) else text
        path.write_bytes(data)
    subprocess.run(
        [
            Path(sys.executable).with_name("jupyter-book"),
            "build",
            "--path-output",
            tmp_path / "out",
            copy,
        ],
        check=True,
        capture_output=True,
    )
    html = tmp_path / "out" / "_build" / "html"
    assert (html / "book" / "softmax.html").exists()
    assert not (tmp_path / "ran").exists()
    for path in html.rglob("*"):
        name = path.relative_to(html).as_posix()
        assert PRIVATE not in name
        parts = set(Path(name).parts)
        assert not parts & {"submissions", "grades", "build", "my-course"}
        assert not parts & {"source", "private", "keys", "nbgrader"}, name
        if path.is_file():
            data = path.read_bytes()
            assert PRIVATE.encode() not in data, name
            for word in (b'Exercise("softmax"', b"Known mistakes, and what"):
                assert word not in data, name
    pages = html / "book"
    found = {p.relative_to(pages).as_posix() for p in pages.rglob("*.html")}
    assert found == {"intro.html", "softmax.html", "exercises/softmax.html"}


def test_the_key_that_gives_marks_is_nowhere_stored(tmp_path):
    source = SOURCE / "softmax.ipynb"
    files = build.everything(source, PRIVATE)
    key = notebooks.exercise(read("softmax")).key(PRIVATE)
    inside = keys.dump(key).encode()
    numbers = np.ravel(key.cases[0].args[0]["array"]).tolist()
    text = json.dumps(numbers)[1:-1].encode()
    assert text in inside
    for name, made in files.items():
        data = made if isinstance(made, bytes) else made.encode()
        assert (text in data) == name.startswith("gradescope/"), name
        assert PRIVATE.encode() not in data
