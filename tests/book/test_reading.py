"""How long the book is: the times it states, and the words it may have."""

import chapters
import pytest
import reading
from places import BOOK

# The pages that a reader goes through, one after the other.
SPINE = ["intro", *chapters.spine()]


def cells_to(name, words):
    """The cells of a page up to the one that holds these words."""
    cells = chapters.read(name)["cells"]
    for count, cell in enumerate(cells, 1):
        if words in "".join(cell["source"]):
            return cells[:count]
    raise AssertionError(f"{name} does not say {words}")


def words_to(name, words, start="intro"):
    """The words of prose from one page to a place in another."""
    way = SPINE[SPINE.index(start) : SPINE.index(name)]
    before = [reading.measure(chapters.read(page)["cells"])[0] for page in way]
    return sum(before) + reading.measure(cells_to(name, words))[0]


def test_the_way_to_the_first_gradient_of_a_hidden_layer_is_short():
    assert words_to("backprop", "$$ (eq-dz1)", start="descent") <= 2500
    assert words_to("backprop", "$$ (eq-dz1)") <= 11_000


def test_the_way_to_the_rings_is_an_afternoon():
    assert words_to("rings", "mn.train(") <= 18_000


@pytest.mark.parametrize("name", SPINE)
def test_a_chapter_has_a_main_line_of_2500_words_at_most(name):
    assert reading.measure(chapters.read(name)["cells"])[0] <= 2500


@pytest.mark.parametrize("name", chapters.texts())
def test_a_page_says_the_minutes_that_it_takes(name):
    text = reading.text_of(chapters.read(name)["cells"])
    said = reading.TIME.findall(text)
    if name not in ("intro", "rosetta"):
        assert said == [str(reading.minutes(name))]
    assert reading.rewritten(text) == text


def test_the_first_page_says_the_minutes_of_every_chapter():
    text = reading.text_of(chapters.read("intro")["cells"])
    rows = reading.ROW.findall(text)
    assert [reading.named(row[1]) for row in rows] == [
        [page] for page in SPINE[1:]
    ]


def test_only_prose_is_counted():
    text = """# Two words

:::{admonition} Three more words
:class: tip
A {term}`unit` has $n$ weights, {doc}`notation` says.
:::

$$
z = w x
$$ (eq-no)

```{solution} ex-no
:class: dropdown
Never counted.
```

```python
print("never")
```
"""
    said = "Two words Three more words A unit has weights says"
    assert " ".join(reading.prose(text)) == said


def test_the_plans_of_a_course_say_how_long_they_are():
    text = (BOOK / "instructors.md").read_text(encoding="utf-8")
    assert len(reading.ROW.findall(text)) == 24
    assert reading.rewritten(text) == text
