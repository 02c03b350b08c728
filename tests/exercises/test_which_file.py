"""Whose a file is and which one counts, in the layouts of each system.

``LAYOUTS`` is a table of downloads. Those marked D are built as the system's
source, its documentation, or programs that read its downloads have them; of
those marked G the form, or a part of it, is a guess.
"""

import io
import os
import time
import tracemalloc
import unicodedata
import zipfile

import numpy as np
import pytest

from mininn.exercises import ExerciseError
from mininn.exercises.__main__ import main
from mininn.exercises.author import notebooks
from mininn.exercises.classroom import layouts, results, submissions
from mininn.exercises.classroom.submissions import File, Submission, find

HOURS = [(2026, 3, day, 10, 0, 0) for day in range(1, 10)]


def notebook(*texts):
    made = [notebooks.cell("code", text) for text in texts]
    return notebooks.dump("x", made).encode()


def answer(word):
    return notebook(f"def softmax(Z):\n    return {word!r}")


OLD, NEW, OTHER = answer("old"), answer("new"), notebook("# softmax\nx = 1")
PDF = b"%PDF-1.7"
LIBRARY, LATER = b"def softmax(Z): return 'old'", (2036, 1, 1, 0, 0, 0)


def zipped(files):
    """A zip as bytes; a file is (name, data) or (name, data, time)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, *when in files:
            entry = zipfile.ZipInfo(name, *when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def unpacked(folder, files):
    for name, data, *when in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if when:
            clock = time.mktime((*when[0], 0, 0, -1))
            os.utime(path, (clock, clock))
    return folder


def blackboard(login, when, *files, task="Week_1_softmax", name="Ann Doe"):
    """One attempt with its receipt, as Blackboard Original writes it."""
    head = f"{task}_{login}_attempt_2026-03-0{when}-10-00-00"
    lines = [
        f"Name: {name} ({login})",
        f"Assignment: {task}",
        f"Date Submitted: Sunday, March {when}, 2026 10:00:00 AM CET",
        "Current Grade: Not Yet Graded",
        "",
        "Submission Field:",
        "There is no student submission text data for this assignment.",
        "",
        "Comments:",
        "There are no student comments for this assignment.",
        "",
        "Files:",
    ]
    for file, _ in files:
        lines.append(f"\tOriginal filename: {file}")
        lines.append(f"\tFilename: {head}_{file}")
    receipt = "\n".join(lines).encode()
    return [(f"{head}.txt", receipt)] + [
        (f"{head}_{file}", data) for file, data in files
    ]


GRADESCOPE = b"""submission_11:
  :submitters:
  - :name: Ann Doe
    :sid: '101'
    :email: ann@example.org
  - :name: Bob Roe
    :sid:
    :email: bob@example.org
  :created_at: 2026-03-01 10:00:00.123456000 Z
  :score: 3.0
  :results: {tests: []}
submission_12:
  :submitters:
  - :name: Cleo Poe
    :sid: '103'
  :created_at: 2026-03-02 10:00:00 Z
