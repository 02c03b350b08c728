/* The formulas of the book in JavaScript, with the names of mininn.

   A matrix is {r, c, d}: rows, columns, and a Float64Array, row after row.
   Layered quantities are keyed by layer number 1..L, as in mininn: W[l] is
   (n[l], n[l-1]), A[l] is (n[l], m), A[0] is X. Nothing here knows a page,
   and nothing is changed in place. An activation is its name; a leaky ReLU
   of another slope is "leaky_relu(0.2)". An optimiser is its name and its
   numbers, {name: "momentum", lr: 0.1, beta: 0.9}: what is left out is as
   mininn has it. */

"use strict";

(() => {
  const matrix = (r, c, f) => {
    const d = new Float64Array(r * c);
    for (let i = 0, at = 0; i < r; i++)
      for (let k = 0; k < c; k++, at++) d[at] = f(i, k, at);
    return { r, c, d };
  };
  const from = (rows) =>
    matrix(rows.length, rows[0].length, (i, k) => rows[i][k] ?? NaN);
  const rows = ({ r, c, d }) =>
    Array.from({ length: r }, (_, i) => [...d.subarray(i * c, (i + 1) * c)]);
  const map = (M, f) => matrix(M.r, M.c, (i, k, at) => f(M.d[at], i, k, at));
  // The same of each number alone, which is several times as fast; and of
  // two matrices of one shape.
  function each(M, f) {
    const { d } = M, out = new Float64Array(d.length);
    for (let at = 0; at < d.length; at++) out[at] = f(d[at]);
    return { r: M.r, c: M.c, d: out };
  }
  function both(M, N, f) {
    const { d } = M, e = N.d, out = new Float64Array(d.length);
    for (let at = 0; at < d.length; at++) out[at] = f(d[at], e[at]);
    return { r: M.r, c: M.c, d: out };
  }

  // A line of NumPy that does not fit raises; so does this.
  function fit(line, columns, rows, left, right) {
    if (columns !== rows)
      throw new RangeError(`${line}: ${left.r} × ${left.c} and ` +
        `${right.r} × ${right.c} do not fit`);
  }

  // W @ A + b; without b, W @ A. ``line`` names it where it does not fit.
  function affine(W, A, b, line = "W A") {
    fit(line, W.c, A.r, W, A);
    const { c } = A, Z = { r: W.r, c, d: new Float64Array(W.r * c) };
    for (let i = 0; i < W.r; i++) {
      const start = i * c;
      for (let k = 0; k < W.c; k++) {
        const w = W.d[i * W.c + k], from = k * c;
        for (let s = 0; s < c; s++) Z.d[start + s] += w * A.d[from + s];
      }
      if (b) for (let s = 0; s < c; s++) Z.d[start + s] += b.d[i];
    }
    return Z;
  }
  // D @ A.T
  function outer(D, A) {
    fit("dZ Aᵀ", D.c, A.c, D, A);
    const out = { r: D.r, c: A.r, d: new Float64Array(D.r * A.r) };
    for (let i = 0, at = 0; i < D.r; i++)
      for (let k = 0; k < A.r; k++, at++) {
        let sum = 0;
        for (let s = 0, x = i * D.c, y = k * D.c; s < D.c; s++, x++, y++)
          sum += D.d[x] * A.d[y];
        out.d[at] = sum;
      }
    return out;
  }
  const transpose = (M) => matrix(M.c, M.r, (i, k) => M.d[k * M.c + i]);
  const sumOfRows = (M) =>
    matrix(M.r, 1, (i) => {
      let sum = 0;
      for (let s = 0; s < M.c; s++) sum += M.d[i * M.c + s];
      return sum;
    });

  // Each g with its derivative, both of z. Written with e^-|z|, which can
  // neither overflow nor cancel: see mininn/activations.py.
  const below = (z) => Math.exp(-Math.abs(z));
  const leaky = (c) => ({
    value: (z) => (z > 0 ? z : c * z),
    prime: (z) => (z > 0 ? 1 : c),
    kink: true,
    c,
  });
  const ACTIVATIONS = {
    identity: { value: (z) => z, prime: () => 1 },
    sigmoid: {
      value(z) {
        const e = below(z);
        return (z >= 0 ? 1 : e) / (1 + e);
      },
      prime(z) {
        const e = below(z), f = 1 + e;
        return e / (f * f);
      },
    },
    tanh: {
      value: Math.tanh,
      prime(z) {
        const e = below(z), q = e * e, f = 1 + q;
        return (4 * q) / (f * f);
      },
    },
    relu: {
      value: (z) => (z > 0 ? z : z <= 0 ? 0 : NaN),
      prime: (z) => (z > 0 ? 1 : 0),
      kink: true,
    },
    leaky_relu: leaky(0.01),
  };
  const LEAKY = /^leaky_relu\((-?[\d.]+(?:e[-+]?\d+)?)\)$/;
  function activation(g) {
    if (Object.hasOwn(ACTIVATIONS, g)) return ACTIVATIONS[g];
    const c = LEAKY.exec(g);
    if (!c) throw new TypeError(`no activation is called ${g}`);
    return leaky(Number(c[1]));
  }

  // Row of the largest score of each sample.
  function tops(Z) {
    const out = new Int32Array(Z.c);
    for (let s = 0; s < Z.c; s++)
      for (let i = 1; i < Z.r; i++)
        if (Z.d[i * Z.c + s] > Z.d[out[s] * Z.c + s]) out[s] = i;
    return out;
  }
  function softmax(Z) {
    const out = { r: Z.r, c: Z.c, d: new Float64Array(Z.d.length) };
    tops(Z).forEach((top, s) => {
      const largest = Z.d[top * Z.c + s];
      let sum = 0;
      for (let at = s; at < Z.d.length; at += Z.c)
        sum += out.d[at] = Math.exp(Z.d[at] - largest);
      for (let at = s; at < Z.d.length; at += Z.c) out.d[at] /= sum;
    });
    return out;
  }
  function logSoftmax(Z) {
    const out = { r: Z.r, c: Z.c, d: new Float64Array(Z.d.length) };
    tops(Z).forEach((top, s) => {
      const largest = Z.d[top * Z.c + s];
      let others = 0; // without the largest: log1p keeps their digits
      for (let i = 0; i < Z.r; i++)
        if (i !== top) others += Math.exp(Z.d[i * Z.c + s] - largest);
      const log = Math.log1p(others);
      for (let at = s; at < Z.d.length; at += Z.c)
        out.d[at] = Z.d[at] - largest - log;
    });
    return out;
  }
  const activate = (g, Z) =>
    g === "softmax" ? softmax(Z) : each(Z, activation(g).value);

  // Each loss: the activation it was derived for, and its terms by entry.
  const LOSSES = {
    euclidean: {
      link: "identity",
      terms: (Z, Y) => both(Z, Y, (z, y) => ((z - y) * (z - y)) / 2),
    },
    binary_cross_entropy: {
      link: "sigmoid",
      terms: (Z, Y) =>
        both(Z, Y, (z, y) =>
          Math.abs(z) * (z > 0 ? 1 - y : y) + Math.log1p(below(z))),
    },
    cross_entropy: {
      link: "softmax",
      terms: (Z, Y) =>
        both(logSoftmax(Z), Y, (log, y) => (y > 0 ? -y * log : 0)),
    },
  };

  // The loss of each sample, before the mean: m numbers.
  function perSample(loss, Z, Y) {
    const { d } = LOSSES[loss].terms(Z, Y), out = new Float64Array(Z.c);
    for (let at = 0, i = 0; i < Z.r; i++)
      for (let s = 0; s < Z.c; s++, at++) out[s] += d[at];
    return out;
  }
  function cost(loss, Z, Y) {
    const { d } = LOSSES[loss].terms(Z, Y);
    let sum = 0;
    for (let at = 0; at < d.length; at++) sum += d[at];
    return sum / Z.c;
  }

  function forward(net, X) {
    const Z = {}, A = { 0: X };
    for (let l = 1; l <= net.L; l++) {
      Z[l] = affine(net.W[l], A[l - 1], net.b[l]);
      A[l] = activate(net.g[l], Z[l]);
    }
    return { Z, A };
  }
  // The scores of the last layer, from Z[l] on.
  function scoresFrom(net, l, Z) {
    for (let next = l + 1; next <= net.L; next++)
      Z = affine(net.W[next], activate(net.g[next - 1], Z), net.b[next]);
    return Z;
  }

  // What a wrong formula says instead; see errata. In place of its name a
  // page may put words of its own.
  const WRONG = {
    transpose: "W for Wᵀ in dA",
    "transpose-square": "W for Wᵀ where the layer is square",
    "one-over-m": "1/m lost",
    "one-over-m-twice": "1/m twice",
    sign: "y − a for a − y",
    "g-for-prime": "g(z) for g'(z)",
    "no-prime": "g' forgotten",
    "prime-of-a": "g'(a) for g'(z)",
    "z-for-a": "Z for A in dW",
    "sum-too-early": "dZ summed before dA",
    early: "W updated too early",
  };

  // ``ahead(kind, l, X, dX)`` returns X after the step; only "early" asks:
  // there W[l] has moved before dA[l - 1] is computed from it, which is what
  // code does that changes W in place.
  function backward(net, cache, Y, loss, wrong = null, ahead = null) {
    const { L, W, g } = net, { Z, A } = cache, m = Y.c;
    const dW = {}, db = {}, dZ = {}, dA = {};
    const out = LOSSES[loss].link === g[L]
      ? A[L] : activate(LOSSES[loss].link, Z[L]);
    dZ[L] = both(out, Y, {
      "one-over-m": (a, y) => a - y,
      "one-over-m-twice": (a, y) => (a - y) / m / m,
      sign: (a, y) => (y - a) / m,
    }[wrong] ?? ((a, y) => (a - y) / m));
    for (let l = L; l >= 1; l--) {
      dW[l] = outer(dZ[l], wrong === "z-for-a" && l > 1 ? Z[l - 1] : A[l - 1]);
      db[l] = sumOfRows(dZ[l]);
      if (l === 1) break;
      const back = wrong === "early" ? ahead("W", l, W[l], dW[l]) : W[l];
      const plain = wrong === "transpose" ||
        (wrong === "transpose-square" && back.r === back.c);
      const D = wrong === "sum-too-early"
        ? matrix(dZ[l].r, m, (i) => db[l].d[i]) : dZ[l];
      dA[l - 1] = affine(plain ? back : transpose(back), D, null,
        `dA[${l - 1}] = W[${l}] dZ[${l}]`);
      const { prime } = activation(g[l - 1]);
      const [of, slope] = {
        "g-for-prime": [A, (a) => a],
        "no-prime": [Z, () => 1],
        "prime-of-a": [A, prime],
      }[wrong] ?? [Z, prime];
      dZ[l - 1] = both(dA[l - 1], of[l - 1], (da, z) => da * slope(z));
    }
    return { dW, db, dZ, dA };
  }

  // Each optimiser: what it remembers of one array at first, and the change
  // in units of lr. ``o`` holds its numbers, with mininn's defaults.
  const zeros = (X) => each(X, () => 0);
  const mean = (beta, M, D) => both(M, D, (x, d) => beta * x + (1 - beta) * d);
  const meanSquare = (beta, M, D) =>
    both(M, D, (x, d) => beta * x + (1 - beta) * (d * d));
  const OPTIMIZERS = {
    gradient_descent: {
      defaults: { lr: 0.1 }, memory: () => null, change: (D) => [D, null],
    },
    momentum: {
      defaults: { lr: 0.1, beta: 0.9, nesterov: false },
      memory: zeros,
      change(D, V, t, { beta, nesterov }) {
        const now = both(V, D, (v, d) => beta * v + d);
        return [nesterov ? both(D, now, (d, v) => d + beta * v) : now, now];
      },
    },
    rmsprop: {
      defaults: { lr: 0.001, beta: 0.9, eps: 1e-8 },
      memory: zeros,
      change(D, Q, t, { beta, eps }) {
        const now = meanSquare(beta, Q, D);
        return [both(D, now, (d, q) => d / (Math.sqrt(q) + eps)), now];
      },
    },
    adam: {
      defaults: { lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      memory: (X) => [zeros(X), zeros(X)],
      change(D, memory, t, { beta1, beta2, eps }) {
        const P = mean(beta1, memory[0], D);
        const Q = meanSquare(beta2, memory[1], D);
        const p = 1 - beta1 ** t, q = 1 - beta2 ** t;
        return [
          both(P, Q, (x, y) => x / p / (Math.sqrt(y / q) + eps)), [P, Q],
        ];
      },
    },
  };
  OPTIMIZERS.nesterov = {
    ...OPTIMIZERS.momentum,
    defaults: { ...OPTIMIZERS.momentum.defaults, nesterov: true },
  };
  OPTIMIZERS.adamw = {
    ...OPTIMIZERS.adam,
    defaults: { ...OPTIMIZERS.adam.defaults, weight_decay: 0.01 },
  };

  const settings = (o) => ({ ...OPTIMIZERS[o.name].defaults, ...o });

  function start(net, optimizer) {
    const memory = {}, { memory: begin } = OPTIMIZERS[optimizer.name];
    for (const kind of ["W", "b"])
      for (let l = 1; l <= net.L; l++) memory[kind + l] = begin(net[kind][l]);
    return { t: 0, memory };
  }

  // One array after a step, and what the optimiser remembers of it.
  function moved(kind, l, X, D, optimizer, state) {
    const o = settings(optimizer), { lr } = o;
    const [change, kept] =
      OPTIMIZERS[o.name].change(D, state.memory[kind + l], state.t + 1, o);
    let after = both(X, change, (x, c) => x - lr * c);
    if (kind === "W" && o.weight_decay) {
      const decay = lr * o.weight_decay;
      after = both(after, X, (x, w) => x - decay * w);
    }
    return [after, kept];
  }

  // One step: the network after it, and the optimiser's new state.
  function step(net, grads, optimizer, state) {
    const memory = {}, after = { ...net, W: {}, b: {} };
    for (const kind of ["W", "b"])
      for (let l = 1; l <= net.L; l++)
        [after[kind][l], memory[kind + l]] = moved(
          kind, l, net[kind][l], grads["d" + kind][l], optimizer, state);
    return [after, { t: state.t + 1, memory }];
  }

  // A copy of ``net`` in which one number is another.
  function changed(net, kind, l, i, k, value) {
    const M = net[kind][l], d = M.d.slice();
    d[i * M.c + k] = value;
    return { ...net, [kind]: { ...net[kind], [l]: { r: M.r, c: M.c, d } } };
  }

  globalThis.glass = globalThis.glass ?? {};
  globalThis.glass.engine = {
    ACTIVATIONS, LOSSES, OPTIMIZERS, WRONG,
    matrix, from, rows, map, each, both, transpose, affine, tops, activation,
    activate, softmax, logSoftmax, perSample, cost, forward, scoresFrom,
    backward, start, step, moved, changed, settings,
  };
})();
