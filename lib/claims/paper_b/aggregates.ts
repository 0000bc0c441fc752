/** Claims of paper B about other claims whose rule is more than a plain aggregate. */
import type { Aggregate } from "../decider.ts";
import { decide } from "../outcome.ts";
import { aggregate } from "../verdict.ts";
import { atMatchedLoss } from "./forgetting.ts";

export const aggregates: Readonly<Record<string, Aggregate>> = {
  /** R-AGG; not reproduced where LoRA forgets as much as full fine-tuning at matched clean loss (B-4.1-1 there), if lengths offer a choice. */
  "B-0-1": {
    parts: ["B-4.1-1", "B-6.1-1"],
    combine(verdicts, _runs, chains) {
      const verdict = aggregate(verdicts), matched = decide(atMatchedLoss, chains);
      if (!matched) return { verdict, remarks: ["no lengths of fine-tuning to match clean loss with"] };
      return {
        verdict: matched.verdict === "not reproduced" ? "not reproduced" : verdict,
        beside: matched,
        remarks: [`B-4.1-1: ${matched.verdict} ${matched.effect}`],
      };
    },
  },
};
