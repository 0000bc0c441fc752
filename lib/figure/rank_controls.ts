/** What the paper does not draw: the rank's effect at other learning rates and alphas, and where clean runs end at one training loss. */
import { accuracy, attackSuccess, type Measure } from "../claims/measures.ts";
import { observe, type Run } from "../claims/observe.ts";
import { gapTo } from "../claims/paper_a/rank.ts";
import { curves, matchedSweeps, rankSweeps, type Sweep } from "../claims/sweeps.ts";
import type { SweepAttack } from "../experiment/grid.ts";
import { profileNamed } from "../experiment/profiles.ts";
import type { RunRecord } from "../experiment/record.ts";
import { count } from "../math/count.ts";
import { tInterval } from "../math/statistics.ts";
import type { Figure, Row, Spec } from "./figure.ts";
import { noRuns } from "./no_runs.ts";
import { taskOf } from "./rows.ts";
import { precisionText } from "./settings.ts";
import { short } from "./short.ts";
import { config, cross, ink } from "./theme.ts";

/** A run's value, the mean over runs, or (`null`) the same share in never-poisoned runs. */
export interface ControlRow extends Pick<Row, "value" | "low" | "high" | "seeds" | "seed" | "key" | "collapsed"> {
  /** What is measured. */
  readonly measure: string;
  /** Learning rate, or the match. */
  readonly at: string;
  /** How alpha goes with rank. */
  readonly policy: string;
  readonly rank: number;
  readonly source: "run" | "mean" | "null";
}

interface Measured {
  readonly title: string;
  readonly attack: SweepAttack | "none";
  measureOf(runs: readonly Run[]): Measure;
}

const success = "attack success rate (backdoor)";
const measured: readonly Measured[] = [
  { title: "accuracy, never poisoned", attack: "none", measureOf: () => accuracy },
  { title: "accuracy lost to label flips", attack: "upa", measureOf: gapTo },
  { title: success, attack: "bpa", measureOf: () => attackSuccess },
];

const matched = "matched clean loss";
const looks = [
  { policy: "alpha = r", colour: "#0072b2", shape: "circle", dash: [1, 0] },
  { policy: "alpha = 16", colour: "#d55e00", shape: "triangle-up", dash: [5, 2] },
  { policy: "alpha = 2r", colour: "#007a59", shape: "square", dash: [1.5, 2] },
] as const;

export const titleControls = "The rank under control: other learning rates, other alphas, matched clean loss";

export function drawRankControls(records: readonly RunRecord[]): Figure<ControlRow> {
  const runs = observe(records, profileNamed("standard"));
  const rows = measured.flatMap((one) => rowsOf(runs, one));
  const columns = [...new Set(rows.map(({ at }) => at))].sort((a, b) => rateIn(a) - rateIn(b));
  const alt =
    "Accuracy of never-poisoned LoRA, the accuracy that label flips cost, and the backdoor's attack success rate against the rank, in a column " +
    "for each learning rate and one at matched clean training loss, for three ways in which alpha goes with the rank.";
  const drawn = rows.length === 0
    ? { width: 480, height: 80, layer: [noRuns(80)] }
    : { spacing: 18, vconcat: measured.flatMap(({ title }) => rowSpec(title, columns, rows.filter(({ measure }) => measure === title))) };
  const spec = { $schema: "https://vega.github.io/schema/vega-lite/v5.json", description: alt, config, data: { values: rows.map(short) }, ...drawn };
  const keys = [...new Set(rows.flatMap(({ key }) => key ?? []))];
  const caption = settingsOf(records) +
    "Dots: single runs; lines: their means; bands: 95 % $t$ intervals over seeds; crosses: runs that predict one class. Dotted in the last row: never-poisoned " +
    "runs on the same triggered rows. _Matched clean loss_: each rank takes the learning rate at which its never-poisoned runs end nearest to one training " +
    "loss, the median over ranks at the usual rate with $\\alpha=r$. If the order of the ranks turns from column to column, the step size is what decides " +
    "it. The paper has one rate for all ranks.";
  return { id: "rank-controls", title: titleControls, alt, caption, spec, rows, keys };
}

/** What all of them share, a paragraph; empty without runs. */
function settingsOf(records: readonly RunRecord[]): string {
  const [first] = records;
  if (!first) return "";
  const { model, task: { trainRows }, train: { batchSize, epochs } } = first.config,
    attacked = (name: SweepAttack) => records.find(({ config }) => config.attack.name === name);
  const flips = attacked("upa")?.config.attack,
    door = attacked("bpa"),
    seeds = [...new Set(records.map(({ config }) => config.seed))].sort((a, b) => a - b);
  return [
    `Ours: ${model}${precisionText(records)}, ${taskOf(first)}, ${trainRows} training rows, ${count(epochs, "epoch")} in batches of ${batchSize}`,
    `LoRA on all linear modules, $k = 1/3$`,
    flips && "poisonRate" in flips ? `flip rate ${flips.poisonRate}` : "",
    door ? `${door.result.ledger.exposures} poisoned exposures` : "",
    `seeds ${seeds.join(", ")}.\n\n`,
  ].filter(Boolean).join("; ");
}

