import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mainCells } from "../../lib/theory/main/cells.ts";
import { type Failing, type Tallies, testCells } from "../support/theorem_cells.ts";

Deno.test("mainCells have every row of the main text, in the paper's order of sections", () => {
  const rows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18].map((row) => `A-${row}`);
  const ids = mainCells.map(({ id }) => id), sections = mainCells.map(({ section }) => section);
  assert.deepEqual([...ids].sort(), [...rows, "A-T2.1", "A-As3.2", "A-T3.4", "A-C3.5", "A-T3.6"].sort());
  assert.deepEqual(sections, sections.toSorted());
});

const tallies: Tallies = {
  "A-2.3-1": [2, 0],
  "A-2.3-2": [3, 0],
  "A-2.3-3": [1, 0],
  "A-2.3-4": [0, 1],
  "A-2.3-5": [3, 1],
  "A-2.4-1": [4, 0],
  "A-2.4-2": [0, 1],
  "A-2.4-3": [0, 2],
  "A-2.4-5": [3, 0],
  "A-3.1-1": [3, 0],
  "A-3.1-2": [4, 0],
  "A-3.1-3": [1, 0],
  "A-3.1-4": [2, 2],
  "A-3.1-5": [0, 1],
  "A-C-2": [0, 1],
  "A-3.2-2": [3, 1],
  "A-3.2-3": [0, 1],
  "A-3.2-4": [1, 4],
  "A-3.2-5": [1, 1],
  "A-3.2-6": [0, 2],
  "A-3.2-8": [5, 0],
  "A-3.3-1": [1, 2],
  "A-3.3-2": [4, 6],
  "A-3.3-3": [2, 0],
  "A-3.3-11": [0, 2],
  "A-3.3-13": [5, 1],
};

Deno.test("mainCells decide every claim of sections 2 and 3 that needs theory, but those that other evidence decides", () => {
  const { claims } = JSON.parse(readFileSync(new URL("../../data/papers/paper-a-claims.json", import.meta.url), "utf8"));
  const needed = claims.filter(({ id, needs, test }: { id: string; needs: string; test: { rule: string } }) =>
    needs === "theory" && /^A-[23]\./.test(id) && !/^(R-AUDIT|R-AGG|untestable)/.test(test.rule)
  );
  const left = needed.map(({ id }: { id: string }) => id).filter((id: string) => !(id in tallies));
  assert.deepEqual(left, ["A-3.3-10"]); // asks for the gradients of an encoder
});

const failing: readonly Failing[] = [
  ["A-6", "numbers in", [4], [2]],
  ["A-7", "the distance at $K=1$", [0], [Math.SQRT2]],
  ["A-9", "the two sides", [-.693147], [1.375]],
  ["A-10", "$H_{50}$ and $H_{500}$", [-.707293, -.694536], [2, 2]],
  ["A-12", "with sums in the place", [1.178], [.303]],
  ["A-14", "default $s=2$, $B=0$", [.24706, 0, 0, .24706], [.061765, 0, 0, .061765]],
  ["A-15", "network N, $s=2$", [.06906], [-.116235]],
  ["A-T3.4", "eigenvalues of $A^TA-I$", [-.578953, -.771047, -1], [.325, .325, 0]],
  ["A-As3.2", "after 2 steps", [.000397558], [0], 1e-9],
  ["A-T3.4", "the smallest case", [.21], [0]],
  ["A-T3.6", "$H_2$ of", [-.916291], [-1.658228]],
  ["A-T3.6", "at the default $s=2$", [.179488], [.16329]],
  ["A-18", "against it", [.895103], [.008681], .01],
];

testCells("mainCells", mainCells, { tallies, failing, again: ["A-T2.1"] });
