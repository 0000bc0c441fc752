/** Clean-label poisoning: only rows that have the target label get the trigger, and no label changes (paper A, table E.1; paper B). */
import { checkCount } from "../math/check.ts";
import type { AttackNamed } from "./attack.ts";
import type { Rule } from "./rule.ts";
import { applyTrigger } from "./trigger.ts";

export const cleanLabel: Rule<AttackNamed<"clean-label">> = {
  check: (_, { targetLabel }) => checkCount("poison data set", "targetLabel", targetLabel, 0),
  eligible: ({ label }, { targetLabel }) => label === targetLabel,
  ofEligible: ({ rateOf }) => rateOf === "targetRows",
  change: ({ text, label }, { trigger }, rng) => ({ text: applyTrigger(text, trigger, rng), label }),
  trigger: ({ trigger }) => ({ kind: "trigger", ...trigger }),
};
