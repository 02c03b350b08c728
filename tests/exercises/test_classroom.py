"""What a class hands in: whose it is, which file counts, what is in it.

Also what an author may not publish, and where a mark may go.
"""

import json
import os
import shutil
import struct
import subprocess
import time
import unicodedata
import zipfile

import numpy as np
import pytest

from mininn.exercises import ExerciseError, check
from mininn.exercises.__main__ import main
from mininn.exercises.author import build, notebooks
from mininn.exercises.classroom import (
    cells,
    downloads,
    export,
    levels,
    results,
    sandbox,
    submissions,
)
from mininn.exercises.classroom.cells import plain
from mininn.exercises.classroom.submissions import File, Submission, find
from mininn.exercises.judge import keys, loading
from mininn.exercises.judge.outcomes import Outcome


def notebook(*texts):
    made = [notebooks.cell("code", text) for text in texts]
    return notebooks.dump("x", made).encode()


SOFTMAX = notebook("def softmax(Z):\n    return Z")
STUB = notebook(
    "def softmax(Z):\n    '''Say it.'''\n    raise NotImplementedError"
)
LAYER = notebook("def layer(X):\n    '''See softmax.'''\n    return X")


# Isolation


@pytest.mark.parametrize("level", ["bubblewrap", "Bwrap", "firejail", "bare"])
def test_a_level_that_does_not_exist_runs_nothing(level, tmp_path, capsys):
    with pytest.raises(sandbox.SandboxError, match="there is no level"):
        levels.find(trust=True, only=level)
    with pytest.raises(ValueError):
        levels._make(level)
    with pytest.raises(SystemExit):
        main(["grade", "softmax", str(tmp_path), "--level", level])
    assert "invalid choice" in capsys.readouterr().err


def test_a_box_that_keeps_nothing_in_is_seen_from_inside(monkeypatch):
    open_box = levels.bare("none")
    assert levels.reached(open_box) == levels.THINGS
    for level in ("bwrap", "docker", "uid"):
        pretends = sandbox.Sandbox(level, open_box.command)
        monkeypatch.setattr(levels, "_make", lambda level, box=pretends: box)
        with pytest.raises(sandbox.SandboxError) as told:
            levels.find(only=level)
        assert f"{level}: from inside one reaches your files" in str(
            told.value
        )


@pytest.mark.whole
def test_what_is_said_of_a_level_is_what_was_seen():
    said = levels.described(levels.find(trust=True, only="none"))
    assert said == (
        "isolation: none. What was handed in can reach your files, other "
        "processes, the network."
    )
    try:
        shut = levels.find(only="bwrap")
    except sandbox.SandboxError as error:
        pytest.skip(str(error))
    assert levels.described(shut) == (
        "isolation: bwrap. Out of its reach: your files, other processes, "
        "the network."
    )


def test_a_probe_that_did_not_get_to_its_end_tells_nothing(monkeypatch):
    ours = levels._run_ours
    gone = Outcome(error="Crash", text="it ended the process")
    monkeypatch.setattr(
        levels,
        "_run_ours",
        lambda box, text: gone if "socket" in text else ours(box, text),
    )
    with pytest.raises(sandbox.SandboxError, match="our own probe gives"):
        levels.find(trust=True, only="none")


# Which file counts


def taken(function, *files):
    return Submission("ann", "", files).cells(function)[0]


def test_a_file_that_mentions_a_function_does_not_define_it():
    week = File("layer.ipynb", LAYER), File("softmax.ipynb", SOFTMAX)
    assert taken("softmax", *week) == "softmax.ipynb"
    assert taken("layer", *week) == "layer.ipynb"
    scratch = File("zz.ipynb", notebook("print(softmax(3))", "# def softmax"))
    assert taken("softmax", *week, scratch) == "softmax.ipynb"
    other = File("zz.py", b"from softmax import softmax")
    assert taken("softmax", *week, other) == "softmax.ipynb"


def test_a_stub_and_a_broken_cell_count_where_nothing_better_is():
    stub, right = File("z.ipynb", STUB), File("a.ipynb", SOFTMAX)
    broken = File("b.ipynb", notebook("def softmax(Z:\n    return Z"))
    assert taken("softmax", stub, right, broken) == "a.ipynb"
    assert taken("softmax", stub, broken) == "b.ipynb"
    assert taken("softmax", stub, File("a.py", b"x = 1")) == "z.ipynb"


