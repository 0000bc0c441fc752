/** Paper A, table 2 (appendix E.2): LoRA with other initialisations of A, trained clean and with the backdoor, on triggered rows. */
import type { RunConfig } from "../experiment/config.ts";
import type { RunRecord } from "../experiment/record.ts";
import { type Cell, cellsOf, type Column, tableOf } from "./cells.ts";
import { dotTableSpec } from "./dot_table.ts";
import type { Figure } from "./figure.ts";
import { initialisationCells, type PaperTables, paperTables } from "./paper_tables.ts";
import { poisonOf, triggerAmong } from "./rows.ts";
import { requireOneSetting, settingsText } from "./settings.ts";
import { cleanColumns, triggeredColumns } from "./table_columns.ts";

type Init = Extract<RunConfig["method"], { name: "lora" }>["init"];

/** As the paper abbreviates them, in its order; its other experiments use the last. */
const inits = { "gaussian": "GI", "xavier-normal": "XNI", "kaiming-uniform": "KU" } as const satisfies Record<Init, string>;
const order = Object.keys(inits);

const labelText = (init: string, k: number): string => `${init}, k ${Number(k.toPrecision(3))}`;

interface Setting {
  readonly init: Init;
  readonly k: number;
}

function settingOf({ config: { method } }: RunRecord): Setting | null {
  return method.name === "lora" ? { init: method.init, k: method.initVariance } : null;
}

/** LoRA's runs, clean and with the backdoor, in a stable order. */
function recordsOf(records: readonly RunRecord[]): RunRecord[] {
  const drawn = records.flatMap((record) => {
    const setting = settingOf(record);
    return setting && ["none", "bpa"].includes(record.config.attack.name) ? [{ record, place: order.indexOf(setting.init), k: setting.k }] : [];
  });
  drawn.sort((a, b) =>
    a.place - b.place || a.k - b.k || b.record.config.attack.name.localeCompare(a.record.config.attack.name) ||
    a.record.config.seed - b.record.config.seed || (a.record.key < b.record.key ? -1 : 1)
  );
  for (const group of Map.groupBy(drawn, ({ place }) => place).values()) requireOneSetting(group.map(({ record }) => record), "initVariance");
  return drawn.map(({ record }) => record);
}

function columnsFor(records: readonly RunRecord[]): Column[] {
  return [...triggeredColumns(triggerAmong(records) ?? undefined), ...cleanColumns];
}

function cellsOfTable(records: readonly RunRecord[], paper: PaperTables): Cell[] {
  const spotOf = (record: RunRecord) => {
    const { init, k } = settingOf(record)!;
    return { label: labelText(inits[init], k), arm: poisonOf(record) };
  };
  return [...columnsFor(records).flatMap((column) => cellsOf(records, column, spotOf)), ...initialisationCells(paper, labelText)];
}

function labelsOf(cells: readonly Cell[]): string[] {
  const place = (label: string) => Object.values<string>(inits).indexOf(label.split(",")[0]), k = (label: string) => Number(label.split("k ")[1]);
  return [...new Set(cells.map(({ label }) => label))].sort((a, b) => place(a) - place(b) || k(a) - k(b));
}

/** The table as text: a row for each initialisation, k, training (clean or poisoned) and source. */
export function tableE2(records: readonly RunRecord[], paper = paperTables()): Record<string, string | number>[] {
  const drawn = recordsOf(records), cells = cellsOfTable(drawn, paper), labels = labelsOf(cells);
  const rows = tableOf(cells, "initialisation", columnsFor(drawn).map(({ panel }) => panel));
  return rows.sort((a, b) => labels.indexOf(`${a.initialisation}`) - labels.indexOf(`${b.initialisation}`) || `${a.arm}`.localeCompare(`${b.arm}`));
}

export const titleE2 = "Table 2 (E.2): LoRA under other initialisations, clean and with the backdoor";

export function drawTableE2(records: readonly RunRecord[], paper = paperTables()): Figure<Cell> {
  const drawn = recordsOf(records), cells = cellsOfTable(drawn, paper);
  const alt = "Seven panels of dots and intervals: accuracy, precision, recall, F1 and attack success rate on triggered rows, false positives and " +
    "accuracy on clean rows, for Gaussian and Xavier-normal initialisation at several variances, trained clean and poisoned, beside the paper's cells.";
  const spec = dotTableSpec(alt, cells, {
    panels: columnsFor(drawn).map(({ panel, heading }) => ({ panel, heading, whole: panel.endsWith("rate") })),
    labels: labelsOf(cells),
    arms: ["clean", "poisoned"],
  });
  const caption =
    `${settingsText(drawn, "initVariance")}\n\nDots: one run each; thick tick: mean; bar: 95 % t interval over seeds; a cross marks a ` +
    `collapsed run. Pale: the paper's cell, mean and one standard deviation of five seeds (BERT-large, SST-2, poison rate 0 and 0.0015). GI: ` +
    `Gaussian, variance $k / n$; XNI: Xavier normal with gain $\\sqrt{k}$, variance $2 k / (r + n)$, about twice as much at the same $k$. The paper's ` +
    `poisoned GI cells show no damage at all; its released history suggests that they were trained on unpoisoned rows.`;
  return { id: "table-e2", title: titleE2, alt, caption: caption.trim(), spec, rows: cells, keys: drawn.map(({ key }) => key) };
}
