/**
 * Paper B's published numbers held against each other: which percentages can be counts of test rows, and whether numbers that must agree
 * do. Nothing here was run by this project.
 */
import { type PaperBRow, paperBRows, paperBSettings, paperBTables } from "./published.ts";

type Column = "CA" | "ASR";
type Place = Pick<PaperBRow, "model" | "dataset" | "attack" | "method">;

/** One published percentage and the counts that could be behind it (the grid test, GRIM). */
export interface GrimCell extends Place {
  readonly table: string;
  readonly column: Column;
  /** Percent, as printed. */
  readonly percent: number;
  /** Test rows that it is a share of. */
  readonly rows: number;
  /** The k with 100 k / rows rounding to the percentage; null where there is none. */
  readonly count: number | null;
  /** The attainable percentages around it, rounded as printed. */
  readonly below: number;
  readonly above: number;
  /** `copied`: the paper took it over from another. */
  readonly origin: "own" | "copied";
}

/** The k of `rows` that round to a percentage of two decimals, either way of rounding halves allowed; null where none does. */
export function countOf(percent: number, rows: number): number | null {
  const k = Math.round(percent * rows / 100);
  return 0 <= k && k <= rows && Math.abs(100 * k / rows - percent) <= 0.005 + 1e-9 ? k : null;
}

/** The probability that a percentage of two decimals, drawn from 0.00 to 100.00, fits by chance: below 10,000 rows each k rounds to one of its own. */
export const chanceOfFit = (rows: number): number => Math.min(1, (rows + 1) / 10_001);

/** Every printed clean accuracy and attack success rate of tables 1, 2, 4, 5 and 6. */
export function grimCells(): GrimCell[] {
  const { testRows, tables } = paperBTables(), printed = tables.filter(({ table }) => table !== "3");
  return printed.flatMap(({ table, rows }) =>
    rows.filter(isPrinted).flatMap((row) =>
      (["CA", "ASR"] as const).flatMap((column): GrimCell[] => {
        const percent = row[column] ?? null, of = testRows[row.dataset][column];
        if (percent === null) return [];
        const { model, dataset, attack, method } = row, k = percent * of / 100;
        const [below, above] = [Math.floor(k), Math.ceil(k)].map((count) => Math.round(1e4 * count / of) / 100);
        return [{
          table,
          model,
          dataset,
          attack,
          method,
          column,
          percent,
          rows: of,
          count: countOf(percent, of),
          below,
          above,
          origin: originOf(row),
        }];
      })
    )
  );
}

/** Rows that the text extraction lost are no evidence: their values are filled in from elsewhere. */
const isPrinted = ({ source = "printed" }: PaperBRow): boolean => source === "printed";

/** Table 5 does not say whose its rows are: one with the values of a copied row of table 2 is that row. */
function originOf(row: PaperBRow): GrimCell["origin"] {
  const twin = row.origin ? row : paperBRows("2").find((other) => isSamePlace(row, other) && other.CA === row.CA && other.ASR === row.ASR);
  return twin?.origin?.startsWith("copied") ? "copied" : "own";
}

const isSamePlace = (a: Omit<Place, "method">, b: Omit<Place, "method">): boolean =>
  a.model === b.model && a.dataset === b.dataset && a.attack === b.attack;

/** How many of some cells fit a count, and how many would by chance. */
export function fitting(cells: readonly GrimCell[]): { readonly fit: number; readonly of: number; readonly byChance: number } {
  const byChance = cells.reduce((sum, { rows }) => sum + chanceOfFit(rows), 0);
  return { fit: cells.filter(({ count }) => count !== null).length, of: cells.length, byChance };
}

/** Two published numbers that must be the same, in percent or points. */
export interface Difference extends Place {
  /** What is compared: `delta in table 2`, `table 4 against table 2`, `text of 6.1 against table 2`. */
  readonly what: string;
  readonly column: Column | "delta";
  readonly stated: number;
  readonly found: number;
  /** stated - found, to the hundredths that are printed. */
  readonly difference: number;
}

const difference = (what: string, { model, dataset, attack, method }: Place, column: Difference["column"], stated: number, found: number) => ({
  what,
  model,
  dataset,
  attack,
  method,
  column,
  stated,
  found,
  difference: Math.round(100 * (stated - found)) / 100 + 0, // no -0
});

/** The printed delta of each row against CA - ASR. */
export function deltaDifferences(): Difference[] {
  return ["2", "4", "5"].flatMap((table) =>
    paperBRows(table).filter(isPrinted).flatMap((row): Difference[] =>
      typeof row.CA !== "number" || typeof row.ASR !== "number" || typeof row.delta !== "number"
        ? []
        : [difference(`Δ in table ${table}`, row, "delta", row.delta, row.CA - row.ASR)]
    )
  );
}

/** A row of table 4 or 5 and the row of table 2 that it repeats. */
export function tableDifferences(): Difference[] {
  const sameAs: Readonly<Record<string, string>> = { "LoRA+RoRA": "RoRA", "CI+Tr+Pt": "RoRA" };
  return ["4", "5"].flatMap((table) =>
    paperBRows(table).filter(isPrinted).flatMap((row) => {
      const twin = paperBRows("2").find((other) => isSamePlace(row, other) && other.method === (sameAs[row.method] ?? row.method));
      return twin
        ? (["CA", "ASR"] as const).map((column) => difference(`table ${table} against table 2`, row, column, row[column]!, twin[column]!))
        : [];
    })
  );
}

/** The numbers of the text's examples against the tables that they are from; of one claim, or of all. */
export function textDifferences(claim?: string): Difference[] {
  return paperBSettings().examples.filter((example) => !claim || example.claim === claim).flatMap(({ section, table, place, numbers }) =>
    numbers.map(({ method, column, value }) => {
      const row = paperBRows(table).find((other) => isSamePlace(place, other) && other.method === method)!;
      return difference(`text of ${section} against table ${table}`, { ...place, method }, column, value, row[column]!);
    })
  );
}

/** Own rows of different settings of one task with the same CA and ASR to the last digit. */
export function repeatedRows(): PaperBRow[][] {
  const own = ["2", "4"].flatMap((table) => paperBRows(table)).filter((row) => originOf(row) === "own");
  const distinct = [
    ...new Map(own.map((row) => [JSON.stringify([row.model, row.dataset, row.attack, row.method.replace(/^LoRA\+RoRA$/, "RoRA")]), row])).values(),
  ];
  return [...Map.groupBy(distinct, ({ dataset, CA, ASR }) => `${dataset} ${CA} ${ASR}`).values()].filter(({ length }) => length > 1);
}

/** Clean accuracy of the poisoned models before fine-tuning (tables 1 and 6), in points above the predictor that always says the larger class. */
export function aboveMajority(): (PaperBRow & { readonly table: string; readonly majority: number; readonly points: number })[] {
  const { testRows } = paperBTables(), { majorityClass } = paperBSettings();
  return ["1", "6"].flatMap((table) =>
    paperBRows(table).map((row) => {
      const majority = 100 * majorityClass[row.dataset].rows / testRows[row.dataset].CA;
      return { ...row, table, majority, points: row.CA! - majority };
    })
  );
}
