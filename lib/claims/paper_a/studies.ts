/** Which claims studies decide: measurements on runs that are watched. */
import type { Decider, Deciders } from "../decider.ts";
import type { StudyRule } from "../watched.ts";
import * as kernels from "./study_kernels.ts";
import * as spectra from "./study_spectra.ts";
import * as twins from "./study_twins.ts";

const by = (rule: StudyRule, needs: string): Decider => ({ from: "studies", rule, needs, leastSeeds: 2 });
/** The rule's interval is over configurations or runs: one seed has it. */
const over = (rule: StudyRule, needs: string): Decider => ({ from: "studies", rule, needs, leastSeeds: 1 });

const pairsOfTwins = "clean and poisoned twins of both methods (study twins)";
const twinsOverScales = "twins of FF and LoRA over ranks and scales (study twins)";
const courses = "kernels of FF and LoRA along backdoored runs (study course)";
const labels = "kernels at the start of runs that fit random labels (study course)";

export const studied: Deciders = {
  "A-0-3": over(spectra.simplicityCosts, twinsOverScales),
  "A-1-2": over(spectra.smootherResists, twinsOverScales),
  "A-2.2-1": by(twins.distanceVaries, pairsOfTwins),
  "A-2.2-2": by(kernels.parametersDiffer, courses),
  "A-2.3-6": over(twins.kernelStandsIn, twinsOverScales),
  "A-2.4-1": by(kernels.fisherIsKernel, courses),
  "A-2.4-4": over(spectra.complexFits, labels),
  "A-3.3-4": by(spectra.holdsLess, courses),
  "A-3.3-5": over(spectra.fitsWithLess, labels),
  "A-3.3-6": by(twins.movesLess, pairsOfTwins),
  "A-3.3-9": over(kernels.decouplingPays, "angles along backdoored runs (study angles)"),
  "A-3.3-10": by(kernels.anglesShrink, "angles at the start over ranks (study angles)"),
  "A-4.4.2-5": by(kernels.weightsForgetTheirStart, "factors along label-flip runs over k (study course)"),
  "A-A.2-3": by(kernels.staysLinear, courses),
  "A-C-1": by(kernels.aActsDirectly, courses),
  "A-C-6": by(kernels.frozenDriftsLess, "kernels along runs with A frozen and trained (study course)"),
  "A-D-1": by(kernels.nearlyFull, courses),
};

/** Measurements that are told beside a verdict that rests on other things. */
export const told: Readonly<Record<string, StudyRule>> = {
  "A-2.3-2": kernels.driftTold,
  "A-2.3-4": twins.kernelStandsIn,
  "A-C-3": kernels.meanEigenvalueTold,
};
