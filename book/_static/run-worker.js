/* Python for one page, in a worker of its own: it loads, then runs what it
   is sent, one thing after the other. An endless loop here leaves the page
   alive, which ends it by ending the worker. */

const ROOT = "/home/pyodide/";
let page;

const tell = (id) => (kind, text) => postMessage({ id, kind, text });

async function get(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
  return answer;
}

// Pyodide fetches its files itself: count what comes through.
function count() {
  const plain = self.fetch;
  let bytes = 0;
  self.fetch = async (...asked) => {
    const answer = await plain(...asked);
    const reader = answer.clone().body?.getReader();
    (async () => {
      for (let part; !(part = await reader?.read())?.done && part;) {
        bytes += part.value.length;
        postMessage({ kind: "bytes", text: bytes });
      }
    })().catch(() => {});
    return answer;
  };
  return () => { self.fetch = plain; };
}

async function start({ base, folder }) {
  const done = count();
  const run = await (await get(new URL("run.json", base))).json();
  const index = new URL(run.index, base);
  const { loadPyodide } = await import(new URL("pyodide.mjs", index));
  const [python, source, ...files] = await Promise.all([
    loadPyodide({
      indexURL: String(index),
      lockFileURL: String(new URL(run.lock, base)),
      packages: ["matplotlib", "mininn", "numpy", "pillow"],
      env: { HOME: ROOT, MPLBACKEND: "module://mininn_page" },
    }),
    get(new URL("run.py", self.location)).then((a) => a.text()),
    ...(run.files || []).map(async (name) => [name, new Uint8Array(
      await (await get(new URL(`../files/${name}`, base))).arrayBuffer())]),
  ]);
  done();
  postMessage({ kind: "starting" });
  const { FS } = python;
  for (const [name, data] of [["page/mininn_page.py", source], ...files]) {
    FS.mkdirTree(ROOT + name.replace(/\/[^/]*$/, ""));
    FS.writeFile(ROOT + name, data);
  }
  FS.mkdirTree(ROOT + folder);
  FS.chdir(ROOT + folder);
  python.runPython(`import sys; sys.path.append("${ROOT}page")`);
  page = python.pyimport("mininn_page");
  python.runPython("import numpy");
  postMessage({ kind: "ready" });
  return python;
}

let started;
onmessage = async ({ data }) => {
  const { id } = data;
  try {
    if (data.base) {
      await (started = start(data));
      return;
    }
    const { FS } = await started;
    if (data.file !== undefined) {
      if (data.bytes) FS.writeFile(data.file, data.bytes);
      else if (FS.analyzePath(data.file).exists) FS.unlink(data.file);
      postMessage({ id, kind: "done", text: true });
      return;
    }
    const text = data.explorer === undefined
      ? page.run(data.code, data.place, tell(id))
      : page.frame(data.explorer, data.values, data.density);
    postMessage({ id, kind: "done", text });
  } catch (error) {
    postMessage({ id, kind: "failed", text: String(error) });
  }
};
