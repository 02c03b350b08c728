/* What a reader may turn in a glass box, beside its numbers.

   glass.tools.mount(element, model, starts) -> {draw, destroy}. spec.tools
   names what is shown: data, sizes, activation, loss, optimizer, rate, start,
   wrong; a chapter has optimizer and wrong. spec.data is {name: {X, Y,
   python}}. Into starts, an element of its own where it is given, go spec.tries,
   a list of {name, say, ...} that are opened by a button, and, where
   spec.challenge is true, the challenge to set the numbers by hand.

   A page cannot draw NumPy's random numbers: start weights are its own. */

"use strict";

(() => {
  const { engine, make } = globalThis.glass;
  const CHAPTER = ["optimizer", "wrong"];
  const OWN = "your own points";

  const OPTIMIZERS = {
    gradient_descent: ["gradient descent", 0.5],
    momentum: ["momentum", 0.1],
    nesterov: ["Nesterov", 0.1],
    rmsprop: ["RMSprop", 0.01],
    adam: ["Adam", 0.03],
    adamw: ["AdamW", 0.03],
  };
  const SETTINGS = {
    beta: ["β", 0, 0.999], beta1: ["β₁", 0, 0.999],
    beta2: ["β₂", 0, 0.9999], eps: ["ε", 1e-12, 1],
    weight_decay: ["weight decay", 0, 10],
  };
  const ACTIVATIONS = {
    tanh: "tanh", sigmoid: "sigmoid", relu: "ReLU",
    leaky_relu: "leaky ReLU", identity: "identity",
  };
  const LOSSES = {
    binary_cross_entropy: "cross-entropy",
    cross_entropy: "cross-entropy",
    euclidean: "squares",
  };
  // What each wrong formula puts in the place of the right one.
  const WRONG = {
    transpose: ["Wᵀ without its T",
      "dA[l−1] = W[l] dZ[l]: the transpose is left out. Where a layer is " +
      "not square, the shapes do not fit."],
    "transpose-square": ["Wᵀ without its T, where it fits",
      "dA[l−1] = W[l] dZ[l] in square layers alone, where the shapes do not " +
      "give it away."],
    "one-over-m": ["1/m lost",
      "dZ[L] = A[L] − Y: not divided by m, the number of samples. The " +
      "gradient is m times too long."],
    "one-over-m-twice": ["1/m twice",
      "dZ[L] = (A[L] − Y) / m²: divided by m once more. The gradient is m " +
      "times too short."],
    sign: ["Y − A for A − Y",
      "dZ[L] = (Y − A[L]) / m: the sign is turned. Each step goes uphill."],
    "g-for-prime": ["g for g′",
      "dZ[l] = dA[l] ⊙ g(Z[l]): the function stands where its derivative " +
      "belongs."],
    "no-prime": ["g′ forgotten",
      "dZ[l] = dA[l]: as if each hidden unit were the identity."],
    "prime-of-a": ["g′ taken at a",
      "dZ[l] = dA[l] ⊙ g′(A[l]): the derivative is taken at a, not at z."],
    "z-for-a": ["Z for A in dW",
      "dW[l] = dZ[l] Z[l−1]ᵀ: what came into the unit below stands where " +
      "what left it belongs."],
    "sum-too-early": ["samples added too early",
      "dZ[l] is summed over the samples before dA[l−1] is made of it."],
    early: ["W changed too early",
      "W[l] makes its step before dA[l−1] is computed from it."],
  };

  // ------------------------------------------------------ a network anew
  // Small, seeded, the same in every browser (mulberry32, Box and Muller).
  function generator(seed) {
    let state = seed >>> 0;
    const uniform = () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return () => Math.sqrt(-2 * Math.log(1 - uniform())) *
      Math.cos(2 * Math.PI * uniform());
  }
  // Weights of He's scale, rounded to four digits; biases 0.
  function drawn(n, g, seed) {
    const normal = generator(1000 * seed + n.length), W = [], b = [];
    for (let l = 1; l < n.length; l++) {
      const scale = Math.sqrt(2 / n[l - 1]);
      W.push(Array.from({ length: n[l] }, () =>
        Array.from({ length: n[l - 1] }, () =>
          Math.round(1e4 * scale * normal()) / 1e4)));
      b.push(Array(n[l]).fill(0));
    }
    return { n, g, W, b };
  }
  const functions = (n, hidden, loss) => [
    ...Array(n.length - 2).fill(hidden), engine.LOSSES[loss].link];

  // The start that belongs to what is asked: {data, hidden, g, loss, seed}.
  function restart(model, asked, keep = false) {
    const { spec } = model;
    const data = asked.data && spec.data[asked.data];
    const X = data ? data.X : null, Y = data ? data.Y : null;
    const inputs = X ? X.length : model.X.r;
    const outputs = Y ? Y.length : model.Y.r;
    const old = asked.loss ?? model.loss;
    const loss = outputs === 1 && old === "cross_entropy"
      ? "binary_cross_entropy"
      : outputs > 1 && old === "binary_cross_entropy" ? "cross_entropy" : old;
    const n = [inputs, ...(asked.hidden ?? model.net.n.slice(1, -1)), outputs];
    const g = functions(n, asked.g ?? hiddenOf(model), loss);
    const { home } = model;
    // Another function or loss starts from the same numbers.
    const net = keep && String(home.n) === String(n)
      ? { n, g, W: home.W, b: home.b }
      : drawn(n, g, asked.seed ?? model.seed ?? 1);
    if (data) model.replaceData(X, Y, net, loss);
    else model.replaceNet(net, loss);
  }
  function hiddenOf({ net, chosenFunction }) {
    return net.L > 1 ? net.g[1] : chosenFunction ?? "tanh";
  }

  // ---------------------------------------------------------------- parts
  let ids = 0;
  function field(label, control, wide = false) {
    const id = `plane-tool-${++ids}`;
    control.id = id;
    return make("div", { class: `plane-tool${wide ? " plane-wide" : ""}` },
      make("label", { for: id }, label), control);
  }
  function choice(options, changed) {
    const select = make("select");
    for (const [value, text] of options)
      select.append(make("option", { value }, text));
    select.addEventListener("change", () => changed(select.value));
    return select;
  }
  const button = (text, press) => {
    const made = make("button", { type: "button" }, text);
    made.addEventListener("click", press);
    return made;
  };
  const keep = (control, value) => {
    if (control.value !== String(value)) control.value = value;
  };
  const two = (x) => Number(x.toPrecision(2));

  // Each tool: a function of the model that adds its parts and returns draw.
  const TOOLS = {
    data(model, add) {
      const { spec } = model;
      const select = choice(
        [...Object.keys(spec.data ?? {}), OWN].map((name) => [name, name]),
        (name) => {
          model.pen = null;
          if (name !== OWN) return restart(model, { data: name }, true);
          model.pen = 1;
          const binary = model.Y.r > 1 || model.loss === "cross_entropy";
          const n = [2, ...model.net.n.slice(1, -1), 1];
          const g = functions(n, hiddenOf(model), "binary_cross_entropy");
          model.replaceData([[-0.6, 0.6], [0, 0]], [[0, 1]],
            binary ? drawn(n, g, model.seed ?? 1) : null,
            binary ? "binary_cross_entropy" : model.loss);
        });
      const note = make("p", { class: "plane-note" });
      add(field("Data", select), note);
      return () => {
        const name = globalThis.glass.share?.nameOf(model);
        const known = name && name in (spec.data ?? {});
        keep(select, known ? name : OWN);
        const said = known
          ? `${model.Y.c} points. Tap one to look at it; the ring moves it.`
          : "Choose a class below the plane, then tap into the plane.";
        if (note.textContent !== said) note.textContent = said;
      };
    },
    sizes(model, add) {
      const most = [1, 2, 3, 4, 5, 6, 7, 8];
      const change = () => {
        const [one, other] = layers.map((select) => Number(select.value));
        restart(model, { hidden: one ? [one, other].filter(Boolean) : [] });
      };
      const layers = ["Hidden layer 1", "Hidden layer 2"]
        .map((label) => {
          const select = choice([["0", "none"], ...most.map((k) =>
            [String(k), `${k} unit${k > 1 ? "s" : ""}`])], change);
          add(field(label, select));
          return select;
        });
      return () => {
        const hidden = model.net.n.slice(1, -1);
        layers.forEach((select, at) => keep(select, hidden[at] ?? 0));
        layers[1].disabled = hidden.length === 0;
      };
    },
    activation(model, add) {
      const select = choice(Object.entries(ACTIVATIONS), (g) => {
        model.chosenFunction = g;
        restart(model, { g }, true);
      });
      add(field("Activation", select));
      return () => {
        keep(select, hiddenOf(model).split("(")[0]);
        select.disabled = model.net.L === 1;
      };
    },
    loss(model, add) {
      const select = choice([], (loss) => restart(model, { loss }, true));
      add(field("Loss", select));
      return () => {
        const names = [model.Y.r > 1 ? "cross_entropy"
          : "binary_cross_entropy", "euclidean"];
        if (select.dataset.names !== String(names)) {
          select.dataset.names = names;
          select.replaceChildren(...names.map((name) =>
            make("option", { value: name }, LOSSES[name])));
        }
        keep(select, model.loss);
      };
    },
    optimizer(model, add) {
      const select = choice(
        Object.entries(OPTIMIZERS).map(([name, [text]]) => [name, text]),
        (name) => model.optimise({ name, lr: OPTIMIZERS[name][1] }));
      const inside = make("div", { class: "plane-settings" });
      add(field("Optimiser", select), inside);
      let shown = "", inputs = {};
      const build = (name) => {
        inputs = {};
        inside.replaceChildren();
        for (const key of Object.keys(engine.OPTIMIZERS[name].defaults)) {
          if (!SETTINGS[key]) continue;
          const [label, least, most] = SETTINGS[key];
          const input = make("input", { type: "number", step: "any",
            min: least, max: most, inputmode: "decimal" });
          input.addEventListener("change", () => {
            const value = input.valueAsNumber;
            if (value >= least && value <= most)
              model.optimise({ ...model.optimizer, [key]: value });
            else input.value = engine.settings(model.optimizer)[key];
          });
          inputs[key] = input;
          inside.append(field(label, input));
        }
        inside.hidden = !Object.keys(inputs).length;
      };
      return () => {
        let { name } = model.optimizer;
        if (name === "momentum" && model.optimizer.nesterov) name = "nesterov";
        keep(select, name);
        if (shown !== name) build(shown = name);
        const now = engine.settings(model.optimizer);
        for (const [key, input] of Object.entries(inputs))
          if (document.activeElement !== input) keep(input, now[key]);
      };
    },
    rate(model, add) {
      const give = (lr) => model.optimise({ ...model.optimizer, lr });
      const slider = make("input", { type: "range", min: -4, max: 1,
        step: 0.05 });
      const input = make("input", { type: "number", step: "any", min: 1e-6,
        max: 1000, inputmode: "decimal", "aria-label": "Learning rate, typed",
      });
      slider.addEventListener("input", () => give(two(10 ** slider.value)));
      input.addEventListener("change", () => {
        const lr = input.valueAsNumber;
        if (lr > 0 && lr <= 1000) give(lr);
        else input.value = model.optimizer.lr;
      });
      const row = field("Learning rate α", slider, true);
      row.append(input);
      row.classList.add("plane-rate");
      add(row);
      return () => {
        const { lr } = model.optimizer, power = Math.log10(lr);
        if (document.activeElement !== slider) keep(slider,
          Math.round(20 * Math.min(1, Math.max(-4, power))) / 20);
        const said = String(lr);
        if (slider.getAttribute("aria-valuetext") !== said)
          slider.setAttribute("aria-valuetext", said);
        if (document.activeElement !== input) keep(input, lr);
      };
    },
    start(model, add) {
      const note = make("span", { class: "plane-note" });
      const row = make("div", { class: "plane-tool plane-wide plane-start" },
        button("New start weights", () => {
          model.seed = (model.seed ?? 0) + 1;
          restart(model, { seed: model.seed });
        }), note);
      add(row);
      return () => {
        const said = model.seed
          ? `Start ${model.seed}, drawn by this page on He’s scale.`
          : "Drawn by this page on He’s scale; biases 0.";
        if (note.textContent !== said) note.textContent = said;
      };
    },
    wrong(model, add) {
      const select = choice(
        [["", "right formulas"],
          ...Object.entries(WRONG).map(([name, [text]]) => [name, text])],
        (name) => model.break(name || null));
      const note = make("p", { class: "plane-note plane-swapped",
        "aria-live": "polite" });
      const row = field("Break it", select, true);
      row.append(note);
      add(row);
      return () => {
        keep(select, model.wrong ?? "");
        const said = model.wrong ? WRONG[model.wrong][1] : "";
        if (note.textContent !== said) note.textContent = said;
      };
    },
  };

  // --------------------------------------------------------- the challenge
  // Numbers set by hand, the best count so far; then descent from there.
  function challenge(parent, model) {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const count = model.net.n.slice(1).reduce((sum, n, l) =>
      sum + n * (model.net.n[l] + 1), 0);
    let on = false, best = 0, frame = 0;
    const said = make("p", { role: "status" });
    const begin = button(`Set the ${count} numbers by hand`, () => {
      on = true;
      best = 0;
      const { n } = model.net;
      const W = [], b = [];
      for (let l = 1; l < n.length; l++) {
        W.push(Array.from({ length: n[l] }, () => Array(n[l - 1]).fill(0)));
        b.push(Array(n[l]).fill(0));
      }
      model.replaceNet({ n, g: Object.values(model.net.g), W, b });
    });
    const rest = button("Let descent find them", () => {
      on = false;
      // From all zeros every unit of a layer would stay like its neighbour.
      const { n, g } = model.net;
      const same = Object.values(model.net.W).some((M) => !M.d.some(Boolean));
      if (same) model.replaceNet(drawn(n, Object.values(g), 1));
      model.optimise({ name: "adam", lr: 0.03 });
      let left = 600;
      const go = () => {
        const ran = model.train(still.matches ? left : 12);
        left -= ran;
        draw();
        frame = ran && left > 0 ? requestAnimationFrame(go) : 0;
      };
      cancelAnimationFrame(frame);
      go();
    });
    const root = make("div", { class: "plane-challenge" },
      make("div", { class: "plane-row" }, begin, rest), said);
    parent.append(root);
    function draw() {
      const m = model.Y.c, right = model.right();
      if (on && model.epoch === 0 && right > best) best = right;
      const text = on
        ? `All ${count} numbers are 0. Open one and change it. Right now ${
          right} of ${m}; your best: ${best} of ${m}.`.replace(
          /^All.*it\. /, (first) => untouched() ? first : "")
        : model.epoch && best
          ? `Your best by hand: ${best} of ${m}. Descent, after ${
            model.epoch} epoch${model.epoch > 1 ? "s" : ""}: ${right} of ${m}.`
          : `How many of ${m} points do you get right by hand?`;
      if (said.textContent !== text) said.textContent = text;
    }
    const untouched = () => ["W", "b"].every((kind) =>
      Object.values(model.net[kind]).every((M) => !M.d.some(Boolean)));
    draw();
    return { draw, destroy() { cancelAnimationFrame(frame); } };
  }

  // States that a page has prepared, each behind a button.
  function tries(parent, model) {
    const list = model.spec.tries ?? [];
    if (!list.length) return;
    const said = make("p", { class: "plane-note", role: "status" });
    const row = make("div", { class: "plane-row" });
    list.forEach((one, at) => {
      row.append(button(`${at + 1} ${one.name}`, () => {
        model.pen = null;
        model.wrong = one.wrong ?? null;
        model.mode = one.mode ?? "forward";
        model.optimizer = one.opt ?? model.optimizer;
        model.seed = one.seed ?? 1;
        if (one.open) model.chosen = one.open;
        if (one.net) model.replaceData(
          model.spec.data[one.data].X, model.spec.data[one.data].Y, one.net,
          one.loss ?? "binary_cross_entropy");
        else restart(model, one);
        said.textContent = one.say;
        const box = parent.closest(".glass-box");
        const ask = box?.querySelector(".glass-ask");
        if (ask) ask.textContent = one.say;
        box?.scrollIntoView({ block: "start" });
      }));
    });
    parent.append(make("div", { class: "plane-tries", role: "group",
      "aria-label": "Things to try" },
    make("p", { class: "plane-head" }, "Things to try"), row, said));
  }

  function mount(parent, model, starts = parent) {
    const root = make("div", { class: "plane-tools" });
    const grid = make("div", { class: "plane-toolgrid" });
    const first = make("div", { class: "plane-tools plane-starts" });
    tries(first, model);
    const hard = model.spec.challenge ? challenge(first, model) : null;
    if (first.firstChild) starts.append(first);
    parent.append(root);
    root.append(grid);
    const wanted = model.spec.tools ?? CHAPTER;
    const draws = wanted.filter((name) => Object.hasOwn(TOOLS, name))
      .map((name) => TOOLS[name](model, (...parts) => grid.append(...parts)));
    if (wanted.includes("optimizer") && !wanted.includes("rate"))
      draws.push(TOOLS.rate(model, (...parts) => grid.append(...parts)));
    const draw = () => {
      for (const each of draws) each();
      hard?.draw();
    };
    draw();
    return {
      draw,
      destroy() {
        hard?.destroy();
        first.remove();
        root.remove();
      },
    };
  }

  globalThis.glass.tools = { mount, drawn, WRONG };
})();
