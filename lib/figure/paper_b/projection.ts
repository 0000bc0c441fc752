/** Studies -> Vega-Lite and text: full fine-tuning's update at other ranks, LoRA's at full fine-tuning's size, and how either turns the weights. */
import { median } from "simple-statistics";
import { standingAlone } from "../../experiment/config.ts";
import type { ResultOf, StudyRecord } from "../../experiment/study_record.ts";
import type { Figure } from "../figure.ts";
import { doseName, type ShareMark, sharesOf, sharesSpec, withMedians } from "./shares.ts";

/** On the axis after the ranks. */
const whole = "all", lora = "LoRA", rescaled = "LoRA, same size";
const series = ["full fine-tuning", "LoRA"] as const;

export function drawProjection(studies: readonly StudyRecord[]): Figure<ShareMark> {
  const runs = studies.flatMap(marksOf), marks = withMedians(runs), seeds = new Set(runs.map(({ seed }) => seed)).size;
  const alt =
    "Attack success rate and clean accuracy after full fine-tuning from a poisoned encoder, over the rank to which its update of every linear " +
    "module is projected, beside LoRA as trained and with its update at the size of full fine-tuning's, one dot for each seed.";
  const caption =
    `Full fine-tuning on clean rows, its update of every linear module projected to a rank afterwards (0: nothing of it is left; embeddings, ` +
    `norms, biases and the classifier stay as it left them). Right: LoRA as trained, and with the update of every adapted module times what gives it the ` +
    `Frobenius norm of full fine-tuning's update of the same module. Dots: single seeds (${seeds}), crossed where the model predicts one class; line: their median. What the trigger does to encoders ` +
    `that were never poisoned stands in the figures of Tables 2 and 5.`;
  const ranks = [...new Set(marks.map(({ at }) => at))].filter((at) => /^\d+$/.test(at)).toSorted((a, b) => Number(a) - Number(b));
  const spec = sharesSpec(alt, marks, {
    name: "projection",
    series,
    order: [...ranks, whole, lora, rescaled],
    title: "full fine-tuning's update at a rank; LoRA",
    lines: { [rescaled]: ["LoRA,", "same size"] },
    says: "', ' + datum.at",
  });
  return { id: "fig-b-projection", title: "Rank and size by themselves", alt, caption, spec, rows: marks, keys: studies.map(({ key }) => key) };
}

function marksOf({ key, study, result }: StudyRecord): ShareMark[] {
  if (study.study !== "projection" || result.study !== "projection") return [];
  const { run, full } = study, own = { group: doseName(standingAlone(run.start!.run)), seed: run.seed, key };
  const [ofFull, ofLora] = series;
  return [
    ...result.projected.flatMap(({ rank, evaluated }) => sharesOf({ ...own, series: ofFull, at: String(rank) }, full, evaluated)),
    ...sharesOf({ ...own, series: ofFull, at: whole }, full, result.full),
    ...sharesOf({ ...own, series: ofLora, at: lora }, run, result.lora),
    ...sharesOf({ ...own, series: ofLora, at: rescaled }, run, result.rescaled),
  ];
}

type Module = ResultOf<"projection">["modules"][number];

const updates = { "full fine-tuning": "full", "LoRA": "lora", "LoRA, same size": "rescaled" } as const;

/** What merging does to the modules that LoRA adapts, a line for each dose and update: medians over modules and seeds, and the smallest cosine. */
export function projectionTable(studies: readonly StudyRecord[]): Record<string, string | number>[] {
  const found = studies.flatMap(({ study, result }) =>
    result.study === "projection"
      ? [{ poison: doseName(standingAlone(study.run.start!.run)), modules: result.modules.filter(({ lora }) => lora) }]
      : []
  );
  return [...Map.groupBy(found, ({ poison }) => poison)].flatMap(([poison, own]) =>
    Object.entries(updates).map(([update, which]) => {
      const changes = own.flatMap(({ modules }) => modules.map((module) => ({ change: module[which]!, module })));
      const middle = (of: (change: Module["full"], module: Module) => number) => median(changes.map(({ change, module }) => of(change, module)));
      return {
        poison,
        update,
        seeds: own.length,
        "‖ΔW‖_F": middle(({ norm }) => norm),
        "σ_max(ΔW) / ‖ΔW‖_F": middle(({ norm, largest }) => largest / norm),
        "σ_max(W) / σ_max(ΔW)": middle(({ largest }, { pretrained }) => pretrained / largest),
        "|cos| left": middle(({ left }) => left),
        "|cos| right": middle(({ right }) => right),
        "smallest |cos|": Math.min(...changes.map(({ change: { left, right } }) => Math.min(left, right))),
      };
    })
  );
}
