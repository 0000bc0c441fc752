/** Figures 5a, 5b, 6 and 7 of paper B, and what it does not vary: the proxy's dose, and how long the clean fine-tuning goes on. */
import { type ChainRow, chainRows, proxyRows } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import { mean } from "../../math/statistics.ts";
import type { Figure } from "../figure.ts";
import { type CurveAxis, curveSpec } from "./curves.ts";
import { neverPoisoned } from "./look.ts";
import { type Mark, marksOf, nullsOf, place } from "./mark.ts";
import { sortRows } from "./order.ts";
import { armName, attackNames, pairName } from "./names.ts";
import { curvesText, settingsText, type Varied } from "./settings.ts";
import { statedMarks } from "./published.ts";

export interface SweepDefinition {
  readonly id: string;
  readonly title: string;
  readonly varied: Exclude<Varied, "scale">;
  readonly axis: CurveAxis;
  readonly series: readonly string[];
  /** Where a run stands; null: nowhere. `doses`: poisoned exposures by the key of the run that made the encoder. */
  placeOf(row: ChainRow, doses: ReadonlyMap<string, number>): number | null;
  /** Whether runs that were never poisoned stand on the axis themselves. */
  readonly nullsPlaced?: true;
  /** The paper's figure; left out: it has none. */
  readonly published?: string;
  /** What it says without a number, and whose curves these are. */
  readonly caption: string;
}

const seriesNames: Readonly<Record<string, string>> = { "full fine-tuning": "full fine-tuning", "LoRA": "LoRA", "LoRA + RoRA": "RoRA" };

export function drawSweep(definition: SweepDefinition, records: readonly RunRecord[]): Figure<Mark> {
  const { id, title, axis, series, published, varied, nullsPlaced } = definition, doses = dosesOf(records);
  const rows = sortRows(records.flatMap(chainRows)).filter((row) => row.tuned && row.trigger === "badnet" && series.includes(seriesOf(row)));
  const beside = published ? statedMarks(published) : [];
  const [first] = rows, group = first ? `${pairName(first)}, ${attackNames[first.trigger]}` : "RoRA";
  const spot = (row: ChainRow) => {
    const x = definition.placeOf(row, doses);
    return x === null ? null : { group, label: "", x, series: seriesOf(row) };
  };
  const poisoned = rows.filter(({ poisonRate }) => poisonRate > 0), clean = rows.filter(({ poisonRate }) => poisonRate === 0);
  const marks = [
    ...marksOf(place(nullsPlaced ? rows : poisoned, spot)),
    ...(nullsPlaced ? [] : nullsOf(place(clean, (row) => ({ group, label: seriesOf(row), x: null, series: neverPoisoned })))),
    ...beside,
  ];
  const own = new Set(rows.map(({ key }) => key)), models = new Set(beside.map((mark) => mark.series));
  const alt = `Three panels over ${axis.title}: clean accuracy, attack success rate and their difference, for ${
    series.join(", ")
  }, one dot for each seed.`;
  const spec = curveSpec(alt, marks, { group, title: first ? group : title, axis, series: [...series, ...models] });
  const nulls = nullsPlaced
    ? ""
    : " Dotted, in a method's colour: its median from encoders that were never poisoned, at the settings from which the figure departs.";
  const caption = `${settingsText(records, rows, varied)}\n\n${curvesText}${nulls} ${definition.caption}`;
  return { id, title, alt, caption: caption.trim(), spec, rows: marks, keys: [...own] };
}

const seriesOf = (row: ChainRow): string => seriesNames[armName(row)] ?? armName(row);

/** Poisoned exposures of the encoders at hand: the mean over the seeds of a rate, since a row more or less makes no other dose. */
function dosesOf(records: readonly RunRecord[]): Map<string, number> {
  const proxies = proxyRows(records).map((row) => ({ ...row, exposures: row.poisonedRows * row.epochs }));
  return new Map(
    [...Map.groupBy(proxies, ({ proxy, poisonRate }) => `${proxy} ${poisonRate}`).values()].flatMap((own) => {
      const dose = Math.round(mean(own.map(({ exposures }) => exposures)));
      return own.map(({ key }) => [key, dose] as const);
    }),
  );
}

const onlyRora = ["RoRA"],
  larger = "Published: one run of a larger model on IMDB → SST-2 after 5 (LLaMA) or 20 epochs, and only what the text states";

