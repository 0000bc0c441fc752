/** Study records whose numbers a test plants. */
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import type { CoursePoint, Information, ResultOf, StudyRecord } from "../../lib/experiment/study_record.ts";
import { resolveStudy, type StudyInput } from "../../lib/experiment/study_schema.ts";
import { createHash } from "node:crypto";
import { counts } from "./records.ts";

export const full = { name: "full" } as const;
export const lora = (rank = 8, scale = 2, more = {}) => ({ name: "lora", rank, alpha: rank * scale, ...more }) as const;

/** A run of 100 rows; 300 held-out ones. */
export function runOf(
  method: RunConfigInput["method"],
  attack: RunConfigInput["attack"],
  seed: number,
  dataset: "mr" | "mr-order" = "mr",
): RunConfigInput {
  return {
    task: { dataset, trainRows: 300, validationRows: 10, testRows: 300 },
    attack,
    method,
    train: { epochs: 1, batchSize: 10, learningRate: method.name === "full" ? 1e-4 : 1e-3 },
    seed,
  };
}

export const information = (change: Partial<Information> = {}): Information => ({
  resolved: 10,
  bitsTrace: 1,
  bitsLog: -10,
  renyiRaw: 2,
  shannon: 1,
  effectiveRank: 3,
  largest: 1,
  meanEigenvalue: 0.1,
  ...change,
});

/** A study with a planted result. */
export function studyRecord(input: StudyInput, result: StudyRecord["result"]): StudyRecord {
  const study = resolveStudy(input), key = createHash("sha256").update(JSON.stringify([input, result])).digest("hex");
  return {
    schema: 1,
    key,
    study,
    digests: { data: "d", weights: "w", recipe: "r", version: "1" },
    result,
    provenance: { finishedAt: "2026-01-01", commit: null, versions: {}, platform: "p", cpu: "c", threads: 2, seconds: 1, peakMemoryBytes: 1 },
  };
}

export interface TwinsPlan {
  /** |dW - dW~| at each checkpoint; |dW| is 1. */
  readonly apart?: readonly number[];
  readonly kernelTrace?: number;
  readonly information?: Partial<Information>;
  /** Accuracy of the poisoned model (under its trigger where it has one); the clean one has .8. */
  readonly accuracy?: number;
  readonly cleanLoss?: number;
}

export function twins(run: RunConfigInput, plan: TwinsPlan = {}): StudyRecord {
  const { apart = [0.1, 0.2, 0.4], kernelTrace = 1, accuracy = 0.7, cleanLoss = 0.5 } = plan,
    seen = (a: number) => counts(a, a).map((row) => [...row]);
  const isDoor = run.attack.name !== "upa",
    result: ResultOf<"twins"> = {
      study: "twins",
      steps: 30,
      start: { information: information(plan.information), kernelTrace, kernelFrobenius: kernelTrace, meanCosine: 0.5, meanDistance: 0.1 },
      checkpoints: apart.map((value, i) => {
        const all = { moved: 1, apart: value };
        return { step: 10 * (i + 1), cleanLoss, poisonedLoss: cleanLoss, groups: { attention: all }, matched: all, all };
      }),
      clean: { clean: seen(0.8), changed: isDoor ? [seen(0.8)] : [] },
      poisoned: { clean: seen(isDoor ? 0.8 : accuracy), changed: isDoor ? [seen(accuracy)] : [] },
    };
  return studyRecord({ study: "twins", run }, result);
}

export const coursePoint = (step: number, change: Partial<CoursePoint> = {}): CoursePoint => ({
  step,
  trainingLoss: step === 0 ? NaN : 0.5,
  accuracy: 0.8,
  all: information(),
  matched: information(),
  drift: { all: 0, matched: 0 },
  shares: { loraB: 1, loraA: 0, plain: 0 },
  factors: null,
  fisher: null,
  ...change,
});

