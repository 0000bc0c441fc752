/**
 * The paper profile from end to end in small: its own configs with a few rows and three steps, on an encoder of BERT-large's shapes. LoRA has
 * all 24 layers (5.3 GB); full fine-tuning, whose weights, gradients, moments and copies would take 12 GB, has two as wide.
 * Random weights and made-up sentences: it shows that every kind of run goes through, nothing about attacks.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { executeRun } from "../../lib/experiment/execute.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { createDigests, type DigestsOf } from "../../lib/experiment/inputs.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { RunRecordSchema } from "../../lib/experiment/record_schema.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createSession, type Session } from "../../lib/experiment/session.ts";
import { writeLargeEncoder, writeSmallGlue } from "../support/large_encoder.ts";

const rows = { trainRows: 40, validationRows: 0, testRows: 8 }, [seed, steps, poisonRate] = [1, 3, 0.4];

/** A run with so few rows and steps, and poison that so few rows meet; everything else as it is. */
function reduced({ task, train, attack, ...rest }: RunConfig): RunConfig {
  const poisoned = attack.name === "none" ? attack : { ...attack, poisonRate };
  return resolveConfig({ ...rest, task: { ...task, ...rows }, train: { ...train, maxSteps: steps }, attack: poisoned });
}

/** The runs of an experiment that these conditions choose. */
const runs = (id: string, holds: (config: RunConfig) => boolean) =>
  selectExperiments([id])[0].configs(profileNamed("paper"), [seed]).filter(holds).map(reduced);
const isTask = (...names: string[]) => ({ task }: RunConfig) => names.includes(task.dataset);

/** Skipped where less memory is free than LoRA on 24 layers takes with a margin. */
function slowTest(name: string, test: (execute: Execute) => Promise<void>, layers: number): void {
  const ignore = Deno.systemMemoryInfo().available < 8e9;
  Deno.test({ name, ignore, sanitizeResources: false, sanitizeOps: false, fn: () => inFolder(layers, test) });
}

async function inFolder(layers: number, test: (execute: Execute) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lowrank-test-" }), model = join(folder, "model"), glue = join(folder, "glue");
  const environment = { ...Deno.env.toObject(), LOWRANK_BERT_LARGE: model, LOWRANK_GLUE: glue };
  const session = createSession({ threads: 2, environment }), digestsOf = createDigests({ environment });
  try {
    await writeLargeEncoder(model, layers);
    await writeSmallGlue(glue, rows.trainRows, rows.testRows);
    await test((config) => execute(config, session, digestsOf, folder));
  } finally {
    session.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

type Execute = (config: RunConfig) => ReturnType<typeof execute>;

async function execute(config: RunConfig, session: Session, digestsOf: DigestsOf, folder: string) {
  const digests = await digestsOf(config), checkpointFolder = join(folder, "checkpoints");
  const context = { key: "0".repeat(64), digests, checkpointFolder, onProgress: () => {}, signal: new AbortController().signal };
  const record = await executeRun(session, config, context), { result } = record;
  RunRecordSchema.parse(record);
  assert.match(digests.weights + digests.data, /^[0-9a-f]{128}$/);
  assert.equal(result.history.steps, steps);
  assert.ok(result.history.stepLoss.every((loss) => loss > 0 && loss < 5), String(result.history.stepLoss));
  assert.equal(result.changed.length, config.evaluate.changes.length);
  for (const counts of [result.clean, ...result.changed]) assert.equal(counts.flat().reduce((a, b) => a + b), rows.testRows);
  return record;
}

slowTest("the paper profile's runs of LoRA go through on BERT-large's 24 layers: label flips, and the backdoor on pairs", async (execute) => {
  const lora = (name: string) => ({ method, attack }: RunConfig) => method.name === "lora" && attack.name === name;
  const [flips] = runs("fig-a1", (run) => isTask("cola")(run) && lora("upa")(run));
  const [pairs] = runs("fig-a2", (run) => isTask("qqp")(run) && lora("bpa")(run));
  const { result: flipped } = await execute(flips);
  assert.equal(flipped.trainableParameters, 8 * (24 * (4 * 2048 + 2 * 5120) + 2048 + 1026)); // every linear module, pooler and classifier
  assert.ok(flipped.ledger.poisonedRows > 0 && flipped.ledger.relabelledRows === flipped.ledger.poisonedRows);
  const { result: { ledger } } = await execute(pairs);
  assert.ok(ledger.poisonedRows > 0);
  assert.equal(ledger.exposures, Math.round(ledger.poisonedRows * 24 / 40)); // 3 steps of 8 of 40 rows
}, 24);

slowTest("the paper profile's runs go through on two layers as wide: both methods, every attack, rank 512, variances, inits", async (execute) => {
  const flips = runs("fig-a1", isTask("sst-2")), isLora = ({ method }: RunConfig) => method.name === "lora";
  const chosen = [
    flips[0], // full fine-tuning, clean
    ...flips.slice(-2), // both methods
    ...runs("fig-a2", (run) => isTask("qnli")(run) && run.attack.name === "bpa").slice(-2),
    ...runs("table-e1", (run) => isLora(run) && run.attack.name !== "none"),
    ...runs("fig-a4", ({ method, attack }) => method.name === "lora" && method.rank === 512 && attack.name === "bpa").slice(-1),
    ...runs("fig-a5", ({ method, attack }) => method.name === "lora" && method.initVariance === 2 && attack.name === "upa").slice(-1),
    ...runs("table-e2", ({ method, attack }) => method.name === "lora" && method.initVariance === 1 && attack.name === "bpa"),
  ];
  const attacks = ["bpa", "clean-label", "instruction", "multi-trigger", "none", "style", "upa"];
  assert.deepEqual([...new Set(chosen.map(({ attack }) => attack.name))].sort(), attacks);
  for (const config of chosen) await execute(config);
}, 2);
