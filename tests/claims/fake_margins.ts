/** Made-up margins of rows: quantiles around planted medians. */
import type { Chain } from "../../lib/claims/chains.ts";
import type { Quantiles } from "../../lib/experiment/margins.ts";

export interface HeadSketch {
  /** Medians of rho_bd, rho_cl and rho_tr. */
  readonly backdoor?: number;
  readonly clean?: number;
  readonly trigger?: number;
  /** Shares of rows with rho_cl > 0, and under all assumptions. */
  readonly alone?: number;
  readonly assumed?: number;
  readonly cleanShare?: number;
  /** Median s_0; null: no row turns. */
  readonly exact?: number | null;
}

export interface NetworkSketch {
  readonly exact?: number | null;
  readonly cleanShare?: number;
  /** ASR that the straight lines foretell. */
  readonly predicted?: readonly (readonly [scale: number, asr: number])[];
}

const around = (median: number): Quantiles => [median - 0.1, median - 0.05, median, median + 0.05, median + 0.1];
const turning = (exact: number | null) => ({
  exactScale: exact === null ? null : [0.5, 0.8, 1, 1.25, 2].map((times) => times * exact) as unknown as Quantiles,
  turned: exact === null ? 0 : 1,
});

export function headWith(sketch: HeadSketch, tuned = true): NonNullable<Chain["head"]> {
  const { backdoor = 0.4, clean = 0.5, trigger = 0.5, alone = 0.9, assumed = 0.5, cleanShare = 0.2, exact = 4 } = sketch;
  return {
    rows: 320,
    sigmaPretrained: 2,
    sigmaUpdate: tuned ? 0.2 : 0,
    rhoBackdoor: around(backdoor),
    update: !tuned ? null : {
      rhoClean: around(clean),
      rhoTrigger: around(trigger),
      rhoEffective: around(clean - trigger),
      shares: { backdoor: 0.9, clean: alone, trigger: 0.9, effective: assumed, update: assumed, matched: 0.4 },
      cleanShare,
      ...turning(exact),
    },
  };
}

export function networkWith({ exact = 8, cleanShare = 0.2, predicted = [] }: NetworkSketch, scale: number): NonNullable<Chain["network"]> {
  return {
    scale,
    clean: { without: 2, with: 3 },
    triggered: { without: -2, with: -1.5 },
    cleanShare,
    ...turning(exact),
    predicted: predicted.map(([scale, attackSuccessRate]) => ({ scale, attackSuccessRate, cleanAccuracy: 0.9, triggeredMargin: 0 })),
  };
}
