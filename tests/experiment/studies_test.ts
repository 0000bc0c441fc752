/** Studies end to end on the tiny encoder: against the run that they watch, and against the numbers' definitions. */
import assert from "node:assert/strict";
import { createAdapter } from "../../lib/adapter/create.ts";
import { metricsOf } from "../../lib/evaluate/metrics.ts";
import { executeRun } from "../../lib/experiment/execute.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createSession } from "../../lib/experiment/session.ts";
import { cosinesOf } from "../../lib/experiment/studies/angles.ts";
import { factorsOf } from "../../lib/experiment/studies/factors.ts";
import { spreadOf } from "../../lib/experiment/studies/fisher.ts";
import { alignment, driftFrom, overScores } from "../../lib/experiment/studies/kernels.ts";
import { linearisedScores } from "../../lib/experiment/studies/linearised.ts";
import { groupOf } from "../../lib/experiment/studies/modules.ts";
import { scoresAt } from "../../lib/experiment/studies/scores.ts";
import { createKernelPool } from "../../lib/experiment/studies/pool.ts";
import { openScene } from "../../lib/experiment/studies/scene.ts";
import { distancesBetween } from "../../lib/experiment/studies/weight_space.ts";
import { createWalk } from "../../lib/experiment/studies/walk.ts";
import { measure } from "../../lib/experiment/study_execute.ts";
import { type ResultOf, StudyResult } from "../../lib/experiment/study_record.ts";
import { resolveStudy, type StudyInput } from "../../lib/experiment/study_schema.ts";
import { matrixOf } from "../../lib/math/matrix.ts";
import { createRng } from "../../lib/math/random.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import { fit } from "../../lib/train/fit.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { assertClose } from "../support/close.ts";
import { tinyEncoder } from "../support/golden.ts";
import { explicitJacobian, tinySequences } from "../support/tangents.ts";
import { tinyRun, tinySession } from "../support/tiny_session.ts";
import { engineTest } from "../support/tensorflow.ts";

const full = { name: "full" } as const, lora = { name: "lora", rank: 3, alpha: 6 } as const;

/** One bench for all studies, as in a sweep: what was traced for one is used by the next. */
const bench = { session: tinySession(), pool: createKernelPool(2) };

async function study<Name extends StudyInput["study"]>(input: StudyInput & { study: Name }): Promise<ResultOf<Name>> {
  const result = await measure(bench, resolveStudy(input));
  assert.deepEqual(StudyResult.parse(JSON.parse(JSON.stringify(result))), result, "it survives its file");
  return result as ResultOf<Name>;
}

engineTest("a walk is fit(), step for step, whatever its stops", async () => {
  const run = resolveConfig(tinyRun()), session = tinySession(), scene = await openScene(session, run);
  const trainer = await session.trainer(scene.encoder, scene.adapter, run), rng = createRng(run.seed);
  const { stepLoss } = await fit(trainer, scene.poisoned, { ...run.train, rng });
  trainer.reset(scene.adapter);
  const walk = createWalk(trainer, scene.poisoned, run.train, scene.rng), losses: number[] = [];
  for (const step of [0, 3, 3, 10]) losses.push(...await walk.to(step));
  assert.deepEqual([walk.at, walk.steps, losses], [10, 10, stepLoss]);
  await assert.rejects(walk.to(4), { name: "RangeError", message: "Cannot go on as the step must be from 10 to 10: 4" });
});