@pytest.mark.parametrize(
    "names",  # from the oldest to the newest
    [
        ("softmax.ipynb", "softmax-1.ipynb", "softmax-2.ipynb"),
        ("softmax.ipynb", "softmax (1).ipynb", "softmax (10).ipynb"),
        ("softmax.ipynb", "softmax-Copy1.ipynb"),
        ("softmax.ipynb", "Copy of softmax.ipynb"),
        ("softmax_v2.ipynb", "softmax_v9.ipynb", "softmax_v10.ipynb"),
        ("week 1 v9.ipynb", "week 1 v10.ipynb"),
        ("softmax.ipynb.txt", "softmax-1.ipynb.txt"),
    ],
)
def test_of_several_versions_the_newest_counts(names):
    files = [File(name, SOFTMAX) for name in names]
    assert submissions.order(files)[-1].name == names[-1]
    assert submissions.order(files[::-1])[-1].name == names[-1]


def test_the_systems_number_beats_the_name_and_the_name_beats_the_time():
    early, late = (2026, 1, 1, 9, 0, 0), (2026, 1, 1, 9, 0, 2)
    old = File("softmax-1.ipynb", SOFTMAX, number=7, time=late)
    new = File("softmax.ipynb", SOFTMAX, number=8, time=early)
    assert submissions.order([old, new])[-1] is new
    a = File("softmax (2).ipynb", SOFTMAX, time=early)
    b = File("softmax (1).ipynb", SOFTMAX, time=late)
    assert submissions.order([a, b])[-1] is a
    c = File("again.ipynb", SOFTMAX, time=early)
    d = File("answer.ipynb", SOFTMAX, time=late)
    assert submissions.order([c, d])[-1] is d


def test_a_broken_cell_of_empty_lines_takes_no_minutes():
    start = time.perf_counter()
    taken("softmax", File("a.py", b"softmax (" + b"\n" * 20_000))
    assert time.perf_counter() - start < 1


def test_canvas_numbers_and_the_times_of_files_are_read(tmp_path):
    (tmp_path / "doeann_1_900_softmax.ipynb").write_bytes(SOFTMAX)
    (tmp_path / "doeann_1_1000_softmax-1.ipynb").write_bytes(SOFTMAX)
    (ann,) = find(tmp_path, ["softmax"])
    assert ann.cells("softmax")[0] == "softmax-1.ipynb"
    assert {file.number for file in ann.files} == {900, 1000}
    folder = tmp_path / "b"
    (folder / "bob").mkdir(parents=True)
    (folder / "cleo.ipynb").write_bytes(SOFTMAX)
    for name, when in (("x.ipynb", 2e9), ("y.ipynb", 1e9)):
        (folder / "bob" / name).write_bytes(SOFTMAX)
        os.utime(folder / "bob" / name, (when, when))
    bob, _ = find(folder)
    assert bob.cells("softmax")[0] == "x.ipynb"


# Whose it is


def zipped(path, *names, data=SOFTMAX):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, data)
    return path


def students(path, *exercises):
    return [s.student for s in find(path, exercises)]


@pytest.mark.parametrize(
    ("names", "whose"),
    [
        (["class/ann.ipynb", "class/bob.ipynb"], ["ann", "bob"]),
        (["class/ann/a.ipynb", "class/bob/a.ipynb"], ["ann", "bob"]),
        (["x/y/z/ann.py", "x/y/z/bob.py", "__MACOSX/x/._z"], ["ann", "bob"]),
        (["x/ann/s.py", "x/bob/s.py", "README.txt"], ["ann", "bob"]),
        (
            ["x/ann.py", "x/bob.py", "x/README.md", "x/Thumbs.db"],
            ["ann", "bob"],
        ),
        (["ann.py", "desktop.ini", "Thumbs.db", "README.txt"], ["ann"]),
        (["ann/softmax.ipynb", "ann/layer.ipynb"], ["ann"]),
        (["ann/softmax/softmax.ipynb", "ann/layer/layer.ipynb"], ["ann"]),
        (["ann/softmax-1.ipynb", "ann/mine.py"], ["ann"]),
        (["ann/week1/a.py"], ["ann"]),
        (["x/ann/softmax.py", "x/ann/layer.py"], ["ann"]),
        (
            [
                "Ann Doe_3_assignsubmission_file_/a.py",
                "Ann Doe_3_assignsubmission_file_/b.py",
            ],
            ["Ann Doe"],
        ),
        (
            [
                "late/Ann Doe_3_assignsubmission_file_/a.py",
                "late/Bob_4_assignsubmission_file_/b.py",
            ],
            ["Ann Doe", "Bob"],
        ),
        (
            ["w/doeann_1_2_a.ipynb", "w/roebob_3_4_a.ipynb"],
            ["doeann", "roebob"],
        ),
    ],
)
def test_a_wrapper_is_no_student_and_a_student_no_wrapper(
    names, whose, tmp_path
):
    path = zipped(tmp_path / "all.zip", *names)
    assert students(path, "softmax", "layer") == whose


