/** Deciders of studies on planted results: a planted effect is found, its opposite is not, nothing is null. */
import assert from "node:assert/strict";
import { ledger } from "../../lib/claims/ledger.ts";
import { ledgerOf } from "../../lib/claims/ledger_of.ts";
import { decide } from "../../lib/claims/outcome.ts";
import { deciders } from "../../lib/claims/paper_a/deciders.ts";
import { studied } from "../../lib/claims/paper_a/studies.ts";
import { watch } from "../../lib/claims/watched.ts";
import type { CoursePoint, ResultOf, StudyRecord } from "../../lib/experiment/study_record.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { studies } from "../../lib/experiment/studies/grid.ts";
import { planStudies } from "../../lib/experiment/study_sweep.ts";
import { angles, course, full, information, lora, runOf, twins, type TwinsPlan } from "../support/fake_studies.ts";
import { wobble } from "./fake_runs.ts";

const seeds = [1, 2, 3, 4, 5], flips = { name: "upa", poisonRate: 0.3 } as const, door = { name: "bpa", poisonRate: 0.1 } as const;
const methods = [full, ...[4, 32, 128].flatMap((rank) => [0.5, 1, 2, 4].map((scale) => lora(rank, scale)))];
type Method = typeof methods[number];

function found(id: string, records: readonly StudyRecord[]) {
  const decider = deciders[id];
  assert.equal(decider.from, "studies", id);
  return decider.from === "studies" ? decide(decider.rule, watch(records), decider.leastSeeds) : null;
}
const verdict = (id: string, records: readonly StudyRecord[]) => found(id, records)?.verdict ?? null;

/** Both methods on two tasks under both attacks, LoRA's distance `excess` above FF's .3. */
const apart = (excess: number, shape = [0.2, 1, 1.8]) =>
  seeds.flatMap((seed) =>
    (["mr", "mr-order"] as const).flatMap((dataset) =>
      [flips, door].flatMap((attack) =>
        [full, lora()].map((method) => {
          const level = 0.3 + (method.name === "lora" ? excess : 0) + wobble("apart", seed, dataset, attack.name, method.name);
          return twins(runOf(method, attack, seed, dataset), { apart: shape.map((x) => x * level) });
        })
      )
    )
  );

/** Thirteen configurations, each with a plan by its place among them. */
const over = (attack: typeof flips | typeof door, plan: (place: number) => TwinsPlan) =>
  seeds.flatMap((seed) => methods.map((method, i) => twins(runOf(method, attack, seed), plan(i + wobble("over", seed, i)))));

/** Courses of both methods. */
const along = (
  start: (method: Method) => Partial<CoursePoint>,
  end: (method: Method) => Partial<CoursePoint>,
  { attack = door as Parameters<typeof runOf>[1], of = [full, lora()] as readonly Method[], more = {} } = {},
) => seeds.flatMap((seed) => of.map((method) => course(runOf(method, attack, seed), start(method), end(method), more)));

const drifting = (all: number) => () => ({ drift: { all, matched: all } });
const fisher = (ratio: number, identity: number) => () => ({ fisher: { all: { ratio, zeros: 0 }, matched: { ratio, zeros: 0 }, identity } });
/** The same course measured at other checkpoints, or otherwise. */
function fewer(record: StudyRecord, change: (points: readonly CoursePoint[]) => CoursePoint[]): StudyRecord {
  const { result } = record as StudyRecord & { readonly result: ResultOf<"course"> };
  return { ...record, result: { ...result, points: change(result.points) } };
}
const isLora = ({ name }: Method) => name === "lora";
const spectrum = (size: number) => ({
  all: information({ bitsTrace: size, renyiRaw: size, shannon: size, effectiveRank: size, largest: size }),
  matched: information({ bitsTrace: size, renyiRaw: size, shannon: size, largest: size }),
});
const eigen = (trace: number) => ({ trace, largest: trace, smallest: trace, logTrace: Math.log(trace) });

/** Label-flip runs over k whose A ends with these traces; the share of the A^T A part. */
const overK = (traces: readonly number[], share: number) =>
  seeds.flatMap((seed) =>
    [0.0001, 0.1, 2].map((initVariance, i) => {
      const end = { factors: { a: eigen(traces[i]), b: eigen(1) }, shares: { loraB: share, loraA: 1 - share, plain: 0 } };
      return course(runOf(lora(8, 2, { initVariance }), flips, seed), {}, end);
    })
  );

const shares = (loraA: number) => () => ({ shares: { loraB: 1 - loraA, loraA, plain: 0 } });
const capacity = (loss: (place: number) => number, bits: (place: number) => number) => {
  const place = (method: Method) => methods.indexOf(method);
  return along((method) => ({ all: spectrum(bits(place(method))).all }), (method) => ({ trainingLoss: loss(place(method)) }), {
    attack: { name: "upa", poisonRate: 0.5 },
    of: methods,
  });
};
const frozen = (drift: number) =>
  seeds.flatMap((seed) =>
    [true, false].map((trainA) => course(runOf(lora(8, 2, { trainA }), door, seed), {}, drifting(trainA ? 0.5 : drift + wobble("frozen", seed))()))
  );
