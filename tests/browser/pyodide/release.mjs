// Run the first cell of a notebook that was handed out in a Pyodide that has
// no mininn, under node; then check an answer.
//
//     node tests/browser/pyodide/release.mjs FOLDER RELEASE CELL CODE
//
// FOLDER is what `python tools/fetch_pyodide.py FOLDER --self-host` leaves,
// RELEASE the folder that was handed out, CELL the cell as IPython transforms
// it, CODE what is run after it.
"use strict";

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, release, cell, code] = process.argv.slice(2);
const index = path.resolve(folder);
const { loadPyodide } = await import(
  pathToFileURL(path.join(index, "pyodide.mjs")).href
);
const pyodide = await loadPyodide({
  indexURL: index,
  lockFileURL: path.join(index, "pyodide-lock.json"),
  packageCacheDir: index,
});
await pyodide.loadPackage(["micropip", "numpy"], { messageCallback() {} });
pyodide.mountNodeFS("/student", path.resolve(release));
await pyodide.runPythonAsync("import os; os.chdir('/student')");
for (const text of [cell, cell, code]) await pyodide.runPythonAsync(text);
