/** Paper A, Figures 4, 5 and 9 to 12: LoRA trained clean and poisoned, against its rank or the variance of its first weights. */
import type { RunRecord } from "../experiment/record.ts";
import { rankAxis, varianceAxis } from "./axes.ts";
import { gapRows, residualRows } from "./differences.ts";
import type { Arm, Figure, Row } from "./figure.ts";
import { headings, residualOf } from "./four_metrics.ts";
import type { Measure } from "./measure.ts";
import { type Panel, panelSpec } from "./panels.ts";
import type { PaperCurves } from "./paper.ts";
import { constantAccuracy } from "./references.ts";
import { type Family, familyOf, labelOf, poisonOf, rowsOf, taskOf } from "./rows.ts";
import { legendText, requireOneSetting, settingsText, type Varied } from "./settings.ts";
import { backdoorMeasures, flipMeasures, sweepFalsePositives, sweepSuccess } from "./sweep_measures.ts";

interface Sweep {
  readonly id: string;
  readonly title: string;
  readonly varied: Varied;
  readonly families: readonly Family[];
}

const arms = ["clean", "poisoned"] as const;
const difference: Arm = "clean − poisoned";
const names: Record<Varied, string> = { rank: "rank", initVariance: "initialisation variance k" };
const figuresOf = { rank: { upa: "figure9", bpa: "figure10" }, initVariance: { upa: "figure11", bpa: "figure12" } } as const;

const clauses = {
  rank: {
    upa: "flips: $\\alpha = r$, rates 0 and 0.3, learning rate 3e-6, CoLA 3e-5",
    bpa: "backdoor: $\\alpha = r$, rates 0 and 0.0015, learning rate 3e-5",
  },
  initVariance: {
    upa: "flips: rank 8, $s = 2$, rates 0 and 0.3, learning rate 3e-5",
    bpa: "backdoor: rank 8, $s = 2$, rates 0 and 0.0015, learning rate 3e-5",
  },
} as const;

/** Figures 4 and 5: accuracy under both attacks, what each attack costs, and its success. */
function drawPair({ id, title, varied, families }: Sweep, records: readonly RunRecord[], paper: PaperCurves): Figure<Row> {
  const of = { upa: drawnOf(records, "upa", varied), bpa: drawnOf(records, "bpa", varied) }, { upa, bpa } = figuresOf[varied];
  const drawn = familyOf([...new Set([...of.upa, ...of.bpa])], ...families);
  const [flips] = flipMeasures(upa), [backdoor] = backdoorMeasures(bpa), success = sweepSuccess(bpa);
  const measured = publishedOnly([...rowsOf(of.upa, [flips], paper, poisonOf), ...rowsOf(of.bpa, [backdoor, success], paper, poisonOf)]);
  const rows = [
    ...measured,
    ...gapRows(measured, flips.id, "flips loss", arms, [varied]),
    ...residualRows(measured, flips.id, "flips residual", varied),
    ...residualRows(measured, backdoor.id, "backdoor residual", varied),
  ];
  const panels: Panel[] = [
    { id: flips.id, heading: "Label flips: accuracy on clean rows", yTitle: flips.title, references: constantAccuracy(drawn, "clean") },
    { id: "flips loss", heading: "Label flips: accuracy lost", yTitle: "difference in accuracy", aroundZero: true },
    {
      id: backdoor.id,
      heading: "Backdoor: accuracy under trigger",
      yTitle: backdoor.title,
      references: constantAccuracy(drawn, "triggered"),
    },
    { id: success.id, heading: "Backdoor: attack success (ASR)", yTitle: success.title, yDomain: [0, 1] },
    { id: "flips residual", heading: "Label flips: ours minus paper's", yTitle: "difference in accuracy", aroundZero: true },
    { id: "backdoor residual", heading: "Backdoor: ours minus paper's", yTitle: "difference in accuracy", aroundZero: true },
  ];
  const alt =
    `Six panels against the ${names[varied]}, for LoRA trained clean and poisoned, with the paper's curves behind: accuracy under label flips ` +
    `and what they cost; accuracy under the backdoor's trigger and its attack success rate; and our accuracies minus the paper's.`;
  const spec = panelSpec(alt, rows, panels, { axis: axisOf(varied), arms: [...arms, difference] });
  return figure(
    { id, title, varied, families },
    drawn,
    rows,
    alt,
    spec,
    `Accuracy lost: clean minus poisoned at the same ${names[varied]} and seed.${ratesText(of)}`,
  );
}

/** Figures 9 to 12: the four metrics of one attack; for the backdoor its success and the false positives as well. */
function drawMetrics(sweep: Sweep, records: readonly RunRecord[], paper: PaperCurves): Figure<Row> {
  const { varied, families: [family] } = sweep, drawn = drawnOf(records, family, varied);
  const measures = family === "upa"
    ? flipMeasures(figuresOf[varied].upa)
    : [...backdoorMeasures(figuresOf[varied].bpa), sweepSuccess(figuresOf[varied].bpa), sweepFalsePositives];
  const measured = rowsOf(drawn, measures, paper, poisonOf), residual = residualOf(measured, measures, varied);
  const rows = [...measured, ...residual.rows];
  const panels = [...measures.map((measure, i): Panel => panelOf(measure, i, family, drawn)), residual.panel];
  const alt =
    `${family === "upa" ? "Five" : "Seven"} panels against the ${
      names[varied]
    }, for LoRA trained clean and poisoned, with the paper's curves behind: ` +
    `accuracy, precision, recall and F1${
      family === "upa" ? " on clean rows" : " under the trigger, attack success and false positives without trigger"
    }; and our F1 minus the paper's.`;
  const spec = panelSpec(alt, rows, panels, { axis: axisOf(varied), arms });
  return figure(sweep, drawn, rows, alt, spec, "Precision, recall and F1 are those of class 1 against the true labels.");
}

