"""Kernels for the tests of chapters: they start at once, and paint nothing.

A kernel and what the first cell of a chapter imports take longer to load than
most chapters take to run. So one process loads both and does nothing else,
and each chapter runs in a fork of it: a process of its own, in which no cell
has run before. Where a system cannot fork, each kernel is started anew.

The test of a chapter compares texts, not pictures; ``tools/refresh.py
--check`` paints every picture and compares its bytes. So a figure is made
here, with all that is drawn on it, and one white point is stored for it.
"""

import multiprocessing
import os
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import EntryPoint
from multiprocessing import forkserver
from multiprocessing.util import get_temp_dir
from pathlib import Path
from queue import Empty
from uuid import uuid4

from jupyter_client import BlockingKernelClient
from jupyter_client.provisioning import (
    KernelProvisionerFactory,
    LocalProvisioner,
)

LOADED = [
    "IPython.core.completer",
    "IPython.core.pylabtools",
    "PIL.Image",
    "anywidget",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipywidgets",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "mininn.explore",
    "mininn.glass",
    "mininn.plot",
]
# A kernel chooses it before matplotlib is imported, which reads it once.
BACKEND = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
# That process is reached by a socket in the temporary folder. Its address may
# have 104 bytes, and the end of it takes some 32.
ROOM = 68
# A PNG of one white point, where a figure writes itself.
BLANK = """
import base64
from matplotlib.backend_bases import FigureCanvasBase

POINT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2"
    "FAAAAABJRU5ErkJggg=="
)
FigureCanvasBase.print_figure = (
    lambda canvas, file, point=POINT, **how: file.write(point))
del base64, FigureCanvasBase, POINT
"""


def leave_pictures_blank():
    """Let no kernel that starts from here on paint a figure."""
    folder = Path(os.environ["IPYTHONDIR"], "profile_default", "startup")
    folder.mkdir(parents=True, exist_ok=True)
    mine = folder / f"{os.getpid()}.txt"
    mine.write_text(BLANK, "utf-8")
    mine.replace(folder / "blank.py")  # at once: other workers read it


def fork():
    """Let every kernel that starts from here on be a fork, where it can."""
    known = "forkserver" in multiprocessing.get_all_start_methods()
    if known and len(os.fsencode(tempfile.gettempdir())) <= ROOM:
        factory = KernelProvisionerFactory.instance()
        factory.provisioners["fork"] = EntryPoint("fork", "kernels:Fork", "")
        factory.default_provisioner_name = "fork"
    BlockingKernelClient.wait_for_ready = wait_for_ready


def wait_for_ready(client, timeout=60):
    """Wait until what the kernel says is heard on both channels.

    jupyter_client's own waits for another 0.2 s, for nothing.
    """
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        client.kernel_info()
        with suppress(Empty):
            client.get_shell_msg(timeout=1)
            client.get_iopub_msg(timeout=0.05)
            return
        if not client.is_alive():
            raise RuntimeError("The kernel ended before it answered")
    raise RuntimeError(f"The kernel did not answer in {timeout} s")


class Fork(LocalProvisioner):
    """Starts a kernel as a fork of a process that has loaded it.

    It is reached by files. Other kernels start at the same time, and a port
    that is free when it is chosen can be taken when the kernel binds it.
    """

    async def pre_launch(self, **kwargs):
        """Choose the addresses of the kernel; return how to launch it."""
        if self.parent.transport != "ipc":  # else it is started again
            self.parent.transport = "ipc"
            self.parent.ip = os.path.join(get_temp_dir(), uuid4().hex[:8])
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd, **kwargs):
        """Start the kernel that ``cmd`` would; return how to reach it."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LOADED)
        os.environ.update(BACKEND)
        forkserver.ensure_running()
        del os.environ["MPLBACKEND"]
        self.cwd = kwargs.get("cwd", os.getcwd())
        process = context.Process(
            target=serve,
            args=(cmd[cmd.index("-f") :], self.cwd, dict(kwargs["env"])),
            daemon=True,
        )
        process.start()
        self.process, self.pid = Forked(process), process.pid
        return self.connection_info

    async def kill(self, restart=False):
        """End the kernel, and wait for its end, a few milliseconds."""
        await super().kill(restart)
        self.process.wait()


class Forked:
    """A process of multiprocessing, asked as one of subprocess."""

    stdin = stdout = stderr = None

    def __init__(self, process):
        self.process = process

    def poll(self):
        return self.process.exitcode

    def wait(self):
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.process.pid, number)


def serve(arguments, folder, environment):
    """Be the kernel of these arguments, in the fork."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment | BACKEND)
    os.environ.pop("JPY_PARENT_PID", None)  # who started it is not its parent
    for stream in (1, 2):  # cells do not write there
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    sys.argv = ["ipykernel_launcher", *arguments]
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
