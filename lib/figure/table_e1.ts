/** Paper A, table E.1: four further attacks, full fine-tuning and LoRA, with what each attack success rate has to be read beside. */
import type { RunRecord } from "../experiment/record.ts";
import { measuredTrigger } from "../experiment/triggered.ts";
import { mean } from "../math/statistics.ts";
import { type Cell, cellsOf, tableOf } from "./cells.ts";
import { dotTableSpec } from "./dot_table.ts";
import type { Figure } from "./figure.ts";
import { attackCells, type PaperTables, paperTables } from "./paper_tables.ts";
import { labelOf, rateOf } from "./rows.ts";
import { requireOneSetting, settingsText } from "./settings.ts";
import { cleanColumns, triggeredColumns } from "./table_columns.ts";

/** Names in a config, here and in the paper, in its order. */
const attacks = [
  { name: "multi-trigger", label: "multi-trigger", paper: "MT" },
  { name: "clean-label", label: "clean-label", paper: "CL-BPA" },
  { name: "instruction", label: "instruction", paper: "IL-BPA" },
  { name: "style", label: "style (verse)", paper: "S-BPA" },
] as const;
const unpoisoned = "never poisoned";
const paperLabels = new Map<string, string>(attacks.map(({ paper, label }) => [paper, label]));

/** The table's records: its attacks' runs and the never-poisoned ones, in a stable order. */
function recordsOf(records: readonly RunRecord[]): RunRecord[] {
  const names: string[] = ["none", ...attacks.map(({ name }) => name)], place = ({ config }: RunRecord) => names.indexOf(config.attack.name);
  const drawn = records.filter((record) => place(record) >= 0).sort((a, b) =>
    place(a) - place(b) || labelOf(a).localeCompare(labelOf(b)) || a.config.seed - b.config.seed || (a.key < b.key ? -1 : 1)
  );
  const clean = drawn.filter(({ config }) => config.attack.name === "none");
  for (const { name } of attacks) requireOneSetting([...clean, ...drawn.filter(({ config }) => config.attack.name === name)]);
  return drawn;
}

/** A row of the table: an attack at one dose. */
interface TableRow {
  readonly attack: string;
  readonly label: string;
  /** Its runs, of both methods; none where nothing was run yet. */
  readonly runs: readonly RunRecord[];
}

/** From the top. An attack's largest dose has its name alone, and the paper's cells; the smaller ones follow. */
function rowsOf(records: readonly RunRecord[]): TableRow[] {
  return attacks.flatMap(({ name, label }): TableRow[] => {
    const own = Map.groupBy(records.filter(({ config }) => config.attack.name === name), rateOf);
    const [largest = [], ...smaller] = [...own].sort(([a], [b]) => b - a).map(([, runs]) => runs);
    return [{ attack: label, label, runs: largest }, ...smaller.map((runs) => ({ attack: label, label: `${label}, dose ${doseOf(runs)}`, runs }))];
  });
}

/** Poisoned exposures, rounded: attacks that draw row by row meet their dose in the mean. */
const doseOf = (runs: readonly RunRecord[]): number => Math.round(mean(runs.map(({ result }) => result.ledger.exposures)));

/** Every cell: ours by seed and in the mean, the paper's, and for each attack the never-poisoned runs on the same changed rows. */
function cellsOfTable(records: readonly RunRecord[], paper: PaperTables): Cell[] {
  const clean = records.filter(({ config }) => config.attack.name === "none");
  const at = (label: string) => (record: RunRecord) => ({ label, arm: labelOf(record) });
  return [
    ...rowsOf(records).flatMap(({ label, runs }) => {
      const trigger = runs.length ? measuredTrigger(runs[0].config) : null;
      const nulls = trigger ? triggeredColumns(trigger).flatMap((column) => cellsOf(clean, column, at(label), "null")) : [];
      return [...columns.flatMap((column) => cellsOf(runs, column, at(label))), ...nulls];
    }),
    ...cleanColumns.flatMap((column) => cellsOf(clean, column, at(unpoisoned))),
    ...attackCells(paper, paperLabels),
  ];
}

const labelsOf = (records: readonly RunRecord[]): string[] => [...rowsOf(records).map(({ label }) => label), unpoisoned];

const columns = [...triggeredColumns(), ...cleanColumns];

/** The table as text: a row for each attack, method and source. */
export function tableE1(records: readonly RunRecord[], paper = paperTables()): Record<string, string | number>[] {
  const drawn = recordsOf(records), order = labelsOf(drawn);
  const rows = tableOf(cellsOfTable(drawn, paper), "attack", columns.map(({ panel }) => panel));
  return rows.sort((a, b) => order.indexOf(`${a.attack}`) - order.indexOf(`${b.attack}`) || `${a.arm}`.localeCompare(`${b.arm}`));
}

/** The doses of attacks that have several; nothing where each has one. */
function dosesText(records: readonly RunRecord[]): string {
  const several = [...Map.groupBy(rowsOf(records), ({ attack }) => attack)].filter(([, rows]) => rows.length > 1);
  if (several.length === 0) return "";
  const doses = several.map(([attack, rows]) => `${attack} ${rows.map(({ runs }) => doseOf(runs)).join(" and ")}`);
  return ` Doses, in poisoned exposures: ${doses.join(", ")}; where nearly all triggered rows get the target label, a smaller dose says more.`;
}

export const titleE1 = "Table E.1: four further attacks, full fine-tuning and LoRA";

export function drawTableE1(records: readonly RunRecord[], paper = paperTables()): Figure<Cell> {
  const drawn = recordsOf(records), cells = cellsOfTable(drawn, paper);
  const alt = "Seven panels of dots and intervals: accuracy, precision, recall, F1 and attack success rate on triggered rows, false positives and " +
    "accuracy on clean rows, for four attacks with full fine-tuning and LoRA, beside the paper's cells.";
  const spec = dotTableSpec(alt, cells, {
    panels: columns.map(({ panel, heading }) => ({ panel, heading, whole: panel.endsWith("rate") })),
    labels: labelsOf(drawn),
    arms: ["FF", "LoRA"],
  });
  const poisoned = drawn.find(({ config }) => config.attack.name !== "none")?.config;
  const caption = `${settingsText(drawn)}\n\nDots: one run each; thick tick: mean; bar: 95 % t interval over seeds; a cross marks a collapsed run. ` +
    `Grey tick: mean of the never-poisoned models on the same changed rows, which an ASR must exceed, as it must the false positives. ` +
    `Pale: the paper's cell, mean and one standard deviation of three seeds (BERT-large, SST-2, rate 0.0025)${
      poisoned ? `; ours: the \`${poisoned.variant}\` variant` : ""
    }.${dosesText(drawn)} The paper's style attack is a rewrite by a remote language model; ours are fixed rules.`;
  return { id: "table-e1", title: titleE1, alt, caption: caption.trim(), spec, rows: cells, keys: drawn.map(({ key }) => key) };
}
