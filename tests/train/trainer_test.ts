import assert from "node:assert/strict";
import { createTrainer } from "../../lib/train/trainer.ts";
import { digestTensors } from "../../lib/model/safetensors.ts";
import { assertClose } from "../support/close.ts";
import { caseNames, goldenAdapter, goldenBatch, readGolden, tinyEncoder } from "../support/golden.ts";
import { engineTest, leaksNothing, registeredFunctions } from "../support/tensorflow.ts";
import { tf } from "../../lib/tensor/tf.ts";

const encoder = tinyEncoder(), golden = readGolden("tiny"), batches = golden.batches.map(goldenBatch);
const options = (step: number, learningRate = 1e-2) => ({ step, learningRate, weightDecay: 0.01 });
const trainerOf = (name: (typeof caseNames)[number], dropout?: number) => {
  const adapter = goldenAdapter(encoder, golden.cases[name]);
  return { adapter, trainer: createTrainer(encoder.config, adapter, { dropout }) };
};

for (const name of caseNames) {
  engineTest(`a trainer moves what it trains, learns eight examples by heart, and nothing else moves: ${name}`, async (engine) => {
    const frozen = digestTensors(encoder.weights);
    await leaksNothing(engine, async () => {
      const { adapter, trainer } = trainerOf(name), losses: number[] = [];
      const rate = name === "full" ? 3e-3 : 1e-2;
      for (let step = 0; step < 120; step++) losses.push(await trainer.step(batches[step % 2], options(step, rate)));
      assert(Math.min(...losses.slice(0, 2)) > 0.5 && Math.max(...losses.slice(-2)) < 0.05, `${losses.slice(0, 2)} -> ${losses.slice(-2)}`);
      for (const batch of batches) {
        const logits = await trainer.logits(batch);
        batch.labels.forEach((label, row) => assert(logits[2 * row + label] > logits[2 * row + 1 - label]));
      }
      const weights = trainer.weights();
      assert.deepEqual([...weights.keys()], [...adapter.trained.keys()]);
      for (const [tensor, { data }] of weights) assert.notDeepEqual(data, adapter.trained.get(tensor)!.data, tensor);
      // With the trained tensors back, the model is the one before: the others never moved.
      const before = trainerOf(name).trainer, expected = await before.logits(batches[1]);
      before.dispose();
      trainer.restore(new Map([...trainer.state()].map(([tensor, value]) => [tensor, adapter.trained.get(tensor) ?? value])));
      assert.deepEqual(await trainer.logits(batches[1]), expected);
      trainer.dispose();
    });
    assert.equal(digestTensors(encoder.weights), frozen);
  });
}

engineTest("a trainer's tensors do not grow in number with its steps", async (engine) => {
  const { trainer } = trainerOf("lora", 0.1);
  await trainer.step(batches[0], options(0));
  await trainer.logits(batches[0]);
  const alive = () => [tf.memory().numTensors, engine.count()], before = alive();
  for (let step = 1; step < 13; step++) await trainer.step(batches[0], options(step));
  await trainer.logits(batches[0]);
  trainer.state();
  assert.deepEqual(alive(), before);
  trainer.dispose();
});

engineTest("a disposed trainer leaves no function behind but kernels that the next one of its shapes uses", async (engine) => {
  const before = await registeredFunctions(engine, "lowrank"), kernels: string[][] = [];
  for (const name of ["lora", "full", "lora"] as const) {
    const { trainer } = trainerOf(name);
    await trainer.step(batches[0], options(0));
    await trainer.logits(batches[0]);
    await trainer.gradients(batches[0]);
    assert.equal((await registeredFunctions(engine, "lowrank")).length, before.length + 3);
    trainer.dispose();
    assert.deepEqual(await registeredFunctions(engine, "lowrank"), before);
    kernels.push(await registeredFunctions(engine, "lowrank_fused"));
  }
  assert.ok(kernels[0].length > 0);
  assert.deepEqual(kernels[2], kernels[1]);
});

