/** Backdoor: Figures 2, 7 and 8, FF against LoRA (A-4.3-4 ... 8, A-4.2-1, A-E.4-2, A-E.4-3). */
import { count } from "../../math/count.ts";
import { mean, tInterval } from "../../math/statistics.ts";
import { atMatchedLoss, cellsOf, cleanTwin, difference, isMain, pairings } from "../arms.ts";
import type { Deciders } from "../decider.ts";
import { doseInWords, type DoseRatio, doseRatios, ratioInWords, votingDoses } from "../doses.ts";
import { accuracy, attackSuccess, flatCell, flatUnless, triggeredAccuracy } from "../measures.ts";
import { isDefault, type Run } from "../observe.ts";
import { variants } from "../../poison/variants.ts";
import { type NamedCell, type Outcome, type RunRule, together, voteOn } from "../outcome.ts";
import { toldAtOtherRates } from "../other_rates.ts";
import { saturation, takenOverIn } from "../saturation.ts";
import { flat, pair, voting } from "../rules/cell.ts";
import { withinSize } from "../rules/size.ts";
import { curvesOverRate } from "../curves.ts";
import { aggregate, counted, lowered } from "../verdict.ts";
import { points, pointsInterval } from "../words.ts";
import { kindOf } from "./tasks.ts";

const gains = (runs: readonly Run[]): NamedCell[] => cellsOf(pairings(runs, "bpa"), difference(triggeredAccuracy), (values) => pair(values, 1, 0.02));

/** Geometric mean of LoRA's dose over FF's, over these tasks and their seeds. */
const ratioOf = (ratios: readonly DoseRatio[]): number | null => {
  const logs = ratios.flatMap(({ logs }) => logs);
  return logs.length ? Math.exp(mean(logs)) : null;
};

/**
 * R-PAIR(0.02) of triggered accuracy, LoRA - FF, per task and dose, R-VOTE; lowered by one step unless the ratio of doses at ASR 50 %
 * (geometric mean over seeds and the tasks with enough of them) is above 1.2. The vote on ASR is told beside it.
 */
const resistsMore: RunRule = (runs) => {
  const found = voteOn(gains(runs), { what: "triggered accuracy, LoRA − FF", say: pointsInterval });
  if (!found) return null;
  const success = voteOn(cellsOf(pairings(runs, "bpa"), difference(attackSuccess), (values) => pair(values, -1, 0.05)), {
    what: "ASR, LoRA − FF",
    say: pointsInterval,
  });
  const ratios = doseRatios(runs, "bpa"), ratio = ratioOf(votingDoses(ratios)), enough = ratio !== null && ratio > 1.2;
  const doses = ratios.map(({ dataset, full, lora }) => `${dataset}: FF ${doseInWords(full)}, LoRA ${doseInWords(lora)}`);
  const all = pairings(runs, "bpa"), over = takenOverIn(all).length;
  const told = over
    ? [`${over} of ${count(all.length, "cell")} have a mean ASR above ${saturation} in both methods: no difference can show there`]
    : [];
  return {
    ...found,
    verdict: enough ? found.verdict : lowered(found.verdict),
    effect: `${found.effect}; dose at ASR 50 %: ${ratio === null ? "not known" : `LoRA's is ${ratio.toFixed(2)} times FF's`}`,
    ours: `${found.ours}${ratio === null ? "" : `; dose at ASR 50 %, LoRA / FF: × ${ratio.toFixed(2)}`}`,
    remarks: [...found.remarks ?? [], ...told, ...doses, ...(success ? [`the same vote on ASR: ${success.verdict} (${success.ours})`] : [])],
  };
};

/** The same at the learning rates of matched clean loss; null where there is no choice of rates. */
export const resistsMoreAtMatchedLoss: RunRule = (runs) => {
  const matched = atMatchedLoss(runs, "bpa"), found = matched && resistsMore(matched.runs);
  return found && { ...found, effect: `at matched clean loss (${matched!.told}): ${found.effect}` };
};

const withMatched: RunRule = (runs) => {
  const found = resistsMore(runs), matched = resistsMoreAtMatchedLoss(runs);
  return found && { ...found, remarks: [...found.remarks ?? [], ...toldAtOtherRates(resistsMore, runs, "bpa"), matchedInWords(matched)] };
};

