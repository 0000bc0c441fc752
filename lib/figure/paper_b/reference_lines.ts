/** Lines that give a panel its scale: what encoders that were never poisoned have, and a setting on the axis. */
import type { Spec } from "../figure.ts";
import { quiet } from "../theme.ts";
import { neverPoisoned } from "./look.ts";

const text = (mark: Spec) => ({ type: "text", fontSize: 10, fill: quiet, aria: false, ...mark });

export interface Level {
  readonly value: number;
  readonly stroke: string;
  /** What the line says when pointed at, and aloud. */
  readonly spoken: string;
  /** Says what it is at its right end. */
  readonly named?: boolean;
}

/** A dotted line across. */
export const nullLine = ({ value, stroke, spoken, named = false }: Level): Spec[] => [
  {
    data: { values: [{ value, spoken }] },
    mark: { type: "rule", stroke, strokeDash: [1, 3], strokeWidth: 1.4 },
    encoding: { x: null, tooltip: { field: "spoken" }, description: { field: "spoken", type: "nominal" } },
  },
  ...(named
    ? [{
      data: { values: [{ value }] },
      mark: text({ text: neverPoisoned, align: "right", baseline: "bottom", dx: -4, dy: -2 }),
      encoding: { x: { value: "width" } },
    }]
    : []),
];

export interface Setting {
  readonly x: number;
  readonly label: string;
  readonly stroke?: string;
  readonly strokeDash?: readonly number[];
  /** Pixels from the top to its name. */
  readonly top?: number;
}

/** An upright line, named beside it. */
export const upright = ({ x, label, stroke = quiet, strokeDash = [1, 0], top = 3 }: Setting): Spec[] => [
  {
    data: { values: [{ x }] },
    mark: { type: "rule", stroke, strokeDash, strokeWidth: 1.2, aria: false },
    encoding: { x: { field: "x", type: "quantitative" }, y: null },
  },
  {
    data: { values: [{ x }] },
    mark: text({ text: label, align: "left", baseline: "top", dx: 4 }),
    encoding: { x: { field: "x", type: "quantitative" }, y: { value: top } },
  },
];
