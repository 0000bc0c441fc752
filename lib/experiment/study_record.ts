/** What a study leaves behind: plain numbers, with the schema that its file must have. */
import { z } from "zod";
import { RunConfig } from "./config.ts";
import { layerMargins, networkMargins, scalePoint } from "./record_schema.ts";
import { Study } from "./study_schema.ts";

const count = z.number().int().min(0);
/** JSON has no NaN and no infinity: both are written as null. */
const number = () => z.number().nullable().transform((value) => value ?? NaN);
const confusion = z.array(z.array(count));

/** Of the loss gradients' Gram matrix (paper A, equations 8 to 10): `ntk/encoder_information.ts`. */
const information = z.strictObject({
  resolved: count,
  bitsTrace: number(),
  bitsLog: number(),
  renyiRaw: number(),
  shannon: number(),
  effectiveRank: number(),
  largest: number(),
  /** The trace by the number of rows. */
  meanEigenvalue: number(),
});

/** How far the clean run has moved in weight space, |dW|, and how far from it the poisoned one is, |dW - dW~|: Frobenius norms. */
const distance = z.strictObject({ moved: number(), apart: number() });

/** Confusion counts on the held-out rows as they are and with each of the run's changes. */
const evaluated = z.strictObject({ clean: confusion, changed: z.array(confusion) });

const cosines = z.strictObject({
  /** Labels as in training: the triggered version has the target label. */
  asTrained: number(),
  /** Both versions with one label, so that only the text differs. */
  sameLabel: number(),
  /** Mean modulus. */
  modulus: number(),
});

const twins = z.strictObject({
  study: z.literal("twins"),
  steps: count,
  start: z.strictObject({
    /** On clean rows. */
    information,
    /** M' of paper A's equation 7, between clean rows and their poisoned versions. */
    kernelTrace: number(),
    kernelFrobenius: number(),
    /** Of the loss gradients, labels as in training. */
    meanCosine: number(),
    meanDistance: number(),
  }),
  checkpoints: z.array(z.strictObject({
    step: count,
    /** Mean loss (nats) of the steps since the last checkpoint. */
    cleanLoss: number(),
    poisonedLoss: number(),
    /** By kind of tensor; those that do not move are left out. */
    groups: z.record(z.string(), distance),
    /** The linear modules' matrices: what both methods move. */
    matched: distance,
    all: distance,
  })),
  clean: evaluated,
  poisoned: evaluated,
});

const eigenvalues = z.strictObject({
  /** Means over adapted modules; a module has r eigenvalues that are not 0 by construction. */
  trace: number(),
  largest: number(),
  smallest: number(),
  /** Mean of ln trace; null where a factor is 0. */
  logTrace: number(),
});

const spread = z.strictObject({
  /** 99th percentile by median, of the entries that are not 0. */
  ratio: number(),
  /** Share of entries that are 0. */
  zeros: number(),
});

const point = z.strictObject({
  step: count,
  /** Mean loss (nats) of the last epoch's steps so far; null at the start. */
  trainingLoss: number(),
  accuracy: number(),
  all: information,
  /** Over the linear modules' matrices alone. */
  matched: information,
  /** |K_t - K_0| / |K_0| in the Frobenius norm. */
  drift: z.strictObject({ all: number(), matched: number() }),
  /** Of the kernel's trace: gradients by LoRA's B (the A^T A part), by its A (the B B^T part), by anything else. */
  shares: z.strictObject({ loraB: number(), loraA: number(), plain: number() }),
  /** Eigenvalues of A^T A and of B B^T; null for full fine-tuning. */
  factors: z.strictObject({ a: eigenvalues, b: eigenvalues }).nullable(),
  /** The diagonal of the empirical Fisher matrix, and eq. 8's two sides: relative difference of mean |g|^2 and of the kernel's form of it. */
  fisher: z.strictObject({ all: spread, matched: spread, identity: number() }).nullable(),
});

const course = z.strictObject({
  study: z.literal("course"),
  steps: count,
  points: z.array(point),
  /** At the end: accuracy of the first-order expansion at the start, and on how many held-out rows both models say the same. */
  linearised: z.strictObject({ accuracy: number(), agreement: number() }).nullable(),
  /** Centred kernel alignment with full fine-tuning's kernel at the start, both summed over class scores. */
  alignment: z.strictObject({ all: number(), matched: number() }).nullable(),
});

const angles = z.strictObject({
  study: z.literal("angles"),
  steps: count,
  points: z.array(z.strictObject({
    step: count,
    total: cosines,
    /** Over the linear modules' matrices alone. */
    matched: cosines,
    /** Mean |g . g~|. */
    product: number(),
    /** Mean cosine with one label, by linear module. */
    modules: z.record(z.string(), number()),
  })),
  /** At the end; null where only the start was looked at. */
  evaluated: evaluated.nullable(),
});

