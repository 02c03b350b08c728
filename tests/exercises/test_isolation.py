"""What an answer can reach: probed from inside, said, and closed to it."""

import ctypes
import functools
import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from mininn.exercises.__main__ import main
from mininn.exercises.author import notebooks
from mininn.exercises.classroom import levels, sandbox

pytestmark = pytest.mark.whole


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_to_all():
    """A folder of submissions and a zip that every user may read.

    Not in pytest's own folder, which nobody else may enter.
    """
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch).resolve()
        folder, packed = place / "submissions", place / "class.zip"
        folder.mkdir()
        packed.write_bytes(b"PK")
        (folder / "ann.py").write_text("softmax = 1", "utf-8")
        for path in (place, folder, packed, folder / "ann.py"):
            path.chmod(0o755)
        yield folder, packed


@functools.cache
def usable():
    """Return a Python that other users may run, or why there is none."""
    with pytest.MonkeyPatch.context() as patch:
        for python in (sys.executable, "/usr/bin/python3"):
            patch.setattr(sys, "executable", python)
            try:
                levels.find(only="uid")
            except sandbox.SandboxError as error:
                reason = str(error)
            else:
                return python, ""
    return None, reason


@pytest.fixture
def another_user(monkeypatch):
    """Let ``uid`` work here: root, and a Python that others may read."""
    python, reason = usable()
    if python is None:
        pytest.skip(f"uid does not work here: {reason}")
    monkeypatch.setattr(sys, "executable", python)
    return levels.bare("uid")


def test_another_user_reads_what_is_open_and_not_what_was_closed(
    another_user, open_to_all
):
    folder, packed = open_to_all
    seen = levels.readable(another_user, open_to_all)
    assert seen == [folder, packed, folder / "ann.py"]
    assert levels.find(only="uid", private=open_to_all).level == "uid"
    assert [mode(path) for path in open_to_all] == [0o700, 0o600]
    assert levels.readable(another_user, open_to_all) == []


def test_a_folder_that_opens_by_name_alone_is_seen(another_user, open_to_all):
    folder, _ = open_to_all
    folder.chmod(0o711)
    seen = levels.readable(another_user, [folder])
    assert seen == [folder / "ann.py"]


KEEPS = """
import ctypes
def f(x):
    libc = ctypes.CDLL(None)
    libc.shmget({key}, 4096, {flags})
    return x * 2
"""


def test_another_user_leaves_no_shared_memory(another_user):
    """So no answer finds there what another one left."""
    libc, key = ctypes.CDLL(None), 0x6D696E69
    made = KEEPS.format(key=key, flags=0o1666)
    levels._run_ours(another_user, made)
    found = libc.shmget(key, 4096, 0o666)
    if found >= 0:
        libc.shmctl(found, 0, None)  # IPC_RMID
    assert found < 0


def test_uid_refuses_where_nothing_can_be_closed(
    another_user, open_to_all, monkeypatch
):
    monkeypatch.setattr(levels, "close", lambda private: None)
    with pytest.raises(sandbox.SandboxError) as told:
        levels.find(only="uid", private=open_to_all)
    said = str(told.value)
    assert f"uid: from inside one reads {open_to_all[0]} and " in said
    assert "Move that to a folder that no other user may open" in said


def test_grade_at_uid_closes_submissions_marks_sources_and_build(
    another_user, open_to_all, tmp_path, monkeypatch
):
    folder, _ = open_to_all
    monkeypatch.chdir(tmp_path)
    build, out = tmp_path / "build", tmp_path / "grades"
    for made in (build, out):
        made.mkdir(mode=0o755)
    args = ["grade", "softmax", str(folder), "--level", "uid"]
    assert main(args) == 0
    assert [mode(path) for path in (folder, build, out)] == [0o700] * 3
    assert mode(out / "grades.csv") == 0o600


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_what_is_marked_is_for_the_teacher_alone(open_to_all, tmp_path):
    folder, _ = open_to_all
    before = os.umask(0o022)
    try:
        out = tmp_path / "grades"
        args = ["grade", "softmax", str(folder), "--trust-students"]
        assert main([*args, "--out", str(out)]) == 0
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    for path in [out, *out.rglob("*")]:
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_a_level_with_a_window_is_refused(open_to_all, monkeypatch):
    """A sandbox that hides temporary files, but shows the submissions."""
    window = levels.bare("none")
    monkeypatch.setattr(levels, "_make", lambda level: window)
    monkeypatch.setattr(levels, "reached", lambda box: ())
    monkeypatch.setitem(levels.OUT_OF_REACH, "none", levels.THINGS)
    with pytest.raises(sandbox.SandboxError, match="from inside one reads"):
        levels.find(only="bwrap", private=open_to_all)
    assert levels.find(only="bwrap", private=[]).reach == ()


def test_the_first_line_of_a_run_says_what_was_out_of_reach(tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    text = "def softmax(Z):\n    return Z"
    cells = [notebooks.cell("code", text)]
    (folder / "ann.ipynb").write_text(notebooks.dump("x", cells), "utf-8")
    args = ["grade", "softmax", str(folder), "--out", str(tmp_path / "out")]
    assert main([*args, "--trust-students"]) == 0
    said = [
        line
        for line in capsys.readouterr().err.splitlines()
        if line.startswith("isolation: ")
    ]
    level = levels.find(trust=True)
    assert said == [levels.described(level)]
