/** How a table of paper B is drawn: runs on their lines, the null of each, the published cells beside. */
import type { PaperBRow } from "../../claims/paper_b/published.ts";
import { type ChainMeasures, type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import { triggerNames } from "../../experiment/persistence.ts";
import type { RunRecord } from "../../experiment/record.ts";
import type { Figure } from "../figure.ts";
import { type Block, dotSpec } from "./dots.ts";
import { neverPoisoned } from "./look.ts";
import { type Mark, marksOf, nullsOf, type Placed } from "./mark.ts";
import { sortRows } from "./order.ts";
import { attackNames, pairName, paperPairs, publishedNames, tasksName } from "./names.ts";
import { publishedMarks, publishedPairs } from "./published.ts";
import { dotsText, nullText, settingsText } from "./settings.ts";

export interface TableDefinition {
  readonly id: string;
  readonly title: string;
  /** Number of the paper's table; null: it has none like it. */
  readonly published: string | null;
  /** From top to bottom, with the legend's series and the method that the paper prints, where its name is another. */
  readonly lines: readonly { readonly label: string; readonly series: string; readonly published?: string }[];
  /** What a run says, by lines; those that the table does not have are left out. */
  entriesOf(row: ChainRow): readonly Entry[];
  /** The line whose never-poisoned runs stand for those of a line that has none of its own. */
  nullLineOf(label: string): string;
  /** The published task that stands beside a pair. */
  taskOf(row: Pick<ChainRow, "target">): PaperBRow["dataset"] | null;
  readonly alt: string;
  readonly caption: string;
}

export interface Entry {
  readonly label: string;
  readonly measures: ChainMeasures;
}

export function drawTable(definition: TableDefinition, records: readonly RunRecord[]): Figure<Mark> {
  const { id, title, lines, alt } = definition;
  const placed = sortRows(records.flatMap(chainRows)).filter(({ tuned }) => tuned).flatMap((row) => placedOf(row, definition));
  const poisoned = placed.filter(({ row }) => row.poisonRate > 0), blocks = blocksOf(poisoned.map(({ row }) => row), definition);
  const nulls = nullsBeside(poisoned, placed.filter(({ row }) => row.poisonRate === 0), definition);
  const marks = [...marksOf(poisoned), ...nulls, ...publishedBeside(blocks, definition)];
  const shown = new Set(marks.map(({ series }) => series)), own = new Set(lines.map(({ series }) => series));
  const series = [...own, neverPoisoned, ...Object.values(publishedNames).filter((name) => shown.has(name))];
  const spec = dotSpec(alt, marks, { blocks, labels: lines.map(({ label }) => label), series });
  const rows = [...new Set(placed.map(({ row }) => row))], keys = [...new Set(rows.map(({ key }) => key))];
  const caption = `${
    settingsText(records, rows)
  }\n\n${dotsText} ${nullText} (of the same line where it was run, else LoRA's; where the line has Pt, that of Pt or of RoRA). ${definition.caption}`;
  return { id, title, alt, caption: caption.trim(), spec, rows: marks, keys };
}

function placedOf(row: ChainRow, { entriesOf, lines }: TableDefinition): Placed[] {
  return entriesOf(row).flatMap(({ label, measures }) => {
    const line = lines.find((line) => line.label === label);
    return line ? [{ row, measures, spot: { group: groupOf(row), label, x: null, series: line.series } }] : [];
  });
}

interface TableBlock extends Block {
  readonly attack: PaperBRow["attack"];
  readonly task: PaperBRow["dataset"] | null;
}

const groupOf = (row: ChainRow): string => `${pairName(row)}, ${attackNames[row.trigger]}`;

/** One for each pair and attack that has poisoned runs, then the paper's own that none of these stands beside. */
function blocksOf(rows: readonly ChainRow[], { published, taskOf }: TableDefinition): TableBlock[] {
  const found = [...Map.groupBy(rows, pairName)].flatMap(([pair, own]) =>
    triggerNames.filter((trigger) => own.some((row) => row.trigger === trigger)).map((trigger) => {
      const attack = attackNames[trigger], group = `${pair}, ${attack}`, task = taskOf(own[0]);
      return { group, title: titleBeside(group, tasksName(own[0]), task), attack, task };
    })
  );
  const printed = publishedPairs(published === null ? [] : [published]).flatMap(({ task, pair }) =>
    Object.values(attackNames).map((attack) => ({ group: `${pair}, ${attack}`, title: `${pair}, ${attack}`, attack, task }))
  );
  const alone = printed.filter(({ attack, task }) => !found.some((block) => block.attack === attack && block.task === task));
  const blocks = [...found, ...alone];
  return blocks.length > 0 ? blocks : [{ group: "BadNet", title: "BadNet", attack: "BadNet", task: null }];
}

/** A block's title, with the published pair where it is another than ours. */
export function titleBeside(title: string, tasks: string, task: PaperBRow["dataset"] | null): string {
  return task && paperPairs[task] !== tasks ? `${title} (published: ${paperPairs[task]})` : title;
}

/** For each line that has poisoned runs: the never-poisoned ones of the same line, else those of the line that stands for it. */
function nullsBeside(poisoned: readonly Placed[], clean: readonly Placed[], { nullLineOf }: TableDefinition): Mark[] {
  const spots = new Map(poisoned.map(({ spot }) => [JSON.stringify([spot.group, spot.label]), spot]));
  return [...spots.values()].flatMap(({ group, label }) => {
    const on = (line: string) => clean.filter(({ spot }) => spot.group === group && spot.label === line), own = on(label);
    const nulls = own.length > 0 ? own : on(nullLineOf(label));
    return nullsOf(nulls.map((entry) => ({ ...entry, spot: { group, label, x: null, series: neverPoisoned } })));
  });
}

function publishedBeside(blocks: readonly TableBlock[], { published, lines }: TableDefinition): Mark[] {
  if (published === null) return [];
  return publishedMarks([published], (row) => {
    const own = lines.filter(({ published, label }) => (published ?? label) === row.method);
    const beside = blocks.filter(({ task, attack }) => task === row.dataset && attack === row.attack);
    return beside.flatMap(({ group }) => own.map(({ label }) => ({ group, label })));
  });
}
