"""Marks and feedback in the tables and zips that systems take back.

The forms are those that the systems write and read, as their sources, their
documentation or public programs for them show.
"""

import csv
import io
import json
import subprocess
import sys
import unicodedata
import zipfile

import pytest
from small_class import HALF, RIGHT, WRONG, Desk, download, hand_in, notebook

from mininn.exercises import ExerciseError
from mininn.exercises.classroom import export, handback, results, tables
from mininn.exercises.classroom.submissions import File
from mininn.exercises.judge.diagnose import Part, Verdict


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    return Desk(tmp_path, monkeypatch, capsys)


def row(student, points, number="", of="4"):
    return {"student": student, "id": number, "points": points, "of": of}


def changed(old, new):
    """The lines that differ, as (old, new)."""
    pairs = zip(old.splitlines(), new.splitlines(), strict=True)
    return [pair for pair in pairs if pair[0] != pair[1]]


# Tables


TABLES = [
    'a,b\r\n"x, y",2\r\n',
    'a;b;c\n"say ""no""";;\n1;2;3',
    "a\tb\n1\t\n",
    '"a","b"\n"two\nlines","2"\n',
    "\ufeffa,b\n1,2\n",
    "a,b\n1,2,3,\n\n4\n",
    "a\n",
    "",
]


@pytest.mark.parametrize("text", TABLES)
def test_a_table_is_written_as_it_was_read(text):
    table = tables.parsed(text, "a table")
    assert table.text() == text
    plain = text.removeprefix("\ufeff")
    read = csv.reader(io.StringIO(plain), delimiter=table.delimiter)
    assert [table.row(i) for i in range(1, len(table.raw))] == [
        line or [""] for line in list(read)[1:]
    ]


def test_one_cell_changes_no_other_byte():
    text = 'who;"mark";\r\n"Ä; b"; "x" ;"3"\r\nc;;\r\n'
    table = tables.parsed(text, "a table")
    table.put(0, 2, "2,5")
    table.put(1, 1, 'say "no"')
    assert table.text() == (
        'who;"mark";\r\n"Ä; b"; "x" ;"2,5"\r\nc;"say ""no""";\r\n'
    )


@pytest.mark.parametrize("text", ['a,b\n"x"y,2\n', 'a,b\n"x,2\n'])
def test_quotes_that_do_not_fit_are_refused(text):
    with pytest.raises(ExerciseError, match="this is not a table: "):
        tables.parsed(text, "a table")


CODES = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


@pytest.mark.parametrize("code", CODES)
def test_any_encoding_of_a_spreadsheet_is_read(code):
    text = "Name;Punkte\nJörg Müller;3\n"
    read, _ = tables.decoded(text.encode(code), "x.csv")
    assert read.removeprefix("\ufeff") == text


