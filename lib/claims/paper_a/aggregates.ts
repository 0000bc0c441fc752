/** Claims about other claims (R-AGG, R-COUNT over verdicts). Those with a plain list of parts need no entry: the claims' file has it. */
import type { Aggregate } from "../decider.ts";
import { decide } from "../outcome.ts";
import { accuracy } from "../measures.ts";
import { aggregate, counted, type Verdict } from "../verdict.ts";
import { matchedInWords, resistsMoreAtMatchedLoss } from "./backdoor.ts";
import { trendOverVariance } from "./variance.ts";

/** Not reproduced whatever the other parts say, where one part is not. */
const fallsWith = (part: Verdict, verdict: Verdict): Verdict =>
  part === "not reproduced" || part === "refuted by counter-example" ? "not reproduced" : verdict;

export const aggregates: Readonly<Record<string, Aggregate>> = {
  /** R-AGG; not reproduced if the backdoor claim (A-4.3-4) is not reproduced at matched clean loss, where there is a choice of learning rates. */
  "A-0-1": {
    parts: ["A-4.3-4", "A-E.1-1", "A-E.1-2", "A-E.1-3", "A-E.1-4", "A-E.3-4"],
    combine(verdicts, runs) {
      const verdict = aggregate(verdicts), matched = decide(resistsMoreAtMatchedLoss, runs);
      if (!matched) return { verdict, remarks: [matchedInWords(resistsMoreAtMatchedLoss(runs))] };
      return { verdict: fallsWith(matched.verdict, verdict), beside: matched, remarks: [`A-4.3-4 at matched clean loss: ${matched.verdict}`] };
    },
  },
  /** R-AGG; not reproduced if A-4.3-1 is not. */
  "A-0-2": {
    parts: ["A-4.3-1", "A-4.3-2", "A-4.3-3", "A-E.4-1"],
    combine: (verdicts) => ({ verdict: fallsWith(verdicts[0], aggregate(verdicts)) }),
  },
  /**
   * R-COUNT over six predicted signs: found where the claim that states it is reproduced; the sixth (accuracy under flips rises with k),
   * which the paper's own text denies, by R-TREND of its own. Six: reproduced; four or five: partly.
   */
  "A-0-4": {
    parts: ["A-4.3-4", "A-4.3-1", "A-4.4.1-5", "A-4.4.1-2", "A-4.4.2-6"],
    combine(verdicts, runs) {
      const beside = decide(trendOverVariance("upa", accuracy, 1, "accuracy under flips"), runs) ?? undefined;
      const sixth = beside?.verdict ?? "not run yet", all = [...verdicts, sixth];
      const found = all.filter((verdict) => verdict === "reproduced").length, open = all.filter((verdict) => verdict === "not run yet").length;
      const remarks = [`accuracy under flips rising with k: ${sixth}`, `${found} of 6 signs found`];
      if (open > 0 && counted(found, 6, 4) !== counted(found + open, 6, 4)) return { verdict: "not run yet", remarks };
      return { verdict: counted(found, 6, 4), beside, remarks };
    },
  },
  /** R-AGG; not reproduced if either half is not. */
  "A-4.5-1": {
    parts: ["A-0-1", "A-0-2"],
    combine: (verdicts) => ({ verdict: verdicts.reduce((all, part) => fallsWith(part, all), aggregate(verdicts)) }),
  },
};
