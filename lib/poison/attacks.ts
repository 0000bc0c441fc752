/** Attacks by name: a new one is its file, its line here, and its settings in attack.ts. */
import type { Attack, AttackNamed, RowAttack } from "./attack.ts";
import { bpa } from "./bpa.ts";
import type { TextChange } from "./change.ts";
import type { Rule } from "./rule.ts";
import { upa } from "./upa.ts";

const attacks: { readonly [Name in RowAttack["name"]]: Rule<AttackNamed<Name>> } = { upa, bpa };

/** The rule that goes with an attack's settings. */
export function ruleOf(attack: RowAttack): Rule<RowAttack> {
  if (!Object.hasOwn(attacks, attack.name)) {
    throw new TypeError(`Cannot poison data set as the attack must be one of none, ${Object.keys(attacks).join(", ")}: ${attack.name}`);
  }
  return attacks[attack.name] as Rule<RowAttack>;
}

/** What an attack teaches the model to obey: what evaluation puts on every held-out row. Null where an attack has no trigger. */
export function triggerOf(attack: Attack): TextChange | null {
  return attack.name === "none" ? null : ruleOf(attack).trigger(attack);
}
