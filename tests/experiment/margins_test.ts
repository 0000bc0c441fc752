/** Proposition 4.2's scales through a network, on margins whose parts are known. */
import assert from "node:assert/strict";
import { networkMargins, type OtherOutputs } from "../../lib/experiment/margins.ts";

/** Rows by their triggered margin at s = 0, and by what a unit of s adds to it and to the clean one's 1. */
function margins(rows: readonly (readonly [triggered: number, triggeredUpdate: number, cleanUpdate: number])[], sufficient?: boolean) {
  const scale = 2, outputs = (values: readonly number[]): OtherOutputs => ({ states: [], margins: Float64Array.from(values) });
  const at = (s: number) => [outputs(rows.map(([, , own]) => 1 + s * own)), outputs(rows.map(([from, own]) => from + s * own))] as const;
  return networkMargins(at(0), at(scale), scale, [1, 2], sufficient);
}

Deno.test("networkMargins() has s_0 where the line passes 0, and s* at or above it, or nowhere", () => {
  const scalesOf = (row: readonly [number, number, number]) => {
    const { exactScale, sufficient } = margins([row], true);
    return [exactScale?.[2] ?? null, sufficient!.scale?.[2] ?? null, sufficient!.share];
  };
  assert.deepEqual(scalesOf([-3, 2, 4]), [1.5, 1.5, 1], "the trigger takes from the update: s* is s_0");
  assert.deepEqual(scalesOf([-3, 3, 2]), [1, 3, 1], "the trigger adds to it: s* asks for more");
  assert.deepEqual(scalesOf([-3, 5, 2]), [0.6, null, 0], "rho_eff < 0: no s*, although the row turns");
  assert.deepEqual(scalesOf([-3, -1, 2]), [null, null, 0], "the update takes the row further off");
  assert.deepEqual(scalesOf([1, 1, 1]), [0, 0, 1], "no backdoor at s = 0");
});

Deno.test("networkMargins() tells quantiles of the rows that have a scale, with their share; s* only if asked", () => {
  const rows = [[-3, 3, 2], [-6, 3, 2], [-3, 5, 2], [-3, -1, 2]] as const, { exactScale, turned, sufficient, predicted } = margins(rows, true);
  assert.deepEqual([turned, sufficient!.share], [0.75, 0.5]);
  assert.deepEqual([exactScale![2], sufficient!.scale![2]], [1, 4.5], "medians of 0.6, 1, 2 and of 3, 6");
  assert.deepEqual(predicted.map(({ attackSuccessRate }) => attackSuccessRate), [0.75, 0.5], "at 1 the first row's margin is 0");
  assert.ok(!("sufficient" in margins(rows)));
});
