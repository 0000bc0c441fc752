/** The order of rows and lines, whatever the order of the records. */
import { datasetNames } from "../../data/names.ts";
import type { ChainRow } from "../../experiment/chain_rows.ts";
import { models } from "../../experiment/inputs.ts";

/** By the first number, then by the second, and so on; what is equal stays in its order. */
export function inOrder<T>(items: readonly T[], placeOf: (item: T) => readonly number[]): T[] {
  const compare = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]).find(Boolean) ?? 0;
  return items.toSorted((a, b) => compare(placeOf(a), placeOf(b)));
}

const modelNames = Object.keys(models);
const methods: readonly string[] = ["full", "lora", "pissa", "dora", "olora"];

/** Models, tasks, encoders, seeds, methods; the usual choice of what they adapt and begin with first. */
export function sortRows(rows: readonly ChainRow[]): ChainRow[] {
  const byKey = rows.toSorted((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  return inOrder(byKey, ({ model, target, proxy, poisonRate, trigger, seed, method, freshHead }) => [
    modelNames.indexOf(model),
    datasetNames.indexOf(target),
    datasetNames.indexOf(proxy),
    poisonRate > 0 ? 0 : 1,
    trigger === "badnet" ? 0 : 1,
    seed,
    methods.indexOf(method.name),
    method.name !== "full" && method.targets === "all" ? 1 : 0,
    freshHead ? 1 : 0,
  ]);
}
