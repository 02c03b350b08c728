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

// What may be wider than its column, and scrolls.
const SCROLL = "div.highlight pre, .output pre, .katex-display, table, "
  + ".picture, .pst-scrollable-table-container, .cell_output .text_html, "
  + ".cm-scroller";

// Mark what goes on at its right, as long as it does.
function tellMore(box) {
  const left = box.scrollWidth - box.clientWidth - box.scrollLeft;
  box.toggleAttribute("data-more", left > 2);
}

document.addEventListener("scroll", ({ target }) => {
  if (target.matches?.(SCROLL)) tellMore(target);
}, { capture: true, passive: true });

// Labels of the theme that say something else than the text beside them go,
// and what has none is named.
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
  // WebKit takes no name from the title of a picture.
  for (const button of document.querySelectorAll(
    ".copybtn:not([aria-label])"
  )) {
    button.setAttribute("aria-label", "Copy");
  }
  for (const box of document.querySelectorAll(SCROLL)) {
    const scrolls = box.scrollWidth > box.clientWidth;
    tellMore(box);
    if (scrolls && !box.hasAttribute("tabindex")
        && !box.closest("#hover-card")) {
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

// A link to a section that has moved to another page leads to it there.
function follow() {
  const { pathname, hash } = location;
  const id = hash.slice(1);
  if (!/^[\w-]+$/.test(id) || document.getElementById(id)) return;
  const root = new URL(dataset.content_root || "./", location.href);
  const script = document.createElement("script");
  script.src = new URL("_static/moved.js", root);
  script.onload = () => {
    const page = pathname.slice(root.pathname.length).replace(/\.html$/, "");
    const there = window.mininnMoved[page]?.[id];
    if (there) location.replace(new URL(there.replace("#", ".html#"), root));
  };
  document.head.append(script);
}

document.addEventListener("DOMContentLoaded", follow);
window.addEventListener("hashchange", follow);
