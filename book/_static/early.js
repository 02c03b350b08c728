/* Loaded before everything else: mends what the theme leaves open. */

"use strict";

// The theme chooses light or dark when the page is read, after it is painted.
const { dataset } = document.documentElement;
if (dataset.mode === "auto") {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = dark ? "dark" : "light";
}

// The fonts of formulas stand in the style sheet. Read now, they are there when
// the first formula is laid out, and no line breaks anew.
for (const face of document.fonts) {
  if (face.family.includes("KaTeX")) face.load();
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
    "div.highlight pre, .output pre, .katex-display, table"
  )) {
    const scrolls = box.scrollWidth > box.clientWidth;
    if (scrolls && !box.hasAttribute("tabindex")) {
      box.setAttribute("tabindex", "0");
    }
  }
}

document.addEventListener("DOMContentLoaded", mendTheme);
window.addEventListener("load", () => {
  mendTheme();
  setTimeout(mendTheme, 500);
});
window.addEventListener("resize", mendTheme);

// On paper, what is folded is open.
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
});
