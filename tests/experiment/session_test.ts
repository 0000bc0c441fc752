import assert from "node:assert/strict";
import { createAdapter } from "../../lib/adapter/create.ts";
import { createSession } from "../../lib/experiment/session.ts";
import { keptTrainers } from "../../lib/experiment/trainer_pool.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createRng } from "../../lib/math/random.ts";
import { countParameters } from "../../lib/model/encoder.ts";
import { restrictVocabulary } from "../../lib/model/vocabulary.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { goldenBatch, readGolden, tinyEncoder } from "../support/golden.ts";
import { engineTest } from "../support/tensorflow.ts";

const encoder = tinyEncoder(), batch = goldenBatch(readGolden("tiny").batches[0]), adam = { learningRate: 1e-2, weightDecay: 0, step: 0 };
const configOf = (method: object, dropout = 0) =>
  resolveConfig({
    task: { trainRows: 4, validationRows: 2, testRows: 2 },
    attack: { name: "none" },
    method,
    train: { epochs: 1, batchSize: 4, learningRate: 1e-3, dropout },
    seed: 1,
  });
const adapterOf = (config: ReturnType<typeof configOf>, seed: number) =>
  createAdapter(config.method, encoder, { classes: 2, head: config.head }, createRng(seed));

engineTest("trainer() gives runs of one kind one trainer, each time at its start", async () => {
  const session = createSession({ threads: 2 }), config = configOf({ name: "lora", rank: 2 });
  const trainer = await session.trainer(encoder, adapterOf(config, 1), config), start = trainer.weights();
  const loss = await trainer.step(batch, adam);
  assert.notDeepEqual(trainer.weights(), start);
  assert.equal(await session.trainer(encoder, adapterOf(config, 1), config), trainer);
  assert.deepEqual(trainer.weights(), start);
  assert.equal(await trainer.step(batch, adam), loss);
  assert.equal(await session.trainer(encoder, adapterOf(config, 2), config), trainer); // another seed: other values
  assert.notDeepEqual(trainer.weights(), start);
  const before = await trainer.logits(batch);
  await session.trainer(encoder, adapterOf(config, 1), config);
  assert.notDeepEqual(await trainer.logits(batch), before); // the frozen head came along
});

engineTest("trainer() shares what differs in values only", async () => {
  const session = createSession({ threads: 2 }), trainers = new Set<unknown>();
  for (const method of [{ rank: 2 }, { rank: 2, initVariance: 2 }, { rank: 2, init: "gaussian" }]) {
    const config = configOf({ name: "lora", ...method });
    trainers.add(await session.trainer(encoder, adapterOf(config, 1), config));
  }
  assert.equal(trainers.size, 1);
  session.dispose();
});

engineTest("trainer() shares nothing between kinds that compute otherwise, and keeps a few", async (engine) => {
  const session = createSession({ threads: 2 });
  const kinds = [
    configOf({ name: "lora", rank: 2 }),
    configOf({ name: "lora", rank: 2, alpha: 4 }),
    configOf({ name: "lora", rank: 3 }),
    configOf({ name: "lora", rank: 2 }, 0.1),
    configOf({ name: "full" }),
    ...[4, 5, 6].map((rank) => configOf({ name: "lora", rank })),
  ];
  assert(kinds.length > keptTrainers(countParameters(encoder.config)));
  const trainers = new Set<unknown>(), alive: [number, number][] = [];
  for (const config of [...kinds, ...kinds]) {
    const trainer = await session.trainer(encoder, adapterOf(config, 1), config);
    await trainer.step(batch, adam);
    trainers.add(trainer);
    alive.push([tf.memory().numTensors, engine.count()]);
  }
  assert.equal(trainers.size, 2 * kinds.length); // more kinds in turn than are kept: each was gone when its turn came again
  assert.deepEqual(alive[2 * kinds.length - 1], alive[kinds.length - 1]);
});

engineTest("trainer() keeps two sizes of one method's vocabulary, and nothing of the method before", async () => {
  const session = createSession({ threads: 2 }), full = configOf({ name: "full" }), lora = configOf({ name: "lora", rank: 2 });
  const sizes = [3, 5].map((size) => restrictVocabulary(encoder, Array.from({ length: size }, (_, id) => id), 1).encoder);
  const trainerOf = (config: typeof full, encoder: (typeof sizes)[0]) =>
    session.trainer(encoder, createAdapter(config.method, encoder, { classes: 2, head: config.head }, createRng(1)), config);
  const [small, large] = [await trainerOf(full, sizes[0]), await trainerOf(full, sizes[1])];
  assert.equal(await trainerOf(full, sizes[0]), small);
  assert.equal(await trainerOf(full, sizes[1]), large);
  const before = tf.memory().numTensors;
  await trainerOf(lora, sizes[0]);
  assert.notEqual(await trainerOf(full, sizes[0]), small);
  assert.notEqual(await trainerOf(full, sizes[1]), large);
  assert.equal(tf.memory().numTensors, before, "what was made again replaced what was gone");
  session.dispose();
});

Deno.test("a session tries again what failed", async () => {
  const folder = await Deno.makeTempDir(), environment: Record<string, string> = { LOWRANK_CACHE: folder, PATH: "" };
  const session = createSession({ environment });
  await assert.rejects(session.model("minilm-l6"), { name: "AssetError", message: /^Cannot obtain minilm-l6 / });
  delete environment.LOWRANK_CACHE;
  Object.assign(environment, Deno.env.toObject());
  const model = await session.model("minilm-l6");
  assert.equal(model.encoder.config.width, 384);
  assert.equal(await session.model("minilm-l6"), model);
  await Deno.remove(folder, { recursive: true });
});

engineTest("versions names the library and its threads", async () => {
  const { tensorflow, threads } = await createSession({ threads: 2 }).versions;
  assert.match(tensorflow, /^2\.\d+\.\d+/);
  assert.equal(threads, 2);
});