engineTest("twins: the poisoned one is the run itself, the clean one the run without attack, in lockstep", async () => {
  for (const method of [full, lora]) {
    const { checkpoints, clean, poisoned, start, steps } = await study({ study: "twins", run: tinyRun({ method }), rows: 8, checkpoints: 4 });
    assert.deepEqual([steps, checkpoints.map(({ step }) => step)], [10, [3, 5, 8, 10]]);
    const run = resolveConfig(tinyRun({ method })), folder = await Deno.makeTempDir();
    const context = {
      key: "k",
      digests: { data: "d", weights: "w" },
      checkpointFolder: folder,
      onProgress() {},
      signal: new AbortController().signal,
    };
    const alone = await executeRun(bench.session, run, context);
    const twin = await executeRun(bench.session, resolveConfig({ ...run, attack: { name: "none" }, variant: undefined }), context);
    assert.deepEqual([poisoned.clean, poisoned.changed], [alone.result.clean, alone.result.changed]);
    assert.deepEqual([clean.clean, clean.changed], [twin.result.clean, twin.result.changed]);
    const last = alone.result.history.stepLoss.slice(8);
    assertClose(checkpoints[3].poisonedLoss, (last[0] + last[1]) / 2, 1e-12);
    for (const { all, matched, groups } of checkpoints) {
      assert(all.apart > 0 && all.apart < 2 * all.moved && matched.moved <= all.moved);
      assertClose(Math.hypot(...Object.values(groups).map(({ apart }) => apart)), all.apart, 1e-9);
      assert.equal("vectors" in groups, method.name === "full");
    }
    assert(start.information.resolved > 0 && start.kernelTrace > 0 && start.meanDistance > 0);
    await Deno.remove(folder, { recursive: true });
  }
});

engineTest("distances are those of merged weights, not of factors", () => {
  const encoder = tinyEncoder(),
    method = resolveConfig(tinyRun()).method,
    adapter = createAdapter(method, encoder, { classes: 2, head: "frozen" }, createRng(1));
  const drawn = (seed: number, turn = 1): Map<string, StoredTensor> =>
    new Map([...adapter.trained].map(([name, { shape, data }]) => {
      const rng = createRng(seed).fork(name), sign = name.endsWith("_A") ? turn : 1 / turn;
      return [name, { shape, data: data.map(() => sign * rng.normal()) }];
    }));
  const model = { adapter, method }, first = drawn(1);
  const same = distancesBetween(model, first, drawn(1, 4)); // A four times, B a fourth: the same product
  assert(same.all.apart < 1e-5 * same.all.moved, `${same.all.apart}`);
  const { groups } = distancesBetween(model, first, drawn(2)),
    name = "pooler.dense",
    [a, b] = ["lora_A", "lora_B"].map((part) => first.get(`${name}.${part}`)!);
  const [rank, size] = a.shape,
    squares = Array.from({ length: b.shape[0] * size }, (_, at) => {
      const [row, col] = [Math.floor(at / size), at % size];
      return (2 * Array.from({ length: rank }, (_, q) => b.data[row * rank + q] * a.data[q * size + col]).reduce((x, y) => x + y)) ** 2;
    });
  assertClose(groups.pooler.moved, Math.sqrt(squares.reduce((x, y) => x + y)), 1e-4);
});

engineTest("course: at the start no drift and no B B^T part, later both; the kernel agrees with the rows' own gradients", async () => {
  const watched = { study: "course", rows: 10, fisherRows: 6, checkpoints: [0, 0.5, 1], linearised: true } as const;
  const adapted = await study({ ...watched, run: tinyRun(), aligned: true }), whole = await study({ ...watched, run: tinyRun({ method: full }) });
  for (const { points, linearised } of [adapted, whole]) {
    assert.deepEqual(points.map(({ step }) => step), [0, 5, 10]);
    assert.deepEqual([points[0].drift, points[0].trainingLoss], [{ all: 0, matched: 0 }, NaN]);
    assert(points.slice(1).every(({ drift, trainingLoss }) => drift.all > 0 && drift.matched > 0 && trainingLoss > 0));
    for (const { fisher, all, step } of points) {
      assert(fisher!.identity < 1e-4, `step ${step}: ${fisher!.identity}`);
      assertClose(all.bitsTrace, all.meanEigenvalue * 10 / 2, 1e-6 * all.bitsTrace);
    }
    assert(linearised!.accuracy > 0 && linearised!.agreement > 0);
  }
  assert.equal(adapted.points[0].shares.loraA, 0);
  assert(adapted.points[2].shares.loraA > 0 && adapted.points[2].factors!.b.trace > 0 && adapted.points[0].factors!.b.trace === 0);
  assert(adapted.alignment!.all > 0 && adapted.alignment!.all <= 1 && whole.alignment === null && whole.points[0].factors === null);
  assert.deepEqual(adapted.points[0].all, adapted.points[0].matched);
  assert(whole.points[0].all.bitsTrace > whole.points[0].matched.bitsTrace);

  const frozen = await study({ study: "course", rows: 6, run: tinyRun({ method: { ...lora, trainA: false } }) });
  assert.deepEqual(frozen.points[0].factors!.a, frozen.points[1].factors!.a);
  assert.equal(frozen.points[1].shares.loraA, 0);
});

