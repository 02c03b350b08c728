/* Finds the boxes of a page and starts them. A box that cannot start, since
   its data is of another version or broken, stays what it is without a
   script: a still and a table. */

"use strict";

(() => {
  if (typeof document === "undefined") return; // node reads this file too
  const { glass } = globalThis;
  const VERSION = 1;
  const BOX = ".glass-box[data-glass]";

  function read(box, name, otherwise) {
    const text = box.getAttribute(name);
    return text === null ? otherwise : JSON.parse(text);
  }

  const all = (where) => [...where.querySelectorAll(BOX)];

  function start(box) {
    if (box.classList.contains("glass-on")) return;
    const number = all(document).indexOf(box);
    const inside = document.createElement("div");
    inside.className = "glass-inside";
    try {
      const spec = read(box, "data-glass");
      if (spec.v !== VERSION) return;
      const equations = read(box, "data-equations", {});
      box.append(inside);
      box.glass = glass.view.mount(inside, spec, { equations, number });
      box.classList.add("glass-on");
      if (glass.share?.follow(box.glass.model, number).opened)
        box.scrollIntoView();
      else if (spec.moves) box.glass.swing();
    } catch {
      inside.remove();
    }
  }

  glass.begin = (where = document) => all(where).forEach(start);
  if (document.readyState === "loading")
    document.addEventListener("DOMContentLoaded", () => glass.begin());
  else glass.begin();
})();
