/**
 * Floating-point operations in the matrix products of one training step, counted from shapes: 2 m k n for [m, k] x [k, n]. Each
 * implementation is counted by the products that it really runs on the rectangle that it really pads to, so that GFLOP/s says how busy
 * the processor's multipliers are; embeddings, normalisation, softmax, GELU, and AdamW are time without operations here.
 */
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
  const { layers, width } = config, { n, t, classes } = shape;
  const modules = [...linearModules(config), { name: "classifier", in: width, out: classes }];
  const lastAsking = by === "ours" ? 1 : t; // tokens a row that ask in the last layer
  const rows = (name: string) => {
    if (!name.startsWith("encoder.")) return n; // pooler and classifier read [CLS]
    const last = name.startsWith(`encoder.layer.${layers - 1}.`);
    return n * (last && !/\.self\.(key|value)$/.test(name) ? lastAsking : t);
  };
  const linear = modules.map((module) => linearFlops(rows(module.name), module, shape.rank, readsEmbeddings(module.name), by));
  // q k^T and its product with the values, each once forward and twice backward.
  const attention = Array.from({ length: layers }, (_, layer) => 3 * 2 * (2 * n * (layer === layers - 1 ? lastAsking : t) * t * width));
  return [...linear, ...attention].reduce((sum, flops) => sum + flops, 0);
}

const readsEmbeddings = (name: string) => name.startsWith("encoder.layer.0.attention.self.");

/** One linear module, forward and backward, for m rows. */
function linearFlops(m: number, module: { in: number; out: number }, rank: number | null, first: boolean, by: Implementation): number {
  const { in: size, out } = module, product = 2 * m * size * out;
  if (rank === null) return 3 * product; // output, gradient of the input, gradient of the weight
  // LoRA: no gradient of W; below the first adapters nothing is trained, so their input needs none either.
  const inputs = first ? 0 : 1, dense = (1 + inputs) * product;
  const throughIn = 2 * m * size * rank, throughOut = 2 * m * out * rank;
  if (by === "ours") return dense + 2 * out * rank * size + 2 * throughIn + 2 * throughOut; // B A; x A^T, dA; dy B, dB
  return dense + (2 + inputs) * throughIn + 3 * throughOut; // x A^T, dA, dx; (x A^T) B^T, dB, dy B
}
