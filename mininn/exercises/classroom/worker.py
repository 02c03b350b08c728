"""The child: call a student's function on every case, and send numbers back.

It knows the inputs of the cases and no answer to them. A frame is four bytes
with the length of a head, the head in JSON, and raw float64 numbers.
"""

import contextlib
import ctypes
import json
import os
import re
import struct
import sys

import numpy as np

from mininn.exercises.judge.loading import load
from mininn.exercises.judge.outcomes import Outcome, call

GIGABYTE = 2**30
OWN = (0x40000000, 0x08000000)  # network; shared memory that outlives us
TEXTS = ("error", "text", "where", "changed")  # of an Outcome


def limit(seconds):
    """Limit memory, time, files and processes to what an answer needs."""
    import resource

    for name, most in (
        ("RLIMIT_AS", 2 * GIGABYTE),
        ("RLIMIT_CPU", int(seconds) + 5),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NPROC", 1),
        ("RLIMIT_NOFILE", 64),
        ("RLIMIT_CORE", 0),
    ):
        resource.setrlimit(getattr(resource, name), (most, most))


def drop(uid):
    """Become a user that owns nothing and shares nothing, if root."""
    with contextlib.suppress(OSError, AttributeError):
        for one in OWN:
            ctypes.CDLL(None).unshare(one)  # the kernel may refuse
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def quiet():
    """Point stdin, stdout and stderr at nothing; return the old stdout."""
    private = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    return private


def send(out, head, arrays=()):
    """Write one frame."""
    text = json.dumps(head).encode()
    raw = b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)
    out.write(struct.pack(">I", len(text)) + text + raw)
    out.flush()


def answer_case(answer, failed, args, request):
    """Return the Outcome of one case.

    After a NameError it says why the definition of that name failed.
    """
    if answer is None:
        name = request["function"]
        text = f"there is no function called {name} in what was handed in."
        return Outcome(error="Missing", text=failed.get(name, text))
    outcome = call(answer, args, request["outputs"], request["view"])
    name = re.search(r"name '(\w+)' is not defined", outcome.text)
    if outcome.error == "NameError" and name and name[1] in failed:
        return Outcome(error="Missing", text=failed[name[1]])
    return outcome


def main():
    """Read one request, answer it case by case, and end at once.

    ``os._exit`` runs nothing that the student's code left to be run at exit.
    """
    request = json.load(sys.stdin.buffer)
    out = quiet()
    limit(request["seconds"])
    if request["uid"]:
        drop(request["uid"])
    send(out, {"ready": True})
    answer, failed = load(request["cells"], request["function"])
    for i, args in enumerate(request["cases"]):
        outcome = answer_case(answer, failed, args, request)
        shapes = {name: a.shape for name, a in outcome.outputs.items()}
        head = {"case": i, "shapes": shapes, "odd": outcome.odd}
        head |= {name: getattr(outcome, name) for name in TEXTS}
        send(out, head, outcome.outputs.values())
    os._exit(0)