@pytest.mark.parametrize("first", [b"PK\3\4", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_is_not_taken_for_a_table(first):
    with pytest.raises(ExerciseError, match="save it as CSV"):
        tables.decoded(first + b"\0" * 99, "marks.xlsx")


# Canvas


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Week 1 (77),Final Score\n"
    ",,,,,Manual Posting,\n"
    "    Points Possible,,,,,8,(read only)\n"
    '"Doe, Ann",101,s1,ann,"A, B",,90\n'
    '"Roe, Bob",102,s2,bob,A,3,\n'
    '"Student, Test",103,,f00ba,A,,\n'
)


def test_canvas_finds_a_student_by_each_of_its_numbers():
    for student, number in (
        ("doeann", "101"),
        ("whoever", "s1"),
        ("ann", ""),
        ("S1", ""),
        ("doeann", ""),
        ("Ann Doe", ""),
    ):
        text, missing = export.canvas(
            [row(student, "3", number)], CANVAS, "Week 1"
        )
        assert missing == []
        assert changed(CANVAS, text) == [
            (
                '"Doe, Ann",101,s1,ann,"A, B",,90',
                '"Doe, Ann",101,s1,ann,"A, B",6,90',
            )
        ]


def test_canvas_with_names_in_two_columns():
    book = (
        "LastName,FirstName,ID,Section,Week 1 (77)\n"
        "    Points Possible,,,,4\n"
        "Doe,Ann,101,A,\nDoe,Bob,102,A,1\n"
    )
    rows = [row("doeann", "2"), row("Bob Doe", "3")]
    text, missing = export.canvas(rows, book, "Week 1")
    assert missing == []
    assert text.splitlines()[2:] == ["Doe,Ann,101,A,2", "Doe,Bob,102,A,3"]


def test_a_login_of_one_and_the_name_of_another_is_nobodys():
    book = CANVAS + '"bob, ",104,s4,zed,A,\n'
    text, missing = export.canvas([row("bob", "4")], book, "Week 1")
    assert text == book
    assert missing == [
        "bob: the login bob and that name are in different rows"
    ]


def test_a_number_that_nobody_has_is_not_replaced_by_the_name():
    text, missing = export.canvas([row("doeann", "4", "9")], CANVAS, "Week 1")
    assert text == CANVAS
    assert missing == ["doeann: no rows have number 9"]


def test_an_equal_mark_stays_as_it_is_written():
    book = CANVAS.replace("bob,A,3", "bob,A,3.00")
    text, _ = export.canvas([row("x", "1.5", "102")], book, "Week 1")
    assert text == book


def test_marks_have_a_comma_where_the_table_has_one():
    book = CANVAS.replace(",", ";").replace("A; B", "A, B")
    book = book.replace("Doe; Ann", "Doe, Ann").replace(";A;3;", ";A;3,5;")
    text, _ = export.canvas([row("x", "1.25", "102")], book, "Week 1")
    assert '"Roe; Bob";102;s2;bob;A;2,5;' in text
    text, _ = export.canvas([row("x", "1.25", "102")], CANVAS, "Week 1")
    assert '"Roe, Bob",102,s2,bob,A,2.5,' in text


# Moodle


MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,"
    "Grade can be changed,Last modified (submission),Last modified (grade),"
    "Feedback comments\n"
    'Participant 31,Ann Doe,a@b.org,"Submitted for grading - Graded",,100.00,'
    'Yes,"Friday, 6 March 2026, 9:00 AM",-,\n'
    "Participant 32,Bob Roe,b@b.org,Submitted for grading,55.00,100.00,"
    "Yes,-,-,Well done.\n"
    "Participant 33,Cleo Poe,c@b.org,Submitted for grading,,100.00,No,-,-,\n"
)


def test_moodle_gets_marks_and_feedback_and_keeps_what_is_there():
    rows = [
        row("Ann Doe", "3", "31"),
        row("Bob Roe", "4", "32"),
        row("Cleo Poe", "4", "33"),
    ]
    told = {("Ann Doe", "31"): "3 of 4\n  a < b\n", ("Bob Roe", "32"): "4"}
    text, missing = export.moodle(rows, MOODLE, told)
    assert missing == ["Cleo Poe: is locked there"]
    assert changed(MOODLE, text) == [
        (
            MOODLE.splitlines()[1],
            'Participant 31,Ann Doe,a@b.org,"Submitted for grading - Graded",'
            '75,100.00,Yes,"Friday, 6 March 2026, 9:00 AM",-,'
            "<pre>3 of 4<br>  a &lt; b</pre>",
        ),
        (
            MOODLE.splitlines()[2],
            "Participant 32,Bob Roe,b@b.org,Submitted for grading,100,100.00,"
            "Yes,-,-,Well done.",
        ),
    ]
    again, _ = export.moodle(rows, text, {("Ann Doe", "31"): "3"})
    assert ",-,<pre>3</pre>\n" in again


