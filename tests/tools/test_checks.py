"""README's check leaves to the whole one what is slow, and says so."""

import os
import subprocess
import sys

import pytest
from places import ROOT


@pytest.mark.whole
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_file_that_is_left_out_says_how_it_is_run(workers):
    """Whatever is installed: the folder is left out, not its fixtures."""
    command = [sys.executable, "-m", "pytest", "-n", workers]
    unset = {"MININN_WHOLE", "MININN_WEEKLY"}
    done = subprocess.run(
        [*command, "tests/browser/test_lighthouse.py"],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k not in unset},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout
    assert "run all of tests/browser" in done.stdout
    assert "set MININN_WHOLE=1" in done.stdout
