/**
 * Floating-point operations in the matrix products of one training step, counted from shapes: 2 m k n for [m, k] x [k, n]. Each
 * implementation is counted by the products that it really runs on the rectangle that it really pads to, so that GFLOP/s says how busy
 * the processor's multipliers are; embeddings, normalisation, softmax, GELU, and AdamW are time without operations here.
 */
import { type Architecture, workOf } from "../lib/experiment/cost_flops.ts";
import { type BertConfig, linearModules } from "../lib/model/encoder.ts";

/** Ours: W + (alpha / r) B A formed first; in the last layer only [CLS] asks. PyTorch: transformers and PEFT as they are. */
export type Implementation = "ours" | "pytorch";

export interface StepShape {
  readonly n: number;
  /** Tokens a row, padding included. */
  readonly t: number;
  readonly classes: number;
  /** The rank of LoRA on every linear module; null for full fine-tuning. */
  readonly rank: number | null;
}

export function stepFlops(config: BertConfig, shape: StepShape, by: Implementation): number {
  return by === "ours" ? ourFlops(config, shape) : pytorchFlops(config, shape);
}

function ourFlops(encoder: BertConfig, { n, t, classes, rank }: StepShape): number {
  const trained: Pick<Architecture, "method" | "head"> = rank === null
    ? { method: { name: "full" }, head: "trained" }
    : { method: { name: "lora", rank, targets: "all" }, head: "frozen" };
  return workOf({ encoder, classes, ...trained }, { n, t }, "step").flops;
}

function pytorchFlops(config: BertConfig, { n, t, classes, rank }: StepShape): number {
  const { layers, width } = config, modules = [...linearModules(config), { name: "classifier", in: width, out: classes }];
  const rows = (name: string) => name.startsWith("encoder.") ? n * t : n; // pooler and classifier read [CLS]
  const linear = modules.map((module) => linearFlops(rows(module.name), module, rank, readsEmbeddings(module.name)));
  // q k^T and its product with the values, each once forward and twice backward.
  return linear.reduce((sum, flops) => sum + flops, layers * 3 * 2 * (2 * n * t * t * width));
}

const readsEmbeddings = (name: string) => name.startsWith("encoder.layer.0.attention.self.");

/** One linear module, forward and backward, for m rows. */
function linearFlops(m: number, module: { in: number; out: number }, rank: number | null, first: boolean): number {
  const { in: size, out } = module, product = 2 * m * size * out;
  if (rank === null) return 3 * product; // output, gradient of the input, gradient of the weight
  // LoRA: no gradient of W; below the first adapters nothing is trained, so their input needs none either.
  const inputs = first ? 0 : 1, throughIn = 2 * m * size * rank, throughOut = 2 * m * out * rank;
  return (1 + inputs) * product + (2 + inputs) * throughIn + 3 * throughOut; // x A^T, dA, dx; (x A^T) B^T, dB, dy B
}
