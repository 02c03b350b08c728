// Reads networks as JSON, puts each into an address and takes it out again.
import { readFileSync } from "node:fs";

const [folder] = process.argv.slice(2);
for (const name of ["engine", "model", "share"])
  await import(`${folder}/${name}.js`);
const { Model, share, engine } = globalThis.glass;
const { specs, hostile, seed } = JSON.parse(readFileSync(0, "utf8"));

const bits = (x) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return view.getBigUint64(0);
};
const numbers = (M) => [...M.d].map(bits).join();
// All that a link must keep.
function all(model) {
  const { net, X, Y, loss, optimizer, mode, wrong, sample, chosen } = model;
  const layers = Object.keys(net.W).map((l) =>
    [l, net.g[l], numbers(net.W[l]), numbers(net.b[l])].join("|"));
  return JSON.stringify([net.n, layers, numbers(X), numbers(Y), loss,
    engine.settings(optimizer).name,
    Object.entries(engine.settings(optimizer)).sort()
      .map(([key, x]) => [key, typeof x === "number" ? String(bits(x)) : x]),
    mode, wrong, sample, chosen.kind, chosen.l, chosen.i, chosen.k]);
}

const home = specs[0];
const kept = specs.map((spec, at) => {
  const model = new Model(spec);
  if (at % 2) model.train(3); // numbers with all their digits
  // Every other one has points of its own, which must travel too.
  if (at % 4 > 1 && !spec.data) {
    model.set({ kind: "x", i: 0 }, at % 8 > 4 ? Math.PI : 1.2345);
    model.addPoint(spec.n[0] > 1 ? [0.5, -1.25] : [0.5],
      spec.Y.map((row) => row[0]));
  }
  const hash = share.toHash(model, at % 3);
  const other = new Model(spec);
  const beside = `#lr=0.1&${hash}&hidden=4&x=%E0%A4%A`;
  const state = share.fromHash(beside, other.spec, at % 3);
  return {
    same: state !== null && share.apply(other, state) &&
      all(model) === all(other),
    elsewhere: share.fromHash(beside, other.spec, at % 3 + 1) === null,
    length: hash.length,
    J: model.J,
    python: share.python(model),
  };
});

// A model is left as it was by whatever does not hold a whole box.
const model = new Model(home);
const before = all(model);
const bad = [];
const attempt = (hash, spec = home) => {
  try {
    const state = share.fromHash(hash, spec);
    return [state, state !== null && share.apply(model, state)];
  } catch (error) {
    bad.push([hash.slice(0, 80), String(error)]);
    return [null, false];
  }
};
const refused = hostile.map(([name, was, is]) => {
  const hash = share.toHash(new Model(home));
  const text = decodeURIComponent(hash).replace(was, is);
  return [name, text !== decodeURIComponent(hash),
    attempt(`#${encodeURI(text)}`)[0] === null && all(model) === before];
});

// 2,000 addresses with a few signs changed: none throws, and what is taken
// is a network whose numbers are numbers.
let turn = seed, taken = 0;
const next = (most) => {
  turn = (turn * 16807) % 2147483647;
  return turn % most;
};
const signs = "~.*-_=&%0129aZ\u00e9\u0000";
for (let k = 0; k < 2000; k++) {
  let text = share.toHash(new Model(specs[k % specs.length]));
  for (let change = 0; change <= (k % 2 ? 0 : next(3)); change++) {
    const at = 6 + next(text.length - 6);
    text = text.slice(0, at) + signs[next(signs.length)] +
      text.slice(at + (k % 2 ? 1 : next(3)));
  }
  const [state, applied] = attempt(
    `#${text}`, specs[k % specs.length]);
  if (state === null) continue;
  taken += 1;
  if (!applied || !state.W.flat(2).every(Number.isFinite) ||
      !(state.sample < state.Y[0].length))
    bad.push([text.slice(0, 80), "taken, and not sound"]);
}
console.log(JSON.stringify({ kept, refused, bad, taken }));
