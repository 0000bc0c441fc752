/** A study: a named measurement on a run that is watched. One zod schema validates and resolves it, as RunConfig does for runs. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { z } from "zod";
import { isPartial } from "../adapter/method.ts";
import { triggerOf } from "../poison/attacks.ts";
import { RunConfig } from "./config.ts";
import { type InputDigests, RECIPE } from "./key.ts";
import { resolveConfig } from "./resolve.ts";
import { withoutDefaults } from "./schema_walk.ts";

const count = z.number().int().positive();
/** Of the run's steps: 0 is the start, 1 the end. */
const checkpoints = z.array(z.number().min(0).max(1)).min(1).refine((all) => all.every((x, i) => i === 0 || x > all[i - 1]), "must rise").readonly();

const Twins = z.strictObject({
  study: z.literal("twins").describe("a poisoned run and its clean twin, same seed, streams and batch order: how far apart they move"),
  run: RunConfig.describe("the poisoned one"),
  rows: count.default(64).describe("training rows that the kernels at the start are measured on"),
  checkpoints: count.default(20).describe("evenly spaced, the end included"),
});

const Course = z.strictObject({
  study: z.literal("course").describe("kernel, Fisher spectrum and factors along one run"),
  run: RunConfig,
  rows: count.default(64).describe("training rows that the kernels are measured on, as they are without the attack"),
  fisherRows: z.number().int().min(0).default(0).describe("of these, those behind the diagonal of the Fisher matrix; 0: it is not measured"),
  checkpoints: checkpoints.default([0, 1]),
  linearised: z.boolean().default(false).describe("whether the trained model is set beside its first-order expansion at the start"),
  aligned: z.boolean().default(false).describe("whether LoRA's kernel at the start is set beside full fine-tuning's with the same head"),
});

const Angles = z.strictObject({
  study: z.literal("angles").describe("angles between the loss gradients of clean training rows and of their triggered versions"),
  run: RunConfig,
  rows: count.default(64),
  checkpoints: checkpoints.default([0]).describe("with more than the start the run is trained to its end and evaluated"),
});

const Decomposition = z.strictObject({
  study: z.literal("decomposition").describe(
    "a poisoned encoder less its never-poisoned twin (paper B, equation 2): both without these directions, and whether LoRA's update points there",
  ),
  run: RunConfig.describe("the clean low-rank fine-tuning that starts from the poisoned encoder, without RoRA"),
  arms: z.array(RunConfig.shape.rora).min(1).default([null]).describe("what fine-tuning does beside the low-rank method: each of these once"),
  directions: z.array(count).min(1).refine((all) => all.every((k, i) => i === 0 || k > all[i - 1]), "must rise").readonly().default([1, 4, 8, 16, 64])
    .describe("how many leading singular directions of the difference are taken out of every linear module; at last all"),
});

const Blocks = z.strictObject({
  study: z.literal("blocks").describe(
    "proposition 4.2 of paper B block by block: one block's update scaled by itself, and the proposition's constants at every adapted module",
  ),
  run: RunConfig.describe("the clean low-rank fine-tuning that starts from the poisoned encoder, without RoRA"),
  arms: z.array(RunConfig.shape.rora).min(1).default([null]).describe("what fine-tuning does beside the low-rank method: each of these once"),
  scales: z.array(z.number().positive()).min(1).readonly().default([16, 64, 128]).describe("s, in place of alpha / r"),
  rows: count.default(64).describe("held-out rows of the other class that the modules' constants are measured on"),
});

const Projection = z.strictObject({
  study: z.literal("projection").describe(
    "what rank and size do by themselves: full fine-tuning's update projected to ranks, LoRA's rescaled to the size of full fine-tuning's",
  ),
  run: RunConfig.describe("the clean low-rank fine-tuning that starts from the poisoned encoder, without RoRA"),
  full: RunConfig.describe("full fine-tuning on the same rows, from the same encoder"),
  ranks: z.array(z.number().int().min(0)).min(1).refine((all) => all.every((rank, i) => i === 0 || rank > all[i - 1]), "must rise").readonly()
    .default([0, 1, 4, 8, 32, 128]).describe("of the update of every linear module; at 0 nothing of it is left"),
});

export const Study = z.discriminatedUnion("study", [Twins, Course, Angles, Decomposition, Blocks, Projection]);
export type StudyInput = z.input<typeof Study>;
export type Study = z.output<typeof Study>;
export type StudyNamed<Name extends Study["study"]> = Extract<Study, { readonly study: Name }>;

/** Raise a study's version with every change after which it gives other numbers for the same runs. */
export const studyVersions: Readonly<Record<Study["study"], string>> = {
  twins: "1",
  course: "1",
  angles: "1",
  decomposition: "1",
  blocks: "2",
  projection: "1",
};