engineTest("course: what it says at the end is what the run says", async () => {
  const { points, linearised } = await study({ study: "course", rows: 4, run: tinyRun(), linearised: true });
  const context = { key: "k", digests: { data: "d", weights: "w" }, checkpointFolder: "none", onProgress() {}, signal: new AbortController().signal };
  const { result } = await executeRun(bench.session, resolveConfig(tinyRun()), { ...context, checkpointFolder: await Deno.makeTempDir() });
  assert.equal(points[1].accuracy, metricsOf(result.clean).accuracy);
  assertClose(points[1].trainingLoss, result.history.epochLoss[1], 1e-12);
  assert(linearised!.agreement <= 1);
});

engineTest("linearisedScores() are f + J d", async () => {
  const encoder = tinyEncoder(), sequences = tinySequences(5);
  for (const method of [{ name: "full" } as const, { ...resolveConfig(tinyRun()).method, rank: 3, alpha: 6 }]) {
    const adapter = createAdapter(method as never, encoder, { classes: 2, head: "frozen" }, createRng(1)), rng = createRng(2);
    const weights = new Map([...adapter.trained].map(([name, { shape, data }]): [string, StoredTensor] => {
      const draws = rng.fork(name);
      return [name, { shape, data: data.map((x) => x + 0.01 * draws.normal()) }];
    }));
    const trainer = createTrainer(encoder.config, adapter), scores = await linearisedScores(trainer, adapter, weights, sequences);
    const jacobian = explicitJacobian({ config: encoder.config, adapter, method: method as never }, sequences);
    trainer.reset(adapter);
    const start = await scoresAt(trainer, sequences);
    const expected = start.map((score, row) =>
      [...jacobian].reduce((sum, [name, { cols, data }]) => {
        const [from, to] = [adapter.trained.get(name)!.data, weights.get(name)!.data];
        return sum + to.reduce((inner, x, i) => inner + data[row * cols + i] * (x - from[i]), 0);
      }, score)
    );
    const moved = Math.max(...expected.map((x, i) => Math.abs(x - start[i])));
    assertClose(scores, expected, 0.01 * moved, method.name);
    trainer.dispose();
  }
});

engineTest("angles: at the start alone nothing is trained; along the run its end is evaluated", async () => {
  const start = await study({ study: "angles", run: tinyRun(), rows: 8 });
  assert.deepEqual([start.points.length, start.evaluated], [1, null]);
  const { points, evaluated } = await study({ study: "angles", run: tinyRun(), rows: 8, checkpoints: [0, 0.3] });
  assert.deepEqual([points.map(({ step }) => step), points[0]], [[0, 3], start.points[0]]);
  assert.equal(evaluated!.changed.length, 1);
  for (const { total, product } of points) assert(Math.abs(total.asTrained) <= total.modulus && total.modulus <= 1 + 1e-6 && product > 0);
  assert(Object.keys(points[0].modules).every((name) => !name.includes("LayerNorm") && !name.includes("bias")));
});

