/** Starts the engine of the folder given, trains the tiny encoder for one step, and prints the loss: what a quiet process looks like. */
import { startTensorFlow } from "../../lib/tensor/backend.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { goldenAdapter, goldenBatch, readGolden, tinyEncoder } from "./golden.ts";

await startTensorFlow(Deno.args[0], { threads: 2 });
const golden = readGolden("tiny"), encoder = tinyEncoder();
const trainer = createTrainer(encoder.config, goldenAdapter(encoder, golden.cases.lora));
const loss = await trainer.step(goldenBatch(golden.batches[0]), { learningRate: 1e-3, weightDecay: 0.01, step: 0 });
console.log(`loss ${loss}`);
