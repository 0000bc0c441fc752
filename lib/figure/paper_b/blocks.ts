/** Studies -> Vega-Lite and text: Proposition 4.2 in every block of an encoder; one block's update scaled, and the proposition's constants at its modules. */
import { median } from "simple-statistics";
import { type RunConfig, standingAlone } from "../../experiment/config.ts";
import type { Quantiles } from "../../experiment/margins.ts";
import type { ResultOf, StudyRecord } from "../../experiment/study_record.ts";
import { mean } from "../../math/statistics.ts";
import type { Figure } from "../figure.ts";
import { blocksSpec, constants, measures } from "./blocks_spec.ts";
import { doseName } from "./directions.ts";
import { seedMedians } from "./seed_medians.ts";

export interface BlockMark {
  /** What was fine-tuned, from which encoder. */
  readonly group: string;
  /** From 0, bottom to top. */
  readonly block: number;
  /** A share of rows at a scale, or a constant at a module. */
  readonly series: string;
  /** s of the block; null of a constant. */
  readonly scale: number | null;
  /** Null of a share. */
  readonly module: string | null;
  readonly source: "run" | "median";
  readonly value: number;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
}

const [attackSuccess, foretold, cleanAccuracy] = measures, [backdoor, clean, trigger] = constants;

export const titleBlocks = "Proposition 4.2 in every block";

export function drawBlocks(studies: readonly StudyRecord[]): Figure<BlockMark> {
  const runs = studies.flatMap(marksOf), groups = [...new Set(runs.map(({ group }) => group))];
  const marks = [...runs, ...seedMedians(runs, ({ group, block, series, scale }) => [group, block, series, scale])];
  const alt =
    "For each fine-tuning a panel for each of the encoder's blocks: attack success rate and accuracy over the scale of that block's update alone, " +
    "with the attack success rate that the proposition's line foretells; below, the proposition's constants at the modules of each block.";
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const caption =
    `Above: one block's $s$, all other blocks as trained; clean accuracy on all held-out rows. Dots: single seeds (${seeds}); line: their median. Dashed: ` +
    `each row's margin taken to grow straight with the block's $s$, through its values without the block's update and as trained. Below: $\\rho_{bd}$, ` +
    `$\\rho_{cl}$ and $\\rho_{tr}$ at every adapted module, to first order in its weight ($|G|_*$, the nuclear norm of the margin's gradient by the weight, ` +
    `where a single input has $|c||x|$): a dot for the median over rows, a line through the median of a block. The proposition asks for ` +
    `$\\rho_{cl}>\\rho_{tr}$, and equation 12 passes its threshold where $\\rho_{cl}-\\rho_{tr}>\\rho_{bd}$.`;
  return {
    id: "fig-b-blocks",
    title: titleBlocks,
    alt,
    caption,
    spec: blocksSpec(alt, marks, groups),
    rows: marks,
    keys: studies.map(({ key }) => key),
  };
}

function marksOf({ key, study, result }: StudyRecord): BlockMark[] {
  if (study.study !== "blocks" || result.study !== "blocks") return [];
  const { run } = study, own = { source: "run", seeds: 1, seed: run.seed, key } as const;
  return result.arms.flatMap((arm) => {
    const group = armName(run, arm);
    return [
      ...arm.blocks.flatMap((block) =>
        sharesOf(arm, block).map(({ series, scale, value }) => ({ ...own, group, block: block.block, series, scale, module: null, value }))
      ),
      ...arm.modules.flatMap((module) => constantsOf(module).map((mark) => ({ ...own, group, scale: null, ...mark }))),
    ];
  });
}

type Arm = ResultOf<"blocks">["arms"][number];

const armName = ({ start }: RunConfig, { rora }: Arm): string =>
  `${rora ? "RoRA before its rescaling" : "LoRA"}, ${doseName(standingAlone(start!.run))}`;

/** The foretold line goes through the trained scale as well. */
function sharesOf({ trained }: Arm, { observed, foretold: { predicted } }: Arm["blocks"][number]) {
  const all = [...observed, trained];
  return [
    ...all.map(({ scale, attackSuccessRate }) => ({ series: attackSuccess, scale, value: attackSuccessRate })),
    ...all.map(({ scale, accuracy }) => ({ series: cleanAccuracy, scale, value: accuracy })),
    ...[observed[0], trained, ...predicted].map(({ scale, attackSuccessRate }) => ({ series: foretold, scale, value: attackSuccessRate })),
  ];
}

function constantsOf({ module, rhoBackdoor, update }: Arm["modules"][number]): Pick<BlockMark, "block" | "series" | "module" | "value">[] {
  const at = placeOf(module);
  if (!at) return [];
  return [
    { ...at, series: backdoor, value: middle(rhoBackdoor) },
    ...update ? [{ ...at, series: clean, value: middle(update.rhoClean) }, { ...at, series: trigger, value: middle(update.rhoTrigger) }] : [],
  ];
}

/** Null for a module in no block, the pooler. */
function placeOf(name: string): { block: number; module: string } | null {
  const found = /^encoder\.layer\.(\d+)\.(.+)$/.exec(name);
  return found && { block: Number(found[1]), module: found[2] };
}

const middle = ([, , half]: Quantiles): number => half;

/** The same in numbers, a line for each block: medians over modules and seeds, shares of rows as means. */
export function blocksTable(studies: readonly StudyRecord[]): Record<string, string | number>[] {
  const found = studies.flatMap(({ study, result }) =>
    result.study !== "blocks" ? [] : result.arms.flatMap((arm) => arm.blocks.map((block) => ({ name: armName(study.run, arm), arm, block })))
  );
  const lines = Map.groupBy(found, ({ name, block: { block } }) => JSON.stringify([name, block]));
  return [...lines.values()].map((own) => {
    const [{ name, block: { block } }] = own,
      modules = own.flatMap(({ arm }) => arm.modules.filter(({ module }) => placeOf(module)?.block === block));
    const of = (value: (module: Arm["modules"][number]) => number | undefined, over: (values: number[]) => number) => {
      const values = modules.flatMap((module) => value(module) ?? []);
      return values.length ? over(values) : "";
    };
    const turning = own.flatMap(({ block: { foretold } }) => foretold.exactScale ? middle(foretold.exactScale) : []);
    return {
      "fine-tuning": name,
      block: block + 1,
      seeds: own.length,
      "equation 12's s": of(({ sigmaPretrained, sigmaUpdate }) => sigmaUpdate ? sigmaPretrained / sigmaUpdate : undefined, median),
      "ρ_bd": of(({ rhoBackdoor }) => middle(rhoBackdoor), median),
      "ρ_cl": of(({ update }) => update ? middle(update.rhoClean) : undefined, median),
      "ρ_tr": of(({ update }) => update ? middle(update.rhoTrigger) : undefined, median),
      "rows with ρ_eff > 0": of(({ update }) => update?.shares.effective, mean),
      "ρ_eff > ρ_bd": of(({ update }) => update?.shares.matched, mean),
      "rows that the block turns": median(own.map(({ block: { foretold } }) => foretold.turned)),
      "s₀ of these": turning.length ? median(turning) : "",
    };
  });
}
