/** Studies -> Vega-Lite: what a poisoned encoder does without the leading directions of its difference to its never-poisoned twin. */
import { percent } from "../../math/percent.ts";
import { metricsOf } from "../../evaluate/metrics.ts";
import { type RunConfig, standingAlone } from "../../experiment/config.ts";
import type { Evaluated, ResultOf, StudyRecord } from "../../experiment/study_record.ts";
import { attackSuccessOf } from "../../experiment/triggered.ts";
import type { Figure, Spec } from "../figure.ts";
import { quiet } from "../theme.ts";
import { frame, inPanel, medianLine, quoted, runDots } from "./frame.ts";
import { encodings, groupTitle, neverPoisoned, panelTitle } from "./look.ts";
import { seedMedians } from "./seed_medians.ts";

/** ASR or clean accuracy with so many directions taken out of every linear module. */
export interface DirectionMark {
  readonly panel: "attack success rate" | "clean accuracy";
  /** How the encoder was poisoned: `75 % of the target class`. */
  readonly group: string;
  readonly source: "run" | "median";
  /** `never poisoned`: the twin, on the poisoned encoder's own task. */
  readonly series: string;
  /** `none`, a number, `all`. */
  readonly taken: string;
  readonly value: number;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
}

const untuned = "poisoned, not fine-tuned", panels = ["attack success rate", "clean accuracy"] as const;
const series = [untuned, "LoRA", "LoRA + Tr", neverPoisoned];
const width = 320, height = 210; // two beside each other fit a page

export function drawDirections(studies: readonly StudyRecord[]): Figure<DirectionMark> {
  const runs = studies.flatMap(marksOf),
    marks = [...runs, ...seedMedians(runs, ({ panel, group, series, taken }) => [panel, group, series, taken])],
    groups = [...new Set(runs.map(({ group }) => group))];
  const alt =
    "Attack success rate and clean accuracy of a poisoned encoder before and after fine-tuning, over the number of singular directions of its " +
    "difference to its never-poisoned twin that are taken out of every linear module, one dot for each seed.";
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const caption = `Singular directions of $W_{poisoned}-W_{twin}$, largest first, taken out of every linear module of the poisoned encoder. ` +
    `Purple: at once, on the task that it was poisoned on. Orange and green: out of the frozen weights after fine-tuning on the clean task, which did not ` +
    `know them. Dotted across: the twin itself on the first task. Dots: single seeds (${seeds}); line: their median.`;
  return {
    id: "fig-b-directions",
    title: "Equation 2, direction by direction",
    alt,
    caption,
    spec: specOf(alt, marks, groups),
    rows: marks,
    keys: studies.map(({ key }) => key),
  };
}

/** How an encoder was poisoned. */
export const doseName = ({ attack }: RunConfig): string => "poisonRate" in attack ? `${percent(attack.poisonRate)} of the target class poisoned` : "";

function marksOf({ key, study, result }: StudyRecord): DirectionMark[] {
  if (study.study !== "decomposition" || result.study !== "decomposition") return [];
  const { run } = study, proxy = standingAlone(run.start!.run), group = doseName(proxy);
  const both = (config: RunConfig, series: string, taken: string, seen: Evaluated): DirectionMark[] =>
    panels.map((panel) => ({
      panel,
      group,
      source: "run",
      series,
      taken,
      value: panel === "clean accuracy" ? metricsOf(seen.clean).accuracy : attackSuccessOf(config, seen),
      seeds: 1,
      seed: run.seed,
      key,
    }));
  const without = (config: RunConfig, series: string, taken: ResultOf<"decomposition">["proxy"]["without"]) =>
    taken.flatMap(({ directions, evaluated }) => both(config, series, directions === null ? "all" : String(directions), evaluated));
  return [
    ...both(proxy, untuned, "none", result.proxy.poisoned),
    ...without(proxy, untuned, result.proxy.without),
    ...both(proxy, neverPoisoned, "none", result.proxy.twin),
    ...result.arms.flatMap((arm) => {
      const name = arm.rora?.tr ? "LoRA + Tr" : "LoRA";
      return [...both(run, name, "none", arm.tuned), ...without(run, name, arm.without)];
    }),
  ];
}

function specOf(description: string, marks: readonly DirectionMark[], groups: readonly string[]): Spec {
  const known = [...new Set(marks.map(({ taken }) => taken))],
    place = (taken: string) => taken === "none" ? -1 : taken === "all" ? Infinity : Number(taken);
  const order = known.length ? known.toSorted((a, b) => place(a) - place(b)) : ["none", "all"];
  return {
    ...frame(description, marks, { spoken }, viewName(groups[0] ?? "", panels[0])),
    spacing: 34,
    vconcat: (groups.length ? groups : [""]).map((group) => ({
      ...groupTitle(group),
      bounds: "flush",
      spacing: 60,
      hconcat: panels.map((panel) => panelView(group, panel, marks, order)),
    })),
  };
}

const viewName = (group: string, panel: string): string => `directions ${group} ${panel}`.replaceAll(/\W+/g, "_");

function panelView(group: string, panel: DirectionMark["panel"], marks: readonly DirectionMark[], order: readonly string[]): Spec {
  const looks = encodings(series), own = marks.filter((mark) => mark.group === group && mark.panel === panel);
  const where = inPanel(group, panel);
  const least = Math.min(...own.map(({ value }) => value));
  return {
    title: panelTitle(panel),
    width,
    height,
    encoding: {
      x: {
        field: "taken",
        type: "ordinal",
        title: "directions taken out of every module",
        scale: { domain: order },
        axis: { labelAngle: 0, grid: false },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { domain: panel === "clean accuracy" ? [Math.min(0.5, least), 1] : [0, 1] },
        axis: { format: ".2~f" },
      },
    },
    layer: [
      {
        transform: where(`datum.source === 'median' && datum.series === ${quoted(neverPoisoned)}`),
        mark: { type: "rule", stroke: quiet, strokeDash: [1, 3], strokeWidth: 1.4, aria: false },
        encoding: { x: null },
      },
      ...series.filter((name) => name !== neverPoisoned).map((name) => medianLine(where, name)),
      ...runDots(viewName(group, panel), where, looks, tooltip, { size: 40, height, hasRuns: own.length > 0 }),
    ],
  };
}

const spoken =
  "datum.series + ', ' + datum.panel + ' without ' + datum.taken + ' of the directions: ' + format(datum.value, '.3f') + ', seed ' + datum.seed";

const tooltip = [
  { field: "group", title: "poison" },
  { field: "series", title: "series" },
  { field: "taken", title: "directions taken out" },
  { field: "panel", title: "measure" },
  { field: "value", title: "value", format: ".3f" },
  { field: "seed", title: "seed" },
  { field: "key", title: "study" },
];