GERMAN = (
    "ID,Vollständiger Name,Status,Bewertung,Bestwertung,"
    "Bewertung kann geändert werden,Zuletzt geändert (Bewertung),"
    "Feedback im Kommentar\n"
    'Teilnehmer/in31,Jörg Müller,Abgegeben,,"10,00",Ja,-,\n'
    'Teilnehmer/in32,Ann Doe,Abgegeben,"5,50","10,00",Ja,-,\n'
)


def test_a_worksheet_in_another_language_asks_for_the_column():
    with pytest.raises(ExerciseError) as told:
        export.moodle_sheet(GERMAN)
    assert str(told.value).startswith(
        "export: Moodle's worksheet has no column 'Grade'. Give --column one "
        "of: ID, Vollständiger Name, Status, Bewertung, "
    )
    with pytest.raises(ExerciseError, match="Give --comments one of"):
        export.moodle_sheet(GERMAN, "Bewertung", "Feedback")
    sheet = export.moodle_sheet(GERMAN, "Bewertung", "Feedback im Kommentar")
    name = unicodedata.normalize("NFD", "Jörg Müller")
    rows = [row(name, "3", "31"), row("Ann Doe", "4", "33")]
    text, missing = export.fill(sheet, rows, {(name, "31"): "gut"})
    assert missing == ["Ann Doe: no rows have number 33"]
    assert changed(GERMAN, text) == [
        (
            'Teilnehmer/in31,Jörg Müller,Abgegeben,,"10,00",Ja,-,',
            'Teilnehmer/in31,Jörg Müller,Abgegeben,"7,5","10,00",Ja,-,'
            "<pre>gut</pre>",
        )
    ]


@pytest.mark.parametrize(
    ("sheet", "column"),
    [
        (MOODLE, "Identifier"),
        (MOODLE, "Full name"),
        (MOODLE, "Status"),
        (MOODLE, "Maximum grade"),
        (MOODLE, "Feedback comments"),
        (GERMAN, "ID"),
        (GERMAN, "Vollständiger Name"),
    ],
)
def test_no_mark_is_written_over_what_is_none(sheet, column):
    with pytest.raises(ExerciseError) as told:
        export.moodle_sheet(sheet, column)
    said = f"export: the column {column!r} holds no marks. Give --column one"
    assert str(told.value).startswith(said)


def test_the_number_of_another_assignment_is_refused_in_any_language():
    sheet = export.moodle_sheet(GERMAN, "Bewertung")
    text, missing = export.fill(sheet, [row("Ann Doe", "4", "31")])
    assert text == GERMAN
    assert missing == ["Ann Doe: number 31 is somebody else there"]


def test_blind_marking_needs_no_name():
    blind = (
        "Identifier,Status,Grade,Maximum grade,Last modified (grade)\n"
        "Participant 31,Submitted,,20,-\nParticipant 32,Submitted,,20,-\n"
    )
    rows = [row("Participant", "2", "31"), row("Ann Doe", "2", "32")]
    text, missing = export.moodle(rows, blind)
    assert text.splitlines()[1:] == [
        "Participant 31,Submitted,10,20,-",
        "Participant 32,Submitted,,20,-",
    ]
    assert missing == ["Ann Doe: number 32 is somebody else there"]


# Blackboard, Brightspace, any other


BLACKBOARD = (
    '"Last Name","First Name","Username","Week 1 [Total Pts: 10 Score] '
    '|664617","Grading Notes","Notes Format","Feedback to Learner",'
    '"Feedback Format"\n'
    '"Doe","Ann","adoe1","","","","",""\n'
    '"Roe","Bob","broe2","7.5","mine","HTML","",""\n'
)


