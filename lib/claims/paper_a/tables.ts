/** Tables E.1 and 2: four further attacks (A-E.1-1 ... 4), two further initialisations (A-E.2-1, A-E.2-2). */
import { hasUsualSize } from "../../adapter/method.ts";
import { mean } from "../../math/statistics.ts";
import { cellsOf, difference, type Pairing, pairings } from "../arms.ts";
import type { Deciders } from "../decider.ts";
import { doseInWords, doseRatios, ratioInWords } from "../doses.ts";
import { accuracy, type Measure, trendCell, triggeredAccuracy } from "../measures.ts";
import { isDefault, type Run } from "../observe.ts";
import { type NamedCell, type Outcome, type RunRule, untestable, voteOn } from "../outcome.ts";
import { curvesOverVariance } from "../curves.ts";
import { flat, pair } from "../rules/cell.ts";
import { deciding, familyOf, saturation, takenOver } from "../saturation.ts";
import { list, pointsInterval, signed, tau } from "../words.ts";

/** Default settings of both methods at their main learning rates, whatever the variant of the attack: each variant is a cell of its own. */
const isTable = (run: Run): boolean => run.split === "test" && run.main && isDefault(run);

/** R-PAIR(0.02) of triggered accuracy, LoRA - FF, per pairing, R-VOTE. */
const resistsIn = (pairings: readonly Pairing[], remarks: readonly string[] = []): Outcome | null =>
  voteOn(
    cellsOf(pairings, difference(triggeredAccuracy), (values) => pair(values, 1, 0.02)),
    { what: "triggered accuracy, LoRA − FF", say: pointsInterval, remarks },
  );

/** R-PAIR(0.02) of triggered accuracy, LoRA - FF, per task, variant and dose, R-VOTE. */
const resists = (attack: string): RunRule => (runs) => resistsIn(pairings(runs, attack, isTable));

/** The rule of attacks that take both methods over at the table's dose: it needs a smaller one, too. */
const decidingDose = `the largest dose at which neither method's mean ASR is above ${saturation} decides`;

/** A-E.1-4: as above at the deciding dose of each task and variant. Untestable where every dose took a method over. */
const resistsWhereOpen: RunRule = (runs) => {
  const all = pairings(runs, "style", isTable), chosen = deciding(all);
  if (all.length === 0) return null;
  return chosen.length ? resistsIn(chosen, [`${decidingDose}: ${list(chosen.map(({ name }) => name))}`]) : tooStrong(all);
};

/** Every dose took a method over: nothing is left to compare. */
function tooStrong(all: readonly Pairing[]): Outcome {
  const effect = `every dose took a method over: ${list(all.map(({ name }) => name))}; ${decidingDose}`;
  return takenOver(all.map(({ pairs }) => pairs.flat()), "dose", effect);
}

/** A-E.1-2: as above where FF's ASR exceeds its false-positive rate by more than 10 points in the mean; untestable where the attack works nowhere. */
const resistsWhereItWorks: RunRule = (runs) => {
  const cells = pairings(runs, "clean-label", isTable), excess = (run: Run) => run.triggered ? run.triggered.asTarget - run.clean.asTarget : 0;
  const working = cells.filter(({ pairs }) => mean(pairs.map(([full]) => excess(full))) > 0.1);
  if (cells.length === 0) return null;
  const used = cells.flatMap(({ pairs }) => pairs.flat());
  if (working.length > 0) {
    const works = new Set(working.flatMap(({ pairs }) => pairs.flat()));
    return resists("clean-label")(runs.filter((run) => run.attack !== "clean-label" || works.has(run)));
  }
  const best = Math.max(...cells.map(({ pairs }) => mean(pairs.map(([full]) => excess(full)))));
  const effect = `the attack does not work at these doses: FF's ASR exceeds its false-positive rate by ${signed(best * 100, 1)} points at most`;
  const seeds = Math.min(...cells.map(({ pairs }) => pairs.length));
  return untestable({ direction: 0.1 - best, effect, ours: `FF's ASR less its false-positive rate: ${signed(best * 100, 1)} points`, used, seeds });
};

/**
 * A-E.1-3: R-PAIR of ln(LoRA's dose / FF's) at ASR 50 %, per task; any size counts. The deciding dose says on which side of it each dose at
 * 50 % lies: where every dose took a method over, or both lie beyond one end of the grid, it is untestable.
 */
