/** What GLUE's files look like (Wang et al. 2019): the tasks of paper A, in the layout of GLUE's own zip files and in that of the model hub. */

/** Which columns hold a row's text or texts and its label. */
export interface GlueColumns {
  readonly texts: readonly string[];
  readonly label: string;
}

export interface GlueTask {
  /** The task's name as GLUE writes it, and its folder. */
  readonly title: string;
  /** Class names by label. */
  readonly classes: readonly [string, string];
  /** Layouts: GLUE's, then the hub's where it differs. */
  readonly layouts: readonly GlueColumns[];
  /** The columns of a TSV file that has no header. */
  readonly header?: readonly string[];
  /** Rows of the published parts; the held-out part is GLUE's dev, the hub's validation. */
  readonly rows: { readonly train: number; readonly heldOut: number };
}

const sentence: GlueColumns = { texts: ["sentence"], label: "label" }, sentences: GlueColumns = { texts: ["sentence1", "sentence2"], label: "label" };
const questions = ["question1", "question2"], inference = ["entailment", "not_entailment"] as const;

export const glueTasks = {
  "sst-2": { title: "SST-2", classes: ["negative", "positive"], layouts: [sentence], rows: { train: 67349, heldOut: 872 } },
  cola: {
    title: "CoLA",
    classes: ["unacceptable", "acceptable"],
    layouts: [sentence],
    header: ["source", "label", "mark", "sentence"],
    rows: { train: 8551, heldOut: 1043 },
  },
  qnli: {
    title: "QNLI",
    classes: inference,
    layouts: [{ texts: ["question", "sentence"], label: "label" }],
    rows: { train: 104743, heldOut: 5463 },
  },
  qqp: {
    title: "QQP",
    classes: ["not_duplicate", "duplicate"],
    layouts: [{ texts: questions, label: "is_duplicate" }, { texts: questions, label: "label" }],
    rows: { train: 363846, heldOut: 40430 },
  },
  rte: { title: "RTE", classes: inference, layouts: [sentences], rows: { train: 2490, heldOut: 277 } },
  mrpc: {
    title: "MRPC",
    classes: ["not_equivalent", "equivalent"],
    layouts: [{ texts: ["#1 String", "#2 String"], label: "Quality" }, sentences],
    rows: { train: 3668, heldOut: 408 },
  },
} satisfies Readonly<Record<string, GlueTask>>;

export type GlueName = keyof typeof glueTasks;
export const glueNames = ["sst-2", "cola", "qnli", "qqp", "rte", "mrpc"] as const satisfies readonly GlueName[];
