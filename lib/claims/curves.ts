/** Runs along an axis of their config, one curve per seed; points that few seeds have are left out (`grid_points.ts`). */
import { atSharedPoints } from "./grid_points.ts";
import type { Measure } from "./measures.ts";
import type { Run } from "./observe.ts";
import type { Curve } from "./sweeps.ts";

export interface Curves {
  readonly name: string;
  readonly curves: readonly Curve[];
}

/** Points that a trend takes. */
const leastPoints = 3;

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
    const curves = [...Map.groupBy(kept, ({ seed }) => seed)].flatMap(([seed, own]) => {
      const known = own.flatMap((run) => {
        const y = measure(run);
        return y === null ? [] : [{ run, x: xOf(run), y }];
      }).sort((a, b) => a.x - b.x);
      return known.length < leastPoints ? [] : [{ seed, x: known.map(({ x }) => x), y: known.map(({ y }) => y), runs: known.map(({ run }) => run) }];
    });
    return curves.length ? [{ name: named(`${group[0].dataset} ${group[0].method === "full" ? "FF" : "LoRA"}`), curves }] : [];
  });
}
