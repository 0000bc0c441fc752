/** What was held fixed in a figure of paper B, in words; how to read its marks. */
import type { ChainRow } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import { precisionText } from "../settings.ts";
import { methodName, tasksName } from "./names.ts";

/** A quantity that a figure's axis varies. */
export type Varied = "scale" | "lambda" | "rate" | "rank" | "alpha" | "poisonRate" | "epochs" | "learningRate";

const asDrawn = "as drawn";

/** Markdown: the two stages, and what each method was trained with; empty without runs. `rows` are those drawn, in their order. */
export function settingsText(records: readonly RunRecord[], rows: readonly ChainRow[], ...varied: Varied[]): string {
  const byKey = new Map(records.map((record) => [record.key, record])),
    drawn = [...new Set(rows.map(({ key }) => key))].map((key) => byKey.get(key)!);
  const [first] = drawn;
  if (!first) return "";
  const seeds = [...new Set(rows.map(({ seed }) => seed))].sort((a, b) => a - b), { batchSize } = first.config.train;
  const pairs = [...Map.groupBy(drawn, pairOf).values()].map((own) => pairText(own, varied));
  const models = [...new Set(drawn.map(({ config }) => config.model))].sort();
  return `Ours: ${models.join(" and ")}${precisionText(drawn)}. ${pairs.join("; ")}. Batches of ${batchSize}, ${
    seeds.length === 1 ? "seed" : "seeds"
  } ${seeds.join(", ")}. ${methodsText(rows, varied)}`.trim();
}

const pairOf = ({ config: { start, task } }: RunRecord): string => tasksName({ proxy: start!.run.task.dataset, target: task.dataset });

function pairText(records: readonly RunRecord[], varied: readonly Varied[]): string {
  const poisoned = records.find(({ config }) => config.start!.run.attack.name !== "none"), { config } = poisoned ?? records[0];
  const { task, train, attack } = config.start!.run, own = config.task;
  const rate = attack.name === "none"
    ? "no poison"
    : varied.includes("poisonRate")
    ? "poisoned as drawn"
    : `${attack.poisonRate} of its target class poisoned`;
  const heldOut = own.split === "test" ? own.testRows : own.validationRows;
  return `${pairOf(records[0])}: ${task.trainRows} proxy rows, ${rate}, read ${timesText(train.epochs)} at learning rate ${
    scientific(train.learningRate)
  }; ` +
    `then ${own.trainRows} clean rows, ${heldOut} held-out (${own.split}) rows`;
}

/** One clause for each method, of its runs that trained anything. */
function methodsText(rows: readonly ChainRow[], varied: readonly Varied[]): string {
  const clauses = [...Map.groupBy(rows.filter(({ tuned }) => tuned), methodName)].map(([name, own]) => `${name}: ${methodText(own, varied)}`);
  const withAll = rows.find((row) => row.rora?.ci && row.rora.tr && row.rora.pt) ?? rows.find(({ rora }) => rora);
  return [clauses.length ? `${clauses.join("; ")}.` : "", withAll ? roraText(withAll, varied) : ""].filter(Boolean).join(" ");
}

function methodText(rows: readonly ChainRow[], varied: readonly Varied[]): string {
  const rates = [...new Set(rows.map(({ learningRate }) => learningRate))].map(scientific).join(" and ");
  const lengths = [...new Set(rows.map(({ epochs }) => epochs))].sort((a, b) => a - b);
  const training = `learning rate ${varied.includes("learningRate") ? asDrawn : rates}, ${
    varied.includes("epochs") ? "epochs as drawn" : `${lengths.join(" and ")} ${lengths.at(-1) === 1 ? "epoch" : "epochs"}`
  }`;
  const own = rows.flatMap(({ method }) => method.name === "full" ? [] : [method]);
  if (own.length === 0) return training;
  const each = <T extends string | number>(of: (method: typeof own[number]) => T, or = " or ") => [...new Set(own.map(of))].sort().join(or);
  const free = varied.some((name) => name === "rank" || name === "alpha" || name === "scale");
  const rank = varied.includes("rank") ? asDrawn : each(({ rank }) => rank);
  const strength = free
    ? `rank ${rank}, $\\alpha$ ${varied.includes("alpha") ? asDrawn : each(({ alpha }) => alpha)}`
    : `rank ${rank}, $s = \\alpha / r = ${each(({ alpha, rank }) => Number((alpha / rank).toPrecision(3)), " \\text{ or } ")}$`;
  const adapted = each(({ targets }) => targets === "all" ? "all linear modules" : "query and value"), dropout = each(({ dropout }) => dropout);
  return `${strength}, ${adapted}${dropout === "0" ? "" : `, dropout ${dropout}`}, ${training}`;
}

function roraText({ rora }: ChainRow, varied: readonly Varied[]): string {
  const { ci, tr, pt } = rora!;
  const pieces = [
    ci && `CI drops ${ci.site === "weight" ? "weights" : `the ${ci.site}`} at $p$ ${varied.includes("rate") ? asDrawn : `= ${ci.rate}`}`,
    tr && `Tr with $\\lambda$ ${varied.includes("lambda") ? asDrawn : `= ${tr.lambda}`} on ${tr.k} directions (${tr.reduce} over modules)`,
    pt && `Pt in the ${pt.place} ${pt.layers} ${pt.layers === 1 ? "layer" : "layers"}`,
  ];
  return `RoRA: ${pieces.filter(Boolean).join(", ")}.`;
}

const measuresText = "A cross marks a collapsed run (one class predicted for at least 99.5 % of the clean rows). CA: accuracy on clean rows; ASR: " +
  "share of the other class's rows that get the target label with the trigger.";

/** Markdown: how to read the dots of a table. */
export const dotsText = `Dots: one run each; thick stroke: the median of the seeds; bar: from the smallest to the largest. ${measuresText}`;

/** And of curves. */
export const curvesText = `Dots: one run each; line: through the medians of the seeds; band: from the smallest to the largest. ${measuresText}`;

/** For tables: what the thin strokes are. */
export const nullText =
  "Thin grey stroke: the median of encoders that were never poisoned, read with the same trigger, an ASR that says nothing of an attack";

const timesText = (count: number): string => count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
const scientific = (value: number): string => Number(value.toPrecision(3)).toExponential();
