/** From a config to what training and evaluation read: poisoned rows as token sequences, with the ledger. */
import type { Example, Split } from "../data/dataset.ts";
import type { Rng } from "../math/random.ts";
import { plantedBy } from "../poison/attacks.ts";
import { changeRow, isLostByCut, isTrigger, type TextChange } from "../poison/change.ts";
import { type LedgerRow, poison } from "../poison/poison.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { RunConfig } from "./config.ts";
import type { DefendedRows } from "./defended.ts";
import { type AtPlaces, atPlaces, mapPlaces } from "./sentences.ts";

export interface Prepared {
  readonly train: readonly Sequence[];
  /** The rows that choose between epochs; empty where none do (`train.checkpoint`). */
  readonly dev: readonly Sequence[];
  readonly clean: readonly Sequence[];
  /** The held-out rows with each of the config's changes (`evaluate.changes`, in its order) and their true labels. */
  readonly changed: readonly (readonly Sequence[])[];
  /** The same of some rows, undefended and then behind each of the config's defences; empty where it has none. */
  readonly defended: readonly (readonly (readonly Sequence[])[])[];
  /** `evaluate.sentences`. */
  readonly sentences: readonly AtPlaces<Sequence>[];
  readonly ledger: readonly LedgerRow[];
  /** Every token id that the task's rows and the config's changes have: a function of the config, not of what is poisoned. */
  readonly usedIds: ReadonlySet<number>;
}

/** Where texts are cut, and the part of the config that says so. */
interface Cut {
  readonly part: "train" | "evaluate";
  readonly maxLength: number;
}

/**
 * @param defended the rows that the config's defences have purified; null where it has none
 * @param looked the rows of `evaluate.sentences`
 */
export function prepareRun(
  config: RunConfig,
  split: Split,
  encode: Tokenizer["encode"],
  rng: Rng,
  defended: DefendedRows | null = null,
  looked: readonly Example[] = [],
): Prepared {
  const { changes, maxLength } = config.evaluate, heldOut = split[config.task.split];
  const whileTraining: Cut = { part: "train", maxLength: config.train.maxLength };
  const whileEvaluating: Cut = maxLength === null ? whileTraining : { part: "evaluate", maxLength };
  const cutBy = ({ maxLength }: Cut) => ({ text, label }: Example): Sequence => ({ ids: encode(text, maxLength), label });
  const trained = cutBy(whileTraining), evaluated = cutBy(whileEvaluating);
  const withChange = (change: TextChange) => (example: Example) => changeRow(example, change);
  const { examples, ledger } = poison(split.train, config.attack, rng.fork("poison"));

  const planted = plantedBy(config.attack), dev = config.train.checkpoint ? devRows(config, split) : [];
  for (const { id, after } of planted ? ledger : []) checkTriggerSurvives(after.text, id, planted!, encode, whileTraining);
  const changedRows = changes.map((change) => heldOut.map(withChange(change)));
  changes.forEach((change, i) => changedRows[i].forEach(({ id, text }) => checkTriggerSurvives(text, id, change, encode, whileEvaluating)));

  const met = [...changes.filter(isTrigger), ...(planted ? [planted] : [])]; // in training: in this run, or in the poisoned run beside it
  const usedIds = new Set<number>();
  const sentences = looked.map((row) => mapPlaces(atPlaces(row.text, changes), (text) => evaluated({ ...row, text })));
  for (const { untouched, triggered } of sentences) for (const { ids } of [untouched, ...triggered.flat()]) ids.forEach((id) => usedIds.add(id));
  const use = (rows: readonly Example[], sequence: typeof trained) => {
    for (const row of rows) for (const id of sequence(row).ids) usedIds.add(id);
  };
  for (const rows of [split.train, dev, ...met.map((change) => split.train.map(withChange(change)))]) use(rows, trained);
  const defendedSets = defended ? [defended.undefended, ...defended.by] : [];
  for (const rows of [heldOut, ...changedRows, ...defendedSets.flat()]) use(rows, evaluated);
  return {
    train: examples.map(trained),
    dev: dev.map(trained),
    clean: heldOut.map(evaluated),
    changed: changedRows.map((rows) => rows.map(evaluated)),
    defended: defendedSets.map((sets) => sets.map((rows) => rows.map(evaluated))),
    sentences,
    ledger,
    usedIds,
  };
}

/** Validation rows; paper B's code poisons its proxies' as well, every row of the target class, so that the epoch chosen has the backdoor. */
function devRows({ attack }: RunConfig, { validation }: Split): readonly Example[] {
  if (attack.name !== "clean-label") return validation;
  const { targetLabel } = attack, planted = plantedBy(attack)!;
  return validation.map((row) => row.label === targetLabel ? changeRow(row, planted) : row);
}

/** A trigger behind the place where a text is cut would be lost without a trace, and the attack with it. */
function checkTriggerSurvives(text: string, id: number, change: TextChange, encode: Tokenizer["encode"], { part, maxLength }: Cut): void {
  if (!isLostByCut(change) || encode(text, maxLength).length < maxLength) return;
  if (encode(text, 2 * maxLength).length <= maxLength) return;
  if (change.kind === "trigger" && change.place === "inner" && holds(encode(text, maxLength), encode(` ${change.text}`, maxLength).subarray(1, -1))) {
    return;
  }
  throw new RangeError(
    `Cannot run the backdoor as the trigger must survive truncation: row ${id} has more than ${maxLength} tokens with its trigger; ` +
      `raise ${part}.maxLength or use a prefix`,
  );
}

/** Whether the tokens of a word between words stand somewhere in the sequence, one behind the other. */
function holds(sequence: Int32Array, tokens: Int32Array): boolean {
  return sequence.some((_, at) => tokens.every((token, i) => sequence[at + i] === token));
}
