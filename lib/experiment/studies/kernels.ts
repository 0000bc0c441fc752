/** What studies read off an encoder's kernel: information measures, drift, the parts' shares, alignment. */
import { type Matrix, trace } from "../../math/matrix.ts";
import type { EncoderKernel } from "../../ntk/encoder_kernel.ts";
import { informationOf, lossGram, scoreGradients } from "../../ntk/encoder_information.ts";
import type { Sequence } from "../../tokens/batch.ts";
import type { Information } from "../study_record.ts";
import { groupOf, isMatched } from "./modules.ts";

/** The kernel of the linear modules' matrices alone: [n c, n c]. */
export function matchedKernel({ total, parts }: Pick<EncoderKernel, "total" | "parts">): Matrix {
  const data = new Float64Array(total.data.length);
  for (const [name, part] of parts) if (isMatched(groupOf(name))) { for (let at = 0; at < data.length; at++) data[at] += part.data[at]; }
  return { ...total, data };
}

/** The Gram matrix of the loss gradients: [n, n], by n. */
export function gramOn({ logits }: Pick<EncoderKernel, "logits">, kernel: Matrix, sequences: readonly Sequence[]): Matrix {
  return lossGram(kernel, scoreGradients(logits, sequences.map(({ label }) => label)));
}

/** The information measures of a Gram matrix, without its spectrum. */
export function measuresOf(gram: Matrix): Information {
  const { spectrum: _, ...measures } = informationOf(gram);
  return { ...measures, meanEigenvalue: trace(gram) / gram.rows };
}

/** |K - K_0| / |K_0| in the Frobenius norm. */
export function driftFrom(start: Matrix, kernel: Matrix): number {
  let moved = 0, size = 0;
  start.data.forEach((x, at) => {
    moved += (kernel.data[at] - x) ** 2;
    size += x * x;
  });
  return Math.sqrt(moved / size);
}

/** Shares of the kernel's trace by what was trained; they add up to 1. */
export function sharesOf(parts: EncoderKernel["parts"]): { loraB: number; loraA: number; plain: number } {
  const traces = { loraB: 0, loraA: 0, plain: 0 };
  for (const [name, part] of parts) traces[name.endsWith(".lora_B") ? "loraB" : name.endsWith(".lora_A") ? "loraA" : "plain"] += trace(part);
  const whole = traces.loraB + traces.loraA + traces.plain;
  return { loraB: traces.loraB / whole, loraA: traces.loraA / whole, plain: traces.plain / whole };
}

/** sum_k K[(i, k), (j, k)]: [n, n]. */
export function overScores({ rows, data }: Matrix, c: number): Matrix {
  const n = rows / c, result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) for (let k = 0; k < c; k++) result[i * n + j] += data[(i * c + k) * rows + j * c + k];
  }
  return { rows: n, cols: n, data: result };
}

/** Centred kernel alignment (Cortes et al. 2012): the cosine of two kernels [n, n] after centring, 1 for kernels alike up to scale. */
export function alignment(first: Matrix, second: Matrix): number {
  const [a, b] = [centred(first), centred(second)], dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, at) => sum + value * y[at], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function centred({ rows: n, data }: Matrix): Float64Array {
  const means = Array.from({ length: n }, (_, i) => data.subarray(i * n, (i + 1) * n).reduce((sum, x) => sum + x, 0) / n);
  const mean = means.reduce((sum, x) => sum + x, 0) / n;
  return data.map((x, at) => x - means[Math.floor(at / n)] - means[at % n] + mean); // the kernel is symmetric: rows' means are columns'
}
