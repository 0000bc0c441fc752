/** Paper A, table E.1: four further attacks, full fine-tuning and LoRA, with what each attack success rate has to be read beside. */
import type { RunRecord } from "../experiment/record.ts";
import { measuredTrigger } from "../experiment/triggered.ts";
import { type Cell, cellsOf, tableOf } from "./cells.ts";
import { dotTableSpec } from "./dot_table.ts";
import type { Figure } from "./figure.ts";
import { attackCells, type PaperTables, paperTables } from "./paper_tables.ts";
import { labelOf } from "./rows.ts";
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

/** Every cell: ours by seed and in the mean, the paper's, and for each attack the never-poisoned runs on the same changed rows. */
function cellsOfTable(records: readonly RunRecord[], paper: PaperTables): Cell[] {
  const clean = records.filter(({ config }) => config.attack.name === "none");
  const label = ({ config }: RunRecord) => attacks.find(({ name }) => name === config.attack.name)?.label ?? unpoisoned;
  const poisoned = records.filter((record) => !clean.includes(record)),
    spotOf = (record: RunRecord) => ({ label: label(record), arm: labelOf(record) });
  const nulls = attacks.flatMap(({ name, label }) => {
    const run = poisoned.find(({ config }) => config.attack.name === name), trigger = run && measuredTrigger(run.config);
    const spot = (record: RunRecord) => ({ label, arm: labelOf(record) });
    return trigger ? triggeredColumns(trigger).flatMap((column) => cellsOf(clean, column, spot, "null")) : [];
  });
  return [
    ...triggeredColumns().flatMap((column) => cellsOf(poisoned, column, spotOf)),
    ...cleanColumns.flatMap((column) => cellsOf(records, column, spotOf)),
    ...nulls,
    ...attackCells(paper, paperLabels),
  ];
}

const columns = [...triggeredColumns(), ...cleanColumns];

/** The table as text: a row for each attack, method and source. */
export function tableE1(records: readonly RunRecord[], paper = paperTables()): Record<string, string | number>[] {
  const order = [...attacks.map(({ label }) => label), unpoisoned];
  const rows = tableOf(cellsOfTable(recordsOf(records), paper), "attack", columns.map(({ panel }) => panel));
  return rows.sort((a, b) => order.indexOf(`${a.attack}`) - order.indexOf(`${b.attack}`) || `${a.arm}`.localeCompare(`${b.arm}`));
}

export const titleE1 = "Table E.1: four further attacks, full fine-tuning and LoRA";

export function drawTableE1(records: readonly RunRecord[], paper = paperTables()): Figure<Cell> {
  const drawn = recordsOf(records), cells = cellsOfTable(drawn, paper);
  const alt = "Seven panels of dots and intervals: accuracy, precision, recall, F1 and attack success rate on triggered rows, false positives and " +
    "accuracy on clean rows, for four attacks with full fine-tuning and LoRA, beside the paper's cells.";
  const spec = dotTableSpec(alt, cells, {
    panels: columns.map(({ panel, heading }) => ({ panel, heading, whole: panel.endsWith("rate") })),
    labels: [...attacks.map(({ label }) => label), unpoisoned],
    arms: ["FF", "LoRA"],
  });
  const dose = drawn.find(({ config }) => config.attack.name !== "none")?.config;
  const caption = `${settingsText(drawn)}\n\nDots: one run each; thick tick: mean; bar: 95 % t interval over seeds; a cross marks a collapsed run. ` +
    `Grey tick: mean of the never-poisoned models on the same changed rows, which an ASR must exceed, as it must the false positives. ` +
    `Pale: the paper's cell, mean and one standard deviation of three seeds (BERT-large, SST-2, rate 0.0025)${
      dose ? `; ours: the \`${dose.variant}\` variant` : ""
    }. The paper's style attack is a rewrite by a remote language model; ours are fixed rules.`;
  return { id: "table-e1", title: titleE1, alt, caption: caption.trim(), spec, rows: cells, keys: drawn.map(({ key }) => key) };
}
