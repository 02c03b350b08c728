/* Where a reader stands: a ring at each page that asks something, in the
   contents and below its title, fills with what is answered. It reads what
   questions.js keeps on this device, and a button forgets it. Where a browser
   keeps nothing, nothing is said. */

"use strict";

(() => {
  // By page, what its questions are remembered by: written when the book is.
  const QUESTIONS = {};
  const STORE = "mininn.question:";
  const all = Object.entries(QUESTIONS)
    .flatMap(([page, words]) => words.map((word) => `${page}:${word}`));
  const lines = [...document.querySelectorAll(".questions-line")];
  const root = new URL(
    document.documentElement.dataset.content_root || "./", location.href);
  let stored;

  const answered = (key) => {
    try {
      return JSON.parse(stored.getItem(STORE + key));
    } catch {
      return null;
    }
  };
  const right = (keys) => keys.filter((key) => answered(key)?.right);
  const of = (page) => QUESTIONS[page].map((word) => `${page}:${word}`);

  function span(name, text = "") {
    const made = document.createElement("span");
    made.className = name;
    made.textContent = text;
    return made;
  }

  // The links of the contents that lead to pages with questions.
  const links = [...document.querySelectorAll("nav.bd-links li > a")]
    .map((link) => {
      const { pathname } = new URL(link.href.split("#")[0]);
      const page = pathname.startsWith(root.pathname)
        && decodeURI(pathname.slice(root.pathname.length))
          .replace(/\.html$/, "");
      if (!page || !(page in QUESTIONS)) return null;
      const ring = span("questions-ring");
      const said = span("visually-hidden");
      ring.setAttribute("aria-hidden", "true");
      return { link, page, ring, said };
    }).filter(Boolean);

  // What a chapter is called, without its number and what follows a colon.
  function title(page) {
    const found = links.find((one) => one.page === page);
    return found ? found.name.split(":")[0] : page;
  }

  function forget() {
    for (const key of Object.keys(stored)) {
      if (key.startsWith(STORE)) stored.removeItem(key);
    }
    location.reload();
  }

  function button(line) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = "Forget my answers";
    let sure = false;
    made.addEventListener("click", () => {
      if (sure) {
        forget();
        return;
      }
      sure = true;
      made.textContent = "Forget all, on every page?";
    });
    made.addEventListener("blur", () => {
      sure = false;
      made.textContent = "Forget my answers";
    });
    line.append(made);
    return made;
  }

  function show() {
    const done = right(all);
    for (const { page, ring, said } of links) {
      const keys = of(page), count = right(keys).length;
      ring.style.setProperty("--done", count / keys.length);
      ring.hidden = !count;
      said.textContent = count
        ? ` (${count} of ${keys.length} answered)` : "";
    }
    for (const line of lines) {
      const { page } = line.dataset;
      const keys = page ? of(page) : all;
      const count = right(keys).length;
      const [ring, words] = line.children;
      ring.style.setProperty("--done", keys.length ? count / keys.length : 0);
      const whole = keys.length === 1 ? "question" : "questions";
      line.hidden = !page && !count;
      words.textContent = page && !count
        ? `${keys.length} ${whole} on this page`
        : page ? `${count} of ${keys.length} ${whole} answered`
          : `${count} of ${keys.length} answered`;
      if (!page && done.length) {
        const last = done.reduce((a, b) =>
          (answered(a).at > answered(b).at ? a : b));
        words.textContent += `; last: ${title(last.split(":")[0])}`;
      }
      if (count && !line.querySelector("button")) button(line);
    }
  }

  try {
    stored = localStorage;
    const probe = `${STORE}probe`;
    stored.setItem(probe, "1");
    stored.removeItem(probe);
  } catch {
    return; // this browser keeps nothing, or not from a file
  }
  if (!all.length) return;
  for (const one of links) {
    one.name = one.link.textContent.trim().replace(/^\d+[a-z]?\.?\s+/, "");
    one.link.append(one.ring, one.said);
  }
  show();
  document.addEventListener("question-answered", show);
  addEventListener("storage", show);
})();
