/** Whole runs with the real encoder and data, on few rows. */
import assert from "node:assert/strict";
import { createAdapter } from "../../lib/adapter/create.ts";
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import { executeRun } from "../../lib/experiment/execute.ts";
import { RECIPE } from "../../lib/experiment/key.ts";
import { prepareRun } from "../../lib/experiment/prepare.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createSession, type Session } from "../../lib/experiment/session.ts";
import { createRng } from "../../lib/math/random.ts";
import { restrictVocabulary } from "../../lib/model/vocabulary.ts";
import { evaluationBatches } from "../../lib/tokens/batching.ts";
import type { Batch } from "../../lib/tokens/batch.ts";
import type { Trainer } from "../../lib/train/trainer.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";

const session = createSession({ threads: 2 });
const input = (change: Partial<RunConfigInput>): RunConfigInput => ({
  task: { trainRows: 32, validationRows: 8, testRows: 16 },
  attack: { name: "none" },
  method: { name: "lora", rank: 4, alpha: 8 },
  train: { epochs: 1, batchSize: 16, learningRate: 1e-3, maxLength: 64 },
  evaluate: { changes: [{ kind: "trigger", place: "prefix" }] },
  seed: 1,
  ...change,
});
const bpa = { name: "bpa", poisonRate: 0.25, trigger: { place: "prefix" } } as const;

async function run(change: Partial<RunConfigInput>, on: Session = session) {
  const checkpointFolder = await Deno.makeTempDir(), digests = { data: "data", weights: "weights" };
  try {
    const context = { key: "key", digests, checkpointFolder, onProgress: () => {}, signal: new AbortController().signal };
    return await executeRun(on, resolveConfig(input(change)), context);
  } finally {
    await Deno.remove(checkpointFolder, { recursive: true });
  }
}

/** The session, with every batch that a training step sees kept. */
function spying(batches: Batch[]): Session {
  const trainer = async (...args: Parameters<Session["trainer"]>): Promise<Trainer> => {
    const real = await session.trainer(...args);
    return { ...real, step: (batch, options) => (batches.push(batch), real.step(batch, options)) };
  };
  return {
    split: session.split,
    row: session.row,
    model: session.model,
    purify: session.purify,
    trainer,
    dispose: session.dispose,
    versions: session.versions,
  };
}

engineTest("executeRun() gives the same result byte for byte: again, and in a session of its own", async () => {
  const [first, second] = [await run({ attack: bpa }), await run({ attack: bpa })];
  assert.equal(JSON.stringify(second.result), JSON.stringify(first.result));
  assert.equal(JSON.stringify((await run({ attack: bpa }, createSession({ threads: 2 }))).result), JSON.stringify(first.result));
  const { result, provenance, digests, key } = first;
  assert.deepEqual([key, digests], ["key", { data: "data", weights: "weights", recipe: RECIPE }]);
  assert.deepEqual([result.clean, ...result.changed].map((confusion) => confusion.flat()).map((counts) => counts.reduce((a, b) => a + b)), [16, 16]);
  assert.deepEqual([result.ledger.poisonedRows, result.ledger.exposures, result.ledger.rows.length], [8, 8, 8]);
  assert.deepEqual([result.history.steps, result.history.stepLoss.length, result.history.epochLoss.length], [2, 2, 1]);
  assert.deepEqual([provenance.threads, provenance.resumed], [2, 0]);
  assert(result.ledger.relabelled.length === result.ledger.relabelledRows && result.ledger.relabelled.every((id) => result.ledger.rows.includes(id)));
  assert.match(result.ledger.digest, /^[0-9a-f]{64}$/);
  assert.match(result.weightsDigest, /^[0-9a-f]{64}$/);
});

engineTest("executeRun() leaves the best epoch's weights: those of a run that ends there, where the rate is constant", async () => {
  const train = { epochs: 3, batchSize: 16, learningRate: 0.05, maxLength: 64 }, task = { trainRows: 32, validationRows: 40, testRows: 40 };
  const { result, config } = await run({ task, train: { ...train, checkpoint: "bestDev" } }), { scores, epoch } = result.history.best!;
  assert.equal(config.train.checkpoint, "bestDev");
  assert.equal(scores.length, 3);
  assert.equal(epoch, scores.indexOf(Math.max(...scores)));
  const ended = await run({ task, train: { ...train, epochs: epoch + 1 } });
  assert.equal(ended.result.history.best, undefined);
  assert.deepEqual([ended.result.weightsDigest, ended.result.clean], [result.weightsDigest, result.clean]);
  assert.deepEqual(result.history.stepLoss.slice(0, 2 * (epoch + 1)), ended.result.history.stepLoss);
});