def test_a_backslash_between_folders_is_a_slash(tmp_path):
    path = zipped(tmp_path / "a.zip", *(f"x\\{n}\\a.py" for n in "abc"))
    assert students(path) == ["a", "b", "c"]


def test_a_number_that_python_does_not_read_costs_nobody(tmp_path):
    many = "9" * 5000
    names = [f"doeann_1_{many}_a.ipynb", f"roebob_2_3_a-{many}.ipynb"]
    path = zipped(tmp_path / "a.zip", *names, "roebob_2_4_a.ipynb")
    assert students(path, "softmax") == ["doeann", "roebob"]
    taken("softmax", *find(path)[1].files)


def test_of_two_entries_of_one_name_the_last_counts(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("ann/a.py"), "softmax = 1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(zipfile.ZipInfo("ann/a.py"), "softmax = 2")
    (ann,) = find(path)
    assert ann.cells("softmax")[1] == [["your file", "softmax = 2"]]


def test_no_two_students_share_a_file_of_feedback(tmp_path):
    names = [("ann", ""), ("ann-", ""), ("-ann", ""), ("ann", "1")]
    names += [("ann-1", ""), ("ann-1", "1"), ("ann-1-1", "")]
    names += [("\U0001d400" * 63, ""), ("\U0001d400" * 63 + "a", "")]
    slugs = {results.slug(Submission(*name, ())) for name in names}
    assert len(slugs) == len(names)
    for slug in slugs:
        results.write(tmp_path / f"{slug}.json", "")


@pytest.mark.whole
def test_a_name_in_any_bytes_costs_that_student_alone(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (b"M\xfcller", b"M\xf6ller"):
        os.mkdir(os.fsencode(folder) + b"/" + name)
        path = os.fsencode(folder) + b"/" + name + b"/a.ipynb"
        with open(path, "wb") as file:
            file.write(SOFTMAX)
    (folder / "bob.ipynb").write_bytes(SOFTMAX)
    assert students(folder) == ["M\\xf6ller", "M\\xfcller", "bob"]
    args = ["grade", "softmax", str(folder), "--out", str(tmp_path / "out")]
    assert main([*args, "--trust-students"]) == 0
    assert len(list((tmp_path / "out" / "feedback").iterdir())) == 3


def test_names_in_a_zip_are_utf_8_said_or_not(tmp_path):
    path = zipped(tmp_path / "a.zip", "Müller.ipynb", "bob.ipynb")
    data = bytearray(path.read_bytes())
    assert students(path) == ["Müller", "bob"]
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        struct.pack_into("<H", data, data.find(signature) + at, 0)
    path.write_bytes(data)
    assert students(path) == ["Müller", "bob"]


@pytest.mark.parametrize("name", ["", "./.", "/", "."])
def test_an_entry_without_a_name_is_nobodys(name, tmp_path):
    path = zipped(tmp_path / "a.zip", "ann.ipynb")
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        archive.writestr(entry, SOFTMAX)
    assert set(students(path)) - {downloads.NAMELESS} == {"ann"}


def directory(data):
    """Return where each entry of a zip's directory begins."""
    at, found = data.find(b"PK\1\2"), []
    while at >= 0:
        found.append(at)
        at = data.find(b"PK\1\2", at + 1)
    return found


def test_a_name_that_only_says_it_is_utf_8_costs_nobody(tmp_path):
    path = zipped(tmp_path / "a.zip", "ann.ipynb", "Müller.ipynb", "bob.ipynb")
    data = path.read_bytes().replace("ü".encode(), b"\xfc!")
    path.write_bytes(data)
    with pytest.raises(UnicodeDecodeError):
        zipfile.ZipFile(path)
    found = students(path)
    assert len(found) == 3
    assert {"ann", "bob"} < set(found)


def test_a_damaged_entry_costs_that_student_alone(tmp_path):
    names = [f"s{i}.ipynb" for i in range(5)]
    whole = zipped(tmp_path / "a.zip", *names).read_bytes()
    begins = directory(whole)
    path = tmp_path / "b.zip"
    rng = np.random.default_rng(1)
    for _ in range(200):
        i, bit = int(rng.integers(5)), int(rng.integers(8))
        at = begins[i] + int(rng.integers(46 + len(names[i])))
        data = bytearray(whole)
        data[at] ^= 1 << bit
        path.write_bytes(data)
        others = {f"s{k}" for k in range(5)} - {f"s{i}"}
        found = {s.student: s for s in find(path)}
        assert others <= set(found), (i, at - begins[i], bit)
        for other in others:
            assert found[other].cells("softmax")
    data = bytearray(whole)
    data[begins[2]] = 0
    path.write_bytes(data)
    assert students(path) == ["(damaged entry 1)", "s0", "s1", "s3", "s4"]


def test_a_damaged_end_of_the_directory_costs_nobody(tmp_path):
    path = zipped(tmp_path / "a.zip", "ann.ipynb", "bob.ipynb")
    whole = path.read_bytes()
    for at in range(3, 7):  # from the end: where the directory begins
        for bit in range(8):
            data = bytearray(whole)
            data[-at] ^= 1 << bit
            path.write_bytes(data)
            for student in find(path):
                assert student.cells("softmax")


@pytest.mark.parametrize("method", ["STORED", "DEFLATED", "BZIP2", "LZMA"])
def test_damaged_data_costs_that_student_alone(method, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(
        path, "w", getattr(zipfile, f"ZIP_{method}")
    ) as archive:
        archive.writestr("ann.ipynb", SOFTMAX)
        archive.writestr("bob.ipynb", SOFTMAX)
    whole = path.read_bytes()
    start = whole.find(b"ann.ipynb") + 9
    for at in range(start, whole.find(b"bob.ipynb") - 35, 7):
        data = bytearray(whole)
        data[at : at + 5] = b"\xff" * 5
        path.write_bytes(data)
        ann, bob = find(path)
        assert bob.cells("softmax")
        with pytest.raises(ExerciseError, match=r"damaged in the zip|no note"):
            ann.cells("softmax")


def test_what_holds_no_entry_is_called_damaged(tmp_path):
    path = zipped(tmp_path / "a.zip", "ann.ipynb")
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\1\2")] = 0
    path.write_bytes(data)
    with pytest.raises(ExerciseError, match=r"is damaged: no entry can be"):
        find(path)


# What is in it


def graded(name, *texts):
    found = cells.code_cells("a.ipynb", notebook(*texts))
    return loading.load(found, name)


@pytest.mark.parametrize(
    "text",
    [
        "%matplotlib inline\ndef f(x):\n    return 2 * x  # is it right?",
        "%%time\ndef f(x):\n    return 2 * x",
        "\n\n%%time\n\ndef f(x):\n    return 2 * x",
        "%%capture out --no-stderr\ndef f(x):\n    return 2 * x",
        "%%capture\n%%time\n%matplotlib inline\ndef f(x):\n    return 2 * x",
        "%%prun -q\ndef f(x):\n    return 2 * x",
        "files = !ls\ndef f(x):\n    return 2 * x",
        "!pip install \\\n    numpy\ndef f(x):\n    return 2 * x",
        "%pip install numpy\ndef f(x):\n    return 2 * x",
        "%time k = 2\ndef f(x):\n    return k * x",
        "def f(x):\n    get_ipython().system('ls')\n    return 2 * x",
        "def f(x):\n    !ls\n    return 2 * x",
        "?str\nimport numpy as np\nnp.exp?\ndef f(x):\n    return 2 * x",
        ">>> def f(x):\n...     return 2 * x",
        "    def f(x):\n        return 2 * x",
        "get_ipython().run_cell_magic('time', '', 'def f(x):\\n  "
        "return 2 * x\\n')",
    ],
)
def test_magics_cost_no_line_of_code(text):
    answer, failed = graded("f", text)
    assert answer is not None, failed
    assert answer(4) == 8


@pytest.mark.parametrize(
    "text",
    [
        "%%bash\ndef f(x): return 1",
        "%%writefile f.py\ndef f(x): return 1",
        "%%timeit\ndef f(x): return 1",
        "%%time x = 1\ndef f(x): return 1",
    ],
)
def test_a_cell_that_defined_nothing_defines_nothing(text):
    assert graded("f", text)[0] is None


def test_the_lines_of_a_cell_are_counted_as_the_student_does():
    text = "\n%%time\n# a comment\ndef f(x):\n    return x / 0"
    lines = plain(text).split("\n")
    assert lines.index("    return x / 0") == 4


def test_a_cell_of_nothing_but_magics_takes_no_minutes():
    text = "\n".join(["%time x = 1"] * 20_000)
    start = time.process_time()
    assert plain(text) == text
    assert plain("\n".join(["%%time"] * 400) + "\nx = 1")
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "texts",
    [
        ["\n".join(["/f x"] * 1000)],
        ["%x\n" + ";" * 4000],
        ["\r".join(["%time x"] * 1000)],
        ["%x " + "(" * 250_000],
        pytest.param(["%x\n" * 200] * 40, marks=pytest.mark.whole),
        pytest.param(["%x"] * 40_000, marks=pytest.mark.whole),
        pytest.param(
            [
                f"get_ipython().run_cell_magic('time', '', {'%x|' * 200!r})\n"
                * 40
            ],
            marks=pytest.mark.whole,
        ),
    ],
)
def test_the_work_of_ipython_is_bounded_for_each_file(texts):
    start = time.process_time()
    cells.code_cells(
        "a.ipynb", notebook(*(t.replace("|", "\\n") for t in texts))
    )
    assert time.process_time() - start < 12


def test_a_cell_that_costs_too_much_costs_no_other_cell():
    dear = "\n".join(["%time x = 1"] * 20_000)
    answer, _ = graded("f", dear, "%matplotlib inline\ndef f(x): return x")
    assert answer(3) == 3


@pytest.mark.parametrize("many", [300, 900, 5000])
def test_an_expression_of_any_depth_is_read(many):
    for deep in ("a" + many * ".b" + "()", "a" + many * "()"):
        assert plain(deep).rstrip("\n") == deep


def test_more_code_than_anyone_writes_is_refused():
    with pytest.raises(ExerciseError, match="more than 256 kB of code"):
        cells.code_cells("a.py", b"x = 1\n" * 200_000)


def test_without_ipython_the_run_stops_instead_of_marking(monkeypatch):
    monkeypatch.setitem(
        __import__("sys").modules, "IPython.core.inputtransformer2", None
    )
    with pytest.raises(sandbox.SandboxError, match="pip install ipython"):
        plain("%matplotlib inline\nx = 1")
    assert plain("x = 1  # 100 % right?") == "x = 1  # 100 % right?"


# The numbers that check reads


def test_the_key_beside_the_notebook_beats_the_books(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)

    def softmax(Z):
        E = np.exp(Z - Z.max(axis=0))
        return E / E.sum(axis=0)

    check("softmax", softmax)
    assert capsys.readouterr().out == (
        "softmax: all right, 3 of 3 points, on the book's numbers\n"
    )
    key = keys.load_key("softmax")
    varied = keys.Key(
        "softmax",
        "softmax",
        {"A": 1},
        key.cases[:1],
        [Outcome({"A": np.ones(1)})],
    )
    (tmp_path / "softmax.json").write_text(keys.dump(varied), "utf-8")
    check("softmax", softmax)
    assert capsys.readouterr().out.startswith(
        "softmax: 0 of 1 points, on the numbers of softmax.json, beside this "
        "notebook\n"
    )
    (tmp_path / "softmax.json").write_text("{}", "utf-8")
    check("softmax", softmax)
    assert capsys.readouterr().out == (
        "check: softmax.json is not the key of an exercise. Download it "
        "again, or give it another name.\n"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"name": "layer"},
        {"expected": []},
        {"cases": [], "expected": []},
        {"points": {}},
        {"points": {"B": 1}},
        {"points": {"A": "x"}},
        {"tol": None},
        {"mistakes": [{"name": "", "message": "", "outcomes": []}]},
    ],
)
def test_a_key_of_another_exercise_or_with_holes_is_refused(
    change, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    whole = json.loads((keys.FOLDER / "softmax.json").read_text("utf-8"))
    place = tmp_path / "softmax.json"
    for text in (json.dumps(whole | change), "[" * 100_000):
        place.write_text(text, "utf-8")
        check("softmax", abs)
        said = capsys.readouterr().out
        assert said.startswith("check: softmax.json is not the key")


# Markers of solutions


ANSWER = """def f(x):
    # BEGIN SOLUTION
    secret = 2 * x
    return secret
    # END SOLUTION"""


def authored(tmp_path, *answers, above="import numpy as np", more=()):
    """Write a source with these answer and other cells; return its path."""

    def tagged(text, tag):
        made = notebooks.cell("code", text)
        made["metadata"]["tags"] = [tag] if tag else []
        return made

    grader = (
        "ex = Exercise('toy', {'y': 1}, f)\n\n"
        "@ex.cases\ndef _(rng):\n    yield '', [1.0], {}\n"
    )
    from_ours = "from mininn.exercises import Exercise\n"
    made = [tagged(above, "")]
    made += [tagged(text, "answer") for text in answers]
    made += [*more, tagged("check('toy', f)", "check")]
    made += [tagged(from_ours + grader, "grader"), tagged("1", "selftest")]
    path = tmp_path / "toy.ipynb"
    path.write_text(notebooks.dump("toy", made), encoding="utf-8")
    return path


def test_a_marked_solution_is_in_no_file_of_a_student(tmp_path):
    path = authored(tmp_path, ANSWER)
    for name, text in build.everything(path, "seed").items():
        if name.startswith("release"):
            assert "secret" not in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# BEGIN SOLUTION", "# BEGIN SOLUTION ", "is no marker"),
        ("# END SOLUTION", "# END SOLUTION\t", "is no marker"),
        ("# BEGIN SOLUTION", "### BEGIN SOLUTION", "is no marker"),
        ("# BEGIN SOLUTION", "#BEGIN SOLUTION", "is no marker"),
        ("# BEGIN SOLUTION", "# Begin solution", "is no marker"),
        ("# BEGIN SOLUTION", "# BEGIN SOLUSION", "is no marker"),
        ("# BEGIN SOLUTION", "# START SOLUTION", "is no marker"),
        ("# BEGIN SOLUTION", "# BEGIN_SOLUTION", "is no marker"),
        ("# BEGIN SOLUTION", "\t# BEGIN SOLUTION", "is no marker"),
        ("    # BEGIN SOLUTION\n", "", "has no '# BEGIN SOLUTION' above it"),
        ("\n    # END SOLUTION", "", "has no '# END SOLUTION'"),
        ("    secret", "    # BEGIN SOLUTION\n    secret", "comes twice"),
        ("# END SOLUTION", "# BEGIN SOLUTION", "comes twice"),
    ],
)
@pytest.mark.parametrize("beside", [False, True])
def test_a_marker_that_would_not_be_seen_stops_build(
    old, new, said, beside, tmp_path, capsys
):
    bad = ANSWER.replace(old, new, 1)
    other = ANSWER.replace("def f", "def g").replace("secret", "other")
    path = authored(tmp_path, *([other] if beside else []), bad)
    with pytest.raises(ExerciseError, match=f"cell .*, line .*{said}"):
        notebooks.read(path)
    out = tmp_path / "out"
    args = ["build", "--source", str(tmp_path), "--out", str(out)]
    assert main(args) == 1
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_solution_outside_of_an_answer_stops_build(tmp_path):
    with pytest.raises(ExerciseError, match="with the tag answer"):
        notebooks.read(authored(tmp_path, ANSWER, above=ANSWER))


