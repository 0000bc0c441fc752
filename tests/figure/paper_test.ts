import assert from "node:assert/strict";
import type { Row } from "../../lib/figure/figure.ts";
import { paperCurves, paperRows, unpublishedRows } from "../../lib/figure/paper.ts";

const curves = paperCurves();
const pick = (rows: readonly Row[], task: string, arm: string) => rows.filter((row) => row.task === task && row.arm === arm);
const three = (rows: readonly Row[]) => rows.map(({ value }) => Number(value.toFixed(3)));

Deno.test("paperRows() has the published rank sweeps: accuracy under flips and under the backdoor's trigger", () => {
  const flips = paperRows(curves, "p", "figure9", "accuracy"), backdoor = paperRows(curves, "p", "figure10", "accuracy");
  assert.deepEqual(three(pick(flips, "SST-2", "poisoned")), [0.702, 0.809, 0.865, 0.888, 0.897, 0.902, 0.905, 0.912]);
  assert.deepEqual(three(pick(flips, "QNLI", "clean")), [0.663, 0.735, 0.791, 0.821, 0.833, 0.852, 0.869, 0.897]);
  assert.deepEqual(three(pick(backdoor, "SST-2", "poisoned")), [0.926, 0.922, 0.915, 0.886, 0.734, 0.563, 0.515]);
  assert.deepEqual(three(pick(backdoor, "QQP", "poisoned")), [0.8, 0.809, 0.818, 0.824, 0.717, 0.521, 0.433]);
  assert.deepEqual(pick(backdoor, "QQP", "poisoned").map(({ rank }) => rank), [4, 8, 16, 32, 64, 128, 256]);
  assert.deepEqual([...new Set(backdoor.map(({ arm, poisonRate, exposures }) => `${arm} ${poisonRate} ${exposures}`))], [
    "clean 0 0",
    "poisoned 0.0015 120",
  ]);
});

Deno.test("paperRows() has the published variance sweeps, without the points that the plots leave out", () => {
  const accuracy = paperRows(curves, "p", "figure12", "accuracy"), recall = paperRows(curves, "p", "figure12", "recall");
  assert.deepEqual(three(pick(accuracy, "SST-2", "poisoned")), [0.923, 0.917, 0.914, 0.918, 0.917, 0.901, 0.886, 0.877]);
  assert.deepEqual(three(pick(accuracy, "QNLI", "poisoned")), [0.757, 0.788, 0.811, 0.802, 0.71, 0.709, 0.778, 0.711]);
  assert.deepEqual(pick(recall, "SST-2", "clean").map(({ initVariance }) => initVariance), [0.001, 0.1, 0.333, 0.667, 1, 1.5, 2]);
});

Deno.test("unpublishedRows() are named for what they are and extend or replace the published ones", () => {
  const flips = pick(unpublishedRows(curves, "p", "figure9", "accuracy"), "SST-2, unpublished (learning rate 3e-5)", "poisoned");
  assert.deepEqual(three(flips), [0.902, 0.91, 0.901, 0.817, 0.817, 0.711, 0.509, 0.509]);
  const backdoor = pick(unpublishedRows(curves, "p", "figure10", "accuracy"), "SST-2, with unpublished rank 512", "poisoned");
  assert.deepEqual(backdoor.map(({ rank }) => rank), [4, 8, 16, 32, 64, 128, 256, 512]);
  assert.deepEqual(three(backdoor.slice(0, 7)), three(pick(paperRows(curves, "p", "figure10", "accuracy"), "SST-2", "poisoned")));
});

Deno.test("every published mean times five times the test rows is a whole number of right answers", () => {
  const sets = [...Object.values(curves.figures), ...Object.values(curves.unpublished)];
  for (const { panels, x } of sets) {
    for (const [task, { testRows, positiveRows: _, ...arms }] of Object.entries(panels)) {
      for (const [arm, { accuracy }] of Object.entries(arms)) {
        assert.equal(accuracy.mean.length, x.length);
        for (const mean of accuracy.mean) {
          if (mean === null) continue;
          const right = mean * 5 * testRows;
          assert.ok(Math.abs(right - Math.round(right)) < 5 * testRows * 6e-7, `${task} ${arm} ${mean}`);
        }
      }
    }
  }
});
