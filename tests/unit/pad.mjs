// What the drawing pad computes: one JSON in, one JSON out.
//
// Each of "ask" is [name, ...arguments] of a function of pad.js; of "answer"
// the first argument is a network as Python stores it.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const [folder] = process.argv.slice(2);
for (const name of ["engine", "pad"]) {
  const path = `${folder}/${name}.js`;
  runInThisContext(readFileSync(path, "utf8"), path);
}
const { pad } = globalThis;
const { ask } = JSON.parse(readFileSync(0, "utf8"));
const told = ask.map(([name, ...given]) => {
  if (name === "answer") given[0] = pad.network(given[0]);
  if (name === "counted") given[0] = Uint8Array.from(given[0]);
  const said = pad[name](...given);
  return said instanceof Uint8Array ? [...said] : said;
});
process.stdout.write(JSON.stringify(told));
