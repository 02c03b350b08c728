"""A class graded on a Dask cluster: the same table, sandboxes of its own."""

import re
import subprocess
import sys
import time
import types

import pytest
from small_class import HALF, RIGHT, WRONG, Desk, hand_in

from mininn.exercises import ExerciseError
from mininn.exercises.classroom import cluster, levels, sandbox

LOOP = "def toy(X, shift):\n    while True:\n        pass"
LARGE = RIGHT + f"  # {'x' * 5_000}"


@pytest.fixture(scope="module")
def workers():
    """The address of a cluster of two workers on this machine."""
    distributed = pytest.importorskip(
        "distributed", reason="the dev extra has Dask's distributed"
    )
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=":0",
        silence_logs=50,
    ) as made:
        yield made.scheduler_address


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    """A desk with the levels of this machine."""
    find = levels.find
    made = Desk(tmp_path, monkeypatch, capsys)
    monkeypatch.setattr(levels, "find", find)
    return made


@pytest.mark.whole
def test_a_cluster_gives_the_same_table_as_this_machine(
    desk, workers, monkeypatch
):
    monkeypatch.setattr(cluster, "LARGE", 5_000)
    answers = {"ann": RIGHT, "bob": WRONG, "cleo": HALF, "dan": LARGE}
    answers |= {f"s{i}": RIGHT if i % 3 else HALF for i in range(8)}
    hand_in(desk.folder / "in", **answers, eve="x = (", fay="toy = 3")
    code, _ = desk.grade("in", "--trust-students")
    assert code == 0
    here = (desk.out / "grades.csv").read_bytes()
    told = [p.read_bytes() for p in sorted(desk.out.glob("feedback/*"))]
    desk.out = desk.folder / "there"
    code, said = desk.grade("in", "--trust-students", "--dask", workers)
    assert code == 0
    assert (desk.out / "grades.csv").read_bytes() == here
    assert told == [
        p.read_bytes() for p in sorted(desk.out.glob("feedback/*"))
    ]
    assert re.search(r"^isolation: .* \(2 workers\)$", said, re.M)
    code, said = desk.grade("in", "--trust-students", "--dask", workers)
    assert code == 0
    assert (desk.out / "grades.csv").read_bytes() == here


@pytest.mark.whole
def test_a_worker_is_probed_before_it_gets_a_submission(desk, workers):
    hand_in(desk.folder / "in", ann=RIGHT)
    code, said = desk.grade("in", "--level", "docker", "--dask", workers)
    assert code == 2
    assert "worker tcp://127.0.0.1:" in said
    assert "no sandbox works here, so nothing is graded." in said
    assert not desk.out.exists()


def test_no_cluster_is_a_sentence(desk, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "SECONDS", 1)
    hand_in(desk.folder / "in", ann=RIGHT)
    for address in ("tcp://127.0.0.1:9", "nowhere://x", "x"):
        begun = time.monotonic()
        code, said = desk.grade("in", "--dask", address)
        assert time.monotonic() - begun < 5
        assert "Traceback" not in said
        assert code == 2
        assert f"--dask {address}: no cluster with a worker answers" in said


def test_without_dask_it_says_what_to_install(desk, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    hand_in(desk.folder / "in", ann=RIGHT)
    code, said = desk.grade("in", "--dask", "tcp://127.0.0.1:8786")
    assert code == 2
    assert "pip install distributed" in said


class Workers:
    """What ``Client.run`` gives of some workers."""

    def __init__(self, **seen):
        self.seen = seen

    def run(self, *_, **__):
        return {
            f"tcp://{name.rstrip('_')}:{port}": seen
            for port, (name, seen) in enumerate(self.seen.items(), 1)
        }


def seen(level="bwrap", **versions):
    return cluster.versions() | versions, level, f"isolation: {level}."


def test_workers_that_may_grade_otherwise_are_refused():
    for name in ("Python", "NumPy", "mininn"):
        with pytest.raises(ExerciseError) as told:
            cluster._checked(
                Workers(a=seen(), b=seen(**{name: "0.1"})), "", False
            )
        assert str(told.value).startswith(f"worker tcp://b:2 has {name} 0.1,")
    with pytest.raises(ExerciseError, match="It needs the mininn that is"):
        cluster._checked(Workers(a=ModuleNotFoundError("mininn")), "", False)
    with pytest.raises(sandbox.SandboxError, match="worker tcp://a:1: none"):
        cluster._checked(
            Workers(a=sandbox.SandboxError("none works")), "", False
        )


def test_workers_of_one_machine_do_not_share_users():
    one = Workers(a=seen("uid"), b=seen("uid"))
    assert cluster._checked(one, "", False) == ["isolation: uid. (2 workers)"]
    two = Workers(a=seen("uid"), a_=seen("uid"))
    with pytest.raises(sandbox.SandboxError, match="several workers on a"):
        cluster._checked(two, "", False)


def test_a_cluster_that_dies_says_so(monkeypatch):
    class KilledWorker(Exception):
        pass

    class Client(Workers):
        def __init__(self, *_, **__):
            super().__init__(a=seen())

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def __getattr__(self, name):
            return lambda *_, **__: {"tcp://a:1": 4}

    fake = types.SimpleNamespace(Client=Client, KilledWorker=KilledWorker)
    monkeypatch.setitem(sys.modules, "distributed", fake)
    monkeypatch.setattr(cluster, "_reach", lambda address: None)

    def lose():
        with cluster.pool("tcp://a:8786", []) as (made, told):
            assert made.width == 4
            assert told == ["isolation: bwrap. (1 worker)"]
            raise KilledWorker("it was killed")

    with pytest.raises(sandbox.SandboxError, match="lost its workers while"):
        lose()


def test_dask_is_not_imported_unless_asked_for():
    program = (
        "import sys\nimport mininn.exercises.__main__\n"
        "assert not {'distributed', 'dask'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.whole
def test_an_endless_loop_on_a_cluster_costs_its_own_student(desk, workers):
    text = (desk.source / "toy.ipynb").read_text("utf-8")
    quick = text.replace("toy)\\n", "toy, seconds=1)\\n", 1)
    (desk.source / "toy.ipynb").write_text(quick, "utf-8")
    hand_in(desk.folder / "in", ann=RIGHT, bob=LOOP)
    code, _ = desk.grade("in", "--trust-students", "--dask", workers)
    assert code == 0
    assert desk.points() == {"ann": 3, "bob": 0}
    told = (desk.out / "feedback" / "bob.md").read_text("utf-8")
    assert "it takes longer than 1 s" in told