/** Runs, means and nulls of one measure, in every column. */
function rowsOf(runs: readonly Run[], { title, attack, measureOf }: Measured): ControlRow[] {
  const measure = measureOf(runs), sweeps = rankSweeps(runs, attack).map((sweep) => ({ sweep, at: rateText(sweep.learningRate) }));
  const matches = attack === "none" ? [] : matchedSweeps(runs, attack).map((sweep) => ({ sweep, at: matched }));
  const own = [...sweeps, ...matches].flatMap(({ sweep, at }) => marksOf(title, at, sweep, measure));
  const nulls = title !== success
    ? []
    : rankSweeps(runs, "none").flatMap((sweep) =>
      marksOf(title, rateText(sweep.learningRate), sweep, attackSuccess).filter(({ source }) => source === "mean")
        .map((mark) => ({ ...mark, source: "null" as const }))
    );
  return [...own, ...nulls];
}

function marksOf(title: string, at: string, sweep: Sweep, measure: Measure): ControlRow[] {
  const shared = { measure: title, at, policy: sweep.policy, low: null, high: null, seeds: 1 };
  const dots = curves(sweep, measure).flatMap(({ seed, x, y, runs }) =>
    x.map((rank, i): ControlRow => ({ ...shared, rank, source: "run", value: y[i], seed, key: runs[i].key, collapsed: runs[i].collapsed }))
  );
  const means = [...Map.groupBy(dots, ({ rank }) => rank)].map(([rank, own]): ControlRow => {
    const { mean, low, high, count } = tInterval(own.map(({ value }) => value));
    return { ...shared, rank, source: "mean", value: mean, low, high, seeds: count, seed: null, key: null, collapsed: false };
  });
  return [...dots, ...means];
}

const rateText = (rate: number): string => `learning rate ${Number(rate.toPrecision(2)).toExponential()}`;
/** Columns by rising rate, the match last. */
const rateIn = (at: string): number => at === matched ? Infinity : Number(at.replace("learning rate ", ""));

function rowSpec(title: string, columns: readonly string[], rows: readonly ControlRow[]): Spec[] {
  if (rows.length === 0) return [];
  const ranks = [...new Set(rows.map(({ rank }) => rank))].sort((a, b) => a - b), values = rows.map(({ value }) => value);
  const x = {
    field: "rank",
    type: "quantitative",
    title: "rank r",
    scale: { type: "log", base: 2, domain: [ranks[0], ranks.at(-1)] },
    axis: { values: ranks, format: "d" },
  };
  const legend = { title: null, orient: "top", symbolFillColor: "transparent", symbolStrokeWidth: 2 };
  const by = (range: readonly unknown[]) => ({
    field: "policy",
    type: "nominal",
    scale: { domain: looks.map(({ policy }) => policy), range },
    legend,
  });
  const stroke = by(looks.map(({ colour }) => colour)), shape = by(looks.map(({ shape }) => shape));
  const y = {
    field: "value",
    type: "quantitative",
    title,
    scale: { domain: [Math.min(...values), Math.max(...values)], nice: true },
    axis: { format: ".2~f" },
  };
  const tooltip = [
    ...["policy", "rank", "seed", "seeds"].map((field) => ({ field, title: field })),
    { field: "value", title, format: ".3f" },
    ...["low", "high"].map((field) => ({ field, title: field, format: ".3f" })),
  ];
  return [{
    transform: [{ filter: `datum.measure === '${title}'` }],
    facet: {
      column: { field: "at", type: "nominal", sort: columns, header: { title: null, labelFontWeight: 600, labelColor: ink } },
    },
    spacing: 16,
    spec: {
      width: 160,
      height: 150,
      encoding: { x },
      layer: [
        ...looks.flatMap(({ policy, colour, dash }) => linesOf(policy, colour, dash, y, tooltip)),
        {
          transform: [{ filter: "datum.source === 'run'" }],
          mark: { type: "point", size: 30, filled: false, strokeWidth: 1.4, opacity: 0.8 },
          encoding: { y, stroke, shape, tooltip },
        },
        {
          transform: [{ filter: "datum.source === 'run' && datum.collapsed" }],
          mark: { type: "point", shape: cross, size: 90, stroke: ink, strokeWidth: 1.4, tooltip: false, aria: false },
          encoding: { y },
        },
      ],
    },
  }];
}

/** A policy's band, its never-poisoned runs and its means. */
function linesOf(policy: string, colour: string, dash: readonly number[], y: Spec, tooltip: readonly unknown[]): Spec[] {
  const of = (test: string) => [{ filter: `datum.policy === '${policy}' && ${test}` }];
  return [
    {
      transform: of("datum.source === 'mean' && datum.low !== null"),
      mark: { type: "area", fill: colour, opacity: 0.1, clip: true, tooltip: false, aria: false },
      encoding: { y: { ...y, field: "low" }, y2: { field: "high" } },
    },
    {
      transform: of("datum.source === 'null'"),
      mark: { type: "line", stroke: colour, strokeWidth: 1.2, strokeDash: [1, 3], tooltip: false, aria: false },
      encoding: { y },
    },
    {
      transform: of("datum.source === 'mean'"),
      mark: { type: "line", stroke: colour, strokeWidth: 2, strokeDash: dash, aria: false },
      encoding: { y, tooltip },
    },
  ];
}
