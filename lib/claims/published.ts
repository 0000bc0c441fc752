/** What paper A published beside its curves: settings, per-seed counts and tables, for claims that no run decides. */
import { publishedFile } from "./published_file.ts";

/** Counts of runs: a list per seed, one number per rate. */
interface SeedCounts {
  readonly right: readonly (readonly number[])[];
  readonly truePositives: readonly (readonly number[])[];
}

interface GeometricGrid {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface PaperSettings {
  readonly tasksAnnounced: readonly string[];
  readonly seedsAnnounced: number;
  readonly loraAnnounced: { readonly rank: number; readonly alpha: number };
  readonly ranksAnnounced: readonly [number, number];
  readonly learningRateAnnounced: Readonly<Record<string, number>>;
  readonly stableUpToRate: number;
  readonly lora: {
    readonly experiments: readonly { readonly items: readonly string[]; readonly rank: number | "varied"; readonly alpha: number | "rank" }[];
  };
  readonly adaptedModules: { readonly layers: number; readonly perLayer: number; readonly others: readonly string[] };
  readonly metricAnnounced: string;
  readonly figure3: {
    readonly factor: number;
    readonly dimension: number;
    readonly ranks: GeometricGrid;
    readonly scales: GeometricGrid;
    readonly labels: Readonly<Record<"x" | "y", { readonly from: number; readonly to: number }>>;
    readonly formulaNamed: string;
    readonly colourBar: readonly [number, number];
    readonly pixels: { readonly topLeft: number; readonly bottomRight: number };
  };
  readonly scenarios: { readonly announced: number; readonly reported: readonly string[] };
  readonly perSeed: {
    readonly seeds: readonly number[];
    readonly rates: readonly number[];
    readonly tasks: Readonly<
      Record<string, { readonly rows: number; readonly positives: number; readonly FF: SeedCounts; readonly LoRA: SeedCounts }>
    >;
  };
}

export interface PublishedCurve {
  readonly mean: readonly (number | null)[];
}

export interface PublishedFigures {
  readonly seeds: number;
  readonly figures: Readonly<
    Record<string, {
      readonly x: readonly number[];
      readonly xName: string;
      readonly learningRate?: number | Readonly<Record<string, number>>;
      readonly panels: Readonly<Record<string, Readonly<Record<string, number | Readonly<Record<string, PublishedCurve>>>>>>;
    }>
  >;
}

export interface PublishedTables {
  readonly tables: readonly {
    readonly table: string;
    readonly dataset: string;
    readonly rows: readonly Readonly<Record<string, string | number>>[];
    readonly pairs?: readonly { readonly attack: string; readonly hitsFF: number; readonly hitsLoRA: number }[];
  }[];
}

/** Prompts behind each rate of Table 3. */
export const promptsOfTable3 = 99;

export const paperSettings = (): PaperSettings => publishedFile("paper-a-settings.json");
export const publishedFigures = (): PublishedFigures => publishedFile("paper-a-figures.json");
export const publishedTables = (): PublishedTables => publishedFile("paper-a-tables.json");
