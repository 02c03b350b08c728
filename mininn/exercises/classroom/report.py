"""What the grader writes: a table, feedback, and a class report."""

import csv
import io
from collections import Counter
from pathlib import Path

from mininn.exercises.classroom.results import Grade, slug, write
from mininn.exercises.classroom.wire import one_line
from mininn.exercises.judge.diagnose import IN_PLACE, said
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
    total = ["points", "of", "late", "by hand"]
    rows.writerow(["student", "id", "file", *parts, *total])
    for g in sorted_by_name(grades):
        marks = [f"{p.points:g}" for v in g.verdicts for p in v.parts]
        who = [_cell(g.student), g.id, _cell(g.file[:1000])]
        notes = [_cell(g.late), _cell(_corrections(g))]
        rows.writerow([*who, *marks, f"{g.points:g}", f"{g.of:g}", *notes])
    return out.getvalue()


def sorted_by_name(grades: list[Grade]) -> list[Grade]:
    """Return grades in the order of the table."""
    return sorted(grades, key=lambda g: (g.student, g.id))


def _corrections(grade):
    """Return in a line what was given by hand."""
    return "; ".join(
        f"{name} {o.points:g}: {o.reason}" for name, o in grade.by_hand.items()
    )


def _cell(text):
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def feedback(grade: Grade) -> str:
    """Return what one student is told, as Markdown."""
    lines = [f"# {grade.points:g} of {grade.of:g} points", ""]
    lines += [line + "\n" for line in _about(grade, "`")]
    for verdict in grade.verdicts:
        lines += ["```text", str(verdict).replace("```", "'''"), "```", ""]
        lines += [line + "\n" for line in _given(grade, verdict)]
    return "\n".join(lines)


def plain_feedback(grade: Grade) -> str:
    """Return what one student is told, as plain lines."""
    lines = [f"{grade.points:g} of {grade.of:g} points"]
    lines += _about(grade, "")
    for verdict in grade.verdicts:
        lines += ["", str(verdict), *_given(grade, verdict)]
    return "\n".join(lines) + "\n"


def _about(grade, quote):
    """Return lines on what was graded, and when it came."""
    lines = [f"Graded: {quote}{grade.file}{quote}"] if grade.file else []
    lines += [grade.ran] if grade.ran else []
    return lines + ([f"Late: {grade.late}."] if grade.late else [])


def _given(grade, verdict):
    """Return a line on a mark that was given by hand, if it was."""
    if verdict.exercise not in grade.by_hand:
        return []
    by_hand = grade.by_hand[verdict.exercise]
    points = f"{by_hand.points:g} of {verdict.of:g} points"
    return [
        f"{verdict.exercise}: corrected by hand to {points}: {by_hand.reason}"
    ]


def counts(grades: list[Grade], keys: list[Key]) -> dict[str, list]:
    """Return, for each exercise, (how many students, mistake, message).

    A mistake counts once for a student, on however many parts it shows.
    """
    found: dict[str, list] = {}
    for n, key in enumerate(keys):
        messages = said(key)
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
    lines = [f"{len(grades)} submissions", *_exceptions(grades)]
    for n, (name, rows) in enumerate(counts(grades, keys).items()):
        marks = [g.mark(g.verdicts[n]) for g in grades]
        of = grades[0].verdicts[n].of
        full = sum(mark == of for mark in marks)
        mean = sum(marks) / len(marks)
        lines += ["", f"{name}: {mean:.2f} of {of:g} points on average, "]
        lines[-1] += f"{full} with all of them"
        lines += [f"  {many:4d}  {what}: {text}" for many, what, text in rows]
    return "\n".join(lines) + "\n"


def _exceptions(grades):
    """Return lines on who is late, too slow, or was corrected by hand."""
    lists = {
        "late": [g for g in grades if g.late],
        "ran out of time twice": [g for g in grades if g.slow],
        "corrected by hand": [g for g in grades if g.by_hand],
    }
    return [
        f"{len(those)} {what}: {', '.join(one_line(g.student) for g in those)}"
        for what, those in lists.items()
        if those
    ]


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


def write_marks(grades: list[Grade], folder: Path) -> None:
    """Write the table, and a file of feedback for each student."""
    for grade in grades:
        write(folder / "feedback" / f"{slug(grade)}.md", feedback(grade))
    write(folder / "grades.csv", table(grades))


def write_reports(grades: list[Grade], keys: list[Key], folder: Path) -> None:
    """Write the table, the feedback, the class report, and its plot."""
    write_marks(grades, folder)
    write(folder / "report.txt", class_report(grades, keys))
    plot(grades, keys, folder / "report.png")
