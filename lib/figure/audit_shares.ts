/** How often paper B's percentages are counts of test rows, by whose they are, beside what chance would give. */
import { fitting, type GrimCell, grimCells } from "../claims/paper_b/consistency.ts";
import type { Figure } from "./figure.ts";
import { config, ink, quiet } from "./theme.ts";

export interface ShareRow {
  readonly whose: string;
  readonly measure: GrimCell["column"];
  readonly model: string;
  readonly fit: number;
  readonly of: number;
  /** Fractions. */
  readonly share: number;
  readonly byChance: number;
  readonly label: string;
}

/** Table 2 by model, measure and origin. 0 and 100 % are counts of any number of rows and are left out. */
function shareRows(): ShareRow[] {
  const cells = grimCells().filter(({ table, percent }) => table === "2" && 0 < percent && percent < 100);
  const groups = [...Map.groupBy(cells, ({ origin, column, model }) => [origin, column, model].join()).values()];
  return groups.map((group) => {
    const { fit, of, byChance } = fitting(group), { origin, column, model } = group[0];
    return {
      whose: origin === "own" ? "own runs" : "copied rows",
      measure: column,
      model,
      fit,
      of,
      share: fit / of,
      byChance: byChance / of,
      label: `${fit} of ${of}`,
    };
  });
}

export const titleShares = "Paper B, Table 2: own numbers are counts of single runs, copied ones in part";

export function drawShares(): Figure<ShareRow> {
  const rows = shareRows(),
    said = (whose: string) => rows.filter((row) => row.whose === whose).map(({ model, measure, label }) => `${model} ${measure} ${label}`);
  const alt = `Shares of percentages that are counts of test rows. Own runs: ${said("own runs").join(", ")}. Copied rows: ${
    said("copied rows").join(", ")
  }.`;
  const y = {
    field: "model",
    type: "nominal",
    title: null,
    sort: ["BERT", "RoBERTa", "LLaMA"],
    axis: { ticks: false, domain: false, labelPadding: 8 },
  };
  const x = {
    field: "share",
    type: "quantitative",
    title: "share of cells that are a count",
    scale: { domain: [0, 1] },
    axis: { format: ".0%", tickCount: 5 },
  };
  const tooltip = [
    ...["whose", "model", "measure", "fit", "of"].map((field) => ({ field, title: field })),
    { field: "byChance", title: "share by chance", format: ".3f" },
  ];
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: alt,
    config,
    data: { values: rows },
    spacing: { row: 14, column: 74 },
    facet: {
      row: { field: "whose", type: "nominal", sort: ["own runs", "copied rows"], header: { title: null, labelFontWeight: 600, labelColor: ink } },
      column: { field: "measure", type: "nominal", sort: ["CA", "ASR"], header: { title: null, labelFontWeight: 600, labelColor: ink } },
    },
    spec: {
      width: 270,
      height: { step: 30 },
      encoding: { y, tooltip },
      layer: [
        { mark: { type: "bar", height: 15, color: "#7db4d6" }, encoding: { x } },
        { mark: { type: "tick", thickness: 2.5, size: 24, color: "#b33f00" }, encoding: { x: { field: "byChance", type: "quantitative" } } },
        {
          mark: { type: "text", align: "left", baseline: "middle", dx: 6, fontSize: 10.5, color: quiet, aria: false },
          encoding: { x: { value: "width" }, text: { field: "label" } },
        },
      ],
    },
  };
  const caption =
    "Bar: share of Table 2's percentages that are $100\\,k/N$ for a whole $k$, rounded; thick tick: the share among arbitrary percentages of " +
    "two decimals, $(N+1)/10001$. Cells of 100 % fit every $N$ and are left out. The paper says that the rows of FFT, LoRA, back-translation, SCPD and " +
    "ONION are copied from an earlier paper: they fit less often than its own, as means over runs would, but more often than by chance, and LLaMA's " +
    "clean accuracies nearly as often as single runs.";
  return { id: "fig-b-audit-shares", title: titleShares, alt, caption, spec, rows, keys: [] };
}
