import assert from "node:assert/strict";
import { matrixOf } from "../../lib/math/matrix.ts";
import { createRng } from "../../lib/math/random.ts";
import { alignment, alignmentNull } from "../../lib/spectral/alignment.ts";
import { assertClose } from "../support/close.ts";

const identity = (n: number) => matrixOf(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => i === j ? 1 : 0)));

Deno.test("alignment() takes the largest cosine whatever the signs, left and right apart", () => {
  const delta = { left: Float64Array.of(.6, -.8, 0), right: Float64Array.of(0, 1) };
  assert.deepEqual(alignment(delta, { u: matrixOf([[1, 0], [0, 1], [0, 0]]), v: matrixOf([[1], [0]]) }), { left: .8, right: 0 });
});

Deno.test("alignment() is never above 1", () => {
  const x = Float64Array.of(.6, .8 + 1e-12);
  assert.deepEqual(alignment({ left: x, right: x }, { u: { rows: 2, cols: 1, data: x }, v: { rows: 2, cols: 1, data: x } }), { left: 1, right: 1 });
});

Deno.test("alignment() looks at no more than 32 directions", () => {
  const unit = (at: number) => Float64Array.from({ length: 40 }, (_, i) => i === at ? 1 : 0);
  const { left, right } = alignment({ left: unit(31), right: unit(32) }, { u: identity(40), v: identity(40) });
  assert.deepEqual([left, right], [1, 0]);
});

Deno.test("alignment() refuses an update of zero, and vectors of another width", () => {
  const pre = { u: identity(2), v: identity(2) };
  assert.throws(() => alignment({ left: new Float64Array(2), right: new Float64Array(2) }, pre), {
    name: "RangeError",
    message: "Cannot align as the update's leading vector must have length 1: 0; an update of zero has no direction",
  });
  assert.throws(() => alignment({ left: Float64Array.of(1), right: Float64Array.of(1) }, pre), {
    name: "TypeError",
    message: "Cannot align as the weight's vectors must have 1 entries: 2",
  });
});

/** Mean, standard deviation and 95 % quantile of an independent simulation: 4,000 draws each. */
const simulated: [width: number, numbers: [number, number, number]][] = [
  [64, [0.294994, 0.0509302, 0.388558]],
  [256, [0.146988, 0.0272841, 0.197361]],
  [1024, [0.0735715, 0.0139426, 0.0988825]],
  [4096, [0.0368494, 0.00705036, 0.0497692]],
];

Deno.test("alignmentNull() agrees with an independent simulation at widths 64 to 4096", () => {
  for (const [width, [mean, sd, q95]] of simulated) {
    const found = alignmentNull(width, 32, 4000, createRng("null").fork(width)), error = 4 * Math.SQRT2 / Math.sqrt(4000) * sd;
    assertClose(found.mean, mean, error, `mean at ${width}`);
    assertClose(found.standardDeviation, sd, error, `sd at ${width}`);
    assertClose(found.quantile95, q95, 3 * error, `quantile at ${width}`);
    assert(found.low < found.mean && found.mean < found.quantile95 && found.quantile95 < found.high);
  }
});

Deno.test("alignmentNull() is as whole vectors have it, also where no direction is left over", () => {
  const rng = createRng("whole"), width = 5, k = 3;
  const whole = Array.from({ length: 20_000 }, () => {
    const x = Array.from({ length: width }, () => rng.normal());
    return Math.max(...x.slice(0, k).map(Math.abs)) / Math.hypot(...x);
  });
  const mean = whole.reduce((a, b) => a + b) / whole.length;
  assertClose(alignmentNull(width, k, 20_000, createRng("parts")).mean, mean, .008);
  assertClose(alignmentNull(1, 1, 10, rng).mean, 1, 1e-15);
});

Deno.test("alignmentNull() refuses more directions than there are", () => {
  assert.throws(() => alignmentNull(16, 32, 10, createRng(1)), {
    name: "RangeError",
    message: "Cannot draw random alignments as width must be a whole number, at least 32: 16",
  });
});
