"""Tests and chapters run alike under any home folder, shell and locale."""

import os
import subprocess
import sys

import fresh
import pytest
from places import ROOT

PYTEST = [sys.executable, "-m", "pytest", "-q"]
CHAPTER = "book/notation.ipynb"  # a short one, which prints and draws
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NOWHERE = {"HOME": f"{os.devnull}/nobody"}
SETTINGS = {
    ".ipython/profile_default/startup/mine.py": """
import numpy as np
np.set_printoptions(precision=2, threshold=3)
np.seterr(all="raise")
print("Hello!")
""",
    ".ipython/profile_default/ipython_kernel_config.py": """
c.InlineBackend.figure_formats = {"svg"}
""",
    ".config/matplotlib/matplotlibrc": """
backend: pdf
figure.figsize: 2, 2
figure.dpi: 31
""",
}


@pytest.fixture
def settings(tmp_path):
    """What a shell sets whose user has a home full of settings."""
    for name, text in SETTINGS.items():
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return {
        "HOME": str(tmp_path / "home"),
        "MATPLOTLIBRC": str(path),
        "MPLBACKEND": "pdf",
        "PYTHONSTARTUP": str(tmp_path / "home" / next(iter(SETTINGS))),
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture
def start(tmp_path):
    """Run a command in another environment; it has to clean up behind it."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def run(command, environment):
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=fresh.clean() | {"TMPDIR": str(temporary)} | environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        left = [path.name for path in temporary.glob("mininn-*")]
        assert left == []
        return done.stdout

    return run


@pytest.mark.whole
def test_settings_of_the_home_folder_change_no_chapter(start, settings):
    said = start([*PYTEST, "-n", "2", "--dist", "loadfile", CHAPTER], settings)
    assert " passed" in said
    assert "failed" not in said


@pytest.mark.whole
def test_no_home_no_cache_and_no_encoding_are_needed(start):
    said = start(
        [
            *PYTEST,
            *("-o", f"cache_dir={os.devnull}/cache"),
            *("tests/hosting/test_requirements.py", CHAPTER),
        ],
        ASCII | NOWHERE | {"PYTHONOPTIMIZE": "1"},
    )
    assert " passed" in said
    assert "failed" not in said


@pytest.mark.whole
def test_refresh_stores_the_same_under_any_settings(start, settings):
    command = [sys.executable, "tools/refresh.py", "--check", "notation"]
    shell = settings | ASCII | {"PYTHONIOENCODING": "cp932"}
    assert start(command, shell) == "notation: unchanged\n"
