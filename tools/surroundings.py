"""What surrounds the tests and the chapters: the same on every machine.

A home folder may hold settings of IPython and matplotlib, or be one that
nobody can write to, and the shell may set more. ``settle`` keeps all of it
from this process and from those it starts, such as the kernels of chapters.
"""

import atexit
import os
import shutil
import tempfile

from places import ROOT

# Each would change what a chapter prints or draws, or what a test reads.
UNSET = (
    "JUPYTER_CONFIG_PATH",
    "JUPYTER_PATH",
    "JUPYTER_RUNTIME_DIR",
    "MATPLOTLIBRC",
    "MPLBACKEND",
    "PYTHONIOENCODING",
    "PYTHONOPTIMIZE",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
)
FOLDERS = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter",
    "JUPYTER_DATA_DIR": "jupyter",
    "MPLCONFIGDIR": "matplotlib",
}
DONE = "MININN_SETTLED"  # names the folder of IPython that is in use


def settle():
    """Let nothing of the user's settings reach what is run from here on."""
    if os.environ.get(DONE, "none") == os.environ.get("IPYTHONDIR"):
        return  # a worker of pytest-xdist, which has all of it from its parent
    folder, owner = tempfile.mkdtemp(prefix="mininn-"), os.getpid()

    @atexit.register
    def remove():
        if os.getpid() == owner:  # not a fork of it
            shutil.rmtree(folder, ignore_errors=True)

    for name in UNSET:
        os.environ.pop(name, None)
    for name, part in FOLDERS.items():
        os.environ[name] = os.path.join(folder, part)
        os.makedirs(os.environ[name], exist_ok=True)
    os.environ[DONE] = os.environ["IPYTHONDIR"]
    os.environ["PYTHONUTF8"] = "1"
    # Kernels find mininn beside the book, installed or not.
    paths = [str(ROOT), os.environ.get("PYTHONPATH")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    # One thread: the matrices are small, and two kernels share two cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def list_fonts():
    """Let matplotlib list the fonts, once; it would say so in a chapter."""
    import matplotlib.font_manager  # noqa: F401
