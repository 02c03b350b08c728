"""After the first run: one student again, late ones, time, marks by hand."""

import json
import os
import platform
import re
from concurrent.futures import Future
from datetime import datetime

import pytest
from small_class import (
    HALF,
    RIGHT,
    WRONG,
    Desk,
    Here,
    download,
    hand_in,
    source,
)

from mininn.exercises import ExerciseError
from mininn.exercises.classroom import grade, results
from mininn.exercises.classroom.submissions import Submission


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    return Desk(tmp_path, monkeypatch, capsys)


@pytest.fixture
def graded(desk):
    """A class of three that was graded once."""
    hand_in(desk.folder / "in", ann=RIGHT, bob=WRONG, cleo=HALF)
    assert desk.grade("in")[0] == 0
    assert desk.points() == {"ann": 3, "bob": 0, "cleo": 1}
    desk.box.runs.clear()
    return desk


# One student, and again


def test_what_is_unchanged_is_not_run_again_unless_asked(graded):
    graded.grade("in")
    assert graded.box.runs == []
    graded.grade("in", "--again")
    assert len(graded.box.runs) == 3


def test_only_one_student_is_graded_and_the_others_stay(graded):
    hand_in(graded.folder / "in", ann=WRONG, bob=RIGHT)
    assert graded.grade("in", "--only", "bob")[0] == 0
    assert len(graded.box.runs) == 1
    assert graded.points() == {"ann": 3, "bob": 3, "cleo": 1}
    graded.grade("in", "--only", "cleo", "--only", "ann", "--again")
    assert graded.points() == {"ann": 0, "bob": 3, "cleo": 1}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ann", "no students have the name or number 'Ann'. There is: ann."),
        ("zoe", "no students have the name or number 'zoe'.\n"),
    ],
)
def test_only_somebody_who_is_there(graded, name, said):
    code, told = graded.grade("in", "--only", name)
    assert code == 2
    assert said in told


def test_a_number_of_two_students_is_nobodys():
    two = [Submission("ann", "7", ()), Submission("bob", "7", ())]
    with pytest.raises(ExerciseError, match="2 students have the name or"):
        grade.chosen(two, ["7"])
    assert grade.chosen(two, ["bob"]) == two[1:]


def test_feedback_names_the_versions_that_graded(graded):
    told = (graded.out / "feedback" / "ann.md").read_text("utf-8")
    assert f"Graded with Python {platform.python_version()} and" in told


# Late


def canvas(desk, name, **answers):
    names = {"ann": "doeann_{}1_9001", "bob": "roebob_{}2_9002"}
    return download(
        desk.folder / name,
        {
            f"{names[who.rstrip('_')]}_toy.ipynb".format(
                "LATE_" if who.endswith("_") else ""
            ): text
            for who, text in answers.items()
        },
    )


def test_late_submissions_join_the_others_and_are_called_late(desk):
    assert desk.grade(canvas(desk, "week.zip", ann=RIGHT))[0] == 0
    assert desk.grade(canvas(desk, "late.zip", bob_=HALF))[0] == 0
    assert desk.points() == {"doeann": 3, "roebob": 1}
    marks = {n: row["late"] for n, row in desk.rows().items()}
    assert marks == {"doeann": "", "roebob": "Canvas marked it late"}
    told = (desk.out / "feedback" / "roebob-2.md").read_text("utf-8")
    assert "\nLate: Canvas marked it late.\n" in told
    assert "1 late: roebob\n" in (desk.out / "report.txt").read_text("utf-8")


def test_who_hands_in_again_late_has_the_later_mark_and_is_late(desk):
    desk.grade(canvas(desk, "week.zip", ann=WRONG, bob=HALF))
    desk.grade(canvas(desk, "late.zip", ann_=RIGHT))
    assert desk.points() == {"doeann": 3, "roebob": 1}
    assert desk.rows()["doeann"]["late"] == "Canvas marked it late"