const turned = (excess: number, slope: number) =>
  seeds.flatMap((seed) => [
    angles(runOf(full, door, seed), 0.5),
    ...[4, 8, 32, 128].map((rank, i) => angles(runOf(lora(rank), door, seed), 0.5 + excess - slope * i + wobble("angle", seed, rank) / 10)),
  ]);
const successes = (slope: number) =>
  seeds.flatMap((seed) =>
    [0.05, 0.1, 0.2].map((poisonRate, i) => {
      const modulus = 0.3 + 0.1 * i + 0.01 * seed;
      return angles(runOf(lora(), { name: "bpa", poisonRate }, seed), modulus, 0.5 + slope * (modulus - 0.45));
    })
  );

/** [claim, studies with the effect, its verdict, studies with the opposite, its verdict]. */
const planted: readonly (readonly [string, readonly StudyRecord[], string, readonly StudyRecord[], string])[] = [
  [
    "A-0-3",
    over(flips, (i) => ({ information: { bitsTrace: i, renyiRaw: i, effectiveRank: i }, accuracy: 0.4 + i / 100, cleanLoss: (i * 7) % 13 })),
    "reproduced",
    over(flips, (i) => ({ information: { bitsTrace: i, renyiRaw: i, effectiveRank: i }, accuracy: 0.7 - i / 100, cleanLoss: (i * 7) % 13 })),
    "not reproduced",
  ],
  [
    "A-1-2",
    over(door, (i) => ({ information: { renyiRaw: i }, accuracy: 0.7 - i / 100 })),
    "reproduced",
    over(door, (i) => ({ information: { renyiRaw: i }, accuracy: 0.4 + i / 100 })),
    "not reproduced",
  ],
  ["A-2.2-1", apart(0), "reproduced", apart(0, [0.95, 1, 1.05]), "not reproduced"],
  ["A-2.2-2", along(fisher(50, 0), fisher(30, 0)), "reproduced", along(fisher(2, 0), fisher(2, 0)), "not reproduced"],
  [
    "A-2.3-6",
    over(flips, (i) => ({ kernelTrace: i, apart: [i, 2 * i], accuracy: 0.7 - i / 100 })),
    "reproduced",
    over(flips, (i) => ({ kernelTrace: i, apart: [20 - i, 40 - 2 * i], accuracy: 0.4 + i / 100 })),
    "not reproduced",
  ],
  ["A-2.4-1", along(fisher(1, 1e-7), fisher(1, 1e-6)), "reproduced", along(fisher(1, 0.1), fisher(1, 0.1)), "not reproduced"],
  ["A-2.4-4", capacity((i) => 1 / (1 + i), (i) => 1 + i), "reproduced", capacity((i) => i, (i) => 1 + i), "not reproduced"],
  [
    "A-3.3-4",
    along((method) => spectrum(isLora(method) ? 1 : 2), (method) => spectrum(isLora(method) ? 1 : 2)),
    "reproduced",
    along((method) => spectrum(isLora(method) ? 2 : 1), (method) => spectrum(isLora(method) ? 2 : 1)),
    "not reproduced",
  ],
  [
    "A-3.3-5",
    capacity((i) => i === 3 ? 1e-4 : 0.5, (i) => 9 - i % 2 * (i ? 1 : 0)),
    "reproduced",
    capacity(() => 0.5, (i) => 1 + i),
    "not reproduced",
  ],
  ["A-3.3-6", apart(-0.1), "reproduced", apart(0.1), "not reproduced"],
  ["A-3.3-9", successes(-1), "reproduced", successes(1), "not reproduced"],
  ["A-3.3-10", turned(0.2, 0.01), "reproduced", turned(-0.2, -0.01), "not reproduced"],
  ["A-4.4.2-5", overK([1, 1.5, 2], 0.9), "reproduced", overK([0.001, 1, 20], 0.9), "not reproduced"],
  [
    "A-A.2-3",
    along(() => ({}), drifting(0.1), { more: { linearised: { accuracy: 0.79, agreement: 1 } } }),
    "reproduced",
    along(() => ({}), drifting(2), { more: { linearised: { accuracy: 0.79, agreement: 1 } } }),
    "not reproduced",
  ],
  ["A-C-1", along(() => ({}), shares(0.1), { of: [lora()] }), "reproduced", along(() => ({}), shares(0.6), { of: [lora()] }), "not reproduced"],
  ["A-C-6", frozen(0.3), "reproduced", frozen(0.7), "not reproduced"],
  [
    "A-D-1",
    along(() => ({}), drifting(0.1), { of: [lora()], more: { alignment: { all: 0.95, matched: 0.95 } } }),
    "reproduced",
    along(() => ({}), drifting(0.1), { of: [lora()], more: { alignment: { all: 0.3, matched: 0.3 } } }),
    "not reproduced",
  ],
];

