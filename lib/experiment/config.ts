/** RunConfig: everything that decides the numbers of one run, and nothing else. One zod schema validates and resolves it. */
import { z } from "zod";
import { precisions } from "../tensor/precision.ts";

const fraction = z.number().min(0).max(1);
const count = z.number().int().positive();

const TriggerSchema = z.strictObject({
  text: z.string().min(1).default("[.*?]").describe("the literal trigger (paper A, section 4.2)"),
  place: z.enum(["prefix", "suffix"]).default("suffix"),
  space: z.boolean().default(true).describe("whether a space separates trigger and text"),
});

/** What is done to every held-out row before it is evaluated once more. */
const ChangeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("trigger"), ...TriggerSchema.shape }),
]);

const AttackSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("none") }),
  z.strictObject({
    name: z.literal("upa").describe("untargeted poisoning: flipped labels"),
    poisonRate: fraction,
    sampling: z.enum(["exact", "bernoulli"]).default("exact"),
  }),
  z.strictObject({
    name: z.literal("bpa").describe("backdoor poisoning: trigger and target label"),
    poisonRate: fraction,
    sampling: z.enum(["exact", "bernoulli"]).default("exact"),
    rows: z.enum(["all", "nonTarget"]).default("all").describe("which rows may be poisoned"),
    targetLabel: z.number().int().min(0).default(1),
    trigger: TriggerSchema.prefault({}),
  }),
]);

const MethodSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("full") }),
  z.strictObject({
    name: z.literal("lora"),
    rank: count.default(8),
    alpha: z.number().positive().default(16),
    targets: z.enum(["all", "qv"]).default("all").describe("all: every linear module, pooler and classifier included"),
    init: z.enum(["kaiming-uniform", "gaussian", "xavier-normal"]).default("kaiming-uniform"),
    initVariance: z.number().positive().default(1 / 3).describe("k: Var(A) = k / n_in"),
    zero: z.enum(["A", "B"]).default("B").describe("the factor that starts at 0; the other is drawn"),
    trainA: z.boolean().default(true).describe("false: A stays as it was drawn"),
  }),
]);

export const RunConfig = z.strictObject({
  task: z.strictObject({
    dataset: z.enum(["mr", "imdb"]).default("mr"),
    trainRows: count,
    validationRows: count,
    testRows: count,
    split: z.enum(["test", "validation"]).default("test").describe("which held-out rows are evaluated; settings are chosen on validation"),
  }),
  model: z.enum(["minilm-l6"]).default("minilm-l6"),
  attack: AttackSchema,
  method: MethodSchema,
  head: z.enum(["frozen", "trained"]).default("frozen").describe(
    "whether the fresh classifier's weight is trained; full fine-tuning always trains it",
  ),
  train: z.strictObject({
    epochs: count,
    batchSize: count,
    learningRate: z.number().positive(),
    weightDecay: z.number().min(0).default(0.01),
    schedule: z.enum(["constant", "linear"]).default("constant"),
    warmup: fraction.default(0).describe("fraction of the steps"),
    dropout: z.number().min(0).lt(1).default(0).describe("rate; masks are drawn per part of a batch, so they vary with the thread count"),
    maxLength: count.default(96).describe("tokens, [CLS] and [SEP] included"),
  }),
  evaluate: z.strictObject({
    changes: z.array(ChangeSchema).default([]).describe(
      "evaluate once more with each of these on every held-out row; an attack's own trigger is added",
    ),
    targetLabel: z.number().int().min(0).default(1),
  }).prefault({}),
  precision: z.enum(precisions).default("f32").describe("of the linear layers' matrix products; bf16 needs AMX or AVX-512 bf16"),
  variant: z.enum(["paper", "code", "controlled", "custom"]).default("paper").describe(
    "whose attack it is; follows from the attack's settings, and must not contradict them",
  ),
  seed: z.number().int().min(0),
});

/** What a caller writes: defaults may be left out. */
export type RunConfigInput = z.input<typeof RunConfig>;
/** What a run sees: every field present. */
export type RunConfig = z.output<typeof RunConfig>;
