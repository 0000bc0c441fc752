/** Runs compared seed by seed: the same seed has the same head, poisoned rows and batch order, whatever the method and the poison. */
import { tInterval } from "../math/statistics.ts";
import { type RunRow, runRow, runRowUnder } from "./measures.ts";
import type { RunRecord } from "./record.ts";
import { measuredTrigger } from "./triggered.ts";
import { twinKey } from "./twin.ts";

/** A mean over seeds. */
interface Difference {
  readonly dataset: string;
  readonly attack: string;
  readonly variant: string;
  readonly poisonRate: number;
  readonly exposures: number;
  readonly difference: number;
  /** 95 % t interval; null from a single pair. */
  readonly low: number | null;
  readonly high: number | null;
  readonly pairs: number;
}

/** Full fine-tuning minus LoRA. */
export type PairedDifference = Difference;

/** Poisoned minus never poisoned, all else equal. */
export interface PoisonEffect extends Difference, Pick<RunRow, "method" | "rank" | "alpha" | "init" | "initVariance" | "learningRate"> {}

type Measured = "accuracy" | "triggeredAccuracy" | "attackSuccessRate" | "falsePositiveRate";

/** One row per task, attack, its variant and poison rate, where at least one seed has both arms. */
export function pairedDifferences(records: readonly RunRecord[], measure: Measured): PairedDifference[] {
  const rows = records.map(runRow).filter((row) => row[measure] !== null);
  return groups(rows, doseOf).flatMap((cell) => {
    const differences = groups(cell, ({ seed }) => [seed]).flatMap((arms) => {
      const full = arms.find(({ method }) => method === "full"), lora = arms.find(({ method }) => method === "lora");
      return full && lora ? [full[measure]! - lora[measure]!] : [];
    });
    return differences.length ? [overSeeds(cell[0], differences)] : [];
  });
}

/** What an attack did to each method and setting, where at least one seed has its never-poisoned twin, which is read with the same trigger. */
export function poisonEffects(records: readonly RunRecord[], measure: Measured): PoisonEffect[] {
  const twins = new Map(records.filter(({ config }) => config.attack.name === "none").map((record) => [twinKey(record.config), record]));
  const pairs = records.flatMap((record) => {
    const twin = record.config.attack.name === "none" ? undefined : twins.get(twinKey(record.config));
    const row = runRow(record), value = row[measure], unpoisoned = twin && runRowUnder(twin, measuredTrigger(record.config))[measure];
    return typeof unpoisoned === "number" && value !== null ? [{ ...row, change: value - unpoisoned }] : [];
  });
  const loraOf = ({ method, rank, alpha, init, initVariance, learningRate }: RunRow) => ({ method, rank, alpha, init, initVariance, learningRate });
  return groups(pairs, doseOf).flatMap((dose) => groups(dose, (row) => Object.values(loraOf(row)))).map((cell) => ({
    ...loraOf(cell[0]),
    ...overSeeds(cell[0], cell.map(({ change }) => change)),
  }));
}

const doseOf = ({ dataset, attack, variant, poisonRate }: RunRow) => [dataset, attack, variant, poisonRate];

function groups<Row>(rows: readonly Row[], key: (row: Row) => readonly unknown[]): Row[][] {
  return [...Map.groupBy(rows, (row) => JSON.stringify(key(row))).values()];
}

function overSeeds({ dataset, attack, variant, poisonRate, exposures }: RunRow, differences: readonly number[]): Difference {
  const { mean: difference, low, high } = tInterval(differences);
  return { dataset, attack, variant, poisonRate, exposures, difference, low, high, pairs: differences.length };
}
