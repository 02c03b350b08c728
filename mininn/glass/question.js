/* A question in a notebook, where nothing has typeset its formulas: the few
   signs that questions use are written with letters, <sub> and <sup>. */

"use strict";

const SIGNS = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", eta: "η",
  theta: "θ", lambda: "λ", mu: "μ", pi: "π", sigma: "σ", phi: "φ",
  Delta: "Δ", Sigma: "Σ", partial: "∂", nabla: "∇", cdot: " · ",
  times: " × ", odot: " ⊙ ", le: " ≤ ", leq: " ≤ ", ge: " ≥ ", geq: " ≥ ",
  ne: " ≠ ", neq: " ≠ ", approx: " ≈ ", in: " ∈ ", to: " → ", pm: " ± ",
  infty: "∞", sum: "Σ", top: "⊤", prime: "′", dots: "…", ldots: "…",
  cdots: "⋯", mid: " | ", lVert: "‖", rVert: "‖", left: "", right: "",
  quad: "  ", ",": " ", ";": " ", " ": " ", "!": "", "\\": "; ",
};
const PART = /\\([A-Za-z]+|.)|([{}^_])|([A-Za-z])|\s+|[^\\{}^_A-Za-z\s]+/gu;
const WIDE = /^[=<>+]+$/; // signs with some room around them

function make(tag, ...content) {
  const element = document.createElement(tag);
  element.append(...content);
  return element;
}

// The nodes of a formula.
function formula(tex) {
  const parts = [...tex.matchAll(PART)];
  let at = 0;

  // What stands behind a command or a mark: a group, or one part.
  function argument() {
    while (/^\s/.test(parts[at]?.[0] ?? "")) at++;
    if (parts[at]?.[0] !== "{") return one();
    at++;
    const inside = all();
    at++;
    return inside;
  }
  function all() {
    const nodes = [];
    while (at < parts.length && parts[at][0] !== "}") nodes.push(...one());
    return nodes;
  }
  function one() {
    if (at >= parts.length) return [];
    const [text, command, mark, letter] = parts[at++];
    if (mark === "{") { at--; return argument(); }
    if (mark) return [make(mark === "_" ? "sub" : "sup", ...argument())];
    if (letter) return [make("i", letter)];
    if (!command) {
      if (/^\s/.test(text)) return [];
      const said = text.replaceAll("-", "−").replaceAll("'", "′");
      return [WIDE.test(said) ? ` ${said} ` : said];
    }
    if (/^(math(bf|bb)|boldsymbol)$/.test(command))
      return [make("b", ...argument())];
    if (/^(text|mathrm|operatorname)$/.test(command))
      return [make("span", argument().map((n) => n.textContent ?? n).join(""))];
    if (/^[dt]?frac$/.test(command)) {
      const above = argument();
      return [...above, "/", ...argument()];
    }
    if (command === "sqrt") return ["√(", ...argument(), ")"];
    return [SIGNS[command] ?? (/^\w{2,}/.test(command)
      ? ` ${command} ` : command)];
  }

  const nodes = [];
  while (at < parts.length) {
    nodes.push(...all());
    at++; // a bracket too many
  }
  return nodes;
}

// A text with `code` and $formulas$, as nodes.
function written(text) {
  return text.split(/(`[^`]+`|\$[^$\s](?:[^$]*[^$\s])?\$)/).map((part, i) => {
    const inside = part.slice(1, -1);
    if (i % 2 === 0) return part;
    return part[0] === "`" ? make("code", inside)
      : make("span", ...formula(inside));
  });
}

// All that the page may say, by the names that questions.js has for it.
function texts(spec) {
  const told = { question: spec.question, hint: spec.hint, way: spec.way,
    shown: spec.shown };
  (spec.mistakes ?? []).forEach(([sentence], i) => {
    told[`mistake-${i}`] = sentence;
  });
  (spec.choices ?? []).forEach((choice, i) => {
    told[`choice-${i}`] = choice;
  });
  return Object.entries(told).filter(([, text]) => text);
}

export default {
  render({ model, el }) {
    const spec = model.get("spec");
    const box = make("div"), typeset = make("template");
    box.className = "question";
    for (const [name, text] of texts(spec)) {
      const said = make("p", ...written(text));
      said.dataset.said = name;
      typeset.content.append(said);
    }
    box.append(typeset);
    el.append(box);
    const shown = globalThis.questions.mount(box, spec);
    return () => shown.destroy();
  },
};
