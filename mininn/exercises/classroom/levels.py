"""Levels of isolation, and the choice of the first that works.

In this order: bubblewrap, docker or podman, another user, and nothing at
all, the last only when it is asked for. Before the first submission a level
runs answers of ours: one that is right, and must come back right, one that
tries to reach our files, processes and network, and must fail, and one that
tries to read what is private: the submissions, the marks, the sources.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from site import getsitepackages

import numpy as np

from mininn.exercises.classroom.sandbox import Sandbox, SandboxError, program
from mininn.exercises.judge.keys import Case, Key
from mininn.exercises.judge.outcomes import Outcome

IMAGE = "mininn-grader"
LEVELS = ("bwrap", "docker", "podman", "uid", "none")
THINGS = ("your files", "other processes", "the network")
OUT_OF_REACH = {  # of an answer, at each level
    "bwrap": THINGS,
    "docker": THINGS,
    "podman": THINGS,
    "uid": THINGS[:2],  # the network too, on kernels that allow it
    "none": (),
}
ADVICE = {
    "bwrap": "Debian, Ubuntu: apt-get install bubblewrap. If it is there and "
    "says 'setting up uid map', AppArmor forbids it: give /usr/bin/bwrap a "
    "profile with 'userns,', or use docker.",
    "docker": f"Build the image once: printf 'FROM python:3.12-slim\\n"
    f"RUN pip install numpy\\n' | docker build -t {IMAGE} -",
    "uid": "Works for root only, with a Python that every user may read, and "
    "where root may close a folder to the others.",
    "none": "Give --trust-students to run what was handed in as yourself.",
}


def bwrap() -> Sandbox | None:
    """Return a sandbox of Linux namespaces: no network, no file, no user."""
    path = shutil.which("bwrap")
    if path is None:
        return None
    root = os.geteuid() == 0
    own = ["--cap-drop", "ALL"] + (
        ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if root else []
    )
    spaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc"]
    spaces += ["--unshare-uts", "--unshare-cgroup-try"]
    spaces += [] if root else ["--unshare-user"]
    binds, python, site = _binds()
    start = [path, *spaces, "--die-with-parent", "--new-session", *own]
    inside = [*binds, "--chdir", "/tmp", python, "-I", "-S", "-c"]
    return Sandbox("bwrap", (*start, *inside, program(site)), drops=root)


def _binds():
    """Return what bubblewrap shows: system, Python without packages, NumPy."""
    binds = ["--tmpfs", "/tmp", "--dev", "/dev"]
    for path in ("/usr", "/lib", "/lib64", "/bin", "/etc/alternatives"):
        binds += ["--ro-bind-try", path, path]
    python = Path(sys.executable).resolve()
    if not python.is_relative_to("/usr"):
        prefix = Path(sys.base_prefix).resolve()
        version = "python{}.{}".format(*sys.version_info)
        packages = f"/python/lib/{version}/site-packages"
        binds += ["--ro-bind", str(prefix), "/python", "--tmpfs", packages]
        binds += ["--setenv", "LD_LIBRARY_PATH", "/python/lib"]
        python = Path("/python") / python.relative_to(prefix)
    for folder in map(Path, getsitepackages()):
        if folder.is_relative_to("/usr") and folder.is_dir():
            binds += ["--tmpfs", str(folder)]
    binds += ["--dir", "/site"]
    numpy = Path(np.__file__).parent
    for part in (numpy, numpy.with_name("numpy.libs")):
        binds += ["--ro-bind-try", str(part), f"/site/{part.name}"]
    return binds, str(python), "/site"


def container(engine: str) -> Sandbox | None:
    """Return a sandbox of docker or podman, if its image is built."""
    path = shutil.which(engine)
    if path is None:
        return None
    flags = (
        "--rm -i --network none --read-only --tmpfs /tmp --memory 2g "
        "--pids-limit 64 --cap-drop ALL --user 65534 "
        "--security-opt no-new-privileges -e OPENBLAS_NUM_THREADS=1"
    )
    end = ("timeout", "-s", "KILL", "120")  # if our kill misses the container
    run = (path, "run", *flags.split(), IMAGE, *end, "python", "-I", "-c")
    return Sandbox(engine, (*run, program()))


def bare(level: str) -> Sandbox | None:
    """Return a child that is another user (uid), or ourselves (none)."""
    if level == "uid" and (os.name != "posix" or os.geteuid() != 0):
        return None
    site = str(Path(np.__file__).parents[1])
    start = (str(Path(sys.executable).resolve()), "-I", "-S", "-c")
    return Sandbox(level, (*start, program(site)), drops=level == "uid")


def find(
    trust: bool = False, only: str = "", private: Iterable[Path] = ()
) -> Sandbox:
    """Return the first sandbox that keeps in what it should.

    Parameters
    ----------
    trust : bool
        Whether to run students' code as ourselves if there is no other way.
    only : str
        The one level to try, of ``LEVELS``.
    private : paths
        Folders and files that an answer may not read. At ``uid``, where the
        files of this machine are in sight, they are closed first. At every
        level but ``none`` reading them is tried from inside.

    Raises
    ------
    SandboxError
        When there is no such level, or when none works, with what each of
        them said and what to do.
    """
    if only and only not in LEVELS:
        raise SandboxError(
            f"there is no level {only!r}, so nothing is graded. There are: "
            f"{', '.join(LEVELS)}."
        )
    told = []
    for level in [only] if only else LEVELS:
        if level == "none" and not trust:
            continue
        try:
            sandbox = _make(level)
            if sandbox is None:
                raise SandboxError(f"{level}: not there")
            if level == "uid":
                close(private)
            return replace(sandbox, reach=preflight(sandbox, private))
        except SandboxError as error:
            told.append(f"  {error}. {ADVICE.get(level, '')}")
    raise SandboxError(
        "no sandbox works here, so nothing is graded.\n"
        + "\n".join([*told, f"  {ADVICE['none']}"])
    )


def _make(level):
    """Return the sandbox of a level, or None."""
    if level == "bwrap":
        return bwrap()
    if level in ("docker", "podman"):
        return container(level)
    if level in ("uid", "none"):
        return bare(level)
    raise ValueError(level)


def close(private: Iterable[Path]) -> None:
    """Let nobody but their owner open these folders and files.

    The modes are 0700 and 0600. Where the machine refuses them, and for what
    is not there, nothing is done: the preflight sees what is open.
    """
    for path in private:
        with contextlib.suppress(OSError):
            path.chmod(0o700 if path.is_dir() else 0o600)


def preflight(
    sandbox: Sandbox, private: Iterable[Path] = ()
) -> tuple[str, ...]:
    """Check that a right answer comes back; return what an intruder reaches.

    Raises
    ------
    SandboxError
        When the child does not start, gives another answer, or reaches what
        its level must keep from it, ``private`` included.
    """
    text = (
        "import colorsys, fractions, statistics\nimport numpy as np\n"
        "def f(x):\n"
        "    assert colorsys and fractions and statistics\n"
        "    return np.linalg.solve(np.eye(2) / 2, x)\n"
    )
    outcome = _run_ours(sandbox, text)
    if outcome.error or not np.array_equal(outcome.outputs["y"], [2.0, 4.0]):
        raise SandboxError(f"{sandbox.level}: a right answer gives {outcome}")
    reach = reached(sandbox)
    if out := [
        thing for thing in reach if thing in OUT_OF_REACH[sandbox.level]
    ]:
        raise SandboxError(
            f"{sandbox.level}: from inside one reaches {' and '.join(out)}"
        )
    if THINGS[0] in OUT_OF_REACH[sandbox.level] and (
        seen := readable(sandbox, private)
    ):
        raise SandboxError(
            f"{sandbox.level}: from inside one reads "
            f"{' and '.join(map(str, seen))}. Move that to a folder that no "
            f"other user may open (chmod 700)"
        )
    return reach


def _run_ours(sandbox, text):
    """Return the outcome of f([1, 2]) for a program of ours, in a sandbox."""
    x = {"array": [1.0, 2.0], "shape": [2], "dtype": "float64"}
    right = Outcome({"y": np.array([2.0, 4.0])})
    key = Key("preflight", "f", {"y": 1}, [Case("", [x], {})], [right])
    (outcome,) = sandbox.run(key, [["cell 1", text]])
    return outcome


INTRUDER = """
import os, signal, socket
def f(x):
    try:
        secret = open({path!r}).read()
    except OSError:
        secret = ""
    try:
        if {pid} not in (os.getpid(), os.getppid()):
            os.kill({pid}, signal.SIGKILL)
    except OSError:
        pass
    try:
        socket.create_connection(("127.0.0.1", {port}), 1).close()
    except OSError:
        pass
    return [float(letter) for letter in secret.encode()]
