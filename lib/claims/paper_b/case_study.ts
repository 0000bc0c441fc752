/** One sentence after LoRA and after RoRA, with the trigger at every place: Figure 4 (B-6.1-21). */
import { caseStudyIn } from "../../experiment/chain_rows.ts";
import { mean } from "../../math/statistics.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Deciders } from "../decider.ts";
import { voteOn } from "../outcome.ts";
import { allPieces, armOf, besideNull, meanCells, meanPercent } from "./arms.ts";
import { atLeast } from "./numbers.ts";

/** Of the places, those at which the sentence is called negative. */
const calledNegative = (chain: Chain): number => mean(caseStudyIn(chain)!.triggered.map((probability) => Number(probability > 0.5)));

/**
 * Per setting the share of places, mean over seeds, at which the model says what the paper shows: negative after LoRA, positive after RoRA.
 * Supported from half of the places on, opposed below; R-VOTE over settings and both methods.
 */
const asShown: ChainRule = besideNull((chains) => {
  const [lora, rora] = ["", allPieces].map((pieces) => armOf(chains, "lora", pieces).filter(caseStudyIn)), condition = atLeast(0.5);
  if (!lora.length || !rora.length) return null;
  return voteOn([
    ...meanCells(lora, calledNegative, condition, ", negative after LoRA"),
    ...meanCells(rora, (chain) => 1 - calledNegative(chain), condition, ", positive after RoRA"),
  ], { what: "places at which the sentence is called as the paper shows it", say: meanPercent });
});

export const caseStudied: Deciders = {
  "B-6.1-21": {
    from: "chains",
    rule: asShown,
    needs: "one sentence with the trigger at each of its places, after LoRA and after RoRA (fig-b4)",
    link: "fig-b4",
  },
};
