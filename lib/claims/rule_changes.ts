/** Rules that were made more precise after their runs existed, with the reason: their rows say so. */

const belowSaturation = "at 36 exposures, the only dose of its first runs, ASR was near 1 in both methods; 12 exposures stand beside it, and the " +
  "largest dose at which neither method's mean ASR is above .95 decides: fixed before any run with 12";

const sharedPoints =
  "a point of a grid is left out if at least three other points have more seeds (five count as enough): in a grid half computed such points " +
  "made the verdict one of few seeds, or a range one of single runs; changed when standard's first points, on one seed, stood beside points on five";
const twoDoses =
  "a task with a single poisoned dose has no dose at ASR 50 %: between 0 and that dose it was its ASR on another scale; and a task with fewer than five seeds " +
  "is left out where another has five, as cells are";

const sharedSeeds =
  "learning rates were compared by means over the seeds that each of them had; now over the seeds that all have, as a rate on kind seeds looks better";
const onePercent = "an interval of 95 % had stood for p < 0.01; it is one of 99 % now";

/** By claim. */
export const ruleChanges: Readonly<Record<string, string>> = {
  "A-E.1-3": belowSaturation,
  "A-E.1-4": belowSaturation,
  "A-4.3-4": twoDoses,
  "A-E.4-2": twoDoses,
  "A-C-2": sharedSeeds,
  "A-C-3": sharedSeeds,
  "B-A.1-4": sharedSeeds,
  "A-0-3": onePercent,
  "A-1-2": onePercent,
  "B-1-1":
    "what refutes it was told and not applied: that full fine-tuning of query and value alone forgets as little as LoRA, to within 5 points of ASR",
  "A-2.2-1":
    "the runs that it names are the main ones; twins over rank and scale, which other claims ask for and which have one seed, left it undecided",
  "A-4.5-2":
    "an effect that collapsed runs carry could not be lowered, as an effect of either sign had no sign to change: it is now where none is left",
  "B-4.1-4":
    "an ASR below 10 % itself was asked for first, which errors alone exceed: the never-poisoned twin's is about 20 %, and it is the distance to the " +
    "twin's that must be below 10 points now; by the first form the verdict would be partly",
  "B-6.1-3":
    "a vote says for or against, and 'only sometimes' is neither: cells that fall, and cells that do not or not far; by the vote it would be partly",
  "A-2.4-1": "1e-9 was asked of numbers in float64; an encoder's gradients are float32, and 1e-5 is asked of them",
  "A-4.5-3": "where the smallest rank that serves is 8 it was compared with itself, and not reproduced; now nothing is compared",
  ...Object.fromEntries(
    [
      ...["A-4.3-7", "A-4.4.1-1", "A-4.4.1-4", "A-4.4.2-2", "A-4.4.2-3", "A-4.4.2-8", "A-E.4-3", "A-E.4-6"],
      ...["B-6.2-8", "B-6.2-10", "B-6.2-11", "B-6.2-14", "B-A.3-1"],
    ].map((id) => [id, sharedPoints]),
  ),
};
