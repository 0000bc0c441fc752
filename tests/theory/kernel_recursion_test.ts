/** Cells whose draws must tell the right closed form from the ones that are near it. */
import assert from "node:assert/strict";
import type { Check } from "../../lib/theory/check.ts";
import { computeTheory } from "../../lib/theory/compute.ts";
import { engineTest } from "../support/tensorflow.ts";

async function checksOf(id: string, words: string): Promise<Check[]> {
  const [{ steps }] = await computeTheory([id], { threads: 2 });
  return steps.flatMap(({ checks }) => checks).filter(({ what }) => what.includes(words));
}

/** Whether the check would fail against another expectation. */
const tellsFrom = ({ measured: [value], tolerance }: Check, other: number) => Math.abs(value - other) > tolerance;

engineTest("A-12: three-layer nets tell the recursion from one that reads the first layer's covariance again", async () => {
  const [kernel] = await checksOf("A-12", "the kernel against $K^{(3)}$"), [first, slope, second] = [.471166, 1 / 3, .304499];
  assert.ok(kernel.holds);
  const wrong = { slope: first * slope + .170976, kernel: .5 * .354214 + .170976, covariance: first * .354214 + second, all: first * slope + second };
  for (const [name, value] of Object.entries(wrong)) assert.ok(tellsFrom(kernel, value), name);
});

engineTest("A-16: the mean cosine is told from that of u and u' where the rank is small", async () => {
  const means = await checksOf("A-16", "mean over");
  assert.deepEqual(means.map((check) => [check.holds, tellsFrom(check, .7)]), [[true, true], [true, true], [true, true], [true, false]]);
});
