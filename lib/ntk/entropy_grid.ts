/**
 * How much the spectrum of A^T A holds over a grid of ranks and initialisation variances (paper A, equation 18 and Figure 3), by Monte
 * Carlo on A as LoRA draws it. Entropies are those of the r nonzero eigenvalues.
 */
import { type Matrix, multiply, transpose } from "../math/matrix.ts";
import type { Rng } from "../math/random.ts";
import { renyiEntropy, shannonEntropy } from "./information.ts";
import { drawA } from "./lora_spectrum.ts";
import { spectrumOf } from "./spectrum.ts";

/** `count` numbers from `first` to `last` with a constant ratio. */
export function geometric(first: number, last: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i === count - 1 ? last : first * (last / first) ** (i / (count - 1)));
}

/** The grid of the released code; A has whole ranks, so that ours are rounded and each once. */
export const releasedGrid = { width: 1024, ranks: geometric(4, 256, 40), variances: geometric(0.01, 1.5, 40) };

export interface EntropyCell {
  readonly rank: number;
  /** k: Var(A) = k / n. */
  readonly initVariance: number;
  readonly draw: number;
  /** ln tr A^T A, which is ln(k r) for the mean trace. */
  readonly logTrace: number;
  /** H_1/2 of the eigenvalues as they are, which is what equation 18 says. */
  readonly renyiHalf: number;
  /** Shannon's entropy of the eigenvalues divided by their sum: at most ln r, whatever k is. */
  readonly shannon: number;
}

export interface EntropyGrid {
  /** n, A's columns. */
  readonly width: number;
  readonly ranks: readonly number[];
  readonly variances: readonly number[];
  readonly draws: number;
}

/**
 * One cell per draw, rank and variance. A draw is one matrix of the largest rank: its first rows are what the stream gives for a smaller one. k
 * scales it: A of variance k / n is sqrt(k) times A of variance 1 / n, so that eigenvalues are computed once per rank. Needs the started engine.
 */
export function entropyGrid({ width, ranks, variances, draws }: EntropyGrid, rng: Rng): EntropyCell[] {
  const whole = [...new Set(ranks.map(Math.round))].sort((a, b) => a - b);
  return Array.from({ length: draws }, (_, draw) => {
    const A = drawA({ rank: whole.at(-1)!, init: "kaiming-uniform", initVariance: 1 }, width, rng.fork(draw)), gram = multiply(A, transpose(A));
    return whole.flatMap((rank) => {
      const spectrum = spectrumOf(leading(gram, rank)), shannon = shannonEntropy(spectrum);
      const logTrace = Math.log(spectrum.reduce((sum, value) => sum + value, 0)), renyiHalf = renyiEntropy(spectrum, 0.5, "raw");
      // H_1/2 = 2 ln sum sqrt(lambda): k comes out of it and of the trace as ln k, and not at all out of shares
      return variances.map((initVariance): EntropyCell => {
        const log = Math.log(initVariance);
        return { rank, initVariance, draw, logTrace: logTrace + log, renyiHalf: renyiHalf + log, shannon };
      });
    });
  }).flat();
}

/** What Shannon's entropy is expected to be, to first order in r / n: the eigenvalues, of mean k, have the variance k^2 r / n. */
export const expectedShannon = (rank: number, width: number): number => Math.log(rank) - rank / (2 * width);

/** The same of the raw H_1/2. */
export function expectedRenyiHalf(rank: number, initVariance: number, width: number): number {
  return Math.log(initVariance) + 2 * Math.log(rank) - rank / (4 * width);
}

/** The first `size` rows and columns. */
function leading({ cols, data }: Matrix, size: number): Matrix {
  const part = new Float64Array(size * size);
  for (let i = 0; i < size; i++) part.set(data.subarray(i * cols, i * cols + size), i * size);
  return { rows: size, cols: size, data: part };
}