/** Without the k leading singular directions of the difference in every linear module; null: without all of it. */
const without = z.array(z.strictObject({ directions: count.nullable(), evaluated }));
/** Largest |cosine| of an update's leading vectors with 32 others, in [0, 1]; null where the update is 0. */
const overlap = z.strictObject({ left: z.number().nullable(), right: z.number().nullable() });

const decomposition = z.strictObject({
  study: z.literal("decomposition"),
  /** Of either twin. */
  steps: count,
  /** The encoder's linear modules: D = W_poisoned - W_twin. */
  modules: z.array(z.strictObject({
    module: z.string(),
    /** Largest singular values: of W_poisoned, of D, and of what the twin's training changed. */
    poisoned: number(),
    difference: number(),
    moved: number(),
    /** Of D's singular values: `ntk/information.ts`. */
    effectiveRank: number(),
  })),
  /** The poisoned encoder on its own task, its twin, and the poisoned one without directions of D. */
  proxy: z.strictObject({ poisoned: evaluated, twin: evaluated, without }),
  /** Fine-tuned on the clean task, in the order of the study's arms; directions are taken out afterwards. */
  arms: z.array(z.strictObject({
    rora: RunConfig.shape.rora,
    tuned: evaluated,
    without,
    /** Of each adapted module's update: with D, and with what the twin's training changed. */
    overlaps: z.array(z.strictObject({ module: z.string(), difference: overlap, moved: overlap })),
  })),
});

/** Of triggered rows of the other class, and the accuracy on all held-out rows without the trigger. */
const blockPoint = scalePoint.omit({ cleanAccuracy: true }).extend({ accuracy: number() });

const blocks = z.strictObject({
  study: z.literal("blocks"),
  /** Of a fine-tuning. */
  steps: count,
  arms: z.array(z.strictObject({
    rora: RunConfig.shape.rora,
    /** Held-out rows of the other class. */
    rows: count,
    /** As training left it, before any rescaling: at s = alpha / r. */
    trained: blockPoint,
    /** Bottom to top: one block's update at other scales, all others as trained. */
    blocks: z.array(z.strictObject({ block: count, foretold: networkMargins, observed: z.array(blockPoint) })),
    /** Of each adapted module, to first order in its weight; its update at scale 1. */
    modules: z.array(layerMargins.extend({ module: z.string() })),
  })),
});

/** What a fine-tuning changed of a weight, and |cosine| of the weight's leading singular vectors before and after. */
const change = z.strictObject({
  /** Frobenius norm. */
  norm: number(),
  /** Largest singular value. */
  largest: number(),
  left: number(),
  right: number(),
});

const projection = z.strictObject({
  study: z.literal("projection"),
  /** Of either fine-tuning. */
  steps: count,
  /** Full fine-tuning as it is, and with every linear module's update projected to a rank; all other tensors as it left them. */
  full: evaluated,
  projected: z.array(z.strictObject({ rank: count, evaluated })),
  /** LoRA as it is, and with every module's update at the Frobenius norm of full fine-tuning's. */
  lora: evaluated,
  rescaled: evaluated,
  /** The encoder's linear modules; LoRA's where it adapts. */
  modules: z.array(z.strictObject({
    module: z.string(),
    /** Largest singular value of the weight that both start from. */
    pretrained: number(),
    full: change,
    lora: change.nullable(),
    rescaled: change.nullable(),
  })),
});

export const StudyResult = z.discriminatedUnion("study", [twins, course, angles, decomposition, blocks, projection]);
export type StudyResult = z.output<typeof StudyResult>;
export type ResultOf<Name extends StudyResult["study"]> = Extract<StudyResult, { readonly study: Name }>;
export type Information = z.output<typeof information>;
export type Evaluated = z.output<typeof evaluated>;
export type Distance = z.output<typeof distance>;
export type CoursePoint = z.output<typeof point>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** The schema of `studies/<aa>/<key>.json`. `result` is a function of the study; `provenance` is not. */
export const StudyRecord = z.strictObject({
  schema: z.literal(1),
  key: sha256,
  study: Study,
  digests: z.strictObject({ data: z.string(), weights: z.string(), start: z.string().optional(), recipe: z.string(), version: z.string() }),
  result: StudyResult,
  provenance: z.strictObject({
    finishedAt: z.string(),
    commit: z.string().nullable(),
    versions: z.record(z.string(), z.string()),
    platform: z.string(),
    cpu: z.string(),
    threads: count,
    seconds: z.number().min(0),
    peakMemoryBytes: count,
  }),
}).refine(({ study, result }) => study.study === result.study, { path: ["result", "study"], message: "must be the study's" });
export type StudyRecord = z.output<typeof StudyRecord>;
