import assert from "node:assert/strict";
import { createRng } from "../../lib/math/random.ts";
import { expectedRelu, expectedReluSlope } from "../../lib/ntk/arc_cosine.ts";
import { fixture } from "../../lib/theory/fixtures.ts";
import { assertClose } from "../support/close.ts";

Deno.test("arc-cosine expectations give the fixture's values", () => {
  const { inputs: { Sigma: [[xx, xy], [, yy]] }, expected } = fixture("A-11");
  assertClose(expectedRelu({ xx, xy, yy }), expected.Esigma, 1e-12);
  assertClose(expectedReluSlope({ xx, xy, yy }), expected.EsigmaDot, 1e-12);
  assertClose(.5 * expectedReluSlope({ xx, xy, yy }) + expectedRelu({ xx, xy, yy }), expected.K2, 1e-12);
});

Deno.test("arc-cosine expectations at equal, opposite and independent points", () => {
  assertClose([expectedRelu({ xx: 3, xy: 3, yy: 3 }), expectedReluSlope({ xx: 3, xy: 3, yy: 3 })], [1.5, .5], 1e-12);
  assertClose([expectedRelu({ xx: 1, xy: -1, yy: 1 }), expectedReluSlope({ xx: 1, xy: -1, yy: 1 })], [0, 0], 1e-12);
  assertClose([expectedRelu({ xx: 1, xy: 0, yy: 4 }), expectedReluSlope({ xx: 1, xy: 0, yy: 4 })], [1 / Math.PI, .25], 1e-12);
});

Deno.test("arc-cosine expectations agree with draws", () => {
  const rng = createRng("arc-cosine"), [xx, xy, yy] = [2, -.7, .5], n = 100_000;
  let values = 0, slopes = 0;
  for (let i = 0; i < n; i++) {
    const a = rng.normal(), f = Math.sqrt(xx) * a, g = xy / Math.sqrt(xx) * a + Math.sqrt(yy - xy ** 2 / xx) * rng.normal();
    if (f > 0 && g > 0) {
      values += f * g;
      slopes++;
    }
  }
  assertClose(values / n, expectedRelu({ xx, xy, yy }), .01);
  assertClose(slopes / n, expectedReluSlope({ xx, xy, yy }), .006);
});

Deno.test("arc-cosine expectations refuse what is no covariance", () => {
  assert.throws(() => expectedRelu({ xx: 1, xy: 2, yy: 1 }), {
    name: "RangeError",
    message: "Cannot take an angle as the covariance must be positive semi-definite with a positive diagonal: 1, 2, 1",
  });
});
