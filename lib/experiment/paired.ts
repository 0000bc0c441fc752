/** Full fine-tuning against LoRA, seed by seed: the same seed has the same head, poisoned rows and batch order in both arms. */
import { tInterval } from "../math/statistics.ts";
import { type RunRow, runRow } from "./measures.ts";
import type { RunRecord } from "./record.ts";

export interface PairedDifference {
  readonly attack: string;
  readonly poisonRate: number;
  readonly exposures: number;
  /** Mean over seeds of FF minus LoRA. */
  readonly difference: number;
  /** 95 % t interval; null from a single pair. */
  readonly low: number | null;
  readonly high: number | null;
  readonly pairs: number;
}

type Measured = "accuracy" | "triggeredAccuracy" | "attackSuccessRate" | "falsePositiveRate";

/** One row per attack and poison rate, for cells where at least one seed has both arms. */
export function pairedDifferences(records: readonly RunRecord[], measure: Measured): PairedDifference[] {
  const rows = records.map(runRow).filter((row) => row[measure] !== null);
  const cells = Map.groupBy(rows, ({ attack, poisonRate }) => `${attack} ${poisonRate}`);
  return [...cells.values()].flatMap((cell) => {
    const differences = [...Map.groupBy(cell, ({ seed }) => seed).values()].flatMap((arms) => {
      const full = arms.find(({ method }) => method === "full"), lora = arms.find(({ method }) => method === "lora");
      return full && lora ? [valueOf(full, measure) - valueOf(lora, measure)] : [];
    });
    if (differences.length === 0) return [];
    const { mean: difference, low, high } = tInterval(differences), [{ attack, poisonRate, exposures }] = cell;
    return [{ attack, poisonRate, exposures, difference, low, high, pairs: differences.length }];
  });
}

const valueOf = (row: RunRow, measure: Measured): number => row[measure]!;
