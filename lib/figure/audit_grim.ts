/** Paper B's tables as they are printed, each cell coloured by whether its percentage can be a count of test rows. */
import { type GrimCell, grimCells } from "../claims/paper_b/consistency.ts";
import type { Figure, Spec } from "./figure.ts";
import { config, ink } from "./theme.ts";

/** A cell as drawn. */
export interface GrimRow extends GrimCell {
  /** Columns that stand together: a model and an attack. */
  readonly group: string;
  /** Whose number it is, and whether it fits. */
  readonly kind: string;
}

const kinds = [
  { kind: "own run, a count", fill: "#cfe3f1", text: ink },
  { kind: "own run, no count", fill: "#b33f00", text: "#ffffff" },
  { kind: "copied, a count", fill: "#eceef1", text: ink },
  { kind: "copied, no count", fill: "#bfc5ce", text: ink },
] as const;

const unplaced = "poisoned, not fine-tuned";
const panels = [
  { tables: ["2"], title: "Table 2: nine methods" },
  { tables: ["4"], title: "Table 4: RoRA on other adapters" },
  { tables: ["5"], title: "Table 5: RoRA's components" },
  { tables: ["1", "6"], title: "Tables 1 and 6: clean accuracy before fine-tuning" },
];

const order = { model: ["BERT", "RoBERTa", "LLaMA"], attack: ["BadNet", "InSent"], dataset: ["SST-2", "CR", "CoLA"] };

function grimRows(): GrimRow[] {
  return grimCells().map((cell) => ({
    ...cell,
    method: cell.method === unplaced ? "poisoned" : cell.method,
    group: `${cell.model}, ${cell.attack}`,
    kind: `${cell.origin === "own" ? "own run" : "copied"}, ${cell.count === null ? "no count" : "a count"}`,
  }));
}

export const titleGrim = "Paper B's tables: which percentages can be counts of test rows";

export function drawGrim(): Figure<GrimRow> {
  const rows = grimRows(), none = rows.filter(({ count }) => count === null), own = none.filter(({ origin }) => origin === "own");
  const owned = rows.filter(({ origin }) => origin === "own").length;
  const alt = `Paper B's Tables 2, 4, 5, 1 and 6 as coloured cells. Of ${owned} own percentages ${own.length} can be no count of test rows; of ` +
    `${rows.length - owned} copied ones ${none.length - own.length}.`;
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: alt,
    config,
    data: { values: rows },
    spacing: 28,
    vconcat: panels.map(({ tables, title }) => panelView(title, rows.filter(({ table }) => tables.includes(table)), tables)),
  };
  const caption =
    `Each cell shows the printed percentage: clean accuracy (CA) above, attack success rate (ASR) below. It can be a count if some whole ` +
    `$k$ gives $100\\,k/N$, rounded to two decimals, with $N$ the stated test rows (CA: 1,821, 775, 1,043; ASR, rows of label 1: 909, 481, 721 for ` +
    `SST-2, CR, CoLA). A single run is a count; a mean over runs need not be. ${own.length} of ${owned} own numbers fit none: ${
      own.map(({ table, model, attack, dataset, method, column, percent, below, above }) =>
        `Table ${table} ${model} ${attack} ${dataset} ${method} ${column} ${percent.toFixed(2)} (between ${below.toFixed(2)} and ${above.toFixed(2)})`
      ).join("; ")
    }. Rows of Table 5 that the text of the paper has lost are left out.`;
  return { id: "fig-b-audit-grim", title: titleGrim, alt, caption, spec, rows, keys: [] };
}

/** One table (or two of one shape): groups of columns side by side, CA over ASR. */
function panelView(title: string, rows: readonly GrimRow[], tables: readonly string[]): Spec {
  const present = (of: readonly string[], field: "model" | "attack" | "dataset") => of.filter((name) => rows.some((row) => row[field] === name));
  const groups = present(order.model, "model").flatMap((model) => present(order.attack, "attack").map((attack) => `${model}, ${attack}`));
  const narrow = present(order.dataset, "dataset").length === 1; // the heads need the room
  const nominal = (field: string, sort: readonly string[]) => ({ field, type: "nominal", title: null, sort, axis: { ticks: false, domain: false } });
  const header = { title: null, labelColor: ink, labelFontWeight: 600, labelFontSize: 11, labelPadding: 4 };
  return {
    title,
    transform: [{ filter: `indexof(${JSON.stringify(tables).replaceAll('"', "'")}, datum.table) >= 0` }],
    spacing: { row: 6, column: narrow ? 10 : 6 },
    facet: {
      column: { field: "group", type: "nominal", sort: groups, header: { ...header, labelExpr: "split(datum.label, ', ')" } },
      row: { field: "column", type: "nominal", sort: ["CA", "ASR"], header: { ...header, labelAngle: 0, labelAlign: "left" } },
    },
    spec: {
      width: { step: narrow ? 50 : 33 },
      height: { step: 17 },
      encoding: {
        x: { ...nominal("dataset", present(order.dataset, "dataset")), axis: { ticks: false, domain: false, labelAngle: 0, labelFontSize: 9.5 } },
        y: nominal("method", [...new Set(rows.map(({ method }) => method))]),
        tooltip: [
          { field: "table", title: "table" },
          { field: "method", title: "method" },
          { field: "group", title: "model, attack" },
          { field: "dataset", title: "data" },
          { field: "column", title: "measure" },
          { field: "percent", title: "printed, %", format: ".2f" },
          { field: "rows", title: "test rows" },
          { field: "count", title: "count" },
          { field: "below", title: "next below, %", format: ".2f" },
          { field: "above", title: "next above, %", format: ".2f" },
          { field: "origin", title: "whose run" },
        ],
      },
      layer: [
        {
          mark: { type: "rect", stroke: "#ffffff", strokeWidth: 1, aria: false }, // hundreds of cells: the sentence and the rows say it
          encoding: {
            color: {
              field: "kind",
              type: "nominal",
              scale: { domain: kinds.map(({ kind }) => kind), range: kinds.map(({ fill }) => fill) },
              legend: { title: null, orient: "top", symbolType: "square", symbolSize: 150 },
            },
          },
        },
        {
          mark: { type: "text", fontSize: 9.5, aria: false },
          encoding: {
            text: { field: "percent", type: "quantitative", format: ".2f" },
            color: { condition: { test: "datum.kind === 'own run, no count'", value: "#ffffff" }, value: ink },
          },
        },
      ],
    },
  };
}
