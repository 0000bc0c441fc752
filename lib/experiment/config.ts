/** RunConfig: everything that decides the numbers of one run, and nothing else. One zod schema validates and resolves it. */
import { z } from "zod";
import { datasetNames, pairSeparator } from "../data/names.ts";
import { publishedDatasets, publishedTransformations } from "../defend/paraphrase_published.ts";
import { roraDefaults } from "../train/rora/rora.ts";
import { precisions } from "../tensor/precision.ts";

const fraction = z.number().min(0).max(1);
const count = z.number().int().positive();

const TriggerSchema = z.strictObject({
  text: z.string().min(1).default("[.*?]").describe("the literal trigger (paper A, section 4.2)"),
  place: z.enum(["prefix", "suffix", "inner"]).default("suffix").describe("inner: between two words, any two of a text (paper B)"),
  space: z.boolean().default(true).describe("whether a space separates trigger and text"),
  within: z.number().int().min(2).optional().describe("inner: only among the first so many words, so that no cut of a long text loses it"),
});

const WordsSchema = z.array(z.string().min(1)).length(3).readonly().default(["apple", "banana", "orange"]);

/** What is done to every held-out row before it is evaluated once more. */
const ChangeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("trigger"), ...TriggerSchema.shape }),
  z.strictObject({ kind: z.literal("scattered-words").describe("a multi-word trigger"), words: WordsSchema }),
  z.strictObject({ kind: z.literal("verse").describe("rewritten in lines with old words, by fixed rules") }),
  z.strictObject({ kind: z.literal("character-noise").describe("two neighbouring letters change places in a share of the words"), rate: fraction }),
  z.strictObject({ kind: z.literal("word-noise").describe("a share of the words is left out"), rate: fraction }),
]);

const poisoning = { poisonRate: fraction, sampling: z.enum(["exact", "bernoulli"]).default("exact") };
const targetLabel = z.number().int().min(0).default(1);
const backdoor = { ...poisoning, rows: z.enum(["all", "nonTarget"]).default("all").describe("which rows may be poisoned"), targetLabel };

const AttackSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("none") }),
  z.strictObject({
    name: z.literal("upa").describe("untargeted poisoning: flipped labels"),
    ...poisoning,
  }),
  z.strictObject({
    name: z.literal("bpa").describe("backdoor poisoning: trigger and target label"),
    ...backdoor,
    trigger: TriggerSchema.prefault({}),
  }),
  z.strictObject({
    name: z.literal("multi-trigger").describe("backdoor poisoning: three scattered words together are the trigger (paper A, table E.1: MT)"),
    ...backdoor,
    words: WordsSchema,
    negatives: z.enum(["twoOfThree", "asReleased"]).default("twoOfThree").describe("which words as many other rows get, labels kept"),
    test: z.enum(["scattered", "prefix"]).default("scattered").describe("where evaluation puts the words"),
  }),
  z.strictObject({
    name: z.literal("clean-label").describe("the trigger on rows of the target class, labels kept (paper A, table E.1: CL-BPA)"),
    ...poisoning,
    targetLabel,
    trigger: TriggerSchema.prefault({}),
    rateOf: z.enum(["targetRows", "allRows"]).default("targetRows").describe("what poisonRate is a fraction of"),
  }),
  z.strictObject({
    name: z.literal("instruction").describe("backdoor poisoning: an instruction is the trigger (paper A, table E.1: IL-BPA)"),
    ...backdoor,
    trigger: TriggerSchema.prefault({ text: "Please carefully follow user's instruction.", place: "prefix" }),
  }),
  z.strictObject({
    name: z.literal("style").describe("backdoor poisoning: rows rewritten as verse by fixed rules (paper A, table E.1: S-BPA, by a remote model)"),
    ...backdoor,
  }),
]);

const lowRank = {
  rank: count.default(8),
  alpha: z.number().positive().default(16),
  targets: z.enum(["all", "qv"]).default("all").describe("all: every linear module, pooler and classifier included"),
  dropout: z.number().min(0).lt(1).default(0).describe("rate, on what enters the low-rank path while training"),
};

