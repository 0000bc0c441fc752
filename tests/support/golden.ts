/** The goldens of tests/golden as our own types: encoder, batches, adapters. */
import type { Adapter } from "../../lib/adapter/adapter.ts";
import { fullAdapter } from "../../lib/adapter/full.ts";
import { loraAdapter } from "../../lib/adapter/lora.ts";
import type { Lora } from "../../lib/adapter/method.ts";
import { createRng } from "../../lib/math/random.ts";
import { type Encoder, parseBertConfig } from "../../lib/model/encoder.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import type { Batch } from "../../lib/tokens/batch.ts";
import { root } from "./modules.ts";

export interface GoldenBatch {
  readonly ids: number[][];
  readonly mask: number[][];
  readonly labels?: number[];
}

export interface GoldenForward extends GoldenBatch {
  /** Positions shown of each row. */
  readonly positions: number[][];
  readonly hidden: { readonly sum: number; readonly norm: number; readonly values: number[][][] }[];
  readonly pooler: number[][];
  readonly logits: number[][];
}

export interface GoldenTensors {
  readonly tensors: Record<string, { readonly norm: number; readonly deviation: number }>;
  readonly entries: { readonly name: string; readonly offset: number; readonly values: number[] }[];
}

export interface GoldenCase {
  readonly method: { name: "full" } | { name: "lora"; targets: "all" | "qv"; rank: number; alpha: number; head: "frozen" | "trained" };
  readonly learningRate: number;
  readonly trainableParameters: number;
  readonly losses: number[];
  readonly firstGradients: GoldenTensors;
  readonly finalWeights: GoldenTensors;
  readonly finalLogits: number[][];
}

export type CaseName = "full" | "lora" | "loraQueryValue";
export const caseNames: readonly CaseName[] = ["full", "lora", "loraQueryValue"];

interface Training {
  readonly optimizer: { readonly weightDecay: number };
  readonly batches: GoldenBatch[];
  readonly cases: Record<CaseName, GoldenCase>;
}

interface Goldens {
  tiny: Training & {
    readonly config: Record<string, unknown>;
    readonly weights: Record<string, { shape: number[]; scale: number; offset: number; seed: number }>;
    readonly forward: GoldenForward;
  };
  forward: GoldenForward;
  training: Training & { readonly schedule: { warmupSteps: number; steps: number; rates: number[] } };
}

export function readGolden<Name extends keyof Goldens>(name: Name): Goldens[Name] {
  return JSON.parse(Deno.readTextFileSync(`${root}tests/golden/${name}.json`));
}

/** The two-layer encoder whose every weight is a formula. */
export function tinyEncoder(): Encoder {
  const { config, weights } = readGolden("tiny");
  const tensors = Object.entries(weights).map(([name, { shape, scale, offset, seed }]): [string, StoredTensor] => {
    const length = shape.reduce((product, size) => product * size, 1);
    return [name, { shape, data: Float32Array.from({ length }, (_, k) => offset + scale * Math.sin(seed + 0.37 * k * k)) }];
  });
  return { config: parseBertConfig({ model_type: "bert", ...config }), weights: new Map(tensors) };
}

export function goldenBatch({ ids, mask, labels = ids.map(() => 0) }: GoldenBatch): Batch {
  const n = ids.length, t = ids[0].length;
  return {
    n,
    t,
    ids: Int32Array.from(ids.flat()),
    mask: Float32Array.from(mask.flat()),
    labels: Int32Array.from(labels),
    weights: new Float32Array(n).fill(1),
    rows: Int32Array.from(ids.keys()),
  };
}

/** The goldens' head: 0.02 sin(1 + k), bias 0. */
export function goldenHead(width: number): Map<string, StoredTensor> {
  return new Map([
    ["classifier.weight", { shape: [2, width], data: Float32Array.from({ length: 2 * width }, (_, k) => 0.02 * Math.sin(1 + k)) }],
    ["classifier.bias", { shape: [2], data: new Float32Array(2) }],
  ]);
}

export function goldenLora(method: Extract<GoldenCase["method"], { name: "lora" }>): Lora {
  const { name, rank, alpha, targets } = method;
  return { name, rank, alpha, targets, dropout: 0, init: "gaussian", initVariance: 1 / 3, zero: "B", trainA: true };
}

/** The adapter that a golden case was trained with: A is 0.05 sin(0.5 + k), B is 0. */
export function goldenAdapter(encoder: Encoder, { method }: GoldenCase): Adapter {
  const head = goldenHead(encoder.config.width);
  if (method.name === "full") return fullAdapter(encoder, head);
  const adapter = loraAdapter(
    goldenLora(method),
    { encoder, head, headTrained: method.head === "trained", own: false },
    createRng("replaced below"),
  );
  const trained = [...adapter.trained].map(([name, { shape, data }]): [string, StoredTensor] => [
    name,
    { shape, data: name.endsWith(".lora_A") ? data.map((_, k) => 0.05 * Math.sin(0.5 + k)) : data },
  ]);
  return { ...adapter, trained: new Map(trained) };
}
