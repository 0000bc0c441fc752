/** How paper B's series look: told apart by colour and by shape, lines by dash as well. Published numbers are grey. */
import { cross, ink, quiet, toggled } from "../theme.ts";

export interface Look {
  readonly colour: string;
  readonly shape: string;
  readonly dash: readonly number[];
}

const solid = [1, 0], dashed = [6, 3], dotted = [1.5, 2.5];

export const neverPoisoned = "never poisoned";

const looks: Readonly<Record<string, Look>> = {
  "full fine-tuning": { colour: "#0072b2", shape: "circle", dash: dotted },
  "full fine-tuning of query and value": { colour: "#a8437f", shape: "square", dash: [8, 2] },
  "LoRA": { colour: "#d55e00", shape: "triangle-up", dash: dashed },
  "PiSSA, DoRA, OLoRA": { colour: "#8a5a00", shape: "triangle-up", dash: dashed },
  "LoRA behind ONION": { colour: "#a8437f", shape: "square", dash: solid },
  "LoRA behind another defence": { colour: "#1d2129", shape: "cross", dash: solid },
  "LoRA behind a defence": { colour: "#a8437f", shape: "square", dash: solid },
  "RoRA": { colour: "#007a59", shape: "diamond", dash: solid },
  "RoRA before its rescaling": { colour: "#007a59", shape: "diamond", dash: solid },
  "one or two of RoRA's pieces": { colour: "#a8437f", shape: "square", dash: solid },
  "LoRA + Tr": { colour: "#007a59", shape: "diamond", dash: solid },
  "control": { colour: "#1d2129", shape: "cross", dash: solid },
  "poisoned, not fine-tuned": { colour: "#a8437f", shape: "square", dash: solid },
  "BadNet": { colour: "#d55e00", shape: "triangle-up", dash: dashed },
  "InSent": { colour: "#a8437f", shape: "square", dash: dotted },
  "LoRA, never poisoned": { colour: quiet, shape: "circle", dash: dotted },
  [neverPoisoned]: { colour: "#007a59", shape: "circle", dash: solid },
  "attack success rate": { colour: "#d55e00", shape: "triangle-up", dash: solid },
  "foretold attack success rate": { colour: "#d55e00", shape: "stroke", dash: dashed },
  "clean accuracy": { colour: "#0072b2", shape: "circle", dash: solid },
  "ρ_bd": { colour: "#a8437f", shape: "square", dash: solid },
  "ρ_cl": { colour: "#0072b2", shape: "circle", dash: solid },
  "ρ_tr": { colour: "#d55e00", shape: "triangle-up", dash: dashed },
  "s₀": { colour: "#1d2129", shape: "circle", dash: solid },
  "s*": { colour: "#007a59", shape: "diamond", dash: dashed },
  "published: BERT-large": { colour: "#7f8892", shape: "triangle-right", dash: solid },
  "published: RoBERTa-large": { colour: "#7f8892", shape: "triangle-down", dash: solid },
  "published: LLaMA": { colour: "#7f8892", shape: "triangle-left", dash: solid },
};

/** The null of a table: an upright stroke, to be passed on the right. */
const stroke = "M0,-1.4L0,1.4";

export interface LookOptions {
  /** Draws the null as a stroke instead of dots of its own. */
  readonly nullAsStroke?: boolean;
}

export function lookOf(series: string, { nullAsStroke = false }: LookOptions = {}): Look {
  if (series === neverPoisoned && nullAsStroke) return { colour: quiet, shape: stroke, dash: [1, 3] };
  return looks[series] ?? { colour: quiet, shape: "circle", dash: solid };
}

/** Stroke and shape by series, under one legend. */
export function encodings(series: readonly string[], options?: LookOptions) {
  const of = series.map((name) => lookOf(name, options));
  const legend = {
    title: null,
    orient: "top",
    labelLimit: 400, // without a canvas widths are guessed, and too large
    symbolSize: 110,
    symbolStrokeWidth: 1.8,
    symbolOpacity: 1,
    symbolFillColor: "transparent",
  };
  const by = (range: unknown[]) => ({ field: "series", type: "nominal", scale: { domain: series, range }, legend });
  return { stroke: by(of.map(({ colour }) => colour)), shape: by(of.map(({ shape }) => shape)) };
}

/** A dot's: its series, dimmed where the legend shows another alone; what it says when pointed at, and aloud. */
export const dotEncoding = ({ stroke, shape }: ReturnType<typeof encodings>, tooltip: readonly unknown[]) => ({
  stroke,
  shape,
  opacity: toggled(0.85),
  tooltip,
  description: { field: "spoken", type: "nominal" },
});

/** A cross over what a collapsed run shows. */
export const crossed = (transform: unknown[]) => ({
  transform,
  mark: { type: "point", shape: cross, size: 120, stroke: ink, strokeWidth: 1.6, filled: false, tooltip: false, aria: false },
  encoding: { opacity: toggled(1) },
});

/** A panel's title: a word has a capital first, a symbol stays as it is. */
export const panelTitle = (text: string) => ({
  text: text.replace(/^[a-z](?=[a-z])/, (first) => first.toUpperCase()),
  fontSize: 11.5,
  fontWeight: 500,
  offset: 6,
});

/** Above a group's panels, where groups have names. */
export const groupTitle = (text: string) => text ? { title: { text, fontSize: 13, offset: 12 } } : {};

/** The legend's choice: a click shows a series alone. */
export const shownParam = (view: string) => ({ name: "shown", select: { type: "point", fields: ["series"] }, bind: "legend", views: [view] });
