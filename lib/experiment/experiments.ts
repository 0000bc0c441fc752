/** The experiments by id: a figure or table of the papers with the runs that it needs. */
import type { RunConfig } from "./config.ts";
import * as controls from "./controls.ts";
import * as grids from "./grids.ts";
import { inPrecision } from "./in_precision.ts";
import * as chains from "./persistence_grids.ts";
import type { Profile } from "./profile.ts";

export type Paper = "a" | "b";

export interface Experiment {
  readonly id: string;
  readonly paper: Paper;
  readonly title: string;
  /** The smallest profile in which `reproduce` runs it unasked; null: only by name. */
  readonly standing: Profile["name"] | null;
  /** Whether it keeps its own seeds where seeds are chosen for all experiments at once. */
  readonly ownSeeds?: true;
  /** The runs, resolved; `seeds` in place of the profile's own. */
  configs(profile: Profile, seeds?: readonly number[]): RunConfig[];
}

type Entry = Omit<Experiment, "paper">;

const ofPaperA: readonly Entry[] = [
  { id: "fig-a1", title: "Figure 1: accuracy under label flips", standing: "quick", configs: grids.flips },
  { id: "fig-a2", title: "Figure 2: accuracy under the backdoor trigger", standing: "quick", configs: grids.backdoor },
  { id: "fig-a3", title: "Figure 3: entropy of the LoRA kernel, from no run", standing: "quick", configs: () => [] },
  { id: "fig-a4", title: "Figure 4: LoRA over ranks", standing: "quick", configs: grids.ranks("upa", "bpa") },
  { id: "fig-a5", title: "Figure 5: LoRA over the initial variance", standing: "quick", configs: grids.initVariances("upa", "bpa") },
  { id: "fig-a6", title: "Figure 6: four metrics under label flips", standing: "quick", configs: grids.flips },
  { id: "fig-a7", title: "Figure 7: four metrics under the backdoor trigger", standing: "quick", configs: grids.backdoor },
  { id: "fig-a8", title: "Figure 8: four metrics of backdoored models without the trigger", standing: "quick", configs: grids.backdoor },
  { id: "fig-a9", title: "Figure 9: four metrics over ranks under label flips", standing: "quick", configs: grids.ranks("upa") },
  { id: "fig-a10", title: "Figure 10: four metrics over ranks under the backdoor", standing: "quick", configs: grids.ranks("bpa") },
  {
    id: "fig-a11",
    title: "Figure 11: four metrics over the initial variance under label flips",
    standing: "quick",
    configs: grids.initVariances("upa"),
  },
  {
    id: "fig-a12",
    title: "Figure 12: four metrics over the initial variance under the backdoor",
    standing: "quick",
    configs: grids.initVariances("bpa"),
  },
  { id: "table-e1", title: "Table E.1: four further attacks", standing: "quick", configs: grids.attacks },
  { id: "table-e2", title: "Table 2 (E.2): other initialisations", standing: "quick", configs: grids.initialisations },
  { id: "rank-controls", title: "Rank x learning rate x alpha", standing: "standard", configs: controls.rankControls },
  { id: "flip-controls", title: "Figure 1 at other learning rates", standing: "standard", configs: controls.flipControls },
  { id: "backdoor-controls", title: "Figure 2 at other learning rates", standing: "standard", configs: controls.backdoorControls },
  {
    id: "backdoor-variants",
    title: "The backdoor by text, by code, and on the other class alone",
    standing: "standard",
    configs: controls.backdoorVariants,
  },
  { id: "attack-variants", title: "Table E.1 and label flips as the released code has them", standing: "standard", configs: controls.attackVariants },
  { id: "full-rank", title: "LoRA of full rank beside full fine-tuning at one learning rate", standing: "standard", configs: controls.fullRank },
  { id: "starting-factors", title: "A = 0 or B = 0 at the start", standing: "standard", configs: controls.startingFactors },
  { id: "frozen-factor", title: "A trained or left as drawn", standing: "standard", configs: controls.frozenFactor },
  { id: "learning-rates", title: "Clean accuracy over learning rates and scales", standing: "standard", configs: controls.learningRates },
  { id: "alphas", title: "Clean accuracy over rank and alpha", standing: "standard", configs: controls.alphas },
  { id: "triggers", title: "64 random triggers", standing: "standard", configs: controls.triggers },
  { id: "calibration", title: "Learning rates by clean validation accuracy", standing: null, ownSeeds: true, configs: grids.calibration },
];

