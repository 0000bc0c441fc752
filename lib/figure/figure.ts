/** What a figure is: plain data that a notebook shows, a report embeds, a test compares and a file keeps. */

/** One mark of a figure: a run's value, the mean over runs, or a point that the paper published. Long format, so that it is also a CSV file. */
export interface Row {
  /** Which panel, by measure: `accuracy`, `attackSuccessRate`, ... */
  readonly panel: string;
  readonly source: "run" | "mean" | "paper";
  readonly method: MethodLabel;
  /** Method and source as the legend names them. */
  readonly series: string;
  readonly task: string;
  /** Fraction of the training rows that were poisoned. */
  readonly poisonRate: number;
  /** Poisoned rows x epochs: how often training met a poisoned row. */
  readonly exposures: number;
  /** Fraction, unless the panel says otherwise. */
  readonly value: number;
  /** Band around `value`: 95 % t interval of a mean (null from one seed), mean -+ 1 standard deviation in the paper's rows. */
  readonly low: number | null;
  readonly high: number | null;
  /** Seeds behind `value`. */
  readonly seeds: number;
  /** Held-out rows behind each seed's value. */
  readonly testRows: number;
  readonly seed: number | null;
  /** Record key of a run. */
  readonly key: string | null;
  /** Whether the run predicts one class for (almost) every clean row. */
  readonly collapsed: boolean;
}

export type MethodLabel = "FF" | "LoRA";
export type Spec = Readonly<Record<string, unknown>>;

export interface Figure {
  readonly id: string;
  readonly title: string;
  /** One sentence for those who cannot see it. */
  readonly alt: string;
  /** Short markdown: what is drawn, with which settings. */
  readonly caption: string;
  /** Vega-Lite, `$schema` v5, data inlined. */
  readonly spec: Spec;
  readonly rows: readonly Row[];
  /** Keys of the records that were drawn. */
  readonly keys: readonly string[];
}