function panelOf(measure: Measure, index: number, family: Family, drawn: readonly RunRecord[]): Panel {
  const heading = headings[index] ?? ["Attack success rate (ASR)", "False positives, no trigger (FPR)"][index - headings.length];
  const references = index === 0 ? constantAccuracy(drawn, family === "upa" ? "clean" : "triggered") : [];
  return { id: measure.id, heading, yTitle: measure.title, references, ...(index >= headings.length ? { yDomain: [0, 1] } : {}) };
}

/** LoRA's runs with one attack, and the never-poisoned ones at the learning rate of those: attacks may have rates of their own. */
function drawnOf(records: readonly RunRecord[], family: Family, varied: Varied): RunRecord[] {
  const own = familyOf(records.filter((record) => labelOf(record) === "LoRA"), family), rates = ratesOf(own);
  const drawn = own.filter((record) => rates.get(taskOf(record))?.has(record.config.train.learningRate) ?? true);
  requireOneSetting(drawn, varied);
  return drawn;
}

/** The learning rates of poisoned runs, by task. */
function ratesOf(records: readonly RunRecord[]): Map<string, Set<number>> {
  const poisoned = Map.groupBy(records.filter((record) => poisonOf(record) === "poisoned"), taskOf);
  return new Map([...poisoned].map(([task, runs]) => [task, new Set(runs.map(({ config }) => config.train.learningRate))]));
}

/** Where the attacks have learning rates of their own. */
function ratesText(of: Readonly<Record<Family, readonly RunRecord[]>>): string {
  const [flips, backdoor] = [ratesOf(of.upa), ratesOf(of.bpa)];
  const tasks = [...flips].flatMap(([task, [rate]]) => {
    const [other = rate] = backdoor.get(task) ?? [];
    return other === rate ? [] : [`${task} ${rate.toExponential()} and ${other.toExponential()}`];
  });
  return tasks.length ? ` Learning rates for label flips and for the backdoor, clean runs beside each included: ${tasks.join("; ")}.` : "";
}

/** A figure of two attacks has one choice of the paper's task: curves that only one of them has are left to its own figure. */
const publishedOnly = (rows: readonly Row[]): Row[] => rows.filter((row) => row.source !== "paper" || !row.task.includes("unpublished"));

const axisOf = (varied: Varied) => varied === "rank" ? rankAxis : varianceAxis;

function figure(sweep: Sweep, drawn: readonly RunRecord[], rows: Row[], alt: string, spec: Figure["spec"], more: string): Figure<Row> {
  const { id, title, varied, families } = sweep, doses = families.flatMap((family) => doseText(drawn, family));
  const backdoor = families.includes("bpa")
    ? ` Backdoored runs are read with the trigger on every row, clean runs ${
      varied === "rank"
        ? "without it, as in the paper; in the ASR panel ours are read with it (never poisoned: what the attack has to exceed), the paper's without"
        : "too, as in the paper"
    }.`
    : "";
  const caption = `${settingsText(drawn, varied)}${doses.length > 0 ? ` Poisoned: ${doses.join("; ")}.` : ""}\n\n${
    legendText(families.map((family) => clauses[varied][family]).join("; "))
  } ${more}${backdoor}`;
  return { id, title, alt, caption: caption.trim(), spec, rows, keys: drawn.map((record) => record.key) };
}

/** How much poison the poisoned runs had. */
function doseText(drawn: readonly RunRecord[], family: Family): string[] {
  const record = drawn.find(({ config }) => config.attack.name === family);
  if (!record || record.config.attack.name === "none") return [];
  const { poisonRate } = record.config.attack;
  return [family === "upa" ? `${poisonRate} of the labels flipped` : `backdoor with ${record.result.ledger.exposures} exposures`];
}

const pairs: Sweep[] = [
  { id: "fig-a4", title: "Rank: LoRA under label flips and the backdoor", varied: "rank", families: ["upa", "bpa"] },
  { id: "fig-a5", title: "Initialisation variance: LoRA under label flips and the backdoor", varied: "initVariance", families: ["upa", "bpa"] },
];
const metrics: Sweep[] = [
  { id: "fig-a9", title: "Rank under label flips: four metrics on clean rows", varied: "rank", families: ["upa"] },
  { id: "fig-a10", title: "Rank under the backdoor: four metrics and attack success", varied: "rank", families: ["bpa"] },
  { id: "fig-a11", title: "Initialisation variance under label flips: four metrics on clean rows", varied: "initVariance", families: ["upa"] },
  { id: "fig-a12", title: "Initialisation variance under the backdoor: four metrics and attack success", varied: "initVariance", families: ["bpa"] },
];

/** The registry's entries of this family. */
export const sweeps = [...pairs.map((sweep) => ({ sweep, draw: drawPair })), ...metrics.map((sweep) => ({ sweep, draw: drawMetrics }))].map((
  { sweep, draw },
) => ({
  id: sweep.id,
  title: sweep.title,
  draw: (records: readonly RunRecord[], paper: PaperCurves): Figure => draw(sweep, records, paper),
}));
