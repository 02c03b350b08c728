"""Explorers: every frame drawn once, every slider linked, every note told."""

import base64
import io
import re

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from mininn.explore import explore


def draw(a, b):
    fig, ax = plt.subplots(figsize=(2, 1))
    ax.plot([0, a], [b, 1])
    return fig, f"a is {a} & b is {b}"


def leaves(box):
    if isinstance(box, widgets.HTML):
        return [box.value]
    kinds = (widgets.HTML, widgets.Box)
    return [
        leaf
        for child in box.children
        if isinstance(child, kinds)
        for leaf in leaves(child)
    ]


def test_every_combination_is_drawn_in_order():
    box = explore(draw, a=[1, 2], b=[3, 4, 5]).widget
    alts = [re.search('alt="(.*?)"', leaf)[1] for leaf in leaves(box)]
    assert alts == [
        f"a is {a} &amp; b is {b}" for a in (1, 2) for b in (3, 4, 5)
    ]


def test_each_frame_is_a_crisp_picture_with_its_note():
    frame = leaves(explore(draw, a=[1], b=[2]).widget)[0]
    png = base64.b64decode(re.search('base64,(.*?)"', frame)[1])
    assert Image.open(io.BytesIO(png)).size == (384, 192)
    assert "width:192px;max-width:100%" in frame
    assert "<figcaption>a is 1 &amp; b is 2</figcaption>" in frame


def test_each_slider_turns_every_stack_of_its_level():
    box = explore(draw, a=[1, 2], b=[3, 4, 5]).widget
    a, b, outer = box.children
    assert [len(s.options) for s in (a, b)] == [2, 3]
    links = {
        (link.source, link.target)
        for link in widgets.widgets.widget._instances.values()
        if isinstance(link, widgets.widgets.widget_link.Link)
    }
    assert ((a, "index"), (outer, "selected_index")) in links
    for inner in outer.children:
        assert ((b, "index"), (inner, "selected_index")) in links


def test_start_and_labels():
    box = explore(
        draw, a=[1, 2], b=[3, 4, 5], start={"b": 4}, labels={"a": "the first"}
    ).widget
    a, b, outer = box.children
    assert (a.value, b.value) == (1, 4)
    assert outer.selected_index == 0
    assert {stack.selected_index for stack in outer.children} == {1}
    assert (a.description, b.description) == ("the first", "b")


def test_as_text_it_is_the_table_of_its_notes():
    explorer = explore(draw, a=[0.10, 2], b=["x", True])
    assert repr(explorer).splitlines() == [
        "a=0.1, b=x: a is 0.1 & b is x",
        "a=0.1, b=True: a is 0.1 & b is True",
        "a=2, b=x: a is 2 & b is x",
        "a=2, b=True: a is 2 & b is True",
    ]
    table = explorer._repr_html_()
    assert "All 4 pictures as numbers" in table
    assert "<td>0.1</td><td>x</td><td>a is 0.1 &amp; b is x</td>" in table
    assert table.count('<th scope="col">') == 3


def test_shown_in_a_notebook_it_is_the_widget_and_then_the_table(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, raw: shown.append(data)
    )
    explorer = explore(draw, a=[1], b=[2])
    explorer._ipython_display_()
    view, table = shown
    key = "application/vnd.jupyter.widget-view+json"
    assert view[key]["model_id"] == explorer.widget.model_id
    assert view["text/plain"] == repr(explorer)
    assert table["text/html"] == explorer._repr_html_()


def test_only_the_start_is_drawn_until_the_explorer_is_shown():
    drawn = []

    def count(a, b):
        drawn.append((a, b))
        return draw(a, b)

    explorer = explore(count, a=[1, 2], b=[3, 4], start={"a": 2})
    assert drawn == [(2, 3)]
    repr(explorer), explorer.widget, explorer.rows
    assert drawn == [(2, 3), (1, 3), (1, 4), (2, 4)]


def test_a_frame_is_drawn_for_any_values():
    explorer = explore(draw, a=[1, 2], b=[3, 4])
    note, frame = explorer.frame(b=3.5, a=1.25)
    assert note == "a is 1.25 & b is 3.5"
    assert f'alt="{note.replace("&", "&amp;")}"' in frame
    for shown, made in zip(
        leaves(explorer.widget),
        [explorer.frame(a=a, b=b) for a in (1, 2) for b in (3, 4)],
        strict=True,
    ):
        assert shown == made[1]


