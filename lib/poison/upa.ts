/** UPA, untargeted poisoning: the label of a chosen row is flipped (paper A, section 4.1). Defined for two classes. */
import type { AttackNamed } from "./attack.ts";
import type { Rule } from "./rule.ts";

export const upa: Rule<AttackNamed<"upa">> = {
  check(examples) {
    const other = examples.find(({ label }) => label !== 0 && label !== 1);
    if (other) throw new RangeError(`Cannot flip labels as the classes must be 0 and 1: label ${other.label} in row ${other.id}`);
  },
  eligible: () => true,
  change: ({ text, label }) => ({ text, label: 1 - label }),
  trigger: () => null,
};
