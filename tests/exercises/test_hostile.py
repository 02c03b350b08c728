"""Hostile and accidental submissions: what each of them gets, and no more.

Each case breaks ``softmax``, or seems to, and has an honest ``backprop``
beside it, which must keep its marks. The texts stand in ``hostile``;
they are no ``.py`` files, so that nothing but the sandbox ever runs them.
"""

import contextlib
import csv
import json
import os
import socket
import struct
import time
import tracemalloc
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from places import BOOK, TESTS

from mininn.exercises.__main__ import main
from mininn.exercises.author import notebooks
from mininn.exercises.classroom import grade, levels, sandbox
from mininn.exercises.classroom.cells import MOST_BYTES
from mininn.exercises.classroom.report import feedback
from mininn.exercises.classroom.submissions import File, Submission, find
from mininn.exercises.judge import keys

BANK = TESTS / "exercises" / "hostile"
SOURCE = BOOK / "exercises" / "source"
SECRET = "seed-that-nobody-may-see"
MARK = f"mininn-{uuid.uuid4().hex}"

GONE = "it ended the process, or wrote what is no answer."
LATE = "it takes longer than"

# The marks for softmax, of 3, and what is told; backprop has 5 of 5. A case
# whose third entry is there has so many seconds instead of ten.
HOSTILE = {
    # does not end
    "endless_loop": (0, "it takes longer than 1 s: does a loop end?", 1),
    "sleep": (0, LATE, 1),
    "deaf_loop": (0, LATE, 1),
    "stops_itself": (0, LATE, 1),
    "deadlock": (0, LATE, 1),
    "backtracking": (0, LATE, 1),
    "big_number": (0, LATE, 1),
    "slow_import": (0, LATE, 1),
    # takes more than its share
    "memory_at_once": (0, "MemoryError"),
    "memory_bit_by_bit": (0, "MemoryError"),
    "fills_the_disk": (0, "with NothingWritten."),
    "fork_bomb": (0, "BlockingIOError"),
    "fork_bomb_that_insists": (0, LATE, 1),
    "leaves_a_process": (0, "BlockingIOError"),
    "starts_a_program": (0, "BlockingIOError"),
    "becomes_a_program": (0, "", 1),
    "thread_bomb": (0, "can't start new thread"),
    "recursion": (0, "RecursionError"),
    "recursion_without_limit": (0, "", 1),
    "prints_100_megabytes": (3, "right"),
    "returns_800_megabytes": (0, "far too large"),
    # leaves
    "exits_at_once": (0, GONE),
    "exits_politely": (0, "with SystemExit."),
    "exits_at_import": (0, GONE),
    "segfault": (0, GONE),
    "abort": (0, GONE),
    "kills_everyone": (0, ""),
    "kills_its_parent": (0, ""),
    "closes_everything": (0, GONE),
    # wants marks for nothing
    "patched_numpy": (0, ""),
    "patched_builtins": (0, ""),
    "patched_judge": (0, "mininn"),
    "patched_sender": (0, GONE),
    "patched_worker": (0, ""),
    "equal_to_everything": (0, ""),
    "lying_array": (0, ""),
    "forged_marks": (0, GONE),
    "forged_frames": (0, "A has shape (3, 5), expected (3, 4)."),
    "forged_shape": (0, GONE),
    "forged_length": (0, GONE),
    "forged_nesting": (0, GONE),
    "flood": (0, GONE),
    "half_an_answer": (0, GONE),
    "counts_the_calls": (0, ""),
    "public_answers": (0, "unchanged"),
    # looks for the answers
    "reads_the_answers": (0, ""),
    "reads_the_environment": (0, "with NoSeedInSight."),
    "reads_its_parent": (0, "it stops in cell 2, line 4"),
    "walks_the_frames": (0, "unchanged"),
    "uses_the_network": (0, ""),
    "listens": (0, ""),
    "library": (0, "mininn is not there when answers are graded"),
    "library_by_another_way": (0, "mininn"),
    # returns what is no matrix of numbers
    "returns_objects": (0, "A holds objects where numbers belong."),
    "returns_complex": (0, "A holds complex numbers where numbers belong."),
    "returns_text": (0, "A holds text where numbers belong."),
    "returns_nan": (0, "A is nan everywhere."),
    "returns_nothing": (
        0,
        "not attempted yet, for None comes back. If it is written, end with",
    ),
    "returns_a_generator": (0, "unchanged"),
    "returns_itself": (0, ""),
    "array_that_interrupts": (0, "KeyboardInterrupt"),
    "error_that_raises": (0, "it stops in cell 2, line 5 with Trap"),
    "error_with_a_message": (0, "it stops in cell 2, line 2"),
    "asks": (0, "EOFError"),
    # cannot be read, or is not there
    "syntax_error": (0, "cell 2, line 1 cannot be read"),
    "null_byte": (0, "cell 2 cannot be read"),
    "deep_nesting": (0, "cell 2"),
    "untouched": (0, "not attempted yet"),
    # plain mistakes keep their messages
    "overflows": (1, "e to the power 1000 is inf"),
    "row_for_column": (0, "Each row sums to 1"),
    # honest
    "honest": (3, "right"),
    "honest_single_precision": (3, "right"),
    "honest_einsum": (3, "right"),
    "honest_loops": (3, "right"),
    "honest_in_place": (1, "right, but half of it is lost"),
    "honest_warning": (3, "right"),
    "honest_class": (3, "right"),
    "honest_lambda": (3, "right"),
    "honest_magics": (3, "right"),
    "honest_with_a_training_loop": (3, "right"),
    "honest_beside_a_syntax_error": (3, "right"),
    "honest_second_try": (3, "right"),
}
HANDED_IN = "hand in the notebook (.ipynb) or a .py file."