const lengths: SweepDefinition = {
  id: "lengths",
  title: "How long clean fine-tuning goes on",
  varied: "epochs",
  axis: { title: "epochs of clean fine-tuning", type: "linear" },
  series: ["full fine-tuning", "LoRA"],
  placeOf: ({ epochs }) => epochs,
  caption: "The paper has one length: 20 epochs, LLaMA 5. Learning rates fall to 0 over each length.",
};

/** Figures 5 to 7. */
const ofRora: readonly SweepDefinition[] = [
  {
    id: "fig-b5a",
    title: "Figure 5a: RoRA over lambda",
    varied: "lambda",
    axis: { title: "λ, weight of the constraint (Tr)", type: "linear" },
    series: onlyRora,
    placeOf: ({ rora }) => rora?.tr?.lambda ?? null,
    published: "5a",
    caption: `${larger}: 16.5 % ASR at λ = 20 and low before (RoBERTa-large), below 3.2 % everywhere (LLaMA).`,
  },
  {
    id: "fig-b5b",
    title: "Figure 5b: RoRA over the dropout rate",
    varied: "rate",
    axis: { title: "p, dropout rate of the weights (CI)", type: "linear" },
    series: onlyRora,
    placeOf: ({ rora }) => rora?.ci?.rate ?? null,
    published: "5b",
    caption: `${larger}: little dropout fails for LLaMA, much costs accuracy and brings the attack back, without a number.`,
  },
  {
    id: "fig-b6",
    title: "Figure 6: rank",
    varied: "rank",
    axis: { title: "rank r, at one α", type: "log2" },
    series: ["LoRA", "RoRA"],
    placeOf: ({ method }) => method.name === "lora" ? method.rank : null,
    caption: "α stays, so s = α / r falls as the rank grows. The paper's curve (RoBERTa-large, RoRA alone) comes without numbers: stable from 4 to " +
      "32, slightly more ASR at 64.",
  },
  {
    id: "fig-b7",
    title: "Figure 7: alpha",
    varied: "alpha",
    axis: { title: "α, at one rank", type: "log2" },
    series: onlyRora,
    placeOf: ({ method }) => method.name === "lora" ? method.alpha : null,
    published: "7",
    caption: `${larger}: ASR around or below 10 % up to 64, 69.2 % at 128 with lower clean accuracy (RoBERTa-large).`,
  },
];

/** The same from proxies with fewer poisoned rows; the paper has no such run. */
const atLowerRate = ({ published: _, ...sweep }: SweepDefinition): SweepDefinition => ({
  ...sweep,
  id: `${sweep.id}-low`,
  title: `${sweep.title}, with fewer poisoned rows in the proxy`,
  caption:
    "The paper has one dose. At its share of poisoned rows the backdoor outlives RoRA at nearly every setting; here settings can be told apart.",
});

export const sweepsOfPaperB: readonly SweepDefinition[] = [
  ...ofRora,
  ...ofRora.map(atLowerRate),
  {
    id: "proxy-doses",
    title: "How much of the proxy was poisoned",
    varied: "poisonRate",
    axis: { title: "poisoned exposures of the proxy", type: "linear" },
    series: ["full fine-tuning", "full fine-tuning of query and value", "LoRA", "RoRA"],
    placeOf: ({ start, poisonRate }, doses) => poisonRate === 0 ? 0 : doses.get(start) ?? null,
    nullsPlaced: true,
    caption:
      "An exposure is one reading of a poisoned row. At 0 the encoders that were never poisoned. The paper has one dose: 1,500 of 4,000 rows, read three times.",
  },
  {
    id: "tuning-rates",
    title: "The learning rate of clean fine-tuning",
    varied: "learningRate",
    axis: { title: "learning rate", type: "log" },
    series: ["full fine-tuning", "LoRA"],
    placeOf: ({ learningRate }) => learningRate,
    caption:
      "The middle rate of each method is the one that clean validation rows chose. The paper names three, 2e-5, 2e-4 and 2e-3, and not which " +
      "one a row of its tables has.",
  },
  lengths,
  {
    ...lengths,
    id: "lengths-low",
    title: "How long clean fine-tuning goes on, with fewer poisoned rows in the proxy",
    caption: `${lengths.caption} At the paper's dose every length leaves the backdoor as it was; here there is something to forget.`,
  },
];