@pytest.mark.parametrize(
    ("values", "got"), [({}, "none"), ({"a": 1}, "a"), ({"c": 1}, "c")]
)
def test_a_frame_wants_a_value_of_each_grid(values, got):
    with pytest.raises(TypeError) as caught:
        explore(draw, a=[1], b=[2]).frame(**values)
    assert str(caught.value) == (
        f"frame: give one value for each of a, b, got {got}."
    )


def test_no_figure_is_left_open():
    before = plt.get_fignums()
    explore(draw, a=[1, 2], b=[3])
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("grids", "error", "message"),
    [
        (
            {},
            ValueError,
            "explore: give at least one grid of values, such as "
            "lr=[0.1, 1.0].",
        ),
        (
            {"a": []},
            ValueError,
            "explore: a must hold at least one value, got an empty list.",
        ),
        (
            {"a": [1, 1.0]},
            ValueError,
            "explore: the values of a must differ, got [1, 1.0].",
        ),
        ({"a": 3}, TypeError, "explore: a must be a list of values, got 3."),
        (
            {"a": "12"},
            TypeError,
            "explore: a must be a list of values, got '12'.",
        ),
        (
            {"a": range(13), "b": range(5)},
            ValueError,
            "explore: 65 frames are too many, at most 64. Take fewer values, "
            "and choose ones that teach something.",
        ),
        (
            {"a": [1], "start": {"a": 2}},
            ValueError,
            "explore: start must name a value of a, one of [1], got 2.",
        ),
    ],
)
def test_what_is_no_grid_is_refused(grids, error, message):
    with pytest.raises(error) as caught:
        explore(draw, **grids)
    assert str(caught.value) == message


@pytest.mark.parametrize("option", ["start", "labels"])
def test_an_option_for_a_grid_that_is_not_there_is_refused(option):
    with pytest.raises(ValueError) as caught:
        explore(draw, a=[1], b=[2], **{option: {"c": 1}})
    assert str(caught.value) == (
        f"explore: {option} names 'c', but the grids are a, b."
    )


@pytest.mark.parametrize(
    ("grids", "play", "film"),
    [
        ({"a": [1, 2], "epochs": [0, 1, 9]}, None, "epochs"),
        ({"step": range(3), "updates": range(3)}, None, "updates"),
        ({"a": [1], "epochs": [50, 300]}, None, ""),
        ({"a": [1, 2], "epochs": [0, 1, 9]}, "a", "a"),
        ({"a": [1, 2], "epochs": [0, 1, 9]}, "", ""),
        ({"a": [1, 2, 3]}, None, ""),
    ],
)
def test_what_is_time_can_be_played(grids, play, film):
    explorer = explore(
        lambda **point: draw(1, 2), labels={}, play=play, **grids
    )
    assert explorer.play == film
    told = re.search(r' data-play="(\w+)"><summary', explorer._repr_html_())
    assert (told[1] if told else "") == film


def test_only_a_grid_can_be_played():
    with pytest.raises(ValueError) as caught:
        explore(draw, a=[1], b=[2], play="c")
    assert str(caught.value) == (
        "explore: play names 'c', but the grids are a, b."
    )


@pytest.mark.parametrize("grid", [{"x", "y"}, {"x": 1}, np.eye(2), np.eye(1)])
def test_values_without_an_order_or_in_a_matrix_are_refused(grid):
    with pytest.raises(TypeError) as caught:
        explore(draw, a=grid, b=[1])
    assert str(caught.value).startswith("explore: a must be a list of values")


def test_a_row_of_numbers_is_a_grid():
    explorer = explore(draw, a=np.linspace(0, 1, 3), b=(1,))
    assert [row[0] for row in explorer.rows] == ["0", "0.5", "1"]


def test_a_drawing_must_be_a_function():
    with pytest.raises(TypeError) as caught:
        explore(3, a=[1])
    assert str(caught.value) == (
        "explore: draw must be a function of the grids, got 3."
    )


def test_a_note_must_say_something():
    with pytest.raises(TypeError, match=r"explore: draw must return a figure"):
        explore(lambda a: (plt.figure(), " "), a=[1])
    plt.close("all")


def test_a_drawing_must_return_a_figure_and_a_note():
    with pytest.raises(TypeError) as caught:
        explore(lambda a: a, a=[1])
    assert str(caught.value) == (
        "explore: draw must return a figure and a "
        "note, (Figure, str), got 1 for {'a': 1}."
    )
