/** Studies -> Vega-Lite: what a poisoned encoder does without the leading directions of its difference to its never-poisoned twin. */
import { type RunConfig, standingAlone } from "../../experiment/config.ts";
import type { Evaluated, ResultOf, StudyRecord } from "../../experiment/study_record.ts";
import type { Figure } from "../figure.ts";
import { neverPoisoned } from "./look.ts";
import { doseName, type ShareMark, sharesOf, sharesSpec, withMedians } from "./shares.ts";

const untuned = "poisoned, not fine-tuned", none = "none", all = "all";

export function drawDirections(studies: readonly StudyRecord[]): Figure<ShareMark> {
  const runs = studies.flatMap(marksOf), marks = withMedians(runs);
  const alt =
    "Attack success rate and clean accuracy of a poisoned encoder before and after fine-tuning, over the number of singular directions of its " +
    "difference to its never-poisoned twin that are taken out of every linear module, one dot for each seed.";
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const caption = `Singular directions of $W_{poisoned}-W_{twin}$, largest first, taken out of every linear module of the poisoned encoder. ` +
    `Purple: at once, on the task that it was poisoned on. Orange and green: out of the frozen weights after fine-tuning on the clean task, which did not ` +
    `know them. Dotted across: the twin itself on the first task. Dots: single seeds (${seeds}); line: their median.`;
  const known = [...new Set(marks.map(({ at }) => at))], place = (at: string) => at === none ? -1 : at === all ? Infinity : Number(at);
  const spec = sharesSpec(alt, marks, {
    name: "directions",
    series: [untuned, "LoRA", "LoRA + Tr", neverPoisoned],
    order: known.length ? known.toSorted((a, b) => place(a) - place(b)) : [none, all],
    title: "directions taken out of every module",
    says: "' without ' + datum.at + ' of the directions'",
  });
  return {
    id: "fig-b-directions",
    title: "Equation 2, direction by direction",
    alt,
    caption,
    spec,
    rows: marks,
    keys: studies.map(({ key }) => key),
  };
}

/** `never poisoned`: the twin, on the poisoned encoder's own task. */
function marksOf({ key, study, result }: StudyRecord): ShareMark[] {
  if (study.study !== "decomposition" || result.study !== "decomposition") return [];
  const { run } = study, proxy = standingAlone(run.start!.run), own = { group: doseName(proxy), seed: run.seed, key };
  const both = (config: RunConfig, series: string, at: string, seen: Evaluated) => sharesOf({ ...own, series, at }, config, seen);
  const without = (config: RunConfig, series: string, taken: ResultOf<"decomposition">["proxy"]["without"]) =>
    taken.flatMap(({ directions, evaluated }) => both(config, series, directions === null ? all : String(directions), evaluated));
  return [
    ...both(proxy, untuned, none, result.proxy.poisoned),
    ...without(proxy, untuned, result.proxy.without),
    ...both(proxy, neverPoisoned, none, result.proxy.twin),
    ...result.arms.flatMap((arm) => {
      const name = arm.rora?.tr ? "LoRA + Tr" : "LoRA";
      return [...both(run, name, none, arm.tuned), ...without(run, name, arm.without)];
    }),
  ];
}
