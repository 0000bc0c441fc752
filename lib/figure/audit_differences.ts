/** Paper B's numbers that must agree with each other, as differences. */
import { deltaDifferences, type Difference, tableDifferences, textDifferences } from "../claims/paper_b/consistency.ts";
import type { Figure } from "./figure.ts";
import { config, ink, quiet } from "./theme.ts";

export interface DifferenceRow extends Difference {
  /** Which number, for the labels of those that differ. */
  readonly name: string;
}

function differenceRows(): DifferenceRow[] {
  return [...deltaDifferences(), ...tableDifferences(), ...textDifferences()].map((row) => ({
    ...row,
    name: `${row.model} ${row.attack} ${row.method} ${row.column === "delta" ? "Δ" : row.column}`,
  }));
}

export const titleDifferences = "Paper B: numbers that must agree, as differences";

export function drawDifferences(): Figure<DifferenceRow> {
  const rows = differenceRows(), kinds = [...new Set(rows.map(({ what }) => what))];
  const counts = kinds.map((what) => {
    const own = rows.filter((row) => row.what === what);
    return { what, label: `${own.filter(({ difference }) => difference === 0).length} of ${own.length} agree` };
  });
  const alt = `Differences in points between numbers that must agree: ${counts.map(({ what, label }) => `${what}, ${label}`).join("; ")}.`;
  const y = { field: "what", type: "nominal", sort: kinds, title: null, axis: { ticks: false, domain: false, labelLimit: 260, labelPadding: 8 } };
  const scale = { domain: [-2.5, 1], nice: false };
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: alt,
    config,
    data: { values: rows },
    width: 460,
    height: { step: 46 },
    encoding: { y },
    layer: [
      {
        transform: [{ aggregate: [{ op: "count", as: "numbers" }], groupby: ["what", "difference"] }],
        mark: { type: "circle", opacity: 0.75 },
        encoding: {
          x: { field: "difference", type: "quantitative", title: "stated − found, points", scale, axis: { format: "+~f" } },
          size: { field: "numbers", type: "quantitative", scale: { domain: [0, 162], range: [30, 500] }, legend: null },
          color: { condition: { test: "datum.difference === 0", value: "#0072b2" }, value: "#b33f00" },
          tooltip: [{ field: "what", title: "compared" }, { field: "difference", title: "difference", format: "+.2f" }, {
            field: "numbers",
            title: "numbers",
          }],
        },
      },
      {
        transform: [{ filter: "datum.difference !== 0" }, {
          window: [{ op: "row_number", as: "place" }],
          groupby: ["what"],
          sort: [{ field: "difference" }],
        }],
        mark: { type: "text", fontSize: 10, color: ink, dy: { expr: "datum.place % 2 ? -12 : 15" }, aria: false },
        encoding: { x: { field: "difference", type: "quantitative", scale }, text: { field: "name" } },
      },
      {
        data: { values: counts },
        mark: { type: "text", align: "left", dx: 8, fontSize: 10.5, color: quiet, aria: false },
        encoding: { x: { value: "width" }, text: { field: "label" } },
      },
    ],
  };
  const differing = rows.filter(({ difference }) => difference !== 0);
  const caption =
    `Circles: pairs of numbers with the same difference, larger for more of them. Printed Δ against CA − ASR of its row; rows of Tables 4 and 5 ` +
    `against the same row of Table 2; the examples that the text of section 6.1 gives against the tables. Differing: ${
      differing.map(({ name, what, stated, found }) => `${name}, ${what}: ${stated.toFixed(2)} against ${found.toFixed(2)}`).join("; ")
    }.`;
  return { id: "fig-b-audit-differences", title: titleDifferences, alt, caption, spec, rows, keys: [] };
}
