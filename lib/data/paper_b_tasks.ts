/** Paper B's data sets as its authors split them: proxies to poison on and tasks to fine-tune on (experiments of Zhao et al. 2024b, whose files these are). */

export interface PaperBTask {
  readonly title: string;
  /** The folder of its files. */
  readonly folder: string;
  /** Class names by label. */
  readonly classes: readonly [string, string];
  /** Rows of the published parts. */
  readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
}

const sentiment = ["negative", "positive"] as const;

export const paperBTasks = {
  "paper-b-sst-2": { title: "SST-2 (paper B)", folder: "sst-2", classes: sentiment, rows: { train: 6920, validation: 872, test: 1821 } },
  "paper-b-cr": { title: "CR (paper B)", folder: "cr", classes: sentiment, rows: { train: 2500, validation: 500, test: 775 } },
  "paper-b-cola": {
    title: "CoLA (paper B)",
    folder: "cola",
    classes: ["unacceptable", "acceptable"],
    rows: { train: 7551, validation: 1000, test: 1043 },
  },
  "paper-b-imdb": { title: "IMDB (paper B)", folder: "imdb", classes: sentiment, rows: { train: 4000, validation: 1000, test: 1000 } },
  "paper-b-mr": { title: "MR (paper B)", folder: "mr", classes: sentiment, rows: { train: 4000, validation: 1000, test: 1000 } },
} satisfies Readonly<Record<string, PaperBTask>>;

export type PaperBName = keyof typeof paperBTasks;
export const paperBNames = ["paper-b-sst-2", "paper-b-cr", "paper-b-cola", "paper-b-imdb", "paper-b-mr"] as const satisfies readonly PaperBName[];
