/** Attacks by name: a new one is its file, its line here, and its settings in attack.ts. */
import type { Attack, AttackNamed, RowAttack } from "./attack.ts";
import { bpa } from "./bpa.ts";
import type { TextChange } from "./change.ts";
import { cleanLabel } from "./clean_label.ts";
import { instruction } from "./instruction.ts";
import { multiTrigger } from "./multi_trigger.ts";
import type { Rule } from "./rule.ts";
import { style } from "./style.ts";
import { upa } from "./upa.ts";

const attacks: { readonly [Name in RowAttack["name"]]: Rule<AttackNamed<Name>> } = {
  upa,
  bpa,
  "multi-trigger": multiTrigger,
  "clean-label": cleanLabel,
  instruction,
  style,
};

/** The rule that goes with an attack's settings. */
export function ruleOf(attack: RowAttack): Rule<RowAttack> {
  if (!Object.hasOwn(attacks, attack.name)) {
    throw new TypeError(`Cannot poison data set as the attack must be one of none, ${Object.keys(attacks).join(", ")}: ${attack.name}`);
  }
  return attacks[attack.name] as Rule<RowAttack>;
}

/** What evaluation puts on every held-out row to call the backdoor; null where an attack has no trigger. */
export function triggerOf(attack: Attack): TextChange | null {
  return attack.name === "none" ? null : ruleOf(attack).trigger(attack);
}

/** What a chosen training row's text gets: the trigger, unless the attack tests with another than it trains with. */
export function plantedBy(attack: Attack): TextChange | null {
  if (attack.name === "none") return null;
  const rule = ruleOf(attack);
  return (rule.planted ?? rule.trigger)(attack);
}
