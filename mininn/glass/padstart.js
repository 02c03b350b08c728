/* Finds the pads of a page and starts them. One that cannot start stays what
   it is without a script: a still and a table. */

"use strict";

(() => {
  if (typeof document === "undefined") return; // node reads this file too
  const { pad } = globalThis;

  function start(box) {
    if (box.classList.contains("pad-on")) return;
    const inside = document.createElement("div");
    inside.className = "pad-inside";
    try {
      const spec = JSON.parse(box.dataset.pad);
      if (spec.v !== 1) return;
      box.pad = pad.mount(inside, spec);
      box.append(inside);
      box.classList.add("pad-on");
    } catch {
      inside.remove();
    }
  }

  pad.begin = (where = document) =>
    where.querySelectorAll(".drawing-pad[data-pad]").forEach(start);
  if (document.readyState === "loading")
    document.addEventListener("DOMContentLoaded", () => pad.begin());
  else pad.begin();
})();
