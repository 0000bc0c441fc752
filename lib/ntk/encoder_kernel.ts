/**
 * The empirical neural tangent kernel of an encoder with an adapter: K[(i, k), (j, m)] = <grad f_k(x_i), grad f_m(x_j)>, over all trained
 * tensors and of each by itself (paper A, equations 6 and 12 to 14).
 */
import { checkCount } from "../math/check.ts";
import type { Matrix } from "../math/matrix.ts";
import { compile } from "../tensor/compile.ts";
import { tf } from "../tensor/tf.ts";
import type { Batch, Sequence } from "../tokens/batch.ts";
import { evaluationBatches } from "../tokens/batching.ts";
import { inChains } from "../train/chains.ts";
import type { Block } from "./encoder_blocks.ts";
import { createGrams } from "./encoder_gram.ts";
import { createTangents, type TangentModel } from "./encoder_tangents.ts";

export interface EncoderKernel {
  /** Examples. */
  readonly n: number;
  /** Class scores. */
  readonly c: number;
  /** Class scores [n, c]. */
  readonly logits: Matrix;
  /** The kernel over all trained tensors: [n c, n c], row i c + k. Computed in float32, summed in float64. */
  readonly total: Matrix;
  /** Each trained tensor's part, by its name: `MODULE.lora_B` is the A^T A part, `MODULE.lora_A` the B B^T part. */
  readonly parts: ReadonlyMap<string, Matrix>;
  /** s = alpha / r. The adapters' parts hold it squared; 1 for full fine-tuning. */
  readonly scale: number;
}

export interface Kernels {
  kernel(sequences: readonly Sequence[]): Promise<EncoderKernel>;
  /** Goes on at another point of the same kind; what has been traced stays. */
  move(model: Pick<TangentModel, "adapter" | "weights">): void;
  dispose(): void;
}

/** Examples of a batch: gradients of all batches are held until the kernel is done, so that its size matters to speed only. */
const defaultBatch = 32;

/** The kernel at one point. */
export async function encoderKernel(model: TangentModel, sequences: readonly Sequence[]): Promise<EncoderKernel> {
  const kernels = createKernels(model);
  try {
    return await kernels.kernel(sequences);
  } finally {
    kernels.dispose();
  }
}

/** Some of the batch's rows in TensorFlow. */
interface Part {
  /** Their places among the sequences, -1 for filler. */
  readonly rows: Int32Array;
  readonly logits: Float32Array; // [n, c]
  readonly blocks: ReadonlyMap<string, Block>;
}

export function createKernels(model: TangentModel, batchSize = defaultBatch): Kernels {
  const tangents = createTangents(model), { classes: c, scale, trained } = tangents, grams = createGrams(c);
  const layouts = new Map<string, Layout[]>(); // by batch shape
  const gradients = compile((ids, mask, ...weights) => {
    const parts = inChains([ids, mask], (ids, mask) => tangents.differentiate(ids, mask, weights));
    layouts.set(ids.shape.join(), parts.map(({ logits, blocks }) => ({ n: logits.shape[0], blocks: [...blocks] })));
    return parts.flatMap(({ logits, blocks }) => [logits, ...[...blocks.values()].flatMap(tensorsOf)]);
  });

  async function partsOf({ n, t, ids, mask, rows }: Batch): Promise<Part[]> {
    const inputs = [tf.tensor2d(ids, [n, t], "int32"), tf.tensor2d(mask, [n, t])];
    const results = await gradients(...inputs, ...tangents.weights());
    tf.dispose(inputs);
    const next = () => results.shift()!;
    let begin = 0;
    return layouts.get(`${n},${t}`)!.map(({ n, blocks }) => {
      const scores = next(), logits = scores.dataSync() as Float32Array;
      scores.dispose();
      return { rows: rows.subarray(begin, begin += n), logits, blocks: new Map(blocks.map(([name, like]) => [name, filled(like, next)])) };
    });
  }

  return {
    async kernel(sequences) {
      const parts: Part[] = [], n = sequences.length;
      checkCount("compute the kernel", "the number of sequences", n);
      for (const batch of evaluationBatches(sequences, { batchSize })) parts.push(...await partsOf(batch));
      const logits = { rows: n, cols: c, data: new Float64Array(n * c) };
      for (const part of parts) part.rows.forEach((row, i) => row >= 0 && logits.data.set(part.logits.subarray(i * c, (i + 1) * c), row * c));
      const places = parts.flatMap(({ rows }) => Array.from({ length: c }, (_, k) => [...rows].map((row) => row < 0 ? -1 : row * c + k)).flat());
      const byName = new Map<string, Matrix>(), total = { rows: n * c, cols: n * c, data: new Float64Array((n * c) ** 2) };
      for (const name of trained) {
        const blocks = parts.map(({ blocks }) => blocks.get(name)!), gram = await grams.gram(blocks);
        const part = placed(gram.dataSync() as Float32Array, places, n * c);
        gram.dispose();
        tf.dispose(blocks.flatMap(tensorsOf));
        for (let at = 0; at < part.data.length; at++) total.data[at] += part.data[at];
        byName.set(name, part);
      }
      return { n, c, logits, total, parts: byName, scale };
    },
    move: tangents.move,
    dispose() {
      gradients.dispose();
      grams.dispose();
      tangents.dispose();
    },
  };
}

/** What a part of the traced batch returns: its blocks as they were while tracing. */
interface Layout {
  readonly n: number;
  readonly blocks: readonly (readonly [string, Block])[];
}

function tensorsOf(block: Block): tf.Tensor[] {
  if (block.kind === "rows") return [...block.rows];
  return [block.kind === "lookup" ? block.ids : block.u, ...block.v];
}

/** A block of the same form from the tensors that follow. */
function filled(like: Block, next: () => tf.Tensor): Block {
  if (like.kind === "rows") return { kind: "rows", rows: like.rows.map(next) };
  if (like.kind === "lookup") return { kind: "lookup", ids: next(), v: like.v.map(next) };
  return { kind: "factors", u: next(), v: like.v.map(next) };
}

/** A Gram matrix in the order of the sequences, without filler, and exactly symmetric. */
function placed(gram: Float32Array, places: readonly number[], size: number): Matrix {
  const data = new Float64Array(size * size);
  for (const [a, row] of places.entries()) {
    if (row < 0) continue;
    for (const [b, col] of places.entries()) {
      if (col >= 0 && b <= a) data[row * size + col] = data[col * size + row] = gram[a * places.length + b];
    }
  }
  return { rows: size, cols: size, data };
}
