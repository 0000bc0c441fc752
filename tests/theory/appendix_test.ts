import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { appendixCells } from "../../lib/theory/appendix/cells.ts";
import { equalStart } from "../../lib/theory/appendix/equal_start.ts";
import { gelu, geluSlope } from "../../lib/theory/appendix/gelu.ts";
import { jacobianByDifferences } from "../../lib/theory/differences.ts";
import { assertClose } from "../support/close.ts";
import { type Failing, type Tallies, testCells } from "../support/theorem_cells.ts";

Deno.test("appendixCells have one id each, and every row of the appendix is in one", () => {
  const ids = appendixCells.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const rows = ["19", "22", "25", "27", "29", "30", "31", "32", "34", "35", "37", "40", "41", "42", "43", "44", "45", "46", "50", "52", "55", "57"];
  assert.deepEqual([...ids].sort(), [...rows.map((row) => `A-${row}`), "A-PB.1", "A-x1", "A-x2", "A-x3", "A-x4", "A-x5"].sort());
});

const tallies: Tallies = {
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
  "A-A.6-5": [0, 5],
  "A-B-1": [40, 2],
  "A-B-2": [3, 0],
  "A-B-3": [2, 1],
  "A-B-4": [6, 0],
  "A-C.1-1": [2, 0],
  "A-4.4.2-1": [9, 0],
};

Deno.test("appendixCells decide every claim of the appendix that needs theory, audits apart", () => {
  const { claims } = JSON.parse(readFileSync(new URL("../../data/papers/paper-a-claims.json", import.meta.url), "utf8"));
  const needed = claims.filter(({ id, needs, test }: { id: string; needs: string; test: { rule: string } }) =>
    needs === "theory" && /^A-[ABC][.-]/.test(id) && !test.rule.startsWith("R-AUDIT")
  );
  assert.deepEqual(needed.map(({ id }: { id: string }) => id).filter((id: string) => !(id in tallies)), []);
});

const failing: readonly Failing[] = [
  ["A-22", "squared norm of the gradient by differences", [1.498405], [.78465]],
  ["A-22", "against $(Z_0-1)^2K_{00}$", [.313598], [.130006]],
  ["A-25", "gradient of the printed loss", [.8, -.9], [-.8, .9]],
  ["A-27", "eigenvalues of $W_k^TW_k$", [.54, 0, 0, 0], [1, 1, 1, 1]],
  ["A-34", "$r=3$: nonzero eigenvalues against $n-r$", [3], [1]],
  ["A-42", "$\\mathbf{IB}_{log}$ of both", [0], [-2.302585]],
  ["A-43", "network N, $s=1$, $\\alpha=2$, raw", [3.633506], [2.836698]],
  ["A-44", "$\\Delta_r=-0.2$", [-.35], [0]],
  ["A-44", "derivative of GELU", [-.0833155], [0]],
  ["A-46", "every entry of $A$ 0.7", [.98, .672944], [.5, 0]],
  ["A-50", "the columns of $I_d", [16], [25]],
  ["A-52", "$\\mathrm{tr}\\,V^TV'$", [3.72557e-4], [1.3697e-4], 1e-9],
  ["A-52", "the rows of $V$", [1], [2]],
  ["A-52", "the example, $s=2$: explicit", [4 * 3.72557e-4], [3.72557e-4]],
];

testCells("appendixCells", appendixCells, { tallies, failing, again: ["A-31", "A-40", "A-PB.1"] });

Deno.test("equalStart reads the adapters that are trained: DoRA has a length per output, and float32 leaves its trace", () => {
  const checks = equalStart.compute().steps.flatMap(({ checks }) => checks);
  const lengths = checks.find(({ what }) => what.includes("one per output"))!, outputs = checks.filter(({ what }) => what.includes("the outputs"));
  assert.deepEqual([lengths.holds, lengths.measured.length], [true, 24]);
  assert.deepEqual(outputs.map(({ measured: [gap] }) => gap > 1e-9), [false, true, true, true]); // LoRA adds exactly nothing
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