def test_a_late_mark_outlives_a_run_that_knows_nothing_of_it(graded):
    hand_in(graded.folder / "more", dan=RIGHT)
    graded.grade("more", "--late")
    graded.grade("more", "--again")
    late = {n: row["late"] for n, row in graded.rows().items()}
    assert late == {"ann": "", "bob": "", "cleo": "", "dan": "handed in late"}


def touch(desk, name, when):
    path = desk.folder / "in" / f"{name}.ipynb"
    stamp = datetime.fromisoformat(when).timestamp()
    os.utime(path, (stamp, stamp))


def test_a_file_is_late_by_its_time(graded):
    for name, when in (("ann", "17:59:59"), ("bob", "18:00:00")):
        touch(graded, name, f"2026-11-29 {when}")
    touch(graded, "cleo", "2026-11-29 18:00:02")
    assert graded.grade("in", "--due", "2026-11-29 18:00")[0] == 0
    assert {n: row["late"] for n, row in graded.rows().items()} == {
        "ann": "",
        "bob": "",
        "cleo": "handed in 2026-11-29 18:00",
    }
    assert graded.grade("in", "--due", "2026-11-29 19:00")[0] == 0
    assert not any(row["late"] for row in graded.rows().values())


def test_dates_that_are_all_too_late_tell_nothing(graded):
    code, told = graded.grade("in", "--due", "2001-01-01")
    assert code == 2
    assert "every file is dated after --due" in told
    assert not any(row["late"] for row in graded.rows().values())
    code, told = graded.grade("in", "--due", "tomorrow")
    assert code == 2
    assert "--due must be a time such as '2026-11-30 18:00', got" in told
    code, told = graded.grade("in", "--due", "")
    assert code == 2
    assert "--due must be a time such as '2026-11-30 18:00', got ''" in told


@pytest.mark.parametrize(
    ("status", "late"),
    [
        ("Submitted for grading - 3 mins 31 secs late", "3 mins 31 secs late"),
        (
            "Abgegeben - 2 Stunden 4 Minuten verspätet - Bewertet",
            "2 Stunden 4 Minuten verspätet",
        ),
        ("Submitted for grading - Graded", ""),
        (
            "Submitted for grading - Extension granted until: Friday, "
            "4 December 2026, 11:59 PM",
            "",
        ),
        ("No submission", ""),
    ],
)
def test_moodle_says_in_any_language_who_is_late(desk, status, late):
    zipped = download(
        desk.folder / "in.zip",
        {"Ann Doe_31_assignsubmission_file/toy.ipynb": RIGHT},
    )
    sheet = desk.folder / "worksheet.csv"
    sheet.write_text(
        "Identifier,Full name,Email address,Status,Grade\n"
        f'Participant 31,Ann Doe,a@b.org,"{status}",\n',
        "utf-8-sig",
    )
    assert desk.grade(zipped, "--worksheet", sheet)[0] == 0
    told = desk.rows()["Ann Doe"]["late"]
    assert told == (f"Moodle: {late}" if late else "")


def test_another_table_is_no_worksheet(graded):
    path = graded.folder / "book.csv"
    path.write_text("Student,ID\nann,1\n", "utf-8")
    code, told = graded.grade("in", "--worksheet", path)
    assert code == 2
    assert "is not Moodle's worksheet: its first column should" in told


def test_who_was_taken_out_of_the_folder_leaves_the_table(graded):
    (graded.folder / "in" / "bob.ipynb").unlink()
    hand_in(graded.folder / "late", dan=RIGHT)
    graded.grade("late")
    assert set(graded.points()) == {"ann", "bob", "cleo", "dan"}
    _, told = graded.grade("in")
    assert "no longer in " in told
    assert set(graded.points()) == {"ann", "cleo", "dan"}
    assert not (graded.out / "feedback" / "bob.md").exists()


# Time


