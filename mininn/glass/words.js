/* The equations of the book with the numbers of a box, as tokens.

   title(model, place)   -> {name, symbol: tokens, value}
   lines(model, place)   -> [{key, rule, parts: tokens, result, value, more?,
                             wrong?, rough?}]
   verdict(model, place) -> {symbol: tokens, text, verdict, sentence, said}
                            or null where there is no derivative
   A token is {text, place?, sub?, sup?, kind?}; a place makes it a button.
   kind is "op" (" + "), "note" (words between numbers) or nothing. A line
   reads ``rule``, then "= parts", then "= result". ``key`` names its equation
   in EQUATIONS. ``wrong`` marks a line that a wrong formula has changed,
   ``rough`` one whose sum is lost in rounding. ``more()`` gives a table of all
   terms: {head: [...], rows: [[...], ...]}.

   Each parts, read as text and evaluated, gives its result: the result has
   four significant digits, and the operands take as many as that needs. */

"use strict";

(() => {
  const { engine } = globalThis.glass;

  // Where the book derives what a line says.
  const EQUATIONS = {
    z: "eq-layer-sum", J: "eq-cost",
    sigmoid: "eq-sigmoid", tanh: "eq-tanh", relu: "eq-relu",
    leaky_relu: "eq-leaky", identity: "eq-identity", softmax: "eq-softmax",
    "sigmoid-prime": "eq-sigmoid-prime",
    "tanh-prime": "eq-activations-tanh-prime",
    "tanh-slope": "eq-activations-tanh-slope",
    "relu-prime": "eq-activations-relu-prime",
    "leaky_relu-prime": "eq-activations-leaky-prime",
    "identity-prime": "eq-identity",
    euclidean: "eq-euclidean", binary_cross_entropy: "eq-bce",
    "bce-logits": "eq-bce-logits", cross_entropy: "eq-cross-entropy",
    "log-softmax": "eq-log-softmax",
    "dZ-L": "eq-dZ-L", dZ: "eq-dZ", dA: "eq-dA", dW: "eq-dW", db: "eq-db",
    step: "eq-step", momentum: "eq-descent-momentum",
    nesterov: "eq-descent-nesterov-ahead", rmsprop: "eq-descent-rmsprop",
    "adam-means": "eq-descent-adam-means",
    "adam-corrected": "eq-descent-adam-corrected",
    adam: "eq-descent-adam", adamw: "eq-tuning-adamw",
    difference: "eq-central-difference",
  };

  // --- numbers ----------------------------------------------------------
  const MOST = 17; // digits that tell any two float64 apart
  const above = (text) =>
    text.replace(/./g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? { "-": "⁻" }[c]);
  const under = (n) => String(n).replace(/\d/g, (c) => "₀₁₂₃₄₅₆₇₈₉"[c]);
  const rounded = (x, digits) =>
    Number.isFinite(x) ? Number(x.toPrecision(digits)) : x;

  // Zeros at the end say that a number was rounded; 0.97 is 0.97.
  function number(x, digits = 4) {
    if (Number.isNaN(x)) return "nan";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
    if (x === 0) return "0";
    const size = Math.abs(x);
    let [mantissa, power] = size.toExponential(digits - 1).split("e");
    power = Number(power);
    const whole = Number(size.toPrecision(digits)) === size;
    if (whole) mantissa = size.toExponential().split("e")[0];
    const shown = mantissa.replace(".", "");
    let text;
    if (power < -3 || power >= Math.max(digits, whole ? 6 : 0))
      text = `${mantissa}·10${above(String(power))}`;
    else if (power < 0) text = `0.${"0".repeat(-power - 1)}${shown}`;
    else {
      const padded = shown.padEnd(power + 1, "0");
      text = padded.slice(0, power + 1);
      if (padded.length > power + 1) text += `.${padded.slice(power + 1)}`;
    }
    return (x < 0 ? "−" : "") + text;
  }

  // --- expressions ------------------------------------------------------
  // Each has its value and its tokens where operands have so many digits;
  // ``level`` says how tight it binds: 1 a sum, 2 a product, 3 a number.
  const text = (words, kind = "op") => ({ text: words, kind });
  const wrap = (tokens) => [text("("), ...tokens, text(")")];
  const num = (x, place) => ({
    level: 3,
    value: (d) => rounded(x, d),
    tokens(d, first) {
      const shown = number(x, d);
      const bare = first || x >= 0 || Number.isNaN(x);
      return [{ text: bare ? shown : `(${shown})`, ...(place && { place }) }];
    },
  });
  const inside = (e, d, first, level) =>
    e.level < level ? wrap(e.tokens(d, true)) : e.tokens(d, first);
  // A base, an exponent or a denominator: one number or one pair of brackets.
  function atom(e, d) {
    const tokens = e.tokens(d, true);
    const plain = e.level === 3 && !/·|^−/.test(tokens[0].text);
    return plain ? tokens : wrap(tokens);
  }
  const joined = (list, sign, level, d, first) =>
    list.flatMap((e, at) => [
      ...(at ? [text(sign)] : []),
      ...inside(e, d, first && at === 0, level),
    ]);
  // What rounding has taken from the sums so far, as a share of their values:
  // 0.999999 − 1 keeps ten digits of sixteen.
  let lost = 0;
  function noting(x, ...terms) {
    const size = Math.max(...terms.map(Math.abs));
    if (x) lost = Math.max(lost, (4 * Number.EPSILON * size) / Math.abs(x));
    return x;
  }
  const sum = (...list) => list.length === 1 ? list[0] : {
    level: 1,
    value(d) {
      const terms = list.map((e) => e.value(d));
      return noting(terms.reduce((all, x) => all + x, 0), ...terms);
    },
    tokens: (d, first) => joined(list, " + ", 1, d, first),
  };
  const times = (...list) => list.length === 1 ? list[0] : {
    level: 2,
    value: (d) => list.reduce((all, e) => all * e.value(d), 1),
    tokens: (d, first) => joined(list, " · ", 2, d, first),
  };
  const minus = (a, b) => ({
    level: 1,
    value(d) {
      const x = a.value(d), y = b.value(d);
      return noting(x - y, x, y);
    },
    tokens: (d, first) => [
      ...inside(a, d, first, 1), text(" − "), ...inside(b, d, false, 2)],
  });
  const negative = (a) => ({
    level: 1,
    value: (d) => -a.value(d),
    tokens: (d) => [text("−"), ...inside(a, d, false, 2)],
  });
  const over = (a, b) => ({
    level: 2,
    value: (d) => a.value(d) / b.value(d),
    tokens: (d, first) => [
      ...inside(a, d, first, 2), text(" / "), ...atom(b, d)],
  });
  const called = (name, f, ...list) => ({
    level: 3,
    value: (d) => f(...list.map((e) => e.value(d))),
    tokens: (d) => [
      text(`${name}(`),
      ...list.flatMap((e, at) => [
        ...(at ? [text(", ")] : []), ...e.tokens(d, true)]),
      text(")"),
    ],
  });
  const squared = (a) => ({
    level: 3,
    value: (d) => a.value(d) ** 2,
    tokens(d) {
      const tokens = atom(a, d), last = tokens.at(-1);
      return [...tokens.slice(0, -1), { ...last, sup: "2" }];
    },
  });
  const power = (x, place) => ({
    level: 3,
    value: (d) => Math.exp(rounded(x, d)),
    tokens: (d) => [{ text: "e", sup: number(x, d), ...(place && { place }) }],
  });
  const root = (a) => called("√", Math.sqrt, a);
  const log = (a) => called("log", Math.log, a);
  // log(1 + e^x + ...), which keeps the digits of what is far below 1.
  const logOnePlus = (...list) => ({
    level: 3,
    value: (d) => Math.log1p(list.reduce((all, e) => all + e.value(d), 0)),
    tokens: (d) => [
      text("log("), text("1"), text(" + "),
      ...joined(list, " + ", 1, d, false), text(")")],
  });
  const sigmoid = (z, place) => ({
    level: 2,
    value: (d) => engine.ACTIVATIONS.sigmoid.value(rounded(z, d)),
    tokens: (d) => [
      text("1"), text(" / "), text("("), text("1"), text(" + "),
      ...power(-z, place).tokens(d), text(")")],
  });

  // The text must give the result's digits, and not by a hair: a number
  // halfway between two of four digits gets a fifth.
  const clear = (x, digits, hair) =>
    rounded(x * (1 - hair), digits) === rounded(x * (1 + hair), digits);
  function digitsOfResult(x) {
    let digits = 4;
    while (digits < 9 && !clear(x, digits, 1e-11)) digits++;
    return digits;
  }
  function digitsOf(expression, result, most = MOST) {
    const shown = digitsOfResult(result), want = rounded(result, shown);
    for (let d = 4; d <= most; d++) {
      lost = 0;
      const x = expression.value(d), hair = Math.max(1e-12, lost);
      if (rounded(x, shown) === want && clear(x, shown, hair)) return d;
    }
    return 0;
  }
  function line(key, rule, expression, value, extra = {}) {
    const digits = digitsOf(expression, value);
    const parts = expression.tokens(digits || MOST, true);
    const result = number(value, digitsOfResult(value));
    return {
      key, rule, parts, result, value, ...(!digits && { rough: true }),
      ...extra,
    };
  }

  // --- symbols ----------------------------------------------------------
  const at = (l) => (l ? `[${l}]` : "");
  function sign(model, { kind, l, i, k }, { d = "", s = "" } = {}) {
    const { n } = model.net, of = (layer, unit) =>
      n[layer] === 1 ? "" : String(unit + 1);
    let sub = kind === "w"
      ? (n[l] * n[l - 1] === 1 ? "" : `${i + 1}${k + 1}`) : of(l, i);
    const layer = kind === "x" || kind === "y" ? "" : at(l);
    return {
      text: d + kind, ...(sub && { sub }),
      ...(layer + s && { sup: layer + s }),
    };
  }
  // a[0] is x.
  const below = (l) => (l === 1 ? "x" : "a");
  const unit = (kind, l, k) => ({ kind: l === 0 ? "x" : kind, l, i: k });
  const signs = (...list) =>
    list.map((one) => (typeof one === "string" ? text(one) : one));
  const G = {
    sigmoid: "σ", tanh: "tanh", relu: "relu", leaky_relu: "leaky",
    identity: "g", softmax: "softmax",
  };
  const nameOf = (g) => g.replace(/\(.*/, "");
  const all = (count) => Array.from({ length: count }, (_, at) => at);
  const entry = (M, i, k) => M.d[i * M.c + k];

  // --- lines ------------------------------------------------------------
  function lineOfZ(model, l, i, s) {
    const { net, cache } = model, W = net.W[l], left = below(l);
    const product = (k) => times(
      num(entry(W, i, k), { kind: "W", l, i, k }),
      num(entry(cache.A[l - 1], k, s), unit("a", l - 1, k)));
    const term = (k) => [
      sign(model, { kind: "w", l, i, k }), text(" "),
      sign(model, { kind: left, l: l - 1, i: k })];
    const few = W.c <= 2;
    const rule = few
      ? all(W.c).flatMap((k) => [...(k ? [text(" + ")] : []), ...term(k)])
      : [{ text: "Σ", sub: "j" }, text(" "),
        { text: "w", sub: `${W.r === 1 ? "1" : i + 1}j`, sup: at(l) },
        text(" "), { text: left, sub: "j", ...(l > 1 && { sup: at(l - 1) }) }];
    return line("z", signs(
      sign(model, { kind: "z", l, i }), " = ", ...rule, " + ",
      sign(model, { kind: "b", l, i })),
    sum(...all(W.c).map(product),
      num(net.b[l].d[i], { kind: "b", l, i, k: 0 })),
    entry(cache.Z[l], i, s));
  }

  function lineOfA(model, l, i, s) {
    const { net, cache } = model, g = nameOf(net.g[l]);
    const place = { kind: "z", l, i }, Z = cache.Z[l];
    const z = entry(Z, i, s), value = entry(cache.A[l], i, s);
    const a = sign(model, { kind: "a", l, i });
    const zed = sign(model, { kind: "z", l, i });
    if (g === "softmax") {
      const M = Math.max(...all(Z.r).map((k) => entry(Z, k, s)));
      const e = (k) => power(entry(Z, k, s) - M, { kind: "z", l, i: k });
      const z_ = (sub) => `z${sub} − M`;
      return line("softmax", signs(
        a, " = ", { text: "e", sup: z_(under(i + 1)) }, " / ",
        { text: "Σ", sub: "j" }, " ", { text: "e", sup: z_("ⱼ") },
        ",  M = max ", { text: "z", sub: "j" }),
      over(e(i), sum(...all(Z.r).map(e))), value);
    }
    const c = engine.activation(net.g[l]).c, x = num(z, place);
    const right = {
      sigmoid: () => sigmoid(z, place),
      tanh: () => called("tanh", Math.tanh, x),
      relu: () => called("max", Math.max, x, num(0)),
      leaky_relu: () => (z > 0 ? x : times(num(c), x)),
      identity: () => x,
    }[g]();
    const rule = {
      sigmoid: ["σ(", zed, ") = 1 / (1 + ", { text: "e", sup: "−z" }, ")"],
      tanh: ["tanh(", zed, ")"],
      relu: ["max(", zed, ", 0)"],
      leaky_relu: z > 0
        ? [zed, " as ", zed, " > 0"] : ["c ", zed, " as ", zed, " ≤ 0"],
      identity: [zed],
    }[g];
    return line(g, signs(a, " = ", ...rule), right, value);
  }

  // g'(z), or what a wrong formula puts in its place.
  function lineOfPrime(model, l, i, s) {
    const { net, cache } = model, g = nameOf(net.g[l]);
    const late = model.wrong === "prime-of-a", kind = late ? "a" : "z";
    const a = entry(cache.A[l], i, s), x = late ? a : entry(cache.Z[l], i, s);
    const { prime, value, c } = engine.activation(net.g[l]), slope = prime(x);
    const place = { kind, l, i }, of = sign(model, place);
    const head = [`${G[g]}′(`, of, ") = "], extra = late && { wrong: true };
    // Of the wrong one g(a) is no number of the network.
    const A = late ? [`${G[g]}(`, of, ")"]
      : [sign(model, { ...place, kind: "a" })];
    const y = late ? num(value(a)) : num(a, { kind: "a", l, i });
    const size = x > 0 ? " > 0" : " ≤ 0";
    const [tail, right] = {
      sigmoid: () => [[...A, " (1 − ", ...A, ")"], times(y, minus(num(1), y))],
      tanh: () => [["1 − ", ...A, "²"], minus(num(1), squared(y))],
      relu: () => [[x > 0 ? "1 as " : "0 as ", of, size], num(slope)],
      leaky_relu: () =>
        [[x > 0 ? "1 as " : "c as ", of, size], num(x > 0 ? 1 : c)],
      identity: () => [["1"], num(1)],
    }[g]();
    const smooth = g === "sigmoid" || g === "tanh";
    if (!smooth || digitsOf(right, slope, 9))
      return line(`${g}-prime`, signs(...head, ...tail), right, slope, extra);
    // Near 0 and 1 so written it would cancel.
    const by = g === "tanh" ? 2 : 1, E = power(-by * Math.abs(x), place);
    const far = over(E, squared(sum(num(1), E)));
    const e = { text: "e", sup: `−${by === 2 ? 2 : ""}|${kind}|` };
    return line(by === 2 ? "tanh-slope" : "sigmoid-prime", signs(
      ...head, ...(by === 2 ? ["4 "] : []), e, " / (1 + ", e, ")²"),
    by === 2 ? times(num(4), far) : far, slope, extra);
  }

  function lineOfDz(model, l, i, s) {
    const { net, cache, grads, wrong, Y } = model, m = Y.c;
    const value = entry(grads.dZ[l], i, s);
    const dz = sign(model, { kind: "z", l, i }, { d: "d" });
    const a = sign(model, { kind: "a", l, i });
    const A = entry(cache.A[l], i, s);
    const activation = num(A, { kind: "a", l, i });
    if (l === net.L) {
      const y = sign(model, { kind: "y", l, i });
      const label = num(entry(Y, i, s), { kind: "y", l, i });
      const flip = wrong === "sign";
      const top = flip ? minus(label, activation) : minus(activation, label);
      const parts = {
        "one-over-m": () => [top, []],
        "one-over-m-twice": () => [over(over(top, num(m)), num(m)),
          [" / m / m"]],
      }[wrong] ?? (() => [over(top, num(m)), [" / m"]]);
      const [right, tail] = parts();
      return line("dZ-L", signs(
        dz, " = (", flip ? y : a, " − ", flip ? a : y, ")", ...tail),
      right, value,
      /^(one-over-m|sign)/.test(wrong ?? "") ? { wrong: true } : {});
    }
    const da = num(entry(grads.dA[l], i, s), { kind: "da", l, i });
    const d = sign(model, { kind: "a", l, i }, { d: "d" });
    if (wrong === "no-prime")
      return line("dZ", signs(dz, " = ", d), da, value, { wrong: true });
    if (wrong === "g-for-prime")
      return line("dZ", signs(dz, " = ", d, " ", a), times(da, activation),
        value, { wrong: true });
    const x = wrong === "prime-of-a" ? a : sign(model, { kind: "z", l, i });
    const z = wrong === "prime-of-a" ? A : entry(cache.Z[l], i, s);
    const slope = engine.activation(net.g[l]).prime(z);
    return line("dZ", signs(
      dz, " = ", d, ` ${G[nameOf(net.g[l])]}′(`, x, ")"),
    times(da, num(slope)), value,
    wrong === "prime-of-a" ? { wrong: true } : {});
  }

  // The weights that dA[l] goes through, which a wrong formula may change.
  function through(model, l) {
    const { net, grads, wrong, optimizer, state } = model;
    if (wrong !== "early") return net.W[l];
    return engine.moved("W", l, net.W[l], grads.dW[l], optimizer, state)[0];
  }

  function lineOfDa(model, l, i, s) {
    const { net, grads, wrong } = model, up = l + 1;
    const W = through(model, up), value = entry(grads.dA[l], i, s);
    const turned = wrong === "transpose" ||
      (wrong === "transpose-square" && W.r === W.c);
    const summed = wrong === "sum-too-early";
    const terms = all(turned ? W.c : W.r).map((k) => {
      const [row, column] = turned ? [i, k] : [k, i];
      const w = wrong === "early"
        ? num(entry(W, row, column))
        : num(entry(W, row, column), { kind: "W", l: up, i: row, k: column });
      return times(w, summed
        ? num(grads.db[up].d[k], { kind: "db", l: up, i: k, k: 0 })
        : num(entry(grads.dZ[up], k, s), { kind: "dz", l: up, i: k }));
    });
    const one = terms.length === 1;
    const j = `${i + 1}`, k = one ? "1" : "k";
    const alone = net.n[l] * net.n[up] === 1;
    const w = alone ? {} : { sub: turned ? j + k : k + j };
    const dz = { text: "dz", ...(net.n[up] > 1 && { sub: "k" }) };
    return line("dA", signs(
      sign(model, { kind: "a", l, i }, { d: "d" }), " = ",
      ...(one ? [] : [{ text: "Σ", sub: "k" }, " "]),
      { text: wrong === "early" ? "new w" : "w", ...w, sup: at(up) }, " ",
      ...(summed ? [{ text: "Σ", sub: "i" }, " "] : []),
      { ...dz, sup: at(up) + (summed ? "(i)" : "") }),
    sum(...terms), value,
    turned || summed || wrong === "early" ? { wrong: true } : {});
  }

  // A sum over samples: all of few, else the two largest and the rest.
  function overSamples(terms, values, total) {
    if (values.length <= 4) return sum(...terms.map((term) => term()));
    const order = all(values.length)
      .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
    const [first, second] = order.slice(0, 2).sort((a, b) => a - b);
    const rest = total - values[first] - values[second];
    const others = num(rest);
    return sum(terms[first](), terms[second](), {
      ...others,
      tokens: (d, lead) => [
        ...others.tokens(d, lead),
        text(` (the other ${values.length - 2})`, "note")],
    });
  }

  function lineOfParameter(model, kind, l, i, k) {
    const { grads, cache, wrong, Y } = model, { d, c } = grads.dZ[l];
    const bias = kind === "b", Z = wrong === "z-for-a" && l > 1 && !bias;
    const A = (Z ? cache.Z : cache.A)[l - 1], left = Z ? "z" : below(l);
    const value = entry(grads["d" + kind][l], i, k);
    const dz = (s) => num(d[i * c + s], { kind: "dz", l, i, s });
    const from = unit(Z ? "z" : "a", l - 1, k);
    const a = (s) => num(entry(A, k, s), { ...from, s });
    const of = all(c).map((s) => d[i * c + s] * (bias ? 1 : entry(A, k, s)));
    const terms = all(c).map((s) => () =>
      bias ? dz(s) : times(dz(s), a(s)));
    const many = Y.c > 1, s = many ? "(i)" : "";
    const rule = signs(
      sign(model, bias ? { kind: "b", l, i } : { kind: "w", l, i, k },
        { d: "d" }), " = ", ...(many ? [{ text: "Σ", sub: "i" }, " "] : []),
      sign(model, { kind: "z", l, i }, { d: "d", s }),
      ...(bias ? [] : [
        " ", sign(model, { kind: left, l: l - 1, i: k }, { s })]));
    const more = () => ({
      head: ["sample", "dz", ...(bias ? [] : [left, `dz · ${left}`])],
      rows: all(c).map((at_) => [
        String(at_ + 1), number(d[i * c + at_]),
        ...(bias ? [] : [number(entry(A, k, at_)), number(of[at_])])]),
    });
    return line(bias ? "db" : "dW", rule, overSamples(terms, of, value), value,
      { ...(many && { more }), ...(Z && { wrong: true }) });
  }

  // What one step does to a weight or a bias, in the optimiser's own lines.
  function linesOfStep(model, kind, l, i, k) {
    const { net, grads, optimizer, state } = model;
    const o = engine.settings(optimizer), X = net[kind][l];
    const D = grads["d" + kind][l], place = { kind, l, i, k };
    const [after, kept] = engine.moved(kind, l, X, D, optimizer, state);
    const pick = (M) => entry(M, i, k), old = state.memory[kind + l];
    const mark = { kind: kind === "b" ? "b" : "w", l, i, k };
    const x = sign(model, mark), dx = sign(model, mark, { d: "d" });
    const X_ = num(pick(X), place), lr = num(o.lr);
    const D_ = num(pick(D), { kind: "d" + kind, l, i, k });
    const rest = (beta) => minus(num(1), num(beta));
    const running = (letter, beta, name, M, now, square) => line(
      o.name === "rmsprop" ? "rmsprop" : "adam-means", signs(
        `${letter} ← ${name} ${letter} + (1 − ${name}) `, dx,
        square ? "²" : ""),
      sum(times(num(beta), num(pick(M))),
        times(rest(beta), square ? squared(D_) : D_)), pick(now));
    const end = (key, tail, change) => line(key, signs(
      x, " ← ", x, " − α ", ...tail), minus(X_, change), pick(after));
    switch (o.name) {
      case "gradient_descent":
        return [end("step", [dx], times(lr, D_))];
      case "momentum": case "nesterov": {
        const V = num(pick(kept)), beta = num(o.beta);
        const first = line("momentum", signs("V ← β V + ", dx),
          sum(times(beta, num(pick(old))), D_), pick(kept));
        return [first, o.nesterov
          ? end("nesterov", ["(", dx, " + β V)"],
            times(lr, sum(D_, times(beta, V))))
          : end("momentum", ["V"], times(lr, V))];
      }
      case "rmsprop":
        return [
          running("Q", o.beta, "β", old, kept, true),
          end("rmsprop", [dx, " / (√Q + ε)"], times(lr, over(
            D_, sum(root(num(pick(kept))), num(o.eps))))),
        ];
      default: {
        const t = state.t + 1;
        const share = (beta) => minus(num(1), t === 1 ? num(beta) : {
          level: 3,
          value: (d) => rounded(beta, d) ** t,
          tokens: (d) => [{ text: number(beta, d), sup: String(t) }],
        });
        const [P, Q] = kept.map(pick);
        const p = P / (1 - o.beta1 ** t), q = Q / (1 - o.beta2 ** t);
        const right = (hat, letter, sub, beta, from, to) => line(
          "adam-corrected", signs(`${hat} = ${letter} / (1 − `,
            { text: "β", sub, sup: "t" }, ")"),
          over(num(from), share(beta)), to);
        const change = times(lr, over(
          num(p), sum(root(num(q)), num(o.eps))));
        const decay = kind === "W" && o.weight_decay;
        const tail = ["P̂ / (√Q̂ + ε)"];
        return [
          running("P", o.beta1, "β₁", old[0], kept[0], false),
          running("Q", o.beta2, "β₂", old[1], kept[1], true),
          right("P̂", "P", "1", o.beta1, P, p),
          right("Q̂", "Q", "2", o.beta2, Q, q),
          decay
            ? line("adamw", signs(x, " ← ", x, " − α ", ...tail, " − α λ ", x),
              minus(minus(X_, change),
                times(lr, num(o.weight_decay), X_)), pick(after))
            : end("adam", tail, change),
        ];
      }
    }
  }

  // The loss of one sample.
  function lineOfLoss(model, s) {
    const { net, cache, Y, loss } = model, l = net.L, rows_ = all(Y.r);
    const Z = cache.Z[l], A = cache.A[l];
    const z = (k) => entry(Z, k, s), y = (k) => entry(Y, k, s);
    const a_ = (k) => num(entry(A, k, s), { kind: "a", l, i: k });
    const y_ = (k) => num(y(k), { kind: "y", l, i: k });
    const one = Y.r === 1, sub = one ? {} : { sub: "k" };
    const a = { text: "a", ...sub }, label = { text: "y", ...sub };
    const over_ = one ? [] : [{ text: "Σ", sub: "k" }, " "];
    const terms = engine.LOSSES[loss].terms(column(Z, s), column(Y, s));
    const value = terms.d.reduce((total, t) => total + t, 0);
    const binary = rows_.every((k) => y(k) === 0 || y(k) === 1);
    if (loss === "euclidean")
      return line(loss, signs("ℓ = ½ ", ...over_, "(", a, " − ", label, ")²"),
        over(sum(...rows_.map((k) => squared(minus(a_(k), y_(k))))), num(2)),
        value);
    if (loss === "binary_cross_entropy") {
      const yes = (k) => log(a_(k)), no = (k) => log(minus(num(1), a_(k)));
      const term = (k) => y(k) === 1 ? negative(yes(k))
        : y(k) === 0 ? negative(no(k))
        : negative(sum(times(y_(k), yes(k)),
          times(minus(num(1), y_(k)), no(k))));
      const right = sum(...rows_.map(term));
      const short = one && binary
        ? [y(0) === 1 ? ["log ", a] : ["log(1 − ", a, ")"]]
        : [["(", ...over_, label, " log ", a, " + (1 − ", label,
          ") log(1 − ", a, "))"]];
      const why = one && binary ? [" as ", label, ` = ${y(0)}`] : [];
      if (digitsOf(right, value, 9))
        return line(loss, signs("ℓ = −", ...short[0], ...why), right, value);
      const zed = { text: "z", ...sub };
      const place = (k) => ({ kind: "z", l, i: k });
      return line("bce-logits", signs(
        "ℓ = ", ...over_, "max(", zed, ", 0) − ", zed, " ", label,
        " + log(1 + ", { text: "e", sup: "−|z|" }, ")"),
      sum(...rows_.map((k) => sum(
        minus(num(Math.max(z(k), 0)), times(num(z(k), place(k)), y_(k))),
        logOnePlus(power(-Math.abs(z(k)), place(k)))))), value);
    }
    const there = rows_.filter((k) => y(k) > 0);
    const hot = there.length === 1 && binary, top = there[0];
    const right = hot ? negative(log(a_(top)))
      : negative(sum(...there.map((k) => times(y_(k), log(a_(k))))));
    const rule = hot ? ["−log ", sign(model, { kind: "a", l, i: top })]
      : ["−", ...over_, label, " log ", a];
    if (digitsOf(right, value, 9))
      return line(loss, signs("ℓ = ", ...rule), right, value);
    const largest = engine.tops(column(Z, s))[0], M = z(largest);
    const others = rows_.filter((k) => k !== largest);
    const lse = logOnePlus(...others.map((k) =>
      power(z(k) - M, { kind: "z", l, i: k })));
    const share = (k) => {
      const under_ = num(z(k) - M);
      return hot ? under_ : times(y_(k), under_);
    };
    const lower = there.filter((k) => k !== largest);
    const zed = hot ? sign(model, { kind: "z", l, i: top })
      : { text: "z", sub: "k" };
    return line("log-softmax", signs(
      "ℓ = log ", { text: "Σ", sub: "j" }, " ", { text: "e", sup: "zⱼ − M" },
      " − ", ...(hot ? [] : [{ text: "Σ", sub: "k" }, " ", label, " "]),
      "(", zed, " − M)"),
    lower.length ? minus(lse, sum(...lower.map(share))) : lse, value);
  }
  const column = (M, s) => engine.matrix(M.r, 1, (i) => M.d[i * M.c + s]);

  function lineOfJ(model) {
    const { net, cache, Y, loss, J } = model, m = Y.c;
    const losses = [...engine.perSample(loss, cache.Z[net.L], Y)];
    if (m === 1) return [];
    const terms = losses.map((value, s) => () =>
      num(value, { kind: "loss", s }));
    const more = () => ({
      head: ["sample", "loss"],
      rows: losses.map((value, s) => [String(s + 1), number(value)]),
    });
    return [line("J", signs(
      "J = ", "(1/m) ", { text: "Σ", sub: "i" }, " ",
      { text: "ℓ", sup: "(i)" }),
    over(overSamples(terms, losses, J * m), num(m)), J, { more })];
  }

  // The lines of a place: first what the number is, then what follows.
  function lines(model, { kind, l, i, k = 0, s = model.sample }) {
    const { net, grads } = model;
    const back = grads && model.mode === "backward";
    const parameter = () => [
      lineOfParameter(model, kind.at(-1), l, i, k),
      ...linesOfStep(model, kind.at(-1), l, i, k)];
    const dz = () => [
      lineOfDz(model, l, i, s),
      ...(l < net.L && !/^(no-prime|g-for-prime)$/.test(model.wrong)
        ? [lineOfPrime(model, l, i, s)] : [])];
    switch (kind) {
      case "W": case "b":
        return [lineOfZ(model, l, i, s), ...(grads ? parameter() : [])];
      case "dW": case "db": return grads ? parameter() : [];
      case "z": return [
        lineOfZ(model, l, i, s), lineOfA(model, l, i, s),
        ...(back ? dz() : [])];
      case "a":
        if (l === 0) return [];
        return [
          lineOfA(model, l, i, s), lineOfZ(model, l, i, s),
          ...(back && l < net.L ? [lineOfDa(model, l, i, s)] : []),
          ...(back ? dz() : [])];
      case "dz": return grads ? dz() : [];
      case "da":
        return grads && l > 0 && l < net.L
          ? [lineOfDa(model, l, i, s)] : [];
      case "y": return [
        lineOfLoss(model, s),
        ...(back ? [lineOfDz(model, net.L, i, s)] : [])];
      case "loss": return [lineOfLoss(model, s)];
      case "J": return [...lineOfJ(model), lineOfLoss(model, model.sample)];
      default: return [];
    }
  }

  // --- names ------------------------------------------------------------
  function title(model, place) {
    const { kind, l, i, k = 0, s = model.sample } = place, { net } = model;
    const many = (layer) => net.n[layer] > 1;
    const on = model.Y.c > 1 ? `, sample ${s + 1}` : "";
    const source = l === 1
      ? (many(0) ? `x${under(k + 1)}` : "x")
      : `unit ${k + 1} of layer ${l - 1}`;
    const target = l === net.L
      ? (many(l) ? `output ${i + 1}` : "the output") : `unit ${i + 1}`;
    const unit_ = l === net.L ? target : `unit ${i + 1} of layer ${l}`;
    const numbered = (letter, layer) =>
      many(layer) ? letter + under(i + 1) : letter;
    const names = {
      W: () => `Weight W[${l}] from ${source} to ${target}`,
      b: () => `Bias b[${l}] of ${target}`,
      z: () => `Weighted sum z of ${unit_}${on}`,
      a: () => `Activation a of ${unit_}${on}`,
      x: () => `Input ${numbered("x", 0)}${on}`,
      y: () => `Label ${numbered("y", net.L)}${on}`,
      J: () => "Cost J",
      loss: () => `Loss ℓ of sample ${s + 1}`,
      dW: () => `dW[${l}] of the weight from ${source} to ${target}`,
      db: () => `db[${l}] of the bias of ${target}`,
      dz: () => `dz of ${unit_}${on}`,
      da: () => `da of ${unit_}${on}`,
    };
    const value = kind === "loss"
      ? lineOfLoss(model, s).value : model.value(place);
    return {
      name: names[kind](), symbol: symbol(model, place),
      value: number(value, 4),
    };
  }
  function symbol(model, { kind, l, i, k = 0 }) {
    if (kind === "J") return [{ text: "J" }];
    if (kind === "loss") return [{ text: "ℓ" }];
    const d = kind.length > 1 ? "d" : "";
    const letter = d ? kind.slice(1) : kind;
    return [sign(model, {
      kind: letter === "W" ? "w" : letter,
      l: kind === "x" ? 0 : kind === "y" ? model.net.L : l, i, k,
    }, { d })];
  }

  // --- the derivative of a place, and its difference --------------------
  const DERIVATIVE = { W: "dW", b: "db", z: "dz", a: "da" };
  function derivative(model, place) {
    const { kind, l } = place;
    const of = kind in DERIVATIVE ? DERIVATIVE[kind] : kind;
    if (!["dW", "db", "dz", "da"].includes(of) || !model.grads) return null;
    if (of === "da" && (l === 0 || l === model.net.L)) return null;
    return { ...place, kind: of };
  }

  // No more digits than rounding leaves, at most four.
  function supported({ value, noise }) {
    const digits = Math.floor(Math.log10(Math.abs(value) / noise)) + 1;
    return number(value, Math.min(4, Math.max(1, digits || 1)));
  }

  function verdict(model, place) {
    const there = derivative(model, place);
    if (!there) return null;
    const found = model.verdict(there), said = number(found.said, 4);
    const shown = Number.isNaN(found.value) ? "nan" : supported(found);
    const size = number(found.bound ?? 0, 1);
    const sentence = {
      agrees: "The difference agrees with the formula.",
      differs: `The formula says ${said}, the difference ${shown}.`,
      small: found.kink
        ? "A unit stands at its kink here, where there is no one slope."
        : !Number.isFinite(found.value)
        ? "The cost is no longer a finite number, so nothing can be measured."
        : found.said === 0 && found.value === 0
        ? "Both are 0, as far as rounding lets us see."
        : `Too small to tell: rounding alone may be ${size}.`,
    }[found.verdict];
    return {
      place: there, symbol: symbol(model, there), text: shown, said,
      verdict: found.verdict, sentence, h: found.h,
    };
  }

  // Tokens as one text: w_11^([1]).
  const plain = (tokens) => tokens.map(({ text: shown, sub, sup }) =>
    shown + (sub ? `_${sub}` : "") + (sup ? `^(${sup})` : "")).join("");

  globalThis.glass.words = {
    EQUATIONS, number, title, lines, verdict, derivative, symbol, plain,
  };
})();
