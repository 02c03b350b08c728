/* The box on the page: the network drawn, the bar that runs it, and the panel
   in which the chosen number opens.

   glass.view.mount(element, spec, {equations, onChange}) puts a box into an
   element and returns {model, root, draw, destroy}. Arrays change in the
   event; everything is drawn once in the next frame. Nothing that has the
   focus is ever built again: texts change in place.

   Colours say what a number is, as everywhere in the book: blue flows
   forward, vermilion flows backward, green is what training changes. A
   dashed line is negative. */

"use strict";

(() => {
  const { glass } = globalThis;
  const SVG = "http://www.w3.org/2000/svg";
  const MINUS = "\u2212";
  const PAUSE = 500; // ms of rest before a change is said aloud
  const SWING = 2600; // ms that a number swings
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Elements -----------------------------------------------------------

  function make(name, attributes = {}, ...children) {
    const element = name.startsWith("svg:")
      ? document.createElementNS(SVG, name.slice(4))
      : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false) set(element, key, value);
    }
    element.append(...children);
    return element;
  }
  // Only what differs is written: most of a drawing stays as it is.
  function set(element, key, value) {
    const kept = element.kept ?? (element.kept = {});
    if (kept[key] === value) return;
    kept[key] = value;
    if (key === "text") element.textContent = value;
    else if (value === null || value === false) element.removeAttribute(key);
    else element.setAttribute(key, value === true ? "" : value);
  }
  const button = (text, attributes) =>
    make("button", { type: "button", ...attributes }, text);

  // Numbers that stand in a drawing: two decimals, as many as fit. -------

  const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const power = (e) =>
    "10" + (e < 0 ? "⁻" : "")
    + [...String(Math.abs(e))].map((d) => SUPER[d]).join("");
  const SUB = "₀₁₂₃₄₅₆₇₈₉";
  const low = (i) => [...String(i)].map((d) => SUB[d]).join("");
  function short(x) {
    if (Number.isNaN(x)) return "nan";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : MINUS + "∞";
    const size = Math.abs(x);
    if (size >= 9999.5) {
      const e = Math.floor(Math.log10(size));
      return (x < 0 ? MINUS : "") + power(e);
    }
    const text = size.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
    return (x < 0 && Number(text) ? MINUS : "") + text;
  }
  // One factor for all numbers of a drawing, so that circles hold them.
  function factor(values) {
    let top = 0;
    for (const x of values)
      if (Number.isFinite(x)) top = Math.max(top, Math.abs(x));
    if (!top || (top >= 0.1 && top < 1000)) return 0;
    return Math.floor(Math.log10(top) + 1e-12);
  }

  // What is drawn ---------------------------------------------------------

  // An item is a unit, a weight, a bias or a label; several places belong to
  // one: a unit holds z, a, dz and da.
  const ITEM = {
    x: "unit", a: "unit", z: "unit", da: "unit", dz: "unit",
    W: "weight", dW: "weight", b: "bias", db: "bias", y: "label",
  };
  const idOf = ({ kind, l, i, k }) => {
    const item = ITEM[kind];
    if (item === "weight") return `weight ${l} ${i} ${k}`;
    if (item === "label") return `label ${i}`;
    return item ? `${item} ${kind === "x" ? 0 : l} ${i}` : "cost";
  };
  const FREE = { W: "W", dW: "W", b: "b", db: "b", x: "x", y: "y" };
  const owned = ({ kind, ...rest }) => ({ kind: FREE[kind], ...rest });

  function itemsOf({ n, L }) {
    const items = [];
    for (let l = 1; l <= L; l++)
      for (let i = 0; i < n[l]; i++)
        for (let k = 0; k < n[l - 1]; k++)
          items.push({ item: "weight", l, i, k });
    for (let l = 0; l <= L; l++)
      for (let i = 0; i < n[l]; i++) {
        items.push({ item: "unit", l, i, k: 0 });
        if (l) items.push({ item: "bias", l, i, k: 0 });
        if (l === L) items.push({ item: "label", l, i, k: 0 });
      }
    for (const it of items)
      it.id = it.item === "weight" ? `weight ${it.l} ${it.i} ${it.k}`
        : it.item === "label" ? `label ${it.i}` : `${it.item} ${it.l} ${it.i}`;
    return items;
  }

  // Where everything stands, in CSS pixels of the box's own width.
  function layout({ n, L }, width) {
    const most = Math.max(...n), many = most > 5;
    const tight = !many && width < 350;
    const rx = many ? 23 : tight ? 20 : 23, ry = many ? 14 : rx;
    const pitch = many ? 38 : 2 * ry + 28, top = 20;
    const inner = Math.max(most * pitch, 112);
    const x = (l) => rx + 4 + (l / L) * (width - 2 * rx - 8);
    const y = (l, i) => {
      const gap = Math.min(inner / n[l], many ? 96 : 104);
      return top + inner / 2 + (i - (n[l] - 1) / 2) * gap;
    };
    // Does a number fit below the units of a layer?
    const roomy = n.map((count) => inner / count >= 2 * ry + 24);
    return { rx, ry, x, y, roomy, width, height: top + inner + 4, many };
  }

  class View {
    constructor(element, spec,
      { equations = {}, onChange, model, number = null } = {}) {
      this.equations = equations;
      this.nth = number; // which box of its page; in a notebook none
      this.onChange = onChange ?? (() => {});
      this.model = model ?? new glass.Model(spec);
      this.batch = false;
      this.speed = 1;
      this.trail = [];
      this.playing = 0;
      this.swinging = 0;
      this.root = make("div", { class: "glass" });
      element.append(this.root);
      this.build();
      this.model.on((what) => this.heard(what));
      this.sizes = new ResizeObserver(() => this.place());
      this.sizes.observe(this.stage);
      this.place();
    }

    destroy() {
      this.stop();
      clearTimeout(this.later);
      cancelAnimationFrame(this.asked);
      this.sizes.disconnect();
      this.root.remove();
      this.gone = true;
    }

    // Building ------------------------------------------------------------

    build() {
      const { root, model } = this, { ask } = model.spec;
      this.stage = make("div", { class: "glass-net" });
      this.meta = make("div", { class: "glass-meta" });
      this.panel = make("div", {
        class: "glass-panel", role: "group", "aria-label": "The open number",
      });
      this.beside = make("div", { class: "glass-beside" });
      this.grid = make("div", { class: "glass-grid" },
        this.stage, this.meta, this.panel, this.beside);
      root.append(
        make("div", { class: "glass-top" },
          ...(ask ? [make("p", { class: "glass-ask" }, ask)] : []),
          this.buildBar()),
        this.grid);
      this.buildStage();
      this.buildPanel();
      this.side("plane");
      this.side("curve");
      this.said = make("p", { class: "glass-said", "aria-live": "polite" });
      this.buildMore();
      root.append(this.said);
    }

    // The plane and the curve are drawn by plane.js.
    side(name) {
      if (!glass[name]) return;
      const place = make("div", { class: `glass-side-${name}` });
      this.beside.append(place);
      this[name] = glass[name].mount(place, this.model);
    }

    buildBar() {
      const { model } = this;
      this.backButton = button("Step back", {
        onclick: () => this.run(() => model.back()),
      });
      this.stepButton = button("Step", {
        onclick: () => this.run(() => model.train(1)),
      });
      this.playButton = button("", {
        class: "glass-play", onclick: () => this.toggle(),
      });
      this.resetButton = button("Reset", {
        onclick: () => { this.stop(); this.old = null; model.reset(); },
      });
      this.speedButton = button("", {
        class: "glass-speed", title: "How fast it plays", onclick: () => {
          this.speed = this.speed === 100 ? 1 : this.speed * 10;
          this.ask();
        },
      });
      this.speedShown = make("span");
      this.speedUnit = make("span", { class: "glass-unit-of" });
      this.speedButton.append(this.speedShown, this.speedUnit);
      return make("div", {
        class: "glass-bar", role: "group", "aria-label": "Training",
      }, this.backButton, this.stepButton, this.playButton,
      this.speedButton, this.resetButton, ...this.wholeScreen());
    }
    wholeScreen() {
      if (!this.model.spec.full || !document.fullscreenEnabled) return [];
      const { root } = this, whole = () => document.fullscreenElement === root;
      const made = button("Full screen", {
        class: "glass-whole",
        onclick: () => (whole() ? document.exitFullscreen()
          : root.requestFullscreen().catch(() => { made.hidden = true; })),
      });
      root.addEventListener("fullscreenchange", () =>
        set(made, "text", whole() ? "Leave full screen" : "Full screen"));
      return [made];
    }

    // Two or more buttons of which one is pressed.
    choice(name, options, act) {
      const buttons = Object.entries(options).map(([value, text]) =>
        [value, button(text, { onclick: () => act(value) })]);
      return {
        element: make("div", {
          class: "glass-choice", role: "group", "aria-label": name,
        }, ...buttons.map(([, element]) => element)),
        show(now) {
          for (const [value, element] of buttons)
            set(element, "aria-pressed", String(value === now));
        },
      };
    }

    buildStage() {
      const { model, stage } = this, m = model.Y.c;
      this.modes = this.choice("Direction",
        { forward: "Forward", backward: "Backward" },
        (mode) => this.turn(mode));
      this.scope = this.choice("What the units show",
        { one: "Sample", batch: "Batch" },
        (value) => { this.batch = value === "batch"; this.ask(); });
      const turn = (by) => () =>
        model.take((model.sample + by + model.Y.c) % model.Y.c);
      this.number = make("input", {
        type: "number", min: 1, max: m, "aria-label": "Sample",
        onchange: () => {
          const wanted = Math.round(this.number.valueAsNumber) - 1;
          if (wanted >= 0 && wanted < model.Y.c) model.take(wanted);
          else this.number.value = model.sample + 1;
        },
      });
      this.count = make("span");
      this.samples = make("div", {
        class: "glass-samples", role: "group", "aria-label": "Sample",
      }, button("‹", { "aria-label": "Previous sample", onclick: turn(-1) }),
      make("span", { class: "glass-of" }, this.number, this.count),
      button("›", { "aria-label": "Next sample", onclick: turn(1) }));
      this.heads = make("svg:g", { class: "glass-heads" });
      this.halo = make("svg:line", { class: "glass-halo" });
      this.top = make("svg:line", { class: "glass-line-of" });
      this.lines = make("svg:g");
      this.units = make("svg:g");
      this.tag = make("svg:g", { class: "glass-tag", "aria-hidden": "true" },
        make("svg:rect", { rx: 9, height: 18 }),
        make("svg:text", { y: 13 }));
      this.svg = make("svg:svg", {
        class: "glass-svg", role: "group",
        "aria-label": "Network. Arrow keys move along it, Enter opens a "
          + "number, plus and minus change it.",
        onkeydown: (event) => this.key(event),
        onfocusin: (event) => this.focused(event.target),
        onpointerdown: (event) => this.press(event),
        onpointermove: (event) => this.drag(event),
        onpointerup: (event) => this.release(event),
        onpointercancel: (event) => this.release(event),
      }, this.heads, this.lines, this.halo, this.top, this.units, this.tag);
      this.legend = make("p", { class: "glass-about" });
      this.cost = button("", { class: "glass-cost", onclick: () =>
        this.open({ kind: "J" }) });
      this.score = make("span");
      this.epoch = make("span");
      stage.append(this.modes.element, this.svg, this.legend);
      this.meta.append(
        make("div", { class: "glass-under" },
          this.scope.element, this.samples),
        make("p", { class: "glass-status" },
          this.cost, this.score, this.epoch));
      this.drawn();
    }

    // The items of the drawing, one group each; again when sizes change.
    drawn() {
      const { model } = this;
      this.shape = null; // where things stand is to be found again
      this.sizesDrawn = model.net.n.join();
      this.grid.classList.toggle("has-plane",
        Boolean(glass.plane) && model.net.n[0] <= 2);
      this.items = itemsOf(model.net);
      this.byId = new Map(this.items.map((it) => [it.id, it]));
      this.lines.replaceChildren();
      this.units.replaceChildren();
      for (const it of this.items) {
        const group = make("svg:g", {
          class: `glass-item glass-${it.item}`, role: "button",
          tabindex: -1, "data-id": it.id,
        });
        it.group = group;
        if (it.item === "weight") {
          it.hit = make("svg:line", { class: "glass-hit" });
          it.line = make("svg:line", { class: "glass-line-of" });
          group.append(it.hit, it.line);
          this.lines.append(group);
          continue;
        }
        it.back = make("svg:rect", { class: "glass-back" });
        it.shape = make("svg:rect", { class: "glass-shape" });
        it.text = make("svg:text", { class: "glass-number" });
        group.append(it.back, it.shape, it.text);
        this.units.append(group);
      }
      this.names = model.net.n.map((_, l) => make("svg:text", {
        style: `text-anchor: ${
          l === 0 ? "start" : l === model.net.L ? "end" : "middle"}`,
      }));
      this.heads.replaceChildren(...this.names);
      this.current = this.byId.get(idOf(model.chosen))
        ?? this.byId.get("unit 0 0");
      set(this.current.group, "tabindex", 0);
    }

    buildPanel() {
      const { panel } = this;
      this.up = button("‹", {
        class: "glass-up", "aria-label": "Back to the number before",
        onclick: () => {
          const last = this.trail.pop();
          if (last) this.model.choose(last);
          this.title.focus({ preventScroll: true });
        },
      });
      this.title = make("span", { class: "glass-opened", tabindex: -1 });
      this.value = make("strong", { class: "glass-value" });
      this.slider = make("input", {
        type: "range", oninput: () => this.change(this.slider),
        onpointerdown: () => { this.gesture = null; },
      });
      this.field = make("input", {
        type: "number", step: "any", class: "glass-field",
        oninput: () => this.change(this.field),
        onkeydown: (event) => {
          const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
          if (!by) return;
          event.preventDefault();
          this.nudge(by);
        },
        onblur: () => this.ask(),
      });
      this.editor = make("div", { class: "glass-edit" },
        this.slider, this.field);
      this.above = make("div", { class: "glass-equations" });
      this.below = make("div", { class: "glass-equations" });
      const value = (name, text) =>
        make("div", {}, make("span", {}, ...text), this[name]);
      this.checkSaid = make("strong");
      this.checkValue = make("strong");
      this.checkSymbol = make("span");
      this.checkLink = make("a", { hidden: true });
      this.checkMark = make("span", { class: "glass-mark" });
      this.checkSentence = make("p");
      this.check = make("div", { class: "glass-check" },
        value("checkSaid", [this.checkSymbol, " formula"]),
        value("checkValue", ["difference ", this.checkLink]),
        this.checkMark, this.checkSentence);
      this.stepResult = make("span");
      this.steps = make("details", { class: "glass-steps", ontoggle: () =>
        this.ask() }, make("summary", {}, "One step: ", this.stepResult),
      this.below);
      this.beforeBox = make("table", { class: "glass-before" });
      // The number under the pointer, or with the focus, lights up where it
      // stands in the drawing.
      for (const name of ["pointerover", "focusin"])
        panel.addEventListener(name, ({ target }) =>
          this.light(target.closest("button")?.place));
      for (const name of ["pointerleave", "focusout"])
        panel.addEventListener(name, () => this.light(null));
      panel.append(
        make("div", { class: "glass-head" }, this.up, this.title, this.value),
        this.editor, this.beforeBox, this.above, this.check, this.steps);
      this.buildQuiz();
    }

    // A number of this network to compute: the drawing hides it meanwhile.
    buildQuiz() {
      this.quizButton = button("Ask me for a number", { onclick: () => {
        this.stop();
        this.batch = false;
        this.quiz = glass.quiz.draw(this.model);
        this.quizField.value = "";
        set(this.quizSaid, "text", "");
        set(this.quizCard, "data-state", "asked");
        this.open({ kind: "J" });
        this.draw();
        this.quizField.focus({ preventScroll: true });
      } });
      this.quizAsked = make("p");
      this.quizRule = make("span");
      this.quizLink = make("a", { hidden: true });
      this.quizField = make("input", {
        type: "text", inputmode: "decimal", autocomplete: "off",
        "aria-label": "Your answer",
        onkeydown: (event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          this.answer();
        },
      });
      this.quizSaid = make("p", { role: "status" });
      this.quizCard = make("div", {
        class: "glass-quiz", role: "group", "aria-label": "Compute it yourself",
      }, this.quizAsked,
      make("p", { class: "glass-rule" }, this.quizRule, this.quizLink),
      make("div", { class: "glass-quiz-field" }, this.quizField,
        button("Check", { onclick: () => this.answer() }),
        button("Show the way", { onclick: () => this.tellQuiz() })),
      this.quizSaid);
      this.panel.append(this.quizCard,
        make("div", { class: "glass-quiz-ask" }, this.quizButton));
    }
    answer() {
      const found = glass.quiz.judge(this.quiz, this.quizField.value);
      set(this.quizCard, "data-state", found.state);
      set(this.quizSaid, "text", found.text);
      if (found.state === "right") this.tellQuiz();
    }
    // Its equation with its numbers, as of any other number.
    tellQuiz() {
      const { place } = this.quiz;
      const right = this.quizCard.dataset.state === "right";
      this.quiz = null;
      this.open(place);
      if (!right) set(this.quizSaid, "text", "");
      this.title.focus({ preventScroll: true });
    }
    drawQuiz() {
      const { quiz } = this;
      const right = this.quizCard.dataset.state === "right";
      set(this.quizCard, "hidden", !quiz && !right);
      set(this.quizButton, "text",
        quiz || right ? "Ask for another" : "Ask me for a number");
      set(this.quizButton, "disabled", Boolean(this.model.wrong));
      for (const part of [...this.quizCard.children].slice(0, 3))
        set(part, "hidden", !quiz);
      if (!quiz) return;
      set(this.quizAsked, "text", quiz.asked);
      this.fill(this.quizRule, quiz.rule);
      this.link(this.quizLink, quiz.key);
    }
    // Whether a unit of the drawing is the one that is asked for.
    asks({ item, l, i }) {
      const place = this.quiz?.place;
      return item === "unit" && place?.l === l && place?.i === i;
    }

    light(place) {
      if (this.lit) set(this.lit.group, "data-lit", null);
      this.lit = place && this.byId.get(idOf(place));
      if (this.lit) set(this.lit.group, "data-lit", "true");
    }

    buildMore() {
      const { root, model } = this;
      this.wrongNote = make("span");
      this.refusal = make("span", { class: "glass-refusal" });
      this.wrongBar = make("p", { class: "glass-wrong" }, this.wrongNote,
        this.refusal,
        button("Use the right formula", { onclick: () => {
          model.break(null);
          this.stepButton.focus({ preventScroll: true });
        } }));
      this.meta.append(this.wrongBar);
      if (glass.tools) {
        const inside = make("div"), starts = make("div", {
          class: "glass-starts" });
        this.tools = glass.tools.mount(inside, model, starts);
        if (starts.firstChild) root.append(starts);
        root.append(make("details", {
          class: "glass-more", open: Boolean(model.spec.full),
        }, make("summary", {}, "Settings"), inside));
      }
      if (!glass.share) return;
      this.copied = make("span", { role: "status", class: "glass-copied" });
      const copy = (text, said) => async () => {
        try {
          await navigator.clipboard.writeText(text());
          this.copied.textContent = said;
        } catch {
          this.copied.textContent = "";
          this.source.hidden = false;
          this.source.value = text();
          this.source.focus();
          this.source.select();
        }
        setTimeout(() => { this.copied.textContent = ""; }, 4000);
      };
      this.source = make("textarea", {
        hidden: true, readonly: true, rows: 6, "aria-label": "To copy",
      });
      const address = () => {
        const url = new URL(location.href);
        url.hash = glass.share.toHash(model, this.nth);
        return url.href;
      };
      root.append(make("div", { class: "glass-share" },
        button("Copy as Python", { onclick: copy(
          () => glass.share.python(model), "The lines are copied.") }),
        ...(this.nth === null ? [] : [button("Copy the link", {
          onclick: copy(address, "The link is copied.") })]),
        this.copied, this.source));
    }

    // What the reader does --------------------------------------------------

    open(place, { follow = false } = {}) {
      if (follow) this.trail.push(this.model.chosen);
      else this.trail = [];
      this.gesture = null;
      this.model.choose(place);
      if (follow) this.title.focus({ preventScroll: true });
    }

    // Forward a unit opens as a, backward as dz.
    turn(mode) {
      const { model } = this, { chosen } = model;
      const unit = { forward: "a", backward: "dz" }[mode];
      if (ITEM[chosen.kind] === "unit" && chosen.kind !== "x")
        model.chosen = { ...chosen, kind: unit };
      model.show(mode);
    }

    placeOf({ item, l, i, k }) {
      if (item === "weight") return { kind: "W", l, i, k };
      if (item === "bias") return { kind: "b", l, i, k };
      if (item === "label") return { kind: "y", l, i, k };
      if (l === 0) return { kind: "x", l, i, k };
      const kind = this.model.mode === "backward" ? "dz" : "a";
      return { kind, l, i, k };
    }

    // A change is one gesture as long as it concerns one number: its "before"
    // is what stood there when it began.
    begin(place) {
      const id = idOf(place);
      if (this.gesture === id) return;
      this.gesture = id;
      this.keep();
    }
    keep() {
      const { net, X, Y } = this.model;
      this.old = { net, X, Y };
    }
    put(place, value) {
      if (!Number.isFinite(value)) return;
      this.stop();
      this.begin(place);
      const { model } = this;
      // A label is a probability, but where the error is squared.
      if (place.kind === "y" && model.loss !== "euclidean")
        value = Math.min(1, Math.max(0, value));
      // Labels of several classes are one choice.
      if (place.kind === "y" && model.Y.r > 1
          && model.loss === "cross_entropy")
        for (let i = 0; i < model.Y.r; i++)
          if (i !== place.i) model.set({ ...place, i }, (1 - value)
            / (model.Y.r - 1));
      model.set(place, value);
    }
    change(input) {
      const place = owned(this.model.chosen);
      if (place.kind) this.put(place, input.valueAsNumber);
    }
    nudge(by, place = this.model.chosen) {
      const own = owned(place);
      if (!own.kind) return;
      const now = this.model.value(own), binary = own.kind === "y";
      const next = now + by * (binary ? 1 : 0.1);
      this.put(own, binary
        ? Math.min(1, Math.max(0, next)) : Number(next.toFixed(6)));
    }

    run(act) {
      this.stop();
      this.gesture = null;
      this.keep();
      act();
    }
    toggle() {
      if (this.playing) { this.stop(); return; }
      if (!this.model.grads) return;
      this.gesture = null;
      this.keep();
      if (still()) { this.model.train(this.speed * 10); return; }
      const frame = () => {
        const ran = this.model.train(this.speed);
        if (ran < this.speed) { this.stop(); return; }
        this.playing = requestAnimationFrame(frame);
        this.draw();
      };
      this.playing = requestAnimationFrame(frame);
      this.ask();
    }
    // Once, when about half of the drawing is first seen, the open number
    // swings through zero to its opposite and comes home. Whoever touches the
    // box ends it.
    swing() {
      const place = this.model.chosen, { root } = this;
      if (!["W", "b"].includes(place.kind) || still()) return;
      const home = this.model.value(place);
      const seen = new IntersectionObserver(([entry]) => {
        if (!entry.isIntersecting) return;
        seen.disconnect();
        const began = performance.now();
        const frame = (now) => {
          const t = Math.min(1, Math.max(0, (now - began) / SWING));
          if (t === 1 || this.gone) { end(); return; }
          this.swinging = requestAnimationFrame(frame);
          const turn = 2 * Math.PI * t * t * (3 - 2 * t);
          this.model.set(place, home * Math.cos(turn));
        };
        this.swinging = requestAnimationFrame(frame);
      }, { threshold: 0.4 });
      const touches = ["pointerdown", "keydown", "focusin"];
      const end = () => {
        seen.disconnect();
        for (const kind of touches) root.removeEventListener(kind, end, true);
        if (!this.swinging) return;
        cancelAnimationFrame(this.swinging);
        this.model.set(place, home);
        this.draw();
        clearTimeout(this.later); // nothing has changed: nothing is said
        this.swinging = 0;
      };
      for (const kind of touches) root.addEventListener(kind, end, true);
      seen.observe(this.stage);
    }
    stop() {
      if (!this.playing) return;
      cancelAnimationFrame(this.playing);
      this.playing = 0;
      this.ask();
    }

    // Keys and fingers -------------------------------------------------------

    itemAt(target) {
      const group = target.closest?.("[data-id]");
      return group && this.byId.get(group.dataset.id);
    }
    focused(target) {
      const item = this.itemAt(target);
      if (!item || item === this.current) return;
      set(this.current.group, "tabindex", -1);
      this.current = item;
      set(item.group, "tabindex", 0);
    }
    go(id) {
      const item = this.byId.get(id);
      if (!item) return;
      this.focused(item.group);
      item.group.focus({ preventScroll: false });
    }

    // Left and right go along edges from layer to layer, up and down stay
    // within a layer; what belongs to a unit stands below it.
    key(event) {
      const it = this.itemAt(event.target);
      if (!it || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = {
        ArrowLeft: () => this.along(it, -1),
        ArrowRight: () => this.along(it, 1),
        ArrowUp: () => this.within(it, -1),
        ArrowDown: () => this.within(it, 1),
        Home: () => this.go("unit 0 0"),
        End: () => this.go(`unit ${this.model.net.L} 0`),
        Enter: () => this.open(this.placeOf(it)),
        " ": () => this.open(this.placeOf(it)),
        "+": () => this.nudgeItem(it, 1),
        "=": () => this.nudgeItem(it, 1),
        "-": () => this.nudgeItem(it, -1),
        [MINUS]: () => this.nudgeItem(it, -1),
      }[event.key];
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    }
    nudgeItem(it, by) {
      const place = this.placeOf(it);
      if (!FREE[place.kind]) return;
      if (idOf(this.model.chosen) !== it.id) this.open(place);
      this.nudge(by, place);
    }
    along({ item, l, i, k }, by) {
      const { n, L } = this.model.net;
      if (item === "weight") {
        this.go(by > 0 ? `unit ${l} ${i}` : `unit ${l - 1} ${k}`);
      } else if (by > 0 && l < L) {
        this.go(`weight ${l + 1} ${Math.min(i, n[l + 1] - 1)} ${i}`);
      } else if (by < 0 && l > 0) {
        this.go(`weight ${l} ${i} ${Math.min(i, n[l - 1] - 1)}`);
      }
    }
    within(it, by) {
      const column = this.items.filter((other) =>
        other.l === it.l && (other.item === "weight")
          === (it.item === "weight"));
      const next = column[column.indexOf(it) + by];
      if (next) this.go(next.id);
    }

    press(event) {
      const it = this.itemAt(event.target);
      if (!it || event.button) return;
      const place = this.placeOf(it);
      const own = owned(place);
      this.held = {
        id: event.pointerId, x: event.clientX, place: own, it,
        start: own.kind ? this.model.value(own) : NaN,
      };
      if (event.pointerType !== "touch") this.take(it);
    }
    take(it) {
      this.svg.setPointerCapture?.(this.held.id);
      if (idOf(this.model.chosen) !== it.id) this.open(this.placeOf(it));
      this.focused(it.group);
      it.group.focus({ preventScroll: true });
    }
    // Sideways the number moves; up and down the page scrolls.
    drag(event) {
      const { held } = this;
      if (!held || event.pointerId !== held.id) return;
      const by = event.clientX - held.x;
      if (!held.moved && Math.abs(by) < 5) return;
      if (!held.place.kind) return;
      if (!held.moved) {
        held.moved = true;
        this.gesture = null;
        this.take(held.it);
      }
      const unit = Math.max(1, Math.abs(held.start)) / 100;
      const value = held.start + by * unit;
      this.put(held.place, held.place.kind === "y"
        ? Number(value > 0.5) : Number(value.toFixed(4)));
    }
    release(event) {
      const { held } = this;
      if (!held || event.pointerId !== held.id) return;
      if (event.type === "pointerup" && !held.moved) this.take(held.it);
      this.held = null;
    }

    // Drawing ---------------------------------------------------------------

    heard(what) {
      // The number that is asked for is open, or another one now.
      const { place } = this.quiz ?? {}, { chosen } = this.model;
      const told = place && chosen.kind === place.kind
        && chosen.l === place.l && chosen.i === place.i;
      if (place && (told || !/^(chosen|mode)$/.test(what))) {
        this.quiz = null;
        set(this.quizCard, "data-state", "asked");
      }
      if (/^(reset|restored|data|net)$/.test(what)) {
        this.old = null;
        this.gesture = null;
        this.held = null; // what is dragged may be another number now
        this.trail = []; // or gone
      }
      this.ask();
      this.onChange(what);
    }
    ask() {
      if (this.gone || this.asked) return;
      this.asked = requestAnimationFrame(() => this.draw());
    }
    draw() {
      cancelAnimationFrame(this.asked);
      this.asked = 0;
      if (this.gone) return;
      if (this.model.net.n.join() !== this.sizesDrawn) {
        this.drawn();
        this.place();
        return;
      }
      // These read their size: first, while the page is still laid out.
      this.plane?.draw();
      this.curve?.draw();
      this.drawBar();
      if (this.shape) this.drawNet();
      this.drawPanel();
      clearTimeout(this.later);
      this.later = setTimeout(() => this.speak(), PAUSE);
    }
    speak() {
      if (this.playing || this.swinging || this.gone) return;
      const { model } = this, parts = [
        `${this.title.textContent} ${this.value.textContent}`];
      if (!this.check.hidden)
        parts.push(`${this.checkSymbol.textContent} ${
          this.checkSaid.textContent} ${
          this.checkMark.textContent.replace(/^\W+/, "")}`);
      parts.push(this.cost.textContent, `epoch ${model.epoch}`);
      if (!Number.isFinite(model.J)) parts.push(this.score.textContent);
      if (this.refusal.textContent) parts.push(this.refusal.textContent);
      set(this.said, "text", parts.join(". "));
    }

    // Laid out again whenever the box has another width: it may have begun
    // where it was hidden, with none.
    place() {
      const width = Math.floor(this.stage.clientWidth);
      if (!width) return;
      const shape = this.shape = layout(this.model.net, width);
      const { svg, model } = this, { n, L } = model.net;
      set(svg, "viewBox", `0 0 ${width} ${shape.height}`);
      set(svg, "width", width);
      set(svg, "height", shape.height);
      for (const it of this.items) {
        const { item, l, i, k } = it;
        if (item === "weight") {
          it.ends = {
            x1: shape.x(l - 1) + shape.rx, y1: shape.y(l - 1, k),
            x2: shape.x(l) - shape.rx, y2: shape.y(l, i),
          };
          for (const [key, value] of Object.entries(it.ends)) {
            set(it.line, key, value);
            set(it.hit, key, value);
          }
          continue;
        }
        it.full = item === "unit" || shape.roomy[l];
        set(it.group, "data-dot", String(!it.full));
        const x = shape.x(l), y = shape.y(l, i);
        const half = item === "unit" ? [shape.rx, shape.ry]
          : it.full ? [Math.min(shape.rx + 3, 26), 9] : [5, 5];
        const at = item === "unit" ? [x, y]
          : item === "bias"
            ? it.full ? [x, y + shape.ry + 12]
              : [x - shape.rx + 4, y + shape.ry - 1]
            : it.full ? [x, y - shape.ry - 12]
              : [x + shape.rx - 4, y - shape.ry + 1];
        for (const rect of [it.back, it.shape]) {
          set(rect, "x", at[0] - half[0]);
          set(rect, "y", at[1] - half[1]);
          set(rect, "width", 2 * half[0]);
          set(rect, "height", 2 * half[1]);
          set(rect, "rx", half[1]);
        }
        set(it.text, "x", at[0]);
        set(it.text, "y", at[1] + (item === "unit" ? 4.5 : 4));
      }
      this.names.forEach((text, l) => {
        const first = l === 0, last = l === L;
        set(text, "x", first ? 2 : last ? width - 2 : shape.x(l));
        set(text, "y", 12);
        const g = model.net.g[l];
        const room = (width / (L + 1)) > 96;
        set(text, "text", first ? (n[0] > 1 ? "inputs" : "input")
          : room ? `layer ${l}: ${g.replace(/[_(].*/, "")}` : `layer ${l}`);
      });
      this.draw();
    }

    drawBar() {
      const { model } = this, can = Boolean(model.grads);
      set(this.backButton, "disabled", !model.past.length);
      set(this.stepButton, "disabled", !can);
      set(this.playButton, "disabled", !can && !this.playing);
      const many = this.speed * 10;
      set(this.playButton, "text", this.playing ? "❚❚ Pause"
        : still() ? `▶ ${many} steps` : "▶ Play");
      set(this.speedShown, "text", `${this.speed}×`);
      const epochs = this.speed > 1 ? "epochs" : "epoch";
      set(this.speedUnit, "text", `${this.speed} ${epochs} a frame`);
      set(this.speedButton, "aria-label", `${this.speed}× ${this.speed} ${
        epochs} a frame`);
      this.modes.show(model.mode);
      this.scope.show(this.batch ? "batch" : "one");
      set(this.samples, "hidden", this.batch || model.Y.c < 2);
      if (document.activeElement !== this.number)
        this.number.value = model.sample + 1;
      set(this.number, "max", model.Y.c);
      set(this.count, "text", ` of ${model.Y.c}`);
      set(this.cost, "text", `J = ${glass.words.number(model.J, 4)}`);
      const labels = model.net.g[model.net.L] !== "identity";
      const lost = !Number.isFinite(model.J);
      set(this.score, "text", lost ? "Some numbers are too large for a "
        + "computer. Reset starts again." : labels
        ? `${model.right()} of ${model.Y.c} right` : "");
      set(this.score, "hidden", !labels && !lost);
      set(this.epoch, "text", `epoch ${model.epoch}`);
      set(this.refusal, "text", model.refusal
        ? `${model.refusal.replace(/\.?$/, ".")}${
          model.wrong?.startsWith("transpose")
            ? " The transpose is what makes it fit." : ""}` : "");
      set(this.refusal, "hidden", !model.refusal);
      const wrong = model.wrong && glass.engine.WRONG[model.wrong];
      set(this.wrongNote, "text", wrong
        ? `Broken on purpose: ${wrong.name ?? wrong}.` : "");
      set(this.wrongBar, "hidden", !wrong && !model.refusal);
    }

    // The number that an item shows, and its symbol.
    shown(it) {
      const { model, batch } = this, { item, l, i, k } = it;
      const backward = model.mode === "backward";
      if (item === "label") {
        const { Y } = model;
        return { name: batch ? "mean of y" : "y", value: batch
          ? mean(Y, i) : model.value({ kind: "y", l, i, k }) };
      }
      if (item === "weight" || item === "bias") {
        const own = item === "weight" ? "W" : "b";
        const kind = backward ? `d${own}` : own;
        return { name: kind, value: model.value({ kind, l, i, k }) };
      }
      if (l === 0)
        return { name: batch ? "mean of x" : "x", value: batch
          ? mean(model.X, i) : model.value({ kind: "x", l, i, k }) };
      if (batch)
        return backward
          ? { name: "sum of dz",
            value: model.value({ kind: "db", l, i, k: 0 }) }
          : { name: "mean of a", value: mean(model.cache.A[l], i) };
      const kind = backward ? "dz" : "a";
      return { name: kind, value: model.value({ kind, l, i, k }) };
    }

    drawNet() {
      const { model, items } = this, backward = model.mode === "backward";
      const { L } = model.net;
      set(this.svg, "data-mode", model.mode);
      for (const it of items) it.now = this.shown(it);
      // One factor for what flows back, one for dW and db.
      const scaled = (it) => backward
        && (it.item === "weight" || it.item === "bias"
          || (it.item === "unit" && it.l > 0));
      const kinds = { unit: [], rest: [] };
      for (const it of items)
        if (scaled(it))
          kinds[it.item === "unit" ? "unit" : "rest"].push(it.now.value);
      const e = {
        unit: factor(kinds.unit), rest: factor(kinds.rest),
      };
      const top = { weight: 1e-300, bias: 1e-300, unit: 1e-300 };
      for (const it of items) {
        const size = Math.abs(it.now.value);
        if (Number.isFinite(size) && it.item in top
            && (it.item !== "unit" || it.l > 0 || !backward))
          top[it.item] = Math.max(top[it.item], size);
      }
      const feeds = this.feeds(), chosenId = idOf(model.chosen);
      for (const it of items) {
        const { value, name } = it.now, { l, i, k } = it;
        const up = scaled(it) ? e[it.item === "unit" ? "unit" : "rest"] : 0;
        const text = this.asks(it) ? "?"
          : it.item === "label" && Number.isInteger(value)
            ? String(value) : short(value / 10 ** up);
        const size = Number.isFinite(value) ? Math.abs(value) : 0;
        const full = text + (up && text !== "?" ? `·${power(up)}` : "");
        it.words = full;
        const negative = value < 0;
        const on = it.id === chosenId;
        set(it.group, "aria-pressed", String(on));
        set(it.group, "data-negative", String(negative));
        if (it.item === "weight") {
          const share = size / top.weight;
          const width = 0.75 + (this.shape.many ? 3.75 : 5.25) * share;
          set(it.line, "stroke-width", width.toFixed(2));
          set(it.line, "stroke-dasharray", negative
            ? `${(2.5 + width * 0.6).toFixed(1)} ${(2 + width * 0.45)
              .toFixed(1)}` : "none");
          const faint = feeds && !feeds(it) ? 0.3 : 1;
          set(it.line, "stroke-opacity",
            (faint * (0.35 + 0.6 * share)).toFixed(2));
          const below = l === 1 ? `x${low(k + 1)}` : `unit ${k + 1}`;
          set(it.group, "aria-label",
            `${name} = ${full}, from ${below} to unit ${i + 1} `
            + `of layer ${l}`);
          if (on) this.point(it, text);
          continue;
        }
        const full_ = it.item === "unit" ? text
          : `${name.replace(/^.* of /, "")} ${text}`;
        set(it.text, "text", it.full ? full_ : "");
        set(it.text, "data-long", String(full_.length
          > (this.shape.many ? 5 : 6)));
        set(it.group, "aria-label", it.item === "label"
          ? `${name} ${text}, the label of output ${i + 1}`
          : l === 0 ? `${name} = ${text}, input x${low(i + 1)}`
            : it.item === "bias"
              ? `${name} ${text}${up ? `·${power(up)}` : ""}, bias of unit `
                + `${i + 1} of layer ${l}`
              : `${name} = ${full}, unit ${i + 1} of layer ${l}`);
        if (it.item === "unit") {
          const share = size / (backward ? top.unit : Math.max(1, top.unit));
          const plain = backward && l === 0;
          set(it.shape, "fill-opacity", plain ? 0
            : (0.04 + 0.46 * Math.min(1, share)).toFixed(2));
          set(it.group, "data-plain", String(plain));
        }
      }
      const chosen = this.byId.get(idOf(model.chosen));
      if (chosen?.item !== "weight") {
        set(this.halo, "visibility", "hidden");
        set(this.top, "visibility", "hidden");
        set(this.tag, "visibility", "hidden");
      }
      const m = model.Y.c;
      const unit = backward
        ? this.batch ? `Units: Σ dz of ${m} samples` : "Units: dz"
        : this.batch ? `Units: mean a of ${m} samples` : "Units: a";
      const power_ = (p) => (p ? ` in ${power(p)}` : "");
      set(this.legend, "text", backward
        ? `${unit}${power_(e.unit)}. Lines dW, below db${power_(e.rest)}.`
        : `${unit}. Lines: W, dashed below 0.`);
    }

    // Of an open unit the lines that make its number: those that come in,
    // or backward those that go out.
    feeds() {
      const { kind, l, i } = this.model.chosen;
      if (kind === "a" || kind === "z" || kind === "b" || kind === "db")
        return (it) => it.l === l && it.i === i;
      if ((kind === "dz" || kind === "da") && l < this.model.net.L)
        return (it) => it.l === l + 1 && it.k === i;
      return null;
    }

    // The chosen weight: a halo under its line, and its number on it.
    point(it, text) {
      const { halo, tag } = this, { x1, y1, x2, y2 } = it.ends;
      for (const [key, value] of Object.entries(it.ends)) {
        set(halo, key, value);
        set(this.top, key, value);
      }
      for (const key of ["stroke-width", "stroke-dasharray"])
        set(this.top, key, it.line.kept[key]);
      set(halo, "visibility", "visible");
      set(this.top, "visibility", "visible");
      set(tag, "visibility", "visible");
      const [rect, label] = tag.children;
      set(label, "text", text);
      const width = 12 + 6.7 * text.length;
      const x = Math.min(this.shape.width - width - 1,
        Math.max(1, x1 + (x2 - x1) * 0.5 - width / 2));
      const y = Math.max(16, y1 + (y2 - y1) * 0.5 - 9);
      set(rect, "width", width.toFixed(1));
      set(label, "x", (width / 2).toFixed(1));
      set(tag, "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    }

    // The panel --------------------------------------------------------------

    drawPanel() {
      const { model } = this, place = model.chosen;
      const title = glass.words.title(model, place);
      set(this.title, "text", title.name);
      set(this.value, "text", title.value);
      set(this.up, "hidden", !this.trail.length);
      set(this.panel, "data-kind", place.kind);
      this.drawEditor(place, title);
      this.drawLines(place, glass.words.lines(model, place));
      this.drawCheck(place);
      this.drawBefore(place);
      this.drawQuiz();
    }

    drawEditor(place, { name }) {
      const { model, slider, field } = this, own = owned(place);
      set(this.editor, "hidden", !own.kind);
      if (!own.kind) return;
      const now = model.value(own), id = `${idOf(own)} ${own.kind}`;
      const binary = own.kind === "y" && model.loss !== "euclidean";
      if (this.edited !== id || now > Number(slider.max)
          || now < Number(slider.min)) {
        this.edited = id;
        const reach = binary ? 1
          : Math.max(own.kind === "x" ? 2 : 5, Math.ceil(Math.abs(now) * 1.6));
        slider.min = binary ? 0 : -reach;
        slider.max = reach;
        slider.step = binary ? 1 : "any";
      }
      if (slider.valueAsNumber !== now) slider.value = now;
      set(slider, "aria-label", `Change ${name}`);
      set(field, "aria-label", `${name}, as a number`);
      set(slider, "aria-valuetext", short(now));
      if (document.activeElement !== field || field.valueAsNumber !== now) {
        const text = String(Number(now.toPrecision(7)));
        if (document.activeElement !== field || this.held
            || Math.abs(field.valueAsNumber - now) > 1e-9) field.value = text;
      }
    }

    // First what the number is, and its derivative; then, folded, a step.
    drawLines(place, lines) {
      const at = "WbdWdb".includes(place.kind) ? lines.findIndex(({ key }) =>
        key === "dW" || key === "db") + 1 : 0;
      this.list(this.above, at ? lines.slice(0, at) : lines);
      const rest = at ? lines.slice(at) : [];
      set(this.steps, "hidden", !rest.length);
      if (!rest.length) return;
      const own = owned(place);
      set(this.stepResult, "text", `${
        glass.words.number(this.model.value(own), 4)} → ${
        rest.at(-1).result}`);
      if (this.steps.open) this.list(this.below, rest);
    }
    list(box, lines) {
      lines.forEach((line, at) => {
        let row = box.children[at];
        if (!row) {
          row = make("div", { class: "glass-equation" },
            make("div", { class: "glass-rule" },
              make("span"), make("a", { hidden: true })),
            make("div", { class: "glass-parts" },
              make("span"), make("span"), make("strong")));
          box.append(row);
        }
        const [rule, parts] = row.children;
        this.fill(rule.children[0], line.rule);
        this.link(rule.children[1], line.key);
        const same = line.parts.length === 1 && !line.parts[0].place
          && line.parts[0].text === line.result;
        const equals = { text: "= ", kind: "op" };
        this.fill(parts.children[0],
          same ? [equals] : [equals, ...line.parts]);
        set(parts.children[1], "text", same ? "" : " = ");
        set(parts.children[2], "text", line.result);
        set(row, "data-wrong", String(Boolean(line.wrong)));
        this.more(row, line);
      });
      while (box.children.length > lines.length) box.lastChild.remove();
    }

    // Tokens become spans, and buttons where they open a number. What is of
    // the same sort stays, so that it keeps the focus.
    fill(element, tokens) {
      tokens.forEach((token, at) => {
        const name = token.place ? "button" : "span";
        let child = element.children[at];
        if (child?.localName !== name) {
          const made = name === "button"
            ? button("", { onclick: () =>
              this.open(made.place, { follow: true }) })
            : make("span");
          if (child) child.replaceWith(made);
          else element.append(made);
          child = made;
        }
        child.place = token.place;
        const key = `${token.text}|${token.sub ?? ""}|${token.sup ?? ""}`;
        if (child.key !== key) {
          child.key = key;
          child.replaceChildren(token.text);
          const { sub, sup } = token;
          const low = sub && make("sub", {}, sub);
          const high = sup && make("sup", {}, sup);
          if (sub && sup)
            child.append(make("span", { class: "glass-both" }, high, low));
          else if (sub || sup) child.append(low || high);
        }
        set(child, "class", token.kind ? `glass-is-${token.kind}` : null);
        if (token.place) {
          set(child, "aria-label", child.textContent + ", open "
            + glass.words.title(this.model, token.place).name);
          set(child, "data-kind", token.place.kind);
          set(child, "data-same", String(
            this.same(token.place, this.model.chosen)));
        }
      });
      while (element.children.length > tokens.length)
        element.lastChild.remove();
    }

    same(a, b) {
      return a.kind === b.kind && idOf(a) === idOf(b)
        && (a.s ?? this.model.sample) === (b.s ?? this.model.sample);
    }

    link(anchor, key) {
      const label = key && (glass.words.EQUATIONS?.[key] ?? key);
      const found = label && this.equations[label];
      set(anchor, "hidden", !found);
      if (!found) return;
      const [address, number] = found;
      set(anchor, "href", address);
      set(anchor, "text", `(${number})`);
      set(anchor, "aria-label", `(${number}), this equation in the book`);
    }

    // All terms of a sum, in a table that opens.
    more(row, line) {
      let fold = row.children[2];
      if (!line.more) { fold?.remove(); return; }
      if (!fold) {
        const table = make("table");
        fold = make("details", { class: "glass-terms" },
          make("summary", {}, "All terms"),
          make("div", {
            tabindex: 0, role: "group", "aria-label": "All terms",
          }, table));
        fold.addEventListener("toggle", () => this.ask());
        row.append(fold);
      }
      if (!fold.open || this.playing) return;
      const { head, rows } = line.more();
      table(fold.querySelector("table"), [head, ...rows]);
    }

    drawCheck(place) {
      const found = glass.words.verdict(this.model, place);
      set(this.check, "hidden", !found);
      if (!found) return;
      const [sign, text] = {
        agrees: ["✓", "agrees"], differs: ["✗", "differs"],
        small: ["○", "too small to tell"],
      }[found.verdict];
      set(this.check, "data-verdict", found.verdict);
      this.fill(this.checkSymbol, found.symbol);
      set(this.checkSaid, "text", found.said);
      set(this.checkValue, "text", found.text);
      this.link(this.checkLink, "difference");
      set(this.checkMark, "text", `${sign} ${text}`);
      set(this.checkSentence, "text", found.sentence);
      set(this.checkSentence, "hidden", found.verdict === "agrees");
    }

    // Old and new side by side, after a step or a change.
    drawBefore(place) {
      const { model, old } = this;
      const differs = old && (old.net !== model.net || old.X !== model.X
        || old.Y !== model.Y);
      set(this.beforeBox, "hidden", !differs || this.playing > 0);
      if (!differs || this.playing) return;
      const past = Object.assign(Object.create(model), old);
      past.compute();
      const own = /^(J|loss)$/.test(place.kind) ? null : place;
      const head = [""], rows = [["before"], ["now"]];
      const add = (name, f) => {
        head.push(name);
        [past, model].forEach((state, at) => rows[at].push(f(state)));
      };
      const number = (x) => glass.words.number(x, 4);
      if (own) add(own.kind, (state) => number(state.value(own)));
      if (own && FREE[own.kind] && "Wb".includes(own.kind))
        add(`d${own.kind}`, (state) =>
          number(state.value({ ...own, kind: `d${own.kind}` })));
      add("J", (state) => number(state.J));
      if (model.net.g[model.net.L] !== "identity")
        add("right", (state) => String(state.right()));
      table(this.beforeBox, [head, ...rows], true);
    }
  }

  // Rows of text in a table, the first as its head; in place.
  function table(element, rows, named = false) {
    rows.forEach((cells, r) => {
      const tr = element.rows[r] ?? element.insertRow();
      cells.forEach((cell, c) => {
        let td = tr.cells[c];
        if (!td) {
          const head = r ? named && !c && "row" : cell && "col";
          td = make(head ? "th" : "td", { scope: head || null });
          tr.append(td);
        }
        set(td, "text", String(cell));
      });
      while (tr.cells.length > cells.length) tr.deleteCell(-1);
    });
    while (element.rows.length > rows.length) element.deleteRow(-1);
  }

  function mean(M, i) {
    let sum = 0;
    for (let s = 0; s < M.c; s++) sum += M.d[i * M.c + s];
    return sum / M.c;
  }

  glass.view = {
    View, short, itemsOf, layout,
    mount: (element, spec, options) => new View(element, spec, options),
  };
})();