"""


def reached(sandbox: Sandbox) -> tuple[str, ...]:
    """Return which of ``THINGS`` an answer gets at from inside.

    The answer looks for a file, a process and a port that were made for it.
    Whether it reached them is measured here, outside the sandbox.

    Raises
    ------
    SandboxError
        When it did not run to its end, so that nothing is known.
    """
    secret = uuid.uuid4().hex
    waits = [sys.executable, "-I", "-S", "-c", "input()"]
    with (
        tempfile.NamedTemporaryFile(
            "w", suffix=".txt", encoding="utf-8"
        ) as file,
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen(waits, stdin=subprocess.PIPE) as victim,
    ):
        file.write(secret)
        file.flush()
        server.settimeout(0.05)
        port = server.getsockname()[1]
        text = INTRUDER.format(path=file.name, pid=victim.pid, port=port)
        sent = _probed(sandbox, text)
        found = [sent == list(secret.encode()), _has_ended(victim)]
        try:
            server.accept()[0].close()
            found.append(True)
        except TimeoutError:
            found.append(False)
        victim.kill()
    return tuple(t for t, hit in zip(THINGS, found, strict=True) if hit)


READER = """
import os
def f(x):
    def opens(path):
        try:
            os.listdir(path) if os.path.isdir(path) else open(path).close()
        except OSError:
            return 0.0
        return 1.0
    return [opens(path) for path in {paths!r}]
