/* Questions that the page answers. What a reader types is compared with the
   answer and with the value of each mistake, all computed when the page was
   written. A classic script; it sets globalThis.questions:

     questions.judge(spec, text) -> {state, text, said}: no page is needed.
       state: "right", "few" (digits), "mistake" (said: its number), "near",
       "wrong", "junk"; text: what to say, or "" where the mistake says it.
     questions.mount(element, spec) -> {destroy}: a live field in a <div>.
     questions.start(root): mounts every .question[data-question] in it.
     questions.drills.shapes: {draw(arrays, random), spec(asked)}.

   Answers are kept in localStorage, one key a question, where the page gave
   the element a data-key; nothing is sent. */

"use strict";

(() => {
  // --- reading what was typed ---------------------------------------------

  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const FLOAT = /^([+-]?)(\d+\.?\d*|\.\d+)(?:e([+-]?\d+))?$/i;

  // Digits and commas as keyboards of other scripts write them.
  const latin = (text) => text.replace(/[٠-٩۰-۹０-９]/g, (sign) =>
    sign.charCodeAt(0) & 15).replace(/[٫．]/g, ".").replace(/[，、]/g, ",");

  // One sign for each thing: a minus, a power of ten.
  const plain = (text) => latin(text).trim()
    .replace(/10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])/g, "10^")
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (sign) => RAISED.indexOf(sign))
    .replace(/[\u2010-\u2015\u2212\u207b\ufe63\uff0d]/g, "-")
    .replace(/\s*[·×*x]\s*10\s*(?:\^|\*\*)\s*([+-]?\d+)/gi, "e$1");

  // A number and what one more in its last digit is worth; 0 for a fraction,
  // which is exact.
  function decimal(text) {
    const found = FLOAT.exec(text);
    if (!found) return null;
    const x = Number(text);
    const places = (found[2].split(".")[1] || "").length;
    const unit = 10 ** (Number(found[3] || 0) - places);
    return Number.isFinite(x) ? { x, unit } : null;
  }

  function exact(text) {
    if (text.endsWith("%")) { // 75 % is 0.75
      const share = decimal(text.slice(0, -1));
      return share && { x: share.x / 100, unit: share.unit / 100 };
    }
    const parts = text.split("/");
    const [over, under] = parts.map(decimal);
    if (parts.length === 1) return over;
    if (parts.length > 2 || !over || !under || !under.x) return null;
    return { x: over.x / under.x, unit: 0 };
  }

  // All that a text can mean: a comma is a decimal, or parts thousands.
  function readings(text) {
    const tight = plain(text).replace(/\s+/g, "")
      .replace(/^[[(]+|[\])]+$/g, "");
    const tries = [tight];
    if (tight.includes(",")) {
      const last = tight.lastIndexOf(",") > tight.lastIndexOf(".");
      tries.length = 0;
      if (last && tight.split(",").length === 2) {
        tries.push(tight.replace(/\./g, "").replace(",", "."));
      }
      if (/^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(tight)) {
        tries.push(tight.replace(/,/g, ""));
      }
    }
    return tries.map(exact).filter(Boolean).map((one) => [one]);
  }

  // Several numbers, by rows or in one line; [] where one is no number.
  function lists(text) {
    const bare = plain(text).replace(/[[\](){}]/g, " ")
      .replace(/([-+/])\s+(?=[.\d])/g, "$1").replace(/\s+\//g, "/");
    const tries = [bare.split(/[\s,;]+/)];
    if (!bare.includes(".")) { // 0,2; 0,5
      tries.push(bare.split(/[\s;]+|,(?=\s)/).map((w) => w.replace(",", ".")));
    }
    return tries.map((words) => words.filter(Boolean).map(exact))
      .filter((some) => some.length && some.every(Boolean));
  }

  function shape(text) {
    const bare = latin(text).trim().replace(/^[[(]+|[\])]+$/g, "").trim();
    const words = bare.split(/\s*(?:[x×*,;]|by)\s*|\s+/i).filter(Boolean);
    const whole = words.length && words.every((w) => /^\d{1,9}$/.test(w));
    return whole ? words.map(Number) : null;
  }

  // --- judging ------------------------------------------------------------

  const MOST = 500; // signs; a page would halt at a hundred thousand

  const whole = (x) => Number.isInteger(x) && Math.abs(x) < 1e6;

  function unit(x, digits) {
    const places = x ? Math.floor(Math.log10(Math.abs(x))) + 1 : 0;
    return 10 ** (places - digits);
  }

  // How far a number is from a value, in what may be off; up to 1 is right.
  // The last of three digits may be one off, if three are typed.
  function off(typed, value, digits) {
    const one = unit(value, digits);
    const many = typed.unit > one * 1.001 ? 1 : Math.min(digits, 3);
    const slack = whole(value) ? Math.min(1, one) / (value ? 4 : 1e9)
      : one * many / 2;
    return Math.abs(typed.x - value) / (slack * (1 + 1e-9));
  }

  const worst = (some, values, digits) => (some.length !== values.length
    ? Infinity
    : Math.max(...some.map((one, i) => off(one, values[i], digits))));

  // Right as far as it goes, and it does not go far enough.
  const short = (typed, value, digits) => typed.x !== 0
    && typed.unit > unit(value, digits) * 1.001
    && Math.abs(typed.x - value) <= typed.unit * 0.5000001
    && Math.abs(typed.x - value) < 0.1 * Math.abs(value);

  const flat = (value) => [value].flat(2);
  const COUNT = ["", "one digit", "two digits", "three digits",
    "four digits", "five digits", "six digits"];
  const TIMES = { 1: "ten", 2: "a hundred", 3: "a thousand" };

  // What is nearly right, of numbers that nothing else explains.
  function near(some, values, digits) {
    if (some.length !== values.length) {
      return `I read ${some.length} number${some.length > 1 ? "s" : ""}; `
        + `the answer has ${values.length}.`;
    }
    const fits = (change) => worst(some.map(change), values, digits) <= 1;
    if (fits(({ x }) => ({ x: -x }))) return "Closer: the sign is wrong.";
    for (let k = 1; k < 4; k++) {
      const times = `Closer: that is ${TIMES[k]} times too`;
      if (fits(({ x }) => ({ x: x / 10 ** k }))) return `${times} large.`;
      if (fits(({ x }) => ({ x: x * 10 ** k }))) return `${times} small.`;
    }
    if (values.length < 2) return "";
    if (worst([...some].reverse(), values, digits) <= 1) {
      return "Closer: these are the numbers, in another order.";
    }
    const size = ({ x }) => ({ x: Math.abs(x) });
    if (worst(some.map(size), values.map(Math.abs), digits) <= 1) {
      return "Closer: a sign is wrong.";
    }
    const right = some.filter((one, i) => off(one, values[i], digits) <= 1);
    return right.length
      ? `${right.length} of ${values.length} numbers are right.` : "";
  }

  function judgeNumbers(spec, some) {
    const { digits, mistakes } = spec;
    const answer = flat(spec.answer);
    const distances = [answer, ...mistakes.map(([, value]) => flat(value))]
      .map((values) => worst(some, values, digits));
    const least = Math.min(...distances);
    const nearest = distances.indexOf(least);
    if (least <= 1) {
      return nearest ? { state: "mistake", text: "", said: nearest - 1 }
        : { state: "right", text: "" };
    }
    const few = some.length === answer.length && some.every((one, i) =>
      off(one, answer[i], digits) <= 1 || short(one, answer[i], digits));
    if (few) {
      return {
        state: "few", text: `Right so far; ${COUNT[digits]}, please.`,
      };
    }
    const text = near(some, answer, digits);
    return { state: text ? "near" : "wrong", text };
  }

  const BEST = ["right", "mistake", "few", "near", "wrong"];
  const junk = (text) => ({ state: "junk", text });

  function judgeText(spec, text, read, what) {
    const found = read(text).map((some) => judgeNumbers(spec, some))
      .sort((a, b) => BEST.indexOf(a.state) - BEST.indexOf(b.state));
    if (found.length) return found[0];
    const wrong = text.trim().split(/[\s,;[\]()]+/)
      .find((word) => word && !exact(plain(word))) || text.trim();
    return junk(`That is not ${what}: ${wrong.slice(0, 40)}`);
  }

  const same = (a, b) => a.length === b.length
    && a.every((x, i) => x === b[i]);

  function judgeShape({ answer, mistakes }, text) {
    const typed = shape(text);
    if (!typed) {
      return junk(`That is not a shape: ${text.trim().slice(0, 40)}. `
        + "Rows and columns, as 3, 2.");
    }
    if (same(typed, answer)) return { state: "right", text: "" };
    const said = mistakes.findIndex(([, value]) => same(typed, value));
    if (said >= 0) return { state: "mistake", text: "", said };
    if (typed.length !== answer.length) {
      return { state: "wrong", text: answer.length === 2
        ? "Here a shape has two numbers: rows, columns." : "" };
    }
    if (answer.length !== 2) return { state: "wrong", text: "" };
    if (same([...typed].reverse(), answer)) {
      return { state: "near", text: "Rows and columns are swapped." };
    }
    const [rows, columns] = typed.map((x, i) => x === answer[i]);
    if (rows) return { state: "near", text: "The rows are right." };
    if (columns) return { state: "near", text: "The columns are right." };
    return { state: "wrong", text: "" };
  }

  function judge(spec, text) {
    if (!text.trim()) return junk("There is no answer yet.");
    if (text.length > MOST) return junk("That is too long to be an answer.");
    if (spec.kind === "shape") return judgeShape(spec, text);
    if (spec.kind === "number") {
      return judgeText(spec, text, readings, "a number");
    }
    if (spec.kind === "numbers") {
      return judgeText(spec, text, lists, "a number");
    }
    const said = spec.mistakes.findIndex(([, value]) => value === text);
    if (text === spec.answer) return { state: "right", text: "" };
    return said < 0 ? { state: "wrong", text: "" }
      : { state: "mistake", text: "", said };
  }

  // --- the drill of shapes: networks without end ---------------------------

  // What is asked next: sizes that all differ, a layer, an array of it.
  function draw(arrays, random = Math.random) {
    const whole = (least, most) =>
      least + Math.floor(random() * (most - least + 1));
    const sizes = [2, 3, 4, 5, 6, 7, 8, 9];
    const L = whole(2, 3), n = [];
    while (n.length < L + 1) {
      n.push(...sizes.splice(whole(0, sizes.length - 1), 1));
    }
    const [m] = sizes.splice(whole(0, sizes.length - 1), 1);
    const array = arrays[whole(0, arrays.length - 1)];
    return { n, m, array, l: whole(1, array === "dA" ? L - 1 : L) };
  }

  function ofShapes({ n, m, array, l }) {
    const L = n.length - 1;
    const [name, turned] = array.split(".");
    const letter = name.replace("d", "");
    const shapes = { // of layer k
      W: (k) => (k > 0 && k <= L ? [n[k], n[k - 1]] : null),
      b: (k) => (k > 0 && k <= L ? [n[k], 1] : null),
      Z: (k) => (k >= 0 && k <= L ? [n[k], m] : null),
    };
    shapes.A = shapes.Z;
    const turn = (found) => (turned && found ? [...found].reverse() : found);
    const answer = turn(shapes[letter](l));
    const mistakes = [];
    const slip = (sentence, value) => {
      if (value && ![answer, ...mistakes.map(([, v]) => v)]
        .some((other) => same(other, value))) mistakes.push([sentence, value]);
    };
    const swapped = [...answer].reverse();
    const about = {
      W: "one row for each unit of the layer, one column for each input",
      b: "a bias is a column, one row for each unit",
      Z: "one row for each unit, one column for each sample",
    };
    about.A = about.Z;
    slip(turned
      ? `That is \`${name}[${l}]\` itself, without the transpose.`
      : `Rows and columns are swapped: ${about[letter]}.`, swapped);
    const next = turn(shapes[letter](l + 1));
    const before = turn(shapes[letter](l - 1));
    const shown = (k) => `\`${name}[${k}]${turned ? ".T" : ""}\``;
    slip(`That is the shape of ${shown(l + 1)}, of the next layer.`, next);
    slip(`That is the shape of ${shown(l - 1)}, of the layer before.`, before);
    if (letter === "W") {
      slip("Each column is an input of the layer, not a sample.",
        turn([n[l], m]));
      slip("That is the shape of the bias.", turn([n[l], 1]));
      slip("That joins the layer to the next one; its columns are the layer "
        + "before.", turn([n[l], n[l + 1]]));
    } else if (letter === "b") {
      slip("The bias is the same for every sample: one column.", [n[l], m]);
      slip("That is the shape of the weights.", shapes.W(l));
    } else {
      slip(`That is one sample. There are ${m}, one column each.`,
        turn([n[l], 1]));
      slip("That is the shape of the weights.", turn(shapes.W(l)));
    }
    const why = {
      W: `Layer ${l} has ${n[l]} units and ${n[l - 1]} inputs`,
      b: `Layer ${l} has ${n[l]} units, each with one bias`,
      Z: `Layer ${l} has ${n[l]} units, and there are ${m} samples`,
    };
    why.A = why.Z;
    return {
      kind: "shape",
      question: `A network ${n.join("-")}, a batch of m = ${m} samples. `
        + `What is the shape of ${shown(l)}?`,
      answer,
      mistakes,
      shown: `(${answer.join(", ")})`,
      way: `${why[letter]}: \`${name}[${l}]\` is `
        + `(${turn([...answer]).join(", ")})`
        + (turned ? `, and its transpose (${answer.join(", ")}).` : ".")
        + (name === letter ? ""
          : ` \`${name}\` has the shape of \`${letter}\`.`),
      hint: turned ? "First the shape before the transpose, then turn it."
        : `Remember: ${about[letter]}.`,
      choices: [],
    };
  }

  // --- what is remembered, on this device only ----------------------------

  const STORE = "mininn.question:";

  function recall(key) {
    try {
      return key ? JSON.parse(localStorage.getItem(STORE + key)) : null;
    } catch {
      return null;
    }
  }

  function keep(key, typed, right) {
    if (!key) return;
    const had = recall(key);
    if (had && had.right && !right) return; // once right, right
    try {
      localStorage.setItem(STORE + key,
        JSON.stringify({ typed, right, at: Date.now() }));
    } catch { /* not here, or not from a file: then nothing is kept */ }
    document.dispatchEvent(new CustomEvent("question-answered"));
  }

  // --- the page -----------------------------------------------------------

  let count = 0;

  function make(tag, names, ...inside) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(names)) {
      if (value !== false) made.setAttribute(name, value);
    }
    made.append(...inside);
    return made;
  }

  // A text whose words between backticks are code.
  const marked = (text) => text.split("`").map((part, i) =>
    (i % 2 ? make("code", { class: "docutils literal notranslate" }, part)
      : part));

  const LABELS = {
    number: ({ digits, answer }) => (whole(answer) ? "Your answer"
      : `Your answer, ${COUNT[digits]}`),
    numbers: ({ digits, answer }) => (flat(answer).every(whole)
      ? "Your numbers, with commas" : `Your numbers, ${COUNT[digits]} each`),
    shape: () => "Rows, columns",
    choice: () => "Your choice",
  };

  function field(spec, id, asked) {
    if (spec.kind !== "choice") {
      const input = make("input", {
        id, type: "text", autocomplete: "off", autocapitalize: "off",
        spellcheck: "false", "aria-describedby": asked.id,
        enterkeyhint: "done", size: spec.kind === "numbers" ? 24 : 12,
      });
      const label = make("label", { for: id }, LABELS[spec.kind](spec));
      return {
        parts: [label, input], first: input,
        value: () => input.value, set: (text) => { input.value = text; },
        invalid: (yes) => input.setAttribute("aria-invalid", yes),
      };
    }
    const radios = spec.choices.map((choice, i) => make("input", {
      type: "radio", name: id, id: `${id}-${i}`, value: choice,
      // A formula alone gives no name that is read aloud everywhere.
      ...(choice.includes("$") && {
        "aria-label": choice.replace(/[$\\{}]/g, ""),
      }),
    }));
    const labels = radios.map((radio, i) => make("label", { for: radio.id },
      radio, make("span", {}, ...spec.written(`choice-${i}`,
        spec.choices[i]))));
    const group = make("fieldset", { "aria-labelledby": asked.id }, ...labels);
    return {
      parts: [group], first: radios[0],
      value: () => (radios.find((radio) => radio.checked) || {}).value || "",
      set: (text) => radios.forEach((r) => { r.checked = r.value === text; }),
      invalid() {},
    };
  }

  function button(text, kind, act) {
    const made = make("button", { type: "button", class: kind }, text);
    if (act) made.addEventListener("click", act);
    return made;
  }

  // A field for one question. `written` gives the nodes of a text: those that
  // the page has typeset, if it has.
  function live(box, spec, { key, written, again, onRight }) {
    const id = `question-${++count}`;
    const asked = make("p", { class: "question-asked", id: `${id}-asked` },
      ...written("question", spec.question));
    const part = field({ ...spec, written }, id, asked);
    const said = make("p", { class: "question-said", role: "status" });
    const check = make("button", { type: "submit" }, "Check");
    const way = make("div", { class: "question-way", tabindex: "-1" });
    const show = button("Show the way", "question-quiet", () => {
      way.replaceChildren(make("p", {}, "The answer is ",
        ...written("shown", spec.shown), "."));
      if (spec.way) way.append(make("p", {}, ...written("way", spec.way)));
      show.hidden = true;
      part.first.focus({ preventScroll: true });
    });
    show.hidden = true;
    const more = button("Another network", "question-quiet", again);
    more.hidden = true;
    const form = make("form", { novalidate: "" },
      make("div", { class: "question-field" }, ...part.parts, check, show,
        more),
      said, make("div", { "aria-live": "polite" }, way));
    let wrong = 0;

    function tell(verdict, ...nodes) {
      box.dataset.state = verdict.state;
      part.invalid(!["right", "few"].includes(verdict.state));
      said.replaceChildren(...nodes);
    }

    function words({ state, text, said: which }) {
      if (state === "right") {
        return ["Right: ", ...written("shown", spec.shown), "."];
      }
      if (state === "mistake") {
        return written(`mistake-${which}`, spec.mistakes[which][0]);
      }
      const hint = spec.hint ? written("hint", spec.hint) : [];
      if (state === "wrong") return [`${text || "Not yet."} `, ...hint];
      return [text, ...(state === "near" && wrong > 1 ? [" ", ...hint] : [])];
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = part.value();
      const verdict = judge(spec, typed);
      const { state } = verdict;
      if (!["right", "few", "junk"].includes(state)) wrong++;
      tell(verdict, ...words(verdict));
      show.hidden = state === "right" || wrong < 2 || way.hasChildNodes();
      if (state === "right") {
        more.hidden = !again;
        if (onRight) onRight();
      }
      if (state !== "junk") keep(key, typed, state === "right");
      if (state !== "junk") box.dispatchEvent(new Event("answered"));
      const finger = matchMedia("(pointer: coarse)").matches;
      if (document.activeElement === check && !finger) {
        part.first.focus({ preventScroll: true });
      }
    });
    form.addEventListener("input", () => {
      delete box.dataset.state;
      part.invalid(false);
    });
    const fold = box.querySelector("details"); // what paper shows
    box.replaceChildren(...[asked, form, fold].filter(Boolean));
    delete box.dataset.state;

    const before = recall(key);
    if (before && before.right) {
      if (typeof before.typed === "string") part.set(before.typed);
      tell({ state: "right" }, "You have answered this: ",
        ...written("shown", spec.shown), ".");
    }
    return part.first;
  }

  // The nodes of a text, as the page has typeset them in a <template>.
  function writer(box) {
    const typeset = box.querySelector("template");
    return (name, text) => {
      const found = typeset
        && typeset.content.querySelector(`[data-said="${name}"]`);
      return found ? [...found.cloneNode(true).childNodes] : marked(text);
    };
  }

  function mount(box, spec) {
    const before = [...box.childNodes];
    const written = writer(box);
    const { key } = box.dataset;
    if (spec.kind === "drill") {
      let right = 0;
      const tally = make("p", { class: "question-tally" });
      const next = (focus) => {
        const first = live(box, ofShapes(draw(spec.arrays)), {
          written: (name, text) => marked(text),
          again: () => next(true),
          onRight() {
            right++;
            tally.textContent = `${right} right so far.`;
          },
        });
        box.append(tally);
        if (focus) first.focus({ preventScroll: true });
      };
      next(false);
    } else {
      live(box, spec, { key, written });
    }
    box.classList.add("question-live");
    return {
      destroy() {
        box.classList.remove("question-live");
        delete box.dataset.state;
        box.replaceChildren(...before);
      },
    };
  }

  // --- predict, type, then look -------------------------------------------

  // What comes next on the page and is to be looked at.
  function following(box) {
    const all = document.querySelectorAll(".explorer, .glass-box, figure");
    const next = [...all].find((one) => !box.contains(one)
      && box.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    return next && (next.closest("div.cell") || next);
  }

  function cover(box, key) {
    const hidden = following(box);
    const named = /[=&]/.test(location.hash); // a link to what it shows
    if (!hidden || hidden.querySelector(".question-cover")) return;
    if (recall(key) || named) return;
    const parts = [...hidden.children];
    const over = make("div", { class: "question-cover" });
    const open = () => {
      over.remove();
      hidden.classList.remove("question-covered");
      for (const part of parts) part.inert = false;
    };
    over.append(
      make("p", {}, "Answer first, then look."),
      button("Look at once", "question-quiet", () => {
        open();
        hidden.setAttribute("tabindex", "-1");
        hidden.focus({ preventScroll: true });
      }),
    );
    for (const part of parts) part.inert = true;
    hidden.classList.add("question-covered");
    hidden.append(over);
    box.addEventListener("answered", open, { once: true });
  }

  function start(root = document) {
    for (const box of root.querySelectorAll(".question[data-question]")) {
      if (box.classList.contains("question-live")) continue;
      const spec = JSON.parse(box.dataset.question);
      if (spec.v !== 1 || !spec.shown) continue; // another form: a fold
      mount(box, spec);
      // Who has run the page has seen what the question would cover.
      if (spec.opens && root === document) cover(box, box.dataset.key);
    }
  }

  globalThis.questions = {
    judge, mount, start, drills: { shapes: { draw, spec: ofShapes } },
  };
  if (typeof document === "undefined") return;
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => start());
  } else {
    start();
  }
})();