const ofPaperB: readonly Entry[] = [
  { id: "fig-b-audit-grim", title: "The paper's percentages as counts, from no run", standing: "quick", configs: () => [] },
  { id: "fig-b-audit-shares", title: "How often the paper's percentages are counts, from no run", standing: "quick", configs: () => [] },
  { id: "fig-b-audit-differences", title: "The paper's numbers that must agree, from no run", standing: "quick", configs: () => [] },
  { id: "fig-b1", title: "Figure 1: spectral ratio of weight and update", standing: "quick", configs: chains.spectra },
  { id: "fig-b2", title: "Figure 2: alignment of update and weight", standing: "quick", configs: chains.spectra },
  { id: "fig-b3", title: "Figure 3: one scale after training", standing: "quick", configs: chains.scales },
  {
    id: "fig-b-threshold",
    title: "Proposition 4.2: the threshold of the scale, foretold and observed",
    standing: "quick",
    configs: chains.thresholds,
  },
  { id: "fig-b-margins", title: "Proposition 4.2, measured on Table 2's runs", standing: "quick", configs: chains.comparison },
  { id: "fig-b4", title: "Figure 4: one sentence, the trigger at every place", standing: "quick", configs: chains.oneSentence },
  { id: "fig-b5a", title: "Figure 5a: RoRA over lambda", standing: "quick", configs: chains.lambdas },
  { id: "fig-b5b", title: "Figure 5b: RoRA over the dropout rate", standing: "quick", configs: chains.rates },
  { id: "fig-b6", title: "Figure 6: rank", standing: "quick", configs: chains.ranks },
  { id: "fig-b7", title: "Figure 7: alpha", standing: "quick", configs: chains.alphas },
  { id: "table-b1", title: "Tables 1 and 6: before fine-tuning", standing: "quick", configs: chains.untuned },
  { id: "table-b2", title: "Table 2: methods from the same poisoned encoders", standing: "quick", configs: chains.comparison },
  { id: "table-b4", title: "Table 4: RoRA on each low-rank method", standing: "quick", configs: chains.variants },
  {
    id: "table-b4-low",
    title: "Table 4 with fewer poisoned rows in the proxy, and what counts as the weight and its change",
    standing: "standard",
    configs: chains.variantsAtLowerRate,
  },
  { id: "table-b5", title: "Table 5: RoRA's pieces, every subset, and controls", standing: "quick", configs: chains.ablation },
  { id: "table-b5-low", title: "Table 5 with fewer poisoned rows in the proxy", standing: "quick", configs: chains.ablationAtLowerRate },
  { id: "acceptability", title: "Triggers where grammar is judged, without any poison", standing: "standard", configs: chains.acceptability },
  { id: "proxy-doses", title: "How much of the proxy was poisoned", standing: "quick", configs: chains.proxyDoses },
  { id: "rora-options", title: "RoRA's choices that the paper leaves open", standing: "standard", configs: chains.roraOptions },
  { id: "defences", title: "ONION's bar, and what defences cost", standing: "standard", configs: chains.defences },
  { id: "tuning-rates", title: "The learning rate of clean fine-tuning", standing: "standard", configs: chains.learningRates },
  { id: "lengths", title: "How long clean fine-tuning goes on", standing: "quick", configs: chains.lengths },
  { id: "fig-b5a-low", title: "Figure 5a with fewer poisoned rows in the proxy", standing: "standard", configs: chains.lambdasAtLowerRate },
  { id: "fig-b5b-low", title: "Figure 5b with fewer poisoned rows in the proxy", standing: "standard", configs: chains.ratesAtLowerRate },
  { id: "fig-b6-low", title: "Figure 6 with fewer poisoned rows in the proxy", standing: "standard", configs: chains.ranksAtLowerRate },
  { id: "fig-b7-low", title: "Figure 7 with fewer poisoned rows in the proxy", standing: "standard", configs: chains.alphasAtLowerRate },
  { id: "lengths-low", title: "The same with fewer poisoned rows in the proxy", standing: "standard", configs: chains.lengthsAtLowerRate },
  {
    id: "calibration-b",
    title: "Learning rates by clean validation accuracy, from encoders never poisoned",
    standing: null,
    ownSeeds: true,
    configs: chains.calibration,
  },
];

export const experiments: readonly Experiment[] = [...ofPaperA.map(experimentOf("a")), ...ofPaperB.map(experimentOf("b"))];

/** Grids know nothing of the precision: it changes no other setting. */
function experimentOf(paper: Paper): (entry: Entry) => Experiment {
  const configs = (grid: Entry["configs"]): Entry["configs"] => (profile, seeds) =>
    grid(profile, seeds).map((config) => inPrecision(config, profile.precision));
  return (entry) => ({ ...entry, paper, configs: configs(entry.configs) });
}

/** The experiments of these ids, or all that `reproduce` runs unasked in a profile, of one paper or both. */
export function selectExperiments(ids?: readonly string[], profile: Profile["name"] = "quick", paper?: Paper): Experiment[] {
  if (!ids) return experiments.filter((one) => (one.standing === "quick" || one.standing === profile) && (!paper || one.paper === paper));
  return ids.map((id) => {
    const found = experiments.find((experiment) => experiment.id === id);
    if (found && (!paper || found.paper === paper)) return found;
    if (found) {
      throw new RangeError(`Cannot select ${id} as it must be of paper ${paper!.toUpperCase()}: it is of paper ${found.paper.toUpperCase()}`);
    }
    throw new RangeError(`Cannot select an experiment as its id must be one of ${experiments.map((e) => e.id).join(", ")}: ${id}`);
  });
}