"""
WORK = zipped([("work/softmax.ipynb", NEW), ("__MACOSX/work/._x", b"")])
LAYOUTS = [
    (
        "D Canvas",
        [
            ("doeann_101_2009_softmax.ipynb", OLD),
            ("doeann_101_2010_softmax-1.ipynb", NEW),
            ("obrienleeal_LATE_102_2003_2_softmax.ipynb", NEW),
            ("anon_aB3x9_2004_softmax.ipynb", NEW),
            ("LATE_anon_bC4y8_2005_softmax.ipynb", NEW),
            ("group_a_104_2006_softmax.ipynb", NEW),
            ("gradebook.csv", b"Student,ID\n"),
        ],
        {
            "anon aB3x9 aB3x9": "softmax.ipynb",
            "anon bC4y8 bC4y8 late": "softmax.ipynb",
            "doeann 101": "softmax-1.ipynb",
            "group_a 104": "softmax.ipynb",
            "obrienleeal 102 late": "2_softmax.ipynb",
        },
    ),
    (
        "D Canvas, a zip in the zip, a text and a link",
        [
            ("doeann_101_2001_my work.zip", WORK),
            ("roebob_102_text.html", b"<p>hello</p>"),
            ("poecleo_LATE_103_link.html", b"<a href='x'>x</a>"),
        ],
        {
            "doeann 101": "my work.zip/work/softmax.ipynb",
            "poecleo 103 late": None,
            "roebob 102": None,
        },
    ),
    (
        "D Moodle, in folders",
        [
            ("Ann Doe_31_assignsubmission_file/softmax.ipynb", OLD, HOURS[1]),
            ("Ann Doe_31_assignsubmission_file/sub/mine.py", b"x = 1"),
            ("Ann Doe_31_assignsubmission_file/new.ipynb", NEW, HOURS[2]),
            ("Bob Roe_32_assignsubmission_file_/softmax.ipynb", NEW),
            ("Bob Roe_32_assignsubmission_onlinetext/onlinetext.html", b"x"),
            ("Participant_33_assignsubmission_file/softmax.ipynb", NEW),
        ],
        {
            "Ann Doe 31": "new.ipynb",
            "Bob Roe 32": "softmax.ipynb",
            "Participant 33": "softmax.ipynb",
        },
    ),
    (
        "D Moodle, flat",
        [
            ("Ann Doe_31_assignsubmission_file_softmax.ipynb", NEW),
            ("Group A_7_assignsubmission_file_my_work.ipynb", NEW),
        ],
        {"Ann Doe 31": "softmax.ipynb", "Group A 7": "my_work.ipynb"},
    ),
    (
        "D Blackboard Original, with receipts",
        blackboard("a_doe", 1, ("soft_max.ipynb", OLD))
        + blackboard("a_doe", 2, ("soft_max.ipynb", NEW), ("p.pdf", PDF))
        + blackboard("bob", 1, ("softmax.ipynb", NEW), name="Bob Roe")
        + blackboard("cleo", 3, name="Cleo Poe"),
        {
            "Ann Doe a_doe": "soft_max.ipynb",
            "Bob Roe bob": "softmax.ipynb",
            "Cleo Poe cleo": None,
        },
    ),
    (
        "D Blackboard Original, in Dutch and without receipts",
        [
            ("Wk_1_adoe_poging_2026-03-01-10-00-00_softmax.ipynb", OLD),
            ("Wk_1_adoe_poging_2026-03-02-10-00-00_softmax.ipynb", NEW),
            ("Wk_1_b_r_poging_2026-03-01-10-00-00_soft_max.ipynb", NEW),
        ],
        {"adoe adoe": "softmax.ipynb", "b_r b_r": "soft_max.ipynb"},
    ),
    (
        "G Blackboard Ultra: folders of students are assumed",
        [("Ann Doe/softmax.ipynb", NEW), ("Bob Roe/softmax.ipynb", NEW)],
        {"Ann Doe": "softmax.ipynb", "Bob Roe": "softmax.ipynb"},
    ),
    (
        "D Brightspace, flat (that a later date is a newer attempt: G)",
        [
            (f"35244-46138 - Ann Doe - {when} - soft - max.py", data)
            for when, data in (
                ("Aug 28, 2019 919 PM", b"softmax = 'new'"),
                ("Aug 28, 2019 1019 AM", b"softmax = 'old'"),
            )
        ]
        + [("35248-46138 - Bob Roe - Sep 3, 2019 9:47 PM - a.py", b"x=1")],
        {"Ann Doe 35244": "soft - max.py", "Bob Roe 35248": "a.py"},
    ),
    (
        "D Brightspace, folders",
        [
            ("35244-46138 - Ann Doe - Sep 3, 2019 9:47 PM/a.ipynb", OLD),
            ("35244-46138 - Ann Doe - Oct 1, 2019 9:47 AM/a.ipynb", NEW),
            ("35248-46138 - Bob Roe - Sep 3, 2019 9:47 PM/b.ipynb", NEW),
            ("index.html", b""),
        ],
        {"Ann Doe 35244": "a.ipynb", "Bob Roe 35248": "b.ipynb"},
    ),
    (
        "D Gradescope",
        [
            ("assignment_9_export/submission_metadata.yml", GRADESCOPE),
            ("assignment_9_export/submission_11/softmax.ipynb", NEW),
            ("assignment_9_export/submission_12/softmax.ipynb", NEW),
            ("assignment_9_export/submission_12/scratch.ipynb", OTHER),
        ],
        {
            "Ann Doe 101": "softmax.ipynb",
            "Bob Roe bob@example.org": "softmax.ipynb",
            "Cleo Poe 103": "softmax.ipynb",
        },
    ),
    (
        "D nbgrader, a course",
        [
            ("submitted/ann/ps1/softmax.ipynb", NEW),
            ("submitted/ann/ps1/timestamp.txt", b"2026-03-02 10:00:00 UTC"),
            ("submitted/ann/ps0/softmax.ipynb", OLD, HOURS[8]),
            ("submitted/ann/ps0/timestamp.txt", b"2026-03-01 10:00:00 UTC"),
            ("submitted/bob/ps1/softmax.ipynb", NEW),
        ],
        {"ann": "ps1/softmax.ipynb", "bob": "ps1/softmax.ipynb"},
    ),
    (
        "D nbgrader, one student",
        [("submitted/ann/week 1/softmax.ipynb", NEW)],
        {"ann": "week 1/softmax.ipynb"},
    ),
    (
        "D Teams",
        [
            (f"Student Work/Submitted files/{who}/Week 4/Version {n}/a.py", d)
            for who, n, d in (
                ("Ann Doe", 9, b"softmax = 'old'"),
                ("Ann Doe", 10, b"softmax = 'new'"),
                ("Bob Roe", 1, b"softmax = 'new'"),
            )
        ],
        {"Ann Doe": "Week 4/Version 10/a.py", "Bob Roe": None},
    ),
    (
        "D Teams, in Japanese",
        [
            ("提出物/提出済み/Ann/課題/バージョン1/softmax.ipynb", OLD),
            ("提出物/提出済み/Ann/課題/バージョン2/softmax.ipynb", NEW),
            ("提出物/提出済み/Bob/課題/バージョン1/softmax.ipynb", NEW),
        ],
        {"Ann": "課題/バージョン2/softmax.ipynb", "Bob": None},
    ),
    (
        "D ILIAS, alone and in teams",
        [
            ("Week 1/Abgaben/Doe_Ann_adoe_271/softmax.ipynb", NEW),
            ("Week 1/Abgaben/Team 2/Roe_Bob_broe_272/softmax.ipynb", NEW),
        ],
        {"Ann Doe adoe": "softmax.ipynb", "Bob Roe broe": "softmax.ipynb"},
    ),
    (
        "D GitHub, cloned (the prefix is found as what all share: G)",
        [
            ("week-1-ann-d/softmax.ipynb", NEW),
            ("week-1-ann-d/README.md", b"# Week 1"),
            ("week-1-bob/softmax.ipynb", NEW),
            ("week-1-cleo/src/softmax.py", b"softmax = 'new'"),
        ],
        {"ann-d": "softmax.ipynb", "bob": None, "cleo": "src/softmax.py"},
    ),
    (
        "G OpenOlat: a folder for each student, as it is called",
        [("adoe/softmax.ipynb", NEW), ("broe/softmax.ipynb", NEW)],
        {"adoe": "softmax.ipynb", "broe": "softmax.ipynb"},
    ),
    (
        "D wrapped by a Mac, with what Windows leaves",
        [
            ("class/ann/softmax.ipynb", NEW),
            ("class/ann/desktop.ini", b""),
            ("class/bob.zip", WORK),
            ("class/Thumbs.db", b""),
            ("class/README.txt", b"All of them"),
            ("__MACOSX/class/ann/._softmax.ipynb", b"\0\5\26\7"),
            ("class/ann/.ipynb_checkpoints/softmax.ipynb", OLD),
            ("class/ann/env/site-packages/a.py", LIBRARY, LATER),
        ],
        {"ann": "softmax.ipynb", "bob": "work/softmax.ipynb"},
    ),
]


def label(one):
    number = f" {one.id}" if one.id else ""
    return f"{one.student}{number}{' late' if one.late else ''}"


@pytest.mark.parametrize("form", ["zip", "folder", "a zip in a folder"])
@pytest.mark.parametrize(
    ("files", "whose"),
    [layout[1:] for layout in LAYOUTS],
    ids=[layout[0] for layout in LAYOUTS],
)
def test_a_layout_is_understood(files, whose, form, tmp_path):
    place = tmp_path / "all.zip"
    if form == "folder":
        place = unpacked(tmp_path / "all", files)
    else:
        place.write_bytes(zipped(files))
    found = find(
        tmp_path if form == "a zip in a folder" else place, ["softmax"]
    )
    assert [label(one) for one in found] == sorted(whose)
    for one in found:
        choice = one.choice("softmax")
        file = whose[label(one)]
        if choice.file is None:
            assert file is None
            assert "hand" in choice.problem
        elif file:
            assert choice.file.name == file
        if choice.file and "def" in (text := str(choice.cells)):
            assert "'new'" in text or '"new"' in text
        assert not any("receipt" in name for name, _ in choice.left)


# A layout that has to be told


def test_files_that_say_no_student_are_asked_about(tmp_path):
    names = ["softmax.ipynb", "Copy of softmax.ipynb", "softmax (1).ipynb"]
    place = unpacked(tmp_path / "classroom", [(n, NEW) for n in names])
    with pytest.raises(ExerciseError, match=r"such as Copy of softmax\.ipy"):
        find(place, ["softmax"])
    table = "file,student\n" + "".join(
        f"{name},{who}\n" for name, who in zip(names, "abc", strict=True)
    )
    found = find(place, ["softmax"], table=table)
    assert [one.student for one in found] == ["a", "b", "c"]
    unpacked(place, [("ann/softmax.ipynb", NEW)])
    found = submissions.survey(place, ["softmax"])
    assert [one.student for one in found.submissions] == ["ann"]
    assert sorted(path for path, _ in found.nobodys) == sorted(names)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            "name,student\na,b\n",
            r"must be file,student .* it is name, student",
        ),
        ("file,student\nb.ipynb,ann\n", r"no files are called b\.ipynb"),
        ("file,student\na.ipynb,ann\n", r"2 files are called a\.ipynb"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_in_words(table, said, tmp_path):
    place = unpacked(tmp_path, [("x/a.ipynb", NEW), ("y/a.ipynb", NEW)])
    with pytest.raises(ExerciseError, match=said):
        find(place, table=table)


@pytest.mark.parametrize("text", ["", "\n", "\ufeff"])
def test_an_empty_table_is_not_taken_for_none(text, tmp_path):
    place = unpacked(tmp_path / "in", [("ann/a.ipynb", NEW)])
    table = tmp_path / "whose.csv"
    table.write_text(text, "utf-8")
    with pytest.raises(ExerciseError, match=r"whose\.csv is empty: its first"):
        results.Place(str(place), table=str(table)).survey([])


def test_a_table_may_be_a_spreadsheets(tmp_path):
    place = unpacked(tmp_path, [("x/a.ipynb", NEW), ("b.ipynb", NEW)])
    table = "Student;ID;File\nMüller;7;x/a.ipynb\nRoe;8;x/a.ipynb\n"
    found = submissions.survey(place, table=table)
    assert [label(one) for one in found.submissions] == ["Müller 7", "Roe 8"]
    assert found.nobodys == (("b.ipynb", "says no student"),)


def test_names_of_ones_own_are_read_by_a_pattern(tmp_path):
    files = [
        ("x/HW1-ann-2026.03.01-a.ipynb", OLD),
        ("x/HW1-ann-2026.11.01-a.ipynb", NEW),
        ("x/HW1-bob-2026.03.01-b.ipynb", NEW),
        ("x/notes.txt", b""),
    ]
    place = tmp_path / "all.zip"
    place.write_bytes(zipped(files))
    pattern = r"HW1-(?P<student>\w+)-(?P<time>[\d.]+)-(?P<file>.+)"
    found = submissions.survey(place, names=pattern)
    assert [label(one) for one in found.submissions] == ["ann", "bob"]
    assert "'new'" in str(found.submissions[0].choice("softmax").cells)
    assert found.nobodys == (("x/notes.txt", "says no student"),)
    as_nbgrader = r"-(?P<student_id>\w+)-(?P<timestamp>[\d.]+)"
    assert [s.student for s in find(place, names=as_nbgrader)] == [
        "ann",
        "bob",
    ]
    for wrong in ("(", r"HW1-(?P<name>\w+)"):
        with pytest.raises(ExerciseError, match="--names: "):
            find(place, names=wrong)


# Which one counts


@pytest.mark.parametrize(
    "names",  # from the oldest to the newest
    [
        ("a.ipynb", "Copy of a.ipynb", "Copy of Copy of a.ipynb"),
        ("a.ipynb", "a - Copy.ipynb", "a - Copy (2).ipynb"),
        ("a.ipynb", "a copy.ipynb", "a copy 2.ipynb"),
        ("a.ipynb", "a - Kopie.ipynb", "a - Kopie (10).ipynb"),
        ("a.ipynb", "a-Copy1.ipynb", "a-Copy1-Copy1.ipynb", "a-Copy2.ipynb"),
        ("a_v9.ipynb", "a_v10.ipynb"),
        (
            "a.ipynb",
            "a-7.ipynb",
            "a-0a1b2c3d-1234-5678-9abc-0123456789ab.ipynb",
        ),
    ],
)
def test_a_copy_is_newer_than_what_it_was_made_of(names):
    files = [File(name, NEW) for name in names]
    for given in (files, files[::-1]):
        assert [f.name for f in submissions.order(given)] == list(names)


DEFINITIONS = {
    "def softmax(Z):\n    return Z": 3,
    "softmax = lambda Z: Z": 3,
    "def f(Z): return Z\nsoftmax = f": 3,
    "if True:\n    def softmax(Z): return Z": 3,
    "try:\n    import x\nexcept ImportError:\n    def softmax(Z): return Z": 3,
    "class softmax: pass": 3,
    "softmax: object = abs": 3,
    "a, softmax = 1, abs": 3,
    "from numpy import exp as softmax": 1,
    "import softmax": 1,
    "def softmax(Z):\n    'Say it.'\n    raise NotImplementedError": 1,
    "def softmax(Z:\n    return Z": 2,
    "# def softmax(Z):\nsoftmax(3)": 0,
    "text = '''\ndef softmax(Z):\n'''": 0,
    "def f():\n    def softmax(Z): return Z": 0,
    "softmax.prime = 1": 0,
    "def softmax_of(Z): return Z": 0,
    "print(softmax := abs)": 0,
}


@pytest.mark.parametrize("text", DEFINITIONS)
def test_a_definition_is_read_from_the_syntax_tree(text):
    assert submissions.rank([["cell 1", text]], "softmax") == DEFINITIONS[text]


def test_each_file_that_is_left_has_its_reason():
    def left(*files):
        choice = Submission("ann", "", files).choice("softmax")
        return choice.file.name, dict(choice.left)

    days = dict(zip("abc", HOURS, strict=False))
    by_time = [File(f"{n}.py", b"softmax = 1", time=days[n]) for n in "bca"]
    assert left(*by_time) == (
        "c.py",
        {
            "b.py": "is older, 2026-03-02 10:00",
            "a.py": "is older, 2026-03-01 10:00",
        },
    )
    by_number = File("z.py", NEW[:0] + b"softmax = 1", number=7)
    assert left(by_number, File("a.py", b"softmax = 2", number=8)) == (
        "a.py",
        {"z.py": "was handed in earlier, as number 7"},
    )
    assert left(
        File("a.ipynb", NEW),
        File("a (1).ipynb", NEW),
        File("b.ipynb", OTHER),
        File("c.py", b"from a import softmax"),
        File("d.py", b"def softmax(Z:\n  pass"),
        File("e.pdf", PDF),
        File("f.ipynb", b"{"),
        File("g.zip", b"", problem="is an empty zip."),
    ) == (
        "a (1).ipynb",
        {
            "a.ipynb": "is an earlier version, by its name",
            "b.ipynb": "does not define softmax",
            "c.py": "holds softmax as it was handed out, or imports it",
            "d.py": "seems to define softmax in a cell that cannot be read",
            "e.pdf": "hand in the notebook (.ipynb) or a .py file.",
            "f.ipynb": "is no notebook: it cannot be read.",
            "g.zip": "is an empty zip.",
        },
    )


def test_where_nothing_tells_which_is_newer_the_teacher_is_asked():
    pair = File("z.py", b"softmax = 1"), File("a.py", b"softmax = 2")
    for files in (pair, pair[::-1]):
        choice = Submission("ann", "", files).choice("softmax")
        assert choice.unsure
        assert choice.file is files[1]  # the order of the download
        assert dict(choice.left) == {files[0].name: submissions.AS_OLD}
    assert not Submission("ann", "", pair[:1]).choice("softmax").unsure


def test_a_name_is_one_composed_or_not(tmp_path):
    names = ["Müller/a.ipynb", unicodedata.normalize("NFD", "Müller/b.ipynb")]
    place = tmp_path / "a.zip"
    place.write_bytes(zipped([(n, NEW) for n in [*names, "bob/a.ipynb"]]))
    assert [s.student for s in find(place)] == ["Müller", "bob"]


def test_a_file_and_its_copies_are_one_students(tmp_path):
    names = ["ann.ipynb", "ann (1).ipynb", "Copy of ann.ipynb", "ann-1.ipynb"]
    place = tmp_path / "a.zip"
    place.write_bytes(zipped([(n, NEW) for n in [*names, "user (1).py"]]))
    assert [s.student for s in find(place)] == ["ann", "ann-1", "user (1)"]


# What a student chose to call it


def test_no_name_of_a_file_makes_it_anothers(tmp_path):
    trick = "bob_attempt_2026-03-09-10-00-00_softmax.ipynb"
    hidden = [(f"Bob Roe_32_assignsubmission_file/{n}.py", NEW) for n in HOURS]
    spoof = b"submission_1:\n  :submitters:\n  - :name: Bob\n    :sid: 1\n"
    for files, mine in (
        (
            blackboard("adoe", 1, (f"x_{trick}", NEW))
            + blackboard("bob", 1, ("a.py", b"softmax = 1"), name="Bob"),
            ["Ann Doe", "Bob"],
        ),
        (
            [
                ("doeann_1_2_roebob_3_4_softmax.ipynb", NEW),
                ("roebob_3_5_softmax.ipynb", NEW),
                ("poecleo_6_7_x.zip", zipped(hidden)),
                (
                    "quxdan_8_9_x.zip",
                    zipped(
                        [
                            ("submission_metadata.yml", spoof),
                            ("submission_1/softmax.py", NEW),
                            ("submitted/bob/x/a.py", NEW),
                            ("x/submission_metadata.yml", b"a: ["),
                        ]
                    ),
                ),
            ],
            ["doeann", "poecleo", "quxdan", "roebob"],
        ),
        (
            [
                (
                    "Ann_1_assignsubmission_file/Bob_2_assignsubmission_file/a.py",
                    NEW,
                ),
                ("Bob_2_assignsubmission_file/a.py", NEW),
            ],
            ["Ann", "Bob"],
        ),
        (
            [
                (
                    "S/F/Ann/W/Version 1/a.zip",
                    zipped([("Bob/W/Version 9/a.py", NEW)]),
                ),
                ("S/F/Bob/W/Version 1/a.py", NEW),
            ],
            ["Ann", "Bob"],
        ),
        (  # sorted by hand: a plain folder beside the system's
            [
                ("Bob_2_assignsubmission_file/a.py", NEW),
                ("Eva_3_assignsubmission_file/a.py", NEW),
                ("ann/x.zip", zipped(hidden)),
            ],
            ["Bob", "Eva", "ann"],
        ),
    ):
        place = tmp_path / "all.zip"
        place.write_bytes(zipped(files))
        found = find(place, ["softmax"])
        assert [one.student for one in found] == mine
        named = [one for one in found if one.student.lower().endswith("bob")]
        assert all(len(one.files) == 1 for one in named)


def test_a_receipt_renames_only_what_came_with_it(tmp_path):
    ann = blackboard("adoe", 1, ("softmax.ipynb", NEW))
    bob = blackboard("bob", 1, ("softmax.ipynb", NEW), name="Bob")
    theirs = bob[1][0]
    lie = f"\nOriginal filename: x.pdf\nFilename: {theirs}\n".encode()
    place = tmp_path / "all.zip"
    place.write_bytes(zipped([*bob, (ann[0][0], ann[0][1] + lie), ann[1]]))
    for one in find(place):
        assert [file.name for file in one.files] == ["softmax.ipynb"]


def test_a_damaged_table_of_gradescopes_is_called_that(tmp_path):
    place = tmp_path / "all.zip"
    for text in (b"a: [", b"- 1", b"\xff\0", b"&a [*a]: {", b"[" * 9999):
        files = [("x/submission_metadata.yml", text), ("x/s_1/a.py", NEW)]
        place.write_bytes(zipped(files))
        with pytest.raises(ExerciseError, match=r"yml is damaged: it says"):
            find(place)


# Damage


@pytest.mark.parametrize("inside", [False, True])
def test_no_damage_to_a_zip_stops_the_run(inside, tmp_path):
    rng = np.random.default_rng(7)
    names = ["doeann_1_10_a.ipynb", "roebob_2_11_b.zip", "Müller.ipynb"]
    whole = zipped(zip(names, (NEW, WORK, NEW), strict=True))
    place, lost = tmp_path / "a.zip", 0
    for _ in range(200):
        data = bytearray(WORK if inside else whole)
        for at in rng.integers(len(data), size=rng.integers(1, 9)):
            data[at] = rng.integers(256)
        if rng.random() < 0.3:
            at, many = rng.integers(len(data), size=2)
            del data[at : at + many]
        if inside:
            data = zipped([("ann/a.zip", bytes(data)), ("bob/b.ipynb", NEW)])
        place.write_bytes(data)
        try:
            found = find(place, ["softmax"])
        except ExerciseError:  # its directory is gone: download it again
            assert not inside
            lost += 1
            continue
        assert len(found) <= 4
        for one in found:
            choice = one.choice("softmax")
            assert choice.file or choice.problem
        if inside:
            assert "'new'" in str(found[-1].choice("softmax").cells)
    print(lost)
    assert lost < 40


def test_a_class_is_never_the_zip_of_one_student(tmp_path):
    # Nor when its end is damaged, and that of a zip in it is not.
    inner = zipped([("bob.ipynb", NEW), ("cleo.ipynb", NEW)])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("ann/a.zip", inner)
        archive.writestr("dan.ipynb", NEW)
    whole = out.getvalue()
    place = tmp_path / "all.zip"
    end = whole.rfind(b"PK\5\6")
    place.write_bytes(whole[:end] + b"x" + whole[end + 1 :])
    assert [one.student for one in find(place)] == ["ann", "dan"]
    directory = whole.find(b"PK\1\2", whole.find(b"dan.ipynb"))
    place.write_bytes(whole[:directory])
    with pytest.raises(ExerciseError, match="no entry can be read"):
        find(place)


def test_a_lost_entry_is_counted_once(tmp_path):
    whole = bytearray(zipped([("ann.ipynb", NEW), ("bob.ipynb", NEW)]))
    at = whole.rfind(b"PK\5\6")
    whole[at + 8 : at + 12] = b"\xff\x7f\xff\x7f"  # that many entries
    place = tmp_path / "all.zip"
    place.write_bytes(whole)
    assert [one.student for one in find(place)] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("said", "hour"),
    [("12:05 AM", 0), ("1205 PM", 12), ("1:05 PM", 13), ("2305", 23)],
)
def test_twelve_is_no_hour_like_the_others(said, hour):
    when = layouts.english_time(f"Sep 3, 2019 {said}")
    assert when == (2019, 9, 3, hour, 5)
    assert layouts.english_time(f"3 sept. 2019 {said}") == ()
    assert layouts.english_time(f"Abc 3, 2019 {said}") == ()


def deep(levels):
    data = zipped([("a.ipynb", NEW)])
    for _ in range(levels):
        data = zipped([("a.zip", data)])
    return data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\5\6" + bytes(18), "is an empty zip."),
        (b"no zip", "is a damaged zip: it has to be handed in again."),
        (b"", "is a damaged zip: it has to be handed in again."),
        (deep(9), "is too large a zip, or lies in too many others."),
        (
            zipped([(f"{i}.py", b"") for i in range(2001)]),
            "holds more than 2000 files, or 128 MB.",
        ),
    ],
)
def test_a_zip_in_a_zip_may_cost_its_student(data, said, tmp_path):
    place = tmp_path / "all.zip"
    files = [("ann/softmax.zip", data), ("bob/a.ipynb", NEW)]
    place.write_bytes(zipped(files))
    ann, bob = find(place, ["softmax"])
    assert said in ann.choice("softmax").problem
    assert bob.choice("softmax").file


@pytest.mark.whole
def test_a_bomb_in_a_zip_in_a_zip_takes_little_memory(tmp_path):
    bombs = [(f"{i}.ipynb", bytes(21 * 2**20)) for i in range(40)]
    place = tmp_path / "all.zip"
    place.write_bytes(zipped([("ann/a.zip", zipped(bombs)), ("bob.py", NEW)]))
    tracemalloc.start()
    ann, _ = find(place)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "128 MB" in ann.choice("softmax").problem
    assert peak < 100 * 2**20


# The list


def test_a_list_shows_the_files_and_runs_nothing(tmp_path, capsys):
    trap = f"softmax = open({str(tmp_path / 'ran')!r}, 'w')"
    files = [
        ("doeann_1_10_softmax.ipynb", notebook(trap), HOURS[1]),
        ("doeann_1_11_softmax-1.ipynb", notebook(trap), HOURS[1]),
        ("doeann_1_12_notes\x1b[2J.pdf", PDF),
        ("roebob_LATE_2_13_work.py", b"x = 1"),
        ("softmax.ipynb", NEW),
    ]
    place = tmp_path / "all.zip"
    place.write_bytes(zipped(files))
    out = tmp_path / "grades"
    args = ["grade", "softmax", str(place), "--list", "--out", str(out)]
    assert main(args) == 0
    assert capsys.readouterr().out.splitlines() == [
        "doeann (1)",
        "  softmax: softmax-1.ipynb",
        "    not notes [2J.pdf: hand in the notebook (.ipynb) or a .py file.",
        "    not softmax.ipynb: was handed in earlier, as number 10",
        "roebob (2), late",
        "  softmax: work.py, which does not define softmax",
        "nobody's: softmax.ipynb says no student",
    ]
    assert sorted(tmp_path.iterdir()) == [place]


@pytest.mark.whole
def test_a_graded_class_has_the_list_beside_its_marks(tmp_path, capsys):
    place = unpacked(tmp_path / "in", [("a/x.ipynb", NEW), ("b/y.py", b"1")])
    (tmp_path / "whose.csv").write_text("file,student\nx.ipynb,Ann\n", "utf-8")
    out = tmp_path / "grades"
    args = ["grade", "softmax", str(place), "--out", str(out)]
    args += ["--table", str(tmp_path / "whose.csv"), "--trust-students"]
    assert main(args) == 0
    assert (out / "files.txt").read_text("utf-8") == (
        "Ann\n  softmax: x.ipynb\nnobody's: b/y.py says no student\n"
    )
