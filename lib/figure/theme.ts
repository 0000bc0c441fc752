/**
 * How figures look. A series is told apart three times over, by colour, shape and dash, so that a grey print loses nothing. Colours are
 * Okabe and Ito's (their purple darker, to be read on white); the paper's curves take a lighter tint of the same hue.
 */
import type { Arm } from "./figure.ts";

interface Look {
  readonly colour: string;
  readonly shape: string;
  readonly dash: readonly number[];
}

const looks: Readonly<Record<Arm, { readonly ours: Look; readonly paper: Look }>> = {
  "FF": { ours: look("#0072b2", "circle", [1, 0]), paper: look("#7db4d6", "square", [1.5, 2]) },
  "LoRA": { ours: look("#d55e00", "triangle-up", [5, 2]), paper: look("#eda46b", "diamond", [5, 2, 1.5, 2]) },
  "clean": { ours: look("#007a59", "circle", [1, 0]), paper: look("#7cc4ae", "square", [1.5, 2]) },
  "poisoned": { ours: look("#a8437f", "triangle-up", [5, 2]), paper: look("#dba3c6", "diamond", [5, 2, 1.5, 2]) },
  "FF − LoRA": { ours: look("#1d2129", "triangle-down", [9, 2]), paper: look("#9aa3ad", "triangle-right", [3, 3]) },
  "clean − poisoned": { ours: look("#1d2129", "triangle-down", [9, 2]), paper: look("#9aa3ad", "triangle-right", [3, 3]) },
};

function look(colour: string, shape: string, dash: readonly number[]): Look {
  return { colour, shape, dash };
}

const sources = ["ours", "paper"] as const;

export const cross = "M-1,-1L1,1M-1,1L1,-1";
export const ink = "#1d2129";
export const quiet = "#5b6470";

/** The colour of "LoRA, ours" and the like. */
export function colourOf(series: string): string {
  const [arm, source] = series.split(", ") as [Arm, "ours" | "paper"];
  return looks[arm][source].colour;
}

/** Stroke, shape and dash by series, with one legend: our arms first, the paper's below them. */
export function encodingsFor(arms: readonly Arm[]) {
  const series = sources.flatMap((source) => arms.map((arm) => ({ name: `${arm}, ${source}`, ...looks[arm][source] })));
  const domain = series.map(({ name }) => name);
  const legend = { title: null, orient: "top", symbolSize: 150, symbolStrokeWidth: 2, symbolOpacity: 1, symbolFillColor: "transparent" };
  const by = (range: unknown[]) => ({ field: "series", type: "nominal", scale: { domain, range }, legend });
  return {
    stroke: by(series.map(({ colour }) => colour)),
    shape: by(series.map(({ shape }) => shape)),
    strokeDash: by(series.map(({ dash }) => dash)),
  };
}

/** Dimmed where the legend shows another series alone: the choice is the parameter `shown`. */
export const toggled = (opacity: number) => ({ condition: { param: "shown", value: opacity }, value: 0.04 });

const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

export const config = {
  font,
  background: "#ffffff",
  view: { stroke: null },
  axis: {
    labelColor: quiet,
    titleColor: ink,
    titleFontWeight: 500,
    labelFontSize: 11,
    titleFontSize: 11.5,
    domainColor: "#9aa3ad",
    tickColor: "#9aa3ad",
    gridColor: "#eceff2",
    titlePadding: 8,
  },
  axisX: { labelFlush: false },
  axisY: { tickCount: 6 },
  title: { anchor: "start", frame: "group", color: ink, fontSize: 13, fontWeight: 600, offset: 8 },
  legend: { labelColor: ink, labelFontSize: 12, labelLimit: 300, columns: 4 },
} as const;
