/** Paper B's figures and tables as text: medians over seeds, the null and the published cells, a line for each. */
import { median } from "simple-statistics";
import { type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import { figuresOfPaperB, tablesOfPaperB } from "./figures.ts";
import type { Mark } from "./mark.ts";
import { inOrder, sortRows } from "./order.ts";
import { armName, encoderName, pairName } from "./names.ts";
import { layerMarks, spectralRows } from "./layer_marks.ts";
import { marginSeries } from "./quantiles.ts";
import { alignmentPanels, randomAlignment, ratioPanels } from "./spectral.ts";

type TextRow = Record<string, string | number>;

const whose = { median: "ours", null: "never poisoned", predicted: "foretold" } as const;

/** What an attack has to exceed: the column beside ASR of our own poisoned runs. */
const nullColumn = "ASR, never poisoned";
/** The figure whose axis is the dose: what was never poisoned stands at 0. */
const overDoses = "proxy-doses";

/**
 * Rows of a figure of CA and ASR by its id (`table-b2`, `fig-b6`): `.95 (.93 to .97)` is a median with its smallest and largest seed. Beside
 * our own stands what encoders that were never poisoned have with the same trigger, as the figure has it.
 */
export function chainTable(id: string, records: readonly RunRecord[]): TextRow[] {
  const known = figuresOfPaperB.map((figure) => figure.id).filter((id) => !["fig-b1", "fig-b2", "fig-b4", "fig-b-margins"].includes(id));
  const found = figuresOfPaperB.find((figure) => figure.id === id && known.includes(id));
  if (!found) throw new RangeError(`Cannot tabulate the figure as its id must be one of ${known.join(", ")}: ${id}`);
  const marks = (found.draw(records).rows as readonly Mark[]).filter(({ source }) => source !== "run");
  const lines = Map.groupBy(marks, ({ group, label, x, series, source }) => JSON.stringify([group, label, x, series, source]));
  const labels = tablesOfPaperB.find((table) => table.id === id)?.lines.map(({ label }) => label) ?? [];
  const [groups, series] = (["group", "series"] as const).map((field) => [...new Set(marks.map((mark) => mark[field]))]);
  const place = (mark: Mark) => [groups.indexOf(mark.group), labels.indexOf(mark.label), series.indexOf(mark.series), mark.x ?? 0];
  const nulls = marks.filter(({ panel, source, x }) => panel === "ASR" && (id === overDoses ? source === "median" && x === 0 : source === "null"));
  const nullOf = ({ group, label, series }: Mark) => nulls.find((mark) => mark.group === group && (mark.label || mark.series) === (label || series));
  return inOrder([...lines.values()], ([first]) => place(first)).map((own): TextRow => {
    const row = textRow(own), isNull = own.some((mark) => nulls.includes(mark));
    return own[0].source === "median" && !isNull ? { ...row, [nullColumn]: textOf(nullOf(own[0])) } : row;
  });
}

function textRow(own: readonly Mark[]): TextRow {
  const [{ group, label, x, series, source, seeds }] = own;
  const values = (["CA", "ASR", "CA − ASR"] as const).map((panel) => [panel, textOf(own.find((mark) => mark.panel === panel))]);
  const name = source === "paper" ? series : whose[source as keyof typeof whose];
  return { where: group, line: label || series, ...x === null ? {} : { at: x }, whose: name, seeds, ...Object.fromEntries(values) };
}

function textOf(mark: Mark | undefined): string {
  if (!mark) return "";
  const { value, low, high, seeds } = mark;
  return value.toFixed(3) + (seeds > 1 ? ` (${low!.toFixed(3)} to ${high!.toFixed(3)})` : "");
}

/**
 * Figures 1 and 2 in numbers: over all layers and runs, for each pair, kind of encoder and panel; of cosines also the share of modules that lie above
 * 95 % of random directions.
 */
export function spectraTable(records: readonly RunRecord[]): TextRow[] {
  const rows = spectralRows(records), { quantile95 } = randomAlignment(rows);
  const runs = layerMarks(rows, [...ratioPanels, ...alignmentPanels]).filter(({ source }) => source === "run");
  return [...Map.groupBy(runs, ({ group, panel, series }) => JSON.stringify([group, panel, series])).values()].map((own) => {
    const [{ group, panel, series }] = own, values = own.map(({ value }) => value), isCosine = alignmentPanels.some((known) => known.panel === panel);
    const above = isCosine ? values.filter((value) => value > quantile95).length / values.length : "";
    const numbers = { smallest: Math.min(...values), median: median(values), largest: Math.max(...values) };
    return { where: group, panel, encoder: series, modules: values.length, ...numbers, "above 95 % of random": above };
  });
}

/** Proposition 4.2 in numbers, medians over seeds: shares of rows for which its assumptions hold on the classifier, and what the adapter brings. */
export function marginsTable(records: readonly RunRecord[]): TextRow[] {
  const rows = sortRows(records.flatMap(chainRows)).filter((row) => row.tuned && row.head && armName(row) in marginSeries);
  const lines = Map.groupBy(rows, (row) => JSON.stringify([pairName(row), encoderName(row), armName(row)]));
  const methods = Object.keys(marginSeries), groups = [...new Set(rows.map((row) => `${pairName(row)} ${encoderName(row)}`))];
  const place = ([row]: readonly ChainRow[]) => [groups.indexOf(`${pairName(row)} ${encoderName(row)}`), methods.indexOf(armName(row))];
  return inOrder([...lines.values()], place).map((own) => {
    const middle = (of: (row: ChainRow) => number | undefined) => {
      const values = own.flatMap((row) => of(row) ?? []);
      return values.length > 0 ? median(values) : "";
    };
    return {
      where: pairName(own[0]),
      encoder: encoderName(own[0]),
      line: armName(own[0]),
      seeds: own.length,
      "ρ_bd > 0": middle(({ head }) => head?.update?.shares.backdoor),
      "ρ_cl > 0": middle(({ head }) => head?.update?.shares.clean),
      "ρ_tr < 1": middle(({ head }) => head?.update?.shares.trigger),
      "ρ_eff > 0": middle(({ head }) => head?.update?.shares.effective),
      "ρ_eff > ρ_bd": middle(({ head }) => head?.update?.shares.matched),
      "clean margin by the adapter": middle(({ network }) => network?.cleanShare),
      "rows that turn": middle(({ network }) => network?.turned),
    };
  });
}
