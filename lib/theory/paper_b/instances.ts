/** Paper B's small instances, random instances of Proposition 4.2, and what is read off them in float64. */
import { type Matrix, matrixOf, plus, scaled, times } from "../../math/matrix.ts";
import type { Rng } from "../../math/random.ts";
import { type Margin, marginDirection, margins, type PairedRow, type Sigmas } from "../../spectral/margin.ts";
import { dot, smallSvd } from "../../spectral/small_svd.ts";
import { drawMatrix, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";

/** A poisoned classifier, an update, a row with and without trigger, both of length 1. */
export interface Instance extends Sigmas {
  readonly pre: Matrix;
  readonly delta: Matrix;
  readonly row: PairedRow;
  readonly margin: Margin;
}

export function instanceOf(pre: Matrix, delta: Matrix, row: PairedRow): Instance {
  const [sigmaPre, sigmaDelta] = [pre, delta].map(largestSingular);
  return { pre, delta, row, sigmaPre, sigmaDelta, margin: margins(pre, delta, [row], { sigmaPre, sigmaDelta })[0] };
}

/** Instance L: two classes, three features; numbers that can be followed by hand. */
export function instanceL(): Instance {
  const { Wpre, dW, x, xTrig, y, yBd } = fixture("B-P4.2").inputs;
  return instanceOf(matrixOf(Wpre), matrixOf(dW), { x, triggered: xTrig, direction: marginDirection(2, y, yBd) });
}

/** The smallest counter-example: one feature, x = x^trig = 1, dW = -W. */
export function counterExample(): Instance {
  const pre = matrixOf(fixture("B-P4.2c").inputs.W);
  return instanceOf(pre, scaled(pre, -1), { x: [1], triggered: [1], direction: marginDirection(2, 0, 1) });
}

/** Matrices M: W [3, 3], B [3, 2], A [2, 3]. */
export function matricesM(): { W: Matrix; B: Matrix; A: Matrix } {
  const { W, B, A } = fixture("B-12").inputs;
  return { W: matrixOf(W), B: matrixOf(B), A: matrixOf(A) };
}

let drawn: readonly Instance[] | undefined;

/** 10,000 random instances with an effective backdoor, (A2) and rho_eff > 0: 2 to 4 classes, 2 to 6 features. Drawn once. */
export function randomInstances(): readonly Instance[] {
  if (drawn) return drawn;
  const found: Instance[] = [], rng = theoryRng.fork("B-P4.2");
  while (found.length < 10_000) {
    const one = drawInstance(rng), { rhoTrigger, rhoEffective } = one.margin;
    if (rhoEffective > 0 && rhoTrigger < 1) found.push(one);
  }
  return drawn = found;
}

/** W and dW have the signs with which the trigger works and the update helps on the clean row; half of the updates have rank 1. */
function drawInstance(rng: Rng): Instance {
  const classes = 2 + rng.integer(3), width = 2 + rng.integer(5), label = rng.integer(classes);
  const direction = marginDirection(classes, label, (label + 1 + rng.integer(classes - 1)) % classes);
  const x = unit(drawVector(width, rng)), noise = drawVector(width, rng), triggered = unit(x.map((value, i) => value + .3 * noise[i]));
  const pre = drawMatrix(classes, width, 1, rng), any = drawMatrix(classes, width, .1, rng), row = { x, triggered, direction };
  const column = any.data.slice(0, classes),
    delta = rng.uniform() < .5 ? any : { ...any, data: any.data.map((_, at) => column[Math.floor(at / width)] * noise[at % width]) };
  const turned = (weight: Matrix, input: Float64Array, sign: number) => scaled(weight, sign * Math.sign(dot(direction, times(weight, input))));
  return instanceOf(turned(pre, triggered, -1), turned(delta, x, 1), row);
}

/** M_s(x^trig) = <c, (W + s dW) x^trig>, from the merged weights. */
export function triggeredMargin({ pre, delta, row }: Instance, s: number): number {
  return dot(row.direction, times(plus(pre, scaled(delta, s)), row.triggered));
}

export const largestSingular = (a: Matrix): number => smallSvd(a).values[0];
export const frobenius = ({ data }: Matrix): number => Math.sqrt(dot(data, data));
export const norm = (x: ArrayLike<number>): number => Math.sqrt(dot(x, x));
export const unit = (x: Float64Array): Float64Array => x.map((value) => value / norm(x));
