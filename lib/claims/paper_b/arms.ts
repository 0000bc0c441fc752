/** Runs of paper B side by side: by method and RoRA's pieces, per pair of tasks and trigger, seed by seed from the same encoder. */
import { methodTitle } from "../../adapter/method.ts";
import type { LowRankName } from "../../experiment/persistence.ts";
import { percent } from "../../math/percent.ts";
import { mean } from "../../math/statistics.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Curve } from "../curve.ts";
import type { NamedCell } from "../outcome.ts";
import type { Cell } from "../rules/cell.ts";
import { atSharedPoints } from "../grid_points.ts";
import { type Condition, numericCell } from "../rules/numeric.ts";

export type MethodName = "full" | LowRankName;

export const allPieces = "CI+Tr+Pt";

/** What a run did with its encoder, for readers: `LoRA`, `LoRA + CI + Tr`, `RoRA`, `PiSSA + RoRA`. */
export function titleOf({ method, pieces, tuned }: Chain): string {
  const title = methodTitle(method);
  if (!tuned) return "before fine-tuning";
  if (pieces === "") return title;
  return pieces !== allPieces ? `${title} + ${pieces.replaceAll("+", " + ")}` : method.name === "lora" ? "RoRA" : `${title} + RoRA`;
}

/** A pair of tasks and a trigger: the published tables' setting. */
const tableOf = ({ pair, trigger }: Pick<Chain, "pair" | "trigger">): string => `${pair}, ${trigger}`;

/** The same with the dose of poison where it is not the profile's: each dose is a setting of its own. */
export const settingOf = (chain: Pick<Chain, "pair" | "trigger" | "poisonRate" | "differs">): string =>
  tableOf(chain) + (chain.differs.includes("poisonRate") ? `, ${percent(chain.poisonRate)} of the target class` : "");

/**
 * Runs of one method with these of RoRA's pieces from poisoned encoders, everything as the profile has it but what may vary. Runs that
 * differ in nothing but what else they were evaluated with count once: that which was evaluated with most.
 */
export function armOf(chains: readonly Chain[], method: MethodName, pieces = "", varied: readonly string[] = []): Chain[] {
  const own = chains.filter((chain) =>
    chain.tuned && chain.poisonRate > 0 && chain.method.name === method && chain.pieces === pieces &&
    chain.differs.every((name) => varied.includes(name))
  );
  const trained = Map.groupBy(
    own,
    ({ pair, trigger, start, freshHead, epochs, learningRate, method, rora }) =>
      JSON.stringify([pair, trigger, start, freshHead, epochs, learningRate, method, rora]),
  );
  const evaluated = ({ atScales, defended }: Chain) => atScales.length + defended.length;
  return [...trained.values()].map((same) => same.reduce((a, b) => evaluated(b) > evaluated(a) ? b : a));
}

/** Per setting, dose by dose where it varies. */
export const bySetting = (chains: readonly Chain[]): [name: string, own: Chain[]][] => [...Map.groupBy(chains, settingOf)];

export interface ChainPairs {
  readonly name: string;
  readonly pairs: readonly (readonly [Chain, Chain])[];
}

/** Runs of two arms that start from the same encoder (so of the same seed), per setting; settings without any are left out. */
export function pairsOf(first: readonly Chain[], second: readonly Chain[]): ChainPairs[] {
  return bySetting(first).flatMap(([name, own]) => {
    const others = new Map(second.filter((chain) => settingOf(chain) === name).map((chain) => [chain.start, chain]));
    const pairs = own.flatMap((one) => others.has(one.start) ? [[one, others.get(one.start)!] as const] : []);
    return pairs.length ? [{ name, pairs }] : [];
  });
}

/** One cell per setting by a rule on measure(first) - measure(second). */
export function differenceCells(
  pairings: readonly ChainPairs[],
  measure: (chain: Chain) => number,
  rule: (differences: readonly number[]) => Cell,
  suffix = "",
): NamedCell<Chain>[] {
  return pairings.map(({ name, pairs }) => ({
    ...rule(pairs.map(([one, other]) => measure(one) - measure(other))),
    name: name + suffix,
    used: pairs.flat(),
  }));
}

/** One cell per setting by a condition on the mean over seeds. */
export function meanCells(
  chains: readonly Chain[],
  measure: (chain: Chain) => number,
  condition: Condition,
  suffix = "",
): NamedCell<Chain>[] {
  return bySetting(chains).map(([name, own]) => numericCell(name + suffix, own.map(measure), condition, own));
}

/** Points that a comparison along an axis takes. */
const leastPoints = 2;

/** Curves over a setting that varies, one per seed with a value at two points or more, per pair of tasks and trigger; points that few seeds have are left out. */
export function curvesOver(
  chains: readonly Chain[],
  xOf: (chain: Chain) => number,
  measure: (chain: Chain) => number,
): { readonly name: string; readonly curves: readonly Curve<Chain>[] }[] {
  return bySetting(chains).flatMap(([name, own]) => {
    const { kept, named } = atSharedPoints(own, { seedOf: ({ start }) => start, xOf, least: leastPoints });
    const curves = [...Map.groupBy(kept, ({ start }) => start).values()].flatMap((seed) => {
      const runs = seed.toSorted((a, b) => xOf(a) - xOf(b)), x = runs.map(xOf);
      return x.length < leastPoints ? [] : [{ seed: runs[0].seed, x, y: runs.map(measure), runs }];
    });
    return curves.length ? [{ name: named(name), curves }] : [];
  });
}

/** ASR: share of the other class's triggered rows that get the target label. */
export const asr = ({ attackSuccessRate }: Chain): number => attackSuccessRate;
export const accuracy = ({ cleanAccuracy }: Chain): number => cleanAccuracy;
/** CA - ASR. */
export const margin = (chain: Chain): number => chain.margin;

/** A fraction as a percentage: `93.1 %`. */
export const tenthsPercent = (fraction: number): string => `${(100 * fraction).toFixed(1).replace("-", "−")} %`;
export const meanPercent = ({ mean }: { mean: number }): string => tenthsPercent(mean);

/**
 * The same rule with what encoders that were never poisoned say to the same triggers, in the settings that it rests on: an ASR
 * says nothing without.
 */
export const besideNull = (rule: ChainRule): ChainRule => (chains) => {
  const found = rule(chains);
  if (!found) return null;
  const tables = new Set(found.used.map(tableOf)), stages = new Set(found.used.map(({ tuned }) => tuned));
  const nulls = chains.filter((chain) =>
    chain.poisonRate === 0 && chain.differs.length === 0 && tables.has(tableOf(chain)) && stages.has(chain.tuned)
  );
  const said = [...Map.groupBy(nulls, titleOf)].map(([title, own]) => `${title} ${tenthsPercent(mean(own.map(asr)))}`);
  const told = said.length ? `ASR of encoders never poisoned, same triggers: ${said.join(", ")}` : "no encoder that was never poisoned at hand";
  return { ...found, remarks: [...new Set([...found.remarks ?? [], told])] };
};
