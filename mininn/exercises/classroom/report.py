"""What the grader writes: a table, feedback, and a class report."""

import csv
import io
from collections import Counter
from pathlib import Path

from mininn.exercises.classroom.grade import Grade, slug, write
from mininn.exercises.judge.diagnose import IN_PLACE, general
from mininn.exercises.judge.keys import Key


def table(grades: list[Grade]) -> str:
    """Return ``grades.csv``: a row a student, a column a part.

    The order is that of the names, whatever the order of grading was.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    parts = [
        f"{v.exercise} {p.name}" for v in grades[0].verdicts for p in v.parts
    ]
    rows.writerow(["student", "id", "file", *parts, "points", "of"])
    for g in sorted(grades, key=lambda g: (g.student, g.id)):
        marks = [f"{p.points:g}" for v in g.verdicts for p in v.parts]
        who = [_cell(g.student), g.id, _cell(g.file[:1000])]
        rows.writerow([*who, *marks, f"{g.points:g}", f"{g.of:g}"])
    return out.getvalue()


def _cell(text):
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def feedback(grade: Grade) -> str:
    """Return what one student is told, as Markdown."""
    lines = [f"# {grade.points:g} of {grade.of:g} points", ""]
    lines += [f"Graded: `{grade.file}`", ""] if grade.file else []
    for verdict in grade.verdicts:
        lines += ["```text", str(verdict).replace("```", "'''"), "```", ""]
    return "\n".join(lines)


def counts(grades: list[Grade], keys: list[Key]) -> dict[str, list]:
    """Return, for each exercise, (how many students, mistake, message).

    A mistake counts once for a student, on however many parts it shows.
    """
    found: dict[str, list] = {}
    for n, key in enumerate(keys):
        messages = {m.name: general(m.message) for m in key.mistakes}
        messages |= {"(other)": "wrong in a way that is not in the bank"}
        messages |= {IN_PLACE: "right, but an argument is changed in place"}
        messages |= {"(not attempted)": "nothing written yet"}
        seen: Counter = Counter()
        for grade in grades:
            seen.update(_names(grade.verdicts[n]))
        rows = [(many, name, messages[name]) for name, many in seen.items()]
        found[key.name] = sorted(rows, key=lambda row: (-row[0], row[1]))
    return found


def _names(verdict):
    """Return the names of the mistakes of one student in one exercise."""
    if not verdict.attempted:
        return {"(not attempted)"}
    wrong = [part for part in verdict.parts if part.points < part.of]
    return {part.mistake or "(other)" for part in wrong}


def class_report(grades: list[Grade], keys: list[Key]) -> str:
    """Return the class report: marks, and which mistake how often."""
    lines = [f"{len(grades)} submissions"]
    for n, (name, rows) in enumerate(counts(grades, keys).items()):
        marks = [g.verdicts[n].points for g in grades]
        of = grades[0].verdicts[n].of
        full = sum(mark == of for mark in marks)
        mean = sum(marks) / len(marks)
        lines += ["", f"{name}: {mean:.2f} of {of:g} points on average, "]
        lines[-1] += f"{full} with all of them"
        lines += [f"  {many:4d}  {what}: {text}" for many, what, text in rows]
    return "\n".join(lines) + "\n"


def plot(grades: list[Grade], keys: list[Key], path: Path) -> bool:
    """Draw which mistake was made how often; False without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    bars = [
        (f"{name}: {what}", many)
        for name, rows in counts(grades, keys).items()
        for many, what, _ in rows
    ] or [("no mistake", 0)]
    fig = Figure(figsize=(7, 0.9 + 0.3 * len(bars)), layout="constrained")
    ax = fig.subplots()
    shown = ax.barh([label for label, _ in bars], [many for _, many in bars])
    ax.bar_label(shown, padding=3)
    ax.invert_yaxis()
    ax.set(xlabel=f"students, of {len(grades)}", xlim=(0, len(grades) * 1.1))
    ax.spines[["top", "right"]].set_visible(False)
    fig.savefig(path, metadata={"Software": None})
    return True


def write_reports(grades: list[Grade], keys: list[Key], folder: Path) -> None:
    """Write the table, the report, its plot, and a file for each student."""
    for grade in grades:
        write(folder / "feedback" / f"{slug(grade)}.md", feedback(grade))
    write(folder / "grades.csv", table(grades))
    write(folder / "report.txt", class_report(grades, keys))
    plot(grades, keys, folder / "report.png")
