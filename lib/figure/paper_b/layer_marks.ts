/** The spectra that runs keep -> marks by layer: one for each run and module, and their median over seeds. */
import { type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import type { ModuleSpectrum, RunRecord } from "../../experiment/record.ts";
import { kindOf, layerOf } from "./layer.ts";
import { neverPoisoned } from "./look.ts";
import { sortRows } from "./order.ts";
import { armName, attackNames, encoderName, pairName } from "./names.ts";
import { endsOf, seedMedians } from "./seed_medians.ts";

export interface LayerMark {
  readonly panel: string;
  readonly source: "run" | "median";
  /** Pair of tasks. */
  readonly group: string;
  /** How the encoder was poisoned, or that it was not. */
  readonly series: string;
  /** From 1, bottom to top. */
  readonly layer: number;
  readonly value: number;
  /** Smallest and largest over the seeds; null in a run. */
  readonly low: number | null;
  readonly high: number | null;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
}

export interface LayerPanel {
  readonly panel: string;
  readonly kind: "query" | "value";
  /** Null where the update is zero. */
  of(spectrum: ModuleSpectrum): number | null;
}

/** LoRA's runs that kept their spectra, each once: one that was never poisoned is evaluated with both triggers. */
export function spectralRows(records: readonly RunRecord[]): ChainRow[] {
  const rows = sortRows(records.flatMap(chainRows)).filter((row) => row.tuned && row.spectra.length > 0 && armName(row) === "LoRA");
  return [...new Map(rows.map((row) => [row.key, row])).values()];
}

export const layerSeries = [...Object.values(attackNames), neverPoisoned];

export function layerMarks(rows: readonly ChainRow[], panels: readonly LayerPanel[]): LayerMark[] {
  const dots = rows.flatMap((row) =>
    row.spectra.flatMap((spectrum) =>
      panels.filter(({ kind }) => kind === kindOf(spectrum.module)).flatMap(({ panel, of }): LayerMark[] => {
        const value = of(spectrum), series = encoderName(row);
        if (value === null) return [];
        const place = { panel, source: "run", group: pairName(row), series, layer: layerOf(spectrum.module)! } as const;
        return [{ ...place, value, low: null, high: null, seeds: 1, seed: row.seed, key: row.key }];
      })
    )
  );
  return [...dots, ...seedMedians(dots, ({ panel, group, series, layer }) => [panel, group, series, layer], endsOf)];
}