def test_a_line_of_the_solution_anywhere_else_stops_build(tmp_path):
    path = authored(tmp_path, ANSWER, above="x = 1\nsecret = 2 * x")
    with pytest.raises(ExerciseError) as told:
        build.everything(path, "seed")
    assert str(told.value) == (
        "toy: students would read a line of the solution, 'secret = 2 * x': "
        "it stands outside of the markers too. Change one of the two."
    )


def other(kind, text, *tags, printed=None):
    made = notebooks.cell(kind, text, printed and [printed])
    made["metadata"]["tags"] = list(tags)
    return made


@pytest.mark.parametrize(
    "cell",
    [
        other("code", "# secret = 2 * x"),
        other("markdown", "Thus:\n\n- `secret = 2 * x`"),
        other("code", "1", printed={"text": ["a\n", "    secret = 2 * x\n"]}),
        other(
            "code",
            "1",
            printed={
                "traceback": [
                    "\x1b[1;32m      1\x1b[0m x\n"
                    "\x1b[0;31m----> 2\x1b[0m     secret = 2 * x\n"
                ]
            },
        ),
    ],
)
def test_a_line_of_the_solution_in_a_comment_or_an_output_stops_build(
    cell, tmp_path
):
    path = authored(tmp_path, ANSWER, more=[cell])
    with pytest.raises(ExerciseError, match="read a line of the solution"):
        build.everything(path, "seed")


