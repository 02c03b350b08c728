"""README's check leaves to the whole one what is slow, and says so."""

import os
import re
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


def test_the_whole_check_names_every_test_of_a_browser():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    lists = re.findall(r"/test_\{([\w,]+)\}\.py", script)
    named = [name for names in lists for name in names.split(",")]
    there = {
        path.stem.removeprefix("test_")
        for path in (ROOT / "tests" / "browser").glob("test_*.py")
    }
    assert sorted(named) == sorted(there - {"lighthouse"})  # by hand alone


@pytest.mark.whole
@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_has_passed_is_not_run_again_and_all_else_is(tmp_path, workers):
    noted = tmp_path / "passed"
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers]
    shapes = "tests/unit/test_shapes.py"

    def run(*more):
        done = subprocess.run(
            [*command, shapes, *more],
            cwd=ROOT,
            env=os.environ | {"MININN_PASSED": str(noted)},
            capture_output=True,
            encoding="utf-8",
        )
        return done.returncode, len(noted.read_text("utf-8").split("\n"))

    code, some = run("-k", "table")
    assert (code, some > 1) == (0, True)
    code, more = run()
    assert (code, more > some) == (0, True)
    assert run() == (pytest.ExitCode.NO_TESTS_COLLECTED, more)