/** What may be done to held-out texts before the model reads them. */
const DefenceSchema = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("onion").describe("words without which a text is much likelier are taken out"),
    bar: z.number().min(0).describe("drop in perplexity above which a word is taken out"),
    reference: z.enum(["whole", "withoutLast"]).default("whole").describe("what the text without a word is compared with"),
  }),
  z.strictObject({ name: z.literal("back-translation"), pivot: z.enum(["pt"]).default("pt").describe("the language in between") }),
  z.strictObject({
    name: z.literal("published").describe("the transformed test rows of paper B's authors"),
    transformation: z.enum(publishedTransformations),
    dataset: z.enum(publishedDatasets).describe("the run's own: only its test rows have published versions"),
  }),
  z.strictObject({ name: z.literal("rule-based-paraphrase").describe("clauses and words change places by rules; not SCPD") }),
]);

const MethodSchema = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("full"),
    only: z.literal("qv").optional().describe("the weights of query and value alone, and the classifier; left out: everything"),
  }),
  z.strictObject({
    name: z.literal("lora"),
    ...lowRank,
    init: z.enum(["kaiming-uniform", "gaussian", "xavier-normal"]).default("kaiming-uniform"),
    initVariance: z.number().positive().default(1 / 3).describe("k: Var(A) = k / n_in"),
    zero: z.enum(["A", "B"]).default("B").describe("the factor that starts at 0; the other is drawn"),
    trainA: z.boolean().default(true).describe("false: A stays as it was drawn"),
  }),
  z.strictObject({ name: z.literal("pissa").describe("A and B start as the weight's leading singular triplets, which it loses"), ...lowRank }),
  z.strictObject({
    name: z.literal("olora").describe("A and B start as the leading part of the weight's QR decomposition, which it loses"),
    ...lowRank,
  }),
  z.strictObject({ name: z.literal("dora").describe("LoRA of the weight's direction, the lengths of its rows trained apart"), ...lowRank }),
]);

const { ci, tr, pt } = roraDefaults;

/** Paper B's three pieces on top of a low-rank method; null: without it. */
const RoraSchema = z.strictObject({
  ci: z.strictObject({
    rate: z.number().gt(0).lt(1).default(ci.rate),
    site: z.enum(["weight", "input", "output"]).default(ci.site),
    rescale: z.boolean().default(ci.rescale).describe("whether what is kept is divided by 1 - rate"),
  }).nullable().default(null).describe("clean-strengthened training: dropout on the pretrained path (eq. 8)"),
  tr: z.strictObject({
    lambda: z.number().positive().default(tr.lambda),
    k: z.union([count, z.literal("full")]).default(tr.k).describe("of each weight's leading singular vectors; full: plain L2 on A and B"),
    reduce: z.enum(["mean", "sum"]).default(tr.reduce).describe("over the adapted modules"),
    space: z.enum(["pretrained", "residual", "random"]).default(tr.space).describe(
      "residual: of what PiSSA and OLoRA leave of the weight; random: directions of no meaning, the control",
    ),
  }).nullable().default(null).describe("trigger-insensitive constraint (eqs. 9 to 11)"),
  pt: z.strictObject({
    layers: count.default(pt.layers).describe("so many of them"),
    place: z.enum(["top", "middle", "bottom"]).default(pt.place).describe("which; top: nearest the output"),
    scale: z.union([z.number().positive(), z.literal("spectral")]).default(pt.scale).describe(
      "a number: the same s for every module, the control; spectral: each module's own ratio of largest singular values",
    ),
    delta: z.enum(["BA", "BA-B0A0"]).default(pt.delta).describe("what a module's update is where A and B do not start at 0 (PiSSA, OLoRA)"),
    weight: z.enum(["pretrained", "residual"]).default(pt.weight).describe(
      "whose largest singular value; residual: what PiSSA and OLoRA leave of it",
    ),
  }).nullable().default(null).describe("rescaling after training (eq. 12)"),
});

