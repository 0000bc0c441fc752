/** Paper B's studies of one seed, by what they are for: of its first pair, from encoders poisoned with a word, for each share of poisoned rows. */
import { type Arm, startedRun } from "../persistence.ts";
import { full, lowRankArm, mainPair } from "../persistence_cells.ts";
import type { Profile } from "../profile.ts";
import type { StudyInput } from "../study_schema.ts";

type Families = (poisonRates: readonly number[]) => (profile: Profile, seed: number) => StudyInput[];

/** LoRA, or another arm. */
const tuned = ({ persistence }: Profile, poisonRate: number, seed: number, arm: Arm = lowRankArm(persistence)) =>
  startedRun(persistence, { pair: mainPair(persistence), attack: "badnet", arm, poisonRate }, seed);

/** B-4.1-4, B-4.1-5, B-5.2-1: LoRA, and LoRA with Tr. */
export const decompositions: Families = (poisonRates) => (profile, seed) =>
  poisonRates.map((poisonRate) => ({
    study: "decomposition",
    run: tuned(profile, poisonRate, seed),
    arms: [null, { tr: profile.persistence.rora.tr }],
  }));

/** B-0-2, B-4.1-3, B-4.3-3: full fine-tuning and LoRA, and their updates at other ranks and sizes. */
export const projections: Families = (poisonRates) => (profile, seed) =>
  poisonRates.map((poisonRate) => ({
    study: "projection",
    run: tuned(profile, poisonRate, seed),
    full: tuned(profile, poisonRate, seed, full),
  }));

/** Proposition 4.2 in every block: LoRA, and RoRA before its rescaling. */
export const blocks: Families = (poisonRates) => (profile, seed) => {
  const { ci, tr } = profile.persistence.rora;
  return poisonRates.map((poisonRate) => ({ study: "blocks", run: tuned(profile, poisonRate, seed), arms: [null, { ci, tr }] }));
};