Deno.test("every claim of studies has a planted effect here", () => {
  assert.deepEqual(planted.map(([id]) => id).sort(), Object.keys(studied).sort());
});

for (const [id, effect, expected, opposite, other] of planted) {
  Deno.test(`${id}: ${expected} where its effect is planted, ${other} where the opposite is, open without studies`, () => {
    assert.deepEqual([verdict(id, effect), verdict(id, opposite), verdict(id, [])], [expected, other, null]);
    assert.equal(found(id, effect)!.provisional, false);
  });
}

Deno.test("from fewer than five seeds a verdict is provisional; from one there is none unless configurations are what varies", () => {
  const few = apart(-0.1).filter(({ study }) => study.run.seed <= 3),
    one = (records: readonly StudyRecord[]) => records.filter(({ study }) => study.run.seed === 1);
  assert.deepEqual([found("A-3.3-6", few)!.verdict, found("A-3.3-6", few)!.provisional], ["reproduced", true]);
  assert.equal(found("A-3.3-6", one(few)), null);
  const correlated = found("A-1-2", one(planted.find(([id]) => id === "A-1-2")![1]))!;
  assert.deepEqual([correlated.verdict, correlated.provisional], ["reproduced", true]);
});

Deno.test("A-4.4.2-5 is partly found where the order over k is kept but the B B^T part decides", () => {
  assert.equal(verdict("A-4.4.2-5", overK([0.001, 1, 20], 0.2)), "partly");
});

Deno.test("A-2.2-2 and A-2.4-1 match courses of one configuration by step, and count those alone that have the Fisher diagonal there", () => {
  const [first, second, third, ...others] = along(fisher(50, 0), fisher(30, 0), { of: [lora()] });
  const courses = [first, fewer(second, (points) => points.slice(1)), fewer(third, (points) => points.map((one) => ({ ...one, fisher: null })))];
  for (const id of ["A-2.2-2", "A-2.4-1"]) {
    for (const records of [[...courses, ...others], [...courses.toReversed(), ...others]]) {
      const { verdict, seeds, effect, used } = found(id, records)!;
      assert.deepEqual([verdict, seeds, used.filter(({ key }) => key === third.key)], ["reproduced", 3, []]);
      assert.match(effect, /2 cells, 2 for, .*step 0 .*step 30 /);
    }
  }
});

Deno.test("A-2.3-6 and A-A.2-3 tell both norms, and both distances", () => {
  assert.match(found("A-2.3-6", planted.find(([id]) => id === "A-2.3-6")![1])!.remarks!.join(), /^Frobenius norm: mr, upa 30 %, M rho \+/);
  assert.match(found("A-A.2-3", planted.find(([id]) => id === "A-A.2-3")![1])!.remarks!.join(), /FF: accuracy off by 1\.0 points, drift 0\.10/);
});

Deno.test("ledger() decides by studies, keeps their keys, and tells them beside other verdicts", () => {
  const found = [...apart(-0.1), ...along(() => ({}), drifting(0.4))],
    rows = ledger({ records: [], studies: found, theory: [], profile: "standard" });
  const row = rows.find(({ id }) => id === "A-3.3-6")!;
  assert.deepEqual([row.verdict, row.provisional, row.keys.length], ["reproduced", false, 40]);
  const drift = rows.find(({ id }) => id === "A-2.3-2")!;
  assert.match(drift.remarks.join(), /kernel drift of the transformer, \|K_T − K_0\| \/ \|K_0\|: 2 cells, .*FF 0\.4; .*LoRA r 8, s 2 0\.4/);
  assert.equal(rows.find(({ id }) => id === "A-D-1")!.verdict, "not run yet");
});

Deno.test("ledgerOf() takes the studies of a profile from where they are", async () => {
  const profile = profileNamed("standard"), digestsOf = () => Promise.resolve({ data: "d", weights: "w" });
  const planned = await planStudies(studies(profile), digestsOf), asked: string[] = [];
  const source = {
    get(key: string) {
      asked.push(key);
      const { study } = planned.find((one) => one.key === key)!, cosine = study.run.method.name === "lora" ? 0.9 : 0.5;
      return Promise.resolve(study.study === "angles" ? { ...angles(runOf(full, door, 1), cosine), key, study } : null);
    },
  };
  const rows = await ledgerOf({ profile, source: { get: () => Promise.resolve(null) }, studies: source, theory: [] }, digestsOf);
  assert.deepEqual(asked, planned.map(({ key }) => key));
  const row = rows.find(({ id }) => id === "A-3.3-10")!;
  assert.deepEqual([row.verdict, row.provisional], ["partly", false], "it does not fall with rank");
  assert.match(row.effect, /^mean cosine of clean and triggered gradients, LoRA − FF: \d+ cells, /);
});
