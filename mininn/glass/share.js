/* A box in an address, and as lines of Python. No numbers are lost: a weight
   travels as its 64 bits.

   glass.share.toHash(model, number) -> "glass=...", the second box of a page
   "2.glass=..."; fromHash(hash, spec, number) -> a state, or null where the
   hash holds none that is whole and sound; apply(model, state);
   follow(model, number) does both in a page. python(model) -> lines that make
   this very network. */

"use strict";

(() => {
  const { engine } = globalThis.glass;
  const VERSION = "1";
  const MOST = { layers: 5, units: 10, samples: 400, text: 100000 };
  const KINDS = ["W", "b", "z", "a", "x", "y", "J", "dW", "db", "dz", "da"];

  const same = (P, Q) => P.r === Q.r && P.c === Q.c &&
    P.d.every((x, at) => Object.is(x, Q.d[at]));

  // ------------------------------------------------------- numbers as text
  const ofBytes = (bytes) => {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text).replaceAll("+", "-").replaceAll("/", "_")
      .replace(/=+$/, "");
  };
  function toBytes(text) {
    if (!/^[\w-]*$/.test(text)) throw new RangeError("no base64url");
    const whole = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(whole, (sign) => sign.charCodeAt(0));
  }
  function ofFloats(numbers) {
    const view = new DataView(new ArrayBuffer(8 * numbers.length));
    numbers.forEach((x, at) => view.setFloat64(8 * at, x, true));
    return ofBytes(new Uint8Array(view.buffer));
  }
  function toFloats(text, count) {
    const bytes = toBytes(text);
    if (bytes.length !== 8 * count) throw new RangeError("other numbers");
    const view = new DataView(bytes.buffer);
    const numbers = Array.from({ length: count }, (_, at) =>
      view.getFloat64(8 * at, true));
    if (!numbers.every(Number.isFinite)) throw new RangeError("not finite");
    return numbers;
  }
  // Four decimals, as the points of the book have, take two bytes each.
  const short = (x) =>
    Math.abs(x) < 3.27 && Object.is(Math.round(x * 1e4) / 1e4, x) &&
    !Object.is(x, -0);
  function ofPoints(numbers) {
    if (!numbers.every(short)) return "f" + ofFloats(numbers);
    const view = new DataView(new ArrayBuffer(2 * numbers.length));
    numbers.forEach((x, at) =>
      view.setInt16(2 * at, Math.round(x * 1e4), true));
    return "s" + ofBytes(new Uint8Array(view.buffer));
  }
  function toPoints(text, count) {
    if (text[0] === "f") return toFloats(text.slice(1), count);
    const bytes = toBytes(text.slice(1));
    if (text[0] !== "s" || bytes.length !== 2 * count)
      throw new RangeError("other points");
    const view = new DataView(bytes.buffer);
    return Array.from({ length: count }, (_, at) =>
      view.getInt16(2 * at, true) / 1e4);
  }
  const table = (numbers, columns) =>
    Array.from({ length: numbers.length / columns }, (_, i) =>
      numbers.slice(i * columns, (i + 1) * columns));

  // --------------------------------------------------------------- writing
  // The data sets that a box ships, by name; "page" is what it began with.
  const shipped = (spec) => ({
    ...spec.data, page: { X: spec.X, Y: spec.Y },
  });
  const sets = new WeakMap(); // a page's tables as matrices, made once
  function matrices(spec) {
    if (!sets.has(spec))
      sets.set(spec, Object.entries(shipped(spec)).map(([name, { X, Y }]) =>
        [name, engine.from(X), engine.from(Y)]));
    return sets.get(spec);
  }
  function nameOf(model) {
    const found = matrices(model.spec).find(([, X, Y]) =>
      same(X, model.X) && same(Y, model.Y));
    return found && found[0];
  }

  function dataOf(model) {
    const name = nameOf(model);
    if (name) return name;
    const { X, Y } = model;
    return ["", X.c, ofPoints([...X.d]), ofPoints([...Y.d])].join(".");
  }
  const layersOf = (net) => Array.from({ length: net.L }, (_, at) => at + 1);

  function write(model) {
    const { net, optimizer, chosen } = model;
    const { name, ...numbers } = engine.settings(optimizer);
    const parameters = layersOf(net).flatMap((l) =>
      [...net.W[l].d, ...net.b[l].d]);
    return [
      VERSION, net.n.join("."),
      layersOf(net).map((l) => net.g[l]).join("*"),
      ofFloats(parameters), model.loss,
      [name, ...Object.keys(numbers).sort().map((key) =>
        `${key}*${numbers[key]}`)].join("*"),
      model.wrong ?? "", model.mode,
      [chosen.kind, chosen.l ?? "", chosen.i ?? "", chosen.k ?? ""].join("."),
      model.sample, dataOf(model),
    ].join("~");
  }

  const keyOf = (number) => (number ? `${number + 1}.` : "") + "glass";
  const toHash = (model, number = 0) =>
    `${keyOf(number)}=${encodeURIComponent(write(model))}`;

  // --------------------------------------------------------------- reading
  // Whoever sends a link may have written it by hand: each part is held
  // against what a box can be, and anything else is refused.
  function check(holds, what) {
    if (!holds) throw new RangeError(`no such ${what}`);
  }
  const known = (set, name, what) => {
    check(Object.hasOwn(set, name), what);
    return name;
  };
  function whole(text, most, what) {
    check(/^\d{1,4}$/.test(text) && Number(text) <= most, what);
    return Number(text);
  }

  const BOUNDS = {
    lr: (x) => x > 0 && x <= 1e6,
    beta: (x) => x >= 0 && x < 1,
    beta1: (x) => x >= 0 && x < 1,
    beta2: (x) => x >= 0 && x < 1,
    eps: (x) => x > 0 && x <= 1e6,
    weight_decay: (x) => x >= 0 && x <= 1e6,
  };
  function optimizerOf(text) {
    const [name, ...rest] = text.split("*");
    known(engine.OPTIMIZERS, name, "optimiser");
    const { defaults } = engine.OPTIMIZERS[name], optimizer = { name };
    check(rest.length % 2 === 0, "number of an optimiser");
    for (let at = 0; at < rest.length; at += 2) {
      const key = rest[at];
      check(key === "lr" || Object.hasOwn(defaults, key), "setting");
      const value = key === "nesterov"
        ? rest[at + 1] === "true" : Number(rest[at + 1]);
      check(key === "nesterov" || (rest[at + 1] !== "" && BOUNDS[key](value)),
        "value of a setting");
      optimizer[key] = value;
    }
    check("lr" in optimizer, "rate");
    return optimizer;
  }

  function placeOf(text, n) {
    const [kind, ...at] = text.split(".");
    check(KINDS.includes(kind) && at.length === 3, "place");
    if (kind === "J") return { kind };
    const index = (part, most) =>
      part === "" ? undefined : whole(part, most - 1, "place");
    const input = kind === "x", output = kind === "y";
    const l = input || output ? undefined : index(at[0], n.length);
    check(input || output || l >= (kind === "a" ? 0 : 1), "layer");
    const layer = input ? 0 : output ? n.length - 1 : l;
    const place = { kind, i: index(at[1], n[layer]) };
    if (l !== undefined) place.l = l;
    check(place.i !== undefined, "unit");
    if (kind === "W" || kind === "dW") {
      place.k = index(at[2], n[l - 1]);
      check(place.k !== undefined, "unit");
    }
    check(kind !== "da" || l < n.length - 1, "derivative");
    return place;
  }

  function samplesOf(text, n, spec) {
    const inputs = n[0], outputs = n[n.length - 1], sets = shipped(spec);
    let found;
    if (Object.hasOwn(sets, text)) found = sets[text];
    else {
      const [none, count, X, Y, ...more] = text.split(".");
      check(none === "" && more.length === 0 && X && Y, "data");
      const m = whole(count, MOST.samples, "number of samples");
      check(m > 0, "number of samples");
      found = {
        X: table(toPoints(X, inputs * m), m),
        Y: table(toPoints(Y, outputs * m), m),
      };
    }
    check(found.X.length === inputs && found.Y.length === outputs, "data");
    return { X: found.X, Y: found.Y };
  }

  // Labels are what the loss asks for: 0 to 1, or one 1 in each column.
  function labelled(loss, Y) {
    if (loss === "euclidean") return true;
    if (Y.some((row) => row.some((y) => y < 0 || y > 1))) return false;
    return loss !== "cross_entropy" || Y[0].every((_, s) =>
      Math.abs(Y.reduce((sum, row) => sum + row[s], 0) - 1) < 1e-9);
  }

  function read(text, spec) {
    check(text.length <= MOST.text, "box");
    const parts = text.split("~");
    check(parts.length === 11 && parts[0] === VERSION, "version");
    const [, sizes, functions, numbers, loss, optimizer, wrong, mode, place,
      sample, samples] = parts;
    const n = sizes.split(".").map((size) => whole(size, MOST.units, "size"));
    check(n.length >= 2 && n.length <= MOST.layers + 1 && !n.includes(0), "size");
    const g = functions.split("*"), L = n.length - 1;
    check(g.length === L, "activations");
    known(engine.LOSSES, loss, "loss");
    g.forEach((name, at) => {
      check(name !== "softmax" || at === L - 1, "activation");
      if (name !== "softmax")
        check(Number.isFinite(engine.activation(name).value(-1)),
          "activation");
    });
    check(g[L - 1] === engine.LOSSES[loss].link, "output");
    let count = 0;
    for (let l = 1; l <= L; l++) count += n[l] * (n[l - 1] + 1);
    const all = toFloats(numbers, count), W = [], b = [];
    for (let l = 1, at = 0; l <= L; l++) {
      const end = at + n[l] * n[l - 1];
      W.push(table(all.slice(at, end), n[l - 1]));
      b.push(all.slice(end, end + n[l]));
      at = end + n[l];
    }
    check(mode === "forward" || mode === "backward", "view");
    const { X, Y } = samplesOf(samples, n, spec);
    check(labelled(loss, Y), "label");
    return {
      n, g, W, b, X, Y, loss, opt: optimizerOf(optimizer), mode,
      wrong: wrong === "" ? null
        : known(engine.WRONG, wrong, "wrong formula"),
      open: placeOf(place, n),
      sample: whole(sample, Y[0].length - 1, "sample"),
    };
  }

  function fromHash(hash, spec, number = 0) {
    try {
      const key = keyOf(number);
      for (const pair of String(hash).replace(/^#/, "").split("&")) {
        const at = pair.indexOf("=");
        if (at < 0 || decodeURIComponent(pair.slice(0, at)) !== key) continue;
        return read(decodeURIComponent(pair.slice(at + 1)), spec);
      }
    } catch { /* no box, or none that we made */ }
    return null;
  }

  function apply(model, state) {
    const before = { ...model };
    try {
      model.restore({ ...model.spec, ...state });
    } catch {
      Object.assign(model, before); // as if nothing had been asked
      return false;
    }
    if (model.free) model.home = { ...model.spec, ...state };
    model.tell("restored");
    return true;
  }

  // --------------------------------------------------------------- a page
  // Other keys of the address, an explorer's or another box's, stay.
  function put(model, number) {
    const key = keyOf(number);
    const others = location.hash.slice(1).split("&").filter((pair) =>
      pair.includes("=") && decode(pair.split("=")[0]) !== key);
    const hash = [...others, toHash(model, number)].join("&");
    try {
      history.replaceState(history.state, "", `#${hash}`);
    } catch { /* too often for this browser: the next turn is written */ }
  }
  function decode(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  function follow(model, number = 0) {
    let later = 0, reading = false;
    const open = () => {
      const state = fromHash(location.hash, model.spec, number);
      if (!state) return false;
      clearTimeout(later);
      reading = true;
      const done = apply(model, state);
      reading = false;
      return done;
    };
    model.on(() => {
      if (reading) return;
      clearTimeout(later);
      later = setTimeout(() => put(model, number), 400);
    });
    addEventListener("hashchange", open);
    return {
      opened: open(),
      stop() {
        clearTimeout(later);
        removeEventListener("hashchange", open);
      },
    };
  }

  // --------------------------------------------------------------- Python
  const float = (x) => {
    if (Number.isNaN(x)) return "np.nan";
    if (!Number.isFinite(x)) return x > 0 ? "np.inf" : "-np.inf";
    const text = Object.is(x, -0) ? "-0" : String(x);
    return /[.e]/.test(text) ? text : `${text}.0`;
  };
  // Numbers with commas, in lines that end at 79 where they are indented.
  function wrapped(items, indent) {
    const lines = [];
    let line = "";
    for (const item of items) {
      if (line && indent.length + line.length + item.length + 2 > 74) {
        lines.push(indent + line + ",");
        line = item;
      } else line += (line && ", ") + item;
    }
    return [...lines, indent + line + ","];
  }
  function array(M) {
    const rows_ = engine.rows(M).map((row) => row.map(float));
    const one = rows_.map((row) => `[${row.join(", ")}]`).join(", ");
    if (one.length < 50) return [`np.array([${one}])`];
    const lines = ["np.array(["];
    for (const row of rows_) {
      const text = `    [${row.join(", ")}],`;
      if (text.length < 75) lines.push(text);
      else lines.push("    [", ...wrapped(row, "        "), "    ],");
    }
    return [...lines, "])"];
  }
  const assigned = (name, M) => {
    const [first, ...more] = array(M);
    return [`${name} = ${first}`, ...more];
  };
  const layered = (name, net) => [
    `${name} = {`,
    ...layersOf(net).flatMap((l) => {
      const lines = array(net[name][l]);
      return lines.map((line, at) => "    " + (at ? "" : `${l}: `) + line +
        (at === lines.length - 1 ? "," : ""));
    }),
    "}",
  ];

  function optimizerLine(optimizer) {
    const { name, nesterov, ...numbers } = engine.settings(optimizer);
    const given = Object.entries(numbers).map(([key, x]) =>
      `${key}=${float(x)}`);
    if (nesterov) given.push("nesterov=True");
    return call(`optimizer = mn.${
      name === "nesterov" ? "momentum" : name}(`, given, ")");
  }
  // A call in one line, or where that is too long, an argument a line.
  function call(head, given, tail) {
    const line = head + given.join(", ") + tail;
    if (line.length <= 79) return [line];
    return [head, ...given.map((text) => `    ${text},`), tail];
  }

  function python(model) {
    const { net, X, Y, loss, wrong } = model, name = nameOf(model);
    const recipe = name && model.spec.data?.[name]?.python;
    const g = layersOf(net).map((l) => {
      const c = /\((.*)\)/.exec(net.g[l]);
      return `${l}: ${c ? `mn.LeakyReLU(${c[1]})` : `"${net.g[l]}"`}`;
    });
    return [
      "import numpy as np",
      "import mininn as mn",
      "",
      ...layered("W", net), ...layered("b", net),
      ...call("net = mn.Network(W, b, {", g, "})"),
      "",
      ...(recipe ? recipe.split("\n")
        : [...assigned("X", X), ...assigned("Y", Y)]),
      `loss = mn.${loss}`,
      ...optimizerLine(model.optimizer),
      ...(wrong ? ["", "# In the page a wrong formula was switched on:",
        `# ${engine.WRONG[wrong]}. mininn has the right ones.`] : []),
      "",
      "J = loss(mn.forward(net, X).Z[net.L], Y)",
      "print(J)",
      "",
      "# To go on training:",
      "# net, history = mn.train(",
      "#     net, X, Y, loss, optimizer=optimizer, epochs=100)",
      "",
    ].join("\n");
  }

  globalThis.glass.share = {
    toHash, fromHash, apply, follow, python, nameOf,
  };
})();
