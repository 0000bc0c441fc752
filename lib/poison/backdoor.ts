/** What backdoors have in common: a chosen row gets what the attack plants and the target label. */
import { checkCount } from "../math/check.ts";
import type { Backdoor } from "./attack.ts";
import { changeText, type TextChange } from "./change.ts";
import type { Rule } from "./rule.ts";

export function backdoor<A extends Backdoor>(planted: (attack: A) => TextChange): Rule<A> {
  return {
    check: (_, { targetLabel }) => checkCount("poison data set", "targetLabel", targetLabel, 0),
    eligible: ({ label }, { rows, targetLabel }) => rows === "all" || label !== targetLabel,
    change: ({ text }, attack, rng) => ({ text: changeText(text, planted(attack), rng), label: attack.targetLabel }),
    trigger: planted,
  };
}
