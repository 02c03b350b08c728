// What the glass box says of many networks: one JSON in, one JSON out.
//
// Each of "cases" is {spec, steps, free, ask}: from the spec a model is made
// and its arrays are returned; of each of "steps", {W, b, t, memory}, the
// network one step on; of "free" epochs the costs and the last network; and
// of "ask" random places their lines and verdicts.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const [folder] = process.argv.slice(2);
for (const name of ["engine", "model", "words"]) {
  const path = `${folder}/${name}.js`;
  runInThisContext(readFileSync(path, "utf8"), path);
}
const { engine, words, Model } = globalThis.glass;

const rows = (layers) => Object.fromEntries(
  Object.entries(layers).map(([l, M]) => [l, engine.rows(M)]));
const matrices = (layers) => Object.fromEntries(
  Object.entries(layers).map(([l, M]) => [l, engine.from(M)]));
const remembered = (x) => x === null ? null
  : typeof x[0][0] === "number" ? engine.from(x) : x.map(engine.from);
const parameters = ({ W, b }) => ({ W: rows(W), b: rows(b) });

function arrays(model) {
  const { cache, grads, J, refusal } = model;
  if (!grads) return { refusal };
  return {
    J, Z: rows(cache.Z), A: rows(cache.A), dW: rows(grads.dW),
    db: rows(grads.db), dZ: rows(grads.dZ), dA: rows(grads.dA),
  };
}

function stepped(model, { W, b, t, memory }) {
  model.net = { ...model.net, W: matrices(W), b: matrices(b) };
  model.state = { t, memory: Object.fromEntries(
    Object.entries(memory).map(([name, x]) => [name, remembered(x)])) };
  model.compute();
  const [net, state] = engine.step(
    model.net, model.grads, model.optimizer, model.state);
  return { ...parameters(net), t: state.t };
}

// The same places at each run; Park and Miller's numbers.
let seed = 1;
const below = (n) => (seed = (seed * 48271) % 2147483647) % n;
function places(model, count, kinds) {
  const { n, L } = model.net;
  return Array.from({ length: count }, () => {
    const kind = kinds[below(kinds.length)];
    model.sample = below(model.Y.c);
    const highest = kind === "da" ? L - 1 : L;
    if (highest < 1) return { kind: "J", sample: model.sample };
    const l = 1 + below(highest), i = below(n[l]), k = below(n[l - 1]);
    return { kind, l, i: kind === "y" ? below(n[L]) : i,
      k: /W/.test(kind) ? k : 0, sample: model.sample };
  });
}

function told(model, { count, kinds, mode }) {
  model.show(mode);
  return places(model, count, kinds).map((place) => {
    model.sample = place.sample;
    const verdict = words.verdict(model, place);
    return {
      place, title: words.title(model, place),
      verdict: verdict && { ...verdict, symbol: words.plain(verdict.symbol) },
      lines: words.lines(model, place).map((line) => ({
        key: line.key, rule: words.plain(line.rule),
        parts: words.plain(line.parts), result: line.result,
        value: Number.isFinite(line.value) ? line.value : null,
        rough: line.rough ?? false, wrong: line.wrong ?? false,
        rows: line.more?.().rows.length ?? 0,
        // A button shows the number that it opens.
        buttons: line.parts.filter((token) => token.place).map((token) => [
          token.text, token.sup ?? "", token.place.kind,
          token.place.kind === "loss" ? null
            : words.number(model.value(token.place), 17)]),
      })),
    };
  });
}

const { cases } = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map(({ spec, steps = [], free = 0, ask = [] }) => {
  const model = new Model(spec);
  const answer = { arrays: arrays(model), told: [] };
  if (!model.grads) return answer;
  for (const one of ask) answer.told.push(...told(model, one));
  if (free) {
    const run = new Model(spec);
    run.train(free);
    answer.free = { J: run.history, ...parameters(run.net) };
  }
  answer.steps = steps.map((one) => stepped(model, one));
  return answer;
});
process.stdout.write(JSON.stringify({ answers, wrong: engine.WRONG,
  equations: words.EQUATIONS }));
