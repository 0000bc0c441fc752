/** Synthetic run records for tests of figures and reports: the counts are made up, the shape is the real one. */
import { createHash } from "node:crypto";
import type { Confusion } from "../../lib/evaluate/confusion.ts";
import { RunConfig, type RunConfigInput } from "../../lib/experiment/config.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { createRng } from "../../lib/math/random.ts";

export interface RecordSketch {
  readonly method?: "full" | "lora";
  readonly attack?: "none" | "upa" | "bpa";
  readonly poisonRate?: number;
  readonly seed?: number;
  readonly clean?: Confusion;
  readonly triggered?: Confusion | null;
  readonly learningRate?: number;
  /** LoRA's; alpha is the rank where this is given. */
  readonly rank?: number;
  readonly initVariance?: number;
  readonly dataset?: RunConfigInput["task"]["dataset"];
}

/** 100 negative and 100 positive rows with the given shares of right answers. */
export function counts(negativesRight: number, positivesRight: number): Confusion {
  const tn = Math.round(negativesRight * 100), tp = Math.round(positivesRight * 100);
  return [[tn, 100 - tn], [100 - tp, tp]];
}

export function makeRecord(sketch: RecordSketch = {}): RunRecord {
  const { method = "lora", attack = "none", poisonRate = 0.1, seed = 1, clean = counts(0.8, 0.78), triggered = counts(0.75, 0.8) } = sketch;
  const learningRate = sketch.learningRate ?? (method === "full" ? 5e-5 : 1e-3), trainRows = 1000, epochs = 3;
  const isTriggered = attack !== "upa" && triggered !== null;
  const input: RunConfigInput = {
    task: { dataset: sketch.dataset ?? "mr", trainRows, validationRows: 100, testRows: 200 },
    attack: attack === "none" ? { name: "none" } : { name: attack, poisonRate },
    method: method === "full" ? { name: method } : { name: method, ...loraOf(sketch) },
    train: { epochs, batchSize: 32, learningRate },
    evaluate: isTriggered ? { changes: [{ kind: "trigger" }] } : {},
    seed,
  };
  const config = RunConfig.parse(input), key = createHash("sha256").update(JSON.stringify(config)).digest("hex");
  const poisonedRows = attack === "none" ? 0 : Math.round(poisonRate * trainRows);
  return {
    schema: 1,
    key,
    config,
    digests: { data: "d".repeat(64), weights: "e".repeat(64), recipe: "1" },
    result: {
      clean,
      changed: isTriggered ? [triggered] : [],
      ledger: {
        poisonedRows,
        relabelledRows: Math.round(poisonedRows / 2),
        exposures: poisonedRows * epochs,
        rows: [],
        relabelled: [],
        digest: "0".repeat(64),
      },
      history: { steps: 96, epochLoss: [0.69, 0.5, 0.4], stepLoss: [] },
      trainableParameters: method === "full" ? 22_713_602 : 1_000_000,
      weightsDigest: "f".repeat(64),
    },
    provenance: {
      finishedAt: "2026-01-02T03:04:05.000Z",
      commit: "0123456789abcdef",
      versions: { deno: "2.9.5", tensorflow: "2.21.0" },
      platform: "linux x86_64",
      cpu: "A CPU",
      threads: 2,
      seconds: { train: 12.3, evaluate: 1.2, total: 14 },
      peakMemoryBytes: 1e9,
      resumed: 0,
    },
  };
}

/** Two methods x a few rates x seeds of both attacks, never-poisoned runs included; one run of them collapsed. */
export function makeSweep(seeds: readonly number[] = [1, 2, 3]): RunRecord[] {
  return seeds.flatMap((seed) =>
    (["full", "lora"] as const).flatMap((method) => {
      const base = method === "full" ? 0.79 : 0.76, jitter = createRng(`${method}/${seed}`), wobble = () => (jitter.uniform() - 0.5) * 0.06;
      const upa = [0.1, 0.2, 0.3, 0.4].map((poisonRate) => {
        const right = base - poisonRate * poisonRate * (method === "full" ? 0.6 : 1.1);
        const collapsed = method === "lora" && poisonRate === 0.4 && seed === 2;
        return makeRecord({ method, attack: "upa", poisonRate, seed, clean: collapsed ? counts(0, 1) : counts(right + wobble(), right + wobble()) });
      });
      const bpa = [0.003, 0.007, 0.013, 0.027, 0.053].map((poisonRate) => {
        const middle = method === "full" ? 20 : 35, success = 0.22 + 0.78 / (1 + (middle / (poisonRate * 3000)) ** 3);
        const triggered = counts(Math.min(1, Math.max(0, 1 - success + wobble() * 2)), Math.min(1, 0.8 + success / 5));
        return makeRecord({ method, attack: "bpa", poisonRate, seed, clean: counts(base + wobble(), base + wobble()), triggered });
      });
      const clean = makeRecord({
        method,
        seed,
        clean: counts(base + wobble(), base + wobble()),
        triggered: counts(base + wobble(), base + wobble()),
      });
      return [clean, ...upa, ...bpa];
    })
  );
}

function loraOf({ rank, initVariance }: RecordSketch): { rank?: number; alpha?: number; initVariance?: number } {
  return { ...(rank === undefined ? {} : { rank, alpha: rank }), ...(initVariance === undefined ? {} : { initVariance }) };
}

/** LoRA trained clean, with flipped labels and with a backdoor, at several ranks or initialisation variances; one run collapsed. */
export function makeLoraSweep(
  varied: "rank" | "initVariance",
  { seeds = [1, 2, 3], dataset }: { seeds?: readonly number[]; dataset?: RecordSketch["dataset"] } = {},
) {
  const levels = varied === "rank" ? [4, 8, 32, 128] : [0.001, 1 / 3, 1, 2];
  return seeds.flatMap((seed) =>
    levels.flatMap((level, i): RunRecord[] => {
      const jitter = createRng(`${varied}/${level}/${seed}`),
        near = (right: number) => Math.min(1, Math.max(0, right + (jitter.uniform() - 0.5) * 0.06));
      const shared = { [varied]: level, seed, dataset }, collapsed = i === 3 && seed === 2, success = 0.4 + 0.15 * i;
      return [
        makeRecord({ ...shared, clean: counts(near(0.78), near(0.78)), triggered: counts(near(0.74), near(0.8)) }),
        makeRecord({ ...shared, attack: "upa", poisonRate: 0.3, clean: collapsed ? counts(0, 1) : counts(near(0.62 + 0.02 * i), near(0.64)) }),
        makeRecord({
          ...shared,
          attack: "bpa",
          poisonRate: 0.01,
          clean: counts(near(0.77), near(0.77)),
          triggered: counts(near(1 - success), near(0.9)),
        }),
      ];
    })
  );
}
