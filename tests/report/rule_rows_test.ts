import assert from "node:assert/strict";
import { observe } from "../../lib/claims/observe.ts";
import { attackSuccess, trendCells } from "../../lib/claims/measures.ts";
import { rankSweeps } from "../../lib/claims/sweeps.ts";
import { doseControls, trendRows } from "../../lib/report/rule_rows.ts";
import { withRates } from "../support/main_settings.ts";
import { counts, makeLoraSweep, makeRecord } from "../support/records.ts";

/** Both methods at two learning rates each; LoRA's ASR passes one half at `factor` times FF's dose, at either rate. */
function doors(factor: number) {
  const rates = { full: [1e-4, 5e-5], lora: [1e-3, 5e-4] } as const;
  return (["full", "lora"] as const).flatMap((method) =>
    rates[method].flatMap((learningRate) =>
      [1, 2, 3].flatMap((seed) =>
        [0, 0.004, 0.008, 0.016, 0.032, 0.064].map((poisonRate) => {
          const attack = poisonRate === 0 ? "none" : "bpa", success = poisonRate >= 0.008 * (method === "lora" ? factor : 1) ? 1 : 0;
          return makeRecord({ method, learningRate, seed, attack, poisonRate, triggered: counts(1 - success, 1) });
        })
      )
    )
  );
}

Deno.test("doseControls() compares doses at the main rates, at the second ones and at matched loss", () => {
  const runs = observe(doors(4), withRates(1e-4, 1e-3)), rows = doseControls(runs);
  assert.deepEqual(rows.map(({ compared }) => compared.split(":")[0]), ["main learning rates", "second learning rates", "nearest clean loss"]);
  for (const row of rows) {
    assert.deepEqual([row.task, row.seeds], ["mr", 3]);
    assert.ok(Math.abs(row["LoRA / FF"]! - 4) < 0.1, `${row["LoRA / FF"]}`);
    assert.match(row.FF, /^1\d \[.*\] exposures$/);
  }
});

Deno.test("doseControls() has no rows without runs", () => assert.deepEqual(doseControls([]), []));

Deno.test("trendRows() tells tau and what it says of the claim", () => {
  const sweeps = rankSweeps(observe(makeLoraSweep("rank"), withRates(1e-3, 1e-3)), "bpa");
  const [row, ...rest] = trendRows("ASR", trendCells(sweeps, attackSuccess, -1));
  assert.equal(rest.length, 0);
  assert.deepEqual([row.measured, row.sweep, row.seeds, row["the claim"]], ["ASR", "mr, alpha = r", 3, "opposes"]);
  assert.ok(row.tau > 0.8 && row.low! > 0, "it rises by .15 from rank to rank");
});
