/** The threshold's panels to read point by point: Plotly's JSON, which needs no Plotly to be made. Buttons choose the method. */
import type { Spec } from "../figure.ts";
import { ink, quiet } from "../theme.ts";
import { lookOf, neverPoisoned } from "./look.ts";
import type { Mark } from "./mark.ts";
import { exactText, foretoldRate, observed, scalesOf, sufficientText, type ThresholdArm } from "./threshold_spec.ts";

export function thresholdPlot(marks: readonly Mark[], arms: readonly ThresholdArm[]): Spec {
  const drawn = arms.filter(({ trained }) => trained !== null);
  const traces = drawn.map((arm) => tracesOf(arm, marks.filter(({ group }) => group === arm.title)));
  const data = traces.flatMap((own, i) => own.map((trace) => ({ ...trace, visible: i === 0 })));
  return {
    data,
    layout: {
      height: 420,
      margin: { l: 64, r: 16, t: 64, b: 48 },
      font: { color: ink },
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      hovermode: "x unified",
      xaxis: { title: { text: "scale s in place of α / r" }, type: "log", tickvals: scalesOf(marks), gridcolor: "#eceff2" },
      yaxis: { title: { text: "share of the held-out rows" }, range: [0, 1.02], gridcolor: "#eceff2" },
      legend: { orientation: "h", y: -0.2 },
      updatemenus: [{
        type: "dropdown",
        direction: "down",
        x: 0,
        xanchor: "left",
        y: 1.16,
        yanchor: "top",
        buttons: drawn.map((arm, shown) => ({
          label: [arm.title, [exactText(arm), sufficientText(arm)].filter(Boolean).join("; ")].filter(Boolean).join(": "),
          method: "restyle",
          args: ["visible", traces.flatMap((own, i) => own.map(() => i === shown))],
        })),
      }],
    },
  };
}

function tracesOf({ trained, exact, sufficient }: ThresholdArm, own: readonly Mark[]): Spec[] {
  const foretold = own.filter(({ source }) => source === "predicted").toSorted((a, b) => a.x! - b.x!);
  const dots = observed.map((name) => {
    const runs = own.filter(({ source, series }) => source === "run" && series === name);
    return {
      type: "scatter",
      mode: "markers",
      name,
      ...points(runs),
      text: runs.map(({ seed }) => `seed ${seed}`),
      marker: { color: lookOf(name).colour, symbol: `${lookOf(name).shape}-open`, size: 8 },
      hovertemplate: "%{y:.3f}, %{text}",
    };
  });
  const line = {
    type: "scatter",
    mode: "lines",
    name: foretoldRate,
    ...points(foretold),
    line: { color: lookOf(foretoldRate).colour, dash: "dash", width: 2 },
    hovertemplate: "%{y:.3f}",
  };
  const marked = [["s = α / r", trained, "solid"], ["median s₀", exact?.scale ?? null, "dash"], [
    "median s*",
    sufficient?.scale ?? null,
    "dot",
  ]] as const;
  const uprights = marked.flatMap(([name, at, dash]) =>
    at === null || at <= 0
      ? []
      : [{ type: "scatter", mode: "lines", name, x: [at, at], y: [0, 1], line: { color: quiet, dash, width: 1.2 }, hoverinfo: "skip" }]
  );
  return [...dots, line, ...uprights, ...nullsOf(own)];
}

/** What the same method says where nobody poisoned the encoder: over all scales, as it was run at one. */
function nullsOf(own: readonly Mark[]): Spec[] {
  const ends = own.flatMap(({ x, source }) => x !== null && source === "run" ? [x] : []);
  return own.filter(({ source, x }) => source === "null" && x === null).map(({ series, value }) => ({
    type: "scatter",
    mode: "lines",
    name: `${series}, ${neverPoisoned}`,
    x: [Math.min(...ends), Math.max(...ends)],
    y: [value, value],
    line: { color: lookOf(series).colour, dash: "dot", width: 1.2 },
    hovertemplate: "%{y:.3f}",
  }));
}

const points = (marks: readonly Mark[]) => ({ x: marks.map(({ x }) => x), y: marks.map(({ value }) => Number(value.toFixed(4))) });
