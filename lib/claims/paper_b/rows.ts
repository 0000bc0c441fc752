/** Per-row numbers of Proposition 4.2, of which runs keep quantiles over held-out rows of the other class: read as one number a run. */
import type { Quantiles } from "../../experiment/margins.ts";
import type { Chain } from "../chains.ts";
import { signed } from "../words.ts";

/** The least mean difference of an alignment, which is a cosine. */
export const leastAlignment = 0.01;

/** Runs whose classifier was measured, and changed. */
export const withHead = (chains: readonly Chain[]): Chain[] => chains.filter(({ head }) => head?.update);

export const medianOf = (quantiles: Quantiles): number => quantiles[2];

/** rho_cl, rho_tr and rho_eff = rho_cl - rho_tr of the median row, on the classifier. */
export const rhoClean = ({ head }: Chain): number => medianOf(head!.update!.rhoClean);
export const rhoTrigger = ({ head }: Chain): number => medianOf(head!.update!.rhoTrigger);
export const rhoEffective = ({ head }: Chain): number => medianOf(head!.update!.rhoEffective);

const levels = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** Share of rows that are at most x, by straight lines between the quantiles and from 0 at `least`; above the last it is 95 %, at least. */
export function shareUpTo(quantiles: Quantiles, x: number, least: number): number {
  const points = [[least, 0], ...quantiles.map((at, i) => [at, levels[i]])], above = points.findLastIndex(([at]) => at <= x);
  if (above < 0) return 0;
  const [from, low] = points[above];
  if (above === points.length - 1) return low;
  const [to, high] = points[above + 1];
  return low + (high - low) * (x - from) / (to - from);
}

/** Between which shares of rows are above 0: what the quantiles' signs say. */
export function shareAboveZero(quantiles: Quantiles): { readonly least: number; readonly most: number } {
  const first = quantiles.findIndex((value) => value > 0), last = first < 0 ? levels.length - 1 : first - 1;
  return { least: first < 0 ? 0 : 1 - levels[first], most: last < 0 ? 1 : 1 - levels[last] };
}

/** A mean alignment: `+0.31`. */
export const meanRho = ({ mean }: { mean: number }): string => signed(mean, 2);
