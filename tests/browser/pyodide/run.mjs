// Run Python inside Pyodide, under node, on the very files that a browser
// loads. From the root of the repository:
//
//     node tests/browser/pyodide/run.mjs FOLDER [--wheels FOLDER] \
//         {FILE | -m MODULE} [ARGUMENT ...]
//
// FOLDER is what `python tools/lite.py --self-host` leaves in
// _build/html/lite/pyodide. The repository is at /project, where Python
// stands, and its standard output is this one. --wheels adds packages that
// only a test needs. Nothing is downloaded: fetch is taken away.
"use strict";

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

function asked(words) {
  const folder = words.shift();
  const wheels = words[0] === "--wheels" ? words.splice(0, 2)[1] : null;
  if (!folder || !words.length || (words[0] === "-m" && !words[1])) {
    console.error(
      "usage: node tests/browser/pyodide/run.mjs FOLDER [--wheels FOLDER] " +
        "{FILE | -m MODULE} [ARGUMENT ...]",
    );
    process.exit(2);
  }
  return { folder: path.resolve(folder), wheels, words };
}

// What is not in the folder would be asked of the CDN, and under node nobody
// looks at the hashes of what is.
function closed(folder) {
  const run = JSON.parse(fs.readFileSync(path.join(folder, "run.json")));
  const lock = path.join(folder, run.lock);
  const { packages } = JSON.parse(fs.readFileSync(lock));
  for (const { file_name: name, sha256 } of Object.values(packages)) {
    const file = path.join(folder, name);
    const came = fs.existsSync(file) && digest(file);
    if (came !== sha256) {
      console.error(
        `run.mjs: ${name} must have the sha256 ${sha256}, got ` +
          `${came || "no file"}. Fill the folder with --self-host.`,
      );
      process.exit(2);
    }
  }
  return { lock, names: Object.keys(packages) };
}

function digest(file) {
  return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
}

async function load(folder, wheels) {
  const { lock, names } = closed(folder);
  globalThis.fetch = (address) => {
    throw new Error(`run.mjs: ${address} was asked for; nothing may be.`);
  };
  const { loadPyodide } = await import(
    pathToFileURL(path.join(folder, "pyodide.mjs")).href
  );
  const pyodide = await loadPyodide({
    indexURL: folder,
    lockFileURL: lock,
    packageCacheDir: folder,
    env: { PYTHONDONTWRITEBYTECODE: "1" }, // the tree is mounted
  });
  const said = [];
  await pyodide.loadPackage(names, {
    messageCallback: () => {},
    errorCallback: (text) => said.push(text),
  });
  if (said.length) throw new Error(said.join("\n"));
  const site = pyodide.runPython("import site; site.getsitepackages()[0]");
  for (const name of wheels ? fs.readdirSync(wheels).sort() : []) {
    const wheel = fs.readFileSync(path.join(wheels, name));
    pyodide.unpackArchive(new Uint8Array(wheel), "wheel", {
      extractDir: site,
    });
  }
  return pyodide;
}

function raw(stream) {
  return {
    write: (bytes) => fs.writeSync(stream, bytes),
    isatty: false,
  };
}

const START = `
import os, runpy, sys

os.chdir("/project")
sys.path.remove("")  # mininn is the wheel's, not the one of the repository
try:
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")
    code = 0
except SystemExit as end:
    code = int(end.code or 0)
sys.stdout.flush()
code
`;

async function main() {
  const { folder, wheels, words } = asked(process.argv.slice(2));
  const pyodide = await load(folder, wheels);
  pyodide.mountNodeFS("/project", ROOT);
  pyodide.setStdout(raw(1));
  pyodide.setStderr(raw(2));
  pyodide.globals.set("words", pyodide.toPy(words));
  return pyodide.runPython(START);
}

try {
  process.exit(await main());
} catch (error) {
  // Left to node, the line of source above it is a megabyte.
  console.error(error.message);
  process.exit(1);
}
