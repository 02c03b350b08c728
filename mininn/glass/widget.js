/* A box in a notebook: anywidget runs this once for a box, and render for
   each place that shows it. All of them show one glass.Model. What becomes
   of it is sent to Python, as the bytes of its numbers. */

"use strict";

const { glass } = globalThis; // of these scripts, not of another box
const PAUSE = 50; // ms between two messages: training makes one a frame

const bytes = (M) => btoa(String.fromCharCode(...new Uint8Array(
  Float64Array.from(M.d).buffer)));

function rows(text, r) {
  const raw = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const d = Array.from(new Float64Array(raw.buffer)), c = d.length / r;
  return Array.from({ length: r }, (_, i) => d.slice(i * c, (i + 1) * c));
}

const net = ({ net: { n, g, W, b }, loss }) => {
  const each = (layers, told) => Object.values(layers).map(told);
  return { n: [...n], g: each(g, String), W: each(W, bytes),
    b: each(b, bytes), loss };
};
const data = ({ X, Y }) => ({ X: bytes(X), Y: bytes(Y) });
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export default () => {
  let box; // the model of this box, when it has been shown

  // What Python knows and this page does not: it was loaded again, or the
  // box is open in another window.
  function take(model) {
    const now = { net: model.get("net"), data: model.get("data") };
    if (!now.net.n || !now.data.X || (same(now.net, net(box)) && same(now.data, data(box))))
      return;
    const { n, g, W, b, loss } = now.net;
    box.replaceData(
      rows(now.data.X, n[0]), rows(now.data.Y, n.at(-1)),
      { n, g, W: W.map((text, at) => rows(text, n[at + 1])),
        b: b.map((text, at) => rows(text, n[at + 1]).flat()) },
      loss);
  }

  function follow(model) {
    let waits = 0, sends = false;
    const send = () => {
      waits = 0;
      const now = { net: net(box), data: data(box) };
      const news = Object.keys(now).filter(
        (key) => !same(now[key], model.get(key)));
      sends = true; // what is set here is heard here, one by one
      for (const key of news) model.set(key, now[key]);
      sends = false;
      if (news.length) model.save_changes();
    };
    box.on(() => { waits ||= setTimeout(send, PAUSE); });
    const hear = () => { if (!waits && !sends) take(model); };
    model.on("change:net", hear);
    model.on("change:data", hear);
  }

  return {
    render({ model, el }) {
      const place = document.createElement("div");
      const inside = document.createElement("div");
      place.className = "glass-box glass-on";
      inside.className = "glass-inside";
      place.append(inside);
      el.append(place);
      const shown = glass.view.mount(
        inside, box?.spec ?? model.get("spec"), { model: box });
      if (!box) {
        box = shown.model;
        take(model);
        follow(model);
      }
      return () => shown.destroy();
    },
  };
};
