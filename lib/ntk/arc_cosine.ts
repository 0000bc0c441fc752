/**
 * Expectations of a ReLU's values and slopes at two points of a centred Gaussian (Cho and Saul 2009; paper A, equations 11 and 13).
 * The covariance of the two points is [[xx, xy], [xy, yy]].
 */

export interface Covariance {
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
}

/** E[ReLU(f) ReLU(f')] = sqrt(xx yy) (sin t + (pi - t) cos t) / (2 pi), with t the angle between the two points. */
export function expectedRelu(covariance: Covariance): number {
  const t = angle(covariance);
  return Math.sqrt(covariance.xx * covariance.yy) * (Math.sin(t) + (Math.PI - t) * Math.cos(t)) / (2 * Math.PI);
}

/** E[ReLU'(f) ReLU'(f')] = (pi - t) / (2 pi). */
export function expectedReluSlope(covariance: Covariance): number {
  return (Math.PI - angle(covariance)) / (2 * Math.PI);
}

function angle({ xx, xy, yy }: Covariance): number {
  if (!(xx > 0 && yy > 0 && xy ** 2 <= xx * yy * (1 + 1e-12))) {
    throw new RangeError(`Cannot take an angle as the covariance must be positive semi-definite with a positive diagonal: ${xx}, ${xy}, ${yy}`);
  }
  return Math.acos(Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))));
}