@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16", "utf-8"])
def test_blackboard_takes_its_table_back_as_it_was_encoded(desk, code):
    hand_in(desk.folder / "in", adoe1=RIGHT, zoe=WRONG)
    desk.grade("in")
    path = desk.folder / "gb.xls"
    table = BLACKBOARD.replace(",", "\t")
    path.write_bytes(table.encode(code))
    args = ("--to", "blackboard", "--csv", path, "--column", "Week 1")
    code_, told = desk.run("export", desk.out, *args)
    assert code_ == 1
    assert "no mark in gb.xls: zoe: no rows have that name" in told
    made = (desk.out / "blackboard.csv").read_bytes()
    assert made[:2] == path.read_bytes()[:2]
    ((_, new),) = changed(table, made.decode(code))
    *cells, comment, form = new.split("\t")
    assert cells == ['"Doe"', '"Ann"', '"adoe1"', '"10"', '""', '""']
    assert comment.startswith(
        '"<pre>3 of 3 points<br>Graded: adoe1.ipynb<br>Graded with Python '
    )
    assert comment.endswith('toy: all right, 3 of 3 points</pre>"')
    assert form == '"HTML"'


def test_a_column_without_blackboards_number_is_refused():
    book = BLACKBOARD.replace(" |664617", "")
    with pytest.raises(ExerciseError, match="it would become a new one"):
        export.blackboard_sheet(book, "Week 1")


BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Week 1 Points Grade "
    "<Numeric MaxPoints:20 Weight:5>,End-of-Line Indicator\n"
    "#123,#adoe,Doe,Ann,,#\n#124,#broe,Roe,Bob,9,#\n"
)


def test_brightspace_takes_its_table_back():
    sheet = export.brightspace_sheet(BRIGHTSPACE, "Week 1")
    for ann in (row("x", "3", "123"), row("Ann Doe", "3", "35244")):
        rows = [ann, row("broe", "4"), row("Zoe", "1", "9")]
        text, missing = export.fill(sheet, rows)
        assert text.splitlines()[1:] == [
            "#123,#adoe,Doe,Ann,15,#",
            "#124,#broe,Roe,Bob,20,#",
        ]
        assert missing == ["Zoe: no rows have that name"]


def test_brightspace_without_a_maximum_takes_one():
    book = "Username,Week 1 Points Grade,End-of-Line Indicator\n#ann,,#\n"
    sheet = export.brightspace_sheet(book, "Week 1")
    text, _ = export.fill(sheet, [row("ann", "3")], of=100)
    assert text.splitlines()[1] == "#ann,75,#"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (export.canvas_sheet, "not Canvas's gradebook: it has no column 'ID'"),
        (export.blackboard_sheet, "it has no column 'Username'"),
        (export.brightspace_sheet, "it needs OrgDefinedId or Username, and"),
        (export.moodle_sheet, "its first column should hold 'Participant 31'"),
    ],
)
def test_the_table_of_another_system_is_refused(make, said):
    with pytest.raises(ExerciseError, match=said):
        make("Name,Mark\nann,\n", "Mark")


def test_any_table_takes_marks():
    book = "login;name;mark\nadoe;Ann Doe;\nbroe;Bob Roe;1\nx;Ann Doe;\n"
    sheet = export.plain_sheet(book, "mark")
    rows = [row("?", "4", "adoe"), row("Bob Roe", "2", "7")]
    rows += [row("Ann Doe", "3")]
    text, missing = export.fill(sheet, rows)
    assert text.splitlines()[1:] == [
        "adoe;Ann Doe;4",
        "broe;Bob Roe;2",
        "x;Ann Doe;",
    ]
    assert missing == ["Ann Doe: 2 rows have that name"]


def test_marks_alone_are_a_table_too(desk):
    hand_in(desk.folder / "in", ann=RIGHT, bob=HALF)
    desk.grade("in", "--late")
    assert desk.run("export", desk.out, "--to", "csv", "--of", "10")[0] == 0
    assert (desk.out / "marks.csv").read_text("utf-8").splitlines() == [
        "student,id,points,of,percent,late,by hand",
        "ann,,10,10,100,handed in late,",
        "bob,,3.33,10,33.33,handed in late,",
    ]


# The command


