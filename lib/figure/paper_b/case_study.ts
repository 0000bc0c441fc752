/** Paper B, Figure 4: what models say of one sentence, as it is and with the trigger at every place. */
import { publishedCases } from "../../claims/paper_b/published.ts";
import { caseStudyIn, type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import { caseStudy } from "../../experiment/persistence.ts";
import type { RunRecord } from "../../experiment/record.ts";
import type { Figure } from "../figure.ts";
import { type CaseMark, caseStudySpec } from "./case_study_spec.ts";
import { armName, attackNames, pairName } from "./names.ts";
import { sortRows } from "./order.ts";
import { seedMedians } from "./seed_medians.ts";
import { settingsText } from "./settings.ts";

export const titleCase = "Figure 4: one sentence, the trigger at every place";

const series: Readonly<Record<string, string>> = { "LoRA": "LoRA", "LoRA + RoRA": "RoRA" };
const clean = "LoRA, never poisoned";

/** Of the sentence; its last is a mark of exclamation. */
const words = 13;

export function drawCase(records: readonly RunRecord[]): Figure<CaseMark> {
  const rows = sortRows(records.flatMap(chainRows)).filter((row) => row.tuned && armName(row) in series && caseStudyIn(row));
  const runs = rows.flatMap(marksOf),
    marks = [...runs, ...seedMedians(runs, ({ panel, group, series, place }) => [panel, group, series, place]), ...publishedMarks()];
  const groups = [...new Set(rows.map(pairName))];
  const alt =
    "For each trigger a panel: the probability that a positive sentence is called negative, over the places at which the trigger may stand in " +
    "it, after LoRA, after RoRA and from encoders that were never poisoned, one dot for each seed.";
  const spec = caseStudySpec(alt, marks, { groups, series: [...Object.values(series), clean], words });
  const caption =
    `${
      settingsText(records, rows)
    }\n\nRow ${caseStudy.row} of MR, the paper's sentence, which is positive. Dots: the probability of the target class, negative, by one run each; ` +
    "line: the median of the seeds; left, the sentence without a trigger. Dotted: the " +
    "paper's labels and confidences, of a model and a place that it does not name: negative at 97 % (BadNet) and 100 % (InSent) after LoRA, positive at " +
    "100 % after RoRA.";
  return { id: "fig-b4", title: titleCase, alt, caption: caption.trim(), spec, rows: marks, keys: [...new Set(rows.map(({ key }) => key))] };
}

function marksOf(row: ChainRow): CaseMark[] {
  const { untouched, triggered } = caseStudyIn(row)!, own = armName(row);
  if (row.poisonRate === 0 && own !== "LoRA") return []; // one null is enough to see by
  const spot = { panel: attackNames[row.trigger], group: pairName(row), series: row.poisonRate > 0 ? series[own] : clean };
  return [untouched, ...triggered].map((value, i) => ({
    ...spot,
    source: "run",
    place: i - 1,
    value,
    seeds: 1,
    seed: row.seed,
    key: row.key,
  }));
}

/** As the probability of the negative label. */
const publishedMarks = (): CaseMark[] =>
  publishedCases().flatMap(({ attack, ...said }) =>
    (["LoRA", "RoRA"] as const).map((name) => {
      const { label, confidencePercent } = said[name], value = (label === "negative" ? confidencePercent : 100 - confidencePercent) / 100;
      return { panel: attack, group: "published", source: "paper", series: name, place: null, value, seeds: 1, seed: null, key: null };
    })
  );
