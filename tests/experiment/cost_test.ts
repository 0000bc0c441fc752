import assert from "node:assert/strict";
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import { distinctRuns, expectedSeconds, forecastRun, forecastRuns } from "../../lib/experiment/cost.ts";
import { gpus, gpuSeconds } from "../../lib/experiment/cost_gpu.ts";
import { solveRates, solveShapes } from "../../lib/experiment/cost_measure.ts";
import { memoryOf, memoryOfRuns } from "../../lib/experiment/cost_memory.ts";
import { passSeconds, productRate } from "../../lib/experiment/cost_rates.ts";
import { shapesOf } from "../../lib/experiment/cost_shapes.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { fakeRates as rates } from "../support/fake_rates.ts";

const config = (method: "full" | "lora" = "lora", more: Partial<RunConfigInput> = {}) =>
  resolveConfig({
    task: { trainRows: 320, validationRows: 64, testRows: 128 },
    attack: { name: "none" },
    method: { name: method },
    train: { epochs: 1, batchSize: 32, learningRate: 1e-4 },
    seed: 1,
    ...more,
  });
const train = (more: Partial<RunConfigInput["train"]>) => ({ train: { epochs: 1, batchSize: 32, learningRate: 1e-4, ...more } });
const close = (actual: number, expected: number) => assert.ok(Math.abs(actual / expected - 1) < 1e-9, `${actual} is not ${expected}`);

Deno.test("passSeconds() adds the four amounts, each by its rate", () => {
  const work = { flops: 2e9, activations: 3e6, weights: 4e6, layers: 7 };
  close(passSeconds(work, 384, "lora", "step", rates), 2e9 / 2e11 + 3e6 * 1e-9 + 4e6 * 2e-9 + 7 * 1e-3);
});

Deno.test("productRate() lies between measured widths and is the nearest one's outside", () => {
  const measured = { flopsPerSecond: { 1024: 3e11, 256: 1e11 } };
  assert.deepEqual([128, 256, 1024, 4096].map((width) => productRate(measured, width)), [1e11, 1e11, 3e11, 3e11]);
  close(productRate(measured, 512), 2e11);
});

Deno.test("solveRates() finds the rates that made the probes' times", () => {
  const known = { perActivation: 1.5e-9, perWeight: 2.5e-9, perLayer: 6e-4 }, flopsPerSecond = 2e11;
  const works = [
    { flops: 0, activations: 0, weights: 0, layers: 4 },
    { flops: 1e7, activations: 0, weights: 5e6, layers: 4 },
    { flops: 2e9, activations: 4e7, weights: 5e6, layers: 4 },
  ];
  const solved = solveRates(
    works.map((work) => {
      const seconds = work.flops / flopsPerSecond + work.activations * known.perActivation + work.weights * known.perWeight +
        work.layers * known.perLayer;
      return { work, timing: { seconds, firstSeconds: 0 } };
    }),
    flopsPerSecond,
  );
  for (const [name, rate] of Object.entries(known)) close(solved[name as keyof typeof known], rate);
});

Deno.test("solveRates() has no negative rates where the probes were disturbed", () => {
  const work = { flops: 1e9, activations: 1e6, weights: 1e6, layers: 4 }, timing = { seconds: 1e-3, firstSeconds: 5e-4 };
  const { perActivation, perWeight } = solveRates([1, 2, 3].map(() => ({ work, timing })), 1e9);
  assert.deepEqual([perActivation, perWeight], [0, 0]);
});

Deno.test("solveShapes() takes compiling for what a shape that is known already saves", () => {
  const measured = (firstSeconds: number) => ({ work: { flops: 0, activations: 0, weights: 0, layers: 4 }, timing: { seconds: 0.1, firstSeconds } });
  const { perLayer, once } = solveShapes(measured(1.3), measured(0.3));
  close(perLayer, 0.05);
  close(once, 1);
  assert.deepEqual(solveShapes(measured(0.09), measured(0.09)), { perLayer: 0, once: 0 });
});

Deno.test("forecastRun() grows with epochs, rows, length and a second evaluation", () => {
  const seconds = (more: Partial<RunConfigInput>) => forecastRun(config("lora", more), rates).seconds, one = seconds({});
  close(seconds(train({ epochs: 3 })).train, 3 * one.train);
  close(seconds(train({ epochs: 3 })).evaluate, one.evaluate);
  assert.ok(seconds({ task: { trainRows: 640, validationRows: 64, testRows: 128 } }).train > 1.5 * one.train); // more rows are padded less
  assert.ok(seconds({ evaluate: { changes: [{ kind: "trigger" }] } }).evaluate > 2 * one.evaluate); // longer by the trigger
  assert.ok(seconds(train({ maxLength: 16 })).train < one.train);
  close(one.total, one.train + one.evaluate + one.traces);
});

Deno.test("forecastRuns(): a shape of batch is traced by the first run of its kind alone", () => {
  const [first, again, other] = forecastRuns([config(), config("lora", { seed: 2 }), config("full")], rates);
  assert.ok(first.seconds.traces > 0);
  assert.equal(again.seconds.traces, 0);
  assert.ok(other.seconds.traces > 0 && other.seconds.traces < first.seconds.traces); // traced again, but compiled already
  assert.equal(again.seconds.train, first.seconds.train);
});

Deno.test("forecastRuns() takes each run's rates by its precision", () => {
  const other = { ...rates, precision: "bf16", flopsPerSecond: { 384: 1e15 } } as const;
  assert.equal(forecastRun(config(), [other, rates]).seconds.total, forecastRun(config(), rates).seconds.total);
  assert.throws(() => forecastRun(config(), other), {
    name: "RangeError",
    message: "Cannot forecast the run as there must be rates for its precision, of bf16: f32",
  });
});

