/** Examples in, poisoned examples and the ledger of what was done out. Pure. */
import type { Example } from "../data/dataset.ts";
import { checkFraction } from "../math/check.ts";
import type { Rng } from "../math/random.ts";
import type { Attack } from "./attack.ts";
import { ruleOf } from "./attacks.ts";
import { chooseRows } from "./rows.ts";
import type { Content } from "./rule.ts";

/** One changed row. Every chosen row has an entry, also one that had the target label already: its text changed. */
export interface LedgerRow {
  readonly id: number;
  /** There if the row shows what a multi-word trigger is not: it keeps its label and is not counted as poisoned. */
  readonly negative?: true;
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
  const rule = ruleOf(attack), { poisonRate, sampling } = attack;
  checkFraction("poison data set", "poisonRate", poisonRate);
  if (new Set(examples.map(({ id }) => id)).size < examples.length) {
    throw new RangeError("Cannot poison data set as every row must have an id of its own: some ids occur twice");
  }
  rule.check(examples, attack);
  const eligible = examples.filter((example) => rule.eligible(example, attack));
  const total = rule.ofEligible?.(attack) ? eligible.length : examples.length;
  const chosen = new Set(chooseRows(eligible, total, poisonRate, sampling, rng.fork("rows")));
  const others = examples.filter((example) => !chosen.has(example)), otherTotal = sampling === "exact" ? total : others.length;
  const negatives = new Set(rule.negative ? chooseRows(others, otherTotal, poisonRate, sampling, rng.fork("negatives")) : []);

  const ledger: LedgerRow[] = [], stream = rng.fork("change");
  const changed = examples.map((example) => {
    const isNegative = negatives.has(example);
    if (!isNegative && !chosen.has(example)) return example;
    const after = (isNegative ? rule.negative! : rule.change)(example, attack, stream.fork(example.id));
    ledger.push({ id: example.id, ...(isNegative ? { negative: true } : {}), before: contentOf(example), after });
    return { ...example, ...after };
  });
  return ledger.length === 0 ? { examples, ledger } : { examples: changed, ledger };
}

/** What the attack makes of every row that it may poison, whatever its rate; rows that were never drawn for it included. */
export function changeEvery(examples: readonly Example[], attack: Attack, rng: Rng): LedgerRow[] {
  if (attack.name === "none") return [];
  const rule = ruleOf(attack), wide = "rows" in attack ? { ...attack, rows: "all" as const } : attack, stream = rng.fork("change");
  return examples.filter((example) => rule.eligible(example, wide)).map((example) => ({
    id: example.id,
    before: contentOf(example),
    after: rule.change(example, wide, stream.fork(example.id)),
  }));
}

/** Number of poisoned rows whose label changed: all of them under UPA, about half of them under BPA on balanced classes. */
export function relabelledRows(ledger: readonly LedgerRow[]): number {
  return ledger.filter(isRelabelled).length;
}

/** Whether the row's label changed. */
export const isRelabelled = ({ before, after }: LedgerRow): boolean => before.label !== after.label;

/** Number of poisoned rows, without the negatives of a multi-word trigger. */
export function poisonedRows(ledger: readonly LedgerRow[]): number {
  return ledger.filter(({ negative }) => !negative).length;
}

function contentOf({ text, label }: Example): Content {
  return { text, label };
}