/** A study with every field present and its run resolved, or an error that says what was expected. */
export function resolveStudy(input: StudyInput): Study {
  const run = resolveConfig(input.run), full = "full" in input ? { full: resolveConfig(input.full) } : {};
  const { data, error } = Study.safeParse({ ...input, run, ...full });
  if (!data) {
    const [{ path, message }] = error.issues;
    throw new TypeError(`Cannot resolve study as it must have the fields of study_schema.ts: ${path.join(".") || "study"}: ${message}`);
  }
  const must = (holds: boolean, what: string, came: string | number) => {
    if (!holds) throw new RangeError(`Cannot resolve study as ${what}: ${came}`);
  };
  must(!run.train.checkpoint, "train.checkpoint must be left out, as a study watches training to its last step", run.train.checkpoint!);
  if (data.study === "projection") return requireBoth(data, must);
  if (data.study === "decomposition" || data.study === "blocks") return resolveTuned(data, must);
  const measured = ["full", "lora"].includes(run.method.name) && !isPartial(run.method) && run.rora === null && run.start === null;
  must(measured, "its run must be full fine-tuning or LoRA of the pretrained encoder, without RoRA", run.method.name);
  const most = "fisherRows" in data ? Math.max(data.rows, data.fisherRows) : data.rows;
  must(most <= run.task.trainRows, `at most the run's ${run.task.trainRows} training rows can be measured`, most);
  if (data.study === "twins") must(run.attack.name !== "none", "the run of twins must be poisoned: its clean twin is made from it", "attack none");
  if (data.study === "angles") must(triggerOf(run.attack) !== null, "the run of angles must have an attack with a trigger", run.attack.name);
  if (data.study === "course") {
    must(data.fisherRows <= data.rows, `fisherRows must be at most rows, ${data.rows}`, data.fisherRows);
    must(data.checkpoints[0] === 0, "checkpoints must begin at the start, 0: drift is measured from there", data.checkpoints[0]);
    must(!data.linearised || data.checkpoints.at(-1) === 1, "checkpoints must go to the end, 1, for a linearised model", data.checkpoints.at(-1)!);
    must(!data.aligned || run.method.name === "lora", "only LoRA's kernel is aligned with full fine-tuning's", run.method.name);
  }
  return data;
}

type Must = (holds: boolean, what: string, came: string) => void;

/** A study of what fine-tuning makes of a poisoned encoder. */
function resolveTuned(study: StudyNamed<"decomposition" | "blocks">, must: Must): Study {
  const { run, arms } = study, what = { decomposition: "the run of a decomposition", blocks: "the run behind blocks" }[study.study];
  requireTuned(run, what, must);
  must(run.rora === null && arms.every((arm) => !arm?.pt), `${what} is looked at before it is rescaled: RoRA's pieces but Pt stand in arms`, "rora");
  return { ...study, arms: arms.map((arm) => resolveConfig({ ...run, rora: arm }).rora) };
}

function requireTuned({ method, start }: RunConfig, what: string, must: Must): void {
  must(method.name === "lora", `${what} must be LoRA`, method.name);
  must(
    start !== null && triggerOf(start.run.attack) !== null,
    `${what} must start from an encoder that is poisoned with a trigger`,
    start?.run.attack.name ?? "no start",
  );
}

/** Two fine-tunings that differ in the method and how it is trained. */
function requireBoth(study: StudyNamed<"projection">, must: Must): Study {
  const { run, full } = study;
  requireTuned(run, "the run of a projection", must);
  must(run.rora === null && full.rora === null, "the runs of a projection must be without RoRA", "rora");
  must(full.method.name === "full" && !isPartial(full.method), "full must be full fine-tuning of every tensor", full.method.name);
  must(!full.train.checkpoint, "full.train.checkpoint must be left out, as a study watches training to its last step", full.train.checkpoint!);
  const common = ({ model, task, attack, start, seed, train: { epochs, maxSteps, batchSize }, evaluate: { changes, targetLabel } }: RunConfig) =>
    canonicalize({ model, task, attack, start, seed, epochs, maxSteps, batchSize, changes, targetLabel });
  must(common(run) === common(full), "run and full must have one model, task, attack, start, seed, number of steps and held-out rows", "they differ");
  return study;
}

/** SHA-256 of what decides a study's numbers, by the rules of `runKey`: fields at their default are left out. */
export function studyKey(study: Study, { data, weights, start }: InputDigests): string {
  const said = withoutDefaults(Study, study), version = studyVersions[study.study];
  return createHash("sha256").update(canonicalize({ study: said, version, digests: { data, weights, start, recipe: RECIPE } })!).digest("hex");
}
