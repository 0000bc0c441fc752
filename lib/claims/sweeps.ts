/** LoRA runs along an axis: rank, or k of the initial variance k / n_in; seed by seed. */
import { median } from "simple-statistics";
import { hasUsualSize, hasUsualVariance } from "../adapter/method.ts";
import type { SweepAttack } from "../experiment/grid.ts";
import { mean } from "../math/statistics.ts";
import { type Curve, curveOf, leastPoints } from "./curve.ts";
import { atSharedPoints, onSharedSeeds } from "./grid_points.ts";
import { isPlainStart, type Run } from "./observe.ts";

export interface Sweep {
  /** `mr, alpha = r`, with the learning rate where it is not the main one. */
  readonly name: string;
  readonly dataset: string;
  readonly setting: string;
  readonly poisonRate: number;
  /** How alpha goes with rank. */
  readonly policy: string;
  readonly learningRate: number;
  /** Whether it is the one that the figures show: the main learning rate and, for ranks, alpha = r. */
  readonly main: boolean;
  /** Rank or k -> the run, by seed; points that few seeds have are left out (`grid_points.ts`). */
  readonly seeds: ReadonlyMap<number, ReadonlyMap<number, Run>>;
}

type Lora = NonNullable<Run["lora"]>;
type LoraRun = Run & { readonly lora: Lora };

const policies = [
  { policy: "alpha = r", holds: ({ alpha, rank }: Lora) => alpha === rank },
  { policy: "alpha = 2r", holds: ({ alpha, rank }: Lora) => alpha === 2 * rank },
  { policy: "alpha = 16", holds: ({ alpha }: Lora) => alpha === 16 },
];

/** The paper's ranks are from here on: lower ones are runs of controls. */
const leastRank = 4;

/** Those of the paper's figures. */
const shownPolicies = ["alpha = r", "r = 8"];

/**
 * Sweeps over rank from 4 on at k = 1/3, one per task, dose, learning rate and policy for alpha that has at least three ranks.
 * @param beside of never-poisoned runs: the attack whose sweep they belong to, and whose learning rate is the main one
 */
export function rankSweeps(runs: readonly Run[], attack: SweepAttack | "none", beside: SweepAttack = attack === "upa" ? "upa" : "bpa"): Sweep[] {
  const swept = runs.filter((run): run is LoraRun => isSwept(run, attack) && run.lora!.rank >= leastRank && hasUsualVariance(run.lora!));
  const rankOf = ({ lora }: LoraRun) => lora.rank, isMain = ({ mainOverRanks }: Run) => mainOverRanks[beside];
  return policies.flatMap(({ policy, holds }) => sweepsOf(swept.filter(({ lora }) => holds(lora)), rankOf, policy, isMain));
}

/** Sweeps over k at rank 8 and alpha 16, one per task, dose and learning rate that has at least three values of k. */
export function varianceSweeps(runs: readonly Run[], attack: string): Sweep[] {
  const swept = runs.filter((run): run is LoraRun => isSwept(run, attack) && hasUsualSize(run.lora!));
  return sweepsOf(swept, ({ lora }) => lora.initVariance, "r = 8", ({ main }) => main);
}

/** Whether a run of this attack may stand in a sweep, over whatever axis. */
export function isSwept(run: Run, attack: string): boolean {
  return run.attack === attack && run.split === "test" && run.stated && run.lora !== null && isPlainStart(run.lora);
}

function sweepsOf(runs: readonly LoraRun[], xOf: (run: LoraRun) => number, policy: string, isMain: (run: Run) => boolean): Sweep[] {
  const groups = Map.groupBy(runs, (run) => JSON.stringify([run.setting, run.attackSettings, run.poisonRate, run.learningRate]));
  return [...groups.values()].filter((group) => new Set(group.map(xOf)).size >= leastPoints).map((all) => {
    const { kept: group, named } = atSharedPoints(all, { seedOf: ({ seed }) => seed, xOf, least: leastPoints });
    const [first] = group, { dataset, setting, poisonRate, learningRate } = first, main = isMain(first);
    const seeds = new Map([...Map.groupBy(group, ({ seed }) => seed)].map(([seed, own]) => [seed, new Map(own.map((run) => [xOf(run), run]))]));
    const name = named(`${dataset}, ${policy}${main ? "" : `, lr ${learningRate.toExponential()}`}`);
    return { name, dataset, setting, poisonRate, policy, learningRate, main: main && shownPolicies.includes(policy), seeds };
  });
}

/** One curve per seed that has a value at no fewer than three points. */
export function curves({ seeds }: Sweep, measure: (run: Run) => number | null): Curve[] {
  return [...seeds].flatMap(([seed, byX]) => curveOf(seed, byX, measure));
}

/**
 * Sweeps over rank in which each rank takes, of the learning rates at hand, the one at which its never-poisoned runs end nearest to one
 * training loss: the median over ranks at the main rate with alpha = r. All losses of a choice are means over the same seeds. Of the ranks that
 * have a choice only.
 */
export function matchedSweeps(runs: readonly Run[], attack: SweepAttack): Sweep[] {
  const alike = (sweep: Sweep) => (other: Sweep) => other.setting === sweep.setting && other.policy === sweep.policy;
  const clean = rankSweeps(runs, "none", attack), poisoned = rankSweeps(runs, attack);
  return clean.filter(({ main }) => main).flatMap((main) => {
    const choices = clean.filter(alike(main)).map(runsAt), own = runsAt(main);
    const rateAt = new Map([...own.keys()].flatMap((x) => {
      const known = onSharedSeeds(choices.flatMap((points) => points.has(x) ? [points.get(x)!] : []), { seedOf: ({ seed }) => seed, least: 2 });
      if (known.length < 2) return [];
      const seeds = new Set(known[0].map(({ seed }) => seed));
      const target = median([...own.values()].map((at) => at.filter(({ seed }) => seeds.has(seed))).filter((at) => at.length > 0).map(meanLoss));
      const apart = (at: readonly Run[]) => Math.abs(meanLoss(at) - target);
      return [[x, known.sort((a, b) => apart(a) - apart(b))[0][0].learningRate] as const];
    }));
    if (rateAt.size === 0) return [];
    return [...Map.groupBy(poisoned.filter(alike(main)), ({ poisonRate }) => poisonRate).values()].map((sweeps) => {
      const seeds = new Map<number, Map<number, Run>>();
      for (const [seed, byX] of sweeps.flatMap((sweep) => [...sweep.seeds])) {
        for (const [x, run] of byX) if (rateAt.get(x) === run.learningRate) seeds.set(seed, (seeds.get(seed) ?? new Map()).set(x, run));
      }
      return { ...sweeps[0], name: `${main.dataset} at matched clean loss`, main: false, seeds };
    });
  });
}

/** The runs at each point of a sweep. */
export function runsAt({ seeds }: Sweep): Map<number, Run[]> {
  const points = Map.groupBy([...seeds.values()].flatMap((byX) => [...byX]), ([x]) => x);
  return new Map([...points].map(([x, own]) => [x, own.map(([, run]) => run)]));
}

const meanLoss = (runs: readonly Run[]): number => mean(runs.map(({ trainingLoss }) => trainingLoss));
