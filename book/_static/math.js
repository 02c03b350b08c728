/* Typesets the formulas a few at a time, the first ones first, so that the
   page answers a hand in between. Each keeps its room until then. */

"use strict";

(() => {
  const AT_ONCE = 12; // some 20 ms
  const formulas = [...document.querySelectorAll(".math")];

  // A paragraph is typeset as a whole: its lines break once.
  function* portions() {
    let some = [], last;
    for (const formula of formulas) {
      const block = formula.closest("p, li, dd, table");
      if (some.length >= AT_ONCE && !(block && block === last)) {
        yield some;
        some = [];
      }
      some.push(formula);
      last = block;
    }
    yield some;
  }

  function reveal(some) {
    for (const formula of some) formula.removeAttribute("style");
  }

  async function typeset() {
    for (const some of portions()) {
      await MathJax.typesetPromise(some);
      if (some[0] === formulas[0]) {
        some.map((formula) => formula.offsetWidth); // asks for the fonts
        await document.fonts.ready;
      }
      reveal(some);
      await new Promise((done) => setTimeout(done));
    }
  }

  if (window.MathJax) {
    MathJax.startup = { pageReady: typeset };
    // All rules of its style sheet at once: each one that is added later lets
    // the browser style the whole page again, in WebKit for seconds.
    MathJax.chtml = { adaptiveCSS: false };
  }
  addEventListener("load", () => {
    if (!window.MathJax?.typesetPromise) reveal(formulas); // as TeX
  });
})();
