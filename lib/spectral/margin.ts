/**
 * Proposition 4.2 of paper B, measured: from which scale s on do logits (W_pre + s dW) x prefer the clean label on a triggered row?
 * The paper's constants rho are measured by equality, row by row, and carry the inputs' lengths, which it sets to 1.
 *
 * c is the direction of the margin in the output: e_y - e_target for a classifier (`marginDirection`); for a module inside a network
 * the gradient of the margin by the module's output. A bias is one more column of W and a 1 at the end of x.
 */
import type { Matrix } from "../math/matrix.ts";
import { sigmaMax } from "./sigma_max.ts";
import { dot } from "./small_svd.ts";

export interface PairedRow {
  /** What the layer reads of the clean row: [in]. */
  readonly x: ArrayLike<number>;
  /** Of the same row with the trigger: [in]. */
  readonly triggered: ArrayLike<number>;
  /** c: [out]. */
  readonly direction: ArrayLike<number>;
}

export interface Margin {
  /** M_s(x^trig) = pretrained + s * update, and the same two of the clean row. */
  readonly triggered: Contributions;
  readonly clean: Contributions;
  /** rho_bd = -<c, W_pre x^trig> / (|c| sigma_pre |x^trig|): (A1) by equality; above 0 where the backdoor works at s = 0. */
  readonly rhoBackdoor: number;
  /** rho_cl = <c, dW x> / (|c| sigma_delta |x|), (A2). */
  readonly rhoClean: number;
  /** rho_tr = |<c, dW (x^trig - x)>| / (|c| sigma_delta |x|), (A2); up to 2 where both inputs have length 1. */
  readonly rhoTrigger: number;
  /** rho_cl - rho_tr. */
  readonly rhoEffective: number;
  /** s* = rho_bd sigma_pre |x^trig| / (rho_eff sigma_delta |x|): every s above it is enough. Null where rho_eff <= 0. */
  readonly sufficientScale: number | null;
  /** The same with rho_bd = 1, which needs no (A1): by Cauchy-Schwarz. Null where rho_eff <= 0. */
  readonly certainScale: number | null;
  /** rho_bd sigma_pre / sigma_delta: what (A1) as printed does prove, that no s below it is enough. */
  readonly necessaryScale: number;
  /** s_0: above it the margin stays above 0; null where there is no such scale. */
  readonly exactScale: number | null;
}

/** To a margin M_s = pretrained + s * update. */
export interface Contributions {
  /** <c, W_pre x> */
  readonly pretrained: number;
  /** <c, dW x> */
  readonly update: number;
}

/** e_y - e_target for C classes; not for y = target, where no margin is lost and (A1) cannot hold. */
export function marginDirection(classes: number, label: number, target: number): Float64Array {
  const known = (value: number) => Number.isInteger(value) && 0 <= value && value < classes;
  if (!known(label) || !known(target) || label === target) {
    throw new RangeError(`Cannot take a margin as label and target must be two classes of 0 to ${classes - 1}: ${label}, ${target}`);
  }
  return Float64Array.from({ length: classes }, (_, i) => Number(i === label) - Number(i === target));
}

export interface Sigmas {
  readonly sigmaPre: number;
  readonly sigmaDelta: number;
}

/** Every row's margin under W_pre + s dW, both [out, in]; `sigmas` where the largest singular values are known already. */
export function margins(
  pre: Matrix,
  delta: Matrix,
  rows: readonly PairedRow[],
  { sigmaPre, sigmaDelta }: Sigmas = { sigmaPre: sigmaMax(pre).value, sigmaDelta: sigmaMax(delta).value },
): Margin[] {
  if (pre.rows !== delta.rows || pre.cols !== delta.cols) {
    throw new TypeError(`Cannot measure margins as W and dW must have one shape: ${pre.rows} x ${pre.cols}, ${delta.rows} x ${delta.cols}`);
  }
  if (!(sigmaPre > 0 && sigmaDelta > 0)) {
    throw new RangeError(`Cannot measure margins as W and dW must not be zero: largest singular values ${sigmaPre}, ${sigmaDelta}`);
  }
  return rows.map(({ x, triggered, direction }) => {
    const inputs = [x, triggered];
    if (direction.length !== pre.rows || inputs.some(({ length }) => length !== pre.cols)) {
      const came = [x.length, triggered.length, direction.length].join(", ");
      throw new TypeError(`Cannot measure margins as x, x^trig and c must have ${pre.cols}, ${pre.cols} and ${pre.rows} entries: ${came}`);
    }
    const [byPre, byDelta] = [pre, delta].map((weight) => transposedTimes(weight, direction));
    const [clean, withTrigger] = inputs.map((input) => ({ pretrained: dot(byPre, input), update: dot(byDelta, input) }));
    const [c, length, triggeredLength] = [direction, x, triggered].map((vector) => Math.sqrt(dot(vector, vector)));
    return rowMargin(clean, withTrigger, {
      bound: c * sigmaPre * triggeredLength,
      gain: c * sigmaDelta * length,
      most: c * sigmaDelta * triggeredLength,
    });
  });
}

/** What the two contributions could come to, by Cauchy-Schwarz. */
export interface Bounds {
  /** |c| sigma_pre |x^trig|: of W_pre on the triggered row. */
  readonly bound: number;
  /** |c| sigma_delta |x|: of the update on the clean row. */
  readonly gain: number;
  /** |c| sigma_delta |x^trig|: of the update on the triggered row. */
  readonly most: number;
}

/** One row's constants from what W_pre and the update contribute, and what they could. */
export function rowMargin(clean: Contributions, triggered: Contributions, { bound, gain, most }: Bounds): Margin {
  const { pretrained, update } = triggered;
  const rhoBackdoor = -pretrained / bound, rhoClean = clean.update / gain;
  const rhoTrigger = Math.abs(update - clean.update) / gain, rhoEffective = rhoClean - rhoTrigger;
  return {
    triggered,
    clean,
    rhoBackdoor,
    rhoClean,
    rhoTrigger,
    rhoEffective,
    sufficientScale: sufficientScale(clean, triggered),
    certainScale: rhoEffective > 0 ? bound / (rhoEffective * gain) : null,
    necessaryScale: Math.max(-pretrained / most, 0),
    exactScale: exactScale(triggered),
  };
}

/**
 * s* in the margins' own terms, where all lengths and singular values cancel: what W_pre does against the triggered row, over what the update does
 * for the clean one less what the trigger moves of it. So it can be told where no single matrix is: of a whole network. Null where rho_eff <= 0.
 */
export function sufficientScale(clean: Contributions, triggered: Contributions): number | null {
  const effective = clean.update - Math.abs(triggered.update - clean.update);
  return effective > 0 ? Math.max(-triggered.pretrained / effective, 0) : null;
}

/** s_0: above it the margin stays above 0; null where there is no such scale. */
export function exactScale({ pretrained, update }: Contributions): number | null {
  const holds = update > 0 || (update === 0 && pretrained > 0);
  return holds ? Math.max(update > 0 ? -pretrained / update : 0, 0) : null;
}

/** W^T c: [in]. */
function transposedTimes({ rows, cols, data }: Matrix, c: ArrayLike<number>): Float64Array {
  const result = new Float64Array(cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) result[j] += c[i] * data[i * cols + j];
  return result;
}