def test_what_is_too_slow_is_tried_once_more_and_then_counts(desk):
    hand_in(desk.folder / "in", ann=RIGHT, bob=WRONG)
    desk.use(Here(slow=[RIGHT]))
    assert desk.grade("in")[0] == 0
    assert desk.points() == {"ann": 3, "bob": 0}
    assert len(desk.box.runs) == 3
    assert "too slow" not in (desk.out / "report.txt").read_text("utf-8")


def test_too_slow_twice_costs_the_points_and_is_not_kept(desk):
    hand_in(desk.folder / "in", ann=RIGHT, bob=WRONG)
    desk.use(Here(slow=[RIGHT, RIGHT]))
    _, told = desk.grade("in")
    assert "ann: 0 of 3, too slow twice" in told
    assert "1 ran out of time twice: ann" in told
    assert desk.points() == {"ann": 0, "bob": 0}
    desk.box.runs.clear()
    desk.grade("in")
    assert desk.points() == {"ann": 3, "bob": 0}
    assert len(desk.box.runs) == 1


def test_what_was_in_time_is_not_run_a_second_time(desk):
    source(desk.source, name="other")
    hand_in(desk.folder / "in", ann=RIGHT, bob=WRONG, cleo=HALF)
    desk.use(Here(slow=[RIGHT, HALF]))
    desk.grade("in", names=("toy", "other"))
    assert len(desk.box.runs) == 8


def test_nothing_else_runs_beside_a_second_try(tmp_path):
    running, most = set(), []

    def submit(submission, keys):
        running.add(submission.student)
        future = Slow(lambda: running.discard(submission.student))
        made = results.Grade(submission.student, "", "", [])
        again = submission.student in first
        if again:
            most.append(set(running))
        first.add(submission.student)
        future.set_result(
            made if again else results.replace(made, slow=["toy"])
        )
        return future

    class Slow(Future):
        def __init__(self, end):
            super().__init__()
            self.end = end

        def result(self, timeout=None):
            self.end()
            return super().result(timeout)

    first = set()
    class_ = [Submission(name, "", ()) for name in ("a", "b", "c")]
    grade.grade_all(
        class_, [], None, tmp_path, pool=grade.Pool(submit, width=3)
    )
    assert most == [{"a"}, {"b"}, {"c"}]


# By hand


def by_hand(desk, *lines, head="student,exercise,points,reason"):
    desk.out.mkdir(exist_ok=True)
    text = "\n".join([head, *lines]) + "\n"
    (desk.out / "overrides.csv").write_text(text, "utf-8")


def test_a_mark_by_hand_counts_and_is_told_and_stays(graded):
    by_hand(graded, "bob,toy,2.5,read on paper")
    text = (graded.out / "overrides.csv").read_bytes()
    for more in ((), ("--again",)):
        assert graded.grade("in", *more)[0] == 0
        assert graded.points() == {"ann": 3, "bob": 2.5, "cleo": 1}
        row = graded.rows()["bob"]
        assert row["by hand"] == "toy 2.5: read on paper"
        assert row["toy y (large)"] == "0"
        told = (graded.out / "feedback" / "bob.md").read_text("utf-8")
        assert told.startswith("# 2.5 of 3 points\n")
        assert "corrected by hand to 2.5 of 3 points: read on paper" in told
        report = (graded.out / "report.txt").read_text("utf-8")
        assert "1 corrected by hand: bob\n" in report
        assert "toy: 2.17 of 3 points on average" in report
        assert (graded.out / "overrides.csv").read_bytes() == text


