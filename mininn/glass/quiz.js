/* The box asks: compute a number of this very network.

   draw(model, random)  -> {place, asked, rule, key, answer, mistakes}
   judge(one, text)     -> {state, text}; state is right, mistake, wrong or
                           none (what was typed is no number)
   Forward it asks for a weighted sum or an activation, backward for a dz. The
   drawing shows two decimals, so two digits are asked for. Each mistake is the
   wrong formula, run on these numbers. */

"use strict";

(() => {
  const { glass } = globalThis, { engine } = glass;
  const DIGITS = 0.02; // of the answer: about half of its second digit

  const SLIPS = {
    "one-over-m": "The factor 1/m is missing.",
    "no-prime": "That is da: the factor g′(z) is still to come.",
    "g-for-prime": "That is with g(z) in place of g′(z).",
    "prime-of-a": "You took g′ at a. It belongs at z.",
    sign: "The sign is wrong.",
  };

  function close(x, y) {
    return Math.abs(x - y) <= Math.max(DIGITS * Math.abs(y), 1e-12);
  }

  function slips(model, place) {
    const { net, cache, sample } = model, { kind, l, i } = place;
    const at = (M) => M.d[i * M.c + sample];
    if (kind === "z")
      return [["That is without the bias.", at(cache.Z[l]) - net.b[l].d[i]],
        ["That is the activation: the sum comes before it.",
          at(cache.A[l])],
        ["The sign is wrong.", -at(cache.Z[l])]];
    if (kind === "a")
      return [["That is z: its activation is still to come.",
        at(cache.Z[l])],
      ["The sign is wrong.", -at(cache.A[l])]];
    return Object.entries(SLIPS).map(([wrong, said]) => {
      const dZ = wrong === "sign" ? null : engine.backward(
        net, cache, model.Y, model.loss, wrong).dZ;
      return [said, dZ ? at(dZ[l]) : -model.value(place)];
    });
  }

  function draw(model, random = Math.random) {
    const { L, n } = model.net;
    const pick = (count) => Math.floor(random() * count);
    let place;
    for (let tries = 0; tries < 30; tries++) {
      const l = 1 + pick(L), i = pick(n[l]);
      const kind = model.mode === "backward" ? "dz" : "za"[pick(2)];
      place = { kind, l, i };
      // A unit that says 0 asks for nothing.
      if (Math.abs(model.value(place)) > 1e-9) break;
    }
    const answer = model.value(place);
    const line = glass.words.lines(model, place).find(
      ({ value }) => value === answer);
    const mistakes = slips(model, place).filter(([, value]) =>
      Number.isFinite(value) && !close(value, answer));
    return {
      place, answer, mistakes, rule: line?.rule ?? [], key: line?.key,
      asked: `Compute ${place.kind} of unit ${place.i + 1} of layer ${
        place.l}, sample ${model.sample + 1}, to two digits.`,
    };
  }

  function judge({ answer, mistakes }, text) {
    const plain = text.trim().replace(/[−–]/g, "-").replace(",", ".");
    const typed = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)
      ? Number(plain) : NaN;
    if (!Number.isFinite(typed))
      return { state: "none", text: "Type one number, such as −0.25." };
    if (close(typed, answer)) return { state: "right", text: "Right." };
    const made = mistakes.find(([, value]) => close(typed, value));
    if (made) return { state: "mistake", text: made[0] };
    return {
      state: "wrong",
      text: "Not yet. Put the numbers of the drawing into the equation; "
        + "open one for more of its digits.",
    };
  }

  glass.quiz = { draw, judge };
})();
