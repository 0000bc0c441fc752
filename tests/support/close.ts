/** Numbers that agree but for rounding. */
import assert from "node:assert/strict";

type Numbers = number | ArrayLike<number> | readonly Numbers[];

/** Every number of `actual` within `tolerance` of the same place of `expected` (nested arrays are read in order). NaN never agrees. */
export function assertClose(actual: Numbers, expected: Numbers, tolerance: number, what = "values"): void {
  const got = flat(actual), want = flat(expected);
  assert.equal(got.length, want.length, `${what}: how many`);
  const { at, by } = largestDifference(got, want);
  assert(by <= tolerance, `${what}: ${got[at]} is not ${want[at]} at ${at}, they differ by ${by} > ${tolerance}`);
}

/** The largest absolute difference and its place; NaN counts as infinite. */
export function largestDifference(got: ArrayLike<number>, want: ArrayLike<number>): { at: number; by: number } {
  let at = 0, by = 0;
  for (let i = 0; i < got.length; i++) {
    const difference = got[i] === want[i] ? 0 : Math.abs(got[i] - want[i]);
    if (Number.isNaN(difference) || difference > by) [at, by] = [i, Number.isNaN(difference) ? Infinity : difference];
    if (by === Infinity) break;
  }
  return { at, by };
}

function flat(value: Numbers): ArrayLike<number> {
  if (typeof value === "number") return [value];
  if (!Array.isArray(value)) return value as ArrayLike<number>;
  return value.some((entry) => typeof entry !== "number") ? value.flatMap((entry) => Array.from(flat(entry))) : value as number[];
}
