/** `deno run -A bench/profile.ts`: where a training step's time goes, op by op, by TensorFlow's own tracing. */
import Table from "cli-table3";
import { Command, InvalidArgumentError, Option } from "commander";
import { createAdapter } from "../lib/adapter/create.ts";
import { obtainAsset } from "../lib/assets/obtain.ts";
import { createRng } from "../lib/math/random.ts";
import { loadEncoder } from "../lib/model/encoder.ts";
import { restrictVocabulary } from "../lib/model/vocabulary.ts";
import { startTensorFlow } from "../lib/tensor/backend.ts";
import { type Precision, precisions } from "../lib/tensor/precision.ts";
import { assembleBatch } from "../lib/tokens/batch.ts";
import { createTrainer } from "../lib/train/trainer.ts";
import { plainLora } from "./lora.ts";

interface Options {
  readonly method: "lora" | "full";
  readonly precision: Precision;
  readonly rows: number;
  readonly tokens: number;
  readonly runs: number;
  readonly threads: number;
}

/** Word embeddings that a task of the quick profile trains. */
const vocabulary = 6144;

async function profile({ method, precision, rows, tokens, runs, threads }: Options): Promise<void> {
  const { library: { chains } } = await startTensorFlow(await obtainAsset("tensorflow"), { threads });
  const ids = Array.from({ length: vocabulary }, (_, id) => id), rng = createRng(1);
  const { encoder } = restrictVocabulary(await loadEncoder(await obtainAsset("minilm-l6")), ids);
  const adapter = createAdapter(method === "lora" ? plainLora : { name: "full" }, encoder, { classes: 2, head: "frozen" }, rng);
  const trainer = createTrainer(encoder.config, adapter, { precision });
  const sequences = Array.from(
    { length: rows },
    () => ({ ids: Int32Array.from({ length: tokens }, () => rng.integer(vocabulary)), label: rng.integer(2) }),
  );
  const batch = assembleBatch(sequences, [...sequences.keys()], rows, tokens);
  const ops = trainer.profile(batch, runs), total = ops.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const table = new Table({
    head: ["op", "calls", "ms", "share"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right"],
  });
  for (const { op, calls, milliseconds } of ops.filter(({ milliseconds }) => milliseconds >= total / 1000)) {
    table.push([op, calls, milliseconds.toFixed(1), `${(100 * milliseconds / total).toFixed(1)} %`]);
  }
  console.log(
    `${method} step, ${precision}, ${rows} rows of ${tokens} tokens, ${threads} threads in ${chains} chains; mean of ${runs} steps\n${table}`,
  );
  console.log(`In all ${total.toFixed(0)} ms of ops, which run side by side. lowrank_fused_N: formulas compiled by XLA.`);
}

function count(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 1 to 99999: ${text}`);
}

if (import.meta.main) {
  await new Command("profile").description("Where a training step of MiniLM spends its time, op by op.")
    .addOption(new Option("--method <name>").choices(["lora", "full"]).default("lora"))
    .addOption(new Option("--precision <name>").choices(precisions).default("f32"))
    .addOption(new Option("--rows <number>", "of the batch").default(32).argParser(count))
    .addOption(new Option("--tokens <number>", "of a row").default(28).argParser(count))
    .addOption(new Option("--runs <number>", "steps that are measured").default(10).argParser(count))
    .addOption(new Option("--threads <number>").default(navigator.hardwareConcurrency, "all logical cores").argParser(count))
    .action(profile).parseAsync(Deno.args, { from: "user" });
  Deno.exit(0); // native threads may outlive the run
}
