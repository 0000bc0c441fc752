/** Records beside their recomputations, as a table with what does not repeat. */
import Table from "cli-table3";

/** What a sweep made of the chosen records. */
export interface Sweeped<T> {
  readonly records: readonly T[];
  readonly failed: readonly { readonly key: string; readonly error: Error }[];
}

/** How records of one kind are compared and shown. */
export interface Comparison<T, Same> {
  /** Of `cellsOf`. */
  readonly head: readonly string[];
  labelOf(record: T): string;
  compare(recomputed: T, published: T): Same;
  isSame(published: T, same: Same): boolean;
  cellsOf(same: Same): string[];
}

export interface Compared {
  readonly table: string;
  readonly count: number;
  /** Why not all repeat. */
  readonly problems: readonly string[];
}

export function compareAll<T extends { readonly key: string }, Same extends { readonly sameBytes: boolean }>(
  chosen: readonly T[],
  { records, failed }: Sweeped<T>,
  { head, labelOf, compare, isSame, cellsOf }: Comparison<T, Same>,
): Compared {
  const byKey = new Map(records.map((record) => [record.key, record])), short = ({ key }: { readonly key: string }) => key.slice(0, 8);
  const compared = chosen.flatMap((record) => byKey.has(record.key) ? [{ record, same: compare(byKey.get(record.key)!, record) }] : []);
  const stale = chosen.filter(({ key }) => !byKey.has(key) && failed.every((one) => one.key !== key));
  const table = new Table({ head: ["record", "what", "bytes", ...head], style: { head: [], border: [], compact: true } });
  table.push(...compared.map(({ record, same }) => [short(record), labelOf(record), same.sameBytes ? "the same" : "differ", ...cellsOf(same)]));
  return {
    table: table.toString(),
    count: compared.length,
    problems: [
      ...compared.filter(({ record, same }) => !isSame(record, same)).map(({ record }) => `${short(record)} gives another result`),
      ...stale.map((record) => `${short(record)} is of another recipe, data set or encoder`),
      ...failed.map((one) => `${short(one)} failed: ${one.error.message}`),
    ],
  };
}
