/** From a config to what training and evaluation read: poisoned rows as token sequences, with the ledger. */
import type { Example, Split } from "../data/dataset.ts";
import type { Rng } from "../math/random.ts";
import { plantedBy } from "../poison/attacks.ts";
import { changeRow, isLostByCut, isTrigger, type TextChange } from "../poison/change.ts";
import { type LedgerRow, poison } from "../poison/poison.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { RunConfig } from "./config.ts";

export interface Prepared {
  readonly train: readonly Sequence[];
  readonly clean: readonly Sequence[];
  /** The held-out rows with each of the config's changes (`evaluate.changes`, in its order) and their true labels. */
  readonly changed: readonly (readonly Sequence[])[];
  readonly ledger: readonly LedgerRow[];
  /** Every token id that the task's rows and the config's changes have: a function of the config, not of what is poisoned. */
  readonly usedIds: ReadonlySet<number>;
}

export function prepareRun(config: RunConfig, split: Split, encode: Tokenizer["encode"], rng: Rng): Prepared {
  const { maxLength } = config.train, { changes } = config.evaluate;
  const heldOut = split[config.task.split];
  const sequence = ({ text, label }: Example): Sequence => ({ ids: encode(text, maxLength), label });
  const withChange = (change: TextChange) => (example: Example) => changeRow(example, change);
  const { examples, ledger } = poison(split.train, config.attack, rng.fork("poison"));

  const planted = plantedBy(config.attack);
  for (const { id, after } of planted ? ledger : []) checkTriggerSurvives(after.text, id, planted!, encode, maxLength);
  const changedRows = changes.map((change) => heldOut.map(withChange(change)));
  changes.forEach((change, i) => changedRows[i].forEach(({ id, text }) => checkTriggerSurvives(text, id, change, encode, maxLength)));

  const met = [...changes.filter(isTrigger), ...(planted ? [planted] : [])]; // in training: in this run, or in the poisoned run beside it
  const usedIds = new Set<number>();
  for (const rows of [split.train, heldOut, ...met.map((change) => split.train.map(withChange(change))), ...changedRows]) {
    for (const row of rows) for (const id of sequence(row).ids) usedIds.add(id);
  }
  return {
    train: examples.map(sequence),
    clean: heldOut.map(sequence),
    changed: changedRows.map((rows) => rows.map(sequence)),
    ledger,
    usedIds,
  };
}

/** A trigger at the end of a text that is cut would be lost without a trace, and the attack with it. */
function checkTriggerSurvives(text: string, id: number, change: TextChange, encode: Tokenizer["encode"], maxLength: number): void {
  if (!isLostByCut(change) || encode(text, maxLength).length < maxLength) return;
  if (encode(text, 2 * maxLength).length <= maxLength) return;
  throw new RangeError(
    `Cannot run the backdoor as the trigger must survive truncation: row ${id} has more than ${maxLength} tokens with its trigger; ` +
      `raise train.maxLength or use a prefix`,
  );
}
