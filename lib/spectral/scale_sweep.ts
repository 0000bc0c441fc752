/** What a linear classifier W_pre + s dW would do at each scale s, and how far paper B's assumptions hold over rows (section 4.2). */
import { checkCount } from "../math/check.ts";
import { mean } from "../math/statistics.ts";
import type { Margin } from "./margin.ts";

export interface ScalePoint {
  readonly scale: number;
  /** Share of rows whose triggered margin is not above 0: for two classes the attack success rate. */
  readonly attackSuccessRate: number;
  /** Share of rows whose clean margin is above 0: for two classes the accuracy on them. */
  readonly cleanAccuracy: number;
  /** Mean of M_s(x^trig). */
  readonly triggeredMargin: number;
}

/** The margins of rows that are not of the target's class, by scale. */
export function sweepScale(rows: readonly Pick<Margin, "triggered" | "clean">[], scales: readonly number[]): ScalePoint[] {
  checkCount("sweep the scale", "the number of rows", rows.length);
  return scales.map((scale) => {
    const triggered = rows.map((row) => row.triggered.pretrained + scale * row.triggered.update);
    const clean = rows.map((row) => row.clean.pretrained + scale * row.clean.update);
    return {
      scale,
      attackSuccessRate: share(triggered, (margin) => !(margin > 0)),
      cleanAccuracy: share(clean, (margin) => margin > 0),
      triggeredMargin: mean(triggered),
    };
  });
}

export interface AssumptionShares {
  /** (A1): rho_bd in (0, 1]. */
  readonly backdoor: number;
  /** (A2): rho_cl in (0, 1]. */
  readonly clean: number;
  /** (A2): rho_tr in [0, 1). */
  readonly trigger: number;
  /** rho_eff > 0. */
  readonly effective: number;
  /** (A2) and rho_eff > 0 together. */
  readonly update: number;
  /** rho_eff > rho_bd: then the matched scale of equation 12 is above s*, for inputs of one length. */
  readonly matched: number;
}

/** Shares of rows for which the paper's assumptions hold, each with its own constants. */
export function assumptionShares(rows: readonly Margin[]): AssumptionShares {
  checkCount("count rows under the assumptions", "the number of rows", rows.length);
  const clean = (row: Margin) => row.rhoClean > 0, trigger = (row: Margin) => row.rhoTrigger < 1, effective = (row: Margin) => row.rhoEffective > 0;
  return {
    backdoor: share(rows, (row) => row.rhoBackdoor > 0),
    clean: share(rows, clean),
    trigger: share(rows, trigger),
    effective: share(rows, effective),
    update: share(rows, (row) => clean(row) && trigger(row) && effective(row)),
    matched: share(rows, (row) => row.rhoEffective > row.rhoBackdoor),
  };
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}
