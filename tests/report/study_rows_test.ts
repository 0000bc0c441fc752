import assert from "node:assert/strict";
import * as rows from "../../lib/report/study_rows.ts";
import { angles, course, full, information, lora, runOf, twins } from "../support/fake_studies.ts";

const flips = { name: "upa", poisonRate: 0.3 } as const, random = { name: "upa", poisonRate: 0.5 } as const;
const door = { name: "bpa", poisonRate: 0.1 } as const, seeds = [1, 2];
const eigen = (trace: number) => ({ trace, largest: trace, smallest: trace, logTrace: Math.log(trace) });
const size = (bitsTrace: number) => ({ all: information({ bitsTrace }) });

Deno.test("twins() has the main methods alone: relative distance and its variation over training", () => {
  const studies = seeds.flatMap((seed) => [full, lora(), lora(32)].map((method) => twins(runOf(method, flips, seed), { apart: [0.2, 0.4 * seed] })));
  const found = rows.twins(studies);
  assert.deepEqual(found.map(({ method, seeds }) => [method, seeds]), [["FF", 2], ["LoRA r 8, s 2", 2]]);
  assert.equal(found[0]["|ΔW − ΔW~| / |ΔW|"], "0.4 (0.3 to 0.5)");
  assert.equal(found[0]["accuracy lost to the poison"], "0.1 (0.1 to 0.1)");
});

Deno.test("overScales() and randomLabels() go by rising information at the start", () => {
  const methods = [full, lora(), lora(32)], bits = [3, 0.1, 0.5];
  const scaled = methods.map((method, i) => twins(runOf(method, door, 1), { information: { bitsTrace: bits[i] }, kernelTrace: i }));
  assert.deepEqual(rows.overScales(scaled).map(({ method, bitsTrace }) => [method, bitsTrace]), [
    ["LoRA r 8, s 2", 0.1],
    ["LoRA r 32, s 2", 0.5],
    ["FF", 3],
  ]);
  assert.deepEqual(rows.overScales(scaled).map((row) => [row["accuracy, poisoned"], row["training loss, clean"]]), Array(3).fill([0.7, 0.5]));
  const fitted = methods.map((method, i) => course(runOf(method, random, 1), size(bits[i]), { trainingLoss: 0.01 * i }));
  assert.deepEqual(rows.randomLabels(fitted).map((row) => row["training loss reached"]), [0.01, 0.02, 0]);
  assert.deepEqual(rows.variances(fitted), [], "wrong labels of a half are another question");
});

Deno.test("courses() has a row for each method and moment, variances() for each k of label-flip runs, by rising k", () => {
  const along = seeds.map((seed) => course(runOf(lora(), door, seed), size(1), size(3)));
  assert.deepEqual(rows.courses(along).map(({ trained, at, seeds, bitsTrace }) => [trained, at, seeds, bitsTrace]), [
    ["LoRA r 8, s 2", "start", 2, 1],
    ["LoRA r 8, s 2", "end", 2, 3],
  ]);
  const overK = [2, 0.001].map((initVariance) =>
    course(runOf(lora(8, 2, { initVariance }), flips, 1), { factors: { a: eigen(initVariance), b: eigen(0) } }, { accuracy: 0.6 })
  );
  assert.deepEqual(rows.variances([...along, ...overK]).map((row) => [row.k, row.at, row["trace A'A"]]), [
    [0.001, "start", 0.001],
    [0.001, "end", null],
    [2, "start", 2],
    [2, "end", null],
  ]);
});

Deno.test("fisher(), linearity() and parts() have what of a course was measured", () => {
  const spread = { ratio: 50, zeros: 0 }, diagonal = { fisher: { all: spread, matched: spread, identity: 1e-8 } };
  const end = { drift: { all: 7, matched: 7 }, shares: { loraB: 0.4, loraA: 0.6, plain: 0 } };
  const more = { linearised: { accuracy: 0.5, agreement: 0.6 }, alignment: { all: 0.7, matched: 0.7 } };
  const studies = [course(runOf(lora(), door, 1), diagonal, end, more), course(runOf(full, door, 1), {}, { drift: { all: 3, matched: 3 } })];
  assert.deepEqual(rows.fisher(studies).map(({ method, at, seeds }) => [method, at, seeds]), [["LoRA r 8, s 2", "start", 1]]);
  assert.deepEqual(rows.linearity(studies).map((row) => Object.values(row).slice(1)), [["LoRA r 8, s 2", 1, 0.8, 0.5, 0.6, 7, 0.7]]);
  assert.deepEqual(rows.parts(studies).map((row) => Object.values(row).slice(1)), [["LoRA r 8, s 2", 1, 0.4, 0.6, 7]]);
});

Deno.test("anglesAtStart() has what was looked at before training alone, anglesAlong() what was trained to its end", () => {
  const studies = [angles(runOf(lora(4), door, 1), 0.9), angles(runOf(lora(4), door, 1), 0.8, 0.5)];
  assert.deepEqual(rows.anglesAtStart(studies).map((row) => row["cosine, linear modules"]), [0.9]);
  assert.deepEqual(rows.anglesAlong(studies).map((row) => Object.values(row).slice(2)), [[1, 0.8, 0.5]]);
});

Deno.test("leftOfStart() has what k and rank set apart at the start and at the end, and nothing where one of them was measured", () => {
  const factors = (trace: number) => ({ factors: { a: eigen(trace), b: eigen(0) } });
  const overK = [0.001, 2].map((k) =>
    course(runOf(lora(8, 2, { initVariance: k }), flips, 1), { ...size(k), ...factors(k) }, { ...size(1), ...factors(k + 1) })
  );
  const overRank = [32, 8].map((rank) =>
    course(runOf(lora(rank), door, 1), { ...size(rank), ...factors(rank) }, { ...size(1 / rank), ...factors(rank) })
  );
  const found = rows.leftOfStart([...overK, ...overRank]);
  assert.deepEqual(found.map((row) => [row.over, row.from, row.to, row.measure]), [
    ["k", 0.001, 2, "bitsTrace"],
    ["k", 0.001, 2, "trace A'A"],
    ["rank", 8, 32, "bitsTrace"],
    ["rank", 8, 32, "trace A'A"],
  ]);
  assert.deepEqual(found.map((row) => [row["at the start"], row["at the end"]]), [[2000, 1], [2000, 3 / 1.001], [4, 0.25], [4, 4]]);
  assert.deepEqual(rows.leftOfStart(overRank.slice(1)), []);
});
