/** BPA, backdoor poisoning: a chosen row gets the trigger and the target label (paper A, section 4.2). */
import { checkCount } from "../math/check.ts";
import type { AttackNamed } from "./attack.ts";
import type { Rule } from "./rule.ts";
import { applyTrigger } from "./trigger.ts";

export const bpa: Rule<AttackNamed<"bpa">> = {
  check: (_, { targetLabel }) => checkCount("poison data set", "targetLabel", targetLabel, 0),
  eligible: ({ label }, { rows, targetLabel }) => rows === "all" || label !== targetLabel,
  change: ({ text }, { trigger, targetLabel }) => ({ text: applyTrigger(text, trigger), label: targetLabel }),
  trigger: ({ trigger }) => ({ kind: "trigger", ...trigger }),
};
