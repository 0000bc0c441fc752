/** From a config to what training and evaluation read: poisoned rows as token sequences, with the ledger. */
import type { Example, Split } from "../data/dataset.ts";
import type { Rng } from "../math/random.ts";
import type { Trigger } from "../poison/attack.ts";
import { type LedgerRow, poison } from "../poison/poison.ts";
import { applyTrigger } from "../poison/trigger.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { RunConfig } from "./config.ts";

export interface Prepared {
  readonly train: readonly Sequence[];
  readonly clean: readonly Sequence[];
  /** The held-out rows with the trigger and their true labels; null when the config names no trigger. */
  readonly triggered: readonly Sequence[] | null;
  readonly ledger: readonly LedgerRow[];
  /** Every token id that the task's rows and the config's triggers have: a function of the config, not of what is poisoned. */
  readonly usedIds: ReadonlySet<number>;
}

export function prepareRun(config: RunConfig, split: Split, encode: Tokenizer["encode"], rng: Rng): Prepared {
  const { maxLength } = config.train, { trigger } = config.evaluate;
  const heldOut = split[config.task.split];
  const sequence = ({ text, label }: Example): Sequence => ({ ids: encode(text, maxLength), label });
  const withTrigger = (trigger: Trigger) => (example: Example) => ({ ...example, text: applyTrigger(example.text, trigger) });
  const { examples, ledger } = poison(split.train, config.attack, rng.fork("poison"));

  const attackTrigger = config.attack.name === "bpa" ? config.attack.trigger : null;
  for (const { id, after } of attackTrigger ? ledger : []) checkTriggerSurvives(after.text, id, attackTrigger!, encode, maxLength);
  const triggeredRows = trigger && heldOut.map(withTrigger(trigger));
  for (const { id, text } of triggeredRows ?? []) checkTriggerSurvives(text, id, trigger!, encode, maxLength);

  const everyText = [split.train, heldOut, ...[attackTrigger, trigger].filter((t) => t !== null).map((t) => split.train.map(withTrigger(t)))];
  const usedIds = new Set<number>();
  for (const rows of [...everyText, triggeredRows ?? []]) for (const row of rows) for (const id of sequence(row).ids) usedIds.add(id);
  return {
    train: examples.map(sequence),
    clean: heldOut.map(sequence),
    triggered: triggeredRows && triggeredRows.map(sequence),
    ledger,
    usedIds,
  };
}

/** A suffix behind a text that is cut would be lost without a trace, and the attack with it. */
function checkTriggerSurvives(text: string, id: number, trigger: Trigger, encode: Tokenizer["encode"], maxLength: number): void {
  if (trigger.place === "prefix" || encode(text, maxLength).length < maxLength) return;
  if (encode(text, 2 * maxLength).length <= maxLength) return;
  throw new RangeError(
    `Cannot run the backdoor as the trigger must survive truncation: row ${id} has more than ${maxLength} tokens with its suffix; ` +
      `raise train.maxLength or use a prefix`,
  );
}
