/* Shows what a symbol, a number of an equation or a word of the glossary
   stands for, where it stands: on hover, on focus, and on a tap. An array
   lights up wherever the page has it: in text, in equations, in code and in
   the drawing of a glass box. */

"use strict";

(() => {
  const here = document.currentScript.src;
  const card = document.createElement("div");
  card.id = "hover-card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  let shown, soon, data;

  // Equations and words of all pages, loaded when the first is asked for. A
  // script, for a page opened from a folder may not fetch.
  function load() {
    data = data || new Promise((done) => {
      const script = document.createElement("script");
      script.src = here.replace(/hover\.js.*/, "hover-data.js");
      script.onload = () => done(window.mininnHover);
      script.onerror = () => done({ equations: {}, words: {} });
      document.head.append(script);
    });
    return data;
  }

  const target = (node) => node.closest?.(
    "[data-hover], [data-symbol], .glass-item, article a[href*='#equation-'], article a[href*='#term-']"
  );

  async function fill(element) {
    card.replaceChildren();
    if (element.dataset.hover) {
      const [code, shape, meaning] = element.dataset.hover.split("|");
      const name = document.createElement("code");
      name.textContent = code;
      const what = document.createElement("p");
      what.textContent = `${meaning[0].toUpperCase()}${meaning.slice(1)}.`;
      const size = document.createElement("p");
      const shaped = shape[0] === "(";
      const value = document.createElement(shaped ? "code" : "span");
      value.textContent = shape;
      size.append(name, shaped ? " has shape " : " is ", value);
      card.append(size, what);
      return true;
    }
    const id = decodeURIComponent(element.hash.slice(1));
    const formula = element.pathname === location.pathname
      && document.getElementById(id)?.querySelector(".katex-display");
    if (formula) {
      const copy = formula.cloneNode(true);
      copy.removeAttribute("tabindex"); // where it scrolls
      card.append(copy);
      return true;
    }
    const { equations, words } = await load();
    if (shown !== element || !(equations[id] || words[id])) return false;
    // Ours: written when the book is built.
    card.innerHTML = words[id] || equations[id];
    return shown === element;
  }

  // What a part of a drawing belongs to: its id is such as "weight 1 0 2".
  function drawn(part) {
    const [kind, l] = part.dataset.id.split(" ");
    return { weight: [`W[${l}]`], bias: [`b[${l}]`], label: ["Y"],
      unit: l === "0" ? ["X", "A[0]"] : [`A[${l}]`, `Z[${l}]`] }[kind] || [];
  }

  const symbol = (node) => node.dataset.symbol
    || node.dataset.hover?.split("|")[0]
    || (node.dataset.id && drawn(node)[0]);

  // A slope along an array is drawn where that is. A part of a drawing lights
  // up what is said of it, not its neighbours.
  function light(name, from) {
    for (const one of document.querySelectorAll(
      "[data-hover], [data-symbol]"
    )) one.classList.toggle("lit", name !== undefined && symbol(one) === name);
    const array = name?.replace(/^d(?=[A-Zb])/, "");
    for (const one of document.querySelectorAll(".glass-item"))
      one.classList.toggle("lit", !from && drawn(one).includes(array));
  }

  async function show(element) {
    if (shown === element) return;
    hide();
    const part = element.matches(".glass-item");
    light(symbol(element), part);
    if (element.classList.contains("headerlink")) return;
    shown = element;
    if (element.dataset.symbol || part) return;
    if (!(await fill(element))) return;
    card.hidden = false;
    const at = element.getBoundingClientRect();
    const size = card.getBoundingClientRect();
    const room = document.documentElement.clientWidth - size.width - 8;
    const above = at.top - size.height - 6;
    card.style.left = `${Math.max(8, Math.min(at.left, room)) + scrollX}px`;
    card.style.top = `${(above > 4 ? above : at.bottom + 6) + scrollY}px`;
    const focused = element.contains(document.activeElement)
      ? document.activeElement : element;
    focused.setAttribute("aria-describedby", card.id);
  }

  function hide() {
    clearTimeout(soon);
    light();
    for (const told of document.querySelectorAll(
      `[aria-describedby="${card.id}"]`
    )) told.removeAttribute("aria-describedby");
    card.hidden = true;
    shown = undefined;
  }

  // A moment's delay: the pointer may cross a symbol, or move to the card.
  function later(what, wait) {
    clearTimeout(soon);
    soon = setTimeout(what, wait);
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(card);
    document.addEventListener("pointerover", ({ target: node, pointerType }) => {
      if (pointerType === "touch") return;
      const element = target(node);
      if (element) later(() => show(element), 120);
      else if (card.contains(node)) clearTimeout(soon);
      else if (shown || soon) later(hide, 200);
    });
    document.addEventListener("focusin", ({ target: node }) => {
      const element = target(node);
      if (element && node.matches(":focus-visible")) show(element);
      else if (shown) hide();
    });
    document.addEventListener("click", ({ target: node }) => {
      const element = target(node);
      if (element?.dataset.hover) show(element);
      else if (!card.contains(node)) hide();
    });
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") hide();
    });
  });
})();