engineTest("a study is the same again, and stops where it is told to", async () => {
  const twins = { study: "twins", run: tinyRun(), rows: 4, checkpoints: 2 } as const;
  assert.deepEqual(await study(twins), await study(twins));
  const abort = new AbortController(), onStep = (step: number) => step === 3 && abort.abort(new Error("enough"));
  await assert.rejects(measure(bench, resolveStudy(twins), { signal: abort.signal, onStep }), { message: "enough" });
});

engineTest("factorsOf() gives the eigenvalues of A^T A and B B^T", () => {
  const tensor = (rows: number[][]): StoredTensor => ({ shape: [rows.length, rows[0].length], data: Float32Array.from(rows.flat()) });
  const trained = new Map([["m.lora_A", tensor([[3, 0, 0], [0, 2, 0]])], ["m.lora_B", tensor([[0, 0], [0, 0], [0, 1], [0, 0]])]]);
  const { a, b } = factorsOf({ adapter: { trained, fixed: new Map() } as never })!;
  assertClose([a.trace, a.largest, a.smallest, a.logTrace], [13, 9, 4, Math.log(13)], 1e-9);
  assertClose([b.trace, b.largest, b.smallest, b.logTrace], [1, 1, 0, 0], 1e-9);
  assert.equal(factorsOf({ adapter: { trained: new Map(), fixed: new Map() } as never }), null);
});

Deno.test("kernels' measures: drift, sums over class scores, alignment", () => {
  const one = matrixOf([[1, 0.5], [0.5, 2]]);
  assertClose(driftFrom(one, matrixOf([[2, 1], [1, 4]])), 1, 1e-12);
  assertClose(alignment(one, one), 1, 1e-12);
  assertClose(alignment(one, matrixOf([[7, 0.5 + 3], [0.5 + 3, 2 + 3]])), 1, 1e-12); // two points, centred, are one direction
  assertClose(alignment(matrixOf([[1, 0, 0], [0, 1, 0], [0, 0, 0]]), matrixOf([[0, 0, 0], [0, 1, 0], [0, 0, 1]])), 0.7, 1e-12); // sums of H_ij^2, H = I - 1/3: 7/9 over 10/9
  assert.deepEqual([...overScores(matrixOf([[1, 9, 2, 9], [9, 3, 9, 4], [2, 9, 5, 9], [9, 4, 9, 6]]), 2).data], [4, 6, 6, 11]);
});

Deno.test("spreadOf() leaves zeros out and counts them", () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => i < 100 ? 0 : i - 99); // 1 ... 100
  assert.deepEqual(spreadOf([values.slice(0, 50), values.slice(50)]), { ratio: 100 / 51, zeros: 0.5 });
  assert.deepEqual(spreadOf([new Float64Array(3)]), { ratio: NaN, zeros: 1 });
});

Deno.test("cosinesOf() turns gradients of another label round, and leaves out gradients of 0", () => {
  const row = (label: number) => ({ ids: new Int32Array(1), label }), pair = (from: number, to: number) => ({ clean: row(from), triggered: row(to) });
  const found = cosinesOf({ cosines: Float64Array.of(0.5, -0.9, NaN) }, [pair(1, 1), pair(0, 1), pair(0, 1)]);
  assertClose([found.asTrained, found.sameLabel, found.modulus], [-0.2, 0.7, 0.7], 1e-12);
});

Deno.test("groupOf() tells tensors apart", () => {
  const names = {
    "embeddings.word_embeddings.weight": "embeddings",
    "embeddings.LayerNorm.weight": "vectors",
    "encoder.layer.0.attention.self.query.lora_A": "attention",
    "encoder.layer.0.attention.output.dense.weight": "attention",
    "encoder.layer.1.output.dense.weight": "feedForward",
    "encoder.layer.1.output.dense.bias": "vectors",
    "pooler.dense.lora_B": "pooler",
    "classifier.weight": "classifier",
  };
  for (const [name, group] of Object.entries(names)) assert.equal(groupOf(name), group, name);
});

Deno.test("a session of its own has what studies take", () => {
  assert.deepEqual(Object.keys(tinySession()).sort(), Object.keys(createSession()).sort());
});