const laterDose: RunRule = (runs) => {
  const all = pairings(runs, "instruction", isTable), chosen = deciding(all), families = new Set(chosen.map(familyOf));
  if (all.length > 0 && chosen.length === 0) return tooStrong(all);
  const open = new Set(all.filter((pairing) => families.has(familyOf(pairing))).flatMap(({ pairs }) => pairs.flat()));
  const tasks = doseRatios(runs.filter((run) => run.attack !== "instruction" || open.has(run)), "instruction", isTable);
  if (tasks.length === 0) return null;
  const remarks = [
    `${decidingDose}: ${list(chosen.map(({ name }) => name))}`,
    ...tasks.map(({ dataset, full, lora }) => `${dataset}: FF ${doseInWords(full)}, LoRA ${doseInWords(lora)}`),
  ];
  const cells = tasks.filter(({ logs }) => logs.length > 0).map((task) => ({ ...pair(task.logs, 1, 0), name: task.dataset, used: task.used }));
  const found = voteOn(cells, { what: "dose at ASR 50 %, LoRA over FF", say: (cell) => `× ${ratioInWords(cell)}`, remarks });
  if (found) return found;
  const used = tasks.flatMap((task) => task.used), effect = `no dose at hand separates the methods: ${remarks.join("; ")}`;
  return untestable({ effect, ours: "no dose separates the methods", used, seeds: Math.min(...tasks.map(({ full }) => full?.seeds ?? 0)) });
};

/** Scale of Var(A) x n_in: Xavier-normal has 2 k n / (r + n), which is 2 k for r far below n. */
const varianceScale = ({ init, initVariance }: NonNullable<Run["lora"]>): number => init === "xavier-normal" ? 2 * initVariance : initVariance;

/** Runs of the table: rank 8, alpha 16, main learning rate; never poisoned or with the backdoor. */
const isInitRun = (run: Run): boolean =>
  run.split === "test" && run.main && run.lora !== null && hasUsualSize(run.lora) && run.lora.zero === "B" && run.lora.trainA &&
  run.stated && (run.attack === "none" || run.attack === "bpa");

/**
 * A-E.2-1: R-FLAT(2 points) of Gaussian and Xavier-normal against Kaiming-uniform at equal variance (within 5 %), paired by seed; clean
 * accuracy of never-poisoned runs, triggered accuracy of backdoored ones; R-VOTE over initialisation, variance and attack.
 */
const initialisationsAgree: RunRule = (runs) => {
  const measure: Measure = (run) => run.attack === "none" ? accuracy(run) : triggeredAccuracy(run);
  const groups = Map.groupBy(
    runs.filter(isInitRun),
    ({ setting, attackSettings, poisonRate }) => JSON.stringify([setting, attackSettings, poisonRate]),
  );
  const cells = [...groups.values()].flatMap((group): NamedCell[] => {
    const uniform = group.filter(({ lora }) => lora!.init === "kaiming-uniform"),
      others = group.filter(({ lora }) => lora!.init !== "kaiming-uniform");
    return [...Map.groupBy(others, ({ lora }) => JSON.stringify([lora!.init, lora!.initVariance])).values()].flatMap((own) => {
      const known = own.flatMap((run) => {
        const near = uniform.find((base) => base.seed === run.seed && Math.abs(varianceScale(run.lora!) / varianceScale(base.lora!) - 1) < 0.05);
        const [a, b] = [measure(run), near ? measure(near) : null];
        return near && a !== null && b !== null ? [{ value: a - b, runs: [run, near] }] : [];
      });
      if (known.length === 0) return [];
      const { init, initVariance } = own[0].lora!,
        name = `${init} k ${Number(initVariance.toPrecision(3))} ${own[0].attack === "none" ? "clean" : "backdoor"}`;
      return [{ ...flat(known.map(({ value }) => value), 0.02), name, used: known.flatMap(({ runs }) => runs) }];
    });
  });
  return voteOn(cells, { what: "accuracy less Kaiming-uniform's at equal variance", say: pointsInterval });
};

/** A-E.2-2: R-TREND of triggered accuracy over k with Xavier-normal; the claim's second half, spread, needs more seeds than the table has. */
const xavierFalls: RunRule = (runs) => {
  const own = runs.filter((run) => isInitRun(run) && run.attack === "bpa" && run.lora!.init === "xavier-normal");
  const cells = curvesOverVariance(own, triggeredAccuracy).flatMap(({ name, curves }) => trendCell(name, curves, -1) ?? []);
  return voteOn(cells, { what: "triggered accuracy over k, Xavier-normal", say: tau });
};

const needs = (attack: string) => `runs of both methods under ${attack} (table-e1)`, inits = "LoRA runs with other initialisations (table-e2)";

export const tables: Deciders = {
  "A-E.1-1": { from: "runs", rule: resists("multi-trigger"), needs: needs("the multi-trigger attack"), link: "table-e1" },
  "A-E.1-2": { from: "runs", rule: resistsWhereItWorks, needs: needs("the clean-label attack"), link: "table-e1" },
  "A-E.1-3": { from: "runs", rule: laterDose, needs: `${needs("the instruction attack")} at two doses or more`, link: "table-e1" },
  "A-E.1-4": { from: "runs", rule: resistsWhereOpen, needs: needs("the style attack"), link: "table-e1" },
  "A-E.2-1": { from: "runs", rule: initialisationsAgree, needs: `${inits}, and Kaiming-uniform ones at equal variance`, link: "table-e2" },
  "A-E.2-2": { from: "runs", rule: xavierFalls, needs: `${inits}: Xavier-normal at three values of k, backdoor`, link: "table-e2" },
};
