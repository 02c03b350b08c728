"""Levels of isolation, and the choice of the first that works.

In this order: bubblewrap, docker or podman, another user, and nothing at
all, the last only when it is asked for. Before the first submission a right
answer is sent through, and must come back right.
"""

import os
import shutil
import sys
from pathlib import Path
from site import getsitepackages

import numpy as np

from mininn.exercises.keys import Case, Key
from mininn.exercises.outcomes import Outcome
from mininn.exercises.sandbox import Sandbox, SandboxError, program

IMAGE = "mininn-grader"
ADVICE = {
    "bwrap": "Debian, Ubuntu: apt-get install bubblewrap. If it is there and "
    "says 'setting up uid map', AppArmor forbids it: give /usr/bin/bwrap a "
    "profile with 'userns,', or use docker.",
    "docker": f"Build the image once: printf 'FROM python:3.12-slim\\n"
    f"RUN pip install numpy\\n' | docker build -t {IMAGE} -",
    "uid": "Works for root only, with a Python that every user may read.",
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
    end = ("timeout", "-s", "KILL", "120")  # outlives no client for long
    run = (path, "run", *flags.split(), IMAGE, *end, "python", "-I", "-c")
    return Sandbox(engine, (*run, program()))


def bare(level: str) -> Sandbox | None:
    """Return a child that is another user (uid), or ourselves (none)."""
    if level == "uid" and (os.name != "posix" or os.geteuid() != 0):
        return None
    site = str(Path(np.__file__).parents[1])
    start = (str(Path(sys.executable).resolve()), "-I", "-S", "-c")
    return Sandbox(level, (*start, program(site)), drops=level == "uid")


def find(trust: bool = False, only: str = "") -> Sandbox:
    """Return the first sandbox that a good answer passes through.

    Parameters
    ----------
    trust : bool
        Whether to run students' code as ourselves if there is no other way.
    only : str
        The one level to try: bwrap, docker, podman, uid or none.

    Raises
    ------
    SandboxError
        When there is none, with what each of them said and what to do.
    """
    levels = [only] if only else ["bwrap", "docker", "podman", "uid", "none"]
    told = []
    for level in levels:
        if level == "none" and not trust:
            continue
        try:
            sandbox = _make(level)
            if sandbox is None:
                raise SandboxError(f"{level}: not there")
            preflight(sandbox)
            return sandbox
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
    return bare(level)


def preflight(sandbox: Sandbox) -> None:
    """Send a good answer through, and see that it comes back as it should.

    Raises
    ------
    SandboxError
        When the child does not start, or says something else.
    """
    x = {"array": [1.0, 2.0], "shape": [2], "dtype": "float64"}
    right = Outcome({"y": np.array([2.0, 4.0])})
    key = Key("preflight", "f", {"y": 1}, [Case("", [x], {})], [right])
    text = (
        "import colorsys, fractions, statistics\nimport numpy as np\n"
        "def f(x):\n"
        "    assert colorsys and fractions and statistics\n"
        "    return np.linalg.solve(np.eye(2) / 2, x)\n"
    )
    (done,) = sandbox.run(key, [["cell 1", text]])
    if done.error or not np.array_equal(done.outputs["y"], [2.0, 4.0]):
        raise SandboxError(f"{sandbox.level}: a right answer gives {done}")
