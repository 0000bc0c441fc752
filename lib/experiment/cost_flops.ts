/**
 * What one pass over a batch has to do, counted from shapes. A pass is a training step or a prediction. Products are counted as the
 * engine runs them: W + (alpha / r) B A is formed first, in the last layer only [CLS] asks, nothing is differentiated below the first
 * trained tensor.
 */
import { sizeOf } from "../math/size.ts";
import type { Full, LowRankMethod } from "../adapter/method.ts";
import { isQueryOrValue } from "../adapter/start.ts";
import { type BertConfig, countParameters, headShapes, linearModules } from "../model/encoder.ts";
import { layerOf } from "../model/layer.ts";

export type PassKind = "step" | "predict";

/** What a pass is made of: enough of a config to count with. */
export interface Architecture {
  /** `vocabularySize`: the rows of the word embeddings that are kept. */
  readonly encoder: BertConfig;
  readonly classes: number;
  readonly method: Full | Pick<LowRankMethod, "name" | "rank" | "targets">;
  /** Whether the classifier's weight itself is trained. */
  readonly head: "frozen" | "trained";
}

/** n rows of t tokens, padding included. */
export interface BatchShape {
  readonly n: number;
  readonly t: number;
}

/** The four amounts that the machine's rates are for (`cost_rates.ts`). */
export interface Work {
  /** Floating-point operations in matrix products: 2 m k n for [m, k] x [k, n]. */
  readonly flops: number;
  /** Numbers that the forward pass writes beside the products' own results: bias, normalisation, GELU, softmax, residuals. */
  readonly activations: number;
  /** Weights that the pass goes through as a whole, whatever the batch: moved by AdamW, or rebuilt as W + B A. */
  readonly weights: number;
  /** Encoder layers, and one for embeddings, head and loss: each is so many operations to start. */
  readonly layers: number;
}

interface Linear {
  readonly name: string;
  readonly in: number;
  readonly out: number;
}

/** Every linear module, bottom to top, the classifier last. */
function modulesOf({ encoder, classes }: Architecture): Linear[] {
  return [...linearModules(encoder), { name: "classifier", in: encoder.width, out: classes }];
}

/** Whether a module computes with W + B A. */
function isAdapted(architecture: Architecture, module: Linear): boolean {
  const { method, head } = architecture;
  if (method.name === "full") return false;
  if (method.targets === "qv") return isQueryOrValue(module);
  return head === "frozen" || !isOfHead(architecture, module);
}

/** Whether a module's weight itself is trained. */
function isTuned(architecture: Architecture, module: Linear): boolean {
  const { method, head } = architecture;
  if (method.name !== "full") return head === "trained" && isOfHead(architecture, module);
  return !method.only || isQueryOrValue(module) || isOfHead(architecture, module);
}

/** Whether a module is the classification head's. */
const isOfHead = ({ encoder, classes }: Architecture, { name }: Linear): boolean => headShapes(encoder, classes).has(`${name}.weight`);

export function workOf(architecture: Architecture, { n, t }: BatchShape, kind: PassKind): Work {
  const { encoder, method } = architecture, { layers, width, heads, innerWidth } = encoder;
  const asking = (layer: number) => layer === layers - 1 ? n : n * t; // rows that ask
  const flops = modulesOf(architecture).map((module) => {
    const layer = layerOf(module.name) ?? layers, isRead = /\.self\.(key|value)$/.test(module.name);
    const m = layer === layers ? n : isRead ? n * t : asking(layer); // pooler and classifier read [CLS]
    return linearFlops(architecture, module, m, kind);
  });
  // q k^T and its product with the values, each once forward and twice backward
  const attention = Array.from({ length: layers }, (_, layer) => (kind === "step" ? 3 : 1) * 2 * (2 * asking(layer) * t * width));
  const activations = Array.from(
    { length: layers },
    (_, layer) =>
      perAskingRow * width * asking(layer) + perReadRow * width * n * t + perInnerRow * innerWidth * asking(layer) +
      perScore * heads * t * asking(layer),
  );
  return {
    flops: sum(flops) + sum(attention),
    activations: sum(activations) + perReadRow * width * n * t, // embeddings
    weights: method.name !== "full" ? formedWeights(architecture) : kind === "step" ? trainedParameters(architecture) : 0,
    layers: layers + 1,
  };
}

// Tensors of that size which a layer's forward pass writes, model/bert.ts read line by line.
const perAskingRow = 16; // of width d: query, heads apart and together, bias, residual, normalisation, twice
const perReadRow = 4; // of width d: key and value, bias and heads apart
const perInnerRow = 4; // of the feed-forward width: bias and GELU
const perScore = 2; // of h t a row: scores with mask, softmax

/** Forward: one product. Backward: one for the input unless nothing below is trained, one for a trained W, four thin ones for A and B. */
function linearFlops(architecture: Architecture, module: Linear, m: number, kind: PassKind): number {
  const { method } = architecture, { name, in: size, out } = module;
  const product = 2 * m * size * out, rank = method.name === "full" ? 0 : method.rank, adapted = isAdapted(architecture, module);
  const formed = adapted ? 2 * out * rank * size : 0;
  if (kind === "predict") return product + formed;
  if (method.name === "full" && !method.only) return 3 * product;
  // below the first adapters, or the first weights that are trained, nothing is, so their input needs no gradient
  const inputs = name.startsWith("encoder.layer.0.attention.self.") ? 0 : 1;
  const own = adapted ? 2 * (2 * m * rank * (size + out)) : isTuned(architecture, module) ? product : 0;
  return (1 + inputs) * product + formed + own;
}

/**
 * Numbers of W + s B A, which every low-rank method forms: PiSSA and OLoRA differ from LoRA in where they start alone. DoRA forms it once as well,
 * for its rows' lengths and for its products; the lengths take about a quarter of that again, which is not counted.
 */
export function formedWeights(architecture: Architecture): number {
  return sum(adaptedModules(architecture).map((module) => module.in * module.out));
}

function adaptedModules(architecture: Architecture): Linear[] {
  return modulesOf(architecture).filter((module) => isAdapted(architecture, module));
}

/** Numbers that the optimiser moves. */
export function trainedParameters(architecture: Architecture): number {
  const { encoder, classes, method, head } = architecture;
  const ofHead = sum([...headShapes(encoder, classes).values()].map(sizeOf));
  if (method.name === "full" && !method.only) return countParameters(encoder) + ofHead;
  if (method.name === "full") return ofHead + sum(modulesOf(architecture).filter(isQueryOrValue).map((module) => module.in * module.out));
  const factored = method.name === "pissa" || method.name === "olora"; // out of W, so of no more ranks than it has
  const adapters = adaptedModules(architecture).map((module) => {
    const rank = factored ? Math.min(method.rank, module.in, module.out) : method.rank;
    return rank * (module.in + module.out) + (method.name === "dora" ? module.out : 0); // DoRA's magnitudes
  });
  return sum(adapters) + (head === "trained" ? ofHead : 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
