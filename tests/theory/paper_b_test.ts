import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fixture } from "../../lib/theory/fixtures.ts";
import { paperBCells } from "../../lib/theory/paper_b/cells.ts";
import { instanceL, randomInstances, triggeredMargin } from "../../lib/theory/paper_b/instances.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";
import { type Failing, type Tallies, testCells } from "../support/theorem_cells.ts";

Deno.test("paperBCells have every row of paper B, in the paper's order of sections", () => {
  const numbered = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16].map((row) => `B-${row}`);
  const used = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((row) => `B-x${row}`);
  const ids = paperBCells.map(({ id }) => id), sections = paperBCells.map(({ section }) => section);
  assert.deepEqual([...ids].sort(), [...numbered, ...used, "B-S", "B-P4.2"].sort());
  assert.deepEqual(sections, sections.toSorted());
});

const tallies: Tallies = {
  "B-4.1-2": [1, 0],
  "B-4.2-3": [3, 2],
  "B-4.2-5": [2, 0],
  "B-5.1-1": [3, 1],
  "B-5.2-2": [0, 1],
  "B-5.2-3": [2, 1],
  "B-5.2-5": [2, 0],
  "B-5.3-3": [0, 2],
  "B-5.3-4": [1, 0],
  "B-A.2-1": [2, 0],
  "B-A.2-2": [3, 0],
  "B-A.2-3": [0, 1],
};

const failing: readonly Failing[] = [
  ["B-3", "length 7", [4.778137], [1]],
  ["B-4", "for $c=e_y-e_y$", [0], [-1e-9]],
  ["B-P4.2", "that $M$ at", [-1.131371], [0]],
  ["B-12", "against $s^*$", [4.100801], [6.666667]],
  ["B-12", "instance L: $M_s", [-.38488], [0]],
  ["B-16", "both sides", [-1.414214], [-.141421]],
  ["B-16", "at $s=0.2$", [-1.131371], [.141421]],
  ["B-7", "$x^{trig}=-1$", [2], [1]],
  ["B-x6", "at the start against", [2.982141], [1.532298]],
];

const cells = testCells("paperBCells", paperBCells, { tallies, failing, again: ["B-x4"] });

Deno.test("paperBCells decide every claim that needs theory, but those that an audit of the text decides", () => {
  const { claims } = JSON.parse(readFileSync(new URL("../../data/papers/paper-b-claims.json", import.meta.url), "utf8"));
  const needed = claims.filter(({ needs, test }: { needs: string; test: { rule: string } }) => needs === "theory" && test.rule !== "R-AUDIT");
  assert.deepEqual(needed.map(({ id }: { id: string }) => id).filter((id: string) => !(id in tallies)), []);
});

engineTest("Proposition 4.2 as printed fails on many random instances, and on none with the constant by equality", async () => {
  const cell = (await cells()).find(({ id }) => id === "B-P4.2")!, checks = cell.steps.flatMap(({ checks }) => checks);
  const failing = checks.find(({ what }) => what.startsWith("how many of"))!.measured[0];
  assert(failing > 2000 && failing < 8000, String(failing));
  const least = checks.find(({ what }) => what.startsWith("smallest $M_s"))!.measured[0];
  assert(least > 0, String(least));
});

Deno.test("randomInstances() satisfy the assumptions, with inputs of length 1, and repeat", () => {
  const all = randomInstances();
  assert.equal(all.length, 10_000);
  for (const { margin, row } of all) {
    assert(margin.rhoBackdoor > 0 && margin.rhoBackdoor <= 1 + 1e-12 && margin.rhoEffective > 0 && margin.rhoTrigger < 1);
    assertClose([Math.hypot(...Array.from(row.x)), Math.hypot(...Array.from(row.triggered))], [1, 1], 1e-12);
  }
  assert.equal(randomInstances(), all);
});

Deno.test("instanceL() gives the fixture of Proposition 4.2", () => {
  const { expected } = fixture("B-P4.2"), one = instanceL(), { margin } = one;
  assertClose([one.sigmaPre, one.sigmaDelta], [expected.sp, expected.sd], 1e-6);
  assertClose([margin.rhoBackdoor, margin.rhoClean, margin.rhoTrigger, margin.rhoEffective], [
    expected.rbd,
    expected.rcl,
    expected.rtr,
    expected.reff,
  ], 1e-6);
  assertClose([margin.sufficientScale!, margin.exactScale!, margin.certainScale!], [expected.sstar, expected.exact, expected.cs], 1e-6);
  assertClose([0, expected.sstar / 2, expected.sstar, 2 * expected.sstar, expected.s12, expected.cs].map((s) => triggeredMargin(one, s)), [
    expected.M0,
    expected.Mhalf,
    expected.Mss,
    expected.M2,
    expected.Ms12,
    expected.Mcs,
  ], 1e-6);
});
