/** Rules that were made more precise after their runs existed, with the reason: their rows say so. */

interface RuleChange {
  readonly reason: string;
  readonly claims: readonly string[];
}

const changes: readonly RuleChange[] = [
  {
    reason:
      "at 36 exposures, the only dose of its first runs, ASR was near 1 in both methods; 12 exposures stand beside it, and the largest dose at which " +
      "neither method's mean ASR is above .95 decides: fixed before any run with 12",
    claims: ["A-E.1-3", "A-E.1-4"],
  },
  {
    reason:
      "a point of a grid is left out if at least three other points have more seeds (five count as enough): in a grid half computed such points " +
      "made the verdict one of few seeds, or a range one of single runs; changed when standard's first points, on one seed, stood beside points on five",
    claims: [
      ...[
        "A-4.3-7",
        "A-4.4.1-1",
        "A-4.4.1-2",
        "A-4.4.1-3",
        "A-4.4.1-4",
        "A-4.4.1-5",
        "A-4.4.1-6",
        "A-4.4.2-2",
        "A-4.4.2-3",
        "A-4.4.2-6",
        "A-4.4.2-8",
      ],
      ...["A-4.5-2", "A-4.5-3", "A-4.5-4", "A-E.2-2", "A-E.4-3", "A-E.4-4", "A-E.4-5", "A-E.4-6", "A-E.4-7"],
      ...["B-6.2-8", "B-6.2-10", "B-6.2-11", "B-6.2-14", "B-A.3-1"],
    ],
  },
  {
    reason:
      "a task with a single poisoned dose has no dose at ASR 50 %: between 0 and that dose it was its ASR on another scale; and a task with fewer than " +
      "five seeds is left out where another has five, as cells are",
    claims: ["A-4.3-4", "A-E.4-2"],
  },
  {
    reason:
      "learning rates, or lengths, were compared by means over the seeds that each of them had; now over the seeds that all have, as a rate on kind " +
      "seeds looks better",
    claims: ["A-0-1", "A-4.3-1", "A-4.3-4", "A-4.4.1-2", "A-4.4.1-3", "A-4.4.1-5", "A-C-2", "A-C-3", "B-0-1", "B-4.1-1", "B-A.1-4"],
  },
  {
    reason:
      'an effect of one sign that only collapsed runs make was lowered where its sign changed without them; a verdict "reproduced" is lowered by one ' +
      "step now wherever it is not that without them. All claims are held to it, and these are lowered by it: at the largest ranks most never-poisoned " +
      "models predict one class",
    claims: ["A-1-2", "A-3.3-15", "A-4.4.1-2", "A-4.4.1-3", "A-4.4.1-6", "A-E.4-4"],
  },
  {
    reason: "a slope significantly below 0, which refutes by the claim's own words, was told and did not vote",
    claims: ["A-4.3-3"],
  },
  {
    reason: "a cell with fewer than five seeds could give the largest gain where others had five: as cells that vote, it is left out now",
    claims: ["A-4.3-6"],
  },
  {
    reason: "an interval of 95 % had stood for p < 0.01; it is one of 99 % now",
    claims: ["A-0-3", "A-1-2"],
  },
  {
    reason:
      "the runs that it names are the main ones; twins over rank and scale, which other claims ask for and which have one seed, left it undecided",
    claims: ["A-2.2-1"],
  },
  {
    reason: "1e-9 was asked of numbers in float64; an encoder's gradients are float32, and 1e-5 is asked of them",
    claims: ["A-2.4-1"],
  },
  {
    reason:
      "an effect that collapsed runs carry could not be lowered, as an effect of either sign had no sign to change: it is now where none is left",
    claims: ["A-4.5-2"],
  },
  {
    reason: "where the smallest rank that serves is 8 it was compared with itself, and not reproduced; now nothing is compared",
    claims: ["A-4.5-3"],
  },
  {
    reason:
      "what refutes it was told and not applied: that full fine-tuning of query and value alone forgets as little as LoRA, to within 5 points of ASR",
    claims: ["B-1-1"],
  },
  {
    reason:
      "an ASR below 10 % itself was asked for first, which errors alone exceed: the never-poisoned twin's is about 20 %, and it is the distance to the " +
      "twin's that must be below 10 points now; by the first form the verdict would be partly",
    claims: ["B-4.1-4"],
  },
  {
    reason:
      "a vote says for or against, and 'only sometimes' is neither: cells that fall, and cells that do not or not far; by the vote it would be partly",
    claims: ["B-6.1-3"],
  },
  {
    reason:
      "at the paper's share of poisoned rows ASR is near 1 whatever is set, so that nothing can be told apart: the profile's lower share is a setting " +
      "of its own beside it; fixed before any run of RoRA over lambda, p, rank or alpha at that share, and before plain LoRA's other ranks there",
    claims: [
      ...["B-0-2", "B-4.1-3", "B-4.3-3", "B-4.3-7", "B-A.1-4"],
      ...["B-6.2-8", "B-6.2-10", "B-6.2-11", "B-6.2-12", "B-6.2-13", "B-6.2-14", "B-A.3-1", "B-A.3-2", "B-A.3-3", "B-A.3-4"],
    ],
  },
  {
    reason: "it says a low ASR, and only flatness was asked for: the mean at every value below 20 %, refuted above 50 %, as B-6.2-11 has it",
    claims: ["B-6.2-8", "B-A.3-1"],
  },
  {
    reason: "a spread of 0 over learning rates at an ASR of 1 made it reproduced: where the mean ASR is above .95 at every rate it is untestable",
    claims: ["B-A.1-4"],
  },
  {
    reason:
      "at the paper's share of poisoned rows rho_eff on the classifier is above 0 for next to no held-out row, so that nothing could be foretold: runs from " +
      "proxies with fewer poisoned rows are read at every scale now; fixed before any was",
    claims: ["B-4.2-4"],
  },
  {
    reason:
      "runs do not keep the cosines of the leading vectors before and after merging, so that it was no more than partly: a study of plain LoRA measures them " +
      "now, and of the median module the smaller of both sides' must be above .99, else it stays partly; fixed before any such study ran, and since then only " +
      "kept from raising a verdict that the correlation alone does not give",
    claims: ["B-4.3-3"],
  },
];

/** By claim; a claim whose rule changed more than once has all reasons. */
export const ruleChanges: Readonly<Record<string, string>> = Object.fromEntries(
  [...new Set(changes.flatMap(({ claims }) => claims))].map((id) => [
    id,
    changes.filter(({ claims }) => claims.includes(id)).map(({ reason }) => reason).join(". Besides: "),
  ]),
);