def answer(name):
    source = notebooks.read(SOURCE / f"{name}.ipynb")
    texts = map(notebooks.solved, source.texts("answer"))
    return "import numpy as np\n\n" + "\n\n".join(texts)


def notebook(*texts):
    cells = [notebooks.cell("code", text) for text in texts]
    return notebooks.dump("x", cells)


RIGHT = answer("softmax"), answer("backprop")
WHOLE = notebook(*RIGHT)


def bare():
    """A notebook without any metadata, as some sites give it back."""
    cells = [{"cell_type": "code", "source": text} for text in RIGHT]
    return json.dumps({"cells": cells})


def format_3():
    cells = [{"cell_type": "code", "input": text} for text in RIGHT]
    return json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3})


def huge():
    """Pictures of 15 MB, and a thousand cells of other work."""
    book = json.loads(notebook(*["x = 1\ny = 2"] * 1000, *RIGHT))
    picture = {"data": {"image/png": 15 * 2**20 * "A"}, "metadata": {}}
    book["cells"][0]["outputs"] = [{"output_type": "display_data"} | picture]
    return json.dumps(book)


# What is handed in as a file: name, bytes, marks for softmax and backprop.
FILES = {
    "empty": ("a.ipynb", b"", 0, 0, "the file is empty."),
    "blank": ("a.ipynb", b"\n\n", 0, 0, "the file is empty."),
    "no_json": ("a.ipynb", b"PK\3\4 zipped", 0, 0, "is no notebook"),
    "cut_off": ("a.ipynb", WHOLE[:-99].encode(), 0, 0, "is no notebook"),
    "other_json": ("a.ipynb", b'{"a": [1]}', 0, 0, "is no notebook"),
    "list_json": ("a.ipynb", b"[[], {}]", 0, 0, "is no notebook"),
    "odd_cells": (
        "a.ipynb",
        b'{"cells": [1, null]}',
        0,
        0,
        "is no notebook",
    ),
    "nested": ("a.ipynb", b"[" * 10**6, 0, 0, "is no notebook"),
    "too_large": ("a.ipynb", b" " * (MOST_BYTES + 1), 0, 0, "larger than"),
    "pdf": ("a.pdf", b"%PDF-1.4", 0, 0, HANDED_IN),
    "no_cells": ("a.ipynb", b'{"cells": []}', 0, 0, "there is no function"),
    "binary_program": ("a.py", bytes(range(256)), 0, 0, "there is no"),
    "deleted_cell": (
        "a.ipynb",
        notebook(RIGHT[1]).encode(),
        0,
        5,
        "there is no function called softmax",
    ),
    "duplicated_cells": (
        "a.ipynb",
        notebook(*RIGHT, *RIGHT, *RIGHT).encode(),
        3,
        5,
        "right",
    ),
    "worse_copy_below": (
        "a.ipynb",
        notebook(*RIGHT, "def softmax(Z):\n    return Z").encode(),
        0,
        5,
        "A is the argument Z, unchanged.",
    ),
    "bare": ("a.ipynb", bare().encode(), 3, 5, "right"),
    "format_3": ("a.ipynb", format_3().encode(), 3, 5, "right"),
    "huge": ("a.ipynb", huge().encode(), 3, 5, "right"),
    "renamed": ("final FINAL (2).ipynb", WHOLE.encode(), 3, 5, "right"),
    "json_name": ("softmax.ipynb.json", WHOLE.encode(), 3, 5, "right"),
    "capitals": ("WEEK1.IPYNB", WHOLE.encode(), 3, 5, "right"),
    "program": ("a.py", "\n".join(RIGHT).encode(), 3, 5, "right"),
    "utf_16": ("a.ipynb", WHOLE.encode("utf-16"), 3, 5, "right"),
    "byte_mark": ("a.ipynb", WHOLE.encode("utf-8-sig"), 3, 5, "right"),
    "latin_1": (
        "a.py",
        ("# déjà vu\n" + "\n".join(RIGHT)).encode("latin-1"),
        3,
        5,
        "right",
    ),
    "windows_lines": (
        "a.py",
        "\n".join(RIGHT).replace("\n", "\r\n").encode(),
        3,
        5,
        "right",
    ),
}