def test_a_mark_by_hand_reaches_a_table_without_a_new_run(graded):
    by_hand(
        graded,
        "bob;toy;1,5;in the office hour",
        head="Student;Exercise;Points;Reason",
    )
    book = graded.folder / "book.csv"
    book.write_text(
        "Student,ID,Week 1 (7)\n    Points Possible,,6\nbob,,\n", "utf-8"
    )
    args = ("--to", "canvas", "--csv", book, "--column", "Week 1")
    graded.run("export", graded.out, *args)
    made = (graded.out / "canvas.csv").read_text("utf-8")
    assert made.splitlines()[-1] == "bob,,3"
    assert graded.points()["bob"] == 1.5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("bobby,toy,1,x", "no student has the name or number 'bobby'."),
        (",toy,1,x", "no student has the name or number ''."),
        ("bob,joy,1,x", "'joy' was not graded. There is: toy."),
        ("bob,toy,4,x", "points must be from 0 to 3, got '4'."),
        ("bob,toy,-1,x", "points must be from 0 to 3, got '-1'."),
        ("bob,toy,nan,x", "points must be from 0 to 3, got 'nan'."),
        ("bob,toy,1,", "a reason is missing; the student reads it."),
        ("bob,toy,1,late, ill", "there are more cells than columns."),
        ("ann,toy,1,x\nann,toy,2,y", "ann has a line for toy already."),
    ],
)
def test_a_line_by_hand_that_fits_nobody_changes_nothing(graded, line, said):
    before = (graded.out / "grades.csv").read_bytes()
    by_hand(graded, line)
    code, told = graded.grade("in")
    assert code == 2
    assert said in told
    assert re.search(r"overrides\.csv, line [23]: ", told)
    assert (graded.out / "grades.csv").read_bytes() == before


def test_a_table_by_hand_without_its_columns_is_refused(graded):
    by_hand(graded, "bob,1", head="student,points")
    code, told = graded.grade("in")
    assert code == 2
    assert "must begin with the line student,exercise,points,reason" in told


# Another key


def test_marks_on_other_numbers_are_shown_before_they_count(graded):
    before = (graded.out / "grades.csv").read_bytes()
    source(graded.source, answer=RIGHT.replace("2 *", "3 *"))
    code, told = graded.grade("in")
    assert code == 1
    assert "ann: toy 3 of 3 -> 0 of 3\ncleo: toy 1 of 3 -> 0 of 3\n" in told
    assert "2 marks would change, see above. Nothing was replaced." in told
    assert (graded.out / "grades.csv").read_bytes() == before
    graded.box.runs.clear()
    assert graded.grade("in", "--accept-changes")[0] == 0
    assert graded.box.runs == []
    assert graded.points() == {"ann": 0, "bob": 0, "cleo": 0}


def test_other_points_are_another_mark_too(graded):
    path = graded.source / "toy.ipynb"
    text = path.read_text("utf-8")
    path.write_text(text.replace("'y:large': 2", "'y:large': 4"), "utf-8")
    code, told = graded.grade("in")
    assert code == 1
    assert "bob: toy 0 of 3 -> 0 of 5\n" in told


def test_another_seed_that_changes_no_mark_needs_no_word(graded):
    graded.seed("another")
    assert graded.grade("in")[0] == 0
    assert len(graded.box.runs) == 3
    assert graded.points() == {"ann": 3, "bob": 0, "cleo": 1}
    assert graded.grade("in")[0] == 0
    assert len(graded.box.runs) == 3


def test_a_seed_that_was_forgotten_is_noticed(graded):
    """A late folder graded on other numbers than the rest."""
    hand_in(graded.folder / "late", dan=RIGHT)
    graded.seed("")
    code, told = graded.grade("late")
    assert code == 1
    assert "3 of 4 students have marks on the old ones" in told
    assert "dan" not in graded.rows()
    graded.seed("a secret")
    assert graded.grade("late")[0] == 0
    assert graded.points()["dan"] == 3


def test_old_numbers_set_again_bring_the_old_marks_back(graded):
    graded.seed("another")
    (graded.out / "results" / "ann.json").touch()
    graded.grade("in", "--only", "ann")
    graded.box.runs.clear()
    graded.seed("a secret")
    assert graded.grade("in")[0] == 0
    assert graded.box.runs == []
    assert all(r.before is None for r in results.load(graded.out))


