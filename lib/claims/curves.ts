/** Runs along an axis of their config, one curve per seed; points that few seeds have are left out (`grid_points.ts`). */
import { type Curve, curveOf, leastPoints } from "./curve.ts";
import { atSharedPoints } from "./grid_points.ts";
import type { Measure } from "./measures.ts";
import type { Run } from "./observe.ts";

export interface Curves {
  readonly name: string;
  readonly curves: readonly Curve[];
}

/** Over the doses of an attack, at least three: one entry per task, method and attack settings. */
export function curvesOverRate(runs: readonly Run[], measure: Measure): Curves[] {
  return along(runs, ({ setting, method, attackSettings }) => [setting, method, attackSettings], ({ poisonRate }) => poisonRate, measure);
}

/** Over k of LoRA's initial variance, at least three: one entry per task, dose and initialisation. */
export function curvesOverVariance(runs: readonly Run[], measure: Measure): Curves[] {
  const swept = runs.filter(({ lora }) => lora !== null);
  return along(swept, (run) => [run.setting, run.attackSettings, run.poisonRate, run.lora!.init], (run) => run.lora!.initVariance, measure);
}

function along(runs: readonly Run[], family: (run: Run) => readonly unknown[], xOf: (run: Run) => number, measure: Measure): Curves[] {
  return [...Map.groupBy(runs, (run) => JSON.stringify(family(run))).values()].flatMap((group) => {
    const { kept, named } = atSharedPoints(group, { seedOf: ({ seed }) => seed, xOf, least: leastPoints });
    const seeds = [...Map.groupBy(kept, ({ seed }) => seed)];
    const curves = seeds.flatMap(([seed, own]) => curveOf(seed, own.map((run) => [xOf(run), run] as const), measure));
    return curves.length ? [{ name: named(`${group[0].dataset} ${group[0].method === "full" ? "FF" : "LoRA"}`), curves }] : [];
  });
}