def public_answers():
    """What anybody can read in the book: inputs and answers of its key."""
    key = keys.load_key("softmax")
    shapes = [case.args[0] for case in key.cases]
    inputs = [
        [a["array"][i : i + a["shape"][1]] for i in starts(a)] for a in shapes
    ]
    answers = [done.outputs["A"].tolist() for done in key.expected]
    return repr(list(zip(inputs, answers, strict=True)))


def starts(a):
    return range(0, len(a["array"]), a["shape"][1])


def hostile(name, port):
    """Return the notebook of a case, with the answer to backprop below."""
    text = (BANK / f"{name}.txt").read_text(encoding="utf-8")
    if "PUBLIC_KEY" in text:
        text = text.replace("PUBLIC_KEY", public_answers())
    text = text.replace("PORT", str(port)).replace("MARKER", MARK)
    text = text.replace("NUL", "\0")
    text = text.replace("NESTED", 10**5 * "-" + "Z")
    cells = ["# my work", *text.split("# %%\n"), RIGHT[1]]
    return notebook(*cells).encode()


def secret(name):
    source = notebooks.read(SOURCE / f"{name}.ipynb")
    return notebooks.exercise(source).key(SECRET)


def sandboxes():
    """Return the levels of isolation that work here."""
    found = []
    for level in ("bwrap", "docker", "podman", "uid"):
        with contextlib.suppress(sandbox.SandboxError):
            found.append(levels.find(only=level).level)
    return found


# One or two of each kind; the whole check tries all of them.
OFTEN = {
    "memory_at_once",
    "fork_bomb",
    "segfault",
    "patched_judge",
    "forged_frames",
    "reads_the_answers",
    "uses_the_network",
    "returns_objects",
    "syntax_error",
    "untouched",
    "overflows",
    "honest",
    "honest_magics",
    "nested",
    "pdf",
    "worse_copy_below",
    "format_3",
    "latin_1",
}


def cases(names):
    return [
        pytest.param(n, marks=[] if n in OFTEN else pytest.mark.whole)
        for n in names
    ]


class Run:
    """All cases graded at one level, and what that left behind."""

    def __init__(self, level):
        self.level, self.box = level, levels.find(only=level)
        self.softmax, self.backprop = secret("softmax"), secret("backprop")
        self.port = socket.create_server(("127.0.0.1", 0))
        self.port.settimeout(0)
        jobs = [(name, *HOSTILE[name][2:]) for name in HOSTILE]
        jobs += [(name,) for name in FILES]
        if not os.environ.get("MININN_WHOLE"):
            jobs = [job for job in jobs if job[0] in OFTEN]
        jobs.sort(key=lambda job: job[0] != "endless_loop")
        with ThreadPoolExecutor(6) as pool:
            done = list(pool.map(lambda job: self.one(*job), jobs))
        self.grades = {
            job[0]: g for job, (g, _) in zip(jobs, done, strict=True)
        }
        self.seconds = {
            job[0]: s for job, (_, s) in zip(jobs, done, strict=True)
        }
        self.caught = self.connections()
        self.port.close()
        self.left = survivors()

    def one(self, name, seconds=10.0):
        """Grade one case, in the time that it has."""
        if name in FILES:
            files = (File(*FILES[name][:2]),)
        else:
            data = hostile(name, self.port.getsockname()[1])
            files = (File("a.ipynb", data),)
        start = time.monotonic()
        student = Submission(name, "", files)
        both = [replace(self.softmax, seconds=seconds), self.backprop]
        made = grade.grade_student(student, both, self.box)
        return made, time.monotonic() - start

    def connections(self):
        """Return how many students reached our port."""
        try:
            self.port.accept()
        except BlockingIOError:
            return 0
        return 1