"""


def readable(sandbox: Sandbox, private: Iterable[Path]) -> list[Path]:
    """Return which of these an answer can read from inside.

    Of a folder its list of names is tried, and the first file in it: that
    one opens by its name also where the folder may not be listed.

    Raises
    ------
    SandboxError
        When the answer did not run to its end, so that nothing is known.
    """
    there = [path.resolve() for path in private if path.exists()]
    files = (filter(Path.is_file, path.rglob("*")) for path in there)
    paths = there + [first for inner in files for first in islice(inner, 1)]
    opened = _probed(sandbox, READER.format(paths=list(map(str, paths))))
    return [path for path, hit in zip(paths, opened, strict=True) if hit]


def _probed(sandbox, text):
    """Return the numbers that a program of ours sends out of a sandbox."""
    outcome = _run_ours(sandbox, text)
    if outcome.error or "y" not in outcome.outputs:
        raise SandboxError(f"{sandbox.level}: our own probe gives {outcome}")
    return outcome.outputs["y"].ravel().tolist()


def _has_ended(child):
    """Whether a child is gone; a kill takes a moment to arrive."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(0.5)
    return child.returncode is not None


def described(sandbox: Sandbox) -> str:
    """Say in a line what was out of reach in a sandbox from ``find``."""
    reach = sandbox.reach or ()
    kept = [thing for thing in THINGS if thing not in reach]
    line = f"isolation: {sandbox.level}."
    if reach:
        line += f" What was handed in can reach {', '.join(reach)}."
    return line + (f" Out of its reach: {', '.join(kept)}." if kept else "")
