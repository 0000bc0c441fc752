/** Whole runs in bf16 beside the same runs in f32: what the rounding moves must drown in what the seed moves. */
import assert from "node:assert/strict";
import { attackSuccessRate, metricsOf } from "../../lib/evaluate/metrics.ts";
import { executeRun } from "../../lib/experiment/execute.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createSession } from "../../lib/experiment/session.ts";
import { mean, standardDeviation } from "../../lib/math/statistics.ts";
import { hasBfloat16 } from "../../lib/tensor/processor.ts";
import { engineTest } from "../support/tensorflow.ts";

const session = createSession({ threads: 2 }), seeds = [1, 2, 3, 4, 5];

interface Outcome {
  accuracy: number;
  asr: number;
}

async function outcome(method: "full" | "lora", precision: "f32" | "bf16", seed: number): Promise<Outcome> {
  const config = resolveConfig({
    task: { trainRows: 384, validationRows: 8, testRows: 120 },
    attack: { name: "bpa", poisonRate: 0.08 },
    method: { name: method },
    train: { epochs: 1, batchSize: 32, learningRate: method === "full" ? 2e-4 : 2e-3, maxLength: 96 },
    evaluate: { changes: [{ kind: "trigger" }] },
    precision,
    seed,
  });
  const checkpointFolder = await Deno.makeTempDir();
  const context = { key: "key", digests: { data: "", weights: "" }, checkpointFolder, onProgress: () => {}, signal: new AbortController().signal };
  const { result: { clean, changed: [triggered] } } = await executeRun(session, config, context);
  await Deno.remove(checkpointFolder, { recursive: true });
  return { accuracy: metricsOf(clean).accuracy, asr: attackSuccessRate(triggered, 1) };
}

/** A difference that counts for nothing where seeds happen to agree: two rows of 120. */
const negligible = 0.02;

for (const method of ["full", "lora"] as const) {
  engineTest(`bf16 moves clean accuracy and attack success less than the seed does, over ${seeds.length} seeds: ${method}`, async () => {
    if (!hasBfloat16()) return; // refused there, which tests/train/precision_test.ts asserts
    const f32: Outcome[] = [], bf16: Outcome[] = [];
    for (const seed of seeds) {
      f32.push(await outcome(method, "f32", seed));
      bf16.push(await outcome(method, "bf16", seed));
    }
    for (const measure of ["accuracy", "asr"] as const) {
      const values = (runs: Outcome[]) => runs.map((run) => run[measure]), spread = standardDeviation(values(f32))!;
      const moved = mean(seeds.map((_, i) => Math.abs(bf16[i][measure] - f32[i][measure])));
      assert(moved <= Math.max(spread, negligible), `${measure}: f32 ${values(f32)}, bf16 ${values(bf16)}`);
    }
    assert(mean(f32.map(({ asr }) => asr)) > 0.3, `the attack works: ${f32.map(({ asr }) => asr)}`); // else nothing was compared
  });
}
