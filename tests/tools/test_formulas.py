"""A formula that changes is shown beside its proof until that was read."""

import json

import formulas
import pytest

LABEL = "eq-losses-gauss"


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """A file in which one formula, and one that is gone, were others."""
    file = tmp_path / "printed.json"
    before = formulas.printed() | {LABEL: "p = 0", "eq-gone": "g = 0"}
    file.write_text(json.dumps(before), "utf-8")
    monkeypatch.setattr(formulas, "PRINTED", file)
    return file


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["formulas.py", *arguments])
    formulas.main()


def test_a_formula_that_changed_is_shown_beside_its_proof(
    kept, monkeypatch, capsys
):
    assert [*formulas.changed()] == ["eq-gone", LABEL]
    run(monkeypatch)
    shown = capsys.readouterr().out
    assert f"{LABEL}\n  before: p = 0\n  now:    p(y \\mid a) = " in shown
    assert "def test_gaussian_noise(" in shown
    assert "eq-gone\n  before: g = 0\n  now:    None" in shown
    assert shown.index("eq-gone") < shown.index(LABEL)
    assert [*formulas.changed()] == ["eq-gone", LABEL]  # nothing is stored


def test_what_was_read_is_kept_and_no_other(kept, monkeypatch, capsys):
    run(monkeypatch, "--read", LABEL)
    assert LABEL not in capsys.readouterr().out
    assert [*formulas.changed()] == ["eq-gone"]
    run(monkeypatch, "--read", "eq-gone")
    assert formulas.changed() == {}
    for label, told in (
        (LABEL, "is printed as its proof was written for"),
        ("eq-typo", "no formula has the label eq-typo"),
    ):
        with pytest.raises(SystemExit):
            run(monkeypatch, "--read", label)
        assert told in capsys.readouterr().err