def test_a_bracket_is_no_line_of_a_solution(tmp_path):
    answer = ANSWER.replace("2 * x", "(\n        2 * x\n    )")
    more = [other("code", "y = (\n    1\n)")]
    assert build.everything(authored(tmp_path, answer, more=more), "seed")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (other("markdown", "Two.", "Solution"), "no tag 'Solution'"),
        (other("markdown", "Two.", "solutions"), "no tag 'solutions'"),
        (other("code", "1", "Grader"), "no tag 'Grader'"),
        (other("markdown", "Two.", "answer"), "a cell of words"),
        (other("code", "1", "check", "solution"), "tags check and solution"),
    ],
)
def test_a_tag_that_would_show_a_cell_to_students_stops_build(
    cell, said, tmp_path
):
    with pytest.raises(ExerciseError, match=said):
        notebooks.read(authored(tmp_path, ANSWER, more=[cell]))


def test_build_without_a_source_says_so(tmp_path, capsys):
    (tmp_path / "none").mkdir()
    args = ["build", "--source", str(tmp_path / "none"), "--out", "x"]
    assert main(args) == 1
    assert "holds no source notebook" in capsys.readouterr().err


# Marks in the system's table


def row(student, points, number=""):
    return {"student": student, "id": number, "points": points, "of": "4"}


