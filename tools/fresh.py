"""A copy of the project, and a Python that has nothing installed."""

import os
import shutil
import subprocess

from places import ROOT

# What a run leaves behind; all else is the project.
LEFT = (
    ".git",
    ".*venv*",
    "*-venv",
    "_build",
    "build",
    "mutants",
    "*.egg-info",
)
CACHES = ("__pycache__", ".*_cache", ".hypothesis", ".ipynb_checkpoints")


def copy(folder):
    """Copy the project as it stands, committed or not."""
    leave = shutil.ignore_patterns(*LEFT, *CACHES)
    shutil.copytree(ROOT, folder, ignore=leave, dirs_exist_ok=True)


def environment(folder, python):
    """Make an environment, and return the Python in it."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


def clean():
    """What the shell has set, but for what would point Python elsewhere."""
    ours = ("PYTHON", "JUPYTER", "IPYTHON", "MPL", "VIRTUAL_ENV", "COVERAGE")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours)
    }