engineTest("reset() starts over: the same steps give the same bytes", async () => {
  const { adapter, trainer } = trainerOf("loraQueryValue", 0.2);
  const run = async () => {
    trainer.reset(adapter);
    const losses: number[] = [];
    for (let step = 0; step < 4; step++) losses.push(await trainer.step(batches[step % 2], { ...options(step), seeds: [step, 7] }));
    return { losses, digest: digestTensors(trainer.state()) };
  };
  const first = await run();
  assert.deepEqual(await run(), first);
  trainer.dispose();
});

engineTest("reset() takes a head of another seed and gives a head back", async () => {
  const { adapter, trainer } = trainerOf("lora"), logits = await trainer.logits(batches[0]);
  const other = new Map(adapter.fixed).set("classifier.bias", { shape: [2], data: Float32Array.of(1, 2) });
  trainer.reset({ ...adapter, fixed: other });
  assertClose(await trainer.logits(batches[0]), logits.map((x, k) => x + 1 + k % 2), 1e-6);
  trainer.reset(adapter);
  assert.deepEqual(await trainer.logits(batches[0]), logits);
  trainer.dispose();
});

engineTest("reset() and restore() refuse tensors that do not fit", () => {
  const { adapter, trainer } = trainerOf("loraQueryValue"), full = goldenAdapter(encoder, golden.cases.full);
  assert.throws(() => trainer.reset(full), { name: "TypeError", message: /^Cannot reset the trainer as there must be \d+ tensors: \d+$/ });
  const state = trainer.state(), [name, value] = [...state][0];
  assert.throws(() => trainer.restore(new Map([...state].slice(1)).set("other", value)), {
    name: "TypeError",
    message: `Cannot restore the checkpoint as tensor "${name}" must be there: it is missing`,
  });
  assert.throws(() => trainer.restore(new Map(state).set(name, { shape: [1], data: new Float32Array(1) })), {
    name: "TypeError",
    message: `Cannot restore the checkpoint as the shape of "${name}" must be [${value.shape}]: [1]`,
  });
  const before = digestTensors(state), moved = new Map([...state].map(([key, { shape, data }]) => [key, { shape, data: data.map((x) => x + 1) }]));
  const last = [...state.keys()].at(-1)!;
  assert.throws(() => trainer.restore(moved.set(last, { shape: [1], data: new Float32Array(1) })), { name: "TypeError" });
  assert.equal(digestTensors(trainer.state()), before, "a refused state moves nothing");
  trainer.reset(adapter);
  trainer.dispose();
});

engineTest("rows of weight 0 change neither loss nor gradients", async () => {
  const { trainer } = trainerOf("full"), batch = batches[0], { t } = batch;
  const whole = await trainer.gradients(batch);
  const filled = await trainer.gradients({
    n: batch.n + 2,
    t,
    ids: Int32Array.from([...batch.ids, ...new Int32Array(2 * t)]),
    mask: Float32Array.from([...batch.mask, ...Array.from({ length: 2 * t }, (_, i) => Number(i % t === 0))]),
    labels: Int32Array.from([...batch.labels, 1, 0]),
    weights: Float32Array.from([...batch.weights, 0, 0]),
    rows: Int32Array.from([...batch.rows, -1, -1]),
  });
  assertClose(filled.loss, whole.loss, 1e-7);
  for (const [name, { data }] of whole.gradients) assertClose(filled.gradients.get(name)!.data, data, 1e-7, name);
  trainer.dispose();
});

engineTest("dropout hangs on the step's seeds, and prediction has none", async () => {
  const { adapter, trainer } = trainerOf("lora", 0.5), plain = trainerOf("lora").trainer;
  const loss = async (seeds: [number, number]) => {
    trainer.reset(adapter);
    return await trainer.step(batches[0], { ...options(0), seeds });
  };
  const first = await loss([1, 2]);
  assert.equal(await loss([1, 2]), first);
  assert.notEqual(await loss([1, 3]), first);
  assert.notEqual(await plain.step(batches[0], options(0)), first);
  trainer.reset(adapter);
  plain.reset(adapter);
  assert.deepEqual(await trainer.logits(batches[0]), await plain.logits(batches[0]));
  trainer.dispose();
  plain.dispose();
});
