"""A box and a question as anywidget shows them, in a page that plays it.

The module is run as anywidget runs it; what it sends is read by Python as a
kernel would. ``test_lite`` does the same with a kernel, and takes longer.
"""

import json

import numpy as np
import pytest

import mininn as mn
from mininn.glass import box, live, scripts

# What anywidget is to a module: a model, and a place for each view.
HOST = """async ([text, state]) => {
  const made = URL.createObjectURL(
    new Blob([text], { type: "text/javascript" }));
  const module = (await import(made)).default;
  const hooks = typeof module === "function" ? await module() : module;
  const heard = [];
  let changed = {};
  globalThis.sent = [];
  globalThis.model = {
    get: (key) => state[key],
    set: (key, value) => { // who listens hears at once, of each alone
      state[key] = changed[key] = value;
      for (const [name, hear] of heard) if (name === `change:${key}`) hear();
    },
    save_changes() { sent.push(JSON.stringify(changed)); changed = {}; },
    on: (name, hear) => heard.push([name, hear]),
  };
  globalThis.fromKernel = (news) => {
    Object.assign(state, news);
    for (const [name, hear] of heard)
      if (name.replace("change:", "") in news) hear();
  };
  globalThis.show = () => {
    const el = document.createElement("div");
    document.body.append(el);
    return hooks.render({ model, el });
  };
}"""
X, Y = np.array([[0.5, -1.0], [0.25, 2.0]]), np.array([[1.0, 0.0]])
WEIGHT = 0.1 + 0.2 + 1e-16  # 17 digits


@pytest.fixture
def one():
    net = mn.init([2, 3, 1], rng=1, hidden=mn.leaky_relu)
    return box(net, X, Y, mn.binary_cross_entropy)


@pytest.fixture
def tab(browser):
    """A page, which ends badly when it meets an error."""
    context = browser.new_context(viewport={"width": 800, "height": 1200})
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    yield page
    context.close()
    assert trouble == []


def host(tab, text, **state):
    tab.evaluate(HOST, [text, state])
    return tab


def opened(tab, one, views=1, **state):
    empty = {"spec": one.spec, "net": {}, "data": {}}
    host(tab, scripts.module(), **(empty | state))
    for _ in range(views):
        tab.evaluate("() => { show(); }")
    return tab


def field(tab):
    """The field of the number that is open, in each view."""
    return tab.locator(".glass-field")


def arrived(tab):
    """What Python has, when the page has sent something."""
    tab.wait_for_function("() => sent.length")
    state = {}
    for message in tab.evaluate("() => sent"):
        state |= json.loads(message)
    return state


def test_a_changed_weight_arrives_bit_for_bit_and_all_others_too(tab, one):
    opened(tab, one)
    field(tab).fill(repr(WEIGHT))
    state = arrived(tab)
    net = live.read_net(state["net"], None)
    wanted = np.array(one.spec["W"][0])
    wanted[0, 0] = WEIGHT
    assert net.W[1].tobytes() == wanted.tobytes()
    assert net.W[2].tolist() == one.spec["W"][1]
    assert net.g == one.start.g
    assert live.array(state["data"]["X"], 2).tolist() == one.spec["X"]
    assert live.array(state["data"]["Y"], 1).tolist() == one.spec["Y"]
    assert state["net"]["loss"] == "binary_cross_entropy"


def test_steps_of_the_page_arrive_as_the_steps_of_python(tab, one):
    opened(tab, one)
    tab.get_by_role("button", name="Step", exact=True).click()
    net = live.read_net(arrived(tab)["net"], None)
    cache = mn.forward(live.read_net({}, one.start), one.X)
    grads = mn.backward(one.start, cache, one.Y, one.loss)
    ours = mn.step(one.start, grads, one.spec["opt"]["lr"])
    for l in (1, 2):
        np.testing.assert_allclose(net.W[l], ours.W[l], atol=1e-6)
        assert not np.array_equal(net.W[l], one.start.W[l])


def test_what_was_not_changed_is_not_sent_twice(tab, one):
    opened(tab, one)
    field(tab).fill("2")
    arrived(tab)
    field(tab).fill("3")
    tab.wait_for_function("() => sent.length > 1")
    last = json.loads(tab.evaluate("() => sent.at(-1)"))
    assert set(last) == {"net"}
    assert live.read_net(last["net"], None).W[1][0, 0] == 3


def test_two_views_of_a_box_agree(tab, one):
    opened(tab, one, views=2)
    first, second = field(tab).all()
    first.fill("0.125")
    tab.wait_for_function(
        "() => document.querySelectorAll('.glass-field')[1].value === '0.125'"
    )
    assert second.input_value() == "0.125"
    second.fill("-4")
    tab.wait_for_function(
        "() => document.querySelectorAll('.glass-field')[0].value === '-4'"
    )


def test_a_view_that_is_gone_leaves_the_other(tab, one):
    opened(tab, one)
    tab.evaluate("() => { globalThis.end = show(); }")
    tab.evaluate("() => end()")
    assert tab.locator(".glass-box svg").count() == 1
    field(tab).fill("0.125")
    net = live.read_net(arrived(tab)["net"], None)
    assert net.W[1][0, 0] == 0.125


def test_a_page_that_is_loaded_again_shows_what_python_has(tab, one):
    opened(tab, one)
    field(tab).fill(repr(WEIGHT))
    state = arrived(tab)
    tab.goto("about:blank")
    opened(tab, one, **state)
    assert field(tab).input_value() == "0.3"  # as a box shows it
    field(tab).fill("5")
    net = live.read_net(arrived(tab)["net"], None)
    assert net.W[1].tolist()[0] == [5, one.spec["W"][0][0][1]]


def test_what_another_window_has_changed_is_shown(tab, one):
    opened(tab, one)
    field(tab).fill("2")
    state = arrived(tab)
    field(tab).fill("3")
    tab.wait_for_function("() => sent.length > 1")
    tab.evaluate("(state) => fromKernel(state)", state)
    tab.wait_for_function(
        "() => document.querySelector('.glass-field').value === '2'"
    )


def test_a_question_judges_and_its_formulas_are_written(tab):
    asked = mn.ask(
        r"What is $\sigma(z) = 1 / (1 + e^{-z})$ at $z^{[1]}_2 = 0$? `a`",
        0.5,
        mistakes={r"That is $\frac{\partial a}{\partial z}$.": 0.25},
        hint="Half.",
    )
    host(tab, scripts.question()[0], spec=asked.spec)
    tab.evaluate("() => { show(); }")
    one = tab.locator(".question")
    told = one.locator(".question-asked").inner_html()
    assert "σ(<i>z</i>) = 1/(1 + <i>e</i><sup>−<i>z</i></sup>)" in told
    assert "<i>z</i><sup>[1]</sup><sub>2</sub> = 0" in told
    assert "<code>a</code>" in told
    one.locator("input").fill("0.25")
    one.locator("input").press("Enter")
    tab.get_by_text("That is ∂a/∂z.").wait_for()
    one.locator("input").fill("0.5")
    one.locator("input").press("Enter")
    tab.get_by_text("Right:").wait_for()
