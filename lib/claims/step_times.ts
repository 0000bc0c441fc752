/** Step times of LoRA and of RoRA's pieces as a benchmark found them (`deno task bench --only rora --json FILE`), beside the published records. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { publishedFolder } from "../experiment/published.ts";

const Timing = z.object({ mode: z.string(), baseline: z.literal(true).optional(), blockSeconds: z.array(z.number().positive()).min(2) });
/** The parts of the benchmark's report that are read; `bench/report.ts` has all of it. */
const Report = z.object({
  schema: z.literal(2),
  finishedAt: z.string(),
  cpu: z.string(),
  threads: z.number().int().positive(),
  loadBefore: z.number().min(0),
  cases: z.array(z.object({ name: z.string(), title: z.string(), steps: z.number().int().positive(), timings: z.array(Timing) })),
});

export interface StepTimes {
  /** Of LoRA's step, seconds: one value a block, each the mean over `steps` steps. */
  readonly lora: readonly number[];
  /** By what is added to LoRA, in the same blocks: `RoRA` (CI and Tr; Pt costs no step), `CI alone`, `Tr alone`. */
  readonly added: ReadonlyMap<string, readonly number[]>;
  readonly steps: number;
  readonly finishedAt: string;
  readonly cpu: string;
  readonly threads: number;
  /** Other programs' work in the minute before: it slows both sides. */
  readonly loadBefore: number;
}

const stepTimesPath = (folder = publishedFolder): string => join(folder, "benchmarks", "rora.json");

/** Null where no benchmark was kept; an error where what was kept is no report of it. */
export function readStepTimes(path = stepTimesPath()): StepTimes | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
  const { cases, finishedAt, cpu, threads, loadBefore } = Report.parse(JSON.parse(text)), found = cases.find(({ name }) => name === "rora");
  const lora = found?.timings.find(({ baseline }) => baseline);
  if (!found || !lora) throw new TypeError(`Cannot read step times as ${path} must have the case rora with LoRA as its baseline: it has not`);
  const added = new Map(found.timings.filter((timing) => timing !== lora).map(({ mode, blockSeconds }) => [mode, blockSeconds]));
  return { lora: lora.blockSeconds, added, steps: found.steps, finishedAt, cpu, threads, loadBefore };
}
