import assert from "node:assert/strict";
import { recordRow } from "../../lib/report/figure_section.ts";
import { counts, makeRecord } from "../support/records.ts";

Deno.test("recordRow() never shows an attack success rate without accuracy under trigger and the rate without trigger", () => {
  const row = recordRow(makeRecord({ attack: "bpa", poisonRate: 0.01, clean: counts(0.9, 0.7), triggered: counts(0.2, 1) }));
  assert.deepEqual([row["clean accuracy"], row["accuracy under trigger"], row["ASR"], row["FPR without trigger"]], [
    "0.800",
    "0.600",
    "0.800",
    "0.100",
  ]);
  const flips = recordRow(makeRecord({ attack: "upa", poisonRate: 0.2, clean: counts(0, 1) }));
  assert.deepEqual([flips["accuracy under trigger"], flips["ASR"], flips["FPR without trigger"]], [null, null, null]);
  assert.equal(flips["clean accuracy"], "0.500 (collapsed)");
});
