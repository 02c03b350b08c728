/* Loaded before everything else: mends what the theme leaves open. */

"use strict";

// The theme chooses light or dark when the page is read, after it is painted.
const { dataset } = document.documentElement;
if (dataset.mode === "auto") {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = dark ? "dark" : "light";
}

// Labels of the theme that say something else than the text beside them.
function mendTheme() {
  for (const element of document.querySelectorAll(
    ".search-button-field[aria-label], .theme-switch-button[aria-label]"
  )) {
    if (element.textContent.trim()) element.removeAttribute("aria-label");
  }
  for (const link of document.querySelectorAll("a.nav-link[aria-label]")) {
    link.removeAttribute("aria-label");
  }
  const top = document.querySelector(".sidebar-primary-items__start");
  if (top && !top.getAttribute("role")) {
    top.setAttribute("role", "region");
    top.setAttribute("aria-label", "Book");
  }
  for (const box of document.querySelectorAll(
    "div.highlight pre, .output pre, div.math, table"
  )) {
    const scrolls = box.scrollWidth > box.clientWidth;
    if (scrolls && !box.hasAttribute("tabindex")) {
      box.setAttribute("tabindex", "0");
    }
  }
}

// A line must not begin with the comma that follows a formula.
function keepPunctuation() {
  for (const formula of document.querySelectorAll("span.math")) {
    const after = formula.nextSibling;
    const mark = after && after.nodeType === Node.TEXT_NODE
      && /^[.,;:?!)]+/.exec(after.data);
    if (mark) {
      const together = document.createElement("span");
      together.style.whiteSpace = "nowrap";
      formula.replaceWith(together);
      together.append(formula, mark[0]);
      after.data = after.data.slice(mark[0].length);
    }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  keepPunctuation();
  mendTheme();
});
window.addEventListener("load", () => {
  mendTheme();
  setTimeout(mendTheme, 500);
});
window.addEventListener("resize", mendTheme);

// On paper, what is folded is open.
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
});
