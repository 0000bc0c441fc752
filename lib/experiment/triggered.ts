/** A run's counts on changed held-out rows: with its trigger on every row, or any other change that it was evaluated with. */
import canonicalize from "canonicalize";
import type { Confusion } from "../evaluate/confusion.ts";
import { attackSuccessRate } from "../evaluate/metrics.ts";
import { triggerOf } from "../poison/attacks.ts";
import { isTrigger, type TextChange } from "../poison/change.ts";
import type { RunConfig } from "./config.ts";
import type { RunResult } from "./record.ts";

interface Run {
  readonly config: RunConfig;
  readonly result: Pick<RunResult, "changed">;
}

/** Counts with this change on every held-out row; null where the run was not evaluated so. */
function countsUnder({ config, result }: Run, change: TextChange): Confusion | null {
  const wanted = canonicalize(change); // the store sorts keys, a fresh record does not
  return result.changed[config.evaluate.changes.findIndex((one) => canonicalize(one) === wanted)] ?? null;
}

/** What a run's attack success is read from: its attack's trigger; where the attack has none, the first trigger that it was evaluated with. */
export function measuredTrigger({ attack, evaluate }: RunConfig): TextChange | null {
  return triggerOf(attack) ?? evaluate.changes.find(isTrigger) ?? null;
}

/** Counts with the trigger on every held-out row; null where there is no trigger or the run was not evaluated with it. */
export function triggeredCounts(run: Run, trigger: TextChange | null = measuredTrigger(run.config)): Confusion | null {
  return trigger && countsUnder(run, trigger);
}

/** Attack success rate of counts that have the run's trigger: share of the other classes' rows that are predicted as the target. */
export const attackSuccessOf = (config: RunConfig, result: Run["result"]): number =>
  attackSuccessRate(triggeredCounts({ config, result })!, config.evaluate.targetLabel);
