/** What a figure is: plain data that a notebook shows, a report embeds, a test compares and a file keeps. */

/** What a figure compares: methods, or LoRA trained without and with poison, or the difference of the two. */
export type Arm = MethodLabel | "clean" | "poisoned" | "FF − LoRA" | "clean − poisoned";
export type MethodLabel = "FF" | "LoRA";

/** Where a run stands: what a sweep varies, and an axis can show. */
export interface Place {
  /** Fraction of the training rows that were poisoned. */
  readonly poisonRate: number;
  /** Poisoned rows x epochs: how often training met a poisoned row. */
  readonly exposures: number;
  /** The same, of the rows whose label the attack changed; null where nobody counted them. */
  readonly relabelledExposures: number | null;
  /** LoRA's rank; null for full fine-tuning. */
  readonly rank: number | null;
  /** LoRA's k: Var(A) = k / n_in; null for full fine-tuning. */
  readonly initVariance: number | null;
}

/** One mark of a figure of curves: a run's value, the mean over runs, or a point that the paper published. Long format, so that it is also a CSV file. */
export interface Row extends Place {
  /** Which panel, by measure: `accuracy`, `attackSuccessRate`, ... */
  readonly panel: string;
  readonly source: "run" | "mean" | "paper";
  readonly arm: Arm;
  /** Arm and source as the legend names them. */
  readonly series: string;
  readonly task: string;
  /** The paper's task that `value` is a difference to; null elsewhere. */
  readonly against: string | null;
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

export type Spec = Readonly<Record<string, unknown>>;

export interface Figure<R extends object = object> {
  readonly id: string;
  readonly title: string;
  /** One sentence for those who cannot see it. */
  readonly alt: string;
  /** Short markdown: what is drawn, with which settings. */
  readonly caption: string;
  /** Vega-Lite, `$schema` v5, data inlined. */
  readonly spec: Spec;
  /** Plotly's `{ data, layout }` of a surface to turn, or of dots to point at; `spec` shows the same without it. */
  readonly surface?: Spec;
  /** The numbers drawn. */
  readonly rows: readonly R[];
  /** Keys of the records that were drawn. */
  readonly keys: readonly string[];
}
