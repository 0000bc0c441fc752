/** R-SIZE: a number against the paper's, at the paper's scale only. */
import { mean, standardDeviation } from "../../math/statistics.ts";

/**
 * Whether our value lies within the tolerance of the paper's. The default tolerance is max(2 points, 2 x combined standard deviation),
 * combined over both sides' seeds: sqrt(own^2 + paper^2).
 * @param own one value per seed, fraction
 * @param paper fraction, with its standard deviation over seeds where it is known
 */
export function withinSize(own: readonly number[], paper: { readonly value: number; readonly sd?: number }, tolerance?: number): boolean {
  return Math.abs(mean(own) - paper.value) <= (tolerance ?? Math.max(0.02, 2 * Math.hypot(standardDeviation(own) ?? 0, paper.sd ?? 0)));
}
