/** Studies -> Vega-Lite and text: Proposition 4.2 in every block of an encoder; one block's update scaled, and the proposition's constants at its modules. */
import { median } from "simple-statistics";
import type { Quantiles } from "../../experiment/margins.ts";
import type { StudyRecord } from "../../experiment/study_record.ts";
import { mean } from "../../math/statistics.ts";
import type { Figure } from "../figure.ts";
import { type BlockMark, blockMarks, type BlocksArm, middle, placeOf, poisonName, tuningName } from "./block_marks.ts";
import { blocksSpec } from "./blocks_spec.ts";
import { seedMedians } from "./seed_medians.ts";

const titleBlocks = "Proposition 4.2 in every block";

export function drawBlocks(studies: readonly StudyRecord[]): Figure<BlockMark> {
  const runs = studies.flatMap(blockMarks), groups = [...new Set(runs.map(({ group }) => group))];
  const marks = [...runs, ...seedMedians(runs, ({ group, block, series, scale }) => [group, block, series, scale])];
  const alt =
    "For each fine-tuning a panel for each of the encoder's blocks: attack success rate and accuracy over the scale of that block's update alone, " +
    "with the attack success rate that the proposition's line foretells; below, the proposition's constants at the modules of each block, and the " +
    "scales at which a block's own part of the margin turns a triggered row.";
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const caption =
    `Above: one block's $s$, all other blocks as trained; clean accuracy on all held-out rows. Dots: single seeds (${seeds}); line: their median. Dashed: ` +
    `each row's margin taken to grow straight with the block's $s$, through its values without the block's update and as trained. Below, left: $\\rho_{bd}$, ` +
    `$\\rho_{cl}$ and $\\rho_{tr}$ at every adapted module, to first order in its weight ($|G|_*$, the nuclear norm of the margin's gradient by the weight, ` +
    `where a single input has $|c||x|$): a dot for the median over rows, a line through the median of a block. The proposition asks for ` +
    `$\\rho_{cl}>\\rho_{tr}$, and equation 12 passes its threshold where $\\rho_{cl}-\\rho_{tr}>\\rho_{bd}$. Right: where that line passes 0 for a triggered row ($s_0$), and the ` +
    `proposition's threshold ($s^*$, never below the same row's $s_0$), which asks for the clean row's part as well; all other blocks as trained: the median ` +
    `over the rows that have one.`;
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

/** The same in numbers, a line for each block: medians over modules and seeds, shares of rows as means. */
export function blocksTable(studies: readonly StudyRecord[]): Record<string, string | number>[] {
  const found = studies.flatMap(({ study, result }) =>
    result.study !== "blocks"
      ? []
      : result.arms.flatMap((arm) => arm.blocks.map((block) => ({ tuned: tuningName(arm), poison: poisonName(study.run), arm, block })))
  );
  const lines = Map.groupBy(found, ({ tuned, poison, block: { block } }) => JSON.stringify([tuned, poison, block]));
  return [...lines.values()].map((own) => {
    const [{ tuned, poison, block: { block } }] = own,
      modules = own.flatMap(({ arm }) => arm.modules.filter(({ module }) => placeOf(module)?.block === block));
    const of = (value: (module: BlocksArm["modules"][number]) => number | undefined, over: (values: number[]) => number) => {
      const values = modules.flatMap((module) => value(module) ?? []);
      return values.length ? over(values) : "";
    };
    const scalesOf = (scale: (foretold: BlocksArm["blocks"][number]["foretold"]) => Quantiles | null | undefined) => {
      const scales = own.flatMap(({ block: { foretold } }) => {
        const quantiles = scale(foretold);
        return quantiles ? [middle(quantiles)] : [];
      });
      return scales.length ? median(scales) : "";
    };
    const shares = own.flatMap(({ block: { foretold: { sufficient } } }) => sufficient?.share ?? []);
    return {
      poison,
      "fine-tuning": tuned,
      block: block + 1,
      seeds: own.length,
      "equation 12's s": of(({ sigmaPretrained, sigmaUpdate }) => sigmaUpdate ? sigmaPretrained / sigmaUpdate : undefined, median),
      "ρ_bd": of(({ rhoBackdoor }) => middle(rhoBackdoor), median),
      "ρ_cl": of(({ update }) => update ? middle(update.rhoClean) : undefined, median),
      "ρ_tr": of(({ update }) => update ? middle(update.rhoTrigger) : undefined, median),
      "rows with ρ_eff > 0": of(({ update }) => update?.shares.effective, mean),
      "ρ_eff > ρ_bd": of(({ update }) => update?.shares.matched, mean),
      "s* at the modules": of(({ update }) => update?.sufficientScale ? middle(update.sufficientScale) : undefined, median),
      "rows that the block turns": median(own.map(({ block: { foretold } }) => foretold.turned)),
      "s₀ of these": scalesOf(({ exactScale }) => exactScale),
      "rows with an s*": shares.length ? median(shares) : "",
      "s* of these": scalesOf(({ sufficient }) => sufficient?.scale),
    };
  });
}
