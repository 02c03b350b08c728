"""Grade on a Dask cluster that is running: ``grade --dask ADDRESS``.

A worker makes its own sandbox and probes it from inside, as ``levels`` does
here, before it gets a submission. Dask itself is imported only when asked
for; it comes with the ``dev`` extra.
"""

import hashlib
import socket
import sys
from contextlib import contextmanager
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

import numpy as np

from mininn.exercises.classroom import levels
from mininn.exercises.classroom.grade import Pool, grade_student
from mininn.exercises.classroom.sandbox import SandboxError
from mininn.exercises.judge.keys import ExerciseError, Key

LARGE = 2**20  # bytes that are sent beside a task, not in it
SECONDS = 30  # to wait for a scheduler, and for a worker


@contextmanager
def pool(address: str, keys: list[Key], level: str = "", trust: bool = False):
    """Give the Pool of a cluster, and what was seen of its isolation.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``"tcp://10.0.0.5:8786"``.
    keys : list of Key
        Sent once to every worker.
    level, trust
        As for ``levels.find``, which each worker calls.

    Raises
    ------
    ExerciseError
        When Dask is not installed, the cluster cannot be used, or a worker
        has other versions than this machine.
    SandboxError
        When a worker has no sandbox that works.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise ExerciseError(
            "--dask needs Dask here and on the workers: pip install "
            "distributed"
        ) from None
    try:
        _reach(address)
        client = Client(address, timeout=SECONDS, set_as_default=False)
        client.wait_for_workers(1, timeout=SECONDS)
    except (OSError, ValueError, TypeError) as error:
        raise ExerciseError(
            f"--dask {address}: no cluster with a worker answers there "
            f"({error})."
        ) from None
    with client:
        told = _checked(client, level, trust)
        sent = client.scatter(keys, broadcast=True)
        executor = client.get_executor(pure=False)

        def submit(submission, wanted):
            names = [key.name for key in wanted]
            if sum(len(file.data) for file in submission.files) > LARGE:
                submission = client.scatter(submission, hash=False)
            return executor.submit(
                grade_there, submission, sent, names, level, trust
            )

        try:
            yield Pool(submit, sum(client.nthreads().values())), told
        except KilledWorker as error:
            raise SandboxError(
                f"the cluster lost its workers while grading ({error}). What "
                f"was graded is stored: start it again, and run this again."
            ) from None


def _reach(address):
    """Try a scheduler: a client that finds none complains when it is gone."""
    from distributed.comm import get_address_host_port

    there = get_address_host_port(address)
    socket.create_connection(there, SECONDS).close()


def grade_there(submission, keys, names, level, trust):
    """Grade one submission; this runs on a worker."""
    wanted = [key for key in keys if key.name in names]
    return grade_student(submission, wanted, _sandbox(level, trust))


@cache
def _sandbox(level, trust):
    """Return this worker's sandbox, probed once."""
    return levels.find(trust, level)


def probe(level: str, trust: bool) -> tuple[dict, str, str]:
    """Return the versions, level and isolation of the machine it runs on."""
    sandbox = _sandbox(level, trust)
    return versions(), sandbox.level, levels.described(sandbox)


def versions() -> dict[str, str]:
    """Return what must be the same where marks are to be the same."""
    code = hashlib.sha256()
    for package in ("judge", "classroom"):
        folder = resources.files(f"mininn.exercises.{package}")
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                code.update(file.read_bytes())
    return {
        "Python": "{}.{}".format(*sys.version_info),
        "NumPy": np.__version__,
        "mininn": code.hexdigest()[:12],
    }


def _checked(client, level, trust):
    """Probe every worker; return a line for each kind of isolation."""
    ours, hosts = versions(), []
    told: dict[str, int] = {}
    for worker, seen in sorted(
        client.run(probe, level, trust, on_error="return").items()
    ):
        if isinstance(seen, SandboxError):
            raise SandboxError(f"worker {worker}: {seen}")
        if isinstance(seen, BaseException):
            raise ExerciseError(
                f"worker {worker} cannot grade: {type(seen).__name__}: "
                f"{seen}. It needs the mininn that is here."
            )
        theirs, kind, line = seen
        for name, version in ours.items():
            if theirs[name] != version:
                raise ExerciseError(
                    f"worker {worker} has {name} {theirs[name]}, and here is "
                    f"{version}: marks might differ. Install the same."
                )
        host = urlsplit(worker).hostname
        if kind == "uid" and host in hosts:
            raise SandboxError(
                f"several workers on {host} share the users of level uid, so "
                f"one submission could disturb another. Start one worker "
                f"with several threads there, or install bubblewrap."
            )
        hosts.append(host)
        told[line] = told.get(line, 0) + 1
    return [
        f"{line} ({n} worker{'s' if n > 1 else ''})"
        for line, n in told.items()
    ]
