"""The frameworks themselves, where they are installed: the stored numbers."""

import json
import subprocess
import sys

import pytest
from places import REFERENCE, ROOT


@pytest.mark.weekly
def test_the_frameworks_find_what_is_stored():
    pytest.importorskip("torch")
    program = ROOT / "tools" / "frameworks.py"
    ran = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        encoding="utf-8",
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "torch is not installed" not in ran.stdout


@pytest.mark.parametrize("name", ["torch_fifty", "jax_fifty", "keras_rings"])
def test_the_numbers_name_the_versions_and_the_script(name):
    path = REFERENCE / f"{name}.json"
    source = json.loads(path.read_text(encoding="utf-8"))["source"]
    script = source.split(", ")[-1]
    assert (ROOT / script).is_file()
    assert source.split()[0] == name.split("_")[0]
