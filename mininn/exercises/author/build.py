"""Generate what others open, and write only what has changed.

Nothing is generated from a source whose self-test fails on the numbers that
are handed out or graded with.
"""

import json
import math
from pathlib import Path

from mininn.exercises.author import (
    notebooks,
    release,
    selftest,
    targets,
    wheel,
)
from mininn.exercises.author.exercise import PUBLIC, Exercise
from mininn.exercises.judge import keys

BOOK = Path(__file__).parents[3] / "book" / "exercises"


def sources(folder: Path, names: list[str] | None = None) -> list[Path]:
    """Return the source notebooks of a folder, all or those named.

    Raises
    ------
    ExerciseError
        When one is not there, or none at all.
    """
    if not folder.is_dir():
        raise keys.ExerciseError(
            f"there is no folder {folder}. Give --source the folder that "
            f"holds your source notebooks."
        )
    paths = [folder / f"{n.removesuffix('.ipynb')}.ipynb" for n in names or []]
    for path in paths:
        if not path.is_file():
            there = ", ".join(sorted(p.stem for p in folder.glob("*.ipynb")))
            raise keys.ExerciseError(
                f"there is no source {path}. There are: {there or 'none'}."
            )
    paths = paths or sorted(folder.glob("*.ipynb"))
    if not paths:
        raise keys.ExerciseError(f"{folder} holds no source notebook.")
    return paths


def public(path: Path) -> dict[str, str]:
    """Return the page and the public key of a source, by kind."""
    source = notebooks.read(path)
    (key,) = proved(source, notebooks.exercise(source), [PUBLIC])
    return {"page": notebooks.student(source), "key": keys.dump(key)}


def everything(
    path: Path, seed: str, address: str = "", site: str = ""
) -> dict[str, str | bytes]:
    """Return what an instructor needs of a source, by path in a folder.

    Parameters
    ----------
    path : Path
    seed : str
        Of the numbers that a class is graded on.
    address, site : str
        Where the files of ``release`` and the book are published, if they
        are; see ``release``.
    """
    source = notebooks.read(path)
    shown, secret = proved(source, notebooks.exercise(source), [PUBLIC, seed])
    source, name = release.outside(source, site), source.name
    return {
        f"release/{name}.ipynb": release.student(source, address),
        f"release/{name}.json": keys.dump(shown),
        f"answers/{name}.ipynb": notebooks.answers(source),
        f"nbgrader/source/{name}/{name}.ipynb": targets.nbgrader(source),
        f"gradescope/{name}.zip": targets.gradescope(secret),
    }


def library() -> dict[str, str | bytes]:
    """Return mininn itself, beside the notebooks that are handed out."""
    name, data = wheel.mininn()
    return {f"release/{name}": data}


def proved(
    source: notebooks.Source, ex: Exercise, seeds: list
) -> list[keys.Key]:
    """Return the keys of some seeds, once each passes a quick self-test.

    It is the self-test without mutants: the solution and all other right
    answers get full marks, each mistake loses some and is told its message.

    Raises
    ------
    ExerciseError
        With the first of its faults, and the cell that it is in.
    """
    with notebooks.located(source):
        made = [ex.key(seed) for seed in seeds]
        for fault in (fault for key in made for fault in _faults(ex, key)):
            raise keys.ExerciseError(
                f"the self-test fails: {fault}. Nothing was built."
            )
    return made


def _faults(ex, key):
    """Yield what the self-test finds wrong with the verdicts of a key."""
    yield from selftest.answers(ex, key)
    yield from selftest.mistakes(key)


def write(path: Path, new: str | bytes) -> bool:
    """Write what changed; return whether anything did.

    A key whose numbers differ by rounding alone is the key that was there.
    """
    data = new.encode() if isinstance(new, str) else new
    old = path.read_bytes() if path.is_file() else None
    if old == data or (old and path.suffix == ".json" and alike(old, data)):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True


def alike(a: str | bytes, b: str | bytes) -> bool:
    """Whether two JSON texts say the same, up to rounding."""
    return _alike(json.loads(a), json.loads(b))


def _alike(a, b):
    """Compare two JSON values; numbers may differ by 1e-9 of themselves."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return a == b