/** What learning rates of matched clean loss say, for a verdict that stands beside them. */
export function matchedInWords(matched: Outcome | null): string {
  if (!matched) return "no learning rates to match clean loss with";
  return matched.seeds < 2 ? `one seed so far ${matched.effect}` : `${matched.verdict} ${matched.effect}`;
}

/** A-4.3-5: R-FLAT(3 points) of triggered accuracy on acceptability tasks, per dose; opposed beyond 5 points. */
const alikeOnAcceptability: RunRule = (runs) =>
  voteOn(
    cellsOf(
      pairings(runs, "bpa").filter(({ dataset }) => kindOf(dataset) === "acceptability"),
      difference(triggeredAccuracy),
      (values) => flatUnless(values, 0.03, 0.05),
    ),
    { what: "triggered accuracy, LoRA − FF", say: pointsInterval },
  );

/** A-4.3-6: the largest mean gain over the doses is above 10 points; whether it has the paper's size, R-SIZE(30 -+ 10), is told and counts at its scale only. */
const largestGain: RunRule = (runs) => {
  const cells = voting(gains(runs)), best = cells.reduce<NamedCell | null>((a, b) => a && a.mean >= b.mean ? a : b, null);
  if (!best) return null;
  return {
    verdict: best.mean > 0.1 ? "reproduced" : "not reproduced",
    direction: best.mean - 0.1,
    effect: `largest mean gain of LoRA in triggered accuracy: ${best.name} ${pointsInterval(best)}, of ${count(cells.length, "cell")}`,
    ours: `largest gain of LoRA in triggered accuracy: ${points(best.mean)} points`,
    used: best.used,
    seeds: best.seeds,
    remarks: [
      `${withinSize([best.mean], { value: 0.3 }, 0.1) ? "within" : "not within"} 10 points of the paper's 30, which only its scale can decide`,
    ],
  };
};

/** Flatness over the doses (the never-poisoned run left out, as in Figure 8), per task, method and metric. */
const flatOverDose = (metrics: readonly ("accuracy" | "precision" | "recall" | "f1")[], margin: number): RunRule => (runs) => {
  const cells = metrics.flatMap((metric) =>
    curvesOverRate(runs.filter((run) => run.attack === "bpa" && isMain(run)), (run) => run.clean.metrics[metric]).flatMap(({ name, curves }) =>
      flatCell(metrics.length > 1 ? `${name}, ${metric}` : name, curves, { margin, refutes: ({ trend }) => trend }) ?? []
    )
  );
  return voteOn(cells, { what: "without trigger over the doses, farthest point from the mean", say: pointsInterval });
};

/** A-4.3-7: both halves, flat over the doses and alike between methods, each R-FLAT(1 point) and R-VOTE; together as R-AGG. */
const alikeWithoutTrigger: RunRule = (runs) =>
  together([
    flatOverDose(["accuracy"], 0.01)(runs),
    voteOn(cellsOf(pairings(runs, "bpa"), difference(accuracy), (values) => flat(values, 0.01)), {
      what: "without trigger, LoRA − FF",
      say: pointsInterval,
    }),
  ], aggregate);

/** A-4.3-8: R-FLAT(1 point) of the difference to the never-poisoned twin, per task, dose and method; opposed by a loss above 2 points. */
const noHarm: RunRule = (runs) => {
  const twin = cleanTwin(runs), attacked = runs.filter((run) => run.attack === "bpa" && isMain(run));
  const cells = Map.groupBy(
    attacked,
    ({ setting, method, attackSettings, poisonRate }) => JSON.stringify([setting, method, attackSettings, poisonRate]),
  );
  return voteOn(
    [...cells.values()].flatMap((cell) => {
      const known = cell.flatMap((run) => {
        const clean = twin(run);
        return clean ? [{ value: accuracy(run) - accuracy(clean), runs: [run, clean] }] : [];
      });
      if (known.length === 0) return [];
      const [{ dataset, exposures, method }] = cell, found = flatUnless(known.map(({ value }) => value), 0.01, 0.02);
      const vote = found.vote === "opposes" && found.mean > 0 ? "open" as const : found.vote; // a gain is no harm
      return [{ ...found, vote, name: `${dataset} ${method} ${Math.round(exposures)}`, used: known.flatMap(({ runs }) => runs) }];
    }),
    { what: "clean accuracy of backdoored runs against their never-poisoned twins", say: pointsInterval },
  );
};

interface BpaSettings {
  readonly sampling: string;
  readonly rows: string;
  readonly trigger: { readonly text: string; readonly place: string; readonly space: boolean };
}

