/** Held-out rows behind a defence: purified, and only then read by the model. */
import type { Example, Split } from "../data/dataset.ts";
import type { Defence } from "../defend/defence.ts";
import type { Purified } from "../defend/kept.ts";
import { changeRow } from "../poison/change.ts";
import type { RunConfig } from "./config.ts";

/** Rows as they are, and with each of the config's changes (`evaluate.changes`, in its order). */
export type RowSets = readonly (readonly Example[])[];

export interface DefendedRows {
  readonly undefended: RowSets;
  /** By defence, in the config's order. */
  readonly by: readonly RowSets[];
  /** What each defence was, and took, likewise. */
  readonly with: readonly Omit<Purified, "texts">[];
}

/** The first of the held-out rows, balanced by class as all of them are; null where the config has no defence. */
export async function defendedRows(
  { task, evaluate: { defended, changes } }: RunConfig,
  split: Split,
  purify: (defence: Defence, texts: readonly string[]) => Promise<Purified>,
): Promise<DefendedRows | null> {
  if (!defended) return null;
  const rows = split[task.split].slice(0, defended.rows), undefended = [rows, ...changes.map((change) => rows.map((row) => changeRow(row, change)))];
  const by: RowSets[] = [], components: Omit<Purified, "texts">[] = [];
  for (const defence of defended.by) {
    const { texts, ...component } = await purify(defence, undefended.flat().map(({ text }) => text));
    components.push(component);
    by.push(undefended.map((set, i) => set.map((row, j) => ({ ...row, text: texts[i * rows.length + j] }))));
  }
  return { undefended, by, with: components };
}
