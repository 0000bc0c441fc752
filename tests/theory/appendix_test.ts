import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { appendixCells } from "../../lib/theory/appendix/cells.ts";
import { jacobianByDifferences } from "../../lib/theory/appendix/differences.ts";
import { gelu, geluSlope } from "../../lib/theory/appendix/gelu.ts";
import type { Check, TheoremCell } from "../../lib/theory/check.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";

const computed = new Map<string, TheoremCell>();

/** Every cell, computed once for all tests of this file. */
function cells(): TheoremCell[] {
  return appendixCells.map((definition) => {
    const cell = computed.get(definition.id) ?? definition.compute();
    computed.set(definition.id, cell);
    return cell;
  });
}

const named = (cell: TheoremCell, { what, measured, expected }: Check) => `${cell.id}: ${what}: ${measured.slice(0, 8)} | ${expected.slice(0, 8)}`;

engineTest("appendixCells() hold in every shared and corrected line", () => {
  const failing = cells().flatMap((cell) =>
    cell.steps.filter(({ form }) => form !== "printed").flatMap(({ checks }) => checks).filter(({ holds }) => !holds).map((check) =>
      named(cell, check)
    )
  );
  assert.deepEqual(failing, []);
});

engineTest("appendixCells() check every line that they write, with finite numbers", () => {
  const all = cells().flatMap((cell) => cell.steps.map((step) => ({ cell, step })));
  assert.deepEqual(all.filter(({ step }) => step.checks.length === 0).map(({ cell, step }) => `${cell.id}: ${step.line}`), []);
  const odd = all.flatMap(({ cell, step }) =>
    step.checks.filter(({ measured, expected }) => ![...measured, ...expected].every(Number.isFinite)).map((check) => named(cell, check))
  );
  assert.deepEqual(odd, []);
});

engineTest("appendixCells() give a counter-example with every failing check", () => {
  const silent = cells().flatMap((cell) =>
    cell.steps.flatMap(({ checks }) => checks).filter(({ holds, counterExample }) => !holds && !counterExample).map((check) => named(cell, check))
  );
  assert.deepEqual(silent, []);
});

Deno.test("appendixCells() have one id each, and every row of the appendix is in one", () => {
  const ids = appendixCells.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const rows = ["19", "22", "25", "27", "29", "30", "31", "32", "34", "35", "37", "40", "41", "42", "43", "44", "45", "46", "50", "52", "55", "57"];
  assert.deepEqual([...ids].sort(), [...rows.map((row) => `A-${row}`), "A-PB.1", "A-x1", "A-x2", "A-x3", "A-x4", "A-x5"].sort());
});

/** What the checks say of each claim: how many that name it hold, how many fail. */
const tallies: Record<string, [holding: number, failing: number]> = {
  "A-A.1-1": [2, 0],
  "A-A.1-2": [0, 2],
  "A-A.1-3": [0, 1],
  "A-A.2-1": [0, 2],
  "A-A.2-2": [2, 0],
  "A-A.3-1": [4, 0],
  "A-A.3-2": [1, 1],
  "A-A.4-1": [3, 1],
  "A-A.4-2": [2, 0],
  "A-A.4-3": [1, 1],
  "A-A.4-4": [2, 1],
  "A-A.5-1": [0, 1],
  "A-A.5-2": [0, 1],
  "A-A.5-3": [2, 0],
  "A-A.5-4": [4, 2],
  "A-A.6-1": [2, 1],
  "A-A.6-2": [0, 2],
  "A-A.6-3": [0, 1],
  "A-A.6-4": [1, 2],
  "A-A.6-5": [2, 2],
  "A-B-1": [24, 2],
  "A-B-2": [3, 0],
  "A-B-3": [2, 1],
  "A-B-4": [6, 0],
  "A-C.1-1": [2, 0],
  "A-4.4.2-1": [9, 0],
};

