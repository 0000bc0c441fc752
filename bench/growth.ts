/** Whether memory grows over many steps: trains a small random encoder, prints what the process holds now and then, and the slope. */
import { Command, InvalidArgumentError, Option } from "commander";
import { createAdapter } from "../lib/adapter/create.ts";
import type { Method } from "../lib/adapter/method.ts";
import { obtainAsset } from "../lib/assets/obtain.ts";
import { bytes } from "../lib/cli/units.ts";
import { createRng } from "../lib/math/random.ts";
import type { BertConfig } from "../lib/model/encoder.ts";
import { startTensorFlow } from "../lib/tensor/backend.ts";
import { tf } from "../lib/tensor/tf.ts";
import { assembleBatch } from "../lib/tokens/batch.ts";
import { createTrainer } from "../lib/train/trainer.ts";
import { linearRegression } from "simple-statistics";
import { plainLora } from "./lora.ts";
import { randomWeights } from "./random_encoder.ts";

interface GrowthOptions {
  readonly steps: number;
  readonly method: "lora" | "full";
}

const config: BertConfig = {
  layers: 2,
  width: 128,
  heads: 4,
  innerWidth: 512,
  vocabularySize: 1024,
  maxPositions: 64,
  layerNormEpsilon: 1e-12,
};
const [rows, tokens] = [8, 12];

async function measureGrowth({ steps, method: name }: GrowthOptions): Promise<void> {
  const engine = await startTensorFlow(await obtainAsset("tensorflow")), rng = createRng(1);
  const method: Method = name === "full" ? { name } : plainLora;
  const encoder = { config, weights: randomWeights(config) }, head = name === "full" ? "trained" : "frozen";
  const trainer = createTrainer(config, createAdapter(method, encoder, { classes: 2, head }, rng));
  const texts = rng.fork("tokens");
  const sequences = Array.from(
    { length: rows },
    (_, row) => ({ ids: Int32Array.from({ length: tokens - row % 4 }, () => texts.integer(config.vocabularySize)), label: row % 2 }),
  );

  console.log(`${name}, ${config.layers} layers of width ${config.width}, ${rows} rows of ${tokens} tokens\n    step  resident  JS heap  tensors`);
  const seen: { step: number; resident: number }[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = assembleBatch(sequences, [...sequences.keys()], rows, tokens);
    await trainer.step(batch, { learningRate: 1e-4, weightDecay: 0.01, step });
    if ((step + 1) % Math.ceil(steps / 20) !== 0) continue;
    const { rss, heapUsed } = Deno.memoryUsage();
    seen.push({ step: step + 1, resident: rss });
    const counts = `${tf.memory().numTensors} tfjs, ${engine.count()} native`;
    console.log(`${String(step + 1).padStart(8)}  ${bytes(rss).padStart(8)}  ${bytes(heapUsed).padStart(7)}  ${counts}`);
  }
  trainer.dispose();
  const later = seen.slice(Math.floor(seen.length / 4)); // pools fill up during the first steps
  console.log(
    `Slope over the last three quarters: ${(slope(later) / 1e3).toFixed(2)} kB a step, ${(slope(later) / 100).toFixed(1)} MB in 10,000`,
  );
}

/** Of the least-squares line, bytes a step. */
function slope(points: readonly { step: number; resident: number }[]): number {
  return linearRegression(points.map(({ step, resident }) => [step, resident])).m;
}

function count(text: string): number {
  if (/^[1-9]\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 10: ${text}`);
}

if (import.meta.main) {
  await new Command("growth").description("Trains many steps of a small random encoder and prints the process's memory and its slope.")
    .usage("[options]").showHelpAfterError("(--help lists the options)")
    .addOption(new Option("--steps <number>", "training steps").default(10_000).argParser(count))
    .addOption(new Option("--method <name>", "what is trained").choices(["lora", "full"]).default("lora"))
    .action(measureGrowth)
    .parseAsync(["deno", "growth", ...Deno.args]);
  Deno.exit(0); // native threads may outlive the run
}
