import assert from "node:assert/strict";
import { observe } from "../../lib/claims/observe.ts";
import { attackSuccess, trendCells } from "../../lib/claims/measures.ts";
import { rankSweeps } from "../../lib/claims/sweeps.ts";
import { doseControls, flipControls, trendRows } from "../../lib/report/rule_rows.ts";
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

Deno.test("doseControls() compares doses at the main rates, at half of them and at matched loss", () => {
  const runs = observe(doors(4), withRates(1e-4, 1e-3)), rows = doseControls(runs);
  assert.deepEqual(rows.map(({ compared }) => compared.split(":")[0]), [
    "main learning rates",
    "half of both learning rates (FF 5e-5, LoRA 5e-4)",
    "nearest clean loss",
  ]);
  for (const row of rows) {
    assert.deepEqual([row.task, row.seeds], ["mr", 3]);
    assert.ok(Math.abs(row["LoRA / FF"]! - 4) < 0.1, `${row["LoRA / FF"]}`);
    assert.match(row.FF, /^1\d \[.*\] exposures$/);
  }
});

Deno.test("flipControls() compares accuracy at each method's own rate, at half of it and at one for both", () => {
  const loss = { full: 0.1, lora: 0.2 }, rates = { full: [1e-4, 5e-5, 4e-4], lora: [1e-3, 5e-4, 4e-4] } as const;
  const records = (["full", "lora"] as const).flatMap((method) =>
    rates[method].flatMap((learningRate, i) =>
      [1, 2].flatMap((seed) =>
        [0, 0.3].map((poisonRate) => {
          const right = 0.9 - (poisonRate ? loss[method] * (i + 1) : 0);
          return makeRecord({ method, learningRate, seed, attack: poisonRate ? "upa" : "none", poisonRate, clean: counts(right, right) });
        })
      )
    )
  );
  const rows = flipControls(observe(records, withRates(1e-4, 1e-3))).filter(({ compared }) => !compared.startsWith("nearest"));
  assert.deepEqual(rows.map((row) => [row.compared, row["labels flipped"], Number(row["FF − LoRA"].toFixed(3)), row.seeds]), [
    ["main learning rates", 0, 0, 2],
    ["main learning rates", 0.3, 0.1, 2],
    ["half of both learning rates (FF 5e-5, LoRA 5e-4)", 0, 0, 2],
    ["half of both learning rates (FF 5e-5, LoRA 5e-4)", 0.3, 0.2, 2],
    ["one learning rate for both (FF 4e-4, LoRA 4e-4)", 0, 0, 2],
    ["one learning rate for both (FF 4e-4, LoRA 4e-4)", 0.3, 0.3, 2],
  ]);
});

Deno.test("doseControls() has no rows without runs", () => assert.deepEqual(doseControls([]), []));

Deno.test("trendRows() tells tau and what it says of the claim", () => {
  const sweeps = rankSweeps(observe(makeLoraSweep("rank"), withRates(1e-3, 1e-3)), "bpa");
  const [row, ...rest] = trendRows("ASR", trendCells(sweeps, attackSuccess, -1));
  assert.equal(rest.length, 0);
  assert.deepEqual([row.measured, row.sweep, row.seeds, row["the claim"]], ["ASR", "mr, alpha = r", 3, "opposes"]);
  assert.ok(row.tau > 0.8 && row.low! > 0, "it rises by .15 from rank to rank");
});
