/** Paper B's figures and tables of runs, by name. */
import type { RunRecord } from "../../experiment/record.ts";
import type { Figure } from "../figure.ts";
import { table5, table5AtLowerRate } from "./ablation.ts";
import { drawAcceptability, titleAcceptability } from "./acceptability.ts";
import { drawCase, titleCase } from "./case_study.ts";
import { guardedTable } from "./guarded.ts";
import { drawMargins, titleMargins } from "./margins.ts";
import { optionsTable } from "./options.ts";
import { drawScales, titleScales } from "./scales.ts";
import { drawSweep, sweepsOfPaperB } from "./sensitivity.ts";
import { drawAlignment, drawSpectralRatio, titleAlignment, titleRatio } from "./spectral.ts";
import { drawTable } from "./table.ts";
import { table2, table4, table4AtLowerRate } from "./tables.ts";
import { drawUntuned, titleUntuned } from "./untuned.ts";

interface Definition {
  readonly id: string;
  readonly title: string;
  draw(records: readonly RunRecord[]): Figure;
}

export const tablesOfPaperB = [table2, table4, table4AtLowerRate, table5, table5AtLowerRate, optionsTable, guardedTable];

export const figuresOfPaperB: readonly Definition[] = [
  { id: "fig-b1", title: titleRatio, draw: (records) => drawSpectralRatio(records) },
  { id: "fig-b2", title: titleAlignment, draw: (records) => drawAlignment(records) },
  { id: "fig-b-margins", title: titleMargins, draw: (records) => drawMargins(records) },
  { id: "table-b1", title: titleUntuned, draw: (records) => drawUntuned(records) },
  { id: "fig-b3", title: titleScales, draw: (records) => drawScales(records) },
  { id: "fig-b4", title: titleCase, draw: (records) => drawCase(records) },
  ...tablesOfPaperB.map((table): Definition => ({
    id: table.id,
    title: table.title,
    draw: (records) => drawTable(table, records),
  })),
  { id: "acceptability", title: titleAcceptability, draw: (records) => drawAcceptability(records) },
  ...sweepsOfPaperB.map((sweep): Definition => ({ id: sweep.id, title: sweep.title, draw: (records) => drawSweep(sweep, records) })),
];
