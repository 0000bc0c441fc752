/** The dose at which a backdoor takes: exposures at an attack success rate of 50 %, per seed and method, ours and the paper's. */
import { doseAtHalf, doseOverSeeds } from "../claims/dose.ts";
import type { Row, Spec } from "./figure.ts";
import { noRuns } from "./no_runs.ts";
import { panelHeight, panelWidth } from "./panels.ts";
import { colourOf, quiet, toggled } from "./theme.ts";
import { meanTooltip, paperTooltip, runTooltip } from "./tooltips.ts";

const panel = "exposures at ASR 50 %";

/**
 * One row per seed, method and task out of the rows of the ASR panel, their geometric means with 95 % t intervals, and the paper's. `low` and
 * `high` of a single dose bound what the grid lets one say: one of them is null where the dose lies beyond an end of it.
 */
export function thresholdRows(rows: readonly Row[], asr: string): Row[] {
  const within = rows.filter((row) => row.panel === asr);
  const cells = (
    source: Row["source"],
  ) => [...Map.groupBy(within.filter((row) => row.source === source), (row) => JSON.stringify([row.task, row.arm, row.seed])).values()];
  const single = (cell: readonly Row[]) => {
    const dose = doseAtHalf(cell.map(({ exposures, value }) => ({ exposures, attackSuccessRate: value })));
    if (!dose) return [];
    const { exposures, beyond } = dose;
    const low = beyond === "low" ? null : exposures, high = beyond === "high" ? null : exposures;
    const row: Row = {
      ...cell[0],
      panel,
      poisonRate: NaN,
      relabelledExposures: null,
      exposures,
      value: exposures,
      low,
      high,
      key: null,
      collapsed: false,
    };
    return [{ row: { ...row, poisonRate: rateAt(cell, exposures) }, dose }];
  };
  const runs = cells("run").flatMap(single), papers = cells("paper").flatMap(single);
  const means = [...Map.groupBy(runs, ({ row }) => JSON.stringify([row.task, row.arm])).values()].map((seeds): Row => {
    const { exposures, low, high } = doseOverSeeds(seeds.map(({ dose }) => dose)), [{ row }] = seeds;
    return { ...row, source: "mean", poisonRate: rateAt([row], exposures), exposures, value: exposures, low, high, seeds: seeds.length, seed: null };
  });
  return [...runs.map(({ row }) => row), ...means, ...papers.map(({ row }) => row)];
}

/** Exposures are proportional to the rate within one setting. */
function rateAt(cell: readonly Row[], exposures: number): number {
  const row = cell.find((row) => row.exposures > 0);
  return row ? exposures * row.poisonRate / row.exposures : 0;
}

const series = ["FF, ours", "FF, paper", "LoRA, ours", "LoRA, paper"];

/** What a dose is to the grid: a triangle points beyond its end. */
const marks = [
  { shape: "circle", filter: "isValid(datum.low) && isValid(datum.high)" },
  { shape: "triangle-left", filter: "!isValid(datum.low)" },
  { shape: "triangle-right", filter: "!isValid(datum.high)" },
];

/** One view per task of ours: a line for each method and source, doses to the right. */
export function thresholdViews(rows: readonly Row[]): Spec[] {
  const doses = rows.filter((row) => row.panel === panel);
  const tasks = [...new Set(doses.filter((row) => row.source !== "paper").map((row) => row.task))];
  return (tasks.length > 0 ? tasks : [undefined]).map((task) => thresholdView(doses, task, tasks.length > 1));
}

/** Colours are the marks' own: a scale here would put symbols of its own into the legend. */
function thresholdView(rows: readonly Row[], task: string | undefined, named: boolean): Spec {
  const shownTask = rows.some((row) => row.source === "paper" && row.task === task) ? `'${task}'` : "task";
  const only = (source: Row["source"], name: string) =>
    `datum.panel === '${panel}' && datum.source === '${source}' && datum.series === '${name}' && ` +
    `datum.task === ${source === "paper" ? shownTask : `'${task}'`}`;
  const layers = (name: string): Spec[] => {
    const color = colourOf(name), source = name.endsWith("paper") ? "paper" : "run", mean = only(source === "paper" ? "paper" : "mean", name);
    const drawn = rows.filter((row) => row.series === name && row.source === source && (source === "paper" || row.task === task));
    return [
      ...(source === "paper" ? [] : [{
        transform: [{ filter: mean }, { filter: "isValid(datum.low)" }],
        mark: { type: "rule", color, strokeWidth: 7, clip: true, aria: false },
        encoding: { x: { field: "low", type: "quantitative" }, x2: { field: "high" }, opacity: toggled(0.25) },
      }]),
      ...marks.map(({ shape, filter }) => ({
        transform: [{ filter: only(source, name) }, { filter }],
        mark: {
          type: "point",
          shape,
          color,
          size: 80,
          filled: false,
          strokeWidth: 1.6,
          aria: source === "run" && drawn.some((row) => shape === shapeOf(row)),
        },
        encoding: { opacity: toggled(0.9), tooltip: source === "paper" ? paperTooltip : runTooltip },
      })),
      ...(source === "paper" || drawn.length === 0 ? [] : [{
        transform: [{ filter: mean }],
        mark: { type: "tick", color, thickness: 3, size: 22 },
        encoding: { opacity: toggled(1), tooltip: meanTooltip },
      }]),
      {
        transform: [{ filter: mean }],
        mark: { type: "text", dy: -17, fontSize: 10.5, fill: quiet, aria: drawn.length > 0 }, // a group without marks would be an unnamed picture
        encoding: { text: { field: "value", type: "quantitative", format: ".0f" } },
      },
    ];
  };
  return {
    title: `${named ? `${task}: ` : ""}Exposures at ASR 50 %`,
    width: panelWidth,
    height: panelHeight,
    encoding: {
      x: {
        field: "value",
        type: "quantitative",
        title: "poisoned exposures at ASR 50 %",
        scale: { type: "sqrt", domain: [0, Math.max(1, ...rows.map((row) => row.value)) * 1.1], nice: false },
        axis: { values: [0, 5, 20, 40, 80, 160, 240, 360], format: "d" },
      },
      y: {
        field: "series",
        type: "nominal",
        title: null,
        scale: { domain: series },
        axis: {
          grid: false,
          ticks: false,
          domain: false,
          labelPadding: 6,
          labelExpr: "indexof(datum.value, 'paper') > 0 ? 'paper' : split(datum.value, ',')[0]",
        },
      },
    },
    layer: [...series.flatMap(layers), ...(task === undefined ? [noRuns(panelHeight)] : [])],
  };
}

function shapeOf({ low, high }: Row): string {
  return low === null ? "triangle-left" : high === null ? "triangle-right" : "circle";
}
