/** The order of rows and lines, whatever the order of the records. */
import { datasetNames } from "../../data/names.ts";
import type { ChainRow } from "../../experiment/chain_rows.ts";

/** By the first number, then by the second, and so on; what is equal stays in its order. */
export function inOrder<T>(items: readonly T[], placeOf: (item: T) => readonly number[]): T[] {
  const compare = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]).find(Boolean) ?? 0;
  return items.toSorted((a, b) => compare(placeOf(a), placeOf(b)));
}

const methods: readonly string[] = ["full", "lora", "pissa", "dora", "olora"];

/** Tasks, encoders, seeds, methods. */
export function sortRows(rows: readonly ChainRow[]): ChainRow[] {
  const byKey = rows.toSorted((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  return inOrder(byKey, ({ target, proxy, poisonRate, trigger, seed, method }) => [
    datasetNames.indexOf(target),
    datasetNames.indexOf(proxy),
    poisonRate > 0 ? 0 : 1,
    trigger === "badnet" ? 0 : 1,
    seed,
    methods.indexOf(method.name),
  ]);
}
