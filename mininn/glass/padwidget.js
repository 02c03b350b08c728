/* A pad in a notebook: anywidget calls render for each place that shows it.
   The image is sent to Python, as the bytes of its 64 numbers. */

"use strict";

const { pad } = globalThis; // of these scripts, not of another pad

const bytes = (levels) => btoa(String.fromCharCode(...new Uint8Array(
  Float64Array.from(levels, (level) => level / pad.MOST).buffer)));

export default {
  render({ model, el }) {
    const shown = pad.mount(el, model.get("spec"), (levels) => {
      model.set("data", { X: bytes(levels) });
      model.save_changes();
    });
    return () => shown.destroy();
  },
};