def survivors(wait=3.0):
    """Return the command lines of students' processes that still run."""
    end = time.monotonic() + wait
    while (left := list(marked())) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def marked():
    """Yield the command lines of processes with our mark."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            if MARK.encode() in command + (folder / "environ").read_bytes():
                yield command[:80]


@pytest.fixture(scope="module", params=sandboxes() or ["none"])
def run(request):
    if request.param == "none":
        try:
            levels.find()
        except sandbox.SandboxError as error:
            pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MININN_SEED", SECRET)
        patch.setitem(sandbox.ENVIRONMENT, "LC_NAME", MARK)
        yield Run(request.param)


def test_the_bank_is_in_the_table_and_the_table_in_the_bank():
    assert {path.stem for path in BANK.glob("*.txt")} == set(HOSTILE)
    assert len(HOSTILE) + len(FILES) >= 40


@pytest.mark.parametrize("name", cases(HOSTILE))
def test_a_case_gets_its_marks_and_costs_no_other_exercise(run, name):
    points, said, *_ = HOSTILE[name]
    softmax, backprop = run.grades[name].verdicts
    assert softmax.points == points, softmax
    assert said in softmax.parts[-1].message
    assert backprop.points == 5, backprop
    assert run.seconds[name] < 15


@pytest.mark.parametrize("name", cases(FILES))
def test_a_file_gets_its_marks_and_a_reason(run, name):
    _, _, softmax, backprop, said = FILES[name]
    made = run.grades[name]
    assert [v.points for v in made.verdicts] == [softmax, backprop]
    assert said in made.verdicts[0].parts[0].message
    assert run.seconds[name] < 15


def test_no_process_survives(run):
    assert run.left == []


def test_nobody_gets_out(run):
    assert run.caught == 0


def test_bubblewrap_shows_no_answer(run):
    if run.level != "bwrap":
        pytest.skip("other levels show what every user of the machine reads")
    (softmax, _) = run.grades["reads_the_answers"].verdicts
    assert "unchanged" in softmax.parts[0].message


def test_no_secret_and_no_command_of_a_terminal_comes_back(run):
    for made in run.grades.values():
        told = feedback(made)
        assert SECRET not in told
        assert "\x1b" not in told
        assert told.count("```") == 4
        for verdict in made.verdicts:
            for part in verdict.parts:
                assert len(part.message) < 300


def test_the_disk_is_as_it_was(run):
    for folder in ("/tmp", "/dev/shm", "/var/tmp", "/"):
        for path in Path(folder).glob(f"{MARK}*"):
            size = path.stat().st_size
            path.unlink()
            assert size == 0


# A zip, and a folder


def entry(name, mode=0o100644):
    made = zipfile.ZipInfo(name)
    made.create_system = 3
    made.external_attr = mode << 16
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


@pytest.fixture(scope="module")
def lms(tmp_path_factory):
    """A zip with honest work, and much that is not."""
    path = tmp_path_factory.mktemp("lms") / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ann_1_assignsubmission_file_/a.ipynb", WHOLE)
        archive.writestr("bob_LATE_2_77_my work.ipynb", WHOLE)
        for up in ("../../up.ipynb", "/rooted.ipynb", "x/../../../up.py"):
            archive.writestr(entry(up), WHOLE)
        archive.writestr("..\\..\\up.ipynb", WHOLE)
        archive.writestr("b\\..\\..\\up.ipynb", WHOLE)
        archive.writestr(entry("link.ipynb", 0o120777), "/etc/passwd")
        archive.writestr(entry("bomb.ipynb"), bytes(100 * 2**20))
        archive.writestr("=1+cmd().ipynb", WHOLE)
        archive.writestr("__MACOSX/ann.ipynb", b"\0\5\26\7")
        archive.writestr("folder/.ipynb_checkpoints/a.ipynb", b"{}")
        archive.writestr("torn.ipynb", 99 * WHOLE)
        archive.writestr("locked.ipynb", WHOLE)
    data = bytearray(path.read_bytes())
    spoil(data, b"torn.ipynb", 200)
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(b"locked.ipynb")
        if signature == b"PK\1\2":
            at = data.rfind(b"locked.ipynb")
        struct.pack_into("<H", data, data.rfind(signature, 0, at) + flags, 1)
    path.write_bytes(data)
    return path


def spoil(data, name, after):
    """Change bytes of the first entry called ``name``."""
    at = data.find(name) + len(name) + after
    data[at : at + 20] = bytes(20)


def test_a_hostile_zip_is_read_and_nothing_is_unpacked(lms):
    before = sorted(lms.parents[1].rglob("*"))
    found = {s.student: s for s in find(lms)}
    assert sorted(lms.parents[1].rglob("*")) == before
    assert set(found) == {
        "=1+cmd()",
        "ann",
        "b\\..\\..\\up",
        "bob",
        "bomb",
        "link",
        "locked",
        "rooted",
        "torn",
    }
    told = {}
    for student in ("bomb", "link", "locked", "torn"):
        with pytest.raises(keys.ExerciseError) as error:
            found[student].cells("softmax")
        told[student] = str(error.value)
    assert told == {
        "bomb": "bomb.ipynb: larger than 20 MB.",
        "link": "link.ipynb: is no notebook: it cannot be read.",
        "locked": "locked.ipynb: is locked with a password: hand it in "
        "without one.",
        "torn": "torn.ipynb: is damaged in the zip: it has to be handed in "
        "again.",
    }


@pytest.mark.whole
def test_a_hostile_zip_is_graded_into_its_folder(lms, tmp_path, capsys):
    try:
        levels.find()
    except sandbox.SandboxError as error:
        pytest.skip(str(error))
    out = tmp_path / "a" / "b" / "grades"
    args = ["grade", "softmax", "backprop", str(lms), "--out", str(out)]
    assert main(args) == 0
    capsys.readouterr()
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        marks = {row["student"]: row["points"] for row in csv.DictReader(file)}
    assert marks == dict.fromkeys(
        ["rooted", "'=1+cmd()", "ann", "b\\..\\..\\up", "bob"], "8"
    ) | dict.fromkeys(["bomb", "link", "locked", "torn"], "0")
    assert len(list((out / "feedback").iterdir())) == 9
    outside = set(tmp_path.rglob("*")) - set(out.rglob("*"))
    assert outside == {tmp_path / "a", tmp_path / "a" / "b", out}


@pytest.mark.whole
def test_a_zip_of_many_bombs_takes_little_memory(tmp_path):
    path = tmp_path / "bombs.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, 1) as archive:
        data = bytes(21 * 2**20)
        for i in range(6):
            archive.writestr(f"s{i}.ipynb", data)
            archive.writestr(f"s{i}.pdf", data)
    tracemalloc.start()
    found = find(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 6
    assert peak < 100 * 2**20  # of the 250 MB that are in it


def test_a_folder_with_links_and_pipes_is_read(tmp_path):
    secrets, folder = tmp_path / "secrets", tmp_path / "in"
    for place in (secrets, folder / "ann", folder / "bob"):
        place.mkdir(parents=True)
    (secrets / "mine.ipynb").write_text(WHOLE, "utf-8")
    (folder / "ann" / "a.ipynb").write_text(WHOLE, "utf-8")
    (folder / "ann" / "b.ipynb").symlink_to(secrets / "mine.ipynb")
    (folder / "bob" / "loop").symlink_to(folder)
    (folder / "bob" / "secrets").symlink_to(secrets)
    (folder / "bob" / "dangling.ipynb").symlink_to("nowhere")
    os.mkfifo(folder / "bob" / "pipe.ipynb")
    (found,) = find(folder)
    assert found.student == "ann"
    assert [file.name for file in found.files] == ["a.ipynb"]
