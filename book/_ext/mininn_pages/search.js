// The search of the book: MiniSearch ranks the pages, and each shows the
// section that says most of what was searched. The first half knows no page:
// search.py builds the index with it.

"use strict";

const COMMON = new Set(("a about an and any are as at be by can do does for "
  + "from get has have how i if in into is it its me my not of on or so "
  + "than that the their them then there these they this to use using vs was "
  + "we what when where which who will with you your").split(" "));
// A page that lists, translates or asks is seldom what was searched.
const KINDS = [[/^book\/(glossary|api|changes|bibliography|paths)$/, 0.15],
  [/^book\/(instructors|intro|glance|sheet|errata)$/, 0.4],
  [/^book\/exercises\//, 0.3], [/^book\/(further\/.*|rosetta)$/, 0.7]];
// Between two words: signs, or the edge of what is Chinese.
const HAN = /\p{Script=Han}/u;
const SIGNS = new RegExp("[\\n\\r\\p{Z}\\p{P}\\p{S}_]+"
  + "|(?<=\\p{Script=Han})(?=[a-z])|(?<=[a-z])(?=\\p{Script=Han})", "iu");

function kind(id) {
  return (KINDS.find(([name]) => name.test(id)) || [null, 1])[1];
}

// A word as it stands in the index, without its ending: British spelling is
// American, and decreases, decreased and decreasing are one word. One letter
// or a number says too little. Chinese has no spaces: each two signs that
// follow one another are a word, so that a longer term finds a shorter one.
function word(term) {
  const low = term.toLowerCase().normalize("NFKC");
  if (COMMON.has(low) || /\d/.test(low)) return null;
  if (HAN.test(low)) {
    return low.length < 3 ? low
      : Array.from({ length: low.length - 1 }, (_, i) => low.slice(i, i + 2));
  }
  const root = low.replace(/is(ation|ing|er|ers|e|es|ed)$/, "iz$1")
    .replace(/(?<=....)(ies|ings|ing|ed|es|e|s|y|ation|ations)$/, "");
  return root.length < 2 ? null : root;
}

const SET = {
  fields: ["names", "title", "headings", "text"],
  extractField: (page, field) => (
    field === "names" ? page.names.join(" ") : page[field]),
  tokenize: (text) => text.split(SIGNS),
  processTerm: word,
  searchOptions: {
    boost: { names: 6, title: 5, headings: 2, text: 0.5 },
    boostDocument: kind,
    prefix: (term) => term.length > 3,
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
  },
};

function indexed(pages) {
  const search = new MiniSearch(SET);
  search.addAll(pages);
  return JSON.stringify(search);
}

function words(text) {
  return text.split(SIGNS).flatMap(word).filter(Boolean);
}

// How much a name is what was asked: 1 when both have the same words.
function likeness(name, asked) {
  const said = new Set(words(name));
  const both = asked.filter((one) => said.has(one)).length;
  return both ? (2 * both) / (said.size + asked.length) : 0;
}

// The pages that a query finds, the best first. What is a name of a page, word
// by word, leads to that page: the earlier among its names, the earlier. What
// is nearly one moves it up.
function found(search, names, query) {
  const asked = [...new Set(words(query))];
  const first = [];
  const close = {};
  for (const [id, said] of Object.entries(names)) {
    const alike = said.map((name) => likeness(name, asked));
    close[id] = Math.max(0, ...alike);
    if (close[id] === 1) first.push([alike.indexOf(1), id]);
  }
  first.sort((one, other) => one[0] - other[0]);
  const ranked = search.search(query)
    .map(({ id, score }) => [score * (1 + 4 * (close[id] || 0) ** 2), id])
    .sort((one, other) => other[0] - one[0]);
  return [...new Set([...first, ...ranked].map(([, id]) => id))];
}

// The section of a page that has most of the words, in its heading above all.
function section(sections, asked) {
  const times = (text) => words(text).filter((one) => (
    asked.some((part) => one.startsWith(part)))).length;
  let best = sections[0], most = 0;
  for (const one of sections) {
    const here = 3 * Math.min(times(one[1]), 3) + Math.min(times(one[2]), 2);
    if (here > most) [best, most] = [one, here];
  }
  return best;
}

function marked(text, asked) {
  const parts = text.split(/([\n\r\p{Z}\p{P}\p{S}_]+)/u);
  return parts.map((part) => {
    const here = words(part);
    if (!here.some((one) => asked.some((start) => one.startsWith(start)))) {
      return part;
    }
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
}

function result(id, asked) {
  const [title, sections] = BOOK.pages[id];
  const [anchor, heading, text] = section(sections, asked);
  const item = document.createElement("li");
  const page = document.createElement("a");
  page.href = `${id}.html`;
  page.append(...marked(title, asked));
  item.append(page);
  if (sections[0][0] !== anchor) {
    const part = document.createElement("a");
    part.className = "search-section";
    part.href = `${id}.html#${anchor}`;
    part.append(...marked(heading, asked));
    item.append(part);
  }
  const lines = document.createElement("p");
  lines.append(...marked(text, asked));
  item.append(lines);
  return item;
}

function start() {
  const SHOWN = 12;
  const search = MiniSearch.loadJSON(BOOK.index, SET);
  const field = document.querySelector(".bd-search-container input[name=q]");
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  const list = document.createElement("ol");
  list.className = "search-list";
  document.getElementById("search-results").append(status, list);

  const show = (query, all = false) => {
    const hits = query.trim() ? found(search, BOOK.names, query) : [];
    const asked = words(query);
    const shown = all ? hits : hits.slice(0, SHOWN);
    list.replaceChildren(...shown.map((id) => result(id, asked)));
    status.textContent = !query.trim() ? ""
      : !hits.length ? "No page has these words. Try others, or one of them."
        : hits.length === 1 ? "1 page" : `${hits.length} pages`;
    if (hits.length > shown.length) {
      const more = document.createElement("button");
      more.type = "button";
      more.className = "search-more";
      more.textContent = `Show all ${hits.length}`;
      more.addEventListener("click", () => {
        show(query, true);
        list.children[SHOWN].querySelector("a").focus();
      });
      status.append(" ", more);
    }
  };

  const address = new URL(location.href);
  for (const input of document.querySelectorAll("input[name=q]")) {
    input.value = address.searchParams.get("q") || "";
  }
  field.addEventListener("input", () => {
    address.searchParams.set("q", field.value);
    history.replaceState(null, "", address);
    show(field.value);
  });
  field.form.addEventListener("submit", (event) => event.preventDefault());
  show(field.value);
}

if (typeof document !== "undefined") start();
