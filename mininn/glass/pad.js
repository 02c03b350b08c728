/* A drawing becomes an image of 8 by 8, and the image an answer with its
   reasons. Nothing here knows a page. The formulas are those of engine.js.

   A point is [x, y] in dots of a square of 32 by 32, y downward. Each image
   of the data fills that square from top to bottom, at most 24 dots wide in
   its middle, with some 313 of its 1024 dots black; so a drawing is moved and
   stretched to that size, and the pen is as wide as makes that many dots
   black. Then the dots are counted in blocks of 4 by 4: 64 levels, 0 to 16. */

"use strict";

(() => {
  const { engine } = globalThis.glass;
  const DOTS = 32, CELLS = 8, BLOCK = DOTS / CELLS, MOST = BLOCK * BLOCK;
  const WIDE = 24, INK = 313;
  const THIN = 0.7, THICK = 6; // radii of the pen, in dots
  const FLAT = 4; // a drawing so many times as wide as high is not stretched

  // The square of the distance of a point to the line from a to b.
  function apart(x, y, [ax, ay], [bx, by]) {
    const dx = bx - ax, dy = by - ay, long = dx * dx + dy * dy;
    const t = long && Math.min(1, Math.max(0,
      ((x - ax) * dx + (y - ay) * dy) / long));
    return (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2;
  }

  // Which dots a round pen of radius r makes black, row after row.
  function dotted(strokes, r) {
    const bits = new Uint8Array(DOTS * DOTS);
    for (const points of strokes)
      points.forEach((b, at) => {
        const a = points[Math.max(0, at - 1)];
        const from = (i) => Math.max(0, Math.floor(Math.min(a[i], b[i]) - r));
        const to = (i) =>
          Math.min(DOTS, Math.ceil(Math.max(a[i], b[i]) + r));
        for (let y = from(1); y < to(1); y++)
          for (let x = from(0); x < to(0); x++)
            if (apart(x + 0.5, y + 0.5, a, b) <= r * r) bits[y * DOTS + x] = 1;
      });
    return bits;
  }

  // The black dots of each block of 4 by 4.
  function counted(bits) {
    const levels = Array(CELLS * CELLS).fill(0);
    bits.forEach((bit, at) => {
      const x = at % DOTS, y = (at - x) / DOTS;
      levels[Math.floor(y / BLOCK) * CELLS + Math.floor(x / BLOCK)] += bit;
    });
    return levels;
  }

  // Moved to the middle, from top to bottom, for a pen of radius r.
  function fitted(strokes, r) {
    const all = strokes.flat(), [left, top] = [0, 1].map(
      (i) => Math.min(...all.map((p) => p[i])));
    const [w, h] = [[0, left], [1, top]].map(
      ([i, low]) => Math.max(...all.map((p) => p[i])) - low);
    const high = DOTS - 2 * r, wide = WIDE - 2 * r;
    const flat = h * FLAT < w, down = flat ? wide / w : h ? high / h : 1;
    const across = w ? Math.min(down, wide / w) : 1;
    return strokes.map((points) => points.map(([x, y]) => [
      DOTS / 2 + (x - left - w / 2) * across,
      DOTS / 2 + (y - top - h / 2) * down,
    ]));
  }

  // The levels of a drawing, as the images of the data were made.
  function levels(strokes) {
    if (!strokes.length) return Array(CELLS * CELLS).fill(0);
    const ink = (bits) => bits.reduce((sum, bit) => sum + bit, 0);
    const draw = (r) => dotted(fitted(strokes, r), r);
    let low = THIN, high = THICK;
    for (let i = 0; i < 7; i++) {
      const r = (low + high) / 2;
      if (ink(draw(r)) < INK) low = r;
      else high = r;
    }
    return counted(draw(low));
  }

  // What the reader has done, one thing after the other, as 64 levels. The
  // steps: {strokes}, {image}, {flip} of a cell, {clear}.
  function drawn(steps) {
    let base = null, strokes = [], flips = new Map();
    const now = () => {
      const image = [...base ?? levels(strokes)];
      flips.forEach((level, cell) => { image[cell] = level; });
      return image;
    };
    for (const { stroke, image, flip } of steps) {
      if (flip !== undefined) {
        flips.set(flip, now()[flip] > 0 ? 0 : MOST);
        continue;
      }
      if (!stroke || base) [base, strokes, flips] = [null, [], new Map()];
      if (stroke) strokes = [...strokes, stroke];
      else base = image ?? null;
    }
    return { levels: now(), strokes };
  }

  // A network as Python has stored it.
  function network({ n, g, W, b }) {
    const net = { n, L: g.length, g: {}, W: {}, b: {} };
    g.forEach((name, at) => {
      net.g[at + 1] = name;
      net.W[at + 1] = engine.from(W[at]);
      net.b[at + 1] = engine.from(b[at].map((x) => [x]));
    });
    return net;
  }

  // The answer and the reasons: z = M x + c near this image, and of each
  // pixel its share of what the first class is ahead of the second.
  function answer(net, image) {
    const x = engine.from(image.map((level) => [level / MOST]));
    const { Z, A } = engine.forward(net, x), p = [...A[net.L].d];
    const z = [...Z[net.L].d];
    const order = z.map((_, k) => k).sort((j, k) => z[k] - z[j]);
    const [first, second] = order;
    let M = net.W[1], c = net.b[1];
    for (let l = 1; l < net.L; l++) {
      const { prime } = engine.activation(net.g[l]);
      const on = (rows) => engine.map(rows, (v, i) => v * prime(Z[l].d[i]));
      M = engine.affine(net.W[l + 1], on(M));
      c = engine.affine(net.W[l + 1], on(c), net.b[l + 1]);
    }
    const row = (k) => M.d.subarray(k * M.c, (k + 1) * M.c);
    const one = row(first), other = row(second);
    const shares = [...x.d].map((level, j) => (one[j] - other[j]) * level);
    return {
      p, z, first, second, shares, gap: z[first] - z[second],
      pixels: shares.reduce((sum, share) => sum + share, 0),
      rest: c.d[first] - c.d[second],
    };
  }

  globalThis.pad = {
    DOTS, CELLS, MOST, INK, dotted, counted, fitted, levels, drawn, network,
    answer,
  };
})();