def test_a_folder_of_grades_is_of_one_assignment(graded):
    source(graded.source, name="other")
    code, told = graded.grade("in", names=("toy", "other"))
    assert code == 2
    assert "holds the marks of toy. To grade toy, other, give another" in told


def test_exercises_named_in_another_order_keep_their_columns(desk):
    source(desk.source, name="other")
    hand_in(desk.folder / "in", ann=RIGHT, bob=WRONG)
    hand_in(desk.folder / "late", cleo=WRONG)
    desk.grade("in", names=("toy", "other"))
    desk.grade("late", "--late", names=("other", "toy"))
    assert desk.grade("in", "--again", names=("other", "toy"))[0] == 0
    kept = results.load(desk.out)
    assert [[v.exercise for v in one.grade.verdicts] for one in kept] == [
        ["toy", "other"]
    ] * 3


def test_a_damaged_result_is_made_again(graded):
    path = graded.out / "results" / "ann.json"
    kept = json.loads(path.read_text("utf-8"))
    for text in ("", "[]", json.dumps(kept | {"grade": 3})):
        path.write_text(text, "utf-8")
        graded.box.runs.clear()
        assert graded.grade("in")[0] == 0
        assert len(graded.box.runs) == 1
        assert graded.points()["ann"] == 3


# Why


def why(desk, *words):
    where = ("--grades", desk.out, "--source", desk.source)
    return desk.run("why", *words, *where)


def test_why_prints_what_a_lost_part_was_lost_on(graded):
    code, told = why(graded, "cleo", "toy")
    assert code == 0
    assert told.startswith("cleo, cleo.ipynb\ntoy: 1 of 3 points\n")
    assert "\ncase 3 of 4: large, m = 1\n" in told
    assert re.search(r"\n  X = \(2, 1\) \[\[1\d{3}\.\d+\]\n", told)
    assert "\n  shift = 3\n  lost: y (large), 2 points\n" in told
    numbers = re.findall(r"(expected|given   ) y = \(2, 1\) \[\[(\S+)\]", told)
    (_, want), (_, got) = numbers
    assert float(want) - float(got) == pytest.approx(3, abs=1e-2)
    assert "    wrong in case 4 as well\n" in told


def test_why_prints_where_an_answer_stopped_and_what_is_no_number(graded):
    texts = {
        "def toy(X, shift):\n    return 1 / 0": "it stops in cell 1, line 2: "
        "ZeroDivisionError: division by zero",
        "def toy(X, shift):\n    return None": "None",
    }
    for text, said in texts.items():
        hand_in(graded.folder / "in", bob=text)
        graded.grade("in")
        code, told = why(graded, "bob", "toy")
        assert code == 0
        assert said in told


def test_why_of_full_marks_is_short(graded):
    assert why(graded, "ann", "toy")[1].endswith("all right, 3 of 3 points\n")


def test_why_needs_the_same_numbers_and_the_same_files(graded):
    graded.seed("another")
    code, told = why(graded, "bob", "toy")
    assert code == 2
    assert "set MININN_SEED as it was, or grade again." in told
    graded.seed("a secret")
    (graded.folder / "in").rename(graded.folder / "moved")
    code, told = why(graded, "bob", "toy")
    assert code == 2
    assert "is not there any more. Put it back, or" in told
    moved = ("--submissions", graded.folder / "moved")
    assert why(graded, "bob", "toy", *moved)[0] == 0
    hand_in(graded.folder / "moved", bob=RIGHT)
    code, told = why(graded, "bob", "toy", *moved)
    assert code == 2
    assert "no longer holds what bob was graded on" in told
    code, told = why(graded, "zoe", "toy")
    assert code == 2
    assert "no students have the name or number 'zoe'." in told