Deno.test("distinctRuns() has each run once, seed by seed", () => {
  const configs = selectExperiments(["fig-a1", "fig-a6"]).flatMap((experiment) => experiment.configs(profileNamed("quick")));
  const runs = distinctRuns(configs);
  assert.equal(runs.length, configs.length / 2);
  assert.deepEqual([...new Set(runs.map(({ seed }) => seed))], [1, 2, 3]);
});

Deno.test("expectedSeconds() is a run's own forecast within its sweep, and alone where it is not part of it", () => {
  const configs = [config(), config("lora", { seed: 2 })], seconds = expectedSeconds(configs, rates), forecasts = forecastRuns(configs, rates);
  assert.deepEqual(configs.map(seconds), forecasts.map((forecast) => forecast.seconds.total));
  assert.equal(seconds(config("full")), forecastRun(config("full"), rates).seconds.total);
});

Deno.test("shapesOf() has every row once an epoch, in lengths that batches may have", () => {
  const { train: shapes, evaluate } = shapesOf(config("lora", { ...train({ epochs: 2 }), evaluate: { changes: [{ kind: "trigger" }] } }));
  assert.equal(shapes.reduce((sum, { n, count }) => sum + n * count, 0), 2 * 320);
  assert.equal(evaluate.reduce((sum, { n, count }) => sum + n * count, 0), 2 * 128);
  assert.ok(shapes.every(({ t }) => t >= 12 && t <= 96));
});

Deno.test("memoryOf() is near what the published records of the quick profile took", () => {
  const quick = selectExperiments(["fig-a2"])[0].configs(profileNamed("quick"), [1]);
  const bytes = memoryOfRuns(quick.map(shapesOf), 3.8e8);
  assert.ok(bytes > 1.5e9 && bytes < 2.8e9, String(bytes));
});

Deno.test("memoryOf(): full fine-tuning holds moments, longer rows more activations, and the parts are the whole", () => {
  const [lora, full] = (["lora", "full"] as const).map((method) => memoryOf(shapesOf(config(method)), 4e8));
  assert.ok(full.weights > lora.weights);
  assert.equal(lora.total, lora.fixed + lora.weights + lora.activations + lora.traces);
  const long = memoryOf(
    shapesOf(config("lora", { task: { dataset: "imdb", trainRows: 320, validationRows: 64, testRows: 128 }, ...train({ maxLength: 256 }) })),
    4e8,
  );
  assert.ok(long.activations > 2 * lora.activations);
});

Deno.test("memoryOf() counts the sums that a low-rank method forms: of each such method, and of the adapted modules alone", () => {
  const shapes = shapesOf(config());
  const weights = (name: "lora" | "pissa", targets: "all" | "qv") =>
    memoryOf({ ...shapes, architecture: { ...shapes.architecture, method: { name, rank: 8, targets } } }, 4e8).weights;
  assert.equal(weights("pissa", "qv"), weights("lora", "qv"));
  assert.ok(weights("lora", "all") - weights("lora", "qv") > 4 * 6 * 10 * 384 ** 2); // a layer has the weights of 12 squares, query and value are 2
});

Deno.test("memoryOfRuns() counts weights of a kind once and activations of the largest", () => {
  const [lora, full] = (["lora", "full"] as const).map((method) => shapesOf(config(method)));
  assert.equal(memoryOfRuns([lora, lora], 4e8), memoryOf(lora, 4e8).total);
  assert.ok(memoryOfRuns([lora, full], 4e8) < memoryOf(lora, 4e8).total + memoryOf(full, 4e8).total);
});

Deno.test("shapesOf() counts the batches of a run that a limit on steps ends, and evaluates by its own length", () => {
  const steps = (more: Partial<RunConfigInput["train"]>) => shapesOf(config("lora", train(more))).train.reduce((sum, { count }) => sum + count, 0);
  assert.deepEqual([{ maxSteps: 3 }, { epochs: 4, maxSteps: 25 }, { epochs: 4, maxSteps: 30 }, { epochs: 4 }].map(steps), [3, 25, 30, 40]);
  const { train: read, evaluate } = shapesOf(config("lora", { evaluate: { maxLength: 16 } }));
  assert.ok(evaluate.every(({ t }) => t <= 16) && read.some(({ t }) => t > 16));
});

Deno.test("shapesOf() counts the rows that choose between epochs, after each", () => {
  const train = { epochs: 3, batchSize: 16, learningRate: 1e-3 }, task = { trainRows: 64, validationRows: 32, testRows: 64 };
  const rowsOf = (checkpoint?: "bestDev") => {
    const { evaluate } = shapesOf(
      resolveConfig({ task, attack: { name: "none" }, method: { name: "lora" }, train: { ...train, checkpoint }, seed: 1 }),
    );
    return evaluate.reduce((sum, { n, count }) => sum + n * count, 0);
  };
  assert.ok(rowsOf("bestDev") >= rowsOf() + 3 * 32, "and filler");
});

Deno.test("gpuSeconds() of the paper's runs: less than here on every GPU, and the less the faster it is", () => {
  const [{ configs }] = selectExperiments(["fig-a1"]), runs = configs(profileNamed("paper"), [1]).filter(({ task }) => task.dataset === "qnli");
  const seconds = gpus.map((gpu) => gpuSeconds(runs, gpu)), here = forecastRuns(runs, rates).reduce((sum, { seconds }) => sum + seconds.total, 0);
  assert.ok([here, ...seconds].every((value, i, all) => i === 0 || value < all[i - 1]), String([here, ...seconds]));
  assert.ok(memoryOfRuns(runs.map(shapesOf), rates.startBytes) > 4e9); // weights, gradients, moments of 335 million parameters
});
