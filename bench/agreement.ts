/** Whether the sides did the same work: a ratio of times means nothing otherwise. */
import type { Precision } from "../lib/tensor/precision.ts";

export interface Agreement {
  /** Of what, in the plural: "losses of the first 4 steps". */
  readonly what: string;
  /** "nats"; empty for fractions. */
  readonly unit: string;
  /** How many values of the evidence are compared, from the first. */
  readonly values: number;
  readonly tolerance: number;
}

/** AdamW's first steps turn rounding into weights, a little more with each: a few steps tell whether the work is the same. */
export const comparedSteps = 4;

/** Losses, in nats. bfloat16 has 8 bits: two implementations that round at different places differ by so much. */
export const lossAgreement = (precision: Precision): Agreement => ({
  what: `losses of the first ${comparedSteps} steps`,
  unit: "nats",
  values: comparedSteps,
  tolerance: precision === "f32" ? 1e-3 : 2e-2,
});

/**
 * The largest difference between sides at any value; an error where it is too large. A side without evidence is not compared, and a
 * value that is not a number agrees with nothing.
 */
export function largestDisagreement(evidence: readonly (readonly number[])[], { what, unit, values, tolerance }: Agreement): number {
  const sides = evidence.filter(({ length }) => length > 0);
  const compared = Math.min(values, ...sides.map(({ length }) => length));
  const spreads = Array.from({ length: sides.length ? compared : 0 }, (_, i) => {
    const found = sides.map((side) => side[i]);
    return Math.max(...found) - Math.min(...found);
  });
  const largest = Math.max(0, ...spreads);
  if (largest <= tolerance) return largest;
  const shown = sides.map((side) => side.slice(0, compared).map((value) => value.toFixed(4)).join(" ")).join("; ");
  throw new Error(`Cannot compare the sides as their ${what} must agree within ${[tolerance, unit].join(" ").trim()}: ${shown}`);
}