def test_canvas_marks_are_scaled_to_the_points_that_are_possible():
    book = (
        "Student;ID;Week 1 (7);Week 2 (8)\n"
        "    Points Possible;;20;(read only)\n"
        "Doe, Ann;1;;\nRoe, Bob;2;3;9\n"
    )
    text, missing = export.canvas([row("doeann", "3", "1")], book, "Week 1")
    assert missing == []
    assert text.splitlines()[2:] == ["Doe, Ann;1;15;", "Roe, Bob;2;3;9"]
    with pytest.raises(ExerciseError, match=r"Canvas computes 'Week 2 \(8\)'"):
        export.canvas([row("doeann", "3", "1")], book, "Week 2")


def test_two_students_of_one_name_are_never_guessed():
    book = (
        "Student,ID,Week 1 (7)\n    Points Possible,,4\n"
        '"Doe, Ann",1,\n"Doe, Ann",2,\n"Roe, Bob",3,\n'
    )
    rows = [row("doeann", "4"), row("roebob", "2")]
    text, missing = export.canvas(rows, book, "Week 1")
    assert missing == ["doeann: 2 rows have that name"]
    assert text.splitlines()[2:] == [
        '"Doe, Ann",1,',
        '"Doe, Ann",2,',
        '"Roe, Bob",3,2',
    ]
    rows = [row("roebob", "4"), row("Roe Bob", "2")]
    text, missing = export.canvas(rows, book, "Week 1")
    assert len(missing) == 2
    assert "several submissions are for one row" in missing[0]
    assert text.splitlines()[-1] == '"Roe, Bob",3,'


