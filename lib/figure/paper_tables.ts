/** Paper A's published tables (E.1 and 2), as cells beside our own. Its numbers are percent, ours fractions. */
import { readFileSync } from "node:fs";
import type { Arm } from "./figure.ts";
import type { Cell } from "./cells.ts";

type Metric = "acc" | "pre" | "rec" | "f1";
/** Mean and sample standard deviation over seeds, percent. */
type Published = Readonly<Record<`${Metric}Mean` | `${Metric}Std`, number>>;

export interface PaperTables {
  readonly attacks: readonly (Published & { readonly attack: string; readonly method: "FF" | "LoRA"; readonly derivedAsr: number })[];
  readonly initialisations: readonly (
    & Published
    & { readonly init: string; readonly scale: number; readonly poisoningRatePercent: number; readonly derivedClass0As1: number }
  )[];
}

/** Seeds behind the cells; table E.1's are fewer than announced (claim A-E.1-6). */
const seedsOf = { attacks: 3, initialisations: 5 };
const testRows = 872; // SST-2's validation rows

let cached: PaperTables | undefined;

/** Reads `data/papers/paper-a-tables.json`, once. */
export function paperTables(): PaperTables {
  if (cached) return cached;
  const { tables } = JSON.parse(readFileSync(new URL("../../data/papers/paper-a-tables.json", import.meta.url), "utf8"));
  const rowsOf = (name: string) => tables.find(({ table }: { table: string }) => table === name).rows;
  return cached = { attacks: rowsOf("E.1"), initialisations: rowsOf("2") };
}

/** Table E.1 under our labels. */
export function attackCells({ attacks }: PaperTables, labels: ReadonlyMap<string, string>): Cell[] {
  return attacks.flatMap(({ attack, method, derivedAsr, ...published }) =>
    cellsOf(published, derivedAsr, { label: labels.get(attack) ?? attack, arm: method, seeds: seedsOf.attacks })
  );
}

/** Table 2 under our labels; the paper writes .33 for 1/3. */
export function initialisationCells({ initialisations }: PaperTables, labelOf: (init: string, k: number) => string): Cell[] {
  return initialisations.flatMap(({ init, scale, poisoningRatePercent, derivedClass0As1, ...published }) =>
    cellsOf(published, derivedClass0As1, {
      label: labelOf(init, scale === 0.33 ? 1 / 3 : scale),
      arm: poisoningRatePercent === 0 ? "clean" : "poisoned",
      seeds: seedsOf.initialisations,
    })
  );
}

function cellsOf(published: Published, attackSuccess: number, { label, arm, seeds }: { label: string; arm: Arm; seeds: number }): Cell[] {
  const cell = (panel: string, percent: number, spreadPercent: number | null): Cell => {
    const value = percent / 100, spread = spreadPercent === null ? null : spreadPercent / 100;
    const interval = { low: spread === null ? null : value - spread, high: spread === null ? null : value + spread };
    return { panel, source: "paper", label, arm, series: `${arm}, paper`, value, ...interval, spread, seeds, testRows, ...ofNoRun };
  };
  return [
    cell("accuracy", published.accMean, published.accStd),
    cell("precision", published.preMean, published.preStd),
    cell("recall", published.recMean, published.recStd),
    cell("F1", published.f1Mean, published.f1Std),
    cell("attack success rate", attackSuccess, null),
  ];
}

const ofNoRun = { exposures: null, seed: null, key: null, collapsed: false };