def test_each_refusal_is_a_sentence(desk):
    hand_in(desk.folder / "in", ann=RIGHT)
    code, told = desk.run("export", desk.out, "--to", "csv")
    assert code == 2
    assert "grades.csv is not there: grade first, then export" in told
    desk.grade("in")
    code, told = desk.run("export", desk.out, "--to", "canvas")
    assert code == 2
    assert "download it, and give it with --csv." in told
    path = desk.folder / "book.csv"
    path.write_text(CANVAS, "utf-8")
    code, told = desk.run("export", desk.out, "--to", "canvas", "--csv", path)
    assert code == 2
    assert "export: give --column one of: Student, ID, SIS" in told
    code, told = desk.run(
        "export", desk.out, "--to", "gradescope", "--csv", path
    )
    assert code == 2
    assert "--to gradescope takes no --csv: leave it out." in told
    args = ("--to", "canvas", "--csv", path, "--column", "Week 1")
    assert desk.run("export", desk.out, *args)[0] == 0
    assert (desk.out / "canvas.csv").is_file()
    assert not (desk.out / "canvas-feedback.zip").exists()


@pytest.mark.parametrize("of", ["0", "-1", "x"])
def test_points_that_are_possible_are_above_0(desk, of):
    with pytest.raises(SystemExit):
        desk.run("export", desk.out, "--to", "csv", "--of", of)
    assert "must be a number above 0" in desk.capsys.readouterr().err


def test_every_option_says_what_it_takes(capsys):
    from mininn.exercises.__main__ import parser

    (commands,) = [a for a in parser()._actions if isinstance(a.choices, dict)]
    for name, command in commands.choices.items():
        for action in command._actions:
            assert action.help, (name, action.dest)


# Feedback back


def canvas_takes(name):
    """What Canvas reads from a file name: user and attachment."""
    parts = [p for p in name.rpartition("/")[2].split("_") if p != "LATE"]
    if parts[0] == "anon":
        return tuple(parts[1:3])
    return tuple([p for p in parts if p.isdecimal()][:2])


def test_canvas_gets_each_notebook_back_under_its_name(desk):
    place = download(
        desk.folder / "in.zip",
        {
            "doeann_LATE_101_9001_my toy.ipynb": RIGHT,
            "doeann_LATE_101_9002_notes.ipynb": "x = 1",
            "roebob_102_9003_toy-1.ipynb": WRONG,
            "anon_aB1cd_9004_toy.ipynb": HALF,
        },
    )
    desk.grade(place)
    book = desk.folder / "book.csv"
    book.write_text(CANVAS, "utf-8")
    args = ("--to", "canvas", "--csv", book, "--column", "Week 1")
    desk.run("export", desk.out, *args)
    with zipfile.ZipFile(desk.out / "canvas-feedback.zip") as made:
        texts = {name: json.loads(made.read(name)) for name in made.namelist()}
    assert {("101", "9001"), ("102", "9003")} <= set(map(canvas_takes, texts))
    bob = next(b for n, b in texts.items() if canvas_takes(n)[0] == "102")
    first, second = bob["cells"]
    assert first["cell_type"] == "markdown"
    assert "lacks the shift" in "".join(first["source"])
    assert "return 2 * X" in "".join(second["source"])


def test_a_program_and_an_old_notebook_get_their_feedback_too():
    verdict = Verdict("toy", [Part("y", 1, 2, "half")])
    made = results.Grade("ann", "1", "a.py", [verdict])
    told = handback.with_feedback(File("a.py", b"x = 1\n"), made)
    assert told.startswith(b"# 1 of 2 points\n# Graded: a.py\n")
    assert told.endswith(b"\nx = 1\n")
    compile(told, "a.py", "exec")
    book = json.loads(notebook("x"))
    for minor in (4, 5):
        old = json.dumps(book | {"nbformat": 4, "nbformat_minor": minor})
        new = handback.with_feedback(File("a.ipynb", old.encode()), made)
        cell = json.loads(new)["cells"][0]
        assert ("id" in cell) == (minor == 5)
    third = {"nbformat": 3, "worksheets": [{"cells": [{}]}]}
    new = handback.with_feedback(
        File("a.ipynb", json.dumps(third).encode()), made
    )
    assert len(json.loads(new)["worksheets"][0]["cells"]) == 2
    new = handback.with_feedback(File("a.ipynb", b"\xff no notebook"), made)
    assert json.loads(new)["cells"][0]["source"].startswith("# 1 of 2")