engineTest("executeRun() at a poison rate of 0 is the clean run", async () => {
  const clean = await run({}), zero = await run({ attack: { ...bpa, poisonRate: 0 } });
  assert.deepEqual([zero.config, zero.result], [clean.config, clean.result]);
  assert.equal(clean.result.ledger.poisonedRows, 0);
  assert.notDeepEqual((await run({ seed: 2 })).result.weightsDigest, clean.result.weightsDigest);
});

engineTest("executeRun() counts the trained parameters of the whole model, and repeats full fine-tuning", async () => {
  assert.equal((await run({ method: { name: "lora", rank: 8, alpha: 16 } })).result.trainableParameters, 341008);
  const full = { method: { name: "full" }, task: { trainRows: 32, validationRows: 8, testRows: 8 } } as const;
  const { result } = await run(full);
  assert.equal(result.trainableParameters, 22713986);
  assert.deepEqual((await run(full)).result, result); // two threads add up the gradients of repeated tokens in one order
});

for (const attack of [bpa, { name: "upa", poisonRate: 0.25 } as const]) {
  engineTest(`every ledger row enters the loss with its changed text and label, once an epoch: ${attack.name}`, async () => {
    const config = resolveConfig(input({ attack })), seen: Batch[] = [];
    await run({ attack }, spying(seen));
    const { encode } = await session.model(config.model), split = await session.split(config.task);
    const prepared = prepareRun(config, split, encode, createRng(config.seed));
    const { map } = await restricted(prepared.usedIds);
    const inLoss = seen.flatMap(rowsOf).map(({ ids, label }) => `${label}: ${ids}`).sort();
    const changed = new Map(prepared.ledger.map(({ id, after }) => [id, after]));
    assert.equal(changed.size, 8);
    const expected = split.train.map((row) => {
      const { text, label } = changed.get(row.id) ?? row;
      return `${label}: ${map(encode(text, 64))}`;
    });
    assert.deepEqual(inLoss, expected.sort());
    for (const { id, before, after } of prepared.ledger) {
      const own = (content: { text: string; label: number }) => `${content.label}: ${map(encode(content.text, 64))}`;
      assert(inLoss.includes(own(after)) && !inLoss.includes(own(before)), `row ${id}`);
    }
  });
}

engineTest("a poisoned row's loss is the cross entropy of its changed label", async () => {
  const config = resolveConfig(input({ attack: bpa })), { encode } = await session.model(config.model);
  const split = await session.split(config.task), prepared = prepareRun(config, split, encode, createRng(config.seed));
  const { encoder, map } = await restricted(prepared.usedIds);
  const trainer = await session.trainer(
    encoder,
    createAdapter(config.method, encoder, { classes: 2, head: config.head }, createRng(config.seed)),
    config,
  );
  const poisoned = prepared.ledger.filter(({ before, after }) => before.label !== after.label).slice(0, 3);
  assert(poisoned.length > 0);
  for (const { id } of poisoned) {
    const { ids, label } = prepared.train[split.train.findIndex((row) => row.id === id)];
    const [batch] = evaluationBatches([{ ids: map(ids), label }], { batchSize: 1 }), scores = await trainer.logits(batch);
    const { loss } = await trainer.gradients(batch);
    assert.equal(label, 1);
    assertClose(loss, Math.log(Math.exp(scores[0]) + Math.exp(scores[1])) - scores[1], 1e-6);
  }
});

async function restricted(usedIds: Iterable<number>) {
  return restrictVocabulary((await session.model("minilm-l6")).encoder, usedIds);
}

/** The rows of a batch that count, without their padding. */
function rowsOf({ n, t, ids, mask, labels, weights }: Batch): { ids: Int32Array; label: number }[] {
  return Array.from({ length: n }, (_, i) => i).filter((i) => weights[i] === 1).map((i) => ({
    ids: ids.subarray(i * t, i * t + mask.subarray(i * t, (i + 1) * t).reduce((sum, x) => sum + x, 0)),
    label: labels[i],
  }));
}
