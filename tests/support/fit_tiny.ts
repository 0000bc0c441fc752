/** A small training run with dropout on the tiny encoder: in a test, or as a process that a test may kill. */
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { createRng } from "../../lib/math/random.ts";
import { digestTensors } from "../../lib/model/safetensors.ts";
import { startTensorFlow } from "../../lib/tensor/backend.ts";
import { fit, type FitControl, type History } from "../../lib/train/fit.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import type { Sequence } from "../../lib/tokens/batch.ts";
import { type CaseName, goldenAdapter, readGolden, tinyEncoder } from "./golden.ts";

/** 21 sequences of several lengths: batches of 4 leave a last one with filler. */
export const sequences: readonly Sequence[] = Array.from({ length: 21 }, (_, row) => ({
  ids: Int32Array.from({ length: 3 + (5 * row) % 22 }, (_, i) => 1 + (7 * row + 3 * i) % 49),
  label: row % 2,
}));

/** Steps of the whole run. */
export const steps = 12;

export async function fitTiny(
  name: CaseName,
  control: FitControl = {},
  seed = 1,
  { maxSteps = null, scoreOf }: { maxSteps?: number | null; scoreOf?: (weights: string) => number } = {},
): Promise<History & { digest: string; weights: string }> {
  const encoder = tinyEncoder();
  const trainer = createTrainer(encoder.config, goldenAdapter(encoder, readGolden("tiny").cases[name]), { dropout: 0.1 });
  const weights = () => digestTensors(trainer.weights());
  const options = {
    epochs: 2,
    maxSteps,
    scoreEpoch: scoreOf && (() => Promise.resolve(scoreOf(weights()))),
    batchSize: 4,
    learningRate: 5e-3,
    weightDecay: 0.01,
    schedule: "linear",
    warmup: 0.2,
    rng: createRng(seed),
  } as const;
  try {
    const history = await fit(trainer, sequences, options, control);
    return { ...history, digest: digestTensors(trainer.state()), weights: weights() };
  } finally {
    trainer.dispose();
  }
}

if (import.meta.main) {
  await startTensorFlow(await obtainAsset("tensorflow"), { threads: 2 });
  const [name, checkpointFolder] = Deno.args;
  const { digest, stepLoss, resumed } = await fitTiny(name as CaseName, {
    checkpointFolder,
    checkpointSeconds: 0,
    onProgress: ({ step }) => console.log(`step ${step}`),
  });
  console.log(JSON.stringify({ digest, stepLoss, resumed }));
}