def moodle_takes(path):
    """The participant and the file that Moodle reads, old and new."""
    old = path.split("_", 4)
    folder, _, file = path.partition("/")
    new = folder.split("_", 4)
    assert old[1:4] == new[1:4]
    assert old[2:4] == ["assignsubmission", "file"]
    assert len(old) == 5
    return int(old[1]), file


def test_moodle_gets_a_page_in_each_folder(desk):
    place = download(
        desk.folder / "in.zip",
        {
            "Ann_x Doe_31_assignsubmission_file/toy.ipynb": RIGHT,
            ".Bob Roe_32_assignsubmission_file/toy.ipynb": WRONG,
            "~Cleo_33_assignsubmission_file/toy.ipynb": WRONG,
        },
    )
    desk.grade(place)
    told, missing = handback.moodle(results.accepted(results.load(desk.out)))
    with zipfile.ZipFile(io.BytesIO(told)) as made:
        pages = {
            moodle_takes(n): made.read(n).decode() for n in made.namelist()
        }
    assert missing == []
    assert {number for number, _ in pages} >= {31, 33}
    assert {file for _, file in pages} == {"feedback.html"}
    assert "lacks the shift" in pages[33, "feedback.html"]


def test_who_came_from_no_system_gets_no_zip(desk):
    hand_in(desk.folder / "in", ann=RIGHT)
    desk.grade("in")
    records = results.load(desk.out)
    grades = results.accepted(records)
    with pytest.raises(ExerciseError, match="no download of Moodle's"):
        handback.moodle(grades)
    with pytest.raises(ExerciseError, match="no download of Canvas's"):
        handback.canvas(grades, handback.found(records, ["toy"]))


# Gradescope


def asks(folder, root, **metadata):
    """Run the autograder as Gradescope does; return its results."""
    (folder / "submission_metadata.json").write_text(
        json.dumps(metadata), "utf-8"
    )
    script = (folder / "source" / "run_autograder").read_text("utf-8")
    done = subprocess.run(
        [sys.executable, "-c", script.replace("/autograder", str(folder))],
        capture_output=True,
        encoding="utf-8",
    )
    path = folder / "results" / "results.json"
    if done.returncode:
        return done.stderr
    made = json.loads(path.read_text("utf-8"))
    path.unlink()
    return made


def test_gradescope_gives_out_marks_that_there_are(desk):
    hand_in(desk.folder / "in", **{"Ann Doe": RIGHT, "s2": HALF, "x": WRONG})
    desk.grade("in")
    (desk.out / "overrides.csv").write_text(
        "student,exercise,points,reason\ns2,toy,2,on paper\n", "utf-8"
    )
    assert desk.run("export", desk.out, "--to", "gradescope")[0] == 0
    folder = desk.folder / "autograder"
    with zipfile.ZipFile(desk.out / "gradescope.zip") as made:
        assert made.getinfo("run_autograder").external_attr >> 16 == 0o755
        made.extractall(folder / "source")
    user = {"name": "Ann Doe", "sid": "s1", "email": "a@b.org", "id": 5}
    told = asks(folder, desk, id=77, users=[user])
    assert told["score"] == 3
    assert [test["score"] for test in told["tests"]] == [1, 2]
    told = asks(folder, desk, id=78, users=[user | {"sid": "s2"}])
    assert told["score"] == 2
    assert told["output"] == "toy: corrected by hand to 2 points: on paper"
    told = asks(folder, desk, id=79, users=[user | {"name": "Zoe"}])
    assert "0 marks are for " in told
