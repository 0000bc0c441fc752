/** One run as one flat row of numbers, for tables, frames and statistics. Everything is computed from the stored confusion counts. */
import { isCollapsed } from "../evaluate/confusion.ts";
import { attackSuccessRate, falsePositiveRate, metricsOf } from "../evaluate/metrics.ts";
import type { TextChange } from "../poison/change.ts";
import { epochsRead } from "./exposure.ts";
import type { RunRecord } from "./record.ts";
import { measuredTrigger, triggeredCounts } from "./triggered.ts";

export interface RunRow {
  /** First 8 digits of the record's key. */
  readonly key: string;
  readonly dataset: string;
  readonly attack: string;
  /** Of the attack: as the paper's text has it, as its code does, ... */
  readonly variant: string;
  readonly method: string;
  /** A low-rank method's settings; null for full fine-tuning, and what LoRA alone has for all but LoRA. */
  readonly rank: number | null;
  readonly alpha: number | null;
  readonly init: string | null;
  /** k of the initial variance k / n_in. */
  readonly initVariance: number | null;
  readonly learningRate: number;
  readonly trainRows: number;
  /** In effect: fewer than configured, and no whole number, where a limit on steps ends training. */
  readonly epochs: number;
  readonly poisonRate: number;
  /** Poisoned rows x epochs. */
  readonly exposures: number;
  readonly relabelledRows: number;
  readonly seed: number;
  readonly accuracy: number;
  /** Accuracy against true labels with the trigger on every row; null where the run was not evaluated with one (of several: its attack's, else the first). */
  readonly triggeredAccuracy: number | null;
  readonly attackSuccessRate: number | null;
  /** Share of non-target rows predicted as the target without the trigger. */
  readonly falsePositiveRate: number;
  readonly collapsed: boolean;
  /** Mean training loss (nats) of the last epoch. */
  readonly trainingLoss: number;
  readonly seconds: number;
}

export function runRow(record: RunRecord): RunRow {
  return runRowUnder(record, measuredTrigger(record.config));
}

/** The same with triggered rows read with this trigger, where the run was evaluated with it. */
export function runRowUnder(record: RunRecord, trigger: TextChange | null): RunRow {
  const { key, config, result, provenance } = record, { clean, ledger } = result, triggered = triggeredCounts(record, trigger);
  const { attack, variant, method, train, task, seed, evaluate: { targetLabel } } = config;
  const lora = method.name === "lora" ? method : null, lowRank = method.name === "full" ? null : method;
  return {
    key: key.slice(0, 8),
    dataset: task.dataset,
    attack: attack.name,
    variant,
    method: method.name,
    rank: lowRank && lowRank.rank,
    alpha: lowRank && lowRank.alpha,
    init: lora && lora.init,
    initVariance: lora && lora.initVariance,
    learningRate: train.learningRate,
    trainRows: task.trainRows,
    epochs: epochsRead(config),
    poisonRate: attack.name === "none" ? 0 : attack.poisonRate,
    exposures: ledger.exposures,
    relabelledRows: ledger.relabelledRows,
    seed,
    accuracy: metricsOf(clean).accuracy,
    triggeredAccuracy: triggered && metricsOf(triggered).accuracy,
    attackSuccessRate: triggered && attackSuccessRate(triggered, targetLabel),
    falsePositiveRate: falsePositiveRate(clean, targetLabel),
    collapsed: isCollapsed(clean),
    trainingLoss: result.history.epochLoss.at(-1) ?? NaN,
    seconds: provenance.seconds.total,
  };
}