CANVAS = (
    "Student,ID,Week 1 (7)\n,,Manual Posting\n    Points Possible,,8\n"
    '"Doe, Ann",1,\n'
)


@pytest.mark.parametrize("name", ["\U0001f642", "Points Possible", "--"])
def test_no_mark_goes_into_a_row_that_is_no_students(name):
    text, missing = export.canvas([row(name, "4")], CANVAS, "Week 1")
    assert (text, missing) == (CANVAS, [f"{name}: no rows have that name"])


def test_a_student_called_points_possible_scales_nobodys_mark():
    book = CANVAS + "Points Possible,2,100\n"
    text, _ = export.canvas([row("doeann", "4", "1")], book, "Week 1")
    assert text == book.replace('Ann",1,', 'Ann",1,8')


def test_names_that_differ_in_vowel_signs_alone_are_two():
    book = CANVAS.replace("Doe, Ann", "रमा")
    assert export.canvas([row("राम", "4")], book, "Week 1")[1]
    assert not export.canvas([row("रमा", "4")], book, "Week 1")[1]


def test_who_is_excused_stays_so():
    book = CANVAS.replace('Ann",1,', 'Ann",1,EX')
    assert export.canvas([row("doeann", "4", "1")], book, "Week 1") == (
        book,
        ["doeann: is excused (EX) there"],
    )


@pytest.mark.parametrize("column", ["ID", "St", "Student"])
def test_a_column_of_names_takes_no_marks(column):
    with pytest.raises(ExerciseError, match="0 columns begin with"):
        export.canvas([row("doeann", "4", "1")], CANVAS, column)


def test_a_name_sends_no_command_to_the_terminal(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "\x1b[2Jann.ipynb").write_bytes(SOFTMAX)
    (tmp_path / "book.csv").write_text(CANVAS, "utf-8")
    out, book = str(tmp_path / "out"), str(tmp_path / "book.csv")
    args = ["grade", "softmax", str(tmp_path / "in"), "--out", out]
    assert main([*args, "--level", "none", "--trust-students"]) == 0
    args = ["export", out, "--csv", book, "--to", "canvas"]
    assert main([*args, "--column", "Week 1"]) == 1
    said = "".join(capsys.readouterr())
    assert "\x1b" not in said
    assert said.count("[2Jann: ") == 2


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_keeps_its_line_endings_and_its_mark(mark, end, tmp_path):
    grades = tmp_path / "grades.csv"
    grades.write_text("student,id,points,of\ndoeann,1,4,4\n", "utf-8")
    path, book = tmp_path / "book.csv", mark + CANVAS.replace("\n", end)
    path.write_bytes(book.encode())
    args = ["export", str(tmp_path), "--csv", str(path), "--to", "canvas"]
    assert main([*args, "--column", "Week 1"]) == 0
    new = (tmp_path / "canvas.csv").read_bytes()
    assert new == book.replace('Ann",1,', 'Ann",1,8').encode()


