/* The pad on the page: a sheet to draw on, the image of 8 by 8 that becomes
   of it, the answer with its ten probabilities, and the share of each pixel.

   pad.mount(element, spec, onChange) puts one into an element. Nothing that
   has the focus is ever built again: texts change in place. */

"use strict";

(() => {
  const { pad } = globalThis;
  const { CELLS, DOTS, MOST } = pad;
  const REST = 400; // ms without a change, before the answer is said aloud
  const PEN = 1.7; // radius of what is seen while drawing, in dots
  const LEAST = 0.08; // of the largest share: below it a pixel has no sign
  let count = 0;

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value);
    element.append(...children);
    return element;
  }
  const say = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };
  const percent = (p) => `${(100 * p).toFixed(1)}\u00a0%`;
  const signed = (x) =>
    `${x < 0 ? "\u2212" : "+"}${Math.abs(x).toFixed(2)}`;
  const place = (cell) => `row ${Math.floor(cell / CELLS)}, column `
    + `${cell % CELLS}`;

  class View {
    constructor(element, spec, onChange) {
      Object.assign(this, { spec, onChange, steps: [], cell: 27, shown: -1 });
      this.net = pad.network(spec);
      this.id = `pad-${++count}`;
      this.build();
      element.append(this.root);
      this.example();
      this.draw();
    }

    destroy() {
      clearTimeout(this.later);
      this.root.remove();
    }

    // Building -----------------------------------------------------------

    build() {
      const press = (text, onclick) =>
        make("button", { type: "button", onclick }, text);
      this.sheet = make("canvas", {
        class: "pad-sheet", width: 16 * DOTS, height: 16 * DOTS, role: "img",
        "aria-label": "Sheet to draw on. By keyboard, fill the squares of "
          + "the image below.",
        onpointerdown: (event) => this.begin(event),
        onpointermove: (event) => this.go(event),
        onpointerup: (event) => this.end(event),
        onpointercancel: (event) => this.end(event),
      });
      this.undo = press("Undo", () => this.back());
      this.clear = press("Clear", () => this.act({ clear: true }));
      this.given = press("Example", () => this.example());
      this.head = make("p", { class: "pad-answer" });
      this.then = make("p", { class: "pad-then" });
      this.rows = Array.from({ length: this.net.n.at(-1) }, (_, k) => {
        const bar = make("i"), number = make("span");
        return { bar, number, row: make("div",
          { role: "listitem" }, make("span", {}, String(k)),
          make("span", { class: "pad-bar" }, bar), number) };
      });
      const cells = (role) => Array.from({ length: CELLS * CELLS },
        (_, cell) => make("span", role
          ? { role, id: `${this.id}-${cell}` } : {}));
      this.cells = cells("gridcell");
      this.reasons = cells();
      this.image = make("div", {
        class: "pad-image", role: "grid", tabindex: 0,
        "aria-label": "The image, 8 by 8. Arrow keys move, space fills or "
          + "empties a square.",
        onkeydown: (event) => this.key(event),
        onclick: (event) => this.point(event),
        onblur: () => this.mark(),
        onfocus: () => this.mark(),
      }, ...Array.from({ length: CELLS }, (_, r) => make("div",
        { role: "row" }, ...this.cells.slice(r * CELLS, (r + 1) * CELLS))));
      this.why = make("div", { class: "pad-image pad-why", role: "img" },
        ...this.reasons);
      this.whyHead = make("p", { class: "pad-title" });
      this.sum = make("p", { class: "pad-note" });
      this.about = make("p", { class: "pad-note" });
      this.said = make("p", { class: "pad-said", role: "status" });
      this.root = make("div", { class: "pad" },
        ...this.spec.ask ? [make("p", { class: "pad-ask" }, this.spec.ask)]
          : [],
        make("div", { class: "pad-two" },
          make("div", {}, this.sheet, make("div",
            { class: "pad-buttons", role: "group", "aria-label": "Drawing" },
            this.undo, this.clear, this.given)),
          make("div", {}, this.head, this.then, make("div", {
            class: "pad-bars", role: "list",
            "aria-label": "The probability of each class",
          }, ...this.rows.map(({ row }) => row)))),
        make("div", { class: "pad-two pad-below" },
          make("div", {}, make("p", { class: "pad-title" },
          "What it is given"),
            this.image, this.about),
          make("div", {}, this.whyHead, this.why, this.sum)),
        this.said);
    }

    // What a reader does -------------------------------------------------

    act(step) {
      this.steps.push(step);
      this.change();
    }
    back() {
      const { image } = this.steps.pop() ?? {};
      if (image) this.shown = this.steps.findLast((s) => s.image)?.at ?? -1;
      this.change();
    }
    example() {
      const { images } = this.spec, at = (this.shown + 1) % images.length;
      this.shown = at;
      this.act({ image: images[at], at });
    }

    at(event) {
      const box = this.sheet.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * DOTS,
        (event.clientY - box.top) / box.height * DOTS].map(
        (x) => Math.round(100 * x) / 100);
    }
    begin(event) {
      if (this.stroke || event.button > 0) return;
      event.preventDefault();
      this.pen = event.pointerId;
      this.sheet.setPointerCapture?.(this.pen);
      this.stroke = [this.at(event)];
      this.act({ stroke: this.stroke });
    }
    go(event) {
      if (!this.stroke || event.pointerId !== this.pen) return;
      const all = event.getCoalescedEvents?.() ?? [];
      for (const one of all.length ? all : [event])
        this.stroke.push(this.at(one));
      this.change();
    }
    end(event) {
      if (event.pointerId !== this.pen) return;
      this.stroke = this.pen = undefined;
      this.change();
    }

    key(event) {
      const by = { ArrowUp: -CELLS, ArrowDown: CELLS, ArrowLeft: -1,
        ArrowRight: 1 }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === " " || event.key === "Enter") {
        event.preventDefault();
        this.act({ flip: this.cell });
      } else if (by) {
        event.preventDefault();
        const to = this.cell + by, row = (c) => Math.floor(c / CELLS);
        const stays = Math.abs(by) > 1 || row(to) === row(this.cell);
        if (this.cells[to] && stays) this.cell = to;
        this.mark();
      }
    }
    point(event) {
      const at = this.cells.indexOf(event.target);
      if (at < 0) return;
      this.cell = at;
      this.act({ flip: at });
    }
    mark() {
      this.cells.forEach((cell, at) =>
        cell.classList.toggle("pad-here", at === this.cell));
      this.image.setAttribute("aria-activedescendant",
        this.cells[this.cell].id);
    }

    // What becomes of it -------------------------------------------------

    // All that was changed in one frame is drawn in one.
    change() {
      this.asked ??= requestAnimationFrame(() => {
        this.asked = undefined;
        this.draw();
      });
    }

    draw() {
      const { levels, strokes } = pad.drawn(this.steps);
      const blank = levels.every((level) => !level);
      const told = pad.answer(this.net, levels);
      Object.assign(this, { levels, told });
      this.ink(strokes);
      levels.forEach((level, at) => {
        const cell = this.cells[at];
        cell.style.setProperty("--ink", level / MOST);
        cell.ariaLabel = `${place(at)}: ${level} of ${MOST}`;
      });
      this.mark();
      this.answer(told, blank);
      this.reason(told, blank);
      this.onChange?.(levels);
      clearTimeout(this.later);
      this.later = setTimeout(() => {
        if (!this.stroke) say(this.said, blank ? "The sheet is empty."
          : `${this.head.textContent} ${this.then.textContent}`);
      }, REST);
    }

    // The strokes where they were drawn.
    ink(strokes) {
      const pen = this.sheet.getContext("2d"), { width } = this.sheet;
      const scale = width / DOTS;
      pen.clearRect(0, 0, width, width);
      pen.lineCap = pen.lineJoin = "round";
      pen.lineWidth = 2 * PEN * scale;
      pen.strokeStyle = "#15181b"; // on white paper, in every theme
      for (const points of strokes) {
        pen.beginPath();
        points.forEach(([x, y], at) => {
          if (!at) pen.moveTo(x * scale, y * scale);
          pen.lineTo(x * scale, y * scale);
        });
        pen.stroke();
      }
      if (strokes.length) return;
      pen.fillStyle = "#6a737c";
      pen.font = `${2 * scale}px system-ui, sans-serif`;
      pen.textAlign = "center";
      pen.fillText("Draw here", width / 2, width / 2);
    }

    answer({ p, first, second }, blank) {
      const { labels, images } = this.spec, last = this.steps.at(-1) ?? {};
      say(this.head, blank ? `Of nothing it says ${first}, with `
        + `${percent(p[first])}.` : `It says ${first}, with `
        + `${percent(p[first])}.`);
      say(this.then, `Then ${second}, with ${percent(p[second])}.`);
      this.rows.forEach(({ row, bar, number }, k) => {
        bar.style.width = `${100 * p[k]}%`;
        say(number, percent(p[k]));
        row.className = `pad-row${k === first ? " pad-first" : ""}`;
      });
      const of = `Image ${last.at + 1} of ${images.length}`;
      say(this.about, last.image ? of + (labels ? `: it is a `
        + `${labels[last.at]}.` : ".") : blank
        ? "Nothing yet: draw above, or press Example."
        : "Numbers from 0 to 16, drawn as grey.");
    }

    // + for the answer, − against it; the larger, the larger its share.
    reason({ first, second, shares, gap, pixels, rest }) {
      const top = Math.max(...shares.map(Math.abs));
      say(this.whyHead, `Why ${first} and not ${second}`);
      let plus = 0, minus = 0;
      this.reasons.forEach((cell, at) => {
        const share = top ? shares[at] / top : 0, size = Math.abs(share);
        const sign = size < LEAST ? 0 : Math.sign(share);
        plus += sign > 0;
        minus += sign < 0;
        say(cell, ["\u2212", "", "+"][sign + 1]);
        cell.className = ["pad-minus", "", "pad-plus"][sign + 1];
        cell.style.setProperty("--size", 0.6 + 0.7 * Math.sqrt(size));
        cell.style.setProperty("--ink", this.levels[at] / MOST);
      });
      this.why.ariaLabel = `The share of each pixel: ${plus} speak for `
        + `${first}, ${minus} for ${second}.`;
      say(this.sum, `z of ${first} less z of ${second}: ${signed(gap)}, of which `
        + `pixels\u00a0${signed(pixels)}, biases\u00a0${signed(rest)}`);
    }
  }

  pad.mount = (element, spec, onChange) => new View(element, spec, onChange);
})();
