/** Proposition 4.2's quantities, run by run: quantiles over held-out rows of the other class. */
import type { ChainRow } from "../../experiment/chain_rows.ts";
import type { Quantiles } from "../../experiment/margins.ts";
import { neverPoisoned } from "./look.ts";
import { armName, attackNames, encoderName, pairName } from "./names.ts";

/** One run's quantiles over the held-out rows of the other class. */
export interface QuantileMark {
  readonly panel: MarginPanel["panel"];
  readonly source: "run";
  /** Pair of tasks, and how the encoder was poisoned. */
  readonly group: string;
  /** Method. */
  readonly label: string;
  readonly series: string;
  readonly p05: number;
  readonly p25: number;
  readonly value: number;
  readonly p75: number;
  readonly p95: number;
  /** Share of rows that some scale turns; null where the panel is not about that. */
  readonly turned: number | null;
  readonly seed: number;
  readonly key: string;
}

export interface MarginPanel {
  readonly panel: "rho_bd" | "rho_eff" | "s_0";
  readonly heading: string;
  readonly scale: Readonly<Record<string, unknown>>;
  /** Null where a run has none. */
  of(row: ChainRow): { readonly quantiles: Quantiles; readonly turned: number | null } | null;
}

const whole = (quantiles: Quantiles | undefined | null) => quantiles ? { quantiles, turned: null } : null;

/** In multiples of the trained scale. */
function turningOf({ network }: ChainRow): ReturnType<MarginPanel["of"]> {
  if (!network?.exactScale) return null;
  return { quantiles: network.exactScale.map((scale) => scale / network.scale) as unknown as Quantiles, turned: network.turned };
}

export const marginPanels: readonly MarginPanel[] = [
  { panel: "rho_bd", heading: "ρ_bd on the classifier", scale: { domain: [-1, 1] }, of: ({ head }) => whole(head?.rhoBackdoor) },
  { panel: "rho_eff", heading: "ρ_eff = ρ_cl − ρ_tr there", scale: { domain: [-2, 1] }, of: ({ head }) => whole(head?.update?.rhoEffective) },
  { panel: "s_0", heading: "s₀ through the network, in α / r", scale: { type: "symlog" }, of: turningOf },
];

/** By method. */
export const marginSeries: Readonly<Record<string, string>> = {
  "full fine-tuning": "full fine-tuning",
  "LoRA": "LoRA",
  "PiSSA": "PiSSA, DoRA, OLoRA",
  "DoRA": "PiSSA, DoRA, OLoRA",
  "OLoRA": "PiSSA, DoRA, OLoRA",
  "LoRA + RoRA": "RoRA",
};

export const encoders = [...Object.values(attackNames), neverPoisoned];

export function quantileMarks(row: ChainRow): QuantileMark[] {
  const encoder = encoderName(row), label = armName(row);
  return marginPanels.flatMap(({ panel, of }) => {
    const found = of(row);
    if (!found) return [];
    const { quantiles: [p05, p25, value, p75, p95], turned } = found,
      spot = { group: `${pairName(row)}, ${encoder}`, label, series: marginSeries[label] };
    return [{ panel, source: "run", ...spot, p05, p25, value, p75, p95, turned, seed: row.seed, key: row.key }];
  });
}
