/** Paper B's Tables 1 and 6: what a poisoned encoder says of the target task before it has seen a row of it. */
import { paperBSettings, paperBTables } from "../../claims/paper_b/published.ts";
import { type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import type { Figure } from "../figure.ts";
import { dotSpec } from "./dots.ts";
import { neverPoisoned } from "./look.ts";
import { type Mark, marksOf, nullsOf, place } from "./mark.ts";
import { sortRows } from "./order.ts";
import { attackNames, pairName, paperPairs, paperTaskOf, publishedNames, tasksName } from "./names.ts";
import { titleBeside } from "./table.ts";
import { publishedMarks, publishedPairs } from "./published.ts";
import { dotsText, nullText, settingsText } from "./settings.ts";

const tables = ["1", "6"], poisoned = "poisoned, not fine-tuned";

export const titleUntuned = "Tables 1 and 6: poisoned encoders before fine-tuning";

export function drawUntuned(records: readonly RunRecord[]): Figure<Mark> {
  const rows = sortRows(records.flatMap(chainRows)).filter(({ tuned }) => !tuned), blocks = blocksOf(rows);
  const spot = (series: string) => (row: ChainRow) => ({ group: pairName(row), label: attackNames[row.trigger], x: null, series });
  const marks = [
    ...marksOf(place(rows.filter(({ poisonRate }) => poisonRate > 0), spot(poisoned))),
    ...nullsOf(place(rows.filter(({ poisonRate }) => poisonRate === 0), spot(neverPoisoned))),
    ...publishedMarks(tables, (row) => blocks.filter(({ task }) => task === row.dataset).map(({ group }) => ({ group, label: row.attack }))),
  ];
  const alt = "For each pair of tasks three panels of dots: clean accuracy, attack success rate and their difference on the target task, for " +
    "encoders poisoned on the proxy with BadNet and InSent and not fine-tuned, beside the paper's clean accuracies of three larger models.";
  const spec = dotSpec(alt, marks, {
    blocks,
    labels: ["BadNet", "InSent"],
    series: [poisoned, neverPoisoned, ...Object.values(publishedNames)],
  });
  const own = new Set(rows.map(({ key }) => key));
  const caption = `${settingsText(records, rows)}\n\n${dotsText} ${nullText}. ${majorityText(rows)} The paper gives ` +
    "clean accuracies alone.";
  return { id: "table-b1", title: titleUntuned, alt, caption: caption.trim(), spec, rows: marks, keys: [...own] };
}

function blocksOf(rows: readonly ChainRow[]) {
  const pairs = [...Map.groupBy(rows, pairName)].map(([group, [row]]) => {
    const task = paperTaskOf(row);
    return { group, title: titleBeside(group, tasksName(row), task), task };
  });
  const printed = publishedPairs(tables).map(({ task, pair }) => ({ group: pair, title: pair, task }));
  return [...pairs, ...printed.filter(({ task }) => !pairs.some((pair) => pair.task === task))];
}

/** What a predictor of the larger class has. */
function majorityText(rows: readonly ChainRow[]): string {
  const { majorityClass } = paperBSettings(), { testRows } = paperBTables();
  const larger = ({ rows, otherRows }: ChainRow) => Math.max(otherRows, rows - otherRows) / rows;
  const ours = [...Map.groupBy(rows, tasksName)].map(([pair, [row]]) => `${larger(row).toFixed(3)} (${pair})`);
  const theirs = (["SST-2", "CR"] as const).map((task) => `${(majorityClass[task].rows / testRows[task].CA).toFixed(3)} (${paperPairs[task]})`);
  return `Always saying the larger class of the target's rows gives a CA of ${[...ours, ...theirs].join(", ")}.`;
}
