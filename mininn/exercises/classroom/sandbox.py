"""Run a student's code in a child, and read what it sends as numbers.

What comes back is read with exact lengths, never unpickled, never evaluated.
``levels`` decides how strictly the child is isolated.
"""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from importlib import resources

from mininn.exercises.classroom import wire
from mininn.exercises.judge.keys import Key
from mininn.exercises.judge.outcomes import Outcome

FIRST_UID = 61_000
MOST_BYTES = 2**24
JUDGE, CLASSROOM = "mininn.exercises.judge", "mininn.exercises.classroom"
PARENTS = ("mininn", "mininn.exercises", JUDGE, CLASSROOM)
CHILD = ((JUDGE, "outcomes"), (JUDGE, "loading"), (CLASSROOM, "worker"))
ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
}


class SandboxError(Exception):
    """Students' code cannot be run safely here, so nothing is graded."""


@dataclass(frozen=True)
class Sandbox:
    """A way to start an interpreter: the level, and the command before it.

    ``reach`` is what an answer was seen to get at from inside; see
    ``levels.reached``.
    """

    level: str
    command: tuple[str, ...]
    drops: bool = False  # the child is root, and becomes a user of its own
    reach: tuple[str, ...] | None = None

    def run(self, key: Key, cells: list, seconds: float | None = None):
        """Return the outcomes of the answer in ``cells``, one per case.

        Raises
        ------
        SandboxError
            When the child did not even start; no fault of the student's.
        """
        seconds = key.seconds if seconds is None else seconds
        data, said, late = self._talk(
            encoded_request(self, key, cells), seconds
        )
        replies = wire.read(data, key)
        if replies is None:
            raise SandboxError(f"{self.level}: {said or 'no word from it'}")
        text = "it ended the process, or wrote what is no answer."
        if late:
            text = f"it takes longer than {seconds:g} s: does a loop end?"
        gone = Outcome(error="Timeout" if late else "Crash", text=text)
        return replies + [gone] * (len(key.cases) - len(replies))

    def _talk(self, request, seconds):
        """Send a request; return the reply, its last complaint, if late."""
        with tempfile.TemporaryFile() as complaints:
            child = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                bufsize=0,
            )
            data = bytearray()
            reader = _start(_read, child.stdout, data)
            _start(_write, child.stdin, request)
            reader.join(seconds + 1.0)
            late = reader.is_alive()
            _kill(child)
            reader.join(1.0)
            complaints.seek(0)
            said = complaints.read(2000).decode(errors="replace").strip()
        return bytes(data), said.split("\n")[-1], late


def encoded_request(sandbox: Sandbox, key: Key, cells: list) -> bytes:
    """Return as JSON what the child is sent: cells and inputs, no answers."""
    uid = FIRST_UID + next(_uids) % 1000 if sandbox.drops else 0
    plain = {
        "uid": uid,
        "seconds": key.seconds,
        "function": key.function,
        "outputs": key.outputs,
        "view": key.view,
        "cells": cells,
        "cases": [case.args for case in key.cases],
    }
    return json.dumps(plain).encode()


_uids = itertools.count()


def _start(work, *args):
    """Start a thread that does not outlive us."""
    thread = threading.Thread(target=work, args=args, daemon=True)
    thread.start()
    return thread


def _read(pipe, data):
    """Read a pipe to its end, or until ``MOST_BYTES`` have come."""
    with pipe:
        while len(data) < MOST_BYTES:
            piece = os.read(pipe.fileno(), 65536)
            if not piece:
                return
            data.extend(piece)


def _write(pipe, request):
    """Write a request; that the child has ended already is no error."""
    with contextlib.suppress(OSError), pipe:
        pipe.write(request)


def _kill(child):
    """End the child with all that it started in its session."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def program(*site: str) -> str:
    """Return the child's program: three modules of ours, as text."""
    texts = {
        f"{package}.{name}": (
            resources.files(package) / f"{name}.py"
        ).read_text(encoding="utf-8")
        for package, name in CHILD
    }
    return (
        f"import sys, types\nsys.path += {list(site)!r}\n"
        f"for n in {PARENTS}:\n"
        "    sys.modules[n] = types.ModuleType(n)\n"
        f"for n, text in {texts!r}.items():\n"
        "    m = sys.modules[n] = types.ModuleType(n)\n"
        "    exec(compile(text, n, 'exec'), m.__dict__)\n"
        "for n in [n for n in sys.modules if n.startswith('mininn')]:\n"
        "    del sys.modules[n]\n"
        "sys.modules['mininn'] = None\n"  # wherever it is installed
        "m.main()\n"
    )
