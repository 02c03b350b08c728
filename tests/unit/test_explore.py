"""Explorers: every frame drawn once, every slider linked, every note told."""

import base64
import io
import json
import re

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from mininn.explore import explore, few_colours


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
    assert Image.open(io.BytesIO(png)).size == (288, 144)
    assert "width:192px;max-width:100%" in frame
    assert "<figcaption>a is 1 &amp; b is 2</figcaption>" in frame


def test_few_colours_are_those_that_are_missed_the_most():
    points = np.full((40, 50, 3), 255, np.uint8)
    points[:10] = [219, 235, 244]  # two pale areas, hardly apart
    points[10:20] = [241, 247, 250]
    points[30, :25] = np.arange(25)[:, None]  # near one another, and black
    points[39, :3] = [213, 94, 0]  # a small cross
    small = few_colours(Image.fromarray(points), 5)
    assert small.mode == "P"
    kept = np.asarray(small.convert("RGB"))
    same = (kept == points).all(axis=2)
    assert same[:30].all()
    assert same[31:].all()
    assert kept[30, :25].max() < 25
    assert len(small.getcolors()) == 5


def test_a_picture_of_few_colours_stays_as_it_is():
    points = np.zeros((2, 3, 3), np.uint8)
    points[0, 0] = [1, 2, 3]
    small = few_colours(Image.fromarray(points))
    np.testing.assert_array_equal(small.convert("RGB"), points)
    one = few_colours(Image.fromarray(points), 1).convert("RGB")
    assert one.getcolors() == [(6, (0, 0, 0))]


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


def test_as_text_it_is_a_line_for_each_picture():
    explorer = explore(draw, a=[0.10, 2], b=["x", True])
    assert repr(explorer).splitlines() == [
        "a=0.1, b=x: a is 0.1 & b is x",
        "a=0.1, b=True: a is 0.1 & b is True",
        "a=2, b=x: a is 2 & b is x",
        "a=2, b=True: a is 2 & b is True",
    ]


def test_a_notebook_stores_one_json_of_it():
    explorer = explore(
        draw, a=[0.10, 2], b=["x", True], start={"b": True}, play="a",
        labels={"a": "the first"},
    )  # fmt: skip
    stored = json.loads(json.dumps(explorer.stored()))
    frames = stored.pop("frames")
    assert stored == {
        "grids": [
            {
                "name": "a",
                "label": "the first",
                "values": ["0.1", "2"],
                "start": 0,
            },
            {"name": "b", "label": "b", "values": ["x", "True"], "start": 1},
        ],
        "play": "a",
        "notes": [
            "a is 0.1 & b is x",
            "a is 0.1 & b is True",
            "a is 2 & b is x",
            "a is 2 & b is True",
        ],
        "width": 192,
    }
    assert frames == [
        re.search('src="(.*?)"', explorer.frame(a=a, b=b)[1])[1]
        for a in (0.10, 2)
        for b in ("x", True)
    ]


def test_shown_in_a_notebook_it_is_a_widget_beside_what_is_stored():
    explorer = explore(draw, a=[1], b=[2])
    data, _ = DisplayFormatter().format(explorer)
    view = data.pop("application/vnd.jupyter.widget-view+json")
    assert view["model_id"] == explorer.widget.model_id
    assert data == {
        "text/plain": repr(explorer),
        "application/vnd.mininn.explorer+json": explorer.stored(),
    }


def test_only_the_start_is_drawn_until_the_explorer_is_shown():
    drawn = []

    def count(a, b):
        drawn.append((a, b))
        return draw(a, b)

    explorer = explore(count, a=[1, 2], b=[3, 4], start={"a": 2})
    assert drawn == [(2, 3)]
    repr(explorer), explorer.widget, explorer.stored()
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
    assert explorer.stored()["play"] == film


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
    assert explorer.stored()["grids"][0]["values"] == ["0", "0.5", "1"]


def test_a_drawing_must_be_a_function():
    with pytest.raises(TypeError) as caught:
        explore(3, a=[1])
    assert str(caught.value) == (
        "explore: draw must be a function of the grids, got 3."
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("z = -1.5, at (-.5, -inf)", "z = −1.5, at (−.5, −inf)"),
        ("2-3-1: off by 1e-05, mini-batches, -informed", None),
        ("W[1]-2 and f(x)-1 are differences", None),
    ],
)
def test_a_minus_in_a_note_is_as_in_print(said, told):
    def draw(a):
        return plt.figure(figsize=(1, 1)), said

    (frame,) = explore(draw, a=[1]).frames
    assert frame.note == (told or said)


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


def test_None_is_a_value_like_others():
    """As in batch_size=[None, 8], and to start with."""

    def drawn(batch_size):
        return plt.figure(figsize=(1, 1)), f"batches of {batch_size}"

    slider, _ = explore(drawn, batch_size=[None, 8]).widget.children
    assert (slider.value, slider.index) == (None, 0)
    explorer = explore(drawn, batch_size=[8, None], start={"batch_size": None})
    assert explorer.widget.children[0].index == 1
