/* What a glass box knows: a network, its data, and what the reader has
   chosen. It computes by engine.js and tells its listeners; it draws nothing.

   A place is {kind, l, i, k}: kind is W, b, z, a, x, y, J, or dW, db, dz, da;
   l counts layers from 1, i and k count units from 0. Quantities of a unit
   (z, a, x, y, dz, da) are those of the sample that is shown, or of sample
   s, counted from 0, where the place says s: {kind, l, i, s}. */

"use strict";

(() => {
  const { engine } = globalThis.glass;
  const H = 1e-5; // as check_gradients
  const KEPT = 2000; // epochs that Back can undo

  function readNet({ n, g, W, b }) {
    const layers = (values, read) =>
      Object.fromEntries(values.map((value, at) => [at + 1, read(value)]));
    return {
      n, L: n.length - 1,
      W: layers(W, engine.from),
      b: layers(b, (column) => engine.from(column.map((x) => [x]))),
      g: layers(g, (name) => name),
    };
  }

  class Model {
    // The spec is what mininn.glass.box stores; see its docstring.
    constructor(spec) {
      this.spec = spec;
      this.home = spec; // where reset goes back to
      this.listeners = [];
      this.restore(spec);
    }

    restore(spec) {
      this.net = readNet(spec);
      this.X = engine.from(spec.X);
      this.Y = engine.from(spec.Y);
      this.loss = spec.loss;
      this.optimizer = spec.opt ?? { name: "gradient_descent", lr: 0.1 };
      this.mode = spec.mode ?? "forward";
      this.wrong = spec.wrong || null;
      this.sample = spec.sample ?? 0;
      this.chosen = spec.open ?? { kind: "W", l: 1, i: 0, k: 0 };
      this.begin();
    }

    // Training starts here: an edit, other data or another optimiser.
    begin() {
      this.state = engine.start(this.net, this.optimizer);
      this.epoch = 0;
      this.past = [];
      this.compute();
      this.history = [this.J];
    }

    compute() {
      this.cache = engine.forward(this.net, this.X);
      this.J = engine.cost(this.loss, this.cache.Z[this.net.L], this.Y);
      this.grads = null;
      this.refusal = null;
      try {
        this.grads = engine.backward(
          this.net, this.cache, this.Y, this.loss, this.wrong,
          (...array) => engine.moved(
            ...array, this.optimizer, this.state)[0]);
      } catch (error) {
        // A wrong formula may not fit; anything else is a fault of ours.
        if (!(error instanceof RangeError)) throw error;
        this.refusal = error.message;
      }
    }

    on(listener) { this.listeners.push(listener); }
    tell(what) { for (const listener of this.listeners) listener(what); }

    choose({ s, ...place }) {
      this.chosen = place;
      if (s !== undefined) this.sample = s;
      this.tell("chosen");
    }
    show(mode) { this.mode = mode; this.tell("mode"); }
    take(sample) { this.sample = sample; this.tell("sample"); }
    break(wrong) { this.wrong = wrong; this.compute(); this.tell("wrong"); }
    optimise(optimizer) {
      this.optimizer = optimizer;
      this.begin();
      this.tell("optimizer");
    }

    // The number at a place, of this moment.
    value({ kind, l, i, k = 0, s: sample = this.sample }) {
      const { cache, grads, net } = this;
      const at = (M, column) => M.d[i * M.c + column];
      switch (kind) {
        case "J": return this.J;
        case "W": case "b": return at(net[kind][l], k);
        case "z": return at(cache.Z[l], sample);
        case "a": return at(cache.A[l], sample);
        case "x": return at(this.X, sample);
        case "y": return at(this.Y, sample);
        case "dW": case "db": return grads ? at(grads[kind][l], k) : NaN;
        case "dz": return grads ? at(grads.dZ[l], sample) : NaN;
        case "da": return grads?.dA[l] ? at(grads.dA[l], sample) : NaN;
        default: throw new RangeError(`no quantity is called ${kind}`);
      }
    }

    // Give a weight, a bias, an input or a label another value.
    set({ kind, l, i, k = 0 }, value) {
      if (!Number.isFinite(value)) throw new RangeError("not a number");
      if (kind === "W" || kind === "b") {
        this.net = engine.changed(this.net, kind, l, i, k, value);
      } else {
        const name = { x: "X", y: "Y" }[kind];
        this[name] = engine.map(this[name], (old, r, s) =>
          r === i && s === this.sample ? value : old);
      }
      this.begin();
      this.tell("set");
    }

    // One epoch of training on the whole batch; false where it cannot be.
    step() {
      if (!this.grads) return false;
      const [net, state] = engine.step(
        this.net, this.grads, this.optimizer, this.state);
      this.past.push({ net: this.net, state: this.state });
      if (this.past.length > KEPT) this.past.splice(0, KEPT / 2);
      this.net = net;
      this.state = state;
      this.epoch += 1;
      this.compute();
      this.history.push(this.J);
      return Number.isFinite(this.J);
    }
    train(epochs) {
      let ran = 0;
      while (ran < epochs && this.step()) ran++;
      this.tell("step");
      return ran;
    }
    back() {
      const last = this.past.pop();
      if (!last) return false;
      Object.assign(this, last);
      this.epoch -= 1;
      this.history.pop();
      this.compute();
      this.tell("step");
      return true;
    }
    // Back to the start. Where the reader chooses the data, only training
    // is undone: the points, the formulas and the optimiser stay.
    reset() {
      if (this.free) {
        this.net = readNet(this.home);
        this.begin();
      } else this.restore(this.home);
      this.tell("reset");
    }
    get free() { return Boolean(this.spec.tools?.includes("data")); }

    // Another network, other samples, one more or one fewer. A network that
    // is put in here is what reset goes back to.
    replaceNet(net, loss = this.loss) {
      this.put(net, loss);
      this.begin();
      this.tell("net");
    }
    // Data of another kind needs another network at the same moment.
    replaceData(X, Y, net = null, loss = this.loss) {
      if (net) this.put(net, loss);
      this.X = engine.from(X);
      this.Y = engine.from(Y);
      this.home = { ...this.home, X, Y };
      this.sample = Math.min(this.sample, this.Y.c - 1);
      this.begin();
      this.tell("data");
    }
    put({ n, g, W, b }, loss) {
      this.home = { ...this.home, n, g, W, b, loss };
      this.loss = loss;
      this.net = readNet(this.home);
      const { kind, l, i, k = 0 } = this.chosen;
      const from = kind === "x" ? 0 : l ?? n.length - 1;
      const here = kind === "J" ||
        (from < n.length && i < n[from] && (!/W/.test(kind) ||
          k < n[from - 1]));
      if (!here) this.chosen = { kind: "W", l: 1, i: 0, k: 0 };
    }
    addPoint(x, y) {
      const with_ = (M, column) => engine.matrix(M.r, M.c + 1, (i, s) =>
        s < M.c ? M.d[i * M.c + s] : column[i]);
      this.X = with_(this.X, x);
      this.Y = with_(this.Y, y);
      this.sample = this.Y.c - 1;
      this.begin();
      this.tell("data");
    }
    // False where it is the last one: a mean needs a sample.
    removePoint(sample) {
      if (this.Y.c === 1) return false;
      const without = (M) => engine.matrix(M.r, M.c - 1, (i, s) =>
        M.d[i * M.c + (s < sample ? s : s + 1)]);
      this.X = without(this.X);
      this.Y = without(this.Y);
      if (this.sample > sample || this.sample === this.Y.c) this.sample -= 1;
      this.begin();
      this.tell("data");
      return true;
    }
    // Move the sample that is shown: all its inputs at once.
    movePoint(x) {
      this.X = engine.map(this.X, (old, i, s) =>
        s === this.sample ? x[i] : old);
      this.begin();
      this.tell("set");
    }

    // How many samples are right: the largest output of softmax, else every
    // output on its side of 1/2.
    right() {
      const A = this.cache.A[this.net.L], { Y } = this;
      let count = 0;
      if (this.loss === "cross_entropy") {
        const said = engine.tops(A), wanted = engine.tops(Y);
        for (let s = 0; s < Y.c; s++) count += said[s] === wanted[s];
        return count;
      }
      for (let s = 0; s < Y.c; s++) {
        let all = true;
        for (let at = s; at < Y.d.length; at += Y.c)
          all &&= A.d[at] > 0.5 === Y.d[at] > 0.5;
        count += all;
      }
      return count;
    }

    // The central difference that belongs to a derivative, taken now:
    // {value, noise, h, kink}. ``noise`` is what rounding may do to it. A
    // step that would carry a unit across its kink is made smaller; where
    // none is small enough, ``kink`` is true and the value is nan.
    difference(place) {
      const f = this.along(place);
      for (const h of [H, H / 10, H / 100])
        if (!this.crosses(f, h)) return this.quotient(f, h);
      return { ...this.quotient(f, H), value: NaN, kink: true };
    }
    // Four points, and the step with the smallest error, as check_gradients
    // does where two points seem to differ.
    closest(place) {
      const f = this.along(place);
      let best = { ...this.quotient(f, H), value: NaN, noise: Infinity };
      for (let power = f.size >= 10 ? Math.floor(Math.log10(f.size)) : 0;
        power > -8; power--) {
        const h = H * 10 ** power;
        if (this.crosses(f, 2 * h)) continue;
        const near = this.quotient(f, h), far = this.quotient(f, 2 * h);
        const value = (4 * near.value - far.value) / 3;
        const off = Math.abs(far.value - near.value) / 3;
        const truncation = off * (off / (Math.abs(value) || Infinity));
        const noise = 10 * truncation + near.noise;
        if (noise < best.noise) best = { value, noise, h, kink: false };
        if (truncation < near.noise) break;
      }
      return best;
    }
    // What a difference moves: the loss where the number at a place is so
    // much more, and the Z of each layer there, by which a kink is seen.
    along({ kind, l, i, k = 0, s = this.sample }) {
      const { net, cache, loss } = this, last = net.L;
      const one = kind === "dz" || kind === "da";
      const Y = one ? column(this.Y, s) : this.Y;
      const A = one ? null : cache.A[l - 1];
      const own = one && column(kind === "dz" ? cache.Z[l] : cache.A[l], s);
      const whole = one ? own : net[kind[1]][l];
      const scores = (h) => {
        if (one) {
          const M = { r: own.r, c: 1, d: own.d.slice() };
          M.d[i] += h;
          return kind === "dz" ? [l, M] : [
            l + 1, engine.affine(net.W[l + 1], M, net.b[l + 1])];
        }
        const at = whole.d[i * whole.c + k];
        const other = engine.changed(net, kind[1], l, i, k, at + h);
        return [l, engine.affine(other.W[l], A, other.b[l])];
      };
      // Of one sample: its own loss over m holds more digits than J.
      const share = one ? this.Y.c : 1;
      return {
        scores, share,
        loss: (h) => engine.cost(
          loss, engine.scoresFrom(net, ...scores(h)), Y) / share,
        size: whole.d.reduce((top, x) => Math.max(top, Math.abs(x)), 0),
      };
    }
    crosses({ scores }, h) {
      const { net } = this;
      const kinks = (l) => l <= net.L && engine.activation(net.g[l]).kink;
      if (!Object.values(net.g).some((g) => g !== "softmax" &&
        engine.activation(g).kink)) return false;
      let [l, left] = scores(-h), [, here] = scores(0), [, right] = scores(h);
      for (; l <= net.L; l++) {
        if (net.g[l] !== "softmax" && kinks(l))
          for (let at = 0; at < here.d.length; at++) {
            const on = here.d[at] > 0;
            if (left.d[at] > 0 !== on || right.d[at] > 0 !== on) return true;
          }
        if (l === net.L) return false;
        [left, here, right] = [left, here, right].map((Z) => engine.affine(
          net.W[l + 1], engine.activate(net.g[l], Z), net.b[l + 1]));
      }
      return false;
    }
    quotient({ loss, share }, h) {
      const right = loss(h), left = loss(-h);
      const size = Math.max(1, Math.abs(right) * share) / share;
      return {
        value: (right - left) / (2 * h), h, kink: false,
        noise: (10 * Number.EPSILON * size) / h,
      };
    }

    // "agrees", "differs", or "small": too small to tell from rounding. The
    // rule is that of check_gradients: 1e-7 of the array's largest entry, or
    // what rounding may do.
    verdict(place) {
      const said = this.value(place);
      const kinds = { dW: "dW", db: "db", dz: "dZ", da: "dA" };
      const largest = this.grads[kinds[place.kind]][place.l].d.reduce(
        (top, x) => Math.max(top, Math.abs(x)), 0);
      const judge = (found) => {
        const { value, noise } = found;
        if (!Number.isFinite(value))
          return { said, ...found, verdict: "small" };
        const bound = Math.max(1e-7 * largest, noise);
        const close = Math.abs(said - value) <= bound;
        const size = Math.max(Math.abs(said), Math.abs(value));
        return {
          said, ...found, bound,
          verdict: !close ? "differs" : size < 10 * bound ? "small" : "agrees",
        };
      };
      const first = judge(this.difference(place));
      return first.verdict === "differs" ? judge(this.closest(place)) : first;
    }
  }

  const column = (M, s) =>
    engine.matrix(M.r, 1, (i) => M.d[i * M.c + s]);

  globalThis.glass.Model = Model;
})();
