/** What a kernel holds about a data set: the Gram matrix of its loss gradients, its spectrum and the measures of paper A, equations 8 to 10. */
import type { Matrix } from "../math/matrix.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { EncoderKernel } from "./encoder_kernel.ts";
import { effectiveRank, informationBits, renyiEntropy, shannonEntropy } from "./information.ts";
import { lossGradient } from "./network.ts";
import { spectrumOf } from "./spectrum.ts";

export interface Information {
  /** Eigenvalues of the loss gradients' Gram matrix, which are the nonzero ones of the empirical Fisher matrix; descending: [n]. */
  readonly spectrum: Float64Array;
  /** How many of them are above rounding; the others are set to 0 and count in none of the measures. */
  readonly resolved: number;
  /** Half the trace. */
  readonly bitsTrace: number;
  /** Half the log pseudo-determinant, of the resolved eigenvalues. */
  readonly bitsLog: number;
  /** H_0.5 of the eigenvalues as they are. */
  readonly renyiRaw: number;
  /** H_1 of the normalised eigenvalues. */
  readonly shannon: number;
  readonly effectiveRank: number;
  readonly largest: number;
}

/**
 * Kernels are computed in float32: an eigenvalue below this part of the largest may be rounding. (Of 64 sentences on MiniLM, other batches
 * move the eigenvalues by less than 1e-7 of the largest; the smallest are above 1e-4 of it.)
 */
const resolution = 1e-6;

/** Gradients of the cross entropy at the class scores, softmax - one-hot: [n, c]. */
export function scoreGradients({ rows: n, cols: c, data }: Matrix, labels: ArrayLike<number>): Matrix {
  const result = new Float64Array(n * c);
  for (let i = 0; i < n; i++) result.set(lossGradient(data.subarray(i * c, (i + 1) * c), labels[i]), i * c);
  return { rows: n, cols: c, data: result };
}

/** G_ij = d_i^T K_ij d_j / n for a kernel [n c, n c], the total one or a part, and score gradients d [n, c]: [n, n]. */
export function lossGram(kernel: Matrix, { rows: n, cols: c, data: d }: Matrix): Matrix {
  if (kernel.rows !== n * c) throw new TypeError(`Cannot weigh the kernel as it must have ${n * c} rows, one for each class score: ${kernel.rows}`);
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < c; k++) for (let m = 0; m < c; m++) sum += d[i * c + k] * kernel.data[(i * c + k) * n * c + j * c + m] * d[j * c + m];
      gram[i * n + j] = gram[j * n + i] = sum / n;
    }
  }
  return { rows: n, cols: n, data: gram };
}

/** The measures of a Gram matrix of gradients [n, n]. Needs the started engine. */
export function informationOf(gram: Matrix): Information {
  const all = spectrumOf(gram), spectrum = all.map((value) => value >= resolution * all[0] ? value : 0);
  return {
    spectrum,
    resolved: spectrum.findLastIndex((value) => value > 0) + 1,
    bitsTrace: informationBits(spectrum, "trace"),
    bitsLog: informationBits(spectrum, "log"),
    renyiRaw: renyiEntropy(spectrum, 0.5, "raw"),
    shannon: shannonEntropy(spectrum),
    effectiveRank: effectiveRank(spectrum),
    largest: spectrum[0],
  };
}

export interface KernelMeasures extends Information {
  /** Traces of the loss Gram matrix by what was trained, as shares of the whole; they add up to 1. */
  readonly shares: {
    /** LoRA's B: the A^T A part. */
    readonly loraB: number;
    /** LoRA's A: the B B^T part, 0 at B = 0. */
    readonly loraA: number;
    /** Whole matrices, vectors and tables: all of it in full fine-tuning. */
    readonly plain: number;
  };
}

/** The measures of an encoder's kernel on labelled sequences, those that the kernel was computed on. */
export function kernelMeasures({ logits, total, parts }: EncoderKernel, sequences: readonly Sequence[]): KernelMeasures {
  const d = scoreGradients(logits, sequences.map(({ label }) => label)), whole = lossGram(total, d);
  const traceOf = (matrix: Matrix) =>
    Array.from({ length: matrix.rows }, (_, i) => matrix.data[i * (matrix.cols + 1)]).reduce((sum, x) => sum + x, 0);
  const traces = { loraB: 0, loraA: 0, plain: 0 };
  for (const [name, part] of parts) {
    traces[name.endsWith(".lora_B") ? "loraB" : name.endsWith(".lora_A") ? "loraA" : "plain"] += traceOf(lossGram(part, d));
  }
  const all = traces.loraA + traces.loraB + traces.plain;
  return { ...informationOf(whole), shares: { loraB: traces.loraB / all, loraA: traces.loraA / all, plain: traces.plain / all } };
}
