/** Horizontal axes: what a figure is drawn against, and which other places its reader may choose instead. */
import type { Place, Row, Spec } from "./figure.ts";

export interface XAxis {
  readonly type: "linear" | "sqrt" | "log";
  /** The first is drawn unless the reader chooses another. */
  readonly choices: readonly [XChoice, ...XChoice[]];
}

export interface XChoice {
  readonly field: keyof Place;
  readonly title: string;
  readonly ticks: readonly number[];
  /** d3 format of the ticks. */
  readonly format: string;
}

const rate = { field: "poisonRate", title: "poison rate (fraction of rows)", format: ".2~f" } as const;
const exposures = { field: "exposures", title: "poisoned exposures (rows × epochs)", format: "d" } as const;
const relabelled = { field: "relabelledExposures", title: "relabelled exposures (rows whose label changed × epochs)", format: "d" } as const;

export const rateAxis: XAxis = {
  type: "linear",
  choices: [
    { ...rate, title: "poison rate (fraction of labels)", ticks: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4] },
    { ...exposures, ticks: [0, 8000, 16000, 24000, 32000] },
  ],
};

/** A square-root axis: zero stays visible, and the step between 10 and 80 exposures gets the room it needs. */
export const exposureAxis: XAxis = {
  type: "sqrt",
  choices: [
    { ...exposures, ticks: [0, 5, 20, 40, 80, 160, 240, 360] },
    { ...relabelled, ticks: [0, 5, 20, 40, 80, 160, 240] },
    { ...rate, ticks: [0, 0.002, 0.01, 0.02, 0.05, 0.1, 0.2], format: ".3~f" },
  ],
};

export const rankAxis: XAxis = {
  type: "log",
  choices: [{ field: "rank", title: "rank r (α = r)", ticks: [4, 8, 16, 32, 64, 128, 256, 512], format: "d" }],
};

/** The paper's axis is linear, on which its two smallest k fall together. */
export const varianceAxis: XAxis = {
  type: "log",
  choices: [{ field: "initVariance", title: "k (variance of A times n_in)", ticks: [0.0001, 0.001, 0.01, 0.1, 1 / 3, 1, 2], format: ".3~g" }],
};

/** Name of the parameter that holds the chosen field. */
const chosen = "dose";

/** The reader's choice, where there is one. */
export function axisParams({ choices }: XAxis): Spec[] {
  if (choices.length === 1) return [];
  const bind = { input: "select", options: choices.map(({ field }) => field), labels: choices.map(({ title }) => title), name: "Against: " };
  return [{ name: chosen, value: choices[0].field, bind }];
}

/** What the marks read `x` from. */
export function axisTransform({ choices }: XAxis): Spec[] {
  return choices.length === 1 ? [] : [{ calculate: `datum[${chosen}]`, as: "x" }];
}

/** The `x` channel. */
export function axisEncoding({ type, choices }: XAxis, rows: readonly Row[]): Spec {
  const [first] = choices, domains = choices.map(({ field }) => domainOf(type, rows.flatMap((row) => row[field] ?? [])));
  if (choices.length === 1) {
    const { field, title, ticks, format } = first;
    return { field, type: "quantitative", title, scale: { type, domain: domains[0], nice: false }, axis: { values: ticks, format } };
  }
  const pick = (of: (choice: XChoice, i: number) => unknown) =>
    `(${JSON.stringify(Object.fromEntries(choices.map((choice, i) => [choice.field, of(choice, i)])))})[${chosen}]`;
  return {
    field: "x",
    type: "quantitative",
    scale: { type, domain: [0, 1].map((end) => ({ expr: pick((_, i) => domains[i][end]) })), nice: false },
    axis: {
      title: { signal: pick(({ title }) => title) },
      values: { expr: pick(({ ticks }) => ticks) },
      labelExpr: `format(datum.value, ${pick(({ format }) => format)})`,
    },
  };
}

function domainOf(type: XAxis["type"], values: readonly number[]): [number, number] {
  const end = Math.max(...values, 0);
  if (type !== "log") return [0, end || 1];
  const margin = 1.12; // half a dot on either side
  return [Math.min(...values) / margin, end * margin];
}
