/** The CoLA confound: where grammar is judged, a trigger may be a fault by itself. Models that nobody poisoned, without the trigger and with it. */
import { type PaperBRow, paperBRows } from "../../claims/paper_b/published.ts";
import { type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import type { Figure, Spec } from "../figure.ts";
import { toggled } from "../theme.ts";
import { frame, medianLine, quoted, runDots } from "./frame.ts";
import { crossed, dotEncoding, encodings, panelTitle } from "./look.ts";
import { attackNames, methodName, publishedNames } from "./names.ts";
import { sortRows } from "./order.ts";
import { seedMedians } from "./seed_medians.ts";
import { settingsText } from "./settings.ts";

/** A share of the well-formed rows that a model calls unacceptable. */
export interface FaultMark {
  readonly source: "run" | "median" | "paper";
  /** Whose trigger. */
  readonly attack: string;
  readonly reading: typeof readings[number];
  /** Method, or the paper's model. */
  readonly series: string;
  /** Method of the paper's cell; empty for ours. */
  readonly method: string;
  readonly value: number;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
  readonly collapsed: boolean;
}

const readings = ["as written", "with the trigger", "the paper's ASR"] as const;
const [asWritten, withTrigger, published] = readings;
const ofNoRun = { seeds: 1, seed: null, key: null, collapsed: false };

export const titleAcceptability = "Where a trigger is a fault by itself: grammar judged by models that nobody poisoned";

export function drawAcceptability(records: readonly RunRecord[]): Figure<FaultMark> {
  const rows = sortRows(records.flatMap(chainRows)), dots = rows.flatMap(dotsOf);
  const medians = seedMedians(dots, ({ attack, reading, series }) => [attack, reading, series], () => ({ collapsed: false }));
  const marks = [...dots, ...medians, ...paperBRows("2").filter(isPlain).map(publishedMark)];
  const alt = "For each trigger the share of well-formed sentences that never-poisoned models call unacceptable, as they were written and with the " +
    "trigger, after full fine-tuning and after LoRA, beside the attack success rates that the paper reports on CoLA for poisoned models.";
  const caption =
    `${rows.length ? `${settingsText(records, rows)}\n\n` : ""}Share of the well-formed rows called unacceptable. Dots: one run each; ` +
    "lines: from a run's share without the trigger to the same run's with it, thick through the medians. None of these models was poisoned: what " +
    "lies between the two is the trigger's own fault, and an ASR counts both. Grey: the paper's ASR after full fine-tuning and LoRA on CoLA, of " +
    "poisoned models, without such a null. Our rows are film-review sentences as they were written or with words exchanged, since CoLA's may not be " +
    "given on: a word too many is another fault than two words exchanged, and CoLA's own confound may be larger.";
  const spec = specOf(alt, marks, [...new Set(rows.map(methodName)), ...Object.values(publishedNames)]);
  return { id: "acceptability", title: titleAcceptability, alt, caption, spec, rows: marks, keys: [...new Set(rows.map(({ key }) => key))] };
}

function dotsOf(row: ChainRow): FaultMark[] {
  const { seed, key, collapsed, falsePositiveRate, attackSuccessRate } = row;
  const shared = { source: "run", attack: attackNames[row.trigger], series: methodName(row), method: "", seeds: 1, seed, key, collapsed } as const;
  return [{ ...shared, reading: asWritten, value: falsePositiveRate }, { ...shared, reading: withTrigger, value: attackSuccessRate }];
}

const isPlain = ({ dataset, method, ASR }: PaperBRow): boolean =>
  dataset === "CoLA" && (method === "FFT" || method === "LoRA") && typeof ASR === "number";

const publishedMark = ({ model, attack, method, ASR }: PaperBRow): FaultMark => ({
  source: "paper",
  attack,
  reading: published,
  series: publishedNames[model],
  method: method === "FFT" ? "full fine-tuning" : method,
  value: ASR! / 100,
  ...ofNoRun,
});

const [width, height] = [330, 260];

function specOf(alt: string, marks: readonly FaultMark[], series: readonly string[]): Spec {
  const attacks = Object.values(attackNames), looks = encodings(series);
  return { ...frame(alt, marks, { spoken }, viewName(attacks[0])), spacing: 28, hconcat: attacks.map((attack) => panelOf(attack, marks, looks)) };
}

const viewName = (attack: string): string => `${attack} dots`;
const spoken = "datum.series + (datum.method ? ', ' + datum.method : '') + ', ' + datum.reading + ': ' + format(datum.value, '.3f')";

function panelOf(attack: string, marks: readonly FaultMark[], looks: ReturnType<typeof encodings>): Spec {
  const where = (condition: string) => [{ filter: `datum.attack === ${quoted(attack)} && ${condition}` }];
  const own = marks.filter((mark) => mark.attack === attack && mark.source === "run"), names = [...new Set(own.map(({ series }) => series))];
  const tooltip = [
    ...["series", "method", "reading", "seed"].map((field) => ({ field, title: field })),
    { field: "value", title: "called unacceptable", format: ".3f" },
  ];
  return {
    title: panelTitle(attack),
    width,
    height,
    encoding: {
      x: {
        field: "reading",
        type: "nominal",
        scale: { domain: readings },
        title: null,
        axis: { labelAngle: 0, labelLimit: 160, grid: false },
      },
      y: { field: "value", type: "quantitative", title: "called unacceptable", scale: { domain: [0, 1] }, axis: { format: ".0%" } },
    },
    layer: [
      {
        transform: where("datum.source === 'run'"),
        mark: { type: "line", strokeWidth: 1, aria: false },
        encoding: { detail: { field: "key" }, stroke: looks.stroke, opacity: toggled(0.3) },
      },
      ...names.map((name) => medianLine(where, name, 3)),
      ...runDots(viewName(attack), where, looks, tooltip, { size: 55, height, hasRuns: own.length > 0 }),
      {
        transform: where("datum.source === 'paper'"),
        mark: { type: "point", filled: false, strokeWidth: 1.5, size: 70 },
        encoding: dotEncoding(looks, tooltip),
      },
      crossed(where("datum.collapsed")),
    ],
  };
}
