/**
 * How figures look. A series is told apart three times over, by colour, shape and dash, so that a grey print loses nothing. Colours are
 * Okabe and Ito's blue and vermillion; the paper's curves take a lighter tint of the same hue.
 */
export const colours = { "FF, ours": "#0072b2", "LoRA, ours": "#d55e00", "FF, paper": "#7db4d6", "LoRA, paper": "#eda46b" };
const seriesNames = Object.keys(colours);

export const cross = "M-1,-1L1,1M-1,1L1,-1";
export const ink = "#1d2129";
export const quiet = "#5b6470";

const legend = { title: null, orient: "top", symbolSize: 150, symbolStrokeWidth: 2, symbolOpacity: 1, symbolFillColor: "transparent" };

export const encodings = {
  stroke: { field: "series", type: "nominal", scale: { domain: seriesNames, range: Object.values(colours) }, legend },
  shape: {
    field: "series",
    type: "nominal",
    scale: { domain: seriesNames, range: ["circle", "triangle-up", "square", "diamond"] },
    legend,
  },
  strokeDash: {
    field: "series",
    type: "nominal",
    scale: { domain: seriesNames, range: [[1, 0], [5, 2], [1.5, 2], [5, 2, 1.5, 2]] },
    legend,
  },
} as const;

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
