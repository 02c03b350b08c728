"""Questions: what is refused, printed and stored, and how a page judges."""

import html
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from places import ROOT

import mininn as mn
from mininn.questions import ARRAYS, KINDS

SCRIPT = ROOT / "mininn" / "questions.js"
LOOSE = """
require(process.argv[1]);
const read = (text) => JSON.parse(text);
const asked = read(require("fs").readFileSync(0, "utf8"));
const { judge, drills } = globalThis.questions;
"""
JUDGED = f"""{LOOSE}
console.log(JSON.stringify(asked.map(([spec, text]) => judge(spec, text))));
"""
# A small generator of numbers, so that each run draws the same networks.
DRAWN = f"""{LOOSE}
let state = 1;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const drawn = Array.from({{ length: asked.count }}, () => {{
  const one = drills.shapes.draw(asked.arrays, random);
  return {{ ...one, spec: drills.shapes.spec(one) }};
}});
console.log(JSON.stringify(drawn));
"""


def node(program, given):
    """What a program says under node that has loaded the script."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    ran = subprocess.run(
        ["node", "-e", program, str(SCRIPT)],
        input=json.dumps(given),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(ran.stdout)


def judged(question, *typed):
    """State and words of each answer to a question."""
    said = node(JUDGED, [[question.spec, text] for text in typed])
    return [
        (one["state"], question.spec["mistakes"][one["said"]][0])
        if one["state"] == "mistake"
        else (one["state"], one["text"])
        for one in said
    ]


def states(question, *typed):
    return [state for state, _ in judged(question, *typed)]


# --- the door -------------------------------------------------------------

REFUSED = [
    (
        lambda: mn.ask(3, 1.0),
        "ask: question must be words, got 3.",
    ),
    (
        lambda: mn.ask("a?", 1.0, mistakes=["No bias."]),
        "ask: mistakes must be a dict, such as "
        "{\"That is without the bias.\": 2.0}, got ['No bias.'].",
    ),
    (
        lambda: mn.ask("a?", np.ones(2), choices=["a", "b"]),
        "ask: answer must be one of the choices ['a', 'b'], got "
        "array([1., 1.]).",
    ),
    (
        lambda: mn.ask(" ", 1.0),
        "ask: question must say what is asked, got nothing.",
    ),
    (
        lambda: mn.ask("q", 1.0, hint=None),
        "ask: hint must be words, got None.",
    ),
    (
        lambda: mn.ask("q", 1.0, digits=0),
        "ask: digits must be a positive int, got 0.",
    ),
    (
        lambda: mn.ask("q", 1.0, digits=7),
        "ask: digits must be 6 or less, got 7.",
    ),
    (
        lambda: mn.ask("q", float("nan")),
        "ask: answer must be finite, but it is nan. Find where it came "
        "from, or leave that sample out.",
    ),
    (
        lambda: mn.ask("q", 1.0, mistakes={"It overflows.": np.inf}),
        "ask: the mistake 'It overflows.' must be finite, but it is inf. "
        "Find where it came from, or leave that sample out.",
    ),
    (
        lambda: mn.ask("q", "up"),
        "ask: answer is words, 'up'. Give the choices that it is one of: "
        "choices=[...].",
    ),
    (
        lambda: mn.ask("q", "up", choices=["down", "away"]),
        "ask: answer must be one of the choices ['down', 'away'], got 'up'.",
    ),
    (
        lambda: mn.ask("q", "up", choices=["up"]),
        "ask: choices must be two or more, all different, got ['up'].",
    ),
    (
        lambda: mn.ask("q", "up", choices=["up", "up", "down"]),
        "ask: choices must be two or more, all different, "
        "got ['up', 'up', 'down'].",
    ),
    (
        lambda: mn.ask("q", (0.2, 0.5)),
        "ask: answer is a tuple, so it must be a shape such as (3, 2), got "
        "(0.2, 0.5). Several numbers are an array or a list.",
    ),
    (
        lambda: mn.ask("q", np.zeros((2, 2, 2))),
        "ask: answer must be a number, or an array of one or two axes, got "
        "shape (2, 2, 2).",
    ),
    (
        lambda: mn.ask("q", 1.5, mistakes={"Rows.": (2, 3)}),
        "ask: the mistake 'Rows.' must be of the kind of the answer, a "
        "number, got a shape. Compute it as the answer is computed.",
    ),
    (
        lambda: mn.ask("q", 0.4971, mistakes={"Rounded.": 0.4969}),
        "ask: 'Rounded.' cannot be told from 'the answer': 0.497 and 0.497. "
        "Ask for more digits, or with other numbers.",
    ),
    (
        lambda: mn.ask("q", 0.5, mistakes={"A.": 0.11, "B.": 0.1101}),
        "ask: 'B.' cannot be told from 'A.': 0.110 and 0.110. Ask for more "
        "digits, or with other numbers.",
    ),
    (
        lambda: mn.ask("q", [1, 2], mistakes={"T.": [[1], [2]]}),
        "ask: 'T.' cannot be told from 'the answer': [[1], [2]] and [1, 2]. "
        "Ask for more digits, or with other numbers.",
    ),
    (
        lambda: mn.ask("q", (3, 3), mistakes={"Swapped.": (3, 3)}),
        "ask: 'Swapped.' cannot be told from 'the answer': (3, 3) and "
        "(3, 3). Ask for more digits, or with other numbers.",
    ),
    (
        lambda: mn.drill("sums"),
        "drill: the drill is 'shapes', got 'sums'.",
    ),
    (
        lambda: mn.drill(arrays=[]),
        "drill: arrays must name at least one, got none.",
    ),
    (
        lambda: mn.drill(arrays="dW"),
        "drill: arrays must be a list of names, such as ['W', 'dW'], got "
        "'dW'.",
    ),
    (
        lambda: mn.drill(arrays=["V"]),
        "drill: arrays must be of W, b, Z, A, dW, db, dZ, dA, W.T, A.T, "
        "got 'V'.",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=lambda v: None)
def test_what_cannot_be_asked_is_refused_in_words(call, message):
    with pytest.raises((ValueError, TypeError)) as told:
        call()
    assert str(told.value) == message


def test_neighbours_in_the_last_digit_are_refused_and_two_apart_are_not():
    for other in (0.498, 0.496, 0.4965):
        with pytest.raises(ValueError, match="cannot be told"):
            mn.ask("q", 0.497, mistakes={"Other.": other})
    for other in (0.499, 0.495, -0.497, 4.97, 0):
        mn.ask("q", 0.497, mistakes={"Other.": other})
    mn.ask("How many?", 13, mistakes={"Without a bias.": 12})


# --- what is printed and stored --------------------------------------------


def one_of_each():
    return {
        "number": mn.ask(
            "What is `z`?",
            -0.12345,
            mistakes={"The sign.": 0.12345},
            hint="Add.",
            way="Multiply & add.",
        ),
        "numbers": mn.ask(
            "Both?",
            np.array([[0.5, 1e-17], [-1e-5, 200]]),
            mistakes={"The transpose.": np.array([[0.5, -1e-5], [0, 200]])},
        ),
        "shape": mn.ask(
            "Which shape?",
            np.zeros((3, 2)).shape,
            mistakes={"Swapped.": np.zeros((2, 3)).shape},
        ),
        "choice": mn.ask(
            "Up?", "No", choices=["Yes", "No"], mistakes={"Look.": "Yes"}
        ),
    }


def test_a_question_prints_its_kind_its_answer_and_its_mistakes():
    assert set(one_of_each()) == set(KINDS)
    told = {kind: str(one) for kind, one in one_of_each().items()}
    assert told == {
        "number": "What is `z`?\nnumber, 3 digits: −0.123\n0.123: The sign.",
        "numbers": "Both?\nnumbers, 3 digits: [[0.500, 0], [−1.00·10⁻⁵, 200]]"
        "\n[[0.500, −1.00·10⁻⁵], [0, 200]]: The transpose.",
        "shape": "Which shape?\nshape: (3, 2)\n(2, 3): Swapped.",
        "choice": "Up?\nchoice: No\nYes: Look.",
    }


def test_a_broken_formula_changes_what_is_printed():
    z = np.array([0.4])
    asked = [str(mn.ask("a?", g(z))) for g in (mn.sigmoid, mn.tanh)]
    assert asked[0] != asked[1]


def written(question):
    """What a chapter stores: its forms without the widget of a notebook."""
    forms = question._repr_mimebundle_()
    forms = forms[0] if isinstance(forms, tuple) else forms
    return {kind: forms[kind] for kind in ("text/plain", "text/html")}


@pytest.mark.parametrize("kind", KINDS)
def test_html_holds_the_data_and_reads_without_a_script(kind):
    one = one_of_each()[kind]
    bundle = written(one)
    assert bundle["text/plain"] == str(one)
    shown = bundle["text/html"]
    stored = re.search('data-question="(.*?)"', shown)[1]
    assert json.loads(html.unescape(stored)) == one.spec
    words = re.sub("<.*?>", " ", shown)
    assert "Answer" in words
    assert one.spec["shown"] in words
    assert html.escape(one.spec["way"]) in words
    for choice in one.spec["choices"]:
        assert f"<li>{choice}</li>" in shown
    assert "<script" not in shown


def test_words_are_escaped_and_backticks_are_code():
    asked = 'Is `a < b` <b>so</b>, & "how"?'
    shown = written(mn.ask(asked, 1))["text/html"]
    assert "<code>a &lt; b</code> &lt;b&gt;so&lt;/b&gt;, &amp;" in shown
    assert (
        json.loads(
            html.unescape(re.search('data-question="(.*?)"', shown)[1])
        )["question"]
        == asked
    )


def test_the_last_digits_of_another_computer_change_nothing():
    one, other = (
        mn.ask("q", [x, y], mistakes={"m": [1 / 3 + e, 1]}, digits=2)
        for x, y, e in ((0.125, 0, 0), (0.125 - 1e-12, -3e-17, 1e-15))
    )
    assert written(one) == written(other)


def test_the_shapes_of_a_drill_come_from_a_run(monkeypatch):
    before = str(mn.drill())
    assert "W[2].T: (3, 5)" in before
    assert len(before.splitlines()) == 1 + len(ARRAYS)
    backward = mn.questions.backward

    def broken(*given):
        grads = backward(*given)
        grads.dW[2] = grads.dW[2].T
        return grads

    monkeypatch.setattr(mn.questions, "backward", broken)
    assert str(mn.drill()) != before


# --- how a page judges ------------------------------------------------------

NUMBER = mn.ask(
    "a?", 0.73106, mistakes={"No bias.": 0.62246, "Base 10.": 0.9}, hint="h"
)
BIG = mn.ask("m?", 1234.0)
WHOLE = mn.ask("How many?", 13, mistakes={"No bias.": 12})
MINUS = mn.ask("dW?", -8.412e-4)
ROW = mn.ask("Z?", np.array([[0.25, -1.5]]))
SQUARE = mn.ask("W?", np.array([[1, 2], [3, 4]]))
SHAPE = mn.ask("dW[2]?", (3, 2), mistakes={"Swapped.": (2, 3)})
JUDGE = [
    (NUMBER, "0.731", "right", ""),
    (NUMBER, " 0,731 ", "right", ""),
    (NUMBER, ".731", "right", ""),
    (NUMBER, "0.73106", "right", ""),
    (NUMBER, "0.7310", "right", ""),
    (NUMBER, "0.732", "right", ""),  # one more in the last digit
    (NUMBER, "7.31e-1", "right", ""),
    (NUMBER, "7.31·10⁻¹", "right", ""),
    (NUMBER, "7.31 * 10^-1", "right", ""),
    (NUMBER, "19/26", "right", ""),
    (NUMBER, "73.1 %", "right", ""),
    (NUMBER, "73,1%", "right", ""),
    (NUMBER, "73%", "few", "Right so far; three digits, please."),
    (NUMBER, "62.2 %", "mistake", "No bias."),
    (NUMBER, "%", "junk", "That is not a number: %"),
    (NUMBER, "7%3", "junk", "That is not a number: 7%3"),
    (NUMBER, "0.734", "wrong", ""),
    (NUMBER, "0.73", "few", "Right so far; three digits, please."),
    (NUMBER, "0,7", "few", "Right so far; three digits, please."),
    (NUMBER, "1", "wrong", ""),
    (NUMBER, "0", "wrong", ""),
    (NUMBER, "0.622", "mistake", "No bias."),
    (NUMBER, "0.9", "mistake", "Base 10."),
    (NUMBER, "-0.731", "near", "Closer: the sign is wrong."),
    (NUMBER, "−0.731", "near", "Closer: the sign is wrong."),
    (NUMBER, "7.31", "near", "Closer: that is ten times too large."),
    (NUMBER, "0.0731", "near", "Closer: that is ten times too small."),
    (NUMBER, "731", "near", "Closer: that is a thousand times too large."),
    (NUMBER, "", "junk", "There is no answer yet."),
    (NUMBER, "zwölf", "junk", "That is not a number: zwölf"),
    (NUMBER, "0.7.3", "junk", "That is not a number: 0.7.3"),
    (NUMBER, "1/0", "junk", "That is not a number: 1/0"),
    (NUMBER, "Infinity", "junk", "That is not a number: Infinity"),
    (NUMBER, "1e999", "junk", "That is not a number: 1e999"),
    (NUMBER, "٠٫٧٣١", "right", ""),
    (NUMBER, "０．７３１", "right", ""),
    (NUMBER, "[[0.731]]", "right", ""),
    (NUMBER, "0" * 501, "junk", "That is too long to be an answer."),
    (ROW, " " * 100_000 + "1", "junk", "That is too long to be an answer."),
    (ROW, "0.25, - 1.5", "right", ""),
    (ROW, "1 / 4, -3 /2", "right", ""),
    (ROW, "０，２５ −１，５", "right", ""),
    (SHAPE, "３， ２", "right", ""),
    (SHAPE, "[[3, 2]]", "right", ""),
    (NUMBER, "0x1F", "junk", "That is not a number: 0x1F"),
    (NUMBER, "2 3", "wrong", ""),
    (BIG, "1234", "right", ""),
    (BIG, "1,234", "right", ""),
    (BIG, "1,234.0", "right", ""),
    (BIG, "1.234,0", "right", ""),
    (BIG, "1 234", "right", ""),
    (BIG, "1230", "wrong", ""),  # a whole number is asked for as it is
    (WHOLE, "13", "right", ""),
    (WHOLE, "13.0", "right", ""),
    (WHOLE, "12", "mistake", "No bias."),
    (WHOLE, "14", "wrong", ""),
    (MINUS, "−8.412·10⁻⁴", "right", ""),
    (MINUS, "-0.000841", "right", ""),
    (MINUS, "-8.41e-4", "right", ""),
    (MINUS, "8.41E-4", "near", "Closer: the sign is wrong."),
    (ROW, "0.25, -1.5", "right", ""),
    (ROW, "[[0.25, −1.5]]", "right", ""),
    (ROW, "0.25 -1.5", "right", ""),
    (ROW, "1/4; -3/2", "right", ""),
    (ROW, "0,25; -1,5", "right", ""),
    (
        ROW,
        "-1.5, 0.25",
        "near",
        "Closer: these are the numbers, in another order.",
    ),
    (ROW, "0.25, 1.5", "near", "Closer: a sign is wrong."),
    (ROW, "-0.25, 1.5", "near", "Closer: the sign is wrong."),
    (ROW, "0.25, 7", "near", "1 of 2 numbers are right."),
    (ROW, "0.25", "near", "I read 1 number; the answer has 2."),
    (ROW, "0.25, x", "junk", "That is not a number: x"),
    (SQUARE, "[[1, 2], [3, 4]]", "right", ""),
    (SQUARE, "1 2; 3 4", "right", ""),
    (SQUARE, "1, 2, 3, 4", "right", ""),
    (SHAPE, "3, 2", "right", ""),
    (SHAPE, "(3,2)", "right", ""),
    (SHAPE, "[3 2]", "right", ""),
    (SHAPE, "3x2", "right", ""),
    (SHAPE, "3 × 2", "right", ""),
    (SHAPE, "3 by 2", "right", ""),
    (SHAPE, "2 x 3", "mistake", "Swapped."),
    (SHAPE, "3, 7", "near", "The rows are right."),
    (SHAPE, "7, 2", "near", "The columns are right."),
    (SHAPE, "6", "wrong", "Here a shape has two numbers: rows, columns."),
    (
        SHAPE,
        "3.5, 2",
        "junk",
        "That is not a shape: 3.5, 2. Rows and columns, as 3, 2.",
    ),
    (
        SHAPE,
        "n, m",
        "junk",
        "That is not a shape: n, m. Rows and columns, as 3, 2.",
    ),
]


def test_a_page_judges_each_way_of_writing_an_answer():
    said = node(JUDGED, [[one.spec, typed] for one, typed, *_ in JUDGE])
    for (one, typed, state, text), verdict in zip(JUDGE, said, strict=True):
        told = verdict["text"]
        if verdict["state"] == "mistake":
            told = one.spec["mistakes"][verdict["said"]][0]
        assert (typed, verdict["state"], told) == (typed, state, text)


def test_a_choice_is_right_or_a_mistake_or_neither():
    one = mn.ask("?", "b", choices=["a", "b", "c"], mistakes={"No.": "a"})
    assert judged(one, "b", "a", "c") == [
        ("right", ""),
        ("mistake", "No."),
        ("wrong", ""),
    ]


def random_questions(count):
    """Questions whose values lie near one another, where none is refused."""
    rng = np.random.default_rng(0)
    while count:
        digits = int(rng.integers(1, 7))
        size = (1, 1) if rng.random() < 0.5 else (2, 2)
        scale = 10.0 ** rng.integers(-6, 7)
        right = rng.standard_normal(size) * scale
        if rng.random() < 0.3:
            right = right.round()
        near = 10.0 ** -rng.integers(0, digits + 1)
        wrong = {
            f"{k}": right * (1 + near * rng.integers(-9, 10, size))
            for k in range(3)
        }
        try:
            one = mn.ask("q", right, mistakes=wrong, digits=digits)
        except ValueError:
            continue
        count -= 1
        yield one


def test_each_printed_value_is_judged_to_be_itself():
    """So the digits that are asked for do tell all values apart."""
    asked, wanted = [], []
    for one in random_questions(400):
        shown = [line.split(": ")[0] for line in one.told[1:]]
        shown[0] = one.spec["shown"]
        for i, value in enumerate(shown):
            asked.append([one.spec, value])
            wanted.append(
                {"state": "mistake", "text": "", "said": i - 1}
                if i
                else {"state": "right", "text": ""}
            )
    said = node(JUDGED, asked)
    wrong = [
        (spec["shown"], typed, got)
        for (spec, typed), got, want in zip(asked, said, wanted, strict=True)
        if got != want
    ]
    assert wrong == []


def test_a_drill_asks_for_the_shapes_of_mininn_and_names_real_mistakes():
    drawn = node(DRAWN, {"count": 300, "arrays": ARRAYS})
    assert {one["array"] for one in drawn} == set(ARRAYS)
    assert len({json.dumps(one["n"]) for one in drawn}) > 200
    for one in drawn:
        n, m, l, spec = one["n"], one["m"], one["l"], one["spec"]
        net = mn.init(n, rng=0, output=mn.identity)
        cache = mn.forward(net, np.ones((n[0], m)))
        grads = mn.backward(net, cache, np.ones((n[-1], m)), mn.euclidean)
        name, _, turned = one["array"].partition(".")
        where = {"W": net, "b": net, "Z": cache, "A": cache}
        x = getattr(where.get(name, grads), name)[l]
        x = x.T if turned else x
        assert tuple(spec["answer"]) == x.shape, one
        assert f"{name}[{l}]{'.T' if turned else ''}" in spec["question"]
        assert "-".join(map(str, n)) in spec["question"]
        assert f"m = {m} " in spec["question"]
        assert spec["shown"] == str(x.shape)
        told = [spec["answer"], *(value for _, value in spec["mistakes"])]
        assert len({tuple(value) for value in told}) == len(told) >= 4
        assert len({words for words, _ in spec["mistakes"]}) == len(told) - 1
        named = {words.split(":")[0]: v for words, v in spec["mistakes"]}
        if not turned:
            swap = named["Rows and columns are swapped"]
            assert tuple(swap) == x.shape[::-1]
        if l < len(n) - 1 and not turned:
            later = f"That is the shape of `{name}[{l + 1}]`, of the next "
            values = [v for words, v in named.items() if later in words]
            y = getattr(where.get(name, grads), name)
            if l + 1 in y:
                assert [tuple(v) for v in values] == [y[l + 1].shape]


def test_the_script_is_small_and_runs_no_text():
    import gzip

    text = SCRIPT.read_text(encoding="utf-8")
    assert len(gzip.compress(text.encode())) < 8000
    assert not re.search(
        r"\beval\b|innerHTML|outerHTML|insertAdjacent|new Function|"
        r"document\.write|fetch\(|XMLHttp|sendBeacon|import\(",
        text,
    )
    assert max(map(len, text.splitlines())) < 80
