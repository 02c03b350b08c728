/* Run in this page: the cells of a chapter become editable and run in place.
   Python itself is in run-worker.js, which is loaded when it is asked for. */

"use strict";

(() => {
  const TOTAL = 26; // MB: Python, NumPy and matplotlib
  const LARGEST = 10; // MB of a reader's own file
  const OWN = "mine.csv"; // what a cell finds it as
  const here = document.currentScript.src;
  const root = document.documentElement.dataset.content_root;
  const base = new URL(`${root}lite/pyodide/`, location.href).href;
  const page = location.pathname.split("/")
    .slice(-root.split("../").length).join("/");
  const cells = [];
  const jobs = new Map(); // what the worker was sent, by number
  let count = 0, queue = [], worker, ready, running, missing;

  function make(tag, about = {}, ...content) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(about)) {
      if (name.startsWith("on")) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...content);
    return element;
  }

  const button = (text, onclick) =>
    make("button", { class: "run-button", type: "button", onclick }, text);

  // The bar: what happens, and the buttons for all cells

  const status = make("p", { role: "status" });
  const progress = make("progress", { max: TOTAL, "aria-label": "MB loaded" });
  const size = make("span");
  const amount = make("div", { class: "run-amount" }, progress, size);
  const stop = button("Stop", () => end("Stopped. What was computed is gone: "
    + "the next run begins with the first cell."));
  const bar = make("div",
    { class: "run-bar", role: "region", "aria-label": "Run in this page" });

  const tell = (...words) => status.replaceChildren(...words);

  function update() {
    amount.hidden = !worker || ready;
    stop.disabled = !running && !jobs.size;
    for (const cell of cells) {
      const above = before(cell).length;
      const text = above ? `Run with the ${above} above` : "Run";
      cell.start.textContent = text;
      cell.start.ariaLabel = `${text}: cell ${cell.place}`;
      cell.start.disabled = cell === running || queue.includes(cell);
    }
  }

  // Python: one worker, which answers by number

  function load() {
    worker = new Worker(new URL("run-worker.js", here), { type: "module" });
    worker.onmessage = ({ data: { id, kind, text } }) => {
      const job = jobs.get(id);
      if (kind === "bytes") {
        progress.value = text / 1e6;
        size.textContent = ` ${(text / 1e6).toFixed(0)} of about ${TOTAL} MB`;
      } else if (kind === "starting") {
        tell("Starting Python.");
      } else if (kind === "ready") {
        ready = true;
        if (!running) tell("Python is ready.");
      } else if (kind === "failed") {
        failed(text);
      } else if (kind === "done") {
        jobs.delete(id);
        job.done(text);
      } else {
        return job.part(kind, text);
      }
      update();
    };
    worker.onerror = (event) => failed(event.message || "no worker");
    worker.postMessage({ base, folder: page.replace(/[^/]*$/, "") });
    tell("Loading Python.");
    update();
  }

  function ask(message, part) {
    if (!worker) load();
    return new Promise((done) => {
      jobs.set(++count, { done, part });
      worker.postMessage({ id: count, ...message });
      update();
    });
  }

  // Whoever waits for an answer gets none.
  function end(words) {
    worker?.terminate();
    worker = ready = undefined;
    queue = [];
    for (const { done } of jobs.values()) done();
    jobs.clear();
    for (const cell of cells) cell.forget();
    tell(words);
    update();
  }

  const failed = (why) => end(`Python cannot go on: ${why}. Press Restart.`);

  // The cells

  // The same question as on the page stays the one there: its formulas are
  // typeset, and what was answered is not lost.
  const asked = (part) =>
    part?.querySelector(".question")?.dataset.question;

  class Cell {
    constructor(box, pre) {
      Object.assign(this, { box, pre, place: cells.length + 1 });
      this.stored = box.querySelector(":scope > .cell_output");
      this.mayFail = box.classList.contains("tag_raises-exception");
      this.alts = [...box.querySelectorAll("img")].map((image) => image.alt);
      this.printed = pre.textContent.replace(/\n$/, "");
      this.start = button("Run", () => runTo(this));
      this.undo = button("Undo the edits", () => {
        this.editor.write(this.printed);
        this.editor.focus();
      });
      this.back = button("", () => this.show(this.stored.hidden));
      this.undo.hidden = this.back.hidden = true;
      this.own = make("div");
      box.append(
        make("div", { class: "run-cell" }, this.start, this.undo, this.back),
        this.own, ...this.stored ? [this.stored] : []
      );
      if (box.classList.contains("tag_own-file"))
        this.start.parentNode.after(new OwnFile(this).field);
    }

    // What a screen reader says of the keys, others see while they write.
    open() {
      const id = `run-keys-${this.place}`;
      this.start.parentElement.append(make("span", { class: "run-keys", id },
        "Tab indents. To leave the code: Escape, then Tab."));
      this.editor = editor(this.pre, {
        "aria-label": `Code of cell ${this.place}`, "aria-describedby": id,
      }, () => runTo(this), () => this.edit());
    }

    edit() {
      this.edited = this.pre.textContent !== this.printed;
      this.ran = false;
      this.undo.hidden = !this.edited;
      update();
    }

    // Either the output that is stored, or the one of this run
    show(stored) {
      if (this.stored) this.stored.hidden = !stored;
      this.own.hidden = stored;
      this.back.textContent = `Show the ${stored ? "new" : "stored"} output`;
    }

    async run() {
      const own = make("div", { class: "cell_output run-output" });
      this.own.replaceWith(own);
      this.own = own;
      this.back.hidden = !this.stored;
      this.show(false);
      const alts = [...this.alts];
      this.box.ariaBusy = "true";
      const handed = !this.file || await this.file.hand();
      const well = handed && await ask(
        { code: this.pre.textContent, place: this.place },
        (kind, text) => this.part(kind, text, alts)
      );
      this.box.ariaBusy = null;
      this.ran = well !== undefined;
      dispatchEvent(new Event("resize")); // early.js sees what scrolls now
      return well;
    }

    part(kind, text, alts) {
      let last = this.own.lastElementChild;
      if (kind === "explorer") {
        this.free = new Free(this, ...JSON.parse(text));
      } else if (kind === "html") {
        last = make("div", { class: "output text_html" });
        last.innerHTML = text;
        if (asked(last) && asked(last) === asked(this.stored)) {
          this.show(true);
          this.back.hidden = true;
          return;
        }
        this.own.append(last);
        comeAlive(last);
      } else if (kind === "image") {
        this.own.append(make("div", { class: "output" }, make("img", {
          alt: alts.shift() || `Figure of cell ${this.place}`,
          srcset: `data:image/png;base64,${text} 2x`,
        })));
      } else if (last?.classList.contains(`run-${kind}`)) {
        last.firstChild.append(text);
      } else {
        this.own.append(make("div", { class: `output run-${kind}` },
          make("pre", {}, text)));
      }
    }

    forget() {
      this.ran = false;
      this.free?.lose();
      this.file?.lose();
    }
  }

  // A file of the reader's own, for a cell with the tag own-file. It goes into
  // the memory of this page's Python, and with it.

  class OwnFile {
    constructor(cell) {
      const id = `own-file-${cell.place}`;
      this.cell = cell;
      cell.file = this;
      this.input = make("input", { type: "file", id,
        accept: ".csv,.txt,.tsv,text/csv,text/plain",
        "aria-describedby": `${id}-about`, onchange: () => this.choose() });
      this.away = button("Take it away", () => this.remove());
      this.away.hidden = true;
      this.said = make("p", { role: "status" });
      this.field = make("div", { class: "run-file" },
        make("label", { for: id }, "Choose a file"), this.input, this.away,
        make("p", { id: `${id}-about` }, `CSV, at most ${LARGEST} MB. It is `
          + "read in this page and sent nowhere; it is gone when you leave. "
          + "The cell finds it as ", make("code", {}, OWN), "."),
        this.said);
    }

    async choose() {
      const [file] = this.input.files;
      if (!file) return;
      const { name } = file;
      let bytes, wrong = "";
      if (file.size > LARGEST * 1e6)
        wrong = `has ${(file.size / 1e6).toFixed(1)} MB, and this page takes `
          + `at most ${LARGEST} MB. Save some of its rows as a file.`;
      else if (!file.size) wrong = "is empty.";
      else
        try {
          bytes = new Uint8Array(await file.arrayBuffer());
          new TextDecoder("utf-8", { fatal: true }).decode(bytes);
          if (bytes.includes(0)) throw new TypeError();
        } catch (error) {
          wrong = bytes ? "is not a text in UTF-8. In a spreadsheet, choose "
            + "“Save as”, and there “CSV UTF-8”."
            : `could not be read: ${error.message}`;
        }
      if (wrong) {
        this.input.value = "";
        this.said.textContent = `${name} ${wrong}`
          + (this.bytes ? ` ${this.name} stays.` : "");
        return;
      }
      Object.assign(this, { name, bytes, there: false });
      this.away.hidden = false;
      this.said.textContent = `${name} is ${OWN} now.`;
      runTo(this.cell);
    }

    remove() {
      this.bytes = undefined;
      this.there = false;
      this.away.hidden = true;
      this.input.value = "";
      this.said.textContent = `${this.name} is taken away.`;
      this.input.focus();
      runTo(this.cell);
    }

    // Before the cell runs, Python has the file, or has it no more. What ends
    // Python meanwhile ends this, without an answer.
    async hand() {
      if (this.there || this.there === undefined) return true;
      this.there = true;
      return ask({ file: OWN, bytes: this.bytes });
    }

    // A new Python has no file; what was chosen is handed to it, too.
    lose() {
      this.there = this.bytes && false;
    }
  }

  // A glass box, a pad or a question in an output, as in a page that came with one.
  // Where the site has no script for it, its numbers are there as text.
  const ALIVE = [
    ["glass", ".glass-box[data-glass]", (part) => glass.begin(part)],
    ["pad", ".drawing-pad[data-pad]", (part) => pad.begin(part)],
    ["questions", ".question[data-question]",
      (part) => questions.start(part)],
  ];

  async function comeAlive(part) {
    for (const [name, box, begin] of ALIVE) {
      if (!part.querySelector(box)) continue;
      if (!globalThis[name] && !await loaded(name)) continue;
      begin(part);
    }
  }

  const file = (name) => new URL(name, here).href;

  function loaded(name) {
    document.head.append(
      make("link", { rel: "stylesheet", href: file(`${name}.css`) }));
    return script(name);
  }

  const script = (name) => new Promise((done) =>
    document.head.append(make("script", {
      src: file(`${name}.js`),
      onload: () => done(true), onerror: () => done(false),
    })));

  // In each explorer with a slider, a button that does it all: Python comes,
  // the cell runs, and its free sliders take the place of those of the page.
  function offer(explorer) {
    const any = button("Any value", async () => {
      if (any.ariaDisabled) return;
      await open(false);
      const cell = cells.find(({ box }) => box.contains(explorer));
      if (missing || !cell) return;
      any.ariaDisabled = "true";
      any.textContent = "Any value: loading Python";
      cell.asked = true;
      await runTo(cell);
      cell.asked = false;
      any.ariaDisabled = null;
      any.textContent = "Any value";
      if (!cell.free) return;
      any.hidden = true; // a switch leads there and back now
      cell.free.live.querySelector("input, select").focus();
    });
    any.title = `Draw values between the stops: loads Python, ${TOTAL} MB`;
    any.classList.add("explorer-any");
    explorer.querySelector(".explorer-sliders").after(any);
  }

  const before = (cell) =>
    cells.slice(0, cell.place - 1).filter((one) => !one.ran);

  const runTo = (cell) => run([...before(cell), cell]);

  async function run(wanted) {
    queue.push(...wanted.filter((c) => c !== running && !queue.includes(c)));
    if (running) return update();
    let last, well;
    while ((running = queue.shift())) {
      last = running;
      const what = ready ? "Running" : "Loading Python, to run";
      tell(`${what} cell ${last.place} of ${cells.length}.`);
      well = await last.run();
      if (!well && !last.mayFail) queue = [];
    }
    if (well !== undefined) {
      const how = well || last.mayFail ? "has run" : "ended with an error";
      tell(`Cell ${last.place} ${how}.`);
    }
    update();
  }

  // Free sliders: an explorer at any value, drawn when it is asked for

  class Free {
    constructor(cell, number, grids) {
      this.number = number;
      this.stored = cell.stored?.querySelector(".explorer");
      this.sliders = grids.map((grid) => this.slider(grid));
      this.picture = make("div", { class: "run-picture" });
      this.said = make("p", { class: "visually-hidden", role: "status" });
      this.live = make("div", { class: "explorer" },
        make("div", { class: "explorer-sliders" },
          ...this.sliders.map(({ row }) => row)), this.picture, this.said);
      this.any = make("input", { type: "checkbox", role: "switch" });
      this.any.onchange = () => {
        const on = this.any.checked;
        this.live.hidden = !on;
        if (cell.stored) cell.stored.hidden = on;
        if (on) this.set();
      };
      // What is stored shows the code as it was printed, and nothing else.
      this.any.checked = !this.stored || cell.asked
        || cells.slice(0, cell.place).some((one) => one.edited);
      cell.own.append(...this.stored ? [make("label", { class: "run-free" },
        this.any, " Any value, drawn now")] : [], this.live);
      cell.back.hidden = true; // the switch leads back, too
      this.any.onchange();
    }

    // Begin where the stored explorer stands.
    set() {
      const inputs = this.stored?.querySelectorAll("input, select") || [];
      this.sliders.forEach(({ set }, i) =>
        set(inputs[i] && Number(inputs[i].value)));
      this.want();
    }

    // One grid as a list, or as a slider with a box to type a number in
    slider({ label, start, kind, log, values }) {
      const id = `free-${++count}`;
      const name = make("label", { for: id }, label);
      const oninput = () => this.want();
      const row = (...inputs) =>
        make("div", { class: "explorer-slider" }, name, ...inputs);
      if (kind === "choice") {
        const list = make("select", { id, oninput },
          ...values.map((text, i) => new Option(text, i)));
        return { row: row(list), get: () => list.selectedIndex,
          set: (at = start) => { list.selectedIndex = at; } };
      }
      const low = Math.min(...values), high = Math.max(...values);
      const whole = kind === "integer";
      const max = whole && !log ? high - low : 200;
      const range = make("input", { id, type: "range", max });
      const exact = make("input", { class: "run-exact", type: "number",
        min: low, max: high, step: whole ? 1 : "any",
        "aria-label": `${label}, exactly` });
      const follow = () => {
        const v = exact.valueAsNumber;
        range.value = max * (log ? Math.log(v / low) / Math.log(high / low)
          : (v - low) / (high - low));
        range.ariaValueText = `${label} ${v}`;
      };
      range.oninput = () => {
        const t = range.value / max;
        const v = log ? low * (high / low) ** t : low + (high - low) * t;
        exact.value = whole ? Math.round(v) : Number(v.toPrecision(3));
        range.ariaValueText = `${label} ${exact.value}`;
        oninput();
      };
      const set = (at = start) => {
        exact.value = values[at];
        follow();
      };
      exact.onchange = () => {
        if (!exact.checkValidity() || !exact.value) set();
        follow();
        oninput();
      };
      return { row: row(range, exact), get: () => exact.valueAsNumber, set };
    }

    // The newest values win: while a picture is drawn, those that follow
    // replace each other.
    async want() {
      this.wanted = JSON.stringify(this.sliders.map(({ get }) => get()));
      if (this.picture.ariaBusy) return;
      this.picture.ariaBusy = "true";
      while (this.wanted && !this.lost) {
        const values = this.wanted;
        this.wanted = undefined;
        const answer = await ask({
          explorer: this.number, values, density: devicePixelRatio,
        });
        if (answer && !this.lost) this.draw(JSON.parse(answer));
      }
      this.picture.ariaBusy = null;
    }

    draw({ note, html, error }) {
      if (html) this.picture.innerHTML = html;
      else this.picture.textContent = `No picture of these values: ${error}`;
      if (!this.wanted) this.said.textContent = note;
    }

    // Python is gone, and with it what could draw.
    lose() {
      this.lost = this.live.inert = this.any.disabled = true;
    }
  }

  // The menu. Where there is no Python to load, it says what to do.

  async function look() {
    missing = location.protocol === "file:"
      ? "Python runs only in pages that a server sends."
      : (await fetch(`${base}run.json`).catch(() => ({}))).ok ? ""
        : "This site was built without Python: run python tools/lite.py first.";
  }

  function explain() {
    if (!bar.isConnected) document.querySelector(".bd-article").prepend(bar);
    tell(`${missing} In the folder that holds _build, run `,
      make("code", {}, "python -m http.server -d _build/html 8000"),
      " and open ", make("code", {}, `http://localhost:8000/${page}`));
    bar.replaceChildren(status);
    bar.scrollIntoView({ block: "nearest" });
  }

  // Until the editor is there, and where it is not, cells run as printed.
  async function makeEditable() {
    if (await script("codemirror") && await script("editor")) {
      for (const cell of cells) cell.open();
    } else {
      bar.append(make("p", {}, "The editor could not be loaded."));
    }
  }

  async function open(led = true) {
    await look();
    if (missing) return explain();
    if (!cells.length) {
      bar.replaceChildren(button("Run all", () => run(cells)), stop,
        button("Restart", () => {
          end("");
          load();
        }), status, amount);
      document.querySelector(".bd-article").prepend(bar);
      for (const box of document.querySelectorAll("div.cell")) {
        const pre = box.querySelector(".cell_input pre");
        if (pre) cells.push(new Cell(box, pre));
      }
      load();
      makeEditable();
    }
    if (!led) return;
    bar.scrollIntoView({ block: "nearest" });
    bar.firstChild.focus();
  }

  addEventListener("DOMContentLoaded", () => {
    const menu = document.querySelector(".dropdown-launch-buttons");
    menu.addEventListener("run", open);
    menu.addEventListener("click", look, { once: true });
    menu.querySelector(".btn-open-in-jupyterlite").onclick = (event) => {
      if (!missing) return;
      event.preventDefault();
      explain();
    };
    for (const one of document.querySelectorAll(".explorer"))
      if (one.querySelector("input[type=range]")) offer(one);
  });
})();
