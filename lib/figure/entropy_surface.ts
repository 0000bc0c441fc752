/** The heat maps of Figure 3 as surfaces to turn: Plotly's JSON, which needs no Plotly to be made. */
import type { EntropyRow } from "./entropy_row.ts";
import type { Spec } from "./figure.ts";
import { ink } from "./theme.ts";

const views = [
  { panel: "derived", name: "ln(kr), derived" },
  { panel: "renyiHalf", name: "raw Rényi entropy, α = 1/2, measured" },
  { panel: "shannon", name: "normalised Shannon entropy, measured" },
] as const;

/** Vega's scheme of that name, in nine steps: Plotly has none. */
const inferno = ["#000004", "#1b0c41", "#4a0c6b", "#781c6d", "#a52c60", "#cf4446", "#ed6925", "#fb9b06", "#fcffa4"].map((
  colour,
  i,
) => [i / 8, colour]);

/** One surface per quantity over true axes; buttons choose which is shown. */
export function entropySurface(rows: readonly EntropyRow[]): Spec {
  const data = views.map(({ panel, name }, i) => {
    const own = rows.filter((row) => row.panel === panel);
    const x = sorted(own.map(({ rank }) => rank)), y = sorted(own.map(({ initVariance }) => initVariance));
    const at = new Map(own.map((row) => [`${row.rank} ${row.initVariance}`, Number(row.value.toFixed(4))]));
    return {
      type: "surface",
      name,
      visible: i === 0,
      x,
      y: y.map((k) => Number(k.toPrecision(4))),
      z: y.map((k) => x.map((r) => at.get(`${r} ${k}`))),
      colorscale: inferno,
      colorbar: { thickness: 12, len: 0.7 },
      hovertemplate: "rank %{x}<br>k %{y:.3g}<br>%{z:.3f}<extra></extra>",
    };
  });
  const axis = (text: string, type: "log" | "linear", tickvals?: number[]) => ({ title: { text }, type, ...(tickvals ? { tickvals } : {}) });
  return {
    data,
    layout: {
      height: 460,
      margin: { l: 0, r: 0, t: 56, b: 8 },
      font: { color: ink },
      paper_bgcolor: "#ffffff",
      scene: {
        xaxis: axis("rank r", "log", [4, 16, 64, 256]),
        yaxis: axis("k", "log", [0.01, 0.1, 1]),
        zaxis: axis("nats", "linear"),
        camera: { eye: { x: -1.9, y: -1.75, z: 0.9 }, center: { x: 0, y: 0, z: -0.12 } }, // all axes in view
      },
      updatemenus: [{
        type: "dropdown",
        direction: "down",
        x: 0,
        xanchor: "left",
        y: 1.12,
        yanchor: "top",
        buttons: views.map(({ name }, shown) => ({ label: name, method: "restyle", args: ["visible", views.map((_, i) => i === shown)] })),
      }],
    },
  };
}

const sorted = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
