/* What an explorer does in the built pages: its sliders and lists choose a
   frame, it says aloud what it shows, keeps its values in the address
   (#lr=0.1&hidden=4), and plays. */

"use strict";

(() => {
  const PAUSE = 900; // ms a frame stands while an explorer plays
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const touched = new Set(); // the explorers that the address tells of

  // The JSON in an explorer holds all that it needs: its grids, its frames
  // and the note of each, and which grid is played. The second explorer of a
  // page has keys of its own: 2.lr.
  function drive(box, number) {
    const { grids, notes, frames, play } =
      JSON.parse(box.querySelector("script").textContent);
    const sliders = [
      ...box.querySelectorAll("input, select"),
    ].map((input, i) => ({
      input,
      ...grids[i],
      key: (number ? `${number + 1}.` : "") + grids[i].name,
      readout: box.querySelector(`output[for="${input.id}"]`),
    }));
    const said = document.createElement("p");
    said.className = "visually-hidden";
    said.setAttribute("aria-live", "polite");
    box.append(said);
    const explorer = { box, sliders, stop() {} };

    let later;
    explorer.say = () => {
      clearTimeout(later);
      if (explorer.playing) return;
      later = setTimeout(() => {
        said.textContent = box.querySelector("figcaption").textContent;
      }, 300);
    };
    explorer.show = () => {
      let place = 0; // the last slider runs fastest, as in the table
      for (const { input, label, readout, values } of sliders) {
        const value = values[Number(input.value)];
        place = place * values.length + Number(input.value);
        readout.textContent = value;
        if (input.type === "range") { // a list says its value itself
          input.setAttribute("aria-valuetext", `${label} ${value}`);
        }
      }
      const image = box.querySelector("img");
      image.src = frames[place];
      image.alt = notes[place];
      box.querySelector("figcaption").textContent = image.alt;
      explorer.say();
    };
    for (const { input } of sliders) {
      input.addEventListener("input", () => {
        explorer.stop();
        explorer.show();
      });
      input.addEventListener("change", () => keep(number));
    }
    const film = sliders.find((s) => s.name === play);
    if (film) setPlay(explorer, film, number);
    return explorer;
  }

  function setPlay(explorer, { input, label }, number) {
    const button = explorer.box.querySelector(".explorer-play");
    const name = () => {
      const [sign, text] = explorer.playing
        ? ["❚❚", "Pause"]
        : ["▶", (still.matches ? "Step through " : "Play ") + label];
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
      const next = Number(input.value) + 1;
      input.value = next > input.max ? 0 : next;
      explorer.show();
      if (input.value === input.max) explorer.stop();
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
  }

  // The address is replaced, not added to: Back leaves the page at once. Keys
  // of others, such as a glass box, stay.
  let writing;
  function keep(number) {
    touched.add(number);
    clearTimeout(writing);
    writing = setTimeout(() => {
      const ours = [...touched].sort().flatMap((k) => explorers[k].sliders)
        .map((s) => [s.key, s.values[s.input.value]])
        .map((pair) => pair.map(encodeURIComponent).join("="));
      const keys = new Set(explorers.flatMap((e) =>
        e.sliders.map((s) => encodeURIComponent(s.key))));
      const others = location.hash.slice(1).split("&").filter((pair) =>
        pair.includes("=") && !keys.has(pair.split("=")[0]));
      const state = [...ours, ...others].join("&");
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
  // An empty address is the page as it was when it was opened.
  function restore() {
    const asked = read();
    let first;
    explorers.forEach((explorer, number) => {
      let moved = false;
      for (const { key, input, values, start } of explorer.sliders) {
        const value = asked.get(key);
        const index = values.findIndex((v) => v === value
          || (value && Number(v) === Number(value)));
        if (index >= 0) {
          first = first || explorer.box;
          touched.add(number);
        }
        const wanted = location.hash ? index : start;
        if (wanted < 0 || wanted === Number(input.value)) continue;
        input.value = wanted;
        moved = true;
      }
      if (!moved) return;
      explorer.stop();
      explorer.show();
    });
    if (!first) return;
    first.scrollIntoView();
  }

  const explorers = [...document.querySelectorAll(".explorer")].map(drive);
  if (explorers.length) {
    addEventListener("hashchange", restore);
    restore();
  }
})();