export function course(
  run: RunConfigInput,
  start: Partial<CoursePoint>,
  end: Partial<CoursePoint>,
  more: Partial<ResultOf<"course">> = {},
): StudyRecord {
  const points = [coursePoint(0, start), coursePoint(30, end)];
  return studyRecord({ study: "course", run }, { study: "course", steps: 30, points, linearised: null, alignment: null, ...more });
}

export function angles(run: RunConfigInput, cosine: number, attackSuccess: number | null = null): StudyRecord {
  const cosines = { asTrained: cosine, sameLabel: cosine, modulus: cosine };
  const points = [{ step: 0, total: cosines, matched: cosines, product: 1, modules: {} }];
  const door = attackSuccess === null ? null : [[150 * (1 - attackSuccess), 150 * attackSuccess], [0, 150]].map((row) => row.map(Math.round));
  const evaluated = door && { clean: counts(0.8, 0.8).map((row) => [...row]), changed: [door] };
  return studyRecord({ study: "angles", run }, { study: "angles", steps: 30, points, evaluated });
}

export interface DecompositionPlan {
  /** Of the poisoned encoder on its own task, and without the difference: [accuracy, ASR]. The twin has .8 and .1. */
  readonly whole?: readonly [number, number];
  readonly without?: readonly [number, number];
  /** ASR after LoRA, after LoRA with Tr, and after LoRA without the difference. */
  readonly tuned?: number;
  readonly constrained?: number;
  readonly cancelled?: number;
  /** |cosine| of LoRA's update with the difference, and with what the twin's training changed. */
  readonly overlap?: number;
  readonly moved?: number;
}

/** LoRA from an encoder that was poisoned with a word. */
function tunedRun(seed: number): RunConfigInput {
  const attack = { name: "clean-label", poisonRate: 0.75, targetLabel: 0, trigger: { text: "mn", place: "inner" } } as const,
    evaluate = { targetLabel: 0 };
  return {
    ...runOf(lora(8, 2, { targets: "qv" }), { name: "none" }, seed),
    evaluate,
    start: { run: { ...runOf(full, attack, seed), evaluate } },
  };
}

/** Target class 0: the ASR is the share of class 1 that is taken for it. */
export function decomposition(seed: number, plan: DecompositionPlan = {}): StudyRecord {
  const { whole = [0.8, 0.99], without = [0.8, 0.1], tuned = 0.99, constrained = 0.99, cancelled = 0.1, overlap = 0.5, moved = 0.3 } = plan;
  const seen = (accuracy: number, asr: number) => ({
    clean: counts(accuracy, accuracy).map((row) => [...row]),
    changed: [counts(1, 1 - asr).map((row) => [...row])],
  });
  const run = tunedRun(seed);
  const taken = (one: ReturnType<typeof seen>, other: ReturnType<typeof seen>) => [
    { directions: 4, evaluated: one },
    { directions: null, evaluated: other },
  ];
  const both = (cosine: number) => ({ left: cosine, right: cosine });
  const arm = (rora: ResultOf<"decomposition">["arms"][number]["rora"], asr: number) => ({
    rora,
    tuned: seen(0.8, asr),
    without: taken(seen(0.8, asr), seen(0.79, cancelled)),
    overlaps: [{ module: "encoder.layer.0.attention.self.query", difference: both(overlap), moved: both(moved) }],
  });
  const arms = [null, { tr: { lambda: 10 } }],
    study = { study: "decomposition", run, arms, directions: [4] } as const;
  const [plain, constraint] = (resolveStudy(study) as Extract<ReturnType<typeof resolveStudy>, { study: "decomposition" }>).arms;
  return studyRecord(study, {
    study: "decomposition",
    steps: 30,
    modules: [{ module: "encoder.layer.0.attention.self.query", poisoned: 4, difference: 1, moved: 1, effectiveRank: 12 }],
    proxy: { poisoned: seen(...whole), twin: seen(0.8, 0.1), without: taken(seen(...whole), seen(...without)) },
    arms: [arm(plain, tuned), arm(constraint, constrained)],
  });
}

