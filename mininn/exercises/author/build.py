"""Generate what others open, and write only what has changed."""

import json
import math
from pathlib import Path

from mininn.exercises.author import notebooks, targets
from mininn.exercises.judge import keys

BOOK = Path(__file__).parents[3] / "book" / "exercises"


def sources(folder: Path, names: list[str] | None = None) -> list[Path]:
    """Return the source notebooks of a folder, all or those named.

    Raises
    ------
    ExerciseError
        When one is not there, or none at all.
    """
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
    key = notebooks.exercise(source).key()
    return {"page": notebooks.student(source), "key": keys.dump(key)}


def everything(path: Path, seed: str) -> dict[str, str | bytes]:
    """Return what an instructor needs of a source, by path in a folder."""
    source = notebooks.read(path)
    ex = notebooks.exercise(source)
    name = source.name
    return {
        f"release/{name}.ipynb": notebooks.student(source, solution=False),
        f"release/{name}.json": keys.dump(ex.key()),
        f"answers/{name}.ipynb": notebooks.answers(source),
        f"nbgrader/source/{name}/{name}.ipynb": targets.nbgrader(source),
        f"gradescope/{name}.zip": targets.gradescope(ex.key(seed)),
    }


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
