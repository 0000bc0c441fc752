/**
 * Which studies a profile has. Paper A's: the claims name larger grids; what is left out for time: 64 measured rows instead of 256, the rank 512 (the encoder
 * is 384 wide), spectra at s = 1 but for rank 8, and the second dose of the backdoor but for the first task. Paper B's: its first pair and
 * trigger; in quick one seed at one dose.
 */
import type { Paper } from "../experiments.ts";
import type { Profile } from "../profile.ts";
import { resolveStudy, type Study, type StudyInput } from "../study_schema.ts";
import { anglesAlong, anglesAtStart, capacity, courses, mainTwins, spread, starts, variances } from "./families_a.ts";
import { blocks, decompositions, projections } from "./families_b.ts";

/**
 * The studies of a profile, resolved; `seeds` in place of the profile's own, and those of one paper alone. In float32 whatever the profile's precision:
 * they take differences that bfloat16 would drown.
 */
export function studies(profile: Profile, seeds: readonly number[] = profile.seeds, paper?: Paper): Study[] {
  if (profile.name === "paper") return []; // their grids are those of a small encoder
  const of = (count: number, family: (profile: Profile, seed: number) => StudyInput[]) =>
    seeds.slice(0, count).flatMap((seed) => family(profile, seed)).map(resolveStudy);
  const isQuick = profile.name === "quick", { poisonRate, tables: { lowerRate } } = profile.persistence;
  const a = () =>
    isQuick ? of(1, starts) : [mainTwins, courses, anglesAtStart, anglesAlong, variances, spread, capacity].flatMap((family) => of(5, family));
  const b = () =>
    isQuick
      ? [...of(1, decompositions([poisonRate])), ...of(1, blocks([poisonRate])), ...of(1, projections([lowerRate]))]
      : [decompositions, projections, blocks].flatMap((family) => of(5, family([poisonRate, lowerRate])));
  return [...paper === "b" ? [] : a(), ...paper === "a" ? [] : b()];
}