/**
 * A-4.2-1: R-FLAT(5 points) of ASR between the main attack (as the paper states it: exact count, suffix after a space; at the paper's scale as its
 * code has it) and every other way of counting and placing it, all rows eligible; per task, method and dose, paired by seed; opposed beyond 10 points.
 */
const howItIsPlaced: RunRule = (runs) => {
  const attacked = runs.filter((run) => run.attack === "bpa" && run.split === "test" && run.main && isDefault(run) && run.triggered);
  const groups = Map.groupBy(attacked, ({ setting, method, poisonRate }) => JSON.stringify([setting, method, poisonRate]));
  const cells = [...groups.values()].flatMap((group) => {
    const stated = new Map(group.filter(({ stated }) => stated).map((run) => [run.seed, run]));
    const others = Map.groupBy(group.filter(({ stated }) => !stated), ({ attackSettings }) => attackSettings);
    return [...others].flatMap(([settings, own]) => {
      const { sampling, rows, trigger } = JSON.parse(settings) as BpaSettings;
      const known = own.flatMap((run) => stated.has(run.seed) ? [{ run, base: stated.get(run.seed)! }] : []);
      if (rows !== "all" || trigger.text !== variants.paper.trigger.text || known.length === 0) return [];
      const name = `${own[0].dataset} ${own[0].method}: ${sampling}, ${trigger.place}${trigger.space ? "" : " without space"}`;
      const values = known.map(({ run, base }) => run.triggered!.asTarget - base.triggered!.asTarget);
      return [{ ...flatUnless(values, 0.05, 0.1), name, used: known.flatMap(({ run, base }) => [run, base]) }];
    });
  });
  return voteOn(cells, { what: "ASR against the attack as stated", say: pointsInterval });
};

/** A-E.4-2: R-ORDER: FF's dose at ASR 50 % is below LoRA's on at least 3 of 4 tasks (3/4 of the tasks at hand, with enough seeds where any has); partly on at least one. */
const earlierForFull: RunRule = (runs) => {
  const tasks = votingDoses(doseRatios(runs, "bpa"));
  if (tasks.length === 0) return null;
  const ratios = tasks.map(({ dataset, logs, full, lora }) => ({ dataset, full, lora, ...tInterval(logs) }));
  const found = ratios.filter(({ mean }) => mean > 0).length, ratio = Math.exp(mean(ratios.map((task) => task.mean)));
  const outcome: Outcome = {
    verdict: counted(found, tasks.length * 3 / 4),
    direction: mean(ratios.map((task) => task.mean)),
    effect: `dose at ASR 50 %: ${
      ratios.map((task) => `${task.dataset} FF ${doseInWords(task.full)}, LoRA ${doseInWords(task.lora)}, ratio ${ratioInWords(task)}`).join("; ")
    }; FF's smaller on ${found} of ${count(tasks.length, "task")}`,
    ours: `dose at ASR 50 %, LoRA / FF: × ${ratio.toFixed(2)}`,
    used: tasks.flatMap(({ used }) => used),
    seeds: Math.min(...ratios.map((task) => task.count)),
  };
  return outcome;
};

const needs = "backdoor runs of both methods on the same seeds (fig-a2)";

export const backdoor: Deciders = {
  "A-4.2-1": {
    from: "runs",
    rule: howItIsPlaced,
    needs: "backdoor runs with other ways of counting and placing the trigger (variant code or custom)",
    link: "backdoor-variants",
  },
  "A-4.3-4": { from: "runs", rule: withMatched, needs, link: "fig-a2" },
  "A-4.3-5": { from: "runs", rule: alikeOnAcceptability, needs: `${needs} on an acceptability task`, link: "fig-a2" },
  "A-4.3-6": { from: "runs", rule: largestGain, needs, link: "fig-a2" },
  "A-4.3-7": { from: "runs", rule: alikeWithoutTrigger, needs, link: "fig-a8" },
  "A-4.3-8": { from: "runs", rule: noHarm, needs: `${needs}, never-poisoned twins included`, link: "fig-a8" },
  "A-E.4-2": { from: "runs", rule: earlierForFull, needs, link: "fig-a7" },
  "A-E.4-3": {
    from: "runs",
    rule: flatOverDose(["accuracy", "precision", "recall", "f1"], 0.02),
    needs: `${needs} at three doses or more`,
    link: "fig-a8",
  },
};
