"""What Gradescope runs: grade one submission, write ``results.json``."""

import json
import sys
from pathlib import Path

from mininn.exercises.classroom import grade, levels, submissions
from mininn.exercises.classroom.sandbox import SandboxError
from mininn.exercises.judge.diagnose import Verdict
from mininn.exercises.judge.keys import ExerciseError, parse


def results(verdict: Verdict) -> dict:
    """Return a verdict in the form that Gradescope reads."""
    tests = [
        {
            "name": f"{verdict.exercise} {part.name}",
            "score": part.points,
            "max_score": part.of,
            "output": part.message,
            "visibility": "visible",
        }
        for part in verdict.parts
    ]
    return {"tests": tests}


def main(root: Path) -> None:
    """Grade ``root/submission`` and write ``root/results/results.json``."""
    key = parse((root / "source" / "key.json").read_text(encoding="utf-8"))
    try:
        sandbox = levels.find()
        every = submissions.find(root / "submission")
        files = [file for found in every for file in found.files]
        student = submissions.Submission("student", "", tuple(files))
        told = results(grade.grade_exercise(student, key, sandbox)[1])
    except (ExerciseError, SandboxError) as error:
        told = {"score": 0, "output": f"Not graded: {error}"}
    text = json.dumps(told, indent=1) + "\n"
    (root / "results").mkdir(exist_ok=True)
    (root / "results" / "results.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
