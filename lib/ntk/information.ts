/**
 * How much a spectrum holds: information bits and entropies of the eigenvalues of a Fisher matrix (paper A, equations 9 and 10).
 * Spectra are descending and non-negative; what is below 1e-12 of the largest eigenvalue counts as 0. Natural logarithms.
 */

/** What rounding leaves of a zero eigenvalue, relative to the largest. */
const negligible = 1e-12;

/** `log`: half the log pseudo-determinant; `trace`: half the sum. Equation 9 sets the two equal, which they are not. */
export function informationBits(spectrum: Float64Array, form: "log" | "trace"): number {
  return sumOf(positive(spectrum), form === "log" ? Math.log : (value) => value) / 2;
}

/**
 * H_alpha = log(sum lambda^alpha) / (1 - alpha) over the positive eigenvalues, alpha >= 0.
 * `raw`: the eigenvalues as they are (equation 10); no limit at alpha = 1, and -log lambda_max at infinity.
 * `normalised`: they are divided by their sum, so that alpha = 1 gives Shannon's entropy.
 */
export function renyiEntropy(spectrum: Float64Array, alpha: number, form: "raw" | "normalised"): number {
  if (!(alpha >= 0)) throw new RangeError(`Cannot take a Renyi entropy as alpha must be at least 0: ${alpha}`);
  if (form === "normalised" && alpha === 1) return shannonEntropy(spectrum);
  if (alpha === 1) throw new RangeError(`Cannot take a raw Renyi entropy as alpha must not be 1, where it has no limit: normalise the spectrum`);
  const values = form === "raw" ? positive(spectrum) : normalised(spectrum);
  if (values.length === 0) return alpha < 1 ? -Infinity : Infinity; // the logarithm of an empty sum
  if (alpha === Infinity) return -Math.log(values[0]);
  // Powers of the largest eigenvalue's share: lambda^alpha itself overflows for a large alpha.
  return (alpha * Math.log(values[0]) + Math.log(sumOf(values, (value) => (value / values[0]) ** alpha))) / (1 - alpha);
}

/** -sum p log p with p = lambda / sum lambda: from 0 (one direction) to log n (n equal ones). */
export function shannonEntropy(spectrum: Float64Array): number {
  return -sumOf(normalised(spectrum), (p) => p * Math.log(p));
}

/** exp of Shannon's entropy: the number of equal eigenvalues that would have it (Roy and Vetterli 2007). */
export function effectiveRank(spectrum: Float64Array): number {
  return Math.exp(shannonEntropy(spectrum));
}

function positive(spectrum: Float64Array): Float64Array {
  const least = negligible * (spectrum[0] ?? 0);
  return spectrum.filter((value) => value > 0 && value >= least);
}

function normalised(spectrum: Float64Array): Float64Array {
  const values = positive(spectrum), total = sumOf(values, (value) => value);
  if (values.length === 0) throw new RangeError(`Cannot normalise a spectrum as an eigenvalue must be positive: ${spectrum.length} are not`);
  return values.map((value) => value / total);
}

const sumOf = (values: Float64Array, of: (value: number) => number): number => values.reduce((sum, value) => sum + of(value), 0);
