/** Eigenvalues of A^T A and of B B^T, module by module (paper A, Lemma 3.1 and appendix C). */
import type { Matrix } from "../../math/matrix.ts";
import { transpose } from "../../math/matrix.ts";
import { mean } from "../../math/statistics.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import type { TangentModel } from "../../ntk/encoder_tangents.ts";
import { gramMatrix, spectrumOf } from "../../ntk/spectrum.ts";
import type { CoursePoint } from "../study_record.ts";

type Factors = NonNullable<CoursePoint["factors"]>;

/** Of the r eigenvalues that are not 0 by construction, means over the adapted modules; null where nothing is adapted. Needs the started engine. */
export function factorsOf(
  { adapter }: Pick<TangentModel, "adapter">,
  weights: ReadonlyMap<string, StoredTensor> = new Map(),
): Factors | null {
  const values = new Map([...adapter.fixed, ...adapter.trained, ...weights]);
  const of = (ending: string) => [...values].filter(([name]) => name.endsWith(ending)).map(([, value]) => matrix(value));
  const [a, b] = [of(".lora_A"), of(".lora_B")];
  return a.length === 0 ? null : { a: eigenvalues(a), b: eigenvalues(b.map(transpose)) };
}

/** Of M^T M for each M [r, n], through M M^T [r, r]. */
function eigenvalues(matrices: readonly Matrix[]): Factors["a"] {
  const spectra = matrices.map((m) => spectrumOf(gramMatrix(m)).map((value) => value * m.rows)); // gramMatrix divides by the rows
  const traces = spectra.map((values) => values.reduce((sum, value) => sum + value, 0));
  return {
    trace: mean(traces),
    largest: mean(spectra.map((values) => values[0])),
    smallest: mean(spectra.map((values) => values.at(-1)!)),
    logTrace: traces.every((one) => one > 0) ? mean(traces.map(Math.log)) : NaN,
  };
}

const matrix = ({ shape: [rows, cols], data }: StoredTensor): Matrix => ({ rows, cols, data: Float64Array.from(data) });
