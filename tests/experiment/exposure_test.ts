import assert from "node:assert/strict";
import { epochsRead, rowsRead } from "../../lib/experiment/exposure.ts";
import { paperTask } from "../../lib/experiment/profile_paper.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { rateOf } from "../../lib/experiment/grid.ts";

Deno.test("rowsRead() is rows x epochs, or what the limit on steps leaves of them", () => {
  assert.equal(rowsRead({ epochs: 3, batchSize: 32 }, 1000), 3000);
  assert.equal(rowsRead({ epochs: 3, batchSize: 32, maxSteps: null }, 1000), 3000);
  assert.equal(rowsRead({ epochs: 3, batchSize: 32, maxSteps: 10 }, 1000), 320);
  assert.equal(rowsRead({ epochs: 1, batchSize: 8, maxSteps: 10_000 }, 100), 100);
});

Deno.test("epochsRead() gives the paper's epochs in effect: 1.19, 9.36, 0.76 and 0.22, and ten where the limit on steps does not come first", () => {
  const { training } = profileNamed("paper");
  const epochs = (["SST-2", "CoLA", "QNLI", "QQP", "RTE", "MRPC"] as const).map((name) =>
    epochsRead({ task: paperTask(name), train: training } as Parameters<typeof epochsRead>[0])
  );
  assert.deepEqual(epochs.map((value) => value.toFixed(2)), ["1.19", "9.36", "0.76", "0.22", "10.00", "10.00"]);
});

Deno.test("rateOf() gives the paper's rates for its exposures, to the last bit", () => {
  const paper = profileNamed("paper");
  for (const task of paper.tasks) {
    const rates = task.backdoorExposures.map((exposures) => rateOf(exposures, paper, task));
    assert.deepEqual(rates, [0, 0.001, 0.0015, 0.002, 0.0025, 0.003, 0.0035, 0.004, 0.0045]);
  }
});
