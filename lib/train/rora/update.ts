/** What training changed of an adapted module's weight, as factors: B A, or B A - B_0 A_0 where the method does not start at 0. */
import { matrixFrom } from "../../adapter/leading.ts";
import type { Factors } from "../../adapter/low_rank.ts";
import type { LowRankMethod } from "../../adapter/method.ts";
import { oloraFactors } from "../../adapter/olora.ts";
import { pissaFactors } from "../../adapter/pissa.ts";
import type { Matrix } from "../../math/matrix.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import { type LowRankSigma, lowRankSigma } from "../../spectral/low_rank.ts";

type Tensors = ReadonlyMap<string, StoredTensor>;

/** The factors that a method starts from, where their product is not 0. */
export function startOf(method: LowRankMethod, weight: StoredTensor): Factors | null {
  switch (method.name) {
    case "pissa":
      return pissaFactors(method, weight);
    case "olora":
      return oloraFactors(method, weight);
    case "lora":
    case "dora":
      return null;
  }
}

/** A module's factors in an adapter's tensors; A is fixed where it is not trained. */
export function factorsOf({ trained, fixed }: { trained: Tensors; fixed: Tensors }, module: string): Factors {
  const [a, b] = ["lora_A", "lora_B"].map((factor) => `${module}.${factor}`);
  return { a: (trained.get(a) ?? fixed.get(a))!, b: trained.get(b)! };
}

/** Singular values of B A - B_0 A_0 without s, and the first one's vectors; all zero where nothing but rounding is left of it. */
export function sigmaOfUpdate({ a, b }: Factors, start: Factors | null): LowRankSigma {
  const left = start ? beside(matrixFrom(b), matrixFrom(start.b)) : matrixFrom(b);
  const right = start ? below(matrixFrom(a), matrixFrom(start.a)) : matrixFrom(a);
  const sigma = lowRankSigma(left, right), norm = ({ data }: Matrix) => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
  if (sigma.values[0] > 1e-9 * norm(left) * norm(right)) return sigma;
  return { values: sigma.values.fill(0), left: sigma.left.fill(0), right: sigma.right.fill(0) };
}

/** [B, -B_0]. */
function beside(b: Matrix, start: Matrix): Matrix {
  const cols = b.cols + start.cols;
  const entry = (i: number, j: number) => j < b.cols ? b.data[i * b.cols + j] : -start.data[i * start.cols + j - b.cols];
  return { rows: b.rows, cols, data: Float64Array.from({ length: b.rows * cols }, (_, k) => entry(Math.floor(k / cols), k % cols)) };
}

/** A above A_0. */
function below(a: Matrix, start: Matrix): Matrix {
  const data = new Float64Array(a.data.length + start.data.length);
  data.set(a.data);
  data.set(start.data, a.data.length);
  return { rows: a.rows + start.rows, cols: a.cols, data };
}
