/* The plane of a glass box, and the curve of its cost.

   glass.plane.mount(element, model) -> {draw, destroy}: for two inputs what
   the network answers on a square, with the samples; for one input a graph
   of the output over x. A tap takes a sample, the ring moves it. With
   model.pen = a class (or "remove") a tap adds a point (or removes one).
   glass.curve.mount(element, model) -> {draw, destroy}: J over the epochs.
   Both change the model and leave it to its listeners to draw again. */

"use strict";

(() => {
  const { engine } = globalThis.glass;
  const STEPS = 60; // points of the grid along each side
  const NEAR = 14; // px from a point that still mean it
  const SAID = { 0: "cross", 1: "circle" };

  const element = (tag, attributes = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  const set = (node, name, value) => {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  };
  // A number as the page says it: U+2212, and never −0.
  const say = (x, digits = 3) => {
    if (!Number.isFinite(x)) return "not a number";
    let text = String(Number(x.toPrecision(digits)));
    if (text === "0" || text === "-0") return "0";
    text = text.replace("-", "\u2212");
    return text.includes("e")
      ? text.replace(/e([+\u2212-]?)(\d+)/, (_, sign, power) =>
        `\u00b710${sign === "+" ? "" : sign && "\u207b"}` +
        [...power].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join(""))
      : text;
  };

  // ------------------------------------------------------------- colours
  const NAMES = ["zero", "one", "two", "ink", "soft", "mid", "line", "cost",
    "paper", "deep-zero", "deep-one", "deep-two"];
  const inks = new WeakMap();
  function colours(node) {
    if (!inks.has(node)) {
      const style = getComputedStyle(node), found = {};
      for (const name of NAMES)
        found[name] = style.getPropertyValue(`--plane-${name}`).trim() ||
          "#888888";
      found.font = style.fontFamily;
      inks.set(node, found);
    }
    return inks.get(node);
  }
  const rgb = (hex) =>
    [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  // When the theme changes, colours are read again and all is drawn anew.
  function themed(node, draw) {
    const again = () => { inks.delete(node); draw(); };
    const watch = new MutationObserver(again);
    for (const root of [document.documentElement, document.body])
      watch.observe(root, { attributes: true,
        attributeFilter: ["data-theme", "data-mode", "class",
          "data-jp-theme-light"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", again);
    return () => {
      watch.disconnect();
      system.removeEventListener("change", again);
    };
  }

  // A canvas as sharp as the screen, in CSS pixels.
  function sharp(canvas, width, height) {
    const ratio = globalThis.devicePixelRatio || 1;
    const w = Math.round(width * ratio), h = Math.round(height * ratio);
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    return pen;
  }
  // Where a box is hidden it has no width: it is drawn when it gets one.
  function sized(node, draw) {
    const watch = new ResizeObserver(draw);
    watch.observe(node);
    return () => watch.disconnect();
  }

  // --------------------------------------------------------- what is drawn
  const classes = (model) => {
    const { r } = model.Y;
    return model.loss === "cross_entropy" ? r : 2;
  };
  function classOf({ Y, loss }, s) {
    if (loss !== "cross_entropy") return Y.d[s] > 0.5 ? 1 : 0;
    let top = 0;
    for (let i = 1; i < Y.r; i++)
      if (Y.d[i * Y.c + s] > Y.d[top * Y.c + s]) top = i;
    return top;
  }
  // The first class of three is the circle, as 1 is of two.
  const shapeOf = (model, k) =>
    model.loss === "cross_entropy" ? [1, 0, 2][k] ?? k % 3 : k;
  const HUES = ["zero", "one", "two"];

  // A half width of the square that holds all samples: 1.5, or 2, 3, 5, ...
  function reachOf(X) {
    let top = 0;
    for (const x of X.d) if (Math.abs(x) > top) top = Math.abs(x);
    if (top <= 1.42) return 1.5;
    const unit = 10 ** Math.floor(Math.log10(top));
    return [1, 1.5, 2, 3, 5, 7, 10, 15].map((f) => f * unit)
      .find((r) => r >= 1.05 * top);
  }
  const ticksOf = (reach) => {
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].find((s) =>
      reach / s < 2.01) ?? reach;
    const ticks = [];
    for (let t = -step * Math.floor(reach / step); t < reach; t += step)
      if (Math.abs(t) < 0.97 * reach) ticks.push(t);
    return ticks;
  };

  // All marks of one shape are one path: circle, cross or triangle.
  function marks(pen, shape, places, size) {
    const d = size * 0.9;
    pen.beginPath();
    for (const [x, y] of places) {
      if (shape === 1) {
        pen.moveTo(x + size, y);
        pen.arc(x, y, size, 0, 2 * Math.PI);
      } else if (shape === 2) {
        pen.moveTo(x, y - 1.25 * size);
        pen.lineTo(x + 1.15 * size, y + 0.85 * size);
        pen.lineTo(x - 1.15 * size, y + 0.85 * size);
        pen.closePath();
      } else {
        pen.moveTo(x - d, y - d);
        pen.lineTo(x + d, y + d);
        pen.moveTo(x - d, y + d);
        pen.lineTo(x + d, y - d);
      }
    }
    if (shape) pen.fill();
    else pen.stroke();
  }

  // Where F, a grid of n x n heights, is 0: marching squares.
  function contour(pen, F, n, size) {
    const cell = size / (n - 1);
    pen.beginPath();
    for (let r = 0; r < n - 1; r++) {
      for (let c = 0; c < n - 1; c++) {
        const at = r * n + c;
        const a = F[at], b = F[at + 1], d = F[at + n], e = F[at + n + 1];
        const code = (a > 0) | ((b > 0) << 1) | ((e > 0) << 2) |
          ((d > 0) << 3);
        if (code === 0 || code === 15) continue;
        const x = c * cell, y = size - r * cell;
        const low = () => [x + cell * a / (a - b), y];
        const right = () => [x + cell, y - cell * b / (b - e)];
        const high = () => [x + cell * d / (d - e), y - cell];
        const left = () => [x, y - cell * a / (a - d)];
        const line = (from, to) => {
          pen.moveTo(...from());
          pen.lineTo(...to());
        };
        switch (code) {
          case 1: case 14: line(left, low); break;
          case 2: case 13: line(low, right); break;
          case 3: case 12: line(left, right); break;
          case 4: case 11: line(right, high); break;
          case 6: case 9: line(low, high); break;
          case 7: case 8: line(left, high); break;
          case 5: line(left, high); line(low, right); break;
          case 10: line(left, low); line(high, right); break;
        }
      }
    }
    pen.stroke();
  }

  // --------------------------------------------------------------- plane
  // An address may bring a network with other inputs: another plane, or none.
  function mount(parent, model) {
    let inputs = 0, plane = null;
    const draw = () => {
      if (inputs === model.net.n[0]) return plane?.draw();
      plane?.destroy();
      inputs = model.net.n[0];
      parent.hidden = inputs > 2;
      plane = inputs > 2 ? null : mountPlane(parent, model, inputs);
    };
    draw();
    return { draw, destroy() { plane?.destroy(); } };
  }

  function mountPlane(parent, model, inputs) {
    const flat = inputs === 1;
    const canvas = element("canvas", { role: "img" });
    const ring = element("div", { class: "plane-ring", role: "slider",
      tabindex: "0", "aria-label": "Sample", "aria-orientation": "horizontal",
      "aria-valuemin": "1" });
    const square = element("div", { class: "plane-square" }, canvas, ring);
    const legend = element("p", { class: "plane-legend" });
    const pens = element("div", { class: "plane-pens", role: "group",
      "aria-label": "What a tap in the plane does" });
    const root = element("div", { class: "plane-map" }, square, pens,
      legend);
    parent.append(root);
    const small = element("canvas", { width: STEPS, height: STEPS });
    const tiny = small.getContext("2d", { willReadFrequently: true });
    const image = tiny.createImageData(STEPS, STEPS);
    const heights = new Float64Array(STEPS * STEPS);
    let reach = reachOf(model.X), grid = null, of = null, side = 0;
    let counted = model.Y.c, drag = null;

    // The grid starts at the lower left corner and ends at the upper right.
    function gridOf() {
      if (grid?.reach === reach) return grid.X;
      const at = (q) => reach * (2 * q / (STEPS - 1) - 1);
      const X = engine.matrix(2, STEPS * STEPS, (i, s) =>
        at(i ? Math.floor(s / STEPS) : s % STEPS));
      grid = { reach, X };
      return X;
    }
    // Colours need no last digits: tanh from one exp takes a third of the
    // time. Nothing that is printed comes from here.
    // It is written into the same arrays each time: new ones of this size
    // are swept up in the middle of a drag.
    const kept = [];
    function scores(W, b, A, l) {
      const { c } = A, size = W.r * c, w = W.d, a = A.d;
      if (kept[l]?.length !== size) kept[l] = new Float64Array(size);
      const z = kept[l];
      for (let i = 0, at = 0; i < W.r; i++, at += c) {
        z.fill(b.d[i], at, at + c);
        let k = 0; // two columns at once, and the one that is left
        for (; k + 1 < W.c; k += 2) {
          const u = w[i * W.c + k], v = w[i * W.c + k + 1];
          for (let s = 0, p = k * c, q = p + c; s < c; s++)
            z[at + s] += u * a[p + s] + v * a[q + s];
        }
        if (k < W.c) {
          const u = w[i * W.c + k];
          for (let s = 0, p = k * c; s < c; s++) z[at + s] += u * a[p + s];
        }
      }
      return { r: W.r, c, d: z };
    }
    let last = {};
    function answers(X) {
      if (last.net === model.net && last.X === X) return last.A;
      const { W, b, g, L } = model.net;
      let A = X;
      for (let l = 1; l <= L; l++) {
        const Z = scores(W[l], b[l], A, l), z = Z.d;
        if (g[l] === "tanh")
          for (let at = 0; at < z.length; at++)
            z[at] = 1 - 2 / (Math.exp(2 * z[at]) + 1);
        A = g[l] === "tanh" ? Z : engine.activate(g[l], Z);
      }
      last = { net: model.net, X, A };
      return A;
    }

    // Between which two numbers an output is shown: 0 and 1, or as Y is.
    function span() {
      if (model.loss !== "euclidean") return [0, 1];
      let low = Infinity, high = -Infinity;
      for (const y of model.Y.d) {
        if (y < low) low = y;
        if (y > high) high = y;
      }
      return high > low ? [low, high] : [low - 0.5, low + 0.5];
    }

    function regions(pen, ink) {
      const A = answers(gridOf()), { data } = image;
      const many = model.loss === "cross_entropy" ? A.r : 0;
      const mid = rgb(ink.mid), n = STEPS * STEPS;
      const deep = HUES.map((hue) => rgb(ink[`deep-${hue}`]));
      const [low, high] = span();
      for (let s = 0; s < n; s++) {
        // Rows of an image run downwards.
        const at = 4 * ((STEPS - 1 - Math.floor(s / STEPS)) * STEPS +
          s % STEPS);
        data[at + 3] = 255;
        if (many) {
          for (let c = 0; c < 3; c++) {
            let mix = 0;
            for (let k = 0; k < many; k++)
              mix += A.d[k * n + s] * deep[shapeOf(model, k)][c];
            data[at + c] = mix;
          }
        } else {
          const share = (A.d[s] - low) / (high - low);
          const p = share > 0 ? (share < 1 ? share : 1) : 0;
          const end = deep[p > 0.5 ? 1 : 0], w = Math.abs(2 * p - 1);
          for (let c = 0; c < 3; c++)
            data[at + c] = mid[c] + w * (end[c] - mid[c]);
        }
      }
      tiny.putImageData(image, 0, 0);
      const over = side / (STEPS - 1) / 2; // centres of pixels on the grid
      pen.imageSmoothingEnabled = true;
      pen.drawImage(small, -over, -over, side + 2 * over, side + 2 * over);
      pen.strokeStyle = ink.ink;
      pen.lineWidth = 1.4;
      pen.lineJoin = "round";
      if (!many) {
        const half = (low + high) / 2;
        for (let s = 0; s < n; s++) heights[s] = A.d[s] - half;
        contour(pen, heights, STEPS, side);
        return;
      }
      for (let k = 0; k < many; k++) {
        for (let s = 0; s < n; s++) {
          let other = -Infinity;
          for (let q = 0; q < many; q++)
            if (q !== k && A.d[q * n + s] > other) other = A.d[q * n + s];
          heights[s] = A.d[k * n + s] - other;
        }
        contour(pen, heights, STEPS, side);
      }
    }

    const across = (x) => side * (x / reach + 1) / 2;
    const up = (x) => side - across(x);
    const back = (px) => reach * (2 * px / side - 1);

    function axes(pen, ink) {
      const ticks = ticksOf(reach);
      pen.font = `11px ${ink.font}`;
      pen.fillStyle = ink.soft;
      pen.strokeStyle = ink.soft;
      pen.lineWidth = 1;
      pen.textAlign = "center";
      pen.textBaseline = "bottom";
      const name = (text, x, y) => {
        pen.save();
        pen.lineWidth = 3;
        pen.strokeStyle = ink.paper;
        pen.globalAlpha = 0.75;
        pen.lineJoin = "round";
        pen.strokeText(text, x, y);
        pen.restore();
        pen.fillText(text, x, y);
      };
      for (const t of ticks) {
        pen.beginPath();
        pen.moveTo(across(t), side);
        pen.lineTo(across(t), side - 4);
        pen.stroke();
        name(say(t), across(t), side - 5);
      }
      name(flat ? "x" : "x₁", side - 10, side - 5);
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      if (!flat) for (const t of ticks) {
        pen.beginPath();
        pen.moveTo(0, up(t));
        pen.lineTo(4, up(t));
        pen.stroke();
        name(say(t), 7, up(t));
      }
      name(flat ? "a" : "x₂", 7, 10);
    }

    // One input: the output over x, between its own smallest and largest.
    function tall() {
      const [low, high] = span(), pad = 0.15 * (high - low);
      return [low - pad, high + pad];
    }
    function height(a) {
      const [low, high] = tall();
      return side * (high - a) / (high - low);
    }
    function graph(pen, ink) {
      const X = engine.matrix(1, 121, (i, s) => reach * (s / 60 - 1));
      const A = answers(X);
      pen.fillStyle = ink.paper;
      pen.fillRect(0, 0, side, side);
      pen.strokeStyle = ink.line;
      pen.lineWidth = 1;
      pen.font = `11px ${ink.font}`;
      pen.textBaseline = "bottom";
      pen.textAlign = "right";
      pen.fillStyle = ink.soft;
      for (const y of span()) {
        pen.beginPath();
        pen.moveTo(0, height(y));
        pen.lineTo(side, height(y));
        pen.stroke();
        pen.fillText(say(y), side - 4, height(y) - 1);
      }
      pen.strokeStyle = ink.one;
      pen.lineWidth = 2;
      pen.beginPath();
      for (let s = 0; s < 121; s++)
        pen[s ? "lineTo" : "moveTo"](across(X.d[s]),
          Math.min(side + 9, Math.max(-9, height(A.d[s]))));
      pen.stroke();
      // What is missed, at the sample that is shown.
      const x = model.X.d[model.sample];
      pen.strokeStyle = ink.zero;
      pen.lineWidth = 1.2;
      pen.beginPath();
      pen.moveTo(across(x), height(model.Y.d[model.sample]));
      pen.lineTo(across(x),
        height(model.cache.A[model.net.L].d[model.sample]));
      pen.stroke();
    }

    const place = (s) => flat
      ? [across(model.X.d[s]), height(model.Y.d[s])]
      : [across(model.X.d[s]), up(model.X.d[model.X.c + s])];

    function points(pen, ink) {
      const m = model.Y.c, size = Math.max(2.4, Math.min(3.6, side / 90)) *
        (m > 60 ? 1 : 1.3);
      const of = [[], [], []];
      for (let s = 0; s < m; s++)
        of[shapeOf(model, classOf(model, s))].push(place(s));
      pen.lineCap = "round";
      for (const halo of [true, false]) {
        of.forEach((places, shape) => {
          if (!places.length) return;
          pen.fillStyle = pen.strokeStyle = halo ? ink.paper
            : ink[HUES[shape]];
          pen.globalAlpha = halo ? 0.55 : 1;
          pen.lineWidth = halo ? 3.4 : 1.7;
          marks(pen, shape, places, halo ? size + 1 : size);
        });
      }
      pen.globalAlpha = 1;
    }

    function describe() {
      const { sample, X, Y, net } = model, m = Y.c;
      const A = model.cache.A[net.L];
      const x = Array.from({ length: X.r }, (_, i) =>
        `${flat ? "x" : "x" + "₁₂"[i]} = ${say(X.d[i * m + sample])}`).join(", ");
      const kind = classOf(model, sample);
      const named = model.loss === "cross_entropy"
        ? `class ${kind + 1}` : `y = ${say(Y.d[sample])}`;
      const out = Array.from({ length: A.r }, (_, i) =>
        say(A.d[i * m + sample])).join(", ");
      set(ring, "aria-valuemax", String(m));
      set(ring, "aria-valuenow", String(sample + 1));
      set(ring, "aria-valuetext",
        `sample ${sample + 1} of ${m}: ${x}, ${named}, output ${out}`);
      set(canvas, "aria-label", flat
        ? `The output over x, and ${m} sample${m > 1 ? "s" : ""}`
        : `What the network answers in the plane, and ${m} samples`);
      const said = `Sample ${sample + 1}: ${x}, ${named}`;
      if (legend.lastChild?.textContent !== said) {
        legend.textContent = "";
        legend.append(keyOf(),
          element("span", { class: "plane-said" }, said));
      }
    }
    function keyOf() {
      const key = element("span", { class: "plane-key" });
      if (flat) key.append(element("span", {}, "line: output a"));
      else if (model.loss === "cross_entropy")
        for (let k = 0; k < classes(model); k++)
          key.append(sign(shapeOf(model, k), `class ${k + 1}`));
      else key.append(sign(1, say(span()[1])), sign(0, say(span()[0])));
      return key;
    }
    const sign = (shape, text) => element("span",
      { class: `plane-sign plane-sign-${HUES[shape]}` },
      element("i", { "aria-hidden": "true" }, "×●▲"[shape]), text);

    // ------------------------------------------------------ what a tap does
    function modes() {
      const can = model.spec.tools?.includes("data") && !flat;
      pens.hidden = !can;
      if (!can) return;
      const wanted = [[null, "Choose"]];
      for (let k = 0; k < classes(model); k++) {
        const shape = shapeOf(model, k);
        wanted.push([k, `Add ${"×●▲"[shape]}`,
          `Add a ${SAID[shape] ?? "triangle"} at each tap`]);
      }
      if (classes(model) === 2) wanted.splice(1, 2, wanted[2], wanted[1]);
      wanted.push(["remove", "Remove"]);
      const now = wanted.map(([, text]) => text).join();
      if (pens.dataset.now !== now) {
        pens.dataset.now = now;
        pens.textContent = "";
        for (const [pen, text, name] of wanted) {
          const button = element("button", { type: "button" }, text);
          if (name) button.setAttribute("aria-label", `${text}: ${name}`);
          button.pen = pen;
          button.addEventListener("click", () => {
            model.pen = pen;
            draw();
          });
          pens.append(button);
        }
      }
      for (const button of pens.children)
        set(button, "aria-pressed", String(button.pen === (model.pen ?? null)));
      set(square, "data-pen", String(model.pen ?? "choose"));
    }

    function nearest(px, py, within = Infinity) {
      let best = -1, least = within * within;
      for (let s = 0; s < model.Y.c; s++) {
        const [x, y] = place(s), d = (x - px) ** 2 + (y - py) ** 2;
        if (d < least) [best, least] = [s, d];
      }
      return best;
    }
    const spot = (event) => {
      const box = square.getBoundingClientRect();
      return [event.clientX - box.left - square.clientLeft,
        event.clientY - box.top - square.clientTop];
    };
    const round = (x) => {
      const kept = Math.min(reach, Math.max(-reach, x));
      return Math.round(kept * 1e4) / 1e4;
    };
    const there = ([px, py]) => flat
      ? [round(back(px))] : [round(back(px)), round(-back(py))];

    canvas.addEventListener("click", (event) => {
      const at = spot(event), pen = model.pen ?? null;
      if (pen === null) {
        const s = nearest(...at, event.pointerType === "touch" ? 40 : 24);
        if (s >= 0 && s !== model.sample) model.take(s);
      } else if (pen === "remove") {
        const s = nearest(...at, 2 * NEAR);
        if (s >= 0) model.removePoint(s);
      } else if (model.Y.c < 400) {
        model.addPoint(there(at), model.loss === "cross_entropy"
          ? Array.from({ length: model.Y.r }, (_, k) => Number(k === pen))
          : Array.from({ length: model.Y.r }, () => pen));
      }
    });
    // The ring alone is dragged: everywhere else a finger scrolls the page.
    ring.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      if (model.pen === "remove") {
        model.removePoint(model.sample);
        return;
      }
      const [px, py] = spot(event), [x, y] = place(model.sample);
      drag = { px, py, dx: x - px, dy: y - py, moved: false };
      ring.setPointerCapture(event.pointerId);
    });
    ring.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const [px, py] = spot(event);
      if (!drag.moved && Math.hypot(px - drag.px, py - drag.py) < 3) return;
      drag.moved = true;
      model.movePoint(there([px + drag.dx, py + drag.dy]));
    });
    for (const end of ["pointerup", "pointercancel"])
      ring.addEventListener(end, (event) => {
        // A tap on the ring may mean a neighbour below it.
        if (end === "pointerup" && drag && !drag.moved) {
          const s = nearest(...spot(event), NEAR);
          if (s >= 0 && s !== model.sample) model.take(s);
        }
        drag = null;
      });
    ring.addEventListener("keydown", (event) => {
      const m = model.Y.c, s = model.sample;
      const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0],
        ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (arrows && event.shiftKey) {
        const step = reach / 75;
        model.movePoint(Array.from({ length: model.X.r }, (_, i) =>
          round(model.X.d[i * m + s] + step * arrows[i])));
      } else if (arrows) {
        const by = arrows[0] + arrows[1];
        model.take((s + by + m) % m);
      } else if (event.key === "Home") model.take(0);
      else if (event.key === "End") model.take(m - 1);
      else if (/^(Delete|Backspace)$/.test(event.key) && !pens.hidden)
        model.removePoint(s);
      else return;
      event.preventDefault();
    });

    function draw() {
      side = square.clientWidth;
      if (!side || model.net.n[0] !== inputs) return;
      if (of !== model.X && !drag) {
        const wanted = reachOf(model.X);
        // It grows with a point that leaves it, and shrinks with other data.
        if (wanted > reach || Math.abs(counted - model.Y.c) > 1)
          reach = wanted;
        counted = model.Y.c;
        of = model.X;
      }
      const ink = colours(root), pen = sharp(canvas, side, side);
      if (flat) graph(pen, ink);
      else regions(pen, ink);
      axes(pen, ink);
      points(pen, ink);
      const [x, y] = place(model.sample);
      ring.style.transform = `translate(${x}px, ${y}px)`;
      modes();
      describe();
    }
    const undo = [themed(root, draw), sized(square, draw)];
    draw();
    return {
      draw,
      destroy() {
        undo.forEach((f) => f());
        root.remove();
      },
    };
  }

  // --------------------------------------------------------------- curve
  function mountCurve(parent, model) {
    const canvas = element("canvas", { role: "img" });
    const empty = element("p", { class: "plane-untrained" },
      "Train to see the cost.");
    const root = element("div", { class: "plane-chart" }, canvas, empty);
    parent.append(root);

    function draw() {
      const { history } = model, trained = history.length > 1;
      empty.hidden = trained;
      canvas.hidden = !trained;
      if (!trained) return;
      const width = root.clientWidth, height = root.clientHeight;
      if (!width || !height) return;
      const ink = colours(root), pen = sharp(canvas, width, height);
      let low = Infinity, high = -Infinity;
      for (const J of history) {
        if (J < low) low = J;
        if (J > high && J < Infinity) high = J;
      }
      const log = low > 0 && high > 50 * low;
      if (!log) low = Math.min(0, low);
      const top = 32, left = 2, right = width - 2, floor = height - 17;
      const f = log ? Math.log : (J) => J;
      const y = (J) => Number.isFinite(J) || J === Infinity
        ? floor - (floor - top) * (f(Math.min(J, high)) - f(low)) /
          (f(high) - f(low) || 1)
        : top;
      const last = history.length - 1;
      const x = (epoch) => left + (right - left) * epoch / last;

      pen.strokeStyle = ink.line;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(left, floor + 0.5);
      pen.lineTo(right, floor + 0.5);
      const powers = [];
      if (log) for (let p = Math.ceil(Math.log10(low) - 0.01);
        10 ** p <= high; p++) powers.push(10 ** p);
      const thin = Math.ceil(powers.length / 4);
      const lines = log ? powers.filter((_, at) => at % thin === 0)
        : [high];
      for (const J of lines) {
        pen.moveTo(left, Math.round(y(J)) + 0.5);
        pen.lineTo(right, Math.round(y(J)) + 0.5);
      }
      pen.stroke();

      pen.strokeStyle = ink.cost;
      pen.lineWidth = 2;
      pen.lineJoin = "round";
      pen.beginPath();
      const each = Math.max(1, last / (2 * (right - left)));
      for (let at = 0; at <= last; at += each) {
        const epoch = Math.round(at);
        pen[at ? "lineTo" : "moveTo"](x(epoch), y(history[epoch]));
      }
      pen.lineTo(x(last), y(history[last]));
      pen.stroke();
      pen.fillStyle = ink.cost;
      pen.beginPath();
      pen.arc(right - 2, y(history[last]), 3.5, 0, 2 * Math.PI);
      pen.fill();

      pen.font = `11px ${ink.font}`;
      pen.fillStyle = ink.soft;
      pen.textBaseline = "bottom";
      pen.textAlign = "left";
      for (const J of lines) {
        const at = y(J) - 1;
        pen.fillText(say(J, 2).replace(/^1\u00b7/, ""), left, at);
      }
      pen.textBaseline = "alphabetic";
      pen.fillText("0", left, height - 4);
      pen.textAlign = "right";
      pen.fillText(`${last.toLocaleString("en")} epoch${
        last > 1 ? "s" : ""}`, right, height - 4);
      pen.font = `600 12px ${ink.font}`;
      pen.fillStyle = ink.cost;
      pen.fillText(`J = ${say(history[last], 3)}`, right, 13);
      set(canvas, "aria-label", `The cost over ${last} epoch${
        last > 1 ? "s" : ""}: from ${
        say(history[0])} to ${say(history[last])}${log
        ? ", on a logarithmic axis" : ""}`);
    }
    const undo = [themed(root, draw), sized(root, draw)];
    draw();
    return {
      draw,
      destroy() {
        undo.forEach((g) => g());
        root.remove();
      },
    };
  }

  globalThis.glass.plane = { mount, reachOf, say };
  globalThis.glass.curve = { mount: mountCurve };
  globalThis.glass.make = element;
})();
