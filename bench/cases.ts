/** The cases by name, with what each is to reach. Loads none of them: `--help` answers at once. */
import type { Precision } from "../lib/tensor/precision.ts";
import type { BenchCase } from "./case.ts";

const step = { unit: "step", blocks: 5, steps: 20 };
const share = { f32: 0.7, bf16: 0.4 }; // of the matrix-product peak in the same precision

const minilm = (method: "lora" | "full", precision: Precision, ratio: number): BenchCase => ({
  ...step,
  name: named(method, precision),
  work: `${method === "lora" ? "LoRA" : "full fine-tuning"} step of MiniLM, batches of 32`,
  precision,
  aim: { ratio, peakShare: share[precision] },
  standing: precision === "f32",
  load: async () => (await import("./cases/minilm.ts")).prepare(method),
});

const bert = (size: "base" | "large", precision: Precision, ratio: number): BenchCase => ({
  ...step,
  name: named(size, precision),
  work: `LoRA step of BERT-${size}'s shape, 8 rows of 128 tokens`,
  precision,
  aim: { ratio, peakShare: share[precision], ...(size === "large" ? { peakMemoryBytes: 12e9 } : {}) },
  blocks: size === "large" ? 2 : 3,
  steps: size === "large" ? 3 : 6,
  standing: false,
  load: async () => (await import("./cases/bert.ts")).prepare(size),
});

const sweep = (precision: Precision): BenchCase => ({
  name: named("sweep", precision),
  work: "8 LoRA runs of MiniLM, batches of 8",
  unit: "sweep",
  precision,
  aim: { ratio: 0.7 },
  blocks: 3,
  steps: 38,
  standing: false,
  load: async () => (await import("./cases/sweep.ts")).prepare,
});

const kernel = (method: "lora" | "full", name: string): BenchCase => ({
  name,
  work: `kernel of 64 sentences by MiniLM, ${method === "lora" ? "LoRA" : "full fine-tuning"}`,
  unit: "kernel",
  precision: "f32",
  aim: { ratio: 0.2 },
  blocks: 3,
  steps: 1,
  standing: false,
  load: async () => (await import("./cases/ntk.ts")).prepare(method),
});

export const cases: readonly BenchCase[] = [
  minilm("lora", "f32", 0.8),
  minilm("lora", "bf16", 0.6),
  minilm("full", "f32", 0.9),
  minilm("full", "bf16", 0.7),
  {
    name: "epoch",
    work: "an epoch of movie reviews with evaluation",
    unit: "epoch",
    precision: "f32",
    aim: { ratio: 0.4 },
    blocks: 3,
    steps: 63,
    standing: true,
    load: async () => (await import("./cases/epoch.ts")).prepare,
  },
  sweep("f32"),
  sweep("bf16"),
  kernel("lora", "ntk"),
  kernel("full", "ntk-full"),
  bert("base", "f32", 0.9),
  bert("base", "bf16", 0.7),
  bert("large", "f32", 0.9),
  bert("large", "bf16", 0.7),
  {
    ...step,
    name: "rora",
    work: "RoRA's step of MiniLM beside LoRA's own",
    precision: "f32",
    aim: { ratio: 1.1 },
    standing: false,
    load: async () => (await import("./cases/rora.ts")).prepare,
  },
  {
    name: "start",
    work: "start of a process to its first step",
    unit: "start",
    precision: "f32",
    aim: { seconds: 3, ratio: 1 },
    blocks: 5,
    steps: 1,
    standing: true,
    load: async () => (await import("./cases/start.ts")).prepare,
  },
  {
    name: "figures",
    work: "Figures 1 and 2, quick profile, the whole command",
    unit: "command",
    precision: "f32",
    aim: { seconds: 600 },
    blocks: 1,
    steps: 1,
    standing: false,
    load: async () => (await import("./cases/figures.ts")).prepare,
  },
];

/** `lora`, `lora-bf16` */
function named(name: string, precision: Precision): string {
  return precision === "f32" ? name : `${name}-${precision}`;
}