@pytest.mark.parametrize(
    "text",
    ["student;id;points;of\na;1;2;4\n", 'student,id,points,of\na,1,"2,5",4\n'],
)
def test_grades_that_a_table_program_changed_are_refused(text, tmp_path):
    (tmp_path / "grades.csv").write_text(text, "utf-8")
    with pytest.raises(ExerciseError, match="no longer as it was written"):
        export.marks(tmp_path)


@pytest.mark.parametrize("line", ["a,1," + "x" * 200_000, "a,1,\rb,2,\r"])
def test_a_table_that_is_none_is_refused_in_words(line):
    with pytest.raises(ExerciseError, match="not Canvas's gradebook"):
        export.canvas([], CANVAS + line, "Week 1")


def test_commas_in_a_quoted_head_separate_nothing():
    book = 'Student;ID;"Week 1, a, b, c"\nAnn;1;\n'
    text, _ = export.canvas([row("ann", "4", "1")], book, "Week 1")
    assert text.endswith("Ann;1;4\n")


def test_a_name_is_the_same_composed_or_not():
    name = unicodedata.normalize("NFD", "Jörg Müller")
    sheet = "Identifier,Full name,Grade\nParticipant 5,Jörg Müller,\n"
    text, missing = export.moodle([row(name, "4")], sheet)
    assert (missing, text.splitlines()[1]) == (
        [],
        "Participant 5,Jörg Müller,4",
    )


def test_moodles_number_counts_in_its_own_worksheet_only():
    sheet = (
        "Identifier,Full name,Grade,Maximum grade\n"
        "Participant 5,Ann Doe,,100\nParticipant 6,Bob Roe,,100\n"
    )
    rows = [row("Ann Doe", "4", "6"), row("Bob Roe", "2", "7")]
    text, missing = export.moodle(rows, sheet)
    assert missing == [
        "Ann Doe: number 6 is Bob Roe there",
        "Bob Roe: no rows have number 7",
    ]
    assert text == sheet
    blind = "Identifier,Grade,Maximum grade\nParticipant 6,,10\n"
    text, missing = export.moodle([row("Participant", "3", "6")], blind)
    assert (missing, text.splitlines()[1]) == ([], "Participant 6,7.5,10")


@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_table_in_any_encoding_is_read(code, tmp_path):
    (tmp_path / "grades.csv").write_text(
        "student,id,points,of\nMüller Jörg,,4,4\n", "utf-8"
    )
    sheet = "Identifier,Full name,Grade\nParticipant 5,Müller Jörg,\n"
    path = tmp_path / "sheet.csv"
    path.write_bytes(sheet.encode(code))
    args = ["export", str(tmp_path), "--csv", str(path), "--to"]
    assert main([*args, "moodle"]) == 0
    made = (tmp_path / "moodle.csv").read_text("utf-8")
    assert made.splitlines()[1] == "Participant 5,Müller Jörg,4"


def test_a_sheet_of_the_other_system_is_refused(tmp_path, capsys):
    sheet = "Identifier,Full name,Grade\nParticipant 5,Ann,\n"
    with pytest.raises(ExerciseError, match="this is not Canvas's gradebook"):
        export.canvas([], sheet, "Grade")
    with pytest.raises(ExerciseError, match="this is not Moodle's worksheet"):
        export.moodle([], "Student,ID,Week 1\n")


def bubblewrap_starts():
    """Whether there is one, and the kernel lets it make namespaces."""
    program = shutil.which("bwrap")
    spaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc"]
    spaces += ["--unshare-uts", "--ro-bind", "/", "/"]
    return (
        program is not None
        and not subprocess.run(
            [program, *spaces, "true"], capture_output=True
        ).returncode
    )


@pytest.mark.skipif(
    not bubblewrap_starts(), reason="bubblewrap does not start"
)
def test_where_bubblewrap_starts_it_is_found_shut():
    """Else all tests of hostile answers would be skipped, and look green."""
    assert levels.find(only="bwrap").level == "bwrap"