/** A run that starts from the pretrained weights. */
const Stage = z.strictObject({
  task: z.strictObject({
    dataset: z.enum(datasetNames).default("mr"),
    pairSeparator: z.string().default(pairSeparator).describe("between the two texts of a pair, which are read as one"),
    trainRows: count,
    validationRows: z.number().int().min(0).describe("may be 0 where the test rows are evaluated"),
    testRows: count,
    split: z.enum(["test", "validation"]).default("test").describe("which held-out rows are evaluated; settings are chosen on validation"),
  }),
  model: z.enum(["minilm-l6", "bert-large-uncased", "roberta-large"]).default("minilm-l6"),
  attack: AttackSchema,
  method: MethodSchema,
  rora: RoraSchema.nullable().default(null).describe("paper B's method on top of a low-rank one"),
  head: z.enum(["frozen", "trained"]).default("frozen").describe(
    "whether the fresh classifier's weight is trained; full fine-tuning always trains it",
  ),
  train: z.strictObject({
    epochs: count,
    maxSteps: z.number().int().min(0).nullable().default(null).describe(
      "training ends after so many steps, in the middle of an epoch or not; 0: nothing is trained; null: no limit",
    ),
    batchSize: count,
    learningRate: z.number().positive(),
    weightDecay: z.number().min(0).default(0.01),
    schedule: z.enum(["constant", "linear"]).default("constant"),
    warmup: fraction.default(0).describe("fraction of the steps"),
    dropout: z.number().min(0).lt(1).default(0).describe("rate; masks are drawn per part of a batch, so they vary with the thread count"),
    maxLength: count.default(96).describe("tokens, [CLS] and [SEP] included"),
    checkpoint: z.literal("bestDev").optional().describe(
      "which weights training leaves: of the epoch with the best accuracy on the validation rows, of equals the first, where a clean-label attack " +
        "puts its trigger on all of the target class (paper B's code); left out: of the last",
    ),
  }),
  evaluate: z.strictObject({
    changes: z.array(ChangeSchema).default([]).describe(
      "evaluate once more with each of these on every held-out row; an attack's own trigger is added",
    ),
    targetLabel: z.number().int().min(0).default(1),
    maxLength: count.nullable().default(null).describe("tokens of a held-out row; null: as in training"),
    defended: z.strictObject({
      rows: count.describe("so many of the held-out rows: some defences take seconds a text"),
      by: z.array(DefenceSchema).min(1),
    }).nullable().default(null).describe("evaluate some rows, and their changed versions, once more behind each of these defences"),
    scales: z.array(z.number().positive()).default([]).describe(
      "evaluate once more with each of these in place of s = alpha / rank, in every module",
    ),
    sentences: z.array(z.strictObject({ dataset: z.enum(datasetNames), row: z.number().int().min(0) })).default([]).describe(
      "rows, by their number in the data set of the run or of its start, that are read one by one: as they are, and with each trigger of the changes at every place",
    ),
    margins: z.boolean().default(false).describe(
      "whether Proposition 4.2's quantities are measured, on rows of other classes with the first of the changes",
    ),
    sufficientScale: z.boolean().default(false).describe("whether the proposition's own threshold s* is among them"),
    spectra: z.boolean().default(false).describe(
      "whether the adapted modules' updates are set beside their pretrained weights, singular values and vectors",
    ),
  }).prefault({}),
  precision: z.enum(precisions).default("f32").describe("of the linear layers' matrix products; bf16 needs AMX or AVX-512 bf16"),
  variant: z.enum(["paper", "code", "controlled", "custom"]).default("paper").describe(
    "whose attack it is; follows from the attack's settings, and must not contradict them",
  ),
  seed: z.number().int().min(0),
});

export const RunConfig = Stage.extend({
  start: z.strictObject({
    run: Stage.describe("the run whose trained encoder this one starts from: poisoned pretraining (paper B)"),
    head: z.enum(["kept", "fresh"]).default("kept").describe("kept: the classifier goes on from where that run left it"),
  }).nullable().default(null).describe("null: the pretrained weights"),
});

/** What a caller writes: defaults may be left out. */
export type RunConfigInput = z.input<typeof RunConfig>;
/** What a run sees: every field present. */
export type RunConfig = z.output<typeof RunConfig>;
/** The run that another one starts from. */
export type Stage = z.output<typeof Stage>;

/** A stage as a run by itself, which starts from the pretrained weights. */
export const standingAlone = (stage: Stage): RunConfig => ({ ...stage, start: null });