engineTest("appendixCells() decide each claim with these checks", () => {
  const found: Record<string, [number, number]> = {};
  for (const check of cells().flatMap(({ steps }) => steps).flatMap(({ checks }) => checks)) {
    for (const claim of check.claims) (found[claim] ??= [0, 0])[check.holds ? 0 : 1]++;
  }
  assert.deepEqual(found, tallies);
});

Deno.test("appendixCells() decide every claim of the appendix that needs theory, audits apart", () => {
  const { claims } = JSON.parse(readFileSync(new URL("../../data/papers/paper-a-claims.json", import.meta.url), "utf8"));
  const needed = claims.filter(({ id, needs, test }: { id: string; needs: string; test: { rule: string } }) =>
    needs === "theory" && /^A-[ABC][.-]/.test(id) && !test.rule.startsWith("R-AUDIT")
  );
  assert.deepEqual(needed.map(({ id }: { id: string }) => id).filter((id: string) => !(id in tallies)), []);
});

/** One check of a cell by words of its description. */
function find(id: string, words: string): Check {
  const found = cells().find((cell) => cell.id === id)!.steps.flatMap(({ checks }) => checks).filter(({ what }) => what.includes(words));
  assert.equal(found.length, 1, `${id}: ${words}`);
  return found[0];
}

engineTest("appendixCells() have the numbers of the failing lines", () => {
  const expectations: [string, string, number[], number[]][] = [
    ["A-22", "squared norm of the gradient by differences", [1.498405], [.78465]],
    ["A-22", "against $(Z_0-1)^2K_{00}$", [.313598], [.130006]],
    ["A-25", "gradient of the printed loss", [.8, -.9], [-.8, .9]],
    ["A-27", "eigenvalues of $W_k^TW_k$", [.54, 0, 0, 0], [1, 1, 1, 1]],
    ["A-34", "$r=3$: nonzero eigenvalues against $n-r$", [3], [1]],
    ["A-42", "$\\mathbf{IB}_{log}$ of both", [0], [-2.302585]],
    ["A-43", "network N, $s=1$, $\\alpha=2$, raw", [3.633506], [2.836698]],
    ["A-44", "$\\Delta_r=-0.2$", [-.35], [0]],
    ["A-44", "derivative of GELU", [-.0833155], [0]],
    ["A-52", "the example, $s=2$: explicit", [4 * 3.72557e-4], [3.72557e-4]],
  ];
  for (const [id, words, measured, expected] of expectations) {
    const check = find(id, words);
    assert.equal(check.holds, false, words);
    assertClose([check.measured, check.expected], [measured, expected], 1e-6, words);
  }
});

engineTest("appendixCells() give the same numbers at every call", () => {
  for (const id of ["A-31", "A-40", "A-PB.1"]) {
    const definition = appendixCells.find((cell) => cell.id === id)!;
    assert.deepEqual(definition.compute(), definition.compute());
  }
});

Deno.test("geluSlope() is the derivative of gelu(), 1/2 at 0", () => {
  assert.equal(geluSlope(0), .5);
  const points = { rows: 1, cols: 1, data: Float64Array.of(0) };
  for (const x of [-3, -1.414214, -.75, 0, .3, 2]) {
    assertClose(jacobianByDifferences(({ data: [at] }) => [gelu(at)], { ...points, data: Float64Array.of(x) }).data, [geluSlope(x)], 1e-10);
  }
  assertClose([gelu(1), gelu(-1)], [.8413447460685429, -.15865525393145707], 1e-14);
});

Deno.test("jacobianByDifferences() is exact for a cubic and keeps the order [p, n]", () => {
  const at = { rows: 1, cols: 2, data: Float64Array.of(.5, -2) };
  const { rows, cols, data } = jacobianByDifferences(({ data: [a, b] }) => [a ** 3, a * b, b ** 2], at);
  assert.deepEqual([rows, cols], [2, 3]);
  assertClose(data, [.75, -2, 0, 0, .5, -4], 1e-10);
});
