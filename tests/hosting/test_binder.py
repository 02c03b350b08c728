"""What Binder would build: asked of repo2docker, without building it."""

import re
import shutil
import subprocess

import pytest
from places import ROOT


def test_the_files_name_one_python_and_the_books_own_requirements():
    folder = ROOT / ".binder"
    assert (folder / "runtime.txt").read_text("utf-8") == "python-3.12\n"
    first = (folder / "requirements.txt").read_text("utf-8").splitlines()[0]
    assert first == "-r ../requirements.txt"
    last = (ROOT / "requirements.txt").read_text("utf-8").splitlines()[-1]
    assert last == "-e ."


def test_repo2docker_installs_them_once_and_leaves_mininn_editable():
    program = shutil.which("repo2docker")
    if program is None:
        pytest.skip(
            "repo2docker is not installed: pip install jupyter-repo2docker"
        )
    done = subprocess.run(
        [
            program,
            "--no-build",
            "--debug",
            "--user-name",
            "jovyan",
            "--user-id",
            "1000",
            ROOT,
        ],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    plan = done.stdout + done.stderr
    assert "python=3.12" in plan or "environment.py-3.12" in plan
    installs = [
        line
        for line in plan.splitlines()
        if "pip install" in line and "-r" in line
    ]
    assert len(installs) == 1
    assert ".binder/requirements.txt" in installs[0]
    assert not any(
        "install" in line and line.rstrip(" \\").endswith(" .")
        for line in plan.splitlines()
    )
    # The files stand there, and are the user's, before pip reads them.
    lines = plan.splitlines()
    whole = next(
        i for i, line in enumerate(lines) if re.match(r"COPY .*src/ ", line)
    )
    user = lines.index("USER ${NB_USER}", whole)
    assert whole < user < lines.index(installs[0])
