/** Studies -> marks: what a block's scale does, and Proposition 4.2's constants at its modules. */
import { type RunConfig, standingAlone } from "../../experiment/config.ts";
import type { Quantiles } from "../../experiment/margins.ts";
import type { ResultOf, StudyRecord } from "../../experiment/study_record.ts";
import { placeOf as layerPlaceOf } from "../../model/layer.ts";
import { doseName } from "./shares.ts";

export interface BlockMark {
  /** What was fine-tuned, from which encoder. */
  readonly group: string;
  /** From 0, bottom to top. */
  readonly block: number;
  /** A share of rows at a scale, a constant at a module, or a block's threshold. */
  readonly series: string;
  /** s of the block; null of what is not a share. */
  readonly scale: number | null;
  /** Of a constant; else null. */
  readonly module: string | null;
  /** Of a threshold, the share of rows that have one; else null. */
  readonly share: number | null;
  readonly source: "run" | "median";
  readonly value: number;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
}

export const measures = ["attack success rate", "foretold attack success rate", "clean accuracy"] as const;
export const constants = ["ρ_bd", "ρ_cl", "ρ_tr"] as const;
export const thresholds = ["s₀", "s*"] as const;
const [attackSuccess, foretold, cleanAccuracy] = measures, [backdoor, clean, trigger] = constants, [exact, sufficient] = thresholds;

export function blockMarks({ key, study, result }: StudyRecord): BlockMark[] {
  if (study.study !== "blocks" || result.study !== "blocks") return [];
  const { run } = study, own = { source: "run", seeds: 1, seed: run.seed, key } as const;
  return result.arms.flatMap((arm) => {
    const of = { ...own, group: `${tuningName(arm)}, ${poisonName(run)}`, scale: null, module: null, share: null };
    return [
      ...arm.blocks.flatMap((block) => [...sharesOf(arm, block), ...thresholdsOf(block)].map((mark) => ({ ...of, block: block.block, ...mark }))),
      ...arm.modules.flatMap((module) => constantsOf(module).map((mark) => ({ ...of, ...mark }))),
    ];
  });
}

export type BlocksArm = ResultOf<"blocks">["arms"][number];

/** What was fine-tuned. */
export const tuningName = ({ rora }: BlocksArm): string => rora ? "RoRA before its rescaling" : "LoRA";

/** How the encoder that it started from was poisoned. */
export const poisonName = ({ start }: RunConfig): string => doseName(standingAlone(start!.run));

/** The foretold line goes through the trained scale as well. */
function sharesOf({ trained }: BlocksArm, { observed, foretold: { predicted } }: BlocksArm["blocks"][number]) {
  const all = [...observed, trained];
  return [
    ...all.map(({ scale, attackSuccessRate }) => ({ series: attackSuccess, scale, value: attackSuccessRate })),
    ...all.map(({ scale, accuracy }) => ({ series: cleanAccuracy, scale, value: accuracy })),
    ...[observed[0], trained, ...predicted].map(({ scale, attackSuccessRate }) => ({ series: foretold, scale, value: attackSuccessRate })),
  ];
}

/** Of the rows that have one, the median; without a mark where none has. */
function thresholdsOf({ foretold: { exactScale, turned, sufficient: own } }: BlocksArm["blocks"][number]) {
  return [
    ...exactScale ? [{ series: exact, value: middle(exactScale), share: turned }] : [],
    ...own?.scale ? [{ series: sufficient, value: middle(own.scale), share: own.share }] : [],
  ];
}

function constantsOf({ module, rhoBackdoor, update }: BlocksArm["modules"][number]): Pick<BlockMark, "block" | "series" | "module" | "value">[] {
  const at = placeOf(module);
  if (!at) return [];
  return [
    { ...at, series: backdoor, value: middle(rhoBackdoor) },
    ...update ? [{ ...at, series: clean, value: middle(update.rhoClean) }, { ...at, series: trigger, value: middle(update.rhoTrigger) }] : [],
  ];
}

/** Null for a module in no block, the pooler. */
export function placeOf(name: string): { block: number; module: string } | null {
  const found = layerPlaceOf(name);
  return found && { block: found.layer, module: found.within };
}

export const middle = ([, , half]: Quantiles): number => half;
