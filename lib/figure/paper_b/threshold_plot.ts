/** The threshold's panels to read point by point: Plotly's JSON, which needs no Plotly to be made. Buttons choose the method. */
import type { Spec } from "../figure.ts";
import { ink, quiet } from "../theme.ts";
import { lookOf } from "./look.ts";
import type { Mark } from "./mark.ts";
import { exactText, foretoldRate, observed, scalesOf, type ThresholdArm } from "./threshold_spec.ts";

export function thresholdPlot(marks: readonly Mark[], arms: readonly ThresholdArm[]): Spec {
  const drawn = arms.filter(({ trained }) => trained !== null);
  const traces = drawn.map((arm) => tracesOf(arm, marks.filter(({ group, x }) => group === arm.title && x !== null)));
  const data = traces.flatMap((own, i) => own.map((trace) => ({ ...trace, visible: i === 0 })));
  return {
    data,
    layout: {
      height: 420,
      margin: { l: 48, r: 16, t: 64, b: 48 },
      font: { color: ink },
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      hovermode: "x unified",
      xaxis: { title: { text: "scale s in place of α / r" }, type: "log", tickvals: scalesOf(marks), gridcolor: "#eceff2" },
      yaxis: { range: [0, 1.02], gridcolor: "#eceff2" },
      legend: { orientation: "h", y: -0.2 },
      updatemenus: [{
        type: "dropdown",
        direction: "down",
        x: 0,
        xanchor: "left",
        y: 1.16,
        yanchor: "top",
        buttons: drawn.map((arm, shown) => ({
          label: [arm.title, exactText(arm)].filter(Boolean).join(": "),
          method: "restyle",
          args: ["visible", traces.flatMap((own, i) => own.map(() => i === shown))],
        })),
      }],
    },
  };
}

function tracesOf({ trained, exact }: ThresholdArm, own: readonly Mark[]): Spec[] {
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
  const marked = [["s = α / r", trained, "solid"], ["median s₀", exact, "dash"]] as const;
  const uprights = marked.flatMap(([name, at, dash]) =>
    at === null || at <= 0
      ? []
      : [{ type: "scatter", mode: "lines", name, x: [at, at], y: [0, 1], line: { color: quiet, dash, width: 1.2 }, hoverinfo: "skip" }]
  );
  return [...dots, line, ...uprights];
}

const points = (marks: readonly Mark[]) => ({ x: marks.map(({ x }) => x), y: marks.map(({ value }) => Number(value.toFixed(4))) });
