/**
 * One head of self-attention in float64 with the gradients of its weights (paper A, equations 50 and 51, in the matrix form that
 * can be evaluated). Columns are tokens: x is [d, t]. With the softmax along rows the output is W_O V alpha^T.
 */
import { type Matrix, multiply, scaled, transpose } from "../math/matrix.ts";
import { softmax } from "../math/softmax.ts";

/** W_Q, W_K, W_V, W_O: each [d, d]. The paper has no W_O: the identity. */
export interface AttentionWeights {
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
  readonly o: Matrix;
}

export type Projection = keyof AttentionWeights;
export const projections: readonly Projection[] = ["q", "k", "v", "o"];

export interface Attention {
  readonly queries: Matrix; // [d, t]
  readonly keys: Matrix; // [d, t]
  readonly values: Matrix; // [d, t]
  /** alpha: row i says how much token i takes from each token. */
  readonly probabilities: Matrix; // [t, t]
  /** V alpha^T, what W_O reads. */
  readonly mixed: Matrix; // [d, t]
  readonly output: Matrix; // [d, t]
}

/** Self-attention of x [d, t]. */
export function attention({ q, k, v, o }: AttentionWeights, x: Matrix): Attention {
  const [queries, keys, values] = [q, k, v].map((weight) => multiply(weight, x));
  const { probabilities, mixed } = attend(queries, keys, values);
  return { queries, keys, values, probabilities, mixed, output: multiply(o, mixed) };
}

/** alpha = softmax(Q^T K / sqrt(d)) along rows, and V alpha^T. */
export function attend(queries: Matrix, keys: Matrix, values: Matrix): Pick<Attention, "probabilities" | "mixed"> {
  const probabilities = softmaxRows(scaled(multiply(transpose(queries), keys), 1 / Math.sqrt(queries.rows)));
  return { probabilities, mixed: multiply(values, transpose(probabilities)) };
}

/** The gradients of f = sum_ij C_ij output_ij by the four weights: G = sum over tokens of (gradient there) (input there)^T. */
export function attentionGradients(weights: AttentionWeights, x: Matrix, cotangent: Matrix): AttentionWeights {
  const { queries, keys, values, probabilities, mixed } = attention(weights, x);
  const dMixed = multiply(transpose(weights.o), cotangent), dProbabilities = multiply(transpose(dMixed), values);
  const dScores = scaled(softmaxGradient(probabilities, dProbabilities), 1 / Math.sqrt(x.rows)), xT = transpose(x);
  return {
    q: multiply(multiply(keys, transpose(dScores)), xT),
    k: multiply(multiply(queries, dScores), xT),
    v: multiply(multiply(dMixed, probabilities), xT),
    o: multiply(cotangent, transpose(mixed)),
  };
}

/** alpha * (d alpha - the row sums of alpha * d alpha), entry by entry. */
function softmaxGradient({ rows, cols, data: alpha }: Matrix, { data: gradient }: Matrix): Matrix {
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    let mean = 0;
    for (let j = i * cols; j < (i + 1) * cols; j++) mean += alpha[j] * gradient[j];
    for (let j = i * cols; j < (i + 1) * cols; j++) data[j] = alpha[j] * (gradient[j] - mean);
  }
  return { rows, cols, data };
}

function softmaxRows({ rows, cols, data: scores }: Matrix): Matrix {
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) data.set(softmax(scores.subarray(i * cols, (i + 1) * cols)), i * cols);
  return { rows, cols, data };
}