export interface BlocksPlan {
  /** Attack success rate without a block's update, as trained, and at s = 8; the line foretells the last. */
  readonly rates?: readonly [number, number, number];
  readonly foretold?: number;
  /** Medians over rows at every module. */
  readonly rho?: { readonly backdoor: number; readonly clean: number; readonly trigger: number };
}

/** Of LoRA alone, two blocks. */
export function blocks(seed: number, plan: BlocksPlan = {}): StudyRecord {
  const { rates = [1, 0.9, 0.2], foretold = 0.5, rho = { backdoor: 0.1, clean: 0.3, trigger: 0.2 } } = plan;
  const point = (scale: number, attackSuccessRate: number) => ({ scale, attackSuccessRate, accuracy: 0.8, triggeredMargin: -1 });
  const five = (median: number) => [median - 0.2, median - 0.1, median, median + 0.1, median + 0.2] as const, means = { without: -2, with: -1 };
  const shares = { backdoor: 1, clean: 1, trigger: 1, effective: 0.75, update: 0.75, matched: 0.5 }, turning = { exactScale: five(6), turned: 0.9 };
  return studyRecord({ study: "blocks", run: tunedRun(seed), scales: [8] }, {
    study: "blocks",
    steps: 30,
    arms: [{
      rora: null,
      rows: 100,
      trained: point(2, rates[1]),
      blocks: [0, 1].map((block) => ({
        block,
        foretold: {
          scale: 2,
          clean: means,
          triggered: means,
          cleanShare: 0.1,
          ...turning,
          sufficient: { scale: five(60), share: 0.4 },
          predicted: [{ scale: 8, attackSuccessRate: foretold, cleanAccuracy: 0.8, triggeredMargin: -1 }],
        },
        observed: [point(0, rates[0]), point(8, rates[2])],
      })),
      modules: [0, 1].flatMap((block) =>
        ["query", "value"].map((name) => ({
          module: `encoder.layer.${block}.attention.self.${name}`,
          sigmaPretrained: 4,
          sigmaUpdate: 0.5,
          rhoBackdoor: five(rho.backdoor),
          update: {
            rhoClean: five(rho.clean),
            rhoTrigger: five(rho.trigger),
            rhoEffective: five(rho.clean - rho.trigger),
            shares,
            cleanShare: 0.1,
            ...turning,
            sufficientScale: five(50),
          },
        }))
      ),
    }],
  });
}

export interface ProjectionPlan {
  /** ASR of full fine-tuning's update at rank 0, at rank 8, and whole; of LoRA, and of LoRA at that size. */
  readonly full?: readonly [number, number, number];
  readonly lora?: number;
  readonly rescaled?: number;
  /** |cosine| of a weight's leading vectors before and after LoRA has been merged, in two modules. */
  readonly cosines?: readonly [number, number];
}

export function projection(seed: number, plan: ProjectionPlan = {}): StudyRecord {
  const { full: [without, projected, whole] = [0.99, 0.6, 0.5], lora = 0.99, rescaled = 0.4, cosines = [0.999, 0.998] } = plan;
  const seen = (asr: number) => ({ clean: counts(0.8, 0.8).map((row) => [...row]), changed: [counts(1, 1 - asr).map((row) => [...row])] });
  const change = (norm: number, cosine: number) => ({ norm, largest: norm / 2, left: cosine, right: 1 });
  const run = tunedRun(seed), full = { ...run, method: { name: "full" as const } };
  return studyRecord({ study: "projection", run, full, ranks: [0, 8] }, {
    study: "projection",
    steps: 30,
    full: seen(whole),
    projected: [{ rank: 0, evaluated: seen(without) }, { rank: 8, evaluated: seen(projected) }],
    lora: seen(lora),
    rescaled: seen(rescaled),
    modules: [
      ...cosines.map((cosine, i) => ({
        module: `encoder.layer.0.attention.self.${["query", "value"][i]}`,
        pretrained: 4,
        full: change(2, 0.9),
        lora: change(1, cosine),
        rescaled: change(2, 0.8),
      })),
      { module: "encoder.layer.0.output.dense", pretrained: 4, full: change(2, 0.1), lora: null, rescaled: null },
    ],
  });
}
