/* What an explorer does in the built pages beyond turning: it names its
   values aloud, keeps them in the address (#lr=0.1&hidden=4), and plays. */

"use strict";

(() => {
  const PAUSE = 900; // ms a frame stands while an explorer plays
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const ready = new Map(); // the number of an explorer -> what drives it
  const touched = new Set(); // the explorers that the address tells of
  let tables = [];

  // The folded table beside an explorer holds the names of its sliders, its
  // values, and which of them is played. The second explorer of a page has
  // keys of its own: 2.lr.
  function drive(box, table) {
    const number = tables.indexOf(table);
    const heads = [...table.querySelectorAll("thead th")].slice(0, -1);
    const handles = [...box.querySelectorAll(".noUi-handle")];
    if (handles.length < heads.length || !box.querySelector("img")) return;
    const rows = [...table.querySelectorAll("tbody tr")];
    const sliders = heads.map((head, i) => {
      const row = handles[i].closest(".widget-inline-hbox");
      return {
        key: (number ? `${number + 1}.` : "") + head.textContent,
        label: row.querySelector(".widget-label").textContent,
        values: [...new Set(rows.map((r) => r.cells[i].textContent))],
        readout: row.querySelector(".widget-readout"),
        handle: handles[i],
        control: handles[i].closest(".noUi-target").noUiSlider,
        name: head.textContent,
      };
    });
    const said = document.createElement("p");
    said.className = "visually-hidden";
    said.setAttribute("aria-live", "polite");
    box.append(said);
    const explorer = { box, sliders, stop() {} };
    ready.set(number, explorer);

    let later;
    explorer.say = () => {
      clearTimeout(later);
      if (explorer.playing) return;
      later = setTimeout(() => {
        said.textContent = box.querySelector("figcaption").textContent;
      }, 300);
    };
    for (const slider of sliders) {
      const { control, handle, label, readout } = slider;
      slider.start = slider.shown = at(slider);
      readout.contentEditable = "false"; // nothing would follow from typing
      handle.setAttribute("aria-label", label);
      control.on("update", () => {
        handle.setAttribute(
          "aria-valuetext", `${label} ${slider.values[at(slider)]}`
        );
        if (slider.shown !== at(slider)) explorer.say();
        slider.shown = at(slider);
      });
      control.on("slide", () => explorer.stop());
      control.on("change", () => keep(number));
    }
    const film = sliders.find((s) => s.name === table.dataset.play);
    if (film) addPlay(explorer, film, number);
  }

  const at = (slider) => Math.round(slider.control.get());

  const turn = (slider, index) => slider.control.set(index);

  function addPlay(explorer, film, number) {
    const button = document.createElement("button");
    const last = film.values.length - 1;
    button.type = "button";
    button.className = "explorer-play";
    const name = () => {
      const [sign, text] = explorer.playing
        ? ["❚❚", "Pause"]
        : ["▶", (still.matches ? "Step through " : "Play ") + film.label];
      button.innerHTML = '<span aria-hidden="true"></span> <span></span>';
      button.firstChild.textContent = sign;
      button.lastChild.textContent = text;
    };
    explorer.stop = () => {
      if (!explorer.playing) return;
      clearInterval(explorer.playing);
      explorer.playing = 0;
      name();
      explorer.say();
      keep(number);
    };
    const forward = () => {
      turn(film, at(film) === last ? 0 : at(film) + 1);
      if (at(film) === last) explorer.stop();
    };
    button.addEventListener("click", () => {
      if (explorer.playing) {
        explorer.stop();
      } else if (still.matches) {
        forward(); // who asked for less motion goes on by hand
        keep(number);
      } else {
        explorer.playing = setInterval(forward, PAUSE);
        forward();
        name();
      }
    });
    still.addEventListener("change", name);
    name();
    explorer.box.querySelector(":scope > .widget-box").before(button);
  }

  // The address is replaced, not added to: Back leaves the page at once.
  let writing;
  function keep(number) {
    touched.add(number);
    clearTimeout(writing);
    writing = setTimeout(() => {
      const state = [...touched].sort().flatMap((k) => ready.get(k).sliders)
        .map((s) => [s.key, s.values[at(s)]].map(encodeURIComponent).join("="))
        .join("&");
      try {
        history.replaceState(history.state, "", `#${state}`);
      } catch { /* too often for this browser: the next turn is written */ }
    }, 150);
  }

  function read() {
    const asked = new Map();
    for (const pair of location.hash.slice(1).split("&")) {
      try {
        const [key, value] = pair.split("=").map(decodeURIComponent);
        if (value !== undefined) asked.set(key, value);
      } catch { /* no address of ours */ }
    }
    return asked;
  }

  // Turn every slider that the address names; leave what it does not know.
  // An empty address is the page as it was when it was opened. One slider
  // after the other: widgets stumble when a frame goes while it is made.
  async function restore() {
    const asked = read();
    let first;
    for (let number = 0; number < tables.length; number++) {
      const { box, sliders, stop } = ready.get(number);
      for (const slider of sliders) {
        const value = asked.get(slider.key);
        const index = slider.values.findIndex((v) => v === value
          || (value && Number(v) === Number(value)));
        const wanted = location.hash ? index : slider.start;
        if (index >= 0) {
          first = first || box;
          touched.add(number);
        }
        if (wanted >= 0 && wanted !== at(slider)) {
          stop();
          turn(slider, wanted);
          await new Promise((done) => setTimeout(done, 60));
        }
      }
    }
    if (!first) return;
    await window.MathJax?.startup?.promise; // until then the page still moves
    first.scrollIntoView();
  }

  let restored = Promise.resolve();
  const follow = () => {
    if (ready.size === tables.length) restored = restored.then(restore);
  };

  document.addEventListener("DOMContentLoaded", () => {
    tables = [...document.querySelectorAll("details.explorer-table")];
    if (!tables.length) return;
    const watch = new MutationObserver(() => {
      for (const box of document.querySelectorAll(".explorer")) {
        const table = box.closest(".cell_output")
          ?.querySelector("details.explorer-table");
        if (table && !ready.has(tables.indexOf(table))) drive(box, table);
      }
      if (ready.size === tables.length) {
        watch.disconnect();
        setTimeout(follow, 200); // the last frames are still being hung up
      }
    });
    watch.observe(document.body, { childList: true, subtree: true });
    addEventListener("hashchange", follow);
  });
})();
