/** Examples in, poisoned examples and the ledger of what was done out. Pure. */
import type { Example } from "../data/dataset.ts";
import { checkFraction } from "../math/check.ts";
import type { Rng } from "../math/random.ts";
import type { Attack } from "./attack.ts";
import { ruleOf } from "./attacks.ts";
import { chooseRows } from "./rows.ts";
import type { Content } from "./rule.ts";

/** One poisoned row. Every chosen row has an entry, also one that had the target label already: its text changed. */
export interface LedgerRow {
  readonly id: number;
  readonly before: Content;
  readonly after: Content;
}

export interface Poisoned {
  /** In their order; a row that was not chosen is the same object, and without any chosen row this is the same array. */
  readonly examples: readonly Example[];
  /** In the order of the examples. */
  readonly ledger: readonly LedgerRow[];
}

/** Carries out the attack. The rows are drawn from `rng`, which does not move: the same stream gives the same rows in every arm. */
export function poison(examples: readonly Example[], attack: Attack, rng: Rng): Poisoned {
  if (attack.name === "none") return { examples, ledger: [] };
  const rule = ruleOf(attack);
  checkFraction("poison data set", "poisonRate", attack.poisonRate);
  if (new Set(examples.map(({ id }) => id)).size < examples.length) {
    throw new RangeError("Cannot poison data set as every row must have an id of its own: some ids occur twice");
  }
  rule.check(examples, attack);
  const eligible = examples.filter((example) => rule.eligible(example, attack));
  const chosen = chooseRows(eligible, examples.length, attack.poisonRate, attack.sampling, rng.fork("rows"));
  if (chosen.length === 0) return { examples, ledger: [] };
  const changed = new Map(chosen.map((example) => [example, { ...example, ...rule.change(example, attack) }]));
  return {
    examples: examples.map((example) => changed.get(example) ?? example),
    ledger: chosen.map((example) => ({ id: example.id, before: contentOf(example), after: contentOf(changed.get(example)!) })),
  };
}

/** Number of ledger rows whose label changed: all of them under UPA, about half of them under BPA on balanced classes. */
export function relabelledRows(ledger: readonly LedgerRow[]): number {
  return ledger.filter(({ before, after }) => before.label !== after.label).length;
}

function contentOf({ text, label }: Example): Content {
  return { text, label };
}
